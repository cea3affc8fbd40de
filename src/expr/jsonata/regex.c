/* Regular expressions: JavaScript's syntax and meaning, run by PCRE2.
 *
 * The pattern is read as JavaScript reads it (without the u and v flags) and written anew for
 * PCRE2, so that nothing that only PCRE2 knows (recursion, verbs, \Q...\E, callouts, possessive
 * quantifiers) has its meaning there. Compiled patterns live in the arena and are shared; matching
 * is bounded by a match limit and a heap limit.
 *
 * Known differences: a pattern works on code points rather than UTF-16 units, groups inside a
 * repetition keep what an earlier round matched, and lookbehind must have a bounded length. */
#define PCRE2_CODE_UNIT_WIDTH 8
#include "expr/jsonata/value.h"

#include <pcre2.h>

enum {
    REGEX_PATTERN_BYTES_MAX = 64 << 10,
    REGEX_HEAP_KIB_MAX = 16 << 10,
    REGEX_GROUPS_MAX = 1000,
};

struct regex {
    pcre2_code *code;
    uint32_t group_count;
};

/* ---- memory: from an arena, never given back ---- */

static void *allocate(PCRE2_SIZE bytes, void *arena)
{
    return arena_alloc(arena, bytes);
}

static void release(void *block, void *arena)
{
    (void)block;
    (void)arena;
}

/* ---- translating ---- */

struct translation {
    str in;
    size_t at;
    struct buf out;
    bool multiline;
    bool in_class;
    uint32_t depth;
    const char *problem;
};

#define JS_SPACE                                                                                   \
    "\\t-\\r "                                                                                     \
    "\\x{a0}\\x{1680}\\x{2000}-\\x{200a}\\x{2028}\\x{2029}\\x{202f}\\x{205f}\\x{3000}\\x{feff}"
#define JS_NOT_SPACE                                                                               \
    "\\x{0}-\\x{8}\\x{e}-\\x{1f}!-\\x{9f}\\x{a1}-\\x{167f}\\x{1681}-\\x{1fff}\\x{200b}-\\x{2027}"  \
    "\\x{202a}-\\x{202e}\\x{2030}-\\x{205e}\\x{2060}-\\x{2fff}\\x{3001}-\\x{fefe}"                 \
    "\\x{ff00}-\\x{10ffff}"
#define JS_NEWLINE "\\n\\r\\x{2028}\\x{2029}"

static bool problem(struct translation *t, const char *text)
{
    t->problem = text;
    return false;
}

static char peek(const struct translation *t, size_t ahead)
{
    return str_at(t->in, t->at + ahead);
}

static void add(struct translation *t, const char *text)
{
    buf_add(&t->out, str_from(text));
}

/* Any code point as PCRE2 takes it literally, inside a class and outside. */
static void add_literal(struct translation *t, uint32_t point)
{
    bool plain = (point >= '0' && point <= '9') || (point >= 'A' && point <= 'Z') ||
                 (point >= 'a' && point <= 'z') || point == '_' || point == ' ';
    if (plain) {
        buf_add_char(&t->out, (char)point);
    } else if (point >= 0xD800 && point <= 0xDFFF) {
        add(t, "\\x{fffd}");
    } else {
        buf_printf(&t->out, "\\x{%x}", (unsigned)point);
    }
}

