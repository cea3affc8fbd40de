/* AddPermission, RemovePermission: statements of the queue's policy. Policies are kept and shown;
 * who may call is decided elsewhere. The policy's form is as recorded from AWS. */
#include "services/sqs/internal.h"

static const char *const grantable[] = {
    "*",
    "SendMessage",
    "ReceiveMessage",
    "DeleteMessage",
    "ChangeMessageVisibility",
    "GetQueueAttributes",
    "GetQueueUrl",
    "ListDeadLetterSourceQueues",
    "PurgeQueue",
};
static const char *const owners_only[] = {
    "AddPermission", "CreateQueue",          "DeleteQueue",          "ListQueues",
    "ListQueueTags", "RemovePermission",     "SetQueueAttributes",   "TagQueue",
    "UntagQueue",    "StartMessageMoveTask", "ListMessageMoveTasks", "CancelMessageMoveTask",
};

static bool is_one_of(str name, const char *const *names, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (str_eq(name, str_from(names[i]))) return true;
    return false;
}

static bool check_actions(const struct source *source, json actions, struct error *err)
{
    if (json_count(actions) > SQS_STATEMENT_ACTIONS_MAX)
        return error_set(err, ERROR_SQS_OVER_LIMIT,
                         "%zu Actions were found, maximum allowed is %d.", json_count(actions),
                         SQS_STATEMENT_ACTIONS_MAX);
    for (size_t i = 0; i < json_count(actions); i++) {
        str action = json_str(json_at(actions, i));
        if (is_one_of(action, grantable, sizeof grantable / sizeof *grantable)) continue;
        bool owners = is_one_of(action, owners_only, sizeof owners_only / sizeof *owners_only);
        return sqs_fail_value(
            source, err, arena_printf(sqs_work_arena(source), "SQS:%.*s", STR_ARGS(action)),
            "ActionName",
            owners ? "Only the queue owner is allowed to invoke this action."
                   : "Please refer to the appropriate WSDL for a list of valid actions.");
    }
    return true;
}

static bool check_accounts(const struct source *source, json accounts, struct error *err)
{
    for (size_t i = 0; i < json_count(accounts); i++) {
        str account = json_str(json_at(accounts, i));
        bool good = account.len == 12;
        for (size_t j = 0; good && j < account.len; j++)
            good = account.ptr[j] >= '0' && account.ptr[j] <= '9';
        if (!good) return sqs_fail_value(source, err, account, "PrincipalId", "Unable to verify.");
    }
    return true;
}

/* ---- the policy ---- */

static json statements_of(const struct source *source, json policy)
{
    const json *given = json_find(policy, STR("Statement"));
    struct json_list list;
    if (given && json_is_array(*given)) return *given;
    json_list_init(&list, sqs_work_arena(source));
    if (given && json_is_object(*given)) json_list_add(&list, *given);
    return json_list_done(&list);
}

static json load_policy(const struct source *source, str text)
{
    json policy;
    struct error bad;
    if (text.len == 0) return (json){ .kind = JSON_OBJECT };
    if (!json_parse(text, sqs_work_arena(source), &policy, &bad))
        fatal("the policy of a queue does not decode");
    return policy;
}

/* Empty without statements. */
static str policy_text(const struct source *source, const struct queue *queue, json policy,
                       json statements)
{
    struct json_fields fields;
    struct arena *arena = sqs_work_arena(source);
    if (json_count(statements) == 0) return STR("");
    json_fields_init(&fields, arena);
    if (json_count(policy) == 0) {
        str arn = sqs_queue_arn(source, queue->name);
        json_fields_add(&fields, STR("Version"), json_string(STR("2008-10-17")));
        json_fields_add(&fields, STR("Id"),
                        json_string(arena_printf(arena, "%.*s/SQSDefaultPolicy", STR_ARGS(arn))));
    } else {
        json_fields_from(&fields, arena, policy);
    }
    json_fields_add(&fields, STR("Statement"), statements);
    return json_text(arena, json_fields_done(&fields));
}

/* A list of one is written as the one. */
static json one_or_list(const struct json_list *list)
{
    return list->count == 1 ? list->items[0] : json_array(list->items, list->count);
}

