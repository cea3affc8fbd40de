/* FIFO queues: order in groups, what blocks a group, deduplication. Behaviour: the developer guide,
 * and LocalStack's recordings of AWS. */
#include <criterion/criterion.h>
#include <stdio.h>

#include "services/sqs/support_test.h"

static struct api api;

static void open(void)
{
    api_open(&api);
    queue_create(&api, "f.fifo", "{'FifoQueue':'true','ContentBasedDeduplication':'true'}");
}

static void close(void)
{
    api_close(&api);
}

TestSuite(fifo, .init = open, .fini = close);

static void put(const char *group, const char *body)
{
    char more[64];
    snprintf(more, sizeof more, ",'MessageGroupId':'%s'", group);
    queue_send(&api, "f.fifo", body, more);
}

static str take(const char *more)
{
    return queue_bodies(&api, "f.fifo", more);
}

static void took(const char *more, const char *expected)
{
    str found = take(more);
    cr_assert(str_eq(found, str_from(expected)), "'%.*s' is not '%s'", STR_ARGS(found), expected);
}

static str receive_one(str *handle)
{
    str answer =
        api_call(&api, "ReceiveMessage", "{'QueueUrl':'" URL "f.fifo','AttributeNames':['All']}");
    *handle = STR("");
    if (!api_has(&api, answer, "Messages.0")) return STR("");
    *handle = api_field(&api, answer, "Messages.0.ReceiptHandle");
    return api_field(&api, answer, "Messages.0.Body");
}

Test(fifo, attributes_as_recorded)
{
    str sent = queue_send(&api, "f.fifo", "message-body-1",
                          ",'MessageGroupId':'group-1','MessageDeduplicationId':'dedup-1'");
    cr_assert(
        str_eq(api_field(&api, sent, "MD5OfMessageBody"), STR("19c9e282d65f9733bc6b35d50062c7ee")));
    str number = api_field(&api, sent, "SequenceNumber");
    cr_assert_eq(number.len, 20);
    str answer =
        api_call(&api, "ReceiveMessage", "{'QueueUrl':'" URL "f.fifo','AttributeNames':['All']}");
    cr_assert_eq(api_count(&api, answer, "Messages.0.Attributes"), 7);
    cr_assert(str_eq(api_field(&api, answer, "Messages.0.Attributes.SequenceNumber"), number));
    cr_assert(
        str_eq(api_field(&api, answer, "Messages.0.Attributes.MessageGroupId"), STR("group-1")));
    cr_assert(str_eq(api_field(&api, answer, "Messages.0.Attributes.MessageDeduplicationId"),
                     STR("dedup-1")));
}

Test(fifo, in_order_and_many_of_a_group_at_once)
{
    put("a", "a1"), put("b", "b1"), put("a", "a2"), put("a", "a3"), put("b", "b2");
    took("", "a1 a2 a3 b1 b2");
    took("", "");
    queue_expect_counts(&api, "f.fifo", 0, 5, 0);
}

Test(fifo, a_group_waits_while_one_is_in_flight)
{
    str a1, a2, b1;
    put("a", "a1"), put("a", "a2"), put("b", "b1");
    cr_assert(str_eq(receive_one(&a1), STR("a1")));
    cr_assert(str_eq(receive_one(&b1), STR("b1")));
    cr_assert_eq(receive_one(&a2).len, 0);
    queue_expect_counts(&api, "f.fifo", 1, 2, 0);
    queue_delete_handle(&api, "f.fifo", a1);
    cr_assert(str_eq(receive_one(&a2), STR("a2")));
    queue_expect_counts(&api, "f.fifo", 0, 2, 0);
    queue_delete_handle(&api, "f.fifo", a2);
    queue_delete_handle(&api, "f.fifo", b1);
    queue_expect_counts(&api, "f.fifo", 0, 0, 0);
    cr_assert_eq(records_count(&api, KEY_QUEUE_GROUP), 0);
    cr_assert_eq(records_count(&api, KEY_QUEUE_ORDER), 0);
    cr_assert_eq(records_count(&api, KEY_QUEUE_HIDDEN), 0);
    cr_assert_eq(records_count(&api, KEY_MESSAGE_STATE), 0);
}

Test(fifo, what_is_not_deleted_comes_first_again)
{
    put("a", "a1"), put("a", "a2"), put("a", "a3");
    took(",'MaxNumberOfMessages':2", "a1 a2");
    api_advance(&api, 29999);
    took("", "");
    api_advance(&api, 1);
    queue_expect_counts(&api, "f.fifo", 3, 0, 0);
    took("", "a1 a2 a3");
}

Test(fifo, all_in_flight_of_a_group_must_be_over)
{
    put("a", "a1"), put("a", "a2"), put("a", "a3");
    str answer =
        api_call(&api, "ReceiveMessage", "{'QueueUrl':'" URL "f.fifo','MaxNumberOfMessages':2}");
    str a1 = api_field(&api, answer, "Messages.0.ReceiptHandle");
    str a2 = api_field(&api, answer, "Messages.1.ReceiptHandle");
    queue_delete_handle(&api, "f.fifo", a1);
    took("", ""); /* a2 is still in flight */
    str done = api_callf(&api, "ChangeMessageVisibility",
                         "{'QueueUrl':'" URL "f.fifo','ReceiptHandle':'%.*s',"
                         "'VisibilityTimeout':0}",
                         STR_ARGS(a2));
    cr_assert(str_eq(done, STR("{}")));
    took("", "a2 a3");
}

