/* What optimised integrations take and refuse. */
#include <criterion/criterion.h>

#include "services/integrations/support_test.h"

static const struct parameter inner_items[] = {
    { .name = STR_INIT("S"), .kind = PARAMETER_STRING },
};
static const struct parameters inner = { inner_items, 1 };
static const struct parameter items[] = {
    { .name = STR_INIT("Body"), .kind = PARAMETER_TEXT, .required = true },
    { .name = STR_INIT("Name"), .kind = PARAMETER_STRING },
    { .name = STR_INIT("Count"), .kind = PARAMETER_NUMBER },
    { .name = STR_INIT("Map"), .kind = PARAMETER_MAP, .of = &inner },
    { .name = STR_INIT("List"), .kind = PARAMETER_LIST },
    { .name = STR_INIT("One"), .kind = PARAMETER_OBJECT, .of = &inner },
};
static const struct parameters known = { items, sizeof items / sizeof *items };

Test(parameters, texts_are_written_and_nulls_left_out)
{
    static const struct {
        const char *given, *out;
    } cases[] = {
        { "{'Body':'plain'}", "{'Body':'plain'}" },
        { "{'Body':{'a':[1,2]}}", "{'Body':'{\\\"a\\\":[1,2]}'}" },
        { "{'Body':5}", "{'Body':'5'}" },
        { "{'Body':true}", "{'Body':'true'}" },
        { "{'Body':null,'Name':null}", "{}" },
        { "{'Body':'','Map':{'any':{'S':'x'}},'List':['a'],'One':{'S':'y'},'Count':1}",
          "{'Body':'','Map':{'any':{'S':'x'}},'List':['a'],'One':{'S':'y'},'Count':1}" },
    };
    struct arena arena;
    arena_init(&arena);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        json out = json_null();
        str why;
        cr_expect(parameters_check(&arena, &known, test_json(&arena, cases[i].given), &out, &why));
        test_same(&arena, out, cases[i].out);
    }
    arena_close(&arena);
}

Test(parameters, what_does_not_fit_is_refused)
{
    static const struct {
        const char *given, *why;
    } cases[] = {
        { "{}", "The field 'Body' is required but was missing" },
        { "{'Body':'','Other':1}", "The field \"Other\" is not supported by Step Functions" },
        { "{'Body':'','Name':1}", "The value for the field 'Name' must be a STRING" },
        { "{'Body':'','Map':{'any':{'N':'x'}}}",
          "The field \"N\" is not supported by Step Functions" },
        { "{'Body':'','Map':{'any':{'S':5}}}", "The value for the field 'S' must be a STRING" },
        { "{'Body':'','List':[5]}", "The value for the field 'List' must be a STRING" },
        { "{'Body':'','List':'x'}", "The value for the field 'List' must be an ARRAY" },
        { "{'Body':'','One':'x'}", "The value for the field 'One' must be an OBJECT" },
        { "'x'", "The value of the parameters must be an OBJECT" },
    };
    struct arena arena;
    arena_init(&arena);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        json out;
        str why = STR("");
        cr_expect(!parameters_check(&arena, &known, test_json(&arena, cases[i].given), &out, &why));
        test_text(why, cases[i].why);
    }
    arena_close(&arena);
}

Test(parameters, functions_get_a_text_as_it_is_if_it_is_json)
{
    static const struct {
        const char *given, *payload;
    } cases[] = {
        { "null", "{}" },       { "{'a':1}", "{\"a\":1}" },
        { "['x']", "[\"x\"]" }, { "0.0", "0.0" },
        { "'0'", "0" },         { "'true'", "true" },
        { "'{}'", "{}" },       { "'hello'", "\"hello\"" },
        { "''", "\"\"" },
    };
    struct arena arena;
    arena_init(&arena);
    cr_expect(str_eq(function_payload(&arena, NULL), STR("{}")));
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        json given = test_json(&arena, cases[i].given);
        test_text(function_payload(&arena, &given), cases[i].payload);
    }
    arena_close(&arena);
}

Test(parameters, events_get_the_callers_resources_behind_their_own)
{
    struct arena arena;
    arena_init(&arena);
    json entries = test_json(&arena, "[{'Source':'s'},{'Resources':['q']}]");
    test_same(&arena, events_entries(&arena, entries, STR("machine"), STR("execution")),
              "[{'Source':'s','Resources':['machine','execution']},"
              "{'Resources':['q','machine','execution']}]");
    arena_close(&arena);
}
