/* Names and values, and the errors of conditions and projections, with the texts that AWS was
 * recorded to answer. */
#include <criterion/criterion.h>
#include <stdio.h>

#include "services/dynamodb/expression_support_test.h"

/* ---- parameters ---- */

static const char *params_outcome(struct arena *arena, const char *input)
{
    static const str expressions[] = { STR_INIT("ProjectionExpression"),
                                       STR_INIT("FilterExpression"),
                                       STR_INIT("KeyConditionExpression") };
    static const str legacy[] = { STR_INIT("AttributesToGet"), STR_INIT("QueryFilter"),
                                  STR_INIT("ConditionalOperator"), STR_INIT("KeyConditions") };
    struct error err = { 0 };
    bool ok = expression_check_params(arena, wire(arena, input), expressions, 3, legacy, 4, &err);
    return outcome(arena, ok, &err);
}

Test(dynamodb_expression, parameters_do_not_mix)
{
    static const struct {
        const char *input, *outcome;
    } cases[] = {
        { "{}", "ok" },
        { "{'AttributesToGet':['a'],'KeyConditions':{},'QueryFilter':null}", "ok" },
        { "{'FilterExpression':'a','KeyConditions':{}}", "ok" },
        { "{'FilterExpression':'','ExpressionAttributeNames':{},'ExpressionAttributeValues':{}}",
          "ok" },
        { "{'AttributesToGet':[],'QueryFilter':{},'ConditionalOperator':'OR','KeyConditions':{},"
          "'ProjectionExpression':'','FilterExpression':'','KeyConditionExpression':''}",
          "Can not use both expression and non-expression parameters in the same request: "
          "Non-expression parameters: {AttributesToGet, QueryFilter, ConditionalOperator, "
          "KeyConditions} Expression parameters: {ProjectionExpression, FilterExpression, "
          "KeyConditionExpression}" },
        { "{'AttributesToGet':[],'KeyConditions':{},'FilterExpression':''}",
          "Can not use both expression and non-expression parameters in the same request: "
          "Non-expression parameters: {AttributesToGet} Expression parameters: "
          "{FilterExpression}" },
        { "{'QueryFilter':{},'ExpressionAttributeNames':{},'ExpressionAttributeValues':{}}",
          "ExpressionAttributeNames can only be specified when using expressions" },
        { "{'QueryFilter':{},'ExpressionAttributeValues':{}}",
          "ExpressionAttributeValues can only be specified when using expressions: "
          "FilterExpression and KeyConditionExpression are null" },
        { "{'ProjectionExpression':'a','ExpressionAttributeValues':{}}",
          "ExpressionAttributeValues can only be specified when using expressions: "
          "FilterExpression and KeyConditionExpression are null" },
    };
    struct arena arena;
    arena_init(&arena);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        cr_expect_str_eq(params_outcome(&arena, cases[i].input), cases[i].outcome, "%s: %s",
                         cases[i].input, params_outcome(&arena, cases[i].input));
    static const str one[] = { STR_INIT("ConditionExpression") };
    struct error err = { 0 };
    bool ok = expression_check_params(&arena, wire(&arena, "{'ExpressionAttributeValues':{}}"), one,
                                      1, NULL, 0, &err);
    cr_expect_str_eq(outcome(&arena, ok, &err),
                     "ExpressionAttributeValues can only be specified when using expressions: "
                     "ConditionExpression is null");
    arena_close(&arena);
}

/* ---- names and values ---- */

static const char *context_outcome(struct arena *arena, const char *names, const char *values)
{
    struct expression_context result;
    struct error err = { 0 };
    json name_map = wire(arena, names);
    json value_map = wire(arena, values);
    bool ok = expression_context_init(&result, arena, &name_map, &value_map, &err);
    return outcome(arena, ok, &err);
}

