/* SendMessage, SendMessageBatch; a FIFO queue takes each deduplication id once in five minutes. */
#include "services/sqs/internal.h"

/* ---- once ---- */

/* NOTE_ONCE: {"v":1,"until":ms,"id":MessageId,"n":serial}. The records stand in pieces of
 * SQS_ONCE_MS, so that they are removed by ranges: one stands in the piece of its time, and counts
 * in that and in the next. */
static void once_key(const struct source *source, const struct queue *queue,
                     const struct content *content, int64_t piece, struct key *key)
{
    str text = content->once;
    if (queue->once_by_group) /* neither has a space in it */
        text = arena_printf(sqs_work_arena(source), "%.*s %.*s", STR_ARGS(content->group),
                            STR_ARGS(content->once));
    key_queue_note(key, source->number, queue->id, NOTE_ONCE, (uint64_t)piece, text);
}

static bool find_first(const struct source *source, const struct queue *queue,
                       const struct content *content, struct sent *out)
{
    int64_t piece = source->now_ms / SQS_ONCE_MS;
    for (int64_t at = piece; at >= 0 && at >= piece - 1; at--) {
        struct key key;
        str text;
        once_key(source, queue, content, at, &key);
        if (!source_get(source, &key, &text)) continue;
        json record = sqs_record_parse(source, text);
        if (json_i64_or(record, STR("until"), 0) <= source->now_ms) continue;
        out->id = json_str_or(record, STR("id"), STR(""));
        out->number =
            sqs_sequence_number(source->arena, (uint64_t)json_i64_or(record, STR("n"), 0));
        return true;
    }
    return false;
}

void sqs_once_clean_later(const struct source *source, struct queue *queue)
{
    int64_t piece = source->now_ms / SQS_ONCE_MS;
    struct key prefixes[2];
    if (queue->state.once_piece >= piece) return;
    queue->state.once_piece = piece;
    enum queue_note sections[] = { NOTE_ONCE, NOTE_ATTEMPT };
    for (size_t i = 0; i < 2; i++) {
        key_begin(&prefixes[i], source->number, KEY_QUEUE_NOTE);
        key_add_u64(&prefixes[i], queue->id);
        key_add_u8(&prefixes[i], (uint8_t)sections[i]);
        key_add_u64(&prefixes[i], (uint64_t)piece);
    }
    sqs_job_clean(source, (piece + 2) * SQS_ONCE_MS, prefixes, 2);
}

static void remember(const struct source *source, struct queue *queue,
                     const struct content *content, str id, uint64_t serial)
{
    int64_t piece = source->now_ms / SQS_ONCE_MS;
    struct key key;
    struct buf out;
    buf_init(&out, sqs_work_arena(source));
    reply_open(&out);
    reply_i64(&out, "v", 1);
    reply_i64(&out, "until", source->now_ms + SQS_ONCE_MS);
    reply_str(&out, "id", id);
    reply_i64(&out, "n", (int64_t)serial);
    reply_close(&out);
    once_key(source, queue, content, piece, &key);
    txn_put(source->txn, &key, buf_str(&out));
    sqs_once_clean_later(source, queue);
}

/* ---- one message ---- */

/* 20 digits that grow, as AWS's. */
str sqs_sequence_number(struct arena *arena, uint64_t serial)
{
    return arena_printf(arena, "1%019llu", (unsigned long long)serial);
}

void sqs_send_one(const struct source *source, struct queue *queue, const struct content *content,
                  struct sent *out)
{
    struct message message;
    *out = (struct sent){ 0 };
    if (queue->is_fifo && find_first(source, queue, content, out)) return;
    out->id = sqs_message_add(source, queue, content, &message);
    if (!queue->is_fifo) return;
    out->number = sqs_sequence_number(source->arena, message.serial);
    remember(source, queue, content, out->id, message.serial);
}

static void add_result(struct buf *out, const struct content *content, const struct sent *sent)
{
    reply_str(out, "MessageId", sent->id);
    reply_str(out, "MD5OfMessageBody", content->body_md5);
    reply_str_unless_empty(out, "MD5OfMessageAttributes", content->attributes_md5);
    reply_str_unless_empty(out, "MD5OfMessageSystemAttributes", content->system_md5);
    reply_str_unless_empty(out, "SequenceNumber", sent->number);
    reply_close(out);
}

/* ---- the operations ---- */

