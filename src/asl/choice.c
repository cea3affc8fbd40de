/* Choice states: rules, their operators, And/Or/Not. */
#include "asl/compile.h"

#include <math.h>

struct choice_operator {
    str name;
    enum asl_comparison_type type;
    enum asl_comparison comparison;
    enum asl_is is;
    bool path;
};

#define COMPARE(prefix, type, suffix, comparison)                                                  \
    { STR_INIT(prefix suffix), (type), (comparison), ASL_IS_NULL, false },                         \
    {                                                                                              \
        STR_INIT(prefix suffix "Path"), (type), (comparison), ASL_IS_NULL, true                    \
    }
#define COMPARE_ALL(prefix, type)                                                                  \
    COMPARE(prefix, type, "Equals", ASL_EQUAL), COMPARE(prefix, type, "LessThan", ASL_LESS),       \
        COMPARE(prefix, type, "GreaterThan", ASL_GREATER),                                         \
        COMPARE(prefix, type, "LessThanEquals", ASL_LESS_EQUAL),                                   \
        COMPARE(prefix, type, "GreaterThanEquals", ASL_GREATER_EQUAL)
#define IS(name, is)                                                                               \
    {                                                                                              \
        STR_INIT(name), ASL_COMPARE_IS, ASL_EQUAL, (is), false                                     \
    }

static const struct choice_operator OPERATORS[] = {
    COMPARE_ALL("String", ASL_COMPARE_STRING),
    { STR_INIT("StringMatches"), ASL_COMPARE_STRING_MATCHES, ASL_EQUAL, ASL_IS_NULL, false },
    COMPARE_ALL("Numeric", ASL_COMPARE_NUMERIC),
    COMPARE("Boolean", ASL_COMPARE_BOOLEAN, "Equals", ASL_EQUAL),
    COMPARE_ALL("Timestamp", ASL_COMPARE_TIMESTAMP),
    IS("IsNull", ASL_IS_NULL),
    IS("IsPresent", ASL_IS_PRESENT),
    IS("IsNumeric", ASL_IS_NUMERIC),
    IS("IsString", ASL_IS_STRING),
    IS("IsBoolean", ASL_IS_BOOLEAN),
    IS("IsTimestamp", ASL_IS_TIMESTAMP),
};

static const str SELECTORS[] = { STR_INIT("And"), STR_INIT("Or"), STR_INIT("Not"),
                                 STR_INIT("Variable"), STR_INIT("Condition") };

static const struct choice_operator *find_operator(str name)
{
    for (size_t i = 0; i < COUNT_OF(OPERATORS); i++) {
        if (str_eq(OPERATORS[i].name, name)) return &OPERATORS[i];
    }
    return NULL;
}

/* A rule's fields are those of the table and the operators. Only a rule that stands in Choices
 * itself leads somewhere. */
static void check_rule_fields(struct site *site, bool top)
{
    static const struct field_rule others[] = {
        { STR_INIT("And"), FIELD_ANY_TYPE, FIELD_JSONPATH },
        { STR_INIT("Or"), FIELD_ANY_TYPE, FIELD_JSONPATH },
        { STR_INIT("Not"), FIELD_ANY_TYPE, FIELD_JSONPATH },
        { STR_INIT("Variable"), FIELD_ANY_TYPE, FIELD_JSONPATH },
        { STR_INIT("Condition"), FIELD_ANY_TYPE, FIELD_JSONATA },
        { STR_INIT("Comment"), FIELD_ANY_TYPE, FIELD_BOTH },
        { STR_INIT("Next"), FIELD_ANY_TYPE, FIELD_BOTH },
        { STR_INIT("Assign"), FIELD_ANY_TYPE, FIELD_BOTH },
        { STR_INIT("Output"), FIELD_ANY_TYPE, FIELD_JSONATA },
    };
    enum { TOP_ONLY = 3 };
    struct field_rule rules[COUNT_OF(others) + COUNT_OF(OPERATORS)];
    size_t count = COUNT_OF(others) - (top ? 0 : TOP_ONLY);
    memcpy(rules, others, count * sizeof(*rules));
    for (size_t i = 0; i < COUNT_OF(OPERATORS); i++) {
        rules[count++] = (struct field_rule){ OPERATORS[i].name, FIELD_ANY_TYPE, FIELD_JSONPATH };
    }
    site_check_fields(site, rules, count, ASL_CHOICE, true);
}

/* The constant that an operator compares with. */
static void compile_constant(const struct site *site, const struct choice_operator *op, json *out)
{
    str text = STR("");
    bool truth;
    double number;
    switch (op->type) {
    case ASL_COMPARE_STRING:
    case ASL_COMPARE_STRING_MATCHES: (void)site_string(site, op->name, &text); break;
    case ASL_COMPARE_TIMESTAMP:
        if (site_string(site, op->name, &text) && !timestamp_is_rfc3339(text)) {
            site_field_error(site, op->name, "String does not match RFC3339 timestamp");
        }
        break;
    case ASL_COMPARE_NUMERIC: (void)site_decimal(site, op->name, -INFINITY, &number); break;
    case ASL_COMPARE_BOOLEAN:
    case ASL_COMPARE_IS: (void)site_bool(site, op->name, &truth); break;
    }
    *out = *json_find(site->object, op->name);
}

/* The one operator of the rule, or NULL. */
static const struct choice_operator *rule_operator(const struct site *site)
{
    str names[COUNT_OF(OPERATORS)];
    const struct choice_operator *found = NULL;
    for (size_t i = 0; i < json_count(site->object); i++) {
        const struct choice_operator *op = find_operator(json_key_at(site->object, i));
        if (op) found = op;
    }
    for (size_t i = 0; i < COUNT_OF(OPERATORS); i++)
        names[i] = OPERATORS[i].name;
    return site_one_of(site, names, COUNT_OF(names), false) ? found : NULL;
}

