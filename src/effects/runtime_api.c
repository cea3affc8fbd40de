/* The Lambda Runtime API of one process (AWS: "Using the Lambda runtime API"): a listener on a port
 * of its own, so that which process calls is known by where it calls, and none can answer for
 * another by mistake. */
#include <stdio.h>
#include <stdlib.h>

#include "effects/private.h"
#include "http/http.h"

enum { HEAD_BYTES_MAX = 512 };

static const struct http_limits limits = {
    .header_bytes_max = HTTP_HEADER_BYTES_MAX,
    .headers_max = HTTP_HEADERS_MAX,
    .body_bytes_max = FUNCTION_RESPONSE_BYTES_MAX,
};

/* One connection: requests one after the other, each answered before the next is read, but for the
 * request for work, which waits. */
struct api_connection {
    uv_tcp_t tcp; /* first, so that the handle is the connection */
    struct runtime_api *api;
    struct api_connection *previous, *next;
    struct arena arena; /* of the request at hand */
    struct http_decoder decoder;
    bool is_waiting; /* for work */
    bool is_deaf;    /* after a refusal: reads on to the end, so that the client sees the answer */
    bool is_closing;
};

struct runtime_api {
    uv_tcp_t listener; /* first */
    struct effects *effects;
    struct process *process; /* borrowed; NULL when closed */
    const struct runtime_events *events;
    struct api_connection *connections;
    size_t connection_count;
    struct api_connection *waiting; /* the one whose request for work is not answered */
    const struct run *undelivered;  /* given while none was waiting */
    uint16_t port;
    bool listener_is_closed;
};

/* An answer that the kernel has not taken at once. */
struct unsent {
    uv_write_t write; /* first */
    char bytes[];
};

/* ---- closing ---- */

static void free_if_closed(struct runtime_api *api)
{
    if (api->listener_is_closed && api->connection_count == 0) free(api);
}

static void on_connection_closed(uv_handle_t *handle)
{
    struct api_connection *c = (struct api_connection *)handle;
    struct runtime_api *api = c->api;
    if (c->previous)
        c->previous->next = c->next;
    else
        api->connections = c->next;
    if (c->next) c->next->previous = c->previous;
    api->connection_count--;
    arena_close(&c->arena);
    free(c);
    free_if_closed(api);
}

static void close_connection(struct api_connection *c)
{
    if (c->is_closing) return;
    c->is_closing = true;
    if (c->api->waiting == c) c->api->waiting = NULL;
    uv_close((uv_handle_t *)&c->tcp, on_connection_closed);
}

static void on_listener_closed(uv_handle_t *handle)
{
    struct runtime_api *api = (struct runtime_api *)handle;
    api->listener_is_closed = true;
    free_if_closed(api);
}

void runtime_api_close(struct runtime_api *api)
{
    api->process = NULL;
    api->undelivered = NULL;
    for (struct api_connection *c = api->connections; c; c = c->next)
        close_connection(c);
    uv_close((uv_handle_t *)&api->listener, on_listener_closed);
}

/* ---- answers ---- */

static void on_shut_down(uv_shutdown_t *shutdown, int status)
{
    (void)status;
    free(shutdown);
}

/* Nothing more is said; what the client still says is read and dropped, so that it can take the
 * last answer. */
static void hang_up(struct api_connection *c)
{
    c->is_deaf = true;
    uv_shutdown_t *shutdown = malloc(sizeof *shutdown);
    if (!shutdown) fatal("out of memory");
    if (uv_shutdown(shutdown, (uv_stream_t *)&c->tcp, on_shut_down) == 0) return;
    free(shutdown);
    close_connection(c);
}

static void on_written(uv_write_t *write, int status)
{
    struct api_connection *c = (struct api_connection *)write->handle;
    free(write);
    if (status < 0) close_connection(c);
}

/* libuv's buffers serve reading, too, so they are not const. */
static uv_buf_t uv_slice(str s)
{
    union {
        const char *from;
        char *to;
    } pointer = { .from = s.ptr };
    return (uv_buf_t){ .base = pointer.to, .len = s.len };
}

static void write_bytes(struct api_connection *c, str head, str body)
{
    uv_buf_t bufs[] = { uv_slice(head), uv_slice(body) };
    int sent = uv_try_write((uv_stream_t *)&c->tcp, bufs, body.len ? 2 : 1);
    size_t done = sent < 0 ? 0 : (size_t)sent;
    if (sent < 0 && sent != UV_EAGAIN) {
        close_connection(c);
        return;
    }
    size_t total = head.len + body.len;
    if (done == total) return;
    struct unsent *unsent = malloc(sizeof *unsent + total - done);
    if (!unsent) fatal("out of memory");
    size_t at = 0;
    if (done < head.len) {
        at = head.len - done;
        memcpy(unsent->bytes, head.ptr + done, at);
    }
    size_t skipped = done > head.len ? done - head.len : 0;
    if (body.len > skipped) memcpy(unsent->bytes + at, body.ptr + skipped, body.len - skipped);
    uv_buf_t rest = uv_buf_init(unsent->bytes, (unsigned)(total - done));
    if (uv_write(&unsent->write, (uv_stream_t *)&c->tcp, &rest, 1, on_written) != 0) {
        free(unsent);
        close_connection(c);
    }
}