static int hex_value(char c)
{
    if (c >= '0' && c <= '9') return c - '0';
    c |= 32;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Exactly `digits` hexadecimal digits from `ahead` on. */
static bool read_hex(const struct translation *t, size_t ahead, size_t digits, uint32_t *out)
{
    uint32_t value = 0;
    for (size_t i = 0; i < digits; i++) {
        int digit = hex_value(peek(t, ahead + i));
        if (digit < 0) return false;
        value = value * 16 + (uint32_t)digit;
    }
    *out = value;
    return true;
}

/* \uXXXX at t->at, with the other half of a pair if it follows. */
static uint32_t read_unicode(struct translation *t, uint32_t unit)
{
    t->at += 5;
    uint32_t low;
    if (unit >= 0xD800 && unit <= 0xDBFF && peek(t, 0) == '\\' && peek(t, 1) == 'u' &&
        read_hex(t, 2, 4, &low) && low >= 0xDC00 && low <= 0xDFFF) {
        t->at += 6;
        return 0x10000 + ((unit - 0xD800) << 10) + (low - 0xDC00);
    }
    return unit;
}

/* Octal escapes: up to three digits, at most \377. */
static uint32_t read_octal(struct translation *t)
{
    uint32_t value = 0;
    for (int i = 0; i < 3 && peek(t, 0) >= '0' && peek(t, 0) <= '7'; i++) {
        if (value * 8 + (uint32_t)(peek(t, 0) - '0') > 255) break;
        value = value * 8 + (uint32_t)(peek(t, 0) - '0');
        t->at++;
    }
    return value;
}

/* An escape that stands for one character; t->at is behind the backslash. */
static uint32_t read_character_escape(struct translation *t)
{
    static const char from[] = "tnvfr", to[] = "\t\n\v\f\r";
    char c = peek(t, 0);
    const char *found = c ? strchr(from, c) : NULL;
    uint32_t value;
    if (found) {
        t->at++;
        return (uint32_t)to[found - from];
    }
    if (c == 'x' && read_hex(t, 1, 2, &value)) {
        t->at += 3;
        return value;
    }
    if (c == 'u' && read_hex(t, 1, 4, &value)) return read_unicode(t, value);
    if (c == 'c' && ((peek(t, 1) | 32) >= 'a' && (peek(t, 1) | 32) <= 'z')) {
        value = (uint32_t)peek(t, 1) & 31;
        t->at += 2;
        return value;
    }
    if (c == 'c') return '\\'; /* a backslash and a c */
    if (c >= '0' && c <= '7') return read_octal(t);
    return str_utf8_next(t->in, &t->at);
}

/* \d, \W and their like. */
static bool translate_set(struct translation *t)
{
    const char *inside, *outside;
    switch (peek(t, 0)) {
    case 'd': inside = "0-9", outside = "[0-9]"; break;
    case 'D': inside = "\\D", outside = "[^0-9]"; break;
    case 'w': inside = "0-9A-Z_a-z", outside = "[0-9A-Z_a-z]"; break;
    case 'W': inside = "\\W", outside = "[^0-9A-Z_a-z]"; break;
    case 's': inside = JS_SPACE, outside = "[" JS_SPACE "]"; break;
    case 'S': inside = JS_NOT_SPACE, outside = "[^" JS_SPACE "]"; break;
    default: return false;
    }
    add(t, t->in_class ? inside : outside);
    t->at++;
    return true;
}

static uint32_t count_groups(str pattern)
{
    uint32_t groups = 0;
    bool in_class = false;
    for (size_t i = 0; i < pattern.len; i++) {
        char c = pattern.ptr[i];
        if (c == '\\') {
            i++;
        } else if (in_class) {
            in_class = c != ']';
        } else if (c == '[') {
            in_class = true;
        } else if (c == '(') {
            char next = str_at(pattern, i + 2);
            char after = str_at(pattern, i + 3);
            bool special = i + 1 < pattern.len && pattern.ptr[i + 1] == '?';
            groups += !special || (next == '<' && after != '=' && after != '!');
        }
    }
    return groups;
}

/* \1 refers to a group if there are that many, else it is an octal escape or a digit. */
static bool translate_back_reference(struct translation *t)
{
    uint64_t number = 0;
    size_t digits = 0;
    while (digits < 4 && peek(t, digits) >= '0' && peek(t, digits) <= '9') {
        number = number * 10 + (uint64_t)(peek(t, digits) - '0');
        digits++;
    }
    if (number == 0 || number > count_groups(t->in)) return false;
    buf_printf(&t->out, "\\g{%u}", (unsigned)number);
    t->at += digits;
    return true;
}

static bool translate_escape(struct translation *t)
{
    t->at++;
    if (t->at >= t->in.len) return problem(t, "\\ at end of pattern");
    char c = peek(t, 0);
    if (translate_set(t)) return true;
    if (!t->in_class && (c == 'b' || c == 'B')) {
        add(t, c == 'b' ? "\\b" : "\\B");
        t->at++;
        return true;
    }
    if (!t->in_class && c == 'k' && peek(t, 1) == '<') {
        size_t end = str_find_char(t->in, '>', t->at);
        if (end == t->in.len) return problem(t, "Invalid named reference");
        buf_printf(&t->out, "\\k<%.*s>", (int)(end - t->at - 2), t->in.ptr + t->at + 2);
        t->at = end + 1;
        return true;
    }
    if (!t->in_class && c >= '1' && c <= '9' && translate_back_reference(t)) return true;
    if (t->in_class && c == 'b') {
        t->at++;
        add_literal(t, 8);
        return true;
    }
    add_literal(t, read_character_escape(t));
    return true;
}

/* One end of a range, or a set. Gives UINT32_MAX for a set. */
static bool translate_class_atom(struct translation *t)
{
    if (peek(t, 0) == '\\') return translate_escape(t);
    add_literal(t, str_utf8_next(t->in, &t->at));
    return true;
}

static bool translate_class(struct translation *t)
{
    t->at++;
    bool negated = peek(t, 0) == '^';
    if (negated) t->at++;
    if (peek(t, 0) == ']') {
        add(t, negated ? "[\\x{0}-\\x{10ffff}]" : "(*FAIL)");
        t->at++;
        return true;
    }
    add(t, negated ? "[^" : "[");
    t->in_class = true;
    while (t->at < t->in.len && peek(t, 0) != ']') {
        bool set = peek(t, 0) == '\\' && peek(t, 1) && strchr("dDwWsS", peek(t, 1));
        if (!translate_class_atom(t)) return false;
        if (peek(t, 0) != '-' || peek(t, 1) == ']' || peek(t, 1) == '\0') continue;
        bool next_set = peek(t, 1) == '\\' && peek(t, 2) && strchr("dDwWsS", peek(t, 2));
        t->at++;
        add(t, set || next_set ? "\\-" : "-");
        if (!translate_class_atom(t)) return false;
    }
    t->in_class = false;
    if (t->at >= t->in.len) return problem(t, "Unterminated character class");
    t->at++;
    add(t, "]");
    return true;
}

static bool translate_group(struct translation *t)
{
    static const char *const known[] = { "(?:", "(?=", "(?!", "(?<=", "(?<!" };
    if (++t->depth > 200) return problem(t, "Too many nested groups");
    if (peek(t, 1) != '?') {
        t->at++;
        add(t, "(");
        return true;
    }
    str rest = str_skip(t->in, t->at);
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        if (!str_starts_with(rest, str_from(known[i]))) continue;
        add(t, known[i]);
        t->at += strlen(known[i]);
        return true;
    }
    if (peek(t, 2) != '<') return problem(t, "Invalid group");
    size_t end = str_find_char(t->in, '>', t->at);
    if (end == t->in.len) return problem(t, "Invalid capture group name");
    buf_add(&t->out, str_slice(t->in, t->at, end + 1));
    t->at = end + 1;
    return true;
}

