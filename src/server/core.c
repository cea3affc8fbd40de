/* The loop: listener, completions from other threads, timeouts, the orderly stop. */
#include "server/core.h"

#include <signal.h>
#include <stdlib.h>

#include "base/log.h"
#include "server/address.h"

enum {
    SERVER_BACKLOG = 1024,
    SERVER_SWEEP_MS_MAX = 1000,
    SERVER_STOP_MS_MAX = 2000, /* for clients to take their last answers */
};

/* ---- the end ---- */

static void close_handle(uv_handle_t *handle, void *unused)
{
    (void)unused;
    if (!uv_is_closing(handle)) uv_close(handle, NULL);
}

void server_connection_closed(struct server *server)
{
    if (server->open_count > 0) return;
    uv_timer_stop(&server->sweep);
    if (server->is_stopping) uv_walk(&server->loop, close_handle, NULL);
}

static void for_each_connection(struct server *server, void (*act)(struct connection *connection))
{
    for (int class = 0; class < TIMEOUT_CLASSES; class ++) {
        for (struct connection *c = server->timeouts[class].first, *next; c; c = next) {
            next = c->next;
            act(c);
        }
    }
}

/* ---- completions ---- */

void server_complete(struct exchange *exchange)
{
    struct server *server = exchange->server;
    struct exchange *top = atomic_load_explicit(&server->completed, memory_order_relaxed);
    do {
        exchange->completed_next = top;
    } while (!atomic_compare_exchange_weak_explicit(&server->completed, &top, exchange,
                                                    memory_order_release, memory_order_relaxed));
    /* Whoever finds the stack empty wakes the loop; those after it are taken along. */
    if (!top) uv_async_send(&server->wake_up);
}

static void take_completions(struct server *server)
{
    struct exchange *exchange =
        atomic_exchange_explicit(&server->completed, NULL, memory_order_acquire);
    struct connection *touched = NULL;
    while (exchange) {
        struct exchange *next = exchange->completed_next;
        struct connection *connection = connection_take_back(exchange);
        if (connection && !connection->is_touched) {
            connection->is_touched = true;
            connection->touched_next = touched;
            touched = connection;
        }
        exchange = next;
    }
    while (touched) {
        struct connection *connection = touched;
        touched = connection->touched_next;
        connection->is_touched = false;
        connection_advance(connection);
    }
}

/* ---- stopping ---- */

static void begin_stop(struct server *server)
{
    if (server->is_stopping) return;
    server->is_stopping = true;
    log_line(LOG_INFO, "stopping", "connections=%zu running=%zu", server->open_count,
             server->running_count);
    /* From here on a second signal has its usual effect: the process ends at once. */
    if (server->handles_signals) {
        for (int i = 0; i < 2; i++)
            uv_signal_stop(&server->signals[i]);
    }
    close_handle((uv_handle_t *)&server->listener, NULL);
    for_each_connection(server, connection_finish);
    server->handler.stop(server->handler.context);
    take_completions(server);
    ASSERT_CMP(server->running_count, ==, 0);
    uv_update_time(&server->loop);
    server->stop_deadline_ms = uv_now(&server->loop) + SERVER_STOP_MS_MAX;
    server_connection_closed(server);
}

static void on_wake_up(uv_async_t *async)
{
    struct server *server = async->data;
    take_completions(server);
    if (atomic_load(&server->stop_wanted)) begin_stop(server);
}

static void on_signal(uv_signal_t *handle, int number)
{
    (void)number;
    begin_stop(handle->data);
}

/* ---- timeouts ---- */

static uint64_t class_limit_ms(const struct server *server, enum timeout_class class)
{
    switch (class) {
    case TIMEOUT_IDLE: return server->limits.idle_ms_max;
    case TIMEOUT_REQUEST: return server->limits.request_ms_max;
    case TIMEOUT_WRITE: return server->limits.write_ms_max;
    case TIMEOUT_LINGER: return server->limits.linger_ms_max;
    case TIMEOUT_NONE:
    case TIMEOUT_CLASSES: break;
    }
    return UINT64_MAX;
}

static void on_sweep(uv_timer_t *timer)
{
    struct server *server = timer->data;
    uint64_t now_ms = uv_now(&server->loop);
    for (int class = TIMEOUT_NONE + 1; class < TIMEOUT_CLASSES; class ++) {
        uint64_t limit_ms = class_limit_ms(server, (enum timeout_class) class);
        struct connection *c;
        while ((c = server->timeouts[class].first) && now_ms - c->since_ms >= limit_ms) {
            connection_time_out(c);
            ASSERT(server->timeouts[class].first != c);
        }
    }
    if (server->is_stopping && now_ms >= server->stop_deadline_ms)
        for_each_connection(server, connection_close);
}

static uint64_t sweep_interval_ms(const struct server_limits *limits)
{
    uint64_t shortest = limits->idle_ms_max;
    if (limits->request_ms_max < shortest) shortest = limits->request_ms_max;
    if (limits->write_ms_max < shortest) shortest = limits->write_ms_max;
    if (limits->linger_ms_max < shortest) shortest = limits->linger_ms_max;
    uint64_t interval = shortest / 4 + 1;
    return interval < SERVER_SWEEP_MS_MAX ? interval : SERVER_SWEEP_MS_MAX;
}

