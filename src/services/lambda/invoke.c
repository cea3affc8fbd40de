/* Invoke and InvokeAsync, and what an effect of kind "function" says:
 *
 *     {"function":name,"qualifier":s,"payload":JSON text,"requestId":s,"clientContext":s,
 *      "queues":true if it waits rather than being throttled}
 *
 * An invocation whose caller waits is an effect that is not stored: it goes to the carrier from the
 * I/O thread, and its outcome is the answer. One of type Event becomes a write of its own. */
#include "base/prng.h"
#include "services/lambda/lambda_private.h"

/* ---- requests of effects ---- */

static json make_request(const struct source *source, const struct function_ref *ref, str payload,
                         str request_id, str client_context)
{
    struct json_fields fields;
    json_fields_init(&fields, source->arena);
    json_fields_add(&fields, STR("function"), json_string(ref->name));
    json_fields_add(&fields, STR("qualifier"), json_string(ref->qualifier));
    json_fields_add(&fields, STR("payload"), json_string(payload));
    if (request_id.len > 0) json_fields_add(&fields, STR("requestId"), json_string(request_id));
    if (client_context.len > 0)
        json_fields_add(&fields, STR("clientContext"), json_string(client_context));
    return json_fields_done(&fields);
}

bool lambda_invocation(const struct source *source, str function, str qualifier, str payload,
                       json *request, struct error *err)
{
    struct function_ref ref;
    struct function_target target;
    if (!ref_read(source, function, qualifier, &ref, err) ||
        !target_find(source, &ref, &target, err))
        return false;
    *request =
        make_request(source, &ref, payload, source->txn ? new_uuid(source->txn) : STR(""), STR(""));
    return true;
}

json invocation_that_queues(struct arena *arena, json request)
{
    struct json_fields fields;
    json_fields_from(&fields, arena, request);
    json_fields_add(&fields, STR("queues"), json_bool(true));
    return json_fields_done(&fields);
}

/* In [0, 1), the same for the same text: a repeated invocation runs the same version again. */
static double chance_of(str text)
{
    struct prng prng;
    uint64_t hash = 14695981039346656037u; /* FNV-1a */
    for (size_t i = 0; i < text.len; i++)
        hash = (hash ^ (unsigned char)text.ptr[i]) * 1099511628211u;
    prng_seed(&prng, hash);
    return prng_double(&prng);
}

bool invocation_read(const struct source *source, json request, struct function_invocation *out,
                     struct error *err)
{
    struct function_ref ref = { param_str(request, "function"), param_str(request, "qualifier") };
    out->payload = param_str(request, "payload");
    out->request_id = param_str(request, "requestId");
    out->client_context = param_str(request, "clientContext");
    out->queues = json_bool_or(request, STR("queues"), false);
    if (!target_find(source, &ref, &out->target, err)) return false;
    if (!out->target.is_alias) return true;
    str chosen = alias_choose(&out->target.alias, chance_of(out->request_id));
    uint32_t version;
    if (str_eq(chosen, out->target.config.version) || !qualifier_version(chosen, &version))
        return true;
    /* One that has gone (AWS forbids it) leaves all to the other. */
    (void)function_version_load(source, ref.name, version, &out->target.config);
    return true;
}

/* ---- checks of a call ---- */

static bool payload_check(const struct source *source, str payload, struct error *err)
{
    json value;
    struct error bad = { 0 };
    uint32_t line, column;
    if (json_parse(payload, source->arena, &value, &bad)) return true;
    json_position(payload, bad.offset, &line, &column);
    /* Jackson's reader of bytes takes one more than its reader of texts before it gives up. */
    if (str_starts_with(error_text(&bad), STR("Unrecognized token"))) column++;
    str head = payload.len <= 500 ? payload : str_slice(payload, 0, 500);
    while (head.len < payload.len && head.len > 0 &&
           ((unsigned char)payload.ptr[head.len] & 0xC0) == 0x80)
        head.len--; /* not inside a character */
    str more = payload.len == head.len
                   ? STR("")
                   : arena_printf(source->arena, "[truncated %zu bytes]", payload.len - head.len);
    return error_set_long(err, source->arena, ERROR_LAMBDA_INVALID_REQUEST_CONTENT,
                          "Could not parse request body into json: Could not parse payload into "
                          "json: %.*s\n at [Source: (byte[])\"%.*s\"%.*s; line: %u, column: %u]",
                          STR_ARGS(error_text(&bad)), STR_ARGS(head), STR_ARGS(more), line, column);
}

