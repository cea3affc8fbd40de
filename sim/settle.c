/* The end of a run: clients start nothing new, the process dies once more, time goes on, effects
 * come back. What was begun must come to its end, and the books must balance. */
#include "sim.h"

#include <stdio.h>

#include "store/keys.h"

enum {
    ROUNDS = 40, /* of ROUND_MS: longer than all timeouts and retries of the machines */
    ROUND_MS = 20 * 1000,
    LONG_S = 40000,       /* hides a message for good */
    LATER_MS = 100 * 1000 /* when all that was hidden or delayed before is visible */
};

/* ---- effects and executions ---- */

static size_t count_records(const struct world *world, enum key_tag tag)
{
    struct key from, to;
    str key, value;
    size_t count = 0;
    key_begin(&from, shard_number(world->shard), tag);
    to = from;
    key_range_end(&to);
    struct store_cursor *cursor =
        store_scan(world->store, NULL, key_str(&from), key_str(&to), false);
    while (store_cursor_next(cursor, &key, &value))
        count++;
    store_cursor_close(cursor);
    return count;
}

/* Effects that end may lead to others. */
static void finish_effects(struct world *world)
{
    do {
        world_run(world);
    } while (carrier_finish_all(world));
}

static void check_effects(struct world *world)
{
    const struct model *model = &world->model;
    size_t left = count_records(world, KEY_EFFECT);
    if (left > 0) world_fail(world, "%zu effects are left for ever", left);
    for (size_t i = 0; i < model->effect_count; i++) {
        const struct seen *effect = &model->effects[i];
        if (effect->state != EFFECT_DURABLE && effect->state != EFFECT_UNKNOWN)
            world_fail(world, "effect %llu of %s never comes to its end",
                       (unsigned long long)effect->id, ledger_subject(world, effect->subject));
    }
    for (uint32_t i = 0; i < model->event_count; i++) {
        if (model->events[i].acknowledged && !model->events[i].carried)
            world_fail(world, "event %u was acknowledged, and its function never gets it", i);
    }
    for (uint32_t i = 0; i < model->run_count; i++) {
        const struct run *run = &model->runs[i];
        size_t made = ledger_count_effects(model, (struct subject){ .number = i });
        if (made != run->invocations)
            world_fail(world, "%s has scheduled %zu calls of a function, and %zu were made",
                       run->name, run->invocations, made);
        bool limited = run->machine == MACHINE_LIMIT || run->machine >= MACHINE_SEND;
        if (run->running && limited) world_fail(world, "%s never ends", run->name);
    }
}

/* ---- the queue ---- */

void queue_counters(struct world *world, int64_t out[3])
{
    static const char *const names[] = { "ApproximateNumberOfMessages",
                                         "ApproximateNumberOfMessagesNotVisible",
                                         "ApproximateNumberOfMessagesDelayed" };
    struct arena arena;
    json answer;
    str error;
    arena_init(&arena);
    if (!world_ask(world, &arena, "AmazonSQS.GetQueueAttributes",
                   STR("{\"QueueUrl\":\"" SIM_QUEUE "\",\"AttributeNames\":[\"All\"]}"), &answer,
                   &error))
        world_fail(world, "GetQueueAttributes: %.*s", STR_ARGS(error));
    const json *attributes = json_find(answer, STR("Attributes"));
    for (int i = 0; i < 3; i++) {
        str text;
        if (!attributes || !json_find_str(*attributes, str_from(names[i]), &text) ||
            !str_to_i64(text, &out[i]))
            world_fail(world, "the queue has no %s", names[i]);
    }
    arena_close(&arena);
}

/* Receives until nothing is visible. */
static int64_t drain(struct world *world)
{
    int64_t total = 0;
    size_t count;
    do {
        struct arena arena;
        json answer;
        str error;
        char params[200];
        arena_init(&arena);
        snprintf(params, sizeof params,
                 "{\"QueueUrl\":\"" SIM_QUEUE "\",\"MaxNumberOfMessages\":10,"
                 "\"VisibilityTimeout\":%d}",
                 LONG_S);
        if (!world_ask(world, &arena, "AmazonSQS.ReceiveMessage", str_from(params), &answer,
                       &error))
            world_fail(world, "ReceiveMessage: %.*s", STR_ARGS(error));
        count = queue_received(world, answer, world->now_ms, LONG_S);
        total += (int64_t)count;
        arena_close(&arena);
    } while (count > 0);
    return total;
}

