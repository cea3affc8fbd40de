/* One process of a function: its wrapper, what it prints, its invocations, its end.
 *
 * The wrapper (child.c) is started with a socket as its standard input; closing it ends everything
 * below the wrapper. The process is over when the wrapper has been reaped and the pipe with the
 * output has ended; only then its handles are closed and the owner is told. */
#include <ctype.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/timestamp.h"
#include "effects/child.h"
#include "effects/private.h"
#include "effects/wrapper.h"

enum { OUTPUT_READS_MAX = 32, MEGABYTE = 1 << 20 };

struct process {
    struct effects *effects;
    struct arena arena;
    struct function_spec spec; /* in `arena` */
    struct process_owner owner;
    enum process_state state;
    struct run *run; /* BUSY: what has not been answered; NULL once it is */
    /* handles */
    struct runtime_api *api; /* NULL once closed */
    uv_process_t wrapper;
    uv_pipe_t control; /* the socket to the wrapper */
    uv_pipe_t output;
    uv_timer_t timer; /* until when it must have done what it is at */
    bool wrapper_is_over, output_is_over;
    unsigned open_handles;
    int output_file; /* of `output` */
    /* what is sent to the wrapper */
    uv_write_t write;
    struct wrapper_head head;
    struct command command;
    str program; /* in `arena`: what it runs */
    /* what the wrapper has said */
    struct wrapper_note note; /* the one that is coming in */
    size_t note_bytes;
    int id;          /* of the function's process; 0: not known yet */
    int wait_status; /* how it has ended */
    int not_run;     /* errno of execve */
    /* the life of it */
    struct buf failure; /* on the heap: why it has ended before it asked for work */
    bool has_failed;
    struct log_tail tail; /* what it has printed before it asked for work */
    struct line_cutter lines;
    str log_stream; /* in `arena` */
    int64_t begun_us;
    int64_t init_us; /* how long it took until it asked for work; negative once reported */
    int64_t memory_bytes_max;
};

static struct report report_of(struct process *p)
{
    return (struct report){
        .effects = p->effects,
        .stream = p->log_stream,
        .memory_bytes_max = p->memory_bytes_max,
        .init_us = p->init_us,
    };
}

/* ---- output ---- */

static void take_line(void *context, str line)
{
    struct process *p = context;
    struct log_tail *tail = p->run ? &p->run->tail : &p->tail;
    logs_add(p->effects->logs, p->spec.log_group, p->log_stream, clock_now_ms(), line);
    if (p->run || p->state == PROCESS_STARTING || p->state == PROCESS_ENDING) {
        log_tail_add(tail, line);
        log_tail_add(tail, STR("\n"));
    }
}

static void close_one(struct process *p, uv_handle_t *handle);

static void on_output(uv_stream_t *stream, ssize_t got, const uv_buf_t *buf)
{
    struct process *p = stream->data;
    if (got > 0) line_cutter_feed(&p->lines, (str){ buf->base, (size_t)got }, take_line, p);
    if (got >= 0) return;
    p->output_is_over = true;
    close_one(p, (uv_handle_t *)stream);
}

static void on_output_alloc(uv_handle_t *handle, size_t suggested, uv_buf_t *buf)
{
    (void)suggested;
    struct process *p = handle->data;
    *buf = uv_buf_init(p->effects->output_bytes, EFFECTS_READ_BYTES);
}

/* Reads what has been printed so far, so that it stands before the end of the invocation; not for
 * ever, if the function prints on. */
static void drain_output(struct process *p)
{
    char *bytes = p->effects->output_bytes;
    for (int i = 0; i < OUTPUT_READS_MAX && !p->output_is_over; i++) {
        ssize_t got = read(p->output_file, bytes, EFFECTS_READ_BYTES);
        if (got <= 0) return; /* also at the end, which the loop sees, too */
        line_cutter_feed(&p->lines, (str){ bytes, (size_t)got }, take_line, p);
        if (got < EFFECTS_READ_BYTES) return;
    }
}

/* ---- the end of an invocation ---- */

static int64_t memory_bytes_allowed(const struct process *p)
{
    return (p->spec.memory_mb + FUNCTION_MEMORY_SLACK_MB) * MEGABYTE;
}