static void answer(struct api_connection *c, const char *status, str body)
{
    char head[HEAD_BYTES_MAX];
    int len = snprintf(head, sizeof head,
                       "HTTP/1.1 %s\r\nContent-Type: application/json\r\n"
                       "Content-Length: %zu\r\n%s\r\n",
                       status, body.len, c->is_deaf ? "Connection: close\r\n" : "");
    write_bytes(c, (str){ head, (size_t)len }, body);
}

static void answer_error(struct api_connection *c, const char *status, const char *type,
                         const char *message)
{
    char body[HEAD_BYTES_MAX];
    int len = snprintf(body, sizeof body, "{\"errorMessage\":\"%s\",\"errorType\":\"%s\"}\n",
                       message, type);
    answer(c, status, (str){ body, (size_t)len });
}

static void answer_accepted(struct api_connection *c)
{
    answer(c, "202 Accepted", STR("{\"status\":\"OK\"}\n"));
}

static void answer_post(struct api_connection *c, bool accepted)
{
    if (accepted)
        answer_accepted(c);
    else
        answer_error(c, "400 Bad Request", "InvalidRequestID", "Invalid request ID");
}

/* A value for a header: none of its bytes can end the line. */
static void add_header(struct buf *out, const char *name, str value)
{
    if (value.len == 0) return;
    buf_printf(out, "%s: ", name);
    for (size_t i = 0; i < value.len; i++) {
        unsigned char byte = (unsigned char)value.ptr[i];
        if (byte >= ' ' && byte != 0x7F) buf_add_char(out, value.ptr[i]);
    }
    buf_add(out, STR("\r\n"));
}

/* AWS: "Next invocation". */
static void answer_next(struct api_connection *c, const struct run *run)
{
    const struct invocation *call = &run->call;
    struct buf head;
    buf_init(&head, &c->arena);
    buf_printf(&head,
               "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %zu\r\n"
               "Lambda-Runtime-Deadline-Ms: %lld\r\n",
               call->payload.len, (long long)run->deadline_ms);
    add_header(&head, "Lambda-Runtime-Aws-Request-Id", call->request_id);
    add_header(&head, "Lambda-Runtime-Invoked-Function-Arn",
               call->invoked_arn.len ? call->invoked_arn : run->spec.arn);
    add_header(&head, "Lambda-Runtime-Trace-Id", run->trace_id);
    add_header(&head, "Lambda-Runtime-Client-Context", call->client_context);
    buf_add(&head, STR("\r\n"));
    c->is_waiting = false;
    write_bytes(c, buf_str(&head), call->payload);
}

void runtime_api_give(struct runtime_api *api, const struct run *run)
{
    struct api_connection *c = api->waiting;
    api->waiting = NULL;
    if (c)
        answer_next(c, run);
    else
        api->undelivered = run;
}

/* ---- requests ---- */

static void begin_request(struct api_connection *c)
{
    arena_reset(&c->arena);
    http_decoder_init(&c->decoder, &limits, &c->arena);
}

static void handle_next(struct api_connection *c)
{
    struct runtime_api *api = c->api;
    if (api->undelivered) {
        const struct run *run = api->undelivered;
        api->undelivered = NULL;
        answer_next(c, run);
        return;
    }
    /* A process that asks twice has lost the first connection. */
    if (api->waiting) close_connection(api->waiting);
    c->is_waiting = true;
    api->waiting = c;
    if (api->events->next(api->process)) return;
    if (api->waiting == c) api->waiting = NULL;
    c->is_waiting = false;
    answer_error(c, "403 Forbidden", "InvalidStateTransition",
                 "The invocation at hand is not answered yet");
}

/* Splits "ID/response" at its slash. */
static bool split_invocation(str rest, str *id, str *what)
{
    size_t slash = str_find_char(rest, '/', 0);
    if (slash == 0 || slash == rest.len) return false;
    *id = str_slice(rest, 0, slash);
    *what = str_skip(rest, slash + 1);
    return true;
}

static void handle_request(struct api_connection *c)
{
    static const str next = STR_INIT("/2018-06-01/runtime/invocation/next");
    static const str invocation = STR_INIT("/2018-06-01/runtime/invocation/");
    static const str init_error = STR_INIT("/2018-06-01/runtime/init/error");
    struct runtime_api *api = c->api;
    const struct http_request *request = &c->decoder.request;
    bool is_post = str_eq(request->method, STR("POST"));
    str id, what;
    if (str_eq(request->method, STR("GET")) && str_eq(request->path, next)) {
        handle_next(c);
    } else if (is_post && str_eq(request->path, init_error)) {
        if (api->events->init_error(api->process, request->body))
            answer_accepted(c);
        else
            answer_error(c, "403 Forbidden", "InvalidStateTransition", "The start is over");
    } else if (is_post && str_starts_with(request->path, invocation) &&
               split_invocation(str_skip(request->path, invocation.len), &id, &what) &&
               (str_eq(what, STR("response")) || str_eq(what, STR("error")))) {
        bool accepted = str_eq(what, STR("response"))
                            ? api->events->response(api->process, id, request->body)
                            : api->events->error(api->process, id, request->body);
        if (!c->is_closing) answer_post(c, accepted);
    } else {
        answer_error(c, "404 Not Found", "NotFound", "404 page not found");
    }
}

