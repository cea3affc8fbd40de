/* ARNs and other texts of the SNS API.
 *
 *     arn:PARTITION:sns:REGION:ACCOUNT:TOPIC[:SUBSCRIPTION]
 */
#include "services/sns/internal.h"

#include <stdarg.h>
#include <stdio.h>

bool sns_invalid(struct error *err, const char *format, ...)
{
    char text[ERROR_MESSAGE_BYTES_MAX];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    return error_set(err, ERROR_SNS_INVALID_PARAMETER, "Invalid parameter: %s", text);
}

str sns_text(const struct source *source, json params, str name)
{
    const json *value = json_find(params, name);
    if (!value || json_is_null(*value)) return STR("");
    return json_is_string(*value) ? json_str(*value) : json_text(source->arena, *value);
}

bool sns_has(json params, str name)
{
    const json *value = json_find(params, name);
    return value && !json_is_null(*value);
}

/* ---- ARNs ---- */

static size_t count_elements(str text)
{
    size_t count = 1;
    for (size_t at = str_find_char(text, ':', 0); at < text.len;
         at = str_find_char(text, ':', at + 1))
        count++;
    return count;
}

static str take(str *rest)
{
    size_t end = str_find_char(*rest, ':', 0);
    str part = str_slice(*rest, 0, end);
    *rest = end < rest->len ? str_skip(*rest, end + 1) : str_skip(*rest, end);
    return part;
}

bool sns_arn_split(str text, struct sns_arn_parts *out)
{
    str rest = text;
    if (count_elements(text) < 6 || !str_eq(take(&rest), STR("arn"))) return false;
    out->partition = take(&rest);
    out->service = take(&rest);
    out->region = take(&rest);
    out->account = take(&rest);
    out->resource = rest;
    return true;
}

bool sns_is_fifo(str name)
{
    return str_ends_with(name, STR(".fifo"));
}

bool sns_topic_name_is_valid(str name, bool fifo)
{
    if (name.len == 0 || name.len > SNS_TOPIC_NAME_CHARS_MAX) return false;
    if (fifo && !sns_is_fifo(name)) return false;
    str stem = fifo ? str_slice(name, 0, name.len - 5) : name;
    for (size_t i = 0; i < stem.len; i++) {
        char c = stem.ptr[i];
        bool good = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                    c == '-' || c == '_';
        if (!good) return false;
    }
    return stem.len > 0;
}

static bool read_arn(const struct source *source, str text, const char *parameter,
                     struct sns_arn *out, struct error *err)
{
    struct sns_arn_parts parts;
    size_t elements = count_elements(text);
    if (elements < 6)
        return sns_invalid(err, "%s Reason: An ARN must have at least 6 elements, not %zu",
                           parameter, elements);
    if (!sns_arn_split(text, &parts) || !str_eq(parts.service, STR("sns")) ||
        !str_eq(parts.region, shard_region(source->shard)))
        return sns_invalid(err, "%s", parameter);
    *out = (struct sns_arn){ .text = text };
    out->topic = take(&parts.resource);
    out->subscription = parts.resource;
    if (!str_eq(parts.account, shard_account(source->shard)) ||
        !sns_topic_name_is_valid(out->topic, sns_is_fifo(out->topic)))
        return error_set(err, ERROR_SNS_NOT_FOUND, "Topic does not exist");
    return true;
}

bool sns_topic_arn(const struct source *source, str text, const char *parameter,
                   struct sns_arn *out, struct error *err)
{
    if (!read_arn(source, text, parameter, out, err)) return false;
    return out->subscription.len == 0 || sns_invalid(err, "%s", parameter);
}

static bool is_uuid(str text)
{
    if (text.len != PRNG_UUID_CHARS) return false;
    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];
        bool hyphen = i == 8 || i == 13 || i == 18 || i == 23;
        bool digit = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
        if (hyphen ? c != '-' : !digit) return false;
    }
    return true;
}

bool sns_subscription_arn(const struct source *source, str text, struct sns_arn *out,
                          struct error *err)
{
    if (text.len == 0)
        return sns_invalid(err, "SubscriptionArn Reason: no value for required parameter");
    if (!read_arn(source, text, "SubscriptionArn", out, err)) {
        if (err->code == ERROR_SNS_NOT_FOUND)
            error_set(err, ERROR_SNS_NOT_FOUND, "Subscription does not exist");
        return false;
    }
    return is_uuid(out->subscription) || sns_invalid(err, "SubscriptionId");
}

str sns_topic_arn_text(const struct source *source, str topic)
{
    return arena_printf(source->arena, "arn:aws:sns:%.*s:%.*s:%.*s",
                        STR_ARGS(shard_region(source->shard)),
                        STR_ARGS(shard_account(source->shard)), STR_ARGS(topic));
}

str sns_subscription_arn_text(const struct source *source, str topic, str id)
{
    return arena_printf(source->arena, "%.*s:%.*s", STR_ARGS(sns_topic_arn_text(source, topic)),
                        STR_ARGS(id));
}

str sns_uuid(struct txn *txn, const struct source *source)
{
    char *text = arena_alloc(source->arena, PRNG_UUID_CHARS);
    prng_uuid(txn_prng(txn), text);
    return (str){ text, PRNG_UUID_CHARS };
}

/* ---- Jackson ---- */

str sns_json_fault(const struct source *source, str text, const struct error *fault)
{
    uint32_t line, column;
    str why = error_text(fault);
    size_t offset = fault->offset < text.len ? fault->offset : text.len;
    if (offset > 0 && str_starts_with(why, STR("Unexpected character"))) offset--;
    json_position(text, offset, &line, &column);
    return arena_printf(source->arena,
                        "%.*s\n at [Source: REDACTED "
                        "(`StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION` disabled); line: %u, "
                        "column: %u]",
                        STR_ARGS(why), line, column);
}

/* ---- base64 ---- */

str sns_base64(struct arena *arena, const unsigned char *bytes, size_t count)
{
    static const char alphabet[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    struct buf out;
    buf_init(&out, arena);
    for (size_t i = 0; i < count; i += 3) {
        size_t left = count - i;
        uint32_t group = (uint32_t)bytes[i] << 16;
        if (left > 1) group |= (uint32_t)bytes[i + 1] << 8;
        if (left > 2) group |= bytes[i + 2];
        for (size_t j = 0; j < 4; j++) {
            char digit = '=';
            if (j <= left) digit = alphabet[group >> (18 - 6 * j) & 63];
            buf_add_char(&out, digit);
        }
    }
    return buf_str(&out);
}

bool sns_base64_bytes(str text, size_t *count)
{
    size_t padding = 0;
    if (text.len % 4 != 0) return false;
    while (padding < 2 && padding < text.len && text.ptr[text.len - 1 - padding] == '=')
        padding++;
    for (size_t i = 0; i < text.len - padding; i++) {
        char c = text.ptr[i];
        bool good = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                    c == '+' || c == '/';
        if (!good) return false;
    }
    *count = text.len / 4 * 3 - padding;
    return true;
}
