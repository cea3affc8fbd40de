/* The fields of the operations on functions, from the service model of the Lambda API (botocore's
 * lambda/2015-03-31/service-2.json); the others are in shapes_settings.c. Left out are the
 * payloads, which are text and no members, and what belongs to parts of Lambda that Baton does not
 * have. Runtimes are not bound to the model's list: old templates name old ones, and Baton runs
 * whatever there is a command for. Bounds of Timeout and MemorySize are those of ordinary
 * functions. Directory and Url are Baton's own. */
#include "services/lambda/shapes.h"

/* ---- values ---- */

static const char *const package_type[] = { "Zip", "Image", NULL };
static const char *const tracing_mode[] = { "Active", "PassThrough", NULL };
static const char *const architecture[] = { "x86_64", "arm64", NULL };
static const char *const snap_start_apply_on[] = { "PublishedVersions", "None", NULL };
static const char *const log_format[] = { "JSON", "Text", NULL };
static const char *const application_log_level[] = { "TRACE", "DEBUG", "INFO", "WARN",
                                                     "ERROR", "FATAL", NULL };
static const char *const system_log_level[] = { "DEBUG", "INFO", "WARN", NULL };
static const char *const function_version[] = { "ALL", NULL };
static const char *const invocation_type[] = { "Event", "RequestResponse", "DryRun", NULL };
static const char *const log_type[] = { "None", "Tail", NULL };

/* ---- structures and operations ---- */

static const struct shape_field function_code_fields[] = {
    { .name = STR_INIT("ZipFile"), .kind = SHAPE_BLOB, .sensitive = true },
    { .name = STR_INIT("S3Bucket"), .kind = SHAPE_STRING, .min = 3, .max = 63 },
    { .name = STR_INIT("S3Key"), .kind = SHAPE_STRING, .min = 1, .max = 1024 },
    { .name = STR_INIT("S3ObjectVersion"), .kind = SHAPE_STRING, .min = 1, .max = 1024 },
    { .name = STR_INIT("ImageUri"), .kind = SHAPE_STRING },
    { .name = STR_INIT("Directory"), .kind = SHAPE_STRING, .min = 1, .max = 4096 },
    { .name = STR_INIT("Url"), .kind = SHAPE_STRING, .min = 1, .max = 2048 },
};
static const struct shape function_code = {
    .fields = function_code_fields,
    .field_count = sizeof function_code_fields / sizeof *function_code_fields,
    .name = "FunctionCode",
};

static const struct shape_field vpc_config_fields[] = {
    { .name = STR_INIT("SubnetIds"),
      .kind = SHAPE_LIST,
      .max = 16,
      .item_kind = SHAPE_STRING,
      .item_max = 1024 },
    { .name = STR_INIT("SecurityGroupIds"),
      .kind = SHAPE_LIST,
      .max = 5,
      .item_kind = SHAPE_STRING,
      .item_max = 1024 },
    { .name = STR_INIT("Ipv6AllowedForDualStack"), .kind = SHAPE_BOOLEAN },
};
static const struct shape vpc_config = {
    .fields = vpc_config_fields,
    .field_count = sizeof vpc_config_fields / sizeof *vpc_config_fields,
    .name = "VpcConfig",
};

static const struct shape_field dead_letter_config_fields[] = {
    { .name = STR_INIT("TargetArn"),
      .kind = SHAPE_STRING,
      .max = 10000,
      .pattern = &resource_arn_pattern },
};
static const struct shape dead_letter_config = {
    .fields = dead_letter_config_fields,
    .field_count = sizeof dead_letter_config_fields / sizeof *dead_letter_config_fields,
    .name = "DeadLetterConfig",
};

static const struct shape_field environment_fields[] = {
    { .name = STR_INIT("Variables"),
      .kind = SHAPE_MAP,
      .key_pattern = &variable_pattern,
      .item_kind = SHAPE_STRING,
      .sensitive = true },
};
static const struct shape environment = {
    .fields = environment_fields,
    .field_count = sizeof environment_fields / sizeof *environment_fields,
    .name = "Environment",
};

