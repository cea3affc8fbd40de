/* The thread: its start, its queue, its end. */
#include <signal.h>
#include <stdlib.h>
#include <sys/stat.h>

#include <curl/curl.h>

#include "effects/private.h"

/* ---- the queue ---- */

bool effects_submit(struct effects *effects, struct job *job)
{
    job->next = NULL;
    uv_mutex_lock(&effects->lock);
    bool taken = !effects->is_stopped;
    bool was_empty = !effects->first_job;
    if (taken) {
        if (was_empty)
            effects->first_job = job;
        else
            effects->last_job->next = job;
        effects->last_job = job;
        /* Under the lock: the loop, too, is closed under it. */
        if (was_empty) uv_async_send(&effects->wake_up);
    }
    uv_mutex_unlock(&effects->lock);
    return taken;
}

static struct job *take_jobs(struct effects *effects, bool *stop)
{
    uv_mutex_lock(&effects->lock);
    struct job *first = effects->first_job;
    effects->first_job = effects->last_job = NULL;
    *stop = effects->is_stopped;
    uv_mutex_unlock(&effects->lock);
    return first;
}

void effect_fail(struct effect *effect, str error, str cause)
{
    effect->result = (struct effect_result){
        .error = arena_str(&effect->arena, error),
        .cause = arena_str(&effect->arena, cause),
    };
    effect_finish(effect);
}

/* ---- the loop ---- */

static void begin_stop(struct effects *effects)
{
    if (effects->is_stopping) return;
    effects->is_stopping = true;
    functions_stop(effects->functions);
    http_client_stop(effects->http);
    works_stop(effects);
    uv_close((uv_handle_t *)&effects->wake_up, NULL);
}

static void on_wake_up(uv_async_t *async)
{
    struct effects *effects = async->data;
    bool stop;
    struct job *job = take_jobs(effects, &stop);
    while (job) {
        struct job *next = job->next;
        job->run(effects, job);
        job = next;
    }
    if (stop) begin_stop(effects);
}

static void run_loop(void *context)
{
    struct effects *effects = context;
    /* Signals are for the thread that handles them, not for this one. */
    sigset_t all;
    sigfillset(&all);
    sigdelset(&all, SIGCHLD);
    pthread_sigmask(SIG_BLOCK, &all, NULL);
    uv_run(&effects->loop, UV_RUN_DEFAULT);
}

/* ---- start and stop ---- */

static str copy_directory(struct arena *arena, str directory)
{
    char *absolute = realpath(arena_cstr(arena, directory), NULL);
    str copy = arena_str(arena, absolute ? str_from(absolute) : directory);
    free(absolute);
    return copy;
}

static bool is_directory(const char *path)
{
    struct stat status;
    return stat(path, &status) == 0 && S_ISDIR(status.st_mode);
}

/* $BATON_NODE_MODULES, or node_modules in the server's directory. */
static str find_node_modules(struct arena *arena, str directory)
{
    const char *configured = getenv("BATON_NODE_MODULES");
    if (configured && *configured) return copy_directory(arena, str_from(configured));
    str beside = arena_printf(arena, "%.*s/node_modules", STR_ARGS(directory));
    return is_directory(arena_cstr(arena, beside)) ? beside : (str){ NULL, 0 };
}

static void copy_options(struct effects *effects, const struct effects_options *options)
{
    struct arena *arena = &effects->arena;
    effects->options = (struct effects_options){
        .directory = copy_directory(arena, options->directory),
        .endpoint = arena_str(arena, options->endpoint),
        .region = arena_str(arena, options->region),
        .account = arena_str(arena, options->account),
        .processes_max = options->processes_max ? options->processes_max : FUNCTION_PROCESSES_MAX,
        .runtimes = json_copy(arena, options->runtimes),
        .idle_ms_max = options->idle_ms_max ? options->idle_ms_max : FUNCTION_IDLE_MS_MAX,
    };
    effects->keeper_program =
        options->keeper_program.len ? arena_cstr(arena, options->keeper_program) : "/proc/self/exe";
    const char *path = getenv("PATH");
    effects->path = arena_cstr(arena, str_from(path ? path : "/usr/local/bin:/usr/bin:/bin"));
    effects->node_modules = find_node_modules(arena, effects->options.directory);
}

struct effects *effects_start(const struct effects_options *options)
{
    if (curl_global_init(CURL_GLOBAL_DEFAULT) != 0) fatal("libcurl does not start");
    struct effects *effects = calloc(1, sizeof *effects);
    if (!effects || uv_mutex_init(&effects->lock) != 0 || uv_loop_init(&effects->loop) != 0)
        fatal("out of memory");
    arena_init(&effects->arena);
    copy_options(effects, options);
    command_prepare(effects);
    struct arena *arena = &effects->arena;
    effects->logs =
        logs_new(arena, arena_printf(arena, "%.*s/logs", STR_ARGS(effects->options.directory)));
    if (uv_async_init(&effects->loop, &effects->wake_up, on_wake_up) != 0)
        fatal("cannot start the thread of the effects");
    effects->wake_up.data = effects;
    effects->functions = functions_new(effects);
    effects->http = http_client_new(effects);
    if (uv_thread_create(&effects->thread, run_loop, effects) != 0)
        fatal("cannot start the thread of the effects");
    return effects;
}

void effects_stop(struct effects *effects)
{
    uv_mutex_lock(&effects->lock);
    effects->is_stopped = true;
    uv_async_send(&effects->wake_up);
    uv_mutex_unlock(&effects->lock);
    uv_thread_join(&effects->thread);
    functions_free(effects->functions);
    http_client_free(effects->http);
    logs_free(effects->logs);
    if (uv_loop_close(&effects->loop) != 0) fatal("the loop of the effects has open handles");
    uv_mutex_destroy(&effects->lock);
    arena_close(&effects->arena);
    free(effects);
    curl_global_cleanup();
}

void functions_log_read(struct effects *effects, str log_group, uint64_t after, size_t count,
                        struct buf *out, uint64_t *next)
{
    logs_read(effects->logs, log_group, after, count, out, next);
}

void effects_log_add(struct effects *effects, str log_group, str stream, int64_t time_ms,
                     str message)
{
    logs_add_message(effects->logs, log_group, stream, time_ms, message);
}

void effects_log_flush(struct effects *effects)
{
    logs_flush(effects->logs);
}

str effects_log_text(struct effects *effects, str log_group, struct arena *arena)
{
    return logs_text(effects->logs, log_group, arena);
}

uint64_t effects_log_bytes(struct effects *effects, str log_group)
{
    return logs_bytes(effects->logs, log_group);
}

void effects_log_delete(struct effects *effects, str log_group)
{
    logs_delete(effects->logs, log_group);
}
