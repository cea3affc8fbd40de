/* A shard in a test: its world, a few operations as a service would register them, and calls. */
#ifndef SHARD_SUPPORT_TEST_H
#define SHARD_SUPPORT_TEST_H

#include "shard/shard.h"

enum { WORLD_START_MS = 1000000 };

struct world {
    struct store *store;
    struct shard *shard;
    int64_t now_ms;
    struct arena arena; /* what the test reads */
};

/* A shard over a memory store, driven by hand. */
void world_open(struct world *world);
void world_close(struct world *world);
/* The machine loses power after the first `keep` batches since the last sync, and starts again. */
void world_crash(struct world *world, size_t keep);
void world_restart(struct world *world);

/* Steps until nothing is left to do now, and syncs. */
void world_run(struct world *world);
void world_advance(struct world *world, int64_t ms);

/* ---- calls ---- */

enum test_operation {
    OP_DEFINE,       /* machine, definition, type */
    OP_START,        /* machine, name, input; with `type` "EXPRESS" an Express one */
    OP_START_SYNC,   /* the same, Express; answers at its end */
    OP_STOP,         /* machine, name */
    OP_SUCCEED,      /* token, output */
    OP_FAIL,         /* token, error, cause */
    OP_HEARTBEAT,    /* token */
    OP_POLL,         /* activity, worker */
    OP_PUT_AND_FAIL, /* writes a record, then fails */
};

struct call {
    struct request request;
    bool done; /* atomic */
};

/* Submits without waiting. `format` makes the parameters' JSON text. */
struct call *call_submit(struct shard *shard, enum test_operation operation, const char *format,
                         ...) PRINTF_LIKE(3, 4);
bool call_is_done(const struct call *call);
str call_reply(const struct call *call);
void call_free(struct call *call);

/* Submits, runs the world, and expects success: the answer, in the world's arena. */
json world_call(struct world *world, enum test_operation operation, const char *format, ...)
    PRINTF_LIKE(3, 4);
/* The same, and expects this error. */
void world_refuse(struct world *world, enum test_operation operation, enum error_code code,
                  const char *format, ...) PRINTF_LIKE(4, 5);

/* ---- looking at the store ---- */

/* Number of records whose key begins so. */
size_t world_count(struct world *world, enum key_tag tag);
bool world_get(struct world *world, const struct key *key, str *out);
/* Status by the list index; EXECUTION_RUNNING too if there is no such execution (asserted). */
enum execution_status world_status(struct world *world, const char *machine, const char *name);
/* KEY_END of an execution, parsed. */
json world_end(struct world *world, const char *machine, const char *name);
/* All events of an execution, in order. */
json world_history(struct world *world, const char *machine, const char *name);
/* "ExecutionStarted PassStateEntered ..." */
const char *world_event_types(struct world *world, const char *machine, const char *name);
/* The token that the last sqs:sendMessage.waitForTaskToken carried. */
str world_token(struct world *world);
/* The value of a line of shard_metrics; -1 if there is none. */
int64_t world_metric(struct world *world, const char *name);

extern const struct integration test_integrations[];
extern const size_t test_integration_count;

#endif
