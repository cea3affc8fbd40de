/* Tests of what every backend promises: the same tables run against each of them. */
#include "store/support_test.h"

#include <criterion/criterion.h>

#define END STR("\xFF\xFF\xFF\xFF")

static void check_scans(struct fixture *f)
{
    static const struct {
        const char *from, *to;
        bool reverse;
        const char *wanted;
    } cases[] = {
        { "a", "z", false, "a=1 b=2 ba=3 c=4 d=5" },
        { "a", "z", true, "d=5 c=4 ba=3 b=2 a=1" },
        { "", "z", false, "a=1 b=2 ba=3 c=4 d=5" },
        { "", "z", true, "d=5 c=4 ba=3 b=2 a=1" },
        { "b", "d", false, "b=2 ba=3 c=4" }, /* the end is not part of the range */
        { "b", "d", true, "c=4 ba=3 b=2" },
        { "aa", "bb", false, "b=2 ba=3" }, /* bounds that are no keys */
        { "aa", "bb", true, "ba=3 b=2" },
        { "b", "ba", false, "b=2" },
        { "d", "d", false, "" },
        { "z", "a", false, "" },
        { "z", "a", true, "" },
        { "e", "z", false, "" },
        { "", "a", true, "" },
        { "", "", false, "" },
    };
    static const char *const keys[] = { "d", "a", "ba", "c", "b" };
    static const char *const values[] = { "5", "1", "3", "4", "2" };
    for (size_t i = 0; i < 5; i++)
        put(f, str_from(keys[i]), str_from(values[i]));
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        expect_text(
            scan_text(f, NULL, str_from(cases[i].from), str_from(cases[i].to), cases[i].reverse),
            cases[i].wanted);
}

Test(store, scans_ranges_in_both_directions)
{
    on_each_backend(check_scans);
}

static void check_byte_order(struct fixture *f)
{
    static const str keys[] = {
        STR_INIT("\0"),       STR_INIT("\0\0"), STR_INIT("\0\x01"), STR_INIT("\x01"),
        STR_INIT("a"),        STR_INIT("a\0"),  STR_INIT("a\0b"),   STR_INIT("a\x01"),
        STR_INIT("\x7F"),     STR_INIT("\x80"), STR_INIT("\xFF"),   STR_INIT("\xFF\0"),
        STR_INIT("\xFF\xFF"),
    };
    size_t count = sizeof keys / sizeof *keys;
    for (size_t i = 0; i < count; i++)
        put(f, keys[i * 5 % count], keys[i * 5 % count]);

    for (int reverse = 0; reverse <= 1; reverse++) {
        struct store_cursor *cursor = store_scan(f->store, NULL, STR(""), END, reverse);
        str key;
        str value;
        size_t seen = 0;
        for (; store_cursor_next(cursor, &key, &value); seen++) {
            cr_assert(str_eq(key, keys[reverse ? count - 1 - seen : seen]), "at %zu", seen);
            cr_assert(str_eq(key, value));
        }
        store_cursor_close(cursor);
        cr_assert_eq(seen, count);
    }
}

Test(store, orders_keys_as_unsigned_bytes_with_nul_and_ff_inside)
{
    on_each_backend(check_byte_order);
}

static void check_deletes(struct fixture *f)
{
    put(f, STR("a"), STR("1"));
    put(f, STR("b"), STR("2"));
    delete_key(f, STR("a"));
    delete_key(f, STR("never there"));
    expect_text(get_text(f, NULL, STR("a")), "(none)");
    expect_text(scan_text(f, NULL, STR(""), END, false), "b=2");
    put(f, STR("a"), STR("3"));
    expect_text(scan_text(f, NULL, STR(""), END, true), "b=2 a=3");
    delete_key(f, STR("a"));
    delete_key(f, STR("b"));
    expect_text(scan_text(f, NULL, STR(""), END, false), "");
}

Test(store, forgets_what_is_deleted)
{
    on_each_backend(check_deletes);
}

static void check_batch_is_atomic(struct fixture *f)
{
    put(f, STR("gone"), STR("0"));
    struct store_batch batch;
    store_batch_init(&batch, &f->arena);
    store_batch_put(&batch, STR("a"), STR("1"));
    store_batch_put(&batch, STR("b"), STR("old"));
    store_batch_delete(&batch, STR("gone"));
    store_batch_put(&batch, STR("b"), STR("new"));
    store_batch_put(&batch, STR("c"), STR("short-lived"));
    store_batch_delete(&batch, STR("c"));
    store_batch_put(&batch, STR("empty"), (str){ NULL, 0 });
    expect_text(scan_text(f, NULL, STR(""), END, false), "gone=0");
    store_apply(f->store, &batch);
    expect_text(scan_text(f, NULL, STR(""), END, false), "a=1 b=new empty=");

    str value = { NULL, 0 };
    cr_assert(store_get(f->store, NULL, STR("empty"), &f->arena, &value));
    cr_assert(value.ptr != NULL && value.len == 0, "an empty value is a value");
}

