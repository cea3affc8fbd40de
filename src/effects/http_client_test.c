/* Outgoing HTTP against a real server: a small one in Python, which tells what it was sent. */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <criterion/criterion.h>

#include "base/clock.h"
#include "effects/support_test.h"

static struct world world;
static pid_t server;
static int port;

static const char server_code[] =
    "import http.server, json, threading\n"
    "class H(http.server.BaseHTTPRequestHandler):\n"
    "    protocol_version = 'HTTP/1.1'\n"
    "    def answer(self):\n"
    "        body = self.rfile.read(int(self.headers.get('content-length') or 0)).decode()\n"
    "        path = self.path.split('?')[0]\n"
    "        if path == '/silent':\n"
    "            threading.Event().wait()\n"
    "        if path == '/drop':\n"
    "            self.close_connection = True; return\n"
    "        status = {'/redirect': 302, '/missing': 404, '/broken': 500}.get(path, 200)\n"
    "        data = json.dumps({'method': self.command, 'path': self.path, 'body': body, "
    "'headers': "
    "sorted([k.lower(), v] for k, v in self.headers.items())}).encode()\n"
    "        if path == '/big': data = b'b' * 1000001\n"
    "        if path == '/plain': data = b'{\"plain\":' + (body or 'null').encode() + b'}'\n"
    "        self.send_response(status)\n"
    "        self.send_header('Content-Length', str(len(data)))\n"
    "        if path == '/redirect': self.send_header('Location', '/other')\n"
    "        if path == '/function-error': self.send_header('X-Amz-Function-Error', 'Unhandled')\n"
    "        self.end_headers()\n"
    "        if self.command != 'HEAD': self.wfile.write(data)\n"
    "    do_GET = do_POST = do_PUT = do_DELETE = do_HEAD = do_PATCH = answer\n"
    "    def log_message(self, *a): pass\n"
    "s = http.server.ThreadingHTTPServer(('127.0.0.1', 0), H)\n"
    "s.daemon_threads = True\n"
    "print(s.server_address[1], flush=True)\n"
    "s.serve_forever()\n";

static void start_server(void)
{
    int pipes[2];
    cr_assert_eq(pipe(pipes), 0);
    server = fork();
    if (server == 0) {
        dup2(pipes[1], STDOUT_FILENO);
        close(pipes[0]);
        execlp("python3", "python3", "-c", server_code, (char *)NULL);
        _exit(127);
    }
    close(pipes[1]);
    FILE *in = fdopen(pipes[0], "r");
    cr_assert_eq(fscanf(in, "%d", &port), 1);
    fclose(in);
}

static void set_up(void)
{
    unsetenv("http_proxy");
    unsetenv("https_proxy");
    world_init(&world);
    start_server();
}

static void tear_down(void)
{
    world_close(&world);
    kill(server, SIGKILL);
    waitpid(server, NULL, 0);
}

TestSuite(http_client, .init = set_up, .fini = tear_down, .timeout = 60);

/* "{'url':'http://127.0.0.1:PORT<path>','allowLocal':true<more>}" */
static const char *to(const char *path, const char *more)
{
    return world_text(&world, arena_printf(&world.arena,
                                           "{'url':'http://127.0.0.1:%d%s','allowLocal':true%s}",
                                           port, path, more));
}

static void expect_cause(const struct effect_result *result, const char *cause)
{
    cr_assert_not(result->ok);
    cr_assert_str_eq(world_text(&world, result->error), "States.Http.Socket");
    cr_assert_str_eq(world_text(&world, result->cause), cause);
}

static void expect_part(str text, const char *part)
{
    cr_assert(str_find(text, str_from(part), 0) < text.len, "no '%s' in: %s", part,
              world_text(&world, text));
}

static const char *host_and(const char *rest)
{
    return world_text(&world,
                      arena_printf(&world.arena, "[\"host\", \"127.0.0.1:%d\"]%s", port, rest));
}

Test(http_client, sends_what_is_asked_and_nothing_more)
{
    world_start(&world);
    const struct effect_result *result = world_http(&world, to("/p?q=1", ""));
    cr_assert(result->ok, "%s", world_text(&world, result->cause));
    cr_assert_eq(result->status, 200);
    expect_part(result->body,
                "{\"method\": \"GET\", \"path\": \"/p?q=1\", \"body\": \"\", \"headers\": "
                "[[\"accept\", \"*/*\"], ");
    expect_part(result->body, host_and("]}"));
    expect_part(result->headers, "\r\nContent-Length: ");
    result = world_http(&world, to("/", ",'method':'PATCH','body':'text','headers':{'X-A':'1',"
                                        "'X-B':['2','3'],'X-C':'','Content-Type':'text/plain'}"));
    expect_part(result->body, "{\"method\": \"PATCH\", \"path\": \"/\", \"body\": \"text\"");
    expect_part(result->body, "[\"content-length\", \"4\"], [\"content-type\", \"text/plain\"], ");
    expect_part(
        result->body,
        host_and(", [\"x-a\", \"1\"], [\"x-b\", \"2\"], [\"x-b\", \"3\"], [\"x-c\", \"\"]]}"));
    result = world_http(&world, to("/", ",'method':'POST'"));
    expect_part(result->body, "[\"content-length\", \"0\"], ");
    result = world_http(&world, to("/", ",'method':'HEAD'"));
    cr_assert(result->ok && result->body.len == 0);
}

