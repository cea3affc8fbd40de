/* The parser's tools and what all kinds of expressions consist of: paths, values, calls. */
#include <stdarg.h>
#include <stdio.h>
#include <strings.h>

#include "services/dynamodb/expression_tree.h"

/* ---- nodes ---- */

struct node *condition_node_new(struct arena *arena, enum node_kind kind)
{
    struct node *node = ARENA_NEW(arena, struct node);
    node->kind = kind;
    return node;
}

void node_add(struct node *parent, struct node *child)
{
    if (parent->last)
        parent->last->next = child;
    else
        parent->children = child;
    parent->last = child;
    parent->count++;
}

/* ---- errors ---- */

const char *expression_kind_name(enum expression_kind kind)
{
    switch (kind) {
    case EXPRESSION_CONDITION: return "ConditionExpression";
    case EXPRESSION_FILTER: return "FilterExpression";
    case EXPRESSION_KEY_CONDITION: return "KeyConditionExpression";
    case EXPRESSION_PROJECTION: return "ProjectionExpression";
    case EXPRESSION_UPDATE: return "UpdateExpression";
    }
    fatal("no such kind of expression: %d", (int)kind);
}

bool parser_fail(struct expression_parser *parser, const char *format, ...)
{
    struct buf text;
    char small[256];
    va_list args;
    va_start(args, format);
    int len = vsnprintf(small, sizeof small, format, args);
    va_end(args);
    ASSERT(len >= 0);
    buf_init(&text, parser->arena);
    char *at = buf_reserve(&text, (size_t)len + 1);
    va_start(args, format);
    vsnprintf(at, (size_t)len + 1, format, args);
    va_end(args);
    text.len = (size_t)len;
    return error_set_long(parser->err, parser->arena, ERROR_VALIDATION, "Invalid %s: %.*s",
                          expression_kind_name(parser->kind), STR_ARGS(buf_str(&text)));
}

/* AWS quotes the text from the token before to the one behind. */
bool parser_syntax_error(struct expression_parser *parser)
{
    const struct lexer *lexer = &parser->lexer;
    const struct token *first = lexer->previous.text.ptr ? &lexer->previous : &lexer->current;
    const struct token *last = lexer->next.kind != TOKEN_END      ? &lexer->next
                               : lexer->current.kind != TOKEN_END ? &lexer->current
                                                                  : &lexer->previous;
    str token = lexer->current.kind == TOKEN_END ? STR("<EOF>") : lexer->current.text;
    size_t near = 0;
    if (last->text.ptr) near = (size_t)(last->text.ptr + last->text.len - first->text.ptr);
    return parser_fail(parser, "Syntax error; token: \"%.*s\", near: \"%.*s\"", STR_ARGS(token),
                       (int)near, first->text.ptr);
}

bool fail_operand_count(struct expression_parser *parser, str name, size_t count)
{
    return parser_fail(parser,
                       "Incorrect number of operands for operator or function; operator or "
                       "function: %.*s, number of operands: %zu",
                       STR_ARGS(name), count);
}

bool fail_operand_type(struct expression_parser *parser, str name, enum value_type type)
{
    return parser_fail(parser,
                       "Incorrect operand type for operator or function; operator or function: "
                       "%.*s, operand type: %.*s",
                       STR_ARGS(name), STR_ARGS(value_type_name(type)));
}

bool fail_needs_path(struct expression_parser *parser, str name)
{
    return parser_fail(parser,
                       "Operator or function requires a document path; operator or function: %.*s",
                       STR_ARGS(name));
}

bool fail_misused(struct expression_parser *parser, str name)
{
    return parser_fail(parser,
                       "The function is not allowed to be used this way in an expression; "
                       "function: %.*s",
                       STR_ARGS(name));
}

/* ---- tokens ---- */

bool parser_init(struct expression_parser *parser, struct expression_context *context,
                 enum expression_kind kind, str text, struct error *err)
{
    *parser = (struct expression_parser){
        .context = context, .arena = context->arena, .kind = kind, .err = err
    };
    if (text.len > DYNAMODB_EXPRESSION_BYTES_MAX && kind == EXPRESSION_UPDATE)
        return parser_fail(parser, "Expression size has exceeded the maximum allowed size;");
    if (text.len > DYNAMODB_EXPRESSION_BYTES_MAX)
        return parser_fail(parser,
                           "Expression size has exceeded the maximum allowed size; expression "
                           "size: %zu",
                           text.len);
    lexer_init(&parser->lexer, text);
    if (parser->lexer.current.kind == TOKEN_END)
        return parser_fail(parser, "The expression can not be empty;");
    return true;
}

static bool token_is(const struct token *token, const char *text)
{
    if (token->kind != TOKEN_WORD && token->kind != TOKEN_SYMBOL) return false;
    return token->text.len == strlen(text) &&
           strncasecmp(token->text.ptr, text, token->text.len) == 0;
}

