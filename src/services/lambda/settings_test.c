/* Concurrency, tags, permissions and event invoke configurations. */
#include "services/lambda/support_test.h"

Test(settings, concurrency)
{
    struct api api;
    api_open(&api);
    api_create(&api, "f");
    api_create(&api, "g");
    api_expect(&api, "PutFunctionConcurrency",
               "{'FunctionName':'f','ReservedConcurrentExecutions':900}",
               "{'ReservedConcurrentExecutions':900}");
    api_expect(&api, "GetFunction", "{'FunctionName':'f'}",
               "{'Concurrency':{'ReservedConcurrentExecutions':900}}");
    api_expect_error(&api, "PutFunctionConcurrency",
                     "{'FunctionName':'g','ReservedConcurrentExecutions':1}",
                     "InvalidParameterValueException: Specified ReservedConcurrentExecutions for "
                     "function decreases account's UnreservedConcurrentExecution below its minimum "
                     "value of [100].");
    api_expect(&api, "PutFunctionConcurrency",
               "{'FunctionName':'g','ReservedConcurrentExecutions':0}",
               "{'ReservedConcurrentExecutions':0}");
    api_expect_error(&api, "PutFunctionConcurrency",
                     "{'FunctionName':'f:1','ReservedConcurrentExecutions':1}",
                     "InvalidParameterValueException: This operation is permitted on Lambda "
                     "functions only. Aliases and versions do not support this operation. Please "
                     "specify either a function name or an unqualified function ARN.");
    api_expect(&api, "DeleteFunctionConcurrency", "{'FunctionName':'f'}", "{}");
    str answer = api_call(&api, "GetFunctionConcurrency", "{'FunctionName':'f'}");
    cr_assert(str_eq(answer, STR("{}")));
    api_close(&api);
}

Test(settings, tags)
{
    struct api api;
    api_open(&api);
    api_create(&api, "f");
    api_expect(&api, "TagResource", "{'Resource':'" FUNCTION "f','Tags':{'a':'1','b':'2'}}", "{}");
    api_expect(&api, "TagResource", "{'Resource':'" FUNCTION "f','Tags':{'b':'3','c':'4'}}", "{}");
    api_expect(&api, "UntagResource", "{'Resource':'" FUNCTION "f','TagKeys':['a','x']}", "{}");
    str answer = api_call(&api, "ListTags", "{'Resource':'" FUNCTION "f'}");
    cr_assert(str_eq(answer, STR("{\"Tags\":{\"b\":\"3\",\"c\":\"4\"}}")), "%.*s",
              STR_ARGS(answer));
    api_expect_error(
        &api, "TagResource", "{'Resource':'" FUNCTION "f:1','Tags':{'b':'3'}}",
        "InvalidParameterValueException: Tags on function aliases and versions are not "
        "supported. Please specify a function ARN.");
    api_expect_error(&api, "TagResource", "{'Resource':'" FUNCTION "f','Tags':{}}",
                     "InvalidParameterValueException: An error occurred and the request cannot be "
                     "processed.");
    api_expect_error(&api, "ListTags", "{'Resource':'" FUNCTION "g'}",
                     "ResourceNotFoundException: Function not found: " FUNCTION "g");
    api_close(&api);
}

