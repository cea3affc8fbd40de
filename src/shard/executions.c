/* Executions within a transaction: starting and loading them, and the worklist of all that follows
 * from a turn.
 *
 *   turn --> operations: a call to a service --> outcome --> turn of the same execution
 *                        stop a child ---------------------> turn of the child
 *        --> the end:    somebody waits for it ------------> turn of the parent
 *
 * Nothing here recurses: an execution that has had a turn goes to the end of the worklist, and its
 * operations are carried out when it comes up. */
#include "engine/record.h"
#include "shard/shard_private.h"

/* ---- the table of loaded executions ---- */

static struct loaded *add_loaded(struct txn *txn, struct execution *execution)
{
    if (txn->loaded_count == txn->loaded_capacity) {
        size_t capacity = txn->loaded_capacity ? txn->loaded_capacity * 2 : 4;
        struct loaded **table = arena_array(txn->arena, capacity, sizeof(struct loaded *));
        if (txn->loaded_count)
            memcpy(table, txn->loaded, txn->loaded_count * sizeof(struct loaded *));
        txn->loaded = table;
        txn->loaded_capacity = capacity;
    }
    struct loaded *loaded = ARENA_NEW(txn->arena, struct loaded);
    loaded->execution = execution;
    txn->loaded[txn->loaded_count++] = loaded;
    return loaded;
}

/* Few executions meet in one transaction: at most SHARD_TXN_STARTS_MAX and those they belong to. */
static struct loaded *find_serial(const struct txn *txn, uint64_t serial)
{
    for (size_t i = txn->loaded_count; i > 0; i--)
        if (txn->loaded[i - 1]->execution->id.serial == serial) return txn->loaded[i - 1];
    return NULL;
}

struct loaded *txn_loaded(struct txn *txn, const struct execution *execution)
{
    struct loaded *loaded = find_serial(txn, execution->id.serial);
    ASSERT(loaded != NULL && loaded->execution == execution);
    return loaded;
}

/* ---- names ---- */

/* Written piece by piece: it is done for every command, and printf would be half of its cost. */
static void begin_arn(struct txn *txn, struct buf *out)
{
    buf_init(out, txn->arena);
    (void)buf_reserve(out, 256);
    buf_add(out, STR("arn:aws:states:"));
    buf_add(out, txn->shard->options.region);
    buf_add_char(out, ':');
    buf_add(out, txn->shard->options.account);
}

static str machine_arn(struct txn *txn, str machine)
{
    struct buf out;
    begin_arn(txn, &out);
    buf_add(&out, STR(":stateMachine:"));
    buf_add(&out, machine);
    return buf_str(&out);
}

/* The last part of an Express execution's ARN. It is not stored but follows from the serial: both
 * are gone when the process is. */
static void express_uuid(struct txn *txn, uint64_t serial, char out[PRNG_UUID_CHARS])
{
    struct prng prng;
    prng_seed(&prng, txn->shard->express_seed ^ serial);
    prng_uuid(&prng, out);
}

static str execution_arn(struct txn *txn, const struct execution_identity *id)
{
    bool express = id->type == ASL_EXPRESS;
    struct buf out;
    begin_arn(txn, &out);
    buf_add(&out, express ? STR(":express:") : STR(":execution:"));
    buf_add(&out, id->machine);
    buf_add_char(&out, ':');
    buf_add(&out, id->name);
    if (express) {
        char uuid[PRNG_UUID_CHARS];
        express_uuid(txn, id->serial, uuid);
        buf_add_char(&out, ':');
        buf_add(&out, (str){ uuid, sizeof uuid });
    }
    return buf_str(&out);
}

/* ---- turns ---- */

static void push_work(struct txn *txn, struct loaded *loaded)
{
    if (loaded->queued) return;
    loaded->queued = true;
    loaded->next_work = NULL;
    if (txn->work_last)
        txn->work_last->next_work = loaded;
    else
        txn->work_first = loaded;
    txn->work_last = loaded;
}

static struct loaded *pop_work(struct txn *txn)
{
    struct loaded *loaded = txn->work_first;
    if (!loaded) return NULL;
    txn->work_first = loaded->next_work;
    if (!txn->work_first) txn->work_last = NULL;
    loaded->queued = false;
    return loaded;
}

bool loaded_turn(struct txn *txn, struct loaded *loaded, const struct engine_event *event)
{
    if (!engine_turn(&txn->engine, loaded->execution, event)) return false;
    push_work(txn, loaded);
    return true;
}

/* ---- operations ---- */

