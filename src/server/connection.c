/* One connection: bytes in, exchanges in order, bytes out.
 *
 * All of it runs on the loop thread. What arrives is decoded at once; a complete request goes to
 * the handler; answers leave in the order of the requests, as many as are ready in one write. Input
 * that must wait (for a read behind a write, for a slow client) stays in `unread`, and beyond its
 * bound in the kernel, where it slows the client down. */
#include <stdlib.h>
#include <sys/socket.h>

#include "base/clock.h"
#include "server/core.h"

enum { SMALL_BODY_BYTES = 64 << 10 };

/* What the kernel did not take at once. */
struct unsent {
    uv_write_t write; /* first, so that the request is the unsent */
    struct buf bytes; /* on the heap */
};

/* ---- timeouts ---- */

static void list_remove(struct connection_list *list, struct connection *c)
{
    if (c->previous)
        c->previous->next = c->next;
    else
        list->first = c->next;
    if (c->next)
        c->next->previous = c->previous;
    else
        list->last = c->previous;
    c->previous = c->next = NULL;
}

static void list_append(struct connection_list *list, struct connection *c)
{
    c->previous = list->last;
    c->next = NULL;
    if (list->last)
        list->last->next = c;
    else
        list->first = c;
    list->last = c;
}

static void set_timeout(struct connection *c, enum timeout_class to)
{
    list_remove(&c->server->timeouts[c->timeout_class], c);
    c->timeout_class = (uint8_t)to;
    c->since_ms = uv_now(&c->server->loop);
    list_append(&c->server->timeouts[to], c);
}

static enum timeout_class timeout_for(const struct connection *c)
{
    if (c->is_writing) return TIMEOUT_WRITE;
    if (c->takes_no_more && !c->first) return TIMEOUT_LINGER;
    if (c->incoming && http_decoder_has_begun(&c->incoming->decoder)) return TIMEOUT_REQUEST;
    return c->first ? TIMEOUT_NONE : TIMEOUT_IDLE;
}

/* ---- closing ---- */

static void drop_unread(struct connection *c)
{
    if (!c->unread) return;
    buf_close(c->unread);
    free(c->unread);
    c->unread = NULL;
}

static void drop_incoming(struct connection *c)
{
    if (c->incoming) exchange_free(c->incoming);
    c->incoming = NULL;
}

static void on_closed(uv_handle_t *handle)
{
    struct connection *c = (struct connection *)handle;
    struct server *server = c->server;
    list_remove(&server->timeouts[c->timeout_class], c);
    free(c);
    ASSERT(server->open_count > 0);
    server->open_count--;
    server_connection_closed(server);
}

static void cancel_running(struct connection *c)
{
    struct server_handler *handler = &c->server->handler;
    for (struct exchange *e = c->first; e; e = e->next) {
        if (e->state == EXCHANGE_RUNNING) handler->cancel(handler->context, e);
    }
}

void connection_close(struct connection *c)
{
    if (c->is_closing) return;
    c->is_closing = true;
    if (!c->has_ended) cancel_running(c);
    while (c->first) {
        struct exchange *exchange = c->first;
        c->first = exchange->next;
        exchange->connection = NULL;
        if (exchange->state != EXCHANGE_RUNNING) exchange_free(exchange);
    }
    c->last = NULL;
    drop_incoming(c);
    drop_unread(c);
    set_timeout(c, TIMEOUT_NONE);
    uv_close((uv_handle_t *)&c->tcp, on_closed);
}

/* ---- bytes out ---- */

static void on_written(uv_write_t *write, int status)
{
    struct unsent *unsent = (struct unsent *)write;
    struct connection *c = (struct connection *)write->handle;
    buf_close(&unsent->bytes);
    free(unsent);
    c->is_writing = false;
    if (c->is_closing) return;
    if (status < 0)
        connection_close(c);
    else
        connection_advance(c);
}

/* Keeps what is behind the first `sent` bytes and lets the loop write it. */
static bool write_later(struct connection *c, const uv_buf_t *bufs, unsigned count, size_t sent)
{
    struct unsent *unsent = malloc(sizeof *unsent);
    if (!unsent) fatal("out of memory");
    buf_init(&unsent->bytes, NULL);
    for (unsigned i = 0; i < count; i++) {
        size_t skipped = sent < bufs[i].len ? sent : bufs[i].len;
        sent -= skipped;
        buf_add(&unsent->bytes, (str){ bufs[i].base + skipped, bufs[i].len - skipped });
    }
    uv_buf_t rest = { .base = unsent->bytes.ptr, .len = unsent->bytes.len };
    c->is_writing = true;
    if (uv_write(&unsent->write, (uv_stream_t *)&c->tcp, &rest, 1, on_written) == 0) return true;
    c->is_writing = false;
    buf_close(&unsent->bytes);
    free(unsent);
    connection_close(c);
    return false;
}

