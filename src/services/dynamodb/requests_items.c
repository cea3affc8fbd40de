/* The members of the operations on items, from the service model (dynamodb/2012-08-10); the orders
 * of members and of enum values are those of recorded errors. */
#include "services/dynamodb/requests.h"

static const char *const return_consumed_capacity[] = { "INDEXES", "TOTAL", "NONE", NULL };
static const char *const return_item_collection_metrics[] = { "SIZE", "NONE", NULL };
static const char *const return_values[] = { "ALL_NEW", "UPDATED_OLD", "ALL_OLD",
                                             "NONE",    "UPDATED_NEW", NULL };
static const char *const return_values_on_failure[] = { "ALL_OLD", "NONE", NULL };
static const char *const conditional_operator[] = { "OR", "AND", NULL };
static const char *const comparison_operator[] = {
    "IN",       "NULL", "BETWEEN", "LT",          "NOT_CONTAINS", "EQ",       "GT",
    "NOT_NULL", "NE",   "LE",      "BEGINS_WITH", "GE",           "CONTAINS", NULL
};
static const char *const attribute_action[] = { "ADD", "PUT", "DELETE", NULL };
static const char *const select_values[] = { "SPECIFIC_ATTRIBUTES", "COUNT", "ALL_ATTRIBUTES",
                                             "ALL_PROJECTED_ATTRIBUTES", NULL };

static const struct member expected_members[] = {
    { .name = STR_INIT("AttributeValueList"), .kind = MEMBER_VALUES },
    { .name = STR_INIT("ComparisonOperator"),
      .kind = MEMBER_STRING,
      .values = comparison_operator },
    { .name = STR_INIT("Exists"), .kind = MEMBER_BOOLEAN },
    { .name = STR_INIT("Value"), .kind = MEMBER_VALUE },
};
static const struct members expected = { "ExpectedAttributeValue", expected_members,
                                         sizeof expected_members / sizeof *expected_members };

static const struct member condition_members[] = {
    { .name = STR_INIT("AttributeValueList"), .kind = MEMBER_VALUES },
    { .name = STR_INIT("ComparisonOperator"),
      .kind = MEMBER_STRING,
      .required = true,
      .values = comparison_operator },
};
static const struct members condition = { "Condition", condition_members,
                                          sizeof condition_members / sizeof *condition_members };

static const struct member attribute_update_members[] = {
    { .name = STR_INIT("Action"), .kind = MEMBER_STRING, .values = attribute_action },
    { .name = STR_INIT("Value"), .kind = MEMBER_VALUE },
};
static const struct members attribute_update = { "AttributeValueUpdate", attribute_update_members,
                                                 sizeof attribute_update_members /
                                                     sizeof *attribute_update_members };

static const struct member request_put_item_members[] = {
    { .name = STR_INIT("ReturnConsumedCapacity"),
      .kind = MEMBER_STRING,
      .values = return_consumed_capacity },
    { .name = STR_INIT("TableName"), .kind = MEMBER_TABLE, .required = true },
    { .name = STR_INIT("Item"), .kind = MEMBER_ITEM, .required = true },
    { .name = STR_INIT("ConditionalOperator"),
      .kind = MEMBER_STRING,
      .values = conditional_operator },
    { .name = STR_INIT("Expected"), .kind = MEMBER_MAP, .of = &expected },
    { .name = STR_INIT("ReturnValues"), .kind = MEMBER_STRING, .values = return_values },
    { .name = STR_INIT("ReturnItemCollectionMetrics"),
      .kind = MEMBER_STRING,
      .values = return_item_collection_metrics },
    { .name = STR_INIT("ReturnValuesOnConditionCheckFailure"),
      .kind = MEMBER_STRING,
      .values = return_values_on_failure },
    { .name = STR_INIT("ConditionExpression"), .kind = MEMBER_STRING },
    { .name = STR_INIT("ExpressionAttributeValues"), .kind = MEMBER_ITEM },
    { .name = STR_INIT("ExpressionAttributeNames"), .kind = MEMBER_MAP, .item = MEMBER_STRING },
};
const struct members request_put_item = { "PutItemInput", request_put_item_members,
                                          sizeof request_put_item_members /
                                              sizeof *request_put_item_members };

