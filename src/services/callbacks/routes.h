/* Inbound routes: what a request of somebody else's system means. Private to callbacks/.
 *
 *     request -> route_find -> verifier_check -> route_map   (I/O thread, operation.prepare)
 *             -> route_apply -> delivery_store -> answer     (one transaction)
 *
 * A route is settings, a JSON object (docs/routes.md), checked and compiled as a whole when it is
 * put and again for each request: compiling takes some microseconds on the I/O thread, and nothing
 * has to be kept in step. Expressions see the variables $body, $headers, $query, $path and $method,
 * and the same as members of their input.
 *
 * The raw request is stored in the transaction that uses it, before it is answered, also when its
 * mapping fails: it can be replayed when the mapping has been corrected. A request that its
 * verifier refuses is only counted, with a line of why. */
#ifndef SERVICES_CALLBACKS_ROUTES_H
#define SERVICES_CALLBACKS_ROUTES_H

#include "expr/expr.h"
#include "http/http.h"
#include "schema/schema.h"
#include "services/callbacks/door.h"
#include "services/callbacks/verifier.h"
#include "services/service.h"

/* ---- settings (route_settings.c) ---- */

enum route_value_kind { ROUTE_NO_VALUE, ROUTE_CONSTANT, ROUTE_EXPRESSION };

/* A setting that gives one value: a constant, or an expression ("{% ... %}", "$.body.id",
 * "States.Format(...)"). */
struct route_value {
    enum route_value_kind kind;
    str field; /* "outcome.value", for messages */
    json constant;
    const struct expr *expr;
};

/* A setting that gives any JSON value: a template, or an expression. */
struct route_template {
    str field;
    const struct expr_template *template; /* NULL: not given */
    bool is_path; /* it was one path or intrinsic: the result is the member "value" of a template */
};

struct route_header {
    str name;
    struct route_value value;
};

struct route {
    str name;
    json settings; /* as put, secrets included */
    str path;      /* "/hooks/valuations/{reference}" */
    json methods;  /* array of strings */
    json verifier;
    struct route_value when; /* false: the delivery is ignored */
    str callback;            /* the callback name */
    struct route_value key, message_id;
    struct route_value value; /* of the outcome; absent: every delivery is a success */
    json success, failure;    /* arrays of values; null: not given */
    json heartbeat, ignore;   /* likewise */
    json outcomes;            /* object: value as text -> the outcome's name; null */
    struct route_template output;
    struct route_value error, cause;
    const struct schema *schema; /* of the body; NULL: any */
    int response_status;         /* 0: none of its own */
    struct route_header *response_headers;
    size_t response_header_count;
    struct route_template response_body;
    bool responds_always; /* the response is given whatever became of the delivery */
    str start_machine;    /* empty: nothing is started */
    struct route_template start_input;
    struct route_value start_name;
    int64_t keep_s, keep_count; /* of deliveries */
};

/* Compiles settings into the arena, in which they live. False: ERROR_VALIDATION, the message says
 * where and what. */
MUST_CHECK bool route_compile(str name, json settings, struct arena *arena, struct route *out,
                              struct error *err);

/* True if a response may have that as a header's value, or as its name. */
bool route_is_header_text(str text, bool is_name);

/* The settings as they are shown: without secrets. */
json route_redacted(struct arena *arena, json settings);

/* ---- paths (route_path.c) ---- */

/* False: ERROR_VALIDATION, if `path` is not one that a route may have. */
MUST_CHECK bool route_path_valid(str path, struct error *err);

/* True if a request's path (percent signs as they came) fits the template; *parameters, which may
 * be NULL, is then an object of its decoded parameters. */
bool route_path_match(str template, str path, struct arena *arena, json *parameters);

/* Orders templates that fit the same path by what fits first: a literal segment before a
 * parameter. 0: they fit the same paths. */
int route_path_compare(str a, str b);

/* ---- deliveries as requests (delivery.c) ---- */

