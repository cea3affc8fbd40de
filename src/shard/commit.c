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
        if (!request->is_own)
            histogram_add(&commit->metrics->commit_us, now_us - request->submitted_us);
        request->next = NULL;
        request->complete(request);
        request = next;
    }
}

/* Each effect goes to the carrier, or comes back at once if there is none. */
static void carry_all(struct commit *commit, struct effect *effect)
{
    while (effect) {
        struct effect *next = effect->next;
        effect->next = NULL;
        if (str_eq(effect->kind, STR("later"))) {
            effect->result.ok = true;
            effect_finish(effect);
        } else if (commit->carrier->carry) {
            commit->carrier->carry(commit->carrier->context, effect);
        } else {
            effect->result = (struct effect_result){
                .error = STR("States.TaskFailed"),
                .cause = STR("This Baton carries out nothing outside of itself."),
            };
            effect_finish(effect);
        }
        effect = next;
    }
}

void commit_init(struct commit *commit, struct store *store, struct metrics *metrics,
                 const struct carrier *carrier)
{
    *commit = (struct commit){ .store = store, .metrics = metrics, .carrier = carrier };
    pthread_mutex_init(&commit->mutex, NULL);
    pthread_cond_init(&commit->wake, NULL);
    pthread_mutex_init(&commit->view_mutex, NULL);
    commit->view = view_new(store);
}

void commit_close(struct commit *commit)
{
    while (commit->effects) {
        struct effect *next = commit->effects->next;
        effect_free(commit->effects);
        commit->effects = next;
    }
    view_free(commit->store, commit->view);
    pthread_mutex_destroy(&commit->view_mutex);
    pthread_cond_destroy(&commit->wake);
    pthread_mutex_destroy(&commit->mutex);
}

/* Behind those that wait, under the mutex. */
static void add_effects(struct commit *commit, struct effect *first)
{
    if (!first) return;
    if (commit->last_effect)
        commit->last_effect->next = first;
    else
        commit->effects = first;
    while (first->next)
        first = first->next;
    commit->last_effect = first;
}

void commit_add(struct commit *commit, struct request *first, struct effect *effects, bool wrote)
{
    if (!first && !effects && !wrote) return;
    struct request *last = first;
    size_t count = first ? 1 : 0;
    for (; last && last->next; last = last->next)
        count++;

    pthread_mutex_lock(&commit->mutex);
    if (wrote) commit->applied++;
    add_effects(commit, effects);
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
    struct effect *effects = commit->effects;
    uint64_t applied = commit->applied;
    commit->first = commit->last = NULL;
    commit->effects = commit->last_effect = NULL;
    commit->count = 0;
    pthread_mutex_unlock(&commit->mutex);

    if (!first && !effects && applied == commit->synced) return false;
    /* Nothing new on disk (an Express execution, an answer that repeats an old one): no sync. */
    if (applied != commit->synced) {
        struct view *view = view_new(commit->store);
        store_sync(commit->store);
        publish(commit, view);
        commit->synced = applied;
        histogram_add(&commit->metrics->batch_size, (int64_t)count);
    }
    complete_all(commit, first);
    carry_all(commit, effects);
    return true;
}

static bool has_work(const struct commit *commit)
{
    return commit->first || commit->effects || commit->applied != commit->synced;
}

/* False when there is nothing left to do and the shard stops. */
static bool wait_for_work(struct commit *commit)
{
    pthread_mutex_lock(&commit->mutex);
    while (!has_work(commit) && !commit->stopping)
        pthread_cond_wait(&commit->wake, &commit->mutex);
    bool more = has_work(commit);
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
