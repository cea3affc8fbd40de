/* Functions in Node.js and Python: how handlers are found, how they answer, how they fail, with
 * AWS's texts. */
#include <stdlib.h>
#include <unistd.h>

#include <criterion/criterion.h>

#include "effects/support_test.h"

static struct world world;

static void set_up(void)
{
    world_init(&world);
}

static void tear_down(void)
{
    world_close(&world);
}

TestSuite(functions, .init = set_up, .fini = tear_down, .timeout = 120);

static void expect_body(const struct effect_result *result, const char *error, const char *body)
{
    cr_assert(result->ok, "%s: %s", world_text(&world, result->error),
              world_text(&world, result->cause));
    cr_assert_str_eq(world_text(&world, result->body), body);
    cr_assert_str_eq(world_text(&world, result->error), error);
}

/* A function error of this type with this message. */
static void expect_error(const struct effect_result *result, const char *type, const char *message)
{
    json body;
    struct error err;
    cr_assert(result->ok, "%s", world_text(&world, result->cause));
    cr_assert_str_eq(world_text(&world, result->error), "Unhandled");
    cr_assert(json_parse(result->body, &world.arena, &body, &err), "%s",
              world_text(&world, result->body));
    str none = { NULL, 0 };
    cr_assert_str_eq(world_text(&world, json_str_or(body, STR("errorType"), none)), type, "%s",
                     world_text(&world, result->body));
    cr_assert_str_eq(world_text(&world, json_str_or(body, STR("errorMessage"), none)), message);
}

static void expect_text(str text, const char *part)
{
    cr_assert(str_find(text, str_from(part), 0) < text.len, "no '%s' in: %s", part,
              world_text(&world, text));
}

/* One call of a function with one file. */
static const struct effect_result *call(const char *function, const char *runtime, const char *file,
                                        const char *handler, const char *code)
{
    world_write(&world, function, file, code);
    struct function_spec spec = world_spec(&world, function, runtime, handler);
    return world_call(&world, &spec, "{\"a\":1}");
}

/* ---- Node.js ---- */

Test(functions, node_answers_and_stays_warm)
{
    world_start(&world);
    world_write(&world, "f", "index.js",
                "let n = 0; exports.handler = async (event) => ({ n: ++n, event });");
    struct function_spec spec = world_spec(&world, "f", "nodejs20.x", "index.handler");
    expect_body(world_call(&world, &spec, "{\"a\":1}"), "", "{\"n\":1,\"event\":{\"a\":1}}");
    const struct effect_result *second = world_call(&world, &spec, "[]");
    expect_body(second, "", "{\"n\":2,\"event\":[]}");
    cr_assert_str_eq(world_text(&world, second->version), "$LATEST");
}

/* The function waits for a file, which is written once its callers have been told. */
Test(functions, callers_who_do_not_wait_are_told_and_the_function_goes_on)
{
    world_start(&world);
    world_write(&world, "late", "index.js",
                "const fs = require('fs');\n"
                "exports.handler = async () => { while (!fs.existsSync('goes-on'))\n"
                "  await new Promise((r) => setTimeout(r, 5)); return 'over'; };");
    struct function_spec spec = world_spec(&world, "late", "nodejs20.x", "index.handler");
    spec.timeout_ms = 100 * 1000;
    struct outcome *patient = world_begin(&world, &spec, "{}", true);
    struct outcome *late[3];
    for (int64_t i = 0; i < 3; i++) {
        world.late_ms = 60 - 20 * i; /* the last one is told first */
        late[i] = world_begin(&world, &spec, "{}", true);
    }
    for (size_t i = 0; i < 3; i++)
        outcome_wait_late(late[i]);
    world_write(&world, "late", "goes-on", "");
    for (size_t i = 0; i < 3; i++) {
        expect_body(outcome_wait(late[i]), "", "\"over\"");
        cr_assert_eq(late[i]->late_count, 1);
    }
    expect_body(outcome_wait(patient), "", "\"over\"");
    cr_assert_eq(patient->late_count, 0);
}

