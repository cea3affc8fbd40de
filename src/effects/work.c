/* Work that takes long, on the threads of the event loop's pool. Few at a time, because the memory
 * of processes is read there, too. */
#include <stdlib.h>

#include "effects/private.h"

enum { WORKS_AT_A_TIME = 2 };

struct work {
    struct job job; /* first */
    struct work *next;
    struct effects *effects;
    uv_work_t thread;
    void (*run)(void *context);
    void (*done)(void *context, bool was_run);
    void *context;
};

static void finish(struct work *work, bool was_run)
{
    work->done(work->context, was_run);
    free(work);
}

static void start_works(struct effects *effects);

static void on_thread(uv_work_t *thread)
{
    struct work *work = thread->data;
    work->run(work->context);
}

static void after_thread(uv_work_t *thread, int status)
{
    struct work *work = thread->data;
    struct effects *effects = work->effects;
    effects->works--;
    finish(work, status == 0);
    start_works(effects);
}

static struct work *take_first(struct effects *effects)
{
    struct work *work = effects->first_work;
    effects->first_work = work->next;
    if (!work->next) effects->last_work = NULL;
    return work;
}

static void start_works(struct effects *effects)
{
    while (effects->first_work && effects->works < WORKS_AT_A_TIME) {
        struct work *work = take_first(effects);
        work->thread.data = work;
        if (uv_queue_work(&effects->loop, &work->thread, on_thread, after_thread) == 0)
            effects->works++;
        else
            finish(work, false);
    }
}

static void take_work(struct effects *effects, struct job *job)
{
    struct work *work = (struct work *)job;
    if (effects->is_stopping) {
        finish(work, false);
        return;
    }
    if (effects->last_work)
        effects->last_work->next = work;
    else
        effects->first_work = work;
    effects->last_work = work;
    start_works(effects);
}

void effects_work(struct effects *effects, void (*run)(void *context),
                  void (*done)(void *context, bool was_run), void *context)
{
    struct work *work = calloc(1, sizeof *work);
    if (!work) fatal("out of memory");
    work->job.run = take_work;
    work->effects = effects;
    work->run = run;
    work->done = done;
    work->context = context;
    if (!effects_submit(effects, &work->job)) finish(work, false);
}

void works_stop(struct effects *effects)
{
    while (effects->first_work)
        finish(take_first(effects), false);
}
