/* Civil dates from days, after Howard Hinnant's "chrono-Compatible Low-Level Date Algorithms". */
#include "base/timestamp.h"

static const int64_t MS_PER_DAY = 86400000;
static const int64_t MS_MIN = -62167219200000; /* 0000-01-01 */
static const int64_t MS_MAX = 253402300799999; /* 9999-12-31 */

static void civil_from_days(int64_t days, int *year, int *month, int *day)
{
    int64_t shifted = days + 719468; /* days since 0000-03-01 */
    int64_t era = (shifted >= 0 ? shifted : shifted - 146096) / 146097;
    int64_t day_of_era = shifted - era * 146097;
    int64_t year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
    int64_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    int64_t month_from_march = (5 * day_of_year + 2) / 153;
    *day = (int)(day_of_year - (153 * month_from_march + 2) / 5 + 1);
    *month = (int)(month_from_march < 10 ? month_from_march + 3 : month_from_march - 9);
    *year = (int)(year_of_era + era * 400 + (*month <= 2));
}

static void put_digits(char *out, int value, int digits)
{
    for (int i = digits - 1; i >= 0; i--) {
        out[i] = (char)('0' + value % 10);
        value /= 10;
    }
}

str timestamp_text(struct arena *arena, int64_t ms)
{
    if (ms < MS_MIN) ms = MS_MIN;
    if (ms > MS_MAX) ms = MS_MAX;
    int64_t days = ms / MS_PER_DAY - (ms % MS_PER_DAY < 0);
    int rest = (int)(ms - days * MS_PER_DAY);
    int year, month, day;
    civil_from_days(days, &year, &month, &day);
    char *out = arena_alloc(arena, TIMESTAMP_CHARS + 1);
    memcpy(out, "0000-00-00T00:00:00.000Z", TIMESTAMP_CHARS + 1);
    put_digits(out, year, 4);
    put_digits(out + 5, month, 2);
    put_digits(out + 8, day, 2);
    put_digits(out + 11, rest / 3600000, 2);
    put_digits(out + 14, rest / 60000 % 60, 2);
    put_digits(out + 17, rest / 1000 % 60, 2);
    put_digits(out + 20, rest % 1000, 3);
    return (str){ out, TIMESTAMP_CHARS };
}
