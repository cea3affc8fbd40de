/* Names and values of aws-sdk integrations: the SDK's spelling, and back. */
#include <criterion/criterion.h>

#include "services/integrations/support_test.h"
#include "services/shape.h"

Test(names, members_are_spelled_as_in_the_sdk)
{
    static const struct {
        const char *api, *sdk;
    } cases[] = {
        { "executionArn", "ExecutionArn" },
        { "MD5OfBody", "Md5OfBody" },
        { "SSESpecification", "SseSpecification" },
        { "DBInstanceIdentifier", "DbInstanceIdentifier" },
        { "ETag", "ETag" },
        { "UUID", "Uuid" },
        { "KMSKeyArn", "KmsKeyArn" },
        { "S3Bucket", "S3Bucket" },
        { "QueueUrl", "QueueUrl" },
        { "x", "X" },
        { "", "" },
    };
    struct arena arena;
    arena_init(&arena);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        test_text(sdk_member_name(&arena, str_from(cases[i].api)), cases[i].sdk);
    arena_close(&arena);
}

Test(names, answers_have_large_names_and_iso_times)
{
    struct arena arena;
    arena_init(&arena);
    json answer = test_json(&arena, "{'stopDate':1700000001.5,'executionArn':'arn:x',"
                                    "'inputDetails':{'included':true},'status':'SUCCEEDED',"
                                    "'tags':[{'key':'k','value':'v'}]}");
    test_same(&arena, sdk_answer(&arena, &callee_states, answer),
              "{'ExecutionArn':'arn:x','InputDetails':{'Included':true},'Status':'SUCCEEDED',"
              "'StopDate':'2023-11-14T22:13:21.500Z','Tags':[{'Key':'k','Value':'v'}]}");
    arena_close(&arena);
}

Test(names, keys_of_the_user_keep_their_letters)
{
    struct arena arena;
    arena_init(&arena);
    json answer =
        test_json(&arena, "{'Messages':[{'MD5OfBody':'m','Attributes':{'aTime':'1','MD5X':'2'}}]}");
    test_same(&arena, sdk_answer(&arena, &callee_sqs, answer),
              "{'Messages':[{'Attributes':{'aTime':'1','MD5X':'2'},'Md5OfBody':'m'}]}");
    answer = test_json(&arena, "{'Item':{'SSEType':{'BOOL':true},'n':{'NULL':true},"
                               "'l':{'L':[{'NS':['1']},{'N':'2'}]}},'ScannedCount':1}");
    test_same(&arena, sdk_answer(&arena, &callee_dynamodb, answer),
              "{'Item':{'SSEType':{'Bool':true},'n':{'Nul':true},"
              "'l':{'L':[{'Ns':['1']},{'N':'2'}]}},'ScannedCount':1}");
    arena_close(&arena);
}

/* The shape of the tests: a bit of everything. */
static const struct shape_field inner_fields[] = {
    { .name = STR_INIT("key"), .kind = SHAPE_STRING },
    { .name = STR_INIT("KMSKey"), .kind = SHAPE_STRING },
};
static const struct shape inner = { .fields = inner_fields, .field_count = 2, .name = "Inner" };
static const struct shape_field fields[] = {
    { .name = STR_INIT("input"), .kind = SHAPE_STRING },
    { .name = STR_INIT("name"), .kind = SHAPE_STRING },
    { .name = STR_INIT("MD5"), .kind = SHAPE_STRING },
    { .name = STR_INIT("count"), .kind = SHAPE_INTEGER },
    { .name = STR_INIT("data"), .kind = SHAPE_BLOB },
    { .name = STR_INIT("tags"), .kind = SHAPE_LIST, .shape = &inner, .item_kind = SHAPE_STRUCTURE },
    { .name = STR_INIT("attributes"), .kind = SHAPE_MAP, .item_kind = SHAPE_STRING },
    { .name = STR_INIT("options"), .kind = SHAPE_STRUCTURE, .shape = &inner },
};
static const struct shape shape = { .fields = fields, .field_count = 8, .name = "Test" };

