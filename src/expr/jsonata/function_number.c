/* Built-in functions on numbers. */
#include "expr/jsonata/value.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

static json numeric(struct jsonata_call *call, double (*f)(double))
{
    json v = call_argument(call, 0);
    return is_undefined(v) ? v : json_double(f(number_of(v)));
}

json builtin_abs(struct jsonata_call *call)
{
    return numeric(call, fabs);
}

json builtin_floor(struct jsonata_call *call)
{
    return numeric(call, floor);
}

json builtin_ceil(struct jsonata_call *call)
{
    return numeric(call, ceil);
}

/* ---- rounding ---- */

/* `value` times ten to `shift`, exactly as its shortest decimal form says. */
static double shift_decimal(struct ev *ev, double value, double shift)
{
    if (!isfinite(value) || shift != trunc(shift)) return NAN;
    if (shift > 1000) shift = 1000;
    if (shift < -1000) shift = -1000;
    char text[64];
    str digits = number_text(ev, value);
    size_t exponent_at = str_find_char(digits, 'e', 0);
    int exponent = 0;
    if (exponent_at < digits.len) {
        snprintf(text, sizeof text, "%.*s", (int)(digits.len - exponent_at - 1),
                 digits.ptr + exponent_at + 1);
        exponent = atoi(text);
    }
    snprintf(text, sizeof text, "%.*se%d", (int)exponent_at, digits.ptr, exponent + (int)shift);
    return strtod(text, NULL);
}

static double round_decimal(struct ev *ev, double value, double precision)
{
    bool shifted = precision != 0 && !isnan(precision);
    if (shifted) value = shift_decimal(ev, value, precision);
    double result = floor(value);
    if (value - result >= 0.5) result += 1;
    if (fabs(result - value) == 0.5 && fabs(fmod(result, 2)) == 1) result -= 1;
    if (shifted) result = shift_decimal(ev, result, -precision);
    return result == 0 ? 0 : result;
}

json builtin_round(struct jsonata_call *call)
{
    json v = call_argument(call, 0), precision = call_argument(call, 1);
    if (is_undefined(v)) return v;
    double places = is_undefined(precision) ? 0 : number_of(precision);
    return json_double(round_decimal(call->ev, number_of(v), places));
}

json builtin_sqrt(struct jsonata_call *call)
{
    json v = call_argument(call, 0);
    if (is_undefined(v)) return v;
    if (number_of(v) < 0) return fail_value(call->ev, "D3060", 0, v);
    return json_double(sqrt(number_of(v)));
}

json builtin_power(struct jsonata_call *call)
{
    json v = call_argument(call, 0), exponent = call_argument(call, 1);
    if (is_undefined(v)) return v;
    double x = number_of(v), y = is_undefined(exponent) ? NAN : number_of(exponent);
    /* JavaScript: 1 to an undefined or infinite power is not a number. */
    double result = isnan(y) || (fabs(x) == 1 && isinf(y)) ? NAN : pow(x, y);
    if (isfinite(result)) return json_double(result);
    struct error_parts parts = { .value = value_preview(call->ev, v) };
    parts.exp = value_preview(call->ev, exponent);
    return fail_with(call->ev, "D3061", 0, &parts);
}

json builtin_random(struct jsonata_call *call)
{
    struct prng *prng = call->ev->env->prng;
    return prng ? json_double(prng_double(prng)) : fail(call->ev, "D1014", 0);
}

/* ---- $number ---- */

static size_t skip_digits(str s, size_t at)
{
    while (at < s.len && s.ptr[at] >= '0' && s.ptr[at] <= '9')
        at++;
    return at;
}

/* -?[0-9]+(\.[0-9]+)?([Ee][-+]?[0-9]+)? and nothing else. */
static bool is_decimal(str s)
{
    size_t at = s.len > 0 && s.ptr[0] == '-', end = skip_digits(s, at);
    if (end == at) return false;
    at = end;
    if (at < s.len && s.ptr[at] == '.') {
        end = skip_digits(s, at + 1);
        if (end == at + 1) return false;
        at = end;
    }
    if (at < s.len && (s.ptr[at] | 32) == 'e') {
        at++;
        if (at < s.len && (s.ptr[at] == '-' || s.ptr[at] == '+')) at++;
        end = skip_digits(s, at);
        if (end == at) return false;
        at = end;
    }
    return at == s.len;
}

/* 0x1F, 0o17, 0b101. */
static bool read_prefixed(str s, double *out)
{
    if (s.len < 3 || s.ptr[0] != '0') return false;
    char kind = (char)(s.ptr[1] | 32);
    int base = kind == 'x' ? 16 : kind == 'o' ? 8 : kind == 'b' ? 2 : 0;
    if (base == 0) return false;
    double value = 0;
    for (size_t i = 2; i < s.len; i++) {
        char c = s.ptr[i];
        int digit = c >= '0' && c <= '9'                 ? c - '0'
                    : (c | 32) >= 'a' && (c | 32) <= 'f' ? (c | 32) - 'a' + 10
                                                         : 99;
        if (digit >= base) return false;
        value = value * base + digit;
    }
    *out = value;
    return true;
}

json builtin_number(struct jsonata_call *call)
{
    json v = call_argument(call, 0);
    double value;
    switch (v.kind) {
    case KIND_UNDEFINED:
    case JSON_NUMBER: return v;
    case JSON_BOOL: return json_double(v.boolean ? 1 : 0);
    case JSON_STRING:
        if (v.count < 1000 && is_decimal(json_str(v))) {
            value = strtod(arena_cstr(call->ev->arena, json_str(v)), NULL);
            if (isfinite(value)) return json_double(value);
        } else if (v.count < 1100 && read_prefixed(json_str(v), &value) && isfinite(value)) {
            return json_double(value);
        }
        break;
    default: break;
    }
    return fail_value(call->ev, "D3030", 0, v);
}
