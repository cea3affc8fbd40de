/* Answers to waiting tasks per second, by SendTaskSuccess, by link and by key; and how much memory
 * keys and kept answers take. The shard with its threads on a store on disk, without HTTP, which
 * costs each of them the same.
 *
 *     build/release/bench/callbacks_bench DIRECTORY [ANSWERS [HELD]]     (20000, 0)
 *
 * DIRECTORY is made, and must not be there. HELD: that many waits with a key and that many kept
 * answers are made first, and the memory of the process is told before and after. */
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "services/callbacks/door.h"
#include "services/service.h"

enum {
    ANSWERS_DEFAULT = 20000,
    IN_FLIGHT_MAX = 512,
    ENTERED_EVENT = 2, /* of the only state of every machine here */
    TASK_EVENT = 3,
    ROUNDS = 10, /* the ways take turns: the store grows, and its work in the background with it */
};

enum way { BY_TOKEN, BY_LINK, BY_KEY, WAYS };
static const char *const machines[WAYS] = { "plain", "linked", "keyed" };

struct bench {
    struct shard *shard;
    struct arena arena;
    _Atomic long in_flight, failed;
};

struct call {
    struct request request; /* first: completed requests are cast back */
    struct bench *bench;
    enum way way;
    struct link link;
    str key;
    uint64_t *serial; /* of a started execution; or NULL */
};

/* ---- calls ---- */

static void complete(struct request *request)
{
    struct call *call = (struct call *)(void *)request;
    struct bench *bench = call->bench;
    if (request->error.code != ERROR_NONE) atomic_fetch_add(&bench->failed, 1);
    arena_close(&request->arena);
    free(call);
    atomic_fetch_sub(&bench->in_flight, 1);
}

static struct call *call_new(struct bench *bench, const struct operation *operation)
{
    struct call *call = calloc(1, sizeof *call);
    if (!call) fatal("out of memory");
    arena_init(&call->request.arena);
    buf_init(&call->request.reply, &call->request.arena);
    call->request.operation = operation;
    call->request.complete = complete;
    call->bench = bench;
    return call;
}

static void submit(struct call *call)
{
    struct bench *bench = call->bench;
    while (atomic_load(&bench->in_flight) >= IN_FLIGHT_MAX)
        usleep(20);
    atomic_fetch_add(&bench->in_flight, 1);
    shard_submit(bench->shard, &call->request);
}

static void drain(struct bench *bench)
{
    while (atomic_load(&bench->in_flight) > 0)
        usleep(50);
    if (atomic_load(&bench->failed) > 0) fatal("%ld calls failed", atomic_load(&bench->failed));
}

static void set_params(struct call *call, const char *text)
{
    struct error err;
    str copy = arena_str(&call->request.arena, str_from(text));
    if (!json_parse(copy, &call->request.arena, &call->request.params, &err))
        fatal("the benchmark's own call is malformed");
}

static void send_states(struct bench *bench, const char *operation, const char *params)
{
    struct call *call = call_new(bench, service_operation(&states_service, str_from(operation)));
    set_params(call, params);
    submit(call);
}

/* ---- waits ---- */

static enum handled start(struct txn *txn, struct request *request, struct error *err)
{
    struct call *call = (struct call *)(void *)request;
    struct execution_start what = {
        .machine = str_from(machines[call->way]),
        .revision = 1,
        .type = ASL_STANDARD,
        .role_arn = STR("arn:aws:iam::000000000000:role/r"),
        .name = call->key,
        .input = STR("{}"),
        .input_value = (json){ .kind = JSON_OBJECT },
    };
    (void)err;
    const struct execution *execution = txn_execution_start(txn, &what);
    if (call->serial) *call->serial = execution->id.serial;
    return HANDLED;
}

static void start_all(struct bench *bench, enum way way, const char *prefix, uint64_t *serials,
                      long count)
{
    static const struct operation operation = { .name = STR_INIT("Start"), .write = start };
    for (long i = 0; i < count; i++) {
        struct call *call = call_new(bench, &operation);
        call->way = way;
        call->key = arena_printf(&call->request.arena, "%s-%ld", prefix, i);
        call->serial = serials ? &serials[i] : NULL;
        submit(call);
    }
    drain(bench);
}

