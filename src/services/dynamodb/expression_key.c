/* Key conditions: which part of a table or index a Query reads. */
#include "services/dynamodb/expression_tree.h"

/* ---- from the tree to clauses ---- */

static bool fail(struct expression_parser *parser, const char *text, str what)
{
    return error_set_long(parser->err, parser->arena, ERROR_VALIDATION, "%s%.*s", text,
                          STR_ARGS(what));
}

static bool fail_operator(struct expression_parser *parser, str name)
{
    return fail(parser, "Invalid operator used in KeyConditionExpression: ", name);
}

static bool read_operator(struct expression_parser *parser, const struct node *node,
                          enum key_operator *out)
{
    static const enum key_operator comparators[] = {
        [COMPARE_EQ] = KEY_EQ, [COMPARE_LT] = KEY_LT, [COMPARE_LE] = KEY_LE,
        [COMPARE_GT] = KEY_GT, [COMPARE_GE] = KEY_GE,
    };
    if (node->kind == NODE_COMPARE && node->comparator != COMPARE_NE) {
        *out = comparators[node->comparator];
        return true;
    }
    bool between = node->kind == NODE_BETWEEN;
    if (!between && !(node->kind == NODE_CALL && node->function == FUNCTION_BEGINS_WITH))
        return fail_operator(parser, node->text);
    *out = between ? KEY_BETWEEN : KEY_BEGINS_WITH;
    if (node->children->kind == NODE_PATH) return true;
    return error_set(parser->err, ERROR_VALIDATION,
                     "Invalid condition in KeyConditionExpression: %.*s operator must have the key "
                     "attribute as its first operand",
                     STR_ARGS(node->text));
}

/* The one path among the operands, which names the key. */
static bool find_key(struct expression_parser *parser, const struct node *node,
                     const struct node **out)
{
    *out = NULL;
    for (const struct node *child = node->children; child; child = child->next) {
        if (child->kind == NODE_CALL)
            return fail(parser, "KeyConditionExpressions cannot contain nested operations",
                        STR(""));
        if (child->kind != NODE_PATH) continue;
        if (*out)
            return fail(parser,
                        "Invalid condition in KeyConditionExpression: Multiple attribute names "
                        "used in one condition",
                        STR(""));
        if (child->path.count > 1)
            return fail(parser,
                        "KeyConditionExpressions cannot have conditions on nested attributes",
                        STR(""));
        *out = child;
    }
    if (*out) return true;
    return fail(parser, "Invalid condition in KeyConditionExpression: No key attribute specified",
                STR(""));
}

/* ":v < a" is "a > :v". */
static enum key_operator turned(enum key_operator op)
{
    switch (op) {
    case KEY_LT: return KEY_GT;
    case KEY_LE: return KEY_GE;
    case KEY_GT: return KEY_LT;
    case KEY_GE: return KEY_LE;
    case KEY_ANY:
    case KEY_EQ:
    case KEY_BETWEEN:
    case KEY_BEGINS_WITH: break;
    }
    return op;
}

static bool read_clause(struct expression_parser *parser, const struct node *node,
                        struct key_clause *out)
{
    const struct node *key;
    size_t values = 0;
    if (!read_operator(parser, node, &out->op) || !find_key(parser, node, &key)) return false;
    ASSERT(key);
    out->name = key->path.steps[0].name;
    if (key != node->children) out->op = turned(out->op);
    for (const struct node *child = node->children; child; child = child->next)
        if (child != key) out->values[values++] = child->value;
    return true;
}

static bool read_clauses(struct expression_parser *parser, struct condition *condition,
                         const struct node *node)
{
    if (node->kind == NODE_AND) {
        for (const struct node *child = node->children; child; child = child->next)
            if (!read_clauses(parser, condition, child)) return false;
        return true;
    }
    struct key_clause *clause = &condition->clauses[condition->clause_count];
    if (!read_clause(parser, node, clause)) return false;
    for (size_t i = 0; i < condition->clause_count; i++)
        if (str_eq(condition->clauses[i].name, clause->name))
            return parser_fail(parser,
                               "KeyConditionExpressions must only contain one condition per key");
    condition->clause_count++;
    return true;
}

bool key_clauses_read(struct expression_parser *parser, struct condition *condition)
{
    /* There is an operator in every clause. */
    condition->clauses =
        arena_zalloc(parser->arena, (parser->operators + 1) * sizeof *condition->clauses);
    return read_clauses(parser, condition, condition->root);
}

/* ---- from clauses to a key ---- */

static const struct key_clause *find_clause(const struct condition *condition, str name)
{
    for (size_t i = 0; i < condition->clause_count; i++)
        if (str_eq(condition->clauses[i].name, name)) return &condition->clauses[i];
    return NULL;
}

static bool missed(struct arena *arena, str name, struct error *err)
{
    return error_set_long(err, arena, ERROR_VALIDATION,
                          "Query condition missed key schema element: %.*s", STR_ARGS(name));
}

static bool check_type(const struct key_clause *clause, enum value_type type, struct error *err)
{
    bool fits = value_type(clause->values[0]) == type &&
                (clause->op != KEY_BETWEEN || value_type(clause->values[1]) == type) &&
                (clause->op != KEY_BEGINS_WITH || type != VALUE_N);
    if (fits) return true;
    return error_set(err, ERROR_VALIDATION,
                     "One or more parameter values were invalid: Condition parameter type does "
                     "not match schema type");
}

static bool check_not_empty(struct arena *arena, const struct key_clause *clause, struct error *err)
{
    attr value = attr_of(clause->values[0]);
    if (value.type == VALUE_N || json_str(value.content).len > 0) return true;
    return error_set_long(err, arena, ERROR_VALIDATION,
                          "One or more parameter values are not valid. The AttributeValue for a "
                          "key attribute cannot contain an empty %s value. Key: %.*s",
                          value.type == VALUE_S ? "string" : "binary", STR_ARGS(clause->name));
}

bool key_condition_resolve(const struct condition *condition, struct arena *arena,
                           struct key_attribute hash, struct key_attribute range,
                           struct key_condition *out, struct error *err)
{
    size_t keys = range.name.len > 0 ? 2 : 1;
    if (condition->clause_count > keys)
        return error_set(err, ERROR_VALIDATION,
                         "The number of query conditions (%zu) exceeds the number of key "
                         "attributes defined in the schema (%zu)",
                         condition->clause_count, keys);
    const struct key_clause *first = find_clause(condition, hash.name);
    const struct key_clause *second = keys == 2 ? find_clause(condition, range.name) : NULL;
    if (!first) return missed(arena, hash.name, err);
    if (condition->clause_count == 2 && !second) return missed(arena, range.name, err);
    if (first->not_indexable || (second && second->not_indexable))
        return error_set(err, ERROR_VALIDATION,
                         "Attempted conditional constraint is not an indexable operation");
    if (first->op != KEY_EQ)
        return error_set(err, ERROR_VALIDATION, "Query key condition not supported");
    if (!check_type(first, hash.type, err)) return false;
    if (second && !check_type(second, range.type, err)) return false;
    if (!check_not_empty(arena, first, err)) return false;
    *out = (struct key_condition){ .hash = first->values[0], .range = KEY_ANY };
    if (!second) return true;
    out->range = second->op;
    memcpy(out->bounds, second->values, sizeof out->bounds);
    return true;
}
