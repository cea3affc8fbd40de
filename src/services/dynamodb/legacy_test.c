/* Expected, filters, KeyConditions, AttributeUpdates, AttributesToGet: their errors (as recorded
 * from AWS) and what they mean. */
#include <criterion/criterion.h>

#include "services/dynamodb/expression_support_test.h"
#include "services/dynamodb/legacy.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))
#define INVALID "One or more parameter values were invalid: "

static const char document[] =
    "{'p':{'S':'k'},'n':{'N':'7'},'s':{'S':'hello'},'b':{'B':'aGVsbG8='},'ss':{'SS':['a','b']},"
    "'ns':{'NS':['2','4','7']},'l':{'L':[{'N':'2'},{'S':'x'}]},'t':{'BOOL':true},"
    "'z':{'NULL':true}}";

/* ---- Expected ---- */

static const char *expected_outcome(struct arena *arena, const char *map, const char *operator,
                                    json on)
{
    const struct condition *condition;
    struct error err = { 0 };
    json expected = wire(arena, map);
    json logic = wire(arena, operator);
    if (!legacy_parse_expected(arena, &expected, &logic, &condition, &err))
        return outcome(arena, false, &err);
    return condition_is_true(condition, on) ? "true" : "false";
}

Test(dynamodb_legacy, expected_is_checked)
{
    static const char *const cases[][2] = {
        { "{'n':{'Value':{'N':'7'},'AttributeValueList':[]}}",
          INVALID "Value and AttributeValueList cannot be used together for Attribute: n" },
        { "{'n':{'ComparisonOperator':'EQ','Exists':true,'Value':{'N':'7'}}}",
          INVALID "Exists and ComparisonOperator cannot be used together for Attribute: n" },
        { "{'n':{'ComparisonOperator':'EQ'}}",
          INVALID "Value or AttributeValueList must be used with ComparisonOperator: EQ for "
                  "Attribute: n" },
        { "{'n':{'AttributeValueList':[]}}", INVALID
          "AttributeValueList can only be used with a ComparisonOperator for Attribute: n" },
        { "{'a':{}}", INVALID "Value must be provided when Exists is null for Attribute: a" },
        { "{'a':{'Exists':true}}",
          INVALID "Value must be provided when Exists is true for Attribute: a" },
        { "{'a':{'Exists':false,'Value':{'S':'a'}}}",
          INVALID "Value cannot be used when Exists is false for Attribute: a" },
        { "{'a':{'Value':{}}}",
          "Supplied AttributeValue is empty, must contain exactly one of the supported "
          "datatypes" },
        { "{'a':{'ComparisonOperator':'EQ','AttributeValueList':[{'N':'1'},{'N':'2'}]}}",
          INVALID "Invalid number of argument(s) for the EQ ComparisonOperator" },
        { "{'a':{'ComparisonOperator':'NULL','AttributeValueList':[{'N':'1'}]}}",
          INVALID "Invalid number of argument(s) for the NULL ComparisonOperator" },
        { "{'a':{'ComparisonOperator':'BETWEEN','Value':{'N':'1'}}}",
          INVALID "Invalid number of argument(s) for the BETWEEN ComparisonOperator" },
        { "{'a':{'ComparisonOperator':'BEGINS_WITH','Value':{'N':'1'}}}",
          INVALID "ComparisonOperator BEGINS_WITH is not valid for N AttributeValue type" },
        { "{'a':{'ComparisonOperator':'dog','Value':{'N':'1'}}}",
          "1 validation error detected: Value 'dog' at 'comparisonOperator' failed to satisfy "
          "constraint: Member must satisfy enum value set: [IN, NULL, BETWEEN, LT, NOT_CONTAINS, "
          "EQ, GT, NOT_NULL, NE, LE, BEGINS_WITH, GE, CONTAINS]" },
    };
    struct arena arena;
    arena_init(&arena);
    json on = item(&arena, document);
    for (size_t i = 0; i < COUNT(cases); i++)
        cr_expect_str_eq(expected_outcome(&arena, cases[i][0], NULL, on), cases[i][1], "%s: %s",
                         cases[i][0], expected_outcome(&arena, cases[i][0], NULL, on));
    arena_close(&arena);
}