Test(dynamodb_expression, names_and_values_are_checked)
{
    static const struct {
        const char *names, *values, *outcome;
    } cases[] = {
        { NULL, NULL, "ok" },
        { "{'#a':'a','#1_x':'b'}", "{':v':{'S':''},':1':{'N':'1'}}", "ok" },
        { "{}", "{}", "ExpressionAttributeNames must not be empty" },
        { NULL, "{}", "ExpressionAttributeValues must not be empty" },
        { "{'a':'a'}", "{}",
          "ExpressionAttributeNames contains invalid key: Syntax error; key: \"a\"" },
        { "{'#':'a'}", NULL,
          "ExpressionAttributeNames contains invalid key: Syntax error; key: \"#\"" },
        { "{'#a-b':'a'}", NULL,
          "ExpressionAttributeNames contains invalid key: Syntax error; key: \"#a-b\"" },
        { "{'#a':''}", NULL,
          "ExpressionAttributeNames contains invalid value: Empty attribute name for key #a" },
        { NULL, "{':b':{'a':''},'b':{'S':'a'}}",
          "ExpressionAttributeValues contains invalid key: Syntax error; key: \"b\"" },
        { NULL, "{':b':{}}",
          "ExpressionAttributeValues contains invalid value: Supplied AttributeValue is empty, "
          "must contain exactly one of the supported datatypes for key :b" },
        { NULL, "{':b':{'SS':['a','a']}}",
          "ExpressionAttributeValues contains invalid value: One or more parameter values were "
          "invalid: Input collection [a, a] contains duplicates. for key :b" },
        { NULL, "{':b':{'S':'a','N':'b'}}",
          "ExpressionAttributeValues contains invalid value: The parameter cannot be converted to "
          "a numeric value: b for key :b" },
        { NULL, "{':b':{'NS':['1','1']}}",
          "ExpressionAttributeValues contains invalid value: Input collection contains duplicates "
          "for key :b" },
        { NULL, "{':b':{'N':1}}", "NUMBER_VALUE cannot be converted to String" },
    };
    struct arena arena;
    arena_init(&arena);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        cr_expect_str_eq(context_outcome(&arena, cases[i].names, cases[i].values), cases[i].outcome,
                         "%s %s: %s", cases[i].names, cases[i].values,
                         context_outcome(&arena, cases[i].names, cases[i].values));
    arena_close(&arena);
}

Test(dynamodb_expression, everything_defined_must_be_used)
{
    struct arena arena;
    struct error err = { 0 };
    const struct condition *condition;
    const struct projection *projection;
    arena_init(&arena);
    struct expression_context c =
        context(&arena, "{'#z':'z','#b':'b','#a':'a'}", "{':v':{'S':'1'},':u':{'S':'2'}}");
    cr_expect(condition_parse(&c, EXPRESSION_FILTER, STR("#a = :v"), &condition, &err));
    cr_expect_str_eq(outcome(&arena, expression_context_finish(&c, &err), &err),
                     "Value provided in ExpressionAttributeNames unused in expressions: keys: "
                     "{#z, #b}");
    cr_expect(projection_parse(&c, STR("#z, x.#b"), &projection, &err));
    cr_expect_str_eq(outcome(&arena, expression_context_finish(&c, &err), &err),
                     "Value provided in ExpressionAttributeValues unused in expressions: keys: "
                     "{:u}");
    cr_expect(condition_parse(&c, EXPRESSION_CONDITION, STR("q > :u"), &condition, &err));
    cr_expect_str_eq(outcome(&arena, expression_context_finish(&c, &err), &err), "ok");
    arena_close(&arena);
}

/* A name or value under a key of so many bytes. */
static const char *sized_outcome(struct arena *arena, bool is_name, size_t key_bytes, size_t bytes)
{
    struct expression_context result;
    struct json_fields fields;
    struct error err = { 0 };
    char *text = arena_alloc(arena, bytes);
    char *key = arena_alloc(arena, key_bytes);
    memset(text, 'x', bytes);
    memset(key, 'k', key_bytes);
    key[0] = is_name ? '#' : ':';
    json content = json_string((str){ text, bytes });
    json_fields_init(&fields, arena);
    json_fields_add(&fields, (str){ key, key_bytes },
                    is_name ? content : value_make(arena, VALUE_S, content));
    json map = json_fields_done(&fields);
    bool ok =
        expression_context_init(&result, arena, is_name ? &map : NULL, is_name ? NULL : &map, &err);
    return outcome(arena, ok, &err);
}

