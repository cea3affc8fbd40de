/* Random runs of each backend beside a sorted array that is obviously right. */
#include "store/support_test.h"

#include "base/prng.h"

#include <stdlib.h>

#include <criterion/criterion.h>

enum { KEY_BYTES_MAX = 4, KEYS_MAX = 1024, SNAPSHOTS = 3, STEPS = 3000, UNSYNCED_MAX = 64 };

struct pair {
    unsigned char key[KEY_BYTES_MAX];
    size_t key_bytes;
    uint64_t value;
};

struct model {
    struct pair pairs[KEYS_MAX]; /* in the order of their keys */
    size_t count;
};

struct run {
    struct fixture fixture;
    struct prng prng;
    struct model now;
    struct store_snapshot *snapshots[SNAPSHOTS];
    struct model snapshot_models[SNAPSHOTS];
    struct model unsynced[UNSYNCED_MAX + 1]; /* [0] is durable, [i] after the i-th batch */
    size_t unsynced_count;
};

static str pair_key(const struct pair *pair)
{
    return (str){ (const char *)pair->key, pair->key_bytes };
}

static str pair_value(const struct pair *pair)
{
    return (str){ (const char *)&pair->value, sizeof pair->value };
}

/* A small alphabet, so that keys meet often; with the bytes at both ends. */
static struct pair random_pair(struct prng *prng)
{
    static const unsigned char alphabet[] = { 0x00, 0x01, 'a', 0xFE, 0xFF };
    struct pair pair = { .key_bytes = 1 + (size_t)prng_below(prng, KEY_BYTES_MAX),
                         .value = prng_next(prng) };
    for (size_t i = 0; i < pair.key_bytes; i++)
        pair.key[i] = alphabet[prng_below(prng, sizeof alphabet)];
    return pair;
}

/* Index of the first key at or after `key`. */
static size_t model_at(const struct model *model, str key)
{
    size_t i = 0;
    while (i < model->count && str_compare(pair_key(&model->pairs[i]), key) < 0)
        i++;
    return i;
}

static bool model_has(const struct model *model, size_t at, str key)
{
    return at < model->count && str_eq(pair_key(&model->pairs[at]), key);
}

static void model_put(struct model *model, const struct pair *pair)
{
    size_t at = model_at(model, pair_key(pair));
    if (!model_has(model, at, pair_key(pair))) {
        memmove(&model->pairs[at + 1], &model->pairs[at],
                (model->count - at) * sizeof model->pairs[0]);
        model->count++;
        cr_assert_lt(model->count, KEYS_MAX);
    }
    model->pairs[at] = *pair;
}

static void model_delete(struct model *model, str key)
{
    size_t at = model_at(model, key);
    if (!model_has(model, at, key)) return;
    model->count--;
    memmove(&model->pairs[at], &model->pairs[at + 1], (model->count - at) * sizeof model->pairs[0]);
}

static void step_apply(struct run *run)
{
    struct pair pairs[8];
    size_t count = 1 + (size_t)prng_below(&run->prng, 8);
    bool mostly_deletes = prng_below(&run->prng, 3) == 0;
    struct store_batch batch;
    store_batch_init(&batch, &run->fixture.arena);
    for (size_t i = 0; i < count; i++) {
        pairs[i] = random_pair(&run->prng);
        if (prng_below(&run->prng, 4) < (mostly_deletes ? 3 : 1)) {
            store_batch_delete(&batch, pair_key(&pairs[i]));
            model_delete(&run->now, pair_key(&pairs[i]));
        } else {
            store_batch_put(&batch, pair_key(&pairs[i]), pair_value(&pairs[i]));
            model_put(&run->now, &pairs[i]);
        }
    }
    store_apply(run->fixture.store, &batch);
    run->unsynced[++run->unsynced_count] = run->now;
}

static void step_sync(struct run *run)
{
    store_sync(run->fixture.store);
    run->unsynced[0] = run->now;
    run->unsynced_count = 0;
}

static void free_snapshots(struct run *run)
{
    for (size_t i = 0; i < SNAPSHOTS; i++) {
        store_snapshot_free(run->fixture.store, run->snapshots[i]);
        run->snapshots[i] = NULL;
    }
}

