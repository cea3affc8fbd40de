/* Built-in functions on strings, but for those with regular expressions (function_match.c).
 *
 * Positions and lengths are in code points, as the reference has them. */
#include "expr/jsonata/value.h"

#include <math.h>

json builtin_string(struct jsonata_call *call)
{
    json v = call_argument(call, 0), pretty = call_argument(call, 1);
    if (is_undefined(v)) return v;
    str text;
    bool is_pretty = pretty.kind == JSON_BOOL && pretty.boolean;
    return value_string(call->ev, v, is_pretty, &text) ? json_string(text) : failed();
}

/* Byte offset of code point `index`; s.len if there are fewer. */
static size_t offset_of(str s, double index)
{
    if (index >= (double)s.len) return s.len;
    size_t at = 0;
    for (uint64_t i = 0; (double)i < index && at < s.len; i++) {
        at++;
        while (at < s.len && ((unsigned char)s.ptr[at] & 0xC0) == 0x80)
            at++;
    }
    return at;
}

/* Array.prototype.slice's reading of a position. */
static double slice_position(double position, double length)
{
    position = isnan(position) ? 0 : trunc(position);
    if (position < 0) return position + length < 0 ? 0 : position + length;
    return position > length ? length : position;
}

json builtin_substring(struct jsonata_call *call)
{
    json v = call_argument(call, 0), from = call_argument(call, 1), size = call_argument(call, 2);
    if (is_undefined(v)) return v;
    str s = json_str(v);
    if (!spend(call->ev, s.len / 32)) return failed();
    double length = (double)utf8_length(s);
    double start = is_undefined(from) ? 0 : number_of(from), end = length;
    if (length + start < 0) start = 0;
    if (!is_undefined(size)) {
        double wanted = number_of(size);
        if (wanted <= 0) return json_string(STR(""));
        end = start >= 0 ? start + wanted : length + start + wanted;
    }
    start = slice_position(start, length);
    end = slice_position(end, length);
    if (end <= start) return json_string(STR(""));
    return json_string(str_slice(s, offset_of(s, start), offset_of(s, end)));
}

json builtin_substring_before(struct jsonata_call *call)
{
    json v = call_argument(call, 0), chars = call_argument(call, 1);
    if (is_undefined(v)) return v;
    if (is_undefined(chars)) return v;
    str s = json_str(v);
    if (!spend(call->ev, s.len / 32)) return failed();
    return json_string(str_slice(s, 0, str_find(s, json_str(chars), 0)));
}

json builtin_substring_after(struct jsonata_call *call)
{
    json v = call_argument(call, 0), chars = call_argument(call, 1);
    if (is_undefined(v) || is_undefined(chars)) return v;
    str s = json_str(v), found = json_str(chars);
    if (!spend(call->ev, s.len / 32)) return failed();
    size_t at = str_find(s, found, 0);
    if (at == s.len && found.len > 0) return v;
    return json_string(str_skip(s, at + found.len));
}

static json change_case(struct jsonata_call *call, void (*change)(struct buf *, str))
{
    json v = call_argument(call, 0);
    if (is_undefined(v)) return v;
    str s = json_str(v);
    if (!spend(call->ev, s.len / 16) || !ev_can_alloc(call->ev, s.len * 3)) return failed();
    struct buf buf;
    buf_init(&buf, call->ev->arena);
    buf_reserve(&buf, s.len + 1);
    change(&buf, s);
    return json_string(buf_str(&buf));
}

json builtin_lowercase(struct jsonata_call *call)
{
    return change_case(call, letters_lower);
}

json builtin_uppercase(struct jsonata_call *call)
{
    return change_case(call, letters_upper);
}

json builtin_length(struct jsonata_call *call)
{
    json v = call_argument(call, 0);
    if (is_undefined(v)) return v;
    if (!spend(call->ev, v.count / 32)) return failed();
    return json_double((double)utf8_length(json_str(v)));
}

json builtin_trim(struct jsonata_call *call)
{
    json v = call_argument(call, 0);
    if (is_undefined(v)) return v;
    str s = json_str(v);
    if (!spend(call->ev, s.len / 16) || !ev_can_alloc(call->ev, s.len)) return failed();
    struct buf buf;
    buf_init(&buf, call->ev->arena);
    bool blank = false;
    for (size_t i = 0; i < s.len; i++) {
        char c = s.ptr[i];
        if (c == ' ' || c == '\t' || c == '\n' || c == '\r') {
            blank = true;
            continue;
        }
        if (blank && buf.len > 0) buf_add_char(&buf, ' ');
        blank = false;
        buf_add_char(&buf, c);
    }
    return json_string(buf_str(&buf));
}

