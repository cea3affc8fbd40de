/* The writer: values to text, compact or for people, and the size that the text would have. */
#include "json/private.h"
#include "json/scan.h"

enum {
    ESCAPE_BYTES_MAX = 6, /* \u001F */
    INDENT_SPACES = 2,
};

/* ---- strings ---- */

/* The letter of a two-byte escape, or 0 if the control character needs \u00XX (upper case, as
 * Jackson writes it). */
static char escape_letter(char c)
{
    switch (c) {
    case '"': return '"';
    case '\\': return '\\';
    case '\b': return 'b';
    case '\f': return 'f';
    case '\n': return 'n';
    case '\r': return 'r';
    case '\t': return 't';
    default: return 0;
    }
}

static char *write_escape(char *out, char c)
{
    static const char hex[] = "0123456789ABCDEF";
    *out++ = '\\';
    char letter = escape_letter(c);
    if (letter) {
        *out++ = letter;
        return out;
    }
    memcpy(out, "u00", 3);
    out[3] = hex[(unsigned char)c >> 4];
    out[4] = hex[c & 15];
    return out + 5;
}

/* Copies until `end` or the first byte that needs an escape; returns that place in the source. Out
 * must have room for all of it and JSON_SCAN_BYTES more, so that whole chunks can be stored. */
static inline const char *copy_plain(char **out_io, const char *at, const char *end)
{
    char *out = *out_io;
    while (end - at >= JSON_SCAN_BYTES) {
        memcpy(out, at, JSON_SCAN_BYTES);
        uint32_t escapes = json_scan_escapes(at);
        if (escapes) {
            unsigned plain = (unsigned)__builtin_ctz(escapes);
            *out_io = out + plain;
            return at + plain;
        }
        at += JSON_SCAN_BYTES;
        out += JSON_SCAN_BYTES;
    }
    while (at < end && !json_byte_needs_escape(*at))
        *out++ = *at++;
    *out_io = out;
    return at;
}

/* The string from `at`, where the first escape is due, to the end and the closing quote. */
__attribute__((noinline)) static void write_escaped(struct buf *buf, const char *at,
                                                    const char *end)
{
    while (at < end) {
        char *out = buf_reserve(buf, (size_t)(end - at) + ESCAPE_BYTES_MAX + JSON_SCAN_BYTES);
        char *begin = out;
        out = write_escape(out, *at++);
        at = copy_plain(&out, at, end);
        buf->len += (size_t)(out - begin);
    }
    buf_add_char(buf, '"');
}

static inline void write_string(struct buf *buf, const char *text, size_t bytes)
{
    char *out = buf_reserve(buf, bytes + 2 + JSON_SCAN_BYTES);
    char *begin = out;
    *out++ = '"';
    if (bytes == 0) text = begin; /* it may be NULL, and nothing is added to NULL */
    const char *end = text + bytes;
    const char *at = copy_plain(&out, text, end);
    if (at < end) {
        buf->len += (size_t)(out - begin);
        write_escaped(buf, at, end);
        return;
    }
    *out++ = '"';
    buf->len += (size_t)(out - begin);
}

/* ---- values ---- */

static void write_scalar(struct buf *buf, json v)
{
    switch (v.kind) {
    case JSON_NULL: buf_add(buf, STR("null")); break;
    case JSON_BOOL: buf_add(buf, v.boolean ? STR("true") : STR("false")); break;
    case JSON_STRING: write_string(buf, v.text, v.count); break;
    case JSON_NUMBER:
        if (v.is_double)
            buf->len += json_format_double(v.number, buf_reserve(buf, JSON_DOUBLE_BYTES_MAX));
        else
            buf_add(buf, (str){ v.text, v.count });
        break;
    default: fatal("json_write: a value of kind %d", v.kind);
    }
}

static void write_at(struct buf *buf, json v, int depth)
{
    ASSERT_CMP(depth, <=, JSON_VALUE_DEPTH_MAX);
    if (v.kind == JSON_ARRAY) {
        buf_add_char(buf, '[');
        for (uint32_t i = 0; i < v.count; i++) {
            if (i > 0) buf_add_char(buf, ',');
            write_at(buf, v.items[i], depth + 1);
        }
        buf_add_char(buf, ']');
    } else if (v.kind == JSON_OBJECT) {
        buf_add_char(buf, '{');
        for (uint32_t i = 0; i < v.count; i++) {
            if (i > 0) buf_add_char(buf, ',');
            write_string(buf, v.members[i].key, v.members[i].key_bytes);
            buf_add_char(buf, ':');
            write_at(buf, v.members[i].value, depth + 1);
        }
        buf_add_char(buf, '}');
    } else {
        write_scalar(buf, v);
    }
}

