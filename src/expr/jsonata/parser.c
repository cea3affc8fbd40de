/* Tokens to a tree: a Pratt parser (top-down operator precedence), with the binding powers of the
 * reference.
 *
 * The tree is still close to the text; process.c makes of it what is evaluated. */
#include "expr/jsonata/ast.h"

/* Left binding powers; 0 ends an expression. */
static const uint8_t POWERS[TOKEN_COUNT] = {
    [TOKEN_DOT] = 75,        [TOKEN_BRACKET_OPEN] = 80,
    [TOKEN_BRACE_OPEN] = 70, [TOKEN_PAREN_OPEN] = 80,
    [TOKEN_AT] = 80,         [TOKEN_HASH] = 80,
    [TOKEN_QUESTION] = 20,   [TOKEN_PLUS] = 50,
    [TOKEN_MINUS] = 50,      [TOKEN_STAR] = 60,
    [TOKEN_SLASH] = 60,      [TOKEN_PERCENT] = 60,
    [TOKEN_EQUAL] = 40,      [TOKEN_LESS] = 40,
    [TOKEN_GREATER] = 40,    [TOKEN_CARET] = 40,
    [TOKEN_ASSIGN] = 10,     [TOKEN_NOT_EQUAL] = 40,
    [TOKEN_LESS_EQUAL] = 40, [TOKEN_GREATER_EQUAL] = 40,
    [TOKEN_APPLY] = 40,      [TOKEN_ELVIS] = 40,
    [TOKEN_COALESCE] = 40,   [TOKEN_AND] = 30,
    [TOKEN_OR] = 25,         [TOKEN_IN] = 40,
    [TOKEN_AMPERSAND] = 50,
};

struct node *node_new(struct arena *arena, enum node_type type, uint32_t position)
{
    struct node *node = ARENA_NEW(arena, struct node);
    node->type = (uint8_t)type;
    node->position = position;
    node->symbol = SYMBOL_NONE;
    return node;
}

struct node_extra *node_extra(struct arena *arena, struct node *node)
{
    if (!node->extra) {
        node->extra = ARENA_NEW(arena, struct node_extra);
        node->extra->focus = SYMBOL_NONE;
        node->extra->index = SYMBOL_NONE;
    }
    return node->extra;
}

void node_list_add(struct arena *arena, struct node_list *list, struct node *node)
{
    if (list->count == list->capacity) {
        uint32_t capacity = list->capacity ? list->capacity * 2 : 4;
        struct node **items = arena_array(arena, capacity, sizeof *items);
        if (list->count > 0) memcpy(items, list->items, list->count * sizeof *items);
        list->items = items;
        list->capacity = capacity;
    }
    list->items[list->count++] = node;
}

str node_token(const struct node *node)
{
    switch ((enum node_type)node->type) {
    case NODE_NAME:
    case NODE_STRING:
    case NODE_VARIABLE: return json_str(node->value);
    case NODE_NUMBER: return STR("number");
    case NODE_VALUE:
        return json_is_null(node->value) ? STR("null")
               : node->value.boolean     ? STR("true")
                                         : STR("false");
    case NODE_END: return STR("(end)");
    case NODE_BINARY:
    case NODE_OPERATOR: return token_text(node->op);
    case NODE_WILDCARD: return STR("*");
    case NODE_DESCENDANT: return STR("**");
    case NODE_PARENT: return STR("%");
    case NODE_NEGATE: return STR("-");
    case NODE_ARRAY: return STR("[");
    case NODE_OBJECT: return STR("{");
    case NODE_BLOCK:
    case NODE_FUNCTION:
    case NODE_PARTIAL:
    case NODE_LAMBDA: return STR("(");
    case NODE_CONDITION: return STR("?");
    case NODE_ELVIS: return STR("?:");
    case NODE_COALESCE: return STR("??");
    case NODE_TRANSFORM: return STR("|");
    case NODE_APPLY: return STR("~>");
    case NODE_BIND: return STR(":=");
    case NODE_REGEX:
    case NODE_PATH:
    case NODE_SORT:
    case NODE_TERM: return (str){ 0 };
    }
    return (str){ 0 };
}

/* What the reference calls the token's value. */
static str token_name(const struct parser *p, const struct token *token)
{
    switch (token->type) {
    case TOKEN_NAME:
    case TOKEN_VARIABLE:
    case TOKEN_STRING: return json_str(token->value);
    case TOKEN_NUMBER:
    case TOKEN_VALUE: return json_text(p->arena, token->value);
    default: return token_text(token->type);
    }
}

static bool fail_at(struct parser *p, const char *code, uint32_t position, str token, str value)
{
    return error_fill(p->err, p->arena, code, position,
                      &(struct error_parts){ .token = token, .value = value });
}

