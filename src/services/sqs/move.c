/* Message move tasks: what is in a dead-letter queue goes back to where it came from, or to another
 * queue, as new messages. A job does it piece by piece. */
#include "services/sqs/internal.h"

/* QUEUE_TASKS: {"v":1,"tasks":[{"id":number,"to":ARN,"rate":n,"status":text,"moved":n,"total":n,
 * "started":ms,"reason":text}, ...]}; the newest first, at most SQS_MOVE_TASKS_MAX. */
struct task {
    uint64_t id;
    str to;       /* empty: each to where it came from */
    int64_t rate; /* messages a second; 0: as many as go */
    str status, reason;
    int64_t moved, total, started_ms;
};
struct tasks {
    struct task list[SQS_MOVE_TASKS_MAX];
    size_t count;
};

/* ---- records ---- */

static void load_tasks(const struct source *source, str queue_name, struct tasks *out)
{
    struct key key;
    str text;
    *out = (struct tasks){ 0 };
    key_queue(&key, source->number, queue_name, QUEUE_TASKS);
    if (!source_get(source, &key, &text)) return;
    const json record = sqs_record_parse(source, text), *list = json_find(record, STR("tasks"));
    for (size_t i = 0; list && i < json_count(*list) && i < SQS_MOVE_TASKS_MAX; i++) {
        json item = json_at(*list, i);
        out->list[out->count++] = (struct task){
            .id = (uint64_t)json_i64_or(item, STR("id"), 0),
            .to = json_str_or(item, STR("to"), STR("")),
            .rate = json_i64_or(item, STR("rate"), 0),
            .status = json_str_or(item, STR("status"), STR("")),
            .reason = json_str_or(item, STR("reason"), STR("")),
            .moved = json_i64_or(item, STR("moved"), 0),
            .total = json_i64_or(item, STR("total"), 0),
            .started_ms = json_i64_or(item, STR("started"), 0),
        };
    }
}

static void save_tasks(const struct source *source, str queue_name, const struct tasks *tasks)
{
    struct key key;
    struct buf out;
    buf_init(&out, sqs_work_arena(source));
    reply_open(&out);
    reply_i64(&out, "v", 1);
    reply_name(&out, "tasks");
    buf_add_char(&out, '[');
    for (size_t i = 0; i < tasks->count; i++) {
        const struct task *task = &tasks->list[i];
        if (i > 0) buf_add_char(&out, ',');
        reply_open(&out);
        reply_i64(&out, "id", (int64_t)task->id);
        reply_str_unless_empty(&out, "to", task->to);
        reply_i64(&out, "rate", task->rate);
        reply_str(&out, "status", task->status);
        reply_str_unless_empty(&out, "reason", task->reason);
        reply_i64(&out, "moved", task->moved);
        reply_i64(&out, "total", task->total);
        reply_i64(&out, "started", task->started_ms);
        reply_close(&out);
    }
    buf_add_char(&out, ']');
    reply_close(&out);
    key_queue(&key, source->number, queue_name, QUEUE_TASKS);
    txn_put(source->txn, &key, buf_str(&out));
}

static bool is_running(const struct task *task)
{
    return str_eq(task->status, STR("RUNNING"));
}

static struct task *find_task(struct tasks *tasks, uint64_t id)
{
    for (size_t i = 0; i < tasks->count; i++)
        if (tasks->list[i].id == id) return &tasks->list[i];
    return NULL;
}

/* ---- handles: base64 of {"taskId":number,"sourceArn":ARN} ---- */

static str handle_text(const struct source *source, uint64_t id, str queue_name)
{
    struct buf out;
    buf_init(&out, sqs_work_arena(source));
    reply_open(&out);
    reply_str(&out, "taskId", arena_printf(sqs_work_arena(source), "%llu", (unsigned long long)id));
    reply_str(&out, "sourceArn", sqs_queue_arn(source, queue_name));
    reply_close(&out);
    return sqs_base64_text(source->arena, buf_str(&out));
}

