/* The operators of legacy conditions: what they take and what they mean in terms of expressions. */
#include "services/dynamodb/legacy_operator.h"

/* Types that an operator takes, one bit each. */
enum {
    SCALARS = 1 << VALUE_S | 1 << VALUE_N | 1 << VALUE_B,
    STRINGS = 1 << VALUE_S | 1 << VALUE_B,
    ELEMENTS = SCALARS | 1 << VALUE_BOOL | 1 << VALUE_NULL,
    ALL = (1 << VALUE_TYPES) - 1,
};

struct legacy_operator {
    str name;
    size_t min, max; /* how many values */
    unsigned types;
    enum node_kind kind;
    enum comparator comparator; /* NODE_COMPARE */
    enum function function;     /* NODE_CALL */
    enum key_operator key;      /* KEY_ANY: not for keys */
};

/* In the order in which AWS lists them. */
static const struct legacy_operator operators[] = {
    { STR_INIT("IN"), 1, SIZE_MAX, SCALARS, NODE_IN, 0, 0, KEY_ANY },
    { STR_INIT("NULL"), 0, 0, ALL, NODE_CALL, 0, FUNCTION_ATTRIBUTE_NOT_EXISTS, KEY_ANY },
    { STR_INIT("BETWEEN"), 2, 2, SCALARS, NODE_BETWEEN, 0, 0, KEY_BETWEEN },
    { STR_INIT("LT"), 1, 1, SCALARS, NODE_COMPARE, COMPARE_LT, 0, KEY_LT },
    { STR_INIT("NOT_CONTAINS"), 1, 1, ELEMENTS, NODE_CALL, 0, FUNCTION_NOT_CONTAINS, KEY_ANY },
    { STR_INIT("EQ"), 1, 1, ALL, NODE_COMPARE, COMPARE_EQ, 0, KEY_EQ },
    { STR_INIT("GT"), 1, 1, SCALARS, NODE_COMPARE, COMPARE_GT, 0, KEY_GT },
    { STR_INIT("NOT_NULL"), 0, 0, ALL, NODE_CALL, 0, FUNCTION_ATTRIBUTE_EXISTS, KEY_ANY },
    { STR_INIT("NE"), 1, 1, ALL, NODE_COMPARE, COMPARE_NE, 0, KEY_ANY },
    { STR_INIT("LE"), 1, 1, SCALARS, NODE_COMPARE, COMPARE_LE, 0, KEY_LE },
    { STR_INIT("BEGINS_WITH"), 1, 1, STRINGS, NODE_CALL, 0, FUNCTION_BEGINS_WITH, KEY_BEGINS_WITH },
    { STR_INIT("GE"), 1, 1, SCALARS, NODE_COMPARE, COMPARE_GE, 0, KEY_GE },
    { STR_INIT("CONTAINS"), 1, 1, ELEMENTS, NODE_CALL, 0, FUNCTION_CONTAINS, KEY_ANY },
};

bool legacy_operator_find(str name, const struct legacy_operator **out, struct error *err)
{
    for (size_t i = 0; i < sizeof operators / sizeof *operators; i++) {
        if (!str_eq(operators[i].name, name)) continue;
        *out = &operators[i];
        return true;
    }
    return error_set(err, ERROR_VALIDATION,
                     "1 validation error detected: Value '%.*s' at 'comparisonOperator' failed to "
                     "satisfy constraint: Member must satisfy enum value set: [IN, NULL, BETWEEN, "
                     "LT, NOT_CONTAINS, EQ, GT, NOT_NULL, NE, LE, BEGINS_WITH, GE, CONTAINS]",
                     (int)(name.len < 128 ? name.len : 128), name.ptr);
}

bool legacy_operator_is_unary(const struct legacy_operator *operator)
{
    return operator->max == 0;
}

bool legacy_check_count(const struct legacy_operator *operator, size_t count, struct error *err)
{
    if (count >= operator->min && count <= operator->max) return true;
    return error_set(err, ERROR_VALIDATION,
                     "One or more parameter values were invalid: Invalid number of argument(s) "
                     "for the %.*s ComparisonOperator",
                     STR_ARGS(operator->name));
}

static bool check_types(const struct legacy_condition *condition, struct error *err)
{
    for (size_t i = 1; i < condition->count; i++)
        if (value_type(condition->values[i]) != value_type(condition->values[0]))
            return error_set(err, ERROR_VALIDATION,
                             "One or more parameter values were invalid: AttributeValues inside "
                             "AttributeValueList must be of same type");
    if (condition->count == 0) return true;
    enum value_type type = value_type(condition->values[0]);
    if (condition->operator->types & 1u << type) return true;
    return error_set(err, ERROR_VALIDATION,
                     "One or more parameter values were invalid: ComparisonOperator %.*s is not "
                     "valid for %.*s AttributeValue type",
                     STR_ARGS(condition->operator->name), STR_ARGS(value_type_name(type)));
}

bool legacy_read_values(struct legacy_condition *condition, struct arena *arena, json list,
                        struct error *err)
{
    condition->count = json_count(list);
    condition->values = arena_array(arena, condition->count, sizeof *condition->values);
    for (size_t i = 0; i < condition->count; i++)
        if (!value_normalise(arena, json_at(list, i), &condition->values[i], err)) return false;
    if (!legacy_check_count(condition->operator, condition->count, err) ||
        !check_types(condition, err))
        return false;
    if (condition->operator->kind != NODE_BETWEEN ||
        value_compare(condition->values[0], condition->values[1]) <= 0)
        return true;
    return error_set(err, ERROR_VALIDATION,
                     "The BETWEEN condition was provided a range where the lower bound is greater "
                     "than the upper bound");
}

struct node *legacy_node(const struct legacy_condition *condition, struct arena *arena,
                         struct node **last_path)
{
    struct node *node = condition_node_new(arena, condition->operator->kind);
    struct node *path = condition_node_new(arena, NODE_PATH);
    node->function = condition->operator->function;
    node->comparator = condition->operator->comparator;
    path->path.steps = ARENA_NEW(arena, struct path_step);
    path->path.steps[0].name = condition->attribute;
    path->path.count = 1;
    node_add(node, path);
    if (*last_path) (*last_path)->next_path = path;
    *last_path = path;
    for (size_t i = 0; i < condition->count; i++) {
        struct node *value = condition_node_new(arena, NODE_VALUE);
        value->value = condition->values[i];
        node_add(node, value);
    }
    return node;
}

struct key_clause legacy_key_clause(const struct legacy_condition *condition)
{
    struct key_clause clause = {
        .name = condition->attribute,
        .op = condition->operator->key,
        .not_indexable = condition->operator->key == KEY_ANY,
    };
    for (size_t i = 0; i < condition->count && i < 2; i++)
        clause.values[i] = condition->values[i];
    return clause;
}
