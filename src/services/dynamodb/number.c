/* DynamoDB's numbers; see number.h. */
#include "services/dynamodb/number.h"

#include <string.h>

#define OVERFLOW_TEXT                                                                              \
    "Number overflow. Attempting to store a number with magnitude larger than supported range"
#define UNDERFLOW_TEXT                                                                             \
    "Number underflow. Attempting to store a number with magnitude smaller than supported range"

enum {
    /* Positions that the digits of a number in range may have: 10^125 down to the last of 38
     * digits that begin at 10^-130. */
    LOWEST_POSITION = NUMBER_MAGNITUDE_MIN - NUMBER_DIGITS_MAX + 1,
    POSITIONS = NUMBER_MAGNITUDE_MAX - LOWEST_POSITION + 1,
};

/* Exponents beyond are all the same: far out of range. Sums with lengths of texts do not overflow.
 */
static const int64_t exponent_far = INT64_C(1) << 60;

/* ---- reading ---- */

struct decimal_parts {
    str text;
    bool is_negative;
    size_t first, last;   /* the first and last digit that is not zero; first > last if all are */
    int64_t point;        /* digits before the decimal point */
    int64_t exponent;     /* clamped to exponent_far */
    size_t digits, begin; /* digits of the mantissa, and where it begins */
};

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* False if there is no exponent in s, or one that a 64-bit integer cannot hold. */
static bool read_exponent(str s, int64_t *out)
{
    if (str_at(s, 0) == '+') {
        s = str_skip(s, 1);
        if (!is_digit(str_at(s, 0))) return false;
    }
    if (!str_to_i64(s, out)) return false;
    if (*out > exponent_far) *out = exponent_far;
    if (*out < -exponent_far) *out = -exponent_far;
    return true;
}

/* Takes the text apart; false if it is no number. */
static bool read_decimal(str text, struct decimal_parts *out)
{
    size_t at = str_at(text, 0) == '-' || str_at(text, 0) == '+' ? 1 : 0;
    *out = (struct decimal_parts){ .text = text, .begin = at, .point = -1 };
    out->is_negative = str_at(text, 0) == '-';
    out->first = text.len;
    for (; at < text.len; at++) {
        char c = text.ptr[at];
        if (c == '.' && out->point < 0) {
            out->point = (int64_t)out->digits;
            continue;
        }
        if (!is_digit(c)) break;
        out->digits++;
        if (c == '0') continue;
        if (out->first == text.len) out->first = at;
        out->last = at;
    }
    if (out->digits == 0) return false;
    if (out->point < 0) out->point = (int64_t)out->digits;
    if (at == text.len) return true;
    if (text.ptr[at] != 'e' && text.ptr[at] != 'E') return false;
    return read_exponent(str_skip(text, at + 1), &out->exponent);
}

static bool check_range(int64_t magnitude, struct error *err)
{
    if (magnitude > NUMBER_MAGNITUDE_MAX)
        return error_set(err, ERROR_VALIDATION, "%s", OVERFLOW_TEXT);
    if (magnitude < NUMBER_MAGNITUDE_MIN)
        return error_set(err, ERROR_VALIDATION, "%s", UNDERFLOW_TEXT);
    return true;
}

