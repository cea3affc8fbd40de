/* Expected, QueryFilter, ScanFilter, KeyConditions: maps from attributes to conditions (API
 * reference, "Condition" and "ExpectedAttributeValue"; Developer Guide, "Legacy conditional
 * parameters"). */
#include "services/dynamodb/legacy.h"

#include "services/dynamodb/legacy_operator.h"

/* The member, or NULL if it is not there or null. */
static const json *member(json object, const char *name)
{
    const json *value = json_find(object, str_from(name));
    return value && !json_is_null(*value) ? value : NULL;
}

static bool wrong_shape(struct error *err)
{
    return error_set(err, ERROR_SERIALIZATION, "Unexpected field type");
}

/* ---- conditions of a filter or on keys ---- */

static bool read_operator(json entry, const struct legacy_operator **out, struct error *err)
{
    const json *name = member(entry, "ComparisonOperator");
    if (!name)
        return error_set(err, ERROR_VALIDATION,
                         "1 validation error detected: Value null at 'comparisonOperator' failed "
                         "to satisfy constraint: Member must not be null");
    if (!json_is_string(*name)) return wrong_shape(err);
    return legacy_operator_find(json_str(*name), out, err);
}

static bool read_list(json entry, json *out, struct error *err)
{
    const json *list = member(entry, "AttributeValueList");
    *out = list ? *list : json_array(NULL, 0);
    return json_is_array(*out) || wrong_shape(err);
}

static bool read_condition(struct legacy_condition *condition, struct arena *arena, json entry,
                           struct error *err)
{
    json list;
    return read_operator(entry, &condition->operator, err) && read_list(entry, &list, err) &&
           legacy_read_values(condition, arena, list, err);
}

/* ---- conditions of Expected ---- */

static bool fail_expected(struct arena *arena, struct error *err, const char *what, str attribute)
{
    return error_set_long(err, arena, ERROR_VALIDATION,
                          "One or more parameter values were invalid: %s for Attribute: %.*s", what,
                          STR_ARGS(attribute));
}

/* With a ComparisonOperator: its values are a list, or the one Value. */
static bool read_comparison(struct legacy_condition *condition, struct arena *arena, json entry,
                            struct error *err)
{
    json list;
    const json *value = member(entry, "Value");
    if (!read_operator(entry, &condition->operator, err)) return false;
    if (member(entry, "Exists"))
        return fail_expected(arena, err, "Exists and ComparisonOperator cannot be used together",
                             condition->attribute);
    if (!value && !member(entry, "AttributeValueList") &&
        !legacy_operator_is_unary(condition->operator)) {
        str name = json_str(*member(entry, "ComparisonOperator"));
        str what = arena_printf(
            arena, "Value or AttributeValueList must be used with ComparisonOperator: %.*s",
            STR_ARGS(name));
        return fail_expected(arena, err, arena_cstr(arena, what), condition->attribute);
    }
    if (!read_list(entry, &list, err)) return false;
    if (value) list = json_array(value, 1);
    return legacy_read_values(condition, arena, list, err);
}

/* Without one: Exists says whether the attribute must have the Value or not be there. */
static bool read_existence(struct legacy_condition *condition, struct arena *arena, json entry,
                           struct error *err)
{
    const json *exists = member(entry, "Exists");
    const json *value = member(entry, "Value");
    bool must_exist = !exists || json_equal(*exists, json_bool(true));
    if (exists && !json_is_bool(*exists)) return wrong_shape(err);
    if (must_exist && !value)
        return fail_expected(arena, err,
                             exists ? "Value must be provided when Exists is true"
                                    : "Value must be provided when Exists is null",
                             condition->attribute);
    if (!must_exist && value)
        return fail_expected(arena, err, "Value cannot be used when Exists is false",
                             condition->attribute);
    return legacy_operator_find(must_exist ? STR("EQ") : STR("NULL"), &condition->operator, err) &&
           legacy_read_values(condition, arena,
                              must_exist ? json_array(value, 1) : json_array(NULL, 0), err);
}

static bool read_expectation(struct legacy_condition *condition, struct arena *arena, json entry,
                             struct error *err)
{
    if (member(entry, "Value") && member(entry, "AttributeValueList"))
        return fail_expected(arena, err, "Value and AttributeValueList cannot be used together",
                             condition->attribute);
    if (member(entry, "ComparisonOperator")) return read_comparison(condition, arena, entry, err);
    if (member(entry, "AttributeValueList"))
        return fail_expected(arena, err,
                             "AttributeValueList can only be used with a ComparisonOperator",
                             condition->attribute);
    return read_existence(condition, arena, entry, err);
}

