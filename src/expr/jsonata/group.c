/* Object constructors, which are group-by expressions at the same time, and sorting. */
#include "expr/jsonata/value.h"

/* ---- objects with literal keys ---- */

static bool push_spread(struct ev *ev, json v)
{
    return v.kind == JSON_ARRAY ? ev_push_items(ev, v) : ev_push(ev, v);
}

/* All items put together, as grouping them under one key does. */
static json merged_items(struct ev *ev, json input)
{
    if (input.kind != JSON_ARRAY) return input;
    if (input.count == 0) return undefined();
    if (input.count == 1) return item_at(input, 0);
    size_t base = ev->stack_count;
    for (uint32_t i = 0; i < input.count; i++) {
        json item = item_at(input, i);
        if (!is_undefined(item) && !push_spread(ev, item)) return failed();
    }
    return ev_take(ev, base, 0);
}

static json eval_static_object(struct ev *ev, const struct node *object, json input,
                               struct frame *frame)
{
    json context = merged_items(ev, input);
    if (is_failed(context)) return context;
    uint32_t pairs = object->list.count / 2, count = 0;
    struct json_member *members = ev_alloc(ev, (uint64_t)pairs * sizeof *members);
    if (!members) return failed();
    for (uint32_t i = 0; i < pairs; i++) {
        json v = eval(ev, object->list.items[2 * i + 1], context, frame);
        if (is_failed(v)) return v;
        if (is_undefined(v)) continue;
        members[count] = object->keys[i];
        members[count++].value = v;
    }
    return (json){ .kind = JSON_OBJECT, .count = count, .members = members };
}

/* ---- grouping ---- */

struct group {
    uint32_t pair; /* which key-value pair made it */
    uint32_t count, capacity;
    json *items;
};

struct grouping {
    struct ev *ev;
    const struct node *object;
    struct symbol_table keys; /* a key's number is its group's */
    struct group *groups;
    uint32_t capacity;
};

static bool group_add(struct ev *ev, struct group *group, json item)
{
    if (group->count == group->capacity) {
        uint32_t capacity = group->capacity ? group->capacity * 2 : 2;
        json *items = ev_alloc(ev, (uint64_t)capacity * sizeof *items);
        if (!items) return false;
        if (group->count > 0) memcpy(items, group->items, group->count * sizeof *items);
        group->items = items;
        group->capacity = capacity;
    }
    group->items[group->count++] = item;
    return true;
}

static bool grow_groups(struct grouping *g)
{
    if (g->keys.count < g->capacity) return true;
    uint32_t capacity = g->capacity ? g->capacity * 2 : 8;
    struct group *groups = ev_alloc(g->ev, (uint64_t)capacity * sizeof *groups);
    if (!groups) return false;
    if (g->capacity > 0) memcpy(groups, g->groups, g->capacity * sizeof *groups);
    g->groups = groups;
    g->capacity = capacity;
    return true;
}

static bool fail_key(struct grouping *g, const char *code, json key)
{
    fail_value(g->ev, code, g->object->position, key);
    return false;
}

static bool add_to_group(struct grouping *g, json key, uint32_t pair, json item)
{
    if (is_undefined(key)) return true;
    if (key.kind != JSON_STRING) return fail_key(g, "T1003", key);
    str name = json_str(key);
    if (str_eq(name, STR("_jsonata_lambda")) || str_eq(name, STR("_jsonata_function"))) {
        return fail_key(g, "D1013", key);
    }
    if (!ev_can_alloc(g->ev, 256) || !grow_groups(g)) return false;
    uint32_t before = g->keys.count;
    uint32_t number = symbol_intern(&g->keys, name);
    if (number == before) g->groups[number] = (struct group){ .pair = pair };
    if (g->groups[number].pair != pair) return fail_key(g, "D1009", key);
    return group_add(g->ev, &g->groups[number], item);
}

static bool collect_item(struct grouping *g, json item, struct frame *frame)
{
    json context = item;
    if (item.kind == KIND_TUPLE) {
        context = tuple_of(item)->at;
        frame = frame_of_tuple(g->ev, frame, tuple_of(item));
        if (!frame) return false;
    }
    for (uint32_t pair = 0; pair < g->object->list.count / 2; pair++) {
        json key = eval(g->ev, g->object->list.items[(size_t)2 * pair], context, frame);
        if (is_failed(key) || !add_to_group(g, key, pair, item)) return false;
    }
    return true;
}

/* ---- tuples of a group become one ---- */

static bool has_symbol(const uint32_t *symbols, uint32_t count, uint32_t symbol)
{
    for (uint32_t i = 0; i < count; i++) {
        if (symbols[i] == symbol) return true;
    }
    return false;
}

