/* What a function's process costs by itself: a program that answers each line of JSON on its
 * standard input with one on its standard output, over two pipes and nothing else.
 *
 *   process_bench rounds COUNT PROGRAM [ARGUMENT...]    one process; the time of a round trip
 *   process_bench starts COUNT PROGRAM [ARGUMENT...]    a process each; to its first answer
 *
 * Prints one line of results. */
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "client.h"

enum { WARM_UP = 2000, ANSWER_BYTES_MAX = 4096 };

extern char **environ;

struct process {
    pid_t id;
    int in, out; /* our ends of its standard input and output */
};

static struct process start(char **command)
{
    struct process process;
    int in[2], out[2];
    posix_spawn_file_actions_t actions;
    if (pipe(in) != 0 || pipe(out) != 0 || posix_spawn_file_actions_init(&actions) != 0)
        fatal("no pipe");
    posix_spawn_file_actions_adddup2(&actions, in[0], STDIN_FILENO);
    posix_spawn_file_actions_adddup2(&actions, out[1], STDOUT_FILENO);
    posix_spawn_file_actions_addclose(&actions, in[1]);
    posix_spawn_file_actions_addclose(&actions, out[0]);
    if (posix_spawnp(&process.id, command[0], &actions, NULL, command, environ) != 0)
        fatal("cannot run %s", command[0]);
    posix_spawn_file_actions_destroy(&actions);
    close(in[0]);
    close(out[1]);
    process.in = in[1];
    process.out = out[0];
    return process;
}

static void stop(const struct process *process)
{
    close(process->in); /* the end of its input */
    close(process->out);
    waitpid(process->id, NULL, 0);
}

static void round_trip(const struct process *process, long number)
{
    char line[ANSWER_BYTES_MAX];
    int len = snprintf(line, sizeof line,
                       "{\"value\":%ld,\"text\":\"a message of the usual kind, with some words in "
                       "it\"}\n",
                       number);
    if (write(process->in, line, (size_t)len) != len) fatal("the process takes no more");
    size_t got = 0;
    do {
        ssize_t more = read(process->out, line + got, sizeof line - got);
        if (more <= 0) fatal("the process has not answered");
        got += (size_t)more;
    } while (line[got - 1] != '\n' && got < sizeof line);
}

static void run_rounds(struct latencies *times, long count, char **command)
{
    struct process process = start(command);
    for (long i = 0; i < count + WARM_UP; i++) {
        int64_t before_us = clock_monotonic_us();
        round_trip(&process, i);
        if (i >= WARM_UP) latencies_add(times, clock_monotonic_us() - before_us);
    }
    stop(&process);
}

static void run_starts(struct latencies *times, long count, char **command)
{
    for (long i = 0; i < count; i++) {
        int64_t before_us = clock_monotonic_us();
        struct process process = start(command);
        round_trip(&process, i);
        latencies_add(times, clock_monotonic_us() - before_us);
        stop(&process);
    }
}

int main(int argc, char **argv)
{
    struct latencies times = { 0 };
    if (argc < 4) {
        fprintf(stderr, "usage: process_bench rounds|starts COUNT PROGRAM [ARGUMENT...]\n");
        return 2;
    }
    if (strcmp(argv[1], "rounds") == 0)
        run_rounds(&times, atol(argv[2]), argv + 3);
    else
        run_starts(&times, atol(argv[2]), argv + 3);
    printf("%s count=%zu p50_ms=%.3f p99_ms=%.3f\n", argv[1], times.count,
           latencies_ms(&times, 0.5), latencies_ms(&times, 0.99));
    return 0;
}
