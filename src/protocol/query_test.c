/* Tests of the Query protocol. The forms are what botocore 1.29 and the samples in the API
 * references of SQS and SNS send; the answers have the structure of those samples, which old SDKs
 * parse. */
#include "protocol/query.h"

#include <criterion/criterion.h>

#include "protocol/select.h"
#include "protocol/xml.h"

/* ---- a little of both services' models ---- */

static const struct shape_field attribute_fields[] = {
    { .name = STR_INIT("StringValue"), .kind = SHAPE_STRING },
    { .name = STR_INIT("BinaryValue"), .kind = SHAPE_BLOB },
    { .name = STR_INIT("DataType"), .kind = SHAPE_STRING },
};
static const struct shape attribute = { attribute_fields, 3, "MessageAttributeValue" };

static const struct shape_field entry_fields[] = {
    { .name = STR_INIT("Id"), .kind = SHAPE_STRING },
    { .name = STR_INIT("MessageBody"), .kind = SHAPE_STRING },
    { .name = STR_INIT("DelaySeconds"), .kind = SHAPE_INTEGER },
    { .name = STR_INIT("MessageAttributes"),
      .kind = SHAPE_MAP,
      .item_kind = SHAPE_STRUCTURE,
      .shape = &attribute },
};
static const struct shape entry = { entry_fields, 4, "SendMessageBatchRequestEntry" };

static const struct shape_field sqs_fields[] = {
    { .name = STR_INIT("QueueUrl"), .kind = SHAPE_STRING },
    { .name = STR_INIT("MaxNumberOfMessages"), .kind = SHAPE_INTEGER },
    { .name = STR_INIT("AttributeNames"), .kind = SHAPE_LIST, .item_kind = SHAPE_STRING },
    { .name = STR_INIT("Attributes"), .kind = SHAPE_MAP, .item_kind = SHAPE_STRING },
    { .name = STR_INIT("Tags"), .kind = SHAPE_MAP, .item_kind = SHAPE_STRING },
    { .name = STR_INIT("TagKeys"), .kind = SHAPE_LIST, .item_kind = SHAPE_STRING },
    { .name = STR_INIT("MessageAttributes"),
      .kind = SHAPE_MAP,
      .item_kind = SHAPE_STRUCTURE,
      .shape = &attribute },
    { .name = STR_INIT("Entries"),
      .kind = SHAPE_LIST,
      .item_kind = SHAPE_STRUCTURE,
      .shape = &entry },
};
static const struct shape sqs_shape = { sqs_fields, sizeof sqs_fields / sizeof *sqs_fields, "" };

static const struct shape_field create_fields[] = {
    { .name = STR_INIT("tags"), .kind = SHAPE_MAP, .item_kind = SHAPE_STRING },
};
static const struct shape create_shape = { create_fields, 1, "CreateQueueRequest" };

static const struct shape_field tag_fields[] = {
    { .name = STR_INIT("Key"), .kind = SHAPE_STRING },
    { .name = STR_INIT("Value"), .kind = SHAPE_STRING },
};
static const struct shape tag = { tag_fields, 2, "Tag" };

static const struct shape_field sns_fields[] = {
    { .name = STR_INIT("Tags"), .kind = SHAPE_LIST, .item_kind = SHAPE_STRUCTURE, .shape = &tag },
    { .name = STR_INIT("Attributes"), .kind = SHAPE_MAP, .item_kind = SHAPE_STRING },
    { .name = STR_INIT("ReturnSubscriptionArn"), .kind = SHAPE_BOOLEAN },
    { .name = STR_INIT("MessageAttributes"),
      .kind = SHAPE_MAP,
      .item_kind = SHAPE_STRUCTURE,
      .shape = &attribute },
};
static const struct shape sns_shape = { sns_fields, 4, "" };

static const struct service sqs = { .name = STR_INIT("sqs") };
static const struct service sns = { .name = STR_INIT("sns") };

/* ---- calls ---- */

struct decoding {
    const struct service *service;
    const struct shape *shape;
    const char *operation, *form, *params; /* params NULL: refused */
};

