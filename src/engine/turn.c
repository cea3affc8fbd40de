/* The turn: one event applied to one execution, run until nothing more can be done without waiting.
 * See engine.h for the contract. */
#include "engine/internal.h"

struct execution *execution_new(struct arena *arena, const struct execution_identity *id,
                                const struct asl_machine *machine, json input)
{
    ASSERT(id->serial != 0);
    struct execution *x = ARENA_NEW(arena, struct execution);
    x->arena = arena;
    x->id = *id;
    x->machine = machine;
    x->input = document_new(arena, input);
    x->next_frame = 1;
    x->started = true;
    buf_init(&x->history, arena);
    struct frame *root = ARENA_NEW(arena, struct frame);
    root->scope = machine->scopes[0];
    root->variables = (json){ .kind = JSON_OBJECT };
    root->input = x->input;
    root->dirty = true;
    frame_table_add(x, root);
    return x;
}

static struct frame *root_frame(struct turn *turn)
{
    struct frame *root = execution_frame(turn->engine, turn->x, 0);
    if (!root) fatal("execution %llu has no root frame", (unsigned long long)turn->x->id.serial);
    return root;
}

/* ---- ends ---- */

void execution_finish(struct turn *turn, enum execution_status status, struct document *output,
                      str error, str cause, uint32_t previous)
{
    struct execution *x = turn->x;
    ASSERT(x->status == EXECUTION_RUNNING && status != EXECUTION_RUNNING);
    ASSERT((status == EXECUTION_SUCCEEDED) == (output != NULL));
    x->status = status;
    x->stop_ms = turn->engine->now_ms;
    x->output = output;
    x->error = error;
    x->cause = cause;
    if (x->deadline_ms != 0) {
        struct engine_op *op = op_add(turn, ENGINE_OP_TIMER_CLEAR);
        op->timer = ENGINE_TIMER_EXECUTION;
        op->due_ms = x->deadline_ms;
        x->deadline_ms = 0;
    }
    x->ready = NULL;
    x->ready_count = 0;
    /* With a full history some state lacks events: its frame is nothing to go on from. */
    x->at_rest = status != EXECUTION_SUCCEEDED && x->id.type == ASL_STANDARD && !turn->history_full;
    struct frame *root = root_frame(turn);
    frame_rest(turn, root);
    if (!x->at_rest) {
        frame_delete_children(turn, root);
        frame_delete(turn, root);
    }
    history_execution_ended(turn, previous);
}

void frame_succeed(struct turn *turn, struct frame *frame, struct document *output)
{
    if (turn->history_full) return; /* It lacks an event: the run loop ends the execution. */
    if (frame->number == 0) {
        execution_finish(turn, EXECUTION_SUCCEEDED, output, (str){ 0 }, (str){ 0 },
                         frame->last_event);
        return;
    }
    uncount_variables(turn, frame);
    frame->status = FRAME_DONE;
    frame->outcome = FRAME_SUCCEEDED;
    frame->output = output;
    /* Only its outcome is waited for. */
    frame->variables = (json){ .kind = JSON_OBJECT };
    frame->input = NULL;
    frame->item = NULL;
    frame->dirty = true;
    child_ended(turn, frame);
}

void frame_fail(struct turn *turn, struct frame *frame, const struct failure *failure)
{
    if (turn->history_full) return;
    if (frame->number == 0) {
        execution_finish(turn, EXECUTION_FAILED, NULL, failure->error, failure->cause,
                         frame->last_event);
        return;
    }
    uncount_variables(turn, frame);
    frame->status = FRAME_DONE;
    frame->outcome = FRAME_FAILED;
    frame->error = failure->error;
    frame->cause = failure->cause;
    frame->missed_heartbeat = failure->heartbeat;
    frame->dirty = true;
    child_ended(turn, frame);
}