static bool read_handle(const struct source *source, str text, uint64_t *id, str *arn)
{
    str bytes, number;
    json handle;
    struct error bad;
    int64_t value;
    if (!sqs_base64_bytes(sqs_work_arena(source), text, &bytes) ||
        !json_parse(bytes, sqs_work_arena(source), &handle, &bad) ||
        !json_find_str(handle, STR("sourceArn"), arn) ||
        !json_find_str(handle, STR("taskId"), &number))
        return false;
    *id = str_to_i64(number, &value) && value > 0 ? (uint64_t)value : 0;
    return true;
}

/* ---- queues by their ARN ---- */

static bool fail_not_found(struct error *err, const char *parameter)
{
    return error_set(err, ERROR_SQS_RESOURCE_NOT_FOUND,
                     "The resource that you specified for the %s parameter doesn't exist.",
                     parameter);
}

static bool open_arn(const struct source *source, str arn, const char *parameter,
                     struct queue *queue, struct error *err)
{
    str name;
    size_t colons = 0;
    for (size_t i = 0; i < arn.len; i++)
        colons += arn.ptr[i] == ':';
    if (!str_starts_with(arn, STR("arn:")) || colons != 5)
        return error_set(err, ERROR_SQS_INVALID_PARAMETER_VALUE,
                         "You must use this format to specify the %s: "
                         "arn:<partition>:<service>:<region>:<account-id>:<resource-id>",
                         parameter);
    if (sqs_queue_name(source, arn, &name) && sqs_queue_load(source, name, queue)) return true;
    return fail_not_found(err, parameter);
}

static bool is_dead_letter_queue(const struct source *source, const struct queue *queue)
{
    str key, value;
    struct store_cursor *cursor = sqs_redrive_sources(source, queue->name, STR(""));
    bool any = store_cursor_next(cursor, &key, &value);
    store_cursor_close(cursor);
    return any;
}

/* ---- start ---- */

static bool read_destination(const struct source *source, const struct queue *queue, json params,
                             str *arn, struct error *err)
{
    struct queue destination;
    *arn = STR("");
    if (!json_find_str(params, STR("DestinationArn"), arn)) return true;
    if (!open_arn(source, *arn, "DestinationArn", &destination, err)) return false;
    if (str_eq(destination.name, queue->name))
        return error_set(err, ERROR_SQS_INVALID_PARAMETER_VALUE,
                         "Source queue arn and destination queue arn cannot be the same.");
    if (destination.is_fifo == queue->is_fifo) return true;
    return error_set(err, ERROR_SQS_INVALID_PARAMETER_VALUE,
                     "The source queue and destination queue must be of the same queue type.");
}

static bool read_range(json params, const char *name, int64_t max, int64_t *out, struct error *err)
{
    const json *given = json_find(params, str_from(name));
    if (!given || json_is_null(*given)) return true;
    if (json_to_i64(*given, out) && *out >= 1 && *out <= max) return true;
    return error_set(err, ERROR_SQS_INVALID_PARAMETER_VALUE,
                     "Value for parameter %s is invalid. Reason: You must enter a number that's "
                     "between 1 and %lld.",
                     name, (long long)max);
}

static void add_task(struct tasks *tasks, const struct task *task)
{
    size_t kept = tasks->count < SQS_MOVE_TASKS_MAX ? tasks->count : SQS_MOVE_TASKS_MAX - 1;
    memmove(&tasks->list[1], &tasks->list[0], kept * sizeof *task);
    tasks->list[0] = *task;
    tasks->count = kept + 1;
}