Test(dynamodb_legacy, expected_decides)
{
    static const struct {
        const char *map, *operator, * result;
    } cases[] = {
        { NULL, NULL, "true" },
        { "{}", NULL, "true" },
        { "{'n':{'Value':{'N':'7.0'}}}", NULL, "true" },
        { "{'n':{'Exists':true,'Value':{'N':'8'}}}", NULL, "false" },
        { "{'q':{'Value':{'N':'7'}}}", NULL, "false" },
        { "{'q':{'Exists':false}}", NULL, "true" },
        { "{'n':{'Exists':false}}", NULL, "false" },
        { "{'n':{'ComparisonOperator':'GT','Value':{'N':'6'}}}", NULL, "true" },
        { "{'n':{'Value':{'N':'7'}},'s':{'Value':{'S':'x'}}}", NULL, "false" },
        { "{'n':{'Value':{'N':'7'}},'s':{'Value':{'S':'x'}}}", "'AND'", "false" },
        { "{'n':{'Value':{'N':'7'}},'s':{'Value':{'S':'x'}}}", "'OR'", "true" },
        { "{'n':{'Value':{'N':'8'}},'s':{'Value':{'S':'x'}}}", "'OR'", "false" },
        { "{'n':{'Value':{'N':'7'}}}", "'OR'",
          "ConditionalOperator can only be used when Filter or Expected has two or more "
          "elements" },
        { NULL, "'AND'", "ConditionalOperator cannot be used without Filter or Expected" },
        { "{'n':{'Value':{'N':'7'}},'s':{'Value':{'S':'x'}}}", "'XOR'",
          "1 validation error detected: Value 'XOR' at 'conditionalOperator' failed to satisfy "
          "constraint: Member must satisfy enum value set: [OR, AND]" },
    };
    struct arena arena;
    arena_init(&arena);
    json on = item(&arena, document);
    for (size_t i = 0; i < COUNT(cases); i++) {
        const char *actual = expected_outcome(&arena, cases[i].map, cases[i].operator, on);
        cr_expect_str_eq(actual, cases[i].result, "%s: %s", cases[i].map, actual);
    }
    arena_close(&arena);
}

Test(dynamodb_legacy, expected_has_a_limit)
{
    struct arena arena;
    arena_init(&arena);
    for (int count = DYNAMODB_LEGACY_CONDITIONS_MAX; count <= DYNAMODB_LEGACY_CONDITIONS_MAX + 1;
         count++) {
        struct buf text;
        buf_init(&text, &arena);
        for (int i = 0; i < count; i++)
            buf_printf(&text, "%s'a%d':{'Exists':false}", i ? "," : "{", i);
        buf_add(&text, STR("}"));
        cr_expect_str_eq(
            expected_outcome(&arena, arena_cstr(&arena, buf_str(&text)), NULL, json_null()),
            count == DYNAMODB_LEGACY_CONDITIONS_MAX ? "true" : INVALID "more than 1000 conditions");
    }
    arena_close(&arena);
}

/* ---- filters ---- */

static const char *filter_outcome(struct arena *arena, const char *attribute, const char *operator,
                                  const char * list, json on)
{
    const struct condition *condition;
    struct error err = { 0 };
    str text = arena_printf(arena, "{'%s':{'ComparisonOperator':'%s','AttributeValueList':%s}}",
                            attribute, operator, list);
    json filter = wire(arena, arena_cstr(arena, text));
    if (!legacy_parse_filter(arena, &filter, NULL, &condition, &err))
        return outcome(arena, false, &err);
    cr_expect_eq(condition_use(condition, str_from(attribute)), PATH_PLAIN);
    return condition_is_true(condition, on) ? "true" : "false";
}

