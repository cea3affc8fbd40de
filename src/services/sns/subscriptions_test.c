/* Subscriptions: endpoints, attributes, confirmations, lists. Expected answers as recorded from
 * AWS. */
#include <criterion/criterion.h>

#include "services/sns/support_test.h"

static str set_attribute(struct api *api, str arn, const char *name, const char *value)
{
    struct json_fields params;
    json_fields_init(&params, &api->arena);
    json_fields_add(&params, STR("SubscriptionArn"), json_string(arn));
    json_fields_add(&params, STR("AttributeName"), json_string(str_from(name)));
    json_fields_add(&params, STR("AttributeValue"), json_string(api_quoted(api, value)));
    return api_call_json(api, "SetSubscriptionAttributes", json_fields_done(&params));
}

static str attributes_of(struct api *api, str arn)
{
    str params = arena_printf(&api->arena, "{'SubscriptionArn':'%.*s'}", STR_ARGS(arn));
    return api_call(api, "GetSubscriptionAttributes", arena_cstr(&api->arena, params));
}

static void expect_text(str got, const char *expected)
{
    cr_expect(str_eq(got, str_from(expected)), "%.*s\nis not %s", STR_ARGS(got), expected);
}

Test(sns_subscriptions, endpoints_fit_their_protocol)
{
    static const struct {
        const char *protocol, *endpoint, *error;
    } cases[] = {
        { "test-protocol", "x",
          "Invalid parameter: Amazon SNS does not support this protocol string: test-protocol" },
        { "sqs", "http://localhost/queue", "Invalid parameter: SQS endpoint ARN" },
        { "sms", "NAA+15551234567", "Invalid SMS endpoint: NAA+15551234567" },
        { "sms", "invalid-number", "Invalid SMS endpoint: invalid-number" },
        { "http", "https://a.example",
          "Invalid parameter: Endpoint must match the specified "
          "protocol" },
        { "email", "nobody", "Invalid parameter: Email address" },
        { "sqs", QUEUE "q.fifo",
          "Invalid parameter: Invalid parameter: Endpoint Reason: FIFO SQS Queues can not be "
          "subscribed to standard SNS topics" },
        { "sqs", "", "Invalid parameter: Endpoint" },
    };
    struct api api;
    api_open(&api);
    api_topic(&api, "t");
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        str params =
            arena_printf(&api.arena, "{'TopicArn':'" TOPIC "t','Protocol':'%s','Endpoint':'%s'}",
                         cases[i].protocol, cases[i].endpoint);
        str answer = api_call(&api, "Subscribe", arena_cstr(&api.arena, params));
        str error = arena_printf(&api.arena, "InvalidParameter: %s", cases[i].error);
        cr_expect(str_eq(answer, error), "%.*s", STR_ARGS(answer));
    }
    (void)api_subscribe(&api, "t", "sms", "+15/55-123.4567", "{}");
    (void)api_subscribe(&api, "t", "sqs", QUEUE "does-not-exist", "{}");
    api_expect_error(&api, "Subscribe",
                     "{'TopicArn':'" TOPIC "none','Protocol':'sms','Endpoint':'+15551234567'}",
                     "NotFound: Topic does not exist");
    api_close(&api);
}

Test(sns_subscriptions, subscribing_again_is_the_same)
{
    struct api api;
    api_open(&api);
    api_topic(&api, "t");
    str first = api_subscribe(&api, "t", "sqs", QUEUE "q", "{'RawMessageDelivery':'true'}");
    str again = api_subscribe(&api, "t", "sqs", QUEUE "q", "{}");
    cr_expect(str_eq(first, again));
    again = api_subscribe(&api, "t", "sqs", QUEUE "q", "{'RawMessageDelivery':'true'}");
    cr_expect(str_eq(first, again));
    api_expect_error(&api, "Subscribe",
                     "{'TopicArn':'" TOPIC "t','Protocol':'sqs','Endpoint':'" QUEUE "q',"
                     "'Attributes':{'RawMessageDelivery':'false'}}",
                     "InvalidParameter: Invalid parameter: Attributes Reason: Subscription already "
                     "exists with different attributes");
    api_expect(&api, "GetTopicAttributes", "{'TopicArn':'" TOPIC "t'}",
               "{'Attributes':{'SubscriptionsConfirmed':'1'}}");
    api_close(&api);
}

