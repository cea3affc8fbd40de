/* Texts as Java sees them: counted in UTF-16 units, escaped, encoded. */
#include <openssl/evp.h>

#include "template/internal.h"

/* ---- UTF-16 units ---- */

static bool is_ascii(str text)
{
    for (size_t i = 0; i < text.len; i++)
        if ((unsigned char)text.ptr[i] >= 0x80) return false;
    return true;
}

size_t vtl_text_units(str text)
{
    if (is_ascii(text)) return text.len;
    size_t units = 0;
    for (size_t at = 0; at < text.len;)
        units += str_utf8_next(text, &at) > 0xFFFF ? 2 : 1;
    return units;
}

size_t vtl_text_unit_offset(str text, size_t index)
{
    if (is_ascii(text)) return index < text.len ? index : text.len;
    size_t at = 0;
    for (size_t units = 0; units < index && at < text.len;)
        units += str_utf8_next(text, &at) > 0xFFFF ? 2 : 1;
    return at;
}

/* Bytes of the well-formed character that begins `bytes`; 0 if none does. */
static size_t character_bytes(str bytes)
{
    size_t count;
    for (size_t n = 1; n <= 4 && n <= bytes.len; n++)
        if (str_utf8_count(str_slice(bytes, 0, n), &count)) return n;
    return 0;
}

str vtl_text_well_formed(struct arena *arena, str bytes)
{
    size_t count;
    if (str_utf8_count(bytes, &count)) return bytes.ptr ? bytes : STR("");
    struct buf buf;
    buf_init(&buf, arena);
    for (size_t at = 0; at < bytes.len;) {
        size_t taken = character_bytes(str_skip(bytes, at));
        buf_add(&buf, taken > 0 ? str_slice(bytes, at, at + taken) : STR("\xEF\xBF\xBD"));
        at += taken > 0 ? taken : 1;
    }
    return buf_str(&buf);
}

/* ---- letters: ASCII, and Latin, Greek and Cyrillic of the first 0x530 ---- */

static uint32_t upper_of(uint32_t c)
{
    if ((c >= 'a' && c <= 'z') || (c >= 0xE0 && c <= 0xFE && c != 0xF7)) return c - 0x20;
    if (c == 0xFF) return 0x178;
    if ((c >= 0x3B1 && c <= 0x3C9 && c != 0x3C2) || (c >= 0x430 && c <= 0x44F)) return c - 0x20;
    if (c >= 0x450 && c <= 0x45F) return c - 0x50;
    return c;
}

static uint32_t lower_of(uint32_t c)
{
    if ((c >= 'A' && c <= 'Z') || (c >= 0xC0 && c <= 0xDE && c != 0xD7)) return c + 0x20;
    if (c == 0x178) return 0xFF;
    if ((c >= 0x391 && c <= 0x3A9 && c != 0x3A2) || (c >= 0x410 && c <= 0x42F)) return c + 0x20;
    if (c >= 0x400 && c <= 0x40F) return c + 0x50;
    return c;
}

static str map_letters(struct arena *arena, str text, uint32_t (*map)(uint32_t))
{
    struct buf buf;
    buf_init(&buf, arena);
    for (size_t at = 0; at < text.len;) {
        char encoded[4];
        size_t bytes = str_utf8_encode(map(str_utf8_next(text, &at)), encoded);
        buf_add(&buf, (str){ encoded, bytes });
    }
    return buf.len > 0 ? buf_str(&buf) : STR("");
}

str vtl_text_lower(struct arena *arena, str text)
{
    return map_letters(arena, text, lower_of);
}

str vtl_text_upper(struct arena *arena, str text)
{
    return map_letters(arena, text, upper_of);
}

/* ---- escaping, as Apache Commons Lang does for JavaScript ---- */

