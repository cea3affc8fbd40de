/* The public functions: they check what the caller passes and hand over to the backend. */
#include "store/store.h"

#include <stdlib.h>

#include "store/backend.h"

void *store_allocate(size_t bytes)
{
    void *memory = malloc(bytes ? bytes : 1);
    if (!memory) fatal("out of memory (%zu bytes asked for)", bytes);
    return memory;
}

bool store_open(str path, struct store **out, struct error *err)
{
    return store_rocksdb_open(path, out, err);
}

void store_close(struct store *store)
{
    store_sync(store);
    store->backend->close(store);
}

void store_apply(struct store *store, const struct store_batch *batch)
{
    ASSERT_CMP(batch->count, <=, batch->capacity);
    if (batch->count > 0) store->backend->apply(store, batch);
}

void store_sync(struct store *store)
{
    store->backend->sync(store);
}

struct store_snapshot *store_snapshot_new(struct store *store)
{
    return store->backend->snapshot_new(store);
}

void store_snapshot_free(struct store *store, struct store_snapshot *snapshot)
{
    if (snapshot) store->backend->snapshot_free(store, snapshot);
}

bool store_get(struct store *store, const struct store_snapshot *snapshot, str key,
               struct arena *arena, str *out)
{
    ASSERT_CMP(key.len, >, 0);
    return store->backend->get(store, snapshot, key, arena, out);
}

struct store_cursor *store_scan(struct store *store, const struct store_snapshot *snapshot,
                                str from, str to, bool reverse)
{
    return store->backend->scan(store, snapshot, from, to, reverse);
}

bool store_cursor_next(struct store_cursor *cursor, str *key, str *value)
{
    return cursor->backend->cursor_next(cursor, key, value);
}

void store_cursor_close(struct store_cursor *cursor)
{
    cursor->backend->cursor_close(cursor);
}

uint64_t store_disk_bytes(struct store *store)
{
    return store->backend->disk_bytes(store);
}

str store_statistics(struct store *store, struct arena *arena)
{
    return store->backend->statistics(store, arena);
}

void store_compact(struct store *store)
{
    store->backend->compact(store);
}

void store_crash(struct store *store, size_t keep)
{
    ASSERT(store->backend->crash);
    store->backend->crash(store, keep);
}

size_t store_unsynced(struct store *store)
{
    ASSERT(store->backend->unsynced);
    return store->backend->unsynced(store);
}
