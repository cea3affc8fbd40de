/* The simulator: the real engine, shard and API on the memory store, with simulated time, random
 * clients, simulated functions and a crash at any commit. An independent model keeps what clients
 * were told, and checks the promises of ARCHITECTURE.md after every step. Everything follows from
 * one seed.
 *
 *   world.c    the shard in its world: time, calls, sync, crash
 *   carrier.c  effects on their way, and what becomes of them
 *   machines.c the state machines, and what else is there at the start
 *   clients.c  what clients of executions do, at random
 *   queue.c    what clients of the queue do, at random
 *   model.c    what must hold of executions
 *   ledger.c   what must hold of messages and effects
 *   doors.c    callbacks: a run of its own, by links, keys, tokens, votes
 *   books.c    what must hold of callbacks
 *   settle.c   the end: nothing new happens, and all that was begun must come to its end
 *   main.c     runs, and the command that repeats one that failed
 *
 * What may go wrong at once: the process dies between any two steps; of the batches applied since
 * the last sync any suffix is lost; replies in flight are never seen; time jumps forward by up to
 * minutes; clients answer twice, late, with others' tokens, and repeat calls; effects end late, in
 * any order, well, badly or never; messages are deleted, let go, or forgotten. */
#ifndef SIM_SIM_H
#define SIM_SIM_H

#include "base/base.h"
#include "base/prng.h"
#include "shard/shard.h"
#include "json/json.h"

enum {
    SIM_NAME_BYTES = 32,
    SIM_TOKEN_BYTES = 64,
    SIM_ID_BYTES = 40,      /* a UUID */
    SIM_RECEIPT_BYTES = 64, /* of queue messages */
    SIM_EVENTS_MAX = 1000,  /* of one history: no machine here can have more */
    SIM_PLACES = 5,         /* tasks of one machine that are told apart */
};

#define SIM_QUEUE "http://127.0.0.1:8083/000000000000/work"

enum sim_machine {
    MACHINE_ASK,
    MACHINE_FORK,
    MACHINE_MAP,
    MACHINE_WAIT,
    MACHINE_LIMIT,
    MACHINE_NEST,
    MACHINE_SEND,     /* puts an item, sends a message with a token, waits */
    MACHINE_INVOKE,   /* a function's answer is the task's */
    MACHINE_CALLBACK, /* a function gets a token */
    SIM_MACHINES,
};

/* A task of an execution. */
struct task {
    uint32_t execution; /* index in the model */
    uint32_t life;      /* how often it had been redriven */
    int64_t attempt; /* of a function's task in that life, from 0; ANY_ATTEMPT: of another task */
};

/* An answer that a client or a function has given, under a number that is in its output. */
struct sent {
    struct task task;
    bool success;
    bool acknowledged;
    bool refused; /* the API said no: it must not have counted */
};

enum { ANY_ATTEMPT = -1 };

/* An execution that a client has asked for. */
struct run {
    char name[SIM_NAME_BYTES];
    enum sim_machine machine;
    bool acknowledged;
    bool stop_acknowledged;
    uint32_t redrives_asked;        /* calls that may each have redriven it */
    uint32_t redrives_open;         /* of them, those on their way */
    uint32_t redrives_acknowledged; /* different ones */
    /* as the last look has found it */
    bool exists, running, succeeded;
    uint32_t redriven;
    size_t invocations; /* scheduled calls of functions in its history */
};

/* A redrive that a client has asked for, once or several times. */
struct asked_redrive {
    uint32_t run;
    bool acknowledged;
    int64_t date_ms; /* as it was told */
};

/* A token that a client has got. */
struct held {
    struct task task;
    char token[SIM_TOKEN_BYTES];
};

/* A message of the queue: of an execution, or sent by a client. Its body says which it is. */
struct message {
    bool of_run;
    uint32_t run, life; /* a run sends one in each of its lives */
    bool acknowledged;  /* a client's: it was told that it is there */
    bool received;
    char id[SIM_ID_BYTES];           /* once received or acknowledged */
    char receipt[SIM_RECEIPT_BYTES]; /* of the last receive */
    int64_t hidden_until_ms;         /* nobody may receive it before */
    uint32_t changes_open;           /* changes of that time that are on their way */
    bool delete_sent, deleted;       /* deleted: acknowledged */
    size_t stored;                   /* how often the last look has found it */
};

