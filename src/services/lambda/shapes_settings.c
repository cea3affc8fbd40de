/* The fields of the operations on what belongs to functions: aliases, concurrency, asynchronous
 * invocation, permissions, tags, event source mappings. See shapes_functions.c. */
#include "services/lambda/shapes.h"

/* ---- values ---- */

static const char *const function_url_auth_type[] = { "NONE", "AWS_IAM", NULL };
static const char *const event_source_mapping_system_log_level[] = { "DEBUG", "INFO", "WARN",
                                                                     NULL };
static const char *const event_source_position[] = { "TRIM_HORIZON", "LATEST", "AT_TIMESTAMP",
                                                     NULL };
static const char *const function_response_type[] = { "ReportBatchItemFailures", NULL };

/* ---- structures and operations ---- */

static const struct shape_field alias_routing_configuration_fields[] = {
    { .name = STR_INIT("AdditionalVersionWeights"),
      .kind = SHAPE_MAP,
      .key_min = 1,
      .key_max = 1024,
      .key_pattern = &digits_pattern,
      .item_kind = SHAPE_NUMBER },
};
static const struct shape alias_routing_configuration = {
    .fields = alias_routing_configuration_fields,
    .field_count =
        sizeof alias_routing_configuration_fields / sizeof *alias_routing_configuration_fields,
    .name = "AliasRoutingConfiguration",
};

static const struct shape_field shape_create_alias_fields[] = {
    { .name = STR_INIT("FunctionName"),
      .kind = SHAPE_STRING,
      .required = true,
      .min = 1,
      .max = 140,
      .pattern = &function_name_pattern },
    { .name = STR_INIT("Name"),
      .kind = SHAPE_STRING,
      .required = true,
      .min = 1,
      .max = 128,
      .pattern = &alias_pattern },
    { .name = STR_INIT("FunctionVersion"),
      .kind = SHAPE_STRING,
      .required = true,
      .min = 1,
      .max = 1024,
      .pattern = &version_pattern },
    { .name = STR_INIT("Description"), .kind = SHAPE_STRING, .max = 256 },
    { .name = STR_INIT("RoutingConfig"),
      .kind = SHAPE_STRUCTURE,
      .shape = &alias_routing_configuration },
};
const struct shape shape_create_alias = {
    .fields = shape_create_alias_fields,
    .field_count = sizeof shape_create_alias_fields / sizeof *shape_create_alias_fields,
    .name = "CreateAlias",
};

static const struct shape_field shape_get_alias_fields[] = {
    { .name = STR_INIT("FunctionName"),
      .kind = SHAPE_STRING,
      .required = true,
      .min = 1,
      .max = 140,
      .pattern = &function_name_pattern },
    { .name = STR_INIT("Name"),
      .kind = SHAPE_STRING,
      .required = true,
      .min = 1,
      .max = 128,
      .pattern = &alias_pattern },
};
const struct shape shape_get_alias = {
    .fields = shape_get_alias_fields,
    .field_count = sizeof shape_get_alias_fields / sizeof *shape_get_alias_fields,
    .name = "GetAlias",
};

static const struct shape_field shape_list_aliases_fields[] = {
    { .name = STR_INIT("FunctionName"),
      .kind = SHAPE_STRING,
      .required = true,
      .min = 1,
      .max = 140,
      .pattern = &function_name_pattern },
    { .name = STR_INIT("FunctionVersion"),
      .kind = SHAPE_STRING,
      .min = 1,
      .max = 1024,
      .pattern = &version_pattern },
    { .name = STR_INIT("Marker"), .kind = SHAPE_STRING },
    { .name = STR_INIT("MaxItems"), .kind = SHAPE_INTEGER, .min = 1, .max = 10000 },
};
const struct shape shape_list_aliases = {
    .fields = shape_list_aliases_fields,
    .field_count = sizeof shape_list_aliases_fields / sizeof *shape_list_aliases_fields,
    .name = "ListAliases",
};

