/* Jobs: removing what a table or an index has left, filling an index, listing times to live. */
#include "services/dynamodb/jobs.h"

#include "services/dynamodb/expiry.h"
#include "services/dynamodb/housekeeping.h"
#include "services/dynamodb/items.h"
#include "services/dynamodb/notes.h"

struct job {
    struct key key;
    json record;
    str what;
    uint64_t table;
    int64_t index; /* -1: none */
    str name;
    str expiry; /* "remove" of a table: attribute of its time to live; empty: none */
    str after;  /* a key; empty: nothing has been done */
};

/* ---- records ---- */

static str to_hex(struct arena *arena, str bytes)
{
    static const char digits[] = "0123456789abcdef";
    char *out = arena_alloc(arena, bytes.len * 2);
    for (size_t i = 0; i < bytes.len; i++) {
        out[2 * i] = digits[(unsigned char)bytes.ptr[i] >> 4];
        out[2 * i + 1] = digits[(unsigned char)bytes.ptr[i] & 15];
    }
    return (str){ out, bytes.len * 2 };
}

static unsigned digit_of(char c)
{
    return (unsigned)(c >= 'a' ? c - 'a' + 10 : c - '0') & 15;
}

static str from_hex(struct arena *arena, str text)
{
    char *out = arena_alloc(arena, text.len / 2);
    for (size_t i = 0; i + 1 < text.len; i += 2)
        out[i / 2] = (char)(digit_of(text.ptr[i]) << 4 | digit_of(text.ptr[i + 1]));
    return (str){ out, text.len / 2 };
}

static void add_job(struct txn *txn, const struct source *source, const char *what, uint64_t table,
                    int64_t index, str name, str expiry)
{
    struct key key;
    struct buf out;
    buf_init(&out, txn_arena(txn));
    buf_printf(&out, "{\"v\":1,\"do\":\"%s\",\"table\":%llu,\"index\":%lld,\"name\":", what,
               (unsigned long long)table, (long long)index);
    json_write_str(&out, name);
    buf_add(&out, STR(",\"expiry\":"));
    json_write_str(&out, expiry);
    buf_add_char(&out, '}');
    key_table_note(&key, source->number, NOTE_JOB, (int64_t)txn_serial(txn), STR(""));
    txn_put(txn, &key, buf_str(&out));
    housekeeping_wake(txn);
}

void job_remove_table(struct txn *txn, const struct source *source, const struct table *table)
{
    add_job(txn, source, "remove", table->id, -1, table->name, table->expiry);
}

void job_remove_index(struct txn *txn, const struct source *source, uint64_t table, uint32_t index)
{
    add_job(txn, source, "remove", table, index, STR(""), STR(""));
}

void job_fill_index(struct txn *txn, const struct source *source, const struct table *table,
                    uint32_t index)
{
    add_job(txn, source, "fill", table->id, index, table->name, STR(""));
}

void job_list_expiries(struct txn *txn, const struct source *source, const struct table *table)
{
    add_job(txn, source, "expiries", table->id, -1, table->name, STR(""));
}

static bool first_job(const struct source *source, struct job *out)
{
    struct key from, to;
    str key, value;
    key_begin(&from, source->number, KEY_TABLE_NOTE);
    key_add_u8(&from, NOTE_JOB);
    key_begin(&to, source->number, KEY_TABLE_NOTE);
    key_add_u8(&to, NOTE_JOB + 1);
    struct store_cursor *cursor = source_scan(source, &from, &to, false);
    bool found = store_cursor_next(cursor, &key, &value);
    if (found) {
        memcpy(out->key.bytes, key.ptr, key.len);
        out->key.len = (uint16_t)key.len;
        out->record = source_parse(source, value);
        out->what = json_str_or(out->record, STR("do"), STR(""));
        out->table = (uint64_t)json_i64_or(out->record, STR("table"), 0);
        out->index = json_i64_or(out->record, STR("index"), -1);
        out->name = json_str_or(out->record, STR("name"), STR(""));
        out->expiry = json_str_or(out->record, STR("expiry"), STR(""));
        out->after = from_hex(source->arena, json_str_or(out->record, STR("after"), STR("")));
    }
    store_cursor_close(cursor);
    return found;
}

