/* The addresses at which callbacks are answered over plain HTTP: /c/... and /callbacks/... */
#ifndef CALLBACKS_WEB_H
#define CALLBACKS_WEB_H

#include "services/service.h"

/* Which operation carries a request to /c/... or to /callbacks/... out; never NULL. For the
 * service's table of web routes. */
const struct operation *web_link_operation(const struct http_request *http);
const struct operation *web_key_operation(const struct http_request *http);

/* All that they name. */
enum { WEB_OPERATIONS = 7 };
extern const struct operation *const web_operations[WEB_OPERATIONS];

#endif
