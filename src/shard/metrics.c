/* The shard's figures as Prometheus text. */
#include "shard/metrics.h"

#include "shard/shard_private.h"

static_assert((int)SHARD_COUNTERS <= (int)METRICS_COUNTERS_MAX, "every counter has a place");

static const int64_t batch_bounds[] = { 1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 2048, 4096 };
static const int64_t latency_bounds_us[] = {
    100,   200,    500,    1000,   2000,    5000,    10000,   20000,
    50000, 100000, 200000, 500000, 1000000, 2000000, 5000000, 10000000,
};

enum {
    BATCH_BOUNDS = sizeof batch_bounds / sizeof *batch_bounds,
    LATENCY_BOUNDS = sizeof latency_bounds_us / sizeof *latency_bounds_us,
};
static_assert((int)BATCH_BOUNDS <= (int)HISTOGRAM_BUCKETS_MAX, "every bound has a bucket");
static_assert((int)LATENCY_BOUNDS <= (int)HISTOGRAM_BUCKETS_MAX, "every bound has a bucket");

void metrics_init(struct metrics *metrics)
{
    *metrics = (struct metrics){ 0 };
    ages_init(&metrics->ages);
    metrics->batch_size.bounds = batch_bounds;
    metrics->batch_size.bound_count = BATCH_BOUNDS;
    metrics->commit_us.bounds = latency_bounds_us;
    metrics->commit_us.bound_count = LATENCY_BOUNDS;
}

void histogram_add(struct histogram *histogram, int64_t value)
{
    size_t at = 0;
    while (at < histogram->bound_count && value > histogram->bounds[at])
        at++;
    atomic_fetch_add_explicit(&histogram->counts[at], 1, memory_order_relaxed);
    atomic_fetch_add_explicit(&histogram->sum, value, memory_order_relaxed);
}

void shard_count_by(struct shard *shard, enum shard_counter counter, uint64_t by)
{
    ASSERT_CMP(counter, <, SHARD_COUNTERS);
    atomic_fetch_add_explicit(&shard->metrics.counters[counter], by, memory_order_relaxed);
}

void shard_count(struct shard *shard, enum shard_counter counter)
{
    shard_count_by(shard, counter, 1);
}

static int64_t waiting_since_ms(str key)
{
    struct key_reader reader;
    uint64_t since;
    if (!key_read_begin(&reader, key) || reader.tag != KEY_WAITING ||
        !key_read_u64(&reader, &since) || since > INT64_MAX)
        fatal("the key of a waiting task does not decode: the store is damaged");
    return (int64_t)since;
}

void shard_count_waiting(struct shard *shard, const struct store_snapshot *snapshot)
{
    struct key from, to;
    key_begin(&from, shard->options.number, KEY_WAITING);
    to = from;
    key_range_end(&to);
    struct store_cursor *cursor =
        store_scan(shard->options.store, snapshot, key_str(&from), key_str(&to), false);
    int64_t count = 0;
    str key, value;
    bool stopping = false;
    while (!stopping && store_cursor_next(cursor, &key, &value)) {
        bool unbounded = str_find(value, STR("\"unbounded\":true"), 0) < value.len;
        ages_add(&shard->metrics.ages, waiting_since_ms(key), 1, unbounded);
        if (++count % 65536 == 0) stopping = inbox_is_stopping(&shard->inbox);
    }
    store_cursor_close(cursor);
    if (stopping) return;
    atomic_fetch_add(&shard->metrics.waiting, count);
    atomic_store(&shard->metrics.waiting_counted, true);
}

/* ---- text ---- */

static void write_type(struct buf *out, const char *name, const char *type)
{
    buf_printf(out, "# TYPE baton_%s %s\n", name, type);
}

static void write_gauge(struct buf *out, const char *name, int64_t value)
{
    write_type(out, name, "gauge");
    buf_printf(out, "baton_%s %lld\n", name, (long long)value);
}

