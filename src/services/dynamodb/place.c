/* Key schemas and the keys of the store; see place.h. */
#include "services/dynamodb/place.h"

bool place_equal(const struct item_place *a, const struct item_place *b)
{
    return str_eq(a->hash, b->hash) && str_eq(a->range, b->range);
}

/* FNV-1a, and a mix so that the high bits depend on every byte. */
uint32_t place_partition(str hash)
{
    uint32_t sum = 2166136261u;
    for (size_t i = 0; i < hash.len; i++)
        sum = (sum ^ (unsigned char)hash.ptr[i]) * 16777619u;
    sum = (sum ^ sum >> 16) * 0x85EBCA6Bu;
    sum = (sum ^ sum >> 13) * 0xC2B2AE35u;
    return sum ^ sum >> 16;
}

void place_add_hash(struct key *key, str hash)
{
    key_add_u32(key, place_partition(hash));
    key_add_bytes(key, hash);
}

void place_add_range(struct key *key, str range)
{
    key_add_bytes(key, range);
}

void place_item_key(struct key *key, uint16_t shard, uint64_t table, const struct item_place *place)
{
    key_item_prefix(key, shard, table);
    place_add_hash(key, place->hash);
    place_add_range(key, place->range);
}

void place_entry_key(struct key *key, uint16_t shard, uint64_t table, uint32_t index,
                     const struct item_place *entry, const struct item_place *item)
{
    key_index_prefix(key, shard, table, index);
    place_add_hash(key, entry->hash);
    place_add_range(key, entry->range);
    key_add_bytes(key, item->hash);
    key_add_bytes(key, item->range);
}

bool schema_has(const struct schema *schema, str name)
{
    return str_eq(schema->hash.name, name) ||
           (schema->range.name.len > 0 && str_eq(schema->range.name, name));
}

static str key_bytes(struct arena *arena, json value)
{
    if (value_type(value) == VALUE_S) return json_str(value_content(value));
    struct buf out;
    buf_init(&out, arena);
    value_key_bytes(&out, value);
    return buf_str(&out);
}

static bool mismatch(struct error *err)
{
    return error_set(err, ERROR_VALIDATION, "The provided key element does not match the schema");
}

/* ---- values ---- */

static bool is_empty(json value)
{
    enum value_type type = value_type(value);
    return (type == VALUE_S || type == VALUE_B) && value_content_bytes(value) == 0;
}

static bool check_size(json value, bool is_hash, struct error *err)
{
    enum value_type type = value_type(value);
    size_t max = is_hash ? DYNAMODB_HASH_KEY_BYTES_MAX : DYNAMODB_RANGE_KEY_BYTES_MAX;
    if ((type != VALUE_S && type != VALUE_B) || value_content_bytes(value) <= max) return true;
    if (is_hash)
        return error_set(err, ERROR_VALIDATION,
                         "One or more parameter values were invalid: Size of hashkey has exceeded "
                         "the maximum size limit of2048 bytes");
    return error_set(err, ERROR_VALIDATION,
                     "One or more parameter values were invalid: Aggregated size of all range "
                     "keys has exceeded the size limit of 1024 bytes");
}

static bool check_value(const struct key_attribute *key, json map, bool is_hash, struct error *err)
{
    const json *value = key->name.len > 0 ? value_find(map, key->name) : NULL;
    if (!value) return true;
    if (is_empty(*value))
        return error_set(err, ERROR_VALIDATION,
                         "One or more parameter values are not valid. The AttributeValue for a key "
                         "attribute cannot contain an empty %s value. Key: %.*s",
                         value_type(*value) == VALUE_S ? "string" : "binary", STR_ARGS(key->name));
    return check_size(*value, is_hash, err);
}

bool place_check_values(const struct schema *schema, json map, struct error *err)
{
    return check_value(&schema->hash, map, true, err) &&
           check_value(&schema->range, map, false, err);
}

/* ---- an item's own key ---- */

static bool read_one(struct arena *arena, const struct key_attribute *key, json map,
                     enum place_words words, str *out, struct error *err)
{
    const json *value = value_find(map, key->name);
    if (!value && words == PLACE_OF_ITEM)
        return error_set(err, ERROR_VALIDATION,
                         "One or more parameter values were invalid: Missing the key %.*s in the "
                         "item",
                         STR_ARGS(key->name));
    if (!value) return mismatch(err);
    enum value_type type = value_type(*value);
    if (type != key->type && words == PLACE_OF_ITEM)
        return error_set(err, ERROR_VALIDATION,
                         "One or more parameter values were invalid: Type mismatch for key %.*s "
                         "expected: %.*s actual: %.*s",
                         STR_ARGS(key->name), STR_ARGS(value_type_name(key->type)),
                         STR_ARGS(value_type_name(type)));
    if (type != key->type) return mismatch(err);
    *out = key_bytes(arena, *value);
    return true;
}

bool place_read(struct arena *arena, const struct schema *schema, json map, enum place_words words,
                struct item_place *out, struct error *err)
{
    bool has_range = schema->range.name.len > 0;
    *out = (struct item_place){ 0 };
    if (!read_one(arena, &schema->hash, map, words, &out->hash, err)) return false;
    if (has_range && !read_one(arena, &schema->range, map, words, &out->range, err)) return false;
    return place_check_values(schema, map, err);
}

/* ---- an item's place in an index ---- */

static bool index_one(struct arena *arena, const struct key_attribute *key, json item, str *out)
{
    if (key->name.len == 0) return true;
    const json *value = value_find(item, key->name);
    if (!value || value_type(*value) != key->type || is_empty(*value)) return false;
    *out = key_bytes(arena, *value);
    return true;
}

bool place_in_index(struct arena *arena, const struct schema *schema, json item,
                    struct item_place *out)
{
    *out = (struct item_place){ 0 };
    return index_one(arena, &schema->hash, item, &out->hash) &&
           index_one(arena, &schema->range, item, &out->range);
}

static bool check_index_key(const struct key_attribute *key, str index, json item, bool is_hash,
                            struct error *err)
{
    const json *value = key->name.len > 0 ? value_find(item, key->name) : NULL;
    if (!value) return true;
    enum value_type type = value_type(*value);
    if (type != key->type)
        return error_set(err, ERROR_VALIDATION,
                         "One or more parameter values were invalid: Type mismatch for Index Key "
                         "%.*s Expected: %.*s Actual: %.*s IndexName: %.*s",
                         STR_ARGS(key->name), STR_ARGS(value_type_name(key->type)),
                         STR_ARGS(value_type_name(type)), STR_ARGS(index));
    if (is_empty(*value))
        return error_set(err, ERROR_VALIDATION,
                         "One or more parameter values are not valid. A value specified for a "
                         "secondary index key is not supported. The AttributeValue for a key "
                         "attribute cannot contain an empty %s value. IndexName: %.*s, IndexKey: "
                         "%.*s",
                         type == VALUE_S ? "string" : "binary", STR_ARGS(index),
                         STR_ARGS(key->name));
    return check_size(*value, is_hash, err);
}

bool place_check_index(const struct schema *schema, str index, json item, struct error *err)
{
    return check_index_key(&schema->hash, index, item, true, err) &&
           check_index_key(&schema->range, index, item, false, err);
}