static const struct shape_field shape_update_alias_fields[] = {
    { .name = STR_INIT("FunctionName"),
      .kind = SHAPE_STRING,
      .required = true,
      .min = 1,
      .max = 140,
      .pattern = &function_name_pattern },
    { .name = STR_INIT("Name"),
      .kind = SHAPE_STRING,
      .required = true,
      .min = 1,
      .max = 128,
      .pattern = &alias_pattern },
    { .name = STR_INIT("FunctionVersion"),
      .kind = SHAPE_STRING,
      .min = 1,
      .max = 1024,
      .pattern = &version_pattern },
    { .name = STR_INIT("Description"), .kind = SHAPE_STRING, .max = 256 },
    { .name = STR_INIT("RoutingConfig"),
      .kind = SHAPE_STRUCTURE,
      .shape = &alias_routing_configuration },
    { .name = STR_INIT("RevisionId"), .kind = SHAPE_STRING },
};
const struct shape shape_update_alias = {
    .fields = shape_update_alias_fields,
    .field_count = sizeof shape_update_alias_fields / sizeof *shape_update_alias_fields,
    .name = "UpdateAlias",
};

static const struct shape_field shape_delete_alias_fields[] = {
    { .name = STR_INIT("FunctionName"),
      .kind = SHAPE_STRING,
      .required = true,
      .min = 1,
      .max = 140,
      .pattern = &function_name_pattern },
    { .name = STR_INIT("Name"),
      .kind = SHAPE_STRING,
      .required = true,
      .min = 1,
      .max = 128,
      .pattern = &alias_pattern },
};
const struct shape shape_delete_alias = {
    .fields = shape_delete_alias_fields,
    .field_count = sizeof shape_delete_alias_fields / sizeof *shape_delete_alias_fields,
    .name = "DeleteAlias",
};

static const struct shape_field shape_put_function_concurrency_fields[] = {
    { .name = STR_INIT("FunctionName"),
      .kind = SHAPE_STRING,
      .required = true,
      .min = 1,
      .max = 140,
      .pattern = &function_name_pattern },
    { .name = STR_INIT("ReservedConcurrentExecutions"),
      .kind = SHAPE_INTEGER,
      .required = true,
      .min = 0,
      .max = INT32_MAX },
};
const struct shape shape_put_function_concurrency = {
    .fields = shape_put_function_concurrency_fields,
    .field_count = sizeof shape_put_function_concurrency_fields /
                   sizeof *shape_put_function_concurrency_fields,
    .name = "PutFunctionConcurrency",
};

static const struct shape_field shape_get_function_concurrency_fields[] = {
    { .name = STR_INIT("FunctionName"),
      .kind = SHAPE_STRING,
      .required = true,
      .min = 1,
      .max = 140,
      .pattern = &function_name_pattern },
};
const struct shape shape_get_function_concurrency = {
    .fields = shape_get_function_concurrency_fields,
    .field_count = sizeof shape_get_function_concurrency_fields /
                   sizeof *shape_get_function_concurrency_fields,
    .name = "GetFunctionConcurrency",
};

static const struct shape_field shape_delete_function_concurrency_fields[] = {
    { .name = STR_INIT("FunctionName"),
      .kind = SHAPE_STRING,
      .required = true,
      .min = 1,
      .max = 140,
      .pattern = &function_name_pattern },
};
const struct shape shape_delete_function_concurrency = {
    .fields = shape_delete_function_concurrency_fields,
    .field_count = sizeof shape_delete_function_concurrency_fields /
                   sizeof *shape_delete_function_concurrency_fields,
    .name = "DeleteFunctionConcurrency",
};

static const struct shape_field on_success_fields[] = {
    { .name = STR_INIT("Destination"),
      .kind = SHAPE_STRING,
      .max = 350,
      .pattern = &destination_pattern },
};
static const struct shape on_success = {
    .fields = on_success_fields,
    .field_count = sizeof on_success_fields / sizeof *on_success_fields,
    .name = "OnSuccess",
};

static const struct shape_field on_failure_fields[] = {
    { .name = STR_INIT("Destination"),
      .kind = SHAPE_STRING,
      .max = 350,
      .pattern = &destination_pattern },
};
static const struct shape on_failure = {
    .fields = on_failure_fields,
    .field_count = sizeof on_failure_fields / sizeof *on_failure_fields,
    .name = "OnFailure",
};

