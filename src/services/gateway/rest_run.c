/* A method of a REST API: key, validation, integration, answer. Sources: "Gateway response types",
 * "Request validation" and "Integrations for REST APIs" in the Developer Guide. */
#include "base/limits.h"
#include "http/form.h"
#include "services/gateway/run.h"

/* ---- gateway responses ---- */

struct gateway_response {
    str type;
    int status;
    const char *error_type; /* x-amzn-ErrorType */
    const char *message;
    bool is_spaced; /* AWS writes some of them with a space behind the colon */
};

enum refusal {
    NO_TOKEN,
    NO_KEY,
    BAD_PARAMETERS,
    BAD_BODY,
    BAD_MEDIA_TYPE,
    NO_JSON,
    FAILED, /* API_CONFIGURATION_ERROR */
    BAD_ANSWER,
    UNREACHABLE,
    LATE,
};

static const struct gateway_response gateway_responses[] = {
    [NO_TOKEN] = { STR_INIT("MISSING_AUTHENTICATION_TOKEN"), 403,
                   "MissingAuthenticationTokenException", "Missing Authentication Token", false },
    [NO_KEY] = { STR_INIT("INVALID_API_KEY"), 403, "ForbiddenException", "Forbidden", false },
    [BAD_PARAMETERS] = { STR_INIT("BAD_REQUEST_PARAMETERS"), 400, "BadRequestException", "", true },
    [BAD_BODY] = { STR_INIT("BAD_REQUEST_BODY"), 400, "BadRequestException", "Invalid request body",
                   true },
    [BAD_MEDIA_TYPE] = { STR_INIT("UNSUPPORTED_MEDIA_TYPE"), 415, "BadRequestException",
                         "Unsupported Media Type", false },
    [NO_JSON] = { STR_INIT("DEFAULT_4XX"), 400, "BadRequestException", "", true },
    [FAILED] = { STR_INIT("API_CONFIGURATION_ERROR"), 500, "InternalServerErrorException",
                 "Internal server error", true },
    [BAD_ANSWER] = { STR_INIT("INTEGRATION_FAILURE"), 502, "InternalServerErrorException",
                     "Internal server error", true },
    [UNREACHABLE] = { STR_INIT("INTEGRATION_FAILURE"), 504, "InternalServerErrorException",
                      "Network error communicating with endpoint", true },
    [LATE] = { STR_INIT("INTEGRATION_TIMEOUT"), 504, "InternalServerErrorException",
               "Endpoint request timed out", true },
};

static json error_context(struct call *call, const struct gateway_response *response, str message,
                          str violations)
{
    struct arena *arena = call->in.arena;
    struct buf quoted;
    buf_init(&quoted, arena);
    json_write_str(&quoted, message);
    json error = json_with(arena, json_empty(), STR("message"), json_string(message));
    error = json_with(arena, error, STR("messageString"), json_string(buf_str(&quoted)));
    error = json_with(arena, error, STR("responseType"), json_string(response->type));
    return json_with(arena, error, STR("validationErrorString"), json_string(violations));
}

/* The one that the API has put for the type, or for all of its class; null if there is none. */
static json customised(struct call *call, const struct gateway_response *response)
{
    json all = json_object_of(call->table, STR("responses"));
    json own = json_member_of(all, response->type);
    if (json_is_object(own)) return own;
    return json_member_of(all, response->status < 500 ? STR("DEFAULT_4XX") : STR("DEFAULT_5XX"));
}

static void customise(struct call *call, json own, struct outgoing *out)
{
    static const str prefix = STR_INIT("gatewayresponse.header.");
    struct error err = { 0 };
    str template, value;
    int64_t status;
    json parameters = json_object_of(own, STR("responseParameters"));
    if (str_to_i64(json_text_of(own, STR("statusCode")), &status) && status_is_final(status))
        out->status = (int)status;
    for (size_t i = 0; i < json_count(parameters); i++) {
        str name = json_key_at(parameters, i);
        json mapping = json_value_at(parameters, i);
        if (str_starts_with(name, prefix) && json_is_string(mapping) &&
            value_of_mapping(&call->in, NULL, json_str(mapping), &value))
            outgoing_header(out, str_skip(name, prefix.len), value);
    }
    template = json_text_of(json_object_of(own, STR("responseTemplates")), STR("application/json"));
    if (template.len > 0 &&
        !mapping_render(&call->in, template, call->in.http->body, &out->body, NULL, &err))
        call_log(call, "gateway_response", error_text(&err));
}

