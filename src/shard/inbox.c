/* A bounded list of requests under a mutex; see inbox.h. */
#include "shard/inbox.h"

#include <errno.h>
#include <time.h>

void inbox_init(struct inbox *inbox)
{
    *inbox = (struct inbox){ 0 };
    pthread_condattr_t attributes;
    pthread_mutex_init(&inbox->mutex, NULL);
    pthread_condattr_init(&attributes);
    /* The real-time clock may be set while we wait. */
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(&inbox->wake, &attributes);
    pthread_condattr_destroy(&attributes);
}

void inbox_close(struct inbox *inbox)
{
    pthread_cond_destroy(&inbox->wake);
    pthread_mutex_destroy(&inbox->mutex);
}

static bool put(struct inbox *inbox, struct request *request, size_t depth_max)
{
    request->next = NULL;
    pthread_mutex_lock(&inbox->mutex);
    bool accepted = !inbox->stopping && atomic_load(&inbox->depth) < depth_max;
    if (accepted) {
        atomic_fetch_add(&inbox->depth, 1);
        if (inbox->last)
            inbox->last->next = request;
        else
            inbox->first = request;
        inbox->last = request;
    }
    pthread_mutex_unlock(&inbox->mutex);
    /* Costs nothing while the writer is at work: only a sleeping one makes a system call. */
    if (accepted) pthread_cond_signal(&inbox->wake);
    return accepted;
}

bool inbox_put(struct inbox *inbox, struct request *request)
{
    return put(inbox, request, SHARD_INBOX_MAX);
}

bool inbox_put_always(struct inbox *inbox, struct request *request)
{
    return put(inbox, request, SIZE_MAX);
}

struct request *inbox_take(struct inbox *inbox)
{
    pthread_mutex_lock(&inbox->mutex);
    struct request *first = inbox->first;
    inbox->first = inbox->last = NULL;
    inbox->nudged = false;
    pthread_mutex_unlock(&inbox->mutex);
    return first;
}

void inbox_handled(struct inbox *inbox)
{
    size_t before = atomic_fetch_sub(&inbox->depth, 1);
    ASSERT_CMP(before, >, 0);
}

static struct timespec monotonic_in(int64_t us)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    int64_t ns = t.tv_nsec + us % 1000000 * 1000;
    t.tv_sec += (time_t)(us / 1000000 + ns / 1000000000);
    t.tv_nsec = (long)(ns % 1000000000);
    return t;
}

void inbox_wait(struct inbox *inbox, int64_t timeout_us)
{
    if (timeout_us <= 0) return;
    struct timespec until = monotonic_in(timeout_us);
    pthread_mutex_lock(&inbox->mutex);
    while (!inbox->first && !inbox->nudged && !inbox->stopping) {
        if (pthread_cond_timedwait(&inbox->wake, &inbox->mutex, &until) == ETIMEDOUT) break;
    }
    pthread_mutex_unlock(&inbox->mutex);
}

void inbox_nudge(struct inbox *inbox)
{
    pthread_mutex_lock(&inbox->mutex);
    inbox->nudged = true;
    pthread_mutex_unlock(&inbox->mutex);
    pthread_cond_signal(&inbox->wake);
}

void inbox_stop(struct inbox *inbox)
{
    pthread_mutex_lock(&inbox->mutex);
    inbox->stopping = true;
    pthread_mutex_unlock(&inbox->mutex);
    pthread_cond_signal(&inbox->wake);
}

bool inbox_is_stopping(struct inbox *inbox)
{
    pthread_mutex_lock(&inbox->mutex);
    bool stopping = inbox->stopping;
    pthread_mutex_unlock(&inbox->mutex);
    return stopping;
}

size_t inbox_depth(struct inbox *inbox)
{
    return atomic_load(&inbox->depth);
}