Test(sns_subscriptions, attributes_are_aws_s)
{
    struct api api;
    api_open(&api);
    api_topic(&api, "t");
    str arn = api_subscribe(&api, "t", "sqs", QUEUE "q", "{}");
    str answer = attributes_of(&api, arn);
    expect_text(api_field(&api, answer, "Attributes.ConfirmationWasAuthenticated"), "true");
    expect_text(api_field(&api, answer, "Attributes.Endpoint"), QUEUE "q");
    expect_text(api_field(&api, answer, "Attributes.Owner"), "000000000000");
    expect_text(api_field(&api, answer, "Attributes.PendingConfirmation"), "false");
    expect_text(api_field(&api, answer, "Attributes.RawMessageDelivery"), "false");
    cr_expect(str_find(answer, STR("FilterPolicyScope"), 0) == answer.len);
    expect_text(set_attribute(&api, arn, "FilterPolicyScope", "MessageBody"), "{}");
    answer = attributes_of(&api, arn);
    cr_expect(str_find(answer, STR("FilterPolicyScope"), 0) == answer.len,
              "a scope is shown with a policy only");
    expect_text(set_attribute(&api, arn, "FilterPolicy", "{'attr':['match-this']}"), "{}");
    answer = attributes_of(&api, arn);
    expect_text(api_field(&api, answer, "Attributes.FilterPolicyScope"), "MessageBody");
    expect_text(api_field(&api, answer, "Attributes.FilterPolicy"), "{\"attr\":[\"match-this\"]}");
    api_close(&api);
}

Test(sns_subscriptions, wrong_attributes_are_refused_as_aws_does)
{
    static const struct {
        const char *name, *value, *error;
    } cases[] = {
        { "Fake", "x", "AttributeName" },
        { "RawMessageDelivery", "test-ValUe",
          "RawMessageDelivery: Invalid value [test-ValUe]. Must be true or false." },
        { "RawMessageDelivery", "",
          "RawMessageDelivery: Invalid value []. Must be true or false." },
        { "RedrivePolicy", "{'deadLetterTargetArn':'fake-arn'}",
          "RedrivePolicy: deadLetterTargetArn is an invalid arn" },
        { "RedrivePolicy", "{invalidjson}",
          "RedrivePolicy: failed to parse JSON. Unexpected character ('i' (code 105)): was "
          "expecting double-quote to start field name\n at [Source: REDACTED "
          "(`StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION` disabled); line: 1, column: 2]" },
        { "FilterPolicy", "{invalidjson}",
          "FilterPolicy: failed to parse JSON. Unexpected character ('i' (code 105)): was "
          "expecting double-quote to start field name\n at [Source: REDACTED "
          "(`StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION` disabled); line: 1, column: 2]" },
        { "FilterPolicy", "{'key_a':'value_one'}",
          "FilterPolicy: \"key_a\" must be an object or an array\n at [Source: REDACTED "
          "(`StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION` disabled); line: 1, column: 11]" },
        { "FilterPolicy", "{'a':['v'],'b':['v'],'c':['v'],'d':['v'],'e':['v'],'f':['v']}",
          "FilterPolicy: Filter policy can not have more than 5 keys" },
        { "FilterPolicy", "{'object':{'key':[{'prefix':'auto-'}]}}",
          "Filter policy scope MessageAttributes does not support nested filter policy" },
        { "FilterPolicyScope", "RandomValue",
          "FilterPolicyScope: Invalid value [RandomValue]. Please use either MessageBody or "
          "MessageAttributes" },
    };
    struct api api;
    api_open(&api);
    api_topic(&api, "t");
    str arn = api_subscribe(&api, "t", "sqs", QUEUE "q", "{}");
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        str answer = set_attribute(&api, arn, cases[i].name, cases[i].value);
        str error =
            arena_printf(&api.arena, "InvalidParameter: Invalid parameter: %s", cases[i].error);
        cr_expect(str_eq(answer, error), "%.*s\nis not %.*s", STR_ARGS(answer), STR_ARGS(error));
    }
    api_expect_error(&api, "Subscribe",
                     "{'TopicArn':'" TOPIC "t','Protocol':'sqs','Endpoint':'" QUEUE "r',"
                     "'Attributes':{'FilterPolicy':'invalid'}}",
                     "InvalidParameter: Invalid parameter: Attributes Reason: FilterPolicy: failed "
                     "to parse JSON. Unrecognized token 'invalid': was expecting (JSON String, "
                     "Number, Array, Object or token 'null', 'true' or 'false')\n at [Source: "
                     "REDACTED (`StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION` disabled); line: 1, "
                     "column: 8]");
    api_close(&api);
}

