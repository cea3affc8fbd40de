/* From the records of an API to what the runtime reads, so that a request costs three small reads:
 * its stage, the table of the stage's deployment, and the one route that fits.
 *
 *     GATEWAY_TABLE     {"routes":[{"m":"GET","p":"/orders/{id}"}, ...], and what holds for all}
 *     GATEWAY_COMPILED  one route with all it needs; the models of all, apart
 *
 * A deployment does not change when the API does. */
#include "base/limits.h"
#include "services/gateway/internal.h"

static str compiled_id(struct arena *arena, str deployment, size_t at)
{
    return arena_printf(arena, "%.*s:%05zu", STR_ARGS(deployment), at);
}

static str models_id(struct arena *arena, str deployment)
{
    return arena_printf(arena, "%.*s:models", STR_ARGS(deployment));
}

bool deploy_models(const struct source *source, str api, str deployment, json *out)
{
    return gateway_load(source, api, GATEWAY_COMPILED, models_id(source->arena, deployment), out);
}

bool deploy_route(const struct source *source, str api, str deployment, size_t at, json *out)
{
    return gateway_load(source, api, GATEWAY_COMPILED, compiled_id(source->arena, deployment, at),
                        out);
}

void deploy_drop(struct txn *txn, const struct source *source, str api, str deployment)
{
    json table;
    if (!gateway_load(source, api, GATEWAY_TABLE, deployment, &table)) return;
    size_t count = json_count(json_member_of(table, STR("routes")));
    for (size_t i = 0; i < count; i++)
        gateway_delete(txn, api, GATEWAY_COMPILED, compiled_id(source->arena, deployment, i));
    gateway_delete(txn, api, GATEWAY_COMPILED, models_id(source->arena, deployment));
    gateway_delete(txn, api, GATEWAY_TABLE, deployment);
}

void api_empty(struct txn *txn, const struct source *source, str api)
{
    static const enum gateway_kind kinds[] = {
        GATEWAY_RESOURCE,   GATEWAY_MODEL, GATEWAY_VALIDATOR,   GATEWAY_RESPONSE, GATEWAY_STAGE,
        GATEWAY_DEPLOYMENT, GATEWAY_ROUTE, GATEWAY_INTEGRATION, GATEWAY_TABLE,    GATEWAY_COMPILED,
    };
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        gateway_delete_all(txn, source, api, kinds[i]);
}

/* ---- a deployment under way ---- */

struct deployment {
    struct txn *txn;
    const struct source *source;
    str api, id;
    struct json_list routes;
};

static struct deployment begin(struct txn *txn, const struct source *source, str api, str id)
{
    struct deployment deployment = { .txn = txn, .source = source, .api = api, .id = id };
    deploy_drop(txn, source, api, id);
    json_list_init(&deployment.routes, source->arena);
    return deployment;
}

static void add_route(struct deployment *deployment, str method, str path, json compiled)
{
    struct arena *arena = deployment->source->arena;
    size_t at = deployment->routes.count;
    json row = json_with(arena, json_empty(), STR("m"), json_string(method));
    json_list_add(&deployment->routes, json_with(arena, row, STR("p"), json_string(path)));
    gateway_store(deployment->txn, deployment->api, GATEWAY_COMPILED,
                  compiled_id(arena, deployment->id, at), compiled);
}

static void finish(struct deployment *deployment, json table)
{
    struct arena *arena = deployment->source->arena;
    table = json_with(arena, table, STR("routes"), json_list_done(&deployment->routes));
    gateway_store(deployment->txn, deployment->api, GATEWAY_TABLE, deployment->id, table);
}

static json copy_member(struct arena *arena, json to, json from, const char *name)
{
    json value = json_member_of(from, str_from(name));
    return json_is_null(value) ? to : json_with(arena, to, str_from(name), value);
}

/* ---- REST APIs ---- */

