/* RedriveExecution: who may, what is told of it, and that asking twice is asking once. Expected
 * from the API reference ("RedriveExecution", "DescribeExecution", "ListExecutions"). */
#include <criterion/criterion.h>
#include <stdio.h>

#include "services/states/support_test.h"

#define M "'stateMachineArn':'" MACHINE "m'"
#define E "'executionArn':'" EXECUTION "m:e'"

static const int64_t MINUTE_MS = INT64_C(60) * 1000;
static const int64_t DAY_MS = INT64_C(24) * 60 * 60 * 1000;

/* One that waits for a token and has been stopped. */
static void open_stopped(struct api *api)
{
    api_open(api);
    api_create_waiting(api, "m");
    api_call(api, "StartExecution", "{" M ",'name':'e'}");
    api_call(api, "StopExecution", "{" E ",'error':'X','cause':'because'}");
}

static void refused(struct api *api, const char *reason)
{
    str message = arena_printf(&api->arena, "ExecutionNotRedrivable: %s", reason);
    str described = arena_printf(
        &api->arena, "{'redriveStatus':'NOT_REDRIVABLE','redriveStatusReason':'%s'}", reason);
    api_expect_error(api, "RedriveExecution", "{" E "}", arena_cstr(&api->arena, message));
    api_expect(api, "DescribeExecution", "{" E "}", arena_cstr(&api->arena, described));
}

static str waiting_token(struct api *api)
{
    str answer = api_call(api, "ListWaitingTasks", "{}");
    return api_field(api, answer, "waitingTasks.0.taskToken");
}

static bool has_field(str answer, const char *name)
{
    return str_find(answer, str_from(name), 0) < answer.len;
}

Test(redrive, is_described_and_listed)
{
    struct api api;
    open_stopped(&api);
    api_expect(&api, "ListExecutions", "{" M ",'redriveFilter':'NOT_REDRIVEN'}",
               "{'executions':[{'name':'e','status':'ABORTED','redriveCount':0}]}");
    str before = api_call(&api, "DescribeExecution", "{" E "}");
    cr_expect(!has_field(before, "redriveDate"));
    for (int count = 1; count <= 2; count++) {
        str date = arena_printf(&api.arena, "'redriveDate':17000000%02d.123", count * 10);
        api.now_ms = 1700000000123 + count * 10 * 1000;
        str answer = arena_printf(&api.arena, "{%.*s}", STR_ARGS(date));
        api_expect(&api, "RedriveExecution", "{" E "}", arena_cstr(&api.arena, answer));
        str running = arena_printf(
            &api.arena,
            "{'status':'RUNNING','redriveCount':%d,%.*s,'redriveStatus':'NOT_REDRIVABLE',"
            "'redriveStatusReason':'Execution is RUNNING and cannot be redriven',"
            "'startDate':1700000000.123}",
            count, STR_ARGS(date));
        api_expect(&api, "DescribeExecution", "{" E "}", arena_cstr(&api.arena, running));
        str described = api_call(&api, "DescribeExecution", "{" E "}");
        cr_expect(!has_field(described, "stopDate") && !has_field(described, "\"error\""));
        str listed = arena_printf(
            &api.arena, "{'executions':[{'name':'e','status':'RUNNING','redriveCount':%d,%.*s}]}",
            count, STR_ARGS(date));
        api_expect(&api, "ListExecutions", "{" M ",'statusFilter':'RUNNING'}",
                   arena_cstr(&api.arena, listed));
        api_expect(&api, "ListExecutions", "{" M ",'statusFilter':'ABORTED'}", "{'executions':[]}");
        refused(&api, "Execution is RUNNING and cannot be redriven");
        api_reopen(&api); /* all of it is durable */
        api.now_ms += 1000;
        api_call(&api, "StopExecution", "{" E "}");
        str ended = arena_printf(&api.arena,
                                 "{'status':'ABORTED','redriveCount':%d,%.*s,"
                                 "'redriveStatus':'REDRIVABLE','stopDate':17000000%02d.123}",
                                 count, STR_ARGS(date), count * 10 + 1);
        api_expect(&api, "DescribeExecution", "{" E "}", arena_cstr(&api.arena, ended));
        listed = arena_printf(
            &api.arena, "{'executions':[{'name':'e','status':'ABORTED','redriveCount':%d,%.*s}]}",
            count, STR_ARGS(date));
        api_expect(&api, "ListExecutions", "{" M ",'redriveFilter':'REDRIVEN'}",
                   arena_cstr(&api.arena, listed));
        api_expect(&api, "ListExecutions", "{" M ",'redriveFilter':'NOT_REDRIVEN'}",
                   "{'executions':[]}");
        api_expect(&api, "ListExecutions", "{" M ",'statusFilter':'RUNNING'}", "{'executions':[]}");
    }
    api_expect(&api, "GetExecutionHistory", "{" E ",'maxResults':3,'reverseOrder':true}",
               "{'events':[{'type':'ExecutionAborted'},{'type':'ActivityScheduled'},"
               "{'type':'ExecutionRedriven','executionRedrivenEventDetails':{'redriveCount':2}}]}");
    api_close(&api);
}

