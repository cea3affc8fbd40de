/* Numbers: from their digits to doubles and integers, back to digits, and their order.
 *
 * A number of a text is its digits; a double means the decimal number that it is written as (the
 * shortest that reads back the same). Both are therefore decimals, and comparing decimals is exact
 * for any number of digits. Nothing here depends on the locale. */
#include "json/private.h"

#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum {
    DOUBLE_DIGITS_MAX = 17, /* always enough to tell doubles apart */
    EXACT_DIGITS_MAX = 780, /* more decide nothing about the nearest double, except not being 0 */
    EXPONENT_LIMIT = 1000000000, /* larger ones are taken for this one; digits are far fewer */
};

/* 0.d1 d2 d3 ... * 10^point, d1 and the last digit not 0; no digits for zero. */
struct decimal {
    bool is_negative;
    const char *digits; /* d1 and on; a decimal point may stand between them */
    const char *end;    /* behind the last digit */
    size_t count;       /* digits */
    int64_t point;
};

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* The exponent's digits and sign, from behind the letter. */
static int64_t read_exponent(const char *at, const char *end)
{
    bool is_negative = at < end && *at == '-';
    if (at < end && (*at == '-' || *at == '+')) at++;
    int64_t value = 0;
    for (; at < end; at++) {
        if (value < EXPONENT_LIMIT) value = value * 10 + (*at - '0');
    }
    return is_negative ? -value : value;
}

/* `text` holds an RFC 8259 number. */
static struct decimal decimal_from_text(str text)
{
    const char *at = text.ptr;
    const char *end = text.ptr + text.len;
    struct decimal d = { .is_negative = at < end && *at == '-' };
    if (d.is_negative) at++;
    const char *mantissa_end = at;
    const char *dot = NULL;
    for (; mantissa_end < end && (is_digit(*mantissa_end) || *mantissa_end == '.');
         mantissa_end++) {
        if (*mantissa_end == '.') dot = mantissa_end;
    }
    const char *whole_end = dot ? dot : mantissa_end;
    const char *first = at;
    while (first < mantissa_end && (*first == '0' || *first == '.'))
        first++;
    const char *last = mantissa_end;
    while (last > first && (last[-1] == '0' || last[-1] == '.'))
        last--;
    if (first == last) return (struct decimal){ .is_negative = d.is_negative };
    bool has_dot_inside = dot && dot > first && dot < last;
    d.digits = first;
    d.end = last;
    d.count = (size_t)(last - first) - has_dot_inside;
    d.point = first < whole_end ? whole_end - first : whole_end + 1 - first;
    if (mantissa_end < end) d.point += read_exponent(mantissa_end + 1, end);
    return d;
}

/* ---- to double ---- */

/* digits * 10^exponent by the C library, without a decimal point, which is the locale's affair. */
static double convert_slowly(const struct decimal *d)
{
    char text[EXACT_DIGITS_MAX + 32];
    size_t used = 0;
    for (const char *at = d->digits; at < d->end && used < EXACT_DIGITS_MAX; at++) {
        if (*at != '.') text[used++] = *at;
    }
    int64_t exponent = d->point - (int64_t)used;
    if (used < d->count) { /* The rest is not 0: its last digit is not. */
        text[used++] = '1';
        exponent--;
    }
    snprintf(text + used, sizeof text - used, "e%lld", (long long)exponent);
    return strtod(text, NULL);
}

/* The nearest double of |d|. Up to 2^53 and with a power of ten up to 22 both are doubles and one
 * operation rounds once (Clinger 1990). */
static double decimal_to_double(const struct decimal *d)
{
    static const double powers[] = { 1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                     1e8,  1e9,  1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
                                     1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22 };
    if (d->count == 0) return 0;
    int64_t exponent = d->point - (int64_t)d->count;
    if (d->count > 15 || exponent < -22 || exponent > 22) return convert_slowly(d);
    uint64_t mantissa = 0;
    for (const char *at = d->digits; at < d->end; at++) {
        if (*at != '.') mantissa = mantissa * 10 + (uint64_t)(*at - '0');
    }
    double value = (double)mantissa;
    return exponent < 0 ? value / powers[-exponent] : value * powers[exponent];
}

/* ---- from double ---- */

struct digits {
    char text[DOUBLE_DIGITS_MAX + 1]; /* without zeros at the end; NUL-terminated */
    int count;
    int point; /* 0.text * 10^point */
};