static enum handled refuse_with(struct call *call, enum refusal refusal, str message,
                                str violations)
{
    const struct gateway_response *response = &gateway_responses[refusal];
    struct outgoing out;
    struct buf body;
    outgoing_init(&out, call->in.arena);
    buf_init(&body, call->in.arena);
    buf_add(&body, response->is_spaced ? STR("{\"message\": ") : STR("{\"message\":"));
    json_write_str(&body, message);
    buf_add_char(&body, '}');
    out.status = response->status;
    out.body = buf_str(&body);
    outgoing_header(&out, STR("x-amzn-ErrorType"), str_from(response->error_type));
    json own = customised(call, response);
    if (json_is_object(own)) {
        call->in.error = error_context(call, response, message, violations);
        customise(call, own, &out);
    }
    call_answer(call, &out);
    return HANDLED;
}

static enum handled refuse(struct call *call, enum refusal refusal)
{
    return refuse_with(call, refusal, str_from(gateway_responses[refusal].message), STR(""));
}

/* ---- API keys ---- */

static bool plan_has(json plan, const struct incoming *in)
{
    json stages = json_member_of(plan, STR("apiStages"));
    for (size_t i = 0; i < json_count(stages); i++)
        if (str_eq(json_text_of(json_at(stages, i), STR("apiId")), in->api) &&
            str_eq(json_text_of(json_at(stages, i), STR("stage")), in->stage))
            return true;
    return false;
}

/* A key counts if it is enabled and a usage plan of it has this stage. NULL, or what is missing. */
static const char *key_fault(struct call *call)
{
    struct incoming *in = &call->in;
    const struct source *source = &call->source;
    json entry, key, plan;
    str value = incoming_header(in, STR("x-api-key"));
    if (value.len == 0) return "the request has no x-api-key";
    if (!gateway_load(source, STR(""), GATEWAY_KEY_VALUE, value, &entry))
        return "there is no such API key";
    str id = json_text_of(entry, STR("id"));
    if (!gateway_load(source, STR(""), GATEWAY_KEY, id, &key) ||
        !json_bool_or(key, STR("enabled"), false))
        return "the API key is not enabled";
    json plans = gateway_list(source, id, GATEWAY_KEY_PLAN);
    for (size_t i = 0; i < json_count(plans); i++) {
        str plan_id = json_text_of(json_at(plans, i), STR("id"));
        if (!gateway_load(source, STR(""), GATEWAY_PLAN, plan_id, &plan) || !plan_has(plan, in))
            continue;
        in->api_key = value;
        in->api_key_id = id;
        return NULL;
    }
    return "the API key is in no usage plan that has this stage";
}

/* ---- functions ---- */

static void proxy_done(struct call *call, const struct backend_result *result)
{
    struct outgoing out;
    const char *why;
    if (result->end == BACKEND_LATE) {
        call_log(call, "timeout", STR("the function has not answered in time"));
        (void)refuse(call, LATE);
        return;
    }
    if (result->end == BACKEND_FAILED || result->threw) {
        call_log(call, "function", result->threw ? result->body : result->cause);
        (void)refuse(call, result->threw ? BAD_ANSWER : FAILED);
        return;
    }
    outgoing_init(&out, call->in.arena);
    if (proxy_answer_v1(&call->in, result->body, &out, &why)) {
        call_answer(call, &out);
        return;
    }
    call_log(call, "answer", str_from(why));
    (void)refuse(call, BAD_ANSWER);
}

static json header_object(struct arena *arena, str lines)
{
    json headers = json_empty();
    while (lines.len > 0) {
        size_t end = str_find(lines, STR("\r\n"), 0), chars;
        str line = str_slice(lines, 0, end);
        size_t colon = str_find_char(line, ':', 0);
        if (colon < line.len && str_utf8_count(line, &chars))
            headers = json_with(arena, headers, media_type(arena, str_slice(line, 0, colon)),
                                json_string(str_trim(str_skip(line, colon + 1))));
        lines = str_skip(lines, end < lines.len ? end + 2 : end);
    }
    return headers;
}

