/* A bounded cache of compiled state machines, by name and revision. Writer thread only; private to
 * shard/. */
#ifndef SHARD_MACHINES_H
#define SHARD_MACHINES_H

#include "asl/asl.h"
#include "shard/txn.h"

enum { MACHINES_BUCKETS = 1024 };

struct cached_machine;

/* Where the history events of a revision's executions go; see effects_log_history. */
struct machine_log {
    str level; /* "ALL", "ERROR", "FATAL" */
    str group;
    bool data; /* includeExecutionData */
};

struct machines {
    struct cached_machine *buckets[MACHINES_BUCKETS]; /* owned */
    struct cached_machine *newest, *oldest;           /* by last use */
    size_t count;
};

void machines_init(struct machines *machines);
void machines_close(struct machines *machines);

/* The compiled machine, valid until the transaction ends. A definition that is gone or does not
 * compile is fatal: it was checked when it was stored, and somebody still executes it. */
const struct asl_machine *machines_get(struct machines *machines, struct txn *txn, str name,
                                       uint32_t revision);

/* What the executions of a machine that machines_get has just given write to a log, valid as long;
 * NULL: nothing. */
const struct machine_log *machines_log(const struct machines *machines);

/* The record of that revision is about to change. */
void machines_forget(struct machines *machines, str name, uint32_t revision);

/* Drops what is too much. Between transactions only, as a running one may use any of them. */
void machines_trim(struct machines *machines);

#endif
