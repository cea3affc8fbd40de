/* Built-in functions that take functions. */
#include "expr/jsonata/value.h"

/* Calls f with value, index or key, and the whole, as far as it has parameters for them. */
static json call_with(struct jsonata_call *call, json f, json value, json index, json whole)
{
    json arguments[3] = { value, index, whole };
    uint8_t arity = function_arity(f);
    uint32_t count = arity >= 3 ? 3 : arity == 2 ? 2 : 1;
    return call_function(call->ev, f, arguments, count, json_null(), call->frame);
}

json builtin_map(struct jsonata_call *call)
{
    json v = call_argument(call, 0), f = call_argument(call, 1);
    struct ev *ev = call->ev;
    if (is_undefined(v)) return v;
    size_t base = ev->stack_count;
    for (uint32_t i = 0; i < v.count; i++) {
        json result = call_with(call, f, item_at(v, i), json_double(i), v);
        if (is_failed(result)) return result;
        if (!is_undefined(result) && !ev_push(ev, result)) return failed();
    }
    return ev_take(ev, base, IS_SEQUENCE);
}

json builtin_filter(struct jsonata_call *call)
{
    json v = call_argument(call, 0), f = call_argument(call, 1);
    struct ev *ev = call->ev;
    if (is_undefined(v)) return v;
    size_t base = ev->stack_count;
    bool bad = false;
    for (uint32_t i = 0; i < v.count; i++) {
        json item = item_at(v, i);
        json result = call_with(call, f, item, json_double(i), v);
        if (is_failed(result)) return result;
        bool taken = value_truth(ev, result, &bad);
        if (bad || (taken && !ev_push(ev, item))) return failed();
    }
    return ev_take(ev, base, IS_SEQUENCE);
}

json builtin_single(struct jsonata_call *call)
{
    json v = call_argument(call, 0), f = call_argument(call, 1), found = undefined();
    struct ev *ev = call->ev;
    if (is_undefined(v)) return v;
    bool any = false, bad = false;
    for (uint32_t i = 0; i < v.count; i++) {
        json item = item_at(v, i);
        bool taken = true;
        if (is_function(f)) {
            json result = call_with(call, f, item, json_double(i), v);
            if (is_failed(result)) return result;
            taken = value_truth(ev, result, &bad);
            if (bad) return failed();
        }
        if (!taken) continue;
        if (any) return fail(ev, "D3138", 0);
        any = true;
        found = item;
    }
    return any ? found : fail(ev, "D3139", 0);
}

json builtin_reduce(struct jsonata_call *call)
{
    json v = call_argument(call, 0), f = call_argument(call, 1), result = call_argument(call, 2);
    struct ev *ev = call->ev;
    if (is_undefined(v)) return v;
    uint8_t arity = function_arity(f);
    if (arity < 2) return fail(ev, "D3050", 0);
    uint32_t i = 0;
    if (is_undefined(result) && v.count > 0) result = item_at(v, i++);
    for (; i < v.count; i++) {
        json arguments[4] = { result, item_at(v, i), json_double(i), v };
        result = call_function(ev, f, arguments, arity >= 4 ? 4 : arity, json_null(), call->frame);
        if (is_failed(result)) return result;
    }
    return result;
}

/* The members of what $each and $sift go through; a value that is no object has none. */
static const struct json_member *members_in(json v, uint32_t *count)
{
    *count = 0;
    return v.kind == JSON_OBJECT ? members_of(v, count) : NULL;
}

json builtin_each(struct jsonata_call *call)
{
    json v = call_argument(call, 0), f = call_argument(call, 1);
    struct ev *ev = call->ev;
    uint32_t count;
    const struct json_member *members = members_in(v, &count);
    size_t base = ev->stack_count;
    for (uint32_t i = 0; i < count; i++) {
        json key = json_string((str){ members[i].key, members[i].key_bytes });
        json result = call_with(call, f, members[i].value, key, v);
        if (is_failed(result)) return result;
        if (!is_undefined(result) && !ev_push(ev, result)) return failed();
    }
    return ev_take(ev, base, IS_SEQUENCE);
}

json builtin_sift(struct jsonata_call *call)
{
    json v = call_argument(call, 0), f = call_argument(call, 1);
    struct ev *ev = call->ev;
    uint32_t count, kept = 0;
    bool bad = false;
    const struct json_member *members = members_in(v, &count);
    struct json_member *copy = ev_alloc(ev, (uint64_t)count * sizeof *copy);
    if (!copy) return failed();
    if (count > 0 && !is_function(f)) return fail(ev, "T1006", 0);
    for (uint32_t i = 0; i < count; i++) {
        json key = json_string((str){ members[i].key, members[i].key_bytes });
        json result = call_with(call, f, members[i].value, key, v);
        if (is_failed(result)) return result;
        bool taken = value_truth(ev, result, &bad);
        if (bad) return failed();
        if (taken) copy[kept++] = members[i];
    }
    if (kept == 0) return undefined();
    return (json){ .kind = JSON_OBJECT, .count = kept, .members = copy };
}