Test(redrive, the_task_has_a_new_token)
{
    struct api api;
    open_stopped(&api);
    api_call(&api, "RedriveExecution", "{" E "}");
    str first = waiting_token(&api);
    api_call(&api, "StopExecution", "{" E "}");
    api_call(&api, "RedriveExecution", "{" E "}");
    str second = waiting_token(&api);
    cr_assert(!str_eq(first, second));
    for (int i = 0; i < 2; i++) {
        str params = arena_printf(&api.arena, "{'taskToken':'%.*s','output':'{}'}",
                                  STR_ARGS(i == 0 ? first : second));
        str answer = api_call(&api, "SendTaskSuccess", arena_cstr(&api.arena, params));
        cr_expect_eq(str_starts_with(answer, STR("TaskTimedOut")), i == 0, "%.*s",
                     STR_ARGS(answer));
    }
    refused(&api, "Execution is SUCCEEDED and cannot be redriven");
    struct buf metrics;
    buf_init(&metrics, &api.arena);
    shard_metrics(api.shard, &metrics);
    cr_expect(has_field(buf_str(&metrics), "\nbaton_executions_redriven_total 2\n"));
    api_close(&api);
}

Test(redrive, has_its_time)
{
    struct api api;
    open_stopped(&api);
    api.now_ms += 14 * DAY_MS;
    api_expect(&api, "DescribeExecution", "{" E "}", "{'redriveStatus':'REDRIVABLE'}");
    api_expect(&api, "RedriveExecution", "{" E "}", "{}");
    api_call(&api, "StopExecution", "{" E "}"); /* the period begins anew */
    api.now_ms += 14 * DAY_MS;
    api_expect(&api, "DescribeExecution", "{" E "}", "{'redriveStatus':'REDRIVABLE'}");
    api.now_ms++;
    refused(&api, "Execution redrivable period exceeded");
    api_close(&api);
}

Test(redrive, an_execution_lives_a_year)
{
    struct api api;
    api_open(&api);
    api_create_waiting(&api, "m");
    api_call(&api, "StartExecution", "{" M ",'name':'e'}");
    api.now_ms += 365 * DAY_MS;
    api_call(&api, "StopExecution", "{" E "}");
    api_expect(&api, "DescribeExecution", "{" E "}", "{'redriveStatus':'REDRIVABLE'}");
    api.now_ms++;
    refused(&api, "Execution has exceeded the max execution time");
    api_close(&api);
}

Test(redrive, is_over_with_the_state_machine)
{
    struct api api;
    open_stopped(&api);
    api.now_ms++;
    api_call(&api, "DeleteStateMachine", "{" M "}");
    refused(&api, "State machine is in DELETING status");
    api_run(&api);
    api_create_waiting(&api, "m"); /* another one of that name */
    refused(&api, "State machine is in DELETING status");
    api_close(&api);
}

