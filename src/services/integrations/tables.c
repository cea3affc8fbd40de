/* dynamodb:getItem, putItem, updateItem and deleteItem.
 *
 * Source: "Perform DynamoDB CRUD operations with Step Functions" in the Developer Guide. Names and
 * attribute values are the API's own. */
#include "services/integrations/call.h"

#define COUNT(table) (sizeof(table) / sizeof *(table))

/* An attribute value, whose lists and maps hold further ones. */
static const struct parameters value;
static const struct parameter value_items[] = {
    { .name = STR_INIT("S"), .kind = PARAMETER_STRING },
    { .name = STR_INIT("N"), .kind = PARAMETER_STRING },
    { .name = STR_INIT("B"), .kind = PARAMETER_STRING },
    { .name = STR_INIT("SS"), .kind = PARAMETER_LIST },
    { .name = STR_INIT("NS"), .kind = PARAMETER_LIST },
    { .name = STR_INIT("BS"), .kind = PARAMETER_LIST },
    { .name = STR_INIT("BOOL"), .kind = PARAMETER_BOOLEAN },
    { .name = STR_INIT("NULL"), .kind = PARAMETER_BOOLEAN },
    { .name = STR_INIT("L"), .kind = PARAMETER_LIST, .of = &value },
    { .name = STR_INIT("M"), .kind = PARAMETER_MAP, .of = &value },
};
static const struct parameters value = { value_items, COUNT(value_items) };

static const struct parameter expected_items[] = {
    { .name = STR_INIT("AttributeValueList"), .kind = PARAMETER_LIST, .of = &value },
    { .name = STR_INIT("ComparisonOperator"), .kind = PARAMETER_STRING },
    { .name = STR_INIT("Exists"), .kind = PARAMETER_BOOLEAN },
    { .name = STR_INIT("Value"), .kind = PARAMETER_OBJECT, .of = &value },
};
static const struct parameters expected = { expected_items, COUNT(expected_items) };

static const struct parameter update_items[] = {
    { .name = STR_INIT("Action"), .kind = PARAMETER_STRING },
    { .name = STR_INIT("Value"), .kind = PARAMETER_OBJECT, .of = &value },
};
static const struct parameters update = { update_items, COUNT(update_items) };

#define TABLE_NAME                                                                                 \
    {                                                                                              \
        .name = STR_INIT("TableName"), .kind = PARAMETER_STRING, .required = true                  \
    }
#define KEY                                                                                        \
    {                                                                                              \
        .name = STR_INIT("Key"), .kind = PARAMETER_MAP, .required = true, .of = &value             \
    }
/* What all three writes take. */
#define CONDITIONS                                                                                 \
    { .name = STR_INIT("ConditionExpression"), .kind = PARAMETER_STRING },                         \
        { .name = STR_INIT("ConditionalOperator"), .kind = PARAMETER_STRING },                     \
        { .name = STR_INIT("Expected"), .kind = PARAMETER_MAP, .of = &expected },                  \
        { .name = STR_INIT("ExpressionAttributeNames"), .kind = PARAMETER_MAP },                   \
        { .name = STR_INIT("ExpressionAttributeValues"), .kind = PARAMETER_MAP, .of = &value },    \
        { .name = STR_INIT("ReturnConsumedCapacity"), .kind = PARAMETER_STRING },                  \
        { .name = STR_INIT("ReturnItemCollectionMetrics"), .kind = PARAMETER_STRING },             \
        { .name = STR_INIT("ReturnValues"), .kind = PARAMETER_STRING },                            \
    {                                                                                              \
        .name = STR_INIT("ReturnValuesOnConditionCheckFailure"), .kind = PARAMETER_STRING          \
    }

static const struct parameter get_items[] = {
    TABLE_NAME,
    KEY,
    { .name = STR_INIT("AttributesToGet"), .kind = PARAMETER_LIST },
    { .name = STR_INIT("ConsistentRead"), .kind = PARAMETER_BOOLEAN },
    { .name = STR_INIT("ExpressionAttributeNames"), .kind = PARAMETER_MAP },
    { .name = STR_INIT("ProjectionExpression"), .kind = PARAMETER_STRING },
    { .name = STR_INIT("ReturnConsumedCapacity"), .kind = PARAMETER_STRING },
};
static const struct parameter put_items[] = {
    TABLE_NAME,
    { .name = STR_INIT("Item"), .kind = PARAMETER_MAP, .required = true, .of = &value },
    CONDITIONS,
};
static const struct parameter update_item_items[] = {
    TABLE_NAME,
    KEY,
    { .name = STR_INIT("AttributeUpdates"), .kind = PARAMETER_MAP, .of = &update },
    { .name = STR_INIT("UpdateExpression"), .kind = PARAMETER_STRING },
    CONDITIONS,
};
static const struct parameter delete_items[] = { TABLE_NAME, KEY, CONDITIONS };

static const struct {
    str action, operation;
    struct parameters known;
} actions[] = {
    { STR_INIT("getItem"), STR_INIT("GetItem"), { get_items, COUNT(get_items) } },
    { STR_INIT("putItem"), STR_INIT("PutItem"), { put_items, COUNT(put_items) } },
    { STR_INIT("updateItem"),
      STR_INIT("UpdateItem"),
      { update_item_items, COUNT(update_item_items) } },
    { STR_INIT("deleteItem"), STR_INIT("DeleteItem"), { delete_items, COUNT(delete_items) } },
};

void integrate_dynamodb(struct txn *txn, const struct execution *caller, const struct engine_op *op,
                        struct call_outcome *outcome)
{
    struct call call = call_begin(txn, caller, op, &callee_dynamodb, outcome);
    json params;
    str why;
    size_t at = 0;
    while (!str_eq(actions[at].action, op->task->action)) {
        at++;
        ASSERT_CMP(at, <, COUNT(actions)); /* the table of integrations has these four */
    }
    if (!call_fits(&call)) return;
    if (!parameters_check(call.arena, &actions[at].known, op->value, &params, &why))
        call_refuse(&call, why);
    else
        integration_invoke(&call, actions[at].operation, params);
}
