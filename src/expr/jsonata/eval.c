/* The evaluator: one expression node with one input in one scope.
 *
 * eval() is the only way into a node. It keeps the budget, applies predicates and groups, and lets
 * a sequence of one item stand for that item. Paths, groups and calls have files of their own. */
#include "expr/jsonata/value.h"

#include <math.h>

/* ---- operators ---- */

static json fail_operand(struct ev *ev, const char *code, const struct node *node, json value)
{
    str text = value_preview(ev, value);
    return fail_with(ev, code, node->position,
                     &(struct error_parts){ .token = token_text(node->op), .value = text });
}

/* A failure in an operation is reported at its operator. */
static json fail_at(struct ev *ev, const struct node *node)
{
    ev->failure.position = node->position;
    ev->failure.parts.token = token_text(node->op);
    return failed();
}

static json eval_numeric(struct ev *ev, const struct node *node, json a, json b)
{
    bool bad = false;
    if (!is_undefined(a) && !is_numeric(ev, a, &bad)) {
        return bad ? fail_at(ev, node) : fail_operand(ev, "T2001", node, a);
    }
    if (!is_undefined(b) && !is_numeric(ev, b, &bad)) {
        return bad ? fail_at(ev, node) : fail_operand(ev, "T2002", node, b);
    }
    if (is_undefined(a) || is_undefined(b)) return undefined();
    double x = number_of(a), y = number_of(b);
    switch (node->op) {
    case TOKEN_PLUS: return json_double(x + y);
    case TOKEN_MINUS: return json_double(x - y);
    case TOKEN_STAR: return json_double(x * y);
    case TOKEN_SLASH: return json_double(x / y);
    default: return json_double(fmod(x, y));
    }
}

static json eval_equality(struct ev *ev, const struct node *node, json a, json b)
{
    if (is_undefined(a) || is_undefined(b)) return json_bool(false);
    bool bad = false;
    bool equal = value_equal(ev, a, b, &bad);
    if (bad) return fail_at(ev, node);
    return json_bool(equal == (node->op == TOKEN_EQUAL));
}

static bool is_comparable(json v)
{
    return v.kind == JSON_STRING || v.kind == JSON_NUMBER;
}

static bool holds(uint8_t op, int order)
{
    switch (op) {
    case TOKEN_LESS: return order < 0;
    case TOKEN_LESS_EQUAL: return order <= 0;
    case TOKEN_GREATER: return order > 0;
    default: return order >= 0;
    }
}

static json eval_comparison(struct ev *ev, const struct node *node, json a, json b)
{
    if (!is_undefined(a) && !is_comparable(a)) return fail_operand(ev, "T2010", node, a);
    if (!is_undefined(b) && !is_comparable(b)) return fail_operand(ev, "T2010", node, b);
    if (is_undefined(a) || is_undefined(b)) return undefined();
    if (a.kind != b.kind) {
        struct error_parts parts = { .token = token_text(node->op) };
        parts.value = value_preview(ev, a);
        parts.value2 = value_preview(ev, b);
        return fail_with(ev, "T2009", node->position, &parts);
    }
    if (a.kind == JSON_STRING) {
        return json_bool(holds(node->op, string_compare(json_str(a), json_str(b))));
    }
    double x = number_of(a), y = number_of(b);
    if (isnan(x) || isnan(y)) return json_bool(false);
    return json_bool(holds(node->op, x < y ? -1 : x > y));
}

static json eval_concat(struct ev *ev, const struct node *node, json a, json b)
{
    str x, y;
    if (!value_string(ev, a, false, &x) || !value_string(ev, b, false, &y)) {
        return fail_at(ev, node);
    }
    if (y.len == 0) return json_string(x);
    if (x.len == 0) return json_string(y);
    char *text = ev_alloc(ev, (uint64_t)x.len + y.len);
    if (!text) return failed();
    memcpy(text, x.ptr, x.len);
    memcpy(text + x.len, y.ptr, y.len);
    return json_string((str){ text, x.len + y.len });
}

static bool is_integer(json v)
{
    if (v.kind != JSON_NUMBER) return false;
    double n = number_of(v);
    return isfinite(n) && n == trunc(n);
}

