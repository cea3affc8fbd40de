/* Paths of the States Language: a JSONPath whose `$` is the state's input, the context object ($$)
 * or a variable ($name). */
#include "expr/internal.h"

static bool is_name_byte(char c)
{
    unsigned char byte = (unsigned char)c;
    return byte >= 0x80 || byte == '_' || (byte >= '0' && byte <= '9') ||
           (byte >= 'A' && byte <= 'Z') || (byte >= 'a' && byte <= 'z');
}

static size_t name_end(str text)
{
    size_t at = 1;
    while (at < text.len && is_name_byte(text.ptr[at]))
        at++;
    return at;
}

bool reference_compile(str text, struct arena *arena, struct reference *out, struct error *err)
{
    struct reference reference = { .root = REFERENCE_INPUT, .text = text };
    str path = text;
    if (str_starts_with(text, STR("$$"))) {
        reference.root = REFERENCE_CONTEXT;
        path = str_skip(text, 1);
    } else if (str_starts_with(text, STR("$")) && text.len > 1 && is_name_byte(text.ptr[1])) {
        size_t end = name_end(text);
        size_t chars = 0;
        reference.root = REFERENCE_VARIABLE;
        reference.variable = str_slice(text, 1, end);
        bool named = text.ptr[1] < '0' || text.ptr[1] > '9';
        if (!named || !str_utf8_count(reference.variable, &chars) ||
            chars > EXPR_VARIABLE_NAME_CHARS_MAX) {
            return error_set(err, ERROR_SYNTAX, "Illegal variable name");
        }
        path = arena_printf(arena, "$%.*s", STR_ARGS(str_skip(text, end)));
    }
    if (!str_starts_with(path, STR("$"))) {
        return error_set(err, ERROR_SYNTAX, "Path must start with '$'");
    }
    if (!path_compile(path, arena, 0, &reference.path, err)) return false;
    *out = reference;
    return true;
}

const json *scope_find(const struct expr_scope *scope, str name)
{
    for (; scope; scope = scope->outer) {
        const json *value = json_find(scope->variables, name);
        if (value) return value;
    }
    return NULL;
}

enum path_status reference_evaluate(const struct reference *reference, const struct expr_env *env,
                                    json *out, struct path_problem *problem)
{
    json document = env->input;
    if (reference->root == REFERENCE_CONTEXT) {
        document = env->context ? *env->context : json_null();
    } else if (reference->root == REFERENCE_VARIABLE) {
        const json *value = scope_find(env->scope, reference->variable);
        if (!value) {
            *problem = (struct path_problem){ .path = &reference->path, .fault = PATH_NO_RESULTS };
            return PATH_NOT_FOUND;
        }
        document = *value;
    }
    if (json_is_null(document) && reference->path.count > 0) {
        *problem = (struct path_problem){ .path = &reference->path, .fault = PATH_NULL_DOCUMENT };
        return PATH_INVALID;
    }
    struct path_budget budget;
    path_budget_init(&budget, env->arena);
    struct path_eval eval = {
        .arena = env->arena,
        .document = document,
        .item = document,
        .budget = &budget,
    };
    return path_evaluate(&reference->path, &eval, out, problem);
}

static bool step_may_be(const struct path *path, size_t at, str name)
{
    if (at >= path->count || path->steps[at].kind != PATH_MEMBER) return true;
    return str_eq(path->steps[at].member, name);
}

bool reference_reads_task_token(const struct reference *reference)
{
    return reference->root == REFERENCE_CONTEXT && step_may_be(&reference->path, 0, STR("Task")) &&
           step_may_be(&reference->path, 1, STR("Token"));
}
