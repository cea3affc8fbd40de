/* What a function is configured with: from a call to the settings that its record keeps, and from
 * there to what AWS shows.
 *
 * The settings are the members of AWS's FunctionConfiguration that users set, in the form in which
 * they are shown. Each is a row of a table, with a function that reads it from a call. */
#include <openssl/sha.h>

#include "base/timestamp.h"
#include "services/lambda/lambda_private.h"

/* ---- making objects ---- */

static json object_1(const struct source *source, const char *name, json value)
{
    struct json_fields fields;
    json_fields_init(&fields, source->arena);
    json_fields_add(&fields, str_from(name), value);
    return json_fields_done(&fields);
}

static json object_2(const struct source *source, const char *a, json first, const char *b,
                     json second)
{
    struct json_fields fields;
    json_fields_init(&fields, source->arena);
    json_fields_add(&fields, str_from(a), first);
    json_fields_add(&fields, str_from(b), second);
    return json_fields_done(&fields);
}

/* ---- environment variables ---- */

/* Lambda guide, "Defined runtime environment variables": those that a function cannot set. */
static const char *const reserved_variables[] = {
    "_HANDLER",
    "_X_AMZN_TRACE_ID",
    "AWS_ACCESS_KEY",
    "AWS_ACCESS_KEY_ID",
    "AWS_DEFAULT_REGION",
    "AWS_EXECUTION_ENV",
    "AWS_LAMBDA_FUNCTION_MEMORY_SIZE",
    "AWS_LAMBDA_FUNCTION_NAME",
    "AWS_LAMBDA_FUNCTION_VERSION",
    "AWS_LAMBDA_INITIALIZATION_TYPE",
    "AWS_LAMBDA_LOG_GROUP_NAME",
    "AWS_LAMBDA_LOG_STREAM_NAME",
    "AWS_LAMBDA_RUNTIME_API",
    "AWS_REGION",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_SESSION_TOKEN",
    "LAMBDA_RUNTIME_DIR",
    "LAMBDA_TASK_ROOT",
};

static bool is_reserved(str name)
{
    for (size_t i = 0; i < sizeof reserved_variables / sizeof *reserved_variables; i++)
        if (str_eq(name, str_from(reserved_variables[i]))) return true;
    return false;
}

static bool environment_check(const struct source *source, json variables, struct error *err)
{
    struct buf reserved;
    buf_init(&reserved, source->arena);
    for (size_t i = 0; i < json_count(variables); i++) {
        str name = json_key_at(variables, i);
        if (!is_reserved(name)) continue;
        if (reserved.len > 0) buf_add(&reserved, STR(", "));
        buf_add(&reserved, name);
    }
    if (reserved.len > 0)
        return error_set_long(err, source->arena, ERROR_LAMBDA_INVALID_PARAMETER_VALUE,
                              "Lambda was unable to configure your environment variables because "
                              "the environment variables you have provided contains reserved keys "
                              "that are currently not supported for modification. Reserved keys "
                              "used in this request: %.*s",
                              STR_ARGS(buf_str(&reserved)));
    if (json_text_bytes(variables) <= LAMBDA_ENVIRONMENT_BYTES_MAX) return true;
    return error_set_long(err, source->arena, ERROR_LAMBDA_INVALID_PARAMETER_VALUE,
                          "Lambda was unable to configure your environment variables because the "
                          "environment variables you have provided exceeded the 4KB limit. String "
                          "measured: %.*s",
                          STR_ARGS(json_text(source->arena, variables)));
}

/* ---- one function per kind of member: from what is given to what is kept; null: nothing ---- */

struct reading {
    const struct source *source;
    str function;
    json given;
    json old; /* null if there is none */
};
typedef bool member_reader(const struct reading *reading, json *out, struct error *err);

static bool read_as_is(const struct reading *reading, json *out, struct error *err)
{
    (void)err;
    *out = reading->given;
    return true;
}

static bool read_environment(const struct reading *reading, json *out, struct error *err)
{
    const json *variables = param(reading->given, "Variables");
    if (!variables) {
        *out = json_null();
        return true;
    }
    if (!environment_check(reading->source, *variables, err)) return false;
    *out = object_1(reading->source, "Variables", *variables);
    return true;
}

/* An empty TargetArn takes the configuration away. */
static bool read_dead_letter(const struct reading *reading, json *out, struct error *err)
{
    str target = param_str(reading->given, "TargetArn");
    *out =
        target.len > 0 ? object_1(reading->source, "TargetArn", json_string(target)) : json_null();
    bool known = target.len == 0 || str_find(target, STR(":sqs:"), 0) < target.len ||
                 str_find(target, STR(":sns:"), 0) < target.len;
    return known || error_set(err, ERROR_LAMBDA_INVALID_PARAMETER_VALUE,
                              "The provided target ARN must be that of a queue or a topic.");
}

