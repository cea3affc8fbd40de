/* http:invoke: its parameters, the request made of them, and the output. */
#include <criterion/criterion.h>

#include "services/integrations/support_test.h"

#define REST "'Method':'POST','Authentication':{'ConnectionArn':'arn:c'}"
#define BASE "{'ApiEndpoint':'https://api.example/v1'," REST

static const struct connection api_key = {
    .arn = STR_INIT("arn:c"),
    .auth = CONNECTION_API_KEY,
    .name = STR_INIT("x-api-key"),
    .secret = STR_INIT("secret"),
};

static json make(struct arena *arena, const char *given, const struct connection *connection,
                 const char *credential)
{
    struct http_task task;
    json request = json_null();
    str why = STR("");
    cr_assert(http_task_read(arena, test_json(arena, given), &task, &why), "%.*s", STR_ARGS(why));
    cr_assert(http_task_request(arena, &task, connection, str_from(credential), STR("us-east-1"),
                                1000, &request, &why),
              "%.*s", STR_ARGS(why));
    return request;
}

static void expect_member(struct arena *arena, json object, const char *name, const char *wanted)
{
    const json *found = json_find(object, str_from(name));
    cr_assert_not_null(found, "%s", name);
    test_same(arena, *found, wanted);
}

Test(http, step_functions_sets_its_own_headers)
{
    struct arena arena;
    arena_init(&arena);
    json request = make(&arena,
                        BASE ",'Headers':{'X-A':'1','range':'bytes=1-2','X-B':[2,'c']},"
                             "'RequestBody':{'a':1}}",
                        &api_key, "");
    expect_member(&arena, request, "method", "'POST'");
    expect_member(&arena, request, "url", "'https://api.example/v1'");
    expect_member(&arena, request, "headers",
                  "{'X-A':'1','X-B':['2','c'],'x-api-key':'secret',"
                  "'Content-Type':'application/json',"
                  "'User-Agent':'Amazon|StepFunctions|HttpInvoke|us-east-1',"
                  "'Range':'bytes=0-262144'}");
    expect_member(&arena, request, "body", "'{\\\"a\\\":1}'");
    expect_member(&arena, request, "timeoutMs", "60000");
    arena_close(&arena);
}

Test(http, query_parameters_go_behind_those_of_the_endpoint)
{
    struct arena arena;
    arena_init(&arena);
    json request = make(&arena,
                        "{'ApiEndpoint':'http://localhost:1/a?x=1#top'," REST
                        ",'QueryParameters':{'y z':'a&b','n':[1,true]}}",
                        &api_key, "");
    expect_member(&arena, request, "url", "'http://localhost:1/a?x=1&y%20z=a%26b&n=1&n=true'");
    cr_expect_null(json_find(request, STR("body")));
    arena_close(&arena);
}

Test(http, the_connection_wins)
{
    static const struct connection_parameter headers[] = { { STR_INIT("X-Common"),
                                                             STR_INIT("c") } };
    static const struct connection_parameter query[] = { { STR_INIT("q"), STR_INIT("c") } };
    static const struct connection_parameter body[] = { { STR_INIT("b"), STR_INIT("c") } };
    static const struct connection basic = {
        .arn = STR_INIT("arn:c"),
        .auth = CONNECTION_BASIC,
        .name = STR_INIT("user"),
        .secret = STR_INIT("pass"),
        .extras = { .headers = headers,
                    .header_count = 1,
                    .query = query,
                    .query_count = 1,
                    .body = body,
                    .body_count = 1 },
    };
    struct arena arena;
    arena_init(&arena);
    json request = make(&arena,
                        BASE ",'Headers':{'x-common':'t','Content-Type':'text/json'},"
                             "'QueryParameters':{'q':'t','r':'t'},'RequestBody':{'b':'t','d':1}}",
                        &basic, "");
    expect_member(&arena, request, "url", "'https://api.example/v1?r=t&q=c'");
    expect_member(&arena, request, "body", "'{\\\"b\\\":\\\"c\\\",\\\"d\\\":1}'");
    expect_member(&arena, request, "headers",
                  "{'Content-Type':'text/json','X-Common':'c',"
                  "'Authorization':'Basic dXNlcjpwYXNz',"
                  "'User-Agent':'Amazon|StepFunctions|HttpInvoke|us-east-1',"
                  "'Range':'bytes=0-262144'}");

    struct http_task task;
    json none;
    str why = STR("");
    cr_assert(
        http_task_read(&arena, test_json(&arena, BASE ",'RequestBody':'text'}"), &task, &why));
    cr_expect(!http_task_request(&arena, &task, &basic, STR(""), STR("r"), 1000, &none, &why));
    test_text(why, "The RequestBody must be an OBJECT, as the connection has body parameters");
    arena_close(&arena);
}

Test(http, bodies_are_transformed)
{
    struct arena arena;
    arena_init(&arena);
    json request = make(&arena,
                        BASE ",'RequestBody':{'a':[1,2]},'Transform':{'RequestBodyEncoding':"
                             "'URL_ENCODED','RequestEncodingOptions':{'ArrayFormat':'COMMAS'}}}",
                        &api_key, "");
    expect_member(&arena, request, "body", "'a=1,2'");
    const json *headers = json_find(request, STR("headers"));
    expect_member(&arena, *headers, "Content-Type", "'application/x-www-form-urlencoded'");
    arena_close(&arena);
}

