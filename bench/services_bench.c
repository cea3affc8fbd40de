/* The load of the services: users on connections of their own, each of whom does one piece of work
 * after the other.
 *
 *   services_bench PORT WORK USERS AMOUNT [WHAT]
 *
 * AMOUNT is seconds, or for the works marked with a star the number of pieces:
 *
 *   send            SendMessage to the queue `bench`
 *   fill-queue *    SendMessageBatch of 10
 *   receive         ReceiveMessage of 10 and DeleteMessageBatch, until the queue is empty at last
 *   poll            USERS pairs with a queue each: one waits in ReceiveMessage, the other sends;
 *                   the time is from SendMessage to the answer of ReceiveMessage
 *   put             PutItem of new items of about 300 bytes into the table `bench`
 *   fill-table *    the same by BatchWriteItem of 10, from the first
 *   get, query      GetItem; Query of 10 items; of the WHAT first ones
 *   invoke          Invoke the function WHAT
 *   route           a route of the HTTP API WHAT, which a function answers
 *   cold *          Invoke the functions WHAT1, WHAT2, ..., once each
 *   function        executions of the machine `invoking`, to their end
 *   token           executions of the machine `asking`: StartExecution, ReceiveMessage from the
 *                   queue `tokens`, SendTaskSuccess (to which the time is), DeleteMessage
 *
 * The resources are made by bench/services.sh. Prints one line of results. */
#include "base/prng.h"
#include "client.h"

enum {
    BATCH = 10,           /* messages, or items of a partition */
    PUT_FROM = 100000000, /* where the items of `put` begin, behind those of fill-table */
    PAIRS_SENT_PER_S = 1000,
    PAUSE_MS_MIN = 3, /* in which a waiting request has certainly arrived */
};

#define TEXT_50 "a message of the usual kind, with some words in it"

struct user;

struct work {
    const char *name;
    void (*begin)(struct user *user);    /* sends the first request of a piece */
    void (*answered)(struct user *user); /* goes on, or calls finish() */
    bool is_counted;                     /* AMOUNT is pieces */
};

struct load {
    uv_loop_t loop;
    const struct work *work;
    const char *what;
    long users, amount;
    int64_t start_us, end_us;
    long begun, finished, errors;
    struct latencies times;
    struct prng prng;
    struct buf body;  /* of the request that is being made */
    int64_t usual_us; /* of an execution */
};

struct user {
    struct client client; /* first: it is cast back */
    struct load *load;
    struct user *sender; /* owned: of a pair, has only a client */
    uv_timer_t timer;    /* ends the pause before the next request */
    long number;
    int step;
    int64_t begun_us, taken_us;
    long messages;  /* that have been received */
    char name[256]; /* an execution's ARN, a message's receipt handle */
};

/* ---- pieces of work ---- */

static void begin(struct user *user)
{
    struct load *load = user->load;
    bool over =
        load->work->is_counted ? load->begun >= load->amount : clock_monotonic_us() >= load->end_us;
    if (over) {
        client_close(&user->client);
        if (user->sender) client_close(&user->sender->client);
        return;
    }
    user->step = 0;
    user->begun_us = clock_monotonic_us();
    load->work->begin(user);
    load->begun++;
}

static void finish_timed(struct user *user, long count, int64_t us)
{
    user->load->finished += count;
    latencies_add(&user->load->times, us);
    begin(user);
}

static void finish(struct user *user, long count)
{
    finish_timed(user, count, clock_monotonic_us() - user->begun_us);
}

static void fail(struct user *user)
{
    if (user->load->errors++ < 5)
        fprintf(stderr, "%u %.*s\n", user->client.parser.status_code,
                STR_ARGS(buf_str(&user->client.body)));
    begin(user);
}

static bool answer_has(const struct user *user, str text)
{
    return str_find(buf_str(&user->client.body), text, 0) < user->client.body.len;
}

/* The request's body, empty. */
static struct buf *body_of(struct user *user)
{
    user->load->body.len = 0;
    return &user->load->body;
}

static void post(struct user *user, const char *target)
{
    client_post(&user->client, "/", target, buf_str(&user->load->body));
}