/* `unit`: how many of the recorded values make one of the unit that is shown. */
static void write_histogram(struct buf *out, const char *name, struct histogram *histogram,
                            double unit)
{
    write_type(out, name, "histogram");
    uint64_t total = 0;
    for (size_t i = 0; i < histogram->bound_count; i++) {
        total += atomic_load(&histogram->counts[i]);
        buf_printf(out, "baton_%s_bucket{le=\"%g\"} %llu\n", name,
                   (double)histogram->bounds[i] / unit, (unsigned long long)total);
    }
    total += atomic_load(&histogram->counts[histogram->bound_count]);
    buf_printf(out, "baton_%s_bucket{le=\"+Inf\"} %llu\n", name, (unsigned long long)total);
    buf_printf(out, "baton_%s_sum %.15g\n", name, (double)atomic_load(&histogram->sum) / unit);
    buf_printf(out, "baton_%s_count %llu\n", name, (unsigned long long)total);
}

static void write_counters(struct shard *shard, struct buf *out)
{
    static const char *const names[] = {
#define X(name, text) text,
        SHARD_COUNTER_LIST(X)
#undef X
    };
    for (size_t i = 0; i < SHARD_COUNTERS; i++) {
        buf_printf(out, "# TYPE baton_%s_total counter\n", names[i]);
        buf_printf(out, "baton_%s_total %llu\n", names[i],
                   (unsigned long long)atomic_load(&shard->metrics.counters[i]));
    }
}

/* Since when the oldest waiter waits. The scan begins where the last one ended: later waiters stand
 * behind, and the dead keys before it need not be walked over again. */
static bool find_oldest(struct shard *shard, const struct reader *reader, int64_t *since_ms)
{
    struct key to;
    key_begin(&to, shard->options.number, KEY_WAITING);
    key_range_end(&to);
    pthread_mutex_lock(&shard->oldest_mutex);
    struct store_cursor *cursor = store_scan(reader->store, reader->snapshot,
                                             key_str(&shard->oldest_waiting), key_str(&to), false);
    str key, value;
    bool found = store_cursor_next(cursor, &key, &value);
    if (found) {
        ASSERT(key.len <= sizeof shard->oldest_waiting.bytes);
        shard->oldest_waiting.len = (uint16_t)key.len;
        memcpy(shard->oldest_waiting.bytes, key.ptr, key.len);
        *since_ms = waiting_since_ms(key);
    }
    store_cursor_close(cursor);
    pthread_mutex_unlock(&shard->oldest_mutex);
    return found;
}

/* *now_ms: as the reader has it. */
static int64_t oldest_waiting_s(struct shard *shard, int64_t *now_ms)
{
    struct arena arena;
    struct reader reader;
    int64_t since_ms;
    arena_init(&arena);
    shard_read_begin(shard, &reader, &arena);
    bool found = find_oldest(shard, &reader, &since_ms);
    *now_ms = reader.now_ms;
    int64_t age_ms = found ? reader.now_ms - since_ms : 0;
    shard_read_end(&reader);
    arena_close(&arena);
    return age_ms > 0 ? age_ms / 1000 : 0;
}

void shard_metrics(struct shard *shard, struct buf *out)
{
    struct metrics *metrics = &shard->metrics;
    int64_t now_ms, oldest_s = oldest_waiting_s(shard, &now_ms);
    write_counters(shard, out);
    /* Until the count is complete there is no number, rather than a wrong one. */
    if (atomic_load(&metrics->waiting_counted)) {
        write_gauge(out, "waiting_tasks", atomic_load(&metrics->waiting));
        ages_write(&metrics->ages, now_ms, out);
    }
    write_gauge(out, "oldest_waiting_seconds", oldest_s);
    write_gauge(out, "inbox_depth", (int64_t)inbox_depth(&shard->inbox));
    write_gauge(out, "parked_requests", atomic_load(&metrics->parked));
    write_gauge(out, "store_bytes", (int64_t)store_disk_bytes(shard->options.store));
    write_histogram(out, "commit_batch_size", &metrics->batch_size, 1);
    write_histogram(out, "commit_latency_seconds", &metrics->commit_us, 1e6);
}
