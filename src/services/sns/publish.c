/* Publish and PublishBatch. */
#include <openssl/sha.h>

#include "services/sns/internal.h"

/* ---- on the I/O thread ---- */

/* An id for a message from that of its request, so that the same request gives the same id. */
static str id_from(struct arena *arena, str request_id, int64_t now_ms, size_t index)
{
    unsigned char digest[SHA256_DIGEST_LENGTH];
    str text = arena_printf(arena, "%.*s %lld %zu", STR_ARGS(request_id), (long long)now_ms, index);
    SHA256((const unsigned char *)text.ptr, text.len, digest);
    digest[6] = (unsigned char)((digest[6] & 0x0F) | 0x40);
    digest[8] = (unsigned char)((digest[8] & 0x3F) | 0x80);
    struct buf out;
    buf_init(&out, arena);
    for (size_t i = 0; i < 16; i++) {
        if (i == 4 || i == 6 || i == 8 || i == 10) buf_add_char(&out, '-');
        buf_printf(&out, "%02x", digest[i]);
    }
    return buf_str(&out);
}

static void sign_text(const struct source *source, const struct message *message, str text,
                      struct json_list *list)
{
    struct json_fields fields;
    size_t before = message->cache->signature_count;
    int version = envelope_version(message->topic);
    str signature = envelope_signature(source, message, version, text);
    if (message->cache->signature_count == before) return; /* the same text once more */
    json_fields_init(&fields, source->arena);
    json_fields_add(&fields, STR("version"), json_i64(source->arena, version));
    json_fields_add(&fields, STR("text"), json_string(text));
    json_fields_add(&fields, STR("signature"), json_string(signature));
    json_list_add(list, json_fields_done(&fields));
}

/* {"id","at","signatures":[{"version","text","signature"}]}, for each text that a subscriber may
 * get. */
static json prepare_message(const struct source *source, const struct topic *topic, json params,
                            str id)
{
    static const char *const protocols[] = { "", "sqs", "lambda", "http", "https", "email-json" };
    struct json_fields fields;
    struct json_list signatures;
    struct error ignored = { 0 };
    struct message message;
    json_list_init(&signatures, source->arena);
    if (sns_message_read(source, params, topic, &message, &ignored)) {
        message.id = id;
        for (size_t i = 0; i < sizeof protocols / sizeof *protocols; i++)
            sign_text(source, &message, sns_message_text(&message, str_from(protocols[i])),
                      &signatures);
    }
    json_fields_init(&fields, source->arena);
    json_fields_add(&fields, STR("id"), json_string(id));
    json_fields_add(&fields, STR("at"), json_i64(source->arena, source->now_ms));
    json_fields_add(&fields, STR("signatures"), json_list_done(&signatures));
    return json_fields_done(&fields);
}

static bool find_topic(const struct source *source, json params, struct topic *out)
{
    struct sns_arn arn;
    struct error ignored = { 0 };
    str text = json_str_or(params, STR("TopicArn"), json_str_or(params, STR("TargetArn"), STR("")));
    return sns_topic_arn(source, text, "TopicArn", &arn, &ignored) &&
           topic_load(source, arn.topic, out);
}

/* Signing takes most of a millisecond: it is done here, off the writer, if there is somebody who
 * gets a signature. What is wrong with the call is the handler's business. */
enum handled sns_prepare_publish(const struct reader *reader, struct request *request,
                                 struct error *err)
{
    struct source source = source_from_reader(reader, request);
    struct topic topic;
    struct json_list messages;
    struct json_fields prepared, params;
    str key;
    (void)err;
    if (reader->txn || !find_topic(&source, request->params, &topic) || sns_is_fifo(topic.name) ||
        topic.enveloped == 0 || !signing_load(&source, &key))
        return HANDLED;
    json_list_init(&messages, source.arena);
    const json *entries = json_find(request->params, STR("PublishBatchRequestEntries"));
    size_t count = entries ? json_count(*entries) : 1;
    for (size_t i = 0; i < count && i < SNS_BATCH_MAX; i++)
        json_list_add(&messages,
                      prepare_message(&source, &topic,
                                      entries ? json_at(*entries, i) : request->params,
                                      id_from(source.arena, request->id, source.now_ms, i)));
    json_fields_init(&prepared, source.arena);
    json_fields_add(&prepared, STR("messages"), json_list_done(&messages));
    json value = json_fields_done(&prepared);
    value.user = SNS_PREPARED;
    json_fields_from(&params, source.arena, request->params);
    json_fields_add(&params, STR("Prepared"), value);
    request->params = json_fields_done(&params);
    return HANDLED;
}

