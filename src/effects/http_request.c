/* Reads the request of an effect of kind "http". Everything in it may have come from outside, so
 * nothing goes on the wire that could be read as more than one request. */
#include "effects/private.h"

enum { METHOD_BYTES_MAX = 16, URL_BYTES_MAX = 8 << 10 };

/* RFC 9110, 5.6.2 */
static bool is_token(str s)
{
    for (size_t i = 0; i < s.len; i++) {
        char c = s.ptr[i];
        bool is_letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
        bool is_digit = c >= '0' && c <= '9';
        if (!is_letter && !is_digit && (c == '\0' || !strchr("!#$%&'*+-.^_`|~", c))) return false;
    }
    return s.len > 0;
}

static bool has_control(str s)
{
    for (size_t i = 0; i < s.len; i++) {
        unsigned char c = (unsigned char)s.ptr[i];
        if ((c < ' ' && c != '\t') || c == 0x7F) return true;
    }
    return false;
}

static bool name_is(str a, const char *b)
{
    return a.len == strlen(b) && strncasecmp(a.ptr, b, a.len) == 0;
}

/* What frames the message is libcurl's alone to say. */
static bool is_framing(str name)
{
    static const char *const names[] = { "Content-Length", "Transfer-Encoding", "Connection",
                                         "Upgrade",        "Trailer",           "TE" };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (name_is(name, names[i])) return true;
    }
    return false;
}

static bool add_field(struct http_call *call, str name, json value, str *cause)
{
    if (!json_is_string(value) || has_control(json_str(value))) {
        *cause = arena_printf(call->arena, "The value of the header '%.*s' is not valid.",
                              STR_ARGS(name));
        return false;
    }
    if (call->field_count == HTTP_CLIENT_HEADERS_MAX) {
        *cause = STR("The request has too many headers.");
        return false;
    }
    call->fields[call->field_count++] = (struct http_field){ name, json_str(value) };
    return true;
}

static bool read_fields(json headers, struct http_call *call, str *cause)
{
    call->fields = arena_array(call->arena, HTTP_CLIENT_HEADERS_MAX, sizeof *call->fields);
    for (size_t i = 0; json_is_object(headers) && i < json_count(headers); i++) {
        str name = json_key_at(headers, i);
        json value = json_value_at(headers, i);
        if (!is_token(name) || is_framing(name)) {
            *cause = arena_printf(call->arena, "The header '%.*s' cannot be sent.", STR_ARGS(name));
            return false;
        }
        if (!json_is_array(value)) {
            if (!add_field(call, name, value, cause)) return false;
            continue;
        }
        for (size_t j = 0; j < json_count(value); j++) {
            if (!add_field(call, name, json_at(value, j), cause)) return false;
        }
    }
    return true;
}

static bool is_url(str url)
{
    for (size_t i = 0; i < url.len; i++) {
        unsigned char c = (unsigned char)url.ptr[i];
        if (c <= ' ' || c == 0x7F) return false;
    }
    return url.len <= URL_BYTES_MAX &&
           (strncasecmp(url.ptr, "http://", url.len < 7 ? url.len + 1 : 7) == 0 ||
            strncasecmp(url.ptr, "https://", url.len < 8 ? url.len + 1 : 8) == 0);
}

static int64_t within(int64_t value, int64_t low, int64_t high)
{
    return value < low ? low : value > high ? high : value;
}

bool http_request_read(json request, struct http_call *call, str *cause)
{
    call->method = json_str_or(request, STR("method"), STR("GET"));
    call->url = json_str_or(request, STR("url"), (str){ NULL, 0 });
    call->body = json_str_or(request, STR("body"), (str){ NULL, 0 });
    if (!is_token(call->method) || call->method.len > METHOD_BYTES_MAX) {
        *cause = STR("The method is not valid.");
        return false;
    }
    if (call->url.len == 0 || !is_url(call->url)) {
        *cause = STR("The URL is not a valid http or https URL.");
        return false;
    }
    const json *headers = json_find(request, STR("headers"));
    if (!read_fields(headers ? *headers : json_null(), call, cause)) return false;
    const json *basic = json_find(request, STR("basic"));
    const json *sign = json_find(request, STR("sign"));
    if (basic) {
        call->user = json_str_or(*basic, STR("user"), (str){ NULL, 0 });
        call->password = json_str_or(*basic, STR("password"), (str){ NULL, 0 });
    }
    if (sign) {
        call->sign_service = json_str_or(*sign, STR("service"), (str){ NULL, 0 });
        call->sign_region = json_str_or(*sign, STR("region"), (str){ NULL, 0 });
    }
    if (has_control(call->sign_service) || has_control(call->sign_region)) {
        *cause = STR("The service or region to sign for is not valid.");
        return false;
    }
    call->timeout_ms = within(json_i64_or(request, STR("timeoutMs"), HTTP_CLIENT_TIMEOUT_MS), 1,
                              HTTP_CLIENT_TIMEOUT_MS_MAX);
    call->body_bytes_max = (size_t)within(
        json_i64_or(request, STR("bodyMax"), HTTP_CLIENT_BODY_BYTES_MAX), 0, HTTP_CALL_BYTES_MAX);
    call->allow_local = json_bool_or(request, STR("allowLocal"), false);
    return true;
}
