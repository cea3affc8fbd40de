/* Inbound routes without a server: paths, settings, mapping, what is kept and for how long.
 * Requests over HTTP, signatures, races and crashes: tests/routes_test.py. */
#include "services/callbacks/routes.h"

#include <criterion/criterion.h>
#include <stdio.h>

#include "services/callbacks/route_records.h"
#include "services/callbacks/support_test.h"
#include "services/shape.h"

static struct world w;

static void setup(void)
{
    world_open(&w);
}

static void teardown(void)
{
    world_close(&w);
}

TestSuite(routes, .init = setup, .fini = teardown);

static str with_quotes(const char *text)
{
    str source = arena_str(&w.arena, str_from(text));
    char *copy = arena_alloc(&w.arena, source.len + 1);
    for (size_t i = 0; i <= source.len; i++)
        copy[i] = source.ptr[i] == '\'' ? '"' : source.ptr[i];
    return (str){ copy, source.len };
}

static json parse(const char *text)
{
    json value;
    struct error err = { 0 };
    cr_assert(json_parse(with_quotes(text), &w.arena, &value, &err), "%s: %s", text, err.message);
    return value;
}

/* ---- paths ---- */

Test(routes, paths_match_segment_by_segment)
{
    static const struct {
        const char *template, *path, *parameters; /* NULL: no match */
    } rows[] = {
        { "/hooks/a", "/hooks/a", "{}" },
        { "/hooks/a", "/hooks/a/", NULL },
        { "/hooks/a", "/hooks/b", NULL },
        { "/hooks/a", "/hooks", NULL },
        { "/hooks/{x}", "/hooks/1%202", "{'x':'1 2'}" },
        { "/hooks/{x}", "/hooks/", NULL },
        { "/hooks/{x}", "/hooks/a/b", NULL },
        { "/hooks/{x}/b/{y}", "/hooks/1/b/2", "{'x':'1','y':'2'}" },
        { "/hooks/{x}", "/hooks/a%2Fb", "{'x':'a/b'}" },
        { "/hooks/{x}", "/hooks/a+b", "{'x':'a+b'}" },
        { "/hooks/a", "/hooks/%61", "{}" },
        { "/hooks/{x}", "/hooks/%zz", NULL },
        { "/hooks/{x}", "/hooks/%ff", NULL },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        json parameters;
        bool fits = route_path_match(str_from(rows[i].template), str_from(rows[i].path), &w.arena,
                                     &parameters);
        cr_assert_eq(fits, rows[i].parameters != NULL, "%s %s", rows[i].template, rows[i].path);
        if (fits) cr_assert(json_equal(parameters, parse(rows[i].parameters)), "%s", rows[i].path);
    }
}

Test(routes, paths_are_checked)
{
    static const char *const good[] = { "/hooks/a", "/hooks/a-b.c_d~e/{x_1}/f", "/hooks/{a}/{b}" };
    static const char *const bad[] = {
        "",           "/hooks",       "/hooks/",     "/hook/a",        "/hooks/a/",
        "/hooks//a",  "/hooks/a b",   "/hooks/{}",   "/hooks/{a",      "/hooks/{a-b}",
        "/hooks/a?b", "/hooks/a%20b", "/hooks/{a}x", "/hooks/{a}/{a}", "/hooks/.",
        "/hooks/..",  "/hooks/a/../b"
    };
    struct error err = { 0 };
    for (size_t i = 0; i < sizeof good / sizeof *good; i++)
        cr_assert(route_path_valid(str_from(good[i]), &err), "%s", good[i]);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        cr_assert(!route_path_valid(str_from(bad[i]), &err), "%s", bad[i]);
    for (int over = 0; over <= 1; over++) {
        struct buf path;
        buf_init(&path, &w.arena);
        buf_add(&path, STR("/hooks"));
        for (int i = 0; i < ROUTE_SEGMENTS_MAX - 1 + over; i++)
            buf_add(&path, STR("/a"));
        cr_assert_eq(route_path_valid(buf_str(&path), &err), over == 0);
        path.len = STR("/hooks/").len;
        for (int i = 0; i < ROUTE_SEGMENT_BYTES_MAX + over; i++)
            buf_add_char(&path, 'x');
        cr_assert_eq(route_path_valid(buf_str(&path), &err), over == 0);
    }
}

