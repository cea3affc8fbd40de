/* A message between its call and its subscribers. */
#include <openssl/sha.h>

#include "services/sns/internal.h"

/* ---- what a message may be ---- */

static bool read_structure(const struct source *source, str structure, struct message *out,
                           struct error *err)
{
    struct error fault = { 0 };
    out->structure = json_null();
    if (structure.len == 0) return true;
    if (!str_eq(structure, STR("json"))) return sns_invalid(err, "MessageStructure");
    if (!json_parse(out->text, source->arena, &out->structure, &fault) ||
        !json_is_object(out->structure))
        return sns_invalid(err, "Message Structure - JSON message body failed to parse");
    const json *text = json_find(out->structure, STR("default"));
    return (text && json_is_string(*text)) ||
           sns_invalid(err, "Message Structure - No default entry in JSON message body");
}

static bool is_id(str text)
{
    if (text.len > SNS_GROUP_ID_CHARS_MAX) return false;
    for (size_t i = 0; i < text.len; i++)
        if (text.ptr[i] <= ' ' || text.ptr[i] > '~') return false;
    return true;
}

static str content_hash(const struct source *source, str text)
{
    unsigned char digest[SHA256_DIGEST_LENGTH];
    struct buf out;
    SHA256((const unsigned char *)text.ptr, text.len, digest);
    buf_init(&out, source->arena);
    for (size_t i = 0; i < sizeof digest; i++)
        buf_printf(&out, "%02x", digest[i]);
    return buf_str(&out);
}

static bool read_fifo(const struct source *source, const struct topic *topic, json params,
                      struct message *out, struct error *err)
{
    bool fifo = topic && sns_is_fifo(topic->name);
    out->group = json_str_or(params, STR("MessageGroupId"), STR(""));
    out->deduplication = json_str_or(params, STR("MessageDeduplicationId"), STR(""));
    if (!is_id(out->group))
        return sns_invalid(err, "MessageGroupId Reason: The request includes MessageGroupId "
                                "parameter that is not valid");
    if (!fifo && out->deduplication.len > 0)
        return sns_invalid(err, "MessageDeduplicationId Reason: The request includes "
                                "MessageDeduplicationId parameter that is not valid for this topic "
                                "type");
    if (!fifo) return true;
    if (out->group.len == 0)
        return sns_invalid(err, "The MessageGroupId parameter is required for FIFO topics");
    if (!is_id(out->deduplication))
        return sns_invalid(err, "MessageDeduplicationId Reason: The request includes "
                                "MessageDeduplicationId parameter that is not valid");
    if (out->deduplication.len > 0) return true;
    if (!topic_is_true(topic, "ContentBasedDeduplication"))
        return sns_invalid(err, "The topic should either have ContentBasedDeduplication enabled or "
                                "MessageDeduplicationId provided explicitly");
    out->deduplication = content_hash(source, out->text);
    return true;
}

static bool check_subject(json params, struct error *err)
{
    size_t count = 0;
    str subject;
    if (!json_find_str(params, STR("Subject"), &subject)) return true;
    bool good =
        subject.len > 0 && str_utf8_count(subject, &count) && count <= SNS_SUBJECT_CHARS_MAX;
    for (size_t i = 0; i < subject.len; i++)
        if ((unsigned char)subject.ptr[i] < 0x20 || subject.ptr[i] == 0x7F) good = false;
    return good || sns_invalid(err, "Subject");
}

bool sns_message_check_texts(json params, struct error *err)
{
    if (!check_subject(params, err)) return false;
    return json_str_or(params, STR("Message"), STR("")).len > 0 ||
           sns_invalid(err, "Empty message");
}

bool sns_message_read(const struct source *source, json params, const struct topic *topic,
                      struct message *out, struct error *err)
{
    const json *attributes = json_find(params, STR("MessageAttributes"));
    *out = (struct message){
        .topic = topic,
        .at_ms = source->now_ms,
        .text = json_str_or(params, STR("Message"), STR("")),
        .subject = json_str_or(params, STR("Subject"), STR("")),
        .attributes = attributes ? *attributes : json_null(),
        .cache = ARENA_NEW(source->arena, struct message_cache),
    };
    str structure = json_str_or(params, STR("MessageStructure"), STR(""));
    return read_fifo(source, topic, params, out, err) &&
           read_structure(source, structure, out, err) &&
           sns_message_attributes_check(source, out->attributes, err);
}

size_t sns_message_bytes(const struct message *message)
{
    size_t bytes = message->text.len;
    for (size_t i = 0; i < json_count(message->attributes); i++) {
        json attribute = json_value_at(message->attributes, i);
        str binary = json_str_or(attribute, STR("BinaryValue"), STR(""));
        size_t count = 0;
        bytes += json_key_at(message->attributes, i).len;
        bytes += json_str_or(attribute, STR("DataType"), STR("")).len;
        bytes += json_str_or(attribute, STR("StringValue"), STR("")).len;
        if (sns_base64_bytes(binary, &count)) bytes += count;
    }
    return bytes;
}

str sns_message_text(const struct message *message, str protocol)
{
    if (!json_is_object(message->structure)) return message->text;
    str fallback = json_str_or(message->structure, STR("default"), STR(""));
    return json_str_or(message->structure, protocol, fallback);
}

/* ---- in tasks ---- */

/* {"id","at","text","structured":bool,"subject","attributes","group","deduplication","sequence"} */
json sns_message_encode(const struct source *source, const struct message *message)
{
    struct json_fields fields;
    json_fields_init(&fields, source->arena);
    json_fields_add(&fields, STR("id"), json_string(message->id));
    json_fields_add(&fields, STR("at"), json_i64(source->arena, message->at_ms));
    json_fields_add(&fields, STR("text"), json_string(message->text));
    json_fields_add(&fields, STR("structured"), json_bool(json_is_object(message->structure)));
    json_fields_add(&fields, STR("subject"), json_string(message->subject));
    json_fields_add(&fields, STR("attributes"), message->attributes);
    json_fields_add(&fields, STR("group"), json_string(message->group));
    json_fields_add(&fields, STR("deduplication"), json_string(message->deduplication));
    json_fields_add(&fields, STR("sequence"), json_string(message->sequence));
    return json_fields_done(&fields);
}

void sns_message_decode(const struct source *source, json record, const struct topic *topic,
                        struct message *out)
{
    struct error err;
    const json *attributes = json_find(record, STR("attributes"));
    *out = (struct message){
        .topic = topic,
        .id = json_str_or(record, STR("id"), STR("")),
        .at_ms = json_i64_or(record, STR("at"), 0),
        .text = json_str_or(record, STR("text"), STR("")),
        .structure = json_null(),
        .subject = json_str_or(record, STR("subject"), STR("")),
        .attributes = attributes ? *attributes : json_null(),
        .group = json_str_or(record, STR("group"), STR("")),
        .deduplication = json_str_or(record, STR("deduplication"), STR("")),
        .sequence = json_str_or(record, STR("sequence"), STR("")),
        .cache = ARENA_NEW(source->arena, struct message_cache),
    };
    if (json_bool_or(record, STR("structured"), false) &&
        !json_parse(out->text, source->arena, &out->structure, &err))
        fatal("a message that was JSON is none any more");
}