bool number_parse(str text, struct number *out, struct error *err)
{
    struct decimal_parts decimal;
    struct number number = { 0 };
    if (text.len == 0)
        return error_set(err, ERROR_VALIDATION,
                         "The parameter cannot be converted to a numeric value");
    if (!read_decimal(text, &decimal))
        return error_set(err, ERROR_VALIDATION,
                         "The parameter cannot be converted to a numeric value: %.*s",
                         (int)(text.len < 256 ? text.len : 256), text.ptr);
    if (decimal.first == text.len) {
        if (!check_range(decimal.exponent, err)) return false;
        *out = number;
        return true;
    }
    /* Digits before the first that counts; the point is no digit. */
    int64_t skipped = (int64_t)(decimal.first - decimal.begin);
    if (skipped > decimal.point) skipped--;
    int64_t magnitude = decimal.point - skipped - 1 + decimal.exponent;
    if (!check_range(magnitude, err)) return false;
    for (size_t i = decimal.first; i <= decimal.last; i++) {
        if (text.ptr[i] == '.') continue;
        if (number.count == NUMBER_DIGITS_MAX)
            return error_set(err, ERROR_VALIDATION,
                             "Attempting to store more than 38 significant digits in a Number");
        number.digits[number.count++] = (uint8_t)(text.ptr[i] - '0');
    }
    number.sign = decimal.is_negative ? -1 : 1;
    number.magnitude = (int16_t)magnitude;
    *out = number;
    return true;
}

void number_read(str text, struct number *out)
{
    struct error err;
    if (!number_parse(text, out, &err)) fatal("a stored number does not decode: %s", err.message);
}

/* ---- writing ---- */

size_t number_write(const struct number *number, char out[NUMBER_TEXT_BYTES_MAX])
{
    char *at = out;
    int last = number->magnitude - number->count + 1; /* position of the last digit */
    if (number->sign == 0) {
        *at = '0';
        return 1;
    }
    if (number->sign < 0) *at++ = '-';
    if (number->magnitude < 0) {
        *at++ = '0';
        *at++ = '.';
        for (int position = -1; position > number->magnitude; position--)
            *at++ = '0';
    }
    for (int i = 0; i < number->count; i++) {
        if (i > 0 && number->magnitude - i == -1) *at++ = '.';
        *at++ = (char)('0' + number->digits[i]);
    }
    for (int position = last; position > 0; position--)
        *at++ = '0';
    return (size_t)(at - out);
}

str decimal_text(struct arena *arena, const struct number *number)
{
    char text[NUMBER_TEXT_BYTES_MAX];
    size_t bytes = number_write(number, text);
    return arena_str(arena, (str){ text, bytes });
}

/* ---- order ---- */

static int sign_of(int difference)
{
    return (difference > 0) - (difference < 0);
}

int number_compare(const struct number *a, const struct number *b)
{
    if (a->sign != b->sign) return sign_of(a->sign - b->sign);
    if (a->magnitude != b->magnitude) return a->sign * sign_of(a->magnitude - b->magnitude);
    int shorter = a->count < b->count ? a->count : b->count;
    for (int i = 0; i < shorter; i++)
        if (a->digits[i] != b->digits[i]) return a->sign * sign_of(a->digits[i] - b->digits[i]);
    return a->sign * sign_of(a->count - b->count);
}

/* Digits before the point decide by their number; then texts of equal scale compare as texts. */
int number_text_compare(str a, str b)
{
    bool a_negative = str_at(a, 0) == '-';
    bool b_negative = str_at(b, 0) == '-';
    if (a_negative != b_negative) return a_negative ? -1 : 1;
    size_t a_point = str_find_char(a, '.', 0);
    size_t b_point = str_find_char(b, '.', 0);
    int result = a_point != b_point ? (a_point < b_point ? -1 : 1) : sign_of(str_compare(a, b));
    return a_negative ? -result : result;
}

size_t number_key(const struct number *number, unsigned char out[NUMBER_KEY_BYTES_MAX])
{
    enum { NEGATIVE = 0x40, ZERO = 0x80, POSITIVE = 0xC0 };
    unsigned char *at = out;
    if (number->sign == 0) {
        *at = ZERO;
        return 1;
    }
    unsigned char flip = number->sign < 0 ? 0xFF : 0; /* the larger, the smaller */
    *at++ = number->sign < 0 ? NEGATIVE : POSITIVE;
    *at++ = (unsigned char)((number->magnitude - NUMBER_MAGNITUDE_MIN) ^ flip);
    for (int i = 0; i < number->count; i += 2) {
        int pair = number->digits[i] * 10 + (i + 1 < number->count ? number->digits[i + 1] : 0);
        *at++ = (unsigned char)((pair + 1) ^ flip); /* never 0: that is the end */
    }
    *at++ = flip;
    return (size_t)(at - out);
}