json models_of(const struct source *source, str api)
{
    json all = gateway_list(source, api, GATEWAY_MODEL), models = json_empty();
    for (size_t i = 0; i < json_count(all); i++)
        models = json_with(source->arena, models, json_text_of(json_at(all, i), STR("name")),
                           json_member_of(json_at(all, i), STR("schema")));
    return models;
}

static json by_type(const struct source *source, str api)
{
    json all = gateway_list(source, api, GATEWAY_RESPONSE), responses = json_empty();
    for (size_t i = 0; i < json_count(all); i++)
        responses = json_with(source->arena, responses,
                              json_text_of(json_at(all, i), STR("responseType")), json_at(all, i));
    return responses;
}

static void add_method(struct deployment *deployment, json resource, json method)
{
    struct arena *arena = deployment->source->arena;
    json validator, compiled = json_with(arena, json_empty(), STR("method"), method);
    str validator_id = json_text_of(method, STR("requestValidatorId"));
    compiled = copy_member(arena, compiled, resource, "id");
    compiled = copy_member(arena, compiled, resource, "path");
    if (gateway_load(deployment->source, deployment->api, GATEWAY_VALIDATOR, validator_id,
                     &validator))
        compiled = json_with(arena, compiled, STR("validator"), validator);
    add_route(deployment, json_text_of(method, STR("httpMethod")),
              json_text_of(resource, STR("path")), compiled);
}

void deploy_rest(struct txn *txn, const struct source *source, str api, str id)
{
    struct arena *arena = source->arena;
    struct deployment deployment = begin(txn, source, api, id);
    json record = json_empty(), table = json_empty();
    json resources = gateway_list(source, api, GATEWAY_RESOURCE);
    gateway_store(txn, api, GATEWAY_COMPILED, models_id(arena, id), models_of(source, api));
    for (size_t i = 0; i < json_count(resources); i++) {
        json methods = json_member_of(json_at(resources, i), STR("resourceMethods"));
        for (size_t k = 0; k < json_count(methods); k++)
            add_method(&deployment, json_at(resources, i), json_value_at(methods, k));
    }
    (void)gateway_load(source, STR(""), GATEWAY_REST_API, api, &record);
    table = copy_member(arena, table, record, "binaryMediaTypes");
    table = json_with(arena, table, STR("responses"), by_type(source, api));
    finish(&deployment, table);
}

/* ---- HTTP APIs ---- */

static void add_http_route(struct deployment *deployment, json route)
{
    const struct source *source = deployment->source;
    struct arena *arena = source->arena;
    str key = json_text_of(route, STR("routeKey")), target = json_text_of(route, STR("target"));
    str method = STR("ANY"), path = key;
    json integration, compiled = copy_member(arena, json_empty(), route, "routeKey");
    size_t space = str_find_char(key, ' ', 0);
    if (space < key.len) {
        method = str_slice(key, 0, space);
        path = str_skip(key, space + 1);
    }
    if (str_starts_with(target, STR("integrations/")) &&
        gateway_load(source, deployment->api, GATEWAY_INTEGRATION,
                     str_skip(target, strlen("integrations/")), &integration))
        compiled = json_with(arena, compiled, STR("integration"), integration);
    add_route(deployment, method, path, compiled);
}

void deploy_http(struct txn *txn, const struct source *source, str api, str id)
{
    struct deployment deployment = begin(txn, source, api, id);
    json record = json_empty(), routes = gateway_list(source, api, GATEWAY_ROUTE);
    for (size_t i = 0; i < json_count(routes); i++)
        add_http_route(&deployment, json_at(routes, i));
    (void)gateway_load(source, STR(""), GATEWAY_HTTP_API, api, &record);
    finish(&deployment, copy_member(source->arena, json_empty(), record, "corsConfiguration"));
}

void deploy_live(struct txn *txn, const struct source *source, str api)
{
    json stages = gateway_list(source, api, GATEWAY_STAGE);
    for (size_t i = 0; i < json_count(stages); i++) {
        if (!json_bool_or(json_at(stages, i), STR("autoDeploy"), false)) continue;
        deploy_http(txn, source, api, GATEWAY_LIVE);
        return;
    }
}
