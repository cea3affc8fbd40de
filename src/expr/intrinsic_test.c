/* Intrinsic functions: AWS's recorded executions (../shared/conformance/asl), the examples of AWS's
 * developer guide, and what AWS answers when an argument is not there. */
#include "expr/internal.h"
#include "expr/test.h"

struct fixture {
    struct arena arena;
    struct prng prng;
    json context;
    struct expr_env env;
};

static void open_fixture(struct fixture *f, json input)
{
    prng_seed(&f->prng, 1);
    struct json_fields execution, context;
    json_fields_init(&execution, &f->arena);
    json_fields_add(&execution, STR("Input"), input);
    json_fields_add(&execution, STR("Name"), json_string(STR("run")));
    json_fields_init(&context, &f->arena);
    json_fields_add(&context, STR("Execution"), json_fields_done(&execution));
    json_fields_add(&context, STR("StateMachine"),
                    test_json(&f->arena, "{\"Id\":\"arn\",\"Name\":\"a-b-c\"}"));
    f->context = json_fields_done(&context);
    f->env = (struct expr_env){
        .input = input, .context = &f->context, .prng = &f->prng, .arena = &f->arena
    };
}

static const struct expr_template *compile(struct fixture *f, json parameters)
{
    struct expr_compiler c = { .arena = &f->arena };
    const struct expr_template *template = NULL;
    bool ok = expr_compile_template(&c, parameters, EXPR_JSONPATH, &template);
    cr_assert(ok, "%s", ok ? "" : test_cstr(&f->arena, c.problems[0].message));
    return template;
}

/* ---- recorded executions ---- */

static const char *const recorded[] = {
    "intrinsic_functions/array.array_2",
    "intrinsic_functions/array.array_contains",
    "intrinsic_functions/array.array_get_item",
    "intrinsic_functions/array.array_length",
    "intrinsic_functions/array.array_partition",
    "intrinsic_functions/array.array_range",
    "intrinsic_functions/array.array_unique",
    "intrinsic_functions/encode_decode.base_64_decode",
    "intrinsic_functions/generic.escape_sequence",
    "intrinsic_functions/generic.format_2",
    "intrinsic_functions/hash_calculations.hash",
    "intrinsic_functions/json_manipulation.json_merge",
    "intrinsic_functions/json_manipulation.string_to_json",
    "intrinsic_functions/string_operations.string_split_context_object",
    "base/base.json_path_array_access.items-0",
    "base/base.json_path_array_access.items-10",
    "base/base.json_path_array_wildcard_or_slice_with_no_input.item-items-1-425c60",
    "base/base.json_path_array_wildcard_or_slice_with_no_input.item-items-1-5-itemValue",
    "base/base.json_path_array_wildcard_or_slice_with_no_input.item-items-1",
    "base/base.json_path_array_wildcard_or_slice_with_no_input.item-items-2b9cc1",
    "base/base.json_path_array_wildcard_or_slice_with_no_input.items-0ecf77",
    "base/base.json_path_array_wildcard_or_slice_with_no_input.items-1-cf8cfe",
    "base/base.json_path_array_wildcard_or_slice_with_no_input.items-1-itemValue-f27c4d",
    "base/base.json_path_array_wildcard_or_slice_with_no_input.items-1-itemValue",
    "base/base.json_path_array_wildcard_or_slice_with_no_input.items-1",
    "base/base.json_path_array_wildcard_or_slice_with_no_input.items-itemValue-0afb9f",
    "base/base.state_pass_regex_json_path_base",
    "scenarios/base_scenarios.escape_sequence_parsing.ESCAPE_SEQUENCES_JSONPATH",
};

static json member(json object, const char *key)
{
    const json *value = json_find(object, str_from(key));
    cr_assert(value != NULL, "%s", key);
    return *value;
}

/* The state's output as recorded: that of the last event of a successful execution. */
static json recorded_output(json execution)
{
    json history = member(member(execution, "expect"), "history");
    json last = json_at(history, json_count(history) - 1);
    return member(member(last, "executionSucceededEventDetails"), "output");
}

