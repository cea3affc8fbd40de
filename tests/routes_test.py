#!/usr/bin/env python3
"""Inbound routes of a real server: verified, mapped, stored, answered, replayed; resume-or-start.

Each kind of delivery (early, accepted, duplicate, different, late, unknown, forged, expired, replayed)
against every scheme that signs; many senders at once; `kill -9` between a delivery and its repetition.
Waits for events and not for time.
"""
import base64
import hashlib
import hmac
import http.client
import json
import os
import subprocess
import sys
import tempfile
import threading
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from check import case, check, done  # noqa: E402
from server import BATON, Server  # noqa: E402

DEADLINE_S = 120
SECRET = b"a secret of both sides"
ACTIVITY = "arn:aws:states:us-east-1:000000000000:activity:work"
MACHINE = "arn:aws:states:us-east-1:000000000000:stateMachine:"
ROLE = "arn:aws:iam::000000000000:role/r"
OPEN = {"type": "none", "anybodyWhoKnowsTheKeyMayAnswer": True}


class Client:
    """A connection of its own."""

    def __init__(self, server):
        self.server = server
        self.connection = None

    def request(self, method, path, body=b"", headers=None):
        body = body if isinstance(body, bytes) else json.dumps(body).encode()
        for attempt in range(2):
            self.connection = self.connection or http.client.HTTPConnection("127.0.0.1", self.server.port, timeout=DEADLINE_S)
            try:
                self.connection.request(method, path, body, headers or {})
                answer = self.connection.getresponse()
                text = answer.read()
                break
            except (http.client.RemoteDisconnected, ConnectionError):
                # The server before it has been killed.
                self.connection.close()
                self.connection = None
                if attempt:
                    raise
        self.headers = answer.headers
        try:
            value = json.loads(text) if text else {}
        except ValueError:
            value = text.decode()
        return answer.status, value

    def call(self, target, **params):
        return self.request("POST", "/", params, {"X-Amz-Target": target, "Content-Type": "application/x-amz-json-1.0"})

    def baton(self, operation, **params):
        return self.call("Baton." + operation, **params)

    def must(self, target, **params):
        status, answer = self.call(target, **params)
        if status != 200:
            raise RuntimeError("%s: %s %s" % (target, status, answer))
        return answer

    def states(self, operation, **params):
        return self.must("AWSStepFunctions." + operation, **params)

    def put(self, route, /, **settings):
        return self.must("Baton.PutRoute", routeName=route, route=settings)

    def hook(self, path, body=None, headers=None, method="POST"):
        headers = dict(headers or {})
        if body is not None:
            headers.setdefault("Content-Type", "application/json")
        return self.request(method, path, body if body is not None else b"", headers)


def until(what, probe):
    """The first true value of probe(); an event is awaited, however slow the machine is."""
    end = time.monotonic() + DEADLINE_S
    while time.monotonic() < end:
        value = probe()
        if value:
            return value
        time.sleep(0.02)
    raise RuntimeError("waited in vain for " + what)


def make_machines(c):
    """`wait` waits for a key of its input; `work` does so a moment after its start; `quick` ends at once."""
    c.states("CreateActivity", name="work")
    wait = {"StartAt": "W", "States": {"W": {
        "Type": "Task", "Resource": ACTIVITY, "TimeoutSeconds": 100000, "End": True,
        "Callback": {"Name": "job", "Key.$": "$.key", "OnDuplicateKey": "ALL"}}}}
    work = {"StartAt": "First", "States": {
        "First": {"Type": "Task", "Resource": ACTIVITY, "TimeoutSeconds": 100000, "ResultPath": "$.first", "Next": "W"},
        "W": wait["States"]["W"]}}
    queue = c.must("AmazonSQS.CreateQueue", QueueName="short")["QueueUrl"]
    short = {"StartAt": "W", "States": {"W": dict(
        wait["States"]["W"], Resource="arn:aws:states:::sqs:sendMessage.waitForTaskToken", TimeoutSeconds=1,
        Parameters={"QueueUrl": queue, "MessageBody.$": "$$.Task.Token"})}}
    quick = {"StartAt": "P", "States": {"P": {"Type": "Pass", "End": True}}}
    for name, definition in dict(wait=wait, work=work, short=short, quick=quick).items():
        c.states("CreateStateMachine", name=name, definition=json.dumps(definition), roleArn=ROLE)


