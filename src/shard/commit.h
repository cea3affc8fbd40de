/* Group commit: the list of replies that wait for a sync, and the views that readers use. Private
 * to shard/.
 *
 *   writer:       ... store_apply, commit_add ... store_apply, commit_add ...
 *   sync thread:  commit_flush: take the list | snapshot | store_sync | publish | complete replies
 *
 * The list is taken before the snapshot, and the snapshot before the sync, so that whoever has a
 * reply finds what it reports in the view, and whatever is in the view is durable. */
#ifndef SHARD_COMMIT_H
#define SHARD_COMMIT_H

#include <pthread.h>

#include "shard/effect.h"
#include "shard/metrics.h"
#include "shard/request.h"
#include "store/store.h"

/* A snapshot of durable state with the number of its readers. */
struct view {
    struct store_snapshot *snapshot; /* owned */
    size_t readers;                  /* under commit.view_mutex */
};

struct commit {
    struct store *store;           /* borrowed */
    struct metrics *metrics;       /* borrowed */
    const struct carrier *carrier; /* borrowed: of the effects */

    pthread_mutex_t mutex;
    pthread_cond_t wake;
    struct request *first, *last; /* under the mutex: replies that wait */
    size_t count;
    struct effect *effects, *last_effect; /* under the mutex: effects that wait, oldest first */
    uint64_t applied;                     /* under the mutex: batches applied so far */
    bool stopping;

    uint64_t synced; /* the flushing thread's: batches known to be durable */

    pthread_mutex_t view_mutex;
    struct view *view; /* owned; the newest */
};

/* What the store holds now becomes the first view: it is durable, as the process has just begun. */
void commit_init(struct commit *commit, struct store *store, struct metrics *metrics,
                 const struct carrier *carrier);
/* Replies and effects that still wait are forgotten, as in a crash. */
void commit_close(struct commit *commit);

/* Adds a list of requests and one of effects (linked by `next`) to those that wait; `wrote`: a
 * batch has been applied. Writer thread. */
void commit_add(struct commit *commit, struct request *first, struct effect *effects, bool wrote);

/* One round. False if there was nothing to do. */
bool commit_flush(struct commit *commit);

/* The sync thread: rounds until commit_stop, the last one included. */
void commit_run(struct commit *commit);
void commit_stop(struct commit *commit);

struct view *commit_view_acquire(struct commit *commit);
void commit_view_release(struct commit *commit, struct view *view);

#endif
