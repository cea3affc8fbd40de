/* What the files of effects/ know of each other. Everything here belongs to the loop's thread,
 * unless it says otherwise. */
#ifndef EFFECTS_PRIVATE_H
#define EFFECTS_PRIVATE_H

#include <uv.h>

#include "effects/effects.h"

struct functions;
struct http_client;
struct logs;
struct run;

/* ---- the loop (effects.c) ---- */

/* Work for the loop that another thread has left. */
struct job {
    struct job *next;
    void (*run)(struct effects *effects, struct job *job);
};

enum { EFFECTS_READ_BYTES = 64 << 10 };

struct effects {
    /* fixed by effects_start */
    struct effects_options options; /* texts in `arena` */
    struct arena arena;
    const char *keeper_program;
    const char *path; /* PATH, where interpreters are looked for */
    str node_modules; /* where functions find SDKs that their code does not bring; empty: none */
    uv_thread_t thread;
    struct logs *logs; /* owned; locks itself */
    /* shared, under `lock` */
    uv_mutex_t lock;
    struct job *first_job, *last_job;
    bool is_stopped;    /* takes no more jobs */
    uv_async_t wake_up; /* thread-safe by itself */
    /* the loop's */
    uv_loop_t loop;
    bool is_stopping;
    struct functions *functions;         /* owned */
    struct http_client *http;            /* owned */
    struct work *first_work, *last_work; /* what waits for a thread (work.c) */
    size_t works;                        /* that have one */
    /* What is being read; nothing stays in them. Two, as a request's end reads the output. */
    char request_bytes[EFFECTS_READ_BYTES], output_bytes[EFFECTS_READ_BYTES];
};

/* Hands `job` to the loop. Any thread. False: the loop takes no more; the caller keeps it. */
MUST_CHECK bool effects_submit(struct effects *effects, struct job *job);

/* Finishes an effect that could not be carried out. */
void effect_fail(struct effect *effect, str error, str cause);

/* ---- work on other threads (work.c) ---- */

/* Gives back what has not been begun. What has keeps the loop alive until it is done. */
void works_stop(struct effects *effects);

/* ---- functions (functions.c) ---- */

/* The end of what an invocation has printed. */
struct log_tail {
    char bytes[2 * FUNCTION_LOG_TAIL_BYTES];
    size_t len;
};

/* One invocation on its way. Lives in the arena of its effect. */
struct run {
    struct job job; /* first: how it comes to the loop */
    struct effect *effect;
    struct function_spec spec; /* a copy in the effect's arena */
    struct invocation call;    /* likewise */
    struct run *next;          /* in the queue of its pool */
    bool is_awaited;           /* in the list of late.c */
    uint64_t late_at_ms;       /* uv_now */
    struct run *late_previous, *late_next;
    str trace_id;
    struct log_tail tail;
    int64_t queued_us;
    int64_t begun_us;    /* when the process got it */
    int64_t begun_ms;    /* the same by the calendar */
    int64_t deadline_ms; /* by the calendar: what the function is told */
};

struct function_spec function_spec_copy(struct arena *arena, const struct function_spec *spec);

struct functions *functions_new(struct effects *effects);
/* Fails what waits, ends all processes. */
void functions_stop(struct functions *functions);
/* After the loop has ended. */
void functions_free(struct functions *functions);

/* ---- memory of processes (memory.c) ---- */

/* One process of the system. */
struct memory_row {
    int id, parent;
    int64_t rss_bytes;
    int64_t threads;
};
/* Reads /proc. Any thread. The rows are on the heap, for free(). */
struct memory_row *memory_read(size_t *count);
/* Sums up all processes below `root` (which does not count). Bounded by the rows of the table.
 */
void memory_sum(const struct memory_row *rows, size_t count, int root, int64_t *rss_bytes,
                int64_t *tasks);
/* Fills `ids` with at most `room` processes below `root`; returns how many. */
size_t memory_below(const struct memory_row *rows, size_t count, int root, int *ids, size_t room);
/* The resident bytes of one process; 0 if it is gone. */
int64_t memory_of(int id);

/* ---- processes (process.c) ---- */

struct process;

/* A process of a function, as its pool sees it:
 *
 *   STARTING --asks for work--> IDLE --process_give--> BUSY --answers, asks again--> IDLE
 *      `------------------------- dies, or process_end --------------------------> ENDING --> gone
 */
