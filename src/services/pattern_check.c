/* Checks a pattern when it is stored. The order of the checks, the texts and the places in them are
 * those that SNS and EventBridge show: they read the pattern token by token, so the first fault in
 * the text is the one that is reported. */
#include <math.h>

#include "services/pattern.h"
#include "services/pattern_token.h"

struct check {
    struct tokens tokens;
    enum pattern_dialect dialect;
    struct pattern_size *size;
    struct error *err;
};

static bool fail_at(struct check *check, size_t place, const char *text)
{
    error_set_long(check->err, check->tokens.arena, ERROR_VALIDATION, "%s", text);
    check->err->offset = (uint32_t)place;
    return false;
}

static bool fail_with(struct check *check, size_t place, const char *text, str detail)
{
    return fail_at(check, place,
                   arena_printf(check->tokens.arena, "%s%.*s", text, STR_ARGS(detail)).ptr);
}

static uint64_t times(uint64_t a, uint64_t b)
{
    uint64_t product;
    if (__builtin_mul_overflow(a, b, &product) || product > PATTERN_COMBINATIONS_COUNTED)
        return PATTERN_COMBINATIONS_COUNTED;
    return product;
}

static uint64_t plus(uint64_t a, uint64_t b)
{
    return a + b > PATTERN_COMBINATIONS_COUNTED ? PATTERN_COMBINATIONS_COUNTED : a + b;
}

/* ---- operators ---- */

static bool is_number(struct token token)
{
    return token.kind == TOKEN_NUMBER;
}

/* The object of the operator ends here. */
static bool only_one_key(struct check *check)
{
    struct token token = token_next(&check->tokens);
    return token.kind == TOKEN_OBJECT_END ||
           fail_at(check, token.place, "Only one key allowed in match expression");
}

static bool too_many(struct check *check, struct token token)
{
    return fail_at(check, token.place, "Too many elements in numeric expression");
}

static double value_of(struct check *check, struct token token)
{
    json value;
    struct error err;
    if (!json_parse(token.text, check->tokens.arena, &value, &err))
        fatal("a number was well-formed before");
    return json_number(value);
}

static bool number_fits(struct check *check, struct token token)
{
    bool event = check->dialect == PATTERN_EVENT;
    if (fabs(value_of(check, token)) <= (event ? 5e9 : 1e9)) return true;
    return fail_at(check, token.place,
                   event ? "Value must be between -5.0E9 and 5.0E9, inclusive"
                         : "Value must be between -1.0E9 and 1.0E9, inclusive");
}

static bool must_be_numeric(struct check *check, struct token token, str op)
{
    if (is_number(token)) return number_fits(check, token);
    str name = str_eq(op, STR("=")) ? STR("equals") : op;
    return fail_at(
        check, token.place,
        arena_printf(check->tokens.arena, "Value of %.*s must be numeric", STR_ARGS(name)).ptr);
}

static bool is_upper_bound(str op)
{
    return str_eq(op, STR("<")) || str_eq(op, STR("<="));
}

/* "<", 10]: the second half of [">", 1, "<", 10], whose first token has been read. */
static bool check_range_end(struct check *check, struct token op, double bottom)
{
    if (op.kind != TOKEN_STRING)
        return fail_with(check, op.end, "Bad value in numeric range: ", op.text);
    if (!is_upper_bound(op.text))
        return fail_with(check, op.end, "Bad numeric range operator: ", op.text);
    struct token top = token_next(&check->tokens);
    if (!must_be_numeric(check, top, op.text)) return false;
    struct token end = token_next(&check->tokens);
    if (end.kind != TOKEN_ARRAY_END)
        return fail_at(check, end.place, "Too many terms in numeric range expression");
    if (bottom >= value_of(check, top))
        return fail_at(check, end.place, "Bottom must be less than top");
    return true;
}

static bool check_numeric(struct check *check)
{
    struct token token = token_next(&check->tokens);
    if (token.kind != TOKEN_ARRAY_BEGIN)
        return fail_at(check, token.place, "Value of numeric must be an array.");
    struct token op = token_next(&check->tokens);
    if (op.kind != TOKEN_STRING)
        return fail_with(check, op.place, "Invalid member in numeric match: ", op.text);
    struct token value = token_next(&check->tokens);
    bool lower = str_eq(op.text, STR(">")) || str_eq(op.text, STR(">="));
    if (!lower && !is_upper_bound(op.text) && !str_eq(op.text, STR("=")))
        return fail_with(check, value.place, "Unrecognized numeric range operator: ", op.text);
    if (!must_be_numeric(check, value, op.text)) return false;
    token = token_next(&check->tokens);
    if (token.kind != TOKEN_ARRAY_END) {
        if (!lower) return too_many(check, token);
        if (!check_range_end(check, token, value_of(check, value))) return false;
    }
    token = token_next(&check->tokens);
    return token.kind == TOKEN_OBJECT_END || too_many(check, token);
}

static bool check_exists(struct check *check)
{
    struct token token = token_next(&check->tokens);
    if (token.kind != TOKEN_TRUE && token.kind != TOKEN_FALSE)
        return fail_at(check, token.place, "exists match pattern must be either true or false.");
    return only_one_key(check);
}

