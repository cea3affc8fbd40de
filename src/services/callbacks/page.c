/* The pages of links; see page.h. */
#include "services/callbacks/page.h"

#include "base/timestamp.h"
#include "services/callbacks/page_private.h"

/* ---- pieces ---- */

static void add(struct buf *out, const char *html)
{
    buf_add(out, str_from(html));
}

static void add_element(struct buf *out, const char *open, str text, const char *close)
{
    add(out, open);
    page_escape(out, text);
    add(out, close);
}

static void add_time(struct buf *out, struct arena *arena, str iso)
{
    add_element(out, "<time datetime=\"", iso, "\">");
    add_element(out, "", page_time(arena, iso), "</time>");
}

/* ---- what is asked ---- */

static str title_of(const struct page_content *content)
{
    switch (content->kind) {
    case PAGE_UNKNOWN: return STR("There is nothing here");
    case PAGE_REVOKED: return STR("This link is no longer valid");
    case PAGE_EXPIRED: return STR("This link has expired");
    case PAGE_BAD_REQUEST: return STR("That could not be read");
    default: break;
    }
    if (content->wait && content->wait->title.len > 0) return content->wait->title;
    return STR("Your answer is needed");
}

static void add_asker(struct buf *out, const struct wait_view *wait)
{
    add_element(out, "<p class=\"dim\">Asked by the workflow <strong>", wait->machine, "</strong>");
    add_element(out, ", step <strong>", wait->state, "</strong>.</p>");
}

/* A value as people read it: "yes", "4, 2", a line per member of an object; what is nested deeper
 * is JSON. */
static void add_text(struct buf *out, json value, bool nested)
{
    bool is_list = json_is_array(value), is_object = json_is_object(value);
    if (nested && (is_list || is_object)) {
        json_write(out, value);
        return;
    }
    for (size_t i = 0; i < json_count(value); i++) {
        if (i > 0) buf_add(out, is_list ? STR(", ") : STR("\n"));
        if (is_object) {
            buf_add(out, json_key_at(value, i));
            buf_add(out, STR(": "));
        }
        add_text(out, is_list ? json_at(value, i) : json_value_at(value, i), true);
    }
    if (is_list || is_object) return;
    if (json_is_string(value))
        buf_add(out, json_str(value));
    else if (json_is_bool(value))
        buf_add(out, value.boolean ? STR("yes") : STR("no"));
    else if (json_is_null(value))
        buf_add(out, STR("\xE2\x80\x93"));
    else
        json_write(out, value);
}

static void add_value(struct buf *out, struct arena *arena, json value)
{
    struct buf text;
    buf_init(&text, arena);
    add_text(&text, value, false);
    add_element(out, "<dd dir=\"auto\">", buf_str(&text), "</dd>");
}

static void add_fields(struct buf *out, struct arena *arena, json show)
{
    size_t count = json_is_object(show) ? json_count(show) : 0;
    if (count == 0) return;
    add(out, "<dl>");
    for (size_t i = 0; i < count; i++) {
        add_element(out, "<div><dt dir=\"auto\">", json_key_at(show, i), "</dt>");
        add_value(out, arena, json_value_at(show, i));
        add(out, "</div>");
    }
    add(out, "</dl>");
}

static void add_span(struct buf *out, struct arena *arena, const struct page_content *content)
{
    const struct wait_view *wait = content->wait;
    add(out, "<p class=\"dim\">Waiting since ");
    add_time(out, arena, timestamp_text(arena, wait->since_ms));
    int64_t waited_ms = content->now_ms - wait->since_ms;
    add_element(out, " (", page_duration(arena, waited_ms), ").");
    if (wait->between) {
        add(out, " The last attempt is over; it asks again at ");
        add_time(out, arena, timestamp_text(arena, wait->again_ms));
        add(out, ". An answer is kept until then.");
    }
    if (wait->until_ms > 0) {
        add(out, " Please answer until ");
        add_time(out, arena, timestamp_text(arena, wait->until_ms));
        add_element(out, " (in ", page_duration(arena, wait->until_ms - content->now_ms), ").");
    }
    add(out, "</p>");
}