/* ---- in the transaction ---- */

/* Takes over what has been prepared for the message, if anything. A signature for a version that
 * the topic has no longer is not looked at. */
static void use_prepared(json params, size_t index, struct message *message)
{
    const json *prepared = sns_prepared_of(params);
    const json *messages = prepared ? json_find(*prepared, STR("messages")) : NULL;
    if (!messages || index >= json_count(*messages)) return;
    json one = json_at(*messages, index);
    json signatures = *json_find(one, STR("signatures"));
    message->id = json_str_or(one, STR("id"), message->id);
    message->at_ms = json_i64_or(one, STR("at"), message->at_ms);
    for (size_t i = 0; i < json_count(signatures) && i < SNS_SIGNATURES_MAX; i++) {
        json signature = json_at(signatures, i);
        struct message_cache *cache = message->cache;
        size_t at = cache->signature_count++;
        cache->signatures[at].version = (int)json_i64_or(signature, STR("version"), 0);
        cache->signatures[at].text = json_str_or(signature, STR("text"), STR(""));
        cache->signatures[at].signature = json_str_or(signature, STR("signature"), STR(""));
    }
}

static void publish(struct txn *txn, const struct source *source, struct message *message)
{
    if (sns_is_fifo(message->topic->name) && sns_fifo_is_repetition(txn, source, message)) return;
    sns_deliver_all(txn, source, message);
}

static bool check_bytes(const struct message *message, struct error *err)
{
    return sns_message_bytes(message) <= SNS_MESSAGE_BYTES_MAX ||
           sns_invalid(err, "Message too long");
}

static void reply_published(struct request *request, const struct message *message)
{
    struct buf *out = reply_begin(request);
    reply_str(out, "MessageId", message->id);
    reply_str_unless_empty(out, "SequenceNumber", message->sequence);
    reply_close(out);
}

static enum handled publish_to_phone(struct txn *txn, const struct source *source,
                                     struct request *request, str number, struct error *err)
{
    struct message message;
    if (!sns_phone_number_is_valid(number, false)) {
        sns_invalid(err, "PhoneNumber Reason: %.*s is not valid to publish to",
                    (int)(number.len < 100 ? number.len : 100), number.ptr);
        return HANDLED_FAILED;
    }
    if (!sns_message_read(source, request->params, NULL, &message, err) ||
        !check_bytes(&message, err))
        return HANDLED_FAILED;
    message.id = sns_uuid(txn, source);
    struct mail mail = {
        .type = "Notification",
        .protocol = STR("sms"),
        .endpoint = number,
        .message_id = message.id,
        .body = sns_message_text(&message, STR("sms")),
    };
    sns_outbox_put(txn, source, &mail);
    reply_published(request, &message);
    return HANDLED;
}

/* TopicArn, or a topic's ARN as TargetArn. Others would be mobile endpoints. */
static bool require_topic(const struct source *source, json params, struct topic *out,
                          struct error *err)
{
    bool topic = sns_has(params, STR("TopicArn"));
    if (!topic && !sns_has(params, STR("TargetArn")))
        return sns_invalid(err, "TopicArn or TargetArn Reason: no value for required parameter");
    str target = json_str_or(params, STR("TargetArn"), STR(""));
    if (!topic && str_find(target, STR(":endpoint/"), 0) < target.len)
        return sns_invalid(err, "TargetArn Reason: No endpoint found for the target arn specified");
    return topic_require(source, params, topic ? "TopicArn" : "TargetArn", out, err);
}

enum handled handle_publish(struct txn *txn, struct request *request, struct error *err)
{
    struct source source = source_from_txn(txn, &request->arena);
    struct topic topic;
    struct message message;
    str number;
    if (!sns_message_check_texts(request->params, err)) return HANDLED_FAILED;
    if (json_find_str(request->params, STR("PhoneNumber"), &number))
        return publish_to_phone(txn, &source, request, number, err);
    if (!require_topic(&source, request->params, &topic, err) ||
        !sns_message_read(&source, request->params, &topic, &message, err) ||
        !check_bytes(&message, err))
        return HANDLED_FAILED;
    message.id = sns_uuid(txn, &source);
    use_prepared(request->params, 0, &message);
    publish(txn, &source, &message);
    reply_published(request, &message);
    return HANDLED;
}

/* ---- batches ---- */

