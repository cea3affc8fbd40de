/* REST APIs (the first API): what they are made of, API keys and usage plans. */
#include "base/limits.h"
#include "services/gateway/internal.h"

#define MEMBERS(array)                                                                             \
    {                                                                                              \
        (array), sizeof(array) / sizeof *(array)                                                   \
    }

/* ---- APIs ---- */

static bool unsupported(struct error *err, const char *what)
{
    return error_set(err, ERROR_UNSUPPORTED_OPERATION, "Baton does not support %s.", what);
}

/* AWS shows the types as a list, whatever the template had. */
static json endpoint_of(struct arena *arena, json record)
{
    static const json edge = { .kind = JSON_STRING, .count = 4, .text = "EDGE" };
    json endpoint = json_object_of(record, STR("endpointConfiguration"));
    if (json_is_array(json_member_of(endpoint, STR("types")))) return endpoint;
    return json_with(arena, endpoint, STR("types"), json_array(&edge, 1));
}

static bool api_create(struct change *change, struct error *err)
{
    struct arena *arena = change->source.arena;
    str clone = json_text_of(change->request->params, STR("cloneFrom"));
    if (clone.len > 0) return unsupported(err, "cloneFrom");
    change->id = gateway_new_id(change->txn);
    change->record = json_with(arena, change->record, STR("endpointConfiguration"),
                               endpoint_of(arena, change->record));
    change->record = json_with(arena, change->record, STR("rootResourceId"),
                               json_string(gateway_new_id(change->txn)));
    return true;
}

/* A new one gets its root resource. */
static bool api_after(struct change *change, struct error *err)
{
    struct arena *arena = change->source.arena;
    (void)err;
    if (json_is_object(change->old)) return true;
    json root = json_with(arena, json_empty(), STR("id"),
                          json_member_of(change->record, STR("rootResourceId")));
    root = json_with(arena, root, STR("path"), json_string(STR("/")));
    gateway_store(change->txn, change->id, GATEWAY_RESOURCE, json_text_of(root, STR("id")), root);
    return true;
}

static bool api_remove(struct change *change, struct error *err)
{
    (void)err;
    api_empty(change->txn, &change->source, change->id);
    return true;
}

static const char *const key_sources[] = { "HEADER", "AUTHORIZER", NULL };
static const struct member api_items[] = {
    { STR_INIT("name"), MEMBER_TEXT, true, NULL, NULL },
    { STR_INIT("description"), MEMBER_TEXT, false, NULL, NULL },
    { STR_INIT("version"), MEMBER_TEXT, false, NULL, NULL },
    { STR_INIT("binaryMediaTypes"), MEMBER_TEXTS, false, NULL, NULL },
    { STR_INIT("minimumCompressionSize"), MEMBER_INTEGER, false, NULL, NULL },
    { STR_INIT("apiKeySource"), MEMBER_TEXT, false, "\"HEADER\"", key_sources },
    { STR_INIT("endpointConfiguration"), MEMBER_OBJECT, false, NULL, NULL },
    { STR_INIT("policy"), MEMBER_TEXT, false, NULL, NULL },
    { STR_INIT("tags"), MEMBER_OBJECT, false, NULL, NULL },
    { STR_INIT("disableExecuteApiEndpoint"), MEMBER_BOOL, false, "false", NULL },
};
const struct collection rest_apis = {
    .kind = GATEWAY_REST_API,
    .what = "API",
    .parameter = STR_INIT("restapi_id"),
    .id_member = STR_INIT("id"),
    .date = "createdDate",
    .members = MEMBERS(api_items),
    .max = GATEWAY_APIS_MAX,
    .create = api_create,
    .remove = api_remove,
    .after = api_after,
};

/* ---- resources ---- */

static const struct member resource_items[] = {
    { STR_INIT("pathPart"), MEMBER_TEXT, true, NULL, NULL },
    { STR_INIT("parentId"), MEMBER_TEXT, false, NULL, NULL },
};

static bool is_path_part(str part)
{
    if (part.len == 0 || str_find_char(part, '/', 0) < part.len) return false;
    for (size_t i = 0; i < part.len; i++) {
        unsigned char c = (unsigned char)part.ptr[i];
        if (c <= ' ' || c >= 0x7F || c == '?' || c == '#' || c == '%') return false;
    }
    return true;
}

