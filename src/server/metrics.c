/* Counting calls, and the text that Prometheus reads. */
#include "server/metrics.h"

#include <stdlib.h>

#include "server/core.h"
#include "services/service.h"

enum {
#define X(code, name, status) CODE_OF_##code,
    ERROR_LIST(X)
#undef X
        CODES, /* without ERROR_NONE */
};

enum { DURATION_BUCKETS = 12 };

/* Upper bounds, in microseconds; the last bucket has none. */
static const int64_t duration_bounds_us[DURATION_BUCKETS] = {
    100, 250, 500, 1000, 2500, 5000, 10000, 25000, 100000, 500000, 2500000, 10000000,
};

struct operation_calls {
    const struct operation *operation; /* borrowed; NULL: unknown ones */
    str service;
    uint64_t by_code[CODES + 1];
    uint64_t duration_us;
    uint64_t by_duration[DURATION_BUCKETS + 1];
};

struct metrics {
    size_t count;
    struct operation_calls calls[]; /* the first is that of unknown operations */
};

static void add_calls(struct metrics *metrics, const struct service *service,
                      const struct operation *operation)
{
    struct operation_calls *calls = &metrics->calls[metrics->count++];
    calls->operation = operation;
    calls->service = service->name;
}

struct metrics *metrics_new(void)
{
    size_t service_count, count = 1;
    const struct service *const *services = services_all(&service_count);
    for (size_t i = 0; i < service_count; i++)
        count += services[i]->operation_count + services[i]->web_operation_count;
    struct metrics *metrics = calloc(1, sizeof *metrics + count * sizeof metrics->calls[0]);
    if (!metrics) fatal("out of memory");
    metrics->count = 1;
    for (size_t i = 0; i < service_count; i++) {
        for (size_t j = 0; j < services[i]->operation_count; j++)
            add_calls(metrics, services[i], &services[i]->operations[j]);
        for (size_t j = 0; j < services[i]->web_operation_count; j++)
            add_calls(metrics, services[i], services[i]->web_operations[j]);
    }
    ASSERT_CMP(metrics->count, ==, count);
    return metrics;
}

void metrics_free(struct metrics *metrics)
{
    free(metrics);
}

static struct operation_calls *find_calls(struct metrics *metrics,
                                          const struct operation *operation)
{
    for (size_t i = 1; operation && i < metrics->count; i++) {
        if (metrics->calls[i].operation == operation) return &metrics->calls[i];
    }
    return &metrics->calls[0];
}

void metrics_count_call(struct metrics *metrics, const struct operation *operation,
                        enum error_code code, int64_t duration_us)
{
    struct operation_calls *calls = find_calls(metrics, operation);
    ASSERT((size_t)code <= CODES);
    calls->by_code[code]++;
    size_t bucket = 0;
    while (bucket < DURATION_BUCKETS && duration_us > duration_bounds_us[bucket])
        bucket++;
    calls->by_duration[bucket]++;
    calls->duration_us += (uint64_t)(duration_us > 0 ? duration_us : 0);
}

/* Services have operations of the same name. */
static void write_labels(const struct operation_calls *calls, const char *metric, struct buf *out)
{
    str name = calls->operation ? calls->operation->name : STR("Unknown");
    buf_printf(out, "%s{", metric);
    if (calls->operation) buf_printf(out, "service=\"%.*s\",", STR_ARGS(calls->service));
    buf_printf(out, "operation=\"%.*s\"", STR_ARGS(name));
}

static void write_codes(const struct operation_calls *calls, struct buf *out)
{
    for (size_t code = 0; code <= CODES; code++) {
        if (calls->by_code[code] == 0) continue;
        str name = code ? error_name((enum error_code)code) : STR("OK");
        write_labels(calls, "baton_requests_total", out);
        buf_printf(out, ",code=\"%.*s\"} %llu\n", STR_ARGS(name),
                   (unsigned long long)calls->by_code[code]);
    }
}

static void write_durations(const struct operation_calls *calls, struct buf *out)
{
    unsigned long long sum = 0;
    for (size_t i = 0; i <= DURATION_BUCKETS; i++)
        sum += calls->by_duration[i];
    if (sum == 0) return;
    unsigned long long so_far = 0;
    for (size_t i = 0; i < DURATION_BUCKETS; i++) {
        so_far += calls->by_duration[i];
        write_labels(calls, "baton_request_seconds_bucket", out);
        buf_printf(out, ",le=\"%g\"} %llu\n", (double)duration_bounds_us[i] / 1e6, so_far);
    }
    write_labels(calls, "baton_request_seconds_bucket", out);
    buf_printf(out, ",le=\"+Inf\"} %llu\n", sum);
    write_labels(calls, "baton_request_seconds_sum", out);
    buf_printf(out, "} %.6f\n", (double)calls->duration_us / 1e6);
    write_labels(calls, "baton_request_seconds_count", out);
    buf_printf(out, "} %llu\n", sum);
}

static void write_one(struct buf *out, const char *name, const char *type, const char *help,
                      uint64_t value)
{
    buf_printf(out, "# HELP %s %s\n# TYPE %s %s\n%s %llu\n", name, help, name, type, name,
               (unsigned long long)value);
}

void metrics_write(const struct metrics *metrics, const struct server *server, struct buf *out)
{
    buf_add(out, STR("# HELP baton_requests_total API calls by operation and error name.\n"
                     "# TYPE baton_requests_total counter\n"));
    for (size_t i = 0; i < metrics->count; i++)
        write_codes(&metrics->calls[i], out);
    buf_add(out, STR("# HELP baton_request_seconds Time from the complete request to its answer.\n"
                     "# TYPE baton_request_seconds histogram\n"));
    for (size_t i = 0; i < metrics->count; i++)
        write_durations(&metrics->calls[i], out);
    const struct server_counters *c = &server->counters;
    write_one(out, "baton_connections", "gauge", "Open connections.", server->open_count);
    write_one(out, "baton_requests_running", "gauge", "Requests that wait for the shard.",
              server->running_count);
    write_one(out, "baton_connections_accepted_total", "counter", "Connections so far.",
              c->accepted);
    write_one(out, "baton_connections_refused_total", "counter",
              "Connections closed because there were too many.", c->refused_full);
    write_one(out, "baton_connections_timed_out_total", "counter",
              "Connections closed because the client took too long.", c->timed_out);
    write_one(out, "baton_http_requests_total", "counter", "HTTP requests of any kind.",
              c->requests);
    write_one(out, "baton_http_requests_refused_total", "counter",
              "HTTP requests that were malformed or too large.", c->refused_requests);
    write_one(out, "baton_http_received_bytes_total", "counter", "Bytes read.", c->bytes_in);
    write_one(out, "baton_http_sent_bytes_total", "counter", "Bytes written.", c->bytes_out);
}
