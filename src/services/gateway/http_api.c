/* HTTP APIs (the second API): the API itself, its routes, integrations, stages and deployments. */
#include "base/limits.h"
#include "services/gateway/internal.h"

#define MEMBERS(array)                                                                             \
    {                                                                                              \
        (array), sizeof(array) / sizeof *(array)                                                   \
    }

static bool unsupported(struct error *err, const char *what)
{
    return error_set(err, ERROR_UNSUPPORTED_OPERATION, "Baton does not support %s.", what);
}

/* Every change shows at once in the stages that deploy by themselves. */
static bool refresh(struct change *change, struct error *err)
{
    (void)err;
    deploy_live(change->txn, &change->source, change->owner);
    return true;
}

/* ---- APIs ---- */

bool cors_check(json api, struct error *err)
{
    json cors = json_object_of(api, STR("corsConfiguration"));
    json origins = json_member_of(cors, STR("allowOrigins"));
    if (!json_bool_or(cors, STR("allowCredentials"), false)) return true;
    for (size_t i = 0; json_is_array(origins) && i < json_count(origins); i++)
        if (json_is_string(json_at(origins, i)) && str_eq(json_str(json_at(origins, i)), STR("*")))
            return error_set(err, ERROR_GATEWAY_BAD_REQUEST,
                             "allow-credentials is not supported if 'allow-origin' is *");
    return true;
}

static bool api_update(struct change *change, struct error *err)
{
    return cors_check(change->record, err);
}

static bool api_create(struct change *change, struct error *err)
{
    struct arena *arena = change->source.arena;
    if (!cors_check(change->record, err)) return false;
    if (!str_eq(json_text_of(change->record, STR("protocolType")), STR("HTTP")))
        return unsupported(err, "WebSocket APIs");
    change->id = gateway_new_id(change->txn);
    str endpoint =
        arena_printf(arena, "%.*s/apis/%.*s", STR_ARGS(shard_endpoint(change->source.shard)),
                     STR_ARGS(change->id));
    change->record = json_with(arena, change->record, STR("apiEndpoint"), json_string(endpoint));
    return true;
}

static bool api_remove(struct change *change, struct error *err)
{
    (void)err;
    api_empty(change->txn, &change->source, change->id);
    return true;
}

static bool api_after(struct change *change, struct error *err)
{
    json there;
    (void)err;
    if (gateway_load(&change->source, STR(""), GATEWAY_HTTP_API, change->id, &there))
        deploy_live(change->txn, &change->source, change->id);
    return true;
}

static const struct member api_items[] = {
    { STR_INIT("name"), MEMBER_TEXT, true, NULL, NULL },
    { STR_INIT("protocolType"), MEMBER_TEXT, true, NULL, NULL },
    { STR_INIT("description"), MEMBER_TEXT, false, NULL, NULL },
    { STR_INIT("version"), MEMBER_TEXT, false, NULL, NULL },
    { STR_INIT("apiKeySelectionExpression"), MEMBER_TEXT, false, "\"$request.header.x-api-key\"",
      NULL },
    { STR_INIT("routeSelectionExpression"), MEMBER_TEXT, false, "\"$request.method $request.path\"",
      NULL },
    { STR_INIT("corsConfiguration"), MEMBER_OBJECT, false, NULL, NULL },
    { STR_INIT("disableExecuteApiEndpoint"), MEMBER_BOOL, false, "false", NULL },
    { STR_INIT("tags"), MEMBER_OBJECT, false, NULL, NULL },
};
const struct collection http_apis = {
    .kind = GATEWAY_HTTP_API,
    .what = "API",
    .is_v2 = true,
    .parameter = STR_INIT("apiId"),
    .id_member = STR_INIT("apiId"),
    .date = "createdDate",
    .members = MEMBERS(api_items),
    .max = GATEWAY_APIS_MAX,
    .create = api_create,
    .update = api_update,
    .remove = api_remove,
    .after = api_after,
};

/* ---- integrations ---- */

static const char *const integration_types[] = { "AWS_PROXY", "HTTP_PROXY", "AWS",
                                                 "HTTP",      "MOCK",       NULL };
