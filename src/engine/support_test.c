/* A world for the tests of the engine; see support_test.h. */
#include "engine/support_test.h"

#include <stdio.h>

str test_read_file(struct arena *arena, const char *path)
{
    FILE *file = fopen(path, "rb");
    cr_assert(file != NULL, "%s is missing (it lies beside the checkout)", path);
    struct buf buf;
    buf_init(&buf, arena);
    char chunk[4096];
    for (size_t n = 0; (n = fread(chunk, 1, sizeof chunk, file)) > 0;)
        buf_add(&buf, (str){ chunk, n });
    fclose(file);
    return buf_str(&buf);
}

json test_json(struct arena *arena, str text)
{
    json value = json_null();
    struct error err;
    cr_assert(json_parse(text, arena, &value, &err), "does not parse: %.*s", STR_ARGS(text));
    return value;
}

/* ---- records ---- */

static bool load_frame(void *context, uint64_t serial, uint32_t frame, struct arena *arena,
                       str *out)
{
    const struct world *w = context;
    cr_assert(serial == w->id.serial);
    if (frame >= w->record_count || !w->records[frame].frame.ptr) return false;
    *out = arena_str(arena, w->records[frame].frame);
    return true;
}

static bool load_frame_data(void *context, uint64_t serial, uint32_t frame, struct arena *arena,
                            str *out)
{
    const struct world *w = context;
    cr_assert(serial == w->id.serial);
    if (frame >= w->record_count || !w->records[frame].data.ptr) return false;
    *out = arena_str(arena, w->records[frame].data);
    return true;
}

/* Room for one more item in a table of the world. */
static void *grow(struct arena *arena, void *items, size_t count, size_t *capacity, size_t bytes)
{
    if (count < *capacity) return items;
    size_t more = *capacity ? *capacity * 2 : 8;
    while (more <= count)
        more *= 2;
    void *grown = arena_zalloc(arena, more * bytes);
    if (count) memcpy(grown, items, *capacity * bytes);
    *capacity = more;
    return grown;
}

static struct world_record *record_at(struct world *w, uint32_t frame)
{
    if (frame >= w->record_count)
        w->records = grow(&w->arena, w->records, frame, &w->record_count, sizeof *w->records);
    return &w->records[frame];
}

static void log_bytes(struct world *w, str text)
{
    buf_add(&w->written, text);
    buf_add_char(&w->written, '\n');
}

static str put_text(struct world *w, str text)
{
    log_bytes(w, text);
    return arena_str(&w->arena, text);
}

static void write_frame(struct world *w, struct execution *x, struct frame *frame)
{
    if (!frame->dirty) return;
    struct world_record *record = record_at(w, frame->number);
    bool wants_data = !frame->deleted && frame->status == FRAME_WAIT_CHILDREN;
    buf_printf(&w->written, "frame %u\n", frame->number);
    if (wants_data && frame->data_dirty)
        record->data = put_text(w, record_frame_data_encode(x->arena, frame));
    else if (!wants_data && (frame->data_stored || w->keep))
        record->data = (str){ 0 };
    record->frame =
        frame->deleted ? (str){ 0 } : put_text(w, record_frame_encode(x->arena, x, frame));
    cr_assert(!frame->deleted || frame->timer_ms == 0);
}

/* ---- operations ---- */

static void set_timer(struct world *w, const struct engine_op *op)
{
    for (size_t i = 0; i < w->timer_count; i++) {
        const struct world_timer *t = &w->timers[i];
        bool same = t->timer == op->timer && t->frame == op->frame && t->due_ms == op->due_ms;
        if (same && t->timer == ENGINE_TIMER_CONTINUE) return; /* one record, written again */
        cr_assert(t->timer != op->timer || t->frame != op->frame, "frame %u has two timers",
                  op->frame);
    }
    w->timers = grow(&w->arena, w->timers, w->timer_count, &w->timer_capacity, sizeof *w->timers);
    w->timers[w->timer_count++] = (struct world_timer){ op->timer, op->frame, op->due_ms };
}

