/* The members of the operations on tables, from the service model (dynamodb/2012-08-10); the orders
 * of members and of enum values are those of recorded errors. */
#include "services/dynamodb/requests.h"

static const char *const attribute_type[] = { "B", "N", "S", NULL };
static const char *const key_type[] = { "HASH", "RANGE", NULL };
static const char *const billing_mode[] = { "PROVISIONED", "PAY_PER_REQUEST", NULL };
static const char *const projection_type[] = { "ALL", "INCLUDE", "KEYS_ONLY", NULL };
static const char *const stream_view_type[] = { "NEW_IMAGE", "OLD_IMAGE", "NEW_AND_OLD_IMAGES",
                                                "KEYS_ONLY", NULL };
static const char *const sse_type[] = { "AES256", "KMS", NULL };

static const struct member attribute_definition_members[] = {
    { .name = STR_INIT("AttributeName"),
      .kind = MEMBER_STRING,
      .required = true,
      .min = 1,
      .max = 255 },
    { .name = STR_INIT("AttributeType"),
      .kind = MEMBER_STRING,
      .required = true,
      .values = attribute_type },
};
static const struct members attribute_definition = { "AttributeDefinition",
                                                     attribute_definition_members,
                                                     sizeof attribute_definition_members /
                                                         sizeof *attribute_definition_members };

static const struct member throughput_members[] = {
    { .name = STR_INIT("WriteCapacityUnits"), .kind = MEMBER_INTEGER, .required = true, .min = 1 },
    { .name = STR_INIT("ReadCapacityUnits"), .kind = MEMBER_INTEGER, .required = true, .min = 1 },
};
static const struct members throughput = { "ProvisionedThroughput", throughput_members,
                                           sizeof throughput_members / sizeof *throughput_members };

static const struct member on_demand_throughput_members[] = {
    { .name = STR_INIT("MaxReadRequestUnits"), .kind = MEMBER_INTEGER, .min = INT64_MIN },
    { .name = STR_INIT("MaxWriteRequestUnits"), .kind = MEMBER_INTEGER, .min = INT64_MIN },
};
static const struct members on_demand_throughput = { "OnDemandThroughput",
                                                     on_demand_throughput_members,
                                                     sizeof on_demand_throughput_members /
                                                         sizeof *on_demand_throughput_members };

static const struct member key_schema_element_members[] = {
    { .name = STR_INIT("AttributeName"),
      .kind = MEMBER_STRING,
      .required = true,
      .min = 1,
      .max = 255 },
    { .name = STR_INIT("KeyType"), .kind = MEMBER_STRING, .required = true, .values = key_type },
};
static const struct members key_schema_element = { "KeySchemaElement", key_schema_element_members,
                                                   sizeof key_schema_element_members /
                                                       sizeof *key_schema_element_members };

static const struct member projection_members[] = {
    { .name = STR_INIT("ProjectionType"), .kind = MEMBER_STRING, .values = projection_type },
    { .name = STR_INIT("NonKeyAttributes"),
      .kind = MEMBER_LIST,
      .item = MEMBER_STRING,
      .min = 1,
      .max = 20,
      .item_min = 1,
      .item_max = 255 },
};
static const struct members projection = { "Projection", projection_members,
                                           sizeof projection_members / sizeof *projection_members };

static const struct member local_index_members[] = {
    { .name = STR_INIT("Projection"),
      .kind = MEMBER_STRUCTURE,
      .required = true,
      .of = &projection },
    { .name = STR_INIT("IndexName"), .kind = MEMBER_NAME, .required = true, .min = 3, .max = 255 },
    { .name = STR_INIT("KeySchema"),
      .kind = MEMBER_LIST,
      .required = true,
      .of = &key_schema_element,
      .min = 1,
      .max = 2 },
};
static const struct members local_index = { "LocalSecondaryIndex", local_index_members,
                                            sizeof local_index_members /
                                                sizeof *local_index_members };

static const struct member global_index_members[] = {
    { .name = STR_INIT("Projection"),
      .kind = MEMBER_STRUCTURE,
      .required = true,
      .of = &projection },
    { .name = STR_INIT("IndexName"), .kind = MEMBER_NAME, .required = true, .min = 3, .max = 255 },
    { .name = STR_INIT("ProvisionedThroughput"), .kind = MEMBER_STRUCTURE, .of = &throughput },
    { .name = STR_INIT("KeySchema"),
      .kind = MEMBER_LIST,
      .required = true,
      .of = &key_schema_element,
      .min = 1,
      .max = 2 },
    { .name = STR_INIT("OnDemandThroughput"),
      .kind = MEMBER_STRUCTURE,
      .of = &on_demand_throughput },
};
static const struct members global_index = { "GlobalSecondaryIndex", global_index_members,
                                             sizeof global_index_members /
                                                 sizeof *global_index_members };

