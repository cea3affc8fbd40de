/* Outgoing HTTP: libcurl's multi interface on the loop.
 *
 * libcurl says which sockets it waits for (on_socket) and until when (on_timer); the loop tells it
 * what has happened. A call that cannot even begin is put on a list and done from a timer, so that
 * `done` never comes from inside http_client_send. */
#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include <curl/curl.h>

#include "effects/private.h"

struct http_client {
    struct effects *effects;
    CURLM *multi;             /* owned */
    uv_timer_t timer;         /* libcurl's */
    uv_timer_t later;         /* for `failed` */
    struct http_call *calls;  /* that libcurl has */
    struct http_call *failed; /* that never begin; newest first */
    size_t count;             /* of `calls` */
    bool uses_proxy;          /* the environment names one */
    bool is_stopped;
};

/* A socket of libcurl's that the loop watches. */
struct watched {
    uv_poll_t poll; /* first */
    struct http_client *client;
    curl_socket_t socket;
};

/* ---- the end of a call ---- */

static void unlink_call(struct http_client *client, struct http_call *call)
{
    if (call->previous)
        call->previous->next = call->next;
    else
        client->calls = call->next;
    if (call->next) call->next->previous = call->previous;
    client->count--;
}

static void finish_call(struct http_call *call)
{
    if (call->handle) curl_easy_cleanup(call->handle);
    curl_slist_free_all(call->list);
    call->handle = call->list = NULL;
    call->done(call);
}

static str cause_of(const struct http_call *call, CURLcode code)
{
    if (call->refused_address) return STR("Connections to this address are not allowed.");
    if (call->is_too_large) return STR("The response is too large.");
    if (code == CURLE_OPERATION_TIMEDOUT) return STR("The request timed out.");
    return arena_printf(call->arena, "%s", curl_easy_strerror(code));
}

static void take_messages(struct http_client *client)
{
    int left;
    CURLMsg *message;
    while ((message = curl_multi_info_read(client->multi, &left))) {
        if (message->msg != CURLMSG_DONE) continue;
        CURL *easy = message->easy_handle;
        CURLcode code = message->data.result;
        struct http_call *call = NULL;
        curl_easy_getinfo(easy, CURLINFO_PRIVATE, (char **)&call);
        long status = 0;
        curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
        curl_multi_remove_handle(client->multi, easy);
        call->ok = code == CURLE_OK;
        call->status = (int)status;
        if (!call->ok) call->cause = cause_of(call, code);
        unlink_call(client, call);
        finish_call(call);
    }
}

/* ---- libcurl and the loop ---- */

static void on_poll(uv_poll_t *poll, int status, int events)
{
    struct watched *watched = (struct watched *)poll;
    struct http_client *client = watched->client;
    int flags = status < 0 ? CURL_CSELECT_ERR : 0;
    if (events & UV_READABLE) flags |= CURL_CSELECT_IN;
    if (events & UV_WRITABLE) flags |= CURL_CSELECT_OUT;
    int running;
    curl_multi_socket_action(client->multi, watched->socket, flags, &running);
    take_messages(client);
}

static void on_watched_closed(uv_handle_t *handle)
{
    free(handle);
}

static int on_socket(CURL *easy, curl_socket_t socket, int what, void *context, void *known)
{
    (void)easy;
    struct http_client *client = context;
    struct watched *watched = known;
    if (what == CURL_POLL_REMOVE) {
        if (!watched) return 0;
        uv_poll_stop(&watched->poll);
        uv_close((uv_handle_t *)&watched->poll, on_watched_closed);
        curl_multi_assign(client->multi, socket, NULL);
        return 0;
    }
    if (!watched) {
        watched = calloc(1, sizeof *watched);
        if (!watched) fatal("out of memory");
        watched->client = client;
        watched->socket = socket;
        if (uv_poll_init_socket(&client->effects->loop, &watched->poll, socket) != 0) {
            free(watched);
            return -1;
        }
        curl_multi_assign(client->multi, socket, watched);
    }
    int events = (what & CURL_POLL_IN ? UV_READABLE : 0) | (what & CURL_POLL_OUT ? UV_WRITABLE : 0);
    uv_poll_start(&watched->poll, events, on_poll);
    return 0;
}

