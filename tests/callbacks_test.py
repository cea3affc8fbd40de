#!/usr/bin/env python3
"""The callback door of a real server: links, keys, mailbox, pages, operators.

Every case runs twice: once as it stands, and once with a kill -9 and a restart at each `settle()`, so
that what has been acknowledged is shown to be durable. Nothing is assumed to have happened already: it
is awaited. No upper bound of time is checked.
"""
import http.client
import json
import os
import random
import re
import resource
import selectors
import socket
import subprocess
import sys
import time
import urllib.parse

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import check as counting  # noqa: E402
from check import check, done  # noqa: E402
import server as fixture  # noqa: E402

ROLE = "arn:aws:iam::000000000000:role/test"
ACTIVITY = "arn:aws:states:us-east-1:000000000000:activity:people"
# A state that waits without a worker, so that its timeout counts from the start.
EVENT = {"Resource": "arn:aws:states:::events:putEvents.waitForTaskToken",
         "Parameters": {"Entries": [{"Source": "test", "DetailType": "ask", "Detail": {}}]}}
OPEN_NAME = {"type": "none", "anybodyWhoKnowsTheKeyMayAnswer": True}
ISO_TIME = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$"
DEADLINE_S = float(os.environ.get("DEADLINE_S", 120))  # of anything that is awaited


CASES = []


def case(function):
    CASES.append(function)
    return function


class Reply:
    def __init__(self, answer):
        self.status, self.headers, self.text = answer.status, answer.headers, answer.read().decode()

    @property
    def json(self):
        return json.loads(self.text)

    def __repr__(self):
        return "%d %s" % (self.status, self.text[:300])


class World:
    """A server, and what its users do. `crashes`: it is killed and started again at each settle()."""

    def __init__(self, server, crashes):
        self.server, self.crashes, self.count = server, crashes, 0

    def settle(self):
        if self.crashes:
            self.server.kill()
            self.server.start()

    def new(self, prefix):
        self.count += 1
        return "%s-%d-%d" % (prefix, self.crashes, self.count)

    # ---- HTTP ----

    def http(self, method, path, body=None, **headers):
        connection = http.client.HTTPConnection("127.0.0.1", self.server.port, timeout=DEADLINE_S)
        try:
            headers = {k.replace("_", "-"): v for k, v in headers.items()}
            if body is not None and not isinstance(body, (str, bytes)):
                body = json.dumps(body)
                headers.setdefault("Content-Type", "application/json")
            connection.request(method, urllib.parse.urlsplit(path)._replace(scheme="", netloc="").geturl(), body, headers)
            return Reply(connection.getresponse())
        finally:
            connection.close()

    def form(self, path, **fields):
        return self.http("POST", path, urllib.parse.urlencode(fields), Accept="text/html", Content_Type="application/x-www-form-urlencoded")

    def call(self, operation, **params):
        service, name = operation.split(".") if "." in operation else ("AWSStepFunctions", operation)
        return self.http("POST", "/", params, X_Amz_Target=service + "." + name, Content_Type="application/x-amz-json-1.0")

    def must(self, operation, **params):
        reply = self.call(operation, **params)
        if reply.status != 200:
            raise RuntimeError("%s: %r" % (operation, reply))
        return reply.json

    def baton(self, *args, status=0):
        ran = subprocess.run([fixture.BATON, *args], text=True, capture_output=True, timeout=DEADLINE_S,
                             env=dict(os.environ, BATON_ENDPOINT=self.server.endpoint))
        check(ran.returncode == status, "exit status of baton " + " ".join(args), ran.returncode, ran.stdout, ran.stderr)
        return ran.stdout + ran.stderr

    # ---- workflows ----

    def machine(self, callback=None, **task):
        """A machine whose only state waits for people; its ARN."""
        state = {"Type": "Task", "Resource": ACTIVITY, "End": True, **task}
        if callback is not None:
            state["Callback"] = callback
        return self.deploy({"StartAt": "Ask", "States": {"Ask": state}})

    def deploy(self, definition):
        return self.must("CreateStateMachine", name=self.new("m"), roleArn=ROLE, definition=json.dumps(definition))["stateMachineArn"]

    def start(self, machine, **given):
        return self.must("StartExecution", stateMachineArn=machine, input=json.dumps(given))["executionArn"]

    def waits(self, machine, count=1, **more):
        """The open waits of the machine, as soon as there are that many."""
        def found():
            rows = self.must("Baton.ListWaits", filter={"stateMachineArn": machine, **more})["waits"]
            return rows if len(rows) >= count else None
        return self.until(found, "waits of " + machine)

    def wait(self, machine):
        """All about the only wait of the machine."""
        return self.must("Baton.DescribeWait", taskToken=self.waits(machine)[0]["taskToken"])

    def asked(self, callback=None, given=None, **task):
        """Starts an execution that waits: its ARN, and all about its wait."""
        machine = self.machine(callback, **task)
        execution = self.start(machine, **(given or {}))
        return execution, self.wait(machine)

    def ended(self, execution):
        def found():
            described = self.must("DescribeExecution", executionArn=execution)
            return described if described["status"] != "RUNNING" else None
        return self.until(found, "the end of " + execution)

    def output(self, execution):
        described = self.ended(execution)
        check(described["status"] == "SUCCEEDED", "the execution succeeds", described)
        return json.loads(described.get("output", "null"))

    def running(self, execution):
        check(self.must("DescribeExecution", executionArn=execution)["status"] == "RUNNING", "it still waits", execution)

    def until(self, found, what):
        end = time.monotonic() + DEADLINE_S
        while time.monotonic() < end:
            result = found()
            if result:
                return result
            time.sleep(0.02)
        raise RuntimeError("awaited in vain: " + what)


def path_of(url):
    return urllib.parse.urlsplit(url).path


# ---- 1: one waiter, two faces ----

