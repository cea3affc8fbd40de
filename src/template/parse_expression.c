/* Expressions: what stands in #set, #if, #foreach, in arguments and in brackets. */
#include "template/internal.h"

static struct expression *parts_of(struct parser *p, size_t count)
{
    return arena_zalloc(p->arena, count * sizeof(struct expression));
}

static bool is_word_char(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '-';
}

/* A sign, or a word that ends there. */
static bool take_operator(struct parser *p, str sign)
{
    str rest = str_skip(p->text, p->at);
    if (!str_starts_with(rest, sign)) return false;
    if (is_word_char(sign.ptr[0]) && sign.ptr[0] != '-' && is_word_char(str_at(rest, sign.len)))
        return false;
    p->at += sign.len;
    return true;
}

/* ---- literals ---- */

/* The end of the string that begins at p->at: the first quote that is neither doubled nor behind a
 * backslash, or, if there is no such, the last quote there is. */
static size_t string_end(const struct parser *p, char quote)
{
    size_t last = p->text.len;
    for (size_t i = p->at + 1; i < p->text.len; i++) {
        if (p->text.ptr[i] != quote) continue;
        if (str_at(p->text, i + 1) == quote) {
            last = i;
            i++;
            continue;
        }
        last = i;
        if (quote == '\'' || p->text.ptr[i - 1] != '\\') return i;
    }
    return last;
}

static str without_doubled(struct parser *p, str text, char quote)
{
    const char twice[2] = { quote, quote };
    str doubled = { twice, 2 };
    size_t at = str_find(text, doubled, 0);
    if (at == text.len) return text;
    struct buf buf;
    buf_init(&buf, p->arena);
    size_t from = 0;
    for (; at < text.len; at = str_find(text, doubled, from)) {
        buf_add(&buf, str_slice(text, from, at + 1));
        from = at + 2;
    }
    buf_add(&buf, str_skip(text, from));
    return buf_str(&buf);
}

static bool parse_string(struct parser *p, struct expression *out)
{
    char quote = p->text.ptr[p->at];
    size_t end = string_end(p, quote);
    if (end == p->text.len) return vtl_parser_fail(p, "a string without its end");
    str text = without_doubled(p, str_slice(p->text, p->at + 1, end), quote);
    bool plain = quote == '\'' || (str_find_char(text, '$', 0) == text.len &&
                                   str_find_char(text, '#', 0) == text.len);
    out->kind = EXPRESSION_CONSTANT;
    if (plain) {
        out->constant = json_string(text.ptr ? text : STR(""));
    } else {
        out->kind = EXPRESSION_TEXT;
        if (!vtl_parse_inner(p, text, &out->text)) return false;
    }
    p->at = end + 1;
    return true;
}

static void skip_digits(struct parser *p)
{
    while (str_at(p->text, p->at) >= '0' && str_at(p->text, p->at) <= '9')
        p->at++;
}

static bool parse_number(struct parser *p, struct expression *out)
{
    size_t from = p->at;
    vtl_parser_take(p, '-');
    size_t digits = p->at;
    skip_digits(p);
    if (p->at == digits) return vtl_parser_fail(p, "expected a number");
    bool fraction = str_at(p->text, p->at) == '.' && str_at(p->text, p->at + 1) >= '0' &&
                    str_at(p->text, p->at + 1) <= '9';
    if (fraction) {
        p->at++;
        skip_digits(p);
    }
    str text = str_slice(p->text, from, p->at);
    json number = json_null();
    out->kind = EXPRESSION_CONSTANT;
    if (!text_number(p->arena, text, &number)) return vtl_parser_fail(p, "expected a number");
    out->constant = number;
    return true;
}

/* ---- lists, ranges, maps ---- */

struct expressions {
    struct expression *items;
    size_t count, capacity;
};

static struct expression *add_expression(struct parser *p, struct expressions *list)
{
    if (list->count == list->capacity) {
        size_t capacity = list->capacity ? list->capacity * 2 : 4;
        struct expression *items = parts_of(p, capacity);
        if (list->count > 0) memcpy(items, list->items, list->count * sizeof *items);
        list->items = items;
        list->capacity = capacity;
    }
    return &list->items[list->count++];
}

static bool add_parsed(struct parser *p, struct expressions *list)
{
    struct expression item = { 0 };
    if (!vtl_parse_expression(p, &item)) return false;
    *add_expression(p, list) = item;
    vtl_parser_skip_space(p);
    return true;
}

static bool parse_range(struct parser *p, struct expressions *list, struct expression *out)
{
    if (!add_parsed(p, list)) return false;
    if (!vtl_parser_take(p, ']')) return vtl_parser_fail(p, "expected ]");
    out->kind = EXPRESSION_RANGE;
    out->parts = list->items;
    out->count = list->count;
    return true;
}

/* Behind the `[`. */
static bool parse_list(struct parser *p, struct expression *out)
{
    struct expressions list = { 0 };
    vtl_parser_skip_space(p);
    bool empty = vtl_parser_take(p, ']');
    while (!empty) {
        if (!add_parsed(p, &list)) return false;
        if (list.count == 1 && take_operator(p, STR(".."))) return parse_range(p, &list, out);
        if (vtl_parser_take(p, ']')) break;
        if (!vtl_parser_take(p, ',')) return vtl_parser_fail(p, "expected , or ]");
    }
    out->kind = EXPRESSION_LIST;
    out->parts = list.items;
    out->count = list.count;
    return true;
}

