/* What an OpenAPI document says, as records of an API. Source: "OpenAPI extensions for API Gateway"
 * and "Import a REST API" in the Developer Guide. */
#include "base/limits.h"
#include "services/gateway/internal.h"

static json extension(json object, const char *name)
{
    return json_member_of(object, str_from(name));
}

struct import {
    struct txn *txn;
    const struct source *source;
    struct arena *arena;
    const struct openapi *openapi;
    str api;
    json resources;  /* path -> resource */
    json validators; /* name -> id */
    size_t model_count;
    struct error *err;
};

static bool bad(struct import *import, const char *what)
{
    return error_set(import->err, ERROR_GATEWAY_BAD_REQUEST, "Invalid OpenAPI input: %s", what);
}

/* Of what one operation may have many of; beyond it the work would grow with the square. */
static bool is_bounded(struct import *import, json list)
{
    return json_count(list) <= GATEWAY_OPERATION_PARTS_MAX ||
           bad(import, "an operation has too many parameters, headers or responses");
}

/* ---- what holds for the whole API ---- */

static json copied(struct arena *arena, json to, const char *name, json value)
{
    return json_is_null(value) ? to : json_with(arena, to, str_from(name), value);
}

static void import_settings(struct import *import)
{
    struct arena *arena = import->arena;
    const struct openapi *openapi = import->openapi;
    json record = json_empty(), document = openapi->document;
    (void)gateway_load(import->source, STR(""), GATEWAY_REST_API, import->api, &record);
    if (openapi->title.len > 0)
        record = json_with(arena, record, STR("name"), json_string(openapi->title));
    if (openapi->description.len > 0)
        record = json_with(arena, record, STR("description"), json_string(openapi->description));
    if (openapi->version.len > 0)
        record = json_with(arena, record, STR("version"), json_string(openapi->version));
    json types = extension(document, "x-amazon-apigateway-binary-media-types");
    if (json_is_array(types)) record = json_with(arena, record, STR("binaryMediaTypes"), types);
    gateway_store(import->txn, STR(""), GATEWAY_REST_API, import->api, record);
}

static bool import_responses(struct import *import)
{
    json all = extension(import->openapi->document, "x-amazon-apigateway-gateway-responses");
    for (size_t i = 0; i < json_count(all) && i < GATEWAY_MODELS_MAX; i++) {
        str type = json_key_at(all, i);
        json given = json_value_at(all, i), record;
        json status = json_member_of(given, STR("statusCode"));
        if (json_is_number(status))
            given = json_with(import->arena, given, STR("statusCode"),
                              json_string(json_text(import->arena, status)));
        if (!gateway_id_is_sound(type)) return bad(import, "a gateway response's type");
        if (!members_take(import->source, &rest_responses.members, given, json_null(), &record,
                          import->err))
            return false;
        record = json_with(import->arena, record, STR("responseType"), json_string(type));
        gateway_store(import->txn, import->api, GATEWAY_RESPONSE, type, record);
    }
    return true;
}

static bool import_validators(struct import *import)
{
    json all = extension(import->openapi->document, "x-amazon-apigateway-request-validators");
    import->validators = json_empty();
    if (json_count(all) > GATEWAY_MODELS_MAX) return bad(import, "too many request validators");
    for (size_t i = 0; i < json_count(all); i++) {
        json record;
        str id = gateway_new_id(import->txn), name = json_key_at(all, i);
        if (!members_take(import->source, &rest_validators.members, json_value_at(all, i),
                          json_null(), &record, import->err))
            return false;
        record = json_with(import->arena, record, STR("name"), json_string(name));
        record = json_with(import->arena, record, STR("id"), json_string(id));
        gateway_store(import->txn, import->api, GATEWAY_VALIDATOR, id, record);
        import->validators = json_with(import->arena, import->validators, name, json_string(id));
    }
    return true;
}

