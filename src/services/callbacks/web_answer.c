/* POST and PUT at callback addresses: read on the I/O thread, decided on the writer. */
#include "services/callbacks/web_private.h"

static enum handled reply_now(bool good)
{
    return good ? HANDLED : HANDLED_ALREADY;
}

/* ---- POST /c/... ---- */

static enum handled prepare_link(const struct reader *reader, struct request *request,
                                 struct error *err)
{
    struct web_call *call = ARENA_NEW(&request->arena, struct web_call);
    (void)err;
    request->prepared = call;
    call->wants_page = callback_wants_page(request->http, false);
    return reply_now(web_read_link(reader, request, call) &&
                     web_read_answer(reader, request, call));
}

static const char *problem_of(enum verdict_kind kind)
{
    switch (kind) {
    case VERDICT_WRONG_CODE: return "That code is not right. Nothing has been decided.";
    case VERDICT_COMMENT_MISSING: return "Please say why: a comment is needed.";
    case VERDICT_NOT_AN_OUTCOME: return "That is no answer to this question.";
    case VERDICT_TOO_LARGE: return "The comment is too long.";
    case VERDICT_DIFFERENT: return "Your answer came after the decision and does not count.";
    default: return NULL;
    }
}

/* After a decision the browser is sent back to the page by GET, so that reloading it repeats
 * nothing; its address is the last segment of the path, whatever stands before that at a proxy. */
static void send_back(struct request *request, const struct web_call *call)
{
    request->head = ARENA_NEW(&request->arena, struct reply_head);
    request->head->status = 303;
    request->head->headers =
        arena_printf(&request->arena, "Location: %s%.*s\r\nCache-Control: no-store\r\n",
                     call->address.part.len > 0 ? "../" : "", STR_ARGS(call->address.link));
}

static void reply_page(struct txn *txn, struct request *request, const struct web_call *call,
                       const struct verdict *verdict)
{
    struct source source = source_from_txn(txn, &request->arena);
    struct page_content content = { .kind = PAGE_UNKNOWN };
    struct wait_view wait;
    int status = verdict_status(verdict);
    if (status < 300) {
        send_back(request, call);
        return;
    }
    if (wait_find_by_link(&source, &call->link, &wait)) {
        str identity = { 0 };
        if (wait.identity_header.len > 0)
            (void)http_find_header(request->http, wait.identity_header, &identity);
        (void)web_page_of(&source, &call->link, &wait, identity, &content);
        content.comment = call->answer.comment;
        content.problem = problem_of(verdict->kind);
    }
    web_reply_page(request, status, &content);
}

static enum handled write_link(struct txn *txn, struct request *request, struct error *err)
{
    const struct web_call *call = request->prepared;
    struct verdict verdict;
    (void)err;
    answer_by_link(txn, &call->link, &call->answer, &verdict);
    if (call->is_form && call->wants_page)
        reply_page(txn, request, call, &verdict);
    else
        web_reply_verdict(request, &verdict);
    return HANDLED;
}

const struct operation web_answer_link = { .name = STR_INIT("AnswerLink"),
                                           .prepare = prepare_link,
                                           .write = write_link };

/* ---- POST /callbacks/... ---- */

static enum handled prepare_key(const struct reader *reader, struct request *request,
                                struct error *err)
{
    struct web_call *call = ARENA_NEW(&request->arena, struct web_call);
    (void)err;
    request->prepared = call;
    return reply_now(web_read_key(reader, request, call) && web_read_answer(reader, request, call));
}

static enum handled write_key(struct txn *txn, struct request *request, struct error *err)
{
    const struct web_call *call = request->prepared;
    struct verdict verdict;
    (void)err;
    answer_by_key(txn, call->address.name, call->address.key, &call->answer, &verdict);
    web_reply_verdict(request, &verdict);
    return HANDLED;
}

const struct operation web_answer_key = { .name = STR_INIT("AnswerKey"),
                                          .prepare = prepare_key,
                                          .write = write_key };

/* ---- PUT /callbacks/... ---- */

static bool read_binding(const struct reader *reader, struct request *request,
                         struct web_call *call)
{
    json body;
    struct error err;
    str text;
    callback_address_parse(request->http->path, &request->arena, &call->address);
    if (call->address.kind != ADDRESS_KEY || call->address.part.len > 0) {
        (void)web_refuse(request, 404, "NotFound", "There is nothing at this address.");
        return false;
    }
    if (!json_parse(request->http->body, &request->arena, &body, &err) ||
        !json_find_str(body, STR("token"), &text)) {
        (void)web_refuse(request, 400, "InvalidBody", "The body is {\"token\": \"...\"}.");
        return false;
    }
    call->on_duplicate = json_str_or(body, STR("onDuplicateKey"), STR(""));
    if (call->on_duplicate.len > 0 && !str_eq(call->on_duplicate, STR("REJECT")) &&
        !str_eq(call->on_duplicate, STR("FIRST")) && !str_eq(call->on_duplicate, STR("ALL"))) {
        (void)web_refuse(request, 400, "InvalidBody",
                         "\"onDuplicateKey\" is REJECT, FIRST or ALL.");
        return false;
    }
    if (token_decode(shard_token_key(reader->shard), text, &call->token) &&
        call->token.shard == shard_number(reader->shard))
        return true;
    shard_count(reader->shard, COUNTER_CALLBACKS_REJECTED_TOKEN);
    (void)web_refuse(request, 403, "InvalidToken", "That is no task token of ours.");
    return false;
}

static enum handled prepare_bind(const struct reader *reader, struct request *request,
                                 struct error *err)
{
    struct web_call *call = ARENA_NEW(&request->arena, struct web_call);
    (void)err;
    request->prepared = call;
    return reply_now(read_binding(reader, request, call));
}

static enum handled write_bind(struct txn *txn, struct request *request, struct error *err)
{
    const struct web_call *call = request->prepared;
    struct verdict verdict;
    (void)err;
    (void)key_bind(txn, call->address.name, call->address.key, call->token, call->on_duplicate,
                   request->peer, &verdict);
    web_reply_verdict(request, &verdict);
    return HANDLED;
}

const struct operation web_bind_key = { .name = STR_INIT("BindKey"),
                                        .prepare = prepare_bind,
                                        .write = write_bind };
