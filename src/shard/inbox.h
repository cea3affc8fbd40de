/* The inbox: how requests of any thread reach the writer thread. Private to shard/.
 *
 * A list under a mutex: a submitter holds it for a few instructions, the writer takes the whole
 * list at once, so that it costs the same under any load. */
#ifndef SHARD_INBOX_H
#define SHARD_INBOX_H

#include <pthread.h>
#include <stdatomic.h>

#include "shard/request.h"

struct inbox {
    pthread_mutex_t mutex;
    pthread_cond_t wake;   /* for the writer; waits by the monotonic clock */
    struct request *first; /* under the mutex; linked by request->next */
    struct request *last;
    bool nudged;          /* under the mutex: something else than a request to look at */
    bool stopping;        /* under the mutex: nothing is taken in any more */
    _Atomic size_t depth; /* submitted and not yet handled, those the writer has taken included */
};

void inbox_init(struct inbox *inbox);
void inbox_close(struct inbox *inbox);

/* False if SHARD_INBOX_MAX requests wait, or the shard stops: the request is then still the
 * caller's. */
MUST_CHECK bool inbox_put(struct inbox *inbox, struct request *request);

/* The same, also when SHARD_INBOX_MAX requests wait: for those that free what others wait for. */
MUST_CHECK bool inbox_put_always(struct inbox *inbox, struct request *request);

/* Everything that waits, oldest first; NULL if nothing does. */
struct request *inbox_take(struct inbox *inbox);

/* One request that was taken has been handled. */
void inbox_handled(struct inbox *inbox);

/* Sleeps until there is a request or a nudge, or `timeout_us` have passed. */
void inbox_wait(struct inbox *inbox, int64_t timeout_us);

/* Wakes the writer without a request. */
void inbox_nudge(struct inbox *inbox);

/* From now on inbox_put refuses. */
void inbox_stop(struct inbox *inbox);
bool inbox_is_stopping(struct inbox *inbox);

size_t inbox_depth(struct inbox *inbox);

#endif
