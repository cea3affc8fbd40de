#!/usr/bin/env python3
"""RedriveExecution on a real server: only what did not succeed runs again, also after kill -9; workflows
that redrive workflows; and each of many executions redriven once, whatever dies in between."""
import http.client
import json
import os
import random
import sys
import threading
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from check import case, check, done  # noqa: E402
from server import Server  # noqa: E402

ROLE = "arn:aws:iam::000000000000:role/test"
ENDS = ("ExecutionSucceeded", "ExecutionFailed", "ExecutionTimedOut", "ExecutionAborted")


class Refused(Exception):
    pass


class Client:
    """One connection; OSError or HTTPException when it breaks, Refused when the API says no."""

    def __init__(self, port):
        self.port = port
        self.connection = None

    def __call__(self, operation, **params):
        try:
            if self.connection is None:
                self.connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=90)
            self.connection.request("POST", "/", json.dumps(params), {
                "X-Amz-Target": "AWSStepFunctions." + operation, "Content-Type": "application/x-amz-json-1.0"})
            answer = self.connection.getresponse()
            body = json.loads(answer.read() or "{}")
        except (OSError, http.client.HTTPException):
            self.close()
            raise
        if answer.status != 200:
            raise Refused(body["__type"], body.get("message"))
        return body

    def close(self):
        """Before the server dies, so that the next call finds the next one."""
        if self.connection:
            self.connection.close()
        self.connection = None


def crash(server, api):
    server.kill()
    server.start()
    api.close()


def create(api, name, definition):
    return api("CreateStateMachine", name=name, roleArn=ROLE, definition=json.dumps(definition))["stateMachineArn"]


def start(api, machine, name, value=None):
    return api("StartExecution", stateMachineArn=machine, name=name, input=json.dumps(value))["executionArn"]


def ended(api, arn, seconds=120):
    end = time.time() + seconds
    while time.time() < end:
        found = api("DescribeExecution", executionArn=arn)
        if found["status"] != "RUNNING":
            return found
        time.sleep(0.01)
    raise RuntimeError("still running: " + arn)


def history(api, arn):
    events = api("GetExecutionHistory", executionArn=arn, maxResults=1000)["events"]
    check([e["id"] for e in events] == list(range(1, len(events) + 1)), "the ids of events go on", arn)
    return events


def types(api, arn):
    return [e["type"] for e in history(api, arn)]


def take(api, activity):
    """The next task: (token, input). A poll that nobody answers for a minute is asked again."""
    for _ in range(5):
        found = api("GetActivityTask", activityArn=activity)
        if found.get("taskToken"):
            return found["taskToken"], json.loads(found["input"])
    raise RuntimeError("no task comes")


# ---- one execution, and kill -9 between its end, the redrive and the answers ----

def branches(activity):
    def ask(place):
        return {"StartAt": place, "States": {place: {"Type": "Task", "Resource": activity, "Parameters": {"place": place},
                                                     "End": True}}}
    return {"StartAt": "P", "States": {"P": {"Type": "Parallel", "Branches": [ask("a"), ask("b"), ask("c")], "End": True}}}


def killed(api, server):
    activity = api("CreateActivity", name="killed")["activityArn"]
    arn = start(api, create(api, "killed", branches(activity)), "e")
    tokens = {}
    for _ in range(3):
        token, task = take(api, activity)
        tokens[task["place"]] = token
    api("SendTaskSuccess", taskToken=tokens["a"], output='"A"')
    api("SendTaskFailure", taskToken=tokens["b"], error="E", cause="because")
    found = ended(api, arn)
    check((found["status"], found["error"], found["redriveStatus"]) == ("FAILED", "E", "REDRIVABLE"), "fails", found)
    crash(server, api)
    date = api("RedriveExecution", executionArn=arn)["redriveDate"]
    crash(server, api)
    found = api("DescribeExecution", executionArn=arn)
    check((found["status"], found["redriveCount"], found["redriveDate"]) == ("RUNNING", 1, date), "runs again", found)
    listed = api("ListExecutions", stateMachineArn=found["stateMachineArn"], redriveFilter="REDRIVEN")["executions"]
    check([(e["status"], e["redriveCount"]) for e in listed] == [("RUNNING", 1)], "is listed", listed)
    places = set()
    for _ in range(2):
        token, task = take(api, activity)
        places.add(task["place"])
        check(token not in tokens.values(), "a new token", task)
        api("SendTaskSuccess", taskToken=token, output=json.dumps(task["place"].upper()))
    check(places == {"b", "c"}, "what has succeeded does not run again", places)
    check(json.loads(ended(api, arn)["output"]) == ["A", "B", "C"], "the results of both lives come together")
    try:
        api("SendTaskSuccess", taskToken=tokens["c"], output="0")
        check(False, "an old token is refused")
    except Refused as e:
        check(e.args[0] == "TaskTimedOut", "an old token is refused", e)
    events = history(api, arn)
    names = [e["type"] for e in events]
    check(names.count("ActivitySucceeded") == 3 and names.count("TaskStateEntered") == 3 and
          names.count("ParallelStateEntered") == 1, "each state was entered once", names)
    redriven = events[names.index("ExecutionRedriven")]
    check(redriven["executionRedrivenEventDetails"] == {"redriveCount": 1}, "ExecutionRedriven", redriven)


