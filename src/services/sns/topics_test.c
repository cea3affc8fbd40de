/* Topics: names, attributes, tags, lists. Expected answers as recorded from AWS. */
#include <criterion/criterion.h>

#include "services/sns/support_test.h"

Test(sns_topics, are_created_once)
{
    struct api api;
    api_open(&api);
    api_expect(&api, "CreateTopic", "{'Name':'a'}", "{'TopicArn':'" TOPIC "a'}");
    api_expect(&api, "CreateTopic", "{'Name':'a'}", "{'TopicArn':'" TOPIC "a'}");
    api_expect(&api, "ListTopics", "{}", "{'Topics':[{'TopicArn':'" TOPIC "a'}]}");
    api_expect_error(&api, "CreateTopic", "{'Name':''}",
                     "InvalidParameter: Invalid parameter: Topic Name");
    api_expect_error(&api, "CreateTopic", "{'Name':'a:b'}",
                     "InvalidParameter: Invalid parameter: Topic Name");
    api_expect_error(&api, "CreateTopic", "{'Name':'a.fifo'}",
                     "InvalidParameter: Invalid parameter: Topic Name");
    api_expect_error(
        &api, "CreateTopic", "{'Name':'a','Attributes':{'FifoTopic':'true'}}",
        "InvalidParameter: Invalid parameter: Fifo Topic names must end with .fifo and must be "
        "made up of only uppercase and lowercase ASCII letters, numbers, underscores, and hyphens, "
        "and must be between 1 and 256 characters long.");
    api_expect_error(&api, "CreateTopic", "{'Name':'b','Attributes':{'NoSuch':'x'}}",
                     "InvalidParameter: Invalid parameter: AttributeName");
    api_close(&api);
}

Test(sns_topics, created_again_must_be_the_same)
{
    struct api api;
    api_open(&api);
    api_expect(&api, "CreateTopic",
               "{'Name':'a','Attributes':{'DisplayName':'x'},'Tags':[{'Key':'k','Value':'1'},"
               "{'Key':'l','Value':'2'}]}",
               "{}");
    api_expect(&api, "CreateTopic", "{'Name':'a','Tags':[{'Key':'l','Value':'2'}]}", "{}");
    api_expect_error(&api, "CreateTopic", "{'Name':'a','Tags':[{'Key':'m','Value':'2'}]}",
                     "InvalidParameter: Invalid parameter: Tags Reason: Topic already exists with "
                     "different tags");
    api_expect_error(&api, "CreateTopic", "{'Name':'a','Attributes':{'DisplayName':'y'}}",
                     "InvalidParameter: Invalid parameter: Attributes Reason: Topic already exists "
                     "with different attributes");
    api_close(&api);
}

Test(sns_topics, attributes_are_aws_s)
{
    struct api api;
    api_open(&api);
    api_expect(&api, "CreateTopic",
               "{'Name':'t.fifo','Attributes':{'DisplayName':'TestTopic','FifoTopic':'true',"
               "'SignatureVersion':'2'}}",
               "{}");
    api_expect(&api, "GetTopicAttributes", "{'TopicArn':'" TOPIC "t.fifo'}",
               "{'Attributes':{'ContentBasedDeduplication':'false','DisplayName':'TestTopic',"
               "'FifoTopic':'true','Owner':'000000000000','SignatureVersion':'2',"
               "'SubscriptionsConfirmed':'0','SubscriptionsDeleted':'0',"
               "'SubscriptionsPending':'0','TopicArn':'" TOPIC "t.fifo'}}");
    str answer = api_call(&api, "GetTopicAttributes", "{'TopicArn':'" TOPIC "t.fifo'}");
    str policy = api_field(&api, answer, "Attributes.EffectiveDeliveryPolicy");
    cr_expect(
        str_eq(policy, api_quoted(&api, "{'http':{'defaultHealthyRetryPolicy':{'minDelayTarget':20,"
                                        "'maxDelayTarget':20,'numRetries':3,'numMaxDelayRetries':0,"
                                        "'numNoDelayRetries':0,'numMinDelayRetries':0,"
                                        "'backoffFunction':'linear'},"
                                        "'disableSubscriptionOverrides':false,"
                                        "'defaultRequestPolicy':{'headerContentType':'text/plain; "
                                        "charset=UTF-8'}}}")),
        "%.*s", STR_ARGS(policy));
    str access = api_field(&api, answer, "Attributes.Policy");
    cr_expect(str_eq(api_field(&api, access, "Statement.0.Condition.StringEquals"),
                     api_quoted(&api, "{'AWS:SourceOwner':'000000000000'}")));
    api_expect_error(&api, "SetTopicAttributes",
                     "{'TopicArn':'" TOPIC "t.fifo','AttributeName':'FifoTopic',"
                     "'AttributeValue':'false'}",
                     "InvalidParameter: Invalid parameter: AttributeName");
    api_expect(&api, "SetTopicAttributes",
               "{'TopicArn':'" TOPIC "t.fifo','AttributeName':'DisplayName','AttributeValue':"
               "'other'}",
               "{}");
    api_expect(&api, "GetTopicAttributes", "{'TopicArn':'" TOPIC "t.fifo'}",
               "{'Attributes':{'DisplayName':'other'}}");
    api_close(&api);
}