json builtin_pad(struct jsonata_call *call)
{
    json v = call_argument(call, 0), width = call_argument(call, 1), with = call_argument(call, 2);
    if (is_undefined(v)) return v;
    str s = json_str(v), fill = is_undefined(with) ? STR(" ") : json_str(with);
    if (fill.len == 0) fill = STR(" ");
    double wanted = is_undefined(width) ? 0 : trunc(number_of(width));
    double missing = fabs(wanted) - (double)utf8_length(s);
    if (!(missing > 0)) return v;
    double bytes = missing * 4 + (double)s.len;
    if (bytes > (double)UINT32_MAX) bytes = (double)UINT32_MAX * 2;
    if (!ev_can_alloc(call->ev, (uint64_t)bytes)) return failed();
    if (!spend(call->ev, (uint64_t)missing / 8)) return failed();
    struct buf buf;
    buf_init(&buf, call->ev->arena);
    if (wanted > 0) buf_add(&buf, s);
    size_t at = 0;
    for (uint64_t i = 0; (double)i < missing; i++) {
        size_t start = at++;
        while (at < fill.len && ((unsigned char)fill.ptr[at] & 0xC0) == 0x80)
            at++;
        buf_add(&buf, str_slice(fill, start, at));
        if (at == fill.len) at = 0;
    }
    if (wanted < 0) buf_add(&buf, s);
    return json_string(buf_str(&buf));
}

json builtin_join(struct jsonata_call *call)
{
    json v = call_argument(call, 0), between = call_argument(call, 1);
    if (is_undefined(v)) return v;
    str separator = is_undefined(between) ? STR("") : json_str(between);
    if (!spend(call->ev, v.count / 2)) return failed();
    uint64_t total = 0;
    for (uint32_t i = 0; i < v.count; i++)
        total += v.items[i].count + separator.len;
    if (!ev_can_alloc(call->ev, total)) return failed();
    struct buf buf;
    buf_init(&buf, call->ev->arena);
    buf_reserve(&buf, (size_t)total + 1);
    for (uint32_t i = 0; i < v.count; i++) {
        if (i > 0) buf_add(&buf, separator);
        buf_add(&buf, json_str(v.items[i]));
    }
    return json_string(buf_str(&buf));
}

/* ---- base64: of Latin-1, as the reference has it ---- */

