/* A request to an API on its way: from the route to the integration and back. Private to this
 * folder.
 *
 *     run.c: which API, stage and route     (I/O thread, a read)
 *     rest_run.c, http_run.c: what to call
 *     backend.c: calls it; `done` makes the answer, on whatever thread the outcome comes
 */
#ifndef SERVICES_GATEWAY_RUN_H
#define SERVICES_GATEWAY_RUN_H

#include "services/gateway/internal.h"

/* How the call of a backend has ended. */
enum backend_end {
    BACKEND_ANSWERED, /* also with an error of its own */
    BACKEND_FAILED,   /* it could not be called: `cause` */
    BACKEND_LATE,     /* the time of the integration is over */
};
struct backend_result {
    enum backend_end end;
    str cause;
    str body;
    bool threw;  /* a function's own error; the body says which */
    int status;  /* of a service or an address */
    str headers; /* lines, of an address */
};

struct call;
typedef void (*backend_done)(struct call *call, const struct backend_result *result);

/* Lives in the request's arena. */
struct call {
    struct incoming in;
    struct request *request;
    const struct reader *reader; /* until the handler returns */
    struct source source;        /* likewise */
    json table, route;           /* deploy.c */
    str deployment;
    json integration;
    int64_t timeout_ms;
    backend_done done;
    /* of the request, while it is a call of another service */
    const struct operation *operation;
    void (*complete)(struct request *request);
    void *owner;
};

/* The whole answer. After it the call is over: a handler returns HANDLED. */
void call_answer(struct call *call, const struct outgoing *out);
/* {"message":TEXT} of an HTTP API. */
void call_message(struct call *call, int status, const char *text);
/* Says in the log why a route has failed. */
void call_log(const struct call *call, const char *what, str cause);
/* The same of what the client has done wrong, at level info. */
void call_note(const struct call *call, const char *what, str cause);

enum handled rest_run(struct call *call);
enum handled http_run(struct call *call);
/* The answer to a preflight request of an HTTP API with CORS; false if it is none. */
bool http_preflight(struct call *call);

/* ---- validation (validate.c) ---- */

/* The names of required parameters that are missing, with commas; empty if none is. */
str validate_parameters(const struct incoming *in, json method);
/* Whether the body fits the method's model for its media type; if not, *violations says how. */
bool validate_body(struct call *call, json method, str *violations);

/* ---- addresses (address.c) ---- */

/* The client's headers that go on to an address. */
json address_headers(const struct incoming *in);
/* Appends a text with percent signs for what a part of an address cannot hold. */
void address_escape(struct buf *out, str text, bool keeps_slash);
/* A URI with its {parameters} filled in. */
str address_of(struct arena *arena, str uri, json params);
json address_request(struct arena *arena, str method, str url, json headers, str body,
                     int64_t timeout_ms);
/* What an address has answered, as the answer. */
void address_answer(struct call *call, const struct backend_result *result);

/* ---- backend.c ----
 * Each calls `done` exactly once: at once, then the result is HANDLED, or later, then it is
 * HANDLED_LATER and the call is no longer the caller's. */

/* Invokes a function; the payload is JSON text. */
enum handled backend_function(struct call *call, str arn, str payload, backend_done done);
/* The same, without waiting for the function's answer. */
enum handled backend_function_event(struct call *call, str arn, str payload, backend_done done);
/* An operation of one of our services; the answer's body is the API's JSON, that of an error has
 * __type and message. */
enum handled backend_operation(struct call *call, const struct operation *operation, json params,
                               backend_done done);
/* Sends an HTTP request: what an effect of kind "http" says. */
enum handled backend_http(struct call *call, json request, backend_done done);

#endif
