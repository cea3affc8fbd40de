/* Workers that wait for tasks of an activity: first come, first served. Writer thread only; private
 * to shard/. */
#ifndef SHARD_ACTIVITIES_H
#define SHARD_ACTIVITIES_H

#include "engine/engine.h"
#include "shard/txn.h"

enum {
    ACTIVITIES_BUCKETS = 1024,
};

struct activity;

struct parked; /* a waiting worker */

struct activities {
    struct activity *buckets[ACTIVITIES_BUCKETS]; /* owned */
    size_t count;
    struct parked *oldest, *newest;
    size_t parked;
};

void activities_init(struct activities *activities);
void activities_close(struct activities *activities);

/* A task's record has been put. */
void activities_lower(struct activities *activities, str name, int64_t since_ms, uint64_t serial,
                      uint32_t frame);

/* Gives the task that an execution has just queued to the longest waiting worker, if there is one,
 * as part of the transaction. */
void activities_hand_over(struct txn *txn, struct execution *execution, const struct engine_op *op);

/* Polls that are over, or whose client has gone if `cancelled`, are answered with {}: returns their
 * requests, linked by `next`. */
struct request *activities_expire(struct activities *activities, int64_t now_ms, bool cancelled,
                                  bool all);

/* When the earliest poll is over; INT64_MAX if nobody waits. */
int64_t activities_next_due_ms(const struct activities *activities);

/* "arn:aws:states:REGION:ACCOUNT:activity:NAME" -> NAME */
str activity_name(str arn);

#endif
