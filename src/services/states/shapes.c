/* The fields of every operation of the Step Functions API, from its service model (botocore's
 * stepfunctions/2016-11-23/service-2.json). The order of an enumeration's values is the one that
 * AWS prints where that is recorded. `input` and `output` have no length here: the limit is an
 * option (shard_payload_bytes_max), so the handlers check it. toleratedFailurePercentage is a float
 * in the model; the operation that has it is not served yet. */
#include "services/states/shapes.h"

/* ---- values ---- */

static const char *const encryption_type[] = { "AWS_OWNED_KEY", "CUSTOMER_MANAGED_KMS_KEY", NULL };
static const char *const state_machine_type[] = { "STANDARD", "EXPRESS", NULL };
static const char *const log_level[] = { "ALL", "ERROR", "FATAL", "OFF", NULL };
static const char *const included_data[] = { "ALL_DATA", "METADATA_ONLY", NULL };
static const char *const execution_status[] = { "SUCCEEDED", "TIMED_OUT", "PENDING_REDRIVE",
                                                "ABORTED",   "FAILED",    "RUNNING",
                                                NULL };
static const char *const execution_redrive_filter[] = { "REDRIVEN", "NOT_REDRIVEN", NULL };
static const char *const inspection_level[] = { "INFO", "DEBUG", "TRACE", NULL };
static const char *const mock_response_validation_mode[] = { "STRICT", "PRESENT", "NONE", NULL };
static const char *const validate_state_machine_definition_severity[] = { "ERROR", "WARNING",
                                                                          NULL };

/* ---- structures and operations ---- */

static const struct shape_field tag_fields[] = {
    { .name = STR_INIT("key"), .kind = SHAPE_STRING, .min = 1, .max = 128 },
    { .name = STR_INIT("value"), .kind = SHAPE_STRING, .max = 256 },
};
static const struct shape tag = {
    .fields = tag_fields,
    .field_count = sizeof tag_fields / sizeof *tag_fields,
    .name = "Tag",
};

static const struct shape_field encryption_configuration_fields[] = {
    { .name = STR_INIT("kmsKeyId"), .kind = SHAPE_STRING, .min = 1, .max = 2048 },
    { .name = STR_INIT("kmsDataKeyReusePeriodSeconds"),
      .kind = SHAPE_INTEGER,
      .min = 60,
      .max = 900 },
    { .name = STR_INIT("type"), .kind = SHAPE_STRING, .required = true, .values = encryption_type },
};
static const struct shape encryption_configuration = {
    .fields = encryption_configuration_fields,
    .field_count = sizeof encryption_configuration_fields / sizeof *encryption_configuration_fields,
    .name = "EncryptionConfiguration",
};

static const struct shape_field shape_create_activity_fields[] = {
    { .name = STR_INIT("name"), .kind = SHAPE_STRING, .required = true, .min = 1, .max = 80 },
    { .name = STR_INIT("tags"), .kind = SHAPE_LIST, .shape = &tag, .item_kind = SHAPE_STRUCTURE },
    { .name = STR_INIT("encryptionConfiguration"),
      .kind = SHAPE_STRUCTURE,
      .shape = &encryption_configuration },
};
const struct shape shape_create_activity = {
    .fields = shape_create_activity_fields,
    .field_count = sizeof shape_create_activity_fields / sizeof *shape_create_activity_fields,
    .name = "CreateActivity",
};

static const struct shape_field cloud_watch_logs_log_group_fields[] = {
    { .name = STR_INIT("logGroupArn"), .kind = SHAPE_STRING, .min = 1, .max = 256 },
};
static const struct shape cloud_watch_logs_log_group = {
    .fields = cloud_watch_logs_log_group_fields,
    .field_count =
        sizeof cloud_watch_logs_log_group_fields / sizeof *cloud_watch_logs_log_group_fields,
    .name = "CloudWatchLogsLogGroup",
};

static const struct shape_field log_destination_fields[] = {
    { .name = STR_INIT("cloudWatchLogsLogGroup"),
      .kind = SHAPE_STRUCTURE,
      .shape = &cloud_watch_logs_log_group },
};
static const struct shape log_destination = {
    .fields = log_destination_fields,
    .field_count = sizeof log_destination_fields / sizeof *log_destination_fields,
    .name = "LogDestination",
};

