/* Retention: messages leave a queue MessageRetentionPeriod seconds after they were sent. Those that
 * nobody receives are found here, by the order in which they were sent. */
#include "services/sqs/internal.h"

static struct place sent_of_key(str key)
{
    struct key_reader fields;
    uint64_t queue, sent, serial;
    if (!key_read_begin(&fields, key) || !key_read_u64(&fields, &queue) ||
        !key_read_u64(&fields, &sent) || !key_read_u64(&fields, &serial))
        fatal("the key of a message does not decode");
    return (struct place){ 0, (int64_t)sent, serial };
}

/* The oldest messages that have expired, at most `max`; *next is the first behind them, sent_ms
 * INT64_MAX if there is none. */
static size_t find_expired(const struct source *source, const struct queue *queue,
                           struct place *expired, size_t max, struct place *next)
{
    struct key from, to;
    str key, value;
    size_t count = 0, bytes = 0;
    *next = (struct place){ .sent_ms = INT64_MAX };
    key_message(&from, source->number, KEY_MESSAGE, queue->id, queue->state.oldest.sent_ms,
                queue->state.oldest.serial);
    key_begin(&to, source->number, KEY_MESSAGE);
    key_add_u64(&to, queue->id);
    key_range_end(&to);
    struct store_cursor *cursor = source_scan(source, &from, &to, false);
    while (store_cursor_next(cursor, &key, &value)) {
        struct place sent = sent_of_key(key);
        bytes += value.len;
        if (count == max || bytes > SQS_PIECE_BYTES_MAX ||
            !sqs_message_is_expired(source, queue, sent.sent_ms)) {
            *next = sent;
            break;
        }
        expired[count++] = sent;
    }
    store_cursor_close(cursor);
    return count;
}

/* A message that has not been received has its place in its record. */
static void remove_expired(const struct source *source, struct queue *queue,
                           const struct place *sent)
{
    struct message message;
    if (!sqs_message_find(source, queue, sent->sent_ms, sent->serial, &message)) {
        struct content content;
        sqs_message_content(source, queue, &message, &content);
        message.visible_ms = content.visible_ms;
        message.hidden = content.delayed;
        if (queue->is_fifo) message.group = content.group;
    }
    sqs_message_remove(source, queue, &message);
    if (queue->is_fifo) sqs_group_refresh(source, queue, message.group);
}

void sqs_expire_piece(const struct source *source, json job)
{
    struct place *expired =
        arena_array(sqs_work_arena(source), SQS_PIECE_RECORDS_MAX, sizeof(struct place));
    struct queue queue;
    struct place next;
    if (!sqs_queue_load(source, json_str_or(job, STR("queue"), STR("")), &queue) ||
        (int64_t)queue.id != json_i64_or(job, STR("id"), 0))
        return;
    queue.state.expiry_ms = 0;
    size_t count = find_expired(source, &queue, expired, SQS_PIECE_RECORDS_MAX, &next);
    for (size_t i = 0; i < count; i++)
        remove_expired(source, &queue, &expired[i]);
    queue.state.oldest = next;
    if (next.sent_ms != INT64_MAX) sqs_queue_expect_expiry(source, &queue, next.sent_ms);
    sqs_order_ripen(source, &queue, SQS_RIPEN_MAX, false);
    sqs_queue_save_state(source, &queue);
}