static const char *const connection_types[] = { "INTERNET", "VPC_LINK", NULL };
static const char *const payload_versions[] = { "1.0", "2.0", NULL };
static const struct member integration_items[] = {
    { STR_INIT("integrationType"), MEMBER_TEXT, true, NULL, integration_types },
    { STR_INIT("integrationSubtype"), MEMBER_TEXT, false, NULL, NULL },
    { STR_INIT("integrationUri"), MEMBER_TEXT, false, NULL, NULL },
    { STR_INIT("integrationMethod"), MEMBER_TEXT, false, NULL, NULL },
    { STR_INIT("payloadFormatVersion"), MEMBER_TEXT, false, "\"1.0\"", payload_versions },
    { STR_INIT("connectionType"), MEMBER_TEXT, false, "\"INTERNET\"", connection_types },
    { STR_INIT("connectionId"), MEMBER_TEXT, false, NULL, NULL },
    { STR_INIT("credentialsArn"), MEMBER_TEXT, false, NULL, NULL },
    { STR_INIT("description"), MEMBER_TEXT, false, NULL, NULL },
    { STR_INIT("requestParameters"), MEMBER_OBJECT, false, NULL, NULL },
    { STR_INIT("responseParameters"), MEMBER_OBJECT, false, NULL, NULL },
    { STR_INIT("timeoutInMillis"), MEMBER_INTEGER, false, "30000", NULL },
    { STR_INIT("tlsConfig"), MEMBER_OBJECT, false, NULL, NULL },
};

bool http_integration_check(const struct source *source, json integration, struct error *err)
{
    str type = json_text_of(integration, STR("integrationType"));
    str uri = json_text_of(integration, STR("integrationUri"));
    str subtype = json_text_of(integration, STR("integrationSubtype"));
    int64_t timeout_ms = json_i64_or(integration, STR("timeoutInMillis"), GATEWAY_HTTP_TIMEOUT_MS);
    (void)source;
    if (timeout_ms < GATEWAY_TIMEOUT_MS_MIN || timeout_ms > GATEWAY_HTTP_TIMEOUT_MS)
        return error_set(err, ERROR_GATEWAY_BAD_REQUEST,
                         "Timeout should be between 50 ms and 30000 ms");
    if (str_eq(json_text_of(integration, STR("connectionType")), STR("VPC_LINK")))
        return unsupported(err, "VPC links");
    if (json_count(json_member_of(integration, STR("responseParameters"))) > 0)
        return unsupported(err, "responseParameters of HTTP APIs");
    if (subtype.len > 0) {
        if (http_subtype_is_known(subtype)) return true;
        return error_set(err, ERROR_UNSUPPORTED_OPERATION,
                         "Baton does not support the integration subtype %.*s.",
                         (int)(subtype.len < 100 ? subtype.len : 100), subtype.ptr);
    }
    if (json_count(json_member_of(integration, STR("requestParameters"))) > 0)
        return unsupported(err, "requestParameters but for integrations with a subtype");
    if (str_eq(type, STR("AWS_PROXY"))) {
        if (uri_function(uri).len > 0 || str_find(uri, STR("${"), 0) < uri.len) return true;
        return error_set(err, ERROR_GATEWAY_BAD_REQUEST,
                         "For AWS_PROXY integrations, IntegrationUri should be a valid Lambda "
                         "function ARN");
    }
    if (!str_eq(type, STR("HTTP_PROXY")))
        return error_set(err, ERROR_GATEWAY_BAD_REQUEST,
                         "HTTP Api only supports integrations of type AWS_PROXY and HTTP_PROXY");
    if (str_starts_with(uri, STR("http://")) || str_starts_with(uri, STR("https://"))) return true;
    return error_set(err, ERROR_GATEWAY_BAD_REQUEST, "Invalid HTTP endpoint specified for URI");
}

static bool integration_hook(struct change *change, struct error *err)
{
    return http_integration_check(&change->source, change->record, err);
}

/* "integrations/abc" */
static str target_of(json route)
{
    str target = json_text_of(route, STR("target"));
    if (!str_starts_with(target, STR("integrations/"))) return STR("");
    return str_skip(target, strlen("integrations/"));
}

static bool integration_remove(struct change *change, struct error *err)
{
    json routes = gateway_list(&change->source, change->owner, GATEWAY_ROUTE);
    for (size_t i = 0; i < json_count(routes); i++)
        if (str_eq(target_of(json_at(routes, i)), change->id))
            return error_set(err, ERROR_CONFLICT,
                             "Cannot delete Integration '%.*s' because it is referenced by a "
                             "Route.",
                             STR_ARGS(change->id));
    return true;
}

const struct collection http_integrations = {
    .kind = GATEWAY_INTEGRATION,
    .what = "Integration",
    .is_v2 = true,
    .owner = STR_INIT("apiId"),
    .owner_kind = GATEWAY_HTTP_API,
    .parameter = STR_INIT("integrationId"),
    .id_member = STR_INIT("integrationId"),
    .members = MEMBERS(integration_items),
    .max = GATEWAY_ROUTES_MAX,
    .create = integration_hook,
    .update = integration_hook,
    .remove = integration_remove,
    .after = refresh,
};