static bool add_model(struct import *import, str name, json schema)
{
    struct arena *arena = import->arena;
    if (++import->model_count > GATEWAY_MODELS_MAX) return bad(import, "there are too many models");
    if (!gateway_id_is_sound(name)) return bad(import, "a model's name");
    json record =
        json_with(arena, json_empty(), STR("id"), json_string(gateway_new_id(import->txn)));
    record = json_with(arena, record, STR("name"), json_string(name));
    record = json_with(arena, record, STR("contentType"), json_string(STR("application/json")));
    record = json_with(arena, record, STR("schema"), json_string(json_text(arena, schema)));
    gateway_store(import->txn, import->api, GATEWAY_MODEL, name, record);
    return true;
}

static bool import_models(struct import *import)
{
    json models = import->openapi->models;
    for (size_t i = 0; i < json_count(models); i++)
        if (!add_model(import, json_key_at(models, i), json_value_at(models, i))) return false;
    return true;
}

/* When all are there: they may refer to each other in any order. */
static bool check_models(struct import *import)
{
    json all = models_of(import->source, import->api);
    struct arena work;
    bool is_good = true;
    arena_init(&work);
    for (size_t i = 0; i < json_count(all) && is_good; i++) {
        struct error why = { 0 };
        str name = json_key_at(all, i);
        arena_reset(&work);
        is_good = model_compiles(name, json_text_of(all, name), all, &work, &why);
        if (!is_good)
            (void)error_set_long(import->err, import->arena, ERROR_GATEWAY_BAD_REQUEST,
                                 "Errors found during import:\n\tUnable to create model for "
                                 "'%.*s': %.*s",
                                 STR_ARGS(name), STR_ARGS(error_text(&why)));
    }
    arena_close(&work);
    return is_good;
}

/* ---- resources ---- */

static json put_resource(struct import *import, str path, json resource)
{
    gateway_store(import->txn, import->api, GATEWAY_RESOURCE, json_text_of(resource, STR("id")),
                  resource);
    import->resources = json_with(import->arena, import->resources, path, resource);
    return resource;
}

/* The resource at a path, made with all those above it. */
static bool find_resource(struct import *import, str path, json *out)
{
    struct arena *arena = import->arena;
    json parent = json_null();
    if (path.len > 1 && str_ends_with(path, STR("/"))) path = str_slice(path, 0, path.len - 1);
    if (json_find(import->resources, path)) {
        *out = json_member_of(import->resources, path);
        return true;
    }
    if (json_count(import->resources) >= GATEWAY_RESOURCES_MAX)
        return bad(import, "there are too many resources");
    size_t slash = path.len;
    while (slash > 0 && path.ptr[slash - 1] != '/')
        slash--;
    ASSERT(slash > 0); /* the root is there */
    if (!find_resource(import, slash == 1 ? STR("/") : str_slice(path, 0, slash - 1), &parent))
        return false;
    json resource =
        json_with(arena, json_empty(), STR("id"), json_string(gateway_new_id(import->txn)));
    resource = json_with(arena, resource, STR("parentId"), json_member_of(parent, STR("id")));
    resource = json_with(arena, resource, STR("pathPart"), json_string(str_skip(path, slash)));
    resource = json_with(arena, resource, STR("path"), json_string(path));
    *out = put_resource(import, path, resource);
    return true;
}

/* ---- methods ---- */

static str consumed_type(const struct import *import, json operation)
{
    json types = json_member_of(operation, STR("consumes"));
    if (!json_is_array(types)) types = json_member_of(import->openapi->document, STR("consumes"));
    if (json_is_array(types) && json_count(types) > 0 && json_is_string(json_at(types, 0)))
        return json_str(json_at(types, 0));
    return STR("application/json");
}

/* The name of the model that a schema is: what it refers to, or one made for it. */
static bool model_of(struct import *import, json schema, str *name)
{
    static const str prefixes[] = { STR_INIT("#/definitions/"), STR_INIT("#/components/schemas/") };
    str reference = json_text_of(schema, STR("$ref"));
    for (size_t i = 0; i < sizeof prefixes / sizeof *prefixes; i++)
        if (str_starts_with(reference, prefixes[i])) {
            *name = str_skip(reference, prefixes[i].len);
            return true;
        }
    *name = arena_printf(import->arena, "MODEL%.*s", STR_ARGS(gateway_new_id(import->txn)));
    return add_model(import, *name, openapi_schema(import->openapi, schema));
}