Test(routes, literal_segments_come_first)
{
    cr_assert_lt(route_path_compare(STR("/hooks/a"), STR("/hooks/{x}")), 0);
    cr_assert_gt(route_path_compare(STR("/hooks/{x}"), STR("/hooks/a")), 0);
    cr_assert_eq(route_path_compare(STR("/hooks/{x}/b"), STR("/hooks/{y}/b")), 0);
    cr_assert_neq(route_path_compare(STR("/hooks/a"), STR("/hooks/a/b")), 0);
}

/* ---- settings ---- */

#define OPEN "'verifier':{'type':'none','anybodyWhoKnowsTheKeyMayAnswer':true}"
#define BASE "'path':'/hooks/a/{k}'," OPEN ",'name':'job'"

static void refuse(const char *settings, const char *message)
{
    struct route route;
    struct error err = { 0 };
    cr_assert(!route_compile(STR("r"), parse(settings), &w.arena, &route, &err), "%s", settings);
    cr_assert_eq(err.code, ERROR_VALIDATION);
    str text = error_text(&err);
    text = with_quotes(arena_cstr(&w.arena, text));
    cr_assert(str_starts_with(text, with_quotes(message)), "%.*s", STR_ARGS(text));
}

Test(routes, settings_say_what_is_wrong)
{
    refuse("[]", "route: the settings must be an object");
    refuse("{" BASE ",'key':'a','x':1}", "route: there is no setting 'x'");
    refuse("{" OPEN ",'name':'job','key':'a'}", "route: 'path' is missing");
    refuse("{'path':'/hooks/a','name':'job','key':'a'}", "route: 'verifier' is missing");
    refuse("{'path':'/hooks/a','verifier':{'type':'github'},'name':'job','key':'a'}",
           "route: verifier: a github verifier needs either 'secret' or 'secrets'");
    refuse("{'path':'/hooks/a'," OPEN ",'key':'a'}", "route: 'name' must be");
    refuse("{'path':'/hooks/a'," OPEN ",'name':'a/b','key':'a'}", "route: 'name' must be");
    refuse("{" BASE "}", "route: 'key' is missing");
    refuse("{" BASE ",'key':{'a':1}}", "route: 'key' must be an expression or one value");
    refuse("{" BASE ",'key':'{% $body. %}'}", "route: 'key' is no expression: ");
    refuse("{" BASE ",'key':'$.['}", "route: 'key' is no expression: ");
    refuse("{" BASE ",'key':'{% $states.input %}{% x %}'}", "route: 'key' is no expression: ");
    refuse("{" BASE ",'key':'$bode.x'}",
           "route: 'key' uses $bode; there are $body, $headers, $query, $path and $method");
    refuse("{" BASE ",'key':'a','methods':[]}", "route: 'methods' must be");
    refuse("{" BASE ",'key':'a','methods':['HEAD']}", "route: 'methods' must be");
    refuse("{" BASE ",'key':'a','outcome':{'value':'$.body'}}", "route: 'outcome.value' needs");
    refuse("{" BASE ",'key':'a','outcome':{'failure':[1]}}", "route: 'outcome' says what values");
    refuse("{" BASE ",'key':'a','outcome':{'value':'$.body','success':[1],'failure':[1.0]}}",
           "route: 'outcome' has the value 1 twice");
    refuse("{" BASE ",'key':'a','outcome':{'value':'$.body','success':['a'],'outcomes':{'a':'b'}}}",
           "route: 'outcome' has the value 'a' twice");
    refuse("{" BASE ",'key':'a','outcome':{'value':'$.body','success':[[]]}}",
           "route: 'outcome.success' must be a list of 1 to 64 values");
    refuse("{" BASE ",'key':'a','outcome':{'output':{'a':'{% ) %}'}}}",
           "route: 'outcome.output at /a' is no expression: ");
    refuse("{" BASE ",'key':'a','outcome':{'output':{'a.$':1}}}",
           "route: 'outcome.output at /a.$' is no expression: ");
    refuse("{" BASE ",'key':'a','schema':{'type':1}}", "route: 'schema': ");
    refuse("{" BASE ",'key':'a','response':{'status':500}}",
           "route: 'response.status' must be a whole number from 200 to 299");
    refuse("{" BASE ",'key':'a','response':{'headers':{'Content-Length':'1'}}}",
           "route: 'response.headers.Content-Length' is no header");
    refuse("{" BASE ",'key':'a','response':{'headers':{'X':1}}}",
           "route: 'response.headers.X' must be a text");
    refuse("{" BASE ",'key':'a','response':{'headers':{'X':'a\\r\\nY: b'}}}",
           "route: 'response.headers.X' must be");
    refuse("{" BASE ",'key':'a','response':{'for':'some'}}", "route: 'response.for' must be");
    refuse("{" BASE ",'key':'a','start':{'input':1}}", "route: 'start.stateMachine' is missing");
    refuse("{" BASE ",'key':'a','keep':{'count':0}}",
           "route: 'keep.count' must be a whole number from 1 to 100000");
    refuse("{" BASE ",'key':'a','keep':{'seconds':7776001}}", "route: 'keep.seconds' must be");
}

