/* ConditionExpression, FilterExpression, KeyConditionExpression: their grammar and the checks that
 * need no item. Grammar and order of the checks: Developer Guide, "Condition and filter
 * expressions, operators, and functions", and what AWS was seen to answer. */
#include "services/dynamodb/expression_tree.h"

/* ---- grammar ---- */

static bool parse_or(struct expression_parser *parser, struct node **out);

/* A path or value alone decides nothing; a call may. */
static bool is_boolean(const struct node *node)
{
    return node->kind != NODE_PATH && node->kind != NODE_VALUE;
}

static bool is_operand(const struct node *node)
{
    return !is_boolean(node) || node->kind == NODE_CALL;
}

/* A condition or an operand, in or without parentheses: which of both shows behind them. */
static bool parse_primary(struct expression_parser *parser, struct node **out)
{
    if (!parser_at(parser, "(")) return parser_atom(parser, out);
    lexer_advance(&parser->lexer);
    if (!parser_enter(parser) || !parse_or(parser, out)) return false;
    parser_leave(parser);
    if (!parser_expect(parser, ")")) return false;
    if ((*out)->in_parentheses) parser->redundant = true;
    (*out)->in_parentheses = true;
    return (*out)->kind != NODE_PATH || parser_path_rest(parser, *out);
}

static bool read_comparator(const struct expression_parser *parser, enum comparator *out)
{
    static const struct {
        const char *text;
        enum comparator comparator;
    } all[] = { { "=", COMPARE_EQ },  { "<>", COMPARE_NE }, { "<=", COMPARE_LE },
                { ">=", COMPARE_GE }, { "<", COMPARE_LT },  { ">", COMPARE_GT } };
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        if (!parser_at(parser, all[i].text)) continue;
        *out = all[i].comparator;
        return true;
    }
    return false;
}

/* A node for the operator at the current token, which is passed. */
static bool begin_operator(struct expression_parser *parser, enum node_kind kind, str text,
                           struct node *first, struct node **out)
{
    *out = condition_node_new(parser->arena, kind);
    (*out)->text = text;
    if (first) node_add(*out, first);
    lexer_advance(&parser->lexer);
    return parser_count_operator(parser);
}

static bool add_operand(struct expression_parser *parser, struct node *parent)
{
    struct node *operand;
    if (!parser_operand(parser, &operand)) return false;
    node_add(parent, operand);
    return true;
}

static bool parse_in(struct expression_parser *parser, struct node *node)
{
    if (!parser_at(parser, "(")) return parser_syntax_error(parser);
    do {
        lexer_advance(&parser->lexer); /* the parenthesis or comma */
        if (!add_operand(parser, node)) return false;
    } while (parser_at(parser, ","));
    return parser_expect(parser, ")");
}

static bool parse_comparison(struct expression_parser *parser, struct node **out)
{
    struct node *left;
    enum comparator comparator;
    if (!parse_primary(parser, &left)) return false;
    *out = left;
    if (!is_operand(left)) return true;
    if (read_comparator(parser, &comparator)) {
        str text = parser->lexer.current.text;
        if (!begin_operator(parser, NODE_COMPARE, text, left, out)) return false;
        (*out)->comparator = comparator;
        return add_operand(parser, *out);
    }
    if (parser_at(parser, "BETWEEN"))
        return begin_operator(parser, NODE_BETWEEN, STR("BETWEEN"), left, out) &&
               add_operand(parser, *out) && parser_expect(parser, "AND") &&
               add_operand(parser, *out);
    if (parser_at(parser, "IN"))
        return begin_operator(parser, NODE_IN, STR("IN"), left, out) && parse_in(parser, *out);
    return true;
}

static bool parse_not(struct expression_parser *parser, struct node **out)
{
    struct node *operand;
    if (!parser_at(parser, "NOT")) return parse_comparison(parser, out);
    if (!begin_operator(parser, NODE_NOT, STR("NOT"), NULL, out) || !parser_enter(parser) ||
        !parse_not(parser, &operand))
        return false;
    parser_leave(parser);
    node_add(*out, operand);
    return is_boolean(operand) || parser_syntax_error(parser);
}

