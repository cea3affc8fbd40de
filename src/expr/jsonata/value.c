/* What the language's operators ask of values: truth, equality, order, text, copies. */
#include "expr/jsonata/value.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum { PREVIEW_BYTES_MAX = 2000 };

/* ---- numbers ---- */

/* Up to 15 digits and a small exponent both are exact doubles, and so is their quotient to the last
 * bit. Everything else is json_number's. */
static bool quick_number(json v, double *out)
{
    static const double tens[] = { 1e0, 1e1, 1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                   1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15 };
    if (v.count > 16) return false;
    const char *at = v.text, *end = at + v.count;
    bool negative = at < end && *at == '-';
    if (negative) at++;
    uint64_t digits = 0;
    const char *point = NULL;
    for (; at < end; at++) {
        if (*at == '.') {
            point = at;
        } else if (*at >= '0' && *at <= '9') {
            digits = digits * 10 + (uint64_t)(*at - '0');
        } else {
            return false;
        }
    }
    if (digits > 999999999999999) return false;
    double value = (double)digits / tens[point ? end - point - 1 : 0];
    *out = negative ? -value : value;
    return true;
}

double number_of(json v)
{
    double value;
    if (v.is_double) return v.number;
    return quick_number(v, &value) ? value : json_number(v);
}

bool is_numeric(struct ev *ev, json v, bool *fail_out)
{
    if (v.kind != JSON_NUMBER) return false;
    double n = number_of(v);
    if (isfinite(n)) return true;
    if (isnan(n)) return false;
    fail_value(ev, "D1001", 0, v);
    *fail_out = true;
    return false;
}

static double fifteen_digits(double n)
{
    /* An integer, and a number of few decimal places, has no more digits than that. */
    if (n == trunc(n)) return n;
    double scaled = n * 1e4;
    if (scaled == trunc(scaled) && fabs(scaled) < 1e11 && scaled / 1e4 == n) return n;
    char text[40];
    snprintf(text, sizeof text, "%.15g", n);
    return strtod(text, NULL);
}

/* Whole numbers below 10^15 into the end of text; returns where they begin. */
static char *write_integer(char *end, double n)
{
    uint64_t rest = (uint64_t)fabs(n);
    do
        *--end = (char)('0' + rest % 10);
    while ((rest /= 10) > 0);
    if (n < 0) *--end = '-';
    return end;
}

static void write_number(struct buf *buf, double n)
{
    char text[24], *end = text + sizeof text;
    if (n == trunc(n) && fabs(n) < 1e15) {
        char *start = write_integer(end, n);
        buf_add(buf, (str){ start, (size_t)(end - start) });
    } else if (isfinite(n)) {
        json_write(buf, json_double(n));
    } else {
        buf_add(buf, isnan(n) ? STR("NaN") : n > 0 ? STR("Infinity") : STR("-Infinity"));
    }
}

str number_text(struct ev *ev, double value)
{
    char text[24], *end = text + sizeof text;
    if (value == trunc(value) && fabs(value) < 1e15) {
        char *start = write_integer(end, value);
        return arena_str(ev->arena, (str){ start, (size_t)(end - start) });
    }
    struct buf buf;
    buf_init(&buf, ev->arena);
    write_number(&buf, value);
    return buf_str(&buf);
}

/* ---- strings ---- */

int string_compare(str a, str b)
{
    size_t common = a.len < b.len ? a.len : b.len;
    for (size_t i = 0; i < common; i++) {
        unsigned char x = (unsigned char)a.ptr[i], y = (unsigned char)b.ptr[i];
        if (x == y) continue;
        /* Beyond the first plane UTF-16 has surrogates, which come before U+E000..U+FFFF. */
        bool x_high = x >= 0xF0, y_high = y >= 0xF0;
        if (x_high != y_high && (x_high ? y : x) >= 0xEE) return x_high ? -1 : 1;
        return x < y ? -1 : 1;
    }
    return a.len < b.len ? -1 : a.len > b.len;
}

