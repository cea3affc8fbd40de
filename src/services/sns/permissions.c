/* AddPermission, RemovePermission: statements of the topic's policy. They are kept and shown; calls
 * are not authorised, as the server listens on loopback addresses only. */
#include "services/sns/internal.h"

static json policy_of(const struct source *source, const struct topic *topic)
{
    json policy;
    struct error err;
    str text = topic_attribute(topic, "Policy", STR(""));
    if (text.len == 0) text = sns_default_policy(source, topic->name);
    if (!json_parse(text, source->arena, &policy, &err)) return json_null();
    return policy;
}

static json statements_of(json policy)
{
    const json *statements = json_find(policy, STR("Statement"));
    return statements && json_is_array(*statements) ? *statements : json_array(NULL, 0);
}

static bool has_label(json statement, str label)
{
    return str_eq(json_str_or(statement, STR("Sid"), STR("")), label);
}

static json one_or_list(struct json_list *list)
{
    json done = json_list_done(list);
    return json_count(done) == 1 ? json_at(done, 0) : done;
}

static json make_statement(const struct source *source, const struct topic *topic, json params)
{
    struct json_fields statement, principal;
    struct json_list accounts, actions;
    json account_ids = *json_find(params, STR("AWSAccountId"));
    json names = *json_find(params, STR("ActionName"));
    json_list_init(&accounts, source->arena);
    json_list_init(&actions, source->arena);
    for (size_t i = 0; i < json_count(account_ids); i++)
        json_list_add(&accounts,
                      json_string(arena_printf(source->arena, "arn:aws:iam::%.*s:root",
                                               STR_ARGS(json_str(json_at(account_ids, i))))));
    for (size_t i = 0; i < json_count(names); i++)
        json_list_add(&actions, json_string(arena_printf(source->arena, "SNS:%.*s",
                                                         STR_ARGS(json_str(json_at(names, i))))));
    json_fields_init(&principal, source->arena);
    json_fields_add(&principal, STR("AWS"), one_or_list(&accounts));
    json_fields_init(&statement, source->arena);
    json_fields_add(&statement, STR("Sid"),
                    json_string(json_str_or(params, STR("Label"), STR(""))));
    json_fields_add(&statement, STR("Effect"), json_string(STR("Allow")));
    json_fields_add(&statement, STR("Principal"), json_fields_done(&principal));
    json_fields_add(&statement, STR("Action"), one_or_list(&actions));
    json_fields_add(&statement, STR("Resource"),
                    json_string(sns_topic_arn_text(source, topic->name)));
    return json_fields_done(&statement);
}

static bool store_policy(struct txn *txn, const struct source *source, struct topic *topic,
                         json policy, json statements, struct error *err)
{
    struct json_fields fields;
    json_fields_init(&fields, source->arena);
    for (size_t i = 0; i < json_count(policy); i++)
        json_fields_add(&fields, json_key_at(policy, i), json_value_at(policy, i));
    json_fields_add(&fields, STR("Statement"), statements);
    str text = json_text(source->arena, json_fields_done(&fields));
    if (text.len > SNS_POLICY_BYTES_MAX) return sns_invalid(err, "Policy statement is too long");
    topic->attributes = sns_attributes_with(source, topic->attributes, STR("Policy"), text);
    topic_store(txn, source, topic);
    return true;
}

enum handled handle_sns_add_permission(struct txn *txn, struct request *request, struct error *err)
{
    struct source source = source_from_txn(txn, &request->arena);
    struct topic topic;
    struct json_list statements;
    str label = json_str_or(request->params, STR("Label"), STR(""));
    if (!topic_require(&source, request->params, "TopicArn", &topic, err)) return HANDLED_FAILED;
    json policy = policy_of(&source, &topic), old = statements_of(policy);
    json_list_init(&statements, source.arena);
    for (size_t i = 0; i < json_count(old); i++) {
        if (has_label(json_at(old, i), label)) {
            sns_invalid(err, "Statement already exists");
            return HANDLED_FAILED;
        }
        json_list_add(&statements, json_at(old, i));
    }
    json_list_add(&statements, make_statement(&source, &topic, request->params));
    if (!store_policy(txn, &source, &topic, policy, json_list_done(&statements), err))
        return HANDLED_FAILED;
    reply_close(reply_begin(request));
    return HANDLED;
}

enum handled handle_sns_remove_permission(struct txn *txn, struct request *request,
                                          struct error *err)
{
    struct source source = source_from_txn(txn, &request->arena);
    struct topic topic;
    struct json_list statements;
    str label = json_str_or(request->params, STR("Label"), STR(""));
    if (!topic_require(&source, request->params, "TopicArn", &topic, err)) return HANDLED_FAILED;
    json policy = policy_of(&source, &topic), old = statements_of(policy);
    json_list_init(&statements, source.arena);
    for (size_t i = 0; i < json_count(old); i++)
        if (!has_label(json_at(old, i), label)) json_list_add(&statements, json_at(old, i));
    if (statements.count == json_count(old)) {
        error_set(err, ERROR_SNS_NOT_FOUND, "Statement does not exist");
        return HANDLED_FAILED;
    }
    if (!store_policy(txn, &source, &topic, policy, json_list_done(&statements), err))
        return HANDLED_FAILED;
    reply_close(reply_begin(request));
    return HANDLED;
}
