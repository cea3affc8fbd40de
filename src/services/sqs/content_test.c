/* SendMessage: digests, what is refused. Digests and texts are those recorded from AWS
 * (LocalStack's snapshots) or made by its SDKs. */
#include <criterion/criterion.h>
#include <stdio.h>

#include "services/sqs/support_test.h"

static struct api api;

static void open(void)
{
    api_open(&api);
    queue_create(&api, "q", "{}");
    queue_create(&api, "f.fifo", "{'FifoQueue':'true'}");
}

static void close(void)
{
    api_close(&api);
}

TestSuite(content, .init = open, .fini = close);

static void send_fails(const char *members, const char *expected)
{
    char params[4096];
    snprintf(params, sizeof params, "{'QueueUrl':'" URL "q',%s}", members);
    api_expect_error(&api, "SendMessage", params, expected);
}

static void attribute_fails(const char *attribute, const char *expected)
{
    char members[2048];
    snprintf(members, sizeof members, "'MessageBody':'b','MessageAttributes':{%s}", attribute);
    send_fails(members, expected);
}

Test(content, digests_as_recorded)
{
    str answer = queue_send(&api, "q", "msg",
                            ",'MessageAttributes':{"
                            "'Help.Me':{'DataType':'String','StringValue':'Me'},"
                            "'Hello':{'DataType':'String','StringValue':'There'},"
                            "'General':{'DataType':'String','StringValue':'Kenobi'}}");
    cr_assert(str_eq(api_field(&api, answer, "MD5OfMessageBody"),
                     STR("6e2baaf3b97dbeef01c0043275f9a0e7")));
    cr_assert(str_eq(api_field(&api, answer, "MD5OfMessageAttributes"),
                     STR("4c360f3fdafd970e05fae2f149d997f5")));
    cr_assert(!api_has(&api, answer, "MD5OfMessageSystemAttributes"));
    cr_assert(!api_has(&api, answer, "SequenceNumber"));
    cr_assert_eq(api_field(&api, answer, "MessageId").len, 36);
}

Test(content, digest_of_a_binary_attribute)
{
    /* traceparent RS 00-774062d6c37081a5a0b9b5b88e30627c-2d2482211f6489da-01 */
    str bytes = STR("traceparent\x1e"
                    "00-774062d6c37081a5a0b9b5b88e30627c-2d2482211f6489da-01");
    str value = sqs_base64_text(&api.arena, bytes);
    char more[512];
    snprintf(more, sizeof more,
             ",'MessageAttributes':{'attr1':{'DataType':'Binary','BinaryValue':'%.*s'}}",
             STR_ARGS(value));
    str answer = queue_send(&api, "q", "test", more);
    cr_assert(str_eq(api_field(&api, answer, "MD5OfMessageBody"),
                     STR("098f6bcd4621d373cade4e832627b4f6")));
    cr_assert(str_eq(api_field(&api, answer, "MD5OfMessageAttributes"),
                     STR("8cbe4db156db8a94db8b801b7addb984")));
}

Test(content, digests_of_custom_types_and_system_attributes)
{
    str answer = queue_send(&api, "q", "Test Message",
                            ",'MessageAttributes':{'UserId':{'DataType':'Number.bigint',"
                            "'StringValue':'1234567890123456789012'}},"
                            "'MessageSystemAttributes':{'AWSTraceHeader':{'DataType':'String',"
                            "'StringValue':'some-trace-id'}}");
    cr_assert(str_eq(api_field(&api, answer, "MD5OfMessageBody"),
                     STR("d1d4180b7e411c4be86b00fb2ee103eb")));
    cr_assert(str_eq(api_field(&api, answer, "MD5OfMessageAttributes"),
                     STR("797ab158d73dcb5242dedc4412c8e855")));
    cr_assert(str_eq(api_field(&api, answer, "MD5OfMessageSystemAttributes"),
                     STR("fdce4f2818803f2f73becc09a54792c0")));
}

