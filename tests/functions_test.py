#!/usr/bin/python3
"""Functions end to end: a real server, real processes, and whatever users may do to them."""
import base64
import hashlib
import http.client
import http.server
import io
import json
import os
import re
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
import threading
import time
import zipfile

import boto3
from botocore.config import Config

from check import case, check, done
from server import BATON, ROOT, Server

ROLE = "arn:aws:iam::000000000000:role/r"
FUNCTIONS = "/2015-03-31/functions"
place = tempfile.mkdtemp(prefix="baton-functions-")
server = None


# ---- the API, without an SDK's own checks ----

def call(method, path, body=None, headers=None, on=None):
    """(status, headers, body) of one request."""
    port = (on or server).port
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=300)
    data = json.dumps(body).encode() if isinstance(body, dict) else body
    connection.request(method, path, data, headers or {})
    response = connection.getresponse()
    answer = response.read()
    connection.close()
    return response.status, {k.lower(): v for k, v in response.getheaders()}, answer


def create(name, code, runtime="nodejs20.x", handler="index.handler", on=None, **more):
    status, _, answer = call("POST", FUNCTIONS, dict(
        {"FunctionName": name, "Runtime": runtime, "Handler": handler, "Role": ROLE, "Code": code}, **more), on=on)
    return status, json.loads(answer)


def made(name, files, runtime="nodejs20.x", handler="index.handler", on=None, **more):
    """A function that runs from a directory with these files."""
    directory = os.path.join(place, name)
    os.makedirs(directory, exist_ok=True)
    for file, text in files.items():
        path = os.path.join(directory, file)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w") as h:
            h.write(text)
        if file == "bootstrap":
            os.chmod(path, 0o755)
    status, answer = create(name, {"Directory": directory}, runtime, handler, on=on, **more)
    if status != 201:
        raise RuntimeError("%s: %s %s" % (name, status, answer))
    return directory


class Answer:
    def __init__(self, status, headers, body):
        self.status, self.headers, self.body = status, headers, body
        self.error = headers.get("x-amz-function-error")
        self.log = base64.b64decode(headers.get("x-amz-log-result", "")).decode()
        self.version = headers.get("x-amz-executed-version")

    @property
    def value(self):
        return json.loads(self.body) if self.body else None

    def __repr__(self):
        return "%s %s %r log=%r" % (self.status, self.error, self.body[:500], self.log[-500:])


def invoke(name, event=None, on=None, **headers):
    headers = dict({"X-Amz-Log-Type": "Tail"}, **{k.replace("_", "-"): v for k, v in headers.items()})
    return Answer(*call("POST", FUNCTIONS + "/%s/invocations" % name, json.dumps(event).encode(), headers, on=on))


def event(name, payload=None, on=None):
    return invoke(name, payload, on=on, X_Amz_Invocation_Type="Event")


def zipped(files):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as z:
        for name, text in files.items():
            z.writestr(name, text)
    return base64.b64encode(out.getvalue()).decode()


def client(service, on=None):
    return boto3.client(service, endpoint_url=(on or server).endpoint, region_name="us-east-1",
                        aws_access_key_id="x", aws_secret_access_key="x",
                        config=Config(retries={"max_attempts": 0}, parameter_validation=False, max_pool_connections=50))


def awaited(ask, seconds=10):
    """Asks until there is something, at most for so long."""
    end = time.monotonic() + seconds
    while True:
        found = ask()
        if found or time.monotonic() > end:
            return found
        time.sleep(0.02)


def at_once(*calls):
    """Runs the calls at the same time; their results."""
    results = [None] * len(calls)

    def run(i):
        try:
            results[i] = calls[i]()
        except Exception as e:
            results[i] = e

    threads = [threading.Thread(target=run, args=(i,)) for i in range(len(calls))]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    return results


# ---- processes ----

def marked(mark):
    """The processes of the system whose environment has this mark."""
    found = []
    for entry in os.listdir("/proc"):
        try:
            if entry.isdigit():
                with open("/proc/%s/environ" % entry, "rb") as h:
                    environment = h.read()
                with open("/proc/%s/stat" % entry) as h:
                    state = h.read().rsplit(")", 1)[1].split()[0]
                if mark.encode() in environment and state != "Z":
                    found.append(int(entry))
        except OSError:
            pass
    return found


def below(pid):
    """All processes below one."""
    children = {}
    for entry in os.listdir("/proc"):
        try:
            if entry.isdigit():
                with open("/proc/%s/stat" % entry) as h:
                    children.setdefault(int(h.read().rsplit(")", 1)[1].split()[1]), []).append(int(entry))
        except OSError:
            pass
    found, todo = [], [pid]
    while todo:
        for child in children.get(todo.pop(), []):
            found.append(child)
            todo.append(child)
    return found


def alive(pid):
    try:
        with open("/proc/%d/stat" % pid) as h:
            return h.read().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False


# ---- handlers ----

