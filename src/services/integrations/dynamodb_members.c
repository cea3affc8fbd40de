/* The members of DynamoDB's operations, for aws-sdk:dynamodb. Its shapes do not have them, as the
 * service reads its parameters itself. Source: the service model (botocore). */
#include "services/integrations/call.h"

static const struct {
    str operation, members; /* members with a space between them */
} operations[] = {
    { STR_INIT("BatchGetItem"), STR_INIT("RequestItems ReturnConsumedCapacity") },
    { STR_INIT("BatchWriteItem"),
      STR_INIT("RequestItems ReturnConsumedCapacity ReturnItemCollectionMetrics") },
    { STR_INIT("CreateTable"),
      STR_INIT("AttributeDefinitions TableName KeySchema LocalSecondaryIndexes "
               "GlobalSecondaryIndexes BillingMode ProvisionedThroughput "
               "StreamSpecification SSESpecification Tags TableClass "
               "DeletionProtectionEnabled WarmThroughput ResourcePolicy "
               "OnDemandThroughput GlobalTableSourceArn "
               "GlobalTableSettingsReplicationMode VectorIndexes") },
    { STR_INIT("DeleteItem"),
      STR_INIT("TableName Key Expected ConditionalOperator ReturnValues "
               "ReturnConsumedCapacity ReturnItemCollectionMetrics ConditionExpression "
               "ExpressionAttributeNames ExpressionAttributeValues "
               "ReturnValuesOnConditionCheckFailure") },
    { STR_INIT("DeleteTable"), STR_INIT("TableName") },
    { STR_INIT("DescribeContinuousBackups"), STR_INIT("TableName") },
    { STR_INIT("DescribeEndpoints"), STR_INIT("") },
    { STR_INIT("DescribeLimits"), STR_INIT("") },
    { STR_INIT("DescribeTable"), STR_INIT("TableName") },
    { STR_INIT("DescribeTimeToLive"), STR_INIT("TableName") },
    { STR_INIT("GetItem"),
      STR_INIT("TableName Key AttributesToGet ConsistentRead ReturnConsumedCapacity "
               "ProjectionExpression ExpressionAttributeNames") },
    { STR_INIT("ListTables"), STR_INIT("ExclusiveStartTableName Limit") },
    { STR_INIT("ListTagsOfResource"), STR_INIT("ResourceArn NextToken") },
    { STR_INIT("PutItem"),
      STR_INIT("TableName Item Expected ReturnValues ReturnConsumedCapacity "
               "ReturnItemCollectionMetrics ConditionalOperator ConditionExpression "
               "ExpressionAttributeNames ExpressionAttributeValues "
               "ReturnValuesOnConditionCheckFailure") },
    { STR_INIT("Query"),
      STR_INIT("TableName IndexName Select AttributesToGet Limit ConsistentRead "
               "KeyConditions QueryFilter ConditionalOperator ScanIndexForward "
               "ExclusiveStartKey ReturnConsumedCapacity ProjectionExpression "
               "FilterExpression KeyConditionExpression ExpressionAttributeNames "
               "ExpressionAttributeValues") },
    { STR_INIT("Scan"),
      STR_INIT("TableName IndexName AttributesToGet Limit Select ScanFilter "
               "ConditionalOperator ExclusiveStartKey ReturnConsumedCapacity "
               "TotalSegments Segment ProjectionExpression FilterExpression "
               "ExpressionAttributeNames ExpressionAttributeValues ConsistentRead") },
    { STR_INIT("TagResource"), STR_INIT("ResourceArn Tags") },
    { STR_INIT("TransactGetItems"), STR_INIT("TransactItems ReturnConsumedCapacity") },
    { STR_INIT("TransactWriteItems"),
      STR_INIT("TransactItems ReturnConsumedCapacity ReturnItemCollectionMetrics "
               "ClientRequestToken") },
    { STR_INIT("UntagResource"), STR_INIT("ResourceArn TagKeys") },
    { STR_INIT("UpdateItem"),
      STR_INIT("TableName Key AttributeUpdates Expected ConditionalOperator "
               "ReturnValues ReturnConsumedCapacity ReturnItemCollectionMetrics "
               "UpdateExpression ConditionExpression ExpressionAttributeNames "
               "ExpressionAttributeValues ReturnValuesOnConditionCheckFailure") },
    { STR_INIT("UpdateTable"),
      STR_INIT("AttributeDefinitions TableName BillingMode ProvisionedThroughput "
               "GlobalSecondaryIndexUpdates StreamSpecification SSESpecification "
               "ReplicaUpdates TableClass DeletionProtectionEnabled "
               "MultiRegionConsistency GlobalTableWitnessUpdates OnDemandThroughput "
               "WarmThroughput GlobalTableSettingsReplicationMode VectorIndexUpdates") },
    { STR_INIT("UpdateTimeToLive"), STR_INIT("TableName TimeToLiveSpecification") },
};

/* What the SDK spells otherwise. */
static const struct {
    str api, sdk;
} spellings[] = {
    { STR_INIT("SSESpecification"), STR_INIT("SseSpecification") },
    { STR_INIT("SSEType"), STR_INIT("SseType") },
    { STR_INIT("KMSMasterKeyId"), STR_INIT("KmsMasterKeyId") },
};

static bool has_word(str words, str word)
{
    for (size_t at = 0; at < words.len;) {
        size_t end = str_find_char(words, ' ', at);
        if (str_eq(str_slice(words, at, end), word)) return true;
        at = end + 1;
    }
    return false;
}

static str api_name(str name)
{
    for (size_t i = 0; i < sizeof spellings / sizeof *spellings; i++)
        if (str_eq(spellings[i].sdk, name)) return spellings[i].api;
    return name;
}

/* The members of SSESpecification; what else the SDK spells otherwise is of replicas, which Baton
 * does not have. */
static json respell(struct arena *arena, json object)
{
    struct json_fields fields;
    json_fields_init(&fields, arena);
    for (size_t i = 0; i < json_count(object); i++)
        json_fields_add(&fields, api_name(json_key_at(object, i)), json_value_at(object, i));
    return json_fields_done(&fields);
}

bool dynamodb_members(struct arena *arena, str operation, json given, json *out, str *why)
{
    str members = STR("");
    bool known = false;
    struct json_fields fields;
    for (size_t i = 0; i < sizeof operations / sizeof *operations; i++) {
        if (!str_eq(operations[i].operation, operation)) continue;
        members = operations[i].members;
        known = true;
    }
    json_fields_init(&fields, arena);
    for (size_t i = 0; i < json_count(given); i++) {
        str name = api_name(json_key_at(given, i));
        json value = json_value_at(given, i);
        if (known && !has_word(members, name)) {
            str shown = json_key_at(given, i);
            *why = arena_printf(arena, "The field \"%.*s\" is not supported by Step Functions",
                                STR_ARGS(shown));
            return false;
        }
        if (json_is_null(value)) continue;
        bool spelled = str_eq(name, STR("SSESpecification")) && json_is_object(value);
        json_fields_add(&fields, name, spelled ? respell(arena, value) : value);
    }
    *out = json_fields_done(&fields);
    return true;
}