static const struct decoding decodings[] = {
    { &sqs, &sqs_shape, "ReceiveMessage",
      "Action=ReceiveMessage&Version=2012-11-05&MaxNumberOfMessages=5&X-Amz-Date=1",
      "{\"MaxNumberOfMessages\":5}" },
    { &sqs, &sqs_shape, "ReceiveMessage", "", "{}" },
    { &sqs, &sqs_shape, "SendMessage", "MessageBody=a%20b%2Bc+%C3%A9%26%3D%0A",
      "{\"MessageBody\":\"a b+c \xC3\xA9&=\\n\"}" },
    { &sqs, &sqs_shape, "SendMessage", "MessageBody", "{\"MessageBody\":\"\"}" },
    { &sqs, &sqs_shape, "SendMessage", "&&MessageBody=a=b&&", "{\"MessageBody\":\"a=b\"}" },
    { &sqs, &sqs_shape, "SendMessage", "MessageBody=first&MessageBody=second",
      "{\"MessageBody\":\"first\"}" },
    /* lists, in the order of their numbers, with gaps, and as old clients write them */
    { &sqs, &sqs_shape, "GetQueueAttributes", "AttributeName.10=b&AttributeName.9=a",
      "{\"AttributeNames\":[\"a\",\"b\"]}" },
    { &sqs, &sqs_shape, "GetQueueAttributes", "AttributeName=All",
      "{\"AttributeNames\":[\"All\"]}" },
    { &sqs, &sqs_shape, "GetQueueAttributes", "AttributeNames=", "{\"AttributeNames\":[]}" },
    { &sqs, &sqs_shape, "GetQueueAttributes", "AttributeName=", "{\"AttributeNames\":[]}" },
    { &sqs, &sqs_shape, "GetQueueAttributes", "AttributeName=a&AttributeName.1=b",
      "{\"AttributeNames\":[\"a\",\"b\"]}" },
    { &sqs, &sqs_shape, "GetQueueAttributes",
      "AttributeName.99999999999999999999999=b&AttributeName.1=a",
      "{\"AttributeNames\":[\"a\",\"b\"]}" },
    { &sqs, &sqs_shape, "UntagQueue", "TagKey.1=a&TagKey.2=b", "{\"TagKeys\":[\"a\",\"b\"]}" },
    /* maps */
    { &sqs, &sqs_shape, "SetQueueAttributes",
      "Attribute.1.Name=VisibilityTimeout&Attribute.1.Value=30&Attribute.2.Value=x&Attribute.2."
      "Name=Policy",
      "{\"Attributes\":{\"VisibilityTimeout\":\"30\",\"Policy\":\"x\"}}" },
    { &sqs, &sqs_shape, "SetQueueAttributes", "Attribute.Name=VisibilityTimeout&Attribute.Value=30",
      "{\"Attributes\":{\"VisibilityTimeout\":\"30\"}}" },
    { &sqs, &sqs_shape, "TagQueue", "Tag.1.Key=k&Tag.1.Value=", "{\"Tags\":{\"k\":\"\"}}" },
    { &sqs, &create_shape, "CreateQueue", "QueueName=q&Tag.1.Key=k&Tag.1.Value=v",
      "{\"QueueName\":\"q\",\"tags\":{\"k\":\"v\"}}" },
    { &sqs, &sqs_shape, "SendMessage",
      "MessageAttribute.1.Name=a&MessageAttribute.1.Value.StringValue=s&MessageAttribute.1.Value."
      "DataType=String&MessageAttribute.2.Name=b&MessageAttribute.2.Value.BinaryValue=AAE%3D&"
      "MessageAttribute.2.Value.DataType=Binary",
      "{\"MessageAttributes\":{\"a\":{\"DataType\":\"String\",\"StringValue\":\"s\"},\"b\":{"
      "\"BinaryValue\":\"AAE=\",\"DataType\":\"Binary\"}}}" },
    { &sqs, &sqs_shape, "SendMessageBatch",
      "SendMessageBatchRequestEntry.2.Id=two&SendMessageBatchRequestEntry.1.Id=one&"
      "SendMessageBatchRequestEntry.1.DelaySeconds=7&SendMessageBatchRequestEntry.1."
      "MessageAttribute.1.Name=n&SendMessageBatchRequestEntry.1.MessageAttribute.1.Value."
      "StringValue=v",
      "{\"Entries\":[{\"DelaySeconds\":7,\"Id\":\"one\",\"MessageAttributes\":{\"n\":{"
      "\"StringValue\":\"v\"}}},{\"Id\":\"two\"}]}" },
    { &sqs, &sqs_shape, "DeleteMessageBatch", "SendMessageBatchRequestEntry.1.Id=one",
      "{\"SendMessageBatchRequestEntry\":{\"1\":{\"Id\":\"one\"}}}" },
    { &sqs, &sqs_shape, "SendMessage", "QueueUrl=http%3A%2F%2Fh%2Fa%2Fq",
      "{\"QueueUrl\":\"http://h/a/q\"}" },
    /* what cannot be read */
    { &sqs, &sqs_shape, "ReceiveMessage", "MaxNumberOfMessages=five", NULL },
    { &sqs, &sqs_shape, "ReceiveMessage", "MaxNumberOfMessages=", NULL },
    { &sqs, &sqs_shape, "SetQueueAttributes", "Attribute.1.Name=a", NULL },
    { &sqs, &sqs_shape, "SetQueueAttributes", "Attribute.1.Value=a", NULL },
    { &sqs, &sqs_shape, "SetQueueAttributes", "Attribute=a", NULL },
    { &sqs, &sqs_shape, "SendMessage", "MessageBody=%", NULL },
    { &sqs, &sqs_shape, "SendMessage", "MessageBody=%4", NULL },
    { &sqs, &sqs_shape, "SendMessage", "MessageBody=%GG", NULL },
    { &sqs, &sqs_shape, "SendMessage", "MessageBody=%FF", NULL },
    { &sqs, &sqs_shape, "SendMessage", "a.b.c.d.e.f.g.h.i.j.k=1", NULL },
    /* SNS */
    { &sns, &sns_shape, "CreateTopic",
      "Name=t&Tags.member.1.Key=k&Tags.member.1.Value=v&Tags.member.2.Key=l&Tags.member.2.Value=w&"
      "Attributes.entry.1.key=FifoTopic&Attributes.entry.1.value=true",
      "{\"Attributes\":{\"FifoTopic\":\"true\"},\"Name\":\"t\",\"Tags\":[{\"Key\":\"k\",\"Value\":"
      "\"v\"},{\"Key\":\"l\",\"Value\":\"w\"}]}" },
    { &sns, &sns_shape, "Publish",
      "MessageAttributes.entry.1.Name=a&MessageAttributes.entry.1.Value.DataType=String&"
      "MessageAttributes.entry.1.Value.StringValue=s",
      "{\"MessageAttributes\":{\"a\":{\"DataType\":\"String\",\"StringValue\":\"s\"}}}" },
    { &sns, &sns_shape, "PublishBatch",
      "PublishBatchRequestEntries.member.1.Id=i&PublishBatchRequestEntries.member.1."
      "MessageAttributes.entry.1.Name=a&PublishBatchRequestEntries.member.1.MessageAttributes."
      "entry.1.Value.StringValue=s",
      "{\"PublishBatchRequestEntries\":[{\"Id\":\"i\",\"MessageAttributes\":{\"a\":{"
      "\"StringValue\":\"s\"}}}]}" },
    { &sns, &sns_shape, "Subscribe", "ReturnSubscriptionArn=true&Tags=&Attributes=",
      "{\"Attributes\":{},\"ReturnSubscriptionArn\":true,\"Tags\":[]}" },
    { &sns, &sns_shape, "Subscribe", "ReturnSubscriptionArn=0",
      "{\"ReturnSubscriptionArn\":false}" },
    { &sns, &sns_shape, "Subscribe", "ReturnSubscriptionArn=yes", NULL },
    { &sns, &sns_shape, "Subscribe", "Attributes.entry.1.key=a", NULL },
};

