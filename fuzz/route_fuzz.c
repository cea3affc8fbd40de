/* Inbound routes. The first byte chooses: arbitrary settings (JSON), which must be refused with a
 * reason or compiled; or an arbitrary request (path, query, content type, body, with NULs between)
 * through one of a few routes that use everything a mapping has: what comes out is a key that may
 * be used, or a reason in well-formed UTF-8. */
#include <stdlib.h>

#include "services/callbacks/routes.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define OPEN "\"verifier\":{\"type\":\"none\",\"anybodyWhoKnowsTheKeyMayAnswer\":true}"

static const char *const routes[] = {
    "{\"path\":\"/hooks/a/{k}\"," OPEN ",\"name\":\"n\",\"key\":\"$path.k\","
    "\"messageId\":\"$.query.id\",\"when\":\"{% $body.type != 'x' %}\","
    "\"outcome\":{\"value\":\"$.body.s\",\"success\":[\"a\",1],\"failure\":[\"b\",false],"
    "\"heartbeat\":[\"h\"],\"ignore\":[null],\"outcomes\":{\"y\":\"approve\"},"
    "\"output\":{\"v\":\"{% $body.v & '!' %}\"},\"cause\":\"{% $string($body) %}\"},"
    "\"response\":{\"status\":202,\"headers\":{\"Content-Type\":\"text/plain\"},"
    "\"body\":\"{% $string($body.s) %}\"},"
    "\"start\":{\"stateMachine\":\"m\",\"input\":{\"b.$\":\"$.body\"},\"name\":\"$.query.n\"}}",
    "{\"path\":\"/hooks/{a}/{b}\"," OPEN ",\"name\":\"n\",\"key\":\"{% $body.k ~> $trim %}\","
    "\"schema\":{\"type\":\"object\",\"required\":[\"k\"],\"properties\":{\"k\":{\"type\":"
    "\"string\",\"maxLength\":9},\"l\":{\"type\":\"array\",\"items\":{\"type\":\"integer\"},"
    "\"uniqueItems\":true}}},\"outcome\":{\"output\":\"$.body..l\"}}",
    "{\"path\":\"/hooks/{a}\"," OPEN ",\"name\":\"n\",\"key\":\"States.Format('{}{}', $.path.a, "
    "$.body)\",\"messageId\":\"{% $headers.`content-type` %}\"}",
};
enum { ROUTES = sizeof routes / sizeof *routes };

static str take_part(str *rest)
{
    size_t end = str_find_char(*rest, '\0', 0);
    str part = str_slice(*rest, 0, end);
    *rest = str_skip(*rest, end < rest->len ? end + 1 : end);
    return part;
}

static bool compile(struct arena *arena, str text, struct route *route)
{
    json settings;
    struct error err = { 0 };
    if (!json_parse(text, arena, &settings, &err)) return false;
    if (route_compile(STR("r"), settings, arena, route, &err)) return true;
    if (err.code != ERROR_VALIDATION || error_text(&err).len == 0) abort();
    return false;
}

static void check_mapped(const struct mapped *mapped)
{
    size_t chars;
    switch (mapped->kind) {
    case MAPPED_IGNORED: return;
    case MAPPED_UNUSABLE:
        if (mapped->status < 400 || mapped->error.len == 0 || mapped->reason.len == 0) abort();
        if (mapped->reason.len > ROUTE_REASON_BYTES_MAX) abort();
        if (!str_utf8_count(mapped->reason, &chars)) abort();
        return;
    case MAPPED_ANSWER: break;
    }
    if (!callback_key_is_good(mapped->key)) abort();
    if (mapped->answer.message_id.len > CALLBACK_MESSAGE_ID_BYTES_MAX) abort();
    if (mapped->answer.error.len > ROUTE_ERROR_BYTES_MAX) abort();
    if (mapped->answer.cause.len > ROUTE_CAUSE_BYTES_MAX) abort();
    if (mapped->answer.digest.len == 0) abort();
}

static void try_request(struct arena *arena, const struct route *route, str rest)
{
    struct delivery delivery;
    struct mapped mapped;
    const struct verifier_result verified = { .is_good = true };
    struct http_request http = { .method = STR("POST") };
    struct http_header headers[2] = {
        { STR("Content-Type"), { 0 } },
        { STR("Idempotency-Key"), { 0 } },
    };
    http.path = take_part(&rest);
    http.query = take_part(&rest);
    headers[0].value = take_part(&rest);
    headers[1].value = take_part(&rest);
    http.headers = headers;
    http.header_count = 2;
    http.body = rest;
    delivery_from_http(&http, route, &verified, STR("id"), STR("192.0.2.1"), 1700000000000, arena,
                       &delivery);
    route_map(route, &delivery, arena, &mapped);
    check_mapped(&mapped);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena arena;
    struct route route;
    if (size == 0) return 0;
    char *copy = malloc(size);
    if (!copy) abort();
    memcpy(copy, data, size);
    arena_init(&arena);
    unsigned choice = data[0] % (ROUTES + 1);
    str rest = { copy + 1, size - 1 };
    if (choice == ROUTES) {
        if (compile(&arena, rest, &route)) (void)route_redacted(&arena, route.settings);
    } else {
        if (!compile(&arena, str_from(routes[choice]), &route)) abort();
        try_request(&arena, &route, rest);
    }
    arena_close(&arena);
    free(copy);
    return 0;
}
