/* A route of an HTTP API: integration, answer, CORS. Sources: "Integrations for HTTP APIs",
 * "Integration subtype reference" and "Configure CORS for HTTP APIs" in the Developer Guide. */
#include "base/limits.h"
#include "services/gateway/run.h"
#include "services/shape.h"

/* ---- CORS ---- */

static bool is_listed(json list, str value)
{
    for (size_t i = 0; json_is_array(list) && i < json_count(list); i++) {
        if (!json_is_string(json_at(list, i))) continue;
        str item = json_str(json_at(list, i));
        if (str_eq(item, STR("*")) || http_name_eq(item, value)) return true;
        if (str_ends_with(item, STR("*")) &&
            str_starts_with(value, str_slice(item, 0, item.len - 1)))
            return true;
    }
    return false;
}

static str joined(struct arena *arena, json list)
{
    struct buf out;
    buf_init(&out, arena);
    for (size_t i = 0; json_is_array(list) && i < json_count(list); i++) {
        if (!json_is_string(json_at(list, i))) continue;
        if (out.len > 0) buf_add_char(&out, ',');
        buf_add(&out, json_str(json_at(list, i)));
    }
    return buf_str(&out);
}

static json cors_of(const struct call *call)
{
    return json_member_of(call->table, STR("corsConfiguration"));
}

static bool all_origins(json cors)
{
    json origins = json_member_of(cors, STR("allowOrigins"));
    return json_is_array(origins) && json_count(origins) == 1 &&
           json_is_string(json_at(origins, 0)) && str_eq(json_str(json_at(origins, 0)), STR("*"));
}

/* The headers that every answer to a page of an allowed origin has. False: no such page. */
static bool add_cors(const struct call *call, struct outgoing *out)
{
    json cors = cors_of(call);
    str origin = incoming_header(&call->in, STR("Origin"));
    if (!json_is_object(cors) || origin.len == 0 ||
        !is_listed(json_member_of(cors, STR("allowOrigins")), origin))
        return false;
    str exposed = joined(call->in.arena, json_member_of(cors, STR("exposeHeaders")));
    outgoing_header(out, STR("Access-Control-Allow-Origin"), all_origins(cors) ? STR("*") : origin);
    if (!all_origins(cors)) outgoing_header(out, STR("Vary"), STR("Origin"));
    if (json_bool_or(cors, STR("allowCredentials"), false))
        outgoing_header(out, STR("Access-Control-Allow-Credentials"), STR("true"));
    if (exposed.len > 0) outgoing_header(out, STR("Access-Control-Expose-Headers"), exposed);
    return true;
}

bool http_preflight(struct call *call)
{
    struct arena *arena = call->in.arena;
    json cors = cors_of(call);
    struct outgoing out;
    if (!json_is_object(cors) || !str_eq(call->in.http->method, STR("OPTIONS")) ||
        incoming_header(&call->in, STR("Access-Control-Request-Method")).len == 0)
        return false;
    outgoing_init(&out, arena);
    out.status = 204;
    if (add_cors(call, &out)) {
        str methods = joined(arena, json_member_of(cors, STR("allowMethods")));
        str headers = joined(arena, json_member_of(cors, STR("allowHeaders")));
        int64_t age_s = json_i64_or(cors, STR("maxAge"), 0);
        if (methods.len > 0) outgoing_header(&out, STR("Access-Control-Allow-Methods"), methods);
        if (headers.len > 0) outgoing_header(&out, STR("Access-Control-Allow-Headers"), headers);
        if (age_s > 0)
            outgoing_header(&out, STR("Access-Control-Max-Age"),
                            arena_printf(arena, "%lld", (long long)age_s));
    }
    call_answer(call, &out);
    return true;
}

static void answer(struct call *call, struct outgoing *out)
{
    (void)add_cors(call, out);
    call_answer(call, out);
}

static enum handled message(struct call *call, int status, const char *text)
{
    struct outgoing out;
    outgoing_init(&out, call->in.arena);
    out.status = status;
    out.content_type = STR("application/json");
    out.body = arena_printf(call->in.arena, "{\"message\":\"%s\"}", text);
    answer(call, &out);
    return HANDLED;
}

