/* TransactWriteItems and TransactGetItems. */
#include <criterion/criterion.h>

#include "services/dynamodb/support_test.h"

static void open_tables(struct api *api)
{
    api_open(api);
    api_create(api, "one");
    api_create_ranged(api, "two");
    api_do(api, "PutItem", "{'TableName':'one','Item':{'pk':{'S':'old'},'n':{'N':'1'}}}");
}

Test(transact, writes_all_actions)
{
    struct api api;
    open_tables(&api);
    api_do(&api, "PutItem", "{'TableName':'one','Item':{'pk':{'S':'gone'}}}");
    api_expect_all(&api, "TransactWriteItems",
                   "{'TransactItems':["
                   "{'ConditionCheck':{'TableName':'one','Key':{'pk':{'S':'none'}},"
                   "'ConditionExpression':'attribute_not_exists(pk)'}},"
                   "{'Put':{'TableName':'two','Item':{'pk':{'S':'a'},'sk':{'N':'1'}}}},"
                   "{'Update':{'TableName':'one','Key':{'pk':{'S':'old'}},"
                   "'UpdateExpression':'SET n = n + :v',"
                   "'ExpressionAttributeValues':{':v':{'N':'4'}}}},"
                   "{'Delete':{'TableName':'one','Key':{'pk':{'S':'gone'}}}}],"
                   "'ReturnConsumedCapacity':'TOTAL'}",
                   "{'ConsumedCapacity':["
                   "{'TableName':'one','CapacityUnits':6,'WriteCapacityUnits':6},"
                   "{'TableName':'two','CapacityUnits':2,'WriteCapacityUnits':2}]}");
    api_expect_all(&api, "TransactGetItems",
                   "{'TransactItems':["
                   "{'Get':{'TableName':'one','Key':{'pk':{'S':'old'}}}},"
                   "{'Get':{'TableName':'one','Key':{'pk':{'S':'gone'}}}},"
                   "{'Get':{'TableName':'two','Key':{'pk':{'S':'a'},'sk':{'N':'1'}},"
                   "'ProjectionExpression':'sk'}}],'ReturnConsumedCapacity':'INDEXES'}",
                   "{'Responses':[{'Item':{'pk':{'S':'old'},'n':{'N':'5'}}},{},"
                   "{'Item':{'sk':{'N':'1'}}}],'ConsumedCapacity':["
                   "{'TableName':'one','CapacityUnits':4,'ReadCapacityUnits':4,"
                   "'Table':{'CapacityUnits':4,'ReadCapacityUnits':4}},"
                   "{'TableName':'two','CapacityUnits':2,'ReadCapacityUnits':2,"
                   "'Table':{'CapacityUnits':2,'ReadCapacityUnits':2}}]}");
    api_expect(&api, "DescribeTable", "{'TableName':'one'}", "{'Table':{'ItemCount':1}}");
    api_close(&api);
}

Test(transact, writes_nothing_if_one_fails)
{
    struct api api;
    open_tables(&api);
    api_expect_error(
        &api, "TransactWriteItems",
        "{'TransactItems':["
        "{'Put':{'TableName':'one','Item':{'pk':{'S':'new'}}}},"
        "{'Put':{'TableName':'one','Item':{'pk':{'S':'old'}},"
        "'ConditionExpression':'attribute_not_exists(pk)',"
        "'ReturnValuesOnConditionCheckFailure':'ALL_OLD'}},"
        "{'Delete':{'TableName':'one','Key':{'pk':{'S':'x'}},"
        "'ConditionExpression':'attribute_exists(pk)'}}]}",
        "TransactionCanceledException: Transaction cancelled, please refer cancellation reasons "
        "for specific reasons [None, ConditionalCheckFailed, ConditionalCheckFailed]"
        ",\"CancellationReasons\":[{\"Code\":\"None\"},{\"Code\":\"ConditionalCheckFailed\","
        "\"Item\":{\"pk\":{\"S\":\"old\"},\"n\":{\"N\":\"1\"}},"
        "\"Message\":\"The conditional request failed\"},{\"Code\":\"ConditionalCheckFailed\","
        "\"Message\":\"The conditional request failed\"}]");
    api_expect_all(&api, "GetItem", "{'TableName':'one','Key':{'pk':{'S':'new'}}}", "{}");
    api_expect(&api, "DescribeTable", "{'TableName':'one'}", "{'Table':{'ItemCount':1}}");
    api_close(&api);
}

