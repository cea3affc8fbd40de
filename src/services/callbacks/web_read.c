/* Reading a request to a callback address, on the I/O thread: what is forged, not proven or cannot
 * be read is answered here and never reaches the writer. */
#include "base/log.h"
#include "http/form.h"
#include "services/callbacks/verifier.h"
#include "services/callbacks/web_private.h"

/* ---- links ---- */

static bool refuse_page(struct request *request, const struct web_call *call, int status,
                        enum page_kind kind, const char *name, const char *message)
{
    struct page_content content = { .kind = kind };
    if (call->wants_page)
        web_reply_page(request, status, &content);
    else
        (void)web_refuse(request, status, name, message);
    return false;
}

bool web_read_link(const struct reader *reader, struct request *request, struct web_call *call)
{
    callback_address_parse(request->http->path, &request->arena, &call->address);
    enum link_fault fault = LINK_FORGED;
    if (call->address.kind == ADDRESS_LINK)
        fault = link_decode(shard_link_keys(reader->shard), call->address.link, &call->link);
    switch (fault) {
    case LINK_OK: return true;
    case LINK_RETIRED_KEY:
        return refuse_page(request, call, 410, PAGE_REVOKED, "Revoked",
                           "The key that this link was signed with has been retired.");
    case LINK_FORGED: break;
    }
    shard_count(reader->shard, COUNTER_CALLBACKS_FORGED);
    log_line(LOG_INFO, "callback refused", "reason=\"no link of ours\" peer=%.*s",
             STR_ARGS(request->peer));
    return refuse_page(request, call, 404, PAGE_UNKNOWN, "NotFound",
                       "There is nothing at this address.");
}

/* ---- keys ---- */

static bool refuse_name(struct request *request)
{
    (void)web_refuse(request, 403, "NoVerifier",
                     "Whoever answers by key must prove who they are, and this name has no "
                     "verifier: set one with PutCallbackName or `baton callbacks put`.");
    return false;
}

static bool answer_challenge(struct request *request, str challenge)
{
    web_reply_json(request, 200);
    request->head->content_type = STR("text/plain; charset=utf-8");
    buf_add(&request->reply, challenge);
    return false;
}

bool web_read_key(const struct reader *reader, struct request *request, struct web_call *call)
{
    struct source source = source_from_reader(reader, request);
    struct callback_name settings;
    struct verifier_result result;
    callback_address_parse(request->http->path, &request->arena, &call->address);
    if (call->address.kind != ADDRESS_KEY) {
        (void)web_refuse(request, 404, "NotFound", "There is nothing at this address.");
        return false;
    }
    if (!callback_name_load(&source, call->address.name, &settings) ||
        !json_is_object(settings.verifier))
        return refuse_name(request);
    if (verifier_check(settings.verifier, request->http, source.now_ms, source.arena, &result)) {
        call->answer.message_id = result.message_id;
        return result.challenge.len > 0 ? answer_challenge(request, result.challenge) : true;
    }
    shard_count(reader->shard, COUNTER_CALLBACKS_FORGED);
    log_line(LOG_INFO, "callback refused", "name=%.*s reason=\"%s\" peer=%.*s",
             STR_ARGS(call->address.name), result.reason, STR_ARGS(request->peer));
    (void)web_refuse(request, 401, "Unauthorized", "The request does not prove who sent it.");
    return false;
}

/* ---- what is said ---- */

static bool refuse_body(struct request *request, const struct web_call *call, int status,
                        const char *name, const char *message)
{
    struct page_content content = { .kind = PAGE_BAD_REQUEST };
    if (call->is_form && call->wants_page)
        web_reply_page(request, status, &content);
    else
        (void)web_refuse(request, status, name, message);
    return false;
}

/* Null: there is no body. */
static bool read_json(struct request *request, const struct web_call *call, json *out)
{
    struct error err;
    str body = str_trim(request->http->body);
    *out = json_null();
    if (body.len == 0 || json_parse(body, &request->arena, out, &err)) return true;
    str message =
        arena_printf(&request->arena, "The body is not JSON: %.*s", STR_ARGS(error_text(&err)));
    return refuse_body(request, call, 400, "InvalidBody", arena_cstr(&request->arena, message));
}

/* What the last part of the path says. An empty one: any answer. */
static void read_kind(const struct web_call *call, struct answer *answer)
{
    str part = call->address.part;
    answer->kind = ANSWER_SUCCESS;
    if (part.len == 0 || str_eq(part, STR("success"))) return;
    answer->kind = ANSWER_OUTCOME;
    if (str_eq(part, STR("failure"))) answer->kind = ANSWER_FAILURE;
    if (str_eq(part, STR("heartbeat"))) answer->kind = ANSWER_HEARTBEAT;
    if (answer->kind == ANSWER_OUTCOME) answer->outcome = part;
}

