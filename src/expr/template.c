/* Payload templates: JSON whose `.$` members (JSONPath) or `{% %}` strings (JSONata) are
 * expressions. Parts without any expression are kept as they are and cost nothing to evaluate. */
#include "expr/internal.h"

enum template_kind { TEMPLATE_CONSTANT, TEMPLATE_EXPRESSION, TEMPLATE_ARRAY, TEMPLATE_OBJECT };

struct expr_template {
    enum template_kind kind;
    bool reads_task_token;
    str name;  /* a member's key in the result */
    str field; /* a member's key as written: "name.$" */
    union {
        json constant;
        struct expr expr;
        struct {
            struct expr_template *items;
            size_t count;
        } parts;
    };
};

/* ---- compiling; as deep as JSON texts may be ---- */

static void compile(struct expr_compiler *c, json value, enum expr_language language,
                    const struct expr_place *place, struct expr_template *out);

static const char *kind_name(json value)
{
    switch ((enum json_kind)value.kind) {
    case JSON_NULL: return "NULL";
    case JSON_BOOL: return "BOOLEAN";
    case JSON_NUMBER: return "NUMBER";
    case JSON_STRING: return "STRING";
    case JSON_ARRAY: return "ARRAY";
    case JSON_OBJECT: return "OBJECT";
    }
    return "NULL";
}

static void compile_path_member(struct expr_compiler *c, json value, const struct expr_place *place,
                                struct expr_template *out)
{
    out->kind = TEMPLATE_EXPRESSION;
    out->name = str_slice(place->key, 0, place->key.len - 2);
    if (!json_is_string(value)) {
        expr_report(c, expr_place_pointer(place, c->arena),
                    arena_printf(c->arena,
                                 "The value for the field '%.*s' must be a STRING that contains a "
                                 "JSONPath but was an %s",
                                 STR_ARGS(place->key), kind_name(value)));
        return;
    }
    struct error ignored;
    unsigned allow = EXPR_ALLOW_PATH | EXPR_ALLOW_CONTEXT | EXPR_ALLOW_INTRINSIC;
    if (expr_build_path(c, json_str(value), allow, &out->expr, &ignored)) {
        out->reads_task_token = out->expr.reads_task_token;
        return;
    }
    expr_report(c, expr_place_pointer(place, c->arena),
                arena_printf(c->arena,
                             "The value for the field '%.*s' must be a valid JSONPath or a valid "
                             "intrinsic function call",
                             STR_ARGS(place->key)));
}

static void compile_member(struct expr_compiler *c, json value, enum expr_language language,
                           const struct expr_place *place, struct expr_template *out)
{
    out->name = out->field = place->key;
    if (language == EXPR_JSONPATH && str_ends_with(place->key, STR(".$"))) {
        compile_path_member(c, value, place, out);
    } else {
        compile(c, value, language, place, out);
    }
}

static void compile_parts(struct expr_compiler *c, json value, enum expr_language language,
                          const struct expr_place *place, struct expr_template *out)
{
    size_t count = json_count(value);
    struct expr_template *items = arena_array(c->arena, count, sizeof *items);
    bool constant = true;
    memset(items, 0, count * sizeof *items);
    out->kind = json_is_array(value) ? TEMPLATE_ARRAY : TEMPLATE_OBJECT;
    for (size_t i = 0; i < count; i++) {
        struct expr_place inner = { .outer = place };
        if (json_is_array(value)) {
            inner.is_index = true;
            inner.index = i;
            compile(c, json_at(value, i), language, &inner, &items[i]);
        } else {
            inner.key = json_key_at(value, i);
            compile_member(c, json_value_at(value, i), language, &inner, &items[i]);
        }
        constant = constant && items[i].kind == TEMPLATE_CONSTANT;
        out->reads_task_token |= items[i].reads_task_token;
    }
    if (constant) {
        out->kind = TEMPLATE_CONSTANT;
        out->constant = value;
        return;
    }
    out->parts.items = items;
    out->parts.count = count;
}

static void compile(struct expr_compiler *c, json value, enum expr_language language,
                    const struct expr_place *place, struct expr_template *out)
{
    if (json_is_array(value) || json_is_object(value)) {
        compile_parts(c, value, language, place, out);
        return;
    }
    bool query = language == EXPR_JSONATA && json_is_string(value);
    if (query && expr_is_jsonata(json_str(value))) {
        out->kind = TEMPLATE_EXPRESSION;
        if (seam_compile(c, json_str(value), place, &out->expr)) {
            out->reads_task_token = out->expr.reads_task_token;
        }
        return;
    }
    out->kind = TEMPLATE_CONSTANT;
    out->constant = value;
}

bool expr_compile_template(struct expr_compiler *c, json value, enum expr_language language,
                           const struct expr_template **out)
{
    size_t problems = c->problem_count;
    struct expr_place place = { .outer = NULL };
    struct expr_template *template = ARENA_NEW(c->arena, struct expr_template);
    compile(c, json_copy(c->arena, value), language, &place, template);
    if (c->problem_count > problems) return false;
    *out = template;
    return true;
}

bool expr_template_reads_task_token(const struct expr_template *template)
{
    return template->reads_task_token;
}

str expr_template_source(const struct expr_template *template)
{
    return template->kind == TEMPLATE_EXPRESSION ? template->expr.source : STR("");
}

/* ---- evaluating ---- */

struct evaluation {
    const struct expr_env *env;
    size_t arena_bytes_max;
    struct expr_failure *failure;
};

static bool evaluate(const struct evaluation *e, const struct expr_template *template,
                     const struct expr_place *place, json *out);

static bool evaluate_array(const struct evaluation *e, const struct expr_template *template,
                           const struct expr_place *place, json *out)
{
    json *items = arena_array(e->env->arena, template->parts.count, sizeof *items);
    for (size_t i = 0; i < template->parts.count; i++) {
        struct expr_place inner = { .outer = place, .is_index = true, .index = i };
        if (!evaluate(e, &template->parts.items[i], &inner, &items[i])) return false;
    }
    *out = json_array(items, template->parts.count);
    return true;
}

static bool evaluate_object(const struct evaluation *e, const struct expr_template *template,
                            const struct expr_place *place, json *out)
{
    struct json_fields fields;
    json_fields_init(&fields, e->env->arena);
    for (size_t i = 0; i < template->parts.count; i++) {
        const struct expr_template *part = &template->parts.items[i];
        struct expr_place inner = { .outer = place, .key = part->field };
        json value = json_null();
        if (!evaluate(e, part, &inner, &value)) return false;
        json_fields_add(&fields, part->name, value);
    }
    *out = json_fields_done(&fields);
    return true;
}

static bool evaluate(const struct evaluation *e, const struct expr_template *template,
                     const struct expr_place *place, json *out)
{
    switch (template->kind) {
    case TEMPLATE_CONSTANT: *out = template->constant; return true;
    case TEMPLATE_ARRAY: return evaluate_array(e, template, place, out);
    case TEMPLATE_OBJECT: return evaluate_object(e, template, place, out);
    case TEMPLATE_EXPRESSION:
        return expr_eval_member(&template->expr, e->env, place, e->arena_bytes_max, out,
                                e->failure);
    }
    return false;
}

bool expr_template_eval(const struct expr_template *template, const struct expr_env *env, str field,
                        json *out, struct expr_failure *failure)
{
    struct evaluation e = {
        .env = env,
        .arena_bytes_max = env->arena->used_bytes + EXPR_RESULT_BYTES_MAX,
        .failure = failure,
    };
    struct expr_place place = { .key = field };
    return evaluate(&e, template, &place, out);
}