static const struct shape_field logging_configuration_fields[] = {
    { .name = STR_INIT("level"), .kind = SHAPE_STRING, .values = log_level },
    { .name = STR_INIT("includeExecutionData"), .kind = SHAPE_BOOLEAN },
    { .name = STR_INIT("destinations"),
      .kind = SHAPE_LIST,
      .shape = &log_destination,
      .item_kind = SHAPE_STRUCTURE },
};
static const struct shape logging_configuration = {
    .fields = logging_configuration_fields,
    .field_count = sizeof logging_configuration_fields / sizeof *logging_configuration_fields,
    .name = "LoggingConfiguration",
};

static const struct shape_field tracing_configuration_fields[] = {
    { .name = STR_INIT("enabled"), .kind = SHAPE_BOOLEAN },
};
static const struct shape tracing_configuration = {
    .fields = tracing_configuration_fields,
    .field_count = sizeof tracing_configuration_fields / sizeof *tracing_configuration_fields,
    .name = "TracingConfiguration",
};

static const struct shape_field shape_create_state_machine_fields[] = {
    { .name = STR_INIT("name"), .kind = SHAPE_STRING, .required = true, .min = 1, .max = 80 },
    { .name = STR_INIT("definition"),
      .kind = SHAPE_STRING,
      .required = true,
      .min = 1,
      .max = 1048576,
      .sensitive = true },
    { .name = STR_INIT("roleArn"), .kind = SHAPE_STRING, .required = true, .min = 1, .max = 256 },
    { .name = STR_INIT("type"), .kind = SHAPE_STRING, .values = state_machine_type },
    { .name = STR_INIT("loggingConfiguration"),
      .kind = SHAPE_STRUCTURE,
      .shape = &logging_configuration },
    { .name = STR_INIT("tags"), .kind = SHAPE_LIST, .shape = &tag, .item_kind = SHAPE_STRUCTURE },
    { .name = STR_INIT("tracingConfiguration"),
      .kind = SHAPE_STRUCTURE,
      .shape = &tracing_configuration },
    { .name = STR_INIT("publish"), .kind = SHAPE_BOOLEAN },
    { .name = STR_INIT("versionDescription"), .kind = SHAPE_STRING, .max = 256, .sensitive = true },
    { .name = STR_INIT("encryptionConfiguration"),
      .kind = SHAPE_STRUCTURE,
      .shape = &encryption_configuration },
};
const struct shape shape_create_state_machine = {
    .fields = shape_create_state_machine_fields,
    .field_count =
        sizeof shape_create_state_machine_fields / sizeof *shape_create_state_machine_fields,
    .name = "CreateStateMachine",
};

static const struct shape_field routing_configuration_list_item_fields[] = {
    { .name = STR_INIT("stateMachineVersionArn"),
      .kind = SHAPE_STRING,
      .required = true,
      .min = 1,
      .max = 256 },
    { .name = STR_INIT("weight"), .kind = SHAPE_INTEGER, .required = true, .max = 100 },
};
static const struct shape routing_configuration_list_item = {
    .fields = routing_configuration_list_item_fields,
    .field_count = sizeof routing_configuration_list_item_fields /
                   sizeof *routing_configuration_list_item_fields,
    .name = "RoutingConfigurationListItem",
};

static const struct shape_field shape_create_state_machine_alias_fields[] = {
    { .name = STR_INIT("description"), .kind = SHAPE_STRING, .max = 256, .sensitive = true },
    { .name = STR_INIT("name"),
      .kind = SHAPE_STRING,
      .required = true,
      .min = 1,
      .max = 80,
      .pattern = &alias_name_pattern },
    { .name = STR_INIT("routingConfiguration"),
      .kind = SHAPE_LIST,
      .required = true,
      .min = 1,
      .max = 2,
      .shape = &routing_configuration_list_item,
      .item_kind = SHAPE_STRUCTURE },
};
const struct shape shape_create_state_machine_alias = {
    .fields = shape_create_state_machine_alias_fields,
    .field_count = sizeof shape_create_state_machine_alias_fields /
                   sizeof *shape_create_state_machine_alias_fields,
    .name = "CreateStateMachineAlias",
};

