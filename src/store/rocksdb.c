/* The embedded backend: RocksDB, through its C API.
 *
 * How a batch becomes durable. With manual_wal_flush, rocksdb_write puts the batch into the log's
 * buffer and into the memtable and makes no system call (but one per megabyte of log);
 * rocksdb_flush_wal(sync) writes the buffer and calls fdatasync: one for a whole group. It may run
 * on another thread while the writer goes on: RocksDB 7.8 takes its log mutex both to append a
 * record (because manual_wal_flush is set) and to write the buffer, and releases it before the
 * fdatasync, so the writer waits for a copy into the page cache at most. A log that was replaced
 * meanwhile, its memtable being full, was written out by the replacement and is synced by the same
 * call.
 *
 * What a crash leaves. There is one column family, so a memtable that reaches a file takes all its
 * batches along, in order; recovery to a point in time stops at the first gap of the log. Both give
 * a prefix of the applied batches. (Recycled log files would save a metadata write per sync, but
 * RocksDB does not combine them with this recovery.) */
#include <dirent.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <sys/stat.h>

#include <pthread.h>
#include <rocksdb/c.h>

#include "store/backend.h"
#include "store/directory.h"

enum {
    BLOOM_BITS_PER_KEY = 10,        /* 1 % of the look-ups of absent keys read a block */
    BLOCK_BYTES = 16 << 10,         /* of a file; the unit of compression and of the cache */
    METADATA_BLOCK_BYTES = 4 << 10, /* of an index or a filter */
    FILE_BYTES = 32 << 20,          /* of a compacted file */
    LEVEL_BYTES = 96 << 20,         /* of the first level below the flushed memtables */
    SYNC_EVERY_BYTES = 1 << 20,     /* of files written in the background */
    BACKGROUND_JOBS = 2,            /* one flush and one compaction */
    INFO_LOG_BYTES = 256 << 10,     /* RocksDB's own log, and how many of them */
    INFO_LOG_FILES = 2,
    INFO_LOG_WARN = 2,
    MANIFEST_BYTES = 4 << 20,
    TOMBSTONE_WINDOW = 1000, /* a file with that many neighbours ... */
    TOMBSTONES_MAX = 500,    /* ... of which that many are deletes is compacted early */
};

struct rocks_store {
    struct store store;
    struct store_directory directory;
    rocksdb_t *db;
    rocksdb_options_t *options;
    rocksdb_cache_t *cache;
    rocksdb_writeoptions_t *write_options;
    rocksdb_readoptions_t *read_options; /* for gets without a snapshot; never changed */
    pthread_mutex_t mutex;               /* guards the fields below: several shards may write */
    rocksdb_writebatch_t *writes;        /* reused, so that a warm one allocates nothing */
    uint64_t batches_applied;
};

struct store_snapshot {
    const rocksdb_snapshot_t *snapshot;
    rocksdb_readoptions_t
        *read_options; /* never changed after the start, so threads may share it */
};

struct rocks_cursor {
    struct store_cursor cursor;
    struct rocks_store *rocks; /* borrowed */
    rocksdb_readoptions_t *read_options;
    rocksdb_iterator_t *iterator;
    bool reverse;
    bool started;
    char *bounds; /* owned: `from` and `to`, which read_options points to */
};

static struct rocks_store *rocks_of(struct store *store)
{
    return (struct rocks_store *)(void *)store;
}

static struct rocks_cursor *rocks_cursor_of(struct store_cursor *cursor)
{
    return (struct rocks_cursor *)(void *)cursor;
}

/* The last sentence of the process. What was acknowledged had been synced, so nothing is lost. */
NORETURN static void stop(const struct rocks_store *rocks, const char *doing, const char *message)
{
    bool is_full = strstr(message, "No space left") || strstr(message, "Disk quota exceeded");
    fatal("the store in '%s' cannot %s: %s. %s; everything that was acknowledged is safe",
          rocks->directory.path, doing, message,
          is_full ? "The disk is full: free some space and start Baton again"
                  : "Check the disk and start Baton again");
}

static void check(const struct rocks_store *rocks, const char *doing, const char *message)
{
    if (message) stop(rocks, doing, message);
}

/* ---- settings ---- */

