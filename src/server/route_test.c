/* Tests of the routes and of API calls over real sockets, with the real services on a store in
 * memory. */
#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "server/server.h"
#include "services/service.h"
#include "shard/shard.h"
#include "json/json.h"

#define ACTIVITY "arn:aws:states:us-east-1:000000000000:activity:"

enum { ANSWER_MS_MAX = 10000 };

struct fixture {
    struct store *store;
    struct shard *shard;
    struct server *server;
    struct arena arena;
    pthread_t thread;
    int port;
};

static void *run(void *argument)
{
    server_run(argument);
    return NULL;
}

static void start(struct fixture *fixture)
{
    *fixture = (struct fixture){ .store = store_open_memory() };
    arena_init(&fixture->arena);
    struct shard_options shard_options = {
        .store = fixture->store,
        .region = STR("us-east-1"),
        .account = STR("000000000000"),
        .integrations = states_service.integrations,
        .integration_count = states_service.integration_count,
    };
    fixture->shard = shard_new(&shard_options);
    shard_start(fixture->shard);
    struct server_options options = { .listen = STR("127.0.0.1:0"), .shard = fixture->shard };
    struct error err;
    cr_assert(server_open(&options, &fixture->server, &err), "%s", err.message);
    fixture->port = atoi(strrchr(server_url(fixture->server).ptr, ':') + 1);
    cr_assert_eq(pthread_create(&fixture->thread, NULL, run, fixture->server), 0);
}

static void finish(struct fixture *fixture)
{
    server_stop(fixture->server);
    pthread_join(fixture->thread, NULL);
    server_close(fixture->server);
    shard_free(fixture->shard);
    store_close(fixture->store);
    arena_close(&fixture->arena);
}

