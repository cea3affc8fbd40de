/* An HTTP answer as data, and its head as text; private to server/. */
#ifndef SERVER_ANSWER_H
#define SERVER_ANSWER_H

#include "base/base.h"

struct http_answer {
    int status;
    str content_type;
    str headers; /* further header lines, each with its CR LF; may be empty */
    str body;
    bool is_without_body; /* the answer to HEAD: the length is told, the body is not sent */
};

struct answer_head {
    bool closes;        /* say that the connection is closed behind this answer */
    bool keeps_http_10; /* say to an HTTP/1.0 client that it stays open */
    str date;           /* as in the Date header */
};

/* An error as JSON: {"__type":"...","message":"..."}. `type` must need no escaping. */
void answer_set_error(struct http_answer *answer, struct arena *arena, int status, str type,
                      str message);

/* Appends the status line and the headers, with the empty line. */
void answer_write_head(struct buf *out, const struct http_answer *answer,
                       const struct answer_head *head);

/* "OK" for 200; empty for a status that Baton does not use. */
str answer_status_text(int status);

enum { ANSWER_DATE_BYTES = 30 };

/* `now_ms` as an IMF-fixdate, NUL-terminated. */
void answer_format_date(int64_t now_ms, char out[ANSWER_DATE_BYTES]);

#endif
