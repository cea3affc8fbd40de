/* Messages in their queue: adding, hiding, moving, removing. All that changes the counters is here
 * and in order.c. */
#include "services/sqs/internal.h"

static struct place place_of(const struct message *message)
{
    return (struct place){ message->visible_ms, message->sent_ms, message->serial };
}

static enum presence presence_of(const struct message *message)
{
    if (message->receives > 0) return message->hidden ? PRESENCE_IN_FLIGHT : PRESENCE_RETURNED;
    return message->hidden ? PRESENCE_DELAYED : PRESENCE_NEW;
}

static void key_of(const struct source *source, const struct queue *queue,
                   const struct message *message, enum key_tag tag, struct key *key)
{
    key_message(key, source->number, tag, queue->id, message->sent_ms, message->serial);
}

bool sqs_message_is_expired(const struct source *source, const struct queue *queue, int64_t sent_ms)
{
    return sent_ms + queue->retention_ms <= source->now_ms;
}

/* ---- the state of a message ---- */

bool sqs_message_find(const struct source *source, const struct queue *queue, int64_t sent_ms,
                      uint64_t serial, struct message *out)
{
    struct key key;
    str text;
    *out = (struct message){ .sent_ms = sent_ms, .serial = serial };
    key_of(source, queue, out, KEY_MESSAGE_STATE, &key);
    if (!source_get(source, &key, &text)) return false;
    json record = sqs_record_parse(source, text);
    out->visible_ms = json_i64_or(record, STR("at"), 0);
    out->receives = json_i64_or(record, STR("n"), 0);
    out->first_ms = json_i64_or(record, STR("f"), 0);
    out->received_ms = json_i64_or(record, STR("r"), 0);
    out->hidden = json_bool_or(record, STR("h"), false);
    out->group = json_str_or(record, STR("g"), STR(""));
    return true;
}

static void put_state(const struct source *source, const struct queue *queue,
                      const struct message *message)
{
    struct key key;
    struct buf out;
    buf_init(&out, sqs_work_arena(source));
    reply_open(&out);
    reply_i64(&out, "v", 1);
    reply_i64(&out, "at", message->visible_ms);
    reply_i64(&out, "n", message->receives);
    reply_i64(&out, "f", message->first_ms);
    reply_i64(&out, "r", message->received_ms);
    reply_bool(&out, "h", message->hidden);
    reply_str_unless_empty(&out, "g", message->group);
    reply_close(&out);
    key_of(source, queue, message, KEY_MESSAGE_STATE, &key);
    txn_put(source->txn, &key, buf_str(&out));
}

void sqs_message_content(const struct source *source, const struct queue *queue,
                         const struct message *message, struct content *out)
{
    struct key key;
    str text;
    key_of(source, queue, message, KEY_MESSAGE, &key);
    if (!source_get(source, &key, &text)) fatal("a message has no record");
    sqs_content_decode(source, text, out);
}

/* ---- places ---- */

/* FIFO: a record for the counters alone, as the order knows groups only. */
static void put_hidden(const struct source *source, const struct queue *queue,
                       const struct place *place, enum presence presence)
{
    struct key key;
    if (!sqs_presence_is_hidden(presence)) return;
    sqs_place_key(source, KEY_QUEUE_HIDDEN, queue->id, place, &key);
    txn_put(source->txn, &key, sqs_order_value(presence));
}

static void delete_hidden(const struct source *source, const struct queue *queue,
                          const struct place *place, enum presence presence)
{
    struct key key;
    if (!sqs_presence_is_hidden(presence)) return;
    sqs_place_key(source, KEY_QUEUE_HIDDEN, queue->id, place, &key);
    txn_delete(source->txn, &key);
}

static void put_place(const struct source *source, struct queue *queue,
                      const struct message *message)
{
    struct place place = place_of(message);
    enum presence presence = presence_of(message);
    sqs_order_count_in(queue, &place, presence);
    if (queue->is_fifo)
        put_hidden(source, queue, &place, presence);
    else
        sqs_order_put(source, queue, &place, sqs_order_value(presence));
}

