/* The ordered map that all of Baton's state lives in.
 *
 * Keys and values are bytes; keys are ordered by memcmp. One process, one store per directory.
 *
 * Writing is in two steps, so that many commands share one sync (group commit) and the next command
 * can be worked on while the last ones are being synced:
 *   store_apply  makes a batch visible to later reads of the writer, atomically, in the order of
 * the calls. After a crash a prefix of the applied batches is there, never a part of one.
 *   store_sync   returns when everything applied before the call survives a crash.
 * store_apply is called by the shard's writer thread only; store_sync by its sync thread; reads by
 * any thread. A snapshot sees what was applied when it was taken; taken before a store_sync and
 * used after it, it sees durable state only. Replies and effects wait for the sync.
 *
 * A failed write, sync or read of the backend is fatal: the process stops with a last sentence,
 * because a map that may have lost a write must not be asked again. */
#ifndef STORE_STORE_H
#define STORE_STORE_H

#include "base/base.h"

struct store;
struct store_snapshot;

/* Version of the layout of keys and values. A store with a higher one is refused. */
enum { STORE_SCHEMA_VERSION = 1 };

/* Opens or creates the store in directory `path` with the embedded backend (RocksDB). False if the
 * directory is in use by another process, not writable, full, made by a newer version, or damaged
 * (ERROR_IO, with a message for people that says what to do); nothing in it is then changed.
 *
 * The parent must exist. A new directory must be empty but for files named BATON-*, so whoever
 * keeps others there writes them after this call. A process must not fork (without exec) and use a
 * store in the child once it has opened one: RocksDB's threads stay with the parent. */
MUST_CHECK bool store_open(str path, struct store **out, struct error *err);

/* A store in memory: the same promises, with crashes on demand. Volatile unless kept by the caller.
 */
struct store *store_open_memory(void);

/* Applied batches are synced first. */
void store_close(struct store *store);

/* ---- batches ---- */

/* Puts and deletes that are applied together. Also the overlay of a transaction: store_batch_find
 * sees what the batch would write. */
struct store_batch {
    struct arena *arena; /* keys, values and index live here */
    struct store_write *writes;
    size_t count, capacity;
    uint32_t *index; /* open addressing: key -> newest write */
    size_t index_capacity;
    size_t bytes; /* of all keys and values */
};
struct store_write {
    str key;
    str value;
    uint64_t hash;
    bool is_delete;
    bool superseded; /* a later write of the same key is in the batch */
};

void store_batch_init(struct store_batch *batch, struct arena *arena);
/* Key and value are borrowed until the batch has been applied. */
void store_batch_put(struct store_batch *batch, str key, str value);
void store_batch_delete(struct store_batch *batch, str key);
/* What the batch says about a key: nothing (false), a value, or (out->ptr == NULL) deleted. */
bool store_batch_find(const struct store_batch *batch, str key, str *out);

/* Drops all writes but the first `count`. */
void store_batch_rewind(struct store_batch *batch, size_t count);

void store_apply(struct store *store, const struct store_batch *batch);
void store_sync(struct store *store);

/* ---- reads ---- */

struct store_snapshot *store_snapshot_new(struct store *store);
void store_snapshot_free(struct store *store, struct store_snapshot *snapshot);

/* The value of `key`, copied into `arena`; false if there is none. `snapshot` NULL: what has been
 * applied so far. */
bool store_get(struct store *store, const struct store_snapshot *snapshot, str key,
               struct arena *arena, str *out);

/* A walk over the keys in [from, to), upwards, or downwards from the last one. Both bounds are
 * copied. It sees the snapshot, or what had been applied when it began.
 *
 * A deleted key costs a walk about 0.2 us until the backend has compacted it away. Who empties a
 * range from its head (timers, queues) begins the next walk where the last one found something, and
 * goes back to the head only when a smaller key was put: from the head each time, a busy queue
 * takes 10 ms a walk (bench/store_bench.c, "queue, from the start"). */
struct store_cursor;
struct store_cursor *store_scan(struct store *store, const struct store_snapshot *snapshot,
                                str from, str to, bool reverse);
/* The same over what is there once `batch` has been applied. The batch's writes up to now count; it
 * must live, and not be rewound, until the cursor is closed. */
struct store_cursor *store_scan_over(struct store *store, const struct store_snapshot *snapshot,
                                     const struct store_batch *batch, str from, str to,
                                     bool reverse);
/* The next pair, valid until the next call; false at the end of the range. */
bool store_cursor_next(struct store_cursor *cursor, str *key, str *value);
void store_cursor_close(struct store_cursor *cursor);

/* ---- for operators and tests ---- */

/* Bytes on disk (0 in memory) and a text of the backend's own figures, for /metrics. */
uint64_t store_disk_bytes(struct store *store);
str store_statistics(struct store *store, struct arena *arena);

/* Asks the backend to reclaim space now; for benchmarks and `baton compact`. */
void store_compact(struct store *store);

/* Memory backend only. Loses what a power cut would lose: of the batches applied since the last
 * sync, all but the first `keep`. Snapshots must have been freed. */
void store_crash(struct store *store, size_t keep);
/* Batches applied since the last sync. */
size_t store_unsynced(struct store *store);

#endif
