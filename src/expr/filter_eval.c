/* Evaluates JSONPath filters with Jayway's comparisons: a number equals a string that spells it,
 * the order operators only compare like with like, a path that finds nothing equals nothing. */
#include "expr/filter.h"

static struct operand value_operand(json value)
{
    return (struct operand){ .kind = OPERAND_VALUE, .value = value };
}

static struct operand resolve(const struct operand *operand, const struct path_eval *eval)
{
    if (operand->kind != OPERAND_PATH) return *operand;
    struct path_problem ignored;
    json value = json_null();
    if (path_evaluate(operand->path, eval, &value, &ignored) != PATH_FOUND) {
        return (struct operand){ .kind = OPERAND_UNDEFINED };
    }
    return value_operand(value);
}

static bool is_kind(const struct operand *operand, enum json_kind kind)
{
    return operand->kind == OPERAND_VALUE && operand->value.kind == (uint8_t)kind;
}

static bool is_container(json value)
{
    return json_is_array(value) || json_is_object(value);
}

/* ---- equality ---- */

/* A number as BigDecimal.toString writes it; for the comparison with a string. */
static str java_number_text(struct arena *arena, json number)
{
    str text = json_text(arena, number);
    bool negative = text.len > 0 && text.ptr[0] == '-';
    size_t at = negative ? 1 : 0;
    int64_t scale = 0, exponent = 0;
    struct buf digits;
    buf_init(&digits, arena);
    bool fraction = false;
    for (; at < text.len && text.ptr[at] != 'e' && text.ptr[at] != 'E'; at++) {
        if (text.ptr[at] == '.') {
            fraction = true;
            continue;
        }
        buf_add_char(&digits, text.ptr[at]);
        if (fraction) scale++;
    }
    if (at < text.len) {
        at++;
        if (at < text.len && text.ptr[at] == '+') at++;
        if (!str_to_i64(str_skip(text, at), &exponent)) return text;
    }
    if (exponent == 0 || exponent > 1000000 || exponent < -1000000) return text;
    scale -= exponent;
    str unscaled = buf_str(&digits);
    while (unscaled.len > 1 && unscaled.ptr[0] == '0')
        unscaled = str_skip(unscaled, 1);
    const char *sign = negative ? "-" : "";
    int64_t adjusted = (int64_t)unscaled.len - 1 - scale;
    if (scale >= 0 && adjusted >= -6) {
        if (scale == 0) return arena_printf(arena, "%s%.*s", sign, STR_ARGS(unscaled));
        int64_t whole = (int64_t)unscaled.len - scale;
        if (whole > 0) {
            return arena_printf(arena, "%s%.*s.%.*s", sign, (int)whole, unscaled.ptr, (int)scale,
                                unscaled.ptr + whole);
        }
        return arena_printf(arena, "%s0.%.*s%.*s", sign, (int)-whole, "000000", STR_ARGS(unscaled));
    }
    return arena_printf(arena, "%s%c%s%.*sE%+lld", sign, unscaled.ptr[0],
                        unscaled.len > 1 ? "." : "", (int)unscaled.len - 1, unscaled.ptr + 1,
                        (long long)adjusted);
}

/* `left.equals(right)`: the left side decides how a number and a string meet. */
static bool equals(const struct operand *left, const struct operand *right, struct arena *arena)
{
    if (left->kind != OPERAND_VALUE || right->kind != OPERAND_VALUE) return false;
    json a = left->value, b = right->value;
    if (json_is_number(a) && json_is_string(b)) {
        json number = json_null();
        return text_number(arena, json_str(b), &number) && json_number_compare(a, number) == 0;
    }
    if (json_is_string(a) && json_is_number(b)) {
        return str_eq(json_str(a), java_number_text(arena, b));
    }
    return json_equal(a, b);
}

static bool same(const struct operand *left, const struct operand *right, struct arena *arena)
{
    if (left->kind != OPERAND_VALUE || right->kind != OPERAND_VALUE) return false;
    bool like = left->value.kind == right->value.kind ||
                (is_container(left->value) && is_container(right->value));
    return like && equals(left, right, arena);
}

/* ---- order ---- */