static double digits_to_double(const struct digits *digits)
{
    struct decimal d = { .digits = digits->text,
                         .end = digits->text + digits->count,
                         .count = (size_t)digits->count,
                         .point = digits->point };
    return decimal_to_double(&d);
}

static void trim_zeros(struct digits *digits)
{
    while (digits->count > 1 && digits->text[digits->count - 1] == '0')
        digits->count--;
    digits->text[digits->count] = '\0';
}

/* The decimal with `count` digits that is nearest to value > 0. */
static void round_to_digits(double value, int count, struct digits *out)
{
    char text[DOUBLE_DIGITS_MAX + 16];
    snprintf(text, sizeof text, "%.*e", count - 1, value);
    out->count = 0;
    const char *at = text;
    for (; *at != 'e'; at++) { /* Skips the decimal point, whatever the locale makes of it. */
        if (is_digit(*at) && out->count < count) out->text[out->count++] = *at;
    }
    out->point = (int)read_exponent(at + 1, text + strlen(text)) + 1;
}

/* Adds one to the last digit; false if there is a carry out of the first. */
static bool increment(struct digits *digits)
{
    for (int i = digits->count - 1; i >= 0; i--) {
        if (digits->text[i] != '9') {
            digits->text[i]++;
            return true;
        }
        digits->text[i] = '0';
    }
    return false;
}

/* Below a power of two doubles lie closer together than above it, so a decimal that reads back may
 * be the second nearest; only with 16 digits does that make a difference. */
static bool try_above(double value, struct digits *digits)
{
    int exponent;
    if (frexp(value, &exponent) != 0.5) return false;
    return increment(digits) && digits_to_double(digits) == value;
}

/* The fewest digits that read back as value > 0, and of those the nearest. Fifteen are exact for
 * every normal number that has so few, so shorter ones need no trial. */
static void shortest_digits(double value, struct digits *out)
{
    int count = value < 0x1p-1022 ? 1 : 15;
    for (; count < DOUBLE_DIGITS_MAX; count++) {
        round_to_digits(value, count, out);
        if (digits_to_double(out) == value) break;
        if (count == 16 && try_above(value, out)) break;
    }
    if (count == DOUBLE_DIGITS_MAX) round_to_digits(value, count, out);
    trim_zeros(out);
}

static size_t format_u64(uint64_t value, char *out)
{
    char digits[20];
    size_t at = sizeof digits;
    do {
        digits[--at] = (char)('0' + value % 10);
        value /= 10;
    } while (value);
    memcpy(out, digits + at, sizeof digits - at);
    return sizeof digits - at;
}

static size_t format_exponent(const struct digits *digits, char *out)
{
    size_t used = 0;
    out[used++] = digits->text[0];
    if (digits->count > 1) {
        out[used++] = '.';
        memcpy(out + used, digits->text + 1, (size_t)digits->count - 1);
        used += (size_t)digits->count - 1;
    }
    int exponent = digits->point - 1;
    out[used++] = 'e';
    out[used++] = exponent < 0 ? '-' : '+';
    return used + format_u64((uint64_t)(exponent < 0 ? -exponent : exponent), out + used);
}

/* ECMAScript, Number::toString, steps 6 to 12; n there is `point`, k is `count`. */
static size_t format_digits(const struct digits *digits, char *out)
{
    int count = digits->count;
    int point = digits->point;
    if (point > 21 || point <= -6) return format_exponent(digits, out);
    size_t used = 0;
    if (point <= 0) {
        out[used++] = '0';
        out[used++] = '.';
        for (int i = point; i < 0; i++)
            out[used++] = '0';
        memcpy(out + used, digits->text, (size_t)count);
        return used + (size_t)count;
    }
    for (int i = 0; i < count || i < point; i++) {
        if (i == point) out[used++] = '.';
        out[used++] = (char)(i < count ? digits->text[i] : '0');
    }
    return used;
}

size_t json_format_double(double value, char out[JSON_DOUBLE_BYTES_MAX])
{
    if (!isfinite(value)) {
        memcpy(out, "null", 4);
        return 4;
    }
    size_t used = 0;
    if (value < 0) {
        out[used++] = '-';
        value = -value;
    }
    if (value < 0x1p53 && value == (double)(uint64_t)value)
        return used + format_u64((uint64_t)value, out + used);
    struct digits digits;
    shortest_digits(value, &digits);
    return used + format_digits(&digits, out + used);
}

/* ---- values ---- */

