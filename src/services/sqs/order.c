/* The order of a queue: entries by the time that they are visible, and how many are not.
 *
 * Messages become visible as time passes, without an event. The counters therefore speak of the
 * entries at or behind `ripe`; sqs_order_ripen moves that place towards the present and takes what
 * it passes off the counters. */
#include "services/sqs/internal.h"

enum {
    RIPEN_EVERY_MS = 100,      /* while something is hidden */
    LOOK_AHEAD_MAX = 2000,     /* deleted entries that a look into the future may walk over */
    LOOK_AHEAD_AGAIN_MS = 200, /* if there are more: when to look instead */
};

static int compare(uint64_t a, uint64_t b)
{
    return (a > b) - (a < b);
}

int sqs_place_compare(const struct place *a, const struct place *b)
{
    if (a->visible_ms != b->visible_ms)
        return compare((uint64_t)a->visible_ms, (uint64_t)b->visible_ms);
    if (a->sent_ms != b->sent_ms) return compare((uint64_t)a->sent_ms, (uint64_t)b->sent_ms);
    return compare(a->serial, b->serial);
}

void sqs_place_key(const struct source *source, enum key_tag tag, uint64_t queue,
                   const struct place *place, struct key *key)
{
    key_queue_place(key, source->number, tag, queue, place->visible_ms, place->sent_ms,
                    place->serial);
}

struct place sqs_place_of_key(str key)
{
    struct key_reader fields;
    uint64_t queue, visible, sent, serial;
    if (!key_read_begin(&fields, key) || !key_read_u64(&fields, &queue) ||
        !key_read_u64(&fields, &visible) || !key_read_u64(&fields, &sent) ||
        !key_read_u64(&fields, &serial))
        fatal("the key of a message's place does not decode");
    return (struct place){ (int64_t)visible, (int64_t)sent, serial };
}

/* ---- records ---- */

str sqs_order_value(enum presence presence)
{
    switch (presence) {
    case PRESENCE_NEW: return STR("{\"v\":1,\"k\":\"n\"}");
    case PRESENCE_DELAYED: return STR("{\"v\":1,\"k\":\"d\"}");
    case PRESENCE_IN_FLIGHT: return STR("{\"v\":1,\"k\":\"i\"}");
    case PRESENCE_RETURNED: return STR("{\"v\":1,\"k\":\"r\"}");
    }
    fatal("no such presence of a message: %d", (int)presence);
}

enum presence sqs_order_presence(str value)
{
    for (enum presence at = PRESENCE_NEW; at <= PRESENCE_RETURNED; at++)
        if (str_eq(value, sqs_order_value(at))) return at;
    fatal("the place of a message does not decode");
}

bool sqs_presence_is_hidden(enum presence presence)
{
    return presence == PRESENCE_DELAYED || presence == PRESENCE_IN_FLIGHT;
}

void sqs_order_put(const struct source *source, struct queue *queue, const struct place *place,
                   str value)
{
    struct key key;
    sqs_place_key(source, KEY_QUEUE_ORDER, queue->id, place, &key);
    txn_put(source->txn, &key, value);
    if (sqs_place_compare(place, &queue->state.head) < 0) queue->state.head = *place;
}

void sqs_order_delete(const struct source *source, struct queue *queue, const struct place *place)
{
    struct queue_state *state = &queue->state;
    struct key key;
    sqs_place_key(source, KEY_QUEUE_ORDER, queue->id, place, &key);
    txn_delete(source->txn, &key);
    if (place->visible_ms <= source->now_ms) return;
    if (state->ahead_ms < source->now_ms) state->ahead = 0;
    state->ahead++;
    if (place->visible_ms > state->ahead_ms) state->ahead_ms = place->visible_ms;
}

/* ---- counters ---- */

static void count(struct queue_state *state, enum presence presence, int64_t difference)
{
    if (presence == PRESENCE_IN_FLIGHT) state->in_flight += difference;
    if (presence == PRESENCE_DELAYED) state->delayed += difference;
}