Test(functions, node_finds_handlers_in_every_kind_of_module)
{
    static const struct {
        const char *function, *file, *handler, *code;
    } rows[] = {
        { "cjs", "index.js", "index.handler", "exports.handler = async () => 'it';" },
        { "cjs2", "index.cjs", "index.handler", "exports.handler = async () => 'it';" },
        { "mjs", "index.mjs", "index.handler", "export const handler = async () => 'it';" },
        { "dir", "src/deep/app.js", "src/deep/app.run", "exports.run = async () => 'it';" },
        { "nest", "index.js", "index.a.b.c", "exports.a = { b: { c: async () => 'it' } };" },
        { "top", "index.mjs", "index.handler",
          "const x = await Promise.resolve('it'); export const handler = async () => x;" },
        { "pkg", "node_modules/lib/index.js", "lib.handler",
          "exports.handler = async () => 'it';" },
    };
    world_start(&world);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        expect_body(
            call(rows[i].function, "nodejs20.x", rows[i].file, rows[i].handler, rows[i].code), "",
            "\"it\"");
    world_write(&world, "type", "package.json", "{\"type\":\"module\"}");
    expect_body(call("type", "nodejs18.x", "index.js", "index.handler",
                     "export const handler = async () => import.meta.url.slice(0, 5);"),
                "", "\"file:\"");
}

Test(functions, node_takes_callbacks_and_the_old_context)
{
    static const struct {
        const char *function, *code, *body;
    } rows[] = {
        { "callback", "exports.handler = (e, c, done) => setImmediate(() => done(null, e.a + 1));",
          "2" },
        { "sync", "exports.handler = (e, c, done) => { done(null, 'x'); };", "\"x\"" },
        /* The answer of a callback waits for the event loop, unless it is told not to. */
        { "waits",
          "let n = 0; exports.handler = (e, c, done) => { done(null, { get n() { return n; } });"
          " setTimeout(() => { n = 7; }, 5); };",
          "{\"n\":7}" },
        { "hurries",
          "let n = 0; exports.handler = (e, c, done) => { c.callbackWaitsForEmptyEventLoop ="
          " false; setTimeout(() => { n = 7; }, 1e6); done(null, { n }); };",
          "{\"n\":0}" },
        { "succeed", "exports.handler = (e, c) => c.succeed({ ok: true });", "{\"ok\":true}" },
        { "done", "exports.handler = (e, c) => c.done(null, [1]);", "[1]" },
        { "nothing", "exports.handler = () => {};", "null" },
        { "undefined", "exports.handler = async () => {};", "null" },
        { "promise", "exports.handler = () => Promise.resolve(3);", "3" },
    };
    world_start(&world);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        expect_body(call(rows[i].function, "nodejs20.x", "index.js", "index.handler", rows[i].code),
                    "", rows[i].body);
}

