/* Aliases: names of versions, with a share of the invocations for a second one. */
#include "services/lambda/lambda_private.h"

/* ---- lists ---- */

static struct store_cursor *scan(const struct source *source, str name, str after)
{
    struct key from, to;
    key_begin(&from, source->number, KEY_FUNCTION_ALIAS);
    key_add_text(&from, name);
    to = from;
    key_range_end(&to);
    if (after.len > 0) {
        key_function_alias(&from, source->number, name, after);
        key_range_end(&from);
    }
    return source_scan(source, &from, &to, false);
}

static bool next(const struct source *source, struct store_cursor *cursor, struct alias_record *out)
{
    str key, value, name, alias;
    struct key_reader fields;
    if (!store_cursor_next(cursor, &key, &value)) return false;
    if (!key_read_begin(&fields, key) || !key_read_text(&fields, &name) ||
        !key_read_text(&fields, &alias))
        fatal("the key of an alias does not decode");
    name = arena_str(source->arena, name);
    bool found = function_alias_load(source, name, arena_str(source->arena, alias), out);
    ASSERT(found);
    return true;
}

void aliases_delete(struct txn *txn, const struct source *source, str name)
{
    struct key key;
    struct alias_record alias;
    struct store_cursor *cursor = scan(source, name, STR(""));
    while (next(source, cursor, &alias)) {
        key_function_alias(&key, source->number, name, alias.name);
        txn_delete(txn, &key);
    }
    store_cursor_close(cursor);
}

static bool points_to(const struct alias_record *alias, str version)
{
    return str_eq(alias->version, version) || json_find(alias->weights, version);
}

str aliases_of_version(const struct source *source, str name, str version)
{
    struct buf out;
    struct alias_record alias;
    buf_init(&out, source->arena);
    struct store_cursor *cursor = scan(source, name, STR(""));
    while (next(source, cursor, &alias)) {
        if (!points_to(&alias, version)) continue;
        buf_add(&out, out.len == 0 ? STR("[") : STR(", "));
        buf_add(&out, alias.name);
    }
    store_cursor_close(cursor);
    if (out.len > 0) buf_add_char(&out, ']');
    return buf_str(&out);
}

str alias_choose(const struct alias_record *alias, double chance)
{
    if (json_count(alias->weights) == 0) return alias->version;
    return chance < json_number(json_value_at(alias->weights, 0)) ? json_key_at(alias->weights, 0)
                                                                  : alias->version;
}

/* ---- routing ---- */

static bool weights_fail(const struct source *source, struct error *err, json weights,
                         const char *what)
{
    str key = json_key_at(weights, 0);
    return error_set_long(err, source->arena, ERROR_VALIDATION,
                          "1 validation error detected: Value '{%.*s=%.*s}' at "
                          "'routingConfig.additionalVersionWeights' failed to satisfy constraint: "
                          "%s",
                          STR_ARGS(key),
                          STR_ARGS(json_text(source->arena, json_value_at(weights, 0))), what);
}

static bool weights_check(const struct source *source, const struct alias_record *alias,
                          json weights, struct error *err)
{
    if (json_count(weights) == 0) return true;
    if (json_count(weights) > 1)
        return error_set(err, ERROR_LAMBDA_INVALID_PARAMETER_VALUE,
                         "Number of items in AdditionalVersionWeights cannot be greater than 1");
    str version = json_key_at(weights, 0);
    json weight = json_value_at(weights, 0);
    double share = json_is_number(weight) ? json_number(weight) : -1;
    if (!(share >= 0 && share <= 1))
        return weights_fail(source, err, weights,
                            "Map value must satisfy constraint: [Member must have value less than "
                            "or equal to 1.0, Member must have value greater than or equal to 0.0, "
                            "Member must not be null]");
    if (str_eq(version, alias->version))
        return error_set_long(err, source->arena, ERROR_LAMBDA_INVALID_PARAMETER_VALUE,
                              "Invalid function version %.*s. Function version %.*s is already "
                              "included in routing configuration.",
                              STR_ARGS(version), STR_ARGS(version));
    if (str_eq(alias->version, LATEST))
        return error_set(err, ERROR_LAMBDA_INVALID_PARAMETER_VALUE,
                         "$LATEST is not supported for an alias pointing to more than 1 version");
    return digits_pattern.matches(version) ||
           weights_fail(
               source, err, weights,
               "Map keys must satisfy constraint: [Member must have length less than or "
               "equal to 1024, Member must have length greater than or equal to 1, Member "
               "must satisfy regular expression pattern: [0-9]+, Member must not be null]");
}

