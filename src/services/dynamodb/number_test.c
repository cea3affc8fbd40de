/* DynamoDB's numbers: what is read and refused (as recorded from AWS), exact sums, and that texts,
 * keys and structs have one order. */
#include <criterion/criterion.h>
#include <stdio.h>

#include "base/prng.h"
#include "services/dynamodb/number.h"

#define OVERFLOW                                                                                   \
    "Number overflow. Attempting to store a number with magnitude larger than supported range"
#define UNDERFLOW                                                                                  \
    "Number underflow. Attempting to store a number with magnitude smaller than supported range"
#define DIGITS "Attempting to store more than 38 significant digits in a Number"
#define NOT_NUMERIC "The parameter cannot be converted to a numeric value"

static struct number number(const char *text)
{
    struct number result;
    struct error err = { 0 };
    cr_assert(number_parse(str_from(text), &result, &err), "%s: %s", text, err.message);
    return result;
}

static str written(const struct number *n, char out[NUMBER_TEXT_BYTES_MAX])
{
    return (str){ out, number_write(n, out) };
}

static void expect_number(const struct number *n, const char *expected, const char *what)
{
    char text[NUMBER_TEXT_BYTES_MAX];
    str actual = written(n, text);
    cr_expect(str_eq(actual, str_from(expected)), "%s: %.*s instead of %s", what, STR_ARGS(actual),
              expected);
}

