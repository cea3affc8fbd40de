/* Paths: steps over sequences, predicates, and tuples where a step binds variables. */
#include "expr/jsonata/value.h"

#include <math.h>

/* ---- predicates ---- */

static bool push_if_index(struct ev *ev, json number, uint32_t index, uint32_t count, json item)
{
    double wanted = floor(number_of(number));
    if (wanted < 0) wanted += count;
    return wanted != index || ev_push(ev, item);
}

/* An array of numbers selects positions; *is_numbers says whether this is one. */
static bool push_if_indices(struct ev *ev, json selected, uint32_t index, uint32_t count, json item,
                            bool *is_numbers)
{
    *is_numbers = false;
    if (!spend(ev, selected.count)) return false;
    bool bad = false;
    for (uint32_t i = 0; i < selected.count; i++) {
        if (!is_numeric(ev, item_at(selected, i), &bad)) return !bad;
    }
    *is_numbers = true;
    for (uint32_t i = 0; i < selected.count; i++) {
        if (!push_if_index(ev, item_at(selected, i), index, count, item)) return false;
    }
    return true;
}

static bool push_if_selected(struct ev *ev, json selected, uint32_t index, uint32_t count,
                             json item)
{
    bool bad = false;
    if (is_numeric(ev, selected, &bad)) return push_if_index(ev, selected, index, count, item);
    if (bad) return false;
    if (selected.kind == JSON_ARRAY) {
        bool is_numbers;
        if (!push_if_indices(ev, selected, index, count, item, &is_numbers)) return false;
        if (is_numbers) return true;
    }
    bool taken = value_truth(ev, selected, &bad);
    if (bad) return false;
    return !taken || ev_push(ev, item);
}

static json one_item(struct ev *ev, json item, unsigned marks)
{
    json *items = ev_alloc(ev, sizeof *items);
    if (!items) return failed();
    *items = item;
    return array_value(items, 1, marks);
}

static json filter_by_number(struct ev *ev, double position, json input, unsigned marks)
{
    double index = floor(position);
    if (index < 0) index += input.count;
    if (!(index >= 0 && index < input.count)) return array_value(NULL, 0, marks);
    json item = item_at(input, (uint32_t)index);
    if (item.kind == JSON_ARRAY) return item;
    return is_undefined(item) ? array_value(NULL, 0, marks) : one_item(ev, item, marks);
}

json eval_filter(struct ev *ev, const struct node *predicate, json input, struct frame *frame)
{
    json alone = input;
    bool tuples = input.kind == JSON_ARRAY && (input.user & IS_TUPLES);
    unsigned marks = IS_SEQUENCE | (tuples ? IS_TUPLES : 0);
    if (input.kind != JSON_ARRAY) input = array_value(&alone, 1, 0);
    if (predicate->type == NODE_NUMBER) {
        return filter_by_number(ev, number_of(predicate->value), input, marks);
    }
    size_t base = ev->stack_count;
    for (uint32_t i = 0; i < input.count; i++) {
        json item = item_at(input, i), context = item;
        struct frame *scope = frame;
        if (tuples) {
            context = tuple_of(item)->at;
            scope = frame_of_tuple(ev, frame, tuple_of(item));
            if (!scope) return failed();
        }
        json selected = eval(ev, predicate, context, scope);
        if (is_failed(selected)) return selected;
        if (!push_if_selected(ev, selected, i, input.count, item)) return failed();
    }
    return ev_take(ev, base, marks);
}

/* ---- tuples ---- */

static struct tuple *tuple_new(struct ev *ev, const struct tuple *from, json at, uint32_t more)
{
    uint32_t count = from ? from->count : 0;
    struct tuple *t = ev_alloc(ev, sizeof *t + ((uint64_t)count + more) * sizeof t->items[0]);
    if (!t) return NULL;
    t->at = at;
    t->count = count;
    if (count > 0) memcpy(t->items, from->items, count * sizeof t->items[0]);
    return t;
}

