/* Requests below /hooks: found, verified and mapped on the I/O thread, decided and stored in one
 * transaction, then answered. */
#include "base/log.h"
#include "services/callbacks/route_records.h"

/* What the preparation hands to the writer. In the request's arena. */
struct inbound {
    struct route route;
    struct verifier_result verified;
    struct delivery delivery;
    struct mapped mapped;
};

/* ---- answers ---- */

static void set_head(struct request *request, int status, str headers, str content_type)
{
    struct reply_head *head = ARENA_NEW(&request->arena, struct reply_head);
    *head = (struct reply_head){ status, headers, content_type };
    request->head = head;
}

static enum handled answer_error(struct request *request, int status, str headers, str name,
                                 str message)
{
    struct buf *out = reply_begin(request);
    reply_str(out, "error", name);
    reply_str(out, "message", message);
    reply_close(out);
    set_head(request, status, headers, STR("application/json"));
    return HANDLED_ALREADY;
}

/* Says nothing of why: that is in the route's refusals, for its operator. */
static void answer_unverified(struct request *request, json verifier)
{
    str type = json_str_or(verifier, STR("type"), STR(""));
    str headers = STR("");
    if (str_eq(type, STR("basic"))) headers = STR("WWW-Authenticate: Basic realm=\"baton\"\r\n");
    if (str_eq(type, STR("bearer"))) headers = STR("WWW-Authenticate: Bearer\r\n");
    answer_error(request, 401, headers, STR("Unauthorized"),
                 STR("The request does not prove that it comes from who may send it."));
}

static void answer_text(struct request *request, str text)
{
    buf_init(&request->reply, &request->arena);
    buf_add(&request->reply, text);
    set_head(request, 200, STR(""), STR("text/plain; charset=utf-8"));
}

static void answer_applied(struct request *request, const struct inbound *in,
                           const struct applied *applied)
{
    const struct mapped *mapped = &in->mapped;
    bool own = mapped->response.status > 0 && mapped->response_is_good &&
               (applied->is_good || in->route.responds_always);
    buf_init(&request->reply, &request->arena);
    if (own) {
        buf_add(&request->reply, mapped->response_body);
        set_head(request, mapped->response.status, mapped->response.headers,
                 mapped->response_body.len > 0 ? mapped->response.content_type : STR(""));
        return;
    }
    buf_add(&request->reply, applied->body);
    str retry = applied->status == 429 ? STR("Retry-After: 60\r\n") : STR("");
    set_head(request, applied->status, retry, STR("application/json"));
}

/* ---- the I/O thread ---- */

static enum handled not_found(struct request *request, const struct route_found *found)
{
    if (found->methods.len == 0)
        return answer_error(request, 404, STR(""), STR("NotFound"),
                            STR("There is nothing at this path."));
    str allow = arena_printf(&request->arena, "Allow: %.*s\r\n", STR_ARGS(found->methods));
    return answer_error(request, 405, allow, STR("MethodNotAllowed"),
                        STR("This path does not take this method."));
}

/* Settings that an older version has taken and this one does not. Why is for the operator. */
static enum handled broken(struct request *request, const struct route_record *record,
                           const struct error *err)
{
    char quoted[LOG_QUOTED_BYTES_MAX];
    log_line(LOG_ERROR, "a route's settings cannot be used any more: put it again",
             "route=%.*s reason=%s", STR_ARGS(record->name), log_quote(error_text(err), quoted));
    return answer_error(request, 500, STR(""), STR("RouteUnusable"),
                        STR("This route cannot be used."));
}

static enum handled prepare(const struct reader *reader, struct request *request, struct error *err)
{
    struct source source = source_from_reader(reader, request);
    const struct http_request *http = request->http;
    struct route_found found;
    struct route_record record;
    struct inbound *in = ARENA_NEW(&request->arena, struct inbound);
    route_find(&source, http, &found);
    if (found.name.len == 0 || !route_load(&source, found.name, &record))
        return not_found(request, &found);
    if (http->body.len > ROUTE_BODY_BYTES_MAX)
        return answer_error(request, 413, STR(""), STR("TooLarge"),
                            STR("The body is larger than a route takes."));
    if (!route_compile(record.name, record.settings, &request->arena, &in->route, err))
        return broken(request, &record, err);
    request->prepared = in;
    if (!verifier_check(in->route.verifier, http, reader->now_ms, &request->arena, &in->verified))
        return HANDLED;
    if (in->verified.challenge.len > 0) {
        answer_text(request, in->verified.challenge);
        return HANDLED_ALREADY;
    }
    delivery_from_http(http, &in->route, &in->verified, request->id, request->peer, reader->now_ms,
                       &request->arena, &in->delivery);
    route_map(&in->route, &in->delivery, &request->arena, &in->mapped);
    return HANDLED;
}

/* ---- the writer ---- */

static enum handled write_delivery(struct txn *txn, struct request *request, struct error *err)
{
    (void)err;
    const struct inbound *in = request->prepared;
    struct source source = source_from_txn(txn, &request->arena);
    struct applied applied;
    if (!in->verified.is_good) {
        struct refusal refusal = { request->peer, in->verified.reason };
        refusal_note(txn, &source, in->route.name, &refusal);
        answer_unverified(request, in->route.verifier);
        return HANDLED;
    }
    route_apply(txn, &source, &in->route, &in->mapped, &applied);
    struct delivery_record record = {
        .delivery = in->delivery,
        .verdict = applied.verdict,
        .status = applied.status,
        .key = in->mapped.key,
        .answer = applied.body,
        .execution = applied.execution,
    };
    delivery_store(txn, &source, &in->route, &record);
    answer_applied(request, in, &applied);
    return HANDLED;
}

static const struct operation inbound_operation = {
    .name = STR_INIT("InboundRoute"),
    .write = write_delivery,
    .prepare = prepare,
};

const struct operation *route_operation(const struct http_request *http)
{
    (void)http;
    return &inbound_operation;
}
