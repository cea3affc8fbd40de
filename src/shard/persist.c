/* What has become of an execution in a transaction, as records.
 *
 *   frames      dirty ones are written, deleted ones removed
 *   history     one chunk with all events of the transaction
 *   identity    with the name index and the list entry, when it began in this transaction
 *   end         and the list entry under its final status
 *   operations  timers, open tokens, queued activity tasks
 *
 * KEY_LIST           {"name","start","stop","versionArn","aliasArn","redrives":how many,"redriven":
 *                     the last one}; times in ms; absent when empty
 * KEY_NAME           the serial, as decimal text
 * KEY_WAITING        what the engine shows of the task, and "machine", "execution"
 * KEY_ACTIVITY_TASK  the id of the event that scheduled it, as decimal text
 *
 * Express executions have frames and timers only, and leave nothing behind. */
#include "engine/record.h"
#include "shard/shard_private.h"

/* How far back a record's removal is matched with its making in the same transaction. */
enum { CANCEL_OPS_MAX = 64 };

struct writer {
    struct txn *txn;
    struct execution *execution;
    bool express;
    uint16_t shard;
    uint64_t serial;
};

static void put(struct writer *w, const struct key *key, str value)
{
    txn_put_to(w->txn, w->express, key, value);
}

static void erase(struct writer *w, const struct key *key)
{
    txn_delete_from(w->txn, w->express, key);
}

static str decimal(struct arena *arena, uint64_t value)
{
    struct buf out;
    buf_init(&out, arena);
    buf_add_u64(&out, value);
    return buf_str(&out);
}

/* ---- frames ---- */

static void write_frame_data(struct writer *w, struct frame *frame)
{
    struct key key;
    bool wanted = !frame->deleted && frame->status == FRAME_WAIT_CHILDREN;
    key_frame_data(&key, w->shard, w->serial, frame->number);
    if (wanted && frame->data_dirty)
        put(w, &key, record_frame_data_encode(w->txn->arena, frame));
    else if (!wanted && frame->data_stored)
        erase(w, &key);
}

static void write_frame(struct writer *w, struct frame *frame)
{
    if (!frame->dirty) return;
    struct key key;
    key_frame(&key, w->shard, w->serial, frame->number);
    write_frame_data(w, frame);
    if (!frame->deleted)
        put(w, &key, record_frame_encode(w->txn->arena, w->execution, frame));
    else if (frame->stored)
        erase(w, &key);
}

static void write_frames(struct writer *w)
{
    struct execution *execution = w->execution;
    for (size_t i = 0; i < execution->frame_capacity; i++)
        if (execution->frames[i]) write_frame(w, execution->frames[i]);
}

/* ---- identity, history, end ---- */

static str list_value(struct writer *w)
{
    const struct execution *execution = w->execution;
    const struct execution_identity *id = &execution->id;
    struct buf out;
    buf_init(&out, w->txn->arena);
    buf_add(&out, STR("{\"name\":"));
    json_write_str(&out, id->name);
    buf_add(&out, STR(",\"start\":"));
    buf_add_i64(&out, id->start_ms);
    if (execution->status != EXECUTION_RUNNING) {
        buf_add(&out, STR(",\"stop\":"));
        buf_add_i64(&out, execution->stop_ms);
    }
    if (id->version_arn.len) {
        buf_add(&out, STR(",\"versionArn\":"));
        json_write_str(&out, id->version_arn);
    }
    if (id->alias_arn.len) {
        buf_add(&out, STR(",\"aliasArn\":"));
        json_write_str(&out, id->alias_arn);
    }
    if (execution->redrive_count > 0) {
        buf_add(&out, STR(",\"redrives\":"));
        buf_add_u64(&out, execution->redrive_count);
        buf_add(&out, STR(",\"redriven\":"));
        buf_add_i64(&out, execution->redrive_ms);
    }
    buf_add_char(&out, '}');
    return buf_str(&out);
}

