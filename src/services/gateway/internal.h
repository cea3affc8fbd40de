/* The parts of API Gateway. Private to this folder.
 *
 *     rest_api.c, methods.c (v1), http_api.c (v2)      control: records in, records out
 *     openapi.c, import.c                              the same from OpenAPI documents
 *     deploy.c                                         records -> what the runtime reads
 *     run.c -> rest_run.c, http_run.c -> backend.c     a request -> its integration -> an answer
 *     match.c, event.c, proxy.c, mapping.c, values.c   pure parts of that
 */
#ifndef SERVICES_GATEWAY_INTERNAL_H
#define SERVICES_GATEWAY_INTERNAL_H

#include "http/http.h"
#include "services/gateway/gateway.h"
#include "services/service.h"
#include "services/source.h"

/* ---- records (records.c) ---- */

/* Second field of KEY_GATEWAY. Every value is a JSON object as the control API shows it, but where
 * said otherwise. Numbers are on disk. */
enum gateway_kind {
    GATEWAY_REST_API = 1,  /* "", its id */
    GATEWAY_HTTP_API = 2,  /* "", its id */
    GATEWAY_RESOURCE = 3,  /* of a REST API: with its methods as "resourceMethods" */
    GATEWAY_MODEL = 4,     /* by name */
    GATEWAY_VALIDATOR = 5, /* of requests */
    GATEWAY_RESPONSE = 6,  /* a gateway response, by type */
    GATEWAY_STAGE = 7,     /* by name */
    GATEWAY_DEPLOYMENT = 8,
    GATEWAY_ROUTE = 9,        /* of an HTTP API */
    GATEWAY_INTEGRATION = 10, /* of an HTTP API */
    GATEWAY_KEY = 11,         /* "", id of an API key */
    GATEWAY_KEY_VALUE = 12,   /* "", the value of a key: {"id"} */
    GATEWAY_PLAN = 13,        /* "", id of a usage plan */
    GATEWAY_PLAN_KEY = 14,    /* plan, key */
    GATEWAY_KEY_PLAN = 15,    /* key, plan: {} */
    GATEWAY_TABLE = 16,       /* API, deployment: what deploy.c makes */
    GATEWAY_COMPILED = 17,    /* API, deployment ':' number of a route: likewise */
};

/* Whether a text can be part of a key: 1 to 512 bytes, no control characters. */
bool gateway_id_is_sound(str id);
bool gateway_load(const struct source *source, str owner, enum gateway_kind kind, str id,
                  json *out);
void gateway_store(struct txn *txn, str owner, enum gateway_kind kind, str id, json record);
void gateway_delete(struct txn *txn, str owner, enum gateway_kind kind, str id);
/* Everything of that kind. */
void gateway_delete_all(struct txn *txn, const struct source *source, str owner,
                        enum gateway_kind kind);
/* All records of a kind, as an array. Their number is bounded when they are made. */
json gateway_list(const struct source *source, str owner, enum gateway_kind kind);
size_t gateway_count(const struct source *source, str owner, enum gateway_kind kind);
/* Ten small letters and digits, as AWS makes them. */
str gateway_new_id(struct txn *txn);

/* ---- JSON (records.c) ---- */

json json_with(struct arena *arena, json object, str name, json value);
json json_without(struct arena *arena, json object, str name);
/* The member, or null. */
json json_member_of(json object, str name);
/* The member, or an empty object if it is none. */
json json_object_of(json object, str name);
/* A text's member; empty if there is none. */
str json_text_of(json object, str name);
/* ASCII letters in small, or in capitals. */
str text_lower(struct arena *arena, str text);
str text_upper(struct arena *arena, str text);
/* Empty object. */
json json_empty(void);

/* ---- members of calls (members.c) ---- */

enum member_kind {
    MEMBER_TEXT,
    MEMBER_BOOL,
    MEMBER_INTEGER,
    MEMBER_NUMBER,
    MEMBER_OBJECT,
    MEMBER_TEXTS, /* a list of texts */
    MEMBER_ITEMS, /* a list of objects */
};

struct member {
    str name;
    enum member_kind kind;
    bool is_required;
    const char *fallback;      /* JSON text; NULL: none */
    const char *const *values; /* of a text or of the texts, NULL-terminated; or NULL */
};

struct members {
    const struct member *items;
    size_t count;
};

/* Puts the call's members over those of `old` (an update; null: a new thing, which gets the
 * fallbacks and must have what is required). ERROR_GATEWAY_BAD_REQUEST. */
