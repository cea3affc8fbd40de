/* Expressions to values. Arithmetic is Java's on longs and doubles; what cannot be calculated is
 * null, as in Velocity. */
#include <math.h>

#include "template/internal.h"

enum { EVALUATE_DEPTH_MAX = 1000 }; /* operators, brackets, strings inside each other */

static bool evaluate_list(struct run *run, const struct expression *expression, struct value *out)
{
    *out = vtl_value_list(run);
    for (size_t i = 0; i < expression->count; i++) {
        struct value item;
        if (!vtl_evaluate(run, &expression->parts[i], &item)) return false;
        if (!vtl_list_add(run, out->list, item)) return false;
    }
    return true;
}

static bool evaluate_map(struct run *run, const struct expression *expression, struct value *out)
{
    *out = vtl_value_map(run);
    for (size_t i = 0; i + 1 < expression->count; i += 2) {
        struct value key, value;
        str name;
        if (!vtl_evaluate(run, &expression->parts[i], &key) || !vtl_value_text(run, key, &name))
            return false;
        if (!vtl_evaluate(run, &expression->parts[i + 1], &value)) return false;
        if (!vtl_map_put(run, out->map, name, value)) return false;
    }
    return true;
}

static bool to_integer(struct value value, int64_t *out)
{
    return value.kind == VALUE_NUMBER && json_to_i64(value.number, out);
}

/* [a..b], also downwards; no longer than a #foreach goes. */
static bool evaluate_range(struct run *run, const struct expression *expression, struct value *out)
{
    struct value ends[2];
    int64_t first, last;
    *out = vtl_value_none();
    for (size_t i = 0; i < 2; i++)
        if (!vtl_evaluate(run, &expression->parts[i], &ends[i])) return false;
    if (!to_integer(ends[0], &first) || !to_integer(ends[1], &last)) return true;
    *out = vtl_value_list(run);
    for (size_t i = 0; i < TEMPLATE_LOOPS_MAX; i++) {
        if (!vtl_list_add(run, out->list, vtl_value_integer(run, first))) return false;
        if (first == last) break;
        first += first < last ? 1 : -1;
    }
    return true;
}

static bool evaluate_text(struct run *run, const struct expression *expression, struct value *out)
{
    struct buf text;
    buf_init(&text, run->arena);
    struct buf *outside = run->out;
    run->out = &text;
    bool ok = vtl_render_block(run, &expression->text);
    run->out = outside;
    *out = vtl_value_string(text.len > 0 ? buf_str(&text) : STR(""));
    return ok;
}

/* ---- operators ---- */

/* Whole numbers without a fraction are longs, as the digits say. */
static bool is_long(json number, int64_t *out)
{
    if (number.is_double || !json_to_i64(number, out)) return false;
    str digits = { number.text, number.count };
    return str_find_char(digits, '.', 0) == digits.len;
}

static bool calculate_longs(enum operation operation, int64_t a, int64_t b, int64_t *out)
{
    switch (operation) {
    case OPERATION_ADD: return !__builtin_add_overflow(a, b, out);
    case OPERATION_SUBTRACT: return !__builtin_sub_overflow(a, b, out);
    case OPERATION_MULTIPLY: return !__builtin_mul_overflow(a, b, out);
    case OPERATION_DIVIDE:
        if (b == 0 || (a == INT64_MIN && b == -1)) return false;
        *out = a / b;
        return true;
    default:
        if (b == 0 || b == -1) return false;
        *out = a % b;
        return true;
    }
}

static double calculate_doubles(enum operation operation, double a, double b)
{
    switch (operation) {
    case OPERATION_ADD: return a + b;
    case OPERATION_SUBTRACT: return a - b;
    case OPERATION_MULTIPLY: return a * b;
    case OPERATION_DIVIDE: return a / b;
    default: return fmod(a, b);
    }
}