Test(functions, node_errors_are_those_of_aws)
{
    static const struct {
        const char *function, *handler, *code, *type, *message;
    } rows[] = {
        { "throws", "index.handler",
          "exports.handler = async () => { throw new TypeError('no'); };", "TypeError", "no" },
        { "named", "index.handler",
          "class Mine extends Error { constructor(m) { super(m); this.name = 'Mine'; } }\n"
          "exports.handler = async () => { throw new Mine('own'); };",
          "Mine", "own" },
        { "string", "index.handler", "exports.handler = async () => { throw 'text'; };", "string",
          "text" },
        { "callback", "index.handler",
          "exports.handler = (e, c, done) => done(new RangeError('far'));", "RangeError", "far" },
        { "fail", "index.handler", "exports.handler = (e, c) => c.fail();", "string", "handled" },
        { "cycle", "index.handler",
          "exports.handler = async () => { const a = {}; a.a = a; return a; };", "Error",
          "Unable to stringify response body" },
        { "missing", "index.other", "exports.handler = 1;", "Runtime.HandlerNotFound",
          "index.other is undefined or not exported" },
        { "number", "index.handler", "exports.handler = 1;", "Runtime.HandlerNotFound",
          "index.handler is not a function" },
        { "nodot", "index", "", "Runtime.MalformedHandlerName", "Bad handler" },
        { "dots", "../index.handler", "", "Runtime.MalformedHandlerName",
          "'../index.handler' is not a valid handler name. Use absolute paths when specifying "
          "root directories in handler names." },
        { "syntax", "index.handler", "exports.handler = async (", "Runtime.UserCodeSyntaxError",
          "SyntaxError: Unexpected end of input" },
        { "init", "index.handler", "throw new Error('at start');", "Error", "at start" },
        { "rejects", "index.handler",
          "exports.handler = () => { Promise.reject(new Error('lost')); return new "
          "Promise(() => {}); };",
          "Runtime.UnhandledPromiseRejection", "Error: lost" },
        { "uncaught", "index.handler",
          "exports.handler = () => new Promise(() => setImmediate(() => { throw new "
          "Error('late'); }));",
          "Error", "late" },
        { "never", "index.handler", "exports.handler = async () => new Promise(() => {});",
          "Runtime.NodeJsExit", "The Lambda function promise never resolved or rejected" },
    };
    world_start(&world);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        expect_error(
            call(rows[i].function, "nodejs20.x", "index.js", rows[i].handler, rows[i].code),
            rows[i].type, rows[i].message);
    const struct effect_result *result =
        call("import", "nodejs20.x", "index.js", "index.handler", "require('not-there');");
    expect_text(result->body,
                "\"errorType\":\"Runtime.ImportModuleError\",\"errorMessage\":\"Error: "
                "Cannot find module 'not-there'\\nRequire stack:");
    expect_text(result->body, "\"trace\":[\"Runtime.ImportModuleError: Error: Cannot find");
}

Test(functions, node_exit_is_an_error_of_its_own)
{
    world_start(&world);
    world_write(&world, "f", "index.js",
                "exports.handler = async (e) => { if (e.exit === undefined) return 'alive'; "
                "process.exit(e.exit); };");
    struct function_spec spec = world_spec(&world, "f", "nodejs20.x", "index.handler");
    struct outcome *outcome = world_begin(&world, &spec, "{\"exit\":3}", true);
    const struct effect_result *result = outcome_wait(outcome);
    expect_error(result, "Runtime.ExitError",
                 "RequestId: 00000000-0000-4000-8000-000000000001 Error: Runtime exited with "
                 "error: exit status 3");
    expect_text(result->log, "Runtime exited with error: exit status 3\nRuntime.ExitError\nEND "
                             "RequestId: ");
    expect_error(world_call(&world, &spec, "{\"exit\":0}"), "Runtime.ExitError",
                 "RequestId: 00000000-0000-4000-8000-000000000002 Error: Runtime exited without "
                 "providing a reason");
    expect_body(world_call(&world, &spec, "{}"), "", "\"alive\"");
}