/* Behind the `{`. */
static bool parse_map(struct parser *p, struct expression *out)
{
    struct expressions list = { 0 };
    vtl_parser_skip_space(p);
    bool empty = vtl_parser_take(p, '}');
    while (!empty) {
        if (!add_parsed(p, &list)) return false;
        if (!vtl_parser_take(p, ':')) return vtl_parser_fail(p, "expected :");
        if (!add_parsed(p, &list)) return false;
        if (vtl_parser_take(p, '}')) break;
        if (!vtl_parser_take(p, ',')) return vtl_parser_fail(p, "expected , or }");
    }
    out->kind = EXPRESSION_MAP;
    out->parts = list.items;
    out->count = list.count;
    return true;
}

/* ---- primaries ---- */

static bool parse_word(struct parser *p, struct expression *out)
{
    bool is_true = take_operator(p, STR("true"));
    if (!is_true && !take_operator(p, STR("false"))) return vtl_parser_fail(p, "expected a value");
    out->kind = EXPRESSION_CONSTANT;
    out->constant = json_bool(is_true);
    return true;
}

static bool parse_referred(struct parser *p, struct expression *out)
{
    bool found = false;
    out->kind = EXPRESSION_REFERENCE;
    if (!vtl_parse_reference(p, &out->reference, &found)) return false;
    return found ? true : vtl_parser_fail(p, "expected a reference");
}

static bool parse_primary(struct parser *p, struct expression *out)
{
    vtl_parser_skip_space(p);
    char c = str_at(p->text, p->at);
    if (c == '$') return parse_referred(p, out);
    if (c == '"' || c == '\'') return parse_string(p, out);
    if (c == '-' || (c >= '0' && c <= '9')) return parse_number(p, out);
    if (vtl_parser_take(p, '[')) return parse_list(p, out);
    if (vtl_parser_take(p, '{')) return parse_map(p, out);
    if (!vtl_parser_take(p, '(')) return parse_word(p, out);
    if (!vtl_parse_expression(p, out)) return false;
    vtl_parser_skip_space(p);
    return vtl_parser_take(p, ')') ? true : vtl_parser_fail(p, "expected )");
}

static bool parse_unary(struct parser *p, struct expression *out)
{
    vtl_parser_skip_space(p);
    bool is_not = !str_starts_with(str_skip(p->text, p->at), STR("!=")) &&
                  (take_operator(p, STR("!")) || take_operator(p, STR("not")));
    if (!is_not) return parse_primary(p, out);
    struct expression *operand = parts_of(p, 1);
    if (!vtl_parser_enter(p) || !parse_unary(p, operand)) return false;
    p->depth--;
    *out = (struct expression){ .kind = EXPRESSION_NOT, .parts = operand, .count = 1 };
    return true;
}

/* ---- operators, loosest first; of two that begin alike the longer one comes first ---- */

enum { LEVELS = 6 };

static const struct {
    int level;
    str sign;
    enum operation operation;
} operators[] = {
    { 0, STR_INIT("||"), OPERATION_OR },
    { 0, STR_INIT("or"), OPERATION_OR },
    { 1, STR_INIT("&&"), OPERATION_AND },
    { 1, STR_INIT("and"), OPERATION_AND },
    { 2, STR_INIT("=="), OPERATION_EQUAL },
    { 2, STR_INIT("eq"), OPERATION_EQUAL },
    { 2, STR_INIT("!="), OPERATION_NOT_EQUAL },
    { 2, STR_INIT("ne"), OPERATION_NOT_EQUAL },
    { 3, STR_INIT("<="), OPERATION_LESS_OR_EQUAL },
    { 3, STR_INIT("le"), OPERATION_LESS_OR_EQUAL },
    { 3, STR_INIT("<"), OPERATION_LESS },
    { 3, STR_INIT("lt"), OPERATION_LESS },
    { 3, STR_INIT(">="), OPERATION_GREATER_OR_EQUAL },
    { 3, STR_INIT("ge"), OPERATION_GREATER_OR_EQUAL },
    { 3, STR_INIT(">"), OPERATION_GREATER },
    { 3, STR_INIT("gt"), OPERATION_GREATER },
    { 4, STR_INIT("+"), OPERATION_ADD },
    { 4, STR_INIT("-"), OPERATION_SUBTRACT },
    { 5, STR_INIT("*"), OPERATION_MULTIPLY },
    { 5, STR_INIT("/"), OPERATION_DIVIDE },
    { 5, STR_INIT("%"), OPERATION_REMAINDER },
};

static bool take_level(struct parser *p, int level, enum operation *out)
{
    vtl_parser_skip_space(p);
    for (size_t i = 0; i < sizeof operators / sizeof operators[0]; i++) {
        if (operators[i].level != level || !take_operator(p, operators[i].sign)) continue;
        *out = operators[i].operation;
        return true;
    }
    return false;
}

static bool parse_level(struct parser *p, int level, struct expression *out)
{
    if (level == LEVELS) return parse_unary(p, out);
    if (!parse_level(p, level + 1, out)) return false;
    int height = 0;
    for (enum operation operation; take_level(p, level, &operation);) {
        if (++height > TEMPLATE_DEPTH_MAX) return vtl_parser_fail(p, "too many operators in a row");
        struct expression *sides = parts_of(p, 2);
        sides[0] = *out;
        if (!parse_level(p, level + 1, &sides[1])) return false;
        *out = (struct expression){
            .kind = EXPRESSION_BINARY, .operation = operation, .parts = sides, .count = 2
        };
    }
    return true;
}

bool vtl_parse_expression(struct parser *p, struct expression *out)
{
    *out = (struct expression){ 0 };
    if (!vtl_parser_enter(p) || !parse_level(p, 0, out)) return false;
    p->depth--;
    return true;
}