static bool advance(struct parser *p, bool infix)
{
    if (!lexer_next(&p->lexer, infix, &p->token)) return false;
    if (p->token.type == TOKEN_BANG || p->token.type == TOKEN_TILDE) {
        return fail_at(p, "S0204", p->token.position, token_text(p->token.type), (str){ 0 });
    }
    return true;
}

/* The same, after checking that the current token is `type`. */
static bool expect(struct parser *p, enum token_type type, bool infix)
{
    if (p->token.type != type) {
        const char *code = p->token.type == TOKEN_END ? "S0203" : "S0202";
        return fail_at(p, code, p->token.position, token_name(p, &p->token),
                       error_quote(p->arena, token_text(type)));
    }
    return advance(p, infix);
}

static uint32_t height_of(const struct node *node)
{
    return node ? node->height : 0;
}

/* Every node that is made on top of another passes here: the height of the tree bounds all later
 * recursion over it. */
static bool grow(struct parser *p, struct node *node, const struct node *child)
{
    if (height_of(child) + 1 > node->height) node->height = height_of(child) + 1;
    if (node->height <= EXPR_JSONATA_HEIGHT_MAX) return true;
    return fail_at(p, "S0502", node->position, (str){ 0 }, (str){ 0 });
}

static bool parse_expression(struct parser *p, uint8_t power, struct node **out);

static bool parse_child(struct parser *p, uint8_t power, struct node *parent, struct node **out)
{
    return parse_expression(p, power, out) && grow(p, parent, *out);
}

static bool parse_item(struct parser *p, struct node *parent)
{
    struct node *item;
    if (!parse_child(p, 0, parent, &item)) return false;
    node_list_add(p->arena, &parent->list, item);
    return true;
}

static bool parse_block(struct parser *p, struct node *block)
{
    block->type = NODE_BLOCK;
    while (p->token.type != TOKEN_PAREN_CLOSE) {
        if (!parse_item(p, block)) return false;
        if (p->token.type != TOKEN_SEMICOLON) break;
        if (!advance(p, false)) return false;
    }
    return expect(p, TOKEN_PAREN_CLOSE, true);
}

static bool parse_range(struct parser *p, struct node *array, struct node *from, struct node **out)
{
    struct node *range = node_new(p->arena, NODE_BINARY, p->token.position);
    range->op = TOKEN_RANGE;
    range->lhs = from;
    if (!grow(p, range, from) || !advance(p, false)) return false;
    if (!parse_child(p, 0, range, &range->rhs)) return false;
    *out = range;
    return grow(p, array, range);
}

static bool parse_array(struct parser *p, struct node *array)
{
    array->type = NODE_ARRAY;
    while (p->token.type != TOKEN_BRACKET_CLOSE) {
        struct node *item;
        if (!parse_child(p, 0, array, &item)) return false;
        if (p->token.type == TOKEN_RANGE && !parse_range(p, array, item, &item)) return false;
        node_list_add(p->arena, &array->list, item);
        if (p->token.type != TOKEN_COMMA) break;
        if (!advance(p, false)) return false;
        if (p->token.type == TOKEN_BRACKET_CLOSE) {
            /* A trailing comma: what follows is not an expression. */
            return fail_at(p, "S0211", p->token.position, STR("]"), (str){ 0 });
        }
    }
    return expect(p, TOKEN_BRACKET_CLOSE, true);
}

/* Key and value alternate in the list. */
static bool parse_pairs(struct parser *p, struct node *object)
{
    if (p->token.type != TOKEN_BRACE_CLOSE) {
        for (;;) {
            if (!parse_item(p, object) || !expect(p, TOKEN_COLON, false)) return false;
            if (!parse_item(p, object)) return false;
            if (p->token.type != TOKEN_COMMA) break;
            if (!advance(p, false)) return false;
        }
    }
    return expect(p, TOKEN_BRACE_CLOSE, true);
}

static bool parse_transform(struct parser *p, struct node *t)
{
    t->type = NODE_TRANSFORM;
    if (!parse_child(p, 0, t, &t->lhs) || !expect(p, TOKEN_PIPE, false)) return false;
    if (!parse_child(p, 0, t, &t->rhs)) return false;
    if (p->token.type == TOKEN_COMMA) {
        if (!advance(p, false) || !parse_child(p, 0, t, &t->third)) return false;
    }
    return expect(p, TOKEN_PIPE, false);
}

static bool parse_regex(struct parser *p, struct node *node, const struct token *token)
{
    str message;
    node->type = NODE_REGEX;
    if (regex_compile(json_str(token->value), token->flags, p->arena, &node->regex, &message)) {
        return true;
    }
    return error_fill(p->err, p->arena, "S0303", token->position,
                      &(struct error_parts){ .message = message });
}

