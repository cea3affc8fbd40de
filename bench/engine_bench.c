/* The pure engine: a chain of Pass states in one turn, without records, store or server.
 *
 *     build/release/bench/engine_bench [STATES [RUNS]]     (10000, 20) */
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "engine/engine.h"

enum { STATES_DEFAULT = 10000, RUNS_DEFAULT = 20, STATES_MAX = 12000 };

static str make_definition(struct arena *arena, long states)
{
    struct buf out;
    buf_init(&out, arena);
    buf_add(&out, STR("{\"StartAt\":\"S0\",\"States\":{"));
    for (long i = 0; i + 1 < states; i++)
        buf_printf(&out, "\"S%ld\":{\"Type\":\"Pass\",\"Next\":\"S%ld\"},", i, i + 1);
    buf_printf(&out, "\"S%ld\":{\"Type\":\"Pass\",\"End\":true}}}", states - 1);
    return buf_str(&out);
}

static const char input_text[] =
    "{\"order\":4711,\"customer\":\"Ada Lovelace\",\"items\":[{\"sku\":\"A-1\",\"count\":2},"
    "{\"sku\":\"B-7\",\"count\":1}],\"paid\":true}";

static bool no_frame(void *context, uint64_t serial, uint32_t frame, struct arena *arena, str *out)
{
    (void)context, (void)serial, (void)frame, (void)arena, (void)out;
    return false;
}

/* One execution from start to end; returns the bytes of its history. */
static size_t run(const struct engine *engine, const struct asl_machine *machine,
                  struct arena *arena)
{
    struct error err;
    json input;
    if (!json_parse(str_from(input_text), arena, &input, &err)) fatal("the input does not parse");
    struct execution_identity id = {
        .serial = 1,
        .name = STR("run"),
        .arn = STR("arn:aws:states:us-east-1:000000000000:execution:machine:run"),
        .machine = STR("machine"),
        .machine_arn = STR("arn:aws:states:us-east-1:000000000000:stateMachine:machine"),
        .revision = 1,
        .role_arn = STR("arn:aws:iam::000000000000:role/r"),
        .input = str_from(input_text),
        .start_ms = engine->now_ms,
    };
    struct execution *x = execution_new(arena, &id, machine, input);
    struct engine_event event = { .kind = ENGINE_START };
    if (!engine_turn(engine, x, &event) || x->status != EXECUTION_SUCCEEDED)
        fatal("the execution did not succeed");
    return x->history.len;
}

int main(int argc, char **argv)
{
    long states = argc > 1 ? strtol(argv[1], NULL, 10) : STATES_DEFAULT;
    long runs = argc > 2 ? strtol(argv[2], NULL, 10) : RUNS_DEFAULT;
    if (states < 1 || states > STATES_MAX || runs < 1)
        fatal("usage: engine_bench [STATES [RUNS]], at most %d states", STATES_MAX);

    struct arena keep, arena;
    arena_init(&keep);
    arena_init(&arena);
    const struct asl_machine *machine;
    struct asl_diagnostics diagnostics = { 0 };
    str definition = make_definition(&keep, states);
    if (!asl_compile(definition, ASL_STANDARD, &keep, &machine, &diagnostics))
        fatal("the definition does not compile: %.*s",
              STR_ARGS(asl_diagnostics_text(&diagnostics, &keep)));
    struct prng prng;
    prng_seed(&prng, 1);
    struct engine engine = {
        .loader = { .frame = no_frame, .frame_data = no_frame },
        .now_ms = 1700000000000,
        .prng = &prng,
        .region = STR("us-east-1"),
        .account = STR("000000000000"),
        .payload_bytes_max = ENGINE_PAYLOAD_BYTES_MAX,
        .history_events_max = ENGINE_HISTORY_EVENTS_MAX,
        .turn_steps_max = SIZE_MAX,
    };
    int64_t best_us = INT64_MAX;
    size_t history_bytes = 0;
    for (long i = 0; i < runs; i++) {
        int64_t begin_us = clock_monotonic_us();
        history_bytes = run(&engine, machine, &arena);
        int64_t us = clock_monotonic_us() - begin_us;
        if (us < best_us) best_us = us;
        arena_reset(&arena);
    }
    printf("engine: %ld Pass states in one turn: %.0f transitions/s, %zu bytes of history\n",
           states, (double)states * 1e6 / (double)(best_us ? best_us : 1), history_bytes);
    arena_close(&arena);
    arena_close(&keep);
    return 0;
}
