/* AWS's protocols, for services that are reached at an endpoint outside: a call as an HTTP request,
 * signed by the carrier, and the answer or error in what comes back. */
#include "services/integrations/call.h"

/* ---- requests ---- */

static json text_member(str text)
{
    return json_string(text);
}

/* The endpoint with a path, whatever slashes it ends with. */
static str join_url(struct arena *arena, str endpoint, str path)
{
    while (str_ends_with(endpoint, STR("/")))
        endpoint = str_slice(endpoint, 0, endpoint.len - 1);
    return arena_printf(arena, "%.*s%.*s", STR_ARGS(endpoint), STR_ARGS(path));
}

static json make_request(struct arena *arena, str url, json headers, str body, str service,
                         str region)
{
    bool here = region.len == 0;
    int64_t timeout_ms = here ? INTEGRATION_WAIT_MS : INTEGRATION_TIMEOUT_MS;
    struct json_fields request, sign;
    json_fields_init(&request, arena);
    json_fields_init(&sign, arena);
    json_fields_add(&sign, STR("service"), text_member(service));
    json_fields_add(&sign, STR("region"), text_member(region));
    json_fields_add(&request, STR("method"), text_member(STR("POST")));
    json_fields_add(&request, STR("url"), text_member(url));
    json_fields_add(&request, STR("headers"), headers);
    json_fields_add(&request, STR("body"), text_member(body));
    json_fields_add(&request, STR("timeoutMs"), json_i64(arena, timeout_ms));
    json_fields_add(&request, STR("bodyMax"), json_i64(arena, INTEGRATION_ANSWER_BYTES_MAX));
    json_fields_add(&request, STR("allowLocal"), json_bool(true));
    if (!here) json_fields_add(&request, STR("sign"), json_fields_done(&sign));
    return json_fields_done(&request);
}

bool remote_request(struct arena *arena, const struct callee *callee, str endpoint, str region,
                    str operation, json params, json *request)
{
    const struct service *service = callee->service;
    struct json_fields headers;
    json_fields_init(&headers, arena);
    str url = join_url(arena, endpoint, STR("/")), body;
    switch (callee->protocol) {
    case PROTOCOL_REST: return false;
    case PROTOCOL_JSON:
        json_fields_add(&headers, STR("Content-Type"),
                        text_member(arena_printf(arena, "application/x-amz-json-%.*s",
                                                 STR_ARGS(service->json_version))));
        json_fields_add(
            &headers, STR("X-Amz-Target"),
            text_member(arena_printf(arena, "%.*s.%.*s", STR_ARGS(service->target_prefix),
                                     STR_ARGS(operation))));
        body = json_text(arena, params);
        break;
    case PROTOCOL_QUERY:
        json_fields_add(&headers, STR("Content-Type"),
                        text_member(STR("application/x-www-form-urlencoded; charset=utf-8")));
        body = remote_query_form(arena, callee, operation, params);
        break;
    default: fatal("no such protocol: %d", (int)callee->protocol);
    }
    *request = make_request(arena, url, json_fields_done(&headers), body, callee->name, region);
    return true;
}

json remote_invocation(struct arena *arena, str endpoint, str region, json params)
{
    static const struct {
        str member, header;
    } rows[] = {
        { STR_INIT("InvocationType"), STR_INIT("X-Amz-Invocation-Type") },
        { STR_INIT("ClientContext"), STR_INIT("X-Amz-Client-Context") },
        { STR_INIT("LogType"), STR_INIT("X-Amz-Log-Type") },
    };
    struct json_fields headers;
    struct buf path;
    json_fields_init(&headers, arena);
    json_fields_add(&headers, STR("Content-Type"), text_member(STR("application/json")));
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        str value = json_str_or(params, rows[i].member, STR(""));
        if (value.len) json_fields_add(&headers, rows[i].header, text_member(value));
    }
    buf_init(&path, arena);
    buf_add(&path, STR("/2015-03-31/functions/"));
    integration_url_encode(&path, json_str_or(params, STR("FunctionName"), STR("")));
    buf_add(&path, STR("/invocations"));
    str qualifier = json_str_or(params, STR("Qualifier"), STR(""));
    if (qualifier.len) {
        buf_add(&path, STR("?Qualifier="));
        integration_url_encode(&path, qualifier);
    }
    return make_request(arena, join_url(arena, endpoint, buf_str(&path)),
                        json_fields_done(&headers), json_str_or(params, STR("Payload"), STR("{}")),
                        STR("lambda"), region);
}

/* ---- answers ---- */

/* What the body does not say: an answer of a proxy, perhaps. */
static void unreadable(struct arena *arena, int status, struct remote_answer *out)
{
    out->ok = false;
    out->code = arena_printf(arena, "%d", status);
    out->message = STR("The answer of the service cannot be read.");
}

/* "com.amazonaws.sqs#QueueDoesNotExist:http://..." -> "QueueDoesNotExist" */
static str short_type(str type)
{
    size_t hash = str_find_char(type, '#', 0);
    if (hash < type.len) type = str_skip(type, hash + 1);
    return str_slice(type, 0, str_find_char(type, ':', 0));
}

/* SQS tells errors that its model does not name also as its older protocol would:
 * "MissingParameter;Sender". */
static str query_error(const struct remote_answer *answer)
{
    str value =
        answer_headers_find(answer->headers, answer->header_count, STR("x-amzn-query-error"));
    return str_slice(value, 0, str_find_char(value, ';', 0));
}

static void read_json(struct arena *arena, const struct callee *callee,
                      const struct effect_result *result, struct remote_answer *out)
{
    struct error err = { 0 };
    json body = { .kind = JSON_OBJECT };
    str text = arena_str(arena, result->body);
    if (text.len && (!json_parse(text, arena, &body, &err) || !json_is_object(body))) {
        unreadable(arena, result->status, out);
        return;
    }
    out->ok = result->status >= 200 && result->status < 300;
    out->value = body;
    if (out->ok) return;
    str type = json_str_or(body, STR("__type"), STR(""));
    if (!type.len) /* REST services name the error in a header */
        type = answer_headers_find(out->headers, out->header_count, STR("x-amzn-ErrorType"));
    out->code = short_type(type);
    out->message = json_str_or(body, STR("message"), json_str_or(body, STR("Message"), STR("")));
    if (!callee_names(callee, out->code) && query_error(out).len) out->code = query_error(out);
    if (!out->code.len) unreadable(arena, result->status, out);
}

void remote_answer_read(struct arena *arena, const struct callee *callee,
                        const struct effect_result *result, struct remote_answer *out)
{
    *out = (struct remote_answer){ .status = result->status, .value = json_null() };
    out->header_count =
        answer_headers_parse(arena, arena_str(arena, result->headers), &out->headers);
    if (callee->protocol != PROTOCOL_QUERY)
        read_json(arena, callee, result, out);
    else if (!remote_xml_answer(arena, result->body, out))
        unreadable(arena, result->status, out);
    if (!out->request_id.len)
        out->request_id =
            answer_headers_find(out->headers, out->header_count, STR("x-amzn-RequestId"));
}