/* Who else is asked. */
static void add_quorum(struct buf *out, const struct wait_view *wait)
{
    size_t count = json_is_array(wait->responders) ? json_count(wait->responders) : 0;
    if (count == 0) return;
    buf_printf(out, "<p class=\"dim\">%u of %zu must approve (", wait->quorum, count);
    for (size_t i = 0; i < count; i++)
        add_element(out, i > 0 ? ", " : "", json_str(json_at(wait->responders, i)), "");
    buf_printf(out, "); answers so far: %zu.</p>", json_count(wait->answers));
}

/* ---- the form ---- */

static void add_comment_field(struct buf *out, const struct page_content *content)
{
    bool required = content->wait->comment == COMMENT_REQUIRED;
    if (content->wait->comment == COMMENT_NONE) return;
    add(out, "<label for=\"comment\">Comment ");
    add(out, required ? "<span>(required)</span></label>" : "<span>(optional)</span></label>");
    buf_printf(out, "<textarea id=\"comment\" name=\"comment\" rows=\"3\" maxlength=\"%d\"%s>",
               CALLBACK_COMMENT_BYTES_MAX / 4, required ? " required" : "");
    add_element(out, "\n", content->comment, "</textarea>");
}

static void add_code_field(struct buf *out, const struct page_content *content)
{
    if (!content->wait->needs_code) return;
    add(out, "<label for=\"code\">Code <span>(you have been given it apart from this link)</span>"
             "</label><input id=\"code\" name=\"code\" type=\"text\" required "
             "autocomplete=\"one-time-code\" autocapitalize=\"off\" spellcheck=\"false\" "
             "maxlength=\"256\">");
}

static void add_button(struct buf *out, const struct outcome *outcome)
{
    str label = outcome->label.len > 0 ? outcome->label : outcome->name;
    add(out, outcome->fails ? "<button class=\"no\" name=\"outcome\" value=\""
                            : "<button name=\"outcome\" value=\"");
    add_element(out, "", outcome->name, "\">");
    add_element(out, "", label, "</button>");
}

/* The Enter key in a field presses a form's first button, which may be the wrong one: so the first
 * one is disabled and hidden, and a decision takes a button of its own. Browsers then send nothing
 * (HTML Standard, "implicit submission"). */
static void add_form(struct buf *out, const struct page_content *content)
{
    const struct wait_view *wait = content->wait;
    add(out, "<form method=\"post\" autocomplete=\"off\">"
             "<button type=\"submit\" disabled hidden></button>");
    if (content->identity.len > 0)
        add_element(out, "<p>You answer as <strong>", content->identity, "</strong>.</p>");
    add_comment_field(out, content);
    add_code_field(out, content);
    add(out, "<div class=\"buttons\" role=\"group\" aria-label=\"Your decision\">");
    for (size_t i = 0; i < wait->outcome_count; i++)
        if (content->outcome == 0 || content->outcome == i + 1) add_button(out, &wait->outcomes[i]);
    add(out, "</div></form>");
}

/* ---- how it ended ---- */

static str outcome_label(const struct wait_view *wait, str name)
{
    for (size_t i = 0; i < wait->outcome_count; i++)
        if (str_eq(wait->outcomes[i].name, name) && wait->outcomes[i].label.len > 0)
            return wait->outcomes[i].label;
    if (str_eq(name, STR("success"))) return STR("Answered");
    if (str_eq(name, STR("failure"))) return STR("Failed");
    return name;
}

/* Whose answer it was: a name if one is known, else the way that it came. */
static str decider(json row)
{
    str by = json_str_or(row, STR("by"), STR(""));
    if (by.len == 0) by = json_str_or(row, STR("responder"), STR(""));
    if (by.len > 0) return by;
    str via = json_str_or(row, STR("via"), STR(""));
    if (str_eq(via, STR("link"))) return STR("somebody who has the link");
    if (str_eq(via, STR("key")) || str_eq(via, STR("token"))) return STR("a program");
    return via;
}

/* The members of `row` that have something to say: of {"outcome","by","via","at","comment"}. */
static void add_decision(struct buf *out, struct arena *arena, const struct wait_view *wait,
                         json row)
{
    str outcome = json_str_or(row, STR("outcome"), STR("answered"));
    str by = decider(row);
    str comment = json_str_or(row, STR("comment"), STR(""));
    str at = json_str_or(row, STR("at"), STR(""));
    add(out, "<dl>");
    add_element(out, "<div><dt>Decision</dt><dd dir=\"auto\">", outcome_label(wait, outcome),
                "</dd></div>");
    if (by.len > 0) add_element(out, "<div><dt>By</dt><dd dir=\"auto\">", by, "</dd></div>");
    if (at.len > 0) {
        add(out, "<div><dt>When</dt><dd>");
        add_time(out, arena, at);
        add(out, "</dd></div>");
    }
    if (comment.len > 0)
        add_element(out, "<div><dt>Comment</dt><dd dir=\"auto\">", comment, "</dd></div>");
    add(out, "</dl>");
}

