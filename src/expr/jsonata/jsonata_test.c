/* Tests of what the conformance suite does not reach: what an expression uses from outside, host
 * functions and variables, positions, and each limit at its bound and one beyond. */
#include "expr/jsonata/jsonata.h"

#include <criterion/criterion.h>
#include <stdio.h>

static struct arena arena;

static void setup(void)
{
    arena_init(&arena);
}

static void teardown(void)
{
    arena_close(&arena);
}

TestSuite(jsonata, .init = setup, .fini = teardown);

/* The result as JSON text, "undefined", or the error's code. */
static const char *run_with(str source, const char *input, struct jsonata_env env)
{
    const struct jsonata *compiled;
    struct jsonata_error err = { 0 };
    struct error parse_error;
    json document = jsonata_undefined(), out;
    bool defined;
    env.arena = &arena;
    if (input) cr_assert(json_parse(str_from(input), &arena, &document, &parse_error));
    if (!jsonata_compile(source, &arena, &compiled, &err) ||
        !jsonata_eval(compiled, document, &env, &defined, &out, &err)) {
        return arena_cstr(&arena, str_from(err.code));
    }
    return defined ? arena_cstr(&arena, json_text(&arena, out)) : "undefined";
}

static const char *run(const char *source)
{
    return run_with(str_from(source), NULL, (struct jsonata_env){ 0 });
}

static const char *repeated(const char *before, const char *part, size_t count, const char *after)
{
    struct buf buf;
    buf_init(&buf, &arena);
    buf_add(&buf, str_from(before));
    for (size_t i = 0; i < count; i++)
        buf_add(&buf, str_from(part));
    buf_add(&buf, str_from(after));
    return arena_cstr(&arena, buf_str(&buf));
}

/* ---- what an expression uses ---- */

static const char *uses_of(const char *source)
{
    static const char *const kinds[] = { "var", "fn", "context", "root", "field" };
    const struct jsonata *compiled;
    struct jsonata_error err;
    struct buf buf;
    buf_init(&buf, &arena);
    cr_assert(jsonata_compile(str_from(source), &arena, &compiled, &err), "%s", source);
    for (size_t i = 0; i < jsonata_use_count(compiled); i++) {
        struct jsonata_use use = jsonata_use_at(compiled, i);
        buf_printf(&buf, "%s%s:%.*s@%u", i ? " " : "", kinds[use.kind], STR_ARGS(use.name),
                   (unsigned)use.position);
    }
    return arena_cstr(&arena, buf_str(&buf));
}

Test(jsonata, lists_what_comes_from_outside)
{
    static const struct {
        const char *source, *uses;
    } cases[] = {
        { "1 + 2", "" },
        { "$states.input.a", "var:states@7" },
        { "$sum($x.price) + $x.y", "fn:sum@4 var:x@7" },
        { "a.b & $ & $$.c", "field:a@1 context:@7 root:$@12" },
        { "$x.(a + $)[b = 1]", "var:x@2" },
        { "($y := 1; $y + $z)", "var:z@17" },
        { "($x := $x + 1; $x)", "var:x@9" },
        { "($f := function($n){ $n = 0 ? 1 : $f($n - 1) * $k }; $f(3))", "var:k@49" },
        { "$map($items, function($v){ $v.a + b })", "fn:map@4 var:items@11 field:b@35" },
        { "($even := function($n){ $odd($n) }; $odd := function($n){ $n }; $even(1))", "" },
        { "$eval('$a')", "fn:eval@5" },
        { "\"\xC3\xA9\xF0\x9F\x98\x80\" & $late", "var:late@13" },
        { "*.x", "field:*@1" },
        { "$o ~> |a|{\"b\": c}|", "var:o@2" },
        { "$s@$i.x.{\"k\": $i.y}", "var:s@2" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        cr_expect_str_eq(uses_of(cases[i].source), cases[i].uses, "%s: %s", cases[i].source,
                         uses_of(cases[i].source));
    }
}

/* ---- the host ---- */

static bool host_twice(struct jsonata_call *call, json *out)
{
    json v = jsonata_call_argument(call, 0);
    if (json_number(v) > 100) return jsonata_call_fail(call, "H0001", "%d is too much", 100);
    *out = json_double(json_number(v) * 2 + *(const double *)jsonata_call_context(call));
    return true;
}

static bool host_nothing(struct jsonata_call *call, json *out)
{
    *out = jsonata_undefined();
    return jsonata_call_count(call) == 0;
}

static bool host_text(struct jsonata_call *call, json *out)
{
    *out = json_string(json_text(jsonata_call_arena(call), jsonata_call_argument(call, 0)));
    return true;
}

static bool host_lookup(void *context, str name, json *out)
{
    (void)context;
    if (!str_eq(name, STR("asked"))) return false;
    *out = json_double(7);
    return true;
}

Test(jsonata, calls_the_hosts_functions_and_reads_its_variables)
{
    static const struct {
        const char *source, *result;
    } cases[] = {
        { "$twice(4)", "8.5" },
        { "$map([1, 2], $twice)", "[2.5,4.5]" },
        { "$twice('x')", "T0410" },
        { "$twice(101)", "H0001" },
        { "$nothing()", "undefined" },
        { "$text([1..3])", "\"[1,2,3]\"" },
        { "$text($string)", "T0410" },
        { "$sum([1, 2])", "\"mine\"" },
        { "$asked + $given", "10" },
        { "$absent", "undefined" },
        { "($given := 1; $given)", "1" },
        { "$random()", "D1014" },
        { "$eval('1')", "D1015" },
        { "$millis()", "1500" },
        { "$now()", "\"1970-01-01T00:00:01.500Z\"" },
    };
    static double half = 0.5;
    static const struct jsonata_native natives[] = {
        { STR_INIT("twice"), STR_INIT("<n:n>"), host_twice, 1 },
        { STR_INIT("nothing"), STR_INIT(""), host_nothing, 0 },
        { STR_INIT("text"), STR_INIT("<j:s>"), host_text, 1 },
    };
    struct jsonata_binding bindings[] = { { STR_INIT("given"), json_double(3) },
                                          { STR_INIT("mine"), json_double(0) } };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct jsonata_env env = { .bindings = bindings,
                                   .binding_count = 2,
                                   .context = &half,
                                   .natives = natives,
                                   .native_count = 3,
                                   .now_ms = 1500,
                                   .lookup = host_lookup,
                                   .refuse_eval = true };
        const char *expected = cases[i].result;
        if (strcmp(cases[i].source, "$sum([1, 2])") == 0) expected = "3";
        cr_expect_str_eq(run_with(str_from(cases[i].source), NULL, env), expected, "%s: %s",
                         cases[i].source, run_with(str_from(cases[i].source), NULL, env));
    }
}

