/* Built-in functions on arrays: aggregation, order, combination. */
#include "expr/jsonata/value.h"

#include <math.h>

/* ---- numbers in arrays ---- */

static json sum_of(struct jsonata_call *call, bool average)
{
    json v = call_argument(call, 0);
    if (is_undefined(v)) return v;
    if (average && v.count == 0) return undefined();
    if (!spend(call->ev, v.count / 4)) return failed();
    double total = 0;
    for (uint32_t i = 0; i < v.count; i++)
        total += number_of(item_at(v, i));
    return json_double(average ? total / v.count : total);
}

json builtin_sum(struct jsonata_call *call)
{
    return sum_of(call, false);
}

json builtin_average(struct jsonata_call *call)
{
    return sum_of(call, true);
}

json builtin_count(struct jsonata_call *call)
{
    json v = call_argument(call, 0);
    return json_double(is_undefined(v) ? 0 : v.count);
}

static json extreme_of(struct jsonata_call *call, bool largest)
{
    json v = call_argument(call, 0);
    if (is_undefined(v) || v.count == 0) return undefined();
    if (!spend(call->ev, v.count / 4)) return failed();
    double found = number_of(item_at(v, 0));
    for (uint32_t i = 1; i < v.count; i++) {
        double n = number_of(item_at(v, i));
        if (isnan(n) || (largest ? n > found : n < found)) found = n;
    }
    return json_double(found);
}

json builtin_max(struct jsonata_call *call)
{
    return extreme_of(call, true);
}

json builtin_min(struct jsonata_call *call)
{
    return extreme_of(call, false);
}

/* ---- combining ---- */

json builtin_append(struct jsonata_call *call)
{
    json a = call_argument(call, 0), b = call_argument(call, 1);
    return append_values(call->ev, a, b);
}

json builtin_reverse(struct jsonata_call *call)
{
    json v = call_argument(call, 0);
    if (is_undefined(v) || v.count <= 1) return v;
    if (!spend(call->ev, v.count / 8)) return failed();
    json *items = ev_alloc(call->ev, (uint64_t)v.count * sizeof *items);
    if (!items) return failed();
    for (uint32_t i = 0; i < v.count; i++)
        items[v.count - 1 - i] = item_at(v, i);
    return array_value(items, v.count, 0);
}

json builtin_shuffle(struct jsonata_call *call)
{
    json v = call_argument(call, 0);
    struct prng *prng = call->ev->env->prng;
    if (is_undefined(v) || v.count <= 1) return v;
    if (!prng) return fail(call->ev, "D1014", 0);
    if (!spend(call->ev, v.count)) return failed();
    json *items = ev_alloc(call->ev, (uint64_t)v.count * sizeof *items);
    if (!items) return failed();
    for (uint32_t i = 0; i < v.count; i++) {
        uint32_t j = (uint32_t)prng_below(prng, (uint64_t)i + 1);
        if (i != j) items[i] = items[j];
        items[j] = item_at(v, i);
    }
    return array_value(items, v.count, 0);
}

json builtin_zip(struct jsonata_call *call)
{
    struct ev *ev = call->ev;
    uint32_t shortest = UINT32_MAX;
    for (size_t i = 0; i < call->count; i++) {
        json v = call->arguments[i];
        uint32_t count = v.kind == JSON_ARRAY ? v.count : 0;
        if (count < shortest) shortest = count;
    }
    if (call->count == 0) shortest = 0;
    uint64_t cells = (uint64_t)shortest * call->count;
    if (!spend(ev, cells / 8)) return failed();
    json *rows = ev_alloc(ev, (uint64_t)shortest * sizeof *rows);
    json *items = ev_alloc(ev, cells * sizeof *items);
    if (!rows || !items) return failed();
    for (uint32_t i = 0; i < shortest; i++) {
        rows[i] = array_value(items, call->count, 0);
        for (size_t k = 0; k < call->count; k++)
            *items++ = item_at(call->arguments[k], i);
    }
    return array_value(rows, shortest, 0);
}

/* ---- $distinct ---- */

/* Values that are equal have equal hashes; deep ones are hashed by their outline only. */
static uint32_t hash_value(json v)
{
    switch (v.kind) {
    case JSON_BOOL: return v.boolean ? 3 : 2;
    case JSON_NUMBER: {
        double n = number_of(v) + 0.0; /* -0 and 0 are equal */
        uint64_t bits;
        memcpy(&bits, &n, sizeof bits);
        return (uint32_t)(bits ^ bits >> 32) * 2654435761u;
    }
    case JSON_STRING: {
        uint32_t hash = 2166136261u;
        for (uint32_t i = 0; i < v.count; i++) {
            hash = (hash ^ (unsigned char)v.text[i]) * 16777619u;
        }
        return hash;
    }
    case JSON_ARRAY: return v.count * 31 + 7;
    case JSON_OBJECT: {
        uint32_t count;
        members_of(v, &count);
        return count * 37 + 11;
    }
    default: return v.kind;
    }
}