/* Ranges are not written out: [1..10000000] costs no more than [1..2] until somebody looks. */
static json eval_range(struct ev *ev, const struct node *node, json a, json b)
{
    if (!is_undefined(a) && !is_integer(a)) return fail_operand(ev, "T2003", node, a);
    if (!is_undefined(b) && !is_integer(b)) return fail_operand(ev, "T2004", node, b);
    if (is_undefined(a) || is_undefined(b)) return undefined();
    double from = number_of(a), to = number_of(b);
    if (from > to) return undefined();
    double size = to - from + 1;
    if (size > EXPR_JSONATA_RANGE_MAX) {
        return fail_operand(ev, "D2014", node, json_double(size));
    }
    return (json){
        .kind = JSON_ARRAY, .user = IS_SEQUENCE | IS_RANGE, .count = (uint32_t)size, .number = from
    };
}

/* Identity, as JavaScript's === has it. */
static bool is_same(json a, json b)
{
    if (a.kind != b.kind) return false;
    switch (a.kind) {
    case JSON_NULL: return true;
    case JSON_BOOL: return a.boolean == b.boolean;
    case JSON_NUMBER: return number_of(a) == number_of(b);
    case JSON_STRING: return str_eq(json_str(a), json_str(b));
    default: return a.items && a.items == b.items && a.count == b.count;
    }
}

static json eval_inclusion(struct ev *ev, json a, json b)
{
    if (is_undefined(a) || is_undefined(b)) return json_bool(false);
    if (b.kind != JSON_ARRAY) return json_bool(is_same(a, b));
    if (!spend(ev, b.count / 4)) return failed();
    for (uint32_t i = 0; i < b.count; i++) {
        if (is_same(a, item_at(b, i))) return json_bool(true);
    }
    return json_bool(false);
}

static json eval_logic(struct ev *ev, const struct node *node, json a, json input,
                       struct frame *frame)
{
    bool bad = false;
    bool left = value_truth(ev, a, &bad);
    if (bad) return fail_at(ev, node);
    if (left == (node->op == TOKEN_OR)) return json_bool(left);
    json b = eval(ev, node->rhs, input, frame);
    if (is_failed(b)) return fail_at(ev, node);
    bool right = value_truth(ev, b, &bad);
    return bad ? fail_at(ev, node) : json_bool(right);
}

static json eval_binary(struct ev *ev, const struct node *node, json input, struct frame *frame)
{
    json a = eval(ev, node->lhs, input, frame);
    if (is_failed(a)) return a;
    if (node->op == TOKEN_AND || node->op == TOKEN_OR) {
        return eval_logic(ev, node, a, input, frame);
    }
    json b = eval(ev, node->rhs, input, frame);
    if (is_failed(b)) return b;
    switch (node->op) {
    case TOKEN_EQUAL:
    case TOKEN_NOT_EQUAL: return eval_equality(ev, node, a, b);
    case TOKEN_LESS:
    case TOKEN_LESS_EQUAL:
    case TOKEN_GREATER:
    case TOKEN_GREATER_EQUAL: return eval_comparison(ev, node, a, b);
    case TOKEN_AMPERSAND: return eval_concat(ev, node, a, b);
    case TOKEN_RANGE: return eval_range(ev, node, a, b);
    case TOKEN_IN: return eval_inclusion(ev, a, b);
    default: return eval_numeric(ev, node, a, b);
    }
}

static json eval_negate(struct ev *ev, const struct node *node, json input, struct frame *frame)
{
    json v = eval(ev, node->lhs, input, frame);
    if (is_failed(v) || is_undefined(v)) return v;
    bool bad = false;
    if (is_numeric(ev, v, &bad)) return json_double(-number_of(v));
    if (bad) return failed();
    str text = value_preview(ev, v);
    return fail_with(ev, "D1002", node->position,
                     &(struct error_parts){ .token = STR("-"), .value = text });
}

/* ---- names, wildcards, descendants ---- */

static bool push_lookup(struct ev *ev, json array, str key, uint32_t depth)
{
    if (depth >= JSON_DEPTH_MAX) {
        fail(ev, "D1011", 0);
        return false;
    }
    if (!spend(ev, 1 + array.count / 2)) return false;
    for (uint32_t i = 0; i < array.count; i++) {
        json item = item_at(array, i);
        bool ok = true;
        if (item.kind == JSON_ARRAY) {
            ok = push_lookup(ev, item, key, depth + 1);
        } else if (item.kind == JSON_OBJECT) {
            json v = member_of(item, key);
            if (v.kind == JSON_ARRAY)
                ok = ev_push_items(ev, v);
            else if (!is_undefined(v))
                ok = ev_push(ev, v);
        }
        if (!ok) return false;
    }
    return true;
}

