/* $formatNumber: a number by a picture such as "#,##0.00;(#,##0.00)" (XPath 3.1, format-number).
 *
 * A picture has one or two sub-pictures; each is split into prefix, mantissa, exponent and suffix,
 * checked, and turned into sizes and positions. Where the reference differs from XPath it is
 * followed, because expressions depend on it; the comments say where. */
#include "expr/jsonata/picture_private.h"

#include <math.h>
#include <stdio.h>

enum { FRACTION_DIGITS_MAX = 100 }; /* ECMAScript's bound for toFixed */

/* Stands for a symbol that is not one character; matches nothing. */
static const uint32_t NO_RUNE = UINT32_MAX;

static const size_t NONE = SIZE_MAX;

/* The decimal format: what stands for what. */
struct symbols {
    uint32_t decimal, grouping, exponent, zero, digit;
    str minus, percent, per_mille, pattern;
};

/* A stretch of a sub-picture: [from, to). */
struct span {
    size_t from, to;
};

struct sub_picture {
    str text;
    struct runes runes;
    struct span active, mantissa, exponent, whole, fraction;
    str prefix, suffix;
    bool has_exponent;
    bool is_percent, is_per_mille;
    size_t min_whole, min_fraction, max_fraction, min_exponent;
    size_t scale;    /* digits before the point in scientific notation */
    size_t interval; /* of regular grouping, or 0 */
    size_t *groups;  /* digits to the right of each separator of the whole part */
    size_t group_count;
    size_t *fraction_groups; /* digits to the left of each */
    size_t fraction_group_count;
};

/* ---- symbols ---- */

static uint32_t option_rune(json options, str key, uint32_t fallback)
{
    str text;
    if (!json_find_str(options, key, &text)) return fallback;
    size_t at = 0;
    uint32_t rune = text.len > 0 ? str_utf8_next(text, &at) : NO_RUNE;
    return at == text.len ? rune : NO_RUNE;
}

static struct symbols read_symbols(json options)
{
    return (struct symbols){
        .decimal = option_rune(options, STR("decimal-separator"), '.'),
        .grouping = option_rune(options, STR("grouping-separator"), ','),
        .exponent = option_rune(options, STR("exponent-separator"), 'e'),
        .zero = option_rune(options, STR("zero-digit"), '0'),
        .digit = option_rune(options, STR("digit"), '#'),
        .minus = json_str_or(options, STR("minus-sign"), STR("-")),
        .percent = json_str_or(options, STR("percent"), STR("%")),
        .per_mille = json_str_or(options, STR("per-mille"), STR("\xE2\x80\xB0")),
        .pattern = json_str_or(options, STR("pattern-separator"), STR(";")),
    };
}

/* True if ten characters from the zero on can be digits. */
static bool symbols_are_usable(const struct symbols *s)
{
    bool is_beyond = s->zero > 0x10FFFF - 9;
    bool is_surrogate = s->zero + 9 >= 0xD800 && s->zero <= 0xDFFF;
    return !is_beyond && !is_surrogate;
}

static bool is_family(const struct symbols *s, uint32_t rune)
{
    return rune >= s->zero && rune - s->zero <= 9;
}

static bool is_any_digit(const struct symbols *s, uint32_t rune)
{
    return is_family(s, rune) || rune == s->digit;
}

static bool is_active(const struct symbols *s, uint32_t rune)
{
    return is_any_digit(s, rune) || rune == s->decimal || rune == s->grouping ||
           rune == s->exponent;
}

/* ---- splitting ---- */

static size_t count_in(const struct sub_picture *p, struct span span, const struct symbols *s,
                       bool (*is_counted)(const struct symbols *, uint32_t))
{
    size_t count = 0;
    for (size_t i = span.from; i < span.to; i++)
        count += is_counted(s, p->runes.at[i]);
    return count;
}

/* The first `rune` in the span; NONE if there is none. */
static size_t find_in(const struct sub_picture *p, struct span span, uint32_t rune)
{
    for (size_t i = span.from; i < span.to; i++) {
        if (p->runes.at[i] == rune) return i;
    }
    return NONE;
}

static str span_text(const struct sub_picture *p, struct span span)
{
    struct runes part = p->runes;
    part.at += span.from;
    part.count = span.to - span.from;
    return runes_text(&part);
}