struct distinct {
    struct ev *ev;
    json *kept;
    uint32_t count;
    uint32_t *index; /* positions plus one */
    uint32_t mask;
};

static bool add_distinct(struct distinct *d, json v)
{
    bool bad = false;
    uint32_t at = hash_value(v) & d->mask;
    for (; d->index[at] != 0; at = (at + 1) & d->mask) {
        if (!spend(d->ev, 1)) return false;
        bool equal = value_equal(d->ev, v, d->kept[d->index[at] - 1], &bad);
        if (bad) return false;
        if (equal) return true;
    }
    d->kept[d->count++] = v;
    d->index[at] = d->count;
    return true;
}

json builtin_distinct(struct jsonata_call *call)
{
    json v = call_argument(call, 0);
    struct ev *ev = call->ev;
    if (v.kind != JSON_ARRAY || v.count <= 1) return v;
    if (!spend(ev, v.count)) return failed();
    uint32_t capacity = 4;
    while (capacity < (uint64_t)v.count * 2)
        capacity *= 2;
    struct distinct d = { .ev = ev, .mask = capacity - 1 };
    d.kept = ev_alloc(ev, (uint64_t)v.count * sizeof *d.kept);
    d.index = ev_alloc(ev, (uint64_t)capacity * sizeof *d.index);
    if (!d.kept || !d.index) return failed();
    memset(d.index, 0, (size_t)capacity * sizeof *d.index);
    for (uint32_t i = 0; i < v.count; i++) {
        if (!add_distinct(&d, item_at(v, i))) return failed();
    }
    return array_value(d.kept, d.count, v.user & IS_SEQUENCE);
}

/* ---- $sort ---- */

struct sort_call {
    struct jsonata_call *call;
    json items;
    json comparator; /* undefined: by value */
};

static int sorts_after(void *context, uint32_t a, uint32_t b)
{
    struct sort_call *s = context;
    struct ev *ev = s->call->ev;
    json pair[2] = { item_at(s->items, a), item_at(s->items, b) };
    if (is_undefined(s->comparator)) {
        if (pair[0].kind == JSON_STRING) {
            return string_compare(json_str(pair[0]), json_str(pair[1])) > 0;
        }
        return number_of(pair[0]) > number_of(pair[1]);
    }
    json v = call_function(ev, s->comparator, pair, 2, json_null(), s->call->frame);
    if (is_failed(v)) return -1;
    /* JavaScript's idea of truth, which is not JSONata's. */
    switch (v.kind) {
    case JSON_NULL:
    case KIND_UNDEFINED: return 0;
    case JSON_BOOL: return v.boolean;
    case JSON_NUMBER: {
        double n = number_of(v);
        return n != 0 && !isnan(n);
    }
    case JSON_STRING: return v.count > 0;
    default: return 1;
    }
}

static bool all_of_kind(struct ev *ev, json v, uint8_t kind, bool *bad)
{
    for (uint32_t i = 0; i < v.count; i++) {
        json item = item_at(v, i);
        if (item.kind != kind) return false;
        if (kind == JSON_NUMBER && !is_numeric(ev, item, bad)) return false;
    }
    return true;
}

json builtin_sort(struct jsonata_call *call)
{
    json v = call_argument(call, 0);
    struct ev *ev = call->ev;
    if (is_undefined(v) || v.count <= 1) return v;
    struct sort_call s = { .call = call, .items = v, .comparator = call_argument(call, 1) };
    if (!spend(ev, v.count)) return failed();
    if (is_undefined(s.comparator)) {
        bool bad = false;
        bool sortable = all_of_kind(ev, v, JSON_NUMBER, &bad) ||
                        (!bad && all_of_kind(ev, v, JSON_STRING, &bad));
        if (bad) return failed();
        if (!sortable) return fail(ev, "D3070", 0);
    }
    uint32_t *order = ev_alloc(ev, (uint64_t)v.count * sizeof *order);
    json *items = ev_alloc(ev, (uint64_t)v.count * sizeof *items);
    if (!order || !items) return failed();
    for (uint32_t i = 0; i < v.count; i++)
        order[i] = i;
    if (!merge_sort(ev, order, v.count, sorts_after, &s)) return failed();
    for (uint32_t i = 0; i < v.count; i++)
        items[i] = item_at(v, order[i]);
    return array_value(items, v.count, 0);
}