static const struct member request_delete_item_members[] = {
    { .name = STR_INIT("ReturnConsumedCapacity"),
      .kind = MEMBER_STRING,
      .values = return_consumed_capacity },
    { .name = STR_INIT("TableName"), .kind = MEMBER_TABLE, .required = true },
    { .name = STR_INIT("Key"), .kind = MEMBER_ITEM, .required = true },
    { .name = STR_INIT("ConditionalOperator"),
      .kind = MEMBER_STRING,
      .values = conditional_operator },
    { .name = STR_INIT("Expected"), .kind = MEMBER_MAP, .of = &expected },
    { .name = STR_INIT("ReturnValues"), .kind = MEMBER_STRING, .values = return_values },
    { .name = STR_INIT("ReturnItemCollectionMetrics"),
      .kind = MEMBER_STRING,
      .values = return_item_collection_metrics },
    { .name = STR_INIT("ReturnValuesOnConditionCheckFailure"),
      .kind = MEMBER_STRING,
      .values = return_values_on_failure },
    { .name = STR_INIT("ConditionExpression"), .kind = MEMBER_STRING },
    { .name = STR_INIT("ExpressionAttributeValues"), .kind = MEMBER_ITEM },
    { .name = STR_INIT("ExpressionAttributeNames"), .kind = MEMBER_MAP, .item = MEMBER_STRING },
};
const struct members request_delete_item = { "DeleteItemInput", request_delete_item_members,
                                             sizeof request_delete_item_members /
                                                 sizeof *request_delete_item_members };

static const struct member request_update_item_members[] = {
    { .name = STR_INIT("ReturnConsumedCapacity"),
      .kind = MEMBER_STRING,
      .values = return_consumed_capacity },
    { .name = STR_INIT("TableName"), .kind = MEMBER_TABLE, .required = true },
    { .name = STR_INIT("ReturnItemCollectionMetrics"),
      .kind = MEMBER_STRING,
      .values = return_item_collection_metrics },
    { .name = STR_INIT("ReturnValues"), .kind = MEMBER_STRING, .values = return_values },
    { .name = STR_INIT("Key"), .kind = MEMBER_ITEM, .required = true },
    { .name = STR_INIT("ConditionalOperator"),
      .kind = MEMBER_STRING,
      .values = conditional_operator },
    { .name = STR_INIT("Expected"), .kind = MEMBER_MAP, .of = &expected },
    { .name = STR_INIT("AttributeUpdates"), .kind = MEMBER_MAP, .of = &attribute_update },
    { .name = STR_INIT("ReturnValuesOnConditionCheckFailure"),
      .kind = MEMBER_STRING,
      .values = return_values_on_failure },
    { .name = STR_INIT("ConditionExpression"), .kind = MEMBER_STRING },
    { .name = STR_INIT("UpdateExpression"), .kind = MEMBER_STRING },
    { .name = STR_INIT("ExpressionAttributeValues"), .kind = MEMBER_ITEM },
    { .name = STR_INIT("ExpressionAttributeNames"), .kind = MEMBER_MAP, .item = MEMBER_STRING },
};
const struct members request_update_item = { "UpdateItemInput", request_update_item_members,
                                             sizeof request_update_item_members /
                                                 sizeof *request_update_item_members };

static const struct member request_get_item_members[] = {
    { .name = STR_INIT("ReturnConsumedCapacity"),
      .kind = MEMBER_STRING,
      .values = return_consumed_capacity },
    { .name = STR_INIT("TableName"), .kind = MEMBER_TABLE, .required = true },
    { .name = STR_INIT("Key"), .kind = MEMBER_ITEM, .required = true },
    { .name = STR_INIT("AttributesToGet"),
      .kind = MEMBER_LIST,
      .item = MEMBER_STRING,
      .min = 1,
      .max = 255 },
    { .name = STR_INIT("ConsistentRead"), .kind = MEMBER_BOOLEAN },
    { .name = STR_INIT("ProjectionExpression"), .kind = MEMBER_STRING },
    { .name = STR_INIT("ExpressionAttributeNames"), .kind = MEMBER_MAP, .item = MEMBER_STRING },
};
const struct members request_get_item = { "GetItemInput", request_get_item_members,
                                          sizeof request_get_item_members /
                                              sizeof *request_get_item_members };

