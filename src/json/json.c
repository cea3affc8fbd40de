/* Making values and looking at them. */
#include "json/json.h"
#include "json/private.h"

enum { ENTRIES_MIN = 8 };

/* ---- lists ---- */

void json_list_init(struct json_list *list, struct arena *arena)
{
    *list = (struct json_list){ .arena = arena };
}

void json_list_add(struct json_list *list, json value)
{
    if (list->count == list->capacity) {
        size_t capacity = list->capacity ? list->capacity * 2 : ENTRIES_MIN;
        json *bigger = arena_array(list->arena, capacity, sizeof *bigger);
        if (list->count) memcpy(bigger, list->items, list->count * sizeof *bigger);
        list->items = bigger;
        list->capacity = capacity;
    }
    list->items[list->count++] = value;
}

json json_list_done(struct json_list *list)
{
    return json_array(list->items, list->count);
}

/* ---- fields ---- */

void json_fields_init(struct json_fields *fields, struct arena *arena)
{
    *fields = (struct json_fields){ .arena = arena };
}

static str member_key(const struct json_member *member)
{
    return (str){ member->key, member->key_bytes };
}

/* A new table over all members; called when the old one is half full or there is none. */
static void rebuild_index(struct json_fields *fields)
{
    fields->index_capacity = json_index_capacity(fields->count * 2);
    fields->index = arena_array(fields->arena, fields->index_capacity, sizeof *fields->index);
    memset(fields->index, 0, fields->index_capacity * sizeof *fields->index);
    for (size_t i = 0; i < fields->count; i++) {
        const struct json_member *member = &fields->members[i];
        *json_index_slot(fields->index, fields->index_capacity, fields->members, member_key(member),
                         member->key_hash) = (uint32_t)i + 1;
    }
}

/* The member with the key, or NULL; *slot is then where the index wants it, if there is one. */
static struct json_member *find_field(struct json_fields *fields, str key, uint32_t hash,
                                      uint32_t **slot)
{
    *slot = NULL;
    if (fields->count < JSON_INDEX_MEMBERS_MIN) {
        for (size_t i = 0; i < fields->count; i++) {
            if (json_member_has_key(&fields->members[i], key, hash)) return &fields->members[i];
        }
        return NULL;
    }
    if (fields->count * 2 >= fields->index_capacity) rebuild_index(fields);
    *slot = json_index_slot(fields->index, fields->index_capacity, fields->members, key, hash);
    return **slot ? &fields->members[**slot - 1] : NULL;
}

static void reserve_fields(struct json_fields *fields, size_t count)
{
    if (count <= fields->capacity) return;
    size_t capacity = fields->capacity ? fields->capacity : ENTRIES_MIN;
    while (capacity < count)
        capacity *= 2;
    struct json_member *bigger = arena_array(fields->arena, capacity, sizeof *bigger);
    if (fields->count) memcpy(bigger, fields->members, fields->count * sizeof *bigger);
    fields->members = bigger;
    fields->capacity = capacity;
}

void json_fields_add(struct json_fields *fields, str key, json value)
{
    ASSERT(key.len <= UINT32_MAX && fields->count < UINT32_MAX);
    uint32_t hash = json_key_hash(key.ptr, key.len);
    uint32_t *slot;
    struct json_member *there = find_field(fields, key, hash, &slot);
    if (there) {
        there->value = value;
        return;
    }
    reserve_fields(fields, fields->count + 1);
    fields->members[fields->count++] =
        (struct json_member){ key.ptr, (uint32_t)key.len, hash, value };
    if (slot) *slot = (uint32_t)fields->count;
}

void json_fields_from(struct json_fields *fields, struct arena *arena, json object)
{
    ASSERT(object.kind == JSON_OBJECT);
    json_fields_init(fields, arena);
    if (object.count == 0) return;
    reserve_fields(fields, object.count);
    memcpy(fields->members, object.members, object.count * sizeof *fields->members);
    fields->count = object.count;
}

json json_fields_done(struct json_fields *fields)
{
    return (
        json){ .kind = JSON_OBJECT, .count = (uint32_t)fields->count, .members = fields->members };
}

/* ---- looking ---- */

static const struct json_member *find_member(json v, str key, uint32_t hash)
{
    for (const struct json_member *m = v.members, *end = m + v.count; m < end; m++) {
        if (json_member_has_key(m, key, hash)) return m;
    }
    return NULL;
}

const json *json_find(json v, str key)
{
    if (v.kind != JSON_OBJECT || v.count == 0) return NULL;
    const struct json_member *member = find_member(v, key, json_key_hash(key.ptr, key.len));
    return member ? &member->value : NULL;
}

bool json_find_str(json v, str key, str *out)
{
    const json *found = json_find(v, key);
    if (!found || found->kind != JSON_STRING) return false;
    *out = json_str(*found);
    return true;
}

str json_str_or(json v, str key, str fallback)
{
    const json *found = json_find(v, key);
    return found && found->kind == JSON_STRING ? json_str(*found) : fallback;
}

