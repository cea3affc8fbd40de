/* Tests of what survives: kill -9 for the embedded store, power cuts on demand for memory. */
#include "store/support_test.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <criterion/criterion.h>

enum { HALVES = 2 };

/* Batch i writes "1:i" and "2:i", with enough bytes that some batches reach the log's file. */
static void apply_numbered(struct store *store, struct arena *arena, int i, size_t value_bytes)
{
    struct store_batch batch;
    store_batch_init(&batch, arena);
    char *value = arena_alloc(arena, value_bytes);
    memset(value, 'v', value_bytes);
    for (int half = 1; half <= HALVES; half++)
        store_batch_put(&batch, arena_printf(arena, "%d:%06d", half, i),
                        (str){ value, value_bytes });
    store_apply(store, &batch);
}

static bool has(struct store *store, struct arena *arena, int half, int i)
{
    str value;
    return store_get(store, NULL, arena_printf(arena, "%d:%06d", half, i), arena, &value);
}

/* Number of batches that are there; none may follow a missing one, and none be half there. */
static int count_prefix(struct store *store, int applied)
{
    struct arena arena;
    arena_init(&arena);
    int count = 0;
    while (count < applied && has(store, &arena, 1, count))
        count++;
    for (int i = 0; i < applied; i++)
        for (int half = 1; half <= HALVES; half++)
            cr_assert_eq(has(store, &arena, half, i), i < count, "batch %d, half %d, of %d", i,
                         half, count);
    arena_close(&arena);
    return count;
}

struct killed_run {
    int applied;
    int synced; /* the first so many are synced before the end */
    size_t value_bytes;
};

NORETURN static void write_and_die(const char *path, const struct killed_run *run)
{
    struct store *store;
    struct error err;
    struct arena arena;
    arena_init(&arena);
    if (!store_open(str_from(path), &store, &err)) _exit(1);
    for (int i = 0; i < run->applied; i++) {
        apply_numbered(store, &arena, i, run->value_bytes);
        arena_reset(&arena);
        if (i + 1 == run->synced) store_sync(store);
    }
    kill(getpid(), SIGKILL);
    _exit(1);
}

enum { RUNS_MAX = 5 };

/* Writes in children that die, then looks at what is there. The children come first: RocksDB's
 * threads belong to the process that first opened a store, and a child forked from it has none. */