Test(functions, node_context_and_environment_are_complete)
{
    setenv("SECRET_OF_THE_SERVER", "secret", 1);
    world.options.endpoint = STR("http://127.0.0.1:8083");
    world_start(&world);
    world_write(
        &world, "f", "index.js",
        "exports.handler = async (e, c) => [c.functionName, c.functionVersion,"
        "c.memoryLimitInMB, c.invokedFunctionArn, c.awsRequestId, c.logGroupName,"
        "/^\\d{4}\\/\\d\\d\\/\\d\\d\\/\\[\\$LATEST\\][0-9a-f]{32}$/.test(c.logStreamName),"
        "c.clientContext, c.getRemainingTimeInMillis() > 2000 && "
        "c.getRemainingTimeInMillis() <= 3000, process.cwd() === "
        "process.env.LAMBDA_TASK_ROOT].join(' ');"
        "exports.env = async () => { const e = process.env; return [e._HANDLER,"
        "e.AWS_LAMBDA_FUNCTION_NAME, e.AWS_REGION, e.AWS_DEFAULT_REGION, e.AWS_EXECUTION_ENV,"
        "e.AWS_ENDPOINT_URL, e.TZ, e.MINE, e.SECRET_OF_THE_SERVER, e.AWS_ACCESS_KEY_ID,"
        "e.HOME === e.TMPDIR, /^Root=1-[0-9a-f]{8}-[0-9a-f]{24};/.test(e._X_AMZN_TRACE_ID),"
        "Object.keys(e).length].join(' '); };"
        "exports.scratch = async () => { require('fs').writeFileSync(process.env.TMPDIR + "
        "'/a', 'x'); return 'written'; };");
    struct function_spec spec = world_spec(&world, "f", "nodejs20.x", "index.handler");
    expect_body(world_call(&world, &spec, "{}"), "",
                "\"f $LATEST 512 arn:aws:lambda:us-east-1:000000000000:function:f "
                "00000000-0000-4000-8000-000000000001 /aws/lambda/f true  true true\"");
    struct error err;
    spec.handler = STR("index.env");
    spec.version = STR("7");
    cr_assert(json_parse(STR("{\"MINE\":\"own\",\"AWS_REGION\":\"eu-north-1\",\"_HANDLER\":\"x.y\","
                             "\"AWS_ENDPOINT_URL\":\"http://other\",\"TZ\":\"CET\"}"),
                         &world.arena, &spec.environment, &err));
    expect_body(world_call(&world, &spec, "{}"), "",
                "\"index.env f us-east-1 us-east-1 AWS_Lambda_nodejs20.x http://other CET own  "
                "ASIABATONFUNCTION000 true true 25\"");
    spec.handler = STR("index.scratch");
    spec.version = STR("8");
    expect_body(world_call(&world, &spec, "{}"), "", "\"written\"");
}

Test(functions, node_lives_on_after_its_answer)
{
    world_start(&world);
    world_write(
        &world, "f", "index.js",
        "let saved = 'not yet'; exports.handler = async (e) => { if (e.wait) { while (saved "
        "!== 'saved') await new Promise(setImmediate); return saved; }"
        "setTimeout(() => { saved = 'saved'; }, 20); return saved; };");
    struct function_spec spec = world_spec(&world, "f", "nodejs20.x", "index.handler");
    expect_body(world_call(&world, &spec, "{}"), "", "\"not yet\"");
    expect_body(world_call(&world, &spec, "{\"wait\":true}"), "", "\"saved\"");
}

Test(functions, node_prints_as_aws_does)
{
    world_start(&world);
    const struct effect_result *result =
        call("f", "nodejs20.x", "index.js", "index.handler",
             "exports.handler = async () => { console.log('a %d', 1, { b: 2 }); "
             "console.error('two\\nlines'); process.stdout.write('raw\\n'); "
             "process.stderr.write('no end'); };");
    expect_text(result->log, "START RequestId: 00000000-0000-4000-8000-000000000001 Version: "
                             "$LATEST\n");
    expect_text(result->log, "Z\t00000000-0000-4000-8000-000000000001\tINFO\ta 1 { b: 2 }\n");
    expect_text(result->log, "\tERROR\ttwo\rlines\nraw\n");
    expect_text(result->log, "END RequestId: 00000000-0000-4000-8000-000000000001\nREPORT "
                             "RequestId: 00000000-0000-4000-8000-000000000001\tDuration: ");
    expect_text(result->log, " ms\tMemory Size: 512 MB\tMax Memory Used: ");
    expect_text(result->log, "\tInit Duration: ");
    str log = world_log(&world, STR("/aws/lambda/f"));
    expect_text(log, "\tERROR\ttwo\nlines\nraw\n");
}