static bool resource_path(struct change *change, str parent_id, struct error *err)
{
    struct arena *arena = change->source.arena;
    json parent;
    if (!gateway_load(&change->source, change->owner, GATEWAY_RESOURCE, parent_id, &parent))
        return gateway_missing(&change->source, "Resource", parent_id, err);
    str part = json_text_of(change->record, STR("pathPart"));
    str above = json_text_of(parent, STR("path"));
    if (above.len == 1) above = STR("");
    str path = arena_printf(arena, "%.*s/%.*s", STR_ARGS(above), STR_ARGS(part));
    if (!is_path_part(part) || !match_is_template(path))
        return error_set(err, ERROR_GATEWAY_BAD_REQUEST,
                         "Resource's path part only allow a-zA-Z0-9._-: or a valid greedy path "
                         "variable and curly braces at the beginning and the end.");
    change->record = json_with(arena, change->record, STR("parentId"), json_string(parent_id));
    change->record = json_with(arena, change->record, STR("path"), json_string(path));
    return true;
}

static bool resource_create(struct change *change, struct error *err)
{
    str parent_id = json_text_of(change->request->params, STR("parent_id"));
    if (!resource_path(change, parent_id, err)) return false;
    str path = json_text_of(change->record, STR("path"));
    json all = gateway_list(&change->source, change->owner, GATEWAY_RESOURCE);
    for (size_t i = 0; i < json_count(all); i++)
        if (str_eq(json_text_of(json_at(all, i), STR("path")), path))
            return error_set(err, ERROR_CONFLICT,
                             "Another resource with the same parent already has this name: %.*s",
                             STR_ARGS(json_text_of(change->record, STR("pathPart"))));
    return true;
}

/* Those below go with it. */
static bool resource_remove(struct change *change, struct error *err)
{
    struct arena *arena = change->source.arena;
    str path = json_text_of(change->old, STR("path"));
    if (path.len == 1)
        return error_set(err, ERROR_GATEWAY_BAD_REQUEST, "Root resource cannot be deleted");
    str below = arena_printf(arena, "%.*s/", STR_ARGS(path));
    json all = gateway_list(&change->source, change->owner, GATEWAY_RESOURCE);
    for (size_t i = 0; i < json_count(all); i++)
        if (str_starts_with(json_text_of(json_at(all, i), STR("path")), below))
            gateway_delete(change->txn, change->owner, GATEWAY_RESOURCE,
                           json_text_of(json_at(all, i), STR("id")));
    return true;
}

static bool resource_update(struct change *change, struct error *err)
{
    json all = gateway_list(&change->source, change->owner, GATEWAY_RESOURCE);
    for (size_t i = 0; i < json_count(all); i++)
        if (str_eq(json_text_of(json_at(all, i), STR("parentId")), change->id))
            return unsupported(err, "moving a resource that has others below it");
    return resource_path(change, json_text_of(change->record, STR("parentId")), err);
}

const struct collection rest_resources = {
    .kind = GATEWAY_RESOURCE,
    .what = "Resource",
    .owner = STR_INIT("restapi_id"),
    .owner_kind = GATEWAY_REST_API,
    .parameter = STR_INIT("resource_id"),
    .id_member = STR_INIT("id"),
    .members = MEMBERS(resource_items),
    .max = GATEWAY_RESOURCES_MAX,
    .create = resource_create,
    .update = resource_update,
    .remove = resource_remove,
};

/* ---- models, validators, gateway responses ---- */

bool model_compiles(str name, str text, json all, struct arena *arena, struct error *err)
{
    struct error why = { 0 };
    const struct schema *schema;
    for (size_t i = 0; i < name.len; i++) {
        char c = name.ptr[i];
        bool is_good = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
        if (!is_good)
            return error_set_long(err, arena, ERROR_GATEWAY_BAD_REQUEST,
                                  "Model name must be alphanumeric: %.*s", STR_ARGS(name));
    }
    if (text.len == 0 || model_compile(text, all, arena, &schema, &why)) return true;
    return error_set_long(err, arena, ERROR_GATEWAY_BAD_REQUEST,
                          "Invalid model specified: Validation Result: warnings : [], errors : "
                          "[Invalid model schema specified] (%.*s)",
                          STR_ARGS(error_text(&why)));
}

