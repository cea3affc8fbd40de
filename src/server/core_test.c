/* Tests of the server over real sockets, with a handler that stands in for the routes. */
#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "server/core.h"

#define HOST "Host: a\r\n"
#define GET(path) "GET " path " HTTP/1.1\r\n" HOST "\r\n"

enum { BIG_BYTES = 8 << 20, STUB_PARKED_MAX = 128, READ_MS_MAX = 10000 };

/* ---- a handler ---- */

struct stub {
    pthread_mutex_t mutex;
    struct exchange *parked[STUB_PARKED_MAX];
    size_t parked_count;
    atomic_int cancelled, completed, handled;
};

static void answer_text(struct exchange *exchange, str body)
{
    exchange->answer =
        (struct http_answer){ .status = 200, .content_type = STR("text/plain"), .body = body };
}

static void park(struct stub *stub, struct exchange *exchange)
{
    pthread_mutex_lock(&stub->mutex);
    cr_assert(stub->parked_count < STUB_PARKED_MAX);
    stub->parked[stub->parked_count++] = exchange;
    pthread_mutex_unlock(&stub->mutex);
}

/* Completes everything that is parked, or only `only`. */
static void release(struct stub *stub, const struct exchange *only)
{
    pthread_mutex_lock(&stub->mutex);
    size_t kept = 0;
    for (size_t i = 0; i < stub->parked_count; i++) {
        struct exchange *exchange = stub->parked[i];
        if (only && exchange != only) {
            stub->parked[kept++] = exchange;
            continue;
        }
        stub->completed++;
        server_complete(exchange);
    }
    stub->parked_count = kept;
    pthread_mutex_unlock(&stub->mutex);
}

/* /later is answered by another thread; /park on cancel or stop; /alone waits for those before it.
 */
static enum handle_result stub_handle(void *context, struct exchange *exchange, bool is_alone)
{
    struct stub *stub = context;
    const struct http_request *request = &exchange->decoder.request;
    stub->handled++;
    if (str_eq(request->path, STR("/later")) || str_eq(request->path, STR("/park"))) {
        park(stub, exchange);
        return HANDLE_LATER;
    }
    if (str_eq(request->path, STR("/alone")) && !is_alone) return HANDLE_WAIT;
    if (str_eq(request->path, STR("/big"))) {
        char *bytes = arena_alloc(exchange_arena(exchange), BIG_BYTES);
        memset(bytes, 'b', BIG_BYTES);
        answer_text(exchange, (str){ bytes, BIG_BYTES });
        return HANDLE_ANSWERED;
    }
    answer_text(exchange, request->body.len ? request->body : request->path);
    exchange->answer.is_without_body = str_eq(request->method, STR("HEAD"));
    return HANDLE_ANSWERED;
}

static void stub_finish(void *context, struct exchange *exchange)
{
    (void)context;
    const struct http_request *request = &exchange->decoder.request;
    answer_text(exchange, request->body.len ? request->body : request->path);
}

static void stub_cancel(void *context, struct exchange *exchange)
{
    struct stub *stub = context;
    stub->cancelled++;
    release(stub, exchange);
}

static void stub_stop(void *context)
{
    release(context, NULL);
}

/* ---- a server in a thread ---- */

struct fixture {
    struct stub stub;
    struct server *server;
    pthread_t thread;
    int port;
};

static void *run(void *argument)
{
    struct fixture *fixture = argument;
    server_run(fixture->server);
    return NULL;
}

static void start(struct fixture *fixture, struct server_limits limits)
{
    signal(SIGPIPE, SIG_IGN);
    *fixture = (struct fixture){ 0 };
    pthread_mutex_init(&fixture->stub.mutex, NULL);
    struct server_options options = { .listen = STR("127.0.0.1:0"), .limits = limits };
    struct server_handler handler = {
        .handle = stub_handle,
        .finish = stub_finish,
        .cancel = stub_cancel,
        .stop = stub_stop,
        .context = &fixture->stub,
    };
    struct error err;
    cr_assert(server_open_with(&options, &handler, &fixture->server, &err), "%s", err.message);
    str url = server_url(fixture->server);
    fixture->port = atoi(strrchr(url.ptr, ':') + 1);
    cr_assert(fixture->port > 0);
    cr_assert_eq(pthread_create(&fixture->thread, NULL, run, fixture), 0);
}

