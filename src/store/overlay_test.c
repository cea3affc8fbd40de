/* A walk over a batch and the store shows what a walk over the store shows once the batch is
 * applied: random batches, in both directions. */
#include <criterion/criterion.h>

#include "base/prng.h"
#include "store/store.h"

enum { RUNS = 300, WRITES = 30, KEYS = 40 };

static void random_write(struct prng *prng, struct arena *arena, struct store_batch *batch)
{
    str key = arena_printf(arena, "k%02u", (unsigned)prng_below(prng, KEYS));
    if (prng_below(prng, 3) == 0)
        store_batch_delete(batch, key);
    else
        store_batch_put(batch, key, arena_printf(arena, "%u", (unsigned)prng_below(prng, 1000)));
}

static str walk(struct arena *arena, struct store_cursor *cursor)
{
    struct buf out;
    str key, value;
    buf_init(&out, arena);
    while (store_cursor_next(cursor, &key, &value))
        buf_printf(&out, "%.*s=%.*s ", STR_ARGS(key), STR_ARGS(value));
    cr_assert(!store_cursor_next(cursor, &key, &value), "a walk that is over stays over");
    store_cursor_close(cursor);
    return buf_str(&out);
}

Test(overlay, shows_what_would_be_there)
{
    struct prng prng;
    struct arena arena;
    prng_seed(&prng, 42);
    arena_init(&arena);
    for (int run = 0; run < RUNS; run++) {
        struct store *store = store_open_memory();
        struct store_batch before, batch;
        store_batch_init(&before, &arena);
        store_batch_init(&batch, &arena);
        for (int i = 0; i < WRITES; i++) {
            random_write(&prng, &arena, &before);
            random_write(&prng, &arena, &batch);
        }
        store_apply(store, &before);
        bool reverse = run % 2;
        str from = arena_printf(&arena, "k%02u", (unsigned)prng_below(&prng, KEYS / 2));
        str to = arena_printf(&arena, "k%02u", (unsigned)prng_below(&prng, KEYS));
        str seen = walk(&arena, store_scan_over(store, NULL, &batch, from, to, reverse));
        store_apply(store, &batch);
        str expected = walk(&arena, store_scan(store, NULL, from, to, reverse));
        cr_assert(str_eq(seen, expected), "run %d: %.*s is not %.*s", run, STR_ARGS(seen),
                  STR_ARGS(expected));
        store_close(store);
        arena_reset(&arena);
    }
    arena_close(&arena);
}

Test(overlay, a_rewound_batch_says_what_it_said_before)
{
    struct arena arena;
    struct store_batch batch;
    str value;
    arena_init(&arena);
    store_batch_init(&batch, &arena);
    store_batch_put(&batch, STR("a"), STR("1"));
    store_batch_put(&batch, STR("b"), STR("1"));
    size_t mark = batch.count, bytes = batch.bytes;
    store_batch_put(&batch, STR("a"), STR("2"));
    store_batch_delete(&batch, STR("b"));
    store_batch_put(&batch, STR("c"), STR("2"));
    store_batch_rewind(&batch, mark);
    cr_assert(store_batch_find(&batch, STR("a"), &value) && str_eq(value, STR("1")));
    cr_assert(store_batch_find(&batch, STR("b"), &value) && str_eq(value, STR("1")));
    cr_assert_not(store_batch_find(&batch, STR("c"), &value));
    cr_assert_eq(batch.bytes, bytes);
    arena_close(&arena);
}
