/* One command's transaction: reads, writes, and the executions that it touches.
 *
 * Used on the writer thread only, by the handlers of services and by the shard itself. All that is
 * written in a transaction becomes one batch: it is there as a whole or not at all. Reads see the
 * transaction's own writes. */
#ifndef SHARD_TXN_H
#define SHARD_TXN_H

#include "engine/engine.h"
#include "shard/effect.h"
#include "shard/request.h"
#include "store/keys.h"
#include "store/store.h"

struct txn; /* private: shard/txn_private.h */

struct arena *txn_arena(struct txn *txn);
int64_t txn_now_ms(const struct txn *txn);
struct shard *txn_shard(struct txn *txn);
struct prng *txn_prng(struct txn *txn);

/* The value of a key, in the transaction's arena; false if there is none. */
bool txn_get(struct txn *txn, const struct key *key, str *out);
/* `value` must live as long as the transaction (its arena will do); the key is copied. */
void txn_put(struct txn *txn, const struct key *key, str value);
void txn_delete(struct txn *txn, const struct key *key);
/* A scan over what is there, this transaction's own writes so far included. */
struct store_cursor *txn_scan(struct txn *txn, str from, str to, bool reverse);

/* A place for one pointer of services/callbacks/, NULL at the start of the transaction and after a
 * rewind: what it has read last, in the transaction's arena. */
void **txn_memo(struct txn *txn);

/* The next of a sequence of numbers that grows with time and never repeats (48 bits): serials of
 * executions, ids of queues, tables, messages ... */
uint64_t txn_serial(struct txn *txn);

/* ---- savepoints, for calls that may fail inside a larger transaction ---- */

struct txn_mark {
    size_t durable, express, timers, effects, notes, loaded, waits;
    uint64_t serial_limit;
};
struct txn_mark txn_mark(const struct txn *txn);
/* Drops what has been written since the mark. No execution may have been started or loaded since.
 */
void txn_rewind(struct txn *txn, const struct txn_mark *mark);

/* ---- executions ---- */

/* What StartExecution has found out before it starts one. Texts live in the transaction's arena. */
struct execution_start {
    str machine; /* name */
    uint32_t revision;
    enum asl_machine_type type;
    str role_arn;
    str version_arn, alias_arn; /* empty if none */
    str name;                   /* checked, unique */
    str input;                  /* JSON text, checked */
    json input_value;           /* the same, parsed */
    str trace_header;
    uint64_t parent_serial; /* 0: none */
    uint32_t parent_frame, parent_task;
};

/* Makes the records and runs the first turn. For an Express machine the records are in memory only.
 * Returns the execution (status may already be final); its arn and id are set. */
struct execution *txn_execution_start(struct txn *txn, const struct execution_start *start);

/* The execution with that serial, loaded with its root frame; NULL if it does not exist or has
 * ended. */
struct execution *txn_execution_load(struct txn *txn, uint64_t serial);

/* A frame of a loaded execution, or NULL if there is none (any more). To look at, not to change. */
struct frame *txn_frame(struct txn *txn, struct execution *execution, uint32_t frame);

/* An execution that has ended without success goes on from there (ENGINE_REDRIVE of engine_turn,
 * execution_can_redrive), with everything that follows from it in this transaction. Returns it;
 * NULL if it cannot be redriven: then nothing has changed. Standard executions only, and none that
 * has run in this transaction: its records do not say yet what has become of it. */
const struct execution *txn_execution_redrive(struct txn *txn, uint64_t serial);

/* Applies an event and everything that follows from it in this transaction: calls to Baton's own
 * services, the end of nested executions, the parents that waited for them. False if the event was
 * refused (see engine_turn). */
bool txn_execution_turn(struct txn *txn, struct execution *execution,
                        const struct engine_event *event);

/* What has been written is kept although the handler fails: its error tells of a change (a refused
 * answer in the record of its wait). No effect in a call inside a transaction. */
void txn_keep_on_failure(struct txn *txn);

/* A timer of a frame for services/callbacks/ (callback_handlers.timer), at most one per frame. */
void txn_wait_timer_set(struct txn *txn, int64_t due_ms, uint64_t serial, uint32_t frame);
void txn_wait_timer_clear(struct txn *txn, int64_t due_ms, uint64_t serial, uint32_t frame);

/* Serial of the execution of that name, if there is one (also ended ones, not Express). */
bool txn_execution_find(struct txn *txn, str machine, str name, uint64_t *serial);

/* A request of the transaction's own, for a call inside it (service_call): its arena lives until
 * the transaction is over, so what a handler puts may point there. */
struct request *txn_call_begin(struct txn *txn);
void txn_call_end(struct txn *txn);

/* ---- parked requests ---- */

/* Parks the request until somebody notifies `topic` or `wake_ms` has come, whichever is first; then
 * its handler runs anew from the start, in a transaction of its own. The handler keeps in
 * request->deadline_ms when it wants to give its last answer. At most SHARD_WAITING_REQUESTS_MAX
 * wait; beyond that ERROR_OVERLOADED. Returns HANDLED_LATER or HANDLED_FAILED. */
enum handled txn_wait(struct txn *txn, struct request *request, str topic, int64_t wake_ms,
                      struct error *err);

/* The handlers of the `count` requests that have waited longest for `topic` run anew (SIZE_MAX: of
 * all of them): the first ones at the end of this transaction and as a part of it, so that a
 * message and the answer of the poll that waits for it share a sync; the others once it is applied.
 * Topics: "SERVICE:NAME". */
void txn_notify(struct txn *txn, str topic, size_t count);

/* Parks the request until the execution ends (StartSyncExecution): `reply` is then called, with the
 * ended execution, to fill request->reply. */
void txn_park_until_end(struct txn *txn, struct request *request, uint64_t serial,
                        void (*reply)(struct request *request, const struct execution *execution));

/* Takes the oldest task of an activity that no worker has, marks it as started by `worker`, and
 * returns true with its token and input text; or parks the request until there is one or the poll
 * is over (then the reply is {}), and returns false. Fails with
 * ERROR_ACTIVITY_WORKER_LIMIT_EXCEEDED when STATES_ACTIVITY_POLLERS_MAX requests are parked
 * already. */
enum handled txn_activity_poll(struct txn *txn, struct request *request, str activity, str worker,
                               struct error *err);

#endif
