/* Task states: scheduling, the events of a task, its deadlines. Source: "Task state" of the Amazon
 * States Language; "Service integration patterns" and "Activities" in the Developer Guide; the
 * order of events from AWS's recorded histories. */
#include "engine/internal.h"

/* The three families of history events. */
enum family { FAMILY_SERVICE, FAMILY_ACTIVITY, FAMILY_LAMBDA };
enum moment { SCHEDULED, STARTED, SUBMITTED, SUCCEEDED, FAILED, TIMED_OUT };

static enum family family_of(const struct asl_task *task)
{
    switch (task->kind) {
    case ASL_RESOURCE_ACTIVITY: return FAMILY_ACTIVITY;
    case ASL_RESOURCE_LAMBDA: return FAMILY_LAMBDA;
    case ASL_RESOURCE_SERVICE:
    case ASL_RESOURCE_SDK: return FAMILY_SERVICE;
    }
    fatal("no such kind of resource: %d", (int)task->kind);
}

struct event_name {
    str type, details;
};

static struct event_name event_name(const struct asl_task *task, enum moment moment)
{
    static const struct event_name names[3][6] = {
        [FAMILY_SERVICE] = {
            { STR_INIT("TaskScheduled"), STR_INIT("taskScheduledEventDetails") },
            { STR_INIT("TaskStarted"), STR_INIT("taskStartedEventDetails") },
            { STR_INIT("TaskSubmitted"), STR_INIT("taskSubmittedEventDetails") },
            { STR_INIT("TaskSucceeded"), STR_INIT("taskSucceededEventDetails") },
            { STR_INIT("TaskFailed"), STR_INIT("taskFailedEventDetails") },
            { STR_INIT("TaskTimedOut"), STR_INIT("taskTimedOutEventDetails") },
        },
        [FAMILY_ACTIVITY] = {
            { STR_INIT("ActivityScheduled"), STR_INIT("activityScheduledEventDetails") },
            { STR_INIT("ActivityStarted"), STR_INIT("activityStartedEventDetails") },
            { STR_INIT(""), STR_INIT("") },
            { STR_INIT("ActivitySucceeded"), STR_INIT("activitySucceededEventDetails") },
            { STR_INIT("ActivityFailed"), STR_INIT("activityFailedEventDetails") },
            { STR_INIT("ActivityTimedOut"), STR_INIT("activityTimedOutEventDetails") },
        },
        [FAMILY_LAMBDA] = {
            { STR_INIT("LambdaFunctionScheduled"),
              STR_INIT("lambdaFunctionScheduledEventDetails") },
            { STR_INIT("LambdaFunctionStarted"), STR_INIT("") },
            { STR_INIT(""), STR_INIT("") },
            { STR_INIT("LambdaFunctionSucceeded"),
              STR_INIT("lambdaFunctionSucceededEventDetails") },
            { STR_INIT("LambdaFunctionFailed"), STR_INIT("lambdaFunctionFailedEventDetails") },
            { STR_INIT("LambdaFunctionTimedOut"), STR_INIT("lambdaFunctionTimedOutEventDetails") },
        },
    };
    return names[family_of(task)][moment];
}

/* Begins an event of the task behind the frame's last one and opens its details. */
static bool begin_event(struct turn *turn, struct frame *frame, enum moment moment)
{
    const struct asl_task *task = &frame->state->task;
    struct event_name name = event_name(task, moment);
    uint32_t id;
    if (!history_begin(turn, name.type, frame->last_event, &id)) return false;
    frame->last_event = id;
    if (name.details.len == 0) return true;
    history_open_details(turn, name.details);
    if (family_of(task) == FAMILY_SERVICE) {
        history_str(turn, STR("resourceType"), task->resource_type);
        history_str(turn, STR("resource"), task->resource_name);
    }
    return true;
}

static void end_event(struct turn *turn, struct frame *frame, enum moment moment)
{
    if (event_name(&frame->state->task, moment).details.len) history_close_details(turn);
    history_end(turn);
}