static size_t check_execution(struct fixture *f, json parameters, json execution, const char *name)
{
    const json *input = json_find(execution, STR("input"));
    struct expr_failure failure = { 0 };
    json got = json_null();
    open_fixture(f, input ? *input : json_null());
    const struct expr_template *template = compile(f, parameters);
    cr_assert(expr_template_eval(template, &f->env, STR("Parameters"), &got, &failure), "%s: %s",
              name, test_cstr(&f->arena, failure.cause));
    test_assert_json(&f->arena, got, recorded_output(execution), name);
    return 1;
}

Test(intrinsic, answers_as_recorded)
{
    struct fixture f;
    size_t count = 0;
    for (size_t i = 0; i < sizeof recorded / sizeof recorded[0]; i++) {
        arena_init(&f.arena);
        str path = arena_printf(&f.arena, "../shared/conformance/asl/%s.json", recorded[i]);
        json test = test_parse(&f.arena, test_read_file(&f.arena, arena_cstr(&f.arena, path)));
        json state = json_value_at(member(member(test, "definition"), "States"), 0);
        const json *executions = json_find(test, STR("executions"));
        for (size_t k = 0; executions && k < json_count(*executions); k++) {
            count += check_execution(&f, member(state, "Parameters"), json_at(*executions, k),
                                     recorded[i]);
        }
        if (!executions)
            count += check_execution(&f, member(state, "Parameters"), test, recorded[i]);
        arena_close(&f.arena);
    }
    printf("intrinsic: %zu recorded executions\n", count);
    cr_assert_geq(count, 90);
}

/* ---- examples ---- */

static const struct {
    const char *expression, *input, *expected;
} examples[] = {
    /* The developer guide, "Intrinsic functions for JSONPath states". */
    { "States.Array($.Id)", "{\"Id\":123456}", "[123456]" },
    { "States.Array()", "null", "[]" },
    { "States.ArrayPartition($.a,4)", "{\"a\":[1,2,3,4,5,6,7,8,9]}", "[[1,2,3,4],[5,6,7,8],[9]]" },
    { "States.ArrayContains($.a, $.b)", "{\"a\":[1,2,3],\"b\":3}", "true" },
    { "States.ArrayRange(1, 9, 2)", "null", "[1,3,5,7,9]" },
    { "States.ArrayRange(3, 1, -1)", "null", "[3,2,1]" },
    { "States.ArrayUnique($.a)", "{\"a\":[1,2,3,3,3,3,3,3,4]}", "[1,2,3,4]" },
    { "States.ArrayUnique($)",
      "[null,0,-0,0.0,\"0\",[1],[1.0],{\"a\":1,\"b\":2},{\"b\":2,\"a\":1}]",
      "[null,0,\"0\",[1],{\"a\":1,\"b\":2}]" },
    { "States.Base64Encode($.i)", "{\"i\":\"Data to encode\"}", "\"RGF0YSB0byBlbmNvZGU=\"" },
    { "States.Base64Decode('w6k=')", "null", "\"\xC3\xA9\"" },
    { "States.Base64Decode('/w')", "null", "\"\xEF\xBF\xBD\"" },
    { "States.JsonMerge($.a, $.b, false)",
      "{\"a\":{\"a\":{\"x\":1},\"b\":2},\"b\":{\"a\":{\"y\":1},\"c\":3}}",
      "{\"a\":{\"y\":1},\"b\":2,\"c\":3}" },
    { "States.StringToJson($.s)", "{\"s\":\"{\\\"foo\\\": \\\"bar\\\"}\"}", "{\"foo\":\"bar\"}" },
    { "States.JsonToString($.o)", "{\"o\":{\"foo\": \"bar\"}}", "\"{\\\"foo\\\":\\\"bar\\\"}\"" },
    { "States.MathAdd($.v, -1)", "{\"v\":111}", "110" },
    { "States.MathAdd(1.5, 2.4)", "null", "4" },
    { "States.StringSplit($.i, $.s)", "{\"i\":\"1,2,3,4,5\",\"s\":\",\"}",
      "[\"1\",\"2\",\"3\",\"4\",\"5\"]" },
    { "States.StringSplit($.i, $.s)", "{\"i\":\"This.is+a,test=string\",\"s\":\".+,=\"}",
      "[\"This\",\"is\",\"a\",\"test\",\"string\"]" },
    { "States.StringSplit('a\xE2\x82\xAC"
      "b', '\xE2\x82\xAC')",
      "null", "[\"a\",\"b\"]" },
    { "States.StringSplit('', ',')", "null", "[]" },
    { "States.Format('Hello, my name is {}.', $.name)", "{\"name\":\"Arnav\"}",
      "\"Hello, my name is Arnav.\"" },
    { "States.Format('\\'\\{\\}\\\\ {}', 1)", "null", "\"'{}\\\\ 1\"" },
    { "States.Format('{} {} {}', true, null, 1.50)", "null", "\"true null 1.50\"" },
    { "States.Format($.t, 1)", "{\"t\":\"n={}\"}", "\"n=1\"" },
    { "States.Format('{}', $.n)", "{\"n\":null}", "\"null\"" },
    { "States.ArrayLength($.items[*].nope)", "{\"items\":[1,2]}", "0" },
    { "States.ArrayGetItem(States.StringSplit('a-b', '-'), 1)", "null", "\"b\"" },
    { "States.Hash('input', 'SHA-1')", "null", "\"140f86aae51ab9e1cda9b4254fe98a74eb54c1a1\"" },
    { "States.JsonToString($)", "{\"other\":1}", "\"{\\\"other\\\":1}\"" },
    { "States.Array( $.a[?(@.x == 'p,q)')].x , 2 )", "{\"a\":[{\"x\":\"p,q)\"}]}",
      "[[\"p,q)\"],2]" },
};