Test(dynamodb_expression, names_and_values_have_limits)
{
    struct arena arena;
    size_t all = DYNAMODB_EXPRESSION_VARIABLES_BYTES_MAX;
    arena_init(&arena);
    cr_expect_str_eq(sized_outcome(&arena, true, DYNAMODB_EXPRESSION_KEY_BYTES_MAX, 1), "ok");
    cr_expect_str_eq(sized_outcome(&arena, true, DYNAMODB_EXPRESSION_KEY_BYTES_MAX + 1, 1),
                     "The expression attribute map contains a key that is too long");
    cr_expect_str_eq(sized_outcome(&arena, false, DYNAMODB_EXPRESSION_KEY_BYTES_MAX + 1, 1),
                     "The expression attribute map contains a key that is too long");
    cr_expect_str_eq(sized_outcome(&arena, true, 2, DYNAMODB_NAME_BYTES_MAX), "ok");
    cr_expect_str_eq(sized_outcome(&arena, true, 2, DYNAMODB_NAME_BYTES_MAX + 1),
                     "ExpressionAttributeNames contains invalid value: Attribute name is too "
                     "large, must be less than 65536 bytes for key #k");
    cr_expect_str_eq(sized_outcome(&arena, false, 2, all - 2), "ok");
    cr_expect_str_eq(sized_outcome(&arena, false, 2, all - 1),
                     "ExpressionAttributeValues exceeds max size");
    arena_close(&arena);
}

/* ---- conditions: errors ---- */

static const char *filter_outcome(struct arena *arena, const char *text, const char *names,
                                  const char *values)
{
    struct expression_context c = context(arena, names, values);
    const struct condition *condition;
    struct error err = { 0 };
    bool ok = condition_parse(&c, EXPRESSION_FILTER, str_from(text), &condition, &err);
    return outcome(arena, ok, &err);
}

struct filter_case {
    const char *text, *names, *values, *message; /* without "Invalid FilterExpression: " */
};

static void expect_filters(const struct filter_case *cases, size_t count)
{
    struct arena arena;
    arena_init(&arena);
    for (size_t i = 0; i < count; i++) {
        const struct filter_case *c = &cases[i];
        const char *actual = filter_outcome(&arena, c->text, c->names, c->values);
        str expected = arena_printf(&arena, "Invalid FilterExpression: %s", c->message);
        cr_expect_str_eq(actual, arena_cstr(&arena, expected), "%s: %s", c->text, actual);
    }
    arena_close(&arena);
}

#define COUNT(array) (sizeof(array) / sizeof *(array))

