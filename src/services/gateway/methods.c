/* Methods of REST APIs with their integrations and responses. All of it is in the record of the
 * resource:
 *
 *     resourceMethods: { GET: { ..., methodResponses: { 200: {} },
 *                               methodIntegration: { ..., integrationResponses: { 200: {} } } } }
 */
#include "base/limits.h"
#include "services/gateway/internal.h"
#include "template/vtl.h"

/* ---- members ---- */

static const char *const authorization_types[] = { "NONE", "AWS_IAM", "CUSTOM",
                                                   "COGNITO_USER_POOLS", NULL };
static const struct member method_items[] = {
    { STR_INIT("authorizationType"), MEMBER_TEXT, true, NULL, authorization_types },
    { STR_INIT("apiKeyRequired"), MEMBER_BOOL, false, "false", NULL },
    { STR_INIT("operationName"), MEMBER_TEXT, false, NULL, NULL },
    { STR_INIT("requestParameters"), MEMBER_OBJECT, false, NULL, NULL },
    { STR_INIT("requestModels"), MEMBER_OBJECT, false, NULL, NULL },
    { STR_INIT("requestValidatorId"), MEMBER_TEXT, false, NULL, NULL },
    { STR_INIT("authorizationScopes"), MEMBER_TEXTS, false, NULL, NULL },
};
const struct members method_members = { method_items, sizeof method_items / sizeof *method_items };

static const char *const integration_types[] = { "HTTP",       "AWS",       "MOCK",
                                                 "HTTP_PROXY", "AWS_PROXY", NULL };
static const char *const passthrough[] = { "WHEN_NO_MATCH", "WHEN_NO_TEMPLATES", "NEVER", NULL };
static const char *const content_handling[] = { "CONVERT_TO_BINARY", "CONVERT_TO_TEXT", NULL };
static const char *const connection_types[] = { "INTERNET", "VPC_LINK", NULL };
static const struct member integration_items[] = {
    { STR_INIT("type"), MEMBER_TEXT, true, NULL, integration_types },
    { STR_INIT("httpMethod"), MEMBER_TEXT, false, NULL, NULL },
    { STR_INIT("uri"), MEMBER_TEXT, false, NULL, NULL },
    { STR_INIT("connectionType"), MEMBER_TEXT, false, NULL, connection_types },
    { STR_INIT("connectionId"), MEMBER_TEXT, false, NULL, NULL },
    { STR_INIT("credentials"), MEMBER_TEXT, false, NULL, NULL },
    { STR_INIT("requestParameters"), MEMBER_OBJECT, false, NULL, NULL },
    { STR_INIT("requestTemplates"), MEMBER_OBJECT, false, NULL, NULL },
    { STR_INIT("passthroughBehavior"), MEMBER_TEXT, false, "\"WHEN_NO_MATCH\"", passthrough },
    { STR_INIT("contentHandling"), MEMBER_TEXT, false, NULL, content_handling },
    { STR_INIT("timeoutInMillis"), MEMBER_INTEGER, false, "29000", NULL },
    { STR_INIT("cacheNamespace"), MEMBER_TEXT, false, NULL, NULL },
    { STR_INIT("cacheKeyParameters"), MEMBER_TEXTS, false, "[]", NULL },
    { STR_INIT("tlsConfig"), MEMBER_OBJECT, false, NULL, NULL },
};
const struct members integration_members = { integration_items,
                                             sizeof integration_items / sizeof *integration_items };

static const struct member method_response_items[] = {
    { STR_INIT("statusCode"), MEMBER_TEXT, false, NULL, NULL },
    { STR_INIT("responseParameters"), MEMBER_OBJECT, false, NULL, NULL },
    { STR_INIT("responseModels"), MEMBER_OBJECT, false, NULL, NULL },
};
const struct members method_response_members = {
    method_response_items, sizeof method_response_items / sizeof *method_response_items
};

