/* GET at callback addresses, and which operation carries what out. Nothing here decides anything:
 * all of it reads from a snapshot. */
#include "services/callbacks/web_private.h"

/* ---- replies ---- */

static struct reply_head *new_head(struct request *request, int status)
{
    request->head = ARENA_NEW(&request->arena, struct reply_head);
    request->head->status = status;
    request->reply.len = 0;
    return request->head;
}

void web_reply_json(struct request *request, int status)
{
    struct reply_head *head = new_head(request, status);
    head->headers = STR("Cache-Control: no-store\r\nX-Content-Type-Options: nosniff\r\n");
    head->content_type = STR("application/json");
}

void web_reply_page(struct request *request, int status, const struct page_content *content)
{
    struct reply_head *head = new_head(request, status);
    head->headers = page_headers(&request->arena);
    head->content_type = STR("text/html; charset=utf-8");
    page_write(&request->reply, &request->arena, content);
}

enum handled web_refuse(struct request *request, int status, const char *name, const char *message)
{
    web_reply_json(request, status);
    reply_open(&request->reply);
    reply_str(&request->reply, "error", str_from(name));
    reply_str(&request->reply, "message", str_from(message));
    reply_close(&request->reply);
    return HANDLED_ALREADY;
}

void web_reply_verdict(struct request *request, const struct verdict *verdict)
{
    web_reply_json(request, verdict_status(verdict));
    if (verdict->kind == VERDICT_FULL)
        request->head->headers = arena_printf(&request->arena, "%.*sRetry-After: 60\r\n",
                                              STR_ARGS(request->head->headers));
    verdict_write(verdict, &request->reply);
}

/* ---- which page ---- */

/* The answer of the link's responder, if there is one. */
static json own_answer(const struct wait_view *wait, uint8_t responder)
{
    if (responder == 0 || responder > json_count(wait->responders)) return json_null();
    json name = json_at(wait->responders, responder - 1u);
    for (size_t i = 0; i < json_count(wait->answers); i++) {
        const json *by = json_find(json_at(wait->answers, i), STR("responder"));
        if (by && json_equal(*by, name)) return json_at(wait->answers, i);
    }
    return json_null();
}

/* What has come by this link, or by another that says the same, waits for the next attempt. */
static bool has_kept(const struct source *source, const struct link *link,
                     const struct wait_view *wait)
{
    bool named = link->responder > 0 && link->responder <= json_count(wait->responders);
    str responder = named ? json_str(json_at(wait->responders, link->responder - 1u)) : STR("");
    return wait_has_kept_answer(source, wait, responder);
}

static enum page_kind page_of_end(const struct wait_view *wait)
{
    static const struct {
        str closed;
        enum page_kind kind;
    } rows[] = {
        { STR_INIT("timedOut"), PAGE_TIMED_OUT },
        { STR_INIT("heartbeatMissed"), PAGE_TIMED_OUT },
        { STR_INIT("executionTimedOut"), PAGE_TIMED_OUT },
        { STR_INIT("stopped"), PAGE_STOPPED },
    };
    if (json_is_object(wait->decided)) return PAGE_DECIDED;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (str_eq(wait->closed, rows[i].closed)) return rows[i].kind;
    return PAGE_CLOSED;
}

int web_page_of(const struct source *source, const struct link *link, const struct wait_view *wait,
                str identity, struct page_content *out)
{
    struct verdict verdict;
    *out = (struct page_content){ .wait = wait,
                                  .outcome = link->outcome,
                                  .identity = identity,
                                  .answer = own_answer(wait, link->responder),
                                  .now_ms = source->now_ms };
    if (!link_is_valid(source, link, wait, &verdict)) {
        out->kind = verdict.kind == VERDICT_EXPIRED ? PAGE_EXPIRED : PAGE_REVOKED;
        out->wait = NULL; /* who holds a void link is told nothing any more */
        return 410;
    }
    if (!wait->open && !wait->between) {
        out->kind = page_of_end(wait);
        return out->kind == PAGE_DECIDED ? 200 : 410;
    }
    out->kind = PAGE_OPEN;
    if (json_is_object(out->answer)) out->kind = PAGE_RECORDED;
    if (wait->between && has_kept(source, link, wait)) out->kind = PAGE_KEPT;
    if (wait->code_locked) out->kind = PAGE_LOCKED;
    if (wait->identity_header.len == 0 || identity.len > 0) return 200;
    out->kind = PAGE_NOT_YOURS;
    out->wait = NULL;
    return 403;
}