def test_node_handlers():
    names = {
        "cjs-async": ({"index.js": "exports.handler = async (e) => ({ got: e.a });"}, {"got": 1}),
        "cjs-callback": ({"index.js": "exports.handler = (e, c, cb) => setTimeout(() => cb(null, e.a + 1), 5);"}, 2),
        "cjs-promise": ({"index.js": "exports.handler = (e) => Promise.resolve(['p', e.a]);"}, ["p", 1]),
        "cjs-done": ({"index.js": "exports.handler = (e, c) => c.succeed('ok');"}, "ok"),
        "cjs-nothing": ({"index.js": "exports.handler = async () => {};"}, None),
        "esm": ({"index.mjs": "import fs from 'node:fs'; const x = await Promise.resolve(7);"
                              "export const handler = async () => x + (fs.existsSync('/') ? 1 : 0);"}, 8),
        "esm-package": ({"index.js": "export const handler = async () => import.meta.url.slice(0, 5);",
                         "package.json": '{"type":"module"}'}, "file:"),
        "cjs-import": ({"index.js": "exports.handler = async () => typeof (await import('@aws-sdk/client-sqs')).SQSClient;"},
                       "function"),
        "cjs-import-v2": ({"index.js": "exports.handler = async () => typeof (await import('aws-sdk')).default.SQS;"}, "function"),
        "cjs-require": ({"index.js": "exports.handler = async () => typeof require('@aws-sdk/client-sqs').SQSClient;"}, "function"),
        "esm-import": ({"index.mjs": "import { SQSClient } from '@aws-sdk/client-sqs'; export const handler = async () => typeof SQSClient;"},
                       "function"),
        "own-module": ({"index.js": "const own = require('./lib/own'); exports.handler = async () => own('x');",
                        "lib/own.js": "module.exports = (t) => t + require('dep');",
                        "node_modules/dep/index.js": "module.exports = 'dep';"}, "xdep"),
        "big-answer": ({"index.js": "exports.handler = async (e) => 'x'.repeat(e.a * 5 * 1024 * 1024);"}, "x" * (5 << 20)),
    }
    for name, (files, _) in names.items():
        made(name, files, Timeout=20)
    made("folder", {"src/app.js": "exports.a = { b: async () => 'deep' };"}, handler="src/app.a.b", Timeout=20)
    answers = at_once(*[lambda n=n: invoke(n, {"a": 1}) for n in names], lambda: invoke("folder"))
    for (name, (_, expected)), answer in zip(names.items(), answers):
        check(isinstance(answer, Answer) and answer.status == 200 and not answer.error and answer.value == expected, name, answer)
    check(answers[-1].value == "deep", "folder", answers[-1])


def test_context():
    made("context", {"index.js": """
        exports.handler = async (e, c) => ({ id: c.awsRequestId, arn: c.invokedFunctionArn, name: c.functionName,
          version: c.functionVersion, memory: c.memoryLimitInMB, group: c.logGroupName, left: c.getRemainingTimeInMillis(),
          client: c.clientContext, env: process.env });"""},
         Environment={"Variables": {"OWN": "value", "AWS_REGION_X": "y"}}, Timeout=20, MemorySize=256)
    context = base64.b64encode(b'{"custom":{"k":"v"}}').decode()
    answer = invoke("context", {}, X_Amz_Client_Context=context)
    value = answer.value
    env = value["env"]
    check(value["id"] == answer.headers["x-amzn-requestid"], "request id", value["id"], answer.headers)
    check(value["arn"] == "arn:aws:lambda:us-east-1:000000000000:function:context", "arn", value["arn"])
    check((value["name"], value["version"], value["memory"]) == ("context", "$LATEST", "256"), "context", value)
    check(value["group"] == "/aws/lambda/context" and 15000 < value["left"] <= 20000, "context", value)
    check(value["client"] == {"custom": {"k": "v"}}, "client context", value["client"])
    check(env.get("OWN") == "value" and env["AWS_REGION"] == "us-east-1", "environment", env)
    check(env["AWS_ENDPOINT_URL"] == server.endpoint, "endpoint", env["AWS_ENDPOINT_URL"])
    check("BATON_TEST_SECRET" not in env and env["AWS_SECRET_ACCESS_KEY"] != "server-secret" and
          "server-secret" not in json.dumps(env), "secrets of the server", env)
    check(answer.version == "$LATEST" and "START RequestId: " + value["id"] in answer.log and
          "\nREPORT RequestId: " in answer.log, "log", answer.log)
    # nor by way of the parents' environment or the open files
    made("nosy", {"lambda_function.py": """
import os
def handler(e, c):
    own = os.getppid()
    with open('/proc/%d/environ' % own, 'rb') as h: parent = h.read().decode()
    files = []
    for n in os.listdir('/proc/self/fd'):
        try: files.append(os.readlink('/proc/self/fd/' + n))
        except OSError: pass
    return {'parent': parent, 'files': files}
"""}, "python3.9", "lambda_function.handler", Timeout=20)
    value = invoke("nosy").value
    check("secret" not in value["parent"], "parent", value["parent"])
    check(not [f for f in value["files"] if server.data in f], "open files", value["files"])


