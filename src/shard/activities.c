/* Activities: tasks that no worker has taken (records), and workers that no task has taken (parked
 * requests). For one activity there are never both. See activities.h. */
#include "shard/activities.h"

#include <stdlib.h>

#include "shard/shard_private.h"

enum {
    STALE_TASKS_MAX = 100,  /* records without a task that one poll clears away */
    WINDOW_TASKS_MAX = 256, /* queued tasks that one walk over the queue's head remembers */
};

/* The place of a task in the queue of its activity. */
struct place {
    int64_t since_ms;
    uint64_t serial;
    uint32_t frame;
};

struct queued {
    struct place place;
    uint32_t task_event;
    uint32_t chunk; /* first event id of the history chunk that has the task's input */
};

struct activity {
    str name;                    /* owned */
    struct parked *first, *last; /* waiting workers, by arrival */
    size_t parked;
    struct place hint; /* no queued task is below it */
    /* The head of the queue, read in one walk: opening a walk costs much more than a step of it.
     * Entries may be gone meanwhile; nothing between them is missing. */
    struct queued *window; /* owned; NULL until there was a task */
    size_t window_at, window_count;
    struct activity *next; /* in the bucket */
};

/* A parked GetActivityTask; lives in the request's arena. */
struct parked {
    struct request *request;
    struct activity *activity;
    str worker;
    int64_t until_ms;
    struct parked *before, *after; /* of the same activity, by arrival */
    struct parked *older, *newer;  /* of all activities, by arrival: also by deadline */
};

static bool is_below(struct place a, struct place b)
{
    if (a.since_ms != b.since_ms) return a.since_ms < b.since_ms;
    if (a.serial != b.serial) return a.serial < b.serial;
    return a.frame < b.frame;
}

/* ---- the table ---- */

static struct activity **bucket_of(struct activities *activities, str name)
{
    uint32_t hash = 2166136261u;
    for (size_t i = 0; i < name.len; i++)
        hash = (hash ^ (unsigned char)name.ptr[i]) * 16777619u;
    return &activities->buckets[(hash ^ hash >> 16) % ACTIVITIES_BUCKETS];
}

static struct activity *find(struct activities *activities, str name)
{
    struct activity *activity = *bucket_of(activities, name);
    while (activity && !str_eq(activity->name, name))
        activity = activity->next;
    return activity;
}

static void free_activity(struct activity *activity)
{
    char *name; /* ours, though a str shows it as const */
    memcpy(&name, &activity->name.ptr, sizeof name);
    free(name);
    free(activity->window);
    free(activity);
}

/* Forgets every activity that nobody waits at; only its hint is lost. */
static void forget_idle(struct activities *activities)
{
    for (size_t i = 0; i < ACTIVITIES_BUCKETS; i++) {
        struct activity **at = &activities->buckets[i];
        while (*at) {
            struct activity *activity = *at;
            if (activity->parked > 0) {
                at = &activity->next;
                continue;
            }
            *at = activity->next;
            free_activity(activity);
            activities->count--;
        }
    }
}

static struct activity *find_or_add(struct activities *activities, str name)
{
    struct activity *activity = find(activities, name);
    if (activity) return activity;
    if (activities->count >= SHARD_ACTIVITIES_MAX + activities->parked) forget_idle(activities);
    activity = calloc(1, sizeof *activity);
    char *copy = malloc(name.len + 1);
    if (!activity || !copy) fatal("out of memory");
    memcpy(copy, name.ptr, name.len);
    activity->name = (str){ copy, name.len };
    struct activity **bucket = bucket_of(activities, name);
    activity->next = *bucket;
    *bucket = activity;
    activities->count++;
    return activity;
}

void activities_init(struct activities *activities)
{
    *activities = (struct activities){ 0 };
}

void activities_close(struct activities *activities)
{
    for (size_t i = 0; i < ACTIVITIES_BUCKETS; i++) {
        while (activities->buckets[i]) {
            struct activity *activity = activities->buckets[i];
            activities->buckets[i] = activity->next;
            free_activity(activity);
        }
    }
}

void activities_lower(struct activities *activities, str name, int64_t since_ms, uint64_t serial,
                      uint32_t frame)
{
    struct activity *activity = find(activities, name);
    struct place place = { since_ms, serial, frame };
    if (!activity) return;
    if (is_below(place, activity->hint)) activity->hint = place;
    bool inside = activity->window_at < activity->window_count &&
                  is_below(place, activity->window[activity->window_count - 1].place);
    if (inside) activity->window_at = activity->window_count = 0; /* after a clock step back */
}

/* ---- parked workers ---- */

static void unpark(struct activities *activities, struct parked *parked)
{
    struct activity *activity = parked->activity;
    *(parked->before ? &parked->before->after : &activity->first) = parked->after;
    *(parked->after ? &parked->after->before : &activity->last) = parked->before;
    *(parked->older ? &parked->older->newer : &activities->oldest) = parked->newer;
    *(parked->newer ? &parked->newer->older : &activities->newest) = parked->older;
    ASSERT_CMP(activity->parked, >, 0);
    ASSERT_CMP(activities->parked, >, 0);
    activity->parked--;
    activities->parked--;
}