static void remove_timer(struct world *w, size_t at)
{
    w->timer_count--;
    for (; at < w->timer_count; at++)
        w->timers[at] = w->timers[at + 1];
}

static void clear_timer(struct world *w, const struct engine_op *op)
{
    for (size_t i = 0; i < w->timer_count; i++) {
        const struct world_timer *t = &w->timers[i];
        if (t->timer != op->timer || t->frame != op->frame || t->due_ms != op->due_ms) continue;
        remove_timer(w, i);
        return;
    }
    cr_assert(false, "a timer of frame %u is cleared that is not set", op->frame);
}

static void open_entry(struct world *w, struct world_entry **list, size_t *count, size_t *capacity,
                       const struct engine_op *op, uint32_t task_event)
{
    for (size_t i = 0; i < *count; i++)
        cr_assert((*list)[i].frame != op->frame, "frame %u has two entries", op->frame);
    *list = grow(&w->arena, *list, *count, capacity, sizeof **list);
    (*list)[(*count)++] =
        (struct world_entry){ op->frame, task_event, op->since_ms, arena_str(&w->arena, op->text) };
}

static void close_entry(struct world_entry *list, size_t *count, const struct engine_op *op)
{
    for (size_t i = 0; i < *count; i++) {
        if (list[i].frame != op->frame || list[i].since_ms != op->since_ms) continue;
        (*count)--;
        for (; i < *count; i++)
            list[i] = list[i + 1];
        return;
    }
    cr_assert(false, "an entry of frame %u is closed that is not open", op->frame);
}

static void add_call(struct world *w, const struct engine_op *op)
{
    w->calls = grow(&w->arena, w->calls, w->call_count, &w->call_capacity, sizeof *w->calls);
    w->calls[w->call_count++] = (struct world_call){
        .frame = op->frame,
        .task_event = op->task_event,
        .resource = arena_str(&w->arena, op->task->resource),
        .parameters = json_text(&w->arena, op->value),
    };
}

/* "open {...}", "key K", "ready", "close 0" */
static void note_callback(struct world *w, const struct engine_op *op)
{
    static const char *const names[] = { "open", "key", "ready", "close" };
    if (w->callbacks.len) buf_add(&w->callbacks, STR("; "));
    buf_add(&w->callbacks, str_from(names[op->kind - ENGINE_OP_CALLBACK_OPEN]));
    if (op->kind == ENGINE_OP_CALLBACK_OPEN) {
        buf_add_char(&w->callbacks, ' ');
        json_write(&w->callbacks, op->value);
    }
    if (op->kind == ENGINE_OP_CALLBACK_KEY) buf_printf(&w->callbacks, " %.*s", STR_ARGS(op->text));
    if (op->kind == ENGINE_OP_CALLBACK_CLOSE) buf_printf(&w->callbacks, " %d", (int)op->end);
    cr_assert(op->entered > 0 && op->task_event > op->entered, "%u %u", op->entered,
              op->task_event);
}

static void carry_out(struct world *w, const struct engine_op *op)
{
    buf_printf(&w->written, "op %d %u %u %d %lld %lld %llu\n", (int)op->kind, op->frame,
               op->task_event, (int)op->timer, (long long)op->due_ms, (long long)op->since_ms,
               (unsigned long long)op->child_serial);
    switch (op->kind) {
    case ENGINE_OP_TIMER_SET: set_timer(w, op); return;
    case ENGINE_OP_TIMER_CLEAR: clear_timer(w, op); return;
    case ENGINE_OP_WAITING_OPEN: {
        int64_t task = json_i64_or(op->value, STR("task"), 0);
        cr_assert(task > 0);
        open_entry(w, &w->waiting, &w->waiting_count, &w->waiting_capacity, op, (uint32_t)task);
        return;
    }
    case ENGINE_OP_WAITING_CLOSE: close_entry(w->waiting, &w->waiting_count, op); return;
    case ENGINE_OP_ACTIVITY_QUEUE:
        open_entry(w, &w->queue, &w->queue_count, &w->queue_capacity, op, op->task_event);
        return;
    case ENGINE_OP_ACTIVITY_UNQUEUE: close_entry(w->queue, &w->queue_count, op); return;
    case ENGINE_OP_CALL: add_call(w, op); return;
    case ENGINE_OP_STOP_CHILD:
        w->stopped_child = op->child_serial;
        w->stops++;
        return;
    case ENGINE_OP_CALLBACK_OPEN:
    case ENGINE_OP_CALLBACK_KEY:
    case ENGINE_OP_CALLBACK_READY:
    case ENGINE_OP_CALLBACK_CLOSE: note_callback(w, op); return;
    }
}

