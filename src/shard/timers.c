/* The range of due timers and the hint where it begins; see timers.h. */
#include "shard/timers.h"

static void set_hint(struct timers *timers, str key)
{
    ASSERT(key.len <= sizeof timers->hint.bytes);
    timers->hint.len = (uint16_t)key.len;
    memcpy(timers->hint.bytes, key.ptr, key.len);
}

static int64_t due_of(str key)
{
    struct key_reader reader;
    uint64_t due;
    if (!key_read_begin(&reader, key) || reader.tag != KEY_TIMER || !key_read_u64(&reader, &due) ||
        due > INT64_MAX)
        fatal("a timer's key does not decode: the store is damaged");
    return (int64_t)due;
}

/* Finds the earliest timer from the hint on, and moves the hint there. */
static void look_ahead(struct timers *timers)
{
    struct key end;
    key_begin(&end, timers->shard, KEY_TIMER);
    key_range_end(&end);
    struct store_cursor *cursor =
        store_scan(timers->store, NULL, key_str(&timers->hint), key_str(&end), false);
    str key, value;
    timers->next_due_ms = INT64_MAX;
    if (store_cursor_next(cursor, &key, &value)) {
        set_hint(timers, key);
        timers->next_due_ms = due_of(key);
    }
    store_cursor_close(cursor);
}

void timers_init(struct timers *timers, struct store *store, uint16_t shard)
{
    *timers = (struct timers){ .store = store, .shard = shard };
    key_begin(&timers->hint, shard, KEY_TIMER);
    look_ahead(timers);
}

void timers_lower(struct timers *timers, str key, int64_t due_ms)
{
    if (due_ms < timers->next_due_ms) timers->next_due_ms = due_ms;
    if (str_compare(key, key_str(&timers->hint)) < 0) set_hint(timers, key);
}

size_t timers_due(struct timers *timers, int64_t now_ms, struct arena *arena, str *keys)
{
    if (now_ms < timers->next_due_ms) return 0;
    struct key end;
    key_timer(&end, timers->shard, now_ms + 1, 0, 0, 0);
    struct store_cursor *cursor =
        store_scan(timers->store, NULL, key_str(&timers->hint), key_str(&end), false);
    size_t count = 0;
    str key, value;
    while (count < SHARD_PASS_TIMERS_MAX && store_cursor_next(cursor, &key, &value))
        keys[count++] = arena_str(arena, key);
    store_cursor_close(cursor);
    /* With nothing due, what is below the end is gone. Otherwise the next pass begins at the last
     * one taken, and sees that this is so. */
    if (count > 0) {
        set_hint(timers, keys[count - 1]);
    } else {
        if (str_compare(key_str(&end), key_str(&timers->hint)) > 0) set_hint(timers, key_str(&end));
        look_ahead(timers);
    }
    return count;
}