static void park(struct activities *activities, struct activity *activity, struct request *request,
                 str worker, int64_t until_ms)
{
    struct parked *parked = ARENA_NEW(&request->arena, struct parked);
    *parked = (struct parked){
        .request = request,
        .activity = activity,
        .worker = arena_str(&request->arena, worker),
        .until_ms = until_ms,
        .before = activity->last,
        .older = activities->newest,
    };
    *(activity->last ? &activity->last->after : &activity->first) = parked;
    activity->last = parked;
    *(activities->newest ? &activities->newest->newer : &activities->oldest) = parked;
    activities->newest = parked;
    activity->parked++;
    activities->parked++;
    request->parked_until_ms = until_ms;
}

static bool is_cancelled(const struct request *request)
{
    return __atomic_load_n(&request->cancelled, __ATOMIC_ACQUIRE);
}

static void reply_nothing(struct request *request)
{
    buf_add(&request->reply, STR("{}"));
}

/* ---- a task and its worker ---- */

str activity_name(str arn)
{
    size_t at = arn.len;
    while (at > 0 && arn.ptr[at - 1] != ':')
        at--;
    return str_skip(arn, at);
}

static bool find_event_input(json events, uint32_t id, str *input)
{
    for (size_t i = 0; i < json_count(events); i++) {
        json event = json_at(events, i);
        if (json_i64_or(event, STR("id"), 0) != id) continue;
        const json *details = json_find(event, STR("activityScheduledEventDetails"));
        return details && json_find_str(*details, STR("input"), input);
    }
    return false;
}

/* A task's input is stored once: in the event that scheduled it, which is in this transaction's
 * history or in a stored chunk. */
static str task_input(struct txn *txn, const struct execution *execution,
                      const struct queued *queued)
{
    str chunk;
    if (execution->history_first != 0 && execution->history_first <= queued->task_event) {
        chunk = arena_printf(txn->arena, "[%.*s]", STR_ARGS(buf_str(&execution->history)));
    } else {
        struct key key;
        key_history(&key, txn->shard->options.number, execution->id.serial, queued->chunk);
        if (!txn_get(txn, &key, &chunk)) chunk = STR("[]");
    }
    json events;
    struct error err;
    str input;
    if (!json_parse(chunk, txn->arena, &events, &err) ||
        !find_event_input(events, queued->task_event, &input))
        fatal("execution %llu: event %u should have scheduled an activity",
              (unsigned long long)execution->id.serial, queued->task_event);
    return input;
}

static bool start_task(struct txn *txn, struct execution *execution, const struct queued *queued,
                       str worker, struct request *request)
{
    struct engine_event event = {
        .kind = ENGINE_TASK_STARTED,
        .frame = queued->place.frame,
        .task_event = queued->task_event,
        .text = worker,
    };
    if (!txn_execution_turn(txn, execution, &event)) return false;
    token id = {
        .shard = txn->shard->options.number,
        .serial = execution->id.serial,
        .frame = queued->place.frame,
        .task_event = queued->task_event,
    };
    buf_add(&request->reply, STR("{\"taskToken\":\""));
    buf_add(&request->reply, token_encode(&txn->shard->options.token_key, id, txn->arena));
    buf_add(&request->reply, STR("\",\"input\":"));
    json_write_str(&request->reply, task_input(txn, execution, queued));
    buf_add_char(&request->reply, '}');
    return true;
}

void activities_hand_over(struct txn *txn, struct execution *execution, const struct engine_op *op)
{
    struct activities *activities = &txn->shard->activities;
    struct activity *activity = find(activities, activity_name(op->text));
    if (!activity || !activity->first) return;
    struct parked *parked = activity->first;
    struct queued queued = { .place = { .frame = op->frame }, .task_event = op->task_event };
    if (!start_task(txn, execution, &queued, parked->worker, parked->request))
        return; /* the task was given up in the same transaction */
    unpark(activities, parked);
    parked->request->next = NULL;
    txn_reply(txn, parked->request);
}

/* ---- polling ---- */

/* "EVENT CHUNK" */
static bool read_queued_value(str value, struct queued *out)
{
    size_t space = str_find_char(value, ' ', 0);
    int64_t event, chunk;
    if (space == value.len || !str_to_i64(str_slice(value, 0, space), &event) ||
        !str_to_i64(str_skip(value, space + 1), &chunk))
        return false;
    if (event <= 0 || event > UINT32_MAX || chunk <= 0 || chunk > event) return false;
    out->task_event = (uint32_t)event;
    out->chunk = (uint32_t)chunk;
    return true;
}

