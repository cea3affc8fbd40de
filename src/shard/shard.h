/* A shard: one writer thread, one store, one inbox. Everything that changes state happens here.
 *
 *   request --submit--> inbox --writer--> transaction, store_apply --sync thread--> store_sync
 *                                                                        |--> publish snapshot
 *                                                                        `--> release replies
 *
 * The writer takes what the inbox holds, runs each command as a transaction of its own (one batch,
 * visible at once), and puts its reply on the list of those that wait for a sync. The sync thread
 * takes that list as a whole, takes a snapshot, syncs, makes the snapshot the one that readers use,
 * and only then completes the replies (promise 1). While it syncs, the writer goes on: under load
 * the groups grow by themselves, alone a command pays one sync.
 *
 * Timers are records ordered by due time. The writer knows the earliest and sleeps until then.
 * Nothing in memory grows with the number of executions. */
#ifndef SHARD_SHARD_H
#define SHARD_SHARD_H

#include "engine/link.h"
#include "engine/token.h"
#include "shard/request.h"
#include "shard/txn.h"
#include "store/store.h"

/* What a call to a service (a Task state) came to. */
enum call_result {
    CALL_SUCCEEDED, /* value: the answer */
    CALL_FAILED,    /* error, cause */
    CALL_SUBMITTED, /* value: the answer; the task goes on until its token or its child ends it */
    CALL_PENDING,   /* an effect of origin "task" is on its way (call_effect); `finish` will say */
};
struct call_outcome {
    enum call_result result;
    json value;
    str error, cause;
    uint64_t child_serial; /* CALL_SUBMITTED, .sync */
    str child_arn;
};

/* Carries out `task` with `parameters` inside the transaction of the execution that calls. */
typedef void (*call_handler)(struct txn *txn, const struct execution *caller,
                             const struct engine_op *op, struct call_outcome *outcome);

/* The effect of a CALL_PENDING is over: what it means for the task. `op` has frame, task_event and
 * task as the call had them, without its value. For a task that waits for its token:
 * CALL_SUBMITTED. CALL_PENDING again if another effect has been planned (call_effect). Not called
 * when the task has ended meanwhile. */
typedef void (*finish_handler)(struct txn *txn, const struct execution *caller,
                               const struct engine_op *op, const struct effect_record *record,
                               const struct effect_result *result, struct call_outcome *outcome);

/* What services register: which Task resources they carry out. */
struct integration {
    str service; /* "states"; of a Lambda function's ARN as the Resource: "lambda" */
    str action;  /* "startExecution"; empty for such an ARN; "*": any that has no row of its own */
    bool sdk;    /* as aws-sdk:SERVICE:ACTION, not as SERVICE:ACTION */
    call_handler call;
    finish_handler finish; /* NULL if the call is never CALL_PENDING */
};

/* What services/callbacks/ does for the shard: the records, keys and mailboxes of waits. */
struct callback_handlers {
    /* Carries out an ENGINE_OP_CALLBACK_... of `execution`, in its transaction. May give the
     * execution further events (txn_execution_turn). */
    void (*operation)(struct txn *txn, struct execution *execution, const struct engine_op *op);
    /* The timer of a wait (txn_wait_timer_set) is due; it is gone. */
    void (*timer)(struct txn *txn, uint64_t serial, uint32_t frame);
};

/* Plans the effect of a call (origin "task") and makes the outcome CALL_PENDING. `context` is what
 * `finish` wants to know. */
void call_effect(struct txn *txn, const struct execution *caller, const struct engine_op *op,
                 str kind, json request, json context, struct call_outcome *outcome);

struct shard_options {
    struct store *store; /* borrowed; outlives the shard */
    uint16_t number;
    str region, account; /* borrowed */
    struct token_key token_key;
    struct link_keys link_keys; /* of callback links; none: the shard makes one that is not kept */
    /* Makes changed link keys durable before they are used; NULL: nobody keeps them. Any thread. */
    bool (*keep_link_keys)(void *context, const struct link_keys *keys, struct error *err);
    void *keep_link_keys_context;
    str public_url; /* "https://flows.example.com", in callback links; without a slash at its end;
                       empty: `endpoint`; borrowed */
    size_t payload_bytes_max;               /* 0: the default */
    uint32_t history_events_max;            /* 0: the default */
    const struct integration *integrations; /* borrowed */
    size_t integration_count;
    const struct effect_handler *effect_handlers; /* borrowed */
    size_t effect_handler_count;
    const struct callback_handlers *callbacks; /* borrowed; NULL: callbacks leave no records */
    struct carrier carrier;                    /* NULL function: effects fail */
    /* "sqs" -> "https://..." of those services that Task states are to reach outside; borrowed */
    json endpoints;
    str endpoint; /* "http://127.0.0.1:8083", where clients reach the server; borrowed */
    str files;    /* directory for what is too large for a record (functions' code);
                     empty: there is none; borrowed */
    /* The world (both NULL: the real one). The simulator gives its own, and drives the shard with
     * shard_step instead of shard_start. */
    int64_t (*now_ms)(void *world);
    void *world;
    uint64_t seed; /* of the randomness; 0: from the system */
};

struct shard;