def start(c, machine, key):
    return c.states("StartExecution", stateMachineArn=MACHINE + machine, input=json.dumps({"key": key}))["executionArn"]


def ended(c, arn):
    def probe():
        answer = c.states("DescribeExecution", executionArn=arn)
        return answer if answer["status"] != "RUNNING" else None
    return until("the end of " + arn, probe)


def executions(c, machine):
    found, more = [], {}
    while True:
        page = c.states("ListExecutions", stateMachineArn=MACHINE + machine, **more)
        found += page["executions"]
        if "nextToken" not in page:
            return found
        more = {"nextToken": page["nextToken"]}


def digest(text, secret=SECRET):
    return hmac.new(secret, text, hashlib.sha256)


def sign_github(body, at=None, identity=None):
    headers = {"X-Hub-Signature-256": "sha256=" + digest(body).hexdigest()}
    return dict(headers, **({"X-GitHub-Delivery": identity} if identity else {}))


def sign_stripe(body, at, identity=None):
    return {"Stripe-Signature": "t=%d,v1=%s" % (at, digest(b"%d." % at + body).hexdigest())}


def sign_slack(body, at, identity=None):
    return {"X-Slack-Request-Timestamp": str(at), "X-Slack-Signature": "v0=" + digest(b"v0:%d:" % at + body).hexdigest()}


def sign_standard(body, at, identity="msg_1"):
    mac = digest(b"%s.%d." % (identity.encode(), at) + body).digest()
    return {"webhook-id": identity, "webhook-timestamp": str(at), "webhook-signature": "v1," + base64.b64encode(mac).decode()}


def sign_hmac(body, at, identity=None):
    return {"X-Time": str(at), "X-Sig": "s=" + digest(b"%d." % at + body).hexdigest()}


SCHEMES = {
    "github": (sign_github, {"type": "github", "secret": SECRET.decode()}),
    "stripe": (sign_stripe, {"type": "stripe", "secret": SECRET.decode()}),
    "slack": (sign_slack, {"type": "slack", "secret": SECRET.decode()}),
    "standard": (sign_standard, {"type": "standard-webhooks", "secret": "whsec_" + base64.b64encode(SECRET).decode()}),
    "hmac": (sign_hmac, {"type": "hmac", "secret": SECRET.decode(), "header": "X-Sig", "prefix": "s=", "timestampHeader": "X-Time"}),
}
OUTCOME = {"value": "$.body.status", "success": ["DONE"], "failure": ["BROKEN"], "heartbeat": ["BUSY"], "ignore": ["SEEN"],
           "output": {"value": "{% $body.value %}"}, "error": "Partner.Broken", "cause": "{% $body.why %}"}


def count(c, name, verdict):
    answer = c.must("Baton.ListDeliveries", routeName=name, verdicts=[verdict])
    return len(answer["deliveries"])


def schemes(s):
    """Every scheme: early, accepted, duplicate, different, forged, expired."""
    c = Client(s)
    for name, (sign, verifier) in SCHEMES.items():
        c.put(name, path="/hooks/%s/{key}" % name, verifier=verifier, name="job", key="$path.key", outcome=OUTCOME)
        path = "/hooks/%s/%s-1" % (name, name)
        good = json.dumps({"status": "DONE", "value": 7}).encode()
        now = int(time.time())
        # Early: kept, and delivered in the commit that opens the wait.
        status, answer = c.hook(path, good, sign(good, now))
        check(status == 202 and answer["status"] == "kept", name, "early", status, answer)
        arn = start(c, "wait", name + "-1")
        end = ended(c, arn)
        check(end["status"] == "SUCCEEDED" and json.loads(end["output"]) == {"value": 7}, name, "early is delivered", end)
        # The same again, after its delivery.
        status, answer = c.hook(path, good, sign(good, int(time.time())))
        check(status == 200 and answer.get("duplicate") is True, name, "duplicate", status, answer)
        # In time.
        path = "/hooks/%s/%s-2" % (name, name)
        arn = start(c, "wait", name + "-2")
        bad = json.dumps({"status": "BROKEN", "why": "no paper"}).encode()
        forged = dict(sign(good, int(time.time()), "msg_2"))
        status, answer = c.hook(path, bad, forged)
        check(status == 401 and answer["error"] == "Unauthorized", name, "a signature of another body", status, answer)
        status, answer = c.hook(path, bad, {})
        check(status == 401, name, "no signature", status, answer)
        if name != "github":
            for age in (-400, 400):
                status, answer = c.hook(path, bad, sign(bad, int(time.time()) + age, "msg_2"))
                check(status == 401, name, "expired", age, status, answer)
        check(c.states("DescribeExecution", executionArn=arn)["status"] == "RUNNING", name, "none of them counts")
        status, answer = c.hook(path, bad, sign(bad, int(time.time()), "msg_2"))
        check(status == 200 and answer["status"] == "accepted", name, "accepted", status, answer)
        end = ended(c, arn)
        check(end["status"] == "FAILED" and end["error"] == "Partner.Broken" and end["cause"] == "no paper", name, "failure", end)
        route = c.must("Baton.DescribeRoute", routeName=name)
        refused = 2 if name == "github" else 4
        check(route["refused"] == refused and len(route["refusals"]) == refused, name, "refusals are counted", route)
        check(all(r["at"].endswith("Z") for r in route["refusals"]), name, "times are texts", route)
        check(route["deliveries"] == 3, name, "and are no deliveries", route)
        check(route["route"]["verifier"]["secret"] == "***", name, "the secret is not shown")


