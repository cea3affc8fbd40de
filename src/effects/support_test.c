/* The test's world: see support_test.h. */
#include "effects/support_test.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <criterion/criterion.h>

#include "effects/child.h"

/* The program of the tests is also the wrapper: before main, as that is Criterion's. */
__attribute__((constructor)) static void become_wrapper(int argc, char **argv)
{
    if (argc == 2 && strcmp(argv[1], EFFECTS_CHILD_COMMAND) == 0)
        _exit(effects_child_main(argc, argv));
}

static int remove_entry(const char *path, const struct stat *status, int type, struct FTW *walk)
{
    (void)status;
    (void)type;
    (void)walk;
    return remove(path);
}

void world_init(struct world *world)
{
    *world = (struct world){ 0 };
    arena_init(&world->arena);
    char path[] = "/tmp/baton-effects-test-XXXXXX";
    cr_assert(mkdtemp(path) != NULL);
    world->directory = arena_str(&world->arena, str_from(path));
    world->options = (struct effects_options){
        .directory = world->directory,
        .endpoint = STR("http://127.0.0.1:1"),
        .region = STR("us-east-1"),
        .account = STR("000000000000"),
    };
}

void world_start(struct world *world)
{
    world->effects = effects_start(&world->options);
}

void world_close(struct world *world)
{
    if (world->effects) effects_stop(world->effects);
    for (struct outcome *outcome = world->outcomes; outcome; outcome = outcome->next)
        effect_free(outcome->effect);
    nftw(world_text(world, world->directory), remove_entry, 16, FTW_DEPTH | FTW_PHYS);
    arena_close(&world->arena);
}

const char *world_text(struct world *world, str text)
{
    return arena_cstr(&world->arena, text);
}

static str code_directory(struct world *world, const char *function)
{
    return arena_printf(&world->arena, "%.*s/code-%s", STR_ARGS(world->directory), function);
}

void world_write(struct world *world, const char *function, const char *path, const char *text)
{
    str file =
        arena_printf(&world->arena, "%.*s/%s", STR_ARGS(code_directory(world, function)), path);
    char *name = (char *)(uintptr_t)world_text(world, file);
    for (size_t i = world->directory.len + 1; name[i]; i++) {
        if (name[i] != '/') continue;
        name[i] = '\0';
        mkdir(name, 0755);
        name[i] = '/';
    }
    int out = open(name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0755);
    size_t len = strlen(text);
    cr_assert(out >= 0 && write(out, text, len) == (ssize_t)len, "%s: %s", name, strerror(errno));
    close(out);
}

struct function_spec world_spec(struct world *world, const char *function, const char *runtime,
                                const char *handler)
{
    struct arena *arena = &world->arena;
    return (struct function_spec){
        .name = arena_str(arena, str_from(function)),
        .version = STR("$LATEST"),
        .arn = arena_printf(arena, "arn:aws:lambda:us-east-1:000000000000:function:%s", function),
        .revision = STR("1"),
        .runtime = arena_str(arena, str_from(runtime)),
        .handler = arena_str(arena, str_from(handler)),
        .code_directory = code_directory(world, function),
        .timeout_ms = 3000,
        .memory_mb = 512,
        .concurrency = -1,
        .log_group = arena_printf(arena, "/aws/lambda/%s", function),
    };
}

static void on_done(struct effect *effect)
{
    struct outcome *outcome = effect->owner;
    pthread_mutex_lock(&outcome->lock);
    outcome->done_count++;
    pthread_cond_broadcast(&outcome->changed);
    pthread_mutex_unlock(&outcome->lock);
}

static void on_late(struct effect *effect)
{
    struct outcome *outcome = effect->owner;
    pthread_mutex_lock(&outcome->lock);
    cr_expect_eq(outcome->done_count, 0);
    outcome->late_count++;
    pthread_cond_broadcast(&outcome->changed);
    pthread_mutex_unlock(&outcome->lock);
}

static struct outcome *make_outcome(struct world *world)
{
    struct outcome *outcome = ARENA_NEW(&world->arena, struct outcome);
    pthread_mutex_init(&outcome->lock, NULL);
    pthread_cond_init(&outcome->changed, NULL);
    outcome->effect = effect_new();
    outcome->effect->owner = outcome;
    outcome->effect->done = on_done;
    outcome->effect->late = world->late_ms > 0 ? on_late : NULL;
    outcome->effect->late_ms = world->late_ms;
    outcome->next = world->outcomes;
    world->outcomes = outcome;
    return outcome;
}

