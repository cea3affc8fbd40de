/* Asynchronous invocations: an effect of origin "lambda.async", tried again until it has succeeded,
 * failed too often or grown too old.
 *
 *                        the function answered             it could not be run
 *                      well            with an error       throttled, no process ...
 *     retries left     on success      again in 1 min,     again in 1 s, 2 s, 4 s ... 5 min,
 *                      destination     then in 2 min       without counting as a retry
 *     none left        likewise        on failure: RetriesExhausted
 *     too old by then                  on failure: EventAgeExceeded
 *     concurrency 0                    on failure: ZeroReservedConcurrency
 *
 * "On failure" is the dead-letter queue and the destination, both if both are there. Context:
 * {"v":1,"since":ms,"attempts":n,"throttled":n}; attempts counts answers, throttled those failures
 * to run since the last answer. Source: Lambda guide, "How Lambda handles errors and retries with
 * asynchronous invocation". */
#include "base/timestamp.h"
#include "services/lambda/lambda_private.h"

struct context {
    int64_t since_ms, attempts, throttled;
};

static json context_encode(struct arena *arena, const struct context *context)
{
    struct json_fields fields;
    json_fields_init(&fields, arena);
    json_fields_add(&fields, STR("v"), json_i64(arena, 1));
    json_fields_add(&fields, STR("since"), json_i64(arena, context->since_ms));
    json_fields_add(&fields, STR("attempts"), json_i64(arena, context->attempts));
    json_fields_add(&fields, STR("throttled"), json_i64(arena, context->throttled));
    return json_fields_done(&fields);
}

static void plan(struct txn *txn, json request, const struct context *context, int64_t delay_ms)
{
    struct effect_plan effect = {
        .kind = STR("function"),
        .request = request,
        .origin = STR("lambda.async"),
        .context = context_encode(txn_arena(txn), context),
    };
    txn_effect(txn, false, &effect, delay_ms);
}

void async_start(struct txn *txn, json request)
{
    struct context context = { .since_ms = txn_now_ms(txn) };
    plan(txn, invocation_that_queues(txn_arena(txn), request), &context, 0);
}

bool lambda_invoke_async(struct txn *txn, str function, str qualifier, str payload,
                         struct error *err)
{
    json request;
    struct source source = source_from_txn(txn, txn_arena(txn));
    if (!lambda_invocation(&source, function, qualifier, payload, &request, err)) return false;
    async_start(txn, request);
    return true;
}

/* ---- what becomes of the outcome ---- */

/* One that is over. */
struct ended {
    struct txn *txn;
    struct source source;
    const struct effect_record *record;
    const struct effect_result *result;
    struct function_target target;
    struct event_config config;
    const char *condition; /* as AWS names it in the record of the invocation */
    int64_t attempts;
};

/* JSON text as it is, any other as a string, nothing as null. */
static void add_text(struct buf *out, struct arena *arena, const char *name, str text)
{
    json value;
    struct error ignored = { 0 };
    if (text.len == 0)
        value = json_null();
    else if (!json_parse(text, arena, &value, &ignored))
        value = json_string(text);
    reply_json(out, name, value);
}

/* The record of the invocation that destinations get. */
static str invocation_record(const struct ended *ended)
{
    struct buf out;
    const struct effect_result *result = ended->result;
    struct arena *arena = ended->source.arena;
    str qualifier = param_str(ended->record->request, "qualifier");
    str name = ended->target.function.name;
    buf_init(&out, arena);
    reply_open(&out);
    reply_str(&out, "version", STR("1.0"));
    reply_str(&out, "timestamp", timestamp_text(arena, ended->source.now_ms));
    reply_name(&out, "requestContext");
    reply_open(&out);
    reply_str(&out, "requestId", param_str(ended->record->request, "requestId"));
    reply_str(&out, "functionArn",
              function_arn(&ended->source, name, qualifier.len > 0 ? qualifier : LATEST));
    reply_str(&out, "condition", str_from(ended->condition));
    reply_i64(&out, "approximateInvokeCount", ended->attempts);
    reply_close(&out);
    add_text(&out, arena, "requestPayload", param_str(ended->record->request, "payload"));
    if (result->ok) {
        reply_name(&out, "responseContext");
        reply_open(&out);
        reply_i64(&out, "statusCode", 200);
        reply_str(&out, "executedVersion", result->version);
        reply_str_unless_empty(&out, "functionError", result->error);
        reply_close(&out);
        add_text(&out, arena, "responsePayload", result->body);
    }
    reply_close(&out);
    return buf_str(&out);
}

static void send_record(const struct ended *ended, str destination, bool success)
{
    if (destination.len == 0) return;
    struct delivery delivery = {
        .target = destination,
        .body = invocation_record(ended),
        .source_arn = ended->target.arn,
        .success = success,
        .attributes = json_null(),
    };
    destination_send(ended->txn, &ended->source, &delivery);
}