size_t utf8_length(str s)
{
    size_t count = 0;
    for (size_t i = 0; i < s.len; i++)
        count += ((unsigned char)s.ptr[i] & 0xC0) != 0x80;
    return count;
}

uint32_t utf8_next(str s, size_t *at)
{
    const unsigned char *byte = (const unsigned char *)s.ptr + *at;
    bool half = byte[0] == 0xED && *at + 2 < s.len && byte[1] >= 0xA0;
    if (!half) return str_utf8_next(s, at);
    *at += 3;
    return 0xD000u | (uint32_t)(byte[1] & 0x3F) << 6 | (byte[2] & 0x3F);
}

/* ---- truth ---- */

static bool truth(struct ev *ev, json v, bool *fail_out, uint32_t depth)
{
    switch (v.kind) {
    case JSON_BOOL: return v.boolean;
    case JSON_STRING: return v.count > 0;
    case JSON_NUMBER: return is_numeric(ev, v, fail_out) && number_of(v) != 0;
    case JSON_OBJECT: {
        uint32_t count;
        members_of(v, &count);
        return count > 0;
    }
    case KIND_TUPLE: return true;
    case JSON_ARRAY: break;
    default: return false;
    }
    if (depth >= JSON_DEPTH_MAX) {
        fail(ev, "D1011", 0);
        *fail_out = true;
        return false;
    }
    if (!spend(ev, 1 + v.count / 16)) *fail_out = true;
    for (uint32_t i = 0; i < v.count && !*fail_out; i++) {
        bool item = truth(ev, item_at(v, i), fail_out, depth + 1);
        if (item || *fail_out) return item;
    }
    return false;
}

bool value_truth(struct ev *ev, json v, bool *fail_out)
{
    return truth(ev, v, fail_out, 0);
}

/* ---- equality ---- */

static bool equal(struct ev *ev, json a, json b, bool *fail_out, uint32_t depth);

static bool equal_objects(struct ev *ev, json a, json b, bool *fail_out, uint32_t depth)
{
    uint32_t a_count, b_count;
    const struct json_member *members = members_of(a, &a_count);
    members_of(b, &b_count);
    if (a_count != b_count) return false;
    if (!spend(ev, 1 + (uint64_t)a_count * a_count / 16)) {
        *fail_out = true;
        return false;
    }
    for (uint32_t i = 0; i < a_count; i++) {
        json other = member_of(b, (str){ members[i].key, members[i].key_bytes });
        if (is_undefined(other)) return false;
        if (!equal(ev, members[i].value, other, fail_out, depth)) return false;
    }
    return true;
}

static bool equal_arrays(struct ev *ev, json a, json b, bool *fail_out, uint32_t depth)
{
    if (a.count != b.count) return false;
    if (!spend(ev, 1 + a.count / 4)) {
        *fail_out = true;
        return false;
    }
    for (uint32_t i = 0; i < a.count; i++) {
        if (!equal(ev, item_at(a, i), item_at(b, i), fail_out, depth)) return false;
    }
    return true;
}

static bool equal(struct ev *ev, json a, json b, bool *fail_out, uint32_t depth)
{
    if (a.kind != b.kind) return false;
    switch (a.kind) {
    case JSON_NULL: return true;
    case JSON_BOOL: return a.boolean == b.boolean;
    case JSON_NUMBER: return number_of(a) == number_of(b);
    case JSON_STRING: return str_eq(json_str(a), json_str(b));
    case JSON_ARRAY:
    case JSON_OBJECT: break;
    default: return a.items == b.items;
    }
    if (depth >= JSON_DEPTH_MAX) {
        fail(ev, "D1011", 0);
        *fail_out = true;
        return false;
    }
    return a.kind == JSON_ARRAY ? equal_arrays(ev, a, b, fail_out, depth + 1)
                                : equal_objects(ev, a, b, fail_out, depth + 1);
}

bool value_equal(struct ev *ev, json a, json b, bool *fail_out)
{
    return equal(ev, a, b, fail_out, 0);
}

/* ---- text ---- */

struct writer {
    struct ev *ev;
    struct buf *buf;
    bool pretty;
    bool all_digits; /* not rounded to 15 */
};

