/* CreateFunction, UpdateFunctionCode, UpdateFunctionConfiguration. */
#include "services/lambda/lambda_private.h"

/* ---- checks ---- */

static bool malformed(const struct source *source, str name, struct error *err)
{
    return error_set_long(err, source->arena, ERROR_VALIDATION,
                          "1 validation error detected: Value '%.*s' at 'functionName' failed to "
                          "satisfy constraint: Member must satisfy regular expression pattern: %s",
                          STR_ARGS(name), function_name_pattern.text);
}

/* A function that runs elsewhere has no runtime. */
static bool runs_elsewhere(json params)
{
    const json *code = param(params, "Code"), *prepared = param(params, "preparedCode");
    if (prepared) return str_eq(param_str(*prepared, "kind"), STR("url"));
    str key = code ? param_str(*code, "S3Key") : STR("");
    return code && (param(*code, "Url") || str_starts_with(key, STR("http://")) ||
                    str_starts_with(key, STR("https://")));
}

static bool runtime_check(json settings, struct error *err)
{
    return (param_str(settings, "Runtime").len > 0 && param_str(settings, "Handler").len > 0) ||
           error_set(err, ERROR_LAMBDA_INVALID_PARAMETER_VALUE,
                     "Runtime and Handler are mandatory parameters for functions created with "
                     "deployment packages.");
}

bool create_check(const struct source *source, json params, str *name, json *settings,
                  struct error *err)
{
    struct key key;
    str ignored;
    struct function_ref ref;
    const json *tags = param(params, "Tags");
    if (!ref_params(source, params, &ref, err)) return false;
    *name = ref.name;
    if (ref.qualifier.len > 0 || str_find_char(ref.name, '.', 0) < ref.name.len)
        return malformed(source, param_str(params, "FunctionName"), err);
    if (ref.name.len > LAMBDA_NAME_CHARS_MAX)
        return error_set_long(err, source->arena, ERROR_LAMBDA_INVALID_PARAMETER_VALUE,
                              "1 validation error detected: Value '%.*s' at 'functionName' failed "
                              "to satisfy constraint: Member must have length less than or equal "
                              "to %d",
                              STR_ARGS(ref.name), LAMBDA_NAME_CHARS_MAX);
    if (!settings_read(source, params, ref.name, json_null(), settings, err)) return false;
    if (!runs_elsewhere(params) && !runtime_check(*settings, err)) return false;
    if (tags && json_count(*tags) > LAMBDA_TAGS_MAX)
        return error_set(err, ERROR_LAMBDA_INVALID_PARAMETER_VALUE,
                         "Number of tags exceeds resource tag limit.");
    key_function(&key, source->number, ref.name);
    if (!source_get(source, &key, &ignored)) return true;
    return error_set(err, ERROR_LAMBDA_RESOURCE_CONFLICT, "Function already exist: %.*s",
                     STR_ARGS(ref.name));
}

bool update_check(const struct source *source, json params, struct function_record *function,
                  struct error *err)
{
    struct function_ref ref;
    return ref_params(source, params, &ref, err) &&
           function_find(source, ref.name, STR(""), function, err) &&
           revision_check(params, function->latest.revision_id, err);
}

void forget_processes(const struct source *source, str name)
{
    struct effects *effects = carrier_effects(source->shard);
    if (effects) functions_forget(effects, function_arn(source, name, STR("")));
}

/* ---- create ---- */

static json tags_of(const struct source *source, json params)
{
    const json *tags = param(params, "Tags");
    if (tags) return *tags;
    struct json_fields none;
    json_fields_init(&none, source->arena);
    return json_fields_done(&none);
}

/* Publishes if the call asks for it. `*shown` is what the answer shows. */
static bool publish_if_asked(struct txn *txn, const struct source *source, json params,
                             struct function_record *function, struct function_config *shown,
                             struct error *err)
{
    *shown = function->latest;
    if (!json_bool_or(params, STR("Publish"), false)) return true;
    return function_version_publish(txn, source, function, NULL, shown, err);
}