Test(routes, settings_have_a_bound)
{
    struct route route;
    struct error err = { 0 };
    for (int over = 0; over <= 1; over++) {
        json settings = parse("{" BASE ",'key':'a','description':''}");
        size_t bytes = ROUTE_SETTINGS_BYTES_MAX - json_text_bytes(settings) + (size_t)over;
        char *text = arena_alloc(&w.arena, bytes);
        memset(text, 'x', bytes);
        struct json_fields fields;
        json_fields_from(&fields, &w.arena, settings);
        json_fields_add(&fields, STR("description"), json_string((str){ text, bytes }));
        cr_assert_eq(route_compile(STR("r"), json_fields_done(&fields), &w.arena, &route, &err),
                     over == 0);
    }
}

/* ---- mapping ---- */

/* What a request means: "success KEY OUTPUT", "failure KEY ERROR CAUSE", "heartbeat KEY",
 * "OUTCOME KEY OUTPUT", "ignored", "STATUS ERROR: REASON". */
static const char *map_by(json all, const char *target, const char *headers, const char *body)
{
    struct route route;
    struct mapped mapped;
    struct error err = { 0 };
    cr_assert(route_compile(STR("r"), all, &w.arena, &route, &err), "%s", err.message);
    str path = str_from(target);
    size_t question = str_find_char(path, '?', 0);
    struct delivery delivery = {
        .at_ms = 1700000000000,
        .id = STR("one"),
        .method = STR("POST"),
        .path = str_slice(path, 0, question),
        .query = question < path.len ? str_skip(path, question + 1) : STR(""),
        .headers = parse(headers),
        .body = with_quotes(body),
    };
    route_map(&route, &delivery, &w.arena, &mapped);
    const struct answer *answer = &mapped.answer;
    str output = json_text(&w.arena, answer->output);
    if (mapped.kind == MAPPED_IGNORED) return "ignored";
    if (mapped.kind == MAPPED_UNUSABLE)
        return world_text(&w, "%d %.*s: %.*s", mapped.status, STR_ARGS(mapped.error),
                          STR_ARGS(mapped.reason));
    switch (answer->kind) {
    case ANSWER_SUCCESS:
        return world_text(&w, "success %.*s %.*s", STR_ARGS(mapped.key), STR_ARGS(output));
    case ANSWER_FAILURE:
        return world_text(&w, "failure %.*s %.*s %.*s", STR_ARGS(mapped.key),
                          STR_ARGS(answer->error), STR_ARGS(answer->cause));
    case ANSWER_HEARTBEAT: return world_text(&w, "heartbeat %.*s", STR_ARGS(mapped.key));
    case ANSWER_OUTCOME:
        return world_text(&w, "%.*s %.*s %.*s", STR_ARGS(answer->outcome), STR_ARGS(mapped.key),
                          STR_ARGS(output));
    }
    return "";
}