Test(query, calls)
{
    for (size_t i = 0; i < sizeof decodings / sizeof *decodings; i++) {
        const struct decoding *d = &decodings[i];
        struct arena arena;
        struct error err = { 0 };
        struct form form = { 0 };
        json params;
        arena_init(&arena);
        const struct operation operation = { .name = str_from(d->operation), .input = d->shape };
        bool good =
            form_parse(str_from(d->form), &arena, &form, &err) &&
            query_decode(query_protocol_of(d->service), &operation, &form, &arena, &params, &err);
        cr_expect_eq(good, d->params != NULL, "%s: %s", d->form, err.message);
        if (good && d->params) {
            str text = json_text(&arena, params);
            cr_expect(str_eq(text, str_from(d->params)), "%s: %.*s", d->form, STR_ARGS(text));
        } else if (!good) {
            cr_expect_eq(err.code, ERROR_MALFORMED_INPUT, "%s", d->form);
        }
        arena_close(&arena);
    }
}

Test(query, parameters_are_bounded)
{
    struct arena arena;
    struct buf text;
    struct error err = { 0 };
    arena_init(&arena);
    for (int more = 0; more < 2; more++) {
        struct form form = { 0 };
        buf_init(&text, &arena);
        for (int i = 0; i < 10000 + more; i++)
            buf_add(&text, STR("a=b&"));
        cr_expect_eq(form_parse(buf_str(&text), &arena, &form, &err), more == 0);
        cr_expect_eq(form.count, 10000);
    }
    cr_expect_eq(err.code, ERROR_MALFORMED_INPUT);
    arena_close(&arena);
}