static const struct member stream_members[] = {
    { .name = STR_INIT("StreamEnabled"), .kind = MEMBER_BOOLEAN, .required = true },
    { .name = STR_INIT("StreamViewType"), .kind = MEMBER_STRING, .values = stream_view_type },
};
static const struct members stream = { "StreamSpecification", stream_members,
                                       sizeof stream_members / sizeof *stream_members };

static const struct member sse_members[] = {
    { .name = STR_INIT("Enabled"), .kind = MEMBER_BOOLEAN },
    { .name = STR_INIT("SSEType"), .kind = MEMBER_STRING, .values = sse_type },
    { .name = STR_INIT("KMSMasterKeyId"), .kind = MEMBER_STRING },
};
static const struct members sse = { "SSESpecification", sse_members,
                                    sizeof sse_members / sizeof *sse_members };

static const struct member tag_members[] = {
    { .name = STR_INIT("Key"), .kind = MEMBER_STRING, .required = true },
    { .name = STR_INIT("Value"), .kind = MEMBER_STRING, .required = true },
};
static const struct members tag = { "Tag", tag_members, sizeof tag_members / sizeof *tag_members };

static const struct member request_create_table_members[] = {
    { .name = STR_INIT("AttributeDefinitions"),
      .kind = MEMBER_LIST,
      .required = true,
      .of = &attribute_definition },
    { .name = STR_INIT("TableName"), .kind = MEMBER_NAME, .required = true, .min = 3, .max = 255 },
    { .name = STR_INIT("BillingMode"), .kind = MEMBER_STRING, .values = billing_mode },
    { .name = STR_INIT("ProvisionedThroughput"), .kind = MEMBER_STRUCTURE, .of = &throughput },
    { .name = STR_INIT("KeySchema"),
      .kind = MEMBER_LIST,
      .required = true,
      .of = &key_schema_element,
      .min = 1,
      .max = 2 },
    { .name = STR_INIT("GlobalSecondaryIndexes"), .kind = MEMBER_LIST, .of = &global_index },
    { .name = STR_INIT("LocalSecondaryIndexes"), .kind = MEMBER_LIST, .of = &local_index },
    { .name = STR_INIT("StreamSpecification"), .kind = MEMBER_STRUCTURE, .of = &stream },
    { .name = STR_INIT("SSESpecification"), .kind = MEMBER_STRUCTURE, .of = &sse },
    { .name = STR_INIT("Tags"), .kind = MEMBER_LIST, .of = &tag },
    { .name = STR_INIT("TableClass"), .kind = MEMBER_STRING },
    { .name = STR_INIT("DeletionProtectionEnabled"), .kind = MEMBER_BOOLEAN },
    { .name = STR_INIT("OnDemandThroughput"),
      .kind = MEMBER_STRUCTURE,
      .of = &on_demand_throughput },
};
const struct members request_create_table = { "CreateTableInput", request_create_table_members,
                                              sizeof request_create_table_members /
                                                  sizeof *request_create_table_members };

static const struct member global_index_update_members[] = {
    { .name = STR_INIT("IndexName"), .kind = MEMBER_NAME, .required = true, .min = 3, .max = 255 },
    { .name = STR_INIT("ProvisionedThroughput"), .kind = MEMBER_STRUCTURE, .of = &throughput },
    { .name = STR_INIT("OnDemandThroughput"),
      .kind = MEMBER_STRUCTURE,
      .of = &on_demand_throughput },
};
static const struct members global_index_update = { "UpdateGlobalSecondaryIndexAction",
                                                    global_index_update_members,
                                                    sizeof global_index_update_members /
                                                        sizeof *global_index_update_members };

static const struct member global_index_delete_members[] = {
    { .name = STR_INIT("IndexName"), .kind = MEMBER_NAME, .required = true, .min = 3, .max = 255 },
};
static const struct members global_index_delete = { "DeleteGlobalSecondaryIndexAction",
                                                    global_index_delete_members,
                                                    sizeof global_index_delete_members /
                                                        sizeof *global_index_delete_members };

static const struct members global_index_create = { "CreateGlobalSecondaryIndexAction",
                                                    global_index_members,
                                                    sizeof global_index_members /
                                                        sizeof *global_index_members };

static const struct member index_change_members[] = {
    { .name = STR_INIT("Update"), .kind = MEMBER_STRUCTURE, .of = &global_index_update },
    { .name = STR_INIT("Create"), .kind = MEMBER_STRUCTURE, .of = &global_index_create },
    { .name = STR_INIT("Delete"), .kind = MEMBER_STRUCTURE, .of = &global_index_delete },
};
static const struct members index_change = { "GlobalSecondaryIndexUpdate", index_change_members,
                                             sizeof index_change_members /
                                                 sizeof *index_change_members };

