/* Shared by the tests of services/states/: the API over a shard on a store in memory, driven by
 * hand. */
#ifndef SERVICES_STATES_SUPPORT_TEST_H
#define SERVICES_STATES_SUPPORT_TEST_H

#include "services/states/states.h"

/* Starts of ARNs in the tests. */
#define MACHINE "arn:aws:states:us-east-1:000000000000:stateMachine:"
#define EXECUTION "arn:aws:states:us-east-1:000000000000:execution:"
#define ACTIVITY "arn:aws:states:us-east-1:000000000000:activity:"

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

/* Sends a call; in `params` single quotes stand for double ones. Checks its shape first, as the
 * server does. */
struct request *api_send(struct api *api, const char *operation, const char *params);
/* Due timers and commands, then a sync. */
void api_run(struct api *api);
/* "" until it is answered. Then the answer, or "NAME: message" of the error. */
str api_answer(struct api *api, const struct request *request);
/* api_send, api_run, api_answer. */
str api_call(struct api *api, const char *operation, const char *params);

/* The call is answered with `expected` (single quotes again): every field there must be in the
 * answer, and a list must have the same items. */
void api_expect(struct api *api, const char *operation, const char *params, const char *expected);
/* The call fails with `expected`: "NAME: message", as it is. */
void api_expect_error(struct api *api, const char *operation, const char *params,
                      const char *expected);
/* The text at a path like "executions.0.name" of an answer. */
str api_field(struct api *api, str answer, const char *path);

/* A machine of one Pass state; one that waits for a task token; one that waits an hour. */
void api_create(struct api *api, const char *name, const char *type);
void api_create_waiting(struct api *api, const char *name);

#endif
