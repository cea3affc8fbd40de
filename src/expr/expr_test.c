/* Fields, templates, variables and ResultPath: AWS's recorded texts (../shared/conformance/asl). */
#include "expr/expr.h"
#include "expr/test.h"

enum { ANY = EXPR_ALLOW_PATH | EXPR_ALLOW_CONTEXT | EXPR_ALLOW_INTRINSIC };

static const char *const context_text =
    "{\"Execution\":{\"Input\":{\"int-literal\":0},\"Name\":\"run\"},\"Task\":{\"Token\":\"t\"}}";

struct fixture {
    struct arena arena;
    struct prng prng;
    json context;
    struct expr_scope outer, scope;
    struct expr_env env;
};

static void open_fixture(struct fixture *f, const char *input)
{
    arena_init(&f->arena);
    prng_seed(&f->prng, 1);
    f->context = test_json(&f->arena, context_text);
    f->outer = (struct expr_scope){
        .variables = test_json(&f->arena, "{\"x\":{\"a\":[5,6]},\"shadowed\":1,\"n\":null}")
    };
    f->scope = (struct expr_scope){ .outer = &f->outer,
                                    .variables = test_json(&f->arena, "{\"shadowed\":2}") };
    f->env = (struct expr_env){
        .input = test_json(&f->arena, input),
        .context = &f->context,
        .scope = &f->scope,
        .prng = &f->prng,
        .arena = &f->arena,
    };
}

static const struct expr *compile(struct fixture *f, const char *text, unsigned allow)
{
    struct expr_compiler c = { .arena = &f->arena };
    const struct expr *expr = NULL;
    cr_assert(expr_compile_path(&c, str_from(text), allow, &expr), "%s", text);
    return expr;
}

/* ---- fields ---- */

static const struct {
    const char *field, *expression, *input, *cause;
} failures[] = {
    /* Recorded: scenarios/base_scenarios.invalid_jsonpath, catch_states_runtime. */
    { "InputPath", "$.NoSuchInputPath", "{\"int-literal\":0}",
      "Invalid path '$.NoSuchInputPath' : No results for path: $['NoSuchInputPath']" },
    { "TimeoutSecondsPath", "$.NoSuchTimeoutSecondsPath", "{\"int-literal\":0}",
      "Invalid path '$.NoSuchTimeoutSecondsPath' : No results for path: "
      "$['NoSuchTimeoutSecondsPath']" },
    { "OutputPath", "$.no.such.result.path", "{}",
      "Invalid path '$.no.such.result.path' : Missing property in path $['no']" },
    { "ErrorPath", "$.ErrorX", "{\"Error\":\"error-value\"}",
      "The JSONPath '$.ErrorX' specified for the field 'ErrorPath' could not be found in the "
      "input '{\"Error\":\"error-value\"}'" },
    /* Jayway's words for the other ways to miss. */
    { "InputPath", "$.a[3]", "{\"a\":[1]}",
      "Invalid path '$.a[3]' : No results for path: $['a'][3]" },
    { "InputPath", "$.a.b", "{\"a\":\"x\"}",
      "Invalid path '$.a.b' : Expected to find an object with property ['b'] in path $['a'] but "
      "found 'java.lang.String'. This is not a json object according to the JsonProvider: "
      "'com.jayway.jsonpath.spi.json.JacksonJsonProvider'." },
    { "InputPath", "$.a[0]", "{\"a\":{\"b\":[1,\"c\"]}}",
      "Invalid path '$.a[0]' : Filter: [0] can only be applied to arrays. Current context is: "
      "{b=[1, c]}" },
    { "InputPath", "$.a[0]", "{\"a\":null}", "Invalid path '$.a[0]' : The path $['a'] is null" },
    /* Seen on AWS: a state that got null as its input. */
    { "InputPath", "$.a", "null", "Unable to apply Path transformation to null or empty input." },
    { "InputPath", "$missing.a", "{}", "Invalid path '$missing.a' : No results for path: $['a']" },
};

Test(expr, says_what_aws_says_when_a_field_finds_nothing)
{
    for (size_t i = 0; i < sizeof failures / sizeof failures[0]; i++) {
        struct fixture f;
        open_fixture(&f, failures[i].input);
        const struct expr *expr = compile(&f, failures[i].expression, ANY);
        json value = json_null();
        struct expr_failure failure = { 0 };
        cr_assert_not(expr_eval(expr, &f.env, str_from(failures[i].field), &value, &failure));
        test_assert_str(&f.arena, failure.error, STR("States.Runtime"), failures[i].expression);
        test_assert_str(&f.arena, failure.cause, str_from(failures[i].cause),
                        failures[i].expression);
        json ignored = json_null();
        cr_assert_eq(expr_find(expr, &f.env, &ignored, &failure), EXPR_ABSENT);
        arena_close(&f.arena);
    }
}