static int connect_to(const struct fixture *fixture)
{
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    struct sockaddr_in address = { .sin_family = AF_INET,
                                   .sin_port = htons((uint16_t)fixture->port),
                                   .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    cr_assert_eq(connect(fd, (struct sockaddr *)&address, sizeof address), 0);
    return fd;
}

static str call_text(struct arena *arena, const char *operation, const char *body, bool is_last)
{
    return arena_printf(arena,
                        "POST / HTTP/1.1\r\nHost: sync-localhost:8083\r\n%s"
                        "Authorization: AWS4-HMAC-SHA256 Credential=any/20260101/us-east-1/states/"
                        "aws4_request, SignedHeaders=host, Signature=0\r\n"
                        "Content-Type: application/x-amz-json-1.0\r\n"
                        "X-Amz-Target: AWSStepFunctions.%s\r\nContent-Length: %zu\r\n\r\n%s",
                        is_last ? "Connection: close\r\n" : "", operation, strlen(body), body);
}

static void send_str(int fd, str text)
{
    cr_assert_eq(send(fd, text.ptr, text.len, MSG_NOSIGNAL), (ssize_t)text.len);
}

/* All that comes until the server closes; in the fixture's arena. */
static const char *read_to_end(struct fixture *fixture, int fd)
{
    struct buf bytes;
    buf_init(&bytes, &fixture->arena);
    for (;;) {
        struct pollfd wait = { .fd = fd, .events = POLLIN };
        cr_assert_eq(poll(&wait, 1, ANSWER_MS_MAX), 1, "no answer");
        ssize_t got = recv(fd, buf_reserve(&bytes, 65536), 65536, 0);
        if (got <= 0) break;
        bytes.len += (size_t)got;
    }
    buf_add_char(&bytes, '\0');
    close(fd);
    return bytes.ptr;
}

static const char *ask(struct fixture *fixture, str text)
{
    int fd = connect_to(fixture);
    send_str(fd, text);
    return read_to_end(fixture, fd);
}

static const char *call(struct fixture *fixture, const char *operation, const char *body)
{
    return ask(fixture, call_text(&fixture->arena, operation, body, true));
}

/* ---- paths ---- */

struct path {
    const char *method, *path;
    int status;
    const char *contains;
};

static const struct path paths[] = {
    { "GET", "/healthz", 200, "\r\n\r\n{\"status\":\"ok\"}" },
    { "GET", "/healthz?x=y", 200, "{\"status\":\"ok\"}" },
    { "GET", "/", 200, "\"name\":\"baton\"" },
    { "GET", "/metrics", 200, "\nbaton_connections 1\n" },
    { "HEAD", "/healthz", 200, "Content-Length: 15\r\n" },
    { "GET", "/nothing", 404, "{\"__type\":\"NotFound\"," },
    { "GET", "//", 404, "{\"__type\":\"NotFound\"," },
    { "POST", "/healthz", 405, "Allow: GET, HEAD\r\n" },
    { "PUT", "/", 405, "Allow: GET, HEAD, POST\r\n" },
    { "OPTIONS", "/", 405, "{\"__type\":\"MethodNotAllowed\"," },
    { "OPTIONS", "*", 404, "{\"__type\":\"NotFound\"," },
    { "POST", "/", 400, "{\"__type\":\"UnknownOperationException\"," },
};

Test(route, paths)
{
    struct fixture fixture;
    start(&fixture);
    for (size_t i = 0; i < sizeof paths / sizeof paths[0]; i++) {
        const char *answer =
            ask(&fixture, arena_printf(&fixture.arena,
                                       "%s %s HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n",
                                       paths[i].method, paths[i].path));
        cr_assert_eq(atoi(answer + strlen("HTTP/1.1 ")), paths[i].status, "%s", answer);
        cr_assert(strstr(answer, paths[i].contains), "%s %s: %s", paths[i].method, paths[i].path,
                  answer);
    }
    finish(&fixture);
}

/* ---- calls ---- */

struct api_call {
    const char *operation, *body;
    int status;
    const char *contains;
};

static const struct api_call api_calls[] = {
    { "ListActivities", "{}", 200, "\r\n\r\n{\"activities\":[]" },
    { "CreateActivity", "{\"name\":\"a\"}", 200, "{\"activityArn\":\"" ACTIVITY "a\"" },
    { "DescribeActivity", "{\"activityArn\":\"" ACTIVITY "a\"}", 200, "\"name\":\"a\"" },
    { "DescribeActivity", "{\"activityArn\":\"" ACTIVITY "b\"}", 400,
      "{\"__type\":\"ActivityDoesNotExist\",\"message\":\"" },
    { "DescribeActivity", "{\"activityArn\":\"" ACTIVITY "b\"}", 400,
      "x-amzn-ErrorType: ActivityDoesNotExist\r\n" },
    { "ListActivities", "{\"maxResults\":1001}", 400, "{\"__type\":\"ValidationException\"," },
    { "ListActivities", "{\"maxResults\":", 400, "{\"__type\":\"SerializationException\"," },
    { "NoSuchOperation", "{}", 400, "{\"__type\":\"UnknownOperationException\"," },
    { "ListActivities", "{}", 200, "Content-Type: application/x-amz-json-1.0\r\n" },
    { "ListActivities", "{}", 200, "\r\nx-amzn-RequestId: " },
};

Test(route, api_calls)
{
    struct fixture fixture;
    start(&fixture);
    for (size_t i = 0; i < sizeof api_calls / sizeof api_calls[0]; i++) {
        const char *answer = call(&fixture, api_calls[i].operation, api_calls[i].body);
        cr_assert_eq(atoi(answer + strlen("HTTP/1.1 ")), api_calls[i].status, "%s", answer);
        cr_assert(strstr(answer, api_calls[i].contains), "%s: %s", api_calls[i].operation, answer);
    }
    finish(&fixture);
}

/* A read that is sent behind a write, without waiting for it, sees it. */
Test(route, pipelined_reads_see_the_writes_before_them)
{
    enum { PAIRS = 50 };
    struct fixture fixture;
    start(&fixture);
    struct buf text;
    buf_init(&text, &fixture.arena);
    char body[128];
    for (int i = 0; i < PAIRS; i++) {
        snprintf(body, sizeof body, "{\"name\":\"n%d\"}", i);
        buf_add(&text, call_text(&fixture.arena, "CreateActivity", body, false));
        snprintf(body, sizeof body, "{\"activityArn\":\"" ACTIVITY "n%d\"}", i);
        buf_add(&text, call_text(&fixture.arena, "DescribeActivity", body, i == PAIRS - 1));
    }
    const char *answer = ask(&fixture, buf_str(&text));
    int described = 0;
    for (const char *at = answer; (at = strstr(at, "\"name\":\"n")); at++) {
        cr_assert_eq(atoi(at + strlen("\"name\":\"n")), described);
        described++;
    }
    cr_assert_eq(described, PAIRS);
    cr_assert_not(strstr(answer, "__type"));
    finish(&fixture);
}

static long metric(struct fixture *fixture, const char *name)
{
    const char *text =
        ask(fixture, STR("GET /metrics HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"));
    const char *line = strstr(text, arena_printf(&fixture->arena, "\n%s ", name).ptr);
    cr_assert(line, "no %s in %s", name, text);
    return atol(line + strlen(name) + 2);
}

static void wait_for_metric(struct fixture *fixture, const char *name, long wanted)
{
    long value = -1;
    for (int i = 0; i < 1000 && (value = metric(fixture, name)) != wanted; i++)
        usleep(5000);
    cr_assert_eq(value, wanted, "%s is %ld", name, value);
}

/* A long poll costs a request, which is given back when its client hangs up, and is answered when
 * the server stops. */
Test(route, parked_polls)
{
    struct fixture fixture;
    start(&fixture);
    (void)call(&fixture, "CreateActivity", "{\"name\":\"a\"}");
    str poll_text =
        call_text(&fixture.arena, "GetActivityTask", "{\"activityArn\":\"" ACTIVITY "a\"}", false);
    int gone = connect_to(&fixture), patient = connect_to(&fixture);
    send_str(gone, poll_text);
    send_str(patient, poll_text);
    wait_for_metric(&fixture, "baton_requests_running", 2);
    close(gone);
    wait_for_metric(&fixture, "baton_requests_running", 1);
    server_stop(fixture.server);
    const char *answer = read_to_end(&fixture, patient);
    cr_assert(strncmp(answer, "HTTP/1.1 200 OK\r\n", 17) == 0, "%s", answer);
    cr_assert(strstr(answer, "Connection: close\r\n"));
    finish(&fixture);
}

Test(route, metrics_count_calls_by_operation_and_code)
{
    struct fixture fixture;
    start(&fixture);
    (void)call(&fixture, "CreateActivity", "{\"name\":\"a\"}");
    (void)call(&fixture, "CreateActivity", "{\"name\":\"a/\"}");
    (void)call(&fixture, "ListActivities", "{}");
    (void)call(&fixture, "Nothing", "{}");
    cr_assert_eq(metric(&fixture, "baton_requests_total{operation=\"CreateActivity\",code=\"OK\"}"),
                 1);
    cr_assert_eq(
        metric(&fixture, "baton_requests_total{operation=\"CreateActivity\",code=\"InvalidName\"}"),
        1);
    cr_assert_eq(metric(&fixture, "baton_requests_total{operation=\"ListActivities\",code=\"OK\"}"),
                 1);
    cr_assert_eq(metric(&fixture, "baton_requests_total{operation=\"Unknown\",code="
                                  "\"UnknownOperationException\"}"),
                 1);
    cr_assert_eq(metric(&fixture, "baton_request_seconds_count{operation=\"CreateActivity\"}"), 2);
    finish(&fixture);
}
