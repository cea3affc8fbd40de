/* The HTTP client of the load generators, made to cost little, as the server runs on the same two
 * cores: one thread, libuv, keep-alive connections with one request at a time on each. Header only,
 * because each program of bench/ is one file. It stops the program when the server goes away. */
#ifndef BENCH_CLIENT_H
#define BENCH_CLIENT_H

#include <http_parser.h>
#include <stdio.h>
#include <stdlib.h>
#include <uv.h>

#include "base/base.h"
#include "base/clock.h"

/* A connection. `answered` is called with each answer, its body in `body`; it sends the next
 * request or closes. `ready` is called once. */
struct client {
    uv_tcp_t tcp; /* first: handles are cast back */
    uv_write_t write;
    uv_connect_t connect;
    http_parser parser;
    struct buf request, body; /* owned */
    int64_t request_us;       /* when the request at hand was sent */
    void (*ready)(struct client *client);
    void (*answered)(struct client *client, unsigned status);
    bool closed;
};

/* Times in microseconds, for percentiles. Zeroed at first. */
struct latencies {
    uint32_t *us; /* owned */
    size_t count, capacity;
};

static inline void latencies_add(struct latencies *list, int64_t us)
{
    if (list->count == list->capacity) {
        list->capacity = list->capacity ? list->capacity * 2 : 65536;
        list->us = realloc(list->us, list->capacity * sizeof *list->us);
        if (!list->us) fatal("out of memory");
    }
    list->us[list->count++] = (uint32_t)us;
}

static inline int latencies_order(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return (x > y) - (x < y);
}

/* In milliseconds; 0 if there are none. Sorts the list. */
static inline double latencies_ms(struct latencies *list, double share)
{
    if (list->count == 0) return 0;
    qsort(list->us, list->count, sizeof *list->us, latencies_order);
    return list->us[(size_t)((double)(list->count - 1) * share)] / 1000.0;
}

/* ---- requests ---- */

static inline void client_written(uv_write_t *write, int status)
{
    (void)write;
    if (status < 0 && status != UV_ECANCELED) fatal("write: %s", uv_strerror(status));
}

/* POST `path` with the X-Amz-Target `target`, or without one if it is NULL. */
static inline void client_post(struct client *client, const char *path, const char *target,
                               str body)
{
    struct buf *request = &client->request;
    request->len = 0;
    buf_printf(request, "POST %s HTTP/1.1\r\nHost: localhost\r\n", path);
    if (target)
        buf_printf(request, "Content-Type: application/x-amz-json-1.0\r\nX-Amz-Target: %s\r\n",
                   target);
    buf_printf(request, "Content-Length: %zu\r\n\r\n", body.len);
    buf_add(request, body);
    client->request_us = clock_monotonic_us();
    uv_buf_t out = uv_buf_init(request->ptr, (unsigned)request->len);
    int status = uv_write(&client->write, (uv_stream_t *)&client->tcp, &out, 1, client_written);
    if (status != 0) fatal("write: %s", uv_strerror(status));
}

static inline void client_close(struct client *client)
{
    if (!client->closed) uv_close((uv_handle_t *)&client->tcp, NULL);
    client->closed = true;
}

/* The text behind the next `key` (as in "\"QueueUrl\":\"") in `body` at or after *at, up to a
 * quotation mark; *at is then behind it. False if there is none. */
static inline bool client_find(str body, str key, size_t *at, str *text)
{
    size_t from = str_find(body, key, *at);
    if (from == body.len) return false;
    from += key.len;
    *at = str_find_char(body, '"', from);
    *text = str_slice(body, from, *at);
    return true;
}

/* ---- connections ---- */

static inline int client_on_body(http_parser *parser, const char *bytes, size_t count)
{
    struct client *client = parser->data;
    buf_add(&client->body, (str){ bytes, count });
    return 0;
}

static inline int client_on_complete(http_parser *parser)
{
    struct client *client = parser->data;
    client->answered(client, parser->status_code);
    client->body.len = 0;
    return 0;
}

static inline void client_on_alloc(uv_handle_t *handle, size_t suggested, uv_buf_t *out)
{
    static char room[65536];
    (void)handle;
    (void)suggested;
    *out = uv_buf_init(room, sizeof room);
}

static inline void client_on_read(uv_stream_t *stream, ssize_t count, const uv_buf_t *in)
{
    static const http_parser_settings settings = { .on_body = client_on_body,
                                                   .on_message_complete = client_on_complete };
    struct client *client = (struct client *)(void *)stream;
    if (count < 0) fatal("read: %s", uv_strerror((int)count));
    if (count == 0) return;
    size_t done = http_parser_execute(&client->parser, &settings, in->base, (size_t)count);
    if (done != (size_t)count) fatal("the server's answer is not HTTP");
}

static inline void client_on_connect(uv_connect_t *request, int status)
{
    struct client *client = request->data;
    if (status < 0) fatal("connect: %s", uv_strerror(status));
    uv_tcp_nodelay(&client->tcp, 1);
    uv_read_start((uv_stream_t *)&client->tcp, client_on_alloc, client_on_read);
    client->ready(client);
}

/* Connects to 127.0.0.1. `ready` and `answered` are set, the rest of the client is zero. */
static inline void client_open(struct client *client, uv_loop_t *loop, int port)
{
    struct sockaddr_in address;
    client->connect.data = client;
    buf_init(&client->request, NULL);
    buf_init(&client->body, NULL);
    http_parser_init(&client->parser, HTTP_RESPONSE);
    client->parser.data = client;
    uv_ip4_addr("127.0.0.1", port, &address);
    uv_tcp_init(loop, &client->tcp);
    uv_tcp_connect(&client->connect, &client->tcp, (const struct sockaddr *)&address,
                   client_on_connect);
}

#endif
