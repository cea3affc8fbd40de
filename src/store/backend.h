/* What a backend is: private to store/. The functions of store.h check their arguments and go
 * through this table; their promises are those of store.h. */
#ifndef STORE_BACKEND_H
#define STORE_BACKEND_H

#include "store/store.h"

struct store_backend {
    void (*close)(struct store *store);
    void (*apply)(struct store *store, const struct store_batch *batch);
    void (*sync)(struct store *store);
    struct store_snapshot *(*snapshot_new)(struct store *store);
    void (*snapshot_free)(struct store *store, struct store_snapshot *snapshot);
    bool (*get)(struct store *store, const struct store_snapshot *snapshot, str key,
                struct arena *arena, str *out);
    struct store_cursor *(*scan)(struct store *store, const struct store_snapshot *snapshot,
                                 str from, str to, bool reverse);
    bool (*cursor_next)(struct store_cursor *cursor, str *key, str *value);
    void (*cursor_close)(struct store_cursor *cursor);
    uint64_t (*disk_bytes)(struct store *store);
    str (*statistics)(struct store *store, struct arena *arena);
    void (*compact)(struct store *store);
    void (*crash)(struct store *store, size_t keep); /* NULL if it cannot */
    size_t (*unsynced)(struct store *store);         /* NULL if it does not know */
};

/* The first member of each backend's own store and cursor. */
struct store {
    const struct store_backend *backend;
};
struct store_cursor {
    const struct store_backend *backend;
};

/* Opens RocksDB in the directory, which store_directory_open has checked and locked. False
 * (ERROR_IO) if it cannot; `path` is copied. */
MUST_CHECK bool store_rocksdb_open(str path, struct store **out, struct error *err);

/* Memory on the heap that the caller frees; fatal if there is none. */
void *store_allocate(size_t bytes);

#endif
