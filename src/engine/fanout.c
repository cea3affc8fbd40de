/* Parallel and inline Map: starting child frames, gathering what they come to, ending the rest when
 * one fails. Source: "Parallel state" and "Map state" of the Amazon States Language; the chaining
 * of events (which previousEventId) from AWS's recorded histories. */
#include "engine/internal.h"

static void wait_for_children(struct turn *turn, struct frame *frame, uint32_t first,
                              uint32_t count)
{
    (void)frame_input(turn, frame);
    frame->status = FRAME_WAIT_CHILDREN;
    frame->first_child = first;
    frame->child_count = count;
    frame->dirty = true;
    frame->data_dirty = true;
}

static struct frame *child_at(struct turn *turn, const struct frame *parent, uint32_t index)
{
    ASSERT_CMP(index, <, parent->child_count);
    struct frame *child = execution_frame(turn->engine, turn->x, parent->first_child + index);
    ASSERT(child != NULL);
    return child;
}

static void start_child(struct turn *turn, struct frame *parent, struct frame *child,
                        struct document *input, uint32_t previous)
{
    child->status = FRAME_READY;
    child->state = NULL; /* The run loop enters the first state. */
    child->input = input;
    child->last_event = previous;
    child->dirty = true;
    parent->running++;
    parent->dirty = true;
    queue_frame(turn, child);
}

static bool has_succeeded(const struct frame *child)
{
    return child->status == FRAME_DONE && child->outcome == FRAME_SUCCEEDED;
}

static json gather(struct turn *turn, struct frame *parent)
{
    struct json_list results;
    json_list_init(&results, turn->arena);
    for (uint32_t i = 0; i < parent->child_count; i++) {
        struct frame *child = child_at(turn, parent, i);
        ASSERT(child->status == FRAME_DONE);
        if (has_succeeded(child)) json_list_add(&results, child->output->value);
    }
    return json_list_done(&results);
}

/* ...StateSucceeded does not become the previous event of ...StateExited. */
static enum step finish_fanout(struct turn *turn, struct frame *parent, str type)
{
    history_plain(turn, type, parent->last_event);
    struct document *result = document_new(turn->arena, gather(turn, parent));
    parent->status = FRAME_READY;
    return complete_state(turn, parent, result);
}

static void abort_frame(struct turn *turn, struct frame *frame);

static void abort_children(struct turn *turn, struct frame *parent)
{
    for (uint32_t i = 0; i < parent->child_count; i++) {
        struct frame *child = child_at(turn, parent, i);
        if (!frame_is_over(child) && child->status != FRAME_PENDING) abort_frame(turn, child);
    }
}

static enum step fail_fanout(struct turn *turn, struct frame *parent, struct failure *failure)
{
    uint32_t last = parent->last_event;
    abort_children(turn, parent);
    parent->last_event = last;
    return fail_state(turn, parent, failure);
}

/* ---- Parallel ---- */

/* A redrive runs only the branches that have not succeeded. */
static enum step resume_branches(struct turn *turn, struct frame *frame)
{
    wait_for_children(turn, frame, frame->first_child, frame->child_count);
    frame->running = 0;
    for (uint32_t i = 0; i < frame->child_count; i++) {
        struct frame *child = child_at(turn, frame, i);
        if (has_succeeded(child)) continue;
        frame_resume(turn, child);
        frame->running++;
    }
    if (frame->running > 0) return STEP_WAIT;
    return finish_fanout(turn, frame, STR("ParallelStateSucceeded"));
}

