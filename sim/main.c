/* simulate [--runs N] [--steps N] [--seed N] [--trace]: N runs from consecutive seeds. A run that
 * breaks a promise prints the command that repeats it. Ends with N passed, N failed. */
#include "sim.h"

#include "base/log.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

static const uint64_t regression_seeds[] = { 1 };

struct totals {
    size_t executions, redrives, answers, messages, effects, crashes, callbacks;
};

static void run_one(uint64_t seed, size_t steps, bool trace, struct totals *totals)
{
    struct world world;
    world_open(&world, seed, trace);
    machines_deploy(&world);
    for (world.step = 1; world.step <= steps; world.step++) {
        size_t crashes = world.crashes;
        clients_act(&world);
        model_check(&world, world.crashes > crashes || world.step == steps);
    }
    settle(&world);
    totals->executions += world.model.run_count;
    for (size_t i = 0; i < world.model.run_count; i++)
        totals->redrives += world.model.runs[i].redriven;
    totals->answers += world.model.answer_count;
    totals->messages += world.model.message_count;
    totals->effects += world.model.effect_count;
    totals->crashes += world.crashes;
    world_close(&world);
}

/* Each share of the runs in a process of its own: both cores are used, and a failure ends one. */
static int run_share(uint64_t first, size_t runs, size_t stride, size_t steps, bool trace)
{
    struct totals totals = { 0 };
    size_t done = 0;
    for (size_t i = 0; i < runs; i += stride, done++) {
        run_one(first + i, steps, trace, &totals);
        totals.callbacks += doors_run(first + i, steps, trace);
    }
    printf("simulation: %zu runs of %zu steps: %zu executions, %zu redrives, %zu answers, "
           "%zu messages, %zu effects, %zu callbacks, %zu crashes\n",
           done, steps, totals.executions, totals.redrives, totals.answers, totals.messages,
           totals.effects, totals.callbacks, totals.crashes);
    return 0;
}

static size_t number(const char *text, const char *name)
{
    int64_t value;
    if (!text || !str_to_i64(str_from(text), &value) || value < 0) {
        fprintf(stderr, "simulate: %s needs a number\n", name);
        exit(2);
    }
    return (size_t)value;
}

int main(int argc, char **argv)
{
    size_t runs = 1000, steps = 300;
    uint64_t seed = regression_seeds[0];
    bool trace = false;
    for (int i = 1; i < argc; i++) {
        const char *value = i + 1 < argc ? argv[i + 1] : NULL;
        if (strcmp(argv[i], "--trace") == 0)
            trace = true;
        else if (strcmp(argv[i], "--runs") == 0)
            runs = number(value, argv[i++]);
        else if (strcmp(argv[i], "--steps") == 0)
            steps = number(value, argv[i++]);
        else if (strcmp(argv[i], "--seed") == 0)
            seed = number(value, argv[i++]);
        else {
            fprintf(stderr, "usage: simulate [--runs N] [--steps N] [--seed N] [--trace]\n");
            return 2;
        }
    }
    if (runs == 1) return run_share(seed, 1, 1, steps, trace);
    log_set_level(LOG_ERROR);
    int failed = 0;
    pid_t children[2];
    for (size_t i = 0; i < 2; i++) {
        fflush(stdout);
        children[i] = fork();
        if (children[i] == 0) exit(run_share(seed + i, runs - i, 2, steps, trace));
    }
    for (size_t i = 0; i < 2; i++) {
        int status;
        if (waitpid(children[i], &status, 0) < 0 || status != 0) failed++;
    }
    printf("%zu passed, %d failed\n", failed ? 0 : runs, failed);
    return failed ? 1 : 0;
}