static void on_time(uv_timer_t *timer)
{
    struct http_client *client = timer->data;
    int running;
    curl_multi_socket_action(client->multi, CURL_SOCKET_TIMEOUT, 0, &running);
    take_messages(client);
}

static int on_timer(CURLM *multi, long timeout_ms, void *context)
{
    (void)multi;
    struct http_client *client = context;
    if (uv_is_closing((uv_handle_t *)&client->timer)) return 0;
    if (timeout_ms < 0) {
        uv_timer_stop(&client->timer);
        return 0;
    }
    /* Never at once: libcurl is not to be called from inside of itself. */
    uv_update_time(&client->effects->loop);
    uv_timer_start(&client->timer, on_time, timeout_ms > 0 ? (uint64_t)timeout_ms : 0, 0);
    return 0;
}

/* ---- one call ---- */

static size_t on_body(char *bytes, size_t one, size_t count, void *context)
{
    (void)one;
    struct http_call *call = context;
    if (call->answer.len + count > call->body_bytes_max) {
        call->is_too_large = true;
        return 0;
    }
    buf_add(&call->answer, (str){ bytes, count });
    return count;
}

static size_t on_header(char *bytes, size_t one, size_t count, void *context)
{
    (void)one;
    struct http_call *call = context;
    str line = str_trim((str){ bytes, count });
    if (str_starts_with(line, STR("HTTP/"))) { /* also behind "100 Continue" */
        call->headers.len = 0;
        return count;
    }
    if (line.len == 0) return count;
    if (call->headers.len + line.len + 2 > HTTP_CLIENT_HEADER_BYTES_MAX) {
        call->is_too_large = true;
        return 0;
    }
    buf_add(&call->headers, line);
    buf_add(&call->headers, STR("\r\n"));
    return count;
}

/* Here the address is known, whatever the name was and whoever has resolved it. */
static curl_socket_t on_open(void *context, curlsocktype purpose, struct curl_sockaddr *address)
{
    (void)purpose;
    struct http_call *call = context;
    bool allow_local = call->allow_local || call->effects->http->uses_proxy;
    if (!http_address_is_allowed(&address->addr, allow_local)) {
        call->refused_address = true;
        return CURL_SOCKET_BAD;
    }
    return socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

static bool append(struct http_call *call, const char *line)
{
    struct curl_slist *longer = curl_slist_append(call->list, line);
    if (longer) call->list = longer;
    return longer != NULL;
}

static bool add_fields(struct http_call *call)
{
    bool has_type = false, good = true;
    for (size_t i = 0; i < call->field_count && good; i++) {
        const struct http_field *field = &call->fields[i];
        has_type |= field->name.len == 12 && strncasecmp(field->name.ptr, "content-type", 12) == 0;
        /* libcurl's way to say that a header has no value is a semicolon. */
        good = append(call, field->value.len
                                ? arena_cstr(call->arena, arena_printf(call->arena, "%.*s: %.*s",
                                                                       STR_ARGS(field->name),
                                                                       STR_ARGS(field->value)))
                                : arena_cstr(call->arena, arena_printf(call->arena, "%.*s;",
                                                                       STR_ARGS(field->name))));
    }
    /* libcurl would say that it is a form, and would wait for 100 Continue. */
    if (!has_type && good) good = append(call, "Content-Type:");
    return good && append(call, "Expect:");
}

/* The server's own credentials. False if it has none. */
static bool set_signing(struct http_call *call, CURL *easy)
{
    const char *key = getenv("AWS_ACCESS_KEY_ID"), *secret = getenv("AWS_SECRET_ACCESS_KEY");
    const char *session = getenv("AWS_SESSION_TOKEN");
    if (!key || !secret) return false;
    str provider = arena_printf(call->arena, "aws:amz:%.*s:%.*s", STR_ARGS(call->sign_region),
                                STR_ARGS(call->sign_service));
    curl_easy_setopt(easy, CURLOPT_AWS_SIGV4, arena_cstr(call->arena, provider));
    curl_easy_setopt(easy, CURLOPT_USERNAME, key);
    curl_easy_setopt(easy, CURLOPT_PASSWORD, secret);
    if (!session || !*session) return true;
    str line = arena_printf(call->arena, "X-Amz-Security-Token: %s", session);
    return append(call, arena_cstr(call->arena, line));
}

static void set_limits(const struct http_client *client, struct http_call *call, CURL *easy)
{
    curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    /* Its end does not wait for the thread that asks for a name. */
    curl_easy_setopt(easy, CURLOPT_QUICK_EXIT, 1L);
    curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
    curl_easy_setopt(easy, CURLOPT_DISALLOW_USERNAME_IN_URL, 1L);
    curl_easy_setopt(easy, CURLOPT_NETRC, (long)CURL_NETRC_IGNORED);
    if (!client->uses_proxy) curl_easy_setopt(easy, CURLOPT_PROXY, "");
    curl_easy_setopt(easy, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
    curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, (long)call->timeout_ms);
    curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, (long)HTTP_CLIENT_CONNECT_MS_MAX);
    curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, on_open);
    curl_easy_setopt(easy, CURLOPT_OPENSOCKETDATA, call);
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_body);
    curl_easy_setopt(easy, CURLOPT_WRITEDATA, call);
    curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, on_header);
    curl_easy_setopt(easy, CURLOPT_HEADERDATA, call);
    curl_easy_setopt(easy, CURLOPT_PRIVATE, call);
}

