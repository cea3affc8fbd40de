/* The shard with its threads over the embedded store. */
#include <ftw.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <criterion/criterion.h>

#include "base/clock.h"
#include "shard/support_test.h"

struct running {
    char path[64];
    struct store *store;
    struct shard *shard;
};

static void open_running(struct running *r)
{
    struct error err = { 0 };
    bool opened = store_open(str_from(r->path), &r->store, &err);
    cr_assert(opened, "%s", err.message);
    struct shard_options options = {
        .store = r->store,
        .number = 1,
        .region = STR("us-east-1"),
        .account = STR("000000000000"),
        .integrations = test_integrations,
        .integration_count = test_integration_count,
    };
    r->shard = shard_new(&options);
    shard_start(r->shard);
}

static void close_running(struct running *r)
{
    shard_stop(r->shard);
    shard_free(r->shard);
    store_close(r->store);
}

static void make_running(struct running *r)
{
    snprintf(r->path, sizeof r->path, "/tmp/baton-shard-test-XXXXXX");
    cr_assert(mkdtemp(r->path) != NULL);
    open_running(r);
}

static int remove_entry(const char *path, const struct stat *status, int type, struct FTW *walk)
{
    (void)status;
    (void)type;
    (void)walk;
    return remove(path);
}

static void drop_running(struct running *r)
{
    close_running(r);
    nftw(r->path, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
}

static void wait_for(struct call *call)
{
    for (int i = 0; i < 200000 && !call_is_done(call); i++)
        usleep(100);
    cr_assert(call_is_done(call));
}

static void define(struct shard *shard, const char *machine, const char *definition)
{
    struct call *call = call_submit(shard, OP_DEFINE, "{\"machine\":\"%s\",\"definition\":\"%s\"}",
                                    machine, definition);
    wait_for(call);
    (void)call_reply(call);
    call_free(call);
}

#define PASS                                                                                       \
    "{\\\"StartAt\\\":\\\"P\\\",\\\"States\\\":{\\\"P\\\":{\\\"Type\\\":\\\"Pass\\\",\\\"End\\\":" \
    "true}}}"
#define ACTIVITY                                                                                   \
    "{\\\"StartAt\\\":\\\"A\\\",\\\"States\\\":{\\\"A\\\":{\\\"Type\\\":\\\"Task\\\","             \
    "\\\"Resource\\\":\\\"arn:aws:states:us-east-1:000000000000:activity:work\\\","                \
    "\\\"End\\\":true}}}"

enum { THREADS = 4, CALLS = 500 };

struct client {
    pthread_t thread;
    struct shard *shard;
    int number;
};

static void *start_many(void *argument)
{
    struct client *client = argument;
    struct call *calls[CALLS];
    for (int i = 0; i < CALLS; i++)
        calls[i] = call_submit(client->shard, OP_START, "{\"machine\":\"m\",\"name\":\"n%d-%d\"}",
                               client->number, i);
    for (int i = 0; i < CALLS; i++) {
        wait_for(calls[i]);
        (void)call_reply(calls[i]);
        /* What has been answered can be read. */
        struct reader reader;
        struct arena arena;
        struct key key;
        str value;
        char name[32];
        snprintf(name, sizeof name, "n%d-%d", client->number, i);
        arena_init(&arena);
        key_name(&key, 1, STR("m"), str_from(name));
        shard_read_begin(client->shard, &reader, &arena);
        cr_assert(store_get(reader.store, reader.snapshot, key_str(&key), &arena, &value));
        shard_read_end(&reader);
        arena_close(&arena);
        call_free(calls[i]);
    }
    return NULL;
}

Test(threads, many_clients_at_once, .timeout = 60)
{
    struct running r;
    make_running(&r);
    define(r.shard, "m", PASS);
    struct client clients[THREADS];
    for (int i = 0; i < THREADS; i++) {
        clients[i] = (struct client){ .shard = r.shard, .number = i };
        pthread_create(&clients[i].thread, NULL, start_many, &clients[i]);
    }
    for (int i = 0; i < THREADS; i++)
        pthread_join(clients[i].thread, NULL);
    struct buf out;
    buf_init(&out, NULL);
    shard_metrics(r.shard, &out);
    str want = STR("baton_executions_succeeded_total 2000\n");
    cr_assert_lt(str_find(buf_str(&out), want, 0), out.len);
    buf_close(&out);
    drop_running(&r);
}

Test(threads, a_stop_finishes_what_was_taken_in_and_lets_waiters_go, .timeout = 60)
{
    struct running r;
    make_running(&r);
    define(r.shard, "m", PASS);
    struct call *poll = call_submit(r.shard, OP_POLL, "{\"activity\":\"work\"}");
    struct call *start = call_submit(r.shard, OP_START, "{\"machine\":\"m\",\"name\":\"a\"}");
    shard_stop(r.shard);
    cr_assert(call_is_done(start) && call_is_done(poll));
    cr_assert(str_eq(call_reply(poll), STR("{}")));
    (void)call_reply(start);
    struct call *late = call_submit(r.shard, OP_START, "{\"machine\":\"m\",\"name\":\"b\"}");
    cr_assert(call_is_done(late));
    cr_assert_eq(late->request.error.code, ERROR_OVERLOADED);
    call_free(poll);
    call_free(start);
    call_free(late);
    shard_free(r.shard);
    store_close(r.store);
    /* It is all there when the process starts again. */
    open_running(&r);
    struct call *again = call_submit(r.shard, OP_START, "{\"machine\":\"m\",\"name\":\"a\"}");
    wait_for(again);
    cr_assert_lt(str_find(call_reply(again), STR("again"), 0), call_reply(again).len);
    call_free(again);
    drop_running(&r);
}

Test(threads, a_worker_gets_a_task_and_a_timer_fires, .timeout = 60)
{
    struct running r;
    make_running(&r);
    define(r.shard, "m", ACTIVITY);
    define(r.shard, "w",
           "{\\\"StartAt\\\":\\\"W\\\",\\\"States\\\":{\\\"W\\\":{\\\"Type\\\":\\\"Wait\\\","
           "\\\"Seconds\\\":1,\\\"Next\\\":\\\"A\\\"},\\\"A\\\":{\\\"Type\\\":\\\"Task\\\","
           "\\\"Resource\\\":\\\"arn:aws:states:us-east-1:000000000000:activity:work\\\","
           "\\\"End\\\":true}}}");
    struct call *poll = call_submit(r.shard, OP_POLL, "{\"activity\":\"work\"}");
    struct call *start = call_submit(r.shard, OP_START, "{\"machine\":\"w\",\"name\":\"a\"}");
    int64_t before_us = clock_monotonic_us();
    wait_for(poll);
    cr_assert_geq(clock_monotonic_us() - before_us, 900000);
    cr_assert_lt(str_find(call_reply(poll), STR("taskToken"), 0), call_reply(poll).len);
    wait_for(start);
    struct call *idle = call_submit(r.shard, OP_POLL, "{\"activity\":\"work\"}");
    usleep(50000);
    shard_cancel(r.shard, &idle->request);
    wait_for(idle);
    call_free(poll);
    call_free(start);
    call_free(idle);
    drop_running(&r);
}
