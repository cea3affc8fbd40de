/* Standard queues: receiving, hiding, waiting, deleting, expiring. */
#include <criterion/criterion.h>
#include <stdio.h>

#include "services/sqs/support_test.h"

static struct api api;

static void open(void)
{
    api_open(&api);
    queue_create(&api, "q", "{}");
}

static void close(void)
{
    api_close(&api);
}

TestSuite(receive, .init = open, .fini = close);

Test(receive, a_message_and_nothing_more)
{
    str sent = queue_send(&api, "q", "msg", "");
    str answer = api_call(&api, "ReceiveMessage", "{'QueueUrl':'" URL "q'}");
    cr_assert_eq(api_count(&api, answer, "Messages"), 1);
    cr_assert_eq(api_count(&api, answer, "Messages.0"), 4);
    cr_assert(str_eq(api_field(&api, answer, "Messages.0.MessageId"),
                     api_field(&api, sent, "MessageId")));
    cr_assert(str_eq(api_field(&api, answer, "Messages.0.Body"), STR("msg")));
    cr_assert(str_eq(api_field(&api, answer, "Messages.0.MD5OfBody"),
                     STR("6e2baaf3b97dbeef01c0043275f9a0e7")));
    api_expect_exactly(&api, "ReceiveMessage", "{'QueueUrl':'" URL "q'}", "{}");
}

Test(receive, system_attributes)
{
    queue_send(&api, "q", "msg",
               ",'MessageSystemAttributes':{'AWSTraceHeader':{'DataType':'String',"
               "'StringValue':'trace'}},'MessageGroupId':'tenant'");
    api_advance(&api, 1000);
    api_expect(&api, "ReceiveMessage",
               "{'QueueUrl':'" URL "q','AttributeNames':['All'],'VisibilityTimeout':0}",
               "{'Messages':[{'Attributes':{'SenderId':'000000000000','SentTimestamp':"
               "'1700000000123','ApproximateReceiveCount':'1','ApproximateFirstReceiveTimestamp':"
               "'1700000001123','AWSTraceHeader':'trace','MessageGroupId':'tenant'}}]}");
    api_advance(&api, 1000);
    str answer = api_call(&api, "ReceiveMessage",
                          "{'QueueUrl':'" URL "q','MessageSystemAttributeNames':["
                          "'ApproximateReceiveCount','SequenceNumber'],'AttributeNames':"
                          "['ApproximateFirstReceiveTimestamp']}");
    cr_assert_eq(api_count(&api, answer, "Messages.0.Attributes"), 2);
    cr_assert(
        str_eq(api_field(&api, answer, "Messages.0.Attributes.ApproximateReceiveCount"), STR("2")));
    cr_assert(
        str_eq(api_field(&api, answer, "Messages.0.Attributes.ApproximateFirstReceiveTimestamp"),
               STR("1700000001123")));
    api_expect_error(&api, "ReceiveMessage", "{'QueueUrl':'" URL "q','AttributeNames':['Colour']}",
                     "InvalidAttributeName: Unknown Attribute Colour.");
}

/* Recorded from AWS: what the filters choose, and the digest over what is chosen. */
static const struct {
    const char *names;
    size_t count;
    const char *md5;
} filters[] = {
    { "[]", 0, NULL },
    { "['All']", 3, "4c360f3fdafd970e05fae2f149d997f5" },
    { "['.*']", 3, "4c360f3fdafd970e05fae2f149d997f5" },
    { "['Foo','Help']", 0, NULL },
    { "['Hello','General']", 2, "fca026605781cb4126a1e9044df24232" },
    { "['Foo','Hello']", 1, "a311262e065454b75da111d535b8dacd" },
    { "['Hel.*']", 2, "83fee93c1bcd8b9a5a923ffacdc636c7" },
};

Test(receive, message_attributes_by_name)
{
    queue_send(&api, "q", "msg",
               ",'MessageAttributes':{'Help.Me':{'DataType':'String','StringValue':'Me'},"
               "'Hello':{'DataType':'String','StringValue':'There'},"
               "'General':{'DataType':'String','StringValue':'Kenobi'}}");
    for (size_t i = 0; i < sizeof filters / sizeof *filters; i++) {
        str answer = api_callf(&api, "ReceiveMessage",
                               "{'QueueUrl':'" URL "q','VisibilityTimeout':0,"
                               "'MessageAttributeNames':%s}",
                               filters[i].names);
        cr_assert_eq(api_count(&api, answer, "Messages.0.MessageAttributes"), filters[i].count,
                     "%s", filters[i].names);
        cr_assert_eq(api_has(&api, answer, "Messages.0.MD5OfMessageAttributes"),
                     filters[i].md5 != NULL);
        if (filters[i].md5)
            cr_assert(str_eq(api_field(&api, answer, "Messages.0.MD5OfMessageAttributes"),
                             str_from(filters[i].md5)),
                      "%s", filters[i].names);
    }
}