/* Nothing more is understood on this connection. An answer that is too large is the function's
 * error; whose answer it is the head has said. */
static void answer_refused(struct api_connection *c)
{
    struct runtime_api *api = c->api;
    static const str invocation = STR_INIT("/2018-06-01/runtime/invocation/");
    const struct http_decoder *decoder = &c->decoder;
    str id, what;
    c->is_deaf = true;
    if (decoder->status == 413) {
        answer_error(c, "413 Request Entity Too Large", "RequestEntityTooLarge",
                     "Exceeded maximum allowed payload size (6291556 bytes).");
        str path = decoder->request.path;
        if (str_starts_with(path, invocation) &&
            split_invocation(str_skip(path, invocation.len), &id, &what))
            api->events->too_large(api->process, id);
        return;
    }
    char status[32];
    snprintf(status, sizeof status, "%d Refused", decoder->status);
    answer_error(c, status, "InvalidRequest", decoder->reason);
}

static void continue_body(struct api_connection *c)
{
    struct http_decoder *decoder = &c->decoder;
    if (!decoder->request.expects_continue || decoder->phase == HTTP_PHASE_HEAD) return;
    decoder->request.expects_continue = false;
    write_bytes(c, STR("HTTP/1.1 100 Continue\r\n\r\n"), (str){ NULL, 0 });
}

static void take_bytes(struct api_connection *c, str bytes)
{
    while (bytes.len > 0 && !c->is_closing && !c->is_deaf) {
        if (c->is_waiting) { /* nothing can follow a request for work */
            close_connection(c);
            return;
        }
        size_t used;
        enum http_step step = http_decoder_feed(&c->decoder, bytes, &used);
        bytes = str_skip(bytes, used);
        if (step == HTTP_REFUSED) {
            answer_refused(c);
            if (!c->is_closing) hang_up(c);
        } else if (step == HTTP_DONE) {
            bool keep_alive = c->decoder.request.keep_alive;
            handle_request(c);
            if (c->is_closing) return;
            begin_request(c);
            if (!keep_alive && !c->is_waiting) hang_up(c);
        } else {
            continue_body(c);
        }
    }
}

/* ---- connections ---- */

static void on_alloc(uv_handle_t *handle, size_t suggested, uv_buf_t *buf)
{
    (void)suggested;
    struct api_connection *c = (struct api_connection *)handle;
    *buf = uv_buf_init(c->api->effects->request_bytes, EFFECTS_READ_BYTES);
}

static void on_read(uv_stream_t *stream, ssize_t got, const uv_buf_t *buf)
{
    struct api_connection *c = (struct api_connection *)stream;
    if (got < 0)
        close_connection(c);
    else if (got > 0)
        take_bytes(c, (str){ buf->base, (size_t)got });
}

static void on_connection(uv_stream_t *listener, int status)
{
    struct runtime_api *api = (struct runtime_api *)listener;
    if (status < 0) return;
    struct api_connection *c = calloc(1, sizeof *c);
    if (!c || uv_tcp_init(&api->effects->loop, &c->tcp) != 0) fatal("out of memory");
    c->api = api;
    arena_init(&c->arena);
    c->next = api->connections;
    if (c->next) c->next->previous = c;
    api->connections = c;
    api->connection_count++;
    bool good = uv_accept(listener, (uv_stream_t *)&c->tcp) == 0 &&
                api->connection_count <= FUNCTION_CONNECTIONS_MAX;
    begin_request(c);
    if (good) uv_tcp_nodelay(&c->tcp, 1);
    if (!good || uv_read_start((uv_stream_t *)&c->tcp, on_alloc, on_read) != 0) close_connection(c);
}

struct runtime_api *runtime_api_new(struct effects *effects, struct process *process,
                                    const struct runtime_events *events)
{
    struct runtime_api *api = calloc(1, sizeof *api);
    if (!api || uv_tcp_init(&effects->loop, &api->listener) != 0) fatal("out of memory");
    api->effects = effects;
    api->process = process;
    api->events = events;
    struct sockaddr_in address;
    int len = sizeof address;
    uv_ip4_addr("127.0.0.1", 0, &address);
    if (uv_tcp_bind(&api->listener, (struct sockaddr *)&address, 0) != 0 ||
        uv_listen((uv_stream_t *)&api->listener, FUNCTION_CONNECTIONS_MAX, on_connection) != 0 ||
        uv_tcp_getsockname(&api->listener, (struct sockaddr *)&address, &len) != 0) {
        runtime_api_close(api);
        return NULL;
    }
    api->port = ntohs(address.sin_port);
    return api;
}

uint16_t runtime_api_port(const struct runtime_api *api)
{
    return api->port;
}