Test(redrive, wants_the_execution_of_a_standard_machine)
{
    struct api api;
    api_open(&api);
    api_expect_error(&api, "RedriveExecution", "{'executionArn':'" EXECUTION "m:none'}",
                     "ExecutionDoesNotExist: Execution Does Not Exist: '" EXECUTION "m:none'");
    api_expect_error(&api, "RedriveExecution",
                     "{'executionArn':'arn:aws:states:us-east-1:000000000000:express:m:e:u'}",
                     "InvalidArn: Invalid Arn: 'Resource type not valid in this context: express'");
    api_expect_error(&api, "RedriveExecution", "{'executionArn':'x'}",
                     "InvalidArn: Invalid Arn: 'Invalid ARN prefix: x'");
    api_close(&api);
}

/* ---- client tokens ---- */

static str ask(struct api *api, const char *asker)
{
    str params = arena_printf(&api->arena, "{" E ",'clientToken':'%s'}", asker);
    return api_call(api, "RedriveExecution", arena_cstr(&api->arena, params));
}

static void expect_count(struct api *api, int count)
{
    str expected = arena_printf(&api->arena, "{'redriveCount':%d}", count);
    api_expect(api, "DescribeExecution", "{" E "}", arena_cstr(&api->arena, expected));
}

Test(redrive, a_client_token_redrives_once)
{
    struct api api;
    open_stopped(&api);
    str first = ask(&api, "one");
    api.now_ms += 15 * MINUTE_MS;
    cr_expect(str_eq(ask(&api, "one"), first), "while it runs");
    api_call(&api, "StopExecution", "{" E "}");
    api_reopen(&api);
    cr_expect(str_eq(ask(&api, "one"), first), "and when it has ended again");
    expect_count(&api, 1);
    cr_expect(!str_eq(ask(&api, "two"), first));
    expect_count(&api, 2);
    cr_expect(str_starts_with(ask(&api, "three"), STR("ExecutionNotRedrivable")), "it runs");
    api.now_ms += 1;
    cr_expect(str_starts_with(ask(&api, "one"), STR("ExecutionNotRedrivable")), "forgotten");
    api_call(&api, "StopExecution", "{" E "}");
    cr_expect(!str_eq(ask(&api, "one"), first), "it counts as new");
    expect_count(&api, 3);
    api_close(&api);
}

Test(redrive, ten_client_tokens_are_remembered)
{
    struct api api;
    open_stopped(&api);
    for (int i = 0; i <= STATES_REDRIVE_TOKENS_MAX; i++) {
        char asker[16];
        snprintf(asker, sizeof asker, "t%d", i);
        ask(&api, asker);
        if (i < STATES_REDRIVE_TOKENS_MAX) api_call(&api, "StopExecution", "{" E "}");
    }
    cr_expect(str_starts_with(ask(&api, "t0"), STR("ExecutionNotRedrivable")), "the eleventh last");
    cr_expect(!str_starts_with(ask(&api, "t1"), STR("ExecutionNotRedrivable")));
    expect_count(&api, 11);
    api_close(&api);
}

/* ---- durability ---- */

/* The process dies between the end and the redrive, and right after the redrive. */
Test(redrive, survives_a_crash)
{
    for (size_t keep = 0; keep < 2; keep++) {
        struct api api;
        open_stopped(&api);
        api_reopen(&api);
        (void)api_send(&api, "RedriveExecution", "{" E "}");
        (void)shard_step(api.shard);
        cr_assert_eq(store_unsynced(api.store), 1);
        store_crash(api.store, keep);
        api_reopen(&api);
        api_expect(&api, "DescribeExecution", "{" E "}",
                   keep ? "{'status':'RUNNING','redriveCount':1}"
                        : "{'status':'ABORTED','redriveCount':0,'error':'X','cause':'because'}");
        str answer = api_call(&api, "RedriveExecution", "{" E "}");
        cr_expect_eq(str_starts_with(answer, STR("ExecutionNotRedrivable")), keep == 1);
        expect_count(&api, 1);
        api_close(&api);
    }
}
