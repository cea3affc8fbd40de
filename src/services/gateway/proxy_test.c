/* Events and answers of proxy integrations, base64, and the values of mappings. */
#include <criterion/criterion.h>

#include "services/gateway/internal.h"

struct world {
    struct arena arena;
    struct http_header headers[8];
    struct http_request http;
    struct incoming in;
};

static void open_world(struct world *world, bool is_rest)
{
    struct error err = { 0 };
    *world = (struct world){ 0 };
    arena_init(&world->arena);
    world->headers[0] = (struct http_header){ STR("X-Name"), STR("first") };
    world->headers[1] = (struct http_header){ STR("X-Name"), STR("second") };
    world->headers[2] = (struct http_header){ STR("Content-Type"), STR("Application/JSON; a=b") };
    world->headers[3] = (struct http_header){ STR("Bad"), STR("\xff") };
    world->http = (struct http_request){
        .method = STR("POST"),
        .path = STR("/dev/a"),
        .query = STR("q=1&q=2"),
        .headers = world->headers,
        .header_count = 4,
        .body = STR("{\"a\":{\"b\":[1,{\"c\":\"deep\"}]}}"),
    };
    world->in = (struct incoming){
        .http = &world->http,
        .arena = &world->arena,
        .is_rest = is_rest,
        .api = STR("api"),
        .stage = STR("dev"),
        .stage_prefix = STR("/dev"),
        .path = STR("/a"),
        .host = STR("api.execute-api.localhost:80"),
        .request_id = STR("id"),
        .peer = STR("10.0.0.1"),
        .account = STR("1"),
        .now_ms = 1583348638390,
        .stage_variables = json_with(&world->arena, json_empty(), STR("v"), json_string(STR("w"))),
        .path_params = json_with(&world->arena, json_empty(), STR("p"), json_string(STR("x y"))),
        .route_key = STR("POST /a"),
    };
    cr_assert(incoming_read(&world->in, &err));
}

static void close_world(struct world *world)
{
    arena_close(&world->arena);
}

static void expect_in(struct world *world, json event, const char *part)
{
    str text = json_text(&world->arena, event);
    cr_expect(str_find(text, str_from(part), 0) < text.len, "%s is not in %.*s", part,
              STR_ARGS(text));
}

Test(gateway_event, payload_1_0)
{
    struct world world;
    open_world(&world, true);
    world.in.resource = STR("/a");
    json event = event_v1(&world.in);
    expect_in(&world, event, "\"path\":\"/a\",\"httpMethod\":\"POST\"");
    expect_in(&world, event, "\"multiValueHeaders\":{\"X-Name\":[\"first\",\"second\"]");
    expect_in(&world, event, "\"headers\":{\"X-Name\":\"second\"");
    expect_in(&world, event, "\"queryStringParameters\":{\"q\":\"2\"}");
    expect_in(&world, event, "\"pathParameters\":{\"p\":\"x y\"}");
    expect_in(&world, event, "\"requestTime\":\"04/Mar/2020:19:03:58 +0000\",\"path\":\"/dev/a\"");
    expect_in(&world, event, "\"domainName\":\"api.execute-api.localhost\"");
    cr_expect_null(json_find(event, STR("version")));
    close_world(&world);
}

Test(gateway_event, payload_2_0)
{
    struct world world;
    open_world(&world, false);
    json event = event_v2(&world.in);
    expect_in(&world, event,
              "{\"version\":\"2.0\",\"routeKey\":\"POST /a\",\"rawPath\":\"/dev/a\"");
    expect_in(&world, event, "\"x-name\":\"first,second\"");
    expect_in(&world, event, "\"queryStringParameters\":{\"q\":\"1,2\"}");
    expect_in(&world, event, "\"time\":\"04/Mar/2020:19:03:58 +0000\",\"timeEpoch\":1583348638390");
    expect_in(&world, event, "\"isBase64Encoded\":false,\"stageVariables\":{\"v\":\"w\"}");
    cr_expect_null(json_find(event, STR("cookies")));
    close_world(&world);
}

