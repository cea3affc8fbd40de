/* AddPermission, RemovePermission, GetPolicy. Policies are kept and shown; nobody is refused by
 * them.
 *
 * KEY_FUNCTION_SETTING, SETTING_POLICY: {"v":1,"statements":[...]}, under the qualifier, which is
 * empty for the function itself. */
#include "services/lambda/lambda_private.h"

/* ---- records ---- */

static json statements_load(const struct source *source, str name, str qualifier)
{
    struct key key;
    json record;
    key_function_setting(&key, source->number, name, SETTING_POLICY, qualifier);
    if (!source_find(source, &key, &record)) return json_array(NULL, 0);
    const json *statements = json_find(record, STR("statements"));
    ASSERT(statements);
    return *statements;
}

static void statements_store(struct txn *txn, const struct source *source, str name, str qualifier,
                             json statements)
{
    struct key key;
    struct buf out;
    key_function_setting(&key, source->number, name, SETTING_POLICY, qualifier);
    if (json_count(statements) == 0) {
        txn_delete(txn, &key);
        return;
    }
    buf_init(&out, source->arena);
    reply_open(&out);
    reply_i64(&out, "v", 1);
    reply_json(&out, "statements", statements);
    reply_close(&out);
    txn_put(txn, &key, buf_str(&out));
}

/* ---- a statement ---- */

static void add_if_given(struct json_fields *fields, const char *name, str value)
{
    if (value.len > 0) json_fields_add(fields, str_from(name), json_string(value));
}

/* Operators without anything to compare are not shown. */
static json condition_of(const struct source *source, json params)
{
    struct json_fields fields, equals, like;
    json_fields_init(&equals, source->arena);
    json_fields_init(&like, source->arena);
    json_fields_init(&fields, source->arena);
    add_if_given(&equals, "lambda:FunctionUrlAuthType", param_str(params, "FunctionUrlAuthType"));
    add_if_given(&equals, "aws:PrincipalOrgID", param_str(params, "PrincipalOrgID"));
    add_if_given(&equals, "AWS:SourceAccount", param_str(params, "SourceAccount"));
    add_if_given(&equals, "lambda:EventSourceToken", param_str(params, "EventSourceToken"));
    add_if_given(&like, "AWS:SourceArn", param_str(params, "SourceArn"));
    if (equals.count > 0) json_fields_add(&fields, STR("StringEquals"), json_fields_done(&equals));
    if (like.count > 0) json_fields_add(&fields, STR("ArnLike"), json_fields_done(&like));
    return json_fields_done(&fields);
}

static bool principal_of(const struct source *source, str text, json *out, struct error *err)
{
    struct json_fields fields;
    json_fields_init(&fields, source->arena);
    if (str_eq(text, STR("*"))) {
        *out = json_string(text);
        return true;
    }
    if (str_ends_with(text, STR(".amazonaws.com")))
        json_fields_add(&fields, STR("Service"), json_string(text));
    else if (account_pattern.matches(text))
        json_fields_add(
            &fields, STR("AWS"),
            json_string(arena_printf(source->arena, "arn:aws:iam::%.*s:root", STR_ARGS(text))));
    else if (str_starts_with(text, STR("arn:")) && str_find(text, STR(":iam:"), 0) < text.len)
        json_fields_add(&fields, STR("AWS"), json_string(text));
    else
        return error_set(err, ERROR_LAMBDA_INVALID_PARAMETER_VALUE,
                         "The provided principal was invalid. Please check the principal and try "
                         "again.");
    *out = json_fields_done(&fields);
    return true;
}

static bool statement_of(const struct source *source, json params, str arn, json *out,
                         struct error *err)
{
    struct json_fields fields;
    json principal = json_null();
    if (!principal_of(source, param_str(params, "Principal"), &principal, err)) return false;
    json_fields_init(&fields, source->arena);
    json_fields_add(&fields, STR("Sid"), json_string(param_str(params, "StatementId")));
    json_fields_add(&fields, STR("Effect"), json_string(STR("Allow")));
    json_fields_add(&fields, STR("Principal"), principal);
    json_fields_add(&fields, STR("Action"), json_string(param_str(params, "Action")));
    json_fields_add(&fields, STR("Resource"), json_string(arn));
    json condition = condition_of(source, params);
    if (json_count(condition) > 0) json_fields_add(&fields, STR("Condition"), condition);
    *out = json_fields_done(&fields);
    return true;
}

/* ---- operations ---- */

static str revision_of(const struct function_target *target)
{
    return target->is_alias ? target->alias.revision_id : target->config.revision_id;
}

/* AWS counts a change of the policy as one of what it is about. */
static void touch(struct txn *txn, const struct source *source, struct function_target *target)
{
    str revision = new_uuid(txn);
    if (target->is_alias) {
        target->alias.revision_id = revision;
        alias_store(txn, source, target->function.name, &target->alias);
    } else if (str_eq(target->config.version, LATEST)) {
        target->function.latest.revision_id = revision;
        function_store(txn, source, &target->function);
    } else {
        target->config.revision_id = revision;
        version_store(txn, source, target->function.name, &target->config);
    }
}