Test(dynamodb_legacy, operators_decide)
{
    static const struct {
        const char *attribute, *operator, * list, *result;
    } cases[] = {
        { "n", "EQ", "[{'N':'7'}]", "true" },
        { "n", "EQ", "[{'S':'7'}]", "false" },
        { "ss", "EQ", "[{'SS':['b','a']}]", "true" },
        { "t", "EQ", "[{'BOOL':true}]", "true" },
        { "q", "EQ", "[{'N':'7'}]", "false" },
        { "n", "NE", "[{'N':'7'}]", "false" },
        { "n", "NE", "[{'N':'8'}]", "true" },
        { "n", "NE", "[{'S':'7'}]", "true" },
        { "q", "NE", "[{'N':'7'}]", "true" },
        { "n", "LE", "[{'N':'7'}]", "true" },
        { "n", "LT", "[{'N':'7'}]", "false" },
        { "n", "GE", "[{'N':'7'}]", "true" },
        { "n", "GT", "[{'N':'6'}]", "true" },
        { "n", "GT", "[{'S':'6'}]", "false" },
        { "s", "LE", "[{'S':'help'}]", "true" },
        { "b", "LT", "[{'B':'aGVscA=='}]", "true" },
        { "n", "NOT_NULL", "[]", "true" },
        { "z", "NOT_NULL", "[]", "true" },
        { "q", "NOT_NULL", "[]", "false" },
        { "q", "NULL", "[]", "true" },
        { "z", "NULL", "[]", "false" },
        { "s", "CONTAINS", "[{'S':'ell'}]", "true" },
        { "s", "CONTAINS", "[{'S':'dog'}]", "false" },
        { "s", "CONTAINS", "[{'N':'1'}]", "false" },
        { "b", "CONTAINS", "[{'B':'bGw='}]", "true" },
        { "ns", "CONTAINS", "[{'N':'4'}]", "true" },
        { "l", "CONTAINS", "[{'N':'2'}]", "true" },
        { "q", "CONTAINS", "[{'N':'2'}]", "false" },
        { "s", "NOT_CONTAINS", "[{'S':'dog'}]", "true" },
        { "s", "NOT_CONTAINS", "[{'S':'ell'}]", "false" },
        { "s", "NOT_CONTAINS", "[{'N':'1'}]", "true" },
        { "l", "NOT_CONTAINS", "[{'N':'2'}]", "false" },
        { "q", "NOT_CONTAINS", "[{'N':'1'}]", "false" }, /* as on AWS */
        { "s", "BEGINS_WITH", "[{'S':'he'}]", "true" },
        { "s", "BEGINS_WITH", "[{'S':'lo'}]", "false" },
        { "n", "BEGINS_WITH", "[{'S':'he'}]", "false" },
        { "n", "IN", "[{'N':'1'},{'N':'7'}]", "true" },
        { "n", "IN", "[{'N':'1'}]", "false" },
        { "n", "BETWEEN", "[{'N':'7'},{'N':'8'}]", "true" },
        { "n", "BETWEEN", "[{'N':'8'},{'N':'9'}]", "false" },
        { "n", "BETWEEN", "[{'N':'9'},{'N':'8'}]",
          "The BETWEEN condition was provided a range where the lower bound is greater than the "
          "upper bound" },
        { "n", "IN", "[{'S':'b'},{'N':'1'}]",
          INVALID "AttributeValues inside AttributeValueList must be of same type" },
        { "n", "IN", "[]", INVALID "Invalid number of argument(s) for the IN ComparisonOperator" },
        { "n", "EQ", "[{}]",
          "Supplied AttributeValue is empty, must contain exactly one of the supported "
          "datatypes" },
    };
    struct arena arena;
    arena_init(&arena);
    json on = item(&arena, document);
    for (size_t i = 0; i < COUNT(cases); i++) {
        const char *actual =
            filter_outcome(&arena, cases[i].attribute, cases[i].operator, cases[i].list, on);
        cr_expect_str_eq(actual, cases[i].result, "%s %s %s: %s", cases[i].attribute,
                         cases[i].operator, cases[i].list, actual);
    }
    arena_close(&arena);
}

