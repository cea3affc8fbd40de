/* Scanning helpers that paths and filters share: brackets, escapes, Java's numbers. */
#include "expr/path.h"

size_t text_skip_space(str text, size_t from)
{
    while (from < text.len && text.ptr[from] == ' ')
        from++;
    return from;
}

str text_of(const struct buf *buf)
{
    return buf->len > 0 ? buf_str(buf) : STR("");
}

size_t text_unescaped(str text, size_t from, char c)
{
    for (size_t i = from; i < text.len; i++) {
        if (text.ptr[i] == '\\')
            i++;
        else if (text.ptr[i] == c)
            return i;
    }
    return text.len;
}

size_t text_matching(str text, size_t from, char open, char close, bool skip_regex)
{
    size_t depth = 1;
    for (size_t i = from + 1; i < text.len; i++) {
        char c = text.ptr[i];
        if (c == '\'' || c == '"' || (skip_regex && c == '/')) {
            i = text_unescaped(text, i + 1, c);
        } else if (c == open) {
            depth++;
        } else if (c == close && --depth == 0) {
            return i;
        }
    }
    return text.len;
}

static bool read_hex4(str text, size_t at, uint32_t *out)
{
    if (text.len < 4 || at > text.len - 4) return false;
    uint32_t value = 0;
    for (size_t i = at; i < at + 4; i++) {
        char c = text.ptr[i];
        uint32_t digit = 0;
        if (c >= '0' && c <= '9')
            digit = (uint32_t)(c - '0');
        else if (c >= 'a' && c <= 'f')
            digit = (uint32_t)(c - 'a' + 10);
        else if (c >= 'A' && c <= 'F')
            digit = (uint32_t)(c - 'A' + 10);
        else
            return false;
        value = value * 16 + digit;
    }
    *out = value;
    return true;
}

static char control_escape(char c)
{
    switch (c) {
    case 'b': return '\b';
    case 'f': return '\f';
    case 'n': return '\n';
    case 'r': return '\r';
    case 't': return '\t';
    default: return c;
    }
}

/* Reads the four digits at `at`, and a second half if they are the first of a surrogate pair. A
 * lonely surrogate cannot be written in UTF-8 and becomes U+FFFD. Returns the bytes read, or 0. */
static size_t add_unicode_escape(struct buf *out, str text, size_t at)
{
    uint32_t unit = 0, low = 0;
    if (!read_hex4(text, at, &unit)) return 0;
    size_t used = 4;
    bool pair = unit >= 0xD800 && unit < 0xDC00 && at + 10 <= text.len &&
                text.ptr[at + 4] == '\\' && text.ptr[at + 5] == 'u' &&
                read_hex4(text, at + 6, &low) && low >= 0xDC00 && low < 0xE000;
    if (pair) {
        unit = 0x10000 + ((unit - 0xD800) << 10) + (low - 0xDC00);
        used = 10;
    } else if (unit >= 0xD800 && unit < 0xE000) {
        unit = 0xFFFD;
    }
    char bytes[4];
    buf_add(out, (str){ bytes, str_utf8_encode(unit, bytes) });
    return used;
}

str text_unescape(struct arena *arena, str text, char quote, bool all)
{
    if (str_find_char(text, '\\', 0) == text.len) return text;
    struct buf out;
    buf_init(&out, arena);
    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] != '\\' || i + 1 == text.len) {
            buf_add_char(&out, text.ptr[i]);
            continue;
        }
        char c = text.ptr[++i];
        if (all && c == 'u') {
            i += add_unicode_escape(&out, text, i + 1);
        } else if (all) {
            buf_add_char(&out, control_escape(c));
        } else {
            /* AWS finds the member Test\" through ['Test\"'], so that backslash stays. */
            if (c != '\\' && c != quote) buf_add_char(&out, '\\');
            buf_add_char(&out, c);
        }
    }
    return text_of(&out);
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static size_t skip_digits(str text, size_t at)
{
    while (at < text.len && is_digit(text.ptr[at]))
        at++;
    return at;
}

bool text_number(struct arena *arena, str text, json *out)
{
    size_t at = 0;
    bool negative = text.len > 0 && text.ptr[0] == '-';
    if (text.len > 0 && (text.ptr[0] == '-' || text.ptr[0] == '+')) at++;
    size_t whole = at;
    at = skip_digits(text, at);
    str whole_digits = str_slice(text, whole, at);
    str fraction = { 0 };
    if (at < text.len && text.ptr[at] == '.') {
        size_t start = ++at;
        at = skip_digits(text, at);
        fraction = str_slice(text, start, at);
    }
    if (whole_digits.len + fraction.len == 0) return false;
    str exponent = { 0 };
    if (at < text.len && (text.ptr[at] == 'e' || text.ptr[at] == 'E')) {
        size_t start = at++;
        if (at < text.len && (text.ptr[at] == '-' || text.ptr[at] == '+')) at++;
        size_t digits = at;
        at = skip_digits(text, at);
        /* BigDecimal's exponent is an int; a longer one is refused there as well. */
        if (at == digits || at - digits > 9) return false;
        exponent = str_slice(text, start, at);
    }
    if (at != text.len) return false;
    while (whole_digits.len > 1 && whole_digits.ptr[0] == '0')
        whole_digits = str_skip(whole_digits, 1);
    str written =
        arena_printf(arena, "%s%.*s%s%.*s%.*s", negative ? "-" : "",
                     whole_digits.len > 0 ? (int)whole_digits.len : 1,
                     whole_digits.len > 0 ? whole_digits.ptr : "0", fraction.len > 0 ? "." : "",
                     (int)fraction.len, fraction.len > 0 ? fraction.ptr : "", (int)exponent.len,
                     exponent.len > 0 ? exponent.ptr : "");
    struct error ignored;
    return json_parse(written, arena, out, &ignored);
}
