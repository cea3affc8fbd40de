/* From an HTTP request to an operation and back; see protocol.h. */
#include "protocol/protocol.h"

#include "base/limits.h"
#include "protocol/awsjson.h"
#include "protocol/query.h"
#include "protocol/rest.h"
#include "protocol/select.h"
#include "protocol/web.h"

enum { NAME_SHOWN_BYTES_MAX = 200 /* of an unknown operation, in an error text */ };

static str header(const struct http_request *http, str name)
{
    str value;
    return http_find_header(http, name, &value) ? value : (str){ 0 };
}

/* ---- what kind of call it is ---- */

static bool is_form_content_type(str content_type)
{
    str type = str_trim(str_slice(content_type, 0, str_find_char(content_type, ';', 0)));
    return http_name_eq(type, STR("application/x-www-form-urlencoded"));
}

static bool has_action(str form)
{
    return str_starts_with(form, STR("Action=")) || str_find(form, STR("&Action="), 0) < form.len;
}

bool protocol_recognise(const struct http_request *http, struct protocol *out)
{
    bool is_post = str_eq(http->method, STR("POST"));
    bool is_root = str_eq(http->path, STR("/"));
    *out = (struct protocol){ .kind = PROTOCOL_WEB };
    if ((out->web = web_find(http, &out->service))) return true;
    out->kind = PROTOCOL_REST;
    if (!is_root && (out->service = rest_service(http->path))) return true;
    if (!is_root && !select_is_queue_path(http->path)) return false;
    out->kind = PROTOCOL_JSON;
    if (is_post && header(http, STR("X-Amz-Target")).len > 0) return true;
    out->kind = PROTOCOL_QUERY;
    if (is_post && is_form_content_type(header(http, STR("Content-Type")))) return true;
    if ((is_post || str_eq(http->method, STR("GET"))) && has_action(http->query)) return true;
    out->kind = PROTOCOL_JSON;
    return is_post && is_root;
}

/* ---- decoding ---- */

static bool unknown_operation(str name, struct error *err)
{
    size_t shown = name.len < NAME_SHOWN_BYTES_MAX ? name.len : NAME_SHOWN_BYTES_MAX;
    return error_set(err, ERROR_UNKNOWN_OPERATION, "Unknown operation: %.*s", (int)shown, name.ptr);
}

static bool decode_json(struct protocol *protocol, const struct http_request *http,
                        struct request *request, struct error *err)
{
    str target = header(http, STR("X-Amz-Target"));
    request->operation = services_find(target, &protocol->service);
    if (!request->operation && str_is_empty(target))
        return error_set(err, ERROR_UNKNOWN_OPERATION, "The X-Amz-Target header is missing.");
    if (!request->operation) return unknown_operation(target, err);
    if (!awsjson_is_content_type(header(http, STR("Content-Type"))))
        return error_set(err, ERROR_SERIALIZATION,
                         "The Content-Type must be application/x-amz-json-1.0.");
    if (http->body.len > HTTP_CALL_BYTES_MAX)
        return error_set(err, ERROR_REQUEST_ENTITY_TOO_LARGE, "The request body is too large.");
    return awsjson_decode(http->body, &request->arena, &request->params, err);
}

/* SDKs send calls of a queue to the queue's URL, and old ones say it nowhere else. */
static void add_queue_url(const struct http_request *http, struct request *request)
{
    if (!select_is_queue_path(http->path) || json_find(request->params, STR("QueueUrl"))) return;
    struct json_fields fields;
    size_t chars;
    str host = request->host.len > 0 ? request->host : STR("localhost");
    str path = http->path;
    if (str_ends_with(path, STR("/"))) path = str_slice(path, 0, path.len - 1);
    str url = arena_printf(&request->arena, "http://%.*s%.*s", STR_ARGS(host), STR_ARGS(path));
    if (!str_utf8_count(url, &chars)) return;
    json_fields_from(&fields, &request->arena, request->params);
    json_fields_add(&fields, STR("QueueUrl"), json_string(url));
    request->params = json_fields_done(&fields);
}

