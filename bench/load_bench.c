/* The load of workflows: users on connections of their own, each of whom does one thing after the
 * other.
 *
 *   load_bench PORT callback USERS SECONDS     start, take the activity's task, SendTaskSuccess
 *   load_bench PORT start USERS COUNT          StartExecution of executions that wait
 *   load_bench PORT pass USERS SECONDS         executions of the chain machine, to their end
 *   load_bench PORT sync USERS SECONDS         StartSyncExecution of the Express machine `quick`
 *
 * The machines and the activity are made by bench/run.sh. Prints one line of results. */
#include "client.h"

enum mode { CALLBACK, START, PASS, SYNC };
enum step { STEP_START, STEP_POLL, STEP_ANSWER, STEP_DESCRIBE };

static const char arn_prefix[] = "arn:aws:states:us-east-1:000000000000:";
static const char payload[] =
    "{\\\"loanAmount\\\":210000,\\\"property\\\":{\\\"nameOrNumber\\\":\\\"12\\\",\\\"postcode\\\":"
    "\\\"RG1 1AA\\\"},\\\"applicant\\\":\\\"user-%ld\\\"}";

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
    struct client client; /* first: it is cast back */
    struct load *load;
    enum step step;
    int64_t workflow_us;
    char arn[256]; /* of the execution that is waited for */
};

/* ---- requests ---- */

static void send_request(struct user *user, const char *operation, const char *body)
{
    char target[64];
    snprintf(target, sizeof target, "AWSStepFunctions.%s", operation);
    client_post(&user->client, "/", target, str_from(body));
}

static void begin_workflow(struct user *user)
{
    static const char *const machines[] = { "waiting", "waiting", "chain", "quick" };
    struct load *load = user->load;
    bool over =
        load->mode == START ? load->begun >= load->amount : clock_monotonic_us() >= load->end_us;
    if (over) {
        client_close(&user->client);
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
    size_t at = 0;
    str token;
    if (!client_find(buf_str(&user->client.body), STR("\"taskToken\":\""), &at, &token)) {
        poll_task(user);
        return;
    }
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
    size_t at = 0;
    str arn;
    if (!client_find(buf_str(&user->client.body), STR("\"executionArn\":\""), &at, &arn))
        fatal("no executionArn in the answer");
    snprintf(user->arn, sizeof user->arn, "%.*s", STR_ARGS(arn));
    describe(user);
}

static void on_ready(struct client *client)
{
    begin_workflow((struct user *)(void *)client);
}

static void on_answer(struct client *client, unsigned status)
{
    struct user *user = (struct user *)(void *)client;
    if (status != 200) {
        user->load->errors++;
        if (user->load->errors < 5)
            fprintf(stderr, "%u %.*s\n", status, STR_ARGS(buf_str(&client->body)));
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
        if (str_find(buf_str(&client->body), STR("\"RUNNING\""), 0) < client->body.len)
            describe(user);
        else
            end_workflow(user);
        return;
    case STEP_POLL: answer_task(user); return;
    case STEP_ANSWER:
        latencies_add(&user->load->answer, clock_monotonic_us() - client->request_us);
        end_workflow(user);
        return;
    }
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
    for (long i = 0; i < load.users; i++) {
        load.user[i].load = &load;
        load.user[i].client.ready = on_ready;
        load.user[i].client.answered = on_answer;
        client_open(&load.user[i].client, &load.loop, atoi(argv[1]));
    }
    uv_run(&load.loop, UV_RUN_DEFAULT);
    double seconds = (double)(clock_monotonic_us() - load.start_us) / 1e6;
    printf(
        "%s users=%ld finished=%ld errors=%ld seconds=%.2f per_second=%.0f p50_ms=%.2f p99_ms=%.2f",
        names[load.mode], load.users, load.finished, load.errors, seconds,
        (double)load.finished / seconds, latencies_ms(&load.workflow, 0.5),
        latencies_ms(&load.workflow, 0.99));
    if (load.mode == CALLBACK)
        printf(" answer_p50_ms=%.2f answer_p99_ms=%.2f", latencies_ms(&load.answer, 0.5),
               latencies_ms(&load.answer, 0.99));
    printf("\n");
    return load.errors ? 1 : 0;
}