Test(sns_topics, arns_are_checked_as_aws_does)
{
    struct api api;
    api_open(&api);
    api_expect_error(&api, "GetTopicAttributes", "{'TopicArn':'" TOPIC "none'}",
                     "NotFound: Topic does not exist");
    api_expect_error(&api, "GetTopicAttributes", "{'TopicArn':'none'}",
                     "InvalidParameter: Invalid parameter: TopicArn Reason: An ARN must have at "
                     "least 6 elements, not 1");
    api_expect_error(&api, "GetTopicAttributes",
                     "{'TopicArn':'arn:aws:sns:eu-west-1:000000000000:none'}",
                     "InvalidParameter: Invalid parameter: TopicArn");
    api_expect(&api, "DeleteTopic", "{'TopicArn':'" TOPIC "none'}", "{}");
    api_close(&api);
}

static void set_policy(struct api *api, const char *policy, const char *error)
{
    struct json_fields params;
    json_fields_init(&params, &api->arena);
    json_fields_add(&params, STR("TopicArn"), json_string(STR(TOPIC "t")));
    json_fields_add(&params, STR("AttributeName"), json_string(STR("DeliveryPolicy")));
    json_fields_add(&params, STR("AttributeValue"), json_string(api_quoted(api, policy)));
    str answer = api_call_json(api, "SetTopicAttributes", json_fields_done(&params));
    if (error)
        cr_expect(str_eq(answer, str_from(error)), "%.*s", STR_ARGS(answer));
    else
        cr_expect(str_eq(answer, STR("{}")), "%.*s", STR_ARGS(answer));
}

Test(sns_topics, delivery_policies)
{
    struct api api;
    api_open(&api);
    api_topic(&api, "t");
    set_policy(&api,
               "{'http':{'defaultHealthyRetryPolicy':{'minDelayTarget':5,'maxDelayTarget':6,"
               "'numRetries':1}}}",
               NULL);
    str answer = api_call(&api, "GetTopicAttributes", "{'TopicArn':'" TOPIC "t'}");
    cr_expect(str_eq(api_field(&api, answer, "Attributes.DeliveryPolicy"),
                     api_quoted(&api, "{'http':{'defaultHealthyRetryPolicy':{'minDelayTarget':5,"
                                      "'maxDelayTarget':6,'numRetries':1},"
                                      "'disableSubscriptionOverrides':false}}")));
    str effective = api_field(&api, answer, "Attributes.EffectiveDeliveryPolicy");
    cr_expect(
        str_eq(api_field(&api, effective, "http.defaultHealthyRetryPolicy.numRetries"), STR("1")));
    set_policy(&api, "{'http':{'defaultHealthyRetryPolicy':{'numRetries':101}}}",
               "InvalidParameter: Invalid parameter: DeliveryPolicy: "
               "http.defaultHealthyRetryPolicy.numRetries must be less than or equal to 100");
    set_policy(&api, "{'throttlePolicy':{}}",
               "InvalidParameter: Invalid parameter: DeliveryPolicy: Unexpected JSON member: "
               "throttlePolicy");
    api_close(&api);
}

