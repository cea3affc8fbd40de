/* Pages of Query and Scan: walking and answering; see walk.h. */
#include "services/dynamodb/walk.h"

#include "services/dynamodb/reads.h"

const struct schema *walk_schema(const struct walk *walk)
{
    return walk->index ? &walk->index->schema : &walk->table.schema;
}

void walk_prefix(const struct walk *walk, struct key *out)
{
    if (walk->index)
        key_index_prefix(out, walk->source->number, walk->table.id, walk->index->id);
    else
        key_item_prefix(out, walk->source->number, walk->table.id);
}

/* ---- the start key ---- */

static bool invalid_start(struct error *err)
{
    return error_set(err, ERROR_VALIDATION, "The provided starting key is invalid");
}

/* How many names the start key must have: the table's keys and those of the index. */
static size_t start_names(const struct walk *walk)
{
    const struct schema *keys = &walk->table.schema;
    size_t count = keys->range.name.len > 0 ? 2 : 1;
    if (!walk->index) return count;
    const struct schema *index = &walk->index->schema;
    if (!schema_has(keys, index->hash.name)) count++;
    if (index->range.name.len > 0 && !schema_has(keys, index->range.name)) count++;
    return count;
}

bool walk_start_key(const struct walk *walk, struct key *out, struct error *err)
{
    struct item_place item, entry;
    struct arena *arena = walk->source->arena;
    bool is_short = walk->is_query || walk->index != NULL; /* the message is */
    if (json_count(walk->start) != start_names(walk))
        return is_short ? invalid_start(err)
                        : error_set(err, ERROR_VALIDATION,
                                    "The provided starting key is invalid: The provided key "
                                    "element does not match the schema");
    if (walk->index && !place_in_index(arena, &walk->index->schema, walk->start, &entry))
        return invalid_start(err);
    if (walk->is_query && (!value_find(walk->start, walk->table.schema.hash.name) ||
                           (walk->table.schema.range.name.len > 0 &&
                            !value_find(walk->start, walk->table.schema.range.name))))
        return invalid_start(err);
    if (!place_read(arena, &walk->table.schema, walk->start, PLACE_OF_KEY, &item, err))
        return error_wrap(err, "The provided starting key is invalid");
    if (walk->index)
        place_entry_key(out, walk->source->number, walk->table.id, walk->index->id, &entry, &item);
    else
        place_item_key(out, walk->source->number, walk->table.id, &item);
    return true;
}

/* ---- walking ---- */

/* The item itself, of which an index has only a part. */
static void fetch(struct walk *walk, json entry, struct stored_item *out)
{
    struct item_place place;
    struct error err = { 0 };
    if (!place_read(walk->source->arena, &walk->table.schema, entry, PLACE_OF_ITEM, &place, &err))
        fatal("an index entry lacks its item's key: the store is damaged");
    item_read(walk->source, &walk->table, &place, out);
    walk->fetched_units += capacity_of_read(out->bytes, walk->consistent);
}

/* One record: counts it, and appends its item if it passes. */
static void visit(struct walk *walk, struct stored_item *item, struct buf *out)
{
    struct stored_item whole;
    struct stored_item *shown = item;
    struct arena *arena = walk->source->arena;
    if (walk->fetches) {
        fetch(walk, item_parse(arena, item), &whole);
        shown = &whole;
    }
    if (walk->filter && !condition_is_true(walk->filter, item_parse(arena, shown))) return;
    if (!walk->count_only) {
        if (walk->matched > 0) buf_add_char(out, ',');
        read_write(out, arena, walk->projection, shown);
    }
    walk->matched++;
}

/* The text of a record that a cursor shows has to be kept if anything is parsed. */
static void walk_run(struct walk *walk, struct buf *out)
{
    str key, value;
    struct arena *arena = walk->source->arena;
    bool parses = walk->fetches || walk->filter || (walk->projection && !walk->count_only);
    struct store_cursor *cursor = source_scan(walk->source, &walk->from, &walk->to, walk->reverse);
    walk->last = json_null();
    while (store_cursor_next(cursor, &key, &value)) {
        struct stored_item item;
        item_open(value, &item);
        if (parses) item.text = arena_str(arena, item.text);
        walk->scanned++;
        walk->bytes += item.bytes;
        visit(walk, &item, out);
        if (walk->scanned != walk->limit && walk->bytes < DYNAMODB_PAGE_BYTES_MAX) continue;
        if (!parses) item.text = arena_str(arena, item.text);
        walk->last = item_parse(arena, &item);
        break;
    }
    store_cursor_close(cursor);
}

/* ---- the answer ---- */

static void add_key(struct buf *out, json item, str name)
{
    const json *value = value_find(item, name);
    ASSERT(value != NULL);
    if (out->ptr[out->len - 1] != '{') buf_add_char(out, ',');
    json_write_str(out, name);
    buf_add_char(out, ':');
    json_write(out, *value);
}

static void write_last_key(const struct walk *walk, struct buf *out)
{
    const struct schema *keys = &walk->table.schema;
    reply_name(out, "LastEvaluatedKey");
    reply_open(out);
    add_key(out, walk->last, keys->hash.name);
    if (keys->range.name.len > 0) add_key(out, walk->last, keys->range.name);
    if (walk->index) {
        const struct schema *index = &walk->index->schema;
        if (!schema_has(keys, index->hash.name)) add_key(out, walk->last, index->hash.name);
        if (index->range.name.len > 0 && !schema_has(keys, index->range.name))
            add_key(out, walk->last, index->range.name);
    }
    reply_close(out);
}

void walk_answer(struct walk *walk, json params, struct buf *out)
{
    struct capacity capacity = { 0 };
    if (!walk->count_only) {
        reply_name(out, "Items");
        buf_add_char(out, '[');
    }
    walk_run(walk, out);
    if (!walk->count_only) buf_add_char(out, ']');
    reply_i64(out, "Count", (int64_t)walk->matched);
    reply_i64(out, "ScannedCount", (int64_t)walk->scanned);
    if (json_is_object(walk->last)) write_last_key(walk, out);
    capacity.table = walk->fetched_units;
    if (walk->index)
        capacity.indexes[walk->index - walk->table.indexes] =
            capacity_of_read(walk->bytes, walk->consistent);
    else
        capacity.table = capacity_of_read(walk->bytes, walk->consistent);
    capacity_reply(out, params, &walk->table, &capacity);
}
