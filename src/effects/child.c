/* The wrapper: one for each process of a function, so that nothing that a function starts outlives
 * the function's process or the server.
 *
 *     server --socket--> wrapper --fork--> the function's process --> whatever it starts
 *
 * The wrapper is the "subreaper" of everything below it (prctl(2)): a process that loses its parent
 * becomes a child of the wrapper, also if it has made a session of its own, so all of them can be
 * found. When the function's process ends, or the socket does (the server has closed it, or has
 * been killed), the wrapper kills what is left, waits for it and exits. If the wrapper itself is
 * killed, the function's process dies with it (PR_SET_PDEATHSIG).
 *
 * The wrapper's own environment is empty and the function's comes through the socket, so that
 * neither is seen in the arguments nor changes how the wrapper is loaded. */
#include "effects/child.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "effects/private.h"
#include "effects/wrapper.h"

enum {
    KILL_ROUNDS_MAX = 1000, /* looks at the table of processes until nothing is left */
    KILL_IDS_MAX = 4096,    /* killed in one round */
    KILL_WAIT_MS = 10,
};

/* ---- the function's process ---- */

static void limit(int resource, rlim_t value)
{
    struct rlimit old;
    if (getrlimit((__rlimit_resource_t)resource, &old) != 0) return;
    if (old.rlim_max != RLIM_INFINITY && old.rlim_max < value) value = old.rlim_max;
    struct rlimit changed = { .rlim_cur = value, .rlim_max = value };
    setrlimit((__rlimit_resource_t)resource, &changed);
}

static NORETURN void cannot_run(int socket, const char *what, int number)
{
    struct wrapper_note note = { .kind = WRAPPER_NOT_RUN, .value = number };
    if (write(socket, &note, sizeof note) != sizeof note) _exit(126);
    dprintf(STDERR_FILENO, "cannot run %s: %s\n", what, strerror(number));
    _exit(126);
}

/* In the new process. `socket` is closed by execve. */
static NORETURN void become(const char *directory, char **arguments, char **variables,
                            const sigset_t *signals, pid_t wrapper, int socket)
{
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != wrapper) _exit(126); /* it died before the line above */
    setpgid(0, 0);
    limit(RLIMIT_CORE, 0);
    limit(RLIMIT_FSIZE, FUNCTION_FILE_BYTES_MAX);
    limit(RLIMIT_NOFILE, FUNCTION_OPEN_FILES_MAX);
    sigprocmask(SIG_SETMASK, signals, NULL);
    int null = open("/dev/null", O_RDONLY);
    if (null < 0 || dup2(null, STDIN_FILENO) < 0) cannot_run(socket, "/dev/null", errno);
    close(null);
    if (chdir(directory) != 0) cannot_run(socket, directory, errno);
    execve(arguments[0], arguments, variables);
    cannot_run(socket, arguments[0], errno);
}

/* ---- ending everything ---- */

/* Reaps what has ended. False if there is no child left. */
static bool reap(pid_t main_process, int *status)
{
    for (;;) {
        int one;
        pid_t id = waitpid(-1, &one, WNOHANG);
        if (id == 0) return true;
        if (id < 0) return errno != ECHILD;
        if (id == main_process) *status = one;
    }
}

/* A process that forks as fast as it can does not get away: its group dies at once, and of those in
 * other groups each round kills more than they can make, as they are killed in the order in which
 * they began. */
static void kill_all(pid_t main_process, int signals)
{
    int status = 0;
    for (int round = 0; round < KILL_ROUNDS_MAX; round++) {
        if (round == 0) kill(-main_process, SIGKILL);
        size_t count;
        struct memory_row *rows = memory_read(&count);
        int ids[KILL_IDS_MAX];
        size_t found = memory_below(rows, count, getpid(), ids, KILL_IDS_MAX);
        free(rows);
        for (size_t i = 0; i < found; i++)
            kill(ids[i], SIGKILL);
        if (!reap(main_process, &status)) return;
        struct pollfd waits = { .fd = signals, .events = POLLIN };
        struct signalfd_siginfo info;
        if (poll(&waits, 1, KILL_WAIT_MS) > 0 && read(signals, &info, sizeof info) < 0) return;
    }
}

/* ---- the wrapper ---- */

static bool read_all(int file, void *out, size_t bytes)
{
    char *at = out;
    while (bytes > 0) {
        ssize_t got = read(file, at, bytes);
        if (got < 0 && errno == EINTR) continue;
        if (got <= 0) return false;
        at += got;
        bytes -= (size_t)got;
    }
    return true;
}