Test(dynamodb_expression, syntax_errors_show_the_place)
{
    static const struct filter_case cases[] = {
        { "", 0, 0, "The expression can not be empty;" },
        { "  ", 0, 0, "The expression can not be empty;" },
        { "foo", 0, 0, "Syntax error; token: \"<EOF>\", near: \"foo\"" },
        { "(a)", 0, 0, "Syntax error; token: \"<EOF>\", near: \")\"" },
        { "attribute_not_exists(", 0, 0, "Syntax error; token: \"<EOF>\", near: \"(\"" },
        { "contains (themes, :theme", 0, 0, "Syntax error; token: \"<EOF>\", near: \":theme\"" },
        { "a = = b", 0, 0, "Syntax error; token: \"=\", near: \"= = b\"" },
        { "things are not gonna be ok", 0, 0,
          "Syntax error; token: \"are\", near: \"things are not\"" },
        { "a > 4", 0, 0, "Syntax error; token: \"4\", near: \"> 4\"" },
        { "attribute_exists(Pictures-RearView)", 0, 0,
          "Syntax error; token: \"-\", near: \"Pictures-RearView\"" },
        { "attribute_exists(\"Pictures.RearView\")", 0, 0,
          "Syntax error; token: \"\"\", near: \"(\"Pictures\"" },
        { "attribute_exists(Pictures..RearView)", 0, 0,
          "Syntax error; token: \".\", near: \"..RearView\"" },
        { "attribute_exists(Pi#ctures.RearView)", 0, 0,
          "Syntax error; token: \"#ctures\", near: \"Pi#ctures.\"" },
        { "attribute_exists(asdf[a])", 0, 0, "Syntax error; token: \"a\", near: \"[a]\"" },
        { "a in b, c", 0, 0, "Syntax error; token: \"b\", near: \"in b,\"" },
        { "a in b", 0, 0, "Syntax error; token: \"b\", near: \"in b\"" },
        { "a > between", 0, 0, "Syntax error; token: \"between\", near: \"> between\"" },
        { "a in (b,c,)", 0, 0, "Syntax error; token: \")\", near: \",)\"" },
        { "(a)between(b.(c.d))and(c)", 0, 0, "Syntax error; token: \"(\", near: \".(c\"" },
        { "(a)between(b.c.d)and((c)", 0, 0, "Syntax error; token: \"<EOF>\", near: \")\"" },
        { "#$.b > a", 0, 0, "Syntax error; token: \"#\", near: \"#$\"" },
        { "a > :things.stuff", 0, 0, "Syntax error; token: \".\", near: \":things.stuff\"" },
        { "b[:a] > a", 0, 0, "Syntax error; token: \":a\", near: \"[:a]\"" },
        { "b[#_] > a", 0, 0, "Syntax error; token: \"#_\", near: \"[#_]\"" },
        { "\xc3\xbc > a", 0, 0, "Syntax error; token: \"\xc3\xbc\", near: \"\xc3\xbc >\"" },
        { "(a)between(b.c[4.5].#d)and(:a)", 0, 0, "Syntax error; token: \".\", near: \"4.5\"" },
        { "size(a).b > a", 0, 0, "Syntax error; token: \".\", near: \").b\"" },
        { "(size(a)).b > a", 0, 0, "Syntax error; token: \".\", near: \").b\"" },
        { "size(a)[0] > a", 0, 0, "Syntax error; token: \"[\", near: \")[0\"" },
        { "(size(a))[0] > a", 0, 0, "Syntax error; token: \"[\", near: \")[0\"" },
        { "_abc = :v", 0, 0, "Syntax error; token: \"_\", near: \"_abc\"" },
        { "a = b c", 0, 0, "Syntax error; token: \"c\", near: \"b c\"" },
        { "(a = b) = c", 0, 0, "Syntax error; token: \"=\", near: \") = c\"" },
        { "a = (b = c)", 0, 0, "Syntax error; token: \"=\", near: \"b = c\"" },
        { "a AND b = c", 0, 0, "Syntax error; token: \"AND\", near: \"a AND b\"" },
        { "NOT a", 0, 0, "Syntax error; token: \"<EOF>\", near: \"a\"" },
        { "a = b AND", 0, 0, "Syntax error; token: \"<EOF>\", near: \"AND\"" },
        { "size()", 0, 0, "Syntax error; token: \")\", near: \"()\"" },
        { "AND", 0, 0, "Syntax error; token: \"AND\", near: \"AND\"" },
        { "a[99999999999] = b", 0, 0,
          "List index is not within the allowable range; index: [99999999999]" },
    };
    expect_filters(cases, COUNT(cases));
}