/* ---- transactions ---- */

static void write_end(struct world *w, struct execution *x)
{
    str text = put_text(w, record_end_encode(x->arena, x));
    struct execution_end end;
    record_end_decode(&w->arena, text, &end);
    w->status = end.status;
    w->output = end.output.ptr ? arena_str(&w->arena, end.output) : end.output;
    w->error = end.error.ptr ? arena_str(&w->arena, end.error) : end.error;
    w->cause = end.cause.ptr ? arena_str(&w->arena, end.cause) : end.cause;
}

static void persist(struct world *w, struct execution *x, size_t history_from)
{
    for (size_t i = 0; i < x->frame_capacity; i++)
        if (x->frames[i]) write_frame(w, x, x->frames[i]);
    str events = str_skip(buf_str(&x->history), history_from);
    if (events.len && events.ptr[0] == ',') events = str_skip(events, 1);
    if (events.len) {
        if (w->history.len) buf_add_char(&w->history, ',');
        buf_add(&w->history, events);
        log_bytes(w, events);
    }
    w->last_event = x->last_event;
    const struct engine_op *ops;
    size_t count;
    execution_take_ops(x, &ops, &count);
    for (size_t i = 0; i < count; i++)
        carry_out(w, &ops[i]);
    w->status = x->status;
    if (x->status != EXECUTION_RUNNING) write_end(w, x);
}

static struct execution *load(struct world *w, struct arena *arena)
{
    struct execution *x = ARENA_NEW(arena, struct execution);
    x->arena = arena;
    buf_init(&x->history, arena);
    x->id = w->id;
    record_identity_decode(arena, record_identity_encode(arena, &w->id), &x->id);
    x->machine = w->machine;
    x->status = w->status;
    struct frame *root = execution_frame(&w->engine, x, 0);
    cr_assert(root != NULL && root->stored);
    return x;
}

static struct execution *begin(struct world *w, struct arena *arena)
{
    if (w->execution) return w->execution;
    if (w->events > 0) return load(w, arena);
    return execution_new(arena, &w->id, w->machine, test_json(arena, w->id.input));
}

bool world_event(struct world *w, const struct engine_event *event)
{
    if (w->status != EXECUTION_RUNNING && event->kind != ENGINE_REDRIVE) return false;
    struct arena own;
    arena_init(&own);
    struct execution *x = begin(w, w->keep ? &w->arena : &own);
    if (w->keep) w->execution = x;
    size_t history_from = x->history.len;
    x->steps = 0;
    bool accepted = engine_turn(&w->engine, x, event);
    if (accepted) {
        w->events++;
        persist(w, x, history_from);
    } else {
        cr_assert(x->history.len == history_from && x->op_count == 0);
    }
    arena_close(&own);
    return accepted;
}

void world_start(struct world *w)
{
    cr_assert(world_event(w, &(struct engine_event){ .kind = ENGINE_START }));
}

static size_t earliest(const struct world *w)
{
    size_t best = 0;
    for (size_t i = 1; i < w->timer_count; i++)
        if (w->timers[i].due_ms < w->timers[best].due_ms) best = i;
    return best;
}