static void new_line(struct writer *w, uint32_t depth)
{
    if (!w->pretty) return;
    buf_add_char(w->buf, '\n');
    for (uint32_t i = 0; i < depth; i++)
        buf_add(w->buf, STR("  "));
}

static bool write_value(struct writer *w, json v, uint32_t depth);

static bool write_array(struct writer *w, json v, uint32_t depth)
{
    if (!spend(w->ev, 1 + v.count / 4)) return false;
    buf_add_char(w->buf, '[');
    for (uint32_t i = 0; i < v.count; i++) {
        if (i > 0) buf_add_char(w->buf, ',');
        new_line(w, depth);
        if (!write_value(w, item_at(v, i), depth)) return false;
    }
    if (v.count > 0) new_line(w, depth - 1);
    buf_add_char(w->buf, ']');
    return true;
}

static bool write_object(struct writer *w, json v, uint32_t depth)
{
    uint32_t count;
    const struct json_member *members = members_of(v, &count);
    if (!spend(w->ev, 1 + count / 4)) return false;
    buf_add_char(w->buf, '{');
    for (uint32_t i = 0; i < count; i++) {
        if (i > 0) buf_add_char(w->buf, ',');
        new_line(w, depth);
        json_write_str(w->buf, (str){ members[i].key, members[i].key_bytes });
        buf_add(w->buf, w->pretty ? STR(": ") : STR(":"));
        if (!write_value(w, members[i].value, depth)) return false;
    }
    if (count > 0) new_line(w, depth - 1);
    buf_add_char(w->buf, '}');
    return true;
}

static bool write_value(struct writer *w, json v, uint32_t depth)
{
    if (!ev_can_alloc(w->ev, 64)) return false;
    switch (v.kind) {
    case JSON_BOOL: buf_add(w->buf, v.boolean ? STR("true") : STR("false")); return true;
    case JSON_NUMBER: {
        bool fail_out = false;
        bool finite = is_numeric(w->ev, v, &fail_out);
        if (finite) {
            double n = number_of(v);
            write_number(w->buf, w->all_digits ? n : fifteen_digits(n));
        }
        if (!finite && !fail_out) buf_add(w->buf, STR("null"));
        return !fail_out;
    }
    case JSON_STRING: json_write_str(w->buf, json_str(v)); return true;
    case KIND_FUNCTION: buf_add(w->buf, STR("\"\"")); return true;
    case KIND_TUPLE: buf_add(w->buf, STR("{}")); return true;
    case JSON_ARRAY:
    case JSON_OBJECT: break;
    default: buf_add(w->buf, STR("null")); return true;
    }
    if (depth >= JSON_DEPTH_MAX) {
        fail(w->ev, "D1011", 0);
        return false;
    }
    return v.kind == JSON_ARRAY ? write_array(w, v, depth + 1) : write_object(w, v, depth + 1);
}

bool value_write(struct ev *ev, struct buf *buf, json v, bool pretty)
{
    struct writer w = { ev, buf, pretty, false };
    return write_value(&w, v, 0);
}

bool value_string(struct ev *ev, json v, bool pretty, str *out)
{
    if (v.kind == JSON_STRING) {
        *out = json_str(v);
        return true;
    }
    if (is_function(v) || is_undefined(v)) {
        *out = STR("");
        return true;
    }
    if (v.kind == JSON_NUMBER && !isfinite(number_of(v))) {
        fail_value(ev, "D3001", 0, v);
        return false;
    }
    if (v.kind == JSON_NUMBER) {
        *out = number_text(ev, fifteen_digits(number_of(v)));
        return true;
    }
    if (v.kind == JSON_ARRAY && (v.user & IS_OUTER) && v.count > 0) v = item_at(v, 0);
    struct buf buf;
    buf_init(&buf, ev->arena);
    if (!value_write(ev, &buf, v, pretty)) return false;
    *out = buf_str(&buf);
    return true;
}

