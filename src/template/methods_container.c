/* Methods of lists, maps and their entries: Java's List, Map and Map.Entry. */
#include "template/internal.h"

static bool give_count(const struct call *call, size_t count, struct value *out)
{
    *out = vtl_value_integer(call->run, (int64_t)count);
    return true;
}

static bool give_bool(bool boolean, struct value *out)
{
    *out = vtl_value_boolean(boolean);
    return true;
}

static bool to_string(const struct call *call, struct value *out)
{
    str text;
    if (!vtl_value_text(call->run, call->self, &text)) return false;
    *out = vtl_value_string(text);
    return true;
}

static bool equals(const struct call *call, struct value *out)
{
    bool equal;
    if (!vtl_value_equals(call->run, call->self, call->arguments[0], &equal)) return false;
    return give_bool(equal && call->arguments[0].kind == call->self.kind, out);
}

/* ---- lists ---- */

static bool list_size(const struct call *call, struct value *out)
{
    return give_count(call, vtl_list_count(call->self.list), out);
}

static bool list_is_empty(const struct call *call, struct value *out)
{
    return give_bool(vtl_list_count(call->self.list) == 0, out);
}

static bool list_get(const struct call *call, struct value *out)
{
    int64_t at;
    *out = vtl_value_none();
    if (!vtl_call_index(call, 0, &at) || at < 0) return true;
    return vtl_list_at(call->run, call->self.list, (size_t)at, out);
}

static bool list_insert(const struct call *call, struct value *out)
{
    struct list *list = call->self.list;
    *out = vtl_value_boolean(true);
    if (call->count == 1) return vtl_list_add(call->run, list, call->arguments[0]);
    int64_t at;
    *out = vtl_value_none();
    if (!vtl_list_open(call->run, list)) return false;
    if (!vtl_call_index(call, 0, &at) || at < 0 || (uint64_t)at > list->count) return true;
    if (!vtl_run_step(call->run, list->count) || !vtl_list_add(call->run, list, call->arguments[1]))
        return false;
    struct value *place = list->items + at;
    memmove(place + 1, place, (list->count - 1 - (size_t)at) * sizeof *place);
    *place = call->arguments[1];
    return true;
}

static bool list_add_all(const struct call *call, struct value *out)
{
    struct value more = call->arguments[0];
    *out = vtl_value_boolean(false);
    if (more.kind != VALUE_LIST) return true;
    if (!vtl_list_open(call->run, more.list)) return false;
    size_t count = more.list->count; /* it may be the list itself */
    for (size_t i = 0; i < count; i++)
        if (!vtl_list_add(call->run, call->self.list, more.list->items[i])) return false;
    return give_bool(count > 0, out);
}

static bool list_set(const struct call *call, struct value *out)
{
    int64_t at;
    struct list *list = call->self.list;
    *out = vtl_value_none();
    if (!vtl_list_open(call->run, list)) return false;
    if (!vtl_call_index(call, 0, &at) || at < 0 || (uint64_t)at >= list->count) return true;
    *out = list->items[at];
    list->items[at] = call->arguments[1];
    return true;
}

static bool list_remove(const struct call *call, struct value *out)
{
    int64_t at;
    struct list *list = call->self.list;
    *out = vtl_value_none();
    if (!vtl_list_open(call->run, list) || !vtl_run_step(call->run, list->count)) return false;
    if (!vtl_call_index(call, 0, &at) || at < 0 || (uint64_t)at >= list->count) return true;
    *out = list->items[at];
    struct value *place = list->items + at;
    memmove(place, place + 1, (list->count - (size_t)at - 1) * sizeof *place);
    list->count--;
    return true;
}

/* Where the argument is first; -1 if nowhere. */
static bool find_item(const struct call *call, int64_t *out)
{
    struct list *list = call->self.list;
    *out = -1;
    if (!vtl_list_open(call->run, list)) return false;
    for (size_t i = 0; i < list->count && *out < 0; i++) {
        bool equal;
        if (!vtl_value_equals(call->run, list->items[i], call->arguments[0], &equal)) return false;
        if (equal) *out = (int64_t)i;
    }
    return true;
}

static bool list_contains(const struct call *call, struct value *out)
{
    int64_t at;
    return find_item(call, &at) && give_bool(at >= 0, out);
}

static bool list_index_of(const struct call *call, struct value *out)
{
    int64_t at;
    if (!find_item(call, &at)) return false;
    *out = vtl_value_integer(call->run, at);
    return true;
}

static bool list_sub(const struct call *call, struct value *out)
{
    struct list *list = call->self.list;
    int64_t from, to;
    *out = vtl_value_none();
    if (!vtl_list_open(call->run, list)) return false;
    if (!vtl_call_index(call, 0, &from) || !vtl_call_index(call, 1, &to)) return true;
    if (from < 0 || from > to || (uint64_t)to > list->count) return true;
    *out = vtl_value_list(call->run);
    for (int64_t i = from; i < to; i++)
        if (!vtl_list_add(call->run, out->list, list->items[i])) return false;
    return true;
}

static bool list_clear(const struct call *call, struct value *out)
{
    *out = vtl_value_none();
    call->self.list->is_open = true;
    call->self.list->count = 0;
    return true;
}

static bool list_self(const struct call *call, struct value *out)
{
    *out = call->self;
    return true;
}

