/* Checks of a request's head that go beyond http-parser's; private to server/. */
#ifndef HTTP_HTTP_HEAD_H
#define HTTP_HTTP_HEAD_H

#include "http/http.h"

/* How the body is framed. */
struct http_framing {
    uint64_t content_length; /* 0 if there is none */
    bool is_chunked;
};

/* Checks the form of every line of a complete head, whose line ends are known to be CR LF. On false
 * *reason is a sentence for people. */
MUST_CHECK bool http_head_check_lines(str head, const char **reason);

/* Checks what the fields say together, splits the target into path and query, and tells how the
 * body is framed. On false *status and *reason say why. */
MUST_CHECK bool http_head_check_fields(struct http_request *request, struct http_framing *framing,
                                       int *status, const char **reason);

#endif