static const struct shape_field destination_config_fields[] = {
    { .name = STR_INIT("OnSuccess"), .kind = SHAPE_STRUCTURE, .shape = &on_success },
    { .name = STR_INIT("OnFailure"), .kind = SHAPE_STRUCTURE, .shape = &on_failure },
};
static const struct shape destination_config = {
    .fields = destination_config_fields,
    .field_count = sizeof destination_config_fields / sizeof *destination_config_fields,
    .name = "DestinationConfig",
};

static const struct shape_field shape_put_function_event_invoke_config_fields[] = {
    { .name = STR_INIT("FunctionName"),
      .kind = SHAPE_STRING,
      .required = true,
      .min = 1,
      .max = 256,
      .pattern = &namespaced_name_pattern },
    { .name = STR_INIT("Qualifier"),
      .kind = SHAPE_STRING,
      .min = 1,
      .max = 128,
      .pattern = &qualifier_pattern },
    { .name = STR_INIT("MaximumRetryAttempts"), .kind = SHAPE_INTEGER, .min = 0, .max = 2 },
    { .name = STR_INIT("MaximumEventAgeInSeconds"),
      .kind = SHAPE_INTEGER,
      .min = 60,
      .max = 21600 },
    { .name = STR_INIT("DestinationConfig"),
      .kind = SHAPE_STRUCTURE,
      .shape = &destination_config },
};
const struct shape shape_put_function_event_invoke_config = {
    .fields = shape_put_function_event_invoke_config_fields,
    .field_count = sizeof shape_put_function_event_invoke_config_fields /
                   sizeof *shape_put_function_event_invoke_config_fields,
    .name = "PutFunctionEventInvokeConfig",
};

static const struct shape_field shape_update_function_event_invoke_config_fields[] = {
    { .name = STR_INIT("FunctionName"),
      .kind = SHAPE_STRING,
      .required = true,
      .min = 1,
      .max = 256,
      .pattern = &namespaced_name_pattern },
    { .name = STR_INIT("Qualifier"),
      .kind = SHAPE_STRING,
      .min = 1,
      .max = 128,
      .pattern = &qualifier_pattern },
    { .name = STR_INIT("MaximumRetryAttempts"), .kind = SHAPE_INTEGER, .min = 0, .max = 2 },
    { .name = STR_INIT("MaximumEventAgeInSeconds"),
      .kind = SHAPE_INTEGER,
      .min = 60,
      .max = 21600 },
    { .name = STR_INIT("DestinationConfig"),
      .kind = SHAPE_STRUCTURE,
      .shape = &destination_config },
};
const struct shape shape_update_function_event_invoke_config = {
    .fields = shape_update_function_event_invoke_config_fields,
    .field_count = sizeof shape_update_function_event_invoke_config_fields /
                   sizeof *shape_update_function_event_invoke_config_fields,
    .name = "UpdateFunctionEventInvokeConfig",
};

static const struct shape_field shape_get_function_event_invoke_config_fields[] = {
    { .name = STR_INIT("FunctionName"),
      .kind = SHAPE_STRING,
      .required = true,
      .min = 1,
      .max = 256,
      .pattern = &namespaced_name_pattern },
    { .name = STR_INIT("Qualifier"),
      .kind = SHAPE_STRING,
      .min = 1,
      .max = 128,
      .pattern = &qualifier_pattern },
};
const struct shape shape_get_function_event_invoke_config = {
    .fields = shape_get_function_event_invoke_config_fields,
    .field_count = sizeof shape_get_function_event_invoke_config_fields /
                   sizeof *shape_get_function_event_invoke_config_fields,
    .name = "GetFunctionEventInvokeConfig",
};

