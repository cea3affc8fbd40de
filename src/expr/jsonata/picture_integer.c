/* Whole numbers by a picture: decimal digits of any family with separators, letters, Roman
 * numerals, words; and numbers to a base.
 *
 * Some of what the reference does with irregular separators and with reading is odd; it is kept,
 * because expressions depend on it, and said where it happens. */
#include "expr/jsonata/picture_private.h"

#include <math.h>

enum { ROMAN_VALUE_MAX = 1000 * EXPR_PICTURE_DIGITS_MAX };

/* The zeros of the decimal digit families that a picture may use. */
static const uint32_t FAMILIES[] = {
    0x30,   0x0660, 0x06F0, 0x07C0, 0x0966, 0x09E6, 0x0A66, 0x0AE6, 0x0B66, 0x0BE6,
    0x0C66, 0x0CE6, 0x0D66, 0x0DE6, 0x0E50, 0x0ED0, 0x0F20, 0x1040, 0x1090, 0x17E0,
    0x1810, 0x1946, 0x19D0, 0x1A80, 0x1A90, 0x1B50, 0x1BB0, 0x1C40, 0x1C50, 0xA620,
    0xA8D0, 0xA900, 0xA9D0, 0xA9F0, 0xAA50, 0xABF0, 0xFF10,
};

static const struct {
    str token;
    enum numeral numeral;
    enum letters_case letters_case;
} NUMERALS[] = {
    { STR_INIT("A"), NUMERAL_LETTERS, LETTERS_UPPER },
    { STR_INIT("a"), NUMERAL_LETTERS, LETTERS_LOWER },
    { STR_INIT("I"), NUMERAL_ROMAN, LETTERS_UPPER },
    { STR_INIT("i"), NUMERAL_ROMAN, LETTERS_LOWER },
    { STR_INIT("W"), NUMERAL_WORDS, LETTERS_UPPER },
    { STR_INIT("w"), NUMERAL_WORDS, LETTERS_LOWER },
    { STR_INIT("Ww"), NUMERAL_WORDS, LETTERS_TITLE },
};

/* ---- analysis ---- */

/* The zero of the family that `rune` is a digit of; 0 if it is none. */
static uint32_t family_of(uint32_t rune)
{
    for (size_t i = 0; i < sizeof FAMILIES / sizeof FAMILIES[0]; i++) {
        if (rune >= FAMILIES[i] && rune <= FAMILIES[i] + 9) return FAMILIES[i];
    }
    return 0;
}

/* Separators only count as regular if all are the same character. */
static size_t separator_interval(const struct picture_integer *p)
{
    for (size_t i = 1; i < p->separator_count; i++) {
        if (p->separators[i] != p->separators[0]) return 0;
    }
    return picture_interval(p->separator_positions, p->separator_count);
}

static bool analyse_digits(struct picture_integer *p, struct arena *arena,
                           struct picture_error *err)
{
    struct runes runes;
    runes_init(&runes, arena);
    runes_add_str(&runes, p->token);
    p->separators = arena_array(arena, runes.count, sizeof *p->separators);
    p->separator_positions = arena_array(arena, runes.count, sizeof *p->separator_positions);
    for (size_t i = runes.count; i > 0; i--) {
        uint32_t rune = runes.at[i - 1];
        uint32_t family = family_of(rune);
        if (family != 0) {
            if (p->zero != 0 && p->zero != family) return picture_fail(err, "D3131");
            p->zero = family;
            p->mandatory_digits++;
        } else if (rune == '#') {
            p->optional_digits++;
        } else {
            p->separators[p->separator_count] = rune;
            p->separator_positions[p->separator_count++] = p->mandatory_digits + p->optional_digits;
        }
    }
    p->numeral = p->mandatory_digits > 0 ? NUMERAL_DECIMAL : NUMERAL_UNKNOWN;
    if (p->numeral == NUMERAL_DECIMAL) {
        p->interval = separator_interval(p);
    } else {
        p->optional_digits = 0;
    }
    return true;
}

bool picture_integer_analyse(str picture, struct arena *arena, struct picture_integer *out,
                             struct picture_error *err)
{
    *out = (struct picture_integer){ .token = picture };
    if (!picture_check_length(picture, err)) return false;
    for (size_t i = picture.len; i > 0; i--) {
        if (picture.ptr[i - 1] != ';') continue;
        out->token = str_slice(picture, 0, i - 1);
        out->is_ordinal = i < picture.len && picture.ptr[i] == 'o';
        break;
    }
    for (size_t i = 0; i < sizeof NUMERALS / sizeof NUMERALS[0]; i++) {
        if (!str_eq(NUMERALS[i].token, out->token)) continue;
        out->numeral = NUMERALS[i].numeral;
        out->letters_case = NUMERALS[i].letters_case;
        return true;
    }
    return analyse_digits(out, arena, err);
}

/* ---- writing ---- */