/* One level of AND or OR; chains become one node. */
static bool parse_chain(struct expression_parser *parser, enum node_kind kind, const char *word,
                        bool (*parse_part)(struct expression_parser *, struct node **),
                        struct node **out)
{
    struct node *part;
    if (!parse_part(parser, out)) return false;
    if (!parser_at(parser, word)) return true;
    if (!is_boolean(*out)) return parser_syntax_error(parser);
    part = *out;
    *out = condition_node_new(parser->arena, kind);
    (*out)->text = str_from(word);
    node_add(*out, part);
    while (parser_at(parser, word)) {
        lexer_advance(&parser->lexer);
        if (!parser_count_operator(parser) || !parse_part(parser, &part)) return false;
        if (!is_boolean(part)) return parser_syntax_error(parser);
        node_add(*out, part);
    }
    return true;
}

static bool parse_and(struct expression_parser *parser, struct node **out)
{
    return parse_chain(parser, NODE_AND, "AND", parse_not, out);
}

static bool parse_or(struct expression_parser *parser, struct node **out)
{
    return parse_chain(parser, NODE_OR, "OR", parse_and, out);
}

/* ---- functions ---- */

static const struct {
    str name;
    enum function function;
    size_t operands;
} functions[] = {
    { STR_INIT("attribute_exists"), FUNCTION_ATTRIBUTE_EXISTS, 1 },
    { STR_INIT("attribute_not_exists"), FUNCTION_ATTRIBUTE_NOT_EXISTS, 1 },
    { STR_INIT("attribute_type"), FUNCTION_ATTRIBUTE_TYPE, 2 },
    { STR_INIT("begins_with"), FUNCTION_BEGINS_WITH, 2 },
    { STR_INIT("contains"), FUNCTION_CONTAINS, 2 },
    { STR_INIT("size"), FUNCTION_SIZE, 1 },
    { STR_INIT("if_not_exists"), FUNCTION_IF_NOT_EXISTS, 2 },
    { STR_INIT("list_append"), FUNCTION_LIST_APPEND, 2 },
};

enum function function_from_name(str name)
{
    for (size_t i = 0; i < sizeof functions / sizeof *functions; i++)
        if (str_eq(functions[i].name, name)) return functions[i].function;
    return FUNCTION_UNKNOWN;
}

size_t function_operands(enum function function)
{
    for (size_t i = 0; i < sizeof functions / sizeof *functions; i++)
        if (functions[i].function == function) return functions[i].operands;
    fatal("no such function: %d", (int)function);
}

/* The trees are no deeper than the limits of operators and of parentheses together allow. */
static bool check_function_names(struct expression_parser *parser, const struct node *node)
{
    for (const struct node *child = node->children; child; child = child->next)
        if (!check_function_names(parser, child)) return false;
    if (node->kind != NODE_CALL) return true;
    if (node->function == FUNCTION_UNKNOWN)
        return parser_fail(parser, "Invalid function name; function: %.*s", STR_ARGS(node->text));
    if (node->function == FUNCTION_IF_NOT_EXISTS || node->function == FUNCTION_LIST_APPEND)
        return parser_fail(parser,
                           "The function is not allowed in a condition expression; function: %.*s",
                           STR_ARGS(node->text));
    return true;
}

/* size() is an operand, the others are conditions. `is_operand` says where the node stands. */
static bool check_function_places(struct expression_parser *parser, const struct node *node,
                                  bool as_operand)
{
    bool inner = node->kind != NODE_AND && node->kind != NODE_OR && node->kind != NODE_NOT;
    for (const struct node *child = node->children; child; child = child->next)
        if (!check_function_places(parser, child, inner)) return false;
    if (node->kind != NODE_CALL || (node->function == FUNCTION_SIZE) == as_operand) return true;
    return fail_misused(parser, node->text);
}

/* ---- one comparison or call ---- */