/* ---- routes ---- */

static const char *const authorization_types[] = { "NONE", "AWS_IAM", "CUSTOM", "JWT", NULL };
static const struct member route_items[] = {
    { STR_INIT("routeKey"), MEMBER_TEXT, true, NULL, NULL },
    { STR_INIT("target"), MEMBER_TEXT, false, NULL, NULL },
    { STR_INIT("authorizationType"), MEMBER_TEXT, false, "\"NONE\"", authorization_types },
    { STR_INIT("apiKeyRequired"), MEMBER_BOOL, false, "false", NULL },
    { STR_INIT("operationName"), MEMBER_TEXT, false, NULL, NULL },
    { STR_INIT("authorizationScopes"), MEMBER_TEXTS, false, NULL, NULL },
};

static bool is_route_key(str key)
{
    static const char *const methods[] = { "GET",  "POST",    "PUT",   "DELETE",
                                           "HEAD", "OPTIONS", "PATCH", "ANY" };
    if (str_eq(key, STR("$default"))) return true;
    size_t space = str_find_char(key, ' ', 0);
    if (space == key.len || !match_is_template(str_skip(key, space + 1))) return false;
    for (size_t i = 0; i < sizeof methods / sizeof *methods; i++)
        if (str_eq(str_slice(key, 0, space), str_from(methods[i]))) return true;
    return false;
}

static bool route_check(struct change *change, struct error *err)
{
    str key = json_text_of(change->record, STR("routeKey")), target = target_of(change->record);
    str type = json_text_of(change->record, STR("authorizationType"));
    json integration, routes = gateway_list(&change->source, change->owner, GATEWAY_ROUTE);
    if (!is_route_key(key))
        return error_set(err, ERROR_GATEWAY_BAD_REQUEST,
                         "The provided route key is not formatted properly for HTTP protocol. "
                         "Format should be \"<HTTP METHOD> /<RESOURCE PATH>\" or \"$default\"");
    if (str_eq(type, STR("JWT")) || str_eq(type, STR("CUSTOM")))
        return unsupported(err, "authorizers");
    for (size_t i = 0; i < json_count(routes); i++)
        if (str_eq(json_text_of(json_at(routes, i), STR("routeKey")), key) &&
            !str_eq(json_text_of(json_at(routes, i), STR("routeId")), change->id))
            return error_set_long(err, change->source.arena, ERROR_CONFLICT,
                                  "Route with key %.*s already exists for this API", STR_ARGS(key));
    if (target.len == 0 ||
        gateway_load(&change->source, change->owner, GATEWAY_INTEGRATION, target, &integration))
        return true;
    return error_set_long(err, change->source.arena, ERROR_GATEWAY_BAD_REQUEST,
                          "Unable to find Integration: %.*s", STR_ARGS(target));
}

const struct collection http_routes = {
    .kind = GATEWAY_ROUTE,
    .what = "Route",
    .is_v2 = true,
    .owner = STR_INIT("apiId"),
    .owner_kind = GATEWAY_HTTP_API,
    .parameter = STR_INIT("routeId"),
    .id_member = STR_INIT("routeId"),
    .members = MEMBERS(route_items),
    .max = GATEWAY_ROUTES_MAX,
    .create = route_check,
    .update = route_check,
    .after = refresh,
};

/* ---- stages and deployments ---- */

static const struct member stage_items[] = {
    { STR_INIT("stageName"), MEMBER_TEXT, true, NULL, NULL },
    { STR_INIT("autoDeploy"), MEMBER_BOOL, false, "false", NULL },
    { STR_INIT("deploymentId"), MEMBER_TEXT, false, NULL, NULL },
    { STR_INIT("description"), MEMBER_TEXT, false, NULL, NULL },
    { STR_INIT("stageVariables"), MEMBER_OBJECT, false, "{}", NULL },
    { STR_INIT("defaultRouteSettings"), MEMBER_OBJECT, false, NULL, NULL },
    { STR_INIT("routeSettings"), MEMBER_OBJECT, false, "{}", NULL },
    { STR_INIT("accessLogSettings"), MEMBER_OBJECT, false, NULL, NULL },
    { STR_INIT("tags"), MEMBER_OBJECT, false, NULL, NULL },
};

