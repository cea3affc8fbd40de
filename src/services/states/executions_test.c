/* Executions: start, stop, describe, list. Errors as AWS words them. */
#include <criterion/criterion.h>
#include <stdio.h>

#include "services/states/support_test.h"

#define M "'stateMachineArn':'" MACHINE "m'"

Test(executions, start_is_idempotent_while_the_first_runs)
{
    struct api api;
    api_open(&api);
    api_create_waiting(&api, "m");
    api_expect(&api, "StartExecution", "{" M ",'name':'e','input':'{\\'a\\':1}'}",
               "{'executionArn':'" EXECUTION "m:e','startDate':1700000000.123}");
    api.now_ms += 1000;
    api_expect(&api, "StartExecution", "{" M ",'name':'e','input':'{\\'a\\':1}'}",
               "{'executionArn':'" EXECUTION "m:e','startDate':1700000000.123}");
    const char *exists = "ExecutionAlreadyExists: Execution Already Exists: '" EXECUTION "m:e'";
    api_expect_error(&api, "StartExecution", "{" M ",'name':'e','input':'{\\'a\\':2}'}", exists);
    api_call(&api, "StopExecution", "{'executionArn':'" EXECUTION "m:e'}");
    api_expect_error(&api, "StartExecution", "{" M ",'name':'e','input':'{\\'a\\':1}'}", exists);
    api_close(&api);
}

Test(executions, input_is_checked)
{
    static const struct {
        const char *params, *error;
    } cases[] = {
        { "{" M ",'input':'not some json'}",
          "InvalidExecutionInput: Invalid State Machine Execution Input: 'Unrecognized token "
          "'not': was expecting (JSON String, Number, Array, Object or token 'null', 'true' or "
          "'false')'" },
        { "{" M ",'input':''}",
          "InvalidExecutionInput: Invalid State Machine Execution Input: 'Invalid execution "
          "input.'" },
        { "{" M ",'name':'a:b'}", "InvalidName: Invalid Name: 'a:b'" },
        { "{'stateMachineArn':'" MACHINE "none'}",
          "StateMachineDoesNotExist: State Machine Does Not Exist: '" MACHINE "none'" },
        { "{'stateMachineArn':'" MACHINE "m:7'}",
          "StateMachineDoesNotExist: State Machine Does Not Exist: '" MACHINE "m:7'" },
        { "{'stateMachineArn':'arn:aws:states:eu-west-1:000000000000:stateMachine:m'}",
          "StateMachineDoesNotExist: State Machine Does Not Exist: "
          "'arn:aws:states:eu-west-1:000000000000:stateMachine:m'" },
        { "{'stateMachineArn':'" EXECUTION "m:e'}",
          "InvalidArn: Invalid Arn: 'Resource type not valid in this context: execution'" },
    };
    struct api api;
    api_open(&api);
    api_create(&api, "m", "STANDARD");
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        api_expect_error(&api, "StartExecution", cases[i].params, cases[i].error);
    static const char *const accepted[] = { "2", "\\'some text\\'", "null", "[]" };
    for (size_t i = 0; i < sizeof accepted / sizeof *accepted; i++) {
        str params = arena_printf(&api.arena, "{" M ",'input':'%s'}", accepted[i]);
        api_expect(&api, "StartExecution", arena_cstr(&api.arena, params), "{}");
    }
    api_close(&api);
}

Test(executions, input_ends_at_the_limit)
{
    struct api api;
    api_open(&api);
    api_create(&api, "m", "STANDARD");
    for (size_t more = 0; more < 2; more++) {
        struct buf params;
        buf_init(&params, &api.arena);
        buf_add(&params, STR("{" M ",'input':'[1"));
        for (size_t i = 3; i < ENGINE_PAYLOAD_BYTES_MAX + more; i++)
            buf_add_char(&params, ' ');
        buf_add(&params, STR("]'}"));
        const char *text = arena_cstr(&api.arena, buf_str(&params));
        if (more)
            api_expect_error(&api, "StartExecution", text,
                             "ValidationException: 1 validation error detected: Value at 'input' "
                             "failed to satisfy constraint: Member must have length less than or "
                             "equal to 262144");
        else
            api_expect(&api, "StartExecution", text, "{}");
    }
    api_close(&api);
}