static const struct filter_case ordered_errors[] = {
    /* parentheses */
    { "a=a and a > ((views))", 0, 0, "The expression has redundant parentheses;" },
    { "(a)between(((b.c)).d)and(c)", 0, 0, "The expression has redundant parentheses;" },
    { "a > whatever((:things), ((a)))", 0, 0, "The expression has redundant parentheses;" },
    { "a=a AND ((a=a AND a=a)) AND a=a", 0, 0, "The expression has redundant parentheses;" },
    { "a=a OR ((a=a OR (a=a OR a=a)))", 0, 0, "The expression has redundant parentheses;" },
    { "((attribute_not_exists(pk)))", 0, 0, "The expression has redundant parentheses;" },
    /* functions */
    { "a=a and whatever((:things)) > a", 0, 0, "Invalid function name; function: whatever" },
    { "attRIbute_exIsts((views), #a)", 0, 0, "Invalid function name; function: attRIbute_exIsts" },
    { "if_not_exists(a, b)", 0, 0,
      "The function is not allowed in a condition expression; function: if_not_exists" },
    { "a=a and attribute_exists((views), (#a)) > b", 0, 0,
      "The function is not allowed to be used this way in an expression; function: "
      "attribute_exists" },
    { "contains(:things, c) > b", 0, 0,
      "The function is not allowed to be used this way in an expression; function: contains" },
    { "size(contains(a, b)) > a", 0, 0,
      "The function is not allowed to be used this way in an expression; function: contains" },
    { "size(things)", 0, 0,
      "The function is not allowed to be used this way in an expression; function: size" },
    { "a between b and attribute_exists(things)", 0, 0,
      "The function is not allowed to be used this way in an expression; function: "
      "attribute_exists" },
    { "a in (b, attribute_exists(things))", 0, 0,
      "The function is not allowed to be used this way in an expression; function: "
      "attribute_exists" },
    /* reserved words */
    { "attribute_exists(views, #a)", 0, 0,
      "Attribute name is a reserved keyword; reserved keyword: views" },
    { ":a < abOrT", 0, 0, "Attribute name is a reserved keyword; reserved keyword: abOrT" },
    { "a.name = b", 0, 0, "Attribute name is a reserved keyword; reserved keyword: name" },
    /* names and values, clause by clause */
    { "attribute_exists(#Pictures.RearView, :a) and a=a", 0, 0,
      "An expression attribute name used in the document path is not defined; attribute name: "
      "#Pictures" },
    { "(#P between :lo and :hi) and (#PC in (:cat1, :cat2))", 0, 0,
      "An expression attribute name used in the document path is not defined; attribute name: "
      "#P" },
    { "(a)between(b.c[45].#d)and(:a)", 0, 0,
      "An expression attribute name used in the document path is not defined; attribute name: "
      "#d" },
    { "begins_with(:hello, #a, #b)", 0, 0,
      "An expression attribute value used in expression is not defined; attribute value: "
      ":hello" },
    { ":a < :b", 0, 0,
      "An expression attribute value used in expression is not defined; attribute value: :a" },
    { "foo=:foo", 0, 0,
      "An expression attribute value used in expression is not defined; attribute value: "
      ":foo" },
    /* operands */
    { "attribute_exists(things, a) and a=a", 0, 0,
      "Incorrect number of operands for operator or function; operator or function: "
      "attribute_exists, number of operands: 2" },
    { "attribute_type(things)", 0, 0,
      "Incorrect number of operands for operator or function; operator or function: "
      "attribute_type, number of operands: 1" },
    { "begins_with(things, size(a), b)", 0, 0,
      "Incorrect number of operands for operator or function; operator or function: "
      "begins_with, number of operands: 3" },
    { "size(things, a) > b", 0, 0,
      "Incorrect number of operands for operator or function; operator or function: size, "
      "number of operands: 2" },
    { "attribute_exists(:a) and a=a", 0, "{':a':{'S':'1'}}",
      "Operator or function requires a document path; operator or function: "
      "attribute_exists" },
    { "attribute_not_exists(size(:a))", 0, "{':a':{'S':'1'}}",
      "Operator or function requires a document path; operator or function: "
      "attribute_not_exists" },
    { "a = a AND #a = b AND :v > a", "{'#a':'a'}", 0,
      "The first operand must be distinct from the remaining operands for this operator or "
      "function; operator: =, first operand: [a]" },
    { "#a <> a", "{'#a':'a'}", 0,
      "The first operand must be distinct from the remaining operands for this operator or "
      "function; operator: <>, first operand: [a]" },
    { "((a=a) OR (a=a))", 0, 0,
      "The first operand must be distinct from the remaining operands for this operator or "
      "function; operator: =, first operand: [a]" },
    { "contains(ab.bc[1].a, ab.bc[1].#a)", "{'#a':'a'}", 0,
      "The first operand must be distinct from the remaining operands for this operator or "
      "function; operator: contains, first operand: [ab, bc, [1], a]" },
    { "attribute_type(a, :a)", 0, "{':a':{'S':'1'}}",
      "Invalid attribute type name found; type: 1, valid types: "
      "{B,NULL,SS,BOOL,L,BS,N,NS,S,M}" },
    { "a between :b and :a", 0, "{':a':{'S':'a'},':b':{'N':'1'}}",
      "The BETWEEN operator requires same data type for lower and upper bounds; lower bound "
      "operand: AttributeValue: {N:1}, upper bound operand: AttributeValue: {S:a}" },
    { "a between :b and :a", 0, "{':a':{'S':'a'},':b':{'S':'b'}}",
      "The BETWEEN operator requires upper bound to be greater than or equal to lower bound; "
      "lower bound operand: AttributeValue: {S:b}, upper bound operand: AttributeValue: "
      "{S:a}" },
};

Test(dynamodb_expression, errors_have_the_order_of_aws)
{
    expect_filters(ordered_errors, COUNT(ordered_errors));
}

