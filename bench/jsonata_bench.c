/* How fast JSONata is evaluated: the expressions and the document that the reference is measured
 * with (../shared/bench/peers/jsonata/expressions.json), compiled once and evaluated many times,
 * and both together each time. One line per expression, in nanoseconds; with node at hand, the
 * reference.s numbers stand beside them (bench/jsonata_reference.mjs). */
#include "expr/jsonata/jsonata.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { RUNS = 7 };

static const char *const SOURCE = "../shared/bench/peers/jsonata/expressions.json";

static str read_file(struct arena *arena, const char *path)
{
    FILE *file = fopen(path, "rb");
    if (!file) fatal("cannot read %s", path);
    struct buf buf;
    buf_init(&buf, arena);
    char block[4096];
    size_t count;
    while ((count = fread(block, 1, sizeof block, file)) > 0) {
        buf_add(&buf, (str){ block, count });
    }
    fclose(file);
    return buf_str(&buf);
}

static double now_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

static void evaluate(const struct jsonata *compiled, json input, struct arena *arena)
{
    struct jsonata_env env = { .arena = arena };
    struct jsonata_error err;
    bool defined;
    json out;
    if (!jsonata_eval(compiled, input, &env, &defined, &out, &err)) {
        fatal("%s: %.*s", err.code, STR_ARGS(err.message));
    }
}

static const struct jsonata *compile(str text, struct arena *arena)
{
    const struct jsonata *compiled;
    struct jsonata_error err;
    if (!jsonata_compile(text, arena, &compiled, &err)) {
        fatal("%s: %.*s", err.code, STR_ARGS(err.message));
    }
    return compiled;
}

/* Nanoseconds of one evaluation: the best of several runs of about 100 ms. */
static double measure(str text, const struct jsonata *compiled, json input)
{
    struct arena arena;
    arena_init(&arena);
    double best = 1e18;
    for (int run = 0; run < RUNS; run++) {
        double start = now_ns(), end = start;
        long count = 0;
        while (end - start < 100e6) {
            for (int i = 0; i < 100; i++, count++) {
                evaluate(compiled ? compiled : compile(text, &arena), input, &arena);
                arena_reset(&arena);
            }
            end = now_ns();
        }
        double each = (end - start) / (double)count;
        if (each < best) best = each;
    }
    arena_close(&arena);
    return best;
}

int main(void)
{
    struct arena arena;
    struct error err;
    json file;
    arena_init(&arena);
    if (!json_parse(read_file(&arena, SOURCE), &arena, &file, &err)) fatal("%s", err.message);
    const json *input = json_find(file, STR("input"));
    const json *expressions = json_find(file, STR("expressions"));
    if (!input || !expressions) fatal("%s has no expressions", SOURCE);
    for (size_t i = 0; i < json_count(*expressions); i++) {
        str text = json_str(json_value_at(*expressions, i));
        double eval_ns = measure(text, compile(text, &arena), *input);
        double both_ns = measure(text, NULL, *input);
        printf("%-12.*s %8.0f ns evaluated, %8.0f ns with parsing\n",
               STR_ARGS(json_key_at(*expressions, i)), eval_ns, both_ns);
    }
    arena_close(&arena);
    return 0;
}