static bool add_request_model(struct import *import, json *method, str type, json schema)
{
    str name;
    if (!json_is_object(schema)) return true;
    if (!model_of(import, schema, &name)) return false;
    json models = json_object_of(*method, STR("requestModels"));
    models = json_with(import->arena, models, type, json_string(name));
    *method = json_with(import->arena, *method, STR("requestModels"), models);
    return true;
}

static bool import_parameters(struct import *import, json list, json operation, json *method)
{
    static const struct {
        str in, place;
    } places[] = { { STR_INIT("query"), STR_INIT("querystring") },
                   { STR_INIT("header"), STR_INIT("header") },
                   { STR_INIT("path"), STR_INIT("path") } };
    if (!is_bounded(import, list)) return false;
    for (size_t i = 0; json_is_array(list) && i < json_count(list); i++) {
        json parameter = openapi_resolve(import->openapi, json_at(list, i));
        str in = json_text_of(parameter, STR("in")), name = json_text_of(parameter, STR("name"));
        bool required = json_bool_or(parameter, STR("required"), false);
        if (str_eq(in, STR("body")) &&
            !add_request_model(import, method, consumed_type(import, operation),
                               json_member_of(parameter, STR("schema"))))
            return false;
        for (size_t k = 0; k < sizeof places / sizeof *places; k++) {
            if (!str_eq(in, places[k].in) || name.len == 0) continue;
            str key = arena_printf(import->arena, "method.request.%.*s.%.*s",
                                   STR_ARGS(places[k].place), STR_ARGS(name));
            json all = json_object_of(*method, STR("requestParameters"));
            all = json_with(import->arena, all, key, json_bool(required));
            *method = json_with(import->arena, *method, STR("requestParameters"), all);
        }
    }
    return true;
}

static bool import_body(struct import *import, json operation, json *method)
{
    json body = openapi_resolve(import->openapi, json_member_of(operation, STR("requestBody")));
    json content = json_object_of(body, STR("content"));
    if (!is_bounded(import, content)) return false;
    for (size_t i = 0; i < json_count(content); i++)
        if (!add_request_model(import, method, json_key_at(content, i),
                               json_member_of(json_value_at(content, i), STR("schema"))))
            return false;
    return true;
}

static json security_scheme(const struct openapi *openapi, str name)
{
    json all = openapi->is_v2 ? json_object_of(openapi->document, STR("securityDefinitions"))
                              : json_object_of(json_object_of(openapi->document, STR("components")),
                                               STR("securitySchemes"));
    return openapi_resolve(openapi, json_member_of(all, name));
}

/* IAM and API keys are what Baton has; authorizers are refused, not left out. */
static bool import_security(struct import *import, json operation, json *method)
{
    json list = json_member_of(operation, STR("security"));
    if (!json_is_array(list)) list = json_member_of(import->openapi->document, STR("security"));
    *method = json_with(import->arena, *method, STR("authorizationType"), json_string(STR("NONE")));
    for (size_t i = 0; json_is_array(list) && i < json_count(list); i++) {
        json names = json_at(list, i);
        for (size_t k = 0; k < json_count(names) && json_is_object(names); k++) {
            str name = json_key_at(names, k);
            json scheme = security_scheme(import->openapi, name);
            bool is_iam = str_eq(json_text_of(scheme, STR("x-amazon-apigateway-authtype")),
                                 STR("awsSigv4")) ||
                          str_eq(name, STR("sigv4"));
            if (is_iam)
                *method = json_with(import->arena, *method, STR("authorizationType"),
                                    json_string(STR("AWS_IAM")));
            else if (!json_is_null(extension(scheme, "x-amazon-apigateway-authorizer")))
                return error_set(import->err, ERROR_UNSUPPORTED_OPERATION,
                                 "Baton does not support authorizers.");
            else if (str_eq(json_text_of(scheme, STR("type")), STR("apiKey")))
                *method = json_with(import->arena, *method, STR("apiKeyRequired"), json_bool(true));
        }
    }
    return true;
}