/* The tuple must have been made with room for one more. */
static void tuple_set(struct tuple *t, uint32_t symbol, json value)
{
    for (uint32_t i = 0; i < t->count; i++) {
        if (t->items[i].symbol == symbol) {
            t->items[i].value = value;
            return;
        }
    }
    t->items[t->count++] = (struct binding){ symbol, value };
}

static json index_stage(struct ev *ev, uint32_t symbol, json tuples)
{
    size_t base = ev->stack_count;
    for (uint32_t i = 0; i < tuples.count; i++) {
        json item = item_at(tuples, i);
        if (item.kind != KIND_TUPLE) continue;
        struct tuple *t = tuple_new(ev, tuple_of(item), tuple_of(item)->at, 1);
        if (!t) return failed();
        tuple_set(t, symbol, json_double(i));
        if (!ev_push(ev, tuple_value(t))) return failed();
    }
    return ev_take(ev, base, IS_SEQUENCE | IS_TUPLES);
}

static json eval_stages(struct ev *ev, const struct node *step, json v, struct frame *frame)
{
    const struct stage_list *stages = &step->extra->stages;
    for (uint32_t i = 0; i < stages->count && !is_failed(v); i++) {
        const struct stage *stage = &stages->items[i];
        v = stage->filter ? eval_filter(ev, stage->filter, v, frame)
                          : index_stage(ev, stage->index, v);
    }
    return v;
}

/* `^(...)#$i` on values that are no tuples yet. */
static json tuples_of_sorted(struct ev *ev, const struct node *step, json sorted)
{
    size_t base = ev->stack_count;
    uint32_t symbol = step->extra ? step->extra->index : SYMBOL_NONE;
    for (uint32_t i = 0; i < sorted.count; i++) {
        struct tuple *t = tuple_new(ev, NULL, item_at(sorted, i), 1);
        if (!t) return failed();
        if (symbol != SYMBOL_NONE) tuple_set(t, symbol, json_double(i));
        if (!ev_push(ev, tuple_value(t))) return failed();
    }
    return ev_take(ev, base, IS_SEQUENCE | IS_TUPLES);
}

static json sort_tuples(struct ev *ev, const struct node *step, json input, json tuples,
                        struct frame *frame)
{
    json result = eval_sort(ev, step, is_undefined(tuples) ? input : tuples, frame);
    if (is_failed(result)) return result;
    if (is_undefined(tuples)) result = tuples_of_sorted(ev, step, result);
    if (is_failed(result) || !step->extra) return result;
    return eval_stages(ev, step, result, frame);
}

/* One value of a step becomes one tuple. */
static bool push_tuple(struct ev *ev, const struct node *step, const struct tuple *from, json value,
                       uint32_t index)
{
    const struct node_extra *extra = step->extra;
    const struct tuple *inner = value.kind == KIND_TUPLE ? tuple_of(value) : NULL;
    struct tuple *t = tuple_new(ev, from, value, inner ? inner->count : 3);
    if (!t) return false;
    if (inner) {
        t->at = inner->at;
        for (uint32_t i = 0; i < inner->count; i++) {
            tuple_set(t, inner->items[i].symbol, inner->items[i].value);
        }
        return ev_push(ev, tuple_value(t));
    }
    if (extra && extra->focus != SYMBOL_NONE) {
        tuple_set(t, extra->focus, value);
        t->at = from->at;
    }
    if (extra && extra->index != SYMBOL_NONE) tuple_set(t, extra->index, json_double(index));
    if (extra && extra->ancestor) tuple_set(t, extra->ancestor->label, from->at);
    return ev_push(ev, tuple_value(t));
}

static bool push_tuples(struct ev *ev, const struct node *step, const struct tuple *from,
                        struct frame *frame)
{
    struct frame *scope = frame_of_tuple(ev, frame, from);
    if (!scope) return false;
    json v = eval(ev, step, from->at, scope);
    if (is_failed(v)) return false;
    if (is_undefined(v)) return true;
    if (v.kind != JSON_ARRAY) return push_tuple(ev, step, from, v, 0);
    for (uint32_t i = 0; i < v.count; i++) {
        if (!push_tuple(ev, step, from, item_at(v, i), i)) return false;
    }
    return true;
}