/* Length of {n}, {n,} or {n,m} at t->at; 0 if the brace is just a brace. */
static size_t quantifier_length(const struct translation *t)
{
    size_t i = 1, digits = 0;
    while (peek(t, i) >= '0' && peek(t, i) <= '9')
        i++, digits++;
    if (digits == 0 || digits > 5) return 0;
    if (peek(t, i) == ',') {
        i++;
        size_t more = 0;
        while (peek(t, i) >= '0' && peek(t, i) <= '9')
            i++, more++;
        if (more > 5) return 0;
    }
    return peek(t, i) == '}' ? i + 1 : 0;
}

/* JavaScript has no possessive quantifiers: `a++` is an error there. */
static bool translate_quantifier(struct translation *t)
{
    size_t length = peek(t, 0) == '{' ? quantifier_length(t) : 1;
    buf_add(&t->out, str_slice(t->in, t->at, t->at + length));
    t->at += length;
    if (peek(t, 0) == '?') {
        add(t, "?");
        t->at++;
    }
    char c = peek(t, 0);
    bool another = c == '*' || c == '+' || c == '?' || (c == '{' && quantifier_length(t) > 0);
    return another ? problem(t, "Nothing to repeat") : true;
}

static bool translate_one(struct translation *t)
{
    switch (peek(t, 0)) {
    case '\\': return translate_escape(t);
    case '[': return translate_class(t);
    case '(': return translate_group(t);
    case '*':
    case '+':
    case '?': return translate_quantifier(t);
    case '{':
        if (quantifier_length(t) > 0) return translate_quantifier(t);
        break;
    case ')':
    case '|':
        buf_add_char(&t->out, peek(t, 0));
        t->at++;
        return true;
    case '.':
        add(t, "[^" JS_NEWLINE "]");
        t->at++;
        return true;
    case '^':
        add(t, t->multiline ? "(?<![^" JS_NEWLINE "])" : "\\A");
        t->at++;
        return true;
    case '$':
        add(t, t->multiline ? "(?![^" JS_NEWLINE "])" : "\\z");
        t->at++;
        return true;
    default: break;
    }
    add_literal(t, str_utf8_next(t->in, &t->at));
    return true;
}