/* ---- size ---- */

size_t number_bytes(const struct number *number)
{
    if (number->sign == 0) return 1;
    int before = number->magnitude + 1; /* digits that stand before the point */
    if (before < 0) before = 0;
    if (before > number->count) before = number->count;
    int after = number->count - before;
    int bytes = 1 + (before + 1) / 2 + (after + 1) / 2 + (number->sign < 0 ? 1 : 0);
    return (size_t)bytes;
}

/* ---- arithmetic ---- */

/* A sum digit by digit, before carrying; what lies outside of [low, high] is zero. */
struct column_sum {
    int digits[POSITIONS + 1];
    int low, high;
};

/* Adds the number's digits, with the sign, at their positions. */
static void spread(const struct number *number, int sign, struct column_sum *sum)
{
    int at = number->magnitude - LOWEST_POSITION;
    if (number->count == 0) return;
    if (at > sum->high) sum->high = at;
    for (int i = 0; i < number->count; i++)
        sum->digits[at - i] += sign * number->digits[i];
    if (at - number->count + 1 < sum->low) sum->low = at - number->count + 1;
}

/* The sign of the first digit that is not zero. It is that of the whole: the digits behind it are
 * differences of two digits, which never make up for it, or have the same sign. */
static int leading_sign(const struct column_sum *sum)
{
    for (int i = sum->high; i >= sum->low; i--)
        if (sum->digits[i] != 0) return sum->digits[i] < 0 ? -1 : 1;
    return 0;
}

/* Makes every position a digit of the absolute value; the highest may become one more. */
static void carry(struct column_sum *sum, int sign)
{
    int over = 0;
    for (int i = sum->low; i <= sum->high; i++) {
        int digit = sum->digits[i] * sign + over; /* at least -10, at most 19 */
        over = digit < 0 ? -1 : digit > 9 ? 1 : 0;
        sum->digits[i] = digit - over * 10;
    }
    ASSERT_CMP(over, >=, 0);
    if (over > 0) sum->digits[++sum->high] = over;
}

static bool gather(const struct column_sum *sum, int sign, struct number *out, struct error *err)
{
    struct number number = { .sign = (int8_t)sign };
    int first = sum->high;
    int last = sum->low;
    while (sum->digits[first] == 0)
        first--;
    while (sum->digits[last] == 0)
        last++;
    if (!check_range(first + LOWEST_POSITION, err)) return false;
    /* AWS says so, too: it is the precision that does not suffice. */
    if (first - last >= NUMBER_DIGITS_MAX)
        return error_set(err, ERROR_VALIDATION, "%s", OVERFLOW_TEXT);
    number.magnitude = (int16_t)(first + LOWEST_POSITION);
    for (int i = first; i >= last; i--)
        number.digits[number.count++] = (uint8_t)sum->digits[i];
    *out = number;
    return true;
}

static bool add(const struct number *a, const struct number *b, int b_sign, struct number *out,
                struct error *err)
{
    struct column_sum sum = { .low = POSITIONS, .high = 0 };
    spread(a, a->sign, &sum);
    spread(b, b->sign * b_sign, &sum);
    int sign = leading_sign(&sum);
    if (sign == 0) {
        *out = (struct number){ 0 };
        return true;
    }
    carry(&sum, sign);
    return gather(&sum, sign, out, err);
}

bool number_add(const struct number *a, const struct number *b, struct number *out,
                struct error *err)
{
    return add(a, b, 1, out, err);
}

bool number_subtract(const struct number *a, const struct number *b, struct number *out,
                     struct error *err)
{
    return add(a, b, -1, out, err);
}
