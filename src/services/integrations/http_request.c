/* The request of http:invoke, made of the Task's parameters and the connection's parts, and the
 * output that its answer becomes.
 *
 * Source: "Call HTTPS APIs in Step Functions workflows" in the Developer Guide: the fields, the
 * headers that a Task may not set, those that Step Functions sets, how a connection's parts are
 * merged (they win), the transformation of the body, and the answers that are refused. */
#include "services/integrations/call.h"

#define COUNT(table) (sizeof(table) / sizeof *(table))

static bool same_name(str a, str b)
{
    if (a.len != b.len) return false;
    for (size_t i = 0; i < a.len; i++)
        if (integration_lower(a.ptr[i]) != integration_lower(b.ptr[i])) return false;
    return true;
}

static bool refuse_format(struct arena *arena, str *why, const char *field)
{
    *why = arena_printf(arena, "The value of the field '%s' has an invalid format", field);
    return false;
}

/* ---- reading the parameters ---- */

/* `name` in small letters. */
static bool is_reserved(str name)
{
    static const str names[] = {
        STR_INIT("a-im"),
        STR_INIT("accept-charset"),
        STR_INIT("accept-datetime"),
        STR_INIT("accept-encoding"),
        STR_INIT("authorization"),
        STR_INIT("cache-control"),
        STR_INIT("connection"),
        STR_INIT("content-encoding"),
        STR_INIT("content-md5"),
        STR_INIT("date"),
        STR_INIT("expect"),
        STR_INIT("forwarded"),
        STR_INIT("from"),
        STR_INIT("host"),
        STR_INIT("http2-settings"),
        STR_INIT("if-match"),
        STR_INIT("if-modified-since"),
        STR_INIT("if-none-match"),
        STR_INIT("if-range"),
        STR_INIT("if-unmodified-since"),
        STR_INIT("max-forwards"),
        STR_INIT("origin"),
        STR_INIT("pragma"),
        STR_INIT("proxy-authorization"),
        STR_INIT("referer"),
        STR_INIT("server"),
        STR_INIT("te"),
        STR_INIT("trailer"),
        STR_INIT("transfer-encoding"),
        STR_INIT("upgrade"),
        STR_INIT("via"),
        STR_INIT("warning"),
        /* The framing is the HTTP client's, so that nobody writes a second request into the body.
         */
        STR_INIT("content-length"),
    };
    static const str prefixes[] = { STR_INIT("x-forwarded-"), STR_INIT("x-amz-"),
                                    STR_INIT("x-amzn-") };
    for (size_t i = 0; i < COUNT(names); i++)
        if (str_eq(names[i], name)) return true;
    for (size_t i = 0; i < COUNT(prefixes); i++)
        if (str_starts_with(name, prefixes[i])) return true;
    return false;
}

/* RFC 9110, 5.6.2: token. */
bool header_name_is_valid(str name)
{
    static const char marks[] = "!#$%&'*+-.^_`|~";
    for (size_t i = 0; i < name.len; i++) {
        char c = name.ptr[i];
        bool word = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
        if (!word && (c == '\0' || !strchr(marks, c))) return false;
    }
    return name.len > 0;
}

bool header_text_is_valid(str text)
{
    for (size_t i = 0; i < text.len; i++)
        if (((unsigned char)text.ptr[i] < 0x20 && text.ptr[i] != '\t') || text.ptr[i] == 0x7F)
            return false;
    return true;
}

static bool is_scalar(json value)
{
    return json_is_string(value) || json_is_number(value) || json_is_bool(value);
}

static str scalar_text(struct arena *arena, json value)
{
    return json_is_string(value) ? json_str(value) : json_text(arena, value);
}

/* The values of a header or of a query parameter: one, or a list. */
static bool are_scalars(json value)
{
    if (!json_is_array(value)) return is_scalar(value);
    for (size_t i = 0; i < json_count(value); i++)
        if (!is_scalar(json_at(value, i))) return false;
    return true;
}

static size_t value_count(json value)
{
    return json_is_array(value) ? json_count(value) : 1;
}

static str value_text(struct arena *arena, json value, size_t index)
{
    return scalar_text(arena, json_is_array(value) ? json_at(value, index) : value);
}

