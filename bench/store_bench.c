/* How many turns a second the store makes durable.
 *
 *   store_bench DIR [executions=200000] [seconds=3]
 *
 * Fills DIR with waiting executions of four records, then runs callback turns (read the frame; put
 * frame, history and list entry, about 1 KB; delete the timer) at several group sizes: first with
 * the sync in the writer, then pipelined, the writer preparing the next group while another thread
 * syncs the last one. Then a queue: put at the tail, take from the head. One line each. */
#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <time.h>

#include "base/prng.h"
#include "store/keys.h"
#include "store/store.h"

enum {
    FRAME_BYTES = 400,
    HISTORY_BYTES = 600,
    EXECUTION_BYTES = 300,
    LATENCIES_MAX = 1 << 20,
    FILL_GROUP = 1000,
    RECENT = 10000, /* the turns' executions, when they are the newest ones */
    QUEUE_GROUP = 10,
    POOL_BYTES = 4 << 20,
};

struct bench {
    struct store *store;
    struct prng prng;
    struct arena arena;
    struct buf pool; /* owned: texts for values */
    uint64_t executions;
    uint64_t pick_from; /* the newest so many are picked */
    uint32_t *turns;    /* owned: turns made, per execution */
    double seconds;
    double *latencies; /* owned: of the groups, in milliseconds */
    size_t latency_count;
};

struct figures {
    double wall_s;
    double cpu_s;
    uint64_t written_bytes;
};

/* ---- measuring ---- */