void sqs_message_unplace(const struct source *source, struct queue *queue,
                         const struct message *message)
{
    struct place place = place_of(message);
    enum presence presence = presence_of(message);
    sqs_order_count_out(queue, &place, presence);
    if (queue->is_fifo)
        delete_hidden(source, queue, &place, presence);
    else
        sqs_order_delete(source, queue, &place);
}

void sqs_message_replace(const struct source *source, struct queue *queue, struct message *message,
                         int64_t visible_ms, bool hidden)
{
    message->visible_ms = visible_ms;
    message->hidden = hidden;
    put_place(source, queue, message);
    put_state(source, queue, message);
}

void sqs_message_place(const struct source *source, struct queue *queue, struct message *message,
                       int64_t visible_ms, bool hidden)
{
    sqs_message_unplace(source, queue, message);
    sqs_message_replace(source, queue, message, visible_ms, hidden);
}

/* ---- coming and going ---- */

static void insert(const struct source *source, struct queue *queue, const struct message *message,
                   str content)
{
    struct queue_state *state = &queue->state;
    struct key key;
    struct place sent = { 0, message->sent_ms, message->serial };
    key_of(source, queue, message, KEY_MESSAGE, &key);
    txn_put(source->txn, &key, content);
    put_place(source, queue, message);
    state->total++;
    if (sqs_place_compare(&sent, &state->oldest) < 0) state->oldest = sent;
    sqs_queue_expect_expiry(source, queue, message->sent_ms);
    if (queue->is_fifo) {
        sqs_group_append(source, queue, message);
    } else {
        sqs_queue_announce(source, queue, message->visible_ms, 1);
    }
}

str sqs_message_add(const struct source *source, struct queue *queue, const struct content *content,
                    struct message *out)
{
    struct content stored = *content;
    char *uuid = arena_alloc(source->arena, PRNG_UUID_CHARS);
    prng_uuid(txn_prng(source->txn), uuid);
    stored.id = (str){ uuid, PRNG_UUID_CHARS };
    stored.visible_ms = source->now_ms + content->delay_ms;
    stored.delayed = content->delay_ms > 0;
    *out = (struct message){
        .sent_ms = source->now_ms,
        .serial = txn_serial(source->txn),
        .visible_ms = stored.visible_ms,
        .hidden = stored.delayed,
        .group = queue->is_fifo ? content->group : STR(""),
    };
    insert(source, queue, out, sqs_content_encode(source, &stored));
    return stored.id;
}

void sqs_message_remove(const struct source *source, struct queue *queue,
                        const struct message *message)
{
    struct key key;
    sqs_message_unplace(source, queue, message);
    key_of(source, queue, message, KEY_MESSAGE, &key);
    txn_delete(source->txn, &key);
    if (message->receives > 0) {
        key_of(source, queue, message, KEY_MESSAGE_STATE, &key);
        txn_delete(source->txn, &key);
    }
    if (--queue->state.total == 0) {
        queue->state.head = (struct place){ .visible_ms = INT64_MAX };
        queue->state.oldest = (struct place){ .sent_ms = INT64_MAX };
    }
    if (queue->is_fifo) sqs_group_remove(source, queue, message);
}

/* Retention (developer guide): a standard message keeps the time it was sent; a FIFO message gets a
 * new one. A FIFO message goes to the end of its group there. */
size_t sqs_message_bury(const struct source *source, struct queue *queue,
                        const struct message *message, struct queue *dead_letters)
{
    struct content content;
    struct message buried = *message;
    sqs_message_content(source, queue, message, &content);
    sqs_message_remove(source, queue, message);
    content.from = sqs_queue_arn(source, queue->name);
    content.visible_ms = source->now_ms;
    content.delayed = false;
    buried.visible_ms = source->now_ms;
    buried.hidden = false;
    if (queue->is_fifo) {
        buried.sent_ms = source->now_ms;
        buried.serial = txn_serial(source->txn);
    }
    put_state(source, dead_letters, &buried);
    insert(source, dead_letters, &buried, sqs_content_encode(source, &content));
    return content.body.len;
}
