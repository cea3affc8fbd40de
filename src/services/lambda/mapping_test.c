/* Event source mappings over real queues: from the message to the function and back. */
#include "services/lambda/support_test.h"

#define URL "http://127.0.0.1:8083/000000000000/"

static const int64_t MINUTE = 60000;

static void open_all(struct api *api, const char *queue)
{
    api_open(api);
    api_create(api, "f");
    api_expect(api, "sqs:CreateQueue", queue, "{}");
}

/* The UUID of a new mapping of q and f. */
static str map(struct api *api, const char *more)
{
    str answer = api_call(
        api, "CreateEventSourceMapping",
        arena_printf(&api->arena, "{'EventSourceArn':'" QUEUE "q','FunctionName':'f'%s}", more)
            .ptr);
    cr_assert(str_starts_with(answer, STR("{")), "%.*s", STR_ARGS(answer));
    cr_assert(str_eq(api_field(api, answer, "State"), STR("Creating")));
    return api_field(api, answer, "UUID");
}

static void send(struct api *api, const char *body)
{
    api_expect(api, "sqs:SendMessage",
               arena_printf(&api->arena, "{'QueueUrl':'" URL "q','MessageBody':'%s'}", body).ptr,
               "{}");
}

/* How many messages the queue holds, visible or not. */
static int64_t messages(struct api *api, const char *attribute)
{
    str answer =
        api_call(api, "sqs:GetQueueAttributes", "{'QueueUrl':'" URL "q','AttributeNames':['All']}");
    int64_t count;
    str path = arena_printf(&api->arena, "Attributes.%s", attribute);
    cr_assert(str_to_i64(api_field(api, answer, path.ptr), &count));
    return count;
}
#define VISIBLE "ApproximateNumberOfMessages"
#define INVISIBLE "ApproximateNumberOfMessagesNotVisible"

static str event_field(struct api *api, const char *path)
{
    return api_field(api, param_str(api->last_request, "payload"), path);
}

static int64_t in_flight(struct api *api, str uuid)
{
    struct reader reader;
    shard_read_begin(api->shard, &reader, &api->arena);
    struct source source = { .reader = &reader, .shard = api->shard, .arena = &api->arena };
    struct mapping_state state = mapping_state_load(&source, uuid);
    shard_read_end(&reader);
    return state.in_flight;
}

/* ---- the API ---- */

Test(mapping, created_shown_changed_deleted)
{
    struct api api;
    open_all(&api, "{'QueueName':'q'}");
    str uuid = map(&api, ",'BatchSize':5,'FunctionResponseTypes':['ReportBatchItemFailures'],"
                         "'ScalingConfig':{'MaximumConcurrency':2}");
    const char *named = arena_printf(&api.arena, "{'UUID':'%.*s'}", STR_ARGS(uuid)).ptr;
    api_expect(&api, "GetEventSourceMapping", named,
               "{'BatchSize':5,'MaximumBatchingWindowInSeconds':0,'EventSourceArn':'" QUEUE
               "q','FunctionArn':'" FUNCTION "f','State':'Enabled','StateTransitionReason':"
               "'USER_INITIATED','FunctionResponseTypes':['ReportBatchItemFailures'],"
               "'ScalingConfig':{'MaximumConcurrency':2},'LastModified':1700000000.123}");
    api_expect_error(
        &api, "CreateEventSourceMapping", "{'EventSourceArn':'" QUEUE "q','FunctionName':'f'}",
        arena_printf(&api.arena,
                     "ResourceConflictException: An event source mapping with SQS arn "
                     "(\" " QUEUE "q \") and function (\" f \") already exists. Please "
                     "update or delete the existing mapping with UUID %.*s",
                     STR_ARGS(uuid))
            .ptr);
    api_expect(&api, "UpdateEventSourceMapping",
               arena_printf(&api.arena,
                            "{'UUID':'%.*s','Enabled':false,'FunctionResponseTypes':[]}",
                            STR_ARGS(uuid))
                   .ptr,
               "{'State':'Disabling','BatchSize':5,'FunctionResponseTypes':[]}");
    api_expect(&api, "ListEventSourceMappings", "{'FunctionName':'f'}",
               "{'EventSourceMappings':[{'State':'Disabled'}]}");
    api_expect(&api, "ListEventSourceMappings", "{'EventSourceArn':'" QUEUE "other'}",
               "{'EventSourceMappings':[]}");
    api_expect(&api, "DeleteEventSourceMapping", named, "{'State':'Deleting'}");
    api_expect_error(&api, "GetEventSourceMapping", named,
                     "ResourceNotFoundException: The resource you requested does not exist.");
    cr_assert_eq(api_count(&api, KEY_FUNCTION_MAPPING), 0);
    api_close(&api);
}