/* The result is set. */
static void finish_run(struct process *p, enum report_status status)
{
    struct run *run = p->run;
    drain_output(p);
    int64_t memory = p->id ? memory_of(p->id) : 0;
    if (memory > p->memory_bytes_max) p->memory_bytes_max = memory;
    struct report report = report_of(p);
    report_end(&report, run, status);
    p->init_us = -1;
    p->run = NULL;
    p->owner.is_done(p->owner.owner, run);
}

static void fail_run(struct process *p, str body, enum report_status status)
{
    outcome_set(p->run, body);
    finish_run(p, status);
}

static void exit_run(struct process *p, int wait_status)
{
    struct buf body;
    buf_init(&body, NULL);
    outcome_exit(&body, wait_status);
    drain_output(p);
    outcome_set(p->run, buf_str(&body));
    struct report report = report_of(p);
    report_error(&report, p->run);
    finish_run(p, REPORT_ERROR);
    buf_close(&body);
}

/* ---- the end of the process ---- */

static void free_process(struct process *p)
{
    struct process_owner owner = p->owner;
    str failure = p->has_failed ? buf_str(&p->failure) : (str){ NULL, 0 };
    owner.is_gone(owner.owner, failure, &p->tail);
    buf_close(&p->failure);
    command_free(&p->command);
    buf_close(&p->lines.partial);
    arena_close(&p->arena);
    free(p);
}

/* Why it never asked for work. */
static void set_start_failure(struct process *p)
{
    if (p->has_failed) return;
    p->has_failed = true;
    p->failure.len = 0;
    if (p->not_run) {
        /* Go's words for it, in which error texts begin with a small letter. */
        const char *text = strerror(p->not_run);
        str message = arena_printf(&p->arena, "RequestId: $ID Error: fork/exec %.*s: %c%s",
                                   STR_ARGS(p->program), tolower((unsigned char)*text), text + 1);
        outcome_error(&p->failure, STR("Runtime.InvalidEntrypoint"), message);
        return;
    }
    outcome_exit(&p->failure, p->wait_status);
}

static void begin_end(struct process *p)
{
    if (p->api) runtime_api_close(p->api);
    p->api = NULL;
    if (!uv_is_closing((uv_handle_t *)&p->control)) close_one(p, (uv_handle_t *)&p->control);
}

/* The wrapper and the output are over. */
static void finish_process(struct process *p)
{
    line_cutter_finish(&p->lines, take_line, p);
    if (p->run) exit_run(p, p->wait_status);
    if (p->state == PROCESS_STARTING) set_start_failure(p);
    p->state = PROCESS_ENDING;
    begin_end(p);
    close_one(p, (uv_handle_t *)&p->timer);
}

static void on_closed(uv_handle_t *handle)
{
    struct process *p = handle->data;
    if (--p->open_handles == 0) {
        free_process(p);
        return;
    }
    bool is_over = p->wrapper_is_over && p->output_is_over;
    if (is_over && !uv_is_closing((uv_handle_t *)&p->timer)) finish_process(p);
}

static void close_one(struct process *p, uv_handle_t *handle)
{
    ASSERT(handle->data == p);
    uv_close(handle, on_closed);
}

static void on_wrapper_exit(uv_process_t *wrapper, int64_t status, int signal)
{
    (void)status;
    struct process *p = wrapper->data;
    /* Killed, it could not end the others; the function's process dies with it, these may not. */
    if (signal && p->id > 1) kill(-p->id, SIGKILL);
    p->wrapper_is_over = true;
    close_one(p, (uv_handle_t *)wrapper);
    /* Everything that could print is dead; if somebody has passed the pipe on to a process that is
     * not below the wrapper, the end does not wait for it. */
    drain_output(p);
    if (p->output_is_over || uv_is_closing((uv_handle_t *)&p->output)) return;
    p->output_is_over = true;
    close_one(p, (uv_handle_t *)&p->output);
}

static void on_end_time(uv_timer_t *timer)
{
    struct process *p = timer->data;
    if (!p->wrapper_is_over) uv_process_kill(&p->wrapper, SIGKILL);
}

/* From here on it does no more work. */
static void end_now(struct process *p)
{
    p->state = PROCESS_ENDING;
    begin_end(p);
    if (!uv_is_closing((uv_handle_t *)&p->timer))
        uv_timer_start(&p->timer, on_end_time, FUNCTION_END_MS_MAX, 0);
}

