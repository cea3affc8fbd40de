/* From a message to its subscribers: who gets it, and how, for queues, functions and mail. HTTP is
 * in http.c. Whatever becomes of a delivery, the publish has succeeded. */
#include <assert.h>
#include <stdlib.h>

#include "services/lambda/lambda.h"
#include "services/pattern.h"
#include "services/sns/internal.h"

/* Subscribers that one transaction looks at, most of which a filter may turn away. */
enum { SEEN_PER_TXN_MAX = 10 * SNS_DELIVERIES_PER_TXN_MAX };
static_assert((int)SNS_SUBSCRIPTIONS_PER_FIFO_TOPIC_MAX <= (int)SNS_DELIVERIES_PER_TXN_MAX,
              "a FIFO topic delivers to all in the publish, so nothing can overtake");

/* ---- filters ---- */

static json attribute_value(const struct source *source, json attribute)
{
    json value;
    struct error err;
    str type = json_str_or(attribute, STR("DataType"), STR(""));
    str text = json_str_or(attribute, STR("StringValue"), STR(""));
    bool array = str_eq(type, STR("String.Array"));
    if (!array && !str_starts_with(type, STR("Number"))) return json_string(text);
    bool parsed = json_parse(text, source->arena, &value, &err);
    if (parsed && (array ? json_is_array(value) : json_is_number(value))) return value;
    /* An array that is none matches nothing; a number may be written in other ways than JSON's. */
    if (array) return json_array(NULL, 0);
    return json_double(strtod(arena_cstr(source->arena, text), NULL));
}

/* Attributes as filter policies see them; binary ones are not seen. */
static json visible_attributes(const struct source *source, const struct message *message)
{
    struct json_fields fields;
    struct message_cache *cache = message->cache;
    if (cache->has_attributes) return cache->attributes;
    json_fields_init(&fields, source->arena);
    for (size_t i = 0; i < json_count(message->attributes); i++) {
        json attribute = json_value_at(message->attributes, i);
        str type = json_str_or(attribute, STR("DataType"), STR(""));
        if (str_starts_with(type, STR("Binary"))) continue;
        json_fields_add(&fields, json_key_at(message->attributes, i),
                        attribute_value(source, attribute));
    }
    cache->attributes = json_fields_done(&fields);
    cache->has_attributes = true;
    return cache->attributes;
}

static json body_of(const struct source *source, const struct message *message, str protocol)
{
    struct error err;
    struct message_cache *cache = message->cache;
    str text = sns_message_text(message, protocol);
    if (cache->has_body && str_eq(cache->body_text, text)) return cache->body;
    cache->has_body = true;
    cache->body_text = text;
    if (!json_parse(text, source->arena, &cache->body, &err)) cache->body = json_null();
    return cache->body;
}

bool sns_message_matches(const struct source *source, const struct message *message,
                         const struct subscription *subscription)
{
    if (json_is_null(subscription->filter)) return true;
    str scope = json_str_or(subscription->attributes, STR("FilterPolicyScope"), STR(""));
    if (!str_eq(scope, STR("MessageBody")))
        return pattern_matches(subscription->filter, PATTERN_ATTRIBUTES,
                               visible_attributes(source, message));
    return pattern_matches(subscription->filter, PATTERN_BODY,
                           body_of(source, message, subscription->protocol));
}

/* ---- queues ---- */

static void add_text(struct json_fields *fields, const char *name, str value)
{
    if (value.len > 0) json_fields_add(fields, str_from(name), json_string(value));
}

static bool send_to_queue(struct txn *txn, const struct source *source, str queue_arn, str body,
                          json attributes, str group, str deduplication, bool from_fifo)
{
    struct json_fields params;
    struct error err = { 0 };
    json reply;
    bool fifo = sns_is_fifo(queue_arn);
    json_fields_init(&params, source->arena);
    add_text(&params, "QueueUrl", queue_arn);
    add_text(&params, "MessageBody", body);
    if (json_count(attributes) > 0) json_fields_add(&params, STR("MessageAttributes"), attributes);
    /* Recorded: a standard queue gets no group of a FIFO topic's. */
    if (fifo || !from_fifo) add_text(&params, "MessageGroupId", group);
    if (fifo) add_text(&params, "MessageDeduplicationId", deduplication);
    return service_call(txn, &sqs_service, STR("SendMessage"), json_fields_done(&params), &reply,
                        &err);
}

void sns_deliver_dead(struct txn *txn, const struct source *source,
                      const struct subscription *subscription, str body, json attributes, str group,
                      str deduplication)
{
    str queue = subscription_dead_letters(source, subscription);
    if (queue.len == 0) return;
    (void)send_to_queue(txn, source, queue, body, attributes, group, deduplication,
                        sns_is_fifo(subscription->topic));
}