enum effect_state {
    EFFECT_FLYING,    /* given to the carrier */
    EFFECT_ABANDONED, /* the carrier has given it up: to be carried out after the next start */
    EFFECT_FINISHED,  /* given back to the shard */
    EFFECT_APPLIED,   /* the shard has taken the outcome */
    EFFECT_DURABLE,   /* and synced: never again */
    EFFECT_WAITING,   /* the process died before the outcome was taken: once more */
    EFFECT_UNKNOWN,   /* it died before the outcome was surely durable: perhaps once more */
};

/* What an effect is about: an execution's task, or an event. */
struct subject {
    bool is_event;
    uint32_t number; /* index in the model */
};

/* An effect that has been carried out. */
struct seen {
    uint64_t id;
    struct subject subject;
    enum effect_state state;
    bool answered; /* the function has succeeded */
};

/* An asynchronous invocation of a function. */
struct event {
    bool acknowledged;
    bool carried;
};

struct model {
    struct run *runs;
    size_t run_count, run_capacity;
    struct sent *answers;
    size_t answer_count, answer_capacity;
    struct asked_redrive *redrives;
    size_t redrive_count, redrive_capacity;
    struct held *tokens;
    size_t token_count, token_capacity;
    struct message *messages;
    size_t message_count, message_capacity;
    struct seen *effects;
    size_t effect_count, effect_capacity;
    struct event *events;
    size_t event_count, event_capacity;
};

struct world {
    uint64_t seed;
    struct prng prng;
    int64_t now_ms;
    struct arena tables; /* of the shard's integrations and handlers */
    struct store *store;
    struct shard *shard;
    struct model model;
    struct call *calls; /* in flight */
    size_t calls_open;
    struct effect **flights; /* effects on their way */
    size_t flight_count, flight_capacity;
    struct doors *doors; /* the model of callbacks, in a run that is about them */
    size_t step, crashes, finished_calls;
    bool trace;
};

/* A call in flight: what to do with its answer. */
struct call {
    struct request request; /* first: completed requests are cast back */
    struct world *world;
    struct call *next;
    void (*answered)(struct world *world, struct call *call);
    int64_t ran_ms; /* when its handler had its answer; 0: it has none yet */
    uint32_t run, answer, message, event,
        redrive;     /* what the call was about: indexes in the model */
    int64_t seconds; /* a visibility timeout, a delay */
    bool is_poll;    /* waits for messages */
};

/* ---- world.c ---- */
void world_open(struct world *world, uint64_t seed, bool trace);
void world_close(struct world *world);
/* Sends a call; `params` is JSON text. `operation`: as in X-Amz-Target; without a prefix it is one
 * of Step Functions. `answered` is called when its reply is released, which never happens if the
 * process dies before. */
struct call *world_call(struct world *world, const char *operation, str params,
                        void (*answered)(struct world *world, struct call *call));
/* The same for an operation that is in no service's table. */
struct call *world_call_door(struct world *world, const struct operation *operation, str params,
                             void (*answered)(struct world *world, struct call *call));
/* Hands a made call over. */
void world_send(struct world *world, struct call *call);
/* A call that is answered at once: writes are stepped and synced. The answer lives in `arena`.
 * False if it was refused; then `out` is the error's name. */
bool world_ask(struct world *world, struct arena *arena, const char *operation, str params,
               json *out, str *error);
/* The answer of a call, in the arena; an empty object if it has no body. */
json world_answer(const struct world *world, const struct call *call, struct arena *arena);
/* One pass of the writer; returns the number of commands and timers. */
size_t world_step(struct world *world);
void world_sync(struct world *world);
/* Passes until nothing is left to do, then a sync. */
void world_run(struct world *world);
/* The process dies, with `keep` of the unsynced batches, and starts anew. */
void world_die(struct world *world, size_t keep);
void world_crash(struct world *world); /* with any number of them */
uint64_t world_pick(struct world *world, uint64_t bound);
NORETURN void world_fail(const struct world *world, const char *format, ...) PRINTF_LIKE(2, 3);

