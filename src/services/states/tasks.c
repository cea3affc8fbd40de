/* SendTaskSuccess, SendTaskFailure, SendTaskHeartbeat: the world's answers to waiting tasks.
 *
 * The first answer to a task counts; the engine refuses every later one, because the task is not
 * open any more (promise 2). Checks go from what costs nothing to what reads records: the token,
 * the output, the task. */
#include "services/callbacks/door.h"
#include "services/states/states.h"

static bool invalid_token(const struct source *source, struct error *err)
{
    shard_count(source->shard, COUNTER_CALLBACKS_REJECTED_TOKEN);
    return fail_quoted(source, err, ERROR_INVALID_TOKEN, "Invalid Token: ", STR("Invalid token"));
}

static bool closed(const struct source *source, struct error *err)
{
    shard_count(source->shard, COUNTER_CALLBACKS_REJECTED_CLOSED);
    return fail_quoted(source, err, ERROR_TASK_TIMED_OUT,
                       "Task Timed Out: ", STR("Provided task does not exist anymore"));
}

static bool read_token(const struct source *source, json params, token *out, struct error *err)
{
    str text = json_str_or(params, STR("taskToken"), STR(""));
    if (!token_decode(shard_token_key(source->shard), text, out) || out->shard != source->number)
        return invalid_token(source, err);
    return true;
}

/* Gives the task the event, or says that it has been closed. */
static bool answer(struct txn *txn, const struct source *source, token to,
                   struct engine_event *event, enum shard_counter counter, struct error *err)
{
    event->frame = to.frame;
    event->task_event = to.task_event;
    struct execution *execution = txn_execution_load(txn, to.serial);
    if (!execution || !txn_execution_turn(txn, execution, event)) {
        if (event->kind != ENGINE_TASK_HEARTBEAT)
            answer_refused(txn, to, event->kind == ENGINE_TASK_FAILED);
        return closed(source, err);
    }
    shard_count(source->shard, counter);
    return true;
}

static bool read_output(const struct source *source, json params, struct engine_event *event,
                        struct error *err)
{
    struct error parsing = { 0 };
    size_t bytes_max = shard_payload_bytes_max(source->shard);
    event->text = json_str_or(params, STR("output"), STR(""));
    bool fits = event->text.len <= bytes_max;
    if (fits && json_parse(event->text, source->arena, &event->value, &parsing)) return true;
    shard_count(source->shard, COUNTER_CALLBACKS_REJECTED_OUTPUT);
    if (!fits)
        return error_set(err, ERROR_VALIDATION,
                         "1 validation error detected: Value at 'output' failed to satisfy "
                         "constraint: Member must have length less than or equal to %zu",
                         bytes_max);
    return fail_quoted(source, err, ERROR_INVALID_OUTPUT, "Invalid Output: ", error_text(&parsing));
}

bool task_success(struct txn *txn, const struct source *source, json params, struct error *err)
{
    token to;
    struct engine_event event = { .kind = ENGINE_TASK_SUCCEEDED };
    return read_token(source, params, &to, err) && read_output(source, params, &event, err) &&
           answer(txn, source, to, &event, COUNTER_CALLBACKS_ACCEPTED, err);
}

/* ptr NULL: absent, which is not the same as empty. */
static str find_text(json params, const char *name)
{
    const json *value = json_find(params, str_from(name));
    return value && json_is_string(*value) ? json_str(*value) : (str){ NULL, 0 };
}

bool task_failure(struct txn *txn, const struct source *source, json params, struct error *err)
{
    token to;
    struct engine_event event = {
        .kind = ENGINE_TASK_FAILED,
        .value = json_null(),
        .error = find_text(params, "error"),
        .cause = find_text(params, "cause"),
    };
    return read_token(source, params, &to, err) &&
           answer(txn, source, to, &event, COUNTER_CALLBACKS_ACCEPTED, err);
}

bool task_heartbeat(struct txn *txn, const struct source *source, json params, struct error *err)
{
    token to;
    struct engine_event event = { .kind = ENGINE_TASK_HEARTBEAT, .value = json_null() };
    return read_token(source, params, &to, err) &&
           answer(txn, source, to, &event, COUNTER_HEARTBEATS, err);
}

/* ---- operations ---- */

static enum handled handle(struct txn *txn, struct request *request,
                           bool (*task)(struct txn *, const struct source *, json, struct error *),
                           struct error *err)
{
    struct source source = source_from_txn(txn, &request->arena);
    if (!task(txn, &source, request->params, err)) return HANDLED_FAILED;
    reply_close(reply_begin(request));
    return HANDLED;
}

enum handled handle_send_task_success(struct txn *txn, struct request *request, struct error *err)
{
    return handle(txn, request, task_success, err);
}

enum handled handle_send_task_failure(struct txn *txn, struct request *request, struct error *err)
{
    return handle(txn, request, task_failure, err);
}

enum handled handle_send_task_heartbeat(struct txn *txn, struct request *request, struct error *err)
{
    return handle(txn, request, task_heartbeat, err);
}