static bool stage_check(struct change *change, struct error *err)
{
    json deployment;
    str name = json_text_of(change->record, STR("stageName"));
    str id = json_text_of(change->record, STR("deploymentId"));
    bool is_default = str_eq(name, STR("$default"));
    for (size_t i = 0; i < name.len && !is_default; i++) {
        char c = name.ptr[i];
        bool is_good = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                       c == '_' || c == '-';
        if (!is_good)
            return error_set(err, ERROR_GATEWAY_BAD_REQUEST,
                             "Stage name contains invalid characters");
    }
    if (id.len == 0 ||
        gateway_load(&change->source, change->owner, GATEWAY_DEPLOYMENT, id, &deployment))
        return true;
    return error_set_long(err, change->source.arena, ERROR_GATEWAY_BAD_REQUEST,
                          "Deployment with id %.*s does not exist", STR_ARGS(id));
}

const struct collection http_stages = {
    .kind = GATEWAY_STAGE,
    .what = "Stage",
    .is_v2 = true,
    .owner = STR_INIT("apiId"),
    .owner_kind = GATEWAY_HTTP_API,
    .parameter = STR_INIT("stageName"),
    .id_member = STR_INIT("stageName"),
    .is_named = true,
    .date = "createdDate",
    .members = MEMBERS(stage_items),
    .max = GATEWAY_STAGES_MAX,
    .create = stage_check,
    .update = stage_check,
    .after = refresh,
};

static bool deployment_create(struct change *change, struct error *err)
{
    json stage;
    str name = json_text_of(change->request->params, STR("stageName"));
    change->record = json_with(change->source.arena, change->record, STR("deploymentStatus"),
                               json_string(STR("DEPLOYED")));
    if (name.len == 0 || gateway_load(&change->source, change->owner, GATEWAY_STAGE, name, &stage))
        return true;
    return gateway_missing(&change->source, "Stage", name, err);
}

static bool deployment_after(struct change *change, struct error *err)
{
    json stage, deployment;
    str name = json_text_of(change->request->params, STR("stageName"));
    (void)err;
    if (!gateway_load(&change->source, change->owner, GATEWAY_DEPLOYMENT, change->id,
                      &deployment)) {
        deploy_drop(change->txn, &change->source, change->owner, change->id);
        return true;
    }
    if (json_is_object(change->old)) return true;
    deploy_http(change->txn, &change->source, change->owner, change->id);
    if (name.len > 0 && gateway_load(&change->source, change->owner, GATEWAY_STAGE, name, &stage))
        gateway_store(
            change->txn, change->owner, GATEWAY_STAGE, name,
            json_with(change->source.arena, stage, STR("deploymentId"), json_string(change->id)));
    return true;
}

static bool deployment_remove(struct change *change, struct error *err)
{
    json stages = gateway_list(&change->source, change->owner, GATEWAY_STAGE);
    for (size_t i = 0; i < json_count(stages); i++)
        if (str_eq(json_text_of(json_at(stages, i), STR("deploymentId")), change->id))
            return error_set(err, ERROR_GATEWAY_BAD_REQUEST,
                             "Active stages pointing to this deployment must be moved or deleted");
    return true;
}

static const struct member deployment_items[] = {
    { STR_INIT("description"), MEMBER_TEXT, false, NULL, NULL },
};
const struct collection http_deployments = {
    .kind = GATEWAY_DEPLOYMENT,
    .what = "Deployment",
    .is_v2 = true,
    .owner = STR_INIT("apiId"),
    .owner_kind = GATEWAY_HTTP_API,
    .parameter = STR_INIT("deploymentId"),
    .id_member = STR_INIT("deploymentId"),
    .date = "createdDate",
    .members = MEMBERS(deployment_items),
    .max = GATEWAY_DEPLOYMENTS_MAX,
    .create = deployment_create,
    .remove = deployment_remove,
    .after = deployment_after,
};

/* ---- CreateApi, with its short form ---- */

/* Something of an API that has just been made. */
static bool add(struct txn *txn, const struct source *source, struct request *request,
                const struct collection *collection, str api, json given, str *id,
                struct error *err)
{
    struct change change = {
        .txn = txn, .source = *source, .request = request, .collection = collection, .owner = api
    };
    if (!members_take(source, &collection->members, given, json_null(), &change.record, err))
        return false;
    if (collection->is_named) change.id = json_text_of(change.record, collection->id_member);
    if (collection->create && !collection->create(&change, err)) return false;
    collection_put_new(&change);
    *id = change.id;
    return !collection->after || collection->after(&change, err);
}

