/* The shard's parts. Private to shard/. */
#ifndef SHARD_SHARD_PRIVATE_H
#define SHARD_SHARD_PRIVATE_H

#include "shard/activities.h"
#include "shard/commit.h"
#include "shard/effects.h"
#include "shard/inbox.h"
#include "shard/links.h"
#include "shard/machines.h"
#include "shard/metrics.h"
#include "shard/parked.h"
#include "shard/shard.h"
#include "shard/timers.h"
#include "shard/txn_private.h"
#include "shard/waiting.h"

enum {
    SHARD_SLEEP_MS_MAX = 1000,            /* the wall clock may jump while the writer sleeps */
    SHARD_CANCEL_INTERVAL_US = 20 * 1000, /* looking for cancelled requests is a walk over all */
};

struct shard {
    struct shard_options options;
    struct store *memory; /* owned: Express executions */
    struct inbox inbox;
    struct commit commit;
    struct metrics metrics;
    struct links links;
    _Atomic bool cancels; /* some request has been cancelled */

    /* the writer's */
    struct request *taken; /* from the inbox, not yet handled */
    struct machines machines;
    struct activities activities;
    struct parked_ends parked_ends;
    struct waiting waiting;
    struct request *ready, *last_ready; /* those that have waited and are to run again */
    struct effects_window effects;
    struct timers timers[2]; /* of the durable store, and of the Express one */
    struct txn txn;
    struct arena txn_arena;
    struct arena pass_arena; /* what lives longer than a transaction: keys of due timers */
    struct prng prng;
    uint64_t express_seed; /* of the UUIDs in the ARNs of Express executions */
    uint64_t serial_next;
    uint64_t serial_limit; /* serials below it are reserved durably */
    int64_t latest_now_ms;
    int64_t cancels_seen_us;

    pthread_t writer, syncer, counter;
    bool has_threads;
    struct view *count_view; /* what `counter` counts in: taken before the first command */

    /* under its own mutex, for shard_metrics */
    pthread_mutex_t oldest_mutex;
    struct key oldest_waiting; /* no open task's key is below it */
};

int64_t shard_now_ms(struct shard *shard);
/* An error's long text may have been made in the transaction's arena: it is copied. */
void request_keep_error(struct request *request);

/* Requests (linked by `next`) that have waited run again in the next pass. */
void shard_wake(struct shard *shard, struct request *list);

/* ---- own.c ---- */
/* Before it runs again: everything of the last run is gone. */
void own_renew(struct request *request);

void shard_count_by(struct shard *shard, enum shard_counter counter, uint64_t by);
/* Counts the open tasks that a snapshot of the store holds. Gives up when the shard stops. */
void shard_count_waiting(struct shard *shard, const struct store_snapshot *snapshot);

#endif
