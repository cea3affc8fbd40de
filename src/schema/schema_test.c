/* What the suite of JSON Schema does not say: AWS's texts, their order, references to other models,
 * documents that are refused, and limits. */
#include <criterion/criterion.h>

#include "schema/schema.h"

static json parse(struct arena *arena, const char *text)
{
    json value = json_null();
    struct error err;
    cr_assert(json_parse(arena_str(arena, str_from(text)), arena, &value, &err), "%s", text);
    return value;
}

static str violations_of(struct arena *arena, const char *document, const char *value)
{
    const struct schema *schema = NULL;
    struct error err = { 0 };
    cr_assert(schema_compile(parse(arena, document), NULL, arena, &schema, &err), "%s: %s",
              document, err.message);
    str violations;
    bool ok = schema_validate(schema, parse(arena, value), arena, &violations);
    cr_assert(ok == str_is_empty(violations));
    return violations;
}

static void check_violations(const char *document, const char *value, const char *expected)
{
    struct arena arena;
    arena_init(&arena);
    str got = violations_of(&arena, document, value);
    cr_expect(str_eq(got, str_from(expected)), "%s: got %.*s", expected, STR_ARGS(got));
    arena_close(&arena);
}

Test(schema, says_what_is_wrong_as_aws_does)
{
    check_violations("{\"required\":[\"b\",\"a\"]}", "{}",
                     "[object has missing required properties ([\"a\",\"b\"])]");
    check_violations("{\"type\":\"number\"}", "\"1\"",
                     "[instance type (string) does not match any allowed primitive type "
                     "(allowed: [\"integer\",\"number\"])]");
    check_violations("{\"type\":[\"string\",\"null\"]}", "1.5",
                     "[instance type (number) does not match any allowed primitive type "
                     "(allowed: [\"null\",\"string\"])]");
    check_violations("{\"enum\":[\"A\",\"B\"]}", "\"AB\"",
                     "[instance value (\"AB\") not found in enum (possible values: "
                     "[\"A\",\"B\"])]");
    check_violations("{\"minLength\":1}", "\"\"",
                     "[string \"\" is too short (length: 0, required minimum: 1)]");
    check_violations("{\"maxLength\":2}", "\"äöü\"",
                     "[string \"äöü\" is too long (length: 3, maximum allowed: 2)]");
    check_violations("{\"minimum\":18}", "17",
                     "[numeric instance is lower than the required minimum (minimum: 18, found: "
                     "17)]");
    check_violations("{\"maximum\":1.5}", "2",
                     "[numeric instance is greater than the required maximum (maximum: 1.5, "
                     "found: 2)]");
    check_violations("{\"minimum\":0,\"exclusiveMinimum\":true}", "0",
                     "[numeric instance is not strictly greater than the required minimum 0]");
    check_violations("{\"pattern\":\"^[a-z]+$\"}", "\"pi*lot\"",
                     "[ECMA 262 regex \"^[a-z]+$\" does not match input string \"pi*lot\"]");
    check_violations("{\"additionalProperties\":false,\"properties\":{\"x\":{}}}",
                     "{\"y\":1,\"x\":1,\"b\":2}",
                     "[object instance has properties which are not allowed by the schema: "
                     "[\"b\",\"y\"]]");
    check_violations("{\"oneOf\":[{\"type\":\"string\"},{\"type\":\"null\"}]}", "1",
                     "[instance failed to match exactly one schema (matched 0 out of 2)]");
    check_violations("{\"anyOf\":[{\"type\":\"string\"},{\"type\":\"null\"}]}", "1",
                     "[instance failed to match at least one required schema among 2]");
    check_violations("{\"minItems\":2,\"uniqueItems\":true}", "[1]",
                     "[array is too short: must have at least 2 elements but instance has 1 "
                     "elements]");
    check_violations("{\"uniqueItems\":true}", "[{\"a\":1,\"b\":2},{\"b\":2,\"a\":1.0}]",
                     "[array must not contain duplicate elements]");
}

Test(schema, collects_all_violations_in_order)
{
    check_violations("{\"type\":\"object\",\"required\":[\"name\"],\"properties\":{"
                     "\"age\":{\"type\":\"integer\",\"minimum\":0},\"name\":{\"type\":\"string\"},"
                     "\"tags\":{\"type\":\"array\",\"items\":{\"type\":\"string\"}}}}",
                     "{\"tags\":[\"a\",1],\"age\":-1}",
                     "[object has missing required properties ([\"name\"]), instance type "
                     "(integer) does not match any allowed primitive type (allowed: "
                     "[\"string\"]), numeric instance is lower than the required minimum "
                     "(minimum: 0, found: -1)]");
}

