/* What a function, a template or a mapping sees of a request. Sources: "Input format of a Lambda
 * function for proxy integration" (1.0) and "Create AWS Lambda proxy integrations for HTTP APIs"
 * (2.0) in the Developer Guide. */
#include <openssl/evp.h>
#include <time.h>

#include "http/form.h"
#include "services/gateway/internal.h"

/* ---- reading ---- */

/* Adds to the list of a name; `index` may be a list that is there already. */
static void add_value(struct json_fields *fields, struct arena *arena, str name, str value)
{
    struct json_list list;
    json old = json_empty();
    json_list_init(&list, arena);
    json so_far = json_fields_done(fields);
    const json *found = json_find(so_far, name);
    if (found) old = *found;
    for (size_t i = 0; json_is_array(old) && i < json_count(old); i++)
        json_list_add(&list, json_at(old, i));
    json_list_add(&list, json_string(value));
    json_fields_add(fields, name, json_list_done(&list));
}

static bool is_text(str value)
{
    size_t chars;
    return str_utf8_count(value, &chars);
}

/* Headers that are no text are left out. */
static void read_headers(struct incoming *in)
{
    struct json_fields last, all;
    json_fields_init(&last, in->arena);
    json_fields_init(&all, in->arena);
    for (size_t i = 0; i < in->http->header_count; i++) {
        const struct http_header *header = &in->http->headers[i];
        if (!is_text(header->name) || !is_text(header->value)) continue;
        json_fields_add(&last, header->name, json_string(header->value));
        add_value(&all, in->arena, header->name, header->value);
    }
    if (incoming_header(in, STR("X-Forwarded-For")).len == 0) {
        json_fields_add(&last, STR("X-Forwarded-For"), json_string(in->peer));
        add_value(&all, in->arena, STR("X-Forwarded-For"), in->peer);
    }
    in->headers = json_fields_done(&last);
    in->headers_all = json_fields_done(&all);
}

static bool read_query(struct incoming *in, struct error *err)
{
    enum { PARAMETERS_MAX = 500 };
    struct json_fields last, all;
    struct form form = { 0 };
    if (!form_parse(in->http->query, in->arena, &form, err)) return false;
    if (form.count > PARAMETERS_MAX)
        return error_set(err, ERROR_MALFORMED_INPUT, "The request has more than %d parameters.",
                         PARAMETERS_MAX);
    json_fields_init(&last, in->arena);
    json_fields_init(&all, in->arena);
    for (size_t i = 0; i < form.count; i++) {
        json_fields_add(&last, form.pairs[i].name, json_string(form.pairs[i].value));
        add_value(&all, in->arena, form.pairs[i].name, form.pairs[i].value);
    }
    in->query = json_fields_done(&last);
    in->query_all = json_fields_done(&all);
    return true;
}

str incoming_header(const struct incoming *in, str name)
{
    str value;
    return http_find_header(in->http, name, &value) && is_text(value) ? value : STR("");
}

bool incoming_read(struct incoming *in, struct error *err)
{
    if (!is_text(in->http->path) || !is_text(in->http->query))
        return error_set(err, ERROR_MALFORMED_INPUT, "The address is not well-formed UTF-8.");
    in->user_agent = incoming_header(in, STR("User-Agent"));
    in->content_type = incoming_header(in, STR("Content-Type"));
    read_headers(in);
    return read_query(in, err);
}

/* ---- media types, base64 ---- */

str media_type(struct arena *arena, str content_type)
{
    return text_lower(arena,
                      str_trim(str_slice(content_type, 0, str_find_char(content_type, ';', 0))));
}

bool media_is_listed(json types, str type)
{
    for (size_t i = 0; json_is_array(types) && i < json_count(types); i++) {
        if (!json_is_string(json_at(types, i))) continue;
        str listed = json_str(json_at(types, i));
        if (str_eq(listed, STR("*/*")) || http_name_eq(listed, type)) return true;
        if (str_ends_with(listed, STR("/*")) &&
            str_starts_with(type, str_slice(listed, 0, listed.len - 1)))
            return true;
    }
    return false;
}

str base64_encode_text(struct arena *arena, str bytes)
{
    char *text = arena_alloc(arena, (bytes.len + 2) / 3 * 4 + 1);
    if (bytes.len == 0) return STR("");
    int len =
        EVP_EncodeBlock((unsigned char *)text, (const unsigned char *)bytes.ptr, (int)bytes.len);
    return (str){ text, (size_t)len };
}

