/* What comes with a definition: logging, tracing, encryption, tags; and the definition itself,
 * compiled for its errors and for the variables that it uses. */
#include "services/states/states.h"

/* ---- logging ---- */

json logging_default(const struct source *source)
{
    struct json_fields fields;
    json_fields_init(&fields, source->arena);
    json_fields_add(&fields, STR("level"), json_string(STR("OFF")));
    json_fields_add(&fields, STR("includeExecutionData"), json_bool(false));
    return json_fields_done(&fields);
}

/* The name in "arn:aws:logs:REGION:ACCOUNT:log-group:NAME:*"; empty if it is none. */
static str log_group_of(json destination)
{
    str arn, mark = STR(":log-group:");
    const json *group = json_find(destination, STR("cloudWatchLogsLogGroup"));
    if (!group || !json_find_str(*group, STR("logGroupArn"), &arn) ||
        !str_starts_with(arn, STR("arn:")))
        return STR("");
    size_t at = str_find(arn, mark, 0);
    if (at == arn.len) return STR("");
    str name = str_skip(arn, at + mark.len);
    return str_slice(name, 0, str_find_char(name, ':', 0));
}

/* AWS refuses a destination that is not there; here it is made, so that a machine can be created
 * before its log group. */
bool logging_prepare(struct txn *txn, json logging, struct error *err)
{
    const json *destinations = json_find(logging, STR("destinations"));
    if (str_eq(json_str_or(logging, STR("level"), STR("OFF")), STR("OFF")) || !destinations ||
        json_count(*destinations) == 0)
        return true;
    struct json_fields fields;
    struct error refused = { 0 };
    json reply;
    json_fields_init(&fields, txn_arena(txn));
    json_fields_add(&fields, STR("logGroupName"),
                    json_string(log_group_of(json_at(*destinations, 0))));
    if (service_call(txn, &logs_service, STR("CreateLogGroup"), json_fields_done(&fields), &reply,
                     &refused) ||
        refused.code == ERROR_LOGS_RESOURCE_ALREADY_EXISTS)
        return true;
    return error_set(err, ERROR_INVALID_LOGGING_CONFIGURATION,
                     "Invalid Logging Configuration: Log Destination not found.");
}

/* AWS takes exactly one destination as soon as something is to be logged. */
bool logging_read(const struct source *source, json params, json *out, struct error *err)
{
    const json *given = json_find(params, STR("loggingConfiguration"));
    if (!given || json_is_null(*given)) {
        *out = logging_default(source);
        return true;
    }
    str level = json_str_or(*given, STR("level"), STR("OFF"));
    const json *destinations = json_find(*given, STR("destinations"));
    size_t count = destinations ? json_count(*destinations) : 0;
    if (count > 1 || (count == 0 && !str_eq(level, STR("OFF"))))
        return error_set(err, ERROR_INVALID_LOGGING_CONFIGURATION,
                         "Invalid Logging Configuration: Must specify exactly one Log "
                         "Destination.");
    if (count == 1 && log_group_of(json_at(*destinations, 0)).len == 0)
        return error_set(err, ERROR_INVALID_LOGGING_CONFIGURATION,
                         "Invalid Logging Configuration: Log Destination not found.");
    struct json_fields fields;
    json_fields_init(&fields, source->arena);
    json_fields_add(&fields, STR("level"), json_string(level));
    json_fields_add(&fields, STR("includeExecutionData"),
                    json_bool(json_bool_or(*given, STR("includeExecutionData"), false)));
    if (destinations && json_is_array(*destinations))
        json_fields_add(&fields, STR("destinations"), *destinations);
    *out = json_fields_done(&fields);
    return true;
}

/* ---- tracing and encryption ---- */

bool tracing_read(json params, bool fallback)
{
    const json *given = json_find(params, STR("tracingConfiguration"));
    if (!given || json_is_null(*given)) return fallback;
    return json_bool_or(*given, STR("enabled"), false);
}

json encryption_default(const struct source *source)
{
    struct json_fields fields;
    json_fields_init(&fields, source->arena);
    json_fields_add(&fields, STR("type"), json_string(STR("AWS_OWNED_KEY")));
    return json_fields_done(&fields);
}

static bool encryption_fails(struct error *err, const char *why)
{
    return error_set(err, ERROR_INVALID_ENCRYPTION_CONFIGURATION,
                     "Invalid Encryption Configuration: %s", why);
}