@case
def the_first_answer_counts_and_its_repetition_is_told_so(w):
    execution, wait = w.asked({})
    w.settle()
    first = w.http("POST", wait["callbackUrl"], {"ok": 1})
    check(first.status == 200 and first.json["status"] == "accepted" and "duplicate" not in first.json, "accepted", first)
    w.settle()
    again = w.http("POST", wait["callbackUrl"], {"ok": 1})
    check(again.status == 200 and again.json["duplicate"] is True, "the same again", again)
    other = w.http("POST", wait["callbackUrl"], {"ok": 2})
    check(other.status == 409 and other.json["error"] == "AlreadyDecided" and other.json["decided"]["at"], "a different one", other)
    failure = w.http("POST", wait["callbackUrl"] + "/failure", {"error": "No"})
    check(failure.status == 409, "a failure afterwards", failure)
    check(w.output(execution) == {"ok": 1}, "the first counts")
    late = w.call("SendTaskSuccess", taskToken=wait["taskToken"], output='{"ok":1}')
    check(late.status == 400 and late.json["__type"] == "TaskTimedOut"
          and late.json["message"] == "Task Timed Out: 'Provided task does not exist anymore'", "AWS's face has AWS's error", late)


@case
def a_message_id_tells_a_repetition_whatever_its_body(w):
    for header in ("Idempotency-Key", "webhook-id", "X-Message-Id"):
        execution, wait = w.asked({})
        w.settle()
        first = w.http("POST", wait["callbackUrl"], {"at": 1}, **{header: "m-1"})
        check(first.status == 200, header, first)
        w.settle()
        again = w.http("POST", wait["callbackUrl"], {"at": 2}, **{header: "m-1"})
        check(again.status == 200 and again.json["duplicate"] is True, header + " again", again)
        other = w.http("POST", wait["callbackUrl"], {"at": 1}, **{header: "m-2"})
        check(other.status in (200, 409), header + " another", other)
        check(w.output(execution) == {"at": 1}, "the first counts")


@case
def an_answer_of_the_aws_api_is_known_here_too(w):
    execution, wait = w.asked({})
    w.must("SendTaskSuccess", taskToken=wait["taskToken"], output='{"by":"api"}')
    w.settle()
    other = w.http("POST", wait["callbackUrl"], {"by": "link"})
    check(other.status == 409 and other.json["error"] == "AlreadyDecided", "decided through the API", other)
    check(w.output(execution) == {"by": "api"}, "the first counts")


@case
def late_answers_are_told_why(w):
    execution, wait = w.asked({}, TimeoutSeconds=1, **EVENT)
    w.ended(execution)
    w.settle()
    late = w.http("POST", wait["callbackUrl"], {})
    check(late.status == 410 and late.json["error"] == "TimedOut", "after a timeout", late)
    execution, wait = w.asked({})
    w.must("StopExecution", executionArn=execution)
    w.settle()
    late = w.http("POST", wait["callbackUrl"], {})
    check(late.status == 410 and late.json["error"] == "Stopped", "after a stop", late)
    check(w.http("GET", wait["callbackUrl"], Accept="text/html").status == 410, "the page says so too")


@case
def what_is_unknown_or_forged_is_not_found(w):
    execution, wait = w.asked({})
    path = path_of(wait["callbackUrl"])
    check(len(path) <= 64 and re.fullmatch(r"/c/[A-Za-z0-9_-]+", path), "a link fits into a button", path)
    for at in (5, 12, 20, 30, len(path) - 1):
        forged = path[:at] + ("A" if path[at] != "A" else "B") + path[at + 1:]
        check(w.http("POST", forged, {}).status == 404, "forged", forged)
        check(w.http("GET", forged).status == 404, "forged, GET")
    for other in ("/c/", "/c/x", path + "x", path[:-1], path + "/a/b", "/c/" + "A" * 52):
        check(w.http("POST", other, {}).status in (403, 404), "no link", other)
    w.running(execution)


@case
def failures_and_heartbeats(w):
    execution, wait = w.asked({}, HeartbeatSeconds=600)
    beat = w.http("POST", wait["callbackUrl"] + "/heartbeat")
    check(beat.status == 200 and beat.json["status"] == "heartbeat", "heartbeat", beat)
    w.settle()
    failed = w.http("POST", wait["callbackUrl"] + "/failure", {"error": "Declined", "cause": "too much"})
    check(failed.status == 200, "failure", failed)
    w.settle()
    described = w.ended(execution)
    check((described["error"], described["cause"]) == ("Declined", "too much"), "error and cause", described)
    beat = w.http("POST", wait["callbackUrl"] + "/heartbeat")
    check(beat.status in (409, 410), "a heartbeat for nobody", beat)


@case
def bodies_that_cannot_be_read_change_nothing(w):
    execution, wait = w.asked({})
    url = wait["callbackUrl"]
    check(w.http("POST", url, "{oops").json["error"] == "InvalidBody", "no JSON")
    check(w.http("POST", url, b"--x", Content_Type="multipart/form-data; boundary=x").status == 415, "multipart")
    check(w.http("POST", url + "/failure", "[]").status == 400, "a failure is an object")
    check(w.http("POST", url + "/failure", {"error": 5}).status == 400, "its error is a text")
    check(w.http("POST", url, json.dumps("x" * 300000)).status == 413, "too large")
    check(w.http("POST", url, {}, Idempotency_Key="x" * 300).status == 400, "an id that is too long")
    for method in ("PUT", "DELETE", "PATCH"):
        refused = w.http(method, url, "{}")
        check(refused.status == 405 and refused.headers["Allow"] == "GET, HEAD, POST, OPTIONS", method, refused)
    w.running(execution)
    check(w.http("POST", url, '{"a":1}', Content_Type="application/x-www-form-urlencoded").status == 200, "curl -d")
    check(w.output(execution) == {"a": 1}, "is JSON")


# ---- 2: links ----

OUTCOMES = {"Outcomes": {"approve": {"Label": "Approve"}, "reject": {"Label": "Reject", "Error": "Rejected", "Cause": "by a person"}}}


@case
def an_outcome_is_inside_the_signature(w):
    execution, wait = w.asked(OUTCOMES)
    links = wait["callbackUrls"]
    check(sorted(links) == ["approve", "reject"] and len({path_of(u) for u in links.values()}) == 2, "a link each", links)
    w.settle()
    for url in (links["approve"] + "/reject", links["approve"] + "/failure"):
        refused = w.http("POST", url, {})
        check(refused.status == 403, "an approving link cannot reject", refused)
    refused = w.form(links["approve"], outcome="reject")
    check(refused.status == 403, "nor by its form", refused)
    w.running(execution)
    check(w.http("POST", links["reject"]).status == 200, "reject")
    w.settle()
    described = w.ended(execution)
    check((described["error"], described["cause"]) == ("Rejected", "by a person"), "the outcome's error", described)
    other = w.http("POST", links["approve"])
    check(other.status == 409 and other.json["decided"]["outcome"] == "reject", "too late to approve", other)


