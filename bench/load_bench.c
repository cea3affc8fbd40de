/* A load generator that costs little: one thread, libuv, keep-alive connections, each a user who
 * does one thing after the other. For the two-core machine on which the server runs too.
 *
 *   load_bench PORT callback USERS SECONDS     start, take the activity's task, SendTaskSuccess
 *   load_bench PORT start USERS COUNT          StartExecution of executions that wait
 *   load_bench PORT pass USERS SECONDS         executions of the Pass chain machine `chain`, to
 * their end load_bench PORT sync USERS SECONDS         StartSyncExecution of the Express machine
 * `quick`
 *
 * The machines and the activity are made by bench/run.sh. Prints one line of results. */
#include <http_parser.h>
#include <stdio.h>
#include <stdlib.h>
#include <uv.h>

#include "base/base.h"
#include "base/clock.h"
#include "json/json.h"

enum mode { CALLBACK, START, PASS, SYNC };
enum step { STEP_START, STEP_POLL, STEP_ANSWER, STEP_DESCRIBE };

static const char arn_prefix[] = "arn:aws:states:us-east-1:000000000000:";
static const char payload[] =
    "{\\\"loanAmount\\\":210000,\\\"property\\\":{\\\"nameOrNumber\\\":\\\"12\\\",\\\"postcode\\\":"
    "\\\"RG1 1AA\\\"},\\\"applicant\\\":\\\"user-%ld\\\"}";

/* Latencies in microseconds, for percentiles. */
struct latencies {
    uint32_t *us;
    size_t count, capacity;
};

struct load {
    uv_loop_t loop;
    enum mode mode;
    long users, amount; /* seconds, or executions to start */
    int64_t start_us, end_us;
    long begun, finished, errors;
    struct latencies workflow, answer;
    struct user *user;
};

struct user {
    uv_tcp_t tcp; /* first: handles are cast back */
    uv_write_t write;
    uv_connect_t connect;
    http_parser parser;
    struct load *load;
    struct buf request, body;
    enum step step;
    int64_t workflow_us, request_us;
    char arn[256]; /* of the execution that is waited for */
    bool closed;
};

static void latencies_add(struct latencies *list, int64_t us)
{
    if (list->count == list->capacity) {
        list->capacity = list->capacity ? list->capacity * 2 : 65536;
        list->us = realloc(list->us, list->capacity * sizeof *list->us);
        if (!list->us) fatal("out of memory");
    }
    list->us[list->count++] = (uint32_t)us;
}

static int by_value(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return (x > y) - (x < y);
}

static double percentile_ms(struct latencies *list, double share)
{
    if (list->count == 0) return 0;
    qsort(list->us, list->count, sizeof *list->us, by_value);
    return list->us[(size_t)((double)(list->count - 1) * share)] / 1000.0;
}

/* ---- requests ---- */

static void on_written(uv_write_t *write, int status)
{
    (void)write;
    if (status < 0 && status != UV_ECANCELED) fatal("write: %s", uv_strerror(status));
}

static void send_request(struct user *user, const char *operation, const char *body)
{
    user->request.len = 0;
    buf_printf(&user->request,
               "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-amz-json-1.0\r\n"
               "X-Amz-Target: AWSStepFunctions.%s\r\nContent-Length: %zu\r\n\r\n%s",
               operation, strlen(body), body);
    user->request_us = clock_monotonic_us();
    uv_buf_t out = uv_buf_init(user->request.ptr, (unsigned)user->request.len);
    int status = uv_write(&user->write, (uv_stream_t *)&user->tcp, &out, 1, on_written);
    if (status != 0) fatal("write: %s", uv_strerror(status));
}

static void begin_workflow(struct user *user)
{
    static const char *const machines[] = { "waiting", "waiting", "chain", "quick" };
    struct load *load = user->load;
    bool over =
        load->mode == START ? load->begun >= load->amount : clock_monotonic_us() >= load->end_us;
    if (over) {
        if (!user->closed) uv_close((uv_handle_t *)&user->tcp, NULL);
        user->closed = true;
        return;
    }
    load->begun++;
    char input[512], body[1024];
    snprintf(input, sizeof input, payload, load->begun);
    snprintf(body, sizeof body, "{\"stateMachineArn\":\"%sstateMachine:%s\",\"input\":\"%s\"}",
             arn_prefix, machines[load->mode], input);
    user->step = STEP_START;
    user->workflow_us = clock_monotonic_us();
    send_request(user, load->mode == SYNC ? "StartSyncExecution" : "StartExecution", body);
}

static void end_workflow(struct user *user)
{
    user->load->finished++;
    latencies_add(&user->load->workflow, clock_monotonic_us() - user->workflow_us);
    begin_workflow(user);
}

static void poll_task(struct user *user)
{
    char body[256];
    snprintf(body, sizeof body, "{\"activityArn\":\"%sactivity:work\"}", arn_prefix);
    user->step = STEP_POLL;
    send_request(user, "GetActivityTask", body);
}

static void answer_task(struct user *user)
{
    str body = buf_str(&user->body);
    static const char key[] = "\"taskToken\":\"";
    size_t at = str_find(body, STR("\"taskToken\":\""), 0);
    if (at == body.len) {
        poll_task(user);
        return;
    }
    at += sizeof key - 1;
    str token = str_slice(body, at, str_find_char(body, '"', at));
    char text[256];
    snprintf(text, sizeof text, "{\"taskToken\":\"%.*s\",\"output\":\"{\\\"value\\\":250000}\"}",
             STR_ARGS(token));
    user->step = STEP_ANSWER;
    send_request(user, "SendTaskSuccess", text);
}