static rocksdb_block_based_table_options_t *table_options(rocksdb_cache_t *cache)
{
    rocksdb_block_based_table_options_t *table = rocksdb_block_based_options_create();
    rocksdb_block_based_options_set_block_cache(table, cache);
    rocksdb_block_based_options_set_block_size(table, BLOCK_BYTES);
    rocksdb_block_based_options_set_format_version(table, 5);
    rocksdb_block_based_options_set_filter_policy(
        table, rocksdb_filterpolicy_create_bloom_full(BLOOM_BITS_PER_KEY));
    rocksdb_block_based_options_set_whole_key_filtering(table, 1);
    /* Indexes and filters are in blocks of their own inside the one bounded cache: with ten million
     * executions they are larger than all the memory Baton may use. */
    rocksdb_block_based_options_set_index_type(
        table, rocksdb_block_based_table_index_type_two_level_index_search);
    rocksdb_block_based_options_set_partition_filters(table, 1);
    rocksdb_block_based_options_set_metadata_block_size(table, METADATA_BLOCK_BYTES);
    rocksdb_block_based_options_set_cache_index_and_filter_blocks(table, 1);
    rocksdb_block_based_options_set_cache_index_and_filter_blocks_with_high_priority(table, 1);
    rocksdb_block_based_options_set_pin_l0_filter_and_index_blocks_in_cache(table, 1);
    rocksdb_block_based_options_set_pin_top_level_index_and_filter(table, 1);
    return table;
}

/* Large memtables keep most turns' records from ever being compacted twice: a frame that is written
 * and deleted within one memtable reaches no file. */
static void set_write_path(rocksdb_options_t *options)
{
    rocksdb_options_set_write_buffer_size(options, STORE_MEMTABLE_BYTES);
    rocksdb_options_set_max_write_buffer_number(options, STORE_MEMTABLES_MAX);
    rocksdb_options_set_manual_wal_flush(options, 1);
    rocksdb_options_set_wal_recovery_mode(options, rocksdb_point_in_time_recovery);
    rocksdb_options_set_use_fsync(options, 0);
    /* One writer at a time: its batches need no ordering among threads. */
    rocksdb_options_set_allow_concurrent_memtable_write(options, 0);
    rocksdb_options_set_enable_write_thread_adaptive_yield(options, 0);
}

static void set_files(rocksdb_options_t *options)
{
    rocksdb_options_set_compression(options, rocksdb_lz4_compression);
    rocksdb_options_set_bottommost_compression(options, rocksdb_zstd_compression);
    rocksdb_options_set_target_file_size_base(options, FILE_BYTES);
    rocksdb_options_set_max_bytes_for_level_base(options, LEVEL_BYTES);
    rocksdb_options_set_level_compaction_dynamic_level_bytes(options, 1);
    rocksdb_options_set_max_background_jobs(options, BACKGROUND_JOBS);
    /* Background files reach the disk steadily, not all at their end, which would make the log's
     * fdatasync wait behind them. */
    rocksdb_options_set_bytes_per_sync(options, SYNC_EVERY_BYTES);
    rocksdb_options_set_max_open_files(options, STORE_OPEN_FILES_MAX);
    rocksdb_options_set_max_manifest_file_size(options, MANIFEST_BYTES);
    /* Queues and timers are deleted at their head, and every scan passes over what is deleted. */
    rocksdb_options_add_compact_on_deletion_collector_factory(options, TOMBSTONE_WINDOW,
                                                              TOMBSTONES_MAX);
}

static void set_own_log(rocksdb_options_t *options)
{
    rocksdb_options_set_info_log_level(options, INFO_LOG_WARN);
    rocksdb_options_set_max_log_file_size(options, INFO_LOG_BYTES);
    rocksdb_options_set_keep_log_file_num(options, INFO_LOG_FILES);
    rocksdb_options_set_stats_dump_period_sec(options, 0);
    rocksdb_options_set_stats_persist_period_sec(options, 0);
}

static void set_options(struct rocks_store *rocks)
{
    rocks->cache = rocksdb_cache_create_lru(STORE_CACHE_BYTES);
    rocks->options = rocksdb_options_create();
    rocksdb_options_set_create_if_missing(rocks->options, 1);
    rocksdb_options_set_paranoid_checks(rocks->options, 1);
    set_write_path(rocks->options);
    set_files(rocks->options);
    set_own_log(rocks->options);
    rocksdb_block_based_table_options_t *table = table_options(rocks->cache);
    rocksdb_options_set_block_based_table_factory(rocks->options, table);
    rocksdb_block_based_options_destroy(table);

    rocks->write_options = rocksdb_writeoptions_create();
    rocksdb_writeoptions_set_sync(rocks->write_options, 0);
    rocks->read_options = rocksdb_readoptions_create();
    rocks->writes = rocksdb_writebatch_create();
}