Test(names, parameters_become_the_apis)
{
    struct arena arena;
    json out;
    str why;
    arena_init(&arena);
    json given =
        test_json(&arena, "{'Input':{'a':1},'Md5':'x','Count':2,'Data':'hello','Name':null,"
                          "'Tags':[{'Key':'k'}],'Attributes':{'aB':'c'},"
                          "'Options':{'KmsKey':'z'}}");
    cr_assert(sdk_parameters(&arena, &callee_states, &shape, STR("X"), given, &out, &why), "%.*s",
              STR_ARGS(why));
    test_same(&arena, out,
              "{'input':'{\\\"a\\\":1}','MD5':'x','count':2,'data':'aGVsbG8=',"
              "'tags':[{'key':'k'}],'attributes':{'aB':'c'},'options':{'KMSKey':'z'}}");
    arena_close(&arena);
}

Test(names, what_does_not_fit_is_refused)
{
    static const struct {
        const char *given, *why;
    } cases[] = {
        { "{'input':'x'}", "The field \"input\" is not supported by Step Functions" },
        { "{'Options':{'Other':1}}", "The field \"Other\" is not supported by Step Functions" },
        { "{'Name':{'a':1}}", "The value for the field 'Name' must be a STRING" },
        { "{'Count':'2'}", "The value for the field 'Count' must be a NUMBER" },
        { "{'Tags':{}}", "The value for the field 'Tags' must be an ARRAY" },
        { "[]", "The value of the parameters must be an OBJECT" },
    };
    struct arena arena;
    arena_init(&arena);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        json out;
        str why = STR("");
        cr_expect(!sdk_parameters(&arena, &callee_states, &shape, STR("X"),
                                  test_json(&arena, cases[i].given), &out, &why));
        test_text(why, cases[i].why);
    }
    arena_close(&arena);
}

Test(names, attribute_values_take_either_spelling)
{
    struct arena arena;
    json out;
    str why;
    arena_init(&arena);
    json given = test_json(&arena, "{'Item':{'a':{'Bool':false},'Ss':{'SS':['x']},'b':{'Ss':['y']},"
                                   "'c':{'M':{'d':{'Nul':true}}}}}");
    cr_assert(sdk_parameters(&arena, &callee_dynamodb, NULL, STR("PutItem"), given, &out, &why));
    test_same(&arena, out,
              "{'Item':{'a':{'BOOL':false},'Ss':{'SS':['x']},'b':{'SS':['y']},"
              "'c':{'M':{'d':{'NULL':true}}}}}");
    arena_close(&arena);
}

Test(names, members_of_dynamodb_are_known)
{
    struct arena arena;
    json out;
    str why = STR("");
    arena_init(&arena);
    json given = test_json(&arena, "{'TableName':'t','SseSpecification':{'SseType':'KMS',"
                                   "'KmsMasterKeyId':'k'},'BillingMode':null}");
    cr_assert(
        sdk_parameters(&arena, &callee_dynamodb, NULL, STR("CreateTable"), given, &out, &why));
    test_same(&arena, out,
              "{'TableName':'t','SSESpecification':{'SSEType':'KMS','KMSMasterKeyId':'k'}}");
    given = test_json(&arena, "{'Table':'t'}");
    cr_expect(
        !sdk_parameters(&arena, &callee_dynamodb, NULL, STR("CreateTable"), given, &out, &why));
    test_text(why, "The field \"Table\" is not supported by Step Functions");
    arena_close(&arena);
}

Test(names, members_are_sorted_by_bytes)
{
    struct arena arena;
    arena_init(&arena);
    test_same(&arena,
              sdk_sorted_members(&arena, test_json(&arena, "{'b':1,'B':2,'a':{'d':1,'c':2}}")),
              "{'B':2,'a':{'d':1,'c':2},'b':1}");
    arena_close(&arena);
}
