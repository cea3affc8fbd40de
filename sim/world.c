/* The shard in a simulated world. */
#include "sim.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "services/service.h"

static int64_t simulated_now(void *context)
{
    const struct world *world = context;
    return world->now_ms;
}

void world_fail(const struct world *world, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    printf("simulation failed at step %zu: ", world->step);
    vprintf(format, args);
    printf("\nrepeat with: build/release/simulate --seed %llu --runs 1 --trace\n",
           (unsigned long long)world->seed);
    va_end(args);
    fflush(stdout);
    abort();
}

static void boot(struct world *world)
{
    size_t count;
    const struct service *const *services = services_all(&count);
    ASSERT(count >= 1);
    struct shard_options options = {
        .store = world->store,
        .region = STR("us-east-1"),
        .account = STR("000000000000"),
        .integrations = services[0]->integrations,
        .integration_count = services[0]->integration_count,
        .now_ms = simulated_now,
        .world = world,
        .seed = prng_next(&world->prng) | 1,
    };
    memset(options.token_key.current, 7, TOKEN_KEY_BYTES);
    world->shard = shard_new(&options);
}

void world_open(struct world *world, uint64_t seed, bool trace)
{
    *world = (struct world){ .seed = seed, .now_ms = 1700000000000, .trace = trace };
    prng_seed(&world->prng, seed);
    world->store = store_open_memory();
    boot(world);
}

static void free_call(struct world *world, struct call *call)
{
    struct call **at = &world->calls;
    while (*at != call)
        at = &(*at)->next;
    *at = call->next;
    world->calls_open--;
    arena_close(&call->request.arena);
    free(call);
}

static void complete(struct request *request)
{
    struct call *call = (struct call *)(void *)request;
    struct world *world = call->world;
    world->finished_calls++;
    if (call->answered) call->answered(world, call);
    free_call(world, call);
}

/* Requests that the dead process held are gone with it: their clients never hear. */
static void forget_calls(struct world *world)
{
    while (world->calls)
        free_call(world, world->calls);
}

void world_crash(struct world *world)
{
    size_t unsynced = store_unsynced(world->store);
    size_t keep = prng_below(&world->prng, unsynced + 1);
    if (world->trace)
        printf("%6zu crash: %zu of %zu unsynced batches survive\n", world->step, keep, unsynced);
    shard_free(world->shard);
    forget_calls(world);
    store_crash(world->store, keep);
    world->crashes++;
    boot(world);
}

void world_close(struct world *world)
{
    shard_free(world->shard);
    forget_calls(world);
    store_close(world->store);
    model_free(&world->model);
}

static void run_read(struct world *world, struct call *call)
{
    struct request *request = &call->request;
    struct reader reader;
    struct error err = { 0 };
    shard_read_begin(world->shard, &reader, &request->arena);
    if (request->operation->read(&reader, request, &err) == HANDLED_FAILED) request->error = err;
    shard_read_end(&reader);
    complete(request);
}

struct call *world_call(struct world *world, const char *operation, str params,
                        void (*answered)(struct world *world, struct call *call))
{
    struct call *call = calloc(1, sizeof *call);
    if (!call) fatal("out of memory");
    struct request *request = &call->request;
    call->world = world;
    call->answered = answered;
    call->next = world->calls;
    world->calls = call;
    world->calls_open++;
    arena_init(&request->arena);
    buf_init(&request->reply, &request->arena);
    request->complete = complete;
    request->id = STR("00000000-0000-4000-8000-000000000000");
    str target = arena_printf(&request->arena, "AWSStepFunctions.%s", operation);
    request->operation = services_find(target);
    ASSERT(request->operation != NULL);
    struct error err;
    str text = arena_str(&request->arena, params);
    if (!json_parse(text, &request->arena, &request->params, &err))
        fatal("the simulator's own call does not parse: %.*s", STR_ARGS(text));
    if (world->trace) printf("%6zu %s %.*s\n", world->step, operation, STR_ARGS(text));
    return call;
}

/* Hands a made call over; apart from world_call so that the caller can fill in what it is about. */
void world_send(struct world *world, struct call *call)
{
    if (call->request.operation->read)
        run_read(world, call);
    else
        shard_submit(world->shard, &call->request);
}

struct asked {
    struct arena *arena;
    bool done, good;
    json value;
    str error;
};

static void keep_answer(struct world *world, struct call *call)
{
    (void)world;
    struct asked *asked = call->request.owner;
    struct request *request = &call->request;
    asked->done = true;
    asked->good = request->error.code == ERROR_NONE;
    asked->error = arena_str(asked->arena, error_name(request->error.code));
    asked->value = (json){ .kind = JSON_OBJECT };
    struct error err;
    str text = arena_str(asked->arena, buf_str(&request->reply));
    if (asked->good && text.len > 0 && !json_parse(text, asked->arena, &asked->value, &err))
        fatal("an answer does not parse: %.*s", STR_ARGS(text));
}

bool world_ask(struct world *world, struct arena *arena, const char *operation, str params,
               json *out, str *error)
{
    struct asked asked = { .arena = arena };
    struct call *call = world_call(world, operation, params, keep_answer);
    call->request.owner = &asked;
    world_send(world, call);
    for (int i = 0; i < 3 && !asked.done; i++) {
        shard_step(world->shard);
        shard_sync(world->shard);
    }
    if (!asked.done) world_fail(world, "%s is not answered", operation);
    *out = asked.value;
    if (error) *error = asked.error;
    return asked.good;
}