void process_end(struct process *p, str cause)
{
    if (p->state == PROCESS_ENDING) return;
    if (p->state == PROCESS_STARTING) {
        p->wait_status = SIGKILL;
        set_start_failure(p);
    }
    struct run *run = p->run;
    p->state = PROCESS_ENDING;
    if (run && cause.len == 0) {
        exit_run(p, SIGKILL);
    } else if (run) {
        run->effect->result = (struct effect_result){
            .error = STR("Lambda.ServiceException"),
            .cause = arena_str(&run->effect->arena, cause),
        };
        finish_run(p, REPORT_ERROR);
    }
    end_now(p);
}

/* ---- time ---- */

static void on_time(uv_timer_t *timer)
{
    struct process *p = timer->data;
    if (p->state == PROCESS_STARTING) {
        p->has_failed = true;
        p->failure.len = 0;
        outcome_timeout(&p->failure, p->spec.timeout_ms);
        end_now(p);
        return;
    }
    if (p->run) {
        struct arena *arena = &p->run->effect->arena;
        struct report report = report_of(p);
        str line =
            arena_printf(arena, "%.*s %.*s Task timed out after %.2f seconds",
                         STR_ARGS(timestamp_text(arena, clock_now_ms())),
                         STR_ARGS(p->run->call.request_id), (double)p->spec.timeout_ms / 1000);
        struct buf body;
        buf_init(&body, arena);
        outcome_timeout(&body, p->spec.timeout_ms);
        p->state = PROCESS_ENDING; /* is_done is to see it so */
        drain_output(p);
        report_line(&report, p->run, line);
        fail_run(p, buf_str(&body), REPORT_TIMEOUT);
    }
    end_now(p);
}

/* ---- what the Runtime API tells ---- */

static bool on_next(struct process *p)
{
    switch (p->state) {
    case PROCESS_STARTING: p->init_us = clock_monotonic_us() - p->begun_us; break;
    case PROCESS_BUSY:
        if (p->run) return false;
        break;
    case PROCESS_IDLE: return true;
    case PROCESS_ENDING: return false;
    }
    p->state = PROCESS_IDLE;
    uv_timer_stop(&p->timer);
    p->owner.is_idle(p->owner.owner);
    return true;
}

static bool is_at_hand(const struct process *p, str id)
{
    return p->state == PROCESS_BUSY && p->run && str_eq(id, p->run->call.request_id);
}

static bool on_response(struct process *p, str id, str body)
{
    if (!is_at_hand(p, id)) return false;
    struct effect *effect = p->run->effect;
    if (!text_is_utf8(body)) {
        fail_run(p,
                 STR("{\"errorType\":\"Runtime.InvalidResponse\",\"errorMessage\":\"The "
                     "response of the function is not well-formed UTF-8.\"}"),
                 REPORT_ERROR);
        return true;
    }
    effect->result = (struct effect_result){
        .ok = true,
        .status = 200,
        .body = arena_str(&effect->arena, body),
    };
    finish_run(p, REPORT_SUCCESS);
    return true;
}

static void add_error_body(struct buf *out, str body)
{
    if (body.len == 0)
        outcome_error(out, STR("Runtime.Unknown"),
                      STR("RequestId: $ID Error: Unknown application error occurred"));
    else
        text_add_utf8(out, body);
}

static bool on_error(struct process *p, str id, str body)
{
    if (!is_at_hand(p, id)) return false;
    struct buf text;
    buf_init(&text, &p->run->effect->arena);
    add_error_body(&text, body);
    fail_run(p, buf_str(&text), REPORT_SUCCESS);
    return true;
}

static bool on_init_error(struct process *p, str body)
{
    if (p->state != PROCESS_STARTING) return false;
    p->has_failed = true;
    p->failure.len = 0;
    add_error_body(&p->failure, body);
    return true;
}

static void on_too_large(struct process *p, str id)
{
    if (!is_at_hand(p, id)) return;
    fail_run(p,
             STR("{\"errorType\":\"Function.ResponseSizeTooLarge\",\"errorMessage\":\"Response "
                 "payload size exceeded maximum allowed payload size (6291556 bytes).\"}"),
             REPORT_ERROR);
}