static bool terminal(struct node *node, enum node_type type, json value)
{
    node->type = (uint8_t)type;
    node->value = value;
    return true;
}

/* A token where a value is expected. The token behind it has been read already. */
static bool parse_prefix(struct parser *p, const struct token *token, struct node *node)
{
    switch ((enum token_type)token->type) {
    case TOKEN_NAME: return terminal(node, NODE_NAME, token->value);
    case TOKEN_VARIABLE: return terminal(node, NODE_VARIABLE, token->value);
    case TOKEN_STRING: return terminal(node, NODE_STRING, token->value);
    case TOKEN_NUMBER: return terminal(node, NODE_NUMBER, token->value);
    case TOKEN_VALUE: return terminal(node, NODE_VALUE, token->value);
    case TOKEN_END: return terminal(node, NODE_END, token->value);
    case TOKEN_REGEX: return parse_regex(p, node, token);
    case TOKEN_AND:
    case TOKEN_OR:
    case TOKEN_IN: node->op = token->type; return terminal(node, NODE_OPERATOR, token->value);
    case TOKEN_STAR: return terminal(node, NODE_WILDCARD, token->value);
    case TOKEN_STAR_STAR: return terminal(node, NODE_DESCENDANT, token->value);
    case TOKEN_PERCENT: return terminal(node, NODE_PARENT, token->value);
    case TOKEN_MINUS: node->type = NODE_NEGATE; return parse_child(p, 70, node, &node->lhs);
    case TOKEN_PAREN_OPEN: return parse_block(p, node);
    case TOKEN_BRACKET_OPEN: return parse_array(p, node);
    case TOKEN_BRACE_OPEN: node->type = NODE_OBJECT; return parse_pairs(p, node);
    case TOKEN_PIPE: return parse_transform(p, node);
    default: return fail_at(p, "S0211", token->position, token_text(token->type), (str){ 0 });
    }
}

static bool parse_arguments(struct parser *p, struct node *call)
{
    if (p->token.type != TOKEN_PAREN_CLOSE) {
        for (;;) {
            if (p->token.type == TOKEN_QUESTION) {
                struct node *hole = node_new(p->arena, NODE_OPERATOR, p->token.position);
                hole->op = TOKEN_QUESTION;
                call->type = NODE_PARTIAL;
                node_list_add(p->arena, &call->list, hole);
                if (!advance(p, false)) return false;
            } else if (!parse_item(p, call)) {
                return false;
            }
            if (p->token.type != TOKEN_COMMA) break;
            if (!advance(p, false)) return false;
        }
    }
    return expect(p, TOKEN_PAREN_CLOSE, true);
}

/* The signature's text is put together from its tokens, as the reference does. */
static bool parse_signature(struct parser *p, struct node *lambda)
{
    uint32_t start = p->token.position;
    struct buf text;
    buf_init(&text, p->arena);
    buf_add_char(&text, '<');
    uint32_t depth = 1;
    while (depth > 0 && p->token.type != TOKEN_BRACE_OPEN && p->token.type != TOKEN_END) {
        if (!advance(p, false)) return false;
        if (p->token.type == TOKEN_GREATER) depth--;
        if (p->token.type == TOKEN_LESS) depth++;
        buf_add(&text, token_name(p, &p->token));
    }
    if (!expect(p, TOKEN_GREATER, false)) return false;
    if (signature_parse(buf_str(&text), p->arena, &lambda->signature, p->err)) return true;
    p->err->position += start;
    return false;
}

static bool parse_lambda(struct parser *p, struct node *lambda)
{
    for (uint32_t i = 0; i < lambda->list.count; i++) {
        const struct node *parameter = lambda->list.items[i];
        if (parameter->type == NODE_VARIABLE) continue;
        return fail_at(p, "S0208", parameter->position, node_token(parameter),
                       arena_printf(p->arena, "%u", (unsigned)i + 1));
    }
    lambda->type = NODE_LAMBDA;
    lambda->lhs = NULL;
    if (p->token.type == TOKEN_LESS && !parse_signature(p, lambda)) return false;
    if (!expect(p, TOKEN_BRACE_OPEN, false) || !parse_child(p, 0, lambda, &lambda->lhs)) {
        return false;
    }
    return expect(p, TOKEN_BRACE_CLOSE, false);
}

static bool parse_call(struct parser *p, struct node *call, struct node *procedure)
{
    call->type = NODE_FUNCTION;
    call->lhs = procedure;
    if (!parse_arguments(p, call)) return false;
    if (procedure->type != NODE_NAME) return true;
    str name = json_str(procedure->value);
    bool lambda = str_eq(name, STR("function")) || str_eq(name, STR("\xCE\xBB"));
    return lambda ? parse_lambda(p, call) : true;
}

