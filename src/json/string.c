/* Strings that need more than a slice of the source: UTF-8 beyond ASCII, and escapes. */
#include "json/private.h"
#include "json/scan.h"

/* Behind the well-formed sequences (RFC 3629, section 4) from `at` up to the next ASCII byte or
 * end; NULL with *bad at the first ill-formed one. */
static const char *skip_utf8(const char *at, const char *end, const char **bad)
{
    while (at < end && (unsigned char)*at >= 0x80) {
        const unsigned char *p = (const unsigned char *)at;
        size_t left = (size_t)(end - at);
        size_t bytes = p[0] < 0xE0 ? 2 : p[0] < 0xF0 ? 3 : 4;
        *bad = at;
        if (p[0] < 0xC2 || p[0] > 0xF4 || left < bytes) return NULL;
        unsigned char low = p[0] == 0xE0 ? 0xA0 : p[0] == 0xF0 ? 0x90 : 0x80;
        unsigned char high = p[0] == 0xED ? 0x9F : p[0] == 0xF4 ? 0x8F : 0xBF;
        if (p[1] < low || p[1] > high) return NULL;
        for (size_t i = 2; i < bytes; i++) {
            if ((p[i] & 0xC0) != 0x80) return NULL;
        }
        at += bytes;
    }
    return at;
}

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

bool json_read_hex4(const char *at, uint32_t *out)
{
    uint32_t value = 0;
    for (int i = 0; i < 4; i++) {
        int digit = hex_digit(at[i]);
        if (digit < 0) return false;
        value = value << 4 | (uint32_t)digit;
    }
    *out = value;
    return true;
}

static bool is_high_surrogate(uint32_t unit)
{
    return unit >= 0xD800 && unit <= 0xDBFF;
}

static bool is_low_surrogate(uint32_t unit)
{
    return unit >= 0xDC00 && unit <= 0xDFFF;
}

/* Checks the four digits of \uXXXX at `at`. */
static bool check_hex4(str text, const char *at, uint32_t *out, struct error *err)
{
    const char *end = text.ptr + text.len;
    for (int i = 0; i < 4; i++) {
        if (at + i == end) return json_fault_end(err, text, " in character escape sequence");
        if (hex_digit(at[i]) < 0)
            return json_fault_char(err, text, at + i,
                                   "expected a hex-digit for character escape sequence");
    }
    return json_read_hex4(at, out);
}

/* Checks the escape whose backslash is at *at and moves *at behind it. A surrogate must come with
 * its other half: there is no UTF-8 for one alone. */
static bool check_escape(str text, const char **at, struct error *err)
{
    const char *end = text.ptr + text.len;
    const char *escape = *at + 1;
    if (escape == end) return json_fault_end(err, text, " in character escape sequence");
    switch (*escape) {
    case '"':
    case '\\':
    case '/':
    case 'b':
    case 'f':
    case 'n':
    case 'r':
    case 't': *at = escape + 1; return true;
    case 'u': break;
    default: return json_fault_escape(err, text, escape);
    }
    uint32_t unit = 0;
    if (!check_hex4(text, escape + 1, &unit, err)) return false;
    const char *behind = escape + 5;
    if (is_low_surrogate(unit)) return json_fault_surrogate(err, text, behind - 1, unit);
    if (is_high_surrogate(unit)) {
        if (end - behind < 2 || behind[0] != '\\' || behind[1] != 'u')
            return json_fault_surrogate(err, text, behind - 1, unit);
        uint32_t low = 0;
        if (!check_hex4(text, behind + 2, &low, err)) return false;
        if (!is_low_surrogate(low)) return json_fault_surrogate(err, text, behind - 1, unit);
        behind += 6;
    }
    *at = behind;
    return true;
}

/* The escape whose backslash is at *from, decoded to out; returns the bytes written. */
static size_t decode_escape(const char **from, char *out)
{
    char c = (*from)[1];
    *from += 2;
    switch (c) {
    case 'b': *out = '\b'; return 1;
    case 'f': *out = '\f'; return 1;
    case 'n': *out = '\n'; return 1;
    case 'r': *out = '\r'; return 1;
    case 't': *out = '\t'; return 1;
    case 'u': break;
    default: *out = c; return 1;
    }
    uint32_t point = 0;
    bool ok = json_read_hex4(*from, &point);
    *from += 4;
    if (is_high_surrogate(point)) {
        uint32_t low = 0;
        ok = ok && json_read_hex4(*from + 2, &low);
        *from += 6;
        point = 0x10000 + ((point - 0xD800) << 10) + (low - 0xDC00);
    }
    ASSERT(ok);
    return str_utf8_encode(point, out);
}

size_t json_unescape(const char *from, const char *to, char *out)
{
    char *begin = out;
    while (from < to) {
        const char *backslash = memchr(from, '\\', (size_t)(to - from));
        size_t plain = (size_t)((backslash ? backslash : to) - from);
        memcpy(out, from, plain);
        out += plain;
        from += plain;
        if (backslash) out += decode_escape(&from, out);
    }
    return (size_t)(out - begin);
}

bool json_read_odd_string(str text, const char *at, enum json_string_role role, struct arena *arena,
                          str *out, const char **behind, struct error *err)
{
    const char *begin = at;
    const char *end = text.ptr + text.len;
    bool escaped = false;
    for (;;) {
        at = json_scan_plain(at, end);
        if (at == end)
            return json_fault_end(err, text,
                                  role == JSON_STRING_NAME ? " in field name"
                                                           : ": was expecting closing quote for a "
                                                             "string value");
        if (*at == '"') break;
        if (*at == '\\') {
            escaped = true;
            if (!check_escape(text, &at, err)) return false;
        } else if ((unsigned char)*at < 0x20) {
            return json_fault_unquoted(err, text, at, role);
        } else {
            const char *bad = at;
            at = skip_utf8(at, end, &bad);
            if (!at) return json_fault_utf8(err, text, bad);
        }
    }
    *behind = at + 1;
    *out = (str){ begin, (size_t)(at - begin) };
    if (escaped) {
        char *decoded = arena_alloc(arena, out->len);
        *out = (str){ decoded, json_unescape(begin, at, decoded) };
    }
    return true;
}
