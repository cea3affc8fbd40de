/* AWS JSON 1.0 and 1.1; private to protocol/. */
#ifndef PROTOCOL_AWSJSON_H
#define PROTOCOL_AWSJSON_H

#include "services/service.h"

/* AWS takes both versions of its JSON protocol, and plain JSON; curl users forget the header. What
 * a browser's form could send is refused. */
MUST_CHECK bool awsjson_is_content_type(str content_type);

/* A body that is an object; one without anything is an empty object. */
MUST_CHECK bool awsjson_decode(str body, struct arena *arena, json *params, struct error *err);

/* "application/x-amz-json-1.1"; service NULL: 1.0. */
str awsjson_content_type(const struct service *service);

/* Appends {"__type":name,"message":text} and the error's details. Services with a prefix of their
 * own use those of Coral, AWS's framework, for what the framework finds. */
void awsjson_encode_error(const struct service *service, const struct error *error,
                          struct buf *out);

#endif
