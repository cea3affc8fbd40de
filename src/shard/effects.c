/* Effects as records, on their way to the carrier, and back as commands; see effect.h.
 *
 * KEY_EFFECT {"v":1,"kind","request","origin","context","due":ms}; `due` only as long as a timer
 * (TIMER_EFFECT) stands for the effect. */
#include <stdlib.h>

#include "base/clock.h"
#include "base/log.h"
#include "shard/lanes.h"
#include "shard/shard_private.h"

enum {
    EFFECT_RETRY_MS = 1000 /* a delayed effect that comes due while too many are on their way */
};

struct effect *effect_new(void)
{
    struct effect *effect = calloc(1, sizeof *effect);
    if (!effect) fatal("out of memory");
    arena_init(&effect->arena);
    return effect;
}

void effect_free(struct effect *effect)
{
    arena_close(&effect->arena);
    free(effect);
}

void effect_finish(struct effect *effect)
{
    effect->done(effect);
}

/* ---- lanes ---- */

static uint32_t hash_text(str text)
{
    uint32_t hash = 2166136261u;
    for (size_t i = 0; i < text.len; i++)
        hash = (hash ^ (unsigned char)text.ptr[i]) * 16777619u;
    return hash ^ hash >> 15;
}

/* To which function, or to which host, an effect goes. Two that share a hash share a lane. */
static uint32_t lane_of(const struct effect_plan *plan)
{
    str function, url;
    if (json_find_str(plan->request, STR("function"), &function)) return hash_text(function);
    if (!json_find_str(plan->request, STR("url"), &url)) return hash_text(plan->kind);
    size_t host = str_find(url, STR("://"), 0);
    size_t end = str_find_char(url, '/', host == url.len ? 0 : host + 3);
    return hash_text(str_slice(url, 0, end));
}

/* Reads the first key of each lane: as many steps as there are lanes. */
void effects_init(struct shard *shard)
{
    struct key from, to;
    uint16_t number = shard->options.number;
    key_begin(&from, number, KEY_EFFECT);
    key_begin(&to, number, KEY_EFFECT);
    key_range_end(&to);
    for (;;) {
        struct store_cursor *cursor =
            store_scan(shard->options.store, NULL, key_str(&from), key_str(&to), false);
        struct key_reader reader;
        str key, value;
        uint32_t lane = 0;
        bool found = store_cursor_next(cursor, &key, &value);
        if (found && (!key_read_begin(&reader, key) || !key_read_u32(&reader, &lane)))
            fatal("an effect's key does not decode: the store is damaged");
        store_cursor_close(cursor);
        if (!found) break;
        lanes_set_backlog(&shard->effects, lanes_find_or_add(&shard->effects, false, lane), true);
        if (lane == UINT32_MAX) break;
        key_effect(&from, number, lane + 1, 0);
    }
    shard->effects.room = true;
}

void effects_close(struct shard *shard)
{
    lanes_close(&shard->effects);
}

/* ---- planning ---- */

static str encode(struct arena *arena, const struct effect_plan *plan, int64_t due_ms)
{
    struct buf out;
    buf_init(&out, arena);
    buf_add(&out, STR("{\"v\":1,\"kind\":"));
    json_write_str(&out, plan->kind);
    buf_add(&out, STR(",\"origin\":"));
    json_write_str(&out, plan->origin);
    if (due_ms > 0) buf_printf(&out, ",\"due\":%lld", (long long)due_ms);
    buf_add(&out, STR(",\"request\":"));
    json_write(&out, plan->request);
    buf_add(&out, STR(",\"context\":"));
    json_write(&out, plan->context);
    buf_add_char(&out, '}');
    return buf_str(&out);
}

uint64_t txn_effect(struct txn *txn, bool express, const struct effect_plan *plan, int64_t delay_ms)
{
    ASSERT(plan->kind.len > 0 && plan->origin.len > 0 && delay_ms >= 0);
    uint64_t id = txn_next_serial(txn, express);
    int64_t due_ms = delay_ms > 0 ? txn->now_ms + delay_ms : 0;
    uint32_t lane = lane_of(plan);
    struct key key;
    key_effect(&key, txn->shard->options.number, lane, id);
    txn_put_to(txn, express, &key, encode(txn->arena, plan, due_ms));
    if (due_ms > 0) {
        txn_put_timer(txn, express, due_ms, id, lane, TIMER_EFFECT);
    } else {
        struct pending_effect pending = {
            .id = id,
            .lane = lane,
            .express = express,
            .kind = arena_str(txn->arena, plan->kind),
            .request = json_text(txn->arena, plan->request),
        };
        txn_note_effect(txn, &pending);
    }
    return id;
}

