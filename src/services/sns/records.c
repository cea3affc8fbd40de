/* The records of topics and subscriptions.
 *
 * KEY_TOPIC         {"v":1,"id":n,"created":ms,"attributes":{name:text},"tags":[{"Key","Value"}],
 *                    "confirmed":n,"pending":n,"deleted":n,"filters":n,"enveloped":n}
 * KEY_SUBSCRIPTION  {"v":1,"topic":n,"protocol":s,"endpoint":s,"created":ms,"pending":bool,
 *                    "authenticated":bool,"attributes":{name:text},"filter":{...}|null}
 * KEY_SUBSCRIBED    the uuid
 *
 * A deleted topic's subscriptions go after it, in tasks; until then they are told from those of a
 * new topic of the same name by the topic's id. */
#include "services/sns/internal.h"

/* ---- topics ---- */

void topic_decode(const struct source *source, str name, str text, struct topic *out)
{
    json record = source_parse(source, text);
    const json *attributes = json_find(record, STR("attributes"));
    const json *tags = json_find(record, STR("tags"));
    *out = (struct topic){
        .name = name,
        .id = (uint64_t)json_i64_or(record, STR("id"), 0),
        .created_ms = json_i64_or(record, STR("created"), 0),
        .attributes = attributes ? *attributes : json_null(),
        .tags = tags ? *tags : json_array(NULL, 0),
        .confirmed = json_i64_or(record, STR("confirmed"), 0),
        .pending = json_i64_or(record, STR("pending"), 0),
        .deleted = json_i64_or(record, STR("deleted"), 0),
        .filters = json_i64_or(record, STR("filters"), 0),
        .enveloped = json_i64_or(record, STR("enveloped"), 0),
    };
}

bool topic_load(const struct source *source, str name, struct topic *out)
{
    struct key key;
    str text;
    key_topic(&key, source->number, name);
    if (!source_get(source, &key, &text)) return false;
    topic_decode(source, name, text, out);
    return true;
}

bool topic_require(const struct source *source, json params, const char *parameter,
                   struct topic *out, struct error *err)
{
    struct sns_arn arn;
    str text = json_str_or(params, str_from(parameter), STR(""));
    if (!sns_topic_arn(source, text, parameter, &arn, err)) return false;
    return topic_load(source, arn.topic, out) ||
           error_set(err, ERROR_SNS_NOT_FOUND, "Topic does not exist");
}

void topic_store(struct txn *txn, const struct source *source, const struct topic *topic)
{
    struct key key;
    struct buf out;
    buf_init(&out, source->arena);
    reply_open(&out);
    reply_i64(&out, "v", 1);
    reply_i64(&out, "id", (int64_t)topic->id);
    reply_i64(&out, "created", topic->created_ms);
    reply_json(&out, "attributes", topic->attributes);
    reply_json(&out, "tags", topic->tags);
    reply_i64(&out, "confirmed", topic->confirmed);
    reply_i64(&out, "pending", topic->pending);
    reply_i64(&out, "deleted", topic->deleted);
    reply_i64(&out, "filters", topic->filters);
    reply_i64(&out, "enveloped", topic->enveloped);
    reply_close(&out);
    key_topic(&key, source->number, topic->name);
    txn_put(txn, &key, buf_str(&out));
}

void topic_count(struct topic *topic, const struct subscription *subscription, int by)
{
    str protocol = subscription->protocol;
    bool plain = subscription_is_raw(subscription) || str_eq(protocol, STR("sms")) ||
                 str_eq(protocol, STR("email"));
    if (subscription->pending) {
        topic->pending += by;
    } else {
        topic->confirmed += by;
        if (!plain) topic->enveloped += by;
    }
    if (!json_is_null(subscription->filter)) topic->filters += by;
}

str topic_attribute(const struct topic *topic, const char *name, str fallback)
{
    return json_str_or(topic->attributes, str_from(name), fallback);
}

bool topic_is_true(const struct topic *topic, const char *name)
{
    return str_eq(topic_attribute(topic, name, STR("")), STR("true"));
}

