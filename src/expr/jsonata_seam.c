/* JSONata as the States Language uses it: `{% %}` around expressions, `$states` and variables in
 * place of a context item, six functions of AWS's own, and AWS's words for what goes wrong. */
#include <math.h>

#include "expr/internal.h"
#include "expr/jsonata/jsonata.h"

/* ---- AWS's functions ---- */

static bool whole(struct jsonata_call *call, size_t index, const char *function, int64_t *out)
{
    double value = floor(json_number(jsonata_call_argument(call, index)));
    if (!(value >= INT32_MIN && value <= INT32_MAX)) {
        return jsonata_call_fail(call, "T0410",
                                 "Argument %zu of function \"%s\" does not match function "
                                 "signature",
                                 index + 1, function);
    }
    *out = (int64_t)value;
    return true;
}

/* A function of nothing gives nothing, as JSONata's own functions do. */
static bool has_undefined(struct jsonata_call *call, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (jsonata_is_undefined(jsonata_call_argument(call, i))) return true;
    }
    return false;
}

static bool call_partition(struct jsonata_call *call, json *out)
{
    *out = jsonata_undefined();
    if (has_undefined(call, 2)) return true;
    json array = jsonata_call_argument(call, 0);
    int64_t size = 0;
    if (!whole(call, 1, "partition", &size)) return false;
    if (size <= 0) {
        return jsonata_call_fail(call, "T0410",
                                 "Argument 2 of function \"partition\" must be "
                                 "greater than zero");
    }
    struct json_list chunks;
    size_t count = json_count(array);
    if (!jsonata_call_spend(call, count)) return false;
    json_list_init(&chunks, jsonata_call_arena(call));
    for (size_t from = 0; from < count; from += (size_t)size) {
        struct json_list chunk;
        json_list_init(&chunk, jsonata_call_arena(call));
        for (size_t i = from; i < count && i - from < (size_t)size; i++)
            json_list_add(&chunk, json_at(array, i));
        json_list_add(&chunks, json_list_done(&chunk));
    }
    *out = json_list_done(&chunks);
    return true;
}

static bool call_range(struct jsonata_call *call, json *out)
{
    *out = jsonata_undefined();
    if (has_undefined(call, 3)) return true;
    int64_t from = 0, to = 0, step = 0;
    if (!whole(call, 0, "range", &from) || !whole(call, 1, "range", &to) ||
        !whole(call, 2, "range", &step)) {
        return false;
    }
    if (step == 0) {
        return jsonata_call_fail(call, "T0410",
                                 "Argument 3 of function \"range\" must not be "
                                 "zero");
    }
    struct json_list items;
    json_list_init(&items, jsonata_call_arena(call));
    for (int64_t i = from; step > 0 ? i <= to : i >= to; i += step) {
        if (!jsonata_call_spend(call, 1)) return false;
        json_list_add(&items, json_i64(jsonata_call_arena(call), i));
    }
    /* A sequence, as AWS answers: one of a single number is that number. */
    *out = items.count == 1 ? items.items[0] : json_list_done(&items);
    return true;
}

static bool call_hash(struct jsonata_call *call, json *out)
{
    *out = jsonata_undefined();
    if (has_undefined(call, 2)) return true;
    str data = json_str(jsonata_call_argument(call, 0)), digest;
    str algorithm = json_str(jsonata_call_argument(call, 1));
    if (!jsonata_call_spend(call, data.len / 64)) return false;
    if (!intrinsic_digest(jsonata_call_arena(call), algorithm, data, &digest)) {
        return jsonata_call_fail(call, "T0410",
                                 "Argument 2 of function \"hash\" must be one of MD5, SHA-1, "
                                 "SHA-256, SHA-384, SHA-512");
    }
    *out = json_string(digest);
    return true;
}

