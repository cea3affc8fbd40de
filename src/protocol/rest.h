/* REST-JSON, which Lambda speaks: method and path name the operation; its members are parts of the
 * path, query parameters, some headers, and the body. Private to protocol/. */
#ifndef PROTOCOL_REST_H
#define PROTOCOL_REST_H

#include "http/http.h"
#include "services/service.h"

/* The service whose routes begin with the first segment of `path`, or NULL. */
const struct service *rest_service(str path);

/* The route that fits method, path and, where it wants one, a parameter of the query with the most
 * literal segments, or NULL. A slash at the end of either path does not matter. */
const struct rest_route *rest_find(const struct service *service, const struct http_request *http);

/* Puts the members together: the body's, then query parameters, headers and segments of the path,
 * of which the latter win. A parameter is text, or what the operation's shape says: a number, a
 * boolean, a list; one that is there twice is a list of texts in any case. Its name may differ from
 * the shape's in the case of letters ("tagKeys", TagKeys). */
MUST_CHECK bool rest_decode(const struct rest_route *route, const struct operation *operation,
                            const struct http_request *http, struct arena *arena, json *params,
                            struct error *err);

/* Appends {"Type":"User","Message":text}, or what the service has instead, and the error's details.
 */
void rest_encode_error(const struct service *service, const struct error *error, struct buf *out);

#endif
