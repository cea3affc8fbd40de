/* Effects, requests that wait, and calls inside a transaction that fail. */
#include <criterion/criterion.h>
#include <stdlib.h>

#include "shard/shard.h"

enum { START_MS = 1000000, LEFT_MAX = 5000 };

struct outside {
    struct store *store;
    struct shard *shard;
    struct arena arena;
    int64_t now_ms;
    struct effect *left[LEFT_MAX]; /* what has left the process and has not come back */
    size_t left_count;
};

/* ---- what a service would register ---- */

static enum handled plan(struct txn *txn, struct request *request, struct error *err)
{
    (void)err;
    int64_t count = json_i64_or(request->params, STR("count"), 1);
    for (int64_t i = 0; i < count; i++) {
        struct effect_plan effect = {
            .kind = STR("test"),
            .request = request->params,
            .origin = STR("test"),
            .context = json_i64(txn_arena(txn), i),
        };
        (void)txn_effect(txn, false, &effect, json_i64_or(request->params, STR("delay"), 0));
    }
    return HANDLED;
}

/* Counts outcomes under KEY_META "done". */
static void done(struct txn *txn, const struct effect_record *record,
                 const struct effect_result *result)
{
    struct key key;
    str text;
    int64_t count = 0;
    cr_assert(str_eq(record->kind, STR("test")) && result->ok);
    key_meta(&key, 0, STR("done"));
    if (txn_get(txn, &key, &text)) cr_assert(str_to_i64(text, &count));
    txn_put(txn, &key, arena_printf(txn_arena(txn), "%lld", (long long)count + 1));
    txn_notify(txn, STR("test:done"), 1);
}

/* Waits until KEY_META "done" is there, or for ten seconds. */
static enum handled wait(struct txn *txn, struct request *request, struct error *err)
{
    struct key key;
    str text;
    key_meta(&key, 0, STR("done"));
    buf_init(&request->reply, &request->arena);
    if (txn_get(txn, &key, &text)) {
        buf_add(&request->reply, text);
        return HANDLED;
    }
    if (request->deadline_ms == 0) request->deadline_ms = txn_now_ms(txn) + 10000;
    if (txn_now_ms(txn) >= request->deadline_ms) {
        buf_add(&request->reply, STR("late"));
        return HANDLED;
    }
    return txn_wait(txn, request, STR("test:done"), request->deadline_ms, err);
}

static const struct operation plan_operation = { .name = STR_INIT("Plan"), .write = plan };
static const struct operation wait_operation = { .name = STR_INIT("Wait"), .write = wait };
static const struct effect_handler handlers[] = { { STR_INIT("test"), done } };

/* ---- the world ---- */

static void carry(void *context, struct effect *effect)
{
    struct outside *outside = context;
    cr_assert_lt(outside->left_count, LEFT_MAX);
    outside->left[outside->left_count++] = effect;
}

static int64_t now(void *context)
{
    return ((struct outside *)context)->now_ms;
}

static void open_shard(struct outside *outside)
{
    struct shard_options options = {
        .store = outside->store,
        .region = STR("us-east-1"),
        .account = STR("000000000000"),
        .effect_handlers = handlers,
        .effect_handler_count = 1,
        .carrier = { carry, outside },
        .now_ms = now,
        .world = outside,
        .seed = 7,
    };
    outside->shard = shard_new(&options);
}

static void run_all(struct outside *outside)
{
    do {
        while (shard_step(outside->shard) > 0)
            continue;
        shard_sync(outside->shard);
    } while (shard_step(outside->shard) > 0);
}

static void come_back(struct outside *outside)
{
    size_t count = outside->left_count;
    outside->left_count = 0;
    for (size_t i = 0; i < count; i++) {
        outside->left[i]->result.ok = true;
        effect_finish(outside->left[i]);
    }
    run_all(outside);
}

/* The process dies and starts again; what was outside is forgotten. */
static void crash(struct outside *outside, size_t keep)
{
    for (size_t i = 0; i < outside->left_count; i++)
        effect_free(outside->left[i]);
    outside->left_count = 0;
    shard_free(outside->shard);
    store_crash(outside->store, keep);
    open_shard(outside);
}

static void setup(struct outside *outside)
{
    memset(outside, 0, sizeof *outside);
    outside->now_ms = START_MS;
    arena_init(&outside->arena);
    outside->store = store_open_memory();
    open_shard(outside);
    run_all(outside);
}

static void teardown(struct outside *outside)
{
    for (size_t i = 0; i < outside->left_count; i++)
        effect_free(outside->left[i]);
    shard_free(outside->shard);
    store_close(outside->store);
    arena_close(&outside->arena);
    free(outside);
}

