/* One expression behind the public interface: compiling, evaluating, and AWS's words for what goes
 * wrong. */
#include "expr/internal.h"

/* ---- what a compilation collects ---- */

void expr_report_code(struct expr_compiler *c, str code, str pointer, str message)
{
    if (c->problem_count == c->problem_capacity) {
        size_t capacity = c->problem_capacity ? c->problem_capacity * 2 : 4;
        struct expr_problem *problems = arena_array(c->arena, capacity, sizeof *problems);
        if (c->problem_count > 0) {
            memcpy(problems, c->problems, c->problem_count * sizeof *problems);
        }
        c->problems = problems;
        c->problem_capacity = capacity;
    }
    c->problems[c->problem_count++] = (struct expr_problem){ pointer, message, code };
}

void expr_report(struct expr_compiler *c, str pointer, str message)
{
    expr_report_code(c, STR("SCHEMA_VALIDATION_FAILED"), pointer, message);
}

void expr_add_variable(struct expr_compiler *c, str name)
{
    for (size_t i = 0; i < c->variable_count; i++) {
        if (str_eq(c->variables[i], name)) return;
    }
    if (c->variable_count == c->variable_capacity) {
        size_t capacity = c->variable_capacity ? c->variable_capacity * 2 : 4;
        str *variables = arena_array(c->arena, capacity, sizeof *variables);
        if (c->variable_count > 0) {
            memcpy(variables, c->variables, c->variable_count * sizeof *variables);
        }
        c->variables = variables;
        c->variable_capacity = capacity;
    }
    c->variables[c->variable_count++] = name;
}

/* ---- compiling ---- */

static bool build_reference(struct expr_compiler *c, str text, unsigned allow, struct expr *out,
                            struct error *err)
{
    struct expr expr = { .kind = EXPR_KIND_PATH, .source = text };
    if (!reference_compile(text, c->arena, &expr.path, err)) return false;
    if (expr.path.root == REFERENCE_CONTEXT && !(allow & EXPR_ALLOW_CONTEXT)) {
        return error_set(err, ERROR_SYNTAX, "The context object is not available here");
    }
    if ((allow & EXPR_REFERENCE_ONLY) && !expr.path.path.plain) {
        return error_set(err, ERROR_SYNTAX,
                         "The operators '@', '..', ',', ':', '?' and '*' are not supported");
    }
    if (expr.path.root == REFERENCE_VARIABLE) expr_add_variable(c, expr.path.variable);
    expr.reads_task_token = reference_reads_task_token(&expr.path);
    *out = expr;
    return true;
}

bool expr_build_path(struct expr_compiler *c, str text, unsigned allow, struct expr *out,
                     struct error *err)
{
    if (!intrinsic_begins(text)) {
        if (allow & (EXPR_ALLOW_PATH | EXPR_ALLOW_CONTEXT)) {
            return build_reference(c, text, allow, out, err);
        }
        return error_set(err, ERROR_SYNTAX, "A path is not allowed here");
    }
    struct expr expr = { .kind = EXPR_KIND_CALL, .source = text };
    bool allowed = (allow & EXPR_ALLOW_INTRINSIC) != 0;
    if (!allowed || !intrinsic_compile(c, text, (allow & EXPR_ALLOW_CONTEXT) != 0, &expr.call)) {
        return error_set(err, ERROR_SYNTAX, "Not a valid intrinsic function call");
    }
    expr.reads_task_token = expr.call->reads_task_token;
    *out = expr;
    return true;
}

bool expr_compile_path(struct expr_compiler *c, str text, unsigned allow, const struct expr **out)
{
    struct expr *expr = ARENA_NEW(c->arena, struct expr);
    struct error err;
    str copy = arena_str(c->arena, text);
    if (expr_build_path(c, copy, allow, expr, &err)) {
        *out = expr;
        return true;
    }
    str why = error_text(&err);
    expr_report(c, STR(""),
                arena_printf(c->arena, "Invalid path '%.*s': %.*s", STR_ARGS(copy), STR_ARGS(why)));
    return false;
}

