/* UpdateExpression: its grammar and the checks that need no item (Developer Guide, "Update
 * expressions"; the order of the checks is what AWS was seen to answer). */
#include "services/dynamodb/update_actions.h"

struct update_parser {
    struct expression_parser base;
    struct action *actions, *last;
    size_t count;         /* of them */
    unsigned sections;    /* one bit for each kind that was met */
    const char *repeated; /* the section that came twice, or NULL */
};

static const char *const section_names[] = {
    [ACTION_SET] = "SET",
    [ACTION_REMOVE] = "REMOVE",
    [ACTION_ADD] = "ADD",
    [ACTION_DELETE] = "DELETE",
};

/* ---- grammar ---- */

static bool parse_set_value(struct expression_parser *parser, struct node **out);

static bool is_sum(const struct node *node)
{
    return node->kind == NODE_PLUS || node->kind == NODE_MINUS;
}

/* A sum in parentheses may be the whole value, an operand may not be a sum. */
static bool parse_set_primary(struct expression_parser *parser, struct node **out)
{
    if (!parser_at(parser, "(")) return parser_atom(parser, out);
    lexer_advance(&parser->lexer);
    if (!parser_enter(parser) || !parse_set_value(parser, out)) return false;
    parser_leave(parser);
    return parser_expect(parser, ")");
}

static bool parse_set_value(struct expression_parser *parser, struct node **out)
{
    struct node *left;
    struct node *right;
    if (!parse_set_primary(parser, &left)) return false;
    *out = left;
    if (is_sum(left) || !(parser_at(parser, "+") || parser_at(parser, "-"))) return true;
    struct node *sum =
        condition_node_new(parser->arena, parser_at(parser, "+") ? NODE_PLUS : NODE_MINUS);
    sum->text = parser->lexer.current.text;
    lexer_advance(&parser->lexer);
    if (!parser_count_operator(parser) || !parser_operand(parser, &right)) return false;
    node_add(sum, left);
    node_add(sum, right);
    *out = sum;
    return true;
}

static bool parse_action_value(struct expression_parser *parser, enum action_kind kind,
                               struct node **out)
{
    switch (kind) {
    case ACTION_REMOVE: return true;
    case ACTION_SET: return parser_expect(parser, "=") && parse_set_value(parser, out);
    case ACTION_ADD:
    case ACTION_DELETE:
        if (parser->lexer.current.kind != TOKEN_VALUE) return parser_syntax_error(parser);
        return parser_atom(parser, out);
    }
    fatal("no such kind of action: %d", (int)kind);
}

static bool parse_action(struct update_parser *parser, enum action_kind kind)
{
    struct node *path;
    struct action *action = ARENA_NEW(parser->base.arena, struct action);
    action->kind = kind;
    action->rank = parser->count++;
    if (!parser_path(&parser->base, &path) ||
        !parse_action_value(&parser->base, kind, &action->value))
        return false;
    action->path = &path->path;
    if (parser->last)
        parser->last->next = action;
    else
        parser->actions = action;
    parser->last = action;
    return true;
}

static bool find_section(const struct expression_parser *parser, enum action_kind *out)
{
    for (size_t i = 0; i < sizeof section_names / sizeof *section_names; i++) {
        if (!parser_at(parser, section_names[i])) continue;
        *out = (enum action_kind)i;
        return true;
    }
    return false;
}

static bool parse_section(struct update_parser *parser)
{
    enum action_kind kind;
    if (!find_section(&parser->base, &kind)) return parser_syntax_error(&parser->base);
    if ((parser->sections & 1u << kind) && !parser->repeated)
        parser->repeated = section_names[kind];
    parser->sections |= 1u << kind;
    do {
        lexer_advance(&parser->base.lexer); /* the section's name or the comma */
        if (!parse_action(parser, kind)) return false;
    } while (parser_at(&parser->base, ","));
    return true;
}

/* ---- checks ---- */

static bool check_function_names(struct expression_parser *parser, const struct node *node)
{
    for (const struct node *child = node->children; child; child = child->next)
        if (!check_function_names(parser, child)) return false;
    if (node->kind != NODE_CALL || node->function >= FUNCTION_IF_NOT_EXISTS) return true;
    if (node->function == FUNCTION_UNKNOWN)
        return parser_fail(parser, "Invalid function name; function: %.*s", STR_ARGS(node->text));
    return parser_fail(parser,
                       "The function is not allowed in an update expression; function: %.*s",
                       STR_ARGS(node->text));
}