static bool resolve_all(struct expression_parser *parser, struct node *node)
{
    if (node->kind == NODE_PATH) return resolve_path(parser, &node->path);
    if (node->kind == NODE_VALUE) return resolve_value(parser, node);
    for (struct node *child = node->children; child; child = child->next)
        if (!resolve_all(parser, child)) return false;
    return true;
}

static bool check_counts(struct expression_parser *parser, const struct node *node)
{
    for (const struct node *child = node->children; child; child = child->next)
        if (!check_counts(parser, child)) return false;
    if (node->kind == NODE_IN && node->count - 1 > DYNAMODB_EXPRESSION_IN_OPERANDS_MAX)
        return parser_fail(parser,
                           "The IN operator is provided with too many operands; number of "
                           "operands: %zu",
                           node->count - 1);
    if (node->kind != NODE_CALL || node->count == function_operands(node->function)) return true;
    return fail_operand_count(parser, node->text, node->count);
}

static bool same_path(const struct node *a, const struct node *b)
{
    if (a->kind != NODE_PATH || b->kind != NODE_PATH || a->path.count != b->path.count)
        return false;
    for (size_t i = 0; i < a->path.count; i++) {
        const struct path_step *x = &a->path.steps[i];
        const struct path_step *y = &b->path.steps[i];
        if (x->is_index != y->is_index || x->index != y->index || !str_eq(x->name, y->name))
            return false;
    }
    return true;
}

static bool check_distinct(struct expression_parser *parser, const struct node *node)
{
    const struct node *first = node->children;
    for (const struct node *child = first; child; child = child->next) {
        if (!check_distinct(parser, child)) return false;
        if (child == first || !same_path(first, child)) continue;
        return parser_fail(parser,
                           "The first operand must be distinct from the remaining operands for "
                           "this operator or function; operator: %.*s, first operand: %.*s",
                           STR_ARGS(node->text), STR_ARGS(path_text(parser->arena, &first->path)));
    }
    return true;
}

typedef bool (*type_check)(enum value_type type);

static bool is_ordered_type(enum value_type type)
{
    return type == VALUE_S || type == VALUE_N || type == VALUE_B;
}

static bool is_string_type(enum value_type type)
{
    return type == VALUE_S || type == VALUE_B;
}

static bool has_size(enum value_type type)
{
    return type != VALUE_N && type != VALUE_BOOL && type != VALUE_NULL;
}

/* All operands whose type is known are of an accepted one. */
static bool check_types(struct expression_parser *parser, const struct node *node,
                        type_check accepts)
{
    enum value_type type;
    for (const struct node *child = node->children; child; child = child->next)
        if (node_type(child, &type) && !accepts(type))
            return fail_operand_type(parser, node->text, type);
    return true;
}

static bool check_attribute_type(struct expression_parser *parser, struct node *node)
{
    enum value_type type;
    const struct node *operand = node->children->next;
    if (!node_type(operand, &type))
        return parser_fail(parser,
                           "Incorrect operand type for operator or function; operator or "
                           "function: %.*s, operand type: {NS,SS,L,BS,N,M,B,BOOL,NULL,S}",
                           STR_ARGS(node->text));
    if (type != VALUE_S) return fail_operand_type(parser, node->text, type);
    str name = json_str(value_content(operand->value));
    if (value_type_from_name(name, &node->type)) return true;
    return parser_fail(parser,
                       "Invalid attribute type name found; type: %.*s, valid types: "
                       "{B,NULL,SS,BOOL,L,BS,N,NS,S,M}",
                       STR_ARGS(name));
}

static bool check_call(struct expression_parser *parser, struct node *node)
{
    switch (node->function) {
    case FUNCTION_ATTRIBUTE_EXISTS:
    case FUNCTION_ATTRIBUTE_NOT_EXISTS:
        return node->children->kind == NODE_PATH || fail_needs_path(parser, node->text);
    case FUNCTION_ATTRIBUTE_TYPE: return check_attribute_type(parser, node);
    case FUNCTION_BEGINS_WITH: return check_types(parser, node, is_string_type);
    case FUNCTION_SIZE: return check_types(parser, node, has_size);
    case FUNCTION_CONTAINS: return true;
    case FUNCTION_UNKNOWN:
    case FUNCTION_IF_NOT_EXISTS:
    case FUNCTION_LIST_APPEND:
    case FUNCTION_NOT_CONTAINS: break;
    }
    fatal("no function of conditions: %d", (int)node->function);
}