MUST_CHECK bool members_take(const struct source *source, const struct members *members,
                             json params, json old, json *out, struct error *err);
/* Applies patchOperations (add, replace, remove) to a record; paths may only begin with one of the
 * members, or be one of `more` (NULL-terminated). ERROR_GATEWAY_BAD_REQUEST. */
MUST_CHECK bool members_patch(const struct source *source, const struct members *members,
                              json operations, json old, json *out, struct error *err);

/* ---- collections: the operations that all kinds of things have (collection.c) ---- */

struct collection;

/* A change under way. */
struct change {
    struct txn *txn;
    struct source source;
    struct request *request;
    const struct collection *collection;
    str owner;
    str id;
    json old, record;
};
typedef bool (*change_hook)(struct change *change, struct error *err);

struct collection {
    enum gateway_kind kind;
    const char *what; /* "Model": in the texts of errors */
    bool is_v2;       /* of the second API: dates are texts, lists have other members */
    str owner;        /* the parameter that names the API it belongs to; empty: none */
    enum gateway_kind owner_kind;
    str parameter;    /* which names one */
    str id_member;    /* in the record: "id", "name" */
    bool is_named;    /* the call says the id, in that member */
    const char *date; /* the member that says when it was made; NULL: none */
    struct members members;
    size_t max;
    change_hook create; /* completes and checks `record` before it is stored; or NULL */
    change_hook update; /* likewise */
    change_hook remove; /* before `old` is deleted; or NULL */
    change_hook after;  /* a change has been made; or NULL */
    void (*reply)(const struct source *source, json record,
                  struct buf *out); /* or NULL: as it is */
};

/* The handlers; `collection` says of what. */
enum handled collection_create(struct txn *txn, struct request *request,
                               const struct collection *collection, struct error *err);
enum handled collection_update(struct txn *txn, struct request *request,
                               const struct collection *collection, struct error *err);
enum handled collection_delete(struct txn *txn, struct request *request,
                               const struct collection *collection, struct error *err);
enum handled collection_get(const struct reader *reader, struct request *request,
                            const struct collection *collection, struct error *err);
enum handled collection_list(const struct reader *reader, struct request *request,
                             const struct collection *collection, struct error *err);
/* What the call's owner parameter names; ERROR_GATEWAY_NOT_FOUND. */
MUST_CHECK bool collection_owner(const struct source *source, const struct collection *collection,
                                 json params, str *owner, struct error *err);
/* Fills err (ERROR_GATEWAY_NOT_FOUND) and returns false. */
bool gateway_missing(const struct source *source, const char *what, str id, struct error *err);
/* Starts request->reply with a record. */
void reply_record(const struct source *source, struct request *request,
                  const struct collection *collection, json record);
/* Makes the record's dates and stores it as a new one, with an id unless it has one. */
void collection_put_new(struct change *change);

extern const struct collection rest_apis, rest_resources, rest_models, rest_validators,
    rest_responses, rest_stages, rest_deployments, rest_keys, rest_plans, rest_plan_keys;
extern const struct collection http_apis, http_routes, http_integrations, http_stages,
    http_deployments;

/* ---- methods of resources (methods.c) ---- */

typedef enum handled gateway_read(const struct reader *reader, struct request *request,
                                  struct error *err);
typedef enum handled gateway_write(struct txn *txn, struct request *request, struct error *err);

gateway_write handle_put_method, handle_update_method, handle_delete_method;
gateway_read handle_get_method;

/* Checks an integration of a method as PutIntegration does. */
MUST_CHECK bool integration_check(const struct source *source, json integration, struct error *err);
extern const struct members method_members, integration_members, method_response_members,
    integration_response_members;

/* The parts of "arn:aws:apigateway:REGION:SERVICE:action/NAME" or "...:path/REST". */
struct aws_uri {
    str service;
    str action; /* "StartExecution"; empty if it is a path */
    str path;   /* "2015-03-31/functions/ARN/invocations"; empty if it is an action */
};
bool aws_uri_read(str uri, struct aws_uri *out);
/* The function's ARN in such a path, or in a URI that is the ARN itself; empty if it is none. */
str uri_function(str uri);
/* The service and operation that an action of that service is; NULL if it is none that can be
 * called with a JSON body. */
const struct operation *uri_operation(const struct aws_uri *uri);
MUST_CHECK bool template_check(json templates, struct error *err);
/* The selectionPattern of an integration response (mapping.c). */
MUST_CHECK bool selection_pattern_check(json response, struct error *err);

/* ---- models (validate.c) ---- */

