/* What the shard counts about itself: atomic, so that any thread may raise and read. Private to
 * shard/. */
#ifndef SHARD_METRICS_H
#define SHARD_METRICS_H

#include <stdatomic.h>

#include "shard/ages.h"

enum { HISTOGRAM_BUCKETS_MAX = 24 };

struct histogram {
    const int64_t *bounds; /* upper bounds, ascending; static */
    size_t bound_count;
    _Atomic uint64_t counts[HISTOGRAM_BUCKETS_MAX + 1]; /* the last one: above every bound */
    _Atomic int64_t sum;
};

enum { METRICS_COUNTERS_MAX = 32 };

struct metrics {
    _Atomic uint64_t counters[METRICS_COUNTERS_MAX]; /* enum shard_counter */
    struct histogram batch_size;                     /* replies per sync */
    struct histogram commit_us;                      /* from submission to release */
    _Atomic int64_t waiting; /* open task tokens; complete when `waiting_counted` */
    _Atomic bool waiting_counted;
    struct ages ages;       /* the same by age; complete likewise */
    _Atomic int64_t parked; /* requests that wait for an event */
};

void metrics_init(struct metrics *metrics);
void histogram_add(struct histogram *histogram, int64_t value);

#endif