static bool check_headers(struct arena *arena, json headers, str *why)
{
    struct buf reserved;
    buf_init(&reserved, arena);
    for (size_t i = 0; i < json_count(headers); i++) {
        str name = integration_lower_case(arena, json_key_at(headers, i));
        json value = json_value_at(headers, i);
        if (!header_name_is_valid(name) || !are_scalars(value))
            return refuse_format(arena, why, "Headers");
        for (size_t k = 0; k < value_count(value); k++)
            if (!header_text_is_valid(value_text(arena, value, k)))
                return refuse_format(arena, why, "Headers");
        if (!is_reserved(name)) continue;
        if (reserved.len) buf_add(&reserved, STR(", "));
        buf_add(&reserved, name);
    }
    if (reserved.len == 0) return true;
    *why = arena_printf(arena, "The 'Headers' field contains unsupported values: [%.*s]",
                        STR_ARGS(buf_str(&reserved)));
    return false;
}

static bool check_query(struct arena *arena, json query, str *why)
{
    for (size_t i = 0; i < json_count(query); i++)
        if (!are_scalars(json_value_at(query, i)))
            return refuse_format(arena, why, "QueryParameters");
    return true;
}

static bool is_method(str method)
{
    static const str methods[] = { STR_INIT("GET"),    STR_INIT("POST"),  STR_INIT("PUT"),
                                   STR_INIT("DELETE"), STR_INIT("PATCH"), STR_INIT("OPTIONS"),
                                   STR_INIT("HEAD") };
    for (size_t i = 0; i < COUNT(methods); i++)
        if (str_eq(methods[i], method)) return true;
    return false;
}

static bool is_url(str url)
{
    bool scheme = str_starts_with(url, STR("https://")) || str_starts_with(url, STR("http://"));
    for (size_t i = 0; i < url.len; i++)
        if ((unsigned char)url.ptr[i] <= 0x20 || url.ptr[i] == 0x7F) return false;
    return scheme && url.len <= INTEGRATION_URL_BYTES_MAX;
}

static bool read_transform(struct arena *arena, json transform, struct http_task *out, str *why)
{
    static const str formats[] = {
        [ARRAY_INDICES] = STR_INIT("INDICES"),
        [ARRAY_REPEAT] = STR_INIT("REPEAT"),
        [ARRAY_COMMAS] = STR_INIT("COMMAS"),
        [ARRAY_BRACKETS] = STR_INIT("BRACKETS"),
    };
    str encoding = json_str_or(transform, STR("RequestBodyEncoding"), STR("NONE"));
    out->url_encoded = str_eq(encoding, STR("URL_ENCODED"));
    if (!out->url_encoded && !str_eq(encoding, STR("NONE")))
        return refuse_format(arena, why, "RequestBodyEncoding");
    out->arrays = ARRAY_INDICES;
    const json *options = json_find(transform, STR("RequestEncodingOptions"));
    if (!options) return true;
    str format = json_str_or(*options, STR("ArrayFormat"), STR("INDICES"));
    for (size_t i = 0; i < COUNT(formats); i++) {
        if (!str_eq(formats[i], format)) continue;
        out->arrays = (enum array_format)i;
        return true;
    }
    return refuse_format(arena, why, "ArrayFormat");
}

static json object_or_null(json params, str name)
{
    const json *found = json_find(params, name);
    return found ? *found : json_null();
}

static bool check_fields(struct arena *arena, json given, json *params, str *why)
{
    static const struct parameter connection_items[] = {
        { .name = STR_INIT("ConnectionArn"), .kind = PARAMETER_STRING, .required = true },
    };
    static const struct parameters connection = { connection_items, COUNT(connection_items) };
    static const struct parameter option_items[] = {
        { .name = STR_INIT("ArrayFormat"), .kind = PARAMETER_STRING },
    };
    static const struct parameters options = { option_items, COUNT(option_items) };
    static const struct parameter transform_items[] = {
        { .name = STR_INIT("RequestBodyEncoding"), .kind = PARAMETER_STRING },
        { .name = STR_INIT("RequestEncodingOptions"), .kind = PARAMETER_OBJECT, .of = &options },
    };
    static const struct parameters transform = { transform_items, COUNT(transform_items) };
    static const struct parameter items[] = {
        { .name = STR_INIT("ApiEndpoint"), .kind = PARAMETER_STRING, .required = true },
        { .name = STR_INIT("Authentication"), .kind = PARAMETER_OBJECT, .of = &connection },
        { .name = STR_INIT("Headers"), .kind = PARAMETER_OBJECT },
        { .name = STR_INIT("InvocationConfig"), .kind = PARAMETER_OBJECT, .of = &connection },
        { .name = STR_INIT("Method"), .kind = PARAMETER_STRING, .required = true },
        { .name = STR_INIT("QueryParameters"), .kind = PARAMETER_ANY },
        { .name = STR_INIT("RequestBody"), .kind = PARAMETER_ANY },
        { .name = STR_INIT("Transform"), .kind = PARAMETER_OBJECT, .of = &transform },
    };
    static const struct parameters known = { items, COUNT(items) };
    return parameters_check(arena, &known, given, params, why);
}

