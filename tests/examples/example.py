"""What the tests of the examples share: a server with an example on it, and histories told event by event.

    with Example("async-api") as e:
        e.deploy("deploy.py")
        arn = e.start("async-api", {"waitTime": 0})
        e.tells(arn, [("ExecutionStarted", {...}), ...], "success")
"""
import functools
import json
import os
import re
import subprocess
import sys
import threading
import time
import traceback
import urllib.error
import urllib.request

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
from check import case, check, done  # noqa: E402, F401
from server import BATON, ROOT, Server  # noqa: E402

import boto3  # noqa: E402
from botocore.config import Config  # noqa: E402

SECONDS = 120  # nothing here takes so long, on however slow a machine
EXAMPLES = os.path.join(ROOT, "examples")
ROLE = "arn:aws:iam::000000000000:role/example"
PARSED = ("input", "output", "parameters")


class Anything:
    def __eq__(self, other):
        return True

    def __repr__(self):
        return "..."


class Has:
    """Equals an object that has these members, and maybe others."""

    def __init__(self, **members):
        self.members = members

    def __eq__(self, other):
        return isinstance(other, dict) and all(k in other and v == other[k] for k, v in self.members.items())

    def __repr__(self):
        return "has %r" % self.members


class Text:
    """Equals a text in which all of these occur."""

    def __init__(self, *parts):
        self.parts = parts

    def __eq__(self, other):
        return isinstance(other, str) and all(part in other for part in self.parts)

    def __repr__(self):
        return "text with %s" % ", ".join(map(repr, self.parts))


ANY = Anything()
LINK = Text("http://", "/c/")


def arn(service, name):
    return "arn:aws:%s:us-east-1:000000000000:%s" % (service, name)


def awaited(ask, what="", seconds=SECONDS):
    """Asks until there is something."""
    end = time.monotonic() + seconds
    while True:
        found = ask()
        if found:
            return found
        if time.monotonic() > end:
            raise RuntimeError("never came: " + (what or repr(ask)))
        time.sleep(0.03)


def http(method, url, body=None, **headers):
    """(status, headers, text) of a plain request, whatever the status."""
    data = body if body is None or isinstance(body, bytes) else (
        body.encode() if isinstance(body, str) else json.dumps(body).encode())
    headers = {k.replace("_", "-"): v for k, v in headers.items()}
    if data is not None:
        headers = {"Content-Type": "application/json", **headers}
    request = urllib.request.Request(url, data, headers, method=method)
    try:
        with urllib.request.urlopen(request, timeout=SECONDS) as answer:
            return answer.status, answer.headers, answer.read().decode()
    except urllib.error.HTTPError as e:
        return e.code, e.headers, e.read().decode()


def at_once(*calls):
    """Runs the calls at the same time; their results. An exception is a result, too."""
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


def event_of(raw):
    """(type, details): texts of JSON parsed, what says only that nothing was cut off left out."""
    details = next((dict(v) for k, v in raw.items() if k.endswith("EventDetails")), {})
    for key in PARSED:
        if key in details:
            details[key] = json.loads(details[key])
    for key in [k for k, v in details.items() if v == {"truncated": False}]:
        del details[key]
    return raw["type"], details


# ---- events as they are expected ----

def began(value):
    return "ExecutionStarted", {"input": value, "roleArn": ROLE}


def entered(kind, name, value):
    return kind + "StateEntered", {"name": name, "input": value}


def left(kind, name, value):
    return kind + "StateExited", {"name": name, "output": value}


def choice(name, value):
    return [entered("Choice", name, value), left("Choice", name, value)]


def scheduled(service, resource, parameters, **more):
    return "TaskScheduled", {"resourceType": service, "resource": resource, "region": "us-east-1",
                             "parameters": parameters, **more}


def task(event, service, resource, **details):
    """TaskStarted, TaskSubmitted, TaskSucceeded, TaskFailed, TaskTimedOut."""
    return "Task" + event, {"resourceType": service, "resource": resource, **details}


def called(service, resource, parameters, output, **more):
    """A call that is answered at once."""
    return [scheduled(service, resource, parameters, **more), task("Started", service, resource),
            task("Succeeded", service, resource, output=output)]


