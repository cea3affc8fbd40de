/* Messages as they are sent: what is checked, the digests that the SDKs compare, the record.
 *
 * MD5OfMessageAttributes (SQS developer guide, "Calculating the MD5 message digest for message
 * attributes"): over all attributes by name, each as length (u32, big-endian) and bytes of its
 * name, the same of its data type, one byte that says how the value travels (1: text, 2: binary),
 * length and bytes of its value. */
#include <openssl/evp.h>

#include "services/sqs/internal.h"

/* On the digest that sqs_content_prepare adds. What is parsed has 0 there, so no client can make
 * one.
 */
enum { PREPARED_MARK = 0x5351 };

/* ---- attributes ---- */

static bool starts_with_type(str type, str wanted)
{
    return str_starts_with(type, wanted) && (type.len == wanted.len || type.ptr[wanted.len] == '.');
}

static bool is_binary(str type)
{
    return starts_with_type(type, STR("Binary"));
}

/* The bytes of a value; false if there are none in the field that its type wants. */
static bool value_bytes(struct arena *arena, json attribute, str *out)
{
    str text;
    if (!is_binary(json_str_or(attribute, STR("DataType"), STR(""))))
        return json_find_str(attribute, STR("StringValue"), out);
    return json_find_str(attribute, STR("BinaryValue"), &text) &&
           sqs_base64_bytes(arena, text, out);
}

static bool is_character(uint32_t c)
{
    return c == 0x9 || c == 0xA || c == 0xD || (c >= 0x20 && c <= 0xD7FF) ||
           (c >= 0xE000 && c <= 0xFFFD) || c >= 0x10000;
}

static bool has_good_characters(str text)
{
    size_t at = 0;
    while (at < text.len) {
        unsigned char byte = (unsigned char)text.ptr[at];
        if (byte >= 0x20 && byte < 0x80)
            at++;
        else if (!is_character(str_utf8_next(text, &at)))
            return false;
    }
    return true;
}

static bool check_characters(str text, struct error *err)
{
    if (has_good_characters(text)) return true;
    return error_set(err, ERROR_SQS_INVALID_MESSAGE_CONTENTS,
                     "Invalid characters found. Valid unicode characters are #x9 | #xA | #xD | "
                     "#x20 to #xD7FF | #xE000 to #xFFFD | #x10000 to #x10FFFF");
}

static int lower(char c)
{
    return c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c;
}

static bool starts_with_any_case(str text, str wanted)
{
    if (text.len < wanted.len) return false;
    for (size_t i = 0; i < wanted.len; i++)
        if (lower(text.ptr[i]) != wanted.ptr[i]) return false;
    return true;
}

static bool fail(struct error *err, const char *text)
{
    return error_set(err, ERROR_SQS_INVALID_PARAMETER_VALUE, "%s", text);
}

