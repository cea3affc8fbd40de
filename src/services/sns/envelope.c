/* What subscribers get: the JSON texts around a message, and what their signatures cover. Source:
 * "Parsing Amazon SNS message formats" and "Verifying the signatures of Amazon SNS messages" in
 * AWS's guide; the order of fields and the space between them as AWS sends them. */
#include "services/sns/internal.h"

static void add_line(struct buf *out, const char *name, str value)
{
    buf_add(out, str_from(name));
    buf_add_char(out, '\n');
    buf_add(out, value);
    buf_add_char(out, '\n');
}

static void add_line_unless_empty(struct buf *out, const char *name, str value)
{
    if (value.len > 0) add_line(out, name, value);
}

str envelope_canonical(struct arena *arena, const struct envelope *envelope)
{
    struct buf out;
    buf_init(&out, arena);
    add_line(&out, "Message", envelope->message);
    add_line(&out, "MessageId", envelope->message_id);
    add_line_unless_empty(&out, "Subject", envelope->subject);
    add_line_unless_empty(&out, "SubscribeURL", envelope->subscribe_url);
    add_line(&out, "Timestamp", envelope->timestamp);
    add_line_unless_empty(&out, "Token", envelope->token);
    add_line(&out, "TopicArn", envelope->topic_arn);
    add_line(&out, "Type", str_from(envelope->type));
    return buf_str(&out);
}

int envelope_version(const struct topic *topic)
{
    return str_eq(topic_attribute(topic, "SignatureVersion", STR("1")), STR("2")) ? SIGNATURE_SHA256
                                                                                  : SIGNATURE_SHA1;
}

static str sign(const struct source *source, int version, const struct envelope *envelope)
{
    str key;
    /* The first topic brought the key. */
    if (!signing_load(source, &key)) fatal("the key that messages are signed with is missing");
    return signing_sign(source->arena, key, version, envelope_canonical(source->arena, envelope));
}

str envelope_signature(const struct source *source, const struct message *message, int version,
                       str text)
{
    struct message_cache *cache = message->cache;
    for (size_t i = 0; i < cache->signature_count; i++)
        if (cache->signatures[i].version == version && str_eq(cache->signatures[i].text, text))
            return cache->signatures[i].signature;
    struct envelope envelope = {
        .type = "Notification",
        .message_id = message->id,
        .topic_arn = sns_topic_arn_text(source, message->topic->name),
        .message = text,
        .subject = message->subject,
        .timestamp = iso_time(source->arena, message->at_ms),
    };
    str signature = sign(source, version, &envelope);
    if (cache->signature_count == SNS_SIGNATURES_MAX) return signature;
    cache->signatures[cache->signature_count].version = version;
    cache->signatures[cache->signature_count].text = text;
    cache->signatures[cache->signature_count++].signature = signature;
    return signature;
}

/* ---- URLs ---- */

static str certificate_url(const struct source *source)
{
    return arena_printf(source->arena, "%.*s/SimpleNotificationService-baton.pem",
                        STR_ARGS(shard_endpoint(source->shard)));
}

str sns_unsubscribe_url(const struct source *source, const struct subscription *subscription)
{
    return arena_printf(
        source->arena, "%.*s/?Action=Unsubscribe&SubscriptionArn=%.*s",
        STR_ARGS(shard_endpoint(source->shard)),
        STR_ARGS(sns_subscription_arn_text(source, subscription->topic, subscription->id)));
}

str sns_subscribe_url(const struct source *source, str topic_arn, str secret)
{
    return arena_printf(source->arena, "%.*s/?Action=ConfirmSubscription&TopicArn=%.*s&Token=%.*s",
                        STR_ARGS(shard_endpoint(source->shard)), STR_ARGS(topic_arn),
                        STR_ARGS(secret));
}

/* ---- for queues, HTTP and mail ---- */

static void open_envelope(struct buf *out)
{
    buf_add(out, STR("{\n"));
}

static void next_name(struct buf *out, const char *name)
{
    if (out->ptr[out->len - 1] != '\n') buf_add(out, STR(",\n"));
    buf_printf(out, "  \"%s\" : ", name);
}

static void add_text(struct buf *out, const char *name, str value)
{
    next_name(out, name);
    json_write_str(out, value);
}

static void add_text_unless_empty(struct buf *out, const char *name, str value)
{
    if (value.len > 0) add_text(out, name, value);
}

/* {"Type":"String","Value":"x"} */
static void add_attribute(struct buf *out, json attribute)
{
    str binary = json_str_or(attribute, STR("BinaryValue"), STR(""));
    str value = json_str_or(attribute, STR("StringValue"), binary);
    reply_open(out);
    reply_str(out, "Type", json_str_or(attribute, STR("DataType"), STR("")));
    reply_str(out, "Value", value);
    reply_close(out);
}

