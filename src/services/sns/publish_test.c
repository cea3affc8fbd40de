/* Publish and PublishBatch: what is refused, and what arrives in queues. Expected answers as
 * recorded from AWS. */
#include <criterion/criterion.h>

#include "services/sns/support_test.h"

static void expect_text(str got, const char *expected)
{
    cr_expect(str_eq(got, str_from(expected)), "%.*s\nis not %s", STR_ARGS(got), expected);
}

/* Params around the standard topic "t". */
static str publish(struct api *api, const char *members)
{
    str params = arena_printf(&api->arena, "{'TopicArn':'" TOPIC "t',%s}", members);
    return api_call(api, "Publish", arena_cstr(&api->arena, params));
}

Test(sns_publish, refusals_are_aws_s)
{
    static const struct {
        const char *members, *error;
    } cases[] = {
        { "'Message':''", "InvalidParameter: Invalid parameter: Empty message" },
        { "'Message':'m','Subject':''", "InvalidParameter: Invalid parameter: Subject" },
        { "'Message':'m','Subject':'a\\nb'", "InvalidParameter: Invalid parameter: Subject" },
        { "'Message':'m','MessageDeduplicationId':'d'",
          "InvalidParameter: Invalid parameter: MessageDeduplicationId Reason: The request "
          "includes MessageDeduplicationId parameter that is not valid for this topic type" },
        { "'Message':'{\\u0022sqs\\u0022:\\u0022x\\u0022}','MessageStructure':'json'",
          "InvalidParameter: Invalid parameter: Message Structure - No default entry in JSON "
          "message body" },
        { "'Message':'{\\u0022default\\u0022:{}}','MessageStructure':'json'",
          "InvalidParameter: Invalid parameter: Message Structure - No default entry in JSON "
          "message body" },
        { "'Message':'default','MessageStructure':'json'",
          "InvalidParameter: Invalid parameter: Message Structure - JSON message body failed to "
          "parse" },
    };
    struct api api;
    api_open(&api);
    api_topic(&api, "t");
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        expect_text(publish(&api, cases[i].members), cases[i].error);
    api_expect_error(&api, "Publish", "{'TopicArn':'" TOPIC "none','Message':'m'}",
                     "NotFound: Topic does not exist");
    api_expect_error(&api, "Publish", "{'TopicArn':'','Message':'m'}",
                     "InvalidParameter: Invalid parameter: TopicArn Reason: An ARN must have at "
                     "least 6 elements, not 1");
    api_expect_error(&api, "Publish", "{'TargetArn':'" TOPIC "endpoint/APNS/App/0','Message':'m'}",
                     "InvalidParameter: Invalid parameter: TargetArn Reason: No endpoint found for "
                     "the target arn specified");
    api_expect_error(&api, "Publish", "{'PhoneNumber':'+1a234','Message':'m'}",
                     "InvalidParameter: Invalid parameter: PhoneNumber Reason: +1a234 is not valid "
                     "to publish to");
    api_close(&api);
}

Test(sns_publish, attributes_are_checked_as_aws_does)
{
    static const struct {
        const char *attribute, *error;
    } cases[] = {
        { "'attr1':{'DataType':'String','StringValue':''}",
          "The message attribute 'attr1' must contain non-empty message attribute value for "
          "message attribute type 'String'." },
        { "'attr1':{'DataType':'Binary'}",
          "The message attribute 'attr1' must contain non-empty message attribute value for "
          "message attribute type 'Binary'." },
        { "'attr1':{'DataType':'Number','BinaryValue':'AgME'}",
          "The message attribute 'attr1' with type 'Number' must use field 'String'." },
        { "'attr1':{'DataType':'Binary','StringValue':'x'}",
          "The message attribute 'attr1' with type 'Binary' must use field 'Binary'." },
        { "'attr1':{'DataType':'Stringprefixed','StringValue':'x'}",
          "The message attribute 'attr1' has an invalid message attribute type, the set of "
          "supported type prefixes is Binary, Number, and String." },
        { "'attr1':{'DataType':'Stringprefixed.','StringValue':'x'}",
          "The message attribute 'attr1' has an invalid message attribute type, the set of "
          "supported type prefixes is Binary, Number, and String." },
        { "'attr^1':{'DataType':'String','StringValue':'x'}",
          "Invalid non-alphanumeric character '#x5E' was found in the message attribute name. Can "
          "only include alphanumeric characters, hyphens, underscores, or dots." },
        { "'.attr':{'DataType':'String','StringValue':'x'}",
          "Invalid message attribute name starting with character '.' was found." },
        { "'attr.':{'DataType':'String','StringValue':'x'}",
          "Invalid message attribute name ending with character '.' was found." },
        { "'a..b':{'DataType':'String','StringValue':'x'}",
          "Message attribute name can not have successive '.' character." },
        { "'n':{'DataType':'Number','StringValue':'ten'}",
          "Could not cast message attribute 'n' value to number." },
    };
    struct api api;
    api_open(&api);
    api_topic(&api, "t");
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        str members =
            arena_printf(&api.arena, "'Message':'m','MessageAttributes':{%s}", cases[i].attribute);
        str answer = publish(&api, arena_cstr(&api.arena, members));
        str error = arena_printf(&api.arena, "ParameterValueInvalid: %s", cases[i].error);
        cr_expect(str_eq(answer, error), "%.*s\nis not %.*s", STR_ARGS(answer), STR_ARGS(error));
    }
    str answer = publish(&api, "'Message':'m','MessageAttributes':{'a':{'DataType':"
                               "'String.prefixed','StringValue':'x'}}");
    cr_expect(str_starts_with(answer, STR("{")), "%.*s", STR_ARGS(answer));
    answer = publish(&api, "'Message':'m','MessageAttributes':{'attr1':{'StringValue':'x'}}");
    expect_text(answer, "ValidationException: 1 validation error detected: Value null at "
                        "'messageAttributes.attr1.member.dataType' failed to satisfy constraint: "
                        "Member must not be null");
    api_close(&api);
}

