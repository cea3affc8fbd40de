/* Tasks from their parameters to their output: Step Functions itself, and services at endpoints
 * outside. What AWS answers is as recorded. */
#include <criterion/criterion.h>

#include "services/integrations/run_support_test.h"

#define OUTSIDE "{'sqs':'http://sqs.test/','sns':'http://sns.test','lambda':'http://fn.test'}"
#define CHILD "{'StateMachineArn':'" MACHINE "m','Name':'c','Input':{'a':1}}"

static void expect_start(struct run *run, const char *path, const char *wanted)
{
    str got = run_field(run, run_describe(run), path);
    cr_expect(str_starts_with(got, str_from(wanted)), "%s\nwanted %s\ngot    %.*s", path, wanted,
              STR_ARGS(got));
}

/* ---- Step Functions ---- */

Test(run, start_is_answered_with_times_in_milliseconds_and_headers)
{
    struct run run;
    run_open(&run, "{}");
    run_create_child(&run);
    run_task(&run, "arn:aws:states:::states:startExecution", CHILD);
    run_expect(&run, "status", "SUCCEEDED");
    run_expect(&run, "output.ExecutionArn", EXECUTION "m:c");
    run_expect(&run, "output.StartDate", "1700000000123");
    run_expect(&run, "output.SdkHttpMetadata.HttpStatusCode", "200");
    run_expect(&run, "output.SdkHttpMetadata.HttpHeaders.Date", "Tue, 14 Nov 2023 22:13:20 GMT");
    run_expect(&run, "output.SdkHttpMetadata.AllHttpHeaders.connection", "[\"keep-alive\"]");
    run_close(&run);
}

