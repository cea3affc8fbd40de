/* The simulator: the real engine, shard and API on the memory store, with simulated time, random
 * clients and a crash at any commit. An independent model keeps what clients were told, and checks
 * the promises of ARCHITECTURE.md after every step. Everything follows from one seed.
 *
 *   world.c    the shard in its world: time, calls, sync, crash
 *   clients.c  what clients do, at random
 *   model.c    what must hold
 *   main.c     runs, and the command that repeats one that failed
 *
 * What may go wrong at once: the process dies between any two steps; of the batches applied since
 * the last sync any suffix is lost; replies in flight are never seen; time jumps forward by up to
 * minutes; clients answer twice, late, with others' tokens, and repeat calls. */
#ifndef SIM_SIM_H
#define SIM_SIM_H

#include "base/base.h"
#include "base/prng.h"
#include "shard/shard.h"
#include "json/json.h"

enum { SIM_NAME_BYTES = 32, SIM_TOKEN_BYTES = 64, SIM_MACHINES = 6 };

/* An answer that a client has sent, under a number that is in its output. */
struct sent {
    uint32_t execution; /* index in the model */
    bool success;
    bool acknowledged;
    bool refused; /* the API said no: it must not have counted */
};

/* An execution that a client has asked for. */
struct run {
    char name[SIM_NAME_BYTES];
    uint32_t machine;
    bool acknowledged;
    bool stop_acknowledged;
};

/* A token that a client has got. */
struct held {
    uint32_t execution;
    char token[SIM_TOKEN_BYTES];
};

struct model {
    struct run *runs;
    size_t run_count, run_capacity;
    struct sent *answers;
    size_t answer_count, answer_capacity;
    struct held *tokens;
    size_t token_count, token_capacity;
};

struct world {
    uint64_t seed;
    struct prng prng;
    int64_t now_ms;
    struct store *store;
    struct shard *shard;
    struct model model;
    struct call *calls; /* in flight */
    size_t calls_open;
    size_t step, crashes, finished_calls;
    bool trace;
};

/* A call in flight: what to do with its answer. */
struct call {
    struct request request; /* first: completed requests are cast back */
    struct world *world;
    struct call *next;
    void (*answered)(struct world *world, struct call *call);
    uint32_t run, answer; /* what the call was about: indexes in the model */
    char token[SIM_TOKEN_BYTES];
};

/* ---- world.c ---- */
void world_open(struct world *world, uint64_t seed, bool trace);
void world_close(struct world *world);
/* Sends a call; `params` is JSON text. `answered` is called when its reply is released, which never
 * happens if the process dies before. */
struct call *world_call(struct world *world, const char *operation, str params,
                        void (*answered)(struct world *world, struct call *call));
/* Hands a made call over. */
void world_send(struct world *world, struct call *call);
/* A call that is answered at once: writes are stepped and synced. The answer lives in `arena`.
 * False if it was refused; then `out` is the error's name. */
bool world_ask(struct world *world, struct arena *arena, const char *operation, str params,
               json *out, str *error);
void world_crash(struct world *world);
NORETURN void world_fail(const struct world *world, const char *format, ...) PRINTF_LIKE(2, 3);

/* ---- clients.c ---- */
void clients_deploy(struct world *world);
void clients_act(struct world *world);

/* ---- model.c ---- */
uint32_t model_add_run(struct model *model, const char *name, uint32_t machine);
uint32_t model_add_answer(struct model *model, uint32_t execution, bool success);
void model_add_token(struct model *model, uint32_t execution, const char *text);
void model_free(struct model *model);
/* Checks one execution against its history; all of them when `everything`. */
void model_check(struct world *world, bool everything);

#endif
