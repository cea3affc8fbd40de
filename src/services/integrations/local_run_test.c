/* Tasks over Baton's own SQS, SNS, DynamoDB and EventBridge: the call happens in the transaction of
 * the execution. Outputs and errors as recorded from AWS. */
#include <criterion/criterion.h>

#include "services/integrations/run_support_test.h"

static json call(struct run *run, const struct service *service, const char *operation,
                 const char *params)
{
    str answer = run_call_of(run, service, operation, test_json(&run->arena, params));
    struct error err = { 0 };
    json value = (json){ .kind = JSON_OBJECT };
    if (answer.len == 0) return value;
    cr_assert(json_parse(answer, &run->arena, &value, &err), "%.*s", STR_ARGS(answer));
    return value;
}

static const char *with_queue(struct run *run, const char *format)
{
    json created = call(run, &sqs_service, "CreateQueue", "{'QueueName':'q'}");
    str url = json_str_or(created, STR("QueueUrl"), STR(""));
    struct buf out;
    buf_init(&out, &run->arena);
    for (const char *c = format; *c; c++)
        if (*c == '@')
            buf_add(&out, url);
        else
            buf_add_char(&out, *c);
    return arena_cstr(&run->arena, buf_str(&out));
}

/* The body of the message that waits in the queue "q". */
static str receive(struct run *run, const char *url_params)
{
    json answer = call(run, &sqs_service, "ReceiveMessage", url_params);
    const json *messages = json_find(answer, STR("Messages"));
    if (!messages || json_count(*messages) != 1) return STR("");
    return json_str_or(json_at(*messages, 0), STR("Body"), STR(""));
}

static void expect_cause(struct run *run, const char *error, const char *start, const char *end)
{
    str cause = run_field(run, run_describe(run), "cause");
    run_expect(run, "error", error);
    cr_expect(str_starts_with(cause, str_from(start)) && str_ends_with(cause, str_from(end)),
              "%.*s", STR_ARGS(cause));
}

/* ---- SQS ---- */

Test(local_run, a_message_is_sent_as_text_and_answered_as_recorded)
{
    struct run run;
    run_open(&run, "{}");
    run_task(&run, "arn:aws:states:::sqs:sendMessage",
             with_queue(&run, "{'QueueUrl':'@','MessageBody':{'a':1}}"));
    run_expect(&run, "status", "SUCCEEDED");
    run_expect(&run, "output.MD5OfMessageBody", "bb6cb5c68df4652941caf652a366f2d8");
    run_expect(&run, "output.SdkHttpMetadata.HttpHeaders.Content-Length", "106");
    run_expect(&run, "output.SdkHttpMetadata.HttpHeaders.Content-Type",
               "application/x-amz-json-1.0");
    test_text(receive(&run, with_queue(&run, "{'QueueUrl':'@'}")), "{\"a\":1}");
    run_close(&run);
}

Test(local_run, the_pause_and_the_message_are_one_step)
{
    struct run run;
    run_open(&run, "{}");
    run_task(&run, "arn:aws:states:::sqs:sendMessage.waitForTaskToken",
             with_queue(&run, "{'QueueUrl':'@','MessageBody.$':'$$.Task.Token'}"));
    run_expect(&run, "status", "RUNNING");
    str token_text = receive(&run, with_queue(&run, "{'QueueUrl':'@'}"));
    str params =
        arena_printf(&run.arena, "{'taskToken':'%.*s','output':'5'}", STR_ARGS(token_text));
    run_call(&run, "SendTaskSuccess", test_json(&run.arena, arena_cstr(&run.arena, params)));
    run_expect(&run, "output", "5");
    run_close(&run);
}

/* error_handling/task_service_sqs.send_message_empty_body */
Test(local_run, a_message_without_a_body_is_refused_by_the_service)
{
    struct run run;
    run_open(&run, "{}");
    run_task(&run, "arn:aws:states:::sqs:sendMessage",
             with_queue(&run, "{'QueueUrl':'@','MessageBody':null}"));
    expect_cause(&run, "SQS.AmazonSQSException",
                 "The request must contain the parameter MessageBody. (Service: AmazonSQS; Status "
                 "Code: 400; Error Code: MissingParameter; Request ID: ",
                 "; Proxy: null)");
    run_close(&run);
}

Test(local_run, the_sdk_has_its_own_names)
{
    struct run run;
    run_open(&run, "{}");
    run_task(&run, "arn:aws:states:::aws-sdk:sqs:sendMessage",
             with_queue(&run, "{'QueueUrl':'@','MessageBody':'x'}"));
    run_expect(&run, "output.Md5OfMessageBody", "9dd4e461268c8034f5c8564e155c67a6");
    run_close(&run);
}