/* ---- maps ---- */

typedef bool (*entry_reader)(struct legacy_condition *condition, struct arena *arena, json entry,
                             struct error *err);

struct legacy_map {
    struct legacy_condition *conditions;
    size_t count;
};

static bool read_map(struct arena *arena, json map, entry_reader read, struct legacy_map *out,
                     struct error *err)
{
    if (!json_is_object(map)) return wrong_shape(err);
    out->count = json_count(map);
    if (out->count > DYNAMODB_LEGACY_CONDITIONS_MAX)
        return error_set(err, ERROR_VALIDATION,
                         "One or more parameter values were invalid: more than %d conditions",
                         DYNAMODB_LEGACY_CONDITIONS_MAX);
    out->conditions = arena_array(arena, out->count, sizeof *out->conditions);
    for (size_t i = 0; i < out->count; i++) {
        json entry = json_value_at(map, i);
        out->conditions[i] = (struct legacy_condition){ .attribute = json_key_at(map, i) };
        if (!json_is_object(entry)) return wrong_shape(err);
        if (!read(&out->conditions[i], arena, entry, err)) return false;
    }
    return true;
}

static bool read_conditional_operator(const json *wire, size_t conditions, bool has_map,
                                      enum node_kind *out, struct error *err)
{
    *out = NODE_AND;
    if (!wire || json_is_null(*wire)) return true;
    if (!json_is_string(*wire)) return wrong_shape(err);
    str name = json_str(*wire);
    if (str_eq(name, STR("OR")))
        *out = NODE_OR;
    else if (!str_eq(name, STR("AND")))
        return error_set(err, ERROR_VALIDATION,
                         "1 validation error detected: Value '%.*s' at 'conditionalOperator' "
                         "failed to satisfy constraint: Member must satisfy enum value set: [OR, "
                         "AND]",
                         (int)(name.len < 128 ? name.len : 128), name.ptr);
    if (!has_map)
        return error_set(err, ERROR_VALIDATION,
                         "ConditionalOperator cannot be used without Filter or Expected");
    if (conditions >= 2) return true;
    return error_set(err, ERROR_VALIDATION,
                     "ConditionalOperator can only be used when Filter or Expected has two or "
                     "more elements");
}

static const struct condition *combine(struct arena *arena, const struct legacy_map *map,
                                       enum node_kind kind)
{
    struct condition *condition = ARENA_NEW(arena, struct condition);
    struct node *root = condition_node_new(arena, kind);
    struct node *last_path = NULL;
    for (size_t i = 0; i < map->count; i++) {
        struct node *node = legacy_node(&map->conditions[i], arena, &last_path);
        if (i == 0) condition->paths = last_path;
        node_add(root, node);
    }
    condition->root = root;
    return condition;
}

static bool parse_map(struct arena *arena, const json *map, const json *conditional_operator,
                      entry_reader read, const struct condition **out, struct error *err)
{
    struct legacy_map read_out = { 0 };
    enum node_kind kind;
    bool has_map = map && !json_is_null(*map);
    *out = NULL;
    if (has_map && !read_map(arena, *map, read, &read_out, err)) return false;
    if (!read_conditional_operator(conditional_operator, read_out.count, has_map, &kind, err))
        return false;
    if (read_out.count > 0) *out = combine(arena, &read_out, kind);
    return true;
}

bool legacy_parse_expected(struct arena *arena, const json *expected,
                           const json *conditional_operator, const struct condition **out,
                           struct error *err)
{
    return parse_map(arena, expected, conditional_operator, read_expectation, out, err);
}

bool legacy_parse_filter(struct arena *arena, const json *filter, const json *conditional_operator,
                         const struct condition **out, struct error *err)
{
    return parse_map(arena, filter, conditional_operator, read_condition, out, err);
}

bool legacy_parse_key_conditions(struct arena *arena, const json *conditions,
                                 const struct condition **out, struct error *err)
{
    struct legacy_map map = { 0 };
    *out = NULL;
    if (!conditions || json_is_null(*conditions)) return true;
    if (!read_map(arena, *conditions, read_condition, &map, err)) return false;
    if (map.count != 1 && map.count != 2)
        return error_set(err, ERROR_VALIDATION, "Conditions can be of length 1 or 2 only");
    struct condition *condition = ARENA_NEW(arena, struct condition);
    condition->clauses = arena_array(arena, map.count, sizeof *condition->clauses);
    condition->clause_count = map.count;
    for (size_t i = 0; i < map.count; i++)
        condition->clauses[i] = legacy_key_clause(&map.conditions[i]);
    *out = condition;
    return true;
}