static const struct member request_query_members[] = {
    { .name = STR_INIT("Limit"), .kind = MEMBER_INTEGER, .bare = true, .min = 1 },
    { .name = STR_INIT("ExclusiveStartKey"), .kind = MEMBER_ITEM },
    { .name = STR_INIT("ReturnConsumedCapacity"),
      .kind = MEMBER_STRING,
      .values = return_consumed_capacity },
    { .name = STR_INIT("AttributesToGet"),
      .kind = MEMBER_LIST,
      .item = MEMBER_STRING,
      .min = 1,
      .max = 255 },
    { .name = STR_INIT("QueryFilter"), .kind = MEMBER_MAP, .of = &condition },
    { .name = STR_INIT("Select"), .kind = MEMBER_STRING, .values = select_values },
    { .name = STR_INIT("ConditionalOperator"),
      .kind = MEMBER_STRING,
      .values = conditional_operator },
    { .name = STR_INIT("KeyConditions"), .kind = MEMBER_MAP, .of = &condition },
    { .name = STR_INIT("TableName"), .kind = MEMBER_TABLE, .required = true },
    { .name = STR_INIT("ConsistentRead"), .kind = MEMBER_BOOLEAN },
    { .name = STR_INIT("IndexName"), .kind = MEMBER_NAME, .min = 3, .max = 255 },
    { .name = STR_INIT("ScanIndexForward"), .kind = MEMBER_BOOLEAN },
    { .name = STR_INIT("KeyConditionExpression"), .kind = MEMBER_STRING },
    { .name = STR_INIT("FilterExpression"), .kind = MEMBER_STRING },
    { .name = STR_INIT("ProjectionExpression"), .kind = MEMBER_STRING },
    { .name = STR_INIT("ExpressionAttributeValues"), .kind = MEMBER_ITEM },
    { .name = STR_INIT("ExpressionAttributeNames"), .kind = MEMBER_MAP, .item = MEMBER_STRING },
};
const struct members request_query = { "QueryInput", request_query_members,
                                       sizeof request_query_members /
                                           sizeof *request_query_members };

static const struct member request_scan_members[] = {
    { .name = STR_INIT("Limit"), .kind = MEMBER_INTEGER, .min = 1 },
    { .name = STR_INIT("ReturnConsumedCapacity"),
      .kind = MEMBER_STRING,
      .values = return_consumed_capacity },
    { .name = STR_INIT("AttributesToGet"),
      .kind = MEMBER_LIST,
      .item = MEMBER_STRING,
      .min = 1,
      .max = 255 },
    { .name = STR_INIT("Segment"), .kind = MEMBER_INTEGER, .min = 0, .max = 999999 },
    { .name = STR_INIT("Select"), .kind = MEMBER_STRING, .values = select_values },
    { .name = STR_INIT("ScanFilter"), .kind = MEMBER_MAP, .of = &condition },
    { .name = STR_INIT("ConditionalOperator"),
      .kind = MEMBER_STRING,
      .values = conditional_operator },
    { .name = STR_INIT("TotalSegments"), .kind = MEMBER_INTEGER, .min = 1, .max = 1000000 },
    { .name = STR_INIT("TableName"), .kind = MEMBER_TABLE, .required = true },
    { .name = STR_INIT("ExclusiveStartKey"), .kind = MEMBER_ITEM },
    { .name = STR_INIT("IndexName"), .kind = MEMBER_NAME, .min = 3, .max = 255 },
    { .name = STR_INIT("ConsistentRead"), .kind = MEMBER_BOOLEAN },
    { .name = STR_INIT("FilterExpression"), .kind = MEMBER_STRING },
    { .name = STR_INIT("ProjectionExpression"), .kind = MEMBER_STRING },
    { .name = STR_INIT("ExpressionAttributeValues"), .kind = MEMBER_ITEM },
    { .name = STR_INIT("ExpressionAttributeNames"), .kind = MEMBER_MAP, .item = MEMBER_STRING },
};
const struct members request_scan = { "ScanInput", request_scan_members,
                                      sizeof request_scan_members / sizeof *request_scan_members };

static const struct member keys_and_attributes_members[] = {
    { .name = STR_INIT("Keys"),
      .kind = MEMBER_LIST,
      .required = true,
      .bare = true,
      .item = MEMBER_ITEM,
      .min = 1,
      .max = 100 },
    { .name = STR_INIT("AttributesToGet"),
      .kind = MEMBER_LIST,
      .item = MEMBER_STRING,
      .min = 1,
      .max = 255 },
    { .name = STR_INIT("ConsistentRead"), .kind = MEMBER_BOOLEAN },
    { .name = STR_INIT("ProjectionExpression"), .kind = MEMBER_STRING },
    { .name = STR_INIT("ExpressionAttributeNames"), .kind = MEMBER_MAP, .item = MEMBER_STRING },
};
static const struct members keys_and_attributes = { "KeysAndAttributes",
                                                    keys_and_attributes_members,
                                                    sizeof keys_and_attributes_members /
                                                        sizeof *keys_and_attributes_members };