def test_python_and_others():
    made("py", {"app.py": "import json\ndef handler(event, context):\n    print('seen', event)\n    return {'a': event['a'] * 2, 'id': context.aws_request_id, 'left': context.get_remaining_time_in_millis() > 0}\n"},
         "python3.12", "app.handler", Timeout=20)
    made("py-package", {"pkg/__init__.py": "", "pkg/mod.py": "from . import other\ndef handler(e, c): return other.X\n",
                        "pkg/other.py": "X = 'rel'\n"}, "python3.9", "pkg.mod.handler", Timeout=20)
    made("py-boto", {"app.py": """
import boto3
def handler(event, context):
    sqs = boto3.client('sqs')
    url = sqs.create_queue(QueueName='from-inside')['QueueUrl']
    return sqs.send_message(QueueUrl=url, MessageBody='x')['MD5OfMessageBody']
"""}, "python3.9", "app.handler", Timeout=20)
    made("sh", {"bootstrap": """#!/bin/sh
api=http://$AWS_LAMBDA_RUNTIME_API/2018-06-01/runtime
while true; do
  event=$(curl -s -D "$TMPDIR/head.$$" $api/invocation/next)
  id=$(grep -i '^Lambda-Runtime-Aws-Request-Id:' "$TMPDIR/head.$$" | tr -d '\\r' | cut -d' ' -f2)
  echo "working on $event"
  case "$event" in
    *bad*) body='{"not json' ;;
    *binary*) body=$(printf 'a\\377b') ;;
    *) body="{\\"got\\":$event,\\"handler\\":\\"$_HANDLER\\"}" ;;
  esac
  curl -s -o /dev/null --data-binary "$body" $api/invocation/$id/response
done
"""}, "provided.al2023", "some.handler", Timeout=20)
    made("configured", {"x.rb": "print('hello')\n"}, "ruby3.2", "x.handler", Timeout=20)
    made("unknown", {"x.txt": ""}, "java21", "x.handler", Timeout=20)
    py, package, boto, sh, configured, unknown = at_once(
        lambda: invoke("py", {"a": 4}), lambda: invoke("py-package"), lambda: invoke("py-boto"),
        lambda: invoke("sh", {"q": 1}), lambda: invoke("configured", [5]), lambda: invoke("unknown"))
    check(py.value["a"] == 8 and py.value["left"] and "seen {'a': 4}" in py.log, "python", py)
    check(package.value == "rel", "python package", package)
    check(boto.value == hashlib.md5(b"x").hexdigest(), "boto3 inside", boto)
    check(sh.value == {"got": {"q": 1}, "handler": "some.handler"} and 'working on {"q": 1}' in sh.log, "provided", sh)
    check(configured.value == {"configured": [5], "handler": "x.handler"}, "--runtime", configured)
    check(unknown.error == "Unhandled" and unknown.value["errorType"] == "Runtime.InvalidRuntime", "no command", unknown)
    bad, binary = invoke("sh", "bad"), invoke("sh", "binary")
    check(bad.status == 200 and bad.body == b'{"not json', "no JSON from a runtime of one's own", bad)
    check(binary.status == 200 and binary.error == "Unhandled", "no UTF-8", binary)
    check(invoke("sh", 3).value["got"] == 3, "and goes on")


def test_runs_elsewhere():
    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"]))
            if self.path == "/slow":
                time.sleep(1.5)
            status = 500 if self.path == "/fails" else 200
            answer = b"oops" if self.path == "/fails" else b'{"echo":%s}' % body
            self.send_response(status)
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            try:
                self.wfile.write(answer)
            except OSError:
                pass

        def log_message(self, *args):
            pass

    web = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=web.serve_forever, daemon=True).start()
    url = "http://127.0.0.1:%d" % web.server_address[1]
    for name, path, timeout in (("url", "/f", 10), ("url-fails", "/fails", 10), ("url-slow", "/slow", 1)):
        status, answer = create(name, {"Url": url + path}, Timeout=timeout)
        check(status == 201, name, answer)
    status, answer = create("url-nobody", {"Url": "http://127.0.0.1:1/"})
    good, fails, slow, nobody = at_once(*[lambda n=n: invoke(n, {"x": 1}) for n in ("url", "url-fails", "url-slow", "url-nobody")])
    check(good.value == {"echo": {"x": 1}} and not good.error, "url", good)
    check(fails.error == "Unhandled", "url that fails", fails)
    check(slow.error == "Unhandled" and "timed out" in slow.value["errorMessage"], "url too slow", slow)
    check(nobody.error or nobody.status >= 500, "url without a server", nobody)
    web.shutdown()
    web.server_close()


# ---- errors ----

