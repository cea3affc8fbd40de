/* Executions that start executions, Express executions, and the bounds on both. */
#include <criterion/criterion.h>

#include "shard/support_test.h"

#define CALL(pattern, machine, extra)                                                              \
    "{\\\"StartAt\\\":\\\"S\\\",\\\"States\\\":{\\\"S\\\":{\\\"Type\\\":\\\"Task\\\","             \
    "\\\"Resource\\\":\\\"arn:aws:states:::states:startExecution" pattern "\\\"," extra            \
    "\\\"Parameters\\\":{\\\"StateMachineArn\\\":\\\"arn:aws:states:us-east-1:000000000000:"       \
    "stateMachine:" machine "\\\",\\\"Input.$\\\":\\\"$\\\"},\\\"End\\\":true}}}"
#define NAMED(pattern, machine)                                                                    \
    "{\\\"StartAt\\\":\\\"S\\\",\\\"States\\\":{\\\"S\\\":{\\\"Type\\\":\\\"Task\\\","             \
    "\\\"Resource\\\":\\\"arn:aws:states:::states:startExecution" pattern "\\\","                  \
    "\\\"Parameters\\\":{\\\"StateMachineArn\\\":\\\"arn:aws:states:us-east-1:000000000000:"       \
    "stateMachine:" machine                                                                        \
    "\\\",\\\"Name\\\":\\\"child\\\",\\\"Input\\\":{}},\\\"End\\\":true}}}"

/* The child of the recorded case base_callbacks.sfn_start_execution_sync. */
#define PASS_RESULT                                                                                \
    "{\\\"StartAt\\\":\\\"State_1\\\",\\\"States\\\":{\\\"State_1\\\":{\\\"Type\\\":\\\"Pass\\\"," \
    "\\\"Result\\\":{\\\"Arg1\\\":\\\"argument1\\\"},\\\"End\\\":true}}}"
#define WAIT_5                                                                                     \
    "{\\\"StartAt\\\":\\\"W\\\",\\\"States\\\":{\\\"W\\\":{\\\"Type\\\":\\\"Wait\\\","             \
    "\\\"Seconds\\\":5,\\\"End\\\":true}}}"

static void define(struct world *world, const char *machine, const char *definition,
                   const char *type)
{
    (void)world_call(world, OP_DEFINE, "{\"machine\":\"%s\",\"definition\":\"%s\",\"type\":\"%s\"}",
                     machine, definition, type);
}

static void start(struct world *world, const char *machine, const char *name)
{
    (void)world_call(world, OP_START, "{\"machine\":\"%s\",\"name\":\"%s\"}", machine, name);
}

static json parse(struct world *world, str text)
{
    json value;
    struct error err;
    cr_assert(json_parse(text, &world->arena, &value, &err), "%.*s", STR_ARGS(text));
    return value;
}

static const char *keys_of(struct world *world, json object)
{
    struct buf out;
    buf_init(&out, &world->arena);
    for (size_t i = 0; i < json_count(object); i++) {
        if (i > 0) buf_add_char(&out, ' ');
        buf_add(&out, json_key_at(object, i));
    }
    return arena_cstr(&world->arena, buf_str(&out));
}

static json output_of(struct world *world, const char *machine, const char *name)
{
    json end = world_end(world, machine, name);
    return parse(world, json_str_or(end, STR("output"), STR("")));
}

/* Expected fields and values: local_mocking/base_callbacks.sfn_start_execution_sync.SFN_SYNC and
 * callback/callback.start_execution_sync2 of AWS's record. */
Test(nested, sync_gives_the_description_of_the_child)
{
    static const struct {
        const char *pattern, *definition, *input, *output;
    } rows[] = {
        { ".sync", NAMED(".sync", "child"), "\"{}\"", "\"{\\\"Arg1\\\":\\\"argument1\\\"}\"" },
        { ".sync:2", NAMED(".sync:2", "child"), "{}", "{\"Arg1\":\"argument1\"}" },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct world world;
        world_open(&world);
        define(&world, "child", PASS_RESULT, "STANDARD");
        define(&world, "parent", rows[i].definition, "STANDARD");
        start(&world, "parent", "p");
        cr_assert_eq(world_status(&world, "child", "child"), EXECUTION_SUCCEEDED);
        cr_assert_eq(world_status(&world, "parent", "p"), EXECUTION_SUCCEEDED);
        cr_assert_str_eq(world_event_types(&world, "parent", "p"),
                         "ExecutionStarted TaskStateEntered TaskScheduled TaskStarted "
                         "TaskSubmitted TaskSucceeded TaskStateExited ExecutionSucceeded");
        json output = output_of(&world, "parent", "p");
        cr_assert_str_eq(keys_of(&world, output),
                         "ExecutionArn Input InputDetails Name Output OutputDetails RedriveCount "
                         "RedriveStatus RedriveStatusReason StartDate StateMachineArn Status "
                         "StopDate");
        cr_assert(
            json_equal(*json_find(output, STR("Input")), parse(&world, str_from(rows[i].input))));
        cr_assert(
            json_equal(*json_find(output, STR("Output")), parse(&world, str_from(rows[i].output))));
        cr_assert(str_eq(json_str_or(output, STR("ExecutionArn"), STR("")),
                         STR("arn:aws:states:us-east-1:000000000000:execution:child:child")));
        cr_assert(str_eq(json_str_or(output, STR("Status"), STR("")), STR("SUCCEEDED")));
        cr_assert_eq(json_i64_or(output, STR("StartDate"), 0), WORLD_START_MS);
        world_close(&world);
    }
}

