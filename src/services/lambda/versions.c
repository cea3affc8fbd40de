/* PublishVersion, ListVersionsByFunction: numbered copies of $LATEST. */
#include "services/lambda/lambda_private.h"

static json with_description(const struct source *source, json settings, json description)
{
    struct json_fields fields;
    json_fields_from(&fields, source->arena, settings);
    json_fields_add(&fields, STR("Description"), description);
    return json_fields_done(&fields);
}

/* The newest version if it is what $LATEST is now. */
static bool is_published(const struct source *source, const struct function_record *function,
                         struct function_config *out)
{
    return function->version_last > 0 &&
           function_version_load(source, function->name, function->version_last, out) &&
           out->build == function->latest.build;
}

bool version_room(const struct function_record *function, struct error *err)
{
    return function->version_count < LAMBDA_VERSIONS_MAX ||
           error_set(err, ERROR_LAMBDA_CODE_STORAGE_EXCEEDED,
                     "A function must not have more than %d versions.", LAMBDA_VERSIONS_MAX);
}

bool function_version_publish(struct txn *txn, const struct source *source,
                              struct function_record *function, const json *description,
                              struct function_config *out, struct error *err)
{
    if (is_published(source, function, out)) return true;
    if (!version_room(function, err)) return false;
    *out = function->latest;
    out->version = arena_printf(source->arena, "%u", ++function->version_last);
    out->revision_id = new_uuid(txn);
    if (description) out->settings = with_description(source, out->settings, *description);
    function->version_count++;
    struct function_totals totals = totals_load(source);
    totals.code_bytes += out->code.bytes;
    totals_store(txn, source, &totals);
    code_use(txn, source, &out->code);
    version_store(txn, source, function->name, out);
    return true;
}

void versions_delete(struct txn *txn, const struct source *source, str name,
                     struct function_totals *totals)
{
    struct key key;
    struct function_config config;
    uint32_t version;
    struct store_cursor *cursor = versions_scan(source, name, 0);
    while (versions_next(source, cursor, &config)) {
        bool numbered = qualifier_version(config.version, &version);
        ASSERT(numbered);
        totals->code_bytes -= config.code.bytes;
        code_release(txn, source, &config.code);
        key_function_version(&key, source->number, name, version);
        txn_delete(txn, &key);
    }
    store_cursor_close(cursor);
}

/* ---- operations ---- */

static bool sha256_check(json params, const struct function_record *function, struct error *err)
{
    str wanted = param_str(params, "CodeSha256");
    return wanted.len == 0 || str_eq(wanted, function->latest.code.sha256) ||
           error_set(err, ERROR_LAMBDA_INVALID_PARAMETER_VALUE,
                     "CodeSHA256 (%.*s) is different from current CodeSHA256 in $LATEST (%.*s). "
                     "Please try again with the CodeSHA256 in $LATEST.",
                     STR_ARGS(wanted), STR_ARGS(function->latest.code.sha256));
}

enum handled handle_publish_version(struct txn *txn, struct request *request, struct error *err)
{
    struct source source = source_from_txn(txn, &request->arena);
    struct function_record function;
    struct function_config config;
    if (!update_check(&source, request->params, &function, err) ||
        !sha256_check(request->params, &function, err) ||
        !function_version_publish(txn, &source, &function, param(request->params, "Description"),
                                  &config, err))
        return HANDLED_FAILED;
    function_store(txn, &source, &function);
    reply_function(request, &source, function.name, &config,
                   function_arn(&source, function.name, config.version));
    return HANDLED;
}

static void add(struct buf *out, const struct source *source, str name,
                const struct function_config *config)
{
    if (out->ptr[out->len - 1] != '[') buf_add_char(out, ',');
    reply_open(out);
    reply_configuration(out, source, name, config, function_arn(source, name, config->version),
                        true);
    reply_close(out);
}

/* $LATEST first, then from 1 on. The position is the last number shown, 0 for $LATEST. */
static void list_versions(const struct source *source, const struct page *page,
                          const struct function_record *function, struct buf *out)
{
    int64_t after = 0;
    struct function_config config;
    size_t count = 0;
    bool more = false;
    str last = STR("0");
    reply_name(out, "Versions");
    buf_add_char(out, '[');
    if (page->position.len == 0) {
        add(out, source, function->name, &function->latest);
        count++;
    } else if (!str_to_i64(page->position, &after)) {
        after = 0;
    }
    struct store_cursor *cursor = versions_scan(source, function->name, (uint32_t)after);
    while (versions_next(source, cursor, &config)) {
        more = count == page->limit;
        if (more) break;
        count++;
        add(out, source, function->name, &config);
        last = config.version;
    }
    store_cursor_close(cursor);
    buf_add_char(out, ']');
    if (more) list_next(source, page, out, last);
}

enum handled handle_list_versions_by_function(const struct reader *reader, struct request *request,
                                              struct error *err)
{
    struct source source = source_from_reader(reader, request);
    struct function_ref ref;
    struct function_record function;
    struct page page;
    if (!ref_params(&source, request->params, &ref, err) ||
        !function_find(&source, ref.name, STR(""), &function, err))
        return HANDLED_FAILED;
    str scope = arena_printf(source.arena, "ListVersionsByFunction %.*s", STR_ARGS(ref.name));
    if (!list_begin(&source, request->params, scope, &page, err)) return HANDLED_FAILED;
    struct buf *out = reply_begin(request);
    list_versions(&source, &page, &function, out);
    reply_close(out);
    return HANDLED;
}