static bool size_check(str payload, const char *type, size_t limit, struct error *err)
{
    return payload.len <= limit ||
           error_set(err, ERROR_LAMBDA_REQUEST_ENTITY_TOO_LARGE,
                     "%zu byte payload is too large for the %s invocation type (limit %zu bytes)",
                     payload.len, type, limit);
}

/* The event; without one the function gets an empty object. */
static bool read_event(const struct source *source, json params, const char *member,
                       const char *type, size_t limit, str *out, struct error *err)
{
    *out = param_str(params, member);
    if (out->len == 0) *out = STR("{}");
    return size_check(*out, type, limit, err) && payload_check(source, *out, err);
}

/* ---- synchronous ---- */

static void add_header(struct buf *out, const char *name, str value)
{
    buf_add(out, str_from(name));
    buf_add(out, STR(": "));
    buf_add(out, value);
    buf_add(out, STR("\r\n"));
}

static void reply_headers(struct request *request, const struct effect_result *result)
{
    struct buf out;
    str log = result->log;
    struct reply_head *head = ARENA_NEW(&request->arena, struct reply_head);
    buf_init(&out, &request->arena);
    if (result->error.len > 0) add_header(&out, "X-Amz-Function-Error", result->error);
    if (log.len > LAMBDA_LOG_TAIL_BYTES_MAX)
        log = str_skip(log, log.len - LAMBDA_LOG_TAIL_BYTES_MAX);
    if (str_eq(param_str(request->params, "LogType"), STR("Tail")))
        add_header(&out, "X-Amz-Log-Result", base64_text(&request->arena, log));
    add_header(&out, "X-Amz-Executed-Version", result->version);
    head->status = 200;
    head->headers = buf_str(&out);
    head->content_type = STR("application/json");
    request->head = head;
}

/* An invocation whose caller waits. */
struct waiting {
    struct request *request;
    bool is_reserved; /* the function's concurrency is: then that is why it is throttled */
};

static void set_failure(const struct waiting *waiting, const struct effect_result *result)
{
    struct request *request = waiting->request;
    struct error *err = &request->error;
    str cause = result->cause;
    if (str_eq(result->error, STR("Lambda.TooManyRequestsException"))) {
        error_set_long(err, &request->arena, ERROR_LAMBDA_TOO_MANY_REQUESTS, "%.*s",
                       STR_ARGS(cause));
        err->details =
            waiting->is_reserved
                ? STR(",\"Reason\":\"ReservedFunctionConcurrentInvocationLimitExceeded\"")
                : STR(",\"Reason\":\"ConcurrentInvocationLimitExceeded\"");
    } else if (str_eq(result->error, STR("Lambda.ResourceNotFoundException"))) {
        error_set_long(err, &request->arena, ERROR_LAMBDA_RESOURCE_NOT_FOUND, "%.*s",
                       STR_ARGS(cause));
    } else {
        error_set_long(err, &request->arena, ERROR_LAMBDA_SERVICE, "%.*s", STR_ARGS(cause));
    }
}

/* On the thread of effects/. */
static void invocation_done(struct effect *effect)
{
    const struct waiting *waiting = effect->owner;
    struct request *request = waiting->request;
    const struct effect_result *result = &effect->result;
    if (result->ok) {
        buf_init(&request->reply, &request->arena);
        buf_add(&request->reply, result->body);
        reply_headers(request, result);
    } else {
        set_failure(waiting, result);
    }
    effect_free(effect);
    request->complete(request);
}

static enum handled invoke_now(const struct source *source, struct request *request,
                               const struct function_ref *ref, str payload, bool is_reserved)
{
    struct waiting *waiting = ARENA_NEW(&request->arena, struct waiting);
    const struct carrier *carrier = shard_carrier(source->shard);
    struct effect *effect = effect_new();
    json call = make_request(source, ref, payload, request->id,
                             param_str(request->params, "ClientContext"));
    effect->kind = STR("function");
    effect->request = json_copy(&effect->arena, call);
    effect->done = invocation_done;
    *waiting = (struct waiting){ request, is_reserved };
    effect->owner = waiting;
    if (carrier->carry) {
        carrier->carry(carrier->context, effect);
    } else {
        effect->result.cause = STR("This server runs no functions.");
        effect_finish(effect);
    }
    return HANDLED_LATER; /* from here on the request is another thread's */
}