static const struct {
    const char *expression, *input, *expected;
} values[] = {
    { "$", "[1]", "[1]" },
    { "$.a.b[-1]", "{\"a\":{\"b\":[1,2]}}", "2" },
    { "$.delivery-partner", "{\"delivery-partner\":1}", "1" },
    { "$$.Execution.Name", "null", "\"run\"" },
    { "$$", "null",
      "{\"Execution\":{\"Input\":{\"int-literal\":0},\"Name\":\"run\"},\"Task\":{\"Token\":\"t\"}"
      "}" },
    { "$x", "null", "{\"a\":[5,6]}" },
    { "$x.a[0]", "null", "5" },
    { "$x['a'][*]", "null", "[5,6]" },
    { "$shadowed", "null", "2" },
    { "$n", "1", "null" },
    { "States.Array($x.a[1], $$.Execution.Name)", "null", "[6,\"run\"]" },
};

Test(expr, finds_nodes_in_input_context_and_variables)
{
    for (size_t i = 0; i < sizeof values / sizeof values[0]; i++) {
        struct fixture f;
        open_fixture(&f, values[i].input);
        const struct expr *expr = compile(&f, values[i].expression, ANY);
        json value = json_null();
        struct expr_failure failure = { 0 };
        cr_assert(expr_eval(expr, &f.env, STR("InputPath"), &value, &failure), "%s",
                  values[i].expression);
        test_assert_json(&f.arena, value, test_json(&f.arena, values[i].expected),
                         values[i].expression);
        arena_close(&f.arena);
    }
}

static const struct {
    const char *text;
    unsigned allow;
} refused[] = {
    { "", ANY },
    { "a", ANY },
    { "$.", ANY },
    { "$..", ANY },
    { "$.a b", ANY },
    { "$.a[", ANY },
    { "$[?(@.a == )]", ANY },
    { "$1x", ANY },
    { "@.a", ANY },
    { "$$.Execution", EXPR_ALLOW_PATH },
    { "States.UUID()", EXPR_ALLOW_PATH | EXPR_ALLOW_CONTEXT },
    { "States.Format('{}', $$.Task)", EXPR_ALLOW_PATH | EXPR_ALLOW_INTRINSIC },
    { "$.a", EXPR_ALLOW_INTRINSIC },
    { "$.a[*]", EXPR_ALLOW_PATH | EXPR_REFERENCE_ONLY },
    { "$..a", EXPR_ALLOW_PATH | EXPR_REFERENCE_ONLY },
    { "$.a[0,1]", EXPR_ALLOW_PATH | EXPR_REFERENCE_ONLY },
    { "$.a[0:1]", EXPR_ALLOW_PATH | EXPR_REFERENCE_ONLY },
    { "$.a[?(@.b)]", EXPR_ALLOW_PATH | EXPR_REFERENCE_ONLY },
    { "$['a','b']", EXPR_ALLOW_PATH | EXPR_REFERENCE_ONLY },
    { "$.a.length()", EXPR_ALLOW_PATH | EXPR_REFERENCE_ONLY },
};

Test(expr, refuses_what_is_no_path_or_not_allowed)
{
    struct arena arena;
    arena_init(&arena);
    for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++) {
        struct expr_compiler c = { .arena = &arena };
        const struct expr *expr = NULL;
        cr_assert_not(expr_compile_path(&c, str_from(refused[i].text), refused[i].allow, &expr),
                      "%s", refused[i].text);
        cr_assert_eq(c.problem_count, 1);
        test_assert_str(&arena, c.problems[0].code, STR("SCHEMA_VALIDATION_FAILED"),
                        refused[i].text);
    }
    arena_close(&arena);
}

Test(expr, takes_variable_names_of_eighty_characters_and_no_more)
{
    struct arena arena;
    arena_init(&arena);
    struct expr_compiler c = { .arena = &arena };
    const struct expr *expr = NULL;
    char name[EXPR_VARIABLE_NAME_CHARS_MAX + 2];
    memset(name, 'v', sizeof name);
    name[0] = '$';
    cr_assert(expr_compile_path(&c, (str){ name, sizeof name - 1 }, ANY, &expr));
    cr_assert_not(expr_compile_path(&c, (str){ name, sizeof name }, ANY, &expr));
    arena_close(&arena);
}

/* ---- what a compilation tells ---- */