static json statement(const struct source *source, const struct queue *queue, str label,
                      json accounts, json actions)
{
    struct arena *arena = sqs_work_arena(source);
    struct json_list principals, names;
    struct json_fields principal, fields;
    json_list_init(&principals, arena);
    json_list_init(&names, arena);
    for (size_t i = 0; i < json_count(accounts); i++) {
        str account = json_str(json_at(accounts, i));
        json_list_add(&principals, json_string(arena_printf(arena, "arn:aws:iam::%.*s:root",
                                                            STR_ARGS(account))));
    }
    for (size_t i = 0; i < json_count(actions); i++) {
        str action = json_str(json_at(actions, i));
        json_list_add(&names, json_string(arena_printf(arena, "SQS:%.*s", STR_ARGS(action))));
    }
    json_fields_init(&principal, arena);
    json_fields_add(&principal, STR("AWS"), one_or_list(&principals));
    json_fields_init(&fields, arena);
    json_fields_add(&fields, STR("Sid"), json_string(label));
    json_fields_add(&fields, STR("Effect"), json_string(STR("Allow")));
    json_fields_add(&fields, STR("Principal"), json_fields_done(&principal));
    json_fields_add(&fields, STR("Action"), one_or_list(&names));
    json_fields_add(&fields, STR("Resource"), json_string(sqs_queue_arn(source, queue->name)));
    return json_fields_done(&fields);
}

/* json_count(statements) if there is none. */
static size_t find_label(json statements, str label)
{
    for (size_t i = 0; i < json_count(statements); i++)
        if (str_eq(json_str_or(json_at(statements, i), STR("Sid"), STR("")), label)) return i;
    return json_count(statements);
}

/* ---- the operations ---- */

static bool list_param(const struct source *source, json params, str name, str called, json *out,
                       struct error *err)
{
    const json *list = json_find(params, name);
    if (!list || json_count(*list) == 0) return sqs_fail_missing(source, err, called);
    *out = *list;
    return true;
}

static bool check_label(const struct source *source, str label, struct error *err)
{
    bool good = label.len <= SQS_NAME_CHARS_MAX;
    for (size_t i = 0; good && i < label.len; i++) {
        char c = label.ptr[i];
        good = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               c == '-' || c == '_';
    }
    return good || sqs_fail_value(source, err, label, "Label",
                                  "Can only include alphanumeric characters, hyphens, or "
                                  "underscores. 1 to 80 in length");
}

enum handled sqs_handle_add_permission(struct txn *txn, struct request *request, struct error *err)
{
    struct source source = source_from_txn(txn, &request->arena);
    json params = request->params, accounts = json_null(), actions = json_null(), tags;
    struct queue queue;
    str label, text;
    if (!sqs_queue_open(&source, params, &queue, err) ||
        !sqs_param_text(&source, params, STR("Label"), &label, err) ||
        !list_param(&source, params, STR("AWSAccountIds"), STR("AWSAccountIds"), &accounts, err) ||
        !list_param(&source, params, STR("Actions"), STR("ActionName"), &actions, err) ||
        !check_label(&source, label, err) || !check_accounts(&source, accounts, err) ||
        !check_actions(&source, actions, err))
        return HANDLED_FAILED;
    sqs_queue_load_extra(&source, queue.name, &text, &tags);
    json policy = load_policy(&source, text), statements = statements_of(&source, policy);
    if (find_label(statements, label) < json_count(statements)) {
        sqs_fail_value(&source, err, label, "Label", "Already exists.");
        return HANDLED_FAILED;
    }
    if (json_count(statements) >= SQS_STATEMENTS_MAX) {
        error_set(err, ERROR_SQS_OVER_LIMIT, "%zu Statements were found, maximum allowed is %d.",
                  json_count(statements) + 1, SQS_STATEMENTS_MAX);
        return HANDLED_FAILED;
    }
    struct json_list list;
    json_list_init(&list, sqs_work_arena(&source));
    for (size_t i = 0; i < json_count(statements); i++)
        json_list_add(&list, json_at(statements, i));
    json_list_add(&list, statement(&source, &queue, label, accounts, actions));
    text = policy_text(&source, &queue, policy, json_list_done(&list));
    sqs_queue_save_extra(&source, queue.name, text, tags);
    reply_close(reply_begin(request));
    return HANDLED;
}

enum handled sqs_handle_remove_permission(struct txn *txn, struct request *request,
                                          struct error *err)
{
    struct source source = source_from_txn(txn, &request->arena);
    struct queue queue;
    str label, text;
    json tags;
    if (!sqs_queue_open(&source, request->params, &queue, err) ||
        !sqs_param_text(&source, request->params, STR("Label"), &label, err))
        return HANDLED_FAILED;
    sqs_queue_load_extra(&source, queue.name, &text, &tags);
    json policy = load_policy(&source, text), statements = statements_of(&source, policy);
    size_t at = find_label(statements, label);
    if (at == json_count(statements)) {
        sqs_fail_value(&source, err, label, "Label", "can't find label.");
        return HANDLED_FAILED;
    }
    struct json_list left;
    json_list_init(&left, sqs_work_arena(&source));
    for (size_t i = 0; i < json_count(statements); i++)
        if (i != at) json_list_add(&left, json_at(statements, i));
    text = policy_text(&source, &queue, policy, json_list_done(&left));
    sqs_queue_save_extra(&source, queue.name, text, tags);
    reply_close(reply_begin(request));
    return HANDLED;
}