/* Stars that stand for anything; *fault is AWS's reason, with the position of what is wrong, which
 * counts the quote before the text. */
static bool count_stars(struct check *check, struct token token, size_t *stars)
{
    str text = token.text;
    *stars = 0;
    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] == '\\') {
            if (str_at(text, i + 1) != '*' && str_at(text, i + 1) != '\\')
                return fail_at(
                    check, token.end,
                    arena_printf(check->tokens.arena, "Invalid escape character at pos %zu", i + 1)
                        .ptr);
            i++;
        } else if (text.ptr[i] == '*') {
            if (str_at(text, i + 1) == '*')
                return fail_at(check, token.end,
                               arena_printf(check->tokens.arena,
                                            "Consecutive wildcard characters at pos %zu", i + 1)
                                   .ptr);
            ++*stars;
        }
    }
    return true;
}

static bool check_wildcard(struct check *check, struct token token, uint64_t *points)
{
    size_t stars;
    if (!count_stars(check, token, &stars)) return false;
    if (stars > check->size->wildcards) check->size->wildcards = stars;
    *points += stars == 0 ? 0 : stars == 1 ? 1 : 3;
    return true;
}

static bool check_network(struct check *check, struct token token)
{
    struct pattern_network network;
    const char *fault = pattern_network_read(token.text, &network);
    return !fault || fail_at(check, PATTERN_NO_PLACE, fault);
}

/* {"equals-ignore-case": text} as the argument of prefix or suffix. */
static bool check_affix_object(struct check *check, str op)
{
    struct token name = token_next(&check->tokens);
    if (name.kind != TOKEN_FIELD || !str_eq(name.text, STR("equals-ignore-case")))
        return fail_with(check, name.place, "Unsupported anything-but pattern: ", name.text);
    struct token text = token_next(&check->tokens);
    if (text.kind != TOKEN_STRING)
        return fail_with(check, text.place, op.ptr, STR(" match pattern must be a string"));
    return only_one_key(check) && only_one_key(check);
}

static bool check_text(struct check *check, str op, uint64_t *points)
{
    struct token token = token_next(&check->tokens);
    bool affix = str_eq(op, STR("prefix")) || str_eq(op, STR("suffix"));
    if (affix && token.kind == TOKEN_OBJECT_BEGIN && check->dialect == PATTERN_EVENT)
        return check_affix_object(check, op);
    if (token.kind != TOKEN_STRING) {
        /* The text for cidr is prefix's in AWS's answers, too. */
        str shown = str_eq(op, STR("cidr"))      ? STR("prefix")
                    : str_eq(op, STR("exactly")) ? STR("exact")
                                                 : op;
        return fail_with(check, token.place, shown.ptr, STR(" match pattern must be a string"));
    }
    if (str_eq(op, STR("wildcard")) && !check_wildcard(check, token, points)) return false;
    if (str_eq(op, STR("cidr")) && !check_network(check, token)) return false;
    return only_one_key(check);
}

/* ---- anything-but ---- */

/* [text, text ...] or text, below an operator inside anything-but. */
static bool check_texts(struct check *check, str op, uint64_t *points)
{
    struct token token = token_next(&check->tokens);
    bool list = token.kind == TOKEN_ARRAY_BEGIN;
    if (list) token = token_next(&check->tokens);
    do {
        if (token.kind != TOKEN_STRING)
            return fail_with(check, token.place, op.ptr, STR(" match pattern must be a string"));
        if (token.text.len == 0)
            return fail_with(check, token.end, "Null prefix/suffix not allowed", STR(""));
        if (str_eq(op, STR("wildcard")) && !check_wildcard(check, token, points)) return false;
        if (list) token = token_next(&check->tokens);
    } while (list && token.kind != TOKEN_ARRAY_END);
    return true;
}

static bool check_but_object(struct check *check, uint64_t *points)
{
    struct token name = token_next(&check->tokens);
    if (name.kind != TOKEN_FIELD)
        return fail_at(check, name.place, "Anything-But expression name not found");
    static const char *const known[] = { "prefix", "suffix", "equals-ignore-case", "wildcard" };
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (str_eq(name.text, str_from(known[i])))
            return check_texts(check, str_from(known[i]), points) && only_one_key(check) &&
                   only_one_key(check);
    return fail_with(check, name.place, "Unsupported anything-but pattern: ", name.text);
}

static bool check_but_list(struct check *check)
{
    bool numbers = false, strings = false;
    struct token token = token_next(&check->tokens);
    for (; token.kind != TOKEN_ARRAY_END; token = token_next(&check->tokens)) {
        if (token.kind != TOKEN_STRING && token.kind != TOKEN_NUMBER)
            return fail_at(check, token.place,
                           "Inside anything but list, start|null|boolean is not supported.");
        if (is_number(token) && !number_fits(check, token)) return false;
        numbers |= is_number(token);
        strings |= !is_number(token);
    }
    if (numbers == strings)
        return fail_at(check, token.place,
                       "Inside anything but list, either all values are number or string, mixed "
                       "type is not supported");
    return true;
}