bool world_fire(struct world *w)
{
    if (w->timer_count == 0) return false;
    size_t at = earliest(w);
    struct world_timer timer = w->timers[at];
    if (timer.due_ms > w->engine.now_ms) w->engine.now_ms = timer.due_ms;
    remove_timer(w, at);
    struct engine_event event = {
        .kind = ENGINE_TIMER,
        .frame = timer.frame,
        .timer = timer.timer,
    };
    bool accepted = world_event(w, &event);
    cr_assert(accepted || timer.timer == ENGINE_TIMER_CONTINUE, "a timer of frame %u is refused",
              timer.frame);
    return true;
}

int64_t world_due_ms(const struct world *w)
{
    return w->timer_count ? w->timers[earliest(w)].due_ms - WORLD_START_MS : -1;
}

void world_run(struct world *w)
{
    for (size_t i = 0; world_fire(w); i++)
        cr_assert_lt(i, 1000000);
}

/* ---- tasks ---- */

static struct world_call take_call(struct world *w, size_t index)
{
    cr_assert_lt(index, w->call_count);
    struct world_call call = w->calls[index];
    w->call_count--;
    for (; index < w->call_count; index++)
        w->calls[index] = w->calls[index + 1];
    return call;
}

bool world_task_started(struct world *w, size_t index)
{
    cr_assert_lt(index, w->call_count);
    struct engine_event event = {
        .kind = ENGINE_TASK_STARTED,
        .frame = w->calls[index].frame,
        .task_event = w->calls[index].task_event,
    };
    return world_event(w, &event);
}

bool world_task_succeeded(struct world *w, size_t index, const char *output)
{
    struct world_call call = take_call(w, index);
    struct engine_event event = {
        .kind = ENGINE_TASK_SUCCEEDED,
        .frame = call.frame,
        .task_event = call.task_event,
        .value = test_json(&w->arena, str_from(output)),
    };
    return world_event(w, &event);
}

bool world_task_failed(struct world *w, size_t index, const char *error, const char *cause)
{
    struct world_call call = take_call(w, index);
    struct engine_event event = {
        .kind = ENGINE_TASK_FAILED,
        .frame = call.frame,
        .task_event = call.task_event,
        .error = str_from(error),
        .cause = str_from(cause),
    };
    return world_event(w, &event);
}

struct engine_event world_entry_event(const struct world_entry *entry, enum engine_event_kind kind)
{
    return (struct engine_event){
        .kind = kind,
        .frame = entry->frame,
        .task_event = entry->task_event,
        .value = json_null(),
    };
}

/* ---- looking ---- */

json world_history(struct world *w)
{
    struct buf out;
    buf_init(&out, &w->arena);
    buf_add_char(&out, '[');
    buf_add(&out, buf_str(&w->history));
    buf_add_char(&out, ']');
    return test_json(&w->arena, buf_str(&out));
}

const char *world_types(struct world *w)
{
    json history = world_history(w);
    struct buf out;
    buf_init(&out, &w->arena);
    for (size_t i = 0; i < json_count(history); i++) {
        if (i > 0) buf_add_char(&out, ' ');
        buf_add(&out, json_str_or(json_at(history, i), STR("type"), (str){ 0 }));
    }
    return arena_cstr(&w->arena, buf_str(&out));
}

const char *world_chain(struct world *w)
{
    json history = world_history(w);
    struct buf out;
    buf_init(&out, &w->arena);
    for (size_t i = 0; i < json_count(history); i++) {
        json event = json_at(history, i);
        str type = json_str_or(event, STR("type"), (str){ 0 });
        buf_printf(&out, "%s%d:%.*s<%d", i ? " " : "", (int)json_i64_or(event, STR("id"), -1),
                   STR_ARGS(type), (int)json_i64_or(event, STR("previousEventId"), -1));
    }
    return arena_cstr(&w->arena, buf_str(&out));
}

/* It waits for nothing. */
static void assert_rests(const struct world *w, str text)
{
    struct arena arena;
    arena_init(&arena);
    json frame = test_json(&arena, text);
    int64_t status = json_i64_or(frame, STR("st"), 0);
    cr_assert(status == FRAME_AT_REST || status == FRAME_DONE || status == FRAME_PENDING,
              "a frame of %.*s does not rest: %.*s", STR_ARGS(w->id.name), STR_ARGS(text));
    cr_assert(!json_find(frame, STR("tm")) && !json_find(frame, STR("k")));
    cr_assert(!json_find(frame, STR("vb")), "variables of nobody count: %.*s", STR_ARGS(text));
    arena_close(&arena);
}