static bool call_random(struct jsonata_call *call, json *out)
{
    json seed = jsonata_call_argument(call, 0);
    if (jsonata_is_undefined(seed)) {
        struct prng *prng = jsonata_call_env(call)->prng;
        ASSERT(prng != NULL);
        *out = json_double(prng_double(prng));
        return true;
    }
    int64_t value = 0;
    struct java_random random;
    if (!json_to_i64(seed, &value) && !whole(call, 0, "random", &value)) return false;
    java_random_seed(&random, value);
    *out = json_double(java_random_double(&random));
    return true;
}

static bool call_uuid(struct jsonata_call *call, json *out)
{
    struct prng *prng = jsonata_call_env(call)->prng;
    ASSERT(prng != NULL);
    char *text = arena_alloc(jsonata_call_arena(call), PRNG_UUID_CHARS);
    prng_uuid(prng, text);
    *out = json_string((str){ text, PRNG_UUID_CHARS });
    return true;
}

static bool call_parse(struct jsonata_call *call, json *out)
{
    *out = jsonata_undefined();
    if (has_undefined(call, 1)) return true;
    str text = json_str(jsonata_call_argument(call, 0));
    struct error err;
    if (!jsonata_call_spend(call, text.len / 16)) return false;
    if (json_parse(text, jsonata_call_arena(call), out, &err)) return true;
    str why = error_text(&err);
    return jsonata_call_fail(call, "", "%.*s", STR_ARGS(why));
}

/* AWS has no $eval: calling it is calling nothing. */
static bool call_eval(struct jsonata_call *call, json *out)
{
    (void)out;
    return jsonata_call_fail(call, "T1006", "Attempted to invoke a non-function");
}

static const struct jsonata_native natives[] = {
    { STR_INIT("partition"), STR_INIT("<an:a>"), call_partition, 2 },
    { STR_INIT("range"), STR_INIT("<nnn:a>"), call_range, 3 },
    { STR_INIT("hash"), STR_INIT("<ss:s>"), call_hash, 2 },
    { STR_INIT("random"), STR_INIT("<n?:n>"), call_random, 1 },
    { STR_INIT("uuid"), STR_INIT("<:s>"), call_uuid, 0 },
    { STR_INIT("parse"), STR_INIT("<s:x>"), call_parse, 1 },
    { STR_INIT("eval"), STR_INIT(""), call_eval, 1 },
};
enum { NATIVE_COUNT = sizeof natives / sizeof natives[0] };

static bool is_native(str name)
{
    for (size_t i = 0; i < NATIVE_COUNT; i++) {
        if (str_eq(natives[i].name, name)) return true;
    }
    return false;
}

/* ---- compiling ---- */

/* Whether a use of $states at `at` in the text can reach context.Task.Token. Looking at the text
 * errs on the side of true, which only silences a warning. */
static bool use_may_read_token(str text, size_t at)
{
    str rest = str_skip(text, at + STR("$states").len);
    if (str_starts_with(rest, STR(".input")) || str_starts_with(rest, STR(".result")) ||
        str_starts_with(rest, STR(".errorOutput"))) {
        return false;
    }
    if (!str_starts_with(rest, STR(".context."))) return true;
    rest = str_skip(rest, STR(".context.").len);
    if (!str_starts_with(rest, STR("Task"))) return false;
    rest = str_skip(rest, STR("Task").len);
    return !str_starts_with(rest, STR(".")) || str_starts_with(rest, STR(".Token"));
}

static bool may_read_token(str text)
{
    for (size_t at = str_find(text, STR("$states"), 0); at < text.len;
         at = str_find(text, STR("$states"), at + 1)) {
        if (use_may_read_token(text, at)) return true;
    }
    return false;
}

static bool refuse(struct expr_compiler *c, const struct expr_place *place, str message)
{
    expr_report_code(c, STR("UNSUPPORTED_JSONATA_EXPRESSION"), expr_place_pointer(place, c->arena),
                     message);
    return false;
}