static bool model_change(struct change *change, struct error *err)
{
    struct arena *arena = change->source.arena;
    str name = json_text_of(change->record, STR("name"));
    str text = json_text_of(change->record, STR("schema"));
    json all = json_with(arena, models_of(&change->source, change->owner), name, json_string(text));
    if (!model_compiles(name, text, all, arena, err)) return false;
    if (!json_find(change->record, STR("id")))
        change->record =
            json_with(arena, change->record, STR("id"), json_string(gateway_new_id(change->txn)));
    return true;
}

static bool has_model(json models, str name)
{
    for (size_t i = 0; i < json_count(models); i++)
        if (json_is_string(json_value_at(models, i)) &&
            str_eq(json_str(json_value_at(models, i)), name))
            return true;
    return false;
}

/* "method request", "method response"; NULL: it does not use the model. */
static const char *method_use(json method, str name)
{
    json responses = json_object_of(method, STR("methodResponses"));
    if (has_model(json_object_of(method, STR("requestModels")), name)) return "method request";
    for (size_t i = 0; i < json_count(responses); i++)
        if (has_model(json_object_of(json_value_at(responses, i), STR("responseModels")), name))
            return "method response";
    return NULL;
}

static bool resource_leaves(const struct change *change, json resource, struct error *err)
{
    json methods = json_object_of(resource, STR("resourceMethods"));
    str path = json_text_of(resource, STR("path"));
    for (size_t i = 0; i < json_count(methods); i++) {
        const char *use = method_use(json_value_at(methods, i), change->id);
        if (use)
            return error_set_long(
                err, change->source.arena, ERROR_CONFLICT,
                "Cannot delete model '%.*s', is referenced in %s: %.*s/%.*s", STR_ARGS(change->id),
                use, STR_ARGS(path.len > 1 ? path : STR("")), STR_ARGS(json_key_at(methods, i)));
    }
    return true;
}

/* What methods or other models use stays. */
static bool model_remove(struct change *change, struct error *err)
{
    struct arena *arena = change->source.arena;
    json resources = gateway_list(&change->source, change->owner, GATEWAY_RESOURCE);
    json models = models_of(&change->source, change->owner);
    for (size_t i = 0; i < json_count(resources); i++)
        if (!resource_leaves(change, json_at(resources, i), err)) return false;
    for (size_t i = 0; i < json_count(models); i++) {
        str other = json_key_at(models, i), text = json_text_of(models, other);
        if (!str_eq(other, change->id) && model_refers(arena, text, change->id))
            return error_set_long(err, arena, ERROR_CONFLICT,
                                  "Cannot delete model '%.*s', is referenced in model: %.*s",
                                  STR_ARGS(change->id), STR_ARGS(other));
    }
    return true;
}

static const struct member model_items[] = {
    { STR_INIT("name"), MEMBER_TEXT, true, NULL, NULL },
    { STR_INIT("contentType"), MEMBER_TEXT, true, NULL, NULL },
    { STR_INIT("description"), MEMBER_TEXT, false, NULL, NULL },
    { STR_INIT("schema"), MEMBER_TEXT, false, NULL, NULL },
};
const struct collection rest_models = {
    .kind = GATEWAY_MODEL,
    .what = "Model",
    .owner = STR_INIT("restapi_id"),
    .owner_kind = GATEWAY_REST_API,
    .parameter = STR_INIT("model_name"),
    .id_member = STR_INIT("name"),
    .is_named = true,
    .members = MEMBERS(model_items),
    .max = GATEWAY_MODELS_MAX,
    .create = model_change,
    .update = model_change,
    .remove = model_remove,
};