/* ---- answers ---- */

#define SQS "<?xml version=\"1.0\"?>"
#define SQS_NS " xmlns=\"http://queue.amazonaws.com/doc/2012-11-05/\">"
#define SNS_NS " xmlns=\"http://sns.amazonaws.com/doc/2010-03-31/\">"
#define METADATA "<ResponseMetadata><RequestId>r-1</RequestId></ResponseMetadata>"

struct encoding {
    const struct service *service;
    const char *operation, *reply, *xml;
};

static const struct encoding encodings[] = {
    { &sqs, "SendMessage", "{\"MD5OfMessageBody\":\"fafb\",\"MessageId\":\"5fea\"}",
      SQS "<SendMessageResponse" SQS_NS "<SendMessageResult><MD5OfMessageBody>fafb"
          "</MD5OfMessageBody><MessageId>5fea</MessageId></SendMessageResult>" METADATA
          "</SendMessageResponse>" },
    { &sqs, "DeleteMessage", "{}",
      SQS "<DeleteMessageResponse" SQS_NS METADATA "</DeleteMessageResponse>" },
    { &sqs, "ReceiveMessage", "{}",
      SQS "<ReceiveMessageResponse" SQS_NS "<ReceiveMessageResult/>" METADATA
          "</ReceiveMessageResponse>" },
    { &sqs, "ReceiveMessage",
      "{\"Messages\":[{\"MessageId\":\"m\",\"Body\":\"<a> & \\\"b\\\"\\r\\n\\t\\u0001\\uFFFE\","
      "\"Attributes\":{\"SenderId\":\"s\",\"SentTimestamp\":\"1\"},\"MessageAttributes\":{\"a\":{"
      "\"StringValue\":\"x\",\"DataType\":\"String\"}}},{\"MessageId\":\"n\"}]}",
      SQS "<ReceiveMessageResponse" SQS_NS "<ReceiveMessageResult><Message><MessageId>m</MessageId>"
          "<Body>&lt;a&gt; &amp; &quot;b&quot;&#xD;\n\t\xEF\xBF\xBD\xEF\xBF\xBD</Body><Attribute>"
          "<Name>SenderId</Name><Value>s</Value></Attribute><Attribute><Name>SentTimestamp</Name>"
          "<Value>1</Value></Attribute><MessageAttribute><Name>a</Name><Value><StringValue>x"
          "</StringValue><DataType>String</DataType></Value></MessageAttribute></Message><Message>"
          "<MessageId>n</MessageId></Message></ReceiveMessageResult>" METADATA
          "</ReceiveMessageResponse>" },
    { &sqs, "GetQueueAttributes", "{\"Attributes\":{\"DelaySeconds\":\"0\"}}",
      SQS "<GetQueueAttributesResponse" SQS_NS "<GetQueueAttributesResult><Attribute><Name>"
          "DelaySeconds</Name><Value>0</Value></Attribute></GetQueueAttributesResult>" METADATA
          "</GetQueueAttributesResponse>" },
    { &sqs, "ListQueueTags", "{\"Tags\":{\"k\":\"v\"}}",
      SQS "<ListQueueTagsResponse" SQS_NS "<ListQueueTagsResult><Tag><Key>k</Key><Value>v</Value>"
          "</Tag></ListQueueTagsResult>" METADATA "</ListQueueTagsResponse>" },
    { &sqs, "ListQueues", "{\"QueueUrls\":[\"http://h/1/a\",\"http://h/1/b\"]}",
      SQS "<ListQueuesResponse" SQS_NS "<ListQueuesResult><QueueUrl>http://h/1/a</QueueUrl>"
          "<QueueUrl>http://h/1/b</QueueUrl></ListQueuesResult>" METADATA "</ListQueuesResponse>" },
    { &sqs, "ListDeadLetterSourceQueues", "{\"queueUrls\":[\"u\"],\"NextToken\":null}",
      SQS "<ListDeadLetterSourceQueuesResponse" SQS_NS "<ListDeadLetterSourceQueuesResult>"
          "<QueueUrl>u</QueueUrl></ListDeadLetterSourceQueuesResult>" METADATA
          "</ListDeadLetterSourceQueuesResponse>" },
    { &sqs, "SendMessageBatch",
      "{\"Successful\":[{\"Id\":\"1\"}],\"Failed\":[{\"Id\":\"2\",\"SenderFault\":true}]}",
      SQS "<SendMessageBatchResponse" SQS_NS "<SendMessageBatchResult><SendMessageBatchResultEntry>"
          "<Id>1</Id></SendMessageBatchResultEntry><BatchResultErrorEntry><Id>2</Id><SenderFault>"
          "true</SenderFault></BatchResultErrorEntry></SendMessageBatchResult>" METADATA
          "</SendMessageBatchResponse>" },
    { &sqs, "ListMessageMoveTasks", "{\"Results\":[{\"StartedTimestamp\":1700000000000}]}",
      SQS "<ListMessageMoveTasksResponse" SQS_NS "<ListMessageMoveTasksResult>"
          "<ListMessageMoveTasksResultEntry><StartedTimestamp>1700000000000</StartedTimestamp>"
          "</ListMessageMoveTasksResultEntry></ListMessageMoveTasksResult>" METADATA
          "</ListMessageMoveTasksResponse>" },
    { &sns, "ListTopics", "{\"Topics\":[{\"TopicArn\":\"a\"},{\"TopicArn\":\"b\"}]}",
      "<ListTopicsResponse" SNS_NS "<ListTopicsResult><Topics><member><TopicArn>a</TopicArn>"
      "</member><member><TopicArn>b</TopicArn></member></Topics></ListTopicsResult>" METADATA
      "</ListTopicsResponse>" },
    { &sns, "ListTopics", "{\"Topics\":[]}",
      "<ListTopicsResponse" SNS_NS "<ListTopicsResult><Topics/></ListTopicsResult>" METADATA
      "</ListTopicsResponse>" },
    { &sns, "GetTopicAttributes", "{\"Attributes\":{\"Owner\":\"1\",\"DisplayName\":\"\"}}",
      "<GetTopicAttributesResponse" SNS_NS "<GetTopicAttributesResult><Attributes><entry><key>"
      "Owner</key><value>1</value></entry><entry><key>DisplayName</key><value></value></entry>"
      "</Attributes></GetTopicAttributesResult>" METADATA "</GetTopicAttributesResponse>" },
    { &sns, "ListTagsForResource", "{\"Tags\":[{\"Key\":\"k\",\"Value\":\"v\"}]}",
      "<ListTagsForResourceResponse" SNS_NS "<ListTagsForResourceResult><Tags><member><Key>k</Key>"
      "<Value>v</Value></member></Tags></ListTagsForResourceResult>" METADATA
      "</ListTagsForResourceResponse>" },
    { &sns, "DeleteTopic", "{}", "<DeleteTopicResponse" SNS_NS METADATA "</DeleteTopicResponse>" },
    { &sns, "TagResource", "{}",
      "<TagResourceResponse" SNS_NS "<TagResourceResult/>" METADATA "</TagResourceResponse>" },
};

