/* Which API, stage and route a request is for. */
#include "services/gateway/run.h"
#include "base/limits.h"
#include "base/log.h"

/* ---- answers ---- */

static void add_line(struct buf *out, const char *name, str value)
{
    buf_add(out, str_from(name));
    buf_add(out, STR(": "));
    buf_add(out, value);
    buf_add(out, STR("\r\n"));
}

void call_answer(struct call *call, const struct outgoing *out)
{
    struct request *request = call->request;
    struct reply_head *head = ARENA_NEW(&request->arena, struct reply_head);
    struct buf headers;
    buf_init(&headers, &request->arena);
    if (call->in.is_rest) {
        add_line(&headers, "x-amzn-RequestId", request->id);
        add_line(&headers, "x-amz-apigw-id", request->id);
    } else {
        add_line(&headers, "apigw-requestid", request->id);
    }
    buf_add(&headers, buf_str(&out->headers));
    *head = (struct reply_head){
        .status = out->status,
        .headers = buf_str(&headers),
        .content_type = out->content_type.len > 0 ? out->content_type : STR("application/json"),
    };
    request->head = head;
    buf_init(&request->reply, &request->arena);
    /* 204 and 304 have no body, and a client would not look for one. */
    if (out->status != 204 && out->status != 304) buf_add(&request->reply, out->body);
}

void call_message(struct call *call, int status, const char *text)
{
    struct outgoing out;
    outgoing_init(&out, call->in.arena);
    out.status = status;
    out.content_type = STR("application/json");
    out.body = arena_printf(call->in.arena, "{\"message\":\"%s\"}", text);
    call_answer(call, &out);
}

static void log_failure(const struct call *call, enum log_level level, const char *what, str cause)
{
    char api[LOG_QUOTED_BYTES_MAX], path[LOG_QUOTED_BYTES_MAX], why[LOG_QUOTED_BYTES_MAX];
    const struct incoming *in = &call->in;
    log_line(level, "route", "failure=%s api=%s stage=%.*s method=%.*s path=%s cause=%s id=%.*s",
             what, log_quote(in->api, api), STR_ARGS(in->stage), STR_ARGS(in->http->method),
             log_quote(in->path, path), log_quote(cause, why), STR_ARGS(in->request_id));
}

void call_log(const struct call *call, const char *what, str cause)
{
    log_failure(call, LOG_WARN, what, cause);
}

void call_note(const struct call *call, const char *what, str cause)
{
    log_failure(call, LOG_INFO, what, cause);
}

/* ---- where a request is for ---- */

static bool take_segment(str *path, str *segment)
{
    if (path->len == 0) return false;
    size_t end = str_find_char(*path, '/', 1);
    *segment = str_slice(*path, 1, end);
    *path = str_skip(*path, end);
    return true;
}

static bool is_label(str host, const char *label)
{
    size_t dot = str_find_char(host, '.', 0);
    if (dot == host.len) return false;
    str rest = str_skip(host, dot + 1);
    str second = str_slice(rest, 0, str_find_char(rest, '.', 0));
    second = str_slice(second, 0, str_find_char(second, ':', 0));
    return http_name_eq(second, str_from(label));
}

/* API by host name or path; `path` is what is left: stage and path of the route. */
static void find_api(struct incoming *in, str *path)
{
    str segment;
    *path = in->http->path;
    if (is_label(in->host, "execute-api")) {
        in->is_host = true;
        in->api = text_lower(in->arena, str_slice(in->host, 0, str_find_char(in->host, '.', 0)));
        return;
    }
    (void)take_segment(path, &segment); /* "apis", "restapis" */
    if (!take_segment(path, &in->api)) in->api = STR("");
}

/* "/restapis/API/STAGE/_user_request_/PATH", as users of other local servers know it. */
static bool is_user_request(str path)
{
    str segment;
    for (int i = 0; i < 4; i++)
        if (!take_segment(&path, &segment)) return false;
    return str_eq(segment, STR("_user_request_"));
}

static bool load_stage(struct call *call, str name, json *stage)
{
    return gateway_load(&call->source, call->in.api, GATEWAY_STAGE, name, stage);
}

/* The first segment is a stage; of an HTTP API, else the stage is $default. */
static bool find_stage(struct call *call, str path, bool is_user, json *stage)
{
    struct incoming *in = &call->in;
    str rest = path, segment = STR(""), marker;
    if (take_segment(&rest, &segment) && load_stage(call, segment, stage)) {
        in->stage = segment;
        if (is_user) (void)take_segment(&rest, &marker);
        in->path = rest.len > 0 ? rest : STR("/");
        in->stage_prefix = str_eq(segment, STR("$default"))
                               ? STR("")
                               : arena_printf(in->arena, "/%.*s", STR_ARGS(segment));
        return true;
    }
    if (in->is_rest || !load_stage(call, STR("$default"), stage)) return false;
    in->stage = STR("$default");
    in->path = path.len > 0 ? path : STR("/");
    in->stage_prefix = STR("");
    return true;
}