static const struct shape_field tracing_config_fields[] = {
    { .name = STR_INIT("Mode"), .kind = SHAPE_STRING, .values = tracing_mode },
};
static const struct shape tracing_config = {
    .fields = tracing_config_fields,
    .field_count = sizeof tracing_config_fields / sizeof *tracing_config_fields,
    .name = "TracingConfig",
};

static const struct shape_field file_system_config_fields[] = {
    { .name = STR_INIT("Arn"), .kind = SHAPE_STRING, .required = true, .max = 256 },
    { .name = STR_INIT("LocalMountPath"), .kind = SHAPE_STRING, .required = true, .max = 160 },
};
static const struct shape file_system_config = {
    .fields = file_system_config_fields,
    .field_count = sizeof file_system_config_fields / sizeof *file_system_config_fields,
    .name = "FileSystemConfig",
};

static const struct shape_field image_config_fields[] = {
    { .name = STR_INIT("EntryPoint"), .kind = SHAPE_LIST, .max = 1500, .item_kind = SHAPE_STRING },
    { .name = STR_INIT("Command"), .kind = SHAPE_LIST, .max = 1500, .item_kind = SHAPE_STRING },
    { .name = STR_INIT("WorkingDirectory"), .kind = SHAPE_STRING, .max = 1000 },
};
static const struct shape image_config = {
    .fields = image_config_fields,
    .field_count = sizeof image_config_fields / sizeof *image_config_fields,
    .name = "ImageConfig",
};

static const struct shape_field ephemeral_storage_fields[] = {
    { .name = STR_INIT("Size"), .kind = SHAPE_INTEGER, .required = true, .min = 512, .max = 10240 },
};
static const struct shape ephemeral_storage = {
    .fields = ephemeral_storage_fields,
    .field_count = sizeof ephemeral_storage_fields / sizeof *ephemeral_storage_fields,
    .name = "EphemeralStorage",
};

static const struct shape_field snap_start_fields[] = {
    { .name = STR_INIT("ApplyOn"), .kind = SHAPE_STRING, .values = snap_start_apply_on },
};
static const struct shape snap_start = {
    .fields = snap_start_fields,
    .field_count = sizeof snap_start_fields / sizeof *snap_start_fields,
    .name = "SnapStart",
};

static const struct shape_field logging_config_fields[] = {
    { .name = STR_INIT("LogFormat"), .kind = SHAPE_STRING, .values = log_format },
    { .name = STR_INIT("ApplicationLogLevel"),
      .kind = SHAPE_STRING,
      .values = application_log_level },
    { .name = STR_INIT("SystemLogLevel"), .kind = SHAPE_STRING, .values = system_log_level },
    { .name = STR_INIT("LogGroup"),
      .kind = SHAPE_STRING,
      .min = 1,
      .max = 512,
      .pattern = &log_group_pattern },
};
static const struct shape logging_config = {
    .fields = logging_config_fields,
    .field_count = sizeof logging_config_fields / sizeof *logging_config_fields,
    .name = "LoggingConfig",
};