Test(dynamodb_number, has_one_text_for_each_value)
{
    static const struct {
        const char *text, *canonical;
    } cases[] = {
        { "0", "0" },
        { "-0", "0" },
        { "0.000", "0" },
        { "0e125", "0" },
        { "1", "1" },
        { "+3", "3" },
        { "00042", "42" },
        { "0042.1200", "42.12" },
        { "1.0", "1" },
        { "3.1400", "3.14" },
        { ".123", "0.123" },
        { "5.", "5" },
        { "-.5", "-0.5" },
        { "1E+2", "100" },
        { "1e+5", "100000" },
        { "1.5E2", "150" },
        { "-17.4E37", "-174000000000000000000000000000000000000" },
        { "12345e-3", "12.345" },
        { "12345e-5", "0.12345" },
        { "12345e-7", "0.0012345" },
        { "100e-2", "1" },
        { "0.00000000000000000000000000000000000001", "0.00000000000000000000000000000000000001" },
        { "12345678901234567890123456789012345678", "12345678901234567890123456789012345678" },
        { "3.1415926535897932384626433832795028841", "3.1415926535897932384626433832795028841" },
        { "314159265358979323846.26433832795028841", "314159265358979323846.26433832795028841" },
        { "1234567890123456789012345678901234567800", "1234567890123456789012345678901234567800" },
        { "000000000000000000000000000000000000000000000000001", "1" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct number n = number(cases[i].text);
        expect_number(&n, cases[i].canonical, cases[i].text);
    }
}

Test(dynamodb_number, reaches_the_ends_of_its_range)
{
    char text[NUMBER_TEXT_BYTES_MAX];
    struct number largest = number("-9.9999999999999999999999999999999999999E+125");
    str long_text = written(&largest, text);
    cr_expect_eq(long_text.len, 127);
    cr_expect(str_starts_with(long_text, STR("-99999999999999999999999999999999999999000")));
    struct number smallest = number("-1.2345678901234567890123456789012345678E-130");
    str small_text = written(&smallest, text);
    cr_expect_eq(small_text.len, 3 + 129 + 38);
    cr_expect(str_ends_with(small_text, STR("0012345678901234567890123456789012345678")));
    struct number again;
    number_read(small_text, &again);
    cr_expect_eq(number_compare(&smallest, &again), 0);
}

/* Recorded from AWS. */
Test(dynamodb_number, refuses_what_is_none_or_out_of_range)
{
    static const struct {
        const char *text, *message;
    } cases[] = {
        { "", NOT_NUMERIC },
        { "abc", NOT_NUMERIC ": abc" },
        { "1.2.3", NOT_NUMERIC ": 1.2.3" },
        { " 1", NOT_NUMERIC ":  1" },
        { "1 ", NOT_NUMERIC ": 1 " },
        { "0x10", NOT_NUMERIC ": 0x10" },
        { "1e", NOT_NUMERIC ": 1e" },
        { "1e+", NOT_NUMERIC ": 1e+" },
        { "1e+-5", NOT_NUMERIC ": 1e+-5" },
        { "1e5.5", NOT_NUMERIC ": 1e5.5" },
        { "e5", NOT_NUMERIC ": e5" },
        { ".", NOT_NUMERIC ": ." },
        { "-", NOT_NUMERIC ": -" },
        { "--1", NOT_NUMERIC ": --1" },
        { "NaN", NOT_NUMERIC ": NaN" },
        { "Infinity", NOT_NUMERIC ": Infinity" },
        { "1e9223372036854775808", NOT_NUMERIC ": 1e9223372036854775808" },
        { "1e126", OVERFLOW },
        { "-1e126", OVERFLOW },
        { "11e125", OVERFLOW },
        { "1e2147483648", OVERFLOW },
        { "1e99999999999", OVERFLOW },
        { "-1e99999999999", OVERFLOW },
        { "1e9223372036854775807", OVERFLOW },
        { "0e126", OVERFLOW },
        { "1e-131", UNDERFLOW },
        { "0.9e-130", UNDERFLOW },
        { "1e-99999999999", UNDERFLOW },
        { "0e-131", UNDERFLOW },
        { "1234567890123456789012345678901234567890", DIGITS },
        { "123456789012345678901234567890123456789", DIGITS },
        { "-1.23456789012345678901234567890123456789", DIGITS },
        { "314159265358979323846264338327950288419e30", DIGITS },
        { "100000000000000000000000000000000000000000000001", DIGITS },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct number n;
        struct error err = { 0 };
        cr_expect(!number_parse(str_from(cases[i].text), &n, &err), "%s", cases[i].text);
        cr_expect_eq(err.code, ERROR_VALIDATION);
        cr_expect_str_eq(err.message, cases[i].message, "%s: %s", cases[i].text, err.message);
    }
}

Test(dynamodb_number, adds_exactly)
{
    static const struct {
        const char *a, *b, *sum, *difference;
    } cases[] = {
        { "1", "2", "3", "-1" },
        { "0", "5", "5", "-5" },
        { "5", "0", "5", "5" },
        { "0", "0", "0", "0" },
        { "5", "-5", "0", "10" },
        { "1", "10000000000000000000000", "10000000000000000000001", "-9999999999999999999999" },
        { "0.1", "0.2", "0.3", "-0.1" },
        { "99.99", "0.01", "100", "99.98" },
        { "-1.5", "0.75", "-0.75", "-2.25" },
        { "1e125", "1e125", NULL, "0" },
        { "5e-130", "-4e-130", NULL, NULL },
        { "12345678901234567890123456789012345678", "-12345678901234567890123456789012345677", "1",
          "24691357802469135780246913578024691355" },
        { "1e37", "1", "10000000000000000000000000000000000001",
          "9999999999999999999999999999999999999" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct number a = number(cases[i].a);
        struct number b = number(cases[i].b);
        struct number result;
        struct error err = { 0 };
        if (cases[i].sum) {
            cr_expect(number_add(&a, &b, &result, &err), "%s", err.message);
            expect_number(&result, cases[i].sum, cases[i].a);
        }
        if (!cases[i].difference) continue;
        cr_expect(number_subtract(&a, &b, &result, &err), "%s", err.message);
        expect_number(&result, cases[i].difference, cases[i].a);
    }
}

Test(dynamodb_number, refuses_sums_that_do_not_fit)
{
    static const struct {
        const char *a, *b, *message;
    } cases[] = {
        { "9e125", "9e125", OVERFLOW },
        { "1e50", "1", OVERFLOW }, /* AWS words the lack of precision like this */
        { "1e38", "1", OVERFLOW },
        { "1.01e-129", "-1e-129", UNDERFLOW },
        { "99999999999999999999999999999999999999", "0.1", OVERFLOW },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct number a = number(cases[i].a);
        struct number b = number(cases[i].b);
        struct error err = { 0 };
        cr_expect(!number_add(&a, &b, &a, &err), "%s", cases[i].a);
        cr_expect_str_eq(err.message, cases[i].message);
    }
    struct number large = number("99999999999999999999999999999999999999");
    struct number one = number("1");
    struct error err = { 0 };
    cr_expect(number_add(&large, &one, &large, &err));
    expect_number(&large, "100000000000000000000000000000000000000", "38 nines and 1");
}

/* Measured on AWS, each by two items on both sides of the limit of 400 KB. */
Test(dynamodb_number, counts_as_many_bytes_as_on_aws)
{
    static const struct {
        const char *text;
        size_t bytes;
    } cases[] = {
        { "0", 1 },
        { "1", 2 },
        { "12", 2 },
        { "123", 3 },
        { "1234", 3 },
        { "0042", 2 },
        { "100", 2 },
        { "1010", 3 },
        { "0.0000001", 2 },
        { "1E125", 2 },
        { "1E-100", 2 },
        { "1.5", 3 },
        { "15", 2 },
        { "1.2", 3 },
        { "1.200", 3 },
        { "1.234", 4 },
        { "3.14159", 5 },
        { "123456", 4 },
        { "100.5", 4 },
        { "0.15", 2 },
        { "-42", 3 },
        { "-0", 1 },
        { "12345678901234567890123456789012345678", 20 },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct number n = number(cases[i].text);
        cr_expect_eq(number_bytes(&n), cases[i].bytes, "%s: %zu", cases[i].text, number_bytes(&n));
    }
}

/* ---- order ---- */

static struct number random_number(struct prng *prng)
{
    struct number n = { 0 };
    if (prng_below(prng, 20) == 0) return n;
    n.sign = prng_below(prng, 2) ? 1 : -1;
    n.magnitude = (int16_t)(prng_below(prng, 3) ? (int)prng_below(prng, 7) - 3
                                                : (int)prng_below(prng, 256) - 130);
    n.count = (uint8_t)(1 + (prng_below(prng, 2) ? prng_below(prng, 3) : prng_below(prng, 38)));
    for (int i = 0; i < n.count; i++)
        n.digits[i] = (uint8_t)prng_below(prng, 10);
    n.digits[0] = (uint8_t)(1 + prng_below(prng, 9));
    n.digits[n.count - 1] = (uint8_t)(1 + prng_below(prng, 9));
    return n;
}

static int sign(int order)
{
    return (order > 0) - (order < 0);
}

Test(dynamodb_number, keys_and_texts_have_the_order_of_the_values)
{
    struct prng prng;
    prng_seed(&prng, 7);
    for (int i = 0; i < 100000; i++) {
        struct number a = random_number(&prng);
        struct number b = random_number(&prng);
        unsigned char x[NUMBER_KEY_BYTES_MAX];
        unsigned char y[NUMBER_KEY_BYTES_MAX];
        char a_text[NUMBER_TEXT_BYTES_MAX];
        char b_text[NUMBER_TEXT_BYTES_MAX];
        size_t x_bytes = number_key(&a, x);
        size_t y_bytes = number_key(&b, y);
        int order = sign(number_compare(&a, &b));
        int bytes = sign(memcmp(x, y, x_bytes < y_bytes ? x_bytes : y_bytes));
        str s = written(&a, a_text);
        str t = written(&b, b_text);
        cr_assert_eq(bytes, order, "%.*s and %.*s", STR_ARGS(s), STR_ARGS(t)); /* no prefixes */
        cr_assert_eq(sign(number_text_compare(s, t)), order, "%.*s and %.*s", STR_ARGS(s),
                     STR_ARGS(t));
        struct number again;
        number_read(s, &again);
        cr_assert_eq(number_compare(&a, &again), 0, "%.*s", STR_ARGS(s));
        cr_assert_eq(number_compare(&a, &b), -number_compare(&b, &a));
    }
}

/* a + b - b is a, and sums agree with those of integers. */
Test(dynamodb_number, arithmetic_agrees_with_integers)
{
    struct prng prng;
    prng_seed(&prng, 11);
    for (int i = 0; i < 20000; i++) {
        int64_t a = (int64_t)prng_below(&prng, 2000000000000) - 1000000000000;
        int64_t b = (int64_t)prng_below(&prng, 2000000) - 1000000;
        char text[64];
        struct error err = { 0 };
        struct number sum;
        snprintf(text, sizeof text, "%lld", (long long)a);
        struct number x = number(text);
        snprintf(text, sizeof text, "%lld", (long long)b);
        struct number y = number(text);
        int64_t total = a + b;
        snprintf(text, sizeof text, "%lld", (long long)total);
        cr_assert(number_add(&x, &y, &sum, &err));
        expect_number(&sum, text, text);
        cr_assert(number_subtract(&sum, &y, &sum, &err));
        cr_assert_eq(number_compare(&sum, &x), 0);
    }
}