/* ---- release ---- */

static void complete_own(struct request *request)
{
    struct effect *effect = request->owner;
    arena_close(&request->arena);
    free(request);
    effect_free(effect);
}

static enum handled handle_effect_done(struct txn *txn, struct request *request, struct error *err);

static const struct operation effect_done_operation = {
    .name = STR_INIT("EffectDone"),
    .write = handle_effect_done,
};

/* The carrier is done with it: back to the writer. Any thread. */
static void effect_came_back(struct effect *effect)
{
    struct shard *shard = effect->owner;
    struct request *request = calloc(1, sizeof *request);
    if (!request) fatal("out of memory");
    arena_init(&request->arena);
    request->operation = &effect_done_operation;
    request->params = json_null();
    request->complete = complete_own;
    request->owner = effect;
    request->is_own = true;
    request->submitted_us = clock_monotonic_us();
    /* A shard that stops takes nothing any more: the effect is carried out again after the start.
     */
    if (!inbox_put_always(&shard->inbox, request)) complete_own(request);
}

static struct effect *make_effect(struct shard *shard, const struct pending_effect *pending)
{
    struct effect *effect = effect_new();
    struct error err;
    effect->id = pending->id;
    effect->lane = pending->lane;
    effect->kind = arena_str(&effect->arena, pending->kind);
    str request = arena_str(&effect->arena, pending->request);
    if (!json_parse(request, &effect->arena, &effect->request, &err))
        fatal("the request of effect %llu does not decode", (unsigned long long)pending->id);
    effect->done = effect_came_back;
    effect->owner = shard;
    return effect;
}

static void release(struct shard *shard, struct lane *lane, struct effect **list,
                    const struct pending_effect *pending)
{
    struct effect *effect = make_effect(shard, pending);
    shard->effects.held++;
    lane->held++;
    effect->next = *list;
    *list = effect;
}

static void reverse(struct effect **list)
{
    struct effect *reversed = NULL;
    while (*list) {
        struct effect *next = (*list)->next;
        (*list)->next = reversed;
        reversed = *list;
        *list = next;
    }
    *list = reversed;
}

void effects_release(struct txn *txn)
{
    struct effects_window *window = &txn->shard->effects;
    for (size_t i = 0; i < txn->effect_count; i++) {
        const struct pending_effect *pending = &txn->effects[i];
        struct lane *lane = lanes_find_or_add(window, pending->express, pending->lane);
        bool was_delayed = pending->id < lane->next_id;
        if (!was_delayed) {
            if (!lanes_have_room(window, lane)) lanes_set_backlog(window, lane, true);
            if (lane->backlog) continue;
            lane->next_id = pending->id + 1;
        }
        release(txn->shard, lane, &txn->release, pending);
    }
    reverse(&txn->release);
}

/* ---- those that wait in the store ---- */

static bool read_record(struct arena *arena, str value, struct effect_record *record, bool *delayed)
{
    json parsed;
    struct error err;
    if (!json_parse(value, arena, &parsed, &err)) return false;
    const json *request = json_find(parsed, STR("request"));
    const json *context = json_find(parsed, STR("context"));
    if (!request || !context || json_i64_or(parsed, STR("v"), 0) != 1) return false;
    record->request = *request;
    record->context = *context;
    *delayed = json_find(parsed, STR("due")) != NULL;
    return json_find_str(parsed, STR("kind"), &record->kind) &&
           json_find_str(parsed, STR("origin"), &record->origin);
}

static void read_record_or_die(struct arena *arena, str value, struct effect_record *record,
                               bool *delayed)
{
    if (!read_record(arena, value, record, delayed))
        fatal("the record of effect %llu does not decode: the store is damaged",
              (unsigned long long)record->id);
}

/* Releases what waits of a lane, as far as there is room. */
static size_t refill_lane(struct shard *shard, struct lane *lane, struct effect **list)
{
    struct effects_window *window = &shard->effects;
    struct arena *arena = &shard->pass_arena;
    struct key from, to;
    str key, value;
    size_t count = 0;
    bool more = false;
    key_effect(&from, shard->options.number, lane->id, lane->next_id);
    key_begin(&to, shard->options.number, KEY_EFFECT);
    key_add_u32(&to, lane->id);
    key_range_end(&to);
    struct store_cursor *cursor = store_scan(lane->express ? shard->memory : shard->options.store,
                                             NULL, key_str(&from), key_str(&to), false);
    while ((more = store_cursor_next(cursor, &key, &value)) && lanes_have_room(window, lane)) {
        struct key_reader reader;
        struct effect_record record = { 0 };
        uint32_t lane_id;
        bool delayed;
        if (!key_read_begin(&reader, key) || !key_read_u32(&reader, &lane_id) ||
            !key_read_u64(&reader, &record.id))
            fatal("an effect's key does not decode: the store is damaged");
        read_record_or_die(arena, arena_str(arena, value), &record, &delayed);
        lane->next_id = record.id + 1;
        if (delayed) continue; /* its timer stands for it */
        struct pending_effect pending = { record.id, lane_id, lane->express, record.kind,
                                          json_text(arena, record.request) };
        release(shard, lane, list, &pending);
        count++;
    }
    lanes_set_backlog(window, lane, more);
    store_cursor_close(cursor);
    arena_reset(arena);
    return count;
}