static const json *statement_find(json statements, str id)
{
    for (size_t i = 0; i < json_count(statements); i++)
        if (str_eq(param_str(json_at(statements, i), "Sid"), id)) return &statements.items[i];
    return NULL;
}

static json with_statement(const struct source *source, json statements, json added)
{
    struct json_list list;
    json_list_init(&list, source->arena);
    for (size_t i = 0; i < json_count(statements); i++)
        json_list_add(&list, json_at(statements, i));
    json_list_add(&list, added);
    return json_list_done(&list);
}

enum handled handle_add_permission(struct txn *txn, struct request *request, struct error *err)
{
    struct source source = source_from_txn(txn, &request->arena);
    json params = request->params, statement = json_null();
    struct function_ref ref = { 0 };
    struct function_target target;
    str id = param_str(params, "StatementId");
    if (!ref_params(&source, params, &ref, err)) return HANDLED_FAILED;
    if (str_eq(ref.qualifier, LATEST)) {
        error_set(err, ERROR_LAMBDA_INVALID_PARAMETER_VALUE,
                  "We currently do not support adding policies for $LATEST.");
        return HANDLED_FAILED;
    }
    if (!target_find(&source, &ref, &target, err) ||
        !revision_check(params, revision_of(&target), err))
        return HANDLED_FAILED;
    json statements = statements_load(&source, ref.name, ref.qualifier);
    if (statement_find(statements, id)) {
        error_set(err, ERROR_LAMBDA_RESOURCE_CONFLICT,
                  "The statement id (%.*s) provided already exists. Please provide a new statement "
                  "id, or remove the existing statement.",
                  STR_ARGS(id));
        return HANDLED_FAILED;
    }
    if (!statement_of(&source, params, target.arn, &statement, err)) return HANDLED_FAILED;
    statements = with_statement(&source, statements, statement);
    if (json_text_bytes(statements) > LAMBDA_POLICY_BYTES_MAX) {
        error_set(err, ERROR_LAMBDA_POLICY_LENGTH_EXCEEDED,
                  "The final policy size (%zu) is bigger than the limit (%d).",
                  json_text_bytes(statements), LAMBDA_POLICY_BYTES_MAX);
        return HANDLED_FAILED;
    }
    statements_store(txn, &source, ref.name, ref.qualifier, statements);
    touch(txn, &source, &target);
    struct buf *out = reply_begin(request);
    reply_str(out, "Statement", json_text(source.arena, statement));
    reply_close(out);
    return HANDLED;
}

enum handled handle_remove_permission(struct txn *txn, struct request *request, struct error *err)
{
    struct source source = source_from_txn(txn, &request->arena);
    struct function_ref ref = { 0 };
    struct function_target target;
    struct json_list left;
    str id = param_str(request->params, "StatementId");
    if (!ref_params(&source, request->params, &ref, err) ||
        !target_find(&source, &ref, &target, err))
        return HANDLED_FAILED;
    json statements = statements_load(&source, ref.name, ref.qualifier);
    const json *statement = statement_find(statements, id);
    if (!statement) {
        if (json_count(statements) == 0)
            error_set(err, ERROR_LAMBDA_RESOURCE_NOT_FOUND,
                      "No policy is associated with the given resource.");
        else
            error_set(err, ERROR_LAMBDA_RESOURCE_NOT_FOUND,
                      "Statement %.*s is not found in resource policy.", STR_ARGS(id));
        return HANDLED_FAILED;
    }
    if (!revision_check(request->params, revision_of(&target), err)) return HANDLED_FAILED;
    json_list_init(&left, source.arena);
    for (size_t i = 0; i < json_count(statements); i++)
        if (&statements.items[i] != statement) json_list_add(&left, json_at(statements, i));
    statements_store(txn, &source, ref.name, ref.qualifier, json_list_done(&left));
    touch(txn, &source, &target);
    return reply_empty(request, 204);
}

enum handled handle_get_policy(const struct reader *reader, struct request *request,
                               struct error *err)
{
    struct source source = source_from_reader(reader, request);
    struct function_ref ref = { 0 };
    struct function_target target;
    struct buf text;
    if (!ref_params(&source, request->params, &ref, err) ||
        !target_find(&source, &ref, &target, err))
        return HANDLED_FAILED;
    json statements = statements_load(&source, ref.name, ref.qualifier);
    if (json_count(statements) == 0) {
        error_set(err, ERROR_LAMBDA_RESOURCE_NOT_FOUND,
                  "The resource you requested does not exist.");
        return HANDLED_FAILED;
    }
    buf_init(&text, source.arena);
    reply_open(&text);
    reply_str(&text, "Version", STR("2012-10-17"));
    reply_str(&text, "Id", STR("default"));
    reply_json(&text, "Statement", statements);
    reply_close(&text);
    struct buf *out = reply_begin(request);
    reply_str(out, "Policy", buf_str(&text));
    reply_str(out, "RevisionId", revision_of(&target));
    reply_close(out);
    return HANDLED;
}
