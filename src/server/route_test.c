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
    struct kept *kept; /* NULL: effects fail */
    pthread_t thread;
    int port;
};

static void keep(void *context, struct effect *effect);
static void stop_all(void *context);

static void *run(void *argument)
{
    server_run(argument);
    return NULL;
}

static void start(struct fixture *fixture)
{
    *fixture = (struct fixture){ .store = store_open_memory(), .kept = fixture->kept };
    arena_init(&fixture->arena);
    struct shard_options shard_options = {
        .store = fixture->store,
        .region = STR("us-east-1"),
        .account = STR("000000000000"),
    };
    services_register(&shard_options, &fixture->arena);
    if (fixture->kept) shard_options.carrier = (struct carrier){ keep, fixture->kept };
    fixture->shard = shard_new(&shard_options);
    shard_start(fixture->shard);
    struct server_options options = { .listen = STR("127.0.0.1:0"), .shard = fixture->shard };
    if (fixture->kept) {
        options.stop = stop_all;
        options.stop_context = fixture;
    }
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
    { "POST", "/?Action=Nothing", 400, "<Code>InvalidAction</Code>" },
    { "GET", "/?Action=Nothing", 400, "Content-Type: text/xml\r\n" },
    { "HEAD", "/?Action=Nothing", 200, "" },
    { "GET", "/000000000000/q", 404, "{\"__type\":\"NotFound\"," },
    { "GET", "/SimpleNotificationService-baton.pem", 404, "There is no certificate before" },
    { "GET", "/2015-03-31/nothing", 404, "x-amzn-ErrorType: UnknownOperationException\r\n" },
    { "GET", "/2015-03-31/functions", 200, "\r\n\r\n{\"Functions\":[]" },
};

Test(route, paths)
{
    struct fixture fixture = { 0 };
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
    struct fixture fixture = { 0 };
    start(&fixture);
    for (size_t i = 0; i < sizeof api_calls / sizeof api_calls[0]; i++) {
        const char *answer = call(&fixture, api_calls[i].operation, api_calls[i].body);
        cr_assert_eq(atoi(answer + strlen("HTTP/1.1 ")), api_calls[i].status, "%s", answer);
        cr_assert(strstr(answer, api_calls[i].contains), "%s: %s", api_calls[i].operation, answer);
    }
    finish(&fixture);
}

/* Nothing that a page of another site can send is a call, but for the links in notifications. */
static const struct {
    const char *method, *path, *header;
    int status;
    const char *host; /* NULL: 127.0.0.1:8083 */
} origins[] = {
    { "POST", "/?Action=Nothing", "Origin: http://localhost:8083\r\n", 400, "localhost:8083" },
    { "POST", "/?Action=Nothing", "Origin: http://[::1]:8083\r\n", 400, "[::1]:8083" },
    { "POST", "/?Action=Nothing", "Origin: http://evil.example\r\n", 403, "evil.example" },
    { "POST", "/?Action=Nothing", "Origin: http://127.evil.example\r\n", 403, "127.evil.example" },
    { "POST", "/?Action=Nothing", "", 400, "sqs.us-east-1.amazonaws.com" },
    { "POST", "/?Action=Nothing", "", 400, NULL },
    { "POST", "/?Action=Nothing", "Origin: http://127.0.0.1:8083\r\n", 400, NULL },
    { "POST", "/?Action=Nothing", "Origin: http://evil.example\r\n", 403, NULL },
    { "POST", "/?Action=Nothing", "Origin: http://127.0.0.1:8084\r\n", 403, NULL },
    { "POST", "/?Action=Nothing", "Origin: null\r\n", 403, NULL },
    { "POST", "/2015-03-31/functions/f/invocations", "Origin: http://evil.example\r\n", 403, NULL },
    { "POST", "/?Action=Nothing", "Sec-Fetch-Site: same-origin\r\n", 400, NULL },
    { "GET", "/?Action=Nothing", "Sec-Fetch-Site: none\r\n", 400, NULL },
    { "GET", "/?Action=Nothing", "Sec-Fetch-Site: cross-site\r\n", 403, NULL },
    { "GET", "/?Action=DeleteTopic&Action=Unsubscribe", "Sec-Fetch-Site: cross-site\r\n", 403,
      NULL },
    { "GET", "/?A%63tion=DeleteTopic&Action=Unsubscribe", "Sec-Fetch-Site: cross-site\r\n", 403,
      NULL },
    { "GET", "/?Action=Unsubscribe&SubscriptionArn=x", "Sec-Fetch-Site: cross-site\r\n", 400,
      NULL },
    { "POST", "/?Action=Unsubscribe&SubscriptionArn=x", "Sec-Fetch-Site: cross-site\r\n", 403,
      NULL },
    { "GET", "/healthz", "Sec-Fetch-Site: cross-site\r\n", 200, NULL },
};

