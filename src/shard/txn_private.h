/* What the files of shard/ share about a transaction.
 *
 *   txn.c        the overlay: get, put, delete; begin, commit, roll back
 *   executions.c start, load, turn, and all that follows from a turn
 *   persist.c    executions -> records        nested.c  a child's end, as its parent sees it
 *   activities.c workers                      parked.c  those who wait for an end
 *   waiting.c    requests that wait for a topic or a time
 *   effects.c    what leaves the process      call.c    calls of a Task state
 *   logged.c     history events on their way to a log
 *
 * An Express execution lives in the shard's second store, which is in memory; the two have a batch
 * each in every transaction. Which one a serial belongs to is in the serial. */
#ifndef SHARD_TXN_PRIVATE_H
#define SHARD_TXN_PRIVATE_H

#include "shard/txn.h"

/* Bit 47: set in the serials of Express executions. Serials fit into the 48 bits of a token. */
static const uint64_t SERIAL_EXPRESS = (uint64_t)1 << 47;

static inline bool serial_is_express(uint64_t serial)
{
    return (serial & SERIAL_EXPRESS) != 0;
}

/* An execution that the transaction has in memory. */
struct loaded {
    struct execution *execution;
    size_t ops_done; /* operations that have been carried out or need no carrying out */
    uint32_t depth;  /* how many executions of this transaction started each other above it */
    bool queued;     /* on the worklist */
    bool end_handled;
    enum execution_status before; /* as its records say; RUNNING unless it is redriven here */
    struct loaded *next_work;
};

/* A change of the writer's memory that waits until the batch has been applied. */
struct pending_timer {
    str key;
    int64_t due_ms;
    bool express;
};
/* A call inside the transaction. */
struct kept_request {
    struct request request;
    struct kept_request *next;
};
struct pending_note {
    str topic;
    size_t count;
};
/* An effect that has been stored and is due. */
struct pending_effect {
    uint64_t id;
    uint32_t lane;
    bool express;
    str kind;
    str request; /* JSON text */
};
struct queued_task {
    struct loaded *loaded;
    size_t op; /* index of its ENGINE_OP_ACTIVITY_QUEUE */
};

/* One that has begun (1) or ended (-1). */
struct pending_wait {
    int64_t since_ms;
    int8_t delta;
    bool unbounded;
};

struct txn {
    struct shard *shard;
    struct arena *arena;        /* the shard's, reset after each transaction */
    struct store_batch durable; /* all but what belongs to Express executions */
    struct store_batch express;
    int64_t now_ms;
    struct engine engine;

    struct loaded **loaded;
    size_t loaded_count, loaded_capacity;
    struct loaded *work_first, *work_last; /* worklist, by next_work */
    struct loaded *current;                /* whose operations are being carried out; or NULL */
    bool following;                        /* the worklist is being worked on */
    size_t starts;

    struct queued_task *tasks; /* activity tasks queued in this transaction */
    size_t task_count, task_capacity;

    uint64_t serial_limit; /* of the block reserved in this transaction; 0: none */
    struct pending_timer *timers;
    size_t timer_count, timer_capacity;
    struct pending_note *notes; /* topics to notify */
    size_t note_count, note_capacity;
    struct pending_effect *effects; /* stored in this transaction, and due at once */
    size_t effect_count, effect_capacity;
    struct kept_request *kept;  /* calls of our own, whose arenas live as long as the transaction */
    struct pending_wait *waits; /* that have begun or ended in this transaction */
    size_t wait_count, wait_capacity;
    struct request *replies; /* other requests that this transaction answers; by `next` */
    struct effect *release;  /* effects to carry out once all this is durable; by `next` */
    bool parked;             /* the command's own request has been parked */
    uint32_t calling; /* calls inside the transaction that are running: nothing can be parked */
    bool keep_on_failure;
    void *memo;
    bool open;
};

/* ---- txn.c ---- */
void txn_begin(struct txn *txn, struct shard *shard);
/* Writes what the executions have become, applies the batches, and hands the replies (`request`, if
 * not NULL, among them) to the group commit. */
void txn_commit(struct txn *txn, struct request *request);
void txn_rollback(struct txn *txn);

/* The same as txn_get and so on, for records of either kind of execution. */
bool txn_get_from(struct txn *txn, bool express, const struct key *key, str *out);
void txn_put_to(struct txn *txn, bool express, const struct key *key, str value);
void txn_delete_from(struct txn *txn, bool express, const struct key *key);
void txn_put_timer(struct txn *txn, bool express, int64_t due_ms, uint64_t serial, uint32_t frame,
                   uint8_t kind);
void txn_reply(struct txn *txn, struct request *list);
void txn_note_wait(struct txn *txn, int64_t since_ms, int8_t delta, bool unbounded);
void txn_note_effect(struct txn *txn, const struct pending_effect *effect);
uint64_t txn_next_serial(struct txn *txn, bool express);

/* ---- executions.c ---- */
/* One engine turn without what follows from it; false if the event was refused. */
bool loaded_turn(struct txn *txn, struct loaded *loaded, const struct engine_event *event);
struct loaded *txn_loaded(struct txn *txn, const struct execution *execution);
/* Carries out operations and ends until nothing is left. */
void txn_follow(struct txn *txn);
/* A timer of that key is due; its record is deleted. */
void txn_fire_timer(struct txn *txn, bool express, str key);

/* ---- persist.c ---- */
void persist_execution(struct txn *txn, struct loaded *loaded);

/* ---- logged.c ---- */
/* The events of an execution that is logged, for the carrier, behind the effects of the
 * transaction that are carried out once all is durable. */
void logged_release(struct txn *txn, const struct execution *execution);

/* ---- effects.c ---- */
/* Those of this transaction that may be carried out now, for commit_add. */
void effects_release(struct txn *txn);
/* The timer of a delayed effect has come. */
void effects_fire(struct txn *txn, bool express, uint32_t lane, uint64_t id);

/* ---- call.c ---- */
void call_carry_out(struct txn *txn, struct loaded *loaded, const struct engine_op *op);
/* The handler of origin "task". */
void call_effect_done(struct txn *txn, const struct effect_record *record,
                      const struct effect_result *result);

/* ---- nested.c ---- */
/* What the end of `child` is to the task that waits for it. */
void nested_outcome(struct arena *arena, struct execution *child, enum asl_pattern pattern,
                    struct engine_event *event);

#endif
