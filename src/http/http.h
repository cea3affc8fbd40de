/* The HTTP/1.1 request decoder: bytes in any portions become one request, or a refusal.
 *
 * It stands on http-parser and is stricter than it, because every leniency of a server is a way to
 * smuggle a second request past a proxy in front of it: exactly one way to write a request is
 * accepted, and what the own checks and http-parser do not agree on is refused. It knows nothing of
 * sockets, so that tests and the fuzzer feed it directly.
 *
 *     http_decoder_init, then http_decoder_feed until it says HTTP_DONE or HTTP_REFUSED
 *
 * One decoder decodes one request; the bytes that follow belong to the next one. The head and the
 * body are copied once, from the caller's portions into the arena; all slices of the request point
 * into these copies. */
#ifndef HTTP_HTTP_H
#define HTTP_HTTP_H

#include <http_parser.h>

#include "base/base.h"

struct http_limits {
    size_t header_bytes_max; /* request line and headers */
    size_t headers_max;      /* header lines */
    size_t body_bytes_max;
};

struct http_header {
    str name;  /* as written by the client */
    str value; /* without white space at its ends */
};

struct http_request {
    str method; /* "POST" */
    str path;   /* "/healthz": what is before the question mark, percent signs as they came */
    str query;  /* what is behind it, empty if there is none */
    struct http_header *headers;
    size_t header_count;
    str body;
    uint8_t minor_version; /* of HTTP/1.x */
    bool keep_alive;
    bool expects_continue; /* the client waits for "100 Continue" before it sends the body */
};

enum http_step {
    HTTP_MORE,    /* all bytes are used, the request is not complete */
    HTTP_DONE,    /* the request is complete */
    HTTP_REFUSED, /* decoder->status and ->reason say why; the connection cannot be used further */
};

enum http_phase { HTTP_PHASE_HEAD, HTTP_PHASE_LENGTH, HTTP_PHASE_CHUNKED, HTTP_PHASE_OVER };

enum http_chunk_phase {
    HTTP_CHUNK_SIZE, /* hexadecimal digits, or the CR behind them */
    HTTP_CHUNK_SIZE_LF,
    HTTP_CHUNK_DATA,
    HTTP_CHUNK_DATA_CR,
    HTTP_CHUNK_DATA_LF,
    HTTP_CHUNK_LAST_CR, /* the empty line behind the chunk of size 0 */
    HTTP_CHUNK_LAST_LF,
};

struct http_decoder {
    /* fixed by http_decoder_init */
    const struct http_limits *limits; /* borrowed */
    struct arena *arena;              /* borrowed */
    /* results */
    struct http_request request;
    int status;         /* of a refusal: 400, 413, 417, 431, 501, 505 */
    const char *reason; /* of a refusal: a sentence for people; static */
    /* where it stands */
    enum http_phase phase;
    struct buf head;            /* in `arena` */
    struct buf body;            /* in `arena` */
    uint8_t blank_line_matched; /* how much of one CR LF has come before the request line */
    uint8_t line_end_matched;   /* how much of CR LF CR LF the last bytes of the head are */
    enum http_chunk_phase chunk_phase;
    uint8_t chunk_digits;
    uint64_t chunk_bytes;          /* size of the current chunk; then what is left of it */
    uint64_t body_bytes_left;      /* HTTP_PHASE_LENGTH */
    uint64_t body_bytes_announced; /* sum of the chunk sizes */
    size_t header_capacity;
    bool head_is_complete, message_is_complete; /* what http-parser has said */
    struct http_parser parser;
};

void http_decoder_init(struct http_decoder *decoder, const struct http_limits *limits,
                       struct arena *arena);

/* Takes the next portion. *used is the number of bytes that belong to this request. */
enum http_step http_decoder_feed(struct http_decoder *decoder, str bytes, size_t *used);

/* True once a byte of the request line has come. */
bool http_decoder_has_begun(const struct http_decoder *decoder);

/* The value of the first header of that name (in any case); false if there is none. */
bool http_find_header(const struct http_request *request, str name, str *value);

/* True if a and b are equal but for the case of ASCII letters. */
bool http_name_eq(str a, str b);

#endif