static const char *map(const char *settings, const char *target, const char *headers,
                       const char *body)
{
    return map_by(parse(settings), target, headers, body);
}

#define KEY_PATH "{" BASE ",'key':'$path.k'"

Test(routes, keys_come_from_every_part_of_a_request)
{
    static const char *const rows[][3] = {
        { "$path.k", "", "success 7 null" },
        { "$.path.k", "", "success 7 null" },
        { "{% $path.k %}", "", "success 7 null" },
        { "{% $states.input.path.k %}", "", "success 7 null" },
        { "$.query.q", "", "success v w null" },
        { "{% $query.q %}", "", "success v w null" },
        { "{% $headers.`x-ref` %}", "", "success h null" },
        { "$.headers.x-ref", "", "success h null" },
        { "{% $body.a.b %}", "{'a':{'b':5}}", "success 5 {\"a\":{\"b\":5}}" },
        { "$.body.a", "{'a':true}", "success true {\"a\":true}" },
        { "States.Format('{}-{}', $.path.k, $.method)", "", "success 7-POST null" },
        { "constant", "", "success constant null" },
        { "{% $body.a %}", "{'a':{'b':5}}",
          "422 MappingFailed: The route's 'key' gives an array or an object, not a text." },
        { "{% $body.a %}", "{}", "422 NoKey: The route's 'key' finds nothing in this request." },
        { "$.body.a", "{'a':null}", "422 NoKey: The route's 'key' finds nothing in this request." },
        { "$.body.a", "{'a':''}", "422 NoKey: The route's 'key' finds nothing in this request." },
        { "$.body.a", "{'a':'\\n'}", "422 NoKey: The route's 'key' gives control characters." },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct json_fields fields;
        json_fields_from(&fields, &w.arena, parse("{" BASE "}"));
        json_fields_add(&fields, STR("key"), json_string(str_from(rows[i][0])));
        const char *got =
            map_by(json_fields_done(&fields), "/hooks/a/7?q=v%20w", "{'x-ref':'h'}", rows[i][1]);
        cr_assert_str_eq(got, rows[i][2], "%s: %s", rows[i][0], got);
    }
}

static void expect_body(const char *settings, const char *body, const char *wanted)
{
    const char *got = map(settings, "/hooks/a/7", "{'content-type':'application/json'}", body);
    cr_assert(str_eq(with_quotes(got), with_quotes(wanted)), "%s %s:\n%s\nis not\n%s", settings,
              body, got, wanted);
}

Test(routes, outcomes)
{
    static const char settings[] = KEY_PATH
        ",'outcome':{'value':'$.body.s','success':['OK',1],'failure':['BAD',false],"
        "'heartbeat':['BUSY'],'ignore':['SEEN',null],'outcomes':{'YES':'approve','2':'two'},"
        "'output':{'v.$':'$.body.s'},'error':'Partner','cause':'{% $body.why %}'}}";
    expect_body(settings, "{'s':'OK'}", "success 7 {'v':'OK'}");
    expect_body(settings, "{'s':1}", "success 7 {'v':1}");
    expect_body(settings, "{'s':1.0}", "success 7 {'v':1.0}");
    expect_body(settings, "{'s':'BAD','why':'w'}", "failure 7 Partner w");
    expect_body(settings, "{'s':false}", "failure 7 Partner {'s':false}");
    expect_body(settings, "{'s':'BUSY'}", "heartbeat 7");
    expect_body(settings, "{'s':'SEEN'}", "ignored");
    expect_body(settings, "{'s':'YES'}", "approve 7 {'v':'YES'}");
    expect_body(settings, "{'s':2}", "two 7 {'v':2}");
    expect_body(settings, "{'s':'ok'}",
                "422 UnknownOutcome: The route's 'outcome.value' is 'ok', which is in none of its "
                "lists.");
    expect_body(settings, "{'s':'1'}",
                "422 UnknownOutcome: The route's 'outcome.value' is '1', which is in none of its "
                "lists.");
    expect_body(settings, "{'s':{}}",
                "422 UnknownOutcome: The route's 'outcome.value' is {}, which is in none of its "
                "lists.");
}