@case
def outcomes_by_path_and_their_output(w):
    execution, wait = w.asked({"Outcomes": {"yes": {"Output": {"decision": "Y"}}, "no": {"Error": "No"}}})
    check(w.http("POST", wait["callbackUrl"] + "/maybe", {}).status == 404, "no such outcome")
    check(w.http("POST", wait["callbackUrl"] + "/yes", {"x": 1}).status == 200, "by its path")
    check(w.output(execution) == {"decision": "Y"}, "the outcome's output")
    execution, wait = w.asked({})
    check(w.http("POST", wait["callbackUrl"] + "/approve", {"x": 1}).status == 200, "an outcome by default")
    output = w.output(execution)
    check(output["outcome"] == "approve" and output["output"] == {"x": 1}, "what has been said", output)


@case
def links_that_expire(w):
    execution, wait = w.asked({"LinkExpirySeconds": 1}, Parameters={"url.$": "$$.Task.CallbackUrl"})
    task = w.must("GetActivityTask", activityArn=ACTIVITY)
    while json.loads(task["input"]).get("url") is None or task["taskToken"] != wait["taskToken"]:
        task = w.must("GetActivityTask", activityArn=ACTIVITY)
    url = json.loads(task["input"])["url"]
    w.until(lambda: w.http("GET", url).status == 410, "the link's expiry")
    w.settle()
    refused = w.http("POST", url, {})
    check(refused.status == 410 and refused.json["error"] == "Expired", "expired", refused)
    w.running(execution)


@case
def links_are_revoked(w):
    execution, wait = w.asked(OUTCOMES)
    links = wait["callbackUrls"]
    w.must("Baton.RevokeLinks", taskToken=wait["taskToken"], outcome="approve")
    w.settle()
    refused = w.http("POST", links["approve"])
    check(refused.status == 410 and refused.json["error"] == "Revoked", "one outcome is revoked", refused)
    page = w.http("GET", links["approve"], Accept="text/html")
    check(page.status == 410 and "no longer valid" in page.text and "Ask" not in page.text, "its page says no more than that", page)
    check(w.http("GET", links["reject"]).status == 200, "the other one is good")
    w.must("Baton.RevokeLinks", taskToken=wait["taskToken"])
    w.settle()
    for url in (links["reject"], wait["callbackUrl"]):
        check(w.http("POST", url).status == 410, "all are revoked")
    w.must("SendTaskSuccess", taskToken=wait["taskToken"], output="{}")
    w.ended(execution)


@case
def link_keys_rotate_with_overlap(w):
    execution, old = w.asked({})
    keys = w.must("Baton.RotateLinkKey")["keys"]
    signing = [k for k in keys if k["status"] == "SIGNING"]
    check(len(signing) == 1, "one key signs", keys)
    w.settle()
    other, new = w.asked({})
    check(w.http("GET", old["callbackUrl"]).status == 200, "a link of the old key is good")
    before = [k["keyId"] for k in w.must("Baton.ListLinkKeys")["keys"] if k["status"] == "VERIFYING"]
    for key in before:
        w.must("Baton.RetireLinkKey", keyId=key)
    w.settle()
    refused = w.http("POST", old["callbackUrl"], {})
    check(refused.status == 410 and refused.json["error"] == "Revoked", "its key is retired", refused)
    check(w.call("Baton.RetireLinkKey", keyId=signing[0]["keyId"]).status != 200, "the key that signs stays")
    check(w.http("POST", new["callbackUrl"], {}).status == 200, "the new one answers")
    w.ended(other)
    w.must("StopExecution", executionArn=execution)


@case
def a_link_outlives_the_attempt(w):
    machine = w.machine({}, Retry=[{"ErrorEquals": ["Again"], "IntervalSeconds": 1, "MaxAttempts": 2}])
    execution = w.start(machine)
    first = w.wait(machine)
    w.must("SendTaskFailure", taskToken=first["taskToken"], error="Again")
    def tried_again():
        rows = w.must("Baton.ListWaits", filter={"stateMachineArn": machine})["waits"]
        return rows and rows[0]["taskToken"] != first["taskToken"]
    w.until(tried_again, "the second attempt")
    w.settle()
    answered = w.http("POST", first["callbackUrl"], {"n": 2})
    check(answered.status == 200 and answered.json["status"] == "accepted", "the link of the first attempt", answered)
    check(w.output(execution) == {"n": 2}, "answers the second")


@case
def an_answer_by_link_between_two_attempts(w):
    machine = w.machine({"Code": "1234"}, **EVENT, TimeoutSeconds=1,
                        Retry=[{"ErrorEquals": ["States.Timeout"], "IntervalSeconds": 4, "MaxAttempts": 1}])
    execution = w.start(machine)
    url = w.wait(machine)["callbackUrls"]["reject"]
    w.until(lambda: not w.must("Baton.ListWaits", filter={"stateMachineArn": machine})["waits"], "the first attempt's end")
    refused = w.http("POST", url)
    check(refused.status == 403 and refused.json["error"] == "WrongCode", "not without the code", refused)
    kept = w.http("POST", url, X_Callback_Code="1234")
    check(kept.status in (200, 202), "kept; if the next attempt is there already, taken", kept)
    w.baton("mailbox")
    w.settle()
    described = w.ended(execution)
    check(described["error"] == "Rejected", "it decides what its link stands for", described)


