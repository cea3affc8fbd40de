/* The life of a state inside a frame: entering, completing, failing; Retry and Catch. Source:
 * "Input and output processing", "Errors" and "Retrying after error" of the Amazon States Language.
 */
#include "engine/internal.h"

#include <math.h>

str state_type_name(enum asl_state_type type)
{
    switch (type) {
    case ASL_PASS: return STR("Pass");
    case ASL_TASK: return STR("Task");
    case ASL_CHOICE: return STR("Choice");
    case ASL_WAIT: return STR("Wait");
    case ASL_SUCCEED: return STR("Succeed");
    case ASL_FAIL: return STR("Fail");
    case ASL_PARALLEL: return STR("Parallel");
    case ASL_MAP: return STR("Map");
    }
    fatal("no such state type: %d", (int)type);
}

/* "PassStateEntered", made without formatting: it is written for every transition. */
static str event_type(struct turn *turn, enum asl_state_type type, str suffix)
{
    str name = state_type_name(type);
    char *text = arena_alloc(turn->arena, name.len + suffix.len);
    memcpy(text, name.ptr, name.len);
    memcpy(text + name.len, suffix.ptr, suffix.len);
    return (str){ text, name.len + suffix.len };
}

void reset_task(struct turn *turn, struct frame *frame)
{
    frame_set_timer(turn, frame, 0);
    frame->task_event = 0;
    frame->stage = TASK_SCHEDULED;
    frame->since_ms = frame->timeout_ms = frame->timeout_due_ms = 0;
    frame->heartbeat_due_ms = frame->heartbeat_ms = 0;
    frame->child_serial = 0;
    frame->child_arn = (str){ 0 };
}

static void reset_wait(struct turn *turn, struct frame *frame)
{
    reset_task(turn, frame);
    frame_delete_children(turn, frame);
    frame->next_child = frame->running = frame->failed = frame->concurrency = 0;
    frame->tolerated = 0;
}

void enter_state(struct turn *turn, struct frame *frame, const struct asl_state *state,
                 struct document *input)
{
    frame->status = FRAME_READY;
    frame->state = state;
    frame->input = input;
    frame->retries = NULL;
    frame->retry_count = 0;
    frame->responders = json_null();
    frame->watched = false;
    frame->entered_ms = turn->engine->now_ms;
    frame->dirty = true;
    uint32_t id;
    if (!history_begin(turn, event_type(turn, state->type, STR("StateEntered")), frame->last_event,
                       &id))
        return;
    history_open_details(turn, STR("stateEnteredEventDetails"));
    history_str(turn, STR("name"), state->name);
    history_document(turn, STR("input"), input);
    history_close_details(turn);
    history_end(turn);
    frame->before_event = frame->last_event;
    frame->entered_event = frame->last_event = id;
}

/* ---- completing ---- */

static bool too_large(struct turn *turn, struct document *document)
{
    size_t most = turn->engine->payload_bytes_max;
    if (!document->text.ptr && !json_fits(document->value, most)) return true;
    return document_text(document, turn->arena).len > most;
}

/* The variables' sizes are checked before anything is changed. */
static bool check_variables(struct turn *turn, struct frame *frame, json assigned, size_t *total,
                            struct failure *failure)
{
    size_t bytes = turn->x->variables_bytes;
    size_t one_assign = 0;
    for (size_t i = 0; i < json_count(assigned); i++) {
        const json *old = json_find(frame->variables, json_key_at(assigned, i));
        size_t size = json_text_bytes(json_value_at(assigned, i));
        one_assign += size;
        bytes += size;
        bytes -= old ? json_text_bytes(*old) : 0;
    }
    *total = bytes;
    if (one_assign <= EXPR_VARIABLE_BYTES_MAX && bytes <= EXPR_VARIABLES_BYTES_MAX) return true;
    return failure_runtime(turn, frame, failure, STR("States.DataLimitExceeded"),
                           "The size of the variables exceeds the maximum number of bytes service "
                           "limit.");
}

static bool set_variables(struct turn *turn, struct frame *frame, json assigned,
                          struct failure *failure)
{
    if (json_count(assigned) == 0) return true;
    size_t total;
    if (!check_variables(turn, frame, assigned, &total, failure)) return false;
    struct json_fields fields;
    json_fields_from(&fields, turn->arena, frame->variables);
    for (size_t i = 0; i < json_count(assigned); i++)
        json_fields_add(&fields, json_key_at(assigned, i), json_value_at(assigned, i));
    frame->variables = json_fields_done(&fields);
    turn->x->variables_bytes = total;
    return true;
}