def waiting(service, resource, parameters, output=ANY, **more):
    """A call whose state waits for its token afterwards."""
    resource += ".waitForTaskToken"
    return [scheduled(service, resource, parameters, **more), task("Started", service, resource),
            task("Submitted", service, resource, output=output)]


def invoked(function, value, output):
    """A function whose ARN is the Resource."""
    return [("LambdaFunctionScheduled", {"resource": arn("lambda", "function:" + function), "input": value}),
            ("LambdaFunctionStarted", {}), ("LambdaFunctionSucceeded", {"output": output})]


def succeeded(output):
    return "ExecutionSucceeded", {"output": output}


class Example:
    """A server of its own, clients, and a few words about executions. Ends the server at the end."""

    def __init__(self, name, *options):
        self.folder = os.path.join(EXAMPLES, name)
        # Functions find the packages of the examples, and Debian's boto3.
        os.environ["BATON_NODE_MODULES"] = os.path.join(EXAMPLES, "node_modules")
        os.environ["PATH"] = "/usr/bin:" + os.environ["PATH"]
        self.server = Server("--log-level", "warn", *options)
        self.session = boto3.session.Session()  # boto3's own one is not made for threads

    def __enter__(self):
        self.server.__enter__()
        self.endpoint = self.server.endpoint
        self.environment = dict(os.environ, BATON=BATON, BATON_ENDPOINT=self.endpoint)
        self.sqs, self.sns, self.tables, self.functions, self.states = (
            self.client(name) for name in ("sqs", "sns", "dynamodb", "lambda", "stepfunctions"))
        return self

    def __exit__(self, *failure):
        return self.server.__exit__(*failure)

    def client(self, service):
        return self.session.client(service, endpoint_url=self.endpoint, region_name="us-east-1", aws_access_key_id="any",
                                   aws_secret_access_key="any",
                                   config=Config(retries={"max_attempts": 0}, read_timeout=SECONDS, inject_host_prefix=False))

    def crash(self):
        """kill -9, and started again."""
        self.server.kill()
        self.server.start()

    def deploy(self, script, **environment):
        ran = subprocess.run([os.path.join(self.folder, script)], env=dict(self.environment, **environment), text=True,
                             stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=SECONDS)
        if ran.returncode != 0:
            raise RuntimeError("%s failed:\n%s" % (script, ran.stdout))
        return ran.stdout

    def baton(self, *arguments):
        ran = subprocess.run([BATON, *arguments], env=self.environment, text=True, stdout=subprocess.PIPE,
                             stderr=subprocess.STDOUT, timeout=SECONDS)
        return ran.stdout

    def log(self, function, part="", times=1):
        """What a function has printed, once a part of it is there so many times."""
        def ask():
            text = self.baton("logs", function)
            return text if text.count(part) >= times else None
        return awaited(ask, "%d x %s in the log of %s" % (times, part, function))

    # ---- executions ----

    def start(self, machine, value=None, **more):
        return self.states.start_execution(stateMachineArn=arn("states", "stateMachine:" + machine),
                                           input=json.dumps(value if value is not None else {}), **more)["executionArn"]

    def ended(self, execution):
        """The execution as described when it has ended."""
        def ask():
            found = self.states.describe_execution(executionArn=execution)
            return found if found["status"] != "RUNNING" else None
        return awaited(ask, "the end of " + execution)

    def story(self, execution):
        pages = self.states.get_paginator("get_execution_history").paginate(executionArn=execution)
        return [event for page in pages for event in page["events"]]

    def types(self, execution):
        return [e["type"] for e in self.story(execution)]

    def reached(self, execution, kind):
        """Waits for an event of this type."""
        return awaited(lambda: kind in self.types(execution), "%s of %s" % (kind, execution))

    def tells(self, execution, expected, what, may_be_early=False):
        """Waits for the end, and compares the history with [(type, details)], each event and each detail. An answer that
        may be early can come while the call that carries the token is not over yet: then nothing is submitted."""
        self.ended(execution)
        raw = self.story(execution)
        told = [event_of(e) for e in raw]
        if may_be_early and "TaskSubmitted" not in [kind for kind, _ in told]:
            expected = [e for e in expected if e[0] != "TaskSubmitted"]
        for i, (got, wanted) in enumerate(zip(told, expected)):
            if not (got[0] == wanted[0] and wanted[1] == got[1]):
                check(False, "%s: event %d" % (what, i + 1), "expected", wanted, "got", got)
                return
        check(len(told) == len(expected), what + ": events", [t for t, _ in told])
        links = [e["previousEventId"] for e in raw]
        check(links == [0, 0] + list(range(2, len(raw))), what + ": each event follows the one before", links)

    def token(self, execution):
        """The task token that an execution waits on."""
        def ask():
            for task in self.call("ListWaitingTasks", maxResults=1000)["waitingTasks"]:
                if task["executionArn"] == execution:
                    return task["taskToken"]
            return None
        return awaited(ask, "a token of " + execution)

    def call(self, operation, target="AWSStepFunctions", **parameters):
        """An operation that boto3 does not know."""
        status, _, text = http("POST", self.endpoint, parameters, X_Amz_Target="%s.%s" % (target, operation),
                               Content_Type="application/x-amz-json-1.0")
        if status != 200:
            raise RuntimeError("%s: %s %s" % (operation, status, text))
        return json.loads(text or "{}")

    def variant(self, machine, name, change):
        """A machine like a deployed one, but for what change(states) does."""
        found = self.states.describe_state_machine(stateMachineArn=arn("states", "stateMachine:" + machine))
        definition = json.loads(found["definition"])
        change(definition["States"])
        self.states.create_state_machine(name=name, definition=json.dumps(definition), roleArn=ROLE, type=found["type"])

    def change(self, machine, change):
        """Another definition for a deployed machine."""
        there = arn("states", "stateMachine:" + machine)
        definition = json.loads(self.states.describe_state_machine(stateMachineArn=there)["definition"])
        change(definition["States"])
        self.states.update_state_machine(stateMachineArn=there, definition=json.dumps(definition))

    def refusal(self, call, **parameters):
        """The error code of a call that must fail."""
        try:
            call(**parameters)
        except Exception as e:
            return getattr(e, "response", {}).get("Error", {}).get("Code", repr(e))
        return "accepted"

    # ---- the services beside ----

    def post(self, address, body, **headers):
        """POST to an address of an API as AWS gives it: (status, headers, body, parsed if it is JSON)."""
        host, path = address.split("://", 1)[1].split("/", 1)
        status, got, text = http("POST", "%s/%s" % (self.endpoint, path), body, Host=host, **headers)
        try:
            return status, got, json.loads(text)
        except ValueError:
            return status, got, text

    def api(self, file, change, **values):
        """A REST API of an example's document, but for what change(document) does: its address."""
        with open(os.path.join(self.folder, file), encoding="utf-8") as h:
            document = json.loads(re.sub(r"\$\{(\w+)\}", lambda m: values[m.group(1)], h.read()))
        change(document)
        rest = self.client("apigateway")
        made = rest.import_rest_api(body=json.dumps(document).encode())["id"]
        rest.create_deployment(restApiId=made, stageName="test")
        return "https://%s.execute-api.us-east-1.amazonaws.com/test" % made

    def letters(self, to):
        """The mail of topics to somebody, newest first."""
        lines = self.baton("outbox", "--json", "--limit", "100").splitlines()
        return [x for x in (json.loads(line) for line in lines if line.startswith("{")) if x["endpoint"] == to]

    def letter(self, to, part):
        return awaited(lambda: next((x for x in self.letters(to) if part in x["body"]), None), "a letter with " + part)

    def confirm(self, to):
        """Follows the link in the mail that asks to confirm a subscription."""
        url = awaited(lambda: next((x["url"] for x in self.letters(to) if x.get("url")), None), "the mail to confirm")
        status, _, text = http("GET", url)
        check(status == 200, "the subscription is confirmed", status, text)

    def link(self, execution):
        """The link that a waiting task has given away."""
        def ask():
            for event in reversed(self.story(execution)):
                if event["type"] == "TaskScheduled":
                    found = re.search(r"http://[^\s\"]*/c/[A-Za-z0-9_-]+", event["taskScheduledEventDetails"]["parameters"])
                    return found and found.group()
            return None
        return awaited(ask, "a link of " + execution)

    def answer(self, address, body, **headers):
        """POST to a link or a route of Baton, of a text as it is: (status, parsed body)."""
        status, _, text = http("POST", address if "://" in address else self.endpoint + address, body, **headers)
        return status, json.loads(text)

    def item(self, table, **key):
        """An item as plain values, or None. Numbers are texts."""
        found = self.tables.get_item(TableName=table, ConsistentRead=True,
                                     Key={k: {"N" if isinstance(v, int) else "S": str(v)} for k, v in key.items()}).get("Item")
        return found and {k: next(iter(v.values())) for k, v in found.items()}

    def put(self, table, **item):
        self.tables.put_item(TableName=table, Item={k: {"S": v} for k, v in item.items()})

    def url(self, queue):
        return self.endpoint + "/000000000000/" + queue

    def receive(self, queue, what=""):
        """The next message, deleted."""
        def ask():
            found = self.sqs.receive_message(QueueUrl=self.url(queue), WaitTimeSeconds=5, AttributeNames=["All"],
                                             MessageAttributeNames=["All"]).get("Messages")
            return found and found[0]
        message = awaited(ask, what or "a message in " + queue)
        self.sqs.delete_message(QueueUrl=self.url(queue), ReceiptHandle=message["ReceiptHandle"])
        return message

    def counts(self, queue):
        """(visible, in flight)"""
        found = self.sqs.get_queue_attributes(QueueUrl=self.url(queue), AttributeNames=["All"])["Attributes"]
        return int(found["ApproximateNumberOfMessages"]), int(found["ApproximateNumberOfMessagesNotVisible"])

    def subscribe_queue(self, topic, queue):
        """What the topic publishes comes to this queue as well."""
        self.sqs.create_queue(QueueName=queue)
        self.sns.subscribe(TopicArn=arn("sns", topic), Protocol="sqs", Endpoint=arn("sqs", queue),
                           Attributes={"RawMessageDelivery": "true"})

    def replace(self, function, files):
        """New code for a function. Its old one is what the returned function puts back."""
        import io
        import zipfile

        def put(named):
            out = io.BytesIO()
            with zipfile.ZipFile(out, "w") as z:
                for name, text in named.items():
                    z.writestr(name, text)
            self.functions.update_function_code(FunctionName=function, ZipFile=out.getvalue())

        put(files)
        return put