@case
def a_page_between_two_attempts(w):
    name = name_with_verifier(w)
    machine = w.machine({"Name": name, "Key": "k"}, **EVENT, TimeoutSeconds=1,
                        Retry=[{"ErrorEquals": ["States.Timeout"], "IntervalSeconds": 3600}])
    execution = w.start(machine)
    url = w.wait(machine)["callbackUrl"]
    w.until(lambda: not w.must("Baton.ListWaits", filter={"stateMachineArn": machine})["waits"], "the first attempt's end")
    w.settle()
    page = w.http("GET", url, Accept="text/html")
    check(page.status == 200 and "<form" in page.text and "it asks again at" in page.text, "its page still asks", page.text)
    for address in (url, "/callbacks/%s/k" % name):
        shown = w.http("GET", address, Accept="application/json")
        check(shown.status == 200 and shown.json["status"] == "waiting" and shown.json["asksAgain"], "as data", shown)
    check(w.form(url, outcome="approve").status == 303, "its form is taken")
    w.settle()
    page = w.http("GET", url, Accept="text/html")
    check(page.status == 200 and "<form" not in page.text and "when it asks again" in page.text, "and remembered", page.text)
    check(w.http("GET", url, Accept="application/json").json["status"] == "kept", "as data")
    w.must("StopExecution", executionArn=execution)
    check(w.http("GET", url).status == 410, "nobody asks again")


# ---- 3: keys ----

def name_with_verifier(w, **settings):
    name = w.new("name")
    w.must("Baton.PutCallbackName", name=name, verifier=OPEN_NAME, **settings)
    return name


@case
def a_key_of_the_input(w):
    name = name_with_verifier(w)
    execution, wait = w.asked({"Name": name, "Key.$": "$.order"}, {"order": "a/b 17"})
    check((wait["name"], wait["key"]) == (name, "a/b 17"), "it is known by its key", wait)
    w.settle()
    url = "/callbacks/%s/a%%2Fb%%2017" % name
    shown = w.http("GET", url)
    check(shown.status == 200 and shown.json["status"] == "waiting", "who waits", shown)
    check(w.http("GET", "/callbacks/%s/other" % name).status == 404, "nobody waits for another")
    answered = w.http("POST", url, {"paid": True})
    check(answered.status == 200 and answered.json["status"] == "accepted", "by key", answered)
    w.settle()
    check(w.output(execution) == {"paid": True}, "output")
    again, other = w.http("POST", url, {"paid": True}), w.http("POST", url, {"paid": False})
    check(again.status == 200 and again.json["duplicate"] is True, "again", again)
    check(other.status == 409, "different", other)


@case
def a_key_of_the_response(w):
    """The valuationReference of seed 000: known only from what the partner has answered."""
    name = name_with_verifier(w)
    queue = w.must("AmazonSQS.CreateQueue", QueueName=w.new("q"))["QueueUrl"]
    state = {"Type": "Task", "Resource": "arn:aws:states:::sqs:sendMessage.waitForTaskToken", "End": True,
             "Parameters": {"QueueUrl": queue, "MessageBody": "hello"},
             "Callback": {"Name": name, "Key.$": "$$.Task.Response.MessageId"}}
    machine = w.deploy({"StartAt": "Ask", "States": {"Ask": state}})
    execution = w.start(machine)
    message = w.must("AmazonSQS.ReceiveMessage", QueueUrl=queue, WaitTimeSeconds=20)["Messages"][0]
    w.settle()
    answered = w.http("POST", "/callbacks/%s/%s" % (name, message["MessageId"]), {"value": 1})
    check(answered.status == 200 and answered.json["status"] == "accepted", "by the message's id", answered)
    check(w.output(execution) == {"value": 1}, "output")


@case
def a_taken_key(w):
    name = name_with_verifier(w)
    machine = w.machine({"Name": name, "Key": "same"})
    holder = w.start(machine)
    w.waits(machine)
    w.settle()
    second = w.ended(w.start(machine))
    check(second["error"] == "Callback.KeyTaken" and holder in second["cause"], "it is told who holds the key", second)
    check(w.http("POST", "/callbacks/%s/same" % name, {}).status == 200, "the holder gets it")
    w.ended(holder)


@case
def first_and_all(w):
    name = name_with_verifier(w)
    machine = w.machine({"Name": name, "Key": "line", "OnDuplicateKey": "FIRST"})
    line = []
    for i in range(3):
        line.append(w.start(machine, i=i))
        w.waits(machine, i + 1)
    w.settle()
    for i, execution in enumerate(line):
        check(w.http("POST", "/callbacks/%s/line" % name, {"i": i}).status == 200, "one after the other")
        check(w.output(execution) == {"i": i}, "in the order of arrival", i)
    machine = w.machine({"Name": name, "Key": "crowd", "OnDuplicateKey": "ALL"})
    crowd = [w.start(machine) for _ in range(3)]
    w.waits(machine, 3)
    w.settle()
    check(w.http("POST", "/callbacks/%s/crowd" % name, {"all": 1}).status == 200, "all at once")
    for execution in crowd:
        check(w.output(execution) == {"all": 1}, "each gets it")


@case
def a_token_binds_a_key(w):
    name = name_with_verifier(w)
    execution, wait = w.asked()
    other, rival = w.asked()
    url = "/callbacks/%s/ref-1" % name
    check(w.http("PUT", url, {"token": "nonsense"}).status == 403, "no token of ours")
    check(w.http("PUT", url, {"tok": 1}).status == 400, "no token at all")
    check(w.http("PUT", url, {"token": wait["taskToken"]}).status == 200, "bound")
    w.settle()
    taken = w.http("PUT", url, {"token": rival["taskToken"]})
    check(taken.status == 409 and taken.json["error"] == "KeyTaken" and execution in taken.text, "taken", taken)
    check(w.http("PUT", url, {"token": wait["taskToken"]}).status == 200, "bound to it already")
    w.settle()
    check(w.http("POST", url, {"r": 1}).status == 200, "answered")
    check(w.output(execution) == {"r": 1}, "output")
    w.must("StopExecution", executionArn=other)


