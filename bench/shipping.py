#!/usr/bin/env python3
"""1,000 workflows of examples/shipping in flight at once: how long until all of them wait for the shipping service, what
that takes of memory, and how long until all that it answers, by the REST route, are through.

    bench/shipping.py URL-OF-THE-ROUTE SERVER-PID [COUNT]     with $BATON_ENDPOINT, after examples/shipping/deploy.py
"""
import http.client
import json
import os
import sys
import threading
import time
from urllib.parse import urlsplit

ENDPOINT = urlsplit(os.environ["BATON_ENDPOINT"])
ROUTE, PID = urlsplit(sys.argv[1]), sys.argv[2]
COUNT = int(sys.argv[3]) if len(sys.argv) > 3 else 1000
CLIENTS = 16
MACHINE = "arn:aws:states:us-east-1:000000000000:stateMachine:shipping"
local = threading.local()


def send(path, body, headers):
    if not hasattr(local, "connection"):
        local.connection = http.client.HTTPConnection(ENDPOINT.hostname, ENDPOINT.port, timeout=300)
    local.connection.request("POST", path, json.dumps(body), headers)
    answer = local.connection.getresponse()
    text = answer.read()
    if answer.status != 200:
        raise SystemExit("%s: %d %s" % (headers, answer.status, text))
    return json.loads(text or "{}")


def call(target, **body):
    return send("/", body, {"X-Amz-Target": target, "Content-Type": "application/x-amz-json-1.0"})


def order(n):
    return "order-%06d" % n


def begin(n):
    call("DynamoDB_20120810.PutItem", TableName="OrderTable", Item={"order_id": {"S": order(n)}, "item": {"S": "a lamp"}})
    call("AWSStepFunctions.StartExecution", stateMachineArn=MACHINE, name=order(n), input=json.dumps({"order_id": order(n)}))


def answer(n):
    send(ROUTE.path, {"order_id": order(n), "task_type": "ORDER_SHIPPING_SERVICE", "task_status": "SUCCEEDED",
                      "task_output": {"shipping_status": "PROCESSING", "tracking_number": "T%06d" % n}},
         {"Host": ROUTE.netloc, "Content-Type": "application/json"})


def by_all(work):
    numbers = iter(range(COUNT))
    lock = threading.Lock()

    def client():
        while True:
            with lock:
                n = next(numbers, None)
            if n is None:
                return
            work(n)

    threads = [threading.Thread(target=client) for _ in range(CLIENTS)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()


def pages(target, member, **params):
    found, token = 0, None
    while True:
        page = call(target, **params, **({"nextToken": token} if token else {}))
        found, token = found + len(page[member]), page.get("nextToken")
        if not token:
            return found


def until(count, what):
    deadline = time.time() + 300
    while (have := count()) < COUNT:
        if time.time() > deadline:
            raise SystemExit("only %d of %d %s" % (have, COUNT, what))
        time.sleep(0.05)


def memory_mb():
    with open("/proc/%s/status" % PID) as status:
        return next(int(line.split()[1]) / 1024 for line in status if line.startswith("VmRSS"))


def main():
    before, began = memory_mb(), time.time()
    by_all(begin)
    # A token in the table: the function has asked the shipping service.
    until(lambda: call("DynamoDB_20120810.Scan", TableName="CallbackTable", Select="COUNT")["Count"], "asked")
    until(lambda: pages("AWSStepFunctions.ListWaitingTasks", "waitingTasks", maxResults=1000), "wait")
    waiting = time.time()
    print("%d workflows wait after %.2f s (%.0f/s); %.1f MB resident, %.1f before" %
          (COUNT, waiting - began, COUNT / (waiting - began), memory_mb(), before))
    by_all(answer)
    until(lambda: pages("AWSStepFunctions.ListExecutions", "executions", stateMachineArn=MACHINE, statusFilter="SUCCEEDED",
                        maxResults=1000), "succeeded")
    done = time.time()
    items = call("DynamoDB_20120810.Scan", TableName="OrderTable")["Items"]
    numbers = {i["order_id"]["S"]: i.get("tracking_number", {}).get("S") for i in items}
    if any(numbers.get(order(n)) != "T%06d" % n for n in range(COUNT)):
        raise SystemExit("a tracking number is missing")
    print("all answered by the route and through after %.2f s more (%.0f/s), each with its tracking number" %
          (done - waiting, COUNT / (done - waiting)))


main()