def named(test, example):
    """The test with its example, under its own name."""
    return functools.update_wrapper(lambda: test(example), test)


def play(example, tests):
    """Runs the tests, or those that the command line names; TIMES=1 says how long each takes."""
    for test in tests:
        if len(sys.argv) > 1 and sys.argv[1] not in test.__name__:
            continue
        start = time.monotonic()
        case(named(test, example))
        if os.environ.get("TIMES"):
            print("%6.2f s  %s" % (time.monotonic() - start, test.__name__), flush=True)


def together(*versions):
    """Plays the versions of an example side by side: most of their time is waiting."""
    for version, result in zip(versions, at_once(*versions)):
        if isinstance(result, Exception):
            check(False, version.__name__, "".join(traceback.format_exception(result)))


class Runs:
    """The one command of an example, run beside the tests: it ends well and prints these parts."""

    def __init__(self, script, *parts):
        self.script, self.parts, self.ran = script, parts, None
        self.thread = threading.Thread(target=self.run)
        if len(sys.argv) == 1:
            self.thread.start()

    def run(self):
        self.ran = subprocess.run([os.path.join(EXAMPLES, self.script)], env=dict(os.environ, BATON=BATON), text=True,
                                  stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=SECONDS * 3)

    def check(self):
        if len(sys.argv) > 1:
            return
        self.thread.join()
        check(self.ran and self.ran.returncode == 0, self.script, self.ran)
        for part in self.parts:
            check(self.ran and part in self.ran.stdout, self.script, "prints", part, self.ran)
