/* The tokens of a well-formed JSON text; see pattern_token.h. */
#include "services/pattern_token.h"

#include "services/pattern.h"

static bool is_between(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == ',' || c == ':';
}

static size_t skip_between(str source, size_t at)
{
    while (at < source.len && is_between(source.ptr[at]))
        at++;
    return at;
}

/* Behind the value that begins at `at`, for anything but objects and arrays: of those, behind their
 * first character. */
static size_t token_end(str source, size_t at)
{
    char c = str_at(source, at);
    if (at >= source.len) return at;
    if (c == '{' || c == '}' || c == '[' || c == ']') return at + 1;
    if (c != '"') {
        while (at < source.len && !is_between(source.ptr[at]) && source.ptr[at] != ']' &&
               source.ptr[at] != '}')
            at++;
        return at;
    }
    for (at++; source.ptr[at] != '"'; at++)
        if (source.ptr[at] == '\\') at++;
    return at + 1;
}

/* Where Jackson stands when it has begun the token at `at`. */
static size_t place_of(str source, size_t at)
{
    return str_at(source, at) == '"' ? at + 1 : token_end(source, at);
}

static bool is_name(str source, size_t end)
{
    while (end < source.len && source.ptr[end] != ':' && is_between(source.ptr[end]) &&
           source.ptr[end] != ',')
        end++;
    return str_at(source, end) == ':';
}

static str decode(const struct tokens *tokens, str raw)
{
    json value;
    struct error err;
    if (!json_parse(raw, tokens->arena, &value, &err)) fatal("a string was well-formed before");
    return json_str(value);
}

static enum token_kind kind_of(char c)
{
    switch (c) {
    case '"': return TOKEN_STRING;
    case '{': return TOKEN_OBJECT_BEGIN;
    case '}': return TOKEN_OBJECT_END;
    case '[': return TOKEN_ARRAY_BEGIN;
    case ']': return TOKEN_ARRAY_END;
    case 't': return TOKEN_TRUE;
    case 'f': return TOKEN_FALSE;
    case 'n': return TOKEN_NULL;
    default: return TOKEN_NUMBER;
    }
}

struct token token_next(struct tokens *tokens)
{
    str source = tokens->source;
    size_t at = skip_between(source, tokens->at);
    if (at == source.len) return (struct token){ .kind = TOKEN_END, .place = at, .end = at };
    struct token token = { .kind = kind_of(source.ptr[at]), .end = token_end(source, at) };
    token.text = str_slice(source, at, token.end);
    token.place = place_of(source, at);
    tokens->at = token.end;
    if (token.kind != TOKEN_STRING) return token;
    token.text = decode(tokens, token.text);
    if (!is_name(source, token.end)) return token;
    token.kind = TOKEN_FIELD;
    token.place = place_of(source, skip_between(source, token.end));
    token.end = token.place;
    return token;
}

bool token_value_is_or(const struct tokens *tokens)
{
    str source = tokens->source;
    size_t from = skip_between(source, tokens->at);
    if (str_at(source, from) != '[') return false;
    size_t depth = 0, at = from;
    do {
        char c = source.ptr[at];
        depth += c == '[' || c == '{';
        depth -= c == ']' || c == '}';
        at = skip_between(source, token_end(source, at));
    } while (depth > 0);
    json value;
    struct error err;
    while (source.ptr[at - 1] != ']')
        at--;
    if (!json_parse(str_slice(source, from, at), tokens->arena, &value, &err))
        fatal("an array was well-formed before");
    return pattern_is_or(STR("$or"), value);
}