static json eval_tuple_step(struct ev *ev, const struct node *step, json input, json tuples,
                            struct frame *frame)
{
    if (step->type == NODE_SORT) return sort_tuples(ev, step, input, tuples, frame);
    size_t base = ev->stack_count;
    json from = is_undefined(tuples) ? input : tuples;
    for (uint32_t i = 0; i < from.count; i++) {
        json item = item_at(from, i);
        struct tuple *first = NULL;
        if (item.kind != KIND_TUPLE) {
            first = tuple_new(ev, NULL, item, 0);
            if (!first) return failed();
        }
        if (!push_tuples(ev, step, first ? first : tuple_of(item), frame)) return failed();
    }
    json result = ev_take(ev, base, IS_SEQUENCE | IS_TUPLES);
    if (is_failed(result) || !step->extra) return result;
    return eval_stages(ev, step, result, frame);
}

static json values_of_tuples(struct ev *ev, json tuples)
{
    size_t base = ev->stack_count;
    for (uint32_t i = 0; i < tuples.count; i++) {
        json item = item_at(tuples, i);
        if (!ev_push(ev, item.kind == KIND_TUPLE ? tuple_of(item)->at : item)) return failed();
    }
    return ev_take(ev, base, IS_SEQUENCE);
}

/* ---- steps ---- */

static json eval_one(struct ev *ev, const struct node *step, json item, struct frame *frame)
{
    bool quick = step->type == NODE_NAME && item.kind == JSON_OBJECT;
    bool bare = !step->extra || (step->extra->predicates.count == 0 && !step->extra->group);
    json v;
    if (quick && bare && item.count <= 64) {
        v = member_of(item, json_str(step->value));
        if (is_sequence(v) && v.count < 2) v = eval(ev, step, item, frame);
    } else {
        v = eval(ev, step, item, frame);
    }
    if (step->extra && !is_failed(v)) v = eval_stages(ev, step, v, frame);
    return v;
}

/* One step on each item; arrays among the results are spread, except those that count as one
 * value. A single array at the end of a path stays what it is. */
static json eval_step(struct ev *ev, const struct node *step, json input, struct frame *frame,
                      bool last)
{
    if (step->type == NODE_SORT) {
        json sorted = eval_sort(ev, step, input, frame);
        return is_failed(sorted) || !step->extra ? sorted : eval_stages(ev, step, sorted, frame);
    }
    size_t base = ev->stack_count;
    json first = undefined();
    uint32_t results = 0;
    if (!spend(ev, input.count / 2)) return failed();
    for (uint32_t i = 0; i < input.count; i++) {
        json v = eval_one(ev, step, item_at(input, i), frame);
        if (is_failed(v)) return v;
        if (is_undefined(v)) continue;
        if (++results == 1) {
            first = v;
            continue;
        }
        if (results == 2 && !ev_push_flat(ev, first)) return failed();
        if (!ev_push_flat(ev, v)) return failed();
    }
    if (results != 1) return ev_take(ev, base, IS_SEQUENCE);
    if (first.kind != JSON_ARRAY) return one_item(ev, first, IS_SEQUENCE);
    if (last && !is_sequence(first)) return first;
    if (first.user & IS_CONS) return one_item(ev, first, IS_SEQUENCE);
    first.user = (uint16_t)((first.user & IS_RANGE) | IS_SEQUENCE);
    return first;
}

/* A path of names from step `from` on, as long as there is one value and no array. *at is the step
 * where an array was met; then *v is that array. */
static bool follow_names(struct ev *ev, const struct node *path, uint32_t *at, json *v)
{
    while (*at < path->list.count && v->kind == JSON_OBJECT) {
        if (v->count > 64 && !spend(ev, v->count / 32)) {
            *v = failed();
            return false;
        }
        *v = member_of(*v, json_str(path->list.items[*at]->value));
        ++*at;
    }
    return v->kind == JSON_ARRAY && *at < path->list.count;
}

