/* The Step Functions API as Task resources.
 *
 *   arn:aws:states:::states:startExecution[.sync|.sync:2|.waitForTaskToken]   another execution
 *   arn:aws:states:::aws-sdk:sfn:ACTION                                       the plain operations
 *
 * Both run inside the caller's transaction: the pause and what it waits for are one step (promise
 * 3). Answers and errors have AWS's form, which differs between the two: the first kind shows times
 * in milliseconds and the answer's HTTP headers, the second ISO 8601 times and nothing else. */
#include <time.h>

#include "base/prng.h"
#include "services/states/states.h"

enum { ANSWER_DEPTH_MAX = 8 }; /* of an answer whose names are changed; the deepest of ours are 3 */

static str new_uuid(struct txn *txn, struct arena *arena)
{
    char *uuid = arena_alloc(arena, PRNG_UUID_CHARS);
    prng_uuid(txn_prng(txn), uuid);
    return (str){ uuid, PRNG_UUID_CHARS };
}

/* "ExecutionAlreadyExists" -> "ExecutionAlreadyExistsException" */
static str exception_name(struct arena *arena, const char *service, enum error_code code)
{
    str name = error_name(code);
    bool suffixed = str_ends_with(name, STR("Exception"));
    return arena_printf(arena, "%s.%.*s%s", service, STR_ARGS(name), suffixed ? "" : "Exception");
}

static void fail(struct call_outcome *outcome, str error, str cause)
{
    *outcome = (struct call_outcome){
        .result = CALL_FAILED,
        .value = json_null(),
        .error = error,
        .cause = cause,
    };
}

/* ---- parameters that do not fit ---- */

static const struct frame *calling_frame(const struct execution *caller, uint32_t number)
{
    for (size_t i = 0; i < caller->frame_capacity; i++)
        if (caller->frames[i] && caller->frames[i]->number == number) return caller->frames[i];
    return NULL;
}

static void refuse_parameters(const struct source *source, const struct execution *caller,
                              const struct engine_op *op, str why, struct call_outcome *outcome)
{
    struct buf cause;
    const struct frame *frame = calling_frame(caller, op->frame);
    buf_init(&cause, source->arena);
    if (frame && frame->state)
        buf_printf(&cause,
                   "An error occurred while executing the state '%.*s' (entered at the event id "
                   "#%u). ",
                   STR_ARGS(frame->state->name), frame->entered_event);
    buf_add(&cause, STR("The Parameters '"));
    json_write(&cause, op->value);
    buf_add(&cause, STR("' could not be used to start the Task: ["));
    buf_add(&cause, why);
    buf_add_char(&cause, ']');
    fail(outcome, STR("States.Runtime"), buf_str(&cause));
}

/* The parameters of startExecution, as the API names them; `why` says what is wrong with them. */
static bool start_parameters(struct arena *arena, json given, json *out, str *why)
{
    static const struct {
        str name, field;
    } known[] = {
        { STR_INIT("StateMachineArn"), STR_INIT("stateMachineArn") },
        { STR_INIT("Input"), STR_INIT("input") },
        { STR_INIT("Name"), STR_INIT("name") },
        { STR_INIT("TraceHeader"), STR_INIT("traceHeader") },
    };
    struct json_fields fields;
    json_fields_init(&fields, arena);
    for (size_t i = 0; i < json_count(given) && json_is_object(given); i++) {
        str name = json_key_at(given, i);
        json value = json_value_at(given, i);
        size_t k = 0;
        while (k < sizeof known / sizeof *known && !str_eq(known[k].name, name))
            k++;
        if (k == sizeof known / sizeof *known) {
            *why = arena_printf(arena, "The field \"%.*s\" is not supported by Step Functions",
                                STR_ARGS(name));
            return false;
        }
        if (json_is_null(value)) continue;
        if (!json_is_string(value) && str_eq(name, STR("Input")))
            value = json_string(json_text(arena, value));
        if (!json_is_string(value)) {
            *why = arena_printf(arena, "The value for the field '%.*s' must be a STRING",
                                STR_ARGS(name));
            return false;
        }
        json_fields_add(&fields, known[k].field, value);
    }
    *out = json_fields_done(&fields);
    if (json_find(*out, STR("stateMachineArn"))) return true;
    *why = STR("The field 'StateMachineArn' is required but was missing");
    return false;
}