/* Spreadsheet columns: a to z, aa to az ... Nothing for 0. */
static void write_letters(struct buf *out, double value, char first)
{
    char reversed[256]; /* 26^218 is beyond any double */
    size_t count = 0;
    while (value > 0) {
        ASSERT_CMP(count, <, sizeof reversed);
        reversed[count++] = (char)(first + (int)fmod(value - 1, 26));
        value = floor((value - 1) / 26);
    }
    while (count > 0)
        buf_add_char(out, reversed[--count]);
}

static bool write_roman(struct buf *out, double value, struct picture_error *err)
{
    static const struct {
        int value;
        str text;
    } NUMBERS[] = {
        { 1000, STR_INIT("m") }, { 900, STR_INIT("cm") }, { 500, STR_INIT("d") },
        { 400, STR_INIT("cd") }, { 100, STR_INIT("c") },  { 90, STR_INIT("xc") },
        { 50, STR_INIT("l") },   { 40, STR_INIT("xl") },  { 10, STR_INIT("x") },
        { 9, STR_INIT("ix") },   { 5, STR_INIT("v") },    { 4, STR_INIT("iv") },
        { 1, STR_INIT("i") },
    };
    if (value > ROMAN_VALUE_MAX) return picture_fail(err, "D1017");
    int rest = (int)value;
    for (size_t i = 0; i < sizeof NUMBERS / sizeof NUMBERS[0]; i++) {
        for (; rest >= NUMBERS[i].value; rest -= NUMBERS[i].value)
            buf_add(out, NUMBERS[i].text);
    }
    return true;
}

/* Before the character that has `position` others from it to the end. Where there are not so many,
 * the reference counts from the end once more, which drops what lies before; so does this. */
static void insert_from_right(struct runes *runes, size_t position, uint32_t separator)
{
    if (position <= runes->count) {
        runes_insert(runes, runes->count - position, separator);
        return;
    }
    size_t kept = position - runes->count;
    if (kept < runes->count) {
        size_t dropped = runes->count - kept;
        memmove(runes->at, runes->at + dropped, kept * sizeof *runes->at);
        runes->count = kept;
    }
    runes_insert(runes, 0, separator);
}

static void insert_separators(const struct picture_integer *p, struct runes *runes)
{
    if (p->interval > 0) {
        size_t groups = (runes->count - 1) / p->interval;
        for (size_t i = groups; i > 0; i--)
            runes_insert(runes, runes->count - i * p->interval, p->separators[0]);
        return;
    }
    for (size_t i = p->separator_count; i > 0; i--)
        insert_from_right(runes, p->separator_positions[i - 1], p->separators[i - 1]);
}

static str ordinal_suffix(const struct runes *runes)
{
    uint32_t last = runes->at[runes->count - 1];
    bool is_teen = runes->count > 1 && runes->at[runes->count - 2] == '1';
    if (!is_teen && last == '1') return STR("st");
    if (!is_teen && last == '2') return STR("nd");
    if (!is_teen && last == '3') return STR("rd");
    return STR("th");
}

static bool write_decimal(const struct picture_integer *p, double value, struct buf *out,
                          struct picture_error *err)
{
    if (p->mandatory_digits > EXPR_PICTURE_DIGITS_MAX) return picture_fail(err, "D1017");
    str digits = json_text(out->arena, json_double(value));
    struct runes runes;
    runes_init(&runes, out->arena);
    for (size_t i = digits.len; i < p->mandatory_digits; i++)
        runes_add(&runes, p->zero);
    /* The e and + of numbers from 1e21 on are moved into the family too, as in the reference. */
    for (size_t i = 0; i < digits.len; i++)
        runes_add(&runes, (uint32_t)(unsigned char)digits.ptr[i] - '0' + p->zero);
    insert_separators(p, &runes);
    buf_add(out, runes_text(&runes));
    if (p->is_ordinal) buf_add(out, ordinal_suffix(&runes));
    return true;
}

/* Changes the case of the ASCII letters from byte `from` on. */
static void apply_case(struct buf *out, size_t from, enum letters_case letters_case)
{
    if (letters_case == LETTERS_TITLE) return;
    char first = letters_case == LETTERS_UPPER ? 'a' : 'A';
    for (size_t i = from; i < out->len; i++) {
        if (out->ptr[i] >= first && out->ptr[i] < first + 26) out->ptr[i] ^= 0x20;
    }
}

bool picture_integer_write(const struct picture_integer *picture, double value, struct buf *out,
                           struct picture_error *err)
{
    size_t from = out->len;
    if (value < 0) buf_add_char(out, '-');
    value = fabs(value);
    switch (picture->numeral) {
    case NUMERAL_DECIMAL: return write_decimal(picture, value, out, err);
    case NUMERAL_LETTERS: write_letters(out, value, 'a'); break;
    case NUMERAL_ROMAN:
        if (!write_roman(out, value, err)) return false;
        break;
    case NUMERAL_WORDS: words_write(out, value, picture->is_ordinal); break;
    case NUMERAL_UNKNOWN: return picture_fail_text(err, out->arena, "D3130", picture->token);
    }
    apply_case(out, from, picture->letters_case);
    return true;
}