static json eval_names(struct ev *ev, const struct node *path, json input, struct frame *frame)
{
    uint32_t at = 0;
    json v = input;
    const struct node *first = path->list.items[0];
    if (first->type == NODE_VARIABLE) {
        v = lookup_symbol(ev, first->flags & NODE_GLOBAL ? NULL : frame, first->symbol);
        at = 1;
    }
    while (follow_names(ev, path, &at, &v)) {
        /* Items of an array from here on; a cons array is one item. */
        json items = v;
        if (v.user & IS_CONS) items = array_value(&v, 1, 0);
        json next = eval_step(ev, path->list.items[at], items, frame, at + 1 == path->list.count);
        at++;
        if (is_failed(next) || at == path->list.count) return next;
        if (next.count == 0) return undefined();
        v = next.count == 1 && !(next.user & IS_CONS) ? item_at(next, 0) : next;
        if (next.count == 1 && v.kind == JSON_ARRAY) v = next;
    }
    if (is_failed(v)) return v;
    if (at < path->list.count) return undefined();
    if (is_sequence(v)) v.user = (uint16_t)((v.user & IS_RANGE) | IS_SEQUENCE);
    return v;
}

struct walk {
    json values; /* the result so far */
    json tuples; /* undefined until a step makes tuples */
};

static bool eval_steps(struct ev *ev, const struct node *path, json input, struct frame *frame,
                       struct walk *w)
{
    bool in_tuples = false;
    for (uint32_t i = 0; i < path->list.count; i++) {
        const struct node *step = path->list.items[i];
        bool last = i + 1 == path->list.count;
        if (step->flags & NODE_TUPLE) in_tuples = true;
        if (i == 0 && (step->flags & NODE_CONS_ARRAY)) {
            w->values = eval(ev, step, input, frame);
        } else if (in_tuples) {
            w->tuples = eval_tuple_step(ev, step, input, w->tuples, frame);
        } else {
            w->values = eval_step(ev, step, input, frame, last);
        }
        if (is_failed(w->values) || is_failed(w->tuples)) return false;
        if (in_tuples) continue;
        if (last || is_undefined(w->values)) return true;
        /* What is no array has no items; only a block with an array constructor can give that. */
        if (w->values.kind != JSON_ARRAY) w->values = array_value(NULL, 0, IS_SEQUENCE);
        if (w->values.count == 0) return true;
        input = w->values;
    }
    return true;
}

json eval_path(struct ev *ev, const struct node *path, json input, struct frame *frame)
{
    if (path->flags & NODE_PLAIN_NAMES) return eval_names(ev, path, input, frame);
    const struct node *first = path->list.items[0];
    if (input.kind != JSON_ARRAY || first->type == NODE_VARIABLE) {
        input = one_item(ev, input, IS_SEQUENCE);
        if (is_failed(input)) return input;
    }
    struct walk w = { .values = undefined(), .tuples = undefined() };
    if (!eval_steps(ev, path, input, frame, &w)) return failed();
    json result = w.values;
    bool in_tuples = !is_undefined(w.tuples);
    if (in_tuples) {
        result = path->flags & NODE_TUPLE ? w.tuples : values_of_tuples(ev, w.tuples);
        if (is_failed(result)) return result;
    }
    if ((path->flags & NODE_KEEP_SINGLETON) && result.kind == JSON_ARRAY) {
        if ((result.user & IS_CONS) && !(result.user & IS_SEQUENCE)) {
            result = one_item(ev, result, IS_SEQUENCE);
            if (is_failed(result)) return result;
        }
        result.user |= KEEP_ONE;
    }
    if (!path->extra || !path->extra->group) return result;
    return eval_group(ev, path->extra->group, in_tuples ? w.tuples : result, frame);
}