/* ---- GET /c/... ---- */

static str status_of(const struct page_content *content)
{
    switch (content->kind) {
    case PAGE_OPEN: return STR("waiting");
    case PAGE_DECIDED: return STR("decided");
    case PAGE_RECORDED: return STR("recorded");
    case PAGE_KEPT: return STR("kept");
    case PAGE_LOCKED: return STR("locked");
    default: return STR("over");
    }
}

static const char *error_of(enum page_kind kind)
{
    switch (kind) {
    case PAGE_TIMED_OUT: return "TimedOut";
    case PAGE_STOPPED: return "Stopped";
    case PAGE_REVOKED: return "Revoked";
    case PAGE_EXPIRED: return "Expired";
    case PAGE_NOT_YOURS: return "IdentityMissing";
    default: return "Closed";
    }
}

static void write_outcomes(struct buf *out, const struct wait_view *wait, uint8_t only)
{
    bool first = true;
    reply_name(out, "outcomes");
    buf_add_char(out, '[');
    for (size_t i = 0; i < wait->outcome_count; i++) {
        if (only != 0 && only != i + 1) continue;
        if (!first) buf_add_char(out, ',');
        first = false;
        reply_open(out);
        reply_str(out, "name", wait->outcomes[i].name);
        reply_str_unless_empty(out, "label", wait->outcomes[i].label);
        reply_bool(out, "fails", wait->outcomes[i].fails);
        reply_close(out);
    }
    buf_add_char(out, ']');
}

static void write_wait(struct buf *out, struct arena *arena, const struct page_content *content)
{
    static const char *const comments[] = { "OPTIONAL", "REQUIRED", "NONE" };
    const struct wait_view *wait = content->wait;
    reply_open(out);
    reply_str(out, "status", status_of(content));
    reply_str_unless_empty(out, "title", wait->title);
    reply_str(out, "machine", wait->machine);
    reply_str(out, "state", wait->state);
    reply_str_unless_empty(out, "name", wait->name);
    reply_str_unless_empty(out, "key", wait->key);
    reply_str(out, "since", iso_time(arena, wait->since_ms));
    if (wait->until_ms > 0) reply_str(out, "until", iso_time(arena, wait->until_ms));
    if (wait->between) reply_str(out, "asksAgain", iso_time(arena, wait->again_ms));
    if (json_is_object(wait->show)) reply_json(out, "show", wait->show);
    write_outcomes(out, wait, content->outcome);
    reply_str(out, "comment", str_from(comments[wait->comment]));
    reply_bool(out, "needsCode", wait->needs_code);
    if (json_is_object(wait->decided) && !wait->between) reply_json(out, "decided", wait->decided);
    reply_close(out);
}

static void reply_wait(struct request *request, int status, const struct page_content *content)
{
    if (!content->wait || (status != 200 && content->kind != PAGE_DECIDED)) {
        (void)web_refuse(request, status, error_of(content->kind),
                         "There is nothing to answer here any more.");
        return;
    }
    web_reply_json(request, status);
    write_wait(&request->reply, &request->arena, content);
}

static str identity_of(const struct request *request, const struct wait_view *wait)
{
    str identity = { 0 };
    size_t chars;
    if (wait->identity_header.len == 0) return identity;
    (void)http_find_header(request->http, wait->identity_header, &identity);
    if (identity.len > CALLBACK_BY_BYTES_MAX || !str_utf8_count(identity, &chars))
        return (str){ 0 };
    return identity;
}