static void stop_child(struct txn *txn, uint64_t serial)
{
    struct execution *child = txn_execution_load(txn, serial);
    if (!child) return;
    struct engine_event event = {
        .kind = ENGINE_STOP,
        .cause = STR("The task that started this execution does not wait for it any more."),
    };
    (void)loaded_turn(txn, txn_loaded(txn, child), &event);
}

static void note_queued_task(struct txn *txn, struct loaded *loaded, size_t op)
{
    if (txn->task_count == txn->task_capacity) {
        size_t capacity = txn->task_capacity ? txn->task_capacity * 2 : 4;
        struct queued_task *tasks = arena_array(txn->arena, capacity, sizeof *tasks);
        if (txn->task_count) memcpy(tasks, txn->tasks, txn->task_count * sizeof *tasks);
        txn->tasks = tasks;
        txn->task_capacity = capacity;
    }
    txn->tasks[txn->task_count++] = (struct queued_task){ loaded, op };
}

static void tell_callbacks(struct txn *txn, struct execution *execution, const struct engine_op *op)
{
    const struct callback_handlers *callbacks = txn->shard->options.callbacks;
    if (callbacks) callbacks->operation(txn, execution, op);
}

/* An operation that is a record is left to persist.c. */
static void carry_out(struct txn *txn, struct loaded *loaded, size_t index)
{
    struct engine_op op = loaded->execution->ops[index]; /* turns may move the array */
    switch (op.kind) {
    case ENGINE_OP_CALL: call_carry_out(txn, loaded, &op); return;
    case ENGINE_OP_STOP_CHILD: stop_child(txn, op.child_serial); return;
    case ENGINE_OP_ACTIVITY_QUEUE: note_queued_task(txn, loaded, index); return;
    case ENGINE_OP_CALLBACK_OPEN:
    case ENGINE_OP_CALLBACK_KEY:
    case ENGINE_OP_CALLBACK_READY:
    case ENGINE_OP_CALLBACK_CLOSE: tell_callbacks(txn, loaded->execution, &op); return;
    case ENGINE_OP_ACTIVITY_UNQUEUE:
    case ENGINE_OP_TIMER_SET:
    case ENGINE_OP_TIMER_CLEAR:
    case ENGINE_OP_WAITING_OPEN:
    case ENGINE_OP_WAITING_CLOSE: return;
    }
    fatal("no such operation: %d", (int)op.kind);
}

/* ---- ends ---- */

/* The pattern of the task that waits for a child, if it still does. */
static bool find_waiting_task(struct txn *txn, struct execution *parent,
                              const struct execution_identity *child, enum asl_pattern *pattern)
{
    struct frame *frame = execution_frame(&txn->engine, parent, child->parent_frame);
    if (!frame || frame->status != FRAME_WAIT_TASK || frame->task_event != child->parent_task)
        return false;
    *pattern = frame->state->task.pattern;
    return true;
}

static void tell_parent(struct txn *txn, struct execution *child)
{
    struct execution *parent = txn_execution_load(txn, child->id.parent_serial);
    enum asl_pattern pattern;
    if (!parent || !find_waiting_task(txn, parent, &child->id, &pattern)) return;
    struct engine_event event = { .value = json_null() };
    nested_outcome(txn->arena, child, pattern, &event);
    (void)loaded_turn(txn, txn_loaded(txn, parent), &event);
}

void txn_follow(struct txn *txn)
{
    if (txn->following) return; /* whoever set it carries on */
    txn->following = true;
    struct loaded *loaded;
    while ((loaded = pop_work(txn)) != NULL) {
        txn->current = loaded;
        while (loaded->ops_done < loaded->execution->op_count)
            carry_out(txn, loaded, loaded->ops_done++);
        txn->current = NULL;
        if (loaded->execution->status == EXECUTION_RUNNING || loaded->end_handled) continue;
        loaded->end_handled = true;
        if (loaded->execution->id.parent_serial) tell_parent(txn, loaded->execution);
    }
    txn->following = false;
}

bool txn_execution_turn(struct txn *txn, struct execution *execution,
                        const struct engine_event *event)
{
    if (!loaded_turn(txn, txn_loaded(txn, execution), event)) return false;
    txn_follow(txn);
    return true;
}

/* ---- start, load, find ---- */

