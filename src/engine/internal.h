/* What the files of the engine share: a turn in progress, and the steps between the files.
 *
 *   turn.c      the run loop, events, the end of frames and executions
 *   flow.c      entering, completing, failing a state; retry and catch
 *   task.c      Task states      fanout.c  Parallel and Map      states.c  the other six
 *   redrive.c   frames at rest, and their second life
 *   choice.c    Choice rules                callback.c  a task's field Callback, its links
 *   evaluate.c  expressions with their environment, the context object
 *   history.c   events           frames.c  the table of frames   document.c
 */
#ifndef ENGINE_INTERNAL_H
#define ENGINE_INTERNAL_H

#include "engine/engine.h"

struct turn {
    const struct engine *engine;
    struct execution *x;
    struct arena *arena;
    struct frame **queue; /* frames to run, first in first out */
    size_t queue_head, queue_count, queue_capacity;
    bool history_full; /* the next event would be one too many */
    json context;      /* the context object's Execution, made when first needed */
    json response;     /* while a Callback's Key is evaluated: $$.Task.Response; null otherwise */
    json answer;       /* while an outcome is evaluated: $$.Task.Answer; null otherwise */
};

/* What a state comes to when it is run. */
enum step {
    STEP_NEXT, /* the frame has entered another state: run it */
    STEP_WAIT, /* the frame waits, has ended, or the execution has */
};

/* Why a state fails. */
struct failure {
    str error;         /* ptr NULL: the Fail state gave none */
    str cause;         /* ptr NULL: none */
    bool evaluation;   /* write EvaluationFailed first */
    str location;      /* of it */
    bool before_entry; /* EvaluationFailed hangs behind the event before ...StateEntered */
    bool uncatchable;  /* not for this state's Retry and Catch */
    bool heartbeat;    /* States.Timeout because a heartbeat was missed */
};

/* ---- document.c ---- */
struct document *document_new_text(struct arena *arena, json value, str text);

/* ---- frames.c ---- */
void frame_table_add(struct execution *x, struct frame *frame);
struct frame *frame_table_find(const struct execution *x, uint32_t number);
struct frame *frame_new_child(struct turn *turn, struct frame *parent, uint32_t index,
                              const struct asl_scope *scope);
void frame_delete(struct turn *turn, struct frame *frame);
/* All frames below it, at any depth; none of them may wait for anything. */
void frame_delete_children(struct turn *turn, struct frame *frame);
/* It has ended or rests: it waits for nothing, and its variables do not count. */
bool frame_is_over(const struct frame *frame);
/* Variables count towards the limit of the execution while their frame runs. */
void count_variables(struct turn *turn, const struct frame *frame);
void uncount_variables(struct turn *turn, const struct frame *frame);
struct engine_op *op_add(struct turn *turn, enum engine_op_kind kind);
void queue_frame(struct turn *turn, struct frame *frame);
/* The raw input of the frame's state, loaded if it is kept apart (WAIT_CHILDREN). */
struct document *frame_input(struct turn *turn, struct frame *frame);
/* The frame's timer record: set, moved or removed (0). */
void frame_set_timer(struct turn *turn, struct frame *frame, int64_t due_ms);

/* ---- history.c ---- */
/* Starts an event and returns its id; details follow, then history_end. False if the history is
 * full (the turn then ends the execution). Express machines count events but store none. */
bool history_begin(struct turn *turn, str type, uint32_t previous, uint32_t *id);
void history_open_details(struct turn *turn, str name);
void history_str(struct turn *turn, str name, str value);
void history_i64(struct turn *turn, str name, int64_t value);
/* "input":"...","inputDetails":{"truncated":false} */
void history_document(struct turn *turn, str name, struct document *document);
void history_variables(struct turn *turn, json assigned);
void history_close_details(struct turn *turn);
void history_end(struct turn *turn);
/* A whole event without details, chained behind `previous`. */
uint32_t history_plain(struct turn *turn, str type, uint32_t previous);
/* An event whose details are at most an error and a cause. */
uint32_t history_failure(struct turn *turn, str type, str details, uint32_t previous, str error,
                         str cause);
void history_execution_started(struct turn *turn);
void history_execution_redriven(struct turn *turn);
void history_execution_ended(struct turn *turn, uint32_t previous);

/* ---- evaluate.c ---- */
/* The environment of a frame's state, with its context object. */
struct evaluation {
    struct expr_env env;
    struct expr_scope scopes[ASL_SCOPE_DEPTH_MAX + 1];
    json context;
};
void evaluation_init(struct turn *turn, struct frame *frame, json input, struct evaluation *out);
/* The same for a Map's ItemSelector: with $$.Map.Item of an iteration that is about to start. */
void evaluation_init_item(struct turn *turn, struct frame *frame, const struct frame *iteration,
                          json input, struct evaluation *out);
str frame_task_token(struct turn *turn, const struct frame *frame, uint32_t task_event);
/* Applies a path (default: the value itself; null: {}). */
bool evaluate_path(struct turn *turn, struct frame *frame, const struct asl_path *path, str field,
                   json input, json *out, struct failure *failure);
/* Evaluates a template; a result beyond the payload limit (or nested too deep to be written) fails
 * with States.DataLimitExceeded, so that whatever the engine holds can be written. */
bool evaluate_template(struct turn *turn, struct frame *frame, const struct expr_template *template,
                       const struct expr_env *env, str field, json *out, struct failure *failure);
/* A number field; absent: *present false. */
bool evaluate_number(struct turn *turn, struct frame *frame, const struct asl_number *number,
                     json input, bool *present, json *out, struct failure *failure);
/* Turns an expression's failure into the state's, with AWS's first sentence. */
void failure_from_expr(struct turn *turn, const struct frame *frame,
                       const struct expr_failure *from, struct failure *out);
