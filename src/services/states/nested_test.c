/* The API as Task resources: answers and errors as recorded from AWS. */
#include <criterion/criterion.h>

#include "services/states/support_test.h"

/* A machine "p" of one Task, and a run "e" of it. */
static str run_task(struct api *api, const char *resource, const char *parameters)
{
    str create = arena_printf(
        &api->arena,
        "{'name':'p','roleArn':'arn:aws:iam::1:role/r','definition':'{\\'StartAt\\':\\'T\\',"
        "\\'States\\':{\\'T\\':{\\'Type\\':\\'Task\\',\\'Resource\\':\\'arn:aws:states:::%s\\',"
        "\\'Parameters\\':%s,\\'End\\':true}}}'}",
        resource, parameters);
    str created = api_call(api, "CreateStateMachine", arena_cstr(&api->arena, create));
    cr_assert(str_starts_with(created, STR("{")), "%.*s", STR_ARGS(created));
    api_call(api, "StartExecution", "{'stateMachineArn':'" MACHINE "p','name':'e'}");
    return api_call(api, "DescribeExecution", "{'executionArn':'" EXECUTION "p:e'}");
}

#define CHILD                                                                                      \
    "{\\'StateMachineArn\\':\\'" MACHINE "m\\',\\'Name\\':\\'c\\',\\'Input\\':{\\'a\\':1}}"

static void expect_field(struct api *api, str text, const char *path, const char *wanted)
{
    str got = api_field(api, text, path);
    cr_expect(str_eq(got, str_from(wanted)), "%s: %.*s", path, STR_ARGS(got));
}

Test(nested, start_is_answered_with_times_in_milliseconds_and_headers)
{
    struct api api;
    api_open(&api);
    api_create(&api, "m", "STANDARD");
    str described = run_task(&api, "states:startExecution", CHILD);
    expect_field(&api, described, "status", "SUCCEEDED");
    str output = api_field(&api, described, "output");
    expect_field(&api, output, "ExecutionArn", EXECUTION "m:c");
    expect_field(&api, output, "StartDate", "1700000000123");
    expect_field(&api, output, "SdkHttpMetadata.HttpStatusCode", "200");
    expect_field(&api, output, "SdkHttpMetadata.HttpHeaders.Date", "Tue, 14 Nov 2023 22:13:20 GMT");
    expect_field(&api, output, "SdkHttpMetadata.AllHttpHeaders.connection.0", "keep-alive");
    api_expect(&api, "DescribeExecution", "{'executionArn':'" EXECUTION "m:c'}",
               "{'status':'SUCCEEDED','input':'{\\'a\\':1}'}");
    api_close(&api);
}

Test(nested, sync_waits_for_the_child)
{
    static const struct {
        const char *resource, *output;
    } cases[] = {
        { "states:startExecution.sync", "{\"a\":1}" },
        { "states:startExecution.sync:2", "{\"a\":1}" },
    };
    for (size_t i = 0; i < 2; i++) {
        struct api api;
        api_open(&api);
        api_create(&api, "m", "STANDARD");
        str described = run_task(&api, cases[i].resource, CHILD);
        expect_field(&api, described, "status", "SUCCEEDED");
        str output = api_field(&api, described, "output");
        expect_field(&api, output, "Status", "SUCCEEDED");
        expect_field(&api, output, "Output", cases[i].output);
        api_close(&api);
    }
}

Test(nested, start_fails_with_the_error_of_the_api)
{
    struct api api;
    api_open(&api);
    api_create(&api, "m", "STANDARD");
    api_call(&api, "StartExecution", "{'stateMachineArn':'" MACHINE "m','name':'c'}");
    str described = run_task(&api, "states:startExecution", CHILD);
    expect_field(&api, described, "error", "StepFunctions.ExecutionAlreadyExistsException");
    str cause = api_field(&api, described, "cause");
    cr_expect(str_starts_with(cause, STR("Execution Already Exists: '" EXECUTION
                                         "m:c' (Service: AWSStepFunctions; Status Code: 400; Error "
                                         "Code: ExecutionAlreadyExists; Request ID: ")));
    cr_expect(str_ends_with(cause, STR("; Proxy: null)")));
    api_close(&api);
}

Test(nested, child_of_a_missing_machine_fails_the_task)
{
    struct api api;
    api_open(&api);
    str described = run_task(&api, "states:startExecution.sync", CHILD);
    expect_field(&api, described, "error", "StepFunctions.StateMachineDoesNotExistException");
    api_close(&api);
}

Test(nested, sdk_answers_with_iso_times)
{
    struct api api;
    api_open(&api);
    api_create(&api, "m", "STANDARD");
    str described = run_task(&api, "aws-sdk:sfn:startExecution",
                             "{\\'StateMachineArn\\':\\'" MACHINE "m\\',\\'Name\\':\\'c\\'}");
    str output = api_field(&api, described, "output");
    expect_field(&api, output, "ExecutionArn", EXECUTION "m:c");
    expect_field(&api, output, "StartDate", "2023-11-14T22:13:20.123Z");
    api_close(&api);
}

Test(nested, sdk_describes)
{
    struct api api;
    api_open(&api);
    api_create(&api, "m", "STANDARD");
    api_call(&api, "StartExecution", "{'stateMachineArn':'" MACHINE "m','name':'c'}");
    str described = run_task(&api, "aws-sdk:sfn:describeExecution",
                             "{\\'ExecutionArn\\':\\'" EXECUTION "m:c\\'}");
    str output = api_field(&api, described, "output");
    expect_field(&api, output, "Status", "SUCCEEDED");
    expect_field(&api, output, "InputDetails.Included", "true");
    expect_field(&api, output, "StopDate", "2023-11-14T22:13:20.123Z");
    api_close(&api);
}

Test(nested, sdk_fails_with_the_error_of_the_sdk)
{
    struct api api;
    api_open(&api);
    str described = run_task(&api, "aws-sdk:sfn:sendTaskSuccess",
                             "{\\'TaskToken\\':\\'NoSuchTaskToken\\',\\'Output\\':\\'1\\'}");
    expect_field(&api, described, "error", "Sfn.InvalidTokenException");
    str cause = api_field(&api, described, "cause");
    cr_expect(str_starts_with(
        cause,
        STR("Invalid Token: 'Invalid token' (Service: Sfn, Status Code: 400, Request ID: ")));
    cr_expect(str_ends_with(cause, STR(") (SDK Attempt Count: 1)")));
    api_close(&api);
}
