/* The addresses of callbacks as paths, and what a request to one of them wants. All bytes are
 * hostile.
 *
 *     /c/LINK[/success|/failure|/heartbeat|/OUTCOME]
 *     /callbacks/NAME/KEY[/success|/failure|/heartbeat|/OUTCOME]
 */
#ifndef CALLBACKS_ADDRESS_H
#define CALLBACKS_ADDRESS_H

#include "http/http.h"
#include "services/callbacks/door.h"

enum address_kind { ADDRESS_NONE, ADDRESS_LINK, ADDRESS_KEY };

struct address {
    enum address_kind kind;
    str link;      /* ADDRESS_LINK: what stands behind "/c/", as it came */
    str name, key; /* ADDRESS_KEY: decoded, and good (callback_key_is_good) */
    str part;      /* "success", an outcome's name ...; empty: none */
};

/* Reads the path; ADDRESS_NONE if it is no address of a callback. Texts live in the arena or are
 * slices of the path. */
void callback_address_parse(str path, struct arena *arena, struct address *out);

/* Whether a client would rather have a page than JSON, by its Accept header: `by_default` if it
 * likes both the same. */
bool callback_wants_page(const struct http_request *http, bool by_default);

/* Whether the body is a form, by its Content-Type. JSON that a client has declared to be a form, as
 * `curl -d` does, is none: a form's first byte is never a bracket or a quote. */
bool callback_has_form(const struct http_request *http);

/* The id of the message: Idempotency-Key, webhook-id or X-Message-Id; empty if there is none. False
 * if it is longer than CALLBACK_MESSAGE_ID_BYTES_MAX or no UTF-8. */
MUST_CHECK bool callback_message_id(const struct http_request *http, str *out);

#endif
