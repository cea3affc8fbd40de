/* What the engine tells of waits: one begins, its key is known, what came early may be delivered,
 * it is over. All of it in the transaction of the turn that causes it. */
#include "services/callbacks/internal.h"

/* ---- a wait begins ---- */

/* The decision of an earlier attempt is one of the attempts. */
static void note_accepted(const struct source *source, struct wait *wait, json decided)
{
    static const char *const copied[] = { "via", "by", "peer", "outcome", "messageId" };
    struct json_fields note;
    json_fields_init(&note, source->arena);
    add_str(&note, "verdict", STR("accepted"));
    add_i64(&note, "at", json_i64_or(decided, STR("at"), 0));
    for (size_t i = 0; i < sizeof copied / sizeof *copied; i++)
        add_str(&note, copied[i], json_str_or(decided, str_from(copied[i]), STR("")));
    wait_note(source, wait, &note);
}

/* What the next attempt must say anew. */
static void forget_attempt(const struct source *source, struct wait *wait)
{
    /* Votes outlive an attempt that nobody has decided. */
    json decided = wait_get(wait, "decided");
    if (json_is_object(decided)) {
        wait_set(wait, "answers", json_null());
        note_accepted(source, wait, decided);
    }
    static const char *const fields[] = { "closed", "closedAt",  "decided",
                                          "key",    "codeTries", "responderTries" };
    for (size_t i = 0; i < sizeof fields / sizeof *fields; i++)
        wait_set(wait, fields[i], json_null());
}

static void take_plan(const struct source *source, struct wait *wait, json plan)
{
    for (size_t i = 0; i < json_count(plan); i++) {
        str name = json_key_at(plan, i);
        json value = json_value_at(plan, i);
        if (str_eq(name, STR("key"))) continue; /* once it is registered */
        if (str_eq(name, STR("code"))) {
            const str parts[] = { wait_text(source->arena, wait), json_str(value) };
            value = json_string(hash_hex(source->arena, parts, 2, 32));
        }
        json_fields_add(&wait->fields, name, value);
    }
}

/* The state fails with the name of who holds the key. */
static void fail_taken(struct txn *txn, struct execution *execution, const struct engine_op *op,
                       str cause)
{
    struct engine_event event = {
        .kind = ENGINE_TASK_FAILED,
        .frame = op->frame,
        .task_event = op->task_event,
        .value = json_null(),
        .error = STR("Callback.KeyTaken"),
        .cause = cause,
        .from_call = true,
    };
    (void)txn_execution_turn(txn, execution, &event);
}

/* Stores the wait's record, with the key if nobody else holds it. `asked`: the service has been
 * called already, then for nothing. */
static void take_key(struct txn *txn, struct execution *execution, const struct engine_op *op,
                     struct wait *wait, str key, bool asked)
{
    struct source source = callbacks_source(txn);
    struct key_holder holder;
    str name = wait_get_str(wait, "name");
    bool taken = !key_register(txn, wait, name, key, wait_get_str(wait, "duplicates"), &holder);
    if (!taken) wait_set_str(wait, "key", key);
    if (taken && asked) undo_call(txn, wait, STR("keyTaken"));
    wait_store(txn, wait);
    if (taken) fail_taken(txn, execution, op, key_taken_text(&source, name, key, &holder));
}

static void opened(struct txn *txn, struct execution *execution, const struct engine_op *op)
{
    struct source source = callbacks_source(txn);
    struct wait wait;
    bool again = wait_load(&source, execution->id.serial, op->frame, op->entered, &wait);
    if (again) {
        forget_attempt(&source, &wait);
    } else {
        wait_set_str(&wait, "machine", execution->id.machine);
        wait_set_str(&wait, "execution", execution->id.name);
        wait_set_str(&wait, "state", op->text);
        wait_set_i64(&wait, "first", op->task_event);
        wait_set_i64(&wait, "opened", op->since_ms);
    }
    take_plan(&source, &wait, op->value);
    wait_set_i64(&wait, "task", op->task_event);
    wait_set_i64(&wait, "since", op->since_ms);
    wait_set(&wait, "open", json_bool(true));
    reminders_begin(txn, &wait);
    str key = json_str_or(op->value, STR("key"), STR(""));
    if (key.len == 0)
        wait_store(txn, &wait);
    else
        take_key(txn, execution, op, &wait, key, false);
}

static bool is_open(struct txn *txn, struct execution *execution, const struct engine_op *op)
{
    const struct frame *frame = txn_frame(txn, execution, op->frame);
    return frame && frame->status == FRAME_WAIT_TASK && frame->task_event == op->task_event;
}

static void key_known(struct txn *txn, struct execution *execution, const struct engine_op *op)
{
    struct source source = callbacks_source(txn);
    struct wait wait;
    if (!is_open(txn, execution, op) ||
        !wait_load(&source, execution->id.serial, op->frame, op->entered, &wait))
        return;
    take_key(txn, execution, op, &wait, op->text, true);
}