static const struct member integration_response_items[] = {
    { STR_INIT("statusCode"), MEMBER_TEXT, false, NULL, NULL },
    { STR_INIT("selectionPattern"), MEMBER_TEXT, false, NULL, NULL },
    { STR_INIT("responseParameters"), MEMBER_OBJECT, false, NULL, NULL },
    { STR_INIT("responseTemplates"), MEMBER_OBJECT, false, NULL, NULL },
    { STR_INIT("contentHandling"), MEMBER_TEXT, false, NULL, content_handling },
};
const struct members integration_response_members = { integration_response_items,
                                                      sizeof integration_response_items /
                                                          sizeof *integration_response_items };

/* ---- checks ---- */

static bool unsupported(struct error *err, const char *what)
{
    return error_set(err, ERROR_UNSUPPORTED_OPERATION, "Baton does not support %s.", what);
}

bool template_check(json templates, struct error *err)
{
    for (size_t i = 0; i < json_count(templates); i++) {
        json template = json_value_at(templates, i);
        if (json_is_null(template)) continue;
        if (!json_is_string(template))
            return error_set(err, ERROR_GATEWAY_BAD_REQUEST, "A mapping template is no text.");
        if (json_str(template).len > GATEWAY_TEMPLATE_BYTES_MAX)
            return error_set(err, ERROR_GATEWAY_BAD_REQUEST,
                             "A mapping template is longer than %d bytes.",
                             GATEWAY_TEMPLATE_BYTES_MAX);
        struct error why = { 0 };
        if (!vtl_check(json_str(template), &why))
            return error_set(err, ERROR_GATEWAY_BAD_REQUEST, "Invalid mapping template: %.300s",
                             error_text(&why).ptr);
    }
    return true;
}

static bool method_check(json method, struct error *err)
{
    str type = json_text_of(method, STR("authorizationType"));
    if (str_eq(type, STR("CUSTOM")) || str_eq(type, STR("COGNITO_USER_POOLS")))
        return unsupported(err, "authorizers");
    return true;
}

static bool uri_check(json integration, str type, struct error *err)
{
    struct aws_uri parts;
    str uri = json_text_of(integration, STR("uri"));
    if (str_eq(type, STR("MOCK"))) return true;
    if (uri.len == 0)
        return error_set(err, ERROR_GATEWAY_BAD_REQUEST, "Invalid HTTP endpoint specified for URI");
    if (str_find(uri, STR("${"), 0) < uri.len) return true; /* known when it is called */
    if (str_starts_with(type, STR("HTTP"))) {
        if (str_starts_with(uri, STR("http://")) || str_starts_with(uri, STR("https://")))
            return true;
        return error_set(err, ERROR_GATEWAY_BAD_REQUEST, "Invalid HTTP endpoint specified for URI");
    }
    if (uri_function(uri).len > 0) return true;
    if (!aws_uri_read(uri, &parts))
        return error_set(err, ERROR_GATEWAY_BAD_REQUEST, "Invalid ARN specified in the request");
    if (str_eq(type, STR("AWS_PROXY")))
        return error_set(err, ERROR_GATEWAY_BAD_REQUEST,
                         "Integrations of type 'AWS_PROXY' currently only supports Lambda function "
                         "and Firehose stream invocations.");
    if (uri_operation(&parts)) return true;
    return error_set(err, ERROR_UNSUPPORTED_OPERATION,
                     "Baton has no integration with this action of a service: %.*s",
                     (int)(uri.len < 200 ? uri.len : 200), uri.ptr);
}

bool integration_check(const struct source *source, json integration, struct error *err)
{
    str type = json_text_of(integration, STR("type"));
    int64_t timeout_ms = json_i64_or(integration, STR("timeoutInMillis"), GATEWAY_REST_TIMEOUT_MS);
    (void)source;
    if (timeout_ms < GATEWAY_TIMEOUT_MS_MIN || timeout_ms > GATEWAY_REST_TIMEOUT_MS)
        return error_set(err, ERROR_GATEWAY_BAD_REQUEST,
                         "Timeout should be between 50 ms and 29000 ms");
    if (str_eq(json_text_of(integration, STR("connectionType")), STR("VPC_LINK")))
        return unsupported(err, "VPC links");
    return uri_check(integration, type, err) &&
           template_check(json_member_of(integration, STR("requestTemplates")), err);
}