static enum handled show_link(const struct reader *reader, struct request *request,
                              struct error *err)
{
    struct source source = source_from_reader(reader, request);
    struct web_call call = { .wants_page = callback_wants_page(request->http, true) };
    struct page_content content = { .kind = PAGE_UNKNOWN };
    struct wait_view wait;
    int status = 404;
    (void)err;
    if (!web_read_link(reader, request, &call)) return HANDLED;
    bool found = call.address.part.len == 0 && wait_find_by_link(&source, &call.link, &wait);
    if (found)
        status = web_page_of(&source, &call.link, &wait, identity_of(request, &wait), &content);
    if (call.wants_page)
        web_reply_page(request, status, &content);
    else if (found)
        reply_wait(request, status, &content);
    else
        (void)web_refuse(request, 404, "NotFound", "There is nothing at this address.");
    return HANDLED;
}

/* ---- GET /callbacks/... ---- */

static enum handled show_key(const struct reader *reader, struct request *request,
                             struct error *err)
{
    struct source source = source_from_reader(reader, request);
    struct web_call call = { 0 };
    struct wait_view wait;
    (void)err;
    if (!web_read_key(reader, request, &call)) return HANDLED;
    if (call.address.part.len > 0 ||
        !wait_find_by_key(&source, call.address.name, call.address.key, &wait)) {
        (void)web_refuse(request, 404, "NotFound", "Nobody waits for this key.");
        return HANDLED;
    }
    bool asks = wait.open || wait.between;
    struct page_content content = { .kind = asks ? PAGE_OPEN : page_of_end(&wait),
                                    .wait = &wait,
                                    .now_ms = source.now_ms };
    reply_wait(request, content.kind == PAGE_OPEN || content.kind == PAGE_DECIDED ? 200 : 410,
               &content);
    return HANDLED;
}

/* ---- other methods ---- */

static void refuse_method(struct request *request, str allow)
{
    if (str_eq(request->http->method, STR("OPTIONS")))
        web_reply_json(request, 204);
    else
        (void)web_refuse(request, 405, "MethodNotAllowed",
                         "This address does not take this method.");
    request->head->headers = arena_printf(&request->arena, "%.*sAllow: %.*s\r\n",
                                          STR_ARGS(request->head->headers), STR_ARGS(allow));
}

static enum handled refuse_link(const struct reader *reader, struct request *request,
                                struct error *err)
{
    (void)reader;
    (void)err;
    refuse_method(request, STR("GET, HEAD, POST, OPTIONS"));
    return HANDLED;
}

static enum handled refuse_key(const struct reader *reader, struct request *request,
                               struct error *err)
{
    (void)reader;
    (void)err;
    refuse_method(request, STR("GET, HEAD, POST, PUT, OPTIONS"));
    return HANDLED;
}

/* ---- routing ---- */

static bool is_get(const struct http_request *http)
{
    return str_eq(http->method, STR("GET")) || str_eq(http->method, STR("HEAD"));
}

static const struct operation show_link_operation = { .name = STR_INIT("ShowLink"),
                                                      .read = show_link };
static const struct operation refuse_link_operation = { .name = STR_INIT("RefuseLink"),
                                                        .read = refuse_link };
static const struct operation show_key_operation = { .name = STR_INIT("ShowKey"),
                                                     .read = show_key };
static const struct operation refuse_key_operation = { .name = STR_INIT("RefuseKey"),
                                                       .read = refuse_key };

const struct operation *const web_operations[WEB_OPERATIONS] = {
    &show_link_operation, &web_answer_link, &refuse_link_operation, &show_key_operation,
    &web_answer_key,      &web_bind_key,    &refuse_key_operation,
};

const struct operation *web_link_operation(const struct http_request *http)
{
    if (is_get(http)) return &show_link_operation;
    return str_eq(http->method, STR("POST")) ? &web_answer_link : &refuse_link_operation;
}

const struct operation *web_key_operation(const struct http_request *http)
{
    if (is_get(http)) return &show_key_operation;
    if (str_eq(http->method, STR("PUT"))) return &web_bind_key;
    return str_eq(http->method, STR("POST")) ? &web_answer_key : &refuse_key_operation;
}
