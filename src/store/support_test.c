/* Helpers of the store's tests. */
#include "store/support_test.h"

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <criterion/criterion.h>

enum { OPEN_DIRECTORIES_MAX = 16 };

static int remove_entry(const char *path, const struct stat *status, int type, struct FTW *walk)
{
    (void)status;
    (void)type;
    (void)walk;
    return remove(path);
}

void make_directory(char path[TEST_PATH_BYTES])
{
    snprintf(path, TEST_PATH_BYTES, "/tmp/baton-store-test-XXXXXX");
    cr_assert(mkdtemp(path) != NULL);
}

void remove_directory(const char *path)
{
    nftw(path, remove_entry, OPEN_DIRECTORIES_MAX, FTW_DEPTH | FTW_PHYS);
}

static void open_embedded(struct fixture *fixture)
{
    struct error err = { 0 };
    cr_assert(store_open(str_from(fixture->path), &fixture->store, &err), "%s", err.message);
}

void fixture_open(struct fixture *fixture, bool embedded)
{
    *fixture = (struct fixture){ .embedded = embedded };
    arena_init(&fixture->arena);
    if (!embedded) {
        fixture->store = store_open_memory();
        return;
    }
    make_directory(fixture->directory);
    snprintf(fixture->path, sizeof fixture->path, "%s/data", fixture->directory);
    open_embedded(fixture);
}

void fixture_close(struct fixture *fixture)
{
    store_close(fixture->store);
    arena_close(&fixture->arena);
    if (fixture->embedded) remove_directory(fixture->directory);
}

void fixture_reopen(struct fixture *fixture)
{
    if (!fixture->embedded) return;
    store_close(fixture->store);
    open_embedded(fixture);
}

void on_each_backend(void (*body)(struct fixture *fixture))
{
    for (int embedded = 0; embedded <= 1; embedded++) {
        struct fixture fixture;
        fixture_open(&fixture, embedded);
        body(&fixture);
        fixture_close(&fixture);
    }
}

void put(struct fixture *fixture, str key, str value)
{
    struct store_batch batch;
    store_batch_init(&batch, &fixture->arena);
    store_batch_put(&batch, key, value);
    store_apply(fixture->store, &batch);
}

void delete_key(struct fixture *fixture, str key)
{
    struct store_batch batch;
    store_batch_init(&batch, &fixture->arena);
    store_batch_delete(&batch, key);
    store_apply(fixture->store, &batch);
}

str scan_text(struct fixture *fixture, const struct store_snapshot *snapshot, str from, str to,
              bool reverse)
{
    struct buf out;
    buf_init(&out, &fixture->arena);
    struct store_cursor *cursor = store_scan(fixture->store, snapshot, from, to, reverse);
    str key;
    str value;
    while (store_cursor_next(cursor, &key, &value)) {
        if (out.len > 0) buf_add_char(&out, ' ');
        buf_add(&out, key);
        buf_add_char(&out, '=');
        buf_add(&out, value);
    }
    cr_assert_not(store_cursor_next(cursor, &key, &value), "the end stays the end");
    store_cursor_close(cursor);
    return buf_str(&out);
}

str get_text(struct fixture *fixture, const struct store_snapshot *snapshot, str key)
{
    str value;
    if (!store_get(fixture->store, snapshot, key, &fixture->arena, &value)) return STR("(none)");
    return value;
}

void expect_text(str got, const char *wanted)
{
    cr_assert(str_eq(got, str_from(wanted)), "got '%.*s', wanted '%s'", STR_ARGS(got), wanted);
}

void expect_refused(const char *path, const char *text)
{
    struct store *store = NULL;
    struct error err = { 0 };
    cr_assert_not(store_open(str_from(path), &store, &err), "'%s' was opened", path);
    cr_assert_eq(err.code, ERROR_IO);
    cr_assert(strstr(err.message, path), "'%s' does not name the directory", err.message);
    cr_assert(strstr(err.message, text), "'%s' does not say '%s'", err.message, text);
}