@case
def a_guessable_key_needs_a_verifier(w):
    name = w.new("name")
    execution, _ = w.asked({"Name": name, "Key": "17"})
    url = "/callbacks/%s/17" % name
    for method in ("GET", "POST"):
        refused = w.http(method, url, "{}")
        check(refused.status == 403 and refused.json["error"] == "NoVerifier", "no settings", refused)
    check(w.call("Baton.PutCallbackName", name=name, verifier={"type": "none"}).status == 400, "in plain words or not at all")
    w.must("Baton.PutCallbackName", name=name, verifier={"type": "bearer", "secret": "sesame-0123456789"})
    w.settle()
    for headers in ({}, {"Authorization": "Bearer wrong"}):
        refused = w.http("POST", url, {}, **headers)
        check(refused.status == 401 and refused.json["error"] == "Unauthorized", "not proven", refused)
    shown = w.must("Baton.DescribeCallbackName", name=name)
    check("sesame" not in json.dumps(shown) and shown["verifier"]["secret"] == "***", "the secret is not shown", shown)
    w.running(execution)
    check(w.http("POST", url, {}, Authorization="Bearer sesame-0123456789").status == 200, "proven")
    w.ended(execution)
    names = [n["name"] for n in w.must("Baton.ListCallbackNames", maxResults=1000)["names"]]
    check(name in names, "listed")
    w.must("Baton.DeleteCallbackName", name=name)
    check(w.http("POST", url, {}).status == 403, "deleted")


# ---- 4: the mailbox ----

@case
def an_early_answer_waits_for_its_waiter(w):
    name = name_with_verifier(w)
    url = "/callbacks/%s/early" % name
    for i in (1, 2):
        kept = w.http("POST", url, {"i": i}, Idempotency_Key="m-%d" % i)
        check(kept.status == 202 and kept.json["status"] == "kept" and kept.json["until"], "kept", kept)
    w.settle()
    again = w.http("POST", url, {"i": 1}, Idempotency_Key="m-1")
    check(again.status in (200, 202) and again.json.get("duplicate") is True, "kept already", again)
    entries = w.must("Baton.ListMailbox", name=name)["entries"]
    check([e["answer"]["messageId"] for e in entries] == ["m-1", "m-2"], "visible, in order", entries)
    check(re.match(ISO_TIME, entries[0]["answer"]["at"]) and not {"v", "digest"} & set(entries[0]["answer"]), "as people read it", entries)
    machine = w.machine({"Name": name, "Key": "early"})
    for i in (1, 2):
        check(w.output(w.start(machine)) == {"i": i}, "delivered in order, as the wait opens", i)
        w.settle()
    check(w.must("Baton.ListMailbox", name=name)["entries"] == [], "the mailbox is empty")
    again = w.http("POST", url, {"i": 1}, Idempotency_Key="m-1")
    check(again.status == 200 and again.json["duplicate"] is True, "a message id outlives its delivery", again)


@case
def the_mailbox_is_in_operators_hands(w):
    name = name_with_verifier(w)
    for key in ("wrong", "spare"):
        check(w.http("POST", "/callbacks/%s/%s" % (name, key), {"for": key}).status == 202, "kept")
    execution, _ = w.asked({"Name": name, "Key": "right"})
    w.settle()
    dry = w.must("Baton.RekeyMailbox", name=name, key="wrong", newKey="right", dryRun=True)
    check(dry["entries"][0]["status"] == "matched", "dry run", dry)
    w.running(execution)
    w.must("Baton.RekeyMailbox", name=name, key="wrong", newKey="right")
    w.settle()
    check(w.output(execution) == {"for": "wrong"}, "it has found its waiter")
    w.must("Baton.DropMailbox", name=name, key="spare")
    w.settle()
    check(w.must("Baton.ListMailbox", name=name)["entries"] == [], "dropped")
    check(w.call("Baton.DropMailbox", name=name, key="spare").status == 400, "nothing left to drop")


@case
def a_mailbox_has_bounds(w):
    name = name_with_verifier(w, mailboxEntriesMax=2)
    for i in range(2):
        check(w.http("POST", "/callbacks/%s/k%d" % (name, i), {}).status == 202, "kept")
    w.settle()
    full = w.http("POST", "/callbacks/%s/k3" % name, {})
    check(full.status == 429 and full.headers["Retry-After"] and full.json["error"] == "MailboxFull", "full", full)
    name = name_with_verifier(w, mailboxTtlSeconds=0)
    none = w.http("POST", "/callbacks/%s/k" % name, {})
    check(none.status == 404, "a name without a mailbox", none)
    strays = w.must("Baton.ListMailbox", name=name)["strays"]
    check([s["key"] for s in strays] == ["k"] and re.match(ISO_TIME, strays[0]["at"]), "but visible", strays)
    name = name_with_verifier(w, mailboxTtlSeconds=1)
    check(w.http("POST", "/callbacks/%s/short" % name, {}).status == 202, "kept for a second")
    w.until(lambda: w.must("Baton.DescribeCallbackName", name=name)["mailboxDropped"] == 1, "its drop is visible")
    w.settle()
    check(w.must("Baton.ListMailbox", name=name)["entries"] == [], "it is gone")


# ---- 5: many at once ----

def race(w, path, bodies):
    """Sends all the bodies to the path, each on a connection of its own, as nearly at once as can be:
    everything but the last byte first. Returns the answers; None where the connection broke."""
    sockets, selector, answers = [], selectors.DefaultSelector(), [None] * len(bodies)
    for body in bodies:
        s = socket.create_connection(("127.0.0.1", w.server.port), timeout=DEADLINE_S)
        text = "POST %s HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nConnection: close\r\nContent-Length: %d\r\n\r\n%s" % (
            path, len(body), body)
        s.sendall(text[:-1].encode())
        sockets.append((s, text[-1].encode()))
    order = list(range(len(bodies)))
    random.shuffle(order)
    for i in order:
        s, last = sockets[i]
        try:
            s.sendall(last)
        except OSError:
            pass
        s.setblocking(False)
        selector.register(s, selectors.EVENT_READ, (i, bytearray()))
    if w.crashes:
        w.settle()
    left, end = len(bodies), time.monotonic() + DEADLINE_S
    while left and time.monotonic() < end:
        for key, _ in selector.select(1):
            i, got = key.data
            try:
                piece = key.fileobj.recv(65536)
            except OSError:
                piece = b""
            got += piece
            if not piece:
                selector.unregister(key.fileobj)
                key.fileobj.close()
                left -= 1
                head, _, body = got.partition(b"\r\n\r\n")
                if body:
                    answers[i] = (int(head.split()[1]), json.loads(body))
    check(left == 0, "every connection has ended", left)
    return answers


def racers():
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, 8192), hard))
    return min(1000, resource.getrlimit(resource.RLIMIT_NOFILE)[0] - 200)