/* ---- scheduling ---- */

struct plan {
    struct document *parameters;
    json credentials; /* JSON_NULL: none */
    json callback;    /* of ENGINE_OP_CALLBACK_OPEN; null: nothing is recorded */
    bool has_timeout, has_heartbeat;
    int64_t timeout_s, heartbeat_s;
};

static bool plan_seconds(struct turn *turn, struct frame *frame, const struct asl_number *number,
                         json input, bool *present, int64_t *seconds, struct failure *failure)
{
    json value;
    if (!evaluate_number(turn, frame, number, input, present, &value, failure)) return false;
    if (!*present) return true;
    if (json_is_number(value) && json_to_i64(value, seconds) && *seconds > 0 &&
        *seconds <= ENGINE_TASK_TIMEOUT_S_DEFAULT)
        return true;
    str text = json_text(turn->arena, value);
    if (frame->state->language == EXPR_JSONATA)
        return failure_evaluation(
            turn, frame, failure, number->field,
            "The JSONata expression '%.*s' specified for the field '%.*s' "
            "returned an invalid value. Expected a positive integer up to %d, "
            "but was: %.*s",
            STR_ARGS(expr_source(number->expr)), STR_ARGS(number->field),
            ENGINE_TASK_TIMEOUT_S_DEFAULT, STR_ARGS(text));
    return failure_runtime(
        turn, frame, failure, STR("States.Runtime"),
        "The %.*s parameter cannot be parsed as a positive integer: %.*s == %.*s",
        STR_ARGS(number->field), STR_ARGS(expr_source(number->expr)), STR_ARGS(text));
}

static bool plan_template(struct turn *turn, struct frame *frame,
                          const struct expr_template *template, str field, json input, json *out,
                          struct failure *failure)
{
    struct evaluation evaluation;
    evaluation_init(turn, frame, input, &evaluation);
    return evaluate_template(turn, frame, template, &evaluation.env, field, out, failure);
}

static bool make_plan(struct turn *turn, struct frame *frame, struct plan *plan,
                      struct failure *failure)
{
    const struct asl_state *state = frame->state;
    *plan = (struct plan){ .credentials = json_null(), .callback = json_null() };
    json input;
    if (!effective_input(turn, frame, &input, failure)) return false;
    if (!callback_prepare(turn, frame, input, failure)) return false;
    if (callback_is_recorded(frame) && !callback_plan(turn, frame, input, &plan->callback, failure))
        return false;
    if (!plan_seconds(turn, frame, &state->task.timeout_s, input, &plan->has_timeout,
                      &plan->timeout_s, failure))
        return false;
    if (!plan_seconds(turn, frame, &state->task.heartbeat_s, input, &plan->has_heartbeat,
                      &plan->heartbeat_s, failure))
        return false;
    if (state->task.credentials &&
        !plan_template(turn, frame, state->task.credentials, STR("Credentials"), input,
                       &plan->credentials, failure))
        return false;
    plan->parameters = state->input_path.kind == ASL_PATH_DEFAULT
                           ? frame_input(turn, frame)
                           : document_new(turn->arena, input);
    if (!state->parameters) return true;
    json parameters;
    if (!plan_template(turn, frame, state->parameters, state->parameters_field, input, &parameters,
                       failure))
        return false;
    plan->parameters = document_new(turn->arena, parameters);
    return true;
}