Test(content, a_forged_digest_is_not_believed)
{
    str answer = queue_send(&api, "q", "msg", ",'MD5OfMessageBody':'forged'");
    cr_assert(str_eq(api_field(&api, answer, "MD5OfMessageBody"),
                     STR("6e2baaf3b97dbeef01c0043275f9a0e7")));
    json entry;
    struct error err;
    struct source source = { .arena = &api.arena, .shard = api.shard };
    struct queue queue = { .message_bytes_max = 1024 };
    struct content content;
    cr_assert(json_parse(STR("{\"MessageBody\":\"msg\",\"MD5OfMessageBody\":\"forged\"}"),
                         &api.arena, &entry, &err));
    cr_assert(sqs_content_read(&source, &queue, entry, STR(""), &content, &err));
    cr_assert(str_eq(content.body_md5, STR("6e2baaf3b97dbeef01c0043275f9a0e7")));
}

Test(content, bodies_that_are_refused)
{
    send_fails("'MessageBody':''",
               "MissingParameter: The request must contain the parameter MessageBody.");
    send_fails("'DelaySeconds':1",
               "MissingParameter: The request must contain the parameter MessageBody.");
    send_fails("'MessageBody':{}",
               "SerializationException: Start of structure or map found where not expected.");
    const char *characters =
        "InvalidMessageContents: Invalid characters found. Valid unicode characters are #x9 | #xA "
        "| #xD | #x20 to #xD7FF | #xE000 to #xFFFD | #x10000 to #x10FFFF";
    send_fails("'MessageBody':'a\\u0000'", characters);
    send_fails("'MessageBody':'\\u001f'", characters);
    send_fails("'MessageBody':'\\uFFFE'", characters);
    send_fails("'MessageBody':'\\uFFFF'", characters);
    queue_send(&api, "q", "\\t\\n\\r \\u007F\\uD7FF\\uE000\\uFFFD\\uD800\\uDC00", "");
}

Test(content, delays_that_are_refused)
{
    send_fails("'MessageBody':'b','DelaySeconds':901",
               "InvalidParameterValue: Value 901 for parameter DelaySeconds is invalid. Reason: "
               "DelaySeconds must be >= 0 and <= 900.");
    send_fails("'MessageBody':'b','DelaySeconds':-234",
               "InvalidParameterValue: Value -234 for parameter DelaySeconds is invalid. Reason: "
               "DelaySeconds must be >= 0 and <= 900.");
    queue_send(&api, "q", "b", ",'DelaySeconds':900");
    send_fails("'MessageBody':'b','DelaySeconds':'x'",
               "SerializationException: STRING_VALUE can not be converted to an Integer");
}

Test(content, attributes_that_are_refused)
{
    attribute_fails("'Hello':{'DataType':'Number','StringValue':'world'}",
                    "InvalidParameterValue: Can't cast the value of message (user) attribute "
                    "'Hello' to a number.");
    attribute_fails("'ErrorDetails':{'DataType':'String','StringValue':''}",
                    "InvalidParameterValue: Message (user) attribute 'ErrorDetails' must contain a "
                    "non-empty value of type 'String'.");
    attribute_fails("'':{'DataType':'String','StringValue':'v'}",
                    "InvalidParameterValue: The request must contain non-empty message (user) "
                    "attribute names.");
    attribute_fails("'Hello':{}", "InvalidParameterValue: The message (user) attribute 'Hello' "
                                  "must contain a non-empty message attribute value.");
    attribute_fails("'Hello':{'StringValue':'v'}",
                    "InvalidParameterValue: The message (user) attribute 'Hello' must contain a "
                    "non-empty message attribute type.");
    attribute_fails("'Hello':{'DataType':'Stringy','StringValue':'v'}",
                    "InvalidParameterValue: The type of message (user) attribute 'Hello' is "
                    "invalid. You must use only the following supported type prefixes: Binary, "
                    "Number, String.");
    attribute_fails("'Hello':{'DataType':'StringList','StringListValues':['v']}",
                    "UnsupportedOperation: Message attribute list values in SendMessage operation "
                    "are not supported.");
    attribute_fails("'AWS.Hello':{'DataType':'String','StringValue':'v'}",
                    "InvalidParameterValue: You can't use message attribute names beginning with "
                    "'AWS.' or 'Amazon'. These strings are reserved for internal use.");
    attribute_fails("'a..b':{'DataType':'String','StringValue':'v'}",
                    "InvalidParameterValue: Message (user) attribute name must not have successive "
                    "'.' characters.");
    attribute_fails("'a':{'DataType':'String','StringValue':'v','BinaryValue':'AA=='}",
                    "InvalidParameterValue: Message (user) attribute 'a' must have a single "
                    "value.");
    attribute_fails("'a':{'DataType':'Binary','StringValue':'v'}",
                    "InvalidParameterValue: Message (user) attribute 'a' must contain a non-empty "
                    "value of type 'Binary'.");
}