static void deliver_to_queue(struct txn *txn, const struct source *source,
                             const struct message *message, const struct subscription *subscription)
{
    bool raw = subscription_is_raw(subscription);
    str body = raw ? sns_message_text(message, STR("sqs"))
                   : envelope_notification(source, message, subscription);
    json attributes = raw ? message->attributes : json_null();
    if (send_to_queue(txn, source, subscription->endpoint, body, attributes, message->group,
                      message->deduplication, sns_is_fifo(subscription->topic)))
        return;
    sns_deliver_dead(txn, source, subscription, body, attributes, message->group,
                     message->deduplication);
}

/* ---- functions ---- */

/* Recorded: a dead-letter queue gets the notification, not the function's event. */
static void deliver_to_function(struct txn *txn, const struct source *source,
                                const struct message *message,
                                const struct subscription *subscription)
{
    struct error err = { 0 };
    struct txn_mark mark = txn_mark(txn);
    str event = envelope_lambda(source, message, subscription);
    if (lambda_invoke_async(txn, subscription->endpoint, STR(""), event, &err)) return;
    txn_rewind(txn, &mark);
    sns_deliver_dead(txn, source, subscription,
                     envelope_notification(source, message, subscription), json_null(),
                     message->group, message->deduplication);
}

/* ---- mail and short messages ---- */

static void deliver_to_outbox(struct txn *txn, const struct source *source,
                              const struct message *message,
                              const struct subscription *subscription)
{
    bool sms = str_eq(subscription->protocol, STR("sms"));
    bool as_json = str_eq(subscription->protocol, STR("email-json"));
    struct mail mail = {
        .type = "Notification",
        .protocol = subscription->protocol,
        .endpoint = subscription->endpoint,
        .topic_arn = sns_topic_arn_text(source, subscription->topic),
        .subscription_arn =
            sns_subscription_arn_text(source, subscription->topic, subscription->id),
        .message_id = message->id,
        .subject = sms                        ? STR("")
                   : message->subject.len > 0 ? message->subject
                                              : STR("AWS Notification Message"),
        .body = as_json ? envelope_notification(source, message, subscription)
                        : sns_message_text(message, subscription->protocol),
        .url = sms ? STR("") : sns_unsubscribe_url(source, subscription),
    };
    sns_outbox_put(txn, source, &mail);
}

void sns_deliver_one(struct txn *txn, const struct source *source, const struct message *message,
                     const struct subscription *subscription)
{
    if (str_eq(subscription->protocol, STR("sqs")))
        deliver_to_queue(txn, source, message, subscription);
    else if (str_eq(subscription->protocol, STR("lambda")))
        deliver_to_function(txn, source, message, subscription);
    else if (sns_protocol_is_http(subscription->protocol))
        sns_http_deliver(txn, source, message, subscription);
    else
        deliver_to_outbox(txn, source, message, subscription);
}

/* ---- all subscribers ---- */

bool sns_deliver_some(struct txn *txn, const struct source *source, const struct message *message,
                      str *after)
{
    struct key from, to;
    struct key_reader fields;
    str key, value, topic, id;
    size_t seen = 0, count = 0;
    bool more = false;
    struct subscription *found =
        arena_array(source->arena, SNS_DELIVERIES_PER_TXN_MAX, sizeof *found);
    key_subscription(&from, source->number, message->topic->name, *after);
    to = from;
    if (after->len > 0) {
        key_range_end(&from);
        key_subscription(&to, source->number, message->topic->name, STR(""));
    }
    key_range_end(&to);
    struct store_cursor *cursor = source_scan(source, &from, &to, false);
    while (store_cursor_next(cursor, &key, &value)) {
        struct subscription *one = &found[count];
        more = count == SNS_DELIVERIES_PER_TXN_MAX || seen++ == SEEN_PER_TXN_MAX;
        if (more) break;
        if (!key_read_begin(&fields, key) || !key_read_text(&fields, &topic) ||
            !key_read_text(&fields, &id))
            fatal("the key of a subscription does not decode");
        *after = arena_str(source->arena, id);
        subscription_decode(source, message->topic->name, *after, value, one);
        count += !one->pending && one->topic_id == message->topic->id &&
                 sns_message_matches(source, message, one);
    }
    store_cursor_close(cursor);
    /* The walk is over before the first delivery writes. */
    for (size_t i = 0; i < count; i++)
        sns_deliver_one(txn, source, message, &found[i]);
    return more;
}

void sns_deliver_all(struct txn *txn, const struct source *source, const struct message *message)
{
    str after = STR("");
    if (message->topic->confirmed == 0) return;
    if (sns_deliver_some(txn, source, message, &after))
        sns_task_deliver(txn, source, message, after);
}