struct method_table vtl_list_methods(void)
{
    static const struct method methods[] = {
        { STR_INIT("size"), 0, 0, list_size },        { STR_INIT("isEmpty"), 0, 0, list_is_empty },
        { STR_INIT("get"), 1, 1, list_get },          { STR_INIT("add"), 1, 2, list_insert },
        { STR_INIT("addAll"), 1, 1, list_add_all },   { STR_INIT("set"), 2, 2, list_set },
        { STR_INIT("remove"), 1, 1, list_remove },    { STR_INIT("contains"), 1, 1, list_contains },
        { STR_INIT("indexOf"), 1, 1, list_index_of }, { STR_INIT("subList"), 2, 2, list_sub },
        { STR_INIT("clear"), 0, 0, list_clear },      { STR_INIT("iterator"), 0, 0, list_self },
        { STR_INIT("equals"), 1, 1, equals },         { STR_INIT("toString"), 0, 0, to_string },
    };
    return (struct method_table){ methods, sizeof methods / sizeof methods[0] };
}

/* ---- maps ---- */

static bool map_size(const struct call *call, struct value *out)
{
    return give_count(call, vtl_map_count(call->self.map), out);
}

static bool map_is_empty(const struct call *call, struct value *out)
{
    return give_bool(vtl_map_count(call->self.map) == 0, out);
}

static bool map_get(const struct call *call, struct value *out)
{
    str key;
    return vtl_call_text(call, 0, &key) && vtl_map_find(call->run, call->self.map, key, out);
}

static bool map_get_or_default(const struct call *call, struct value *out)
{
    if (!map_get(call, out)) return false;
    if (out->kind == VALUE_NONE || out->kind == VALUE_BLANK) *out = call->arguments[1];
    return true;
}

static bool map_contains_key(const struct call *call, struct value *out)
{
    str key;
    if (!vtl_call_text(call, 0, &key) || !vtl_map_open(call->run, call->self.map)) return false;
    struct map *map = call->self.map;
    if (!vtl_run_step(call->run, 1 + map->count / 16)) return false;
    bool found = false;
    for (size_t i = 0; i < map->count && !found; i++)
        found = str_eq(map->entries[i].key, key);
    return give_bool(found, out);
}

static bool map_contains_value(const struct call *call, struct value *out)
{
    struct map *map = call->self.map;
    bool found = false;
    if (!vtl_map_open(call->run, map)) return false;
    for (size_t i = 0; i < map->count && !found; i++)
        if (!vtl_value_equals(call->run, map->entries[i].value, call->arguments[0], &found))
            return false;
    return give_bool(found, out);
}

/* The value that was there before. */
static bool map_set(const struct call *call, struct value *out)
{
    str key;
    return vtl_call_text(call, 0, &key) && vtl_map_find(call->run, call->self.map, key, out) &&
           vtl_map_put(call->run, call->self.map, key, call->arguments[1]);
}

static bool map_put_all(const struct call *call, struct value *out)
{
    struct value more = call->arguments[0];
    *out = vtl_value_none();
    if (more.kind != VALUE_MAP) return true;
    if (!vtl_map_open(call->run, more.map)) return false;
    size_t count = more.map->count;
    for (size_t i = 0; i < count; i++)
        if (!vtl_map_put(call->run, call->self.map, more.map->entries[i].key,
                         more.map->entries[i].value))
            return false;
    return true;
}

static bool map_delete(const struct call *call, struct value *out)
{
    str key;
    return vtl_call_text(call, 0, &key) && vtl_map_remove(call->run, call->self.map, key, out);
}

static bool map_keys(const struct call *call, struct value *out)
{
    struct map *map = call->self.map;
    *out = vtl_value_list(call->run);
    if (!vtl_map_open(call->run, map)) return false;
    for (size_t i = 0; i < map->count; i++)
        if (!vtl_list_add(call->run, out->list, vtl_value_string(map->entries[i].key)))
            return false;
    return true;
}

static bool map_values(const struct call *call, struct value *out)
{
    struct map *map = call->self.map;
    *out = vtl_value_list(call->run);
    if (!vtl_map_open(call->run, map)) return false;
    for (size_t i = 0; i < map->count; i++)
        if (!vtl_list_add(call->run, out->list, map->entries[i].value)) return false;
    return true;
}

static bool map_entries(const struct call *call, struct value *out)
{
    struct map *map = call->self.map;
    *out = vtl_value_list(call->run);
    if (!vtl_map_open(call->run, map)) return false;
    for (size_t i = 0; i < map->count; i++) {
        struct value entry = { .kind = VALUE_ENTRY, .entry = &map->entries[i] };
        if (!vtl_list_add(call->run, out->list, entry)) return false;
    }
    return true;
}

struct method_table vtl_map_methods(void)
{
    static const struct method methods[] = {
        { STR_INIT("size"), 0, 0, map_size },
        { STR_INIT("isEmpty"), 0, 0, map_is_empty },
        { STR_INIT("get"), 1, 1, map_get },
        { STR_INIT("getOrDefault"), 2, 2, map_get_or_default },
        { STR_INIT("containsKey"), 1, 1, map_contains_key },
        { STR_INIT("containsValue"), 1, 1, map_contains_value },
        { STR_INIT("put"), 2, 2, map_set },
        { STR_INIT("putAll"), 1, 1, map_put_all },
        { STR_INIT("remove"), 1, 1, map_delete },
        { STR_INIT("keySet"), 0, 0, map_keys },
        { STR_INIT("values"), 0, 0, map_values },
        { STR_INIT("entrySet"), 0, 0, map_entries },
        { STR_INIT("equals"), 1, 1, equals },
        { STR_INIT("toString"), 0, 0, to_string },
    };
    return (struct method_table){ methods, sizeof methods / sizeof methods[0] };
}

struct method_table vtl_entry_methods(void)
{
    static const struct method methods[] = {
        { STR_INIT("toString"), 0, 0, to_string },
    };
    return (struct method_table){ methods, sizeof methods / sizeof methods[0] };
}