Test(mapping, refusals)
{
    static const struct {
        const char *params, *error;
    } cases[] = {
        { "{'FunctionName':'f'}", "Unrecognized event source." },
        { "{'FunctionName':'f','EventSourceArn':'arn:aws:kinesis:us-east-1:000000000000:stream/s'}",
          "Unrecognized event source, must be sqs. Unsupported source arn : "
          "arn:aws:kinesis:us-east-1:000000000000:stream/s" },
        { "{'FunctionName':'g','EventSourceArn':'" QUEUE "q'}", "Function does not exist" },
        { "{'FunctionName':'f','EventSourceArn':'" QUEUE "x'}",
          "Error occurred while ReceiveMessage. SQS Error Code: "
          "AWS.SimpleQueueService.NonExistentQueue. SQS Error Message: The specified queue does "
          "not "
          "exist." },
        { "{'FunctionName':'f','EventSourceArn':'" QUEUE "q','BatchSize':11}",
          "Maximum batch window in seconds must be greater than 0 if maximum batch size is greater "
          "than 10" },
        { "{'FunctionName':'slow','EventSourceArn':'" QUEUE "q'}",
          "Queue visibility timeout: 30 seconds is less than Function timeout: 31 seconds" },
        { "{'FunctionName':'f','EventSourceArn':'" QUEUE "q.fifo','BatchSize':11,"
          "'MaximumBatchingWindowInSeconds':1}",
          "Batch size must be less than or equal to 10 for FIFO queues." },
    };
    struct api api;
    open_all(&api, "{'QueueName':'q'}");
    api_create(&api, "slow");
    api_expect(&api, "UpdateFunctionConfiguration", "{'FunctionName':'slow','Timeout':31}", "{}");
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        api_expect_error(
            &api, "CreateEventSourceMapping", cases[i].params,
            arena_printf(&api.arena, "InvalidParameterValueException: %s", cases[i].error).ptr);
    str answer = api_call(&api, "CreateEventSourceMapping",
                          "{'FunctionName':'f','EventSourceArn':'" QUEUE "q','FilterCriteria':"
                          "{'Filters':[{'Pattern':'[]'}]}}");
    cr_assert(
        str_starts_with(answer,
                        STR("InvalidParameterValueException: Invalid filter pattern definition.")),
        "%.*s", STR_ARGS(answer));
    cr_assert_eq(api_count(&api, KEY_FUNCTION_MAPPING), 0);
    api_close(&api);
}

/* ---- messages ---- */

Test(mapping, a_message_becomes_an_event_and_is_deleted)
{
    struct api api;
    open_all(&api, "{'QueueName':'q'}");
    str uuid = map(&api, "");
    cr_assert_eq(api.carried, 0);
    api.holds = true;
    api_expect(&api, "sqs:SendMessage",
               "{'QueueUrl':'" URL "q','MessageBody':'hello','MessageAttributes':{'a':"
               "{'DataType':'String','StringValue':'v'}}}",
               "{}");
    cr_assert_eq(api.carried, 1);
    cr_assert_eq(in_flight(&api, uuid), 1);
    cr_assert_eq(messages(&api, INVISIBLE), 1);
    cr_assert(str_eq(event_field(&api, "Records.0.body"), STR("hello")));
    cr_assert(
        str_eq(event_field(&api, "Records.0.md5OfBody"), STR("5d41402abc4b2a76b9719d911017c592")));
    cr_assert(str_eq(event_field(&api, "Records.0.eventSource"), STR("aws:sqs")));
    cr_assert(str_eq(event_field(&api, "Records.0.eventSourceARN"), STR(QUEUE "q")));
    cr_assert(str_eq(event_field(&api, "Records.0.awsRegion"), STR("us-east-1")));
    cr_assert(str_eq(event_field(&api, "Records.0.attributes.ApproximateReceiveCount"), STR("1")));
    cr_assert(str_eq(event_field(&api, "Records.0.messageAttributes.a"),
                     STR("{\"stringValue\":\"v\",\"dataType\":\"String\",\"stringListValues\":[],"
                         "\"binaryListValues\":[]}")) ||
                  str_eq(event_field(&api, "Records.0.messageAttributes.a"),
                         STR("{\"dataType\":\"String\",\"stringValue\":\"v\",\"stringListValues\":"
                             "[],\"binaryListValues\":[]}")),
              "%.*s", STR_ARGS(event_field(&api, "Records.0.messageAttributes.a")));
    api_release(&api);
    cr_assert_eq(messages(&api, INVISIBLE) + messages(&api, VISIBLE), 0);
    cr_assert_eq(in_flight(&api, uuid), 0);
    api_close(&api);
}