json lookup_field(struct ev *ev, json input, str key)
{
    if (input.kind == JSON_OBJECT) {
        if (input.count > 64 && !spend(ev, input.count / 32)) return failed();
        return member_of(input, key);
    }
    if (input.kind != JSON_ARRAY) return undefined();
    size_t base = ev->stack_count;
    if (!push_lookup(ev, input, key, 0)) return failed();
    return ev_take(ev, base, IS_SEQUENCE);
}

static bool push_flattened(struct ev *ev, json array, uint32_t depth)
{
    if (depth >= JSON_DEPTH_MAX) {
        fail(ev, "D1011", 0);
        return false;
    }
    if (!spend(ev, 1 + array.count / 4)) return false;
    for (uint32_t i = 0; i < array.count; i++) {
        json item = item_at(array, i);
        bool ok = item.kind == JSON_ARRAY ? push_flattened(ev, item, depth + 1) : ev_push(ev, item);
        if (!ok) return false;
    }
    return true;
}

/* Where a member is an array, the result is a plain one: it stays an array with one item too. */
static json eval_wildcard(struct ev *ev, json input)
{
    if (input.kind == JSON_ARRAY && (input.user & IS_OUTER) && input.count > 0) {
        input = item_at(input, 0);
    }
    size_t base = ev->stack_count;
    unsigned marks = IS_SEQUENCE;
    uint32_t count = 0;
    const struct json_member *members = NULL;
    if (input.kind == JSON_OBJECT) members = members_of(input, &count);
    if (input.kind == JSON_ARRAY) count = input.count;
    for (uint32_t i = 0; i < count; i++) {
        json v = members ? members[i].value : item_at(input, i);
        if (v.kind == JSON_ARRAY) marks = 0;
        bool ok = v.kind == JSON_ARRAY ? push_flattened(ev, v, 0) : ev_push(ev, v);
        if (!ok) return failed();
    }
    return ev_take(ev, base, marks);
}

static bool push_descendants(struct ev *ev, json v, uint32_t depth)
{
    if (depth >= JSON_DEPTH_MAX * 2) {
        fail(ev, "D1011", 0);
        return false;
    }
    if (!spend(ev, 1)) return false;
    if (v.kind == JSON_ARRAY) {
        for (uint32_t i = 0; i < v.count; i++) {
            if (!push_descendants(ev, item_at(v, i), depth + 1)) return false;
        }
        return true;
    }
    if (!ev_push(ev, v)) return false;
    if (v.kind != JSON_OBJECT) return true;
    uint32_t count;
    const struct json_member *members = members_of(v, &count);
    for (uint32_t i = 0; i < count; i++) {
        if (!push_descendants(ev, members[i].value, depth + 1)) return false;
    }
    return true;
}

static json eval_descendants(struct ev *ev, json input)
{
    if (is_undefined(input)) return input;
    size_t base = ev->stack_count;
    if (!push_descendants(ev, input, 0)) return failed();
    return ev_take(ev, base, IS_SEQUENCE);
}

/* ---- constructors, blocks, conditions ---- */

static json eval_array(struct ev *ev, const struct node *node, json input, struct frame *frame)
{
    unsigned marks = node->flags & NODE_CONS_ARRAY ? IS_CONS : 0;
    size_t base = ev->stack_count;
    for (uint32_t i = 0; i < node->list.count; i++) {
        const struct node *item = node->list.items[i];
        json v = eval(ev, item, input, frame);
        if (is_failed(v)) return v;
        if (is_undefined(v)) continue;
        bool one = v.kind != JSON_ARRAY || item->type == NODE_ARRAY;
        if (!one && node->list.count == 1) {
            v.user = (uint16_t)((v.user & IS_RANGE) | marks);
            return v;
        }
        if (!(one ? ev_push(ev, v) : ev_push_items(ev, v))) return failed();
    }
    return ev_take(ev, base, marks);
}

json append_values(struct ev *ev, json a, json b)
{
    if (is_undefined(a)) return b;
    if (is_undefined(b)) return a;
    /* Adding nothing to a range leaves it a range. */
    if (a.kind == JSON_ARRAY && a.count == 0 && b.kind == JSON_ARRAY) {
        b.user &= IS_RANGE;
        return b;
    }
    size_t base = ev->stack_count;
    bool ok = a.kind == JSON_ARRAY ? ev_push_items(ev, a) : ev_push(ev, a);
    ok = ok && (b.kind == JSON_ARRAY ? ev_push_items(ev, b) : ev_push(ev, b));
    return ok ? ev_take(ev, base, 0) : failed();
}