static void finish_one(struct user *user)
{
    finish(user, 1);
}

static void finish_batch(struct user *user)
{
    if (answer_has(user, STR("\"Failed\":[{")) || answer_has(user, STR("\"PutRequest\"")))
        fail(user);
    else
        finish(user, BATCH);
}

/* ---- queues ---- */

static void add_queue(struct buf *body, const char *name)
{
    buf_printf(body, "{\"QueueUrl\":\"http://localhost/000000000000/%s\"", name);
}

static void begin_send(struct user *user)
{
    struct buf *body = body_of(user);
    add_queue(body, "bench");
    buf_printf(body, ",\"MessageBody\":\"%09ld " TEXT_50 TEXT_50 TEXT_50 TEXT_50 "\"}",
               user->load->begun);
    post(user, "AmazonSQS.SendMessage");
}

static void begin_fill_queue(struct user *user)
{
    struct buf *body = body_of(user);
    add_queue(body, "bench");
    for (int i = 0; i < BATCH; i++)
        buf_printf(
            body, "%s{\"Id\":\"%d\",\"MessageBody\":\"%09ld " TEXT_50 TEXT_50 TEXT_50 TEXT_50 "\"}",
            i ? "," : ",\"Entries\":[", i, user->load->begun);
    buf_add(body, STR("]}"));
    post(user, "AmazonSQS.SendMessageBatch");
}

static void begin_receive(struct user *user)
{
    struct buf *body = body_of(user);
    add_queue(body, "bench");
    buf_printf(body, ",\"MaxNumberOfMessages\":%d}", BATCH);
    post(user, "AmazonSQS.ReceiveMessage");
}

static void answered_receive(struct user *user)
{
    if (user->step == 1) {
        if (answer_has(user, STR("\"Failed\":[{")))
            fail(user);
        else
            finish(user, user->messages);
        return;
    }
    struct buf *body = body_of(user);
    size_t at = 0;
    str receipt;
    user->messages = 0;
    add_queue(body, "bench");
    while (client_find(buf_str(&user->client.body), STR("\"ReceiptHandle\":\""), &at, &receipt)) {
        buf_printf(body, "%s{\"Id\":\"%ld\",\"ReceiptHandle\":\"%.*s\"}",
                   user->messages ? "," : ",\"Entries\":[", user->messages, STR_ARGS(receipt));
        user->messages++;
    }
    if (user->messages == 0) { /* the queue is empty */
        user->load->end_us = 0;
        begin(user);
        return;
    }
    user->step = 1;
    buf_add(body, STR("]}"));
    post(user, "AmazonSQS.DeleteMessageBatch");
}

/* ---- long polls ---- */

static struct buf *own_queue_body(struct user *user)
{
    char name[32];
    snprintf(name, sizeof name, "poll-%ld", user->number);
    add_queue(body_of(user), name);
    return &user->load->body;
}

/* The message says when it was sent. */
static void on_pause_over(uv_timer_t *timer)
{
    struct user *user = timer->data;
    buf_printf(own_queue_body(user), ",\"MessageBody\":\"%lld\"}", (long long)clock_monotonic_us());
    post(user->sender, "AmazonSQS.SendMessage");
}

static void wait_for_message(struct user *user)
{
    uint64_t pause_ms = (uint64_t)user->load->users * 1000 / PAIRS_SENT_PER_S;
    user->step = 1;
    buf_add(own_queue_body(user), STR(",\"WaitTimeSeconds\":20}"));
    post(user, "AmazonSQS.ReceiveMessage");
    uv_timer_start(&user->timer, on_pause_over, pause_ms < PAUSE_MS_MIN ? PAUSE_MS_MIN : pause_ms,
                   0);
}

static void begin_poll(struct user *user)
{
    if (user->messages > 0) {
        wait_for_message(user);
        return;
    }
    buf_printf(body_of(user), "{\"QueueName\":\"poll-%ld\"}", user->number);
    post(user, "AmazonSQS.CreateQueue");
}

