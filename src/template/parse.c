/* Templates to syntax trees: text, directives, comments. Everything that begins no directive and no
 * reference is text, as in Velocity.
 *
 * White space: #set takes the blanks in front of it with it; #set, #if, #elseif, #else, #foreach
 * and #end take the line break behind them (and blanks before it); nothing else goes. */
#include "template/internal.h"

bool vtl_parser_fail(struct parser *p, const char *what)
{
    uint32_t line = 0, column = 0;
    bool inside = p->text.ptr >= p->whole.ptr && p->text.ptr <= p->whole.ptr + p->whole.len;
    size_t at = inside ? (size_t)(p->text.ptr - p->whole.ptr) + p->at : 0;
    json_position(p->whole, at <= p->whole.len ? at : p->whole.len, &line, &column);
    error_set(p->err, ERROR_SYNTAX, "%s at line %u, column %u of the template", what, line, column);
    p->err->offset = (uint32_t)at;
    return false;
}

bool vtl_parser_enter(struct parser *p)
{
    if (p->depth >= TEMPLATE_DEPTH_MAX)
        return error_set(p->err, ERROR_TOO_DEEP, "the template is nested deeper than %d",
                         TEMPLATE_DEPTH_MAX);
    p->depth++;
    return true;
}

static bool is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

void vtl_parser_skip_space(struct parser *p)
{
    while (p->at < p->text.len && is_space(p->text.ptr[p->at]))
        p->at++;
}

bool vtl_parser_take(struct parser *p, char c)
{
    if (str_at(p->text, p->at) != c || p->at >= p->text.len) return false;
    p->at++;
    return true;
}

str vtl_parser_identifier(struct parser *p)
{
    size_t from = p->at;
    if (!is_letter(str_at(p->text, from))) return STR("");
    while (is_letter(str_at(p->text, p->at)) || is_digit(str_at(p->text, p->at)) ||
           str_at(p->text, p->at) == '-')
        p->at++;
    return str_slice(p->text, from, p->at);
}

/* ---- a growing list of nodes ---- */

struct nodes {
    struct node *items;
    size_t count, capacity;
};

static struct node *add_node(struct parser *p, struct nodes *nodes, enum node_kind kind)
{
    if (nodes->count == nodes->capacity) {
        size_t capacity = nodes->capacity ? nodes->capacity * 2 : 8;
        struct node *items = arena_array(p->arena, capacity, sizeof *items);
        if (nodes->count > 0) memcpy(items, nodes->items, nodes->count * sizeof *items);
        nodes->items = items;
        nodes->capacity = capacity;
    }
    struct node *node = &nodes->items[nodes->count++];
    *node = (struct node){ .kind = kind };
    return node;
}

static void add_text(struct parser *p, struct nodes *nodes, str text)
{
    if (!str_is_empty(text)) add_node(p, nodes, NODE_TEXT)->text = text;
}

/* ---- directives ---- */

enum directive {
    DIRECTIVE_NONE, /* text */
    DIRECTIVE_SET,
    DIRECTIVE_IF,
    DIRECTIVE_ELSEIF,
    DIRECTIVE_ELSE,
    DIRECTIVE_END,
    DIRECTIVE_FOREACH,
    DIRECTIVE_BREAK,
    DIRECTIVE_STOP,
    DIRECTIVE_REFUSED,
};

static const struct {
    str name;
    enum directive directive;
} directives[] = {
    { STR_INIT("set"), DIRECTIVE_SET },
    { STR_INIT("if"), DIRECTIVE_IF },
    { STR_INIT("elseif"), DIRECTIVE_ELSEIF },
    { STR_INIT("else"), DIRECTIVE_ELSE },
    { STR_INIT("end"), DIRECTIVE_END },
    { STR_INIT("foreach"), DIRECTIVE_FOREACH },
    { STR_INIT("break"), DIRECTIVE_BREAK },
    { STR_INIT("stop"), DIRECTIVE_STOP },
    { STR_INIT("macro"), DIRECTIVE_REFUSED },
    { STR_INIT("parse"), DIRECTIVE_REFUSED },
    { STR_INIT("include"), DIRECTIVE_REFUSED },
    { STR_INIT("define"), DIRECTIVE_REFUSED },
    { STR_INIT("vtl_evaluate"), DIRECTIVE_REFUSED },
};

