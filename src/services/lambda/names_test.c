/* Names, partial ARNs and ARNs of functions, and the patterns of the service model. */
#include "services/lambda/support_test.h"

#include "services/shape.h"

static const char *split(struct arena *arena, const char *text)
{
    struct name_parts parts;
    if (!name_split(str_from(text), &parts)) return "no";
    return arena_printf(arena, "%.*s|%.*s|%.*s|%.*s", STR_ARGS(parts.region),
                        STR_ARGS(parts.account), STR_ARGS(parts.name), STR_ARGS(parts.qualifier))
        .ptr;
}

Test(names, forms)
{
    static const struct {
        const char *text, *parts;
    } cases[] = {
        { "my-function", "||my-function|" },
        { "my_function:1", "||my_function|1" },
        { "f:$LATEST", "||f|$LATEST" },
        { "f:live", "||f|live" },
        { "function:f", "||f|" },
        { "function", "||function|" },
        { "function:1", "||1|" },
        { "123456789012:function:f", "|123456789012|f|" },
        { "123456789012:f", "|123456789012|f|" },
        { "123456789012", "||123456789012|" },
        { "12345678901:f", "||12345678901|f" },
        { "us-east-1:123456789012:function:f:2", "us-east-1|123456789012|f|2" },
        { FUNCTION "f", "us-east-1|000000000000|f|" },
        { FUNCTION "f:live", "us-east-1|000000000000|f|live" },
        { "arn:aws-us-gov:lambda:us-gov-west-1:123456789012:function:f:$LATEST",
          "us-gov-west-1|123456789012|f|$LATEST" },
        { "arn:aws-iso-b:lambda:us-isob-east-1:123456789012:function:f",
          "us-isob-east-1|123456789012|f|" },
        { "name.with.dots", "||name.with.dots|" },
        { "", "no" },
        { "f:", "no" },
        { "f:1:2", "no" },
        { "f:a.b", "no" },
        { "f:$OTHER", "no" },
        { "arn:aws:sqs:us-east-1:000000000000:f", "no" },
        { "arn:gcp:lambda:us-east-1:000000000000:function:f", "no" },
        { "f g", "no" },
        { "f/g", "no" },
        { "\xC3\xA4", "no" },
    };
    struct arena arena;
    arena_init(&arena);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        cr_assert_str_eq(split(&arena, cases[i].text), cases[i].parts, "%s: %s", cases[i].text,
                         split(&arena, cases[i].text));
    char zero[] = { 'f', '\0', 'g' };
    struct name_parts parts;
    cr_assert_not(name_split((str){ zero, 3 }, &parts));
    arena_close(&arena);
}

Test(names, qualifiers)
{
    uint32_t version = 7;
    cr_assert(qualifier_version(STR("1"), &version) && version == 1);
    cr_assert(qualifier_version(STR("4294967295"), &version) && version == UINT32_MAX);
    cr_assert_not(qualifier_version(STR("4294967296"), &version));
    cr_assert_not(qualifier_version(STR("0"), &version));
    cr_assert_not(qualifier_version(STR("01"), &version));
    cr_assert_not(qualifier_version(STR("-1"), &version));
    cr_assert_not(qualifier_version(STR(""), &version));
    cr_assert(qualifier_is_alias(STR("live")));
    cr_assert(qualifier_is_alias(STR("1a")));
    cr_assert_not(qualifier_is_alias(STR("12")));
    cr_assert_not(qualifier_is_alias(STR("$LATEST")));
    cr_assert_not(qualifier_is_alias(STR("")));
}