static bool calculate(struct run *run, enum operation operation, struct value a, struct value b,
                      struct value *out)
{
    *out = vtl_value_none();
    if (operation == OPERATION_ADD && (a.kind == VALUE_STRING || b.kind == VALUE_STRING)) {
        struct buf buf;
        buf_init(&buf, run->arena);
        if (!vtl_value_write(run, &buf, a) || !vtl_value_write(run, &buf, b)) return false;
        *out = vtl_value_string(buf.len > 0 ? buf_str(&buf) : STR(""));
        return true;
    }
    if (a.kind != VALUE_NUMBER || b.kind != VALUE_NUMBER) return true;
    int64_t left, right, result;
    if (is_long(a.number, &left) && is_long(b.number, &right)) {
        if (operation == OPERATION_REMAINDER && right == -1)
            *out = vtl_value_integer(run, 0);
        else if (calculate_longs(operation, left, right, &result))
            *out = vtl_value_integer(run, result);
        return true;
    }
    double number = calculate_doubles(operation, json_number(a.number), json_number(b.number));
    if (isfinite(number))
        *out = (struct value){ .kind = VALUE_NUMBER, .number = json_double(number) };
    return true;
}

static bool is_ordered(enum operation operation, int order)
{
    switch (operation) {
    case OPERATION_LESS: return order < 0;
    case OPERATION_LESS_OR_EQUAL: return order <= 0;
    case OPERATION_GREATER: return order > 0;
    default: return order >= 0;
    }
}

/* Only numbers have an order; anything else is not less and not greater. */
static void compare(enum operation operation, struct value a, struct value b, struct value *out)
{
    bool numbers = a.kind == VALUE_NUMBER && b.kind == VALUE_NUMBER;
    *out = vtl_value_boolean(numbers &&
                             is_ordered(operation, json_number_compare(a.number, b.number)));
}

static bool evaluate_logical(struct run *run, const struct expression *expression,
                             struct value *out)
{
    struct value left, right;
    if (!vtl_evaluate(run, &expression->parts[0], &left)) return false;
    bool is_or = expression->operation == OPERATION_OR;
    *out = vtl_value_boolean(is_or);
    if (vtl_value_is_true(left) == is_or) return true;
    if (!vtl_evaluate(run, &expression->parts[1], &right)) return false;
    *out = vtl_value_boolean(vtl_value_is_true(right));
    return true;
}

static bool evaluate_binary(struct run *run, const struct expression *expression, struct value *out)
{
    enum operation operation = expression->operation;
    if (operation == OPERATION_OR || operation == OPERATION_AND)
        return evaluate_logical(run, expression, out);
    struct value left, right;
    if (!vtl_evaluate(run, &expression->parts[0], &left)) return false;
    if (!vtl_evaluate(run, &expression->parts[1], &right)) return false;
    if (operation >= OPERATION_ADD) return calculate(run, operation, left, right, out);
    if (operation >= OPERATION_LESS) {
        compare(operation, left, right, out);
        return true;
    }
    bool equal;
    if (!vtl_value_equals(run, left, right, &equal)) return false;
    *out = vtl_value_boolean(equal == (operation == OPERATION_EQUAL));
    return true;
}

static bool evaluate_not(struct run *run, const struct expression *expression, struct value *out)
{
    struct value operand;
    if (!vtl_evaluate(run, &expression->parts[0], &operand)) return false;
    *out = vtl_value_boolean(!vtl_value_is_true(operand));
    return true;
}

static bool evaluate_kind(struct run *run, const struct expression *expression, struct value *out)
{
    switch (expression->kind) {
    case EXPRESSION_CONSTANT: *out = vtl_value_json(run, expression->constant); return true;
    case EXPRESSION_TEXT: return evaluate_text(run, expression, out);
    case EXPRESSION_REFERENCE: return vtl_resolve(run, &expression->reference, out);
    case EXPRESSION_LIST: return evaluate_list(run, expression, out);
    case EXPRESSION_MAP: return evaluate_map(run, expression, out);
    case EXPRESSION_RANGE: return evaluate_range(run, expression, out);
    case EXPRESSION_NOT: return evaluate_not(run, expression, out);
    case EXPRESSION_BINARY: return evaluate_binary(run, expression, out);
    }
    return true;
}

bool vtl_evaluate(struct run *run, const struct expression *expression, struct value *out)
{
    *out = vtl_value_none();
    if (!vtl_run_step(run, 1)) return false;
    if (run->depth >= EVALUATE_DEPTH_MAX)
        return vtl_run_fail(run, ERROR_TOO_DEEP,
                            "the template's expressions are nested too deeply");
    run->depth++;
    bool ok = evaluate_kind(run, expression, out);
    run->depth--;
    return ok;
}
