/* From the text of an expression to its tokens, one ahead of the parser. */
#include "services/dynamodb/expression_tree.h"

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_word_char(char c)
{
    return is_letter(c) || is_digit(c) || c == '_';
}

static bool is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static size_t skip(str text, size_t at, bool (*accepts)(char))
{
    while (at < text.len && accepts(text.ptr[at]))
        at++;
    return at;
}

static size_t symbol_bytes(str text, size_t at)
{
    char c = text.ptr[at];
    char after = str_at(text, at + 1);
    if ((c == '<' && (after == '=' || after == '>')) || (c == '>' && after == '=')) return 2;
    return memchr("()[],.=<>+-", c, 11) ? 1 : 0;
}

static struct token scan(struct lexer *lexer)
{
    str text = lexer->text;
    size_t from = skip(text, lexer->at, is_space);
    size_t to = from;
    enum token_kind kind = TOKEN_END;
    char c = str_at(text, from);
    if (from < text.len) {
        if (is_letter(c)) {
            kind = TOKEN_WORD;
            to = skip(text, from, is_word_char);
        } else if (is_digit(c)) {
            kind = TOKEN_DIGITS;
            to = skip(text, from, is_digit);
        } else if ((c == '#' || c == ':') && is_word_char(str_at(text, from + 1))) {
            kind = c == '#' ? TOKEN_NAME : TOKEN_VALUE;
            to = skip(text, from + 1, is_word_char);
        } else if (symbol_bytes(text, from) > 0) {
            kind = TOKEN_SYMBOL;
            to = from + symbol_bytes(text, from);
        } else {
            kind = TOKEN_OTHER;
            (void)str_utf8_next(text, &to);
        }
    }
    lexer->at = to;
    return (struct token){ kind, str_slice(text, from, to) };
}

void lexer_init(struct lexer *lexer, str text)
{
    *lexer = (struct lexer){ .text = text };
    lexer->current = scan(lexer);
    lexer->next = scan(lexer);
}

void lexer_advance(struct lexer *lexer)
{
    lexer->previous = lexer->current;
    lexer->current = lexer->next;
    lexer->next = scan(lexer);
}
