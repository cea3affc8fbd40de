/* Private to services/sns/: what the parts of the SNS API share.
 *
 *   sns.c              the table of operations
 *   shapes.c           the fields of every operation
 *   names.c            ARNs of topics and subscriptions
 *   records.c          the records of topics and subscriptions
 *   topics.c topic_attributes.c tags.c permissions.c
 *   subscriptions.c subscription_reads.c subscription_attributes.c confirm.c endpoints.c
 *   delivery_policy.c  retries of HTTP deliveries
 *   publish.c message.c message_attributes.c fifo.c    from a call to a message
 *   deliver.c http.c outbox.c tasks.c                   from a message to its subscribers
 *   envelope.c signing.c                               what they get
 *
 * A publish stores nothing of the message but what it causes: messages in queues, invocations and
 * HTTP requests as effects, mails in the outbox; all of it in the transaction of the call, up to
 * SNS_DELIVERIES_PER_TXN_MAX subscribers. The rest is a task record, carried on by tasks.c.
 *
 * Texts of errors are AWS's as recorded, where they are; everything a handler makes lives in the
 * request's arena. */
#ifndef SERVICES_SNS_INTERNAL_H
#define SERVICES_SNS_INTERNAL_H

#include "services/service.h"
#include "services/shape.h"
#include "services/sns/sns.h"
#include "services/source.h"

/* ---- names ---- */

struct sns_arn {
    str text;
    str topic;        /* name */
    str subscription; /* uuid; empty if the ARN is a topic's */
};

/* An ARN of ours, topic or subscription. False with ERROR_SNS_INVALID_PARAMETER; `parameter` is
 * named in the text. A name that no topic can have is ERROR_SNS_NOT_FOUND. */
MUST_CHECK bool sns_topic_arn(const struct source *source, str text, const char *parameter,
                              struct sns_arn *out, struct error *err);
MUST_CHECK bool sns_subscription_arn(const struct source *source, str text, struct sns_arn *out,
                                     struct error *err);
str sns_topic_arn_text(const struct source *source, str topic);
str sns_subscription_arn_text(const struct source *source, str topic, str id);
/* 1-256 letters, digits, - and _; ".fifo" behind them if `fifo`. */
bool sns_topic_name_is_valid(str name, bool fifo);
/* The parts of any ARN: its fields between colons, the last with what is left. False if there are
 * fewer than six. */
struct sns_arn_parts {
    str partition, service, region, account, resource;
};
bool sns_arn_split(str text, struct sns_arn_parts *out);
bool sns_is_fifo(str name);

/* A text parameter, or empty; booleans and numbers count by their JSON text, as forms have no
 * types. */
str sns_text(const struct source *source, json params, str name);
bool sns_has(json params, str name);

/* ERROR_SNS_INVALID_PARAMETER, "Invalid parameter: ..."; returns false. */
bool sns_invalid(struct error *err, const char *format, ...) PRINTF_LIKE(2, 3);

/* ---- records ---- */

struct subscription;

struct topic {
    str name;
    uint64_t id; /* told apart from another topic of the same name, earlier or later */
    int64_t created_ms;
    json attributes;                     /* object of texts: those that have been set */
    json tags;                           /* [{"Key","Value"}] */
    int64_t confirmed, pending, deleted; /* subscriptions */
    int64_t filters;                     /* of them with a filter policy */
    int64_t enveloped;                   /* of the confirmed ones with a signed envelope */
};

bool topic_load(const struct source *source, str name, struct topic *out);
/* The topic of an ARN in the parameter of that name. ERROR_SNS_NOT_FOUND if it does not exist. */
MUST_CHECK bool topic_require(const struct source *source, json params, const char *parameter,
                              struct topic *out, struct error *err);
void topic_store(struct txn *txn, const struct source *source, const struct topic *topic);
void topic_decode(const struct source *source, str name, str text, struct topic *out);
/* Counts a subscription in (by = 1) or out (by = -1). */
void topic_count(struct topic *topic, const struct subscription *subscription, int by);
/* An attribute's text, or the fallback. */
str topic_attribute(const struct topic *topic, const char *name, str fallback);
bool topic_is_true(const struct topic *topic, const char *name);

struct subscription {
    str topic; /* name */
    str id;
    uint64_t topic_id;
    str protocol, endpoint;
    int64_t created_ms; /* or when it was asked for again */
    bool pending, authenticated;
    json attributes; /* object of texts: those that have been set */
    json filter;     /* the filter policy, parsed; JSON_NULL: none */
};

bool subscription_load(const struct source *source, str topic, str id, struct subscription *out);
void subscription_decode(const struct source *source, str topic, str id, str text,
                         struct subscription *out);
