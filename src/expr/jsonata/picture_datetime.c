/* Date pictures, such as "[FNn], [D1o] [MNn] [Y] at [h].[m01][Pn]": their analysis, and
 * $fromMillis. Reading dates by a picture is in picture_datetime_parse.c. */
#include "expr/jsonata/picture_private.h"

#include <math.h>

static const str ISO_PICTURE = STR_INIT("[Y0001]-[M01]-[D01]T[H01]:[m01]:[s01].[f001][Z01:01t]");

/* ---- analysis ---- */

static struct picture_part *add_part(struct picture_datetime *picture, struct arena *arena)
{
    if (picture->count == picture->capacity) {
        size_t capacity = picture->capacity ? picture->capacity * 2 : 16;
        struct picture_part *parts = arena_array(arena, capacity, sizeof *parts);
        if (picture->count > 0) {
            memcpy(parts, picture->parts, picture->count * sizeof *parts);
        }
        picture->parts = parts;
        picture->capacity = capacity;
    }
    struct picture_part *part = &picture->parts[picture->count++];
    *part = (struct picture_part){ .width_min = WIDTH_NONE,
                                   .width_max = WIDTH_NONE,
                                   .year_digits = WIDTH_NONE };
    return part;
}

/* Literal text, in which ]] stands for ]. */
static void add_literal(struct picture_datetime *picture, struct arena *arena, str text)
{
    if (text.len == 0) return;
    struct buf buf;
    buf_init(&buf, arena);
    for (size_t i = 0; i < text.len; i++) {
        buf_add_char(&buf, text.ptr[i]);
        if (text.ptr[i] == ']' && i + 1 < text.len && text.ptr[i + 1] == ']') i++;
    }
    add_part(picture, arena)->literal = buf_str(&buf);
}

static bool is_space(uint32_t rune)
{
    return rune == ' ' || (rune >= '\t' && rune <= '\r') || rune == 0xA0 || rune == 0x1680 ||
           (rune >= 0x2000 && rune <= 0x200A) || rune == 0x2028 || rune == 0x2029 ||
           rune == 0x202F || rune == 0x205F || rune == 0x3000 || rune == 0xFEFF;
}

static str without_spaces(struct arena *arena, str text)
{
    struct buf buf;
    buf_init(&buf, arena);
    for (size_t at = 0; at < text.len;) {
        size_t from = at;
        if (!is_space(str_utf8_next(text, &at))) buf_add(&buf, str_slice(text, from, at));
    }
    return buf_str(&buf);
}

/* The presentation of a component that gives none; empty for what is no component. */
static str default_presentation(str component)
{
    if (component.len != 1) return STR("");
    switch (component.ptr[0]) {
    case 'm':
    case 's': return STR("01");
    case 'Z':
    case 'z': return STR("01:01");
    case 'F':
    case 'P':
    case 'C':
    case 'E': return STR("n");
    default: break;
    }
    bool is_number = str_find_char(STR("YMDdWwXxHhf"), component.ptr[0], 0) < 11;
    return is_number ? STR("1") : STR("");
}

/* "3", "*" or nothing. */
static int64_t read_width(str text)
{
    double width = picture_read_int(text);
    if (isnan(width)) return WIDTH_NONE;
    if (width < 0) return 0;
    return width > INT32_MAX ? INT32_MAX : (int64_t)width;
}

/* Takes ",min-max" off the end of a marker. */
static str take_width(struct picture_part *part, str marker)
{
    size_t comma = marker.len;
    while (comma > 0 && marker.ptr[comma - 1] != ',')
        comma--;
    if (comma == 0) return marker;
    str width = str_skip(marker, comma);
    size_t dash = str_find_char(width, '-', 0);
    part->width_min = read_width(str_slice(width, 0, dash));
    if (dash < width.len) part->width_max = read_width(str_skip(width, dash + 1));
    return str_slice(marker, 0, comma - 1);
}

static enum name_case name_case_of(str presentation)
{
    if (str_starts_with(presentation, STR("n"))) return NAME_LOWER;
    if (str_starts_with(presentation, STR("Nn"))) return NAME_TITLE;
    return str_starts_with(presentation, STR("N")) ? NAME_UPPER : NAME_NONE;
}

