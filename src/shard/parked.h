/* Requests that wait for the end of an execution (StartSyncExecution). Writer thread only; private
 * to shard/. */
#ifndef SHARD_PARKED_H
#define SHARD_PARKED_H

#include "engine/engine.h"
#include "shard/request.h"

enum { PARKED_BUCKETS = 1024 };

struct parked_end;

struct parked_ends {
    struct parked_end *buckets[PARKED_BUCKETS]; /* in the arenas of the requests */
    size_t count;
    int64_t due_ms; /* no request has an earlier deadline; 0: none has one */
};

typedef void (*parked_reply)(struct request *request, const struct execution *execution);

void parked_add(struct parked_ends *ends, struct request *request, uint64_t serial,
                parked_reply reply);

/* Fills the replies of those who wait for this execution and takes them out; linked by `next`. */
struct request *parked_end_reached(struct parked_ends *ends, const struct execution *execution);

/* Takes out those whose deadline has come; their replies are errors, and is_late is set. */
struct request *parked_late(struct parked_ends *ends, int64_t now_ms);

/* Takes out those whose client has gone, or all of them; their replies are errors. */
struct request *parked_give_up(struct parked_ends *ends, bool all);

#endif