static const struct member request_batch_get_item_members[] = {
    { .name = STR_INIT("RequestItems"),
      .kind = MEMBER_MAP,
      .required = true,
      .bare = true,
      .of = &keys_and_attributes,
      .of_tables = true,
      .min = 1 },
    { .name = STR_INIT("ReturnConsumedCapacity"),
      .kind = MEMBER_STRING,
      .values = return_consumed_capacity },
};
const struct members request_batch_get_item = { "BatchGetItemInput", request_batch_get_item_members,
                                                sizeof request_batch_get_item_members /
                                                    sizeof *request_batch_get_item_members };

static const struct member delete_request_members[] = {
    { .name = STR_INIT("Key"), .kind = MEMBER_ITEM, .required = true },
};
static const struct members delete_request = { "DeleteRequest", delete_request_members,
                                               sizeof delete_request_members /
                                                   sizeof *delete_request_members };

static const struct member put_request_members[] = {
    { .name = STR_INIT("Item"), .kind = MEMBER_ITEM, .required = true },
};
static const struct members put_request = {
    "PutRequest", put_request_members, sizeof put_request_members / sizeof *put_request_members
};

static const struct member write_request_members[] = {
    { .name = STR_INIT("DeleteRequest"), .kind = MEMBER_STRUCTURE, .of = &delete_request },
    { .name = STR_INIT("PutRequest"), .kind = MEMBER_STRUCTURE, .of = &put_request },
};
static const struct members write_request = { "WriteRequest", write_request_members,
                                              sizeof write_request_members /
                                                  sizeof *write_request_members };

static const struct member request_batch_write_item_members[] = {
    { .name = STR_INIT("ReturnConsumedCapacity"),
      .kind = MEMBER_STRING,
      .values = return_consumed_capacity },
    { .name = STR_INIT("ReturnItemCollectionMetrics"),
      .kind = MEMBER_STRING,
      .values = return_item_collection_metrics },
    { .name = STR_INIT("RequestItems"),
      .kind = MEMBER_MAP,
      .required = true,
      .of = &write_request,
      .item = MEMBER_LIST },
};
const struct members request_batch_write_item = { "BatchWriteItemInput",
                                                  request_batch_write_item_members,
                                                  sizeof request_batch_write_item_members /
                                                      sizeof *request_batch_write_item_members };

static const struct member transact_get_members[] = {
    { .name = STR_INIT("TableName"), .kind = MEMBER_TABLE, .required = true },
    { .name = STR_INIT("Key"), .kind = MEMBER_ITEM, .required = true },
    { .name = STR_INIT("ProjectionExpression"), .kind = MEMBER_STRING },
    { .name = STR_INIT("ExpressionAttributeNames"), .kind = MEMBER_MAP, .item = MEMBER_STRING },
};
static const struct members transact_get = {
    "Get", transact_get_members, sizeof transact_get_members / sizeof *transact_get_members
};

static const struct member transact_get_item_members[] = {
    { .name = STR_INIT("Get"), .kind = MEMBER_STRUCTURE, .required = true, .of = &transact_get },
};
static const struct members transact_get_item = { "TransactGetItem", transact_get_item_members,
                                                  sizeof transact_get_item_members /
                                                      sizeof *transact_get_item_members };

static const struct member request_transact_get_items_members[] = {
    { .name = STR_INIT("TransactItems"),
      .kind = MEMBER_LIST,
      .required = true,
      .bare = true,
      .of = &transact_get_item,
      .min = 1,
      .max = 100 },
    { .name = STR_INIT("ReturnConsumedCapacity"),
      .kind = MEMBER_STRING,
      .values = return_consumed_capacity },
};
const struct members request_transact_get_items = {
    "TransactGetItemsInput", request_transact_get_items_members,
    sizeof request_transact_get_items_members / sizeof *request_transact_get_items_members
};

static const struct member transact_condition_check_members[] = {
    { .name = STR_INIT("TableName"), .kind = MEMBER_TABLE, .required = true },
    { .name = STR_INIT("Key"), .kind = MEMBER_ITEM, .required = true },
    { .name = STR_INIT("ConditionExpression"), .kind = MEMBER_STRING, .required = true },
    { .name = STR_INIT("ReturnValuesOnConditionCheckFailure"),
      .kind = MEMBER_STRING,
      .values = return_values_on_failure },
    { .name = STR_INIT("ExpressionAttributeValues"), .kind = MEMBER_ITEM },
    { .name = STR_INIT("ExpressionAttributeNames"), .kind = MEMBER_MAP, .item = MEMBER_STRING },
};
static const struct members transact_condition_check = {
    "ConditionCheck", transact_condition_check_members,
    sizeof transact_condition_check_members / sizeof *transact_condition_check_members
};

