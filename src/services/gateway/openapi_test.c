/* OpenAPI documents as JSON and YAML. */
#include <criterion/criterion.h>

#include "services/gateway/internal.h"

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
