/* OpenAPI documents as JSON and YAML, and what becomes of YAML's values. */
#include <criterion/criterion.h>

#include "services/gateway/internal.h"

static str as_json(struct arena *arena, const char *yaml)
{
    json value;
    struct error err = { 0 };
    if (!yaml_read(str_from(yaml), arena, &value, &err)) return arena_str(arena, error_text(&err));
    return json_text(arena, value);
}

Test(gateway_yaml, core_schema)
{
    static const struct {
        const char *yaml, *value;
    } rows[] = {
        { "a: 1\nb: [x, 'y', \"z\"]\n", "{\"a\":1,\"b\":[\"x\",\"y\",\"z\"]}" },
        { "{a: true, b: False, c: null, d: ~, e: }",
          "{\"a\":true,\"b\":false,\"c\":null,\"d\":null,\"e\":null}" },
        { "[1.5, -2, 1e3, 0x1, 012, '1', yes]", "[1.5,-2,1e3,\"0x1\",\"012\",\"1\",\"yes\"]" },
        { "a: |\n  two\n  lines\nb: >\n  one\n  line\n",
          "{\"a\":\"two\\nlines\\n\",\"b\":\"one line\\n\"}" },
        { "a: &x {b: 1}\nc: *x\n", "{\"a\":{\"b\":1},\"c\":{\"b\":1}}" },
        { "200: ok", "{\"200\":\"ok\"}" },
        { "", "The document is empty." },
        { "a: !Sub x", "Line 1: a tag that only templates of CloudFormation have" },
        { "? [a]\n: b", "Line 1: a key is no text" },
        { "a: &x [*x]", "Line 1: nested too deep" },
    };
    struct arena arena;
    arena_init(&arena);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        str value = as_json(&arena, rows[i].yaml);
        cr_expect(str_eq(value, str_from(rows[i].value)), "%s: %.*s", rows[i].yaml,
                  STR_ARGS(value));
    }
    arena_close(&arena);
}

Test(gateway_yaml, aliases_do_not_grow_without_end)
{
    struct arena arena;
    struct buf text;
    json value;
    struct error err = { 0 };
    arena_init(&arena);
    buf_init(&text, &arena);
    buf_add(&text, STR("a0: &a0 [x,x,x,x,x,x,x,x,x,x]\n"));
    for (int i = 1; i < 10; i++)
        buf_printf(&text, "a%d: &a%d [*a%d,*a%d,*a%d,*a%d,*a%d,*a%d,*a%d,*a%d,*a%d,*a%d]\n", i, i,
                   i - 1, i - 1, i - 1, i - 1, i - 1, i - 1, i - 1, i - 1, i - 1, i - 1);
    cr_expect_not(yaml_read(buf_str(&text), &arena, &value, &err));
    cr_expect_neq(strstr(err.message, "too many values"), NULL, "%s", err.message);
    arena_close(&arena);
}

Test(gateway_openapi, operations_and_models)
{
    static const char text[] =
        "{\"swagger\":\"2.0\",\"info\":{\"title\":\"t\",\"version\":\"3\"},\"definitions\":{\"A\":{"
        "\"properties\":{\"b\":{\"$ref\":\"#/definitions/B\"}}},\"B\":{}},\"paths\":{\"/a/{b}\":{"
        "\"get\":{},\"x-amazon-apigateway-any-method\":{},\"parameters\":[]},\"/c\":{\"$ref\":"
        "\"#/x~1y\"}},\"x/y\":{\"delete\":{}}}";
    struct arena arena;
    struct openapi openapi;
    struct error err = { 0 };
    arena_init(&arena);
    cr_assert(openapi_read(str_from(text), &arena, &openapi, &err), "%s", err.message);
    cr_expect(openapi.is_v2 && str_eq(openapi.title, STR("t")) &&
              str_eq(openapi.version, STR("3")));
    cr_assert_eq(openapi.count, 3);
    cr_expect(str_eq(openapi.operations[0].method, STR("GET")));
    cr_expect(str_eq(openapi.operations[1].method, STR("ANY")));
    cr_expect(str_eq(openapi.operations[2].method, STR("DELETE")));
    cr_expect(str_eq(openapi.operations[2].path, STR("/c")));
    str models = json_text(&arena, openapi.models);
    cr_expect(str_eq(models, STR("{\"A\":{\"properties\":{\"b\":{\"$ref\":\"https://apigateway."
                                 "amazonaws.com/restapis/-/models/B\"}}},\"B\":{}}")),
              "%.*s", STR_ARGS(models));
    arena_close(&arena);
}

Test(gateway_openapi, what_is_none_is_refused)
{
    static const char *const texts[] = {
        "",
        "{",
        "[]",
        "{}",
        "{\"swagger\":\"1.2\"}",
        "{\"openapi\":\"2.0\"}",
        "{\"swagger\":\"2.0\",\"paths\":{\"a\":{\"get\":{}}}}",
        "{\"swagger\":\"2.0\",\"paths\":{\"/{a}/{a}\":{\"get\":{}}}}",
        "swagger: '2.0'\npaths: [",
    };
    struct arena arena;
    arena_init(&arena);
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        struct openapi openapi;
        struct error err = { 0 };
        cr_expect_not(openapi_read(str_from(texts[i]), &arena, &openapi, &err), "%s", texts[i]);
        cr_expect_eq(err.code, ERROR_GATEWAY_BAD_REQUEST, "%s", texts[i]);
    }
    arena_close(&arena);
}

Test(gateway_openapi, references_that_turn_in_circles_end)
{
    static const char text[] =
        "{\"openapi\":\"3.0.1\",\"a\":{\"$ref\":\"#/b\"},\"b\":{\"$ref\":\"#/"
        "a\"},\"paths\":{\"/x\":{\"$ref\":\"#/a\"}}}";
    struct arena arena;
    struct openapi openapi;
    struct error err = { 0 };
    arena_init(&arena);
    cr_assert(openapi_read(str_from(text), &arena, &openapi, &err), "%s", err.message);
    cr_expect_eq(openapi.count, 0);
    arena_close(&arena);
}