Test(dynamodb_legacy, operators_take_types)
{
    static const char *const samples[VALUE_TYPES] = {
        [VALUE_S] = "{'S':'a'}",        [VALUE_N] = "{'N':'1'}",     [VALUE_B] = "{'B':'YQ=='}",
        [VALUE_SS] = "{'SS':['a']}",    [VALUE_NS] = "{'NS':['1']}", [VALUE_BS] = "{'BS':['YQ==']}",
        [VALUE_L] = "{'L':[]}",         [VALUE_M] = "{'M':{}}",      [VALUE_BOOL] = "{'BOOL':true}",
        [VALUE_NULL] = "{'NULL':true}",
    };
    static const struct {
        const char *operator, * taken; /* types, with spaces around */
        int values;
    } operators[] = {
        { "EQ", " S N B SS NS BS L M BOOL NULL ", 1 },
        { "NE", " S N B SS NS BS L M BOOL NULL ", 1 },
        { "LT", " S N B ", 1 },
        { "LE", " S N B ", 1 },
        { "GT", " S N B ", 1 },
        { "GE", " S N B ", 1 },
        { "IN", " S N B ", 1 },
        { "BETWEEN", " S N B ", 2 },
        { "BEGINS_WITH", " S B ", 1 },
        { "CONTAINS", " S N B BOOL NULL ", 1 },
        { "NOT_CONTAINS", " S N B BOOL NULL ", 1 },
    };
    struct arena arena;
    arena_init(&arena);
    for (size_t i = 0; i < COUNT(operators); i++) {
        for (size_t type = 0; type < VALUE_TYPES; type++) {
            str name = value_type_name((enum value_type)type);
            str list = operators[i].values == 1
                           ? arena_printf(&arena, "[%s]", samples[type])
                           : arena_printf(&arena, "[%s,%s]", samples[type], samples[type]);
            const char *actual = filter_outcome(&arena, "q", operators[i].operator,
                                                arena_cstr(&arena, list), json_null());
            str word = arena_printf(&arena, " %.*s ", STR_ARGS(name));
            if (strstr(operators[i].taken, arena_cstr(&arena, word))) {
                cr_expect(strcmp(actual, "true") == 0 || strcmp(actual, "false") == 0, "%s %s",
                          operators[i].operator, actual);
                continue;
            }
            str expected = arena_printf(
                &arena, INVALID "ComparisonOperator %s is not valid for %.*s AttributeValue type",
                operators[i].operator, STR_ARGS(name));
            cr_expect_str_eq(actual, arena_cstr(&arena, expected));
        }
    }
    arena_close(&arena);
}

/* ---- key conditions ---- */

static const char *key_outcome(struct arena *arena, const char *map, struct key_condition *out)
{
    static const struct key_attribute hash = { STR_INIT("pk"), VALUE_S };
    static const struct key_attribute range = { STR_INIT("sk"), VALUE_N };
    const struct condition *condition;
    struct error err = { 0 };
    json conditions = wire(arena, map);
    bool ok = legacy_parse_key_conditions(arena, &conditions, &condition, &err) &&
              key_condition_resolve(condition, arena, hash, range, out, &err);
    return outcome(arena, ok, &err);
}

#define PK "'pk':{'ComparisonOperator':'EQ','AttributeValueList':[{'S':'k'}]}"