Test(routes, failures_without_words_of_their_own)
{
    static const char settings[] =
        KEY_PATH ",'outcome':{'value':'$.body.s','success':['OK'],'failure':['BAD']}}";
    expect_body(settings, "{'s':'BAD','n':1}", "failure 7 BAD {'s':'BAD','n':1}");
    struct buf body;
    buf_init(&body, &w.arena);
    buf_add(&body, STR("{'s':'BAD','n':'"));
    for (int i = 0; i < ROUTE_CAUSE_BYTES_MAX; i++)
        buf_add(&body, STR("\xC3\xA9")); /* two bytes each: the bound falls into one */
    buf_add(&body, STR("'}"));
    buf_add_char(&body, '\0');
    str got = str_from(map(settings, "/hooks/a/7", "{}", body.ptr));
    size_t chars, head = STR("failure 7 BAD ").len;
    cr_assert(str_utf8_count(got, &chars));
    cr_assert(got.len - head <= ROUTE_CAUSE_BYTES_MAX);
    cr_assert(got.len - head > ROUTE_CAUSE_BYTES_MAX - 2);
}

Test(routes, bodies)
{
    static const char whole[] = KEY_PATH "}";
    static const char checked[] =
        KEY_PATH ",'schema':{'type':'object','required':['n']},'outcome':{'output':'$.body.n'}}";
    cr_assert_str_eq(map(whole, "/hooks/a/7", "{}", "hello"), "success 7 \"hello\"");
    cr_assert_str_eq(map(whole, "/hooks/a/7", "{}", " "), "success 7 null");
    cr_assert_str_eq(map(whole, "/hooks/a/7",
                         "{'content-type':'application/x-www-form-urlencoded; charset=utf-8'}",
                         "a=1&b=x+y"),
                     "success 7 {\"a\":\"1\",\"b\":\"x y\"}");
    expect_body(whole, "{",
                "400 InvalidBody: The body is no JSON: Unexpected end-of-input: "
                "expected close marker for Object (start marker at [Source: (String)'{"
                "'; line: 1, column: 1])");
    cr_assert_str_eq(map(whole, "/hooks/a/7", "{}", "\xFF"),
                     "400 InvalidBody: The body is not UTF-8.");
    cr_assert_str_eq(map(whole, "/hooks/a/7?%zz", "{}", ""),
                     "400 InvalidQuery: The query string is no form.");
    expect_body(checked, "{'n':[1]}", "success 7 [1]");
    const char *got = map(checked, "/hooks/a/7", "{}", "{}");
    cr_assert(str_starts_with(str_from(got),
                              STR("400 InvalidBody: The body does not fit the route's schema: ")),
              "%s", got);
    cr_assert_str_eq(map(whole, "/hooks/b/7", "{}", ""),
                     "422 MappingFailed: The route's path is another one now.");
}

Test(routes, when)
{
    static const char settings[] = KEY_PATH ",'when':'{% $body.type in [\\\"a\\\",\\\"b\\\"] %}'}";
    cr_assert_str_eq(map(settings, "/hooks/a/7", "{}", "{'type':'b'}"),
                     "success 7 {\"type\":\"b\"}");
    cr_assert_str_eq(map(settings, "/hooks/a/7", "{}", "{'type':'c'}"), "ignored");
    cr_assert_str_eq(map(settings, "/hooks/a/7", "{}", "{}"), "ignored");
}

Test(routes, the_same_delivery_gives_the_same_random_values)
{
    static const char settings[] = KEY_PATH ",'outcome':{'output':'{% $uuid() %}'}}";
    const char *first = map(settings, "/hooks/a/7", "{}", "");
    cr_assert_str_eq(map(settings, "/hooks/a/7", "{}", ""), first);
}