static const struct {
    const char *answer;
    int status; /* 0: malformed */
    const char *body;
} v1_rows[] = {
    { "{\"statusCode\":200,\"body\":\"x\"}", 200, "x" },
    { "{\"statusCode\":\"201\"}", 201, "" },
    { "{}", 200, "" },
    { "{\"statusCode\":200,\"body\":null}", 200, "" },
    { "{\"statusCode\":99}", 0, NULL },
    { "{\"statusCode\":true}", 0, NULL },
    { "{\"statusCode\":200,\"body\":{}}", 0, NULL },
    { "{\"statusCode\":200,\"headers\":[]}", 0, NULL },
    { "{\"statusCode\":200,\"other\":1}", 0, NULL },
    { "null", 0, NULL },
    { "\"text\"", 0, NULL },
    { "{", 0, NULL },
};

Test(gateway_proxy, answers_of_rest_apis)
{
    for (size_t i = 0; i < sizeof v1_rows / sizeof *v1_rows; i++) {
        struct world world;
        struct outgoing out;
        const char *why;
        open_world(&world, true);
        outgoing_init(&out, &world.arena);
        bool good = proxy_answer_v1(&world.in, str_from(v1_rows[i].answer), &out, &why);
        cr_expect_eq(good, v1_rows[i].status != 0, "%s", v1_rows[i].answer);
        if (good && v1_rows[i].status != 0) {
            cr_expect_eq(out.status, v1_rows[i].status, "%s", v1_rows[i].answer);
            cr_expect(str_eq(out.body, str_from(v1_rows[i].body)), "%s", v1_rows[i].answer);
        }
        close_world(&world);
    }
}

Test(gateway_proxy, answers_of_http_apis)
{
    static const struct {
        const char *answer;
        int status;
        const char *body, *type;
    } rows[] = {
        { "{\"statusCode\":201,\"body\":\"x\"}", 201, "x", "text/plain;charset=UTF-8" },
        { "{\"a\":1}", 200, "{\"a\":1}", "application/json" },
        { "\"text\"", 200, "text", "application/json" },
        { "null", 200, "null", "application/json" },
        { "{\"statusCode\":200,\"isBase64Encoded\":true,\"body\":\"AAE=\"}", 200, NULL,
          "text/plain;charset=UTF-8" },
        { "{\"statusCode\":200,\"isBase64Encoded\":true,\"body\":\"?\"}", 0, NULL, NULL },
        { "{\"statusCode\":1000}", 0, NULL, NULL },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct world world;
        struct outgoing out;
        const char *why;
        open_world(&world, false);
        outgoing_init(&out, &world.arena);
        bool good = proxy_answer_v2(&world.in, str_from(rows[i].answer), &out, &why);
        cr_expect_eq(good, rows[i].status != 0, "%s", rows[i].answer);
        if (good && rows[i].status != 0) {
            cr_expect_eq(out.status, rows[i].status);
            cr_expect(str_eq(out.content_type, str_from(rows[i].type)), "%s", rows[i].answer);
            if (rows[i].body)
                cr_expect(str_eq(out.body, str_from(rows[i].body)), "%s", rows[i].answer);
        }
        close_world(&world);
    }
}

Test(gateway_proxy, headers_cannot_break_out)
{
    struct world world;
    struct outgoing out;
    open_world(&world, false);
    outgoing_init(&out, &world.arena);
    outgoing_header(&out, STR("X-A"), STR("good"));
    outgoing_header(&out, STR("X-B"), STR("a\r\nX-C: b"));
    outgoing_header(&out, STR("X D"), STR("b"));
    outgoing_header(&out, STR(""), STR("b"));
    outgoing_header(&out, STR("content-length"), STR("5"));
    outgoing_header(&out, STR("content-type"), STR("text/x"));
    cr_expect(str_eq(buf_str(&out.headers), STR("X-A: good\r\n")));
    cr_expect(str_eq(out.content_type, STR("text/x")));
    close_world(&world);
}