enum handled handle_create_function(struct txn *txn, struct request *request, struct error *err)
{
    struct source source = source_from_txn(txn, &request->arena);
    struct function_record function = { .reserved = -1 };
    struct function_config *latest = &function.latest, shown;
    if (!code_prepared(&source, request->params, &latest->code, err)) return HANDLED_FAILED;
    if (!create_check(&source, request->params, &function.name, &latest->settings, err)) {
        code_abandon(&source, &latest->code);
        return HANDLED_FAILED;
    }
    latest->version = LATEST;
    latest->revision_id = new_uuid(txn);
    latest->modified_ms = source.now_ms;
    latest->build = txn_serial(txn);
    function.tags = tags_of(&source, request->params);
    struct function_totals totals = totals_load(&source);
    totals.functions++;
    totals.code_bytes += latest->code.bytes;
    totals_store(txn, &source, &totals);
    code_use(txn, &source, &latest->code);
    if (!publish_if_asked(txn, &source, request->params, &function, &shown, err))
        return HANDLED_FAILED;
    function_store(txn, &source, &function);
    reply_function(request, &source, function.name, &shown,
                   function_arn(&source, function.name, STR("")));
    return HANDLED;
}

/* ---- update ---- */

/* $LATEST has changed. It is another build only if a process would notice. */
static void touch(struct txn *txn, const struct source *source, struct function_config *latest,
                  bool rebuilt)
{
    latest->revision_id = new_uuid(txn);
    latest->modified_ms = source->now_ms;
    if (rebuilt) latest->build = txn_serial(txn);
}

static json with_architectures(const struct source *source, json settings, json params)
{
    const json *given = param(params, "Architectures");
    struct json_fields fields;
    if (!given) return settings;
    json_fields_from(&fields, source->arena, settings);
    json_fields_add(&fields, STR("Architectures"), *given);
    return json_fields_done(&fields);
}

static str arn_shown(const struct source *source, const struct function_record *function,
                     const struct function_config *shown)
{
    bool is_latest = str_eq(shown->version, LATEST);
    return function_arn(source, function->name, is_latest ? STR("") : shown->version);
}

static void replace_code(struct txn *txn, const struct source *source,
                         struct function_config *latest, const struct function_code *code)
{
    struct function_totals totals = totals_load(source);
    totals.code_bytes += code->bytes - latest->code.bytes;
    totals_store(txn, source, &totals);
    code_use(txn, source, code); /* first: both may be the same */
    code_release(txn, source, &latest->code);
    latest->code = *code;
}

enum handled handle_update_function_code(struct txn *txn, struct request *request,
                                         struct error *err)
{
    struct source source = source_from_txn(txn, &request->arena);
    struct function_record function;
    struct function_config shown;
    struct function_code code;
    json params = request->params;
    if (!code_prepared(&source, params, &code, err)) return HANDLED_FAILED;
    bool publishes = json_bool_or(params, STR("Publish"), false);
    if (!update_check(&source, params, &function, err) ||
        (publishes && !version_room(&function, err))) {
        code_abandon(&source, &code);
        return HANDLED_FAILED;
    }
    struct function_config *latest = &function.latest;
    json settings = with_architectures(&source, latest->settings, params);
    bool rebuilt =
        !str_eq(code.sha256, latest->code.sha256) || !json_equal(settings, latest->settings);
    latest->settings = settings;
    touch(txn, &source, latest, rebuilt);
    if (json_bool_or(params, STR("DryRun"), false)) {
        latest->code = code;
        reply_function(request, &source, function.name, latest,
                       arn_shown(&source, &function, latest));
        return HANDLED;
    }
    replace_code(txn, &source, latest, &code);
    if (!publish_if_asked(txn, &source, params, &function, &shown, err)) return HANDLED_FAILED;
    function_store(txn, &source, &function);
    forget_processes(&source, function.name);
    reply_function(request, &source, function.name, &shown, arn_shown(&source, &function, &shown));
    return HANDLED;
}

enum handled handle_update_function_configuration(struct txn *txn, struct request *request,
                                                  struct error *err)
{
    struct source source = source_from_txn(txn, &request->arena);
    struct function_record function;
    json settings;
    if (!update_check(&source, request->params, &function, err)) return HANDLED_FAILED;
    struct function_config *latest = &function.latest;
    if (!settings_read(&source, request->params, function.name, latest->settings, &settings, err))
        return HANDLED_FAILED;
    if (!str_eq(latest->code.kind, STR("url")) && !runtime_check(settings, err))
        return HANDLED_FAILED;
    touch(txn, &source, latest, !json_equal(settings, latest->settings));
    latest->settings = settings;
    function_store(txn, &source, &function);
    forget_processes(&source, function.name);
    reply_function(request, &source, function.name, latest,
                   function_arn(&source, function.name, STR("")));
    return HANDLED;
}
