/* The shard in a simulated world. */
#include "sim.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "services/service.h"
#include "services/shape.h"

enum { PASSES_MAX = 200 }; /* until there is nothing to do: more means that it never ends */

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

uint64_t world_pick(struct world *world, uint64_t bound)
{
    return prng_below(&world->prng, bound);
}

/* ---- the process ---- */

static void boot(struct world *world)
{
    struct shard_options options = {
        .store = world->store,
        .region = STR("us-east-1"),
        .account = STR("000000000000"),
        .carrier = carrier_of(world),
        .endpoint = STR("http://127.0.0.1:8083"),
        .now_ms = simulated_now,
        .world = world,
        .seed = prng_next(&world->prng) | 1,
    };
    arena_reset(&world->tables);
    services_register(&options, &world->tables);
    memset(options.token_key.current, 7, TOKEN_KEY_BYTES);
    if (!link_keys_add(&options.link_keys, options.token_key.current, 1))
        fatal("there is no place for a link key");
    world->shard = shard_new(&options);
    services_start(world->shard);
}

void world_open(struct world *world, uint64_t seed, bool trace)
{
    *world = (struct world){ .seed = seed, .now_ms = 1700000000000, .trace = trace };
    prng_seed(&world->prng, seed);
    arena_init(&world->tables);
    world->store = store_open_memory();
    boot(world);
}

/* A reply that has been made says that its handler has run, at the time of that pass. */
static void note_times(struct world *world)
{
    for (struct call *call = world->calls; call; call = call->next)
        if (call->ran_ms == 0 && call->request.reply.len > 0) call->ran_ms = world->now_ms;
}

size_t world_step(struct world *world)
{
    size_t count = shard_step(world->shard);
    note_times(world);
    ledger_move(world, EFFECT_FINISHED, EFFECT_APPLIED);
    return count;
}

void world_sync(struct world *world)
{
    shard_sync(world->shard);
    ledger_move(world, EFFECT_APPLIED, EFFECT_DURABLE);
}

void world_run(struct world *world)
{
    size_t passes = 0;
    while (world_step(world) > 0) {
        if (++passes > PASSES_MAX) world_fail(world, "the writer finds no end");
        world_sync(world);
    }
    world_sync(world);
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
    if (call->ran_ms == 0) call->ran_ms = world->now_ms;
    if (call->answered) call->answered(world, call);
    free_call(world, call);
}

/* Requests that the dead process held are gone with it: their clients never hear. */
static void forget_calls(struct world *world)
{
    while (world->calls)
        free_call(world, world->calls);
}

void world_die(struct world *world, size_t keep)
{
    size_t unsynced = store_unsynced(world->store);
    if (world->trace)
        printf("%6zu crash: %zu of %zu unsynced batches survive, %zu effects do not come back\n",
               world->step, keep, unsynced, world->flight_count);
    shard_free(world->shard);
    forget_calls(world);
    carrier_forget(world);
    store_crash(world->store, keep);
    ledger_crash(world, unsynced > 0);
    model_crash(&world->model);
    world->crashes++;
    boot(world);
}

void world_crash(struct world *world)
{
    world_die(world, world_pick(world, store_unsynced(world->store) + 1));
}

void world_close(struct world *world)
{
    shard_free(world->shard);
    forget_calls(world);
    carrier_forget(world);
    store_close(world->store);
    arena_close(&world->tables);
    free(world->flights);
    model_free(&world->model);
}

/* ---- calls ---- */

static enum handled run_reader(struct world *world, read_handler handler, struct request *request)
{
    struct reader reader;
    shard_read_begin(world->shard, &reader, &request->arena);
    enum handled handled = handler(&reader, request, &request->error);
    shard_read_end(&reader);
    ASSERT((handled == HANDLED_FAILED) == (request->error.code != ERROR_NONE));
    return handled;
}

static void find_operation(struct request *request, const char *operation)
{
    const struct service *service;
    str target = str_find_char(str_from(operation), '.', 0) < strlen(operation)
                     ? str_from(operation)
                     : arena_printf(&request->arena, "AWSStepFunctions.%s", operation);
    request->operation = services_find(target, &service);
    ASSERT(request->operation != NULL);
}

static struct call *make_call(struct world *world, const struct operation *operation,
                              const char *name, str params,
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
    request->host = STR("127.0.0.1:8083");
    if (operation)
        request->operation = operation;
    else
        find_operation(request, name);
    struct error err;
    str text = arena_str(&request->arena, params);
    if (!json_parse(text, &request->arena, &request->params, &err) ||
        (request->operation->input &&
         !shape_check(request->operation->input, request->params, &request->arena, &err)))
        fatal("the simulator's own call is malformed: %.*s", STR_ARGS(text));
    if (world->trace) printf("%6zu %s %.*s\n", world->step, name, STR_ARGS(text));
    return call;
}

struct call *world_call(struct world *world, const char *operation, str params,
                        void (*answered)(struct world *world, struct call *call))
{
    return make_call(world, NULL, operation, params, answered);
}

struct call *world_call_door(struct world *world, const struct operation *operation, str params,
                             void (*answered)(struct world *world, struct call *call))
{
    return make_call(world, operation, "Door", params, answered);
}

/* Hands a made call over; apart from world_call so that the caller can fill in what it is about. */
void world_send(struct world *world, struct call *call)
{
    struct request *request = &call->request;
    const struct operation *operation = request->operation;
    enum handled handled = HANDLED;
    if (operation->read)
        handled = run_reader(world, operation->read, request);
    else if (operation->prepare)
        handled = run_reader(world, operation->prepare, request);
    if (handled == HANDLED_LATER) return; /* it has gone on by itself */
    if (operation->read || handled == HANDLED_FAILED)
        complete(request);
    else
        shard_submit(world->shard, request);
}

json world_answer(const struct world *world, const struct call *call, struct arena *arena)
{
    json answer = { .kind = JSON_OBJECT };
    struct error err;
    str text = arena_str(arena, buf_str(&call->request.reply));
    if (text.len > 0 && !json_parse(text, arena, &answer, &err))
        world_fail(world, "an answer does not parse: %.*s", STR_ARGS(text));
    return answer;
}

struct asked {
    struct arena *arena;
    bool done, good;
    json value;
    str error;
};

static void keep_answer(struct world *world, struct call *call)
{
    struct asked *asked = call->request.owner;
    struct request *request = &call->request;
    asked->done = true;
    asked->good = request->error.code == ERROR_NONE;
    asked->error = arena_str(asked->arena, error_name(request->error.code));
    if (asked->good) asked->value = world_answer(world, call, asked->arena);
}

bool world_ask(struct world *world, struct arena *arena, const char *operation, str params,
               json *out, str *error)
{
    struct asked asked = { .arena = arena };
    struct call *call = world_call(world, operation, params, keep_answer);
    call->request.owner = &asked;
    world_send(world, call);
    for (int i = 0; i < 3 && !asked.done; i++) {
        (void)world_step(world);
        world_sync(world);
    }
    if (!asked.done) world_fail(world, "%s is not answered", operation);
    *out = asked.value;
    if (error) *error = asked.error;
    return asked.good;
}