Test(nested, a_failed_child_fails_the_task_with_its_description)
{
    struct world world;
    world_open(&world);
    define(&world, "child",
           "{\\\"StartAt\\\":\\\"F\\\",\\\"States\\\":{\\\"F\\\":{\\\"Type\\\":\\\"Fail\\\","
           "\\\"Error\\\":\\\"E\\\"}}}",
           "STANDARD");
    define(&world, "parent", NAMED(".sync", "child"), "STANDARD");
    start(&world, "parent", "p");
    json end = world_end(&world, "parent", "p");
    cr_assert(str_eq(json_str_or(end, STR("error"), STR("")), STR("States.TaskFailed")));
    json cause = parse(&world, json_str_or(end, STR("cause"), STR("")));
    /* callback/callback.start_execution_sync_delegate_timeout, and the later Redrive fields. */
    cr_assert_str_eq(keys_of(&world, cause),
                     "Error ExecutionArn Input InputDetails Name RedriveCount RedriveStatus "
                     "StartDate StateMachineArn Status StopDate");
    cr_assert(str_eq(json_str_or(cause, STR("Error"), STR("")), STR("E")));
    cr_assert(str_eq(json_str_or(cause, STR("Status"), STR("")), STR("FAILED")));
    world_close(&world);
}

Test(nested, a_parent_waits_across_transactions_and_restarts)
{
    struct world world;
    world_open(&world);
    define(&world, "child", WAIT_5, "STANDARD");
    define(&world, "parent", NAMED(".sync:2", "child"), "STANDARD");
    start(&world, "parent", "p");
    cr_assert_eq(world_status(&world, "parent", "p"), EXECUTION_RUNNING);
    world_restart(&world);
    world_advance(&world, 5000);
    cr_assert_eq(world_status(&world, "child", "child"), EXECUTION_SUCCEEDED);
    cr_assert_eq(world_status(&world, "parent", "p"), EXECUTION_SUCCEEDED);
    cr_assert_eq(world_count(&world, KEY_FRAME), 0);
    world_close(&world);
}

Test(nested, stopping_a_parent_stops_its_child)
{
    struct world world;
    world_open(&world);
    define(&world, "child", WAIT_5, "STANDARD");
    define(&world, "parent", NAMED(".sync", "child"), "STANDARD");
    start(&world, "parent", "p");
    (void)world_call(&world, OP_STOP, "{\"machine\":\"parent\",\"name\":\"p\"}");
    cr_assert_eq(world_status(&world, "parent", "p"), EXECUTION_ABORTED);
    cr_assert_eq(world_status(&world, "child", "child"), EXECUTION_ABORTED);
    cr_assert_eq(world_count(&world, KEY_FRAME), 2, "at rest");
    cr_assert_eq(world_count(&world, KEY_TIMER), 0);
    world_close(&world);
}

Test(nested, a_child_that_is_stopped_fails_its_parent)
{
    struct world world;
    world_open(&world);
    define(&world, "child", WAIT_5, "STANDARD");
    define(&world, "parent", NAMED(".sync", "child"), "STANDARD");
    start(&world, "parent", "p");
    (void)world_call(&world, OP_STOP, "{\"machine\":\"child\",\"name\":\"child\"}");
    cr_assert_eq(world_status(&world, "parent", "p"), EXECUTION_FAILED);
    json cause =
        parse(&world, json_str_or(world_end(&world, "parent", "p"), STR("cause"), STR("")));
    cr_assert(str_eq(json_str_or(cause, STR("Status"), STR("")), STR("ABORTED")));
    world_close(&world);
}