static const struct shape_field shape_delete_activity_fields[] = {
    { .name = STR_INIT("activityArn"),
      .kind = SHAPE_STRING,
      .required = true,
      .min = 1,
      .max = 256 },
};
const struct shape shape_delete_activity = {
    .fields = shape_delete_activity_fields,
    .field_count = sizeof shape_delete_activity_fields / sizeof *shape_delete_activity_fields,
    .name = "DeleteActivity",
};

static const struct shape_field shape_delete_state_machine_fields[] = {
    { .name = STR_INIT("stateMachineArn"),
      .kind = SHAPE_STRING,
      .required = true,
      .min = 1,
      .max = 256 },
};
const struct shape shape_delete_state_machine = {
    .fields = shape_delete_state_machine_fields,
    .field_count =
        sizeof shape_delete_state_machine_fields / sizeof *shape_delete_state_machine_fields,
    .name = "DeleteStateMachine",
};

static const struct shape_field shape_delete_state_machine_alias_fields[] = {
    { .name = STR_INIT("stateMachineAliasArn"),
      .kind = SHAPE_STRING,
      .required = true,
      .min = 1,
      .max = 256 },
};
const struct shape shape_delete_state_machine_alias = {
    .fields = shape_delete_state_machine_alias_fields,
    .field_count = sizeof shape_delete_state_machine_alias_fields /
                   sizeof *shape_delete_state_machine_alias_fields,
    .name = "DeleteStateMachineAlias",
};

static const struct shape_field shape_delete_state_machine_version_fields[] = {
    { .name = STR_INIT("stateMachineVersionArn"),
      .kind = SHAPE_STRING,
      .required = true,
      .min = 1,
      .max = 2000 },
};
const struct shape shape_delete_state_machine_version = {
    .fields = shape_delete_state_machine_version_fields,
    .field_count = sizeof shape_delete_state_machine_version_fields /
                   sizeof *shape_delete_state_machine_version_fields,
    .name = "DeleteStateMachineVersion",
};

static const struct shape_field shape_describe_activity_fields[] = {
    { .name = STR_INIT("activityArn"),
      .kind = SHAPE_STRING,
      .required = true,
      .min = 1,
      .max = 256 },
};
const struct shape shape_describe_activity = {
    .fields = shape_describe_activity_fields,
    .field_count = sizeof shape_describe_activity_fields / sizeof *shape_describe_activity_fields,
    .name = "DescribeActivity",
};

static const struct shape_field shape_describe_execution_fields[] = {
    { .name = STR_INIT("executionArn"),
      .kind = SHAPE_STRING,
      .required = true,
      .min = 1,
      .max = 256 },
    { .name = STR_INIT("includedData"), .kind = SHAPE_STRING, .values = included_data },
};
const struct shape shape_describe_execution = {
    .fields = shape_describe_execution_fields,
    .field_count = sizeof shape_describe_execution_fields / sizeof *shape_describe_execution_fields,
    .name = "DescribeExecution",
};

static const struct shape_field shape_describe_map_run_fields[] = {
    { .name = STR_INIT("mapRunArn"),
      .kind = SHAPE_STRING,
      .required = true,
      .min = 1,
      .max = 2000 },
};
const struct shape shape_describe_map_run = {
    .fields = shape_describe_map_run_fields,
    .field_count = sizeof shape_describe_map_run_fields / sizeof *shape_describe_map_run_fields,
    .name = "DescribeMapRun",
};

static const struct shape_field shape_describe_state_machine_fields[] = {
    { .name = STR_INIT("stateMachineArn"),
      .kind = SHAPE_STRING,
      .required = true,
      .min = 1,
      .max = 256 },
    { .name = STR_INIT("includedData"), .kind = SHAPE_STRING, .values = included_data },
};
const struct shape shape_describe_state_machine = {
    .fields = shape_describe_state_machine_fields,
    .field_count =
        sizeof shape_describe_state_machine_fields / sizeof *shape_describe_state_machine_fields,
    .name = "DescribeStateMachine",
};

static const struct shape_field shape_describe_state_machine_alias_fields[] = {
    { .name = STR_INIT("stateMachineAliasArn"),
      .kind = SHAPE_STRING,
      .required = true,
      .min = 1,
      .max = 256 },
};
const struct shape shape_describe_state_machine_alias = {
    .fields = shape_describe_state_machine_alias_fields,
    .field_count = sizeof shape_describe_state_machine_alias_fields /
                   sizeof *shape_describe_state_machine_alias_fields,
    .name = "DescribeStateMachineAlias",
};