Test(sns_publish, messages_are_bounded)
{
    struct api api;
    api_open(&api);
    api_topic(&api, "t");
    char *text = arena_alloc(&api.arena, SNS_MESSAGE_BYTES_MAX + 2);
    memset(text, 'a', SNS_MESSAGE_BYTES_MAX + 1);
    text[SNS_MESSAGE_BYTES_MAX + 1] = '\0';
    str members = arena_printf(&api.arena, "'Message':'%s'", text);
    expect_text(publish(&api, arena_cstr(&api.arena, members)),
                "InvalidParameter: Invalid parameter: Message too long");
    text[SNS_MESSAGE_BYTES_MAX] = '\0';
    members = arena_printf(&api.arena, "'Message':'%s'", text);
    cr_expect(str_starts_with(publish(&api, arena_cstr(&api.arena, members)), STR("{")));
    members = arena_printf(&api.arena,
                           "'Message':'%s','MessageAttributes':{'a':{'DataType':"
                           "'String','StringValue':'x'}}",
                           text);
    expect_text(publish(&api, arena_cstr(&api.arena, members)),
                "InvalidParameter: Invalid parameter: Message too long");
    api_close(&api);
}

/* ---- queues ---- */

Test(sns_publish, a_queue_gets_the_envelope)
{
    struct api api;
    api_open(&api);
    api_topic(&api, "t");
    api_queue(&api, "q");
    str arn = api_subscribe(&api, "t", "sqs", QUEUE "q", "{}");
    str answer = publish(&api, "'Message':'hello \\u00f6\\u00a7','Subject':'s',"
                               "'MessageAttributes':{'attr1':{'DataType':'Number','StringValue':"
                               "'99.12'},'attr2':{'DataType':'Binary','BinaryValue':'AgME'}}");
    str message = api_receive(&api, "q");
    cr_assert_gt(message.len, 0, "%.*s", STR_ARGS(answer));
    str body = api_field(&api, message, "Body");
    expect_text(api_field(&api, body, "Type"), "Notification");
    cr_expect(str_eq(api_field(&api, body, "MessageId"), api_field(&api, answer, "MessageId")));
    expect_text(api_field(&api, body, "TopicArn"), TOPIC "t");
    expect_text(api_field(&api, body, "Subject"), "s");
    expect_text(api_field(&api, body, "Message"), "hello \xc3\xb6\xc2\xa7");
    expect_text(api_field(&api, body, "Timestamp"), "2023-11-14T22:13:20.123Z");
    expect_text(api_field(&api, body, "SignatureVersion"), "1");
    expect_text(api_field(&api, body, "SigningCertURL"),
                ENDPOINT "/SimpleNotificationService-baton.pem");
    str url = arena_printf(&api.arena, ENDPOINT "/?Action=Unsubscribe&SubscriptionArn=%.*s",
                           STR_ARGS(arn));
    cr_expect(str_eq(api_field(&api, body, "UnsubscribeURL"), url));
    expect_text(api_field(&api, body, "MessageAttributes"),
                "{\"attr1\":{\"Type\":\"Number\",\"Value\":\"99.12\"},\"attr2\":{\"Type\":"
                "\"Binary\",\"Value\":\"AgME\"}}");
    cr_expect(str_starts_with(body, STR("{\n  \"Type\" : \"Notification\",\n  \"MessageId\" : ")),
              "%.*s", STR_ARGS(body));
    api_close(&api);
}

