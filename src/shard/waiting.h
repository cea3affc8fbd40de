/* Requests that wait for a topic or for a time (txn_wait). Writer thread only; private to shard/.
 */
#ifndef SHARD_WAITING_H
#define SHARD_WAITING_H

#include "shard/request.h"

enum { WAITING_BUCKETS = 1024 };

struct waiter;

struct waiting {
    struct waiter *buckets[WAITING_BUCKETS]; /* by topic; in each the longest waiting first */
    struct waiter *tails[WAITING_BUCKETS];
    struct waiter **heap; /* owned; by wake_ms, the earliest first */
    size_t count, capacity;
};

void waiting_close(struct waiting *waiting);

/* False if SHARD_WAITING_REQUESTS_MAX wait and it is not one of our own. The topic is copied. */
bool waiting_add(struct waiting *waiting, struct request *request, str topic, int64_t wake_ms);

/* Takes out at most `count` that wait for the topic, longest first; linked by `next`. */
struct request *waiting_take_topic(struct waiting *waiting, str topic, size_t count);

/* Takes out those whose time has come, earliest first; at most `count`. */
struct request *waiting_take_due(struct waiting *waiting, int64_t now_ms, size_t count);

/* Takes out those whose client has gone, or all of them. */
struct request *waiting_take_cancelled(struct waiting *waiting, bool all);

/* INT64_MAX if nobody waits. */
int64_t waiting_next_ms(const struct waiting *waiting);

#endif
