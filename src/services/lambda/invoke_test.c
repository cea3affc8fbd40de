/* Invoke: what goes to the carrier, what comes back, and asynchronous invocations until they are
 * over. */
#include "services/lambda/support_test.h"

/* ---- synchronous ---- */

static struct request *invoke(struct api *api, const char *params)
{
    struct request *request = api_send(api, "Invoke", params);
    api_run(api);
    cr_assert(api_answer(api, request).len > 0, "not answered");
    return request;
}

Test(invoke, the_answer_is_the_functions)
{
    struct api api;
    api_open(&api);
    api_create(&api, "f");
    api_answers(&api, "", "{\"a\": 1}");
    struct request *request = invoke(
        &api, "{'FunctionName':'f','Payload':'[1]','LogType':'Tail','ClientContext':'e30='}");
    cr_assert(str_eq(buf_str(&request->reply), STR("{\"a\": 1}")));
    cr_assert_eq(request->head->status, 200);
    cr_assert(str_eq(request->head->headers, STR("X-Amz-Log-Result: U1RBUlQKRU5ECg==\r\n"
                                                 "X-Amz-Executed-Version: $LATEST\r\n")),
              "%.*s", STR_ARGS(request->head->headers));
    arena_close(&request->arena);
    cr_assert(str_eq(api.last_kind, STR("function")));
    cr_assert(str_eq(json_text(&api.arena, api.last_request),
                     STR("{\"function\":\"f\",\"qualifier\":\"\",\"payload\":\"[1]\",\"requestId\":"
                         "\"11111111-2222-4333-8444-555555555555\",\"clientContext\":\"{}\"}")),
              "%.*s", STR_ARGS(json_text(&api.arena, api.last_request)));
    api_answers(&api, "Unhandled", "{\"errorMessage\":\"no\"}");
    request = invoke(&api, "{'FunctionName':'f'}");
    cr_assert(str_eq(buf_str(&request->reply), STR("{\"errorMessage\":\"no\"}")));
    cr_assert(str_eq(request->head->headers, STR("X-Amz-Function-Error: Unhandled\r\n"
                                                 "X-Amz-Executed-Version: $LATEST\r\n")));
    cr_assert(str_eq(param_str(api.last_request, "payload"), STR("{}")), "no payload, empty event");
    arena_close(&request->arena);
    api_close(&api);
}

Test(invoke, an_answer_may_take_its_time)
{
    struct api api;
    api_open(&api);
    api_create(&api, "f");
    api.holds = true;
    struct request *request = api_send(&api, "Invoke", "{'FunctionName':'f','Payload':'1'}");
    api_run(&api);
    cr_assert_eq(api_answer(&api, request).len, 0);
    api_answers(&api, "", "2");
    api_release(&api);
    cr_assert(str_eq(api_answer(&api, request), STR("2")));
    arena_close(&request->arena);
    api_close(&api);
}

Test(invoke, refusals)
{
    struct api api;
    api_open(&api);
    api_create(&api, "f");
    api_expect_error(&api, "Invoke", "{'FunctionName':'g'}",
                     "ResourceNotFoundException: Function not found: " FUNCTION "g");
    api_expect_error(&api, "Invoke", "{'FunctionName':'f','Qualifier':'live'}",
                     "ResourceNotFoundException: Function not found: " FUNCTION "f:live");
    api_expect_error(
        &api, "Invoke", "{'FunctionName':'f','Payload':'test data'}",
        "InvalidRequestContentException: Could not parse request body into json: Could "
        "not parse payload into json: Unrecognized token 'test': was expecting (JSON "
        "String, Number, Array, Object or token 'null', 'true' or 'false')\n at "
        "[Source: (byte[])\"test data\"; line: 1, column: 6]");
    cr_assert_eq(api.carried, 0);
    api_refuses(&api, "Lambda.TooManyRequestsException");
    struct request *request = invoke(&api, "{'FunctionName':'f'}");
    cr_assert_eq(request->error.code, ERROR_LAMBDA_TOO_MANY_REQUESTS);
    cr_assert(str_eq(error_text(&request->error), STR("Rate Exceeded.")));
    cr_assert(
        str_eq(request->error.details, STR(",\"Reason\":\"ConcurrentInvocationLimitExceeded\"")));
    arena_close(&request->arena);
    api_expect(&api, "PutFunctionConcurrency",
               "{'FunctionName':'f','ReservedConcurrentExecutions':1}",
               "{'ReservedConcurrentExecutions':1}");
    request = invoke(&api, "{'FunctionName':'f'}");
    cr_assert(str_eq(request->error.details,
                     STR(",\"Reason\":\"ReservedFunctionConcurrentInvocationLimitExceeded\"")));
    arena_close(&request->arena);
    api_refuses(&api, "Lambda.ServiceException");
    api_expect_error(&api, "Invoke", "{'FunctionName':'f'}", "ServiceException: Rate Exceeded.");
    api_expect(&api, "Invoke", "{'FunctionName':'f','InvocationType':'DryRun'}", "{}");
    cr_assert_eq(api.carried, 3);
    api_expect_error(&api, "Invoke", "{'FunctionName':'f','ClientContext':'e30'}",
                     "InvalidRequestContentException: Client context must be a valid "
                     "Base64-encoded JSON object.");
    api_expect_error(&api, "Invoke", "{'FunctionName':'f','ClientContext':'WzFd'}",
                     "InvalidRequestContentException: Client context must be a valid "
                     "Base64-encoded JSON object.");
    cr_assert_eq(api.carried, 3);
    api_close(&api);
}