/* ---- what is kept ---- */

static void complete(struct request *request)
{
    *(bool *)request->owner = true;
}

/* Runs an operation as the server does, preparation included. The answer: "STATUS BODY". */
static const char *run(const struct operation *operation, json params,
                       const struct http_request *http)
{
    struct request *request = ARENA_NEW(&w.arena, struct request);
    struct reader reader;
    bool done = false;
    static uint64_t number;
    request->operation = operation;
    arena_init(&request->arena);
    buf_init(&request->reply, &request->arena);
    request->params = params;
    request->http = http;
    request->id = arena_printf(&w.arena, "request-%llu", (unsigned long long)++number);
    request->peer = STR("192.0.2.1");
    request->complete = complete;
    request->owner = &done;
    shard_read_begin(w.shard, &reader, &request->arena);
    enum handled handled = operation->prepare(&reader, request, &request->error);
    shard_read_end(&reader);
    if (handled == HANDLED) shard_submit(w.shard, request);
    world_pass(&w, 0);
    cr_assert(done || handled != HANDLED);
    str text =
        request->error.code == ERROR_NONE ? buf_str(&request->reply) : error_text(&request->error);
    const char *answer =
        world_text(&w, "%d %.*s", request->head ? request->head->status : 200, STR_ARGS(text));
    arena_close(&request->arena);
    return answer;
}

static const char *post(const char *path, const char *body)
{
    struct http_request http = { .method = STR("POST"),
                                 .path = str_from(path),
                                 .body = with_quotes(body) };
    return run(route_operation(&http), json_null(), &http);
}

static void expect_post(const char *path, const char *body, const char *wanted)
{
    const char *got = post(path, body);
    cr_assert(str_starts_with(str_from(got), with_quotes(wanted)), "%s %s: %s", path, body, got);
}

static str call(const char *operation, const char *params)
{
    return world_call(&w, &callbacks_service, operation, params);
}

static void put(const char *name, const char *settings)
{
    str answer = call("PutRoute", world_text(&w, "{'routeName':'%s','route':%s}", name, settings));
    cr_assert(str_starts_with(answer, STR("{")), "%.*s", STR_ARGS(answer));
}

static int64_t field(const char *route, const char *name)
{
    json value;
    struct error err;
    str text = call("DescribeRoute", world_text(&w, "{'routeName':'%s'}", route));
    cr_assert(json_parse(text, &w.arena, &value, &err), "%.*s", STR_ARGS(text));
    return json_i64_or(value, str_from(name), -1);
}

static size_t listed(const char *params)
{
    json value;
    struct error err;
    str text = call("ListDeliveries", params);
    cr_assert(json_parse(text, &w.arena, &value, &err), "%.*s", STR_ARGS(text));
    return json_count(*json_find(value, STR("deliveries")));
}

static size_t records(uint8_t section)
{
    struct reader reader;
    struct key from, to;
    str key, value;
    size_t count = 0;
    key_begin(&from, 0, KEY_ROUTE);
    key_add_u8(&from, section);
    to = from;
    key_range_end(&to);
    shard_read_begin(w.shard, &reader, &w.arena);
    struct store_cursor *cursor =
        store_scan(reader.store, reader.snapshot, key_str(&from), key_str(&to), false);
    while (store_cursor_next(cursor, &key, &value))
        count++;
    store_cursor_close(cursor);
    shard_read_end(&reader);
    return count;
}

enum { DAY_MS = 24 * 3600 * 1000 };

Test(routes, deliveries_are_kept_for_their_time)
{
    put("r", "{" BASE ",'key':'$path.k','keep':{'seconds':86400}}");
    expect_post("/hooks/a/1", "{'n':1}", "202 {'status':'kept'");
    world_pass(&w, DAY_MS / 2);
    expect_post("/hooks/a/1", "{'n':2}", "202 {'status':'kept'");
    cr_assert_eq(listed("{}"), 2);
    world_pass(&w, DAY_MS / 2);
    cr_assert_eq(listed("{}"), 2);
    world_pass(&w, 1);
    cr_assert_eq(listed("{}"), 1);
    cr_assert_eq(field("r", "deliveriesKept"), 1);
    cr_assert_eq(field("r", "deliveries"), 2);
    /* A route that keeps less than before forgets at once. */
    put("r", "{" BASE ",'key':'$path.k','keep':{'seconds':60}}");
    cr_assert_eq(listed("{}"), 0);
    cr_assert_eq(field("r", "bytesKept"), 0);
}

