/* What the tests of the engine share: a world without a server. Records, timers, waiting tasks,
 * queued activities and calls live in tables; time is a number; after each event everything that
 * the engine wants written is encoded, and the next event starts from the records in a new arena,
 * as in a shard. The tables are checked while they change: nothing is cleared that is not there. */
#ifndef ENGINE_SUPPORT_TEST_H
#define ENGINE_SUPPORT_TEST_H

#include <criterion/criterion.h>

#include "engine/engine.h"
#include "engine/link.h"
#include "engine/record.h"
#include "engine/token.h"

struct world_timer {
    enum engine_timer timer;
    uint32_t frame;
    int64_t due_ms;
};

struct world_entry { /* a waiting task or a queued activity task */
    uint32_t frame;
    uint32_t task_event;
    int64_t since_ms;
    str text;
};

struct world_call {
    uint32_t frame;
    uint32_t task_event;
    str resource;
    str parameters; /* JSON text */
};

struct world_record {
    str frame, data; /* ptr NULL: not there */
};

struct world {
    struct arena arena; /* as long as the world */
    struct engine engine;
    struct prng prng;
    struct token_key key;
    const struct asl_machine *machine;
    struct execution_identity id;

    bool keep;                   /* one execution in memory for all events, never reloaded */
    struct execution *execution; /* `keep`: that one */

    struct world_record *records;
    size_t record_count;
    struct world_timer *timers;
    size_t timer_count, timer_capacity;
    struct world_entry *waiting;
    size_t waiting_count, waiting_capacity;
    struct world_entry *queue;
    size_t queue_count, queue_capacity;
    struct world_call *calls; /* not answered yet, in order */
    size_t call_count, call_capacity;
    uint64_t stopped_child; /* the last one */
    size_t stops;

    struct buf callbacks; /* what ENGINE_OP_CALLBACK_... said: "open {...}; ready; close 0" */
    struct link_keys link_keys;
    struct buf history; /* events, separated by commas */
    struct buf written; /* everything written, for comparing two runs */
    size_t events;      /* applied */
    uint32_t last_event;
    enum execution_status status;
    str output; /* JSON text */
    str error, cause;
};

str test_read_file(struct arena *arena, const char *path);
json test_json(struct arena *arena, str text);

/* A world at WORLD_START_MS with one execution of `definition` that has not started. */
#define WORLD_START_MS INT64_C(1700000000000)
void world_init(struct world *w, str definition, str input);
void world_init_type(struct world *w, str definition, enum asl_machine_type type, str input);
/* The same from a text with apostrophes for quotes, started. */
void world_begin(struct world *w, const char *definition, const char *input);
void world_close(struct world *w);

/* One transaction with one event; false if the engine refused it. */
bool world_event(struct world *w, const struct engine_event *event);
void world_start(struct world *w);

/* Moves time to the earliest timer and fires it; false if there is none. */
bool world_fire(struct world *w);
/* The time at which the earliest timer is due, from the start; -1: none. */
int64_t world_due_ms(const struct world *w);
/* Fires timers until none is left. */
void world_run(struct world *w);

/* Events for the task that call `index` (of those that are open) belongs to. */
bool world_task_started(struct world *w, size_t index);
bool world_task_succeeded(struct world *w, size_t index, const char *output);
bool world_task_failed(struct world *w, size_t index, const char *error, const char *cause);
/* The same for an activity's task that waits. */
struct engine_event world_entry_event(const struct world_entry *entry, enum engine_event_kind kind);

/* The history as an array, in the world's arena. */
json world_history(struct world *w);
/* "ExecutionStarted PassStateEntered ..." */
const char *world_types(struct world *w);
/* The types with ids: "1:ExecutionStarted<0 2:PassStateEntered<0 ..." */
const char *world_chain(struct world *w);

/* The execution has ended and has left nothing behind: timers, tasks, frames, but for those that a
 * Standard one without success keeps at rest. */
void world_assert_empty(const struct world *w);

#define cr_assert_text(got, expected)                                                              \
    cr_assert(str_eq((got), str_from(expected)), "expected %s, got %.*s", (expected), STR_ARGS(got))

#endif