/* ---- writes ---- */

static void rocks_apply(struct store *store, const struct store_batch *batch)
{
    struct rocks_store *rocks = rocks_of(store);
    char *message = NULL;
    pthread_mutex_lock(&rocks->mutex);
    rocksdb_writebatch_clear(rocks->writes);
    for (size_t i = 0; i < batch->count; i++) {
        const struct store_write *write = &batch->writes[i];
        if (write->superseded) continue;
        if (write->is_delete)
            rocksdb_writebatch_delete(rocks->writes, write->key.ptr, write->key.len);
        else
            rocksdb_writebatch_put(rocks->writes, write->key.ptr, write->key.len, write->value.ptr,
                                   write->value.len);
    }
    rocksdb_write(rocks->db, rocks->write_options, rocks->writes, &message);
    check(rocks, "write", message);
    rocks->batches_applied++;
    pthread_mutex_unlock(&rocks->mutex);
}

static void rocks_sync(struct store *store)
{
    struct rocks_store *rocks = rocks_of(store);
    char *message = NULL;
    rocksdb_flush_wal(rocks->db, 1, &message);
    check(rocks, "sync", message);
}

/* ---- reads ---- */

static struct store_snapshot *rocks_snapshot_new(struct store *store)
{
    struct rocks_store *rocks = rocks_of(store);
    struct store_snapshot *snapshot = store_allocate(sizeof *snapshot);
    snapshot->snapshot = rocksdb_create_snapshot(rocks->db);
    snapshot->read_options = rocksdb_readoptions_create();
    rocksdb_readoptions_set_snapshot(snapshot->read_options, snapshot->snapshot);
    return snapshot;
}

static void rocks_snapshot_free(struct store *store, struct store_snapshot *snapshot)
{
    rocksdb_readoptions_destroy(snapshot->read_options);
    rocksdb_release_snapshot(rocks_of(store)->db, snapshot->snapshot);
    free(snapshot);
}

static bool rocks_get(struct store *store, const struct store_snapshot *snapshot, str key,
                      struct arena *arena, str *out)
{
    struct rocks_store *rocks = rocks_of(store);
    char *message = NULL;
    rocksdb_pinnableslice_t *found =
        rocksdb_get_pinned(rocks->db, snapshot ? snapshot->read_options : rocks->read_options,
                           key.ptr, key.len, &message);
    check(rocks, "read", message);
    if (!found) return false;
    str value;
    value.ptr = rocksdb_pinnableslice_value(found, &value.len);
    *out = arena_str(arena, value);
    rocksdb_pinnableslice_destroy(found);
    return true;
}

/* Both bounds are given to RocksDB, so that it never looks at, or skips the deleted keys of, what
 * is beyond the range. Ranges are short; readahead grows by itself on the long ones. */
static struct store_cursor *rocks_scan(struct store *store, const struct store_snapshot *snapshot,
                                       str from, str to, bool reverse)
{
    struct rocks_store *rocks = rocks_of(store);
    struct rocks_cursor *cursor = store_allocate(sizeof *cursor);
    *cursor = (struct rocks_cursor){ .cursor = { .backend = store->backend },
                                     .rocks = rocks,
                                     .reverse = reverse };
    if (str_compare(from, to) >= 0) return &cursor->cursor; /* no iterator: an empty range */

    cursor->bounds = store_allocate(from.len + to.len);
    if (from.len > 0) memcpy(cursor->bounds, from.ptr, from.len);
    memcpy(cursor->bounds + from.len, to.ptr, to.len);
    cursor->read_options = rocksdb_readoptions_create();
    rocksdb_readoptions_set_iterate_lower_bound(cursor->read_options, cursor->bounds, from.len);
    rocksdb_readoptions_set_iterate_upper_bound(cursor->read_options, cursor->bounds + from.len,
                                                to.len);
    rocksdb_readoptions_set_total_order_seek(cursor->read_options, 1);
    if (snapshot) rocksdb_readoptions_set_snapshot(cursor->read_options, snapshot->snapshot);
    cursor->iterator = rocksdb_create_iterator(rocks->db, cursor->read_options);
    return &cursor->cursor;
}

