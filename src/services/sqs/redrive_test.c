/* Dead-letter queues and move tasks. Texts and answers are those recorded from AWS. */
#include <criterion/criterion.h>
#include <stdio.h>

#include "services/sqs/support_test.h"

static struct api api;

static void open(void)
{
    api_open(&api);
    queue_create(&api, "dead", "{}");
}

static void close(void)
{
    api_close(&api);
}

TestSuite(redrive, .init = open, .fini = close);

/* A queue whose messages die after `count` receives. */
static void create_source(const char *name, const char *dead, int count)
{
    char attributes[256];
    snprintf(attributes, sizeof attributes,
             "{'VisibilityTimeout':'1','RedrivePolicy':'{\\'deadLetterTargetArn\\':\\'" ARN
             "%s\\',\\'maxReceiveCount\\':%d}'}",
             dead, count);
    queue_create(&api, name, attributes);
}

static void policy_fails(const char *policy, const char *expected)
{
    str answer = api_callf(&api, "CreateQueue",
                           "{'QueueName':'new','Attributes':{'RedrivePolicy':'%s'}}", policy);
    cr_assert(str_eq(answer, str_from(expected)), "%.*s", STR_ARGS(answer));
}

Test(redrive, policies_that_are_refused)
{
    policy_fails("x", "InvalidParameterValue: Invalid value for the parameter RedrivePolicy. "
                      "Reason: Redrive policy is not a valid JSON map.");
    policy_fails("{\\'deadLetterTargetArn\\':\\'dummy\\',\\'maxReceiveCount\\':42}",
                 "InvalidParameterValue: Value {\"deadLetterTargetArn\":\"dummy\","
                 "\"maxReceiveCount\":42} for parameter RedrivePolicy is invalid. Reason: Invalid "
                 "value for deadLetterTargetArn.");
    policy_fails("{\\'deadLetterTargetArn\\':\\'" ARN "none\\',\\'maxReceiveCount\\':1}",
                 "InvalidParameterValue: Value {\"deadLetterTargetArn\":\"" ARN "none\","
                 "\"maxReceiveCount\":1} for parameter RedrivePolicy is invalid. Reason: Dead "
                 "letter target does not exist.");
    policy_fails("{}", "InvalidParameterValue: Value {} for parameter RedrivePolicy is invalid. "
                       "Reason: Redrive policy does not contain mandatory attribute: "
                       "maxReceiveCount.");
    policy_fails("{\\'maxReceiveCount\\':1}",
                 "InvalidParameterValue: Value {\"maxReceiveCount\":1} for parameter RedrivePolicy "
                 "is invalid. Reason: Redrive policy does not contain mandatory attribute: "
                 "deadLetterTargetArn.");
    policy_fails("{\\'deadLetterTargetArn\\':\\'" ARN "dead\\',\\'maxReceiveCount\\':1001}",
                 "InvalidParameterValue: Value {\"deadLetterTargetArn\":\"" ARN "dead\","
                 "\"maxReceiveCount\":1001} for parameter RedrivePolicy is invalid. Reason: "
                 "Invalid value for maxReceiveCount: 1001, valid values are from 1 to 1000 both "
                 "inclusive.");
    queue_create(&api, "dead.fifo", "{'FifoQueue':'true'}");
    policy_fails("{\\'deadLetterTargetArn\\':\\'" ARN "dead.fifo\\',\\'maxReceiveCount\\':1}",
                 "InvalidParameterValue: Value {\"deadLetterTargetArn\":\"" ARN "dead.fifo\","
                 "\"maxReceiveCount\":1} for parameter RedrivePolicy is invalid. Reason: "
                 "Dead-letter queue must be same type of queue as the source.");
}