static json parameters(struct arena *arena, const char *expression)
{
    struct json_fields fields;
    json_fields_init(&fields, arena);
    json_fields_add(&fields, STR("v.$"), json_string(str_from(expression)));
    return json_fields_done(&fields);
}

Test(intrinsic, does_what_the_guide_shows)
{
    struct fixture f;
    for (size_t i = 0; i < sizeof examples / sizeof examples[0]; i++) {
        arena_init(&f.arena);
        open_fixture(&f, test_json(&f.arena, examples[i].input));
        const struct expr_template *template =
            compile(&f, parameters(&f.arena, examples[i].expression));
        json got = json_null();
        struct expr_failure failure = { 0 };
        cr_assert(expr_template_eval(template, &f.env, STR("Parameters"), &got, &failure), "%s: %s",
                  examples[i].expression, test_cstr(&f.arena, failure.cause));
        test_assert_json(&f.arena, member(got, "v"), test_json(&f.arena, examples[i].expected),
                         examples[i].expression);
        arena_close(&f.arena);
    }
}

/* ---- what AWS says of an argument that is not there (measured; see floci's issue 2870) ---- */

static const struct {
    const char *expression, *input, *message;
} absent[] = {
    { "States.Format('{}', $.nope)", "{\"other\":1}",
      "The JsonPath argument for the field '$.nope' could not be found in the input "
      "'{\"other\":1}'" },
    { "States.Format('{} {}', $.other, $.a.b)", "{\"other\":1}",
      "The JsonPath argument for the field '$.a.b' could not be found in the input "
      "'{\"other\":1}'" },
    { "States.Format('{}', States.Format('{}', $.nope))", "{\"other\":1}",
      "The JsonPath argument for the field '$.nope' could not be found in the input "
      "'{\"other\":1}'" },
    { "States.Format('{}', $.items[5])", "{\"items\":[1,2]}",
      "The JsonPath argument for the field '$.items[5]' could not be found in the input "
      "'{\"items\":[1,2]}'" },
    { "States.Format('{}', $.items[5].x)", "{\"items\":[1]}",
      "The JsonPath argument for the field '$.items[5].x' could not be found in the input "
      "'{\"items\":[1]}'" },
    { "States.Format('{}', $.other[0])", "{\"other\":1}",
      "Filter: [0] can only be applied to arrays. Current context is: 1" },
    { "States.Format('{}', $$.Nope.Deep)", "{\"other\":1}",
      "The JsonPath argument for the field '$.Nope.Deep' could not be found in the input "
      "'{\"other\":1}'" },
    { "States.Format('{}', $[0].nope)", "[{\"other\":1}]",
      "The JsonPath argument for the field '$[0].nope' could not be found in the input "
      "'[{\"other\":1}]'" },
};