enum process_state { PROCESS_STARTING, PROCESS_IDLE, PROCESS_BUSY, PROCESS_ENDING };

/* What a process tells its pool. */
struct process_owner {
    /* It can take an invocation: process_give or process_end. */
    void (*is_idle)(void *owner);
    /* The invocation is over and has its result, log and version. The process may still be at it,
     * until is_idle. */
    void (*is_done)(void *owner, struct run *run);
    /* It is no more, and is freed behind this call. `failure` is why it has ended before it ever
     * asked for work (the body of a function error), or empty; `tail` what it has printed then. */
    void (*is_gone)(void *owner, str failure, const struct log_tail *tail);
    void *owner;
};

/* Starts a process. False with a function error's body in `failure` if it cannot be started. */
MUST_CHECK bool process_start(struct effects *effects, const struct function_spec *spec,
                              const struct process_owner *owner, struct process **out,
                              struct buf *failure);
enum process_state process_state(const struct process *process);
/* The process is IDLE. The run stays the caller's. */
void process_give(struct process *process, struct run *run);
/* Ends it, whatever it does; is_gone comes later. A run that it has is done at once: not ok with
 * `cause`, or if that is empty with the function error of a process that was killed. */
void process_end(struct process *process, str cause);
/* A look at the memory: `rows` as memory_read gives them. */
void process_sample(struct process *process, const struct memory_row *rows, size_t count);

/* ---- what the platform says in the log (report.c) ---- */

enum report_status { REPORT_SUCCESS, REPORT_ERROR, REPORT_TIMEOUT };

struct report {
    struct effects *effects;
    str stream;
    int64_t memory_bytes_max;
    int64_t init_us; /* of the process's start, for its first invocation; else negative */
};

/* A line of the platform's in the log and in the tail of the run. */
void report_line(const struct report *report, struct run *run, str line);
void report_start(const struct report *report, struct run *run);
/* The function error that the run has: its message and its type. */
void report_error(const struct report *report, struct run *run);
/* END and REPORT; then the result gets its log and version. */
void report_end(const struct report *report, struct run *run, enum report_status status);

/* ---- the Runtime API (runtime_api.c) ---- */

struct runtime_api;

/* What the API tells the process. Each gives whether it is accepted in this state. */
struct runtime_events {
    bool (*next)(struct process *process);
    bool (*response)(struct process *process, str id, str body);
    bool (*error)(struct process *process, str id, str body);
    bool (*init_error)(struct process *process, str body);
    void (*too_large)(struct process *process, str id);
};

/* A listener on a port of its own on 127.0.0.1. NULL: the system has none left. */
struct runtime_api *runtime_api_new(struct effects *effects, struct process *process,
                                    const struct runtime_events *events);
uint16_t runtime_api_port(const struct runtime_api *api);
/* Answers the request for work that `next` has told of; if that has gone meanwhile, the next one.
 * The run is borrowed until its answer or runtime_api_close. */
void runtime_api_give(struct runtime_api *api, const struct run *run);
/* Closes it; it is freed when its handles are closed. Tells nothing more. */
void runtime_api_close(struct runtime_api *api);

/* ---- how to run a function (command.c) ---- */

/* What the wrapper gets: texts that follow each other, each with a NUL: the working directory, the
 * arguments, the environment. */
struct command {
    struct buf bytes; /* on the heap */
    uint32_t argument_count, variable_count;
};

struct command_place {
    uint16_t port; /* of the Runtime API */
    str log_stream;
};

/* False with a function error's body in `failure` if the runtime is unknown or not installed. */
MUST_CHECK bool command_make(const struct effects *effects, const struct function_spec *spec,
                             const struct command_place *place, struct command *out,
                             struct buf *failure);
void command_free(struct command *command);
/* The first argument; points into the command. */
str command_program(const struct command *command);

/* The directory of a function's scratch files (HOME and TMPDIR), in the arena. */
str command_scratch(const struct effects *effects, struct arena *arena, str name);

/* Writes the runtimes' own files (runtime/) and removes scratch files of earlier runs. */
void command_prepare(const struct effects *effects);

/* ---- errors of functions (outcome.c) ---- */