static void step_snapshot(struct run *run)
{
    size_t i = (size_t)prng_below(&run->prng, SNAPSHOTS);
    store_snapshot_free(run->fixture.store, run->snapshots[i]);
    run->snapshots[i] = store_snapshot_new(run->fixture.store);
    run->snapshot_models[i] = run->now;
}

/* In memory a crash that keeps any number of the unsynced batches; on disk a new process' view. */
static void step_restart(struct run *run)
{
    free_snapshots(run);
    if (run->fixture.embedded) {
        if (prng_below(&run->prng, 10) == 0) store_compact(run->fixture.store);
        fixture_reopen(&run->fixture);
        step_sync(run);
        return;
    }
    cr_assert_eq(store_unsynced(run->fixture.store), run->unsynced_count);
    size_t keep = (size_t)prng_below(&run->prng, run->unsynced_count + 2);
    store_crash(run->fixture.store, keep);
    run->now = run->unsynced[keep < run->unsynced_count ? keep : run->unsynced_count];
    run->unsynced[0] = run->now;
    run->unsynced_count = 0;
    cr_assert_eq(store_unsynced(run->fixture.store), 0);
}

static void expect_scan(struct run *run, const struct store_snapshot *snapshot,
                        const struct model *model, str from, str to, bool reverse)
{
    size_t first = model_at(model, from);
    size_t last = model_at(model, to);
    size_t wanted = last > first ? last - first : 0;
    struct store_cursor *cursor = store_scan(run->fixture.store, snapshot, from, to, reverse);
    str key;
    str value;
    size_t seen = 0;
    for (; store_cursor_next(cursor, &key, &value); seen++) {
        cr_assert_lt(seen, wanted);
        const struct pair *pair = &model->pairs[reverse ? last - 1 - seen : first + seen];
        cr_assert(str_eq(key, pair_key(pair)) && str_eq(value, pair_value(pair)));
    }
    cr_assert_eq(seen, wanted);
    store_cursor_close(cursor);
}

static void step_read(struct run *run)
{
    size_t i = (size_t)prng_below(&run->prng, SNAPSHOTS + 1);
    const struct store_snapshot *snapshot = i < SNAPSHOTS ? run->snapshots[i] : NULL;
    const struct model *model = snapshot ? &run->snapshot_models[i] : &run->now;
    struct pair a = random_pair(&run->prng);
    struct pair b = random_pair(&run->prng);

    str value = { NULL, 0 };
    size_t at = model_at(model, pair_key(&a));
    bool there = model_has(model, at, pair_key(&a));
    cr_assert_eq(store_get(run->fixture.store, snapshot, pair_key(&a), &run->fixture.arena, &value),
                 there);
    if (there) cr_assert(str_eq(value, pair_value(&model->pairs[at])));
    expect_scan(run, snapshot, model, pair_key(&a), pair_key(&b), prng_below(&run->prng, 2));
}

static void expect_everything(struct run *run)
{
    for (int reverse = 0; reverse <= 1; reverse++)
        expect_scan(run, NULL, &run->now, STR(""), STR("\xFF\xFF\xFF\xFF\xFF"), reverse);
}

static void run_steps(struct run *run)
{
    for (int step = 0; step < STEPS; step++) {
        uint64_t choice = prng_below(&run->prng, 1000);
        if (run->unsynced_count == UNSYNCED_MAX)
            step_sync(run);
        else if (choice < 400)
            step_apply(run);
        else if (choice < 850)
            step_read(run);
        else if (choice < 950)
            step_snapshot(run);
        else if (choice < 990)
            step_sync(run);
        else
            step_restart(run);
        if (step % 100 == 0) {
            expect_everything(run);
            arena_reset(&run->fixture.arena);
        }
    }
    expect_everything(run);
}

static void run_seed(bool embedded, uint64_t seed)
{
    struct run *run = calloc(1, sizeof *run);
    cr_assert(run != NULL);
    prng_seed(&run->prng, seed);
    fixture_open(&run->fixture, embedded);
    run_steps(run);
    free_snapshots(run);
    fixture_close(&run->fixture);
    free(run);
}

Test(store_model, the_store_in_memory_is_a_sorted_array_that_can_crash)
{
    for (uint64_t seed = 1; seed <= 8; seed++)
        run_seed(false, seed);
}

Test(store_model, the_embedded_store_is_a_sorted_array)
{
    for (uint64_t seed = 101; seed <= 102; seed++)
        run_seed(true, seed);
}