struct batch {
    json entries;
    struct message messages[SNS_BATCH_MAX];
    struct error faults[SNS_BATCH_MAX]; /* code ERROR_NONE: the entry is good */
};

static bool is_batch_id(str id)
{
    if (id.len == 0 || id.len > SNS_BATCH_ID_CHARS_MAX) return false;
    for (size_t i = 0; i < id.len; i++) {
        char c = id.ptr[i];
        if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
              c == '-' || c == '_'))
            return false;
    }
    return true;
}

static str id_at(json entries, size_t index)
{
    return json_str_or(json_at(entries, index), STR("Id"), STR(""));
}

static bool check_ids(json entries, struct error *err)
{
    size_t count = json_count(entries);
    if (count == 0)
        return error_set(err, ERROR_SNS_EMPTY_BATCH_REQUEST,
                         "The batch request doesn't contain any entries.");
    if (count > SNS_BATCH_MAX)
        return error_set(err, ERROR_SNS_TOO_MANY_ENTRIES_IN_BATCH_REQUEST,
                         "The batch request contains more entries than permissible.");
    for (size_t i = 0; i < count; i++)
        if (!is_batch_id(id_at(entries, i)))
            return error_set(err, ERROR_SNS_INVALID_BATCH_ENTRY_ID,
                             "The Id of a batch entry in a batch request doesn't abide by the "
                             "specification.");
    for (size_t i = 0; i < count; i++)
        for (size_t j = 0; j < i; j++)
            if (str_eq(id_at(entries, i), id_at(entries, j)))
                return error_set(err, ERROR_SNS_BATCH_ENTRY_IDS_NOT_DISTINCT,
                                 "Two or more batch entries in the request have the same Id.");
    return true;
}

/* Recorded: what is wrong with attributes, structure or FIFO ids fails the whole batch. What is
 * left, texts, fails its entry. */
static bool read_entries(const struct source *source, const struct topic *topic,
                         struct batch *batch, struct error *err)
{
    size_t bytes = 0;
    for (size_t i = 0; i < json_count(batch->entries); i++) {
        json entry = json_at(batch->entries, i);
        if (!sns_message_check_texts(entry, &batch->faults[i])) continue;
        if (!sns_message_read(source, entry, topic, &batch->messages[i], err)) return false;
        bytes += sns_message_bytes(&batch->messages[i]);
    }
    if (bytes <= SNS_MESSAGE_BYTES_MAX) return true;
    return error_set(err, ERROR_SNS_BATCH_REQUEST_TOO_LONG,
                     "The length of all the messages put together is more than the limit.");
}

static void reply_batch(struct request *request, const struct batch *batch)
{
    struct buf *out = reply_begin(request);
    for (int failed = 0; failed < 2; failed++) {
        size_t shown = 0;
        reply_name(out, failed ? "Failed" : "Successful");
        buf_add_char(out, '[');
        for (size_t i = 0; i < json_count(batch->entries); i++) {
            const struct error *fault = &batch->faults[i];
            if ((fault->code != ERROR_NONE) != (failed == 1)) continue;
            if (shown++ > 0) buf_add_char(out, ',');
            reply_open(out);
            reply_str(out, "Id", id_at(batch->entries, i));
            if (failed) {
                reply_str(out, "Code", error_name(fault->code));
                reply_str(out, "Message", error_text(fault));
                reply_bool(out, "SenderFault", true);
            } else {
                reply_str(out, "MessageId", batch->messages[i].id);
                reply_str_unless_empty(out, "SequenceNumber", batch->messages[i].sequence);
            }
            reply_close(out);
        }
        buf_add_char(out, ']');
    }
    reply_close(out);
}

enum handled handle_publish_batch(struct txn *txn, struct request *request, struct error *err)
{
    struct source source = source_from_txn(txn, &request->arena);
    struct topic topic;
    struct batch *batch = ARENA_NEW(source.arena, struct batch);
    batch->entries = *json_find(request->params, STR("PublishBatchRequestEntries"));
    if (!topic_require(&source, request->params, "TopicArn", &topic, err) ||
        !check_ids(batch->entries, err) || !read_entries(&source, &topic, batch, err))
        return HANDLED_FAILED;
    for (size_t i = 0; i < json_count(batch->entries); i++) {
        if (batch->faults[i].code != ERROR_NONE) continue;
        batch->messages[i].id = sns_uuid(txn, &source);
        use_prepared(request->params, i, &batch->messages[i]);
        publish(txn, &source, &batch->messages[i]);
    }
    reply_batch(request, batch);
    return HANDLED;
}