static struct outside *outside_new(void)
{
    struct outside *outside = malloc(sizeof *outside);
    cr_assert(outside);
    setup(outside);
    return outside;
}

static json parse(struct outside *outside, const char *text)
{
    json value;
    struct error err = { 0 };
    cr_assert(json_parse(str_from(text), &outside->arena, &value, &err), "%s", err.message);
    return value;
}

static void submit(struct outside *outside, const struct operation *operation, const char *params)
{
    shard_submit_own(outside->shard, operation, parse(outside, params));
}

static int64_t done_count(struct outside *outside)
{
    struct key key;
    str text;
    int64_t count = 0;
    key_meta(&key, 0, STR("done"));
    if (!store_get(outside->store, NULL, key_str(&key), &outside->arena, &text)) return 0;
    cr_assert(str_to_i64(text, &count));
    return count;
}

static size_t stored(struct outside *outside)
{
    struct key from, to;
    size_t count = 0;
    str key, value;
    key_begin(&from, 0, KEY_EFFECT);
    to = from;
    key_range_end(&to);
    struct store_cursor *cursor =
        store_scan(outside->store, NULL, key_str(&from), key_str(&to), false);
    while (store_cursor_next(cursor, &key, &value))
        count++;
    store_cursor_close(cursor);
    return count;
}

/* ---- effects ---- */

Test(effects, leave_only_when_they_are_durable)
{
    struct outside *outside = outside_new();
    submit(outside, &plan_operation, "{}");
    while (shard_step(outside->shard) > 0)
        continue;
    cr_assert_eq(outside->left_count, 0, "not synced");
    shard_sync(outside->shard);
    cr_assert_eq(outside->left_count, 1);
    come_back(outside);
    cr_assert_eq(done_count(outside), 1);
    cr_assert_eq(stored(outside), 0);
    teardown(outside);
}

Test(effects, are_carried_out_again_after_a_crash)
{
    struct outside *outside = outside_new();
    submit(outside, &plan_operation, "{\"count\":3}");
    run_all(outside);
    cr_assert_eq(outside->left_count, 3);
    uint64_t first = outside->left[0]->id;
    crash(outside, 0);
    run_all(outside);
    cr_assert_eq(outside->left_count, 3);
    cr_assert_eq(outside->left[0]->id, first, "with the same id");
    come_back(outside);
    cr_assert_eq(done_count(outside), 3);
    crash(outside, store_unsynced(outside->store));
    run_all(outside);
    cr_assert_eq(outside->left_count, 0, "each outcome counts once");
    teardown(outside);
}

Test(effects, of_a_lost_transaction_never_leave)
{
    struct outside *outside = outside_new();
    submit(outside, &plan_operation, "{}");
    while (shard_step(outside->shard) > 0)
        continue;
    crash(outside, 0);
    run_all(outside);
    cr_assert_eq(outside->left_count, 0);
    cr_assert_eq(stored(outside), 0);
    teardown(outside);
}

Test(effects, wait_in_the_store_when_too_many_are_on_their_way)
{
    struct outside *outside = outside_new();
    submit(outside, &plan_operation, "{\"count\":4500}");
    run_all(outside);
    cr_assert_eq(outside->left_count, SHARD_LANE_EFFECTS_MAX);
    submit(outside, &plan_operation, "{}"); /* behind the others */
    run_all(outside);
    cr_assert_eq(outside->left_count, SHARD_LANE_EFFECTS_MAX);
    size_t rounds = 0;
    uint64_t last = 0;
    while (outside->left_count > 0 && rounds++ < 100) {
        cr_assert_leq(outside->left_count, SHARD_LANE_EFFECTS_MAX);
        for (size_t i = 0; i < outside->left_count; i++) {
            cr_assert_gt(outside->left[i]->id, last, "in the order of their ids, each once");
            last = outside->left[i]->id;
        }
        come_back(outside);
    }
    cr_assert_eq(done_count(outside), 4501);
    cr_assert_eq(stored(outside), 0);
    teardown(outside);
}

Test(effects, of_one_lane_do_not_hold_up_another)
{
    struct outside *outside = outside_new();
    submit(outside, &plan_operation, "{\"function\":\"slow\",\"count\":500}");
    run_all(outside);
    cr_assert_eq(outside->left_count, SHARD_LANE_EFFECTS_MAX);
    submit(outside, &plan_operation, "{\"function\":\"quick\"}");
    submit(outside, &plan_operation, "{\"url\":\"http://a/1\"}");
    submit(outside, &plan_operation, "{\"url\":\"http://b/1\"}");
    run_all(outside);
    cr_assert_eq(outside->left_count, SHARD_LANE_EFFECTS_MAX + 3);
    crash(outside, 0);
    run_all(outside);
    cr_assert_eq(outside->left_count, SHARD_LANE_EFFECTS_MAX + 3, "the same after a crash");
    for (int round = 0; round < 10 && outside->left_count > 0; round++)
        come_back(outside);
    cr_assert_eq(done_count(outside), 503);
    cr_assert_eq(stored(outside), 0);
    teardown(outside);
}