Test(local_run, a_queue_that_is_not_there)
{
    struct run run;
    run_open(&run, "{}");
    run_task(&run, "arn:aws:states:::aws-sdk:sqs:getQueueUrl", "{'QueueName':'none'}");
    expect_cause(
        &run, "Sqs.QueueDoesNotExistException",
        "The specified queue does not exist. (Service: Sqs, Status Code: 400, Request ID: ",
        ") (SDK Attempt Count: 1)");
    run_close(&run);
}

/* As the queue itself says; what the Task says is in run_test.c. */
Test(local_run, receiving_without_a_time_does_not_wait)
{
    struct run run;
    run_open(&run, "{}");
    run_task(&run, "arn:aws:states:::aws-sdk:sqs:receiveMessage",
             with_queue(&run, "{'QueueUrl':'@'}"));
    run_expect(&run, "status", "SUCCEEDED");
    run_close(&run);
}

/* ---- SNS ---- */

/* services/sns_task_service.publish_base_error_topic_arn */
Test(local_run, a_topic_that_is_not_there)
{
    struct run run;
    run_open(&run, "{}");
    run_task(&run, "arn:aws:states:::sns:publish",
             "{'TopicArn':'arn:aws:sns:us-east-1:000000000000:none','Message':{'a':1}}");
    expect_cause(
        &run, "SNS.NotFoundException",
        "Topic does not exist (Service: AmazonSNS; Status Code: 404; Error Code: NotFound; "
        "Request ID: ",
        "; Proxy: null)");
    run_close(&run);
}

Test(local_run, a_message_is_published)
{
    struct run run;
    run_open(&run, "{}");
    call(&run, &sns_service, "CreateTopic", "{'Name':'t'}");
    run_task(&run, "arn:aws:states:::sns:publish",
             "{'TopicArn':'arn:aws:sns:us-east-1:000000000000:t','Message':{'a':1},"
             "'MessageAttributes':{'k':{'DataType':'String','StringValue':'v'}}}");
    run_expect(&run, "status", "SUCCEEDED");
    run_expect(&run, "output.SdkHttpMetadata.HttpHeaders.Content-Type", "text/xml");
    run_expect(&run, "output.SdkHttpMetadata.HttpHeaders.Content-Length", "294");
    run_close(&run);
}

/* ---- DynamoDB ---- */

static void create_table(struct run *run)
{
    call(run, &dynamodb_service, "CreateTable",
         "{'TableName':'tab','KeySchema':[{'AttributeName':'id','KeyType':'HASH'}],"
         "'AttributeDefinitions':[{'AttributeName':'id','AttributeType':'S'}],"
         "'BillingMode':'PAY_PER_REQUEST'}");
    call(run, &dynamodb_service, "PutItem",
         "{'TableName':'tab','Item':{'id':{'S':'id1'},'data':{'S':'HelloWorld'},"
         "'flag':{'BOOL':true}}}");
}

Test(local_run, items_are_read_with_their_headers)
{
    struct run run;
    run_open(&run, "{}");
    create_table(&run);
    run_task(&run, "arn:aws:states:::dynamodb:getItem",
             "{'TableName':'tab','Key':{'id':{'S':'id1'}}}");
    run_expect(&run, "output.Item.data", "{\"S\":\"HelloWorld\"}");
    run_expect(&run, "output.Item.flag", "{\"BOOL\":true}");
    run_expect(&run, "output.SdkHttpMetadata.HttpHeaders.Server", "Server");
    run_close(&run);
}

Test(local_run, items_are_written)
{
    struct run run;
    run_open(&run, "{}");
    create_table(&run);
    run_task(&run, "arn:aws:states:::dynamodb:updateItem",
             "{'TableName':'tab','Key':{'id':{'S':'id1'}},'UpdateExpression':'SET #d = :v',"
             "'ExpressionAttributeNames':{'#d':'data'},"
             "'ExpressionAttributeValues':{':v':{'N':'5'}},'ReturnValues':'UPDATED_NEW'}");
    run_expect(&run, "output.Attributes", "{\"data\":{\"N\":\"5\"}}");
    run_close(&run);
}

