/* What the files of services/integrations/ share. Private to the folder. */
#ifndef SERVICES_INTEGRATIONS_CALL_H
#define SERVICES_INTEGRATIONS_CALL_H

#include "services/integrations/integrations.h"
#include "services/source.h"

/* ---- a call on its way (call.c) ---- */

/* Both kinds of integration, which word everything differently. */
enum style {
    STYLE_OPTIMIZED, /* SERVICE:ACTION, which AWS built over version 1 of its SDK for Java */
    STYLE_SDK,       /* aws-sdk:SERVICE:ACTION, over version 2 */
    STYLES
};

struct callee;

struct call {
    struct txn *txn;
    struct source source;
    struct arena *arena; /* the transaction's */
    const struct execution *caller;
    const struct engine_op *op; /* op->value: the parameters, but not in a finish handler */
    struct call_outcome *outcome;
    enum style style;
    const struct callee *callee; /* NULL for http:invoke */
};

struct call call_begin(struct txn *txn, const struct execution *caller, const struct engine_op *op,
                       const struct callee *callee, struct call_outcome *outcome);

/* The parameters are within the payload's quota and no deeper than JSON_DEPTH_MAX; if not, the
 * outcome says so. Every handler asks first: what walks over parameters relies on it. */
MUST_CHECK bool call_fits(struct call *call);
/* The outcome is success, or a task that waits for its token. */
void call_succeed(struct call *call, json value);
/* The outcome is a failure. */
void call_fail(struct call *call, str error, str cause);
/* A failure because of what the Task gives: States.Runtime, as recorded. `why` is a sentence. */
void call_refuse(struct call *call, str why);
/* The service has said no: `code` is the name of its error on the wire. Both texts as the SDKs
 * write them, the request's id included. */
void call_failed(struct call *call, str code, int status, str message, str request_id);
/* The request has not reached the service. */
void call_unreachable(struct call *call, str why);
/* An operation that Baton does not have. */
void call_not_served(struct call *call);
/* An effect whose outcome goes to the row's finish handler, with `context`. */
void call_leave(struct call *call, str kind, json request, json context);

/* A request id as the callee's: a UUID, or 52 characters for DynamoDB. */
str call_request_id(struct call *call);

/* ---- services (callee.c) ---- */

enum protocol { PROTOCOL_JSON, PROTOCOL_QUERY, PROTOCOL_REST };

/* How a service is called, and how its errors and answers look in a task. */
struct callee {
    const struct service *service;
    str name;              /* in SERVICE:ACTION, in --endpoint and in signatures */
    str sdk_name;          /* in aws-sdk:NAME:ACTION */
    str prefix[STYLES];    /* of a task's error: "SQS", "Sqs" */
    str title[STYLES];     /* in a cause: "AmazonSQS", "Sqs" */
    str fallback[STYLES];  /* the exception for what the service's model does not name */
    const str *exceptions; /* codes that it names */
    size_t exception_count;
    const str *maps; /* members whose keys are the user's */
    size_t map_count;
    const str *times; /* ends of the names of members that are times; numbers only */
    size_t time_count;
    enum protocol protocol;
    bool counts_attempts; /* its recorded causes end with the SDK's attempts */
    bool long_ids;        /* request ids of 52 characters */
};

extern const struct callee callee_states, callee_sqs, callee_sns, callee_lambda, callee_dynamodb,
    callee_events;

/* By `sdk_name`, or NULL. */
const struct callee *callee_find_sdk(str name);
/* By `name`, or NULL. */
const struct callee *callee_find(str name);

/* The service's model has an error of that code. */
bool callee_names(const struct callee *callee, str code);
/* "SQS.QueueDoesNotExistException" for code QueueDoesNotExist. */
str callee_error(struct arena *arena, const struct callee *callee, enum style style, str code);
/* "MESSAGE (Service: AmazonSQS; Status Code: 400; ...)". */
str callee_cause(struct arena *arena, const struct callee *callee, enum style style, str code,
                 int status, str message, str request_id);

/* ---- parameters of optimised integrations (parameters.c) ---- */

enum parameter_kind {
    PARAMETER_STRING,
    PARAMETER_TEXT, /* a string, or any other JSON value, which becomes its text */
    PARAMETER_NUMBER,
    PARAMETER_BOOLEAN,
    PARAMETER_OBJECT, /* `of`: its members; NULL: anything */
    PARAMETER_LIST,   /* `of`: members of its items; NULL: strings */
    PARAMETER_MAP,    /* `of`: members of its values; NULL: strings */
    PARAMETER_ANY,
};
struct parameters;
struct parameter {
    str name;
    enum parameter_kind kind;
    bool required;
    const struct parameters *of;
};
struct parameters {
    const struct parameter *items;
    size_t count;
};

/* Checks `given` and gives it as the API wants it: texts written, nulls left out. False with the
 * sentence that AWS puts into the cause. */
MUST_CHECK bool parameters_check(struct arena *arena, const struct parameters *known, json given,
                                 json *out, str *why);

/* ---- names (names.c) ---- */

