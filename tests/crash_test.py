#!/usr/bin/env python3
"""kill -9 while callbacks arrive: what was acknowledged is there, and nothing happened twice.

2,000 executions wait on an activity; several clients answer them. The server is killed at random
moments and started again, 20 times (--rounds, --executions). The clients keep their own records:
an acknowledged start must exist, an acknowledged answer must be the output of its execution, and
each history holds exactly one ActivitySucceeded. An answer without acknowledgement may have counted
or not; it is sent again, and TaskTimedOut then means that it had counted.
"""
import argparse
import http.client
import json
import os
import random
import sys
import threading
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from check import check, done  # noqa: E402
from server import Server  # noqa: E402

ROLE = "arn:aws:iam::000000000000:role/test"


class Client:
    """One connection; reconnects while the server is down."""

    def __init__(self, port):
        self.port = port
        self.connection = None

    def call(self, operation, **params):
        """(answer, None), (None, error name), or (None, None) when the connection broke."""
        try:
            if self.connection is None:
                self.connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
            self.connection.request("POST", "/", json.dumps(params), {
                "X-Amz-Target": "AWSStepFunctions." + operation, "Content-Type": "application/x-amz-json-1.0"})
            answer = self.connection.getresponse()
            text = answer.read()
        except (OSError, http.client.HTTPException):
            if self.connection:
                self.connection.close()
            self.connection = None
            time.sleep(0.01)
            return None, None
        body = json.loads(text) if text else {}
        return (body, None) if answer.status == 200 else (None, body["__type"])

    def must(self, operation, **params):
        while True:
            answer, error = self.call(operation, **params)
            if error:
                raise RuntimeError("%s: %s" % (operation, error))
            if answer is not None:
                return answer


class Records:
    def __init__(self):
        self.lock = threading.Lock()
        self.started = {}     # name -> execution ARN, acknowledged
        self.tokens = {}      # name -> token
        self.acknowledged = {}  # name -> output
        self.doubtful = {}    # name -> outputs sent without an acknowledgement
        self.answers = 0


def starter(port, machine, names, records):
    client = Client(port)
    for name in names:
        while True:
            answer, error = client.call("StartExecution", stateMachineArn=machine, name=name, input=json.dumps({"name": name}))
            if answer is not None:
                break
            if error:  # The same name and input is the same start: nothing else may be answered.
                records.started[name] = error
                return
        with records.lock:
            records.started[name] = answer["executionArn"]


def worker(port, activity, records, total, seed):
    client = Client(port)
    rng = random.Random(seed)
    while len(records.acknowledged) < total:
        task, _ = client.call("GetActivityTask", activityArn=activity)
        with records.lock:
            if task and task.get("taskToken"):
                name = json.loads(task["input"])["name"]
                records.tokens[name] = task["taskToken"]
            # Now and then somebody else's task is answered too: two clients, one token.
            open_names = [n for n in records.tokens if n not in records.acknowledged]
        if not open_names:
            continue
        name = name if task and task.get("taskToken") and rng.random() < 0.7 else rng.choice(open_names)
        answer_task(client, name, records, rng)


def answer_task(client, name, records, rng):
    output = json.dumps({"name": name, "by": rng.getrandbits(64)})
    with records.lock:
        if name in records.acknowledged:
            return
        token = records.tokens[name]
        records.doubtful.setdefault(name, set()).add(output)
    answer, error = client.call("SendTaskSuccess", taskToken=token, output=output)
    with records.lock:
        records.answers += 1
        if answer is not None:
            check(name not in records.acknowledged or records.acknowledged[name] is None,
                  "a second answer was acknowledged", name)
            records.acknowledged[name] = output
        elif error == "TaskTimedOut":
            records.acknowledged.setdefault(name, None)  # one of the doubtful ones has counted
        elif error:
            check(False, "unexpected error", error, name)


def lost_tasks(port, records):
    """Tasks whose worker never learned the token (the answer to GetActivityTask was lost): their
    tokens are still listed as waiting, and are answered from there."""
    client = Client(port)
    rng = random.Random(7)
    left = {arn.rsplit(":", 1)[1] for n, arn in records.started.items() if n not in records.acknowledged}
    token = None
    while left:
        page = client.must("ListWaitingTasks", maxResults=1000, **({"nextToken": token} if token else {}))
        for task in page["waitingTasks"]:
            name = task["executionArn"].rsplit(":", 1)[1]
            if name in left:
                left.discard(name)
                records.tokens[name] = task["taskToken"]
                answer_task(client, name, records, rng)
        token = page.get("nextToken")
        if not token:
            break


def verify(port, records, names):
    client = Client(port)
    check(set(records.started) == set(names), "every start was acknowledged", len(records.started))
    succeeded = outputs = single = 0
    for name in names:
        found, error = client.call("DescribeExecution", executionArn=records.started[name])
        if error or found is None:
            check(False, "an acknowledged start is gone", name, error)
            continue
        succeeded += found["status"] == "SUCCEEDED"
        known = records.acknowledged.get(name)
        good = found.get("output") == known if known else found.get("output") in records.doubtful.get(name, ())
        outputs += good
        if not good:
            print("FAIL output of", name, "is", found.get("output"), "acknowledged", known)
        history = client.must("GetExecutionHistory", executionArn=records.started[name])["events"]
        ids = [e["id"] for e in history]
        single += [e["type"] for e in history].count("ActivitySucceeded") == 1 and ids == list(range(1, len(ids) + 1))
    check(succeeded == len(names), "all have succeeded", succeeded, len(names))
    check(outputs == len(names), "each output is the one that was acknowledged", outputs, len(names))
    check(single == len(names), "each was answered exactly once", single, len(names))


def main():
    ap = argparse.ArgumentParser()
    ap.add_argument("--executions", type=int, default=2000)
    ap.add_argument("--rounds", type=int, default=20)
    ap.add_argument("--seed", type=int, default=1)
    options = ap.parse_args()
    rng = random.Random(options.seed)
    names = ["order-%04d" % i for i in range(options.executions)]
    records = Records()
    with Server("--log-level", "warn") as server:
        client = Client(server.port)
        activity = client.must("CreateActivity", name="work")["activityArn"]
        machine = client.must("CreateStateMachine", name="crash", roleArn=ROLE, definition=json.dumps({
            "StartAt": "Ask", "States": {"Ask": {"Type": "Task", "Resource": activity, "End": True}}}))["stateMachineArn"]
        threads = [threading.Thread(target=starter, args=(server.port, machine, names[i::4], records)) for i in range(4)]
        threads += [threading.Thread(target=worker, args=(server.port, activity, records, 10 ** 9, i), daemon=True)
                    for i in range(4)]
        for t in threads:
            t.start()
        for _ in range(options.rounds):
            time.sleep(rng.uniform(0.02, 0.35))
            server.kill()
            server.start()
        for t in threads[:4]:
            t.join()
        deadline = time.time() + 60
        while len(records.acknowledged) < len(names) and time.time() < deadline:
            before = len(records.acknowledged)
            time.sleep(0.3)
            if len(records.acknowledged) == before:
                lost_tasks(server.port, records)
        verify(server.port, records, names)
        print("%d executions, %d answers sent, %d rounds" % (len(names), records.answers, options.rounds))
    done()


if __name__ == "__main__":
    main()
