/* What a request means: the routes, and the way of an API call to the shard and back. */
#include <stdlib.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/prng.h"
#include "server/core.h"
#include "server/metrics.h"
#include "server/origin.h"
#include "services/sns/sns.h"

/* The context of the handler. */
struct routes {
    struct shard *shard;   /* borrowed */
    struct server *server; /* borrowed; set once it is open */
    struct metrics *metrics;
    struct prng prng; /* request ids */
    void (*stop)(void *context);
    void *stop_context;
};

/* ---- API calls ---- */

static void answer_call(struct routes *routes, struct exchange *exchange)
{
    struct protocol_answer answer;
    protocol_answer(&exchange->protocol, &exchange->call, &answer);
    exchange->answer = (struct http_answer){
        .status = answer.status,
        .content_type = answer.content_type,
        .headers = answer.headers,
        .body = answer.body,
        .is_without_body = str_eq(exchange->decoder.request.method, STR("HEAD")),
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
    char *id = arena_alloc(&call->arena, PRNG_UUID_CHARS);
    prng_uuid(&routes->prng, id);
    call->id = (str){ id, PRNG_UUID_CHARS };
    call->complete = on_complete;
    if (exchange->connection) call->peer = connection_peer(exchange->connection, &call->arena);
    exchange->is_decoded = true;
    return protocol_decode(&exchange->protocol, &exchange->decoder.request, call, &call->error);
}

static enum handle_result handle_call(struct routes *routes, struct exchange *exchange,
                                      bool is_alone)
{
    if (!exchange->is_decoded && !decode_call(routes, exchange)) {
        answer_call(routes, exchange);
        return HANDLE_ANSWERED;
    }
    if (exchange->call.operation->write) {
        if (!protocol_prepare(routes->shard, &exchange->call)) {
            answer_call(routes, exchange);
            return HANDLE_ANSWERED;
        }
        shard_submit(routes->shard, &exchange->call);
        return HANDLE_LATER;
    }
    /* Whoever sends a write and a read in one go must see the write in the read. */
    if (!is_alone) return HANDLE_WAIT;
    if (protocol_read(routes->shard, &exchange->call) == HANDLED_LATER) return HANDLE_LATER;
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
                       "\",\"description\":\"A durable workflow engine that speaks the APIs of AWS "
                       "Step Functions, SQS, SNS, Lambda, DynamoDB and EventBridge: this is their "
                       "endpoint.\",\"region\":"));
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
    services_metrics(routes->shard, exchange_arena(exchange), &body);
    exchange->answer = (struct http_answer){
        .status = 200,
        .content_type = STR("text/plain; version=0.0.4"),
        .body = buf_str(&body),
    };
}

/* The certificate that the signatures of notifications are checked with. */
static void get_certificate(struct routes *routes, struct exchange *exchange)
{
    struct reader reader;
    str pem;
    shard_read_begin(routes->shard, &reader, exchange_arena(exchange));
    struct source source = source_from_reader(&reader, &exchange->call);
    bool found = sns_certificate(&source, &pem);
    shard_read_end(&reader);
    if (!found) {
        answer_set_error(&exchange->answer, exchange_arena(exchange), 404, STR("NotFound"),
                         STR("There is no certificate before the first topic is made."));
        return;
    }
    exchange->answer = (struct http_answer){
        .status = 200,
        .content_type = STR("application/x-pem-file"),
        .body = pem,
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
    { STR_INIT("/SimpleNotificationService-baton.pem"), get_certificate, false },
};

static const struct route *find_route(str path)
{
    for (size_t i = 0; i < sizeof route_table / sizeof route_table[0]; i++) {
        if (str_eq(route_table[i].path, path)) return &route_table[i];
    }
    return NULL;
}

static void answer_page(struct routes *routes, struct exchange *exchange, const struct route *route)
{
    const struct http_request *request = &exchange->decoder.request;
    bool is_head = str_eq(request->method, STR("HEAD"));
    if (!route) {
        answer_set_error(&exchange->answer, exchange_arena(exchange), 404, STR("NotFound"),
                         STR("There is nothing at this path."));
    } else if (is_head || str_eq(request->method, STR("GET"))) {
        route->get(routes, exchange);
    } else {
        answer_set_error(&exchange->answer, exchange_arena(exchange), 405, STR("MethodNotAllowed"),
                         STR("This path does not take this method."));
        exchange->answer.headers =
            route->takes_calls ? STR("Allow: GET, HEAD, POST\r\n") : STR("Allow: GET, HEAD\r\n");
    }
    exchange->answer.is_without_body = is_head;
}

static enum handle_result handle(void *context, struct exchange *exchange, bool is_alone)
{
    struct routes *routes = context;
    const struct http_request *request = &exchange->decoder.request;
    if (exchange->is_decoded || protocol_recognise(request, &exchange->protocol)) {
        /* A web route's addresses are for any page: each says itself who may use it. */
        bool is_web = exchange->protocol.kind == PROTOCOL_WEB;
        if (is_web || !origin_is_foreign(request)) return handle_call(routes, exchange, is_alone);
        answer_set_error(&exchange->answer, exchange_arena(exchange), 403, STR("AccessDenied"),
                         STR("Pages of other sites cannot make calls."));
        return HANDLE_ANSWERED;
    }
    if (!is_alone) return HANDLE_WAIT; /* a page may show what the calls before it have done */
    answer_page(routes, exchange, find_route(request->path));
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
    if (routes->stop)
        routes->stop(routes->stop_context);
    else
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
    routes->stop = options->stop;
    routes->stop_context = options->stop_context;
    routes->metrics = metrics_new();
    struct server_handler handler = { handle, finish, cancel, stop, close_routes, routes };
    if (!server_open_with(options, &handler, out, err)) return false;
    routes->server = *out;
    return true;
}