/* A JSON string of `bytes` bytes as the payload. */
static struct request *invoke_sized(struct api *api, size_t bytes, const char *type)
{
    struct buf params;
    buf_init(&params, &api->arena);
    buf_printf(&params, "{'FunctionName':'f','InvocationType':'%s','Payload':'\\'", type);
    for (size_t i = 2; i < bytes; i++)
        buf_add_char(&params, 'x');
    buf_add(&params, STR("\\''}"));
    buf_add_char(&params, '\0');
    return invoke(api, params.ptr);
}

Test(invoke, payloads_are_bounded)
{
    static const struct {
        const char *type;
        size_t max;
        const char *error;
    } cases[] = {
        { "RequestResponse", LAMBDA_PAYLOAD_BYTES_MAX,
          "RequestEntityTooLargeException: 6291457 byte payload is too large for the "
          "RequestResponse invocation type (limit 6291456 bytes)" },
        { "Event", LAMBDA_EVENT_BYTES_MAX,
          "RequestEntityTooLargeException: 1048577 byte payload is too large for the Event "
          "invocation type (limit 1048576 bytes)" },
    };
    struct api api;
    api_open(&api);
    api_create(&api, "f");
    for (size_t i = 0; i < 2; i++) {
        struct request *good = invoke_sized(&api, cases[i].max, cases[i].type);
        cr_assert_eq(good->error.code, ERROR_NONE, "%s", cases[i].type);
        arena_close(&good->arena);
        struct request *bad = invoke_sized(&api, cases[i].max + 1, cases[i].type);
        cr_assert(str_eq(api_answer(&api, bad), str_from(cases[i].error)));
        arena_close(&bad->arena);
    }
    api_close(&api);
}

/* ---- which version ---- */

Test(invoke, an_alias_shares_between_versions)
{
    struct api api;
    struct error err = { 0 };
    struct function_invocation call;
    struct reader reader;
    size_t second = 0;
    api_open(&api);
    api_create(&api, "f");
    api_expect(&api, "PublishVersion", "{'FunctionName':'f'}", "{}");
    api_expect(&api, "UpdateFunctionConfiguration", "{'FunctionName':'f','Timeout':9}", "{}");
    api_expect(&api, "PublishVersion", "{'FunctionName':'f'}", "{}");
    api_expect(&api, "CreateAlias",
               "{'FunctionName':'f','Name':'a','FunctionVersion':'1','RoutingConfig':"
               "{'AdditionalVersionWeights':{'2':0.25}}}",
               "{}");
    shard_read_begin(api.shard, &reader, &api.arena);
    struct source source = {
        .reader = &reader, .shard = api.shard, .arena = &api.arena, .now_ms = api.now_ms
    };
    for (int i = 0; i < 1000; i++) {
        struct json_fields fields;
        json_fields_init(&fields, &api.arena);
        json_fields_add(&fields, STR("function"), json_string(STR("f")));
        json_fields_add(&fields, STR("qualifier"), json_string(STR("a")));
        json_fields_add(&fields, STR("requestId"),
                        json_string(arena_printf(&api.arena, "id %d", i)));
        cr_assert(invocation_read(&source, json_fields_done(&fields), &call, &err));
        cr_assert(str_eq(call.target.arn, STR(FUNCTION "f:a")));
        if (str_eq(call.target.config.version, STR("2"))) second++;
    }
    shard_read_end(&reader);
    cr_assert(second > 200 && second < 300, "%zu of 1000", second);
    api_close(&api);
}