static json eval_block(struct ev *ev, const struct node *node, json input, struct frame *frame)
{
    if (node->flags & NODE_SCOPE) {
        frame = frame_new(ev, frame, 4);
        if (!frame) return failed();
    }
    json v = undefined();
    for (uint32_t i = 0; i < node->list.count; i++) {
        v = eval(ev, node->list.items[i], input, frame);
        if (is_failed(v)) return v;
    }
    return v;
}

static json eval_condition(struct ev *ev, const struct node *node, json input, struct frame *frame)
{
    json v = eval(ev, node->lhs, input, frame);
    if (is_failed(v)) return v;
    bool bad = false;
    bool holds_true = value_truth(ev, v, &bad);
    if (bad) return failed();
    if (holds_true) return eval(ev, node->rhs, input, frame);
    return node->third ? eval(ev, node->third, input, frame) : undefined();
}

/* `a ?: b` and `a ?? b`. The reference evaluates `a` twice; once is enough. */
static json eval_default(struct ev *ev, const struct node *node, json input, struct frame *frame)
{
    json v = eval(ev, node->lhs, input, frame);
    if (is_failed(v)) return v;
    bool bad = false;
    bool taken = node->type == NODE_COALESCE ? !is_undefined(v) : value_truth(ev, v, &bad);
    if (bad) return failed();
    return taken ? v : eval(ev, node->rhs, input, frame);
}

static json eval_bind(struct ev *ev, const struct node *node, json input, struct frame *frame)
{
    json v = eval(ev, node->rhs, input, frame);
    if (is_failed(v)) return v;
    return frame_bind(ev, frame, node->symbol, v) ? v : failed();
}

static json eval_variable(struct ev *ev, const struct node *node, json input,
                          const struct frame *frame)
{
    if (node->value.count == 0) {
        bool outer = input.kind == JSON_ARRAY && (input.user & IS_OUTER) && input.count > 0;
        return outer ? item_at(input, 0) : input;
    }
    return lookup_symbol(ev, node->flags & NODE_GLOBAL ? NULL : frame, node->symbol);
}

static json eval_regex(struct ev *ev, const struct node *node)
{
    struct function *f = ev_alloc(ev, sizeof *f);
    if (!f) return failed();
    *f = (struct function){ .type = FUNCTION_REGEX, .arity = 2, .node = node };
    return function_value(f);
}

static json eval_node(struct ev *ev, const struct node *node, json input, struct frame *frame)
{
    switch ((enum node_type)node->type) {
    case NODE_PATH: return eval_path(ev, node, input, frame);
    case NODE_BINARY: return eval_binary(ev, node, input, frame);
    case NODE_NAME: return lookup_field(ev, input, json_str(node->value));
    case NODE_STRING:
    case NODE_NUMBER:
    case NODE_VALUE: return node->value;
    case NODE_VARIABLE: return eval_variable(ev, node, input, frame);
    case NODE_FUNCTION: return eval_function(ev, node, input, frame, NULL);
    case NODE_LAMBDA: return eval_lambda(ev, node, input, frame);
    case NODE_OBJECT: return eval_group(ev, node, input, frame);
    case NODE_ARRAY: return eval_array(ev, node, input, frame);
    case NODE_BLOCK: return eval_block(ev, node, input, frame);
    case NODE_CONDITION: return eval_condition(ev, node, input, frame);
    case NODE_ELVIS:
    case NODE_COALESCE: return eval_default(ev, node, input, frame);
    case NODE_BIND: return eval_bind(ev, node, input, frame);
    case NODE_NEGATE: return eval_negate(ev, node, input, frame);
    case NODE_APPLY: return eval_apply(ev, node, input, frame);
    case NODE_PARTIAL: return eval_partial(ev, node, input, frame);
    case NODE_TRANSFORM: return eval_transform(ev, node, input, frame);
    case NODE_REGEX: return eval_regex(ev, node);
    case NODE_WILDCARD: return eval_wildcard(ev, input);
    case NODE_DESCENDANT: return eval_descendants(ev, input);
    case NODE_PARENT: return lookup_symbol(ev, frame, node->slot->label);
    case NODE_SORT: return eval_sort(ev, node, input, frame);
    case NODE_TERM:
    case NODE_OPERATOR:
    case NODE_END: break;
    }
    return undefined();
}