Test(sns_publish, raw_delivery_is_the_message_itself)
{
    struct api api;
    api_open(&api);
    api_topic(&api, "t");
    api_queue(&api, "q");
    (void)api_subscribe(&api, "t", "sqs", QUEUE "q", "{'RawMessageDelivery':'true'}");
    (void)publish(&api, "'Message':'plain','MessageAttributes':{'store':{'DataType':'Binary',"
                        "'BinaryValue':'AgME'}},'MessageGroupId':'g'");
    str message = api_receive(&api, "q");
    expect_text(api_field(&api, message, "Body"), "plain");
    expect_text(api_field(&api, message, "MessageAttributes.store.BinaryValue"), "AgME");
    expect_text(api_field(&api, message, "Attributes.MessageGroupId"), "g");
    api_close(&api);
}

Test(sns_publish, texts_by_protocol)
{
    struct api api;
    api_open(&api);
    api_topic(&api, "t");
    api_queue(&api, "q");
    (void)api_subscribe(&api, "t", "sqs", QUEUE "q", "{}");
    (void)api_subscribe(&api, "t", "sms", "+15551234567", "{}");
    (void)publish(&api, "'Message':'{\\u0022default\\u0022:\\u0022d\\u0022,"
                        "\\u0022sqs\\u0022:\\u0022for queues\\u0022}','MessageStructure':'json'");
    expect_text(api_field(&api, api_field(&api, api_receive(&api, "q"), "Body"), "Message"),
                "for queues");
    api_expect(&api, "ListOutbox", "{}",
               "{'messages':[{'protocol':'sms','endpoint':'+15551234567','body':'d'}]}");
    api_close(&api);
}

Test(sns_publish, a_phone_number_gets_a_short_message)
{
    struct api api;
    api_open(&api);
    str answer = api_call(&api, "Publish", "{'PhoneNumber':'+15551234567','Message':'m'}");
    cr_expect(str_starts_with(answer, STR("{\"MessageId\":")), "%.*s", STR_ARGS(answer));
    api_expect(&api, "ListOutbox", "{}",
               "{'messages':[{'protocol':'sms','endpoint':'+15551234567','body':'m'}]}");
    api_close(&api);
}

Test(sns_publish, filters_by_attributes_and_by_body)
{
    struct api api;
    api_open(&api);
    api_topic(&api, "t");
    api_queue(&api, "a");
    api_queue(&api, "b");
    (void)api_subscribe(&api, "t", "sqs", QUEUE "a",
                        "{'FilterPolicy':'{\\u0022price\\u0022:[{\\u0022numeric\\u0022:"
                        "[\\u0022>\\u0022,100]}],\\u0022sport\\u0022:[\\u0022rugby\\u0022]}'}");
    (void)api_subscribe(&api, "t", "sqs", QUEUE "b",
                        "{'FilterPolicyScope':'MessageBody','FilterPolicy':"
                        "'{\\u0022a\\u0022:{\\u0022b\\u0022:[1]}}'}");
    (void)publish(&api, "'Message':'{\\u0022a\\u0022:{\\u0022b\\u0022:1}}','MessageAttributes':"
                        "{'price':{'DataType':'Number','StringValue':'99'},'sport':{'DataType':"
                        "'String','StringValue':'rugby'}}");
    cr_expect_eq(api_receive_count(&api, "a"), 0);
    cr_expect_eq(api_receive_count(&api, "b"), 1);
    (void)publish(&api, "'Message':'no JSON','MessageAttributes':"
                        "{'price':{'DataType':'Number.int','StringValue':'101'},'sport':"
                        "{'DataType':'String.Array','StringValue':'[\\u0022golf\\u0022,"
                        "\\u0022rugby\\u0022]'}}");
    cr_expect_eq(api_receive_count(&api, "a"), 1);
    cr_expect_eq(api_receive_count(&api, "b"), 0);
    (void)publish(&api, "'Message':'m','MessageAttributes':{'price':{'DataType':'Number',"
                        "'StringValue':'101'},'sport':{'DataType':'String.Array','StringValue':"
                        "'rugby'}}");
    cr_expect_eq(api_receive_count(&api, "a"), 0, "an array that is none");
    (void)publish(&api, "'Message':'no attributes'");
    cr_expect_eq(api_receive_count(&api, "a"), 0);
    api_close(&api);
}

