/* A call of a Task on its way, and the outcomes it can have.
 *
 * Texts of failures: as recorded from AWS; see callee.c for those of services. */
#include "services/integrations/call.h"

#include "base/prng.h"

enum { LONG_ID_CHARS = 52 };

struct call call_begin(struct txn *txn, const struct execution *caller, const struct engine_op *op,
                       const struct callee *callee, struct call_outcome *outcome)
{
    return (struct call){
        .txn = txn,
        .source = source_from_txn(txn, txn_arena(txn)),
        .arena = txn_arena(txn),
        .caller = caller,
        .op = op,
        .outcome = outcome,
        .style = op->task->kind == ASL_RESOURCE_SDK ? STYLE_SDK : STYLE_OPTIMIZED,
        .callee = callee,
    };
}

bool call_fits(struct call *call)
{
    size_t bytes_max = shard_payload_bytes_max(call->source.shard);
    if (json_fits(call->op->value, bytes_max)) return true;
    call_fail(call, STR("States.DataLimitExceeded"),
              arena_printf(call->arena,
                           "The state/task '%.*s' was given parameters with a size exceeding the "
                           "maximum number of bytes service limit.",
                           STR_ARGS(call->op->task->resource_type)));
    return false;
}

void call_succeed(struct call *call, json value)
{
    bool waits = call->op->task->pattern == ASL_WAIT_FOR_TASK_TOKEN;
    *call->outcome = (struct call_outcome){
        .result = waits ? CALL_SUBMITTED : CALL_SUCCEEDED,
        .value = value,
    };
}

void call_fail(struct call *call, str error, str cause)
{
    *call->outcome = (struct call_outcome){
        .result = CALL_FAILED,
        .value = json_null(),
        .error = error,
        .cause = cause,
    };
}

static const struct frame *calling_frame(const struct call *call)
{
    const struct execution *caller = call->caller;
    for (size_t i = 0; i < caller->frame_capacity; i++)
        if (caller->frames[i] && caller->frames[i]->number == call->op->frame)
            return caller->frames[i];
    return NULL;
}

void call_refuse(struct call *call, str why)
{
    struct buf cause;
    const struct frame *frame = calling_frame(call);
    buf_init(&cause, call->arena);
    if (frame && frame->state)
        buf_printf(&cause,
                   "An error occurred while executing the state '%.*s' (entered at the event id "
                   "#%u). ",
                   STR_ARGS(frame->state->name), frame->entered_event);
    buf_add(&cause, STR("The Parameters '"));
    json_write(&cause, call->op->value);
    buf_add(&cause, STR("' could not be used to start the Task: ["));
    buf_add(&cause, why);
    buf_add_char(&cause, ']');
    call_fail(call, STR("States.Runtime"), buf_str(&cause));
}

void call_failed(struct call *call, str code, int status, str message, str request_id)
{
    call_fail(
        call, callee_error(call->arena, call->callee, call->style, code),
        callee_cause(call->arena, call->callee, call->style, code, status, message, request_id));
}

void call_unreachable(struct call *call, str why)
{
    const struct callee *callee = call->callee;
    bool counts = call->style == STYLE_SDK && callee->counts_attempts;
    str error =
        arena_printf(call->arena, "%.*s.SdkClientException", STR_ARGS(callee->prefix[call->style]));
    str cause = arena_printf(call->arena, "Unable to execute HTTP request: %.*s%s", STR_ARGS(why),
                             counts ? " (SDK Attempt Count: 1)" : "");
    call_fail(call, error, cause);
}

void call_not_served(struct call *call)
{
    const struct asl_task *task = call->op->task;
    call_fail(call, STR("States.TaskFailed"),
              arena_printf(call->arena, "The integration '%.*s:%.*s' is not served by this Baton.",
                           STR_ARGS(task->resource_type), STR_ARGS(task->action)));
}

void call_leave(struct call *call, str kind, json request, json context)
{
    call_effect(call->txn, call->caller, call->op, kind, request, context, call->outcome);
}

static str long_id(struct call *call)
{
    static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
    char *id = arena_alloc(call->arena, LONG_ID_CHARS);
    for (size_t i = 0; i < LONG_ID_CHARS; i++)
        id[i] = alphabet[prng_below(txn_prng(call->txn), sizeof alphabet - 1)];
    return (str){ id, LONG_ID_CHARS };
}

str call_request_id(struct call *call)
{
    if (call->callee && call->callee->long_ids) return long_id(call);
    char *uuid = arena_alloc(call->arena, PRNG_UUID_CHARS);
    prng_uuid(txn_prng(call->txn), uuid);
    return (str){ uuid, PRNG_UUID_CHARS };
}