static void job_goes_on(struct txn *txn, const struct source *source, struct job *job, str after)
{
    struct json_fields fields;
    json_fields_from(&fields, source->arena, job->record);
    json_fields_add(&fields, STR("after"), json_string(to_hex(source->arena, after)));
    txn_put(txn, &job->key, json_text(txn_arena(txn), json_fields_done(&fields)));
}

/* ---- pieces ---- */

/* A walk over a bounded number of records behind job->after. */
struct piece {
    struct store_cursor *cursor;
    size_t items, bytes;
    str last; /* the last key, kept */
};

static void piece_begin(const struct source *source, const struct job *job,
                        const struct key *prefix, struct piece *out)
{
    struct key from = *prefix, to = *prefix;
    key_range_end(&to);
    if (str_compare(job->after, key_str(&from)) > 0) {
        ASSERT_CMP(job->after.len + 1, <=, sizeof from.bytes);
        memcpy(from.bytes, job->after.ptr, job->after.len);
        from.bytes[job->after.len] = '\0'; /* the key behind it */
        from.len = (uint16_t)(job->after.len + 1);
    }
    out->cursor = source_scan(source, &from, &to, false);
}

/* The next record, or false at the end of the range or of the piece. */
static bool piece_next(const struct source *source, struct piece *piece, str *value)
{
    str key;
    if (piece->items >= DYNAMODB_PIECE_ITEMS_MAX || piece->bytes >= DYNAMODB_PIECE_BYTES_MAX ||
        !store_cursor_next(piece->cursor, &key, value))
        return false;
    piece->items++;
    piece->bytes += key.len + value->len;
    piece->last = arena_str(source->arena, key);
    return true;
}

static bool piece_is_full(const struct piece *piece)
{
    return piece->items >= DYNAMODB_PIECE_ITEMS_MAX || piece->bytes >= DYNAMODB_PIECE_BYTES_MAX;
}

/* Drops the time to live of an item that goes with its table. */
static void drop_expiry(struct txn *txn, const struct source *source, const struct job *job,
                        str key, str record)
{
    struct table table = { .id = job->table, .name = job->name, .expiry = job->expiry };
    struct stored_item item;
    struct item_place place;
    struct key_reader reader;
    uint64_t number = 0;
    uint32_t partition = 0;
    if (job->expiry.len == 0 || !key_read_begin(&reader, key) || reader.tag != KEY_ITEM) return;
    if (!key_read_u64(&reader, &number) || !key_read_u32(&reader, &partition) ||
        !key_read_bytes(&reader, source->arena, &place.hash) ||
        !key_read_bytes(&reader, source->arena, &place.range))
        fatal("the key of an item does not decode: the store is damaged");
    item_open(arena_str(source->arena, record), &item);
    expiry_change(txn, source, &table, &place, item_parse(source->arena, &item), json_null());
}

/* Removes all that begins with `prefix`, as far as the piece goes. */
static void remove_range(struct txn *txn, const struct source *source, const struct job *job,
                         const struct key *prefix, struct piece *piece)
{
    str value;
    struct key key;
    piece_begin(source, job, prefix, piece);
    while (piece_next(source, piece, &value)) {
        memcpy(key.bytes, piece->last.ptr, piece->last.len);
        key.len = (uint16_t)piece->last.len;
        txn_delete(txn, &key);
        drop_expiry(txn, source, job, piece->last, value);
    }
    store_cursor_close(piece->cursor);
}

