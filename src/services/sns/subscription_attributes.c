/* What a subscription may be told: raw delivery, filter policy, dead-letter queue, delivery policy;
 * SetSubscriptionAttributes and GetSubscriptionAttributes. */
#include "services/pattern.h"
#include "services/sns/internal.h"

static bool fail(const struct source *source, struct error *err, const char *prefix,
                 const char *name, str why)
{
    return error_set_long(err, source->arena, ERROR_SNS_INVALID_PARAMETER, "%s%s%.*s", prefix, name,
                          STR_ARGS(why));
}

/* ---- filter policies ---- */

static bool is_body(const struct subscription *subscription)
{
    return str_eq(json_str_or(subscription->attributes, STR("FilterPolicyScope"), STR("")),
                  STR("MessageBody"));
}

static str pattern_fault(const struct source *source, str text, const struct error *fault)
{
    if (fault->code != ERROR_VALIDATION)
        return arena_printf(source->arena, "failed to parse JSON. %.*s",
                            STR_ARGS(sns_json_fault(source, text, fault)));
    if (fault->offset == PATTERN_NO_PLACE) return error_text(fault);
    return sns_json_fault(source, text, fault);
}

static bool check_filter_size(const struct source *source, const struct pattern_size *size,
                              const char *prefix, struct error *err)
{
    if (size->keys > SNS_FILTER_KEYS_MAX)
        return fail(source, err, prefix,
                    "FilterPolicy: ", STR("Filter policy can not have more than 5 keys"));
    if (size->combinations > SNS_FILTER_COMBINATIONS_MAX ||
        size->wildcards > SNS_FILTER_WILDCARDS_MAX ||
        size->wildcard_points > SNS_FILTER_WILDCARD_POINTS_MAX)
        return fail(source, err, prefix, "FilterPolicy: ", STR("Filter policy is too complex"));
    return true;
}

/* An empty policy is none: everything is delivered. */
static bool set_filter(const struct source *source, struct subscription *subscription, str value,
                       const char *prefix, struct error *err)
{
    struct pattern_size size;
    struct error fault = { 0 };
    subscription->filter = json_null();
    if (value.len == 0 || str_eq(str_trim(value), STR("{}"))) return true;
    if (value.len > SNS_FILTER_BYTES_MAX)
        return fail(source, err, prefix, "FilterPolicy: ", STR("Filter policy is too long"));
    /* The dialects of attributes and bodies check alike. */
    if (!pattern_check(value, PATTERN_BODY, source->arena, &subscription->filter, &size, &fault))
        return fail(source, err, prefix, "FilterPolicy: ", pattern_fault(source, value, &fault));
    return check_filter_size(source, &size, prefix, err);
}

static bool is_nested(json filter)
{
    for (size_t i = 0; i < json_count(filter); i++) {
        json value = json_value_at(filter, i);
        if (json_is_object(value)) return true;
        if (!pattern_is_or(json_key_at(filter, i), value)) continue;
        for (size_t j = 0; j < json_count(value); j++)
            if (is_nested(json_at(value, j))) return true;
    }
    return false;
}

/* ---- dead-letter queues ---- */

static bool set_redrive(const struct source *source, const struct subscription *subscription,
                        str value, const char *prefix, struct error *err)
{
    json policy;
    struct error fault = { 0 };
    struct sns_arn_parts parts;
    if (value.len == 0) return true;
    if (!json_parse(value, source->arena, &policy, &fault))
        return fail(source, err, prefix, "RedrivePolicy: ",
                    arena_printf(source->arena, "failed to parse JSON. %.*s",
                                 STR_ARGS(sns_json_fault(source, value, &fault))));
    str arn = json_str_or(policy, STR("deadLetterTargetArn"), STR(""));
    if (!sns_arn_split(arn, &parts) || !str_eq(parts.service, STR("sqs")) ||
        parts.resource.len == 0)
        return fail(source, err, prefix,
                    "RedrivePolicy: ", STR("deadLetterTargetArn is an invalid arn"));
    bool fifo = sns_is_fifo(subscription->topic) && sns_is_fifo(subscription->endpoint);
    if (fifo && !sns_is_fifo(arn))
        return fail(source, err, prefix, "RedrivePolicy: ",
                    STR("must use a FIFO queue as DLQ for a FIFO Subscription to a FIFO Topic."));
    return true;
}

/* ---- all of them ---- */

static bool set_raw(const struct source *source, const struct subscription *subscription, str value,
                    const char *prefix, struct error *err)
{
    bool is_true = str_eq(value, STR("true"));
    if (!is_true && !str_eq(value, STR("false")))
        return fail(source, err, prefix, "RawMessageDelivery: ",
                    arena_printf(source->arena, "Invalid value [%.*s]. Must be true or false.",
                                 (int)(value.len < 200 ? value.len : 200), value.ptr));
    str protocol = subscription->protocol;
    if (is_true && !str_eq(protocol, STR("sqs")) && !sns_protocol_is_http(protocol))
        return fail(source, err, prefix, "",
                    arena_printf(source->arena,
                                 "Delivery protocol [%.*s] does not support raw message delivery.",
                                 STR_ARGS(protocol)));
    return true;
}

static bool set_scope(const struct source *source, str value, const char *prefix, struct error *err)
{
    if (str_eq(value, STR("MessageBody")) || str_eq(value, STR("MessageAttributes"))) return true;
    return fail(source, err, prefix, "FilterPolicyScope: ",
                arena_printf(source->arena,
                             "Invalid value [%.*s]. Please use either MessageBody or "
                             "MessageAttributes",
                             (int)(value.len < 200 ? value.len : 200), value.ptr));
}