static bool method_responses(struct import *import, json operation, json *out)
{
    struct arena *arena = import->arena;
    json given = json_object_of(operation, STR("responses"));
    *out = json_empty();
    if (!is_bounded(import, given)) return false;
    for (size_t i = 0; i < json_count(given); i++) {
        str code = json_key_at(given, i);
        int64_t number;
        if (code.len != 3 || !str_to_i64(code, &number)) continue;
        json response = openapi_resolve(import->openapi, json_value_at(given, i));
        json headers = json_object_of(response, STR("headers")), parameters = json_empty();
        if (!is_bounded(import, headers)) return false;
        json made = json_with(arena, json_empty(), STR("statusCode"), json_string(code));
        for (size_t k = 0; k < json_count(headers); k++)
            parameters = json_with(arena, parameters,
                                   arena_printf(arena, "method.response.header.%.*s",
                                                STR_ARGS(json_key_at(headers, k))),
                                   json_bool(false));
        if (json_count(parameters) > 0)
            made = json_with(arena, made, STR("responseParameters"), parameters);
        *out = json_with(arena, *out, code, made);
    }
    return true;
}

/* responses of the extension: by pattern; the API has them by status. */
static bool integration_responses(struct import *import, json given, json *out)
{
    struct arena *arena = import->arena;
    *out = json_empty();
    if (!is_bounded(import, given)) return false;
    for (size_t i = 0; i < json_count(given); i++) {
        str pattern = json_key_at(given, i);
        json response = json_value_at(given, i), made;
        json status = json_member_of(response, STR("statusCode"));
        str code = json_is_string(status)   ? json_str(status)
                   : json_is_number(status) ? json_text(arena, status)
                                            : STR("200");
        response = json_with(arena, response, STR("statusCode"), json_string(code));
        json handling = json_member_of(response, STR("contentHandling"));
        if (json_is_string(handling))
            response = json_with(arena, response, STR("contentHandling"),
                                 json_string(text_upper(arena, json_str(handling))));
        if (!members_take(import->source, &integration_response_members, response, json_null(),
                          &made, import->err) ||
            !template_check(json_member_of(made, STR("responseTemplates")), import->err))
            return false;
        if (!str_eq(pattern, STR("default")))
            made = json_with(arena, made, STR("selectionPattern"), json_string(pattern));
        if (!selection_pattern_check(made, import->err)) return false;
        *out = json_with(arena, *out, code, made);
    }
    return true;
}

/* Words that the extension writes in small letters. */
static json in_capitals(struct arena *arena, json integration)
{
    static const char *const names[] = {
        "type",           "passthroughBehavior", "contentHandling",
        "connectionType", "httpMethod",          "integrationMethod"
    };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        json value = json_member_of(integration, str_from(names[i]));
        if (json_is_string(value))
            integration = json_with(arena, integration, str_from(names[i]),
                                    json_string(text_upper(arena, json_str(value))));
    }
    return integration;
}

static bool import_integration(struct import *import, str resource, json operation, json *method)
{
    struct arena *arena = import->arena;
    json made, responses,
        given = openapi_resolve(import->openapi,
                                extension(operation, "x-amazon-apigateway-integration"));
    if (!json_is_object(given)) return true;
    given = in_capitals(arena, given);
    if (!members_take(import->source, &integration_members, given, json_null(), &made,
                      import->err) ||
        !integration_check(import->source, made, import->err) ||
        !integration_responses(import, json_member_of(given, STR("responses")), &responses))
        return false;
    made = json_with(arena, made, STR("cacheNamespace"), json_string(resource));
    if (json_count(responses) > 0)
        made = json_with(arena, made, STR("integrationResponses"), responses);
    *method = json_with(arena, *method, STR("methodIntegration"), made);
    return true;
}

