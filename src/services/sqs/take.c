/* Which messages a receive gets: the first that are visible; those that have expired are removed on
 * the way, and those that were received too often go to the dead-letter queue. */
#include "services/sqs/internal.h"

struct taking {
    const struct source *source;
    struct queue *queue;
    size_t max;
    int64_t hidden_until_ms;
    struct taken *taken;
    struct queue dead_letters;
    bool dead_letters_loaded, dead_letters_exist;
    size_t dropped, dropped_bytes;
};

static bool is_exhausted(struct taking *taking, const struct message *message)
{
    const struct queue *queue = taking->queue;
    if (queue->dead_letters.len == 0 || message->receives < queue->receives_max) return false;
    if (!taking->dead_letters_loaded) {
        taking->dead_letters_loaded = true;
        taking->dead_letters_exist =
            !str_eq(queue->dead_letters, queue->name) &&
            sqs_queue_load(taking->source, queue->dead_letters, &taking->dead_letters);
    }
    return taking->dead_letters_exist; /* else it stays where it is */
}

/* True if it is gone. */
static bool drop(struct taking *taking, const struct message *message)
{
    const struct source *source = taking->source;
    if (sqs_message_is_expired(source, taking->queue, message->sent_ms)) {
        sqs_message_remove(source, taking->queue, message);
    } else if (is_exhausted(taking, message)) {
        taking->dropped_bytes +=
            sqs_message_bury(source, taking->queue, message, &taking->dead_letters);
    } else {
        return false;
    }
    taking->dropped++;
    return true;
}

static bool is_tired(const struct taking *taking)
{
    return taking->dropped >= SQS_DROPS_MAX || taking->dropped_bytes >= SQS_PIECE_BYTES_MAX;
}

static void keep(struct taking *taking, const struct message *message)
{
    struct taken *taken = taking->taken;
    struct message *kept = &taken->messages[taken->count++];
    sqs_message_unplace(taking->source, taking->queue, message);
    *kept = *message;
    kept->receives++;
    kept->received_ms = taking->source->now_ms;
    if (kept->first_ms == 0) kept->first_ms = kept->received_ms;
}

static void hide(struct taking *taking, struct message *message)
{
    sqs_message_replace(taking->source, taking->queue, message, taking->hidden_until_ms,
                        taking->hidden_until_ms > taking->source->now_ms);
}

static struct place behind(struct place place)
{
    place.serial++;
    return place;
}

/* ---- standard ---- */

static void load(const struct taking *taking, const struct place *place, str value,
                 struct message *message)
{
    enum presence presence = sqs_order_presence(value);
    if (presence != PRESENCE_NEW && presence != PRESENCE_DELAYED) {
        if (!sqs_message_find(taking->source, taking->queue, place->sent_ms, place->serial,
                              message))
            fatal("a message that has been received has no state");
        return;
    }
    *message = (struct message){
        .sent_ms = place->sent_ms,
        .serial = place->serial,
        .visible_ms = place->visible_ms,
        .hidden = presence == PRESENCE_DELAYED,
    };
}

/* Returns the place behind the last entry that it looked at. */
static struct place take_standard(struct taking *taking, struct place from)
{
    struct place places[SQS_BATCH_MAX];
    str values[SQS_BATCH_MAX];
    struct taken *taken = taking->taken;
    while (taken->count < taking->max && !is_tired(taking)) {
        size_t count = sqs_order_visible(taking->source, taking->queue, &from, places, values,
                                         taking->max - taken->count);
        if (count == 0) break;
        for (size_t i = 0; i < count && !is_tired(taking); i++) {
            struct message message;
            load(taking, &places[i], values[i], &message);
            if (!drop(taking, &message)) keep(taking, &message);
            from = behind(places[i]);
        }
    }
    /* Not before all have been found: one that is not hidden at all would be found again. */
    for (size_t i = 0; i < taken->count; i++)
        hide(taking, &taken->messages[i]);
    return from;
}

/* ---- FIFO ---- */

static void take_group(struct taking *taking, str group)
{
    struct message messages[SQS_BATCH_MAX];
    struct taken *taken = taking->taken;
    size_t first = taken->count;
    size_t count = sqs_group_first(taking->source, taking->queue, group, messages, SQS_BATCH_MAX);
    for (size_t i = 0; i < count && taken->count < taking->max; i++) {
        if (messages[i].visible_ms > taking->source->now_ms)
            break; /* delayed: so are its followers */
        if (!drop(taking, &messages[i])) keep(taking, &messages[i]);
    }
    for (size_t i = first; i < taken->count; i++)
        hide(taking, &taken->messages[i]);
    sqs_group_refresh(taking->source, taking->queue, group);
}

static struct place take_fifo(struct taking *taking, struct place from)
{
    struct place places[SQS_BATCH_MAX];
    str values[SQS_BATCH_MAX];
    size_t count =
        sqs_order_visible(taking->source, taking->queue, &from, places, values, SQS_BATCH_MAX);
    for (size_t i = 0; i < count && taking->taken->count < taking->max; i++) {
        json record = sqs_record_parse(taking->source, values[i]);
        from = behind(places[i]);
        take_group(taking, json_str_or(record, STR("g"), STR("")));
        if (is_tired(taking)) break;
    }
    return from;
}

/* ---- both ---- */

void sqs_take_messages(const struct source *source, struct queue *queue, size_t max,
                       int64_t hidden_until_ms, struct taken *out)
{
    struct queue_state *state = &queue->state;
    struct taking taking = {
        .source = source,
        .queue = queue,
        .max = max,
        .hidden_until_ms = hidden_until_ms,
        .taken = out,
    };
    struct place head = state->head, from;
    *out = (struct taken){ 0 };
    /* What is put back lowers the head again, wherever it comes to stand. */
    state->head = (struct place){ .visible_ms = INT64_MAX };
    from = queue->is_fifo ? take_fifo(&taking, head) : take_standard(&taking, head);
    if (sqs_place_compare(&from, &state->head) < 0) state->head = from;
    out->changed = out->count > 0 || taking.dropped > 0;
    out->unfinished = taking.dropped > 0 && out->count < max;
    if (out->changed) sqs_order_ripen(source, queue, SQS_RIPEN_MAX, false);
    if (taking.dead_letters_exist && taking.dropped > 0)
        sqs_queue_save_state(source, &taking.dead_letters);
}
