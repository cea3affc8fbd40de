/* GetTopicAttributes, SetTopicAttributes. Attributes are kept as they are given; those that AWS
 * carries out in other services (keys, roles for logging, tracing) are shown and have no effect. */
#include "services/sns/internal.h"

/* ---- what may be set ---- */

static bool is_boolean(str value)
{
    return str_eq(value, STR("true")) || str_eq(value, STR("false"));
}

static bool is_feedback(str name)
{
    static const char *const protocols[] = { "HTTP", "Application", "Lambda", "SQS", "Firehose" };
    static const char *const rest[] = { "SuccessFeedbackRoleArn", "SuccessFeedbackSampleRate",
                                        "FailureFeedbackRoleArn" };
    for (size_t i = 0; i < sizeof protocols / sizeof *protocols; i++) {
        str protocol = str_from(protocols[i]);
        if (!str_starts_with(name, protocol)) continue;
        for (size_t j = 0; j < sizeof rest / sizeof *rest; j++)
            if (str_eq(str_skip(name, protocol.len), str_from(rest[j]))) return true;
    }
    return false;
}

static bool is_plain(str name)
{
    static const char *const names[] = { "KmsMasterKeyId", "TracingConfig", "ArchivePolicy",
                                         "FifoThroughputScope" };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (str_eq(name, str_from(names[i]))) return true;
    return is_feedback(name);
}

static bool set_policy(const struct source *source, str value, struct error *err)
{
    json policy;
    struct error fault = { 0 };
    if (value.len == 0) return true;
    if (value.len > SNS_POLICY_BYTES_MAX) return sns_invalid(err, "Policy Reason: too long");
    if (json_parse(value, source->arena, &policy, &fault) && json_is_object(policy)) return true;
    return sns_invalid(err, "Policy Error: null");
}

static bool set_fifo_attribute(const struct topic *topic, str name, str value, struct error *err)
{
    bool good = is_boolean(value);
    if (good && (str_eq(value, STR("false")) || sns_is_fifo(topic->name))) return true;
    return sns_invalid(err, "%.*s", STR_ARGS(name));
}

static bool check_display_name(str value, struct error *err)
{
    size_t count = 0;
    if (str_utf8_count(value, &count) && count <= 100) return true;
    return sns_invalid(err, "DisplayName");
}

bool topic_attribute_set(const struct source *source, struct topic *topic, str name, str value,
                         struct error *err)
{
    bool good = true;
    if (str_eq(name, STR("DisplayName"))) {
        good = check_display_name(value, err);
    } else if (str_eq(name, STR("Policy"))) {
        good = set_policy(source, value, err);
    } else if (str_eq(name, STR("DeliveryPolicy"))) {
        json shown = json_null();
        good = topic_delivery_policy(source, value, "Invalid parameter: ", &shown, err);
        value = json_is_null(shown) ? STR("") : json_text(source->arena, shown);
    } else if (str_eq(name, STR("SignatureVersion"))) {
        good = str_eq(value, STR("1")) || str_eq(value, STR("2")) ||
               sns_invalid(err, "SignatureVersion: Invalid value [%.*s]. Must be 1 or 2.",
                           (int)(value.len < 100 ? value.len : 100), value.ptr);
    } else if (str_eq(name, STR("FifoTopic")) || str_eq(name, STR("ContentBasedDeduplication"))) {
        good = set_fifo_attribute(topic, name, value, err);
    } else if (!is_plain(name)) {
        good = sns_invalid(err, "AttributeName");
    } else if (value.len > SNS_POLICY_BYTES_MAX) {
        good = sns_invalid(err, "AttributeValue");
    }
    if (good) topic->attributes = sns_attributes_with(source, topic->attributes, name, value);
    return good;
}

