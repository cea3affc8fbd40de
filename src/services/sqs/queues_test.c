/* Queues: names, attributes, lists, tags, permissions, deleting and purging. Expected texts are
 * AWS's as recorded. */
#include <criterion/criterion.h>
#include <stdio.h>

#include "services/sqs/support_test.h"

static struct api api;

static void open(void)
{
    api_open(&api);
}

static void close(void)
{
    api_close(&api);
}

TestSuite(queues, .init = open, .fini = close);

#define NO_QUEUE "QueueDoesNotExist: The specified queue does not exist."

Test(queues, names)
{
    api_expect_exactly(&api, "CreateQueue", "{'QueueName':'a-B_9'}", "{'QueueUrl':'" URL "a-B_9'}");
    api_expect_exactly(&api, "CreateQueue",
                       "{'QueueName':'a.fifo','Attributes':{'FifoQueue':'true'}}",
                       "{'QueueUrl':'" URL "a.fifo'}");
    const char *bad = "InvalidParameterValue: Can only include alphanumeric characters, hyphens, "
                      "or underscores. 1 to 80 in length";
    api_expect_error(&api, "CreateQueue", "{'QueueName':'in.fo'}", bad);
    api_expect_error(&api, "CreateQueue", "{'QueueName':'a b'}", bad);
    api_expect_error(&api, "CreateQueue", "{'QueueName':'example.fifo'}", bad);
    api_expect_error(&api, "CreateQueue", "{'QueueName':'a\\u0000b'}", bad);
    char params[160], name[82];
    memset(name, 'n', sizeof name);
    name[81] = 0;
    snprintf(params, sizeof params, "{'QueueName':'%s'}", name);
    api_expect_error(&api, "CreateQueue", params, bad);
    name[80] = 0;
    snprintf(params, sizeof params, "{'QueueName':'%s'}", name);
    api_expect(&api, "CreateQueue", params, "{}");
    api_expect_error(&api, "CreateQueue", "{'QueueName':''}",
                     "InvalidParameterValue: Queue name cannot be empty");
    api_expect_error(&api, "CreateQueue", "{'QueueName':'e','Attributes':{'FifoQueue':'true'}}",
                     "InvalidParameterValue: The name of a FIFO queue can only include "
                     "alphanumeric characters, hyphens, or underscores, must end with .fifo suffix "
                     "and be 1 to 80 in length.");
    api_expect_error(&api, "CreateQueue", "{'QueueName':'e','Attributes':{'FifoQueue':'false'}}",
                     "InvalidAttributeName: Unknown Attribute FifoQueue.");
}

Test(queues, the_url_has_the_host_that_was_asked)
{
    struct request *request = api_send(&api, "CreateQueue", "{'QueueName':'q'}");
    request->host = STR("queues:9999");
    api_run(&api);
    cr_assert(str_eq(api_answer(&api, request),
                     STR("{\"QueueUrl\":\"http://queues:9999/000000000000/q\"}")));
    arena_close(&request->arena);
}