/* Every lane has its turn at each call, so none waits for the others. */
size_t effects_refill(struct shard *shard)
{
    struct effects_window *window = &shard->effects;
    if (window->backlogs == 0 || !window->room) return 0;
    if (window->held > SHARD_EFFECTS_HELD_MAX / 2) return 0;
    window->room = false;
    struct effect *list = NULL;
    size_t count = 0;
    for (size_t i = 0; i < EFFECTS_BUCKETS; i++) {
        struct lane *next;
        for (struct lane *lane = window->buckets[i]; lane; lane = next) {
            next = lane->next;
            /* Half a lane at a time: opening a walk costs more than a step of it. */
            if (lane->backlog && lane->held <= SHARD_LANE_EFFECTS_MAX / 2)
                count += refill_lane(shard, lane, &list);
            lanes_trim(window, lane);
        }
    }
    reverse(&list);
    commit_add(&shard->commit, NULL, list, false);
    return count;
}

void effects_fire(struct txn *txn, bool express, uint32_t lane, uint64_t id)
{
    struct key key;
    str value;
    struct effect_record record = { .id = id };
    bool delayed;
    key_effect(&key, txn->shard->options.number, lane, id);
    if (!txn_get_from(txn, express, &key, &value)) return;
    const struct lane *known = lanes_find(&txn->shard->effects, express, lane);
    if (txn->shard->effects.held >= SHARD_EFFECTS_HELD_MAX ||
        (known && known->held >= SHARD_LANE_EFFECTS_MAX)) {
        txn_put_timer(txn, express, txn->now_ms + EFFECT_RETRY_MS, id, lane, TIMER_EFFECT);
        return;
    }
    read_record_or_die(txn->arena, value, &record, &delayed);
    struct effect_plan plan = { record.kind, record.request, record.origin, record.context };
    txn_put_to(txn, express, &key, encode(txn->arena, &plan, 0));
    struct pending_effect pending = { id, lane, express, record.kind,
                                      json_text(txn->arena, record.request) };
    txn_note_effect(txn, &pending);
}

/* ---- the outcome ---- */

static effect_done_handler find_handler(const struct shard *shard, str origin)
{
    if (str_eq(origin, STR("task"))) return call_effect_done;
    for (size_t i = 0; i < shard->options.effect_handler_count; i++)
        if (str_eq(shard->options.effect_handlers[i].origin, origin))
            return shard->options.effect_handlers[i].done;
    return NULL;
}

static void give_room(struct shard *shard, bool express, uint32_t id)
{
    struct effects_window *window = &shard->effects;
    struct lane *lane = lanes_find(window, express, id);
    ASSERT(lane && lane->held > 0 && window->held > 0);
    lane->held--;
    window->held--;
    window->room = true;
    lanes_trim(window, lane);
}

static enum handled handle_effect_done(struct txn *txn, struct request *request, struct error *err)
{
    (void)err;
    struct effect *effect = request->owner;
    struct shard *shard = txn->shard;
    bool express = serial_is_express(effect->id), delayed;
    struct effect_record record = { .id = effect->id };
    struct key key;
    str value;
    give_room(shard, express, effect->lane);
    key_effect(&key, shard->options.number, effect->lane, effect->id);
    if (!txn_get_from(txn, express, &key, &value)) return HANDLED;
    if (effect->result.abandoned) return HANDLED;
    read_record_or_die(txn->arena, value, &record, &delayed);
    txn_delete_from(txn, express, &key);
    effect_done_handler done = find_handler(shard, record.origin);
    if (!done)
        log_line(LOG_ERROR, "nobody wants to know how an effect went", "origin=%.*s",
                 STR_ARGS(record.origin));
    else
        done(txn, &record, &effect->result);
    shard_count_by(shard, effect->result.ok ? COUNTER_EFFECTS_CARRIED : COUNTER_EFFECTS_FAILED, 1);
    return HANDLED;
}