/* Java compares UTF-16 units, so a character beyond U+FFFF comes before U+E000. */
static int compare_text(str a, str b)
{
    size_t i = 0, k = 0;
    while (i < a.len && k < b.len) {
        uint32_t x = str_utf8_next(a, &i), y = str_utf8_next(b, &k);
        if (x == y) continue;
        uint32_t unit_x = x > 0xFFFF ? 0xD800 + ((x - 0x10000) >> 10) : x;
        uint32_t unit_y = y > 0xFFFF ? 0xD800 + ((y - 0x10000) >> 10) : y;
        if (unit_x != unit_y) return unit_x < unit_y ? -1 : 1;
        return x < y ? -1 : 1;
    }
    if (i < a.len) return 1;
    return k < b.len ? -1 : 0;
}

static bool ordered(const struct operand *left, const struct operand *right,
                    enum filter_operator op)
{
    int order = 0;
    if (is_kind(left, JSON_NUMBER) && is_kind(right, JSON_NUMBER)) {
        order = json_number_compare(left->value, right->value);
    } else if (is_kind(left, JSON_STRING) && is_kind(right, JSON_STRING)) {
        order = compare_text(json_str(left->value), json_str(right->value));
    } else {
        return false;
    }
    if (op == FILTER_LT) return order < 0;
    if (op == FILTER_LE) return order <= 0;
    return op == FILTER_GT ? order > 0 : order >= 0;
}

/* ---- regular expressions ---- */

/* Match data is made once per evaluation: it holds PCRE2's backtracking memory, and the arena gives
 * nothing back. */
static void prepare_regex(const struct path_eval *eval)
{
    struct path_budget *budget = eval->budget;
    if (budget->regex) return;
    pcre2_general_context *memory = filter_regex_memory(eval->arena);
    pcre2_match_context *limits = pcre2_match_context_create(memory);
    budget->regex = pcre2_match_data_create(1, memory);
    budget->regex_limits = limits;
    ASSERT(limits != NULL && budget->regex != NULL);
    pcre2_set_match_limit(limits, EXPR_REGEX_MATCHES_MAX);
    pcre2_set_heap_limit(limits, EXPR_REGEX_HEAP_KIB_MAX);
}

/* A text on which a limit is reached does not match. */
static bool matches_text(const pcre2_code *pattern, str text, const struct path_eval *eval)
{
    prepare_regex(eval);
    const char *bytes = text.ptr ? text.ptr : "";
    return pcre2_match(pattern, (PCRE2_SPTR)bytes, text.len, 0, PCRE2_NO_UTF_CHECK,
                       eval->budget->regex, eval->budget->regex_limits) >= 0;
}

static bool matches_value(const pcre2_code *pattern, json value, const struct path_eval *eval)
{
    if (json_is_string(value)) return matches_text(pattern, json_str(value), eval);
    if (json_is_number(value) || json_is_bool(value)) {
        return matches_text(pattern, json_text(eval->arena, value), eval);
    }
    return matches_text(pattern, STR(""), eval);
}

static bool matches(const struct operand *left, const struct operand *right,
                    const struct path_eval *eval)
{
    if ((left->kind == OPERAND_PATTERN) == (right->kind == OPERAND_PATTERN)) return false;
    const struct operand *regex = left->kind == OPERAND_PATTERN ? left : right;
    const struct operand *other = left->kind == OPERAND_PATTERN ? right : left;
    if (other->kind != OPERAND_VALUE) return matches_text(regex->pattern, STR(""), eval);
    if (!json_is_array(other->value)) return matches_value(regex->pattern, other->value, eval);
    for (size_t i = 0; i < json_count(other->value); i++) {
        if (!path_budget_take(eval, 1)) return false;
        if (matches_value(regex->pattern, json_at(other->value, i), eval)) return true;
    }
    return false;
}

/* ---- lists ---- */

static bool list_has(json list, const struct operand *wanted, const struct path_eval *eval)
{
    /* Lists are searched for every item of a document, so the search draws on the budget. */
    if (!path_budget_take(eval, json_count(list))) return false;
    for (size_t i = 0; i < json_count(list); i++) {
        struct operand item = value_operand(json_at(list, i));
        if (equals(wanted, &item, eval->arena)) return true;
    }
    return false;
}

/* How many items of `part` are in `list`. */
static size_t shared_items(json part, json list, const struct path_eval *eval)
{
    size_t count = 0;
    for (size_t i = 0; i < json_count(part); i++) {
        struct operand item = value_operand(json_at(part, i));
        if (list_has(list, &item, eval)) count++;
    }
    return count;
}

