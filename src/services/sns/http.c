/* Deliveries over HTTP: effects of the origin "sns.delivery", tried again as the delivery policy
 * says. Their context:
 *
 *     {"topic":name,"topicId":n,"subscription":uuid,"try":n,"since":ms,
 *      "letter":{"attributes":{...}}|null}
 *
 * `try` counts the attempts before this one; `letter` says what goes to the dead-letter queue
 * beside the body. An answer of 2xx ends it well; 4xx but 429 is final, as AWS takes it for a fault
 * of the endpoint's owner; everything else is tried again, for SNS_HTTP_RETRY_S_MAX at most. */
#include "services/sns/internal.h"

static void add_text(struct json_fields *fields, const char *name, str value)
{
    json_fields_add(fields, str_from(name), json_string(value));
}

/* ---- the request ---- */

static int digit_of(char c)
{
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

static str percent_decode(struct arena *arena, str text)
{
    struct buf out;
    buf_init(&out, arena);
    for (size_t i = 0; i < text.len; i++) {
        int high = digit_of(str_at(text, i + 1)), low = digit_of(str_at(text, i + 2));
        if (text.ptr[i] == '%' && high >= 0 && low >= 0) {
            buf_add_char(&out, (char)(high << 4 | low));
            i += 2;
        } else {
            buf_add_char(&out, text.ptr[i]);
        }
    }
    size_t count;
    return str_utf8_count(buf_str(&out), &count) ? buf_str(&out) : text;
}

/* "https://user:password@host/path" without what stands before the @, which becomes `basic`. */
static str take_credentials(const struct source *source, str url, struct json_fields *request)
{
    struct json_fields basic;
    size_t from = str_find(url, STR("://"), 0) + 3;
    size_t end = str_find_char(url, '/', from);
    size_t at = end;
    while (at > from && url.ptr[at - 1] != '@')
        at--;
    if (at == from) return url;
    str user = str_slice(url, from, at - 1);
    size_t colon = str_find_char(user, ':', 0);
    str password = colon < user.len ? str_skip(user, colon + 1) : STR("");
    json_fields_init(&basic, source->arena);
    add_text(&basic, "user", percent_decode(source->arena, str_slice(user, 0, colon)));
    add_text(&basic, "password", percent_decode(source->arena, password));
    json_fields_add(request, STR("basic"), json_fields_done(&basic));
    return arena_printf(source->arena, "%.*s%.*s", STR_ARGS(str_slice(url, 0, from)),
                        STR_ARGS(str_skip(url, at)));
}

static json make_request(const struct source *source, const struct subscription *subscription,
                         struct json_fields *headers, str content_type, str body)
{
    struct json_fields request;
    add_text(headers, "Content-Type", content_type);
    add_text(headers, "User-Agent", STR("Amazon Simple Notification Service Agent"));
    json_fields_init(&request, source->arena);
    add_text(&request, "method", STR("POST"));
    add_text(&request, "url", take_credentials(source, subscription->endpoint, &request));
    json_fields_add(&request, STR("headers"), json_fields_done(headers));
    add_text(&request, "body", body);
    json_fields_add(&request, STR("timeoutMs"), json_i64(source->arena, SNS_HTTP_TIMEOUT_MS));
    json_fields_add(&request, STR("allowLocal"), json_bool(true));
    return json_fields_done(&request);
}

static json make_context(const struct source *source, const struct subscription *subscription,
                         int64_t attempt, int64_t since_ms, json letter)
{
    struct json_fields context;
    json_fields_init(&context, source->arena);
    add_text(&context, "topic", subscription->topic);
    json_fields_add(&context, STR("topicId"),
                    json_i64(source->arena, (int64_t)subscription->topic_id));
    add_text(&context, "subscription", subscription->id);
    json_fields_add(&context, STR("try"), json_i64(source->arena, attempt));
    json_fields_add(&context, STR("since"), json_i64(source->arena, since_ms));
    json_fields_add(&context, STR("letter"), letter);
    return json_fields_done(&context);
}

static void plan(struct txn *txn, json request, json context, int64_t delay_ms)
{
    struct effect_plan effect = {
        .kind = STR("http"),
        .request = request,
        .origin = STR("sns.delivery"),
        .context = context,
    };
    (void)txn_effect(txn, false, &effect, delay_ms);
}

void sns_http_post(struct txn *txn, const struct source *source,
                   const struct subscription *subscription, struct json_fields *headers,
                   str content_type, str body, json letter)
{
    plan(txn, make_request(source, subscription, headers, content_type, body),
         make_context(source, subscription, 0, source->now_ms, letter), 0);
}

void sns_http_deliver(struct txn *txn, const struct source *source, const struct message *message,
                      const struct subscription *subscription)
{
    struct json_fields headers, letter;
    bool raw = subscription_is_raw(subscription);
    json policy = subscription_effective_policy(source, message->topic, subscription);
    json_fields_init(&headers, source->arena);
    add_text(&headers, "x-amz-sns-message-type", STR("Notification"));
    add_text(&headers, "x-amz-sns-message-id", message->id);
    add_text(&headers, "x-amz-sns-topic-arn", sns_topic_arn_text(source, subscription->topic));
    add_text(&headers, "x-amz-sns-subscription-arn",
             sns_subscription_arn_text(source, subscription->topic, subscription->id));
    if (raw) add_text(&headers, "x-amz-sns-rawdelivery", STR("true"));
    json_fields_init(&letter, source->arena);
    json_fields_add(&letter, STR("attributes"), raw ? message->attributes : json_null());
    sns_http_post(txn, source, subscription, &headers, sns_content_type_of(policy),
                  raw ? sns_message_text(message, subscription->protocol)
                      : envelope_notification(source, message, subscription),
                  json_fields_done(&letter));
}

/* ---- the outcome ---- */

static bool is_done(const struct effect_result *result)
{
    return result->ok && result->status >= 200 && result->status < 300;
}

static bool is_final(const struct effect_result *result)
{
    return result->ok && result->status >= 400 && result->status < 500 && result->status != 429;
}

static void give_up(struct txn *txn, const struct source *source,
                    const struct subscription *subscription, const struct effect_record *record)
{
    const json *letter = json_find(record->context, STR("letter"));
    if (!letter || !json_is_object(*letter)) return;
    sns_deliver_dead(txn, source, subscription, json_str_or(record->request, STR("body"), STR("")),
                     *json_find(*letter, STR("attributes")), STR(""), STR(""));
}

static bool load(const struct source *source, json context, struct topic *topic,
                 struct subscription *out)
{
    str name = json_str_or(context, STR("topic"), STR(""));
    uint64_t id = (uint64_t)json_i64_or(context, STR("topicId"), 0);
    return topic_load(source, name, topic) && topic->id == id &&
           subscription_load(source, name, json_str_or(context, STR("subscription"), STR("")),
                             out) &&
           out->topic_id == id;
}

void sns_http_delivery_done(struct txn *txn, const struct effect_record *record,
                            const struct effect_result *result)
{
    struct source source = source_from_txn(txn, txn_arena(txn));
    struct topic topic;
    struct subscription subscription;
    if (is_done(result)) return;
    /* One that has been deleted gets nothing more. */
    if (!load(&source, record->context, &topic, &subscription)) return;
    int64_t attempt = json_i64_or(record->context, STR("try"), 0) + 1;
    int64_t since_ms = json_i64_or(record->context, STR("since"), source.now_ms);
    struct retry_policy policy =
        sns_retry_policy_of(subscription_effective_policy(&source, &topic, &subscription));
    int64_t delay_ms = sns_retry_delay_ms(&policy, attempt);
    bool late = source.now_ms + delay_ms - since_ms > (int64_t)SNS_HTTP_RETRY_S_MAX * 1000;
    if (is_final(result) || delay_ms < 0 || late) {
        give_up(txn, &source, &subscription, record);
        return;
    }
    const json *letter = json_find(record->context, STR("letter"));
    plan(txn, record->request,
         make_context(&source, &subscription, attempt, since_ms, letter ? *letter : json_null()),
         delay_ms);
}