static bool response_check(json response, struct error *err)
{
    return selection_pattern_check(response, err) &&
           template_check(json_member_of(response, STR("responseTemplates")), err);
}

/* ---- levels ---- */

enum { PATH_MAX_LEVELS = 5 };

struct place {
    const struct members *members;
    const char *what;
    bool is_exclusive; /* putting what is there is a conflict */
    bool (*check)(json value, struct error *err);
    str names[PATH_MAX_LEVELS]; /* below the resource */
    size_t depth;
    str code; /* of a response */
    bool is_integration;
};

static bool is_method(str method)
{
    static const char *const methods[] = { "GET",  "PUT",     "POST",  "DELETE",
                                           "HEAD", "OPTIONS", "PATCH", "ANY" };
    for (size_t i = 0; i < sizeof methods / sizeof *methods; i++)
        if (str_eq(method, str_from(methods[i]))) return true;
    return false;
}

static void add_name(struct place *place, str name)
{
    ASSERT(place->depth < PATH_MAX_LEVELS);
    place->names[place->depth++] = name;
}

static bool is_code(str code)
{
    int64_t number;
    return code.len == 3 && str_to_i64(code, &number) && number >= 100 && number <= 599;
}

/* What the operation's name says: PutMethod, GetIntegrationResponse ... */
static bool find_place(const struct request *request, struct place *place, struct error *err)
{
    str operation = request->operation->name;
    str method = json_text_of(request->params, STR("http_method"));
    bool is_response = str_ends_with(operation, STR("Response"));
    bool has_integration = str_find(operation, STR("Integration"), 0) < operation.len;
    *place = (struct place){ .members = &method_members, .what = "Method", .check = method_check };
    place->is_exclusive = true;
    place->code = json_text_of(request->params, STR("status_code"));
    if (!is_method(method))
        return error_set(err, ERROR_GATEWAY_BAD_REQUEST, "Invalid HTTP method specified");
    if (is_response && !is_code(place->code))
        return error_set(err, ERROR_GATEWAY_BAD_REQUEST, "Invalid status code specified");
    add_name(place, STR("resourceMethods"));
    add_name(place, method);
    if (has_integration) {
        add_name(place, STR("methodIntegration"));
        place->members = &integration_members;
        place->what = "Integration";
        place->is_exclusive = false;
        place->check = NULL;
        place->is_integration = !is_response;
    }
    if (!is_response) return true;
    add_name(place, has_integration ? STR("integrationResponses") : STR("methodResponses"));
    add_name(place, place->code);
    place->members = has_integration ? &integration_response_members : &method_response_members;
    place->what = "Response status code";
    place->check = response_check;
    return true;
}

static json get_at(json value, const struct place *place, size_t depth)
{
    for (size_t i = 0; i < depth; i++)
        value = json_member_of(value, place->names[i]);
    return value;
}

/* Null: takes it out. */
static json set_at(struct arena *arena, json object, const struct place *place, size_t at,
                   json value)
{
    str name = place->names[at];
    bool is_last = at + 1 == place->depth;
    if (is_last && json_is_null(value)) return json_without(arena, object, name);
    json below =
        is_last ? value : set_at(arena, json_object_of(object, name), place, at + 1, value);
    return json_with(arena, object, name, below);
}

/* ---- operations ---- */

struct edit {
    struct source source;
    struct place place;
    str api, id;
    json resource, old;
};

static bool begin(struct edit *edit, struct request *request, struct error *err)
{
    struct source *source = &edit->source;
    edit->id = json_text_of(request->params, STR("resource_id"));
    if (!collection_owner(source, &rest_resources, request->params, &edit->api, err) ||
        !find_place(request, &edit->place, err))
        return false;
    if (!gateway_load(source, edit->api, GATEWAY_RESOURCE, edit->id, &edit->resource))
        return gateway_missing(source, "Resource", edit->id, err);
    edit->old = get_at(edit->resource, &edit->place, edit->place.depth);
    return true;
}

