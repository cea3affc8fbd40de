/* Processes: time, memory, output, concurrency, and that none outlives what it belongs to. */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <criterion/criterion.h>

#include "base/clock.h"
#include "effects/support_test.h"

static struct world world;

static void set_up(void)
{
    world_init(&world);
}

static void tear_down(void)
{
    world_close(&world);
}

TestSuite(processes, .init = set_up, .fini = tear_down, .timeout = 120);

static void expect_body(const struct effect_result *result, const char *error, const char *body)
{
    cr_assert(result->ok, "%s: %s", world_text(&world, result->error),
              world_text(&world, result->cause));
    cr_assert_str_eq(world_text(&world, result->body), body);
    cr_assert_str_eq(world_text(&world, result->error), error);
}

static void expect_part(str text, const char *part)
{
    cr_assert(str_find(text, str_from(part), 0) < text.len, "no '%s' in: %s", part,
              world_text(&world, text));
}

static struct function_spec node(const char *function, const char *code)
{
    world_write(&world, function, "index.js", code);
    return world_spec(&world, function, "nodejs20.x", "index.handler");
}

/* ---- time ---- */

Test(processes, a_function_that_does_not_answer_times_out)
{
    world_start(&world);
    struct function_spec spec =
        node("f", "exports.handler = async (e) => { if (e.go) return process.pid; "
                  "console.log('begun ' + process.pid); for (;;); };");
    spec.timeout_ms = 1500;
    const struct effect_result *result = world_call(&world, &spec, "{}");
    expect_body(result, "Unhandled",
                "{\"errorType\":\"Sandbox.Timedout\",\"errorMessage\":\"RequestId: "
                "00000000-0000-4000-8000-000000000001 Error: Task timed out after 1.50 seconds\"}");
    expect_part(result->log, "\tINFO\tbegun ");
    expect_part(result->log, " 00000000-0000-4000-8000-000000000001 Task timed out after 1.50 "
                             "seconds\nEND RequestId: ");
    expect_part(result->log, "Status: timeout");
    size_t at = str_find(result->log, STR("begun "), 0);
    await_end_of(atoi(result->log.ptr + at + 6));
    cr_assert(world_call(&world, &spec, "{\"go\":1}")->error.len == 0);
}

Test(processes, a_start_that_takes_too_long_is_counted_as_run_time)
{
    world_start(&world);
    struct function_spec spec = node("f", "for (;;);");
    spec.timeout_ms = 100;
    int64_t begun_us = clock_monotonic_us();
    expect_body(world_call(&world, &spec, "{}"), "Unhandled",
                "{\"errorType\":\"Sandbox.Timedout\",\"errorMessage\":\"RequestId: "
                "00000000-0000-4000-8000-000000000001 Error: Task timed out after 0.10 seconds\"}");
    cr_assert_geq(clock_monotonic_us() - begun_us, (FUNCTION_INIT_MS_MAX + 99) * 1000);
}

Test(processes, an_idle_process_ends_after_its_time)
{
    world.options.idle_ms_max = 50;
    world_start(&world);
    struct function_spec spec = node("f", "exports.handler = async () => process.pid;");
    const struct effect_result *result = world_call(&world, &spec, "{}");
    await_end_of(atoi(world_text(&world, result->body)));
}

Test(processes, a_new_revision_ends_the_processes_of_the_old_one)
{
    world_start(&world);
    struct function_spec spec = node("f", "exports.handler = async () => process.pid;");
    int old = atoi(world_text(&world, world_call(&world, &spec, "{}")->body));
    spec.revision = STR("2");
    int new = atoi(world_text(&world, world_call(&world, &spec, "{}")->body));
    cr_assert_neq(old, new);
    await_end_of(old);
    functions_forget(world.effects, spec.arn);
    await_end_of(new);
}

/* ---- memory and output ---- */

Test(processes, a_bare_function_runs_in_128_megabytes)
{
    world_start(&world);
    struct function_spec spec = node(
        "f", "exports.handler = async (e, c) => { await new Promise((r) => setTimeout(r, 600));"
             " return 'lives'; };");
    spec.memory_mb = 128;
    expect_body(world_call(&world, &spec, "{}"), "", "\"lives\"");
}

Test(processes, a_function_that_takes_too_much_memory_is_killed)
{
    world_start(&world);
    struct function_spec spec =
        node("f", "const all = []; exports.handler = () => new Promise(() => setInterval(() => "
                  "all.push(Buffer.alloc(16 << 20, 1)), 20));");
    spec.memory_mb = 128;
    spec.timeout_ms = 60000;
    const struct effect_result *result = world_call(&world, &spec, "{}");
    expect_body(result, "Unhandled",
                "{\"errorType\":\"Runtime.ExitError\",\"errorMessage\":\"RequestId: "
                "00000000-0000-4000-8000-000000000001 Error: Runtime exited with error: signal: "
                "killed\"}");
}