Test(names, patterns)
{
    static const struct {
        const struct shape_pattern *pattern;
        const char *good[5], *bad[6];
    } cases[] = {
        { &role_pattern,
          { ROLE, "arn:aws:iam::123456789012:role/service-role/x",
            "arn:aws-cn:iam::123456789012:rolex" },
          { "r", "arn:aws:iam::1:role/x", "arn:aws:iam::123456789012:role",
            "arn:aws:sts::123456789012:role/x", "arn:aws:iam::123456789012:role/a b" } },
        { &function_name_pattern, { "f", FUNCTION "f:1" }, { "a.b", "", "a b" } },
        { &namespaced_name_pattern, { "a.b", "f:1" }, { "", "a b" } },
        { &alias_pattern, { "live", "1a", "a-b_c" }, { "1", "", "a.b", "a$" } },
        { &version_pattern, { "$LATEST", "12" }, { "live", "" } },
        { &qualifier_pattern, { "$LATEST", "12", "live", "$x" }, { "", "a.b" } },
        { &variable_pattern, { "AB", "a1_" }, { "A", "1A", "_A", "A-B", "" } },
        { &statement_id_pattern, { "a-1_" }, { "a.b", "" } },
        { &namespaced_statement_id_pattern, { "a.b" }, { "a b", "" } },
        { &action_pattern,
          { "lambda:InvokeFunction", "lambda:*", "*" },
          { "lambda:", "sqs:Send", "x" } },
        { &arn_pattern,
          { QUEUE "q", "arn:aws:s3:::bucket", "arn:aws:kafka-x:eu-west-1::x" },
          { "q", "arn:aws:sqs:moon:000000000000:q", "arn:aws:sqs:us-east-1:1:q",
            "arn:x:sqs:::q" } },
        { &destination_pattern, { "", QUEUE "q" }, { "q" } },
        { &resource_arn_pattern, { "", QUEUE "q" }, { "q", "arn:aws" } },
        { &taggable_pattern,
          { FUNCTION "f", FUNCTION "f:1",
            "arn:aws:lambda:us-east-1:000000000000:event-source-mapping:11111111-2222-4333-8444-"
            "555555555555" },
          { "f", QUEUE "q", "arn:aws:lambda:us-east-1:000000000000:layer:l" } },
        { &log_group_pattern, { "/aws/lambda/f#1" }, { "a b", "" } },
        { &organization_pattern, { "o-0123456789" }, { "o-1", "x-0123456789" } },
        { &no_space_pattern, { "index.handler" }, { "a b", "", "a\tb" } },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        for (size_t k = 0; k < 5 && cases[i].good[k]; k++)
            cr_assert(cases[i].pattern->matches(str_from(cases[i].good[k])), "%s",
                      cases[i].good[k]);
        for (size_t k = 0; k < 6 && cases[i].bad[k]; k++)
            cr_assert_not(cases[i].pattern->matches(str_from(cases[i].bad[k])), "%zu: %s", i,
                          cases[i].bad[k]);
    }
}

Test(names, references)
{
    struct api api;
    api_open(&api);
    api_create(&api, "f");
    static const char *const same[] = {
        "f",
        "f:$LATEST",
        "function:f",
        "000000000000:function:f",
        "us-east-1:000000000000:function:f",
        FUNCTION "f",
        FUNCTION "f:$LATEST",
    };
    for (size_t i = 0; i < sizeof same / sizeof *same; i++)
        api_expect(&api, "GetFunction",
                   arena_printf(&api.arena, "{'FunctionName':'%s'}", same[i]).ptr,
                   "{'Configuration':{'FunctionName':'f'}}");
    api_expect_error(&api, "GetFunction",
                     "{'FunctionName':'arn:aws:lambda:eu-west-1:000000000000:function:f'}",
                     "ResourceNotFoundException: Functions from 'eu-west-1' are not reachable in "
                     "this region ('us-east-1')");
    api_expect_error(&api, "GetFunction", "{'FunctionName':'123456789012:function:f'}",
                     "AccessDeniedException: Functions of the account 123456789012 are not "
                     "reachable from the account 000000000000");
    api_expect_error(&api, "GetFunction", "{'FunctionName':'f:1','Qualifier':'2'}",
                     "InvalidParameterValueException: The derived qualifier from the function name "
                     "does not match the specified qualifier.");
    api_expect_error(&api, "GetFunction", "{'FunctionName':'g','Qualifier':'2'}",
                     "ResourceNotFoundException: Function not found: " FUNCTION "g:2");
    api_expect_error(&api, "GetFunction", "{'FunctionName':'g'}",
                     "ResourceNotFoundException: Function not found: " FUNCTION "g");
    str answer = api_call(&api, "GetFunction", "{'FunctionName':'a b'}");
    cr_assert(str_starts_with(answer, STR("ValidationException: 1 validation error detected: Value "
                                          "'a b' at 'functionName' failed to satisfy constraint: "
                                          "Member must satisfy regular expression pattern: ")),
              "%.*s", STR_ARGS(answer));
    api_close(&api);
}
