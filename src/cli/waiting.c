/* `baton waiting`: who waits for what, and all that is known of one wait, its flight recorder
 * beside the execution's history. */
#include <stdio.h>
#include <stdlib.h>

#include "base/timestamp.h"
#include "cli/commands.h"
#include "cli/table.h"
#include "cli/waits.h"

/* ---- the list ---- */

/* Epoch seconds of an API answer as a time for people; "-" if absent. */
static str time_cell(struct arena *arena, json entry, str key)
{
    const json *seconds = json_find(entry, key);
    if (!seconds || !json_is_number(*seconds)) return STR("-");
    return timestamp_text(arena, (int64_t)(json_number(*seconds) * 1000));
}

static str last_part(str arn)
{
    size_t at = arn.len;
    while (at > 0 && arn.ptr[at - 1] != ':')
        at--;
    return str_skip(arn, at);
}

static str key_cell(struct arena *arena, json wait)
{
    str name = json_str_or(wait, STR("name"), STR(""));
    str key = json_str_or(wait, STR("key"), STR(""));
    if (name.len == 0) return STR("-");
    if (key.len == 0) return name;
    return arena_printf(arena, "%.*s/%.*s", STR_ARGS(name), STR_ARGS(key));
}

static void print_waits(struct arena *arena, struct libscols_table *table, json page)
{
    const json *waits = json_find(page, STR("waits"));
    for (size_t i = 0; waits && i < json_count(*waits); i++) {
        json wait = json_at(*waits, i);
        str cells[] = {
            time_cell(arena, wait, STR("since")),
            time_cell(arena, wait, STR("until")),
            json_str_or(wait, STR("stateName"), STR("")),
            last_part(json_str_or(wait, STR("executionArn"), STR(""))),
            key_cell(arena, wait),
            json_str_or(wait, STR("taskToken"), STR("")),
        };
        table_row(table, arena, cells, sizeof cells / sizeof *cells, NULL);
    }
}

static void print_lines(struct arena *arena, json page)
{
    const json *waits = json_find(page, STR("waits"));
    for (size_t i = 0; waits && i < json_count(*waits); i++)
        printf("%.*s\n", STR_ARGS(json_text(arena, json_at(*waits, i))));
}

static void list(struct session *session, const struct command_line *line, bool as_json)
{
    static const char *const heads[] = { "SINCE", "UNTIL", "STATE", "EXECUTION",
                                         "KEY",   "TOKEN", NULL };
    struct arena *arena = &session->arena;
    int64_t left = option_i64(line, "limit", 100, 1, 1000000000);
    struct libscols_table *table = as_json ? NULL : table_new(heads);
    str next = STR("");
    do {
        struct json_fields params;
        json_fields_init(&params, arena);
        int64_t page_size = left < STATES_PAGE_RESULTS_MAX ? left : STATES_PAGE_RESULTS_MAX;
        json_fields_add(&params, STR("maxResults"), json_i64(arena, page_size));
        if (next.len) json_fields_add(&params, STR("nextToken"), json_string(next));
        (void)waits_add_filter(session, line, &params);
        json page =
            client_must(&session->client, STR("Baton.ListWaits"), json_fields_done(&params));
        if (as_json)
            print_lines(arena, page);
        else
            print_waits(arena, table, page);
        const json *waits = json_find(page, STR("waits"));
        left -= waits ? (int64_t)json_count(*waits) : 0;
        next = json_str_or(page, STR("nextToken"), STR(""));
    } while (next.len && left > 0);
    if (!as_json) table_print(table, "Nothing waits.");
}

/* ---- one ---- */

static void print_field(const char *name, str value)
{
    if (value.len > 0) printf("%-10s %.*s\n", name, STR_ARGS(value));
}