static const struct member validator_items[] = {
    { STR_INIT("name"), MEMBER_TEXT, false, NULL, NULL },
    { STR_INIT("validateRequestBody"), MEMBER_BOOL, false, "false", NULL },
    { STR_INIT("validateRequestParameters"), MEMBER_BOOL, false, "false", NULL },
};
const struct collection rest_validators = {
    .kind = GATEWAY_VALIDATOR,
    .what = "Request Validator",
    .owner = STR_INIT("restapi_id"),
    .owner_kind = GATEWAY_REST_API,
    .parameter = STR_INIT("requestvalidator_id"),
    .id_member = STR_INIT("id"),
    .members = MEMBERS(validator_items),
    .max = GATEWAY_MODELS_MAX,
};

static const struct member response_items[] = {
    { STR_INIT("responseType"), MEMBER_TEXT, false, NULL, NULL },
    { STR_INIT("statusCode"), MEMBER_TEXT, false, NULL, NULL },
    { STR_INIT("responseParameters"), MEMBER_OBJECT, false, "{}", NULL },
    { STR_INIT("responseTemplates"), MEMBER_OBJECT, false, "{}", NULL },
};
const struct collection rest_responses = {
    .kind = GATEWAY_RESPONSE,
    .what = "Gateway Response",
    .owner = STR_INIT("restapi_id"),
    .owner_kind = GATEWAY_REST_API,
    .parameter = STR_INIT("response_type"),
    .id_member = STR_INIT("responseType"),
    .members = MEMBERS(response_items),
    .max = GATEWAY_MODELS_MAX,
};

/* ---- deployments and stages ---- */

static bool stage_check(struct change *change, struct error *err)
{
    json deployment;
    str name = json_text_of(change->record, STR("stageName"));
    str id = json_text_of(change->record, STR("deploymentId"));
    for (size_t i = 0; i < name.len; i++) {
        char c = name.ptr[i];
        bool is_good = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                       c == '_' || c == '-';
        if (!is_good)
            return error_set(err, ERROR_GATEWAY_BAD_REQUEST, "Stage name only allows a-zA-Z0-9_");
    }
    if (json_bool_or(change->record, STR("cacheClusterEnabled"), false))
        return unsupported(err, "cache clusters");
    if (!gateway_load(&change->source, change->owner, GATEWAY_DEPLOYMENT, id, &deployment))
        return error_set(err, ERROR_GATEWAY_BAD_REQUEST, "Invalid Deployment identifier specified");
    return true;
}
static const struct member stage_items[] = {
    { STR_INIT("stageName"), MEMBER_TEXT, true, NULL, NULL },
    { STR_INIT("deploymentId"), MEMBER_TEXT, true, NULL, NULL },
    { STR_INIT("description"), MEMBER_TEXT, false, NULL, NULL },
    { STR_INIT("variables"), MEMBER_OBJECT, false, NULL, NULL },
    { STR_INIT("methodSettings"), MEMBER_OBJECT, false, "{}", NULL },
    { STR_INIT("*"), MEMBER_OBJECT, false, NULL, NULL },
    { STR_INIT("accessLogSettings"), MEMBER_OBJECT, false, NULL, NULL },
    { STR_INIT("canarySettings"), MEMBER_OBJECT, false, NULL, NULL },
    { STR_INIT("cacheClusterEnabled"), MEMBER_BOOL, false, "false", NULL },
    { STR_INIT("cacheClusterSize"), MEMBER_TEXT, false, NULL, NULL },
    { STR_INIT("documentationVersion"), MEMBER_TEXT, false, NULL, NULL },
    { STR_INIT("tracingEnabled"), MEMBER_BOOL, false, "false", NULL },
    { STR_INIT("tags"), MEMBER_OBJECT, false, NULL, NULL },
};
const struct collection rest_stages = {
    .kind = GATEWAY_STAGE,
    .what = "Stage",
    .owner = STR_INIT("restapi_id"),
    .owner_kind = GATEWAY_REST_API,
    .parameter = STR_INIT("stage_name"),
    .id_member = STR_INIT("stageName"),
    .is_named = true,
    .date = "createdDate",
    .members = MEMBERS(stage_items),
    .max = GATEWAY_STAGES_MAX,
    .create = stage_check,
    .update = stage_check,
};

static bool has_method(json resources)
{
    for (size_t i = 0; i < json_count(resources); i++)
        if (json_count(json_member_of(json_at(resources, i), STR("resourceMethods"))) > 0)
            return true;
    return false;
}

