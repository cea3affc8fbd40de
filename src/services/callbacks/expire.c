/* What is too old: kept answers whose time is over, message ids of windows long past. A task in the
 * background, woken when the next is due. */
#include "base/log.h"
#include "services/callbacks/internal.h"

enum {
    EXPIRE_LOOK_MS_MAX = 3600 * 1000, /* between looks for old message ids */
    ID_WINDOWS_KEPT =
        (int)(CALLBACK_MAILBOX_TTL_S_MAX * (int64_t)1000 / CALLBACKS_ID_WINDOW_MS) + 2,
};

const char callbacks_expiry_topic[] = "callbacks:expiry";

/* The entry that a NOTE_EXPIRY key leads to. */
static void read_expiry(const struct source *source, str key, int64_t *until_ms, str *name,
                        str *entry_key, uint64_t *order)
{
    struct key_reader fields;
    uint8_t section;
    uint64_t until;
    int64_t number;
    str id;
    if (!key_read_begin(&fields, key) || !key_read_u8(&fields, &section) ||
        !key_read_u64(&fields, &until) || !key_read_text(&fields, name) ||
        !key_read_bytes(&fields, source->arena, &id))
        fatal("the key of a callback note does not decode");
    size_t end = str_find_char(id, '\n', 0);
    if (end == id.len || !str_to_i64(str_skip(id, end + 1), &number) || number < 0)
        fatal("the key of a callback note does not decode");
    *name = arena_str(source->arena, *name);
    *entry_key = str_slice(id, 0, end);
    *order = (uint64_t)number;
    *until_ms = (int64_t)until;
}

/* The first note of a section: its key; false if there is none. */
static bool first_note(const struct source *source, enum callback_note section, struct key *out)
{
    struct key from, to;
    str key, value;
    key_begin(&from, source->number, KEY_CALLBACK_NOTE);
    key_add_u8(&from, (uint8_t)section);
    to = from;
    key_range_end(&to);
    struct store_cursor *cursor = source_scan(source, &from, &to, false);
    bool found = store_cursor_next(cursor, &key, &value);
    if (found) {
        memcpy(out->bytes, key.ptr, key.len);
        out->len = (uint16_t)key.len;
    }
    store_cursor_close(cursor);
    return found;
}

/* Returns when the next entry is due. */
static int64_t drop_entries(struct txn *txn, const struct source *source, size_t *dropped)
{
    struct key key;
    for (size_t i = 0; i < CALLBACK_PIECE_RECORDS_MAX; i++) {
        struct mailbox_entry entry;
        int64_t until_ms;
        str name, entry_key;
        uint64_t order;
        if (!first_note(source, NOTE_EXPIRY, &key)) return INT64_MAX;
        read_expiry(source, key_str(&key), &until_ms, &name, &entry_key, &order);
        if (until_ms > source->now_ms) return until_ms;
        txn_delete(txn, &key);
        if (!mailbox_find(source, name, entry_key, order, &entry)) continue;
        mailbox_remove(txn, &entry, true);
        (*dropped)++;
    }
    return source->now_ms;
}

/* Message ids of windows that nothing can refer to any more. */
static int64_t drop_ids(struct txn *txn, const struct source *source)
{
    struct key key;
    struct key_reader fields;
    uint8_t section;
    uint64_t window;
    int64_t oldest = source->now_ms / CALLBACKS_ID_WINDOW_MS - ID_WINDOWS_KEPT;
    for (size_t i = 0; i < CALLBACK_PIECE_RECORDS_MAX; i++) {
        if (!first_note(source, NOTE_ID, &key)) return INT64_MAX;
        if (!key_read_begin(&fields, key_str(&key)) || !key_read_u8(&fields, &section) ||
            !key_read_u64(&fields, &window))
            fatal("the key of a callback note does not decode");
        if ((int64_t)window >= oldest) return INT64_MAX;
        txn_delete(txn, &key);
    }
    return source->now_ms;
}

static enum handled expire(struct txn *txn, struct request *request, struct error *err)
{
    struct source source = source_from_txn(txn, &request->arena);
    size_t dropped = 0;
    int64_t entries_ms = drop_entries(txn, &source, &dropped);
    if (dropped > 0)
        log_line(LOG_WARN, "early callbacks were dropped: nobody waited for them in time",
                 "count=%zu", dropped);
    int64_t ids_ms = drop_ids(txn, &source);
    int64_t due_ms = entries_ms < ids_ms ? entries_ms : ids_ms;
    /* Without anything kept there may still be message ids, but no hurry. */
    int64_t latest_ms = source.now_ms + EXPIRE_LOOK_MS_MAX;
    return txn_wait(txn, request, str_from(callbacks_expiry_topic),
                    due_ms < latest_ms ? due_ms : latest_ms, err);
}

static const struct operation operation = { .name = STR_INIT("ExpireCallbacks"), .write = expire };

void callbacks_expiry_start(struct shard *shard)
{
    shard_submit_own(shard, &operation, (json){ .kind = JSON_OBJECT });
}