Test(executions, are_described_with_how_they_ended)
{
    struct api api;
    api_open(&api);
    api_create(&api, "m", "STANDARD");
    api_create_waiting(&api, "w");
    api_call(&api, "StartExecution", "{" M ",'name':'e','traceHeader':'Root=1'}");
    api_expect(&api, "DescribeExecution", "{'executionArn':'" EXECUTION "m:e'}",
               "{'executionArn':'" EXECUTION "m:e'," M
               ",'name':'e','status':'SUCCEEDED','input':'{}','inputDetails':{'included':true},"
               "'output':'{}','outputDetails':{'included':true},'redriveCount':0,"
               "'redriveStatus':'NOT_REDRIVABLE','redriveStatusReason':'Execution is SUCCEEDED "
               "and cannot be redriven','traceHeader':'Root=1','startDate':1700000000.123,"
               "'stopDate':1700000000.123}");
    api_call(&api, "StartExecution", "{'stateMachineArn':'" MACHINE "w','name':'f'}");
    str running = api_call(&api, "DescribeExecution", "{'executionArn':'" EXECUTION "w:f'}");
    cr_expect(str_eq(api_field(&api, running, "status"), STR("RUNNING")));
    cr_expect_eq(str_find(running, STR("stopDate"), 0), running.len);
    cr_expect_eq(str_find(running, STR("output"), 0), running.len);
    api.now_ms += 2000;
    api_expect(&api, "StopExecution",
               "{'executionArn':'" EXECUTION "w:f','error':'E','cause':'because'}",
               "{'stopDate':1700000002.123}");
    api_expect(&api, "DescribeExecution", "{'executionArn':'" EXECUTION "w:f'}",
               "{'status':'ABORTED','error':'E','cause':'because','redriveStatus':'REDRIVABLE',"
               "'stopDate':1700000002.123}");
    api.now_ms += 2000;
    api_expect(&api, "StopExecution", "{'executionArn':'" EXECUTION "w:f'}",
               "{'stopDate':1700000002.123}");
    api_expect_error(&api, "DescribeExecution", "{'executionArn':'" EXECUTION "m:none'}",
                     "ExecutionDoesNotExist: Execution Does Not Exist: '" EXECUTION "m:none'");
    api_expect_error(&api, "DescribeExecution",
                     "{'executionArn':'arn:aws:states:us-east-1:000000000000:express:m:e:u'}",
                     "InvalidArn: Invalid Arn: 'Resource type not valid in this context: express'");
    api_close(&api);
}