static str directive_word(struct parser *p)
{
    size_t from = p->at;
    while (is_letter(str_at(p->text, p->at)) || (p->at > from && is_digit(str_at(p->text, p->at))))
        p->at++;
    return str_slice(p->text, from, p->at);
}

/* Behind a `#`: the directive's name, taken; DIRECTIVE_NONE leaves p->at where it was. */
static enum directive take_directive(struct parser *p)
{
    size_t from = p->at;
    bool braces = vtl_parser_take(p, '{');
    str name = directive_word(p);
    if (!braces || vtl_parser_take(p, '}')) {
        for (size_t i = 0; i < sizeof directives / sizeof directives[0]; i++)
            if (str_eq(directives[i].name, name)) return directives[i].directive;
    }
    p->at = from;
    return DIRECTIVE_NONE;
}

/* Those with parentheses are text without them. */
static bool opens_parenthesis(struct parser *p)
{
    size_t from = p->at;
    while (str_at(p->text, p->at) == ' ' || str_at(p->text, p->at) == '\t')
        p->at++;
    if (vtl_parser_take(p, '(')) return true;
    p->at = from;
    return false;
}

static void skip_line_break(struct parser *p)
{
    size_t at = p->at;
    while (str_at(p->text, at) == ' ' || str_at(p->text, at) == '\t')
        at++;
    if (str_at(p->text, at) == '\r')
        at++;
    else if (str_at(p->text, at) != '\n')
        return;
    if (str_at(p->text, at) == '\n') at++;
    p->at = at;
}

static bool close_parenthesis(struct parser *p)
{
    vtl_parser_skip_space(p);
    if (!vtl_parser_take(p, ')')) return vtl_parser_fail(p, "expected )");
    skip_line_break(p);
    return true;
}

static bool parse_block(struct parser *p, struct block *out, enum directive *end);

static bool parse_set(struct parser *p, struct nodes *nodes)
{
    struct node *node = add_node(p, nodes, NODE_SET);
    bool found = false;
    vtl_parser_skip_space(p);
    if (!vtl_parse_reference(p, &node->reference, &found)) return false;
    if (!found) return vtl_parser_fail(p, "#set needs a reference");
    if (node->reference.count > 0 &&
        node->reference.steps[node->reference.count - 1].kind == STEP_METHOD)
        return vtl_parser_fail(p, "#set cannot set what a method gives");
    vtl_parser_skip_space(p);
    if (!vtl_parser_take(p, '=')) return vtl_parser_fail(p, "#set needs =");
    return vtl_parse_expression(p, &node->value) && close_parenthesis(p);
}

enum { BRANCHES_FIRST = 4 };

static bool parse_branch(struct parser *p, bool has_condition, struct branch *branch,
                         enum directive *end)
{
    if (has_condition) {
        struct expression *condition = ARENA_NEW(p->arena, struct expression);
        if (!opens_parenthesis(p)) return vtl_parser_fail(p, "expected (");
        if (!vtl_parse_expression(p, condition) || !close_parenthesis(p)) return false;
        branch->condition = condition;
    } else {
        skip_line_break(p);
    }
    return parse_block(p, &branch->block, end);
}

/* Behind "#if"; a loop over #elseif and #else up to #end. */
static bool parse_if(struct parser *p, struct node *node)
{
    struct branch *branches = NULL;
    size_t capacity = 0;
    enum directive end = DIRECTIVE_IF;
    p->blocks++;
    while (end != DIRECTIVE_END) {
        if (node->count == capacity) {
            capacity = capacity ? capacity * 2 : BRANCHES_FIRST;
            struct branch *larger = arena_zalloc(p->arena, capacity * sizeof *larger);
            if (node->count > 0) memcpy(larger, branches, node->count * sizeof *larger);
            branches = larger;
            node->branches = branches;
        }
        bool is_else = end == DIRECTIVE_ELSE;
        if (!parse_branch(p, !is_else, &branches[node->count++], &end)) return false;
        if (is_else && end != DIRECTIVE_END)
            return vtl_parser_fail(p, "expected #end behind #else");
    }
    p->blocks--;
    return true;
}

