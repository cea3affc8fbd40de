/* HTTP APIs as in API Gateway: control (v1: REST APIs, v2: HTTP APIs) and the addresses at which
 * they answer.
 *
 *     http://HOST/apis/API/STAGE/...            and, with the API's host name in Host,
 *     http://API.execute-api.REGION.../STAGE/...
 *
 * Other services make them by service_call on apigateway_service and apigatewayv2_service, with the
 * members of the API and the parameters of its paths under their names there ("restapi_id",
 * "resource_id", "http_method"; "apiId"); ImportRestApi and PutRestApi have the document as "body".
 *
 * Source: API Gateway's Developer Guide, its API references (v1 and v2), and the service models. */
#ifndef SERVICES_GATEWAY_GATEWAY_H
#define SERVICES_GATEWAY_GATEWAY_H

#include "services/source.h"

/* The text with each "https://API.execute-api.REGION.SUFFIX" in it whose API is one of ours made an
 * address of this server ("ENDPOINT/apis/API"); the rest of the address, stage and path, stays. In
 * the source's arena, or `text` itself. */
str gateway_local_addresses(const struct source *source, str text);

#endif
