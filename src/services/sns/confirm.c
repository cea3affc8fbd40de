/* Confirming subscriptions: the secret, the message that brings it to the endpoint, and
 * ConfirmSubscription.
 *
 * A token is the subscription's uuid and a MAC over it, in hexadecimal: nothing is stored for it.
 * The MAC is made with the task tokens' key; its text begins with a word of its own. */
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "services/sns/internal.h"

enum { TOKEN_ID_CHARS = 32, TOKEN_MAC_BYTES = 32, TOKEN_CHARS = 32 + 2 * TOKEN_MAC_BYTES };

static void add_hex(struct buf *out, const unsigned char *bytes, size_t count)
{
    for (size_t i = 0; i < count; i++)
        buf_printf(out, "%02x", bytes[i]);
}

static str token_with(const struct source *source, const unsigned char *key,
                      const struct subscription *subscription)
{
    unsigned char mac[TOKEN_MAC_BYTES];
    unsigned length = 0;
    struct buf out;
    str text = arena_printf(source->arena, "sns-confirmation %.*s %llu %.*s",
                            STR_ARGS(subscription->topic),
                            (unsigned long long)subscription->topic_id, STR_ARGS(subscription->id));
    if (!HMAC(EVP_sha256(), key, TOKEN_KEY_BYTES, (const unsigned char *)text.ptr, text.len, mac,
              &length))
        fatal("HMAC failed");
    buf_init(&out, source->arena);
    for (size_t i = 0; i < subscription->id.len; i++)
        if (subscription->id.ptr[i] != '-') buf_add_char(&out, subscription->id.ptr[i]);
    add_hex(&out, mac, sizeof mac);
    return buf_str(&out);
}

str sns_confirmation_token(const struct source *source, const struct subscription *subscription)
{
    return token_with(source, shard_token_key(source->shard)->current, subscription);
}

static bool token_fits(const struct source *source, const struct subscription *subscription,
                       str secret)
{
    const struct token_key *key = shard_token_key(source->shard);
    if (str_eq_constant_time(token_with(source, key->current, subscription), secret)) return true;
    return key->has_previous &&
           str_eq_constant_time(token_with(source, key->previous, subscription), secret);
}

/* ---- the message ---- */

static const char *type_of(bool unsubscribed)
{
    return unsubscribed ? "UnsubscribeConfirmation" : "SubscriptionConfirmation";
}

static str confirmation_text(const struct source *source, const struct subscription *subscription,
                             bool unsubscribed)
{
    str topic = sns_topic_arn_text(source, subscription->topic);
    if (!unsubscribed)
        return arena_printf(source->arena,
                            "You have chosen to subscribe to the topic %.*s.\nTo confirm the "
                            "subscription, visit the SubscribeURL included in this message.",
                            STR_ARGS(topic));
    return arena_printf(
        source->arena,
        "You have chosen to deactivate subscription %.*s.\nTo cancel this "
        "operation and restore the subscription, visit the SubscribeURL included "
        "in this message.",
        STR_ARGS(sns_subscription_arn_text(source, subscription->topic, subscription->id)));
}

static void mail_send(struct txn *txn, const struct source *source, const struct topic *topic,
                      const struct subscription *subscription, bool unsubscribed)
{
    str arn = sns_topic_arn_text(source, topic->name);
    str secret = sns_confirmation_token(source, subscription);
    str id = sns_uuid(txn, source);
    str text = confirmation_text(source, subscription, unsubscribed);
    bool as_json = str_eq(subscription->protocol, STR("email-json"));
    struct mail mail = {
        .type = type_of(unsubscribed),
        .protocol = subscription->protocol,
        .endpoint = subscription->endpoint,
        .topic_arn = arn,
        .subscription_arn =
            sns_subscription_arn_text(source, subscription->topic, subscription->id),
        .message_id = id,
        .subject = unsubscribed ? STR("AWS Notification - Unsubscribe Confirmation")
                                : STR("AWS Notification - Subscription Confirmation"),
        .body = as_json
                    ? envelope_confirmation(source, topic, type_of(unsubscribed), text, secret, id)
                    : text,
        .url = sns_subscribe_url(source, arn, secret),
    };
    sns_outbox_put(txn, source, &mail);
}