/* ---- the answer of states:startExecution ---- */

static str http_date(struct arena *arena, int64_t now_ms)
{
    time_t seconds = (time_t)(now_ms / 1000);
    struct tm parts;
    char text[64];
    if (!gmtime_r(&seconds, &parts)) return STR("");
    size_t len = strftime(text, sizeof text, "%a, %d %b %Y %H:%M:%S GMT", &parts);
    return arena_str(arena, (str){ text, len });
}

static void add_header(struct json_fields *lists, struct json_fields *texts, str name, str value)
{
    struct json_list list;
    json_list_init(&list, lists->arena);
    json_list_add(&list, json_string(value));
    json_fields_add(lists, name, json_list_done(&list));
    json_fields_add(texts, name, json_string(value));
}

static size_t answer_bytes(struct arena *arena, str arn, int64_t start_ms)
{
    struct buf out;
    buf_init(&out, arena);
    reply_open(&out);
    reply_str(&out, "executionArn", arn);
    reply_time(&out, "startDate", start_ms);
    reply_close(&out);
    return out.len;
}

static json http_metadata(const struct source *source, str request_id, size_t bytes)
{
    struct arena *arena = source->arena;
    struct json_fields lists, texts, metadata;
    json_fields_init(&lists, arena);
    json_fields_init(&texts, arena);
    json_fields_init(&metadata, arena);
    add_header(&lists, &texts, STR("x-amzn-RequestId"), request_id);
    add_header(&lists, &texts, STR("connection"), STR("keep-alive"));
    add_header(&lists, &texts, STR("Content-Length"), arena_printf(arena, "%zu", bytes));
    add_header(&lists, &texts, STR("Date"), http_date(arena, source->now_ms));
    add_header(&lists, &texts, STR("Content-Type"), STR("application/x-amz-json-1.0"));
    json_fields_add(&metadata, STR("AllHttpHeaders"), json_fields_done(&lists));
    json_fields_add(&metadata, STR("HttpHeaders"), json_fields_done(&texts));
    json_fields_add(&metadata, STR("HttpStatusCode"), json_i64(arena, 200));
    return json_fields_done(&metadata);
}

static json started_answer(const struct source *source, str arn, int64_t start_ms)
{
    struct arena *arena = source->arena;
    str request_id = new_uuid(source->txn, arena);
    struct json_fields answer, response;
    json_fields_init(&answer, arena);
    json_fields_init(&response, arena);
    json_fields_add(&response, STR("RequestId"), json_string(request_id));
    json_fields_add(&answer, STR("ExecutionArn"), json_string(arn));
    json_fields_add(&answer, STR("SdkHttpMetadata"),
                    http_metadata(source, request_id, answer_bytes(arena, arn, start_ms)));
    json_fields_add(&answer, STR("SdkResponseMetadata"), json_fields_done(&response));
    json_fields_add(&answer, STR("StartDate"), json_i64(arena, start_ms));
    return json_fields_done(&answer);
}

static void start_failed(const struct source *source, const struct error *err,
                         struct call_outcome *outcome)
{
    str id = new_uuid(source->txn, source->arena);
    str message = error_text(err), name = error_name(err->code);
    str cause =
        arena_printf(source->arena,
                     "%.*s (Service: AWSStepFunctions; Status Code: %d; Error Code: %.*s; "
                     "Request ID: %.*s; Proxy: null)",
                     STR_ARGS(message), error_http_status(err->code), STR_ARGS(name), STR_ARGS(id));
    fail(outcome, exception_name(source->arena, "StepFunctions", err->code), cause);
}