@case
def exactly_one_of_a_thousand_wins(w):
    name = name_with_verifier(w)
    for by_key in (False, True):
        execution, wait = w.asked({"Name": name, "Key": "race"})
        path = "/callbacks/%s/race" % name if by_key else path_of(wait["callbackUrl"])
        answers = race(w, path, [json.dumps({"i": i}) for i in range(racers())])
        won = [i for i, a in enumerate(answers) if a and a[0] == 200 and not a[1].get("duplicate")]
        others = {a[0] for i, a in enumerate(answers) if a and i not in won}
        check(len(won) <= 1 and (w.crashes or len(won) == 1), "one wins", won)
        check(others <= {409, 408}, "the others are told", others)  # 408: a machine too slow to send it all in time
        if not won:  # the server died before it could say who has won, or before anybody had
            w.http("POST", path, {"i": -1})
        output = w.output(execution)
        check(not won or output == {"i": won[0]}, "whoever was told so has won", won, output)
        name = name_with_verifier(w)


# ---- 6: people ----

@case
def looking_decides_nothing(w):
    execution, wait = w.asked(OUTCOMES)
    for url in [wait["callbackUrl"], *wait["callbackUrls"].values()]:
        for _ in range(20):
            for method in ("GET", "HEAD", "OPTIONS"):
                reply = w.http(method, url, Accept="text/html", Sec_Purpose="prefetch")
                check(reply.status in (200, 204), method, reply)
        check(w.http("HEAD", url).text == "", "HEAD has no body")
    w.settle()
    w.running(execution)
    shown = w.http("GET", wait["callbackUrl"], Accept="application/json")
    check(shown.json["status"] == "waiting" and [o["name"] for o in shown.json["outcomes"]] == ["approve", "reject"], "as JSON", shown)
    w.must("StopExecution", executionArn=execution)


@case
def the_page_asks_and_remembers(w):
    callback = {**OUTCOMES, "Title.$": "$.title", "Show": {"Who": "<b>Ann</b>", "Amount.$": "$.amount"}}
    execution, wait = w.asked(callback, {"title": "Pay <x>?", "amount": 5})
    page = w.http("GET", wait["callbackUrl"], Accept="text/html")
    check("Pay &lt;x&gt;?" in page.text and "&lt;b&gt;Ann&lt;/b&gt;" in page.text and "<dd dir=\"auto\">5</dd>" in page.text, "fields", page.text)
    check("<script" not in page.text, "no script")
    policy = page.headers["Content-Security-Policy"]
    check("default-src 'none'" in policy and "frame-ancestors 'none'" in policy, "policy", policy)
    check((page.headers["Cache-Control"], page.headers["Referrer-Policy"]) == ("no-store", "no-referrer"), "not stored, not named")
    w.settle()
    cross = w.http("POST", wait["callbackUrl"], "outcome=approve", Content_Type="application/x-www-form-urlencoded", Sec_Fetch_Site="cross-site")
    check(cross.status == 403, "a form of another site", cross)
    cross = w.http("POST", wait["callbackUrl"], "{}", Content_Type="text/plain", Sec_Fetch_Site="cross-site")
    check(cross.status == 403 and cross.json["error"] == "CrossSite", "a script of another site", cross)
    check(w.form(wait["callbackUrl"], comment="no outcome").status == 400, "a form without a button")
    w.running(execution)
    sent = w.form(wait["callbackUrl"], outcome="approve", comment="fine <by> me")
    check(sent.status == 303 and sent.headers["Location"] == path_of(wait["callbackUrl"])[3:], "back to the page", sent)
    w.settle()
    page = w.http("GET", wait["callbackUrl"], Accept="text/html")
    check("This is decided" in page.text and "Approve" in page.text and "fine &lt;by&gt; me" in page.text, "what was decided", page.text)
    check("<form" not in page.text, "no button any more")
    second = w.form(wait["callbackUrl"], outcome="reject")
    check(second.status == 409 and "does not count" in second.text, "a second visitor", second.text)
    output = w.output(execution)
    check(output["outcome"] == "approve" and output["comment"] == "fine <by> me", "output", output)


@case
def a_comment_may_be_required(w):
    execution, wait = w.asked({"Comment": "REQUIRED"})
    missing = w.form(wait["callbackUrl"], outcome="approve", comment="  ")
    check(missing.status == 400 and "a comment is needed" in missing.text and "<form" in missing.text, "missing", missing.text)
    w.running(execution)
    check(w.form(wait["callbackUrl"], outcome="approve", comment="because").status == 303, "given")
    w.ended(execution)


@case
def a_code_is_typed(w):
    execution, wait = w.asked({"Code.$": "$.code"}, {"code": "7-7-7"})
    wrong = w.form(wait["callbackUrl"], outcome="approve", code="1")
    check(wrong.status == 403 and "not right" in wrong.text, "wrong", wrong.text)
    w.settle()
    check(w.form(wait["callbackUrl"], outcome="approve", code=" 7-7-7 ").status == 303, "right")
    w.ended(execution)
    execution, wait = w.asked({"Code": "4711"})
    check(w.http("POST", wait["callbackUrl"], {"a": 1}).json["error"] == "WrongCode", "a program needs it, too")
    check(w.http("POST", wait["callbackUrl"], {"a": 1}, X_Callback_Code="4711").status == 200, "and has a header for it")
    w.ended(execution)
    execution, wait = w.asked({"Code": "secret"})
    for i in range(5):
        check(w.form(wait["callbackUrl"], outcome="approve", code=str(i)).status == 403, "wrong")
        w.settle()
    locked = w.form(wait["callbackUrl"], outcome="approve", code="secret")
    check(locked.status == 403 and "Too many wrong codes" in locked.text, "locked", locked.text)
    w.running(execution)
    check("secret" not in json.dumps(w.must("Baton.DescribeWait", taskToken=wait["taskToken"])), "the code is not shown")
    w.must("StopExecution", executionArn=execution)


