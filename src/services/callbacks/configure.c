/* Submitting the configuration and waiting for it; see configure.h. */
#include "services/callbacks/configure.h"

#include <pthread.h>

#include "base/log.h"

struct submission {
    struct request request; /* first, so that the request is the submission */
    pthread_mutex_t mutex;
    pthread_cond_t done_changed;
    bool done;
};

static void complete(struct request *request)
{
    struct submission *submission = (struct submission *)request;
    pthread_mutex_lock(&submission->mutex);
    submission->done = true;
    pthread_cond_signal(&submission->done_changed);
    pthread_mutex_unlock(&submission->mutex);
}

bool callbacks_configure(struct shard *shard, json config, struct error *err)
{
    struct submission submission = { .done = false };
    struct request *request = &submission.request;
    pthread_mutex_init(&submission.mutex, NULL);
    pthread_cond_init(&submission.done_changed, NULL);
    arena_init(&request->arena);
    buf_init(&request->reply, &request->arena);
    request->operation = &callbacks_apply_configuration;
    request->params = json_copy(&request->arena, config);
    request->complete = complete;
    shard_submit(shard, request);
    pthread_mutex_lock(&submission.mutex);
    while (!submission.done)
        pthread_cond_wait(&submission.done_changed, &submission.mutex);
    pthread_mutex_unlock(&submission.mutex);
    bool is_good = request->error.code == ERROR_NONE;
    if (!is_good) {
        str text = error_text(&request->error);
        error_set(err, request->error.code, "%.*s", STR_ARGS(text));
    }
    arena_close(&request->arena);
    pthread_cond_destroy(&submission.done_changed);
    pthread_mutex_destroy(&submission.mutex);
    return is_good;
}