static const struct shape_field shape_create_function_fields[] = {
    { .name = STR_INIT("FunctionName"),
      .kind = SHAPE_STRING,
      .required = true,
      .min = 1,
      .max = 140,
      .pattern = &function_name_pattern },
    { .name = STR_INIT("Runtime"), .kind = SHAPE_STRING },
    { .name = STR_INIT("Role"),
      .kind = SHAPE_STRING,
      .required = true,
      .max = 10000,
      .pattern = &role_pattern },
    { .name = STR_INIT("Handler"), .kind = SHAPE_STRING, .max = 128, .pattern = &no_space_pattern },
    { .name = STR_INIT("Code"),
      .kind = SHAPE_STRUCTURE,
      .required = true,
      .shape = &function_code },
    { .name = STR_INIT("Description"), .kind = SHAPE_STRING, .max = 256 },
    { .name = STR_INIT("Timeout"), .kind = SHAPE_INTEGER, .min = 1, .max = 900 },
    { .name = STR_INIT("MemorySize"), .kind = SHAPE_INTEGER, .min = 128, .max = 10240 },
    { .name = STR_INIT("Publish"), .kind = SHAPE_BOOLEAN },
    { .name = STR_INIT("VpcConfig"), .kind = SHAPE_STRUCTURE, .shape = &vpc_config },
    { .name = STR_INIT("PackageType"), .kind = SHAPE_STRING, .values = package_type },
    { .name = STR_INIT("DeadLetterConfig"), .kind = SHAPE_STRUCTURE, .shape = &dead_letter_config },
    { .name = STR_INIT("Environment"), .kind = SHAPE_STRUCTURE, .shape = &environment },
    { .name = STR_INIT("KMSKeyArn"),
      .kind = SHAPE_STRING,
      .max = 10000,
      .pattern = &resource_arn_pattern },
    { .name = STR_INIT("TracingConfig"), .kind = SHAPE_STRUCTURE, .shape = &tracing_config },
    { .name = STR_INIT("Tags"),
      .kind = SHAPE_MAP,
      .key_min = 1,
      .key_max = 128,
      .item_kind = SHAPE_STRING,
      .item_max = 256 },
    { .name = STR_INIT("Layers"),
      .kind = SHAPE_LIST,
      .item_kind = SHAPE_STRING,
      .item_min = 1,
      .item_max = 2048 },
    { .name = STR_INIT("FileSystemConfigs"),
      .kind = SHAPE_LIST,
      .max = 1,
      .shape = &file_system_config,
      .item_kind = SHAPE_STRUCTURE },
    { .name = STR_INIT("ImageConfig"), .kind = SHAPE_STRUCTURE, .shape = &image_config },
    { .name = STR_INIT("Architectures"),
      .kind = SHAPE_LIST,
      .min = 1,
      .max = 1,
      .item_kind = SHAPE_STRING,
      .values = architecture },
    { .name = STR_INIT("EphemeralStorage"), .kind = SHAPE_STRUCTURE, .shape = &ephemeral_storage },
    { .name = STR_INIT("SnapStart"), .kind = SHAPE_STRUCTURE, .shape = &snap_start },
    { .name = STR_INIT("LoggingConfig"), .kind = SHAPE_STRUCTURE, .shape = &logging_config },
};
const struct shape shape_create_function = {
    .fields = shape_create_function_fields,
    .field_count = sizeof shape_create_function_fields / sizeof *shape_create_function_fields,
    .name = "CreateFunction",
};

static const struct shape_field shape_update_function_code_fields[] = {
    { .name = STR_INIT("FunctionName"),
      .kind = SHAPE_STRING,
      .required = true,
      .min = 1,
      .max = 140,
      .pattern = &function_name_pattern },
    { .name = STR_INIT("ZipFile"), .kind = SHAPE_BLOB, .sensitive = true },
    { .name = STR_INIT("S3Bucket"), .kind = SHAPE_STRING, .min = 3, .max = 63 },
    { .name = STR_INIT("S3Key"), .kind = SHAPE_STRING, .min = 1, .max = 1024 },
    { .name = STR_INIT("S3ObjectVersion"), .kind = SHAPE_STRING, .min = 1, .max = 1024 },
    { .name = STR_INIT("ImageUri"), .kind = SHAPE_STRING },
    { .name = STR_INIT("Architectures"),
      .kind = SHAPE_LIST,
      .min = 1,
      .max = 1,
      .item_kind = SHAPE_STRING,
      .values = architecture },
    { .name = STR_INIT("Publish"), .kind = SHAPE_BOOLEAN },
    { .name = STR_INIT("DryRun"), .kind = SHAPE_BOOLEAN },
    { .name = STR_INIT("RevisionId"), .kind = SHAPE_STRING },
    { .name = STR_INIT("Directory"), .kind = SHAPE_STRING, .min = 1, .max = 4096 },
    { .name = STR_INIT("Url"), .kind = SHAPE_STRING, .min = 1, .max = 2048 },
};
const struct shape shape_update_function_code = {
    .fields = shape_update_function_code_fields,
    .field_count =
        sizeof shape_update_function_code_fields / sizeof *shape_update_function_code_fields,
    .name = "UpdateFunctionCode",
};

