/* Values of a running template. */
#include "template/internal.h"

enum { WRITE_DEPTH_MAX = 200 }; /* lists and maps inside each other, also inside themselves */

bool vtl_run_fail(struct run *run, enum error_code code, const char *what)
{
    return error_set(run->err, code, "%s", what);
}

bool vtl_run_step(struct run *run, size_t count)
{
    if (run->steps_left < count || run->arena->used_bytes > run->memory_bytes_max) {
        run->steps_left = 0;
        return vtl_run_fail(run, ERROR_TOO_LARGE, "the template takes too much work");
    }
    run->steps_left -= count;
    return true;
}

/* ---- making ---- */

struct value vtl_value_integer(struct run *run, int64_t integer)
{
    return (struct value){ .kind = VALUE_NUMBER, .number = json_i64(run->arena, integer) };
}

struct value vtl_value_list(struct run *run)
{
    struct list *list = ARENA_NEW(run->arena, struct list);
    list->is_open = true;
    return (struct value){ .kind = VALUE_LIST, .list = list };
}

struct value vtl_value_map(struct run *run)
{
    struct map *map = ARENA_NEW(run->arena, struct map);
    map->is_open = true;
    return (struct value){ .kind = VALUE_MAP, .map = map };
}

struct value vtl_value_json(struct run *run, json source)
{
    struct value value = { .kind = VALUE_NONE };
    switch ((enum json_kind)source.kind) {
    case JSON_NULL: break;
    case JSON_BOOL: return vtl_value_boolean(source.boolean);
    case JSON_STRING: return vtl_value_string(json_str(source));
    case JSON_NUMBER:
        value.kind = VALUE_NUMBER;
        value.number = source;
        break;
    case JSON_ARRAY:
        value.kind = VALUE_LIST;
        value.list = ARENA_NEW(run->arena, struct list);
        value.list->source = source;
        break;
    case JSON_OBJECT:
        value.kind = VALUE_MAP;
        value.map = ARENA_NEW(run->arena, struct map);
        value.map->source = source;
        break;
    }
    return value;
}

/* ---- lists ---- */

size_t vtl_list_count(const struct list *list)
{
    return list->is_open ? list->count : json_count(list->source);
}

static void list_reserve(struct run *run, struct list *list, size_t count)
{
    if (count <= list->capacity) return;
    size_t capacity = list->capacity * 2 > count ? list->capacity * 2 : count;
    struct value *items = arena_array(run->arena, capacity, sizeof *items);
    if (list->count > 0) memcpy(items, list->items, list->count * sizeof *items);
    list->items = items;
    list->capacity = capacity;
}

bool vtl_list_open(struct run *run, struct list *list)
{
    if (list->is_open) return true;
    size_t count = json_count(list->source);
    if (!vtl_run_step(run, count)) return false;
    list_reserve(run, list, count);
    for (size_t i = 0; i < count; i++)
        list->items[i] = vtl_value_json(run, json_at(list->source, i));
    list->count = count;
    list->is_open = true;
    return true;
}

bool vtl_list_at(struct run *run, struct list *list, size_t index, struct value *out)
{
    if (!vtl_list_open(run, list)) return false;
    *out = index < list->count ? list->items[index] : vtl_value_none();
    return true;
}

bool vtl_list_add(struct run *run, struct list *list, struct value value)
{
    if (!vtl_run_step(run, 1) || !vtl_list_open(run, list)) return false;
    list_reserve(run, list, list->count < 8 ? 8 : list->count + 1);
    list->items[list->count++] = value;
    return true;
}

/* ---- maps ---- */

size_t vtl_map_count(const struct map *map)
{
    return map->is_open ? map->count : json_count(map->source);
}

static void map_reserve(struct run *run, struct map *map, size_t count)
{
    if (count <= map->capacity) return;
    size_t capacity = map->capacity * 2 > count ? map->capacity * 2 : count;
    struct entry *entries = arena_array(run->arena, capacity, sizeof *entries);
    if (map->count > 0) memcpy(entries, map->entries, map->count * sizeof *entries);
    map->entries = entries;
    map->capacity = capacity;
}

bool vtl_map_open(struct run *run, struct map *map)
{
    if (map->is_open) return true;
    size_t count = json_count(map->source);
    if (!vtl_run_step(run, count)) return false;
    map_reserve(run, map, count);
    for (size_t i = 0; i < count; i++) {
        struct value value = vtl_value_json(run, json_value_at(map->source, i));
        if (value.kind == VALUE_MAP) value.map->is_blank = map->is_blank;
        map->entries[i] = (struct entry){ json_key_at(map->source, i), value };
    }
    map->count = count;
    map->is_open = true;
    return true;
}

