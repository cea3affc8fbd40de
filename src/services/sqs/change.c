/* DeleteMessage, ChangeMessageVisibility and their batches: what a receipt handle is for. */
#include "services/sqs/internal.h"

/* FIFO: a handle is good for as long as its receive hides the message. */
static bool check_current(const struct source *source, const struct queue *queue, str handle,
                          const struct receipt *receipt, const struct message *message,
                          struct error *err)
{
    bool current =
        message->receives == (int64_t)receipt->receive && message->visible_ms > source->now_ms;
    if (!queue->is_fifo || current) return true;
    return sqs_fail_value(source, err, handle, "ReceiptHandle", "The receipt handle has expired.");
}

/* ---- delete ---- */

/* Deleting what is gone is no error. A standard message is also deleted by the handle of an older
 * receive. */
static bool delete_one(const struct source *source, struct queue *queue, str handle, bool *changed,
                       struct error *err)
{
    struct receipt receipt;
    struct message message;
    if (!sqs_receipt_read(source, queue, handle, &receipt, err)) return false;
    if (receipt.queue != queue->id ||
        !sqs_message_find(source, queue, receipt.sent_ms, receipt.serial, &message))
        return true;
    if (!check_current(source, queue, handle, &receipt, &message, err)) return false;
    sqs_message_remove(source, queue, &message);
    if (queue->is_fifo) sqs_group_refresh(source, queue, message.group);
    *changed = true;
    return true;
}

enum handled sqs_handle_delete_message(struct txn *txn, struct request *request, struct error *err)
{
    struct source source = source_from_txn(txn, &request->arena);
    struct queue queue;
    str handle;
    bool changed = false;
    if (!sqs_queue_open(&source, request->params, &queue, err) ||
        !sqs_param_text(&source, request->params, STR("ReceiptHandle"), &handle, err) ||
        !delete_one(&source, &queue, handle, &changed, err))
        return HANDLED_FAILED;
    sqs_order_ripen(&source, &queue, SQS_RIPEN_MAX, false);
    if (changed) sqs_queue_save_state(&source, &queue);
    reply_close(reply_begin(request));
    return HANDLED;
}

/* ---- visibility ---- */

static bool read_timeout(const struct source *source, json params, int64_t *seconds,
                         struct error *err)
{
    const json *given = json_find(params, STR("VisibilityTimeout"));
    if (!given || json_is_null(*given))
        return sqs_fail_missing(source, err, STR("VisibilityTimeout"));
    if (!json_to_i64(*given, seconds)) *seconds = -1;
    if (*seconds >= 0 && *seconds <= SQS_VISIBILITY_S_MAX) return true;
    return sqs_fail_number(source, err, *seconds, "VisibilityTimeout",
                           "Must be between 0 and 43200.");
}

static bool change_one(const struct source *source, struct queue *queue, json params,
                       struct error *err)
{
    struct receipt receipt;
    struct message message;
    str handle;
    int64_t seconds = 0;
    if (!sqs_param_text(source, params, STR("ReceiptHandle"), &handle, err) ||
        !read_timeout(source, params, &seconds, err) ||
        !sqs_receipt_read(source, queue, handle, &receipt, err))
        return false;
    if (receipt.queue != queue->id ||
        !sqs_message_find(source, queue, receipt.sent_ms, receipt.serial, &message) ||
        (!queue->is_fifo && message.receives != (int64_t)receipt.receive))
        return sqs_fail_value(source, err, handle, "ReceiptHandle",
                              "Message does not exist or is not available for visibility timeout "
                              "change.");
    if (!check_current(source, queue, handle, &receipt, &message, err)) return false;
    int64_t until_ms = source->now_ms + 1000 * seconds;
    if (until_ms - message.received_ms > 1000 * (int64_t)SQS_VISIBILITY_S_MAX)
        return sqs_fail_number(source, err, seconds, "VisibilityTimeout",
                               "Total VisibilityTimeout for the message is beyond the limit [43200 "
                               "seconds]");
    sqs_message_place(source, queue, &message, until_ms, seconds > 0);
    if (queue->is_fifo) sqs_group_refresh(source, queue, message.group);
    sqs_queue_announce(source, queue, until_ms, 1);
    return true;
}

enum handled sqs_handle_change_message_visibility(struct txn *txn, struct request *request,
                                                  struct error *err)
{
    struct source source = source_from_txn(txn, &request->arena);
    struct queue queue;
    if (!sqs_queue_open(&source, request->params, &queue, err) ||
        !change_one(&source, &queue, request->params, err))
        return HANDLED_FAILED;
    sqs_order_ripen(&source, &queue, SQS_RIPEN_MAX, false);
    sqs_queue_save_state(&source, &queue);
    reply_close(reply_begin(request));
    return HANDLED;
}

/* ---- batches ---- */

static bool delete_entry(const struct source *source, struct queue *queue, json entry,
                         bool *changed, struct error *err)
{
    str handle;
    return sqs_param_text(source, entry, STR("ReceiptHandle"), &handle, err) &&
           delete_one(source, queue, handle, changed, err);
}

static bool change_entry(const struct source *source, struct queue *queue, json entry,
                         bool *changed, struct error *err)
{
    if (!change_one(source, queue, entry, err)) return false;
    *changed = true;
    return true;
}

typedef bool (*entry_handler)(const struct source *source, struct queue *queue, json entry,
                              bool *changed, struct error *err);

static enum handled handle_batch(struct txn *txn, struct request *request, const char *name,
                                 entry_handler handle, struct error *err)
{
    struct source source = source_from_txn(txn, &request->arena);
    struct queue queue;
    struct batch batch;
    bool changed = false;
    if (!sqs_queue_open(&source, request->params, &queue, err) ||
        !sqs_batch_begin(&source, request->params, name, &batch, err))
        return HANDLED_FAILED;
    for (size_t i = 0; i < json_count(batch.entries); i++) {
        struct error bad = { 0 };
        if (handle(&source, &queue, json_at(batch.entries, i), &changed, &bad))
            reply_close(sqs_batch_good(&batch, i));
        else
            sqs_batch_bad(&batch, i, &bad);
    }
    sqs_order_ripen(&source, &queue, SQS_RIPEN_MAX, false);
    if (changed) sqs_queue_save_state(&source, &queue);
    sqs_batch_reply(&batch, request);
    return HANDLED;
}

enum handled sqs_handle_delete_message_batch(struct txn *txn, struct request *request,
                                             struct error *err)
{
    return handle_batch(txn, request, "DeleteMessageBatchRequestEntry", delete_entry, err);
}

enum handled sqs_handle_change_message_visibility_batch(struct txn *txn, struct request *request,
                                                        struct error *err)
{
    return handle_batch(txn, request, "ChangeMessageVisibilityBatchRequestEntry", change_entry,
                        err);
}
