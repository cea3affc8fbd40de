/* Text to tokens.
 *
 * As in the reference, a token's position is the place behind it, a name runs up to white space or
 * an operator character, and whether `/` divides or opens a regular expression is for the caller to
 * say. */
#include "expr/jsonata/ast.h"

#include <math.h>
#include <stdlib.h>

static const str TOKEN_TEXTS[TOKEN_COUNT] = {
    [TOKEN_END] = STR_INIT("(end)"),
    [TOKEN_NAME] = STR_INIT("(name)"),
    [TOKEN_VARIABLE] = STR_INIT("(name)"),
    [TOKEN_STRING] = STR_INIT("(literal)"),
    [TOKEN_NUMBER] = STR_INIT("(literal)"),
    [TOKEN_VALUE] = STR_INIT("(literal)"),
    [TOKEN_REGEX] = STR_INIT("(regex)"),
    [TOKEN_DOT] = STR_INIT("."),
    [TOKEN_BRACKET_OPEN] = STR_INIT("["),
    [TOKEN_BRACKET_CLOSE] = STR_INIT("]"),
    [TOKEN_BRACE_OPEN] = STR_INIT("{"),
    [TOKEN_BRACE_CLOSE] = STR_INIT("}"),
    [TOKEN_PAREN_OPEN] = STR_INIT("("),
    [TOKEN_PAREN_CLOSE] = STR_INIT(")"),
    [TOKEN_COMMA] = STR_INIT(","),
    [TOKEN_AT] = STR_INIT("@"),
    [TOKEN_HASH] = STR_INIT("#"),
    [TOKEN_SEMICOLON] = STR_INIT(";"),
    [TOKEN_COLON] = STR_INIT(":"),
    [TOKEN_QUESTION] = STR_INIT("?"),
    [TOKEN_PLUS] = STR_INIT("+"),
    [TOKEN_MINUS] = STR_INIT("-"),
    [TOKEN_STAR] = STR_INIT("*"),
    [TOKEN_SLASH] = STR_INIT("/"),
    [TOKEN_PERCENT] = STR_INIT("%"),
    [TOKEN_PIPE] = STR_INIT("|"),
    [TOKEN_EQUAL] = STR_INIT("="),
    [TOKEN_LESS] = STR_INIT("<"),
    [TOKEN_GREATER] = STR_INIT(">"),
    [TOKEN_CARET] = STR_INIT("^"),
    [TOKEN_STAR_STAR] = STR_INIT("**"),
    [TOKEN_RANGE] = STR_INIT(".."),
    [TOKEN_ASSIGN] = STR_INIT(":="),
    [TOKEN_NOT_EQUAL] = STR_INIT("!="),
    [TOKEN_LESS_EQUAL] = STR_INIT("<="),
    [TOKEN_GREATER_EQUAL] = STR_INIT(">="),
    [TOKEN_APPLY] = STR_INIT("~>"),
    [TOKEN_ELVIS] = STR_INIT("?:"),
    [TOKEN_COALESCE] = STR_INIT("??"),
    [TOKEN_AND] = STR_INIT("and"),
    [TOKEN_OR] = STR_INIT("or"),
    [TOKEN_IN] = STR_INIT("in"),
    [TOKEN_AMPERSAND] = STR_INIT("&"),
    [TOKEN_BANG] = STR_INIT("!"),
    [TOKEN_TILDE] = STR_INIT("~"),
};

str token_text(enum token_type type)
{
    return TOKEN_TEXTS[type];
}

/* Operators of one character; 0 for everything else. */
static uint8_t operator_of(char c)
{
    static const uint8_t table[128] = {
        ['.'] = TOKEN_DOT,         ['['] = TOKEN_BRACKET_OPEN, [']'] = TOKEN_BRACKET_CLOSE,
        ['{'] = TOKEN_BRACE_OPEN,  ['}'] = TOKEN_BRACE_CLOSE,  ['('] = TOKEN_PAREN_OPEN,
        [')'] = TOKEN_PAREN_CLOSE, [','] = TOKEN_COMMA,        ['@'] = TOKEN_AT,
        ['#'] = TOKEN_HASH,        [';'] = TOKEN_SEMICOLON,    [':'] = TOKEN_COLON,
        ['?'] = TOKEN_QUESTION,    ['+'] = TOKEN_PLUS,         ['-'] = TOKEN_MINUS,
        ['*'] = TOKEN_STAR,        ['/'] = TOKEN_SLASH,        ['%'] = TOKEN_PERCENT,
        ['|'] = TOKEN_PIPE,        ['='] = TOKEN_EQUAL,        ['<'] = TOKEN_LESS,
        ['>'] = TOKEN_GREATER,     ['^'] = TOKEN_CARET,        ['&'] = TOKEN_AMPERSAND,
        ['!'] = TOKEN_BANG,        ['~'] = TOKEN_TILDE,
    };
    return (unsigned char)c < 128 ? table[(unsigned char)c] : 0;
}