static void answered_poll(struct user *user)
{
    int64_t now_us = clock_monotonic_us(), sent_us;
    size_t at = 0, behind = 0;
    str sent, receipt, answer = buf_str(&user->client.body);
    if (user->step == 0) {
        wait_for_message(user);
    } else if (user->step == 2) {
        finish_timed(user, 1, user->taken_us);
    } else if (!client_find(answer, STR("\"ReceiptHandle\":\""), &at, &receipt) ||
               !client_find(answer, STR("\"Body\":\""), &behind, &sent) ||
               !str_to_i64(sent, &sent_us)) {
        fail(user);
    } else {
        user->messages++;
        user->taken_us = now_us - sent_us;
        user->step = 2;
        buf_printf(own_queue_body(user), ",\"ReceiptHandle\":\"%.*s\"}", STR_ARGS(receipt));
        post(user, "AmazonSQS.DeleteMessage");
    }
}

/* ---- tables ---- */

static void add_item(struct buf *body, long number)
{
    buf_printf(
        body,
        "{\"pk\":{\"S\":\"customer-%09ld\"},\"sk\":{\"N\":\"%ld\"},\"status\":{\"S\":\"open\"},"
        "\"amount\":{\"N\":\"%ld.25\"},\"paid\":{\"BOOL\":false},"
        "\"note\":{\"S\":\"" TEXT_50 TEXT_50 TEXT_50 "\"},"
        "\"address\":{\"M\":{\"street\":{\"S\":\"12 High Street\"},\"town\":{\"S\":\"Reading\"},"
        "\"postcode\":{\"S\":\"RG1 1AA\"}}}}",
        number / BATCH, number % BATCH, number % 1000);
}

static void begin_put(struct user *user)
{
    struct buf *body = body_of(user);
    buf_add(body, STR("{\"TableName\":\"bench\",\"Item\":"));
    add_item(body, PUT_FROM + user->load->begun);
    buf_add_char(body, '}');
    post(user, "DynamoDB_20120810.PutItem");
}

static void begin_fill_table(struct user *user)
{
    struct buf *body = body_of(user);
    buf_add(body, STR("{\"RequestItems\":{\"bench\":["));
    for (int i = 0; i < BATCH; i++) {
        buf_add(body, i ? STR(",{\"PutRequest\":{\"Item\":") : STR("{\"PutRequest\":{\"Item\":"));
        add_item(body, user->load->begun * BATCH + i);
        buf_add(body, STR("}}"));
    }
    buf_add(body, STR("]}}"));
    post(user, "DynamoDB_20120810.BatchWriteItem");
}

static long any_item(struct load *load)
{
    long stored = atol(load->what);
    if (stored <= 0) fatal("WHAT is the number of items");
    return (long)prng_below(&load->prng, (uint64_t)stored);
}

static void begin_get(struct user *user)
{
    long item = any_item(user->load);
    buf_printf(body_of(user),
               "{\"TableName\":\"bench\",\"Key\":{\"pk\":{\"S\":\"customer-%09ld\"},"
               "\"sk\":{\"N\":\"%ld\"}}}",
               item / BATCH, item % BATCH);
    post(user, "DynamoDB_20120810.GetItem");
}

static void begin_query(struct user *user)
{
    buf_printf(body_of(user),
               "{\"TableName\":\"bench\",\"KeyConditionExpression\":\"pk = :pk\","
               "\"ExpressionAttributeValues\":{\":pk\":{\"S\":\"customer-%09ld\"}}}",
               any_item(user->load) / BATCH);
    post(user, "DynamoDB_20120810.Query");
}

static void answered_item(struct user *user)
{
    if (answer_has(user, STR("\"postcode\"")))
        finish(user, 1);
    else
        fail(user);
}

static void answered_query(struct user *user)
{
    if (answer_has(user, STR("\"Count\":10,")))
        finish(user, 1);
    else
        fail(user);
}

/* ---- functions ---- */

static void invoke(struct user *user, const char *function)
{
    char path[256];
    snprintf(path, sizeof path, "/2015-03-31/functions/%s/invocations", function);
    buf_printf(body_of(user), "{\"value\":%ld,\"text\":\"" TEXT_50 "\"}", user->load->begun);
    client_post(&user->client, path, NULL, buf_str(&user->load->body));
}