Test(redrive, policies_are_shown_and_removed)
{
    queue_create(
        &api, "q",
        "{'RedrivePolicy':'{ \\'maxReceiveCount\\':\\'3\\', \\'deadLetterTargetArn\\':\\'" ARN
        "dead\\' }'}");
    str answer = api_call(&api, "GetQueueAttributes",
                          "{'QueueUrl':'" URL "q','AttributeNames':['RedrivePolicy']}");
    cr_assert(str_eq(api_field(&api, answer, "Attributes.RedrivePolicy"),
                     STR("{\"deadLetterTargetArn\":\"" ARN "dead\",\"maxReceiveCount\":3}")));
    api_expect_exactly(&api, "ListDeadLetterSourceQueues", "{'QueueUrl':'" URL "dead'}",
                       "{'queueUrls':['" URL "q']}");
    api_expect(&api, "SetQueueAttributes",
               "{'QueueUrl':'" URL "q','Attributes':{'RedrivePolicy':''}}", "{}");
    api_expect_exactly(&api, "GetQueueAttributes",
                       "{'QueueUrl':'" URL "q','AttributeNames':['RedrivePolicy']}",
                       "{'Attributes':{}}");
    api_expect_exactly(&api, "ListDeadLetterSourceQueues", "{'QueueUrl':'" URL "dead'}",
                       "{'queueUrls':[]}");
}

Test(redrive, who_may_use_a_dead_letter_queue)
{
    api_expect(&api, "SetQueueAttributes",
               "{'QueueUrl':'" URL "dead','Attributes':{'RedriveAllowPolicy':"
               "'{\\'redrivePermission\\':\\'byQueue\\',\\'sourceQueueArns\\':[\\'" ARN "a\\']}'}}",
               "{}");
    create_source("a", "dead", 1);
    str answer =
        api_callf(&api, "CreateQueue",
                  "{'QueueName':'b','Attributes':{'RedrivePolicy':"
                  "'{\\'deadLetterTargetArn\\':\\'" ARN "dead\\',\\'maxReceiveCount\\':1}'}}");
    cr_assert(str_starts_with(answer, STR("InvalidParameterValue: Value {")));
    api_expect_error(&api, "SetQueueAttributes",
                     "{'QueueUrl':'" URL "dead','Attributes':{'RedriveAllowPolicy':"
                     "'{\\'redrivePermission\\':\\'byQueue\\'}'}}",
                     "InvalidParameterValue: Value {\"redrivePermission\":\"byQueue\"} for "
                     "parameter RedriveAllowPolicy is invalid. Reason: Amazon SQS can't create the "
                     "redrive allow policy. When you specify the byQueue permission type, you must "
                     "also specify one or more sourceQueueArns values.");
}

Test(redrive, sources_in_pages)
{
    create_source("c", "dead", 1);
    create_source("a", "dead", 1);
    create_source("b", "dead", 1);
    queue_create(&api, "dead2", "{}");
    create_source("d", "dead2", 1);
    str answer =
        api_call(&api, "ListDeadLetterSourceQueues", "{'QueueUrl':'" URL "dead','MaxResults':2}");
    cr_assert_eq(api_count(&api, answer, "queueUrls"), 2);
    answer = api_callf(&api, "ListDeadLetterSourceQueues",
                       "{'QueueUrl':'" URL "dead','MaxResults':2,'NextToken':'%.*s'}",
                       STR_ARGS(api_field(&api, answer, "NextToken")));
    cr_assert(str_eq(answer, STR("{\"queueUrls\":[\"" URL "c\"]}")));
    api_expect(&api, "DeleteQueue", "{'QueueUrl':'" URL "b'}", "{}");
    api_expect_exactly(&api, "ListDeadLetterSourceQueues", "{'QueueUrl':'" URL "dead'}",
                       "{'queueUrls':['" URL "a','" URL "c']}");
}

/* ---- dying ---- */