static void write_scheduled(struct turn *turn, struct frame *frame, const struct plan *plan)
{
    const struct asl_task *task = &frame->state->task;
    if (!begin_event(turn, frame, SCHEDULED)) return;
    if (family_of(task) == FAMILY_SERVICE) {
        history_str(turn, STR("region"), turn->engine->region);
        history_str(turn, STR("parameters"), document_text(plan->parameters, turn->arena));
    } else {
        history_str(turn, STR("resource"), task->resource);
        history_document(turn, STR("input"), plan->parameters);
    }
    if (plan->has_timeout) history_i64(turn, STR("timeoutInSeconds"), plan->timeout_s);
    if (plan->has_heartbeat) history_i64(turn, STR("heartbeatInSeconds"), plan->heartbeat_s);
    const json *role = json_find(plan->credentials, STR("RoleArn"));
    if (role && json_is_string(*role)) {
        history_open_details(turn, STR("taskCredentials"));
        history_str(turn, STR("roleArn"), json_str(*role));
        history_close_details(turn);
    }
    end_event(turn, frame, SCHEDULED);
}

/* The clocks of a task begin when it is started, which for an activity is when a worker takes it.
 */
static void start_clocks(struct turn *turn, struct frame *frame, int64_t timeout_ms)
{
    int64_t now_ms = turn->engine->now_ms;
    frame->timeout_due_ms = timeout_ms > 0 ? now_ms + timeout_ms : 0;
    frame->heartbeat_due_ms = frame->heartbeat_ms > 0 ? now_ms + frame->heartbeat_ms : 0;
}

static int64_t earliest_deadline(const struct frame *frame)
{
    if (frame->timeout_due_ms == 0) return frame->heartbeat_due_ms;
    if (frame->heartbeat_due_ms == 0) return frame->timeout_due_ms;
    return frame->timeout_due_ms < frame->heartbeat_due_ms ? frame->timeout_due_ms
                                                           : frame->heartbeat_due_ms;
}

/* The state has neither a timeout nor a heartbeat: figures tell of such waits. */
static bool is_unbounded(const struct frame *frame)
{
    return frame->timeout_ms == 0 && frame->heartbeat_ms == 0;
}

static json waiting_entry(struct turn *turn, const struct frame *frame)
{
    struct json_fields fields;
    json_fields_init(&fields, turn->arena);
    json_fields_add(&fields, STR("state"), json_string(frame->state->name));
    json_fields_add(&fields, STR("resource"), json_string(frame->state->task.resource));
    json_fields_add(&fields, STR("task"), json_i64(turn->arena, frame->task_event));
    if (callback_is_recorded(frame))
        json_fields_add(&fields, STR("entered"), json_i64(turn->arena, frame->entered_event));
    int64_t until_ms = earliest_deadline(frame);
    if (until_ms) json_fields_add(&fields, STR("until"), json_i64(turn->arena, until_ms));
    if (is_unbounded(frame)) json_fields_add(&fields, STR("unbounded"), json_bool(true));
    return json_fields_done(&fields);
}

static void open_waiting(struct turn *turn, struct frame *frame)
{
    frame->has_token = true;
    struct engine_op *op = op_add(turn, ENGINE_OP_WAITING_OPEN);
    op->frame = frame->number;
    op->since_ms = frame->since_ms;
    op->unbounded = is_unbounded(frame);
    op->value = waiting_entry(turn, frame);
}

static void close_waiting(struct turn *turn, struct frame *frame)
{
    frame->has_token = false;
    struct engine_op *op = op_add(turn, ENGINE_OP_WAITING_CLOSE);
    op->frame = frame->number;
    op->since_ms = frame->since_ms;
    op->unbounded = is_unbounded(frame);
}

/* The task's deadline has moved: its entry says the new one. */
static void refresh_waiting(struct turn *turn, struct frame *frame)
{
    if (!frame->has_token || earliest_deadline(frame) == 0) return;
    close_waiting(turn, frame);
    open_waiting(turn, frame);
}

static void queue_activity(struct turn *turn, struct frame *frame, enum engine_op_kind kind)
{
    frame->queued = kind == ENGINE_OP_ACTIVITY_QUEUE;
    struct engine_op *op = op_add(turn, kind);
    op->frame = frame->number;
    op->task_event = frame->task_event;
    op->since_ms = frame->since_ms;
    op->text = frame->state->task.resource;
}

