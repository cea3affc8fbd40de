/* Decoding of forms; see form.h. */
#include "http/form.h"

#include "base/limits.h"

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

static bool needs_decoding(str text, bool plus)
{
    for (size_t i = 0; i < text.len; i++)
        if (text.ptr[i] == '%' || (plus && text.ptr[i] == '+')) return true;
    return false;
}

static bool decode_bytes(str text, bool plus, struct arena *arena, str *out)
{
    char *bytes = arena_alloc(arena, text.len);
    size_t count = 0;
    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];
        if (plus && c == '+') c = ' ';
        if (c == '%') {
            int high = hex_digit(str_at(text, i + 1)), low = hex_digit(str_at(text, i + 2));
            if (high < 0 || low < 0) return false;
            c = (char)(high * 16 + low);
            i += 2;
        }
        bytes[count++] = c;
    }
    *out = (str){ bytes, count };
    return true;
}

bool form_decode(str text, bool plus, struct arena *arena, str *out, struct error *err)
{
    str decoded = text;
    size_t chars;
    if (needs_decoding(text, plus) && !decode_bytes(text, plus, arena, &decoded))
        return error_set(err, ERROR_MALFORMED_INPUT,
                         "A percent sign must be followed by two hexadecimal digits.");
    if (!str_utf8_count(decoded, &chars))
        return error_set(err, ERROR_MALFORMED_INPUT, "The request is not well-formed UTF-8.");
    *out = decoded;
    return true;
}

static struct form_pair *add_pair(struct form *form, struct arena *arena)
{
    if (form->count == form->capacity) {
        size_t capacity = form->capacity ? 2 * form->capacity : 16;
        struct form_pair *pairs = arena_array(arena, capacity, sizeof *pairs);
        if (form->count > 0) memcpy(pairs, form->pairs, form->count * sizeof *pairs);
        form->pairs = pairs;
        form->capacity = capacity;
    }
    return &form->pairs[form->count++];
}

bool form_parse(str text, struct arena *arena, struct form *form, struct error *err)
{
    for (size_t at = 0, end; at < text.len; at = end + 1) {
        end = str_find_char(text, '&', at);
        str part = str_slice(text, at, end);
        if (str_is_empty(part)) continue;
        if (form->count >= PROTOCOL_FORM_PAIRS_MAX)
            return error_set(err, ERROR_MALFORMED_INPUT, "The request has more than %d parameters.",
                             PROTOCOL_FORM_PAIRS_MAX);
        size_t equals = str_find_char(part, '=', 0);
        str value = equals < part.len ? str_skip(part, equals + 1) : (str){ 0 };
        struct form_pair pair;
        if (!form_decode(str_slice(part, 0, equals), true, arena, &pair.name, err) ||
            !form_decode(value, true, arena, &pair.value, err))
            return false;
        *add_pair(form, arena) = pair;
    }
    return true;
}

const str *form_find(const struct form *form, str name)
{
    for (size_t i = 0; i < form->count; i++)
        if (str_eq(form->pairs[i].name, name)) return &form->pairs[i].value;
    return NULL;
}