static void finish(struct fixture *fixture)
{
    server_stop(fixture->server);
    pthread_join(fixture->thread, NULL);
    cr_assert_eq(fixture->server->open_count, 0);
    cr_assert_eq(fixture->stub.parked_count, 0);
    server_close(fixture->server);
}

/* ---- a client ---- */

static int connect_to(const struct fixture *fixture)
{
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    struct sockaddr_in address = { .sin_family = AF_INET,
                                   .sin_port = htons((uint16_t)fixture->port),
                                   .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    cr_assert_eq(connect(fd, (struct sockaddr *)&address, sizeof address), 0);
    return fd;
}

static void send_text(int fd, const char *text)
{
    size_t len = strlen(text);
    cr_assert_eq(send(fd, text, len, MSG_NOSIGNAL), (ssize_t)len);
}

static bool is_readable(int fd, int ms)
{
    struct pollfd wait = { .fd = fd, .events = POLLIN };
    return poll(&wait, 1, ms) == 1;
}

/* All that comes until the server closes its side. */
static char *read_to_end(int fd)
{
    struct buf bytes;
    buf_init(&bytes, NULL);
    for (;;) {
        cr_assert(is_readable(fd, READ_MS_MAX), "the server neither answers nor closes");
        ssize_t got = recv(fd, buf_reserve(&bytes, 65536), 65536, 0);
        if (got <= 0) break;
        bytes.len += (size_t)got;
    }
    buf_add_char(&bytes, '\0');
    close(fd);
    return bytes.ptr;
}

/* What comes until it contains `end`. */
static char *read_until(int fd, const char *end)
{
    struct buf bytes;
    buf_init(&bytes, NULL);
    do {
        cr_assert(is_readable(fd, READ_MS_MAX), "waiting for %s", end);
        ssize_t got = recv(fd, buf_reserve(&bytes, 4097), 4096, 0);
        cr_assert(got > 0, "closed while waiting for %s", end);
        bytes.len += (size_t)got;
        bytes.ptr[bytes.len] = '\0';
    } while (!strstr(bytes.ptr, end));
    return bytes.ptr;
}

static char *ask(const struct fixture *fixture, const char *text)
{
    int fd = connect_to(fixture);
    send_text(fd, text);
    return read_to_end(fd);
}

/* The bodies of all answers in `text`, each followed by a space. */
static void collect_bodies(const char *text, char *out, size_t out_bytes)
{
    size_t len = 0;
    out[0] = '\0';
    for (const char *at = text; (at = strstr(at, "Content-Length: "));) {
        size_t bytes = strtoul(at + strlen("Content-Length: "), NULL, 10);
        at = strstr(at, "\r\n\r\n") + 4;
        len += (size_t)snprintf(out + len, out_bytes - len, "%.*s ", (int)bytes, at);
        at += bytes;
    }
}

static void wait_for(atomic_int *value, int wanted)
{
    for (int i = 0; i < READ_MS_MAX && atomic_load(value) < wanted; i++)
        usleep(1000);
    cr_assert_eq(atomic_load(value), wanted);
}

/* ---- requests and answers ---- */

struct dialogue {
    const char *input; /* the last request asks for the close */
    const char *bodies;
};

#define LAST "GET /last HTTP/1.1\r\n" HOST "Connection: close\r\n\r\n"

static const struct dialogue dialogues[] = {
    { LAST, "/last " },
    { GET("/a") LAST, "/a /last " },
    { GET("/a") GET("/b") GET("/alone") GET("/c") LAST, "/a /b /alone /c /last " },
    { "POST /x HTTP/1.1\r\n" HOST "Content-Length: 5\r\n\r\nhello" LAST, "hello /last " },
    { "POST /x HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n"
      "3\r\nhel\r\n2\r\nlo\r\n0\r\n\r\n" LAST,
      "hello /last " },
    { "GET /old HTTP/1.0\r\n\r\n", "/old " },
    { "GET /old HTTP/1.0\r\nConnection: keep-alive\r\n\r\n" LAST, "/old /last " },
    { "GET /a HTTP/1.1\r\n" HOST "Connection: close\r\n\r\n" GET("/ignored"), "/a " },
};

Test(server, answers_in_order_whole_and_byte_by_byte)
{
    struct fixture fixture;
    start(&fixture, (struct server_limits){ 0 });
    for (size_t i = 0; i < sizeof dialogues / sizeof dialogues[0]; i++) {
        char bodies[512];
        char *whole = ask(&fixture, dialogues[i].input);
        collect_bodies(whole, bodies, sizeof bodies);
        cr_assert_str_eq(bodies, dialogues[i].bodies, "%s", dialogues[i].input);
        free(whole);

        int fd = connect_to(&fixture);
        int one = 1;
        setsockopt(fd, IPPROTO_TCP, 1 /* TCP_NODELAY */, &one, sizeof one);
        for (const char *at = dialogues[i].input; *at; at++) {
            if (send(fd, at, 1, MSG_NOSIGNAL) != 1) break; /* what comes behind a close */
        }
        char *bytes = read_to_end(fd);
        collect_bodies(bytes, bodies, sizeof bodies);
        cr_assert_str_eq(bodies, dialogues[i].bodies, "%s", dialogues[i].input);
        free(bytes);
    }
    finish(&fixture);
}

Test(server, answer_has_the_headers_that_http_demands)
{
    struct fixture fixture;
    start(&fixture, (struct server_limits){ 0 });
    char *text = ask(&fixture, LAST);
    cr_assert(strncmp(text, "HTTP/1.1 200 OK\r\nDate: ", 23) == 0, "%s", text);
    cr_assert(strstr(text, " GMT\r\n"));
    cr_assert(strstr(text, "Content-Type: text/plain\r\n"));
    cr_assert(strstr(text, "Content-Length: 5\r\n"));
    cr_assert(strstr(text, "Connection: close\r\n\r\n/last"));
    free(text);
    text = ask(&fixture, "HEAD /five HTTP/1.1\r\n" HOST "Connection: close\r\n\r\n");
    cr_assert(strstr(text, "Content-Length: 5\r\n"));
    cr_assert_str_eq(strstr(text, "\r\n\r\n"), "\r\n\r\n");
    free(text);
    text = ask(&fixture, "GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\nGET / HTTP/1.0\r\n\r\n");
    cr_assert(strstr(text, "Connection: keep-alive\r\n"));
    free(text);
    finish(&fixture);
}

/* Answers come back in the order of the requests even if an earlier one takes longer, and what must
 * wait for those before it does. */
Test(server, pipelined_requests_run_together_and_are_answered_in_order)
{
    struct fixture fixture;
    start(&fixture, (struct server_limits){ 0 });
    int fd = connect_to(&fixture);
    send_text(fd,
              "POST /later HTTP/1.1\r\n" HOST "Content-Length: 1\r\n\r\n1"
              "POST /later HTTP/1.1\r\n" HOST
              "Content-Length: 1\r\n\r\n2" GET("/now") "POST /later HTTP/1.1\r\n" HOST
                                                       "Content-Length: 1\r\n\r\n3" GET("/alone"));
    wait_for(&fixture.stub.handled, 5);
    cr_assert_not(is_readable(fd, 20), "the first is not answered, so none may be");
    send_text(fd, LAST);
    release(&fixture.stub, NULL);
    char *text = read_to_end(fd);
    char bodies[512];
    collect_bodies(text, bodies, sizeof bodies);
    cr_assert_str_eq(bodies, "1 2 /now 3 /alone /last ");
    free(text);
    finish(&fixture);
}

Test(server, many_more_pipelined_requests_than_may_run_at_a_time)
{
    enum { COUNT = 5000 };
    struct fixture fixture;
    start(&fixture, (struct server_limits){ 0 });
    int fd = connect_to(&fixture);
    struct buf all;
    buf_init(&all, NULL);
    for (int i = 0; i < COUNT; i++)
        buf_printf(&all, GET("/%04d"), i);
    buf_add(&all, STR(LAST));
    buf_add_char(&all, '\0');
    send_text(fd, all.ptr);
    char *text = read_to_end(fd);
    int number = 0;
    for (const char *at = text; (at = strstr(at, "\r\n\r\n/")); at += 4) {
        if (number < COUNT) cr_assert_eq(atoi(at + 5), number);
        number++;
    }
    cr_assert_eq(number, COUNT + 1);
    free(text);
    buf_close(&all);
    finish(&fixture);
}

Test(server, expect_100_continue)
{
    struct fixture fixture;
    start(&fixture, (struct server_limits){ 0 });
    int fd = connect_to(&fixture);
    send_text(fd, "POST /x HTTP/1.1\r\n" HOST "Content-Length: 5\r\nConnection: close\r\n"
                  "Expect: 100-continue\r\n\r\n");
    char *text = read_until(fd, "\r\n\r\n");
    cr_assert_str_eq(text, "HTTP/1.1 100 Continue\r\n\r\n");
    free(text);
    send_text(fd, "hello");
    text = read_to_end(fd);
    cr_assert(strncmp(text, "HTTP/1.1 200 ", 13) == 0 && strstr(text, "\r\n\r\nhello"));
    free(text);
    finish(&fixture);
}

/* ---- refusals and limits ---- */

struct refusal {
    const char *input;
    const char *status_line;
};

static const struct refusal refusals[] = {
    { "GET / HTTP/1.1\nHost: a\n\n", "HTTP/1.1 400 Bad Request\r\n" },
    { "GET / HTTP/1.1\r\n\r\n", "HTTP/1.1 400 Bad Request\r\n" },
    { "POST / HTTP/1.1\r\n" HOST "Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
      "HTTP/1.1 400 Bad Request\r\n" },
    { "POST / HTTP/1.1\r\n" HOST "Content-Length: 101\r\n\r\n",
      "HTTP/1.1 413 Payload Too Large\r\n" },
    { "POST / HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n65\r\n",
      "HTTP/1.1 413 Payload Too Large\r\n" },
    { "GET / HTTP/3.0\r\n" HOST "\r\n", "HTTP/1.1 505 HTTP Version Not Supported\r\n" },
};

Test(server, refuses_and_closes)
{
    struct fixture fixture;
    start(&fixture, (struct server_limits){ .body_bytes_max = 100 });
    for (size_t i = 0; i < sizeof refusals / sizeof refusals[0]; i++) {
        /* Bytes behind the fault are not taken for a request. */
        int fd = connect_to(&fixture);
        send_text(fd, refusals[i].input);
        send(fd, GET("/smuggled"), strlen(GET("/smuggled")), MSG_NOSIGNAL);
        char *text = read_to_end(fd);
        cr_assert(strncmp(text, refusals[i].status_line, strlen(refusals[i].status_line)) == 0,
                  "%s: %s", refusals[i].input, text);
        cr_assert(strstr(text, "Connection: close\r\n") && strstr(text, "{\"__type\":\""));
        cr_assert_not(strstr(text, "smuggled"));
        free(text);
    }
    cr_assert_eq(fixture.stub.handled, 0);
    char *text = ask(&fixture, GET("/good") "bad\r\n\r\n");
    cr_assert(strstr(text, "/good") && strstr(text, "HTTP/1.1 400 "));
    free(text);
    finish(&fixture);
}

Test(server, slow_clients_are_closed)
{
    struct fixture fixture;
    start(&fixture, (struct server_limits){ .idle_ms_max = 60, .request_ms_max = 60 });
    int64_t begin_us = clock_monotonic_us();
    char *idle = ask(&fixture, "");
    cr_assert_str_eq(idle, "");
    free(idle);
    char *slow = ask(&fixture, "POST / HTTP/1.1\r\n" HOST "Content-Length: 5\r\n\r\nhel");
    cr_assert(strncmp(slow, "HTTP/1.1 408 ", 13) == 0, "%s", slow);
    free(slow);
    char *second = ask(&fixture, GET("/a") "GET /b");
    cr_assert(strstr(second, "/a") && strstr(second, "HTTP/1.1 408 "));
    free(second);
    cr_assert(clock_monotonic_us() - begin_us < 5000000);
    finish(&fixture);
}

/* A request that is running is not idle, however long it takes. */
Test(server, parked_requests_outlive_the_idle_time)
{
    struct fixture fixture;
    start(&fixture, (struct server_limits){ .idle_ms_max = 40 });
    int fd = connect_to(&fixture);
    send_text(fd, GET("/park"));
    cr_assert_not(is_readable(fd, 200));
    release(&fixture.stub, NULL);
    free(read_until(fd, "/park"));
    close(fd);
    finish(&fixture);
}

Test(server, closes_connections_beyond_the_limit)
{
    struct fixture fixture;
    start(&fixture, (struct server_limits){ .connections_max = 2 });
    int first = connect_to(&fixture), second = connect_to(&fixture);
    send_text(first, GET("/1"));
    free(read_until(first, "/1"));
    send_text(second, GET("/2"));
    free(read_until(second, "/2"));
    int third = connect_to(&fixture);
    char *text = read_to_end(third);
    cr_assert_str_eq(text, "");
    free(text);
    close(first);
    close(second);
    finish(&fixture);
}

Test(server, a_client_that_does_not_read_is_closed_and_others_are_served)
{
    struct fixture fixture;
    start(&fixture, (struct server_limits){ .write_ms_max = 100 });
    int fd = connect_to(&fixture);
    send_text(fd, GET("/big") GET("/big") GET("/big"));
    char *other = ask(&fixture, LAST);
    cr_assert(strstr(other, "/last"));
    free(other);
    usleep(400000);
    char *text = read_to_end(fd);
    cr_assert(strlen(text) < (size_t)BIG_BYTES * 3);
    free(text);
    finish(&fixture);
}

Test(server, large_answers_arrive_whole)
{
    struct fixture fixture;
    start(&fixture, (struct server_limits){ 0 });
    char *text = ask(&fixture, GET("/big") GET("/big") LAST);
    size_t count = 0;
    for (const char *at = text; *at; at++)
        count += *at == 'b';
    cr_assert(count >= (size_t)BIG_BYTES * 2);
    cr_assert(strstr(text + BIG_BYTES * 2, "/last"));
    free(text);
    finish(&fixture);
}

static void send_large(int fd, size_t bytes)
{
    char head[128];
    snprintf(head, sizeof head, "POST /later HTTP/1.1\r\n" HOST "Content-Length: %zu\r\n\r\n",
             bytes);
    send_text(fd, head);
    char *body = malloc(bytes);
    memset(body, 'x', bytes);
    for (size_t at = 0; at < bytes;) {
        ssize_t sent = send(fd, body + at, bytes - at, MSG_NOSIGNAL);
        if (sent <= 0) break;
        at += (size_t)sent;
    }
    free(body);
}

Test(server, large_bodies_have_a_common_bound)
{
    struct fixture fixture;
    start(&fixture, (struct server_limits){ .held_bytes_max = 600000 });
    int first = connect_to(&fixture), second = connect_to(&fixture);
    send_large(first, 400000);
    wait_for(&fixture.stub.handled, 1);
    send_large(second, 400000);
    char *text = read_to_end(second);
    cr_assert(strncmp(text, "HTTP/1.1 503 ", 13) == 0, "%s", text);
    free(text);
    int small = connect_to(&fixture);
    send_large(small, 1000);
    wait_for(&fixture.stub.handled, 2);
    release(&fixture.stub, NULL);
    free(read_until(first, "xxxx"));
    close(first);
    close(small);
    second = connect_to(&fixture);
    send_large(second, 400000);
    wait_for(&fixture.stub.handled, 3);
    close(second);
    finish(&fixture);
}

/* ---- clients that go, and the end ---- */

Test(server, a_client_that_goes_cancels_what_is_parked)
{
    struct fixture fixture;
    start(&fixture, (struct server_limits){ 0 });
    for (int i = 0; i < 20; i++) {
        int fd = connect_to(&fixture);
        send_text(fd, GET("/park") GET("/park"));
        wait_for(&fixture.stub.handled, 2 * i + 2);
        if (i % 2) {
            struct linger reset = { .l_onoff = 1, .l_linger = 0 };
            setsockopt(fd, SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
        }
        close(fd);
        wait_for(&fixture.stub.completed, 2 * i + 2);
    }
    cr_assert_eq(fixture.stub.cancelled, 40);
    finish(&fixture);
}

Test(server, a_half_closed_client_gets_its_answers)
{
    struct fixture fixture;
    start(&fixture, (struct server_limits){ 0 });
    int fd = connect_to(&fixture);
    send_text(fd, GET("/park") GET("/a"));
    shutdown(fd, SHUT_WR);
    char *text = read_to_end(fd);
    char bodies[512];
    collect_bodies(text, bodies, sizeof bodies);
    cr_assert_str_eq(bodies, "/park /a ");
    free(text);
    finish(&fixture);
}

Test(server, stop_answers_what_is_running)
{
    struct fixture fixture;
    start(&fixture, (struct server_limits){ 0 });
    int idle = connect_to(&fixture), parked = connect_to(&fixture), half = connect_to(&fixture);
    send_text(half, "GET / HTTP");
    send_text(parked, GET("/park"));
    wait_for(&fixture.stub.handled, 1);
    int64_t begin_us = clock_monotonic_us();
    server_stop(fixture.server);
    char *text = read_to_end(parked);
    cr_assert(strstr(text, "Connection: close\r\n\r\n/park"), "%s", text);
    free(text);
    free(read_to_end(idle));
    free(read_to_end(half));
    pthread_join(fixture.thread, NULL);
    cr_assert(clock_monotonic_us() - begin_us < 1000000);
    server_close(fixture.server);
}

Test(server, stop_before_run)
{
    struct fixture fixture;
    start(&fixture, (struct server_limits){ 0 });
    finish(&fixture);
}

/* Completions from several threads while clients come and go. */
static void *complete_steadily(void *argument)
{
    struct fixture *fixture = argument;
    for (int i = 0; i < 400; i++) {
        release(&fixture->stub, NULL);
        usleep(500);
    }
    return NULL;
}

static void *ask_steadily(void *argument)
{
    struct fixture *fixture = argument;
    for (int i = 0; i < 40; i++) {
        int fd = connect_to(fixture);
        send_text(fd, GET("/later") GET("/later") GET("/alone"));
        if (i % 4 == 0) {
            close(fd);
            continue;
        }
        send_text(fd, LAST);
        char *text = read_to_end(fd);
        char bodies[512];
        collect_bodies(text, bodies, sizeof bodies);
        if (strcmp(bodies, "/later /later /alone /last ") != 0) abort();
        free(text);
    }
    return NULL;
}

Test(server, threads)
{
    struct fixture fixture;
    start(&fixture, (struct server_limits){ 0 });
    pthread_t completers[2], clients[4];
    for (int i = 0; i < 2; i++)
        pthread_create(&completers[i], NULL, complete_steadily, &fixture);
    for (int i = 0; i < 4; i++)
        pthread_create(&clients[i], NULL, ask_steadily, &fixture);
    for (int i = 0; i < 4; i++)
        pthread_join(clients[i], NULL);
    for (int i = 0; i < 2; i++)
        pthread_join(completers[i], NULL);
    finish(&fixture);
}

/* ---- addresses ---- */

static const struct {
    const char *text;
    bool good;
} addresses[] = {
    { "127.0.0.1:0", true },
    { "127.9.9.9:0", true },
    { "localhost:0", true },
    { "0.0.0.0:0", false },
    { "[::]:0", false },
    { "192.168.1.1:0", false },
    { "10.0.0.1:0", false },
    { "example.com:0", false },
    { ":8083", false },
    { "8083", false },
    { "127.0.0.1", false },
    { "127.0.0.1:", false },
    { "127.0.0.1:65536", false },
    { "127.0.0.1:-1", false },
    { "127.0.0.1:8x", false },
    { "[::ffff:127.0.0.1]:0", false },
    { "", false },
    { "127.1:0", false },
};

Test(server, listens_on_loopback_only)
{
    struct server_handler handler = { .stop = stub_stop };
    for (size_t i = 0; i < sizeof addresses / sizeof addresses[0]; i++) {
        struct server_options options = { .listen = str_from(addresses[i].text) };
        struct server *server;
        struct error err;
        bool good = server_open_with(&options, &handler, &server, &err);
        cr_assert_eq(good, addresses[i].good, "%s", addresses[i].text);
        if (good) server_close(server);
    }
}

Test(server, says_when_the_port_is_taken)
{
    struct fixture fixture;
    start(&fixture, (struct server_limits){ 0 });
    struct server_handler handler = { .stop = stub_stop };
    struct server_options options = { .listen = str_from(fixture.server->url + 7) };
    struct server *server;
    struct error err;
    cr_assert_not(server_open_with(&options, &handler, &server, &err));
    cr_assert(strstr(err.message, "address already in use"), "%s", err.message);
    finish(&fixture);
}