Test(routes, deliveries_are_bounded_in_number)
{
    put("r", "{" BASE ",'key':'$path.k','keep':{'count':40}}");
    for (int i = 0; i < 60; i++)
        expect_post("/hooks/a/1", world_text(&w, "{'n':%d}", i), "202 ");
    cr_assert_eq(field("r", "deliveriesKept"), 40);
    cr_assert_eq(records(ROUTE_DELIVERY), 40);
    /* A smaller number takes effect with the next deliveries, a few at a time. */
    put("r", "{" BASE ",'key':'$path.k','keep':{'count':2}}");
    expect_post("/hooks/a/1", "{'n':61}", "202 ");
    cr_assert_eq(field("r", "deliveriesKept"), 41 - ROUTE_TRIM_MAX);
    for (int i = 0; i < 2; i++)
        expect_post("/hooks/a/1", world_text(&w, "{'n':%d}", 70 + i), "202 ");
    cr_assert_eq(field("r", "deliveriesKept"), 2);
}

Test(routes, deliveries_of_a_deleted_route_go)
{
    put("r", "{" BASE ",'key':'$path.k'}");
    for (int i = 0; i < ROUTE_SWEEP_RECORDS_MAX + 10; i++)
        (void)post("/hooks/a/1", "{}");
    (void)call("DeleteRoute", "{'routeName':'r'}");
    expect_post("/hooks/a/1", "{}", "404 ");
    for (int i = 0; i < 10; i++)
        world_pass(&w, 1);
    cr_assert_eq(records(ROUTE_DELIVERY), 0);
    world_pass(&w, 1);
    cr_assert_eq(records(ROUTE_STATE), 0);
}

Test(routes, refusals_are_counted_and_bounded)
{
    put("r",
        "{'path':'/hooks/s','verifier':{'type':'github','secret':'x'},'name':'job','key':'k'}");
    for (int i = 0; i < ROUTE_REFUSALS_MAX + 5; i++)
        expect_post("/hooks/s", "{}", "401 {'error':'Unauthorized'");
    cr_assert_eq(field("r", "refused"), ROUTE_REFUSALS_MAX + 5);
    str shown = call("DescribeRoute", "{'routeName':'r'}");
    size_t count = 0;
    for (size_t at = 0; (at = str_find(shown, STR("\"reason\""), at)) < shown.len; at++)
        count++;
    cr_assert_eq(count, ROUTE_REFUSALS_MAX);
    cr_assert_eq(records(ROUTE_DELIVERY), 0);
}

Test(routes, what_is_stored_survives_a_crash)
{
    put("r", "{" BASE ",'key':'$path.k'}");
    expect_post("/hooks/a/1", "{'n':1}", "202 ");
    world_crash(&w);
    cr_assert_eq(listed("{'routeName':'r'}"), 1);
    expect_post("/hooks/a/1", "{'n':1}", "200 ");
}