static double now_s(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

/* A figure of one of the kernel's tables about this process, or 0. */
static uint64_t read_figure(const char *file, const char *format)
{
    char line[256];
    uint64_t value = 0;
    FILE *input = fopen(file, "r");
    if (!input) return 0;
    while (fgets(line, sizeof line, input)) {
        if (strncmp(line, format, strlen(format)) != 0) continue;
        value = strtoull(line + strlen(format), NULL, 10);
        break;
    }
    fclose(input);
    return value;
}

static double seconds_of(struct timeval t)
{
    return (double)t.tv_sec + (double)t.tv_usec * 1e-6;
}

static struct figures take_figures(void)
{
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    return (struct figures){ .wall_s = now_s(),
                             .cpu_s = seconds_of(usage.ru_utime) + seconds_of(usage.ru_stime),
                             .written_bytes = read_figure("/proc/self/io", "wchar:") };
}

static int compare_doubles(const void *a, const void *b)
{
    double x = *(const double *)a;
    double y = *(const double *)b;
    return (x > y) - (x < y);
}

static void add_latency(struct bench *bench, double started_s)
{
    if (bench->latency_count < LATENCIES_MAX)
        bench->latencies[bench->latency_count++] = (now_s() - started_s) * 1000;
}

static double quantile(const struct bench *bench, double q)
{
    if (bench->latency_count == 0) return 0;
    return bench->latencies[(size_t)(q * (double)(bench->latency_count - 1))];
}

static void print_line(struct bench *bench, const char *name, uint64_t turns, struct figures before)
{
    struct figures after = take_figures();
    double count = turns ? (double)turns : 1;
    qsort(bench->latencies, bench->latency_count, sizeof *bench->latencies, compare_doubles);
    printf("%-22s %8.0f turns/s  cpu %5.1f us  written %6.0f B/turn  group p50 %6.2f p99 %7.2f max "
           "%7.2f ms  disk %5.0f MB  rss %4.0f MB\n",
           name, count / (after.wall_s - before.wall_s), (after.cpu_s - before.cpu_s) / count * 1e6,
           (double)(after.written_bytes - before.written_bytes) / count, quantile(bench, 0.5),
           quantile(bench, 0.99), quantile(bench, 1), (double)store_disk_bytes(bench->store) / 1e6,
           (double)read_figure("/proc/self/status", "VmRSS:") / 1024);
    fflush(stdout);
    bench->latency_count = 0;
}

/* ---- records ---- */

/* Texts that compress as JSON of the same shape with other contents does. */
static void make_pool(struct bench *bench)
{
    buf_init(&bench->pool, NULL);
    while (bench->pool.len < POOL_BYTES) {
        uint64_t r = prng_next(&bench->prng);
        buf_printf(&bench->pool,
                   "{\"order\":\"%08" PRIx32 "\",\"amount\":%" PRIu64 ",\"who\":\"%010" PRIx64
                   "\",\"ok\":true},",
                   (uint32_t)r, r % 9973, r >> 24);
    }
}

/* Cut from the pool, which is far larger than a block of the store: blocks are compressed one by
 * one, so they hardly meet the same text twice. */
static str filler(struct bench *bench, size_t bytes)
{
    return (str){ bench->pool.ptr + prng_below(&bench->prng, POOL_BYTES - bytes), bytes };
}

static void put(struct bench *bench, struct store_batch *batch, const struct key *key, size_t bytes)
{
    store_batch_put(batch, arena_str(&bench->arena, key_str(key)), filler(bench, bytes));
}

static int64_t due_ms(uint64_t serial, uint32_t turn)
{
    return (int64_t)(1700000000000 + (serial * 7919 + turn * 104729) % 100000000);
}

static void create(struct bench *bench, struct store_batch *batch, uint64_t serial)
{
    struct key key;
    key_execution(&key, 0, serial);
    put(bench, batch, &key, EXECUTION_BYTES);
    key_frame(&key, 0, serial, 0);
    put(bench, batch, &key, FRAME_BYTES);
    key_history(&key, 0, serial, 1);
    put(bench, batch, &key, HISTORY_BYTES);
    key_timer(&key, 0, due_ms(serial, 0), serial, 0, 1);
    put(bench, batch, &key, 0);
}

/* A callback: the frame goes on, history grows, the wait's timer goes, the list shows a new state.
 */
static void turn(struct bench *bench)
{
    uint64_t serial = bench->executions - 1 - prng_below(&bench->prng, bench->pick_from);
    uint32_t made = bench->turns[serial]++;
    struct store_batch batch;
    struct key key;
    str frame;
    store_batch_init(&batch, &bench->arena);
    key_frame(&key, 0, serial, 0);
    if (!store_get(bench->store, NULL, key_str(&key), &bench->arena, &frame))
        fatal("the frame of execution %" PRIu64 " is missing", serial);
    put(bench, &batch, &key, FRAME_BYTES);
    key_history(&key, 0, serial, made * 5 + 2);
    put(bench, &batch, &key, HISTORY_BYTES);
    key_list(&key, 0, STR("orders"), (uint8_t)(made % 5), serial);
    put(bench, &batch, &key, 0);
    key_timer(&key, 0, due_ms(serial, made), serial, 0, 1);
    store_batch_delete(&batch, key_str(&key));
    store_apply(bench->store, &batch);
    arena_reset(&bench->arena);
}

static void fill(struct bench *bench)
{
    struct figures before = take_figures();
    for (uint64_t serial = 0; serial < bench->executions;) {
        double started_s = now_s();
        struct store_batch batch;
        store_batch_init(&batch, &bench->arena);
        for (int i = 0; i < FILL_GROUP && serial < bench->executions; i++)
            create(bench, &batch, serial++);
        store_apply(bench->store, &batch);
        store_sync(bench->store);
        arena_reset(&bench->arena);
        add_latency(bench, started_s);
    }
    print_line(bench, "fill, groups of 1000", bench->executions, before);
}

/* ---- the runs ---- */

static void run_synced(struct bench *bench, int group, const char *name)
{
    struct figures before = take_figures();
    uint64_t turns = 0;
    while (now_s() - before.wall_s < bench->seconds) {
        double started_s = now_s();
        for (int i = 0; i < group; i++)
            turn(bench);
        store_sync(bench->store);
        add_latency(bench, started_s);
        turns += (uint64_t)group;
    }
    print_line(bench, name, turns, before);
}

/* One group is being synced while at most one more is prepared, as in the shard. */
struct pipeline {
    struct bench *bench;
    pthread_mutex_t mutex;
    pthread_cond_t changed;
    uint64_t applied; /* groups */
    uint64_t synced;
    double started_s; /* of the newest applied group */
    bool ended;
};

static void *sync_groups(void *context)
{
    struct pipeline *pipeline = context;
    pthread_mutex_lock(&pipeline->mutex);
    for (;;) {
        while (pipeline->applied == pipeline->synced && !pipeline->ended)
            pthread_cond_wait(&pipeline->changed, &pipeline->mutex);
        if (pipeline->applied == pipeline->synced) break;
        uint64_t target = pipeline->applied;
        double started_s = pipeline->started_s;
        pthread_mutex_unlock(&pipeline->mutex);
        store_sync(pipeline->bench->store);
        add_latency(pipeline->bench, started_s);
        pthread_mutex_lock(&pipeline->mutex);
        pipeline->synced = target;
        pthread_cond_broadcast(&pipeline->changed);
    }
    pthread_mutex_unlock(&pipeline->mutex);
    return NULL;
}

static void publish_group(struct pipeline *pipeline, double started_s)
{
    pthread_mutex_lock(&pipeline->mutex);
    pipeline->applied++;
    pipeline->started_s = started_s;
    pthread_cond_broadcast(&pipeline->changed);
    while (pipeline->applied - pipeline->synced > 1)
        pthread_cond_wait(&pipeline->changed, &pipeline->mutex);
    pthread_mutex_unlock(&pipeline->mutex);
}

static void run_pipelined(struct bench *bench, int group, const char *name)
{
    struct pipeline pipeline = { .bench = bench };
    pthread_t thread;
    pthread_mutex_init(&pipeline.mutex, NULL);
    pthread_cond_init(&pipeline.changed, NULL);
    if (pthread_create(&thread, NULL, sync_groups, &pipeline) != 0) fatal("no thread");

    struct figures before = take_figures();
    uint64_t turns = 0;
    while (now_s() - before.wall_s < bench->seconds) {
        double started_s = now_s();
        for (int i = 0; i < group; i++)
            turn(bench);
        publish_group(&pipeline, started_s);
        turns += (uint64_t)group;
    }
    pthread_mutex_lock(&pipeline.mutex);
    pipeline.ended = true;
    pthread_cond_broadcast(&pipeline.changed);
    pthread_mutex_unlock(&pipeline.mutex);
    pthread_join(thread, NULL);
    print_line(bench, name, turns, before);
    pthread_cond_destroy(&pipeline.changed);
    pthread_mutex_destroy(&pipeline.mutex);
}

/* ---- a queue ---- */

static void queue_key(struct key *key, uint64_t at)
{
    key_activity_task(key, 0, STR("weigh"), (int64_t)at, at, 0);
}

/* Takes the first task at or after `from`; false if there is none. */
static bool take_first(struct bench *bench, struct store_batch *batch, const struct key *from)
{
    struct key end;
    key_begin(&end, 0, KEY_ACTIVITY_TASK);
    key_range_end(&end);
    struct store_cursor *cursor =
        store_scan(bench->store, NULL, key_str(from), key_str(&end), false);
    str key;
    str value;
    bool found = store_cursor_next(cursor, &key, &value);
    if (found) store_batch_delete(batch, arena_str(&bench->arena, key));
    store_cursor_close(cursor);
    return found;
}

/* With `remembered` the scan begins where the last one ended, else at the head of the range, where
 * it passes over all tasks that were deleted and not yet compacted away. */
static void run_queue(struct bench *bench, bool remembered, uint64_t first, const char *name)
{
    struct figures before = take_figures();
    uint64_t at = first;
    while (now_s() - before.wall_s < bench->seconds) {
        double started_s = now_s();
        for (int i = 0; i < QUEUE_GROUP; i++, at++) {
            struct store_batch batch;
            struct key key;
            store_batch_init(&batch, &bench->arena);
            queue_key(&key, at);
            put(bench, &batch, &key, 100);
            if (at > first) {
                struct key from;
                queue_key(&from, remembered ? at - 1 : 0);
                if (!take_first(bench, &batch, &from)) fatal("a task is missing");
            }
            store_apply(bench->store, &batch);
            arena_reset(&bench->arena);
        }
        store_sync(bench->store);
        add_latency(bench, started_s);
    }
    print_line(bench, name, at - first, before);
}

static void run_all(struct bench *bench)
{
    static const int groups[] = { 1, 10, 100, 1000 };
    char name[64];
    for (int recent = 0; recent <= 1; recent++) {
        bench->pick_from =
            recent && bench->executions > RECENT ? (uint64_t)RECENT : bench->executions;
        for (size_t i = 0; i < sizeof groups / sizeof *groups; i++) {
            snprintf(name, sizeof name, "%s %d", recent ? "recent" : "random", groups[i]);
            run_synced(bench, groups[i], name);
            snprintf(name, sizeof name, "%s %d pipelined", recent ? "recent" : "random", groups[i]);
            run_pipelined(bench, groups[i], name);
        }
    }
    run_queue(bench, true, 1, "queue, remembered head");
    run_queue(bench, false, 1ull << 32, "queue, from the start");
}

int main(int argc, char **argv)
{
    if (argc < 2) {
        fputs("usage: store_bench DIR [executions=200000] [seconds=3]\n", stderr);
        return 2;
    }
    struct bench bench = { .executions = argc > 2 ? strtoull(argv[2], NULL, 10) : 200000,
                           .seconds = argc > 3 ? strtod(argv[3], NULL) : 3 };
    struct error err;
    if (bench.executions == 0 || !store_open(str_from(argv[1]), &bench.store, &err)) {
        fprintf(stderr, "store_bench: %s\n", bench.executions ? err.message : "no executions");
        return 1;
    }
    prng_seed(&bench.prng, 1);
    arena_init(&bench.arena);
    make_pool(&bench);
    bench.turns = calloc(bench.executions, sizeof *bench.turns);
    bench.latencies = calloc(LATENCIES_MAX, sizeof *bench.latencies);
    if (!bench.turns || !bench.latencies) fatal("out of memory");
    printf("opened: rss %.0f MB\n", (double)read_figure("/proc/self/status", "VmRSS:") / 1024);
    fill(&bench);
    run_all(&bench);
    str text = store_statistics(bench.store, &bench.arena);
    printf("%.*s", STR_ARGS(text));

    double started_s = now_s();
    store_close(bench.store);
    printf("close %.2f s\n", now_s() - started_s);
    started_s = now_s();
    if (!store_open(str_from(argv[1]), &bench.store, &err)) fatal("%s", err.message);
    printf("open again %.2f s\n", now_s() - started_s);
    started_s = now_s();
    store_compact(bench.store);
    printf("compact %.2f s, %.0f MB\n", now_s() - started_s,
           (double)store_disk_bytes(bench.store) / 1e6);
    store_close(bench.store);
    arena_close(&bench.arena);
    buf_close(&bench.pool);
    free(bench.turns);
    free(bench.latencies);
    return 0;
}