static const struct shape_field shape_describe_state_machine_for_execution_fields[] = {
    { .name = STR_INIT("executionArn"),
      .kind = SHAPE_STRING,
      .required = true,
      .min = 1,
      .max = 256 },
    { .name = STR_INIT("includedData"), .kind = SHAPE_STRING, .values = included_data },
};
const struct shape shape_describe_state_machine_for_execution = {
    .fields = shape_describe_state_machine_for_execution_fields,
    .field_count = sizeof shape_describe_state_machine_for_execution_fields /
                   sizeof *shape_describe_state_machine_for_execution_fields,
    .name = "DescribeStateMachineForExecution",
};

static const struct shape_field shape_get_activity_task_fields[] = {
    { .name = STR_INIT("activityArn"),
      .kind = SHAPE_STRING,
      .required = true,
      .min = 1,
      .max = 256 },
    { .name = STR_INIT("workerName"), .kind = SHAPE_STRING, .min = 1, .max = 80 },
};
const struct shape shape_get_activity_task = {
    .fields = shape_get_activity_task_fields,
    .field_count = sizeof shape_get_activity_task_fields / sizeof *shape_get_activity_task_fields,
    .name = "GetActivityTask",
};

static const struct shape_field shape_get_execution_history_fields[] = {
    { .name = STR_INIT("executionArn"),
      .kind = SHAPE_STRING,
      .required = true,
      .min = 1,
      .max = 256 },
    { .name = STR_INIT("maxResults"), .kind = SHAPE_INTEGER, .max = 1000 },
    { .name = STR_INIT("reverseOrder"), .kind = SHAPE_BOOLEAN },
    { .name = STR_INIT("nextToken"), .kind = SHAPE_STRING, .min = 1, .max = 1024 },
    { .name = STR_INIT("includeExecutionData"), .kind = SHAPE_BOOLEAN },
};
const struct shape shape_get_execution_history = {
    .fields = shape_get_execution_history_fields,
    .field_count =
        sizeof shape_get_execution_history_fields / sizeof *shape_get_execution_history_fields,
    .name = "GetExecutionHistory",
};

static const struct shape_field shape_list_activities_fields[] = {
    { .name = STR_INIT("maxResults"), .kind = SHAPE_INTEGER, .max = 1000 },
    { .name = STR_INIT("nextToken"), .kind = SHAPE_STRING, .min = 1, .max = 1024 },
};
const struct shape shape_list_activities = {
    .fields = shape_list_activities_fields,
    .field_count = sizeof shape_list_activities_fields / sizeof *shape_list_activities_fields,
    .name = "ListActivities",
};

static const struct shape_field shape_list_executions_fields[] = {
    { .name = STR_INIT("stateMachineArn"), .kind = SHAPE_STRING, .min = 1, .max = 256 },
    { .name = STR_INIT("statusFilter"), .kind = SHAPE_STRING, .values = execution_status },
    { .name = STR_INIT("maxResults"), .kind = SHAPE_INTEGER, .max = 1000 },
    { .name = STR_INIT("nextToken"), .kind = SHAPE_STRING, .min = 1, .max = 3096 },
    { .name = STR_INIT("mapRunArn"), .kind = SHAPE_STRING, .min = 1, .max = 2000 },
    { .name = STR_INIT("redriveFilter"), .kind = SHAPE_STRING, .values = execution_redrive_filter },
};
const struct shape shape_list_executions = {
    .fields = shape_list_executions_fields,
    .field_count = sizeof shape_list_executions_fields / sizeof *shape_list_executions_fields,
    .name = "ListExecutions",
};

static const struct shape_field shape_list_map_runs_fields[] = {
    { .name = STR_INIT("executionArn"),
      .kind = SHAPE_STRING,
      .required = true,
      .min = 1,
      .max = 256 },
    { .name = STR_INIT("maxResults"), .kind = SHAPE_INTEGER, .max = 1000 },
    { .name = STR_INIT("nextToken"), .kind = SHAPE_STRING, .min = 1, .max = 1024 },
};
const struct shape shape_list_map_runs = {
    .fields = shape_list_map_runs_fields,
    .field_count = sizeof shape_list_map_runs_fields / sizeof *shape_list_map_runs_fields,
    .name = "ListMapRuns",
};