static const char BASE64[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

json builtin_base64_encode(struct jsonata_call *call)
{
    json v = call_argument(call, 0);
    if (is_undefined(v)) return v;
    str s = json_str(v);
    if (!spend(call->ev, s.len / 16) || !ev_can_alloc(call->ev, s.len * 2 + 8)) return failed();
    struct buf out;
    buf_init(&out, call->ev->arena);
    uint32_t bits = 0, bit_count = 0, bytes = 0;
    for (size_t at = 0; at < s.len;) {
        /* The low byte of each UTF-16 unit. */
        uint32_t point = utf8_next(s, &at), units[2] = { point, 0 }, unit_count = 1;
        if (point >= 0x10000) {
            units[0] = 0xD7C0 + (point >> 10);
            units[1] = 0xDC00 + (point & 0x3FF);
            unit_count = 2;
        }
        for (uint32_t u = 0; u < unit_count; u++) {
            bits = bits << 8 | (units[u] & 0xFF);
            bit_count += 8;
            bytes++;
            for (; bit_count >= 6; bit_count -= 6) {
                buf_add_char(&out, BASE64[(bits >> (bit_count - 6)) & 63]);
            }
        }
    }
    if (bit_count > 0) buf_add_char(&out, BASE64[(bits << (6 - bit_count)) & 63]);
    for (; bytes % 3 != 0; bytes++)
        buf_add_char(&out, '=');
    return json_string(buf_str(&out));
}

static int base64_digit(char c)
{
    if (c == '-') return 62;
    if (c == '_') return 63;
    const char *found = c ? strchr(BASE64, c) : NULL;
    return found ? (int)(found - BASE64) : -1;
}

json builtin_base64_decode(struct jsonata_call *call)
{
    json v = call_argument(call, 0);
    if (is_undefined(v)) return v;
    str s = json_str(v);
    if (!spend(call->ev, s.len / 16) || !ev_can_alloc(call->ev, s.len * 2)) return failed();
    struct buf out;
    buf_init(&out, call->ev->arena);
    uint32_t bits = 0, bit_count = 0;
    for (size_t i = 0; i < s.len && s.ptr[i] != '='; i++) {
        int digit = base64_digit(s.ptr[i]);
        if (digit < 0) continue;
        bits = bits << 6 | (uint32_t)digit;
        bit_count += 6;
        if (bit_count < 8) continue;
        bit_count -= 8;
        uint32_t byte = (bits >> bit_count) & 0xFF;
        out.len += str_utf8_encode(byte, buf_reserve(&out, 4));
    }
    return json_string(buf_str(&out));
}

/* ---- URLs ---- */

#define URL_UNRESERVED "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.!~*'()"
#define URL_RESERVED ";/?:@&=+$,#"

static json fail_url(struct jsonata_call *call, const char *name)
{
    struct error_parts parts = { .function_name = str_from(name) };
    parts.value = value_preview(call->ev, call_argument(call, 0));
    return fail_with(call->ev, "D3140", 0, &parts);
}

static json encode_url(struct jsonata_call *call, const char *kept, const char *name)
{
    static const char hex[] = "0123456789ABCDEF";
    json v = call_argument(call, 0);
    if (is_undefined(v)) return v;
    str s = json_str(v);
    if (!spend(call->ev, s.len / 16) || !ev_can_alloc(call->ev, s.len * 3)) return failed();
    struct buf out;
    buf_init(&out, call->ev->arena);
    for (size_t i = 0; i < s.len; i++) {
        unsigned char c = (unsigned char)s.ptr[i];
        if (c != 0 && c < 128 && strchr(kept, c)) {
            buf_add_char(&out, (char)c);
            continue;
        }
        /* Half a surrogate pair has no UTF-8 form. */
        if (c == 0xED && i + 1 < s.len && (unsigned char)s.ptr[i + 1] >= 0xA0) {
            return fail_url(call, name);
        }
        char text[3] = { '%', hex[c >> 4], hex[c & 15] };
        buf_add(&out, (str){ text, 3 });
    }
    return json_string(buf_str(&out));
}

json builtin_encode_url_component(struct jsonata_call *call)
{
    return encode_url(call, URL_UNRESERVED, "encodeUrlComponent");
}

json builtin_encode_url(struct jsonata_call *call)
{
    return encode_url(call, URL_UNRESERVED URL_RESERVED, "encodeUrl");
}

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9') return c - '0';
    c |= 32;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* The byte that `%xx` at s.ptr[at] stands for, or -1. */
static int escaped_byte(str s, size_t at)
{
    if (at + 2 >= s.len || s.ptr[at] != '%') return -1;
    int high = hex_digit(s.ptr[at + 1]), low = hex_digit(s.ptr[at + 2]);
    return high < 0 || low < 0 ? -1 : high * 16 + low;
}

/* Escapes must make up well-formed UTF-8; those of `kept` characters stay as they are. */
static json decode_url(struct jsonata_call *call, const char *kept, const char *name)
{
    json v = call_argument(call, 0);
    if (is_undefined(v)) return v;
    str s = json_str(v);
    if (!spend(call->ev, s.len / 16) || !ev_can_alloc(call->ev, s.len)) return failed();
    struct buf out;
    buf_init(&out, call->ev->arena);
    for (size_t i = 0; i < s.len;) {
        if (s.ptr[i] != '%') {
            buf_add_char(&out, s.ptr[i++]);
            continue;
        }
        int first = escaped_byte(s, i);
        if (first < 0) return fail_url(call, name);
        if (first > 0 && first < 128 && strchr(kept, first)) {
            buf_add(&out, str_slice(s, i, i + 3));
            i += 3;
            continue;
        }
        char bytes[4];
        size_t length = first < 0x80 ? 1 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4, count;
        for (size_t k = 0; k < length; k++, i += 3) {
            int byte = escaped_byte(s, i);
            if (byte < 0) return fail_url(call, name);
            bytes[k] = (char)byte;
        }
        str character = { bytes, length };
        if (!str_utf8_count(character, &count) || count != 1) return fail_url(call, name);
        buf_add(&out, character);
    }
    return json_string(buf_str(&out));
}

json builtin_decode_url_component(struct jsonata_call *call)
{
    return decode_url(call, "", "decodeUrlComponent");
}

json builtin_decode_url(struct jsonata_call *call)
{
    return decode_url(call, URL_RESERVED, "decodeUrl");
}