/* ---- reading ---- */

static double read_letters(str text, char first)
{
    double value = 0;
    for (size_t i = text.len; i > 0; i--)
        value += ((unsigned char)text.ptr[i - 1] - first + 1) * pow(26, (double)(text.len - i));
    return value;
}

static int roman_digit(char c)
{
    switch (c) {
    case 'M': return 1000;
    case 'D': return 500;
    case 'C': return 100;
    case 'L': return 50;
    case 'X': return 10;
    case 'V': return 5;
    case 'I': return 1;
    default: return 0;
    }
}

static double read_roman(str text, bool is_upper)
{
    double value = 0;
    int highest = 1;
    for (size_t i = text.len; i > 0; i--) {
        char c = text.ptr[i - 1];
        if (!is_upper && c >= 'a' && c <= 'z') c = (char)(c - 32);
        int digit = roman_digit(c);
        if (digit == 0) return (double)NAN;
        if (digit < highest) {
            value -= digit;
        } else {
            highest = digit;
            value += digit;
        }
    }
    return value;
}

/* Regular separators are taken to be commas, whatever they are: the reference's reading. */
static bool is_separator(const struct picture_integer *p, uint32_t rune)
{
    if (p->interval > 0) return rune == ',';
    for (size_t i = 0; i < p->separator_count; i++) {
        if (p->separators[i] == rune) return true;
    }
    return false;
}

static double read_decimal(const struct picture_integer *p, str text, struct arena *arena)
{
    struct runes runes, digits;
    runes_init(&runes, arena);
    runes_init(&digits, arena);
    runes_add_str(&runes, text);
    size_t suffix = p->is_ordinal ? 2 : 0;
    for (size_t i = 0; i + suffix < runes.count; i++) {
        uint32_t rune = runes.at[i];
        if (is_separator(p, rune)) continue;
        if (rune + '0' < p->zero) return (double)NAN; /* the reference throws a range error */
        rune = rune + '0' - p->zero;
        /* What is no digit now ends the number, except a sign before it. */
        runes_add(&digits, rune < 0x80 ? rune : '?');
    }
    return picture_read_int(runes_text(&digits));
}

double picture_integer_read(const struct picture_integer *picture, str text, struct arena *arena)
{
    bool is_upper = picture->letters_case == LETTERS_UPPER;
    switch (picture->numeral) {
    case NUMERAL_DECIMAL: return read_decimal(picture, text, arena);
    case NUMERAL_LETTERS: return read_letters(text, is_upper ? 'A' : 'a');
    case NUMERAL_ROMAN: return read_roman(text, is_upper);
    case NUMERAL_WORDS: return words_read(text);
    case NUMERAL_UNKNOWN: break;
    }
    return (double)NAN;
}

/* ---- the functions of the language ---- */

bool picture_format_integer(double value, str picture, struct arena *arena, str *out,
                            struct picture_error *err)
{
    struct picture_integer analysed;
    if (!picture_integer_analyse(picture, arena, &analysed, err)) return false;
    struct buf buf;
    buf_init(&buf, arena);
    if (!picture_integer_write(&analysed, floor(value), &buf, err)) return false;
    *out = buf_str(&buf);
    return true;
}

bool picture_parse_integer(str text, str picture, struct arena *arena, double *out,
                           struct picture_error *err)
{
    struct picture_integer analysed;
    if (!picture_integer_analyse(picture, arena, &analysed, err)) return false;
    if (analysed.numeral == NUMERAL_UNKNOWN) {
        return picture_fail_text(err, arena, "D3130", analysed.token);
    }
    *out = picture_integer_read(&analysed, text, arena);
    return true;
}

bool picture_format_base(double value, double radix, struct arena *arena, str *out,
                         struct picture_error *err)
{
    value = rint(value) + 0.0; /* -0 becomes 0 */
    radix = rint(radix);
    if (!(radix >= 2 && radix <= 36)) return picture_fail_number(err, arena, "D3100", radix);
    if (radix == 10) {
        *out = json_text(arena, json_double(value));
        return true;
    }
    char digits[1100]; /* 1,024 binary digits are enough for any double */
    size_t at = sizeof digits;
    double rest = fabs(value);
    /* Digits that a double of this size does not have are 0, as in the reference's engine. */
    for (; rest / radix >= 0x1p53; rest /= radix)
        digits[--at] = '0';
    do {
        double digit = fmod(rest, radix);
        digits[--at] = "0123456789abcdefghijklmnopqrstuvwxyz"[(int)digit];
        rest = (rest - digit) / radix;
    } while (rest > 0);
    if (value < 0) digits[--at] = '-';
    *out = arena_str(arena, (str){ digits + at, sizeof digits - at });
    return true;
}