static bool parse_foreach(struct parser *p, struct node *node)
{
    vtl_parser_skip_space(p);
    struct reference variable;
    bool found = false;
    if (!vtl_parse_reference(p, &variable, &found)) return false;
    if (!found || variable.count > 0) return vtl_parser_fail(p, "#foreach needs a variable");
    node->text = variable.name;
    vtl_parser_skip_space(p);
    if (!str_eq(vtl_parser_identifier(p), STR("in")))
        return vtl_parser_fail(p, "#foreach needs `in`");
    if (!vtl_parse_expression(p, &node->value) || !close_parenthesis(p)) return false;
    bool was_in_loop = p->in_loop;
    p->in_loop = true;
    p->blocks++;
    enum directive end = DIRECTIVE_NONE;
    if (!parse_block(p, &node->block, &end)) return false;
    p->in_loop = was_in_loop;
    p->blocks--;
    return end == DIRECTIVE_END ? true : vtl_parser_fail(p, "expected #end of #foreach");
}

/* What a directive that stands inside a block adds to it. */
static bool parse_directive(struct parser *p, enum directive directive, struct nodes *nodes)
{
    switch (directive) {
    case DIRECTIVE_SET: return parse_set(p, nodes);
    case DIRECTIVE_IF: return parse_if(p, add_node(p, nodes, NODE_IF));
    case DIRECTIVE_FOREACH: return parse_foreach(p, add_node(p, nodes, NODE_FOREACH));
    case DIRECTIVE_BREAK: add_node(p, nodes, p->in_loop ? NODE_BREAK : NODE_STOP); return true;
    case DIRECTIVE_STOP: add_node(p, nodes, NODE_STOP); return true;
    case DIRECTIVE_REFUSED:
        return vtl_parser_fail(
            p, "#macro, #parse, #include, #define and #vtl_evaluate are not supported");
    case DIRECTIVE_NONE:
    case DIRECTIVE_ELSEIF:
    case DIRECTIVE_ELSE:
    case DIRECTIVE_END: break;
    }
    return vtl_parser_fail(p, "unexpected directive");
}

/* ---- comments ---- */

/* At a `#`: true if it begins a comment, or text that is to be left alone; both are taken. */
static bool parse_comment(struct parser *p, struct nodes *nodes, bool *found)
{
    str rest = str_skip(p->text, p->at);
    *found = true;
    if (str_starts_with(rest, STR("##"))) {
        size_t end = str_find_char(p->text, '\n', p->at);
        p->at = end < p->text.len ? end + 1 : end;
        return true;
    }
    bool literal = str_starts_with(rest, STR("#[["));
    if (!literal && !str_starts_with(rest, STR("#*"))) {
        *found = false;
        return true;
    }
    str closing = literal ? STR("]]#") : STR("*#");
    size_t from = p->at + (literal ? 3 : 2);
    size_t end = str_find(p->text, closing, from);
    if (end == p->text.len)
        return vtl_parser_fail(p, literal ? "#[[ without ]]#" : "#* without *#");
    if (literal) add_text(p, nodes, str_slice(p->text, from, end));
    p->at = end + closing.len;
    return true;
}

/* ---- blocks ---- */

/* What is being read: the text that has not been added yet begins at `pending`. */
struct reading {
    struct nodes nodes;
    size_t pending;
};

static size_t backslashes_before(const struct parser *p, size_t pending, size_t at)
{
    size_t count = 0;
    while (at - count > pending && p->text.ptr[at - count - 1] == '\\')
        count++;
    return count;
}

static void flush(struct parser *p, struct reading *reading, size_t end)
{
    add_text(p, &reading->nodes, str_slice(p->text, reading->pending, end));
}

static bool read_reference(struct parser *p, struct reading *reading)
{
    size_t from = p->at;
    struct reference reference;
    bool found = false;
    if (!vtl_parse_reference(p, &reference, &found)) return false;
    if (!found) {
        p->at = from + 1;
        return true;
    }
    size_t backslashes = backslashes_before(p, reading->pending, from);
    flush(p, reading, from - backslashes);
    struct node *node = add_node(p, &reading->nodes, NODE_REFERENCE);
    node->reference = reference;
    node->backslashes = backslashes;
    reading->pending = p->at;
    return true;
}