static void call_start_execution(struct txn *txn, const struct execution *caller,
                                 const struct engine_op *op, struct call_outcome *outcome)
{
    struct source source = source_from_txn(txn, txn_arena(txn));
    enum asl_pattern pattern = op->task->pattern;
    bool waits = pattern == ASL_SYNC || pattern == ASL_SYNC_2;
    struct execution_parent parent = { caller->id.serial, op->frame, op->task_event };
    struct error err = { 0 };
    json params;
    str why, arn;
    uint64_t serial;
    int64_t start_ms;
    if (!start_parameters(source.arena, op->value, &params, &why)) {
        refuse_parameters(&source, caller, op, why, outcome);
        return;
    }
    if (!shape_check(&shape_start_execution, params, source.arena, &err) ||
        !execution_start(txn, &source, params, waits ? &parent : NULL, &serial, &arn, &start_ms,
                         &err)) {
        start_failed(&source, &err, outcome);
        return;
    }
    *outcome = (struct call_outcome){
        .result = pattern == ASL_REQUEST_RESPONSE ? CALL_SUCCEEDED : CALL_SUBMITTED,
        .value = started_answer(&source, arn, start_ms),
        .child_serial = waits ? serial : 0,
        .child_arn = waits ? arn : STR(""),
    };
}

/* ---- aws-sdk:sfn ---- */

typedef bool (*sdk_action)(struct txn *txn, const struct source *source, json params,
                           struct buf *out, struct error *err);

static bool sdk_start(struct txn *txn, const struct source *source, json params, struct buf *out,
                      struct error *err)
{
    uint64_t serial;
    str arn;
    int64_t start_ms;
    if (!execution_start(txn, source, params, NULL, &serial, &arn, &start_ms, err)) return false;
    reply_str(out, "executionArn", arn);
    reply_time(out, "startDate", start_ms);
    return true;
}

static bool sdk_stop(struct txn *txn, const struct source *source, json params, struct buf *out,
                     struct error *err)
{
    int64_t stop_ms;
    if (!execution_stop(txn, source, params, &stop_ms, err)) return false;
    reply_time(out, "stopDate", stop_ms);
    return true;
}

static bool sdk_describe(struct txn *txn, const struct source *source, json params, struct buf *out,
                         struct error *err)
{
    (void)txn;
    return execution_describe(source, params, out, err);
}

static bool sdk_success(struct txn *txn, const struct source *source, json params, struct buf *out,
                        struct error *err)
{
    (void)out;
    return task_success(txn, source, params, err);
}

static bool sdk_failure(struct txn *txn, const struct source *source, json params, struct buf *out,
                        struct error *err)
{
    (void)out;
    return task_failure(txn, source, params, err);
}

static bool sdk_heartbeat(struct txn *txn, const struct source *source, json params,
                          struct buf *out, struct error *err)
{
    (void)out;
    return task_heartbeat(txn, source, params, err);
}

static const struct {
    str action;
    const struct shape *shape;
    sdk_action run;
} sdk_actions[] = {
    { STR_INIT("startExecution"), &shape_start_execution, sdk_start },
    { STR_INIT("stopExecution"), &shape_stop_execution, sdk_stop },
    { STR_INIT("describeExecution"), &shape_describe_execution, sdk_describe },
    { STR_INIT("sendTaskSuccess"), &shape_send_task_success, sdk_success },
    { STR_INIT("sendTaskFailure"), &shape_send_task_failure, sdk_failure },
    { STR_INIT("sendTaskHeartbeat"), &shape_send_task_heartbeat, sdk_heartbeat },
};

/* Names as the SDK writes them ("TaskToken") to those of the API ("taskToken"), or back. */
static str change_first(struct arena *arena, str name, bool upper)
{
    if (name.len == 0) return name;
    str copy = arena_str(arena, name);
    char c = copy.ptr[0];
    bool changes = upper ? c >= 'a' && c <= 'z' : c >= 'A' && c <= 'Z';
    char *bytes = arena_alloc(arena, copy.len);
    memcpy(bytes, copy.ptr, copy.len);
    if (changes) bytes[0] = (char)(c ^ 0x20);
    return (str){ bytes, copy.len };
}