/* The name of a member as version 2 of the SDK for Java has it, with a capital at its start:
 * "MD5OfBody" -> "Md5OfBody", "taskToken" -> "TaskToken". */
str sdk_member_name(struct arena *arena, str name);
/* The answer of an API as aws-sdk integrations show it: names, times as text, in order of names. */
json sdk_answer(struct arena *arena, const struct callee *callee, json answer);
struct shape;
/* The parameters of an aws-sdk integration as the API has them. `shape` NULL: as they are. False
 * with the sentence of the cause. */
MUST_CHECK bool sdk_parameters(struct arena *arena, const struct callee *callee,
                               const struct shape *shape, str operation, json given, json *out,
                               str *why);
/* The parameters of an operation of DynamoDB: known members only, in the API's spelling. */
MUST_CHECK bool dynamodb_members(struct arena *arena, str operation, json given, json *out,
                                 str *why);
/* The members of an object in the order of their names. */
json sdk_sorted_members(struct arena *arena, json object);
/* ASCII letters made small. */
char integration_lower(char c);
str integration_lower_case(struct arena *arena, str text);
/* Base64 of any bytes. */
str integration_base64(struct arena *arena, str bytes);

/* ---- answers with their HTTP headers (metadata.c) ---- */

/* A header of an answer. */
struct header {
    str name, value;
};
/* {"name":["value",...]}, in the order of their first appearance. */
json answer_header_lists(struct arena *arena, const struct header *headers, size_t count);
/* SdkHttpMetadata. */
json answer_metadata(struct arena *arena, const struct header *headers, size_t count, int status);
/* "Tue, 14 Nov 2023 22:13:20 GMT" */
str answer_date(struct arena *arena, int64_t now_ms);
/* The lines of an HTTP head as headers, in the arena; returns their number. */
size_t answer_headers_parse(struct arena *arena, str lines, const struct header **out);
/* The value of a header, any letter case, or empty. */
str answer_headers_find(const struct header *headers, size_t count, str name);
/* The headers that the callee's answer of `body` would have had. */
size_t answer_callee_headers(struct call *call, str request_id, json answer,
                             const struct header **headers);
/* The answer with SdkHttpMetadata and SdkResponseMetadata, in order of names. */
json answer_with_metadata(struct arena *arena, json answer, const struct header *headers,
                          size_t count, int status);

/* ---- carrying out (invoke.c) ---- */

/* Calls an operation here or at the service's endpoint and makes the outcome. */
void integration_invoke(struct call *call, str operation, json params);
/* The finish handler of what integration_invoke has sent. */
void integration_finish(struct call *call, const struct effect_result *result);

/* The URL of a queue that has a host and nothing behind it names no queue of ours: the outcome is
 * what the SDK says of a host that it does not find, as recorded. True if so. */
MUST_CHECK bool queue_is_elsewhere(struct call *call, json params);
/* The entries of PutEvents with the ARNs of the caller appended to their resources, as recorded. */
json events_entries(struct arena *arena, json entries, str machine_arn, str execution_arn);

/* ---- AWS's protocols (remote.c, query.c, xml.c) ---- */

/* The http effect that calls `operation` at `endpoint`. `region` empty: the endpoint is this
 * server, which wants no signature and may wait. False if Baton cannot speak the protocol of that
 * operation (REST: only Lambda's Invoke, which has its own function). */
MUST_CHECK bool remote_request(struct arena *arena, const struct callee *callee, str endpoint,
                               str region, str operation, json params, json *request);
/* Invoke at an endpoint. `params` as the API has them, Payload as text. */
json remote_invocation(struct arena *arena, str endpoint, str region, json params);

struct remote_answer {
    bool ok;
    json value;        /* ok: the API's answer */
    str code, message; /* not ok */
    str request_id;
    int status;
    const struct header *headers;
    size_t header_count;
};
/* What an HTTP answer says. Never fails: what cannot be read is an error of the service. */
void remote_answer_read(struct arena *arena, const struct callee *callee,
                        const struct effect_result *result, struct remote_answer *out);

/* The parameters of the Query protocol as a form: lists as "A.member.1", maps as "A.entry.1.key".
 */
str remote_query_form(struct arena *arena, const struct callee *callee, str operation, json params);
/* An answer of the Query protocol (XML) as the JSON protocol would have it. False if it is not
 * well-formed, has a document type, or is nested too deeply. */
MUST_CHECK bool remote_xml_answer(struct arena *arena, str text, struct remote_answer *out);

/* ---- forms and URLs (form.c) ---- */

enum array_format { ARRAY_INDICES, ARRAY_REPEAT, ARRAY_COMMAS, ARRAY_BRACKETS };
/* application/x-www-form-urlencoded; members inside members as "a[b]". */
str integration_form(struct arena *arena, json value, enum array_format format);
/* Percent-encodes all but letters, digits and "-._~". */
void integration_url_encode(struct buf *out, str text);
/* The same, with '+' for a space, as forms have it. */
void integration_form_text(struct buf *out, str text);

/* ---- connections (connection.c, token.c) ---- */