static void add_attributes(struct buf *out, json attributes)
{
    if (json_count(attributes) == 0) return;
    next_name(out, "MessageAttributes");
    buf_add(out, STR("{\n"));
    for (size_t i = 0; i < json_count(attributes); i++) {
        if (i > 0) buf_add(out, STR(",\n"));
        buf_add(out, STR("    "));
        json_write_str(out, json_key_at(attributes, i));
        buf_add(out, STR(" : "));
        add_attribute(out, json_value_at(attributes, i));
    }
    buf_add(out, STR("\n  }"));
}

static void add_signature(struct buf *out, const struct source *source, int version, str signature)
{
    add_text(out, "SignatureVersion", version == SIGNATURE_SHA256 ? STR("2") : STR("1"));
    add_text(out, "Signature", signature);
    add_text(out, "SigningCertURL", certificate_url(source));
}

/* Messages of FIFO topics have a sequence number and, as recorded, no signature. */
str envelope_notification(const struct source *source, const struct message *message,
                          const struct subscription *subscription)
{
    struct buf out;
    str text = sns_message_text(message, subscription->protocol);
    int version = envelope_version(message->topic);
    buf_init(&out, source->arena);
    open_envelope(&out);
    add_text(&out, "Type", STR("Notification"));
    add_text(&out, "MessageId", message->id);
    add_text_unless_empty(&out, "SequenceNumber", message->sequence);
    add_text(&out, "TopicArn", sns_topic_arn_text(source, message->topic->name));
    add_text_unless_empty(&out, "Subject", message->subject);
    add_text(&out, "Message", text);
    add_text(&out, "Timestamp", iso_time(source->arena, message->at_ms));
    if (message->sequence.len == 0)
        add_signature(&out, source, version, envelope_signature(source, message, version, text));
    add_text(&out, "UnsubscribeURL", sns_unsubscribe_url(source, subscription));
    add_attributes(&out, message->attributes);
    buf_add(&out, STR("\n}"));
    return buf_str(&out);
}

str envelope_confirmation(const struct source *source, const struct topic *topic, const char *type,
                          str message, str secret, str message_id)
{
    struct buf out;
    int version = envelope_version(topic);
    str arn = sns_topic_arn_text(source, topic->name);
    struct envelope envelope = {
        .type = type,
        .message_id = message_id,
        .topic_arn = arn,
        .message = message,
        .subscribe_url = sns_subscribe_url(source, arn, secret),
        .token = secret,
        .timestamp = iso_time(source->arena, source->now_ms),
    };
    buf_init(&out, source->arena);
    open_envelope(&out);
    add_text(&out, "Type", str_from(type));
    add_text(&out, "MessageId", message_id);
    add_text(&out, "Token", secret);
    add_text(&out, "TopicArn", arn);
    add_text(&out, "Message", message);
    add_text(&out, "SubscribeURL", envelope.subscribe_url);
    add_text(&out, "Timestamp", envelope.timestamp);
    add_signature(&out, source, version, sign(source, version, &envelope));
    buf_add(&out, STR("\n}"));
    return buf_str(&out);
}

/* ---- for functions ---- */

static void reply_lambda_attributes(struct buf *out, json attributes)
{
    reply_name(out, "MessageAttributes");
    buf_add_char(out, '{');
    for (size_t i = 0; i < json_count(attributes); i++) {
        if (i > 0) buf_add_char(out, ',');
        json_write_str(out, json_key_at(attributes, i));
        buf_add_char(out, ':');
        add_attribute(out, json_value_at(attributes, i));
    }
    buf_add_char(out, '}');
}

/* Recorded: functions get signatures of version 1 whatever the topic's SignatureVersion is. */
str envelope_lambda(const struct source *source, const struct message *message,
                    const struct subscription *subscription)
{
    struct buf out;
    str text = sns_message_text(message, subscription->protocol);
    buf_init(&out, source->arena);
    buf_add(&out, STR("{\"Records\":[{\"EventSource\":\"aws:sns\",\"EventVersion\":\"1.0\""));
    reply_str(&out, "EventSubscriptionArn",
              sns_subscription_arn_text(source, subscription->topic, subscription->id));
    reply_name(&out, "Sns");
    reply_open(&out);
    reply_str(&out, "Type", STR("Notification"));
    reply_str(&out, "MessageId", message->id);
    reply_str(&out, "TopicArn", sns_topic_arn_text(source, message->topic->name));
    reply_json(&out, "Subject",
               message->subject.len > 0 ? json_string(message->subject) : json_null());
    reply_str(&out, "Message", text);
    reply_str(&out, "Timestamp", iso_time(source->arena, message->at_ms));
    reply_str(&out, "SignatureVersion", STR("1"));
    reply_str(&out, "Signature", envelope_signature(source, message, SIGNATURE_SHA1, text));
    reply_str(&out, "SigningCertUrl", certificate_url(source));
    reply_str(&out, "UnsubscribeUrl", sns_unsubscribe_url(source, subscription));
    reply_lambda_attributes(&out, message->attributes);
    buf_add(&out, STR("}}]}"));
    return buf_str(&out);
}
