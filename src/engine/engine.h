/* The engine: one command applied to one execution, as a pure function.
 *
 *     turn(execution, event, now, randomness) -> changed frames, history, operations
 *
 * An execution is a tree of frames. The root frame (number 0) runs the top-level states; each
 * Parallel branch and each Map iteration is a child frame. A frame holds its current state, what it
 * waits for, its retry counters, its variables and its input. Between turns frames are records
 * (engine/record.h); a turn loads the frames it needs through `engine_loader`, changes them in
 * memory, and leaves in struct execution what has to be written: dirty and deleted frames, one
 * chunk of history, and operations (timers, waiting tasks, service calls). The shard writes all of
 * that in one batch and carries out the service calls, whose results come back as further events,
 * in the same transaction where the service is one of Baton's own (promise 3).
 *
 * Nothing here does I/O or reads a clock. Everything lives in the execution's arena, which is
 * dropped when the transaction is over.
 *
 *  Frame states and what moves them:
 *
 *    READY ---run---> WAIT_TIMER     (Wait state)          --TIMER--> READY
 *                 +-> WAIT_RETRY     (before a retry)      --TIMER--> READY
 *                 +-> WAIT_TASK      (service or activity) --TASK_*, TIMER--> READY | WAIT_RETRY
 *                 +-> WAIT_CHILDREN  (Parallel, Map)       --last child done--> READY | WAIT_RETRY
 *                 +-> DONE           (a child frame that has ended; kept until its parent goes on)
 *    PENDING --a slot is free--> READY   (Map iteration that has not started)
 *    any of them --the execution or the state around it ends without success--> AT_REST
 *    AT_REST, DONE (failed) --REDRIVE--> READY
 *
 * A Standard execution that ends without success keeps its frames, at rest: a redrive runs the
 * states that had not ended once more, and what had succeeded keeps its results (redrive.c).
 */
#ifndef ENGINE_ENGINE_H
#define ENGINE_ENGINE_H

#include "asl/asl.h"
#include "base/base.h"
#include "base/prng.h"
#include "expr/expr.h"
#include "json/json.h"

enum execution_status {
    EXECUTION_RUNNING,
    EXECUTION_SUCCEEDED,
    EXECUTION_FAILED,
    EXECUTION_TIMED_OUT,
    EXECUTION_ABORTED,
};
/* "RUNNING" ... as the API writes it. */
str execution_status_name(enum execution_status status);

/* A JSON document with its text, made when somebody needs it. Shared by pointer, so that a document
 * that passes unchanged through many states is written as text only once. */
struct document {
    json value;
    str text;   /* without white space; ptr NULL until document_text */
    str quoted; /* the text as a JSON string, with quotes; ptr NULL until document_quoted */
};
struct document *document_new(struct arena *arena, json value);
str document_text(struct document *document, struct arena *arena);
str document_quoted(struct document *document, struct arena *arena);

enum frame_status {
    FRAME_READY,
    FRAME_WAIT_TIMER,
    FRAME_WAIT_RETRY,
    FRAME_WAIT_TASK,
    FRAME_WAIT_CHILDREN,
    FRAME_PENDING,
    FRAME_DONE,
    FRAME_AT_REST,
};

/* How far a task has come. */
enum task_stage { TASK_SCHEDULED, TASK_STARTED, TASK_SUBMITTED };

enum frame_outcome { FRAME_UNFINISHED, FRAME_SUCCEEDED, FRAME_FAILED, FRAME_ABORTED };

struct frame {
    uint32_t number;
    uint32_t parent; /* frame number; own number for the root */
    uint32_t index;  /* branch or iteration */
    enum frame_status status;
    const struct asl_scope *scope;
    const struct asl_state *state; /* current state; NULL while PENDING */
    struct document *input;        /* the state's raw input; for PENDING the Map's item */
    struct document *item;         /* a Map's iteration: $$.Map.Item.Value; NULL otherwise */
    json variables;                /* of this scope, an object */
    uint32_t entered_event;        /* id of the state's ...StateEntered event */
    uint32_t before_event;         /* id of the frame's last event before that one */
    uint32_t last_event;           /* previousEventId of the frame's next event */
    int64_t entered_ms;
    const uint32_t *retries; /* attempts used up per retrier of the state; NULL: none yet */
    json responders; /* of a Callback with a Quorum: their names; null until the first attempt, and
                        then the same for all: links refer to them by number */
    uint32_t retry_count; /* all of them: $$.State.RetryCount */