/* Appends the body of a function error. */
void outcome_error(struct buf *out, str type, str message);
/* {"errorType":type,"errorMessage":"RequestId: $ID Error: ..."}; $ID is put in by outcome_set. */
void outcome_exit(struct buf *out, int wait_status);
void outcome_timeout(struct buf *out, int64_t timeout_ms);
/* Makes `body` the run's function error, with its request id where $ID stands. */
void outcome_set(struct run *run, str body);

/* ---- logs (logs.c) ---- */

/* `directory` is made if it is not there. */
struct logs *logs_new(struct arena *arena, str directory);
void logs_free(struct logs *logs);
/* Adds one line (any bytes). The loop's thread. */
void logs_add(struct logs *logs, str group, str stream, int64_t now_ms, str line);
/* Adds one event whose message is well-formed UTF-8, as it is. Any thread. */
void logs_add_message(struct logs *logs, str group, str stream, int64_t time_ms, str message);
/* Writes to the files what has been added. Any thread. */
void logs_flush(struct logs *logs);
/* All lines of a group, oldest first, each with its line break, in the arena. Any thread. */
str logs_text(struct logs *logs, str group, struct arena *arena);
/* What a group takes on disk; 0: it has no lines. Any thread. */
uint64_t logs_bytes(struct logs *logs, str group);
/* Forgets all lines of a group. Any thread. */
void logs_delete(struct logs *logs, str group);
/* Any thread. */
void logs_read(struct logs *logs, str group, uint64_t after, size_t count, struct buf *out,
               uint64_t *next);

/* ---- text from outside (text.c) ---- */

/* Appends `bytes` with U+FFFD for whatever is not well-formed UTF-8. */
void text_add_utf8(struct buf *out, str bytes);
bool text_is_utf8(str bytes);
/* Appends `name` so that it can be one component of a path: other than letters, digits, - and _
 * as %XX; a long one ends in a hash. Never empty. */
void text_add_file_name(struct buf *out, str name);

void log_tail_add(struct log_tail *tail, str bytes);
/* The last FUNCTION_LOG_TAIL_BYTES, as text in the arena. */
str log_tail_text(const struct log_tail *tail, struct arena *arena);

/* Cuts what comes through a pipe into lines. */
struct line_cutter {
    struct buf partial; /* on the heap: an unfinished line */
};
typedef void (*line_taker)(void *context, str line);
/* Calls `take` for each line that ends in `bytes`, without its end; for parts of a line that is
 * longer than FUNCTION_LOG_LINE_BYTES_MAX too. */
void line_cutter_feed(struct line_cutter *cutter, str bytes, line_taker take, void *context);
/* What is left at the end, if anything. */
void line_cutter_finish(struct line_cutter *cutter, line_taker take, void *context);

/* ---- HTTP (http.c, http_request.c, http_address.c) ---- */

/* One request on its way. */
struct http_call {
    struct job job; /* first */
    struct effects *effects;
    struct arena *arena; /* borrowed: of the effect */
    /* what to send */
    str method, url, body;
    struct http_field {
        str name, value;
    } * fields;
    size_t field_count;
    str user, password;            /* basic authentication; both empty: none */
    str sign_service, sign_region; /* SigV4; empty: none */
    int64_t timeout_ms;
    size_t body_bytes_max;
    bool allow_local;
    /* what came back */
    bool ok;
    int status;
    struct buf headers, answer; /* in the arena */
    str cause;
    /* Called once, on the loop's thread. */
    void (*done)(struct http_call *call);
    void *owner;
    /* the client's */
    void *handle; /* CURL */
    void *list;   /* struct curl_slist */
    bool refused_address, is_too_large;
    struct http_call *previous, *next;
};

struct http_client *http_client_new(struct effects *effects);
/* Starts a call; `done` may come before this returns. */
void http_client_send(struct http_client *client, struct http_call *call);
/* Ends all calls (done, not ok). */
void http_client_stop(struct http_client *client);
void http_client_free(struct http_client *client);

/* Reads effect->request into a call. False with a sentence in *cause if it is malformed. */
MUST_CHECK bool http_request_read(json request, struct http_call *call, str *cause);

/* May a socket be connected there? */
struct sockaddr;
bool http_address_is_allowed(const struct sockaddr *address, bool allow_local);

#endif