Test(receive, parameters_that_are_refused)
{
    api_expect_error(&api, "ReceiveMessage", "{'QueueUrl':'" URL "q','MaxNumberOfMessages':11}",
                     "InvalidParameterValue: Value 11 for parameter MaxNumberOfMessages is "
                     "invalid. Reason: Must be between 1 and 10, if provided.");
    api_expect_error(&api, "ReceiveMessage", "{'QueueUrl':'" URL "q','MaxNumberOfMessages':0}",
                     "InvalidParameterValue: Value 0 for parameter MaxNumberOfMessages is invalid. "
                     "Reason: Must be between 1 and 10, if provided.");
    api_expect_error(&api, "ReceiveMessage", "{'QueueUrl':'" URL "q','WaitTimeSeconds':21}",
                     "InvalidParameterValue: Value 21 for parameter WaitTimeSeconds is invalid. "
                     "Reason: Must be >= 0 and <= 20, if provided.");
    api_expect_error(&api, "ReceiveMessage", "{'QueueUrl':'" URL "q','VisibilityTimeout':43201}",
                     "InvalidParameterValue: Value 43201 for parameter VisibilityTimeout is "
                     "invalid. Reason: Must be >= 0 and <= 43200, if provided.");
}

Test(receive, at_most_as_many_as_wanted_and_in_order)
{
    for (int i = 0; i < 12; i++) {
        char body[32];
        snprintf(body, sizeof body, "m%d", i);
        queue_send(&api, "q", body, "");
    }
    cr_assert(str_eq(queue_bodies(&api, "q", ""), STR("m0 m1 m2 m3 m4 m5 m6 m7 m8 m9")));
    queue_expect_counts(&api, "q", 2, 10, 0);
    cr_assert(str_eq(queue_bodies(&api, "q", ""), STR("m10 m11")));
    cr_assert_eq(queue_bodies(&api, "q", "").len, 0);
    queue_expect_counts(&api, "q", 0, 12, 0);
}

/* ---- visibility ---- */

Test(receive, hidden_until_the_timeout_is_over)
{
    queue_send(&api, "q", "a", "");
    queue_send(&api, "q", "b", "");
    cr_assert(str_eq(queue_bodies(&api, "q", ",'VisibilityTimeout':10"), STR("a b")));
    queue_expect_counts(&api, "q", 0, 2, 0);
    api_advance(&api, 9999);
    cr_assert_eq(queue_bodies(&api, "q", "").len, 0);
    queue_expect_counts(&api, "q", 0, 2, 0);
    api_advance(&api, 1);
    queue_expect_counts(&api, "q", 2, 0, 0);
    cr_assert(str_eq(queue_bodies(&api, "q", ""), STR("a b")));
    queue_expect_counts(&api, "q", 0, 2, 0);
    api_advance(&api, 30000); /* the queue's own timeout */
    queue_expect_counts(&api, "q", 2, 0, 0);
}

Test(receive, a_timeout_of_zero_hides_nothing)
{
    queue_send(&api, "q", "a", "");
    for (int i = 0; i < 3; i++)
        cr_assert(str_eq(queue_bodies(&api, "q", ",'VisibilityTimeout':0"), STR("a")));
    queue_expect_counts(&api, "q", 1, 0, 0);
}

/* The order tells messages that were received before, and have a state, from new ones. */
Test(receive, counts_go_on_whether_hidden_returned_or_delayed)
{
    queue_send(&api, "q", "a", ",'DelaySeconds':1");
    api_advance(&api, 1000);
    for (int i = 1; i <= 6; i++) {
        str answer = api_callf(&api, "ReceiveMessage",
                               "{'QueueUrl':'" URL "q','AttributeNames':['All'],"
                               "'VisibilityTimeout':%d}",
                               i % 2);
        str count = api_field(&api, answer, "Messages.0.Attributes.ApproximateReceiveCount");
        cr_assert(str_eq(count, arena_printf(&api.arena, "%d", i)), "%.*s", STR_ARGS(answer));
        queue_expect_counts(&api, "q", i % 2 ? 0 : 1, i % 2, 0);
        api_advance(&api, 1000);
    }
}

