/* Answers to waiting tasks: the token, the output, the task, in that order; and the list of those
 * who wait. */
#include <criterion/criterion.h>

#include "services/states/support_test.h"

static str take_task(struct api *api)
{
    str task =
        api_call(api, "GetActivityTask", "{'activityArn':'" ACTIVITY "work','workerName':'w1'}");
    return api_field(api, task, "taskToken");
}

static const char *with_token(struct api *api, str text, const char *rest)
{
    str params = arena_printf(&api->arena, "{'taskToken':'%.*s'%s}", STR_ARGS(text), rest);
    return arena_cstr(&api->arena, params);
}

static void start(struct api *api)
{
    api_open(api);
    api_create_waiting(api, "m");
    api_call(api, "StartExecution", "{'stateMachineArn':'" MACHINE "m','name':'e'}");
}

#define INVALID "InvalidToken: Invalid Token: 'Invalid token'"
#define CLOSED "TaskTimedOut: Task Timed Out: 'Provided task does not exist anymore'"

Test(tasks, first_answer_counts)
{
    struct api api;
    start(&api);
    str text = take_task(&api);
    api_expect(&api, "SendTaskHeartbeat", with_token(&api, text, ""), "{}");
    api_expect(&api, "SendTaskSuccess", with_token(&api, text, ",'output':'{\\'a\\':1}'"), "{}");
    api_expect(&api, "DescribeExecution", "{'executionArn':'" EXECUTION "m:e'}",
               "{'status':'SUCCEEDED','output':'{\\'a\\':1}'}");
    api_expect_error(&api, "SendTaskSuccess", with_token(&api, text, ",'output':'2'"), CLOSED);
    api_expect_error(&api, "SendTaskFailure", with_token(&api, text, ""), CLOSED);
    api_expect_error(&api, "SendTaskHeartbeat", with_token(&api, text, ""), CLOSED);
    api_close(&api);
}

Test(tasks, failure_carries_error_and_cause)
{
    struct api api;
    start(&api);
    str text = take_task(&api);
    api_expect(&api, "SendTaskFailure", with_token(&api, text, ",'error':'E','cause':'c'"), "{}");
    api_expect(&api, "DescribeExecution", "{'executionArn':'" EXECUTION "m:e'}",
               "{'status':'FAILED','error':'E','cause':'c'}");
    api_close(&api);
}

Test(tasks, are_refused_in_the_order_token_output_task)
{
    struct api api;
    start(&api);
    str text = take_task(&api);
    api_expect_error(&api, "SendTaskSuccess", "{'taskToken':'NoSuchTaskToken','output':'no json'}",
                     INVALID);
    api_expect_error(&api, "SendTaskFailure", "{'taskToken':'NoSuchTaskToken'}", INVALID);
    api_expect_error(&api, "SendTaskHeartbeat", "{'taskToken':'NoSuchTaskToken'}", INVALID);
    str bad = api_call(&api, "SendTaskSuccess", with_token(&api, text, ",'output':'no json'"));
    cr_expect(str_starts_with(bad, STR("InvalidOutput: Invalid Output: 'Unrecognized token 'no'")),
              "%.*s", STR_ARGS(bad));
    api_call(&api, "StopExecution", "{'executionArn':'" EXECUTION "m:e'}");
    api_expect_error(&api, "SendTaskSuccess", with_token(&api, text, ",'output':'1'"), CLOSED);
    api_close(&api);
}

Test(tasks, tokens_survive_a_restart)
{
    struct api api;
    start(&api);
    str text = take_task(&api);
    api_reopen(&api);
    api_expect(&api, "SendTaskSuccess", with_token(&api, text, ",'output':'1'"), "{}");
    api_expect(&api, "DescribeExecution", "{'executionArn':'" EXECUTION "m:e'}",
               "{'status':'SUCCEEDED','output':'1'}");
    api_close(&api);
}

Test(tasks, output_ends_at_the_limit)
{
    struct api api;
    start(&api);
    str text = take_task(&api);
    for (size_t more = 2; more-- > 0;) {
        struct buf rest;
        buf_init(&rest, &api.arena);
        buf_add(&rest, STR(",'output':'[1"));
        for (size_t i = 3; i < ENGINE_PAYLOAD_BYTES_MAX + more; i++)
            buf_add_char(&rest, ' ');
        buf_add(&rest, STR("]'"));
        const char *params = with_token(&api, text, arena_cstr(&api.arena, buf_str(&rest)));
        if (more)
            api_expect_error(&api, "SendTaskSuccess", params,
                             "ValidationException: 1 validation error detected: Value at 'output' "
                             "failed to satisfy constraint: Member must have length less than or "
                             "equal to 262144");
        else
            api_expect(&api, "SendTaskSuccess", params, "{}");
    }
    api_close(&api);
}