struct schema;
/* Compiles a model's schema; `all` has the schemas that it may refer to, by name. */
MUST_CHECK bool model_compile(str text, json all, struct arena *arena, const struct schema **out,
                              struct error *err);
/* Whether a schema refers to the model of this name. */
bool model_refers(struct arena *arena, str text, str name);
/* The schemas of a REST API's models, by name (deploy.c). */
json models_of(const struct source *source, str api);
/* Checks a model as CreateModel does. */
MUST_CHECK bool model_compiles(str name, str text, json all, struct arena *arena,
                               struct error *err);

/* ---- REST APIs (rest_api.c) ---- */

gateway_write handle_import_rest_api, handle_put_rest_api, handle_put_response, handle_rest_tag,
    handle_rest_untag, handle_update_plan;
gateway_read handle_get_account, handle_rest_tags, handle_get_resource, handle_get_resources,
    handle_get_key, handle_get_keys;

/* ---- HTTP APIs (http_api.c) ---- */

gateway_write handle_create_http_api, handle_import_api, handle_reimport_api, handle_http_tag,
    handle_http_untag, handle_delete_cors;
gateway_read handle_http_tags, handle_list_addresses, handle_describe_address;
/* Whether an integrationSubtype ("StepFunctions-StartExecution") is served (http_run.c). */
bool http_subtype_is_known(str subtype);
/* The corsConfiguration of an HTTP API. */
MUST_CHECK bool cors_check(json api, struct error *err);
MUST_CHECK bool http_integration_check(const struct source *source, json integration,
                                       struct error *err);

/* ---- OpenAPI (openapi.c, import.c) ---- */

/* One operation of a document. */
struct openapi_operation {
    str path;   /* "/orders/{id}" */
    str method; /* "GET", "ANY" */
    json operation;
    json path_item;
};
struct openapi {
    struct arena *arena;
    json document;
    bool is_v2; /* swagger: "2.0" */
    str title, description, version;
    struct openapi_operation *operations;
    size_t count;
    json models; /* object: name -> schema; its references are models/NAME */
};
/* Reads a document; `text` is JSON or YAML. In the arena. ERROR_GATEWAY_BAD_REQUEST. */
MUST_CHECK bool openapi_read(str text, struct arena *arena, struct openapi *out, struct error *err);
/* The value that a reference within the document names ("#/components/parameters/x"), or the value
 * itself. */
json openapi_resolve(const struct openapi *openapi, json value);
/* A schema of the document as a model has it. */
json openapi_schema(const struct openapi *openapi, json schema);

/* Puts what a document says into a REST API, whose record is there. With `overwrite` what was there
 * before goes. */
MUST_CHECK bool import_rest(struct txn *txn, const struct source *source, str api, bool overwrite,
                            const struct openapi *openapi, struct error *err);
MUST_CHECK bool import_http(struct txn *txn, const struct source *source, str api,
                            const struct openapi *openapi, struct error *err);

/* ---- deployments (deploy.c) ---- */

/* Deletes everything that belongs to an API but for its own record. */
void api_empty(struct txn *txn, const struct source *source, str api);
/* The id of the deployment of an HTTP API's stages that deploy by themselves. */
#define GATEWAY_LIVE STR("live")
/* Makes the deployment's table and routes from the API's records. */
void deploy_rest(struct txn *txn, const struct source *source, str api, str deployment);
void deploy_http(struct txn *txn, const struct source *source, str api, str deployment);
void deploy_drop(struct txn *txn, const struct source *source, str api, str deployment);
/* After a change of an HTTP API: brings GATEWAY_LIVE up to date if a stage uses it. */
void deploy_live(struct txn *txn, const struct source *source, str api);
/* The models of a REST API's deployment: name -> schema text. */
bool deploy_models(const struct source *source, str api, str deployment, json *out);
/* Route number `at` of a deployment. */
bool deploy_route(const struct source *source, str api, str deployment, size_t at, json *out);

/* ---- web routes (run.c) ---- */

const struct operation *gateway_route(const struct http_request *http);
const struct operation *gateway_user_route(const struct http_request *http);

/* ---- which route fits (match.c) ---- */

/* The routes of a table: array of {"m":method,"p":path}. `method` of a route may be ANY; a path
 * "$default" fits what nothing else does. Greedy parameters ("{proxy+}") take one segment or more.
 * -1 if none fits. *params: the path's parameters, percent-decoded. */
int match_route(json routes, str method, str path, struct arena *arena, json *params);
/* Whether a path template is well-formed: begins with a slash, parameters are whole segments, each
 * name once, a greedy one is the last. */
