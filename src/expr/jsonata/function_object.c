/* Built-in functions on objects and on values of any type. */
#include "expr/jsonata/value.h"

/* ---- $keys ---- */

static bool push_keys(struct ev *ev, struct symbol_table *seen, json v, uint32_t depth)
{
    if (depth >= JSON_DEPTH_MAX) {
        fail(ev, "D1011", 0);
        return false;
    }
    if (v.kind == JSON_ARRAY) {
        for (uint32_t i = 0; i < v.count; i++) {
            if (!spend(ev, 1) || !push_keys(ev, seen, item_at(v, i), depth + 1)) return false;
        }
        return true;
    }
    if (v.kind != JSON_OBJECT) return true;
    uint32_t count;
    const struct json_member *members = members_of(v, &count);
    if (!spend(ev, count / 4)) return false;
    for (uint32_t i = 0; i < count; i++) {
        str key = { members[i].key, members[i].key_bytes };
        if (seen) {
            uint32_t before = seen->count;
            if (!ev_can_alloc(ev, 256)) return false;
            if (symbol_intern(seen, key) < before) continue;
        }
        if (!ev_push(ev, json_string(key))) return false;
    }
    return true;
}

json builtin_keys(struct jsonata_call *call)
{
    json v = call_argument(call, 0);
    struct ev *ev = call->ev;
    struct symbol_table seen = { .arena = ev->arena };
    size_t base = ev->stack_count;
    if (!push_keys(ev, v.kind == JSON_ARRAY ? &seen : NULL, v, 0)) return failed();
    return ev_take(ev, base, IS_SEQUENCE);
}

/* ---- $lookup, $spread, $merge ---- */

json builtin_lookup(struct jsonata_call *call)
{
    json v = call_argument(call, 0), key = call_argument(call, 1);
    if (key.kind != JSON_STRING)
        return v.kind == JSON_ARRAY ? array_value(NULL, 0, IS_SEQUENCE) : undefined();
    return lookup_field(call->ev, v, json_str(key));
}

static bool push_spread(struct ev *ev, json v, uint32_t depth)
{
    if (depth >= JSON_DEPTH_MAX) {
        fail(ev, "D1011", 0);
        return false;
    }
    if (v.kind == JSON_ARRAY) {
        for (uint32_t i = 0; i < v.count; i++) {
            if (!spend(ev, 1) || !push_spread(ev, item_at(v, i), depth + 1)) return false;
        }
        return true;
    }
    if (v.kind != JSON_OBJECT) return is_undefined(v) || ev_push(ev, v);
    uint32_t count;
    const struct json_member *members = members_of(v, &count);
    struct json_member *copies = ev_alloc(ev, (uint64_t)count * sizeof *copies);
    if (!copies || !spend(ev, count)) return false;
    for (uint32_t i = 0; i < count; i++) {
        copies[i] = members[i];
        json one = { .kind = JSON_OBJECT, .count = 1, .members = &copies[i] };
        if (!ev_push(ev, one)) return false;
    }
    return true;
}

json builtin_spread(struct jsonata_call *call)
{
    json v = call_argument(call, 0);
    struct ev *ev = call->ev;
    if (v.kind != JSON_ARRAY && v.kind != JSON_OBJECT) return v;
    size_t base = ev->stack_count;
    if (!push_spread(ev, v, 0)) return failed();
    /* Appending makes a plain array of the sequence, in the reference; undefined appends nothing.
     */
    unsigned marks = IS_SEQUENCE;
    for (uint32_t i = 0; v.kind == JSON_ARRAY && i < v.count; i++) {
        if (!is_undefined(item_at(v, i))) marks = 0;
    }
    return ev_take(ev, base, marks);
}

json builtin_merge(struct jsonata_call *call)
{
    json v = call_argument(call, 0);
    struct ev *ev = call->ev;
    if (is_undefined(v)) return v;
    struct json_fields fields;
    json_fields_init(&fields, ev->arena);
    for (uint32_t i = 0; i < v.count; i++) {
        json item = item_at(v, i);
        if (item.kind != JSON_OBJECT) continue;
        uint32_t count;
        const struct json_member *members = members_of(item, &count);
        if (!spend(ev, 1 + count / 2) || !ev_can_alloc(ev, (uint64_t)count * 96)) return failed();
        for (uint32_t k = 0; k < count; k++) {
            json_fields_add(&fields, (str){ members[k].key, members[k].key_bytes },
                            members[k].value);
        }
    }
    return json_fields_done(&fields);
}