static char short_escape(uint32_t c)
{
    switch (c) {
    case '\b': return 'b';
    case '\n': return 'n';
    case '\t': return 't';
    case '\f': return 'f';
    case '\r': return 'r';
    case '\'':
    case '"':
    case '\\':
    case '/': return (char)c;
    default: return '\0';
    }
}

void vtl_text_escape_javascript(struct buf *buf, str text)
{
    for (size_t at = 0; at < text.len;) {
        uint32_t c = str_utf8_next(text, &at);
        char escape = short_escape(c);
        if (escape) {
            buf_add_char(buf, '\\');
            buf_add_char(buf, escape);
        } else if (c >= 0x20 && c < 0x7F) {
            buf_add_char(buf, (char)c);
        } else if (c <= 0xFFFF) {
            buf_printf(buf, "\\u%04X", c);
        } else {
            c -= 0x10000;
            buf_printf(buf, "\\u%04X\\u%04X", 0xD800 + (c >> 10), 0xDC00 + (c & 0x3FF));
        }
    }
}

/* ---- URLs, as Java's URLEncoder ---- */

static bool is_url_safe(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
           c == '-' || c == '*' || c == '_';
}

void vtl_text_url_encode(struct buf *buf, str text)
{
    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];
        if (c == ' ')
            buf_add_char(buf, '+');
        else if (is_url_safe(c))
            buf_add_char(buf, c);
        else
            buf_printf(buf, "%%%02X", (unsigned char)c);
    }
}

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

bool vtl_text_url_decode(struct arena *arena, str text, str *out)
{
    struct buf buf;
    buf_init(&buf, arena);
    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] != '%') {
            buf_add(&buf, text.ptr[i] == '+' ? STR(" ") : str_slice(text, i, i + 1));
            continue;
        }
        int high = hex_digit(str_at(text, i + 1)), low = hex_digit(str_at(text, i + 2));
        if (high < 0 || low < 0) return false;
        buf_add_char(&buf, (char)(unsigned char)(high * 16 + low));
        i += 2;
    }
    *out = vtl_text_well_formed(arena, buf_str(&buf));
    return true;
}

/* ---- base64 ---- */

str vtl_text_base64(struct arena *arena, str bytes)
{
    if (bytes.len > TEMPLATE_OUTPUT_BYTES_MAX) bytes.len = TEMPLATE_OUTPUT_BYTES_MAX;
    unsigned char *out = arena_alloc(arena, (bytes.len + 2) / 3 * 4 + 1);
    const unsigned char *in = (const unsigned char *)(bytes.ptr ? bytes.ptr : "");
    int count = EVP_EncodeBlock(out, in, (int)bytes.len);
    return (str){ (const char *)out, (size_t)count };
}

static int base64_digit(char c)
{
    if (c >= 'A' && c <= 'Z') return c - 'A';
    if (c >= 'a' && c <= 'z') return c - 'a' + 26;
    if (c >= '0' && c <= '9') return c - '0' + 52;
    if (c == '+' || c == '-') return 62;
    if (c == '/' || c == '_') return 63;
    return -1;
}

/* Both alphabets, with padding or without, and with line breaks. */
bool vtl_text_base64_decode(struct arena *arena, str text, str *out)
{
    struct buf buf;
    buf_init(&buf, arena);
    uint32_t bits = 0;
    int held = 0;
    size_t end = text.len;
    while (end > 0 && (text.ptr[end - 1] == '=' || text.ptr[end - 1] == '\n'))
        end--;
    for (size_t i = 0; i < end; i++) {
        if (text.ptr[i] == '\r' || text.ptr[i] == '\n') continue;
        int digit = base64_digit(text.ptr[i]);
        if (digit < 0) return false;
        bits = (bits << 6 | (uint32_t)digit) & 0xFFFFFF;
        held += 6;
        if (held < 8) continue;
        held -= 8;
        buf_add_char(&buf, (char)(bits >> held));
    }
    *out = vtl_text_well_formed(arena, buf_str(&buf));
    return held != 6;
}