static void call_service(struct turn *turn, struct frame *frame, const struct plan *plan,
                         bool again)
{
    struct engine_op *op = op_add(turn, ENGINE_OP_CALL);
    op->frame = frame->number;
    op->task_event = frame->task_event;
    op->task = &frame->state->task;
    op->value = plan->parameters->value;
    op->again = again;
}

static void schedule(struct turn *turn, struct frame *frame, const struct plan *plan)
{
    write_scheduled(turn, frame, plan);
    frame->status = FRAME_WAIT_TASK;
    frame->dirty = true;
    frame->task_event = frame->last_event;
    frame->stage = TASK_SCHEDULED;
    frame->since_ms = turn->engine->now_ms;
    frame->heartbeat_ms = plan->has_heartbeat ? plan->heartbeat_s * 1000 : 0;
    frame->timeout_ms = plan->has_timeout ? plan->timeout_s * 1000 : 0;
}

static void begin_task(struct turn *turn, struct frame *frame, const struct plan *plan)
{
    const struct asl_task *task = &frame->state->task;
    bool is_activity = task->kind == ASL_RESOURCE_ACTIVITY;
    bool recorded = callback_is_recorded(frame);
    if (!is_activity) {
        start_clocks(turn, frame, frame->timeout_ms);
        frame_set_timer(turn, frame, earliest_deadline(frame));
    }
    if (is_activity || task->pattern == ASL_WAIT_FOR_TASK_TOKEN) open_waiting(turn, frame);
    /* The address is known before anybody can be asked: an answer that comes at once finds it. */
    if (recorded) callback_open(turn, frame, plan->callback);
    if (is_activity)
        queue_activity(turn, frame, ENGINE_OP_ACTIVITY_QUEUE);
    else
        call_service(turn, frame, plan, false);
    if (recorded) callback_ready(turn, frame);
}

enum step task_run(struct turn *turn, struct frame *frame)
{
    struct plan plan;
    struct failure failure;
    if (!make_plan(turn, frame, &plan, &failure)) return fail_state(turn, frame, &failure);
    schedule(turn, frame, &plan);
    begin_task(turn, frame, &plan);
    return STEP_WAIT;
}

/* A call that this turn has planned and that nobody waits for any more does not happen. */
static void drop_call(struct turn *turn, const struct frame *frame)
{
    struct execution *x = turn->x;
    size_t kept = 0;
    for (size_t i = 0; i < x->op_count; i++) {
        const struct engine_op *op = &x->ops[i];
        bool same = op->kind == ENGINE_OP_CALL && op->frame == frame->number &&
                    op->task_event == frame->task_event;
        if (!same) x->ops[kept++] = *op;
    }
    x->op_count = kept;
}

enum engine_wait_end wait_end_of(const struct execution *x)
{
    if (x->status == EXECUTION_ABORTED) return ENGINE_WAIT_STOPPED;
    if (x->status == EXECUTION_TIMED_OUT) return ENGINE_WAIT_EXECUTION_TIMED_OUT;
    return ENGINE_WAIT_ABORTED;
}

void task_close(struct turn *turn, struct frame *frame, enum engine_wait_end end,
                const struct engine_event *event)
{
    ASSERT(frame->status == FRAME_WAIT_TASK);
    if (frame->stage == TASK_SCHEDULED && !frame->queued) drop_call(turn, frame);
    if (frame->queued) queue_activity(turn, frame, ENGINE_OP_ACTIVITY_UNQUEUE);
    if (frame->has_token) {
        if (callback_is_recorded(frame)) callback_close(turn, frame, end, event);
        close_waiting(turn, frame);
    }
    /* A callback may come while its .sync child still runs: the child is not waited for any more.
     */
    if (frame->child_serial != 0)
        op_add(turn, ENGINE_OP_STOP_CHILD)->child_serial = frame->child_serial;
    frame_set_timer(turn, frame, 0);
    frame->child_serial = 0;
    frame->dirty = true;
}