Test(sns_subscriptions, complexity_is_bounded)
{
    struct api api;
    struct buf policy;
    api_open(&api);
    api_topic(&api, "t");
    str arn = api_subscribe(&api, "t", "sqs", QUEUE "q", "{}");
    buf_init(&policy, &api.arena);
    buf_add(&policy, STR("{'key':['v'"));
    for (int i = 0; i < 149; i++)
        buf_add(&policy, STR(",'v'"));
    str most = arena_printf(&api.arena, "%.*s]}", STR_ARGS(buf_str(&policy)));
    str more = arena_printf(&api.arena, "%.*s,'v']}", STR_ARGS(buf_str(&policy)));
    expect_text(set_attribute(&api, arn, "FilterPolicy", arena_cstr(&api.arena, most)), "{}");
    expect_text(set_attribute(&api, arn, "FilterPolicy", arena_cstr(&api.arena, more)),
                "InvalidParameter: Invalid parameter: FilterPolicy: Filter policy is too complex");
    expect_text(set_attribute(&api, arn, "FilterPolicy", "{'k':[{'wildcard':'a*b*c*d*e'}]}"),
                "InvalidParameter: Invalid parameter: FilterPolicy: Filter policy is too complex");
    api_close(&api);
}

Test(sns_subscriptions, wrong_arns_are_refused_as_aws_does)
{
    struct api api;
    api_open(&api);
    api_topic(&api, "t");
    api_expect_error(&api, "Unsubscribe", "{'SubscriptionArn':'randomstring'}",
                     "InvalidParameter: Invalid parameter: SubscriptionArn Reason: An ARN must "
                     "have at least 6 elements, not 1");
    api_expect_error(&api, "Unsubscribe", "{'SubscriptionArn':'" TOPIC "random'}",
                     "InvalidParameter: Invalid parameter: SubscriptionId");
    api_expect_error(&api, "Unsubscribe", "{'SubscriptionArn':''}",
                     "InvalidParameter: Invalid parameter: SubscriptionArn Reason: no value for "
                     "required parameter");
    api_expect(&api, "Unsubscribe",
               "{'SubscriptionArn':'" TOPIC "t:771920b9-536f-4e68-94a9-da9503001cf6'}", "{}");
    api_expect_error(&api, "GetSubscriptionAttributes",
                     "{'SubscriptionArn':'" TOPIC "t:771920b9-536f-4e68-94a9-da9503001cf6'}",
                     "NotFound: Subscription does not exist");
    api_close(&api);
}

/* ---- confirmations ---- */

static str confirm(struct api *api, const char *topic, str secret)
{
    str params =
        arena_printf(&api->arena, "{'TopicArn':'%s','Token':'%.*s'}", topic, STR_ARGS(secret));
    return api_call(api, "ConfirmSubscription", arena_cstr(&api->arena, params));
}

static str token_of(str url)
{
    size_t at = str_find(url, STR("Token="), 0);
    cr_assert_lt(at, url.len, "%.*s", STR_ARGS(url));
    return str_skip(url, at + 6);
}