bool expr_compile_jsonata(struct expr_compiler *c, str text, const struct expr **out)
{
    struct expr *expr = ARENA_NEW(c->arena, struct expr);
    struct expr_place place = { .outer = NULL };
    if (!seam_compile(c, arena_str(c->arena, text), &place, expr)) return false;
    *out = expr;
    return true;
}

bool expr_is_jsonata(str text)
{
    return text.len >= 4 && str_starts_with(text, STR("{%")) && str_ends_with(text, STR("%}"));
}

bool expr_reads_task_token(const struct expr *expr)
{
    return expr->reads_task_token;
}

str expr_source(const struct expr *expr)
{
    return expr->source;
}

/* ---- places ---- */

/* Texts are built from the inside out, so they are written backwards and turned at the end. */
static void add_reversed(struct buf *buf, str text)
{
    for (size_t i = text.len; i > 0; i--)
        buf_add_char(buf, text.ptr[i - 1]);
}

static str turned(struct buf *buf)
{
    for (size_t i = 0; i < buf->len / 2; i++) {
        char c = buf->ptr[i];
        buf->ptr[i] = buf->ptr[buf->len - 1 - i];
        buf->ptr[buf->len - 1 - i] = c;
    }
    return buf_str(buf);
}

str expr_place_text(const struct expr_place *place, struct arena *arena)
{
    struct buf buf;
    buf_init(&buf, arena);
    for (; place->outer; place = place->outer) {
        if (place->is_index) {
            add_reversed(&buf, arena_printf(arena, "[%zu]", place->index));
        } else {
            add_reversed(&buf, place->key);
            buf_add_char(&buf, '/');
        }
    }
    add_reversed(&buf, place->key);
    return turned(&buf);
}

static void add_reversed_segment(struct buf *buf, str key)
{
    for (size_t i = key.len; i > 0; i--) {
        char c = key.ptr[i - 1];
        if (c == '~')
            add_reversed(buf, STR("~0"));
        else if (c == '/')
            add_reversed(buf, STR("~1"));
        else
            buf_add_char(buf, c);
    }
}

str expr_place_pointer(const struct expr_place *place, struct arena *arena)
{
    struct buf buf;
    buf_init(&buf, arena);
    for (; place->outer; place = place->outer) {
        if (place->is_index)
            add_reversed(&buf, arena_printf(arena, "%zu", place->index));
        else
            add_reversed_segment(&buf, place->key);
        buf_add_char(&buf, '/');
    }
    return turned(&buf);
}

/* ---- evaluating ---- */

static bool fail(struct expr_failure *failure, str cause)
{
    *failure = (struct expr_failure){ .error = STR("States.Runtime"), .cause = cause };
    return false;
}

static bool fail_invalid(const struct expr *expr, const struct path_problem *problem,
                         struct arena *arena, struct expr_failure *failure)
{
    str why = path_problem_text(problem, arena);
    if (problem->fault == PATH_NULL_DOCUMENT) return fail(failure, why);
    return fail(failure, arena_printf(arena, "Invalid path '%.*s' : %.*s", STR_ARGS(expr->source),
                                      STR_ARGS(why)));
}

/* The wording of payload templates, ErrorPath and CausePath. A path into the context object shows
 * the context object. */
static bool fail_not_found(const struct expr *expr, const struct expr_env *env, str field,
                           struct expr_failure *failure)
{
    bool context = expr->path.root == REFERENCE_CONTEXT && env->context;
    str input = json_text(env->arena, context ? *env->context : env->input);
    return fail(failure, arena_printf(env->arena,
                                      "The JSONPath '%.*s' specified for the field '%.*s' could "
                                      "not be found in the input '%.*s'",
                                      STR_ARGS(expr->source), STR_ARGS(field), STR_ARGS(input)));
}

