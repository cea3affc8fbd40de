/* The shard driven by hand over a memory store: commits, timers, callbacks, crashes, limits. */
#include <stdio.h>
#include <stdlib.h>

#include <criterion/criterion.h>

#include "shard/support_test.h"

#define PASS                                                                                       \
    "{\\\"StartAt\\\":\\\"P\\\",\\\"States\\\":{\\\"P\\\":{\\\"Type\\\":\\\"Pass\\\",\\\"End\\\":" \
    "true}}}"
#define WAIT(seconds)                                                                              \
    "{\\\"StartAt\\\":\\\"W\\\",\\\"States\\\":{\\\"W\\\":{\\\"Type\\\":\\\"Wait\\\","             \
    "\\\"Seconds\\\":" seconds ",\\\"End\\\":true}}}"
#define CALLBACK(extra)                                                                            \
    "{\\\"StartAt\\\":\\\"C\\\",\\\"States\\\":{\\\"C\\\":{\\\"Type\\\":\\\"Task\\\","             \
    "\\\"Resource\\\":\\\"arn:aws:states:::sqs:sendMessage.waitForTaskToken\\\"," extra            \
    "\\\"Parameters\\\":{\\\"QueueUrl\\\":\\\"q\\\",\\\"MessageBody.$\\\":\\\"$$.Task.Token\\\"}," \
    "\\\"End\\\":true}}}"

static void define(struct world *world, const char *machine, const char *definition)
{
    (void)world_call(world, OP_DEFINE, "{\"machine\":\"%s\",\"definition\":\"%s\"}", machine,
                     definition);
}

static void start(struct world *world, const char *machine, const char *name)
{
    (void)world_call(world, OP_START, "{\"machine\":\"%s\",\"name\":\"%s\"}", machine, name);
}

Test(shard, a_reply_waits_for_its_sync)
{
    struct world world;
    world_open(&world);
    define(&world, "m", PASS);
    struct call *call = call_submit(world.shard, OP_START, "{\"machine\":\"m\",\"name\":\"a\"}");
    cr_assert_eq(shard_step(world.shard), 1);
    cr_assert_gt(store_unsynced(world.store), 0);
    cr_assert(!call_is_done(call));
    shard_sync(world.shard);
    cr_assert(call_is_done(call));
    cr_assert_eq(store_unsynced(world.store), 0);
    call_free(call);
    world_close(&world);
}

Test(shard, readers_see_what_is_durable)
{
    struct world world;
    struct reader reader;
    struct key key;
    str value;
    world_open(&world);
    define(&world, "m", PASS);
    struct call *call = call_submit(world.shard, OP_START, "{\"machine\":\"m\",\"name\":\"a\"}");
    (void)shard_step(world.shard);
    key_name(&key, 1, STR("m"), STR("a"));
    shard_read_begin(world.shard, &reader, &world.arena);
    cr_assert(!store_get(reader.store, reader.snapshot, key_str(&key), &world.arena, &value));
    shard_sync(world.shard);
    /* An open view does not change; a new one has it. */
    cr_assert(!store_get(reader.store, reader.snapshot, key_str(&key), &world.arena, &value));
    shard_read_end(&reader);
    shard_read_begin(world.shard, &reader, &world.arena);
    cr_assert(store_get(reader.store, reader.snapshot, key_str(&key), &world.arena, &value));
    shard_read_end(&reader);
    call_free(call);
    world_close(&world);
}

Test(shard, an_execution_leaves_its_records_and_nothing_else)
{
    struct world world;
    world_open(&world);
    define(&world, "m", PASS);
    start(&world, "m", "a");
    cr_assert_eq(world_status(&world, "m", "a"), EXECUTION_SUCCEEDED);
    cr_assert_str_eq(world_event_types(&world, "m", "a"),
                     "ExecutionStarted PassStateEntered PassStateExited ExecutionSucceeded");
    cr_assert_eq(world_count(&world, KEY_EXECUTION), 1);
    cr_assert_eq(world_count(&world, KEY_END), 1);
    cr_assert_eq(world_count(&world, KEY_HISTORY), 1);
    cr_assert_eq(world_count(&world, KEY_FRAME), 0);
    cr_assert_eq(world_count(&world, KEY_TIMER), 0);
    cr_assert_eq(world_metric(&world, "executions_started_total"), 1);
    cr_assert_eq(world_metric(&world, "executions_succeeded_total"), 1);
    json again = world_call(&world, OP_START, "{\"machine\":\"m\",\"name\":\"a\"}");
    cr_assert(json_bool_or(again, STR("again"), false));
    cr_assert_eq(json_i64_or(again, STR("serial"), 0), 1);
    world_close(&world);
}