void json_write(struct buf *buf, json v)
{
    write_at(buf, v, 0);
}

static void write_line(struct buf *buf, int depth)
{
    size_t spaces = (size_t)depth * INDENT_SPACES;
    char *out = buf_reserve(buf, spaces + 1);
    out[0] = '\n';
    memset(out + 1, ' ', spaces);
    buf->len += spaces + 1;
}

static void write_pretty_at(struct buf *buf, json v, int depth)
{
    ASSERT_CMP(depth, <=, JSON_VALUE_DEPTH_MAX);
    bool is_object = v.kind == JSON_OBJECT;
    if ((!is_object && v.kind != JSON_ARRAY) || v.count == 0) {
        write_at(buf, v, depth);
        return;
    }
    buf_add_char(buf, is_object ? '{' : '[');
    for (uint32_t i = 0; i < v.count; i++) {
        if (i > 0) buf_add_char(buf, ',');
        write_line(buf, depth + 1);
        if (is_object) {
            write_string(buf, v.members[i].key, v.members[i].key_bytes);
            buf_add(buf, STR(": "));
        }
        write_pretty_at(buf, is_object ? v.members[i].value : v.items[i], depth + 1);
    }
    write_line(buf, depth);
    buf_add_char(buf, is_object ? '}' : ']');
}

void json_write_pretty(struct buf *buf, json v)
{
    write_pretty_at(buf, v, 0);
}

void json_write_str(struct buf *buf, str text)
{
    write_string(buf, text.ptr, text.len);
}

str json_text(struct arena *arena, json v)
{
    struct buf buf;
    buf_init(&buf, arena);
    buf_reserve(&buf, json_text_bytes(v) + 2 + JSON_SCAN_BYTES);
    json_write(&buf, v);
    return buf_str(&buf);
}

/* ---- sizes ---- */

static size_t string_bytes(const char *text, size_t bytes)
{
    size_t total = bytes + 2;
    for (size_t i = 0; i < bytes; i++) {
        if (json_byte_needs_escape(text[i])) total += escape_letter(text[i]) ? 1 : 5;
    }
    return total;
}

static size_t scalar_bytes(json v)
{
    char number[JSON_DOUBLE_BYTES_MAX];
    switch (v.kind) {
    case JSON_NULL: return 4;
    case JSON_BOOL: return v.boolean ? 4 : 5;
    case JSON_STRING: return string_bytes(v.text, v.count);
    case JSON_NUMBER: return v.is_double ? json_format_double(v.number, number) : v.count;
    default: fatal("json_text_bytes: a value of kind %d", v.kind);
    }
}

/* Takes the bytes of v from *left; false as soon as there are not enough or v is too deep. */
static bool spend_bytes(json v, size_t *left, int depth, int depth_max)
{
    bool is_object = v.kind == JSON_OBJECT;
    size_t own = is_object || v.kind == JSON_ARRAY ? 2 + (v.count ? v.count - 1 : 0) : 0;
    if (own == 0)
        own = scalar_bytes(v);
    else if (depth == depth_max)
        return false;
    if (own > *left) return false;
    *left -= own;
    for (size_t i = 0; i < json_count(v); i++) {
        if (is_object) {
            size_t key = string_bytes(v.members[i].key, v.members[i].key_bytes) + 1;
            if (key > *left) return false;
            *left -= key;
        }
        json entry = is_object ? v.members[i].value : v.items[i];
        if (!spend_bytes(entry, left, depth + 1, depth_max)) return false;
    }
    return true;
}

size_t json_text_bytes(json v)
{
    size_t left = SIZE_MAX;
    bool fits = spend_bytes(v, &left, 0, JSON_VALUE_DEPTH_MAX);
    ASSERT(fits);
    return SIZE_MAX - left;
}

bool json_fits(json v, size_t bytes_max)
{
    return spend_bytes(v, &bytes_max, 0, JSON_DEPTH_MAX);
}