/* False: the connection was closed. */
static bool send_bytes(struct connection *c, const uv_buf_t *bufs, unsigned count)
{
    size_t total = 0;
    for (unsigned i = 0; i < count; i++)
        total += bufs[i].len;
    int sent = uv_try_write((uv_stream_t *)&c->tcp, bufs, count);
    if (sent < 0 && sent != UV_EAGAIN) {
        connection_close(c);
        return false;
    }
    if (sent < 0) sent = 0;
    c->server->counters.bytes_out += total;
    if ((size_t)sent == total) return true;
    return write_later(c, bufs, count, (size_t)sent);
}

static str current_date(struct server *server)
{
    int64_t now_ms = clock_now_ms();
    if (now_ms / 1000 != server->date_second) {
        server->date_second = now_ms / 1000;
        answer_format_date(now_ms, server->date);
    }
    return (str){ server->date, ANSWER_DATE_BYTES - 1 };
}

static uv_buf_t uv_slice(str s)
{
    /* libuv's type is not const; it does not write there. */
    union {
        const char *from;
        char *to;
    } pointer = { .from = s.ptr };
    return (uv_buf_t){ .base = pointer.to, .len = s.len };
}

/* Writes the answers that are ready and next in order. False: the connection was closed. */
static bool write_answers(struct connection *c)
{
    struct server *server = c->server;
    uv_buf_t bufs[2 * HTTP_PIPELINE_MAX];
    size_t head_ends[HTTP_PIPELINE_MAX];
    size_t count = 0;
    server->heads.len = 0;
    struct exchange *e = c->first;
    for (; e && e->state == EXCHANGE_DONE && count < HTTP_PIPELINE_MAX; e = e->next) {
        const struct http_request *request = &e->decoder.request;
        struct answer_head head = {
            .closes = c->takes_no_more && e == c->last,
            .keeps_http_10 = request->minor_version == 0,
            .date = current_date(server),
        };
        answer_write_head(&server->heads, &e->answer, &head);
        head_ends[count] = server->heads.len;
        str body = e->answer.body;
        if (e->answer.is_without_body) body.len = 0;
        bufs[2 * count + 1] = uv_slice(body);
        count++;
    }
    if (count == 0) return true;
    /* Only now, because the buffer of the heads may have moved while it grew. */
    for (size_t i = 0; i < count; i++) {
        size_t from = i ? head_ends[i - 1] : 0;
        bufs[2 * i] = uv_slice(str_slice(buf_str(&server->heads), from, head_ends[i]));
    }
    if (!send_bytes(c, bufs, (unsigned)(2 * count))) return false;
    while (c->first != e) {
        struct exchange *sent = c->first;
        c->first = sent->next;
        c->exchange_count--;
        exchange_free(sent);
    }
    if (!c->first) c->last = NULL;
    return true;
}

/* "100 Continue" for a client that waits for it, once the answers before it are out. */
static bool send_continue(struct connection *c)
{
    static const char text[] = "HTTP/1.1 100 Continue\r\n\r\n";
    if (!c->incoming || c->first || c->is_writing) return true;
    struct http_decoder *decoder = &c->incoming->decoder;
    if (!decoder->request.expects_continue || decoder->phase == HTTP_PHASE_HEAD) return true;
    decoder->request.expects_continue = false;
    if (decoder->body.len > 0) return true; /* It did not wait. */
    uv_buf_t buf = uv_slice((str){ text, sizeof text - 1 });
    return send_bytes(c, &buf, 1);
}

/* ---- requests ---- */

static void append_exchange(struct connection *c, struct exchange *exchange)
{
    if (c->last)
        c->last->next = exchange;
    else
        c->first = exchange;
    c->last = exchange;
    c->exchange_count++;
}

/* Lets the handler see the request; returns the bytes of an answer that it gave at once. */
static size_t run_handler(struct connection *c, struct exchange *exchange)
{
    struct server *server = c->server;
    struct server_handler *handler = &server->handler;
    enum handle_result result = HANDLE_ANSWERED;
    if (server->is_stopping)
        answer_set_error(&exchange->answer, exchange_arena(exchange), 503,
                         STR("ServiceUnavailable"), STR("The server is shutting down."));
    else
        result = handler->handle(handler->context, exchange, c->running_count == 0);
    switch (result) {
    case HANDLE_ANSWERED: exchange_move(exchange, EXCHANGE_DONE); return exchange->answer.body.len;
    case HANDLE_LATER:
        exchange_move(exchange, EXCHANGE_RUNNING);
        c->running_count++;
        server->running_count++;
        if (c->has_ended) handler->cancel(handler->context, exchange);
        break;
    case HANDLE_WAIT:
        ASSERT(c->running_count > 0 && exchange->state == EXCHANGE_READING);
        exchange_move(exchange, EXCHANGE_WAITING);
        break;
    }
    return 0;
}

