/* TagQueue, UntagQueue, ListQueueTags. */
#include "services/sqs/internal.h"

static bool is_named(json keys, str key)
{
    for (size_t i = 0; i < json_count(keys); i++)
        if (str_eq(json_str(json_at(keys, i)), key)) return true;
    return false;
}

enum handled sqs_handle_tag_queue(struct txn *txn, struct request *request, struct error *err)
{
    struct source source = source_from_txn(txn, &request->arena);
    const json *given = json_find(request->params, STR("Tags"));
    struct queue queue;
    struct json_fields merged;
    str policy;
    json tags;
    if (!sqs_queue_open(&source, request->params, &queue, err)) return HANDLED_FAILED;
    if (!given || json_is_null(*given)) {
        sqs_fail_missing(&source, err, STR("Tags"));
        return HANDLED_FAILED;
    }
    sqs_queue_load_extra(&source, queue.name, &policy, &tags);
    json_fields_from(&merged, sqs_work_arena(&source), tags);
    for (size_t i = 0; i < json_count(*given); i++)
        json_fields_add(&merged, json_key_at(*given, i), json_value_at(*given, i));
    tags = json_fields_done(&merged);
    if (json_count(tags) > SQS_TAGS_MAX) {
        error_set(err, ERROR_SQS_INVALID_PARAMETER_VALUE,
                  "Too many tags added for queue %.*s. Maximum number of tags allowed is %d.",
                  STR_ARGS(queue.name), SQS_TAGS_MAX);
        return HANDLED_FAILED;
    }
    sqs_queue_save_extra(&source, queue.name, policy, tags);
    reply_close(reply_begin(request));
    return HANDLED;
}

enum handled sqs_handle_untag_queue(struct txn *txn, struct request *request, struct error *err)
{
    struct source source = source_from_txn(txn, &request->arena);
    const json *keys = json_find(request->params, STR("TagKeys"));
    struct queue queue;
    struct json_fields left;
    str policy;
    json tags;
    if (!sqs_queue_open(&source, request->params, &queue, err)) return HANDLED_FAILED;
    if (!keys || json_is_null(*keys)) {
        sqs_fail_missing(&source, err, STR("TagKeys"));
        return HANDLED_FAILED;
    }
    sqs_queue_load_extra(&source, queue.name, &policy, &tags);
    json_fields_init(&left, sqs_work_arena(&source));
    for (size_t i = 0; i < json_count(tags); i++)
        if (!is_named(*keys, json_key_at(tags, i)))
            json_fields_add(&left, json_key_at(tags, i), json_value_at(tags, i));
    sqs_queue_save_extra(&source, queue.name, policy, json_fields_done(&left));
    reply_close(reply_begin(request));
    return HANDLED;
}

enum handled sqs_handle_list_queue_tags(const struct reader *reader, struct request *request,
                                        struct error *err)
{
    struct source source = source_from_reader(reader, request);
    struct queue queue;
    str policy;
    json tags;
    if (!sqs_queue_open(&source, request->params, &queue, err)) return HANDLED_FAILED;
    sqs_queue_load_extra(&source, queue.name, &policy, &tags);
    struct buf *out = reply_begin(request);
    reply_json(out, "Tags", tags);
    reply_close(out);
    return HANDLED;
}