static bool import_validator(struct import *import, json operation, json *method)
{
    str name = json_text_of(operation, STR("x-amazon-apigateway-request-validator"));
    if (name.len == 0)
        name =
            json_text_of(import->openapi->document, STR("x-amazon-apigateway-request-validator"));
    if (name.len == 0) return true;
    str id = json_text_of(import->validators, name);
    if (id.len == 0) return bad(import, "a request validator that is not defined");
    *method = json_with(import->arena, *method, STR("requestValidatorId"), json_string(id));
    return true;
}

static bool import_method(struct import *import, const struct openapi_operation *operation)
{
    struct arena *arena = import->arena;
    json resource = json_null(), method = json_empty(), given = operation->operation;
    if (str_eq(operation->path, STR("$default"))) return bad(import, "a REST API has no $default");
    if (!find_resource(import, operation->path, &resource)) return false;
    str id = json_text_of(resource, STR("id")), path = json_text_of(resource, STR("path"));
    method = json_with(arena, method, STR("httpMethod"), json_string(operation->method));
    method = json_with(arena, method, STR("apiKeyRequired"), json_bool(false));
    method = copied(arena, method, "operationName", json_member_of(given, STR("operationId")));
    json shared = json_member_of(operation->path_item, STR("parameters"));
    if (!import_security(import, given, &method) ||
        !import_parameters(import, shared, given, &method) ||
        !import_parameters(import, json_member_of(given, STR("parameters")), given, &method) ||
        !import_body(import, given, &method) || !import_validator(import, given, &method) ||
        !import_integration(import, id, given, &method))
        return false;
    json responses;
    if (!method_responses(import, given, &responses)) return false;
    if (json_count(responses) > 0)
        method = json_with(arena, method, STR("methodResponses"), responses);
    json methods = json_object_of(resource, STR("resourceMethods"));
    methods = json_with(arena, methods, operation->method, method);
    (void)put_resource(import, path, json_with(arena, resource, STR("resourceMethods"), methods));
    return true;
}

/* ---- REST APIs ---- */

static void empty_api(struct import *import)
{
    static const enum gateway_kind kinds[] = { GATEWAY_MODEL, GATEWAY_VALIDATOR, GATEWAY_RESPONSE };
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        gateway_delete_all(import->txn, import->source, import->api, kinds[i]);
    json resources = gateway_list(import->source, import->api, GATEWAY_RESOURCE);
    for (size_t i = 0; i < json_count(resources); i++) {
        json resource = json_at(resources, i);
        str id = json_text_of(resource, STR("id"));
        if (json_text_of(resource, STR("path")).len == 1)
            gateway_store(import->txn, import->api, GATEWAY_RESOURCE, id,
                          json_without(import->arena, resource, STR("resourceMethods")));
        else
            gateway_delete(import->txn, import->api, GATEWAY_RESOURCE, id);
    }
}

bool import_rest(struct txn *txn, const struct source *source, str api, bool overwrite,
                 const struct openapi *openapi, struct error *err)
{
    struct import import = { .txn = txn,
                             .source = source,
                             .arena = source->arena,
                             .openapi = openapi,
                             .api = api,
                             .resources = json_empty(),
                             .err = err };
    if (overwrite) empty_api(&import);
    import.model_count = gateway_count(source, api, GATEWAY_MODEL);
    json resources = gateway_list(source, api, GATEWAY_RESOURCE);
    for (size_t i = 0; i < json_count(resources); i++)
        import.resources =
            json_with(source->arena, import.resources,
                      json_text_of(json_at(resources, i), STR("path")), json_at(resources, i));
    import_settings(&import);
    if (!import_responses(&import) || !import_validators(&import) || !import_models(&import))
        return false;
    for (size_t i = 0; i < openapi->count; i++)
        if (!import_method(&import, &openapi->operations[i])) return false;
    return check_models(&import);
}

/* ---- HTTP APIs ---- */