/* What is no proxy goes through the integration's responses. */
static void mapped_done(struct call *call, const struct backend_result *result)
{
    struct arena *arena = call->in.arena;
    struct outgoing out;
    struct error err = { 0 };
    json thrown;
    struct backend_answer answer = {
        .failed = result->threw,
        .status = result->status,
        .body = result->body,
        .headers = header_object(arena, result->headers),
    };
    if (result->end != BACKEND_ANSWERED) {
        call_log(call, result->end == BACKEND_LATE ? "timeout" : "integration", result->cause);
        (void)refuse(call, result->end == BACKEND_LATE ? LATE : FAILED);
        return;
    }
    if (result->threw) {
        answer.status = 0;
        if (json_parse(result->body, arena, &thrown, &err))
            answer.error_text = json_text_of(thrown, STR("errorMessage"));
        call_log(call, "function", answer.error_text);
        err = (struct error){ 0 };
    }
    outgoing_init(&out, arena);
    if (mapping_response(&call->in, call->integration, &answer, &out, &err)) {
        call_answer(call, &out);
        return;
    }
    call_log(call, "response_mapping", error_text(&err));
    (void)refuse(call, FAILED);
}

static bool is_event_invocation(struct call *call)
{
    static const str name = STR_INIT("integration.request.header.X-Amz-Invocation-Type");
    str mapping = header_in(json_object_of(call->integration, STR("requestParameters")), name);
    str value;
    return mapping.len > 0 && value_of_mapping(&call->in, NULL, mapping, &value) &&
           str_eq(value, STR("Event"));
}

/* A function's status is no part of the patterns. */
static void function_done(struct call *call, const struct backend_result *result)
{
    struct backend_result mapped = *result;
    mapped.status = 0;
    mapped_done(call, &mapped);
}

static enum handled run_function(struct call *call, str function, str body)
{
    struct arena *arena = call->in.arena;
    json value;
    struct error err = { 0 };
    if (body.len == 0) body = STR("{}");
    if (!json_parse(body, arena, &value, &err)) {
        str why = arena_printf(arena, "Could not parse request body into json: %.*s",
                               STR_ARGS(error_text(&err)));
        call_log(call, "request_mapping", why);
        return refuse_with(call, NO_JSON, why, STR(""));
    }
    if (is_event_invocation(call))
        return backend_function_event(call, function, body, function_done);
    return backend_function(call, function, body, function_done);
}

/* ---- services ---- */

/* A form for a queue's address; the answer as AWS's in JSON. */
static void queue_done(struct call *call, const struct backend_result *result)
{
    struct arena *arena = call->in.arena;
    struct backend_result wrapped = *result;
    json answer;
    struct error err = { 0 };
    if (result->status == 200 && json_parse(result->body, arena, &answer, &err)) {
        json metadata =
            json_with(arena, json_empty(), STR("RequestId"), json_string(call->in.request_id));
        json inner = json_with(arena, json_empty(), STR("ResponseMetadata"), metadata);
        inner = json_with(arena, inner, STR("SendMessageResult"), answer);
        wrapped.body =
            json_text(arena, json_with(arena, json_empty(), STR("SendMessageResponse"), inner));
    }
    mapped_done(call, &wrapped);
}

static enum handled run_queue(struct call *call, const struct aws_uri *uri, str body)
{
    static const char *const members[] = { "MessageBody", "MessageGroupId",
                                           "MessageDeduplicationId" };
    struct arena *arena = call->in.arena;
    struct form form = { 0 };
    struct error err = { 0 };
    int64_t delay_s;
    if (!form_parse(body, arena, &form, &err)) {
        call_log(call, "request_mapping", error_text(&err));
        return refuse(call, FAILED);
    }
    const str *action = form_find(&form, STR("Action"));
    const str *delay = form_find(&form, STR("DelaySeconds"));
    if (!action || !str_eq(*action, STR("SendMessage"))) {
        call_log(call, "request_mapping", STR("the only action on a queue's path is SendMessage"));
        return refuse(call, FAILED);
    }
    str url = arena_printf(arena, "http://localhost/%.*s", STR_ARGS(uri->path));
    json params = json_with(arena, json_empty(), STR("QueueUrl"), json_string(url));
    for (size_t i = 0; i < sizeof members / sizeof *members; i++) {
        const str *value = form_find(&form, str_from(members[i]));
        if (value) params = json_with(arena, params, str_from(members[i]), json_string(*value));
    }
    if (delay && str_to_i64(*delay, &delay_s))
        params = json_with(arena, params, STR("DelaySeconds"), json_i64(arena, delay_s));
    return backend_operation(call, uri_operation(uri), params, queue_done);
}