static bool read_queued(str key, str value, struct queued *out)
{
    struct key_reader reader;
    str name;
    uint64_t since;
    if (!key_read_begin(&reader, key) || reader.tag != KEY_ACTIVITY_TASK) return false;
    if (!key_read_text(&reader, &name) || !key_read_u64(&reader, &since)) return false;
    if (!key_read_u64(&reader, &out->place.serial) || !key_read_u32(&reader, &out->place.frame))
        return false;
    out->place.since_ms = (int64_t)since;
    return read_queued_value(value, out);
}

/* Reads the queue's head into the window: the tasks at or, behind_hint, after the hint. */
static void fill_window(struct txn *txn, struct activity *activity, bool behind_hint)
{
    uint16_t shard = txn->shard->options.number;
    const struct place *hint = &activity->hint;
    struct key from, to;
    key_activity_task(&from, shard, activity->name, hint->since_ms, hint->serial, hint->frame);
    if (behind_hint) key_add_u8(&from, 0);
    key_begin(&to, shard, KEY_ACTIVITY_TASK);
    key_add_text(&to, activity->name);
    key_range_end(&to);
    if (!activity->window) activity->window = calloc(WINDOW_TASKS_MAX, sizeof *activity->window);
    if (!activity->window) fatal("out of memory");
    activity->window_at = activity->window_count = 0;
    struct store_cursor *cursor = txn_scan(txn, key_str(&from), key_str(&to), false);
    str key, value;
    while (activity->window_count < WINDOW_TASKS_MAX && store_cursor_next(cursor, &key, &value)) {
        if (!read_queued(key, value, &activity->window[activity->window_count++]))
            fatal("the queue of activity %.*s does not decode: the store is damaged",
                  STR_ARGS(activity->name));
    }
    store_cursor_close(cursor);
}

/* The first queued task at or after the activity's hint. */
static bool next_queued(struct txn *txn, struct activity *activity, bool behind_hint,
                        struct queued *out)
{
    if (activity->window_at == activity->window_count) fill_window(txn, activity, behind_hint);
    if (activity->window_at == activity->window_count) return false;
    *out = activity->window[activity->window_at++];
    return true;
}

static void delete_queued(struct txn *txn, const struct activity *activity, struct place place)
{
    struct key key;
    key_activity_task(&key, txn->shard->options.number, activity->name, place.since_ms,
                      place.serial, place.frame);
    txn_delete(txn, &key);
}

static bool take_queued(struct txn *txn, struct activity *activity, str worker,
                        struct request *request)
{
    struct queued queued;
    for (int tries = 0; tries < STALE_TASKS_MAX; tries++) {
        if (!next_queued(txn, activity, tries > 0, &queued)) {
            /* What was queued so far is gone; what comes has a later time, or lowers the hint. */
            activity->hint = (struct place){ .since_ms = txn->now_ms };
            return false;
        }
        activity->hint = queued.place;
        struct execution *execution = txn_execution_load(txn, queued.place.serial);
        if (execution && start_task(txn, execution, &queued, worker, request)) return true;
        delete_queued(txn, activity, queued.place);
    }
    return false;
}

enum handled txn_activity_poll(struct txn *txn, struct request *request, str name, str worker,
                               struct error *err)
{
    ASSERT(txn->open && !txn->parked);
    struct activities *activities = &txn->shard->activities;
    struct activity *activity = find_or_add(activities, name);
    if (take_queued(txn, activity, worker, request)) return HANDLED;
    if (is_cancelled(request)) {
        reply_nothing(request);
        return HANDLED;
    }
    if (activity->parked >= STATES_ACTIVITY_POLLERS_MAX) {
        (void)error_set(err, ERROR_ACTIVITY_WORKER_LIMIT_EXCEEDED,
                        "The maximum number of workers concurrently polling for activity tasks "
                        "has been reached.");
        return HANDLED_FAILED;
    }
    park(activities, activity, request, worker, txn->now_ms + STATES_ACTIVITY_POLL_MS);
    txn->parked = true;
    return HANDLED_LATER;
}

/* ---- the end of polls ---- */

/* A deadline further away than a poll lasts means that the clock was set back. */
static bool is_over(const struct parked *parked, int64_t now_ms)
{
    return parked->until_ms <= now_ms || parked->until_ms - now_ms > STATES_ACTIVITY_POLL_MS;
}

struct request *activities_expire(struct activities *activities, int64_t now_ms, bool cancelled,
                                  bool all)
{
    struct request *list = NULL;
    struct parked *next;
    for (struct parked *parked = activities->oldest; parked; parked = next) {
        next = parked->newer;
        bool over = all || is_over(parked, now_ms);
        if (!over && !cancelled) break; /* the others came later */
        if (!over && !is_cancelled(parked->request)) continue;
        unpark(activities, parked);
        reply_nothing(parked->request);
        parked->request->next = list;
        list = parked->request;
    }
    return list;
}

int64_t activities_next_due_ms(const struct activities *activities)
{
    return activities->oldest ? activities->oldest->until_ms : INT64_MAX;
}