struct outcome *world_begin(struct world *world, const struct function_spec *spec,
                            const char *payload, bool may_queue)
{
    static int number; /* a process of its own per test */
    struct outcome *outcome = make_outcome(world);
    char id[64];
    snprintf(id, sizeof id, "00000000-0000-4000-8000-%012d", ++number);
    struct invocation invocation = {
        .effect = outcome->effect,
        .payload = str_from(payload),
        .request_id = str_from(id),
        .may_queue = may_queue,
    };
    functions_invoke(world->effects, spec, &invocation);
    return outcome;
}

struct outcome *world_begin_http(struct world *world, const char *request)
{
    struct outcome *outcome = make_outcome(world);
    struct error err;
    str text = arena_str(&outcome->effect->arena, str_from(request));
    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] == '\'') ((char *)(uintptr_t)text.ptr)[i] = '"';
    }
    bool parsed = json_parse(text, &outcome->effect->arena, &outcome->effect->request, &err);
    cr_assert(parsed, "%s", request);
    http_send(world->effects, outcome->effect);
    return outcome;
}

void outcome_wait_late(struct outcome *outcome)
{
    pthread_mutex_lock(&outcome->lock);
    while (outcome->late_count == 0)
        pthread_cond_wait(&outcome->changed, &outcome->lock);
    pthread_mutex_unlock(&outcome->lock);
}

bool outcome_is_done(struct outcome *outcome)
{
    pthread_mutex_lock(&outcome->lock);
    bool is_done = outcome->done_count > 0;
    pthread_mutex_unlock(&outcome->lock);
    return is_done;
}

const struct effect_result *outcome_wait(struct outcome *outcome)
{
    pthread_mutex_lock(&outcome->lock);
    while (outcome->done_count == 0)
        pthread_cond_wait(&outcome->changed, &outcome->lock);
    cr_assert_eq(outcome->done_count, 1);
    pthread_mutex_unlock(&outcome->lock);
    return &outcome->effect->result;
}

const struct effect_result *world_call(struct world *world, const struct function_spec *spec,
                                       const char *payload)
{
    return outcome_wait(world_begin(world, spec, payload, true));
}

const struct effect_result *world_http(struct world *world, const char *request)
{
    return outcome_wait(world_begin_http(world, request));
}

str world_log(struct world *world, str group)
{
    struct arena *arena = &world->arena;
    struct buf lines, out;
    buf_init(&lines, arena);
    buf_init(&out, arena);
    buf_add_char(&lines, '[');
    uint64_t next;
    struct buf read;
    buf_init(&read, arena);
    functions_log_read(world->effects, group, 0, SIZE_MAX, &read, &next);
    buf_add(&lines, buf_str(&read));
    buf_add_char(&lines, ']');
    json list;
    struct error err;
    cr_assert(json_parse(buf_str(&lines), arena, &list, &err), "%.*s", STR_ARGS(error_text(&err)));
    for (size_t i = 0; i < json_count(list); i++) {
        buf_add(&out, json_str_or(json_at(list, i), STR("message"), (str){ NULL, 0 }));
        buf_add_char(&out, '\n');
    }
    return buf_str(&out);
}

/* ---- waiting for what others do ---- */

static const char *read_file(struct world *world, const char *path)
{
    int file = open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0) return NULL;
    char *text = arena_zalloc(&world->arena, 4096);
    ssize_t got = read(file, text, 4095);
    close(file);
    return got > 0 ? text : NULL;
}

const char *world_await_file(struct world *world, const char *path)
{
    int watch = inotify_init1(IN_CLOEXEC);
    char *folder = (char *)(uintptr_t)world_text(world, str_from(path));
    *strrchr(folder, '/') = '\0';
    cr_assert(inotify_add_watch(watch, folder, IN_CLOSE_WRITE | IN_MOVED_TO) >= 0, "%s", folder);
    const char *text;
    char events[4096];
    while (!(text = read_file(world, path)) || !strchr(text, '\n'))
        cr_assert(read(watch, events, sizeof events) > 0);
    close(watch);
    return text;
}

void await_end_of(int id)
{
    int file = (int)syscall(SYS_pidfd_open, id, 0);
    if (file < 0) return;
    struct pollfd waits = { .fd = file, .events = POLLIN };
    cr_assert_eq(poll(&waits, 1, 10000), 1, "process %d lives on", id);
    close(file);
}