Test(mapping, messages_that_are_there_come_in_batches)
{
    struct api api;
    open_all(&api, "{'QueueName':'q'}");
    for (int i = 0; i < 5; i++)
        send(&api, "m");
    (void)map(&api, ",'BatchSize':3");
    cr_assert_eq(api.carried, 2);
    cr_assert_eq(messages(&api, VISIBLE) + messages(&api, INVISIBLE), 0);
    api_close(&api);
}

Test(mapping, an_error_leaves_them_until_their_timeout)
{
    struct api api;
    open_all(&api, "{'QueueName':'q'}");
    (void)map(&api, "");
    api_answers(&api, "Unhandled", "{}");
    send(&api, "m");
    cr_assert_eq(api.carried, 1);
    cr_assert_eq(messages(&api, INVISIBLE), 1);
    api_advance(&api, 29000);
    cr_assert_eq(api.carried, 1);
    api_answers(&api, "", "null");
    for (int i = 0; i < 3; i++)
        api_advance(&api, 1000);
    cr_assert_eq(api.carried, 2);
    cr_assert(str_eq(event_field(&api, "Records.0.attributes.ApproximateReceiveCount"), STR("2")));
    cr_assert_eq(messages(&api, INVISIBLE) + messages(&api, VISIBLE), 0);
    api_close(&api);
}

Test(mapping, a_throttle_gives_them_back_and_pauses)
{
    struct api api;
    open_all(&api, "{'QueueName':'q'}");
    (void)map(&api, "");
    api_refuses(&api, "Lambda.TooManyRequestsException");
    send(&api, "m");
    cr_assert_eq(api.carried, 1);
    cr_assert_eq(messages(&api, VISIBLE), 1);
    api_advance(&api, 999);
    cr_assert_eq(api.carried, 1);
    api_advance(&api, 1);
    cr_assert_eq(api.carried, 2);
    api_advance(&api, 1999);
    cr_assert_eq(api.carried, 2);
    api_answers(&api, "", "null");
    api_advance(&api, 1);
    cr_assert_eq(api.carried, 3);
    cr_assert_eq(messages(&api, INVISIBLE) + messages(&api, VISIBLE), 0);
    api_close(&api);
}

/* Lambda guide, "Success and failure conditions" of partial batch responses; BAD and GOOD stand for
 * the ids of the two messages. */