Test(sns_subscriptions, a_mail_address_is_confirmed_by_the_link_in_the_mail)
{
    struct api api;
    api_open(&api);
    api_topic(&api, "t");
    api_expect(&api, "Subscribe",
               "{'TopicArn':'" TOPIC "t','Protocol':'email','Endpoint':'a@example.com'}",
               "{'SubscriptionArn':'pending confirmation'}");
    api_expect(&api, "ListSubscriptionsByTopic", "{'TopicArn':'" TOPIC "t'}",
               "{'Subscriptions':[{'SubscriptionArn':'PendingConfirmation','Endpoint':"
               "'a@example.com','Protocol':'email','Owner':'000000000000','TopicArn':'" TOPIC
               "t'}]}");
    (void)api_call(&api, "Publish", "{'TopicArn':'" TOPIC "t','Message':'too early'}");
    str outbox = api_call(&api, "ListOutbox", "{}");
    expect_text(api_field(&api, outbox, "messages.0.type"), "SubscriptionConfirmation");
    str url = api_field(&api, outbox, "messages.0.url");
    cr_expect(str_starts_with(
                  url, STR(ENDPOINT "/?Action=ConfirmSubscription&TopicArn=" TOPIC "t&Token=")),
              "%.*s", STR_ARGS(url));
    str answer = confirm(&api, TOPIC "t", token_of(url));
    cr_expect(str_eq(api_field(&api, answer, "SubscriptionArn"),
                     api_field(&api, outbox, "messages.0.subscriptionArn")));
    api_expect(&api, "GetTopicAttributes", "{'TopicArn':'" TOPIC "t'}",
               "{'Attributes':{'SubscriptionsConfirmed':'1','SubscriptionsPending':'0'}}");
    (void)api_call(&api, "Publish", "{'TopicArn':'" TOPIC "t','Message':'m','Subject':'s'}");
    api_expect(&api, "ListOutbox", "{'maxResults':1,'topicArn':'" TOPIC "t'}",
               "{'messages':[{'type':'Notification','protocol':'email','endpoint':"
               "'a@example.com','subject':'s','body':'m'}]}");
    answer = confirm(&api, TOPIC "t", token_of(url));
    cr_expect(str_starts_with(answer, STR("{")), "confirming twice is no error");
    api_close(&api);
}

Test(sns_subscriptions, wrong_tokens_confirm_nothing)
{
    struct api api;
    api_open(&api);
    api_topic(&api, "t");
    api_topic(&api, "u");
    (void)api_subscribe(&api, "t", "email", "a@example.com", "{}");
    str url = api_field(&api, api_call(&api, "ListOutbox", "{}"), "messages.0.url");
    str good = token_of(url);
    char *bad = arena_alloc(&api.arena, good.len);
    memcpy(bad, good.ptr, good.len);
    bad[good.len - 1] = bad[good.len - 1] == '0' ? '1' : '0';
    expect_text(confirm(&api, TOPIC "t", (str){ bad, good.len }),
                "InvalidParameter: Invalid parameter: Token");
    expect_text(confirm(&api, TOPIC "u", good), "InvalidParameter: Invalid parameter: Token");
    expect_text(confirm(&api, TOPIC "none", good), "InvalidParameter: Invalid parameter: Token");
    expect_text(confirm(&api, "topic", good), "InvalidParameter: Invalid parameter: Topic");
    expect_text(confirm(&api, TOPIC "t", STR("randomtoken")), "InvalidParameter: Invalid token");
    expect_text(confirm(&api, TOPIC "t", STR("")), "InvalidParameter: Invalid token");
    api.now_ms += (int64_t)SNS_CONFIRMATION_MS + 1;
    expect_text(confirm(&api, TOPIC "t", good), "InvalidParameter: Invalid parameter: Token");
    api_close(&api);
}