@case
def a_proxy_says_who_answers(w):
    execution, wait = w.asked({"Identity": {"Header": "X-Forwarded-User"}})
    page = w.http("GET", wait["callbackUrl"], Accept="text/html")
    check(page.status == 403 and "<form" not in page.text, "nobody is signed in", page.text)
    refused = w.http("POST", wait["callbackUrl"] + "/approve", {})
    check(refused.status == 403 and refused.json["error"] == "IdentityMissing", "nor can they answer", refused)
    page = w.http("GET", wait["callbackUrl"], Accept="text/html", X_Forwarded_User="ann@example.org")
    check("You answer as <strong>ann@example.org</strong>" in page.text, "signed in", page.text)
    w.settle()
    check(w.http("POST", wait["callbackUrl"] + "/approve", {}, X_Forwarded_User="ann@example.org").status == 200, "answers")
    check(w.output(execution)["by"] == "ann@example.org", "by")


# ---- operators ----

@case
def one_wait_by_token_key_or_link(w):
    name = name_with_verifier(w)
    for how in ("token", "key", "link"):
        execution, wait = w.asked({"Name": name, "Key": how})
        operand = {"token": wait["taskToken"], "key": name + "/" + how, "link": wait["callbackUrl"]}[how]
        shown = w.baton("waiting", operand)
        check("Ask" in shown and wait["taskToken"] in shown and wait["callbackUrl"] in shown, "one wait", shown)
        check(json.loads(w.baton("waiting", operand, "--json"))["open"] is True, "as JSON")
        check("would be completed" in w.baton("complete", operand, "--dry-run"), "dry run")
        w.running(execution)
        check(w.baton("heartbeat", operand).startswith("alive"), "heartbeat")
        check(w.baton("complete", operand, "--output", '{"by":"hand"}').startswith("completed"), "completed")
        w.settle()
        check(w.baton("complete", operand, "--output", '{"by":"hand"}').startswith("already completed"), "again")
        check("AlreadyDecided" in w.baton("fail", operand, "--error", "No", status=1), "too late")
        check(w.output(execution) == {"by": "hand"}, "output")
        history = w.baton("waiting", operand, "-v")
        check("accepted" in history and "ActivityScheduled" in history and "command line" in history, "beside the history", history)


@case
def waits_are_filtered_and_changed_in_bulk(w):
    name = name_with_verifier(w)
    machine = w.machine({"Name": name, "Key.$": "$.key"}, TimeoutSeconds=100000, **EVENT)
    executions = {key: w.start(machine, key=key) for key in ("eu-1", "eu-2", "us-1")}
    w.waits(machine, 3)
    w.settle()
    short = machine.rsplit(":", 1)[1]
    def listed(*options):
        return sorted(json.loads(r)["key"] for r in w.baton("waiting", "--json", "--machine", short, *options).splitlines())
    check(listed() == ["eu-1", "eu-2", "us-1"], "by machine")
    check(listed("--key", "eu-") == ["eu-1", "eu-2"], "by key")
    check(listed("--name", name, "--state", "Ask") == ["eu-1", "eu-2", "us-1"], "by name and state")
    check(listed("--name", "other") == [] and listed("--state", "Other") == [] and listed("--older", "3d") == [], "none")
    paged = w.must("Baton.ListWaits", maxResults=1, filter={"stateMachineArn": machine})
    rest = w.must("Baton.ListWaits", filter={"stateMachineArn": machine}, nextToken=paged["nextToken"], maxResults=10)
    check(len(paged["waits"]) == 1 and len(rest["waits"]) == 2, "pages")
    check(listed("--name", name, "--key", "eu-") == ["eu-1", "eu-2"], "by name and key")
    check(listed("--name", name, "--key", "eu-1") == ["eu-1"] and listed("--name", name, "--key", "x") == [], "one key, no key")
    check(listed("--name", name, "--key", "eu-", "--older", "3d") == [], "none of that age")
    beginning = {"name": name, "keyPrefix": "eu-"}
    first = w.must("Baton.ListWaits", maxResults=1, filter=beginning)
    second = w.must("Baton.ListWaits", maxResults=1, filter=beginning, nextToken=first["nextToken"])
    check([r["waits"][0]["key"] for r in (first, second)] == ["eu-1", "eu-2"] and not second.get("nextToken"), "pages of keys")
    check("which tasks?" in w.baton("complete", status=2), "all is not the default")
    until = {r["key"]: r["until"] for r in w.waits(machine, 3)}
    check(w.baton("extend", "--machine", short, "--key", "us", "--by", "2h").count(", until 20") == 1, "extended, and until when")
    w.settle()
    after = {r["key"]: r["until"] for r in w.waits(machine, 3)}
    check(abs(after["us-1"] - until["us-1"] - 7200) < 0.01 and after["eu-1"] == until["eu-1"], "two hours later", until, after)
    check(w.baton("fail", "--machine", short, "--key", "eu-", "--error", "Bulk", "--dry-run").count("would be failed") == 2, "dry run")
    check(len(w.waits(machine, 3)) == 3, "changes nothing")
    for option in ("--machine", "--state", "--name", "--key"):
        w.baton("fail", option, "", "--dry-run", status=1)
    check(w.call("Baton.FailWaits", filter={"state": "Ask"}).status == 400, "nor is a mistyped one")
    check(w.baton("fail", "--machine", short, "--key", "eu-", "--error", "Bulk").count("failed: ") == 2, "two fail")
    w.settle()
    check([w.ended(executions[k])["error"] for k in ("eu-1", "eu-2")] == ["Bulk", "Bulk"], "both")
    check("completed" in w.baton("complete", "--machine", short, "--output", "{}"), "the last one")
    w.ended(executions["us-1"])


@case
def a_call_is_sent_again(w):
    queue = w.must("AmazonSQS.CreateQueue", QueueName=w.new("q"))["QueueUrl"]
    state = {"Type": "Task", "Resource": "arn:aws:states:::sqs:sendMessage.waitForTaskToken", "End": True,
             "Parameters": {"QueueUrl": queue, "MessageBody.$": "$$.Task.Token"}}
    machine = w.deploy({"StartAt": "Ask", "States": {"Ask": state}})
    execution = w.start(machine)
    def message():
        return w.must("AmazonSQS.ReceiveMessage", QueueUrl=queue, WaitTimeSeconds=20, VisibilityTimeout=600)["Messages"][0]["Body"]
    token = message()
    w.settle()
    check("sent again" in w.baton("resend", token), "sent again")
    check(message() == token, "with the same token")
    w.must("SendTaskSuccess", taskToken=token, output="{}")
    w.ended(execution)
    execution, wait = w.asked({})
    check("error: " in w.baton("resend", wait["taskToken"], status=1), "an activity sends nothing")
    w.must("StopExecution", executionArn=execution)


