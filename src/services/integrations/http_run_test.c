/* http:invoke from the Task to its output, with connections of EventBridge. */
#include <criterion/criterion.h>

#include "services/integrations/run_support_test.h"

#define INVOKE "arn:aws:states:::http:invoke"

/* A connection "c"; returns the parameters of a Task that uses it. */
static const char *connect(struct run *run, const char *connection)
{
    str answer =
        run_call_of(run, &events_service, "CreateConnection", test_json(&run->arena, connection));
    struct error err = { 0 };
    json created = json_null();
    cr_assert(json_parse(answer, &run->arena, &created, &err), "%.*s", STR_ARGS(answer));
    str arn = json_str_or(created, STR("ConnectionArn"), STR(""));
    str parameters = arena_printf(&run->arena,
                                  "{'ApiEndpoint':'https://api.test/v1','Method':'POST',"
                                  "'Authentication':{'ConnectionArn':'%.*s'},"
                                  "'RequestBody':{'a':1}}",
                                  STR_ARGS(arn));
    return arena_cstr(&run->arena, parameters);
}

static void expect_request(struct run *run, size_t index, const char *path, const char *wanted)
{
    test_text(run_field(run, run_request(run, index), path), wanted);
}

static void answer(struct run *run, size_t index, int status, const char *body)
{
    run_answer(run, index,
               &(struct effect_result){ .ok = true,
                                        .status = status,
                                        .headers = STR("Content-Type: application/json\r\n"),
                                        .body = str_from(body) });
}

#define KEY                                                                                        \
    "{'Name':'c','AuthorizationType':'API_KEY','AuthParameters':{'ApiKeyAuthParameters':"          \
    "{'ApiKeyName':'x-api-key','ApiKeyValue':'secret'},'InvocationHttpParameters':"                \
    "{'QueryStringParameters':[{'Key':'q','Value':'v'}]}}}"
#define OAUTH                                                                                      \
    "{'Name':'c','AuthorizationType':'OAUTH_CLIENT_CREDENTIALS','AuthParameters':"                 \
    "{'OAuthParameters':{'AuthorizationEndpoint':'https://login.test/token','HttpMethod':'POST',"  \
    "'ClientParameters':{'ClientID':'id','ClientSecret':'s'}}}}"

Test(http_run, an_api_key_goes_with_the_request)
{
    struct run run;
    run_open(&run, "{}");
    run_task(&run, INVOKE, connect(&run, KEY));
    expect_request(&run, 0, "url", "https://api.test/v1?q=v");
    expect_request(&run, 0, "headers.x-api-key", "secret");
    answer(&run, 0, 200, "{\"id\":7}");
    run_expect(&run, "output",
               "{\"Headers\":{\"Content-Type\":[\"application/json\"]},\"ResponseBody\":{\"id\":7},"
               "\"StatusCode\":200,\"StatusText\":\"OK\"}");
    run_close(&run);
}

Test(http_run, other_statuses_are_errors)
{
    struct run run;
    run_open(&run, "{}");
    run_task(&run, INVOKE, connect(&run, KEY));
    answer(&run, 0, 404, "{\"message\":\"none\"}");
    run_expect(&run, "error", "States.Http.StatusCode.404");
    run_expect(&run, "cause", "{\"message\":\"none\"}");
    run_close(&run);
}

Test(http_run, what_is_not_reached_is_a_socket_error)
{
    struct run run;
    run_open(&run, "{}");
    run_task(&run, INVOKE, connect(&run, KEY));
    run_answer(
        &run, 0,
        &(struct effect_result){ .error = STR("States.Http.Socket"), .cause = STR("timed out") });
    run_expect(&run, "error", "States.Http.Socket");
    run_expect(&run, "cause", "timed out");
    run_close(&run);
}

Test(http_run, a_token_is_fetched_first_and_kept)
{
    struct run run;
    run_open(&run, "{}");
    const char *parameters = connect(&run, OAUTH);
    run_task(&run, INVOKE, parameters);
    expect_request(&run, 0, "url", "https://login.test/token");
    expect_request(&run, 0, "body", "grant_type=client_credentials&client_id=id&client_secret=s");
    answer(&run, 0, 200, "{\"access_token\":\"T1\",\"expires_in\":3600}");
    expect_request(&run, 1, "url", "https://api.test/v1");
    expect_request(&run, 1, "headers.Authorization", "Bearer T1");
    answer(&run, 1, 200, "{}");
    run_expect(&run, "status", "SUCCEEDED");

    run_start(&run, "f");
    expect_request(&run, 2, "headers.Authorization", "Bearer T1");
    answer(&run, 2, 401, "{}"); /* the kept one is not good any more */
    expect_request(&run, 3, "url", "https://login.test/token");
    answer(&run, 3, 200, "{\"access_token\":\"T2\",\"token_type\":\"bearer\"}");
    expect_request(&run, 4, "headers.Authorization", "Bearer T2");
    answer(&run, 4, 401, "{}"); /* nor is the new one: no third attempt */
    test_text(run_field(&run, run_describe_of(&run, "f"), "error"), "States.Http.StatusCode.401");
    cr_expect_eq(run.effect_count, 5);

    run.now_ms += 3600000;
    run_start(&run, "g");
    expect_request(&run, 5, "url", "https://login.test/token");
    run_close(&run);
}

Test(http_run, without_a_token_the_connection_is_not_valid)
{
    struct run run;
    run_open(&run, "{}");
    run_task(&run, INVOKE, connect(&run, OAUTH));
    answer(&run, 0, 400, "{\"error\":\"invalid_client\"}");
    run_expect(&run, "error", "Events.ConnectionResource.InvalidConnectionState");
    run_close(&run);
}

Test(http_run, a_connection_that_is_not_there_fails_the_task)
{
    struct run run;
    run_open(&run, "{}");
    run_task(&run, INVOKE,
             "{'ApiEndpoint':'https://api.test','Method':'GET','Authentication':{'ConnectionArn':"
             "'arn:aws:events:us-east-1:000000000000:connection/none/1'}}");
    run_expect(&run, "error", "Events.ConnectionResource.ResourceNotFound");
    cr_expect_eq(run.effect_count, 0);
    run_close(&run);
}

Test(http_run, a_changed_connection_gets_a_new_token)
{
    struct run run;
    run_open(&run, "{}");
    run_task(&run, INVOKE, connect(&run, OAUTH));
    answer(&run, 0, 200, "{\"access_token\":\"T1\"}");
    answer(&run, 1, 200, "{}");
    run.now_ms++;
    run_call_of(&run, &events_service, "UpdateConnection",
                test_json(&run.arena, "{'Name':'c','AuthParameters':{'OAuthParameters':"
                                      "{'AuthorizationEndpoint':'https://login.test/token',"
                                      "'HttpMethod':'POST','ClientParameters':{'ClientID':'id',"
                                      "'ClientSecret':'changed'}}}}"));
    run_start(&run, "f");
    expect_request(&run, 2, "body",
                   "grant_type=client_credentials&client_id=id&client_secret=changed");
    run_close(&run);
}