static void print_decision(json wait)
{
    const json *decided = json_find(wait, STR("decided"));
    if (!decided) return;
    str by = json_str_or(*decided, STR("by"), json_str_or(*decided, STR("via"), STR("")));
    printf("%-10s %.*s", "decided",
           STR_ARGS(json_str_or(*decided, STR("outcome"), STR("answered"))));
    if (by.len > 0) printf(", by %.*s", STR_ARGS(by));
    str at = json_str_or(*decided, STR("at"), STR(""));
    if (at.len > 0) printf(", %.*s", STR_ARGS(at));
    str comment = json_str_or(*decided, STR("comment"), STR(""));
    if (comment.len > 0) printf(": %.*s", STR_ARGS(comment));
    putchar('\n');
}

static void print_wait(struct arena *arena, json wait)
{
    bool open = json_bool_or(wait, STR("open"), false);
    print_field("title", json_str_or(wait, STR("title"), STR("")));
    print_field("execution", json_str_or(wait, STR("executionArn"), STR("")));
    print_field("state", json_str_or(wait, STR("stateName"), STR("")));
    if (json_find(wait, STR("name"))) print_field("key", key_cell(arena, wait));
    print_field("since", time_cell(arena, wait, STR("since")));
    print_field("until", time_cell(arena, wait, STR("until")));
    print_field("token", json_str_or(wait, STR("taskToken"), STR("")));
    print_field("link", json_str_or(wait, STR("callbackUrl"), STR("")));
    const json *urls = json_find(wait, STR("callbackUrls"));
    for (size_t i = 0; urls && i < json_count(*urls); i++)
        printf("%-10s %.*s  %.*s\n", "", STR_ARGS(json_str(json_value_at(*urls, i))),
               STR_ARGS(json_key_at(*urls, i)));
    print_decision(wait);
    print_field("is", open ? STR("waiting") : json_str_or(wait, STR("closed"), STR("decided")));
}

/* ---- the flight recorder ---- */

/* A row of the timeline. */
struct moment {
    str at;       /* ISO 8601 in UTC, so that they sort as texts */
    size_t order; /* of rows at the same time */
    str what, details;
    bool is_attempt;
};

static int compare_moments(const void *a, const void *b)
{
    const struct moment *left = a, *right = b;
    int by_time = str_compare(left->at, right->at);
    if (by_time != 0) return by_time;
    return left->order < right->order ? -1 : 1;
}

static void add_part(struct buf *out, const char *before, str text)
{
    if (text.len == 0) return;
    if (out->len > 0) buf_add(out, STR(", "));
    buf_add(out, str_from(before));
    buf_add(out, text);
}

/* A reminder or an undo hook. */
static struct moment hook_moment(struct arena *arena, json note, str hook)
{
    struct buf details;
    buf_init(&details, arena);
    add_part(&details, "to ", json_str_or(note, STR("target"), STR("")));
    add_part(&details, "not sent: ", json_str_or(note, STR("error"), STR("")));
    return (struct moment){
        .at = json_str_or(note, STR("at"), STR("")),
        .what = str_skip(hook, str_starts_with(hook, STR("baton.callback.")) ? 15 : 0),
        .details = buf_str(&details),
        .is_attempt = true,
    };
}

static struct moment attempt_moment(struct arena *arena, json attempt)
{
    struct buf details;
    str hook = json_str_or(attempt, STR("hook"), STR(""));
    if (hook.len > 0) return hook_moment(arena, attempt, hook);
    buf_init(&details, arena);
    add_part(&details, "", json_str_or(attempt, STR("outcome"), STR("")));
    add_part(&details, "by ", json_str_or(attempt, STR("by"), STR("")));
    add_part(&details, "via ", json_str_or(attempt, STR("via"), STR("")));
    add_part(&details, "from ", json_str_or(attempt, STR("peer"), STR("")));
    add_part(&details, "message ", json_str_or(attempt, STR("messageId"), STR("")));
    return (struct moment){
        .at = json_str_or(attempt, STR("at"), STR("")),
        .what = json_str_or(attempt, STR("verdict"), STR("")),
        .details = buf_str(&details),
        .is_attempt = true,
    };
}

static struct moment event_moment(struct arena *arena, json event)
{
    return (struct moment){
        .at = time_cell(arena, event, STR("timestamp")),
        .what = json_str_or(event, STR("type"), STR("")),
        .details = arena_printf(arena, "event %lld", (long long)json_i64_or(event, STR("id"), 0)),
    };
}