static void tell(int socket, enum wrapper_note_kind kind, int value)
{
    struct wrapper_note note = { .kind = (int32_t)kind, .value = value };
    ssize_t ignored = send(socket, &note, sizeof note, MSG_NOSIGNAL);
    (void)ignored; /* The server has gone: the end of the socket says so. */
}

/* Points `texts` at the next `count` texts, and a NULL behind them. */
static bool split(char **at, const char *end, char **texts, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        char *stop = memchr(*at, '\0', (size_t)(end - *at));
        if (!stop) return false;
        texts[i] = *at;
        *at = stop + 1;
    }
    texts[count] = NULL;
    return true;
}

/* Waits until the process has ended (true; *status) or the server wants the end. */
static bool wait_for_end(int socket, int signals, pid_t process, int *status)
{
    for (;;) {
        struct pollfd waits[] = {
            { .fd = socket, .events = POLLIN },
            { .fd = signals, .events = POLLIN },
        };
        if (poll(waits, 2, -1) < 0 && errno != EINTR) return false;
        if (waits[0].revents) return false; /* The server says nothing: it is the end. */
        struct signalfd_siginfo info;
        if (!waits[1].revents || read(signals, &info, sizeof info) != sizeof info) continue;
        if (info.ssi_signo != SIGCHLD) return false;
        int one = -1;
        bool any = reap(process, &one);
        if (one != -1 || !any) {
            *status = one;
            return true;
        }
    }
}

static int block_signals(sigset_t *before)
{
    sigset_t wanted;
    sigemptyset(&wanted);
    sigaddset(&wanted, SIGCHLD);
    sigaddset(&wanted, SIGTERM);
    sigaddset(&wanted, SIGINT);
    sigaddset(&wanted, SIGHUP);
    sigprocmask(SIG_BLOCK, &wanted, before);
    sigemptyset(before);
    return signalfd(-1, &wanted, SFD_CLOEXEC);
}

/* The wrapper prints nothing, and the end of the output is that of the function's processes. */
static void leave_output(void)
{
    int null = open("/dev/null", O_WRONLY | O_CLOEXEC);
    if (null < 0) return;
    dup2(null, STDOUT_FILENO);
    dup2(null, STDERR_FILENO);
    close(null);
}

static int wrap(const char *directory, char **arguments, char **variables)
{
    int socket = fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3);
    if (socket < 0) return 1;
    sigset_t before;
    int signals = block_signals(&before);
    pid_t wrapper = getpid();
    if (signals < 0 || prctl(PR_SET_CHILD_SUBREAPER, 1) != 0) return 1;
    pid_t process = fork();
    if (process < 0) {
        tell(socket, WRAPPER_NOT_RUN, errno);
        return 1;
    }
    if (process == 0) become(directory, arguments, variables, &before, wrapper, socket);
    leave_output();
    tell(socket, WRAPPER_STARTED, process);
    int status = 0;
    if (wait_for_end(socket, signals, process, &status)) tell(socket, WRAPPER_FINISHED, status);
    kill_all(process, signals);
    return 0;
}

/* Reads what is to be run, and runs it. */
static int read_and_wrap(struct arena *arena)
{
    struct wrapper_head head;
    if (!read_all(STDIN_FILENO, &head, sizeof head)) return 1;
    uint32_t arguments_max = head.argument_count, variables_max = head.variable_count;
    if (head.bytes > FUNCTION_ENVIRONMENT_BYTES_MAX || arguments_max == 0 ||
        arguments_max > head.bytes || variables_max > head.bytes)
        return 1;
    char *texts = arena_zalloc(arena, (size_t)head.bytes + 1);
    if (!read_all(STDIN_FILENO, texts, head.bytes)) return 1;
    char *directory[2];
    char **arguments = arena_array(arena, (size_t)arguments_max + 1, sizeof *arguments);
    char **variables = arena_array(arena, (size_t)variables_max + 1, sizeof *variables);
    char *at = texts, *end = texts + head.bytes;
    if (!split(&at, end, directory, 1) || !split(&at, end, arguments, arguments_max) ||
        !split(&at, end, variables, variables_max))
        return 1;
    return wrap(directory[0], arguments, variables);
}

int effects_child_main(int argc, char **argv)
{
    if (argc != 2 || strcmp(argv[1], EFFECTS_CHILD_COMMAND) != 0) return 2;
    close_range(3, ~0U, 0);
    struct arena arena;
    arena_init(&arena);
    int status = read_and_wrap(&arena);
    arena_close(&arena);
    return status;
}