Test(sns_publish, what_cannot_be_delivered_goes_to_the_dead_letters)
{
    struct api api;
    api_open(&api);
    api_topic(&api, "t");
    api_queue(&api, "dead");
    (void)api_subscribe(&api, "t", "sqs", QUEUE "gone",
                        "{'RawMessageDelivery':'true','RedrivePolicy':"
                        "'{\\u0022deadLetterTargetArn\\u0022:\\u0022" QUEUE "dead\\u0022}'}");
    (void)api_subscribe(&api, "t", "lambda", FUNCTION "gone",
                        "{'RedrivePolicy':'{\\u0022deadLetterTargetArn\\u0022:\\u0022" QUEUE
                        "dead\\u0022}'}");
    (void)api_subscribe(&api, "t", "sqs", QUEUE "gone-too", "{}");
    str answer = publish(&api, "'Message':'m','MessageAttributes':{'attr1':{'DataType':'Number',"
                               "'StringValue':'111'}}");
    cr_expect(str_starts_with(answer, STR("{")), "%.*s", STR_ARGS(answer));
    bool raw = false, enveloped = false;
    for (int i = 0; i < 2; i++) {
        str message = api_receive(&api, "dead");
        cr_assert_gt(message.len, 0);
        str body = api_field(&api, message, "Body");
        if (str_eq(body, STR("m"))) {
            raw = true;
            expect_text(api_field(&api, message, "MessageAttributes.attr1.StringValue"), "111");
        } else {
            enveloped = true;
            expect_text(api_field(&api, body, "Type"), "Notification");
            expect_text(api_field(&api, body, "MessageAttributes.attr1.Value"), "111");
        }
    }
    cr_expect(raw && enveloped);
    cr_expect_eq(api_receive_count(&api, "dead"), 0);
    api_close(&api);
}

/* ---- FIFO ---- */

Test(sns_publish, fifo_topics_deduplicate)
{
    struct api api;
    api_open(&api);
    api_topic(&api, "t.fifo");
    api_queue(&api, "q.fifo");
    api_queue(&api, "plain");
    (void)api_subscribe(&api, "t.fifo", "sqs", QUEUE "q.fifo", "{}");
    (void)api_subscribe(&api, "t.fifo", "sqs", QUEUE "plain", "{}");
    api_expect_error(&api, "Publish", "{'TopicArn':'" TOPIC "t.fifo','Message':'Test'}",
                     "InvalidParameter: Invalid parameter: The MessageGroupId parameter is "
                     "required for FIFO topics");
    api_expect_error(&api, "Publish",
                     "{'TopicArn':'" TOPIC "t.fifo','Message':'Test','MessageGroupId':'g'}",
                     "InvalidParameter: Invalid parameter: The topic should either have "
                     "ContentBasedDeduplication enabled or MessageDeduplicationId provided "
                     "explicitly");
    static const char params[] = "{'TopicArn':'" TOPIC "t.fifo','Message':'Test','MessageGroupId':"
                                 "'g','MessageDeduplicationId':'d'}";
    str first = api_call(&api, "Publish", params);
    str again = api_call(&api, "Publish", params);
    cr_expect(str_eq(first, again), "%.*s", STR_ARGS(again));
    cr_expect_eq(api_field(&api, first, "SequenceNumber").len, 20);
    str message = api_receive(&api, "q.fifo");
    expect_text(api_field(&api, message, "Attributes.MessageDeduplicationId"), "d");
    expect_text(api_field(&api, message, "Attributes.MessageGroupId"), "g");
    str body = api_field(&api, message, "Body");
    cr_expect(
        str_eq(api_field(&api, body, "SequenceNumber"), api_field(&api, first, "SequenceNumber")));
    cr_expect(str_find(body, STR("Signature"), 0) == body.len, "recorded: no signature");
    cr_expect_eq(api_receive_count(&api, "q.fifo"), 0);
    message = api_receive(&api, "plain");
    cr_expect(str_find(message, STR("MessageGroupId"), 0) == message.len);
    cr_expect_eq(api_receive_count(&api, "plain"), 0);
    api.now_ms += SNS_DEDUPLICATION_MS;
    cr_expect_not(str_eq(api_call(&api, "Publish", params), first));
    api_close(&api);
}

