/* Filter patterns of FilterLogEvents.
 *
 *     ERROR "out of memory" -test        all of the first, none of those with a minus
 *     ?ERROR ?WARN                       any of them; left out of account beside other terms
 *     { $.level = "error" && ($.ms > 100 || $.user.id NOT EXISTS) }
 *
 * Space-delimited patterns ([a, b, c]) and regular expressions (%...%) are refused. */
#include "services/pattern.h"
#include "services/logs/logs.h"

enum condition_kind { CONDITION_AND, CONDITION_OR, CONDITION_COMPARE, CONDITION_IS };

enum comparison {
    COMPARE_EQUAL,
    COMPARE_UNEQUAL,
    COMPARE_LESS,
    COMPARE_MOST,
    COMPARE_MORE,
    COMPARE_LEAST
};

enum is_what { IS_NULL, IS_TRUE, IS_FALSE, IS_ABSENT };

/* A step of $.name[0]: a name, or an index where `name` is empty. */
struct selector_step {
    str name;
    size_t index;
};

struct condition {
    enum condition_kind kind;
    const struct condition *left, *right; /* AND, OR */
    struct selector_step *steps;
    size_t step_count;
    enum comparison comparison;
    enum is_what what;
    bool negated;    /* IS NOT ... */
    str text;        /* COMPARE: a wildcard pattern */
    json number;     /* COMPARE: the same as a number */
    bool has_number; /* it is one, and not in quotes */
};

enum term_kind { TERM_ALL, TERM_ANY, TERM_NONE };

struct term {
    const struct term *next;
    enum term_kind kind;
    str text;
};

struct log_pattern {
    const struct condition *condition; /* NULL: terms */
    const struct term *terms;
    bool has_any_only; /* only terms of kind ANY */
};

struct reader_of_pattern {
    str text;
    size_t at;
    struct arena *arena;
    struct error *err;
    int depth;
};

static bool invalid(struct reader_of_pattern *r, const char *why)
{
    return error_set(r->err, ERROR_LOGS_INVALID_PARAMETER, "Invalid filter pattern: %s (at %zu)",
                     why, r->at);
}

static void skip_space(struct reader_of_pattern *r)
{
    while (r->at < r->text.len && str_find_char(STR(" \t\r\n"), r->text.ptr[r->at], 0) < 4)
        r->at++;
}

static bool take(struct reader_of_pattern *r, str sign)
{
    skip_space(r);
    if (!str_starts_with(str_skip(r->text, r->at), sign)) return false;
    r->at += sign.len;
    return true;
}

