/* Subscribe and Unsubscribe. */
#include "services/sns/internal.h"

static void reply_subscription(struct request *request, str arn)
{
    struct buf *out = reply_begin(request);
    reply_str(out, "SubscriptionArn", arn);
    reply_close(out);
}

/* What Subscribe answers: the ARN, or that it waits for its endpoint. */
static void reply_subscribed(struct request *request, const struct source *source,
                             const struct subscription *subscription)
{
    bool wanted =
        str_eq(sns_text(source, request->params, STR("ReturnSubscriptionArn")), STR("true"));
    if (subscription->pending && !wanted)
        reply_subscription(request, STR("pending confirmation"));
    else
        reply_subscription(
            request, sns_subscription_arn_text(source, subscription->topic, subscription->id));
}

/* The subscription of the same endpoint, if there is one. */
static bool find_same(const struct source *source, const struct topic *topic, str protocol,
                      str endpoint, struct subscription *out)
{
    struct key key;
    str id;
    key_subscribed(&key, source->number, topic->name, protocol, endpoint);
    return source_get(source, &key, &id) && subscription_load(source, topic->name, id, out) &&
           out->topic_id == topic->id;
}

/* Recorded: an attribute that the subscription does not have is no difference, and ignored. */
static bool check_same(const struct subscription *subscription, json attributes, struct error *err)
{
    for (size_t i = 0; i < json_count(attributes); i++) {
        str set = json_str_or(subscription->attributes, json_key_at(attributes, i), STR(""));
        if (set.len == 0 || str_eq(set, json_str(json_value_at(attributes, i)))) continue;
        return sns_invalid(err, "Attributes Reason: Subscription already exists with different "
                                "attributes");
    }
    return true;
}

static bool check_limits(const struct topic *topic, bool filters, struct error *err)
{
    int64_t max = sns_is_fifo(topic->name) ? SNS_SUBSCRIPTIONS_PER_FIFO_TOPIC_MAX
                                           : SNS_SUBSCRIPTIONS_PER_TOPIC_MAX;
    if (topic->confirmed + topic->pending >= max)
        return error_set(err, ERROR_SNS_SUBSCRIPTION_LIMIT_EXCEEDED,
                         "Subscriptions per topic exceeded");
    if (filters && topic->filters >= SNS_FILTERS_PER_TOPIC_MAX)
        return error_set(err, ERROR_SNS_FILTER_POLICY_LIMIT_EXCEEDED,
                         "Filter policies per topic exceeded");
    return true;
}

static bool set_attributes(const struct source *source, struct subscription *subscription,
                           json attributes, struct error *err)
{
    static const char prefix[] = "Invalid parameter: Attributes Reason: ";
    for (size_t i = 0; i < json_count(attributes); i++)
        if (!subscription_attribute_set(source, subscription, json_key_at(attributes, i),
                                        json_str(json_value_at(attributes, i)), prefix, err))
            return false;
    return subscription_attributes_agree(source, subscription, prefix, err);
}

enum handled handle_subscribe(struct txn *txn, struct request *request, struct error *err)
{
    struct source source = source_from_txn(txn, &request->arena);
    struct topic topic;
    struct subscription subscription;
    str protocol = json_str_or(request->params, STR("Protocol"), STR(""));
    str endpoint = json_str_or(request->params, STR("Endpoint"), STR(""));
    const json *given = json_find(request->params, STR("Attributes"));
    json attributes = given ? *given : json_null();
    if (!topic_require(&source, request->params, "TopicArn", &topic, err) ||
        !sns_endpoint_check(&source, &topic, protocol, endpoint, err))
        return HANDLED_FAILED;
    if (find_same(&source, &topic, protocol, endpoint, &subscription)) {
        if (!check_same(&subscription, attributes, err)) return HANDLED_FAILED;
        if (subscription.pending) {
            subscription.created_ms = source.now_ms;
            subscription_store(txn, &source, &subscription);
            sns_confirmation_send(txn, &source, &topic, &subscription, false);
        }
        reply_subscribed(request, &source, &subscription);
        return HANDLED;
    }
    subscription = (struct subscription){
        .topic = topic.name,
        .topic_id = topic.id,
        .protocol = protocol,
        .endpoint = endpoint,
        .created_ms = source.now_ms,
        .pending = !sns_protocol_is_confirmed(protocol),
        .authenticated = sns_protocol_is_confirmed(protocol),
        .attributes = json_null(),
        .filter = json_null(),
    };
    if (!set_attributes(&source, &subscription, attributes, err) ||
        !check_limits(&topic, !json_is_null(subscription.filter), err))
        return HANDLED_FAILED;
    subscription.id = sns_uuid(txn, &source);
    topic_count(&topic, &subscription, 1);
    subscription_store(txn, &source, &subscription);
    topic_store(txn, &source, &topic);
    if (subscription.pending) sns_confirmation_send(txn, &source, &topic, &subscription, false);
    reply_subscribed(request, &source, &subscription);
    return HANDLED;
}

/* Recorded: what is not there is unsubscribed without an error. */
enum handled handle_unsubscribe(struct txn *txn, struct request *request, struct error *err)
{
    struct source source = source_from_txn(txn, &request->arena);
    struct subscription subscription;
    struct topic topic;
    if (!subscription_require(&source, request->params, &subscription, err)) {
        if (err->code != ERROR_SNS_NOT_FOUND) return HANDLED_FAILED;
        *err = (struct error){ 0 };
    } else if (topic_load(&source, subscription.topic, &topic)) {
        topic_count(&topic, &subscription, -1);
        topic.deleted++;
        subscription_delete(txn, &source, &subscription);
        topic_store(txn, &source, &topic);
        if (!subscription.pending && !sns_protocol_is_confirmed(subscription.protocol))
            sns_confirmation_send(txn, &source, &topic, &subscription, true);
    }
    reply_close(reply_begin(request));
    return HANDLED;
}
