/* A bounded cache of compiled state machines, by name and revision. Writer thread only; private to
 * shard/. */
#ifndef SHARD_MACHINES_H
#define SHARD_MACHINES_H

#include "asl/asl.h"
#include "shard/txn.h"

enum { MACHINES_BUCKETS = 1024 };

struct cached_machine;

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

/* The record of that revision is about to change. */
void machines_forget(struct machines *machines, str name, uint32_t revision);

/* Drops what is too much. Between transactions only, as a running one may use any of them. */
void machines_trim(struct machines *machines);

#endif