Test(route, pages_of_other_sites_cannot_make_calls)
{
    struct fixture fixture = { 0 };
    start(&fixture);
    for (size_t i = 0; i < sizeof origins / sizeof *origins; i++) {
        const char *answer =
            ask(&fixture, arena_printf(&fixture.arena,
                                       "%s %s HTTP/1.1\r\nHost: %s\r\n%sConnection: "
                                       "close\r\n\r\n",
                                       origins[i].method, origins[i].path,
                                       origins[i].host ? origins[i].host : "127.0.0.1:8083",
                                       origins[i].header));
        cr_expect_eq(atoi(answer + strlen("HTTP/1.1 ")), origins[i].status, "%s %s: %s",
                     origins[i].path, origins[i].header, answer);
    }
    finish(&fixture);
}

static const char *form(struct fixture *fixture, const char *path, const char *body)
{
    return ask(fixture,
               arena_printf(&fixture->arena,
                            "POST %s HTTP/1.1\r\nHost: 127.0.0.1:8083\r\nConnection: close\r\n"
                            "Content-Type: application/x-www-form-urlencoded\r\n"
                            "Content-Length: %zu\r\n\r\n%s",
                            path, strlen(body), body));
}

/* One queue and one topic, by the protocol of old SDKs. */
Test(route, query_calls)
{
    static const struct {
        const char *path, *body;
        int status;
        const char *contains;
    } calls[] = {
        { "/", "Action=CreateQueue&Version=2012-11-05&QueueName=q", 200,
          "<CreateQueueResult><QueueUrl>http://127.0.0.1:8083/000000000000/q</QueueUrl>" },
        { "/000000000000/q", "Action=SendMessage&MessageBody=a%26b&Version=2012-11-05", 200,
          "<MessageId>" },
        { "/000000000000/q/", "Action=ReceiveMessage&Version=2012-11-05", 200,
          "<Body>a&amp;b</Body>" },
        { "/", "Action=GetQueueUrl&Version=2012-11-05&QueueName=r", 400,
          "<Code>AWS.SimpleQueueService.NonExistentQueue</Code>" },
        { "/", "Action=CreateTopic&Version=2010-03-31&Name=t", 200,
          "<TopicArn>arn:aws:sns:us-east-1:000000000000:t</TopicArn>" },
        { "/", "Action=ListTopics&Version=2010-03-31", 200,
          "<Topics><member><TopicArn>arn:aws:sns:us-east-1:000000000000:t</TopicArn></member>" },
        { "/",
          "Action=GetTopicAttributes&Version=2010-03-31&TopicArn=arn%3Aaws%3Asns%3Aus-east-1%"
          "3A000000000000%3Au",
          404, "<Code>NotFound</Code>" },
    };
    struct fixture fixture = { 0 };
    start(&fixture);
    for (size_t i = 0; i < sizeof calls / sizeof *calls; i++) {
        const char *answer = form(&fixture, calls[i].path, calls[i].body);
        cr_expect_eq(atoi(answer + strlen("HTTP/1.1 ")), calls[i].status, "%s", answer);
        cr_expect(strstr(answer, calls[i].contains), "%s: %s", calls[i].body, answer);
    }
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

/* ---- calls that somebody else completes ---- */

/* Keeps the effects of one fixture until the test says how they went. */
struct kept {
    pthread_mutex_t mutex;
    struct effect *first;
    int count;
};

static void keep(void *context, struct effect *effect)
{
    struct kept *kept = context;
    pthread_mutex_lock(&kept->mutex);
    effect->next = kept->first;
    kept->first = effect;
    kept->count++;
    pthread_mutex_unlock(&kept->mutex);
}

static int kept_count(struct kept *kept)
{
    pthread_mutex_lock(&kept->mutex);
    int count = kept->count;
    pthread_mutex_unlock(&kept->mutex);
    return count;
}

static void finish_kept(struct kept *kept)
{
    pthread_mutex_lock(&kept->mutex);
    struct effect *effect = kept->first;
    kept->first = NULL;
    pthread_mutex_unlock(&kept->mutex);
    while (effect) {
        struct effect *next = effect->next;
        effect->result = (struct effect_result){ .ok = true,
                                                 .body = STR("{\"done\":true}"),
                                                 .version = STR("$LATEST") };
        effect_finish(effect);
        effect = next;
    }
}

/* What main does: nothing may be on its way when this returns. */
static void stop_all(void *context)
{
    struct fixture *fixture = context;
    shard_stop(fixture->shard);
    finish_kept(fixture->kept);
}

static str invocation(struct fixture *fixture, const char *payload)
{
    return arena_printf(&fixture->arena,
                        "POST /2015-03-31/functions/f/invocations HTTP/1.1\r\nHost: a\r\n"
                        "Connection: close\r\nContent-Length: %zu\r\n\r\n%s",
                        strlen(payload), payload);
}

static void wait_for_kept(struct kept *kept, int count)
{
    for (int i = 0; i < 2000 && kept_count(kept) < count; i++)
        usleep(1000);
    cr_assert_eq(kept_count(kept), count);
}

/* An invocation is a read that a carrier completes: on time, when the client has gone, and when the
 * server stops. */
Test(route, invocations)
{
    static const char create[] =
        "{\"FunctionName\":\"f\",\"Role\":\"arn:aws:iam::000000000000:role/r\",\"Runtime\":"
        "\"python3.12\",\"Handler\":\"a.b\",\"Code\":{\"Url\":\"http://127.0.0.1:1/\"}}";
    struct kept kept = { .mutex = PTHREAD_MUTEX_INITIALIZER };
    struct fixture fixture = { .kept = &kept };
    start(&fixture);
    const char *created =
        ask(&fixture, arena_printf(&fixture.arena,
                                   "POST /2015-03-31/functions HTTP/1.1\r\nHost: a\r\n"
                                   "Connection: close\r\nContent-Length: %zu\r\n\r\n%s",
                                   strlen(create), create));
    cr_assert(strncmp(created, "HTTP/1.1 201 ", 13) == 0, "%s", created);
    int first = connect_to(&fixture), gone = connect_to(&fixture);
    send_str(first, invocation(&fixture, "{}"));
    wait_for_kept(&kept, 1);
    finish_kept(&kept);
    const char *answer = read_to_end(&fixture, first);
    cr_expect(strncmp(answer, "HTTP/1.1 200 ", 13) == 0, "%s", answer);
    cr_expect(strstr(answer, "\r\n\r\n{\"done\":true}"), "%s", answer);
    send_str(gone, invocation(&fixture, "{}"));
    wait_for_kept(&kept, 2);
    close(gone);
    finish_kept(&kept);
    wait_for_metric(&fixture, "baton_requests_running", 0);
    int last = connect_to(&fixture);
    send_str(last, invocation(&fixture, "{}"));
    wait_for_kept(&kept, 3);
    server_stop(fixture.server);
    cr_expect(strstr(read_to_end(&fixture, last), "{\"done\":true}"));
    finish(&fixture);
}

/* ---- order ---- */

/* A read that is sent behind a write, without waiting for it, sees it. */
Test(route, pipelined_reads_see_the_writes_before_them)
{
    enum { PAIRS = 50 };
    struct fixture fixture = { 0 };
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

/* A long poll costs a request, which is given back when its client hangs up, and is answered when
 * the server stops. */
Test(route, parked_polls)
{
    struct fixture fixture = { 0 };
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
    struct fixture fixture = { 0 };
    start(&fixture);
    (void)call(&fixture, "CreateActivity", "{\"name\":\"a\"}");
    (void)call(&fixture, "CreateActivity", "{\"name\":\"a/\"}");
    (void)call(&fixture, "ListActivities", "{}");
    (void)call(&fixture, "Nothing", "{}");
    cr_assert_eq(
        metric(&fixture,
               "baton_requests_total{service=\"states\",operation=\"CreateActivity\",code=\"OK\"}"),
        1);
    cr_assert_eq(metric(&fixture, "baton_requests_total{service=\"states\",operation="
                                  "\"CreateActivity\",code=\"InvalidName\"}"),
                 1);
    cr_assert_eq(
        metric(&fixture,
               "baton_requests_total{service=\"states\",operation=\"ListActivities\",code=\"OK\"}"),
        1);
    cr_assert_eq(metric(&fixture, "baton_requests_total{operation=\"Unknown\",code="
                                  "\"UnknownOperationException\"}"),
                 1);
    cr_assert_eq(
        metric(&fixture,
               "baton_request_seconds_count{service=\"states\",operation=\"CreateActivity\"}"),
        2);
    finish(&fixture);
}