static bool evaluate_call(const struct expr *expr, const struct expr_env *env,
                          size_t arena_bytes_max, json *out, struct expr_failure *failure)
{
    struct intrinsic_eval eval = {
        .env = env,
        .source = expr->source,
        .arena_bytes_max = arena_bytes_max,
        .failure = failure,
    };
    return intrinsic_evaluate(expr->call, &eval, out);
}

static bool evaluate_query(const struct expr *expr, const struct expr_env *env,
                           const struct expr_place *place, json *out, struct expr_failure *failure)
{
    bool defined = false;
    if (!seam_evaluate(expr, env, place, &defined, out, failure)) return false;
    return defined ? true : seam_fail_undefined(expr, env, place, failure);
}

bool expr_eval_member(const struct expr *expr, const struct expr_env *env,
                      const struct expr_place *place, size_t arena_bytes_max, json *out,
                      struct expr_failure *failure)
{
    if (expr->kind == EXPR_KIND_JSONATA) return evaluate_query(expr, env, place, out, failure);
    if (expr->kind == EXPR_KIND_CALL) {
        return evaluate_call(expr, env, arena_bytes_max, out, failure);
    }
    struct path_problem problem;
    switch (reference_evaluate(&expr->path, env, out, &problem)) {
    case PATH_FOUND: return true;
    case PATH_NOT_FOUND: return fail_not_found(expr, env, place->key, failure);
    case PATH_INVALID: return fail_invalid(expr, &problem, env->arena, failure);
    case PATH_OUT_OF_RANGE: *out = json_null(); return true;
    }
    return false;
}

bool expr_eval(const struct expr *expr, const struct expr_env *env, str field, json *out,
               struct expr_failure *failure)
{
    struct expr_place place = { .key = field };
    size_t arena_bytes_max = env->arena->used_bytes + EXPR_RESULT_BYTES_MAX;
    if (expr->kind == EXPR_KIND_JSONATA) return evaluate_query(expr, env, &place, out, failure);
    if (expr->kind == EXPR_KIND_CALL) {
        return evaluate_call(expr, env, arena_bytes_max, out, failure);
    }
    struct path_problem problem;
    enum path_status status = reference_evaluate(&expr->path, env, out, &problem);
    if (status == PATH_FOUND) return true;
    bool of_fail_state = str_eq(field, STR("ErrorPath")) || str_eq(field, STR("CausePath"));
    if (of_fail_state && status != PATH_INVALID) return fail_not_found(expr, env, field, failure);
    return fail_invalid(expr, &problem, env->arena, failure);
}

enum expr_found expr_find(const struct expr *expr, const struct expr_env *env, json *out,
                          struct expr_failure *failure)
{
    struct expr_place place = { .key = STR("") };
    size_t arena_bytes_max = env->arena->used_bytes + EXPR_RESULT_BYTES_MAX;
    bool defined = false;
    struct path_problem problem;
    switch (expr->kind) {
    case EXPR_KIND_CALL:
        return evaluate_call(expr, env, arena_bytes_max, out, failure) ? EXPR_FOUND : EXPR_FAILED;
    case EXPR_KIND_JSONATA:
        if (!seam_evaluate(expr, env, &place, &defined, out, failure)) return EXPR_FAILED;
        return defined ? EXPR_FOUND : EXPR_ABSENT;
    case EXPR_KIND_PATH: break;
    }
    switch (reference_evaluate(&expr->path, env, out, &problem)) {
    case PATH_FOUND: return EXPR_FOUND;
    case PATH_NOT_FOUND:
    case PATH_OUT_OF_RANGE: return EXPR_ABSENT;
    case PATH_INVALID: break;
    }
    /* A step that does not fit is absence too, except when a budget was the reason. */
    if (problem.fault != PATH_BUDGET_USED_UP) return EXPR_ABSENT;
    (void)fail_invalid(expr, &problem, env->arena, failure);
    return EXPR_FAILED;
}