void sqs_order_count_in(struct queue *queue, const struct place *place, enum presence presence)
{
    struct queue_state *state = &queue->state;
    count(state, presence, 1);
    if (sqs_presence_is_hidden(presence) && place->visible_ms < state->ripen_ms)
        state->ripen_ms = place->visible_ms;
}

void sqs_order_count_out(struct queue *queue, const struct place *place, enum presence presence)
{
    if (sqs_place_compare(place, &queue->state.ripe) >= 0) count(&queue->state, presence, -1);
}

void sqs_order_ripen(const struct source *source, struct queue *queue, size_t max, bool now)
{
    struct queue_state *state = &queue->state;
    struct place end = { source->now_ms + 1, 0, 0 };
    if (source->now_ms < state->ripen_ms && !now) return;
    enum key_tag tag = queue->is_fifo ? KEY_QUEUE_HIDDEN : KEY_QUEUE_ORDER;
    /* A standard queue has nothing before its head: no need to walk over what was there. */
    struct place from = state->ripe;
    if (!queue->is_fifo && sqs_place_compare(&from, &state->head) < 0) from = state->head;
    if (sqs_place_compare(&from, &end) < 0) {
        struct key from_key, to_key;
        str key, value;
        sqs_place_key(source, tag, queue->id, &from, &from_key);
        sqs_place_key(source, tag, queue->id, &end, &to_key);
        struct store_cursor *cursor = source_scan(source, &from_key, &to_key, false);
        for (size_t seen = 0; store_cursor_next(cursor, &key, &value); seen++) {
            if (seen == max) {
                end = sqs_place_of_key(key);
                break;
            }
            count(state, sqs_order_presence(value), -1);
        }
        store_cursor_close(cursor);
    }
    if (sqs_place_compare(&state->ripe, &end) < 0) state->ripe = end;
    bool some = state->in_flight + state->delayed > 0;
    bool all = end.visible_ms > source->now_ms;
    state->ripen_ms = !some ? INT64_MAX : source->now_ms + (all ? RIPEN_EVERY_MS : 0);
}

/* ---- looking ---- */

size_t sqs_order_visible(const struct source *source, const struct queue *queue,
                         const struct place *from, struct place *places, str *values, size_t max)
{
    struct place end = { source->now_ms + 1, 0, 0 };
    struct key from_key, to_key;
    str key, value;
    size_t found = 0;
    if (sqs_place_compare(from, &end) >= 0) return 0;
    sqs_place_key(source, KEY_QUEUE_ORDER, queue->id, from, &from_key);
    sqs_place_key(source, KEY_QUEUE_ORDER, queue->id, &end, &to_key);
    struct store_cursor *cursor = source_scan(source, &from_key, &to_key, false);
    while (found < max && store_cursor_next(cursor, &key, &value)) {
        places[found] = sqs_place_of_key(key);
        values[found++] = arena_str(sqs_work_arena(source), value);
    }
    store_cursor_close(cursor);
    return found;
}

static int64_t first_later_ms(const struct source *source, const struct queue *queue)
{
    struct place from = { source->now_ms + 1, 0, 0 };
    struct key from_key, to_key;
    str key, value;
    key_begin(&to_key, source->number, KEY_QUEUE_ORDER);
    key_add_u64(&to_key, queue->id);
    key_range_end(&to_key);
    sqs_place_key(source, KEY_QUEUE_ORDER, queue->id, &from, &from_key);
    struct store_cursor *cursor = source_scan(source, &from_key, &to_key, false);
    int64_t found =
        store_cursor_next(cursor, &key, &value) ? sqs_place_of_key(key).visible_ms : INT64_MAX;
    store_cursor_close(cursor);
    return found;
}

int64_t sqs_order_next_ms(const struct source *source, const struct queue *queue)
{
    const struct queue_state *state = &queue->state;
    struct place place;
    str value;
    if (sqs_order_visible(source, queue, &state->head, &place, &value, 1) > 0)
        return place.visible_ms;
    if (state->in_flight + state->delayed == 0) return INT64_MAX;
    if (state->ahead > LOOK_AHEAD_MAX && state->ahead_ms > source->now_ms)
        return source->now_ms + LOOK_AHEAD_AGAIN_MS;
    return first_later_ms(source, queue);
}
