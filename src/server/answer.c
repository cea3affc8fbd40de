/* Writing the head of an answer. */
#include "server/answer.h"

#include <http_parser.h>
#include <time.h>

#include "json/json.h"

str answer_status_text(int status)
{
    switch (status) {
#define X(number, name, text)                                                                      \
    case number: return STR(#text);
        HTTP_STATUS_MAP(X)
#undef X
    default: return STR("");
    }
}

void answer_set_error(struct http_answer *answer, struct arena *arena, int status, str type,
                      str message)
{
    struct buf body;
    buf_init(&body, arena);
    buf_add(&body, STR("{\"__type\":\""));
    buf_add(&body, type);
    buf_add(&body, STR("\",\"message\":"));
    json_write_str(&body, message);
    buf_add_char(&body, '}');
    *answer = (struct http_answer){
        .status = status,
        .content_type = STR("application/json"),
        .body = buf_str(&body),
    };
}

static void add_header(struct buf *out, str name, str value)
{
    buf_add(out, name);
    buf_add(out, value);
    buf_add(out, STR("\r\n"));
}

void answer_write_head(struct buf *out, const struct http_answer *answer,
                       const struct answer_head *head)
{
    buf_add(out, STR("HTTP/1.1 "));
    buf_add_i64(out, answer->status);
    buf_add_char(out, ' ');
    add_header(out, answer_status_text(answer->status), (str){ 0 });
    add_header(out, STR("Date: "), head->date);
    if (answer->content_type.len) add_header(out, STR("Content-Type: "), answer->content_type);
    if (answer->status != 204) { /* which has no length, as it has no body */
        buf_add(out, STR("Content-Length: "));
        buf_add_u64(out, answer->body.len);
        buf_add(out, STR("\r\n"));
    }
    buf_add(out, answer->headers);
    if (head->closes)
        buf_add(out, STR("Connection: close\r\n"));
    else if (head->keeps_http_10)
        buf_add(out, STR("Connection: keep-alive\r\n"));
    buf_add(out, STR("\r\n"));
}

void answer_format_date(int64_t now_ms, char out[ANSWER_DATE_BYTES])
{
    time_t seconds = (time_t)(now_ms / 1000);
    struct tm utc;
    gmtime_r(&seconds, &utc);
    /* The C locale is never changed, so these names are the English ones that HTTP wants. */
    size_t len = strftime(out, ANSWER_DATE_BYTES, "%a, %d %b %Y %H:%M:%S GMT", &utc);
    ASSERT_CMP(len, ==, ANSWER_DATE_BYTES - 1);
}