enum step parallel_run(struct turn *turn, struct frame *frame)
{
    const struct asl_state *state = frame->state;
    struct failure failure;
    json input;
    if (frame->child_count > 0) return resume_branches(turn, frame);
    if (!effective_input(turn, frame, &input, &failure)) return fail_state(turn, frame, &failure);
    struct document *shared = state->input_path.kind == ASL_PATH_DEFAULT
                                  ? frame_input(turn, frame)
                                  : document_new(turn->arena, input);
    if (state->parameters) {
        struct evaluation evaluation;
        evaluation_init(turn, frame, input, &evaluation);
        json value;
        if (!evaluate_template(turn, frame, state->parameters, &evaluation.env,
                               state->parameters_field, &value, &failure))
            return fail_state(turn, frame, &failure);
        shared = document_new(turn->arena, value);
    }
    frame->last_event = history_plain(turn, STR("ParallelStateStarted"), frame->last_event);
    uint32_t count = (uint32_t)state->parallel.branch_count;
    wait_for_children(turn, frame, turn->x->next_frame, count);
    for (uint32_t i = 0; i < count; i++) {
        struct frame *child = frame_new_child(turn, frame, i, state->parallel.branches[i]);
        start_child(turn, frame, child, shared, frame->last_event);
    }
    return STEP_WAIT;
}

/* ---- Map ---- */

static const char *kind_name(json value)
{
    static const char *const names[] = { "null", "boolean", "number", "string", "array", "object" };
    return names[value.kind];
}

static bool items_from_template(struct turn *turn, struct frame *frame, json input, json *out,
                                struct failure *failure)
{
    const struct expr_template *items = frame->state->map.items;
    struct evaluation evaluation;
    evaluation_init(turn, frame, input, &evaluation);
    if (!evaluate_template(turn, frame, items, &evaluation.env, STR("Items"), out, failure))
        return false;
    if (json_is_array(*out)) return true;
    return failure_evaluation(turn, frame, failure, STR("Items"),
                              "The JSONata expression '%.*s' specified for the field 'Items' "
                              "returned an unexpected result type. Expected 'array', but was '%s' "
                              "for value: %.*s",
                              STR_ARGS(expr_template_source(items)), kind_name(*out),
                              STR_ARGS(json_text(turn->arena, *out)));
}

static bool map_items(struct turn *turn, struct frame *frame, json input, json *out,
                      struct failure *failure)
{
    const struct asl_map *map = &frame->state->map;
    if (map->items) return items_from_template(turn, frame, input, out, failure);
    if (frame->state->language == EXPR_JSONATA) {
        *out = input;
        if (json_is_array(input)) return true;
        return failure_evaluation(turn, frame, failure, (str){ 0 },
                                  "Map state input must be an array but was: %.*s",
                                  STR_ARGS(json_text(turn->arena, input)));
    }
    if (!evaluate_path(turn, frame, &map->items_path, STR("ItemsPath"), input, out, failure))
        return false;
    if (json_is_array(*out)) return true;
    str path = map->items_path.expr ? expr_source(map->items_path.expr) : STR("$");
    return failure_runtime(turn, frame, failure, STR("States.Runtime"),
                           "Reference path \"%.*s\" must point to array.", STR_ARGS(path));
}

/* The text of a number that a path leads to counts as that number: AWS parses what it finds. */
static json number_of_text(struct turn *turn, const struct frame *frame, json value)
{
    json number;
    struct error err;
    if (frame->state->language != EXPR_JSONPATH || !json_is_string(value)) return value;
    if (!json_parse(json_str(value), turn->arena, &number, &err)) return value;
    return json_is_number(number) ? number : value;
}