static bool version_check(const struct source *source, str name, str version, struct error *err)
{
    struct function_ref ref = { name, version };
    struct function_target target;
    return target_find(source, &ref, &target, err);
}

/* Takes what the call gives into the alias and checks it. */
static bool apply(const struct source *source, str name, json params, struct alias_record *alias,
                  struct error *err)
{
    struct json_fields none;
    const json *routing = param(params, "RoutingConfig");
    const json *weights = routing ? param(*routing, "AdditionalVersionWeights") : NULL;
    alias->version = json_str_or(params, STR("FunctionVersion"), alias->version);
    alias->description = json_str_or(params, STR("Description"), alias->description);
    json_fields_init(&none, source->arena);
    if (routing) alias->weights = weights ? *weights : json_fields_done(&none);
    if (!version_check(source, name, alias->version, err) ||
        !weights_check(source, alias, alias->weights, err))
        return false;
    return json_count(alias->weights) == 0 ||
           version_check(source, name, json_key_at(alias->weights, 0), err);
}

/* ---- operations ---- */

static void add_alias(struct buf *out, const struct source *source, str name,
                      const struct alias_record *alias)
{
    reply_str(out, "AliasArn", function_arn(source, name, alias->name));
    reply_str(out, "Name", alias->name);
    reply_str(out, "FunctionVersion", alias->version);
    reply_str(out, "Description", alias->description);
    if (json_count(alias->weights) > 0) {
        reply_name(out, "RoutingConfig");
        reply_open(out);
        reply_json(out, "AdditionalVersionWeights", alias->weights);
        reply_close(out);
    }
    reply_str(out, "RevisionId", alias->revision_id);
}

static enum handled reply_alias(struct request *request, const struct source *source, str name,
                                const struct alias_record *alias)
{
    struct buf *out = reply_begin(request);
    add_alias(out, source, name, alias);
    reply_close(out);
    return HANDLED;
}

/* The function that the call names, and the name of the alias. */
static bool read_call(const struct source *source, json params, struct function_record *function,
                      struct error *err)
{
    struct function_ref ref;
    return ref_read(source, param_str(params, "FunctionName"), STR(""), &ref, err) &&
           function_find(source, ref.name, STR(""), function, err);
}

static bool find_alias(const struct source *source, json params, struct function_record *function,
                       struct alias_record *alias, struct error *err)
{
    str wanted = param_str(params, "Name");
    if (!read_call(source, params, function, err)) return false;
    return function_alias_load(source, function->name, wanted, alias) ||
           error_set_long(err, source->arena, ERROR_LAMBDA_RESOURCE_NOT_FOUND,
                          "Cannot find alias arn: %.*s",
                          STR_ARGS(function_arn(source, function->name, wanted)));
}