Test(http_client, statuses_are_answers_and_redirects_are_not_followed)
{
    world_start(&world);
    cr_assert_eq(world_http(&world, to("/missing", ""))->status, 404);
    cr_assert_eq(world_http(&world, to("/broken", ""))->status, 500);
    const struct effect_result *result = world_http(&world, to("/redirect", ""));
    cr_assert_eq(result->status, 302);
    expect_part(result->headers, "\r\nLocation: /other\r\n");
}

Test(http_client, authenticates)
{
    setenv("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE", 1);
    setenv("AWS_SECRET_ACCESS_KEY", "secret", 1);
    setenv("AWS_SESSION_TOKEN", "session", 1);
    world_start(&world);
    const struct effect_result *result =
        world_http(&world, to("/", ",'basic':{'user':'Aladdin','password':'open sesame'}"));
    expect_part(result->body, "[\"authorization\", \"Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==\"]");
    result = world_http(&world, to("/", ",'method':'POST','body':'{}','sign':{'service':'sqs',"
                                        "'region':'eu-west-1'}"));
    expect_part(result->body, "[\"authorization\", \"AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/");
    expect_part(result->body, "/eu-west-1/sqs/aws4_request, SignedHeaders=");
    expect_part(result->body, "[\"x-amz-security-token\", \"session\"]");
    unsetenv("AWS_ACCESS_KEY_ID");
    expect_cause(world_http(&world, to("/", ",'sign':{'service':'sqs','region':'eu-west-1'}")),
                 "The server has no credentials (AWS_ACCESS_KEY_ID) to sign with.");
}

Test(http_client, malformed_requests_are_not_sent)
{
    static const struct {
        const char *request, *cause;
    } rows[] = {
        { "{'url':'ftp://127.0.0.1/'}", "The URL is not a valid http or https URL." },
        { "{'url':'file:///etc/passwd'}", "The URL is not a valid http or https URL." },
        { "{'url':'http://a/ b'}", "The URL is not a valid http or https URL." },
        { "{'url':'http://a/\\r\\nX: y'}", "The URL is not a valid http or https URL." },
        { "{'url':'h'}", "The URL is not a valid http or https URL." },
        { "{}", "The URL is not a valid http or https URL." },
        { "{'url':'http://a/','method':'GET /'}", "The method is not valid." },
        { "{'url':'http://a/','method':''}", "The method is not valid." },
        { "{'url':'http://a/','headers':{'X\\r\\nY':'1'}}", "The header 'X\r\nY' cannot be sent." },
        { "{'url':'http://a/','headers':{'X':'1\\r\\nY: 2'}}",
          "The value of the header 'X' is not valid." },
        { "{'url':'http://a/','headers':{'X':1}}", "The value of the header 'X' is not valid." },
        { "{'url':'http://a/','headers':{'Transfer-Encoding':'chunked'}}",
          "The header 'Transfer-Encoding' cannot be sent." },
        { "{'url':'http://a/','headers':{'content-length':'1'}}",
          "The header 'content-length' cannot be sent." },
        { "{'url':'http://u:p@127.0.0.1/'}", "Login denied" },
        { "{'url':'http://'}", "URL using bad/illegal format or missing URL" },
    };
    world_start(&world);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        expect_cause(world_http(&world, rows[i].request), rows[i].cause);
    }
}

Test(http_client, limits_hold)
{
    world_start(&world);
    const struct effect_result *result = world_http(&world, to("/big", ",'bodyMax':1000001"));
    cr_assert(result->ok && result->body.len == 1000001);
    expect_cause(world_http(&world, to("/big", ",'bodyMax':1000000")),
                 "The response is too large.");
    int64_t begun_us = clock_monotonic_us();
    expect_cause(world_http(&world, to("/silent", ",'timeoutMs':150")), "The request timed out.");
    cr_assert_geq(clock_monotonic_us() - begun_us, 149 * 1000);
    expect_cause(world_http(&world, to("/drop", "")),
                 "Server returned nothing (no headers, no data)");
}

