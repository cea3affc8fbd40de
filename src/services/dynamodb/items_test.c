/* PutItem, GetItem, UpdateItem, DeleteItem. Texts and units: recorded answers of DynamoDB. */
#include <criterion/criterion.h>

#include "services/dynamodb/support_test.h"

Test(items, are_read_as_they_were_put)
{
    struct api api;
    api_open(&api);
    api_create(&api, "tab");
    api_expect_all(&api, "GetItem", "{'TableName':'tab','Key':{'pk':{'S':'a'}}}", "{}");
    api_expect_all(&api, "PutItem",
                   "{'TableName':'tab','Item':{'pk':{'S':'a'},'n':{'N':'1.50'},"
                   "'m':{'M':{'x':{'L':[{'BOOL':true},{'NULL':true}]}}},'b':{'B':'AAE='},"
                   "'ss':{'SS':['p','q']}}}",
                   "{}");
    api_expect_all(&api, "GetItem", "{'TableName':'tab','Key':{'pk':{'S':'a'}}}",
                   "{'Item':{'pk':{'S':'a'},'n':{'N':'1.5'},"
                   "'m':{'M':{'x':{'L':[{'BOOL':true},{'NULL':true}]}}},'b':{'B':'AAE='},"
                   "'ss':{'SS':['p','q']}}}");
    api_expect_all(&api, "GetItem",
                   "{'TableName':'" TABLE_ARN "tab','Key':{'pk':{'S':'a'}},"
                   "'ProjectionExpression':'m.x[1], #n','ExpressionAttributeNames':{'#n':'n'},"
                   "'ReturnConsumedCapacity':'TOTAL','ConsistentRead':true}",
                   "{'Item':{'n':{'N':'1.5'},'m':{'M':{'x':{'L':[{'NULL':true}]}}}},"
                   "'ConsumedCapacity':{'TableName':'tab','CapacityUnits':1}}");
    api_expect_all(&api, "GetItem",
                   "{'TableName':'tab','Key':{'pk':{'S':'a'}},'AttributesToGet':['pk','none']}",
                   "{'Item':{'pk':{'S':'a'}}}");
    api_close(&api);
}

Test(items, put_and_delete_return_the_old_item)
{
    struct api api;
    api_open(&api);
    api_create(&api, "tab");
    api_expect_all(&api, "PutItem",
                   "{'TableName':'tab','Item':{'pk':{'S':'a'},'v':{'N':'1'}},"
                   "'ReturnValues':'ALL_OLD'}",
                   "{}");
    api_expect_all(&api, "PutItem",
                   "{'TableName':'tab','Item':{'pk':{'S':'a'},'v':{'N':'2'}},"
                   "'ReturnValues':'ALL_OLD'}",
                   "{'Attributes':{'pk':{'S':'a'},'v':{'N':'1'}}}");
    api_expect_all(&api, "DeleteItem",
                   "{'TableName':'tab','Key':{'pk':{'S':'a'}},'ReturnValues':'ALL_OLD',"
                   "'ReturnConsumedCapacity':'INDEXES'}",
                   "{'Attributes':{'pk':{'S':'a'},'v':{'N':'2'}},'ConsumedCapacity':{"
                   "'TableName':'tab','CapacityUnits':1,'Table':{'CapacityUnits':1}}}");
    api_expect_all(&api, "DeleteItem",
                   "{'TableName':'tab','Key':{'pk':{'S':'a'}},'ReturnValues':'ALL_OLD'}", "{}");
    api_expect_all(&api, "GetItem", "{'TableName':'tab','Key':{'pk':{'S':'a'}}}", "{}");
    api_close(&api);
}

