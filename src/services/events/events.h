/* EventBridge, as other services see it. */
#ifndef SERVICES_EVENTS_EVENTS_H
#define SERVICES_EVENTS_EVENTS_H

#include "services/source.h"

/* The record of a connection, secrets included: {"name","authorizationType","state",
 * "authParameters": as CreateConnection got them, "revision": another text after every update}.
 * False if there is none of that ARN. */
MUST_CHECK bool events_connection(const struct source *source, str arn, json *out);

#endif
