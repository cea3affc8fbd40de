/* Tests of str: bounds of integers and of UTF-8. */
#include "base/base.h"

#include <criterion/criterion.h>

Test(str, reads_integers_up_to_both_bounds_and_no_further)
{
    int64_t value = 7;
    cr_assert(str_to_i64(STR("9223372036854775807"), &value));
    cr_assert_eq(value, INT64_MAX);
    cr_assert(str_to_i64(STR("-9223372036854775808"), &value));
    cr_assert_eq(value, INT64_MIN);
    cr_assert_not(str_to_i64(STR("9223372036854775808"), &value));
    cr_assert_not(str_to_i64(STR("-9223372036854775809"), &value));
    cr_assert_not(str_to_i64(STR(""), &value));
    cr_assert_not(str_to_i64(STR("-"), &value));
    cr_assert_not(str_to_i64(STR("1 "), &value));
    cr_assert_eq(value, INT64_MIN, "a refused text leaves the result alone");
}

Test(str, counts_code_points_of_well_formed_utf8_only)
{
    size_t count = 0;
    cr_assert(str_utf8_count(STR("a\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80"), &count));
    cr_assert_eq(count, 4);
    cr_assert_not(str_utf8_count(STR("\xC0\x80"), &count), "overlong");
    cr_assert_not(str_utf8_count(STR("\xED\xA0\x80"), &count), "surrogate");
    cr_assert_not(str_utf8_count(STR("\xF4\x90\x80\x80"), &count), "above U+10FFFF");
    cr_assert_not(str_utf8_count(STR("\xE2\x82"), &count), "cut short");
}

Test(str, decodes_what_it_encodes)
{
    static const uint32_t points[] = { 0x00, 0x7F, 0x80, 0x7FF, 0x800, 0xFFFF, 0x10000, 0x10FFFF };
    for (size_t i = 0; i < sizeof points / sizeof *points; i++) {
        char bytes[4];
        size_t len = str_utf8_encode(points[i], bytes);
        size_t at = 0;
        cr_assert_eq(str_utf8_next((str){ bytes, len }, &at), points[i]);
        cr_assert_eq(at, len);
    }
}
