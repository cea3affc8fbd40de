/* KeyConditionExpression: what it may say (errors as recorded from AWS) and what it yields. */
#include <criterion/criterion.h>

#include "services/dynamodb/expression_support_test.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

static const struct key_attribute hash = { STR_INIT("pk"), VALUE_S };
static const struct key_attribute range_s = { STR_INIT("sk"), VALUE_S };
static const struct key_attribute range_n = { STR_INIT("sk"), VALUE_N };
static const struct key_attribute no_range = { .name = STR_INIT("") };

static const char values[] =
    "{':p':{'S':'q'},':s':{'S':'a'},':t':{'S':'b'},':n':{'N':'1'},':m':{'N':'5'},"
    "':bool':{'BOOL':true},':e':{'S':''},':type':{'S':'S'}}";

static const char *resolve(struct arena *arena, const char *text, struct key_attribute range,
                           struct key_condition *out)
{
    struct expression_context c = context(arena, NULL, values);
    const struct condition *condition;
    struct error err = { 0 };
    bool ok = condition_parse(&c, EXPRESSION_KEY_CONDITION, str_from(text), &condition, &err) &&
              key_condition_resolve(condition, arena, hash, range, out, &err);
    return outcome(arena, ok, &err);
}

Test(dynamodb_key_condition, yields_the_hash_and_a_range)
{
    static const struct {
        const char *text;
        enum key_operator op;
        const char *low, *high;
    } cases[] = {
        { "pk = :p", KEY_ANY, NULL, NULL },
        { ":p = pk", KEY_ANY, NULL, NULL },
        { "pk = :p AND sk = :s", KEY_EQ, "{'S':'a'}", NULL },
        { "sk < :s AND pk = :p", KEY_LT, "{'S':'a'}", NULL },
        { "pk = :p AND sk <= :s", KEY_LE, "{'S':'a'}", NULL },
        { "(pk = :p) AND (sk > :s)", KEY_GT, "{'S':'a'}", NULL },
        { "(pk = :p AND sk >= :s)", KEY_GE, "{'S':'a'}", NULL },
        { "pk = :p AND :s <= sk", KEY_GE, "{'S':'a'}", NULL },
        { "pk = :p AND :s < sk", KEY_GT, "{'S':'a'}", NULL },
        { "pk = :p AND :s > sk", KEY_LT, "{'S':'a'}", NULL },
        { "pk = :p AND :s >= sk", KEY_LE, "{'S':'a'}", NULL },
        { "pk = :p AND :s = sk", KEY_EQ, "{'S':'a'}", NULL },
        { "pk = :p and sk between :s and :t", KEY_BETWEEN, "{'S':'a'}", "{'S':'b'}" },
        { "pk = :p and begins_with(sk, :s)", KEY_BEGINS_WITH, "{'S':'a'}", NULL },
    };
    struct arena arena;
    arena_init(&arena);
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct key_condition key = { 0 };
        cr_assert_str_eq(resolve(&arena, cases[i].text, range_s, &key), "ok", "%s", cases[i].text);
        expect_json(key.hash, "{'S':'q'}", cases[i].text);
        cr_expect_eq(key.range, cases[i].op, "%s", cases[i].text);
        if (cases[i].low) expect_json(key.bounds[0], cases[i].low, cases[i].text);
        if (cases[i].high) expect_json(key.bounds[1], cases[i].high, cases[i].text);
    }
    arena_close(&arena);
}

#define TYPE                                                                                       \
    "Invalid KeyConditionExpression: Incorrect operand type for operator or function; operator "   \
    "or function: "
#define SCHEMA                                                                                     \
    "One or more parameter values were invalid: Condition parameter type does not match schema "   \
    "type"
#define OPERATOR "Invalid operator used in KeyConditionExpression: "
#define CONDITION "Invalid condition in KeyConditionExpression: "
#define NESTED "KeyConditionExpressions cannot contain nested operations"
#define UNDEFINED                                                                                  \
    "Invalid KeyConditionExpression: An expression attribute value used in expression is not "     \
    "defined; attribute value: "