Test(processes, a_gigabyte_of_output_is_bounded)
{
    world_start(&world);
    world_write(
        &world, "f", "bootstrap",
        "#!/bin/sh\nA=http://$AWS_LAMBDA_RUNTIME_API/2018-06-01/runtime/invocation\n"
        "ID=$(curl -sD - $A/next -o /dev/null | grep -i request-id | tr -d '\\r' | cut -d' ' "
        "-f2)\nhead -c 1000000000 /dev/zero | tr '\\0' 'x'\necho; echo last line\n"
        "curl -s $A/$ID/response -d '\"done\"'\nexec sleep 1000\n");
    struct function_spec spec = world_spec(&world, "f", "provided.al2", "x");
    spec.timeout_ms = 100000;
    const struct effect_result *result = world_call(&world, &spec, "{}");
    expect_body(result, "", "\"done\"");
    expect_part(result->log, "xxx\nlast line\nEND RequestId: ");
    cr_assert_leq(result->log.len, FUNCTION_LOG_TAIL_BYTES);
    str log = world_log(&world, spec.log_group);
    expect_part(log, "last line\n");
    cr_assert_leq(log.len, FUNCTION_LOG_BYTES_MAX + (2 * FUNCTION_LOG_LINE_BYTES_MAX));
    cr_assert_geq(log.len, FUNCTION_LOG_BYTES_MAX / 4);
}

/* ---- what a function starts ---- */

/* A daemon: a session of its own, its parent gone. Its id is in $TMPDIR/id. */
#define DAEMON                                                                                     \
    "require('child_process').spawn('sh', ['-c', 'setsid sh -c \\'echo $$ > \"$TMPDIR/id\"; exec " \
    "sleep 1000\\' &'], { stdio: 'ignore' });"

static int daemon_id(const char *function)
{
    str path =
        arena_printf(&world.arena, "%.*s/scratch/f%s/id", STR_ARGS(world.directory), function);
    return atoi(world_await_file(&world, world_text(&world, path)));
}

Test(processes, daemons_end_with_the_process_that_began_them)
{
    world_start(&world);
    struct function_spec spec =
        node("f", "exports.handler = async (e) => { if (e.exit) process.exit(1); " DAEMON
                  "return 'begun'; };");
    expect_body(world_call(&world, &spec, "{}"), "", "\"begun\"");
    int id = daemon_id("f");
    cr_assert_eq(kill(id, 0), 0);
    cr_assert_str_eq(world_text(&world, world_call(&world, &spec, "{\"exit\":1}")->error),
                     "Unhandled");
    await_end_of(id);
}

Test(processes, a_fork_bomb_is_ended)
{
    world_start(&world);
    world_write(
        &world, "f", "bootstrap",
        "#!/bin/sh\nbomb() { while :; do setsid sleep 1000 & sleep 0.001; done; }\n"
        "curl -s http://$AWS_LAMBDA_RUNTIME_API/2018-06-01/runtime/invocation/next\nbomb\n");
    struct function_spec spec = world_spec(&world, "f", "provided.al2", "x");
    spec.timeout_ms = 60000;
    expect_body(world_call(&world, &spec, "{}"), "Unhandled",
                "{\"errorType\":\"Runtime.ExitError\",\"errorMessage\":\"RequestId: "
                "00000000-0000-4000-8000-000000000001 Error: Runtime exited with error: signal: "
                "killed\"}");
}

/* A server in a process of its own, which is killed. Tells the ids of a function's process and of
 * its daemon. */
static void run_victim(int told)
{
    world_start(&world);
    struct function_spec spec =
        node("f", "exports.handler = async () => { " DAEMON "return process.pid; };");
    const struct effect_result *result = world_call(&world, &spec, "{}");
    int ids[] = { atoi(world_text(&world, result->body)), daemon_id("f") };
    if (write(told, ids, sizeof ids) != sizeof ids) _exit(1);
    for (;;)
        pause();
}

Test(processes, none_survives_a_killed_server)
{
    int pipes[2], ids[2];
    cr_assert_eq(pipe(pipes), 0);
    pid_t server = fork();
    if (server == 0) run_victim(pipes[1]);
    cr_assert_eq(read(pipes[0], ids, sizeof ids), sizeof ids);
    cr_assert_eq(kill(ids[0], 0), 0);
    cr_assert_eq(kill(ids[1], 0), 0);
    kill(server, SIGKILL);
    waitpid(server, NULL, 0);
    await_end_of(ids[0]);
    await_end_of(ids[1]);
}

/* ---- concurrency ---- */

/* Says that it is there, and answers when the gate is open. */
#define GATE                                                                                       \
    "const fs = require('fs'); exports.handler = async (e) => { if (!e.gate) return process.pid; " \
    "fs.writeFileSync(e.there, 'x\\n'); while (!fs.existsSync(e.gate)) await new Promise((r) => "  \
    "setTimeout(r, 2)); return process.pid; };"

static const char *gate_event(const char *name, const char *there)
{
    str directory = world.directory;
    return world_text(&world,
                      arena_printf(&world.arena, "{\"gate\":\"%.*s/%s\",\"there\":\"%.*s/%s\"}",
                                   STR_ARGS(directory), name, STR_ARGS(directory), there));
}

