/* HTTP requests that are no calls of an AWS API: a service's own addresses (callbacks, HTTP APIs).
 * The request goes to the operation as it came, and its answer leaves as it is. Private to
 * protocol/. */
#ifndef PROTOCOL_WEB_H
#define PROTOCOL_WEB_H

#include "http/http.h"
#include "services/service.h"

/* The web route of a service that fits host and path, a domain before a prefix; NULL if none does.
 * *service: whose it is. */
const struct web_route *web_find(const struct http_request *http, const struct service **service);

/* Appends {"error":NAME,"message":TEXT}. */
void web_encode_error(const struct error *error, struct buf *out);

#endif