Test(gateway_values, mappings)
{
    static const struct {
        const char *mapping, *value; /* NULL: none */
    } rows[] = {
        { "'text'", "text" },
        { "method.request.header.x-name", "second" },
        { "method.request.header.none", NULL },
        { "method.request.querystring.q", "2" },
        { "method.request.path.p", "x y" },
        { "method.request.body.a.b[1].c", "deep" },
        { "method.request.body.a.b[0]", "1" },
        { "method.request.body.a.b[9]", NULL },
        { "method.request.body.a.b[x]", NULL },
        { "method.request.body", "{\"a\":{\"b\":[1,{\"c\":\"deep\"}]}}" },
        { "context.stage", "dev" },
        { "context.identity.sourceIp", "10.0.0.1" },
        { "stageVariables.v", "w" },
        { "integration.response.header.X-Back", "yes" },
        { "integration.response.body.r", "5" },
        { "something.else", NULL },
        { "", NULL },
    };
    struct world world;
    open_world(&world, true);
    struct answer_parts parts = {
        json_with(&world.arena, json_empty(), STR("x-back"), json_string(STR("yes"))),
        STR("{\"r\":5}"),
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        str value = { 0 };
        bool found = value_of_mapping(&world.in, &parts, str_from(rows[i].mapping), &value);
        cr_expect_eq(found, rows[i].value != NULL, "%s", rows[i].mapping);
        if (found && rows[i].value)
            cr_expect(str_eq(value, str_from(rows[i].value)), "%s: %.*s", rows[i].mapping,
                      STR_ARGS(value));
    }
    close_world(&world);
}

Test(gateway_values, expressions_of_http_apis)
{
    static const struct {
        const char *expression, *value;
    } rows[] = {
        { "text", "\"text\"" },
        { "$request.querystring.q", "\"2\"" },
        { "$request.body.a.b", "[1,{\"c\":\"deep\"}]" },
        { "$request.path.p", "\"x y\"" },
        { "$context.apiId", "\"api\"" },
        { "$stageVariables.v", "\"w\"" },
        { "$request.body.none", "null" },
        { "n-${request.path.p}-${stageVariables.v}.", "\"n-x y-w.\"" },
        { "${request.path.p", "\"${request.path.p\"" },
    };
    struct world world;
    open_world(&world, false);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        json value = value_of_expression(&world.in, str_from(rows[i].expression));
        str text = json_text(&world.arena, value);
        cr_expect(str_eq(text, str_from(rows[i].value)), "%s: %.*s", rows[i].expression,
                  STR_ARGS(text));
    }
    str uri = stage_variables_in(&world.in, STR("a/${stageVariables.v}/b"));
    cr_expect(str_eq(uri, STR("a/w/b")));
    close_world(&world);
}

Test(gateway_values, base64)
{
    static const char *const texts[] = { "", "f", "fo", "foo", "foob", "fooba", "foobar" };
    static const char *const encoded[] = { "",         "Zg==",     "Zm8=",    "Zm9v",
                                           "Zm9vYg==", "Zm9vYmE=", "Zm9vYmFy" };
    struct arena arena;
    arena_init(&arena);
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        str back;
        cr_expect(str_eq(base64_encode_text(&arena, str_from(texts[i])), str_from(encoded[i])));
        cr_assert(base64_decode_text(&arena, str_from(encoded[i]), &back));
        cr_expect(str_eq(back, str_from(texts[i])));
    }
    str out;
    cr_expect_not(base64_decode_text(&arena, STR("Zg="), &out));
    cr_expect_not(base64_decode_text(&arena, STR("!!!!"), &out));
    arena_close(&arena);
}