/* Begins a call, and waits until a process has it. */
static struct outcome *begin_at_gate(const struct function_spec *spec, const char *there)
{
    struct outcome *outcome = world_begin(&world, spec, gate_event("gate", there), true);
    str path = arena_printf(&world.arena, "%.*s/%s", STR_ARGS(world.directory), there);
    world_await_file(&world, world_text(&world, path));
    return outcome;
}

static void open_gate(const char *name)
{
    str path = arena_printf(&world.arena, "%.*s/%s", STR_ARGS(world.directory), name);
    int file = open(world_text(&world, path), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    cr_assert(file >= 0);
    close(file);
}

Test(processes, concurrency_is_bounded_for_each_function)
{
    world_start(&world);
    struct function_spec spec = node("f", GATE);
    spec.concurrency = 2;
    struct outcome *first = begin_at_gate(&spec, "1"), *second = begin_at_gate(&spec, "2");
    const struct effect_result *refused = outcome_wait(world_begin(&world, &spec, "{}", false));
    cr_assert_not(refused->ok);
    cr_assert_str_eq(world_text(&world, refused->error), "Lambda.TooManyRequestsException");
    cr_assert_str_eq(world_text(&world, refused->cause), "Rate Exceeded.");
    struct outcome *queued = world_begin(&world, &spec, "{}", true);
    cr_assert_not(outcome_is_done(queued));
    open_gate("gate");
    str one = outcome_wait(first)->body, two = outcome_wait(second)->body;
    cr_assert_not(str_eq(one, two));
    str three = outcome_wait(queued)->body;
    cr_assert(str_eq(three, one) || str_eq(three, two), "a third process was begun");
    spec.concurrency = 0;
    cr_assert_not(outcome_wait(world_begin(&world, &spec, "{}", true))->ok);
}

Test(processes, the_number_of_processes_is_bounded)
{
    world.options.processes_max = 2;
    world_start(&world);
    struct function_spec a = node("a", GATE), b = node("b", GATE), c = node("c", GATE);
    struct outcome *of_a = begin_at_gate(&a, "a");
    int idle = atoi(world_text(&world, world_call(&world, &b, "{}")->body));
    /* The idle process of b makes room for c. */
    struct outcome *of_c = begin_at_gate(&c, "c");
    await_end_of(idle);
    cr_assert_not(outcome_wait(world_begin(&world, &b, "{}", false))->ok);
    struct outcome *of_b = world_begin(&world, &b, "{}", true);
    open_gate("gate");
    cr_assert(outcome_wait(of_a)->ok && outcome_wait(of_c)->ok);
    cr_assert_eq(outcome_wait(of_b)->error.len, 0);
}

Test(processes, those_that_wait_get_their_turn_while_another_function_is_busy)
{
    world.options.processes_max = 1;
    world_start(&world);
    struct function_spec a = node("a", "let n = 0; exports.handler = async () => ++n;");
    struct function_spec b = node("b", "exports.handler = async () => 'b';");
    struct outcome *before = world_begin(&world, &a, "{}", true);
    struct outcome *of_b = world_begin(&world, &b, "{}", true);
    struct outcome *behind = world_begin(&world, &a, "{}", true);
    expect_body(outcome_wait(before), "", "1");
    expect_body(outcome_wait(of_b), "", "\"b\"");
    expect_body(outcome_wait(behind), "", "1");
}

Test(processes, a_function_that_dies_at_each_start_is_not_started_as_fast_as_can_be)
{
    world_start(&world);
    struct function_spec spec =
        node("f", "require('fs').appendFileSync(process.env.TMPDIR + '/starts', '.'); "
                  "process.exit(7);");
    int64_t begun_us = clock_monotonic_us();
    for (int i = 0; i < 4; i++) {
        const struct effect_result *result = world_call(&world, &spec, "{}");
        expect_part(result->body, "Runtime exited with error: exit status 7");
    }
    /* After the second failure 200 ms, after the third 400 ms. */
    cr_assert_geq(clock_monotonic_us() - begun_us, 600 * 1000);
}

/* ---- the end ---- */

Test(processes, stopping_finishes_everything_once)
{
    world.options.processes_max = 2;
    world_start(&world);
    struct function_spec spec = node("f", GATE);
    struct function_spec slow = node("g", "for (;;);");
    int idle = atoi(world_text(&world, world_call(&world, &spec, "{}")->body));
    struct outcome *all[40];
    for (size_t i = 0; i < 40; i++)
        all[i] = world_begin(&world, i % 2 ? &spec : &slow, gate_event("never", "there"), true);
    effects_stop(world.effects);
    world.effects = NULL;
    for (size_t i = 0; i < 40; i++) {
        const struct effect_result *result = outcome_wait(all[i]);
        cr_assert_not(result->ok);
        cr_assert_str_eq(world_text(&world, result->error), "Lambda.ServiceException");
        cr_assert_str_eq(world_text(&world, result->cause), "The server is stopping.");
    }
    cr_assert_eq(kill(idle, 0), -1);
}