static const struct shape_field shape_delete_function_event_invoke_config_fields[] = {
    { .name = STR_INIT("FunctionName"),
      .kind = SHAPE_STRING,
      .required = true,
      .min = 1,
      .max = 256,
      .pattern = &namespaced_name_pattern },
    { .name = STR_INIT("Qualifier"),
      .kind = SHAPE_STRING,
      .min = 1,
      .max = 128,
      .pattern = &qualifier_pattern },
};
const struct shape shape_delete_function_event_invoke_config = {
    .fields = shape_delete_function_event_invoke_config_fields,
    .field_count = sizeof shape_delete_function_event_invoke_config_fields /
                   sizeof *shape_delete_function_event_invoke_config_fields,
    .name = "DeleteFunctionEventInvokeConfig",
};

static const struct shape_field shape_list_function_event_invoke_configs_fields[] = {
    { .name = STR_INIT("FunctionName"),
      .kind = SHAPE_STRING,
      .required = true,
      .min = 1,
      .max = 256,
      .pattern = &namespaced_name_pattern },
    { .name = STR_INIT("Marker"), .kind = SHAPE_STRING },
    { .name = STR_INIT("MaxItems"), .kind = SHAPE_INTEGER, .min = 1, .max = 50 },
};
const struct shape shape_list_function_event_invoke_configs = {
    .fields = shape_list_function_event_invoke_configs_fields,
    .field_count = sizeof shape_list_function_event_invoke_configs_fields /
                   sizeof *shape_list_function_event_invoke_configs_fields,
    .name = "ListFunctionEventInvokeConfigs",
};

static const struct shape_field shape_add_permission_fields[] = {
    { .name = STR_INIT("FunctionName"),
      .kind = SHAPE_STRING,
      .required = true,
      .min = 1,
      .max = 256,
      .pattern = &namespaced_name_pattern },
    { .name = STR_INIT("StatementId"),
      .kind = SHAPE_STRING,
      .required = true,
      .min = 1,
      .max = 100,
      .pattern = &statement_id_pattern },
    { .name = STR_INIT("Action"),
      .kind = SHAPE_STRING,
      .required = true,
      .max = 10000,
      .pattern = &action_pattern },
    { .name = STR_INIT("Principal"),
      .kind = SHAPE_STRING,
      .required = true,
      .max = 2048,
      .pattern = &no_space_pattern },
    { .name = STR_INIT("SourceArn"), .kind = SHAPE_STRING, .max = 10000, .pattern = &arn_pattern },
    { .name = STR_INIT("FunctionUrlAuthType"),
      .kind = SHAPE_STRING,
      .values = function_url_auth_type },
    { .name = STR_INIT("InvokedViaFunctionUrl"), .kind = SHAPE_BOOLEAN },
    { .name = STR_INIT("SourceAccount"),
      .kind = SHAPE_STRING,
      .max = 12,
      .pattern = &account_pattern },
    { .name = STR_INIT("EventSourceToken"),
      .kind = SHAPE_STRING,
      .max = 256,
      .pattern = &token_pattern },
    { .name = STR_INIT("Qualifier"),
      .kind = SHAPE_STRING,
      .min = 1,
      .max = 128,
      .pattern = &qualifier_pattern },
    { .name = STR_INIT("RevisionId"), .kind = SHAPE_STRING },
    { .name = STR_INIT("PrincipalOrgID"),
      .kind = SHAPE_STRING,
      .min = 12,
      .max = 34,
      .pattern = &organization_pattern },
};
const struct shape shape_add_permission = {
    .fields = shape_add_permission_fields,
    .field_count = sizeof shape_add_permission_fields / sizeof *shape_add_permission_fields,
    .name = "AddPermission",
};

static const struct shape_field shape_remove_permission_fields[] = {
    { .name = STR_INIT("FunctionName"),
      .kind = SHAPE_STRING,
      .required = true,
      .min = 1,
      .max = 256,
      .pattern = &namespaced_name_pattern },
    { .name = STR_INIT("StatementId"),
      .kind = SHAPE_STRING,
      .required = true,
      .min = 1,
      .max = 100,
      .pattern = &namespaced_statement_id_pattern },
    { .name = STR_INIT("Qualifier"),
      .kind = SHAPE_STRING,
      .min = 1,
      .max = 128,
      .pattern = &qualifier_pattern },
    { .name = STR_INIT("RevisionId"), .kind = SHAPE_STRING },
};
const struct shape shape_remove_permission = {
    .fields = shape_remove_permission_fields,
    .field_count = sizeof shape_remove_permission_fields / sizeof *shape_remove_permission_fields,
    .name = "RemovePermission",
};