Test(items, are_updated)
{
    static const struct {
        const char *values, *attributes;
    } cases[] = {
        { "NONE", "{}" },
        { "ALL_OLD", "{'Attributes':{'pk':{'S':'a'},'n':{'N':'1'},'o':{'S':'x'}}}" },
        { "UPDATED_OLD", "{'Attributes':{'n':{'N':'1'}}}" },
        { "ALL_NEW", "{'Attributes':{'pk':{'S':'a'},'n':{'N':'3'},'o':{'S':'x'},'p':{'S':'y'}}}" },
        { "UPDATED_NEW", "{'Attributes':{'n':{'N':'3'},'p':{'S':'y'}}}" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct api api;
        api_open(&api);
        api_create(&api, "tab");
        api_do(&api, "PutItem",
               "{'TableName':'tab','Item':{'pk':{'S':'a'},'n':{'N':'1'},'o':{'S':'x'}}}");
        str answer = api_callf(&api, "UpdateItem",
                               "{'TableName':'tab','Key':{'pk':{'S':'a'}},'ReturnValues':'%s',"
                               "'UpdateExpression':'SET n = n + :t, p = :y',"
                               "'ExpressionAttributeValues':{':t':{'N':'2'},':y':{'S':'y'}}}",
                               cases[i].values);
        str wanted = arena_str(&api.arena, str_from(cases[i].attributes));
        char *quoted = arena_alloc(&api.arena, wanted.len);
        for (size_t j = 0; j < wanted.len; j++)
            quoted[j] = wanted.ptr[j] == '\'' ? '"' : wanted.ptr[j];
        cr_expect(str_eq(answer, (str){ quoted, wanted.len }), "%s: %.*s", cases[i].values,
                  STR_ARGS(answer));
        api_close(&api);
    }
}

Test(items, come_into_being_by_an_update)
{
    struct api api;
    api_open(&api);
    api_create(&api, "tab");
    api_expect_all(&api, "UpdateItem",
                   "{'TableName':'tab','Key':{'pk':{'S':'a'}},'ReturnValues':'ALL_NEW',"
                   "'UpdateExpression':'ADD n :one',"
                   "'ExpressionAttributeValues':{':one':{'N':'1'}}}",
                   "{'Attributes':{'pk':{'S':'a'},'n':{'N':'1'}}}");
    /* The way of old clients. */
    api_expect_all(&api, "UpdateItem",
                   "{'TableName':'tab','Key':{'pk':{'S':'b'}},'ReturnValues':'ALL_NEW',"
                   "'AttributeUpdates':{'x':{'Action':'PUT','Value':{'S':'1'}},"
                   "'n':{'Action':'ADD','Value':{'N':'5'}}}}",
                   "{'Attributes':{'pk':{'S':'b'},'x':{'S':'1'},'n':{'N':'5'}}}");
    api_expect_all(&api, "UpdateItem",
                   "{'TableName':'tab','Key':{'pk':{'S':'c'}},"
                   "'AttributeUpdates':{'x':{'Action':'DELETE'}}}",
                   "{}");
    api_expect_all(&api, "GetItem", "{'TableName':'tab','Key':{'pk':{'S':'c'}}}", "{}");
    api_expect_all(&api, "UpdateItem", "{'TableName':'tab','Key':{'pk':{'S':'d'}}}", "{}");
    api_expect_all(&api, "GetItem", "{'TableName':'tab','Key':{'pk':{'S':'d'}}}",
                   "{'Item':{'pk':{'S':'d'}}}");
    api_close(&api);
}

Test(items, conditions_hold_or_nothing_happens)
{
    struct api api;
    api_open(&api);
    api_create(&api, "tab");
    api_do(&api, "PutItem", "{'TableName':'tab','Item':{'pk':{'S':'a'},'v':{'N':'1'}}}");
    static const char failed[] = "ConditionalCheckFailedException: The conditional request failed";
    api_expect_error(&api, "PutItem",
                     "{'TableName':'tab','Item':{'pk':{'S':'a'},'v':{'N':'9'}},"
                     "'ConditionExpression':'attribute_not_exists(pk)'}",
                     failed);
    api_expect_error(&api, "DeleteItem",
                     "{'TableName':'tab','Key':{'pk':{'S':'a'}},"
                     "'Expected':{'v':{'Value':{'N':'2'}}}}",
                     failed);
    api_expect_error(&api, "UpdateItem",
                     "{'TableName':'tab','Key':{'pk':{'S':'a'}},'UpdateExpression':'SET v = :n',"
                     "'ConditionExpression':'v > :o','ExpressionAttributeValues':"
                     "{':n':{'N':'9'},':o':{'N':'1'}},"
                     "'ReturnValuesOnConditionCheckFailure':'ALL_OLD'}",
                     "ConditionalCheckFailedException: The conditional request failed"
                     ",\"Item\":{\"pk\":{\"S\":\"a\"},\"v\":{\"N\":\"1\"}}");
    api_expect_all(&api, "GetItem", "{'TableName':'tab','Key':{'pk':{'S':'a'}}}",
                   "{'Item':{'pk':{'S':'a'},'v':{'N':'1'}}}");
    api_do(&api, "DeleteItem",
           "{'TableName':'tab','Key':{'pk':{'S':'a'}},'ConditionExpression':'v = :o',"
           "'ExpressionAttributeValues':{':o':{'N':'1.0'}}}");
    api_close(&api);
}

Test(items, bad_writes_change_nothing)
{
    static const struct {
        const char *operation, *params, *error;
    } cases[] = {
        { "PutItem", "{'TableName':'none','Item':{'pk':{'S':'a'}}}",
          "ResourceNotFoundException: Requested resource not found" },
        { "PutItem", "{'Item':{'pk':{'S':'a'}}}",
          "ValidationException: 1 validation error detected: Value null at 'tableName' failed to "
          "satisfy constraint: Member must not be null" },
        { "PutItem", "{'TableName':'bad table!@#','Item':{'pk':{'S':'a'}}}",
          "ValidationException: 1 validation error detected: Value 'bad table!@#' at 'tableName' "
          "failed to satisfy constraint: Member must satisfy regular expression pattern: "
          "[a-zA-Z0-9_.-]+" },
        { "PutItem", "{'TableName':'','Item':{'pk':{'S':'a'}}}",
          "ValidationException: 1 validation error detected: Value '' at 'tableName' failed to "
          "satisfy constraint: Member must have length greater than or equal to 1" },
        { "PutItem", "{'TableName':'tab','Item':{'x':{'S':'a'}}}",
          "ValidationException: One or more parameter values were invalid: Missing the key pk in "
          "the item" },
        { "PutItem", "{'TableName':'tab','Item':{'pk':{'N':'1'}}}",
          "ValidationException: One or more parameter values were invalid: Type mismatch for key "
          "pk expected: S actual: N" },
        { "PutItem", "{'TableName':'tab','Item':{'pk':{'S':''}}}",
          "ValidationException: One or more parameter values are not valid. The AttributeValue for "
          "a key attribute cannot contain an empty string value. Key: pk" },
        { "PutItem", "{'TableName':'tab','Item':{'pk':{'S':'a'}},'ReturnValues':'ALL_NEW'}",
          "ValidationException: 1 validation error detected: ReturnValues can only be ALL_OLD or "
          "NONE" },
        { "PutItem", "{'TableName':'tab','Item':{'pk':{'S':'a'}},'ReturnValues':'X'}",
          "ValidationException: 1 validation error detected: Value 'X' at 'returnValues' failed to "
          "satisfy constraint: Member must satisfy enum value set: [ALL_NEW, UPDATED_OLD, "
          "ALL_OLD, NONE, UPDATED_NEW]" },
        { "PutItem", "{'TableName':7,'Item':{'pk':{'S':'a'}}}",
          "SerializationException: NUMBER_VALUE cannot be converted to String" },
        { "DeleteItem", "{'TableName':'tab','Key':{'x':{'S':'a'}}}",
          "ValidationException: The provided key element does not match the schema" },
        { "DeleteItem", "{'TableName':'tab','Key':{'pk':{'N':'1'}}}",
          "ValidationException: The provided key element does not match the schema" },
        { "DeleteItem", "{'TableName':'tab','Key':{'pk':{'S':'a'},'x':{'S':'a'}}}",
          "ValidationException: The number of conditions on the keys is invalid" },
        { "DeleteItem",
          "{'TableName':'tab','Key':{'pk':{'S':'a'}},'ConditionExpression':'pk.x = :v',"
          "'ExpressionAttributeValues':{':v':{'S':'a'}}}",
          "ValidationException: Key attributes must be scalars; list random access '[]' and map "
          "lookup '.' are not allowed: Key: pk" },
        { "UpdateItem",
          "{'TableName':'tab','Key':{'pk':{'S':'a'}},'UpdateExpression':'SET pk = :v',"
          "'ExpressionAttributeValues':{':v':{'S':'b'}}}",
          "ValidationException: One or more parameter values were invalid: Cannot update attribute "
          "pk. This attribute is part of the key" },
        { "UpdateItem",
          "{'TableName':'tab','Key':{'pk':{'S':'a'}},'UpdateExpression':'SET x = :v'}",
          "ValidationException: 1 validation error detected: Invalid UpdateExpression: An "
          "expression attribute value used in expression is not defined; attribute value: :v" },
        { "UpdateItem",
          "{'TableName':'tab','Key':{'pk':{'S':'a'}},'UpdateExpression':'SET x = :v',"
          "'AttributeUpdates':{'x':{'Value':{'S':'a'}}},"
          "'ExpressionAttributeValues':{':v':{'S':'b'}}}",
          "ValidationException: 1 validation error detected: Can not use both expression and "
          "non-expression parameters in the same request: Non-expression parameters: "
          "{AttributeUpdates} Expression parameters: {UpdateExpression}" },
        { "GetItem", "{'TableName':'tab','Key':{'pk':{'S':''}}}",
          "ValidationException: One or more parameter values are not valid. The AttributeValue for "
          "a key attribute cannot contain an empty string value. Key: pk" },
        { "GetItem",
          "{'TableName':'arn:aws:dynamodb:us-east-1:000000000009:table/tab',"
          "'Key':{'pk':{'S':'a'}}}",
          "ResourceNotFoundException: Requested resource not found" },
    };
    struct api api;
    api_open(&api);
    api_create(&api, "tab");
    size_t tables = api_records(&api, 'B');
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        api_expect_error(&api, cases[i].operation, cases[i].params, cases[i].error);
    cr_expect_eq(api_records(&api, 'D'), 0);
    cr_expect_eq(api_records(&api, 'B'), tables);
    api_close(&api);
}

/* A text of that many characters, in the arena. */
static const char *text_of(struct api *api, size_t chars)
{
    char *text = arena_alloc(&api->arena, chars + 1);
    memset(text, 'x', chars);
    text[chars] = '\0';
    return text;
}

Test(items, keys_and_items_have_limits)
{
    struct api api;
    api_open(&api);
    api_create(&api, "tab");
    str fits = api_callf(&api, "PutItem", "{'TableName':'tab','Item':{'pk':{'S':'%s'}}}",
                         text_of(&api, 2048));
    cr_expect(str_eq(fits, STR("{}")), "%.*s", STR_ARGS(fits));
    str longer = api_callf(&api, "PutItem", "{'TableName':'tab','Item':{'pk':{'S':'%s'}}}",
                           text_of(&api, 2049));
    cr_expect(str_eq(longer, STR("ValidationException: One or more parameter values were invalid: "
                                 "Size of hashkey has exceeded the maximum size limit of2048 "
                                 "bytes")),
              "%.*s", STR_ARGS(longer));
    /* pk and a: 3 bytes of names, 1 of the key. */
    fits = api_callf(&api, "PutItem", "{'TableName':'tab','Item':{'pk':{'S':'k'},'a':{'S':'%s'}}}",
                     text_of(&api, 409600 - 4));
    cr_expect(str_eq(fits, STR("{}")), "%.*s", STR_ARGS(fits));
    longer =
        api_callf(&api, "PutItem", "{'TableName':'tab','Item':{'pk':{'S':'k'},'a':{'S':'%s'}}}",
                  text_of(&api, 409600 - 3));
    cr_expect(str_eq(longer, STR("ValidationException: 1 validation error detected: Item size has "
                                 "exceeded the maximum allowed size")),
              "%.*s", STR_ARGS(longer));
    api_expect(&api, "GetItem",
               "{'TableName':'tab','Key':{'pk':{'S':'k'}},'ReturnConsumedCapacity':'TOTAL'}",
               "{'ConsumedCapacity':{'CapacityUnits':50}}");
    api_close(&api);
}

Test(items, are_counted)
{
    struct api api;
    api_open(&api);
    api_create(&api, "tab");
    api_do(&api, "PutItem", "{'TableName':'tab','Item':{'pk':{'S':'a'},'v':{'S':'12345'}}}");
    api_do(&api, "PutItem", "{'TableName':'tab','Item':{'pk':{'S':'b'}}}");
    /* 2 + 1 + 1 + 5 and 2 + 1 bytes */
    api_expect(&api, "DescribeTable", "{'TableName':'tab'}",
               "{'Table':{'ItemCount':2,'TableSizeBytes':12}}");
    api_do(&api, "PutItem", "{'TableName':'tab','Item':{'pk':{'S':'a'},'v':{'S':'1'}}}");
    api_expect(&api, "DescribeTable", "{'TableName':'tab'}",
               "{'Table':{'ItemCount':2,'TableSizeBytes':8}}");
    api_reopen(&api);
    api_do(&api, "DeleteItem", "{'TableName':'tab','Key':{'pk':{'S':'b'}}}");
    api_do(&api, "DeleteItem", "{'TableName':'tab','Key':{'pk':{'S':'b'}}}");
    api_expect(&api, "DescribeTable", "{'TableName':'tab'}",
               "{'Table':{'ItemCount':1,'TableSizeBytes':5}}");
    api_close(&api);
}