/* "An error occurred while executing the state 'X' (entered at the event id #N). " + text */
bool failure_runtime(struct turn *turn, const struct frame *frame, struct failure *out, str error,
                     const char *format, ...) PRINTF_LIKE(5, 6);
bool failure_evaluation(struct turn *turn, const struct frame *frame, struct failure *out,
                        str location, const char *format, ...) PRINTF_LIKE(5, 6);
/* InputPath (JSONPath); the raw input otherwise. */
bool effective_input(struct turn *turn, struct frame *frame, json *out, struct failure *failure);
/* "The state/task 'X' returned a result with a size exceeding ..." */
bool failure_size(struct turn *turn, str what, struct failure *out);

/* ---- secret.c ---- */
/* The text without our task tokens and callback links: their first characters and "...". In the
 * turn's arena, or the text itself. */
str secrets_hidden(struct turn *turn, str text);

/* ---- choice.c ---- */
bool choice_matches(struct turn *turn, struct frame *frame, const struct asl_choice_rule *rule,
                    struct evaluation *evaluation, bool *out, struct failure *failure);

/* ---- flow.c ---- */
/* Enters a state: writes its ...StateEntered event and resets what belongs to the state. */
void enter_state(struct turn *turn, struct frame *frame, const struct asl_state *state,
                 struct document *input);
str state_type_name(enum asl_state_type type);
/* The state has its result: selects, places, assigns, writes ...StateExited, goes on. */
enum step complete_state(struct turn *turn, struct frame *frame, struct document *result);
/* As above with the parts given: the state's output, and what it assigns (template or NULL). */
enum step exit_state(struct turn *turn, struct frame *frame, const struct asl_state *next,
                     struct document *output, json assigned);
bool evaluate_assign(struct turn *turn, struct frame *frame, const struct expr_template *assign,
                     struct evaluation *evaluation, json *assigned, struct failure *failure);
/* Retries, catches, or fails the frame. */
enum step fail_state(struct turn *turn, struct frame *frame, struct failure *failure);
bool error_matches(const str *errors, size_t count, const struct failure *failure);
/* Forgets what the frame has waited for; its children stay. */
void reset_task(struct turn *turn, struct frame *frame);

/* ---- states.c ---- */
enum step pass_run(struct turn *turn, struct frame *frame);
enum step succeed_run(struct turn *turn, struct frame *frame);
enum step choice_run(struct turn *turn, struct frame *frame);
enum step fail_run(struct turn *turn, struct frame *frame);
enum step wait_run(struct turn *turn, struct frame *frame);
/* A Wait state's time has come. */
enum step wait_over(struct turn *turn, struct frame *frame);

/* ---- task.c ---- */
enum step task_run(struct turn *turn, struct frame *frame);
bool task_event(struct turn *turn, struct frame *frame, const struct engine_event *event);
/* A timer of the frame fired while it waits for its task. */
void task_timer(struct turn *turn, struct frame *frame);
/* Forgets an open task: its token, its place in the queue, its child execution. `event` has
 * answered it; NULL: `end` says why it is over. */
void task_close(struct turn *turn, struct frame *frame, enum engine_wait_end end,
                const struct engine_event *event);
/* Why the waits of an execution that ends are over. */
enum engine_wait_end wait_end_of(const struct execution *x);

/* ---- callback.c ---- */
/* True if the frame's task leaves records for its callbacks. */
bool callback_is_recorded(const struct frame *frame);
/* Adds to the fields of the context object's Task: CallbackUrl and the others. */
void callback_context(struct turn *turn, const struct frame *frame, struct json_fields *task);
/* Before the state's fields are evaluated: the responders' names, which they may refer to. */
bool callback_prepare(struct turn *turn, struct frame *frame, json input, struct failure *failure);
/* What the record of the wait says of the state: the object of ENGINE_OP_CALLBACK_OPEN. */
bool callback_plan(struct turn *turn, struct frame *frame, json input, json *out,
                   struct failure *failure);
void callback_open(struct turn *turn, struct frame *frame, json plan);
void callback_ready(struct turn *turn, struct frame *frame);
/* The service has answered: a key that reads its response can be made. */
bool callback_submitted(struct turn *turn, struct frame *frame, json response,
                        struct failure *failure);
void callback_close(struct turn *turn, struct frame *frame, enum engine_wait_end end,
                    const struct engine_event *event);
/* What an answer by an outcome is to the task: TASK_SUCCEEDED or TASK_FAILED with all they need. */
bool callback_answered(struct turn *turn, struct frame *frame, const struct engine_event *event,
                       struct engine_event *out, struct failure *failure);

/* ---- fanout.c ---- */
enum step parallel_run(struct turn *turn, struct frame *frame);
enum step map_run(struct turn *turn, struct frame *frame);
/* A child frame has ended: its outcome is set. */
void child_ended(struct turn *turn, struct frame *child);

/* ---- redrive.c ---- */
/* A frame and all below it wait for nothing any more, and keep what a redrive needs. */
void frame_rest(struct turn *turn, struct frame *frame);
/* A frame that rests or has failed runs its state once more, with all its retries. */
void frame_resume(struct turn *turn, struct frame *frame);
bool execution_redrive(struct turn *turn);

/* ---- turn.c ---- */
void frame_succeed(struct turn *turn, struct frame *frame, struct document *output);
void frame_fail(struct turn *turn, struct frame *frame, const struct failure *failure);
void execution_finish(struct turn *turn, enum execution_status status, struct document *output,
                      str error, str cause, uint32_t previous);
/* The clock of the machine's TimeoutSeconds begins. */
void execution_start_clock(struct turn *turn);

#endif