/* ---- asynchronous ---- */

static const int64_t MINUTE = 60000;

static void start_async(struct api *api)
{
    api_create(api, "f");
    struct request *request =
        invoke(api, "{'FunctionName':'f','InvocationType':'Event','Payload':'{}'}");
    cr_assert_eq(request->error.code, ERROR_NONE);
    cr_assert_eq(request->head->status, 202);
    cr_assert_eq(request->reply.len, 0);
    arena_close(&request->arena);
}

Test(async, success_ends_it)
{
    struct api api;
    api_open(&api);
    start_async(&api);
    cr_assert_eq(api.carried, 1);
    cr_assert(str_eq(param_str(api.last_request, "requestId"),
                     STR("11111111-2222-4333-8444-555555555555")));
    cr_assert(json_bool_or(api.last_request, STR("queues"), false), "nobody waits: it may queue");
    cr_assert_eq(api_count(&api, KEY_EFFECT), 0);
    api_expect(&api, "InvokeAsync", "{'FunctionName':'f','InvokeArgs':'1'}", "{'Status':202}");
    cr_assert_eq(api.carried, 2);
    api_close(&api);
}

Test(async, errors_are_retried_after_one_and_two_minutes)
{
    struct api api;
    api_open(&api);
    api_answers(&api, "Unhandled", "{}");
    start_async(&api);
    cr_assert_eq(api.carried, 1);
    api_advance(&api, MINUTE - 1);
    cr_assert_eq(api.carried, 1);
    api_advance(&api, 1);
    cr_assert_eq(api.carried, 2);
    api_advance(&api, 2 * MINUTE - 1);
    cr_assert_eq(api.carried, 2);
    api_advance(&api, 1);
    cr_assert_eq(api.carried, 3);
    api_advance(&api, 60 * MINUTE);
    cr_assert_eq(api.carried, 3);
    cr_assert_eq(api_count(&api, KEY_EFFECT), 0);
    api_close(&api);
}

Test(async, a_restart_forgets_nothing)
{
    struct api api;
    api_open(&api);
    api_answers(&api, "Unhandled", "{}");
    start_async(&api);
    api_reopen(&api);
    api_advance(&api, MINUTE);
    cr_assert_eq(api.carried, 2);
    api_answers(&api, "", "1");
    api_advance(&api, 2 * MINUTE);
    cr_assert_eq(api.carried, 3);
    cr_assert_eq(api_count(&api, KEY_EFFECT), 0);
    api_close(&api);
}

Test(async, throttles_do_not_count)
{
    struct api api;
    api_open(&api);
    api_refuses(&api, "Lambda.TooManyRequestsException");
    start_async(&api);
    size_t expected = 1;
    for (int64_t delay_ms = 1000; delay_ms < 5 * MINUTE; delay_ms *= 2) {
        api_advance(&api, delay_ms - 1);
        cr_assert_eq(api.carried, expected, "after %lld ms", (long long)delay_ms);
        api_advance(&api, 1);
        cr_assert_eq(api.carried, ++expected);
    }
    for (int i = 0; i < 3; i++) {
        api_advance(&api, 5 * MINUTE);
        cr_assert_eq(api.carried, ++expected, "every five minutes from then on");
    }
    api_answers(&api, "Unhandled", "{}");
    api_advance(&api, 5 * MINUTE);
    api_advance(&api, MINUTE);
    api_advance(&api, 2 * MINUTE);
    cr_assert_eq(api.carried, expected + 3, "the function's own errors are counted from here");
    cr_assert_eq(api_count(&api, KEY_EFFECT), 0);
    api_close(&api);
}

Test(async, six_hours_are_enough)
{
    struct api api;
    api_open(&api);
    api_refuses(&api, "Lambda.TooManyRequestsException");
    start_async(&api);
    for (int i = 0; i < 6 * 12 - 2; i++)
        api_advance(&api, 5 * MINUTE);
    cr_assert_eq(api_count(&api, KEY_EFFECT), 1);
    for (int i = 0; i < 3; i++)
        api_advance(&api, 5 * MINUTE);
    cr_assert_eq(api_count(&api, KEY_EFFECT), 0);
    api_close(&api);
}

