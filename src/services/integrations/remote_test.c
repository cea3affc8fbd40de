/* AWS's protocols: requests as the services expect them, answers as they give them. */
#include <criterion/criterion.h>

#include "services/integrations/support_test.h"

static void expect_member(struct arena *arena, json object, const char *name, const char *wanted)
{
    const json *found = json_find(object, str_from(name));
    cr_assert_not_null(found, "%s", name);
    test_same(arena, *found, wanted);
}

Test(remote, json_calls_name_their_target)
{
    struct arena arena;
    json request;
    arena_init(&arena);
    cr_assert(remote_request(&arena, &callee_sqs, STR("http://localhost:9324/"), STR("eu-west-1"),
                             STR("SendMessage"), test_json(&arena, "{'QueueUrl':'q'}"), &request));
    expect_member(&arena, request, "method", "'POST'");
    expect_member(&arena, request, "url", "'http://localhost:9324/'");
    expect_member(&arena, request, "headers",
                  "{'Content-Type':'application/x-amz-json-1.0',"
                  "'X-Amz-Target':'AmazonSQS.SendMessage'}");
    expect_member(&arena, request, "body", "'{\\\"QueueUrl\\\":\\\"q\\\"}'");
    expect_member(&arena, request, "sign", "{'service':'sqs','region':'eu-west-1'}");
    arena_close(&arena);
}

Test(remote, query_calls_are_forms)
{
    struct arena arena;
    arena_init(&arena);
    json params = test_json(&arena, "{'TopicArn':'arn:x','Message':'a b','MessageAttributes':"
                                    "{'k':{'DataType':'String','StringValue':'v'}},"
                                    "'Attributes':{'p':'q'},'TagKeys':['x','y'],'None':[],"
                                    "'Flag':true}");
    test_text(remote_query_form(&arena, &callee_sns, STR("Publish"), params),
              "Action=Publish&Version=2010-03-31&TopicArn=arn%3Ax&Message=a%20b"
              "&MessageAttributes.entry.1.Name=k&MessageAttributes.entry.1.Value.DataType=String"
              "&MessageAttributes.entry.1.Value.StringValue=v"
              "&Attributes.entry.1.key=p&Attributes.entry.1.value=q"
              "&TagKeys.member.1=x&TagKeys.member.2=y&None=&Flag=true");
    arena_close(&arena);
}

Test(remote, functions_are_invoked_by_path)
{
    struct arena arena;
    arena_init(&arena);
    json params = test_json(&arena, "{'FunctionName':'arn:aws:lambda:r:a:function:f',"
                                    "'Qualifier':'live','InvocationType':'Event','Payload':'[1]'}");
    json request = remote_invocation(&arena, STR("https://lambda.example"), STR("r"), params);
    expect_member(&arena, request, "url",
                  "'https://lambda.example/2015-03-31/functions/"
                  "arn%3Aaws%3Alambda%3Ar%3Aa%3Afunction%3Af/invocations?Qualifier=live'");
    expect_member(&arena, request, "headers",
                  "{'Content-Type':'application/json','X-Amz-Invocation-Type':'Event'}");
    expect_member(&arena, request, "body", "'[1]'");
    json none;
    cr_expect(!remote_request(&arena, &callee_lambda, STR("http://x"), STR("r"), STR("Invoke"),
                              params, &none));
    arena_close(&arena);
}

Test(remote, answers_are_read)
{
    static const struct {
        const char *body;
        int status;
        bool ok;
        const char *code, *message;
    } cases[] = {
        { "{\"MessageId\":\"m\"}", 200, true, "", "" },
        { "", 200, true, "", "" },
        { "{\"__type\":\"com.amazonaws.sqs#QueueDoesNotExist\",\"message\":\"no\"}", 400, false,
          "QueueDoesNotExist", "no" },
        { "{\"__type\":\"com.amazonaws.dynamodb.v20120810#ResourceNotFoundException\","
          "\"Message\":\"gone\"}",
          400, false, "ResourceNotFoundException", "gone" },
        { "{\"Message\":\"by header\"}", 404, false, "FromHeader", "by header" },
        { "<html>Bad Gateway</html>", 502, false, "502",
          "The answer of the service cannot be read." },
        { "<html>OK</html>", 200, false, "200", "The answer of the service cannot be read." },
        { "[]", 200, false, "200", "The answer of the service cannot be read." },
    };
    struct arena arena;
    arena_init(&arena);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct effect_result result = {
            .ok = true,
            .status = cases[i].status,
            .body = str_from(cases[i].body),
            .headers = STR("x-amzn-RequestId: r1\r\nx-amzn-ErrorType: FromHeader:http://x\r\n"),
        };
        struct remote_answer answer;
        remote_answer_read(&arena, &callee_sqs, &result, &answer);
        cr_expect_eq(answer.ok, cases[i].ok, "%s", cases[i].body);
        test_text(answer.code, cases[i].code);
        test_text(answer.message, cases[i].message);
        test_text(answer.request_id, "r1");
    }
    arena_close(&arena);
}
