/* What picture strings have in common: text as code points, failures, distances of separators. */
#include "expr/jsonata/picture_private.h"

#include <math.h>
#include <stdlib.h>

void runes_init(struct runes *runes, struct arena *arena)
{
    *runes = (struct runes){ .arena = arena };
}

void runes_add(struct runes *runes, uint32_t rune)
{
    if (runes->count == runes->capacity) {
        size_t capacity = runes->capacity ? runes->capacity * 2 : 32;
        uint32_t *at = arena_array(runes->arena, capacity, sizeof *at);
        if (runes->count > 0) memcpy(at, runes->at, runes->count * sizeof *at);
        runes->at = at;
        runes->capacity = capacity;
    }
    runes->at[runes->count++] = rune;
}

void runes_add_str(struct runes *runes, str text)
{
    for (size_t at = 0; at < text.len;)
        runes_add(runes, str_utf8_next(text, &at));
}

void runes_insert(struct runes *runes, size_t index, uint32_t rune)
{
    ASSERT_CMP(index, <=, runes->count);
    runes_add(runes, rune);
    size_t behind = runes->count - 1 - index;
    memmove(runes->at + index + 1, runes->at + index, behind * sizeof *runes->at);
    runes->at[index] = rune;
}

size_t runes_find(const struct runes *runes, uint32_t rune, size_t from)
{
    for (size_t i = from; i < runes->count; i++) {
        if (runes->at[i] == rune) return i;
    }
    return runes->count;
}

str runes_text(const struct runes *runes)
{
    struct buf buf;
    buf_init(&buf, runes->arena);
    for (size_t i = 0; i < runes->count; i++) {
        buf.len += str_utf8_encode(runes->at[i], buf_reserve(&buf, 4));
    }
    return buf_str(&buf);
}

bool picture_fail(struct picture_error *err, const char *code)
{
    *err = (struct picture_error){ 0 };
    memcpy(err->code, code, sizeof err->code);
    return false;
}

bool picture_fail_text(struct picture_error *err, struct arena *arena, const char *code, str value)
{
    picture_fail(err, code);
    err->value = json_text(arena, json_string(value));
    return false;
}

bool picture_fail_number(struct picture_error *err, struct arena *arena, const char *code,
                         double value)
{
    picture_fail(err, code);
    err->value = isfinite(value) ? json_text(arena, json_double(value)) : STR("null");
    return false;
}

bool picture_check_length(str picture, struct picture_error *err)
{
    return picture.len <= EXPR_PICTURE_BYTES_MAX || picture_fail(err, "D1017");
}

size_t picture_interval(const size_t *positions, size_t count)
{
    if (count == 0) return 0;
    size_t factor = positions[0];
    for (size_t i = 1; i < count; i++) {
        for (size_t rest = positions[i]; rest != 0;) {
            size_t remainder = factor % rest;
            factor = rest;
            rest = remainder;
        }
    }
    for (size_t multiple = 1; multiple <= count; multiple++) {
        bool is_there = false;
        for (size_t i = 0; i < count && !is_there; i++)
            is_there = positions[i] == multiple * factor;
        if (!is_there) return 0;
    }
    return factor;
}

static int digit_value(char c)
{
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return 99;
}

/* The C library's conversion rounds correctly for any number of digits; it is given nothing but
 * digits, so that the locale has no say. */
static double read_decimal(str digits)
{
    if (digits.len <= 15) {
        double value = 0;
        for (size_t i = 0; i < digits.len; i++)
            value = value * 10 + digit_value(digits.ptr[i]);
        return value;
    }
    char text[400]; /* 310 digits are beyond any double */
    while (digits.len > 0 && digits.ptr[0] == '0')
        digits = str_skip(digits, 1);
    if (digits.len == 0) return 0;
    if (digits.len >= sizeof text) return (double)INFINITY;
    memcpy(text, digits.ptr, digits.len);
    text[digits.len] = '\0';
    return strtod(text, NULL);
}

double picture_read_int(str text)
{
    size_t at = 0;
    while (at < text.len && (text.ptr[at] == ' ' || (text.ptr[at] >= '\t' && text.ptr[at] <= '\r')))
        at++;
    bool is_negative = at < text.len && text.ptr[at] == '-';
    if (at < text.len && (text.ptr[at] == '-' || text.ptr[at] == '+')) at++;
    bool is_hex = text.len - at >= 2 && text.ptr[at] == '0' &&
                  (text.ptr[at + 1] == 'x' || text.ptr[at + 1] == 'X');
    if (is_hex) at += 2;
    size_t end = at;
    double value = 0;
    for (; end < text.len && digit_value(text.ptr[end]) < (is_hex ? 16 : 10); end++)
        value = value * 16 + digit_value(text.ptr[end]);
    if (end == at) return (double)NAN;
    if (!is_hex) value = read_decimal(str_slice(text, at, end));
    return is_negative ? -value : value;
}