/* A request as it is kept, and as a mapping sees it: the same for the first time and for a replay,
 * so headers that hold secrets are "***" in both. In the arena. */
struct delivery {
    int64_t at_ms;
    str id; /* of the request: seeds what is random in expressions, so that a replay is the same */
    str method, path, query, peer;
    json headers;   /* object: name in lower case -> value; those of one name joined by ", " */
    str body;       /* any bytes */
    str message_id; /* of the verifier or of a header; empty: none */
};

/* From a request that has been verified. */
void delivery_from_http(const struct http_request *http, const struct route *route,
                        const struct verifier_result *verified, str id, str peer, int64_t now_ms,
                        struct arena *arena, struct delivery *out);

/* ---- mapping (route_map.c) ---- */

enum mapped_kind {
    MAPPED_ANSWER,   /* answer, key, and what to start if nobody waits */
    MAPPED_IGNORED,  /* it means nothing here: accepted, and no more */
    MAPPED_UNUSABLE, /* status, error, reason: the mapping or the body is wrong */
};

struct mapped {
    enum mapped_kind kind;
    int status;
    str error;  /* "InvalidBody", "UnknownOutcome", "MappingFailed" */
    str reason; /* a sentence; at most ROUTE_REASON_BYTES_MAX */
    str key;
    struct answer answer;
    str start_input; /* JSON text; empty: there is nothing to start */
    str start_name;  /* empty: the execution's name is made */
    /* What the route wants to be said when the delivery was good. Status 0: nothing of its own. */
    struct reply_head response;
    str response_body;
    bool response_is_good; /* its template could be evaluated */
};

/* What a delivery means by a route. Never fails: what is wrong is in *out. */
void route_map(const struct route *route, const struct delivery *delivery, struct arena *arena,
               struct mapped *out);

/* ---- what becomes of it (route_apply.c) ---- */

struct applied {
    str verdict; /* "accepted", "started", "unusable" ...: for lists */
    int status;
    str body; /* of the answer: JSON text */
    bool is_good;
    str execution; /* ARN of what it has started; empty: nothing */
};

/* Gives the answer to whoever waits for its key, or starts an execution. On the writer. */
void route_apply(struct txn *txn, const struct source *source, const struct route *route,
                 const struct mapped *mapped, struct applied *out);

/* Forgets what keys have started, where its time has come; looks at `max` at most and returns at
 * how many. *due_ms: when the next one is due, INT64_MAX if there is none. */
size_t started_expire(struct txn *txn, const struct source *source, size_t max, int64_t *due_ms);

/* ---- web ---- */

/* The operation of everything below /hooks. */
const struct operation *route_operation(const struct http_request *http);

/* ---- tasks ---- */

/* Submits the task that removes old deliveries. */
void routes_start(struct shard *shard);
/* What it waits for when nothing is due: txn_notify. */
extern const char routes_sweep_topic[];

/* ---- operations ---- */

enum handled handle_put_route(struct txn *txn, struct request *request, struct error *err);
enum handled handle_delete_route(struct txn *txn, struct request *request, struct error *err);
enum handled handle_describe_route(const struct reader *reader, struct request *request,
                                   struct error *err);
enum handled handle_list_routes(const struct reader *reader, struct request *request,
                                struct error *err);
enum handled handle_test_route(const struct reader *reader, struct request *request,
                               struct error *err);
enum handled handle_list_deliveries(const struct reader *reader, struct request *request,
                                    struct error *err);
enum handled handle_describe_delivery(const struct reader *reader, struct request *request,
                                      struct error *err);
enum handled prepare_replay_deliveries(const struct reader *reader, struct request *request,
                                       struct error *err);
enum handled handle_replay_deliveries(struct txn *txn, struct request *request, struct error *err);

extern const struct shape shape_put_route, shape_route_name, shape_list_routes, shape_test_route,
    shape_list_deliveries, shape_describe_delivery, shape_replay_deliveries;

#endif