/* Reads what the store says about earlier runs (serials, timers); no thread yet. */
struct shard *shard_new(const struct shard_options *options);
/* Starts the writer and the sync thread. */
void shard_start(struct shard *shard);
/* Finishes what is in the inbox, syncs, answers parked polls with nothing, stops the threads. */
void shard_stop(struct shard *shard);
/* After shard_stop; or, if there were no threads, at any time: then as a dying process would, with
 * nothing finished, synced or answered. */
void shard_free(struct shard *shard);

/* Hands a WRITE to the writer. Any thread. The request belongs to the shard until it is completed.
 * With a full inbox it is completed at once with ERROR_OVERLOADED. */
void shard_submit(struct shard *shard, struct request *request);

/* Submits a call of our own (a background task of a service): runs `operation` with `params`, which
 * are copied, and forgets the answer. It may wait (txn_wait) for as long as it likes. Any thread.
 */
void shard_submit_own(struct shard *shard, const struct operation *operation, json params);

/* The client of a parked request has gone: it is completed soon, with whatever answer. Any thread.
 */
void shard_cancel(struct shard *shard, struct request *request);

/* Opens a view of durable state for a READ; any thread, close it on the same one. */
void shard_read_begin(struct shard *shard, struct reader *reader, struct arena *arena);
void shard_read_end(struct reader *reader);

/* One pass of the writer without threads, for the simulator: due timers, then the commands in the
 * inbox. Replies stay unreleased until shard_sync. Returns the number of commands and timers. */
size_t shard_step(struct shard *shard);
/* Syncs and releases replies, without threads. */
void shard_sync(struct shard *shard);
/* When there is something to do without a command: the earliest timer or the end of a poll, or a
 * little before; INT64_MAX if there is nothing. */
int64_t shard_next_due_ms(struct shard *shard);

uint16_t shard_number(const struct shard *shard);
str shard_region(const struct shard *shard);
str shard_account(const struct shard *shard);
const struct carrier *shard_carrier(const struct shard *shard);
str shard_files(const struct shard *shard);
/* Without a slash at its end. */
str shard_endpoint(const struct shard *shard);
/* Before shard_start: what is known only once the server listens. `endpoint` is borrowed. */
void shard_set_outside(struct shard *shard, str endpoint, struct carrier carrier);
/* Where Task states reach a service ("sqs"), or empty: here. */
str shard_service_endpoint(const struct shard *shard, str service);
const struct token_key *shard_token_key(const struct shard *shard);
/* What callback links begin with: public_url, else the endpoint. Without a slash at its end. */
str shard_public_url(const struct shard *shard);
/* The keys that sign and verify callback links. Immutable, and valid until the shard is freed: a
 * change makes new ones. Any thread. */
const struct link_keys *shard_link_keys(const struct shard *shard);
/* Adds a key that signs from now on: keeps it, then uses it. ERROR_CONFLICT if no place is left.
 * Any thread; may wait for the disk. */
MUST_CHECK bool shard_link_keys_rotate(struct shard *shard, int64_t now_ms, struct error *err);
/* Retires a key: its links are void. ERROR_CONFLICT for the key that signs, or one not in use. */
MUST_CHECK bool shard_link_keys_retire(struct shard *shard, uint8_t id, struct error *err);
size_t shard_payload_bytes_max(const struct shard *shard);
uint32_t shard_history_events_max(const struct shard *shard);

/* Counters that services raise: one per name in this list. Prometheus names are
 * baton_<name>_total. */
#define SHARD_COUNTER_LIST(X)                                                                      \
    X(EXECUTIONS_STARTED, "executions_started")                                                    \
    X(EXECUTIONS_SUCCEEDED, "executions_succeeded")                                                \
    X(EXECUTIONS_FAILED, "executions_failed")                                                      \
    X(EXECUTIONS_TIMED_OUT, "executions_timed_out")                                                \
    X(EXECUTIONS_ABORTED, "executions_aborted")                                                    \
    X(EXECUTIONS_REDRIVEN, "executions_redriven")                                                  \
    X(CALLBACKS_ACCEPTED, "callbacks_accepted")                                                    \
    X(CALLBACKS_REJECTED_TOKEN, "callbacks_rejected_invalid_token")                                \
    X(CALLBACKS_REJECTED_CLOSED, "callbacks_rejected_closed")                                      \
    X(CALLBACKS_REJECTED_OUTPUT, "callbacks_rejected_invalid_output")                              \
    X(CALLBACKS_FORGED, "callbacks_refused_forged")                                                \
    X(HEARTBEATS, "heartbeats")                                                                    \
    X(EFFECTS_CARRIED, "effects_carried_out")                                                      \
    X(EFFECTS_FAILED, "effects_failed")                                                            \
    X(TIMERS_FIRED, "timers_fired")                                                                \
    X(TRANSITIONS, "state_transitions")
enum shard_counter {
#define X(name, text) COUNTER_##name,
    SHARD_COUNTER_LIST(X)
#undef X
        SHARD_COUNTERS
};
void shard_count(struct shard *shard, enum shard_counter counter);

/* Appends Prometheus text: the counters, waiting now, oldest waiter, batch size and commit latency
 * histograms, inbox depth, parked requests, store size. Any thread. */
void shard_metrics(struct shard *shard, struct buf *out);

#endif
