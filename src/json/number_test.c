/* Tests of numbers: their shortest form, their nearest double, their order. */
#include "base/prng.h"
#include "json/json.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>

static json number(const char *text)
{
    return (json){ .kind = JSON_NUMBER, .count = (uint32_t)strlen(text), .text = text };
}

/* The texts are what ECMAScript's String(value) gives (ECMA-262, Number::toString; several are from
 * the test vectors of RFC 8785, appendix B). */
Test(json_number, writes_doubles_as_ecmascript_does)
{
    static const struct {
        double value;
        const char *text;
    } cases[] = {
        { 0.0, "0" },
        { -0.0, "0" },
        { 1.0, "1" },
        { -1.5, "-1.5" },
        { 0.1, "0.1" },
        { 0.1 + 0.2, "0.30000000000000004" },
        { 1.0 / 3, "0.3333333333333333" },
        { 100, "100" },
        { 123456789.125, "123456789.125" },
        { 9007199254740991.0, "9007199254740991" },
        { 9007199254740992.0, "9007199254740992" },
        { -9007199254740992.0, "-9007199254740992" },
        { 0x1p60, "1152921504606847000" },
        { 295147905179352830000.0, "295147905179352830000" },
        { 999999999999999900000.0, "999999999999999900000" },
        { 1e20, "100000000000000000000" },
        { 1e21, "1e+21" },
        { 9.999999999999997e22, "9.999999999999997e+22" },
        { 1e23, "1e+23" },
        { 1.0000000000000001e23, "1.0000000000000001e+23" },
        { 0.000001, "0.000001" },
        { 0.0000012345, "0.0000012345" },
        { 1e-7, "1e-7" },
        { 1.5e-10, "1.5e-10" },
        { 5e-324, "5e-324" },
        { -5e-324, "-5e-324" },
        { 1e-323, "1e-323" },
        { 2.2250738585072014e-308, "2.2250738585072014e-308" },
        { 2.225073858507201e-308, "2.225073858507201e-308" },
        { 1.7976931348623157e308, "1.7976931348623157e+308" },
        { 333333333.33333329, "333333333.3333333" },
        { 1424953923781206.25, "1424953923781206.2" },
        { 0x1p-44, "5.684341886080802e-14" },
        { 0x1p-24, "5.960464477539063e-8" },
        { 9.5367431640625e-7, "9.5367431640625e-7" },
    };
    struct arena arena;
    arena_init(&arena);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        str text = json_text(&arena, json_double(cases[i].value));
        cr_expect(str_eq(text, str_from(cases[i].text)), "%s, not %.*s", cases[i].text,
                  STR_ARGS(text));
    }
    arena_close(&arena);
}

Test(json_number, reads_every_double_back_from_its_text)
{
    struct prng prng;
    prng_seed(&prng, 1);
    struct arena arena;
    arena_init(&arena);
    for (int i = 0; i < 20000; i++) {
        uint64_t bits = prng_next(&prng);
        if (i % 4 == 0) bits &= (uint64_t)0xFFF << 52; /* powers of two */
        double value;
        memcpy(&value, &bits, sizeof value);
        if (!isfinite(value)) continue;
        str text = json_text(&arena, json_double(value));
        const char *terminated = arena_cstr(&arena, text);
        cr_assert_eq(json_number(number(terminated)), value, "%s", terminated);
        cr_assert_eq(strtod(terminated, NULL), value, "%s", terminated);
    }
    arena_close(&arena);
}

/* The C library in the C locale rounds correctly; it is the judge. */
Test(json_number, gives_the_nearest_double)
{
    static const char *const texts[] = {
        "0",
        "-1",
        "42",
        "1.5",
        "0.1",
        "123456.789e3",
        "9007199254740993",
        "900719925474099267.5e-2",
        "1e22",
        "1e23",
        "1e-22",
        "123456789012345678901234567890",
        "0.000000000000000000000000000000000000123",
        "2.2250738585072011e-308",
        "4.9406564584124654e-324",
        "2e-324",
        "1e-400",
        "1.7976931348623157e308",
        "1.7976931348623159e308",
        "-1e400",
        "1e999999999999999999999",
        "0e999999999999999999999",
        "1e-999999999999999999999",
        "100000000000000000000000e-23",
        "0.00000000000000000000001e23",
    };
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        cr_expect_eq(json_number(number(texts[i])), strtod(texts[i], NULL), "%s", texts[i]);
    cr_expect(signbit(json_number(number("-0"))), "the sign of zero is kept");
}