Test(shard, a_failed_command_changes_nothing)
{
    struct world world;
    struct key key;
    str value;
    world_open(&world);
    define(&world, "m", PASS);
    world_refuse(&world, OP_PUT_AND_FAIL, ERROR_VALIDATION, "{\"machine\":\"m\",\"name\":\"a\"}");
    cr_assert_eq(store_unsynced(world.store), 0);
    key_meta(&key, 1, STR("dropped"));
    cr_assert(!world_get(&world, &key, &value));
    cr_assert_eq(world_count(&world, KEY_EXECUTION), 0);
    cr_assert_eq(world_metric(&world, "executions_started_total"), 0);
    start(&world, "m", "a");
    cr_assert_eq(world_status(&world, "m", "a"), EXECUTION_SUCCEEDED);
    world_close(&world);
}

/* ---- timers ---- */

Test(shard, a_wait_ends_when_it_is_due)
{
    struct world world;
    world_open(&world);
    cr_assert_eq(shard_next_due_ms(world.shard), INT64_MAX);
    define(&world, "m", WAIT("5"));
    start(&world, "m", "a");
    cr_assert_eq(shard_next_due_ms(world.shard), WORLD_START_MS + 5000);
    world_advance(&world, 4999);
    cr_assert_eq(world_status(&world, "m", "a"), EXECUTION_RUNNING);
    cr_assert_eq(world_count(&world, KEY_TIMER), 1);
    world_advance(&world, 1);
    cr_assert_eq(world_status(&world, "m", "a"), EXECUTION_SUCCEEDED);
    cr_assert_eq(world_count(&world, KEY_TIMER), 0);
    cr_assert_eq(world_count(&world, KEY_FRAME), 0);
    world_run(&world);
    cr_assert_eq(shard_next_due_ms(world.shard), INT64_MAX);
    world_close(&world);
}

Test(shard, timers_survive_a_restart)
{
    struct world world;
    world_open(&world);
    define(&world, "m", WAIT("5"));
    start(&world, "m", "a");
    world_restart(&world);
    cr_assert_eq(shard_next_due_ms(world.shard), WORLD_START_MS + 5000);
    world_advance(&world, 60 * 1000);
    cr_assert_eq(world_status(&world, "m", "a"), EXECUTION_SUCCEEDED);
    world_close(&world);
}

Test(shard, more_timers_than_a_pass_takes_fire_in_order)
{
    enum { COUNT = 1201 };
    struct world world;
    world_open(&world);
    define(&world, "m", WAIT("5"));
    for (int i = 0; i < COUNT; i++) {
        struct call *call =
            call_submit(world.shard, OP_START, "{\"machine\":\"m\",\"name\":\"n%d\"}", i);
        if (i % 100 == 0) world.now_ms++;
        world_run(&world);
        call_free(call);
    }
    world_advance(&world, 6000);
    cr_assert_eq(world_count(&world, KEY_TIMER), 0);
    cr_assert_eq(world_metric(&world, "executions_succeeded_total"), COUNT);
    cr_assert_eq(world_metric(&world, "timers_fired_total"), COUNT);
    world_close(&world);
}

Test(shard, a_timer_before_all_others_is_not_missed)
{
    struct world world;
    world_open(&world);
    define(&world, "late", WAIT("100"));
    define(&world, "soon", WAIT("1"));
    start(&world, "late", "a");
    world_advance(&world, 50 * 1000); /* the hint now stands at the late one */
    start(&world, "soon", "b");
    cr_assert_eq(shard_next_due_ms(world.shard), world.now_ms + 1000);
    world_advance(&world, 1000);
    cr_assert_eq(world_status(&world, "soon", "b"), EXECUTION_SUCCEEDED);
    cr_assert_eq(world_status(&world, "late", "a"), EXECUTION_RUNNING);
    world_close(&world);
}

Test(shard, small_steps_back_of_the_clock_are_not_followed_large_ones_are)
{
    struct world world;
    world_open(&world);
    define(&world, "m", WAIT("5"));
    world_advance(&world, 1000);
    world_advance(&world, -900);
    start(&world, "m", "a");
    cr_assert_eq(shard_next_due_ms(world.shard), WORLD_START_MS + 6000);
    world_advance(&world, 10 * 365 * 86400000LL);
    cr_assert_eq(world_status(&world, "m", "a"), EXECUTION_SUCCEEDED);
    world_advance(&world, -10 * 365 * 86400000LL);
    start(&world, "m", "b");
    cr_assert_eq(shard_next_due_ms(world.shard), world.now_ms + 5000);
    world_close(&world);
}

