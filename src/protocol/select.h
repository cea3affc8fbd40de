/* Which service a Query call is for; private to protocol/. */
#ifndef PROTOCOL_SELECT_H
#define PROTOCOL_SELECT_H

#include "http/form.h"
#include "http/http.h"
#include "services/service.h"

/* The service of the call `action`, by the first of these that says it: the Version parameter; the
 * credential scope (Authorization, X-Amz-Credential); the host name; members that only one has
 * (QueueUrl or a queue's path, TopicArn); the operation's name. NULL: nobody has the operation. If
 * the call names a service that does not have the operation, that one. */
const struct service *select_query_service(const struct http_request *http, const struct form *form,
                                           str action);

/* The service in "AWS4-HMAC-SHA256 Credential=KEY/20260101/us-east-1/sqs/aws4_request, ...", or in
 * KEY/.../aws4_request alone; empty if there is none. */
str select_scope_service(str authorization);

/* True for "/ACCOUNT/NAME", the path of a queue's URL, with or without a slash at its end. */
bool select_is_queue_path(str path);

#endif