Test(queues, urls_and_arns)
{
    struct source source = { .shard = api.shard, .arena = &api.arena };
    str name;
    static const char *const good[] = {
        URL "q",
        "https://sqs.us-east-1.amazonaws.com/000000000000/q",
        "http://h/queue/q",
        "http://h/queue/us-east-1/000000000000/q",
        "/000000000000/q",
        ARN "q",
    };
    for (size_t i = 0; i < sizeof good / sizeof *good; i++)
        cr_assert(sqs_queue_name(&source, str_from(good[i]), &name) && str_eq(name, STR("q")), "%s",
                  good[i]);
    static const char *const bad[] = {
        "q",
        "",
        "/",
        "//",
        "http://h/123456789012/q",
        "http://h/000000000000/",
        "arn:aws:sqs",
        "arn:aws:sqs:eu-west-1:000000000000:q",
        "arn:aws:sns:us-east-1:000000000000:q",
        "arn:aws:sqs:us-east-1:000000000000:",
        URL "q/../x",
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        cr_assert(!sqs_queue_name(&source, str_from(bad[i]), &name), "%s", bad[i]);
}

Test(queues, what_does_not_exist)
{
    api_expect_error(&api, "SendMessage", "{'QueueUrl':'" URL "q','MessageBody':'b'}", NO_QUEUE);
    api_expect_error(&api, "GetQueueUrl", "{'QueueName':'q'}", NO_QUEUE);
    api_expect_error(&api, "ReceiveMessage", "{'QueueUrl':'" URL "q'}", NO_QUEUE);
    api_expect_error(&api, "ReceiveMessage", "{'QueueUrl':'x'}",
                     "InvalidAddress: The address x is not valid for this endpoint.");
    api_expect_error(&api, "ReceiveMessage", "{}",
                     "MissingParameter: The request must contain the parameter QueueUrl.");
    queue_create(&api, "q", "{}");
    api_expect_error(&api, "GetQueueUrl",
                     "{'QueueName':'q','QueueOwnerAWSAccountId':'123456789012'}", NO_QUEUE);
    api_expect_exactly(&api, "GetQueueUrl", "{'QueueName':'q'}", "{'QueueUrl':'" URL "q'}");
}

Test(queues, the_same_again)
{
    queue_create(&api, "q", "{'DelaySeconds':'5','VisibilityTimeout':'030'}");
    queue_create(&api, "q", "{}");
    queue_create(&api, "q", "{'DelaySeconds':'5'}");
    queue_create(&api, "q", "{'VisibilityTimeout':'30','MessageRetentionPeriod':'345600'}");
    api_expect_error(&api, "CreateQueue", "{'QueueName':'q','Attributes':{'DelaySeconds':'6'}}",
                     "QueueNameExists: A queue already exists with the same name and a different "
                     "value for attribute DelaySeconds");
    queue_create(&api, "f.fifo", "{'FifoQueue':'true'}");
    api_expect_error(&api, "CreateQueue",
                     "{'QueueName':'f.fifo','Attributes':{'FifoQueue':'true',"
                     "'ContentBasedDeduplication':'true'}}",
                     "QueueNameExists: A queue already exists with the same name and a different "
                     "value for attribute ContentBasedDeduplication");
}

Test(queues, attributes_of_a_new_queue)
{
    queue_create(&api, "q", "{'VisibilityTimeout':'20'}");
    api_expect_exactly(
        &api, "GetQueueAttributes", "{'QueueUrl':'" URL "q','AttributeNames':['All']}",
        "{'Attributes':{'QueueArn':'" ARN "q','ApproximateNumberOfMessages':'0',"
        "'ApproximateNumberOfMessagesNotVisible':'0','ApproximateNumberOfMessagesDelayed':'0',"
        "'CreatedTimestamp':'1700000000','LastModifiedTimestamp':'1700000000',"
        "'VisibilityTimeout':'20','MaximumMessageSize':'1048576',"
        "'MessageRetentionPeriod':'345600','DelaySeconds':'0',"
        "'ReceiveMessageWaitTimeSeconds':'0','SqsManagedSseEnabled':'true'}}");
    api_expect_exactly(&api, "GetQueueAttributes", "{'QueueUrl':'" URL "q'}", "{}");
    api_expect_exactly(&api, "GetQueueAttributes",
                       "{'QueueUrl':'" URL "q','AttributeNames':['Policy','QueueArn']}",
                       "{'Attributes':{'QueueArn':'" ARN "q'}}");
    api_expect_error(&api, "GetQueueAttributes",
                     "{'QueueUrl':'" URL "q','AttributeNames':['Colour']}",
                     "InvalidAttributeName: Unknown Attribute Colour.");
}

Test(queues, attributes_of_a_fifo_queue)
{
    queue_create(&api, "f.fifo", "{'FifoQueue':'true','ContentBasedDeduplication':'true'}");
    api_expect(&api, "GetQueueAttributes", "{'QueueUrl':'" URL "f.fifo','AttributeNames':['All']}",
               "{'Attributes':{'FifoQueue':'true','ContentBasedDeduplication':'true',"
               "'DeduplicationScope':'queue','FifoThroughputLimit':'perQueue'}}");
    api_expect(&api, "SetQueueAttributes",
               "{'QueueUrl':'" URL "f.fifo','Attributes':{'FifoQueue':'true',"
               "'DeduplicationScope':'messageGroup','FifoThroughputLimit':'perMessageGroupId'}}",
               "{}");
    api_expect_error(&api, "SetQueueAttributes",
                     "{'QueueUrl':'" URL "f.fifo','Attributes':{'DeduplicationScope':'queue'}}",
                     "InvalidAttributeValue: The perMessageGroupId value is allowed only when the "
                     "value for DeduplicationScope is messageGroup.");
    api_expect_error(&api, "SetQueueAttributes",
                     "{'QueueUrl':'" URL "f.fifo','Attributes':{'FifoQueue':'false'}}",
                     "InvalidAttributeValue: Invalid value for the parameter FifoQueue. Reason: "
                     "Modifying queue type is not supported.");
    queue_create(&api, "q", "{}");
    api_expect_error(&api, "SetQueueAttributes",
                     "{'QueueUrl':'" URL "q','Attributes':{'FifoQueue':'true'}}",
                     "InvalidAttributeName: Unknown Attribute FifoQueue.");
    api_expect_error(&api, "SetQueueAttributes",
                     "{'QueueUrl':'" URL "q','Attributes':{'ContentBasedDeduplication':'true'}}",
                     "InvalidAttributeName: Unknown Attribute ContentBasedDeduplication.");
    api_expect_error(&api, "SetQueueAttributes",
                     "{'QueueUrl':'" URL "q','Attributes':{'DeduplicationScope':'queue'}}",
                     "InvalidAttributeName: You can specify the DeduplicationScope only when "
                     "FifoQueue is set to true.");
}

/* name, lowest, highest */
static const struct {
    const char *name;
    int min, max;
} ranges[] = {
    { "VisibilityTimeout", 0, 43200 },          { "MaximumMessageSize", 1024, 1048576 },
    { "MessageRetentionPeriod", 60, 1209600 },  { "DelaySeconds", 0, 900 },
    { "ReceiveMessageWaitTimeSeconds", 0, 20 },
};

static bool set(const char *name, const char *value, const char *expected)
{
    str answer = api_callf(&api, "SetQueueAttributes",
                           "{'QueueUrl':'" URL "q','Attributes':{'%s':'%s'}}", name, value);
    return str_eq(answer, str_from(expected));
}

Test(queues, ranges_of_attributes)
{
    queue_create(&api, "q", "{}");
    for (size_t i = 0; i < sizeof ranges / sizeof *ranges; i++) {
        char expected[128], value[32];
        snprintf(expected, sizeof expected,
                 "InvalidAttributeValue: Invalid value for the parameter %s.", ranges[i].name);
        snprintf(value, sizeof value, "%d", ranges[i].min);
        cr_assert(set(ranges[i].name, value, "{}"));
        snprintf(value, sizeof value, "%d", ranges[i].min - 1);
        cr_assert(set(ranges[i].name, value, expected));
        snprintf(value, sizeof value, "%d", ranges[i].max);
        cr_assert(set(ranges[i].name, value, "{}"));
        snprintf(value, sizeof value, "%d", ranges[i].max + 1);
        cr_assert(set(ranges[i].name, value, expected));
        cr_assert(set(ranges[i].name, "", expected));
        cr_assert(set(ranges[i].name, " 6", expected));
        cr_assert(set(ranges[i].name, "5.5", expected));
    }
    cr_assert(set("QueueArn", "x", "InvalidAttributeName: Unknown Attribute QueueArn."));
    cr_assert(set("Colour", "x", "InvalidAttributeName: Unknown Attribute Colour."));
}

Test(queues, encryption_is_one_of_two)
{
    queue_create(&api, "q", "{}");
    cr_assert(set("KmsMasterKeyId", "testKeyId", "{}"));
    api_expect_exactly(&api, "GetQueueAttributes",
                       "{'QueueUrl':'" URL "q','AttributeNames':['KmsMasterKeyId',"
                       "'KmsDataKeyReusePeriodSeconds','SqsManagedSseEnabled']}",
                       "{'Attributes':{'KmsMasterKeyId':'testKeyId',"
                       "'KmsDataKeyReusePeriodSeconds':'300','SqsManagedSseEnabled':'false'}}");
    cr_assert(set("SqsManagedSseEnabled", "true",
                  "InvalidAttributeName: You can use one type of server-side encryption (SSE) at "
                  "one time. You can either enable KMS SSE or SQS SSE."));
    cr_assert(set("KmsMasterKeyId", "", "{}"));
    cr_assert(set("SqsManagedSseEnabled", "true", "{}"));
    api_expect_exactly(&api, "GetQueueAttributes",
                       "{'QueueUrl':'" URL "q','AttributeNames':['KmsMasterKeyId',"
                       "'KmsDataKeyReusePeriodSeconds','SqsManagedSseEnabled']}",
                       "{'Attributes':{'SqsManagedSseEnabled':'true'}}");
}

Test(queues, changes_are_dated)
{
    queue_create(&api, "q", "{}");
    api_advance(&api, 60000);
    cr_assert(set("DelaySeconds", "1", "{}"));
    api_expect_exactly(&api, "GetQueueAttributes",
                       "{'QueueUrl':'" URL "q','AttributeNames':['CreatedTimestamp',"
                       "'LastModifiedTimestamp','DelaySeconds']}",
                       "{'Attributes':{'CreatedTimestamp':'1700000000','LastModifiedTimestamp':"
                       "'1700000060','DelaySeconds':'1'}}");
}

/* ---- lists ---- */

Test(queues, lists_by_prefix_and_in_pages)
{
    api_expect_exactly(&api, "ListQueues", "{}", "{}");
    queue_create(&api, "b2", "{}");
    queue_create(&api, "a1", "{}");
    queue_create(&api, "b1", "{}");
    queue_create(&api, "b10", "{'Policy':'{\\'Statement\\':[]}'}");
    api_expect_exactly(&api, "ListQueues", "{'QueueNamePrefix':'b'}",
                       "{'QueueUrls':['" URL "b1','" URL "b10','" URL "b2']}");
    api_expect_exactly(&api, "ListQueues", "{'QueueNamePrefix':'b1x'}", "{}");
    str answer = api_call(&api, "ListQueues", "{'MaxResults':3}");
    cr_assert_eq(api_count(&api, answer, "QueueUrls"), 3);
    str page = api_field(&api, answer, "NextToken");
    answer = api_callf(&api, "ListQueues", "{'MaxResults':3,'NextToken':'%.*s'}", STR_ARGS(page));
    cr_assert(str_eq(answer, STR("{\"QueueUrls\":[\"" URL "b2\"]}")));
    answer =
        api_callf(&api, "ListQueues", "{'QueueNamePrefix':'b','NextToken':'%.*s'}", STR_ARGS(page));
    cr_assert(str_eq(answer, STR("InvalidParameterValue: Invalid or expired next token.")));
    api_expect_error(&api, "ListQueues", "{'MaxResults':1001}",
                     "InvalidParameterValue: Value 1001 for parameter MaxResults is invalid. "
                     "Reason: Must be between 1 and 1000, if provided.");
}

/* ---- tags ---- */

Test(queues, tags)
{
    api_expect(&api, "CreateQueue", "{'QueueName':'q','tags':{'tag0':'x'}}", "{}");
    api_expect(&api, "TagQueue",
               "{'QueueUrl':'" URL "q','Tags':{'tag1':'value1','tag2':'value2','tag3':''}}", "{}");
    api_expect_exactly(&api, "ListQueueTags", "{'QueueUrl':'" URL "q'}",
                       "{'Tags':{'tag0':'x','tag1':'value1','tag2':'value2','tag3':''}}");
    api_expect(&api, "UntagQueue",
               "{'QueueUrl':'" URL "q','TagKeys':['tag0','tag1','tag3','none']}", "{}");
    api_expect_exactly(&api, "ListQueueTags", "{'QueueUrl':'" URL "q'}",
                       "{'Tags':{'tag2':'value2'}}");
    api_expect(&api, "UntagQueue", "{'QueueUrl':'" URL "q','TagKeys':['tag2']}", "{}");
    api_expect_exactly(&api, "ListQueueTags", "{'QueueUrl':'" URL "q'}", "{'Tags':{}}");
}

Test(queues, fifty_tags_and_no_more)
{
    struct buf tags;
    buf_init(&tags, &api.arena);
    for (int i = 0; i < 50; i++)
        buf_printf(&tags, "%s'k%d':'v'", i == 0 ? "" : ",", i);
    queue_create(&api, "q", "{}");
    str answer = api_callf(&api, "TagQueue", "{'QueueUrl':'" URL "q','Tags':{%.*s}}",
                           STR_ARGS(buf_str(&tags)));
    cr_assert(str_eq(answer, STR("{}")));
    api_expect_error(&api, "TagQueue", "{'QueueUrl':'" URL "q','Tags':{'k50':'v'}}",
                     "InvalidParameterValue: Too many tags added for queue q. Maximum number of "
                     "tags allowed is 50.");
}

/* ---- permissions ---- */

#define POLICY                                                                                     \
    "{\"Version\":\"2008-10-17\",\"Id\":\"" ARN "q/SQSDefaultPolicy\",\"Statement\":[{\"Sid\":"    \
    "\"p\",\"Effect\":\"Allow\",\"Principal\":{\"AWS\":[\"arn:aws:iam::668614515564:root\","       \
    "\"arn:aws:iam::111111111111:root\"]},\"Action\":\"SQS:ReceiveMessage\",\"Resource\":\"" ARN   \
    "q\"}]}"

Test(queues, permissions_are_statements)
{
    queue_create(&api, "q", "{}");
    const char *add = "{'QueueUrl':'" URL "q','Label':'p','AWSAccountIds':['668614515564',"
                      "'111111111111'],'Actions':['ReceiveMessage']}";
    api_expect_exactly(&api, "AddPermission", add, "{}");
    str answer =
        api_call(&api, "GetQueueAttributes", "{'QueueUrl':'" URL "q','AttributeNames':['Policy']}");
    cr_assert(str_eq(api_field(&api, answer, "Attributes.Policy"), STR(POLICY)));
    api_expect_error(&api, "AddPermission", add,
                     "InvalidParameterValue: Value p for parameter Label is invalid. Reason: "
                     "Already exists.");
    api_expect_exactly(&api, "RemovePermission", "{'QueueUrl':'" URL "q','Label':'p'}", "{}");
    api_expect_exactly(&api, "GetQueueAttributes",
                       "{'QueueUrl':'" URL "q','AttributeNames':['Policy']}", "{'Attributes':{}}");
    api_expect_error(&api, "RemovePermission", "{'QueueUrl':'" URL "q','Label':'p'}",
                     "InvalidParameterValue: Value p for parameter Label is invalid. Reason: can't "
                     "find label.");
}

Test(queues, permissions_that_are_refused)
{
    queue_create(&api, "q", "{}");
    api_expect_error(&api, "AddPermission",
                     "{'QueueUrl':'" URL "q','Label':'p','AWSAccountIds':['123456789012'],"
                     "'Actions':['CreateQueue']}",
                     "InvalidParameterValue: Value SQS:CreateQueue for parameter ActionName is "
                     "invalid. Reason: Only the queue owner is allowed to invoke this action.");
    api_expect_error(&api, "AddPermission",
                     "{'QueueUrl':'" URL "q','Label':'p','AWSAccountIds':['123456789012'],"
                     "'Actions':['SendMessageBatch']}",
                     "InvalidParameterValue: Value SQS:SendMessageBatch for parameter ActionName "
                     "is invalid. Reason: Please refer to the appropriate WSDL for a list of valid "
                     "actions.");
    api_expect_error(&api, "AddPermission",
                     "{'QueueUrl':'" URL "q','Label':'p','AWSAccountIds':['123456789012']}",
                     "MissingParameter: The request must contain the parameter ActionName.");
    for (int i = 1; i <= 20; i++) {
        str answer = api_callf(&api, "AddPermission",
                               "{'QueueUrl':'" URL "q','Label':'p%d','AWSAccountIds':"
                               "['123456789012'],'Actions':['SendMessage']}",
                               i);
        cr_assert(str_eq(answer, STR("{}")), "%.*s", STR_ARGS(answer));
    }
    api_expect_error(&api, "AddPermission",
                     "{'QueueUrl':'" URL "q','Label':'p21','AWSAccountIds':['123456789012'],"
                     "'Actions':['SendMessage']}",
                     "OverLimit: 21 Statements were found, maximum allowed is 20.");
}

/* ---- delete and purge ---- */

Test(queues, a_deleted_queue_leaves_nothing)
{
    queue_create(&api, "q", "{}");
    for (int i = 0; i < 450; i++) /* several pieces */
        queue_send(&api, "q", "b", "");
    cr_assert(queue_bodies(&api, "q", "").len > 0);
    api_expect_exactly(&api, "DeleteQueue", "{'QueueUrl':'" URL "q'}", "{}");
    api_expect_error(&api, "SendMessage", "{'QueueUrl':'" URL "q','MessageBody':'b'}", NO_QUEUE);
    cr_assert_eq(records_count(&api, KEY_MESSAGE), 0);
    cr_assert_eq(records_count(&api, KEY_MESSAGE_STATE), 0);
    cr_assert_eq(records_count(&api, KEY_QUEUE_ORDER), 0);
    cr_assert_eq(records_count(&api, KEY_QUEUE_NOTE), 0);
    cr_assert_eq(records_count(&api, KEY_QUEUE), 0);
    queue_create(&api, "q", "{'DelaySeconds':'1'}"); /* at once, and another */
    queue_expect_counts(&api, "q", 0, 0, 0);
}

Test(queues, deleting_goes_on_after_a_restart)
{
    queue_create(&api, "q", "{}");
    for (int i = 0; i < 250; i++)
        queue_send(&api, "q", "b", "");
    struct request *request = api_send(&api, "DeleteQueue", "{'QueueUrl':'" URL "q'}");
    cr_assert_eq(shard_step(api.shard), 1);
    shard_sync(api.shard);
    arena_close(&request->arena);
    cr_assert_gt(records_count(&api, KEY_MESSAGE), 0);
    api_reopen(&api);
    cr_assert_eq(records_count(&api, KEY_MESSAGE), 0);
    cr_assert_eq(records_count(&api, KEY_QUEUE_NOTE), 0);
}

Test(queues, a_purged_queue_is_empty_and_keeps_its_settings)
{
    queue_create(&api, "q", "{'VisibilityTimeout':'7'}");
    queue_send(&api, "q", "old", "");
    queue_send(&api, "q", "later", ",'DelaySeconds':100");
    str handle = queue_handle(&api, "q");
    api_expect_exactly(&api, "PurgeQueue", "{'QueueUrl':'" URL "q'}", "{}");
    queue_expect_counts(&api, "q", 0, 0, 0);
    cr_assert_eq(records_count(&api, KEY_MESSAGE), 0);
    queue_delete_handle(&api, "q", handle); /* gone is no error */
    queue_send(&api, "q", "new", "");
    cr_assert(str_eq(queue_bodies(&api, "q", ""), STR("new")));
    api_expect_exactly(&api, "GetQueueAttributes",
                       "{'QueueUrl':'" URL "q','AttributeNames':['VisibilityTimeout']}",
                       "{'Attributes':{'VisibilityTimeout':'7'}}");
    api_advance(&api, 200000);
    cr_assert(str_eq(queue_bodies(&api, "q", ""), STR("new")));
}