static json attribute(struct arena *arena, const char *type, str value)
{
    struct json_fields fields;
    json_fields_init(&fields, arena);
    json_fields_add(&fields, STR("DataType"), json_string(str_from(type)));
    json_fields_add(&fields, STR("StringValue"), json_string(value));
    return json_fields_done(&fields);
}

/* What the function said, or why it was not run; never empty, and cut between characters. */
static str error_message(const struct ended *ended)
{
    json answer;
    struct error ignored = { 0 };
    const struct effect_result *result = ended->result;
    str text = result->cause;
    if (result->ok && json_parse(result->body, ended->source.arena, &answer, &ignored))
        text = param_str(answer, "errorMessage");
    if (text.len == 0) text = str_from(ended->condition);
    if (text.len <= LAMBDA_ERROR_MESSAGE_BYTES_MAX) return text;
    size_t end = LAMBDA_ERROR_MESSAGE_BYTES_MAX;
    while (((unsigned char)text.ptr[end] & 0xC0) == 0x80)
        end--;
    return str_slice(text, 0, end);
}

/* The event itself, with the error beside it. */
static void send_dead_letter(const struct ended *ended)
{
    struct json_fields fields;
    struct arena *arena = ended->source.arena;
    json request = ended->record->request;
    const json *config = param(ended->target.config.settings, "DeadLetterConfig");
    if (!config) return;
    json_fields_init(&fields, arena);
    json_fields_add(&fields, STR("RequestID"),
                    attribute(arena, "String", param_str(request, "requestId")));
    json_fields_add(&fields, STR("ErrorCode"),
                    attribute(arena, "Number", ended->result->ok ? STR("200") : STR("429")));
    json_fields_add(&fields, STR("ErrorMessage"), attribute(arena, "String", error_message(ended)));
    struct delivery delivery = {
        .target = param_str(*config, "TargetArn"),
        .body = param_str(request, "payload"),
        .source_arn = ended->target.arn,
        .attributes = json_fields_done(&fields),
    };
    destination_send(ended->txn, &ended->source, &delivery);
}

static void fail(struct ended *ended, const char *condition)
{
    ended->condition = condition;
    send_dead_letter(ended);
    send_record(ended, ended->config.on_failure, false);
}

static bool too_old(const struct ended *ended, const struct context *context, int64_t delay_ms)
{
    return ended->source.now_ms + delay_ms - context->since_ms > ended->config.age_s * 1000;
}

/* The function has answered with an error. */
static void answered_badly(struct ended *ended, struct context *context)
{
    int64_t delay_ms = context->attempts * LAMBDA_RETRY_MS;
    if (ended->target.function.reserved == 0)
        fail(ended, "ZeroReservedConcurrency");
    else if (context->attempts > ended->config.retries)
        fail(ended, "RetriesExhausted");
    else if (too_old(ended, context, delay_ms))
        fail(ended, "EventAgeExceeded");
    else
        plan(ended->txn, ended->record->request, context, delay_ms);
}

/* It has not been run. */
static void not_run(struct ended *ended, struct context *context)
{
    int64_t delay_ms = 1000;
    for (int64_t i = 0; i < context->throttled && delay_ms < LAMBDA_THROTTLED_MS_MAX; i++)
        delay_ms *= 2;
    if (delay_ms > LAMBDA_THROTTLED_MS_MAX) delay_ms = LAMBDA_THROTTLED_MS_MAX;
    context->throttled++;
    if (ended->target.function.reserved == 0)
        fail(ended, "ZeroReservedConcurrency");
    else if (too_old(ended, context, delay_ms))
        fail(ended, "EventAgeExceeded");
    else
        plan(ended->txn, ended->record->request, context, delay_ms);
}

void async_done(struct txn *txn, const struct effect_record *record,
                const struct effect_result *result)
{
    struct function_invocation call;
    struct error ignored = { 0 };
    struct ended ended = {
        .txn = txn,
        .source = source_from_txn(txn, txn_arena(txn)),
        .record = record,
        .result = result,
    };
    struct context context = {
        .since_ms = json_i64_or(record->context, STR("since"), 0),
        .attempts = json_i64_or(record->context, STR("attempts"), 0),
        .throttled = json_i64_or(record->context, STR("throttled"), 0),
    };
    /* With the function its configuration has gone: nobody is left to tell. */
    if (!invocation_read(&ended.source, record->request, &call, &ignored)) return;
    ended.target = call.target;
    ended.config = event_config_of(&ended.source, call.target.function.name,
                                   param_str(record->request, "qualifier"));
    if (result->ok) {
        context.attempts++;
        context.throttled = 0;
    }
    ended.attempts = context.attempts;
    if (!result->ok) {
        not_run(&ended, &context);
    } else if (result->error.len > 0) {
        answered_badly(&ended, &context);
    } else {
        ended.condition = "Success";
        send_record(&ended, ended.config.on_success, true);
    }
}