void world_assert_empty(const struct world *w)
{
    cr_assert(w->status != EXECUTION_RUNNING);
    for (size_t i = 0; i < w->timer_count; i++)
        cr_assert(w->timers[i].timer == ENGINE_TIMER_CONTINUE, "frame %u leaves a timer",
                  w->timers[i].frame);
    cr_assert_eq(w->waiting_count, 0, "waiting tasks are left");
    cr_assert_eq(w->queue_count, 0, "queued activity tasks are left");
    bool rests = w->status != EXECUTION_SUCCEEDED && w->id.type == ASL_STANDARD;
    for (size_t i = 0; i < w->record_count; i++) {
        str frame = w->records[i].frame;
        cr_assert(w->records[i].data.ptr == NULL, "data of frame %zu is left", i);
        if (!frame.ptr) continue;
        cr_assert(rests, "frame %zu is left: %.*s", i, STR_ARGS(frame));
        assert_rests(w, frame);
    }
}

/* ---- beginning and end ---- */

void world_init_type(struct world *w, str definition, enum asl_machine_type type, str input)
{
    *w = (struct world){ .status = EXECUTION_RUNNING };
    arena_init(&w->arena);
    buf_init(&w->history, NULL);
    buf_init(&w->written, NULL);
    prng_seed(&w->prng, 1);
    memset(w->key.current, 7, sizeof w->key.current);
    bool keyed = link_keys_add(&w->link_keys, w->key.current, WORLD_START_MS);
    cr_assert(keyed);
    buf_init(&w->callbacks, NULL);
    w->engine = (struct engine){
        .loader = { .context = w, .frame = load_frame, .frame_data = load_frame_data },
        .now_ms = WORLD_START_MS,
        .prng = &w->prng,
        .token_key = &w->key,
        .link_keys = &w->link_keys,
        .public_url = STR("http://b"),
        .region = STR("us-east-1"),
        .account = STR("000000000000"),
        .payload_bytes_max = ENGINE_PAYLOAD_BYTES_MAX,
        .history_events_max = ENGINE_HISTORY_EVENTS_MAX,
        .turn_steps_max = ENGINE_TURN_STEPS_MAX,
    };
    struct asl_diagnostics diagnostics = { 0 };
    bool good = asl_compile(definition, type, &w->arena, &w->machine, &diagnostics);
    cr_assert(good, "does not compile: %.*s: %.*s",
              STR_ARGS(asl_diagnostics_text(&diagnostics, &w->arena)), STR_ARGS(definition));
    w->id = (struct execution_identity){
        .serial = 1,
        .name = STR("run"),
        .arn = STR("arn:aws:states:us-east-1:000000000000:execution:machine:run"),
        .machine = STR("machine"),
        .machine_arn = STR("arn:aws:states:us-east-1:000000000000:stateMachine:machine"),
        .revision = 1,
        .role_arn = STR("arn:aws:iam::000000000000:role/conformance-role"),
        .type = type,
        .input = input,
        .start_ms = WORLD_START_MS,
    };
}

void world_init(struct world *w, str definition, str input)
{
    world_init_type(w, definition, ASL_STANDARD, input);
}

void world_begin(struct world *w, const char *definition, const char *input)
{
    static char text[64 << 10]; /* borrowed by the world; a test runs in its own process */
    size_t len = strlen(definition);
    cr_assert_lt(len, sizeof text);
    for (size_t i = 0; i < len; i++)
        text[i] = definition[i] == '\'' ? '"' : definition[i];
    world_init(w, (str){ text, len }, str_from(input));
    world_start(w);
}

void world_close(struct world *w)
{
    buf_close(&w->callbacks);
    buf_close(&w->history);
    buf_close(&w->written);
    arena_close(&w->arena);
}
