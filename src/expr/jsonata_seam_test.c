/* JSONata in the States Language: AWS's recorded and measured texts, its own functions, what it
 * refuses. The language itself is tested beside its implementation. */
#include "expr/expr.h"
#include "expr/test.h"

struct fixture {
    struct arena arena;
    struct prng prng;
    json context, result;
    struct expr_scope scope;
    struct expr_env env;
};

static void open_fixture(struct fixture *f)
{
    arena_init(&f->arena);
    prng_seed(&f->prng, 1);
    f->context = test_json(&f->arena, "{\"Execution\":{\"Name\":\"run\"}}");
    f->result = test_json(&f->arena, "{\"done\":true}");
    f->scope = (struct expr_scope){ .variables = test_json(&f->arena, "{\"x\":{\"a\":[5,6]}}") };
    f->env = (struct expr_env){
        .input = test_json(&f->arena, "{\"FunctionInput\":\"fst\",\"s\":\"input\",\"n\":7}"),
        .context = &f->context,
        .result = &f->result,
        .scope = &f->scope,
        .prng = &f->prng,
        .arena = &f->arena,
    };
}

static bool compile(struct fixture *f, struct expr_compiler *c, const char *text,
                    const struct expr_template **out)
{
    *c = (struct expr_compiler){ .arena = &f->arena };
    return expr_compile_template(c, test_json(&f->arena, text), EXPR_JSONATA, out);
}

static const struct {
    const char *template, *expected;
} values[] = {
    { "\"{% $states.input.n + 1 %}\"", "8" },
    { "{\"a\":[1,\"{% $x.a[1] %}\"],\"b\":\"$x\"}", "{\"a\":[1,6],\"b\":\"$x\"}" },
    { "\"{% $states.result.done %}\"", "true" },
    { "\"{%$states.context.Execution.Name%}\"", "\"run\"" },
    { "\"{% 1\"", "\"{% 1\"" },
    { "\"{% $x.a[$ > 5] %}\"", "6" },
    { "\"{% null %}\"", "null" },
    { "\"{% $states.input = '\\\"' %}\"", "false" },
    /* Measured on AWS; see floci's issue 2662. */
    { "\"{% $parse(\\\"{\\\\\\\"a\\\\\\\":1}\\\").a %}\"", "1" },
    { "\"{% $partition([1,2,3,4], 2) %}\"", "[[1,2],[3,4]]" },
    { "\"{% $partition([1,2,3], 2) %}\"", "[[1,2],[3]]" },
    { "\"{% $range(0, 6, 2) %}\"", "[0,2,4,6]" },
    { "\"{% $range(0, 9, 3) %}\"", "[0,3,6,9]" },
    { "\"{% $range(3, 1, -1) %}\"", "[3,2,1]" },
    { "\"{% $hash('input', 'SHA-1') %}\"", "\"140f86aae51ab9e1cda9b4254fe98a74eb54c1a1\"" },
    { "\"{% $states.input.s ~> $hash('MD5') %}\"", "\"a43c1b0aa53a0c908810c06ab1ff3967\"" },
    { "\"{% $random(42) %}\"", "0.7275636800328681" },
    { "\"{% $length($uuid()) %}\"", "36" },
    { "\"{% $random() < 1 %}\"", "true" },
};

Test(jsonata_seam, fills_templates)
{
    for (size_t i = 0; i < sizeof values / sizeof values[0]; i++) {
        struct fixture f;
        open_fixture(&f);
        struct expr_compiler c;
        const struct expr_template *template = NULL;
        cr_assert(compile(&f, &c, values[i].template, &template), "%s", values[i].template);
        json got = json_null();
        struct expr_failure failure = { 0 };
        cr_assert(expr_template_eval(template, &f.env, STR("Output"), &got, &failure), "%s: %s",
                  values[i].template, test_cstr(&f.arena, failure.cause));
        test_assert_json(&f.arena, got, test_json(&f.arena, values[i].expected),
                         values[i].template);
        arena_close(&f.arena);
    }
}