static bool decode_query(struct protocol *protocol, const struct http_request *http,
                         struct request *request, struct error *err)
{
    struct form form = { 0 };
    if (http->body.len > HTTP_CALL_BYTES_MAX)
        return error_set(err, ERROR_REQUEST_ENTITY_TOO_LARGE, "The request body is too large.");
    if (!form_parse(http->query, &request->arena, &form, err) ||
        !form_parse(http->body, &request->arena, &form, err))
        return false;
    const str *action = form_find(&form, STR("Action"));
    if (!action)
        return error_set(err, ERROR_MISSING_ACTION,
                         "The request must contain the parameter "
                         "Action.");
    protocol->service = select_query_service(http, &form, *action);
    if (protocol->service) request->operation = service_operation(protocol->service, *action);
    const struct query_protocol *query =
        protocol->service ? query_protocol_of(protocol->service) : NULL;
    if (!request->operation || !query)
        return error_set_long(err, &request->arena, ERROR_INVALID_ACTION,
                              "The action %.*s is not valid for this endpoint.", STR_ARGS(*action));
    if (!query_decode(query, request->operation, &form, &request->arena, &request->params, err))
        return false;
    if (query->is_flat) add_queue_url(http, request);
    return true;
}

/* Operations that carry a function's code. */
static bool is_upload(str operation)
{
    return str_eq(operation, STR("CreateFunction")) ||
           str_eq(operation, STR("UpdateFunctionCode")) ||
           str_eq(operation, STR("PublishLayerVersion"));
}

static bool decode_rest(struct protocol *protocol, const struct http_request *http,
                        struct request *request, struct error *err)
{
    protocol->route = rest_find(protocol->service, http);
    if (!protocol->route) return unknown_operation(http->path, err);
    str name = protocol->route->operation;
    request->operation = service_operation(protocol->service, name);
    if (!request->operation) return unknown_operation(name, err);
    if (http->body.len > HTTP_CALL_BYTES_MAX && !is_upload(name))
        return error_set(err, ERROR_REQUEST_ENTITY_TOO_LARGE, "The request body is too large.");
    return rest_decode(protocol->route, request->operation, http, &request->arena, &request->params,
                       err);
}

static bool decode_web(const struct protocol *protocol, const struct http_request *http,
                       struct request *request)
{
    request->operation = protocol->web->operation(http);
    request->params = (json){ .kind = JSON_OBJECT };
    return true;
}

bool protocol_decode(struct protocol *protocol, const struct http_request *http,
                     struct request *request, struct error *err)
{
    bool good = false;
    buf_init(&request->reply, &request->arena);
    request->host = header(http, STR("Host"));
    request->http = http;
    switch (protocol->kind) {
    case PROTOCOL_JSON: good = decode_json(protocol, http, request, err); break;
    case PROTOCOL_QUERY: good = decode_query(protocol, http, request, err); break;
    case PROTOCOL_REST: good = decode_rest(protocol, http, request, err); break;
    case PROTOCOL_WEB: good = decode_web(protocol, http, request); break;
    }
    if (!good) return false;
    ASSERT((request->operation->read == NULL) != (request->operation->write == NULL));
    if (protocol->kind == PROTOCOL_WEB) return true;
    return shape_check(request->operation->input, request->params, &request->arena, err);
}

/* ---- running ---- */

static enum handled run_reader(struct shard *shard, read_handler handler, struct request *request)
{
    struct reader reader;
    shard_read_begin(shard, &reader, &request->arena);
    enum handled handled = handler(&reader, request, &request->error);
    shard_read_end(&reader);
    return handled;
}

enum handled protocol_read(struct shard *shard, struct request *request)
{
    enum handled handled = run_reader(shard, request->operation->read, request);
    if (handled == HANDLED_LATER) return handled; /* it is no longer ours to look at */
    ASSERT((handled == HANDLED_FAILED) == (request->error.code != ERROR_NONE));
    return handled;
}

bool protocol_prepare(struct shard *shard, struct request *request)
{
    if (!request->operation->prepare) return true;
    enum handled handled = run_reader(shard, request->operation->prepare, request);
    ASSERT(handled != HANDLED_LATER);
    ASSERT((handled == HANDLED_FAILED) == (request->error.code != ERROR_NONE));
    ASSERT(handled != HANDLED_ALREADY || !request->operation->input);
    return handled == HANDLED;
}