static void write_identity(struct writer *w)
{
    struct key key;
    key_execution(&key, w->shard, w->serial);
    if (!w->express || w->execution->status == EXECUTION_RUNNING)
        put(w, &key, record_identity_encode(w->txn->arena, &w->execution->id));
    if (w->express) return;
    key_name(&key, w->shard, w->execution->id.machine, w->execution->id.name);
    put(w, &key, decimal(w->txn->arena, w->serial));
}

static void write_list(struct writer *w, const struct loaded *loaded)
{
    const struct execution *execution = w->execution;
    bool moved = execution->status != loaded->before;
    struct key key;
    /* One that fails again at once stays where it is, with another time. */
    if (!moved && !execution->started && loaded->before == EXECUTION_RUNNING) return;
    if (moved && !execution->started) {
        key_list(&key, w->shard, execution->id.machine, (uint8_t)loaded->before, w->serial);
        erase(w, &key);
    }
    key_list(&key, w->shard, execution->id.machine, (uint8_t)execution->status, w->serial);
    put(w, &key, list_value(w));
}

static void write_history(struct writer *w)
{
    struct execution *execution = w->execution;
    if (execution->history_first == 0 || w->express) return; /* Express: only for its log */
    ASSERT(execution->history.len > 0);
    struct key key;
    struct buf out;
    buf_init(&out, w->txn->arena);
    buf_reserve(&out, execution->history.len + 2);
    buf_add_char(&out, '[');
    buf_add(&out, buf_str(&execution->history));
    buf_add_char(&out, ']');
    key_history(&key, w->shard, w->serial, execution->history_first);
    put(w, &key, buf_str(&out));
}

static void write_end(struct writer *w, const struct loaded *loaded)
{
    struct key key;
    bool ended = w->execution->status != EXECUTION_RUNNING;
    if (!ended && loaded->before == EXECUTION_RUNNING) return;
    if (!w->express) {
        key_end(&key, w->shard, w->serial);
        if (!ended)
            erase(w, &key);
        else
            put(w, &key, record_end_encode(w->txn->arena, w->execution));
    } else if (!w->execution->started) {
        key_execution(&key, w->shard, w->serial);
        erase(w, &key);
    }
}

/* ---- operations ---- */

static void set_timer(struct writer *w, const struct engine_op *op)
{
    txn_put_timer(w->txn, w->express, op->due_ms, w->serial, op->frame, (uint8_t)op->timer);
}

static void clear_timer(struct writer *w, const struct engine_op *op)
{
    struct key key;
    key_timer(&key, w->shard, op->due_ms, w->serial, op->frame, (uint8_t)op->timer);
    erase(w, &key);
}

static void open_waiting(struct writer *w, const struct engine_op *op)
{
    struct json_fields fields;
    json_fields_from(&fields, w->txn->arena, op->value);
    json_fields_add(&fields, STR("machine"), json_string(w->execution->id.machine));
    json_fields_add(&fields, STR("execution"), json_string(w->execution->id.name));
    struct key key;
    key_waiting(&key, w->shard, op->since_ms, w->serial, op->frame);
    put(w, &key, json_text(w->txn->arena, json_fields_done(&fields)));
    txn_note_wait(w->txn, op->since_ms, 1, op->unbounded);
}

static void close_waiting(struct writer *w, const struct engine_op *op)
{
    struct key key;
    key_waiting(&key, w->shard, op->since_ms, w->serial, op->frame);
    erase(w, &key);
    txn_note_wait(w->txn, op->since_ms, -1, op->unbounded);
}

static void queue_activity(struct writer *w, const struct engine_op *op)
{
    struct key key;
    str name = activity_name(op->text);
    key_activity_task(&key, w->shard, name, op->since_ms, w->serial, op->frame);
    put(w, &key, arena_printf(w->txn->arena, "%u %u", op->task_event, w->execution->history_first));
    activities_lower(&w->txn->shard->activities, name, op->since_ms, w->serial, op->frame);
}

static void unqueue_activity(struct writer *w, const struct engine_op *op)
{
    struct key key;
    key_activity_task(&key, w->shard, activity_name(op->text), op->since_ms, w->serial, op->frame);
    erase(w, &key);
}