/* ---- asynchronous ---- */

static enum handled handle_event(struct txn *txn, struct request *request, struct error *err)
{
    struct source source = source_from_txn(txn, &request->arena);
    struct function_ref ref;
    struct function_target target;
    if (!ref_params(&source, request->params, &ref, err) ||
        !target_find(&source, &ref, &target, err))
        return HANDLED_FAILED;
    str id = request->id.len > 0 ? request->id : new_uuid(txn);
    async_start(txn, make_request(&source, &ref, param_str(request->params, "event"), id,
                                  param_str(request->params, "ClientContext")));
    return reply_empty(request, 202);
}

static enum handled handle_async(struct txn *txn, struct request *request, struct error *err)
{
    enum handled handled = handle_event(txn, request, err);
    if (handled == HANDLED) buf_add(&request->reply, STR("{\"Status\":202}"));
    return handled;
}

static const struct operation event_operation = {
    .name = STR_INIT("Invoke"),
    .input = &shape_invoke,
    .write = handle_event,
};
static const struct operation async_operation = {
    .name = STR_INIT("InvokeAsync"),
    .input = &shape_invoke_async,
    .write = handle_async,
};

/* Goes on as a write: the event is stored before the caller hears of it. */
static enum handled invoke_later(const struct reader *reader, struct request *request, str payload,
                                 const struct operation *operation, struct error *err)
{
    struct json_fields fields;
    json_fields_from(&fields, &request->arena, request->params);
    json_fields_add(&fields, STR("event"), json_string(payload));
    request->params = json_fields_done(&fields);
    if (reader->txn) return operation->write(reader->txn, request, err);
    request->operation = operation;
    shard_submit(reader->shard, request);
    return HANDLED_LATER;
}

/* ---- operations ---- */

/* It comes in Base64, and the function sees what that says. AWS's sentence. */
static bool read_client_context(const struct source *source, struct request *request,
                                struct error *err)
{
    str given = param_str(request->params, "ClientContext"), text;
    json value;
    struct error bad = { 0 };
    struct json_fields fields;
    if (given.len == 0) return true;
    if (!code_base64_bytes(source->arena, given, &text) ||
        !json_parse(text, source->arena, &value, &bad) || !json_is_object(value))
        return error_set(err, ERROR_LAMBDA_INVALID_REQUEST_CONTENT,
                         "Client context must be a valid Base64-encoded JSON object.");
    json_fields_from(&fields, source->arena, request->params);
    json_fields_add(&fields, STR("ClientContext"), json_string(text));
    request->params = json_fields_done(&fields);
    return true;
}

enum handled handle_invoke(const struct reader *reader, struct request *request, struct error *err)
{
    struct source source = source_from_reader(reader, request);
    struct function_ref ref;
    struct function_target target;
    str payload, type = json_str_or(request->params, STR("InvocationType"), STR("RequestResponse"));
    bool is_event = str_eq(type, STR("Event"));
    size_t limit = is_event ? LAMBDA_EVENT_BYTES_MAX : LAMBDA_PAYLOAD_BYTES_MAX;
    if (!ref_params(&source, request->params, &ref, err) ||
        !target_find(&source, &ref, &target, err) ||
        !read_event(&source, request->params, "Payload", is_event ? "Event" : "RequestResponse",
                    limit, &payload, err) ||
        !read_client_context(&source, request, err))
        return HANDLED_FAILED;
    if (str_eq(type, STR("DryRun"))) return reply_empty(request, 204);
    if (is_event) return invoke_later(reader, request, payload, &event_operation, err);
    if (!reader->txn)
        return invoke_now(&source, request, &ref, payload, target.function.reserved >= 0);
    error_set(err, ERROR_UNSUPPORTED_OPERATION,
              "A function's answer cannot be waited for inside a transaction.");
    return HANDLED_FAILED;
}

enum handled handle_invoke_async(const struct reader *reader, struct request *request,
                                 struct error *err)
{
    struct source source = source_from_reader(reader, request);
    struct function_ref ref;
    struct function_target target;
    str payload;
    if (!ref_params(&source, request->params, &ref, err) ||
        !target_find(&source, &ref, &target, err) ||
        !read_event(&source, request->params, "InvokeArgs", "Event", LAMBDA_EVENT_BYTES_MAX,
                    &payload, err))
        return HANDLED_FAILED;
    return invoke_later(reader, request, payload, &async_operation, err);
}