Test(fifo, a_message_given_back_waits_for_its_followers)
{
    put("a", "a1"), put("a", "a2");
    str answer =
        api_call(&api, "ReceiveMessage", "{'QueueUrl':'" URL "f.fifo','MaxNumberOfMessages':2}");
    str a1 = api_field(&api, answer, "Messages.0.ReceiptHandle");
    (void)api_callf(&api, "ChangeMessageVisibility",
                    "{'QueueUrl':'" URL "f.fifo','ReceiptHandle':'%.*s','VisibilityTimeout':0}",
                    STR_ARGS(a1));
    queue_expect_counts(&api, "f.fifo", 1, 1, 0);
    took("", "");
    api_advance(&api, 30000);
    took("", "a1 a2");
}

Test(fifo, a_handle_is_good_while_its_message_is_hidden)
{
    str handle;
    put("g", "g1-m1");
    cr_assert(str_eq(receive_one(&handle), STR("g1-m1")));
    api_advance(&api, 30000);
    str answer = api_callf(&api, "DeleteMessage",
                           "{'QueueUrl':'" URL "f.fifo','ReceiptHandle':'%.*s'}", STR_ARGS(handle));
    str expected = arena_printf(&api.arena,
                                "InvalidParameterValue: Value %.*s for parameter ReceiptHandle is "
                                "invalid. Reason: The receipt handle has expired.",
                                STR_ARGS(handle));
    cr_assert(str_eq(answer, expected), "%.*s", STR_ARGS(answer));
    took("", "g1-m1");
}

Test(fifo, receives_without_hiding_keep_the_order)
{
    put("a", "a1"), put("b", "b1"), put("a", "a2");
    took(",'VisibilityTimeout':0", "a1 a2 b1");
    took(",'VisibilityTimeout':0", "a1 a2 b1");
    queue_expect_counts(&api, "f.fifo", 3, 0, 0);
}

Test(fifo, delays_are_the_queues)
{
    queue_create(&api, "slow.fifo",
                 "{'FifoQueue':'true','ContentBasedDeduplication':'true','DelaySeconds':'10'}");
    queue_send(&api, "slow.fifo", "a1", ",'MessageGroupId':'a'");
    queue_send(&api, "slow.fifo", "a2", ",'MessageGroupId':'a'");
    queue_expect_counts(&api, "slow.fifo", 0, 0, 2);
    cr_assert_eq(queue_bodies(&api, "slow.fifo", "").len, 0);
    api_advance(&api, 10000);
    queue_expect_counts(&api, "slow.fifo", 2, 0, 0);
    cr_assert(str_eq(queue_bodies(&api, "slow.fifo", ""), STR("a1 a2")));
}

Test(fifo, a_poll_gets_the_next_of_a_group)
{
    str a1;
    put("a", "a1"), put("a", "a2");
    cr_assert(str_eq(receive_one(&a1), STR("a1")));
    struct request *poll =
        api_send(&api, "ReceiveMessage", "{'QueueUrl':'" URL "f.fifo','WaitTimeSeconds':20}");
    api_run(&api);
    cr_assert_eq(api_answer(&api, poll).len, 0);
    queue_delete_handle(&api, "f.fifo", a1);
    cr_assert(str_eq(api_field(&api, api_answer(&api, poll), "Messages.0.Body"), STR("a2")));
    arena_close(&poll->arena);
}

Test(fifo, a_poll_gets_a_new_message_of_a_new_group)
{
    struct request *poll =
        api_send(&api, "ReceiveMessage", "{'QueueUrl':'" URL "f.fifo','WaitTimeSeconds':20}");
    api_run(&api);
    put("a", "a1");
    cr_assert(str_eq(api_field(&api, api_answer(&api, poll), "Messages.0.Body"), STR("a1")));
    arena_close(&poll->arena);
}

/* ---- once ---- */

Test(fifo, the_same_content_once_in_five_minutes)
{
    str first = queue_send(&api, "f.fifo", "x", ",'MessageGroupId':'a'");
    str again = queue_send(&api, "f.fifo", "x", ",'MessageGroupId':'b'");
    cr_assert(str_eq(api_field(&api, first, "MessageId"), api_field(&api, again, "MessageId")));
    cr_assert(
        str_eq(api_field(&api, first, "SequenceNumber"), api_field(&api, again, "SequenceNumber")));
    str handle;
    cr_assert(str_eq(receive_one(&handle), STR("x")));
    queue_delete_handle(&api, "f.fifo", handle);
    api_advance(&api, 299999);
    put("a", "x"); /* also after it has been deleted */
    took("", "");
    api_advance(&api, 1);
    put("a", "x");
    took("", "x");
}