static bool read_tracing(const struct reading *reading, json *out, struct error *err)
{
    (void)err;
    str mode = param_str(reading->given, "Mode");
    *out = mode.len > 0 ? object_1(reading->source, "Mode", json_string(mode)) : reading->old;
    return true;
}

static bool read_storage(const struct reading *reading, json *out, struct error *err)
{
    (void)err;
    int64_t size = json_i64_or(reading->given, STR("Size"), LAMBDA_STORAGE_MB_DEFAULT);
    *out = object_1(reading->source, "Size", json_i64(reading->source->arena, size));
    return true;
}

static bool read_snap_start(const struct reading *reading, json *out, struct error *err)
{
    (void)err;
    str apply = param_str(reading->given, "ApplyOn");
    *out = object_2(reading->source, "ApplyOn", json_string(apply.len > 0 ? apply : STR("None")),
                    "OptimizationStatus", json_string(STR("Off")));
    return true;
}

/* A change from Text to JSON brings levels, the other way takes them away. */
static bool read_logging(const struct reading *reading, json *out, struct error *err)
{
    (void)err;
    struct json_fields fields;
    json given = reading->given, old = reading->old;
    struct arena *arena = reading->source->arena;
    str format =
        json_str_or(given, STR("LogFormat"), json_str_or(old, STR("LogFormat"), STR("Text")));
    str group = arena_printf(arena, "/aws/lambda/%.*s", STR_ARGS(reading->function));
    static const char *const levels[] = { "ApplicationLogLevel", "SystemLogLevel" };
    json_fields_init(&fields, arena);
    json_fields_add(&fields, STR("LogFormat"), json_string(format));
    for (size_t i = 0; i < 2 && str_eq(format, STR("JSON")); i++) {
        str name = str_from(levels[i]);
        str level = json_str_or(given, name, json_str_or(old, name, STR("INFO")));
        json_fields_add(&fields, name, json_string(level));
    }
    group = json_str_or(given, STR("LogGroup"), json_str_or(old, STR("LogGroup"), group));
    json_fields_add(&fields, STR("LogGroup"), json_string(group));
    *out = json_fields_done(&fields);
    return true;
}

/* Shown with the VPC that the subnets are in; Baton knows none. */
static bool read_vpc(const struct reading *reading, json *out, struct error *err)
{
    (void)err;
    struct json_fields fields;
    json none = json_array(NULL, 0);
    const json *subnets = param(reading->given, "SubnetIds");
    const json *groups = param(reading->given, "SecurityGroupIds");
    json_fields_init(&fields, reading->source->arena);
    json_fields_add(&fields, STR("SubnetIds"), subnets ? *subnets : none);
    json_fields_add(&fields, STR("SecurityGroupIds"), groups ? *groups : none);
    json_fields_add(&fields, STR("VpcId"), json_string(STR("")));
    *out = json_fields_done(&fields);
    return true;
}

static bool read_layers(const struct reading *reading, json *out, struct error *err)
{
    *out = json_null();
    if (json_count(reading->given) == 0) return true;
    str first = json_str(json_at(reading->given, 0));
    return error_set_long(err, reading->source->arena, ERROR_LAMBDA_INVALID_PARAMETER_VALUE,
                          "Layer version %.*s does not exist.", STR_ARGS(first));
}

static bool read_package_type(const struct reading *reading, json *out, struct error *err)
{
    *out = reading->given;
    if (str_eq(json_str(reading->given), STR("Zip"))) return true;
    return error_set(err, ERROR_LAMBDA_INVALID_PARAMETER_VALUE,
                     "Baton runs no container images. Give the code as a zip file, a local "
                     "directory (Code.Directory) or a URL (Code.Url).");
}

static const struct {
    const char *name;
    member_reader *read;
    bool fixed; /* no member of UpdateFunctionConfiguration */
} members[] = {
    { "Runtime", read_as_is, false },
    { "Role", read_as_is, false },
    { "Handler", read_as_is, false },
    { "Description", read_as_is, false },
    { "Timeout", read_as_is, false },
    { "MemorySize", read_as_is, false },
    { "PackageType", read_package_type, true },
    { "Environment", read_environment, false },
    { "DeadLetterConfig", read_dead_letter, false },
    { "VpcConfig", read_vpc, false },
    { "KMSKeyArn", read_as_is, false },
    { "TracingConfig", read_tracing, false },
    { "Layers", read_layers, false },
    { "FileSystemConfigs", read_as_is, false },
    { "Architectures", read_as_is, true },
    { "EphemeralStorage", read_storage, false },
    { "SnapStart", read_snap_start, false },
    { "LoggingConfig", read_logging, false },
};