static bool http_integration(struct import *import, json operation, str *id)
{
    struct arena *arena = import->arena;
    json made, given = openapi_resolve(import->openapi,
                                       extension(operation, "x-amazon-apigateway-integration"));
    *id = STR("");
    if (!json_is_object(given)) return true;
    static const struct {
        const char *from, *to;
    } names[] = { { "type", "integrationType" },
                  { "uri", "integrationUri" },
                  { "httpMethod", "integrationMethod" },
                  { "credentials", "credentialsArn" } };
    given = in_capitals(arena, given);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        given = copied(arena, given, names[i].to, json_member_of(given, str_from(names[i].from)));
    json version = json_member_of(given, STR("payloadFormatVersion"));
    if (json_is_number(version))
        given = json_with(arena, given, STR("payloadFormatVersion"),
                          json_string(json_number(version) < 2 ? STR("1.0") : STR("2.0")));
    if (!members_take(import->source, &http_integrations.members, given, json_null(), &made,
                      import->err) ||
        !http_integration_check(import->source, made, import->err))
        return false;
    *id = gateway_new_id(import->txn);
    made = json_with(arena, made, STR("integrationId"), json_string(*id));
    gateway_store(import->txn, import->api, GATEWAY_INTEGRATION, *id, made);
    return true;
}

static bool http_route(struct import *import, const struct openapi_operation *operation)
{
    struct arena *arena = import->arena;
    json security = json_empty();
    str integration, id = gateway_new_id(import->txn);
    bool is_default = str_eq(operation->path, STR("$default"));
    str key = is_default ? operation->path
                         : arena_printf(arena, "%.*s %.*s", STR_ARGS(operation->method),
                                        STR_ARGS(operation->path));
    if (!import_security(import, operation->operation, &security) ||
        !http_integration(import, operation->operation, &integration))
        return false;
    json route = json_with(arena, security, STR("routeKey"), json_string(key));
    route = json_with(arena, route, STR("routeId"), json_string(id));
    route = json_with(arena, route, STR("apiKeyRequired"), json_bool(false));
    if (integration.len > 0)
        route =
            json_with(arena, route, STR("target"),
                      json_string(arena_printf(arena, "integrations/%.*s", STR_ARGS(integration))));
    gateway_store(import->txn, import->api, GATEWAY_ROUTE, id, route);
    return true;
}

static bool http_settings(struct import *import)
{
    struct arena *arena = import->arena;
    const struct openapi *openapi = import->openapi;
    json record = json_empty();
    json cors = extension(openapi->document, "x-amazon-apigateway-cors");
    (void)gateway_load(import->source, STR(""), GATEWAY_HTTP_API, import->api, &record);
    if (openapi->title.len > 0)
        record = json_with(arena, record, STR("name"), json_string(openapi->title));
    if (openapi->description.len > 0)
        record = json_with(arena, record, STR("description"), json_string(openapi->description));
    if (openapi->version.len > 0)
        record = json_with(arena, record, STR("version"), json_string(openapi->version));
    if (json_is_object(cors)) record = json_with(arena, record, STR("corsConfiguration"), cors);
    gateway_store(import->txn, STR(""), GATEWAY_HTTP_API, import->api, record);
    return cors_check(record, import->err);
}

bool import_http(struct txn *txn, const struct source *source, str api,
                 const struct openapi *openapi, struct error *err)
{
    struct import import = {
        .txn = txn,
        .source = source,
        .arena = source->arena,
        .openapi = openapi,
        .api = api,
        .err = err,
    };
    if (openapi->is_v2) return bad(&import, "HTTP APIs are imported from OpenAPI 3.0");
    if (openapi->count > GATEWAY_ROUTES_MAX) return bad(&import, "there are too many routes");
    gateway_delete_all(txn, source, api, GATEWAY_ROUTE);
    gateway_delete_all(txn, source, api, GATEWAY_INTEGRATION);
    if (!http_settings(&import)) return false;
    for (size_t i = 0; i < openapi->count; i++)
        if (!http_route(&import, &openapi->operations[i])) return false;
    deploy_live(txn, source, api);
    return true;
}