/* A count given by a literal, a path or an expression: an integer of at least 0. */
static bool map_count(struct turn *turn, struct frame *frame, const struct asl_number *number,
                      json input, bool *present, int64_t *out, struct failure *failure)
{
    json value;
    if (!evaluate_number(turn, frame, number, input, present, &value, failure)) return false;
    if (!*present) return true;
    /* AWS takes digits in a string too. */
    if ((json_is_number(value) && json_to_i64(value, out)) ||
        (json_is_string(value) && str_to_i64(json_str(value), out))) {
        if (*out >= 0) return true;
        return failure_runtime(turn, frame, failure, STR("States.Runtime"),
                               "The %.*s field must not be negative.", STR_ARGS(number->field));
    }
    str text = json_is_string(value) ? json_str(value) : json_text(turn->arena, value);
    if (frame->state->language == EXPR_JSONATA)
        return failure_evaluation(turn, frame, failure, number->field,
                                  "The JSONata expression '%.*s' specified for the field '%.*s' "
                                  "returned an unexpected result type. Expected 'number', but was "
                                  "'%s' for value: %.*s",
                                  STR_ARGS(expr_source(number->expr)), STR_ARGS(number->field),
                                  kind_name(value), STR_ARGS(text));
    return failure_runtime(turn, frame, failure, STR("States.Runtime"),
                           "The %.*s field refers to value \"%.*s\" which is not a valid integer: "
                           "%.*s",
                           STR_ARGS(number->field), STR_ARGS(text),
                           STR_ARGS(expr_source(number->expr)));
}

/* How many iterations may fail, of `count`. */
static bool map_tolerance(struct turn *turn, struct frame *frame, json input, size_t count,
                          double *out, struct failure *failure)
{
    const struct asl_map *map = &frame->state->map;
    bool has_count, has_percentage;
    int64_t most = 0;
    if (!map_count(turn, frame, &map->tolerated_failure_count, input, &has_count, &most, failure))
        return false;
    json value;
    if (!evaluate_number(turn, frame, &map->tolerated_failure_percentage, input, &has_percentage,
                         &value, failure))
        return false;
    *out = has_count ? (double)most : has_percentage ? (double)count : 0;
    if (!has_percentage) return true;
    value = number_of_text(turn, frame, value);
    if (!json_is_number(value)) {
        str text = json_is_string(value) ? json_str(value) : json_text(turn->arena, value);
        return failure_runtime(turn, frame, failure, STR("States.Runtime"),
                               "The %.*s field refers to value \"%.*s\" which is not a valid "
                               "float: %.*s",
                               STR_ARGS(map->tolerated_failure_percentage.field), STR_ARGS(text),
                               STR_ARGS(expr_source(map->tolerated_failure_percentage.expr)));
    }
    double percentage = json_number(value);
    if (!(percentage >= 0 && percentage <= 100))
        return failure_runtime(turn, frame, failure, STR("States.Runtime"),
                               "ToleratedFailurePercentage must be between 0 and 100.");
    double share = (double)count * percentage / 100;
    if (share < *out) *out = share;
    return true;
}

static bool tolerates_failures(const struct asl_map *map)
{
    return map->tolerated_failure_count.present || map->tolerated_failure_percentage.present;
}

static bool write_iteration(struct turn *turn, const struct frame *parent, uint32_t index, str type,
                            str details, uint32_t previous, uint32_t *id)
{
    if (!history_begin(turn, type, previous, id)) return false;
    history_open_details(turn, details);
    history_str(turn, STR("name"), parent->state->name);
    history_i64(turn, STR("index"), index);
    history_close_details(turn);
    history_end(turn);
    return true;
}

static bool select_item(struct turn *turn, struct frame *parent, struct frame *child,
                        struct document **out, struct failure *failure)
{
    const struct asl_map *map = &parent->state->map;
    *out = child->item;
    if (!map->item_selector) return true;
    json input;
    if (!effective_input(turn, parent, &input, failure)) return false;
    struct evaluation evaluation;
    evaluation_init_item(turn, parent, child, input, &evaluation);
    json value;
    if (!evaluate_template(turn, parent, map->item_selector, &evaluation.env,
                           map->item_selector_field, &value, failure))
        return false;
    *out = document_new(turn->arena, value);
    return true;
}

