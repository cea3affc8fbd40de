/* Timers: records ordered by due time, of which only the earliest is known in memory. Private to
 * shard/. */
#ifndef SHARD_TIMERS_H
#define SHARD_TIMERS_H

#include "store/keys.h"
#include "store/store.h"

/* KEY_TIMER kinds of the shard's own, beside those of enum engine_timer. */
enum {
    TIMER_START = 200, /* an execution whose first turn had to wait */
    TIMER_EFFECT, /* an effect whose delay is over; its id and lane in place of serial and frame */
    TIMER_CALLBACK, /* of a frame's wait: a reminder */
};

/* The timers of one store. */
struct timers {
    struct store *store; /* borrowed */
    uint16_t shard;
    /* No timer's key is below it: what has been deleted there need not be walked over again. */
    struct key hint;
    int64_t next_due_ms; /* no timer is due before; INT64_MAX: there is none */
};

void timers_init(struct timers *timers, struct store *store, uint16_t shard);

/* A timer's record has been applied. */
void timers_lower(struct timers *timers, str key, int64_t due_ms);

/* Keys (in the arena) of at most SHARD_PASS_TIMERS_MAX timers that are due, earliest first. */
size_t timers_due(struct timers *timers, int64_t now_ms, struct arena *arena, str *keys);

#endif