Test(expr, lists_the_variables_used_each_once)
{
    struct arena arena;
    arena_init(&arena);
    struct expr_compiler c = { .arena = &arena };
    const struct expr_template *template = NULL;
    /* Recorded: BASE_REFERENCE_IN_PARAMETERS and BASE_REFERENCE_IN_INTRINSIC_FUNCTION. */
    json value = test_json(&arena, "{\"constant\":\"$result\",\"r.$\":\"$result.a\","
                                   "\"f.$\":\"States.Format('{}', $name, $result)\"}");
    cr_assert(expr_compile_template(&c, value, EXPR_JSONPATH, &template));
    cr_assert_eq(c.variable_count, 2);
    test_assert_str(&arena, c.variables[0], STR("result"), "first");
    test_assert_str(&arena, c.variables[1], STR("name"), "second");
    arena_close(&arena);
}

static const struct {
    const char *text;
    bool reads;
} tokens[] = {
    { "$$.Task.Token", true },
    { "$$.Task", true },
    { "$$", true },
    { "$$..Token", true },
    { "$$['Task']['Token']", true },
    { "States.Format('{}', $$.Task.Token)", true },
    { "States.Array(States.Array($$.Task))", true },
    { "$$.Execution.Id", false },
    { "$.Task.Token", false },
    { "$$.Task.Other", false },
};

Test(expr, knows_which_expressions_can_read_the_task_token)
{
    for (size_t i = 0; i < sizeof tokens / sizeof tokens[0]; i++) {
        struct fixture f;
        open_fixture(&f, "null");
        cr_assert_eq(expr_reads_task_token(compile(&f, tokens[i].text, ANY)), tokens[i].reads, "%s",
                     tokens[i].text);
        arena_close(&f.arena);
    }
}

/* ---- templates ---- */

static const struct expr_template *compile_template(struct fixture *f, const char *text)
{
    struct expr_compiler c = { .arena = &f->arena };
    const struct expr_template *template = NULL;
    cr_assert(expr_compile_template(&c, test_json(&f->arena, text), EXPR_JSONPATH, &template), "%s",
              text);
    return template;
}

static const struct {
    const char *template, *input, *expected;
} templates[] = {
    { "{\"a\":1,\"b\":[\"$.x\",{\"c.$\":\"$.x\"}]}", "{\"x\":2}",
      "{\"a\":1,\"b\":[\"$.x\",{\"c\":2}]}" },
    { "\"$.x\"", "{\"x\":2}", "\"$.x\"" },
    { "{\"v.$\":\"$.items[5]\"}", "{\"items\":[1,2]}", "{\"v\":null}" },
    { "{\"v.$\":\"$.n\"}", "{\"n\":null}", "{\"v\":null}" },
    { "{\"v.$\":\"$\"}", "[]", "{\"v\":[]}" },
    { "{\"v.$\":\"$x.a[1]\"}", "null", "{\"v\":6}" },
    { "{\"deep\":{\"er\":{\"v.$\":\"$$.Task.Token\"}}}", "null",
      "{\"deep\":{\"er\":{\"v\":\"t\"}}}" },
};

Test(expr, fills_templates)
{
    for (size_t i = 0; i < sizeof templates / sizeof templates[0]; i++) {
        struct fixture f;
        open_fixture(&f, templates[i].input);
        const struct expr_template *template = compile_template(&f, templates[i].template);
        json value = json_null();
        struct expr_failure failure = { 0 };
        cr_assert(expr_template_eval(template, &f.env, STR("Parameters"), &value, &failure));
        test_assert_json(&f.arena, value, test_json(&f.arena, templates[i].expected),
                         templates[i].template);
        arena_close(&f.arena);
    }
}

Test(expr, says_what_aws_says_when_a_template_finds_nothing)
{
    struct fixture f;
    open_fixture(&f, "{\"a\":1}");
    json value = json_null();
    struct expr_failure failure = { 0 };
    const struct expr_template *input = compile_template(&f, "{\"o\":{\"y.$\":\"$.x\"}}");
    cr_assert_not(expr_template_eval(input, &f.env, STR("Parameters"), &value, &failure));
    test_assert_str(&f.arena, failure.error, STR("States.Runtime"), "error");
    test_assert_str(&f.arena, failure.cause,
                    STR("The JSONPath '$.x' specified for the field 'y.$' could not be found in "
                        "the input '{\"a\":1}'"),
                    "cause");
    /* Recorded: INVALID_JSONPATH_IN_STRING_EXPR_CONTEXTPATH. */
    const struct expr_template *context =
        compile_template(&f, "{\"value.$\":\"$$.Execution.Input.no_such_jsonpath\"}");
    cr_assert_not(expr_template_eval(context, &f.env, STR("Parameters"), &value, &failure));
    str cause = arena_printf(&f.arena,
                             "The JSONPath '$$.Execution.Input.no_such_jsonpath' specified for the "
                             "field 'value.$' could not be found in the input '%s'",
                             context_text);
    test_assert_str(&f.arena, failure.cause, cause, "cause");
    arena_close(&f.arena);
}