/* The subscription of an ARN in "SubscriptionArn"; it and its topic must exist. */
MUST_CHECK bool subscription_require(const struct source *source, json params,
                                     struct subscription *out, struct error *err);
void subscription_store(struct txn *txn, const struct source *source,
                        const struct subscription *subscription);
/* With what finds it by its endpoint. */
void subscription_delete(struct txn *txn, const struct source *source,
                         const struct subscription *subscription);
bool subscription_is_raw(const struct subscription *subscription);
/* The dead-letter queue's ARN; empty if there is none. */
str subscription_dead_letters(const struct source *source, const struct subscription *subscription);
/* The attribute of that name set to `value`, or removed if that is empty. */
json sns_attributes_with(const struct source *source, json attributes, str name, str value);

/* ---- attributes ---- */

/* Checks a subscription's attribute and puts it into `subscription`. `prefix` begins messages:
 * "Invalid parameter: " or "Invalid parameter: Attributes Reason: ". */
MUST_CHECK bool subscription_attribute_set(const struct source *source,
                                           struct subscription *subscription, str name, str value,
                                           const char *prefix, struct error *err);
/* The policies together: what one attribute may be depends on another. */
MUST_CHECK bool subscription_attributes_agree(const struct source *source,
                                              const struct subscription *subscription,
                                              const char *prefix, struct error *err);
/* Checks protocol and endpoint. */
MUST_CHECK bool sns_endpoint_check(const struct source *source, const struct topic *topic,
                                   str protocol, str endpoint, struct error *err);
/* True for what is delivered at once, without a confirmation by the endpoint. */
bool sns_protocol_is_confirmed(str protocol);
bool sns_protocol_is_http(str protocol);
/* A phone number (E.164, dots, slashes and hyphens between the digits where `loose`). */
bool sns_phone_number_is_valid(str number, bool loose);

MUST_CHECK bool topic_attribute_set(const struct source *source, struct topic *topic, str name,
                                    str value, struct error *err);
/* The policy of a topic for which none has been set. */
str sns_default_policy(const struct source *source, str topic);
/* Tags: a list of {"Key","Value"}, checked, put over `current`. */
MUST_CHECK bool sns_tags_merge(const struct source *source, json current, json added, json *out,
                               struct error *err);

/* Jackson's text of why `text` is no JSON, with the place, as newer SDKs of Java show it. */
str sns_json_fault(const struct source *source, str text, const struct error *fault);

/* Reads NextToken; pages have SNS_LIST_MAX entries. ERROR_SNS_INVALID_PARAMETER. */
MUST_CHECK bool sns_page_begin(const struct source *source, json params, str scope,
                               struct page *page, struct error *err);

/* ---- delivery policies ---- */

enum backoff { BACKOFF_LINEAR, BACKOFF_ARITHMETIC, BACKOFF_GEOMETRIC, BACKOFF_EXPONENTIAL };
struct retry_policy {
    int64_t min_delay_s, max_delay_s;
    int64_t retries, max_delay_retries, no_delay_retries, min_delay_retries;
    enum backoff backoff;
};

/* Check the text of a DeliveryPolicy and give it as AWS shows it. Messages begin with `prefix`. */
MUST_CHECK bool topic_delivery_policy(const struct source *source, str text, const char *prefix,
                                      json *out, struct error *err);
MUST_CHECK bool subscription_delivery_policy(const struct source *source, str text,
                                             const char *prefix, json *out, struct error *err);
/* What holds, with the defaults. */
json topic_effective_policy(const struct source *source, const struct topic *topic);
json subscription_effective_policy(const struct source *source, const struct topic *topic,
                                   const struct subscription *subscription);
struct retry_policy sns_retry_policy_of(json effective_subscription_policy);
str sns_content_type_of(json effective_subscription_policy);
/* The delay before retry `n` (from 1), or -1 if there is no such retry. */
int64_t sns_retry_delay_ms(const struct retry_policy *policy, int64_t n);

/* ---- signing ---- */

enum { SIGNATURE_SHA1 = 1, SIGNATURE_SHA256 = 2 };

/* A new RSA key (a text of our own) with a self-signed certificate (PEM); takes a tenth of a second
 * or more. */
void signing_make(struct arena *arena, int64_t now_ms, str *key_text, str *certificate_pem);
/* PKCS #1 v1.5, in base64. */
str signing_sign(struct arena *arena, str key_text, int version, str text);
/* The stored key. */
bool signing_load(const struct source *source, str *key_text);
/* Stores a pair, unless there is one. */
void signing_store(struct txn *txn, const struct source *source, str key_text, str certificate_pem);