static const struct shape_field shape_update_function_configuration_fields[] = {
    { .name = STR_INIT("FunctionName"),
      .kind = SHAPE_STRING,
      .required = true,
      .min = 1,
      .max = 140,
      .pattern = &function_name_pattern },
    { .name = STR_INIT("Role"), .kind = SHAPE_STRING, .max = 10000, .pattern = &role_pattern },
    { .name = STR_INIT("Handler"), .kind = SHAPE_STRING, .max = 128, .pattern = &no_space_pattern },
    { .name = STR_INIT("Description"), .kind = SHAPE_STRING, .max = 256 },
    { .name = STR_INIT("Timeout"), .kind = SHAPE_INTEGER, .min = 1, .max = 900 },
    { .name = STR_INIT("MemorySize"), .kind = SHAPE_INTEGER, .min = 128, .max = 10240 },
    { .name = STR_INIT("VpcConfig"), .kind = SHAPE_STRUCTURE, .shape = &vpc_config },
    { .name = STR_INIT("Environment"), .kind = SHAPE_STRUCTURE, .shape = &environment },
    { .name = STR_INIT("Runtime"), .kind = SHAPE_STRING },
    { .name = STR_INIT("DeadLetterConfig"), .kind = SHAPE_STRUCTURE, .shape = &dead_letter_config },
    { .name = STR_INIT("KMSKeyArn"),
      .kind = SHAPE_STRING,
      .max = 10000,
      .pattern = &resource_arn_pattern },
    { .name = STR_INIT("TracingConfig"), .kind = SHAPE_STRUCTURE, .shape = &tracing_config },
    { .name = STR_INIT("RevisionId"), .kind = SHAPE_STRING },
    { .name = STR_INIT("Layers"),
      .kind = SHAPE_LIST,
      .item_kind = SHAPE_STRING,
      .item_min = 1,
      .item_max = 2048 },
    { .name = STR_INIT("FileSystemConfigs"),
      .kind = SHAPE_LIST,
      .max = 1,
      .shape = &file_system_config,
      .item_kind = SHAPE_STRUCTURE },
    { .name = STR_INIT("ImageConfig"), .kind = SHAPE_STRUCTURE, .shape = &image_config },
    { .name = STR_INIT("EphemeralStorage"), .kind = SHAPE_STRUCTURE, .shape = &ephemeral_storage },
    { .name = STR_INIT("SnapStart"), .kind = SHAPE_STRUCTURE, .shape = &snap_start },
    { .name = STR_INIT("LoggingConfig"), .kind = SHAPE_STRUCTURE, .shape = &logging_config },
};
const struct shape shape_update_function_configuration = {
    .fields = shape_update_function_configuration_fields,
    .field_count = sizeof shape_update_function_configuration_fields /
                   sizeof *shape_update_function_configuration_fields,
    .name = "UpdateFunctionConfiguration",
};

