/* Lambda functions: as the Resource itself, as lambda:invoke, and as aws-sdk:lambda:invoke.
 *
 *   Resource                    event             output                   a function's error
 *   arn:aws:lambda:...          the state's input  the payload             fails the task
 *   arn:...:lambda:invoke       Payload            payload, version, head  fails the task
 *   arn:...:aws-sdk:lambda:invoke  Payload         the API's answer        is in the answer
 *
 * An invocation leaves the process: an effect of kind "function", or of kind "http" where the
 * server has an endpoint for Lambda. Sources: "Invoke an AWS Lambda function with Step Functions"
 * in the Developer Guide; the recorded histories. */
#include "services/integrations/call.h"
#include "services/lambda/lambda.h"
#include "services/shape.h"

/* What an invocation came to, wherever it ran. */
struct invoked {
    bool failed; /* it has not run */
    str error;   /* failed: the name on the wire ("TooManyRequestsException"); else empty, or
                    "Unhandled" */
    str message; /* failed */
    int status;
    str payload; /* JSON text */
    str version;
    str log;                      /* base64, if it was asked for */
    const struct header *headers; /* NULL: those that AWS would have sent */
    size_t header_count;
    str request_id;
};

/* A text that is JSON goes as it is, as recorded; any other becomes a JSON string. */
str function_payload(struct arena *arena, const json *given)
{
    struct error err = { 0 };
    json parsed;
    if (!given || json_is_null(*given)) return STR("{}");
    if (json_is_string(*given) && json_parse(json_str(*given), arena, &parsed, &err))
        return json_str(*given);
    return json_text(arena, *given);
}

/* ---- outcomes ---- */

static json payload_value(struct arena *arena, str text)
{
    struct error err = { 0 };
    json value;
    str copy = arena_str(arena, text);
    if (json_parse(copy, arena, &value, &err)) return value;
    return json_string(copy);
}

static json invoke_answer(struct call *call, const struct invoked *invoked)
{
    struct arena *arena = call->arena;
    struct json_fields fields;
    json_fields_init(&fields, arena);
    if (invoked->version.len)
        json_fields_add(&fields, STR("ExecutedVersion"),
                        json_string(arena_str(arena, invoked->version)));
    if (call->style == STYLE_SDK && invoked->error.len)
        json_fields_add(&fields, STR("FunctionError"),
                        json_string(arena_str(arena, invoked->error)));
    if (invoked->log.len) json_fields_add(&fields, STR("LogResult"), json_string(invoked->log));
    json payload = call->style == STYLE_SDK ? json_string(arena_str(arena, invoked->payload))
                                            : payload_value(arena, invoked->payload);
    json_fields_add(&fields, STR("Payload"), payload);
    json_fields_add(&fields, STR("StatusCode"), json_i64(arena, invoked->status));
    return json_fields_done(&fields);
}

/* What the function has thrown: its type, and the whole payload as the cause. */
static void function_threw(struct call *call, const struct invoked *invoked)
{
    json payload = payload_value(call->arena, invoked->payload);
    str type = json_str_or(payload, STR("errorType"), STR(""));
    str text = arena_str(call->arena, invoked->payload);
    if (type.len) {
        call_fail(call, type, text);
        return;
    }
    call_fail(call, STR("Lambda.Unknown"),
              arena_printf(call->arena,
                           "The cause could not be determined because Lambda did not return an "
                           "error type. Returned payload: %.*s",
                           STR_ARGS(text)));
}

static void invoked_outcome(struct call *call, const struct invoked *invoked)
{
    if (invoked->failed) {
        call_failed(call, invoked->error, invoked->status, invoked->message, invoked->request_id);
        return;
    }
    if (call->style == STYLE_SDK) {
        call_succeed(call, invoke_answer(call, invoked));
        return;
    }
    if (invoked->error.len) {
        function_threw(call, invoked);
        return;
    }
    if (call->op->task->kind == ASL_RESOURCE_LAMBDA) {
        call_succeed(call, payload_value(call->arena, invoked->payload));
        return;
    }
    json answer = invoke_answer(call, invoked);
    const struct header *headers = invoked->headers;
    size_t count = invoked->header_count;
    if (!headers) count = answer_callee_headers(call, invoked->request_id, answer, &headers);
    call_succeed(call, answer_with_metadata(call->arena, answer, headers, count, invoked->status));
}