static const struct runtime_events runtime_events = {
    .next = on_next,
    .response = on_response,
    .error = on_error,
    .init_error = on_init_error,
    .too_large = on_too_large,
};

void process_give(struct process *p, struct run *run)
{
    ASSERT(p->state == PROCESS_IDLE && !p->run);
    p->state = PROCESS_BUSY;
    p->run = run;
    run->begun_us = clock_monotonic_us();
    run->begun_ms = clock_now_ms();
    run->deadline_ms = run->begun_ms + p->spec.timeout_ms;
    uv_update_time(&p->effects->loop);
    uv_timer_start(&p->timer, on_time, (uint64_t)p->spec.timeout_ms, 0);
    drain_output(p); /* what it has printed meanwhile is not of this invocation */
    struct report report = report_of(p);
    report_start(&report, run);
    runtime_api_give(p->api, run);
}

enum process_state process_state(const struct process *p)
{
    return p->state;
}

void process_sample(struct process *p, const struct memory_row *rows, size_t count)
{
    if (p->wrapper_is_over || p->state == PROCESS_ENDING) return;
    int64_t bytes, tasks;
    memory_sum(rows, count, p->wrapper.pid, &bytes, &tasks);
    if (bytes > p->memory_bytes_max) p->memory_bytes_max = bytes;
    if (bytes <= memory_bytes_allowed(p) && tasks <= FUNCTION_TASKS_MAX) return;
    log_line(LOG_INFO, "a function is ended", "bytes=%lld tasks=%lld", (long long)bytes,
             (long long)tasks);
    process_end(p, (str){ NULL, 0 });
}

/* ---- what the wrapper tells ---- */

static void take_note(struct process *p)
{
    switch ((enum wrapper_note_kind)p->note.kind) {
    case WRAPPER_STARTED: p->id = p->note.value; return;
    case WRAPPER_NOT_RUN: p->not_run = p->note.value; return;
    case WRAPPER_FINISHED:
        p->wait_status = p->note.value;
        if (p->state == PROCESS_IDLE) p->state = PROCESS_ENDING; /* it takes no more work */
        return;
    }
}

static void on_control_alloc(uv_handle_t *handle, size_t suggested, uv_buf_t *buf)
{
    (void)suggested;
    struct process *p = handle->data;
    *buf = uv_buf_init((char *)&p->note + p->note_bytes, sizeof p->note - (unsigned)p->note_bytes);
}

static void on_control(uv_stream_t *stream, ssize_t got, const uv_buf_t *buf)
{
    (void)buf;
    struct process *p = stream->data;
    if (got < 0) {
        close_one(p, (uv_handle_t *)stream);
        return;
    }
    p->note_bytes += (size_t)got;
    if (p->note_bytes < sizeof p->note) return;
    p->note_bytes = 0;
    take_note(p);
}

static void on_command_sent(uv_write_t *write, int status)
{
    (void)status; /* A wrapper that has not got it exits. */
    struct process *p = write->data;
    command_free(&p->command);
}

/* ---- start ---- */

static str make_log_stream(struct process *p)
{
    unsigned char random[16];
    entropy_fill(random, sizeof random);
    str now = timestamp_text(&p->arena, clock_now_ms());
    struct buf out;
    buf_init(&out, &p->arena);
    buf_printf(&out, "%.4s/%.2s/%.2s/[%.*s]", now.ptr, now.ptr + 5, now.ptr + 8,
               STR_ARGS(p->spec.version));
    for (size_t i = 0; i < sizeof random; i++)
        buf_printf(&out, "%02x", random[i]);
    return buf_str(&out);
}

/* Starts the wrapper with `file` as its output. */
static int spawn(struct process *p, int file)
{
    uv_stdio_container_t stdio[] = {
        { .flags = (uv_stdio_flags)(UV_CREATE_PIPE | UV_READABLE_PIPE | UV_WRITABLE_PIPE),
          .data.stream = (uv_stream_t *)&p->control },
        { .flags = UV_INHERIT_FD, .data.fd = file },
        { .flags = UV_INHERIT_FD, .data.fd = file },
    };
    char name[] = "baton", command[] = EFFECTS_CHILD_COMMAND;
    char *arguments[] = { name, command, NULL };
    char *no_variables[] = { NULL };
    uv_process_options_t options = {
        .file = p->effects->keeper_program,
        .args = arguments,
        .env = no_variables,
        .exit_cb = on_wrapper_exit,
        .flags = UV_PROCESS_DETACHED,
        .stdio = stdio,
        .stdio_count = 3,
    };
    return uv_spawn(&p->effects->loop, &p->wrapper, &options);
}