def answers(s):
    """What becomes of a delivery: different, late, unknown, ignored, heartbeat, unusable."""
    c = Client(s)
    c.put("open", path="/hooks/open/{key}", methods=["POST", "PUT"], verifier=OPEN, name="job", key="{% $path.key %}",
          messageId="$.headers.x-id", when="{% $not($headers.`x-event` = 'ping') %}", outcome=OUTCOME)
    arn = start(c, "wait", "a")
    status, answer = c.hook("/hooks/open/a", {"status": "PAID"})
    check(status == 422 and answer["error"] == "UnknownOutcome" and '"PAID"' in answer["message"], "an unknown value", status, answer)
    status, answer = c.hook("/hooks/open/a", {"status": None})
    check(status == 422 and answer["error"] == "UnknownOutcome", "no value", status, answer)
    status, answer = c.hook("/hooks/open/a", b"{", {"Content-Type": "application/json"})
    check(status == 400 and answer["error"] == "InvalidBody", "no JSON", status, answer)
    status, answer = c.hook("/hooks/open/a", {"status": "SEEN"})
    check(status == 200 and answer == {"status": "ignored"}, "ignored by value", status, answer)
    status, answer = c.hook("/hooks/open/a", {"status": "DONE"}, {"X-Event": "ping"})
    check(status == 200 and answer == {"status": "ignored"}, "ignored by `when`", status, answer)
    check(c.states("DescribeExecution", executionArn=arn)["status"] == "RUNNING", "still waits")
    status, answer = c.hook("/hooks/open/a", {"status": "DONE", "value": 1}, {"X-Id": "m1"}, method="PUT")
    check(status == 200 and answer["status"] == "accepted", "accepted", status, answer)
    ended(c, arn)
    status, answer = c.hook("/hooks/open/a", {"status": "DONE", "value": 2}, {"X-Id": "m1"})
    check(status == 200 and answer.get("duplicate") is True, "the same message id", status, answer)
    status, answer = c.request("DELETE", "/hooks/open/a")
    check(status == 405 and c.headers["Allow"] == "POST, PUT", "another method", status, c.headers["Allow"])
    status, answer = c.request("POST", "/hooks/nothing", b"{}")
    check(status == 404, "no such path", status)
    status, answer = c.request("POST", "/hooks/open/a", b"x" * (1 << 20) + b"y")
    check(status == 413, "too large a body", status)
    # Late: its wait has timed out, and nothing opens again.
    arn = start(c, "short", "late")
    check(ended(c, arn)["status"] in ("TIMED_OUT", "FAILED"), "timed out")
    status, answer = c.hook("/hooks/open/late", {"status": "DONE", "value": 1})
    check(status in (202, 410), "late", status, answer)
    for verdict, wanted in [("unusable", 3), ("ignored", 2), ("accepted", 1), ("duplicate", 1)]:
        check(count(c, "open", verdict) == wanted, "deliveries", verdict, count(c, "open", verdict))