Test(store, applies_the_last_write_of_each_key_of_a_batch)
{
    on_each_backend(check_batch_is_atomic);
}

static void check_empty_batch(struct fixture *f)
{
    struct store_batch batch;
    store_batch_init(&batch, &f->arena);
    store_apply(f->store, &batch);
    store_sync(f->store);
    expect_text(scan_text(f, NULL, STR(""), END, false), "");
}

Test(store, takes_an_empty_batch)
{
    on_each_backend(check_empty_batch);
}

static void check_snapshots(struct fixture *f)
{
    struct store_snapshot *empty = store_snapshot_new(f->store);
    put(f, STR("a"), STR("1"));
    put(f, STR("b"), STR("1"));
    struct store_snapshot *first = store_snapshot_new(f->store);
    put(f, STR("a"), STR("2"));
    delete_key(f, STR("b"));
    put(f, STR("c"), STR("2"));
    struct store_snapshot *second = store_snapshot_new(f->store);
    delete_key(f, STR("a"));
    store_sync(f->store);
    store_compact(f->store);

    expect_text(scan_text(f, empty, STR(""), END, false), "");
    expect_text(scan_text(f, first, STR(""), END, false), "a=1 b=1");
    expect_text(scan_text(f, first, STR(""), END, true), "b=1 a=1");
    expect_text(scan_text(f, second, STR(""), END, false), "a=2 c=2");
    expect_text(scan_text(f, NULL, STR(""), END, false), "c=2");
    expect_text(get_text(f, first, STR("a")), "1");
    expect_text(get_text(f, second, STR("a")), "2");
    expect_text(get_text(f, NULL, STR("a")), "(none)");
    expect_text(get_text(f, first, STR("c")), "(none)");
    store_snapshot_free(f->store, first);
    expect_text(scan_text(f, second, STR(""), END, false), "a=2 c=2");
    store_snapshot_free(f->store, second);
    store_snapshot_free(f->store, empty);
}

Test(store, snapshots_keep_what_was_applied_when_they_were_taken)
{
    on_each_backend(check_snapshots);
}

static void check_cursor_is_stable(struct fixture *f)
{
    put(f, STR("a"), STR("1"));
    put(f, STR("c"), STR("1"));
    struct store_cursor *cursor = store_scan(f->store, NULL, STR(""), END, false);
    str key;
    str value;
    cr_assert(store_cursor_next(cursor, &key, &value));
    put(f, STR("b"), STR("2"));
    put(f, STR("c"), STR("2"));
    expect_text(key, "a");
    cr_assert(store_cursor_next(cursor, &key, &value));
    expect_text(key, "c");
    expect_text(value, "1");
    cr_assert_not(store_cursor_next(cursor, &key, &value));
    store_cursor_close(cursor);
}

Test(store, a_walk_does_not_see_what_is_applied_meanwhile)
{
    on_each_backend(check_cursor_is_stable);
}

static void check_big_values(struct fixture *f)
{
    /* A definition, the largest single value, and a text beyond any record. */
    static const size_t sizes[] = { 0, 1, 4095, 1 << 20, 9 << 20 };
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        char *bytes = arena_alloc(&f->arena, sizes[i]);
        for (size_t at = 0; at < sizes[i]; at++)
            bytes[at] = (char)(at * 31 + i);
        char key = (char)('a' + i);
        put(f, (str){ &key, 1 }, (str){ bytes, sizes[i] });
    }
    store_sync(f->store);
    fixture_reopen(f);
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        char key = (char)('a' + i);
        str value = get_text(f, NULL, (str){ &key, 1 });
        cr_assert_eq(value.len, sizes[i]);
        for (size_t at = 0; at < sizes[i]; at++)
            if (value.ptr[at] != (char)(at * 31 + i)) cr_assert_fail("byte %zu of %zu", at, i);
    }
}

Test(store, keeps_values_of_every_size)
{
    on_each_backend(check_big_values);
}

static void check_reopen(struct fixture *f)
{
    put(f, STR("a"), STR("1"));
    put(f, STR("b"), STR("1"));
    store_sync(f->store);
    delete_key(f, STR("b"));
    put(f, STR("c"), STR("applied, not synced: closing syncs"));
    fixture_reopen(f);
    expect_text(scan_text(f, NULL, STR(""), END, false),
                "a=1 c=applied, not synced: closing syncs");
    fixture_reopen(f);
    expect_text(get_text(f, NULL, STR("a")), "1");
}

Test(store, finds_everything_again_after_closing)
{
    on_each_backend(check_reopen);
}

static void check_figures(struct fixture *f)
{
    put(f, STR("a"), STR("1"));
    store_sync(f->store);
    str text = store_statistics(f->store, &f->arena);
    cr_assert_lt(str_find(text, STR("baton_store_batches_applied_total 1\n"), 0), text.len);
    cr_assert_eq(store_disk_bytes(f->store) > 0, f->embedded);
}

Test(store, tells_its_figures)
{
    on_each_backend(check_figures);
}