static void begin_invoke(struct user *user)
{
    invoke(user, user->load->what);
}

static void begin_route(struct user *user)
{
    char path[256];
    snprintf(path, sizeof path, "/apis/%s/orders/%ld", user->load->what, user->load->begun);
    buf_printf(body_of(user), "{\"value\":%ld,\"text\":\"" TEXT_50 "\"}", user->load->begun);
    client_post(&user->client, path, NULL, buf_str(&user->load->body));
}

static void begin_cold(struct user *user)
{
    char name[128];
    snprintf(name, sizeof name, "%s%ld", user->load->what, user->load->begun + 1);
    invoke(user, name);
}

static void answered_invoke(struct user *user)
{
    if (answer_has(user, STR("\"doubled\":")))
        finish(user, 1);
    else
        fail(user);
}

/* ---- workflows ---- */

static void start_execution(struct user *user, const char *machine)
{
    buf_printf(body_of(user),
               "{\"stateMachineArn\":\"arn:aws:states:us-east-1:000000000000:stateMachine:%s\","
               "\"input\":\"{\\\"value\\\":%ld}\"}",
               machine, user->load->begun);
    post(user, "AWSStepFunctions.StartExecution");
}

static void begin_function(struct user *user)
{
    start_execution(user, "invoking");
}

static void describe(uv_timer_t *timer)
{
    struct user *user = timer->data;
    user->step++;
    buf_printf(body_of(user), "{\"executionArn\":\"%s\"}", user->name);
    post(user, "AWSStepFunctions.DescribeExecution");
}

/* Asks when the execution is likely to be over, so that the asking costs little. */
static void ask_later(struct user *user)
{
    int64_t left_us =
        user->step == 0 ? user->load->usual_us - (clock_monotonic_us() - user->begun_us) : 0;
    uv_update_time(&user->load->loop);
    uv_timer_start(&user->timer, describe, left_us < 1000 ? 1 : (uint64_t)(left_us / 1000), 0);
}

static void answered_function(struct user *user)
{
    struct load *load = user->load;
    size_t at = 0;
    str arn;
    if (user->step > 0) {
        if (answer_has(user, STR("\"RUNNING\""))) {
            ask_later(user);
        } else if (answer_has(user, STR("\"SUCCEEDED\""))) {
            int64_t us = clock_monotonic_us() - user->begun_us;
            /* Down if the first question came too late, as it may have. */
            load->usual_us += user->step == 1 ? -load->usual_us / 64 : (us - load->usual_us) / 16;
            finish(user, 1);
        } else {
            fail(user);
        }
        return;
    }
    if (!client_find(buf_str(&user->client.body), STR("\"executionArn\":\""), &at, &arn))
        fatal("no executionArn in the answer");
    snprintf(user->name, sizeof user->name, "%.*s", STR_ARGS(arn));
    ask_later(user);
}

static void begin_token(struct user *user)
{
    start_execution(user, "asking");
}

static void take_token(struct user *user)
{
    struct buf *body = body_of(user);
    add_queue(body, "tokens");
    buf_add(body, STR(",\"WaitTimeSeconds\":20}"));
    user->step = 1;
    post(user, "AmazonSQS.ReceiveMessage");
}

/* The body of a message is JSON in a JSON string. */
static void answer_token(struct user *user)
{
    str answer = buf_str(&user->client.body), token, receipt;
    size_t at = 0, behind = 0;
    if (!client_find(answer, STR("\"ReceiptHandle\":\""), &at, &receipt)) {
        take_token(user);
        return;
    }
    if (!client_find(answer, STR("\\\"token\\\":\\\""), &behind, &token) || token.len < 2)
        fatal("no token in the message");
    snprintf(user->name, sizeof user->name, "%.*s", STR_ARGS(receipt));
    user->step = 2;
    buf_printf(body_of(user), "{\"taskToken\":\"%.*s\",\"output\":\"{\\\"value\\\":250000}\"}",
               STR_ARGS(str_slice(token, 0, token.len - 1)));
    post(user, "AWSStepFunctions.SendTaskSuccess");
}

