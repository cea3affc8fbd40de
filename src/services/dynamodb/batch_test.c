/* BatchGetItem and BatchWriteItem. */
#include <criterion/criterion.h>

#include "services/dynamodb/support_test.h"

Test(batch, writes_and_reads_several_tables)
{
    struct api api;
    api_open(&api);
    api_create(&api, "one");
    api_create_ranged(&api, "two");
    api_do(&api, "PutItem", "{'TableName':'one','Item':{'pk':{'S':'gone'}}}");
    api_expect_all(&api, "BatchWriteItem",
                   "{'RequestItems':{'one':[{'PutRequest':{'Item':{'pk':{'S':'a'}}}},"
                   "{'DeleteRequest':{'Key':{'pk':{'S':'gone'}}}}],"
                   "'two':[{'PutRequest':{'Item':{'pk':{'S':'b'},'sk':{'N':'1'},'x':{'S':'y'}}}}]},"
                   "'ReturnConsumedCapacity':'TOTAL'}",
                   "{'UnprocessedItems':{},'ConsumedCapacity':["
                   "{'TableName':'one','CapacityUnits':2},{'TableName':'two','CapacityUnits':1}]}");
    api_expect_all(&api, "BatchGetItem",
                   "{'RequestItems':{'one':{'Keys':[{'pk':{'S':'a'}},{'pk':{'S':'gone'}}],"
                   "'ConsistentRead':true},"
                   "'two':{'Keys':[{'pk':{'S':'b'},'sk':{'N':'1.0'}}],"
                   "'ProjectionExpression':'x'}},'ReturnConsumedCapacity':'TOTAL'}",
                   "{'Responses':{'one':[{'pk':{'S':'a'}}],'two':[{'x':{'S':'y'}}]},"
                   "'UnprocessedKeys':{},'ConsumedCapacity':["
                   "{'TableName':'one','CapacityUnits':2},"
                   "{'TableName':'two','CapacityUnits':0.5}]}");
    api_expect(&api, "DescribeTable", "{'TableName':'one'}", "{'Table':{'ItemCount':1}}");
    api_close(&api);
}

/* `count` times `each` with a number in it, and commas between them. */
static str repeat(struct api *api, int count, const char *before, const char *behind)
{
    struct buf out;
    buf_init(&out, &api->arena);
    for (int i = 0; i < count; i++)
        buf_printf(&out, "%s%s%d%s", i > 0 ? "," : "", before, i, behind);
    buf_add_char(&out, '\0');
    return buf_str(&out);
}

Test(batch, has_limits)
{
    struct api api;
    api_open(&api);
    api_create(&api, "tab");
    api_create(&api, "other");
    str keys = repeat(&api, 101, "{'pk':{'S':'", "'}}");
    str answer =
        api_callf(&api, "BatchGetItem", "{'RequestItems':{'tab':{'Keys':[%s]}}}", keys.ptr);
    cr_expect(str_eq(answer, STR("ValidationException: 1 validation error detected: Value at "
                                 "'RequestItems.tab.member.Keys' failed to satisfy constraint: "
                                 "Member must have length less than or equal to 100")),
              "%.*s", STR_ARGS(answer));
    keys = repeat(&api, 60, "{'pk':{'S':'", "'}}");
    answer = api_callf(&api, "BatchGetItem",
                       "{'RequestItems':{'tab':{'Keys':[%s]},'other':{'Keys':[%s]}}}", keys.ptr,
                       keys.ptr);
    cr_expect(str_eq(answer, STR("ValidationException: Too many items requested for the "
                                 "BatchGetItem call")),
              "%.*s", STR_ARGS(answer));
    str puts = repeat(&api, 26, "{'PutRequest':{'Item':{'pk':{'S':'", "'}}}}");
    answer = api_callf(&api, "BatchWriteItem", "{'RequestItems':{'tab':[%s]}}", puts.ptr);
    cr_expect(str_starts_with(answer, STR("ValidationException: 1 validation error detected: Value "
                                          "'{tab=[WriteRequest(putRequest=PutRequest(item=")),
              "%.*s", STR_ARGS(answer));
    cr_expect(str_ends_with(answer, STR("' at 'requestItems' failed to satisfy constraint: Map "
                                        "value must satisfy constraint: [Member must have length "
                                        "less than or equal to 25, Member must have length "
                                        "greater than or equal to 1]")),
              "%.*s", STR_ARGS(answer));
    puts = repeat(&api, 13, "{'PutRequest':{'Item':{'pk':{'S':'", "'}}}}");
    answer = api_callf(&api, "BatchWriteItem", "{'RequestItems':{'tab':[%s],'other':[%s]}}",
                       puts.ptr, puts.ptr);
    cr_expect(str_eq(answer, STR("ValidationException: Too many items requested for the "
                                 "BatchWriteItem call")),
              "%.*s", STR_ARGS(answer));
    cr_expect_eq(api_records(&api, 'D'), 0);
    api_close(&api);
}