bool parser_at(const struct expression_parser *parser, const char *text)
{
    return token_is(&parser->lexer.current, text);
}

bool parser_expect(struct expression_parser *parser, const char *symbol)
{
    if (!parser_at(parser, symbol)) return parser_syntax_error(parser);
    lexer_advance(&parser->lexer);
    return true;
}

bool parser_count_operator(struct expression_parser *parser)
{
    parser->operators++;
    if (parser->operators <= DYNAMODB_EXPRESSION_OPERATORS_MAX) return true;
    return parser_fail(parser, "The expression contains too many operators; operator count: %zu",
                       parser->operators);
}

/* No expression within the other limits comes near this depth. */
bool parser_enter(struct expression_parser *parser)
{
    if (parser->depth == DYNAMODB_EXPRESSION_DEPTH_MAX) return parser_syntax_error(parser);
    parser->depth++;
    return true;
}

void parser_leave(struct expression_parser *parser)
{
    parser->depth--;
}

/* Words that have a meaning of their own where an operand could stand. */
static bool is_keyword(const struct expression_parser *parser)
{
    static const char *const condition_words[] = { "AND", "OR", "NOT", "BETWEEN", "IN", NULL };
    static const char *const update_words[] = { "SET", "REMOVE", "ADD", "DELETE", NULL };
    static const char *const no_words[] = { NULL };
    const char *const *words = parser->kind == EXPRESSION_UPDATE       ? update_words
                               : parser->kind == EXPRESSION_PROJECTION ? no_words
                                                                       : condition_words;
    for (; *words; words++)
        if (parser_at(parser, *words)) return true;
    return false;
}

/* ---- paths ---- */

static bool add_step(struct expression_parser *parser, struct path *path, struct path_step step)
{
    enum { STEPS_MIN = 4 };
    size_t count = path->count;
    if (count == DYNAMODB_VALUE_DEPTH_MAX)
        return parser_fail(parser,
                           "The document path has too many nesting elements; nesting levels: %zu",
                           count + 1);
    /* The room doubles whenever it is full. */
    if (count == 0 || (count >= STEPS_MIN && (count & (count - 1)) == 0)) {
        size_t room = count == 0 ? STEPS_MIN : count * 2;
        struct path_step *bigger = arena_array(parser->arena, room, sizeof *bigger);
        if (count) memcpy(bigger, path->steps, count * sizeof *bigger);
        path->steps = bigger;
    }
    path->steps[path->count++] = step;
    return true;
}

static bool name_step(struct expression_parser *parser, struct path *path)
{
    struct token token = parser->lexer.current;
    if ((token.kind != TOKEN_WORD && token.kind != TOKEN_NAME) || is_keyword(parser))
        return parser_syntax_error(parser);
    lexer_advance(&parser->lexer);
    return add_step(parser, path, (struct path_step){ .name = token.text });
}

static bool index_step(struct expression_parser *parser, struct path *path)
{
    int64_t index = 0;
    struct token token = parser->lexer.current;
    if (token.kind != TOKEN_DIGITS) return parser_syntax_error(parser);
    if (!str_to_i64(token.text, &index) || index > INT32_MAX)
        return parser_fail(parser, "List index is not within the allowable range; index: [%.*s]",
                           STR_ARGS(token.text));
    lexer_advance(&parser->lexer);
    return parser_expect(parser, "]") &&
           add_step(parser, path, (struct path_step){ .index = (uint32_t)index, .is_index = true });
}

bool parser_path_rest(struct expression_parser *parser, struct node *path)
{
    for (;;) {
        if (parser_at(parser, ".")) {
            lexer_advance(&parser->lexer);
            if (!name_step(parser, &path->path)) return false;
        } else if (parser_at(parser, "[")) {
            lexer_advance(&parser->lexer);
            if (!index_step(parser, &path->path)) return false;
        } else {
            return true;
        }
        path->in_parentheses = false;
    }
}

bool parser_path(struct expression_parser *parser, struct node **out)
{
    struct node *node = condition_node_new(parser->arena, NODE_PATH);
    if (!name_step(parser, &node->path) || !parser_path_rest(parser, node)) return false;
    if (parser->last_path)
        parser->last_path->next_path = node;
    else
        parser->paths = node;
    parser->last_path = node;
    *out = node;
    return true;
}

/* ---- operands ---- */

static bool parser_call(struct expression_parser *parser, struct node **out)
{
    struct node *call = condition_node_new(parser->arena, NODE_CALL);
    call->text = parser->lexer.current.text;
    call->function = function_from_name(call->text);
    lexer_advance(&parser->lexer);
    if (!parser_count_operator(parser) || !parser_enter(parser)) return false;
    do {
        struct node *argument;
        lexer_advance(&parser->lexer); /* the parenthesis or comma */
        if (!parser_operand(parser, &argument)) return false;
        node_add(call, argument);
    } while (parser_at(parser, ","));
    parser_leave(parser);
    *out = call;
    return parser_expect(parser, ")");
}

