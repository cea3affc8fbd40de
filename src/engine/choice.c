/* Choice rules. Source: "Choice state" of the Amazon States Language. */
#include "engine/internal.h"

static int sign_of(int order)
{
    return (order > 0) - (order < 0);
}

static bool order_holds(enum asl_comparison comparison, int order)
{
    switch (comparison) {
    case ASL_EQUAL: return order == 0;
    case ASL_LESS: return order < 0;
    case ASL_LESS_EQUAL: return order <= 0;
    case ASL_GREATER: return order > 0;
    case ASL_GREATER_EQUAL: return order >= 0;
    }
    fatal("no such comparison: %d", (int)comparison);
}

/* Java's String.compareTo orders by UTF-16 code units: supplementary characters sort below U+E000.
 */
static uint32_t utf16_rank(uint32_t code_point)
{
    return code_point >= 0x10000  ? 0xD800
           : code_point >= 0xD800 ? code_point + 0x10000
                                  : code_point;
}

static int compare_strings(str a, str b)
{
    size_t i = 0, j = 0;
    while (i < a.len && j < b.len) {
        uint32_t x = str_utf8_next(a, &i);
        uint32_t y = str_utf8_next(b, &j);
        if (x == y) continue;
        if (utf16_rank(x) != utf16_rank(y)) return utf16_rank(x) < utf16_rank(y) ? -1 : 1;
        return x < y ? -1 : 1;
    }
    return (i < a.len) - (j < b.len);
}

/* StringMatches: `*` stands for any characters; `\*` and `\\` for themselves. Linear in practice:
 * on a mismatch only the last star is tried again (Kraus's wildcard algorithm). */
static bool pattern_matches(str pattern, str text)
{
    size_t p = 0, t = 0, star = SIZE_MAX, star_text = 0;
    while (t < text.len) {
        if (p < pattern.len && pattern.ptr[p] == '*') {
            star = ++p;
            star_text = t;
            continue;
        }
        bool escaped = p + 1 < pattern.len && pattern.ptr[p] == '\\' &&
                       (pattern.ptr[p + 1] == '*' || pattern.ptr[p + 1] == '\\');
        size_t at = escaped ? p + 1 : p;
        if (at < pattern.len && pattern.ptr[at] == text.ptr[t]) {
            p = at + 1;
            t++;
        } else if (star != SIZE_MAX) {
            p = star;
            t = ++star_text;
        } else {
            return false;
        }
    }
    while (p < pattern.len && pattern.ptr[p] == '*')
        p++;
    return p == pattern.len;
}

static bool is_timestamp(json value)
{
    int64_t ms;
    return json_is_string(value) && asl_parse_timestamp(json_str(value), &ms);
}

static bool type_holds(enum asl_is is, enum expr_found found, json value)
{
    switch (is) {
    case ASL_IS_PRESENT: return found == EXPR_FOUND;
    case ASL_IS_NULL: return json_is_null(value);
    case ASL_IS_NUMERIC: return json_is_number(value);
    case ASL_IS_STRING: return json_is_string(value);
    case ASL_IS_BOOLEAN: return json_is_bool(value);
    case ASL_IS_TIMESTAMP: return is_timestamp(value);
    }
    fatal("no such type test: %d", (int)is);
}

/* Values of another type than the operator's never match. */
static bool values_match(const struct asl_choice_rule *rule, json variable, json value)
{
    int64_t a_ms, b_ms;
    switch (rule->type) {
    case ASL_COMPARE_STRING:
        if (!json_is_string(variable) || !json_is_string(value)) return false;
        return order_holds(rule->comparison,
                           sign_of(compare_strings(json_str(variable), json_str(value))));
    case ASL_COMPARE_STRING_MATCHES:
        if (!json_is_string(variable) || !json_is_string(value)) return false;
        return pattern_matches(json_str(value), json_str(variable));
    case ASL_COMPARE_NUMERIC:
        if (!json_is_number(variable) || !json_is_number(value)) return false;
        return order_holds(rule->comparison, json_number_compare(variable, value));
    case ASL_COMPARE_BOOLEAN:
        if (!json_is_bool(variable) || !json_is_bool(value)) return false;
        return variable.boolean == value.boolean;
    case ASL_COMPARE_TIMESTAMP:
        if (!json_is_string(variable) || !asl_parse_timestamp(json_str(variable), &a_ms))
            return false;
        if (!json_is_string(value) || !asl_parse_timestamp(json_str(value), &b_ms)) return false;
        return order_holds(rule->comparison, (a_ms > b_ms) - (a_ms < b_ms));
    case ASL_COMPARE_IS: break;
    }
    fatal("no such comparison type: %d", (int)rule->type);
}