Test(content, numbers_of_attributes)
{
    queue_send(&api, "q", "b",
               ",'MessageAttributes':{'a':{'DataType':'Number','StringValue':'-1.5e3'},"
               "'b':{'DataType':'Number','StringValue':'+.5'},"
               "'c':{'DataType':'Number.int','StringValue':'007'}}");
    for (const char *const *bad =
             (const char *const[]){ "1x", ".", "e5", "1e", "--1", "0x1", NULL };
         *bad; bad++) {
        char attribute[128];
        snprintf(attribute, sizeof attribute, "'a':{'DataType':'Number','StringValue':'%s'}", *bad);
        attribute_fails(attribute, "InvalidParameterValue: Can't cast the value of message (user) "
                                   "attribute 'a' to a number.");
    }
}

Test(content, ten_attributes_and_no_more)
{
    struct buf more;
    buf_init(&more, &api.arena);
    buf_add(&more, STR("'a0':{'DataType':'String','StringValue':'v'}"));
    for (int i = 1; i < 10; i++)
        buf_printf(&more, ",'a%d':{'DataType':'String','StringValue':'v'}", i);
    str ten = arena_printf(&api.arena, ",'MessageAttributes':{%.*s}", STR_ARGS(buf_str(&more)));
    queue_send(&api, "q", "b", arena_cstr(&api.arena, ten));
    buf_add(&more, STR(",'a10':{'DataType':'String','StringValue':'v'}"));
    attribute_fails(
        arena_cstr(&api.arena, buf_str(&more)),
        "InvalidParameterValue: Number of message attributes [11] exceeds the allowed maximum "
        "[10].");
}

Test(content, system_attributes_are_one)
{
    send_fails("'MessageBody':'b','MessageSystemAttributes':{'Hello':{'DataType':'String',"
               "'StringValue':'v'}}",
               "InvalidParameterValue: Message system attribute name 'Hello' is invalid.");
}

Test(content, sizes_count_body_and_attributes)
{
    queue_create(&api, "small", "{'MaximumMessageSize':'1024'}");
    char body[1100];
    memset(body, 'a', sizeof body);
    body[1024] = 0;
    queue_send(&api, "small", body, "");
    body[1024] = 'a', body[1025] = 0;
    str answer =
        api_callf(&api, "SendMessage", "{'QueueUrl':'" URL "small','MessageBody':'%s'}", body);
    cr_assert(str_eq(answer, STR("InvalidParameterValue: One or more parameters are invalid. "
                                 "Reason: Message must be shorter than 1024 bytes.")));
    /* 1,012 + name 1 + type 6 + value 5 = 1,024 */
    body[1012] = 0;
    queue_send(&api, "small", body,
               ",'MessageAttributes':{'n':{'DataType':'String','StringValue':'12345'}}");
    answer = api_callf(&api, "SendMessage",
                       "{'QueueUrl':'" URL "small','MessageBody':'%s','MessageAttributes':{'n':"
                       "{'DataType':'Binary','BinaryValue':'MTIzNDU2'}}}",
                       body);
    cr_assert(str_starts_with(answer, STR("InvalidParameterValue: One or more")));
}