static bool entry_of(struct run *run, struct map *map, str key, struct entry **out)
{
    *out = NULL;
    if (!vtl_map_open(run, map) || !vtl_run_step(run, 1 + map->count / 16)) return false;
    for (size_t i = 0; i < map->count && !*out; i++)
        if (str_eq(map->entries[i].key, key)) *out = &map->entries[i];
    return true;
}

bool vtl_map_find(struct run *run, struct map *map, str key, struct value *out)
{
    struct entry *entry;
    if (!entry_of(run, map, key, &entry)) return false;
    *out = entry ? entry->value : vtl_value_none();
    if (map->is_blank && out->kind == VALUE_NONE) out->kind = VALUE_BLANK;
    return true;
}

bool vtl_map_put(struct run *run, struct map *map, str key, struct value value)
{
    struct entry *entry;
    if (!entry_of(run, map, key, &entry)) return false;
    if (entry) {
        entry->value = value;
        return true;
    }
    map_reserve(run, map, map->count < 8 ? 8 : map->count + 1);
    map->entries[map->count++] = (struct entry){ key, value };
    return true;
}

bool vtl_map_remove(struct run *run, struct map *map, str key, struct value *out)
{
    struct entry *entry;
    if (!entry_of(run, map, key, &entry)) return false;
    *out = entry ? entry->value : vtl_value_none();
    if (!entry) return true;
    size_t at = (size_t)(entry - map->entries);
    memmove(entry, entry + 1, (map->count - at - 1) * sizeof *entry);
    map->count--;
    return true;
}

/* ---- as text ---- */

/* A number as Java shows it: 1.50 as 1.5, a whole double with its .0. */
static void write_number(struct buf *buf, json number)
{
    size_t from = buf->len;
    json_write(buf, number);
    str text = str_skip(buf_str(buf), from);
    bool whole = true;
    for (size_t i = 0; i < text.len; i++)
        whole = whole && text.ptr[i] != '.' && text.ptr[i] != 'e' && text.ptr[i] != 'E';
    if (whole && !number.is_double) return;
    buf->len = from;
    json_write(buf, json_double(json_number(number)));
    text = str_skip(buf_str(buf), from);
    for (size_t i = 0; i < text.len; i++)
        if (text.ptr[i] == '.' || text.ptr[i] == 'e') return;
    buf_add(buf, STR(".0"));
}

static bool write_value(struct run *run, struct buf *buf, struct value value, int depth);

static bool write_list(struct run *run, struct buf *buf, struct list *list, int depth)
{
    if (!vtl_list_open(run, list)) return false;
    buf_add_char(buf, '[');
    for (size_t i = 0; i < list->count; i++) {
        if (i > 0) buf_add(buf, STR(", "));
        if (!write_value(run, buf, list->items[i], depth + 1)) return false;
    }
    buf_add_char(buf, ']');
    return true;
}

static bool write_entry(struct run *run, struct buf *buf, const struct entry *entry, int depth)
{
    buf_add(buf, entry->key);
    buf_add_char(buf, '=');
    return write_value(run, buf, entry->value, depth + 1);
}

static bool write_map(struct run *run, struct buf *buf, struct map *map, int depth)
{
    if (!vtl_map_open(run, map)) return false;
    buf_add_char(buf, '{');
    for (size_t i = 0; i < map->count; i++) {
        if (i > 0) buf_add(buf, STR(", "));
        if (!write_entry(run, buf, &map->entries[i], depth)) return false;
    }
    buf_add_char(buf, '}');
    return true;
}

static bool write_value(struct run *run, struct buf *buf, struct value value, int depth)
{
    if (!vtl_run_step(run, 1)) return false;
    if (depth > WRITE_DEPTH_MAX || buf->len > TEMPLATE_OUTPUT_BYTES_MAX)
        return vtl_run_fail(run, ERROR_TOO_LARGE, "the template makes a text that is too large");
    switch (value.kind) {
    case VALUE_NONE: buf_add(buf, STR("null")); break;
    case VALUE_BLANK: break;
    case VALUE_BOOLEAN: buf_add(buf, value.boolean ? STR("true") : STR("false")); break;
    case VALUE_NUMBER: write_number(buf, value.number); break;
    case VALUE_STRING: buf_add(buf, value.text); break;
    case VALUE_LIST: return write_list(run, buf, value.list, depth);
    case VALUE_MAP: return write_map(run, buf, value.map, depth);
    case VALUE_ENTRY: return write_entry(run, buf, value.entry, depth);
    case VALUE_LOOP: buf_add_u64(buf, value.loop->index + 1); break;
    case VALUE_INPUT: buf_add(buf, STR("$input")); break;
    case VALUE_UTIL: buf_add(buf, STR("$util")); break;
    }
    return true;
}