enum handled handle_create_alias(struct txn *txn, struct request *request, struct error *err)
{
    struct source source = source_from_txn(txn, &request->arena);
    struct function_record function;
    struct alias_record old;
    struct json_fields none;
    json_fields_init(&none, source.arena);
    struct alias_record alias = { .name = param_str(request->params, "Name"),
                                  .description = STR(""),
                                  .weights = json_fields_done(&none) };
    if (!read_call(&source, request->params, &function, err) ||
        !apply(&source, function.name, request->params, &alias, err))
        return HANDLED_FAILED;
    if (function_alias_load(&source, function.name, alias.name, &old)) {
        error_set_long(err, source.arena, ERROR_LAMBDA_RESOURCE_CONFLICT,
                       "Alias already exists: %.*s",
                       STR_ARGS(function_arn(&source, function.name, alias.name)));
        return HANDLED_FAILED;
    }
    if (function.alias_count >= LAMBDA_ALIASES_MAX) {
        error_set(err, ERROR_LAMBDA_INVALID_PARAMETER_VALUE,
                  "A function must not have more than %d aliases.", LAMBDA_ALIASES_MAX);
        return HANDLED_FAILED;
    }
    alias.revision_id = new_uuid(txn);
    alias_store(txn, &source, function.name, &alias);
    function.alias_count++;
    function_store(txn, &source, &function);
    return reply_alias(request, &source, function.name, &alias);
}

enum handled handle_update_alias(struct txn *txn, struct request *request, struct error *err)
{
    struct source source = source_from_txn(txn, &request->arena);
    struct function_record function;
    struct alias_record alias;
    if (!find_alias(&source, request->params, &function, &alias, err) ||
        !revision_check(request->params, alias.revision_id, err) ||
        !apply(&source, function.name, request->params, &alias, err))
        return HANDLED_FAILED;
    alias.revision_id = new_uuid(txn);
    alias_store(txn, &source, function.name, &alias);
    return reply_alias(request, &source, function.name, &alias);
}

/* An alias that is not there is deleted already. */
enum handled handle_delete_alias(struct txn *txn, struct request *request, struct error *err)
{
    struct source source = source_from_txn(txn, &request->arena);
    struct function_record function;
    struct alias_record alias;
    struct key key;
    if (!read_call(&source, request->params, &function, err)) return HANDLED_FAILED;
    str name = param_str(request->params, "Name");
    if (function_alias_load(&source, function.name, name, &alias)) {
        key_function_alias(&key, source.number, function.name, name);
        txn_delete(txn, &key);
        settings_delete(txn, &source, function.name, name);
        function.alias_count--;
        function_store(txn, &source, &function);
    }
    return reply_empty(request, 204);
}

enum handled handle_get_alias(const struct reader *reader, struct request *request,
                              struct error *err)
{
    struct source source = source_from_reader(reader, request);
    struct function_record function;
    struct alias_record alias;
    if (!find_alias(&source, request->params, &function, &alias, err)) return HANDLED_FAILED;
    return reply_alias(request, &source, function.name, &alias);
}

enum handled handle_list_aliases(const struct reader *reader, struct request *request,
                                 struct error *err)
{
    struct source source = source_from_reader(reader, request);
    struct function_record function;
    struct alias_record alias;
    struct page page;
    if (!read_call(&source, request->params, &function, err)) return HANDLED_FAILED;
    str version = param_str(request->params, "FunctionVersion"), last = STR("");
    str scope = arena_printf(source.arena, "ListAliases %.*s %.*s", STR_ARGS(function.name),
                             STR_ARGS(version));
    if (!list_begin(&source, request->params, scope, &page, err)) return HANDLED_FAILED;
    struct buf *out = reply_begin(request);
    reply_name(out, "Aliases");
    buf_add_char(out, '[');
    size_t count = 0;
    bool more = false;
    struct store_cursor *cursor = scan(&source, function.name, page.position);
    while (!more && next(&source, cursor, &alias)) {
        if (version.len > 0 && !points_to(&alias, version)) continue;
        more = count == page.limit;
        if (more) break;
        if (count++ > 0) buf_add_char(out, ',');
        reply_open(out);
        add_alias(out, &source, function.name, &alias);
        reply_close(out);
        last = alias.name;
    }
    store_cursor_close(cursor);
    buf_add_char(out, ']');
    if (more) list_next(&source, &page, out, last);
    reply_close(out);
    return HANDLED;
}