static bool missing_variable(struct turn *turn, struct frame *frame, const struct expr *path,
                             struct failure *failure)
{
    return failure_runtime(turn, frame, failure, STR("States.Runtime"),
                           "Invalid path '%.*s': The choice state's condition path references an "
                           "invalid value.",
                           STR_ARGS(expr_source(path)));
}

static bool find_operand(struct turn *turn, struct frame *frame, const struct expr *path,
                         struct evaluation *evaluation, json *out, enum expr_found *found,
                         struct failure *failure)
{
    struct expr_failure why;
    *out = json_null();
    *found = expr_find(path, &evaluation->env, out, &why);
    if (*found != EXPR_FAILED) return true;
    failure_from_expr(turn, frame, &why, failure);
    return false;
}

static bool compare_matches(struct turn *turn, struct frame *frame,
                            const struct asl_choice_rule *rule, struct evaluation *evaluation,
                            bool *out, struct failure *failure)
{
    json variable;
    enum expr_found found;
    if (!find_operand(turn, frame, rule->variable, evaluation, &variable, &found, failure))
        return false;
    if (rule->type == ASL_COMPARE_IS && rule->is == ASL_IS_PRESENT) {
        *out = (found == EXPR_FOUND) == rule->value.boolean;
        return true;
    }
    if (found == EXPR_ABSENT) return missing_variable(turn, frame, rule->variable, failure);
    if (rule->type == ASL_COMPARE_IS) {
        *out = type_holds(rule->is, found, variable) == rule->value.boolean;
        return true;
    }
    json value = rule->value;
    if (rule->value_path) {
        if (!find_operand(turn, frame, rule->value_path, evaluation, &value, &found, failure))
            return false;
        if (found == EXPR_ABSENT) return missing_variable(turn, frame, rule->value_path, failure);
    }
    *out = values_match(rule, variable, value);
    return true;
}

static bool condition_matches(struct turn *turn, struct frame *frame,
                              const struct asl_choice_rule *rule, struct evaluation *evaluation,
                              bool *out, struct failure *failure)
{
    if (!rule->variable) {
        *out = rule->condition_constant;
        return true;
    }
    struct expr_failure why;
    json value;
    str field = arena_printf(turn->arena, "Choices[%zu]/Condition",
                             (size_t)(rule - frame->state->choice.rules));
    if (!expr_eval(rule->variable, &evaluation->env, field, &value, &why)) {
        failure_from_expr(turn, frame, &why, failure);
        return false;
    }
    if (!json_is_bool(value)) {
        static const char *const kinds[] = { "null",   "boolean", "number",
                                             "string", "array",   "object" };
        return failure_evaluation(turn, frame, failure, field,
                                  "The JSONata expression '%.*s' specified for the field '%.*s' "
                                  "returned an unexpected result type. Expected 'boolean', but was "
                                  "'%s' for value: %.*s",
                                  STR_ARGS(expr_source(rule->variable)), STR_ARGS(field),
                                  kinds[value.kind], STR_ARGS(json_text(turn->arena, value)));
    }
    *out = value.boolean;
    return true;
}

/* Recursion is bounded by ASL_CHOICE_DEPTH_MAX, which the compiler enforces. */
bool choice_matches(struct turn *turn, struct frame *frame, const struct asl_choice_rule *rule,
                    struct evaluation *evaluation, bool *out, struct failure *failure)
{
    switch (rule->op) {
    case ASL_CHOICE_COMPARE: return compare_matches(turn, frame, rule, evaluation, out, failure);
    case ASL_CHOICE_CONDITION:
        return condition_matches(turn, frame, rule, evaluation, out, failure);
    case ASL_CHOICE_NOT:
        if (!choice_matches(turn, frame, &rule->operands[0], evaluation, out, failure))
            return false;
        *out = !*out;
        return true;
    case ASL_CHOICE_AND:
    case ASL_CHOICE_OR: break;
    }
    bool decides = rule->op == ASL_CHOICE_OR; /* the answer of one that settles the whole */
    for (size_t i = 0; i < rule->operand_count; i++) {
        if (!choice_matches(turn, frame, &rule->operands[i], evaluation, out, failure))
            return false;
        if (*out == decides) return true;
    }
    *out = !decides;
    return true;
}