static void add_answers(struct buf *out, struct arena *arena, const struct wait_view *wait)
{
    if (!json_is_array(wait->answers) || json_count(wait->answers) < 2) return;
    add(out, "<h2>All answers</h2>");
    for (size_t i = 0; i < json_count(wait->answers); i++)
        add_decision(out, arena, wait, json_at(wait->answers, i));
}

static const char *sentence(enum page_kind kind)
{
    switch (kind) {
    case PAGE_OPEN: return "";
    case PAGE_DECIDED: return "This is decided. Nothing more is needed from you.";
    case PAGE_RECORDED: return "Your answer is recorded. Others are still being asked.";
    case PAGE_KEPT: return "An answer is recorded. The workflow takes it when it asks again.";
    case PAGE_TIMED_OUT: return "Nobody answered in time. An answer does not count any more.";
    case PAGE_STOPPED: return "The workflow was stopped before an answer came.";
    case PAGE_CLOSED: return "The workflow does not wait for this answer any more.";
    case PAGE_REVOKED:
        return "It has been withdrawn. If you still have to answer, ask whoever "
               "sent it for a new one.";
    case PAGE_EXPIRED:
        return "It was valid for a limited time. If you still have to answer, ask "
               "whoever sent it for a new one.";
    case PAGE_LOCKED: return "Too many wrong codes have been entered. Ask whoever sent the link.";
    case PAGE_NOT_YOURS:
        return "This page needs to know who you are. Open the link through the "
               "address at which you sign in.";
    case PAGE_UNKNOWN:
        return "The address is incomplete, or it was never valid. Check that the "
               "whole link was copied.";
    case PAGE_BAD_REQUEST: return "Go back, and press the button again.";
    }
    fatal("no such page: %d", (int)kind);
}

static void add_end(struct buf *out, struct arena *arena, const struct page_content *content)
{
    const struct wait_view *wait = content->wait;
    add_element(out, "<p role=\"status\">", str_from(sentence(content->kind)), "</p>");
    if (!wait) return;
    if (content->kind == PAGE_DECIDED && json_is_object(wait->decided))
        add_decision(out, arena, wait, wait->decided);
    if (content->kind == PAGE_RECORDED && json_is_object(content->answer))
        add_decision(out, arena, wait, content->answer);
    if (content->kind == PAGE_DECIDED) add_answers(out, arena, wait);
}

/* ---- the whole ---- */

static void add_body(struct buf *out, struct arena *arena, const struct page_content *content)
{
    bool open = content->kind == PAGE_OPEN;
    add_element(out, "<h1 dir=\"auto\">", title_of(content), "</h1>");
    if (content->wait) add_asker(out, content->wait);
    if (content->problem)
        add_element(out, "<p class=\"problem\" role=\"alert\">", str_from(content->problem),
                    "</p>");
    if (!open) add_end(out, arena, content);
    if (content->wait) add_fields(out, arena, content->wait->show);
    if (!open) return;
    add_span(out, arena, content);
    add_quorum(out, content->wait);
    if (content->wait->outcome_count > 0)
        add_form(out, content);
    else
        add(out, "<p>This address is for programs: the answer comes as JSON with POST.</p>");
}

void page_write(struct buf *out, struct arena *arena, const struct page_content *content)
{
    ASSERT(content->wait || content->kind != PAGE_OPEN);
    add(out, "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">"
             "<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">"
             "<meta name=\"robots\" content=\"noindex,nofollow\">"
             "<meta name=\"color-scheme\" content=\"light dark\">");
    add_element(out, "<title>", title_of(content), "</title>");
    page_add_style(out);
    add(out, "</head><body><main><article>");
    add_body(out, arena, content);
    add(out, "</article></main>");
    if (content->kind == PAGE_OPEN)
        add(out, "<footer><p>Opening this page decides nothing; only a button does.</p></footer>");
    add(out, "</body></html>\n");
}