static void move(struct rocks_cursor *cursor)
{
    if (cursor->started && cursor->reverse)
        rocksdb_iter_prev(cursor->iterator);
    else if (cursor->started)
        rocksdb_iter_next(cursor->iterator);
    else if (cursor->reverse)
        rocksdb_iter_seek_to_last(cursor->iterator);
    else
        rocksdb_iter_seek_to_first(cursor->iterator);
    cursor->started = true;
}

static bool rocks_cursor_next(struct store_cursor *base, str *key, str *value)
{
    struct rocks_cursor *cursor = rocks_cursor_of(base);
    if (!cursor->iterator) return false;
    /* Behind the last pair RocksDB must not be asked to move on. */
    if (cursor->started && !rocksdb_iter_valid(cursor->iterator)) return false;
    move(cursor);
    if (!rocksdb_iter_valid(cursor->iterator)) {
        char *message = NULL;
        rocksdb_iter_get_error(cursor->iterator, &message);
        check(cursor->rocks, "read", message);
        return false;
    }
    key->ptr = rocksdb_iter_key(cursor->iterator, &key->len);
    value->ptr = rocksdb_iter_value(cursor->iterator, &value->len);
    return true;
}

static void rocks_cursor_close(struct store_cursor *base)
{
    struct rocks_cursor *cursor = rocks_cursor_of(base);
    if (cursor->iterator) {
        rocksdb_iter_destroy(cursor->iterator);
        rocksdb_readoptions_destroy(cursor->read_options);
    }
    free(cursor->bounds);
    free(cursor);
}

/* ---- for operators ---- */

static uint64_t rocks_disk_bytes(struct store *store)
{
    struct rocks_store *rocks = rocks_of(store);
    DIR *listing = opendir(rocks->directory.path);
    if (!listing) return 0;
    uint64_t bytes = 0;
    for (struct dirent *entry = readdir(listing); entry; entry = readdir(listing)) {
        /* A file may go while we look: RocksDB deletes what it has compacted. */
        struct stat status;
        if (fstatat(rocks->directory.fd, entry->d_name, &status, AT_SYMLINK_NOFOLLOW) != 0)
            continue;
        if (S_ISREG(status.st_mode)) bytes += (uint64_t)status.st_blocks * 512;
    }
    closedir(listing);
    return bytes;
}

static uint64_t property(const struct rocks_store *rocks, const char *name)
{
    uint64_t value = 0;
    if (rocksdb_property_int(rocks->db, name, &value) != 0) return 0;
    return value;
}

static str rocks_statistics(struct store *store, struct arena *arena)
{
    static const struct {
        const char *metric;
        const char *property;
    } figures[] = {
        { "baton_store_keys_estimated", "rocksdb.estimate-num-keys" },
        { "baton_store_live_bytes_estimated", "rocksdb.estimate-live-data-size" },
        { "baton_store_memtable_bytes", "rocksdb.cur-size-all-mem-tables" },
        { "baton_store_table_reader_bytes", "rocksdb.estimate-table-readers-mem" },
        { "baton_store_cache_bytes", "rocksdb.block-cache-usage" },
        { "baton_store_cache_pinned_bytes", "rocksdb.block-cache-pinned-usage" },
        { "baton_store_snapshots", "rocksdb.num-snapshots" },
        { "baton_store_flushes_running", "rocksdb.num-running-flushes" },
        { "baton_store_compactions_running", "rocksdb.num-running-compactions" },
        { "baton_store_compaction_pending_bytes", "rocksdb.estimate-pending-compaction-bytes" },
        { "baton_store_write_stopped", "rocksdb.is-write-stopped" },
        { "baton_store_write_delayed_bytes_per_s", "rocksdb.actual-delayed-write-rate" },
        { "baton_store_background_errors", "rocksdb.background-errors" },
    };
    struct rocks_store *rocks = rocks_of(store);
    struct buf out;
    buf_init(&out, arena);
    for (size_t i = 0; i < sizeof figures / sizeof *figures; i++)
        buf_printf(&out, "%s %" PRIu64 "\n", figures[i].metric,
                   property(rocks, figures[i].property));
    pthread_mutex_lock(&rocks->mutex);
    buf_printf(&out, "baton_store_batches_applied_total %" PRIu64 "\n", rocks->batches_applied);
    pthread_mutex_unlock(&rocks->mutex);
    return buf_str(&out);
}

