/* Answers by every door: COUNT executions are started that wait, their addresses are gathered, and
 * then all are answered by USERS connections, each of which sends one answer after the other. Only
 * the answers are timed.
 *
 *   doors_bench PORT token|link|key USERS COUNT [PID]    SendTaskSuccess; POST to the link; POST to
 *                                                  /callbacks/bench/K
 *   doors_bench PORT start-key USERS COUNT         only starts them: keys that are held
 *   doors_bench PORT early USERS COUNT             POST to keys that nobody waits for: the mailbox
 *
 * The machines `door-token`, `door-link` and `door-key` and the name `bench` are made by
 * bench/services.sh. Prints one line of results; with the server's PID, also what an answer costs
 * it of processor time, which moves less than the rest with what else the machine does. */
#include <unistd.h>

#include "client.h"

enum { PAGE = 1000, ADDRESS_BYTES = 96, KEYS_PER_RUN = 100000000 };

struct load;

/* One thing that is done COUNT times. */
struct phase {
    void (*send)(struct load *load, struct client *client, long index);
    unsigned status; /* of a good answer */
};

struct user {
    struct client client; /* first: it is cast back */
    struct load *load;
};

struct load {
    uv_loop_t loop;
    const struct phase *phase;
    const char *door; /* "token" ... */
    const char *pid;  /* of the server; NULL: unknown */
    double cpu_s;     /* that the last phase has cost the server */
    int port;
    long users, count, sent, answered, errors, gathered;
    char (*addresses)[ADDRESS_BYTES]; /* a token or a link for each */
    struct latencies times;
    struct buf body;
};

/* ---- phases ---- */

static void next(struct user *user)
{
    struct load *load = user->load;
    if (load->sent >= load->count) {
        client_close(&user->client);
        return;
    }
    load->body.len = 0;
    load->phase->send(load, &user->client, load->sent++);
}

static void on_ready(struct client *client)
{
    next((struct user *)(void *)client);
}

static void on_answered(struct client *client, unsigned status)
{
    struct user *user = (struct user *)(void *)client;
    struct load *load = user->load;
    latencies_add(&load->times, clock_monotonic_us() - client->request_us);
    load->answered++;
    if (status != load->phase->status && load->errors++ < 5)
        fprintf(stderr, "%u %.*s\n", status, STR_ARGS(buf_str(&client->body)));
    next(user);
}

/* Processor time of the server so far, in seconds; 0 if its process is not known. */
static double server_cpu_s(const struct load *load)
{
    char path[64];
    long user = 0, system = 0;
    if (!load->pid) return 0;
    snprintf(path, sizeof path, "/proc/%s/stat", load->pid);
    FILE *file = fopen(path, "re");
    if (!file) fatal("%s cannot be read", path);
    /* The name in brackets has no space. */
    int found =
        fscanf(file, "%*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %ld %ld", &user, &system);
    fclose(file);
    if (found != 2) fatal("%s cannot be read", path);
    return (double)(user + system) / (double)sysconf(_SC_CLK_TCK);
}

/* Returns how many seconds it took. */
static double run(struct load *load, const struct phase *phase, long users)
{
    struct user *all = calloc((size_t)users, sizeof *all);
    if (!all) fatal("out of memory");
    load->phase = phase;
    load->sent = load->answered = 0;
    load->times.count = 0;
    int64_t start_us = clock_monotonic_us();
    double cpu_before_s = server_cpu_s(load);
    for (long i = 0; i < users; i++) {
        all[i].load = load;
        all[i].client.ready = on_ready;
        all[i].client.answered = on_answered;
        client_open(&all[i].client, &load->loop, load->port);
    }
    uv_run(&load->loop, UV_RUN_DEFAULT);
    load->cpu_s = server_cpu_s(load) - cpu_before_s;
    return (double)(clock_monotonic_us() - start_us) / 1e6;
}

/* ---- starting ---- */

static const char *machine_of(const struct load *load)
{
    return strcmp(load->door, "start-key") == 0 ? "key" : load->door;
}

static void send_start(struct load *load, struct client *client, long index)
{
    buf_printf(&load->body,
               "{\"stateMachineArn\":\"arn:aws:states:us-east-1:000000000000:stateMachine:"
               "door-%s\",\"input\":\"{\\\"key\\\":\\\"K%ld\\\"}\"}",
               machine_of(load), index);
    client_post(client, "/", "AWSStepFunctions.StartExecution", buf_str(&load->body));
}

static const struct phase starting = { send_start, 200 };

/* ---- gathering the addresses, on one connection ---- */

static void keep(struct load *load, str address)
{
    if (load->gathered >= load->count || address.len >= ADDRESS_BYTES) return;
    memcpy(load->addresses[load->gathered], address.ptr, address.len);
    load->addresses[load->gathered++][address.len] = '\0';
}

static void ask_page(struct load *load, struct client *client, str token)
{
    load->body.len = 0;
    buf_printf(&load->body, "{\"maxResults\":%d", PAGE);
    if (token.len) buf_printf(&load->body, ",\"nextToken\":\"%.*s\"", STR_ARGS(token));
    buf_add_char(&load->body, '}');
    client_post(client, "/", "AWSStepFunctions.ListWaitingTasks", buf_str(&load->body));
}

static void on_page_ready(struct client *client)
{
    ask_page(((struct user *)(void *)client)->load, client, STR(""));
}

