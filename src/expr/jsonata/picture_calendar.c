/* Dates: the fields of a moment, the moment of fields, ISO 8601.
 *
 * Days are counted after Howard Hinnant's "chrono-Compatible Low-Level Date Algorithms". All is
 * UTC. Weeks are those of ISO 8601, of the year and, in the same way, of the month. */
#include "expr/jsonata/picture_private.h"

#include <math.h>

static const int64_t MS_PER_DAY = 86400000;
static const double MS_MAX = 8.64e15; /* ECMAScript's range of dates, either side of 1970 */

const str calendar_day_names[CALENDAR_NAMES_DAYS] = {
    STR_INIT("Monday"), STR_INIT("Tuesday"),  STR_INIT("Wednesday"), STR_INIT("Thursday"),
    STR_INIT("Friday"), STR_INIT("Saturday"), STR_INIT("Sunday"),
};

const str calendar_month_names[CALENDAR_NAMES_MONTHS] = {
    STR_INIT("January"),   STR_INIT("February"), STR_INIT("March"),    STR_INIT("April"),
    STR_INIT("May"),       STR_INIT("June"),     STR_INIT("July"),     STR_INIT("August"),
    STR_INIT("September"), STR_INIT("October"),  STR_INIT("November"), STR_INIT("December"),
};

struct civil {
    int64_t year;
    int64_t month; /* from 0 */
    int64_t day;
    int64_t days; /* since the epoch */
    int64_t ms_of_day;
};

static struct civil civil_from_ms(double ms)
{
    int64_t whole = (int64_t)ms;
    int64_t days = whole / MS_PER_DAY - (whole % MS_PER_DAY < 0);
    int64_t shifted = days + 719468; /* days since 0000-03-01 */
    int64_t era = (shifted >= 0 ? shifted : shifted - 146096) / 146097;
    int64_t day_of_era = shifted - era * 146097;
    int64_t year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
    int64_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    int64_t from_march = (5 * day_of_year + 2) / 153;
    struct civil c = { .days = days, .ms_of_day = whole - days * MS_PER_DAY };
    c.day = day_of_year - (153 * from_march + 2) / 5 + 1;
    c.month = from_march < 10 ? from_march + 2 : from_march - 10;
    c.year = year_of_era + era * 400 + (c.month <= 1);
    return c;
}

/* The day, since the epoch, of the first of a month; month from 0 to 11. */
static int64_t days_of_month(int64_t year, int64_t month)
{
    if (month < 2) year--;
    int64_t era = (year >= 0 ? year : year - 399) / 400;
    int64_t year_of_era = year - era * 400;
    int64_t from_march = month < 2 ? month + 10 : month - 2;
    int64_t day_of_era =
        year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + (153 * from_march + 2) / 5;
    return era * 146097 + day_of_era - 719468;
}

double calendar_ms(double year, double month, double day, double ms_of_day)
{
    if (!isfinite(year) || !isfinite(month) || !isfinite(day) || !isfinite(ms_of_day)) {
        return (double)NAN;
    }
    year = trunc(year) + floor(trunc(month) / 12);
    month = fmod(trunc(month), 12);
    if (month < 0) month += 12;
    if (fabs(year) > 400000) return (double)NAN;
    double days = (double)days_of_month((int64_t)year, (int64_t)month) + trunc(day) - 1;
    double ms = days * (double)MS_PER_DAY + ms_of_day;
    return fabs(ms) <= MS_MAX ? ms + 0.0 : (double)NAN;
}

double calendar_utc(double year, double month, double day, double ms_of_day)
{
    double whole = trunc(year);
    return calendar_ms(whole >= 0 && whole <= 99 ? whole + 1900 : year, month, day, ms_of_day);
}

/* ---- fields ---- */

/* Monday is 1, Sunday 7. */
static int64_t weekday(int64_t days)
{
    int64_t from_monday = (days + 3) % 7;
    return (from_monday < 0 ? from_monday + 7 : from_monday) + 1;
}

/* The reference counts with Date.UTC, which takes the years 0 to 99 for 1900 to 1999; so do weeks
 * and days of the year here. */
static int64_t first_of(int64_t year, int64_t month)
{
    return days_of_month(year >= 0 && year <= 99 ? year + 1900 : year, month);
}

/* The Monday of the week that has the first Thursday of the month (for the year: of January); month
 * from -1 to 12. */
static int64_t first_week(int64_t year, int64_t month)
{
    if (month > 11) year++;
    if (month < 0) year--;
    int64_t first = first_of(year, (month + 12) % 12);
    int64_t day = weekday(first);
    return day > 4 ? first + 8 - day : first - (day - 1);
}

static int64_t floor_week(int64_t days)
{
    return (days >= 0 ? days : days - 6) / 7 + 1;
}

static int64_t week_of_year(const struct civil *c)
{
    int64_t today = first_of(c->year, c->month) + c->day - 1;
    int64_t week = floor_week(today - first_week(c->year, 0));
    if (week > 52) return today >= first_week(c->year + 1, 0) ? 1 : week;
    return week < 1 ? floor_week(today - first_week(c->year - 1, 0)) : week;
}

static int64_t week_of_month(const struct civil *c)
{
    int64_t today = first_of(c->year, c->month) + c->day - 1;
    int64_t week = floor_week(today - first_week(c->year, c->month));
    if (week > 4) return today >= first_week(c->year, c->month + 1) ? 1 : week;
    return week < 1 ? floor_week(today - first_week(c->year, c->month - 1)) : week;
}