Test(async, configurations_bound_retries_and_age)
{
    struct api api;
    api_open(&api);
    api_create(&api, "g");
    api_expect(&api, "PutFunctionEventInvokeConfig",
               "{'FunctionName':'g','MaximumRetryAttempts':0}", "{}");
    api_answers(&api, "Unhandled", "{}");
    api_expect(&api, "Invoke", "{'FunctionName':'g','InvocationType':'Event'}", "{}");
    cr_assert_eq(api.carried, 1);
    cr_assert_eq(api_count(&api, KEY_EFFECT), 0);
    api_expect(&api, "PutFunctionEventInvokeConfig",
               "{'FunctionName':'g','MaximumEventAgeInSeconds':90}", "{}");
    api_expect(&api, "Invoke", "{'FunctionName':'g','InvocationType':'Event'}", "{}");
    api_advance(&api, MINUTE);
    cr_assert_eq(api.carried, 3);
    cr_assert_eq(api_count(&api, KEY_EFFECT), 0, "the second retry would be after 180 seconds");
    api_close(&api);
}

Test(async, a_deleted_function_ends_it)
{
    struct api api;
    api_open(&api);
    api_answers(&api, "Unhandled", "{}");
    start_async(&api);
    api_expect(&api, "DeleteFunction", "{'FunctionName':'f'}", "{}");
    api_refuses(&api, "Lambda.ResourceNotFoundException");
    api_advance(&api, LAMBDA_CODE_LINGER_MS);
    cr_assert_eq(api.carried, 2);
    cr_assert_eq(api_count(&api, KEY_EFFECT), 0);
    api_close(&api);
}

/* g gets the record of what became of f. */
Test(async, destinations_get_the_record)
{
    struct api api;
    api_open(&api);
    api_create(&api, "g");
    api_create(&api, "h");
    api_expect(&api, "PutFunctionEventInvokeConfig",
               "{'FunctionName':'h','MaximumRetryAttempts':0,'DestinationConfig':{'OnSuccess':"
               "{'Destination':'" FUNCTION "g'},'OnFailure':{'Destination':'" FUNCTION "g'}}}",
               "{}");
    api_answers(&api, "", "{\"done\":true}");
    api_expect(&api, "Invoke", "{'FunctionName':'h','InvocationType':'Event','Payload':'[1]'}",
               "{}");
    cr_assert_eq(api.carried, 2);
    cr_assert(str_eq(param_str(api.last_request, "function"), STR("g")));
    cr_assert(
        str_eq(param_str(api.last_request, "payload"),
               STR("{\"version\":\"1.0\",\"timestamp\":\"2023-11-14T22:13:20.123Z\","
                   "\"requestContext\":{\"requestId\":\"11111111-2222-4333-8444-555555555555\""
                   ",\"functionArn\":\"" FUNCTION "h:$LATEST\",\"condition\":\"Success\","
                   "\"approximateInvokeCount\":1},\"requestPayload\":[1],"
                   "\"responseContext\":{\"statusCode\":200,\"executedVersion\":\"$LATEST\"},"
                   "\"responsePayload\":{\"done\":true}}")),
        "%.*s", STR_ARGS(param_str(api.last_request, "payload")));
    api_answers(&api, "Unhandled", "{\"errorMessage\":\"no\"}");
    api_expect(&api, "Invoke", "{'FunctionName':'h','InvocationType':'Event'}", "{}");
    str record = param_str(api.last_request, "payload");
    cr_assert(str_eq(api_field(&api, record, "requestContext.condition"), STR("RetriesExhausted")));
    cr_assert(str_eq(api_field(&api, record, "responseContext.functionError"), STR("Unhandled")));
    cr_assert(str_eq(api_field(&api, record, "responsePayload.errorMessage"), STR("no")));
    api_expect(&api, "PutFunctionConcurrency",
               "{'FunctionName':'h','ReservedConcurrentExecutions':0}", "{}");
    api_answers(&api, "", "1");
    api.holds = true;
    api_expect(&api, "Invoke", "{'FunctionName':'h','InvocationType':'Event'}", "{}");
    api.holds = false;
    api_refuses(&api, "Lambda.TooManyRequestsException");
    api_release(&api);
    record = param_str(api.last_request, "payload");
    cr_assert(
        str_eq(api_field(&api, record, "requestContext.condition"), STR("ZeroReservedConcurrency")),
        "%.*s", STR_ARGS(record));
    cr_assert_eq(str_find(record, STR("responseContext"), 0), record.len);
    api_close(&api);
}