@case
def the_commands_for_names_links_and_mailbox(w):
    name = w.new("name")
    put = json.loads(w.baton("callbacks", "put", name, "--verifier", json.dumps(OPEN_NAME), "--mailbox-ttl", "2h"))
    check(put["mailboxTtlSeconds"] == 7200, "put", put)
    check(name in w.baton("callbacks") and json.loads(w.baton("callbacks", "show", name))["name"] == name, "listed, shown")
    check(w.http("POST", "/callbacks/%s/k" % name, {"n": 1}).status == 202, "kept")
    w.settle()
    check(name in w.baton("mailbox") and "k" in w.baton("mailbox", "list", name), "mailbox")
    check('"n": 1' in w.baton("mailbox", "show", name + "/k"), "one in full")
    check("would be dropped" in w.baton("mailbox", "drop", name + "/k", "--dry-run"), "dry run")
    check("re-keyed" in w.baton("mailbox", "rekey", name + "/k", "l"), "re-keyed")
    check("replayed" in w.baton("mailbox", "replay", name + "/l"), "replayed")
    check("dropped" in w.baton("mailbox", "drop", name + "/l"), "dropped")
    check(w.baton("mailbox", "list", name).strip() == "The mailbox is empty.", "empty")
    check("SIGNING" in w.baton("links"), "link keys")
    execution, wait = w.asked({})
    check("revoked" in w.baton("links", "revoke", wait["taskToken"]), "revoked")
    check(w.http("POST", wait["callbackUrl"], {}).status == 410, "void")
    w.must("StopExecution", executionArn=execution)
    check("deleted" in w.baton("callbacks", "delete", name), "deleted")


# ---- 7: more than one answer ----

@case
def a_quorum(w):
    callback = {"Quorum": {"Approve": 2, "Of": ["cfo", "legal", "ops"], "Veto": True}}
    links = "$$.Task.Responders.%s.CallbackUrl"
    parameters = {n + ".$": links % n for n in ("cfo", "legal", "ops")}
    def asked():
        machine = w.machine(callback, Parameters=parameters)
        execution = w.start(machine)
        token = w.waits(machine)[0]["taskToken"]
        task = w.must("GetActivityTask", activityArn=ACTIVITY)
        while task.get("taskToken") != token:
            task = w.must("GetActivityTask", activityArn=ACTIVITY)
        return execution, json.loads(task["input"])
    execution, urls = asked()
    vote = w.form(urls["cfo"], outcome="approve", comment="ok")
    check(vote.status == 303, "a vote", vote)
    w.settle()
    w.running(execution)
    page = w.http("GET", urls["cfo"], Accept="text/html")
    check("Your answer is recorded" in page.text and "<form" not in page.text, "its page", page.text)
    check("<form" in w.http("GET", urls["ops"], Accept="text/html").text, "another one's")
    second = w.http("POST", urls["legal"] + "/approve")
    check(second.status == 200, "the second", second)
    w.settle()
    output = w.output(execution)
    check("cfo" in json.dumps(output) and "legal" in json.dumps(output), "the answers", output)
    late = w.http("POST", urls["ops"] + "/approve")
    check(late.status in (409, 410), "the third is too late", late)
    execution, urls = asked()
    check(w.http("POST", urls["ops"] + "/reject").status == 200, "a veto")
    w.settle()
    check(w.ended(execution)["status"] == "FAILED", "ends it")


# ---- 8: the flight recorder ----

@case
def every_attempt_is_recorded(w):
    execution, wait = w.asked({"Code": "right-code-123"})
    url = wait["callbackUrl"]
    w.form(url, outcome="approve", code="wrong-code-123")
    w.http("POST", url + "/heartbeat")
    w.settle()
    w.form(url, outcome="approve", code="right-code-123")
    w.form(url, outcome="approve", code="right-code-123")
    w.form(url, outcome="reject", code="right-code-123")
    w.call("SendTaskSuccess", taskToken=wait["taskToken"], output="{}")
    w.settle()
    attempts = w.must("Baton.DescribeWait", link=url)["attempts"]
    check(len(attempts) >= 4 and all(a["at"] and a["via"] for a in attempts), "attempts", attempts)
    check({"127.0.0.1"} == {a["peer"] for a in attempts if a.get("peer")}, "from where", attempts)
    for _ in range(40):
        w.http("POST", url, {"no": 1})
    attempts = w.must("Baton.DescribeWait", link=url)["attempts"]
    check(len(attempts) <= 32, "bounded", len(attempts))
    types = [e["type"] for e in w.must("GetExecutionHistory", executionArn=execution, maxResults=1000)["events"]]
    check(types[-1] == "ExecutionSucceeded" and "ActivitySucceeded" in types, "the history is AWS's", types)
    log = w.server.log_text()
    check(wait["taskToken"] not in log and path_of(url)[3:] not in log and "right-code-123" not in log, "no secret in the log")


@case
def the_figures(w):
    execution, _ = w.asked({})
    # There is no number before those from before the start have been counted.
    text = w.until(lambda: (lambda t: t if "baton_waiting_tasks_without_timeout" in t else None)(w.http("GET", "/metrics").text), "the figures")
    check("baton_callbacks_refused_forged_total" in text, "forged ones")
    check(re.search(r"baton_waiting_age_seconds_bucket\{le=\"3600\"\} [1-9]", text), "ages of waits")
    check(re.search(r"baton_waiting_tasks_without_timeout [1-9]", text), "waits that nothing ends")
    check("baton_mailbox_entries" in text, "mailbox")
    w.must("StopExecution", executionArn=execution)


def main():
    wanted = sys.argv[1:]
    for crashes in (False, True):
        with fixture.Server() as server:
            w = World(server, crashes)
            w.must("CreateActivity", name="people")
            for function in CASES:
                if wanted and function.__name__ not in wanted:
                    continue
                before = counting.failed
                counting.case(lambda: function(w))
                if counting.failed > before:
                    print("in", function.__name__, "with crashes" if crashes else "without crashes", flush=True)


if __name__ == "__main__":
    main()
    done()