Test(dynamodb_key_condition, refuses_in_the_words_of_aws)
{
    static const struct {
        const char *text, *message;
    } cases[] = {
        { "pk > :p and size(sk) > :n or pk > :s", OPERATOR "OR" },
        { "pk in (:p, size(c), d)", OPERATOR "IN" },
        { "attribute_exists(pk)", OPERATOR "attribute_exists" },
        { "attribute_not_exists(pk)", OPERATOR "attribute_not_exists" },
        { "attribute_type(pk, :type)", OPERATOR "attribute_type" },
        { "contains(pk.d, b)", OPERATOR "contains" },
        { "not pk > :p", OPERATOR "NOT" },
        { "pk <> :p", OPERATOR "<>" },
        { ":p between size(b) and size(a) and b > :s",
          CONDITION "BETWEEN operator must have the key attribute as its first operand" },
        { "begins_with(:p, pk) and sk > :s",
          CONDITION "begins_with operator must have the key attribute as its first operand" },
        { "size(pk) > a AND a.b > b AND b > c", NESTED },
        { "pk > size(b.d)", NESTED },
        { "pk between size(b) and size(c)", NESTED },
        { "pk > a.b", CONDITION "Multiple attribute names used in one condition" },
        { "pk between c[1] and d", CONDITION "Multiple attribute names used in one condition" },
        { "begins_with(pk, b)", CONDITION "Multiple attribute names used in one condition" },
        { "b.d > a AND c.d > e.f",
          "KeyConditionExpressions cannot have conditions on nested attributes" },
        { "b[0] > a", "KeyConditionExpressions cannot have conditions on nested attributes" },
        { ":p > :s AND pk < :p", CONDITION "No key attribute specified" },
        { "pk = :p AND sk > :s AND sk < :t",
          "Invalid KeyConditionExpression: KeyConditionExpressions must only contain one "
          "condition per key" },
        { "pk = :p AND sk > :s AND extra = :t",
          "The number of query conditions (3) exceeds the number of key attributes defined in the "
          "schema (2)" },
        { "sk = :s", "Query condition missed key schema element: pk" },
        { "attr1 = :s", "Query condition missed key schema element: pk" },
        { "pk = :p and attr1 = :s", "Query condition missed key schema element: sk" },
        { "pk > :p", "Query key condition not supported" },
        { "begins_with(pk, :p) and sk = :s", "Query key condition not supported" },
        { "pk = :n", SCHEMA },
        { "pk = :p and sk = :n", SCHEMA },
        { "pk = :p and sk = :bool", SCHEMA },
        { "pk = :p AND begins_with(sk, :n)", TYPE "begins_with, operand type: N" },
        { "pk = :p AND begins_with(sk, :bool)", TYPE "begins_with, operand type: BOOL" },
        { "pk = :p AND sk < :bool", TYPE "<, operand type: BOOL" },
        { "pk = :p AND :bool >= sk", TYPE ">=, operand type: BOOL" },
        { "pk = :p AND sk BETWEEN :bool AND :bool", TYPE "BETWEEN, operand type: BOOL" },
        { "pk = :missing AND begins_with(sk, :n)", UNDEFINED ":missing" },
        { "begins_with(sk, :n) AND pk = :missing", TYPE "begins_with, operand type: N" },
        { "pk = :p AND begins_with(sk, :n) AND sk = :missing",
          TYPE "begins_with, operand type: N" },
        { "pk = :e",
          "One or more parameter values are not valid. The AttributeValue for a key attribute "
          "cannot contain an empty string value. Key: pk" },
    };
    struct arena arena;
    arena_init(&arena);
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct key_condition key = { 0 };
        const char *actual = resolve(&arena, cases[i].text, range_s, &key);
        cr_expect_str_eq(actual, cases[i].message, "%s: %s", cases[i].text, actual);
    }
    arena_close(&arena);
}

Test(dynamodb_key_condition, knows_the_schema)
{
    struct arena arena;
    struct key_condition key = { 0 };
    arena_init(&arena);
    cr_expect_str_eq(resolve(&arena, "pk = :p", no_range, &key), "ok");
    cr_expect_eq(key.range, KEY_ANY);
    cr_expect_str_eq(resolve(&arena, "pk = :p and sk = :s", no_range, &key),
                     "The number of query conditions (2) exceeds the number of key attributes "
                     "defined in the schema (1)");
    cr_expect_str_eq(resolve(&arena, "pk = :p and sk between :n and :m", range_n, &key), "ok");
    expect_json(key.bounds[1], "{'N':'5'}", "");
    cr_expect_str_eq(resolve(&arena, "pk = :p and begins_with(sk, :s)", range_n, &key), SCHEMA);
    cr_expect_str_eq(resolve(&arena, "pk = :p and sk = :e", range_s, &key), "ok");
    arena_close(&arena);
}