    /* FRAME_WAIT_TASK */
    uint32_t task_event; /* id of TaskScheduled or ActivityScheduled: the task's number */
    enum task_stage stage;
    int64_t since_ms;         /* when it was scheduled */
    int64_t timeout_ms;       /* the allowed duration; 0: none */
    int64_t timeout_due_ms;   /* 0: none, or its clock has not begun */
    int64_t heartbeat_due_ms; /* 0: none */
    int64_t heartbeat_ms;     /* the interval */
    bool has_token;           /* stands in the list of waiting tasks */
    bool watched;             /* its callbacks are recorded, though the state does not ask for it:
                                 a key has been bound to its token. Until the state is left */
    bool queued;              /* activity: no worker has taken it yet */
    uint64_t child_serial;    /* .sync: the execution that it waits for; 0 none */
    str child_arn;

    int64_t timer_ms; /* due time of the frame's timer record; 0: no record */

    /* FRAME_WAIT_CHILDREN: children are the frames first_child .. first_child + child_count - 1. In
     * other states of the frame: those that it has kept for a redrive. */
    uint32_t first_child;
    uint32_t child_count;
    uint32_t next_child; /* Map: the first iteration that has not had its turn for a slot */
    uint32_t running;
    uint32_t failed;      /* Map: failed iterations */
    uint32_t concurrency; /* Map: at most so many at a time */
    double tolerated;     /* Map: failures beyond this count fail the state */

    /* FRAME_DONE */
    enum frame_outcome outcome;
    struct document *output; /* FRAME_SUCCEEDED */
    str error, cause;        /* FRAME_FAILED; ptr NULL where absent */
    bool missed_heartbeat;   /* FRAME_FAILED: States.Timeout because of a heartbeat */

    /* bookkeeping of the turn, not stored */
    bool dirty;
    bool deleted;
    bool stored;      /* has a record KEY_FRAME */
    bool data_dirty;  /* KEY_FRAME_DATA has to be written ... */
    bool data_stored; /* ... or is there; removed with the frame, or when the frame
                         does not wait for children any more */
    bool queued_to_run;
};

/* What never changes of an execution (record KEY_EXECUTION). Texts in the execution's arena. */
struct execution_identity {
    uint64_t serial;
    str name;
    str arn;
    str machine;       /* name of the state machine */
    str machine_arn;   /* unqualified */
    str version_arn;   /* empty unless started through a version or an alias */
    str alias_arn;     /* empty unless started through an alias */
    uint32_t revision; /* of the definition */
    str role_arn;
    enum asl_machine_type type;
    str input; /* JSON text as given */
    int64_t start_ms;
    str trace_header;       /* empty if none */
    uint64_t parent_serial; /* 0: nobody waits for this execution */
    uint32_t parent_frame;
    uint32_t parent_task;
};