/* ---- what happens to an open task ---- */

static void task_started(struct turn *turn, struct frame *frame, str worker)
{
    ASSERT(frame->stage == TASK_SCHEDULED);
    frame->stage = TASK_STARTED;
    if (frame->queued) {
        queue_activity(turn, frame, ENGINE_OP_ACTIVITY_UNQUEUE);
        start_clocks(turn, frame, frame->timeout_ms);
        frame_set_timer(turn, frame, earliest_deadline(frame));
        refresh_waiting(turn, frame);
    }
    if (!begin_event(turn, frame, STARTED)) return;
    if (worker.len) history_str(turn, STR("workerName"), worker);
    end_event(turn, frame, STARTED);
}

static void task_submitted(struct turn *turn, struct frame *frame, const struct engine_event *event)
{
    struct failure failure;
    frame->stage = TASK_SUBMITTED;
    frame->child_serial = event->child_serial;
    frame->child_arn = event->child_arn;
    if (begin_event(turn, frame, SUBMITTED)) {
        history_document(turn, STR("output"), document_new(turn->arena, event->value));
        end_event(turn, frame, SUBMITTED);
    }
    if (callback_submitted(turn, frame, event->value, &failure)) return;
    task_close(turn, frame, ENGINE_WAIT_CALL_FAILED, NULL);
    if (fail_state(turn, frame, &failure) == STEP_NEXT) queue_frame(turn, frame);
}

static void task_succeeded(struct turn *turn, struct frame *frame, const struct engine_event *event)
{
    const struct asl_task *task = &frame->state->task;
    struct document *output = document_new_text(turn->arena, event->value, event->text);
    task_close(turn, frame, ENGINE_WAIT_ANSWERED, event);
    if (!json_fits(event->value, turn->engine->payload_bytes_max)) {
        str name = family_of(task) == FAMILY_SERVICE ? task->resource_type : task->resource;
        struct failure failure;
        failure_size(turn, name, &failure);
        if (begin_event(turn, frame, FAILED)) {
            history_str(turn, STR("error"), failure.error);
            history_str(turn, STR("cause"), failure.cause);
            end_event(turn, frame, FAILED);
        }
        if (fail_state(turn, frame, &failure) == STEP_NEXT) queue_frame(turn, frame);
        return;
    }
    if (begin_event(turn, frame, SUCCEEDED)) {
        history_document(turn, STR("output"), output);
        end_event(turn, frame, SUCCEEDED);
    }
    if (complete_state(turn, frame, output) == STEP_NEXT) queue_frame(turn, frame);
}

static void task_failed(struct turn *turn, struct frame *frame, const struct engine_event *event)
{
    str error = event->error, cause = event->cause;
    if (event->from_call)
        task_close(turn, frame, ENGINE_WAIT_CALL_FAILED, NULL);
    else
        task_close(turn, frame, ENGINE_WAIT_ANSWERED, event);
    if (begin_event(turn, frame, FAILED)) {
        if (error.ptr) history_str(turn, STR("error"), error);
        if (cause.ptr) history_str(turn, STR("cause"), cause);
        end_event(turn, frame, FAILED);
    }
    struct failure failure = { .error = error, .cause = cause };
    if (fail_state(turn, frame, &failure) == STEP_NEXT) queue_frame(turn, frame);
}

static void task_answered(struct turn *turn, struct frame *frame, const struct engine_event *event)
{
    struct engine_event plain;
    struct failure failure;
    if (!callback_answered(turn, frame, event, &plain, &failure)) {
        task_close(turn, frame, ENGINE_WAIT_ANSWERED, event);
        if (fail_state(turn, frame, &failure) == STEP_NEXT) queue_frame(turn, frame);
        return;
    }
    if (plain.kind == ENGINE_TASK_SUCCEEDED)
        task_succeeded(turn, frame, &plain);
    else
        task_failed(turn, frame, &plain);
}