static void add_text(struct json_fields *fields, const char *name, str value)
{
    json_fields_add(fields, str_from(name), json_string(value));
}

static void http_send(struct txn *txn, const struct source *source, const struct topic *topic,
                      const struct subscription *subscription, bool unsubscribed)
{
    str id = sns_uuid(txn, source);
    str text = confirmation_text(source, subscription, unsubscribed);
    struct json_fields headers;
    json_fields_init(&headers, source->arena);
    add_text(&headers, "x-amz-sns-message-type", str_from(type_of(unsubscribed)));
    add_text(&headers, "x-amz-sns-message-id", id);
    add_text(&headers, "x-amz-sns-topic-arn", sns_topic_arn_text(source, topic->name));
    if (unsubscribed)
        add_text(&headers, "x-amz-sns-subscription-arn",
                 sns_subscription_arn_text(source, subscription->topic, subscription->id));
    sns_http_post(txn, source, subscription, &headers, STR("text/plain; charset=UTF-8"),
                  envelope_confirmation(source, topic, type_of(unsubscribed), text,
                                        sns_confirmation_token(source, subscription), id),
                  json_null());
}

void sns_confirmation_send(struct txn *txn, const struct source *source, const struct topic *topic,
                           const struct subscription *subscription, bool unsubscribed)
{
    if (sns_protocol_is_http(subscription->protocol))
        http_send(txn, source, topic, subscription, unsubscribed);
    else
        mail_send(txn, source, topic, subscription, unsubscribed);
}

/* ---- ConfirmSubscription ---- */

/* The uuid that a token begins with. `token` is hexadecimal; false if its length is not
 * a token's. */
static bool id_of(const struct source *source, str secret, str *id)
{
    struct buf out;
    if (secret.len != TOKEN_CHARS) return false;
    buf_init(&out, source->arena);
    for (size_t i = 0; i < TOKEN_ID_CHARS; i++) {
        if (i == 8 || i == 12 || i == 16 || i == 20) buf_add_char(&out, '-');
        buf_add_char(&out, secret.ptr[i]);
    }
    *id = buf_str(&out);
    return true;
}

static bool is_hexadecimal(str secret)
{
    for (size_t i = 0; i < secret.len; i++) {
        char c = secret.ptr[i];
        if (!((c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'))) return false;
    }
    return secret.len > 0;
}

static bool find(const struct source *source, json params, struct topic *topic,
                 struct subscription *out, struct error *err)
{
    struct sns_arn arn;
    str id, secret = json_str_or(params, STR("Token"), STR(""));
    if (!sns_topic_arn(source, json_str_or(params, STR("TopicArn"), STR("")), "Topic", &arn, err)) {
        if (err->code == ERROR_SNS_NOT_FOUND) return sns_invalid(err, "Token");
        return sns_invalid(err, "Topic");
    }
    if (!is_hexadecimal(secret))
        return error_set(err, ERROR_SNS_INVALID_PARAMETER, "Invalid token");
    bool found = id_of(source, secret, &id) && topic_load(source, arn.topic, topic) &&
                 subscription_load(source, arn.topic, id, out) && out->topic_id == topic->id &&
                 token_fits(source, out, secret);
    if (!found) return sns_invalid(err, "Token");
    if (out->pending && source->now_ms - out->created_ms > SNS_CONFIRMATION_MS)
        return sns_invalid(err, "Token");
    return true;
}

enum handled handle_confirm_subscription(struct txn *txn, struct request *request,
                                         struct error *err)
{
    struct source source = source_from_txn(txn, &request->arena);
    struct topic topic = { 0 };
    struct subscription subscription = { 0 };
    if (!find(&source, request->params, &topic, &subscription, err)) return HANDLED_FAILED;
    if (subscription.pending) {
        topic_count(&topic, &subscription, -1);
        subscription.pending = false;
        subscription.authenticated = str_eq(
            sns_text(&source, request->params, STR("AuthenticateOnUnsubscribe")), STR("true"));
        topic_count(&topic, &subscription, 1);
        subscription_store(txn, &source, &subscription);
        topic_store(txn, &source, &topic);
    }
    struct buf *out = reply_begin(request);
    reply_str(out, "SubscriptionArn",
              sns_subscription_arn_text(&source, subscription.topic, subscription.id));
    reply_close(out);
    return HANDLED;
}