static json apply_extra(struct ev *ev, const struct node *node, json v, struct frame *frame)
{
    const struct node_extra *extra = node->extra;
    for (uint32_t i = 0; i < extra->predicates.count && !is_failed(v); i++) {
        v = eval_filter(ev, extra->predicates.items[i].filter, v, frame);
    }
    if (extra->group && node->type != NODE_PATH && !is_failed(v)) {
        v = eval_group(ev, extra->group, v, frame);
    }
    return v;
}

json eval(struct ev *ev, const struct node *node, json input, struct frame *frame)
{
    if (--ev->steps < 0) {
        ev->steps = 0;
        return fail(ev, "D1012", node->position);
    }
    if (ev->depth >= ev->depth_max) return fail(ev, "D1011", node->position);
    if (!ev_can_alloc(ev, 0)) return failed();
    ev->depth++;
    json v = eval_node(ev, node, input, frame);
    if (node->extra && v.kind != KIND_TAIL) v = apply_extra(ev, node, v, frame);
    if (v.kind == JSON_ARRAY && (v.user & (IS_SEQUENCE | IS_TUPLES)) == IS_SEQUENCE) {
        if (node->flags & NODE_KEEP_ARRAY) v.user |= KEEP_ONE;
        if (v.count == 0) {
            v = undefined();
        } else if (v.count == 1 && !(v.user & KEEP_ONE)) {
            v = item_at(v, 0);
        }
    }
    ev->depth--;
    return v;
}

/* ---- the entry ---- */

static void copy_symbols(struct ev *ev, struct symbol_table *to, const struct symbol_table *from)
{
    *to = (struct symbol_table){ .arena = ev->arena };
    for (uint32_t i = 0; i < from->count; i++) {
        uint32_t symbol = symbol_intern(to, from->items[i].name);
        to->items[symbol] = from->items[i];
    }
}

static bool prepare(struct ev *ev, json input)
{
    ev->root = input;
    ev->global_count = ev->symbols->count;
    ev->globals = ev_alloc(ev, (uint64_t)ev->global_count * sizeof *ev->globals);
    if (!ev->globals) return false;
    for (uint32_t i = 0; i < ev->global_count; i++) {
        ev->globals[i] = (json){ .kind = KIND_TAIL };
    }
    return true;
}

static json run(struct ev *ev, const struct jsonata *compiled, json input)
{
    if (!prepare(ev, input)) return failed();
    struct frame *frame = NULL;
    if (compiled->scope_binds > 0 || compiled->uses_eval) {
        frame = frame_new(ev, NULL, compiled->scope_binds);
        if (!frame) return failed();
    }
    if (input.kind == JSON_ARRAY) {
        json *items = ev_alloc(ev, sizeof *items);
        if (!items) return failed();
        *items = input;
        input = array_value(items, 1, IS_SEQUENCE | IS_OUTER);
    }
    json v = eval(ev, compiled->root, input, frame);
    if (is_failed(v) || is_undefined(v)) return v;
    return value_export(ev, v);
}

bool jsonata_eval(const struct jsonata *compiled, json input, const struct jsonata_env *env,
                  bool *defined, json *out, struct jsonata_error *err)
{
    const struct jsonata_budget *budget = &env->budget;
    struct ev ev = { .env = env, .arena = env->arena, .source = compiled->source };
    struct symbol_table copy, *symbols;
    memcpy(&symbols, &(const struct symbol_table *){ &compiled->symbols }, sizeof symbols);
    ev.symbols = symbols; /* read only, unless it is the copy for $eval */
    ev.uses_eval = compiled->uses_eval;
    ev.surrogates = compiled->has_escapes;
    ev.depth_max = budget->depth ? budget->depth : EXPR_JSONATA_DEPTH_MAX;
    ev.steps = budget->steps && budget->steps < INT64_MAX ? (int64_t)budget->steps
                                                          : EXPR_JSONATA_STEPS_MAX;
    size_t bytes = budget->bytes ? budget->bytes : EXPR_RESULT_BYTES_MAX;
    ev.bytes_max =
        bytes < SIZE_MAX - ev.arena->used_bytes ? ev.arena->used_bytes + bytes : SIZE_MAX;
    if (ev.uses_eval) {
        copy_symbols(&ev, &copy, &compiled->symbols);
        ev.symbols = &copy;
    }
    json v = run(&ev, compiled, input);
    if (is_failed(v)) {
        report_failure(&ev, err);
        return false;
    }
    *defined = !is_undefined(v);
    if (*defined) *out = v;
    return true;
}