/* ---- carrier.c ---- */
struct carrier carrier_of(struct world *world);
/* One of the effects on their way comes back, in whatever way. */
void carrier_act(struct world *world);
/* All of them come back, none abandoned. False if there was none. */
bool carrier_finish_all(struct world *world);
/* The process has died: they never come back. */
void carrier_forget(struct world *world);

/* ---- machines.c ---- */
const char *machine_name(enum sim_machine machine);
void machines_deploy(struct world *world);

/* ---- clients.c ---- */
void clients_act(struct world *world);

/* ---- queue.c ---- */
void queue_act_send(struct world *world);
void queue_act_receive(struct world *world);
void queue_act_delete(struct world *world);
void queue_act_change(struct world *world);
/* What ReceiveMessage has answered at ran_ms. Returns how many messages. */
size_t queue_received(struct world *world, json answer, int64_t ran_ms, int64_t visibility_s);

/* ---- model.c ---- */
uint32_t model_add_run(struct model *model, const char *name, enum sim_machine machine);
uint32_t model_add_answer(struct model *model, struct task task, bool success);
void model_add_token(struct model *model, struct task task, str text);
uint32_t model_add_redrive(struct model *model, uint32_t run);
/* The process has died: calls on their way have been carried out, or never will be. */
void model_crash(struct model *model);
void model_free(struct model *model);
/* Makes room for one more item. */
void *model_grow(void *items, size_t count, size_t *capacity, size_t item_bytes);
/* The execution that the text of an input or a message is about: {"run":"run-12"}. */
bool model_run_of(const struct model *model, json input, uint32_t *out);
/* The same with the life and the attempt that it says, if it does. */
bool model_task_of(const struct model *model, json input, struct task *out);
/* Checks one execution against its history; all that there is when `everything`. */
void model_check(struct world *world, bool everything);

/* ---- ledger.c ---- */
uint32_t ledger_add_message(struct model *model, bool of_run, uint32_t run);
/* The message that a run sends in that life, made if need be. */
uint32_t ledger_run_message(struct model *model, uint32_t run, uint32_t life);
/* The message of that body. */
uint32_t ledger_message_of(struct world *world, str body, struct arena *arena, json *parsed);
void ledger_receive(struct world *world, uint32_t message, str id, str receipt, int64_t ran_ms,
                    int64_t hidden_until_ms);
uint32_t ledger_add_event(struct model *model);
/* An effect is given to the carrier. */
void ledger_carry(struct world *world, uint64_t id, struct subject subject);
/* The carrier is done with it. */
void ledger_finish(struct world *world, uint64_t id, bool abandoned, bool answered);
/* All effects of the first state are in the second one now. */
void ledger_move(struct world *world, enum effect_state from, enum effect_state to);
/* The process has died; some batches were not synced. */
void ledger_crash(struct world *world, bool unsynced);
/* Whose effect it is, for messages. */
const char *ledger_subject(const struct world *world, struct subject subject);
/* How many effects it has had. */
size_t ledger_count_effects(const struct model *model, struct subject subject);
/* What must hold of the effects of a run that has just been looked at. */
void ledger_check_effects(struct world *world, uint32_t run);
/* What must hold of the messages in the store, after all runs have been looked at. */
void ledger_check_messages(struct world *world);

/* ---- doors.c ---- */
/* One run of callbacks in a world of its own. Returns how many answers were given. */
size_t doors_run(uint64_t seed, size_t steps, bool trace);
/* An HTTP request leaves: a reminder or an undo hook. */
void doors_carry(struct world *world, struct effect *effect);

/* ---- settle.c ---- */
/* The queue's three counters: visible, in flight, delayed. */
void queue_counters(struct world *world, int64_t out[3]);
void settle(struct world *world);

#endif