/* The year's width cuts it to its last digits. */
static void apply_width(struct picture_part *part)
{
    struct picture_integer *integer = &part->integer;
    if (integer->numeral == NUMERAL_DECIMAL && part->width_min > 0 &&
        integer->mandatory_digits < (size_t)part->width_min) {
        integer->mandatory_digits = (size_t)part->width_min;
    }
    if (picture_part_letter(part) != 'Y') return;
    if (part->width_max != WIDTH_NONE) {
        part->year_digits = part->width_max;
        integer->mandatory_digits = (size_t)part->width_max;
        return;
    }
    size_t digits = integer->mandatory_digits + integer->optional_digits;
    if (integer->numeral == NUMERAL_DECIMAL && digits >= 2) part->year_digits = (int64_t)digits;
}

/* How a component's number is written; `previous` is the part before it, or NULL. A number right
 * behind another one fixes the width of that, or nobody could tell where it ends. */
static bool analyse_number(struct picture_part *part, struct picture_part *previous,
                           str presentation, struct arena *arena, struct picture_error *err)
{
    char letter = picture_part_letter(part);
    bool is_zone = letter == 'Z' || letter == 'z';
    bool is_number = letter && str_find_char(STR("YMDdFWwXxHhmsf"), letter, 0) < 14;
    if (!is_zone && (!is_number || part->names != NAME_NONE)) return true;
    part->has_integer = true;
    str pattern = presentation;
    if (part->modifier && !is_zone) {
        pattern = arena_printf(arena, "%.*s;%c", STR_ARGS(presentation), part->modifier);
    }
    if (!picture_integer_analyse(pattern, arena, &part->integer, err)) return false;
    if (is_zone) return true;
    apply_width(part);
    if (previous && previous->has_integer) {
        previous->integer.parse_width = previous->integer.mandatory_digits;
    }
    return true;
}

/* `marker` is what stands between the brackets. */
static bool add_marker(struct picture_datetime *picture, struct arena *arena, str marker,
                       struct picture_error *err)
{
    struct picture_part *part = add_part(picture, arena);
    struct picture_part *previous = picture->count > 1 ? part - 1 : NULL;
    marker = without_spaces(arena, marker);
    part->is_marker = true;
    size_t end = 0;
    if (marker.len > 0) str_utf8_next(marker, &end);
    part->component = str_slice(marker, 0, end);
    str presentation = take_width(part, str_skip(marker, end));
    char last = (char)(presentation.len > 1 ? presentation.ptr[presentation.len - 1] : 0);
    if (last && str_find_char(STR("atco"), last, 0) < 4) {
        part->modifier = last;
        presentation = str_slice(presentation, 0, presentation.len - 1);
    }
    if (presentation.len == 0) presentation = default_presentation(part->component);
    if (presentation.len == 0) return picture_fail_text(err, arena, "D3132", part->component);
    part->names = name_case_of(presentation);
    return analyse_number(part, previous, presentation, arena, err);
}

bool picture_datetime_analyse(str picture, struct arena *arena, struct picture_datetime *out,
                              struct picture_error *err)
{
    *out = (struct picture_datetime){ 0 };
    if (!picture_check_length(picture, err)) return false;
    size_t start = 0;
    for (size_t at = 0; at < picture.len; at++) {
        if (picture.ptr[at] != '[') continue;
        add_literal(out, arena, str_slice(picture, start, at));
        if (at + 1 < picture.len && picture.ptr[at + 1] == '[') {
            add_literal(out, arena, STR("["));
            at++;
        } else {
            size_t close = str_find_char(picture, ']', at);
            if (close == picture.len) return picture_fail(err, "D3135");
            if (!add_marker(out, arena, str_slice(picture, at + 1, close), err)) return false;
            at = close;
        }
        start = at + 1;
    }
    add_literal(out, arena, str_skip(picture, start));
    return true;
}

/* ---- $fromMillis ---- */

/* What is being written. */
struct moment {
    double ms; /* in local time */
    double offset_hours, offset_minutes;
    struct arena *arena;
    struct buf *out;
};

static void write_name(const struct moment *moment, const struct picture_part *part, str name)
{
    size_t length = name.len;
    if (part->width_max != WIDTH_NONE && length > (size_t)part->width_max) {
        length = (size_t)part->width_max;
    }
    for (size_t i = 0; i < length; i++) {
        char c = name.ptr[i];
        if (part->names == NAME_UPPER && c >= 'a') c = (char)(c - 32);
        if (part->names == NAME_LOWER && c < 'a') c = (char)(c + 32);
        buf_add_char(moment->out, c);
    }
}

