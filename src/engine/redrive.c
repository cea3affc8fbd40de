/* Redrive: an execution that has ended without success goes on from what made it fail.
 *
 * When it ends, its frames come to rest: each keeps its state with the input that the state got,
 * its variables and, below a Parallel or Map, its children, of which those that have succeeded keep
 * their results. A redrive makes the root frame ready again; a Parallel or Map that runs and has
 * children already resumes those that have not succeeded. So everything goes the usual way of the
 * run loop, and an execution of any size yields as usual. Source: "Restarting state machine
 * executions with redrive" in the Developer Guide.
 *
 * The ...StateEntered event of a state is not written a second time, and its id stays what it was.
 */
#include "engine/internal.h"

/* Recursion is bounded by ASL_SCOPE_DEPTH_MAX, which the compiler enforces. */
void frame_rest(struct turn *turn, struct frame *frame)
{
    if (frame_is_over(frame) || frame->status == FRAME_PENDING) return;
    if (frame->status == FRAME_WAIT_TASK) task_close(turn, frame, wait_end_of(turn->x), NULL);
    if (frame->status == FRAME_WAIT_CHILDREN) (void)frame_input(turn, frame);
    for (uint32_t i = 0; i < frame->child_count; i++) {
        struct frame *child = execution_frame(turn->engine, turn->x, frame->first_child + i);
        ASSERT(child != NULL);
        frame_rest(turn, child);
    }
    reset_task(turn, frame);
    uncount_variables(turn, frame);
    frame->status = FRAME_AT_REST;
    frame->queued_to_run = false;
    frame->dirty = true;
}

void frame_resume(struct turn *turn, struct frame *frame)
{
    ASSERT(frame_is_over(frame) && frame->outcome != FRAME_SUCCEEDED);
    frame->status = FRAME_READY;
    frame->outcome = FRAME_UNFINISHED;
    frame->error = frame->cause = (str){ 0 };
    frame->missed_heartbeat = false;
    frame->retries = NULL;
    frame->retry_count = 0;
    frame->dirty = true;
    count_variables(turn, frame);
    queue_frame(turn, frame);
}

bool execution_can_redrive(const struct engine *engine, struct execution *x)
{
    if (x->status == EXECUTION_RUNNING) return false;
    const struct frame *root = execution_frame(engine, x, 0);
    return root && root->status == FRAME_AT_REST && x->last_event + 1 < engine->history_events_max;
}

bool execution_redrive(struct turn *turn)
{
    struct execution *x = turn->x;
    if (!execution_can_redrive(turn->engine, x)) return false;
    x->status = EXECUTION_RUNNING;
    x->stop_ms = 0;
    x->error = x->cause = (str){ 0 };
    x->at_rest = false;
    x->redrive_count++;
    x->redrive_ms = turn->engine->now_ms;
    execution_start_clock(turn);
    history_execution_redriven(turn);
    frame_resume(turn, execution_frame(turn->engine, x, 0));
    return true;
}
