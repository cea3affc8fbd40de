/* states:startExecution[.sync|.sync:2|.waitForTaskToken]: another execution, started inside the
 * transaction of its caller (promise 3).
 *
 * Source: "Start workflow executions from a Task state" in the Developer Guide; the recorded
 * histories. The answer shows the time in milliseconds. That .sync waits for its end is the
 * engine's and the shard's business: here it only gets to know its parent. */
#include "services/integrations/call.h"
#include "services/states/states.h"

/* The parameters, as the API names them. */
static bool start_parameters(struct arena *arena, json given, json *out, str *why)
{
    static const struct parameter items[] = {
        { .name = STR_INIT("Input"), .kind = PARAMETER_TEXT },
        { .name = STR_INIT("Name"), .kind = PARAMETER_STRING },
        { .name = STR_INIT("StateMachineArn"), .kind = PARAMETER_STRING, .required = true },
        { .name = STR_INIT("TraceHeader"), .kind = PARAMETER_STRING },
    };
    static const struct parameters known = { items, sizeof items / sizeof *items };
    struct json_fields fields;
    json params;
    if (!parameters_check(arena, &known, given, &params, why)) return false;
    json_fields_init(&fields, arena);
    for (size_t i = 0; i < json_count(params); i++) {
        str name = arena_str(arena, json_key_at(params, i));
        str rest = str_skip(name, 1);
        name = arena_printf(arena, "%c%.*s", name.ptr[0] | 0x20, STR_ARGS(rest));
        json_fields_add(&fields, name, json_value_at(params, i));
    }
    *out = json_fields_done(&fields);
    return true;
}

/* The answer of the API, whose length the headers give, and as the task shows it. */
static json started_answer(struct call *call, str arn, int64_t start_ms)
{
    struct arena *arena = call->arena;
    struct json_fields api, shown;
    const struct header *headers;
    json_fields_init(&api, arena);
    json_fields_add(&api, STR("executionArn"), json_string(arn));
    json_fields_add(&api, STR("startDate"), json_double((double)start_ms / 1000));
    json_fields_init(&shown, arena);
    json_fields_add(&shown, STR("ExecutionArn"), json_string(arn));
    json_fields_add(&shown, STR("StartDate"), json_i64(arena, start_ms));
    size_t count =
        answer_callee_headers(call, call_request_id(call), json_fields_done(&api), &headers);
    return answer_with_metadata(arena, json_fields_done(&shown), headers, count, 200);
}

void integrate_start_execution(struct txn *txn, const struct execution *caller,
                               const struct engine_op *op, struct call_outcome *outcome)
{
    struct call call = call_begin(txn, caller, op, &callee_states, outcome);
    bool waits = op->task->pattern == ASL_SYNC || op->task->pattern == ASL_SYNC_2;
    struct execution_parent parent = { caller->id.serial, op->frame, op->task_event };
    struct error err = { 0 };
    json params;
    str why, arn;
    uint64_t serial;
    int64_t start_ms;
    if (!call_fits(&call)) return;
    if (!start_parameters(call.arena, op->value, &params, &why)) {
        call_refuse(&call, why);
        return;
    }
    if (!shape_check(&shape_start_execution, params, call.arena, &err) ||
        !execution_start(txn, &call.source, params, waits ? &parent : NULL, &serial, &arn,
                         &start_ms, &err)) {
        call_failed(&call, error_name(err.code), error_http_status(err.code), error_text(&err),
                    call_request_id(&call));
        return;
    }
    json answer = started_answer(&call, arn, start_ms);
    call_succeed(&call, answer);
    if (!waits) return;
    outcome->result = CALL_SUBMITTED;
    outcome->child_serial = serial;
    outcome->child_arn = arn;
}