static void create(struct bench *bench)
{
    static const char *const callbacks[WAYS] = {
        "", "\\\"Callback\\\":{},",
        "\\\"Callback\\\":{\\\"Name\\\":\\\"orders\\\",\\\"Key.$\\\":\\\"$$.Execution.Name\\\"},"
    };
    for (int i = 0; i < WAYS; i++) {
        char params[800];
        snprintf(params, sizeof params,
                 "{\"name\":\"%s\",\"roleArn\":\"arn:aws:iam::000000000000:role/r\","
                 "\"definition\":\"{\\\"StartAt\\\":\\\"T\\\",\\\"States\\\":{\\\"T\\\":{"
                 "\\\"Type\\\":\\\"Task\\\",\\\"Resource\\\":\\\"arn:aws:states:us-east-1:"
                 "000000000000:activity:a\\\",%s\\\"End\\\":true}}}\"}",
                 machines[i], callbacks[i]);
        send_states(bench, "CreateStateMachine", params);
    }
    drain(bench);
}

/* ---- answers ---- */

static enum handled answer(struct txn *txn, struct request *request, struct error *err)
{
    struct call *call = (struct call *)(void *)request;
    struct verdict verdict;
    struct answer what = {
        .kind = ANSWER_SUCCESS,
        .output = request->params,
        .digest = request->id,
        .via = STR("bench"),
    };
    (void)err;
    if (call->way == BY_LINK)
        answer_by_link(txn, &call->link, &what, &verdict);
    else
        answer_by_key(txn, STR("orders"), call->key, &what, &verdict);
    if (verdict.kind != VERDICT_ACCEPTED && verdict.kind != VERDICT_KEPT)
        fatal("an answer is refused: %d", (int)verdict.kind);
    verdict_write(&verdict, &request->reply);
    return HANDLED;
}

#define OUTPUT "{\"approved\":true,\"amount\":4711,\"by\":\"Ada Lovelace\"}"

/* What the I/O thread does, then the writer. */
static void answer_one(struct bench *bench, enum way way, uint64_t serial, const char *prefix,
                       long number)
{
    static const struct operation operation = { .name = STR_INIT("Answer"), .write = answer };
    struct call *call;
    if (way == BY_TOKEN) {
        char params[300];
        token to = { .serial = serial, .task_event = TASK_EVENT };
        call = call_new(bench, service_operation(&states_service, STR("SendTaskSuccess")));
        str text = token_encode(shard_token_key(bench->shard), to, &call->request.arena);
        snprintf(params, sizeof params,
                 "{\"taskToken\":\"%.*s\",\"output\":\"{\\\"approved\\\":true,\\\"amount\\\":4711,"
                 "\\\"by\\\":\\\"Ada Lovelace\\\"}\"}",
                 STR_ARGS(text));
        set_params(call, params);
        submit(call);
        return;
    }
    call = call_new(bench, &operation);
    call->way = way;
    call->key = arena_printf(&call->request.arena, "%s-%ld", prefix, number);
    set_params(call, OUTPUT);
    struct answer what = { .kind = ANSWER_SUCCESS, .output = call->request.params };
    call->request.id = answer_digest(&what, &call->request.arena);
    struct link link = { .serial = serial, .entered = ENTERED_EVENT };
    const struct link_keys *keys = shard_link_keys(bench->shard);
    str path = link_encode(keys, &link, &call->request.arena);
    if (way == BY_LINK && link_decode(keys, str_skip(path, 3), &call->link) != LINK_OK)
        fatal("a link is not good");
    submit(call);
}

/* Returns the microseconds. */
static int64_t answer_all(struct bench *bench, enum way way, const char *prefix,
                          const uint64_t *serials, long count)
{
    int64_t begin_us = clock_monotonic_us();
    for (long i = 0; i < count; i++)
        answer_one(bench, way, serials ? serials[i] : 0, prefix, i);
    drain(bench);
    return clock_monotonic_us() - begin_us;
}