Test(routes, pages_of_all_routes)
{
    put("one", "{" BASE ",'key':'$path.k'}");
    put("two", "{'path':'/hooks/b'," OPEN ",'name':'job','key':'k'}");
    for (int i = 0; i < 3; i++) {
        (void)post("/hooks/a/1", "{}");
        (void)post("/hooks/b", "{}");
    }
    json page;
    struct error err;
    size_t count = 0, pages = 0;
    const char *params = "{'maxResults':2}";
    for (;; pages++) {
        cr_assert(json_parse(call("ListDeliveries", params), &w.arena, &page, &err));
        count += json_count(*json_find(page, STR("deliveries")));
        str next = json_str_or(page, STR("nextToken"), STR(""));
        if (next.len == 0) break;
        params = world_text(&w, "{'maxResults':2,'nextToken':'%.*s'}", STR_ARGS(next));
    }
    cr_assert_eq(count, 6);
    cr_assert_geq(pages, 2);
    cr_assert_eq(listed("{'verdicts':['kept']}"), 2); /* the others are repetitions */
    cr_assert_eq(listed("{'until':1}"), 0);
    str refused = call("ListDeliveries", "{'nextToken':'nonsense'}");
    cr_assert(str_starts_with(refused, STR("InvalidToken")), "%.*s", STR_ARGS(refused));
}

/* ---- resume or start ---- */

#define STARTS "{" BASE ",'key':'$path.k','messageId':'$.body.id','start':{'stateMachine':'m'}}"

Test(routes, what_a_key_has_started_is_forgotten_in_time)
{
    world_machine(&w, "m", "'MessageBody.$':'$$.Task.Token'",
                  "'Callback':{'Name':'job','Key.$':'$.key'}");
    put("r", STARTS);
    expect_post("/hooks/a/k1", "{'id':'1','key':'k1'}", "200 {'status':'started'");
    expect_post("/hooks/a/k1", "{'id':'1','key':'k1'}", "200 {'status':'started'");
    cr_assert_eq(records(ROUTE_STARTED), 1);
    cr_assert_eq(records(ROUTE_DUE), 1);
    /* It still runs: its key is remembered for longer. */
    world_pass(&w, (int64_t)ROUTE_STARTS_S * 1000 + 1);
    world_pass(&w, 1);
    cr_assert_eq(records(ROUTE_STARTED), 1);
    cr_assert_eq(records(ROUTE_DUE), 1);
    expect_post("/hooks/a/k1", "{'id':'2','key':'k1'}", "200 {'status':'accepted'");
    world_pass(&w, (int64_t)ROUTE_STARTS_S * 1000 + 1);
    world_pass(&w, 1);
    cr_assert_eq(records(ROUTE_STARTED), 0);
    cr_assert_eq(records(ROUTE_DUE), 0);
}

Test(routes, messages_of_a_key_are_bounded)
{
    world_machine(&w, "m", "'MessageBody.$':'$$.Task.Token'",
                  "'Callback':{'Name':'job','Key.$':'$.key'}");
    put("r", STARTS);
    for (int i = 0; i < ROUTE_STARTS_MAX + 4; i++) {
        const char *wanted = i % 2 == 0 ? "200 {'status':'started'" : "200 {'status':'accepted'";
        expect_post("/hooks/a/k", world_text(&w, "{'id':'%d','key':'k'}", i), wanted);
    }
    /* The newest are known, the oldest start anew. */
    const char *got =
        post("/hooks/a/k", world_text(&w, "{'id':'%d','key':'k'}", ROUTE_STARTS_MAX + 2));
    cr_assert(strstr(got, "duplicate"), "%s", got);
    got = post("/hooks/a/k", "{'id':'0','key':'k'}");
    cr_assert(strstr(got, "started") && !strstr(got, "duplicate"), "%s", got);
}

Test(routes, the_number_of_routes_is_bounded)
{
    for (int i = 0; i < ROUTES_MAX; i++)
        put(world_text(&w, "r%d", i),
            world_text(&w, "{'path':'/hooks/x%d'," OPEN ",'name':'job','key':'k'}", i));
    str answer = call("PutRoute", "{'routeName':'more','route':{'path':'/hooks/more'," OPEN
                                  ",'name':'job','key':'k'}}");
    cr_assert(str_starts_with(answer, STR("ValidationException: route: there are 500 routes")),
              "%.*s", STR_ARGS(answer));
    put("r7", "{'path':'/hooks/other'," OPEN ",'name':'job','key':'k'}");
    expect_post("/hooks/x499", "{}", "202 ");
    expect_post("/hooks/x7", "{}", "404 ");
    expect_post("/hooks/other", "{'n':1}", "202 ");
}