Test(redrive, after_so_many_receives)
{
    create_source("q", "dead", 2);
    str sent = queue_send(&api, "q", "a",
                          ",'MessageAttributes':{'n':{'DataType':'String',"
                          "'StringValue':'v'}}");
    for (int i = 0; i < 2; i++) {
        cr_assert(str_eq(queue_bodies(&api, "q", ""), STR("a")));
        api_advance(&api, 1000);
        queue_expect_counts(&api, "dead", 0, 0, 0);
    }
    cr_assert_eq(queue_bodies(&api, "q", "").len, 0);
    queue_expect_counts(&api, "q", 0, 0, 0);
    queue_expect_counts(&api, "dead", 1, 0, 0);
    api_advance(&api, 1000);
    str answer = api_call(&api, "ReceiveMessage",
                          "{'QueueUrl':'" URL "dead','AttributeNames':['All'],"
                          "'MessageAttributeNames':['All']}");
    cr_assert(str_eq(api_field(&api, answer, "Messages.0.MessageId"),
                     api_field(&api, sent, "MessageId")));
    cr_assert(str_eq(api_field(&api, answer, "Messages.0.Attributes.DeadLetterQueueSourceArn"),
                     STR(ARN "q")));
    cr_assert(str_eq(api_field(&api, answer, "Messages.0.Attributes.SentTimestamp"),
                     STR("1700000000123")));
    cr_assert(
        str_eq(api_field(&api, answer, "Messages.0.Attributes.ApproximateReceiveCount"), STR("3")));
    cr_assert(
        str_eq(api_field(&api, answer, "Messages.0.MessageAttributes.n.StringValue"), STR("v")));
    queue_delete_handle(&api, "dead", api_field(&api, answer, "Messages.0.ReceiptHandle"));
    cr_assert_eq(records_count(&api, KEY_MESSAGE), 0);
    cr_assert_eq(records_count(&api, KEY_MESSAGE_STATE), 0);
    cr_assert_eq(records_count(&api, KEY_QUEUE_ORDER), 0);
}

Test(redrive, others_are_received_in_the_same_call)
{
    create_source("q", "dead", 1);
    queue_send(&api, "q", "old", "");
    cr_assert(str_eq(queue_bodies(&api, "q", ""), STR("old")));
    api_advance(&api, 1000);
    queue_send(&api, "q", "new", "");
    cr_assert(str_eq(queue_bodies(&api, "q", ""), STR("new")));
    cr_assert(str_eq(queue_bodies(&api, "dead", ""), STR("old")));
}

Test(redrive, more_than_one_call_can_bury)
{
    create_source("q", "dead", 1);
    for (int i = 0; i < 250; i++)
        queue_send(&api, "q", "old", "");
    while (queue_bodies(&api, "q", "").len > 0)
        continue;
    api_advance(&api, 1000);
    queue_send(&api, "q", "new", "");
    str answer = api_call(&api, "ReceiveMessage", "{'QueueUrl':'" URL "q','WaitTimeSeconds':1}");
    cr_assert(str_eq(api_field(&api, answer, "Messages.0.Body"), STR("new")));
    queue_expect_counts(&api, "dead", 250, 0, 0);
}

Test(redrive, a_poll_of_the_dead_letter_queue_wakes)
{
    create_source("q", "dead", 1);
    queue_send(&api, "q", "a", "");
    cr_assert(str_eq(queue_bodies(&api, "q", ""), STR("a")));
    api_advance(&api, 1000);
    struct request *poll =
        api_send(&api, "ReceiveMessage", "{'QueueUrl':'" URL "dead','WaitTimeSeconds':20}");
    api_run(&api);
    cr_assert_eq(queue_bodies(&api, "q", "").len, 0);
    cr_assert(str_eq(api_field(&api, api_answer(&api, poll), "Messages.0.Body"), STR("a")));
    arena_close(&poll->arena);
}

Test(redrive, without_its_dead_letter_queue_a_message_stays)
{
    create_source("q", "dead", 1);
    queue_send(&api, "q", "a", "");
    api_expect(&api, "DeleteQueue", "{'QueueUrl':'" URL "dead'}", "{}");
    for (int i = 0; i < 3; i++) {
        cr_assert(str_eq(queue_bodies(&api, "q", ""), STR("a")));
        api_advance(&api, 1000);
    }
}

/* Developer guide, "Setting-up dead-letter queue retention": the time of sending stays. */
Test(redrive, a_dead_letter_is_as_old_as_it_was)
{
    api_expect(&api, "SetQueueAttributes",
               "{'QueueUrl':'" URL "dead','Attributes':{'MessageRetentionPeriod':'100'}}", "{}");
    create_source("q", "dead", 1);
    queue_send(&api, "q", "a", "");
    cr_assert(str_eq(queue_bodies(&api, "q", ""), STR("a")));
    api_advance(&api, 60000);
    cr_assert_eq(queue_bodies(&api, "q", "").len, 0);
    queue_expect_counts(&api, "dead", 1, 0, 0);
    api_advance(&api, 39999);
    queue_expect_counts(&api, "dead", 1, 0, 0);
    api_advance(&api, 1);
    queue_expect_counts(&api, "dead", 0, 0, 0);
}