Test(executions, are_listed_newest_first_over_all_statuses)
{
    struct api api;
    api_open(&api);
    api_create_waiting(&api, "m");
    /* Even ones are stopped, odd ones run. */
    for (int i = 0; i < 7; i++) {
        str start = arena_printf(&api.arena, "{" M ",'name':'e%d'}", i);
        str stop = arena_printf(&api.arena, "{'executionArn':'" EXECUTION "m:e%d'}", i);
        api_call(&api, "StartExecution", arena_cstr(&api.arena, start));
        if (i % 2 == 0) api_call(&api, "StopExecution", arena_cstr(&api.arena, stop));
        api.now_ms += 1000;
    }
    api_expect(&api, "ListExecutions", "{" M "}",
               "{'executions':[{'name':'e6','status':'ABORTED'},{'name':'e5','status':'RUNNING'},"
               "{'name':'e4'},{'name':'e3'},{'name':'e2'},{'name':'e1'},{'name':'e0'}]}");
    api_expect(&api, "ListExecutions", "{" M ",'statusFilter':'RUNNING'}",
               "{'executions':[{'name':'e5'},{'name':'e3'},{'name':'e1'}]}");
    api_expect(&api, "ListExecutions", "{" M ",'statusFilter':'PENDING_REDRIVE'}",
               "{'executions':[]}");
    api_expect(&api, "ListExecutions", "{" M ",'redriveFilter':'REDRIVEN'}", "{'executions':[]}");

    const char *names[] = { "e6", "e5", "e4", "e3", "e2", "e1", "e0" };
    str page = api_call(&api, "ListExecutions", "{" M ",'maxResults':2}");
    for (size_t i = 0;;) {
        for (size_t j = 0; j < 2 && i < 7; j++, i++) {
            char path[40];
            snprintf(path, sizeof path, "executions.%zu.name", j);
            cr_expect(str_eq(api_field(&api, page, path), str_from(names[i])), "%zu", i);
        }
        if (i == 7) break;
        str text = api_field(&api, page, "nextToken");
        str next =
            arena_printf(&api.arena, "{" M ",'maxResults':2,'nextToken':'%.*s'}", STR_ARGS(text));
        str other = arena_printf(&api.arena, "{" M ",'statusFilter':'RUNNING','nextToken':'%.*s'}",
                                 STR_ARGS(text));
        api_expect_error(&api, "ListExecutions", arena_cstr(&api.arena, other),
                         "InvalidToken: Invalid Token: 'Invalid token'");
        page = api_call(&api, "ListExecutions", arena_cstr(&api.arena, next));
    }
    cr_expect_eq(str_find(page, STR("nextToken"), 0), page.len, "the last page has no token");
    api_close(&api);
}

Test(executions, express_ones_are_answered_or_forgotten)
{
    struct api api;
    api_open(&api);
    api_create(&api, "m", "EXPRESS");
    api_expect(&api, "StartSyncExecution", "{" M ",'name':'e','input':'{\\'a\\':1}'}",
               "{'status':'SUCCEEDED','name':'e','input':'{\\'a\\':1}','output':'{\\'a\\':1}',"
               "'inputDetails':{'included':true},'outputDetails':{'included':true}," M
               ",'billingDetails':{'billedMemoryUsedInMB':64,'billedDurationInMilliseconds':100}}");
    api_expect_error(
        &api, "ListExecutions", "{" M "}",
        "StateMachineTypeNotSupported: This operation is not supported by this type of "
        "state machine");
    /* Not idempotent, and names are free. */
    str first = api_call(&api, "StartExecution", "{" M ",'name':'e'}");
    str second = api_call(&api, "StartExecution", "{" M ",'name':'e'}");
    cr_expect_not(str_eq(first, second));
    api_create(&api, "s", "STANDARD");
    api_expect_error(
        &api, "StartSyncExecution", "{'stateMachineArn':'" MACHINE "s'}",
        "StateMachineTypeNotSupported: This operation is not supported by this type of "
        "state machine");
    api_close(&api);
}

Test(executions, sync_waits_for_the_end)
{
    struct api api;
    api_open(&api);
    api_call(&api, "CreateStateMachine",
             "{'name':'m','type':'EXPRESS','roleArn':'arn:aws:iam::1:role/r','definition':'{"
             "\\'StartAt\\':\\'A\\',\\'States\\':{\\'A\\':{\\'Type\\':\\'Wait\\',\\'Seconds\\':1,"
             "\\'End\\':true}}}'}");
    struct request *request = api_send(&api, "StartSyncExecution", "{" M ",'name':'e'}");
    api_run(&api);
    cr_expect_eq(api_answer(&api, request).len, 0);
    api.now_ms += 1001;
    api_run(&api);
    str answer = api_answer(&api, request);
    cr_expect(str_eq(api_field(&api, answer, "status"), STR("SUCCEEDED")));
    cr_expect(str_eq(api_field(&api, answer, "billingDetails.billedDurationInMilliseconds"),
                     STR("1100")));
    arena_close(&request->arena);
    api_close(&api);
}
