/* Whole numbers in English words, both directions. */
#include "expr/jsonata/picture_private.h"

#include <math.h>

struct word {
    str text; /* lower case */
    double value;
};

static const str CARDINALS[20] = {
    STR_INIT("Zero"),    STR_INIT("One"),       STR_INIT("Two"),      STR_INIT("Three"),
    STR_INIT("Four"),    STR_INIT("Five"),      STR_INIT("Six"),      STR_INIT("Seven"),
    STR_INIT("Eight"),   STR_INIT("Nine"),      STR_INIT("Ten"),      STR_INIT("Eleven"),
    STR_INIT("Twelve"),  STR_INIT("Thirteen"),  STR_INIT("Fourteen"), STR_INIT("Fifteen"),
    STR_INIT("Sixteen"), STR_INIT("Seventeen"), STR_INIT("Eighteen"), STR_INIT("Nineteen"),
};

static const str ORDINALS[20] = {
    STR_INIT("Zeroth"),    STR_INIT("First"),       STR_INIT("Second"),     STR_INIT("Third"),
    STR_INIT("Fourth"),    STR_INIT("Fifth"),       STR_INIT("Sixth"),      STR_INIT("Seventh"),
    STR_INIT("Eighth"),    STR_INIT("Ninth"),       STR_INIT("Tenth"),      STR_INIT("Eleventh"),
    STR_INIT("Twelfth"),   STR_INIT("Thirteenth"),  STR_INIT("Fourteenth"), STR_INIT("Fifteenth"),
    STR_INIT("Sixteenth"), STR_INIT("Seventeenth"), STR_INIT("Eighteenth"), STR_INIT("Nineteenth"),
};

/* Without the y, which an ordinal turns into ieth. */
static const str TENS[8] = {
    STR_INIT("Twent"), STR_INIT("Thirt"),  STR_INIT("Fort"),  STR_INIT("Fift"),
    STR_INIT("Sixt"),  STR_INIT("Sevent"), STR_INIT("Eight"), STR_INIT("Ninet"),
};

static const struct {
    str text;
    double value;
} MAGNITUDES[] = {
    { STR_INIT(" Trillion"), 1e12 },
    { STR_INIT(" Billion"), 1e9 },
    { STR_INIT(" Million"), 1e6 },
    { STR_INIT(" Thousand"), 1e3 },
};

/* ---- writing ---- */

/* What is still to be written, the next on top: a number, or a text if that is not empty. A double
 * of 1e308 has 25 "Trillion" around each other, each leaving two entries behind. */
struct pending {
    str text;
    double value;
    bool follows; /* something of the same number stands before it */
    bool is_ordinal;
};

enum { PENDING_MAX = 128 };

struct pending_stack {
    struct pending items[PENDING_MAX];
    size_t count;
};

static void push_number(struct pending_stack *stack, double value, bool follows, bool is_ordinal)
{
    ASSERT_CMP(stack->count, <, PENDING_MAX);
    stack->items[stack->count++] =
        (struct pending){ .value = value, .follows = follows, .is_ordinal = is_ordinal };
}

static void push_text(struct pending_stack *stack, str text)
{
    ASSERT_CMP(stack->count, <, PENDING_MAX);
    stack->items[stack->count++] = (struct pending){ .text = text };
}

static void write_below_100(struct buf *out, int value, bool follows, bool is_ordinal)
{
    if (follows) buf_add(out, STR(" and "));
    if (value >= 20) {
        buf_add(out, TENS[value / 10 - 2]);
        if (value % 10 == 0) {
            buf_add(out, is_ordinal ? STR("ieth") : STR("y"));
            return;
        }
        buf_add(out, STR("y-"));
        value %= 10;
    }
    buf_add(out, is_ordinal ? ORDINALS[value] : CARDINALS[value]);
}

/* Splits a number from 100 on into what stands before its unit, the unit, and the rest. */
static void split_number(struct pending_stack *stack, struct buf *out, struct pending p)
{
    str name = STR(" Hundred");
    double unit = 100;
    for (size_t i = 0; i < sizeof MAGNITUDES / sizeof MAGNITUDES[0]; i++) {
        if (p.value < MAGNITUDES[i].value) continue;
        name = MAGNITUDES[i].text;
        unit = MAGNITUDES[i].value;
        break;
    }
    double head = floor(p.value / unit);
    double rest = p.value - head * unit; /* may be below 0 beyond 2^53 */
    if (p.follows) buf_add(out, STR(", "));
    if (rest > 0) {
        push_number(stack, rest, true, p.is_ordinal);
    } else if (p.is_ordinal) {
        push_text(stack, STR("th"));
    }
    push_text(stack, name);
    push_number(stack, head, false, false);
}

void words_write(struct buf *out, double value, bool ordinal)
{
    struct pending_stack stack;
    stack.count = 0;
    push_number(&stack, value, false, ordinal);
    while (stack.count > 0) {
        struct pending p = stack.items[--stack.count];
        if (p.text.len > 0) {
            buf_add(out, p.text);
        } else if (p.value < 100) {
            write_below_100(out, (int)p.value, p.follows, p.is_ordinal);
        } else {
            split_number(&stack, out, p);
        }
    }
}

/* ---- reading ---- */