Test(query, answers)
{
    for (size_t i = 0; i < sizeof encodings / sizeof *encodings; i++) {
        const struct encoding *e = &encodings[i];
        struct arena arena;
        struct buf out;
        struct error err;
        json reply;
        arena_init(&arena);
        buf_init(&out, &arena);
        cr_assert(json_parse(str_from(e->reply), &arena, &reply, &err), "%s", e->reply);
        query_encode(query_protocol_of(e->service), str_from(e->operation), reply, STR("r-1"),
                     &out);
        str xml = buf_str(&out);
        cr_expect(str_eq(xml, str_from(e->xml)), "%s: %.*s", e->operation, STR_ARGS(xml));
        arena_close(&arena);
    }
}

static const struct {
    const struct service *service;
    enum error_code code;
    const char *message, *xml;
} errors[] = {
    { &sqs, ERROR_SQS_QUEUE_DOES_NOT_EXIST, "The specified queue does not exist.",
      SQS "<ErrorResponse" SQS_NS "<Error><Type>Sender</Type><Code>AWS.SimpleQueueService."
          "NonExistentQueue</Code><Message>The specified queue does not exist.</Message><Detail/>"
          "</Error><RequestId>r-1</RequestId></ErrorResponse>" },
    { &sqs, ERROR_SQS_QUEUE_NAME_EXISTS, "<&>",
      SQS "<ErrorResponse" SQS_NS "<Error><Type>Sender</Type><Code>QueueAlreadyExists</Code>"
          "<Message>&lt;&amp;&gt;</Message><Detail/></Error><RequestId>r-1</RequestId>"
          "</ErrorResponse>" },
    { &sns, ERROR_SNS_NOT_FOUND, "Topic does not exist",
      "<ErrorResponse" SNS_NS "<Error><Type>Sender</Type><Code>NotFound</Code><Message>Topic does "
      "not exist</Message></Error><RequestId>r-1</RequestId></ErrorResponse>" },
    { &sns, ERROR_OVERLOADED, "x",
      "<ErrorResponse" SNS_NS "<Error><Type>Receiver</Type><Code>ServiceUnavailable</Code>"
      "<Message>x</Message></Error><RequestId>r-1</RequestId></ErrorResponse>" },
    { NULL, ERROR_INVALID_ACTION, "x",
      "<ErrorResponse><Error><Type>Sender</Type><Code>InvalidAction</Code><Message>x</Message>"
      "</Error><RequestId>r-1</RequestId></ErrorResponse>" },
};