/* The exponent separator makes no part active, because it is a letter of many suffixes. */
static void split_active(struct sub_picture *p, const struct symbols *s)
{
    size_t count = p->runes.count;
    size_t from = 0;
    while (from < count && (!is_active(s, p->runes.at[from]) || p->runes.at[from] == s->exponent))
        from++;
    if (from == count) {
        p->active = (struct span){ 0, count };
        p->prefix = p->suffix = STR("");
        return;
    }
    size_t to = count;
    while (!is_active(s, p->runes.at[to - 1]) || p->runes.at[to - 1] == s->exponent)
        to--;
    p->active = (struct span){ from, to };
    p->prefix = span_text(p, (struct span){ 0, from });
    p->suffix = span_text(p, (struct span){ to, count });
}

static size_t smaller(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* The reference cuts the active part at the exponent's place in the whole sub-picture, so a prefix
 * shifts the cut; and a sub-picture without a point has its suffix as fraction, which holds no
 * digits. */
static void split_parts(struct sub_picture *p, const struct symbols *s)
{
    split_active(p, s);
    size_t count = p->runes.count;
    size_t at = find_in(p, (struct span){ p->active.from, count }, s->exponent);
    p->mantissa = p->active;
    p->has_exponent = at != NONE && at <= p->active.to;
    if (p->has_exponent) {
        p->mantissa.to = smaller(p->active.from + at, p->active.to);
        p->exponent = (struct span){ smaller(p->active.from + at + 1, p->active.to), p->active.to };
    }
    size_t point = find_in(p, p->mantissa, s->decimal);
    p->whole = p->mantissa;
    p->fraction = (struct span){ p->active.to, count };
    if (point != NONE) {
        p->whole.to = point;
        p->fraction = (struct span){ point + 1, p->mantissa.to };
    }
}

/* ---- checks ---- */

static bool has_twice(str text, str symbol)
{
    size_t first = str_find(text, symbol, 0);
    return first < text.len && str_find(text, symbol, first + 1) < text.len;
}

static bool rune_is(const struct sub_picture *p, size_t at, uint32_t rune)
{
    return at < p->runes.count && p->runes.at[at] == rune;
}

/* Point and separators where they must not be. */
static const char *check_separators(const struct sub_picture *p, const struct symbols *s)
{
    const char *code = NULL;
    size_t point = find_in(p, (struct span){ 0, p->runes.count }, s->decimal);
    if (point != NONE) {
        if ((point > 0 && rune_is(p, point - 1, s->grouping)) || rune_is(p, point + 1, s->grouping))
            code = "D3087";
    } else if (p->whole.to > p->whole.from && rune_is(p, p->whole.to - 1, s->grouping)) {
        code = "D3088";
    }
    for (size_t i = 1; i < p->runes.count; i++) {
        if (rune_is(p, i - 1, s->grouping) && rune_is(p, i, s->grouping)) code = "D3089";
    }
    return code;
}

/* Optional digits belong outside, mandatory ones beside the point. */
static const char *check_digits(const struct sub_picture *p, const struct symbols *s)
{
    const char *code = NULL;
    size_t optional = find_in(p, p->whole, s->digit);
    struct span before = { p->whole.from, optional };
    if (optional != NONE && count_in(p, before, s, is_family) > 0) code = "D3090";
    bool has_optional = false;
    for (size_t i = p->fraction.from; i < p->fraction.to; i++) {
        /* Only what follows the last optional digit matters to the reference. */
        if (p->runes.at[i] == s->digit) has_optional = true;
    }
    size_t last = p->fraction.to;
    while (has_optional && p->runes.at[last - 1] != s->digit)
        last--;
    struct span after = { last, p->fraction.to };
    if (has_optional && count_in(p, after, s, is_family) > 0) code = "D3091";
    return code;
}

static const char *check_exponent(const struct sub_picture *p, const struct symbols *s)
{
    if (!p->has_exponent) return NULL;
    size_t length = p->exponent.to - p->exponent.from;
    if (length == 0 || count_in(p, p->exponent, s, is_family) < length) return "D3093";
    return p->is_percent || p->is_per_mille ? "D3092" : NULL;
}

/* The code of the last rule that is broken, as the reference reports it; NULL if there is none. */
static const char *check(const struct sub_picture *p, const struct symbols *s)
{
    const char *code = NULL;
    size_t points = 0;
    for (size_t i = 0; i < p->runes.count; i++)
        points += p->runes.at[i] == s->decimal;
    if (points > 1) code = "D3081";
    if (has_twice(p->text, s->percent)) code = "D3082";
    if (has_twice(p->text, s->per_mille)) code = "D3083";
    if (p->is_percent && p->is_per_mille) code = "D3084";
    if (count_in(p, p->mantissa, s, is_any_digit) == 0) code = "D3085";
    if (count_in(p, p->active, s, is_active) < p->active.to - p->active.from) code = "D3086";
    const char *later[] = { check_separators(p, s), check_digits(p, s), check_exponent(p, s) };
    for (size_t i = 0; i < sizeof later / sizeof later[0]; i++) {
        if (later[i]) code = later[i];
    }
    return code;
}

/* ---- sizes and positions ---- */

static void find_groups(struct sub_picture *p, const struct symbols *s, struct arena *arena)
{
    size_t length = p->whole.to - p->whole.from;
    p->groups = arena_array(arena, length, sizeof *p->groups);
    for (size_t i = p->whole.from; i < p->whole.to; i++) {
        if (p->runes.at[i] != s->grouping) continue;
        struct span right = { i, p->whole.to };
        p->groups[p->group_count++] = count_in(p, right, s, is_any_digit);
    }
    p->interval = picture_interval(p->groups, p->group_count);
}

/* Behind the first separator of the fraction the reference looks for more in the whole part, at the
 * places that follow: "0.0,0,0" has one separator, "0,000,000.0,0" may have more than one. */
static void find_fraction_groups(struct sub_picture *p, const struct symbols *s,
                                 struct arena *arena)
{
    size_t length = p->whole.to - p->whole.from;
    p->fraction_groups = arena_array(arena, length + 1, sizeof *p->fraction_groups);
    size_t first = find_in(p, p->fraction, s->grouping);
    if (first == NONE) return;
    for (size_t at = first - p->fraction.from;;) {
        struct span left = { p->fraction.from, smaller(p->fraction.from + at, p->fraction.to) };
        p->fraction_groups[p->fraction_group_count++] = count_in(p, left, s, is_any_digit);
        if (at + 1 >= length) return;
        struct span more = { p->whole.from + at + 1, p->whole.to };
        size_t next = find_in(p, more, s->grouping);
        if (next == NONE) return;
        at = next - p->whole.from;
    }
}

static void find_sizes(struct sub_picture *p, const struct symbols *s)
{
    p->min_whole = count_in(p, p->whole, s, is_family);
    p->scale = p->min_whole;
    p->min_fraction = count_in(p, p->fraction, s, is_family);
    p->max_fraction = count_in(p, p->fraction, s, is_any_digit);
    p->min_exponent = p->has_exponent ? count_in(p, p->exponent, s, is_family) : 0;
    if (p->min_whole == 0 && p->max_fraction == 0) {
        if (p->has_exponent) {
            p->min_fraction = p->max_fraction = 1;
        } else {
            p->min_whole = 1;
        }
    }
    if (p->has_exponent && p->min_whole == 0 && find_in(p, p->whole, s->digit) != NONE) {
        p->min_whole = 1;
    }
    if (p->min_whole == 0 && p->min_fraction == 0) p->min_fraction = 1;
}

static bool analyse(struct sub_picture *p, str text, const struct symbols *s, struct arena *arena,
                    struct picture_error *err)
{
    *p = (struct sub_picture){ .text = text };
    runes_init(&p->runes, arena);
    runes_add_str(&p->runes, text);
    p->is_percent = s->percent.len > 0 && str_find(text, s->percent, 0) < text.len;
    p->is_per_mille = s->per_mille.len > 0 && str_find(text, s->per_mille, 0) < text.len;
    split_parts(p, s);
    const char *code = check(p, s);
    if (code) return picture_fail(err, code);
    find_groups(p, s, arena);
    find_fraction_groups(p, s, arena);
    find_sizes(p, s);
    return p->max_fraction <= FRACTION_DIGITS_MAX || picture_fail(err, "D1017");
}

/* ---- the number ---- */

/* value * 10^places, by moving the point of its shortest decimal form. */
static double shift(struct arena *arena, double value, int64_t places)
{
    str text = json_text(arena, json_double(value));
    size_t e = str_find_char(text, 'e', 0);
    int64_t exponent = 0;
    if (e < text.len) {
        str digits = str_skip(text, text.ptr[e + 1] == '+' ? e + 2 : e + 1);
        if (!str_to_i64(digits, &exponent)) return value;
    }
    str moved =
        arena_printf(arena, "%.*se%lld", (int)e, text.ptr, (long long)exponent + (long long)places);
    json number;
    struct error err;
    return json_parse(moved, arena, &number, &err) ? json_number(number) : value;
}

/* Half to even. What has no digits so far behind the point stays as it is. */
static double round_at(struct arena *arena, double value, size_t places)
{
    if (places == 0) return rint(value);
    double shifted = shift(arena, value, (int64_t)places);
    if (!isfinite(shifted)) return value;
    return shift(arena, rint(shifted), -(int64_t)places);
}

/* Brings the number between 10^(scale-1) and 10^scale; returns the exponent. Ends because each step
 * is towards a range that spans a factor of ten, at most some 650 of them. */
static int normalise(double *mantissa, size_t scale)
{
    double most = pow(10, (double)scale);
    double least = pow(10, (double)scale - 1);
    int exponent = 0;
    if (*mantissa == 0) return 0;
    for (; fabs(*mantissa) < least; exponent--)
        *mantissa *= 10;
    for (; fabs(*mantissa) > most; exponent++)
        *mantissa /= 10;
    return exponent;
}

/* `value` < 1e21 with `places` digits behind the point; returns the length. A number exactly
 * between two such, which the C library rounds to even, is rounded up, as ECMAScript does: it has
 * one digit more, a 5, and so many powers of two make it whole. */
static size_t write_fixed(char *text, size_t bytes, double value, size_t places)
{
    int one_more = (int)places + 1;
    double scaled = ldexp(value, one_more);
    if (scaled != floor(scaled)) return (size_t)snprintf(text, bytes, "%.*f", (int)places, value);
    size_t length = (size_t)snprintf(text, bytes, "0%.*f", one_more, value);
    bool is_up = text[--length] == '5';
    if (places == 0) length--;
    for (size_t i = length; i > 0 && is_up; i--) {
        char *digit = &text[i - 1];
        if (*digit < '0' || *digit > '9') continue;
        is_up = *digit == '9';
        *digit = (char)(is_up ? '0' : *digit + 1);
    }
    bool is_longer = text[0] != '0';
    if (!is_longer) memmove(text, text + 1, --length);
    return length;
}

/* |value| with `places` digits behind the point, in the digits of the format. */
static void add_fixed(struct runes *out, double value, size_t places, const struct symbols *s)
{
    char text[420]; /* 309 digits, a point, 100 digits */
    size_t length;
    value = fabs(value);
    if (value >= 1e21) { /* ECMAScript's toFixed gives up here: 1e+21 */
        str shortest = json_text(out->arena, json_double(value));
        length = smaller(shortest.len, sizeof text);
        memcpy(text, shortest.ptr, length);
    } else {
        length = write_fixed(text, sizeof text, value, places);
    }
    for (size_t i = 0; i < length; i++) {
        char c = text[i];
        bool is_digit = c >= '0' && c <= '9';
        bool is_point = !is_digit && c != 'e' && c != '+';
        runes_add(out, is_digit   ? s->zero + (uint32_t)(c - '0')
                       : is_point ? s->decimal
                                  : (uint32_t)c);
    }
}

static void pad_left(struct runes *runes, size_t digits, size_t wanted, uint32_t zero)
{
    for (; digits < wanted; digits++)
        runes_insert(runes, 0, zero);
}

/* Without zeros at the ends, then with as many as the picture wants. */
static void fit_digits(struct runes *n, const struct sub_picture *p, const struct symbols *s)
{
    size_t zeros = 0;
    while (zeros < n->count && n->at[zeros] == s->zero)
        zeros++;
    memmove(n->at, n->at + zeros, (n->count - zeros) * sizeof *n->at);
    n->count -= zeros;
    while (n->count > 0 && n->at[n->count - 1] == s->zero)
        n->count--;
    size_t point = runes_find(n, s->decimal, 0);
    for (size_t fraction = n->count - point - 1; fraction < p->min_fraction; fraction++)
        runes_add(n, s->zero);
    pad_left(n, point, p->min_whole, s->zero);
}

/* Where the whole part is too short for a separator, the reference counts its place from the end of
 * the number; so does this. */
static void add_groups(struct runes *n, const struct sub_picture *p, const struct symbols *s)
{
    size_t point = runes_find(n, s->decimal, 0);
    if (p->interval > 0) {
        size_t groups = point > 0 ? (point - 1) / p->interval : 0;
        for (size_t i = 1; i <= groups; i++)
            runes_insert(n, point - i * p->interval, s->grouping);
    } else {
        for (size_t i = 0; i < p->group_count; i++, point++) {
            size_t position = p->groups[i];
            size_t at = point >= position ? point - position
                                          : n->count - smaller(n->count, position - point);
            runes_insert(n, at, s->grouping);
        }
    }
    point = runes_find(n, s->decimal, 0);
    for (size_t i = 0; i < p->fraction_group_count; i++)
        runes_insert(n, smaller(p->fraction_groups[i] + point + 1, n->count), s->grouping);
}

static void write_number(struct runes *n, double value, const struct sub_picture *p,
                         const struct symbols *s)
{
    int exponent = 0;
    if (p->min_exponent > 0) exponent = normalise(&value, p->scale);
    add_fixed(n, round_at(n->arena, value, p->max_fraction), p->max_fraction, s);
    if (runes_find(n, s->decimal, 0) == n->count) runes_add(n, s->decimal);
    fit_digits(n, p, s);
    add_groups(n, p, s);
    bool has_point = find_in(p, (struct span){ 0, p->runes.count }, s->decimal) != NONE;
    bool ends_in_point = runes_find(n, s->decimal, 0) + 1 == n->count;
    if (n->count > 0 && (!has_point || ends_in_point)) n->count--;
    if (p->min_exponent == 0) return;
    runes_add(n, s->exponent);
    if (exponent < 0) runes_add_str(n, s->minus);
    struct runes digits;
    runes_init(&digits, n->arena);
    add_fixed(&digits, exponent, 0, s);
    pad_left(&digits, digits.count, p->min_exponent, s->zero);
    for (size_t i = 0; i < digits.count; i++)
        runes_add(n, digits.at[i]);
}

/* Cuts the picture at its separator; D3080 if there are more than two pieces. */
static bool split_pictures(str picture, str separator, str pieces[2], size_t *count)
{
    *count = 1;
    pieces[0] = picture;
    size_t at = separator.len > 0 ? str_find(picture, separator, 0) : picture.len;
    if (at == picture.len) return true;
    *count = 2;
    pieces[0] = str_slice(picture, 0, at);
    pieces[1] = str_skip(picture, at + separator.len);
    return str_find(pieces[1], separator, 0) == pieces[1].len;
}

bool picture_format_number(double value, str picture, json options, struct arena *arena, str *out,
                           struct picture_error *err)
{
    if (!picture_check_length(picture, err)) return false;
    struct symbols symbols = read_symbols(options);
    if (!symbols_are_usable(&symbols)) return picture_fail(err, "D3085");
    str pieces[2];
    size_t count;
    if (!split_pictures(picture, symbols.pattern, pieces, &count)) {
        return picture_fail(err, "D3080");
    }
    struct sub_picture subs[2];
    for (size_t i = 0; i < count; i++) {
        if (!analyse(&subs[i], pieces[i], &symbols, arena, err)) return false;
    }
    bool is_negative = value < 0;
    const struct sub_picture *chosen = &subs[is_negative && count == 2];
    if (chosen->is_percent) {
        value *= 100;
    } else if (chosen->is_per_mille) {
        value *= 1000;
    }
    if (!isfinite(value)) return picture_fail_number(err, arena, "D1001", value);
    struct runes number;
    runes_init(&number, arena);
    write_number(&number, value, chosen, &symbols);
    struct buf buf;
    buf_init(&buf, arena);
    if (is_negative && count == 1) buf_add(&buf, symbols.minus);
    buf_add(&buf, chosen->prefix);
    buf_add(&buf, runes_text(&number));
    buf_add(&buf, chosen->suffix);
    *out = buf_str(&buf);
    return true;
}