static void make_identity(struct txn *txn, const struct execution_start *start,
                          struct execution_identity *id)
{
    *id = (struct execution_identity){
        .serial = txn_next_serial(txn, start->type == ASL_EXPRESS),
        .name = start->name,
        .machine = start->machine,
        .machine_arn = machine_arn(txn, start->machine),
        .version_arn = start->version_arn,
        .alias_arn = start->alias_arn,
        .revision = start->revision,
        .role_arn = start->role_arn,
        .type = start->type,
        .input = start->input,
        .start_ms = txn->now_ms,
        .trace_header = start->trace_header,
        .parent_serial = start->parent_serial,
        .parent_frame = start->parent_frame,
        .parent_task = start->parent_task,
    };
    id->arn = execution_arn(txn, id);
}

struct execution *txn_execution_start(struct txn *txn, const struct execution_start *start)
{
    ASSERT(start->name.len > 0 && start->machine.len > 0);
    struct execution_identity id;
    make_identity(txn, start, &id);
    const struct asl_machine *machine =
        machines_get(&txn->shard->machines, txn, start->machine, start->revision);
    const struct machine_log *log = machines_log(&txn->shard->machines);
    ASSERT_CMP(machine->type, ==, start->type);
    struct execution *execution = execution_new(txn->arena, &id, machine, start->input_value);
    execution->log = log;
    struct loaded *loaded = add_loaded(txn, execution);
    loaded->depth = txn->current ? txn->current->depth + 1 : 0;
    /* However executions multiply, a transaction ends: the rest have their own, soon. */
    if (loaded->depth > ENGINE_NESTING_DEPTH_MAX || txn->starts >= SHARD_TXN_STARTS_MAX) {
        txn_put_timer(txn, serial_is_express(id.serial), txn->now_ms, id.serial, 0, TIMER_START);
        return execution;
    }
    txn->starts++;
    struct engine_event event = { .kind = ENGINE_START };
    bool accepted = loaded_turn(txn, loaded, &event);
    ASSERT(accepted);
    txn_follow(txn);
    return execution;
}

/* From its records, with its root frame, which is there while it runs and while it rests; NULL if
 * it is not. The status is left RUNNING. */
static struct execution *read_execution(struct txn *txn, uint64_t serial)
{
    bool express = serial_is_express(serial);
    struct key key;
    str frame, record;
    key_frame(&key, txn->shard->options.number, serial, 0);
    if (!txn_get_from(txn, express, &key, &frame)) return NULL;
    key_execution(&key, txn->shard->options.number, serial);
    if (!txn_get_from(txn, express, &key, &record))
        fatal("execution %llu has a frame but no record", (unsigned long long)serial);

    struct execution *execution = ARENA_NEW(txn->arena, struct execution);
    execution->arena = txn->arena;
    buf_init(&execution->history, txn->arena);
    record_identity_decode(txn->arena, record, &execution->id);
    execution->id.serial = serial;
    execution->id.machine_arn = machine_arn(txn, execution->id.machine);
    execution->id.arn = execution_arn(txn, &execution->id);
    execution->machine =
        machines_get(&txn->shard->machines, txn, execution->id.machine, execution->id.revision);
    execution->log = machines_log(&txn->shard->machines);
    struct frame *root = execution_frame(&txn->engine, execution, 0);
    ASSERT(root != NULL && root->stored);
    return execution;
}

struct execution *txn_execution_load(struct txn *txn, uint64_t serial)
{
    struct loaded *loaded = find_serial(txn, serial);
    if (loaded) return loaded->execution->status == EXECUTION_RUNNING ? loaded->execution : NULL;
    struct execution *execution = read_execution(txn, serial);
    if (!execution || execution_frame(&txn->engine, execution, 0)->status == FRAME_AT_REST)
        return NULL;
    (void)add_loaded(txn, execution);
    return execution;
}

struct frame *txn_frame(struct txn *txn, struct execution *execution, uint32_t frame)
{
    return execution_frame(&txn->engine, execution, frame);
}

static enum execution_status read_status(struct txn *txn, uint64_t serial)
{
    struct key key;
    str text;
    struct execution_end end;
    key_end(&key, txn->shard->options.number, serial);
    if (!txn_get(txn, &key, &text)) return EXECUTION_RUNNING;
    record_end_decode(txn->arena, text, &end);
    return end.status;
}

const struct execution *txn_execution_redrive(struct txn *txn, uint64_t serial)
{
    ASSERT(!serial_is_express(serial) && !find_serial(txn, serial));
    struct execution *execution = read_execution(txn, serial);
    if (!execution) return NULL;
    execution->status = read_status(txn, serial);
    if (!execution_can_redrive(&txn->engine, execution)) return NULL;
    struct loaded *loaded = add_loaded(txn, execution);
    loaded->before = execution->status;
    struct engine_event event = { .kind = ENGINE_REDRIVE };
    bool accepted = loaded_turn(txn, loaded, &event);
    ASSERT(accepted);
    txn_follow(txn);
    return execution;
}