static bool check_name(str name, struct error *err)
{
    if (name.len == 0)
        return fail(err, "The request must contain non-empty message (user) attribute names.");
    if (name.len > SQS_ATTRIBUTE_NAME_BYTES_MAX)
        return fail(err, "Message (user) attribute name must be shorter than 256 bytes.");
    if (starts_with_any_case(name, STR("aws.")) || starts_with_any_case(name, STR("amazon.")))
        return fail(err, "You can't use message attribute names beginning with 'AWS.' or "
                         "'Amazon'. These strings are reserved for internal use.");
    if (str_starts_with(name, STR(".")))
        return fail(err, "Message (user) attribute name must not begin with character '.'.");
    if (str_ends_with(name, STR(".")))
        return fail(err, "Message (user) attribute name must not end with character '.'.");
    if (str_find(name, STR(".."), 0) < name.len)
        return fail(err, "Message (user) attribute name must not have successive '.' characters.");
    for (size_t i = 0; i < name.len; i++) {
        int c = lower(name.ptr[i]);
        if ((c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '_' && c != '-' && c != '.')
            return fail(err, "Message (user) attributes name can only contain upper and lower "
                             "score characters, digits, periods, hyphens and underscores. ");
    }
    return true;
}

static size_t skip_digits(str text, size_t at)
{
    while (str_at(text, at) >= '0' && str_at(text, at) <= '9')
        at++;
    return at;
}

static size_t skip_sign(str text, size_t at)
{
    return str_at(text, at) == '-' || str_at(text, at) == '+' ? at + 1 : at;
}

/* A decimal number, with or without fraction and exponent. */
static bool is_number(str text)
{
    size_t begin = skip_sign(text, 0), at = skip_digits(text, begin), digits = at - begin;
    if (str_at(text, at) == '.') {
        begin = at + 1;
        at = skip_digits(text, begin);
        digits += at - begin;
    }
    if (digits == 0) return false;
    if (str_at(text, at) == 'e' || str_at(text, at) == 'E') {
        begin = skip_sign(text, at + 1);
        at = skip_digits(text, begin);
        if (at == begin) return false;
    }
    return at == text.len;
}

/* `kind`: "(user)" or "system". */
static bool fail_attribute(const struct source *source, struct error *err, const char *format,
                           const char *kind, str name, str type)
{
    struct buf out;
    buf_init(&out, source->arena);
    for (const char *c = format; *c; c++) {
        if (*c == '<')
            buf_add(&out, str_from(kind));
        else if (*c == '>')
            buf_add(&out, type);
        else if (*c == '@')
            buf_add(&out, name);
        else
            buf_add_char(&out, *c);
    }
    error_set(err, ERROR_SQS_INVALID_PARAMETER_VALUE, "%s", "");
    err->long_message = buf_str(&out);
    return false;
}

static bool has_list(json attribute)
{
    const json *texts = json_find(attribute, STR("StringListValues"));
    const json *blobs = json_find(attribute, STR("BinaryListValues"));
    return (texts && json_count(*texts) > 0) || (blobs && json_count(*blobs) > 0);
}

/* One attribute; the texts are AWS's. */
static bool check_attribute(const struct source *source, const char *kind, str name, json attribute,
                            struct error *err)
{
    str type = STR(""), value = STR(""), other = STR("");
    if (has_list(attribute))
        return error_set(
            err, ERROR_SQS_UNSUPPORTED_OPERATION,
            "Message attribute list values in SendMessage operation are not supported.");
    if (json_count(attribute) == 0)
        return fail_attribute(source, err,
                              "The message < attribute '@' must contain a non-empty message "
                              "attribute value.",
                              kind, name, type);
    if (!json_find_str(attribute, STR("DataType"), &type) || type.len == 0)
        return fail_attribute(source, err,
                              "The message < attribute '@' must contain a non-empty message "
                              "attribute type.",
                              kind, name, type);
    bool binary = is_binary(type), number = starts_with_type(type, STR("Number"));
    if (!binary && !number && !starts_with_type(type, STR("String")))
        return fail_attribute(source, err,
                              "The type of message < attribute '@' is invalid. You must use only "
                              "the following supported type prefixes: Binary, Number, String.",
                              kind, name, type);
    if (type.len > SQS_ATTRIBUTE_NAME_BYTES_MAX)
        return fail_attribute(source, err,
                              "Message < attribute type must be shorter than 256 bytes.", kind,
                              name, type);
    if (json_find_str(attribute, STR("StringValue"), &value) &&
        json_find_str(attribute, STR("BinaryValue"), &other))
        return fail_attribute(source, err, "Message < attribute '@' must have a single value.",
                              kind, name, type);
    if (!value_bytes(sqs_work_arena(source), attribute, &value) || value.len == 0)
        return fail_attribute(source, err,
                              "Message < attribute '@' must contain a non-empty value of type "
                              "'>'.",
                              kind, name, type);
    if (number && !is_number(value))
        return fail_attribute(source, err,
                              "Can't cast the value of message < attribute '@' to a number.", kind,
                              name, type);
    return binary || check_characters(value, err);
}

static bool check_attributes(const struct source *source, json attributes, struct error *err)
{
    size_t count = json_count(attributes);
    if (count > SQS_MESSAGE_ATTRIBUTES_MAX)
        return error_set(err, ERROR_SQS_INVALID_PARAMETER_VALUE,
                         "Number of message attributes [%zu] exceeds the allowed maximum [%d].",
                         count, SQS_MESSAGE_ATTRIBUTES_MAX);
    for (size_t i = 0; i < count; i++) {
        str name = json_key_at(attributes, i);
        if (!check_name(name, err) ||
            !check_attribute(source, "(user)", name, json_value_at(attributes, i), err))
            return false;
    }
    return true;
}

static bool check_system_attributes(const struct source *source, json attributes, str *trace,
                                    struct error *err)
{
    for (size_t i = 0; i < json_count(attributes); i++) {
        str name = json_key_at(attributes, i);
        json attribute = json_value_at(attributes, i);
        if (!str_eq(name, STR("AWSTraceHeader")))
            return fail_attribute(source, err, "Message system attribute name '@' is invalid.", "",
                                  name, STR(""));
        if (!check_attribute(source, "system", name, attribute, err)) return false;
        if (!str_eq(json_str_or(attribute, STR("DataType"), STR("")), STR("String")))
            return fail_attribute(source, err,
                                  "Message system attribute '@' must be of type 'String'.", "",
                                  name, STR(""));
        *trace = json_str_or(attribute, STR("StringValue"), STR(""));
    }
    return true;
}

/* ---- digests ---- */

static void hash_sized(EVP_MD_CTX *context, str bytes)
{
    unsigned char size[4] = { (unsigned char)(bytes.len >> 24), (unsigned char)(bytes.len >> 16),
                              (unsigned char)(bytes.len >> 8), (unsigned char)bytes.len };
    int done = EVP_DigestUpdate(context, size, sizeof size);
    ASSERT(done == 1);
    if (bytes.len > 0) done = EVP_DigestUpdate(context, bytes.ptr, bytes.len);
    ASSERT(done == 1);
}

/* Positions of an object's members by their names; at most SQS_MESSAGE_ATTRIBUTES_MAX. */
static size_t sort_names(json attributes, size_t order[SQS_MESSAGE_ATTRIBUTES_MAX])
{
    size_t count = json_count(attributes);
    ASSERT_CMP(count, <=, SQS_MESSAGE_ATTRIBUTES_MAX);
    for (size_t i = 0; i < count; i++) {
        size_t at = i;
        str name = json_key_at(attributes, i);
        for (; at > 0 && str_compare(name, json_key_at(attributes, order[at - 1])) < 0; at--)
            order[at] = order[at - 1];
        order[at] = i;
    }
    return count;
}

str sqs_content_attributes_md5(const struct source *source, json attributes)
{
    size_t order[SQS_MESSAGE_ATTRIBUTES_MAX];
    unsigned char digest[MD5_BYTES];
    size_t count = sort_names(attributes, order);
    if (count == 0) return STR("");
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    if (!context || EVP_DigestInit_ex(context, EVP_md5(), NULL) != 1) fatal("no MD5");
    for (size_t i = 0; i < count; i++) {
        json attribute = json_value_at(attributes, order[i]);
        str type = json_str_or(attribute, STR("DataType"), STR("")), value = STR("");
        unsigned char transport = is_binary(type) ? 2 : 1;
        if (!value_bytes(sqs_work_arena(source), attribute, &value))
            fatal("an attribute of a message has no value");
        hash_sized(context, json_key_at(attributes, order[i]));
        hash_sized(context, type);
        int done = EVP_DigestUpdate(context, &transport, 1);
        ASSERT(done == 1);
        hash_sized(context, value);
    }
    int done = EVP_DigestFinal_ex(context, digest, NULL);
    ASSERT(done == 1);
    EVP_MD_CTX_free(context);
    return sqs_hex_text(source->arena, digest, sizeof digest);
}

json sqs_content_prepare(struct arena *arena, json entry)
{
    str body;
    if (!json_is_object(entry) || !json_find_str(entry, STR("MessageBody"), &body) ||
        body.len > SQS_MESSAGE_BYTES_MAX || !has_good_characters(body))
        return entry; /* sqs_content_read says what is wrong */
    struct json_fields fields;
    json digest = json_string(sqs_digest_md5_hex(arena, body));
    digest.user = PREPARED_MARK;
    json_fields_from(&fields, arena, entry);
    json_fields_add(&fields, STR("MD5OfMessageBody"), digest);
    return json_fields_done(&fields);
}

/* ---- the whole ---- */

static json member_or_empty(json entry, str name)
{
    const json *member = json_find(entry, name);
    return member && json_is_object(*member) ? *member : (json){ .kind = JSON_OBJECT };
}

/* Of base64, what it stands for. */
static size_t value_size(json attribute)
{
    str text;
    size_t bytes = json_str_or(attribute, STR("StringValue"), STR("")).len;
    if (!json_find_str(attribute, STR("BinaryValue"), &text)) return bytes;
    size_t padding = str_ends_with(text, STR("==")) ? 2 : str_ends_with(text, STR("=")) ? 1 : 0;
    size_t whole = text.len / 4 * 3;
    return bytes + (whole > padding ? whole - padding : 0);
}

size_t sqs_content_bytes(json entry)
{
    json attributes = member_or_empty(entry, STR("MessageAttributes"));
    size_t bytes = json_str_or(entry, STR("MessageBody"), STR("")).len;
    for (size_t i = 0; i < json_count(attributes); i++) {
        json attribute = json_value_at(attributes, i);
        bytes += json_key_at(attributes, i).len + value_size(attribute) +
                 json_str_or(attribute, STR("DataType"), STR("")).len;
    }
    return bytes;
}

/* MessageGroupId, MessageDeduplicationId: letters, digits and punctuation of ASCII. */
static bool check_id(const struct source *source, str value, const char *name, struct error *err)
{
    bool good = value.len >= 1 && value.len <= SQS_ID_CHARS_MAX;
    for (size_t i = 0; good && i < value.len; i++)
        good = value.ptr[i] > ' ' && value.ptr[i] <= '~';
    if (good) return true;
    str reason = arena_printf(sqs_work_arena(source),
                              "%s can only include alphanumeric and punctuation characters. "
                              "1 to 128 in length.",
                              name);
    return sqs_fail_value(source, err, value, name, arena_cstr(sqs_work_arena(source), reason));
}

static bool read_ids(const struct source *source, const struct queue *queue, json entry,
                     struct content *out, struct error *err)
{
    bool has_group = json_find_str(entry, STR("MessageGroupId"), &out->group);
    bool has_once = json_find_str(entry, STR("MessageDeduplicationId"), &out->once);
    if (queue->is_fifo && !has_group) return sqs_fail_missing(source, err, STR("MessageGroupId"));
    if (has_group && !check_id(source, out->group, "MessageGroupId", err)) return false;
    if (has_once && !queue->is_fifo)
        return sqs_fail_value(
            source, err, out->once, "MessageDeduplicationId",
            "The request include parameter that is not valid for this queue type.");
    if (has_once) return check_id(source, out->once, "MessageDeduplicationId", err);
    if (!queue->is_fifo || queue->once_by_content) return true;
    return error_set(err, ERROR_SQS_INVALID_PARAMETER_VALUE,
                     "The queue should either have ContentBasedDeduplication enabled or "
                     "MessageDeduplicationId provided explicitly");
}

static bool read_delay(const struct source *source, const struct queue *queue, json entry,
                       struct content *out, struct error *err)
{
    int64_t seconds = json_i64_or(entry, STR("DelaySeconds"), -1);
    const json *given = json_find(entry, STR("DelaySeconds"));
    out->delay_ms = queue->delay_ms;
    if (!given || json_is_null(*given)) return true;
    if (seconds < 0 || seconds > SQS_DELAY_S_MAX)
        return sqs_fail_number(source, err, json_i64_or(entry, STR("DelaySeconds"), -1),
                               "DelaySeconds", "DelaySeconds must be >= 0 and <= 900.");
    if (queue->is_fifo && seconds > 0)
        return sqs_fail_number(
            source, err, seconds, "DelaySeconds",
            "The request include parameter that is not valid for this queue type.");
    if (!queue->is_fifo) out->delay_ms = 1000 * seconds;
    return true;
}

static str body_md5(const struct source *source, json entry, str body)
{
    const json *prepared = json_find(entry, STR("MD5OfMessageBody"));
    if (prepared && json_is_string(*prepared) && prepared->user == PREPARED_MARK)
        return json_str(*prepared);
    return sqs_digest_md5_hex(source->arena, body);
}

static bool is_prepared(json entry)
{
    const json *prepared = json_find(entry, STR("MD5OfMessageBody"));
    return prepared && prepared->user == PREPARED_MARK;
}

bool sqs_content_read(const struct source *source, const struct queue *queue, json entry, str place,
                      struct content *out, struct error *err)
{
    *out = (struct content){ .attributes = member_or_empty(entry, STR("MessageAttributes")) };
    json system = member_or_empty(entry, STR("MessageSystemAttributes"));
    if (!json_find_str(entry, STR("MessageBody"), &out->body) || out->body.len == 0)
        return sqs_fail_missing(
            source, err, arena_printf(sqs_work_arena(source), "%.*sMessageBody", STR_ARGS(place)));
    if (sqs_content_bytes(entry) > (size_t)queue->message_bytes_max)
        return error_set(err, ERROR_SQS_INVALID_PARAMETER_VALUE,
                         "One or more parameters are invalid. Reason: Message must be shorter than "
                         "%lld bytes.",
                         (long long)queue->message_bytes_max);
    if ((!is_prepared(entry) && !check_characters(out->body, err)) ||
        !check_attributes(source, out->attributes, err) ||
        !check_system_attributes(source, system, &out->trace, err) ||
        !read_delay(source, queue, entry, out, err) || !read_ids(source, queue, entry, out, err))
        return false;
    out->body_md5 = body_md5(source, entry, out->body);
    out->attributes_md5 = sqs_content_attributes_md5(source, out->attributes);
    out->system_md5 = sqs_content_attributes_md5(source, system);
    if (queue->is_fifo && out->once.len == 0)
        out->once = sqs_digest_sha256_hex(sqs_work_arena(source), out->body);
    return true;
}

/* ---- the record ---- */

str sqs_content_encode(const struct source *source, const struct content *content)
{
    struct buf out;
    buf_init(&out, sqs_work_arena(source));
    buf_reserve(&out, content->body.len + 256);
    reply_open(&out);
    reply_i64(&out, "v", 1);
    reply_str(&out, "id", content->id);
    reply_i64(&out, "at", content->visible_ms);
    if (content->delayed) reply_bool(&out, "d", true);
    reply_str(&out, "md5", content->body_md5);
    if (json_count(content->attributes) > 0) reply_json(&out, "attributes", content->attributes);
    reply_str_unless_empty(&out, "trace", content->trace);
    reply_str_unless_empty(&out, "group", content->group);
    reply_str_unless_empty(&out, "once", content->once);
    reply_str_unless_empty(&out, "from", content->from);
    reply_str(&out, "body", content->body);
    reply_close(&out);
    return buf_str(&out);
}

void sqs_content_decode(const struct source *source, str text, struct content *out)
{
    json record = sqs_record_parse(source, text);
    *out = (struct content){
        .visible_ms = json_i64_or(record, STR("at"), 0),
        .delayed = json_bool_or(record, STR("d"), false),
        .attributes = member_or_empty(record, STR("attributes")),
        .trace = json_str_or(record, STR("trace"), STR("")),
        .group = json_str_or(record, STR("group"), STR("")),
        .once = json_str_or(record, STR("once"), STR("")),
        .from = json_str_or(record, STR("from"), STR("")),
    };
    if (!json_find_str(record, STR("id"), &out->id) ||
        !json_find_str(record, STR("body"), &out->body) ||
        !json_find_str(record, STR("md5"), &out->body_md5))
        fatal("the record of a message does not decode");
}