str value_preview(struct ev *ev, json v)
{
    if (is_undefined(v) || is_function(v)) return (str){ 0 };
    if (v.kind == JSON_NUMBER && !isfinite(number_of(v))) return STR("null");
    struct buf buf;
    buf_init(&buf, ev->arena);
    struct writer w = { ev, &buf, false, true };
    if (!write_value(&w, v, 0)) return (str){ 0 };
    if (buf.len <= PREVIEW_BYTES_MAX) return buf_str(&buf);
    size_t cut = PREVIEW_BYTES_MAX;
    while (((unsigned char)buf.ptr[cut] & 0xC0) == 0x80)
        cut--;
    return arena_printf(ev->arena, "%.*s...", (int)cut, buf.ptr);
}

/* ---- copies ---- */

static json clone(struct ev *ev, json v, bool as_cells, uint32_t depth);

static json clone_array(struct ev *ev, json v, bool as_cells, uint32_t depth)
{
    json *items = ev_alloc(ev, (uint64_t)v.count * sizeof *items);
    if (!items) return failed();
    for (uint32_t i = 0; i < v.count; i++) {
        items[i] = clone(ev, item_at(v, i), as_cells, depth);
        if (is_failed(items[i])) return failed();
    }
    return array_value(items, v.count, 0);
}

static json clone_object(struct ev *ev, json v, bool as_cells, uint32_t depth)
{
    uint32_t count;
    const struct json_member *from = members_of(v, &count);
    struct json_member *members = ev_alloc(ev, (uint64_t)count * sizeof *members);
    struct cell *cell = ev_alloc(ev, sizeof *cell);
    if (!members || !cell) return failed();
    for (uint32_t i = 0; i < count; i++) {
        members[i] = from[i];
        members[i].value = clone(ev, from[i].value, as_cells, depth);
        if (is_failed(members[i].value)) return failed();
    }
    if (!as_cells) return (json){ .kind = JSON_OBJECT, .count = count, .members = members };
    *cell = (struct cell){ members, count, count };
    return (json){ .kind = JSON_OBJECT,
                   .user = IS_CELL,
                   .count = count,
                   .members = (const struct json_member *)(const void *)cell };
}

static json clone(struct ev *ev, json v, bool as_cells, uint32_t depth)
{
    if (!spend(ev, 1)) return failed();
    switch (v.kind) {
    case JSON_NUMBER:
        if (!v.is_double) return v;
        if (isinf(v.number)) return fail_value(ev, "D1001", 0, v);
        return isnan(v.number) ? json_null() : json_double(fifteen_digits(v.number));
    case JSON_NULL:
    case JSON_BOOL:
    case JSON_STRING: return v;
    case KIND_FUNCTION: return json_string(STR(""));
    case JSON_ARRAY:
    case JSON_OBJECT: break;
    default: return json_null();
    }
    if (depth >= JSON_DEPTH_MAX) return fail(ev, "D1011", 0);
    return v.kind == JSON_ARRAY ? clone_array(ev, v, as_cells, depth + 1)
                                : clone_object(ev, v, as_cells, depth + 1);
}

json value_clone(struct ev *ev, json v, bool as_cells)
{
    return clone(ev, v, as_cells, 0);
}

/* ---- leaving the language ---- */

static json export(struct ev *ev, json v, uint32_t depth);

/* True if the two are the same bits, so that nothing has to be copied. */
static bool same(json a, json b)
{
    return a.kind == b.kind && a.user == b.user && a.count == b.count && a.items == b.items;
}

static json export_array(struct ev *ev, json v, uint32_t depth)
{
    const json *from = ev_items(ev, v);
    if (!from && v.count > 0) return failed();
    json *copy = NULL;
    for (uint32_t i = 0; i < v.count; i++) {
        json item = export(ev, from[i], depth);
        if (is_failed(item)) return failed();
        if (same(item, from[i])) continue;
        if (!copy) {
            copy = ev_alloc(ev, (uint64_t)v.count * sizeof *copy);
            if (!copy) return failed();
            memcpy(copy, from, v.count * sizeof *copy);
        }
        copy[i] = item;
    }
    return array_value(copy ? copy : from, v.count, 0);
}