static void rocks_compact(struct store *store)
{
    rocksdb_compact_range(rocks_of(store)->db, NULL, 0, NULL, 0);
}

/* ---- opening ---- */

/* Also for a store that failed to open. */
static void rocks_close(struct store *store)
{
    struct rocks_store *rocks = rocks_of(store);
    if (rocks->db) rocksdb_close(rocks->db);
    rocksdb_writebatch_destroy(rocks->writes);
    rocksdb_readoptions_destroy(rocks->read_options);
    rocksdb_writeoptions_destroy(rocks->write_options);
    rocksdb_options_destroy(rocks->options);
    rocksdb_cache_destroy(rocks->cache);
    store_directory_close(&rocks->directory);
    pthread_mutex_destroy(&rocks->mutex);
    free(rocks);
}

static const struct store_backend rocks_backend = {
    .close = rocks_close,
    .apply = rocks_apply,
    .sync = rocks_sync,
    .snapshot_new = rocks_snapshot_new,
    .snapshot_free = rocks_snapshot_free,
    .get = rocks_get,
    .scan = rocks_scan,
    .cursor_next = rocks_cursor_next,
    .cursor_close = rocks_cursor_close,
    .disk_bytes = rocks_disk_bytes,
    .statistics = rocks_statistics,
    .compact = rocks_compact,
};

/* RocksDB's reasons in our words. Its own text follows: support will ask for it. */
static bool explain(struct error *err, const char *path, const char *message)
{
    if (strstr(message, "No space left") || strstr(message, "Disk quota exceeded"))
        return error_set(err, ERROR_IO,
                         "data directory '%s': the disk is full: free some space and start again "
                         "(%s)",
                         path, message);
    if (strstr(message, "While lock file") || strstr(message, "lock hold"))
        return error_set(
            err, ERROR_IO,
            "data directory '%s' is in use by another process: stop that one first, or "
            "name another directory (%s)",
            path, message);
    if (strncmp(message, "Corruption", 10) == 0)
        return error_set(err, ERROR_IO,
                         "data directory '%s' is damaged: restore it from a backup (%s)", path,
                         message);
    return error_set(err, ERROR_IO, "data directory '%s' cannot be opened: %s", path, message);
}

/* How a store of version v becomes one of version v + 1: migrations[v]. There was no version 0. */
static bool (*const migrations[STORE_SCHEMA_VERSION])(struct store *store, struct error *err) = {
    NULL,
};

static bool migrate(struct rocks_store *rocks, struct error *err)
{
    for (uint32_t v = rocks->directory.schema; v < STORE_SCHEMA_VERSION; v++) {
        ASSERT(migrations[v]);
        if (!migrations[v](&rocks->store, err))
            return error_wrap(err, "cannot bring the store from schema %u to %u", v, v + 1);
        /* The records first: if the process dies between the two, the step is done again, so steps
         * are written to bear that. */
        rocks_sync(&rocks->store);
        if (!store_directory_set_schema(&rocks->directory, v + 1, err)) return false;
    }
    return true;
}

static bool open_database(struct rocks_store *rocks, struct error *err)
{
    char *message = NULL;
    rocks->db = rocksdb_open(rocks->options, rocks->directory.path, &message);
    if (message) {
        bool failed = explain(err, rocks->directory.path, message);
        rocksdb_free(message);
        return failed;
    }
    return migrate(rocks, err);
}

bool store_rocksdb_open(str path, struct store **out, struct error *err)
{
    struct store_directory directory;
    if (!store_directory_open(&directory, path, err)) return false;

    struct rocks_store *rocks = store_allocate(sizeof *rocks);
    *rocks = (struct rocks_store){ .store = { .backend = &rocks_backend }, .directory = directory };
    if (pthread_mutex_init(&rocks->mutex, NULL) != 0) fatal("cannot make a mutex");
    set_options(rocks);
    if (!open_database(rocks, err)) {
        rocks_close(&rocks->store);
        return false;
    }
    *out = &rocks->store;
    return true;
}