static const struct member request_update_table_members[] = {
    { .name = STR_INIT("TableName"), .kind = MEMBER_TABLE, .required = true },
    { .name = STR_INIT("BillingMode"), .kind = MEMBER_STRING, .values = billing_mode },
    { .name = STR_INIT("ProvisionedThroughput"), .kind = MEMBER_STRUCTURE, .of = &throughput },
    { .name = STR_INIT("AttributeDefinitions"), .kind = MEMBER_LIST, .of = &attribute_definition },
    { .name = STR_INIT("GlobalSecondaryIndexUpdates"), .kind = MEMBER_LIST, .of = &index_change },
    { .name = STR_INIT("StreamSpecification"), .kind = MEMBER_STRUCTURE, .of = &stream },
    { .name = STR_INIT("SSESpecification"), .kind = MEMBER_STRUCTURE, .of = &sse },
    { .name = STR_INIT("TableClass"), .kind = MEMBER_STRING },
    { .name = STR_INIT("DeletionProtectionEnabled"), .kind = MEMBER_BOOLEAN },
    { .name = STR_INIT("OnDemandThroughput"),
      .kind = MEMBER_STRUCTURE,
      .of = &on_demand_throughput },
};
const struct members request_update_table = { "UpdateTableInput", request_update_table_members,
                                              sizeof request_update_table_members /
                                                  sizeof *request_update_table_members };

static const struct member request_list_tables_members[] = {
    { .name = STR_INIT("Limit"), .kind = MEMBER_INTEGER, .min = 1, .max = 100 },
    { .name = STR_INIT("ExclusiveStartTableName"), .kind = MEMBER_NAME, .min = 3, .max = 255 },
};
const struct members request_list_tables = { "ListTablesInput", request_list_tables_members,
                                             sizeof request_list_tables_members /
                                                 sizeof *request_list_tables_members };

static const struct member request_table_members[] = {
    { .name = STR_INIT("TableName"), .kind = MEMBER_TABLE, .required = true },
};
const struct members request_table = { "DescribeTableInput", request_table_members,
                                       sizeof request_table_members /
                                           sizeof *request_table_members };

static const struct member request_resource_members[] = {
    { .name = STR_INIT("ResourceArn"),
      .kind = MEMBER_STRING,
      .required = true,
      .min = 1,
      .max = 1283 },
    { .name = STR_INIT("NextToken"), .kind = MEMBER_STRING },
};
const struct members request_resource = { "ListTagsOfResourceInput", request_resource_members,
                                          sizeof request_resource_members /
                                              sizeof *request_resource_members };

static const struct member request_tag_resource_members[] = {
    { .name = STR_INIT("ResourceArn"),
      .kind = MEMBER_STRING,
      .required = true,
      .min = 1,
      .max = 1283 },
    { .name = STR_INIT("Tags"), .kind = MEMBER_LIST, .required = true, .of = &tag },
};
const struct members request_tag_resource = { "TagResourceInput", request_tag_resource_members,
                                              sizeof request_tag_resource_members /
                                                  sizeof *request_tag_resource_members };

static const struct member request_untag_resource_members[] = {
    { .name = STR_INIT("ResourceArn"),
      .kind = MEMBER_STRING,
      .required = true,
      .min = 1,
      .max = 1283 },
    { .name = STR_INIT("TagKeys"), .kind = MEMBER_LIST, .required = true, .item = MEMBER_STRING },
};
const struct members request_untag_resource = { "UntagResourceInput",
                                                request_untag_resource_members,
                                                sizeof request_untag_resource_members /
                                                    sizeof *request_untag_resource_members };

static const struct member time_to_live_members[] = {
    { .name = STR_INIT("Enabled"), .kind = MEMBER_BOOLEAN, .required = true },
    { .name = STR_INIT("AttributeName"),
      .kind = MEMBER_STRING,
      .required = true,
      .min = 1,
      .max = 255 },
};
static const struct members time_to_live = { "TimeToLiveSpecification", time_to_live_members,
                                             sizeof time_to_live_members /
                                                 sizeof *time_to_live_members };

static const struct member request_update_time_to_live_members[] = {
    { .name = STR_INIT("TableName"), .kind = MEMBER_TABLE, .required = true },
    { .name = STR_INIT("TimeToLiveSpecification"),
      .kind = MEMBER_STRUCTURE,
      .required = true,
      .of = &time_to_live },
};
const struct members request_update_time_to_live = {
    "UpdateTimeToLiveInput", request_update_time_to_live_members,
    sizeof request_update_time_to_live_members / sizeof *request_update_time_to_live_members
};