/* The text in front of a directive: two backslashes are one, and #set takes blanks. */
static void flush_before(struct parser *p, struct reading *reading, size_t from, bool is_set)
{
    size_t backslashes = backslashes_before(p, reading->pending, from);
    size_t end = from - backslashes / 2;
    while (is_set && end > reading->pending &&
           (p->text.ptr[end - 1] == ' ' || p->text.ptr[end - 1] == '\t'))
        end--;
    flush(p, reading, end);
}

static bool needs_parenthesis(enum directive directive)
{
    return directive == DIRECTIVE_SET || directive == DIRECTIVE_FOREACH;
}

/* At a `#`. *end is set where the directive ends this block. */
static bool read_hash(struct parser *p, struct reading *reading, enum directive *end)
{
    size_t from = p->at;
    bool escaped = backslashes_before(p, reading->pending, from) % 2 == 1;
    p->at++;
    enum directive directive = take_directive(p);
    if (directive == DIRECTIVE_NONE) return true;
    if (escaped) { /* \#if is the text #if */
        flush(p, reading, from - (backslashes_before(p, reading->pending, from) + 1) / 2);
        reading->pending = from;
        return true;
    }
    if (needs_parenthesis(directive) && !opens_parenthesis(p)) return true;
    flush_before(p, reading, from, directive == DIRECTIVE_SET);
    if (directive == DIRECTIVE_ELSE || directive == DIRECTIVE_ELSEIF ||
        directive == DIRECTIVE_END) {
        *end = directive;
        if (directive == DIRECTIVE_END) skip_line_break(p);
        return true;
    }
    if (!vtl_parser_enter(p) || !parse_directive(p, directive, &reading->nodes)) return false;
    p->depth--;
    reading->pending = p->at;
    return true;
}

static bool read_comment(struct parser *p, struct reading *reading, bool *found)
{
    size_t from = p->at;
    struct nodes literal = { 0 };
    if (!parse_comment(p, &literal, found)) return false;
    if (!*found) return true;
    flush(p, reading, from);
    if (literal.count > 0) add_text(p, &reading->nodes, literal.items[0].text);
    reading->pending = p->at;
    return true;
}

/* Up to the directive that ends it (DIRECTIVE_NONE: the end of the text). */
static bool parse_block(struct parser *p, struct block *out, enum directive *end)
{
    struct reading reading = { .pending = p->at };
    *end = DIRECTIVE_NONE;
    while (p->at < p->text.len && *end == DIRECTIVE_NONE) {
        bool is_comment = false;
        switch (p->text.ptr[p->at]) {
        case '$':
            if (!read_reference(p, &reading)) return false;
            break;
        case '#':
            if (!read_comment(p, &reading, &is_comment)) return false;
            if (!is_comment && !read_hash(p, &reading, end)) return false;
            break;
        default: p->at++; break;
        }
    }
    if (*end == DIRECTIVE_NONE) {
        flush(p, &reading, p->text.len);
        if (p->blocks > 0) return vtl_parser_fail(p, "expected #end");
    }
    *out = (struct block){ reading.nodes.items, reading.nodes.count };
    return true;
}

bool vtl_parse_inner(struct parser *p, str text, struct block *out)
{
    if (!vtl_parser_enter(p)) return false;
    struct parser inner = *p;
    inner.text = text;
    inner.at = 0;
    inner.blocks = 0;
    enum directive end = DIRECTIVE_NONE;
    if (!parse_block(&inner, out, &end)) return false;
    p->depth--;
    return end == DIRECTIVE_NONE ? true : vtl_parser_fail(p, "unexpected directive in a string");
}

bool template_parse(str text, struct arena *arena, struct block *out, struct error *err)
{
    size_t chars;
    if (text.len > TEMPLATE_BYTES_MAX)
        return error_set(err, ERROR_TOO_LARGE, "the template is longer than %d bytes",
                         TEMPLATE_BYTES_MAX);
    if (!str_utf8_count(text, &chars))
        return error_set(err, ERROR_SYNTAX, "the template is not UTF-8");
    struct parser p = { .text = text, .whole = text, .arena = arena, .err = err };
    enum directive end = DIRECTIVE_NONE;
    if (!parse_block(&p, out, &end)) return false;
    return end == DIRECTIVE_NONE ? true
                                 : vtl_parser_fail(&p, "#else or #end without its beginning");
}
