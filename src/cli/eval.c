/* `baton eval`: one expression on one input, without a server. For trying out what goes into a
 * definition. */
#include <stdio.h>
#include <unistd.h>

#include "base/clock.h"
#include "cli/commands.h"
#include "cli/options.h"
#include "expr/expr.h"
#include "expr/jsonata/jsonata.h"

/* ---- errors ---- */

/* The bytes of s before its `units`-th UTF-16 unit, as JSONata counts positions. */
static size_t bytes_of_units(str s, uint32_t units)
{
    size_t at = 0;
    while (at < s.len && units > 0) {
        uint32_t taken = str_utf8_next(s, &at) > 0xFFFF ? 2 : 1;
        units -= taken < units ? taken : units;
    }
    return at;
}

/* The line of the text that holds byte `at`, and a caret below that byte. */
static void print_caret(str text, size_t at)
{
    size_t begin = at, end = str_find_char(text, '\n', at);
    while (begin > 0 && text.ptr[begin - 1] != '\n')
        begin--;
    fprintf(stderr, "  %.*s\n  ", STR_ARGS(str_slice(text, begin, end)));
    for (size_t i = begin; i < at;) {
        uint32_t c = str_utf8_next(text, &i);
        fputc(c == '\t' ? '\t' : ' ', stderr);
    }
    fputs("^\n", stderr);
}

/* A position is that behind the token at fault, so the caret goes below the character before. */
static int print_error(str text, const struct jsonata_error *err)
{
    uint32_t unit = err->position > 0 ? err->position - 1 : 0;
    const char *code = err->code[0] ? err->code : "error";
    fprintf(stderr, "%s at %u: %.*s\n", code, err->position, STR_ARGS(err->message));
    if (text.len > 0) print_caret(text, bytes_of_units(text, unit));
    return 1;
}

static int print_result(struct arena *arena, bool defined, json value)
{
    if (!defined) {
        fputs("(the result is undefined)\n", stderr);
        return 0;
    }
    struct buf out;
    buf_init(&out, arena);
    json_write_pretty(&out, value);
    printf("%.*s\n", STR_ARGS(buf_str(&out)));
    return 0;
}

/* ---- JSONata ---- */

/* "... threw an error during evaluation. T0410: text" -> code and text, which are the function's
 * own; what stands before names a field of a state, and there is none here. */
static bool fail_with_cause(struct jsonata_call *call, str cause)
{
    static const char said[] = "during evaluation";
    size_t at = str_find(cause, STR(said), 0);
    if (at == cause.len) return jsonata_call_fail(call, "", "%.*s", STR_ARGS(cause));
    str rest = str_skip(cause, at + sizeof said - 1);
    bool coded = str_starts_with(rest, STR(". "));
    rest = str_skip(rest, 2);
    size_t colon = coded ? str_find(rest, STR(": "), 0) : rest.len;
    if (colon == rest.len) return jsonata_call_fail(call, "", "%.*s", STR_ARGS(rest));
    const char *code = arena_cstr(jsonata_call_arena(call), str_slice(rest, 0, colon));
    return jsonata_call_fail(call, code, "%.*s", STR_ARGS(str_skip(rest, colon + 2)));
}

/* A function of Step Functions is called as a state would call it, its arguments as variables:
 * there is one implementation. */
static bool call_as_a_state(struct jsonata_call *call, str text, json *out)
{
    static const str names[] = { STR_INIT("a"), STR_INIT("b"), STR_INIT("c") };
    struct arena *arena = jsonata_call_arena(call);
    const struct jsonata_env *query = jsonata_call_env(call);
    struct expr_compiler compiler = { .arena = arena };
    struct json_fields variables;
    json_fields_init(&variables, arena);
    for (size_t i = 0; i < jsonata_call_count(call) && i < sizeof names / sizeof *names; i++) {
        json argument = jsonata_call_argument(call, i);
        if (!jsonata_is_undefined(argument)) json_fields_add(&variables, names[i], argument);
    }
    struct expr_scope scope = { .variables = json_fields_done(&variables) };
    struct expr_env env = {
        .input = json_null(),
        .scope = &scope,
        .prng = query->prng,
        .now_ms = query->now_ms,
        .arena = arena,
    };
    const struct expr *expr;
    struct expr_failure failure;
    bool good = expr_compile_jsonata(&compiler, text, &expr);
    ASSERT(good);
    switch (expr_find(expr, &env, out, &failure)) {
    case EXPR_FOUND: return true;
    case EXPR_ABSENT: *out = jsonata_undefined(); return true;
    case EXPR_FAILED: break;
    }
    return fail_with_cause(call, failure.cause);
}

static bool call_partition(struct jsonata_call *call, json *out)
{
    return call_as_a_state(call, STR("{% $partition($a, $b) %}"), out);
}

static bool call_range(struct jsonata_call *call, json *out)
{
    return call_as_a_state(call, STR("{% $range($a, $b, $c) %}"), out);
}

static bool call_hash(struct jsonata_call *call, json *out)
{
    return call_as_a_state(call, STR("{% $hash($a, $b) %}"), out);
}

static bool call_random(struct jsonata_call *call, json *out)
{
    return call_as_a_state(call, STR("{% $random($a) %}"), out);
}

static bool call_uuid(struct jsonata_call *call, json *out)
{
    return call_as_a_state(call, STR("{% $uuid() %}"), out);
}

static bool call_parse(struct jsonata_call *call, json *out)
{
    return call_as_a_state(call, STR("{% $parse($a) %}"), out);
}