/* There is no context item: a name, `$` or `$$` at the top level has nothing to refer to. */
static bool check_use(struct expr_compiler *c, const struct jsonata_use *use,
                      const struct expr_place *place)
{
    str name = use->name;
    switch (use->kind) {
    case JSONATA_USE_BUILTIN: return true;
    case JSONATA_USE_VARIABLE:
        if (!str_eq(name, STR("states")) && !is_native(name)) expr_add_variable(c, name);
        return true;
    case JSONATA_USE_ROOT: return refuse(c, place, STR("Reference to '$$' is not supported."));
    case JSONATA_USE_CONTEXT: name = STR("$"); break;
    case JSONATA_USE_FIELD: break;
    }
    return refuse(c, place,
                  arena_printf(c->arena, "Reference to '%.*s' at the top level is not supported.",
                               STR_ARGS(name)));
}

bool seam_compile(struct expr_compiler *c, str text, const struct expr_place *place,
                  struct expr *out)
{
    struct expr expr = { .kind = EXPR_KIND_JSONATA };
    ASSERT(expr_is_jsonata(text));
    expr.source = str_trim(str_slice(text, 2, text.len - 2));
    struct jsonata_error err;
    if (!jsonata_compile(expr.source, c->arena, &expr.query, &err)) {
        expr_report_code(c, STR("INVALID_JSONATA_EXPRESSION"), expr_place_pointer(place, c->arena),
                         arena_str(c->arena, err.message));
        return false;
    }
    bool ok = true;
    for (size_t i = 0; i < jsonata_use_count(expr.query); i++) {
        struct jsonata_use use = jsonata_use_at(expr.query, i);
        ok = check_use(c, &use, place) && ok;
    }
    if (!ok) return false;
    expr.reads_task_token = may_read_token(expr.source);
    *out = expr;
    return true;
}

/* ---- evaluating ---- */

static json states_object(const struct expr_env *env)
{
    struct json_fields fields;
    json_fields_init(&fields, env->arena);
    json_fields_add(&fields, STR("input"), env->input);
    if (env->result) json_fields_add(&fields, STR("result"), *env->result);
    if (env->error_output) json_fields_add(&fields, STR("errorOutput"), *env->error_output);
    if (env->context) json_fields_add(&fields, STR("context"), *env->context);
    return json_fields_done(&fields);
}

static bool look_up(void *context, str name, json *out)
{
    const struct expr_env *env = context;
    if (str_eq(name, STR("states"))) {
        *out = states_object(env);
        return true;
    }
    const json *value = scope_find(env->scope, name);
    if (!value) return false;
    *out = *value;
    return true;
}

static bool fail(const struct expr *expr, const struct expr_env *env,
                 const struct expr_place *place, str what, struct expr_failure *failure)
{
    str field = expr_place_text(place, env->arena);
    *failure = (struct expr_failure){
        .error = STR("States.QueryEvaluationError"),
        .cause = arena_printf(env->arena,
                              "The JSONata expression '%.*s' specified for the field '%.*s' %.*s",
                              STR_ARGS(expr->source), STR_ARGS(field), STR_ARGS(what)),
        .location = field,
    };
    return false;
}

bool seam_fail_undefined(const struct expr *expr, const struct expr_env *env,
                         const struct expr_place *place, struct expr_failure *failure)
{
    return fail(expr, env, place, STR("returned nothing (undefined)."), failure);
}

bool seam_evaluate(const struct expr *expr, const struct expr_env *env,
                   const struct expr_place *place, bool *defined, json *out,
                   struct expr_failure *failure)
{
    /* The interface hands the environment on untyped; look_up only reads it. */
    struct expr_env copy = *env;
    struct jsonata_env query = {
        .lookup = look_up,
        .natives = natives,
        .native_count = NATIVE_COUNT,
        .context = &copy,
        .prng = env->prng,
        .now_ms = env->now_ms,
        .arena = env->arena,
    };
    struct jsonata_error err;
    if (jsonata_eval(expr->query, jsonata_undefined(), &query, defined, out, &err)) return true;
    /* AWS puts a sentence's end before a coded message, and a colon before one without a code. */
    bool coded = err.code[0] != '\0';
    return fail(expr, env, place,
                arena_printf(env->arena, "threw an error during evaluation%s %s%s%.*s",
                             coded ? "." : ":", err.code, coded ? ": " : "", STR_ARGS(err.message)),
                failure);
}
