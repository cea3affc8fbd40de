/* Calls of Task states: the integration that carries one out, and what its outcome is to the task.
 */
#include "shard/shard_private.h"

static const struct integration *find_integration(const struct shard *shard,
                                                  const struct asl_task *task)
{
    const struct shard_options *options = &shard->options;
    const struct integration *any = NULL;
    bool sdk = task->kind == ASL_RESOURCE_SDK;
    for (size_t i = 0; i < options->integration_count; i++) {
        const struct integration *row = &options->integrations[i];
        if (row->sdk != sdk || !str_eq(row->service, task->service)) continue;
        if (str_eq(row->action, task->action)) return row;
        if (str_eq(row->action, STR("*"))) any = row;
    }
    return any;
}

static void refuse_call(struct txn *txn, const struct asl_task *task, struct call_outcome *outcome)
{
    outcome->result = CALL_FAILED;
    outcome->error = STR("States.TaskFailed");
    outcome->cause =
        arena_printf(txn->arena, "The integration '%.*s:%.*s' is not served by this Baton.",
                     STR_ARGS(task->service), STR_ARGS(task->action));
}

static void give_outcome(struct txn *txn, struct loaded *loaded, const struct engine_op *op,
                         const struct call_outcome *outcome)
{
    struct engine_event event = {
        .frame = op->frame,
        .task_event = op->task_event,
        .value = outcome->value,
        .error = outcome->error,
        .cause = outcome->cause,
        .child_serial = outcome->child_serial,
        .child_arn = outcome->child_arn,
    };
    /* The wait goes on as it was, whatever has become of the second call. */
    if (op->again) return;
    switch (outcome->result) {
    case CALL_SUCCEEDED: event.kind = ENGINE_TASK_SUCCEEDED; break;
    case CALL_FAILED:
        event.kind = ENGINE_TASK_FAILED;
        event.from_call = true;
        break;
    case CALL_SUBMITTED: event.kind = ENGINE_TASK_SUBMITTED; break;
    case CALL_PENDING: return;
    }
    (void)loaded_turn(txn, loaded, &event);
}

static bool is_open(struct txn *txn, struct execution *execution, const struct engine_op *op)
{
    const struct frame *frame = execution_frame(&txn->engine, execution, op->frame);
    return frame && frame->status == FRAME_WAIT_TASK && frame->task_event == op->task_event;
}

void call_carry_out(struct txn *txn, struct loaded *loaded, const struct engine_op *op)
{
    struct engine_event started = {
        .kind = ENGINE_TASK_STARTED,
        .frame = op->frame,
        .task_event = op->task_event,
    };
    /* Refused: the task has been given up meanwhile, in the same transaction. */
    if (op->again ? !is_open(txn, loaded->execution, op) : !loaded_turn(txn, loaded, &started))
        return;
    struct call_outcome outcome = { .value = json_null() };
    const struct integration *row = find_integration(txn->shard, op->task);
    if (row)
        row->call(txn, loaded->execution, op, &outcome);
    else
        refuse_call(txn, op->task, &outcome);
    give_outcome(txn, loaded, op, &outcome);
}

/* ---- calls that leave the process ---- */

void call_effect(struct txn *txn, const struct execution *caller, const struct engine_op *op,
                 str kind, json request, json context, struct call_outcome *outcome)
{
    struct json_fields fields;
    json_fields_init(&fields, txn->arena);
    json_fields_add(&fields, STR("serial"), json_i64(txn->arena, (int64_t)caller->id.serial));
    json_fields_add(&fields, STR("frame"), json_i64(txn->arena, op->frame));
    json_fields_add(&fields, STR("task"), json_i64(txn->arena, op->task_event));
    json_fields_add(&fields, STR("context"), context);
    if (op->again) json_fields_add(&fields, STR("again"), json_bool(true));
    struct effect_plan plan = {
        .kind = kind,
        .request = request,
        .origin = STR("task"),
        .context = json_fields_done(&fields),
    };
    (void)txn_effect(txn, serial_is_express(caller->id.serial), &plan, 0);
    *outcome = (struct call_outcome){ .result = CALL_PENDING, .value = json_null() };
}

/* The task that has made the call, if it is still open. */
static bool find_task(struct txn *txn, json context, struct execution **caller,
                      struct engine_op *op)
{
    int64_t serial = json_i64_or(context, STR("serial"), 0);
    int64_t frame_number = json_i64_or(context, STR("frame"), -1);
    int64_t task = json_i64_or(context, STR("task"), 0);
    if (serial <= 0 || frame_number < 0 || frame_number > UINT32_MAX || task <= 0 ||
        task > UINT32_MAX)
        fatal("an effect's context names no task: the store is damaged");
    *caller = txn_execution_load(txn, (uint64_t)serial);
    if (!*caller) return false;
    const struct frame *frame = execution_frame(&txn->engine, *caller, (uint32_t)frame_number);
    if (!frame || frame->status != FRAME_WAIT_TASK || frame->task_event != (uint32_t)task)
        return false;
    *op = (struct engine_op){
        .kind = ENGINE_OP_CALL,
        .again = json_bool_or(context, STR("again"), false),
        .frame = frame->number,
        .task_event = frame->task_event,
        .task = &frame->state->task,
        .value = json_null(),
    };
    return true;
}

void call_effect_done(struct txn *txn, const struct effect_record *record,
                      const struct effect_result *result)
{
    struct execution *caller;
    struct engine_op op;
    if (!find_task(txn, record->context, &caller, &op)) return;
    const struct integration *row = find_integration(txn->shard, op.task);
    ASSERT(row && row->finish);
    const json *context = json_find(record->context, STR("context"));
    struct effect_record inner = *record;
    struct call_outcome outcome = { .value = json_null() };
    inner.context = context ? *context : json_null();
    row->finish(txn, caller, &op, &inner, result, &outcome);
    give_outcome(txn, txn_loaded(txn, caller), &op, &outcome);
    txn_follow(txn);
}