/* ---- compiling ---- */

static bool compile_text(str text, uint32_t options, struct arena *arena, const struct regex **out,
                         str *message)
{
    pcre2_general_context *general = pcre2_general_context_create(allocate, release, arena);
    pcre2_compile_context *context = pcre2_compile_context_create(general);
    pcre2_set_parens_nest_limit(context, 200);
    int code;
    PCRE2_SIZE offset;
    pcre2_code *compiled = pcre2_compile((PCRE2_SPTR)text.ptr, text.len,
                                         options | PCRE2_UTF | PCRE2_MATCH_UNSET_BACKREF |
                                             PCRE2_NEVER_BACKSLASH_C | PCRE2_DUPNAMES,
                                         &code, &offset, context);
    if (!compiled) {
        char reason[200];
        pcre2_get_error_message(code, (PCRE2_UCHAR *)reason, sizeof reason);
        *message = arena_str(arena, str_from(reason));
        return false;
    }
    struct regex *regex = ARENA_NEW(arena, struct regex);
    regex->code = compiled;
    pcre2_pattern_info(compiled, PCRE2_INFO_CAPTURECOUNT, &regex->group_count);
    *out = regex;
    if (regex->group_count <= REGEX_GROUPS_MAX) return true;
    *message = STR("Too many groups");
    return false;
}

bool regex_compile(str pattern, str flags, struct arena *arena, const struct regex **out,
                   str *message)
{
    uint32_t options = 0;
    struct translation t = { .in = pattern };
    buf_init(&t.out, arena);
    for (size_t i = 0; i < flags.len; i++) {
        if (flags.ptr[i] == 'i') options |= PCRE2_CASELESS;
        if (flags.ptr[i] == 'm') t.multiline = true;
    }
    if (pattern.len > REGEX_PATTERN_BYTES_MAX) t.problem = "Regular expression too large";
    while (!t.problem && t.at < pattern.len) {
        if (!translate_one(&t)) break;
    }
    if (t.problem) {
        *message = str_from(t.problem);
        return false;
    }
    return compile_text(buf_str(&t.out), options, arena, out, message);
}

uint32_t regex_group_count(const struct regex *regex)
{
    return regex->group_count;
}

/* ---- matching ---- */

struct match_state {
    pcre2_match_data *data;
    pcre2_match_context *context;
};

static struct match_state *match_state(struct ev *ev)
{
    if (ev->match_data) return ev->match_data;
    struct match_state *state = ev_alloc(ev, sizeof *state);
    if (!state) return NULL;
    pcre2_general_context *general = pcre2_general_context_create(allocate, release, ev->arena);
    state->data = pcre2_match_data_create(REGEX_GROUPS_MAX + 1, general);
    state->context = pcre2_match_context_create(general);
    pcre2_set_heap_limit(state->context, REGEX_HEAP_KIB_MAX);
    ev->match_data = state;
    return state;
}

/* Halves of surrogate pairs are no UTF-8; they match as U+FFFD, which is as long. */
static str without_halves(struct ev *ev, str subject)
{
    if (!ev->surrogates) return subject;
    char *copy = ev_alloc(ev, subject.len);
    if (!copy) return (str){ 0 };
    memcpy(copy, subject.ptr, subject.len);
    for (size_t i = 0; i + 2 < subject.len; i++) {
        if ((unsigned char)copy[i] != 0xED || (unsigned char)copy[i + 1] < 0xA0) continue;
        memcpy(copy + i, "\xEF\xBF\xBD", 3);
    }
    return (str){ copy, subject.len };
}