/* Every method needs an integration: AWS refuses the deployment otherwise. */
static bool deployment_create(struct change *change, struct error *err)
{
    json resources = gateway_list(&change->source, change->owner, GATEWAY_RESOURCE);
    if (!has_method(resources))
        return error_set(err, ERROR_GATEWAY_BAD_REQUEST,
                         "The REST API doesn't contain any methods");
    for (size_t i = 0; i < json_count(resources); i++) {
        json methods = json_member_of(json_at(resources, i), STR("resourceMethods"));
        for (size_t k = 0; k < json_count(methods); k++)
            if (!json_find(json_value_at(methods, k), STR("methodIntegration")))
                return error_set(err, ERROR_GATEWAY_BAD_REQUEST,
                                 "No integration defined for method");
    }
    return true;
}

/* With a stage's name the deployment is put there at once. */
static bool deployment_made(struct change *change, struct error *err)
{
    struct arena *arena = change->source.arena;
    json params = change->request->params, stage, deployment;
    str name = json_text_of(params, STR("stageName"));
    if (!gateway_load(&change->source, change->owner, GATEWAY_DEPLOYMENT, change->id,
                      &deployment)) {
        deploy_drop(change->txn, &change->source, change->owner, change->id);
        return true;
    }
    if (json_is_object(change->old)) return true;
    deploy_rest(change->txn, &change->source, change->owner, change->id);
    if (name.len == 0) return true;
    struct change made = { .txn = change->txn,
                           .source = change->source,
                           .request = change->request,
                           .collection = &rest_stages,
                           .owner = change->owner,
                           .id = name };
    if (gateway_load(&change->source, change->owner, GATEWAY_STAGE, name, &stage)) {
        stage = json_with(arena, stage, STR("deploymentId"), json_string(change->id));
        json variables = json_member_of(params, STR("variables"));
        if (json_is_object(variables)) stage = json_with(arena, stage, STR("variables"), variables);
        gateway_store(change->txn, change->owner, GATEWAY_STAGE, name, stage);
        return true;
    }
    json given = json_with(arena, params, STR("deploymentId"), json_string(change->id));
    given = json_with(arena, given, STR("description"),
                      json_string(json_text_of(params, STR("stageDescription"))));
    if (!members_take(&change->source, &rest_stages.members, given, json_null(), &made.record,
                      err) ||
        !stage_check(&made, err))
        return false;
    collection_put_new(&made);
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
const struct collection rest_deployments = {
    .kind = GATEWAY_DEPLOYMENT,
    .what = "Deployment",
    .owner = STR_INIT("restapi_id"),
    .owner_kind = GATEWAY_REST_API,
    .parameter = STR_INIT("deployment_id"),
    .id_member = STR_INIT("id"),
    .date = "createdDate",
    .members = MEMBERS(deployment_items),
    .max = GATEWAY_DEPLOYMENTS_MAX,
    .create = deployment_create,
    .remove = deployment_remove,
    .after = deployment_made,
};

/* ---- resources as they are shown ---- */

/* Without embed=methods only the names of the methods. */
static json shown_resource(struct arena *arena, json params, json resource)
{
    struct json_fields names;
    json embed = json_member_of(params, STR("embed"));
    json methods = json_member_of(resource, STR("resourceMethods"));
    for (size_t i = 0; i < json_count(embed) && json_is_array(embed); i++)
        if (json_is_string(json_at(embed, i)) &&
            str_eq(json_str(json_at(embed, i)), STR("methods")))
            return resource;
    if (json_count(methods) == 0) return json_without(arena, resource, STR("resourceMethods"));
    json_fields_init(&names, arena);
    for (size_t i = 0; i < json_count(methods); i++)
        json_fields_add(&names, json_key_at(methods, i), json_empty());
    return json_with(arena, resource, STR("resourceMethods"), json_fields_done(&names));
}

enum handled handle_get_resource(const struct reader *reader, struct request *request,
                                 struct error *err)
{
    struct source source = source_from_reader(reader, request);
    str api, id = json_text_of(request->params, STR("resource_id"));
    json resource;
    if (!collection_owner(&source, &rest_resources, request->params, &api, err))
        return HANDLED_FAILED;
    if (!gateway_load(&source, api, GATEWAY_RESOURCE, id, &resource)) {
        (void)gateway_missing(&source, "Resource", id, err);
        return HANDLED_FAILED;
    }
    buf_init(&request->reply, &request->arena);
    json_write(&request->reply, shown_resource(source.arena, request->params, resource));
    return HANDLED;
}

enum handled handle_get_resources(const struct reader *reader, struct request *request,
                                  struct error *err)
{
    enum handled handled = collection_list(reader, request, &rest_resources, err);
    struct arena *arena = &request->arena;
    struct json_list shown;
    json answer;
    if (handled != HANDLED) return handled;
    if (!json_parse(arena_str(arena, buf_str(&request->reply)), arena, &answer, err))
        fatal("an answer does not decode");
    json items = json_member_of(answer, STR("item"));
    json_list_init(&shown, arena);
    for (size_t i = 0; i < json_count(items); i++)
        json_list_add(&shown, shown_resource(arena, request->params, json_at(items, i)));
    buf_init(&request->reply, arena);
    json_write(&request->reply, json_with(arena, answer, STR("item"), json_list_done(&shown)));
    return HANDLED;
}

/* ---- gateway responses, OpenAPI ---- */

/* Puts over what is there. */
enum handled handle_put_response(struct txn *txn, struct request *request, struct error *err)
{
    struct source source = source_from_txn(txn, &request->arena);
    str api, type = json_text_of(request->params, STR("response_type"));
    json record;
    if (!collection_owner(&source, &rest_responses, request->params, &api, err) ||
        !members_take(&source, &rest_responses.members, request->params, json_null(), &record, err))
        return HANDLED_FAILED;
    if (!gateway_id_is_sound(type)) {
        (void)error_set(err, ERROR_GATEWAY_BAD_REQUEST, "Invalid response type");
        return HANDLED_FAILED;
    }
    record = json_with(source.arena, record, STR("responseType"), json_string(type));
    record = json_with(source.arena, record, STR("defaultResponse"), json_bool(false));
    gateway_store(txn, api, GATEWAY_RESPONSE, type, record);
    reply_record(&source, request, &rest_responses, record);
    return HANDLED;
}

static bool import_document(struct txn *txn, const struct source *source, str api, json params,
                            bool overwrite, struct error *err)
{
    struct openapi openapi;
    return openapi_read(json_text_of(params, STR("body")), source->arena, &openapi, err) &&
           import_rest(txn, source, api, overwrite, &openapi, err);
}

static enum handled reply_api(const struct source *source, struct request *request, str api)
{
    json record = json_empty();
    (void)gateway_load(source, STR(""), GATEWAY_REST_API, api, &record);
    reply_record(source, request, &rest_apis, record);
    return HANDLED;
}

enum handled handle_import_rest_api(struct txn *txn, struct request *request, struct error *err)
{
    struct source source = source_from_txn(txn, &request->arena);
    json made, params = request->params;
    request->params =
        json_with(source.arena, json_empty(), STR("name"), json_string(STR("imported")));
    enum handled handled = collection_create(txn, request, &rest_apis, err);
    if (handled != HANDLED) return handled;
    if (!json_parse(arena_str(source.arena, buf_str(&request->reply)), source.arena, &made, err))
        fatal("an answer does not decode");
    str api = json_text_of(made, STR("id"));
    if (!import_document(txn, &source, api, params, true, err)) return HANDLED_FAILED;
    return reply_api(&source, request, api);
}

enum handled handle_put_rest_api(struct txn *txn, struct request *request, struct error *err)
{
    struct source source = source_from_txn(txn, &request->arena);
    json record;
    str api = json_text_of(request->params, STR("restapi_id"));
    bool overwrite = str_eq(json_text_of(request->params, STR("mode")), STR("overwrite"));
    if (!gateway_load(&source, STR(""), GATEWAY_REST_API, api, &record)) {
        (void)gateway_missing(&source, "API", api, err);
        return HANDLED_FAILED;
    }
    if (!import_document(txn, &source, api, request->params, overwrite, err)) return HANDLED_FAILED;
    return reply_api(&source, request, api);
}