bool http_task_read(struct arena *arena, json given, struct http_task *out, str *why)
{
    json params;
    if (!check_fields(arena, given, &params, why)) return false;
    const json *body = json_find(params, STR("RequestBody"));
    json invocation = object_or_null(params, STR("InvocationConfig"));
    if (json_is_null(invocation)) invocation = object_or_null(params, STR("Authentication"));
    *out = (struct http_task){
        .endpoint = json_str_or(params, STR("ApiEndpoint"), STR("")),
        .method = json_str_or(params, STR("Method"), STR("")),
        .connection = json_str_or(invocation, STR("ConnectionArn"), STR("")),
        .headers = object_or_null(params, STR("Headers")),
        .query = object_or_null(params, STR("QueryParameters")),
        .has_body = body != NULL,
        .body = body ? *body : json_null(),
    };
    if (!out->connection.len) {
        *why = STR("The field 'ConnectionArn' is required but was missing");
        return false;
    }
    if (!is_url(out->endpoint)) return refuse_format(arena, why, "ApiEndpoint");
    if (!is_method(out->method)) return refuse_format(arena, why, "Method");
    if (!json_is_null(out->query) && !json_is_object(out->query))
        return refuse_format(arena, why, "QueryParameters");
    return check_headers(arena, out->headers, why) && check_query(arena, out->query, why) &&
           read_transform(arena, object_or_null(params, STR("Transform")), out, why);
}

/* ---- the request ---- */

static bool given_by_connection(const struct connection_parameter *given, size_t count, str name,
                                bool any_case)
{
    for (size_t i = 0; i < count; i++)
        if (any_case ? same_name(given[i].name, name) : str_eq(given[i].name, name)) return true;
    return false;
}

static void add_pair(struct buf *url, char *separator, str name, str value)
{
    buf_add_char(url, *separator);
    *separator = '&';
    integration_url_encode(url, name);
    buf_add_char(url, '=');
    integration_url_encode(url, value);
}

/* The endpoint, which may have a query of its own, with the Task's parameters and the connection's,
 * without a fragment. */
static str request_url(struct arena *arena, const struct http_task *task,
                       const struct connection_extras *extras)
{
    struct buf url;
    str endpoint = str_slice(task->endpoint, 0, str_find_char(task->endpoint, '#', 0));
    size_t mark = str_find_char(endpoint, '?', 0);
    char separator = mark == endpoint.len ? '?' : '&';
    buf_init(&url, arena);
    buf_add(&url, endpoint);
    for (size_t i = 0; i < json_count(task->query); i++) {
        str name = json_key_at(task->query, i);
        json value = json_value_at(task->query, i);
        if (given_by_connection(extras->query, extras->query_count, name, false)) continue;
        for (size_t k = 0; k < value_count(value); k++)
            add_pair(&url, &separator, name, value_text(arena, value, k));
    }
    for (size_t i = 0; i < extras->query_count; i++)
        add_pair(&url, &separator, extras->query[i].name, extras->query[i].value);
    return buf_str(&url);
}

static bool merge_body(struct arena *arena, const struct http_task *task,
                       const struct connection_extras *extras, json *out, str *why)
{
    *out = task->body;
    if (extras->body_count == 0) return true;
    if (task->has_body && !json_is_object(task->body)) {
        *why = STR("The RequestBody must be an OBJECT, as the connection has body parameters");
        return false;
    }
    struct json_fields fields;
    json_fields_init(&fields, arena);
    for (size_t i = 0; i < json_count(task->body); i++)
        json_fields_add(&fields, json_key_at(task->body, i), json_value_at(task->body, i));
    for (size_t i = 0; i < extras->body_count; i++)
        json_fields_add(&fields, extras->body[i].name, json_string(extras->body[i].value));
    *out = json_fields_done(&fields);
    return true;
}