Test(settings, permissions)
{
    struct api api;
    api_open(&api);
    api_create(&api, "f");
    api_expect_error(&api, "GetPolicy", "{'FunctionName':'f'}",
                     "ResourceNotFoundException: The resource you requested does not exist.");
    str answer = api_call(&api, "AddPermission",
                          "{'FunctionName':'f','StatementId':'s','Action':'lambda:InvokeFunction',"
                          "'Principal':'sns.amazonaws.com','SourceArn':'arn:aws:sns:us-east-1:"
                          "000000000000:t','SourceAccount':'000000000000'}");
    cr_assert(str_eq(api_field(&api, answer, "Statement"),
                     STR("{\"Sid\":\"s\",\"Effect\":\"Allow\",\"Principal\":{\"Service\":"
                         "\"sns.amazonaws.com\"},\"Action\":\"lambda:InvokeFunction\",\"Resource\":"
                         "\"" FUNCTION "f\",\"Condition\":{\"StringEquals\":{\"AWS:SourceAccount\":"
                         "\"000000000000\"},\"ArnLike\":{\"AWS:SourceArn\":"
                         "\"arn:aws:sns:us-east-1:000000000000:t\"}}}")),
              "%.*s", STR_ARGS(answer));
    api_expect_error(&api, "AddPermission",
                     "{'FunctionName':'f','StatementId':'s','Action':'lambda:InvokeFunction',"
                     "'Principal':'*'}",
                     "ResourceConflictException: The statement id (s) provided already exists. "
                     "Please provide a new statement id, or remove the existing statement.");
    api_expect_error(&api, "AddPermission",
                     "{'FunctionName':'f','StatementId':'t','Action':'lambda:InvokeFunction',"
                     "'Principal':'nobody'}",
                     "InvalidParameterValueException: The provided principal was invalid. Please "
                     "check the principal and try again.");
    api_expect_error(&api, "AddPermission",
                     "{'FunctionName':'f','Qualifier':'$LATEST','StatementId':'t','Action':"
                     "'lambda:InvokeFunction','Principal':'*'}",
                     "InvalidParameterValueException: We currently do not support adding policies "
                     "for $LATEST.");
    answer = api_call(&api, "GetPolicy", "{'FunctionName':'f'}");
    str policy = api_field(&api, answer, "Policy");
    cr_assert(str_starts_with(policy, STR("{\"Version\":\"2012-10-17\",\"Id\":\"default\","
                                          "\"Statement\":[{\"Sid\":\"s\",")),
              "%.*s", STR_ARGS(policy));
    api_expect_error(&api, "RemovePermission", "{'FunctionName':'f','StatementId':'x'}",
                     "ResourceNotFoundException: Statement x is not found in resource policy.");
    api_expect(&api, "RemovePermission", "{'FunctionName':'f','StatementId':'s'}", "{}");
    api_expect_error(&api, "RemovePermission", "{'FunctionName':'f','StatementId':'s'}",
                     "ResourceNotFoundException: No policy is associated with the given resource.");
    cr_assert_eq(api_count(&api, KEY_FUNCTION_SETTING), 0);
    api_close(&api);
}

Test(settings, event_invoke_configs)
{
    struct api api;
    api_open(&api);
    api_create(&api, "f");
    api_create(&api, "g");
    api_expect_error(&api, "GetFunctionEventInvokeConfig", "{'FunctionName':'f'}",
                     "ResourceNotFoundException: The function " FUNCTION
                     "f:$LATEST doesn't have an EventInvokeConfig");
    api_expect_error(&api, "PutFunctionEventInvokeConfig", "{'FunctionName':'f'}",
                     "InvalidParameterValueException: You must specify at least one of error "
                     "handling or destination setting.");
    api_expect_error(&api, "PutFunctionEventInvokeConfig",
                     "{'FunctionName':'h','MaximumRetryAttempts':0}",
                     "ResourceNotFoundException: The function doesn't exist.");
    str answer = api_call(&api, "PutFunctionEventInvokeConfig",
                          "{'FunctionName':'f','MaximumRetryAttempts':0,'DestinationConfig':"
                          "{'OnFailure':{'Destination':'" QUEUE "q'}}}");
    cr_assert(
        str_eq(answer, STR("{\"LastModified\":1700000000.123,\"FunctionArn\":\"" FUNCTION
                           "f:$LATEST\",\"MaximumRetryAttempts\":0,\"DestinationConfig\":"
                           "{\"OnSuccess\":{},\"OnFailure\":{\"Destination\":\"" QUEUE "q\"}}}")),
        "%.*s", STR_ARGS(answer));
    api_expect(&api, "UpdateFunctionEventInvokeConfig",
               "{'FunctionName':'f','MaximumEventAgeInSeconds':60}",
               "{'MaximumRetryAttempts':0,'MaximumEventAgeInSeconds':60,'DestinationConfig':"
               "{'OnFailure':{'Destination':'" QUEUE "q'}}}");
    static const struct {
        const char *arn, *error;
    } bad[] = {
        { FUNCTION "f", "You can't specify the function as a destination for itself." },
        { FUNCTION "x", "The destination ARN " FUNCTION "x is invalid." },
        { "arn:aws:s3:::b", "The provided destination config DestinationConfig(onSuccess="
                            "OnSuccess(destination=arn:aws:s3:::b), onFailure=null) is invalid." },
    };
    for (size_t i = 0; i < 3; i++)
        api_expect_error(
            &api, "PutFunctionEventInvokeConfig",
            arena_printf(&api.arena,
                         "{'FunctionName':'f','DestinationConfig':{'OnSuccess':{'Destination':"
                         "'%s'}}}",
                         bad[i].arn)
                .ptr,
            arena_printf(&api.arena, "InvalidParameterValueException: %s", bad[i].error).ptr);
    api_expect(&api, "PublishVersion", "{'FunctionName':'f'}", "{}");
    api_expect(&api, "PutFunctionEventInvokeConfig",
               "{'FunctionName':'f','Qualifier':'1','MaximumRetryAttempts':1}",
               "{'FunctionArn':'" FUNCTION "f:1'}");
    api_expect(&api, "ListFunctionEventInvokeConfigs", "{'FunctionName':'f'}",
               "{'FunctionEventInvokeConfigs':[{'FunctionArn':'" FUNCTION "f:$LATEST'},"
               "{'FunctionArn':'" FUNCTION "f:1'}]}");
    api_expect(&api, "DeleteFunctionEventInvokeConfig", "{'FunctionName':'f'}", "{}");
    api_expect(&api, "ListFunctionEventInvokeConfigs", "{'FunctionName':'f'}",
               "{'FunctionEventInvokeConfigs':[{'FunctionArn':'" FUNCTION "f:1'}]}");
    api_expect(&api, "DeleteFunction", "{'FunctionName':'f'}", "{}");
    cr_assert_eq(api_count(&api, KEY_FUNCTION_SETTING), 0);
    api_close(&api);
}