static void compile_comparison(const struct site *site, struct asl_choice_rule *rule)
{
    unsigned reference = EXPR_ALLOW_PATH | EXPR_ALLOW_CONTEXT | EXPR_REFERENCE_ONLY;
    rule->op = ASL_CHOICE_COMPARE;
    (void)site_expr(site, STR("Variable"), reference, &rule->variable);
    const struct choice_operator *op = rule_operator(site);
    if (!op) return;
    rule->operator_name = op->name;
    rule->type = op->type;
    rule->comparison = op->comparison;
    rule->is = op->is;
    if (op->path) {
        (void)site_expr(site, op->name, reference, &rule->value_path);
    } else {
        compile_constant(site, op, &rule->value);
    }
}

/* `true`, `false` or an expression. */
static void compile_condition(const struct site *site, struct asl_choice_rule *rule)
{
    str field = STR("Condition"), text;
    const json *value = json_find(site->object, field);
    rule->op = ASL_CHOICE_CONDITION;
    if (json_is_bool(*value)) {
        rule->condition_constant = value->boolean;
        return;
    }
    if (!site_string(site, field, &text)) return;
    if (!expr_is_jsonata(text)) {
        site_field_error(site, field, "JSONata string must start with {%% and end with %%}");
        return;
    }
    struct place place = place_key(site->place, field);
    if (!expr_compile_jsonata(site->expr, text, &rule->variable)) {
        report_problems(site->c, &place, *value, EXPR_JSONATA, site->expr);
    }
}

static void compile_rule(struct site *site, uint32_t depth, struct asl_choice_rule *rule);

static void compile_operands(const struct site *site, str field, enum asl_choice_op op,
                             uint32_t depth, struct asl_choice_rule *rule)
{
    struct place list = place_key(site->place, field), place;
    struct site below;
    json array;
    rule->op = op;
    if (!site_array(site, field, false, &array)) return;
    size_t count = json_count(array);
    struct asl_choice_rule *operands = arena_array(site->c->arena, count, sizeof(*operands));
    for (size_t i = 0; i < count; i++) {
        if (site_item(site, &list, array, i, &place, &below)) {
            compile_rule(&below, depth + 1, &operands[i]);
        }
    }
    rule->operands = operands;
    rule->operand_count = count;
}

static void compile_not(const struct site *site, uint32_t depth, struct asl_choice_rule *rule)
{
    struct place place;
    struct site below;
    rule->op = ASL_CHOICE_NOT;
    if (!site_object(site, STR("Not"), &place, &below)) return;
    struct asl_choice_rule *operand = ARENA_NEW(site->c->arena, struct asl_choice_rule);
    compile_rule(&below, depth + 1, operand);
    rule->operands = operand;
    rule->operand_count = 1;
}

/* The five selectors exclude each other; AWS has a sentence of its own for that. */
static bool check_selectors(const struct site *site)
{
    size_t found = 0;
    for (size_t i = 0; i < COUNT_OF(SELECTORS); i++)
        found += site_has(site, SELECTORS[i]);
    if (found == 1) return true;
    site_error(site, "The object must have only one of the following fields, [And, Or, Not, "
                     "Variable, Condition]");
    return false;
}

static void compile_rule(struct site *site, uint32_t depth, struct asl_choice_rule *rule)
{
    str comment;
    *rule = (struct asl_choice_rule){ .value = json_null() };
    if (depth > ASL_CHOICE_DEPTH_MAX) {
        report(site->c, "TOO_DEEPLY_NESTED", site->place,
               "Choice rules are nested more than %d deep", ASL_CHOICE_DEPTH_MAX);
        return;
    }
    /* One answer for a rule of the wrong language: what is left of it says nothing more. */
    size_t errors = site->c->schema_error_count;
    check_rule_fields(site, depth == 0);
    (void)site_string(site, STR("Comment"), &comment);
    if (site->c->schema_error_count > errors) return;
    if (!check_selectors(site)) return;
    if (site_has(site, SELECTORS[0])) {
        compile_operands(site, SELECTORS[0], ASL_CHOICE_AND, depth, rule);
    } else if (site_has(site, SELECTORS[1])) {
        compile_operands(site, SELECTORS[1], ASL_CHOICE_OR, depth, rule);
    } else if (site_has(site, SELECTORS[2])) {
        compile_not(site, depth, rule);
    } else if (site_has(site, SELECTORS[3])) {
        compile_comparison(site, rule);
    } else {
        compile_condition(site, rule);
    }
}

/* A rule of Choices itself. */
static void compile_top_rule(struct site *site, struct asl_choice_rule *rule)
{
    static const str required[] = { STR_INIT("Next") };
    compile_rule(site, 0, rule);
    (void)site_require(site, required, 1);
    rule->next = site_target(site, required[0]);
    rule->output = site_template(site, STR("Output"));
    rule->assign = site_assign(site);
}

void compile_choice(struct site *site)
{
    static const str required[] = { STR_INIT("Choices") };
    struct place list = place_key(site->place, required[0]), place;
    struct site below;
    json array;
    site->state->choice.default_next = site_target(site, STR("Default"));
    if (!site_require(site, required, 1) || !site_array(site, required[0], false, &array)) return;
    size_t count = json_count(array);
    struct asl_choice_rule *rules = arena_array(site->c->arena, count, sizeof(*rules));
    for (size_t i = 0; i < count; i++) {
        if (site_item(site, &list, array, i, &place, &below)) compile_top_rule(&below, &rules[i]);
    }
    site->state->choice.rules = rules;
    site->state->choice.rule_count = count;
}