enum handled sqs_prepare_send_message(const struct reader *reader, struct request *request,
                                      struct error *err)
{
    (void)reader;
    (void)err;
    request->params = sqs_content_prepare(&request->arena, request->params);
    return HANDLED;
}

enum handled sqs_handle_send_message(struct txn *txn, struct request *request, struct error *err)
{
    struct source source = source_from_txn(txn, &request->arena);
    struct queue queue;
    struct content content;
    struct sent sent;
    if (!sqs_queue_open(&source, request->params, &queue, err) ||
        !sqs_content_read(&source, &queue, request->params, STR(""), &content, err))
        return HANDLED_FAILED;
    sqs_send_one(&source, &queue, &content, &sent);
    sqs_order_ripen(&source, &queue, SQS_RIPEN_MAX, false);
    sqs_queue_save_state(&source, &queue);
    add_result(reply_begin(request), &content, &sent);
    return HANDLED;
}

enum handled sqs_prepare_send_message_batch(const struct reader *reader, struct request *request,
                                            struct error *err)
{
    (void)reader;
    (void)err;
    const json *entries = json_find(request->params, STR("Entries"));
    if (!entries || json_count(*entries) > SQS_BATCH_MAX) return HANDLED;
    struct json_list list;
    struct json_fields fields;
    json_list_init(&list, &request->arena);
    for (size_t i = 0; i < json_count(*entries); i++)
        json_list_add(&list, sqs_content_prepare(&request->arena, json_at(*entries, i)));
    json_fields_from(&fields, &request->arena, request->params);
    json_fields_add(&fields, STR("Entries"), json_list_done(&list));
    request->params = json_fields_done(&fields);
    return HANDLED;
}

static bool check_size(const struct batch *batch, struct error *err)
{
    size_t bytes = 0;
    for (size_t i = 0; i < json_count(batch->entries); i++)
        bytes += sqs_content_bytes(json_at(batch->entries, i));
    if (bytes <= SQS_MESSAGE_BYTES_MAX) return true;
    return error_set(err, ERROR_SQS_BATCH_REQUEST_TOO_LONG,
                     "Batch requests cannot be longer than %d bytes. You have sent %zu bytes.",
                     SQS_MESSAGE_BYTES_MAX, bytes);
}

/* AWS refuses the whole batch if an entry lacks what a FIFO queue needs. */
static bool check_fifo(const struct queue *queue, const struct batch *batch, struct error *err)
{
    str text;
    for (size_t i = 0; queue->is_fifo && i < json_count(batch->entries); i++) {
        json entry = json_at(batch->entries, i);
        if (!json_find_str(entry, STR("MessageGroupId"), &text))
            return error_set(err, ERROR_SQS_INVALID_PARAMETER_VALUE,
                             "The request must contain the parameter MessageGroupId.");
        if (!queue->once_by_content && !json_find_str(entry, STR("MessageDeduplicationId"), &text))
            return error_set(err, ERROR_SQS_INVALID_PARAMETER_VALUE,
                             "The queue should either have ContentBasedDeduplication enabled or "
                             "MessageDeduplicationId provided explicitly");
    }
    return true;
}

enum handled sqs_handle_send_message_batch(struct txn *txn, struct request *request,
                                           struct error *err)
{
    struct source source = source_from_txn(txn, &request->arena);
    struct queue queue;
    struct batch batch;
    if (!sqs_queue_open(&source, request->params, &queue, err) ||
        !sqs_batch_begin(&source, request->params, "SendMessageBatchRequestEntry", &batch, err) ||
        !check_size(&batch, err) || !check_fifo(&queue, &batch, err))
        return HANDLED_FAILED;
    for (size_t i = 0; i < json_count(batch.entries); i++) {
        struct content content;
        struct sent sent;
        struct error bad = { 0 };
        str place = arena_printf(&request->arena, "SendMessageBatchRequestEntry.%zu.", i + 1);
        json entry = json_at(batch.entries, i);
        if (!sqs_content_read(&source, &queue, entry, place, &content, &bad)) {
            sqs_batch_bad(&batch, i, &bad);
            continue;
        }
        sqs_send_one(&source, &queue, &content, &sent);
        add_result(sqs_batch_good(&batch, i), &content, &sent);
    }
    sqs_order_ripen(&source, &queue, SQS_RIPEN_MAX, false);
    if (batch.good.len > 0) sqs_queue_save_state(&source, &queue);
    sqs_batch_reply(&batch, request);
    return HANDLED;
}