Test(local_run, a_condition_that_does_not_hold)
{
    static const struct {
        const char *resource, *error, *start, *end;
    } cases[] = {
        { "arn:aws:states:::dynamodb:putItem", "DynamoDB.ConditionalCheckFailedException",
          "The conditional request failed (Service: AmazonDynamoDBv2; Status Code: 400; Error "
          "Code: "
          "ConditionalCheckFailedException; Request ID: ",
          "; Proxy: null)" },
        { "arn:aws:states:::aws-sdk:dynamodb:putItem", "DynamoDb.ConditionalCheckFailedException",
          "The conditional request failed (Service: DynamoDb, Status Code: 400, Request ID: ",
          ")" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct run run;
        run_open(&run, "{}");
        create_table(&run);
        run_task(&run, cases[i].resource,
                 "{'TableName':'tab','Item':{'id':{'S':'id1'}},"
                 "'ConditionExpression':'attribute_not_exists(id)'}");
        expect_cause(&run, cases[i].error, cases[i].start, cases[i].end);
        run_close(&run);
    }
}

/* error_handling/task_service_dynamodb.invalid_param and aws_sdk.dynamodb_invalid_param */
Test(local_run, an_item_that_is_null)
{
    static const struct {
        const char *resource, *error, *end;
    } cases[] = {
        { "arn:aws:states:::dynamodb:putItem", "DynamoDB.AmazonDynamoDBException",
          "; Proxy: null)" },
        { "arn:aws:states:::aws-sdk:dynamodb:putItem", "DynamoDb.DynamoDbException", ")" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct run run;
        run_open(&run, "{}");
        create_table(&run);
        run_task(&run, cases[i].resource, "{'TableName':'tab','Item':null}");
        expect_cause(&run, cases[i].error,
                     "1 validation error detected: Value null at 'item' failed to satisfy "
                     "constraint: Member must not be null (Service: ",
                     cases[i].end);
        run_close(&run);
    }
}

/* services/dynamodb_task_service.base_integrations.DYNAMODB_PUT_QUERY */
Test(local_run, the_sdk_queries)
{
    struct run run;
    run_open(&run, "{}");
    create_table(&run);
    run_task(&run, "arn:aws:states:::aws-sdk:dynamodb:query",
             "{'TableName':'tab','KeyConditionExpression':'id = :id',"
             "'ExpressionAttributeValues':{':id':{'S':'id1'}},'ProjectionExpression':'id, flag'}");
    run_expect(&run, "output.Count", "1");
    run_expect(&run, "output.ScannedCount", "1");
    str items = run_field(&run, run_describe(&run), "output.Items");
    cr_expect(str_find(items, STR("\"flag\":{\"Bool\":true}"), 0) < items.len, "%.*s",
              STR_ARGS(items));
    run_close(&run);
}

/* ---- EventBridge ---- */

Test(local_run, events_are_put_without_headers)
{
    struct run run;
    run_open(&run, "{}");
    run_task(&run, "arn:aws:states:::events:putEvents",
             "{'Entries':[{'Detail':{'Message':'m'},'DetailType':'t','Source':'some.source'}]}");
    json output = test_json(&run.arena,
                            arena_cstr(&run.arena, run_field(&run, run_describe(&run), "output")));
    cr_assert_eq(json_count(output), 2);
    test_text(json_key_at(output, 0), "Entries");
    test_text(run_field(&run, output, "FailedEntryCount"), "0");
    run_close(&run);
}

/* services/events_task_service.put_events_malformed_detail */
Test(local_run, an_entry_that_fails_fails_the_task)
{
    struct run run;
    run_open(&run, "{}");
    run_task(&run, "arn:aws:states:::events:putEvents",
             "{'Entries':[{'Detail':'jsonstring','DetailType':'t','Source':'some.source'}]}");
    run_expect(&run, "error", "EventBridge.FailedEntry");
    run_expect(&run, "cause",
               "{\"Entries\":[{\"ErrorCode\":\"MalformedDetail\",\"ErrorMessage\":\"Detail is "
               "malformed.\"}],\"FailedEntryCount\":1}");
    run_close(&run);
}

/* SNS speaks Query, whose code for this is none of its model's. */
Test(local_run, a_message_that_is_null_is_refused_as_the_query_protocol_does)
{
    struct run run;
    run_open(&run, "{}");
    run_task(&run, "arn:aws:states:::sns:publish",
             "{'TopicArn':'arn:aws:sns:us-east-1:000000000000:t','Message':null}");
    expect_cause(&run, "SNS.AmazonSNSException", "1 validation error detected: Value null",
                 "; Proxy: null)");
    cr_expect(str_find(run_field(&run, run_describe(&run), "cause"),
                       STR("Error Code: ValidationError;"), 0) > 0);
    run_close(&run);
}

Test(local_run, an_invocation_is_of_a_known_type)
{
    struct run run;
    run_open(&run, "{}");
    run_task(&run, "arn:aws:states:::lambda:invoke",
             "{'FunctionName':'f','InvocationType':'Later'}");
    expect_cause(&run, "Lambda.AWSLambdaException",
                 "1 validation error detected: Value 'Later' at 'invocationType' failed to satisfy "
                 "constraint: Member must satisfy enum value set: ",
                 "; Proxy: null)");
    run_close(&run);
}