/* list_append() is a whole value, never an operand. */
static bool check_function_places(struct expression_parser *parser, const struct node *node)
{
    for (const struct node *child = node->children; child; child = child->next) {
        if (!check_function_places(parser, child)) return false;
        if (child->function == FUNCTION_LIST_APPEND) return fail_misused(parser, child->text);
    }
    return true;
}

static bool resolve_values(struct expression_parser *parser, struct node *node)
{
    if (node->kind == NODE_VALUE) return resolve_value(parser, node);
    for (struct node *child = node->children; child; child = child->next)
        if (!resolve_values(parser, child)) return false;
    return true;
}

static bool check_operand_types(struct expression_parser *parser, const struct node *node,
                                enum value_type wanted)
{
    enum value_type type;
    for (const struct node *child = node->children; child; child = child->next)
        if (node_type(child, &type) && type != wanted)
            return fail_operand_type(parser, node->text, type);
    return true;
}

static bool check_operands(struct expression_parser *parser, const struct node *node)
{
    for (const struct node *child = node->children; child; child = child->next)
        if (!check_operands(parser, child)) return false;
    if (is_sum(node)) return check_operand_types(parser, node, VALUE_N);
    if (node->kind != NODE_CALL) return true;
    if (node->count != function_operands(node->function))
        return fail_operand_count(parser, node->text, node->count);
    if (node->function == FUNCTION_LIST_APPEND) return check_operand_types(parser, node, VALUE_L);
    ASSERT(node->children);
    return node->children->kind == NODE_PATH || fail_needs_path(parser, node->text);
}

/* ADD takes numbers and sets, DELETE sets. AWS names types in words here. */
static bool check_action_type(struct expression_parser *parser, const struct action *action)
{
    static const char *const words[VALUE_TYPES] = {
        [VALUE_S] = "STRING",     [VALUE_N] = "NUMBER",  [VALUE_B] = "BINARY", [VALUE_L] = "LIST",
        [VALUE_BOOL] = "BOOLEAN", [VALUE_NULL] = "NULL", [VALUE_M] = "MAP",
    };
    if (action->kind != ACTION_ADD && action->kind != ACTION_DELETE) return true;
    enum value_type type = value_type(action->value->value);
    if (!words[type] || (type == VALUE_N && action->kind == ACTION_ADD)) return true;
    return parser_fail(parser,
                       "Incorrect operand type for operator or function; operator: %s, operand "
                       "type: %s",
                       section_names[action->kind], words[type]);
}

static bool resolve(struct update_parser *parser)
{
    struct expression_parser *base = &parser->base;
    for (struct node *path = base->paths; path; path = path->next_path)
        if (!resolve_path(base, &path->path)) return false;
    for (struct action *action = parser->actions; action; action = action->next)
        if (action->value && !resolve_values(base, action->value)) return false;
    return true;
}

static bool check_functions(struct update_parser *parser)
{
    for (struct action *action = parser->actions; action; action = action->next)
        if (action->value && !check_function_names(&parser->base, action->value)) return false;
    for (struct action *action = parser->actions; action; action = action->next)
        if (action->value && !check_function_places(&parser->base, action->value)) return false;
    return true;
}

static bool check_types(struct update_parser *parser)
{
    for (struct action *action = parser->actions; action; action = action->next)
        if (!check_action_type(&parser->base, action)) return false;
    for (struct action *action = parser->actions; action; action = action->next)
        if (action->value && !check_operands(&parser->base, action->value)) return false;
    return true;
}

bool update_parse(struct expression_context *context, str text, const struct update **out,
                  struct error *err)
{
    struct update_parser parser = { 0 };
    struct expression_parser *base = &parser.base;
    struct path_clash clash = { 0 };
    if (!parser_init(base, context, EXPRESSION_UPDATE, text, err)) return false;
    while (base->lexer.current.kind != TOKEN_END)
        if (!parse_section(&parser)) return false;
    if (!check_reserved(base) || !check_functions(&parser)) return false;
    if (parser.repeated)
        return parser_fail(base,
                           "The \"%s\" section can only be used once in an update expression;",
                           parser.repeated);
    if (!resolve(&parser)) return false;
    struct update *update = ARENA_NEW(context->arena, struct update);
    update->tree = ARENA_NEW(context->arena, struct path_tree);
    for (struct action *action = parser.actions; action; action = action->next)
        path_tree_add(context->arena, update->tree, action->path, action, &clash);
    if (!check_clash(base, &clash) || !check_types(&parser)) return false;
    update->actions = parser.actions;
    update->count = parser.count;
    update->paths = base->paths;
    update->creates_item = (parser.sections & (1u << ACTION_SET | 1u << ACTION_ADD)) != 0;
    *out = update;
    return true;
}