static str authorization(struct arena *arena, const struct connection *connection, str credential)
{
    if (connection->auth == CONNECTION_OAUTH) return credential;
    str pair =
        arena_printf(arena, "%.*s:%.*s", STR_ARGS(connection->name), STR_ARGS(connection->secret));
    str encoded = integration_base64(arena, pair);
    return arena_printf(arena, "Basic %.*s", STR_ARGS(encoded));
}

/* What is known only when nobody else has set it. */
static void add_default(struct json_fields *fields, str name, str value)
{
    for (size_t i = 0; i < fields->count; i++) {
        const struct json_member *member = &fields->members[i];
        if (same_name((str){ member->key, member->key_bytes }, name)) return;
    }
    json_fields_add(fields, name, json_string(value));
}

static json header_value(struct arena *arena, json value)
{
    if (!json_is_array(value)) return json_string(scalar_text(arena, value));
    struct json_list list;
    json_list_init(&list, arena);
    for (size_t i = 0; i < json_count(value); i++)
        json_list_add(&list, json_string(scalar_text(arena, json_at(value, i))));
    return json_list_done(&list);
}

static json request_headers(struct arena *arena, const struct http_task *task,
                            const struct connection *connection, str credential, str region,
                            str content_type)
{
    const struct connection_extras *extras = &connection->extras;
    struct json_fields fields;
    json_fields_init(&fields, arena);
    for (size_t i = 0; i < json_count(task->headers); i++) {
        str name = json_key_at(task->headers, i);
        bool own = same_name(name, STR("User-Agent")) || same_name(name, STR("Range"));
        bool key = connection->auth == CONNECTION_API_KEY && same_name(name, connection->name);
        if (own || key || given_by_connection(extras->headers, extras->header_count, name, true))
            continue;
        json_fields_add(&fields, name, header_value(arena, json_value_at(task->headers, i)));
    }
    for (size_t i = 0; i < extras->header_count; i++)
        json_fields_add(&fields, extras->headers[i].name, json_string(extras->headers[i].value));
    if (connection->auth == CONNECTION_API_KEY)
        json_fields_add(&fields, connection->name, json_string(connection->secret));
    else
        json_fields_add(&fields, STR("Authorization"),
                        json_string(authorization(arena, connection, credential)));
    if (content_type.len) add_default(&fields, STR("Content-Type"), content_type);
    json_fields_add(
        &fields, STR("User-Agent"),
        json_string(arena_printf(arena, "Amazon|StepFunctions|HttpInvoke|%.*s", STR_ARGS(region))));
    json_fields_add(&fields, STR("Range"), json_string(STR("bytes=0-262144")));
    return json_fields_done(&fields);
}

bool http_task_request(struct arena *arena, const struct http_task *task,
                       const struct connection *connection, str credential, str region,
                       size_t body_bytes_max, json *request, str *why)
{
    struct json_fields fields;
    json body;
    str text = STR(""), type = STR("");
    if (!merge_body(arena, task, &connection->extras, &body, why)) return false;
    bool has_body = task->has_body || connection->extras.body_count > 0;
    if (has_body && task->url_encoded) {
        text = integration_form(arena, body, task->arrays);
        type = STR("application/x-www-form-urlencoded");
    } else if (has_body) {
        text = json_is_string(body) ? json_str(body) : json_text(arena, body);
        type = STR("application/json");
    }
    str url = request_url(arena, task, &connection->extras);
    if (url.len > INTEGRATION_URL_BYTES_MAX) return refuse_format(arena, why, "QueryParameters");
    json_fields_init(&fields, arena);
    json_fields_add(&fields, STR("method"), json_string(task->method));
    json_fields_add(&fields, STR("url"), json_string(url));
    json_fields_add(&fields, STR("headers"),
                    request_headers(arena, task, connection, credential, region, type));
    if (has_body) json_fields_add(&fields, STR("body"), json_string(text));
    json_fields_add(&fields, STR("timeoutMs"), json_i64(arena, INTEGRATION_TIMEOUT_MS));
    json_fields_add(&fields, STR("bodyMax"), json_i64(arena, (int64_t)body_bytes_max));
    json_fields_add(&fields, STR("allowLocal"), json_bool(true));
    *request = json_fields_done(&fields);
    return true;
}