static void describe(struct user *user)
{
    char body[300];
    snprintf(body, sizeof body, "{\"executionArn\":\"%s\"}", user->arn);
    user->step = STEP_DESCRIBE;
    send_request(user, "DescribeExecution", body);
}

/* The answer to StartExecution names the execution. */
static void wait_for_end(struct user *user)
{
    str body = buf_str(&user->body);
    str key = STR("\"executionArn\":\"");
    size_t at = str_find(body, key, 0) + key.len;
    if (at > body.len) fatal("no executionArn in the answer");
    str arn = str_slice(body, at, str_find_char(body, '"', at));
    snprintf(user->arn, sizeof user->arn, "%.*s", STR_ARGS(arn));
    describe(user);
}

static void answered(struct user *user, unsigned status)
{
    if (status != 200) {
        user->load->errors++;
        if (user->load->errors < 5)
            fprintf(stderr, "%u %.*s\n", status, STR_ARGS(buf_str(&user->body)));
        begin_workflow(user);
        return;
    }
    enum mode mode = user->load->mode;
    if (mode == START || mode == SYNC) {
        end_workflow(user);
        return;
    }
    switch (user->step) {
    case STEP_START:
        if (mode == PASS)
            wait_for_end(user);
        else
            poll_task(user);
        return;
    case STEP_DESCRIBE:
        if (str_find(buf_str(&user->body), STR("\"RUNNING\""), 0) < user->body.len)
            describe(user);
        else
            end_workflow(user);
        return;
    case STEP_POLL: answer_task(user); return;
    case STEP_ANSWER:
        latencies_add(&user->load->answer, clock_monotonic_us() - user->request_us);
        end_workflow(user);
        return;
    }
}

/* ---- connections ---- */

static int on_body(http_parser *parser, const char *bytes, size_t count)
{
    struct user *user = parser->data;
    buf_add(&user->body, (str){ bytes, count });
    return 0;
}

static int on_complete(http_parser *parser)
{
    struct user *user = parser->data;
    answered(user, parser->status_code);
    user->body.len = 0;
    return 0;
}

static const http_parser_settings settings = { .on_body = on_body,
                                               .on_message_complete = on_complete };

static void on_alloc(uv_handle_t *handle, size_t suggested, uv_buf_t *out)
{
    static char room[65536];
    (void)handle;
    (void)suggested;
    *out = uv_buf_init(room, sizeof room);
}

static void on_read(uv_stream_t *stream, ssize_t count, const uv_buf_t *in)
{
    struct user *user = (struct user *)(void *)stream;
    if (count < 0) fatal("read: %s", uv_strerror((int)count));
    if (count == 0) return;
    size_t done = http_parser_execute(&user->parser, &settings, in->base, (size_t)count);
    if (done != (size_t)count) fatal("the server's answer is not HTTP");
}

static void on_connect(uv_connect_t *request, int status)
{
    struct user *user = request->data;
    if (status < 0) fatal("connect: %s", uv_strerror(status));
    uv_tcp_nodelay(&user->tcp, 1);
    uv_read_start((uv_stream_t *)&user->tcp, on_alloc, on_read);
    begin_workflow(user);
}

static void connect_user(struct load *load, struct user *user, int port)
{
    struct sockaddr_in address;
    user->load = load;
    user->connect.data = user;
    buf_init(&user->request, NULL);
    buf_init(&user->body, NULL);
    http_parser_init(&user->parser, HTTP_RESPONSE);
    user->parser.data = user;
    uv_ip4_addr("127.0.0.1", port, &address);
    uv_tcp_init(&load->loop, &user->tcp);
    uv_tcp_connect(&user->connect, &user->tcp, (const struct sockaddr *)&address, on_connect);
}

int main(int argc, char **argv)
{
    static const char *const names[] = { "callback", "start", "pass", "sync" };
    if (argc != 5) {
        fprintf(stderr, "usage: load_bench PORT callback|start|pass|sync USERS SECONDS|COUNT\n");
        return 2;
    }
    struct load load = { .mode = CALLBACK, .users = atol(argv[3]), .amount = atol(argv[4]) };
    while (load.mode < SYNC && strcmp(names[load.mode], argv[2]) != 0)
        load.mode++;
    uv_loop_init(&load.loop);
    load.user = calloc((size_t)load.users, sizeof *load.user);
    if (!load.user) fatal("out of memory");
    load.start_us = clock_monotonic_us();
    load.end_us = load.start_us + load.amount * 1000000;
    for (long i = 0; i < load.users; i++)
        connect_user(&load, &load.user[i], atoi(argv[1]));
    uv_run(&load.loop, UV_RUN_DEFAULT);
    double seconds = (double)(clock_monotonic_us() - load.start_us) / 1e6;
    printf(
        "%s users=%ld finished=%ld errors=%ld seconds=%.2f per_second=%.0f p50_ms=%.2f p99_ms=%.2f",
        names[load.mode], load.users, load.finished, load.errors, seconds,
        (double)load.finished / seconds, percentile_ms(&load.workflow, 0.5),
        percentile_ms(&load.workflow, 0.99));
    if (load.mode == CALLBACK)
        printf(" answer_p50_ms=%.2f answer_p99_ms=%.2f", percentile_ms(&load.answer, 0.5),
               percentile_ms(&load.answer, 0.99));
    printf("\n");
    return load.errors ? 1 : 0;
}