Test(batch, gives_back_what_is_too_much)
{
    struct api api;
    api_open(&api);
    api_create(&api, "tab");
    enum { BYTES = 400000 };
    char *text = arena_alloc(&api.arena, BYTES + 1);
    memset(text, 'x', BYTES);
    text[BYTES] = '\0';
    for (int i = 0; i < 44; i++)
        api_callf(&api, "PutItem", "{'TableName':'tab','Item':{'pk':{'S':'%d'},'t':{'S':'%s'}}}", i,
                  text);
    str keys = repeat(&api, 44, "{'pk':{'S':'", "'}}");
    str answer =
        api_callf(&api, "BatchGetItem",
                  "{'RequestItems':{'tab':{'Keys':[%s],'ProjectionExpression':'pk'}}}", keys.ptr);
    /* 16 MiB hold 41 items of 400,005 bytes at most, whatever is shown of them. */
    cr_expect(str_eq(api_field(&api, answer, "Responses.tab.40.pk.S"), STR("40")));
    cr_expect_eq(api_field(&api, answer, "Responses.tab.41").len, 0);
    cr_expect(str_eq(api_field(&api, answer, "UnprocessedKeys.tab"),
                     STR("{\"Keys\":[{\"pk\":{\"S\":\"41\"}},{\"pk\":{\"S\":\"42\"}},"
                         "{\"pk\":{\"S\":\"43\"}}],\"ProjectionExpression\":\"pk\"}")));
    api_close(&api);
}

Test(batch, is_refused_with_a_reason)
{
    static const struct {
        const char *operation, *params, *error;
    } cases[] = {
        { "BatchGetItem", "{'RequestItems':{}}",
          "ValidationException: 1 validation error detected: Value at 'RequestItems' failed to "
          "satisfy constraint: Member must have length greater than or equal to 1" },
        { "BatchGetItem", "{'RequestItems':{'none':{'Keys':[{'pk':{'S':'a'}}]}}}",
          "ResourceNotFoundException: Requested resource not found" },
        { "BatchGetItem", "{'RequestItems':{'tab':{'Keys':[{'pk':{'S':'a'}},{'pk':{'S':'a'}}]}}}",
          "ValidationException: Provided list of item keys contains duplicates" },
        { "BatchGetItem", "{'RequestItems':{'bad!name':{'Keys':[{'pk':{'S':'a'}}]}}}",
          "ValidationException: 1 validation error detected: Value "
          "'{\"bad!name\":{\"Keys\":[{\"pk\":{\"S\":\"a\"}}]}}' at 'requestItems' failed to "
          "satisfy constraint: Map keys must satisfy constraint: [Member must have length less "
          "than or equal to 255, Member must have length greater than or equal to 3, Member must "
          "satisfy regular expression pattern: [a-zA-Z0-9_.-]+]" },
        { "BatchGetItem",
          "{'RequestItems':{'tab':{'Keys':[{'pk':{'S':'a'}}],'ProjectionExpression':'pk'},"
          "'two':{'Keys':[{'pk':{'S':'a'}}],'AttributesToGet':['pk']}}}",
          "ValidationException: Can not use both expression and non-expression parameters in the "
          "same request: Non-expression parameters: {AttributesToGet} Expression parameters: "
          "{ProjectionExpression}" },
        { "BatchWriteItem", "{'RequestItems':{}}",
          "ValidationException: The requestItems parameter is required for BatchWriteItem" },
        { "BatchWriteItem", "{'RequestItems':{'none':[{'PutRequest':{'Item':{'pk':{'S':'a'}}}}]}}",
          "ResourceNotFoundException: Requested resource not found" },
        { "BatchWriteItem",
          "{'RequestItems':{'tab':[{'PutRequest':{'Item':{'pk':{'S':'a'}}}},"
          "{'DeleteRequest':{'Key':{'pk':{'S':'a'}}}}]}}",
          "ValidationException: Provided list of item keys contains duplicates" },
        { "BatchWriteItem", "{'RequestItems':{'tab':[{'PutRequest':{'Item':{'pk':{'N':'5'}}}}]}}",
          "ValidationException: The provided key element does not match the schema" },
        { "BatchWriteItem", "{'RequestItems':{'tab':[{'PutRequest':{'Item':{'pk':{'S':''}}}}]}}",
          "ValidationException: One or more parameter values are not valid. The AttributeValue for "
          "a key attribute cannot contain an empty string value. Key: pk" },
        { "BatchWriteItem", "{'RequestItems':{'tab':[{}]}}",
          "ValidationException: Supplied AttributeValue has more than one datatypes set, must "
          "contain exactly one of the supported datatypes" },
        { "BatchWriteItem",
          "{'RequestItems':{'bad!name':[{'PutRequest':{'Item':{'pk':{'S':'a'}}}}]},"
          "'ReturnConsumedCapacity':'BOGUS','ReturnItemCollectionMetrics':'BOGUS2'}",
          "ValidationException: 2 validation errors detected: Value 'BOGUS' at "
          "'returnConsumedCapacity' failed to satisfy constraint: Member must satisfy enum value "
          "set: [INDEXES, TOTAL, NONE]; Value 'BOGUS2' at 'returnItemCollectionMetrics' failed to "
          "satisfy constraint: Member must satisfy enum value set: [SIZE, NONE]" },
    };
    struct api api;
    api_open(&api);
    api_create(&api, "tab");
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        api_expect_error(&api, cases[i].operation, cases[i].params, cases[i].error);
    cr_expect_eq(api_records(&api, 'D'), 0);
    api_close(&api);
}