static void write_exited(struct turn *turn, struct frame *frame, struct document *output,
                         json assigned)
{
    uint32_t id;
    str type = event_type(turn, frame->state->type, STR("StateExited"));
    if (!history_begin(turn, type, frame->last_event, &id)) return;
    history_open_details(turn, STR("stateExitedEventDetails"));
    history_str(turn, STR("name"), frame->state->name);
    history_document(turn, STR("output"), output);
    history_variables(turn, assigned);
    history_close_details(turn);
    history_end(turn);
    frame->last_event = id;
}

/* The last reasons for which a state may not be left; nothing is changed if there is one. */
static bool may_exit(struct turn *turn, struct frame *frame, struct document *output, json assigned,
                     struct failure *failure)
{
    if (too_large(turn, output)) return failure_size(turn, frame->state->name, failure);
    return set_variables(turn, frame, assigned, failure);
}

static enum step go_to(struct turn *turn, struct frame *frame, const struct asl_state *next,
                       struct document *output, json assigned)
{
    reset_wait(turn, frame);
    write_exited(turn, frame, output, assigned);
    frame->dirty = true;
    if (next) {
        enter_state(turn, frame, next, output);
        return STEP_NEXT;
    }
    frame_succeed(turn, frame, output);
    return STEP_WAIT;
}

enum step exit_state(struct turn *turn, struct frame *frame, const struct asl_state *next,
                     struct document *output, json assigned)
{
    struct failure failure;
    if (!may_exit(turn, frame, output, assigned, &failure))
        return fail_state(turn, frame, &failure);
    return go_to(turn, frame, next, output, assigned);
}

bool evaluate_assign(struct turn *turn, struct frame *frame, const struct expr_template *assign,
                     struct evaluation *evaluation, json *assigned, struct failure *failure)
{
    *assigned = (json){ .kind = JSON_OBJECT };
    if (!assign) return true;
    return evaluate_template(turn, frame, assign, &evaluation->env, STR("Assign"), assigned,
                             failure);
}

static bool has_result(const struct asl_state *state)
{
    return state->type == ASL_TASK || state->type == ASL_PARALLEL || state->type == ASL_MAP;
}

static bool complete_jsonata(struct turn *turn, struct frame *frame, struct document *result,
                             struct document **output, json *assigned, struct failure *failure)
{
    const struct asl_state *state = frame->state;
    *output = result;
    *assigned = (json){ .kind = JSON_OBJECT };
    if (!state->output && !state->assign) return true;
    struct evaluation evaluation;
    evaluation_init(turn, frame, frame_input(turn, frame)->value, &evaluation);
    if (has_result(state)) evaluation.env.result = &result->value;
    if (!evaluate_assign(turn, frame, state->assign, &evaluation, assigned, failure)) return false;
    if (!state->output) return true;
    json value;
    if (!evaluate_template(turn, frame, state->output, &evaluation.env, STR("Output"), &value,
                           failure))
        return false;
    *output = document_new(turn->arena, value);
    return true;
}

static bool select_result(struct turn *turn, struct frame *frame, struct document **result,
                          struct failure *failure)
{
    if (!frame->state->result_selector) return true;
    struct evaluation evaluation;
    evaluation_init(turn, frame, (*result)->value, &evaluation);
    json value;
    if (!evaluate_template(turn, frame, frame->state->result_selector, &evaluation.env,
                           STR("ResultSelector"), &value, failure))
        return false;
    *result = document_new(turn->arena, value);
    return true;
}

static bool place_result(struct turn *turn, struct frame *frame, const struct asl_path *path,
                         struct document *result, struct document **output, struct failure *failure)
{
    if (path->kind == ASL_PATH_DEFAULT) {
        *output = result;
        return true;
    }
    struct document *input = frame_input(turn, frame);
    if (path->kind == ASL_PATH_NULL) {
        *output = input;
        return true;
    }
    struct evaluation evaluation;
    evaluation_init(turn, frame, input->value, &evaluation);
    struct expr_failure why;
    json value;
    if (!expr_put(path->expr, &evaluation.env, input->value, result->value, &value, &why)) {
        failure_from_expr(turn, frame, &why, failure);
        return false;
    }
    *output = document_new(turn->arena, value);
    return true;
}