/* With the signatures of the Developer Guide ("Transforming data with JSONata"). */
static const struct jsonata_native natives[] = {
    { STR_INIT("partition"), STR_INIT("<an:a>"), call_partition, 2 },
    { STR_INIT("range"), STR_INIT("<nnn:a>"), call_range, 3 },
    { STR_INIT("hash"), STR_INIT("<ss:s>"), call_hash, 2 },
    { STR_INIT("random"), STR_INIT("<n?:n>"), call_random, 1 },
    { STR_INIT("uuid"), STR_INIT("<:s>"), call_uuid, 0 },
    { STR_INIT("parse"), STR_INIT("<s:x>"), call_parse, 1 },
};

/* `$` and `$states.input` are both the input: plain JSONata and what stands in a state both run. */
static int eval_jsonata(struct arena *arena, str text, json input, struct prng *prng)
{
    if (expr_is_jsonata(text)) text = str_trim(str_slice(text, 2, text.len - 2));
    struct json_fields states;
    json_fields_init(&states, arena);
    json_fields_add(&states, STR("input"), input);
    struct jsonata_binding binding = { STR("states"), json_fields_done(&states) };
    struct jsonata_env env = {
        .bindings = &binding,
        .binding_count = 1,
        .natives = natives,
        .native_count = sizeof natives / sizeof *natives,
        .prng = prng,
        .now_ms = clock_now_ms(),
        .arena = arena,
    };
    const struct jsonata *compiled;
    struct jsonata_error err;
    bool defined = false;
    json value;
    if (!jsonata_compile(text, arena, &compiled, &err)) return print_error(text, &err);
    if (!jsonata_eval(compiled, input, &env, &defined, &value, &err)) {
        return print_error(text, &err);
    }
    return print_result(arena, defined, value);
}

/* ---- JSONPath ---- */

static int eval_jsonpath(struct arena *arena, str text, json input, struct prng *prng)
{
    struct expr_compiler compiler = { .arena = arena };
    const struct expr *expr;
    if (!expr_compile_path(&compiler, text,
                           EXPR_ALLOW_PATH | EXPR_ALLOW_CONTEXT | EXPR_ALLOW_INTRINSIC, &expr)) {
        str message = compiler.problems[0].message;
        fprintf(stderr, "%.*s: %.*s\n", STR_ARGS(compiler.problems[0].code), STR_ARGS(message));
        return 1;
    }
    struct json_fields none;
    json_fields_init(&none, arena);
    json context = json_fields_done(&none);
    struct expr_env env = {
        .input = input,
        .context = &context,
        .prng = prng,
        .now_ms = clock_now_ms(),
        .arena = arena,
    };
    struct expr_failure failure;
    json value;
    enum expr_found found = expr_find(expr, &env, &value, &failure);
    if (found != EXPR_FAILED) return print_result(arena, found == EXPR_FOUND, value);
    fprintf(stderr, "%.*s: %.*s\n", STR_ARGS(failure.error), STR_ARGS(failure.cause));
    return 1;
}

/* ---- the command ---- */

/* JSON as it is, "@FILE", or a file's name, whichever it is; "-" is standard input. */
static json read_input(struct arena *arena, str argument)
{
    json value;
    struct error err;
    bool is_file = str_eq(argument, STR("-")) || str_starts_with(argument, STR("@"));
    if (!is_file && json_parse(argument, arena, &value, &err)) return value;
    if (!is_file) is_file = access(arena_cstr(arena, argument), F_OK) == 0;
    str path = str_starts_with(argument, STR("@")) ? str_skip(argument, 1) : argument;
    str text = is_file ? read_file(arena, path) : argument;
    if (!json_parse(text, arena, &value, &err))
        quit(2, "--input is %s: %.*s (at byte %u)",
             is_file ? "not JSON" : "neither JSON nor a file", STR_ARGS(error_text(&err)),
             err.offset);
    return value;
}

int command_eval(int argc, char **argv)
{
    struct option_row options[] = {
        { .name = "input", .argument = "JSON|FILE", .help = "what $ is (default {}; - for stdin)" },
        { .name = "language", .argument = "NAME", .help = "jsonata (default) or jsonpath" },
    };
    struct command_line line = {
        .usage = "baton eval EXPRESSION [OPTIONS]",
        .description =
            "Evaluates one expression without a server and prints the result as JSON.\n"
            "JSONata, with or without {% %}: the input is $ and $states.input. JSONPath: a\n"
            "path or an intrinsic function. @FILE reads the expression from a file; put --\n"
            "before one that begins with a minus sign. Exits with 1 on an error.",
        .options = options,
        .option_count = sizeof options / sizeof *options,
        .operands_min = 1,
        .operands_max = 1,
    };
    struct arena arena;
    arena_init(&arena);
    options_read(&line, &arena, argc, argv);
    str language = option_or(&line, "language", STR("jsonata"));
    bool jsonata = str_eq(language, STR("jsonata"));
    if (!jsonata && !str_eq(language, STR("jsonpath")))
        quit(2, "--language is jsonata or jsonpath");
    str text = str_trim(read_argument(&arena, line.operands[0]));
    size_t chars;
    if (!str_utf8_count(text, &chars)) quit(2, "the expression is not UTF-8");
    json input = read_input(&arena, option_or(&line, "input", STR("{}")));
    uint64_t seed;
    struct prng prng;
    entropy_fill(&seed, sizeof seed);
    prng_seed(&prng, seed);
    int status = jsonata ? eval_jsonata(&arena, text, input, &prng)
                         : eval_jsonpath(&arena, text, input, &prng);
    arena_close(&arena);
    return status;
}