static enum handled run_service(struct call *call, str uri, str body)
{
    static const struct backend_result no_json = {
        /* the answer of AWS's services */
        .end = BACKEND_ANSWERED,
        .body = STR_INIT("{\"__type\":\"com.amazon.coral.service#SerializationException\"}"),
        .status = 400,
    };
    struct aws_uri parts;
    struct error err = { 0 };
    json params;
    const struct operation *operation = aws_uri_read(uri, &parts) ? uri_operation(&parts) : NULL;
    if (!operation) {
        call_log(call, "integration", STR("its URI names no function and no known action"));
        return refuse(call, FAILED);
    }
    if (parts.path.len > 0) return run_queue(call, &parts, body);
    if (!json_parse(body.len > 0 ? body : STR("{}"), call->in.arena, &params, &err) ||
        !json_is_object(params)) {
        call_log(call, "request_mapping",
                 arena_printf(call->in.arena, "what the service would get is no JSON object. %.*s",
                              STR_ARGS(error_text(&err))));
        mapped_done(call, &no_json);
        return HANDLED;
    }
    return backend_operation(call, operation, params, mapped_done);
}

static enum handled run_mock(struct call *call, str body)
{
    struct error err = { 0 };
    struct backend_result result = { .body = STR("{}") };
    json value;
    int64_t status;
    if (!json_parse(body, call->in.arena, &value, &err) ||
        !status_is_final(status = json_i64_or(value, STR("statusCode"), 0))) {
        call_log(call, "request_mapping", STR("a mock integration needs a statusCode"));
        return refuse(call, FAILED);
    }
    result.status = (int)status;
    mapped_done(call, &result);
    return HANDLED;
}

/* ---- addresses ---- */

/* The mapped parameters of one place: "path", "querystring", "header". */
static json mapped_parameters(struct call *call, const char *place)
{
    struct arena *arena = call->in.arena;
    json parameters = json_object_of(call->integration, STR("requestParameters"));
    json out = json_empty();
    str prefix = arena_printf(arena, "integration.request.%s.", place), value;
    for (size_t i = 0; i < json_count(parameters); i++) {
        str name = json_key_at(parameters, i);
        json mapping = json_value_at(parameters, i);
        if (str_starts_with(name, prefix) && json_is_string(mapping) &&
            value_of_mapping(&call->in, NULL, json_str(mapping), &value))
            out = json_with(arena, out, str_skip(name, prefix.len), json_string(value));
    }
    return out;
}

static str with_query(struct call *call, str url, str own)
{
    struct buf out;
    json mapped = mapped_parameters(call, "querystring");
    bool has_mark = str_find_char(url, '?', 0) < url.len;
    buf_init(&out, call->in.arena);
    buf_add(&out, url);
    for (size_t i = 0; i < json_count(mapped); i++) {
        buf_add_char(&out, has_mark ? '&' : '?');
        has_mark = true;
        address_escape(&out, json_key_at(mapped, i), false);
        buf_add_char(&out, '=');
        address_escape(&out, json_str(json_value_at(mapped, i)), false);
    }
    if (own.len > 0 && json_count(mapped) == 0) {
        buf_add_char(&out, has_mark ? '&' : '?');
        buf_add(&out, own);
    }
    return buf_str(&out);
}

static void address_done(struct call *call, const struct backend_result *result)
{
    if (result->end == BACKEND_ANSWERED) {
        address_answer(call, result);
        return;
    }
    call_log(call, result->end == BACKEND_LATE ? "timeout" : "address", result->cause);
    (void)refuse(call, result->end == BACKEND_LATE ? LATE : UNREACHABLE);
}