/* `a[]` marks the innermost step; `a[x]` filters. */
static bool parse_predicate(struct parser *p, struct node *node, struct node *left,
                            struct node **out)
{
    if (p->token.type == TOKEN_BRACKET_CLOSE) {
        struct node *step = left;
        while (step->type == NODE_BINARY && step->op == TOKEN_BRACKET_OPEN)
            step = step->lhs;
        step->flags |= NODE_KEEP_ARRAY;
        *out = left;
        return advance(p, false);
    }
    node->lhs = left;
    if (!parse_child(p, 0, node, &node->rhs)) return false;
    *out = node;
    return expect(p, TOKEN_BRACKET_CLOSE, true);
}

static bool parse_sort(struct parser *p, struct node *node)
{
    if (!expect(p, TOKEN_PAREN_OPEN, false)) return false;
    for (;;) {
        struct node *term = node_new(p->arena, NODE_TERM, p->token.position);
        if (p->token.type == TOKEN_LESS || p->token.type == TOKEN_GREATER) {
            term->op = p->token.type;
            if (!advance(p, false)) return false;
        }
        if (!parse_child(p, 0, term, &term->lhs) || !grow(p, node, term)) return false;
        node_list_add(p->arena, &node->list, term);
        if (p->token.type != TOKEN_COMMA) break;
        if (!advance(p, false)) return false;
    }
    return expect(p, TOKEN_PAREN_CLOSE, false);
}

static bool parse_condition(struct parser *p, struct node *node)
{
    node->type = NODE_CONDITION;
    if (!parse_child(p, 0, node, &node->rhs)) return false;
    if (p->token.type != TOKEN_COLON) return true;
    return advance(p, false) && parse_child(p, 0, node, &node->third);
}

/* `:=`, `@` and `#`, of which one side must be a variable. */
static bool parse_binding(struct parser *p, struct node *node)
{
    if (node->op == TOKEN_ASSIGN) {
        if (node->lhs->type != NODE_VARIABLE) {
            return fail_at(p, "S0212", node->lhs->position, node_token(node->lhs), (str){ 0 });
        }
        return parse_child(p, (uint8_t)(POWERS[TOKEN_ASSIGN] - 1), node, &node->rhs);
    }
    if (!parse_child(p, POWERS[node->op], node, &node->rhs)) return false;
    if (node->rhs->type == NODE_VARIABLE) return true;
    return fail_at(p, "S0214", node->rhs->position, token_text(node->op), (str){ 0 });
}

/* An operator behind `left`; the token behind the operator has been read already. */
static bool parse_infix(struct parser *p, const struct token *token, struct node *left,
                        struct node **out)
{
    struct node *node = node_new(p->arena, NODE_BINARY, token->position);
    node->op = token->type;
    *out = node;
    if (!grow(p, node, left)) return false;
    node->lhs = left;
    switch ((enum token_type)token->type) {
    case TOKEN_PAREN_OPEN: return parse_call(p, node, left);
    case TOKEN_BRACKET_OPEN: return parse_predicate(p, node, left, out);
    case TOKEN_BRACE_OPEN: return parse_pairs(p, node);
    case TOKEN_CARET: return parse_sort(p, node);
    case TOKEN_QUESTION: return parse_condition(p, node);
    case TOKEN_ASSIGN:
    case TOKEN_AT:
    case TOKEN_HASH: return parse_binding(p, node);
    case TOKEN_ELVIS: node->type = NODE_ELVIS; return parse_child(p, 0, node, &node->rhs);
    case TOKEN_COALESCE: node->type = NODE_COALESCE; return parse_child(p, 0, node, &node->rhs);
    default: return parse_child(p, POWERS[token->type], node, &node->rhs);
    }
}

static bool parse_expression(struct parser *p, uint8_t power, struct node **out)
{
    if (p->depth >= EXPR_JSONATA_HEIGHT_MAX) {
        return fail_at(p, "S0502", p->token.position, (str){ 0 }, (str){ 0 });
    }
    p->depth++;
    struct token token = p->token;
    struct node *left = node_new(p->arena, NODE_END, token.position);
    left->height = 1;
    if (!advance(p, true) || !parse_prefix(p, &token, left)) return false;
    while (power < POWERS[p->token.type]) {
        token = p->token;
        if (!advance(p, false) || !parse_infix(p, &token, left, &left)) return false;
    }
    p->depth--;
    *out = left;
    return true;
}

bool parser_parse(struct parser *p, struct node **out)
{
    if (!advance(p, false) || !parse_expression(p, 0, out)) return false;
    if (p->token.type == TOKEN_END) return true;
    return fail_at(p, "S0201", p->token.position, token_name(p, &p->token), (str){ 0 });
}
