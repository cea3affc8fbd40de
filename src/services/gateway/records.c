/* Records of APIs, and small work on JSON values that the other files share. */
#include "base/prng.h"
#include "services/gateway/internal.h"

enum { ID_BYTES_MAX = 512 };

bool gateway_id_is_sound(str id)
{
    if (id.len == 0 || id.len > ID_BYTES_MAX) return false;
    for (size_t i = 0; i < id.len; i++)
        if ((unsigned char)id.ptr[i] < 0x20) return false;
    return true;
}

bool gateway_load(const struct source *source, str owner, enum gateway_kind kind, str id, json *out)
{
    struct key key;
    if ((owner.len > 0 && !gateway_id_is_sound(owner)) || !gateway_id_is_sound(id)) return false;
    key_gateway(&key, source->number, owner, (uint8_t)kind, id);
    return source_find(source, &key, out);
}

void gateway_store(struct txn *txn, str owner, enum gateway_kind kind, str id, json record)
{
    struct key key;
    ASSERT(gateway_id_is_sound(id));
    key_gateway(&key, shard_number(txn_shard(txn)), owner, (uint8_t)kind, id);
    txn_put(txn, &key, json_text(txn_arena(txn), record));
}

void gateway_delete(struct txn *txn, str owner, enum gateway_kind kind, str id)
{
    struct key key;
    key_gateway(&key, shard_number(txn_shard(txn)), owner, (uint8_t)kind, id);
    txn_delete(txn, &key);
}

static struct store_cursor *scan(const struct source *source, str owner, enum gateway_kind kind)
{
    struct key from, to;
    key_gateway(&from, source->number, owner, (uint8_t)kind, STR(""));
    to = from;
    key_range_end(&to);
    return source_scan(source, &from, &to, false);
}

/* The last field of each key. */
static json ids_of(const struct source *source, str owner, enum gateway_kind kind)
{
    struct json_list ids;
    str key, value;
    json_list_init(&ids, source->arena);
    struct store_cursor *cursor = scan(source, owner, kind);
    while (store_cursor_next(cursor, &key, &value)) {
        struct key_reader reader;
        str owner_text, id;
        uint8_t kind_number;
        if (!key_read_begin(&reader, key) || !key_read_text(&reader, &owner_text) ||
            !key_read_u8(&reader, &kind_number) || !key_read_text(&reader, &id))
            fatal("a record of an API has no id: the store is damaged");
        json_list_add(&ids, json_string(arena_str(source->arena, id)));
    }
    store_cursor_close(cursor);
    return json_list_done(&ids);
}

void gateway_delete_all(struct txn *txn, const struct source *source, str owner,
                        enum gateway_kind kind)
{
    json ids = ids_of(source, owner, kind);
    for (size_t i = 0; i < json_count(ids); i++)
        gateway_delete(txn, owner, kind, json_str(json_at(ids, i)));
}

json gateway_list(const struct source *source, str owner, enum gateway_kind kind)
{
    struct json_list list;
    str key, value;
    json_list_init(&list, source->arena);
    struct store_cursor *cursor = scan(source, owner, kind);
    while (store_cursor_next(cursor, &key, &value))
        json_list_add(&list, source_parse(source, value));
    store_cursor_close(cursor);
    return json_list_done(&list);
}

size_t gateway_count(const struct source *source, str owner, enum gateway_kind kind)
{
    str key, value;
    size_t count = 0;
    struct store_cursor *cursor = scan(source, owner, kind);
    while (store_cursor_next(cursor, &key, &value))
        count++;
    store_cursor_close(cursor);
    return count;
}

str gateway_new_id(struct txn *txn)
{
    enum { CHARS = 10 };
    static const char digits[] = "abcdefghijklmnopqrstuvwxyz0123456789";
    char *text = arena_alloc(txn_arena(txn), CHARS);
    for (size_t i = 0; i < CHARS; i++) /* a letter first: it is the label of a host, too */
        text[i] = digits[prng_below(txn_prng(txn), i == 0 ? 26 : sizeof digits - 1)];
    return (str){ text, CHARS };
}

/* ---- JSON ---- */

json json_empty(void)
{
    return (json){ .kind = JSON_OBJECT };
}

json json_with(struct arena *arena, json object, str name, json value)
{
    struct json_fields fields;
    json_fields_from(&fields, arena, object);
    json_fields_add(&fields, name, value);
    return json_fields_done(&fields);
}

json json_without(struct arena *arena, json object, str name)
{
    struct json_fields fields;
    if (!json_find(object, name)) return object;
    json_fields_init(&fields, arena);
    for (size_t i = 0; i < json_count(object); i++)
        if (!str_eq(json_key_at(object, i), name))
            json_fields_add(&fields, json_key_at(object, i), json_value_at(object, i));
    return json_fields_done(&fields);
}

json json_member_of(json object, str name)
{
    const json *found = json_find(object, name);
    return found ? *found : json_null();
}

json json_object_of(json object, str name)
{
    json found = json_member_of(object, name);
    return json_is_object(found) ? found : json_empty();
}

str json_text_of(json object, str name)
{
    return json_str_or(object, name, STR(""));
}

/* ---- texts ---- */

enum { CASE_BIT = 0x20 };

static str in_case(struct arena *arena, str text, char first, char last)
{
    char *out = arena_alloc(arena, text.len);
    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];
        if (c >= first && c <= last) c = (char)(unsigned char)((unsigned char)c ^ CASE_BIT);
        out[i] = c;
    }
    return (str){ out, text.len };
}

str text_lower(struct arena *arena, str text)
{
    return in_case(arena, text, 'A', 'Z');
}

str text_upper(struct arena *arena, str text)
{
    return in_case(arena, text, 'a', 'z');
}