Test(sns_subscriptions, an_http_endpoint_is_asked)
{
    struct api api;
    api_open(&api);
    api_topic(&api, "t");
    api_expect(&api, "Subscribe",
               "{'TopicArn':'" TOPIC "t','Protocol':'http','Endpoint':'http://127.0.0.1:9/x'}",
               "{'SubscriptionArn':'pending confirmation'}");
    str request = api_http_request(&api);
    expect_text(api_field(&api, request, "method"), "POST");
    expect_text(api_field(&api, request, "url"), "http://127.0.0.1:9/x");
    expect_text(api_field(&api, request, "headers.x-amz-sns-message-type"),
                "SubscriptionConfirmation");
    expect_text(api_field(&api, request, "headers.x-amz-sns-topic-arn"), TOPIC "t");
    expect_text(api_field(&api, request, "headers.Content-Type"), "text/plain; charset=UTF-8");
    str body = api_field(&api, request, "body");
    expect_text(api_field(&api, body, "Type"), "SubscriptionConfirmation");
    cr_expect(str_eq(api_field(&api, body, "MessageId"),
                     api_field(&api, request, "headers.x-amz-sns-message-id")));
    expect_text(api_field(&api, body, "Message"),
                "You have chosen to subscribe to the topic " TOPIC "t.\nTo confirm the "
                "subscription, visit the SubscribeURL included in this message.");
    str secret = api_field(&api, body, "Token");
    cr_expect(str_eq(token_of(api_field(&api, body, "SubscribeURL")), secret));
    api_http_answer(&api, 200);
    str answer = confirm(&api, TOPIC "t", secret);
    str arn = api_field(&api, answer, "SubscriptionArn");
    expect_text(api_field(&api, attributes_of(&api, arn), "Attributes.PendingConfirmation"),
                "false");
    expect_text(
        api_field(&api, attributes_of(&api, arn), "Attributes.ConfirmationWasAuthenticated"),
        "false");
    str params = arena_printf(&api.arena, "{'SubscriptionArn':'%.*s'}", STR_ARGS(arn));
    api_expect(&api, "Unsubscribe", arena_cstr(&api.arena, params), "{}");
    request = api_http_request(&api);
    expect_text(api_field(&api, request, "headers.x-amz-sns-message-type"),
                "UnsubscribeConfirmation");
    api_expect(&api, "GetTopicAttributes", "{'TopicArn':'" TOPIC "t'}",
               "{'Attributes':{'SubscriptionsConfirmed':'0','SubscriptionsDeleted':'1'}}");
    api_close(&api);
}

/* ---- lists ---- */

Test(sns_subscriptions, are_listed_in_pages)
{
    struct api api;
    api_open(&api);
    api_topic(&api, "a");
    api_topic(&api, "b");
    for (int i = 0; i < 101; i++)
        (void)api_subscribe(&api, i % 101 == 0 ? "a" : "b", "sqs",
                            arena_printf(&api.arena, QUEUE "q%d", i).ptr, "{}");
    str answer = api_call(&api, "ListSubscriptions", "{}");
    cr_expect_eq(json_count(*json_find(api_parse(&api, answer), STR("Subscriptions"))), 100);
    expect_text(api_field(&api, answer, "Subscriptions.0.TopicArn"), TOPIC "a");
    str params = arena_printf(&api.arena, "{'NextToken':'%.*s'}",
                              STR_ARGS(api_field(&api, answer, "NextToken")));
    answer = api_call(&api, "ListSubscriptions", arena_cstr(&api.arena, params));
    cr_expect_eq(json_count(*json_find(api_parse(&api, answer), STR("Subscriptions"))), 1);
    answer = api_call(&api, "ListSubscriptionsByTopic", "{'TopicArn':'" TOPIC "b'}");
    cr_expect_eq(json_count(*json_find(api_parse(&api, answer), STR("Subscriptions"))), 100);
    cr_expect(str_find(answer, STR("NextToken"), 0) == answer.len);
    api_close(&api);
}

/* The subscriptions of a deleted topic do not come back with a new topic of the same name. */
Test(sns_subscriptions, go_with_their_topic)
{
    struct api api;
    api_open(&api);
    api_topic(&api, "t");
    for (int i = 0; i < 450; i++)
        (void)api_subscribe(&api, "t", "sqs", arena_printf(&api.arena, QUEUE "q%d", i).ptr, "{}");
    str old = api_subscribe(&api, "t", "sqs", QUEUE "q0", "{}");
    (void)api_call(&api, "DeleteTopic", "{'TopicArn':'" TOPIC "t'}");
    api_topic(&api, "t");
    str new = api_subscribe(&api, "t", "sqs", QUEUE "q0", "{}");
    cr_expect_not(str_eq(old, new));
    api_run(&api);
    api_expect(&api, "ListSubscriptions", "{}",
               "{'Subscriptions':[{'Protocol':'sqs','Endpoint':'" QUEUE "q0'}]}");
    cr_expect(str_eq(api_subscribe(&api, "t", "sqs", QUEUE "q0", "{}"), new));
    api_close(&api);
}