/* ---- answers ---- */

static void add_header(struct buf *out, const char *name, str value)
{
    buf_add(out, str_from(name));
    buf_add(out, STR(": "));
    buf_add(out, value);
    buf_add(out, STR("\r\n"));
}

/* The reply's text as the handler has written it; nothing counts as an empty object. */
static json parse_reply(struct request *request)
{
    str text = buf_str(&request->reply);
    json reply = { .kind = JSON_OBJECT };
    struct error err;
    if (text.len > 0 && !json_parse(text, &request->arena, &reply, &err))
        fatal("a reply is no JSON: %s", err.message);
    return reply;
}

static void answer_reply(const struct protocol *protocol, struct request *request,
                         struct protocol_answer *out, struct buf *headers)
{
    const struct reply_head *head = request->head;
    out->status = protocol->route && protocol->route->status ? protocol->route->status : 200;
    if (head && head->status) out->status = head->status;
    out->body = buf_str(&request->reply);
    if (protocol->kind == PROTOCOL_QUERY) {
        struct buf body;
        buf_init(&body, &request->arena);
        query_encode(query_protocol_of(protocol->service), request->operation->name,
                     parse_reply(request), request->id, &body);
        out->body = buf_str(&body);
    }
    if (head && head->content_type.len > 0) out->content_type = head->content_type;
    if (head) buf_add(headers, head->headers);
    if (out->status == 204) out->body = (str){ 0 };
    bool is_rest = protocol->kind == PROTOCOL_REST || protocol->kind == PROTOCOL_WEB;
    if (out->body.len == 0 && is_rest) out->content_type = (str){ 0 };
}

static void answer_error(const struct protocol *protocol, struct request *request,
                         struct protocol_answer *out, struct buf *headers)
{
    const struct error *error = &request->error;
    const struct query_protocol *query =
        protocol->service ? query_protocol_of(protocol->service) : NULL;
    struct buf body;
    buf_init(&body, &request->arena);
    out->status = error_http_status(error->code);
    switch (protocol->kind) {
    case PROTOCOL_JSON:
        awsjson_encode_error(protocol->service, error, &body);
        add_header(headers, "x-amzn-ErrorType", error_name(error->code));
        if (query) { /* for SDKs whose users know the service's Query codes */
            str fault = out->status < 500 ? STR(";Sender\r\n") : STR(";Receiver\r\n");
            buf_add(headers, STR("x-amzn-query-error: "));
            buf_add(headers, query_error_code(error->code));
            buf_add(headers, fault);
        }
        break;
    case PROTOCOL_QUERY: query_encode_error(query, error, request->id, &body); break;
    case PROTOCOL_REST:
        if (error->code == ERROR_UNKNOWN_OPERATION) out->status = 404;
        rest_encode_error(protocol->service, error, &body);
        add_header(headers, "x-amzn-ErrorType", error_name(error->code));
        break;
    case PROTOCOL_WEB: web_encode_error(error, &body); break;
    }
    out->body = buf_str(&body);
}

static str default_content_type(const struct protocol *protocol)
{
    switch (protocol->kind) {
    case PROTOCOL_JSON: return awsjson_content_type(protocol->service);
    case PROTOCOL_QUERY: return STR("text/xml");
    case PROTOCOL_REST:
    case PROTOCOL_WEB: return STR("application/json");
    }
    fatal("no such protocol: %d", (int)protocol->kind);
}

void protocol_answer(const struct protocol *protocol, struct request *request,
                     struct protocol_answer *out)
{
    struct buf headers;
    buf_init(&headers, &request->arena);
    if (protocol->kind != PROTOCOL_WEB) add_header(&headers, "x-amzn-RequestId", request->id);
    *out = (struct protocol_answer){ .content_type = default_content_type(protocol) };
    if (request->error.code != ERROR_NONE)
        answer_error(protocol, request, out, &headers);
    else
        answer_reply(protocol, request, out, &headers);
    out->headers = buf_str(&headers);
}
