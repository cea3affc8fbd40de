/* How long the waiting tasks have been waiting, counted as they come and go, so that nobody walks
 * over a million of them for a figure. Counts are kept per minute for the last two days and per
 * hour for two years: a fixed amount of memory, whatever waits. Any thread. Private to shard/. */
#ifndef SHARD_AGES_H
#define SHARD_AGES_H

#include <pthread.h>

#include "base/base.h"

enum {
    AGES_MINUTES = 2 * 24 * 60,
    AGES_HOURS = 2 * 366 * 24,
};

/* How many wait since one minute, or hour. The place of a time is its number modulo the places; a
 * newer one takes it over, and an older one is then no longer counted there. */
struct age_slot {
    int64_t number;
    int64_t count;
};

struct ages {
    pthread_mutex_t mutex;
    int64_t count, unbounded; /* all; those that nothing ends but an answer */
    int64_t since_sum_s;
    struct age_slot minutes[AGES_MINUTES];
    struct age_slot hours[AGES_HOURS];
};

void ages_init(struct ages *ages);
void ages_close(struct ages *ages);

/* `delta` tasks more (or fewer) wait since then. */
void ages_add(struct ages *ages, int64_t since_ms, int64_t delta, bool unbounded);

/* Appends Prometheus text: baton_waiting_age_seconds as a histogram, exact to the minute up to a
 * day and to the hour beyond, and baton_waiting_tasks_without_timeout. */
void ages_write(struct ages *ages, int64_t now_ms, struct buf *out);

#endif