/* ---- callbacks ---- */

Test(shard, a_callback_counts_once)
{
    struct world world;
    world_open(&world);
    define(&world, "m", CALLBACK(""));
    start(&world, "m", "a");
    cr_assert_eq(world_count(&world, KEY_WAITING), 1);
    cr_assert_eq(world_metric(&world, "waiting_tasks"), 1);
    world_advance(&world, 7500);
    cr_assert_eq(world_metric(&world, "oldest_waiting_seconds"), 7);
    str text = world_token(&world);
    cr_assert_eq(text.len, 44);
    (void)world_call(&world, OP_SUCCEED, "{\"token\":\"%.*s\",\"output\":\"{\\\"x\\\":1}\"}",
                     STR_ARGS(text));
    cr_assert_eq(world_status(&world, "m", "a"), EXECUTION_SUCCEEDED);
    json end = world_end(&world, "m", "a");
    cr_assert(str_eq(json_str_or(end, STR("output"), STR("")), STR("{\"x\":1}")));
    cr_assert_eq(world_count(&world, KEY_WAITING), 0);
    cr_assert_eq(world_metric(&world, "waiting_tasks"), 0);
    cr_assert_eq(world_metric(&world, "oldest_waiting_seconds"), 0);
    cr_assert_str_eq(world_event_types(&world, "m", "a"),
                     "ExecutionStarted TaskStateEntered TaskScheduled TaskStarted TaskSubmitted "
                     "TaskSucceeded TaskStateExited ExecutionSucceeded");
    world_refuse(&world, OP_SUCCEED, ERROR_TASK_TIMED_OUT, "{\"token\":\"%.*s\"}", STR_ARGS(text));
    world_refuse(&world, OP_SUCCEED, ERROR_INVALID_TOKEN, "{\"token\":\"%.*sx\"}", STR_ARGS(text));
    world_close(&world);
}

Test(shard, the_waiting_entry_says_who_waits)
{
    struct world world;
    struct key key;
    str text;
    json value;
    struct error err;
    world_open(&world);
    define(&world, "m", CALLBACK(""));
    start(&world, "m", "a");
    key_waiting(&key, 1, WORLD_START_MS, 1, 0);
    cr_assert(world_get(&world, &key, &text));
    cr_assert(json_parse(text, &world.arena, &value, &err));
    cr_assert(str_eq(json_str_or(value, STR("machine"), STR("")), STR("m")));
    cr_assert(str_eq(json_str_or(value, STR("execution"), STR("")), STR("a")));
    cr_assert(str_eq(json_str_or(value, STR("state"), STR("")), STR("C")));
    world_close(&world);
}

Test(shard, waiting_tasks_are_counted_anew_after_a_restart)
{
    struct world world;
    world_open(&world);
    define(&world, "m", CALLBACK(""));
    start(&world, "m", "a");
    start(&world, "m", "b");
    world_restart(&world);
    start(&world, "m", "c");
    cr_assert_eq(world_metric(&world, "waiting_tasks"), 3);
    world_close(&world);
}

Test(shard, a_task_that_times_out_is_closed)
{
    struct world world;
    world_open(&world);
    define(&world, "m", CALLBACK("\\\"TimeoutSeconds\\\":10,"));
    start(&world, "m", "a");
    str text = world_token(&world);
    world_advance(&world, 10 * 1000);
    cr_assert_eq(world_status(&world, "m", "a"), EXECUTION_FAILED);
    cr_assert_eq(world_count(&world, KEY_WAITING), 0);
    world_refuse(&world, OP_SUCCEED, ERROR_TASK_TIMED_OUT, "{\"token\":\"%.*s\"}", STR_ARGS(text));
    world_close(&world);
}

Test(shard, heartbeats_keep_a_task_open)
{
    struct world world;
    world_open(&world);
    define(&world, "m", CALLBACK("\\\"HeartbeatSeconds\\\":10,"));
    start(&world, "m", "a");
    str text = world_token(&world);
    for (int i = 0; i < 5; i++) {
        world_advance(&world, 9 * 1000);
        (void)world_call(&world, OP_HEARTBEAT, "{\"token\":\"%.*s\"}", STR_ARGS(text));
    }
    cr_assert_eq(world_status(&world, "m", "a"), EXECUTION_RUNNING);
    world_advance(&world, 11 * 1000);
    cr_assert_eq(world_status(&world, "m", "a"), EXECUTION_FAILED);
    world_close(&world);
}