static void assert_fails(const char *expression, const char *input, const char *error,
                         const char *message)
{
    struct fixture f;
    arena_init(&f.arena);
    open_fixture(&f, test_json(&f.arena, input));
    const struct expr_template *template = compile(&f, parameters(&f.arena, expression));
    json got = json_null();
    struct expr_failure failure = { 0 };
    cr_assert_not(expr_template_eval(template, &f.env, STR("Parameters"), &got, &failure), "%s",
                  expression);
    test_assert_str(&f.arena, failure.error, str_from(error), expression);
    if (message) {
        str cause = arena_printf(&f.arena, "The function '%s' had the following error: %s",
                                 expression, message);
        test_assert_str(&f.arena, failure.cause, cause, expression);
    }
    arena_close(&f.arena);
}

Test(intrinsic, names_the_argument_that_is_not_there)
{
    for (size_t i = 0; i < sizeof absent / sizeof absent[0]; i++)
        assert_fails(absent[i].expression, absent[i].input, "States.Runtime", absent[i].message);
}

Test(intrinsic, fails_on_arguments_that_do_not_fit)
{
    static const char *const wrong[] = {
        "States.Format('{}')",
        "States.Format('{}', 1, 2)",
        "States.Format(1)",
        "States.StringToJson('{')",
        "States.StringToJson(1)",
        "States.ArrayPartition('a', 1)",
        "States.ArrayPartition($.a, 0)",
        "States.ArrayContains(1, 1)",
        "States.ArrayRange(1, 2, 0)",
        "States.ArrayGetItem($.a, 3)",
        "States.ArrayGetItem($.a, -1)",
        "States.ArrayLength('a')",
        "States.ArrayUnique('a')",
        "States.Base64Decode('*')",
        "States.Base64Decode('a')",
        "States.Base64Decode('ab=')",
        "States.Base64Encode(1)",
        "States.Hash('a', 'SHA1')",
        "States.JsonMerge($, $, true)",
        "States.JsonMerge($, 1, false)",
        "States.MathAdd('1', 1)",
        "States.MathAdd(2147483648, 1)",
        "States.MathRandom(1, 1)",
        "States.StringSplit(1, ',')",
    };
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
        assert_fails(wrong[i], "{\"a\":[1,2,3]}", "States.IntrinsicFailure", NULL);
}

Test(intrinsic, is_refused_when_it_is_no_valid_call)
{
    static const char *const wrong[] = {
        "States.StringToJson('{\"text\":\"An \\\"escaped double quote\\\" here\"}')", /* recorded */
        "States.Nothing()",
        "States.Format()",
        "States.UUID(1)",
        "States.MathAdd(1)",
        "States.MathRandom(1, 2, 3, 4)",
        "States.Array(1)[0]",
        "States.Array(1",
        "States.Array(1,)",
        "States.Array('a)",
        "States.Array(\"a\")",
        "States.Array({})",
        "States.Array(01)",
        "States.Array($.a..)",
        "States.Array",
        "States.",
    };
    struct arena arena;
    arena_init(&arena);
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        struct expr_compiler c = { .arena = &arena };
        const struct expr_template *template = NULL;
        cr_assert_not(
            expr_compile_template(&c, parameters(&arena, wrong[i]), EXPR_JSONPATH, &template), "%s",
            wrong[i]);
        cr_assert_eq(c.problem_count, 1);
        test_assert_str(&arena, c.problems[0].message,
                        STR("The value for the field 'v.$' must be a valid JSONPath or a valid "
                            "intrinsic function call"),
                        wrong[i]);
    }
    arena_close(&arena);
}