static str change(str handle, const char *timeout)
{
    return api_callf(&api, "ChangeMessageVisibility",
                     "{'QueueUrl':'" URL "q','ReceiptHandle':'%.*s','VisibilityTimeout':%s}",
                     STR_ARGS(handle), timeout);
}

Test(receive, the_timeout_can_be_changed)
{
    queue_send(&api, "q", "a", "");
    str handle = queue_handle(&api, "q");
    cr_assert(str_eq(change(handle, "100"), STR("{}")));
    api_advance(&api, 99999);
    cr_assert_eq(queue_bodies(&api, "q", "").len, 0);
    cr_assert(str_eq(change(handle, "0"), STR("{}")));
    queue_expect_counts(&api, "q", 1, 0, 0);
    handle = queue_handle(&api, "q");
    api_advance(&api, 31000); /* visible again; AWS allows it then, too (recorded) */
    cr_assert(str_eq(change(handle, "5"), STR("{}")));
    cr_assert_eq(queue_bodies(&api, "q", "").len, 0);
    queue_expect_counts(&api, "q", 0, 1, 0);
}

Test(receive, changes_that_are_refused)
{
    queue_send(&api, "q", "a", "");
    str first = queue_handle(&api, "q");
    cr_assert(str_eq(change(first, "43201"),
                     STR("InvalidParameterValue: Value 43201 for parameter VisibilityTimeout is "
                         "invalid. Reason: Must be between 0 and 43200.")));
    cr_assert(str_eq(change(STR("dummy"), "1"),
                     STR("ReceiptHandleIsInvalid: The input receipt handle \"dummy\" is not a "
                         "valid receipt handle.")));
    cr_assert(
        str_eq(change(STR(""), "1"), STR("MissingParameter: The request must contain the parameter "
                                         "ReceiptHandle.")));
    api_advance(&api, 10000);
    cr_assert(str_eq(change(first, "43200"),
                     STR("InvalidParameterValue: Value 43200 for parameter VisibilityTimeout is "
                         "invalid. Reason: Total VisibilityTimeout for the message is beyond the "
                         "limit [43200 seconds]")));
    api_advance(&api, 20000);
    str second = queue_handle(&api, "q");
    str expected = arena_printf(&api.arena,
                                "InvalidParameterValue: Value %.*s for parameter ReceiptHandle is "
                                "invalid. Reason: Message does not exist or is not available for "
                                "visibility timeout change.",
                                STR_ARGS(first));
    cr_assert(str_eq(change(first, "1"), expected));
    queue_delete_handle(&api, "q", second);
    cr_assert(str_starts_with(change(second, "1"), STR("InvalidParameterValue: Value ")));
}

/* ---- delete ---- */

Test(receive, deleted_is_gone)
{
    queue_send(&api, "q", "a", "");
    str handle = queue_handle(&api, "q");
    queue_delete_handle(&api, "q", handle);
    queue_delete_handle(&api, "q", handle);
    queue_expect_counts(&api, "q", 0, 0, 0);
    api_advance(&api, 100000);
    cr_assert_eq(queue_bodies(&api, "q", "").len, 0);
    cr_assert_eq(records_count(&api, KEY_MESSAGE), 0);
    cr_assert_eq(records_count(&api, KEY_MESSAGE_STATE), 0);
    cr_assert_eq(records_count(&api, KEY_QUEUE_ORDER), 0);
}

Test(receive, an_old_handle_still_deletes)
{
    queue_send(&api, "q", "a", "");
    str old = queue_handle(&api, "q");
    api_advance(&api, 30000);
    cr_assert(queue_handle(&api, "q").len > 0);
    queue_delete_handle(&api, "q", old);
    queue_expect_counts(&api, "q", 0, 0, 0);
}

Test(receive, handles_of_other_queues_are_none)
{
    queue_create(&api, "other", "{}");
    queue_send(&api, "other", "a", "");
    str handle = queue_handle(&api, "other");
    str answer = api_callf(&api, "DeleteMessage", "{'QueueUrl':'" URL "q','ReceiptHandle':'%.*s'}",
                           STR_ARGS(handle));
    cr_assert(str_starts_with(answer, STR("ReceiptHandleIsInvalid: ")));
    queue_expect_counts(&api, "other", 0, 1, 0);
}