json sns_attributes_with(const struct source *source, json attributes, str name, str value)
{
    struct json_fields fields;
    json_fields_init(&fields, source->arena);
    for (size_t i = 0; i < json_count(attributes); i++)
        if (!str_eq(json_key_at(attributes, i), name))
            json_fields_add(&fields, json_key_at(attributes, i), json_value_at(attributes, i));
    if (value.len > 0) json_fields_add(&fields, name, json_string(value));
    return json_fields_done(&fields);
}

/* ---- subscriptions ---- */

void subscription_decode(const struct source *source, str topic, str id, str text,
                         struct subscription *out)
{
    json record = source_parse(source, text);
    const json *attributes = json_find(record, STR("attributes"));
    const json *filter = json_find(record, STR("filter"));
    *out = (struct subscription){
        .topic = topic,
        .id = id,
        .topic_id = (uint64_t)json_i64_or(record, STR("topic"), 0),
        .protocol = json_str_or(record, STR("protocol"), STR("")),
        .endpoint = json_str_or(record, STR("endpoint"), STR("")),
        .created_ms = json_i64_or(record, STR("created"), 0),
        .pending = json_bool_or(record, STR("pending"), false),
        .authenticated = json_bool_or(record, STR("authenticated"), false),
        .attributes = attributes ? *attributes : json_null(),
        .filter = filter ? *filter : json_null(),
    };
}

bool subscription_load(const struct source *source, str topic, str id, struct subscription *out)
{
    struct key key;
    str text;
    key_subscription(&key, source->number, topic, id);
    if (!source_get(source, &key, &text)) return false;
    subscription_decode(source, topic, id, text, out);
    return true;
}

bool subscription_require(const struct source *source, json params, struct subscription *out,
                          struct error *err)
{
    struct sns_arn arn;
    struct topic topic;
    str text = json_str_or(params, STR("SubscriptionArn"), STR(""));
    if (!sns_subscription_arn(source, text, &arn, err)) return false;
    if (subscription_load(source, arn.topic, arn.subscription, out) &&
        topic_load(source, arn.topic, &topic) && topic.id == out->topic_id)
        return true;
    return error_set(err, ERROR_SNS_NOT_FOUND, "Subscription does not exist");
}

void subscription_store(struct txn *txn, const struct source *source,
                        const struct subscription *subscription)
{
    struct key key;
    struct buf out;
    buf_init(&out, source->arena);
    reply_open(&out);
    reply_i64(&out, "v", 1);
    reply_i64(&out, "topic", (int64_t)subscription->topic_id);
    reply_str(&out, "protocol", subscription->protocol);
    reply_str(&out, "endpoint", subscription->endpoint);
    reply_i64(&out, "created", subscription->created_ms);
    reply_bool(&out, "pending", subscription->pending);
    reply_bool(&out, "authenticated", subscription->authenticated);
    reply_json(&out, "attributes", subscription->attributes);
    reply_json(&out, "filter", subscription->filter);
    reply_close(&out);
    key_subscription(&key, source->number, subscription->topic, subscription->id);
    txn_put(txn, &key, buf_str(&out));
    key_subscribed(&key, source->number, subscription->topic, subscription->protocol,
                   subscription->endpoint);
    txn_put(txn, &key, arena_str(source->arena, subscription->id));
}

void subscription_delete(struct txn *txn, const struct source *source,
                         const struct subscription *subscription)
{
    struct key key;
    str id;
    key_subscription(&key, source->number, subscription->topic, subscription->id);
    txn_delete(txn, &key);
    key_subscribed(&key, source->number, subscription->topic, subscription->protocol,
                   subscription->endpoint);
    /* A new topic of that name may have the same endpoint. */
    if (source_get(source, &key, &id) && str_eq(id, subscription->id)) txn_delete(txn, &key);
}

bool subscription_is_raw(const struct subscription *subscription)
{
    return str_eq(json_str_or(subscription->attributes, STR("RawMessageDelivery"), STR("")),
                  STR("true"));
}

str subscription_dead_letters(const struct source *source, const struct subscription *subscription)
{
    json policy;
    struct error err;
    str text = json_str_or(subscription->attributes, STR("RedrivePolicy"), STR(""));
    if (text.len == 0 || !json_parse(text, source->arena, &policy, &err)) return STR("");
    return json_str_or(policy, STR("deadLetterTargetArn"), STR(""));
}