static void survivors(const struct killed_run *runs, size_t count, int out[RUNS_MAX])
{
    static char directories[RUNS_MAX][TEST_PATH_BYTES];
    static char paths[RUNS_MAX][TEST_PATH_BYTES + 16];
    for (size_t i = 0; i < count; i++) {
        make_directory(directories[i]);
        snprintf(paths[i], sizeof paths[i], "%s/data", directories[i]);
        pid_t child = fork();
        if (child == 0) write_and_die(paths[i], &runs[i]);
        int status = 0;
        cr_assert_eq(waitpid(child, &status, 0), child);
        cr_assert(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
    }
    for (size_t i = 0; i < count; i++) {
        struct store *store;
        struct error err = { 0 };
        cr_assert(store_open(str_from(paths[i]), &store, &err), "%s", err.message);
        out[i] = count_prefix(store, runs[i].applied);
        store_close(store);
        remove_directory(directories[i]);
    }
}

Test(store_crash, kill_9_keeps_a_prefix_of_what_was_applied)
{
    /* The last rows fill the log's buffer and several memtables. */
    static const struct killed_run runs[RUNS_MAX] = {
        { 1, 0, 10 }, { 100, 0, 10 }, { 100, 60, 10 }, { 3000, 0, 2000 }, { 600, 300, 80000 },
    };
    int kept[RUNS_MAX];
    survivors(runs, RUNS_MAX, kept);
    for (size_t i = 0; i < RUNS_MAX; i++)
        cr_assert_geq(kept[i], runs[i].synced, "run %zu", i);
}

Test(store_crash, kill_9_after_a_sync_loses_nothing)
{
    enum { RUNS = 3 };
    static const struct killed_run runs[RUNS] = { { 1, 1, 10 },
                                                  { 500, 500, 10 },
                                                  { 600, 600, 80000 } };
    int kept[RUNS_MAX];
    survivors(runs, RUNS, kept);
    for (size_t i = 0; i < RUNS; i++)
        cr_assert_eq(kept[i], runs[i].applied, "run %zu", i);
}

Test(store_crash, memory_loses_exactly_the_unsynced_batches_behind_those_it_keeps)
{
    static const struct {
        int applied, synced;
        size_t keep;
        int wanted;
    } cases[] = {
        { 5, 5, 0, 5 }, { 5, 3, 0, 3 }, { 5, 3, 1, 4 }, { 5, 3, 2, 5 },
        { 5, 3, 9, 5 }, { 5, 0, 0, 0 }, { 0, 0, 0, 0 }, { 5, 0, 3, 3 },
    };
    struct arena arena;
    arena_init(&arena);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct store *store = store_open_memory();
        for (int n = 0; n < cases[i].applied; n++) {
            apply_numbered(store, &arena, n, 10);
            if (n + 1 == cases[i].synced) store_sync(store);
        }
        cr_assert_eq(store_unsynced(store), (size_t)(cases[i].applied - cases[i].synced));
        store_crash(store, cases[i].keep);
        cr_assert_eq(count_prefix(store, cases[i].applied), cases[i].wanted, "case %zu", i);
        cr_assert_eq(store_unsynced(store), 0, "what survived a crash is durable");
        store_crash(store, 0);
        cr_assert_eq(count_prefix(store, cases[i].applied), cases[i].wanted);
        store_close(store);
    }
    arena_close(&arena);
}

/* An account of ten units in two records: each batch moves one unit, so any prefix sums to ten. */
static void move_one_unit(struct store *store, struct arena *arena, int from, int to)
{
    struct store_batch batch;
    store_batch_init(&batch, arena);
    store_batch_put(&batch, STR("left"), arena_printf(arena, "%d", from));
    store_batch_put(&batch, STR("right"), arena_printf(arena, "%d", to));
    store_apply(store, &batch);
}

static int64_t number(struct store *store, struct arena *arena, str key)
{
    str text;
    int64_t value = 0;
    if (!store_get(store, NULL, key, arena, &text)) return -1;
    cr_assert(str_to_i64(text, &value));
    return value;
}

/* Crashes after operation n of a fixed script; false once the script is shorter than that. */
static bool crash_after(struct store *store, struct arena *arena, int n, size_t keep)
{
    int durable = 0;
    int operation = 0;
    for (int moved = 0; moved <= 10; moved++) {
        move_one_unit(store, arena, 10 - moved, moved);
        bool crashes = operation++ == n;
        if (!crashes && moved % 3 == 2) {
            store_sync(store);
            durable = moved;
            crashes = operation++ == n;
        }
        if (!crashes) continue;
        int last = moved;
        store_crash(store, keep);
        int64_t right = number(store, arena, STR("right"));
        if (right < 0) return durable == 0; /* not even the first batch was durable */
        cr_assert_eq(number(store, arena, STR("left")) + right, 10, "half a batch at %d", n);
        cr_assert(right >= durable && right <= last, "%d: %ld", n, (long)right);
        return true;
    }
    return false;
}

Test(store_crash, a_crash_after_each_operation_leaves_the_state_before_or_after_a_batch)
{
    struct arena arena;
    arena_init(&arena);
    bool crashed = true;
    int crashes = 0;
    for (int n = 0; crashed; n++) {
        for (size_t keep = 0; keep < 4; keep++) {
            struct store *store = store_open_memory();
            crashed = crash_after(store, &arena, n, keep);
            crashes += crashed;
            store_close(store);
        }
    }
    cr_assert_gt(crashes, 4 * 11, "the loop ended before the script did");
    arena_close(&arena);
}