static struct exchange *take_incoming(struct connection *c)
{
    struct exchange *exchange = c->incoming;
    c->incoming = NULL;
    exchange->begun_us = clock_monotonic_us();
    append_exchange(c, exchange);
    if (c->timeout_class == TIMEOUT_REQUEST) set_timeout(c, TIMEOUT_NONE);
    c->server->counters.requests++;
    return exchange;
}

static str refusal_name(int status)
{
    switch (status) {
    case 408: return STR("RequestTimeout");
    case 413: return STR("RequestEntityTooLarge");
    case 417: return STR("ExpectationFailed");
    case 431: return STR("RequestHeadersTooLarge");
    case 501: return STR("NotImplemented");
    case 503: return STR("ServiceUnavailable");
    case 505: return STR("HttpVersionNotSupported");
    default: return STR("BadRequest");
    }
}

static void refuse_incoming(struct connection *c, int status, const char *reason)
{
    struct exchange *exchange = take_incoming(c);
    answer_set_error(&exchange->answer, exchange_arena(exchange), status, refusal_name(status),
                     str_from(reason));
    exchange_move(exchange, EXCHANGE_DONE);
    c->takes_no_more = true;
    c->server->counters.refused_requests++;
}

static bool is_blocked(const struct connection *c)
{
    return c->is_writing || c->takes_no_more || c->exchange_count >= HTTP_PIPELINE_MAX ||
           (c->last && c->last->state == EXCHANGE_WAITING);
}

/* Keeps count of the memory that bodies take. False if this one is too much now; small ones always
 * pass, so that a few large requests do not keep others from working. */
static bool hold_body(struct server *server, struct exchange *exchange)
{
    size_t bytes = exchange->decoder.body.capacity;
    server->held_bytes += bytes - exchange->held_bytes;
    exchange->held_bytes = bytes;
    return bytes <= SMALL_BODY_BYTES || server->held_bytes <= server->limits.held_bytes_max;
}

/* Decodes and starts requests; returns the bytes that have to wait. */
static str consume(struct connection *c, str bytes)
{
    size_t answered_bytes = 0;
    while (bytes.len > 0 && !is_blocked(c) && answered_bytes < HTTP_ANSWERS_BYTES_MAX) {
        if (!c->incoming) c->incoming = exchange_new(c->server, c);
        struct http_decoder *decoder = &c->incoming->decoder;
        size_t used = 0;
        enum http_step step = http_decoder_feed(decoder, bytes, &used);
        bytes = str_skip(bytes, used);
        if (step != HTTP_REFUSED && !hold_body(c->server, c->incoming)) {
            refuse_incoming(c, 503, "Too many large requests are under way; try again.");
            break;
        }
        switch (step) {
        case HTTP_MORE: ASSERT(bytes.len == 0); break;
        case HTTP_REFUSED: refuse_incoming(c, decoder->status, decoder->reason); break;
        case HTTP_DONE:
            c->takes_no_more = !decoder->request.keep_alive;
            answered_bytes += run_handler(c, take_incoming(c));
            break;
        }
    }
    if (c->takes_no_more) bytes.len = 0;
    return bytes;
}

static void keep_unread(struct connection *c, str bytes)
{
    if (bytes.len == 0) return;
    ASSERT(bytes.ptr);
    if (!c->unread) {
        c->unread = malloc(sizeof *c->unread);
        if (!c->unread) fatal("out of memory");
        buf_init(c->unread, NULL);
    }
    buf_add(c->unread, bytes);
}

static void consume_unread(struct connection *c)
{
    struct buf *taken = c->unread;
    c->unread = NULL;
    keep_unread(c, consume(c, buf_str(taken)));
    buf_close(taken);
    free(taken);
}

/* ---- bytes in ---- */

static void on_allocate(uv_handle_t *handle, size_t suggested, uv_buf_t *buf)
{
    (void)suggested;
    struct server *server = ((struct connection *)handle)->server;
    *buf = (uv_buf_t){ .base = server->read_buffer, .len = sizeof server->read_buffer };
}

static void on_end(struct connection *c, bool is_orderly)
{
    if (!is_orderly || (!c->first && !c->is_writing && !c->unread)) {
        connection_close(c);
        return;
    }
    /* The client has closed its side. What runs may still be answered, but what is parked may wait
     * for a minute: whoever hangs up has given up. */
    c->has_ended = true;
    c->is_reading = false;
    uv_read_stop((uv_stream_t *)&c->tcp);
    drop_incoming(c);
    cancel_running(c);
    connection_advance(c);
}