def mapping(s):
    """Schema, forms, query, response, and settings that are refused."""
    c = Client(s)
    c.put("form", path="/hooks/form", methods=["GET", "POST"], verifier=OPEN, name="job", key="$.body.ref",
          response={"status": 201, "headers": {"X-Thanks": "{% $body.ref %}", "X-Other": "$.body.other", "Content-Type": "text/plain"}, "body": "{% 'got ' & $body.ref %}"})
    status, answer = c.request("POST", "/hooks/form", b"ref=a%20b&x=1", {"Content-Type": "application/x-www-form-urlencoded"})
    check(status == 201 and answer == "got a b" and c.headers["X-Thanks"] == "a b" and "X-Other" not in c.headers, "a form and a response", status, answer)
    # What comes in cannot add a header: the usual answer is given then.
    status, answer = c.request("POST", "/hooks/form", b"ref=a%0d%0aX-Evil:%201", {"Content-Type": "application/x-www-form-urlencoded"})
    check(status == 422 and "X-Evil" not in c.headers, "no header from outside", status, answer)
    status, answer = c.request("POST", "/hooks/form", b"ref=%C3%A9", {"Content-Type": "application/x-www-form-urlencoded"})
    check(status == 202 and answer["status"] == "kept", "a header that cannot be", status, answer)
    status, answer = c.request("POST", "/hooks/form", b"x=1", {"Content-Type": "application/x-www-form-urlencoded"})
    check(status == 422 and answer["error"] == "NoKey", "no key", status, answer)
    c.put("all", path="/hooks/all", verifier=OPEN, name="job", key="{% $query.k %}", response={"status": 204, "for": "all"},
          schema={"type": "object", "required": ["n"], "properties": {"n": {"type": "integer"}}})
    status, answer = c.hook("/hooks/all?k=1", {"n": "x"})
    check(status == 204, "a response whatever became of it", status, answer)
    shown = c.must("Baton.ListDeliveries", routeName="all")["deliveries"][0]
    check(shown["verdict"] == "unusable" and shown["status"] == 400, "the schema", shown)
    status, answer = c.hook("/hooks/all?k=1", {"n": 4})
    check(status == 204 and count(c, "all", "kept") == 1, "fits the schema", status, answer)
    for settings, words in [
        (dict(path="/hooks/x", name="job", key="a"), "'verifier' is missing"),
        (dict(path="/hooks/x", name="job", key="a", verifier={"type": "none"}), "anybodyWhoKnowsTheKeyMayAnswer"),
        (dict(path="/x", name="job", key="a", verifier=OPEN), "must begin with /hooks/"),
        (dict(path="/hooks/form", name="job", key="a", verifier=OPEN), "is that of the route form"),
        (dict(path="/hooks/x", name="job", verifier=OPEN), "'key' is missing"),
        (dict(path="/hooks/x", name="job", key="{% $bod %}", verifier=OPEN), "uses $bod"),
        (dict(path="/hooks/x", name="job", key="{% ( %}", verifier=OPEN), "'key' is no expression"),
        (dict(path="/hooks/x", name="job", key="a", verifier=OPEN, outcome={"success": [1]}), "'outcome.value' must say which"),
        (dict(path="/hooks/x", name="job", key="a", verifier=OPEN, schema={"type": "no"}), "'schema'"),
        (dict(path="/hooks/x", name="job", key="a", verifier=OPEN, colour=1), "there is no setting 'colour'"),
    ]:
        status, answer = c.baton("PutRoute", routeName="x", route=settings)
        check(status in (400, 409) and words in answer["message"], "refused settings", words, status, answer)


def challenge(s):
    """Slack asks whether somebody is here: answered when signed, and no delivery."""
    c = Client(s)
    body = json.dumps({"type": "url_verification", "challenge": "3eZbrw1aBm2rZgRN", "token": "t"}).encode()
    status, answer = c.hook("/hooks/slack/x", body, sign_slack(body, int(time.time())))
    check(status == 200 and answer == "3eZbrw1aBm2rZgRN", "challenge", status, answer)
    status, answer = c.hook("/hooks/slack/x", body, {})
    check(status == 401, "an unsigned challenge", status, answer)