/* The values that the tuples have under one symbol, put together. */
static json reduced_column(struct ev *ev, const struct group *group, uint32_t symbol)
{
    size_t base = ev->stack_count;
    uint32_t found = 0;
    json only = undefined();
    for (uint32_t i = 0; i < group->count; i++) {
        const struct tuple *t = tuple_of(group->items[i]);
        json v = symbol == SYMBOL_NONE ? t->at : undefined();
        for (uint32_t k = 0; k < t->count && symbol != SYMBOL_NONE; k++) {
            if (t->items[k].symbol == symbol) v = t->items[k].value;
        }
        if (is_undefined(v)) continue;
        if (++found == 1) only = v;
        if (found == 2 && !push_spread(ev, only)) return failed();
        if (found > 1 && !push_spread(ev, v)) return failed();
    }
    return found > 1 ? ev_take(ev, base, 0) : only;
}

static struct tuple *reduce_tuples(struct ev *ev, const struct group *group)
{
    uint32_t capacity = 0, count = 0;
    for (uint32_t i = 0; i < group->count; i++) {
        if (tuple_of(group->items[i])->count > capacity) {
            capacity = tuple_of(group->items[i])->count;
        }
    }
    capacity += 8; /* tuples of one stream bind the same names, but for odd cases */
    struct tuple *t = ev_alloc(ev, sizeof *t + (uint64_t)capacity * sizeof t->items[0]);
    uint32_t *symbols = ev_alloc(ev, (uint64_t)capacity * sizeof *symbols);
    if (!t || !symbols || !spend(ev, group->count)) return NULL;
    t->at = reduced_column(ev, group, SYMBOL_NONE);
    t->count = 0;
    if (is_failed(t->at)) return NULL;
    for (uint32_t i = 0; i < group->count; i++) {
        const struct tuple *from = tuple_of(group->items[i]);
        for (uint32_t k = 0; k < from->count && count < capacity; k++) {
            uint32_t symbol = from->items[k].symbol;
            if (has_symbol(symbols, count, symbol)) continue;
            symbols[count++] = symbol;
            json v = reduced_column(ev, group, symbol);
            if (is_failed(v)) return NULL;
            t->items[t->count++] = (struct binding){ symbol, v };
        }
    }
    return t;
}

static json eval_group_value(struct grouping *g, const struct group *group, bool tuples,
                             struct frame *frame)
{
    const struct node *value = g->object->list.items[2 * group->pair + 1];
    if (!tuples) {
        json context = merged_items(g->ev, array_value(group->items, group->count, 0));
        return is_failed(context) ? context : eval(g->ev, value, context, frame);
    }
    struct tuple *reduced = reduce_tuples(g->ev, group);
    if (!reduced) return failed();
    struct frame *scope = frame_of_tuple(g->ev, frame, reduced);
    return scope ? eval(g->ev, value, reduced->at, scope) : failed();
}

json eval_group(struct ev *ev, const struct node *object, json input, struct frame *frame)
{
    bool tuples = input.kind == JSON_ARRAY && (input.user & IS_TUPLES);
    if ((object->flags & NODE_STATIC_KEYS) && !tuples) {
        return eval_static_object(ev, object, input, frame);
    }
    struct grouping g = { .ev = ev, .object = object, .keys = { .arena = ev->arena } };
    json alone = input;
    if (input.kind != JSON_ARRAY) input = array_value(&alone, 1, 0);
    if (input.count == 0 && !tuples && !collect_item(&g, undefined(), frame)) return failed();
    for (uint32_t i = 0; i < input.count; i++) {
        if (!collect_item(&g, item_at(input, i), frame)) return failed();
    }
    struct json_fields fields;
    json_fields_init(&fields, ev->arena);
    for (uint32_t i = 0; i < g.keys.count; i++) {
        json v = eval_group_value(&g, &g.groups[i], tuples, frame);
        if (is_failed(v)) return v;
        if (!is_undefined(v)) json_fields_add(&fields, g.keys.items[i].name, v);
    }
    return json_fields_done(&fields);
}

/* ---- sorting ---- */

struct sorting {
    struct ev *ev;
    const uint32_t *from;
    uint32_t *to;
    int (*after)(void *context, uint32_t a, uint32_t b);
    void *context;
};

static bool merge(struct sorting *s, uint32_t *items, uint32_t *spare, uint32_t middle,
                  uint32_t count)
{
    memcpy(spare, items, count * sizeof *items);
    uint32_t left = 0, right = middle, out = 0;
    while (left < middle && right < count) {
        if (!spend(s->ev, 1)) return false;
        int after = s->after(s->context, spare[left], spare[right]);
        if (after < 0) return false;
        items[out++] = after ? spare[right++] : spare[left++];
    }
    while (left < middle)
        items[out++] = spare[left++];
    while (right < count)
        items[out++] = spare[right++];
    return true;
}