/* After a redrive the iterations come by once more: those that have not succeeded run again. */
static bool start_iteration(struct turn *turn, struct frame *parent, struct failure *failure)
{
    uint32_t index = parent->next_child++;
    struct frame *child = child_at(turn, parent, index);
    if (has_succeeded(child)) return true;
    if (child->status != FRAME_PENDING) {
        frame_resume(turn, child);
        parent->running++;
        return true;
    }
    uint32_t id = 0;
    if (!write_iteration(turn, parent, index, STR("MapIterationStarted"),
                         STR("mapIterationStartedEventDetails"), parent->last_event, &id))
        return true;
    struct document *input;
    if (!select_item(turn, parent, child, &input, failure)) return false;
    start_child(turn, parent, child, input, id);
    return true;
}

static bool start_iterations(struct turn *turn, struct frame *frame, struct failure *failure)
{
    while (frame->next_child < frame->child_count && frame->running < frame->concurrency &&
           !turn->history_full) {
        if (!start_iteration(turn, frame, failure)) return false;
    }
    return true;
}

/* Starts what there is room for. `ended` is the event that the end of the Map hangs behind, if
 * nothing is left to start or to wait for. */
static enum step go_on_with_map(struct turn *turn, struct frame *frame, uint32_t ended)
{
    struct failure failure;
    if (!start_iterations(turn, frame, &failure)) return fail_fanout(turn, frame, &failure);
    if (frame->running > 0 || frame->next_child < frame->child_count) return STEP_WAIT;
    frame->last_event = ended;
    return finish_fanout(turn, frame, STR("MapStateSucceeded"));
}

static enum step resume_iterations(struct turn *turn, struct frame *frame)
{
    wait_for_children(turn, frame, frame->first_child, frame->child_count);
    frame->next_child = frame->running = frame->failed = 0;
    return go_on_with_map(turn, frame, frame->last_event);
}

enum step map_run(struct turn *turn, struct frame *frame)
{
    const struct asl_map *map = &frame->state->map;
    struct failure failure;
    if (frame->child_count > 0) return resume_iterations(turn, frame);
    if (map->distributed) {
        failure = (struct failure){ .error = STR("States.Runtime"),
                                    .cause = STR("Distributed Map is not served by this Baton.") };
        return fail_state(turn, frame, &failure);
    }
    json input, items;
    bool has_concurrency;
    int64_t concurrency = 0;
    double tolerated;
    if (!effective_input(turn, frame, &input, &failure) ||
        !map_items(turn, frame, input, &items, &failure) ||
        !map_count(turn, frame, &map->max_concurrency, input, &has_concurrency, &concurrency,
                   &failure) ||
        !map_tolerance(turn, frame, input, json_count(items), &tolerated, &failure))
        return fail_state(turn, frame, &failure);
    uint32_t count = (uint32_t)json_count(items);
    uint32_t id;
    if (history_begin(turn, STR("MapStateStarted"), frame->last_event, &id)) {
        history_open_details(turn, STR("mapStateStartedEventDetails"));
        history_i64(turn, STR("length"), count);
        history_close_details(turn);
        history_end(turn);
        frame->last_event = id;
    }
    wait_for_children(turn, frame, turn->x->next_frame, count);
    frame->tolerated = tolerated;
    frame->concurrency = concurrency > 0 && concurrency < ENGINE_MAP_CONCURRENCY_DEFAULT
                             ? (uint32_t)concurrency
                             : ENGINE_MAP_CONCURRENCY_DEFAULT;
    for (uint32_t i = 0; i < count; i++) {
        struct frame *child = frame_new_child(turn, frame, i, map->processor);
        child->status = FRAME_PENDING;
        child->item = document_new(turn->arena, json_at(items, i));
    }
    return go_on_with_map(turn, frame, frame->last_event);
}

/* ---- children that end ---- */