static void delete_all(struct world *world)
{
    struct model *model = &world->model;
    for (size_t i = 0; i < model->message_count; i++) {
        struct message *message = &model->messages[i];
        struct arena arena;
        json answer;
        str error;
        if (!message->received || message->deleted) continue;
        arena_init(&arena);
        str params = arena_printf(
            &arena, "{\"QueueUrl\":\"" SIM_QUEUE "\",\"ReceiptHandle\":\"%s\"}", message->receipt);
        if (!world_ask(world, &arena, "AmazonSQS.DeleteMessage", params, &answer, &error))
            world_fail(world, "DeleteMessage: %.*s", STR_ARGS(error));
        message->delete_sent = message->deleted = true;
        arena_close(&arena);
    }
}

static void expect_counters(struct world *world, int64_t visible, int64_t in_flight,
                            int64_t delayed, const char *when)
{
    int64_t found[3];
    queue_counters(world, found);
    if (found[0] != visible || found[1] != in_flight || found[2] != delayed)
        world_fail(world, "%s the queue counts %lld, %lld, %lld and has %lld, %lld, %lld", when,
                   (long long)found[0], (long long)found[1], (long long)found[2],
                   (long long)visible, (long long)in_flight, (long long)delayed);
}

/* While some are hidden: what the counters said is what can be received, now and later. */
static void check_counters(struct world *world)
{
    int64_t counters[3];
    queue_counters(world, counters);
    int64_t now = drain(world);
    if (now != counters[0])
        world_fail(world, "the queue counts %lld visible messages, and %lld can be received",
                   (long long)counters[0], (long long)now);
    expect_counters(world, 0, now + counters[1], counters[2], "with all received");
    world->now_ms += LATER_MS;
    int64_t later = drain(world);
    if (later != counters[1] + counters[2])
        world_fail(world, "the queue counts %lld hidden messages, and %lld can be received later",
                   (long long)(counters[1] + counters[2]), (long long)later);
    expect_counters(world, 0, now + later, 0, "with all received once more");
}

/* All that is there has been received now; once deleted, it is gone. */
static void check_emptied(struct world *world)
{
    const struct model *model = &world->model;
    for (uint32_t i = 0; i < model->message_count; i++) {
        const struct message *message = &model->messages[i];
        if (message->stored > 0 && !message->received)
            world_fail(world, "message %u is there and nobody gets it", i);
    }
    delete_all(world);
    expect_counters(world, 0, 0, 0, "with all deleted");
    world->now_ms += 1000 * (int64_t)LONG_S;
    if (drain(world) != 0) world_fail(world, "an empty queue has messages");
    expect_counters(world, 0, 0, 0, "at the end");
    ledger_check_messages(world);
}

/* ---- redrives ---- */

/* Whatever has ended without success can be redriven. */
static void redrive_all(struct world *world)
{
    struct model *model = &world->model;
    model_check(world, true);
    for (uint32_t i = 0; i < model->run_count; i++) {
        struct run *run = &model->runs[i];
        struct arena arena;
        json found;
        str error;
        if (!run->exists || run->running || run->succeeded) continue;
        arena_init(&arena);
        str arn =
            arena_printf(&arena,
                         "{\"executionArn\":\"arn:aws:states:us-east-1:000000000000:execution:"
                         "%s:%s\"}",
                         machine_name(run->machine), run->name);
        run->redrives_asked++;
        run->stop_acknowledged = false;
        if (!world_ask(world, &arena, "RedriveExecution", arn, &found, &error))
            world_fail(world, "%s cannot be redriven: %.*s", run->name, STR_ARGS(error));
        run->redrives_acknowledged++;
        arena_close(&arena);
    }
}

void settle(struct world *world)
{
    world_crash(world);
    redrive_all(world);
    finish_effects(world);
    check_counters(world);
    for (int i = 0; i < ROUNDS; i++) {
        world->now_ms += ROUND_MS;
        finish_effects(world);
    }
    model_check(world, true);
    check_effects(world);
    check_emptied(world);
}