Test(run, sync_waits_for_the_child)
{
    static const struct {
        const char *resource, *path, *output;
    } cases[] = {
        { "arn:aws:states:::states:startExecution.sync", "output.Output", "{\"a\":1}" },
        { "arn:aws:states:::states:startExecution.sync:2", "output.Output.a", "1" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct run run;
        run_open(&run, "{}");
        run_create_child(&run);
        run_task(&run, cases[i].resource, CHILD);
        run_expect(&run, "output.Status", "SUCCEEDED");
        run_expect(&run, cases[i].path, cases[i].output);
        run_close(&run);
    }
}

Test(run, start_fails_with_the_error_of_the_api)
{
    struct run run;
    run_open(&run, "{}");
    run_task(&run, "arn:aws:states:::states:startExecution.sync", CHILD);
    run_expect(&run, "error", "StepFunctions.StateMachineDoesNotExistException");
    expect_start(&run, "cause",
                 "State Machine Does Not Exist: '" MACHINE "m' (Service: AWSStepFunctions; Status "
                 "Code: 400; Error Code: StateMachineDoesNotExist; Request ID: ");
    run_close(&run);
}

Test(run, parameters_that_do_not_fit_are_a_runtime_error)
{
    struct run run;
    run_open(&run, "{}");
    run_task(&run, "arn:aws:states:::states:startExecution",
             "{'StateMachineArn':'" MACHINE "m','name':'c'}");
    run_expect(&run, "error", "States.Runtime");
    run_expect(&run, "cause",
               "An error occurred while executing the state 'T' (entered at the event id #2). The "
               "Parameters '{\"StateMachineArn\":\"" MACHINE "m\",\"name\":\"c\"}' could not be "
               "used to start the Task: [The field \"name\" is not supported by Step Functions]");
    run_close(&run);
}

Test(run, sdk_answers_with_iso_times)
{
    struct run run;
    run_open(&run, "{}");
    run_create_child(&run);
    run_task(&run, "arn:aws:states:::aws-sdk:sfn:startExecution",
             "{'StateMachineArn':'" MACHINE "m','Name':'c','Input':{'a':1}}");
    run_expect(&run, "output",
               "{\"ExecutionArn\":\"" EXECUTION "m:c\",\"StartDate\":"
               "\"2023-11-14T22:13:20.123Z\"}");
    run_close(&run);
}

Test(run, sdk_reads)
{
    struct run run;
    run_open(&run, "{}");
    run_create_child(&run);
    run_call(&run, "StartExecution",
             test_json(&run.arena, "{'stateMachineArn':'" MACHINE "m','name':'c'}"));
    run_task(&run, "arn:aws:states:::aws-sdk:sfn:describeExecution",
             "{'ExecutionArn':'" EXECUTION "m:c'}");
    run_expect(&run, "output.Status", "SUCCEEDED");
    run_expect(&run, "output.InputDetails.Included", "true");
    run_expect(&run, "output.StopDate", "2023-11-14T22:13:20.123Z");
    run_close(&run);
}

Test(run, sdk_fails_with_the_error_of_the_sdk)
{
    struct run run;
    run_open(&run, "{}");
    run_task(&run, "arn:aws:states:::aws-sdk:sfn:sendTaskSuccess",
             "{'TaskToken':'NoSuchTaskToken','Output':'1'}");
    run_expect(&run, "error", "Sfn.InvalidTokenException");
    expect_start(&run, "cause",
                 "Invalid Token: 'Invalid token' (Service: Sfn, Status Code: 400, Request ID: ");
    run_close(&run);
}

Test(run, sdk_actions_that_do_not_exist_fail_the_task)
{
    struct run run;
    run_open(&run, "{}");
    run_task(&run, "arn:aws:states:::aws-sdk:sfn:noSuchAction", "{}");
    run_expect(&run, "error", "States.TaskFailed");
    run_expect(&run, "cause",
               "The integration 'aws-sdk:sfn:noSuchAction' is not served by this Baton.");
    run_close(&run);
}

/* ---- endpoints outside ---- */

Test(run, messages_go_to_the_endpoint)
{
    struct run run;
    run_open(&run, OUTSIDE);
    run_task(&run, "arn:aws:states:::sqs:sendMessage",
             "{'QueueUrl':'http://sqs.test/1/q','MessageBody':{'a':1}}");
    run_expect(&run, "status", "RUNNING");
    json request = run_request(&run, 0);
    test_text(run_field(&run, request, "headers.X-Amz-Target"), "AmazonSQS.SendMessage");
    test_text(run_field(&run, request, "body"), "{\"QueueUrl\":\"http://sqs.test/1/q\","
                                                "\"MessageBody\":\"{\\\"a\\\":1}\"}");
    run_answer(&run, 0,
               &(struct effect_result){ .ok = true,
                                        .status = 200,
                                        .headers = STR("x-amzn-RequestId: r\r\n"),
                                        .body = STR("{\"MessageId\":\"m\"}") });
    run_expect(&run, "output",
               "{\"MessageId\":\"m\",\"SdkHttpMetadata\":{\"AllHttpHeaders\":{\"x-amzn-RequestId\":"
               "[\"r\"]},\"HttpHeaders\":{\"x-amzn-RequestId\":\"r\"},\"HttpStatusCode\":200},"
               "\"SdkResponseMetadata\":{\"RequestId\":\"r\"}}");
    run_close(&run);
}

Test(run, a_task_that_waits_for_its_token_goes_on_waiting)
{
    struct run run;
    run_open(&run, OUTSIDE);
    run_task(&run, "arn:aws:states:::sqs:sendMessage.waitForTaskToken",
             "{'QueueUrl':'q','MessageBody':'x'}");
    run_answer(&run, 0, &(struct effect_result){ .ok = true, .status = 200, .body = STR("{}") });
    run_expect(&run, "status", "RUNNING");
    str history = run_call(&run, "GetExecutionHistory",
                           test_json(&run.arena, "{'executionArn':'" EXECUTION "p:e'}"));
    cr_expect(str_find(history, STR("\"TaskSubmitted\""), 0) < history.len);
    run_close(&run);
}

Test(run, errors_from_outside_are_worded_as_those_of_here)
{
    static const struct {
        const char *resource, *parameters, *body;
        int status;
        const char *error, *cause;
    } cases[] = {
        { "arn:aws:states:::sqs:sendMessage", "{'QueueUrl':'q','MessageBody':'x'}",
          "{\"__type\":\"com.amazonaws.sqs#QueueDoesNotExist\",\"message\":\"no\"}", 400,
          "SQS.QueueDoesNotExistException",
          "no (Service: AmazonSQS; Status Code: 400; Error Code: "
          "AWS.SimpleQueueService.NonExistentQueue; Request ID: r; Proxy: null)" },
        { "arn:aws:states:::sns:publish", "{'TopicArn':'t','Message':'x'}",
          "<ErrorResponse><Error><Code>NotFound</Code><Message>Topic does not exist</Message>"
          "</Error><RequestId>r</RequestId></ErrorResponse>",
          404, "SNS.NotFoundException",
          "Topic does not exist (Service: AmazonSNS; Status Code: 404; Error Code: NotFound; "
          "Request ID: r; Proxy: null)" },
        { "arn:aws:states:::aws-sdk:sqs:anythingNew", "{'A':1}",
          "{\"__type\":\"x#InvalidAction\",\"message\":\"no\"}", 400, "Sqs.SqsException",
          "no (Service: Sqs, Status Code: 400, Request ID: r) (SDK Attempt Count: 1)" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct run run;
        run_open(&run, OUTSIDE);
        run_task(&run, cases[i].resource, cases[i].parameters);
        run_answer(&run, 0,
                   &(struct effect_result){ .ok = true,
                                            .status = cases[i].status,
                                            .headers = STR("x-amzn-RequestId: r\r\n"),
                                            .body = str_from(cases[i].body) });
        run_expect(&run, "error", cases[i].error);
        run_expect(&run, "cause", cases[i].cause);
        run_close(&run);
    }
}

Test(run, a_service_that_is_not_reached_is_a_client_error)
{
    struct run run;
    run_open(&run, OUTSIDE);
    run_task(&run, "arn:aws:states:::sns:publish", "{'TopicArn':'t','Message':{'a':1}}");
    run_answer(&run, 0,
               &(struct effect_result){ .error = STR("States.Http.Socket"),
                                        .cause = STR("Connection refused") });
    run_expect(&run, "error", "SNS.SdkClientException");
    run_expect(&run, "cause", "Unable to execute HTTP request: Connection refused");
    run_close(&run);
}

/* error_handling/task_service_sqs.send_message_no_such_queue */
Test(run, a_queue_that_is_only_a_host_is_not_found)
{
    struct run run;
    run_open(&run, "{}");
    run_task(&run, "arn:aws:states:::sqs:sendMessage",
             "{'QueueUrl':'http://no-such-queue-73e08fde','MessageBody':'x'}");
    run_expect(&run, "error", "SQS.SdkClientException");
    run_expect(&run, "cause",
               "Unable to execute HTTP request: no-such-queue-73e08fde: Name or service not known");
    run_close(&run);
}

/* ---- functions ---- */

#define FUNCTION "arn:aws:lambda:us-east-1:000000000000:function:f"

static void answer_function(struct run *run, const char *headers, const char *body)
{
    run_answer(
        run, 0,
        &(struct effect_result){
            .ok = true, .status = 200, .headers = str_from(headers), .body = str_from(body) });
}

Test(run, a_function_gets_its_input_and_gives_its_payload)
{
    struct run run;
    run_open(&run, OUTSIDE);
    run_task(&run, FUNCTION, "{'loop':{'count':0}}");
    json request = run_request(&run, 0);
    test_text(run_field(&run, request, "body"), "{\"loop\":{\"count\":0}}");
    answer_function(&run, "", "{\"count\": 0}");
    run_expect(&run, "output", "{\"count\":0}");
    run_close(&run);
}

Test(run, invoke_shows_payload_version_and_head)
{
    struct run run;
    run_open(&run, OUTSIDE);
    run_task(&run, "arn:aws:states:::lambda:invoke", "{'FunctionName':'f','Payload':'0'}");
    test_text(run_field(&run, run_request(&run, 0), "body"), "0");
    answer_function(&run, "X-Amz-Executed-Version: $LATEST\r\nx-amzn-RequestId: r\r\n", "0");
    run_expect(&run, "output.ExecutedVersion", "$LATEST");
    run_expect(&run, "output.Payload", "0");
    run_expect(&run, "output.StatusCode", "200");
    run_expect(&run, "output.SdkResponseMetadata.RequestId", "r");
    run_close(&run);
}

Test(run, the_log_that_a_function_outside_has_left_is_shown)
{
    struct run run;
    run_open(&run, OUTSIDE);
    run_task(&run, "arn:aws:states:::lambda:invoke", "{'FunctionName':'f','LogType':'Tail'}");
    answer_function(&run, "X-Amz-Log-Result: aGk=\r\n", "0");
    run_expect(&run, "output.LogResult", "aGk=");
    run_close(&run);
}

/* What SQS answers to a call without MessageBody: recorded from AWS as MissingParameter. */
Test(run, an_unnamed_error_of_a_queue_outside_has_its_older_code)
{
    struct run run;
    run_open(&run, OUTSIDE);
    run_task(&run, "arn:aws:states:::sqs:sendMessage", "{'QueueUrl':'q','MessageBody':''}");
    run_answer(&run, 0,
               &(struct effect_result){
                   .ok = true,
                   .status = 400,
                   .headers = STR("x-amzn-query-error: MissingParameter;Sender\r\n"
                                  "x-amzn-RequestId: r\r\n"),
                   .body = STR("{\"__type\":\"com.amazon.coral.service#"
                               "MissingRequiredParameterException\",\"message\":\"m\"}") });
    run_expect(&run, "error", "SQS.AmazonSQSException");
    run_expect(&run, "cause",
               "m (Service: AmazonSQS; Status Code: 400; Error Code: MissingParameter; "
               "Request ID: r; Proxy: null)");
    run_close(&run);
}

/* ---- what waits is asked of the server itself ---- */

Test(run, a_call_that_may_wait_leaves_the_transaction)
{
    static const struct {
        const char *resource, *parameters, *target;
    } cases[] = {
        { "arn:aws:states:::aws-sdk:sfn:getActivityTask",
          "{'ActivityArn':'arn:aws:states:us-east-1:000000000000:activity:a'}",
          "AWSStepFunctions.GetActivityTask" },
        { "arn:aws:states:::aws-sdk:sfn:startSyncExecution",
          "{'StateMachineArn':'arn:aws:states:us-east-1:000000000000:stateMachine:m'}",
          "AWSStepFunctions.StartSyncExecution" },
        { "arn:aws:states:::aws-sdk:sqs:receiveMessage",
          "{'QueueUrl':'http://localhost/000000000000/q','WaitTimeSeconds':20}",
          "AmazonSQS.ReceiveMessage" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct run run;
        run_open(&run, "{}");
        run_task(&run, cases[i].resource, cases[i].parameters);
        json request = run_request(&run, 0);
        test_text(run_field(&run, request, "headers.X-Amz-Target"), cases[i].target);
        cr_expect_null(json_find(request, STR("sign")));
        run_answer(&run, 0,
                   &(struct effect_result){ .ok = true, .status = 200, .body = STR("{\"a\":1}") });
        run_expect(&run, "output", "{\"A\":1}");
        run_close(&run);
    }
}

Test(run, what_a_function_throws_fails_the_task)
{
    static const struct {
        const char *payload, *error, *cause;
    } cases[] = {
        { "{\"errorMessage\": \"\", \"errorType\": \"CustomException\"}", "CustomException",
          "{\"errorMessage\": \"\", \"errorType\": \"CustomException\"}" },
        { "{\"errorMessage\":\"timed out\"}", "Lambda.Unknown",
          "The cause could not be determined because Lambda did not return an error type. Returned "
          "payload: {\"errorMessage\":\"timed out\"}" },
        { "{\"errorType\":\"Sandbox.Timedout\",\"errorMessage\":\"m\"}", "Sandbox.Timedout",
          "{\"errorType\":\"Sandbox.Timedout\",\"errorMessage\":\"m\"}" },
    };
    static const char *const resources[] = { FUNCTION, "arn:aws:states:::lambda:invoke",
                                             "arn:aws:states:::lambda:invoke.waitForTaskToken" };
    for (size_t i = 0; i < 9; i++) {
        struct run run;
        run_open(&run, OUTSIDE);
        run_task(&run, resources[i / 3], "{'FunctionName':'f'}");
        answer_function(&run, "X-Amz-Function-Error: Unhandled\r\n", cases[i % 3].payload);
        run_expect(&run, "error", cases[i % 3].error);
        run_expect(&run, "cause", cases[i % 3].cause);
        run_close(&run);
    }
}

Test(run, the_sdk_shows_what_a_function_throws)
{
    struct run run;
    run_open(&run, OUTSIDE);
    run_task(&run, "arn:aws:states:::aws-sdk:lambda:invoke",
             "{'FunctionName':'f','Payload':{'a':1}}");
    test_text(run_field(&run, run_request(&run, 0), "body"), "{\"a\":1}");
    answer_function(&run, "X-Amz-Function-Error: Unhandled\r\n", "{\"errorType\":\"E\"}");
    run_expect(&run, "output",
               "{\"FunctionError\":\"Unhandled\",\"Payload\":\"{\\\"errorType\\\":\\\"E\\\"}\","
               "\"StatusCode\":200}");
    run_close(&run);
}

Test(run, a_function_that_is_not_there_fails_the_task)
{
    struct run run;
    run_open(&run, OUTSIDE);
    run_task(&run, FUNCTION, "{}");
    run_answer(&run, 0,
               &(struct effect_result){
                   .ok = true,
                   .status = 404,
                   .headers = STR("x-amzn-RequestId: r\r\nx-amzn-ErrorType: "
                                  "ResourceNotFoundException:http://x\r\n"),
                   .body = STR("{\"Message\":\"Function not found: " FUNCTION ":$LATEST\"}") });
    run_expect(&run, "error", "Lambda.ResourceNotFoundException");
    run_expect(&run, "cause",
               "Function not found: " FUNCTION ":$LATEST (Service: AWSLambda; Status Code: 404; "
               "Error Code: ResourceNotFoundException; Request ID: r; Proxy: null)");
    run_close(&run);
}