/* The same splits as the reference, so that comparisons happen in the same order. The recursion is
 * as deep as the logarithm of the count. */
static bool sort_range(struct sorting *s, uint32_t *items, uint32_t *spare, uint32_t count)
{
    if (count <= 1) return true;
    uint32_t middle = count / 2;
    return sort_range(s, items, spare, middle) &&
           sort_range(s, items + middle, spare, count - middle) &&
           merge(s, items, spare, middle, count);
}

bool merge_sort(struct ev *ev, uint32_t *items, uint32_t count,
                int (*after)(void *context, uint32_t a, uint32_t b), void *context)
{
    uint32_t *spare = ev_alloc(ev, (uint64_t)count * sizeof *spare);
    struct sorting s = { .ev = ev, .after = after, .context = context };
    return spare && sort_range(&s, items, spare, count);
}

/* Each term is evaluated once for each item, when it is first needed. */
struct order_by {
    struct ev *ev;
    const struct node *sort;
    struct frame *frame;
    json input;
    json *keys; /* KIND_TAIL: not evaluated yet */
};

static json key_of(struct order_by *o, uint32_t item, uint32_t term)
{
    json *key = &o->keys[(size_t)item * o->sort->list.count + term];
    if (key->kind != KIND_TAIL) return *key;
    json context = item_at(o->input, item);
    struct frame *frame = o->frame;
    if (context.kind == KIND_TUPLE) {
        frame = frame_of_tuple(o->ev, frame, tuple_of(context));
        if (!frame) return failed();
        context = tuple_of(context)->at;
    }
    *key = eval(o->ev, o->sort->list.items[term]->lhs, context, frame);
    return *key;
}

static bool is_orderable(json v)
{
    return v.kind == JSON_STRING || v.kind == JSON_NUMBER;
}

/* Negative, 0 or positive; *bad after a failure. */
static int compare_keys(struct order_by *o, json a, json b, bool *bad)
{
    if (!is_orderable(a) || !is_orderable(b)) {
        fail_value(o->ev, "T2008", o->sort->position, is_orderable(a) ? b : a);
        *bad = true;
        return 0;
    }
    if (a.kind != b.kind) {
        struct error_parts parts = { 0 };
        parts.value = value_preview(o->ev, a);
        parts.value2 = value_preview(o->ev, b);
        fail_with(o->ev, "T2007", o->sort->position, &parts);
        *bad = true;
        return 0;
    }
    if (a.kind == JSON_STRING) return string_compare(json_str(a), json_str(b));
    double x = number_of(a), y = number_of(b);
    return x == y ? 0 : x < y ? -1 : 1;
}

static int sorts_after(void *context, uint32_t a, uint32_t b)
{
    struct order_by *o = context;
    for (uint32_t term = 0; term < o->sort->list.count; term++) {
        json x = key_of(o, a, term);
        json y = is_failed(x) ? x : key_of(o, b, term);
        if (is_failed(y)) return -1;
        if (is_undefined(x) && is_undefined(y)) continue;
        if (is_undefined(x)) return 1; /* undefined comes last, also when descending */
        if (is_undefined(y)) return 0;
        bool bad = false;
        int order = compare_keys(o, x, y, &bad);
        if (bad) return -1;
        if (order == 0) continue;
        bool descending = o->sort->list.items[term]->op == TOKEN_GREATER;
        return (order > 0) != descending;
    }
    return 0;
}

json eval_sort(struct ev *ev, const struct node *sort, json input, struct frame *frame)
{
    if (input.kind != JSON_ARRAY || input.count <= 1) return input;
    uint64_t cells = (uint64_t)input.count * sort->list.count;
    struct order_by o = { .ev = ev, .sort = sort, .frame = frame, .input = input };
    o.keys = ev_alloc(ev, cells * sizeof *o.keys);
    uint32_t *order = ev_alloc(ev, (uint64_t)input.count * sizeof *order);
    json *items = ev_alloc(ev, (uint64_t)input.count * sizeof *items);
    if (!o.keys || !order || !items) return failed();
    for (uint64_t i = 0; i < cells; i++)
        o.keys[i] = (json){ .kind = KIND_TAIL };
    for (uint32_t i = 0; i < input.count; i++)
        order[i] = i;
    if (!merge_sort(ev, order, input.count, sorts_after, &o)) return failed();
    for (uint32_t i = 0; i < input.count; i++)
        items[i] = item_at(input, order[i]);
    return array_value(items, input.count, input.user & IS_TUPLES);
}