static bool find_pet(void *context, str reference, json *out)
{
    if (!str_eq(reference, STR("https://apigateway.amazonaws.com/restapis/a1/models/Pet")))
        return false;
    *out = *(json *)context;
    return true;
}

Test(schema, refers_to_other_models)
{
    struct arena arena;
    arena_init(&arena);
    json pet = parse(&arena, "{\"definitions\":{\"name\":{\"type\":\"string\"}},"
                             "\"properties\":{\"name\":{\"$ref\":\"#/definitions/name\"}}}");
    struct schema_resolver resolver = { &pet, find_pet };
    const struct schema *schema = NULL;
    struct error err = { 0 };
    json document = parse(&arena, "{\"type\":\"array\",\"items\":{\"$ref\":"
                                  "\"https://apigateway.amazonaws.com/restapis/a1/models/Pet\"}}");
    cr_assert(schema_compile(document, &resolver, &arena, &schema, &err), "%s", err.message);
    str violations;
    cr_expect(schema_validate(schema, parse(&arena, "[{\"name\":\"x\"}]"), &arena, &violations));
    cr_expect(!schema_validate(schema, parse(&arena, "[{\"name\":1}]"), &arena, &violations));
    cr_expect(!schema_compile(document, NULL, &arena, &schema, &err));
    cr_expect(err.code == ERROR_VALIDATION);
    arena_close(&arena);
}

Test(schema, refuses_what_draft_4_does_not_allow)
{
    static const char *const documents[] = {
        "[]",
        "{\"type\":\"text\"}",
        "{\"type\":1}",
        "{\"required\":\"a\"}",
        "{\"required\":[1]}",
        "{\"required\":[]}",
        "{\"required\":[\"b\",\"a\",\"b\"]}",
        "{\"dependencies\":{\"a\":[]}}",
        "{\"properties\":{\"a\":true}}",
        "{\"minimum\":\"1\"}",
        "{\"maximum\":1,\"exclusiveMaximum\":2}",
        "{\"minLength\":-1}",
        "{\"maxItems\":1.5}",
        "{\"multipleOf\":0}",
        "{\"enum\":[]}",
        "{\"anyOf\":[]}",
        "{\"allOf\":[1]}",
        "{\"pattern\":\"(\"}",
        "{\"patternProperties\":{\"[\":{}}}",
        "{\"$ref\":\"#/definitions/none\"}",
        "{\"$ref\":\"#\"}",
        "{\"definitions\":{\"a\":{\"$ref\":\"#/definitions/b\"},\"b\":{\"$ref\":"
        "\"#/definitions/a\"}},\"$ref\":\"#/definitions/a\"}",
        "{\"$ref\":\"http://x/y\"}",
    };
    struct arena arena;
    arena_init(&arena);
    for (size_t i = 0; i < sizeof documents / sizeof documents[0]; i++) {
        const struct schema *schema = NULL;
        struct error err = { 0 };
        cr_expect(!schema_compile(parse(&arena, documents[i]), NULL, &arena, &schema, &err), "%s",
                  documents[i]);
        cr_expect(err.code == ERROR_VALIDATION && err.message[0] != '\0', "%s", documents[i]);
    }
    arena_close(&arena);
}

Test(schema, bounds_the_work)
{
    struct arena arena;
    arena_init(&arena);
    str endless = violations_of(&arena, "{\"allOf\":[{\"$ref\":\"#\"}]}", "1");
    cr_expect(str_find(endless, STR("takes too much work"), 0) < endless.len);
    str doubling = violations_of(&arena,
                                 "{\"definitions\":{\"a\":{\"allOf\":[{\"$ref\":\"#\"},{\"$ref\":"
                                 "\"#\"}]}},\"anyOf\":[{\"$ref\":\"#/definitions/a\"}]}",
                                 "1");
    cr_expect(!str_is_empty(doubling));
    str backtracking = violations_of(&arena, "{\"pattern\":\"^(a+)+$\"}",
                                     "\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab\"");
    cr_expect(!str_is_empty(backtracking));
    arena_close(&arena);
}
