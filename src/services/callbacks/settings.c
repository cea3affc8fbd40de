/* Settings of callback names.
 *
 * KEY_CALLBACK_NAME {"v":1,"ttl":s,"entries":n,"bytes":n,"verifier":{},"created":ms,
 *                    "updated":ms} */
#include "services/callbacks/internal.h"

bool name_is_callback_name(str name)
{
    if (name.len == 0 || name.len > CALLBACK_NAME_CHARS_MAX) return false;
    for (size_t i = 0; i < name.len; i++) {
        char c = name.ptr[i];
        bool good = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                    c == '.' || c == '_' || c == '-';
        if (!good) return false;
    }
    return true;
}

bool callback_key_is_good(str key)
{
    size_t chars;
    if (key.len == 0 || key.len > CALLBACK_KEY_BYTES_MAX || !str_utf8_count(key, &chars))
        return false;
    for (size_t i = 0; i < key.len; i++)
        if ((unsigned char)key.ptr[i] < 0x20 || key.ptr[i] == 0x7F) return false;
    return true;
}

static void decode(json record, struct callback_name *out)
{
    const json *verifier = json_find(record, STR("verifier"));
    out->ttl_s = json_i64_or(record, STR("ttl"), CALLBACK_MAILBOX_TTL_S_DEFAULT);
    out->entries_max = json_i64_or(record, STR("entries"), CALLBACK_MAILBOX_ENTRIES_DEFAULT);
    out->bytes_max = json_i64_or(record, STR("bytes"), CALLBACK_MAILBOX_BYTES_DEFAULT);
    out->verifier = verifier ? *verifier : json_null();
    out->created_ms = json_i64_or(record, STR("created"), 0);
    out->updated_ms = json_i64_or(record, STR("updated"), 0);
}

bool callback_name_load(const struct source *source, str name, struct callback_name *out)
{
    struct key key;
    json record = { .kind = JSON_OBJECT };
    key_callback_name(&key, source->number, name);
    bool found = source_find(source, &key, &record);
    *out = (struct callback_name){ .name = name };
    decode(record, out);
    return found;
}

void callback_name_store(struct txn *txn, const struct callback_name *settings)
{
    struct arena *arena = txn_arena(txn);
    struct json_fields fields;
    struct key key;
    json_fields_init(&fields, arena);
    add_i64(&fields, "v", 1);
    add_i64(&fields, "ttl", settings->ttl_s);
    add_i64(&fields, "entries", settings->entries_max);
    add_i64(&fields, "bytes", settings->bytes_max);
    if (!json_is_null(settings->verifier))
        json_fields_add(&fields, STR("verifier"), settings->verifier);
    add_i64(&fields, "created", settings->created_ms);
    add_i64(&fields, "updated", settings->updated_ms);
    key_callback_name(&key, shard_number(txn_shard(txn)), settings->name);
    txn_put(txn, &key, json_text(arena, json_fields_done(&fields)));
}

bool callback_name_delete(struct txn *txn, str name)
{
    struct key key;
    str text;
    key_callback_name(&key, shard_number(txn_shard(txn)), name);
    if (!txn_get(txn, &key, &text)) return false;
    txn_delete(txn, &key);
    return true;
}

size_t callback_name_list(const struct source *source, str after, struct callback_name *out,
                          size_t max)
{
    struct key from, to;
    struct key_reader fields;
    str key, value, name;
    size_t count = 0;
    key_begin(&from, source->number, KEY_CALLBACK_NAME);
    to = from;
    key_range_end(&to);
    if (after.len) {
        key_callback_name(&from, source->number, after);
        key_add_u8(&from, 0);
    }
    struct store_cursor *cursor = source_scan(source, &from, &to, false);
    while (count < max && store_cursor_next(cursor, &key, &value)) {
        if (!key_read_begin(&fields, key) || !key_read_text(&fields, &name))
            fatal("the key of a callback name does not decode");
        out[count] = (struct callback_name){ .name = arena_str(source->arena, name) };
        decode(source_parse(source, value), &out[count]);
        count++;
    }
    store_cursor_close(cursor);
    return count;
}