Test(redrive, fifo_groups_go_on_behind_a_dead_letter)
{
    queue_create(&api, "dead.fifo", "{'FifoQueue':'true'}");
    queue_create(&api, "f.fifo",
                 "{'FifoQueue':'true','ContentBasedDeduplication':'true','VisibilityTimeout':'1',"
                 "'RedrivePolicy':'{\\'deadLetterTargetArn\\':\\'" ARN
                 "dead.fifo\\',\\'maxReceiveCount\\':1}'}");
    queue_send(&api, "f.fifo", "a1", ",'MessageGroupId':'a'");
    queue_send(&api, "f.fifo", "a2", ",'MessageGroupId':'a'");
    str answer = api_call(&api, "ReceiveMessage", "{'QueueUrl':'" URL "f.fifo'}");
    cr_assert(str_eq(api_field(&api, answer, "Messages.0.Body"), STR("a1")));
    api_advance(&api, 1000);
    cr_assert(str_eq(queue_bodies(&api, "f.fifo", ""), STR("a2")));
    answer = api_call(&api, "ReceiveMessage",
                      "{'QueueUrl':'" URL "dead.fifo','AttributeNames':['All']}");
    cr_assert(str_eq(api_field(&api, answer, "Messages.0.Body"), STR("a1")));
    cr_assert(str_eq(api_field(&api, answer, "Messages.0.Attributes.MessageGroupId"), STR("a")));
    cr_assert(str_eq(api_field(&api, answer, "Messages.0.Attributes.SentTimestamp"),
                     STR("1700000001123"))); /* of a FIFO message, when it moved */
}

/* ---- move tasks ---- */

/* Two dead letters of `q` in `dead`. */
static void bury_two(void)
{
    create_source("q", "dead", 1);
    queue_send(&api, "q", "one", "");
    queue_send(&api, "q", "two", "");
    cr_assert(str_eq(queue_bodies(&api, "q", ""), STR("one two")));
    api_advance(&api, 1000);
    cr_assert_eq(queue_bodies(&api, "q", "").len, 0);
    queue_expect_counts(&api, "dead", 2, 0, 0);
}

Test(redrive, back_to_where_they_came_from)
{
    bury_two();
    cr_assert_gt(api_field(&api,
                           api_call(&api, "StartMessageMoveTask", "{'SourceArn':'" ARN "dead'}"),
                           "TaskHandle")
                     .len,
                 0);
    queue_expect_counts(&api, "dead", 0, 0, 0);
    str answer = api_call(&api, "ReceiveMessage",
                          "{'QueueUrl':'" URL "q','MaxNumberOfMessages':10,"
                          "'AttributeNames':['All']}");
    cr_assert_eq(api_count(&api, answer, "Messages"), 2);
    cr_assert(
        str_eq(api_field(&api, answer, "Messages.0.Attributes.ApproximateReceiveCount"), STR("1")));
    cr_assert(!api_has(&api, answer, "Messages.0.Attributes.DeadLetterQueueSourceArn"));
    api_expect_exactly(&api, "ListMessageMoveTasks", "{'SourceArn':'" ARN "dead'}",
                       "{'Results':[{'Status':'COMPLETED','SourceArn':'" ARN "dead',"
                       "'ApproximateNumberOfMessagesMoved':2,"
                       "'ApproximateNumberOfMessagesToMove':2,"
                       "'StartedTimestamp':1700000001123}]}");
}

Test(redrive, to_another_queue)
{
    bury_two();
    queue_create(&api, "to", "{}");
    api_expect(&api, "StartMessageMoveTask",
               "{'SourceArn':'" ARN "dead','DestinationArn':'" ARN "to'}", "{}");
    cr_assert(str_eq(queue_bodies(&api, "to", ""), STR("one two")));
    api_expect(&api, "ListMessageMoveTasks", "{'SourceArn':'" ARN "dead'}",
               "{'Results':[{'Status':'COMPLETED','DestinationArn':'" ARN "to'}]}");
}

