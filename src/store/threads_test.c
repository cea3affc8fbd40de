/* Readers, the writer and the sync thread at work together, as in a shard. */
#include <pthread.h>
#include <stdatomic.h>

#include <criterion/criterion.h>

#include "store/support_test.h"

enum { READERS = 2, BATCHES = 4000 };

/* Every batch writes the same number to both keys and deletes the one before: whoever reads both
 * from one snapshot must find them equal, and exactly one numbered key. */
struct shared {
    struct store *store;
    atomic_bool ended;
    atomic_ulong checks;
};

static void check_snapshot(struct shared *shared, struct arena *arena)
{
    struct store_snapshot *snapshot = store_snapshot_new(shared->store);
    str left = STR("");
    str right = STR("");
    bool has_left = store_get(shared->store, snapshot, STR("left"), arena, &left);
    bool has_right = store_get(shared->store, snapshot, STR("right"), arena, &right);
    ASSERT(has_left == has_right && str_eq(left, right));

    struct store_cursor *cursor =
        store_scan(shared->store, snapshot, STR("n"), STR("o"), atomic_load(&shared->checks) % 2);
    str key;
    str value;
    size_t count = 0;
    while (store_cursor_next(cursor, &key, &value)) {
        ASSERT(str_eq(value, left));
        count++;
    }
    store_cursor_close(cursor);
    ASSERT(count == has_left);
    store_snapshot_free(shared->store, snapshot);
    atomic_fetch_add(&shared->checks, 1);
}

static void *read_until_ended(void *context)
{
    struct shared *shared = context;
    struct arena arena;
    arena_init(&arena);
    while (!atomic_load(&shared->ended)) {
        check_snapshot(shared, &arena);
        arena_reset(&arena);
    }
    arena_close(&arena);
    return NULL;
}

static void *sync_until_ended(void *context)
{
    struct shared *shared = context;
    while (!atomic_load(&shared->ended))
        store_sync(shared->store);
    return NULL;
}

static void apply_number(struct shared *shared, struct arena *arena, int i)
{
    struct store_batch batch;
    store_batch_init(&batch, arena);
    str text = arena_printf(arena, "%d", i);
    store_batch_put(&batch, STR("left"), text);
    store_batch_put(&batch, STR("right"), text);
    store_batch_put(&batch, arena_printf(arena, "n%d", i), text);
    if (i > 0) store_batch_delete(&batch, arena_printf(arena, "n%d", i - 1));
    store_apply(shared->store, &batch);
    arena_reset(arena);
}

static void check_threads(struct fixture *f)
{
    struct shared shared = { .store = f->store };
    pthread_t readers[READERS];
    pthread_t syncer;
    for (size_t i = 0; i < READERS; i++)
        cr_assert_eq(pthread_create(&readers[i], NULL, read_until_ended, &shared), 0);
    cr_assert_eq(pthread_create(&syncer, NULL, sync_until_ended, &shared), 0);

    for (int i = 0; i < BATCHES; i++)
        apply_number(&shared, &f->arena, i);
    while (atomic_load(&shared.checks) < 10)
        store_sync(f->store);
    atomic_store(&shared.ended, true);
    for (size_t i = 0; i < READERS; i++)
        pthread_join(readers[i], NULL);
    pthread_join(syncer, NULL);

    fixture_reopen(f);
    expect_text(get_text(f, NULL, STR("left")), "3999");
}

Test(store_threads, readers_see_whole_batches_while_others_write_and_sync)
{
    on_each_backend(check_threads);
}
