/* Activities: tasks that wait for workers, workers that wait for tasks. */
#include <stdlib.h>

#include <criterion/criterion.h>

#include "shard/support_test.h"

#define ACTIVITY(extra)                                                                            \
    "{\\\"StartAt\\\":\\\"A\\\",\\\"States\\\":{\\\"A\\\":{\\\"Type\\\":\\\"Task\\\","             \
    "\\\"Resource\\\":\\\"arn:aws:states:us-east-1:000000000000:activity:work\\\"," extra          \
    "\\\"End\\\":true}}}"

static void open_with_activity(struct world *world, const char *definition)
{
    world_open(world);
    (void)world_call(world, OP_DEFINE, "{\"machine\":\"m\",\"definition\":\"%s\"}", definition);
}

static void start(struct world *world, const char *name, const char *input)
{
    (void)world_call(world, OP_START, "{\"machine\":\"m\",\"name\":\"%s\",\"input\":\"%s\"}", name,
                     input);
}

static struct call *poll(struct world *world, const char *worker)
{
    struct call *call =
        call_submit(world->shard, OP_POLL, "{\"activity\":\"work\",\"worker\":\"%s\"}", worker);
    world_run(world);
    return call;
}

/* The answer's token; frees the call. */
static str take(struct world *world, struct call *call, const char *input)
{
    json answer;
    struct error err;
    cr_assert(call_is_done(call));
    cr_assert(json_parse(arena_str(&world->arena, call_reply(call)), &world->arena, &answer, &err));
    str text = json_str_or(answer, STR("input"), STR("?"));
    cr_assert(str_eq(text, str_from(input)), "%.*s", STR_ARGS(text));
    call_free(call);
    return json_str_or(answer, STR("taskToken"), STR(""));
}

static void expect_nothing(struct call *call)
{
    cr_assert(call_is_done(call));
    cr_assert(str_eq(call_reply(call), STR("{}")));
    call_free(call);
}

Test(activities, a_queued_task_goes_to_the_next_poll)
{
    struct world world;
    open_with_activity(&world, ACTIVITY(""));
    start(&world, "a", "{\\\"n\\\":1}");
    start(&world, "b", "{\\\"n\\\":2}");
    cr_assert_eq(world_count(&world, KEY_ACTIVITY_TASK), 2);
    str text = take(&world, poll(&world, "w"), "{\"n\":1}");
    cr_assert_eq(world_count(&world, KEY_ACTIVITY_TASK), 1);
    (void)world_call(&world, OP_SUCCEED, "{\"token\":\"%.*s\",\"output\":\"5\"}", STR_ARGS(text));
    cr_assert_eq(world_status(&world, "m", "a"), EXECUTION_SUCCEEDED);
    cr_assert_str_eq(world_event_types(&world, "m", "a"),
                     "ExecutionStarted TaskStateEntered ActivityScheduled ActivityStarted "
                     "ActivitySucceeded TaskStateExited ExecutionSucceeded");
    (void)take(&world, poll(&world, "w"), "{\"n\":2}");
    world_close(&world);
}

Test(activities, a_waiting_worker_gets_the_task_at_once_in_order_of_arrival)
{
    struct world world;
    open_with_activity(&world, ACTIVITY(""));
    struct call *first = poll(&world, "w1");
    struct call *second = poll(&world, "w2");
    cr_assert(!call_is_done(first));
    cr_assert_eq(world_metric(&world, "parked_requests"), 2);
    start(&world, "a", "{\\\"n\\\":1}");
    cr_assert(!call_is_done(second));
    cr_assert_eq(world_count(&world, KEY_ACTIVITY_TASK), 0);
    cr_assert_str_eq(world_event_types(&world, "m", "a"),
                     "ExecutionStarted TaskStateEntered ActivityScheduled ActivityStarted");
    json started = json_at(world_history(&world, "m", "a"), 3);
    const json *details = json_find(started, STR("activityStartedEventDetails"));
    cr_assert(details != NULL);
    cr_assert(str_eq(json_str_or(*details, STR("workerName"), STR("")), STR("w1")));
    (void)take(&world, first, "{\"n\":1}");
    start(&world, "b", "{\\\"n\\\":2}");
    (void)take(&world, second, "{\"n\":2}");
    cr_assert_eq(world_metric(&world, "parked_requests"), 0);
    world_close(&world);
}

Test(activities, a_hand_over_waits_for_its_sync)
{
    struct world world;
    open_with_activity(&world, ACTIVITY(""));
    struct call *worker = poll(&world, "w");
    struct call *starter = call_submit(world.shard, OP_START, "{\"machine\":\"m\",\"name\":\"a\"}");
    (void)shard_step(world.shard);
    cr_assert(!call_is_done(worker) && !call_is_done(starter));
    shard_sync(world.shard);
    cr_assert(call_is_done(worker) && call_is_done(starter));
    call_free(worker);
    call_free(starter);
    world_close(&world);
}

Test(activities, a_poll_ends_after_a_minute)
{
    struct world world;
    open_with_activity(&world, ACTIVITY(""));
    struct call *early = poll(&world, "w1");
    world_advance(&world, 30 * 1000);
    struct call *late = poll(&world, "w2");
    cr_assert_eq(shard_next_due_ms(world.shard), WORLD_START_MS + STATES_ACTIVITY_POLL_MS);
    world_advance(&world, 29999);
    cr_assert(!call_is_done(early));
    world_advance(&world, 1);
    cr_assert(!call_is_done(late));
    expect_nothing(early);
    world_advance(&world, 30 * 1000);
    expect_nothing(late);
    cr_assert_eq(shard_next_due_ms(world.shard), INT64_MAX);
    world_close(&world);
}