Test(dynamodb_expression, operands_have_types)
{
    static const struct {
        const char *text, *value, *function, *type;
    } cases[] = {
        { "attribute_type(ab.bc[1].a, SS)", "{'N':'1'}", "attribute_type",
          "{NS,SS,L,BS,N,M,B,BOOL,NULL,S}" },
        { "attribute_type(a, size(a)) and a=a and a=:a", "{'N':'1'}", "attribute_type", "N" },
        { "attribute_type(a, :a)", "{'B':'YQ=='}", "attribute_type", "B" },
        { "attribute_type(a, :a)", "{'BOOL':true}", "attribute_type", "BOOL" },
        { "attribute_type(a, :a)", "{'NULL':true}", "attribute_type", "NULL" },
        { "attribute_type(a, :a)", "{'L':[]}", "attribute_type", "L" },
        { "attribute_type(a, :a)", "{'M':{}}", "attribute_type", "M" },
        { "attribute_type(a, :a)", "{'SS':['1']}", "attribute_type", "SS" },
        { "begins_with(a, size(a)) and a=:a", "{'N':'1'}", "begins_with", "N" },
        { "begins_with(a, :a)", "{'N':'1'}", "begins_with", "N" },
        { "begins_with(a, :a)", "{'NS':['1']}", "begins_with", "NS" },
        { "begins_with(a, :a)", "{'BS':['YQ==']}", "begins_with", "BS" },
        { "begins_with(:a, a)", "{'M':{}}", "begins_with", "M" },
        { "size(size(a)) > :a", "{'N':'1'}", "size", "N" },
        { "attribute_not_exists(size(:a))", "{'N':'1'}", "size", "N" },
        { "size(:a) > a", "{'BOOL':true}", "size", "BOOL" },
        { "size(:a) > a", "{'NULL':true}", "size", "NULL" },
        { "a < :a", "{'BOOL':true}", "<", "BOOL" },
        { ":a >= a", "{'BOOL':true}", ">=", "BOOL" },
        { "a BETWEEN :a AND b", "{'L':[]}", "BETWEEN", "L" },
    };
    struct arena arena;
    arena_init(&arena);
    for (size_t i = 0; i < COUNT(cases); i++) {
        str values = arena_printf(&arena, "{':a':%s}", cases[i].value);
        str expected =
            arena_printf(&arena,
                         "Invalid FilterExpression: Incorrect operand type for operator or "
                         "function; operator or function: %s, operand type: %s",
                         cases[i].function, cases[i].type);
        const char *actual =
            filter_outcome(&arena, cases[i].text, NULL, arena_cstr(&arena, values));
        cr_expect_str_eq(actual, arena_cstr(&arena, expected), "%s: %s", cases[i].text, actual);
    }
    arena_close(&arena);
}

Test(dynamodb_expression, kinds_have_their_names)
{
    static const struct {
        enum expression_kind kind;
        const char *name;
    } kinds[] = { { EXPRESSION_CONDITION, "ConditionExpression" },
                  { EXPRESSION_FILTER, "FilterExpression" },
                  { EXPRESSION_KEY_CONDITION, "KeyConditionExpression" } };
    struct arena arena;
    arena_init(&arena);
    for (size_t i = 0; i < COUNT(kinds); i++) {
        struct expression_context c = context(&arena, NULL, NULL);
        const struct condition *condition;
        struct error err = { 0 };
        bool ok = condition_parse(&c, kinds[i].kind, STR("a ="), &condition, &err);
        str expected = arena_printf(
            &arena, "Invalid %s: Syntax error; token: \"<EOF>\", near: \"=\"", kinds[i].name);
        cr_expect_str_eq(outcome(&arena, ok, &err), arena_cstr(&arena, expected));
    }
    arena_close(&arena);
}

/* ---- limits ---- */

static const char *long_outcome(struct arena *arena, const char *head, const char *part,
                                const char *between, size_t parts, const char *tail)
{
    struct buf text;
    buf_init(&text, arena);
    buf_add(&text, str_from(head));
    for (size_t i = 0; i < parts; i++) {
        if (i > 0) buf_add(&text, str_from(between));
        buf_add(&text, str_from(part));
    }
    buf_add(&text, str_from(tail));
    return filter_outcome(arena, arena_cstr(arena, buf_str(&text)), NULL, NULL);
}