Test(shard, stopping_an_execution_closes_its_task)
{
    struct world world;
    world_open(&world);
    define(&world, "m", CALLBACK("\\\"TimeoutSeconds\\\":10,"));
    start(&world, "m", "a");
    (void)world_call(&world, OP_STOP, "{\"machine\":\"m\",\"name\":\"a\"}");
    cr_assert_eq(world_status(&world, "m", "a"), EXECUTION_ABORTED);
    cr_assert_eq(world_count(&world, KEY_WAITING), 0);
    cr_assert_eq(world_count(&world, KEY_TIMER), 0);
    cr_assert_eq(world_metric(&world, "executions_aborted_total"), 1);
    world_refuse(&world, OP_STOP, ERROR_EXECUTION_DOES_NOT_EXIST,
                 "{\"machine\":\"m\",\"name\":\"a\"}");
    world_close(&world);
}

/* ---- crashes ---- */

Test(shard, a_crash_keeps_what_was_acknowledged)
{
    struct world world;
    struct key key;
    str value;
    world_open(&world);
    define(&world, "m", CALLBACK(""));
    start(&world, "m", "kept");
    struct call *call = call_submit(world.shard, OP_START, "{\"machine\":\"m\",\"name\":\"lost\"}");
    (void)shard_step(world.shard);
    world_crash(&world, 0);
    cr_assert(!call_is_done(call));
    call_free(call);
    cr_assert_eq(world_status(&world, "m", "kept"), EXECUTION_RUNNING);
    key_name(&key, 1, STR("m"), STR("lost"));
    cr_assert(!world_get(&world, &key, &value));
    /* Nobody can tell which serials the lost batches used: a new block begins. */
    json again = world_call(&world, OP_START, "{\"machine\":\"m\",\"name\":\"lost\"}");
    cr_assert_eq(json_i64_or(again, STR("serial"), 0), 1 + SHARD_SERIAL_BLOCK);
    world_close(&world);
}

/* Whatever a crash leaves of two callbacks, each execution is as before or as after. */
Test(shard, a_crash_leaves_whole_batches)
{
    for (size_t keep = 0; keep <= 2; keep++) {
        struct world world;
        world_open(&world);
        define(&world, "m", CALLBACK(""));
        start(&world, "m", "a");
        str a = world_token(&world);
        start(&world, "m", "b");
        str b = world_token(&world);
        struct call *first =
            call_submit(world.shard, OP_SUCCEED, "{\"token\":\"%.*s\"}", STR_ARGS(a));
        struct call *second =
            call_submit(world.shard, OP_SUCCEED, "{\"token\":\"%.*s\"}", STR_ARGS(b));
        (void)shard_step(world.shard);
        cr_assert_eq(store_unsynced(world.store), 2);
        world_crash(&world, keep);
        cr_assert_eq(world_status(&world, "m", "a"),
                     keep >= 1 ? EXECUTION_SUCCEEDED : EXECUTION_RUNNING);
        cr_assert_eq(world_status(&world, "m", "b"),
                     keep >= 2 ? EXECUTION_SUCCEEDED : EXECUTION_RUNNING);
        cr_assert_eq(world_count(&world, KEY_FRAME), 2 - keep);
        cr_assert_eq(world_count(&world, KEY_WAITING), 2 - keep);
        call_free(first);
        call_free(second);
        /* The client, who has no answer, calls again. */
        if (keep < 2)
            (void)world_call(&world, OP_SUCCEED, "{\"token\":\"%.*s\"}", STR_ARGS(b));
        else
            world_refuse(&world, OP_SUCCEED, ERROR_TASK_TIMED_OUT, "{\"token\":\"%.*s\"}",
                         STR_ARGS(b));
        cr_assert_eq(world_status(&world, "m", "b"), EXECUTION_SUCCEEDED);
        world_close(&world);
    }
}

/* ---- limits ---- */