/* ---- memory ---- */

static long resident_mb(void)
{
    long pages = 0, ignored;
    FILE *file = fopen("/proc/self/statm", "r");
    if (!file || fscanf(file, "%ld %ld", &ignored, &pages) != 2) fatal("statm cannot be read");
    fclose(file);
    return pages * sysconf(_SC_PAGESIZE) / (1 << 20);
}

/* A mailbox that holds as many as there may be. */
static enum handled widen(struct txn *txn, struct request *request, struct error *err)
{
    struct callback_name settings = {
        .name = STR("orders"),
        .ttl_s = CALLBACK_MAILBOX_TTL_S_DEFAULT,
        .entries_max = CALLBACK_MAILBOX_ENTRIES_MAX,
        .bytes_max = INT64_MAX,
    };
    (void)request, (void)err;
    callback_name_store(txn, &settings);
    return HANDLED;
}

static void hold(struct bench *bench, long count)
{
    static const struct operation operation = { .name = STR_INIT("Widen"), .write = widen };
    submit(call_new(bench, &operation));
    long before = resident_mb();
    start_all(bench, BY_KEY, "held", NULL, count);
    long keys = resident_mb();
    (void)answer_all(bench, BY_KEY, "early", NULL, count);
    printf("callbacks: %ld keys and %ld kept answers: %ld MB, %ld MB, %ld MB\n", count, count,
           before, keys, resident_mb());
}

static int64_t now(void *world)
{
    (void)world;
    return clock_now_ms();
}

int main(int argc, char **argv)
{
    long count = argc > 2 ? strtol(argv[2], NULL, 10) : ANSWERS_DEFAULT;
    long held = argc > 3 ? strtol(argv[3], NULL, 10) : 0;
    if (argc < 2 || count < 1 || held < 0 || held >= CALLBACK_MAILBOX_ENTRIES_MAX)
        fatal("usage: callbacks_bench DIRECTORY [ANSWERS [HELD]]");
    static struct bench bench;
    struct error err;
    struct shard_options options = {
        .region = STR("us-east-1"),
        .account = STR("000000000000"),
        .now_ms = now,
    };
    arena_init(&bench.arena);
    log_set_level(LOG_ERROR);
    if (!store_open(str_from(argv[1]), &options.store, &err))
        fatal("%.*s", STR_ARGS(error_text(&err)));
    services_register(&options, &bench.arena);
    bench.shard = shard_new(&options);
    services_start(bench.shard);
    shard_start(bench.shard);
    create(&bench);
    if (held > 0) hold(&bench, held);
    uint64_t *serials = arena_array(&bench.arena, (size_t)count, sizeof *serials);
    int64_t spent_us[WAYS] = { 0 };
    for (int round = 0; round < ROUNDS; round++) {
        for (int way = 0; way < WAYS; way++) {
            char prefix[20];
            snprintf(prefix, sizeof prefix, "run-%d", round);
            start_all(&bench, (enum way)way, prefix, serials, count / ROUNDS);
            spent_us[way] += answer_all(&bench, (enum way)way, prefix, serials, count / ROUNDS);
        }
    }
    long answered = count / ROUNDS * ROUNDS;
    double rates[WAYS];
    for (int way = 0; way < WAYS; way++)
        rates[way] = (double)answered * 1e6 / (double)spent_us[way];
    printf("callbacks: %.0f/s by token, %.0f/s by link (%.2f), %.0f/s by key (%.2f)\n",
           rates[BY_TOKEN], rates[BY_LINK], rates[BY_LINK] / rates[BY_TOKEN], rates[BY_KEY],
           rates[BY_KEY] / rates[BY_TOKEN]);
    shard_stop(bench.shard);
    shard_free(bench.shard);
    store_close(options.store);
    arena_close(&bench.arena);
    return 0;
}