Test(effects, a_delay_is_kept_over_a_crash)
{
    struct outside *outside = outside_new();
    submit(outside, &plan_operation, "{\"delay\":60000}");
    run_all(outside);
    cr_assert_eq(outside->left_count, 0);
    crash(outside, 0);
    run_all(outside);
    cr_assert_eq(outside->left_count, 0);
    outside->now_ms += 60000;
    run_all(outside);
    cr_assert_eq(outside->left_count, 1);
    crash(outside, store_unsynced(outside->store));
    run_all(outside);
    cr_assert_eq(outside->left_count, 1, "its timer is gone, but it is not over");
    come_back(outside);
    cr_assert_eq(done_count(outside), 1);
    teardown(outside);
}

Test(effects, that_are_abandoned_stay)
{
    struct outside *outside = outside_new();
    submit(outside, &plan_operation, "{}");
    run_all(outside);
    outside->left[0]->result.abandoned = true;
    effect_finish(outside->left[0]);
    outside->left_count = 0;
    run_all(outside);
    cr_assert_eq(stored(outside), 1);
    crash(outside, store_unsynced(outside->store));
    run_all(outside);
    cr_assert_eq(outside->left_count, 1);
    teardown(outside);
}

/* ---- waiting ---- */

static void note_completion(struct request *request)
{
    *(bool *)request->owner = true;
}

static void init_wait(struct request *request, bool *answered)
{
    *answered = false;
    *request = (struct request){ .operation = &wait_operation,
                                 .complete = note_completion,
                                 .owner = answered,
                                 .params = json_null() };
    arena_init(&request->arena);
}

Test(waiting, ends_when_its_topic_is_notified)
{
    struct outside *outside = outside_new();
    struct request request;
    bool answered;
    init_wait(&request, &answered);
    shard_submit(outside->shard, &request);
    submit(outside, &plan_operation, "{}");
    run_all(outside);
    cr_assert_not(answered);
    cr_assert_eq(shard_next_due_ms(outside->shard), START_MS + 10000);
    come_back(outside);
    cr_assert(answered);
    cr_assert(str_eq(buf_str(&request.reply), STR("1")));
    arena_close(&request.arena);
    teardown(outside);
}

Test(waiting, ends_when_its_time_is_over)
{
    struct outside *outside = outside_new();
    struct request request;
    bool answered;
    init_wait(&request, &answered);
    shard_submit(outside->shard, &request);
    run_all(outside);
    outside->now_ms += 9999;
    run_all(outside);
    cr_assert_not(answered);
    outside->now_ms += 1;
    run_all(outside);
    cr_assert(answered);
    cr_assert(str_eq(buf_str(&request.reply), STR("late")));
    arena_close(&request.arena);
    teardown(outside);
}

Test(waiting, a_client_that_has_gone_leaves_the_notification_to_the_next)
{
    struct outside *outside = outside_new();
    struct request first, second;
    bool first_answered, second_answered;
    init_wait(&first, &first_answered);
    init_wait(&second, &second_answered);
    shard_submit(outside->shard, &first);
    shard_submit(outside->shard, &second);
    submit(outside, &plan_operation, "{}");
    run_all(outside);
    /* Cancelled, but the writer has not looked at that yet when the first one is woken. */
    __atomic_store_n(&first.cancelled, true, __ATOMIC_RELEASE);
    come_back(outside);
    cr_assert(first_answered && second_answered);
    cr_assert_eq(first.error.code, ERROR_OVERLOADED);
    cr_assert(str_eq(buf_str(&second.reply), STR("1")));
    arena_close(&first.arena);
    arena_close(&second.arena);
    teardown(outside);
}

Test(waiting, ends_when_its_client_has_gone)
{
    struct outside *outside = outside_new();
    struct request request;
    bool answered;
    init_wait(&request, &answered);
    shard_submit(outside->shard, &request);
    run_all(outside);
    shard_cancel(outside->shard, &request);
    run_all(outside);
    cr_assert(answered);
    cr_assert_eq(request.error.code, ERROR_OVERLOADED);
    arena_close(&request.arena);
    teardown(outside);
}
