/* From a JSON Pointer (RFC 6901) to a line and a column. The text is taken to be well formed; if it
 * is not, the answer may be wrong but no byte outside of it is read. */
#include "json/private.h"
#include "json/scan.h"

struct cursor {
    const char *at;
    const char *end;
};

static bool skip_to(struct cursor *c, char expected)
{
    c->at = json_skip_space(c->at, c->end);
    if (c->at == c->end || *c->at != expected) return false;
    c->at++;
    return true;
}

/* From the opening quote to behind the closing one. */
static bool skip_string(struct cursor *c, str *raw)
{
    if (c->at == c->end || *c->at != '"') return false;
    const char *begin = ++c->at;
    while (c->at < c->end && *c->at != '"') {
        if (*c->at == '\\') c->at++;
        if (c->at < c->end) c->at++;
    }
    if (c->at == c->end) return false;
    *raw = (str){ begin, (size_t)(c->at - begin) };
    c->at++;
    return true;
}

/* Skips one value of any depth by counting brackets. */
static bool skip_value(struct cursor *c)
{
    size_t depth = 0;
    c->at = json_skip_space(c->at, c->end);
    while (c->at < c->end) {
        char ch = *c->at;
        str raw;
        if (ch == '"') {
            if (!skip_string(c, &raw)) return false;
        } else if (ch == '{' || ch == '[') {
            depth++;
            c->at++;
        } else if (ch == '}' || ch == ']' || ch == ',') {
            if (depth == 0) return true;
            if (ch != ',') depth--;
            c->at++;
            if (depth > 0 || ch == ',') continue;
        } else {
            c->at++;
            continue;
        }
        if (depth == 0) return true;
    }
    return depth == 0;
}

/* The next character of a pointer's token, with ~0 and ~1 decoded. */
static char token_next(str token, size_t *at)
{
    char c = token.ptr[(*at)++];
    if (c != '~' || *at == token.len) return c;
    return token.ptr[(*at)++] == '1' ? '/' : '~';
}

static bool token_equals(str token, str key)
{
    size_t at = 0;
    for (size_t i = 0; i < key.len; i++) {
        if (at == token.len || token_next(token, &at) != key.ptr[i]) return false;
    }
    return at == token.len;
}

/* A key as it stands in the text, between its quotes. */
static bool token_equals_raw(str token, str raw)
{
    if (str_find_char(raw, '\\', 0) == raw.len) return token_equals(token, raw);
    struct arena scratch;
    arena_init(&scratch);
    str key;
    const char *behind;
    struct error err;
    str quoted = { raw.ptr, raw.len + 1 }; /* with the closing quote, which skip_string has seen */
    bool equal =
        json_read_odd_string(quoted, raw.ptr, JSON_STRING_NAME, &scratch, &key, &behind, &err) &&
        token_equals(token, key);
    arena_close(&scratch);
    return equal;
}

/* Moves to the value of the member that `token` names and remembers where its key begins. The last
 * one counts where a key repeats, as for the parser. */
static bool enter_object(struct cursor *c, str token, const char **found)
{
    struct cursor value = { NULL, c->end };
    if (skip_to(c, '}')) return false;
    do {
        c->at = json_skip_space(c->at, c->end);
        const char *key_at = c->at;
        str raw;
        if (!skip_string(c, &raw) || !skip_to(c, ':')) return false;
        if (token_equals_raw(token, raw)) {
            value.at = c->at;
            *found = key_at;
        }
        if (!skip_value(c)) return false;
    } while (skip_to(c, ','));
    c->at = value.at;
    return value.at != NULL;
}

/* Moves to the item that `token` names: digits without leading zeros. */
static bool enter_array(struct cursor *c, str token, const char **found)
{
    int64_t index;
    if (!str_to_i64(token, &index) || token.ptr[0] == '-') return false;
    if (token.len > 1 && token.ptr[0] == '0') return false;
    if (skip_to(c, ']')) return false;
    for (; index > 0; index--) {
        if (!skip_value(c) || !skip_to(c, ',')) return false;
    }
    c->at = json_skip_space(c->at, c->end);
    *found = c->at;
    return c->at < c->end;
}

bool json_locate(str text, str pointer, uint32_t *line, uint32_t *column)
{
    struct cursor c = { text.ptr, text.ptr + text.len };
    c.at = json_skip_space(c.at, c.end);
    const char *found = c.at;
    if (c.at == c.end) return false;
    for (size_t at = 0; at < pointer.len;) {
        if (pointer.ptr[at] != '/') return false;
        size_t token_end = str_find_char(pointer, '/', at + 1);
        str token = str_slice(pointer, at + 1, token_end);
        at = token_end;
        bool entered = false;
        if (skip_to(&c, '{'))
            entered = enter_object(&c, token, &found);
        else if (skip_to(&c, '['))
            entered = enter_array(&c, token, &found);
        if (!entered) return false;
    }
    json_position(text, (size_t)(found - text.ptr), line, column);
    return true;
}
