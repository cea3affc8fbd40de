/* DynamoDB: the operations that are served. A read runs on a snapshot, on the thread that took the
 * call; a write is a transaction of the shard. Their requests are checked by members.h. */
#include "services/dynamodb/housekeeping.h"
#include "services/dynamodb/operations.h"
#include "services/service.h"
#include "services/shape.h"

static const struct shape any_shape = { .name = "Request" };

static const struct operation operations[] = {
    { .name = STR_INIT("BatchGetItem"), .input = &any_shape, .read = handle_batch_get_item },
    { .name = STR_INIT("BatchWriteItem"), .input = &any_shape, .write = handle_batch_write_item },
    { .name = STR_INIT("CreateTable"), .input = &any_shape, .write = handle_create_table },
    { .name = STR_INIT("DeleteItem"), .input = &any_shape, .write = handle_delete_item },
    { .name = STR_INIT("DeleteTable"), .input = &any_shape, .write = handle_delete_table },
    { .name = STR_INIT("DescribeContinuousBackups"),
      .input = &any_shape,
      .read = handle_describe_continuous_backups },
    { .name = STR_INIT("DescribeEndpoints"),
      .input = &any_shape,
      .read = handle_describe_endpoints },
    { .name = STR_INIT("DescribeLimits"), .input = &any_shape, .read = handle_describe_limits },
    { .name = STR_INIT("DescribeTable"), .input = &any_shape, .read = handle_describe_table },
    { .name = STR_INIT("DescribeTimeToLive"),
      .input = &any_shape,
      .read = handle_describe_time_to_live },
    { .name = STR_INIT("GetItem"), .input = &any_shape, .read = handle_get_item },
    { .name = STR_INIT("ListTables"), .input = &any_shape, .read = handle_list_tables },
    { .name = STR_INIT("ListTagsOfResource"),
      .input = &any_shape,
      .read = handle_list_tags_of_table },
    { .name = STR_INIT("PutItem"), .input = &any_shape, .write = handle_put_item },
    { .name = STR_INIT("Query"), .input = &any_shape, .read = handle_query },
    { .name = STR_INIT("Scan"), .input = &any_shape, .read = handle_scan },
    { .name = STR_INIT("TagResource"), .input = &any_shape, .write = handle_tag_table },
    { .name = STR_INIT("TransactGetItems"),
      .input = &any_shape,
      .read = handle_transact_get_items },
    { .name = STR_INIT("TransactWriteItems"),
      .input = &any_shape,
      .write = handle_transact_write_items },
    { .name = STR_INIT("UntagResource"), .input = &any_shape, .write = handle_untag_table },
    { .name = STR_INIT("UpdateItem"), .input = &any_shape, .write = handle_update_item },
    { .name = STR_INIT("UpdateTable"), .input = &any_shape, .write = handle_update_table },
    { .name = STR_INIT("UpdateTimeToLive"),
      .input = &any_shape,
      .write = handle_update_time_to_live },
};

const struct service dynamodb_service = {
    .name = STR_INIT("dynamodb"),
    .sdk_name = STR_INIT("dynamodb"),
    .exception = STR_INIT("DynamoDb"),
    .target_prefix = STR_INIT("DynamoDB_20120810"),
    .json_version = STR_INIT("1.0"),
    .error_prefix = STR_INIT("com.amazonaws.dynamodb.v20120810#"),
    .operations = operations,
    .operation_count = sizeof operations / sizeof *operations,
    .start = housekeeping_start,
};