/* What the writer of the records has to do besides frames and history. */
enum engine_op_kind {
    ENGINE_OP_TIMER_SET,        /* due_ms, frame, timer */
    ENGINE_OP_TIMER_CLEAR,      /* the same */
    ENGINE_OP_WAITING_OPEN,     /* frame: since_ms, unbounded, and `value`: what `baton waiting`
                                   shows */
    ENGINE_OP_WAITING_CLOSE,    /* frame, since_ms, unbounded */
    ENGINE_OP_ACTIVITY_QUEUE,   /* frame, since_ms, text: activity ARN, task_event */
    ENGINE_OP_ACTIVITY_UNQUEUE, /* the same */
    ENGINE_OP_CALL,             /* frame, task_event, task, value: parameters; see engine_call */
    ENGINE_OP_STOP_CHILD,       /* child_serial: a nested execution nobody waits for any more */
    /* Of tasks whose callbacks are recorded; all with frame, entered, task_event: */
    ENGINE_OP_CALLBACK_OPEN,  /* since_ms, `value`: what its state says of it (engine/callback.c);
                                 before the call is carried out */
    ENGINE_OP_CALLBACK_KEY,   /* text: the key, known now that the service has answered */
    ENGINE_OP_CALLBACK_READY, /* the call has been carried out, or its answer is there: what came
                                 early may be delivered */
    ENGINE_OP_CALLBACK_CLOSE, /* end; ANSWERED: `value`, the event's, or null, and `result` */
};
/* Why a wait is over. */
enum engine_wait_end {
    ENGINE_WAIT_ANSWERED,
    ENGINE_WAIT_CALL_FAILED, /* the call, or what the state makes of its answer */
    ENGINE_WAIT_TIMED_OUT,
    ENGINE_WAIT_HEARTBEAT_MISSED,
    ENGINE_WAIT_STOPPED,             /* StopExecution */
    ENGINE_WAIT_EXECUTION_TIMED_OUT, /* TimeoutSeconds of the machine */
    ENGINE_WAIT_ABORTED,             /* another branch, or the execution, has failed */
};
/* What an answer has been, for whoever has to recognise it. */
struct engine_answer {
    bool failed;
    json output;
    str error, cause;
};
enum engine_timer {
    ENGINE_TIMER_FRAME,     /* a frame's Wait, retry, or task deadline */
    ENGINE_TIMER_EXECUTION, /* the execution's TimeoutSeconds; frame 0 */
    ENGINE_TIMER_CONTINUE,  /* a turn that yielded; frame 0 */
};
struct engine_op {
    enum engine_op_kind kind;
    uint32_t frame;
    uint32_t task_event;
    enum engine_timer timer;
    int64_t due_ms;
    int64_t since_ms;
    uint64_t child_serial;
    str text;
    json value;
    const struct asl_task *task;
    bool unbounded;   /* WAITING_*: nothing ends the wait but an answer */
    bool again;       /* CALL: for a task that has been started already (ENGINE_TASK_RESEND) */
    uint32_t entered; /* CALLBACK_*: the frame's entered_event */
    enum engine_wait_end end;
    struct engine_answer answer;
};

struct execution {
    struct arena *arena;
    struct execution_identity id;
    const struct asl_machine *machine;

    struct document *input; /* id.input, parsed when first needed: execution_input */

    /* kept in the root frame's record */
    enum execution_status status;
    uint32_t last_event;    /* id of the newest history event; 0 before the first */
    uint32_t next_frame;    /* number of the next child frame */
    int64_t deadline_ms;    /* TimeoutSeconds at the top; 0: none */
    size_t variables_bytes; /* of all scopes */
    const uint32_t *ready;  /* frames to run when the turn goes on (CONTINUE) */
    size_t ready_count;
    uint32_t redrive_count;
    int64_t redrive_ms; /* the last one; 0: none */

    /* the end (record KEY_END), valid when status is not RUNNING */
    int64_t stop_ms;
    struct document *output; /* SUCCEEDED */
    str error, cause;        /* otherwise; ptr NULL where absent */
    bool at_rest;            /* it has kept its frames */

    /* made by the turns of one transaction */
    struct frame **frames; /* loaded frames: open addressing by number */
    size_t frame_count, frame_capacity;
    struct buf history;     /* events as JSON objects, separated by commas */
    uint32_t history_first; /* id of the first one in `history`; 0: none */
    struct engine_op *ops;
    size_t op_count, op_capacity;
    size_t steps; /* transitions in this transaction */
    bool started; /* the execution began in this transaction */
    /* The shard's: where its events are logged. Not NULL: an Express execution makes them, too. */
    const void *log;
};