def rotation(s):
    """Two secrets at a time; settings that were shown can be put again."""
    c = Client(s)
    settings = dict(path="/hooks/turn/{key}", verifier={"type": "bearer", "secrets": ["old", "new-shibboleth"]}, name="job", key="$path.key")
    c.put("turn", **settings)
    for token, wanted in [("old", 202), ("new-shibboleth", 202), ("other", 401)]:
        status, _ = c.hook("/hooks/turn/" + token, {}, {"Authorization": "Bearer " + token})
        check(status == wanted, "rotation", token, status)
    shown = c.must("Baton.DescribeRoute", routeName="turn")["route"]
    check(shown["verifier"]["secrets"] == ["***", "***"], "shown without secrets", shown)
    c.put("turn", **dict(shown, description="put again"))
    status, _ = c.hook("/hooks/turn/again", {}, {"Authorization": "Bearer new-shibboleth"})
    check(status == 202, "the secrets are still there", status)
    kept = c.must("Baton.ListDeliveries", routeName="turn")["deliveries"][0]
    one = c.must("Baton.DescribeDelivery", routeName="turn", deliveryId=kept["deliveryId"])
    check(one["headers"]["authorization"] == "***", "a delivery has no secret", one)
    check("shibboleth" not in s.log_text(), "nor has the log")


def replay(s):
    """A mapping that was wrong is corrected, and what has come through it is given to it again."""
    c = Client(s)
    settings = dict(path="/hooks/replay", verifier=OPEN, name="job", key="$.body.reference",
                    outcome={"value": "$.body.state", "success": ["SUCCESS"], "output": "$.body"})
    c.put("replay", **settings)
    arn = start(c, "wait", "replay-1")
    body = {"reference": "replay-1", "state": "SUCCEEDED", "n": 3}
    status, answer = c.hook("/hooks/replay", body)
    check(status == 422, "not understood", status, answer)
    settings["outcome"] = dict(settings["outcome"], success=["SUCCEEDED"])
    c.put("replay", **settings)
    answer = c.must("Baton.ReplayDeliveries", routeName="replay", dryRun=True)
    check([d["verdict"] for d in answer["deliveries"]] == ["awaited"], "dry run", answer)
    check(c.states("DescribeExecution", executionArn=arn)["status"] == "RUNNING", "a dry run does nothing")
    answer = c.must("Baton.ReplayDeliveries", routeName="replay")
    check([d["verdict"] for d in answer["deliveries"]] == ["accepted"], "replayed", answer)
    check(json.loads(ended(c, arn)["output"]) == body, "with its body")
    answer = c.must("Baton.ReplayDeliveries", routeName="replay")
    check(answer["deliveries"] == [], "nothing is left", answer)
    identity = c.must("Baton.ListDeliveries", routeName="replay")["deliveries"][0]["deliveryId"]
    answer = c.must("Baton.ReplayDeliveries", routeName="replay", deliveryIds=[identity])
    check([d["verdict"] for d in answer["deliveries"]] == ["duplicate"], "once more, by id", answer)
    status, answer = c.baton("ReplayDeliveries", routeName="replay", deliveryIds=["999999"])
    check(status == 400, "an unknown id", status, answer)


def bounds(s):
    """A route keeps as many deliveries as it says."""
    c = Client(s)
    c.put("few", path="/hooks/few", verifier=OPEN, name="job", key="few", keep={"count": 3}, messageId="$.body.n")
    for n in range(6):
        c.hook("/hooks/few", {"n": n})
    shown = c.must("Baton.ListDeliveries", routeName="few")["deliveries"]
    check([d["messageId"] if "messageId" in d else "" for d in shown] == [""] * 3 and len(shown) == 3, "the newest three", shown)
    route = c.must("Baton.DescribeRoute", routeName="few")
    check(route["deliveries"] == 6 and route["deliveriesKept"] == 3, "all are counted", route)
    first = c.must("Baton.ListDeliveries", routeName="few", maxResults=2)
    rest = c.must("Baton.ListDeliveries", routeName="few", maxResults=2, nextToken=first["nextToken"])
    ids = [d["deliveryId"] for d in first["deliveries"] + rest["deliveries"]]
    check(ids == [d["deliveryId"] for d in shown], "pages", ids)
    c.must("Baton.DeleteRoute", routeName="few")
    until("the deliveries of a deleted route to go", lambda: not c.must("Baton.ListDeliveries", routeName="few")["deliveries"])