bool txn_execution_find(struct txn *txn, str machine, str name, uint64_t *serial)
{
    struct key key;
    str value;
    int64_t number;
    key_name(&key, txn->shard->options.number, machine, name);
    if (!txn_get(txn, &key, &value)) return false;
    if (!str_to_i64(value, &number) || number <= 0)
        fatal("the name of execution %.*s does not lead to a serial", STR_ARGS(name));
    *serial = (uint64_t)number;
    return true;
}

/* ---- timers ---- */

static bool read_timer_key(str text, int64_t *due_ms, uint64_t *serial, uint32_t *frame,
                           uint8_t *kind)
{
    struct key_reader reader;
    uint64_t due;
    if (!key_read_begin(&reader, text) || reader.tag != KEY_TIMER) return false;
    if (!key_read_u64(&reader, &due) || due > INT64_MAX) return false;
    *due_ms = (int64_t)due;
    return key_read_u64(&reader, serial) && key_read_u32(&reader, frame) &&
           key_read_u8(&reader, kind);
}

void txn_fire_timer(struct txn *txn, bool express, str text)
{
    struct key key;
    ASSERT(text.len <= sizeof key.bytes);
    key.len = (uint16_t)text.len;
    memcpy(key.bytes, text.ptr, text.len);
    str value;
    if (!txn_get_from(txn, express, &key, &value)) return; /* cleared since the range was read */
    txn_delete_from(txn, express, &key);

    int64_t due_ms;
    uint64_t serial;
    uint32_t frame;
    uint8_t kind;
    if (!read_timer_key(text, &due_ms, &serial, &frame, &kind))
        fatal("a timer's key does not decode: the store is damaged");
    /* Were the clock set back just now, the engine would find the timer not due and ignore it. */
    if (txn->now_ms < due_ms) txn->now_ms = txn->engine.now_ms = due_ms;
    if (kind == TIMER_EFFECT) {
        effects_fire(txn, express, frame, serial);
        return;
    }
    if (kind == TIMER_CALLBACK) {
        if (txn->shard->options.callbacks) txn->shard->options.callbacks->timer(txn, serial, frame);
        return;
    }
    struct execution *execution = txn_execution_load(txn, serial);
    if (!execution) return;
    struct engine_event event = { .kind = ENGINE_TIMER, .frame = frame };
    if (kind == TIMER_START)
        event.kind = ENGINE_START;
    else if (kind == ENGINE_TIMER_CONTINUE)
        event.kind = ENGINE_CONTINUE;
    else
        event.timer = (enum engine_timer)kind;
    (void)txn_execution_turn(txn, execution, &event);
    shard_count_by(txn->shard, COUNTER_TIMERS_FIRED, 1);
}

void txn_wait_timer_set(struct txn *txn, int64_t due_ms, uint64_t serial, uint32_t frame)
{
    txn_put_timer(txn, false, due_ms, serial, frame, TIMER_CALLBACK);
}

void txn_wait_timer_clear(struct txn *txn, int64_t due_ms, uint64_t serial, uint32_t frame)
{
    struct key key;
    key_timer(&key, txn->shard->options.number, due_ms, serial, frame, TIMER_CALLBACK);
    txn_delete(txn, &key);
}

/* ---- waiting ---- */

enum handled txn_wait(struct txn *txn, struct request *request, str topic, int64_t wake_ms,
                      struct error *err)
{
    ASSERT(txn->open && !txn->parked);
    if (txn->calling) {
        (void)error_set(err, ERROR_UNSUPPORTED_OPERATION, "A call inside a call cannot wait.");
        return HANDLED_FAILED;
    }
    if (!waiting_add(&txn->shard->waiting, request, topic, wake_ms)) {
        (void)error_set(err, ERROR_OVERLOADED, "Too many requests wait already.");
        return HANDLED_FAILED;
    }
    /* It may have been cancelled while it was on its way here: it is looked for once more. */
    if (__atomic_load_n(&request->cancelled, __ATOMIC_ACQUIRE))
        atomic_store(&txn->shard->cancels, true);
    txn->parked = true;
    return HANDLED_LATER;
}

void txn_park_until_end(struct txn *txn, struct request *request, uint64_t serial,
                        void (*reply)(struct request *request, const struct execution *execution))
{
    ASSERT(txn->open && !txn->parked);
    parked_add(&txn->shard->parked_ends, request, serial, reply);
    txn->parked = true;
}