/* The configuration is kept and shown; the data directory is encrypted by whoever keeps the disk.
 */
bool encryption_read(const struct source *source, json params, json *out, struct error *err)
{
    const json *given = json_find(params, STR("encryptionConfiguration"));
    if (!given || json_is_null(*given)) {
        *out = encryption_default(source);
        return true;
    }
    str key;
    str type = json_str_or(*given, STR("type"), STR(""));
    bool customer = str_eq(type, STR("CUSTOMER_MANAGED_KMS_KEY"));
    bool has_key = json_find_str(*given, STR("kmsKeyId"), &key);
    const json *period = json_find(*given, STR("kmsDataKeyReusePeriodSeconds"));
    bool has_period = period && !json_is_null(*period);
    if (customer && !has_key)
        return encryption_fails(err, "kmsKeyId must be given with CUSTOMER_MANAGED_KMS_KEY.");
    if (!customer && (has_key || has_period))
        return encryption_fails(err, "AWS_OWNED_KEY takes neither kmsKeyId nor "
                                     "kmsDataKeyReusePeriodSeconds.");
    struct json_fields fields;
    json_fields_init(&fields, source->arena);
    if (has_key) json_fields_add(&fields, STR("kmsKeyId"), json_string(key));
    if (customer)
        json_fields_add(&fields, STR("kmsDataKeyReusePeriodSeconds"),
                        has_period ? *period : json_i64(source->arena, 300));
    json_fields_add(&fields, STR("type"), json_string(type));
    *out = json_fields_done(&fields);
    return true;
}

/* ---- tags ---- */

/* Through an object, whose keys are each there once and in the order of their first appearance. */
bool tags_merge(const struct source *source, str resource, json current, json added, json *out,
                struct error *err)
{
    struct json_fields values;
    json_fields_init(&values, source->arena);
    for (size_t list = 0; list < 2; list++) {
        json tags = list == 0 ? current : added;
        for (size_t i = 0; i < json_count(tags); i++) {
            json tag = json_at(tags, i);
            json_fields_add(&values, json_str_or(tag, STR("key"), STR("")),
                            json_string(json_str_or(tag, STR("value"), STR(""))));
        }
    }
    json merged = json_fields_done(&values);
    if (json_count(merged) > STATES_TAGS_MAX)
        return fail_quoted(source, err, ERROR_TOO_MANY_TAGS, "Too Many Tags: ", resource);
    struct json_list list;
    json_list_init(&list, source->arena);
    for (size_t i = 0; i < json_count(merged); i++) {
        struct json_fields tag;
        json_fields_init(&tag, source->arena);
        json_fields_add(&tag, STR("key"), json_string(json_key_at(merged, i)));
        json_fields_add(&tag, STR("value"), json_value_at(merged, i));
        json_list_add(&list, json_fields_done(&tag));
    }
    *out = json_list_done(&list);
    return true;
}

/* ---- roles and definitions ---- */

bool role_check(const struct source *source, str role_arn, struct error *err)
{
    if (str_starts_with(role_arn, STR("arn:"))) return true;
    return fail_quoted(source, err, ERROR_INVALID_ARN, "Invalid Role Arn: ", role_arn);
}

static json references_of(const struct source *source, const struct asl_machine *machine)
{
    if (machine->reference_count == 0) return json_null();
    struct json_fields fields;
    json_fields_init(&fields, source->arena);
    for (size_t i = 0; i < machine->reference_count; i++) {
        const struct asl_variable_reference *reference = &machine->references[i];
        struct json_list names;
        json_list_init(&names, source->arena);
        for (size_t j = 0; j < reference->variable_count; j++)
            json_list_add(&names, json_string(reference->variables[j]));
        json_fields_add(&fields, reference->state, json_list_done(&names));
    }
    return json_fields_done(&fields);
}

bool definition_check(const struct source *source, str definition, enum asl_machine_type type,
                      json *references, struct error *err)
{
    const struct asl_machine *machine;
    struct asl_diagnostics diagnostics = { 0 };
    if (asl_compile(definition, type, source->arena, &machine, &diagnostics)) {
        *references = references_of(source, machine);
        return true;
    }
    return fail_quoted(source, err, ERROR_INVALID_DEFINITION, "Invalid State Machine Definition: ",
                       asl_diagnostics_text(&diagnostics, source->arena));
}