enum handled sqs_handle_start_message_move_task(struct txn *txn, struct request *request,
                                                struct error *err)
{
    struct source source = source_from_txn(txn, &request->arena);
    json params = request->params;
    struct queue queue;
    struct tasks tasks;
    struct task task = { .status = STR("RUNNING"), .started_ms = source.now_ms };
    str arn;
    if (!sqs_param_text(&source, params, STR("SourceArn"), &arn, err) ||
        !open_arn(&source, arn, "SourceArn", &queue, err))
        return HANDLED_FAILED;
    if (!is_dead_letter_queue(&source, &queue)) {
        error_set(err, ERROR_SQS_INVALID_PARAMETER_VALUE,
                  "Source queue must be configured as a Dead Letter Queue.");
        return HANDLED_FAILED;
    }
    if (!read_destination(&source, &queue, params, &task.to, err) ||
        !read_range(params, "MaxNumberOfMessagesPerSecond", SQS_MOVE_RATE_MAX, &task.rate, err))
        return HANDLED_FAILED;
    load_tasks(&source, queue.name, &tasks);
    if (tasks.count > 0 && is_running(&tasks.list[0])) {
        error_set(err, ERROR_SQS_INVALID_PARAMETER_VALUE,
                  "There is already a task running. Only one active task is allowed for a source "
                  "queue arn at a given time.");
        return HANDLED_FAILED;
    }
    sqs_order_ripen(&source, &queue, SQS_RIPEN_READ_MAX, true);
    task.id = txn_serial(txn);
    task.total = queue.state.total - queue.state.in_flight - queue.state.delayed;
    add_task(&tasks, &task);
    save_tasks(&source, queue.name, &tasks);
    sqs_job_move(&source, source.now_ms, queue.name, task.id);
    struct buf *out = reply_begin(request);
    reply_str(out, "TaskHandle", handle_text(&source, task.id, queue.name));
    reply_close(out);
    return HANDLED;
}

/* ---- cancel, list ---- */

enum handled sqs_handle_cancel_message_move_task(struct txn *txn, struct request *request,
                                                 struct error *err)
{
    struct source source = source_from_txn(txn, &request->arena);
    struct queue queue;
    struct tasks tasks;
    str handle, arn, name;
    uint64_t id;
    if (!sqs_param_text(&source, request->params, STR("TaskHandle"), &handle, err))
        return HANDLED_FAILED;
    if (!read_handle(&source, handle, &id, &arn)) {
        error_set(err, ERROR_SQS_INVALID_PARAMETER_VALUE,
                  "Value for parameter TaskHandle is invalid.");
        return HANDLED_FAILED;
    }
    if (!sqs_queue_name(&source, arn, &name) || !sqs_queue_load(&source, name, &queue)) {
        fail_not_found(err, "SourceArn");
        return HANDLED_FAILED;
    }
    load_tasks(&source, name, &tasks);
    struct task *task = find_task(&tasks, id);
    if (!task) {
        error_set(err, ERROR_SQS_RESOURCE_NOT_FOUND, "Task does not exist.");
        return HANDLED_FAILED;
    }
    if (!is_running(task)) {
        error_set(err, ERROR_SQS_INVALID_PARAMETER_VALUE, "Only active tasks can be cancelled.");
        return HANDLED_FAILED;
    }
    task->status = STR("CANCELLED");
    save_tasks(&source, name, &tasks);
    struct buf *out = reply_begin(request);
    reply_i64(out, "ApproximateNumberOfMessagesMoved", task->moved);
    reply_close(out);
    return HANDLED;
}

static void show_task(const struct source *source, const struct queue *queue,
                      const struct task *task, struct buf *out)
{
    reply_open(out);
    if (is_running(task)) reply_str(out, "TaskHandle", handle_text(source, task->id, queue->name));
    reply_str(out, "Status", task->status);
    reply_str(out, "SourceArn", sqs_queue_arn(source, queue->name));
    reply_str_unless_empty(out, "DestinationArn", task->to);
    if (task->rate > 0) reply_i64(out, "MaxNumberOfMessagesPerSecond", task->rate);
    reply_i64(out, "ApproximateNumberOfMessagesMoved", task->moved);
    reply_i64(out, "ApproximateNumberOfMessagesToMove", task->total);
    reply_str_unless_empty(out, "FailureReason", task->reason);
    reply_i64(out, "StartedTimestamp", task->started_ms);
    reply_close(out);
}