static void set_method(struct http_call *call, CURL *easy)
{
    bool is_get = str_eq(call->method, STR("GET")), is_head = str_eq(call->method, STR("HEAD"));
    if (call->body.len || (!is_get && !is_head)) {
        curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)call->body.len);
        curl_easy_setopt(easy, CURLOPT_POSTFIELDS, call->body.len ? call->body.ptr : "");
    }
    if (is_head && !call->body.len)
        curl_easy_setopt(easy, CURLOPT_NOBODY, 1L);
    else
        curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, arena_cstr(call->arena, call->method));
}

static bool begin(struct http_client *client, struct http_call *call)
{
    if (client->is_stopped) {
        call->cause = STR("The server is stopping.");
        return false;
    }
    if (client->count >= HTTP_CLIENT_REQUESTS_MAX) {
        call->cause = STR("Too many requests are under way.");
        return false;
    }
    CURL *easy = call->handle = curl_easy_init();
    if (!easy) fatal("out of memory");
    curl_easy_setopt(easy, CURLOPT_URL, arena_cstr(call->arena, call->url));
    set_limits(client, call, easy);
    set_method(call, easy);
    if (!add_fields(call)) fatal("out of memory");
    if (call->user.len || call->password.len) {
        curl_easy_setopt(easy, CURLOPT_HTTPAUTH, (long)CURLAUTH_BASIC);
        curl_easy_setopt(easy, CURLOPT_USERNAME, arena_cstr(call->arena, call->user));
        curl_easy_setopt(easy, CURLOPT_PASSWORD, arena_cstr(call->arena, call->password));
    }
    if (call->sign_service.len && !set_signing(call, easy)) {
        call->cause = STR("The server has no credentials (AWS_ACCESS_KEY_ID) to sign with.");
        return false;
    }
    curl_easy_setopt(easy, CURLOPT_HTTPHEADER, call->list);
    CURLMcode code = curl_multi_add_handle(client->multi, easy);
    if (code != CURLM_OK) call->cause = str_from(curl_multi_strerror(code));
    return code == CURLM_OK;
}

