/* HTTP APIs: OpenAPI documents as JSON and YAML, routes, and what a request and a function's answer
 * become. */
#include <stdlib.h>

#include "services/gateway/internal.h"

enum { DOCUMENT, ROUTE, REQUEST, ANSWER, KINDS };

static void check_document(str text, struct arena *arena)
{
    struct openapi openapi;
    struct error err = { 0 };
    if (!openapi_read(text, arena, &openapi, &err)) {
        ASSERT(err.code == ERROR_GATEWAY_BAD_REQUEST);
        return;
    }
    for (size_t i = 0; i < openapi.count; i++) {
        const struct openapi_operation *operation = &openapi.operations[i];
        ASSERT(str_eq(operation->path, STR("$default")) || match_is_template(operation->path));
        (void)openapi_resolve(&openapi, operation->operation);
    }
}

/* "TEMPLATE\nPATH": what fits its own template does so whatever else is in the table. */
static void check_route(str text, struct arena *arena)
{
    json params = json_null();
    size_t end = str_find_char(text, '\n', 0), chars;
    str template = str_slice(text, 0, end),
        path = end < text.len ? str_skip(text, end + 1) : STR("/");
    if (!match_is_template(template) || !str_utf8_count(path, &chars) ||
        !str_starts_with(path, STR("/")))
        return;
    json items[2];
    items[0] = json_with(arena, json_empty(), STR("m"), json_string(STR("GET")));
    items[0] = json_with(arena, items[0], STR("p"), json_string(template));
    items[1] = json_with(arena, items[0], STR("p"), json_string(STR("$default")));
    int alone = match_route(json_array(items, 1), STR("GET"), path, arena, &params);
    int both = match_route(json_array(items, 2), STR("GET"), path, arena, &params);
    ASSERT(both == (alone == 0 ? 0 : 1));
    ASSERT(json_is_object(params));
}

static bool make_incoming(str text, struct arena *arena, struct http_request *http,
                          struct incoming *in)
{
    struct error err = { 0 };
    static struct http_header headers[4];
    size_t first = str_find_char(text, '\n', 0);
    str rest = first < text.len ? str_skip(text, first + 1) : STR("");
    size_t second = str_find_char(rest, '\n', 0);
    headers[0] = (struct http_header){ STR("Cookie"), str_slice(rest, 0, second) };
    headers[1] = (struct http_header){ STR("Content-Type"), str_slice(rest, 0, second) };
    *http = (struct http_request){
        .method = STR("POST"),
        .path = STR("/a"),
        .query = str_slice(text, 0, first),
        .headers = headers,
        .header_count = 2,
        .body = second < rest.len ? str_skip(rest, second + 1) : STR(""),
    };
    *in = (struct incoming){
        .http = http,
        .arena = arena,
        .path = STR("/a"),
        .stage_variables = json_empty(),
        .path_params = json_empty(),
    };
    return incoming_read(in, &err);
}

static void check_request(str text, struct arena *arena)
{
    struct http_request http;
    struct incoming in;
    struct error err = { 0 };
    json again;
    size_t chars;
    str value;
    if (!make_incoming(text, arena, &http, &in)) return;
    str events[] = { json_text(arena, event_v1(&in)), json_text(arena, event_v2(&in)) };
    for (size_t i = 0; i < 2; i++)
        ASSERT(json_parse(events[i], arena, &again, &err));
    if (!str_utf8_count(http.body, &chars)) return;
    (void)value_of_mapping(&in, NULL, http.body, &value);
    (void)value_of_expression(&in, http.body);
    (void)stage_variables_in(&in, http.body);
    (void)uri_function(http.body);
}

static void check_answer(str text, struct arena *arena)
{
    struct http_request http;
    struct incoming in;
    struct outgoing out;
    const char *why;
    if (!make_incoming(STR(""), arena, &http, &in)) return;
    for (int is_rest = 0; is_rest < 2; is_rest++) {
        in.is_rest = is_rest;
        outgoing_init(&out, arena);
        bool good = is_rest ? proxy_answer_v1(&in, text, &out, &why)
                            : proxy_answer_v2(&in, text, &out, &why);
        ASSERT(!good || (out.status >= 100 && out.status <= 599));
        str headers = buf_str(&out.headers);
        ASSERT(headers.len == 0 || str_ends_with(headers, STR("\r\n")));
        ASSERT(str_find(headers, STR("\r\n\r\n"), 0) == headers.len);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena arena;
    if (size == 0) return 0;
    arena_init(&arena);
    char *copy = malloc(size); /* so that the sanitizer sees its end */
    memcpy(copy, data + 1, size - 1);
    str text = { copy, size - 1 };
    switch (data[0] % KINDS) {
    case DOCUMENT: check_document(text, &arena); break;
    case ROUTE: check_route(text, &arena); break;
    case REQUEST: check_request(text, &arena); break;
    case ANSWER: check_answer(text, &arena); break;
    default: break;
    }
    free(copy);
    arena_close(&arena);
    return 0;
}
