/* What a request means: the routes, and the way of an API call to the shard and back. */
#include <stdlib.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/prng.h"
#include "protocol/protocol.h"
#include "server/core.h"
#include "server/metrics.h"

/* The context of the handler. */
struct routes {
    struct shard *shard;   /* borrowed */
    struct server *server; /* borrowed; set once it is open */
    struct metrics *metrics;
    struct prng prng; /* request ids */
};

/* ---- API calls ---- */

static void answer_call(struct routes *routes, struct exchange *exchange)
{
    struct protocol_answer answer;
    protocol_answer(&exchange->call, &answer);
    exchange->answer = (struct http_answer){
        .status = answer.status,
        .content_type = answer.content_type,
        .headers = answer.headers,
        .body = answer.body,
    };
    const struct request *call = &exchange->call;
    int64_t duration_us = clock_monotonic_us() - exchange->begun_us;
    metrics_count_call(routes->metrics, call->operation, call->error.code, duration_us);
    str name = call->operation ? call->operation->name : STR("unknown");
    str code = call->error.code == ERROR_NONE ? STR("OK") : error_name(call->error.code);
    log_line(answer.status >= 500 ? LOG_WARN : LOG_DEBUG, "call",
             "operation=%.*s code=%.*s duration_us=%lld id=%.*s", STR_ARGS(name), STR_ARGS(code),
             (long long)duration_us, STR_ARGS(call->id));
}

static void on_complete(struct request *request)
{
    server_complete(request->owner);
}

static bool decode_call(struct routes *routes, struct exchange *exchange)
{
    struct request *call = &exchange->call;
    struct protocol_call parts = { .body = exchange->decoder.request.body };
    (void)http_find_header(&exchange->decoder.request, STR("X-Amz-Target"), &parts.target);
    (void)http_find_header(&exchange->decoder.request, STR("Content-Type"), &parts.content_type);
    char *id = arena_alloc(&call->arena, PRNG_UUID_CHARS);
    prng_uuid(&routes->prng, id);
    call->id = (str){ id, PRNG_UUID_CHARS };
    call->complete = on_complete;
    exchange->is_decoded = true;
    return protocol_decode(&parts, call, &call->error);
}

static enum handle_result handle_call(struct routes *routes, struct exchange *exchange,
                                      bool is_alone)
{
    if (!exchange->is_decoded && !decode_call(routes, exchange)) {
        answer_call(routes, exchange);
        return HANDLE_ANSWERED;
    }
    if (exchange->call.operation->write) {
        shard_submit(routes->shard, &exchange->call);
        return HANDLE_LATER;
    }
    /* Whoever sends a write and a read in one go must see the write in the read. */
    if (!is_alone) return HANDLE_WAIT;
    protocol_read(routes->shard, &exchange->call);
    answer_call(routes, exchange);
    return HANDLE_ANSWERED;
}

/* ---- the other paths ---- */

/* Says who answers, for people and for tools that make ARNs from names. */
static void get_root(struct routes *routes, struct exchange *exchange)
{
    struct buf body;
    buf_init(&body, exchange_arena(exchange));
    buf_add(&body, STR("{\"name\":\"baton\",\"version\":\"" BATON_VERSION
                       "\",\"description\":\"A durable workflow engine that speaks the AWS Step "
                       "Functions API. Send API calls as POST / with X-Amz-Target.\",\"region\":"));
    json_write_str(&body, shard_region(routes->shard));
    buf_add(&body, STR(",\"account\":"));
    json_write_str(&body, shard_account(routes->shard));
    buf_add(&body, STR("}\n"));
    exchange->answer = (struct http_answer){
        .status = 200,
        .content_type = STR("application/json"),
        .body = buf_str(&body),
    };
}

static void get_healthz(struct routes *routes, struct exchange *exchange)
{
    (void)routes;
    exchange->answer = (struct http_answer){
        .status = 200,
        .content_type = STR("application/json"),
        .body = STR("{\"status\":\"ok\"}"),
    };
}

static void get_metrics(struct routes *routes, struct exchange *exchange)
{
    struct buf body;
    buf_init(&body, exchange_arena(exchange));
    metrics_write(routes->metrics, routes->server, &body);
    shard_metrics(routes->shard, &body);
    exchange->answer = (struct http_answer){
        .status = 200,
        .content_type = STR("text/plain; version=0.0.4"),
        .body = buf_str(&body),
    };
}

struct route {
    str path;
    void (*get)(struct routes *routes, struct exchange *exchange);
    bool takes_calls; /* POST is an API call */
};

static const struct route route_table[] = {
    { STR_INIT("/"), get_root, true },
    { STR_INIT("/healthz"), get_healthz, false },
    { STR_INIT("/metrics"), get_metrics, false },
};

static const struct route *find_route(str path)
{
    for (size_t i = 0; i < sizeof route_table / sizeof route_table[0]; i++) {
        if (str_eq(route_table[i].path, path)) return &route_table[i];
    }
    return NULL;
}

static enum handle_result handle(void *context, struct exchange *exchange, bool is_alone)
{
    struct routes *routes = context;
    const struct http_request *request = &exchange->decoder.request;
    const struct route *route = find_route(request->path);
    bool is_head = str_eq(request->method, STR("HEAD"));
    if (!route) {
        answer_set_error(&exchange->answer, exchange_arena(exchange), 404, STR("NotFound"),
                         STR("There is nothing at this path."));
    } else if (route->takes_calls && str_eq(request->method, STR("POST"))) {
        return handle_call(routes, exchange, is_alone);
    } else if (is_head || str_eq(request->method, STR("GET"))) {
        if (!is_alone) return HANDLE_WAIT;
        route->get(routes, exchange);
    } else {
        answer_set_error(&exchange->answer, exchange_arena(exchange), 405, STR("MethodNotAllowed"),
                         STR("This path does not take this method."));
        exchange->answer.headers =
            route->takes_calls ? STR("Allow: GET, HEAD, POST\r\n") : STR("Allow: GET, HEAD\r\n");
    }
    exchange->answer.is_without_body = is_head;
    return HANDLE_ANSWERED;
}

static void finish(void *context, struct exchange *exchange)
{
    answer_call(context, exchange);
}

static void cancel(void *context, struct exchange *exchange)
{
    struct routes *routes = context;
    shard_cancel(routes->shard, &exchange->call);
}

static void stop(void *context)
{
    struct routes *routes = context;
    shard_stop(routes->shard);
}

static void close_routes(void *context)
{
    struct routes *routes = context;
    metrics_free(routes->metrics);
    free(routes);
}

bool server_open(const struct server_options *options, struct server **out, struct error *err)
{
    struct routes *routes = calloc(1, sizeof *routes);
    if (!routes) fatal("out of memory");
    uint64_t seed;
    entropy_fill(&seed, sizeof seed);
    prng_seed(&routes->prng, seed);
    routes->shard = options->shard;
    routes->metrics = metrics_new();
    struct server_handler handler = { handle, finish, cancel, stop, close_routes, routes };
    if (!server_open_with(options, &handler, out, err)) return false;
    routes->server = *out;
    return true;
}