Test(dynamodb_expression, has_limits)
{
    struct arena arena;
    arena_init(&arena);
    cr_expect_str_eq(long_outcome(&arena, "a=b", " ", "", DYNAMODB_EXPRESSION_BYTES_MAX - 3, ""),
                     "ok");
    cr_expect_str_eq(long_outcome(&arena, "a=b", " ", "", DYNAMODB_EXPRESSION_BYTES_MAX - 2, ""),
                     "Invalid FilterExpression: Expression size has exceeded the maximum allowed "
                     "size; expression size: 4097");
    cr_expect_str_eq(long_outcome(&arena, "not a=b and ", "a=b", " and ", 149, ""), "ok");
    cr_expect_str_eq(long_outcome(&arena, "not not a=b and ", "a=b", " and ", 149, ""),
                     "Invalid FilterExpression: The expression contains too many operators; "
                     "operator count: 301");
    cr_expect_str_eq(long_outcome(&arena, "a in (", "b", ",", 100, ")"), "ok");
    cr_expect_str_eq(long_outcome(&arena, "a in (", "b", ",", 101, ")"),
                     "Invalid FilterExpression: The IN operator is provided with too many "
                     "operands; number of operands: 101");
    cr_expect_str_eq(long_outcome(&arena, "a.", "b", ".", 31, " = c"), "ok");
    cr_expect_str_eq(long_outcome(&arena, "a.", "b", ".", 32, " = c"),
                     "Invalid FilterExpression: The document path has too many nesting elements; "
                     "nesting levels: 33");
    cr_expect_str_eq(long_outcome(&arena, "", "(", "", 4000, ""),
                     "Invalid FilterExpression: Syntax error; token: \"(\", near: \"(((\"",
                     "deeper than the stack is allowed to grow");
    cr_expect_str_eq(long_outcome(&arena, "", "(a=b and ", "", 140, "a=b"),
                     "Invalid FilterExpression: Syntax error; token: \"<EOF>\", near: \"b\"");
    arena_close(&arena);
}

/* ---- projections ---- */

Test(dynamodb_expression, projections_are_checked)
{
    static const struct {
        const char *text, *names, *message;
    } cases[] = {
        { "", 0, "The expression can not be empty;" },
        { "a,", 0, "Syntax error; token: \"<EOF>\", near: \",\"" },
        { ",a", 0, "Syntax error; token: \",\", near: \",a\"" },
        { "a,,b", 0, "Syntax error; token: \",\", near: \",,b\"" },
        { "a b", 0, "Syntax error; token: \"b\", near: \"a b\"" },
        { ":a", 0, "Syntax error; token: \":a\", near: \":a\"" },
        { "a, name", 0, "Attribute name is a reserved keyword; reserved keyword: name" },
        { "and", 0, "Attribute name is a reserved keyword; reserved keyword: and" },
        { "#x", 0,
          "An expression attribute name used in the document path is not defined; attribute name: "
          "#x" },
        { "a, a", 0,
          "Two document paths overlap with each other; must remove or rewrite one of these paths; "
          "path one: [a], path two: [a]" },
        { "a.b, a", 0,
          "Two document paths overlap with each other; must remove or rewrite one of these paths; "
          "path one: [a, b], path two: [a]" },
        { "b, a, a.b[2].c", 0,
          "Two document paths overlap with each other; must remove or rewrite one of these paths; "
          "path one: [a], path two: [a, b, [2], c]" },
        { "a.b[0], a.#b[0]", "{'#b':'b'}",
          "Two document paths overlap with each other; must remove or rewrite one of these paths; "
          "path one: [a, b, [0]], path two: [a, b, [0]]" },
        { "MyAttr.SubAttr, MyAttr[0]", 0,
          "Two document paths conflict with each other; must remove or rewrite one of these "
          "paths; path one: [MyAttr, SubAttr], path two: [MyAttr, [0]]" },
        { "d[1], d.b, e, e", 0,
          "Two document paths overlap with each other; must remove or rewrite one of these paths; "
          "path one: [e], path two: [e]" },
    };
    struct arena arena;
    arena_init(&arena);
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct expression_context c = context(&arena, cases[i].names, NULL);
        const struct projection *projection;
        struct error err = { 0 };
        bool ok = projection_parse(&c, str_from(cases[i].text), &projection, &err);
        str expected = arena_printf(&arena, "Invalid ProjectionExpression: %s", cases[i].message);
        cr_expect_str_eq(outcome(&arena, ok, &err), arena_cstr(&arena, expected), "%s: %s",
                         cases[i].text, outcome(&arena, ok, &err));
    }
    arena_close(&arena);
}