/* The items of a table come before the entries of its indexes. */
static bool remove_piece(struct txn *txn, const struct source *source, struct job *job)
{
    struct key prefix;
    struct piece piece = { 0 };
    if (job->index < 0) {
        key_item_prefix(&prefix, source->number, job->table);
        remove_range(txn, source, job, &prefix, &piece);
        key_begin(&prefix, source->number, KEY_INDEX_ENTRY);
        key_add_u64(&prefix, job->table);
    } else {
        key_index_prefix(&prefix, source->number, job->table, (uint32_t)job->index);
    }
    if (!piece_is_full(&piece)) remove_range(txn, source, job, &prefix, &piece);
    if (piece_is_full(&piece)) {
        job_goes_on(txn, source, job, piece.last);
        return true;
    }
    if (job->index < 0) {
        key_table_counts(&prefix, source->number, job->table);
        txn_delete(txn, &prefix);
    }
    return false;
}

/* Every item of the table, as far as the piece goes. */
static bool item_piece(struct txn *txn, const struct source *source, struct job *job,
                       struct table *table, struct table_index *index)
{
    struct key prefix;
    struct piece piece = { 0 };
    str value;
    key_item_prefix(&prefix, source->number, table->id);
    piece_begin(source, job, &prefix, &piece);
    while (piece_next(source, &piece, &value)) {
        struct stored_item item;
        struct item_place place;
        struct error err = { 0 };
        item_open(arena_str(source->arena, value), &item);
        json parsed = item_parse(source->arena, &item);
        if (index) {
            item_fill_index(txn, source, table, index, parsed);
            continue;
        }
        if (!place_read(source->arena, &table->schema, parsed, PLACE_OF_ITEM, &place, &err))
            fatal("an item lacks its key: the store is damaged");
        expiry_change(txn, source, table, &place, json_null(), parsed);
    }
    store_cursor_close(piece.cursor);
    table_flush(txn, source, table);
    if (piece_is_full(&piece)) job_goes_on(txn, source, job, piece.last);
    return piece_is_full(&piece);
}

/* The index has all its entries: it leaves its state in the table's record. */
static void index_is_full(struct txn *txn, const struct source *source, const struct table *table,
                          uint32_t id)
{
    struct json_list indexes;
    struct json_fields record;
    json_list_init(&indexes, source->arena);
    for (size_t i = 0; i < table->index_count; i++) {
        struct json_fields fields;
        json_fields_from(&fields, source->arena, table->indexes[i].record);
        if (table->indexes[i].id == id) json_fields_add(&fields, STR("filling"), json_bool(false));
        json_list_add(&indexes, json_fields_done(&fields));
    }
    json_fields_from(&record, source->arena, table->record);
    json_fields_add(&record, STR("indexes"), json_list_done(&indexes));
    table_store(txn, source, table->name, json_fields_done(&record));
}

static struct table_index *index_of_id(const struct table *table, int64_t id)
{
    for (size_t i = 0; i < table->index_count; i++)
        if (table->indexes[i].id == id) return &table->indexes[i];
    return NULL;
}

static bool fill_piece(struct txn *txn, const struct source *source, struct job *job)
{
    struct table table;
    if (!table_find(source, job->name, &table) || table.id != job->table) return false;
    struct table_index *index = index_of_id(&table, job->index);
    if (!index) return false;
    table_read_counts(source, &table);
    table.counts_changed = true;
    if (item_piece(txn, source, job, &table, index)) return true;
    index_is_full(txn, source, &table, index->id);
    return false;
}

static bool expiry_piece(struct txn *txn, const struct source *source, struct job *job)
{
    struct table table;
    if (!table_find(source, job->name, &table) || table.id != job->table) return false;
    return table.expiry.len > 0 && item_piece(txn, source, job, &table, NULL);
}

bool jobs_run(struct txn *txn, const struct source *source)
{
    struct job *job = arena_alloc(source->arena, sizeof *job);
    bool more = false;
    if (!first_job(source, job)) return false;
    if (str_eq(job->what, STR("remove")))
        more = remove_piece(txn, source, job);
    else if (str_eq(job->what, STR("fill")))
        more = fill_piece(txn, source, job);
    else if (str_eq(job->what, STR("expiries")))
        more = expiry_piece(txn, source, job);
    else
        fatal("no such job of a table: \"%.*s\"", STR_ARGS(job->what));
    if (!more) txn_delete(txn, &job->key);
    return true;
}