Test(waiting, tasks_are_listed_oldest_first_with_tokens_that_work)
{
    struct api api;
    api_open(&api);
    api_create_waiting(&api, "m");
    api_create_waiting(&api, "n");
    for (int i = 0; i < 3; i++) {
        str params = arena_printf(&api.arena, "{'stateMachineArn':'" MACHINE "%s','name':'e%d'}",
                                  i == 1 ? "n" : "m", i);
        api_call(&api, "StartExecution", arena_cstr(&api.arena, params));
        (void)take_task(&api);
        api.now_ms += 1000;
    }
    api_expect(&api, "ListWaitingTasks", "{}",
               "{'waitingTasks':[{'executionArn':'" EXECUTION "m:e0','stateMachineArn':'" MACHINE
               "m','stateName':'A','resource':'" ACTIVITY "work','since':1700000000.123},"
               "{'executionArn':'" EXECUTION "n:e1'},{'executionArn':'" EXECUTION "m:e2'}]}");
    api_expect(&api, "ListWaitingTasks", "{'stateMachineArn':'" MACHINE "n'}",
               "{'waitingTasks':[{'executionArn':'" EXECUTION "n:e1'}]}");
    str page = api_call(&api, "ListWaitingTasks", "{'maxResults':1}");
    str next = api_field(&api, page, "nextToken");
    str params = arena_printf(&api.arena, "{'nextToken':'%.*s'}", STR_ARGS(next));
    api_expect(&api, "ListWaitingTasks", arena_cstr(&api.arena, params),
               "{'waitingTasks':[{'executionArn':'" EXECUTION "n:e1'},{'executionArn':'" EXECUTION
               "m:e2'}]}");
    str text = api_field(&api, page, "waitingTasks.0.taskToken");
    api_expect(&api, "SendTaskSuccess", with_token(&api, text, ",'output':'1'"), "{}");
    api_expect(&api, "DescribeExecution", "{'executionArn':'" EXECUTION "m:e0'}",
               "{'status':'SUCCEEDED'}");
    api_close(&api);
}

Test(activities, life)
{
    struct api api;
    api_open(&api);
    api_expect(&api, "CreateActivity", "{'name':'w'}",
               "{'activityArn':'" ACTIVITY "w','creationDate':1700000000.123}");
    api.now_ms += 5;
    api_expect(&api, "CreateActivity", "{'name':'w'}", "{'creationDate':1700000000.123}");
    api_expect(&api, "DescribeActivity", "{'activityArn':'" ACTIVITY "w'}",
               "{'activityArn':'" ACTIVITY "w','name':'w','creationDate':1700000000.123,"
               "'encryptionConfiguration':{'type':'AWS_OWNED_KEY'}}");
    api_call(&api, "CreateActivity", "{'name':'a'}");
    api_expect(&api, "ListActivities", "{}",
               "{'activities':[{'activityArn':'" ACTIVITY "a','name':'a'},{'name':'w'}]}");
    api_expect(&api, "DeleteActivity", "{'activityArn':'" ACTIVITY "w'}", "{}");
    api_expect(&api, "DeleteActivity", "{'activityArn':'" ACTIVITY "w'}", "{}");
    api_expect_error(&api, "DescribeActivity", "{'activityArn':'" ACTIVITY "w'}",
                     "ActivityDoesNotExist: Activity Does Not Exist: '" ACTIVITY "w'");
    api_expect_error(&api, "GetActivityTask", "{'activityArn':'" ACTIVITY "w'}",
                     "ActivityDoesNotExist: Activity Does Not Exist: '" ACTIVITY "w'");
    api_expect_error(&api, "GetActivityTask", "{'activityArn':'no_an_activity_arn'}",
                     "InvalidArn: Invalid Arn: 'Invalid ARN prefix: no_an_activity_arn'");
    api_close(&api);
}

Test(activities, poll_waits_for_a_task)
{
    struct api api;
    api_open(&api);
    api_create_waiting(&api, "m");
    struct request *poll = api_send(&api, "GetActivityTask", "{'activityArn':'" ACTIVITY "work'}");
    api_run(&api);
    cr_expect_eq(api_answer(&api, poll).len, 0);
    api_call(&api, "StartExecution",
             "{'stateMachineArn':'" MACHINE "m','name':'e','input':'{\\'a\\':1}'}");
    api_run(&api);
    str answer = api_answer(&api, poll);
    cr_expect(str_eq(api_field(&api, answer, "input"), STR("{\"a\":1}")));
    arena_close(&poll->arena);

    poll = api_send(&api, "GetActivityTask", "{'activityArn':'" ACTIVITY "work'}");
    api_run(&api);
    api.now_ms += STATES_ACTIVITY_POLL_MS + 1;
    api_run(&api);
    answer = api_answer(&api, poll);
    cr_expect_eq(str_find(answer, STR("taskToken"), 0), answer.len, "%.*s", STR_ARGS(answer));
    cr_expect(str_starts_with(answer, STR("{")));
    arena_close(&poll->arena);
    api_close(&api);
}