/* The newest events of the execution, oldest first. */
static json newest_events(struct session *session, json wait)
{
    struct json_fields params;
    struct answer answer;
    struct error err;
    json_fields_init(&params, &session->arena);
    json_fields_add(&params, STR("executionArn"),
                    json_string(json_str_or(wait, STR("executionArn"), STR(""))));
    json_fields_add(&params, STR("maxResults"), json_double(STATES_PAGE_RESULTS_MAX));
    json_fields_add(&params, STR("reverseOrder"), json_bool(true));
    json_fields_add(&params, STR("includeExecutionData"), json_bool(false));
    if (!client_call(&session->client, STR("GetExecutionHistory"), json_fields_done(&params),
                     &answer, &err) ||
        !answer.good)
        return json_null();
    const json *events = json_find(answer.value, STR("events"));
    return events ? *events : json_null();
}

static void print_timeline(struct session *session, json wait)
{
    static const char *const heads[] = { "TIME", "WHAT", "DETAILS", NULL };
    struct arena *arena = &session->arena;
    const json *found = json_find(wait, STR("attempts"));
    json attempts = found ? *found : json_null(), events = newest_events(session, wait);
    size_t count = 0, total = json_count(attempts) + json_count(events);
    struct moment *moments = arena_array(arena, total + 1, sizeof *moments);
    for (size_t i = json_count(events); i > 0; i--)
        moments[count++] = event_moment(arena, json_at(events, i - 1));
    for (size_t i = 0; i < json_count(attempts); i++)
        moments[count++] = attempt_moment(arena, json_at(attempts, i));
    for (size_t i = 0; i < count; i++)
        moments[i].order = i;
    qsort(moments, count, sizeof *moments, compare_moments);
    struct libscols_table *table = table_new(heads);
    for (size_t i = 0; i < count; i++) {
        str cells[] = {
            moments[i].at,
            moments[i].is_attempt ? arena_printf(arena, "-> %.*s", STR_ARGS(moments[i].what))
                                  : moments[i].what,
            moments[i].details,
        };
        table_row(table, arena, cells, sizeof cells / sizeof *cells,
                  moments[i].is_attempt ? "cyan" : NULL);
    }
    putchar('\n');
    table_print(table, "Nothing has happened.");
}

static void show(struct session *session, const struct command_line *line, bool as_json)
{
    struct json_fields params;
    json_fields_init(&params, &session->arena);
    waits_add_operand(line, &params);
    json wait = client_must(&session->client, STR("Baton.DescribeWait"), json_fields_done(&params));
    if (as_json) {
        struct buf text;
        buf_init(&text, &session->arena);
        json_write_pretty(&text, wait);
        printf("%.*s\n", STR_ARGS(buf_str(&text)));
        return;
    }
    print_wait(&session->arena, wait);
    if (option_given(line, "verbose")) print_timeline(session, wait);
}

int command_waiting(int argc, char **argv)
{
    struct option_row options[] = {
        waits_machine_row,
        waits_state_row,
        waits_name_row,
        waits_key_row,
        waits_older_row,
        { .name = "limit", .argument = "N", .help = "at most N tasks (default 100)" },
        { .name = "verbose",
          .letter = 'v',
          .help = "of one task: each attempt to answer it, beside its history (-v)" },
        { .name = "json", .help = "one JSON object a line; of one task: all about it" },
        endpoint_row,
    };
    struct command_line line = {
        .usage = "baton waiting [TOKEN|NAME/KEY|LINK [-v]] [OPTIONS]",
        .description = "Lists who waits for which callback, since when, until when, oldest first; "
                       "or shows one wait.",
        .options = options,
        .option_count = sizeof options / sizeof *options,
        .operands_max = 1,
    };
    struct session session;
    session_open(&session, &line, argc, argv);
    bool as_json = option_given(&line, "json");
    if (line.operand_count > 0)
        show(&session, &line, as_json);
    else
        list(&session, &line, as_json);
    return session_close(&session, 0);
}
