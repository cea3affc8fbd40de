/* FIFO groups. The order of a FIFO queue has one entry per group that has messages: its place is
 * that of the group's first message, or later, while one of the group's messages is in flight.
 *
 * Messages of a group are received from its head, at most SQS_BATCH_MAX at a time, and no other
 * while one is in flight, so those in flight are among the first SQS_BATCH_MAX. */
#include "services/sqs/internal.h"

/* NOTE_GROUP: {"v":1,"at":visible_ms,"s":sent_ms,"n":serial}; where the group stands. */
static bool load_place(const struct source *source, const struct queue *queue, str group,
                       struct place *out)
{
    struct key key;
    str text;
    key_queue_note(&key, source->number, queue->id, NOTE_GROUP, 0, group);
    if (!source_get(source, &key, &text)) return false;
    json record = sqs_record_parse(source, text);
    *out = (struct place){ json_i64_or(record, STR("at"), 0), json_i64_or(record, STR("s"), 0),
                           (uint64_t)json_i64_or(record, STR("n"), 0) };
    return true;
}

static void store_place(const struct source *source, const struct queue *queue, str group,
                        const struct place *place)
{
    struct key key;
    struct buf out;
    key_queue_note(&key, source->number, queue->id, NOTE_GROUP, 0, group);
    if (!place) {
        txn_delete(source->txn, &key);
        return;
    }
    buf_init(&out, sqs_work_arena(source));
    reply_open(&out);
    reply_i64(&out, "v", 1);
    reply_i64(&out, "at", place->visible_ms);
    reply_i64(&out, "s", place->sent_ms);
    reply_i64(&out, "n", (int64_t)place->serial);
    reply_close(&out);
    txn_put(source->txn, &key, buf_str(&out));
}

static void group_key(const struct source *source, const struct queue *queue, str group,
                      int64_t sent_ms, uint64_t serial, struct key *key)
{
    key_queue_group_prefix(key, source->number, queue->id, group);
    key_add_u64(key, (uint64_t)sent_ms);
    key_add_u64(key, serial);
}

/* The entry in the order: {"v":1,"g":group}. */
static void put_order(const struct source *source, struct queue *queue, str group,
                      const struct place *place)
{
    struct buf out;
    buf_init(&out, sqs_work_arena(source));
    reply_open(&out);
    reply_i64(&out, "v", 1);
    reply_str(&out, "g", group);
    reply_close(&out);
    sqs_order_put(source, queue, place, buf_str(&out));
    store_place(source, queue, group, place);
}

/* KEY_QUEUE_GROUP: {"v":1,"at":visible_ms,"h":hidden}; until the first receive. */
static void put_member(const struct source *source, const struct queue *queue,
                       const struct message *message)
{
    struct key key;
    struct buf out;
    buf_init(&out, sqs_work_arena(source));
    reply_open(&out);
    reply_i64(&out, "v", 1);
    reply_i64(&out, "at", message->visible_ms);
    reply_bool(&out, "h", message->hidden);
    reply_close(&out);
    group_key(source, queue, message->group, message->sent_ms, message->serial, &key);
    txn_put(source->txn, &key, buf_str(&out));
}

/* The last of its group: it changes the group's place only if it is also the first. */
void sqs_group_append(const struct source *source, struct queue *queue,
                      const struct message *message)
{
    struct place place = { message->visible_ms, message->sent_ms, message->serial }, old;
    put_member(source, queue, message);
    if (load_place(source, queue, message->group, &old)) return;
    put_order(source, queue, message->group, &place);
    sqs_queue_announce(source, queue, place.visible_ms, 1);
}

void sqs_group_remove(const struct source *source, const struct queue *queue,
                      const struct message *message)
{
    struct key key;
    group_key(source, queue, message->group, message->sent_ms, message->serial, &key);
    txn_delete(source->txn, &key);
}

static void decode(const struct source *source, const struct queue *queue, str group, str key,
                   str value, struct message *out)
{
    struct key_reader fields;
    uint64_t id, sent, serial;
    str name;
    if (!key_read_begin(&fields, key) || !key_read_u64(&fields, &id) ||
        !key_read_text(&fields, &name) || !key_read_u64(&fields, &sent) ||
        !key_read_u64(&fields, &serial))
        fatal("the key of a message in its group does not decode");
    bool received = sqs_message_find(source, queue, (int64_t)sent, serial, out);
    out->group = group;
    if (received) return;
    json record = sqs_record_parse(source, arena_str(sqs_work_arena(source), value));
    out->visible_ms = json_i64_or(record, STR("at"), 0);
    out->hidden = json_bool_or(record, STR("h"), false);
}

size_t sqs_group_first(const struct source *source, const struct queue *queue, str group,
                       struct message *messages, size_t max)
{
    struct place place = { 0 };
    struct key from, to;
    str key, value;
    size_t found = 0;
    (void)load_place(source, queue, group, &place); /* nothing of the group is before it */
    group_key(source, queue, group, place.sent_ms, place.serial, &from);
    key_queue_group_prefix(&to, source->number, queue->id, group);
    key_range_end(&to);
    struct store_cursor *cursor = source_scan(source, &from, &to, false);
    while (found < max && store_cursor_next(cursor, &key, &value))
        decode(source, queue, group, key, value, &messages[found++]);
    store_cursor_close(cursor);
    return found;
}

static struct place place_now(const struct message *messages, size_t count)
{
    struct place place = { messages[0].visible_ms, messages[0].sent_ms, messages[0].serial };
    for (size_t i = 1; i < count; i++)
        if (messages[i].hidden && messages[i].receives > 0 &&
            messages[i].visible_ms > place.visible_ms)
            place.visible_ms = messages[i].visible_ms;
    return place;
}

void sqs_group_refresh(const struct source *source, struct queue *queue, str group)
{
    struct message messages[SQS_BATCH_MAX];
    struct place before = { 0 }, after;
    bool stood = load_place(source, queue, group, &before);
    size_t count = sqs_group_first(source, queue, group, messages, SQS_BATCH_MAX);
    if (count == 0) {
        if (stood) sqs_order_delete(source, queue, &before);
        store_place(source, queue, group, NULL);
        return;
    }
    after = place_now(messages, count);
    if (stood && sqs_place_compare(&before, &after) == 0) {
        if (sqs_place_compare(&after, &queue->state.head) < 0) queue->state.head = after;
        return;
    }
    if (stood) sqs_order_delete(source, queue, &before);
    put_order(source, queue, group, &after);
    if (!stood || after.visible_ms < before.visible_ms || after.visible_ms <= source->now_ms)
        sqs_queue_announce(source, queue, after.visible_ms, 1);
}