static void on_connection(uv_stream_t *listener, int status)
{
    struct server *server = listener->data;
    if (status < 0) {
        log_line(LOG_WARN, "cannot accept a connection", "error=%s", uv_err_name(status));
        return;
    }
    /* Without connections there is nothing to sweep, and an idle server does not wake up. */
    if (server->open_count == 0) {
        uint64_t interval_ms = sweep_interval_ms(&server->limits);
        uv_timer_start(&server->sweep, on_sweep, interval_ms, interval_ms);
    }
    connection_accept(server);
}

/* ---- opening and closing ---- */

static struct server_limits with_defaults(struct server_limits limits)
{
    if (!limits.header_bytes_max) limits.header_bytes_max = HTTP_HEADER_BYTES_MAX;
    if (!limits.headers_max) limits.headers_max = HTTP_HEADERS_MAX;
    if (!limits.body_bytes_max) limits.body_bytes_max = HTTP_BODY_BYTES_MAX;
    if (!limits.held_bytes_max) limits.held_bytes_max = HTTP_HELD_BYTES_MAX;
    if (!limits.connections_max) limits.connections_max = HTTP_CONNECTIONS_MAX;
    if (!limits.idle_ms_max) limits.idle_ms_max = HTTP_IDLE_MS_MAX;
    if (!limits.request_ms_max) limits.request_ms_max = HTTP_REQUEST_MS_MAX;
    if (!limits.write_ms_max) limits.write_ms_max = HTTP_WRITE_MS_MAX;
    if (!limits.linger_ms_max) limits.linger_ms_max = HTTP_LINGER_MS_MAX;
    return limits;
}

static struct server *new_server(const struct server_options *options,
                                 const struct server_handler *handler)
{
    struct server *server = calloc(1, sizeof *server);
    if (!server || uv_loop_init(&server->loop) != 0) fatal("out of memory");
    server->handler = *handler;
    server->limits = with_defaults(options->limits);
    server->http_limits = (struct http_limits){
        .header_bytes_max = server->limits.header_bytes_max,
        .headers_max = server->limits.headers_max,
        .body_bytes_max = server->limits.body_bytes_max,
    };
    server->handles_signals = options->handle_signals;
    server->date_second = -1;
    buf_init(&server->heads, NULL);
    uv_async_init(&server->loop, &server->wake_up, on_wake_up);
    uv_timer_init(&server->loop, &server->sweep);
    uv_tcp_init(&server->loop, &server->listener);
    server->wake_up.data = server->sweep.data = server->listener.data = server;
    return server;
}

static bool listen_on(struct server *server, str text, struct error *err)
{
    struct sockaddr_storage address;
    if (!address_parse(text, &address, err)) return false;
    struct sockaddr_storage bound = { 0 };
    int bound_bytes = sizeof bound;
    int status = uv_tcp_bind(&server->listener, (const struct sockaddr *)&address, 0);
    if (status == 0)
        status = uv_listen((uv_stream_t *)&server->listener, SERVER_BACKLOG, on_connection);
    if (status == 0)
        status = uv_tcp_getsockname(&server->listener, (struct sockaddr *)&bound, &bound_bytes);
    if (status != 0)
        return error_set(err, ERROR_IO, "cannot listen on %.*s: %s", STR_ARGS(text),
                         uv_strerror(status));
    address_url(&bound, server->url, sizeof server->url);
    return true;
}

static void watch_signals(struct server *server)
{
    static const int numbers[] = { SIGTERM, SIGINT };
    for (int i = 0; i < 2; i++) {
        uv_signal_init(&server->loop, &server->signals[i]);
        server->signals[i].data = server;
        uv_signal_start(&server->signals[i], on_signal, numbers[i]);
    }
}

bool server_open_with(const struct server_options *options, const struct server_handler *handler,
                      struct server **out, struct error *err)
{
    struct server *server = new_server(options, handler);
    if (!listen_on(server, options->listen, err)) {
        server_close(server);
        return false;
    }
    if (server->handles_signals) watch_signals(server);
    *out = server;
    return true;
}

str server_url(const struct server *server)
{
    return str_from(server->url);
}

void server_run(struct server *server)
{
    uv_run(&server->loop, UV_RUN_DEFAULT);
    ASSERT(server->is_stopping && server->open_count == 0);
}

void server_stop(struct server *server)
{
    atomic_store(&server->stop_wanted, true);
    uv_async_send(&server->wake_up);
}

void server_close(struct server *server)
{
    /* Handles are left only if the server never ran. */
    uv_walk(&server->loop, close_handle, NULL);
    uv_run(&server->loop, UV_RUN_DEFAULT);
    int status = uv_loop_close(&server->loop);
    ASSERT_CMP(status, ==, 0);
    while (server->pool) {
        struct exchange *exchange = server->pool;
        server->pool = exchange->next;
        arena_close(&exchange->call.arena);
        free(exchange);
    }
    buf_close(&server->heads);
    if (server->handler.close) server->handler.close(server->handler.context);
    free(server);
}