static str deployment_of(const struct incoming *in, json stage)
{
    if (!in->is_rest && json_bool_or(stage, STR("autoDeploy"), false)) return GATEWAY_LIVE;
    return json_text_of(stage, STR("deploymentId"));
}

/* True: the route is found, or a preflight request answered (*answered). */
static bool find_route(struct call *call, json stage)
{
    struct incoming *in = &call->in;
    str deployment = call->deployment = deployment_of(in, stage);
    in->stage_variables =
        json_object_of(stage, in->is_rest ? STR("variables") : STR("stageVariables"));
    call->route = json_null();
    if (!gateway_load(&call->source, in->api, GATEWAY_TABLE, deployment, &call->table))
        return false;
    in->binary_types = json_member_of(call->table, STR("binaryMediaTypes"));
    int at = match_route(json_member_of(call->table, STR("routes")), in->http->method, in->path,
                         in->arena, &in->path_params);
    return at >= 0 && deploy_route(&call->source, in->api, deployment, (size_t)at, &call->route);
}

static enum handled no_api(struct call *call)
{
    struct incoming *in = &call->in;
    struct outgoing out;
    struct buf body;
    outgoing_init(&out, in->arena);
    buf_init(&body, in->arena);
    buf_add(&body, STR("{\"message\":"));
    json_write_str(&body, arena_printf(in->arena, "There is no API with the id %.*s here.",
                                       (int)(in->api.len < 100 ? in->api.len : 100), in->api.ptr));
    buf_add_char(&body, '}');
    out.status = 404;
    out.body = buf_str(&body);
    call_answer(call, &out);
    return HANDLED;
}

static enum handled refuse(struct call *call, int status, const char *text)
{
    call_message(call, status, text);
    return HANDLED;
}

static enum handled run(struct call *call)
{
    struct incoming *in = &call->in;
    struct error err = { 0 };
    json record, stage = json_null();
    str path;
    bool is_user = is_user_request(in->http->path);
    if (!incoming_read(in, &err)) return refuse(call, 400, "Bad Request");
    find_api(in, &path);
    in->is_rest = gateway_load(&call->source, STR(""), GATEWAY_REST_API, in->api, &record);
    if (!in->is_rest && !gateway_load(&call->source, STR(""), GATEWAY_HTTP_API, in->api, &record))
        return no_api(call);
    if (in->http->body.len > GATEWAY_BODY_BYTES_MAX)
        return refuse(call, 413, in->is_rest ? "Request Too Long" : "Request Entity Too Large");
    if (in->is_host && json_bool_or(record, STR("disableExecuteApiEndpoint"), false))
        return refuse(call, in->is_rest ? 403 : 404, in->is_rest ? "Forbidden" : "Not Found");
    if (!find_stage(call, path, is_user, &stage)) {
        call_note(call, "route", STR("the address names no stage of this API"));
        return refuse(call, in->is_rest ? 403 : 404, in->is_rest ? "Forbidden" : "Not Found");
    }
    bool is_found = find_route(call, stage);
    if (in->is_rest) return rest_run(call);
    if (http_preflight(call)) return HANDLED;
    if (is_found) return http_run(call);
    call_note(call, "route", STR("the stage's deployment has no such route"));
    return refuse(call, 404, "Not Found");
}

static enum handled handle_route(const struct reader *reader, struct request *request,
                                 struct error *err)
{
    struct call *call = ARENA_NEW(&request->arena, struct call);
    (void)err;
    call->request = request;
    call->reader = reader;
    call->source = source_from_reader(reader, request);
    call->in = (struct incoming){
        .http = request->http,
        .arena = &request->arena,
        .host = request->host,
        .request_id = request->id,
        .peer = request->peer,
        .account = shard_account(reader->shard),
        .region = shard_region(reader->shard),
        .now_ms = reader->now_ms,
        .stage_variables = json_empty(),
        .path_params = json_empty(),
    };
    return run(call);
}

static const struct operation route_operation = { .name = STR_INIT("HttpRoute"),
                                                  .read = handle_route };

const struct operation *gateway_route(const struct http_request *http)
{
    (void)http;
    return &route_operation;
}

/* "/restapis/..." is the control API's, but for those paths. */
const struct operation *gateway_user_route(const struct http_request *http)
{
    return is_user_request(http->path) ? &route_operation : NULL;
}
