/* Expressions with their environment: the context object, the variables in sight, the texts of
 * failures. Source: "Context object" and "Processing input and output" in the Step Functions
 * Developer Guide; AWS's recorded causes. */
#include "engine/internal.h"

#include <stdarg.h>
#include <stdio.h>

#include "base/timestamp.h"
#include "engine/token.h"

/* ---- the context object ---- */

str frame_task_token(struct turn *turn, const struct frame *frame, uint32_t task_event)
{
    token parts = {
        .shard = turn->engine->shard,
        .serial = turn->x->id.serial,
        .frame = frame->number,
        .task_event = task_event,
    };
    return token_encode(turn->engine->token_key, parts, turn->arena);
}

/* The same for every state of the execution, and it parses the input: made once per turn. */
static json context_execution(struct turn *turn)
{
    if (json_is_object(turn->context)) return turn->context;
    const struct execution_identity *id = &turn->x->id;
    struct json_fields fields;
    json_fields_init(&fields, turn->arena);
    json_fields_add(&fields, STR("Id"), json_string(id->arn));
    json_fields_add(&fields, STR("Input"), execution_input(turn->x)->value);
    json_fields_add(&fields, STR("Name"), json_string(id->name));
    json_fields_add(&fields, STR("RoleArn"), json_string(id->role_arn));
    json_fields_add(&fields, STR("StartTime"),
                    json_string(timestamp_text(turn->arena, id->start_ms)));
    json_fields_add(&fields, STR("RedriveCount"), json_double(turn->x->redrive_count));
    if (turn->x->redrive_count > 0)
        json_fields_add(&fields, STR("RedriveTime"),
                        json_string(timestamp_text(turn->arena, turn->x->redrive_ms)));
    turn->context = json_fields_done(&fields);
    return turn->context;
}

static bool may_retry(const struct asl_state *state)
{
    return state->type == ASL_TASK || state->type == ASL_PARALLEL || state->type == ASL_MAP;
}

static json context_state(struct turn *turn, const struct frame *frame)
{
    struct json_fields fields;
    json_fields_init(&fields, turn->arena);
    json_fields_add(&fields, STR("EnteredTime"),
                    json_string(timestamp_text(turn->arena, frame->entered_ms)));
    json_fields_add(&fields, STR("Name"), json_string(frame->state->name));
    if (may_retry(frame->state))
        json_fields_add(&fields, STR("RetryCount"), json_double(frame->retry_count));
    return json_fields_done(&fields);
}

static json context_machine(struct turn *turn)
{
    struct json_fields fields;
    json_fields_init(&fields, turn->arena);
    json_fields_add(&fields, STR("Id"), json_string(turn->x->id.machine_arn));
    json_fields_add(&fields, STR("Name"), json_string(turn->x->id.machine));
    return json_fields_done(&fields);
}

static json one_field(struct arena *arena, str name, json value)
{
    struct json_fields fields;
    json_fields_init(&fields, arena);
    json_fields_add(&fields, name, value);
    return json_fields_done(&fields);
}

static json context_item(struct turn *turn, const struct frame *iteration)
{
    struct json_fields item;
    json_fields_init(&item, turn->arena);
    json_fields_add(&item, STR("Index"), json_double(iteration->index));
    json_fields_add(&item, STR("Value"), iteration->item->value);
    return one_field(turn->arena, STR("Item"), json_fields_done(&item));
}

/* The innermost Map iteration that the frame is part of, or NULL. */
static const struct frame *enclosing_iteration(struct turn *turn, const struct frame *frame)
{
    for (size_t depth = 0; depth <= ASL_SCOPE_DEPTH_MAX; depth++) {
        if (frame->item) return frame;
        if (frame->number == 0) return NULL;
        frame = execution_frame(turn->engine, turn->x, frame->parent);
        ASSERT(frame != NULL);
    }
    fatal("frames are nested deeper than %d", ASL_SCOPE_DEPTH_MAX);
}

static bool has_task_token(const struct asl_state *state)
{
    if (state->type != ASL_TASK) return false;
    /* Activities have none in AWS's context object; their callback addresses are Baton's own. */
    return state->task.pattern != ASL_REQUEST_RESPONSE || state->task.callback ||
           state->task.reads_links;
}

static json context_task(struct turn *turn, const struct frame *frame)
{
    struct json_fields fields;
    json_fields_init(&fields, turn->arena);
    /* An open task has its number; one that is about to be scheduled gets the next. */
    bool open = frame->status == FRAME_WAIT_TASK;
    uint32_t number = open ? frame->task_event : turn->x->last_event + 1;
    json_fields_add(&fields, STR("Token"), json_string(frame_task_token(turn, frame, number)));
    callback_context(turn, frame, &fields);
    return json_fields_done(&fields);
}

static json build_context(struct turn *turn, struct frame *frame, const struct frame *iteration)
{
    struct json_fields fields;
    json_fields_init(&fields, turn->arena);
    json_fields_add(&fields, STR("Execution"), context_execution(turn));
    if (frame->state) json_fields_add(&fields, STR("State"), context_state(turn, frame));
    json_fields_add(&fields, STR("StateMachine"), context_machine(turn));
    if (frame->state && has_task_token(frame->state))
        json_fields_add(&fields, STR("Task"), context_task(turn, frame));
    if (iteration) json_fields_add(&fields, STR("Map"), context_item(turn, iteration));
    return json_fields_done(&fields);
}