Test(dynamodb_expression, projections_select)
{
    static const char document[] = "{'p':{'S':'k'},'a':{'M':{'b':{'L':[{'N':'2'},{'N':'4'},{'M':"
                                   "{'x':{'S':'hi'},'y':{'S':'yo'}}}]},'c':{'N':'5'}}},'b':{'S':"
                                   "'hello'},'a.b':{'S':'dot'}}";
    static const struct {
        const char *text, *names, *result;
    } cases[] = {
        { "b, p", 0, "{'b':{'S':'hello'},'p':{'S':'k'}}" },
        { "a.b[0]", 0, "{'a':{'M':{'b':{'L':[{'N':'2'}]}}}}" },
        { "a.b[2].y", 0, "{'a':{'M':{'b':{'L':[{'M':{'y':{'S':'yo'}}}]}}}}" },
        { "a.b[1], a.b[0]", 0, "{'a':{'M':{'b':{'L':[{'N':'2'},{'N':'4'}]}}}}" },
        { "a.b[0],a.c", 0, "{'a':{'M':{'b':{'L':[{'N':'2'}]},'c':{'N':'5'}}}}" },
        { "a.x, a.b[0], x, a.b[3].x", 0, "{'a':{'M':{'b':{'L':[{'N':'2'}]}}}}" },
        { "#d", "{'#d':'a.b'}", "{'a.b':{'S':'dot'}}" },
        { "#a.#c", "{'#a':'a','#c':'c'}", "{'a':{'M':{'c':{'N':'5'}}}}" },
        { "x", 0, "{}" },
        { "a.b[3]", 0, "{}" },
        { "a.x.y", 0, "{}" },
        { "a.b.x", 0, "{}" },
        { "a[0]", 0, "{}" },
        { "a.b[0].x", 0, "{}" },
        { "a.b[0][0]", 0, "{}" },
    };
    struct arena arena;
    arena_init(&arena);
    json whole = item(&arena, document);
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct expression_context c = context(&arena, cases[i].names, NULL);
        const struct projection *projection;
        struct error err = { 0 };
        bool ok = projection_parse(&c, str_from(cases[i].text), &projection, &err);
        cr_assert(ok, "%s", outcome(&arena, ok, &err));
        expect_json(projection_apply(projection, &arena, whole), cases[i].result, cases[i].text);
    }
    expect_json(projection_apply(NULL, &arena, whole), document, "no projection");
    arena_close(&arena);
}

Test(dynamodb_expression, tells_what_is_used)
{
    struct arena arena;
    struct error err = { 0 };
    const struct projection *projection;
    const struct condition *condition;
    arena_init(&arena);
    struct expression_context c = context(&arena, "{'#p':'pk'}", "{':v':{'S':'x'}}");
    cr_assert(projection_parse(&c, STR("z, #p, a.b, a.c"), &projection, &err));
    cr_expect_eq(projection_name_count(projection), 3);
    cr_expect(str_eq(projection_name(projection, 0), STR("a")));
    cr_expect(str_eq(projection_name(projection, 1), STR("pk")));
    cr_expect(str_eq(projection_name(projection, 2), STR("z")));
    cr_expect_eq(projection_use(projection, STR("a")), PATH_NESTED);
    cr_expect_eq(projection_use(projection, STR("pk")), PATH_PLAIN);
    cr_expect_eq(projection_use(projection, STR("b")), PATH_UNUSED);
    cr_expect_eq(projection_use(NULL, STR("b")), PATH_UNUSED);
    cr_assert(condition_parse(&c, EXPRESSION_FILTER, STR("#p = :v or size(q.r) > q or q = :v"),
                              &condition, &err));
    cr_expect_eq(condition_use(condition, STR("pk")), PATH_PLAIN);
    cr_expect_eq(condition_use(condition, STR("q")), PATH_NESTED);
    cr_expect_eq(condition_use(condition, STR("r")), PATH_UNUSED);
    cr_expect_eq(condition_use(NULL, STR("q")), PATH_UNUSED);
    arena_close(&arena);
}