static bool compare_lists(const struct operand *left, const struct operand *right,
                          enum filter_operator op, const struct path_eval *eval)
{
    if (!is_kind(left, JSON_ARRAY) || !is_kind(right, JSON_ARRAY)) return false;
    json a = left->value, b = right->value;
    if (op == FILTER_ALL) return shared_items(b, a, eval) == json_count(b);
    if (op == FILTER_SUBSET_OF) return shared_items(a, b, eval) == json_count(a);
    size_t shared = shared_items(a, b, eval);
    return op == FILTER_ANY_OF ? shared > 0 : shared == 0;
}

static bool contains(const struct operand *left, const struct operand *right,
                     const struct path_eval *eval)
{
    if (is_kind(left, JSON_STRING) && is_kind(right, JSON_STRING)) {
        str needle = json_str(right->value), text = json_str(left->value);
        return needle.len == 0 || str_find(text, needle, 0) < text.len;
    }
    return is_kind(left, JSON_ARRAY) && list_has(left->value, right, eval);
}

static bool has_size(const struct operand *left, const struct operand *right)
{
    int64_t wanted = 0;
    if (!is_kind(right, JSON_NUMBER) || !json_to_i64(right->value, &wanted)) return false;
    if (left->kind != OPERAND_VALUE) return false;
    if (is_container(left->value)) return (int64_t)json_count(left->value) == wanted;
    if (!json_is_string(left->value)) return false;
    /* Java counts UTF-16 units. */
    str text = json_str(left->value);
    int64_t units = 0;
    for (size_t i = 0; i < text.len;)
        units += str_utf8_next(text, &i) > 0xFFFF ? 2 : 1;
    return units == wanted;
}

static bool has_emptiness(const struct operand *left, const struct operand *right)
{
    if (left->kind != OPERAND_VALUE || !is_kind(right, JSON_BOOL)) return false;
    bool wanted = right->value.boolean;
    if (json_is_string(left->value)) return (json_str(left->value).len == 0) == wanted;
    return is_container(left->value) && (json_count(left->value) == 0) == wanted;
}

/* ---- filters ---- */

static bool compare(const struct filter *filter, const struct path_eval *eval)
{
    struct operand left = resolve(&filter->left, eval);
    struct operand right = resolve(&filter->right, eval);
    struct arena *arena = eval->arena;
    switch (filter->op) {
    case FILTER_EQ: return equals(&left, &right, arena);
    case FILTER_NE: return !equals(&left, &right, arena);
    case FILTER_SAME: return same(&left, &right, arena);
    case FILTER_NOT_SAME: return !same(&left, &right, arena);
    case FILTER_LT:
    case FILTER_LE:
    case FILTER_GT:
    case FILTER_GE: return ordered(&left, &right, filter->op);
    case FILTER_MATCHES: return matches(&left, &right, eval);
    case FILTER_IN: return is_kind(&right, JSON_ARRAY) && list_has(right.value, &left, eval);
    case FILTER_NIN: return !(is_kind(&right, JSON_ARRAY) && list_has(right.value, &left, eval));
    case FILTER_CONTAINS: return contains(&left, &right, eval);
    case FILTER_SIZE: return has_size(&left, &right);
    case FILTER_EMPTY: return has_emptiness(&left, &right);
    case FILTER_ALL:
    case FILTER_SUBSET_OF:
    case FILTER_ANY_OF:
    case FILTER_NONE_OF: return compare_lists(&left, &right, filter->op, eval);
    }
    return false;
}

static bool exists(const struct filter *filter, const struct path_eval *eval)
{
    struct path_eval strict = *eval;
    strict.strict = true;
    struct path_problem ignored;
    json value = json_null();
    bool found = path_evaluate(filter->left.path, &strict, &value, &ignored) == PATH_FOUND;
    return found == filter->expected;
}

/* As deep as the compiler allowed parentheses to nest. */
static bool accepts(const struct filter *filter, const struct path_eval *eval)
{
    switch (filter->kind) {
    case FILTER_AND:
        for (size_t i = 0; i < filter->part_count; i++) {
            if (!accepts(filter->parts[i], eval)) return false;
        }
        return true;
    case FILTER_OR:
        for (size_t i = 0; i < filter->part_count; i++) {
            if (accepts(filter->parts[i], eval)) return true;
        }
        return false;
    case FILTER_NOT: return !accepts(filter->parts[0], eval);
    case FILTER_EXISTS: return exists(filter, eval);
    case FILTER_COMPARE: return compare(filter, eval);
    }
    return false;
}

bool filter_accepts(const struct filter *filter, const struct path_eval *eval, json item)
{
    struct path_eval inner = *eval;
    inner.item = item;
    inner.strict = false;
    if (!path_budget_take(eval, 1)) return false;
    return accepts(filter, &inner);
}