def test_errors():
    node = {
        "e-throw": ("exports.handler = async () => { class MyError extends Error {}; const e = new MyError('no'); e.name = 'MyError'; throw e; };",
                    "index.handler", "MyError", "no"),
        "e-callback": ("exports.handler = (e, c, cb) => cb(new TypeError('bad'));", "index.handler", "TypeError", "bad"),
        "e-string": ("exports.handler = async () => { throw 'text'; };", "index.handler", "string", "text"),
        "e-syntax": ("exports.handler = async () => {", "index.handler", "Runtime.UserCodeSyntaxError", "SyntaxError: Unexpected end of input"),
        "e-import": ("require('nothing-such'); exports.handler = 1;", "index.handler", "Runtime.ImportModuleError", "Error: Cannot find module 'nothing-such'"),
        "e-handler": ("exports.other = 1;", "index.handler", "Runtime.HandlerNotFound", "index.handler is undefined or not exported"),
        "e-module": ("", "nowhere.handler", "Runtime.ImportModuleError", "Error: Cannot find module 'nowhere'"),
        "e-top": ("throw new RangeError('at the top');", "index.handler", "RangeError", "at the top"),
        "e-exit": ("exports.handler = async () => process.exit(3);", "index.handler", "Runtime.ExitError", "RequestId: %s Error: Runtime exited with error: exit status 3"),
        "e-exit0": ("exports.handler = async () => process.exit(0);", "index.handler", "Runtime.ExitError", "RequestId: %s Error: Runtime exited without providing a reason"),
        "e-init-exit": ("process.exit(4);", "index.handler", "Runtime.ExitError", "RequestId: %s Error: Runtime exited with error: exit status 4"),
        "e-kill": ("exports.handler = async () => process.kill(process.pid, 'SIGSEGV');", "index.handler", "Runtime.ExitError",
                   "RequestId: %s Error: Runtime exited with error: signal: segmentation fault"),
        "e-reject": ("exports.handler = () => { Promise.reject(new Error('lost')); return new Promise(() => setTimeout(() => {}, 5000)); };",
                     "index.handler", "Runtime.UnhandledPromiseRejection", "Error: lost"),
        "e-later": ("exports.handler = () => new Promise(() => setTimeout(() => { throw new Error('later'); }, 1));", "index.handler", "Error", "later"),
        "e-circle": ("exports.handler = async () => { const a = {}; a.a = a; return a; };", "index.handler", "Error", "Unable to stringify response body"),
        "e-time": ("exports.handler = () => new Promise((r) => setTimeout(r, 60000));", "index.handler", "Sandbox.Timedout", "RequestId: %s Error: Task timed out after 1.00 seconds"),
        "e-spin": ("exports.handler = async () => { for (;;); };", "index.handler", "Sandbox.Timedout", "RequestId: %s Error: Task timed out after 1.00 seconds"),
        "e-7mb": ("exports.handler = async () => 'x'.repeat(7 << 20);", "index.handler", "Function.ResponseSizeTooLarge",
                  "Response payload size exceeded maximum allowed payload size (6291556 bytes)."),
    }
    python = {
        "p-throw": ("def handler(e, c):\n    raise ValueError('no')\n", "app.handler", "ValueError", "no"),
        "p-syntax": ("def handler(e, c)\n", "app.handler", "Runtime.UserCodeSyntaxError", None),
        "p-import": ("import nothing_such\n", "app.handler", "Runtime.ImportModuleError", "Unable to import module 'app': No module named 'nothing_such'"),
        "p-module": ("", "nowhere.handler", "Runtime.ImportModuleError", "Unable to import module 'nowhere': No module named 'nowhere'"),
        "p-handler": ("x = 1\n", "app.handler", "Runtime.HandlerNotFound", "Handler 'handler' missing on module 'app'"),
        "p-exit": ("import sys\ndef handler(e, c): sys.exit(5)\n", "app.handler", "Runtime.ExitError", None),
        "p-json": ("def handler(e, c): return object\n", "app.handler", "Runtime.MarshalError", None),
        "p-memory": ("def handler(e, c):\n    x = []\n    while True: x.append(bytearray(b'x' * (8 << 20)))\n", "app.handler", "Runtime.ExitError",
                     "RequestId: %s Error: Runtime exited with error: signal: killed"),
    }
    for name, (code, handler, *_) in node.items():
        made(name, {"index.js": code}, handler=handler, Timeout=1 if name in ("e-time", "e-spin") else 20)
    for name, (code, handler, *_) in python.items():
        made(name, {"app.py": code}, "python3.9", handler, Timeout=20)
    both = dict(node, **python)
    names = list(both)
    answers = []
    for i in range(0, len(names), 7):
        answers += at_once(*[lambda n=n: invoke(n) for n in names[i:i + 7]])
    for name, answer in zip(names, answers):
        _, _, kind, message = both[name]
        if not isinstance(answer, Answer) or answer.status != 200 or answer.error != "Unhandled":
            check(False, name, answer)
            continue
        value = answer.value
        check(value.get("errorType") == kind, name, "type", answer)
        if message:
            expected = message.replace("%s", answer.headers["x-amzn-requestid"])
            check(value["errorMessage"].split("\n")[0] == expected, name, "message", answer)
    check(answers[names.index("e-throw")].value["trace"][0] == "MyError: no", "trace")
    check(isinstance(answers[names.index("p-throw")].value["stackTrace"], list), "stackTrace")
    check("Task timed out after 1.00 seconds" in answers[names.index("e-time")].log, "log of a timeout", answers[names.index("e-time")])


# ---- bounds ----

def test_concurrency():
    made("slow", {"index.js": "exports.handler = (e) => new Promise((r) => setTimeout(() => r(process.pid), 400));"}, Timeout=20)
    status, _, answer = call("PUT", "/2017-10-31/functions/slow/concurrency", {"ReservedConcurrentExecutions": 2})
    check(status == 200, "reserved concurrency", answer)
    answers = at_once(*[lambda: invoke("slow") for _ in range(5)])
    codes = sorted(a.status for a in answers)
    check(codes == [200, 200, 429, 429, 429], "two at a time", codes)
    refused = [a for a in answers if a.status == 429][0]
    check(refused.headers.get("x-amzn-errortype") == "TooManyRequestsException" and
          refused.value.get("Reason") == "ReservedFunctionConcurrentInvocationLimitExceeded" and
          refused.value.get("Type") == "User", "429", refused, refused.headers)
    call("PUT", "/2017-10-31/functions/slow/concurrency", {"ReservedConcurrentExecutions": 0})
    check(invoke("slow").status == 429, "none at all")
    call("DELETE", "/2017-10-31/functions/slow/concurrency")
    check(invoke("slow").status == 200, "as many as there are processes")


def test_processes_in_all():
    with Server("--max-processes", "3") as small:
        for name in "abcdef":
            made("all-" + name, {"index.js": "exports.handler = (e) => new Promise((r) => setTimeout(() => r(process.pid), 100));"},
                 on=small, Timeout=20)
        most, stop = [0], threading.Event()

        def watch():
            while not stop.is_set():
                ids = [p for p in below(small.process.pid)]
                most[0] = max(most[0], len([p for p in ids if command_line(p).startswith(b"/usr/bin/node")
                                            or b"node.cjs" in command_line(p)]))
                time.sleep(0.01)

        watcher = threading.Thread(target=watch)
        watcher.start()
        answers = at_once(*[lambda n=n: invoke("all-" + n, on=small) for n in "abcdefabcdef"])
        stop.set()
        watcher.join()
        codes = [a.status for a in answers]
        check(set(codes) <= {200, 429} and codes.count(200) >= 3, "all are answered", codes)
        check(1 <= most[0] <= 3, "processes at a time", most)
        refused = [a for a in answers if a.status == 429]
        check(all(a.value["Reason"] == "ConcurrentInvocationLimitExceeded" for a in refused), "reason", refused[:1])