static const struct shape_field shape_get_function_fields[] = {
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
const struct shape shape_get_function = {
    .fields = shape_get_function_fields,
    .field_count = sizeof shape_get_function_fields / sizeof *shape_get_function_fields,
    .name = "GetFunction",
};

static const struct shape_field shape_get_function_configuration_fields[] = {
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
const struct shape shape_get_function_configuration = {
    .fields = shape_get_function_configuration_fields,
    .field_count = sizeof shape_get_function_configuration_fields /
                   sizeof *shape_get_function_configuration_fields,
    .name = "GetFunctionConfiguration",
};

/* Baton's own operation. */
static const struct shape_field shape_get_function_log_fields[] = {
    { .name = STR_INIT("FunctionName"),
      .kind = SHAPE_STRING,
      .required = true,
      .min = 1,
      .max = 256,
      .pattern = &namespaced_name_pattern },
    { .name = STR_INIT("After"), .kind = SHAPE_INTEGER },
    { .name = STR_INIT("Limit"), .kind = SHAPE_INTEGER, .min = 1, .max = 10000 },
};
const struct shape shape_get_function_log = {
    .fields = shape_get_function_log_fields,
    .field_count = sizeof shape_get_function_log_fields / sizeof *shape_get_function_log_fields,
    .name = "GetFunctionLog",
};

static const struct shape_field shape_list_functions_fields[] = {
    { .name = STR_INIT("MasterRegion"), .kind = SHAPE_STRING, .min = 1, .max = 50 },
    { .name = STR_INIT("FunctionVersion"), .kind = SHAPE_STRING, .values = function_version },
    { .name = STR_INIT("Marker"), .kind = SHAPE_STRING },
    { .name = STR_INIT("MaxItems"), .kind = SHAPE_INTEGER, .min = 1, .max = 10000 },
};
const struct shape shape_list_functions = {
    .fields = shape_list_functions_fields,
    .field_count = sizeof shape_list_functions_fields / sizeof *shape_list_functions_fields,
    .name = "ListFunctions",
};

static const struct shape_field shape_delete_function_fields[] = {
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
const struct shape shape_delete_function = {
    .fields = shape_delete_function_fields,
    .field_count = sizeof shape_delete_function_fields / sizeof *shape_delete_function_fields,
    .name = "DeleteFunction",
};

static const struct shape_field shape_invoke_fields[] = {
    { .name = STR_INIT("FunctionName"),
      .kind = SHAPE_STRING,
      .required = true,
      .min = 1,
      .max = 256,
      .pattern = &namespaced_name_pattern },
    { .name = STR_INIT("InvocationType"), .kind = SHAPE_STRING, .values = invocation_type },
    { .name = STR_INIT("LogType"), .kind = SHAPE_STRING, .values = log_type },
    { .name = STR_INIT("ClientContext"), .kind = SHAPE_STRING },
    { .name = STR_INIT("Qualifier"),
      .kind = SHAPE_STRING,
      .min = 1,
      .max = 128,
      .pattern = &qualifier_pattern },
};
const struct shape shape_invoke = {
    .fields = shape_invoke_fields,
    .field_count = sizeof shape_invoke_fields / sizeof *shape_invoke_fields,
    .name = "Invoke",
};

static const struct shape_field shape_invoke_async_fields[] = {
    { .name = STR_INIT("FunctionName"),
      .kind = SHAPE_STRING,
      .required = true,
      .min = 1,
      .max = 256,
      .pattern = &namespaced_name_pattern },
};
const struct shape shape_invoke_async = {
    .fields = shape_invoke_async_fields,
    .field_count = sizeof shape_invoke_async_fields / sizeof *shape_invoke_async_fields,
    .name = "InvokeAsync",
};

static const struct shape_field shape_publish_version_fields[] = {
    { .name = STR_INIT("FunctionName"),
      .kind = SHAPE_STRING,
      .required = true,
      .min = 1,
      .max = 140,
      .pattern = &function_name_pattern },
    { .name = STR_INIT("CodeSha256"), .kind = SHAPE_STRING },
    { .name = STR_INIT("Description"), .kind = SHAPE_STRING, .max = 256 },
    { .name = STR_INIT("RevisionId"), .kind = SHAPE_STRING },
};
const struct shape shape_publish_version = {
    .fields = shape_publish_version_fields,
    .field_count = sizeof shape_publish_version_fields / sizeof *shape_publish_version_fields,
    .name = "PublishVersion",
};

static const struct shape_field shape_list_versions_by_function_fields[] = {
    { .name = STR_INIT("FunctionName"),
      .kind = SHAPE_STRING,
      .required = true,
      .min = 1,
      .max = 256,
      .pattern = &namespaced_name_pattern },
    { .name = STR_INIT("Marker"), .kind = SHAPE_STRING },
    { .name = STR_INIT("MaxItems"), .kind = SHAPE_INTEGER, .min = 1, .max = 10000 },
};
const struct shape shape_list_versions_by_function = {
    .fields = shape_list_versions_by_function_fields,
    .field_count = sizeof shape_list_versions_by_function_fields /
                   sizeof *shape_list_versions_by_function_fields,
    .name = "ListVersionsByFunction",
};