bool vtl_value_write(struct run *run, struct buf *buf, struct value value)
{
    if (!write_value(run, buf, value, 0)) return false;
    if (buf->len <= TEMPLATE_OUTPUT_BYTES_MAX) return true;
    return vtl_run_fail(run, ERROR_TOO_LARGE, "the template makes a text that is too large");
}

bool vtl_value_text(struct run *run, struct value value, str *out)
{
    if (value.kind == VALUE_STRING) {
        *out = value.text;
        return true;
    }
    struct buf buf;
    buf_init(&buf, run->arena);
    if (!vtl_value_write(run, &buf, value)) return false;
    *out = buf.len > 0 ? buf_str(&buf) : STR("");
    return true;
}

/* ---- comparing ---- */

static bool equal_lists(struct run *run, struct list *a, struct list *b, int depth, bool *out);
static bool equal_maps(struct run *run, struct map *a, struct map *b, int depth, bool *out);

static bool is_scalar(struct value value)
{
    return value.kind >= VALUE_BLANK && value.kind <= VALUE_STRING;
}

/* Values of different classes are equal if they show as the same text, as in Velocity. */
static bool equal_values(struct run *run, struct value a, struct value b, int depth, bool *out)
{
    if (!vtl_run_step(run, 1)) return false;
    if (depth > WRITE_DEPTH_MAX)
        return vtl_run_fail(run, ERROR_TOO_DEEP, "the template compares values that are too deep");
    *out = false;
    if (a.kind == VALUE_NONE || b.kind == VALUE_NONE) {
        *out = (a.kind == VALUE_NONE || a.kind == VALUE_BLANK) &&
               (b.kind == VALUE_NONE || b.kind == VALUE_BLANK);
        return true;
    }
    if (a.kind == VALUE_NUMBER && b.kind == VALUE_NUMBER) {
        *out = json_number_compare(a.number, b.number) == 0;
        return true;
    }
    if (a.kind == VALUE_LIST && b.kind == VALUE_LIST)
        return equal_lists(run, a.list, b.list, depth, out);
    if (a.kind == VALUE_MAP && b.kind == VALUE_MAP)
        return equal_maps(run, a.map, b.map, depth, out);
    if (!is_scalar(a) && !is_scalar(b)) return true;
    str left, right;
    if (!vtl_value_text(run, a, &left) || !vtl_value_text(run, b, &right)) return false;
    *out = str_eq(left, right);
    return true;
}

static bool equal_lists(struct run *run, struct list *a, struct list *b, int depth, bool *out)
{
    *out = vtl_list_count(a) == vtl_list_count(b);
    if (!*out || a == b) return true;
    if (!vtl_list_open(run, a) || !vtl_list_open(run, b)) return false;
    for (size_t i = 0; i < a->count && *out; i++)
        if (!equal_values(run, a->items[i], b->items[i], depth + 1, out)) return false;
    return true;
}

static bool equal_maps(struct run *run, struct map *a, struct map *b, int depth, bool *out)
{
    *out = vtl_map_count(a) == vtl_map_count(b);
    if (!*out || a == b) return true;
    if (!vtl_map_open(run, a)) return false;
    for (size_t i = 0; i < a->count && *out; i++) {
        struct entry *entry;
        if (!entry_of(run, b, a->entries[i].key, &entry)) return false;
        *out = entry != NULL;
        if (entry && !equal_values(run, a->entries[i].value, entry->value, depth + 1, out))
            return false;
    }
    return true;
}

bool vtl_value_equals(struct run *run, struct value a, struct value b, bool *out)
{
    return equal_values(run, a, b, 0, out);
}

/* Velocity 1.7: what is there is true, unless it is false. */
bool vtl_value_is_true(struct value value)
{
    if (value.kind == VALUE_BOOLEAN) return value.boolean;
    return value.kind != VALUE_NONE && value.kind != VALUE_BLANK;
}

/* ---- leaving the template ---- */

bool vtl_value_to_text_map(struct run *run, struct value value, json *out)
{
    struct json_fields fields;
    json_fields_init(&fields, run->arena);
    if (value.kind == VALUE_MAP) {
        if (!vtl_map_open(run, value.map)) return false;
        for (size_t i = 0; i < value.map->count; i++) {
            str text;
            if (!vtl_value_text(run, value.map->entries[i].value, &text)) return false;
            json_fields_add(&fields, value.map->entries[i].key,
                            json_string(text.ptr ? text : STR("")));
        }
    }
    *out = json_fields_done(&fields);
    return true;
}