static const struct shape_field shape_list_state_machine_aliases_fields[] = {
    { .name = STR_INIT("stateMachineArn"),
      .kind = SHAPE_STRING,
      .required = true,
      .min = 1,
      .max = 256 },
    { .name = STR_INIT("nextToken"), .kind = SHAPE_STRING, .min = 1, .max = 1024 },
    { .name = STR_INIT("maxResults"), .kind = SHAPE_INTEGER, .max = 1000 },
};
const struct shape shape_list_state_machine_aliases = {
    .fields = shape_list_state_machine_aliases_fields,
    .field_count = sizeof shape_list_state_machine_aliases_fields /
                   sizeof *shape_list_state_machine_aliases_fields,
    .name = "ListStateMachineAliases",
};

static const struct shape_field shape_list_state_machine_versions_fields[] = {
    { .name = STR_INIT("stateMachineArn"),
      .kind = SHAPE_STRING,
      .required = true,
      .min = 1,
      .max = 256 },
    { .name = STR_INIT("nextToken"), .kind = SHAPE_STRING, .min = 1, .max = 1024 },
    { .name = STR_INIT("maxResults"), .kind = SHAPE_INTEGER, .max = 1000 },
};
const struct shape shape_list_state_machine_versions = {
    .fields = shape_list_state_machine_versions_fields,
    .field_count = sizeof shape_list_state_machine_versions_fields /
                   sizeof *shape_list_state_machine_versions_fields,
    .name = "ListStateMachineVersions",
};

static const struct shape_field shape_list_state_machines_fields[] = {
    { .name = STR_INIT("maxResults"), .kind = SHAPE_INTEGER, .max = 1000 },
    { .name = STR_INIT("nextToken"), .kind = SHAPE_STRING, .min = 1, .max = 1024 },
};
const struct shape shape_list_state_machines = {
    .fields = shape_list_state_machines_fields,
    .field_count =
        sizeof shape_list_state_machines_fields / sizeof *shape_list_state_machines_fields,
    .name = "ListStateMachines",
};

static const struct shape_field shape_list_tags_for_resource_fields[] = {
    { .name = STR_INIT("resourceArn"),
      .kind = SHAPE_STRING,
      .required = true,
      .min = 1,
      .max = 256 },
};
const struct shape shape_list_tags_for_resource = {
    .fields = shape_list_tags_for_resource_fields,
    .field_count =
        sizeof shape_list_tags_for_resource_fields / sizeof *shape_list_tags_for_resource_fields,
    .name = "ListTagsForResource",
};

static const struct shape_field shape_publish_state_machine_version_fields[] = {
    { .name = STR_INIT("stateMachineArn"),
      .kind = SHAPE_STRING,
      .required = true,
      .min = 1,
      .max = 256 },
    { .name = STR_INIT("revisionId"), .kind = SHAPE_STRING },
    { .name = STR_INIT("description"), .kind = SHAPE_STRING, .max = 256, .sensitive = true },
};
const struct shape shape_publish_state_machine_version = {
    .fields = shape_publish_state_machine_version_fields,
    .field_count = sizeof shape_publish_state_machine_version_fields /
                   sizeof *shape_publish_state_machine_version_fields,
    .name = "PublishStateMachineVersion",
};

static const struct shape_field shape_redrive_execution_fields[] = {
    { .name = STR_INIT("executionArn"),
      .kind = SHAPE_STRING,
      .required = true,
      .min = 1,
      .max = 256 },
    { .name = STR_INIT("clientToken"),
      .kind = SHAPE_STRING,
      .min = 1,
      .max = 64,
      .pattern = &printable_pattern },
};
const struct shape shape_redrive_execution = {
    .fields = shape_redrive_execution_fields,
    .field_count = sizeof shape_redrive_execution_fields / sizeof *shape_redrive_execution_fields,
    .name = "RedriveExecution",
};

static const struct shape_field shape_send_task_failure_fields[] = {
    { .name = STR_INIT("taskToken"),
      .kind = SHAPE_STRING,
      .required = true,
      .min = 1,
      .max = 2048 },
    { .name = STR_INIT("error"), .kind = SHAPE_STRING, .max = 256, .sensitive = true },
    { .name = STR_INIT("cause"), .kind = SHAPE_STRING, .max = 32768, .sensitive = true },
};
const struct shape shape_send_task_failure = {
    .fields = shape_send_task_failure_fields,
    .field_count = sizeof shape_send_task_failure_fields / sizeof *shape_send_task_failure_fields,
    .name = "SendTaskFailure",
};