Test(redrive, a_rate_and_a_cancellation)
{
    bury_two();
    struct request *request =
        api_send(&api, "StartMessageMoveTask",
                 "{'SourceArn':'" ARN "dead','MaxNumberOfMessagesPerSecond':1}");
    api_run(&api);
    str handle = api_field(&api, api_answer(&api, request), "TaskHandle");
    arena_close(&request->arena);
    api_expect(&api, "ListMessageMoveTasks", "{'SourceArn':'" ARN "dead'}",
               "{'Results':[{'Status':'RUNNING','MaxNumberOfMessagesPerSecond':1,"
               "'ApproximateNumberOfMessagesMoved':1,'ApproximateNumberOfMessagesToMove':2}]}");
    api_expect_error(&api, "StartMessageMoveTask", "{'SourceArn':'" ARN "dead'}",
                     "InvalidParameterValue: There is already a task running. Only one active task "
                     "is allowed for a source queue arn at a given time.");
    str answer =
        api_callf(&api, "CancelMessageMoveTask", "{'TaskHandle':'%.*s'}", STR_ARGS(handle));
    cr_assert(str_eq(answer, STR("{\"ApproximateNumberOfMessagesMoved\":1}")));
    api_advance(&api, 5000);
    queue_expect_counts(&api, "dead", 1, 0, 0);
    answer = api_call(&api, "ListMessageMoveTasks", "{'SourceArn':'" ARN "dead'}");
    cr_assert(str_eq(api_field(&api, answer, "Results.0.Status"), STR("CANCELLED")));
    cr_assert(!api_has(&api, answer, "Results.0.TaskHandle"));
}

Test(redrive, a_rate_takes_its_time)
{
    bury_two();
    api_expect(&api, "StartMessageMoveTask",
               "{'SourceArn':'" ARN "dead','MaxNumberOfMessagesPerSecond':1}", "{}");
    queue_expect_counts(&api, "dead", 1, 0, 0);
    api_advance(&api, 999);
    queue_expect_counts(&api, "dead", 1, 0, 0);
    api_advance(&api, 1);
    queue_expect_counts(&api, "dead", 0, 0, 0);
}

Test(redrive, a_task_goes_on_after_a_restart)
{
    bury_two();
    api_expect(&api, "StartMessageMoveTask",
               "{'SourceArn':'" ARN "dead','MaxNumberOfMessagesPerSecond':1}", "{}");
    api_reopen(&api);
    api_advance(&api, 1000);
    queue_expect_counts(&api, "dead", 0, 0, 0);
    queue_expect_counts(&api, "q", 2, 0, 0);
}

Test(redrive, tasks_that_fail)
{
    bury_two();
    queue_send(&api, "dead", "direct", "");
    api_expect(&api, "StartMessageMoveTask", "{'SourceArn':'" ARN "dead'}", "{}");
    api_expect(&api, "ListMessageMoveTasks", "{'SourceArn':'" ARN "dead'}",
               "{'Results':[{'Status':'FAILED','FailureReason':'CouldNotDetermineMessageSource',"
               "'ApproximateNumberOfMessagesMoved':2}]}");
    queue_expect_counts(&api, "dead", 1, 0, 0);
    queue_create(&api, "to", "{}");
    queue_send(&api, "dead", "direct", "");
    api_expect(&api, "StartMessageMoveTask",
               "{'SourceArn':'" ARN "dead','DestinationArn':'" ARN "to',"
               "'MaxNumberOfMessagesPerSecond':1}",
               "{}");
    api_expect(&api, "DeleteQueue", "{'QueueUrl':'" URL "to'}", "{}");
    api_advance(&api, 1000);
    api_expect(&api, "ListMessageMoveTasks", "{'SourceArn':'" ARN "dead','MaxResults':10}",
               "{'Results':[{'Status':'FAILED','FailureReason':"
               "'AWS.SimpleQueueService.NonExistentQueue','ApproximateNumberOfMessagesMoved':1},"
               "{'Status':'FAILED'}]}");
}

