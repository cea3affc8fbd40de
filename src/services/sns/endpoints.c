/* Protocols and the endpoints that belong to them. */
#include "services/sns/internal.h"

bool sns_protocol_is_http(str protocol)
{
    return str_eq(protocol, STR("http")) || str_eq(protocol, STR("https"));
}

bool sns_protocol_is_confirmed(str protocol)
{
    return str_eq(protocol, STR("sqs")) || str_eq(protocol, STR("lambda")) ||
           str_eq(protocol, STR("sms"));
}

static bool is_separator(char c)
{
    return c == '.' || c == '/' || c == '-';
}

/* E.164: a plus sign, if any, and 2 to 15 digits, of which the first is not 0. */
bool sns_phone_number_is_valid(str number, bool loose)
{
    size_t digits = 0;
    char before = '-';
    if (number.len > 0 && number.ptr[0] == '+') number = str_skip(number, 1);
    for (size_t i = 0; i < number.len; i++) {
        char c = number.ptr[i];
        bool digit = c >= '0' && c <= '9';
        if (!digit && !(loose && is_separator(c) && !is_separator(before))) return false;
        if (digit && digits++ == 0 && c == '0') return false;
        before = c;
    }
    return digits >= 2 && digits <= 15 && !is_separator(before);
}

static bool is_arn_of(str text, str service)
{
    struct sns_arn_parts parts;
    return sns_arn_split(text, &parts) && str_eq(parts.service, service) && parts.region.len > 0 &&
           parts.account.len > 0 && parts.resource.len > 0;
}

static bool check_http(str protocol, str endpoint, struct error *err)
{
    bool good = str_starts_with(endpoint, protocol) &&
                str_starts_with(str_skip(endpoint, protocol.len), STR("://"));
    if (!good) return sns_invalid(err, "Endpoint must match the specified protocol");
    for (size_t i = 0; i < endpoint.len; i++)
        if ((unsigned char)endpoint.ptr[i] <= 0x20 || endpoint.ptr[i] == 0x7F) good = false;
    str host = str_skip(endpoint, protocol.len + 3);
    if (!good || host.len == 0 || host.ptr[0] == '/') return sns_invalid(err, "HTTP(S) Endpoint");
    return true;
}

static bool check_mail(str endpoint, struct error *err)
{
    size_t at = str_find_char(endpoint, '@', 0);
    bool good =
        at > 0 && at + 1 < endpoint.len && str_find_char(endpoint, '@', at + 1) == endpoint.len;
    for (size_t i = 0; i < endpoint.len; i++)
        if ((unsigned char)endpoint.ptr[i] <= 0x20) good = false;
    return good || sns_invalid(err, "Email address");
}

static bool check_by_protocol(str protocol, str endpoint, struct error *err)
{
    if (sns_protocol_is_http(protocol)) return check_http(protocol, endpoint, err);
    if (str_eq(protocol, STR("sqs")))
        return is_arn_of(endpoint, STR("sqs")) || sns_invalid(err, "SQS endpoint ARN");
    if (str_eq(protocol, STR("lambda")))
        return is_arn_of(endpoint, STR("lambda")) || sns_invalid(err, "Lambda endpoint ARN");
    if (str_eq(protocol, STR("email")) || str_eq(protocol, STR("email-json")))
        return check_mail(endpoint, err);
    if (str_eq(protocol, STR("sms")))
        return sns_phone_number_is_valid(endpoint, true) ||
               error_set(err, ERROR_SNS_INVALID_PARAMETER, "Invalid SMS endpoint: %.*s",
                         (int)(endpoint.len < 200 ? endpoint.len : 200), endpoint.ptr);
    if (str_eq(protocol, STR("application")) || str_eq(protocol, STR("firehose")))
        return sns_invalid(err, "Baton does not deliver to the protocol: %.*s", STR_ARGS(protocol));
    return sns_invalid(err, "Amazon SNS does not support this protocol string: %.*s",
                       (int)(protocol.len < 100 ? protocol.len : 100), protocol.ptr);
}

bool sns_endpoint_check(const struct source *source, const struct topic *topic, str protocol,
                        str endpoint, struct error *err)
{
    (void)source;
    if (endpoint.len == 0) return sns_invalid(err, "Endpoint");
    if (endpoint.len > SNS_ENDPOINT_BYTES_MAX) return sns_invalid(err, "Endpoint Reason: too long");
    if (!check_by_protocol(protocol, endpoint, err)) return false;
    bool fifo = sns_is_fifo(topic->name);
    if (fifo && !str_eq(protocol, STR("sqs")))
        return sns_invalid(err, "Invalid protocol type: %.*s", STR_ARGS(protocol));
    if (!fifo && str_eq(protocol, STR("sqs")) && sns_is_fifo(endpoint))
        return sns_invalid(err, "Invalid parameter: Endpoint Reason: FIFO SQS Queues can not be "
                                "subscribed to standard SNS topics");
    return true;
}