static void fail_full_history(struct turn *turn)
{
    struct frame *root = root_frame(turn);
    str cause = arena_printf(turn->arena,
                             "The execution reached the maximum number of history events (%u).",
                             turn->engine->history_events_max);
    execution_finish(turn, EXECUTION_FAILED, NULL, STR("States.Runtime"), cause, root->last_event);
}

/* ---- running ---- */

static enum step run_state(struct turn *turn, struct frame *frame)
{
    switch (frame->state->type) {
    case ASL_PASS: return pass_run(turn, frame);
    case ASL_TASK: return task_run(turn, frame);
    case ASL_CHOICE: return choice_run(turn, frame);
    case ASL_WAIT: return wait_run(turn, frame);
    case ASL_SUCCEED: return succeed_run(turn, frame);
    case ASL_FAIL: return fail_run(turn, frame);
    case ASL_PARALLEL: return parallel_run(turn, frame);
    case ASL_MAP: return map_run(turn, frame);
    }
    fatal("no such state type: %d", (int)frame->state->type);
}

static bool may_run(const struct turn *turn)
{
    return turn->x->status == EXECUTION_RUNNING && !turn->history_full &&
           turn->x->steps < turn->engine->turn_steps_max;
}

/* Runs one frame until it waits, ends, or the turn has used up its steps (the frame stays READY).
 */
static void run_frame(struct turn *turn, struct frame *frame)
{
    if (!frame->state) enter_state(turn, frame, frame->scope->start, frame->input);
    while (may_run(turn)) {
        turn->x->steps++;
        if (run_state(turn, frame) == STEP_WAIT) return;
    }
}

/* What is left to run is remembered, and a timer that is due at once brings the next turn: other
 * executions get theirs in between. */
static void yield(struct turn *turn)
{
    struct execution *x = turn->x;
    uint32_t *ready = arena_array(turn->arena, x->ready_count + turn->queue_count, sizeof *ready);
    size_t count = 0;
    for (; count < x->ready_count; count++)
        ready[count] = x->ready[count];
    for (size_t i = 0; i < turn->queue_count; i++) {
        struct frame *frame = turn->queue[turn->queue_head + i];
        if (!frame->deleted && frame->status == FRAME_READY) ready[count++] = frame->number;
    }
    if (count == x->ready_count) return;
    x->ready = ready;
    x->ready_count = count;
    root_frame(turn)->dirty = true;
    struct engine_op *op = op_add(turn, ENGINE_OP_TIMER_SET);
    op->timer = ENGINE_TIMER_CONTINUE;
    op->due_ms = turn->engine->now_ms;
}

static void run(struct turn *turn)
{
    while (turn->queue_count > 0 && may_run(turn)) {
        struct frame *frame = turn->queue[turn->queue_head++];
        turn->queue_count--;
        frame->queued_to_run = false;
        if (frame->deleted || frame->status != FRAME_READY) continue;
        run_frame(turn, frame);
        if (!frame->deleted && frame->status == FRAME_READY) queue_frame(turn, frame);
    }
    if (turn->x->status != EXECUTION_RUNNING) return;
    if (turn->history_full)
        fail_full_history(turn);
    else
        yield(turn);
}

/* ---- events ---- */

void execution_start_clock(struct turn *turn)
{
    struct execution *x = turn->x;
    int64_t most_ms = x->machine->timeout_s * 1000;
    if (x->id.type == ASL_EXPRESS && (most_ms == 0 || most_ms > ENGINE_EXPRESS_MS_MAX))
        most_ms = ENGINE_EXPRESS_MS_MAX;
    if (most_ms <= 0) return;
    x->deadline_ms = turn->engine->now_ms + most_ms;
    struct engine_op *op = op_add(turn, ENGINE_OP_TIMER_SET);
    op->timer = ENGINE_TIMER_EXECUTION;
    op->due_ms = x->deadline_ms;
}

static void start(struct turn *turn)
{
    ASSERT(turn->x->last_event == 0);
    execution_start_clock(turn);
    history_execution_started(turn);
    queue_frame(turn, root_frame(turn));
}