int64_t json_i64_or(json v, str key, int64_t fallback)
{
    const json *found = json_find(v, key);
    int64_t value;
    return found && json_to_i64(*found, &value) ? value : fallback;
}

bool json_bool_or(json v, str key, bool fallback)
{
    const json *found = json_find(v, key);
    return found && found->kind == JSON_BOOL ? found->boolean : fallback;
}

/* ---- equality ---- */

static bool equal_at(json a, json b, int depth);

/* Counterparts of a's members in b, with a table because their orders differ and both are large. */
static bool equal_members_indexed(json a, json b, int depth)
{
    struct arena scratch;
    arena_init(&scratch);
    size_t capacity = json_index_capacity(b.count);
    uint32_t *slots = arena_array(&scratch, capacity, sizeof *slots);
    memset(slots, 0, capacity * sizeof *slots);
    for (uint32_t i = 0; i < b.count; i++)
        *json_index_slot(slots, capacity, b.members, member_key(&b.members[i]),
                         b.members[i].key_hash) = i + 1;
    bool equal = true;
    for (uint32_t i = 0; i < a.count && equal; i++) {
        const struct json_member *m = &a.members[i];
        uint32_t at = *json_index_slot(slots, capacity, b.members, member_key(m), m->key_hash);
        equal = at != 0 && equal_at(m->value, b.members[at - 1].value, depth + 1);
    }
    arena_close(&scratch);
    return equal;
}

/* Keys are unique on both sides, so equal counts and a counterpart for each of a's are enough. */
static bool equal_objects(json a, json b, int depth)
{
    if (a.count != b.count) return false;
    for (uint32_t i = 0; i < a.count; i++) {
        const struct json_member *m = &a.members[i];
        const struct json_member *n = &b.members[i];
        if (!json_member_has_key(n, member_key(m), m->key_hash)) {
            if (a.count > JSON_INDEX_MEMBERS_MIN) return equal_members_indexed(a, b, depth);
            n = find_member(b, member_key(m), m->key_hash);
            if (!n) return false;
        }
        if (!equal_at(m->value, n->value, depth + 1)) return false;
    }
    return true;
}

static bool equal_at(json a, json b, int depth)
{
    ASSERT_CMP(depth, <=, JSON_VALUE_DEPTH_MAX);
    if (a.kind != b.kind) return false;
    switch ((enum json_kind)a.kind) {
    case JSON_NULL: return true;
    case JSON_BOOL: return a.boolean == b.boolean;
    case JSON_NUMBER: return json_number_compare(a, b) == 0;
    case JSON_STRING: return str_eq(json_str(a), json_str(b));
    case JSON_ARRAY:
        if (a.count != b.count) return false;
        for (uint32_t i = 0; i < a.count; i++) {
            if (!equal_at(a.items[i], b.items[i], depth + 1)) return false;
        }
        return true;
    case JSON_OBJECT: return equal_objects(a, b, depth);
    }
    fatal("json_equal: a value of kind %d", a.kind);
}

bool json_equal(json a, json b)
{
    return equal_at(a, b, 0);
}

/* ---- copies ---- */

static const char *copy_bytes(struct arena *arena, const char *bytes, size_t count)
{
    if (count == 0) return "";
    return memcpy(arena_alloc(arena, count), bytes, count);
}

static json copy_at(struct arena *arena, json v, int depth);

static const json *copy_items(struct arena *arena, json v, int depth)
{
    json *items = arena_array(arena, v.count, sizeof *items);
    for (uint32_t i = 0; i < v.count; i++)
        items[i] = copy_at(arena, v.items[i], depth + 1);
    return items;
}

static const struct json_member *copy_members(struct arena *arena, json v, int depth)
{
    struct json_member *members = arena_array(arena, v.count, sizeof *members);
    for (uint32_t i = 0; i < v.count; i++) {
        members[i] = v.members[i];
        members[i].key = copy_bytes(arena, v.members[i].key, v.members[i].key_bytes);
        members[i].value = copy_at(arena, v.members[i].value, depth + 1);
    }
    return members;
}

static json copy_at(struct arena *arena, json v, int depth)
{
    ASSERT_CMP(depth, <=, JSON_VALUE_DEPTH_MAX);
    switch ((enum json_kind)v.kind) {
    case JSON_NULL:
    case JSON_BOOL: return v;
    case JSON_NUMBER:
        if (!v.is_double) v.text = copy_bytes(arena, v.text, v.count);
        return v;
    case JSON_STRING: v.text = copy_bytes(arena, v.text, v.count); return v;
    case JSON_ARRAY: v.items = v.count ? copy_items(arena, v, depth) : NULL; return v;
    case JSON_OBJECT: v.members = v.count ? copy_members(arena, v, depth) : NULL; return v;
    }
    fatal("json_copy: a value of kind %d", v.kind);
}

json json_copy(struct arena *arena, json v)
{
    return copy_at(arena, v, 0);
}