Test(nested, executions_that_start_themselves_leave_room_for_others)
{
    struct world world;
    world_open(&world);
    define(&world, "self", CALL("", "self", ""), "STANDARD");
    struct call *call =
        call_submit(world.shard, OP_START, "{\"machine\":\"self\",\"name\":\"first\"}");
    cr_assert_eq(shard_step(world.shard), 1);
    /* The one beyond the bound has its records, and a timer for its first turn. */
    cr_assert_eq(world_count(&world, KEY_END), ENGINE_NESTING_DEPTH_MAX + 1);
    cr_assert_eq(world_count(&world, KEY_EXECUTION), ENGINE_NESTING_DEPTH_MAX + 2);
    cr_assert_eq(world_count(&world, KEY_TIMER), 1);
    cr_assert_eq(shard_step(world.shard), 1);
    cr_assert_eq(world_count(&world, KEY_END), 2 * (ENGINE_NESTING_DEPTH_MAX + 1));
    /* Also after a crash. */
    shard_sync(world.shard);
    world_restart(&world);
    cr_assert_eq(shard_step(world.shard), 1);
    cr_assert_eq(world_count(&world, KEY_END), 3 * (ENGINE_NESTING_DEPTH_MAX + 1));
    call_free(call);
    world_close(&world);
}

/* A branch with a state of the name `state` that starts `machine`. */
#define BRANCH(state, machine)                                                                     \
    "{\\\"StartAt\\\":\\\"" state "\\\",\\\"States\\\":{\\\"" state "\\\":{"                       \
    "\\\"Type\\\":\\\"Task\\\",\\\"Resource\\\":\\\"arn:aws:states:::states:startExecution\\\","   \
    "\\\"Parameters\\\":{\\\"StateMachineArn\\\":\\\"arn:aws:states:us-east-1:000000000000:"       \
    "stateMachine:" machine "\\\"},\\\"End\\\":true}}}"

Test(nested, executions_that_multiply_leave_room_for_others)
{
    struct world world;
    world_open(&world);
    define(&world, "twice",
           "{\\\"StartAt\\\":\\\"P\\\",\\\"States\\\":{\\\"P\\\":{\\\"Type\\\":\\\"Parallel\\\","
           "\\\"Branches\\\":[" BRANCH("A", "twice") "," BRANCH("B", "twice") "],"
                                                                              "\\\"End\\\":true}}}",
           "STANDARD");
    struct call *call =
        call_submit(world.shard, OP_START, "{\"machine\":\"twice\",\"name\":\"first\"}");
    cr_assert_eq(shard_step(world.shard), 1);
    cr_assert_leq(world_count(&world, KEY_END), SHARD_TXN_STARTS_MAX);
    cr_assert_gt(world_count(&world, KEY_TIMER), 0);
    shard_sync(world.shard);
    cr_assert(call_is_done(call));
    call_free(call);
    world_close(&world);
}

/* ---- Express ---- */

Test(express, a_synchronous_start_answers_at_the_end)
{
    struct world world;
    world_open(&world);
    define(&world, "express", WAIT_5, "EXPRESS");
    size_t before = world_count(&world, KEY_META);
    struct call *call =
        call_submit(world.shard, OP_START_SYNC,
                    "{\"machine\":\"express\",\"name\":\"x\",\"type\":\"EXPRESS\"}");
    world_run(&world);
    cr_assert(!call_is_done(call));
    cr_assert_eq(shard_next_due_ms(world.shard), WORLD_START_MS + 5000);
    cr_assert_eq(world_metric(&world, "parked_requests"), 1);
    world_advance(&world, 5000);
    json answer = parse(&world, call_reply(call));
    cr_assert(str_eq(json_str_or(answer, STR("status"), STR("")), STR("SUCCEEDED")));
    str arn = json_str_or(answer, STR("arn"), STR(""));
    cr_assert(
        str_starts_with(arn, STR("arn:aws:states:us-east-1:000000000000:express:express:x:")));
    /* Nothing of it is in the store but the block of serials. */
    cr_assert_eq(world_count(&world, KEY_META), before + 1);
    cr_assert_eq(world_count(&world, KEY_EXECUTION), 0);
    cr_assert_eq(world_count(&world, KEY_TIMER), 0);
    call_free(call);
    world_close(&world);
}

