/* The states that end within their turn, and Wait. */
#include "engine/internal.h"

/* What a state without a task or children hands on: the effective input (JSONPath) or the raw one.
 */
static bool plain_result(struct turn *turn, struct frame *frame, struct document **out,
                         struct failure *failure)
{
    *out = frame_input(turn, frame);
    if (frame->state->language == EXPR_JSONATA) return true;
    if (frame->state->input_path.kind == ASL_PATH_DEFAULT) return true;
    json input;
    if (!effective_input(turn, frame, &input, failure)) return false;
    *out = document_new(turn->arena, input);
    return true;
}

enum step pass_run(struct turn *turn, struct frame *frame)
{
    const struct asl_state *state = frame->state;
    struct failure failure;
    struct document *result;
    if (!plain_result(turn, frame, &result, &failure)) return fail_state(turn, frame, &failure);
    if (state->pass.has_result)
        return complete_state(turn, frame, document_new(turn->arena, state->pass.result));
    if (!state->parameters) return complete_state(turn, frame, result);
    struct evaluation evaluation;
    evaluation_init(turn, frame, result->value, &evaluation);
    json value;
    if (!evaluate_template(turn, frame, state->parameters, &evaluation.env, state->parameters_field,
                           &value, &failure))
        return fail_state(turn, frame, &failure);
    return complete_state(turn, frame, document_new(turn->arena, value));
}

enum step succeed_run(struct turn *turn, struct frame *frame)
{
    struct failure failure;
    struct document *result;
    if (!plain_result(turn, frame, &result, &failure)) return fail_state(turn, frame, &failure);
    return complete_state(turn, frame, result);
}

/* ---- Choice ---- */

static bool choice_assign_output(struct turn *turn, struct frame *frame,
                                 const struct expr_template *assign,
                                 const struct expr_template *output_template,
                                 struct evaluation *evaluation, struct document **output,
                                 json *assigned, struct failure *failure)
{
    if (!evaluate_assign(turn, frame, assign, evaluation, assigned, failure)) return false;
    if (frame->state->language == EXPR_JSONPATH) {
        json value;
        if (frame->state->output_path.kind == ASL_PATH_DEFAULT) return true;
        if (!evaluate_path(turn, frame, &frame->state->output_path, STR("OutputPath"),
                           (*output)->value, &value, failure))
            return false;
        *output = document_new(turn->arena, value);
        return true;
    }
    if (!output_template) return true;
    json value;
    if (!evaluate_template(turn, frame, output_template, &evaluation->env, STR("Output"), &value,
                           failure))
        return false;
    *output = document_new(turn->arena, value);
    return true;
}

enum step choice_run(struct turn *turn, struct frame *frame)
{
    const struct asl_state *state = frame->state;
    struct failure failure;
    struct document *output;
    if (!plain_result(turn, frame, &output, &failure)) return fail_state(turn, frame, &failure);
    struct evaluation evaluation;
    evaluation_init(turn, frame, output->value, &evaluation);
    const struct asl_choice_rule *chosen = NULL;
    for (size_t i = 0; i < state->choice.rule_count && !chosen; i++) {
        bool matches;
        const struct asl_choice_rule *rule = &state->choice.rules[i];
        if (!choice_matches(turn, frame, rule, &evaluation, &matches, &failure))
            return fail_state(turn, frame, &failure);
        if (matches) chosen = rule;
    }
    const struct asl_state *next = chosen ? chosen->next : state->choice.default_next;
    if (!next) {
        failure_runtime(turn, frame, &failure, STR("States.NoChoiceMatched"),
                        "Failed to transition out of the state. The state does not point to a next "
                        "state.");
        return fail_state(turn, frame, &failure);
    }
    /* Without a match the state's own Assign and Output hold. */
    json assigned;
    if (!choice_assign_output(turn, frame, chosen ? chosen->assign : state->assign,
                              chosen && chosen->output ? chosen->output
                              : chosen                 ? NULL
                                                       : state->output,
                              &evaluation, &output, &assigned, &failure))
        return fail_state(turn, frame, &failure);
    return exit_state(turn, frame, next, output, assigned);
}

/* ---- Fail ---- */

static bool fail_text(struct turn *turn, struct frame *frame, const struct asl_text *text, str *out,
                      struct failure *failure)
{
    *out = (str){ 0 };
    if (!text->present) return true;
    *out = text->value;
    if (!text->expr) return true;
    struct evaluation evaluation;
    evaluation_init(turn, frame, frame_input(turn, frame)->value, &evaluation);
    struct expr_failure why;
    json value;
    if (!expr_eval(text->expr, &evaluation.env, text->field, &value, &why)) {
        failure_from_expr(turn, frame, &why, failure);
        return false;
    }
    if (json_is_string(value)) {
        *out = json_str(value);
        return true;
    }
    str shown = json_text(turn->arena, value);
    if (frame->state->language == EXPR_JSONATA)
        return failure_evaluation(turn, frame, failure, text->field,
                                  "The JSONata expression '%.*s' specified for the field '%.*s' "
                                  "returned an unexpected result type. Expected 'string' for "
                                  "value: %.*s",
                                  STR_ARGS(expr_source(text->expr)), STR_ARGS(text->field),
                                  STR_ARGS(shown));
    return failure_runtime(turn, frame, failure, STR("States.Runtime"),
                           "The %.*s field refers to value \"%.*s\" which is not a valid string: "
                           "%.*s",
                           STR_ARGS(text->field), STR_ARGS(shown),
                           STR_ARGS(expr_source(text->expr)));
}