static const struct shape_field shape_get_policy_fields[] = {
    { .name = STR_INIT("FunctionName"),
      .kind = SHAPE_STRING,
      .required = true,
      .min = 1,
      .max = 256,
      .pattern = &namespaced_name_pattern },
    { .name = STR_INIT("Qualifier"),
      .kind = SHAPE_STRING,
      .min = 1,
      .max = 128,
      .pattern = &qualifier_pattern },
};
const struct shape shape_get_policy = {
    .fields = shape_get_policy_fields,
    .field_count = sizeof shape_get_policy_fields / sizeof *shape_get_policy_fields,
    .name = "GetPolicy",
};

static const struct shape_field shape_tag_resource_fields[] = {
    { .name = STR_INIT("Resource"),
      .kind = SHAPE_STRING,
      .required = true,
      .min = 1,
      .max = 10000,
      .pattern = &taggable_pattern },
    { .name = STR_INIT("Tags"),
      .kind = SHAPE_MAP,
      .required = true,
      .key_min = 1,
      .key_max = 128,
      .item_kind = SHAPE_STRING,
      .item_max = 256 },
};
const struct shape shape_lambda_tag_resource = {
    .fields = shape_tag_resource_fields,
    .field_count = sizeof shape_tag_resource_fields / sizeof *shape_tag_resource_fields,
    .name = "TagResource",
};

static const struct shape_field shape_untag_resource_fields[] = {
    { .name = STR_INIT("Resource"),
      .kind = SHAPE_STRING,
      .required = true,
      .min = 1,
      .max = 10000,
      .pattern = &taggable_pattern },
    { .name = STR_INIT("TagKeys"),
      .kind = SHAPE_LIST,
      .required = true,
      .item_kind = SHAPE_STRING,
      .item_min = 1,
      .item_max = 128 },
};
const struct shape shape_lambda_untag_resource = {
    .fields = shape_untag_resource_fields,
    .field_count = sizeof shape_untag_resource_fields / sizeof *shape_untag_resource_fields,
    .name = "UntagResource",
};

static const struct shape_field shape_list_tags_fields[] = {
    { .name = STR_INIT("Resource"),
      .kind = SHAPE_STRING,
      .required = true,
      .min = 1,
      .max = 10000,
      .pattern = &taggable_pattern },
};
const struct shape shape_list_tags = {
    .fields = shape_list_tags_fields,
    .field_count = sizeof shape_list_tags_fields / sizeof *shape_list_tags_fields,
    .name = "ListTags",
};

static const struct shape_field filter_fields[] = {
    { .name = STR_INIT("Pattern"), .kind = SHAPE_STRING, .max = 4096 },
};
static const struct shape filter = {
    .fields = filter_fields,
    .field_count = sizeof filter_fields / sizeof *filter_fields,
    .name = "Filter",
};

static const struct shape_field filter_criteria_fields[] = {
    { .name = STR_INIT("Filters"),
      .kind = SHAPE_LIST,
      .shape = &filter,
      .item_kind = SHAPE_STRUCTURE },
};
static const struct shape filter_criteria = {
    .fields = filter_criteria_fields,
    .field_count = sizeof filter_criteria_fields / sizeof *filter_criteria_fields,
    .name = "FilterCriteria",
};

static const struct shape_field event_source_mapping_logging_config_fields[] = {
    { .name = STR_INIT("SystemLogLevel"),
      .kind = SHAPE_STRING,
      .values = event_source_mapping_system_log_level },
};
static const struct shape event_source_mapping_logging_config = {
    .fields = event_source_mapping_logging_config_fields,
    .field_count = sizeof event_source_mapping_logging_config_fields /
                   sizeof *event_source_mapping_logging_config_fields,
    .name = "EventSourceMappingLoggingConfig",
};