Test(shard, a_full_inbox_refuses)
{
    struct world world;
    world_open(&world);
    struct call **calls = malloc(sizeof(struct call *) * (SHARD_INBOX_MAX + 1));
    for (size_t i = 0; i <= SHARD_INBOX_MAX; i++) {
        calls[i] = call_submit(world.shard, OP_HEARTBEAT, "{}");
        cr_assert_eq(call_is_done(calls[i]), i == SHARD_INBOX_MAX);
    }
    cr_assert_eq(calls[SHARD_INBOX_MAX]->request.error.code, ERROR_OVERLOADED);
    cr_assert_eq(world_metric(&world, "inbox_depth"), SHARD_INBOX_MAX);
    world_run(&world);
    cr_assert_eq(world_metric(&world, "inbox_depth"), 0);
    for (size_t i = 0; i <= SHARD_INBOX_MAX; i++) {
        cr_assert(call_is_done(calls[i]));
        call_free(calls[i]);
    }
    free(calls);
    world_close(&world);
}

Test(shard, an_endless_execution_leaves_room_for_others)
{
    struct world world;
    world_open(&world);
    define(&world, "loop",
           "{\\\"StartAt\\\":\\\"P\\\",\\\"States\\\":{\\\"P\\\":{\\\"Type\\\":\\\"Choice\\\","
           "\\\"Choices\\\":[{\\\"Variable\\\":\\\"$.end\\\","
           "\\\"IsPresent\\\":true,\\\"Next\\\":\\\"E\\\"}],\\\"Default\\\":\\\"L\\\"},\\\"L\\\":{"
           "\\\"Type\\\":\\\"Pass\\\",\\\"Next\\\":\\\"P\\\"},"
           "\\\"E\\\":{\\\"Type\\\":\\\"Succeed\\\"}}}");
    define(&world, "m", PASS);
    struct call *loop = call_submit(world.shard, OP_START, "{\"machine\":\"loop\",\"name\":\"a\"}");
    cr_assert_eq(shard_step(world.shard), 1);
    cr_assert_eq(world_count(&world, KEY_TIMER), 1);
    struct call *other = call_submit(world.shard, OP_START, "{\"machine\":\"m\",\"name\":\"b\"}");
    cr_assert_eq(shard_step(world.shard), 2); /* a turn of the loop, and the other */
    shard_sync(world.shard);
    cr_assert(call_is_done(other));
    /* It ends when its history is full. */
    world_run(&world);
    cr_assert_eq(world_status(&world, "loop", "a"), EXECUTION_FAILED);
    call_free(loop);
    call_free(other);
    world_close(&world);
}

Test(shard, a_replaced_definition_is_compiled_anew)
{
    struct world world;
    world_open(&world);
    define(&world, "m", PASS);
    start(&world, "m", "a");
    define(&world, "m", WAIT("5"));
    start(&world, "m", "b");
    cr_assert_eq(world_status(&world, "m", "a"), EXECUTION_SUCCEEDED);
    cr_assert_eq(world_status(&world, "m", "b"), EXECUTION_RUNNING);
    world_close(&world);
}

Test(shard, more_machines_than_the_cache_holds)
{
    struct world world;
    char name[16];
    world_open(&world);
    for (int i = 0; i <= SHARD_MACHINE_CACHE_MAX; i++) {
        snprintf(name, sizeof name, "m%d", i);
        define(&world, name, PASS);
        start(&world, name, "a");
    }
    for (int i = 0; i <= SHARD_MACHINE_CACHE_MAX; i++) {
        snprintf(name, sizeof name, "m%d", i);
        start(&world, name, "b");
    }
    cr_assert_eq(world_metric(&world, "executions_succeeded_total"),
                 2 * (SHARD_MACHINE_CACHE_MAX + 1));
    world_close(&world);
}

Test(shard, an_integration_that_is_not_there_fails_the_task)
{
    struct world world;
    world_open(&world);
    define(&world, "m",
           "{\\\"StartAt\\\":\\\"T\\\",\\\"States\\\":{\\\"T\\\":{\\\"Type\\\":\\\"Task\\\","
           "\\\"Resource\\\":\\\"arn:aws:states:::dynamodb:getItem\\\",\\\"Parameters\\\":{"
           "\\\"TableName\\\":\\\"t\\\",\\\"Key\\\":{}},\\\"End\\\":true}}}");
    start(&world, "m", "a");
    cr_assert_eq(world_status(&world, "m", "a"), EXECUTION_FAILED);
    json end = world_end(&world, "m", "a");
    cr_assert(str_eq(json_str_or(end, STR("error"), STR("")), STR("States.TaskFailed")));
    cr_assert(str_eq(json_str_or(end, STR("cause"), STR("")),
                     STR("The integration 'dynamodb:getItem' is not served by this Baton.")));
    cr_assert_eq(world_count(&world, KEY_TIMER), 0);
    world_close(&world);
}