static const struct member transact_put_members[] = {
    { .name = STR_INIT("TableName"), .kind = MEMBER_TABLE, .required = true },
    { .name = STR_INIT("Item"), .kind = MEMBER_ITEM, .required = true },
    { .name = STR_INIT("ConditionExpression"), .kind = MEMBER_STRING },
    { .name = STR_INIT("ReturnValuesOnConditionCheckFailure"),
      .kind = MEMBER_STRING,
      .values = return_values_on_failure },
    { .name = STR_INIT("ExpressionAttributeValues"), .kind = MEMBER_ITEM },
    { .name = STR_INIT("ExpressionAttributeNames"), .kind = MEMBER_MAP, .item = MEMBER_STRING },
};
static const struct members transact_put = {
    "Put", transact_put_members, sizeof transact_put_members / sizeof *transact_put_members
};

static const struct member transact_delete_members[] = {
    { .name = STR_INIT("TableName"), .kind = MEMBER_TABLE, .required = true },
    { .name = STR_INIT("Key"), .kind = MEMBER_ITEM, .required = true },
    { .name = STR_INIT("ConditionExpression"), .kind = MEMBER_STRING },
    { .name = STR_INIT("ReturnValuesOnConditionCheckFailure"),
      .kind = MEMBER_STRING,
      .values = return_values_on_failure },
    { .name = STR_INIT("ExpressionAttributeValues"), .kind = MEMBER_ITEM },
    { .name = STR_INIT("ExpressionAttributeNames"), .kind = MEMBER_MAP, .item = MEMBER_STRING },
};
static const struct members transact_delete = { "Delete", transact_delete_members,
                                                sizeof transact_delete_members /
                                                    sizeof *transact_delete_members };

static const struct member transact_update_members[] = {
    { .name = STR_INIT("TableName"), .kind = MEMBER_TABLE, .required = true },
    { .name = STR_INIT("Key"), .kind = MEMBER_ITEM, .required = true },
    { .name = STR_INIT("UpdateExpression"), .kind = MEMBER_STRING, .required = true },
    { .name = STR_INIT("ConditionExpression"), .kind = MEMBER_STRING },
    { .name = STR_INIT("ReturnValuesOnConditionCheckFailure"),
      .kind = MEMBER_STRING,
      .values = return_values_on_failure },
    { .name = STR_INIT("ExpressionAttributeValues"), .kind = MEMBER_ITEM },
    { .name = STR_INIT("ExpressionAttributeNames"), .kind = MEMBER_MAP, .item = MEMBER_STRING },
};
static const struct members transact_update = { "Update", transact_update_members,
                                                sizeof transact_update_members /
                                                    sizeof *transact_update_members };

static const struct member transact_write_item_members[] = {
    { .name = STR_INIT("ConditionCheck"),
      .kind = MEMBER_STRUCTURE,
      .of = &transact_condition_check },
    { .name = STR_INIT("Put"), .kind = MEMBER_STRUCTURE, .of = &transact_put },
    { .name = STR_INIT("Delete"), .kind = MEMBER_STRUCTURE, .of = &transact_delete },
    { .name = STR_INIT("Update"), .kind = MEMBER_STRUCTURE, .of = &transact_update },
};
static const struct members transact_write_item = { "TransactWriteItem",
                                                    transact_write_item_members,
                                                    sizeof transact_write_item_members /
                                                        sizeof *transact_write_item_members };

static const struct member request_transact_write_items_members[] = {
    { .name = STR_INIT("ClientRequestToken"),
      .kind = MEMBER_STRING,
      .bare = true,
      .min = 1,
      .max = 36 },
    { .name = STR_INIT("TransactItems"),
      .kind = MEMBER_LIST,
      .required = true,
      .bare = true,
      .of = &transact_write_item,
      .min = 1,
      .max = 100 },
    { .name = STR_INIT("ReturnConsumedCapacity"),
      .kind = MEMBER_STRING,
      .values = return_consumed_capacity },
    { .name = STR_INIT("ReturnItemCollectionMetrics"),
      .kind = MEMBER_STRING,
      .values = return_item_collection_metrics },
};
const struct members request_transact_write_items = {
    "TransactWriteItemsInput", request_transact_write_items_members,
    sizeof request_transact_write_items_members / sizeof *request_transact_write_items_members
};