static void on_page(struct client *client, unsigned status)
{
    struct load *load = ((struct user *)(void *)client)->load;
    str body = buf_str(&client->body), text;
    size_t at = 0;
    if (status != 200) fatal("ListWaitingTasks: %.*s", STR_ARGS(body));
    while (client_find(body, STR("\"taskToken\":\""), &at, &text))
        keep(load, text);
    at = 0;
    if (client_find(body, STR("\"nextToken\":\""), &at, &text))
        ask_page(load, client, text);
    else
        client_close(client);
}

static void gather_tokens(struct load *load)
{
    struct user user = { .client = { .ready = on_page_ready, .answered = on_page }, .load = load };
    client_open(&user.client, &load->loop, load->port);
    uv_run(&load->loop, UV_RUN_DEFAULT);
    if (load->gathered != load->count) fatal("only %ld wait", load->gathered);
}

/* Each connection asks for the link of the token at its index, and puts it there. */
static void ask_link(struct load *load, struct client *client, long index)
{
    buf_printf(&load->body, "{\"taskToken\":\"%s\"}", load->addresses[index]);
    client_post(client, "/", "Baton.DescribeWait", buf_str(&load->body));
}

static const struct phase asking_links = { ask_link, 200 };

static void on_link(struct client *client, unsigned status)
{
    struct user *user = (struct user *)(void *)client;
    size_t at = 0;
    str text;
    if (status != 200 ||
        !client_find(buf_str(&client->body), STR("\"callbackUrl\":\""), &at, &text))
        fatal("DescribeWait: %.*s", STR_ARGS(buf_str(&client->body)));
    size_t path = str_find(text, STR("/c/"), 0);
    if (text.len - path >= ADDRESS_BYTES) fatal("a link is too long");
    memcpy(user->load->addresses[user->load->sent - 1], text.ptr + path, text.len - path);
    user->load->addresses[user->load->sent - 1][text.len - path] = '\0';
    next(user);
}

/* One connection, as the answer's place is that of the last request. */
static void gather_links(struct load *load)
{
    struct user user = { .client = { .ready = on_ready, .answered = on_link }, .load = load };
    load->phase = &asking_links;
    load->sent = 0;
    client_open(&user.client, &load->loop, load->port);
    uv_run(&load->loop, UV_RUN_DEFAULT);
}

/* ---- answering ---- */

static void send_token(struct load *load, struct client *client, long index)
{
    buf_printf(&load->body, "{\"taskToken\":\"%s\",\"output\":\"{\\\"value\\\":250000}\"}",
               load->addresses[index]);
    client_post(client, "/", "AWSStepFunctions.SendTaskSuccess", buf_str(&load->body));
}

static void send_link(struct load *load, struct client *client, long index)
{
    buf_add(&load->body, STR("{\"value\":250000}"));
    client_post(client, load->addresses[index], NULL, buf_str(&load->body));
}

static void send_key(struct load *load, struct client *client, long index)
{
    char path[ADDRESS_BYTES];
    snprintf(path, sizeof path, "/callbacks/bench/K%ld", index);
    buf_add(&load->body, STR("{\"value\":250000}"));
    client_post(client, path, NULL, buf_str(&load->body));
}

static void send_early(struct load *load, struct client *client, long index)
{
    send_key(load, client, index + KEYS_PER_RUN);
}

static const struct phase by_token = { send_token, 200 };
static const struct phase by_link = { send_link, 200 };
static const struct phase by_key = { send_key, 200 };
static const struct phase early = { send_early, 202 };

static double answer(struct load *load)
{
    if (strcmp(load->door, "early") == 0) return run(load, &early, load->users);
    double started = run(load, &starting, load->users);
    if (strcmp(load->door, "start-key") == 0) return started;
    if (strcmp(load->door, "key") == 0) return run(load, &by_key, load->users);
    gather_tokens(load);
    if (strcmp(load->door, "token") == 0) return run(load, &by_token, load->users);
    gather_links(load);
    return run(load, &by_link, load->users);
}

int main(int argc, char **argv)
{
    static const char *const doors[] = { "token", "link", "key", "start-key", "early" };
    static struct load load;
    for (size_t i = 0; argc >= 5 && i < sizeof doors / sizeof *doors; i++)
        if (strcmp(doors[i], argv[2]) == 0) load.door = doors[i];
    if (!load.door) {
        fprintf(stderr,
                "usage: doors_bench PORT token|link|key|start-key|early USERS COUNT [PID]\n");
        return 2;
    }
    load.port = atoi(argv[1]);
    load.users = atol(argv[3]);
    load.count = atol(argv[4]);
    load.pid = argc > 5 ? argv[5] : NULL;
    load.addresses = calloc((size_t)load.count, sizeof *load.addresses);
    if (!load.addresses) fatal("out of memory");
    uv_loop_init(&load.loop);
    buf_init(&load.body, NULL);
    double seconds = answer(&load);
    printf("%s users=%ld finished=%ld errors=%ld seconds=%.2f per_second=%.0f p50_ms=%.3f "
           "p99_ms=%.3f server_cpu_us=%.1f\n",
           load.door, load.users, load.answered, load.errors, seconds,
           (double)load.answered / seconds, latencies_ms(&load.times, 0.5),
           latencies_ms(&load.times, 0.99), load.cpu_s * 1e6 / (double)load.answered);
    return load.errors ? 1 : 0;
}
