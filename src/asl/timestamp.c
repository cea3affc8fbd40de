/* Timestamps as AWS reads them.
 *
 * Two rules, as recorded. In a definition a timestamp must be RFC 3339: four-digit year, T,
 * seconds, any fraction, Z or a numeric offset. A running workflow reads what Java's
 * ISO_OFFSET_DATE_TIME reads: letters of either case, seconds optional, at most nine digits of
 * fraction. */
#include "asl/compile.h"

struct reader {
    str text;
    size_t at;
};

static bool take(struct reader *r, char c)
{
    if (r->at >= r->text.len || r->text.ptr[r->at] != c) return false;
    r->at++;
    return true;
}

/* `digits` decimal digits that make a number in [min, max]. */
static bool take_number(struct reader *r, size_t digits, int min, int max, int *out)
{
    if (r->text.len - r->at < digits) return false;
    int value = 0;
    for (size_t i = 0; i < digits; i++) {
        char c = r->text.ptr[r->at + i];
        if (c < '0' || c > '9') return false;
        value = value * 10 + (c - '0');
    }
    if (value < min || value > max) return false;
    r->at += digits;
    *out = value;
    return true;
}

static bool is_leap_year(int64_t year)
{
    return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

static int days_in_month(int64_t year, int month)
{
    static const int8_t days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
    return month == 2 && is_leap_year(year) ? 29 : days[month - 1];
}

/* Days from 1970-01-01 in the proleptic Gregorian calendar. */
static int64_t days_from_epoch(int64_t year, int month, int day)
{
    int64_t y = year - (month <= 2);
    int64_t era = (y >= 0 ? y : y - 399) / 400;
    int64_t year_of_era = y - era * 400;
    int64_t day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
    int64_t day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    return era * 146097 + day_of_era - 719468;
}

/* Java wants a sign before a year of more than four digits, and none before one of four (except a
 * minus). */
static bool take_year(struct reader *r, bool strict, int64_t *out)
{
    int year;
    bool plus = !strict && take(r, '+');
    bool minus = !strict && !plus && take(r, '-');
    size_t digits = 0;
    while (r->at + digits < r->text.len && r->text.ptr[r->at + digits] >= '0' &&
           r->text.ptr[r->at + digits] <= '9') {
        digits++;
    }
    if (digits < 4 || digits > 9) return false;
    if (digits > 4 ? !(plus || minus) : plus) return false;
    if (!take_number(r, digits, 0, 999999999, &year)) return false;
    if (minus && year == 0) return false;
    *out = minus ? -(int64_t)year : year;
    return true;
}

static bool take_date(struct reader *r, bool strict, int64_t *days)
{
    int64_t year;
    int month, day;
    if (!take_year(r, strict, &year) || !take(r, '-')) return false;
    if (!take_number(r, 2, 1, 12, &month) || !take(r, '-')) return false;
    if (!take_number(r, 2, 1, days_in_month(year, month), &day)) return false;
    *days = days_from_epoch(year, month, day);
    return true;
}

/* The digits behind the point; those beyond milliseconds are dropped. Java allows a point without
 * digits, RFC 3339 does not. */
static bool take_fraction(struct reader *r, bool strict, int *ms)
{
    size_t digits = 0;
    int scale = 100;
    *ms = 0;
    while (r->at < r->text.len && r->text.ptr[r->at] >= '0' && r->text.ptr[r->at] <= '9') {
        *ms += (r->text.ptr[r->at] - '0') * scale;
        scale /= 10;
        r->at++;
        digits++;
    }
    return strict ? digits > 0 : digits <= 9;
}

static bool take_time(struct reader *r, bool strict, int64_t *ms)
{
    int hour, minute, second = 0, fraction = 0;
    if (!take_number(r, 2, 0, 23, &hour) || !take(r, ':')) return false;
    if (!take_number(r, 2, 0, 59, &minute)) return false;
    if (take(r, ':')) {
        if (!take_number(r, 2, 0, 59, &second)) return false;
        if (take(r, '.') && !take_fraction(r, strict, &fraction)) return false;
    } else if (strict) {
        return false;
    }
    *ms = ((hour * 60 + minute) * 60 + second) * (int64_t)1000 + fraction;
    return true;
}

static bool take_offset(struct reader *r, bool strict, int64_t *ms)
{
    int hours, minutes, seconds = 0;
    *ms = 0;
    if (take(r, 'Z') || (!strict && take(r, 'z'))) return true;
    bool minus = take(r, '-');
    if (!minus && !take(r, '+')) return false;
    if (!take_number(r, 2, 0, strict ? 23 : 18, &hours) || !take(r, ':')) return false;
    if (!take_number(r, 2, 0, 59, &minutes)) return false;
    if (!strict && take(r, ':') && !take_number(r, 2, 0, 59, &seconds)) return false;
    int64_t total = ((hours * 60 + minutes) * 60 + seconds) * (int64_t)1000;
    if (!strict && total > (int64_t)18 * 3600 * 1000) return false;
    *ms = minus ? -total : total;
    return true;
}

static bool parse(str text, bool strict, int64_t *out_ms)
{
    struct reader r = { .text = text };
    int64_t days, time_ms, offset_ms;
    if (!take_date(&r, strict, &days)) return false;
    if (!take(&r, 'T') && (strict || !take(&r, 't'))) return false;
    if (!take_time(&r, strict, &time_ms) || !take_offset(&r, strict, &offset_ms)) return false;
    if (r.at != text.len) return false;
    *out_ms = days * 86400000 + time_ms - offset_ms;
    return true;
}

bool timestamp_is_rfc3339(str text)
{
    int64_t ignored;
    return parse(text, true, &ignored);
}

bool asl_parse_timestamp(str text, int64_t *out_ms)
{
    return parse(text, false, out_ms);
}