/* What a call that gives nothing would have given. */
static json defaults(const struct source *source)
{
    struct json_fields fields;
    json *architectures = arena_array(source->arena, 1, sizeof *architectures);
    json_fields_init(&fields, source->arena);
    json empty = json_fields_done(&fields);
    architectures[0] = json_string(STR("x86_64"));
    json_fields_init(&fields, source->arena);
    json_fields_add(&fields, STR("Description"), json_string(STR("")));
    json_fields_add(&fields, STR("Timeout"), json_i64(source->arena, LAMBDA_TIMEOUT_S_DEFAULT));
    json_fields_add(&fields, STR("MemorySize"), json_i64(source->arena, LAMBDA_MEMORY_MB_DEFAULT));
    json_fields_add(&fields, STR("PackageType"), json_string(STR("Zip")));
    json_fields_add(&fields, STR("TracingConfig"),
                    object_1(source, "Mode", json_string(STR("PassThrough"))));
    json_fields_add(&fields, STR("Architectures"), json_array(architectures, 1));
    json_fields_add(&fields, STR("EphemeralStorage"), empty);
    json_fields_add(&fields, STR("SnapStart"), empty);
    json_fields_add(&fields, STR("LoggingConfig"), empty);
    return json_fields_done(&fields);
}

bool settings_read(const struct source *source, json params, str name, json old, json *out,
                   struct error *err)
{
    struct json_fields fields;
    json standard = json_is_null(old) ? defaults(source) : json_null();
    json_fields_init(&fields, source->arena);
    for (size_t i = 0; i < sizeof members / sizeof *members; i++) {
        bool skipped = members[i].fixed && !json_is_null(old);
        const json *given = skipped ? NULL : param(params, members[i].name);
        const json *before = param(old, members[i].name);
        if (!given) given = param(standard, members[i].name);
        if (!given && !before) continue;
        struct reading reading = { source, name, given ? *given : *before,
                                   before ? *before : json_null() };
        json value = reading.given;
        if (given && !members[i].read(&reading, &value, err)) return false;
        if (!json_is_null(value)) json_fields_add(&fields, str_from(members[i].name), value);
    }
    *out = json_fields_done(&fields);
    return true;
}

/* ---- shown ---- */

/* AWS names the build of the runtime; Baton's runtimes are those of the machine, so the name of the
 * runtime stands for its build. */
static str runtime_arn(const struct source *source, str runtime)
{
    struct buf out;
    unsigned char digest[SHA256_DIGEST_LENGTH];
    SHA256((const unsigned char *)runtime.ptr, runtime.len, digest);
    buf_init(&out, source->arena);
    buf_printf(&out, "arn:aws:lambda:%.*s::runtime:", STR_ARGS(shard_region(source->shard)));
    for (size_t i = 0; i < sizeof digest; i++)
        buf_printf(&out, "%02x", digest[i]);
    return buf_str(&out);
}

/* "2024-01-02T03:04:05.678+0000" */
static str modified_text(const struct source *source, int64_t ms)
{
    str text = timestamp_text(source->arena, ms);
    return arena_printf(source->arena, "%.*s+0000", (int)text.len - 1, text.ptr);
}

void reply_configuration(struct buf *out, const struct source *source, str name,
                         const struct function_config *config, str arn, bool listed)
{
    str runtime = param_str(config->settings, "Runtime");
    reply_str(out, "FunctionName", name);
    reply_str(out, "FunctionArn", arn);
    for (size_t i = 0; i < json_count(config->settings); i++) {
        buf_add_char(out, ',');
        json_write_str(out, json_key_at(config->settings, i));
        buf_add_char(out, ':');
        json_write(out, json_value_at(config->settings, i));
    }
    reply_i64(out, "CodeSize", config->code.bytes);
    reply_str(out, "CodeSha256", config->code.sha256);
    reply_str(out, "Version", config->version);
    reply_str(out, "LastModified", modified_text(source, config->modified_ms));
    reply_str(out, "RevisionId", config->revision_id);
    if (listed) return;
    reply_str(out, "State", STR("Active"));
    reply_str(out, "LastUpdateStatus", STR("Successful"));
    if (runtime.len == 0) return;
    reply_name(out, "RuntimeVersionConfig");
    reply_open(out);
    reply_str(out, "RuntimeVersionArn", runtime_arn(source, runtime));
    reply_close(out);
}

void reply_function(struct request *request, const struct source *source, str name,
                    const struct function_config *config, str arn)
{
    struct buf *out = reply_begin(request);
    reply_configuration(out, source, name, config, arn, false);
    reply_close(out);
}
