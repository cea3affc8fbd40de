/* CreateQueue, DeleteQueue, PurgeQueue, GetQueueUrl.
 *
 * Deleting is immediate: the queue gets no further message and its name is free at once, so there
 * is none of AWS's minute of waiting (QueueDeletedRecently, PurgeQueueInProgress). Its records are
 * removed piece by piece in the background. A purge gives the queue another number and removes what
 * had the old one. */
#include "services/sqs/internal.h"

static json map_or_empty(json params, str name)
{
    const json *map = json_find(params, name);
    return map && json_is_object(*map) ? *map : (json){ .kind = JSON_OBJECT };
}

static enum handled reply_url(const struct source *source, struct request *request, str name)
{
    struct buf *out = reply_begin(request);
    reply_str(out, "QueueUrl", sqs_queue_url(source, request, name));
    reply_close(out);
    return HANDLED;
}

/* ---- create ---- */

static bool check_name(json params, bool fifo_said, str *name, struct error *err)
{
    if (!json_find_str(params, STR("QueueName"), name))
        return error_set(err, ERROR_SQS_INVALID_PARAMETER_VALUE,
                         "Value for parameter QueueName is invalid. Reason: Must specify a queue "
                         "name.");
    if (name->len == 0)
        return error_set(err, ERROR_SQS_INVALID_PARAMETER_VALUE, "Queue name cannot be empty");
    if (sqs_queue_name_is_good(*name, fifo_said)) return true;
    if (fifo_said)
        return error_set(err, ERROR_SQS_INVALID_PARAMETER_VALUE,
                         "The name of a FIFO queue can only include alphanumeric characters, "
                         "hyphens, or underscores, must end with .fifo suffix and be 1 to 80 in "
                         "length.");
    return error_set(err, ERROR_SQS_INVALID_PARAMETER_VALUE,
                     "Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 "
                     "in length");
}

static bool check_tags(json tags, struct error *err)
{
    if (json_count(tags) <= SQS_TAGS_MAX) return true;
    return error_set(err, ERROR_SQS_INVALID_PARAMETER_VALUE,
                     "Too many tags added for queue. Maximum number of tags allowed is %d.",
                     SQS_TAGS_MAX);
}

/* The same name with the same attributes is answered like the first time; what is not given is not
 * compared. */
static bool check_same(const struct source *source, const struct queue *queue, json wanted,
                       str wanted_policy, struct error *err)
{
    str policy;
    json tags;
    sqs_queue_load_extra(source, queue->name, &policy, &tags);
    str name = sqs_attributes_difference(source, queue, policy, wanted);
    if (name.len == 0 && wanted_policy.len > 0 && !str_eq(policy, wanted_policy))
        name = STR("Policy");
    if (name.len == 0) return true;
    return error_set(err, ERROR_SQS_QUEUE_NAME_EXISTS,
                     "A queue already exists with the same name and a different value for "
                     "attribute %.*s",
                     STR_ARGS(name));
}

enum handled sqs_handle_create_queue(struct txn *txn, struct request *request, struct error *err)
{
    struct source source = source_from_txn(txn, &request->arena);
    json wanted = map_or_empty(request->params, STR("Attributes"));
    json tags = map_or_empty(request->params, STR("tags")), attributes = { .kind = JSON_OBJECT };
    bool fifo_said = str_eq(json_str_or(wanted, STR("FifoQueue"), STR("")), STR("true"));
    struct queue old;
    str name, policy = STR("");
    if (!check_name(request->params, fifo_said, &name, err) ||
        !sqs_attributes_merge(&source, name, true, wanted, &attributes, &policy, err) ||
        !check_tags(tags, err))
        return HANDLED_FAILED;
    if (sqs_queue_load(&source, name, &old)) {
        if (!check_same(&source, &old, attributes, policy, err)) return HANDLED_FAILED;
        return reply_url(&source, request, name);
    }
    uint64_t id = txn_serial(txn);
    struct queue queue = {
        .name = name,
        .id = id,
        .first = id,
        .created_ms = source.now_ms,
        .modified_ms = source.now_ms,
        .attributes = attributes,
        .state = sqs_queue_state_new(source.now_ms),
    };
    sqs_queue_derive(&source, &queue);
    if (queue.dead_letters.len > 0) sqs_redrive_link(&source, queue.dead_letters, name, true);
    sqs_queue_save(&source, &queue);
    sqs_queue_save_state(&source, &queue);
    sqs_queue_save_extra(&source, name, policy, tags);
    return reply_url(&source, request, name);
}

/* ---- delete, purge ---- */

/* All that stands under the queue's number, and the retention job. */
static void abandon(const struct source *source, const struct queue *queue)
{
    if (queue->state.expiry_ms != 0)
        sqs_job_delete(source, queue->state.expiry_ms, queue->state.expiry_job);
    sqs_job_clean_queue(source, queue->id);
    txn_notify(source->txn, sqs_topic(sqs_work_arena(source), queue->name), SIZE_MAX);
}

enum handled sqs_handle_delete_queue(struct txn *txn, struct request *request, struct error *err)
{
    struct source source = source_from_txn(txn, &request->arena);
    struct queue queue;
    if (!sqs_queue_open(&source, request->params, &queue, err)) return HANDLED_FAILED;
    for (int part = QUEUE_SETTINGS; part <= QUEUE_TASKS; part++) {
        struct key key;
        key_queue(&key, source.number, queue.name, (uint8_t)part);
        txn_delete(txn, &key);
    }
    if (queue.dead_letters.len > 0)
        sqs_redrive_link(&source, queue.dead_letters, queue.name, false);
    abandon(&source, &queue);
    reply_close(reply_begin(request));
    return HANDLED;
}

/* The new number begins without deduplication ids, so all may be sent again. */
enum handled sqs_handle_purge_queue(struct txn *txn, struct request *request, struct error *err)
{
    struct source source = source_from_txn(txn, &request->arena);
    struct queue queue;
    if (!sqs_queue_open(&source, request->params, &queue, err)) return HANDLED_FAILED;
    abandon(&source, &queue);
    queue.id = txn_serial(txn);
    queue.state = sqs_queue_state_new(source.now_ms);
    sqs_queue_save(&source, &queue);
    sqs_queue_save_state(&source, &queue);
    reply_close(reply_begin(request));
    return HANDLED;
}

/* ---- the URL ---- */

enum handled sqs_handle_get_queue_url(const struct reader *reader, struct request *request,
                                      struct error *err)
{
    struct source source = source_from_reader(reader, request);
    str name, owner = STR("");
    struct queue queue;
    if (!sqs_param_text(&source, request->params, STR("QueueName"), &name, err))
        return HANDLED_FAILED;
    bool ours = !json_find_str(request->params, STR("QueueOwnerAWSAccountId"), &owner) ||
                str_eq(owner, shard_account(source.shard));
    bool good = sqs_queue_name_is_good(name, str_ends_with(name, STR(".fifo")));
    if (!ours || !good || !sqs_queue_load(&source, name, &queue)) {
        sqs_fail_no_queue(err);
        return HANDLED_FAILED;
    }
    return reply_url(&source, request, name);
}