Test(sns_publish, content_is_the_deduplication_id)
{
    struct api api;
    api_open(&api);
    api_expect(&api, "CreateTopic",
               "{'Name':'t.fifo','Attributes':{'FifoTopic':'true','ContentBasedDeduplication':"
               "'true'}}",
               "{}");
    api_queue(&api, "q.fifo");
    (void)api_subscribe(&api, "t.fifo", "sqs", QUEUE "q.fifo", "{'RawMessageDelivery':'true'}");
    (void)api_call(&api, "Publish",
                   "{'TopicArn':'" TOPIC "t.fifo','Message':'Test','MessageGroupId':'g'}");
    str message = api_receive(&api, "q.fifo");
    expect_text(api_field(&api, message, "Attributes.MessageDeduplicationId"),
                "532eaabd9574880dbf76b9b8cc00832c20a6ec113d682299550d7a6e0f345e25");
    api_expect_error(&api, "Subscribe",
                     "{'TopicArn':'" TOPIC "t.fifo','Protocol':'sqs','Endpoint':'" QUEUE
                     "r.fifo','Attributes':{'RedrivePolicy':'{\\u0022deadLetterTargetArn\\u0022:"
                     "\\u0022" QUEUE "plain\\u0022}'}}",
                     "InvalidParameter: Invalid parameter: Attributes Reason: RedrivePolicy: must "
                     "use a FIFO queue as DLQ for a FIFO Subscription to a FIFO Topic.");
    api_close(&api);
}

/* ---- batches ---- */

static str batch(struct api *api, const char *topic, const char *entries)
{
    str params =
        arena_printf(&api->arena, "{'TopicArn':'" TOPIC "%s','PublishBatchRequestEntries':[%s]}",
                     topic, entries);
    return api_call(api, "PublishBatch", arena_cstr(&api->arena, params));
}

Test(sns_publish, batches)
{
    struct api api;
    api_open(&api);
    api_topic(&api, "t");
    api_topic(&api, "t.fifo");
    api_queue(&api, "q");
    (void)api_subscribe(&api, "t", "sqs", QUEUE "q", "{}");
    expect_text(batch(&api, "none", "{'Id':'1','Message':'m'}"), "NotFound: Topic does not exist");
    expect_text(batch(&api, "t", ""),
                "EmptyBatchRequest: The batch request doesn't contain any entries.");
    expect_text(batch(&api, "t", "{'Id':'1','Message':'m'},{'Id':'1','Message':'m'}"),
                "BatchEntryIdsNotDistinct: Two or more batch entries in the request have the same "
                "Id.");
    expect_text(batch(&api, "t", "{'Id':'a b','Message':'m'}"),
                "InvalidBatchEntryId: The Id of a batch entry in a batch request doesn't abide by "
                "the specification.");
    expect_text(batch(&api, "t.fifo", "{'Id':'1','Message':'m'}"),
                "InvalidParameter: Invalid parameter: The MessageGroupId parameter is required for "
                "FIFO topics");
    struct buf many;
    buf_init(&many, &api.arena);
    for (int i = 0; i < 11; i++)
        buf_printf(&many, "%s{'Id':'%d','Message':'m'}", i ? "," : "", i);
    expect_text(batch(&api, "t", arena_cstr(&api.arena, buf_str(&many))),
                "TooManyEntriesInBatchRequest: The batch request contains more entries than "
                "permissible.");
    cr_expect_eq(api_receive_count(&api, "q"), 0, "nothing of what failed was delivered");
    str answer = batch(&api, "t",
                       "{'Id':'1','Message':'a'},{'Id':'2','Message':'','Subject':'s'},"
                       "{'Id':'3','Message':'c'}");
    expect_text(api_field(&api, answer, "Successful.0.Id"), "1");
    expect_text(api_field(&api, answer, "Successful.1.Id"), "3");
    expect_text(api_field(&api, answer, "Failed"),
                "[{\"Id\":\"2\",\"Code\":\"InvalidParameter\",\"Message\":\"Invalid parameter: "
                "Empty message\",\"SenderFault\":true}]");
    cr_expect_eq(api_receive_count(&api, "q"), 2);
    api_close(&api);
}

Test(sns_publish, a_batch_is_bounded_as_a_whole)
{
    struct api api;
    api_open(&api);
    api_topic(&api, "t");
    char *text = arena_alloc(&api.arena, SNS_MESSAGE_BYTES_MAX / 2 + 2);
    memset(text, 'a', SNS_MESSAGE_BYTES_MAX / 2 + 1);
    text[SNS_MESSAGE_BYTES_MAX / 2 + 1] = '\0';
    str entries =
        arena_printf(&api.arena, "{'Id':'1','Message':'%s'},{'Id':'2','Message':'%s'}", text, text);
    expect_text(batch(&api, "t", arena_cstr(&api.arena, entries)),
                "BatchRequestTooLong: The length of all the messages put together is more than the "
                "limit.");
    api_close(&api);
}