Test(fifo, an_id_stands_for_the_content)
{
    queue_send(&api, "f.fifo", "x", ",'MessageGroupId':'a','MessageDeduplicationId':'d'");
    queue_send(&api, "f.fifo", "y", ",'MessageGroupId':'a','MessageDeduplicationId':'d'");
    queue_send(&api, "f.fifo", "x", ",'MessageGroupId':'a','MessageDeduplicationId':'e'");
    took("", "x x");
    /* the id that the content would have had: SHA-256 of "z" */
    queue_send(&api, "f.fifo", "z", ",'MessageGroupId':'z'");
    queue_send(&api, "f.fifo", "other",
               ",'MessageGroupId':'z','MessageDeduplicationId':"
               "'594e519ae499312b29433b7dd8a97ff068defcba9755b6d5d00e84c524d67b06'");
    took("", "z");
}

Test(fifo, once_in_each_group_if_the_queue_says_so)
{
    queue_create(&api, "g.fifo",
                 "{'FifoQueue':'true','DeduplicationScope':'messageGroup',"
                 "'FifoThroughputLimit':'perMessageGroupId'}");
    queue_send(&api, "g.fifo", "1", ",'MessageGroupId':'a','MessageDeduplicationId':'d'");
    queue_send(&api, "g.fifo", "2", ",'MessageGroupId':'b','MessageDeduplicationId':'d'");
    queue_send(&api, "g.fifo", "3", ",'MessageGroupId':'a','MessageDeduplicationId':'d'");
    cr_assert(str_eq(queue_bodies(&api, "g.fifo", ""), STR("1 2")));
}

Test(fifo, ids_are_forgotten_and_removed)
{
    for (int i = 0; i < 20; i++) {
        char body[32];
        snprintf(body, sizeof body, "m%d", i);
        put("a", body);
        api_advance(&api, 60000);
        str handle;
        cr_assert(receive_one(&handle).len > 0);
        queue_delete_handle(&api, "f.fifo", handle);
    }
    api_advance(&api, 700000);
    /* The state, and the job that is waiting for messages to expire. */
    cr_assert_eq(records_count(&api, KEY_QUEUE_NOTE), 2);
    cr_assert_eq(records_count(&api, KEY_MESSAGE), 0);
}

/* ---- attempts ---- */

#define ATTEMPT                                                                                    \
    "{'QueueUrl':'" URL "f.fifo','MaxNumberOfMessages':2,"                                         \
    "'ReceiveRequestAttemptId':'try'}"

Test(fifo, the_same_attempt_gets_the_same_messages)
{
    put("a", "a1"), put("a", "a2"), put("b", "b1");
    str first = api_call(&api, "ReceiveMessage", ATTEMPT);
    cr_assert_eq(api_count(&api, first, "Messages"), 2);
    api_advance(&api, 20000);
    str again = api_call(&api, "ReceiveMessage", ATTEMPT);
    cr_assert(str_eq(first, again));
    api_advance(&api, 20000); /* hidden anew by the second */
    took("", "b1");
    api_advance(&api, 10000); /* visible: the attempt is over */
    str other = api_call(&api, "ReceiveMessage", ATTEMPT);
    cr_assert_eq(api_count(&api, other, "Messages"), 2);
    cr_assert(!str_eq(first, other));
    api_expect_error(&api, "ReceiveMessage",
                     "{'QueueUrl':'" URL "f.fifo','ReceiveRequestAttemptId':'a b'}",
                     "InvalidParameterValue: Value a b for parameter ReceiveRequestAttemptId is "
                     "invalid. Reason: ReceiveRequestAttemptId can only include alphanumeric and "
                     "punctuation characters. 1 to 128 in length.");
}

/* ---- many ---- */

/* Two consumers and ten groups: each group's messages are deleted in the order they were sent. */
Test(fifo, groups_keep_their_order_under_many_consumers)
{
    int next[10] = { 0 }, sent[10] = { 0 };
    for (int i = 0; i < 200; i++) {
        char group[16], body[32];
        int g = i * 7 % 10;
        snprintf(group, sizeof group, "g%d", g);
        snprintf(body, sizeof body, "%d:%d", g, sent[g]++);
        put(group, body);
    }
    for (int round = 0; round < 400; round++) {
        str handle, body = receive_one(&handle);
        if (body.len == 0) {
            api_advance(&api, 10000);
            continue;
        }
        if (round % 5 == 0) continue; /* this consumer forgets it */
        int g = body.ptr[0] - '0';
        int64_t n;
        cr_assert(str_to_i64(str_skip(body, 2), &n));
        cr_assert_eq(n, next[g]);
        next[g]++;
        queue_delete_handle(&api, "f.fifo", handle);
    }
    for (int g = 0; g < 10; g++)
        cr_assert_eq(next[g], sent[g], "group %d", g);
    queue_expect_counts(&api, "f.fifo", 0, 0, 0);
    cr_assert_eq(records_count(&api, KEY_QUEUE_HIDDEN), 0);
    cr_assert_eq(records_count(&api, KEY_QUEUE_ORDER), 0);
}