/* ---- values of any type ---- */

json builtin_exists(struct jsonata_call *call)
{
    return json_bool(!is_undefined(call_argument(call, 0)));
}

json builtin_boolean(struct jsonata_call *call)
{
    json v = call_argument(call, 0);
    if (is_undefined(v)) return v;
    bool bad = false;
    bool truth = value_truth(call->ev, v, &bad);
    return bad ? failed() : json_bool(truth);
}

json builtin_not(struct jsonata_call *call)
{
    json v = builtin_boolean(call);
    return v.kind == JSON_BOOL ? json_bool(!v.boolean) : v;
}

json builtin_type(struct jsonata_call *call)
{
    json v = call_argument(call, 0);
    bool bad = false;
    switch (v.kind) {
    case KIND_UNDEFINED: return undefined();
    case JSON_NULL: return json_string(STR("null"));
    case JSON_BOOL: return json_string(STR("boolean"));
    case JSON_NUMBER: /* what is not a number has the type of anything else */
        if (is_numeric(call->ev, v, &bad)) return json_string(STR("number"));
        return bad ? failed() : json_string(STR("object"));
    case JSON_STRING: return json_string(STR("string"));
    case JSON_ARRAY: return json_string(STR("array"));
    case KIND_FUNCTION: return json_string(STR("function"));
    default: return json_string(STR("object"));
    }
}

json builtin_clone(struct jsonata_call *call)
{
    json v = call_argument(call, 0);
    return is_undefined(v) ? v : value_clone(call->ev, v, false);
}

/* ---- failing on purpose ---- */

static json fail_message(struct jsonata_call *call, const char *code, json message, str fallback)
{
    bool given = message.kind == JSON_STRING && message.count > 0;
    return fail_with(call->ev, code, 0,
                     &(struct error_parts){ .message = given ? json_str(message) : fallback });
}

json builtin_error(struct jsonata_call *call)
{
    return fail_message(call, "D3137", call_argument(call, 0), STR("$error() function evaluated"));
}

json builtin_assert(struct jsonata_call *call)
{
    json condition = call_argument(call, 0);
    if (condition.kind == JSON_BOOL && condition.boolean) return undefined();
    return fail_message(call, "D3141", call_argument(call, 1), STR("$assert() statement failed"));
}

/* ---- $eval ---- */

enum { EVAL_MESSAGE_BYTES_MAX = 1000 };

/* $eval inside $eval quotes quotes: without a bound the text doubles with every level. */
static json fail_eval(struct ev *ev, const char *code, str message)
{
    if (message.len > EVAL_MESSAGE_BYTES_MAX) {
        message.len = EVAL_MESSAGE_BYTES_MAX;
        while (((unsigned char)message.ptr[message.len] & 0xC0) == 0x80)
            message.len--;
    }
    str quoted = error_quote(ev->arena, message);
    return fail_with(ev, code, 0, &(struct error_parts){ .value = quoted });
}

json builtin_eval(struct jsonata_call *call)
{
    struct ev *ev = call->ev;
    json text = call_argument(call, 0), focus = call_argument(call, 1), input = call->input;
    if (ev->env->refuse_eval) return fail(ev, "D1015", 0);
    if (is_undefined(text)) return text;
    if (!is_undefined(focus)) {
        input = focus;
        if (focus.kind == JSON_ARRAY && !is_sequence(focus)) {
            json *items = ev_alloc(ev, sizeof *items);
            if (!items) return failed();
            *items = focus;
            input = array_value(items, 1, IS_SEQUENCE | IS_OUTER);
        }
    }
    /* What the compiler makes of a text is a few hundred times as long. */
    if (!spend(ev, text.count) || !ev_can_alloc(ev, (uint64_t)text.count * 300)) return failed();
    struct jsonata *compiled;
    struct jsonata_error err;
    if (!compile_with_symbols(json_str(text), ev->arena, ev->symbols, &compiled, &err)) {
        return fail_eval(ev, "D3120", err.message);
    }
    if (compiled->has_escapes) ev->surrogates = true;
    json v = eval(ev, compiled->root, input, call->frame);
    if (!is_failed(v)) return v;
    /* A spent budget ends everything. */
    const char *code = ev->failure.code;
    bool budget = strcmp(code, "D1012") == 0 || strcmp(code, "D1017") == 0;
    if (budget) return v;
    report_failure(ev, &err);
    return fail_eval(ev, "D3121", err.message);
}
