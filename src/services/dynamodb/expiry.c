/* Times to live; see expiry.h. The housekeeper (housekeeping.c) calls expiry_run. */
#include "services/dynamodb/expiry.h"

#include "services/dynamodb/housekeeping.h"
#include "services/dynamodb/items.h"

enum { EXPIRY_DIGITS_MAX = 11 }; /* seconds of the year 5138 */

/* The whole seconds of a number; false if it is negative or too large for a time. */
static bool whole_seconds(const struct number *number, int64_t *out)
{
    int64_t value = 0;
    if (number->sign <= 0 || number->magnitude < 0 || number->magnitude >= EXPIRY_DIGITS_MAX)
        return false;
    for (int i = 0; i <= number->magnitude; i++)
        value = value * 10 + (i < number->count ? number->digits[i] : 0);
    *out = value;
    return true;
}

bool expiry_of(const struct source *source, const struct table *table, json item, int64_t *due_s)
{
    struct number number;
    const json *value = table->expiry.len > 0 ? value_find(item, table->expiry) : NULL;
    if (!value || value_type(*value) != VALUE_N) return false;
    value_number(*value, &number);
    return whole_seconds(&number, due_s) &&
           *due_s >= source->now_ms / 1000 - DYNAMODB_EXPIRY_AGE_S_MAX;
}

/* An item expires once the time is beyond its second. */
static int64_t due_ms(int64_t due_s)
{
    return due_s * 1000 + 1;
}

static struct store_cursor *scan_all(const struct source *source)
{
    struct key from, to;
    key_begin(&from, source->number, KEY_EXPIRY);
    key_begin(&to, source->number, KEY_EXPIRY);
    key_range_end(&to);
    return source_scan(source, &from, &to, false);
}

/* The first entry's second; false if there is none. */
static bool first_due(const struct source *source, int64_t *due_s)
{
    str key, value;
    uint64_t due = 0;
    struct key_reader reader;
    struct store_cursor *cursor = scan_all(source);
    bool found = store_cursor_next(cursor, &key, &value);
    if (found && (!key_read_begin(&reader, key) || !key_read_u64(&reader, &due)))
        fatal("the key of an expiry does not decode: the store is damaged");
    store_cursor_close(cursor);
    *due_s = (int64_t)due;
    return found;
}

void expiry_change(struct txn *txn, const struct source *source, const struct table *table,
                   const struct item_place *place, json old, json item)
{
    struct key key;
    int64_t old_s = 0, new_s = 0, first_s = 0;
    if (table->expiry.len == 0) return;
    bool had = json_is_object(old) && expiry_of(source, table, old, &old_s);
    bool has = json_is_object(item) && expiry_of(source, table, item, &new_s);
    if (had && has && old_s == new_s) return;
    if (had) {
        key_expiry(&key, source->number, old_s, table->id, place->hash, place->range);
        txn_delete(txn, &key);
    }
    if (!has) return;
    if (!first_due(source, &first_s) || new_s < first_s) housekeeping_wake(txn);
    key_expiry(&key, source->number, new_s, table->id, place->hash, place->range);
    txn_put(txn, &key, arena_str(txn_arena(txn), table->name));
}

/* ---- what has come due ---- */

struct due_entry {
    int64_t due_s;
    uint64_t table;
    struct item_place place;
    str name;
};

static struct due_entry read_entry(struct arena *arena, str key, str value)
{
    struct due_entry out = { .name = arena_str(arena, value) };
    struct key_reader reader;
    uint64_t due = 0;
    if (!key_read_begin(&reader, key) || !key_read_u64(&reader, &due) ||
        !key_read_u64(&reader, &out.table) || !key_read_bytes(&reader, arena, &out.place.hash) ||
        !key_read_bytes(&reader, arena, &out.place.range))
        fatal("the key of an expiry does not decode: the store is damaged");
    out.due_s = (int64_t)due;
    return out;
}

static void expire(struct txn *txn, const struct source *source, struct table_set *set,
                   const struct due_entry *entry)
{
    struct key key;
    struct error err = { 0 };
    struct capacity capacity = { 0 };
    struct item_change change = { .place = entry->place, .item = json_null() };
    int64_t due_s = 0;
    key_expiry(&key, source->number, entry->due_s, entry->table, entry->place.hash,
               entry->place.range);
    txn_delete(txn, &key);
    if (!table_set_load(set, source, entry->name, &change.table, &err)) return;
    if (change.table->id != entry->table) return; /* another one of the same name */
    item_read(source, change.table, &change.place, &change.old);
    json item = item_parse(source->arena, &change.old);
    if (!json_is_object(item) || !expiry_of(source, change.table, item, &due_s)) return;
    if (due_ms(due_s) > source->now_ms) return; /* its own entry is still to come */
    item_change_apply(txn, source, &change, &capacity);
}

bool expiry_run(struct txn *txn, const struct source *source, int64_t *next_ms)
{
    struct due_entry *entries =
        arena_array(source->arena, DYNAMODB_PIECE_ITEMS_MAX, sizeof *entries);
    struct table_set set;
    size_t count = 0;
    str key, value;
    struct store_cursor *cursor = scan_all(source);
    *next_ms = INT64_MAX;
    while (count < DYNAMODB_PIECE_ITEMS_MAX && store_cursor_next(cursor, &key, &value)) {
        struct due_entry entry = read_entry(source->arena, key, value);
        if (due_ms(entry.due_s) > source->now_ms) {
            *next_ms = due_ms(entry.due_s);
            break;
        }
        entries[count++] = entry;
    }
    store_cursor_close(cursor);
    table_set_init(&set, source->arena);
    for (size_t i = 0; i < count; i++)
        expire(txn, source, &set, &entries[i]);
    table_set_flush(&set, txn, source);
    return count > 0;
}
