/* AWS's protocols: how an API call looks on the wire, apart from HTTP. And what is no API call but
 * for a service's own addresses (web.h).
 *
 *     protocol_recognise -> protocol_decode -> protocol_read            -> protocol_answer
 *                                           -> protocol_prepare, submit ->
 *
 * Three of them, on one endpoint: AWS JSON (the operation in X-Amz-Target, a JSON object as body),
 * Query (a form with Action, query.h) and REST-JSON (the operation in method and path, rest.h).
 * What a call may contain is checked against the operation's shape before anything runs.
 * Authorization (SigV4) is not verified, as the server listens on loopback addresses only; it can
 * say which service is meant. */
#ifndef PROTOCOL_PROTOCOL_H
#define PROTOCOL_PROTOCOL_H

#include "http/http.h"
#include "services/service.h"

enum protocol_kind { PROTOCOL_JSON, PROTOCOL_QUERY, PROTOCOL_REST, PROTOCOL_WEB };

/* In what way a request is a call. */
struct protocol {
    enum protocol_kind kind;
    const struct service *service;  /* NULL until it is known */
    const struct rest_route *route; /* PROTOCOL_REST: NULL until it is known */
    const struct web_route *web;    /* PROTOCOL_WEB */
};

/* Whether the request is a call at all: false for what is only a page. */
MUST_CHECK bool protocol_recognise(const struct http_request *http, struct protocol *out);

/* Fills request->operation, ->params and ->host, and makes ->reply an empty buffer in the request's
 * arena. `http` must live as long as the request: its parameters point into it. False if the call
 * cannot be carried out; ->operation is then set if at least that is known. */
MUST_CHECK bool protocol_decode(struct protocol *protocol, const struct http_request *http,
                                struct request *request, struct error *err);

/* Carries out a READ now: request->reply or ->error has the outcome. HANDLED_LATER: somebody else
 * has the request, and calls ->complete on any thread, perhaps already. */
enum handled protocol_read(struct shard *shard, struct request *request);

/* What a WRITE wants done before the writer gets it. False: it ends here, as request->error or the
 * answer that is in the request already says. */
MUST_CHECK bool protocol_prepare(struct shard *shard, struct request *request);

/* A finished call as the parts of an HTTP answer, in the request's arena. */
struct protocol_answer {
    int status;
    str content_type; /* empty: there is no body */
    str headers;      /* lines with CR LF: x-amzn-RequestId, x-amzn-ErrorType of an error ... */
    str body;
};
void protocol_answer(const struct protocol *protocol, struct request *request,
                     struct protocol_answer *out);

#endif