def put_start(c, route, machine, **more):
    c.put(route, path="/hooks/%s/{key}" % route, verifier=OPEN, name="job", key="$path.key", messageId="$.headers.x-id",
          start=dict({"stateMachine": machine, "input": {"key": "{% $path.key %}", "body": "{% $body %}"}}, **more))


def take_first(c):
    """Does the activity's oldest task as a worker would; False if it has none now."""
    task = c.states("GetActivityTask", activityArn=ACTIVITY, workerName="w")
    return task.get("taskToken")


def resume_or_start(s):
    """A first message starts, its repetition does not, the next one resumes; then it starts anew."""
    c = Client(s)
    put_start(c, "begin", "wait")
    status, answer = c.hook("/hooks/begin/o-1", {"n": 1}, {"X-Id": "m1"})
    check(status == 200 and answer["status"] == "started", "started", status, answer)
    arn = answer["executionArn"]
    check(json.loads(c.states("DescribeExecution", executionArn=arn)["input"]) == {"key": "o-1", "body": {"n": 1}}, "its input")
    status, again = c.hook("/hooks/begin/o-1", {"n": 1}, {"X-Id": "m1"})
    check(status == 200 and again["executionArn"] == arn and again["duplicate"] is True, "not twice", status, again)
    check(c.states("DescribeExecution", executionArn=arn)["status"] == "RUNNING", "the repetition is no answer")
    status, answer = c.hook("/hooks/begin/o-1", {"n": 2}, {"X-Id": "m2"})
    check(status == 200 and answer["status"] == "accepted", "resumed", status, answer)
    check(json.loads(ended(c, arn)["output"]) == {"n": 2}, "with the second body")
    for identity in ("m1", "m2"):
        status, answer = c.hook("/hooks/begin/o-1", {"n": 9}, {"X-Id": identity})
        check(status == 200 and answer.get("duplicate") is True, "late repetitions start nothing", identity, status, answer)
    status, answer = c.hook("/hooks/begin/o-1", {"n": 3}, {"X-Id": "m3"})
    check(status == 200 and answer["status"] == "started" and answer["executionArn"] != arn, "anew", status, answer)
    # Without message ids the body tells a repetition.
    status, one = c.hook("/hooks/begin/o-2", {"n": 1})
    status, two = c.hook("/hooks/begin/o-2", {"n": 1})
    check(two.get("executionArn") == one["executionArn"] and two["duplicate"] is True, "the same body", one, two)
    # It runs and does not wait yet: the message is kept for the wait that it will open.
    put_start(c, "slow", "work")
    status, answer = c.hook("/hooks/slow/o-3", {"n": 1}, {"X-Id": "m1"})
    arn = answer["executionArn"]
    status, answer = c.hook("/hooks/slow/o-3", {"n": 2}, {"X-Id": "m2"})
    check(status == 202 and answer["status"] == "kept", "kept while it works", status, answer)
    check(len(executions(c, "work")) == 1, "one execution")

    def finish_first():
        token = take_first(c)
        if token:
            c.call("AWSStepFunctions.SendTaskSuccess", taskToken=token, output="{}")
        return c.states("DescribeExecution", executionArn=arn)["status"] != "RUNNING"
    until("the kept message to be taken", finish_first)
    end = c.states("DescribeExecution", executionArn=arn)
    check(end["status"] == "SUCCEEDED", "delivered when it waits", end)
    # What cannot be started says why, and can be replayed.
    put_start(c, "lost", "nowhere")
    status, answer = c.hook("/hooks/lost/o-4", {})
    check(status == 422 and answer["error"] == "StateMachineDoesNotExist", "no such machine", status, answer)
    put_start(c, "lost", "quick", name="{% 'run-' & $path.key %}")
    answer = c.must("Baton.ReplayDeliveries", routeName="lost")
    check([d["verdict"] for d in answer["deliveries"]] == ["started"], "replayed start", answer)
    check([e["name"] for e in executions(c, "quick")] == ["run-o-4"], "its name")


