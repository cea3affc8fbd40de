/* Shared by the tests of services/sqs/: the API over a shard on a store in memory, with a clock
 * that stands still until it is set, driven by hand. */
#ifndef SERVICES_SQS_SUPPORT_TEST_H
#define SERVICES_SQS_SUPPORT_TEST_H

#include "services/sqs/internal.h"

#define URL "http://localhost:8083/000000000000/"
#define ARN "arn:aws:sqs:us-east-1:000000000000:"

struct api {
    struct arena arena;
    struct store *store;
    struct shard *shard;
    int64_t now_ms;
};

void api_open(struct api *api);
/* As after a restart: the same store, another shard. */
void api_reopen(struct api *api);
void api_close(struct api *api);

/* Sends a call; in `params` single quotes stand for double ones. Checks its shape and prepares it
 * first, as the server does. */
struct request *api_send(struct api *api, const char *operation, const char *params);
/* Commands, waiting calls whose time has come, and jobs; then a sync. */
void api_run(struct api *api);
/* Lets time pass in steps of what is due. */
void api_advance(struct api *api, int64_t ms);
/* "" until it is answered. Then the answer, or "NAME: message" of the error. */
str api_answer(struct api *api, const struct request *request);
/* api_send, api_run, api_answer. */
str api_call(struct api *api, const char *operation, const char *params);
/* The same with printf's arguments in params. */
str api_callf(struct api *api, const char *operation, const char *format, ...) PRINTF_LIKE(3, 4);

/* The call is answered with `expected` (single quotes again): every field there must be in the
 * answer, and a list must have the same items. */
void api_expect(struct api *api, const char *operation, const char *params, const char *expected);
/* The answer is `expected`, byte by byte (single quotes again). */
void api_expect_exactly(struct api *api, const char *operation, const char *params,
                        const char *expected);
/* The call fails with `expected`: "NAME: message", as it is. */
void api_expect_error(struct api *api, const char *operation, const char *params,
                      const char *expected);
/* The text at a path like "Messages.0.Body" of an answer. */
str api_field(struct api *api, str answer, const char *path);
bool api_has(struct api *api, str answer, const char *path);
size_t api_count(struct api *api, str answer, const char *path);

/* ---- queues ---- */

void queue_create(struct api *api, const char *name, const char *attributes);
/* Sends a message with that body; `more` are further members (", 'DelaySeconds':1"). */
str queue_send(struct api *api, const char *name, const char *body, const char *more);
/* Receives up to ten; returns their bodies, separated by spaces. */
str queue_bodies(struct api *api, const char *name, const char *more);
/* Receives one; returns its handle, empty if there was none. */
str queue_handle(struct api *api, const char *name);
void queue_delete_handle(struct api *api, const char *name, str handle);
/* visible, in flight and delayed are what GetQueueAttributes says. */
void queue_expect_counts(struct api *api, const char *name, int visible, int in_flight,
                         int delayed);
/* How many records of SQS are in the store below a queue's number, jobs left out. */
size_t records_count(struct api *api, enum key_tag tag);

#endif