Test(http_client, forbidden_addresses_are_not_connected_to)
{
    static const char *const never[] = {
        "http://169.254.169.254/latest/meta-data/", "http://[fd00:ec2::254]/", "http://[fe80::1]/",
        "http://[::ffff:169.254.169.254]/",         "http://0xA9FEA9FE/",      "http://2852039166/",
    };
    world_start(&world);
    for (size_t i = 0; i < sizeof never / sizeof *never; i++)
        expect_cause(world_http(&world, world_text(&world, arena_printf(&world.arena,
                                                                        "{'url':'%s','allowLocal':"
                                                                        "true}",
                                                                        never[i]))),
                     "Connections to this address are not allowed.");
    static const char *const local[] = { "127.0.0.1", "localhost", "[::1]", "0.0.0.0", "127.1" };
    for (size_t i = 0; i < sizeof local / sizeof *local; i++) {
        char request[128];
        snprintf(request, sizeof request, "{'url':'http://%s:%d/'}", local[i], port);
        expect_cause(world_http(&world, request), "Connections to this address are not allowed.");
    }
}

Test(http_client, addresses)
{
    static const struct {
        const char *address;
        bool always, when_local_is_allowed;
    } rows[] = {
        { "8.8.8.8", true, true },
        { "10.1.2.3", false, true },
        { "172.16.0.1", false, true },
        { "172.32.0.1", true, true },
        { "192.168.1.1", false, true },
        { "127.0.0.1", false, true },
        { "100.64.0.1", false, true },
        { "100.128.0.1", true, true },
        { "0.0.0.0", false, true },
        { "169.254.0.1", false, false },
        { "169.253.255.255", true, true },
        { "169.255.0.0", true, true },
        { "100.100.100.200", false, false },
        { "168.63.129.16", false, false },
        { "224.0.0.1", false, false },
        { "255.255.255.255", false, false },
        { "2001:db8::1", true, true },
        { "::1", false, true },
        { "::", false, true },
        { "fc00::1", false, true },
        { "fd12::1", false, true },
        { "fe80::1", false, false },
        { "febf::1", false, false },
        { "fd00:ec2::254", false, false },
        { "ff02::1", false, false },
        { "::ffff:8.8.8.8", true, true },
        { "::ffff:10.0.0.1", false, true },
        { "64:ff9b::a9fe:a9fe", false, false },
        { "64:ff9b::808:808", true, true },
        { "2002:a9fe:a9fe::1", false, false },
        { "2002:808:808::1", true, true },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct sockaddr_in v4 = { .sin_family = AF_INET };
        struct sockaddr_in6 v6 = { .sin6_family = AF_INET6 };
        bool is_v4 = inet_pton(AF_INET, rows[i].address, &v4.sin_addr) == 1;
        if (!is_v4) cr_assert_eq(inet_pton(AF_INET6, rows[i].address, &v6.sin6_addr), 1);
        const struct sockaddr *address = is_v4 ? (struct sockaddr *)&v4 : (struct sockaddr *)&v6;
        cr_assert_eq(http_address_is_allowed(address, false), rows[i].always, "%s",
                     rows[i].address);
        cr_assert_eq(http_address_is_allowed(address, true), rows[i].when_local_is_allowed, "%s",
                     rows[i].address);
    }
}

Test(http_client, many_requests_at_once)
{
    enum { COUNT = 200 };
    world_start(&world);
    struct outcome *all[COUNT];
    for (int i = 0; i < COUNT; i++) {
        char more[64];
        snprintf(more, sizeof more, ",'method':'POST','body':'%d'", i);
        all[i] = world_begin_http(&world, to("/plain", more));
    }
    for (int i = 0; i < COUNT; i++) {
        char body[64];
        snprintf(body, sizeof body, "{\"plain\":%d}", i);
        const struct effect_result *result = outcome_wait(all[i]);
        cr_assert(result->ok, "%s", world_text(&world, result->cause));
        cr_assert_str_eq(world_text(&world, result->body), body);
    }
}

Test(http_client, stopping_ends_requests)
{
    world_start(&world);
    struct outcome *silent = world_begin_http(&world, to("/silent", ""));
    struct outcome *refused = world_begin_http(&world, "{'url':'http://u:p@h/'}");
    effects_stop(world.effects);
    world.effects = NULL;
    expect_cause(outcome_wait(silent), "The server is stopping.");
    cr_assert_not(outcome_wait(refused)->ok);
}

/* ---- functions elsewhere ---- */

static struct function_spec elsewhere(const char *path)
{
    struct function_spec spec = world_spec(&world, "remote", "nodejs20.x", "index.handler");
    spec.url = arena_printf(&world.arena, "http://127.0.0.1:%d%s", port, path);
    spec.revision = spec.url;
    return spec;
}