Test(functions, node_modules_of_the_server_are_found)
{
    str modules = arena_printf(&world.arena, "%.*s/sdk", STR_ARGS(world.directory));
    setenv("BATON_NODE_MODULES", world_text(&world, modules), 1);
    /* "code-x" is where world_write puts the files of x. */
    world_write(&world, "x", "../sdk/aws-sdk/index.js", "module.exports = { sdk: 2 };");
    world_write(&world, "x", "../sdk/@aws-sdk/client-sfn/package.json",
                "{\"name\":\"@aws-sdk/client-sfn\",\"main\":\"main.js\"}");
    world_write(&world, "x", "../sdk/@aws-sdk/client-sfn/main.js", "exports.sdk = 3;");
    world_start(&world);
    expect_body(call("cjs", "nodejs20.x", "index.js", "index.handler",
                     "const a = require('aws-sdk'), b = require('@aws-sdk/client-sfn');"
                     "exports.handler = async () => [a.sdk, b.sdk];"),
                "", "[2,3]");
    expect_body(call("esm", "nodejs20.x", "index.mjs", "index.handler",
                     "import a from 'aws-sdk'; import { sdk } from '@aws-sdk/client-sfn';"
                     "export const handler = async () => [a.sdk, sdk];"),
                "", "[2,3]");
    expect_body(call("mixed", "nodejs20.x", "index.js", "index.handler",
                     "exports.handler = async () => [(await import('aws-sdk')).default.sdk, "
                     "(await import('@aws-sdk/client-sfn')).sdk];"),
                "", "[2,3]");
    unsetenv("BATON_NODE_MODULES");
}

/* ---- Python ---- */

Test(functions, python_answers_and_stays_warm)
{
    world_start(&world);
    world_write(&world, "p", "pkg/app.py",
                "import decimal, other\nn = 0\ndef handler(event, context):\n    global n\n"
                "    n += 1\n    return {'n': n, 'event': event, 'é': other.x, 'd': "
                "decimal.Decimal('1.5')}\n");
    world_write(&world, "p", "other.py", "x = 'here'\n");
    world_write(&world, "p", "broken.py", "import not_there\n");
    struct function_spec spec = world_spec(&world, "p", "python3.9", "pkg/app.handler");
    expect_body(world_call(&world, &spec, "{\"a\":1}"), "",
                "{\"n\": 1, \"event\": {\"a\": 1}, \"é\": \"here\", \"d\": 1.5}");
    expect_body(world_call(&world, &spec, "null"), "",
                "{\"n\": 2, \"event\": null, \"é\": \"here\", \"d\": 1.5}");
    spec.handler = STR("pkg.app.handler");
    spec.revision = STR("2");
    expect_body(world_call(&world, &spec, "0"), "",
                "{\"n\": 1, \"event\": 0, \"é\": \"here\", \"d\": 1.5}");
}

Test(functions, python_errors_are_those_of_aws)
{
    static const struct {
        const char *function, *handler, *code, *type, *message;
    } rows[] = {
        { "raises", "app.h", "def h(e, c):\n    raise KeyError('k')\n", "KeyError", "'k'" },
        { "marshal", "app.h", "def h(e, c):\n    return object\n", "Runtime.MarshalError",
          "Unable to marshal response: Object of type type is not JSON serializable" },
        { "missing", "app.other", "def h(e, c):\n    pass\n", "Runtime.HandlerNotFound",
          "Handler 'other' missing on module 'app'" },
        { "nodot", "app", "", "Runtime.MalformedHandlerName",
          "Bad handler 'app': not enough values to unpack (expected 2, got 1)" },
        { "module", "nope.h", "", "Runtime.ImportModuleError",
          "Unable to import module 'nope': No module named 'nope'" },
        { "import", "app.h", "import nothing_here\n", "Runtime.ImportModuleError",
          "Unable to import module 'app': No module named 'nothing_here'" },
        { "syntax", "app.h", "def h(:\n", "Runtime.UserCodeSyntaxError",
          "Syntax error in module 'app': invalid syntax (app.py, line 1)" },
        { "builtin", "sys.exit", "", "Runtime.BuiltInModuleConflict",
          "Cannot use built-in module sys as a handler module" },
        { "init", "app.h", "raise ValueError('at start')\n", "ValueError", "at start" },
    };
    world_start(&world);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        expect_error(call(rows[i].function, "python3.12", "app.py", rows[i].handler, rows[i].code),
                     rows[i].type, rows[i].message);
    const struct effect_result *result =
        call("frames", "python3.12", "app.py", "app.h",
             "def deep():\n    raise ValueError('x')\ndef h(e, c):\n    deep()\n");
    expect_text(result->body, "\"requestId\": \"00000000-0000-4000-8000-");
    expect_text(result->body, "\"stackTrace\": [\"  File \\\"");
    expect_text(result->body, "code-frames/app.py\\\", line 4, in h\\n    deep()\\n\", \"  File");
    expect_text(result->log, "[ERROR] ValueError: x\rTraceback (most recent call last):\r");
}

