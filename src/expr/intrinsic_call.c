/* Evaluates intrinsic calls: arguments first, then the function; and the mathematical ones. */
#include <math.h>
#include <stdarg.h>
#include <stdio.h>

#include "expr/internal.h"

static bool fail(struct intrinsic_eval *eval, str error, str message)
{
    struct arena *arena = eval->env->arena;
    eval->failure->error = error;
    eval->failure->cause = arena_printf(arena, "The function '%.*s' had the following error: %.*s",
                                        STR_ARGS(eval->source), STR_ARGS(message));
    eval->failure->location = (str){ 0 };
    return false;
}

bool intrinsic_fail(struct intrinsic_eval *eval, const char *format, ...)
{
    char message[ERROR_MESSAGE_BYTES_MAX];
    va_list args;
    va_start(args, format);
    vsnprintf(message, sizeof message, format, args);
    va_end(args);
    return fail(eval, STR("States.IntrinsicFailure"), str_from(message));
}

bool intrinsic_integer(const struct intrinsic_values *v, size_t index, struct intrinsic_eval *eval,
                       int64_t *out)
{
    if (!json_is_number(v->items[index])) {
        return intrinsic_fail(eval, "Argument %zu must be a number", index + 1);
    }
    double value = floor(json_number(v->items[index]) + 0.5);
    if (!(value >= INT32_MIN && value <= INT32_MAX)) {
        return intrinsic_fail(eval, "Argument %zu must be an integer between %d and %d", index + 1,
                              INT32_MIN, INT32_MAX);
    }
    *out = (int64_t)value;
    return true;
}

/* ---- numbers ---- */

static bool math_add(const struct intrinsic_values *v, struct intrinsic_eval *eval, json *out)
{
    int64_t a = 0, b = 0;
    if (!intrinsic_integer(v, 0, eval, &a) || !intrinsic_integer(v, 1, eval, &b)) return false;
    *out = json_i64(eval->env->arena, a + b);
    return true;
}

static bool math_random(const struct intrinsic_values *v, struct intrinsic_eval *eval, json *out)
{
    int64_t from = 0, to = 0, seed = 0;
    if (!intrinsic_integer(v, 0, eval, &from) || !intrinsic_integer(v, 1, eval, &to)) return false;
    if (to <= from) return intrinsic_fail(eval, "The end must be greater than the start");
    uint64_t bound = (uint64_t)(to - from), drawn = 0;
    if (v->count == 3) {
        struct java_random random;
        if (!intrinsic_integer(v, 2, eval, &seed)) return false;
        java_random_seed(&random, seed);
        drawn = java_random_below(&random, bound);
    } else {
        ASSERT(eval->env->prng != NULL);
        drawn = prng_below(eval->env->prng, bound);
    }
    *out = json_i64(eval->env->arena, from + (int64_t)drawn);
    return true;
}

static bool uuid(struct intrinsic_eval *eval, json *out)
{
    ASSERT(eval->env->prng != NULL);
    char *text = arena_alloc(eval->env->arena, PRNG_UUID_CHARS);
    prng_uuid(eval->env->prng, text);
    *out = json_string((str){ text, PRNG_UUID_CHARS });
    return true;
}

/* ---- calls ---- */

/* AWS names an absent argument as it looks to its JSONPath library, $$.a as $.a, and always shows
 * the state's input; other faults show that library's own words. */
static bool fail_reference(const struct reference *reference, struct intrinsic_eval *eval,
                           enum path_status status, const struct path_problem *problem)
{
    struct arena *arena = eval->env->arena;
    if (status == PATH_INVALID) {
        return fail(eval, STR("States.Runtime"), path_problem_text(problem, arena));
    }
    str path = reference->text;
    if (reference->root == REFERENCE_CONTEXT) path = str_skip(path, 1);
    str input = json_text(arena, eval->env->input);
    return fail(eval, STR("States.Runtime"),
                arena_printf(arena,
                             "The JsonPath argument for the field '%.*s' could not be found in "
                             "the input '%.*s'",
                             STR_ARGS(path), STR_ARGS(input)));
}

static bool evaluate_argument(const struct intrinsic_argument *argument,
                              struct intrinsic_eval *eval, json *out)
{
    struct path_problem problem;
    enum path_status status = PATH_FOUND;
    switch (argument->kind) {
    case ARGUMENT_LITERAL: *out = argument->literal.value; return true;
    case ARGUMENT_CALL: return intrinsic_evaluate(argument->call, eval, out);
    case ARGUMENT_REFERENCE:
        status = reference_evaluate(argument->reference, eval->env, out, &problem);
        if (status == PATH_FOUND) return true;
        return fail_reference(argument->reference, eval, status, &problem);
    }
    return false;
}

static bool apply(enum intrinsic_function function, const struct intrinsic_values *v,
                  struct intrinsic_eval *eval, json *out)
{
    switch (function) {
    case INTRINSIC_ARRAY:
    case INTRINSIC_ARRAY_PARTITION:
    case INTRINSIC_ARRAY_CONTAINS:
    case INTRINSIC_ARRAY_RANGE:
    case INTRINSIC_ARRAY_GET_ITEM:
    case INTRINSIC_ARRAY_LENGTH:
    case INTRINSIC_ARRAY_UNIQUE: return intrinsic_array_function(function, v, eval, out);
    case INTRINSIC_FORMAT:
    case INTRINSIC_STRING_TO_JSON:
    case INTRINSIC_JSON_TO_STRING:
    case INTRINSIC_BASE64_ENCODE:
    case INTRINSIC_BASE64_DECODE:
    case INTRINSIC_HASH:
    case INTRINSIC_JSON_MERGE:
    case INTRINSIC_STRING_SPLIT: return intrinsic_text_function(function, v, eval, out);
    case INTRINSIC_MATH_RANDOM: return math_random(v, eval, out);
    case INTRINSIC_MATH_ADD: return math_add(v, eval, out);
    case INTRINSIC_UUID: return uuid(eval, out);
    }
    return false;
}

/* As deep as the compiler allowed calls to nest. */
bool intrinsic_evaluate(const struct intrinsic_call *call, struct intrinsic_eval *eval, json *out)
{
    json *items = arena_array(eval->env->arena, call->count, sizeof *items);
    for (size_t i = 0; i < call->count; i++) {
        if (!evaluate_argument(&call->arguments[i], eval, &items[i])) return false;
    }
    struct intrinsic_values values = { .items = items, .count = call->count };
    if (call->count > 0 && call->arguments[0].kind == ARGUMENT_LITERAL) {
        values.first_is_literal = true;
        values.first_raw = call->arguments[0].literal.raw;
    }
    if (!apply(call->function, &values, eval, out)) return false;
    if (eval->env->arena->used_bytes > eval->arena_bytes_max) {
        return intrinsic_fail(eval, "The result is too large");
    }
    return true;
}