/* ---- messages ---- */

struct message {
    const struct topic *topic; /* NULL: to a phone number */
    str id;
    int64_t at_ms;
    str text;        /* as published */
    json structure;  /* of MessageStructure json: the texts by protocol; else JSON_NULL */
    str subject;     /* empty: none */
    json attributes; /* {name: {"DataType", "StringValue" | "BinaryValue"}} or an empty object */
    str group, deduplication;    /* empty if none */
    str sequence;                /* of a FIFO topic's message */
    struct message_cache *cache; /* what is worked out once for all subscribers */
};

/* Signatures of a message's texts, made on the I/O thread where that is possible, and what filter
 * policies look at. */
enum { SNS_SIGNATURES_MAX = 8 };
struct message_cache {
    struct {
        int version;
        str text, signature;
    } signatures[SNS_SIGNATURES_MAX];
    size_t signature_count;
    bool has_attributes, has_body;
    json attributes; /* {name: value} */
    str body_text;   /* what `body` was parsed from */
    json body;       /* JSON_NULL if the text is no object */
};

/* Checks what Publish and an entry of PublishBatch have in common. ERROR_SNS_INVALID_PARAMETER and
 * others. `topic` may be NULL. */
MUST_CHECK bool sns_message_read(const struct source *source, json params,
                                 const struct topic *topic, struct message *out, struct error *err);
/* Subject and Message, which AWS looks at before the topic. */
MUST_CHECK bool sns_message_check_texts(json params, struct error *err);
/* The bytes that count for the limit. */
size_t sns_message_bytes(const struct message *message);
MUST_CHECK bool sns_message_attributes_check(const struct source *source, json attributes,
                                             struct error *err);
/* What a subscriber of that protocol gets. */
str sns_message_text(const struct message *message, str protocol);
/* For tasks: the message as a record and back. */
json sns_message_encode(const struct source *source, const struct message *message);
void sns_message_decode(const struct source *source, json record, const struct topic *topic,
                        struct message *out);

/* The parameters that the I/O thread has prepared: signatures and the like. A value with this mark
 * has been made by us; nothing that is parsed has it. */
enum { SNS_PREPARED = 0x5E5 };
enum handled sns_prepare_create_topic(const struct reader *reader, struct request *request,
                                      struct error *err);
enum handled sns_prepare_publish(const struct reader *reader, struct request *request,
                                 struct error *err);
/* What was prepared: {"key","certificate"} of CreateTopic, {"messages":[{"id","at",
 * "signatures":[{"version","text","signature"}]}]} of Publish and PublishBatch. NULL: nothing. */
const json *sns_prepared_of(json params);

/* FIFO topics: finds the message that was published with the same deduplication id, or remembers
 * this one. True: `message` has the earlier one's id and sequence. */
bool sns_fifo_is_repetition(struct txn *txn, const struct source *source, struct message *message);

/* ---- envelopes ---- */

/* What a signature covers, as documented by AWS: the lines of names and values. `subscribe_url` and
 * `token` are for confirmations, empty for notifications. */
struct envelope {
    const char *type; /* "Notification", "SubscriptionConfirmation", "UnsubscribeConfirmation" */
    str message_id, topic_arn, message, subject, subscribe_url, token;
    str timestamp;
};
str envelope_canonical(struct arena *arena, const struct envelope *envelope);
/* The signature of a message's text for a topic, from the cache or made now. */
str envelope_signature(const struct source *source, const struct message *message, int version,
                       str text);
/* 1 or 2, what the topic's SignatureVersion says. */
int envelope_version(const struct topic *topic);
/* The JSON text that subscribers of sqs, http, https and email-json get. */
str envelope_notification(const struct source *source, const struct message *message,
                          const struct subscription *subscription);
/* The event that functions get. */
str envelope_lambda(const struct source *source, const struct message *message,
                    const struct subscription *subscription);
/* A (un)subscription's confirmation. */
str envelope_confirmation(const struct source *source, const struct topic *topic, const char *type,
                          str message, str token, str message_id);
str sns_unsubscribe_url(const struct source *source, const struct subscription *subscription);
str sns_subscribe_url(const struct source *source, str topic_arn, str token);

/* ---- deliveries ---- */

/* Delivers to one subscriber, or gives up and hands the message to its dead-letter queue. */
void sns_deliver_one(struct txn *txn, const struct source *source, const struct message *message,
                     const struct subscription *subscription);
/* Delivers to the subscribers behind `after` (a subscription's id; empty: all), as many as one
 * transaction may. True: there are more, behind *after. */
bool sns_deliver_some(struct txn *txn, const struct source *source, const struct message *message,
                      str *after);