static uint8_t operator_of_two(char a, char b)
{
    switch (a) {
    case '.': return b == '.' ? TOKEN_RANGE : 0;
    case ':': return b == '=' ? TOKEN_ASSIGN : 0;
    case '!': return b == '=' ? TOKEN_NOT_EQUAL : 0;
    case '>': return b == '=' ? TOKEN_GREATER_EQUAL : 0;
    case '<': return b == '=' ? TOKEN_LESS_EQUAL : 0;
    case '*': return b == '*' ? TOKEN_STAR_STAR : 0;
    case '~': return b == '>' ? TOKEN_APPLY : 0;
    case '?': return b == ':' ? TOKEN_ELVIS : b == '?' ? TOKEN_COALESCE : 0;
    default: return 0;
    }
}

static bool is_space(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r' && c != '\f');
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static char char_at(const struct lexer *l, size_t at)
{
    return str_at(l->source, at);
}

static bool fail(struct lexer *l, const char *code, size_t position, str token)
{
    return error_fill(l->err, l->arena, code, (uint32_t)position,
                      &(struct error_parts){ .token = token });
}

static bool finish(struct lexer *l, enum token_type type, size_t at, struct token *out)
{
    l->at = at;
    out->type = (uint8_t)type;
    out->position = (uint32_t)at;
    return true;
}

static bool skip_blanks(struct lexer *l)
{
    for (;;) {
        while (l->at < l->source.len && is_space(l->source.ptr[l->at]))
            l->at++;
        if (char_at(l, l->at) != '/' || char_at(l, l->at + 1) != '*') return true;
        size_t close =
            l->at + 2 <= l->source.len ? str_find(l->source, STR("*/"), l->at + 2) : l->source.len;
        if (close >= l->source.len) return fail(l, "S0106", l->at, (str){ 0 });
        l->at = close + 2;
    }
}

static bool is_escaped(const struct lexer *l, size_t at)
{
    size_t slashes = 0;
    while (l->source.ptr[at - 1 - slashes] == '\\')
        slashes++;
    return slashes % 2 == 1;
}

/* The closing slash is the first one outside brackets that is not escaped. */
static bool scan_regex(struct lexer *l, struct token *out)
{
    size_t start = l->at + 1;
    int32_t depth = 0;
    for (size_t at = start; at < l->source.len; at++) {
        char c = l->source.ptr[at];
        if (c == '/' && depth == 0 && !is_escaped(l, at)) {
            if (at == start) return fail(l, "S0301", at, (str){ 0 });
            size_t end = at + 1;
            while (char_at(l, end) == 'i' || char_at(l, end) == 'm')
                end++;
            out->value = json_string(str_slice(l->source, start, at));
            out->flags = str_slice(l->source, at + 1, end);
            return finish(l, TOKEN_REGEX, end, out);
        }
        bool escaped = l->source.ptr[at - 1] == '\\';
        if ((c == '(' || c == '[' || c == '{') && !escaped) depth++;
        if ((c == ')' || c == ']' || c == '}') && !escaped) depth--;
    }
    return fail(l, "S0302", l->source.len, (str){ 0 });
}

static bool read_hex4(struct lexer *l, size_t at, uint32_t *out)
{
    uint32_t value = 0;
    size_t digits = 0;
    for (; digits < 4 && at + digits < l->source.len; digits++) {
        char c = l->source.ptr[at + digits];
        if (is_digit(c)) {
            value = value * 16 + (uint32_t)(c - '0');
        } else if ((c | 32) >= 'a' && (c | 32) <= 'f') {
            value = value * 16 + (uint32_t)((c | 32) - 'a' + 10);
        } else {
            return false;
        }
    }
    if (digits == 0) return false;
    *out = value;
    return true;
}

/* A lone half of a surrogate pair has no UTF-8 form; it is kept in the three bytes that the scheme
 * would give it, as the rest of this folder expects. */
static void add_unit(struct buf *buf, uint32_t unit)
{
    if (unit >= 0xDC00 && unit <= 0xDFFF && buf->len >= 3) {
        const unsigned char *last = (const unsigned char *)buf->ptr + buf->len - 3;
        if (last[0] == 0xED && last[1] >= 0xA0 && last[1] <= 0xAF) {
            uint32_t high = 0xD000u | (uint32_t)(last[1] & 0x3F) << 6 | (last[2] & 0x3F);
            uint32_t point = 0x10000 + ((high - 0xD800) << 10) + (unit - 0xDC00);
            buf->len -= 3;
            char *to = buf_reserve(buf, 4);
            buf->len += str_utf8_encode(point, to);
            return;
        }
    }
    char *to = buf_reserve(buf, 4);
    if (unit >= 0xD800 && unit <= 0xDFFF) {
        to[0] = (char)0xED;
        to[1] = (char)(0x80 | ((unit >> 6) & 0x3F));
        to[2] = (char)(0x80 | (unit & 0x3F));
        buf->len += 3;
        return;
    }
    buf->len += str_utf8_encode(unit, to);
}

static bool scan_escape(struct lexer *l, struct buf *buf, size_t *at)
{
    static const char from[] = "\"\\/bfnrt", to[] = "\"\\/\b\f\n\r\t";
    char c = char_at(l, *at);
    const char *found = c ? strchr(from, c) : NULL;
    if (found) {
        buf_add_char(buf, to[found - from]);
        (*at)++;
        return true;
    }
    if (c != 'u') {
        size_t end = *at + 1;
        while (end < l->source.len && ((unsigned char)l->source.ptr[end] & 0xC0) == 0x80)
            end++;
        str token = *at < l->source.len ? str_slice(l->source, *at, end) : (str){ 0 };
        return fail(l, "S0103", *at, token);
    }
    uint32_t unit;
    if (!read_hex4(l, *at + 1, &unit)) return fail(l, "S0104", *at, (str){ 0 });
    add_unit(buf, unit);
    *at += 5;
    if (*at > l->source.len) *at = l->source.len;
    return true;
}

static bool scan_string(struct lexer *l, struct token *out)
{
    char quote = l->source.ptr[l->at];
    size_t start = l->at + 1, at = start;
    while (at < l->source.len && l->source.ptr[at] != quote && l->source.ptr[at] != '\\')
        at++;
    if (char_at(l, at) == quote) {
        out->value = json_string(str_slice(l->source, start, at));
        return finish(l, TOKEN_STRING, at + 1, out);
    }
    struct buf buf;
    buf_init(&buf, l->arena);
    buf_add(&buf, str_slice(l->source, start, at));
    while (at < l->source.len) {
        char c = l->source.ptr[at++];
        if (c == quote) {
            out->value = json_string(buf_str(&buf));
            return finish(l, TOKEN_STRING, at, out);
        }
        if (c != '\\') {
            buf_add_char(&buf, c);
        } else if (!scan_escape(l, &buf, &at)) {
            return false;
        }
    }
    return fail(l, "S0101", l->source.len, (str){ 0 });
}

static size_t scan_digits(const struct lexer *l, size_t at)
{
    while (is_digit(char_at(l, at)))
        at++;
    return at;
}

static bool scan_number(struct lexer *l, struct token *out)
{
    size_t start = l->at, at = start;
    at = char_at(l, at) == '0' ? at + 1 : scan_digits(l, at);
    if (char_at(l, at) == '.' && is_digit(char_at(l, at + 1))) at = scan_digits(l, at + 1);
    if ((char_at(l, at) | 32) == 'e') {
        size_t digits = at + 1;
        if (char_at(l, digits) == '+' || char_at(l, digits) == '-') digits++;
        if (is_digit(char_at(l, digits))) at = scan_digits(l, digits);
    }
    str text = str_slice(l->source, start, at);
    double value = strtod(arena_cstr(l->arena, text), NULL);
    if (!isfinite(value)) return fail(l, "S0102", start, text);
    out->value = json_double(value);
    return finish(l, TOKEN_NUMBER, at, out);
}

static bool finish_name(struct lexer *l, str name, size_t end, struct token *out)
{
    out->value = json_string(name);
    if (str_eq(name, STR("or"))) return finish(l, TOKEN_OR, end, out);
    if (str_eq(name, STR("in"))) return finish(l, TOKEN_IN, end, out);
    if (str_eq(name, STR("and"))) return finish(l, TOKEN_AND, end, out);
    if (str_eq(name, STR("true"))) {
        out->value = json_bool(true);
        return finish(l, TOKEN_VALUE, end, out);
    }
    if (str_eq(name, STR("false"))) {
        out->value = json_bool(false);
        return finish(l, TOKEN_VALUE, end, out);
    }
    if (str_eq(name, STR("null"))) {
        out->value = json_null();
        return finish(l, TOKEN_VALUE, end, out);
    }
    return finish(l, TOKEN_NAME, end, out);
}

static bool scan_name(struct lexer *l, struct token *out)
{
    size_t start = l->at, at = start;
    if (l->source.ptr[start] == '`') {
        size_t close = str_find_char(l->source, '`', start + 1);
        if (close == l->source.len) return fail(l, "S0105", l->source.len, (str){ 0 });
        out->value = json_string(str_slice(l->source, start + 1, close));
        return finish(l, TOKEN_NAME, close + 1, out);
    }
    while (at < l->source.len && !is_space(l->source.ptr[at]) && !operator_of(l->source.ptr[at])) {
        at++;
    }
    if (l->source.ptr[start] == '$') {
        out->value = json_string(str_slice(l->source, start + 1, at));
        return finish(l, TOKEN_VARIABLE, at, out);
    }
    return finish_name(l, str_slice(l->source, start, at), at, out);
}

bool lexer_next(struct lexer *l, bool infix, struct token *out)
{
    if (!skip_blanks(l)) return false;
    out->value = json_null();
    if (l->at >= l->source.len) return finish(l, TOKEN_END, l->source.len, out);
    char c = l->source.ptr[l->at];
    if (c == '/' && !infix) return scan_regex(l, out);
    uint8_t two = operator_of_two(c, char_at(l, l->at + 1));
    if (two) return finish(l, two, l->at + 2, out);
    uint8_t one = operator_of(c);
    if (one) return finish(l, one, l->at + 1, out);
    if (c == '"' || c == '\'') return scan_string(l, out);
    if (is_digit(c)) return scan_number(l, out);
    return scan_name(l, out);
}