static bool is_there(const struct edit *edit, struct error *err)
{
    if (!json_is_null(edit->old)) return true;
    return error_set(err, ERROR_GATEWAY_NOT_FOUND, "Invalid %s identifier specified",
                     edit->place.what);
}

/* The method, or the integration, that something is to be put into. */
static bool has_parent(const struct edit *edit, struct error *err)
{
    const struct place *place = &edit->place;
    size_t above = place->depth == 2 ? 0 : place->depth == 3 ? 2 : place->depth - 2;
    if (above == 0 || json_is_object(get_at(edit->resource, place, above))) return true;
    return error_set(err, ERROR_GATEWAY_NOT_FOUND, "Invalid %s identifier specified",
                     above == 3 ? "Integration" : "Method");
}

static bool check(const struct edit *edit, json value, struct error *err)
{
    if (edit->place.is_integration) return integration_check(&edit->source, value, err);
    return !edit->place.check || edit->place.check(value, err);
}

static enum handled store(struct txn *txn, struct request *request, const struct edit *edit,
                          json value)
{
    json resource = set_at(edit->source.arena, edit->resource, &edit->place, 0, value);
    gateway_store(txn, edit->api, GATEWAY_RESOURCE, edit->id, resource);
    buf_init(&request->reply, &request->arena);
    if (!json_is_null(value)) json_write(&request->reply, value);
    return HANDLED;
}

/* What the API shows although nobody has said it. */
static json completed(struct edit *edit, json value)
{
    struct arena *arena = edit->source.arena;
    const struct place *place = &edit->place;
    if (place->depth == 2)
        value = json_with(arena, value, STR("httpMethod"), json_string(place->names[1]));
    if (place->code.len > 0)
        value = json_with(arena, value, STR("statusCode"), json_string(place->code));
    if (place->is_integration && !json_find(value, STR("cacheNamespace")))
        value = json_with(arena, value, STR("cacheNamespace"), json_string(edit->id));
    return value;
}

enum handled handle_put_method(struct txn *txn, struct request *request, struct error *err)
{
    struct edit edit = { .source = source_from_txn(txn, &request->arena) };
    json value;
    if (!begin(&edit, request, err) || !has_parent(&edit, err)) return HANDLED_FAILED;
    if (edit.place.is_exclusive && !json_is_null(edit.old)) {
        (void)error_set(err, ERROR_CONFLICT, "%s already exists for this resource",
                        edit.place.depth == 2 ? "Method" : "Response");
        return HANDLED_FAILED;
    }
    if (!members_take(&edit.source, edit.place.members, request->params, json_null(), &value, err))
        return HANDLED_FAILED;
    value = completed(&edit, value);
    if (!check(&edit, value, err)) return HANDLED_FAILED;
    return store(txn, request, &edit, value);
}

enum handled handle_update_method(struct txn *txn, struct request *request, struct error *err)
{
    struct edit edit = { .source = source_from_txn(txn, &request->arena) };
    json value, operations = json_member_of(request->params, STR("patchOperations"));
    if (!begin(&edit, request, err) || !is_there(&edit, err) ||
        !members_patch(&edit.source, edit.place.members, operations, edit.old, &value, err) ||
        !check(&edit, value, err))
        return HANDLED_FAILED;
    return store(txn, request, &edit, value);
}

enum handled handle_delete_method(struct txn *txn, struct request *request, struct error *err)
{
    struct edit edit = { .source = source_from_txn(txn, &request->arena) };
    if (!begin(&edit, request, err) || !is_there(&edit, err)) return HANDLED_FAILED;
    return store(txn, request, &edit, json_null());
}

enum handled handle_get_method(const struct reader *reader, struct request *request,
                               struct error *err)
{
    struct edit edit = { .source = source_from_reader(reader, request) };
    if (!begin(&edit, request, err) || !is_there(&edit, err)) return HANDLED_FAILED;
    buf_init(&request->reply, &request->arena);
    json_write(&request->reply, edit.old);
    return HANDLED;
}