static void ready(struct txn *txn, struct execution *execution, const struct engine_op *op)
{
    struct source source = callbacks_source(txn);
    struct wait wait;
    if (!is_open(txn, execution, op) ||
        !wait_load(&source, execution->id.serial, op->frame, op->entered, &wait))
        return;
    /* Answers by link that came between two attempts. */
    if (wait_get_i64(&wait, "first") != op->task_event)
        mailbox_deliver(txn, &wait, STR(""), wait_text(source.arena, &wait));
    str key = wait_get_str(&wait, "key");
    if (key.len) mailbox_deliver(txn, &wait, wait_get_str(&wait, "name"), key);
}

/* ---- a wait is over ---- */

static const char *const ENDS[] = {
    [ENGINE_WAIT_ANSWERED] = "answered",  [ENGINE_WAIT_CALL_FAILED] = "callFailed",
    [ENGINE_WAIT_TIMED_OUT] = "timedOut", [ENGINE_WAIT_HEARTBEAT_MISSED] = "heartbeatMissed",
    [ENGINE_WAIT_STOPPED] = "stopped",    [ENGINE_WAIT_EXECUTION_TIMED_OUT] = "executionTimedOut",
    [ENGINE_WAIT_ABORTED] = "aborted",
};

/* SendTaskSuccess and SendTaskFailure say only what the answer is. */
static json decision_by_token(const struct source *source, const struct engine_answer *given)
{
    struct answer answer = {
        .kind = given->failed ? ANSWER_FAILURE : ANSWER_SUCCESS,
        .output = given->failed ? json_null() : given->output,
        .error = given->error,
        .cause = given->cause,
        .via = STR("token"),
    };
    struct json_fields fields;
    json_fields_init(&fields, source->arena);
    add_str(&fields, "outcome", given->failed ? STR("failure") : STR("success"));
    answer_describe(source, &answer, answer_digest(&answer, source->arena), &fields);
    return json_fields_done(&fields);
}

static void closed(struct txn *txn, struct execution *execution, const struct engine_op *op)
{
    struct source source = callbacks_source(txn);
    struct wait wait;
    if (!wait_load(&source, execution->id.serial, op->frame, op->entered, &wait)) return;
    bool answered = op->end == ENGINE_WAIT_ANSWERED;
    /* A call that has failed has begun nothing outside. */
    bool undo = !answered && op->end != ENGINE_WAIT_CALL_FAILED;
    if (answered) {
        json decided =
            json_is_object(op->value) ? op->value : decision_by_token(&source, &op->answer);
        undo = json_bool_or(decided, STR("undo"), false);
        wait_set(&wait, "decided", decided);
    } else {
        wait_set_str(&wait, "closed", str_from(ENDS[op->end]));
        wait_set_i64(&wait, "closedAt", source.now_ms);
    }
    wait_set(&wait, "open", json_null());
    reminders_end(txn, &wait);
    if (undo) undo_call(txn, &wait, answered ? STR("rejected") : str_from(ENDS[op->end]));
    wait_store(txn, &wait);
}

/* ---- the seam ---- */

static void operation(struct txn *txn, struct execution *execution, const struct engine_op *op)
{
    switch (op->kind) {
    case ENGINE_OP_CALLBACK_OPEN: opened(txn, execution, op); return;
    case ENGINE_OP_CALLBACK_KEY: key_known(txn, execution, op); return;
    case ENGINE_OP_CALLBACK_READY: ready(txn, execution, op); return;
    case ENGINE_OP_CALLBACK_CLOSE: closed(txn, execution, op); return;
    case ENGINE_OP_TIMER_SET:
    case ENGINE_OP_TIMER_CLEAR:
    case ENGINE_OP_WAITING_OPEN:
    case ENGINE_OP_WAITING_CLOSE:
    case ENGINE_OP_ACTIVITY_QUEUE:
    case ENGINE_OP_ACTIVITY_UNQUEUE:
    case ENGINE_OP_CALL:
    case ENGINE_OP_STOP_CHILD: break;
    }
    fatal("operation %d is not about callbacks", (int)op->kind);
}

/* The timer is the frame's: its wait is the newest of the frame. */
static void timer(struct txn *txn, uint64_t serial, uint32_t number)
{
    struct source source = callbacks_source(txn);
    struct execution *execution = txn_execution_load(txn, serial);
    const struct frame *frame = execution ? txn_frame(txn, execution, number) : NULL;
    struct wait wait;
    if (!frame || frame->status != FRAME_WAIT_TASK ||
        !wait_load(&source, serial, number, frame->entered_event, &wait) || !wait_is_open(&wait))
        return;
    reminders_fire(txn, &wait);
    wait_store(txn, &wait);
}

const struct callback_handlers callbacks_handlers = { .operation = operation, .timer = timer };