/* The timer record moves only if it would be late: one that fires early finds the deadline. */
static void task_extended(struct turn *turn, struct frame *frame, int64_t due_ms)
{
    frame->timeout_due_ms = due_ms;
    int64_t earliest_ms = earliest_deadline(frame);
    if (frame->timer_ms == 0 || frame->timer_ms > earliest_ms)
        frame_set_timer(turn, frame, earliest_ms);
    refresh_waiting(turn, frame);
}

/* The parameters are made anew: an open task has the same token and links. */
static bool task_resend(struct turn *turn, struct frame *frame)
{
    struct plan plan;
    struct failure failure;
    if (frame->state->task.kind == ASL_RESOURCE_ACTIVITY || frame->stage == TASK_SCHEDULED)
        return false;
    if (!make_plan(turn, frame, &plan, &failure)) return false;
    call_service(turn, frame, &plan, true);
    return true;
}

/* An effect that is carried out again after a crash may tell twice how far it has come. */
static bool is_repeated(const struct frame *frame, enum engine_event_kind kind)
{
    if (kind == ENGINE_TASK_STARTED) return frame->stage != TASK_SCHEDULED;
    return kind == ENGINE_TASK_SUBMITTED && frame->stage == TASK_SUBMITTED;
}

bool task_event(struct turn *turn, struct frame *frame, const struct engine_event *event)
{
    if (frame->status != FRAME_WAIT_TASK || frame->task_event != event->task_event) return false;
    if (is_repeated(frame, event->kind)) return false;
    frame->dirty = true;
    switch (event->kind) {
    case ENGINE_TASK_STARTED: task_started(turn, frame, event->text); return true;
    case ENGINE_TASK_SUBMITTED: task_submitted(turn, frame, event); return true;
    case ENGINE_TASK_SUCCEEDED: task_succeeded(turn, frame, event); return true;
    case ENGINE_TASK_FAILED: task_failed(turn, frame, event); return true;
    case ENGINE_TASK_ANSWERED: task_answered(turn, frame, event); return true;
    case ENGINE_TASK_EXTENDED: task_extended(turn, frame, event->due_ms); return true;
    case ENGINE_TASK_RESEND: return task_resend(turn, frame);
    case ENGINE_TASK_WATCH: frame->watched = true; return true;
    case ENGINE_TASK_HEARTBEAT:
        /* The timer record stays where it is: when it fires it finds the later deadline. */
        if (frame->heartbeat_ms == 0) return true;
        frame->heartbeat_due_ms = turn->engine->now_ms + frame->heartbeat_ms;
        refresh_waiting(turn, frame);
        return true;
    case ENGINE_START:
    case ENGINE_CONTINUE:
    case ENGINE_TIMER:
    case ENGINE_STOP:
    case ENGINE_REDRIVE: break;
    }
    fatal("event %d is not about a task", (int)event->kind);
}

void task_timer(struct turn *turn, struct frame *frame)
{
    int64_t now_ms = turn->engine->now_ms;
    bool timeout = frame->timeout_due_ms != 0 && frame->timeout_due_ms <= now_ms;
    bool heartbeat = frame->heartbeat_due_ms != 0 && frame->heartbeat_due_ms <= now_ms;
    if (!timeout && !heartbeat) {
        frame_set_timer(turn, frame, earliest_deadline(frame));
        return;
    }
    task_close(turn, frame, timeout ? ENGINE_WAIT_TIMED_OUT : ENGINE_WAIT_HEARTBEAT_MISSED, NULL);
    struct failure failure = { .error = STR("States.Timeout"), .heartbeat = !timeout };
    if (begin_event(turn, frame, TIMED_OUT)) {
        history_str(turn, STR("error"), failure.error);
        end_event(turn, frame, TIMED_OUT);
    }
    if (fail_state(turn, frame, &failure) == STEP_NEXT) queue_frame(turn, frame);
}