/* ---- functions and addresses ---- */

/* True: it has been answered that there is no answer. */
static bool has_failed(struct call *call, const struct backend_result *result, int status)
{
    if (result->end == BACKEND_ANSWERED) return false;
    bool is_late = result->end == BACKEND_LATE;
    call_log(call, is_late ? "timeout" : "integration", result->cause);
    (void)message(call, is_late ? 503 : status,
                  is_late         ? "Service Unavailable"
                  : status == 500 ? "Internal Server Error"
                                  : "Service Unavailable");
    return true;
}

static void function_done(struct call *call, const struct backend_result *result)
{
    struct outgoing out;
    const char *why;
    bool is_v2 = str_eq(json_text_of(call->integration, STR("payloadFormatVersion")), STR("2.0"));
    if (has_failed(call, result, 500)) return;
    if (result->threw) {
        call_log(call, "function", result->body);
        (void)message(call, 500, "Internal Server Error");
        return;
    }
    outgoing_init(&out, call->in.arena);
    bool good = is_v2 ? proxy_answer_v2(&call->in, result->body, &out, &why)
                      : proxy_answer_v1(&call->in, result->body, &out, &why);
    if (good) {
        answer(call, &out);
        return;
    }
    call_log(call, "answer", str_from(why));
    (void)message(call, 500, "Internal Server Error");
}

static void address_done(struct call *call, const struct backend_result *result)
{
    if (!has_failed(call, result, 503)) address_answer(call, result);
}

static enum handled run_address(struct call *call, str uri)
{
    struct arena *arena = call->in.arena;
    const struct incoming *in = &call->in;
    str method = json_text_of(call->integration, STR("integrationMethod"));
    size_t chars;
    if (!str_utf8_count(in->http->body, &chars)) {
        call_log(call, "address", STR("bodies that are no text cannot be passed on"));
        return message(call, 500, "Internal Server Error");
    }
    if (method.len == 0 || str_eq(method, STR("ANY"))) method = in->http->method;
    str url = address_of(arena, uri, in->path_params);
    if (in->http->query.len > 0)
        url = arena_printf(arena, "%.*s%s%.*s", STR_ARGS(url),
                           str_find_char(url, '?', 0) < url.len ? "&" : "?",
                           STR_ARGS(in->http->query));
    return backend_http(
        call,
        address_request(arena, method, url, address_headers(in), in->http->body, call->timeout_ms),
        address_done);
}

/* ---- integrations with services ---- */

struct subtype {
    str name; /* "StepFunctions-StartExecution" */
    const struct service *service;
    str operation;
    bool small;    /* members of the call begin with a small letter */
    bool is_entry; /* the parameters are an entry of a list "Entries" */
};

static const struct subtype subtypes[] = {
    { STR_INIT("StepFunctions-StartExecution"), &states_service, STR_INIT("StartExecution"), true,
      false },
    { STR_INIT("StepFunctions-StartSyncExecution"), &states_service, STR_INIT("StartSyncExecution"),
      true, false },
    { STR_INIT("StepFunctions-StopExecution"), &states_service, STR_INIT("StopExecution"), true,
      false },
    { STR_INIT("SQS-SendMessage"), &sqs_service, STR_INIT("SendMessage"), false, false },
    { STR_INIT("SQS-ReceiveMessage"), &sqs_service, STR_INIT("ReceiveMessage"), false, false },
    { STR_INIT("SQS-DeleteMessage"), &sqs_service, STR_INIT("DeleteMessage"), false, false },
    { STR_INIT("SQS-PurgeQueue"), &sqs_service, STR_INIT("PurgeQueue"), false, false },
    { STR_INIT("EventBridge-PutEvents"), &events_service, STR_INIT("PutEvents"), false, true },
};

static const struct subtype *find_subtype(str name)
{
    for (size_t i = 0; i < sizeof subtypes / sizeof *subtypes; i++)
        if (str_eq(subtypes[i].name, name)) return &subtypes[i];
    return NULL;
}