static bool check_anything_but(struct check *check, uint64_t *points)
{
    struct token token = token_next(&check->tokens);
    switch (token.kind) {
    case TOKEN_OBJECT_BEGIN: return check_but_object(check, points);
    case TOKEN_ARRAY_BEGIN:
        if (!check_but_list(check)) return false;
        break;
    case TOKEN_NUMBER:
        if (!number_fits(check, token)) return false;
        break;
    case TOKEN_STRING: break;
    default:
        return fail_at(check, token.place,
                       "Value of anything-but must be an array or single string/number value.");
    }
    token = token_next(&check->tokens);
    return token.kind == TOKEN_OBJECT_END || too_many(check, token);
}

/* ---- fields ---- */

/* {operator: argument}, whose brace has been read. */
static bool check_expression(struct check *check, uint64_t *points)
{
    struct token name = token_next(&check->tokens);
    if (name.kind != TOKEN_FIELD)
        return fail_at(check, name.place, "Match expression name not found");
    if (str_eq(name.text, STR("numeric"))) return check_numeric(check);
    if (str_eq(name.text, STR("exists"))) return check_exists(check);
    if (str_eq(name.text, STR("anything-but"))) return check_anything_but(check, points);
    static const char *const texts[] = { "prefix",   "suffix", "equals-ignore-case",
                                         "wildcard", "cidr",   "exactly" };
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        if (str_eq(name.text, str_from(texts[i])))
            return check_text(check, str_from(texts[i]), points);
    return fail_with(check, name.place, "Unrecognized match type ", name.text);
}

static bool check_conditions(struct check *check, size_t depth, uint64_t *combinations)
{
    uint64_t count = 0, points = 0;
    struct token token = token_next(&check->tokens);
    for (; token.kind != TOKEN_ARRAY_END; token = token_next(&check->tokens), count++) {
        if (token.kind == TOKEN_OBJECT_BEGIN) {
            if (!check_expression(check, &points)) return false;
        } else if (token.kind == TOKEN_ARRAY_BEGIN) {
            return fail_at(check, token.place,
                           "Match value must be String, number, true, false, or null");
        }
    }
    if (count == 0) return fail_at(check, token.place, "Empty arrays are not allowed");
    *combinations = times(count, depth);
    if (points > 0) check->size->wildcard_points = times(check->size->wildcard_points, points);
    return true;
}

static bool check_object(struct check *check, size_t depth, uint64_t *combinations);

/* The branches of $or, whose name has been read. */
static bool check_or(struct check *check, size_t depth, uint64_t *combinations)
{
    *combinations = 0;
    (void)token_next(&check->tokens); /* its bracket */
    while (token_next(&check->tokens).kind != TOKEN_ARRAY_END) {
        uint64_t branch;
        if (!check_object(check, depth, &branch)) return false;
        *combinations = plus(*combinations, branch);
    }
    return true;
}

static bool check_field(struct check *check, str name, size_t depth, uint64_t *combinations)
{
    if (str_eq(name, STR("$or")) && token_value_is_or(&check->tokens))
        return check_or(check, depth, combinations);
    struct token token = token_next(&check->tokens);
    if (token.kind == TOKEN_ARRAY_BEGIN) return check_conditions(check, depth, combinations);
    if (token.kind != TOKEN_OBJECT_BEGIN)
        return fail_at(check, token.place,
                       arena_printf(check->tokens.arena, "\"%.*s\" must be an object or an array",
                                    STR_ARGS(name))
                           .ptr);
    check->size->nested = true;
    return check_object(check, depth + 1, combinations);
}

/* The members of an object whose brace has been read. `depth` is theirs, from 1. */
static bool check_object(struct check *check, size_t depth, uint64_t *combinations)
{
    size_t count = 0;
    *combinations = 1;
    struct token token = token_next(&check->tokens);
    if (depth > PATTERN_DEPTH_MAX)
        return fail_at(check, token.place, "Pattern is nested too deeply");
    for (; token.kind != TOKEN_OBJECT_END; token = token_next(&check->tokens), count++) {
        uint64_t field;
        if (token.text.len > PATTERN_NAME_BYTES_MAX)
            return fail_at(check, token.place, "Field name is too long");
        if (!check_field(check, token.text, depth, &field)) return false;
        *combinations = times(*combinations, field);
    }
    if (count == 0) return fail_at(check, token.place, "Empty objects are not allowed");
    return true;
}

bool pattern_check(str text, enum pattern_dialect dialect, struct arena *arena, json *out,
                   struct pattern_size *size, struct error *err)
{
    json value;
    *size = (struct pattern_size){ .wildcard_points = 1 };
    if (!json_parse(text, arena, &value, err)) return false;
    struct check check = {
        .tokens = { .source = text, .arena = arena },
        .dialect = dialect,
        .size = size,
        .err = err,
    };
    struct token token = token_next(&check.tokens);
    if (token.kind != TOKEN_OBJECT_BEGIN)
        return fail_at(&check, token.place, "Filter is not an object");
    if (!check_object(&check, 1, &size->combinations)) return false;
    size->keys = json_count(value);
    *out = value;
    return true;
}