Test(http_client, a_function_may_be_a_url)
{
    world_start(&world);
    struct function_spec spec = elsewhere("/plain");
    const struct effect_result *result = world_call(&world, &spec, "{\"a\":1}");
    cr_assert(result->ok && result->error.len == 0);
    cr_assert_str_eq(world_text(&world, result->body), "{\"plain\":{\"a\":1}}");
    expect_part(result->log, "START RequestId: ");
    spec = elsewhere("/function-error");
    result = world_call(&world, &spec, "{}");
    cr_assert_str_eq(world_text(&world, result->error), "Unhandled");
    expect_part(result->body, "[\"content-type\", \"application/json\"]");
    expect_part(result->body, "[\"lambda-runtime-aws-request-id\", \"00000000-0000-4000-8000-");
    spec = elsewhere("/missing");
    cr_assert_str_eq(world_text(&world, world_call(&world, &spec, "{}")->error), "Unhandled");
    spec.url = STR("http://127.0.0.1:1/");
    spec.revision = STR("x");
    result = world_call(&world, &spec, "{}");
    cr_assert_str_eq(world_text(&world, result->body),
                     "{\"errorType\":\"Function.Unreachable\",\"errorMessage\":\"Couldn't connect "
                     "to server\"}");
    spec.url = STR("http://169.254.169.254/");
    spec.revision = STR("y");
    expect_part(world_call(&world, &spec, "{}")->body, "not allowed");
}

/* ---- SDKs that do not know AWS_ENDPOINT_URL ---- */

Test(http_client, node_requests_to_aws_come_to_the_endpoint)
{
    world.options.endpoint = arena_printf(&world.arena, "http://127.0.0.1:%d", port);
    world_start(&world);
    world_write(
        &world, "f", "index.mjs",
        "import https, { request } from 'https'; import http from 'node:http';\n"
        "const read = (r) => new Promise((done) => { let s = ''; r.on('data', (d) => s += d);"
        "r.on('end', () => done(JSON.parse(s))); });\n"
        "const via = (m, ...a) => new Promise((done, no) => m(...a, (r) => "
        "done(read(r))).on('error', no).end());\n"
        "const show = (x) => x.path + ' ' + Object.fromEntries(x.headers).host;\n"
        "export const handler = async () => [\n"
        "show(await via(https.get, 'https://sqs.us-east-1.amazonaws.com/a?b')),\n"
        "show(await via(request, new URL('https://x.execute-api.eu-west-1.amazonaws.com/s'), "
        "{ method: 'POST' })),\n"
        "show(await via(https.request, { host: 'states.cn-north-1.amazonaws.com.cn', path: "
        "'/c', port: 443, agent: new https.Agent() })),\n"
        "show(await via(http.get, { hostname: 'sns.us-east-1.amazonaws.com', path: '/d', "
        "headers: { HOST: 'own' } })),\n"
        "show(await via(http.get, process.env.AWS_ENDPOINT_URL + '/e')).replace(/\\d+$/, '')];");
    struct function_spec spec = world_spec(&world, "f", "nodejs14.x", "index.handler");
    const struct effect_result *result = world_call(&world, &spec, "{}");
    cr_assert_str_eq(world_text(&world, result->body),
                     "[\"/a?b sqs.us-east-1.amazonaws.com\",\"/s "
                     "x.execute-api.eu-west-1.amazonaws.com\",\"/c "
                     "states.cn-north-1.amazonaws.com.cn\",\"/d own\",\"/e 127.0.0.1:\"]");
}

Test(http_client, an_old_botocore_comes_to_the_endpoint)
{
    world.options.endpoint = STR("http://endpoint:1");
    world_start(&world);
    world_write(&world, "p", "botocore/__init__.py", "__version__ = '1.26.8'\n");
    world_write(&world, "p", "botocore/session.py",
                "class Session:\n"
                "    def create_client(self, service_name, region_name=None, api_version=None, "
                "use_ssl=True, verify=None, endpoint_url=None):\n"
                "        return endpoint_url\n");
    world_write(&world, "p", "app.py",
                "import os\nos.environ['AWS_ENDPOINT_URL_DYNAMODB'] = 'http://tables'\n"
                "import botocore.session\ns = botocore.session.Session()\n"
                "def h(e, c):\n    return [s.create_client('sqs'), s.create_client('dynamodb'), "
                "s.create_client('sqs', endpoint_url='http://own')]\n");
    struct function_spec spec = world_spec(&world, "p", "python3.7", "app.h");
    const struct effect_result *result = world_call(&world, &spec, "{}");
    cr_assert_str_eq(world_text(&world, result->body),
                     "[\"http://endpoint:1\", \"http://tables\", \"http://own\"]");
}
