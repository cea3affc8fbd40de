/* Replies that wait for their sync, and the published snapshot; see commit.h. */
#include "shard/commit.h"

#include <stdlib.h>

#include "base/clock.h"

static struct view *view_new(struct store *store)
{
    struct view *view = malloc(sizeof *view);
    if (!view) fatal("out of memory");
    *view = (struct view){ .snapshot = store_snapshot_new(store) };
    return view;
}

static void view_free(struct store *store, struct view *view)
{
    ASSERT_CMP(view->readers, ==, 0);
    store_snapshot_free(store, view->snapshot);
    free(view);
}

static void publish(struct commit *commit, struct view *view)
{
    pthread_mutex_lock(&commit->view_mutex);
    struct view *old = commit->view;
    commit->view = view;
    /* With readers left, the last of them frees it. */
    bool unused = old->readers == 0;
    pthread_mutex_unlock(&commit->view_mutex);
    if (unused) view_free(commit->store, old);
}

static void complete_all(struct commit *commit, struct request *request)
{
    int64_t now_us = clock_monotonic_us();
    while (request) {
        struct request *next = request->next; /* complete gives the request away */
        histogram_add(&commit->metrics->commit_us, now_us - request->submitted_us);
        request->next = NULL;
        request->complete(request);
        request = next;
    }
}

void commit_init(struct commit *commit, struct store *store, struct metrics *metrics)
{
    *commit = (struct commit){ .store = store, .metrics = metrics };
    pthread_mutex_init(&commit->mutex, NULL);
    pthread_cond_init(&commit->wake, NULL);
    pthread_mutex_init(&commit->view_mutex, NULL);
    commit->view = view_new(store);
}

void commit_close(struct commit *commit)
{
    view_free(commit->store, commit->view);
    pthread_mutex_destroy(&commit->view_mutex);
    pthread_cond_destroy(&commit->wake);
    pthread_mutex_destroy(&commit->mutex);
}

void commit_add(struct commit *commit, struct request *first, bool wrote)
{
    if (!first && !wrote) return;
    struct request *last = first;
    size_t count = first ? 1 : 0;
    for (; last && last->next; last = last->next)
        count++;

    pthread_mutex_lock(&commit->mutex);
    if (wrote) commit->applied++;
    if (first) {
        if (commit->last)
            commit->last->next = first;
        else
            commit->first = first;
        commit->last = last;
        commit->count += count;
    }
    pthread_mutex_unlock(&commit->mutex);
    pthread_cond_signal(&commit->wake);
}

bool commit_flush(struct commit *commit)
{
    pthread_mutex_lock(&commit->mutex);
    struct request *first = commit->first;
    size_t count = commit->count;
    uint64_t applied = commit->applied;
    commit->first = commit->last = NULL;
    commit->count = 0;
    pthread_mutex_unlock(&commit->mutex);

    if (!first && applied == commit->synced) return false;
    /* Nothing new on disk (an Express execution, an answer that repeats an old one): no sync. */
    if (applied != commit->synced) {
        struct view *view = view_new(commit->store);
        store_sync(commit->store);
        publish(commit, view);
        commit->synced = applied;
        histogram_add(&commit->metrics->batch_size, (int64_t)count);
    }
    complete_all(commit, first);
    return true;
}

/* False when there is nothing left to do and the shard stops. */
static bool wait_for_work(struct commit *commit)
{
    pthread_mutex_lock(&commit->mutex);
    while (!commit->first && commit->applied == commit->synced && !commit->stopping)
        pthread_cond_wait(&commit->wake, &commit->mutex);
    bool more = commit->first || commit->applied != commit->synced;
    pthread_mutex_unlock(&commit->mutex);
    return more;
}

void commit_run(struct commit *commit)
{
    while (wait_for_work(commit))
        (void)commit_flush(commit);
}

void commit_stop(struct commit *commit)
{
    pthread_mutex_lock(&commit->mutex);
    commit->stopping = true;
    pthread_mutex_unlock(&commit->mutex);
    pthread_cond_signal(&commit->wake);
}

struct view *commit_view_acquire(struct commit *commit)
{
    pthread_mutex_lock(&commit->view_mutex);
    struct view *view = commit->view;
    view->readers++;
    pthread_mutex_unlock(&commit->view_mutex);
    return view;
}

void commit_view_release(struct commit *commit, struct view *view)
{
    pthread_mutex_lock(&commit->view_mutex);
    ASSERT_CMP(view->readers, >, 0);
    view->readers--;
    bool unused = view->readers == 0 && view != commit->view;
    pthread_mutex_unlock(&commit->view_mutex);
    if (unused) view_free(commit->store, view);
}
