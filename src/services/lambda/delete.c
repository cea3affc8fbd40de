/* DeleteFunction: a function with all that belongs to it, or one of its versions. Event source
 * mappings stay, as in AWS: they are records of their own, and wait until the function is back. */
#include "services/lambda/lambda_private.h"

static bool refuse_qualifier(const struct source *source, const struct function_ref *ref,
                             struct error *err)
{
    if (str_eq(ref->qualifier, LATEST))
        return error_set(err, ERROR_LAMBDA_INVALID_PARAMETER_VALUE,
                         "$LATEST version cannot be deleted without deleting the function.");
    if (qualifier_is_alias(ref->qualifier))
        return error_set(err, ERROR_LAMBDA_INVALID_PARAMETER_VALUE,
                         "Deletion of aliases is not currently supported.");
    str aliases =
        ref->qualifier.len > 0 ? aliases_of_version(source, ref->name, ref->qualifier) : STR("");
    return aliases.len == 0 ||
           error_set_long(err, source->arena, ERROR_LAMBDA_RESOURCE_CONFLICT,
                          "Unable to delete version because the following aliases reference it: "
                          "%.*s",
                          STR_ARGS(aliases));
}

static void delete_version(struct txn *txn, const struct source *source,
                           struct function_record *function, str qualifier)
{
    struct key key;
    uint32_t version;
    struct function_config config;
    if (!qualifier_version(qualifier, &version) ||
        !function_version_load(source, function->name, version, &config))
        return; /* AWS answers with success */
    struct function_totals totals = totals_load(source);
    totals.code_bytes -= config.code.bytes;
    totals_store(txn, source, &totals);
    code_release(txn, source, &config.code);
    settings_delete(txn, source, function->name, qualifier);
    key_function_version(&key, source->number, function->name, version);
    txn_delete(txn, &key);
    function->version_count--;
    function_store(txn, source, function);
}

static void delete_function(struct txn *txn, const struct source *source,
                            const struct function_record *function)
{
    struct key key;
    struct function_totals totals = totals_load(source);
    totals.functions--;
    totals.code_bytes -= function->latest.code.bytes;
    if (function->reserved > 0) totals.reserved -= function->reserved;
    code_release(txn, source, &function->latest.code);
    versions_delete(txn, source, function->name, &totals);
    aliases_delete(txn, source, function->name);
    settings_delete_all(txn, source, function->name);
    key_function(&key, source->number, function->name);
    txn_delete(txn, &key);
    totals_store(txn, source, &totals);
}

enum handled handle_delete_function(struct txn *txn, struct request *request, struct error *err)
{
    struct source source = source_from_txn(txn, &request->arena);
    struct function_ref ref;
    struct function_record function;
    if (!ref_params(&source, request->params, &ref, err) ||
        !function_find(&source, ref.name, STR(""), &function, err) ||
        !refuse_qualifier(&source, &ref, err))
        return HANDLED_FAILED;
    if (ref.qualifier.len > 0)
        delete_version(txn, &source, &function, ref.qualifier);
    else
        delete_function(txn, &source, &function);
    forget_processes(&source, ref.name);
    return reply_empty(request, 204);
}