/* False: it is there and no text. */
static bool find_text(json body, str name, str *out)
{
    const json *found = json_find(body, name);
    *out = json_str_or(body, name, (str){ NULL, 0 });
    return !found || json_is_string(*found) || json_is_null(*found);
}

static bool read_json_answer(struct request *request, struct web_call *call)
{
    json body;
    struct answer *answer = &call->answer;
    if (!read_json(request, call, &body)) return false;
    bool is_empty = str_trim(request->http->body).len == 0;
    if (answer->kind == ANSWER_FAILURE) {
        if ((!is_empty && !json_is_object(body)) ||
            !find_text(body, STR("error"), &answer->error) ||
            !find_text(body, STR("cause"), &answer->cause))
            return refuse_body(request, call, 400, "InvalidBody",
                               "A failure is {\"error\": \"...\", \"cause\": \"...\"}.");
        return true;
    }
    answer->output = body;
    answer->output_text = str_trim(request->http->body);
    if (is_empty && answer->kind == ANSWER_SUCCESS && call->link.outcome == 0) {
        answer->output = (json){ .kind = JSON_OBJECT };
        answer->output_text = STR("{}");
    }
    return true;
}

/* Browsers say which page has made a request, also one of plain text that a script has sent. A page
 * of another site could decide in the name of somebody whom a proxy has signed in, or with the
 * password that the browser remembers. */
static bool is_from_elsewhere(const struct http_request *http)
{
    str site;
    return http_find_header(http, STR("Sec-Fetch-Site"), &site) &&
           !str_eq(site, STR("same-origin")) && !str_eq(site, STR("none"));
}

static str form_text(const struct form *form, str name)
{
    const str *found = form_find(form, name);
    return found ? *found : (str){ NULL, 0 };
}

static bool read_form_answer(struct request *request, struct web_call *call)
{
    struct form form = { 0 };
    struct error err;
    struct answer *answer = &call->answer;
    if (!form_parse(request->http->body, &request->arena, &form, &err))
        return refuse_body(request, call, 400, "InvalidBody", "The form does not decode.");
    str outcome = form_text(&form, STR("outcome"));
    if (outcome.len > 0 && call->address.part.len == 0) {
        answer->kind = ANSWER_OUTCOME;
        answer->outcome = outcome;
    }
    if (answer->kind == ANSWER_SUCCESS && call->link.outcome == 0)
        return refuse_body(request, call, 400, "InvalidBody", "The form names no outcome.");
    answer->is_form = true;
    answer->output = json_null();
    answer->error = form_text(&form, STR("error"));
    answer->cause = form_text(&form, STR("cause"));
    answer->comment = str_trim(form_text(&form, STR("comment")));
    answer->code = form_text(&form, STR("code"));
    if (answer->code.ptr) answer->code = str_trim(answer->code);
    return true;
}

static bool is_readable(struct request *request, const struct web_call *call)
{
    str type = { 0 };
    (void)http_find_header(request->http, STR("Content-Type"), &type);
    if (str_starts_with(type, STR("multipart/")))
        return refuse_body(request, call, 415, "UnsupportedMediaType",
                           "An answer is JSON, or a form as application/x-www-form-urlencoded.");
    return true;
}

bool web_read_answer(const struct reader *reader, struct request *request, struct web_call *call)
{
    struct answer *answer = &call->answer;
    str message_id, code;
    call->is_form = call->address.kind == ADDRESS_LINK && callback_has_form(request->http);
    if (request->http->body.len > shard_payload_bytes_max(reader->shard))
        return refuse_body(request, call, 413, "TooLarge",
                           "The body is larger than the limit of an output.");
    if (!callback_message_id(request->http, &message_id))
        return refuse_body(request, call, 400, "InvalidMessageId",
                           "The message id is too long, or not UTF-8.");
    if (message_id.len > 0) answer->message_id = message_id;
    answer->http = request->http;
    answer->via = call->address.kind == ADDRESS_LINK ? STR("link") : STR("key");
    answer->peer = request->peer;
    answer->output = json_null();
    if (http_find_header(request->http, STR("X-Callback-Code"), &code)) answer->code = code;
    read_kind(call, answer);
    if (!is_readable(request, call)) return false;
    if (is_from_elsewhere(request->http))
        return refuse_body(request, call, 403, "CrossSite",
                           "A page of another site cannot answer.");
    if (call->is_form ? !read_form_answer(request, call) : !read_json_answer(request, call))
        return false;
    answer->digest = answer_digest(answer, &request->arena);
    return true;
}