bool http_subtype_is_known(str subtype)
{
    return find_subtype(subtype) != NULL;
}

static str member_name(struct arena *arena, const struct subtype *subtype, str name)
{
    if (!subtype->small || name.len == 0) return name;
    char *copy = arena_alloc(arena, name.len);
    memcpy(copy, name.ptr, name.len);
    if (copy[0] >= 'A' && copy[0] <= 'Z') copy[0] = (char)(copy[0] - 'A' + 'a');
    return (str){ copy, name.len };
}

/* What the member has to be: the expression's value as text, a number, or itself. */
static json typed(struct arena *arena, const struct subtype *subtype, str name, json value)
{
    int64_t number;
    const struct operation *operation = service_operation(subtype->service, subtype->operation);
    const struct shape_field *field = shape_field_find(operation->input, name);
    if (!field || json_is_null(value)) return value;
    if (field->kind == SHAPE_STRING && !json_is_string(value))
        return json_string(json_text(arena, value));
    if (field->kind == SHAPE_INTEGER && json_is_string(value) &&
        str_to_i64(json_str(value), &number))
        return json_i64(arena, number);
    return value;
}

static json subtype_params(struct call *call, const struct subtype *subtype)
{
    struct arena *arena = call->in.arena;
    json mappings = json_object_of(call->integration, STR("requestParameters"));
    json params = json_empty();
    for (size_t i = 0; i < json_count(mappings); i++) {
        str name = member_name(arena, subtype, json_key_at(mappings, i));
        json mapping = json_value_at(mappings, i);
        if (!json_is_string(mapping) || str_eq(json_key_at(mappings, i), STR("Region"))) continue;
        json value = value_of_expression(&call->in, json_str(mapping));
        if (subtype->is_entry && !json_is_string(value) && !json_is_null(value))
            value = json_string(json_text(arena, value));
        value = typed(arena, subtype, name, value);
        if (!json_is_null(value)) params = json_with(arena, params, name, value);
    }
    if (!subtype->is_entry) return params;
    json *entry = arena_array(arena, 1, sizeof *entry);
    *entry = params;
    return json_with(arena, json_empty(), STR("Entries"), json_array(entry, 1));
}

static void service_done(struct call *call, const struct backend_result *result)
{
    struct outgoing out;
    if (has_failed(call, result, 500)) return;
    if (result->status >= 300) call_log(call, "service", result->body);
    outgoing_init(&out, call->in.arena);
    out.status = result->status;
    out.content_type = STR("application/json");
    out.body = result->body;
    answer(call, &out);
}

/* ---- a route ---- */

enum handled http_run(struct call *call)
{
    struct incoming *in = &call->in;
    call->integration = json_object_of(call->route, STR("integration"));
    in->route_key = json_text_of(call->route, STR("routeKey"));
    size_t space = str_find_char(in->route_key, ' ', 0);
    in->resource = space < in->route_key.len ? str_skip(in->route_key, space + 1) : in->route_key;
    call->timeout_ms =
        json_i64_or(call->integration, STR("timeoutInMillis"), GATEWAY_HTTP_TIMEOUT_MS);
    const struct subtype *subtype =
        find_subtype(json_text_of(call->integration, STR("integrationSubtype")));
    if (subtype)
        return backend_operation(call, service_operation(subtype->service, subtype->operation),
                                 subtype_params(call, subtype), service_done);
    str uri = stage_variables_in(in, json_text_of(call->integration, STR("integrationUri")));
    if (str_starts_with(uri, STR("http"))) return run_address(call, uri);
    str function = uri_function(uri);
    if (function.len == 0) {
        call_log(call, "integration", STR("the route has no integration that names a function"));
        return message(call, 500, "Internal Server Error");
    }
    bool is_v2 = str_eq(json_text_of(call->integration, STR("payloadFormatVersion")), STR("2.0"));
    json event = is_v2 ? event_v2(in) : event_v1(in);
    return backend_function(call, function, json_text(in->arena, event), function_done);
}