Test(activities, a_worker_that_has_gone_gets_no_task)
{
    struct world world;
    open_with_activity(&world, ACTIVITY(""));
    struct call *gone = poll(&world, "w1");
    struct call *waits = poll(&world, "w2");
    shard_cancel(world.shard, &gone->request);
    (void)shard_step(world.shard);
    expect_nothing(gone);
    start(&world, "a", "{}");
    (void)take(&world, waits, "{}");
    /* One that goes before its poll has been looked at is not parked at all. */
    struct call *early = call_submit(world.shard, OP_POLL, "{\"activity\":\"work\"}");
    shard_cancel(world.shard, &early->request);
    world_run(&world);
    expect_nothing(early);
    world_close(&world);
}

Test(activities, the_number_of_waiting_workers_is_bounded)
{
    struct world world;
    open_with_activity(&world, ACTIVITY(""));
    struct call *calls[STATES_ACTIVITY_POLLERS_MAX];
    for (size_t i = 0; i < STATES_ACTIVITY_POLLERS_MAX; i++)
        calls[i] = poll(&world, "w");
    world_refuse(&world, OP_POLL, ERROR_ACTIVITY_WORKER_LIMIT_EXCEEDED,
                 "{\"activity\":\"work\",\"worker\":\"w\"}");
    struct call *elsewhere = call_submit(world.shard, OP_POLL, "{\"activity\":\"other\"}");
    world_run(&world);
    cr_assert(!call_is_done(elsewhere));
    world_advance(&world, STATES_ACTIVITY_POLL_MS);
    for (size_t i = 0; i < STATES_ACTIVITY_POLLERS_MAX; i++)
        expect_nothing(calls[i]);
    expect_nothing(elsewhere);
    world_close(&world);
}

Test(activities, a_task_given_up_in_the_queue_is_not_handed_out)
{
    struct world world;
    open_with_activity(&world, ACTIVITY(""));
    start(&world, "a", "{\\\"n\\\":1}");
    start(&world, "b", "{\\\"n\\\":2}");
    (void)world_call(&world, OP_STOP, "{\"machine\":\"m\",\"name\":\"a\"}");
    cr_assert_eq(world_count(&world, KEY_ACTIVITY_TASK), 1);
    (void)take(&world, poll(&world, "w"), "{\"n\":2}");
    struct call *idle = poll(&world, "w");
    cr_assert(!call_is_done(idle));
    world_advance(&world, STATES_ACTIVITY_POLL_MS);
    expect_nothing(idle);
    world_close(&world);
}

Test(activities, a_queue_survives_a_restart_and_finds_tasks_behind_the_hint)
{
    struct world world;
    open_with_activity(&world, ACTIVITY(""));
    struct call *idle = poll(&world, "w"); /* moves the hint to now */
    world_advance(&world, STATES_ACTIVITY_POLL_MS);
    expect_nothing(idle);
    start(&world, "a", "{\\\"n\\\":1}");
    start(&world, "b", "{\\\"n\\\":2}");
    (void)take(&world, poll(&world, "w"), "{\"n\":1}");
    world_restart(&world);
    (void)take(&world, poll(&world, "w"), "{\"n\":2}");
    world_close(&world);
}

Test(activities, the_clock_of_a_task_begins_with_its_worker)
{
    struct world world;
    open_with_activity(&world, ACTIVITY("\\\"TimeoutSeconds\\\":10,"));
    start(&world, "a", "{}");
    world_advance(&world, 3600 * 1000);
    cr_assert_eq(world_status(&world, "m", "a"), EXECUTION_RUNNING);
    str text = take(&world, poll(&world, "w"), "{}");
    world_advance(&world, 10 * 1000);
    cr_assert_eq(world_status(&world, "m", "a"), EXECUTION_FAILED);
    world_refuse(&world, OP_SUCCEED, ERROR_TASK_TIMED_OUT, "{\"token\":\"%.*s\"}", STR_ARGS(text));
    world_close(&world);
}

/* Two branches, one of which fails in the turn that queues the other's task. */
Test(activities, a_task_that_dies_in_its_own_turn_takes_no_worker)
{
    struct world world;
    open_with_activity(
        &world,
        "{\\\"StartAt\\\":\\\"P\\\",\\\"States\\\":{\\\"P\\\":{\\\"Type\\\":\\\"Parallel\\\","
        "\\\"Branches\\\":[" ACTIVITY("") ",{\\\"StartAt\\\":\\\"F\\\",\\\"States\\\":{"
                                          "\\\"F\\\":{\\\"Type\\\":\\\"Fail\\\",\\\"Error\\\":"
                                          "\\\"E\\\"}}}],\\\"End\\\":true}}}");
    struct call *worker = poll(&world, "w");
    start(&world, "a", "{}");
    cr_assert_eq(world_status(&world, "m", "a"), EXECUTION_FAILED);
    cr_assert(!call_is_done(worker));
    cr_assert_eq(world_count(&world, KEY_ACTIVITY_TASK), 0);
    cr_assert_eq(world_count(&world, KEY_WAITING), 0);
    cr_assert_eq(world_count(&world, KEY_FRAME), 3, "at rest");
    world_advance(&world, STATES_ACTIVITY_POLL_MS);
    expect_nothing(worker);
    world_close(&world);
}