static json export_string(struct ev *ev, json v);

/* An object whose keys may hold halves of surrogate pairs is made anew. */
static json export_keys(struct ev *ev, json v)
{
    struct json_fields fields;
    json_fields_init(&fields, ev->arena);
    for (uint32_t i = 0; i < v.count; i++) {
        json key = export_string(ev, json_string(json_key_at(v, i)));
        if (is_failed(key) || !ev_can_alloc(ev, 128)) return failed();
        json_fields_add(&fields, json_str(key), json_value_at(v, i));
    }
    return json_fields_done(&fields);
}

static json export_object(struct ev *ev, json v, uint32_t depth)
{
    uint32_t count;
    const struct json_member *from = members_of(v, &count);
    struct json_member *copy = NULL;
    for (uint32_t i = 0; i < count; i++) {
        json value = export(ev, from[i].value, depth);
        if (is_failed(value)) return failed();
        if (same(value, from[i].value)) continue;
        if (!copy) {
            copy = ev_alloc(ev, (uint64_t)count * sizeof *copy);
            if (!copy) return failed();
            memcpy(copy, from, count * sizeof *copy);
        }
        copy[i].value = value;
    }
    return (json){ .kind = JSON_OBJECT, .count = count, .members = copy ? copy : from };
}

/* Halves of surrogate pairs that found each other become a character, others U+FFFD. */
static json export_string(struct ev *ev, json v)
{
    str s = json_str(v);
    bool found = false;
    for (size_t i = 0; i + 2 < s.len && !found; i++) {
        found = (unsigned char)s.ptr[i] == 0xED && (unsigned char)s.ptr[i + 1] >= 0xA0;
    }
    if (!found) return v;
    if (!ev_can_alloc(ev, s.len)) return failed();
    struct buf out;
    buf_init(&out, ev->arena);
    for (size_t i = 0; i < s.len;) {
        const unsigned char *at = (const unsigned char *)s.ptr + i;
        bool half = i + 2 < s.len && at[0] == 0xED && at[1] >= 0xA0;
        bool pair = half && at[1] <= 0xAF && i + 5 < s.len && at[3] == 0xED && at[4] >= 0xB0;
        if (pair) {
            uint32_t high = (uint32_t)(at[1] & 0x0F) << 6 | (at[2] & 0x3F);
            uint32_t low = (uint32_t)(at[4] & 0x0F) << 6 | (at[5] & 0x3F);
            out.len += str_utf8_encode(0x10000 + (high << 10) + low, buf_reserve(&out, 4));
        } else if (half) {
            buf_add(&out, STR("\xEF\xBF\xBD"));
        } else {
            buf_add_char(&out, s.ptr[i]);
        }
        i += pair ? 6 : half ? 3 : 1;
    }
    return json_string(buf_str(&out));
}

static json export(struct ev *ev, json v, uint32_t depth)
{
    if (!spend(ev, 1)) return failed();
    switch (v.kind) {
    case JSON_NUMBER: return v.is_double && !isfinite(v.number) ? fail_value(ev, "D1001", 0, v) : v;
    case JSON_STRING: return ev->surrogates ? export_string(ev, v) : v;
    case JSON_NULL:
    case JSON_BOOL: return v;
    case KIND_FUNCTION: return json_string(STR(""));
    case JSON_ARRAY:
    case JSON_OBJECT: break;
    case KIND_TUPLE: return (json){ .kind = JSON_OBJECT };
    default: return json_null();
    }
    if (depth >= JSON_DEPTH_MAX) return fail(ev, "D1011", 0);
    if (v.kind == JSON_ARRAY) return export_array(ev, v, depth + 1);
    v = export_object(ev, v, depth + 1);
    return ev->surrogates && !is_failed(v) ? export_keys(ev, v) : v;
}

str well_formed(struct ev *ev, str text)
{
    if (!ev->surrogates) return text;
    json v = export_string(ev, json_string(text));
    return is_failed(v) ? STR("") : json_str(v);
}

json value_export(struct ev *ev, json v)
{
    return export(ev, v, 0);
}