static const struct {
    const char *field, *template, *location, *cause;
} failures[] = {
    /* Recorded: undefined_reference, math_random_seeded. */
    { "Arguments", "\"{% $doesNotExist %}\"", "Arguments",
      "The JSONata expression '$doesNotExist' specified for the field 'Arguments' returned nothing "
      "(undefined)." },
    { "Output", "{\"result\":\"{% $doesNotExist %}\"}", "Output/result",
      "The JSONata expression '$doesNotExist' specified for the field 'Output/result' returned "
      "nothing (undefined)." },
    { "Output", "{\"FunctionResult\":\"{% $randomSeeded($states.input.FunctionInput.fst) %}\"}",
      "Output/FunctionResult",
      "The JSONata expression '$randomSeeded($states.input.FunctionInput.fst)' specified for the "
      "field 'Output/FunctionResult' threw an error during evaluation. T1006: Attempted to invoke "
      "a non-function" },
    /* Measured on AWS; see floci's issues 2689 and 2737. */
    { "Output", "{\"a\":{\"b\":[1,\"{% $states.input.missing %}\"]}}", "Output/a/b[1]",
      "The JSONata expression '$states.input.missing' specified for the field 'Output/a/b[1]' "
      "returned nothing (undefined)." },
    { "Output", "{\"r\":\"{% $eval('1+1') %}\"}", "Output/r",
      "The JSONata expression '$eval('1+1')' specified for the field 'Output/r' threw an error "
      "during evaluation. T1006: Attempted to invoke a non-function" },
};

Test(jsonata_seam, says_what_aws_says_when_an_evaluation_fails)
{
    for (size_t i = 0; i < sizeof failures / sizeof failures[0]; i++) {
        struct fixture f;
        open_fixture(&f);
        struct expr_compiler c;
        const struct expr_template *template = NULL;
        const char *text = failures[i].template;
        cr_assert(compile(&f, &c, text, &template), "%s", text);
        json got = json_null();
        struct expr_failure failure = { 0 };
        cr_assert_not(
            expr_template_eval(template, &f.env, str_from(failures[i].field), &got, &failure));
        test_assert_str(&f.arena, failure.error, STR("States.QueryEvaluationError"), text);
        test_assert_str(&f.arena, failure.cause, str_from(failures[i].cause), text);
        test_assert_str(&f.arena, failure.location, str_from(failures[i].location), text);
        arena_close(&f.arena);
    }
}

static const struct {
    const char *template, *code, *pointer, *message;
} refused[] = {
    /* Measured on AWS; see floci's issues 2670 and 2745. */
    { "{\"v\":\"{% phone %}\"}", "UNSUPPORTED_JSONATA_EXPRESSION", "/v",
      "Reference to 'phone' at the top level is not supported." },
    { "{\"a\":{\"b\":[\"{% phone = 1 %}\"]}}", "UNSUPPORTED_JSONATA_EXPRESSION", "/a/b/0",
      "Reference to 'phone' at the top level is not supported." },
    { "\"{% $.phone %}\"", "UNSUPPORTED_JSONATA_EXPRESSION", "",
      "Reference to '$' at the top level is not supported." },
    { "\"{% $$ %}\"", "UNSUPPORTED_JSONATA_EXPRESSION", "", "Reference to '$$' is not supported." },
    { "{\"v\":\"{% phone[1,2) %}\"}", "INVALID_JSONATA_EXPRESSION", "/v",
      "Expected \"]\", got \",\"" },
    { "\"{% \\\"unterminated %}\"", "INVALID_JSONATA_EXPRESSION", "",
      "String literal must be terminated by a matching quote" },
    { "\"{% 1 + %}\"", "INVALID_JSONATA_EXPRESSION", "", "Unexpected end of expression" },
    { "\"{% {\\\"a\\\":} %}\"", "INVALID_JSONATA_EXPRESSION", "",
      "The symbol \"}\" cannot be used as a unary operator" },
};