/* Halfway between 1 and the next double, and then one more digit far behind. */
Test(json_number, lets_the_thousandth_digit_decide)
{
    char text[1200] = "1.00000000000000011102230246251565404236316680908203125";
    cr_expect_eq(json_number(number(text)), 1.0, "a tie goes to the even one");
    size_t len = strlen(text);
    memset(text + len, '0', 1000);
    text[len + 1000] = '1';
    text[len + 1001] = '\0';
    cr_expect_eq(json_number(number(text)), 0x1.0000000000001p0);
}

Test(json_number, finds_integers_whatever_they_are_written_as)
{
    static const struct {
        const char *text;
        bool fits;
        int64_t value;
    } cases[] = {
        { "0", true, 0 },
        { "-0", true, 0 },
        { "0.0e5", true, 0 },
        { "1", true, 1 },
        { "1.0", true, 1 },
        { "1e2", true, 100 },
        { "12.5e1", true, 125 },
        { "100e-2", true, 1 },
        { "1.5", false, 0 },
        { "1e-1", false, 0 },
        { "9223372036854775807", true, INT64_MAX },
        { "9223372036854775807.000", true, INT64_MAX },
        { "9223372036854775808", false, 0 },
        { "-9223372036854775808", true, INT64_MIN },
        { "-9223372036854775809", false, 0 },
        { "1e18", true, 1000000000000000000 },
        { "1e19", false, 0 },
        { "1e99999999999999999999", false, 0 },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        int64_t value = 7;
        bool fits = json_to_i64(number(cases[i].text), &value);
        cr_expect_eq(fits, cases[i].fits, "%s", cases[i].text);
        cr_expect_eq(value, fits ? cases[i].value : 7, "%s", cases[i].text);
    }
    int64_t value = 7;
    cr_expect(json_to_i64(json_double(-0x1p63), &value) && value == INT64_MIN);
    cr_expect_not(json_to_i64(json_double(0x1p63), &value));
    cr_expect_not(json_to_i64(json_double(0.5), &value));
    cr_expect_not(json_to_i64(json_double((double)NAN), &value));
    cr_expect_not(json_to_i64(json_string(STR("1")), &value));
}

Test(json_number, keeps_all_digits_of_integers)
{
    struct arena arena;
    arena_init(&arena);
    cr_expect(str_eq(json_text(&arena, json_i64(&arena, INT64_MIN)), STR("-9223372036854775808")));
    cr_expect(str_eq(json_text(&arena, json_i64(&arena, INT64_MAX)), STR("9223372036854775807")));
    cr_expect(str_eq(json_text(&arena, json_i64(&arena, 0)), STR("0")));
    arena_close(&arena);
}

Test(json_number, orders_by_value_exactly)
{
    /* Ascending; those of one line are equal. */
    static const char *const lines[][3] = {
        { "-1e400", "-10e399", NULL },
        { "-12345678901234567890124", NULL, NULL },
        { "-12345678901234567890123", "-1.2345678901234567890123e22", NULL },
        { "-1", "-1.0", "-10e-1" },
        { "-0.5", NULL, NULL },
        { "0", "-0", "0.0e99" },
        { "1e-400", NULL, NULL },
        { "0.1", "1e-1", "0.10" },
        { "1", "1.0", "0.01e2" },
        { "9007199254740992", "9007199254740992.0", NULL },
        { "9007199254740993", NULL, NULL },
        { "12345678901234567890123", "12345678901234567890123.00", NULL },
        { "12345678901234567890123.1", NULL, NULL },
        { "12345678901234567890124", NULL, NULL },
        { "1e400", "100e398", NULL },
        { "1e999999999", NULL, NULL },
    };
    enum { LINES = sizeof lines / sizeof *lines };
    for (int i = 0; i < LINES * 3; i++) {
        for (int j = 0; j < LINES * 3; j++) {
            const char *a = lines[i / 3][i % 3];
            const char *b = lines[j / 3][j % 3];
            if (!a || !b) continue;
            int order = json_number_compare(number(a), number(b));
            int expected = (i / 3 > j / 3) - (i / 3 < j / 3);
            cr_expect_eq((order > 0) - (order < 0), expected, "%s and %s", a, b);
        }
    }
}

/* A double means the number that it is written as. */
Test(json_number, orders_doubles_among_texts)
{
    cr_expect_eq(json_number_compare(json_double(0.1), number("0.1")), 0);
    cr_expect_eq(json_number_compare(json_double(1e23), number("1e23")), 0);
    cr_expect_eq(json_number_compare(json_double(3), number("3.0")), 0);
    cr_expect_lt(json_number_compare(json_double(0x1p53), number("9007199254740993")), 0);
    cr_expect_gt(json_number_compare(number("0.11"), json_double(0.1)), 0);
    cr_expect_gt(json_number_compare(json_double((double)INFINITY), number("1e999")), 0);
}