Test(redrive, tasks_that_are_refused)
{
    api_expect_error(&api, "StartMessageMoveTask", "{'SourceArn':'" ARN "dead'}",
                     "InvalidParameterValue: Source queue must be configured as a Dead Letter "
                     "Queue.");
    api_expect_error(&api, "StartMessageMoveTask", "{'SourceArn':'" ARN "none'}",
                     "ResourceNotFoundException: The resource that you specified for the SourceArn "
                     "parameter doesn't exist.");
    api_expect_error(&api, "StartMessageMoveTask", "{'SourceArn':'dead'}",
                     "InvalidParameterValue: You must use this format to specify the SourceArn: "
                     "arn:<partition>:<service>:<region>:<account-id>:<resource-id>");
    create_source("q", "dead", 1);
    api_expect_error(&api, "StartMessageMoveTask",
                     "{'SourceArn':'" ARN "dead','DestinationArn':'" ARN "none'}",
                     "ResourceNotFoundException: The resource that you specified for the "
                     "DestinationArn parameter doesn't exist.");
    api_expect_error(&api, "StartMessageMoveTask",
                     "{'SourceArn':'" ARN "dead','DestinationArn':'" ARN "dead'}",
                     "InvalidParameterValue: Source queue arn and destination queue arn cannot be "
                     "the same.");
    api_expect_error(&api, "StartMessageMoveTask",
                     "{'SourceArn':'" ARN "dead','MaxNumberOfMessagesPerSecond':501}",
                     "InvalidParameterValue: Value for parameter MaxNumberOfMessagesPerSecond is "
                     "invalid. Reason: You must enter a number that's between 1 and 500.");
    api_expect_error(&api, "CancelMessageMoveTask", "{'TaskHandle':'foobared'}",
                     "InvalidParameterValue: Value for parameter TaskHandle is invalid.");
    /* {"taskId":"7","sourceArn":"arn:aws:sqs:us-east-1:000000000000:dead"} */
    api_expect_error(&api, "CancelMessageMoveTask",
                     "{'TaskHandle':'eyJ0YXNrSWQiOiI3Iiwic291cmNlQXJuIjoiYXJuOmF3czpzcXM6dXMtZWFzd="
                     "'}",
                     "InvalidParameterValue: Value for parameter TaskHandle is invalid.");
    str handle =
        sqs_base64_text(&api.arena, STR("{\"taskId\":\"7\",\"sourceArn\":\"" ARN "dead\"}"));
    str answer =
        api_callf(&api, "CancelMessageMoveTask", "{'TaskHandle':'%.*s'}", STR_ARGS(handle));
    cr_assert(str_eq(answer, STR("ResourceNotFoundException: Task does not exist.")));
    handle = sqs_base64_text(&api.arena, STR("{\"taskId\":\"7\",\"sourceArn\":\"" ARN "none\"}"));
    answer = api_callf(&api, "CancelMessageMoveTask", "{'TaskHandle':'%.*s'}", STR_ARGS(handle));
    cr_assert(str_eq(answer, STR("ResourceNotFoundException: The resource that you specified for "
                                 "the SourceArn parameter doesn't exist.")));
}

Test(redrive, ten_tasks_are_remembered)
{
    create_source("q", "dead", 1);
    for (int i = 0; i < 12; i++) {
        api_expect(&api, "StartMessageMoveTask", "{'SourceArn':'" ARN "dead'}", "{}");
        api_advance(&api, 1000);
    }
    str answer =
        api_call(&api, "ListMessageMoveTasks", "{'SourceArn':'" ARN "dead','MaxResults':10}");
    cr_assert_eq(api_count(&api, answer, "Results"), 10);
    cr_assert(str_eq(api_field(&api, answer, "Results.0.StartedTimestamp"), STR("1700000011123")));
    answer = api_call(&api, "ListMessageMoveTasks", "{'SourceArn':'" ARN "dead'}");
    cr_assert_eq(api_count(&api, answer, "Results"), 1);
}