Test(transact, is_refused_with_a_reason)
{
    static const char cancelled[] =
        "TransactionCanceledException: Transaction cancelled, please refer cancellation reasons "
        "for specific reasons [ValidationError],\"CancellationReasons\":[{\"Code\":"
        "\"ValidationError\",\"Message\":\"";
    static const struct {
        const char *action, *error;
        bool is_reason;
    } cases[] = {
        { "{'Put':{'TableName':'none','Item':{'pk':{'S':'a'}}}}",
          "ResourceNotFoundException: Requested resource not found", false },
        { "{'Put':{'TableName':'bad!name','Item':{'pk':{'S':'a'}}}}",
          "ValidationException: 1 validation error detected: Value 'bad!name' at "
          "'transactItems.1.member.put.tableName' failed to satisfy constraint: Member must "
          "satisfy "
          "regular expression pattern: [a-zA-Z0-9_.-]+",
          false },
        { "{'Put':{'TableName':'one','Item':{'pk':{'S':'a'}}}},"
          "{'Delete':{'TableName':'one','Key':{'pk':{'S':'a'}}}}",
          "ValidationException: Transaction request cannot include multiple operations on one item",
          false },
        { "{'Put':{'TableName':'one','Item':{'pk':{'S':''}}}}",
          "ValidationException: One or more parameter values are not valid. The AttributeValue for "
          "a key attribute cannot contain an empty string value. Key: pk",
          false },
        { "{'Put':{'TableName':'one','Item':{'pk':{'S':'a'}},'ConditionExpression':''}}",
          "ValidationException: Invalid ConditionExpression: The expression can not be empty;",
          false },
        { "{}",
          "ValidationException: Invalid Request: TransactWriteRequest should contain Delete or Put "
          "or Update request",
          false },
        { "",
          "ValidationException: 1 validation error detected: Value at 'TransactItems' failed to "
          "satisfy constraint: Member must have length greater than or equal to 1",
          false },
        { "{'Put':{'TableName':'one','Item':{'pk':{'N':'5'}}}}",
          "One or more parameter values were invalid: Type mismatch for key pk expected: S actual: "
          "N",
          true },
        { "{'Delete':{'TableName':'one','Key':{'pk':{'N':'5'}}}}",
          "The provided key element does not match the schema", true },
        { "{'Update':{'TableName':'one','Key':{'pk':{'S':'old'}},"
          "'UpdateExpression':'SET x = nothing'}}",
          "The provided expression refers to an attribute that does not exist in the item", true },
    };
    struct api api;
    open_tables(&api);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        str params = arena_printf(&api.arena, "{'TransactItems':[%s]}", cases[i].action);
        str error = cases[i].is_reason
                        ? arena_printf(&api.arena, "%s%s\"}]", cancelled, cases[i].error)
                        : str_from(cases[i].error);
        api_expect_error(&api, "TransactWriteItems", params.ptr, error.ptr);
    }
    api_expect_error(&api, "TransactGetItems",
                     "{'TransactItems':[{'Get':{'TableName':'one','Key':{}}}]}",
                     "TransactionCanceledException: Transaction cancelled, please refer "
                     "cancellation reasons for specific reasons [ValidationError],"
                     "\"CancellationReasons\":[{\"Code\":\"ValidationError\",\"Message\":"
                     "\"The provided key element does not match the schema\"}]");
    cr_expect_eq(api_records(&api, 'D'), 1);
    api_close(&api);
}

#define ADD                                                                                        \
    "{'TransactItems':[{'Update':{'TableName':'one','Key':{'pk':{'S':'old'}},"                     \
    "'UpdateExpression':'ADD n :v','ExpressionAttributeValues':{':v':{'N':'%d'}}}}],"              \
    "'ClientRequestToken':'token-1'}"

Test(transact, is_carried_out_once_for_a_token)
{
    struct api api;
    open_tables(&api);
    static const char mismatch[] =
        "IdempotentParameterMismatchException: The request uses the same client token as a "
        "previous, but non-identical request.";
    cr_expect(str_eq(api_callf(&api, "TransactWriteItems", ADD, 2), STR("{}")));
    cr_expect(str_eq(api_callf(&api, "TransactWriteItems", ADD, 2), STR("{}")));
    cr_expect(str_eq(api_callf(&api, "TransactWriteItems", ADD, 3), str_from(mismatch)));
    api_reopen(&api);
    api.now_ms += 10 * 60 * 1000 - 1;
    cr_expect(str_eq(api_callf(&api, "TransactWriteItems", ADD, 3), str_from(mismatch)));
    api_expect(&api, "GetItem", "{'TableName':'one','Key':{'pk':{'S':'old'}}}",
               "{'Item':{'n':{'N':'3'}}}");
    cr_expect_eq(api_records(&api, 'z'), 2);
    /* After ten minutes it is another call, and what was kept of the old one goes. */
    api.now_ms += 1;
    api_run(&api);
    cr_expect_eq(api_records(&api, 'z'), 0);
    cr_expect(str_eq(api_callf(&api, "TransactWriteItems", ADD, 3), STR("{}")));
    api_expect(&api, "GetItem", "{'TableName':'one','Key':{'pk':{'S':'old'}}}",
               "{'Item':{'n':{'N':'6'}}}");
    api_close(&api);
}

Test(transact, a_cancelled_one_leaves_no_token)
{
    struct api api;
    open_tables(&api);
    str answer = api_call(&api, "TransactWriteItems",
                          "{'TransactItems':[{'Delete':{'TableName':'one','Key':{'pk':{'S':'x'}},"
                          "'ConditionExpression':'attribute_exists(pk)'}}],"
                          "'ClientRequestToken':'token-1'}");
    cr_expect(str_starts_with(answer, STR("TransactionCanceledException")), "%.*s",
              STR_ARGS(answer));
    cr_expect_eq(api_records(&api, 'z'), 0);
    cr_expect(str_eq(api_callf(&api, "TransactWriteItems", ADD, 2), STR("{}")));
    api_close(&api);
}