Test(mapping, partial_responses)
{
    static const struct {
        const char *answer;
        int64_t left; /* messages that are not deleted */
    } cases[] = {
        { "{\"batchItemFailures\":[]}", 0 },
        { "{\"batchItemFailures\":null}", 0 },
        { "{}", 0 },
        { "null", 0 },
        { "{\"batchItemFailures\":[{\"itemIdentifier\":\"BAD\"}]}", 1 },
        { "{\"batchItemFailures\":[{\"itemIdentifier\":\"\"}]}", 2 },
        { "{\"batchItemFailures\":[{\"itemIdentifier\":null}]}", 2 },
        { "{\"batchItemFailures\":[{\"id\":\"BAD\"}]}", 2 },
        { "{\"batchItemFailures\":[{\"itemIdentifier\":\"BAD\"},{\"itemIdentifier\":\"x\"}]}", 2 },
        { "{\"batchItemFailures\":{}}", 2 },
        { "not json", 2 },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct api api;
        open_all(&api, "{'QueueName':'q'}");
        send(&api, "1");
        send(&api, "2");
        api.holds = true;
        (void)map(&api, ",'FunctionResponseTypes':['ReportBatchItemFailures']");
        str bad = event_field(&api, "Records.1.messageId");
        str answer = str_from(cases[i].answer);
        size_t at = str_find(answer, STR("BAD"), 0);
        if (at < answer.len)
            answer = arena_printf(&api.arena, "%.*s%.*s%.*s", (int)at, answer.ptr, STR_ARGS(bad),
                                  STR_ARGS(str_skip(answer, at + 3)));
        api_answers(&api, "", answer.ptr);
        api_release(&api);
        cr_assert_eq(messages(&api, INVISIBLE), cases[i].left, "%s", cases[i].answer);
        api_close(&api);
    }
}

Test(mapping, filters_let_through_or_delete)
{
    struct api api;
    open_all(&api, "{'QueueName':'q'}");
    (void)map(&api,
              ",'FilterCriteria':{'Filters':[{'Pattern':'{\\'body\\':{\\'kind\\':[\\'a\\']}}'}"
              ",{'Pattern':'{\\'body\\':[\\'plain\\']}'}]}");
    send(&api, "{\\'kind\\':\\'b\\'}");
    send(&api, "other");
    cr_assert_eq(api.carried, 0);
    cr_assert_eq(messages(&api, VISIBLE) + messages(&api, INVISIBLE), 0);
    send(&api, "{\\'kind\\':\\'a\\'}");
    cr_assert_eq(api.carried, 1);
    cr_assert(str_eq(event_field(&api, "Records.0.body"), STR("{\"kind\":\"a\"}")));
    send(&api, "plain");
    cr_assert_eq(api.carried, 2);
    api_close(&api);
}

/* ---- when it waits ---- */

Test(mapping, concurrency_bounds_the_batches_on_their_way)
{
    struct api api;
    open_all(&api, "{'QueueName':'q'}");
    api.holds = true;
    str uuid = map(&api, ",'BatchSize':1,'ScalingConfig':{'MaximumConcurrency':2}");
    /* The carrier of the tests holds one at a time; the test holds the other. */
    send(&api, "1");
    struct effect *first = api.held;
    api.held = NULL;
    send(&api, "2");
    struct effect *second = api.held;
    api.held = NULL;
    send(&api, "3");
    cr_assert_eq(api.carried, 2);
    cr_assert_eq(in_flight(&api, uuid), 2);
    api.held = second;
    api_release(&api);
    cr_assert_eq(api.carried, 3);
    api_release(&api);
    api.held = first;
    api_release(&api);
    cr_assert_eq(in_flight(&api, uuid), 0);
    cr_assert_eq(messages(&api, VISIBLE) + messages(&api, INVISIBLE), 0);
    api_close(&api);
}

Test(mapping, a_window_gathers)
{
    struct api api;
    open_all(&api, "{'QueueName':'q'}");
    (void)map(&api, ",'BatchSize':3,'MaximumBatchingWindowInSeconds':10");
    send(&api, "1");
    send(&api, "2");
    cr_assert_eq(api.carried, 0);
    api_advance(&api, 9999);
    cr_assert_eq(api.carried, 0);
    api_advance(&api, 1);
    cr_assert_eq(api.carried, 1);
    cr_assert(str_eq(event_field(&api, "Records.1.body"), STR("2")) ||
              str_eq(event_field(&api, "Records.0.body"), STR("2")));
    for (int i = 0; i < 3; i++)
        send(&api, "m");
    cr_assert_eq(api.carried, 2, "a full batch waits for nothing");
    api_close(&api);
}