Test(jsonata_seam, refuses_what_aws_refuses)
{
    for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++) {
        struct fixture f;
        open_fixture(&f);
        struct expr_compiler c;
        const struct expr_template *template = NULL;
        const char *text = refused[i].template;
        cr_assert_not(compile(&f, &c, text, &template), "%s", text);
        cr_assert_eq(c.problem_count, 1, "%s", text);
        test_assert_str(&f.arena, c.problems[0].code, str_from(refused[i].code), text);
        test_assert_str(&f.arena, c.problems[0].pointer, str_from(refused[i].pointer), text);
        test_assert_str(&f.arena, c.problems[0].message, str_from(refused[i].message), text);
        arena_close(&f.arena);
    }
}

Test(jsonata_seam, accepts_names_that_a_step_before_them_anchors)
{
    static const char *const accepted[] = {
        "\"{% $states.input.phone %}\"",
        "\"{% $states.input.items[phone > 3] %}\"",
        "\"{% $map($states.input.a, function($x){ $x.phone }) %}\"",
        "\"{% $phone %}\"",
    };
    for (size_t i = 0; i < sizeof accepted / sizeof accepted[0]; i++) {
        struct fixture f;
        open_fixture(&f);
        struct expr_compiler c;
        const struct expr_template *template = NULL;
        cr_assert(compile(&f, &c, accepted[i], &template), "%s", accepted[i]);
        arena_close(&f.arena);
    }
}

Test(jsonata_seam, lists_the_variables_that_are_the_machines)
{
    struct fixture f;
    open_fixture(&f);
    struct expr_compiler c;
    const struct expr_template *template = NULL;
    cr_assert(compile(&f, &c,
                      "\"{% ($local := $x; $sum([$local, $y]) + $states.input.n + "
                      "$count($range(1, 2, 1))) %}\"",
                      &template));
    cr_assert_eq(c.variable_count, 2);
    test_assert_str(&f.arena, c.variables[0], STR("x"), "first");
    test_assert_str(&f.arena, c.variables[1], STR("y"), "second");
    arena_close(&f.arena);
}

Test(jsonata_seam, knows_what_can_read_the_task_token)
{
    static const struct {
        const char *text;
        bool reads;
    } tokens[] = {
        { "{% $states.context.Task.Token %}", true },
        { "{% $states.context.Task %}", true },
        { "{% $states %}", true },
        { "{% $states.context %}", true },
        { "{% $states.context.Execution.Id %}", false },
        { "{% $states.input.Task.Token %}", false },
    };
    for (size_t i = 0; i < sizeof tokens / sizeof tokens[0]; i++) {
        struct fixture f;
        open_fixture(&f);
        struct expr_compiler c = { .arena = &f.arena };
        const struct expr *expr = NULL;
        cr_assert(expr_compile_jsonata(&c, str_from(tokens[i].text), &expr), "%s", tokens[i].text);
        cr_assert_eq(expr_reads_task_token(expr), tokens[i].reads, "%s", tokens[i].text);
        arena_close(&f.arena);
    }
}

Test(jsonata_seam, tells_absence_from_failure)
{
    struct fixture f;
    open_fixture(&f);
    struct expr_compiler c = { .arena = &f.arena };
    const struct expr *absent = NULL, *failing = NULL;
    cr_assert(expr_compile_jsonata(&c, STR("{% $states.input.no %}"), &absent));
    cr_assert(expr_compile_jsonata(&c, STR("{% 1 + 'a' %}"), &failing));
    json value = json_null();
    struct expr_failure failure = { 0 };
    cr_assert_eq(expr_find(absent, &f.env, &value, &failure), EXPR_ABSENT);
    cr_assert_eq(expr_find(failing, &f.env, &value, &failure), EXPR_FAILED);
    arena_close(&f.arena);
}