static void answered_token(struct user *user)
{
    if (user->step == 0) {
        take_token(user);
    } else if (user->step == 1) {
        answer_token(user);
    } else if (user->step == 2) {
        user->taken_us = clock_monotonic_us() - user->begun_us;
        user->step = 3;
        add_queue(body_of(user), "tokens");
        buf_printf(&user->load->body, ",\"ReceiptHandle\":\"%s\"}", user->name);
        post(user, "AmazonSQS.DeleteMessage");
    } else {
        finish_timed(user, 1, user->taken_us);
    }
}

/* ---- the run ---- */

static const struct work works[] = {
    { "send", begin_send, finish_one, false },
    { "fill-queue", begin_fill_queue, finish_batch, true },
    { "receive", begin_receive, answered_receive, false },
    { "poll", begin_poll, answered_poll, false },
    { "put", begin_put, finish_one, false },
    { "fill-table", begin_fill_table, finish_batch, true },
    { "get", begin_get, answered_item, false },
    { "query", begin_query, answered_query, false },
    { "invoke", begin_invoke, answered_invoke, false },
    { "route", begin_route, answered_invoke, false },
    { "cold", begin_cold, answered_invoke, true },
    { "function", begin_function, answered_function, false },
    { "token", begin_token, answered_token, false },
};

static void on_answer(struct client *client, unsigned status)
{
    struct user *user = (struct user *)(void *)client;
    if (status == 200)
        user->load->work->answered(user);
    else
        fail(user);
}

static void on_ready(struct client *client)
{
    begin((struct user *)(void *)client);
}

static void on_sender_ready(struct client *client)
{
    (void)client;
}

static void on_sender_answer(struct client *client, unsigned status)
{
    if (status != 200) fatal("%u %.*s", status, STR_ARGS(buf_str(&client->body)));
}

static void open_user(struct load *load, struct user *user, int port)
{
    user->load = load;
    user->client.ready = on_ready;
    user->client.answered = on_answer;
    user->timer.data = user;
    uv_timer_init(&load->loop, &user->timer);
    client_open(&user->client, &load->loop, port);
    if (load->work->begin != begin_poll) return;
    user->sender = calloc(1, sizeof *user->sender);
    if (!user->sender) fatal("out of memory");
    user->sender->load = load;
    user->sender->client.ready = on_sender_ready;
    user->sender->client.answered = on_sender_answer;
    client_open(&user->sender->client, &load->loop, port);
}

static void run(struct load *load, int port)
{
    struct user *users = calloc((size_t)load->users, sizeof *users);
    if (!users) fatal("out of memory");
    uv_loop_init(&load->loop);
    prng_seed(&load->prng, 1);
    buf_init(&load->body, NULL);
    load->start_us = clock_monotonic_us();
    load->end_us = load->start_us + load->amount * 1000000;
    for (long i = 0; i < load->users; i++) {
        users[i].number = i;
        open_user(load, &users[i], port);
    }
    uv_run(&load->loop, UV_RUN_DEFAULT);
}

int main(int argc, char **argv)
{
    static struct load load;
    for (size_t i = 0; argc >= 5 && i < sizeof works / sizeof *works; i++)
        if (strcmp(works[i].name, argv[2]) == 0) load.work = &works[i];
    if (!load.work) {
        fprintf(stderr, "usage: services_bench PORT WORK USERS SECONDS|COUNT [WHAT]\n");
        return 2;
    }
    load.users = atol(argv[3]);
    load.amount = atol(argv[4]);
    load.what = argc > 5 ? argv[5] : "";
    run(&load, atoi(argv[1]));
    double seconds = (double)(clock_monotonic_us() - load.start_us) / 1e6;
    printf("%s users=%ld finished=%ld errors=%ld seconds=%.2f per_second=%.0f p50_ms=%.3f "
           "p99_ms=%.3f\n",
           load.work->name, load.users, load.finished, load.errors, seconds,
           (double)load.finished / seconds, latencies_ms(&load.times, 0.5),
           latencies_ms(&load.times, 0.99));
    return load.errors ? 1 : 0;
}