static const struct shape_field scaling_config_fields[] = {
    { .name = STR_INIT("MaximumConcurrency"), .kind = SHAPE_INTEGER, .min = 2, .max = 1000 },
};
static const struct shape scaling_config = {
    .fields = scaling_config_fields,
    .field_count = sizeof scaling_config_fields / sizeof *scaling_config_fields,
    .name = "ScalingConfig",
};

static const struct shape_field shape_create_event_source_mapping_fields[] = {
    { .name = STR_INIT("EventSourceArn"),
      .kind = SHAPE_STRING,
      .max = 10000,
      .pattern = &arn_pattern },
    { .name = STR_INIT("FunctionName"),
      .kind = SHAPE_STRING,
      .required = true,
      .min = 1,
      .max = 256,
      .pattern = &namespaced_name_pattern },
    { .name = STR_INIT("Enabled"), .kind = SHAPE_BOOLEAN },
    { .name = STR_INIT("BatchSize"), .kind = SHAPE_INTEGER, .min = 1, .max = 10000 },
    { .name = STR_INIT("FilterCriteria"), .kind = SHAPE_STRUCTURE, .shape = &filter_criteria },
    { .name = STR_INIT("KMSKeyArn"),
      .kind = SHAPE_STRING,
      .max = 10000,
      .pattern = &resource_arn_pattern },
    { .name = STR_INIT("LoggingConfig"),
      .kind = SHAPE_STRUCTURE,
      .shape = &event_source_mapping_logging_config },
    { .name = STR_INIT("ScalingConfig"), .kind = SHAPE_STRUCTURE, .shape = &scaling_config },
    { .name = STR_INIT("MaximumBatchingWindowInSeconds"),
      .kind = SHAPE_INTEGER,
      .min = 0,
      .max = 300 },
    { .name = STR_INIT("ParallelizationFactor"), .kind = SHAPE_INTEGER, .min = 1, .max = 10 },
    { .name = STR_INIT("StartingPosition"), .kind = SHAPE_STRING, .values = event_source_position },
    { .name = STR_INIT("DestinationConfig"),
      .kind = SHAPE_STRUCTURE,
      .shape = &destination_config },
    { .name = STR_INIT("MaximumRecordAgeInSeconds"),
      .kind = SHAPE_INTEGER,
      .min = -1,
      .max = 604800 },
    { .name = STR_INIT("BisectBatchOnFunctionError"), .kind = SHAPE_BOOLEAN },
    { .name = STR_INIT("MaximumRetryAttempts"), .kind = SHAPE_INTEGER, .min = -1, .max = 10000 },
    { .name = STR_INIT("Tags"),
      .kind = SHAPE_MAP,
      .key_min = 1,
      .key_max = 128,
      .item_kind = SHAPE_STRING,
      .item_max = 256 },
    { .name = STR_INIT("TumblingWindowInSeconds"), .kind = SHAPE_INTEGER, .min = 0, .max = 900 },
    { .name = STR_INIT("FunctionResponseTypes"),
      .kind = SHAPE_LIST,
      .max = 1,
      .item_kind = SHAPE_STRING,
      .values = function_response_type },
};
const struct shape shape_create_event_source_mapping = {
    .fields = shape_create_event_source_mapping_fields,
    .field_count = sizeof shape_create_event_source_mapping_fields /
                   sizeof *shape_create_event_source_mapping_fields,
    .name = "CreateEventSourceMapping",
};

static const struct shape_field shape_get_event_source_mapping_fields[] = {
    { .name = STR_INIT("UUID"), .kind = SHAPE_STRING, .required = true, .min = 36, .max = 36 },
};
const struct shape shape_get_event_source_mapping = {
    .fields = shape_get_event_source_mapping_fields,
    .field_count = sizeof shape_get_event_source_mapping_fields /
                   sizeof *shape_get_event_source_mapping_fields,
    .name = "GetEventSourceMapping",
};