def race(s):
    """Many senders with one key at once: one execution; many answers to one wait: one is accepted."""
    c = Client(s)
    put_start(c, "race", "wait")
    before = len(executions(c, "wait"))
    results = []

    def send(worker):
        mine = Client(s)
        for n in range(10):
            identity = "r-%d" % (n if worker % 2 else worker * 100 + n)
            results.append(mine.hook("/hooks/race/key-%d" % (n % 2), {"w": worker, "n": n}, {"X-Id": identity}))
    threads = [threading.Thread(target=send, args=(w,)) for w in range(8)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    started = {a["executionArn"] for status, a in results if status == 200 and a.get("status") == "started"}
    made = executions(c, "wait")[:len(executions(c, "wait")) - before]
    check(len(results) == 80 and all(status in (200, 202, 409, 410) for status, _ in results), "all are answered",
          [r for r in results if r[0] not in (200, 202, 409, 410)][:3])
    check({e["executionArn"] for e in made} == started, "each start is told", len(made), len(started))
    # An execution that has been answered has ended, and then a new message may start the next: for each
    # one that was answered there is one acceptance.
    accepted = [a for status, a in results if status == 200 and a.get("status") == "accepted" and not a.get("duplicate")]
    over = [e for e in made if e["status"] == "SUCCEEDED"]
    check(len(accepted) <= len(over) <= len(started), "answers", len(accepted), len(over), len(started))
    firsts = [a for status, a in results if status == 200 and a.get("status") == "started" and not a.get("duplicate")]
    check(len(firsts) == len(started), "nobody else was told that it had started one", len(firsts), len(started))


def crash():
    """What was answered before a kill -9 is there afterwards: routes, deliveries, starts, message ids."""
    with Server("--log-level", "warn") as s:
        c = Client(s)
        make_machines(c)
        put_start(c, "begin", "wait")
        c.put("in", path="/hooks/in/{key}", verifier=SCHEMES["stripe"][1], name="job", key="$path.key", outcome=OUTCOME)
        body = json.dumps({"status": "DONE", "value": 5}).encode()
        for turn in range(3):
            key = "k-%d" % turn
            status, answer = c.hook("/hooks/begin/" + key, {"n": 1}, {"X-Id": "m1"})
            check(status == 200 and answer["status"] == "started", "started", turn, status, answer)
            arn = answer["executionArn"]
            status, early = c.hook("/hooks/in/early-" + key, body, sign_stripe(body, int(time.time())))
            check(status == 202, "early", turn, status, early)
            s.kill()
            s.start()
            status, again = c.hook("/hooks/begin/" + key, {"n": 1}, {"X-Id": "m1"})
            check(status == 200 and again["executionArn"] == arn and again["duplicate"] is True, "not twice after a crash", again)
            status, answer = c.hook("/hooks/begin/" + key, {"n": 2}, {"X-Id": "m2"})
            check(status == 200 and answer["status"] == "accepted", "resumed after a crash", turn, status, answer)
            s.kill()
            s.start()
            check(json.loads(ended(c, arn)["output"]) == {"n": 2}, "the answer is there", turn)
            status, answer = c.hook("/hooks/begin/" + key, {"n": 2}, {"X-Id": "m2"})
            check(status == 200 and answer.get("duplicate") is True, "and is recognised", turn, answer)
            arn = start(c, "wait", "early-" + key)
            check(json.loads(ended(c, arn)["output"]) == {"value": 5}, "the early one is delivered", turn)
        check(len(executions(c, "wait")) == 6, "as many executions as were started", len(executions(c, "wait")))
        check(count(c, "begin", "started") == 3 and count(c, "in", "kept") == 3, "the deliveries are there")

        # Killed in the middle of many: each start that was answered is there, none is there twice.
        told = {}

        def send(worker):
            mine = Client(s)
            for n in range(1000):
                key = "w%d-%d" % (worker, n)
                try:
                    status, answer = mine.hook("/hooks/begin/" + key, {"n": n}, {"X-Id": key})
                except (http.client.HTTPException, OSError):
                    return
                if status == 200:
                    told[key] = answer["executionArn"]
        threads = [threading.Thread(target=send, args=(w,)) for w in range(4)]
        for t in threads:
            t.start()
        until("some starts", lambda: len(told) > 40)
        s.kill()
        for t in threads:
            t.join()
        s.start()
        c = Client(s)
        for key, arn in sorted(told.items()):
            status, answer = c.hook("/hooks/begin/" + key, {"n": 0}, {"X-Id": key})
            check(status == 200 and answer["executionArn"] == arn and answer["duplicate"] is True, "told before the crash", key, answer)


def command_line(s):
    """baton routes, baton deliveries, baton serve --config."""
    def baton(*args, **more):
        env = dict(os.environ, BATON_ENDPOINT=s.endpoint, ROUTE_SECRET="shh")
        result = subprocess.run([BATON, *args], env=env, text=True, timeout=DEADLINE_S, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        return result.returncode, result.stdout

    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "routes.yaml")
        with open(path, "w") as h:
            h.write("routes:\n  yaml:\n    path: /hooks/yaml/{key}\n    verifier: {type: bearer, secret: {env: ROUTE_SECRET}}\n"
                    "    name: job\n    key: $path.key\n    outcome:\n      value: $.body.ok\n      success: [true]\n")
        code, text = baton("routes", "put", path)
        check(code == 0 and "/hooks/yaml/{key}" in text, "put", code, text)
        code, text = baton("routes")
        check(code == 0 and "/hooks/yaml/{key}" in text and "bearer" in text and "shh" not in text, "list", text)
        code, text = baton("routes", "show", "yaml")
        check(code == 0 and '"***"' in text and "shh" not in text, "show", text)
        c = Client(s)
        status, _ = c.hook("/hooks/yaml/cli", {"ok": "yes"}, {"Authorization": "Bearer shh"})
        check(status == 422, "not understood", status)
        code, text = baton("deliveries", "--route", "yaml", "--verdict", "unusable")
        check(code == 0 and "yaml/" in text, "deliveries", text)
        identity = next(w for w in text.split() if w.startswith("yaml/"))
        code, text = baton("deliveries", "show", identity)
        check(code == 0 and '"authorization": "***"' in text, "show a delivery", text)
        code, text = baton("deliveries", "replay", "yaml", "--dry-run")
        check(code == 0 and "would be unusable" in text, "dry run", text)
        test = os.path.join(folder, "test.yaml")
        with open(test, "w") as h:
            h.write("routeName: yaml\nrequest:\n  path: /hooks/yaml/cli\n  body: {ok: true}\n")
        code, text = baton("routes", "test", test)
        check(code == 0 and '"outcome": "success"' in text and '"key": "cli"' in text, "test", code, text)
        code, text = baton("routes", "delete", "yaml")
        check(code == 0, "delete", text)

        # The server's own file: the routes are there before it says that it listens, and go with the file.
        config = os.path.join(folder, "baton.yaml")

        def write(text):
            with open(config, "w") as h:
                h.write(text)
        one = "  one:\n    path: /hooks/one\n    verifier: {type: none, anybodyWhoKnowsTheKeyMayAnswer: true}\n    name: job\n    key: one\n"
        write("log-level: warn\nroutes:\n" + one)
        with Server("--config", config) as other:
            c = Client(other)
            status, answer = c.hook("/hooks/one", {})
            check(status == 202, "a route of the file", status, answer)
            c.put("mine", path="/hooks/mine", verifier=OPEN, name="job", key="mine")
            other.stop()
            write("routes:\n" + one.replace("/one", "/two").replace(" one:", " two:"))
            other.start()
            c = Client(other)
            found = [c.hook("/hooks/" + n, {"n": n})[0] for n in ("one", "two", "mine")]
            check(found == [404, 202, 202], "another file", found)
            other.stop()
            write("routes:\n" + one + "    colour: 1\n")
            code, text = baton("serve", "--config", config, "--data", other.data, "--listen", "127.0.0.1:0")
            check(code == 1 and "routes: one: route: there is no setting 'colour'" in text, "a wrong file", code, text)
            write("callbacks:\n  job: {mailboxTtl: 5}\n")
            code, text = baton("serve", "--config", config, "--data", other.data, "--listen", "127.0.0.1:0")
            check(code == 1 and "callbacks: job: there is no setting 'mailboxTtl'" in text, "a wrong setting of a name", code, text)
            write("routes: [1\n")
            code, text = baton("serve", "--config", config, "--data", other.data)
            check(code == 2 and "baton.yaml: line " in text, "no YAML", code, text)


def main():
    with Server("--log-level", "warn") as s:
        make_machines(Client(s))
        for test in (schemes, answers, mapping, challenge, rotation, replay, bounds, resume_or_start, race, command_line):
            test_named = lambda test=test: test(s)  # noqa: E731
            test_named.__name__ = test.__name__
            case(test_named)
    case(crash)
    done()


if __name__ == "__main__":
    main()
