/* What a function's failure looks like: the texts of AWS Lambda. */
#include <signal.h>
#include <sys/wait.h>

#include "effects/private.h"

/* As Go prints them, in which AWS's supervisor is written. */
static const struct {
    int number;
    const char *text;
} signal_texts[] = {
    { SIGHUP, "hangup" },
    { SIGINT, "interrupt" },
    { SIGQUIT, "quit" },
    { SIGILL, "illegal instruction" },
    { SIGTRAP, "trace/breakpoint trap" },
    { SIGABRT, "aborted" },
    { SIGBUS, "bus error" },
    { SIGFPE, "floating point exception" },
    { SIGKILL, "killed" },
    { SIGUSR1, "user defined signal 1" },
    { SIGSEGV, "segmentation fault" },
    { SIGUSR2, "user defined signal 2" },
    { SIGPIPE, "broken pipe" },
    { SIGALRM, "alarm clock" },
    { SIGTERM, "terminated" },
    { SIGXCPU, "CPU time limit exceeded" },
    { SIGXFSZ, "file size limit exceeded" },
};

void outcome_error(struct buf *out, str type, str message)
{
    buf_add(out, STR("{\"errorType\":"));
    json_write_str(out, type);
    buf_add(out, STR(",\"errorMessage\":"));
    json_write_str(out, message);
    buf_add_char(out, '}');
}

static void add_signal(struct buf *out, int number)
{
    for (size_t i = 0; i < sizeof signal_texts / sizeof *signal_texts; i++) {
        if (signal_texts[i].number != number) continue;
        buf_add(out, str_from(signal_texts[i].text));
        return;
    }
    buf_printf(out, "signal %d", number);
}

void outcome_exit(struct buf *out, int wait_status)
{
    struct buf message;
    buf_init(&message, NULL);
    if (WIFSIGNALED(wait_status)) {
        buf_add(&message, STR("RequestId: $ID Error: Runtime exited with error: signal: "));
        add_signal(&message, WTERMSIG(wait_status));
    } else if (WEXITSTATUS(wait_status) != 0) {
        buf_printf(&message, "RequestId: $ID Error: Runtime exited with error: exit status %d",
                   WEXITSTATUS(wait_status));
    } else {
        buf_add(&message, STR("RequestId: $ID Error: Runtime exited without providing a reason"));
    }
    outcome_error(out, STR("Runtime.ExitError"), buf_str(&message));
    buf_close(&message);
}

void outcome_timeout(struct buf *out, int64_t timeout_ms)
{
    char message[128];
    snprintf(message, sizeof message, "RequestId: $ID Error: Task timed out after %.2f seconds",
             (double)timeout_ms / 1000);
    outcome_error(out, STR("Sandbox.Timedout"), str_from(message));
}

void outcome_set(struct run *run, str body)
{
    struct effect *effect = run->effect;
    struct buf out;
    buf_init(&out, &effect->arena);
    str before = STR("\"errorMessage\":\"RequestId: ");
    size_t at = str_find(body, STR("\"errorMessage\":\"RequestId: $ID "), 0);
    if (at < body.len) at += before.len;
    buf_add(&out, str_slice(body, 0, at));
    if (at < body.len) {
        struct buf id;
        buf_init(&id, &effect->arena);
        json_write_str(&id, run->call.request_id);
        buf_add(&out, str_slice(buf_str(&id), 1, id.len - 1));
        buf_add(&out, str_skip(body, at + 3));
    }
    effect->result = (struct effect_result){
        .ok = true,
        .status = 200,
        .body = buf_str(&out),
        .error = STR("Unhandled"),
    };
}