static const struct word WORDS[] = {
    { STR_INIT("zero"), 0 },        { STR_INIT("one"), 1 },
    { STR_INIT("two"), 2 },         { STR_INIT("three"), 3 },
    { STR_INIT("four"), 4 },        { STR_INIT("five"), 5 },
    { STR_INIT("six"), 6 },         { STR_INIT("seven"), 7 },
    { STR_INIT("eight"), 8 },       { STR_INIT("nine"), 9 },
    { STR_INIT("ten"), 10 },        { STR_INIT("eleven"), 11 },
    { STR_INIT("twelve"), 12 },     { STR_INIT("thirteen"), 13 },
    { STR_INIT("fourteen"), 14 },   { STR_INIT("fifteen"), 15 },
    { STR_INIT("sixteen"), 16 },    { STR_INIT("seventeen"), 17 },
    { STR_INIT("eighteen"), 18 },   { STR_INIT("nineteen"), 19 },
    { STR_INIT("zeroth"), 0 },      { STR_INIT("first"), 1 },
    { STR_INIT("second"), 2 },      { STR_INIT("third"), 3 },
    { STR_INIT("fourth"), 4 },      { STR_INIT("fifth"), 5 },
    { STR_INIT("sixth"), 6 },       { STR_INIT("seventh"), 7 },
    { STR_INIT("eighth"), 8 },      { STR_INIT("ninth"), 9 },
    { STR_INIT("tenth"), 10 },      { STR_INIT("eleventh"), 11 },
    { STR_INIT("twelfth"), 12 },    { STR_INIT("thirteenth"), 13 },
    { STR_INIT("fourteenth"), 14 }, { STR_INIT("fifteenth"), 15 },
    { STR_INIT("sixteenth"), 16 },  { STR_INIT("seventeenth"), 17 },
    { STR_INIT("eighteenth"), 18 }, { STR_INIT("nineteenth"), 19 },
    { STR_INIT("twenty"), 20 },     { STR_INIT("twentieth"), 20 },
    { STR_INIT("thirty"), 30 },     { STR_INIT("thirtieth"), 30 },
    { STR_INIT("forty"), 40 },      { STR_INIT("fortieth"), 40 },
    { STR_INIT("fifty"), 50 },      { STR_INIT("fiftieth"), 50 },
    { STR_INIT("sixty"), 60 },      { STR_INIT("sixtieth"), 60 },
    { STR_INIT("seventy"), 70 },    { STR_INIT("seventieth"), 70 },
    { STR_INIT("eighty"), 80 },     { STR_INIT("eightieth"), 80 },
    { STR_INIT("ninety"), 90 },     { STR_INIT("ninetieth"), 90 },
    { STR_INIT("hundred"), 100 },   { STR_INIT("hundredth"), 100 },
    { STR_INIT("thousand"), 1e3 },  { STR_INIT("thousandth"), 1e3 },
    { STR_INIT("million"), 1e6 },   { STR_INIT("millionth"), 1e6 },
    { STR_INIT("billion"), 1e9 },   { STR_INIT("billionth"), 1e9 },
    { STR_INIT("trillion"), 1e12 }, { STR_INIT("trillionth"), 1e12 },
};

enum { WORD_COUNT = sizeof WORDS / sizeof WORDS[0] };

static char lower(char c)
{
    return (char)(c >= 'A' && c <= 'Z' ? c + 32 : c);
}

/* True if `text` begins with the lower-case `word`, in any case. */
static bool begins_with(str text, str word)
{
    if (text.len < word.len) return false;
    for (size_t i = 0; i < word.len; i++) {
        if (lower(text.ptr[i]) != word.ptr[i]) return false;
    }
    return true;
}

static double word_value(str text)
{
    for (size_t i = 0; i < WORD_COUNT; i++) {
        if (text.len == WORDS[i].text.len && begins_with(text, WORDS[i].text)) {
            return WORDS[i].value;
        }
    }
    return (double)NAN;
}

static bool is_space(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

/* Bytes of the separator between words at the start of `text`; 0 if there is none. */
static size_t separator_bytes(str text)
{
    if (text.len >= 2 && text.ptr[0] == ',' && is_space(text.ptr[1])) return 2;
    if (text.len >= 5 && is_space(text.ptr[0]) && begins_with(str_skip(text, 1), STR("and")) &&
        is_space(text.ptr[4])) {
        return 5;
    }
    char c = str_at(text, 0);
    return is_space(c) || c == '-' || c == '\\' ? 1 : 0;
}

/* A unit multiplies what was read since the last one that was larger; a small number is added to
 * that, or begins anew behind a thousand. */
double words_read(str text)
{
    double done = 0;
    double current = 0;
    for (size_t start = 0, at = 0;; at++) {
        size_t separator = separator_bytes(str_skip(text, at));
        if (at < text.len && separator == 0) continue;
        double value = word_value(str_slice(text, start, at));
        if (isnan(value)) return value;
        if (value >= 100) {
            current *= value;
        } else if (current >= 1000) {
            done += current;
            current = value;
        } else {
            current += value;
        }
        if (at == text.len) return done + current;
        start = at + separator;
        at = start - 1;
    }
}

size_t words_match(str text, size_t lengths[WORDS_MATCHES_MAX])
{
    size_t count = 0;
    if (text.len > 0 && (text.ptr[0] == '-' || text.ptr[0] == ',' || text.ptr[0] == ' ')) {
        lengths[count++] = 1;
    }
    if (begins_with(text, STR("and"))) lengths[count++] = 3;
    for (size_t i = 0; i < WORD_COUNT; i++) {
        if (!begins_with(text, WORDS[i].text)) continue;
        ASSERT_CMP(count, <, WORDS_MATCHES_MAX); /* six, sixth, sixteen(th) ...: three at once */
        lengths[count++] = WORDS[i].text.len;
    }
    return count;
}
