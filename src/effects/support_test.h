/* Shared by the tests of effects/: the thread in a directory of its own, functions written on the
 * spot, and calls that wait for their result. */
#ifndef EFFECTS_SUPPORT_TEST_H
#define EFFECTS_SUPPORT_TEST_H

#include <pthread.h>

#include "effects/private.h"

struct world {
    struct arena arena;
    str directory; /* of the server */
    struct effects_options options;
    struct effects *effects;
    struct outcome *outcomes; /* all that were begun */
    int64_t late_ms;          /* of callers; 0: they wait as long as it takes */
};

/* Makes the directory and the defaults of `options`; then the test may change them. */
void world_init(struct world *world);
void world_start(struct world *world);
/* Stops the thread, if it has been started, and removes the directory. */
void world_close(struct world *world);

/* Writes a file of a function's code; folders in `path` are made. */
void world_write(struct world *world, const char *function, const char *path, const char *text);
/* How to run it: version $LATEST, 3 s, 512 MB, no limit of concurrency. */
struct function_spec world_spec(struct world *world, const char *function, const char *runtime,
                                const char *handler);

/* A result for which somebody waits. */
struct outcome {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    int done_count;        /* how often its effect was finished */
    int late_count;        /* how often its caller was told that it is late */
    struct effect *effect; /* owned until the world is closed */
    struct outcome *next;
};

/* Begins an invocation that may wait in a queue. */
struct outcome *world_begin(struct world *world, const struct function_spec *spec,
                            const char *payload, bool may_queue);
struct outcome *world_begin_http(struct world *world, const char *request);
/* Waits for it; the result stays valid until the world is closed. */
const struct effect_result *outcome_wait(struct outcome *outcome);
/* Waits until its caller has been told that it is late. */
void outcome_wait_late(struct outcome *outcome);
bool outcome_is_done(struct outcome *outcome);

/* Begins and waits. */
const struct effect_result *world_call(struct world *world, const struct function_spec *spec,
                                       const char *payload);
const struct effect_result *world_http(struct world *world, const char *request);

/* The messages of a function's whole log, one per line. */
str world_log(struct world *world, str group);

/* A text as a C string in the arena of the world, for messages and comparisons. */
const char *world_text(struct world *world, str text);

/* Waits until `path` exists, and reads it. */
const char *world_await_file(struct world *world, const char *path);
/* Waits until the process is no more. */
void await_end_of(int id);

#endif