Test(dynamodb_legacy, key_conditions_resolve)
{
    static const char *const cases[][2] = {
        { "{" PK "}", "ok" },
        { "{}", "Conditions can be of length 1 or 2 only" },
        { "{'a':{'ComparisonOperator':'NULL'},'b':{'ComparisonOperator':'NULL'},"
          "'c':{'ComparisonOperator':'NULL'}}",
          "Conditions can be of length 1 or 2 only" },
        { "{'sk':{'ComparisonOperator':'EQ','AttributeValueList':[{'N':'1'}]}}",
          "Query condition missed key schema element: pk" },
        { "{" PK ",'a':{'ComparisonOperator':'EQ','AttributeValueList':[{'N':'1'}]}}",
          "Query condition missed key schema element: sk" },
        { "{'pk':{'ComparisonOperator':'GT','AttributeValueList':[{'S':'k'}]}}",
          "Query key condition not supported" },
        { "{'pk':{'ComparisonOperator':'IN','AttributeValueList':[{'S':'k'}]}}",
          "Attempted conditional constraint is not an indexable operation" },
        { "{" PK ",'sk':{'ComparisonOperator':'NOT_NULL'}}",
          "Attempted conditional constraint is not an indexable operation" },
        { "{'pk':{'ComparisonOperator':'EQ','AttributeValueList':[{'N':'1'}]}}",
          INVALID "Condition parameter type does not match schema type" },
        { "{" PK ",'sk':{'ComparisonOperator':'BEGINS_WITH','AttributeValueList':[{'N':'1'}]}}",
          INVALID "ComparisonOperator BEGINS_WITH is not valid for N AttributeValue type" },
        { "{'pk':{}}",
          "1 validation error detected: Value null at 'comparisonOperator' failed to satisfy "
          "constraint: Member must not be null" },
    };
    struct arena arena;
    struct key_condition key;
    arena_init(&arena);
    for (size_t i = 0; i < COUNT(cases); i++)
        cr_expect_str_eq(key_outcome(&arena, cases[i][0], &key), cases[i][1], "%s: %s", cases[i][0],
                         key_outcome(&arena, cases[i][0], &key));
    cr_assert_str_eq(key_outcome(&arena,
                                 "{" PK ",'sk':{'ComparisonOperator':'BETWEEN',"
                                 "'AttributeValueList':[{'N':'1.0'},{'N':'2'}]}}",
                                 &key),
                     "ok");
    cr_expect_eq(key.range, KEY_BETWEEN);
    expect_json(key.hash, "{'S':'k'}", "");
    expect_json(key.bounds[0], "{'N':'1'}", "");
    expect_json(key.bounds[1], "{'N':'2'}", "");
    arena_close(&arena);
}

/* ---- updates ---- */

static const char *update_outcome(struct arena *arena, const char *map,
                                  const struct update **update, json before, json *after)
{
    struct error err = { 0 };
    json updates = wire(arena, map);
    bool ok = legacy_parse_updates(arena, &updates, update, &err) &&
              update_apply(*update, arena, before, after, &err);
    return outcome(arena, ok, &err);
}

Test(dynamodb_legacy, updates_are_checked)
{
    static const char *const cases[][2] = {
        { "{'a':{'x':'whatever'}}",
          INVALID "Only DELETE action is allowed when no attribute value is specified" },
        { "{'a':{'Action':'DELETE','Value':{'S':'1'}}}",
          INVALID "DELETE action with value is not supported for the type S" },
        { "{'a':{'Action':'DELETE','Value':{'L':[]}}}",
          INVALID "DELETE action with value is not supported for the type L" },
        { "{'a':{'Action':'ADD','Value':{'B':'Yg=='}}}",
          INVALID "ADD action is not supported for the type B" },
        { "{'a':{'Action':'ADD','Value':{'M':{}}}}",
          INVALID "ADD action is not supported for the type M" },
        { "{'a':{'Action':'dog','Value':{'S':'x'}}}",
          "1 validation error detected: Value 'dog' at 'action' failed to satisfy constraint: "
          "Member must satisfy enum value set: [ADD, DELETE, PUT]" },
        { "{'s':{'Action':'ADD','Value':{'N':'1'}}}", "Type mismatch for attribute to update" },
        { "{'n':{'Action':'ADD','Value':{'SS':['a']}}}", "Type mismatch for attribute to update" },
        { "{'n':{'Action':'DELETE','Value':{'SS':['a']}}}",
          "Type mismatch for attribute to update" },
        { "{'':{'Value':{'S':'x'}}}", "Empty attribute name" },
    };
    struct arena arena;
    const struct update *update;
    json after = json_null();
    arena_init(&arena);
    json before = item(&arena, document);
    for (size_t i = 0; i < COUNT(cases); i++)
        cr_expect_str_eq(update_outcome(&arena, cases[i][0], &update, before, &after), cases[i][1],
                         "%s", cases[i][0]);
    arena_close(&arena);
}

