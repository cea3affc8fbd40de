/* Verifiers on arbitrary settings and requests: NULs separate the settings (JSON), the headers
 * ("Name: value" lines) and the body. Settings are refused with a reason or used; what is shown of
 * them has no secret and can be put again; nothing that comes in here is ever taken for signed. */
#include <stdlib.h>

#include "services/callbacks/verifier.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { NOW_MS = 1700000000 };

/* Takes the part up to the next NUL, in a copy of its exact size, so that the sanitizer sees any
 * byte read beyond it. */
static str take_part(const uint8_t **at, const uint8_t *end, char **owned)
{
    const uint8_t *stop = *at < end ? memchr(*at, 0, (size_t)(end - *at)) : NULL;
    size_t bytes = (size_t)((stop ? stop : end) - *at);
    *owned = malloc(bytes ? bytes : 1);
    if (!*owned) abort();
    if (bytes) memcpy(*owned, *at, bytes);
    *at = stop ? stop + 1 : end;
    return (str){ *owned, bytes };
}

static struct http_request make_request(struct arena *arena, str headers, str body)
{
    struct http_request http = { .method = STR("POST"), .path = STR("/hooks/a"), .body = body };
    http.headers = arena_array(arena, HTTP_HEADERS_MAX, sizeof *http.headers);
    while (headers.len > 0 && http.header_count < HTTP_HEADERS_MAX) {
        size_t end = str_find_char(headers, '\n', 0);
        str line = str_slice(headers, 0, end);
        size_t colon = str_find_char(line, ':', 0);
        http.headers[http.header_count++] = (struct http_header){
            .name = str_slice(line, 0, colon),
            .value = str_trim(colon < line.len ? str_skip(line, colon + 1) : STR("")),
        };
        headers = str_skip(headers, end < headers.len ? end + 1 : end);
    }
    return http;
}

static json parse(struct arena *arena, str text)
{
    json value;
    struct error err;
    if (!json_parse(text, arena, &value, &err)) abort();
    return value;
}

/* A secret that the fuzzer does not hold. */
static void try_unknown_secret(struct arena *arena, const struct http_request *http)
{
    static const char *const settings[] = {
        "{\"type\":\"github\",\"secret\":\"k6nXwR0eLq2vYt8sZb4mHc1d\"}",
        "{\"type\":\"stripe\",\"secret\":\"k6nXwR0eLq2vYt8sZb4mHc1d\"}",
        "{\"type\":\"slack\",\"secret\":\"k6nXwR0eLq2vYt8sZb4mHc1d\"}",
        "{\"type\":\"standard-webhooks\",\"secret\":\"whsec_k6nXwR0eLq2vYt8sZb4mHc1d\"}",
    };
    for (size_t i = 0; i < sizeof settings / sizeof *settings; i++) {
        struct verifier_result result;
        json verifier = parse(arena, str_from(settings[i]));
        if (verifier_check(verifier, http, (int64_t)NOW_MS * 1000, arena, &result)) abort();
        if (!result.reason) abort();
    }
}

static void try_settings(struct arena *arena, str text, const struct http_request *http)
{
    json verifier;
    struct error err = { 0 };
    struct verifier_result result;
    if (!json_parse(text, arena, &verifier, &err)) return;
    if (!verifier_valid(verifier, &err)) {
        if (err.code != ERROR_VALIDATION || error_text(&err).len == 0) abort();
        return;
    }
    bool is_good = verifier_check(verifier, http, (int64_t)NOW_MS * 1000, arena, &result);
    if (is_good != result.is_good || (!is_good && !result.reason)) abort();
    json shown = verifier_redacted(arena, verifier);
    if (!json_equal(verifier_keep_secrets(arena, shown, verifier), verifier)) abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const uint8_t *end = data + size;
    char *owned[3];
    struct arena arena;
    arena_init(&arena);
    str settings = take_part(&data, end, &owned[0]);
    str headers = take_part(&data, end, &owned[1]);
    str body = take_part(&data, end, &owned[2]);
    struct http_request http = make_request(&arena, headers, body);
    try_unknown_secret(&arena, &http);
    try_settings(&arena, settings, &http);
    arena_close(&arena);
    for (int i = 0; i < 3; i++)
        free(owned[i]);
    return 0;
}