bool parser_atom(struct expression_parser *parser, struct node **out)
{
    const struct lexer *lexer = &parser->lexer;
    if (lexer->current.kind == TOKEN_VALUE) {
        *out = condition_node_new(parser->arena, NODE_VALUE);
        (*out)->text = lexer->current.text;
        lexer_advance(&parser->lexer);
        return true;
    }
    if (lexer->current.kind == TOKEN_WORD && token_is(&lexer->next, "(") && !is_keyword(parser))
        return parser_call(parser, out);
    return parser_path(parser, out);
}

bool parser_operand(struct expression_parser *parser, struct node **out)
{
    if (!parser_at(parser, "(")) return parser_atom(parser, out);
    lexer_advance(&parser->lexer);
    if (!parser_enter(parser) || !parser_operand(parser, out)) return false;
    parser_leave(parser);
    if (!parser_expect(parser, ")")) return false;
    if ((*out)->in_parentheses) parser->redundant = true;
    (*out)->in_parentheses = true;
    if ((*out)->kind != NODE_PATH || parser->kind == EXPRESSION_UPDATE) return true;
    return parser_path_rest(parser, *out);
}

/* ---- names and values ---- */

static struct expression_placeholder *find_placeholder(struct expression_placeholders *all, str key)
{
    size_t from = 0;
    size_t to = all->count;
    while (from < to) {
        size_t middle = from + (to - from) / 2;
        int order = str_compare(key, all->items[middle].key);
        if (order == 0) return &all->items[middle];
        if (order < 0)
            to = middle;
        else
            from = middle + 1;
    }
    return NULL;
}

bool check_reserved(struct expression_parser *parser)
{
    for (const struct node *node = parser->paths; node; node = node->next_path) {
        for (size_t i = 0; i < node->path.count; i++) {
            const struct path_step *step = &node->path.steps[i];
            if (step->is_index || !is_reserved_word(step->name)) continue;
            return parser_fail(parser,
                               "Attribute name is a reserved keyword; reserved keyword: %.*s",
                               STR_ARGS(step->name));
        }
    }
    return true;
}

bool resolve_path(struct expression_parser *parser, struct path *path)
{
    for (size_t i = 0; i < path->count; i++) {
        struct path_step *step = &path->steps[i];
        if (step->is_index || step->name.ptr[0] != '#') continue;
        struct expression_placeholder *name = find_placeholder(&parser->context->names, step->name);
        if (!name)
            return parser_fail(parser,
                               "An expression attribute name used in the document path is not "
                               "defined; attribute name: %.*s",
                               STR_ARGS(step->name));
        name->is_used = true;
        step->name = json_str(name->value);
    }
    return true;
}

bool resolve_value(struct expression_parser *parser, struct node *node)
{
    struct expression_placeholder *value = find_placeholder(&parser->context->values, node->text);
    if (!value)
        return parser_fail(parser,
                           "An expression attribute value used in expression is not defined; "
                           "attribute value: %.*s",
                           STR_ARGS(node->text));
    value->is_used = true;
    node->value = value->value;
    return true;
}

bool node_type(const struct node *node, enum value_type *out)
{
    switch (node->kind) {
    case NODE_VALUE: *out = value_type(node->value); return true;
    case NODE_CALL:
        if (node->function != FUNCTION_SIZE) return false;
        *out = VALUE_N;
        return true;
    case NODE_PATH:
    case NODE_COMPARE:
    case NODE_BETWEEN:
    case NODE_IN:
    case NODE_AND:
    case NODE_OR:
    case NODE_NOT:
    case NODE_PLUS:
    case NODE_MINUS: return false;
    }
    fatal("no such kind of node: %d", (int)node->kind);
}

/* ---- paths of a whole expression ---- */

static bool fail_clash(struct expression_parser *parser, const char *verb,
                       const struct path *const paths[2])
{
    return parser_fail(parser,
                       "Two document paths %s with each other; must remove or rewrite one of "
                       "these paths; path one: %.*s, path two: %.*s",
                       verb, STR_ARGS(path_text(parser->arena, paths[0])),
                       STR_ARGS(path_text(parser->arena, paths[1])));
}

bool check_clash(struct expression_parser *parser, const struct path_clash *clash)
{
    if (clash->overlap[0]) return fail_clash(parser, "overlap", clash->overlap);
    if (clash->conflict[0]) return fail_clash(parser, "conflict", clash->conflict);
    return true;
}

enum path_use paths_use(const struct node *paths, str name)
{
    enum path_use use = PATH_UNUSED;
    for (const struct node *node = paths; node; node = node->next_path) {
        if (!str_eq(node->path.steps[0].name, name)) continue;
        if (node->path.count > 1) return PATH_NESTED;
        use = PATH_PLAIN;
    }
    return use;
}
