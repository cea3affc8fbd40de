/* The pools, shared by functions.c (who gets what) and functions_watch.c (time, memory, functions
 * elsewhere). Private to effects/. */
#ifndef EFFECTS_FUNCTIONS_H
#define EFFECTS_FUNCTIONS_H

#include "effects/private.h"

/* A process and its place in a pool. */
struct worker {
    struct pool *pool;
    struct process *process;
    struct worker *next; /* of the pool */
    bool is_starting;    /* it has never asked for work */
    bool has_served;     /* it has been given work */
    bool is_ending;      /* we have ended it */
    bool is_idle;        /* in the list of idle ones, in the order of their time */
    struct worker *idle_previous, *idle_next;
    uint64_t idle_since_ms; /* uv_now */
    int64_t answered_us;    /* when it has answered and is soon to ask for more; else 0 */
};

/* The processes of one version and revision of a function. */
struct pool {
    struct functions *functions;
    struct function *function;
    struct pool *next; /* of the function */
    struct arena arena;
    struct function_spec spec; /* in `arena` */
    int64_t limit;             /* the function's concurrency, as the newest invocation says */
    struct worker *workers;
    size_t starting;          /* workers that are */
    size_t running;           /* invocations that a process or a URL has */
    struct run *first, *last; /* what waits */
    size_t waiting;
    bool is_forgotten;
    bool is_blocked; /* in the list of pools for which there is no room */
    struct pool *blocked_next;
    /* processes that die at their start */
    bool has_been_ready; /* one has not */
    int failures;        /* in a row */
    int64_t next_start_us;
};

struct function {
    char *arn; /* owned */
    struct function *next;
    struct pool *pools;
    size_t running, waiting; /* of all pools */
};

struct functions {
    struct effects *effects;
    struct function *first;
    size_t process_count;                  /* also those that are ending */
    size_t ending_count;                   /* that we have ended */
    struct worker *idle_first, *idle_last; /* oldest first */
    struct pool *blocked;
    size_t blocked_count;
    size_t queued, queued_bytes;
    bool is_stopped;
    struct run *late_first, *late_last; /* whose callers wait, by when they cease to (late.c) */
    uv_timer_t late_timer;
    /* functions_watch.c */
    uv_timer_t idle_timer;   /* the first idle process is idle for long enough */
    uv_timer_t start_timer;  /* a pool may start a process again */
    uv_timer_t memory_timer; /* the next look at the memory */
    uv_prepare_t flush;      /* the logs are written before the loop waits */
    uv_work_t memory_work;
    struct memory_row *rows; /* what it has read */
    size_t row_count;
    bool is_reading_memory;
    bool was_active; /* since the last look */
    bool is_closed;
};

/* Each of these starts a timer if it is needed and does not run. */
void functions_watch_idle(struct functions *functions);
void functions_watch_starts(struct functions *functions);
void functions_watch_memory(struct functions *functions);
/* When stopped: closes what is left once all processes are gone. */
void functions_consider_close(struct functions *functions);

/* Sends the event of a run, which has left the queue, to the URL of its pool. */
void functions_send(struct pool *pool, struct run *run);
/* It has its result. */
void functions_url_done(struct pool *pool, struct run *run);

/* A run whose caller's patience is bounded (effect->late) begins to wait; it is over. */
void late_add(struct functions *functions, struct run *run);
void late_remove(struct functions *functions, struct run *run);

/* functions.c, for the timers. */
/* True: some pool's processes die at their start, so this is to be called again. */
bool functions_pump_all(struct functions *functions);
void functions_end_idle(struct functions *functions, uint64_t before_ms);

#endif