enum step fail_run(struct turn *turn, struct frame *frame)
{
    struct failure failure;
    str error, cause;
    if (!fail_text(turn, frame, &frame->state->fail.error, &error, &failure) ||
        !fail_text(turn, frame, &frame->state->fail.cause, &cause, &failure))
        return fail_state(turn, frame, &failure);
    failure = (struct failure){ .error = error, .cause = cause };
    return fail_state(turn, frame, &failure);
}

/* ---- Wait ---- */

/* AWS refuses what does not fit into a signed 32-bit number of seconds. */
static const int64_t WAIT_SECONDS_MAX = INT32_MAX;

static bool wait_too_long(struct turn *turn, struct frame *frame, struct failure *failure)
{
    return failure_runtime(turn, frame, failure, STR("States.Runtime"),
                           "Wait state delay is too long.");
}

static bool wait_seconds(struct turn *turn, struct frame *frame, int64_t *due_ms,
                         struct failure *failure)
{
    const struct asl_number *number = &frame->state->wait.seconds;
    json input, value;
    bool present;
    if (!effective_input(turn, frame, &input, failure)) return false;
    if (!evaluate_number(turn, frame, number, input, &present, &value, failure)) return false;
    ASSERT(present);
    int64_t seconds;
    bool whole = json_is_number(value) && json_to_i64(value, &seconds);
    if (whole && seconds >= 0) {
        if (seconds > WAIT_SECONDS_MAX) return wait_too_long(turn, frame, failure);
        *due_ms = turn->engine->now_ms + seconds * 1000;
        return true;
    }
    str text = json_is_string(value) ? json_str(value) : json_text(turn->arena, value);
    str source = expr_source(number->expr);
    if (frame->state->language == EXPR_JSONATA)
        return failure_evaluation(turn, frame, failure, number->field,
                                  "The JSONata expression '%.*s' specified for the field '%.*s' "
                                  "returned an invalid value. Expected an integer of at least 0, "
                                  "but was: %.*s",
                                  STR_ARGS(source), STR_ARGS(number->field), STR_ARGS(text));
    return failure_runtime(turn, frame, failure, STR("States.Runtime"),
                           whole ? "The %.*s parameter references a negative value: %.*s == %.*s"
                                 : "The %.*s parameter cannot be parsed as a long value: %.*s == "
                                   "%.*s",
                           STR_ARGS(number->field), STR_ARGS(source), STR_ARGS(text));
}

static bool wait_timestamp(struct turn *turn, struct frame *frame, int64_t *due_ms,
                           struct failure *failure)
{
    const struct asl_text *timestamp = &frame->state->wait.timestamp;
    str text = timestamp->value;
    if (timestamp->expr) {
        json input, value;
        if (!effective_input(turn, frame, &input, failure)) return false;
        struct evaluation evaluation;
        evaluation_init(turn, frame, input, &evaluation);
        struct expr_failure why;
        if (!expr_eval(timestamp->expr, &evaluation.env, timestamp->field, &value, &why)) {
            failure_from_expr(turn, frame, &why, failure);
            return false;
        }
        text = json_is_string(value) ? json_str(value) : json_text(turn->arena, value);
    }
    if (asl_parse_timestamp(text, due_ms)) {
        if (*due_ms - turn->engine->now_ms > WAIT_SECONDS_MAX * 1000)
            return wait_too_long(turn, frame, failure);
        return true;
    }
    if (frame->state->language == EXPR_JSONATA)
        return failure_evaluation(turn, frame, failure, timestamp->field,
                                  "The Timestamp field cannot be parsed as an ISO-8601 extended "
                                  "offset date-time format string: %.*s",
                                  STR_ARGS(text));
    ASSERT(timestamp->expr != NULL); /* A constant was checked when the definition was compiled. */
    return failure_runtime(turn, frame, failure, STR("States.Runtime"),
                           "The %.*s parameter does not reference a valid ISO-8601 extended offset "
                           "date-time format string: %.*s == %.*s",
                           STR_ARGS(timestamp->field), STR_ARGS(expr_source(timestamp->expr)),
                           STR_ARGS(text));
}

enum step wait_run(struct turn *turn, struct frame *frame)
{
    struct failure failure;
    int64_t due_ms = 0;
    bool good = frame->state->wait.kind == ASL_WAIT_SECONDS
                    ? wait_seconds(turn, frame, &due_ms, &failure)
                    : wait_timestamp(turn, frame, &due_ms, &failure);
    if (!good) return fail_state(turn, frame, &failure);
    if (due_ms <= turn->engine->now_ms) return wait_over(turn, frame);
    frame->status = FRAME_WAIT_TIMER;
    frame_set_timer(turn, frame, due_ms);
    return STEP_WAIT;
}

enum step wait_over(struct turn *turn, struct frame *frame)
{
    struct failure failure;
    struct document *result;
    frame->status = FRAME_READY;
    if (!plain_result(turn, frame, &result, &failure)) return fail_state(turn, frame, &failure);
    return complete_state(turn, frame, result);
}