def test_slow_ones_stop_nobody():
    """One function that never ends has all that it may have; others still have their turn."""
    with Server("--max-processes", "8") as small:
        made("hog", {"index.js": "exports.handler = () => new Promise((r) => setTimeout(r, 60000));"}, on=small, Timeout=120)
        for name in ("polite", "other"):
            made(name, {"index.js": "exports.handler = async () => 1;"}, on=small, Timeout=20)
        hogs = [threading.Thread(target=lambda: quietly(lambda: invoke("hog", on=small))) for _ in range(20)]
        for t in hogs:
            t.start()
        awaited(lambda: len(below(small.process.pid)) >= 14)
        for name in ("polite", "other", "polite"):
            began = time.monotonic()
            check(invoke(name, on=small).value == 1 and time.monotonic() - began < 40, "beside a slow one", name, time.monotonic() - began)
        check(small.stop() == 0, "ends with all of them")
        for t in hogs:
            t.join()


def command_line(pid):
    try:
        with open("/proc/%d/cmdline" % pid, "rb") as h:
            return h.read()
    except OSError:
        return b""


def test_hostile_processes():
    mark = "BATON_MARK=%d" % os.getpid()
    marks = {"Variables": {"BATON_MARK": str(os.getpid())}}
    made("family", {"index.js": """
        const { spawn } = require('child_process');
        exports.handler = (e) => {
          spawn('sh', ['-c', 'setsid sleep 300 & sleep 300 & sleep 300'], { detached: true, stdio: 'inherit' });
          if (e && e.exits) setTimeout(() => process.exit(1), 100);
          return new Promise(() => setTimeout(() => {}, 60000));
        };"""}, Timeout=5, Environment=marks)
    # It breeds for as long as it lives, but no more than a machine bears: each of 32 is followed by another.
    made("bomb", {"bootstrap": "#!/bin/bash\nf() { sleep 0.01; f & }\nfor i in {1..32}; do f & done\nsleep 30\n"}, "provided.al2", "x", Timeout=2, Environment=marks)
    made("gigabyte", {"app.py": """
import os
def handler(e, c):
    line = b'x' * 1023 + b'\\n'
    for _ in range(1 << 10): os.write(1, line * 1024)
    return 'printed'
"""}, "python3.9", "app.handler", Timeout=300, Environment=marks)
    made("one-line", {"app.py": """
import os
def handler(e, c):
    for _ in range(200): os.write(2, b'y' * (1 << 20))
    return 'printed'
"""}, "python3.9", "app.handler", Timeout=300, Environment=marks)
    made("quick", {"index.js": "exports.handler = async () => 1;"}, Timeout=300, Environment=marks)
    invoke("quick")
    times, stop = [], threading.Event()

    def others():
        while not stop.is_set():
            began = time.monotonic()
            answer = invoke("quick")
            times.append(time.monotonic() - began)
            check(answer.value == 1, "another function meanwhile", answer)
            call("GET", FUNCTIONS)
            time.sleep(0.02)

    watcher = threading.Thread(target=others)
    watcher.start()
    family, exits, bomb, gigabyte, line = at_once(lambda: invoke("family"), lambda: invoke("family", {"exits": 1}),
                                                  lambda: invoke("bomb"), lambda: invoke("gigabyte"), lambda: invoke("one-line"))
    stop.set()
    watcher.join()
    check(family.value["errorType"] == "Sandbox.Timedout", "timeout", family)
    check(exits.value["errorType"] == "Runtime.ExitError", "exit", exits)
    check(bomb.error == "Unhandled", "fork bomb", bomb)
    check(gigabyte.value == "printed" and "xxxx" in gigabyte.log and len(gigabyte.log) <= 4096, "a gigabyte", gigabyte)
    check(line.value == "printed" and len(line.log) <= 4096, "one long line", line)
    times.sort()
    if os.environ.get("TIMES"):
        print("others: median %.1f ms, longest %.1f ms" % (times[len(times) // 2] * 1e3, times[-1] * 1e3))
    check(times[len(times) // 2] < 5, "others are slowed down", times[len(times) // 2])
    call("DELETE", FUNCTIONS + "/gigabyte")
    for name in ("quick", "one-line"):
        call("DELETE", FUNCTIONS + "/" + name)
    check(awaited(lambda: not marked(mark)), "no process is left", [(p, command_line(p)) for p in marked(mark)])
    with open("/proc/%d/status" % server.process.pid) as h:
        rss = int(re.search(r"VmHWM:\s*(\d+)", h.read()).group(1))
    if os.environ.get("TIMES"):
        print("peak of the server's memory: %d MB" % (rss >> 10))
    logs = os.path.join(server.data, "files")
    size = sum(os.path.getsize(os.path.join(d, f)) for d, _, files in os.walk(logs) for f in files if "log" in d)
    check(size < 30 << 20, "logs are bounded", size)


# ---- code ----

def test_zips():
    status, answer = create("zip", {"ZipFile": zipped({"index.js": "exports.handler = async () => require('./d/b').x;", "d/b.js": "exports.x = 5;"})},
                            Timeout=20)
    check(status == 201 and answer["CodeSize"] > 0 and answer["State"] in ("Active", "Pending"), "create", answer)
    check(invoke("zip").value == 5, "runs")
    status, _, answer = call("PUT", FUNCTIONS + "/zip/code", {"ZipFile": zipped({"index.js": "exports.handler = async () => 6;"})})
    check(status == 200 and invoke("zip").value == 6, "runs the new code", status, answer)
    status, _, answer = call("PUT", FUNCTIONS + "/zip/configuration", {"Environment": {"Variables": {"AB": "b"}}, "Handler": "index.nope"})
    gone = invoke("zip")
    check(status == 200 and gone.error and gone.value["errorType"] == "Runtime.HandlerNotFound", "a handler that is gone", status, answer, gone)

    def raw(make):
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as z:
            make(z)
        return base64.b64encode(out.getvalue()).decode()

    def link(z, name, target):
        info = zipfile.ZipInfo(name)
        info.create_system = 3
        info.external_attr = (stat.S_IFLNK | 0o777) << 16
        z.writestr(info, target)

    def through(z):
        link(z, "out", "/tmp")
        z.writestr("out/baton-evil", "x")

    def bomb(z):
        zeros = bytes(16 << 20)
        for i in range(17):
            z.writestr("z%d" % i, zeros)

    cut = base64.b64encode(base64.b64decode(zipped({"index.js": "x" * 1000}))[:-30]).decode()
    bad = {
        "nothing": "", "no base64": "@@@", "no zip": base64.b64encode(b"hello").decode(), "cut off": cut,
        "empty": raw(lambda z: None),
        "up": raw(lambda z: z.writestr("../evil.js", "x")),
        "deep up": raw(lambda z: z.writestr("a/../../evil.js", "x")),
        "absolute": raw(lambda z: z.writestr("/tmp/baton-evil.js", "x")),
        "link out": raw(lambda z: link(z, "index.js", "/etc/passwd")),
        "link up": raw(lambda z: link(z, "a", "../../..")),
        "through a link": raw(through),
        "bomb": raw(bomb),
    }
    for name, text in bad.items():
        status, answer = create("bad-zip", {"ZipFile": text})
        check(status == 400 and ("Message" in answer or "message" in answer), name, status, answer)
        check(call("GET", FUNCTIONS + "/bad-zip")[0] == 404, name, "leaves nothing")
    evil = [p for p in ("/tmp/baton-evil.js", "/tmp/baton-evil", server.data + "/files/evil.js", server.data + "/files/functions/evil.js")
            if os.path.exists(p)]
    check(not evil, "files outside", evil)
    left = [d for d in os.listdir(server.data + "/files/functions") if d.startswith(".unpack")]
    check(not left, "half-unpacked", left)
    status, answer = create("s3", {"S3Bucket": "bucket", "S3Key": "key"})
    check(status == 400 and "S3" in answer["Message"], "S3", answer)
    status, answer = create("relative", {"Directory": "tmp"})
    check(status == 400, "relative directory", answer)
    status, answer = create("nowhere", {"Directory": "/nowhere/at/all"})
    check(status == 400, "no such directory", answer)


def test_reads_during_uploads():
    """A large zip is unpacked beside everything else."""
    names = zipped({"d%d/f%d.js" % (i // 100, i): "x" for i in range(6000)})
    bulky = zipped({"index.js": "", "data": os.urandom(1 << 20) * 40})
    result = []

    def upload():
        result.append(create("many-files", {"ZipFile": names}))
        result.append(create("bulky", {"ZipFile": bulky}))

    thread = threading.Thread(target=upload)
    began = time.monotonic()
    thread.start()
    times = []
    while thread.is_alive():
        before = time.monotonic()
        check(call("GET", FUNCTIONS)[0] == 200, "a read meanwhile")
        times.append(time.monotonic() - before)
        time.sleep(0.005)
    thread.join()
    check([r[0] for r in result] == [201, 201], "uploads", result)
    times.sort()
    if os.environ.get("TIMES"):
        print("uploads: %.2f s; reads: median %.1f ms, longest %.1f ms" %
              (time.monotonic() - began, times[len(times) // 2] * 1e3, times[-1] * 1e3))
    check(times[len(times) // 2] < 0.05, "reads wait for an upload", times[-5:])
    # the limit on the zip itself
    large = base64.b64encode(bytes((50 << 20) + 1)).decode()
    status, answer = create("too-large", {"ZipFile": large})
    check(status == 413, "50 MB", status, answer)


# ---- events ----

RECORDER = """
const fs = require('fs');
exports.handler = async (event, context) => {
  fs.appendFileSync(process.env.FILE, JSON.stringify({ event, id: context.awsRequestId }) + '\\n');
  const records = event.Records || [];
  if (event === 'fails' || event.fails || records.some((r) => r.body === 'all-fail')) throw new Error('as asked');
  return { batchItemFailures: records.filter((r) => r.body.startsWith('bad')).map((r) => ({ itemIdentifier: r.messageId })) };
};"""


def recorder(name, on=None, **more):
    file = os.path.join(place, name + ".seen")
    made(name, {"index.js": RECORDER}, on=on, Timeout=20, Environment={"Variables": {"FILE": file}}, **more)

    def seen():
        try:
            with open(file) as h:
                return [json.loads(line) for line in h]
        except OSError:
            return []

    return seen


def arn(name):
    return "arn:aws:lambda:us-east-1:000000000000:function:" + name


def test_events():
    sqs = client("sqs")
    urls = {n: sqs.create_queue(QueueName=n)["QueueUrl"] for n in ("good", "bad", "dead")}
    seen = recorder("ev")
    recorder("ev-once", DeadLetterConfig={"TargetArn": "arn:aws:sqs:us-east-1:000000000000:dead"})
    destinations = {"OnSuccess": {"Destination": "arn:aws:sqs:us-east-1:000000000000:good"},
                    "OnFailure": {"Destination": "arn:aws:sqs:us-east-1:000000000000:bad"}}
    for name, config in (("ev", {"MaximumRetryAttempts": 0, "DestinationConfig": destinations}), ("ev-once", {"MaximumRetryAttempts": 0})):
        status, _, answer = call("PUT", "/2019-09-25/functions/%s/event-invoke-config" % name, config)
        check(status == 200, "event invoke config", answer)
    answer = event("ev", {"n": 1})
    check(answer.status == 202 and answer.body == b"", "Event", answer)
    failing = event("ev", "fails")
    dead = event("ev-once", "fails")

    def take(name):
        return sqs.receive_message(QueueUrl=urls[name], WaitTimeSeconds=8, MessageAttributeNames=["All"]).get("Messages", [{}])[0]

    good, bad, letter = at_once(lambda: take("good"), lambda: take("bad"), lambda: take("dead"))
    good, bad = json.loads(good["Body"]), json.loads(bad["Body"])
    check(good["requestContext"]["condition"] == "Success" and good["requestPayload"] == {"n": 1} and
          good["requestContext"]["functionArn"] == arn("ev") + ":$LATEST" and
          good["requestContext"]["requestId"] == answer.headers["x-amzn-requestid"], "destination of a success", good)
    check(bad["requestContext"]["condition"] == "RetriesExhausted" and bad["responsePayload"]["errorMessage"] == "as asked" and
          bad["requestContext"]["approximateInvokeCount"] == 1 and
          bad["responseContext"]["functionError"] == "Unhandled", "destination of a failure", bad)
    check(letter["Body"] == '"fails"' and letter["MessageAttributes"]["ErrorMessage"]["StringValue"] == "as asked" and
          letter["MessageAttributes"]["RequestID"]["StringValue"] == dead.headers["x-amzn-requestid"], "dead letter", letter)
    check(len(seen()) == 2, "each event once", seen())
    check(invoke("ev", {}, X_Amz_Invocation_Type="DryRun").status == 204 and len(seen()) == 2, "DryRun")
    check(event("nobody", {}).status == 404, "an event for nobody")
    status, _, body = call("POST", FUNCTIONS + "/ev/invocations", b"{bad", {})
    check(status == 400 and b"Could not parse request body into json" in body, "bad JSON", body)
    status, _, body = call("POST", FUNCTIONS + "/ev/invocations", b'"' + b"x" * (6 << 20) + b'"', {})
    check(status == 413, "7 MB", status, body[:200])
    status, _, body = call("POST", FUNCTIONS + "/ev/invocations", b"{}", {"X-Amz-Client-Context": "e30"})
    check(status == 400 and b"Client context" in body, "client context", body)


def test_queues():
    sqs = client("sqs")
    dead = sqs.create_queue(QueueName="map-dead")["QueueUrl"]
    url = sqs.create_queue(QueueName="map", Attributes={"VisibilityTimeout": "1", "RedrivePolicy": json.dumps(
        {"deadLetterTargetArn": "arn:aws:sqs:us-east-1:000000000000:map-dead", "maxReceiveCount": 2})})["QueueUrl"]
    seen = recorder("map")
    call("PUT", FUNCTIONS + "/map/configuration", {"Timeout": 1})
    status, _, answer = call("POST", "/2015-03-31/event-source-mappings/", {
        "EventSourceArn": "arn:aws:sqs:us-east-1:000000000000:map", "FunctionName": "map", "BatchSize": 10,
        "MaximumBatchingWindowInSeconds": 1, "FunctionResponseTypes": ["ReportBatchItemFailures"]})
    check(status == 202, "mapping", status, answer)
    began = time.monotonic()
    for body in ("one", "two", "bad-one", "three"):
        sqs.send_message(QueueUrl=url, MessageBody=body)
    batches = awaited(seen)
    took = time.monotonic() - began
    check(batches and [r["body"] for r in batches[0]["event"]["Records"]] == ["one", "two", "bad-one", "three"], "one batch of a window", batches)
    check(0.5 < took < 3, "the window", took)
    letter = sqs.receive_message(QueueUrl=dead, WaitTimeSeconds=10).get("Messages")
    check(letter and letter[0]["Body"] == "bad-one", "the bad one is redriven", letter)
    batches = seen()
    check([r["body"] for b in batches[1:] for r in b["event"]["Records"]] == ["bad-one"], "only the bad one comes again", batches)
    counts = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
    check(counts["ApproximateNumberOfMessages"] == "0" and counts["ApproximateNumberOfMessagesNotVisible"] == "0", "the queue is empty", counts)
    identifier = json.loads(answer)["UUID"]
    status, _, answer = call("DELETE", "/2015-03-31/event-source-mappings/" + identifier)
    check(status == 202, "the mapping goes", answer)


def test_workflow():
    """A function that reports its own task during the call."""
    made("early", {"app.py": """
import boto3
def handler(event, context):
    boto3.client('stepfunctions').send_task_success(taskToken=event['token'], output='{"by":"function"}')
    return 'ignored'
"""}, "python3.9", "app.handler", Timeout=20)
    made("early-node", {"index.mjs": """
import { SFNClient, SendTaskSuccessCommand } from '@aws-sdk/client-sfn';
export const handler = async (event) => {
  await new SFNClient({}).send(new SendTaskSuccessCommand({ taskToken: event.token, output: '{"by":"node"}' }));
  process.exit(1);
};"""}, Timeout=20)
    sfn = client("stepfunctions")
    definition = {"StartAt": "P", "States": {"P": {"Type": "Parallel", "End": True, "Branches": [
        {"StartAt": n, "States": {n: {"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke.waitForTaskToken", "End": True,
                                      "Parameters": {"FunctionName": n, "Payload": {"token.$": "$$.Task.Token"}}}}}
        for n in ("early", "early-node")]}}}
    machine = sfn.create_state_machine(name="early", definition=json.dumps(definition), roleArn=ROLE)["stateMachineArn"]
    execution = sfn.start_execution(stateMachineArn=machine)["executionArn"]
    ended = awaited(lambda: (lambda d: d if d["status"] != "RUNNING" else None)(sfn.describe_execution(executionArn=execution)))
    check(ended and ended["status"] == "SUCCEEDED" and json.loads(ended["output"]) == [{"by": "function"}, {"by": "node"}],
          "a callback from inside the call", ended)


# ---- logs ----

def test_logs():
    made("talks", {"index.js": "exports.handler = async (e) => { console.log('first\\nsecond ' + e.n); console.error('third'); };"}, Timeout=20)
    invoke("talks", {"n": 1})
    command = [BATON, "logs", "talks", "--endpoint", server.endpoint]
    text = subprocess.run(command, capture_output=True, text=True, timeout=120).stdout
    check("second 1" in text and "third" in text and "REPORT RequestId" in text, "baton logs", text)
    follow = subprocess.Popen(command + ["-f"], stdout=subprocess.PIPE, text=True)
    lines = []
    reader = threading.Thread(target=lambda: lines.extend(iter(follow.stdout.readline, "")))
    reader.start()
    awaited(lambda: any("REPORT" in line for line in lines))
    invoke("talks", {"n": 2})
    check(awaited(lambda: any("second 2" in line for line in lines)), "baton logs -f", lines)
    follow.terminate()
    follow.wait(10)
    reader.join()
    follow.stdout.close()
    nobody = subprocess.run([BATON, "logs", "nobody", "--endpoint", server.endpoint], capture_output=True, text=True, timeout=120)
    check(nobody.returncode != 0 and "nobody" in nobody.stderr, "logs of nobody", nobody)


# ---- the end of the server ----

SLEEPER = """
const { spawn } = require('child_process');
exports.handler = () => {
  spawn('sh', ['-c', 'trap "" TERM HUP INT; setsid sleep 300 & sleep 300'], { detached: true, stdio: 'ignore' });
  return new Promise((r) => setTimeout(r, 60000));
};"""


def test_ends():
    mark = "ends-%d" % os.getpid()
    with Server() as own:
        made("sleeper", {"index.js": SLEEPER}, on=own, Timeout=60, Environment={"Variables": {"MARK": mark}})
        seen = recorder("again", on=own)
        made("waits", {"index.js": """
const fs = require('fs');
exports.handler = async (event, context) => {
  fs.appendFileSync(process.env.FILE, context.awsRequestId + '\\n');
  if (!fs.existsSync(process.env.FILE + '.go')) await new Promise((r) => setTimeout(r, 60000));
  fs.writeFileSync(process.env.FILE + '.done', '');
};"""}, on=own, Timeout=60, Environment={"Variables": {"MARK": mark, "FILE": os.path.join(place, "waits.seen")}})
        for way in ("stop", "kill"):
            event("waits", {}, on=own)
            threads = [threading.Thread(target=lambda: quietly(lambda: invoke("sleeper", on=own))) for _ in range(3)]
            for t in threads:
                t.start()
            check(awaited(lambda: len(marked(mark)) >= 3 * 3 + 1), way, "the processes are there", marked(mark))
            # the first event's; when it is carried out again, and the second one's
            check(awaited(lambda: lines_of(os.path.join(place, "waits.seen")) >= (1 if way == "stop" else 3)), way, "events are carried out")
            began = time.monotonic()
            if way == "stop":
                check(own.stop() == 0, "exit code")
            else:
                own.kill()
            took = time.monotonic() - began
            check(took < 4, way, "takes long", took)
            check(awaited(lambda: not marked(mark), 5), way, "no process is left", [(p, command_line(p)) for p in marked(mark)])
            for t in threads:
                t.join()
            if way == "kill":
                open(os.path.join(place, "waits.seen.go"), "w").close()
            own.start()
        check(awaited(lambda: os.path.exists(os.path.join(place, "waits.seen.done"))), "stored events are carried out after a restart")
        with open(os.path.join(place, "waits.seen")) as h:
            ids = h.read().split()
        check(len(set(ids)) == 2 and len(ids) >= 4, "with their ids", ids)
        own.stop()
        own.start()
        check(invoke("again", {}, on=own).status == 200 and len(seen()) == 1, "serves on")


def lines_of(path):
    try:
        with open(path) as h:
            return len(h.readlines())
    except OSError:
        return 0


def quietly(function):
    try:
        return function()
    except (OSError, http.client.HTTPException):
        return None


def main():
    global server
    os.environ["BATON_TEST_SECRET"] = "server-secret"
    os.environ["AWS_SECRET_ACCESS_KEY"] = "server-secret"
    node_modules = os.path.join(ROOT, "tests", "javascript", "node_modules")
    os.environ["BATON_NODE_MODULES"] = node_modules
    runner = os.path.join(place, "runner.py")
    with open(runner, "w") as h:
        h.write("""import os, sys, urllib.request as u
api = 'http://%s/2018-06-01/runtime/invocation/' % os.environ['AWS_LAMBDA_RUNTIME_API']
while True:
    with u.urlopen(api + 'next') as r: body, id = r.read().decode(), r.headers['Lambda-Runtime-Aws-Request-Id']
    text = '{"%s":%s,"handler":"%s"}' % (sys.argv[1], body, os.environ['_HANDLER'])
    u.urlopen(u.Request(api + id + '/response', text.encode())).read()
""")
    with Server("--runtime", "ruby3.2=/usr/bin/python3 %s configured" % runner) as server:
        tests = [v for k, v in globals().items() if k.startswith("test_")]
        for test in tests:
            if len(sys.argv) > 1 and sys.argv[1] not in test.__name__:
                continue
            began = time.monotonic()
            case(test)
            if os.environ.get("TIMES"):
                print("%6.2f s  %s" % (time.monotonic() - began, test.__name__), flush=True)
    shutil.rmtree(place, ignore_errors=True)
    done()


if __name__ == "__main__":
    main()