Test(expr, costs_nothing_to_fill_a_template_without_expressions)
{
    struct fixture f;
    open_fixture(&f, "null");
    const struct expr_template *template = compile_template(&f, "{\"a\":[1,{\"b\":\"c\"}]}");
    json value = json_null();
    struct expr_failure failure = { 0 };
    size_t before = f.arena.used_bytes;
    cr_assert(expr_template_eval(template, &f.env, STR("Parameters"), &value, &failure));
    cr_assert_eq(f.arena.used_bytes, before);
    test_assert_json(&f.arena, value, test_json(&f.arena, "{\"a\":[1,{\"b\":\"c\"}]}"), "value");
    arena_close(&f.arena);
}

Test(expr, reports_every_problem_of_a_template_with_its_place)
{
    struct arena arena;
    arena_init(&arena);
    struct expr_compiler c = { .arena = &arena };
    const struct expr_template *template = NULL;
    json value = test_json(&arena, "{\"a\":[{\"b/~.$\":\"foo\"}],\"c.$\":{}}");
    cr_assert_not(expr_compile_template(&c, value, EXPR_JSONPATH, &template));
    cr_assert_eq(c.problem_count, 2);
    test_assert_str(&arena, c.problems[0].pointer, STR("/a/0/b~1~0.$"), "pointer");
    test_assert_str(&arena, c.problems[0].message,
                    STR("The value for the field 'b/~.$' must be a valid JSONPath or a valid "
                        "intrinsic function call"),
                    "message");
    test_assert_str(&arena, c.problems[1].pointer, STR("/c.$"), "pointer");
    arena_close(&arena);
}

/* ---- ResultPath ---- */

static const struct {
    const char *path, *root, *value, *expected; /* expected NULL: the path does not match */
} result_paths[] = {
    { "$", "{\"a\":1}", "2", "2" },
    { "$.r", "{\"a\":1}", "2", "{\"a\":1,\"r\":2}" },
    { "$.a", "{\"a\":1,\"b\":2}", "[]", "{\"a\":[],\"b\":2}" },
    { "$.a.b.c", "{}", "1", "{\"a\":{\"b\":{\"c\":1}}}" },
    { "$.a.b", "{\"a\":{\"x\":1}}", "2", "{\"a\":{\"x\":1,\"b\":2}}" },
    { "$['a b']", "{}", "1", "{\"a b\":1}" },
    { "$.a[1]", "{\"a\":[1,2,3]}", "9", "{\"a\":[1,9,3]}" },
    { "$.a[1].b", "{\"a\":[1,{},3]}", "9", "{\"a\":[1,{\"b\":9},3]}" },
    { "$[0]", "[1]", "2", "[2]" },
    { "$.a", "\"text\"", "1", NULL },
    { "$.a", "[1]", "1", NULL },
    { "$.a.b", "{\"a\":1}", "1", NULL },
    { "$.a[3]", "{\"a\":[1,2,3]}", "9", NULL },
    { "$.a[0]", "{}", "9", NULL },
};

Test(expr, puts_results_where_the_reference_path_points)
{
    for (size_t i = 0; i < sizeof result_paths / sizeof result_paths[0]; i++) {
        struct fixture f;
        open_fixture(&f, "null");
        const struct expr *path =
            compile(&f, result_paths[i].path, EXPR_ALLOW_PATH | EXPR_REFERENCE_ONLY);
        json root = test_json(&f.arena, result_paths[i].root), out = json_null();
        json before = json_copy(&f.arena, root);
        struct expr_failure failure = { 0 };
        bool ok = expr_put(path, &f.env, root, test_json(&f.arena, result_paths[i].value), &out,
                           &failure);
        cr_assert_eq(ok, result_paths[i].expected != NULL, "%s", result_paths[i].path);
        test_assert_json(&f.arena, root, before, "the root is left alone");
        if (ok) {
            test_assert_json(&f.arena, out, test_json(&f.arena, result_paths[i].expected),
                             result_paths[i].path);
        } else {
            test_assert_str(&f.arena, failure.error, STR("States.ResultPathMatchFailure"),
                            result_paths[i].path);
        }
        arena_close(&f.arena);
    }
}