/* Fields that hold JSON text take the JSON itself, too. */
static json sdk_parameters(struct arena *arena, json given)
{
    struct json_fields fields;
    json_fields_init(&fields, arena);
    for (size_t i = 0; i < json_count(given) && json_is_object(given); i++) {
        str name = json_key_at(given, i);
        json value = json_value_at(given, i);
        bool text = str_eq(name, STR("Input")) || str_eq(name, STR("Output"));
        if (text && !json_is_string(value) && !json_is_null(value))
            value = json_string(json_text(arena, value));
        json_fields_add(&fields, change_first(arena, name, false), value);
    }
    return json_fields_done(&fields);
}

static json sdk_answer(struct arena *arena, json answer, int depth)
{
    struct json_fields fields;
    ASSERT_CMP(depth, <, ANSWER_DEPTH_MAX);
    json_fields_init(&fields, arena);
    for (size_t i = 0; i < json_count(answer); i++) {
        str name = change_first(arena, json_key_at(answer, i), true);
        json value = json_value_at(answer, i);
        if (json_is_object(value))
            value = sdk_answer(arena, value, depth + 1);
        else if (json_is_number(value) && str_ends_with(name, STR("Date")))
            value = json_string(iso_time(arena, (int64_t)(json_number(value) * 1000 + 0.5)));
        json_fields_add(&fields, name, value);
    }
    return json_fields_done(&fields);
}

static void sdk_failed(const struct source *source, const struct error *err,
                       struct call_outcome *outcome)
{
    str id = new_uuid(source->txn, source->arena);
    str message = error_text(err);
    str cause = arena_printf(source->arena,
                             "%.*s (Service: Sfn, Status Code: %d, Request ID: %.*s) (SDK Attempt "
                             "Count: 1)",
                             STR_ARGS(message), error_http_status(err->code), STR_ARGS(id));
    fail(outcome, exception_name(source->arena, "Sfn", err->code), cause);
}

static void call_sdk(struct txn *txn, const struct execution *caller, const struct engine_op *op,
                     struct call_outcome *outcome)
{
    struct source source = source_from_txn(txn, txn_arena(txn));
    struct error err = { 0 };
    size_t at = 0;
    while (!str_eq(sdk_actions[at].action, op->task->action)) {
        at++;
        ASSERT_CMP(at, <, sizeof sdk_actions / sizeof *sdk_actions); /* registered below */
    }
    (void)caller;
    struct buf out;
    buf_init(&out, source.arena);
    reply_open(&out);
    json params = sdk_parameters(source.arena, op->value);
    if (!shape_check(sdk_actions[at].shape, params, source.arena, &err) ||
        !sdk_actions[at].run(txn, &source, params, &out, &err)) {
        sdk_failed(&source, &err, outcome);
        return;
    }
    reply_close(&out);
    bool waits = op->task->pattern == ASL_WAIT_FOR_TASK_TOKEN;
    *outcome = (struct call_outcome){
        .result = waits ? CALL_SUBMITTED : CALL_SUCCEEDED,
        .value = sdk_answer(source.arena, source_parse(&source, buf_str(&out)), 0),
    };
}

const struct integration states_integrations[] = {
    { STR_INIT("states"), STR_INIT("startExecution"), call_start_execution },
    { STR_INIT("sfn"), STR_INIT("startExecution"), call_sdk },
    { STR_INIT("sfn"), STR_INIT("stopExecution"), call_sdk },
    { STR_INIT("sfn"), STR_INIT("describeExecution"), call_sdk },
    { STR_INIT("sfn"), STR_INIT("sendTaskSuccess"), call_sdk },
    { STR_INIT("sfn"), STR_INIT("sendTaskFailure"), call_sdk },
    { STR_INIT("sfn"), STR_INIT("sendTaskHeartbeat"), call_sdk },
};
static_assert(sizeof states_integrations / sizeof *states_integrations == STATES_INTEGRATIONS,
              "states.c gives the right number");