bool subscription_attribute_set(const struct source *source, struct subscription *subscription,
                                str name, str value, const char *prefix, struct error *err)
{
    bool good = true;
    if (str_eq(name, STR("RawMessageDelivery"))) {
        good = set_raw(source, subscription, value, prefix, err);
    } else if (str_eq(name, STR("FilterPolicy"))) {
        good = set_filter(source, subscription, value, prefix, err);
        if (json_is_null(subscription->filter)) value = STR("");
    } else if (str_eq(name, STR("FilterPolicyScope"))) {
        good = set_scope(source, value, prefix, err);
    } else if (str_eq(name, STR("RedrivePolicy"))) {
        good = set_redrive(source, subscription, value, prefix, err);
    } else if (str_eq(name, STR("DeliveryPolicy"))) {
        json shown = json_null();
        good = subscription_delivery_policy(source, value, prefix, &shown, err);
        value = json_is_null(shown) ? STR("") : json_text(source->arena, shown);
    } else if (!str_eq(name, STR("SubscriptionRoleArn")) && !str_eq(name, STR("ReplayPolicy"))) {
        good = sns_invalid(err, "AttributeName");
    }
    if (good)
        subscription->attributes =
            sns_attributes_with(source, subscription->attributes, name, value);
    return good;
}

bool subscription_attributes_agree(const struct source *source,
                                   const struct subscription *subscription, const char *prefix,
                                   struct error *err)
{
    if (is_body(subscription) || !is_nested(subscription->filter)) return true;
    return fail(source, err, prefix, "",
                STR("Filter policy scope MessageAttributes does not support nested filter "
                    "policy"));
}

enum handled handle_set_subscription_attributes(struct txn *txn, struct request *request,
                                                struct error *err)
{
    static const char prefix[] = "Invalid parameter: ";
    struct source source = source_from_txn(txn, &request->arena);
    struct subscription subscription;
    struct topic topic;
    str name = json_str_or(request->params, STR("AttributeName"), STR(""));
    str value = json_str_or(request->params, STR("AttributeValue"), STR(""));
    if (!subscription_require(&source, request->params, &subscription, err)) return HANDLED_FAILED;
    if (!topic_load(&source, subscription.topic, &topic)) fatal("a subscription without a topic");
    bool filtered = !json_is_null(subscription.filter);
    topic_count(&topic, &subscription, -1);
    if (!subscription_attribute_set(&source, &subscription, name, value, prefix, err) ||
        !subscription_attributes_agree(&source, &subscription, prefix, err))
        return HANDLED_FAILED;
    topic_count(&topic, &subscription, 1);
    if (!filtered && topic.filters > SNS_FILTERS_PER_TOPIC_MAX) {
        error_set(err, ERROR_SNS_FILTER_POLICY_LIMIT_EXCEEDED,
                  "Filter policies per topic exceeded");
        return HANDLED_FAILED;
    }
    topic_store(txn, &source, &topic);
    subscription_store(txn, &source, &subscription);
    reply_close(reply_begin(request));
    return HANDLED;
}

static void reply_flag(struct buf *out, const char *name, bool value)
{
    reply_str(out, name, value ? STR("true") : STR("false"));
}

enum handled handle_get_subscription_attributes(const struct reader *reader,
                                                struct request *request, struct error *err)
{
    struct source source = source_from_reader(reader, request);
    struct subscription subscription;
    struct topic topic;
    if (!subscription_require(&source, request->params, &subscription, err)) return HANDLED_FAILED;
    struct buf *out = reply_begin(request);
    reply_name(out, "Attributes");
    reply_open(out);
    reply_str(out, "SubscriptionPrincipal",
              arena_printf(source.arena, "arn:aws:iam::%.*s:root",
                           STR_ARGS(shard_account(source.shard))));
    reply_str(out, "Owner", shard_account(source.shard));
    reply_flag(out, "RawMessageDelivery", subscription_is_raw(&subscription));
    reply_str(out, "TopicArn", sns_topic_arn_text(&source, subscription.topic));
    reply_str(out, "Endpoint", subscription.endpoint);
    reply_str(out, "Protocol", subscription.protocol);
    reply_flag(out, "PendingConfirmation", subscription.pending);
    reply_flag(out, "ConfirmationWasAuthenticated", subscription.authenticated);
    reply_str(out, "SubscriptionArn",
              sns_subscription_arn_text(&source, subscription.topic, subscription.id));
    if (sns_protocol_is_http(subscription.protocol) &&
        topic_load(&source, subscription.topic, &topic))
        reply_str(
            out, "EffectiveDeliveryPolicy",
            json_text(source.arena, subscription_effective_policy(&source, &topic, &subscription)));
    if (!json_is_null(subscription.filter) && !is_body(&subscription))
        reply_str(out, "FilterPolicyScope", STR("MessageAttributes"));
    for (size_t i = 0; i < json_count(subscription.attributes); i++) {
        str name = json_key_at(subscription.attributes, i);
        bool scope = str_eq(name, STR("FilterPolicyScope"));
        /* Recorded: a scope is shown with a policy only. */
        bool shown = scope ? is_body(&subscription) && !json_is_null(subscription.filter)
                           : !str_eq(name, STR("RawMessageDelivery"));
        if (shown)
            reply_json(out, arena_cstr(source.arena, name),
                       json_value_at(subscription.attributes, i));
    }
    reply_close(out);
    reply_close(out);
    return HANDLED;
}