Test(query, errors)
{
    for (size_t i = 0; i < sizeof errors / sizeof *errors; i++) {
        struct arena arena;
        struct buf out;
        struct error error = { 0 };
        arena_init(&arena);
        buf_init(&out, &arena);
        error_set(&error, errors[i].code, "%s", errors[i].message);
        query_encode_error(errors[i].service ? query_protocol_of(errors[i].service) : NULL, &error,
                           STR("r-1"), &out);
        str xml = buf_str(&out);
        cr_expect(str_eq(xml, str_from(errors[i].xml)), "%.*s", STR_ARGS(xml));
        arena_close(&arena);
    }
}

/* botocore 1.29's sqs/2012-11-05: the `code` of each error shape. */
static const struct {
    enum error_code code;
    const char *name;
} codes[] = {
    { ERROR_SQS_BATCH_ENTRY_IDS_NOT_DISTINCT, "AWS.SimpleQueueService.BatchEntryIdsNotDistinct" },
    { ERROR_SQS_BATCH_REQUEST_TOO_LONG, "AWS.SimpleQueueService.BatchRequestTooLong" },
    { ERROR_SQS_EMPTY_BATCH_REQUEST, "AWS.SimpleQueueService.EmptyBatchRequest" },
    { ERROR_SQS_INVALID_ATTRIBUTE_NAME, "InvalidAttributeName" },
    { ERROR_SQS_INVALID_BATCH_ENTRY_ID, "AWS.SimpleQueueService.InvalidBatchEntryId" },
    { ERROR_SQS_INVALID_MESSAGE_CONTENTS, "InvalidMessageContents" },
    { ERROR_SQS_MESSAGE_NOT_INFLIGHT, "AWS.SimpleQueueService.MessageNotInflight" },
    { ERROR_SQS_OVER_LIMIT, "OverLimit" },
    { ERROR_SQS_PURGE_QUEUE_IN_PROGRESS, "AWS.SimpleQueueService.PurgeQueueInProgress" },
    { ERROR_SQS_QUEUE_DELETED_RECENTLY, "AWS.SimpleQueueService.QueueDeletedRecently" },
    { ERROR_SQS_RECEIPT_HANDLE_IS_INVALID, "ReceiptHandleIsInvalid" },
    { ERROR_SQS_TOO_MANY_ENTRIES_IN_BATCH_REQUEST,
      "AWS.SimpleQueueService.TooManyEntriesInBatchRequest" },
    { ERROR_SQS_UNSUPPORTED_OPERATION, "AWS.SimpleQueueService.UnsupportedOperation" },
    { ERROR_SNS_INVALID_PARAMETER, "InvalidParameter" },
    { ERROR_VALIDATION, "ValidationError" },
    { ERROR_SERIALIZATION, "MalformedInput" },
};