static bool write_number(const struct moment *moment, const struct picture_part *part, char letter,
                         struct picture_error *err)
{
    double value = calendar_component(moment->ms, letter);
    if (letter == 'Y' && part->year_digits != WIDTH_NONE) {
        value = fmod(value, pow(10, (double)part->year_digits));
    }
    if (part->names == NAME_NONE) {
        return picture_integer_write(&part->integer, value, moment->out, err);
    }
    if (letter == 'M' || letter == 'x') {
        write_name(moment, part, calendar_month_names[(int)value - 1]);
    } else if (letter == 'F') {
        write_name(moment, part, calendar_day_names[(int)value - 1]);
    } else {
        return picture_fail_text(err, moment->arena, "D3133", part->component);
    }
    return true;
}

/* The digits of an offset: "0530" with separators if the picture has them, otherwise as many as it
 * has, with the minutes behind a colon where they do not fit. */
static bool write_offset(const struct moment *moment, const struct picture_integer *integer,
                         struct picture_error *err)
{
    double offset = moment->offset_hours * 100 + moment->offset_minutes;
    size_t digits = integer->mandatory_digits;
    if (integer->interval > 0 || digits == 3 || digits == 4) {
        return picture_integer_write(integer, offset, moment->out, err);
    }
    if (digits != 1 && digits != 2) {
        return integer->numeral == NUMERAL_DECIMAL
                   ? picture_fail_number(err, moment->arena, "D3134", (double)digits)
                   : picture_fail(err, "D3134");
    }
    if (!picture_integer_write(integer, moment->offset_hours, moment->out, err)) return false;
    if (moment->offset_minutes == 0) return true;
    buf_printf(moment->out, ":%s%02d", moment->offset_minutes < 0 ? "-" : "",
               (int)fabs(moment->offset_minutes));
    return true;
}

static bool write_zone(const struct moment *moment, const struct picture_part *part, char letter,
                       struct picture_error *err)
{
    double offset = moment->offset_hours * 100 + moment->offset_minutes;
    size_t from = moment->out->len;
    if (letter == 'z') buf_add(moment->out, STR("GMT"));
    if (offset >= 0) buf_add_char(moment->out, '+');
    if (!write_offset(moment, &part->integer, err)) return false;
    if (offset != 0 || part->modifier != 't') return true;
    moment->out->len = from;
    buf_add_char(moment->out, 'Z');
    return true;
}

static bool write_part(const struct moment *moment, const struct picture_part *part,
                       struct picture_error *err)
{
    char letter = picture_part_letter(part);
    switch (letter) {
    case 'Z':
    case 'z': return write_zone(moment, part, letter, err);
    case 'P': {
        bool is_pm = calendar_component(moment->ms, 'P') > 0;
        bool is_upper = part->names == NAME_UPPER;
        buf_add(moment->out,
                is_upper ? (is_pm ? STR("PM") : STR("AM")) : (is_pm ? STR("pm") : STR("am")));
        return true;
    }
    case 'C':
    case 'E': buf_add(moment->out, STR("ISO")); return true;
    default: break;
    }
    if (letter && str_find_char(STR("YMDdFWwXxHhmsf"), letter, 0) < 14) {
        return write_number(moment, part, letter, err);
    }
    /* The reference would write "undefined". */
    return picture_fail_text(err, moment->arena, "D3132", part->component);
}

/* "+0530", as one number whose last two digits are minutes. The hours of "-0530" are -6, as in the
 * reference, and its minutes -30. */
static bool read_offset(struct moment *moment, str zone, struct picture_error *err)
{
    double offset = picture_read_int(zone);
    if (isnan(offset)) return picture_fail_text(err, moment->arena, "D1001", zone);
    moment->offset_hours = floor(offset / 100);
    moment->offset_minutes = fmod(offset, 100);
    return true;
}

bool picture_from_millis(double ms, const str *picture, const str *zone, struct arena *arena,
                         str *out, struct picture_error *err)
{
    struct buf buf;
    buf_init(&buf, arena);
    struct moment moment = { .arena = arena, .out = &buf };
    struct picture_datetime analysed;
    if (zone && !read_offset(&moment, *zone, err)) return false;
    if (!picture_datetime_analyse(picture ? *picture : ISO_PICTURE, arena, &analysed, err)) {
        return false;
    }
    moment.ms = trunc(ms + (60 * moment.offset_hours + moment.offset_minutes) * 60000);
    if (!(fabs(moment.ms) <= 8.64e15)) return picture_fail_number(err, arena, "D1001", ms);
    for (size_t i = 0; i < analysed.count; i++) {
        const struct picture_part *part = &analysed.parts[i];
        if (!part->is_marker) {
            buf_add(&buf, part->literal);
        } else if (!write_part(&moment, part, err)) {
            return false;
        }
    }
    *out = buf_str(&buf);
    return true;
}