static int64_t year_of_week(const struct civil *c)
{
    if (c->days < first_week(c->year, 0)) return c->year - 1;
    return c->days >= first_week(c->year + 1, 0) ? c->year + 1 : c->year;
}

static int64_t month_of_week(const struct civil *c)
{
    int64_t month = c->month;
    if (c->days < first_week(c->year, c->month)) {
        month += 11;
    } else if (c->days >= first_week(c->year, c->month + 1)) {
        month += 1;
    }
    return month % 12 + 1;
}

double calendar_component(double ms, char component)
{
    struct civil c = civil_from_ms(ms);
    int64_t hour = c.ms_of_day / 3600000;
    switch (component) {
    case 'Y': return (double)c.year;
    case 'M': return (double)c.month + 1;
    case 'D': return (double)c.day;
    case 'd': return (double)(first_of(c.year, c.month) + c.day - first_of(c.year, 0));
    case 'F': return (double)weekday(c.days);
    case 'W': return (double)week_of_year(&c);
    case 'w': return (double)week_of_month(&c);
    case 'X': return (double)year_of_week(&c);
    case 'x': return (double)month_of_week(&c);
    case 'H': return (double)hour;
    case 'h': return (double)(hour % 12 == 0 ? 12 : hour % 12);
    case 'P': return hour >= 12;
    case 'm': return (double)(c.ms_of_day / 60000 % 60);
    case 's': return (double)(c.ms_of_day / 1000 % 60);
    case 'f': return (double)(c.ms_of_day % 1000);
    default: return 0;
    }
}

/* ---- ISO 8601 ---- */

/* What is left of a text that is being read. */
struct reader {
    str rest;
};

/* Reads `text` by a shape in which 9 stands for a digit of any size, 1, 2, 3 and 5 for a digit up
 * to that, anything else for itself. The digits make up *value. */
static bool read_shape(struct reader *reader, const char *shape, int *value)
{
    int number = 0;
    size_t at = 0;
    for (; shape[at] != '\0'; at++) {
        if (at >= reader->rest.len) return false;
        char c = reader->rest.ptr[at];
        if (shape[at] < '0' || shape[at] > '9') {
            if (c != shape[at]) return false;
            continue;
        }
        if (c < '0' || c > shape[at]) return false;
        number = number * 10 + c - '0';
    }
    reader->rest = str_skip(reader->rest, at);
    *value = number;
    return true;
}

/* ".123456": the digits behind the third are dropped. */
static bool read_fraction(struct reader *reader, int *ms)
{
    struct reader ahead = *reader;
    int unit = 100;
    int digit;
    int value = 0;
    if (!read_shape(&ahead, ".", &digit)) return false;
    size_t before = ahead.rest.len;
    while (read_shape(&ahead, "9", &digit)) {
        value += digit * unit;
        unit /= 10;
    }
    if (ahead.rest.len == before) return false;
    *reader = ahead;
    *ms = value;
    return true;
}

struct iso_fields {
    int year, month, day;
    int clock; /* hhmmss */
    int ms;
    int offset; /* hhmm */
    bool has_clock, has_fraction, has_offset;
    bool is_west;
};

static bool read_iso_shape(str text, struct iso_fields *f)
{
    struct reader reader = { text };
    *f = (struct iso_fields){ .month = 1, .day = 1 };
    int ignored;
    if (!read_shape(&reader, "9999", &f->year)) return false;
    /* "2017-30" has a day and no month, "2017-1530" an offset: the shape alone decides. */
    if (!read_shape(&reader, "-19", &f->month)) f->month = 1;
    struct reader before_day = reader;
    if (read_shape(&reader, "-39", &f->day) && reader.rest.len > 0 && reader.rest.ptr[0] >= '0' &&
        reader.rest.ptr[0] <= '9') {
        reader = before_day;
        f->day = 1;
    }
    f->has_clock = read_shape(&reader, "T29:59:59", &f->clock);
    f->has_fraction = read_fraction(&reader, &f->ms);
    if (read_shape(&reader, "Z", &ignored)) return reader.rest.len == 0;
    f->has_offset = reader.rest.len > 0;
    if (!f->has_offset) return true;
    f->is_west = reader.rest.ptr[0] == '-';
    const char *shapes[] = { "+29:59", "+2959", "-29:59", "-2959" };
    for (size_t i = 0; i < sizeof shapes / sizeof shapes[0]; i++) {
        if (read_shape(&reader, shapes[i], &f->offset)) return reader.rest.len == 0;
    }
    return false;
}

bool calendar_read_iso(str text, double *out)
{
    struct iso_fields f;
    if (!read_iso_shape(text, &f)) return false;
    *out = (double)NAN;
    int hour = f.clock / 10000;
    if (f.month < 1 || f.month > 12 || f.day < 1 || f.day > 31) return true;
    if (hour > 24 || (hour == 24 && (f.clock > 240000 || f.ms > 0))) return true;
    if (!f.has_clock && (f.has_fraction || f.has_offset)) return true;
    if (f.offset >= 2400) return true;
    int seconds = hour * 3600 + f.clock / 100 % 100 * 60 + f.clock % 100;
    int offset = f.offset / 100 * 60 + f.offset % 100;
    double ms = calendar_ms(f.year, f.month - 1, f.day, seconds * 1000.0 + f.ms);
    *out = ms - (f.is_west ? -offset : offset) * 60000.0;
    return true;
}