# ---- workflows that redrive ----

def workflows(api):
    """A parent that waits for its child, and redrives it when it fails. It does not wait for the second life."""
    flaky = create(api, "flaky", {"StartAt": "A", "States": {"A": {  # there is no RedriveTime in the first life
        "Type": "Pass", "Parameters": {"at.$": "$$.Execution.RedriveTime", "n.$": "$$.Execution.RedriveCount"}, "End": True}}})
    child = flaky.replace(":stateMachine:", ":execution:") + ":child"
    sdk = "arn:aws:states:::aws-sdk:sfn:"
    parent = create(api, "parent", {"StartAt": "S", "States": {
        "S": {"Type": "Task", "Resource": "arn:aws:states:::states:startExecution.sync:2",
              "Parameters": {"StateMachineArn": flaky, "Name": "child"},
              "Catch": [{"ErrorEquals": ["States.TaskFailed"], "Next": "R"}], "Next": "D"},
        "R": {"Type": "Task", "Resource": sdk + "redriveExecution", "Parameters": {"ExecutionArn": child}, "Next": "D"},
        "D": {"Type": "Task", "Resource": sdk + "describeExecution", "Parameters": {"ExecutionArn": child}, "End": True}}})
    arn = start(api, parent, "p")
    output = json.loads(ended(api, arn)["output"])
    check((output["Status"], output["RedriveCount"]) == ("SUCCEEDED", 1), "a workflow redrives another", output)
    check(json.loads(output["Output"])["n"] == 1 and json.loads(output["Output"])["at"] == output["RedriveDate"],
          "$$.Execution knows of it", output)
    check(types(api, child) == ["ExecutionStarted", "PassStateEntered", "ExecutionFailed", "ExecutionRedriven",
                                   "PassStateExited", "ExecutionSucceeded"], "its history", types(api, child))
    check(types(api, arn).count("TaskSucceeded") == 2, "the parent hears of the first end only", types(api, arn))
    # A parent that is redriven starts another child.
    again = create(api, "again", {"StartAt": "S", "States": {"S": {
        "Type": "Task", "Resource": "arn:aws:states:::states:startExecution.sync:2", "End": True, "Parameters": {
            "StateMachineArn": flaky, "Name.$": "States.Format('again-{}', $$.Execution.RedriveCount)"}}}})
    arn = start(api, again, "p")
    check(ended(api, arn)["status"] == "FAILED", "fails with its child")
    api("RedriveExecution", executionArn=arn)
    check(ended(api, arn)["redriveCount"] == 1, "fails with another one")
    names = [e["name"] for e in api("ListExecutions", stateMachineArn=flaky)["executions"]]
    check(sorted(names) == ["again-0", "again-1", "child"], "each life has a child", names)
    # A child that is redriven after its parent has ended disturbs nobody.
    api("RedriveExecution", executionArn=child.replace(":child", ":again-1"))
    check(ended(api, child.replace(":child", ":again-1"))["status"] == "SUCCEEDED", "the child goes on alone")
    check(ended(api, arn)["status"] == "FAILED", "the parent stays as it was")


# ---- many, while the server dies ----

def redrive_all(server, arns, seed, answers):
    """Asks until it is told, with one client token per execution, and now and then once more."""
    api = Client(server.port)
    rng = random.Random(seed)
    for arn in arns:
        token = "token-%s" % arn.rsplit(":", 1)[1]
        asked = 1 + (rng.random() < 0.2)
        while asked:
            try:
                answers.setdefault(arn, []).append(
                    api("RedriveExecution", executionArn=arn, clientToken=token)["redriveDate"])
                asked -= 1
            except Refused as e:
                answers.setdefault(arn, []).append(e.args)
                break
            except (OSError, http.client.HTTPException):
                time.sleep(0.02)


def many(api, server, count=240, kills=6):
    machine = create(api, "many", {"StartAt": "F", "States": {"F": {"Type": "Fail", "Error": "E"}}})
    arns = [start(api, machine, "e%d" % i) for i in range(count)]
    answers = {}
    threads = [threading.Thread(target=redrive_all, args=(server, arns[i::4], i, answers)) for i in range(4)]
    for t in threads:
        t.start()
    rng = random.Random(3)
    for _ in range(kills):
        time.sleep(rng.uniform(0.02, 0.2))
        crash(server, api)
    for t in threads:
        t.join()
    for arn in arns:
        found = ended(api, arn)
        told = answers[arn]
        check(set(told) == {found["redriveDate"]}, "every answer tells of the one redrive", told, found["redriveDate"])
        check((found["status"], found["redriveCount"]) == ("FAILED", 1), "redriven once", found)
        names = types(api, arn)
        check([t for t in names if t in ENDS or t == "ExecutionRedriven"] ==
              ["ExecutionFailed", "ExecutionRedriven", "ExecutionFailed"], "its history", names)


def main():
    with Server("--log-level", "warn") as server:
        api = Client(server.port)
        case(lambda: killed(api, server))
        case(lambda: workflows(api))
        case(lambda: many(api, server))
        check("fatal" not in server.log_text(), "nothing fatal", server.log_text()[-2000:])
    done()


if __name__ == "__main__":
    main()