json json_i64(struct arena *arena, int64_t value)
{
    char text[24];
    size_t used = 0;
    if (value < 0) text[used++] = '-';
    used += format_u64(value < 0 ? ~(uint64_t)value + 1 : (uint64_t)value, text + used);
    char *copy = arena_alloc(arena, used);
    memcpy(copy, text, used);
    return (json){ .kind = JSON_NUMBER, .count = (uint32_t)used, .text = copy };
}

/* An integer of at most 18 digits, without fraction or exponent: nearly all of them. */
static bool is_short_integer(json v, int64_t *out)
{
    if (v.is_double || v.count > 18) return false;
    return str_to_i64((str){ v.text, v.count }, out);
}

double json_number(json v)
{
    ASSERT(v.kind == JSON_NUMBER);
    if (v.is_double) return v.number;
    int64_t integer;
    if (is_short_integer(v, &integer) && integer != 0) return (double)integer;
    struct decimal d = decimal_from_text((str){ v.text, v.count });
    double value = decimal_to_double(&d);
    return d.is_negative ? -value : value;
}

/* The decimal of v; `storage` keeps the digits of a double. One that is not finite (nobody should
 * make one) is beyond all decimals. */
static struct decimal decimal_from(json v, char storage[JSON_DOUBLE_BYTES_MAX])
{
    if (!v.is_double) return decimal_from_text((str){ v.text, v.count });
    if (isfinite(v.number))
        return decimal_from_text((str){ storage, json_format_double(v.number, storage) });
    storage[0] = isnan(v.number) ? '2' : '1';
    return (struct decimal){ .is_negative = v.number < 0,
                             .digits = storage,
                             .end = storage + 1,
                             .count = 1,
                             .point = INT64_MAX };
}

bool json_to_i64(json v, int64_t *out)
{
    if (v.kind != JSON_NUMBER) return false;
    if (is_short_integer(v, out)) return true;
    if (v.is_double) {
        if (!(v.number >= -0x1p63 && v.number < 0x1p63)) return false;
        if (v.number != (double)(int64_t)v.number) return false;
        *out = (int64_t)v.number;
        return true;
    }
    struct decimal d = decimal_from_text((str){ v.text, v.count });
    if (d.count == 0) {
        *out = 0;
        return true;
    }
    if (d.point < (int64_t)d.count || d.point > 19) return false;
    int64_t value = 0; /* Kept negative: the negative range is the larger one. */
    const char *at = d.digits;
    for (int64_t i = 0; i < d.point; i++) {
        if (at < d.end && *at == '.') at++;
        int digit = at < d.end ? *at++ - '0' : 0;
        if (__builtin_mul_overflow(value, 10, &value)) return false;
        if (__builtin_sub_overflow(value, digit, &value)) return false;
    }
    if (!d.is_negative && __builtin_sub_overflow(0, value, &value)) return false;
    *out = value;
    return true;
}

/* ---- order ---- */

/* Orders |a| and |b|, neither of them zero. */
static int compare_magnitudes(const struct decimal *a, const struct decimal *b)
{
    if (a->point != b->point) return a->point < b->point ? -1 : 1;
    const char *x = a->digits;
    const char *y = b->digits;
    while (x < a->end && y < b->end) {
        if (*x == '.') x++;
        if (*y == '.') y++;
        if (*x != *y) return *x < *y ? -1 : 1;
        x++;
        y++;
    }
    if (a->count == b->count) return 0;
    return a->count < b->count ? -1 : 1;
}

int json_number_compare(json a, json b)
{
    ASSERT(a.kind == JSON_NUMBER && b.kind == JSON_NUMBER);
    if (a.is_double && b.is_double) return (a.number > b.number) - (a.number < b.number);
    int64_t x;
    int64_t y;
    if (is_short_integer(a, &x) && is_short_integer(b, &y)) return (x > y) - (x < y);
    char a_storage[JSON_DOUBLE_BYTES_MAX];
    char b_storage[JSON_DOUBLE_BYTES_MAX];
    struct decimal m = decimal_from(a, a_storage);
    struct decimal n = decimal_from(b, b_storage);
    int a_sign = m.count == 0 ? 0 : m.is_negative ? -1 : 1;
    int b_sign = n.count == 0 ? 0 : n.is_negative ? -1 : 1;
    if (a_sign != b_sign) return a_sign < b_sign ? -1 : 1;
    if (a_sign == 0) return 0;
    return a_sign * compare_magnitudes(&m, &n);
}