Test(receive, batches_of_handles)
{
    queue_send(&api, "q", "a", "");
    queue_send(&api, "q", "b", "");
    str a = queue_handle(&api, "q"), b = queue_handle(&api, "q");
    str answer = api_callf(&api, "ChangeMessageVisibilityBatch",
                           "{'QueueUrl':'" URL "q','Entries':[{'Id':'x','ReceiptHandle':'%.*s',"
                           "'VisibilityTimeout':0},{'Id':'y','ReceiptHandle':'no',"
                           "'VisibilityTimeout':0}]}",
                           STR_ARGS(a));
    cr_assert(str_eq(answer, STR("{\"Successful\":[{\"Id\":\"x\"}],\"Failed\":[{\"Id\":\"y\","
                                 "\"SenderFault\":true,\"Code\":\"ReceiptHandleIsInvalid\","
                                 "\"Message\":\"The input receipt handle \\\"no\\\" is not a valid "
                                 "receipt handle.\"}]}")));
    queue_expect_counts(&api, "q", 1, 1, 0);
    answer = api_callf(&api, "DeleteMessageBatch",
                       "{'QueueUrl':'" URL "q','Entries':[{'Id':'x','ReceiptHandle':'%.*s'},"
                       "{'Id':'y','ReceiptHandle':'%.*s'},{'Id':'z'}]}",
                       STR_ARGS(a), STR_ARGS(b));
    cr_assert_eq(api_count(&api, answer, "Successful"), 2);
    cr_assert(str_eq(api_field(&api, answer, "Failed.0.Code"), STR("MissingParameter")));
    queue_expect_counts(&api, "q", 0, 0, 0);
}

/* ---- delays ---- */

Test(receive, delays_of_message_and_queue)
{
    queue_create(&api, "slow", "{'DelaySeconds':'10'}");
    queue_send(&api, "slow", "late", "");
    queue_send(&api, "slow", "now", ",'DelaySeconds':0");
    queue_send(&api, "slow", "soon", ",'DelaySeconds':5");
    queue_expect_counts(&api, "slow", 1, 0, 2);
    cr_assert(str_eq(queue_bodies(&api, "slow", ""), STR("now")));
    queue_expect_counts(&api, "slow", 0, 1, 2);
    api_advance(&api, 5000);
    queue_expect_counts(&api, "slow", 1, 1, 1);
    cr_assert(str_eq(queue_bodies(&api, "slow", ""), STR("soon")));
    api_advance(&api, 5000);
    cr_assert(str_eq(queue_bodies(&api, "slow", ""), STR("late")));
    queue_expect_counts(&api, "slow", 0, 3, 0);
}

/* ---- long polls ---- */

static struct request *poll(int seconds)
{
    char params[128];
    snprintf(params, sizeof params, "{'QueueUrl':'" URL "q','WaitTimeSeconds':%d}", seconds);
    struct request *request = api_send(&api, "ReceiveMessage", params);
    api_run(&api);
    return request;
}

static bool has_body(const struct request *request, const char *body)
{
    str answer = api_answer(&api, request);
    return answer.len > 0 && api_has(&api, answer, "Messages.0.Body") &&
           str_eq(api_field(&api, answer, "Messages.0.Body"), str_from(body));
}

Test(receive, a_poll_gets_what_comes)
{
    struct request *request = poll(20);
    cr_assert_eq(api_answer(&api, request).len, 0);
    api_advance(&api, 19000);
    cr_assert_eq(api_answer(&api, request).len, 0);
    queue_send(&api, "q", "a", "");
    cr_assert(has_body(request, "a"));
    arena_close(&request->arena);
}

Test(receive, a_poll_ends_with_nothing)
{
    struct request *request = poll(5);
    api_advance(&api, 4999);
    cr_assert_eq(api_answer(&api, request).len, 0);
    api_advance(&api, 1);
    cr_assert(str_eq(api_answer(&api, request), STR("{}")));
    arena_close(&request->arena);
}