/* ---- calls ---- */

/* Step Functions asks for $LATEST where no qualifier is given, and the text says so. */
static void name_latest(struct call *call, str function, str qualifier, str payload,
                        struct error *err)
{
    json request;
    struct error named = { 0 };
    if (qualifier.len > 0 || err->code != ERROR_LAMBDA_RESOURCE_NOT_FOUND) return;
    if (!lambda_invocation(&call->source, function, STR("$LATEST"), payload, &request, &named) &&
        named.code == err->code)
        *err = named;
}

static void invocation_refused(struct call *call, const struct error *err)
{
    call_failed(call, error_name(err->code), error_http_status(err->code), error_text(err),
                call_request_id(call));
}

static json invocation_context(struct call *call, json params)
{
    struct json_fields fields;
    json_fields_init(&fields, call->arena);
    bool tail = str_eq(json_str_or(params, STR("LogType"), STR("")), STR("Tail"));
    if (tail) json_fields_add(&fields, STR("log"), json_bool(true));
    return json_fields_done(&fields);
}

/* The type of an invocation that nobody waits for: what the answer is at once. */
static void answer_at_once(struct call *call, int status)
{
    struct invoked invoked = {
        .status = status,
        .payload = call->style == STYLE_SDK ? STR("") : STR("\"\""),
        .request_id = call_request_id(call),
    };
    invoked_outcome(call, &invoked);
}

/* What services/lambda reads beside the event; passed on as it is given. */
static json with_client_context(struct call *call, json request, json params)
{
    str given = json_str_or(params, STR("ClientContext"), STR(""));
    struct json_fields fields;
    if (given.len == 0) return request;
    json_fields_from(&fields, call->arena, request);
    json_fields_add(&fields, STR("clientContext"), json_string(given));
    return json_fields_done(&fields);
}

/* What an endpoint outside would check by itself. */
static bool invocation_is_valid(struct call *call, json params)
{
    struct error err = { 0 };
    const struct operation *invoke = service_operation(&lambda_service, STR("Invoke"));
    ASSERT(invoke);
    if (shape_check(invoke->input, params, call->arena, &err)) return true;
    invocation_refused(call, &err);
    return false;
}

void function_invoke(struct call *call, json params)
{
    struct shard *shard = call->source.shard;
    str endpoint = shard_service_endpoint(shard, STR("lambda"));
    str function = json_str_or(params, STR("FunctionName"), STR(""));
    str qualifier = json_str_or(params, STR("Qualifier"), STR(""));
    str type = json_str_or(params, STR("InvocationType"), STR("RequestResponse"));
    str payload = json_str_or(params, STR("Payload"), STR("{}"));
    struct error err = { 0 };
    json request;
    if (endpoint.len) {
        request = remote_invocation(call->arena, endpoint, shard_region(shard), params);
        call_leave(call, STR("http"), request, invocation_context(call, params));
    } else if (!invocation_is_valid(call, params)) {
        return;
    } else if (str_eq(type, STR("Event"))) {
        if (!lambda_invoke_async(call->txn, function, qualifier, payload, &err))
            invocation_refused(call, &err);
        else
            answer_at_once(call, 202);
    } else if (!lambda_invocation(&call->source, function, qualifier, payload, &request, &err)) {
        name_latest(call, function, qualifier, payload, &err);
        invocation_refused(call, &err);
    } else if (str_eq(type, STR("DryRun"))) {
        answer_at_once(call, 204);
    } else {
        call_leave(call, STR("function"), with_client_context(call, request, params),
                   invocation_context(call, params));
    }
}

void integrate_function(struct txn *txn, const struct execution *caller, const struct engine_op *op,
                        struct call_outcome *outcome)
{
    struct call call = call_begin(txn, caller, op, &callee_lambda, outcome);
    struct json_fields fields;
    if (!call_fits(&call)) return;
    json_fields_init(&fields, call.arena);
    json_fields_add(&fields, STR("FunctionName"), json_string(op->task->resource));
    json_fields_add(&fields, STR("Payload"), json_string(json_text(call.arena, op->value)));
    function_invoke(&call, json_fields_done(&fields));
}

