/* Shared by the tests of store/: a store of each kind in a directory of its own. */
#ifndef STORE_SUPPORT_TEST_H
#define STORE_SUPPORT_TEST_H

#include "store/store.h"

enum { TEST_PATH_BYTES = 128 };

struct fixture {
    bool embedded;
    struct store *store;
    struct arena arena;
    char directory[TEST_PATH_BYTES]; /* exists, empty at first; the store is in `path` below it */
    char path[TEST_PATH_BYTES + 16];
};

void fixture_open(struct fixture *fixture, bool embedded);
void fixture_close(struct fixture *fixture);
/* Closes and opens the store; one in memory stays as it is. */
void fixture_reopen(struct fixture *fixture);

/* Runs the body with a fresh store of each kind. */
void on_each_backend(void (*body)(struct fixture *fixture));

/* An empty directory below /tmp, removed by remove_directory with all that is in it. */
void make_directory(char path[TEST_PATH_BYTES]);
void remove_directory(const char *path);

/* One write as a batch of its own. */
void put(struct fixture *fixture, str key, str value);
void delete_key(struct fixture *fixture, str key);

/* "key=value key=value ..." of the range. */
str scan_text(struct fixture *fixture, const struct store_snapshot *snapshot, str from, str to,
              bool reverse);
/* The value, or "(none)". */
str get_text(struct fixture *fixture, const struct store_snapshot *snapshot, str key);

void expect_text(str got, const char *wanted);
/* store_open must refuse, and its message contain the text. */
void expect_refused(const char *path, const char *text);

#endif