Test(dynamodb_legacy, updates_apply)
{
    static const struct {
        const char *map, *result;
        bool creates;
    } cases[] = {
        { "{}", "{'n':{'N':'7'},'ss':{'SS':['a','b']},'l':{'L':[{'N':'2'}]}}", true },
        { "{'n':{'Value':{'S':'x'}},'a':{'Action':'PUT','Value':{'N':'1'}}}",
          "{'n':{'S':'x'},'ss':{'SS':['a','b']},'l':{'L':[{'N':'2'}]},'a':{'N':'1'}}", true },
        { "{'n':{'Action':'DELETE'},'q':{'Action':'DELETE'},'ss':{'Action':'DELETE','Value':"
          "{'SS':['b','c']}}}",
          "{'ss':{'SS':['a']},'l':{'L':[{'N':'2'}]}}", false },
        { "{'n':{'Action':'ADD','Value':{'N':'-0.5'}},'q':{'Action':'ADD','Value':{'N':'3'}},"
          "'ss':{'Action':'ADD','Value':{'SS':['0','a']}},'l':{'Action':'ADD','Value':{'L':"
          "[{'S':'x'}]}}}",
          "{'n':{'N':'6.5'},'ss':{'SS':['0','a','b']},'l':{'L':[{'N':'2'},{'S':'x'}]},"
          "'q':{'N':'3'}}",
          true },
    };
    struct arena arena;
    arena_init(&arena);
    json before = item(&arena, "{'n':{'N':'7'},'ss':{'SS':['a','b']},'l':{'L':[{'N':'2'}]}}");
    for (size_t i = 0; i < COUNT(cases); i++) {
        const struct update *update;
        json after = json_null();
        cr_assert_str_eq(update_outcome(&arena, cases[i].map, &update, before, &after), "ok");
        expect_json(after, cases[i].result, cases[i].map);
        cr_expect_eq(update_creates_item(update), cases[i].creates, "%s", cases[i].map);
    }
    const struct update *update;
    json after = json_null();
    cr_assert_str_eq(update_outcome(&arena, "{'n':{'Action':'DELETE'},'z':{'Value':{'N':'1'}}}",
                                    &update, before, &after),
                     "ok");
    cr_expect_eq(update_name_count(update), 2);
    cr_expect_eq(update_use(update, STR("n")), PATH_PLAIN);
    cr_expect_eq(update_use(update, STR("ss")), PATH_UNUSED);
    expect_json(update_project(update, &arena, before), "{'n':{'N':'7'}}", "");
    expect_json(update_project(update, &arena, after), "{'z':{'N':'1'}}", "");
    arena_close(&arena);
}

/* ---- attributes to get ---- */

Test(dynamodb_legacy, attributes_are_names_not_paths)
{
    struct arena arena;
    struct error err = { 0 };
    const struct projection *projection;
    arena_init(&arena);
    json names = wire(&arena, "['a.b','a']");
    cr_assert(legacy_parse_attributes(&arena, &names, &projection, &err));
    expect_json(projection_apply(projection, &arena,
                                 item(&arena, "{'a':{'M':{'b':{'N':'1'}}},'a.b':{'N':'2'},"
                                              "'c':{'N':'3'}}")),
                "{'a':{'M':{'b':{'N':'1'}}},'a.b':{'N':'2'}}", "");
    names = wire(&arena, "['a','b','a']");
    cr_expect_str_eq(
        outcome(&arena, legacy_parse_attributes(&arena, &names, &projection, &err), &err),
        INVALID "Duplicate value in attribute name: a");
    cr_assert(legacy_parse_attributes(&arena, NULL, &projection, &err));
    cr_expect_null(projection);
    arena_close(&arena);
}