Test(express, a_synchronous_start_may_have_a_deadline)
{
    struct world world;
    struct call *calls[2];
    world_open(&world);
    define(&world, "express", WAIT_5, "EXPRESS");
    for (int i = 0; i < 2; i++)
        calls[i] = call_submit(
            world.shard, OP_START_SYNC,
            "{\"machine\":\"express\",\"name\":\"x\",\"type\":\"EXPRESS\",\"deadline\":%lld}",
            (long long)WORLD_START_MS + 1000 + 9000 * i);
    world_run(&world);
    cr_assert_eq(shard_next_due_ms(world.shard), WORLD_START_MS + 1000);
    world_advance(&world, 999);
    cr_assert(!call_is_done(calls[0]));
    world_advance(&world, 1);
    cr_assert(call_is_done(calls[0]));
    cr_assert(calls[0]->request.is_late);
    cr_assert_eq(calls[0]->request.error.code, ERROR_OVERLOADED);
    cr_assert(!call_is_done(calls[1]));
    world_advance(&world, 4000);
    cr_assert(call_is_done(calls[1]));
    cr_assert(!calls[1]->request.is_late);
    cr_assert_eq(calls[1]->request.error.code, ERROR_NONE);
    for (int i = 0; i < 2; i++)
        call_free(calls[i]);
    world_close(&world);
}

Test(express, its_arn_stays_the_same_across_turns)
{
    struct world world;
    world_open(&world);
    define(&world, "express",
           "{\\\"StartAt\\\":\\\"I\\\",\\\"States\\\":{\\\"I\\\":{\\\"Type\\\":\\\"Pass\\\","
           "\\\"Parameters\\\":{\\\"id.$\\\":\\\"$$.Execution.Id\\\"},"
           "\\\"Next\\\":\\\"W\\\"},\\\"W\\\":{\\\"Type\\\":\\\"Wait\\\",\\\"Seconds\\\":5,"
           "\\\"End\\\":true}}}",
           "EXPRESS");
    struct call *call =
        call_submit(world.shard, OP_START_SYNC,
                    "{\"machine\":\"express\",\"name\":\"x\",\"type\":\"EXPRESS\"}");
    world_run(&world);
    world_advance(&world, 5000);
    json answer = parse(&world, call_reply(call));
    const json *output = json_find(answer, STR("output"));
    cr_assert(output != NULL);
    str arn = json_str_or(answer, STR("arn"), STR("?"));
    cr_assert(str_eq(json_str_or(*output, STR("id"), STR("")), arn), "%.*s", STR_ARGS(arn));
    call_free(call);
    world_close(&world);
}

Test(express, a_standard_execution_may_start_one)
{
    struct world world;
    world_open(&world);
    define(&world, "express", WAIT_5, "EXPRESS");
    define(&world, "parent", NAMED("", "express"), "STANDARD");
    start(&world, "parent", "p");
    cr_assert_eq(world_status(&world, "parent", "p"), EXECUTION_SUCCEEDED);
    cr_assert_eq(world_metric(&world, "executions_started_total"), 2);
    world_advance(&world, 5000);
    cr_assert_eq(world_metric(&world, "executions_succeeded_total"), 2);
    cr_assert_eq(world_count(&world, KEY_EXECUTION), 1);
    world_close(&world);
}

Test(express, a_client_that_has_gone_is_let_go)
{
    struct world world;
    world_open(&world);
    define(&world, "express", WAIT_5, "EXPRESS");
    struct call *call =
        call_submit(world.shard, OP_START_SYNC,
                    "{\"machine\":\"express\",\"name\":\"x\",\"type\":\"EXPRESS\"}");
    world_run(&world);
    shard_cancel(world.shard, &call->request);
    (void)shard_step(world.shard);
    cr_assert(call_is_done(call));
    call_free(call);
    world_advance(&world, 5000);
    cr_assert_eq(world_metric(&world, "executions_succeeded_total"), 1);
    world_close(&world);
}

Test(express, it_ends_after_five_minutes)
{
    struct world world;
    world_open(&world);
    define(&world, "express",
           "{\\\"StartAt\\\":\\\"W\\\",\\\"States\\\":{\\\"W\\\":{\\\"Type\\\":\\\"Wait\\\","
           "\\\"Seconds\\\":1000,\\\"End\\\":true}}}",
           "EXPRESS");
    struct call *call =
        call_submit(world.shard, OP_START_SYNC,
                    "{\"machine\":\"express\",\"name\":\"x\",\"type\":\"EXPRESS\"}");
    world_run(&world);
    world_advance(&world, ENGINE_EXPRESS_MS_MAX);
    json answer = parse(&world, call_reply(call));
    cr_assert(str_eq(json_str_or(answer, STR("status"), STR("")), STR("TIMED_OUT")));
    cr_assert_eq(shard_next_due_ms(world.shard), INT64_MAX);
    call_free(call);
    world_close(&world);
}