bool base64_decode_text(struct arena *arena, str text, str *out)
{
    text = str_trim(text);
    if (text.len % 4 != 0) return false;
    unsigned char *bytes = arena_alloc(arena, text.len / 4 * 3 + 1);
    int len =
        text.len == 0 ? 0 : EVP_DecodeBlock(bytes, (const unsigned char *)text.ptr, (int)text.len);
    if (len < 0) return false;
    size_t padding = 0;
    while (padding < 2 && padding < text.len && text.ptr[text.len - 1 - padding] == '=')
        padding++;
    *out = (str){ (const char *)bytes, (size_t)len - padding };
    return true;
}

/* ---- parts of events ---- */

/* "12/Mar/2020:19:03:58 +0000" */
static str time_text(const struct incoming *in)
{
    time_t seconds = (time_t)(in->now_ms / 1000);
    struct tm parts;
    char text[64];
    if (!gmtime_r(&seconds, &parts)) return STR("");
    size_t len = strftime(text, sizeof text, "%d/%b/%Y:%H:%M:%S +0000", &parts);
    return arena_str(in->arena, (str){ text, len });
}

static void put(struct json_fields *fields, const char *name, str value)
{
    json_fields_add(fields, str_from(name), json_string(value));
}

static void put_json(struct json_fields *fields, const char *name, json value)
{
    json_fields_add(fields, str_from(name), value);
}

/* Null where AWS has null: an object without members. */
static json or_null(json object)
{
    return json_count(object) > 0 ? object : json_null();
}

static str domain_prefix(const struct incoming *in)
{
    return str_slice(in->host, 0, str_find_char(in->host, '.', 0));
}

static str domain_name(const struct incoming *in)
{
    return str_slice(in->host, 0, str_find_char(in->host, ':', 0));
}

static str client_path(const struct incoming *in)
{
    return arena_printf(in->arena, "%.*s%.*s", STR_ARGS(in->stage_prefix), STR_ARGS(in->path));
}

static str protocol_text(const struct incoming *in)
{
    return in->http->minor_version == 0 ? STR("HTTP/1.0") : STR("HTTP/1.1");
}

/* Bodies that are no text travel as base64. */
static bool is_binary(const struct incoming *in, bool by_type)
{
    str type = media_type(in->arena, in->content_type);
    if (in->http->body.len == 0) return false;
    if (!is_text(in->http->body)) return true;
    if (in->is_rest) return media_is_listed(in->binary_types, type);
    if (!by_type || type.len == 0) return false;
    return !str_starts_with(type, STR("text/")) && !str_eq(type, STR("application/json")) &&
           !str_eq(type, STR("application/xml")) && !str_eq(type, STR("application/javascript")) &&
           !str_ends_with(type, STR("+json")) && !str_ends_with(type, STR("+xml"));
}

static json body_of(const struct incoming *in, bool is_base64)
{
    str body = in->http->body;
    if (body.len == 0) return json_null();
    return json_string(is_base64 ? base64_encode_text(in->arena, body) : body);
}

static json identity_of(const struct incoming *in)
{
    static const char *const unknown[] = {
        "accountId",
        "accessKey",
        "caller",
        "cognitoAuthenticationProvider",
        "cognitoAuthenticationType",
        "cognitoIdentityId",
        "cognitoIdentityPoolId",
        "principalOrgId",
        "user",
        "userArn",
    };
    struct json_fields fields;
    json_fields_init(&fields, in->arena);
    for (size_t i = 0; i < sizeof unknown / sizeof *unknown; i++)
        put_json(&fields, unknown[i], json_null());
    put(&fields, "sourceIp", in->peer);
    put(&fields, "userAgent", in->user_agent);
    if (in->api_key_id.len > 0) {
        put(&fields, "apiKey", in->api_key);
        put(&fields, "apiKeyId", in->api_key_id);
    }
    return json_fields_done(&fields);
}

json event_context(const struct incoming *in)
{
    struct json_fields fields;
    json_fields_init(&fields, in->arena);
    put(&fields, "resourceId", in->resource_id);
    put(&fields, "resourcePath", in->resource);
    put(&fields, "httpMethod", in->http->method);
    put(&fields, "extendedRequestId", in->request_id);
    put(&fields, "requestTime", time_text(in));
    put(&fields, "path", client_path(in));
    put(&fields, "accountId", in->account);
    put(&fields, "protocol", protocol_text(in));
    put(&fields, "stage", in->stage);
    put(&fields, "domainPrefix", domain_prefix(in));
    put_json(&fields, "requestTimeEpoch", json_i64(in->arena, in->now_ms));
    put(&fields, "requestId", in->request_id);
    put_json(&fields, "identity", identity_of(in));
    put(&fields, "domainName", domain_name(in));
    put(&fields, "apiId", in->api);
    if (in->route_key.len > 0) put(&fields, "routeKey", in->route_key);
    if (json_is_object(in->error)) put_json(&fields, "error", in->error);
    return json_fields_done(&fields);
}