static void on_later(uv_timer_t *timer)
{
    struct http_client *client = timer->data;
    while (client->failed) {
        struct http_call *call = client->failed;
        client->failed = call->next;
        finish_call(call);
    }
}

void http_client_send(struct http_client *client, struct http_call *call)
{
    buf_init(&call->headers, call->arena);
    buf_init(&call->answer, call->arena);
    call->previous = call->next = NULL;
    if (!begin(client, call)) {
        call->next = client->failed;
        client->failed = call;
        if (client->is_stopped)
            on_later(&client->later);
        else
            uv_timer_start(&client->later, on_later, 0, 0);
        return;
    }
    call->next = client->calls;
    if (call->next) call->next->previous = call;
    client->calls = call;
    client->count++;
}

/* ---- effects ---- */

static void on_effect_done(struct http_call *call)
{
    struct effect *effect = call->owner;
    if (!call->ok) {
        effect_fail(effect, STR("States.Http.Socket"), call->cause);
        return;
    }
    effect->result = (struct effect_result){
        .ok = true,
        .status = call->status,
        .body = buf_str(&call->answer),
        .headers = buf_str(&call->headers),
    };
    effect_finish(effect);
}

static void take_call(struct effects *effects, struct job *job)
{
    http_client_send(effects->http, (struct http_call *)job);
}

void http_send(struct effects *effects, struct effect *effect)
{
    struct http_call *call = ARENA_NEW(&effect->arena, struct http_call);
    call->job.run = take_call;
    call->effects = effects;
    call->arena = &effect->arena;
    call->done = on_effect_done;
    call->owner = effect;
    str cause = { NULL, 0 };
    if (!http_request_read(effect->request, call, &cause))
        effect_fail(effect, STR("States.Http.Socket"), cause);
    else if (!effects_submit(effects, &call->job))
        effect_fail(effect, STR("States.Http.Socket"), STR("The server is stopping."));
}

/* ---- opening and closing ---- */

static bool has_proxy(void)
{
    static const char *const names[] = { "http_proxy", "https_proxy", "HTTPS_PROXY" };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        const char *value = getenv(names[i]);
        if (value && *value) return true;
    }
    return false;
}

struct http_client *http_client_new(struct effects *effects)
{
    struct http_client *client = calloc(1, sizeof *client);
    if (!client || !(client->multi = curl_multi_init())) fatal("out of memory");
    client->effects = effects;
    client->uses_proxy = has_proxy();
    uv_timer_init(&effects->loop, &client->timer);
    uv_timer_init(&effects->loop, &client->later);
    client->timer.data = client->later.data = client;
    curl_multi_setopt(client->multi, CURLMOPT_SOCKETFUNCTION, on_socket);
    curl_multi_setopt(client->multi, CURLMOPT_SOCKETDATA, client);
    curl_multi_setopt(client->multi, CURLMOPT_TIMERFUNCTION, on_timer);
    curl_multi_setopt(client->multi, CURLMOPT_TIMERDATA, client);
    curl_multi_setopt(client->multi, CURLMOPT_MAX_TOTAL_CONNECTIONS,
                      (long)HTTP_CLIENT_CONNECTIONS_MAX);
    curl_multi_setopt(client->multi, CURLMOPT_MAX_HOST_CONNECTIONS,
                      (long)HTTP_CLIENT_HOST_CONNECTIONS_MAX);
    return client;
}

void http_client_stop(struct http_client *client)
{
    client->is_stopped = true;
    while (client->calls) {
        struct http_call *call = client->calls;
        unlink_call(client, call);
        curl_multi_remove_handle(client->multi, call->handle);
        call->cause = STR("The server is stopping.");
        finish_call(call);
    }
    on_later(&client->later);
    /* With the connections go their watched sockets. */
    curl_multi_cleanup(client->multi);
    client->multi = NULL;
    uv_close((uv_handle_t *)&client->timer, NULL);
    uv_close((uv_handle_t *)&client->later, NULL);
}

void http_client_free(struct http_client *client)
{
    free(client);
}