/* `target` makes a route, an integration and a stage that deploys by itself, as in AWS. */
static bool quick_create(struct txn *txn, struct request *request, str api, struct error *err)
{
    struct source source = source_from_txn(txn, &request->arena);
    struct arena *arena = source.arena;
    str target = json_text_of(request->params, STR("target")), id;
    str key = json_str_or(request->params, STR("routeKey"), STR("$default"));
    bool is_function = uri_function(target).len > 0;
    json integration = json_with(arena, json_empty(), STR("integrationType"),
                                 json_string(is_function ? STR("AWS_PROXY") : STR("HTTP_PROXY")));
    integration = json_with(arena, integration, STR("integrationUri"), json_string(target));
    integration = json_with(arena, integration, STR("payloadFormatVersion"),
                            json_string(is_function ? STR("2.0") : STR("1.0")));
    if (!is_function)
        integration =
            json_with(arena, integration, STR("integrationMethod"), json_string(STR("ANY")));
    json stage = json_with(arena, json_empty(), STR("stageName"), json_string(STR("$default")));
    stage = json_with(arena, stage, STR("autoDeploy"), json_bool(true));
    if (!add(txn, &source, request, &http_stages, api, stage, &id, err) ||
        !add(txn, &source, request, &http_integrations, api, integration, &id, err))
        return false;
    json route = json_with(arena, json_empty(), STR("routeKey"), json_string(key));
    route = json_with(arena, route, STR("target"),
                      json_string(arena_printf(arena, "integrations/%.*s", STR_ARGS(id))));
    return add(txn, &source, request, &http_routes, api, route, &id, err);
}

enum handled handle_create_http_api(struct txn *txn, struct request *request, struct error *err)
{
    enum handled handled = collection_create(txn, request, &http_apis, err);
    json answer;
    if (handled != HANDLED || json_text_of(request->params, STR("target")).len == 0) return handled;
    if (!json_parse(arena_str(&request->arena, buf_str(&request->reply)), &request->arena, &answer,
                    err) ||
        !quick_create(txn, request, json_text_of(answer, STR("apiId")), err))
        return HANDLED_FAILED;
    return HANDLED;
}

enum handled handle_delete_cors(struct txn *txn, struct request *request, struct error *err)
{
    struct source source = source_from_txn(txn, &request->arena);
    json record;
    str id = json_text_of(request->params, STR("apiId"));
    if (!gateway_load(&source, STR(""), GATEWAY_HTTP_API, id, &record)) {
        (void)gateway_missing(&source, "API", id, err);
        return HANDLED_FAILED;
    }
    gateway_store(txn, STR(""), GATEWAY_HTTP_API, id,
                  json_without(source.arena, record, STR("corsConfiguration")));
    deploy_live(txn, &source, id);
    buf_init(&request->reply, &request->arena);
    return HANDLED;
}

/* ---- OpenAPI ---- */

static enum handled import_document(struct txn *txn, struct request *request, json params, str api,
                                    struct error *err)
{
    struct source source = source_from_txn(txn, &request->arena);
    struct openapi openapi;
    json record = json_empty();
    if (!openapi_read(json_text_of(params, STR("body")), source.arena, &openapi, err) ||
        !import_http(txn, &source, api, &openapi, err))
        return HANDLED_FAILED;
    (void)gateway_load(&source, STR(""), GATEWAY_HTTP_API, api, &record);
    reply_record(&source, request, &http_apis, record);
    return HANDLED;
}

enum handled handle_import_api(struct txn *txn, struct request *request, struct error *err)
{
    struct arena *arena = &request->arena;
    json made, params = request->params;
    json given = json_with(arena, json_empty(), STR("name"), json_string(STR("imported")));
    request->params = json_with(arena, given, STR("protocolType"), json_string(STR("HTTP")));
    enum handled handled = collection_create(txn, request, &http_apis, err);
    if (handled != HANDLED) return handled;
    if (!json_parse(arena_str(arena, buf_str(&request->reply)), arena, &made, err))
        fatal("an answer does not decode");
    return import_document(txn, request, params, json_text_of(made, STR("apiId")), err);
}

enum handled handle_reimport_api(struct txn *txn, struct request *request, struct error *err)
{
    struct source source = source_from_txn(txn, &request->arena);
    json record;
    str api = json_text_of(request->params, STR("apiId"));
    if (!gateway_load(&source, STR(""), GATEWAY_HTTP_API, api, &record)) {
        (void)gateway_missing(&source, "API", api, err);
        return HANDLED_FAILED;
    }
    return import_document(txn, request, request->params, api, err);
}