static const struct shape_field shape_send_task_heartbeat_fields[] = {
    { .name = STR_INIT("taskToken"),
      .kind = SHAPE_STRING,
      .required = true,
      .min = 1,
      .max = 2048 },
};
const struct shape shape_send_task_heartbeat = {
    .fields = shape_send_task_heartbeat_fields,
    .field_count =
        sizeof shape_send_task_heartbeat_fields / sizeof *shape_send_task_heartbeat_fields,
    .name = "SendTaskHeartbeat",
};

static const struct shape_field shape_send_task_success_fields[] = {
    { .name = STR_INIT("taskToken"),
      .kind = SHAPE_STRING,
      .required = true,
      .min = 1,
      .max = 2048 },
    { .name = STR_INIT("output"), .kind = SHAPE_STRING, .required = true, .sensitive = true },
};
const struct shape shape_send_task_success = {
    .fields = shape_send_task_success_fields,
    .field_count = sizeof shape_send_task_success_fields / sizeof *shape_send_task_success_fields,
    .name = "SendTaskSuccess",
};

static const struct shape_field shape_start_execution_fields[] = {
    { .name = STR_INIT("stateMachineArn"),
      .kind = SHAPE_STRING,
      .required = true,
      .min = 1,
      .max = 256 },
    { .name = STR_INIT("name"), .kind = SHAPE_STRING, .min = 1, .max = 80 },
    { .name = STR_INIT("input"), .kind = SHAPE_STRING, .sensitive = true },
    { .name = STR_INIT("traceHeader"),
      .kind = SHAPE_STRING,
      .max = 256,
      .pattern = &ascii_pattern },
};
const struct shape shape_start_execution = {
    .fields = shape_start_execution_fields,
    .field_count = sizeof shape_start_execution_fields / sizeof *shape_start_execution_fields,
    .name = "StartExecution",
};

static const struct shape_field shape_start_sync_execution_fields[] = {
    { .name = STR_INIT("stateMachineArn"),
      .kind = SHAPE_STRING,
      .required = true,
      .min = 1,
      .max = 256 },
    { .name = STR_INIT("name"), .kind = SHAPE_STRING, .min = 1, .max = 80 },
    { .name = STR_INIT("input"), .kind = SHAPE_STRING, .sensitive = true },
    { .name = STR_INIT("traceHeader"),
      .kind = SHAPE_STRING,
      .max = 256,
      .pattern = &ascii_pattern },
    { .name = STR_INIT("includedData"), .kind = SHAPE_STRING, .values = included_data },
};
const struct shape shape_start_sync_execution = {
    .fields = shape_start_sync_execution_fields,
    .field_count =
        sizeof shape_start_sync_execution_fields / sizeof *shape_start_sync_execution_fields,
    .name = "StartSyncExecution",
};

static const struct shape_field shape_stop_execution_fields[] = {
    { .name = STR_INIT("executionArn"),
      .kind = SHAPE_STRING,
      .required = true,
      .min = 1,
      .max = 256 },
    { .name = STR_INIT("error"), .kind = SHAPE_STRING, .max = 256, .sensitive = true },
    { .name = STR_INIT("cause"), .kind = SHAPE_STRING, .max = 32768, .sensitive = true },
};
const struct shape shape_stop_execution = {
    .fields = shape_stop_execution_fields,
    .field_count = sizeof shape_stop_execution_fields / sizeof *shape_stop_execution_fields,
    .name = "StopExecution",
};

static const struct shape_field shape_tag_resource_fields[] = {
    { .name = STR_INIT("resourceArn"),
      .kind = SHAPE_STRING,
      .required = true,
      .min = 1,
      .max = 256 },
    { .name = STR_INIT("tags"),
      .kind = SHAPE_LIST,
      .required = true,
      .shape = &tag,
      .item_kind = SHAPE_STRUCTURE },
};
const struct shape shape_tag_resource = {
    .fields = shape_tag_resource_fields,
    .field_count = sizeof shape_tag_resource_fields / sizeof *shape_tag_resource_fields,
    .name = "TagResource",
};