static enum step branch_ended(struct turn *turn, struct frame *parent, struct frame *child)
{
    parent->last_event = child->last_event;
    if (child->outcome == FRAME_FAILED) {
        /* A branch that fails in a Task leaves that state without an exit. */
        if (child->state->type == ASL_TASK)
            history_plain(turn, STR("TaskStateAborted"), child->last_event);
        struct failure failure = { .error = child->error,
                                   .cause = child->cause,
                                   .heartbeat = child->missed_heartbeat };
        return fail_fanout(turn, parent, &failure);
    }
    if (parent->running > 0) return STEP_WAIT;
    return finish_fanout(turn, parent, STR("ParallelStateSucceeded"));
}

static enum step tolerance_exceeded(struct turn *turn, struct frame *parent, struct frame *child)
{
    struct failure failure = { .error = child->error,
                               .cause = child->cause,
                               .heartbeat = child->missed_heartbeat };
    if (tolerates_failures(&parent->state->map)) {
        failure = (struct failure){
            .error = STR("States.ExceedToleratedFailureThreshold"),
            .cause = STR("The specified tolerated failure threshold was exceeded"),
        };
    }
    return fail_fanout(turn, parent, &failure);
}

/* The next iteration hangs behind the last event inside the one that ended, the end of the Map
 * behind its MapIterationSucceeded. */
static enum step iteration_ended(struct turn *turn, struct frame *parent, struct frame *child)
{
    bool failed = child->outcome == FRAME_FAILED;
    uint32_t ended = child->last_event;
    if (failed) {
        uint32_t ignored;
        write_iteration(turn, parent, child->index, STR("MapIterationFailed"),
                        STR("mapIterationFailedEventDetails"), child->last_event, &ignored);
        parent->failed++;
    } else {
        write_iteration(turn, parent, child->index, STR("MapIterationSucceeded"),
                        STR("mapIterationSucceededEventDetails"), child->last_event, &ended);
    }
    parent->last_event = child->last_event;
    if (failed && parent->failed > parent->tolerated)
        return tolerance_exceeded(turn, parent, child);
    return go_on_with_map(turn, parent, ended);
}

void child_ended(struct turn *turn, struct frame *child)
{
    ASSERT(child->status == FRAME_DONE && child->number != 0);
    struct frame *parent = execution_frame(turn->engine, turn->x, child->parent);
    ASSERT(parent != NULL && parent->status == FRAME_WAIT_CHILDREN);
    ASSERT(parent->running > 0);
    parent->running--;
    parent->dirty = true;
    enum step step = parent->state->type == ASL_MAP ? iteration_ended(turn, parent, child)
                                                    : branch_ended(turn, parent, child);
    if (step == STEP_NEXT) queue_frame(turn, parent);
}

/* ---- aborting ---- */

static void write_aborted(struct turn *turn, struct frame *frame)
{
    if (!frame->state) return;
    switch (frame->state->type) {
    case ASL_TASK: history_plain(turn, STR("TaskStateAborted"), frame->last_event); break;
    case ASL_WAIT: history_plain(turn, STR("WaitStateAborted"), frame->last_event); break;
    case ASL_PARALLEL: history_plain(turn, STR("ParallelStateAborted"), frame->last_event); break;
    case ASL_MAP: history_plain(turn, STR("MapStateAborted"), frame->last_event); break;
    case ASL_PASS:
    case ASL_CHOICE:
    case ASL_SUCCEED:
    case ASL_FAIL: break; /* These never wait. */
    }
}

/* Recursion is bounded by ASL_SCOPE_DEPTH_MAX, which the compiler enforces. */
static void abort_frame(struct turn *turn, struct frame *frame)
{
    if (frame->status == FRAME_WAIT_CHILDREN) abort_children(turn, frame);
    write_aborted(turn, frame);
    if (frame->item && frame->number != 0) {
        struct frame *parent = execution_frame(turn->engine, turn->x, frame->parent);
        uint32_t id;
        write_iteration(turn, parent, frame->index, STR("MapIterationAborted"),
                        STR("mapIterationAbortedEventDetails"), frame->last_event, &id);
    }
    frame_rest(turn, frame);
}
