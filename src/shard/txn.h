/* One command's transaction: reads, writes, and the executions that it touches.
 *
 * Used on the writer thread only, by the handlers of services and by the shard itself. All that is
 * written in a transaction becomes one batch: it is there as a whole or not at all. Reads see the
 * transaction's own writes. */
#ifndef SHARD_TXN_H
#define SHARD_TXN_H

#include "engine/engine.h"
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
/* A scan over what was there before this transaction. */
struct store_cursor *txn_scan(struct txn *txn, str from, str to, bool reverse);

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

/* Applies an event and everything that follows from it in this transaction: calls to Baton's own
 * services, the end of nested executions, the parents that waited for them. False if the event was
 * refused (see engine_turn). */
bool txn_execution_turn(struct txn *txn, struct execution *execution,
                        const struct engine_event *event);

/* Serial of the execution of that name, if there is one (also ended ones, not Express). */
bool txn_execution_find(struct txn *txn, str machine, str name, uint64_t *serial);

/* ---- parked requests ---- */

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