Test(query, codes_are_the_old_ones)
{
    for (size_t i = 0; i < sizeof codes / sizeof *codes; i++)
        cr_expect(str_eq(query_error_code(codes[i].code), str_from(codes[i].name)), "%s",
                  codes[i].name);
}

/* ---- what tells the service ---- */

Test(query, the_credential_scope_is_read_safely)
{
    static const struct {
        const char *authorization, *service;
    } scopes[] = {
        { "AWS4-HMAC-SHA256 Credential=AK/20260101/us-east-1/sqs/aws4_request, SignedHeaders=host, "
          "Signature=0",
          "sqs" },
        { "AWS4-HMAC-SHA256 Credential=AK/20260101/us-east-1/sns/aws4_request,SignedHeaders=host",
          "sns" },
        { "AK/20260101/us-east-1/sqs/aws4_request", "sqs" },
        { "a/b/20260101/us-east-1/sqs/aws4_request", "sqs" },
        { "", "" },
        { "Credential=", "" },
        { "Credential=/aws4_request", "" },
        { "Credential=//aws4_request", "" },
        { "AWS4-HMAC-SHA256 Credential=AK/20260101/us-east-1/sqs", "" },
        { "Basic c3FzOnNxcw==", "" },
    };
    for (size_t i = 0; i < sizeof scopes / sizeof *scopes; i++) {
        str service = select_scope_service(str_from(scopes[i].authorization));
        cr_expect(str_eq(service, str_from(scopes[i].service)), "%s: %.*s", scopes[i].authorization,
                  STR_ARGS(service));
    }
}

Test(query, paths_of_queues)
{
    cr_expect(select_is_queue_path(STR("/000000000000/q")));
    cr_expect(select_is_queue_path(STR("/000000000000/q.fifo/")));
    cr_expect_not(select_is_queue_path(STR("/")));
    cr_expect_not(select_is_queue_path(STR("//")));
    cr_expect_not(select_is_queue_path(STR("/q")));
    cr_expect_not(select_is_queue_path(STR("/q/")));
    cr_expect_not(select_is_queue_path(STR("//q")));
    cr_expect_not(select_is_queue_path(STR("/a//")));
    cr_expect_not(select_is_queue_path(STR("/a/b/c")));
    cr_expect_not(select_is_queue_path(STR("*")));
    cr_expect_not(select_is_queue_path(STR("")));
}

Test(xml, names_cannot_break_out)
{
    struct arena arena;
    struct buf out;
    arena_init(&arena);
    buf_init(&out, &arena);
    xml_element(&out, STR("a b><c"), STR("t"));
    xml_empty(&out, STR("1"));
    xml_empty(&out, STR(""));
    cr_expect(str_eq(buf_str(&out), STR("<a_b__c>t</a_b__c><_/><_/>")));
    arena_close(&arena);
}