enum connection_state {
    CONNECTION_MISSING,
    CONNECTION_UNAUTHORIZED, /* it is there, but its state is not AUTHORIZED */
    CONNECTION_AUTHORIZED,
};
enum connection_auth { CONNECTION_BASIC, CONNECTION_API_KEY, CONNECTION_OAUTH };

struct connection_parameter {
    str name, value;
};
/* ConnectionHttpParameters: what is added to every request. */
struct connection_extras {
    const struct connection_parameter *headers, *query, *body;
    size_t header_count, query_count, body_count;
};

struct connection {
    str arn;
    str revision; /* another text whenever the connection has been changed: tokens of an older one
                     are not used any more */
    enum connection_auth auth;
    str name, secret; /* user name and password; name and value of the API key; client
                         id and client secret */
    str token_endpoint, token_method; /* CONNECTION_OAUTH: "https://...", "POST" */
    struct connection_extras token;   /* CONNECTION_OAUTH: OAuthHttpParameters */
    struct connection_extras extras;  /* InvocationHttpParameters */
};

/* The connection of that ARN, with its secrets, in the source's arena. `out` is set only for
 * CONNECTION_AUTHORIZED. */
enum connection_state connection_find(const struct source *source, str arn, struct connection *out);
/* What may stand in a header: a name is a token (RFC 9110), a text has no control characters. */
bool header_name_is_valid(str name);
bool header_text_is_valid(str text);

/* ---- http:invoke (http_request.c, http_answer.c) ---- */

struct http_task {
    str endpoint, method, connection;
    json headers, query; /* objects, or null */
    bool has_body;
    json body;
    bool url_encoded;
    enum array_format arrays;
};
/* Reads the parameters. False with the sentence of the cause. */
MUST_CHECK bool http_task_read(struct arena *arena, json given, struct http_task *out, str *why);
/* The request of the http effect, the connection's parts merged in; `token` is the OAuth access
 * token with its type ("Bearer ..."), or empty. False if they cannot be merged. */
MUST_CHECK bool http_task_request(struct arena *arena, const struct http_task *task,
                                  const struct connection *connection, str credential, str region,
                                  size_t body_bytes_max, json *request, str *why);
/* The task's output. False, with the sentence, for an answer that is no text. */
MUST_CHECK bool http_task_output(struct arena *arena, const struct effect_result *result, json *out,
                                 str *why);

/* A cached access token of the connection; false if there is none, or it is of an older revision
 * or expired. */
bool oauth_token_find(const struct source *source, const struct connection *connection,
                      str *credential);
void oauth_token_forget(struct txn *txn, const struct source *source, str connection);
/* The http effect that asks for a token. */
json oauth_token_request(struct arena *arena, const struct connection *connection, str region);
/* The token out of the answer, which is also cached. False if there is none in it. */
bool oauth_token_take(struct txn *txn, const struct source *source,
                      const struct connection *connection, const struct effect_result *result,
                      str *credential);

/* ---- handlers, for the table ---- */

void integrate_start_execution(struct txn *txn, const struct execution *caller,
                               const struct engine_op *op, struct call_outcome *outcome);
void integrate_sqs(struct txn *txn, const struct execution *caller, const struct engine_op *op,
                   struct call_outcome *outcome);
void integrate_sns(struct txn *txn, const struct execution *caller, const struct engine_op *op,
                   struct call_outcome *outcome);
void integrate_events(struct txn *txn, const struct execution *caller, const struct engine_op *op,
                      struct call_outcome *outcome);
void integrate_dynamodb(struct txn *txn, const struct execution *caller, const struct engine_op *op,
                        struct call_outcome *outcome);
void integrate_function(struct txn *txn, const struct execution *caller, const struct engine_op *op,
                        struct call_outcome *outcome);
void integrate_lambda_invoke(struct txn *txn, const struct execution *caller,
                             const struct engine_op *op, struct call_outcome *outcome);
void integrate_sdk(struct txn *txn, const struct execution *caller, const struct engine_op *op,
                   struct call_outcome *outcome);
void integrate_http(struct txn *txn, const struct execution *caller, const struct engine_op *op,
                    struct call_outcome *outcome);

void finish_service(struct txn *txn, const struct execution *caller, const struct engine_op *op,
                    const struct effect_record *record, const struct effect_result *result,
                    struct call_outcome *outcome);
void finish_function(struct txn *txn, const struct execution *caller, const struct engine_op *op,
                     const struct effect_record *record, const struct effect_result *result,
                     struct call_outcome *outcome);
void finish_sdk(struct txn *txn, const struct execution *caller, const struct engine_op *op,
                const struct effect_record *record, const struct effect_result *result,
                struct call_outcome *outcome);
void finish_http(struct txn *txn, const struct execution *caller, const struct engine_op *op,
                 const struct effect_record *record, const struct effect_result *result,
                 struct call_outcome *outcome);

/* Invoke of aws-sdk:lambda, with parameters as the API has them, Payload as text. */
void function_invoke(struct call *call, json params);
/* Pure parts of functions.c, for its tests. */
str function_payload(struct arena *arena, const json *given);

#endif