static void write_op(struct writer *w, const struct engine_op *op)
{
    switch (op->kind) {
    case ENGINE_OP_TIMER_SET: set_timer(w, op); return;
    case ENGINE_OP_TIMER_CLEAR: clear_timer(w, op); return;
    case ENGINE_OP_WAITING_OPEN: open_waiting(w, op); return;
    case ENGINE_OP_WAITING_CLOSE: close_waiting(w, op); return;
    case ENGINE_OP_ACTIVITY_QUEUE: queue_activity(w, op); return;
    case ENGINE_OP_ACTIVITY_UNQUEUE: unqueue_activity(w, op); return;
    case ENGINE_OP_CALL:
    case ENGINE_OP_STOP_CHILD:
    case ENGINE_OP_CALLBACK_OPEN:
    case ENGINE_OP_CALLBACK_KEY:
    case ENGINE_OP_CALLBACK_READY:
    case ENGINE_OP_CALLBACK_CLOSE: return; /* carried out */
    }
    fatal("no such operation: %d", (int)op->kind);
}

/* The operation that made the record which `op` removes; false if op removes none. */
static bool made_by(const struct engine_op *op, enum engine_op_kind *kind)
{
    switch (op->kind) {
    case ENGINE_OP_TIMER_CLEAR: *kind = ENGINE_OP_TIMER_SET; return true;
    case ENGINE_OP_WAITING_CLOSE: *kind = ENGINE_OP_WAITING_OPEN; return true;
    case ENGINE_OP_ACTIVITY_UNQUEUE: *kind = ENGINE_OP_ACTIVITY_QUEUE; return true;
    case ENGINE_OP_TIMER_SET:
    case ENGINE_OP_WAITING_OPEN:
    case ENGINE_OP_ACTIVITY_QUEUE:
    case ENGINE_OP_CALL:
    case ENGINE_OP_STOP_CHILD:
    case ENGINE_OP_CALLBACK_OPEN:
    case ENGINE_OP_CALLBACK_KEY:
    case ENGINE_OP_CALLBACK_READY:
    case ENGINE_OP_CALLBACK_CLOSE: return false;
    }
    return false;
}

/* A record that is made and removed in one transaction is not written at all: a task that ends at
 * once would otherwise leave two dead keys behind for its deadline. `skip` has a flag per op. */
static void cancel_pairs(const struct execution *execution, bool *skip)
{
    for (size_t i = 1; i < execution->op_count; i++) {
        const struct engine_op *op = &execution->ops[i];
        enum engine_op_kind kind;
        if (!made_by(op, &kind)) continue;
        size_t oldest = i > CANCEL_OPS_MAX ? i - CANCEL_OPS_MAX : 0;
        for (size_t j = i; j > oldest; j--) {
            const struct engine_op *made = &execution->ops[j - 1];
            if (skip[j - 1] || made->kind != kind || made->frame != op->frame ||
                made->timer != op->timer || made->due_ms != op->due_ms ||
                made->since_ms != op->since_ms)
                continue;
            skip[i] = skip[j - 1] = true;
            break;
        }
    }
}

static void write_ops(struct writer *w)
{
    const struct execution *execution = w->execution;
    if (execution->op_count == 0) return;
    bool *skip = arena_zalloc(w->txn->arena, execution->op_count * sizeof *skip);
    cancel_pairs(execution, skip);
    for (size_t i = 0; i < execution->op_count; i++)
        if (!skip[i]) write_op(w, &execution->ops[i]);
}

void persist_execution(struct txn *txn, struct loaded *loaded)
{
    struct execution *execution = loaded->execution;
    ASSERT_CMP(loaded->ops_done, ==, execution->op_count);
    struct writer w = {
        .txn = txn,
        .execution = execution,
        .express = serial_is_express(execution->id.serial),
        .shard = txn->shard->options.number,
        .serial = execution->id.serial,
    };
    if (execution->started) write_identity(&w);
    write_frames(&w);
    write_history(&w);
    write_end(&w, loaded);
    if (!w.express) write_list(&w, loaded);
    write_ops(&w);
}