static bool go_on(struct turn *turn)
{
    struct execution *x = turn->x;
    const uint32_t *ready = x->ready;
    size_t count = x->ready_count;
    x->ready = NULL;
    x->ready_count = 0;
    root_frame(turn)->dirty = true;
    for (size_t i = 0; i < count; i++) {
        struct frame *frame = execution_frame(turn->engine, x, ready[i]);
        if (frame && frame->status == FRAME_READY) queue_frame(turn, frame);
    }
    return count > 0;
}

static bool frame_timer(struct turn *turn, uint32_t number)
{
    struct frame *frame = execution_frame(turn->engine, turn->x, number);
    if (!frame || frame->timer_ms == 0 || frame->timer_ms > turn->engine->now_ms) return false;
    frame->timer_ms = 0; /* Its record is gone: it is what fired. */
    frame->dirty = true;
    switch (frame->status) {
    case FRAME_WAIT_TIMER:
        if (wait_over(turn, frame) == STEP_NEXT) queue_frame(turn, frame);
        return true;
    case FRAME_WAIT_RETRY:
        frame->status = FRAME_READY;
        queue_frame(turn, frame);
        return true;
    case FRAME_WAIT_TASK: task_timer(turn, frame); return true;
    case FRAME_READY:
    case FRAME_WAIT_CHILDREN:
    case FRAME_PENDING:
    case FRAME_DONE:
    case FRAME_AT_REST: break;
    }
    fatal("execution %llu: frame %u has a timer in status %d",
          (unsigned long long)turn->x->id.serial, number, (int)frame->status);
}

static bool timer(struct turn *turn, const struct engine_event *event)
{
    struct execution *x = turn->x;
    switch (event->timer) {
    case ENGINE_TIMER_FRAME: return frame_timer(turn, event->frame);
    case ENGINE_TIMER_CONTINUE: return go_on(turn);
    case ENGINE_TIMER_EXECUTION:
        if (x->deadline_ms == 0 || x->deadline_ms > turn->engine->now_ms) return false;
        x->deadline_ms = 0; /* Its record is gone. */
        execution_finish(turn, EXECUTION_TIMED_OUT, NULL, (str){ 0 }, (str){ 0 }, 0);
        return true;
    }
    fatal("no such timer: %d", (int)event->timer);
}

static bool apply(struct turn *turn, const struct engine_event *event)
{
    switch (event->kind) {
    case ENGINE_START: start(turn); return true;
    case ENGINE_CONTINUE: return go_on(turn);
    case ENGINE_TIMER: return timer(turn, event);
    case ENGINE_STOP:
        execution_finish(turn, EXECUTION_ABORTED, NULL, event->error, event->cause, 0);
        return true;
    case ENGINE_REDRIVE: return execution_redrive(turn);
    case ENGINE_TASK_STARTED:
    case ENGINE_TASK_SUBMITTED:
    case ENGINE_TASK_SUCCEEDED:
    case ENGINE_TASK_FAILED:
    case ENGINE_TASK_HEARTBEAT:
    case ENGINE_TASK_ANSWERED:
    case ENGINE_TASK_EXTENDED:
    case ENGINE_TASK_RESEND:
    case ENGINE_TASK_WATCH: break;
    }
    struct frame *frame = execution_frame(turn->engine, turn->x, event->frame);
    return frame && task_event(turn, frame, event);
}

bool engine_turn(const struct engine *engine, struct execution *x, const struct engine_event *event)
{
    bool ended = x->status != EXECUTION_RUNNING;
    if (ended != (event->kind == ENGINE_REDRIVE)) return false;
    struct turn turn = { .engine = engine, .x = x, .arena = x->arena };
    turn.context = turn.response = turn.answer = json_null();
    if (!apply(&turn, event)) return false;
    if (x->status != EXECUTION_RUNNING) return true;
    root_frame(&turn)->dirty = true; /* It carries the counters. */
    run(&turn);
    return true;
}