bool match_is_template(str path);

/* ---- a request under way ---- */

struct incoming {
    const struct http_request *http; /* borrowed */
    struct arena *arena;
    bool is_rest;
    bool is_host;         /* came by the API's own host name */
    str api, stage, path; /* path: behind the stage, begins with a slash */
    str stage_prefix;     /* "/dev", or empty: how the path of the client began */
    str host, request_id, peer, account, region;
    int64_t now_ms;
    json stage_variables, path_params; /* objects of texts */
    json headers;                      /* as they came, the last of each name */
    json headers_all;                  /* name -> list */
    json query, query_all;             /* likewise, decoded */
    str route_key;                     /* "GET /x" */
    str resource, resource_id;         /* REST */
    str api_key, api_key_id;           /* REST, if one was needed */
    json binary_types;                 /* REST: list of media types */
    str user_agent, content_type;
    json error; /* $context.error of gateway responses, or null */
};
/* Reads headers and query. False with ERROR_MALFORMED_INPUT (form.h). */
MUST_CHECK bool incoming_read(struct incoming *in, struct error *err);
str incoming_header(const struct incoming *in, str name);

/* ---- events (event.c) ---- */

json event_v1(const struct incoming *in);
json event_v2(const struct incoming *in);
/* $context of templates and mappings. */
json event_context(const struct incoming *in);
/* Whether a media type is one of a list as binaryMediaTypes has it. */
bool media_is_listed(json types, str media_type);
/* "application/json" of "Application/JSON; charset=utf-8"; in the arena. */
str media_type(struct arena *arena, str content_type);
str base64_encode_text(struct arena *arena, str bytes);
MUST_CHECK bool base64_decode_text(struct arena *arena, str text, str *out);

/* ---- answers ---- */

struct outgoing {
    int status;
    str content_type;   /* empty: none */
    struct buf headers; /* lines */
    str body;
};
void outgoing_init(struct outgoing *out, struct arena *arena);
/* Whether an answer may have the status: 1xx would only announce one. */
bool status_is_final(int64_t status);
/* Drops what cannot be a header line, and those that the server writes itself; Content-Type goes to
 * its own place. */
void outgoing_header(struct outgoing *out, str name, str value);

/* ---- a function's answer (proxy.c) ---- */

/* Of a REST API (format 1.0, strict), or of an HTTP API with payload 1.0 or 2.0. False: malformed,
 * *why says how. */
bool proxy_answer_v1(const struct incoming *in, str body, struct outgoing *out, const char **why);
bool proxy_answer_v2(const struct incoming *in, str body, struct outgoing *out, const char **why);

/* ---- parameter mappings (values.c) ---- */

/* What "method.request.header.x", "context.y", "stageVariables.z", "'text'" and, with an
 * answer, "integration.response.header.x", "integration.response.body.a.b" stand for. False if
 * there is no such value. */
struct answer_parts {
    json headers; /* names in small letters -> text */
    str body;
};
bool value_of_mapping(const struct incoming *in, const struct answer_parts *answer, str mapping,
                      str *out);
/* The same in an HTTP API: "$request.body.a", "$context.x", "$stageVariables.z", and texts with
 * ${...} in them. */
json value_of_expression(const struct incoming *in, str expression);
/* Replaces ${stageVariables.x} in a URI. */
str stage_variables_in(const struct incoming *in, str text);
/* The text of a header in an object of headers, whatever case its name has; empty if none. */
str header_in(json headers, str name);

/* ---- mapping templates (mapping.c) ---- */

/* Renders a template over a body. ERROR_GATEWAY_BAD_REQUEST and so on if it fails. */
MUST_CHECK bool mapping_render(const struct incoming *in, str template, str body, str *text,
                               struct outgoing *overrides, struct error *err);
/* The body for a non-proxy integration. *unsupported: no template, and no passing through (415). */
MUST_CHECK bool mapping_request(const struct incoming *in, json integration, str *body,
                                bool *unsupported, struct error *err);
/* What a backend has answered. */
struct backend_answer {
    bool failed; /* a function has thrown: `error_text` is matched with the patterns */
    str error_text;
    int status; /* of a service or an address; 0: a function's */
    str body;
    json headers; /* names in small letters -> text */
};
/* By the integration's responses: pattern, status, headers and template. False: none fits, or its
 * template fails; err says why. */
MUST_CHECK bool mapping_response(const struct incoming *in, json integration,
                                 const struct backend_answer *answer, struct outgoing *out,
                                 struct error *err);

#endif