static const struct shape_field shape_list_event_source_mappings_fields[] = {
    { .name = STR_INIT("EventSourceArn"),
      .kind = SHAPE_STRING,
      .max = 10000,
      .pattern = &arn_pattern },
    { .name = STR_INIT("FunctionName"),
      .kind = SHAPE_STRING,
      .min = 1,
      .max = 256,
      .pattern = &namespaced_name_pattern },
    { .name = STR_INIT("Marker"), .kind = SHAPE_STRING },
    { .name = STR_INIT("MaxItems"), .kind = SHAPE_INTEGER, .min = 1, .max = 10000 },
};
const struct shape shape_list_event_source_mappings = {
    .fields = shape_list_event_source_mappings_fields,
    .field_count = sizeof shape_list_event_source_mappings_fields /
                   sizeof *shape_list_event_source_mappings_fields,
    .name = "ListEventSourceMappings",
};

static const struct shape_field shape_update_event_source_mapping_fields[] = {
    { .name = STR_INIT("UUID"), .kind = SHAPE_STRING, .required = true, .min = 36, .max = 36 },
    { .name = STR_INIT("FunctionName"),
      .kind = SHAPE_STRING,
      .min = 1,
      .max = 256,
      .pattern = &namespaced_name_pattern },
    { .name = STR_INIT("Enabled"), .kind = SHAPE_BOOLEAN },
    { .name = STR_INIT("BatchSize"), .kind = SHAPE_INTEGER, .min = 1, .max = 10000 },
    { .name = STR_INIT("FilterCriteria"), .kind = SHAPE_STRUCTURE, .shape = &filter_criteria },
    { .name = STR_INIT("KMSKeyArn"),
      .kind = SHAPE_STRING,
      .max = 10000,
      .pattern = &resource_arn_pattern },
    { .name = STR_INIT("LoggingConfig"),
      .kind = SHAPE_STRUCTURE,
      .shape = &event_source_mapping_logging_config },
    { .name = STR_INIT("ScalingConfig"), .kind = SHAPE_STRUCTURE, .shape = &scaling_config },
    { .name = STR_INIT("MaximumBatchingWindowInSeconds"),
      .kind = SHAPE_INTEGER,
      .min = 0,
      .max = 300 },
    { .name = STR_INIT("ParallelizationFactor"), .kind = SHAPE_INTEGER, .min = 1, .max = 10 },
    { .name = STR_INIT("DestinationConfig"),
      .kind = SHAPE_STRUCTURE,
      .shape = &destination_config },
    { .name = STR_INIT("MaximumRecordAgeInSeconds"),
      .kind = SHAPE_INTEGER,
      .min = -1,
      .max = 604800 },
    { .name = STR_INIT("BisectBatchOnFunctionError"), .kind = SHAPE_BOOLEAN },
    { .name = STR_INIT("MaximumRetryAttempts"), .kind = SHAPE_INTEGER, .min = -1, .max = 10000 },
    { .name = STR_INIT("TumblingWindowInSeconds"), .kind = SHAPE_INTEGER, .min = 0, .max = 900 },
    { .name = STR_INIT("FunctionResponseTypes"),
      .kind = SHAPE_LIST,
      .max = 1,
      .item_kind = SHAPE_STRING,
      .values = function_response_type },
};
const struct shape shape_update_event_source_mapping = {
    .fields = shape_update_event_source_mapping_fields,
    .field_count = sizeof shape_update_event_source_mapping_fields /
                   sizeof *shape_update_event_source_mapping_fields,
    .name = "UpdateEventSourceMapping",
};

static const struct shape_field shape_delete_event_source_mapping_fields[] = {
    { .name = STR_INIT("UUID"), .kind = SHAPE_STRING, .required = true, .min = 36, .max = 36 },
};
const struct shape shape_delete_event_source_mapping = {
    .fields = shape_delete_event_source_mapping_fields,
    .field_count = sizeof shape_delete_event_source_mapping_fields /
                   sizeof *shape_delete_event_source_mapping_fields,
    .name = "DeleteEventSourceMapping",
};

const struct shape shape_get_account_settings = { .name = "GetAccountSettings" };
