/* Deduplication in FIFO topics: a message with the id of one that was published in the last five
 * minutes is accepted and not delivered again; it gets the earlier one's id and sequence number.
 *
 * KEY_PUBLISHED  {"v":1,"at":ms,"id":s,"sequence":s}
 *
 * Keys begin with a window of five minutes, so that two looks find what counts, and what no longer
 * does is a range, which goes a few at a time with each publish. */
#include "services/sns/internal.h"

enum { FORGOTTEN_PER_PUBLISH = 20 };

/* Within the topic, or within the message group (FifoThroughputScope MessageGroup). */
static str scoped_id(const struct source *source, const struct message *message)
{
    str scope = topic_attribute(message->topic, "FifoThroughputScope", STR("Topic"));
    if (!str_eq(scope, STR("MessageGroup"))) return message->deduplication;
    return arena_printf(source->arena, "%.*s %.*s", STR_ARGS(message->group),
                        STR_ARGS(message->deduplication));
}

static void forget_old(struct txn *txn, const struct source *source, uint64_t topic,
                       uint32_t window)
{
    struct key from, to, old;
    str key, value;
    key_begin(&from, source->number, KEY_PUBLISHED);
    key_add_u64(&from, topic);
    key_published(&to, source->number, topic, window, STR(""));
    str keys[FORGOTTEN_PER_PUBLISH];
    size_t count = 0;
    struct store_cursor *cursor = source_scan(source, &from, &to, false);
    while (count < FORGOTTEN_PER_PUBLISH && store_cursor_next(cursor, &key, &value))
        keys[count++] = arena_str(source->arena, key);
    store_cursor_close(cursor);
    for (size_t i = 0; i < count; i++) {
        old.len = (uint16_t)keys[i].len;
        memcpy(old.bytes, keys[i].ptr, keys[i].len);
        txn_delete(txn, &old);
    }
}

static bool find(const struct source *source, uint32_t window, str id, struct message *message)
{
    struct key key;
    json record;
    key_published(&key, source->number, message->topic->id, window, id);
    if (!source_find(source, &key, &record)) return false;
    if (source->now_ms - json_i64_or(record, STR("at"), 0) >= SNS_DEDUPLICATION_MS) return false;
    message->id = json_str_or(record, STR("id"), STR(""));
    message->sequence = json_str_or(record, STR("sequence"), STR(""));
    return true;
}

bool sns_fifo_is_repetition(struct txn *txn, const struct source *source, struct message *message)
{
    struct key key;
    struct buf out;
    uint32_t window = (uint32_t)(source->now_ms / SNS_DEDUPLICATION_MS);
    str id = scoped_id(source, message);
    if (find(source, window, id, message) || find(source, window - 1, id, message)) return true;
    /* 20 digits, as AWS's: a start that leaves room, and a number that only grows. */
    message->sequence =
        arena_printf(source->arena, "1%019llu", (unsigned long long)txn_serial(txn));
    buf_init(&out, source->arena);
    reply_open(&out);
    reply_i64(&out, "v", 1);
    reply_i64(&out, "at", source->now_ms);
    reply_str(&out, "id", message->id);
    reply_str(&out, "sequence", message->sequence);
    reply_close(&out);
    key_published(&key, source->number, message->topic->id, window, id);
    txn_put(txn, &key, buf_str(&out));
    forget_old(txn, source, message->topic->id, window - 1);
    return false;
}
