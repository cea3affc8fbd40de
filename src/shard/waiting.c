/* A hash table of waiting requests by topic, and a binary heap of them by time; see waiting.h. */
#include "shard/waiting.h"

#include <stdlib.h>

#include "base/limits.h"

struct waiter {
    struct request *request;
    int64_t wake_ms;
    size_t at; /* in the heap */
    size_t bucket;
    struct waiter *before, *after; /* in the bucket, by arrival */
    size_t topic_bytes;
    char topic[];
};

/* ---- the heap ---- */

static void place(struct waiting *waiting, size_t at, struct waiter *waiter)
{
    waiting->heap[at] = waiter;
    waiter->at = at;
}

static void sift_up(struct waiting *waiting, size_t at)
{
    struct waiter *waiter = waiting->heap[at];
    while (at > 0 && waiting->heap[(at - 1) / 2]->wake_ms > waiter->wake_ms) {
        place(waiting, at, waiting->heap[(at - 1) / 2]);
        at = (at - 1) / 2;
    }
    place(waiting, at, waiter);
}

static void sift_down(struct waiting *waiting, size_t at)
{
    struct waiter *waiter = waiting->heap[at];
    for (;;) {
        size_t child = 2 * at + 1;
        if (child >= waiting->count) break;
        if (child + 1 < waiting->count &&
            waiting->heap[child + 1]->wake_ms < waiting->heap[child]->wake_ms)
            child++;
        if (waiting->heap[child]->wake_ms >= waiter->wake_ms) break;
        place(waiting, at, waiting->heap[child]);
        at = child;
    }
    place(waiting, at, waiter);
}

static void heap_remove(struct waiting *waiting, size_t at)
{
    struct waiter *last = waiting->heap[--waiting->count];
    waiting->heap[waiting->count] = NULL;
    if (at == waiting->count) return;
    place(waiting, at, last);
    sift_up(waiting, at);
    sift_down(waiting, last->at);
}

/* ---- the table ---- */

static size_t bucket_of(str topic)
{
    uint32_t hash = 2166136261u;
    for (size_t i = 0; i < topic.len; i++)
        hash = (hash ^ (unsigned char)topic.ptr[i]) * 16777619u;
    return (hash ^ hash >> 16) % WAITING_BUCKETS;
}

static void unlink_waiter(struct waiting *waiting, struct waiter *waiter)
{
    if (waiter->before)
        waiter->before->after = waiter->after;
    else
        waiting->buckets[waiter->bucket] = waiter->after;
    if (waiter->after)
        waiter->after->before = waiter->before;
    else
        waiting->tails[waiter->bucket] = waiter->before;
}

static struct request *take_out(struct waiting *waiting, struct waiter *waiter)
{
    struct request *request = waiter->request;
    unlink_waiter(waiting, waiter);
    heap_remove(waiting, waiter->at);
    free(waiter);
    request->next = NULL;
    request->woken_by = STR("");
    return request;
}

void waiting_close(struct waiting *waiting)
{
    for (size_t i = 0; i < waiting->count; i++)
        free(waiting->heap[i]);
    free(waiting->heap);
    *waiting = (struct waiting){ 0 };
}

static bool make_room(struct waiting *waiting, bool is_own)
{
    if (waiting->count >= SHARD_WAITING_REQUESTS_MAX && !is_own) return false;
    if (waiting->count < waiting->capacity) return true;
    size_t capacity = waiting->capacity ? waiting->capacity * 2 : 64;
    struct waiter **heap = realloc(waiting->heap, capacity * sizeof(struct waiter *));
    if (!heap) fatal("out of memory");
    waiting->heap = heap;
    waiting->capacity = capacity;
    return true;
}

bool waiting_add(struct waiting *waiting, struct request *request, str topic, int64_t wake_ms)
{
    if (!make_room(waiting, request->is_own)) return false;
    struct waiter *waiter = malloc(sizeof *waiter + topic.len);
    if (!waiter) fatal("out of memory");
    size_t bucket = bucket_of(topic);
    *waiter = (struct waiter){ .request = request,
                               .wake_ms = wake_ms,
                               .bucket = bucket,
                               .before = waiting->tails[bucket],
                               .topic_bytes = topic.len };
    if (topic.len) memcpy(waiter->topic, topic.ptr, topic.len);
    if (waiter->before)
        waiter->before->after = waiter;
    else
        waiting->buckets[bucket] = waiter;
    waiting->tails[bucket] = waiter;
    place(waiting, waiting->count++, waiter);
    sift_up(waiting, waiter->at);
    return true;
}

/* A list by `next` that grows at its end. */
struct taken {
    struct request *first, *last;
};

static void taken_add(struct taken *taken, struct request *request)
{
    if (taken->last)
        taken->last->next = request;
    else
        taken->first = request;
    taken->last = request;
}

struct request *waiting_take_topic(struct waiting *waiting, str topic, size_t count)
{
    struct taken taken = { 0 };
    struct waiter *waiter = waiting->buckets[bucket_of(topic)];
    while (waiter && count > 0) {
        struct waiter *after = waiter->after;
        if (str_eq((str){ waiter->topic, waiter->topic_bytes }, topic)) {
            struct request *request = take_out(waiting, waiter);
            if (!request->is_own) request->woken_by = arena_str(&request->arena, topic);
            taken_add(&taken, request);
            count--;
        }
        waiter = after;
    }
    return taken.first;
}

struct request *waiting_take_due(struct waiting *waiting, int64_t now_ms, size_t count)
{
    struct taken taken = { 0 };
    while (waiting->count > 0 && waiting->heap[0]->wake_ms <= now_ms && count-- > 0)
        taken_add(&taken, take_out(waiting, waiting->heap[0]));
    return taken.first;
}

struct request *waiting_take_cancelled(struct waiting *waiting, bool all)
{
    struct taken taken = { 0 };
    for (size_t i = 0; i < WAITING_BUCKETS && waiting->count > 0; i++) {
        struct waiter *waiter = waiting->buckets[i];
        while (waiter) {
            struct waiter *after = waiter->after;
            if (all || __atomic_load_n(&waiter->request->cancelled, __ATOMIC_ACQUIRE))
                taken_add(&taken, take_out(waiting, waiter));
            waiter = after;
        }
    }
    return taken.first;
}

int64_t waiting_next_ms(const struct waiting *waiting)
{
    return waiting->count > 0 ? waiting->heap[0]->wake_ms : INT64_MAX;
}
