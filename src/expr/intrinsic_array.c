/* The intrinsic functions on arrays. */
#include "expr/internal.h"

static bool array_argument(const struct intrinsic_values *v, struct intrinsic_eval *eval, json *out)
{
    if (!json_is_array(v->items[0])) {
        return intrinsic_fail(eval, "The first argument must be an array");
    }
    *out = v->items[0];
    return true;
}

static bool partition(const struct intrinsic_values *v, struct intrinsic_eval *eval, json *out)
{
    json array = json_null();
    int64_t size = 0;
    if (!array_argument(v, eval, &array) || !intrinsic_integer(v, 1, eval, &size)) return false;
    if (size <= 0) return intrinsic_fail(eval, "The chunk size must be greater than zero");
    struct json_list chunks;
    json_list_init(&chunks, eval->env->arena);
    size_t count = json_count(array);
    for (size_t from = 0; from < count; from += (size_t)size) {
        struct json_list chunk;
        json_list_init(&chunk, eval->env->arena);
        for (size_t i = from; i < count && i - from < (size_t)size; i++)
            json_list_add(&chunk, json_at(array, i));
        json_list_add(&chunks, json_list_done(&chunk));
    }
    *out = json_list_done(&chunks);
    return true;
}

static bool contains(const struct intrinsic_values *v, struct intrinsic_eval *eval, json *out)
{
    json array = json_null();
    if (!array_argument(v, eval, &array)) return false;
    bool found = false;
    for (size_t i = 0; i < json_count(array) && !found; i++)
        found = json_equal(json_at(array, i), v->items[1]);
    *out = json_bool(found);
    return true;
}

static bool range(const struct intrinsic_values *v, struct intrinsic_eval *eval, json *out)
{
    int64_t from = 0, to = 0, step = 0;
    if (!intrinsic_integer(v, 0, eval, &from) || !intrinsic_integer(v, 1, eval, &to) ||
        !intrinsic_integer(v, 2, eval, &step)) {
        return false;
    }
    if (step == 0) return intrinsic_fail(eval, "The step must not be zero");
    struct json_list items;
    json_list_init(&items, eval->env->arena);
    for (int64_t i = from; step > 0 ? i <= to : i >= to; i += step) {
        if (items.count == EXPR_ARRAY_ITEMS_MAX) {
            return intrinsic_fail(eval, "The range has more than %d items", EXPR_ARRAY_ITEMS_MAX);
        }
        json_list_add(&items, json_i64(eval->env->arena, i));
    }
    *out = json_list_done(&items);
    return true;
}

static bool get_item(const struct intrinsic_values *v, struct intrinsic_eval *eval, json *out)
{
    json array = json_null();
    int64_t index = 0;
    if (!array_argument(v, eval, &array) || !intrinsic_integer(v, 1, eval, &index)) return false;
    if (index < 0 || index >= (int64_t)json_count(array)) {
        return intrinsic_fail(eval, "Index %lld is out of bounds for an array of length %zu",
                              (long long)index, json_count(array));
    }
    *out = json_at(array, (size_t)index);
    return true;
}

/* ---- States.ArrayUnique ---- */

static uint64_t mix(uint64_t hash, uint64_t value)
{
    hash = (hash ^ value) * 0x9E3779B97F4A7C15ULL;
    return hash ^ (hash >> 29);
}

static uint64_t hash_bytes(uint64_t hash, str bytes)
{
    for (size_t i = 0; i < bytes.len; i++)
        hash = (hash ^ (unsigned char)bytes.ptr[i]) * 0x100000001B3ULL;
    return mix(hash, bytes.len);
}

/* Equal values have equal hashes: numbers by their nearest double, objects whatever the order of
 * their members. As deep as JSON texts may be. */
static uint64_t hash_value(json value)
{
    uint64_t hash = mix(0xCBF29CE484222325ULL, value.kind);
    switch ((enum json_kind)value.kind) {
    case JSON_NULL: return hash;
    case JSON_BOOL: return mix(hash, value.boolean);
    case JSON_STRING: return hash_bytes(hash, json_str(value));
    case JSON_NUMBER: {
        double number = json_number(value);
        uint64_t bits = 0;
        if (number == 0) number = 0; /* minus zero is zero */
        memcpy(&bits, &number, sizeof bits);
        return mix(hash, bits);
    }
    case JSON_ARRAY:
        for (size_t i = 0; i < json_count(value); i++)
            hash = mix(hash, hash_value(json_at(value, i)));
        return hash;
    case JSON_OBJECT:
        for (size_t i = 0; i < json_count(value); i++) {
            uint64_t key = hash_bytes(0xCBF29CE484222325ULL, json_key_at(value, i));
            hash += mix(key, hash_value(json_value_at(value, i)));
        }
        return hash;
    }
    return hash;
}

struct seen {
    uint64_t hash;
    size_t place; /* 1 + index in the result; 0: free */
};

static bool unique(const struct intrinsic_values *v, struct intrinsic_eval *eval, json *out)
{
    json array = json_null();
    if (!array_argument(v, eval, &array)) return false;
    size_t capacity = 16;
    while (capacity < json_count(array) * 2)
        capacity *= 2;
    struct seen *table = arena_array(eval->env->arena, capacity, sizeof *table);
    memset(table, 0, capacity * sizeof *table);
    struct json_list items;
    json_list_init(&items, eval->env->arena);
    for (size_t i = 0; i < json_count(array); i++) {
        json value = json_at(array, i);
        uint64_t hash = hash_value(value);
        size_t slot = (size_t)hash & (capacity - 1);
        bool known = false;
        for (; table[slot].place > 0 && !known; slot = (slot + 1) & (capacity - 1)) {
            known =
                table[slot].hash == hash && json_equal(items.items[table[slot].place - 1], value);
        }
        if (known) continue;
        json_list_add(&items, value);
        table[slot] = (struct seen){ hash, items.count };
    }
    *out = json_list_done(&items);
    return true;
}

bool intrinsic_array_function(enum intrinsic_function function, const struct intrinsic_values *v,
                              struct intrinsic_eval *eval, json *out)
{
    json array = json_null();
    switch (function) {
    case INTRINSIC_ARRAY: *out = json_array(v->items, v->count); return true;
    case INTRINSIC_ARRAY_PARTITION: return partition(v, eval, out);
    case INTRINSIC_ARRAY_CONTAINS: return contains(v, eval, out);
    case INTRINSIC_ARRAY_RANGE: return range(v, eval, out);
    case INTRINSIC_ARRAY_GET_ITEM: return get_item(v, eval, out);
    case INTRINSIC_ARRAY_UNIQUE: return unique(v, eval, out);
    default:
        ASSERT(function == INTRINSIC_ARRAY_LENGTH);
        if (!array_argument(v, eval, &array)) return false;
        *out = json_i64(eval->env->arena, (int64_t)json_count(array));
        return true;
    }
}