/* ---- limits ---- */

static const char *nested(struct arena *arena, int depth)
{
    struct buf buf;
    buf_init(&buf, arena);
    for (int i = 0; i < depth; i++)
        buf_add(&buf, STR("States.Array("));
    for (int i = 0; i < depth; i++)
        buf_add_char(&buf, ')');
    return arena_cstr(arena, buf_str(&buf));
}

Test(intrinsic, nests_ten_deep_and_no_deeper)
{
    struct arena arena;
    arena_init(&arena);
    struct expr_compiler c = { .arena = &arena };
    const struct expr_template *template = NULL;
    json good = parameters(&arena, nested(&arena, EXPR_INTRINSIC_DEPTH_MAX));
    json bad = parameters(&arena, nested(&arena, EXPR_INTRINSIC_DEPTH_MAX + 1));
    cr_assert(expr_compile_template(&c, good, EXPR_JSONPATH, &template));
    cr_assert_not(expr_compile_template(&c, bad, EXPR_JSONPATH, &template));
    arena_close(&arena);
}

static bool evaluates(const char *expression, json input_value)
{
    struct fixture f;
    arena_init(&f.arena);
    open_fixture(&f, input_value);
    const struct expr_template *template = compile(&f, parameters(&f.arena, expression));
    json got = json_null();
    struct expr_failure failure = { 0 };
    bool ok = expr_template_eval(template, &f.env, STR("Parameters"), &got, &failure);
    arena_close(&f.arena);
    return ok;
}

Test(intrinsic, gives_a_range_of_a_thousand_and_no_more)
{
    cr_assert(evaluates("States.ArrayRange(1, 1000, 1)", json_null()));
    cr_assert_not(evaluates("States.ArrayRange(1, 1001, 1)", json_null()));
}

Test(intrinsic, takes_texts_of_ten_thousand_characters_and_no_more)
{
    static char text[2 * (EXPR_HASH_CHARS_MAX + 1)];
    /* Two bytes each: characters are what counts. */
    for (size_t i = 0; i < sizeof text; i += 2)
        memcpy(text + i, "\xC3\xA9", 2);
    json good = json_string((str){ text, 2 * EXPR_HASH_CHARS_MAX });
    json bad = json_string((str){ text, sizeof text });
    cr_assert(evaluates("States.Hash($, 'MD5')", good));
    cr_assert_not(evaluates("States.Hash($, 'MD5')", bad));
    cr_assert(evaluates("States.Base64Encode($)", good));
    cr_assert_not(evaluates("States.Base64Encode($)", bad));
}

/* ---- randomness ---- */

Test(intrinsic, draws_random_numbers_within_their_range_and_the_same_from_the_same_seed)
{
    struct fixture f;
    arena_init(&f.arena);
    open_fixture(&f, json_null());
    const struct expr_template *free_draw =
        compile(&f, parameters(&f.arena, "States.MathRandom(-3, 3)"));
    const struct expr_template *seeded =
        compile(&f, parameters(&f.arena, "States.MathRandom(0, 999, 3)"));
    struct expr_failure failure = { 0 };
    json first = json_null(), value = json_null();
    cr_assert(expr_template_eval(seeded, &f.env, STR("P"), &first, &failure));
    for (int i = 0; i < 200; i++) {
        cr_assert(expr_template_eval(free_draw, &f.env, STR("P"), &value, &failure));
        double drawn = json_number(member(value, "v"));
        cr_assert(drawn >= -3 && drawn < 3);
        cr_assert(expr_template_eval(seeded, &f.env, STR("P"), &value, &failure));
        cr_assert(json_equal(value, first));
    }
    arena_close(&f.arena);
}

Test(intrinsic, seeds_the_generator_as_java_does)
{
    struct java_random random;
    java_random_seed(&random, 42);
    cr_assert_eq(java_random_double(&random), 0.7275636800328681, "measured on AWS: $random(42)");
}