enum handled sqs_handle_list_message_move_tasks(const struct reader *reader,
                                                struct request *request, struct error *err)
{
    struct source source = source_from_reader(reader, request);
    struct queue queue = { 0 };
    struct tasks tasks;
    str arn;
    int64_t max = 1; /* documented */
    if (!sqs_param_text(&source, request->params, STR("SourceArn"), &arn, err) ||
        !open_arn(&source, arn, "SourceArn", &queue, err) ||
        !read_range(request->params, "MaxResults", SQS_MOVE_TASKS_MAX, &max, err))
        return HANDLED_FAILED;
    load_tasks(&source, queue.name, &tasks);
    struct buf *out = reply_begin(request);
    reply_name(out, "Results");
    buf_add_char(out, '[');
    for (size_t i = 0; i < tasks.count && i < (size_t)max; i++) {
        if (i > 0) buf_add_char(out, ',');
        show_task(&source, &queue, &tasks.list[i], out);
    }
    buf_add_char(out, ']');
    reply_close(out);
    return HANDLED;
}

/* ---- the job ---- */

static void fail_task(struct task *task, const char *reason)
{
    task->status = STR("FAILED");
    task->reason = str_from(reason);
}

/* A new message (developer guide: redriven messages get another id and another time). */
static void move_one(const struct source *source, struct queue *queue,
                     const struct message *message, struct task *task)
{
    struct content content;
    struct queue destination;
    struct message moved;
    str name;
    sqs_message_content(source, queue, message, &content);
    str to = task->to.len > 0 ? task->to : content.from;
    if (to.len == 0) {
        fail_task(task, "CouldNotDetermineMessageSource");
        return;
    }
    if (!sqs_queue_name(source, to, &name) || str_eq(name, queue->name) ||
        !sqs_queue_load(source, name, &destination) || destination.is_fifo != queue->is_fifo) {
        fail_task(task, "AWS.SimpleQueueService.NonExistentQueue");
        return;
    }
    content.from = STR("");
    (void)sqs_message_add(source, &destination, &content, &moved);
    sqs_queue_save_state(source, &destination);
    sqs_message_remove(source, queue, message);
    if (queue->is_fifo) sqs_group_refresh(source, queue, message->group);
    task->moved++;
}

/* How many in one piece: a tenth of a second's worth, if there is a rate. */
static size_t piece_size(const struct task *task)
{
    int64_t wanted = task->rate == 0 ? SQS_BATCH_MAX : task->rate / 10;
    int64_t left = task->total - task->moved;
    if (wanted > SQS_BATCH_MAX) wanted = SQS_BATCH_MAX;
    if (wanted < 1) wanted = 1;
    return (size_t)(wanted < left ? wanted : left);
}

void sqs_move_piece(const struct source *source, json job)
{
    struct queue queue;
    struct tasks tasks;
    struct taken taken = { 0 };
    if (!sqs_queue_load(source, json_str_or(job, STR("queue"), STR("")), &queue)) return;
    load_tasks(source, queue.name, &tasks);
    struct task *task = find_task(&tasks, (uint64_t)json_i64_or(job, STR("id"), 0));
    if (!task || !is_running(task)) return;
    int64_t before = task->moved;
    queue.dead_letters = STR(""); /* what is moved is not buried on the way */
    if (piece_size(task) > 0)
        sqs_take_messages(source, &queue, piece_size(task), source->now_ms, &taken);
    for (size_t i = 0; i < taken.count && is_running(task); i++)
        move_one(source, &queue, &taken.messages[i], task);
    if (taken.changed) sqs_queue_save_state(source, &queue);
    if (is_running(task) && ((taken.count == 0 && !taken.unfinished) || task->moved >= task->total))
        task->status = STR("COMPLETED");
    save_tasks(source, queue.name, &tasks);
    if (!is_running(task)) return;
    int64_t pause_ms = task->rate == 0 ? 0 : 1000 * (task->moved - before) / task->rate;
    sqs_job_move(source, source->now_ms + pause_ms, queue.name, task->id);
}