static bool filter_output(struct turn *turn, struct frame *frame, struct document **output,
                          struct failure *failure)
{
    const struct asl_path *path = &frame->state->output_path;
    if (path->kind == ASL_PATH_DEFAULT) return true;
    json value;
    if (!evaluate_path(turn, frame, path, STR("OutputPath"), (*output)->value, &value, failure))
        return false;
    *output = document_new(turn->arena, value);
    return true;
}

static bool complete_jsonpath(struct turn *turn, struct frame *frame, struct document *result,
                              struct document **output, json *assigned, struct failure *failure)
{
    const struct asl_state *state = frame->state;
    if (!select_result(turn, frame, &result, failure)) return false;
    *assigned = (json){ .kind = JSON_OBJECT };
    if (state->assign) {
        struct evaluation evaluation;
        evaluation_init(turn, frame, result->value, &evaluation);
        if (!evaluate_assign(turn, frame, state->assign, &evaluation, assigned, failure))
            return false;
    }
    if (!place_result(turn, frame, &state->result_path, result, output, failure)) return false;
    return filter_output(turn, frame, output, failure);
}

enum step complete_state(struct turn *turn, struct frame *frame, struct document *result)
{
    struct failure failure;
    struct document *output;
    json assigned;
    bool good = frame->state->language == EXPR_JSONATA
                    ? complete_jsonata(turn, frame, result, &output, &assigned, &failure)
                    : complete_jsonpath(turn, frame, result, &output, &assigned, &failure);
    if (!good) return fail_state(turn, frame, &failure);
    return exit_state(turn, frame, frame->state->next, output, assigned);
}

/* ---- failing ---- */

static bool name_matches(str name, const struct failure *failure)
{
    str error = failure->error;
    if (error.ptr && str_eq(name, error)) return true;
    if (str_eq(name, STR("States.ALL"))) return true; /* AWS has recorded DataLimitExceeded, too */
    if (str_eq(name, STR("States.HeartbeatTimeout"))) return failure->heartbeat;
    if (str_eq(name, STR("States.TaskFailed"))) return !str_eq(error, STR("States.Timeout"));
    return false;
}

bool error_matches(const str *errors, size_t count, const struct failure *failure)
{
    /* A fault of the definition itself ends the execution, whatever Retry and Catch say. */
    if (failure->uncatchable || str_eq(failure->error, STR("States.Runtime"))) return false;
    for (size_t i = 0; i < count; i++) {
        if (name_matches(errors[i], failure)) return true;
    }
    return false;
}

/* Seconds to wait before attempt number `used` + 1 of a retrier (used counts from 0). */
static double retry_delay_s(struct turn *turn, const struct asl_retrier *retrier, uint32_t used)
{
    double delay = retrier->interval_s * pow(retrier->backoff_rate, used);
    double most = retrier->max_delay_s > 0 ? (double)retrier->max_delay_s
                                           : (double)ENGINE_TASK_TIMEOUT_S_DEFAULT;
    if (!(delay < most)) delay = most;
    if (retrier->full_jitter) delay *= prng_double(turn->engine->prng);
    return delay;
}

static bool retry_state(struct turn *turn, struct frame *frame, const struct failure *failure)
{
    const struct asl_state *state = frame->state;
    size_t at = 0;
    while (at < state->retrier_count &&
           !error_matches(state->retriers[at].errors, state->retriers[at].error_count, failure))
        at++;
    if (at == state->retrier_count) return false;
    const struct asl_retrier *retrier = &state->retriers[at];
    uint32_t used = frame->retries ? frame->retries[at] : 0;
    if (used >= retrier->max_attempts) return false;

    (void)frame_input(turn, frame); /* It is kept apart only while the frame waits for children. */
    uint32_t *retries = arena_zalloc(turn->arena, state->retrier_count * sizeof *retries);
    if (frame->retries) memcpy(retries, frame->retries, state->retrier_count * sizeof *retries);
    retries[at]++;
    reset_wait(turn, frame);
    frame->retries = retries;
    frame->retry_count++;
    frame->status = FRAME_WAIT_RETRY;
    int64_t delay_ms = (int64_t)(retry_delay_s(turn, retrier, used) * 1000);
    frame_set_timer(turn, frame, turn->engine->now_ms + delay_ms);
    return true;
}

static const struct asl_catcher *find_catcher(const struct asl_state *state,
                                              const struct failure *failure)
{
    for (size_t i = 0; i < state->catcher_count; i++) {
        const struct asl_catcher *catcher = &state->catchers[i];
        if (error_matches(catcher->errors, catcher->error_count, failure)) return catcher;
    }
    return NULL;
}

