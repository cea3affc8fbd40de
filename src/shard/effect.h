/* Effects: what leaves the process. A function invocation, an outgoing HTTP request.
 *
 *   txn_effect --record KEY_EFFECT, with the state change that causes it--> store_sync
 *     --> carrier->carry (any thread) --> the world --> effect_finish (any thread)
 *     --> a command of the writer: the record is deleted, the handler of its origin goes on
 *
 * An effect's record stands until its result has been committed, so after a crash it is carried out
 * again: at least once, with the same id. Whoever receives it can tell a repetition by that id.
 *
 * Effects to one function or one host are a *lane*, which is released in the order of the ids, at
 * most SHARD_LANE_EFFECTS_MAX at a time, so that a slow receiver holds up nobody else; those behind
 * wait in the store. In all lanes at most SHARD_EFFECTS_HELD_MAX are in memory. */
#ifndef SHARD_EFFECT_H
#define SHARD_EFFECT_H

#include "base/base.h"
#include "json/json.h"

struct txn;
struct shard;

/* What has to be done, and who wants to know the outcome. */
struct effect_plan {
    /* What to do: "function" (services/lambda), "http" and "log" (effects/effects.h) are the
     * carrier's; "later" is nothing: it comes back once what has caused it is durable. `request`
     * has what that kind needs. */
    str kind;
    json request;
    /* Whose handler gets the outcome: a row of shard_options.effect_handlers; "task" is the shard's
     * own. `context` is for that handler. */
    str origin;
    json context;
};

/* How it went. Texts live in the arena of whoever gives it. */
struct effect_result {
    bool abandoned; /* the carrier stops and nothing is known: a stored effect is carried out again
                       after the next start, a caller that waits gets an error */
    bool ok; /* there is an answer, also one that says no; else `error` and `cause` say why not */
    int status;  /* HTTP status */
    str body;    /* bytes: well-formed UTF-8 if the kind says so */
    str headers; /* of an HTTP answer: lines with CR LF; empty for a function */
    str error;   /* ok: the function's own error ("Unhandled", "Handled"), else empty;
                    not ok: a name in the style of States.* or Lambda.* */
    str cause;
    str log;     /* functions: the end of what the invocation printed */
    str version; /* functions: which version has run */
};

/* An effect on its way. Owned by the shard until `carry`, by the carrier until effect_finish. */
struct effect {
    struct arena arena; /* owned: everything below lives here */
    uint64_t id;        /* of KEY_EFFECT; 0: not stored, a caller waits for it */
    uint32_t lane;      /* the shard's */
    str kind;
    json request;
    struct effect_result result; /* set before effect_finish */
    /* What effect_finish calls: the shard's, or of who has made an effect that is not stored. It
     * frees the effect. */
    void (*done)(struct effect *effect);
    void *owner;
    /* Of a function: called once on the carrier's thread, before `done`, if it has not come after
     * late_ms; the effect goes on. For callers whose patience ends before the function does. NULL:
     * never. */
    void (*late)(struct effect *effect);
    int64_t late_ms;
    struct effect *next; /* for queues of whoever owns it */
};

/* An effect that is not stored (Invoke, whose caller waits): the caller fills in kind, request,
 * done and owner and gives it to the carrier. */
struct effect *effect_new(void);
/* Frees it with its arena. */
void effect_free(struct effect *effect);
/* The carrier has set ->result (its texts in the effect's arena). Any thread, exactly once. */
void effect_finish(struct effect *effect);

/* Carries effects out. `carry` is called on any thread, does not block, and leads to exactly one
 * effect_finish, on any thread, also when the carrier stops. */
struct carrier {
    void (*carry)(void *context, struct effect *effect);
    void *context;
};

/* ---- in transactions ---- */

/* Stores an effect; it is carried out once the transaction is durable and `delay_ms` are over.
 * `express`: it belongs to an Express execution and dies with it. Returns its id. */
uint64_t txn_effect(struct txn *txn, bool express, const struct effect_plan *plan,
                    int64_t delay_ms);

/* What the record says, as the handler of the origin sees it. */
struct effect_record {
    uint64_t id;
    str kind;
    json request;
    str origin;
    json context;
};

/* Takes the outcome of an effect, in a transaction of its own that also deletes the record. */
typedef void (*effect_done_handler)(struct txn *txn, const struct effect_record *record,
                                    const struct effect_result *result);
struct effect_handler {
    str origin;
    effect_done_handler done;
};

#endif