static void open_handles(struct process *p)
{
    uv_loop_t *loop = &p->effects->loop;
    if (uv_pipe_init(loop, &p->control, 0) != 0 || uv_pipe_init(loop, &p->output, 0) != 0 ||
        uv_timer_init(loop, &p->timer) != 0)
        fatal("out of memory");
    p->open_handles = 4;
    p->wrapper.data = p->control.data = p->output.data = p->timer.data = p->write.data = p;
}

static void send_command(struct process *p)
{
    p->head = (struct wrapper_head){
        .bytes = (uint32_t)p->command.bytes.len,
        .argument_count = p->command.argument_count,
        .variable_count = p->command.variable_count,
    };
    uv_buf_t bufs[] = {
        uv_buf_init((char *)&p->head, sizeof p->head),
        uv_buf_init(p->command.bytes.ptr, (unsigned)p->command.bytes.len),
    };
    uv_write(&p->write, (uv_stream_t *)&p->control, bufs, 2, on_command_sent);
    uv_read_start((uv_stream_t *)&p->control, on_control_alloc, on_control);
}

/* A process whose wrapper could not be started: is_gone comes as for any other. */
static void end_unstarted(struct process *p, const char *why)
{
    p->has_failed = true;
    char message[128];
    snprintf(message, sizeof message, "RequestId: $ID Error: cannot start a process: %s", why);
    outcome_error(&p->failure, STR("Runtime.Unknown"), str_from(message));
    p->state = PROCESS_ENDING;
    p->wrapper_is_over = p->output_is_over = true;
    close_one(p, (uv_handle_t *)&p->wrapper);
    close_one(p, (uv_handle_t *)&p->output);
    begin_end(p);
    close_one(p, (uv_handle_t *)&p->timer);
}

/* `files`: the pipe of the output. */
static void start(struct process *p, const int files[2])
{
    open_handles(p);
    int result = spawn(p, files[1]);
    close(files[1]);
    if (uv_pipe_open(&p->output, files[0]) != 0) fatal("a pipe cannot be used");
    p->output_file = files[0];
    if (result != 0) {
        end_unstarted(p, uv_strerror(result));
        return;
    }
    uv_read_start((uv_stream_t *)&p->output, on_output_alloc, on_output);
    send_command(p);
    uv_update_time(&p->effects->loop);
    uv_timer_start(&p->timer, on_time, (uint64_t)(FUNCTION_INIT_MS_MAX + p->spec.timeout_ms), 0);
}

/* What needs no handles of its own. */
static bool prepare(struct process *p, int files[2], struct buf *failure)
{
    p->api = runtime_api_new(p->effects, p, &runtime_events);
    if (!p->api || pipe2(files, O_CLOEXEC | O_NONBLOCK) != 0) {
        outcome_error(failure, STR("Runtime.Unknown"),
                      STR("RequestId: $ID Error: the system has no port or pipe left"));
        return false;
    }
    /* The function's end is to wait when it is full. */
    fcntl(files[1], F_SETFL, 0);
    struct command_place place = { .log_stream = p->log_stream, .port = runtime_api_port(p->api) };
    if (!command_make(p->effects, &p->spec, &place, &p->command, failure)) {
        close(files[0]);
        close(files[1]);
        return false;
    }
    p->program = arena_str(&p->arena, command_program(&p->command));
    return true;
}

bool process_start(struct effects *effects, const struct function_spec *spec,
                   const struct process_owner *owner, struct process **out, struct buf *failure)
{
    struct process *p = calloc(1, sizeof *p);
    if (!p) fatal("out of memory");
    p->effects = effects;
    p->owner = *owner;
    arena_init(&p->arena);
    p->spec = function_spec_copy(&p->arena, spec);
    p->log_stream = make_log_stream(p);
    p->begun_us = clock_monotonic_us();
    int files[2];
    if (!prepare(p, files, failure)) {
        if (p->api) runtime_api_close(p->api);
        arena_close(&p->arena);
        free(p);
        return false;
    }
    *out = p;
    start(p, files);
    return true;
}