Test(receive, the_queue_says_how_long_polls_are)
{
    api_callf(&api, "SetQueueAttributes",
              "{'QueueUrl':'" URL "q','Attributes':{'ReceiveMessageWaitTimeSeconds':'2'}}");
    struct request *request = api_send(&api, "ReceiveMessage", "{'QueueUrl':'" URL "q'}");
    api_run(&api);
    cr_assert_eq(api_answer(&api, request).len, 0);
    api_advance(&api, 2000);
    cr_assert(str_eq(api_answer(&api, request), STR("{}")));
    arena_close(&request->arena);
    api_expect_exactly(&api, "ReceiveMessage", "{'QueueUrl':'" URL "q','WaitTimeSeconds':0}", "{}");
}

Test(receive, polls_are_served_in_their_order)
{
    struct request *first = poll(20), *second = poll(20);
    queue_send(&api, "q", "a", "");
    cr_assert(has_body(first, "a"));
    cr_assert_eq(api_answer(&api, second).len, 0);
    queue_send(&api, "q", "b", "");
    cr_assert(has_body(second, "b"));
    arena_close(&first->arena);
    arena_close(&second->arena);
}

Test(receive, a_poll_gets_a_delayed_message_when_it_is_due)
{
    struct request *request = poll(20);
    queue_send(&api, "q", "later", ",'DelaySeconds':3");
    api_advance(&api, 2999);
    cr_assert_eq(api_answer(&api, request).len, 0);
    api_advance(&api, 1);
    cr_assert(has_body(request, "later"));
    arena_close(&request->arena);
}

Test(receive, a_poll_gets_what_another_does_not_delete)
{
    struct request *waiting = poll(20);
    struct request *other =
        api_send(&api, "ReceiveMessage",
                 "{'QueueUrl':'" URL "q','VisibilityTimeout':4,'WaitTimeSeconds':20}");
    api_run(&api);
    queue_send(&api, "q", "first", ""); /* for `waiting`, for 30 s */
    cr_assert(has_body(waiting, "first"));
    struct request *third = poll(20);
    queue_send(&api, "q", "again", ""); /* for `other`, for 4 s */
    cr_assert(has_body(other, "again"));
    cr_assert_eq(api_answer(&api, third).len, 0);
    api_advance(&api, 3999);
    cr_assert_eq(api_answer(&api, third).len, 0);
    api_advance(&api, 1);
    cr_assert(has_body(third, "again"));
    arena_close(&waiting->arena);
    arena_close(&other->arena);
    arena_close(&third->arena);
}

Test(receive, a_poll_gets_what_is_given_back)
{
    queue_send(&api, "q", "a", "");
    str handle = queue_handle(&api, "q");
    struct request *request = poll(20);
    cr_assert_eq(api_answer(&api, request).len, 0);
    cr_assert(str_eq(change(handle, "0"), STR("{}")));
    cr_assert(has_body(request, "a"));
    arena_close(&request->arena);
}

Test(receive, one_notice_for_many_messages_wakes_all)
{
    struct request *polls[3] = { poll(20), poll(20), poll(20) };
    api_expect(&api, "SendMessageBatch",
               "{'QueueUrl':'" URL "q','Entries':[{'Id':'1','MessageBody':'a'},{'Id':'2',"
               "'MessageBody':'b'},{'Id':'3','MessageBody':'c'}]}",
               "{'Failed':[]}");
    cr_assert(has_body(polls[0], "a"));
    cr_assert(has_body(polls[1], "b"));
    cr_assert(has_body(polls[2], "c"));
    for (size_t i = 0; i < 3; i++)
        arena_close(&polls[i]->arena);
}

Test(receive, a_deleted_queue_ends_polls)
{
    struct request *request = poll(20);
    api_expect(&api, "DeleteQueue", "{'QueueUrl':'" URL "q'}", "{}");
    cr_assert(str_eq(api_answer(&api, request),
                     STR("QueueDoesNotExist: The specified queue does not exist.")));
    arena_close(&request->arena);
}

Test(receive, nothing_found_writes_nothing)
{
    size_t before = store_unsynced(api.store);
    for (int i = 0; i < 3; i++) {
        struct request *request = api_send(&api, "ReceiveMessage", "{'QueueUrl':'" URL "q'}");
        while (shard_step(api.shard) > 0)
            continue;
        cr_assert_eq(store_unsynced(api.store), before);
        shard_sync(api.shard);
        cr_assert(str_eq(api_answer(&api, request), STR("{}")));
        arena_close(&request->arena);
    }
}

/* ---- when the next is ---- */