void integrate_lambda_invoke(struct txn *txn, const struct execution *caller,
                             const struct engine_op *op, struct call_outcome *outcome)
{
    static const struct parameter items[] = {
        { .name = STR_INIT("ClientContext"), .kind = PARAMETER_STRING },
        { .name = STR_INIT("FunctionName"), .kind = PARAMETER_STRING, .required = true },
        { .name = STR_INIT("InvocationType"), .kind = PARAMETER_STRING },
        { .name = STR_INIT("LogType"), .kind = PARAMETER_STRING },
        { .name = STR_INIT("Payload"), .kind = PARAMETER_ANY },
        { .name = STR_INIT("Qualifier"), .kind = PARAMETER_STRING },
    };
    static const struct parameters known = { items, sizeof items / sizeof *items };
    struct call call = call_begin(txn, caller, op, &callee_lambda, outcome);
    struct json_fields fields;
    json params;
    str why;
    if (!call_fits(&call)) return;
    if (!parameters_check(call.arena, &known, op->value, &params, &why)) {
        call_refuse(&call, why);
        return;
    }
    str payload = function_payload(call.arena, json_find(params, STR("Payload")));
    json_fields_from(&fields, call.arena, params);
    json_fields_add(&fields, STR("Payload"), json_string(payload));
    function_invoke(&call, json_fields_done(&fields));
}

/* ---- what comes back ---- */

/* "Lambda.TooManyRequestsException" -> the name on the wire and its status. */
static void refused_by_carrier(const struct effect_result *result, struct invoked *invoked)
{
    static const struct {
        str name;
        int status;
    } rows[] = {
        { STR_INIT("TooManyRequestsException"), 429 },
        { STR_INIT("ResourceNotFoundException"), 404 },
        { STR_INIT("RequestTooLargeException"), 413 },
        { STR_INIT("InvalidRequestContentException"), 400 },
        { STR_INIT("ResourceConflictException"), 409 },
    };
    str prefix = STR("Lambda.");
    str name = str_starts_with(result->error, prefix) ? str_skip(result->error, prefix.len)
                                                      : result->error;
    invoked->failed = true;
    invoked->error = name;
    invoked->message = result->cause;
    invoked->status = 500;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (str_eq(rows[i].name, name)) invoked->status = rows[i].status;
}

static void invoked_here(struct call *call, const struct effect_record *record,
                         const struct effect_result *result, struct invoked *invoked)
{
    /* The id that the function has seen. */
    invoked->request_id = json_str_or(record->request, STR("requestId"), call_request_id(call));
    if (!result->ok) {
        refused_by_carrier(result, invoked);
        return;
    }
    invoked->error = result->error;
    invoked->status = 200;
    invoked->payload = result->body;
    invoked->version = result->version.len ? result->version : STR("$LATEST");
    if (json_bool_or(record->context, STR("log"), false))
        invoked->log = integration_base64(call->arena, result->log);
}

static void invoked_there(struct call *call, const struct effect_result *result,
                          struct invoked *invoked)
{
    if (result->status < 200 || result->status >= 300) {
        struct remote_answer answer;
        remote_answer_read(call->arena, call->callee, result, &answer);
        invoked->failed = true;
        invoked->error = answer.code;
        invoked->message = answer.message;
        invoked->status = answer.status;
        invoked->request_id = answer.request_id;
        return;
    }
    str lines = arena_str(call->arena, result->headers);
    invoked->header_count = answer_headers_parse(call->arena, lines, &invoked->headers);
    invoked->error =
        answer_headers_find(invoked->headers, invoked->header_count, STR("X-Amz-Function-Error"));
    invoked->version =
        answer_headers_find(invoked->headers, invoked->header_count, STR("X-Amz-Executed-Version"));
    invoked->log =
        answer_headers_find(invoked->headers, invoked->header_count, STR("X-Amz-Log-Result"));
    invoked->status = result->status;
    invoked->payload = result->body;
}

void finish_function(struct txn *txn, const struct execution *caller, const struct engine_op *op,
                     const struct effect_record *record, const struct effect_result *result,
                     struct call_outcome *outcome)
{
    struct call call = call_begin(txn, caller, op, &callee_lambda, outcome);
    struct invoked invoked = { 0 };
    bool here = str_eq(record->kind, STR("function"));
    if (!here && !result->ok) {
        call_unreachable(&call, result->cause);
        return;
    }
    if (here)
        invoked_here(&call, record, result, &invoked);
    else
        invoked_there(&call, result, &invoked);
    invoked_outcome(&call, &invoked);
}