static enum handled run_address(struct call *call, str uri, str body, bool is_proxy)
{
    struct arena *arena = call->in.arena;
    const struct incoming *in = &call->in;
    json headers = is_proxy ? address_headers(in) : json_empty();
    json mapped = mapped_parameters(call, "header"), params = mapped_parameters(call, "path");
    str method = json_text_of(call->integration, STR("httpMethod"));
    size_t chars;
    if (!str_utf8_count(body, &chars)) {
        call_log(call, "address", STR("bodies that are no text cannot be passed on"));
        return refuse(call, FAILED);
    }
    if (method.len == 0 || str_eq(method, STR("ANY"))) method = in->http->method;
    if (is_proxy && json_count(params) == 0) params = in->path_params;
    if (!is_proxy && body.len > 0)
        headers = json_with(
            arena, headers, STR("Content-Type"),
            json_string(in->content_type.len > 0 ? in->content_type : STR("application/json")));
    for (size_t i = 0; i < json_count(mapped); i++)
        headers = json_with(arena, headers, json_key_at(mapped, i), json_value_at(mapped, i));
    str url =
        with_query(call, address_of(arena, uri, params), is_proxy ? in->http->query : STR(""));
    json request = address_request(arena, method, url, headers, body, call->timeout_ms);
    return backend_http(call, request, is_proxy ? address_done : mapped_done);
}

/* ---- a method ---- */

static enum handled run_mapped(struct call *call, str type, str uri)
{
    struct error err = { 0 };
    bool unsupported;
    str body;
    if (!mapping_request(&call->in, call->integration, &body, &unsupported, &err)) {
        call_log(call, "request_mapping", error_text(&err));
        return refuse(call, FAILED);
    }
    if (unsupported) {
        call_note(call, "content_type", call->in.content_type);
        return refuse(call, BAD_MEDIA_TYPE);
    }
    if (str_eq(type, STR("MOCK"))) return run_mock(call, body);
    if (str_eq(type, STR("HTTP"))) return run_address(call, uri, body, false);
    str function = uri_function(uri);
    return function.len > 0 ? run_function(call, function, body) : run_service(call, uri, body);
}

static enum handled run_integration(struct call *call)
{
    str type = json_text_of(call->integration, STR("type"));
    str uri = stage_variables_in(&call->in, json_text_of(call->integration, STR("uri")));
    call->timeout_ms =
        json_i64_or(call->integration, STR("timeoutInMillis"), GATEWAY_REST_TIMEOUT_MS);
    if (str_eq(type, STR("HTTP_PROXY"))) return run_address(call, uri, call->in.http->body, true);
    if (!str_eq(type, STR("AWS_PROXY"))) return run_mapped(call, type, uri);
    str function = uri_function(uri);
    if (function.len == 0) {
        call_log(call, "integration", STR("its URI names no function"));
        return refuse(call, FAILED);
    }
    return backend_function(call, function, json_text(call->in.arena, event_v1(&call->in)),
                            proxy_done);
}

enum handled rest_run(struct call *call)
{
    struct incoming *in = &call->in;
    json method = json_object_of(call->route, STR("method"));
    json validator = json_object_of(call->route, STR("validator"));
    str violations;
    if (!json_is_object(call->route)) {
        call_note(call, "route", STR("the stage's deployment has no such path or method"));
        return refuse(call, NO_TOKEN);
    }
    in->resource = json_text_of(call->route, STR("path"));
    in->resource_id = json_text_of(call->route, STR("id"));
    call->integration = json_object_of(method, STR("methodIntegration"));
    const char *fault = json_bool_or(method, STR("apiKeyRequired"), false) ? key_fault(call) : NULL;
    if (fault) {
        call_note(call, "api_key", str_from(fault));
        return refuse(call, NO_KEY);
    }
    if (json_bool_or(validator, STR("validateRequestParameters"), false)) {
        str missing = validate_parameters(in, method);
        if (missing.len > 0)
            return refuse_with(call, BAD_PARAMETERS,
                               arena_printf(in->arena,
                                            "Missing required request parameters: [%.*s]",
                                            STR_ARGS(missing)),
                               STR(""));
    }
    if (json_bool_or(validator, STR("validateRequestBody"), false) &&
        !validate_body(call, method, &violations)) {
        call_note(call, "body", violations);
        return refuse_with(call, BAD_BODY, STR("Invalid request body"), violations);
    }
    return run_integration(call);
}