static int64_t next_ms(const char *name)
{
    struct reader reader;
    struct request request = { .params = { .kind = JSON_OBJECT } };
    arena_init(&request.arena);
    shard_read_begin(api.shard, &reader, &request.arena);
    struct source source = source_from_reader(&reader, &request);
    int64_t found = sqs_next_visible_ms(&source, str_from(name));
    shard_read_end(&reader);
    arena_close(&request.arena);
    return found;
}

Test(receive, the_time_of_the_next_message)
{
    cr_assert_eq(next_ms("none"), INT64_MAX);
    cr_assert_eq(next_ms("q"), INT64_MAX);
    int64_t start_ms = api.now_ms;
    queue_send(&api, "q", "a", ",'DelaySeconds':50");
    cr_assert_eq(next_ms("q"), start_ms + 50000);
    queue_send(&api, "q", "b", "");
    cr_assert_eq(next_ms("q"), start_ms);
    str handle = queue_handle(&api, "q");
    cr_assert_eq(next_ms("q"), start_ms + 30000);
    queue_delete_handle(&api, "q", handle);
    cr_assert_eq(next_ms("q"), start_ms + 50000);
}

/* ---- retention ---- */

Test(receive, old_messages_are_dropped_without_being_asked_for)
{
    queue_create(&api, "short", "{'MessageRetentionPeriod':'60'}");
    queue_send(&api, "short", "a", "");
    api_advance(&api, 30000);
    queue_send(&api, "short", "b", "");
    cr_assert(str_eq(queue_bodies(&api, "short", ",'VisibilityTimeout':100"), STR("a b")));
    queue_send(&api, "short", "c", ",'DelaySeconds':900");
    queue_expect_counts(&api, "short", 0, 2, 1);
    api_advance(&api, 29999);
    queue_expect_counts(&api, "short", 0, 2, 1);
    api_advance(&api, 1);
    queue_expect_counts(&api, "short", 0, 1, 1);
    api_advance(&api, 30000);
    queue_expect_counts(&api, "short", 0, 0, 0);
    cr_assert_eq(records_count(&api, KEY_MESSAGE), 0);
    cr_assert_eq(records_count(&api, KEY_MESSAGE_STATE), 0);
    cr_assert_eq(records_count(&api, KEY_QUEUE_ORDER), 0);
    cr_assert_eq(shard_next_due_ms(api.shard), INT64_MAX); /* and nothing is left to do */
}

Test(receive, a_shorter_retention_concerns_what_is_there)
{
    queue_send(&api, "q", "a", "");
    api_advance(&api, 100000);
    queue_send(&api, "q", "b", "");
    api_expect(&api, "SetQueueAttributes",
               "{'QueueUrl':'" URL "q','Attributes':{'MessageRetentionPeriod':'60'}}", "{}");
    queue_expect_counts(&api, "q", 1, 0, 0);
    api_advance(&api, 60000);
    queue_expect_counts(&api, "q", 0, 0, 0);
}

Test(receive, expiring_goes_on_after_a_restart)
{
    queue_create(&api, "short", "{'MessageRetentionPeriod':'60'}");
    for (int i = 0; i < 250; i++)
        queue_send(&api, "short", "b", "");
    api.now_ms += 60000;
    api_reopen(&api);
    queue_expect_counts(&api, "short", 0, 0, 0);
    cr_assert_eq(records_count(&api, KEY_MESSAGE), 0);
}

/* ---- many ---- */

Test(receive, counters_are_right_after_many_changes)
{
    char body[32];
    int sent = 0, deleted = 0;
    for (int round = 0; round < 40; round++) {
        for (int i = 0; i < 7; i++, sent++) {
            snprintf(body, sizeof body, "b%d", sent);
            queue_send(&api, "q", body, i % 3 == 0 ? ",'DelaySeconds':1" : "");
        }
        for (int i = 0; i < 3; i++) {
            str handle = queue_handle(&api, "q");
            if (handle.len == 0) continue;
            if (i < 2) queue_delete_handle(&api, "q", handle), deleted++;
        }
        api_advance(&api, 400);
    }
    api_advance(&api, 60000);
    queue_expect_counts(&api, "q", sent - deleted, 0, 0);
    cr_assert_eq(records_count(&api, KEY_MESSAGE), (size_t)(sent - deleted));
    cr_assert_eq(records_count(&api, KEY_QUEUE_ORDER), (size_t)(sent - deleted));
}
