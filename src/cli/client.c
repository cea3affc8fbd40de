/* The command line's HTTP client, on libcurl. */
#include "cli/client.h"

#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>

static const char default_endpoint[] = "http://127.0.0.1:8083";

void client_open(struct client *client, struct arena *arena, str endpoint)
{
    const char *environment = getenv("BATON_ENDPOINT");
    if (str_is_empty(endpoint) && environment) endpoint = str_from(environment);
    if (str_is_empty(endpoint)) endpoint = str_from(default_endpoint);
    while (str_ends_with(endpoint, STR("/")))
        endpoint.len--;
    *client = (struct client){ .arena = arena, .endpoint = arena_str(arena, endpoint) };
    curl_global_init(CURL_GLOBAL_DEFAULT);
    client->handle = curl_easy_init();
    if (!client->handle) fatal("cannot make an HTTP client");
}

void client_close(struct client *client)
{
    curl_easy_cleanup(client->handle);
    curl_global_cleanup();
}

static size_t collect(char *bytes, size_t size, size_t count, void *context)
{
    struct buf *body = context;
    if (body->len + size * count > JSON_TEXT_BYTES_MAX) return 0;
    buf_add(body, (str){ bytes, size * count });
    return size * count;
}

/* One request; `body` NULL: a GET. The answer's text lives in the client's arena. */
static bool exchange(struct client *client, str path, const char *target, const str *body,
                     struct buf *answer, long *status, struct error *err)
{
    CURL *curl = client->handle;
    curl_easy_reset(curl);
    const char *url =
        arena_printf(client->arena, "%.*s%.*s", STR_ARGS(client->endpoint), STR_ARGS(path)).ptr;
    struct curl_slist *headers = NULL;
    if (target) {
        headers = curl_slist_append(headers, "Content-Type: application/x-amz-json-1.0");
        headers = curl_slist_append(headers, target);
    }
    buf_init(answer, client->arena);
    curl_easy_setopt(curl, CURLOPT_URL, url);
    curl_easy_setopt(curl, CURLOPT_NOPROXY, "*");
    curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT, 5L);
    curl_easy_setopt(curl, CURLOPT_TIMEOUT, 90L); /* longer than any long poll */
    curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, collect);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, answer);
    if (body) {
        curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)body->len);
        curl_easy_setopt(curl, CURLOPT_POSTFIELDS, body->ptr);
    }
    CURLcode code = curl_easy_perform(curl);
    curl_slist_free_all(headers);
    curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, status);
    if (code == CURLE_OK) return true;
    return error_set(err, ERROR_IO, "no answer from %.*s: %s (is `baton serve` running?)",
                     STR_ARGS(client->endpoint), curl_easy_strerror(code));
}

bool client_call(struct client *client, str operation, json params, struct answer *answer,
                 struct error *err)
{
    bool has_service = str_find_char(operation, '.', 0) < operation.len;
    const char *target = arena_printf(client->arena, "X-Amz-Target: %s%.*s",
                                      has_service ? "" : "AWSStepFunctions.", STR_ARGS(operation))
                             .ptr;
    str body = json_text(client->arena, params);
    struct buf text;
    long status = 0;
    if (!exchange(client, STR("/"), target, &body, &text, &status, err)) return false;
    *answer = (struct answer){ .good = status == 200, .value = { .kind = JSON_OBJECT } };
    if (text.len > 0 && !json_parse(buf_str(&text), client->arena, &answer->value, err))
        return error_wrap(err, "%.*s does not answer like Baton", STR_ARGS(client->endpoint));
    if (answer->good) return true;
    answer->name = json_str_or(answer->value, STR("__type"), STR("Error"));
    size_t mark = str_find_char(answer->name, '#', 0); /* "com.amazonaws.sqs#QueueDoesNotExist" */
    if (mark < answer->name.len) answer->name = str_skip(answer->name, mark + 1);
    answer->message = json_str_or(answer->value, STR("message"),
                                  json_str_or(answer->value, STR("Message"), (str){ 0 }));
    return true;
}

NORETURN static void give_up(str name, str message)
{
    fprintf(stderr, "baton: %.*s%s%.*s\n", STR_ARGS(name), name.len ? ": " : "", STR_ARGS(message));
    exit(1);
}

json client_must(struct client *client, str operation, json params)
{
    struct answer answer;
    struct error err;
    if (!client_call(client, operation, params, &answer, &err))
        give_up((str){ 0 }, error_text(&err));
    if (!answer.good) give_up(answer.name, answer.message);
    return answer.value;
}

/* GET / says who the server is. */
static void identify(struct client *client)
{
    if (client->region.len) return;
    struct buf text;
    long status = 0;
    struct error err;
    json value;
    if (!exchange(client, STR("/"), NULL, NULL, &text, &status, &err))
        give_up((str){ 0 }, error_text(&err));
    if (status != 200 || !json_parse(buf_str(&text), client->arena, &value, &err))
        give_up((str){ 0 }, STR("the server does not answer like Baton"));
    client->region = json_str_or(value, STR("region"), STR("us-east-1"));
    client->account = json_str_or(value, STR("account"), STR("000000000000"));
}

str client_arn(struct client *client, const char *service, const char *kind, str typed)
{
    if (str_starts_with(typed, STR("arn:"))) return typed;
    identify(client);
    return arena_printf(client->arena, "arn:aws:%s:%.*s:%.*s:%s%.*s", service,
                        STR_ARGS(client->region), STR_ARGS(client->account), kind, STR_ARGS(typed));
}

str client_machine_arn(struct client *client, str typed)
{
    return client_arn(client, "states", "stateMachine:", typed);
}

str client_execution_arn(struct client *client, str typed)
{
    if (str_starts_with(typed, STR("arn:"))) return typed;
    size_t slash = str_find_char(typed, '/', 0);
    if (slash == typed.len)
        give_up((str){ 0 }, STR("name an execution as MACHINE/EXECUTION or by its ARN"));
    identify(client);
    str machine = str_slice(typed, 0, slash);
    str execution = str_skip(typed, slash + 1);
    return arena_printf(client->arena, "arn:aws:states:%.*s:%.*s:execution:%.*s:%.*s",
                        STR_ARGS(client->region), STR_ARGS(client->account), STR_ARGS(machine),
                        STR_ARGS(execution));
}
