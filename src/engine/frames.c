/* The frames of an execution that a transaction has in memory, and the operations it leaves. */
#include "engine/internal.h"
#include "engine/record.h"

static size_t slot_of(const struct execution *x, uint32_t number)
{
    /* Fibonacci hashing: frame numbers are dense, their multiples are spread. */
    size_t at = (size_t)((uint64_t)number * 0x9E3779B97F4A7C15u >> 32) & (x->frame_capacity - 1);
    while (x->frames[at] && x->frames[at]->number != number)
        at = (at + 1) & (x->frame_capacity - 1);
    return at;
}

struct frame *frame_table_find(const struct execution *x, uint32_t number)
{
    return x->frame_capacity == 0 ? NULL : x->frames[slot_of(x, number)];
}

static void grow_table(struct execution *x)
{
    struct frame **old = x->frames;
    size_t old_capacity = x->frame_capacity;
    x->frame_capacity = old_capacity ? old_capacity * 2 : 8;
    x->frames = arena_zalloc(x->arena, x->frame_capacity * sizeof(struct frame *));
    for (size_t i = 0; i < old_capacity; i++) {
        if (old[i]) x->frames[slot_of(x, old[i]->number)] = old[i];
    }
}

void frame_table_add(struct execution *x, struct frame *frame)
{
    if ((x->frame_count + 1) * 2 > x->frame_capacity) grow_table(x);
    size_t at = slot_of(x, frame->number);
    ASSERT(x->frames[at] == NULL);
    x->frames[at] = frame;
    x->frame_count++;
}

struct frame *execution_frame(const struct engine *engine, struct execution *x, uint32_t number)
{
    struct frame *frame = frame_table_find(x, number);
    if (frame) return frame->deleted ? NULL : frame;
    str text;
    if (!engine->loader.frame(engine->loader.context, x->id.serial, number, x->arena, &text))
        return NULL;
    frame = record_frame_decode(x, number, text);
    frame->stored = true;
    frame_table_add(x, frame);
    return frame;
}

struct frame *frame_new_child(struct turn *turn, struct frame *parent, uint32_t index,
                              const struct asl_scope *scope)
{
    struct frame *frame = ARENA_NEW(turn->arena, struct frame);
    frame->number = turn->x->next_frame++;
    ASSERT(frame->number != 0);
    frame->parent = parent->number;
    frame->index = index;
    frame->scope = scope;
    frame->variables = (json){ .kind = JSON_OBJECT };
    frame->dirty = true;
    frame_table_add(turn->x, frame);
    return frame;
}

struct document *frame_input(struct turn *turn, struct frame *frame)
{
    if (frame->input) return frame->input;
    const struct engine_loader *loader = &turn->engine->loader;
    str text;
    bool found =
        loader->frame_data(loader->context, turn->x->id.serial, frame->number, turn->arena, &text);
    if (!found)
        fatal("execution %llu: frame %u has lost its input", (unsigned long long)turn->x->id.serial,
              frame->number);
    record_frame_data_decode(turn->arena, text, frame);
    ASSERT(frame->input != NULL);
    return frame->input;
}

struct engine_op *op_add(struct turn *turn, enum engine_op_kind kind)
{
    struct execution *x = turn->x;
    if (x->op_count == x->op_capacity) {
        size_t capacity = x->op_capacity ? x->op_capacity * 2 : 8;
        struct engine_op *ops = arena_array(turn->arena, capacity, sizeof *ops);
        if (x->op_count) memcpy(ops, x->ops, x->op_count * sizeof *ops);
        x->ops = ops;
        x->op_capacity = capacity;
    }
    struct engine_op *op = &x->ops[x->op_count++];
    *op = (struct engine_op){ .kind = kind };
    return op;
}

void execution_take_ops(struct execution *x, const struct engine_op **ops, size_t *count)
{
    *ops = x->ops;
    *count = x->op_count;
    x->ops = NULL;
    x->op_count = x->op_capacity = 0;
}

void queue_frame(struct turn *turn, struct frame *frame)
{
    ASSERT(frame->status == FRAME_READY && !frame->deleted);
    if (frame->queued_to_run) return;
    frame->queued_to_run = true;
    if (turn->queue_head + turn->queue_count == turn->queue_capacity) {
        size_t capacity = turn->queue_count * 2 > 16 ? turn->queue_count * 2 : 16;
        struct frame **queue = arena_array(turn->arena, capacity, sizeof(struct frame *));
        for (size_t i = 0; i < turn->queue_count; i++)
            queue[i] = turn->queue[turn->queue_head + i];
        turn->queue = queue;
        turn->queue_capacity = capacity;
        turn->queue_head = 0;
    }
    turn->queue[turn->queue_head + turn->queue_count++] = frame;
}

void frame_set_timer(struct turn *turn, struct frame *frame, int64_t due_ms)
{
    if (frame->timer_ms == due_ms) return;
    if (frame->timer_ms != 0) {
        struct engine_op *op = op_add(turn, ENGINE_OP_TIMER_CLEAR);
        op->frame = frame->number;
        op->timer = ENGINE_TIMER_FRAME;
        op->due_ms = frame->timer_ms;
    }
    if (due_ms != 0) {
        struct engine_op *op = op_add(turn, ENGINE_OP_TIMER_SET);
        op->frame = frame->number;
        op->timer = ENGINE_TIMER_FRAME;
        op->due_ms = due_ms;
    }
    frame->timer_ms = due_ms;
    frame->dirty = true;
}

static size_t variables_bytes(const struct frame *frame)
{
    size_t bytes = 0;
    for (size_t i = 0; i < json_count(frame->variables); i++)
        bytes += json_text_bytes(json_value_at(frame->variables, i));
    return bytes;
}

void count_variables(struct turn *turn, const struct frame *frame)
{
    turn->x->variables_bytes += variables_bytes(frame);
}

void uncount_variables(struct turn *turn, const struct frame *frame)
{
    size_t bytes = variables_bytes(frame);
    ASSERT_CMP(bytes, <=, turn->x->variables_bytes);
    turn->x->variables_bytes -= bytes;
}

bool frame_is_over(const struct frame *frame)
{
    return frame->status == FRAME_DONE || frame->status == FRAME_AT_REST;
}

void frame_delete(struct turn *turn, struct frame *frame)
{
    ASSERT(!frame->deleted);
    if (!frame_is_over(frame)) uncount_variables(turn, frame);
    frame_set_timer(turn, frame, 0);
    frame->deleted = true;
    frame->dirty = true;
}

/* Recursion is bounded by ASL_SCOPE_DEPTH_MAX, which the compiler enforces. */
void frame_delete_children(struct turn *turn, struct frame *frame)
{
    for (uint32_t i = 0; i < frame->child_count; i++) {
        struct frame *child = execution_frame(turn->engine, turn->x, frame->first_child + i);
        ASSERT(child && (frame_is_over(child) || child->status == FRAME_PENDING));
        frame_delete_children(turn, child);
        frame_delete(turn, child);
    }
    frame->first_child = frame->child_count = 0;
}