Test(functions, python_exit_is_an_error_of_its_own)
{
    world_start(&world);
    expect_error(
        call("p", "python3.12", "app.py", "app.h", "import sys\ndef h(e, c):\n    sys.exit(4)\n"),
        "Runtime.ExitError",
        "RequestId: 00000000-0000-4000-8000-000000000001 Error: Runtime exited with "
        "error: exit status 4");
}

Test(functions, python_context_and_output)
{
    world_start(&world);
    const struct effect_result *result =
        call("p", "python3.12", "app.py", "app.h",
             "import logging, os\nlogging.getLogger().setLevel(logging.INFO)\n"
             "def h(e, c):\n    print('printed')\n    logging.info('logged')\n"
             "    return [c.function_name, c.function_version, c.memory_limit_in_mb, "
             "c.invoked_function_arn, c.aws_request_id, c.log_group_name, "
             "0 < c.get_remaining_time_in_millis() <= 3000, c.client_context, "
             "c.identity.cognito_identity_id, os.getcwd() == os.environ['LAMBDA_TASK_ROOT']]\n");
    expect_body(result, "",
                "[\"p\", \"$LATEST\", \"512\", \"arn:aws:lambda:us-east-1:000000000000:function:p\""
                ", \"00000000-0000-4000-8000-000000000001\", \"/aws/lambda/p\", true, null, null, "
                "true]");
    expect_text(result->log, "Version: $LATEST\nprinted\n[INFO]\t");
    expect_text(result->log, "Z\t00000000-0000-4000-8000-000000000001\tlogged\nEND RequestId");
}

/* ---- what cannot run ---- */

Test(functions, a_runtime_without_its_program_is_named)
{
    static const char json_text[] =
        "{\"dotnetcore\":[\"no-such-dotnet\"],\"java11\":[\"/bin/false\"]}";
    struct error err;
    cr_assert(json_parse(STR(json_text), &world.arena, &world.options.runtimes, &err));
    world_start(&world);
    expect_error(call("a", "dotnetcore3.1", "x", "A::B", ""), "Runtime.InvalidEntrypoint",
                 "RequestId: 00000000-0000-4000-8000-000000000001 Error: the runtime dotnetcore3.1 "
                 "needs `no-such-dotnet`, which is not installed");
    expect_error(call("b", "ruby3.3", "x", "A", ""), "Runtime.InvalidRuntime",
                 "RequestId: 00000000-0000-4000-8000-000000000002 Error: there is no command for "
                 "the runtime ruby3.3; the server's options can give one");
    expect_error(call("c", "provided.al2", "x", "A", ""), "Runtime.InvalidEntrypoint",
                 "RequestId: 00000000-0000-4000-8000-000000000003 Error: Couldn't find valid "
                 "bootstrap(s): [/var/task/bootstrap /opt/bootstrap]");
    expect_error(call("d", "java11", "x", "A", ""), "Runtime.ExitError",
                 "RequestId: 00000000-0000-4000-8000-000000000004 Error: Runtime exited with "
                 "error: exit status 1");
    const struct effect_result *result = call("e", "provided.al2023", "bootstrap", "A",
                                              "\x7f"
                                              "ELF nonsense");
    expect_text(result->body, "\"errorType\":\"Runtime.InvalidEntrypoint\"");
    expect_text(result->body, "/bootstrap: exec format error");
}