static bool is_word(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

/* A word, whatever its case, that ends there. */
static bool take_word(struct reader_of_pattern *r, str word)
{
    skip_space(r);
    for (size_t i = 0; i < word.len; i++) {
        char c = str_at(r->text, r->at + i);
        if (c >= 'a' && c <= 'z') c = (char)(c - 'a' + 'A');
        if (c != word.ptr[i]) return false;
    }
    if (is_word(str_at(r->text, r->at + word.len))) return false;
    r->at += word.len;
    return true;
}

/* A string in quotes; \" and \\ stand for themselves. */
static bool take_quoted(struct reader_of_pattern *r, str *out)
{
    struct buf buf;
    buf_init(&buf, r->arena);
    for (size_t i = r->at + 1; i < r->text.len; i++) {
        char c = r->text.ptr[i];
        if (c == '\\' && i + 1 < r->text.len) {
            buf_add_char(&buf, r->text.ptr[++i]);
        } else if (c == '"') {
            r->at = i + 1;
            *out = buf.len > 0 ? buf_str(&buf) : STR("");
            return true;
        } else {
            buf_add_char(&buf, c);
        }
    }
    return invalid(r, "a quote is not closed");
}

/* ---- { ... } ---- */

static bool ends_bare(char c)
{
    return str_find_char(STR(" \t\r\n=!<>()[]{}&|\""), c, 0) < 17;
}

static str take_bare(struct reader_of_pattern *r, bool dots)
{
    size_t from = r->at;
    while (r->at < r->text.len && !ends_bare(r->text.ptr[r->at]) &&
           (dots || r->text.ptr[r->at] != '.'))
        r->at++;
    return str_slice(r->text, from, r->at);
}

/* Behind a `[`: an index, or a name in quotes. */
static bool take_bracket(struct reader_of_pattern *r, struct selector_step *step)
{
    char quote = str_at(r->text, r->at);
    int64_t index = -1;
    if (quote == '\'' || quote == '"') {
        size_t end = str_find_char(r->text, quote, r->at + 1);
        if (end == r->text.len) return invalid(r, "a quote is not closed");
        step->name = str_slice(r->text, r->at + 1, end);
        r->at = end + 1;
    } else if (!str_to_i64(take_bare(r, false), &index) || index < 0) {
        return invalid(r, "an index is expected");
    }
    step->index = index < 0 ? 0 : (size_t)index;
    return take(r, STR("]")) ? true : invalid(r, "] is expected");
}

static bool take_selector(struct reader_of_pattern *r, struct condition *out)
{
    size_t capacity = 0;
    if (!take(r, STR("$"))) return invalid(r, "$ is expected");
    for (;;) {
        char c = str_at(r->text, r->at);
        if (c != '.' && c != '[') return true;
        r->at++;
        if (out->step_count == capacity) {
            capacity = capacity ? capacity * 2 : 4;
            struct selector_step *steps = arena_array(r->arena, capacity, sizeof *steps);
            if (out->step_count > 0) memcpy(steps, out->steps, out->step_count * sizeof *steps);
            out->steps = steps;
        }
        struct selector_step *step = &out->steps[out->step_count++];
        *step = (struct selector_step){ 0 };
        if (c == '[') {
            if (!take_bracket(r, step)) return false;
            continue;
        }
        if (str_at(r->text, r->at) == '[') { /* $.['a'] */
            out->step_count--;
            continue;
        }
        step->name = take_bare(r, false);
        if (step->name.len == 0) return invalid(r, "a name is expected");
    }
}

static bool take_comparison(struct reader_of_pattern *r, enum comparison *out)
{
    static const struct {
        str sign;
        enum comparison comparison;
    } signs[] = {
        { STR_INIT("!="), COMPARE_UNEQUAL }, { STR_INIT("<="), COMPARE_MOST },
        { STR_INIT(">="), COMPARE_LEAST },   { STR_INIT("="), COMPARE_EQUAL },
        { STR_INIT("<"), COMPARE_LESS },     { STR_INIT(">"), COMPARE_MORE },
    };
    for (size_t i = 0; i < sizeof signs / sizeof *signs; i++) {
        if (!take(r, signs[i].sign)) continue;
        *out = signs[i].comparison;
        return true;
    }
    return false;
}

static bool take_value(struct reader_of_pattern *r, struct condition *out)
{
    struct error ignored;
    skip_space(r);
    if (str_at(r->text, r->at) == '"') return take_quoted(r, &out->text);
    out->text = take_bare(r, true);
    if (out->text.len == 0) return invalid(r, "a value is expected");
    if (out->text.ptr[0] == '%') return invalid(r, "regular expressions are not supported");
    out->has_number =
        json_parse(out->text, r->arena, &out->number, &ignored) && json_is_number(out->number);
    return true;
}

static bool take_is(struct reader_of_pattern *r, struct condition *out)
{
    out->kind = CONDITION_IS;
    if (take_word(r, STR("NOT"))) {
        if (!take_word(r, STR("EXISTS"))) return invalid(r, "EXISTS is expected");
        out->what = IS_ABSENT;
        return true;
    }
    if (take_word(r, STR("EXISTS"))) {
        out->what = IS_ABSENT;
        out->negated = true;
        return true;
    }
    if (!take_word(r, STR("IS"))) return invalid(r, "an operator is expected");
    out->negated = take_word(r, STR("NOT"));
    if (take_word(r, STR("NULL")))
        out->what = IS_NULL;
    else if (take_word(r, STR("TRUE")))
        out->what = IS_TRUE;
    else if (take_word(r, STR("FALSE")))
        out->what = IS_FALSE;
    else
        return invalid(r, "NULL, TRUE or FALSE is expected");
    return true;
}

static bool parse_or(struct reader_of_pattern *r, const struct condition **out);

static bool parse_condition(struct reader_of_pattern *r, const struct condition **out)
{
    if (take(r, STR("("))) {
        if (++r->depth > LOG_PATTERN_DEPTH_MAX) return invalid(r, "it is nested too deeply");
        if (!parse_or(r, out)) return false;
        r->depth--;
        return take(r, STR(")")) ? true : invalid(r, ") is expected");
    }
    struct condition *condition = ARENA_NEW(r->arena, struct condition);
    *out = condition;
    condition->kind = CONDITION_COMPARE;
    if (!take_selector(r, condition)) return false;
    if (take_comparison(r, &condition->comparison)) return take_value(r, condition);
    return take_is(r, condition);
}

/* A chain of `sign`, as a tree that grows to the right. */
static const struct condition *join(struct reader_of_pattern *r, enum condition_kind kind,
                                    const struct condition *left, const struct condition *right)
{
    struct condition *both = ARENA_NEW(r->arena, struct condition);
    both->kind = kind;
    both->left = left;
    both->right = right;
    return both;
}

static bool parse_and(struct reader_of_pattern *r, const struct condition **out)
{
    if (!parse_condition(r, out)) return false;
    while (take(r, STR("&&"))) {
        const struct condition *right;
        if (!parse_condition(r, &right)) return false;
        *out = join(r, CONDITION_AND, *out, right);
    }
    return true;
}

static bool parse_or(struct reader_of_pattern *r, const struct condition **out)
{
    if (!parse_and(r, out)) return false;
    while (take(r, STR("||"))) {
        const struct condition *right;
        if (!parse_and(r, &right)) return false;
        *out = join(r, CONDITION_OR, *out, right);
    }
    return true;
}

static bool parse_object(struct reader_of_pattern *r, struct log_pattern *out)
{
    if (!parse_or(r, &out->condition)) return false;
    if (!take(r, STR("}"))) return invalid(r, "} is expected");
    skip_space(r);
    return r->at == r->text.len ? true : invalid(r, "nothing may follow }");
}

/* ---- terms ---- */

static bool take_term(struct reader_of_pattern *r, struct term *out)
{
    char c = str_at(r->text, r->at);
    out->kind = c == '?' ? TERM_ANY : c == '-' ? TERM_NONE : TERM_ALL;
    if (out->kind != TERM_ALL) r->at++;
    c = str_at(r->text, r->at);
    if (c == '"') return take_quoted(r, &out->text);
    if (c == '%') return invalid(r, "regular expressions are not supported");
    size_t from = r->at;
    while (r->at < r->text.len && str_find_char(STR(" \t\r\n"), r->text.ptr[r->at], 0) == 4)
        r->at++;
    out->text = str_slice(r->text, from, r->at);
    return out->text.len > 0 ? true : invalid(r, "a term is expected");
}

static bool parse_terms(struct reader_of_pattern *r, struct log_pattern *out)
{
    const struct term **last = &out->terms;
    out->has_any_only = true;
    for (skip_space(r); r->at < r->text.len; skip_space(r)) {
        struct term *term = ARENA_NEW(r->arena, struct term);
        if (!take_term(r, term)) return false;
        out->has_any_only = out->has_any_only && term->kind == TERM_ANY;
        *last = term;
        last = &term->next;
    }
    return true;
}

bool log_pattern_compile(str text, struct arena *arena, const struct log_pattern **out,
                         struct error *err)
{
    struct reader_of_pattern r = { .text = str_trim(text), .arena = arena, .err = err };
    struct log_pattern *pattern = ARENA_NEW(arena, struct log_pattern);
    *out = pattern;
    if (str_at(r.text, 0) == '[') return invalid(&r, "space-delimited patterns are not supported");
    if (take(&r, STR("{"))) return parse_object(&r, pattern);
    return parse_terms(&r, pattern);
}

/* ---- matching ---- */

static const json *select_value(const struct condition *condition, const json *value)
{
    for (size_t i = 0; value && i < condition->step_count; i++) {
        const struct selector_step *step = &condition->steps[i];
        if (step->name.len > 0)
            value = json_find(*value, step->name);
        else if (json_is_array(*value) && step->index < json_count(*value))
            value = &value->items[step->index];
        else
            value = NULL;
    }
    return value;
}

static bool orders(enum comparison comparison, int order)
{
    switch (comparison) {
    case COMPARE_EQUAL: return order == 0;
    case COMPARE_UNEQUAL: return order != 0;
    case COMPARE_LESS: return order < 0;
    case COMPARE_MOST: return order <= 0;
    case COMPARE_MORE: return order > 0;
    case COMPARE_LEAST: return order >= 0;
    }
    return false;
}

static bool compares(const struct condition *condition, json value, struct arena *arena)
{
    if (json_is_number(value) && condition->has_number)
        return orders(condition->comparison, json_number_compare(value, condition->number));
    if (json_is_array(value) || json_is_object(value)) return false;
    str text = json_is_string(value) ? json_str(value) : json_text(arena, value);
    bool equal = pattern_wildcard_matches(condition->text, text);
    if (condition->comparison == COMPARE_EQUAL) return equal;
    return condition->comparison == COMPARE_UNEQUAL && !equal;
}

static bool is(const struct condition *condition, const json *value)
{
    bool answer = false;
    switch (condition->what) {
    case IS_ABSENT: return (value == NULL) != condition->negated;
    case IS_NULL: answer = value && json_is_null(*value); break;
    case IS_TRUE: answer = value && json_is_bool(*value) && value->boolean; break;
    case IS_FALSE: answer = value && json_is_bool(*value) && !value->boolean; break;
    }
    return value && answer != condition->negated;
}

/* As deep as the text is long: at most 1,024 characters. */
static bool holds(const struct condition *condition, const json *message, struct arena *arena)
{
    const json *value;
    switch (condition->kind) {
    case CONDITION_AND:
        return holds(condition->left, message, arena) && holds(condition->right, message, arena);
    case CONDITION_OR:
        return holds(condition->left, message, arena) || holds(condition->right, message, arena);
    case CONDITION_IS: return is(condition, select_value(condition, message));
    case CONDITION_COMPARE:
        value = select_value(condition, message);
        return value && compares(condition, *value, arena);
    }
    return false;
}

static bool contains(str message, str text)
{
    return text.len == 0 || str_find(message, text, 0) < message.len;
}

static bool terms_match(const struct log_pattern *pattern, str message)
{
    for (const struct term *term = pattern->terms; term; term = term->next) {
        bool there = contains(message, term->text);
        if (pattern->has_any_only && there) return true;
        if (term->kind == TERM_ALL && !there) return false;
        if (term->kind == TERM_NONE && there) return false;
    }
    return !pattern->has_any_only || !pattern->terms;
}

bool log_pattern_matches(const struct log_pattern *pattern, str message, struct arena *arena)
{
    if (!pattern->condition) return terms_match(pattern, message);
    json value = json_null();
    struct error err;
    str text = str_trim(message);
    if (str_at(text, 0) != '{' && str_at(text, 0) != '[') return false;
    return json_parse(text, arena, &value, &err) && holds(pattern->condition, &value, arena);
}