Test(content, a_message_of_a_mebibyte)
{
    enum { BYTES = 1 << 20 };
    char *body = arena_alloc(&api.arena, BYTES + 2);
    memset(body, 'a', BYTES + 1);
    body[BYTES] = 0;
    queue_send(&api, "q", body, "");
    body[BYTES] = 'a', body[BYTES + 1] = 0;
    str answer = api_callf(&api, "SendMessage", "{'QueueUrl':'" URL "q','MessageBody':'%s'}", body);
    cr_assert(str_eq(answer, STR("InvalidParameterValue: One or more parameters are invalid. "
                                 "Reason: Message must be shorter than 1048576 bytes.")));
    cr_assert_eq(queue_bodies(&api, "q", "").len, BYTES);
}

static void fifo_fails(const char *members, const char *expected)
{
    char params[512];
    snprintf(params, sizeof params, "{'QueueUrl':'" URL "f.fifo','MessageBody':'b'%s}", members);
    api_expect_error(&api, "SendMessage", params, expected);
}

Test(content, ids_of_fifo_queues)
{
    fifo_fails("", "MissingParameter: The request must contain the parameter MessageGroupId.");
    fifo_fails(",'MessageGroupId':'g'",
               "InvalidParameterValue: The queue should either have ContentBasedDeduplication "
               "enabled or MessageDeduplicationId provided explicitly");
    fifo_fails(",'MessageGroupId':'a b','MessageDeduplicationId':'d'",
               "InvalidParameterValue: Value a b for parameter MessageGroupId is invalid. Reason: "
               "MessageGroupId can only include alphanumeric and punctuation characters. 1 to 128 "
               "in length.");
    fifo_fails(",'MessageGroupId':'g','MessageDeduplicationId':'d','DelaySeconds':2",
               "InvalidParameterValue: Value 2 for parameter DelaySeconds is invalid. Reason: The "
               "request include parameter that is not valid for this queue type.");
    send_fails("'MessageBody':'b','MessageDeduplicationId':'d'",
               "InvalidParameterValue: Value d for parameter MessageDeduplicationId is invalid. "
               "Reason: The request include parameter that is not valid for this queue type.");
    queue_send(&api, "q", "b", ",'MessageGroupId':'tenant'"); /* fair queues */
}

Test(content, ids_of_128_characters)
{
    char id[130], more[400];
    memset(id, 'x', sizeof id);
    id[128] = 0;
    snprintf(more, sizeof more, ",'MessageGroupId':'%s','MessageDeduplicationId':'%s'", id, id);
    queue_send(&api, "f.fifo", "b", more);
    id[128] = 'x', id[129] = 0;
    str answer = api_callf(&api, "SendMessage",
                           "{'QueueUrl':'" URL "f.fifo','MessageBody':'b','MessageGroupId':'g',"
                           "'MessageDeduplicationId':'%s'}",
                           id);
    cr_assert(str_starts_with(answer, STR("InvalidParameterValue: Value xxx")));
}

/* ---- batches ---- */

