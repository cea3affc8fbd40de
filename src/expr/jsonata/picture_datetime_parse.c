/* $toMillis by a picture: finding out which part of the text belongs to which component, then what
 * moment the components make.
 *
 * The reference makes a regular expression of the picture. Here a table does its work without
 * backtracking: for each part and each place in the text, where the part would end if it began
 * there and all the parts behind it matched the rest, as far on as possible. It is filled from the
 * end, in time linear in parts times text. */
#include "expr/jsonata/picture_private.h"

#include <math.h>

static const uint32_t NO_END = UINT32_MAX;

/* The table's row for one part: `end[i]` is where it ends if it begins at byte i, or NO_END;
 * `next` says where what follows can begin. */
struct row {
    str text;
    uint32_t *end;        /* text.len + 1 entries */
    const uint32_t *next; /* the row of the part behind, not NO_END where it can begin */
};

static bool follows(const struct row *row, size_t at)
{
    return at <= row->text.len && row->next[at] != NO_END;
}

static char char_at(const struct row *row, size_t at)
{
    return str_at(row->text, at);
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool is_roman(char c)
{
    return c != '\0' && strchr("MDCLXVImdclxvi", c) != NULL;
}

/* ---- matching ---- */

/* Text without regard to the case of its ASCII letters. */
static void match_literal(struct row *row, str literal)
{
    for (size_t i = 0; i <= row->text.len; i++) {
        row->end[i] = NO_END;
        if (row->text.len - i < literal.len || !follows(row, i + literal.len)) continue;
        bool is_same = true;
        for (size_t k = 0; k < literal.len && is_same; k++) {
            char a = row->text.ptr[i + k];
            char b = literal.ptr[k];
            is_same = a == b || (is_letter(a) && is_letter(b) && (a | 0x20) == (b | 0x20));
        }
        if (is_same) row->end[i] = (uint32_t)(i + literal.len);
    }
}

/* One or more characters of a class. */
static void match_run(struct row *row, bool (*is_member)(char))
{
    for (size_t i = row->text.len + 1; i-- > 0;) {
        row->end[i] = NO_END;
        if (!is_member(char_at(row, i))) continue;
        row->end[i] = row->end[i + 1];
        if (row->end[i] == NO_END && follows(row, i + 1)) row->end[i] = (uint32_t)(i + 1);
    }
}

static bool is_ordinal_suffix(const struct row *row, size_t at)
{
    static const char suffixes[][3] = { "th", "st", "nd", "rd" };
    char a = (char)(char_at(row, at) | 0x20);
    char b = (char)(char_at(row, at + 1) | 0x20);
    for (size_t i = 0; i < 4; i++) {
        if (a == suffixes[i][0] && b == suffixes[i][1]) return true;
    }
    return false;
}

/* Digits, `width` of them if that is not 0, and the suffix of an ordinal. */
static void match_digits(struct row *row, size_t width, bool is_ordinal)
{
    size_t run = 0; /* digits from i on */
    for (size_t i = row->text.len + 1; i-- > 0;) {
        row->end[i] = NO_END;
        run = is_digit(char_at(row, i)) ? run + 1 : 0;
        if (run == 0 || run < width) continue;
        if (width > 0 || is_ordinal) {
            size_t end = i + (width > 0 ? width : run);
            if (is_ordinal && !is_ordinal_suffix(row, end)) continue;
            if (is_ordinal) end += 2;
            if (follows(row, end)) row->end[i] = (uint32_t)end;
            continue;
        }
        row->end[i] = row->end[i + 1];
        if (row->end[i] == NO_END && follows(row, i + 1)) row->end[i] = (uint32_t)(i + 1);
    }
}

static void match_words(struct row *row)
{
    for (size_t i = row->text.len + 1; i-- > 0;) {
        size_t lengths[WORDS_MATCHES_MAX];
        size_t count = words_match(str_skip(row->text, i), lengths);
        uint32_t best = NO_END;
        for (size_t k = 0; k < count; k++) {
            uint32_t end = row->end[i + lengths[k]];
            if (end == NO_END && follows(row, i + lengths[k])) end = (uint32_t)(i + lengths[k]);
            if (end != NO_END && (best == NO_END || end > best)) best = end;
        }
        row->end[i] = best;
    }
}

/* "+0530", "GMT+05:30": a sign, digits, and with a separator digits once more. `digits` is the row
 * for what lies behind the last sign or separator. */
static void match_zone(struct row *row, const uint32_t *digits, str prefix, str separator)
{
    struct row plain = *row;
    for (size_t i = 0; i <= row->text.len; i++) {
        row->end[i] = NO_END;
        str rest = str_skip(row->text, i);
        if (rest.len < prefix.len) continue;
        bool is_prefix = true;
        for (size_t k = 0; k < prefix.len && is_prefix; k++)
            is_prefix = (rest.ptr[k] | 0x20) == (prefix.ptr[k] | 0x20);
        size_t at = i + prefix.len;
        char sign = char_at(&plain, at);
        if (!is_prefix || (sign != '+' && sign != '-')) continue;
        at++;
        if (separator.len > 0) {
            size_t first = at;
            while (is_digit(char_at(&plain, at)))
                at++;
            if (at == first || !str_starts_with(str_skip(row->text, at), separator)) continue;
            at += separator.len;
        }
        row->end[i] = digits[at];
    }
}

static str zone_separator(const struct picture_part *part, char buffer[4])
{
    if (part->integer.interval == 0) return STR("");
    return (str){ buffer, str_utf8_encode(part->integer.separators[0], buffer) };
}

static void match_part(struct row *row, const struct picture_part *part, struct arena *arena)
{
    char letter = picture_part_letter(part);
    if (!part->is_marker) {
        match_literal(row, part->literal);
    } else if (letter == 'Z' || letter == 'z') {
        char buffer[4];
        struct row digits = *row;
        digits.end = arena_array(arena, row->text.len + 1, sizeof *digits.end);
        match_run(&digits, is_digit);
        match_zone(row, digits.end, letter == 'z' ? STR("GMT") : STR(""),
                   zone_separator(part, buffer));
    } else if (letter == 'f') {
        match_run(row, is_digit);
    } else if (!part->has_integer || part->integer.numeral == NUMERAL_LETTERS) {
        match_run(row, is_letter);
    } else if (part->integer.numeral == NUMERAL_ROMAN) {
        match_run(row, is_roman);
    } else if (part->integer.numeral == NUMERAL_WORDS) {
        match_words(row);
    } else {
        match_digits(row, part->integer.parse_width, part->integer.is_ordinal);
    }
}

/* ---- components ---- */

/* What the text says about each component, by its letter. */
struct components {
    double value[128];
    bool is_known[128]; /* read, though maybe as something unknown */
    bool is_set[128];
};

/* The 1-based place of a name cut to the width; the last of those that look alike. */
static bool read_name(const struct picture_part *part, str text, const str *names, int count,
                      double *out)
{
    for (int i = count; i > 0; i--) {
        str name = names[i - 1];
        if (part->width_max > 0 && name.len > (size_t)part->width_max) {
            name = str_slice(name, 0, (size_t)part->width_max);
        }
        if (!str_eq(name, text)) continue;
        *out = i;
        return true;
    }
    return false;
}

/* Hours and minutes west of Greenwich differ in sign only for the hours, as in the reference. */
static double read_zone(const struct picture_part *part, str text)
{
    char buffer[4];
    str separator = zone_separator(part, buffer);
    if (picture_part_letter(part) == 'z') text = str_skip(text, 3);
    if (separator.len > 0) {
        size_t at = str_find(text, separator, 0);
        return picture_read_int(str_slice(text, 0, at)) * 60 +
               picture_read_int(str_skip(text, at + separator.len));
    }
    if (text.len <= 3) return picture_read_int(text) * 60;
    return picture_read_int(str_slice(text, 0, 3)) * 60 + picture_read_int(str_skip(text, 3));
}

static double read_fraction(str text)
{
    static const double units[] = { 1, 10, 100, 1000 };
    size_t length = text.len < 3 ? text.len : 3;
    return picture_read_int(str_slice(text, 0, length)) / units[length] * 1000;
}

static bool read_meridiem(str text, double *out)
{
    bool is_pm = str_eq(text, STR("pm")) || str_eq(text, STR("PM"));
    *out = is_pm;
    return is_pm || str_eq(text, STR("am")) || str_eq(text, STR("AM"));
}

static void read_part(struct components *c, const struct picture_part *part, str text,
                      struct arena *arena)
{
    char letter = picture_part_letter(part);
    size_t at = (unsigned char)letter;
    double value = 0;
    bool is_set = true;
    if (letter == 'Z' || letter == 'z') {
        value = read_zone(part, text);
    } else if (letter == 'f') {
        value = read_fraction(text);
    } else if (part->has_integer) {
        value = picture_integer_read(&part->integer, text, arena);
    } else if (letter == 'P') {
        is_set = read_meridiem(text, &value);
    } else if (letter == 'F') {
        is_set = read_name(part, text, calendar_day_names, CALENDAR_NAMES_DAYS, &value);
    } else {
        is_set = read_name(part, text, calendar_month_names, CALENDAR_NAMES_MONTHS, &value);
    }
    c->value[at] = value;
    c->is_set[at] = is_set;
    c->is_known[at] = true;
}

/* ---- the moment ---- */

/* What the components that are neither missing nor 0 say about which set they are of: a set fits
 * if one of its members is there and nothing from outside. */
static bool is_of(const struct components *c, const char *all, const char *set)
{
    bool has_member = false;
    for (const char *letter = all; *letter; letter++) {
        size_t at = (unsigned char)*letter;
        if (!c->is_set[at] || isnan(c->value[at]) || c->value[at] == 0) continue;
        if (strchr(set, *letter) == NULL) return false;
        has_member = true;
    }
    return has_member;
}

/* From the largest unit to the smallest: what is missing before the first that is given is taken
 * from now, what is missing behind is the least there is. A gap is D3136. */
static bool complete(struct components *c, const char *order, double now_ms,
                     struct picture_error *err)
{
    bool has_begun = false;
    bool has_ended = false;
    for (const char *letter = order; *letter; letter++) {
        size_t at = (unsigned char)*letter;
        if (c->is_set[at]) {
            if (has_ended) return picture_fail(err, "D3136");
            has_begun = true;
        } else if (has_begun) {
            c->value[at] = strchr("MDd", *letter) != NULL;
            has_ended = true;
        } else {
            /* A half of the day taken from now never counts as the second, in the reference. */
            c->value[at] = *letter == 'P' ? 0 : calendar_component(now_ms, *letter);
        }
    }
    return true;
}

static double ms_of_day(const struct components *c, bool is_half_day)
{
    double hour = c->value['H'];
    if (is_half_day) {
        hour = c->value['h'] == 12 ? 0 : c->value['h'];
        if (c->value['P'] == 1) hour += 12;
    }
    return trunc(hour) * 3600000 + trunc(c->value['m']) * 60000 + trunc(c->value['s']) * 1000 +
           trunc(c->value['f']);
}

static bool make_moment(struct components *c, double now_ms, double *out, struct picture_error *err)
{
    static const char *const dates = "YXMxWwdD";
    static const char *const times = "PHhmsf";
    bool is_date = is_of(c, dates, "YMD");
    bool is_day_of_year = !is_date && is_of(c, dates, "Yd");
    /* Weeks can be written but not read. */
    if (is_of(c, dates, "Xxw") || is_of(c, dates, "XW")) return picture_fail(err, "D3136");
    bool is_half_day = !is_of(c, times, "Hmsf") && is_of(c, times, "Phmsf");
    const char *order = is_half_day ? (is_day_of_year ? "YDPhmsf" : "YMDPhmsf")
                                    : (is_day_of_year ? "YDHmsf" : "YMDHmsf");
    if (!complete(c, order, now_ms, err)) return false;
    double month = c->value['M'] > 0 ? c->value['M'] - 1 : 0;
    double day = c->value['D'];
    if (is_day_of_year) {
        double derived = calendar_utc(c->value['Y'], 0, 1, 0) + (c->value['d'] - 1) * 86400000;
        bool is_valid = fabs(derived) <= 8.64e15;
        month = is_valid ? calendar_component(trunc(derived), 'M') - 1 : (double)NAN;
        day = is_valid ? calendar_component(trunc(derived), 'D') : (double)NAN;
    }
    double ms = calendar_utc(c->value['Y'], month, day, ms_of_day(c, is_half_day));
    double zone = c->value['Z'] != 0 && !isnan(c->value['Z']) ? c->value['Z'] : c->value['z'];
    *out = isnan(zone) ? ms : ms - zone * 60000;
    return true;
}

/* ---- $toMillis ---- */

/* False after recording why a part cannot be read. */
static bool check_part(const struct picture_part *part, struct arena *arena,
                       struct picture_error *err)
{
    char letter = picture_part_letter(part);
    if (!part->is_marker || (letter && strchr("ZzfP", letter))) return true;
    if (part->has_integer) {
        return part->integer.numeral != NUMERAL_UNKNOWN ||
               picture_fail_text(err, arena, "D3130", part->integer.token);
    }
    if (letter && strchr("MxF", letter)) return true;
    return picture_fail_text(err, arena, "D3133", part->component);
}

/* Reads the components; *matches says whether the text has the picture's shape. */
static bool read_components(str text, const struct picture_datetime *picture, struct arena *arena,
                            struct components *c, bool *matches, struct picture_error *err)
{
    for (size_t i = 0; i < picture->count; i++) {
        if (!check_part(&picture->parts[i], arena, err)) return false;
    }
    size_t width = text.len + 1;
    if (width > EXPR_PICTURE_CELLS_MAX / (picture->count + 1)) return picture_fail(err, "D1017");
    uint32_t *table = arena_array(arena, width * (picture->count + 1), sizeof *table);
    memset(table + width * picture->count, 0xFF, width * sizeof *table);
    table[width * picture->count + text.len] = (uint32_t)text.len;
    for (size_t i = picture->count; i-- > 0;) {
        struct row row = { text, table + width * i, table + width * (i + 1) };
        match_part(&row, &picture->parts[i], arena);
    }
    *matches = table[0] != NO_END;
    size_t at = 0;
    for (size_t i = 0; i < picture->count && *matches; i++) {
        size_t end = table[width * i + at];
        ASSERT(end != NO_END && end <= text.len);
        if (picture->parts[i].is_marker) {
            read_part(c, &picture->parts[i], str_slice(text, at, end), arena);
        }
        at = end;
    }
    return true;
}

bool picture_to_millis(str text, const str *picture, int64_t now_ms, struct arena *arena,
                       bool *defined, double *out, struct picture_error *err)
{
    if (!picture) {
        if (!calendar_read_iso(text, out)) return picture_fail_text(err, arena, "D3110", text);
        *defined = true;
        return true;
    }
    struct picture_datetime analysed;
    if (!picture_datetime_analyse(*picture, arena, &analysed, err)) return false;
    struct components *components = ARENA_NEW(arena, struct components);
    bool matches = false;
    if (!read_components(text, &analysed, arena, components, &matches, err)) return false;
    bool is_any_known = false;
    for (size_t i = 0; i < sizeof components->is_known; i++)
        is_any_known = is_any_known || components->is_known[i];
    *defined = matches && is_any_known;
    return !*defined || make_moment(components, (double)now_ms, out, err);
}
