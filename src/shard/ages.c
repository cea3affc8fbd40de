/* Counting waiting tasks by age; see ages.h. */
#include "shard/ages.h"

enum { MINUTE_MS = 60 * 1000, HOUR_MS = 60 * MINUTE_MS };

static const int64_t day_s = 86400;
/* One, five and fifteen minutes; one and six hours; 1, 7, 30, 90, 180 and 365 days. */
static const int64_t bounds_s[] = { 60,     300,     900,     3600,     21600,   86400,
                                    604800, 2592000, 7776000, 15552000, 31536000 };

void ages_init(struct ages *ages)
{
    *ages = (struct ages){ 0 };
    if (pthread_mutex_init(&ages->mutex, NULL) != 0) fatal("no mutex");
}

void ages_close(struct ages *ages)
{
    pthread_mutex_destroy(&ages->mutex);
}

static void slot_add(struct age_slot *slots, size_t places, int64_t number, int64_t delta)
{
    struct age_slot *slot = &slots[(size_t)number % places];
    if (slot->number < number) *slot = (struct age_slot){ .number = number };
    if (slot->number == number) slot->count += delta;
}

void ages_add(struct ages *ages, int64_t since_ms, int64_t delta, bool unbounded)
{
    if (since_ms < 0) since_ms = 0;
    pthread_mutex_lock(&ages->mutex);
    ages->count += delta;
    if (unbounded) ages->unbounded += delta;
    ages->since_sum_s += delta * (since_ms / 1000);
    slot_add(ages->minutes, AGES_MINUTES, since_ms / MINUTE_MS, delta);
    slot_add(ages->hours, AGES_HOURS, since_ms / HOUR_MS, delta);
    pthread_mutex_unlock(&ages->mutex);
}

static int64_t count_since(const struct age_slot *slots, size_t places, int64_t from)
{
    int64_t count = 0;
    for (size_t i = 0; i < places; i++)
        if (slots[i].number >= from) count += slots[i].count;
    return count;
}

/* While the ones from before the start are still being counted, some may seem to be fewer than
 * none. */
static long long shown(int64_t count)
{
    return count > 0 ? count : 0;
}

void ages_write(struct ages *ages, int64_t now_ms, struct buf *out)
{
    buf_add(out, STR("# TYPE baton_waiting_age_seconds histogram\n"));
    pthread_mutex_lock(&ages->mutex);
    for (size_t i = 0; i < sizeof bounds_s / sizeof *bounds_s; i++) {
        int64_t from_ms = now_ms - bounds_s[i] * 1000;
        int64_t count = bounds_s[i] <= day_s
                            ? count_since(ages->minutes, AGES_MINUTES, from_ms / MINUTE_MS)
                            : count_since(ages->hours, AGES_HOURS, from_ms / HOUR_MS);
        buf_printf(out, "baton_waiting_age_seconds_bucket{le=\"%lld\"} %lld\n",
                   (long long)bounds_s[i], shown(count));
    }
    int64_t sum_s = ages->count * (now_ms / 1000) - ages->since_sum_s;
    buf_printf(out,
               "baton_waiting_age_seconds_bucket{le=\"+Inf\"} %lld\n"
               "baton_waiting_age_seconds_sum %lld\n"
               "baton_waiting_age_seconds_count %lld\n"
               "# TYPE baton_waiting_tasks_without_timeout gauge\n"
               "baton_waiting_tasks_without_timeout %lld\n",
               shown(ages->count), shown(sum_s), shown(ages->count), shown(ages->unbounded));
    pthread_mutex_unlock(&ages->mutex);
}