/* All of them: now, and what is left as a task. */
void sns_deliver_all(struct txn *txn, const struct source *source, const struct message *message);
/* Puts a body into the subscription's dead-letter queue, if it has one. */
void sns_deliver_dead(struct txn *txn, const struct source *source,
                      const struct subscription *subscription, str body, json attributes, str group,
                      str deduplication);
bool sns_message_matches(const struct source *source, const struct message *message,
                         const struct subscription *subscription);

void sns_http_deliver(struct txn *txn, const struct source *source, const struct message *message,
                      const struct subscription *subscription);
/* Plans a POST to the subscription's endpoint, tried again as its delivery policy says. `headers`
 * gets further fields. `letter` is what its dead-letter queue would get: {"attributes", "group"};
 * JSON_NULL: nothing. */
void sns_http_post(struct txn *txn, const struct source *source,
                   const struct subscription *subscription, struct json_fields *headers,
                   str content_type, str body, json letter);
/* POSTs a confirmation to an HTTP endpoint, or puts it into the outbox for a mail address. */
void sns_confirmation_send(struct txn *txn, const struct source *source, const struct topic *topic,
                           const struct subscription *subscription, bool unsubscribed);
void sns_http_delivery_done(struct txn *txn, const struct effect_record *record,
                            const struct effect_result *result);

/* The token that confirms a subscription. */
str sns_confirmation_token(const struct source *source, const struct subscription *subscription);

struct mail {
    const char *type; /* "Notification", "SubscriptionConfirmation", "UnsubscribeConfirmation" */
    str protocol, endpoint, topic_arn, subscription_arn, message_id, subject, body;
    str url; /* to confirm or to unsubscribe; empty if none */
};
void sns_outbox_put(struct txn *txn, const struct source *source, const struct mail *mail);

/* Tasks: work that is too much for one transaction. */
void sns_task_deliver(struct txn *txn, const struct source *source, const struct message *message,
                      str after);
void sns_task_forget_topic(struct txn *txn, const struct source *source, const struct topic *topic);
void sns_tasks_start(struct shard *shard);

/* A UUID from the transaction's randomness, in the arena. */
str sns_uuid(struct txn *txn, const struct source *source);
/* Standard base64. Decoding gives false if the text is none. */
str sns_base64(struct arena *arena, const unsigned char *bytes, size_t count);
bool sns_base64_bytes(str text, size_t *count);

/* ---- operations ---- */

#define SNS_WRITE(name)                                                                            \
    enum handled name(struct txn *txn, struct request *request, struct error *err)
#define SNS_READ(name)                                                                             \
    enum handled name(const struct reader *reader, struct request *request, struct error *err)
SNS_WRITE(handle_create_topic);
SNS_WRITE(handle_delete_topic);
SNS_READ(handle_list_topics);
SNS_READ(handle_get_topic_attributes);
SNS_WRITE(handle_set_topic_attributes);
SNS_WRITE(handle_sns_add_permission);
SNS_WRITE(handle_sns_remove_permission);
SNS_WRITE(handle_subscribe);
SNS_WRITE(handle_unsubscribe);
SNS_WRITE(handle_confirm_subscription);
SNS_READ(handle_list_subscriptions);
SNS_READ(handle_list_subscriptions_by_topic);
SNS_READ(handle_get_subscription_attributes);
SNS_WRITE(handle_set_subscription_attributes);
SNS_WRITE(handle_publish);
SNS_WRITE(handle_publish_batch);
SNS_WRITE(handle_sns_tag_resource);
SNS_WRITE(handle_sns_untag_resource);
SNS_READ(handle_sns_list_tags_for_resource);
SNS_READ(handle_list_outbox);
#undef SNS_WRITE
#undef SNS_READ

extern const struct shape shape_sns_create_topic;
extern const struct shape shape_sns_topic;
extern const struct shape shape_sns_list;
extern const struct shape shape_sns_list_by_topic;
extern const struct shape shape_sns_set_topic_attributes;
extern const struct shape shape_sns_add_permission;
extern const struct shape shape_sns_remove_permission;
extern const struct shape shape_sns_subscribe;
extern const struct shape shape_sns_subscription;
extern const struct shape shape_sns_confirm;
extern const struct shape shape_sns_set_subscription_attributes;
extern const struct shape shape_sns_publish;
extern const struct shape shape_sns_publish_batch;
extern const struct shape shape_sns_tag;
extern const struct shape shape_sns_untag;
extern const struct shape shape_sns_resource;
extern const struct shape shape_sns_list_outbox;
extern const struct shape shape_sns_anything;

#endif