/* "AttributeValue: {S:b}" */
static str bound_text(struct arena *arena, const struct node *bound)
{
    attr a = attr_of(bound->value);
    str type = value_type_name(a.type);
    str content = json_is_string(a.content) ? json_str(a.content) : json_text(arena, a.content);
    return arena_printf(arena, "AttributeValue: {%.*s:%.*s}", STR_ARGS(type), STR_ARGS(content));
}

static bool check_between(struct expression_parser *parser, const struct node *node)
{
    const struct node *low = node->children->next;
    const struct node *high = low->next;
    const char *rule = NULL;
    if (!check_types(parser, node, is_ordered_type)) return false;
    if (low->kind != NODE_VALUE || high->kind != NODE_VALUE) return true;
    if (value_type(low->value) != value_type(high->value))
        rule = "same data type for lower and upper bounds";
    else if (value_compare(low->value, high->value) > 0)
        rule = "upper bound to be greater than or equal to lower bound";
    if (!rule) return true;
    return parser_fail(parser,
                       "The BETWEEN operator requires %s; lower bound operand: %.*s, upper bound "
                       "operand: %.*s",
                       rule, STR_ARGS(bound_text(parser->arena, low)),
                       STR_ARGS(bound_text(parser->arena, high)));
}

static bool check_operands(struct expression_parser *parser, struct node *node)
{
    for (struct node *child = node->children; child; child = child->next)
        if (!check_operands(parser, child)) return false;
    switch (node->kind) {
    case NODE_CALL: return check_call(parser, node);
    case NODE_BETWEEN: return check_between(parser, node);
    case NODE_COMPARE:
        if (node->comparator == COMPARE_EQ || node->comparator == COMPARE_NE) return true;
        return check_types(parser, node, is_ordered_type);
    case NODE_PATH:
    case NODE_VALUE:
    case NODE_IN:
    case NODE_AND:
    case NODE_OR:
    case NODE_NOT:
    case NODE_PLUS:
    case NODE_MINUS: return true;
    }
    fatal("no such kind of node: %d", (int)node->kind);
}

/* ---- a whole condition ---- */

/* Clause by clause, in the order of the text. */
static bool check_clauses(struct expression_parser *parser, struct node *node)
{
    if (node->kind == NODE_AND || node->kind == NODE_OR || node->kind == NODE_NOT) {
        for (struct node *child = node->children; child; child = child->next)
            if (!check_clauses(parser, child)) return false;
        return true;
    }
    return resolve_all(parser, node) && check_counts(parser, node) &&
           check_distinct(parser, node) && check_operands(parser, node);
}

bool condition_parse(struct expression_context *context, enum expression_kind kind, str text,
                     const struct condition **out, struct error *err)
{
    struct expression_parser parser;
    struct node *root;
    ASSERT(kind == EXPRESSION_CONDITION || kind == EXPRESSION_FILTER ||
           kind == EXPRESSION_KEY_CONDITION);
    if (!parser_init(&parser, context, kind, text, err) || !parse_or(&parser, &root)) return false;
    if (parser.lexer.current.kind != TOKEN_END || !is_boolean(root))
        return parser_syntax_error(&parser);
    if (parser.redundant) return parser_fail(&parser, "The expression has redundant parentheses;");
    if (!check_function_names(&parser, root) || !check_function_places(&parser, root, false) ||
        !check_reserved(&parser) || !check_clauses(&parser, root))
        return false;
    struct condition *condition = ARENA_NEW(context->arena, struct condition);
    condition->root = root;
    condition->paths = parser.paths;
    *out = condition;
    return kind != EXPRESSION_KEY_CONDITION || key_clauses_read(&parser, condition);
}

enum path_use condition_use(const struct condition *condition, str name)
{
    return condition ? paths_use(condition->paths, name) : PATH_UNUSED;
}