static struct document *error_output(struct turn *turn, const struct failure *failure)
{
    struct json_fields fields;
    json_fields_init(&fields, turn->arena);
    if (failure->error.ptr) json_fields_add(&fields, STR("Error"), json_string(failure->error));
    if (failure->cause.ptr) json_fields_add(&fields, STR("Cause"), json_string(failure->cause));
    return document_new(turn->arena, json_fields_done(&fields));
}

static bool catch_output(struct turn *turn, struct frame *frame, const struct asl_catcher *catcher,
                         struct document *error, struct document **output, json *assigned,
                         struct failure *failure)
{
    bool jsonata = frame->state->language == EXPR_JSONATA;
    struct evaluation evaluation;
    json input = jsonata ? frame_input(turn, frame)->value : error->value;
    evaluation_init(turn, frame, input, &evaluation);
    evaluation.env.error_output = &error->value;
    if (!evaluate_assign(turn, frame, catcher->assign, &evaluation, assigned, failure))
        return false;
    if (!jsonata) return place_result(turn, frame, &catcher->result_path, error, output, failure);
    *output = error;
    if (!catcher->output) return true;
    json value;
    if (!evaluate_template(turn, frame, catcher->output, &evaluation.env, STR("Output"), &value,
                           failure))
        return false;
    *output = document_new(turn->arena, value);
    return true;
}

static enum step catch_state(struct turn *turn, struct frame *frame,
                             const struct asl_catcher *catcher, const struct failure *failure)
{
    struct document *output;
    json assigned;
    struct failure second;
    struct document *error = error_output(turn, failure);
    if (!catch_output(turn, frame, catcher, error, &output, &assigned, &second) ||
        !may_exit(turn, frame, output, assigned, &second)) {
        /* A catcher that fails is not caught by its own state: it could go on for ever. */
        second.uncatchable = true;
        return fail_state(turn, frame, &second);
    }
    return go_to(turn, frame, catcher->next, output, assigned);
}

static void write_evaluation_failed(struct turn *turn, struct frame *frame,
                                    const struct failure *failure)
{
    uint32_t id;
    uint32_t previous = failure->before_entry && frame->state->type != ASL_WAIT
                            ? frame->before_event
                            : frame->last_event;
    if (!history_begin(turn, STR("EvaluationFailed"), previous, &id)) return;
    history_open_details(turn, STR("evaluationFailedEventDetails"));
    history_str(turn, STR("error"), failure->error);
    history_str(turn, STR("cause"), failure->cause);
    if (failure->location.len) history_str(turn, STR("location"), failure->location);
    history_str(turn, STR("state"), frame->state->name);
    history_close_details(turn);
    history_end(turn);
    frame->last_event = id;
}

/* The children stay for a redrive, which runs only those again that have not succeeded; all of them
 * if it was their results that were too large. */
static void give_up_state(struct turn *turn, struct frame *frame, const struct failure *failure)
{
    (void)frame_input(turn, frame);
    if (str_eq(failure->error, STR("States.DataLimitExceeded"))) frame_delete_children(turn, frame);
    reset_task(turn, frame);
    frame->status = FRAME_READY;
    frame_fail(turn, frame, failure);
}

enum step fail_state(struct turn *turn, struct frame *frame, struct failure *failure)
{
    const struct asl_state *state = frame->state;
    bool fans_out = state->type == ASL_PARALLEL || state->type == ASL_MAP;
    bool begun = frame->status == FRAME_WAIT_CHILDREN;
    frame->dirty = true;
    if (failure->evaluation) {
        write_evaluation_failed(turn, frame, failure);
        failure->evaluation = false;
    }
    if (retry_state(turn, frame, failure)) return STEP_WAIT;
    /* A catcher that fails comes here a second time. */
    if (fans_out && !failure->uncatchable &&
        (begun || !str_eq(failure->error, STR("States.Runtime")))) {
        str type = state->type == ASL_MAP ? STR("MapStateFailed") : STR("ParallelStateFailed");
        frame->last_event = history_plain(turn, type, frame->last_event);
    }
    const struct asl_catcher *catcher = find_catcher(state, failure);
    if (catcher) return catch_state(turn, frame, catcher, failure);
    give_up_state(turn, frame, failure);
    return STEP_WAIT;
}
