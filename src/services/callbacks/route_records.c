/* The records of routes and the list of their paths; see route_records.h. */
#include "services/callbacks/route_records.h"

static void settings_key(const struct source *source, struct key *key, str name)
{
    key_route(key, source->number, ROUTE_SETTINGS, name, 0, STR(""));
}

static void decode(str name, json value, struct route_record *out)
{
    const json *settings = json_find(value, STR("settings"));
    if (!settings) fatal("a route has no settings: the store is damaged");
    *out = (struct route_record){
        .name = name,
        .settings = *settings,
        .created_ms = json_i64_or(value, STR("created"), 0),
        .updated_ms = json_i64_or(value, STR("updated"), 0),
        .is_from_file = json_bool_or(value, STR("fromFile"), false),
    };
}

bool route_load(const struct source *source, str name, struct route_record *out)
{
    struct key key;
    json value;
    if (!name_is_callback_name(name)) return false;
    settings_key(source, &key, name);
    if (!source_find(source, &key, &value)) return false;
    decode(name, value, out);
    return true;
}

size_t route_list(const struct source *source, str after, struct route_record *out, size_t max)
{
    struct key from, to;
    str bytes, value;
    size_t count = 0;
    key_begin(&from, source->number, KEY_ROUTE);
    key_add_u8(&from, ROUTE_SETTINGS);
    to = from;
    key_range_end(&to);
    if (after.len > 0) {
        key_add_text(&from, after);
        key_range_end(&from);
    }
    struct store_cursor *cursor = source_scan(source, &from, &to, false);
    while (count < max && store_cursor_next(cursor, &bytes, &value)) {
        struct key_reader reader;
        uint8_t section;
        str name;
        if (!key_read_begin(&reader, bytes) || !key_read_u8(&reader, &section) ||
            !key_read_text(&reader, &name))
            fatal("the key of a route does not decode");
        decode(arena_str(source->arena, name), source_parse(source, value), &out[count++]);
    }
    store_cursor_close(cursor);
    return count;
}

/* ---- the list of paths ---- */

struct row {
    str name, path;
    json methods;
};

static json index_load(const struct source *source)
{
    struct key key;
    json value;
    key_route(&key, source->number, ROUTE_INDEX, STR(""), 0, STR(""));
    if (!source_find(source, &key, &value)) return json_null();
    const json *routes = json_find(value, STR("routes"));
    return routes ? *routes : json_null();
}

static struct row row_at(json rows, size_t index)
{
    json row = json_at(rows, index);
    return (struct row){
        .name = json_str(json_at(row, 0)),
        .path = json_str(json_at(row, 1)),
        .methods = json_at(row, 2),
    };
}

static json make_row(struct arena *arena, str name, str path, json methods)
{
    json *items = arena_array(arena, 3, sizeof *items);
    items[0] = json_string(name);
    items[1] = json_string(path);
    items[2] = methods;
    return json_array(items, 3);
}

/* The index with the route in its place, or without it if `path` is empty. */
static void index_store(struct txn *txn, const struct source *source, str name, str path,
                        json methods)
{
    struct json_list list;
    struct json_fields fields;
    struct key key;
    json old = index_load(source);
    bool is_in = path.len == 0;
    json_list_init(&list, source->arena);
    for (size_t i = 0; i < json_count(old); i++) {
        struct row row = row_at(old, i);
        if (str_eq(row.name, name)) continue;
        if (!is_in && route_path_compare(path, row.path) < 0) {
            json_list_add(&list, make_row(source->arena, name, path, methods));
            is_in = true;
        }
        json_list_add(&list, json_at(old, i));
    }
    if (!is_in) json_list_add(&list, make_row(source->arena, name, path, methods));
    json_fields_init(&fields, source->arena);
    json_fields_add(&fields, STR("v"), json_i64(source->arena, 1));
    json_fields_add(&fields, STR("routes"), json_list_done(&list));
    key_route(&key, source->number, ROUTE_INDEX, STR(""), 0, STR(""));
    txn_put(txn, &key, json_text(source->arena, json_fields_done(&fields)));
}

void route_store(struct txn *txn, const struct source *source, const struct route_record *record)
{
    struct key key;
    struct buf out;
    static const json post = { .kind = JSON_STRING, .count = 4, .text = "POST" };
    const json *methods = json_find(record->settings, STR("methods"));
    str path = json_str_or(record->settings, STR("path"), STR(""));
    buf_init(&out, source->arena);
    reply_open(&out);
    reply_i64(&out, "v", 1);
    reply_i64(&out, "created", record->created_ms);
    reply_i64(&out, "updated", record->updated_ms);
    reply_bool(&out, "fromFile", record->is_from_file);
    reply_json(&out, "settings", record->settings);
    reply_close(&out);
    settings_key(source, &key, record->name);
    txn_put(txn, &key, buf_str(&out));
    index_store(txn, source, record->name, path, methods ? *methods : json_array(&post, 1));
}

void route_remove(struct txn *txn, const struct source *source, str name)
{
    struct key key;
    settings_key(source, &key, name);
    txn_delete(txn, &key);
    index_store(txn, source, name, STR(""), json_null());
    key_route(&key, source->number, ROUTE_REFUSED, name, 0, STR(""));
    txn_delete(txn, &key);
}

static bool has_method(json methods, str method)
{
    for (size_t i = 0; i < json_count(methods); i++) {
        if (str_eq(json_str(json_at(methods, i)), method)) return true;
    }
    return false;
}

static void add_methods(struct arena *arena, json methods, str *list)
{
    for (size_t i = 0; i < json_count(methods); i++) {
        str method = json_str(json_at(methods, i));
        if (str_find(*list, method, 0) < list->len) continue;
        *list = arena_printf(arena, "%.*s%s%.*s", STR_ARGS(*list), list->len > 0 ? ", " : "",
                             STR_ARGS(method));
    }
}

void route_find(const struct source *source, const struct http_request *http,
                struct route_found *out)
{
    json rows = index_load(source);
    *out = (struct route_found){ 0 };
    for (size_t i = 0; i < json_count(rows); i++) {
        struct row row = row_at(rows, i);
        if (!route_path_match(row.path, http->path, source->arena, NULL)) continue;
        add_methods(source->arena, row.methods, &out->methods);
        if (!has_method(row.methods, http->method)) continue;
        out->name = row.name;
        return;
    }
}

static bool share_method(json a, json b)
{
    for (size_t i = 0; i < json_count(a); i++) {
        if (has_method(b, json_str(json_at(a, i)))) return true;
    }
    return false;
}

bool route_path_taken(const struct source *source, str name, str path, json methods, str *other,
                      size_t *count)
{
    json rows = index_load(source);
    bool taken = false;
    *count = 0;
    for (size_t i = 0; i < json_count(rows); i++) {
        struct row row = row_at(rows, i);
        if (str_eq(row.name, name)) continue;
        ++*count;
        if (route_path_compare(row.path, path) != 0 || !share_method(row.methods, methods))
            continue;
        taken = true;
        *other = row.name;
    }
    return taken;
}