void evaluation_init(struct turn *turn, struct frame *frame, json input, struct evaluation *out)
{
    evaluation_init_item(turn, frame, enclosing_iteration(turn, frame), input, out);
}

void evaluation_init_item(struct turn *turn, struct frame *frame, const struct frame *iteration,
                          json input, struct evaluation *out)
{
    *out = (struct evaluation){ .context = build_context(turn, frame, iteration) };
    size_t depth = 0;
    for (struct frame *at = frame;;) {
        ASSERT_CMP(depth, <=, ASL_SCOPE_DEPTH_MAX);
        out->scopes[depth].variables = at->variables;
        if (at->number == 0) break;
        at = execution_frame(turn->engine, turn->x, at->parent);
        ASSERT(at != NULL);
        out->scopes[depth].outer = &out->scopes[depth + 1];
        depth++;
    }
    out->env = (struct expr_env){
        .input = input,
        .context = &out->context,
        .scope = &out->scopes[0],
        .prng = turn->engine->prng,
        .now_ms = turn->engine->now_ms,
        .arena = turn->arena,
    };
}

/* ---- failures ---- */

/* What failed may be shown in it, with the context object. */
static str sentence(struct turn *turn, const struct frame *frame, str text)
{
    text = secrets_hidden(turn, text);
    return arena_printf(turn->arena,
                        "An error occurred while executing the state '%.*s' (entered at the event "
                        "id #%u). %.*s",
                        STR_ARGS(frame->state->name), frame->entered_event, STR_ARGS(text));
}

void failure_from_expr(struct turn *turn, const struct frame *frame,
                       const struct expr_failure *from, struct failure *out)
{
    *out = (struct failure){
        .error = from->error,
        .cause = sentence(turn, frame, from->cause),
        .evaluation = str_eq(from->error, STR("States.QueryEvaluationError")),
        .location = from->location,
        .before_entry = frame->last_event == frame->entered_event,
    };
}

PRINTF_LIKE(2, 0)
static str format_text(struct turn *turn, const char *format, va_list args)
{
    va_list again;
    va_copy(again, args);
    int len = vsnprintf(NULL, 0, format, args);
    ASSERT(len >= 0);
    char *text = arena_alloc(turn->arena, (size_t)len + 1);
    vsnprintf(text, (size_t)len + 1, format, again);
    va_end(again);
    return (str){ text, (size_t)len };
}

bool failure_runtime(struct turn *turn, const struct frame *frame, struct failure *out, str error,
                     const char *format, ...)
{
    va_list args;
    va_start(args, format);
    str text = format_text(turn, format, args);
    va_end(args);
    *out = (struct failure){ .error = error, .cause = sentence(turn, frame, text) };
    return false;
}

bool failure_evaluation(struct turn *turn, const struct frame *frame, struct failure *out,
                        str location, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    str text = format_text(turn, format, args);
    va_end(args);
    *out = (struct failure){
        .error = STR("States.QueryEvaluationError"),
        .cause = sentence(turn, frame, text),
        .evaluation = true,
        .location = location,
        .before_entry = frame->last_event == frame->entered_event,
    };
    return false;
}

bool failure_size(struct turn *turn, str what, struct failure *out)
{
    *out = (struct failure){
        .error = STR("States.DataLimitExceeded"),
        .cause = arena_printf(turn->arena,
                              "The state/task '%.*s' returned a result with a size exceeding the "
                              "maximum number of bytes service limit.",
                              STR_ARGS(what)),
    };
    return false;
}

/* ---- fields ---- */

bool evaluate_template(struct turn *turn, struct frame *frame, const struct expr_template *template,
                       const struct expr_env *env, str field, json *out, struct failure *failure)
{
    struct expr_failure why;
    if (!expr_template_eval(template, env, field, out, &why)) {
        failure_from_expr(turn, frame, &why, failure);
        return false;
    }
    if (json_fits(*out, turn->engine->payload_bytes_max)) return true;
    return failure_size(turn, frame->state->name, failure);
}

bool evaluate_path(struct turn *turn, struct frame *frame, const struct asl_path *path, str field,
                   json input, json *out, struct failure *failure)
{
    if (path->kind == ASL_PATH_DEFAULT) {
        *out = input;
        return true;
    }
    if (path->kind == ASL_PATH_NULL) {
        *out = (json){ .kind = JSON_OBJECT };
        return true;
    }
    struct evaluation evaluation;
    evaluation_init(turn, frame, input, &evaluation);
    struct expr_failure why;
    if (expr_eval(path->expr, &evaluation.env, field, out, &why)) return true;
    failure_from_expr(turn, frame, &why, failure);
    return false;
}

bool evaluate_number(struct turn *turn, struct frame *frame, const struct asl_number *number,
                     json input, bool *present, json *out, struct failure *failure)
{
    *present = number->present;
    if (!number->present) return true;
    if (!number->expr) {
        *out = json_double(number->value);
        return true;
    }
    struct evaluation evaluation;
    evaluation_init(turn, frame, input, &evaluation);
    struct expr_failure why;
    if (expr_eval(number->expr, &evaluation.env, number->field, out, &why)) return true;
    failure_from_expr(turn, frame, &why, failure);
    return false;
}

bool effective_input(struct turn *turn, struct frame *frame, json *out, struct failure *failure)
{
    return evaluate_path(turn, frame, &frame->state->input_path, STR("InputPath"),
                         frame_input(turn, frame)->value, out, failure);
}