static int fill_match(struct ev *ev, const struct regex *regex, const PCRE2_SIZE *offsets,
                      int count, str subject, struct regex_match *out)
{
    str *groups = ev_alloc(ev, (uint64_t)(regex->group_count + 1) * sizeof *groups);
    if (!groups) return -1;
    for (uint32_t i = 1; i <= regex->group_count; i++) {
        bool set = i < (uint32_t)count && offsets[(size_t)2 * i] != PCRE2_UNSET;
        groups[i - 1] = set ? str_slice(subject, offsets[(size_t)2 * i], offsets[(size_t)2 * i + 1])
                            : (str){ NULL, 0 };
        if (set && !groups[i - 1].ptr) groups[i - 1].ptr = "";
    }
    *out = (struct regex_match){
        .start = offsets[0], .end = offsets[1], .group_count = regex->group_count, .groups = groups
    };
    return 1;
}

/* PCRE2 counts the match limit anew at each place of the subject and does not tell what was used.
 * So it is raised in steps, and each step is paid for in advance: what a match may cost without
 * being seen stays in proportion to what it has paid. */
static int run_match(struct ev *ev, struct match_state *state, const struct regex *regex,
                     str subject, size_t at)
{
    uint64_t left = subject.len - at;
    for (uint32_t limit = 64;; limit *= 16) {
        if (limit > EXPR_JSONATA_MATCH_MAX) limit = EXPR_JSONATA_MATCH_MAX;
        if (limit > 64 && !spend(ev, (left / 16 + 1) * (limit / 64))) return PCRE2_ERROR_CALLOUT;
        pcre2_set_match_limit(state->context, limit);
        int count = pcre2_match(regex->code, (PCRE2_SPTR)subject.ptr, subject.len, at,
                                PCRE2_NO_UTF_CHECK, state->data, state->context);
        if (count != PCRE2_ERROR_MATCHLIMIT || limit == EXPR_JSONATA_MATCH_MAX) return count;
    }
}

int regex_match(struct ev *ev, const struct regex *regex, str subject, size_t at,
                struct regex_match *out)
{
    struct match_state *state = match_state(ev);
    if (!state || !spend(ev, 8)) return -1;
    str checked = without_halves(ev, subject);
    if (!checked.ptr) checked = STR("");
    int count = run_match(ev, state, regex, checked, at);
    if (count == PCRE2_ERROR_CALLOUT) return -1; /* the budget is spent */
    if (count == PCRE2_ERROR_NOMATCH) return spend(ev, (subject.len - at) / 2) ? 0 : -1;
    if (count < 0) {
        fail(ev, "D1016", 0);
        return -1;
    }
    const PCRE2_SIZE *offsets = pcre2_get_ovector_pointer(state->data);
    if (!spend(ev, (offsets[1] - at) / 2)) return -1;
    return fill_match(ev, regex, offsets, count, subject, out);
}

json call_regex(struct ev *ev, const struct regex *regex, str subject, size_t at, bool again)
{
    struct regex_match match;
    int result = regex_match(ev, regex, subject, at, &match);
    if (result < 0) return failed();
    if (result == 0) return undefined();
    if (again && match.start == match.end) return fail(ev, "D1004", 0);
    json *groups = ev_alloc(ev, ((uint64_t)match.group_count + 1) * sizeof *groups);
    struct function *next = ev_alloc(ev, sizeof *next);
    if (!groups || !next || !ev_can_alloc(ev, 512) || !spend(ev, subject.len / 32)) {
        return failed();
    }
    for (uint32_t i = 0; i < match.group_count; i++) {
        groups[i] = match.groups[i].ptr ? json_string(match.groups[i]) : undefined();
    }
    *next = (struct function){
        .type = FUNCTION_NEXT, .regex = regex, .subject = subject, .at = match.end
    };
    struct json_fields fields;
    json_fields_init(&fields, ev->arena);
    json_fields_add(&fields, STR("match"), json_string(str_slice(subject, match.start, match.end)));
    json_fields_add(&fields, STR("start"), json_double(error_units(subject, match.start)));
    json_fields_add(&fields, STR("end"), json_double(error_units(subject, match.end)));
    json_fields_add(&fields, STR("groups"), array_value(groups, match.group_count, 0));
    json_fields_add(&fields, STR("next"), function_value(next));
    return json_fields_done(&fields);
}