Test(http, what_does_not_fit_is_refused)
{
    static const struct {
        const char *given, *why;
    } cases[] = {
        { BASE ",'Headers':{'Authorization':'x','HOST':'y','X-Amz-Date':'z','Ok':'1'}}",
          "The 'Headers' field contains unsupported values: [authorization, host, x-amz-date]" },
        { BASE ",'Headers':{'X':'a\\r\\nHost: evil'}}",
          "The value of the field 'Headers' has an invalid format" },
        { BASE ",'Headers':{'X Y':'a'}}",
          "The value of the field 'Headers' has an invalid format" },
        { BASE ",'Headers':{'X':{}}}", "The value of the field 'Headers' has an invalid format" },
        { BASE ",'QueryParameters':'?a=b'}",
          "The value of the field 'QueryParameters' has an invalid format" },
        { BASE ",'Other':1}", "The field \"Other\" is not supported by Step Functions" },
        { BASE ",'Transform':{'RequestBodyEncoding':'X'}}",
          "The value of the field 'RequestBodyEncoding' has an invalid format" },
        { "{'ApiEndpoint':'ftp://x'," REST "}",
          "The value of the field 'ApiEndpoint' has an invalid format" },
        { "{'ApiEndpoint':'http://x y'," REST "}",
          "The value of the field 'ApiEndpoint' has an invalid format" },
        { "{'ApiEndpoint':'http://x','Method':'TRACE','InvocationConfig':{'ConnectionArn':'c'}}",
          "The value of the field 'Method' has an invalid format" },
        { "{'ApiEndpoint':'http://x','Method':'GET'}",
          "The field 'ConnectionArn' is required but was missing" },
        { "{'Method':'GET'}", "The field 'ApiEndpoint' is required but was missing" },
    };
    struct arena arena;
    arena_init(&arena);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct http_task task;
        str why = STR("");
        cr_expect(!http_task_read(&arena, test_json(&arena, cases[i].given), &task, &why), "%s",
                  cases[i].given);
        test_text(why, cases[i].why);
    }
    arena_close(&arena);
}

Test(http, outputs_have_headers_body_and_status)
{
    static const struct {
        const char *headers, *body;
        int status;
        const char *output;
    } cases[] = {
        { "Content-Type: application/json; charset=utf-8\r\nX-A: 1\r\n", "{\"a\":1}", 200,
          "{'Headers':{'Content-Type':['application/json; charset=utf-8'],'X-A':['1']},"
          "'ResponseBody':{'a':1},'StatusCode':200,'StatusText':'OK'}" },
        { "content-type: application/problem+json\r\n", "[1]", 201,
          "{'Headers':{'content-type':['application/problem+json']},'ResponseBody':[1],"
          "'StatusCode':201,'StatusText':'Created'}" },
        { "Content-Type: text/plain\r\n", "{}", 200,
          "{'Headers':{'Content-Type':['text/plain']},'ResponseBody':'{}','StatusCode':200,"
          "'StatusText':'OK'}" },
        { "", "", 204,
          "{'Headers':{},'ResponseBody':'','StatusCode':204,'StatusText':'No Content'}" },
    };
    struct arena arena;
    arena_init(&arena);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct effect_result result = { .ok = true,
                                        .status = cases[i].status,
                                        .headers = str_from(cases[i].headers),
                                        .body = str_from(cases[i].body) };
        json output = json_null();
        str why;
        cr_assert(http_task_output(&arena, &result, &output, &why));
        test_same(&arena, output, cases[i].output);
    }
    arena_close(&arena);
}

Test(http, answers_that_are_no_text_are_refused)
{
    struct arena arena;
    json output;
    str why = STR("");
    arena_init(&arena);
    struct effect_result image = {
        .ok = true, .status = 200, .headers = STR("Content-Type: IMAGE/png\r\n"), .body = STR("x")
    };
    cr_expect(!http_task_output(&arena, &image, &output, &why));
    test_text(why, "The HTTP response has the unsupported content type 'image/png'.");
    struct effect_result bytes = { .ok = true, .status = 200, .body = STR("\xFF\xFE") };
    cr_expect(!http_task_output(&arena, &bytes, &output, &why));
    test_text(why, "The HTTP response body cannot be read as a valid string.");
    arena_close(&arena);
}

Test(http, tokens_are_asked_for_with_the_clients_secret)
{
    static const struct connection_parameter added[] = {
        { STR_INIT("grant_type"), STR_INIT("password") },
        { STR_INIT("scope"), STR_INIT("a b") },
    };
    struct connection oauth = {
        .arn = STR("arn:c"),
        .auth = CONNECTION_OAUTH,
        .name = STR("id"),
        .secret = STR("s&t"),
        .token_endpoint = STR("https://login.example/token"),
        .token_method = STR("POST"),
        .token = { .body = added, .body_count = 2 },
    };
    struct arena arena;
    arena_init(&arena);
    json request = oauth_token_request(&arena, &oauth, STR("r"));
    expect_member(&arena, request, "url", "'https://login.example/token'");
    expect_member(&arena, request, "body",
                  "'client_id=id&client_secret=s%26t&grant_type=password&scope=a+b'");
    oauth.token_method = STR("GET");
    request = oauth_token_request(&arena, &oauth, STR("r"));
    expect_member(&arena, request, "url",
                  "'https://login.example/token?client_id=id&client_secret=s%26t&"
                  "grant_type=password&scope=a+b'");
    cr_expect_null(json_find(request, STR("body")));
    arena_close(&arena);
}