/* ---- results ---- */

Test(jsonata, gives_values_that_are_json)
{
    static const struct {
        const char *source, *result;
    } cases[] = {
        { "1/0", "D1001" },
        { "{'f': $sum, 'l': function(){1}}", "{\"f\":\"\",\"l\":\"\"}" },
        { "[1..3]", "[1,2,3]" },
        { "{'r': [1..2]}", "{\"r\":[1,2]}" },
        { "\"\\uD83D\" & \"\\uDE00\"", "\"\xF0\x9F\x98\x80\"" },
        { "\"\\uD83D\"", "\"\xEF\xBF\xBD\"" },
        { "$join($split('\xF0\x9F\x98\x80', ''))", "\"\xF0\x9F\x98\x80\"" },
        { "{'a': 1} ~> |$|{'b': 2}|", "{\"a\":1,\"b\":2}" },
        { "{'a': {}} ~> |a|{'self': $}|", "D1011" },
        { "n", "12345678901234567890" },
        { "n = 12345678901234567891", "true" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const char *got = run_with(str_from(cases[i].source), "{\"n\":12345678901234567890}",
                                   (struct jsonata_env){ 0 });
        cr_expect_str_eq(got, cases[i].result, "%s: %s", cases[i].source, got);
    }
}

Test(jsonata, reports_place_and_text_of_a_fault)
{
    static const struct {
        const char *source, *code;
        uint32_t position;
        const char *message;
    } cases[] = {
        { "1 +", "S0207", 3, "Unexpected end of expression" },
        { "(1", "S0203", 2, "Expected \")\" before end of expression" },
        { "a]", "S0201", 2, "Syntax error: \"]\"" },
        { "'\xF0\x9F\x98\x80' & \"x", "S0101", 9,
          "String literal must be terminated by a matching quote" },
        { "/(/", "S0302", 3, "No terminating / in regular expression" },
        { "1 + 'a'", "T2002", 3, "The right side of the \"+\" operator must evaluate to a number" },
        { "sum(1)", "T1005", 4, "Attempted to invoke a non-function. Did you mean $sum?" },
        { "$length(1)", "T0410", 8,
          "Argument 1 of function \"length\" does not match function signature" },
        { "\xFF", "S0201", 0, "Syntax error: \"(the text is not UTF-8)\"" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const struct jsonata *compiled;
        struct jsonata_error err = { 0 };
        struct jsonata_env env = { .arena = &arena };
        bool defined;
        json out;
        bool ok = jsonata_compile(str_from(cases[i].source), &arena, &compiled, &err) &&
                  jsonata_eval(compiled, jsonata_undefined(), &env, &defined, &out, &err);
        cr_assert_not(ok, "%s", cases[i].source);
        cr_expect_str_eq(err.code, cases[i].code, "%s: %s", cases[i].source, err.code);
        cr_expect_eq(err.position, cases[i].position, "%s: %u", cases[i].source,
                     (unsigned)err.position);
        cr_expect(str_eq(err.message, str_from(cases[i].message)), "%s: %.*s", cases[i].source,
                  STR_ARGS(err.message));
    }
}

/* ---- limits ---- */

static const char *parentheses(size_t count)
{
    return repeated(repeated("", "(", count, "1"), ")", count, "");
}

Test(jsonata, bounds_the_text)
{
    cr_expect_str_eq(run(parentheses(EXPR_JSONATA_HEIGHT_MAX - 1)), "1");
    cr_expect_str_eq(run(parentheses(EXPR_JSONATA_HEIGHT_MAX)), "S0502");
    cr_expect_str_eq(run(repeated("1", "+1", EXPR_JSONATA_HEIGHT_MAX - 1, "")), "500");
    cr_expect_str_eq(run(repeated("1", "+1", EXPR_JSONATA_HEIGHT_MAX, "")), "S0502");
    cr_expect_str_eq(run(repeated("1", " ", EXPR_JSONATA_TEXT_BYTES_MAX - 1, "")), "1");
    cr_expect_str_eq(run(repeated("1", " ", EXPR_JSONATA_TEXT_BYTES_MAX, "")), "S0502");
}

Test(jsonata, bounds_ranges_and_leaves_them_unwritten)
{
    cr_expect_str_eq(run("$count([1..10000000])"), "10000000");
    cr_expect_str_eq(run("$sum([1..10000000])"), "50000005000000");
    cr_expect_str_eq(run("[0..10000000]"), "D2014");
    cr_expect_str_eq(run("[1..10000000][9999999]"), "10000000");
}

/* `1` needs one expression inside the other for each pair of brackets. */
Test(jsonata, bounds_depth_and_steps)
{
    struct jsonata_env env = { .budget = { .depth = 11 } };
    cr_expect_str_eq(run_with(str_from(parentheses(10)), NULL, env), "1");
    cr_expect_str_eq(run_with(str_from(parentheses(11)), NULL, env), "D1011");
    env.budget = (struct jsonata_budget){ .steps = 12 };
    cr_expect_str_eq(run_with(str_from(parentheses(10)), NULL, env), "1");
    cr_expect_str_eq(run_with(str_from(parentheses(11)), NULL, env), "D1012",
                     "11 blocks and a literal are 12 steps, the result is one more");
}

Test(jsonata, ends_whatever_the_expression)
{
    static const struct {
        const char *source, *code;
    } cases[] = {
        { "($f := function(){ $f() }; $f())", "D1017" },
        { "($f := function($n){ 1 + $f($n) }; $f(1))", "D1011" },
        { "$string($reduce([1..5000], function($a, $v){{'a': $a}}, {}))", "D1011" },
        { "$reduce([1..40], function($a, $v){{'a': $a, 'b': $a}}, {})", "D1012" },
        { "$reduce([1..60], function($a, $v){$a & $a}, 'x')", "D1017" },
        { "$pad('x', 1e12)", "D1017" },
        { "[1..10000000].[1..10000000]", "D1012" },
        { "$match($pad('', 30, 'a') & '!', /(a+)+$/)", "D1016" },
        { "($e := '$eval($e)'; $eval($e))", "D3121" },
        { "$formatInteger(1e15, 'I')", "D1017" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const char *got = run(cases[i].source);
        cr_expect_str_eq(got, cases[i].code, "%s: %s", cases[i].source, got);
    }
}

Test(jsonata, calls_in_tail_position_need_no_stack)
{
    struct jsonata_env env = { .budget = { .depth = 40 } };
    str source = STR("($f := function($n){ $n = 0 ? 'done' : $f($n - 1) }; $f(100000))");
    cr_expect_str_eq(run_with(source, NULL, env), "\"done\"");
}

Test(jsonata, is_the_same_each_time_and_leaves_the_compiled_form_alone)
{
    const struct jsonata *compiled;
    struct jsonata_error err;
    struct jsonata_env env = { .arena = &arena };
    cr_assert(jsonata_compile(STR("($x := $eval('$y := 5'); {'y': $y, 'z': [1, 2]^(>$)})"), &arena,
                              &compiled, &err));
    const char *first = NULL;
    for (int i = 0; i < 3; i++) {
        bool defined;
        json out;
        cr_assert(jsonata_eval(compiled, json_null(), &env, &defined, &out, &err));
        const char *text = arena_cstr(&arena, json_text(&arena, out));
        if (first) cr_expect_str_eq(text, first);
        first = text;
    }
    cr_expect_str_eq(first, "{\"y\":5,\"z\":[2,1]}");
}
