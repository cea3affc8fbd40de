/* multipleOf, and the hash by which uniqueItems finds equal items. */
#include <math.h>

#include "schema/internal.h"

/* mantissa * 10^exponent */
struct decimal {
    uint64_t mantissa;
    int64_t exponent;
};

enum { DECIMAL_DIGITS_MAX = 17, DECIMAL_EXPONENT_MAX = 400 };

static bool read_exponent(str digits, size_t at, int64_t *out)
{
    if (str_at(digits, at) == '+') at++;
    return str_to_i64(str_skip(digits, at), out) && *out >= -DECIMAL_EXPONENT_MAX &&
           *out <= DECIMAL_EXPONENT_MAX;
}

/* False if it does not fit. */
static bool read_decimal(json number, struct arena *arena, struct decimal *out)
{
    str text = json_text(arena, number);
    *out = (struct decimal){ 0 };
    bool fraction = false;
    size_t digits = 0;
    size_t at = str_at(text, 0) == '-' ? 1 : 0;
    for (; at < text.len; at++) {
        char c = text.ptr[at];
        if (c == 'e' || c == 'E') break;
        if (c == '.') {
            fraction = true;
            continue;
        }
        if (out->mantissa > 0 || c != '0') digits++;
        if (digits > DECIMAL_DIGITS_MAX) return false;
        out->mantissa = out->mantissa * 10 + (uint64_t)(c - '0');
        if (fraction) out->exponent--;
    }
    int64_t exponent = 0;
    if (at < text.len && !read_exponent(text, at + 1, &exponent)) return false;
    out->exponent += exponent;
    return true;
}

static bool divides(struct decimal value, struct decimal divisor)
{
    for (; divisor.exponent > value.exponent; divisor.exponent--) {
        if (divisor.mantissa > UINT64_MAX / 10) return value.mantissa == 0;
        divisor.mantissa *= 10;
    }
    uint64_t rest = value.mantissa % divisor.mantissa;
    if (divisor.mantissa > UINT64_MAX / 10) return rest == 0 && value.exponent == divisor.exponent;
    for (; rest != 0 && value.exponent > divisor.exponent; value.exponent--)
        rest = rest * 10 % divisor.mantissa;
    return rest == 0;
}

bool schema_is_multiple(json value, json divisor, struct arena *arena)
{
    struct decimal a, b;
    if (read_decimal(value, arena, &a) && read_decimal(divisor, arena, &b) && b.mantissa > 0)
        return divides(a, b);
    return fmod(json_number(value), json_number(divisor)) == 0;
}

static uint64_t mix(uint64_t hash, uint64_t more)
{
    hash = (hash ^ more) * UINT64_C(0x9E3779B97F4A7C15);
    return hash ^ (hash >> 29);
}

static uint64_t hash_bytes(str bytes)
{
    uint64_t hash = UINT64_C(0xCBF29CE484222325);
    for (size_t i = 0; i < bytes.len; i++)
        hash = (hash ^ (unsigned char)bytes.ptr[i]) * UINT64_C(0x100000001B3);
    return hash;
}

static uint64_t hash_number(json value)
{
    double number = json_number(value);
    if (number == 0) number = 0; /* -0 is 0 */
    uint64_t bits;
    memcpy(&bits, &number, sizeof bits);
    return bits;
}

uint64_t schema_hash(json value)
{
    uint64_t hash = mix(value.kind, 1);
    switch ((enum json_kind)value.kind) {
    case JSON_NULL: return hash;
    case JSON_BOOL: return mix(hash, value.boolean);
    case JSON_NUMBER: return mix(hash, hash_number(value));
    case JSON_STRING: return mix(hash, hash_bytes(json_str(value)));
    case JSON_ARRAY:
        for (size_t i = 0; i < json_count(value); i++)
            hash = mix(hash, schema_hash(json_at(value, i)));
        return hash;
    case JSON_OBJECT:
        for (size_t i = 0; i < json_count(value); i++)
            hash += mix(hash_bytes(json_key_at(value, i)), schema_hash(json_value_at(value, i)));
        return hash;
    }
    return hash;
}
