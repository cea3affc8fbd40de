/* Shared by the tests of the operations: the API over a shard on a store in memory, driven by hand.
 */
#ifndef SERVICES_DYNAMODB_SUPPORT_TEST_H
#define SERVICES_DYNAMODB_SUPPORT_TEST_H

#include "services/service.h"

#define TABLE_ARN "arn:aws:dynamodb:us-east-1:000000000000:table/"

struct api {
    struct arena arena;
    struct store *store;
    struct shard *shard;
    struct request *sent; /* by api_send */
    bool answered;
    int64_t now_ms;
};

void api_open(struct api *api);
/* As after a restart: the same store, another shard. */
void api_reopen(struct api *api);
void api_close(struct api *api);

/* Due timers and commands, background pieces included, then a sync. */
void api_run(struct api *api);

/* The operation of that name; JSON with single quotes for double ones. */
const struct operation *api_operation(const char *name);
json api_parse(struct api *api, str text);

/* Calls an operation and gives its answer, or "NAME: message" and the details of its error. In
 * `params` single quotes stand for double ones. */
str api_call(struct api *api, const char *operation, const char *params);
/* Submits a write and lets the writer make one pass: background tasks come only so far. One such
 * call at a time; its answer is not looked at. */
void api_send(struct api *api, const char *operation, const char *params);
/* The same with printf. */
str api_callf(struct api *api, const char *operation, const char *format, ...) PRINTF_LIKE(3, 4);
/* The call succeeds. */
void api_do(struct api *api, const char *operation, const char *params);

/* The call is answered with `expected` (single quotes again): every field there must be in the
 * answer, and a list must have the same items. */
void api_expect(struct api *api, const char *operation, const char *params, const char *expected);
/* The answer is exactly that JSON value. */
void api_expect_all(struct api *api, const char *operation, const char *params,
                    const char *expected);
/* The call fails with `expected`: "NAME: message", as it is, and then its details. */
void api_expect_error(struct api *api, const char *operation, const char *params,
                      const char *expected);
/* The text at a path like "Items.0.pk.S" of an answer; empty if there is nothing. */
str api_field(struct api *api, str answer, const char *path);
/* How many records the store has under a tag. */
size_t api_records(struct api *api, char tag);

/* Tables: one with a hash key pk (S); one with pk (S) and sk (N). On demand. */
void api_create(struct api *api, const char *name);
void api_create_ranged(struct api *api, const char *name);

#endif