enum handled handle_set_topic_attributes(struct txn *txn, struct request *request,
                                         struct error *err)
{
    struct source source = source_from_txn(txn, &request->arena);
    struct topic topic;
    str name = json_str_or(request->params, STR("AttributeName"), STR(""));
    str value = json_str_or(request->params, STR("AttributeValue"), STR(""));
    if (!topic_require(&source, request->params, "TopicArn", &topic, err)) return HANDLED_FAILED;
    if (str_eq(name, STR("FifoTopic"))) { /* recorded: not after the creation */
        sns_invalid(err, "AttributeName");
        return HANDLED_FAILED;
    }
    if (!topic_attribute_set(&source, &topic, name, value, err)) return HANDLED_FAILED;
    topic_store(txn, &source, &topic);
    reply_close(reply_begin(request));
    return HANDLED;
}

/* ---- what is shown ---- */

str sns_default_policy(const struct source *source, str topic)
{
    str account = shard_account(source->shard);
    return arena_printf(
        source->arena,
        "{\"Version\":\"2008-10-17\",\"Id\":\"__default_policy_ID\",\"Statement\":[{\"Sid\":"
        "\"__default_statement_ID\",\"Effect\":\"Allow\",\"Principal\":{\"AWS\":\"*\"},\"Action\":"
        "[\"SNS:GetTopicAttributes\",\"SNS:SetTopicAttributes\",\"SNS:AddPermission\","
        "\"SNS:RemovePermission\",\"SNS:DeleteTopic\",\"SNS:Subscribe\","
        "\"SNS:ListSubscriptionsByTopic\",\"SNS:Publish\"],\"Resource\":\"%.*s\",\"Condition\":{"
        "\"StringEquals\":{\"AWS:SourceOwner\":\"%.*s\"}}}]}",
        STR_ARGS(sns_topic_arn_text(source, topic)), STR_ARGS(account));
}

static void reply_count(struct buf *out, const struct source *source, const char *name,
                        int64_t count)
{
    reply_str(out, name, arena_printf(source->arena, "%lld", (long long)count));
}

static bool is_shown_below(str name)
{
    return str_eq(name, STR("DisplayName")) || str_eq(name, STR("Policy")) ||
           str_eq(name, STR("FifoTopic")) || str_eq(name, STR("ContentBasedDeduplication"));
}

enum handled handle_get_topic_attributes(const struct reader *reader, struct request *request,
                                         struct error *err)
{
    struct source source = source_from_reader(reader, request);
    struct topic topic;
    if (!topic_require(&source, request->params, "TopicArn", &topic, err)) return HANDLED_FAILED;
    struct buf *out = reply_begin(request);
    reply_name(out, "Attributes");
    reply_open(out);
    str policy = topic_attribute(&topic, "Policy", STR(""));
    reply_str(out, "Policy", policy.len > 0 ? policy : sns_default_policy(&source, topic.name));
    reply_str(out, "Owner", shard_account(source.shard));
    reply_count(out, &source, "SubscriptionsPending", topic.pending);
    reply_str(out, "TopicArn", sns_topic_arn_text(&source, topic.name));
    reply_json(out, "EffectiveDeliveryPolicy",
               json_string(json_text(source.arena, topic_effective_policy(&source, &topic))));
    reply_count(out, &source, "SubscriptionsConfirmed", topic.confirmed);
    reply_str(out, "DisplayName", topic_attribute(&topic, "DisplayName", STR("")));
    reply_count(out, &source, "SubscriptionsDeleted", topic.deleted);
    if (sns_is_fifo(topic.name)) {
        reply_str(out, "FifoTopic", STR("true"));
        reply_str(out, "ContentBasedDeduplication",
                  topic_attribute(&topic, "ContentBasedDeduplication", STR("false")));
    }
    for (size_t i = 0; i < json_count(topic.attributes); i++) {
        str name = json_key_at(topic.attributes, i);
        if (is_shown_below(name)) continue;
        reply_json(out, arena_cstr(source.arena, name), json_value_at(topic.attributes, i));
    }
    reply_close(out);
    reply_close(out);
    return HANDLED;
}