/* Gives the record of a frame; false if there is none. */
struct engine_loader {
    void *context;
    bool (*frame)(void *context, uint64_t serial, uint32_t frame, struct arena *arena, str *out);
    /* The large part of a frame that waits for children (see record.h). */
    bool (*frame_data)(void *context, uint64_t serial, uint32_t frame, struct arena *arena,
                       str *out);
};

struct token_key;
struct link_keys;

struct engine {
    struct engine_loader loader;
    int64_t now_ms;
    struct prng *prng;
    const struct token_key *token_key; /* for $$.Task.Token */
    const struct link_keys *link_keys; /* for $$.Task.CallbackUrl ... */
    str public_url;                    /* ... which begins with it */
    uint16_t shard;
    str region, account;
    size_t payload_bytes_max;    /* ENGINE_PAYLOAD_BYTES_MAX */
    uint32_t history_events_max; /* ENGINE_HISTORY_EVENTS_MAX */
    size_t turn_steps_max;       /* ENGINE_TURN_STEPS_MAX */
};

enum engine_event_kind {
    ENGINE_START,          /* a new execution; execution_new has been called */
    ENGINE_CONTINUE,       /* go on after a yield */
    ENGINE_TIMER,          /* timer, frame; ignored if it is no longer due */
    ENGINE_TASK_STARTED,   /* frame, task_event; activities: text = worker name */
    ENGINE_TASK_SUBMITTED, /* value = what the service answered; child_serial for .sync */
    ENGINE_TASK_SUCCEEDED, /* value = output, text = the same as JSON text (may be empty) */
    ENGINE_TASK_FAILED,    /* error, cause (ptr NULL: absent) */
    ENGINE_TASK_HEARTBEAT,
    ENGINE_TASK_ANSWERED, /* by an outcome of its Callback: `outcome`, value = the answer, an object
                             {"outcome","output","by","comment" ...}; the state makes of it what
                             the outcome says */
    ENGINE_TASK_EXTENDED, /* due_ms: the new deadline */
    ENGINE_TASK_RESEND,   /* the call is to be carried out once more; not for activities */
    ENGINE_TASK_WATCH,    /* its callbacks are recorded from now on */
    ENGINE_STOP,          /* error, cause */
    ENGINE_REDRIVE,       /* only for one that has ended; see execution_can_redrive */
};
struct engine_event {
    enum engine_event_kind kind;
    uint32_t frame;
    uint32_t task_event;
    enum engine_timer timer;
    str text;
    json value;
    str error, cause;
    uint64_t child_serial;
    str child_arn;
    int64_t due_ms;
    uint8_t outcome;  /* its place among the state's outcomes, from 0 */
    bool from_call;   /* TASK_FAILED: the call has failed; nobody has answered */
    json answered_by; /* TASK_SUCCEEDED, _FAILED, _ANSWERED: what the wait's record says of it; an
                         object, or null. Goes to ENGINE_OP_CALLBACK_CLOSE */
};

/* A new execution with its root frame at the first state, status RUNNING; nothing has happened yet.
 * `id` is copied as it is (its texts must live in or outlive the arena); `input` is id.input
 * parsed. */
struct execution *execution_new(struct arena *arena, const struct execution_identity *id,
                                const struct asl_machine *machine, json input);

/* The execution has ended, has kept its frames, and its history has room for a redrive and one more
 * event: ENGINE_REDRIVE will be accepted. */
bool execution_can_redrive(const struct engine *engine, struct execution *execution);

/* Applies one event. Task events for a task that is not open are refused: false, nothing changed.
 * May be called several times for one execution within a transaction; the results add up. */
bool engine_turn(const struct engine *engine, struct execution *execution,
                 const struct engine_event *event);

/* Forgets ops and history after they have been written or carried out. */
void execution_take_ops(struct execution *execution, const struct engine_op **ops, size_t *count);

/* The execution's input as a value. */
struct document *execution_input(struct execution *execution);

/* A loaded frame, loading it if need be; NULL if it does not exist (any more). */
struct frame *execution_frame(const struct engine *engine, struct execution *execution,
                              uint32_t number);

#endif