static const struct shape_field mock_error_output_fields[] = {
    { .name = STR_INIT("error"), .kind = SHAPE_STRING, .max = 256, .sensitive = true },
    { .name = STR_INIT("cause"), .kind = SHAPE_STRING, .max = 32768, .sensitive = true },
};
static const struct shape mock_error_output = {
    .fields = mock_error_output_fields,
    .field_count = sizeof mock_error_output_fields / sizeof *mock_error_output_fields,
    .name = "MockErrorOutput",
};

static const struct shape_field mock_input_fields[] = {
    { .name = STR_INIT("result"), .kind = SHAPE_STRING, .max = 262144, .sensitive = true },
    { .name = STR_INIT("errorOutput"), .kind = SHAPE_STRUCTURE, .shape = &mock_error_output },
    { .name = STR_INIT("fieldValidationMode"),
      .kind = SHAPE_STRING,
      .values = mock_response_validation_mode },
};
static const struct shape mock_input = {
    .fields = mock_input_fields,
    .field_count = sizeof mock_input_fields / sizeof *mock_input_fields,
    .name = "MockInput",
};

static const struct shape_field test_state_configuration_fields[] = {
    { .name = STR_INIT("retrierRetryCount"), .kind = SHAPE_INTEGER },
    { .name = STR_INIT("errorCausedByState"),
      .kind = SHAPE_STRING,
      .min = 1,
      .max = 80,
      .sensitive = true },
    { .name = STR_INIT("mapIterationFailureCount"), .kind = SHAPE_INTEGER },
    { .name = STR_INIT("mapItemReaderData"),
      .kind = SHAPE_STRING,
      .max = 262144,
      .sensitive = true },
};
static const struct shape test_state_configuration = {
    .fields = test_state_configuration_fields,
    .field_count = sizeof test_state_configuration_fields / sizeof *test_state_configuration_fields,
    .name = "TestStateConfiguration",
};

static const struct shape_field shape_test_state_fields[] = {
    { .name = STR_INIT("definition"),
      .kind = SHAPE_STRING,
      .required = true,
      .min = 1,
      .max = 1048576,
      .sensitive = true },
    { .name = STR_INIT("roleArn"), .kind = SHAPE_STRING, .min = 1, .max = 256 },
    { .name = STR_INIT("input"), .kind = SHAPE_STRING, .max = 262144, .sensitive = true },
    { .name = STR_INIT("inspectionLevel"), .kind = SHAPE_STRING, .values = inspection_level },
    { .name = STR_INIT("revealSecrets"), .kind = SHAPE_BOOLEAN },
    { .name = STR_INIT("variables"), .kind = SHAPE_STRING, .max = 262144, .sensitive = true },
    { .name = STR_INIT("stateName"), .kind = SHAPE_STRING, .min = 1, .max = 80, .sensitive = true },
    { .name = STR_INIT("mock"), .kind = SHAPE_STRUCTURE, .shape = &mock_input },
    { .name = STR_INIT("context"), .kind = SHAPE_STRING, .max = 262144, .sensitive = true },
    { .name = STR_INIT("stateConfiguration"),
      .kind = SHAPE_STRUCTURE,
      .shape = &test_state_configuration },
};
const struct shape shape_test_state = {
    .fields = shape_test_state_fields,
    .field_count = sizeof shape_test_state_fields / sizeof *shape_test_state_fields,
    .name = "TestState",
};

static const struct shape_field shape_untag_resource_fields[] = {
    { .name = STR_INIT("resourceArn"),
      .kind = SHAPE_STRING,
      .required = true,
      .min = 1,
      .max = 256 },
    { .name = STR_INIT("tagKeys"),
      .kind = SHAPE_LIST,
      .required = true,
      .item_kind = SHAPE_STRING,
      .item_min = 1,
      .item_max = 128 },
};
const struct shape shape_untag_resource = {
    .fields = shape_untag_resource_fields,
    .field_count = sizeof shape_untag_resource_fields / sizeof *shape_untag_resource_fields,
    .name = "UntagResource",
};