json event_v1(const struct incoming *in)
{
    struct json_fields fields;
    bool is_base64 = is_binary(in, true);
    json_fields_init(&fields, in->arena);
    if (!in->is_rest) put(&fields, "version", STR("1.0"));
    put(&fields, "resource", in->resource);
    put(&fields, "path", in->is_rest ? in->path : client_path(in));
    put(&fields, "httpMethod", in->http->method);
    put_json(&fields, "headers", or_null(in->headers));
    put_json(&fields, "multiValueHeaders", or_null(in->headers_all));
    put_json(&fields, "queryStringParameters", or_null(in->query));
    put_json(&fields, "multiValueQueryStringParameters", or_null(in->query_all));
    put_json(&fields, "pathParameters", or_null(in->path_params));
    put_json(&fields, "stageVariables", or_null(in->stage_variables));
    put_json(&fields, "requestContext", event_context(in));
    put_json(&fields, "body", body_of(in, is_base64));
    put_json(&fields, "isBase64Encoded", json_bool(is_base64));
    return json_fields_done(&fields);
}

/* ---- 2.0 ---- */

/* All values of a name in one text, with commas between them. */
static json joined(const struct incoming *in, json lists, bool is_headers)
{
    struct json_fields fields;
    json_fields_init(&fields, in->arena);
    for (size_t i = 0; i < json_count(lists); i++) {
        str name = json_key_at(lists, i);
        json values = json_value_at(lists, i);
        struct buf text;
        if (is_headers && http_name_eq(name, STR("cookie"))) continue;
        buf_init(&text, in->arena);
        for (size_t k = 0; k < json_count(values); k++) {
            if (k > 0) buf_add_char(&text, ',');
            buf_add(&text, json_str(json_at(values, k)));
        }
        json_fields_add(&fields, is_headers ? text_lower(in->arena, name) : name,
                        json_string(buf_str(&text)));
    }
    return json_fields_done(&fields);
}

static json cookies_of(const struct incoming *in)
{
    struct json_list list;
    str text = incoming_header(in, STR("Cookie"));
    json_list_init(&list, in->arena);
    while (text.len > 0) {
        size_t end = str_find_char(text, ';', 0);
        str cookie = str_trim(str_slice(text, 0, end));
        if (cookie.len > 0) json_list_add(&list, json_string(cookie));
        text = str_skip(text, end < text.len ? end + 1 : end);
    }
    return json_list_done(&list);
}

static json http_of(const struct incoming *in)
{
    struct json_fields fields;
    json_fields_init(&fields, in->arena);
    put(&fields, "method", in->http->method);
    put(&fields, "path", client_path(in));
    put(&fields, "protocol", protocol_text(in));
    put(&fields, "sourceIp", in->peer);
    put(&fields, "userAgent", in->user_agent);
    return json_fields_done(&fields);
}

static json context_v2(const struct incoming *in)
{
    struct json_fields fields;
    json_fields_init(&fields, in->arena);
    put(&fields, "accountId", in->account);
    put(&fields, "apiId", in->api);
    put(&fields, "domainName", domain_name(in));
    put(&fields, "domainPrefix", domain_prefix(in));
    put_json(&fields, "http", http_of(in));
    put(&fields, "requestId", in->request_id);
    put(&fields, "routeKey", in->route_key);
    put(&fields, "stage", in->stage);
    put(&fields, "time", time_text(in));
    put_json(&fields, "timeEpoch", json_i64(in->arena, in->now_ms));
    return json_fields_done(&fields);
}

json event_v2(const struct incoming *in)
{
    struct json_fields fields;
    bool is_base64 = is_binary(in, true);
    json cookies = cookies_of(in), body = body_of(in, is_base64);
    json_fields_init(&fields, in->arena);
    put(&fields, "version", STR("2.0"));
    put(&fields, "routeKey", in->route_key);
    put(&fields, "rawPath", client_path(in));
    put(&fields, "rawQueryString", in->http->query);
    if (json_count(cookies) > 0) put_json(&fields, "cookies", cookies);
    put_json(&fields, "headers", joined(in, in->headers_all, true));
    if (json_count(in->query) > 0)
        put_json(&fields, "queryStringParameters", joined(in, in->query_all, false));
    put_json(&fields, "requestContext", context_v2(in));
    if (!json_is_null(body)) put_json(&fields, "body", body);
    if (json_count(in->path_params) > 0) put_json(&fields, "pathParameters", in->path_params);
    put_json(&fields, "isBase64Encoded", json_bool(is_base64));
    if (json_count(in->stage_variables) > 0)
        put_json(&fields, "stageVariables", in->stage_variables);
    return json_fields_done(&fields);
}
