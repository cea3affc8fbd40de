/* Tests of batches as overlays: what a transaction sees of its own writes. */
#include "store/store.h"

#include <stdio.h>

#include <criterion/criterion.h>

static struct arena arena;

static void set_up(void)
{
    arena_init(&arena);
}

static void tear_down(void)
{
    arena_close(&arena);
}

TestSuite(store_batch, .init = set_up, .fini = tear_down);

Test(store_batch, says_nothing_about_keys_it_does_not_write)
{
    struct store_batch batch;
    store_batch_init(&batch, &arena);
    str value = STR("untouched");
    cr_assert_not(store_batch_find(&batch, STR("a"), &value));
    store_batch_put(&batch, STR("b"), STR("1"));
    cr_assert_not(store_batch_find(&batch, STR("a"), &value));
    cr_assert(str_eq(value, STR("untouched")));
}

Test(store_batch, gives_the_newest_write_of_a_key)
{
    struct store_batch batch;
    store_batch_init(&batch, &arena);
    str value;
    store_batch_put(&batch, STR("a"), STR("1"));
    store_batch_put(&batch, STR("a"), STR("22"));
    cr_assert(store_batch_find(&batch, STR("a"), &value) && str_eq(value, STR("22")));
    cr_assert_eq(batch.bytes, 3, "superseded writes do not count");
    cr_assert(batch.writes[0].superseded && !batch.writes[1].superseded);

    store_batch_delete(&batch, STR("a"));
    cr_assert(store_batch_find(&batch, STR("a"), &value) && value.ptr == NULL);
    cr_assert_eq(batch.bytes, 1);
    store_batch_put(&batch, STR("a"), (str){ NULL, 0 });
    cr_assert(store_batch_find(&batch, STR("a"), &value) && value.ptr != NULL && value.len == 0);
}

Test(store_batch, tells_keys_apart_that_share_bytes)
{
    static const str keys[] = { STR_INIT("a"),        STR_INIT("a\0"),      STR_INIT("a\0\0"),
                                STR_INIT("\0a"),      STR_INIT("aaaaaaaa"), STR_INIT("aaaaaaaa\0"),
                                STR_INIT("aaaaaaaaa") };
    struct store_batch batch;
    store_batch_init(&batch, &arena);
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
        store_batch_put(&batch, keys[i], keys[i]);
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
        str value;
        cr_assert(store_batch_find(&batch, keys[i], &value) && str_eq(value, keys[i]), "%zu", i);
    }
}

Test(store_batch, grows_and_still_finds_every_key)
{
    enum { KEYS = 5000 };
    static char keys[KEYS][16];
    struct store_batch batch;
    store_batch_init(&batch, &arena);
    for (int round = 0; round < 2; round++) {
        for (size_t i = 0; i < KEYS; i++) {
            snprintf(keys[i], sizeof keys[i], "key %zu", i);
            if (round == 1 && i % 3 == 0)
                store_batch_delete(&batch, str_from(keys[i]));
            else
                store_batch_put(&batch, str_from(keys[i]), str_from(keys[i]));
        }
    }
    cr_assert_eq(batch.count, 2 * KEYS);
    for (size_t i = 0; i < KEYS; i++) {
        str value;
        cr_assert(store_batch_find(&batch, str_from(keys[i]), &value));
        if (i % 3 == 0)
            cr_assert(value.ptr == NULL);
        else
            cr_assert(str_eq(value, str_from(keys[i])));
    }
}