static const struct shape_field shape_update_map_run_fields[] = {
    { .name = STR_INIT("mapRunArn"),
      .kind = SHAPE_STRING,
      .required = true,
      .min = 1,
      .max = 2000 },
    { .name = STR_INIT("maxConcurrency"), .kind = SHAPE_INTEGER },
    { .name = STR_INIT("toleratedFailurePercentage"), .kind = SHAPE_INTEGER, .max = 100 },
    { .name = STR_INIT("toleratedFailureCount"), .kind = SHAPE_INTEGER },
};
const struct shape shape_update_map_run = {
    .fields = shape_update_map_run_fields,
    .field_count = sizeof shape_update_map_run_fields / sizeof *shape_update_map_run_fields,
    .name = "UpdateMapRun",
};

static const struct shape_field shape_update_state_machine_fields[] = {
    { .name = STR_INIT("stateMachineArn"),
      .kind = SHAPE_STRING,
      .required = true,
      .min = 1,
      .max = 256 },
    { .name = STR_INIT("definition"),
      .kind = SHAPE_STRING,
      .min = 1,
      .max = 1048576,
      .sensitive = true },
    { .name = STR_INIT("roleArn"), .kind = SHAPE_STRING, .min = 1, .max = 256 },
    { .name = STR_INIT("loggingConfiguration"),
      .kind = SHAPE_STRUCTURE,
      .shape = &logging_configuration },
    { .name = STR_INIT("tracingConfiguration"),
      .kind = SHAPE_STRUCTURE,
      .shape = &tracing_configuration },
    { .name = STR_INIT("publish"), .kind = SHAPE_BOOLEAN },
    { .name = STR_INIT("versionDescription"), .kind = SHAPE_STRING, .max = 256, .sensitive = true },
    { .name = STR_INIT("encryptionConfiguration"),
      .kind = SHAPE_STRUCTURE,
      .shape = &encryption_configuration },
};
const struct shape shape_update_state_machine = {
    .fields = shape_update_state_machine_fields,
    .field_count =
        sizeof shape_update_state_machine_fields / sizeof *shape_update_state_machine_fields,
    .name = "UpdateStateMachine",
};

static const struct shape_field shape_update_state_machine_alias_fields[] = {
    { .name = STR_INIT("stateMachineAliasArn"),
      .kind = SHAPE_STRING,
      .required = true,
      .min = 1,
      .max = 256 },
    { .name = STR_INIT("description"), .kind = SHAPE_STRING, .max = 256, .sensitive = true },
    { .name = STR_INIT("routingConfiguration"),
      .kind = SHAPE_LIST,
      .min = 1,
      .max = 2,
      .shape = &routing_configuration_list_item,
      .item_kind = SHAPE_STRUCTURE },
};
const struct shape shape_update_state_machine_alias = {
    .fields = shape_update_state_machine_alias_fields,
    .field_count = sizeof shape_update_state_machine_alias_fields /
                   sizeof *shape_update_state_machine_alias_fields,
    .name = "UpdateStateMachineAlias",
};

static const struct shape_field shape_validate_state_machine_definition_fields[] = {
    { .name = STR_INIT("definition"),
      .kind = SHAPE_STRING,
      .required = true,
      .min = 1,
      .max = 1048576,
      .sensitive = true },
    { .name = STR_INIT("type"), .kind = SHAPE_STRING, .values = state_machine_type },
    { .name = STR_INIT("severity"),
      .kind = SHAPE_STRING,
      .values = validate_state_machine_definition_severity },
    { .name = STR_INIT("maxResults"), .kind = SHAPE_INTEGER, .max = 100 },
};
const struct shape shape_validate_state_machine_definition = {
    .fields = shape_validate_state_machine_definition_fields,
    .field_count = sizeof shape_validate_state_machine_definition_fields /
                   sizeof *shape_validate_state_machine_definition_fields,
    .name = "ValidateStateMachineDefinition",
};

/* ---- Baton's own ---- */

static const struct shape_field shape_list_waiting_tasks_fields[] = {
    { .name = STR_INIT("stateMachineArn"), .kind = SHAPE_STRING, .min = 1, .max = 256 },
    { .name = STR_INIT("maxResults"), .kind = SHAPE_INTEGER, .max = 1000 },
    { .name = STR_INIT("nextToken"), .kind = SHAPE_STRING, .min = 1, .max = 1024 },
};
const struct shape shape_list_waiting_tasks = {
    .fields = shape_list_waiting_tasks_fields,
    .field_count = sizeof shape_list_waiting_tasks_fields / sizeof *shape_list_waiting_tasks_fields,
    .name = "ListWaitingTasks",
};