Test(mapping, disabled_it_takes_nothing)
{
    struct api api;
    open_all(&api, "{'QueueName':'q'}");
    str uuid = map(&api, ",'Enabled':false");
    send(&api, "m");
    api_advance(&api, MINUTE);
    cr_assert_eq(api.carried, 0);
    const char *enable =
        arena_printf(&api.arena, "{'UUID':'%.*s','Enabled':true}", STR_ARGS(uuid)).ptr;
    api_expect(&api, "UpdateEventSourceMapping", enable, "{'State':'Enabling'}");
    cr_assert_eq(api.carried, 1);
    api_expect(&api, "DeleteEventSourceMapping",
               arena_printf(&api.arena, "{'UUID':'%.*s'}", STR_ARGS(uuid)).ptr, "{}");
    send(&api, "m");
    api_advance(&api, MINUTE);
    cr_assert_eq(api.carried, 1);
    cr_assert_eq(messages(&api, VISIBLE), 1);
    api_close(&api);
}

Test(mapping, it_waits_for_its_function)
{
    struct api api;
    open_all(&api, "{'QueueName':'q'}");
    (void)map(&api, "");
    api_expect(&api, "DeleteFunction", "{'FunctionName':'f'}", "{}");
    send(&api, "m");
    cr_assert_eq(api.carried, 0);
    api_create(&api, "f");
    api_advance(&api, LAMBDA_MAPPING_CHECK_MS);
    cr_assert_eq(api.carried, 1);
    api_close(&api);
}

Test(mapping, it_lives_through_a_restart)
{
    struct api api;
    open_all(&api, "{'QueueName':'q'}");
    (void)map(&api, "");
    api_reopen(&api);
    api_run(&api);
    send(&api, "m");
    cr_assert_eq(api.carried, 1);
    cr_assert_eq(messages(&api, VISIBLE) + messages(&api, INVISIBLE), 0);
    api_close(&api);
}

Test(mapping, fifo_queues_keep_their_order)
{
    struct api api;
    open_all(&api, "{'QueueName':'q.fifo','Attributes':{'FifoQueue':'true'}}");
    api_expect(&api, "CreateEventSourceMapping",
               "{'EventSourceArn':'" QUEUE "q.fifo','FunctionName':'f','BatchSize':1}", "{}");
    api.holds = true;
    for (int i = 0; i < 3; i++)
        api_expect(&api, "sqs:SendMessage",
                   arena_printf(&api.arena,
                                "{'QueueUrl':'" URL "q.fifo','MessageBody':'%d','MessageGroupId':"
                                "'g','MessageDeduplicationId':'%d'}",
                                i, i)
                       .ptr,
                   "{}");
    cr_assert_eq(api.carried, 1, "the group is locked while a message of it is on its way");
    cr_assert(str_eq(event_field(&api, "Records.0.attributes.MessageGroupId"), STR("g")));
    for (int i = 0; i < 3; i++) {
        cr_assert(str_eq(event_field(&api, "Records.0.body"), arena_printf(&api.arena, "%d", i)));
        api_release(&api);
    }
    cr_assert_eq(api.carried, 3);
    api_close(&api);
}

/* ---- outcomes of asynchronous invocations ---- */

Test(mapping, a_dead_letter_queue_gets_the_event)
{
    struct api api;
    open_all(&api, "{'QueueName':'q'}");
    api_expect(&api, "UpdateFunctionConfiguration",
               "{'FunctionName':'f','DeadLetterConfig':{'TargetArn':'" QUEUE "q'}}", "{}");
    api_expect(&api, "PutFunctionEventInvokeConfig",
               "{'FunctionName':'f','MaximumRetryAttempts':0}", "{}");
    api_answers(&api, "Unhandled", "{\"errorMessage\":\"Test exception\"}");
    api_expect(&api, "Invoke",
               "{'FunctionName':'f','InvocationType':'Event','Payload':'{\\'raise_error\\':1}'}",
               "{}");
    api_expect(&api, "sqs:ReceiveMessage",
               "{'QueueUrl':'" URL "q','MessageAttributeNames':['All']}",
               "{'Messages':[{'Body':'{\\'raise_error\\':1}','MessageAttributes':{'ErrorCode':"
               "{'DataType':'Number','StringValue':'200'},'ErrorMessage':{'DataType':'String',"
               "'StringValue':'Test exception'},'RequestID':{'DataType':'String','StringValue':"
               "'11111111-2222-4333-8444-555555555555'}}}]}");
    api_close(&api);
}
