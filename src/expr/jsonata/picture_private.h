/* What the files behind pictures.h share with each other and with nobody else. */
#ifndef EXPR_JSONATA_PICTURE_PRIVATE_H
#define EXPR_JSONATA_PICTURE_PRIVATE_H

#include "expr/jsonata/pictures.h"

/* ---- text by code points (picture_text.c) ---- */

/* A growing row of code points in an arena. */
struct runes {
    struct arena *arena;
    uint32_t *at;
    size_t count, capacity;
};

void runes_init(struct runes *runes, struct arena *arena);
void runes_add(struct runes *runes, uint32_t rune);
void runes_add_str(struct runes *runes, str text);
/* Inserts before `index` <= count. */
void runes_insert(struct runes *runes, size_t index, uint32_t rune);
/* The first `rune` at or after `from`, or count. */
size_t runes_find(const struct runes *runes, uint32_t rune, size_t from);
str runes_text(const struct runes *runes);

/* Records a failure without, or with, what its message is about; returns false. */
bool picture_fail(struct picture_error *err, const char *code);
bool picture_fail_text(struct picture_error *err, struct arena *arena, const char *code, str value);
bool picture_fail_number(struct picture_error *err, struct arena *arena, const char *code,
                         double value);

/* False after recording D1017 if the picture is too long to be one. */
MUST_CHECK bool picture_check_length(str picture, struct picture_error *err);

/* The greatest common divisor of the positions if each of its multiples up to the count-th is among
 * them (separators at equal distances); else 0. */
size_t picture_interval(const size_t *positions, size_t count);

/* ECMAScript's parseInt without a radix: as many digits as there are; NaN if there are none. */
double picture_read_int(str text);

/* ---- words (picture_words.c) ---- */

/* A whole number >= 0 in English words, title case. */
void words_write(struct buf *out, double value, bool ordinal);
/* The inverse, in any case; NaN for anything else. */
double words_read(str text);
/* Bytes of each word or separator that may stand at the start of `text`; at most WORDS_MATCHES_MAX
 * of them. Returns how many. */
enum { WORDS_MATCHES_MAX = 4 };
size_t words_match(str text, size_t lengths[WORDS_MATCHES_MAX]);

/* ---- integers (picture_integer.c) ---- */

enum numeral {
    NUMERAL_DECIMAL,
    NUMERAL_LETTERS,
    NUMERAL_ROMAN,
    NUMERAL_WORDS,
    NUMERAL_UNKNOWN, /* something that is not supported */
};

enum letters_case { LETTERS_LOWER, LETTERS_UPPER, LETTERS_TITLE };

/* The analysed form of a picture such as "#,##0" or "Ww;o". */
struct picture_integer {
    enum numeral numeral;
    enum letters_case letters_case;
    bool is_ordinal;
    str token; /* what stood before the modifier */
    /* Of NUMERAL_DECIMAL: */
    uint32_t zero; /* first digit of the family */
    size_t mandatory_digits, optional_digits;
    size_t interval; /* the one separator stands before every so many digits; or 0 */
    size_t separator_count;
    uint32_t *separators;        /* from the right; in the arena */
    size_t *separator_positions; /* digits to the right of each */
    size_t parse_width;          /* digits when reading a date; 0: any number */
};

MUST_CHECK bool picture_integer_analyse(str picture, struct arena *arena,
                                        struct picture_integer *out, struct picture_error *err);
/* Appends the whole number `value`. False: D3130, D1017. */
MUST_CHECK bool picture_integer_write(const struct picture_integer *picture, double value,
                                      struct buf *out, struct picture_error *err);
/* The number that `text` stands for, or NaN. `picture` is not NUMERAL_UNKNOWN. */
double picture_integer_read(const struct picture_integer *picture, str text, struct arena *arena);

/* ---- dates and times (picture_calendar.c) ---- */

enum { CALENDAR_NAMES_DAYS = 7, CALENDAR_NAMES_MONTHS = 12 };
extern const str calendar_day_names[CALENDAR_NAMES_DAYS];     /* Monday is the first */
extern const str calendar_month_names[CALENDAR_NAMES_MONTHS]; /* title case */

/* The number behind a component letter at `ms` since the epoch, UTC; `P` is 0 or 1. 0 for letters
 * that stand for no number. */
double calendar_component(double ms, char component);

/* ECMAScript's Date.UTC: fields beyond their range carry over, years 0 to 99 are 1900 to 1999;
 * NaN if a field is, or beyond the range of dates. month counts from 0. */
double calendar_utc(double year, double month, double day, double ms_of_day);
/* The same without the years' exception. */
double calendar_ms(double year, double month, double day, double ms_of_day);

/* Reads ISO 8601 as ECMAScript's Date.parse; false if it does not have the shape at all. NaN for a
 * field out of range. */
MUST_CHECK bool calendar_read_iso(str text, double *out);

/* ---- date pictures (picture_datetime.c) ---- */

enum name_case { NAME_NONE, NAME_LOWER, NAME_UPPER, NAME_TITLE };

enum { WIDTH_NONE = -1 };

/* A stretch of literal text, or one [..] of a picture. */
struct picture_part {
    str literal;   /* when `component` is empty */
    str component; /* the letter */
    bool is_marker;
    bool has_integer; /* `integer` holds */
    enum name_case names;
    char modifier;                /* second presentation modifier, or 0 */
    int64_t width_min, width_max; /* or WIDTH_NONE */
    int64_t year_digits;          /* of Y: as many of its last digits; or WIDTH_NONE */
    struct picture_integer integer;
};

struct picture_datetime {
    struct picture_part *parts; /* in the arena */
    size_t count, capacity;
};

MUST_CHECK bool picture_datetime_analyse(str picture, struct arena *arena,
                                         struct picture_datetime *out, struct picture_error *err);

/* The letter of a marker; 0 if it is none of ASCII. */
static inline char picture_part_letter(const struct picture_part *part)
{
    return (char)(part->component.len == 1 ? part->component.ptr[0] : 0);
}

#endif