/* Four phases: 2 at once, 1 after the shortest delay, 3 between, 1 after the longest. */
Test(sns_topics, retry_delays)
{
    struct retry_policy policy = { .min_delay_s = 2,
                                   .max_delay_s = 10,
                                   .retries = 7,
                                   .no_delay_retries = 2,
                                   .min_delay_retries = 1,
                                   .max_delay_retries = 1 };
    static const int64_t expected[] = { 0, 0, 2000, 2000, 6000, 10000, 10000, -1 };
    for (int64_t n = 1; n <= 8; n++)
        cr_expect_eq(sns_retry_delay_ms(&policy, n), expected[n - 1], "retry %lld", (long long)n);
    cr_expect_eq(sns_retry_delay_ms(&policy, 0), -1);
    policy.backoff = BACKOFF_EXPONENTIAL;
    cr_expect_eq(sns_retry_delay_ms(&policy, 4), 2000);
    cr_expect_eq(sns_retry_delay_ms(&policy, 6), 10000);
}

Test(sns_topics, tags)
{
    struct api api;
    api_open(&api);
    api_topic(&api, "t");
    api_expect_error(&api, "TagResource",
                     "{'ResourceArn':'" TOPIC "t','Tags':[{'Key':'k','Value':'1'},"
                     "{'Key':'k','Value':'2'}]}",
                     "InvalidParameter: Invalid parameter: Duplicated keys are not allowed.");
    api_expect(&api, "TagResource",
               "{'ResourceArn':'" TOPIC "t','Tags':[{'Key':'k1','Value':'v1'},"
               "{'Key':'k2','Value':'v2'}]}",
               "{}");
    api_expect(&api, "UntagResource", "{'ResourceArn':'" TOPIC "t','TagKeys':['k1']}", "{}");
    api_expect(&api, "TagResource",
               "{'ResourceArn':'" TOPIC "t','Tags':[{'Key':'k2','Value':'v2b'}]}", "{}");
    api_expect(&api, "ListTagsForResource", "{'ResourceArn':'" TOPIC "t'}",
               "{'Tags':[{'Key':'k2','Value':'v2b'}]}");
    api_expect_error(&api, "ListTagsForResource", "{'ResourceArn':'" TOPIC "none'}",
                     "ResourceNotFound: Resource does not exist");
    api_close(&api);
}

Test(sns_topics, are_listed_in_pages)
{
    struct api api;
    api_open(&api);
    for (int i = 0; i < 103; i++)
        (void)api_topic(&api, arena_cstr(&api.arena, arena_printf(&api.arena, "topic%03d", i)));
    str answer = api_call(&api, "ListTopics", "{}");
    cr_expect_eq(json_count(*json_find(api_parse(&api, answer), STR("Topics"))), 100);
    str params = arena_printf(&api.arena, "{'NextToken':'%.*s'}",
                              STR_ARGS(api_field(&api, answer, "NextToken")));
    api_expect(&api, "ListTopics", arena_cstr(&api.arena, params),
               "{'Topics':[{'TopicArn':'" TOPIC "topic100'},{'TopicArn':'" TOPIC "topic101'},"
               "{'TopicArn':'" TOPIC "topic102'}]}");
    api_expect_error(&api, "ListTopics", "{'NextToken':'x'}",
                     "InvalidParameter: Invalid parameter: NextToken");
    api_close(&api);
}

Test(sns_topics, permissions_are_statements)
{
    struct api api;
    api_open(&api);
    api_topic(&api, "t");
    static const char add[] = "{'TopicArn':'" TOPIC "t','Label':'l','AWSAccountId':"
                              "['111111111111'],'ActionName':['Publish']}";
    api_expect(&api, "AddPermission", add, "{}");
    str answer = api_call(&api, "GetTopicAttributes", "{'TopicArn':'" TOPIC "t'}");
    str statement = api_field(&api, api_field(&api, answer, "Attributes.Policy"), "Statement.1");
    cr_expect(str_eq(statement,
                     api_quoted(&api, "{'Sid':'l','Effect':'Allow','Principal':{'AWS':"
                                      "'arn:aws:iam::111111111111:root'},'Action':'SNS:Publish',"
                                      "'Resource':'" TOPIC "t'}")),
              "%.*s", STR_ARGS(statement));
    api_expect_error(&api, "AddPermission", add,
                     "InvalidParameter: Invalid parameter: Statement already exists");
    api_expect(&api, "RemovePermission", "{'TopicArn':'" TOPIC "t','Label':'l'}", "{}");
    api_expect_error(&api, "RemovePermission", "{'TopicArn':'" TOPIC "t','Label':'l'}",
                     "NotFound: Statement does not exist");
    api_close(&api);
}