Test(settings, tags_are_bounded)
{
    struct api api;
    struct buf params;
    api_open(&api);
    api_create(&api, "f");
    for (int i = 0; i < LAMBDA_TAGS_MAX; i++)
        api_expect(
            &api, "TagResource",
            arena_printf(&api.arena, "{'Resource':'" FUNCTION "f','Tags':{'t%d':''}}", i).ptr,
            "{}");
    const char *error =
        "InvalidParameterValueException: Number of tags exceeds resource tag limit.";
    api_expect_error(&api, "TagResource", "{'Resource':'" FUNCTION "f','Tags':{'more':''}}", error);
    api_expect(&api, "TagResource", "{'Resource':'" FUNCTION "f','Tags':{'t0':'again'}}", "{}");
    buf_init(&params, &api.arena);
    buf_add(&params, STR("{'FunctionName':'g','Runtime':'x','Handler':'a','Role':'" ROLE
                         "','Code':{'Directory':'/tmp'},'Tags':{'t':''"));
    for (int i = 0; i < LAMBDA_TAGS_MAX; i++)
        buf_printf(&params, ",'t%d':''", i);
    buf_add(&params, (str){ "}}", 3 });
    api_expect_error(&api, "CreateFunction", params.ptr, error);
    api_close(&api);
}

Test(settings, policies_are_bounded)
{
    struct api api;
    api_open(&api);
    api_create(&api, "f");
    str answer = STR("{");
    size_t count = 0;
    for (; str_starts_with(answer, STR("{")) && count < 1000; count++)
        answer = api_call(&api, "AddPermission",
                          arena_printf(&api.arena,
                                       "{'FunctionName':'f','StatementId':'s%zu','Action':"
                                       "'lambda:InvokeFunction','Principal':'*'}",
                                       count)
                              .ptr);
    cr_assert(
        str_starts_with(answer, STR("PolicyLengthExceededException: The final policy size (")),
        "%.*s", STR_ARGS(answer));
    str policy = api_field(&api, api_call(&api, "GetPolicy", "{'FunctionName':'f'}"), "Policy");
    cr_assert(policy.len > LAMBDA_POLICY_BYTES_MAX - 200 &&
                  policy.len < LAMBDA_POLICY_BYTES_MAX + 200,
              "%zu", policy.len);
    api_close(&api);
}