static void on_read(uv_stream_t *stream, ssize_t count, const uv_buf_t *buf)
{
    struct connection *c = (struct connection *)stream;
    if (count == 0 || c->is_closing) return;
    if (count < 0) {
        on_end(c, count == UV_EOF);
        return;
    }
    c->server->counters.bytes_in += (uint64_t)count;
    if (c->takes_no_more) return;
    str bytes = { buf->base, (size_t)count };
    keep_unread(c, c->unread ? bytes : consume(c, bytes));
    connection_advance(c);
}

static void update_reading(struct connection *c)
{
    bool wanted = !c->has_ended && (!c->unread || c->unread->len < HTTP_UNREAD_BYTES_MAX);
    if (wanted == c->is_reading) return;
    c->is_reading = wanted;
    if (!wanted)
        uv_read_stop((uv_stream_t *)&c->tcp);
    else if (uv_read_start((uv_stream_t *)&c->tcp, on_allocate, on_read) != 0)
        connection_close(c);
}

/* Nothing more can be done now: sets what the connection waits for, or ends it. */
static void settle(struct connection *c)
{
    bool is_quiet = !c->first && !c->is_writing;
    if (is_quiet && c->has_ended && !c->unread) {
        connection_close(c);
        return;
    }
    enum timeout_class to = timeout_for(c);
    if (to == TIMEOUT_LINGER && c->timeout_class != TIMEOUT_LINGER) {
        /* The last answer is sent. A close while input is still arriving would reset the
         * connection, and the client might never see the answer. */
        uv_os_fd_t fd;
        if (uv_fileno((uv_handle_t *)&c->tcp, &fd) == 0) shutdown(fd, SHUT_WR);
    }
    if (to != c->timeout_class || to == TIMEOUT_IDLE) set_timeout(c, to);
    update_reading(c);
}

/* ---- for core.c ---- */

void connection_advance(struct connection *c)
{
    if (c->is_closing) return;
    for (;;) {
        if (!c->is_writing && !write_answers(c)) return;
        if (c->is_writing) break;
        if (c->first && c->first->state == EXCHANGE_WAITING)
            run_handler(c, c->first);
        else if (c->unread && !is_blocked(c))
            consume_unread(c);
        else if (!c->first || c->first->state != EXCHANGE_DONE)
            break;
    }
    if (c->takes_no_more) drop_unread(c);
    if (!send_continue(c)) return;
    settle(c);
}

struct connection *connection_take_back(struct exchange *exchange)
{
    struct server *server = exchange->server;
    struct connection *c = exchange->connection;
    ASSERT(exchange->state == EXCHANGE_RUNNING && server->running_count > 0);
    server->running_count--;
    server->handler.finish(server->handler.context, exchange);
    if (!c) {
        exchange_free(exchange);
        return NULL;
    }
    exchange_move(exchange, EXCHANGE_DONE);
    ASSERT(c->running_count > 0);
    c->running_count--;
    return c;
}

void connection_time_out(struct connection *c)
{
    c->server->counters.timed_out++;
    if (c->timeout_class != TIMEOUT_REQUEST || c->first) {
        connection_close(c);
        return;
    }
    refuse_incoming(c, 408, "The request did not arrive in time.");
    connection_advance(c);
}

void connection_finish(struct connection *c)
{
    if (c->is_closing) return;
    drop_incoming(c);
    drop_unread(c);
    c->takes_no_more = true;
    if (!c->first && !c->is_writing) connection_close(c);
}

str connection_peer(const struct connection *connection, struct arena *arena)
{
    struct sockaddr_storage peer;
    char text[INET6_ADDRSTRLEN];
    int bytes = sizeof peer;
    if (uv_tcp_getpeername(&connection->tcp, (struct sockaddr *)&peer, &bytes) != 0)
        return (str){ 0 };
    if (uv_ip_name((struct sockaddr *)&peer, text, sizeof text) != 0) return (str){ 0 };
    return arena_str(arena, str_from(text));
}

void connection_accept(struct server *server)
{
    struct connection *c = calloc(1, sizeof *c);
    if (!c) fatal("out of memory");
    c->server = server;
    if (uv_tcp_init(&server->loop, &c->tcp) != 0) fatal("out of memory");
    list_append(&server->timeouts[TIMEOUT_NONE], c);
    server->open_count++;
    if (uv_accept((uv_stream_t *)&server->listener, (uv_stream_t *)&c->tcp) != 0) {
        connection_close(c);
        return;
    }
    server->counters.accepted++;
    if (server->open_count > server->limits.connections_max) {
        server->counters.refused_full++;
        connection_close(c);
        return;
    }
    uv_tcp_nodelay(&c->tcp, 1);
    settle(c);
}