Test(content, batches_are_checked_as_a_whole)
{
    api_expect_error(&api, "SendMessageBatch", "{'QueueUrl':'" URL "q','Entries':[]}",
                     "EmptyBatchRequest: There should be at least one "
                     "SendMessageBatchRequestEntry in the request.");
    api_expect_error(&api, "DeleteMessageBatch", "{'QueueUrl':'" URL "q'}",
                     "EmptyBatchRequest: There should be at least one "
                     "DeleteMessageBatchRequestEntry in the request.");
    api_expect_error(&api, "SendMessageBatch",
                     "{'QueueUrl':'" URL "q','Entries':[{},{},{},{},{},{},{},{},{},{},{}]}",
                     "TooManyEntriesInBatchRequest: Maximum number of entries per request are 10. "
                     "You have sent 11.");
    api_expect_error(&api, "SendMessageBatch",
                     "{'QueueUrl':'" URL "q','Entries':[{'Id':'1','MessageBody':'b'},"
                     "{'MessageBody':'b'}]}",
                     "MissingParameter: The request must contain the parameter "
                     "SendMessageBatchRequestEntry.2.Id.");
    const char *bad_id =
        "InvalidBatchEntryId: A batch entry id can only contain alphanumeric characters, hyphens "
        "and underscores. It can be at most 80 letters long.";
    api_expect_error(&api, "SendMessageBatch",
                     "{'QueueUrl':'" URL "q','Entries':[{'Id':'in:id','MessageBody':'b'}]}",
                     bad_id);
    api_expect_error(&api, "DeleteMessageBatch",
                     "{'QueueUrl':'" URL "q','Entries':[{'Id':'','ReceiptHandle':'b'}]}", bad_id);
    api_expect_error(&api, "SendMessageBatch",
                     "{'QueueUrl':'" URL "q','Entries':[{'Id':'x','MessageBody':'b'},"
                     "{'Id':'x','MessageBody':'b'}]}",
                     "BatchEntryIdsNotDistinct: Id x repeated.");
    queue_expect_counts(&api, "q", 0, 0, 0);
}

Test(content, entries_fail_one_by_one)
{
    api_expect(&api, "SendMessageBatch",
               "{'QueueUrl':'" URL "q','Entries':[{'Id':'a','MessageBody':'msg'},"
               "{'Id':'b','MessageBody':''},{'Id':'c','MessageBody':'x','DelaySeconds':1800}]}",
               "{'Successful':[{'Id':'a','MD5OfMessageBody':'6e2baaf3b97dbeef01c0043275f9a0e7'}],"
               "'Failed':[{'Id':'b','SenderFault':true,'Code':'MissingParameter','Message':'The "
               "request must contain the parameter SendMessageBatchRequestEntry.2.MessageBody.'},"
               "{'Id':'c','SenderFault':true,'Code':'InvalidParameterValue','Message':'Value 1800 "
               "for parameter DelaySeconds is invalid. Reason: DelaySeconds must be >= 0 and <= "
               "900.'}]}");
    cr_assert(str_eq(queue_bodies(&api, "q", ""), STR("msg")));
}

Test(content, a_batch_of_more_than_a_mebibyte)
{
    enum { BYTES = 600000 };
    char *body = arena_alloc(&api.arena, BYTES + 1);
    memset(body, 'a', BYTES);
    body[BYTES] = 0;
    str answer = api_callf(&api, "SendMessageBatch",
                           "{'QueueUrl':'" URL "q','Entries':[{'Id':'1','MessageBody':'%s'},"
                           "{'Id':'2','MessageBody':'%s'}]}",
                           body, body);
    cr_assert(str_eq(answer, STR("BatchRequestTooLong: Batch requests cannot be longer than "
                                 "1048576 bytes. You have sent 1200000 bytes.")));
}

Test(content, a_fifo_batch_without_ids_is_refused_as_a_whole)
{
    api_expect_error(&api, "SendMessageBatch",
                     "{'QueueUrl':'" URL "f.fifo','Entries':[{'Id':'1','MessageBody':'b',"
                     "'MessageGroupId':'g','MessageDeduplicationId':'d'},{'Id':'2','MessageBody':"
                     "'b'}]}",
                     "InvalidParameterValue: The request must contain the parameter "
                     "MessageGroupId.");
    queue_expect_counts(&api, "f.fifo", 0, 0, 0);
}
