/* Items and index entries; see items.h. */
#include "services/dynamodb/items.h"

#include "services/dynamodb/expiry.h"

/* ---- records ---- */

static const char record_start[] = "{\"v\":1,\"s\":";
static const char record_item[] = ",\"i\":";

str item_record(struct arena *arena, json item, size_t bytes)
{
    struct buf out;
    buf_init(&out, arena);
    (void)buf_reserve(&out, bytes + bytes / 2 + 128); /* most texts; a longer one grows */
    buf_add(&out, (str){ record_start, sizeof record_start - 1 });
    buf_add_u64(&out, bytes);
    buf_add(&out, (str){ record_item, sizeof record_item - 1 });
    json_write(&out, item);
    buf_add_char(&out, '}');
    return buf_str(&out);
}

void item_open(str record, struct stored_item *out)
{
    str start = { record_start, sizeof record_start - 1 };
    str middle = { record_item, sizeof record_item - 1 };
    size_t bytes = 0, at = start.len;
    *out = (struct stored_item){ .exists = true, .value = json_null() };
    while (at < record.len && record.ptr[at] >= '0' && record.ptr[at] <= '9' && at < start.len + 9)
        bytes = bytes * 10 + (size_t)(record.ptr[at++] - '0');
    if (!str_starts_with(record, start) || !str_starts_with(str_skip(record, at), middle) ||
        record.ptr[record.len - 1] != '}')
        fatal("the record of an item does not decode: the store is damaged");
    out->bytes = bytes;
    out->text = str_slice(record, at + middle.len, record.len - 1);
}

void item_read(const struct source *source, const struct table *table,
               const struct item_place *place, struct stored_item *out)
{
    struct key key;
    str record;
    *out = (struct stored_item){ .value = json_null() };
    place_item_key(&key, source->number, table->id, place);
    if (source_get(source, &key, &record)) item_open(record, out);
}

json item_parse(struct arena *arena, struct stored_item *item)
{
    struct error err = { 0 };
    if (!item->exists || json_is_object(item->value)) return item->value;
    if (!json_parse(item->text, arena, &item->value, &err))
        fatal("an item does not decode: %.*s: the store is damaged", STR_ARGS(error_text(&err)));
    return item->value;
}

/* ---- index entries ---- */

/* An item's entry in an index. */
struct entry {
    bool exists;
    struct item_place place;
    json item; /* projected */
    size_t bytes;
};

static struct entry entry_of(const struct source *source, const struct table *table,
                             const struct table_index *index, json item)
{
    struct entry out = { 0 };
    out.exists =
        json_is_object(item) && place_in_index(source->arena, &index->schema, item, &out.place);
    if (!out.exists) return out;
    out.item = index_project(source->arena, table, index, item);
    out.bytes = value_item_bytes(out.item);
    return out;
}

static void count_entry(struct table_index *index, const struct entry *entry, int sign)
{
    index->counts.items += sign;
    index->counts.bytes += sign * (int64_t)entry->bytes;
}

/* Puts an entry. `known` is the text of its item, if somebody has it already. */
static void put_entry(struct txn *txn, const struct source *source, struct table *table,
                      struct table_index *index, const struct item_place *item,
                      const struct entry *entry, str known)
{
    struct key key;
    place_entry_key(&key, source->number, table->id, index->id, &entry->place, item);
    if (known.len == 0) known = item_record(txn_arena(txn), entry->item, entry->bytes);
    txn_put(txn, &key, known);
    count_entry(index, entry, 1);
}

static void delete_entry(struct txn *txn, const struct source *source, struct table *table,
                         struct table_index *index, const struct item_place *item,
                         const struct entry *entry)
{
    struct key key;
    place_entry_key(&key, source->number, table->id, index->id, &entry->place, item);
    txn_delete(txn, &key);
    count_entry(index, entry, -1);
}

/* In an index that is being filled an old item may not have its entry yet. */
static bool has_entry(const struct source *source, const struct table *table,
                      const struct table_index *index, const struct item_place *item,
                      const struct entry *entry)
{
    struct key key;
    str record;
    if (!entry->exists || !index->is_filling) return entry->exists;
    place_entry_key(&key, source->number, table->id, index->id, &entry->place, item);
    return source_get(source, &key, &record);
}

/* Changes one index's entry of an item; returns the half units of that. */
static uint64_t change_entry(struct txn *txn, const struct source *source,
                             const struct item_change *change, struct table_index *index,
                             str record)
{
    struct table *table = change->table;
    struct entry old = entry_of(source, table, index, change->old.value);
    struct entry new = entry_of(source, table, index, change->item);
    uint64_t units = 0;
    bool stays = old.exists && new.exists &&place_equal(&old.place, &new.place);
    old.exists = has_entry(source, table, index, &change->place, &old);
    if (stays && old.exists && json_equal(old.item, new.item)) return 0;
    if (index->projection != INDEX_ALL) record = STR("");
    if (old.exists && stays)
        count_entry(index, &old, -1);
    else if (old.exists) {
        delete_entry(txn, source, table, index, &change->place, &old);
        units += capacity_of_write(old.bytes);
    }
    if (new.exists) {
        put_entry(txn, source, table, index, &change->place, &new, record);
        units += capacity_of_write(stays && old.bytes > new.bytes ? old.bytes : new.bytes);
    }
    return units;
}

void item_fill_index(struct txn *txn, const struct source *source, struct table *table,
                     struct table_index *index, json item)
{
    struct item_place place;
    struct error err = { 0 };
    struct entry entry = entry_of(source, table, index, item);
    if (!entry.exists) return;
    if (!place_read(source->arena, &table->schema, item, PLACE_OF_ITEM, &place, &err))
        fatal("an item lacks its key: the store is damaged");
    if (!has_entry(source, table, index, &place, &entry))
        put_entry(txn, source, table, index, &place, &entry, STR(""));
}

/* ---- changes ---- */

static uint64_t units_of(const struct item_change *change)
{
    size_t old = change->old.exists ? change->old.bytes : 0;
    size_t new = json_is_object(change->item) ? change->bytes : 0;
    return capacity_of_write(old > new ? old : new);
}

void item_change_apply(struct txn *txn, const struct source *source, struct item_change *change,
                       struct capacity *capacity)
{
    struct table *table = change->table;
    struct key key;
    bool exists = json_is_object(change->item);
    str record = STR("");
    capacity->table += units_of(change);
    if (!exists && !change->old.exists) return;
    table_read_counts(source, table);
    table->counts_changed = true;
    place_item_key(&key, source->number, table->id, &change->place);
    if (exists) {
        record = item_record(txn_arena(txn), change->item, change->bytes);
        txn_put(txn, &key, record);
        table->counts.items++;
        table->counts.bytes += (int64_t)change->bytes;
    } else {
        txn_delete(txn, &key);
    }
    if (change->old.exists) {
        table->counts.items--;
        table->counts.bytes -= (int64_t)change->old.bytes;
    }
    if (table->index_count == 0 && table->expiry.len == 0) return;
    (void)item_parse(source->arena, &change->old);
    for (size_t i = 0; i < table->index_count; i++)
        capacity->indexes[i] += change_entry(txn, source, change, &table->indexes[i], record);
    expiry_change(txn, source, table, &change->place, change->old.value, change->item);
}
