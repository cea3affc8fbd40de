#!/usr/bin/env python3
"""kill -9 while workflows store items, send messages and wait: promise 3.

Each execution puts an item into a table and sends its task token to a queue, in one turn. The server
is killed at random moments and started again. Whatever it has acknowledged or not: an execution that
is there has its item and exactly one message whose token works; one that is not there has neither.
Each token is then answered once, and each function invocation that follows is carried out, also when
the server died while it was on its way.
"""
import json
import os
import random
import sys
import threading
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from check import check, done  # noqa: E402
from crash_test import ROLE, Client  # noqa: E402
from server import Server  # noqa: E402

EXECUTIONS, ROUNDS = 300, 12


class Any(Client):
    """Calls any service: "sqs.SendMessage" ..."""

    PREFIXES = {"sqs": "AmazonSQS", "ddb": "DynamoDB_20120810", "states": "AWSStepFunctions", "lambda": "Lambda"}

    def call(self, operation, **params):
        service, name = operation.split(".")
        import http.client
        try:
            if self.connection is None:
                self.connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
            self.connection.request("POST", "/", json.dumps(params), {
                "X-Amz-Target": self.PREFIXES[service] + "." + name, "Content-Type": "application/x-amz-json-1.0"})
            answer = self.connection.getresponse()
            text = answer.read()
        except (OSError, http.client.HTTPException):
            if self.connection:
                self.connection.close()
            self.connection = None
            time.sleep(0.01)
            return None, None
        body = json.loads(text) if text else {}
        return (body, None) if answer.status == 200 else (None, body.get("__type", "?"))


def machine(endpoint):
    return json.dumps({"StartAt": "Store", "States": {
        "Store": {"Type": "Task", "Resource": "arn:aws:states:::dynamodb:putItem", "ResultPath": None, "Next": "Ask",
                  "Parameters": {"TableName": "orders", "Item": {"id": {"S.$": "$.name"}}}},
        "Ask": {"Type": "Task", "Resource": "arn:aws:states:::sqs:sendMessage.waitForTaskToken", "ResultPath": "$.answer", "Next": "Call",
                "Parameters": {"QueueUrl": endpoint + "/000000000000/asks",
                               "MessageBody": {"token.$": "$$.Task.Token", "name.$": "$.name"}}},
        "Call": {"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke", "End": True,
                 "Parameters": {"FunctionName": "note", "Payload.$": "$.name"}, "OutputPath": "$.Payload",
                 "Retry": [{"ErrorEquals": ["Lambda.ServiceException"], "IntervalSeconds": 1}]}}})


def start(port, arn, names, acknowledged):
    client = Any(port)
    for name in names:
        while True:
            answer, error = client.call("states.StartExecution", stateMachineArn=arn, name=name, input=json.dumps({"name": name}))
            if error:
                check(False, "a start was refused", name, error)
                break
            if answer:
                acknowledged[name] = answer["executionArn"]
                break


def drain(client, queue):
    """All messages of the queue: name -> bodies."""
    found = {}
    while True:
        page = client.must("sqs.ReceiveMessage", QueueUrl=queue, MaxNumberOfMessages=10, VisibilityTimeout=600)
        if not page.get("Messages"):
            return found
        for m in page["Messages"]:
            body = json.loads(m["Body"])
            found.setdefault(body["name"], []).append(body["token"])


def main():
    rng = random.Random(int(sys.argv[1]) if len(sys.argv) > 1 else 1)
    names = ["n%03d" % i for i in range(EXECUTIONS)]
    code = os.path.join(os.path.dirname(os.path.abspath(__file__)), "functions", "note")
    with Server("--log-level", "warn") as server:
        client = Any(server.port)
        queue = client.must("sqs.CreateQueue", QueueName="asks")["QueueUrl"]
        client.must("ddb.CreateTable", TableName="orders", BillingMode="PAY_PER_REQUEST",
                    AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}], KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}])
        client.must("lambda.CreateFunction", FunctionName="note", Runtime="python3.9", Handler="app.handler", Role=ROLE,
                    Timeout=20, Code={"Directory": code})
        arn = client.must("states.CreateStateMachine", name="crash", roleArn=ROLE, definition=machine(server.endpoint))["stateMachineArn"]
        acknowledged = {}
        threads = [threading.Thread(target=start, args=(server.port, arn, names[i::4], acknowledged)) for i in range(4)]
        for t in threads:
            t.start()
        for _ in range(ROUNDS // 2):
            time.sleep(rng.uniform(0.02, 0.2))
            server.kill()
            server.start()
        for t in threads:
            t.join()
        check(len(acknowledged) == EXECUTIONS, "every start is acknowledged in the end", len(acknowledged))
        asked = drain(client, queue)
        items = set()
        page = {}
        while True:
            more = {"ExclusiveStartKey": page["LastEvaluatedKey"]} if "LastEvaluatedKey" in page else {}
            page = client.must("ddb.Scan", TableName="orders", **more)
            items |= {i["id"]["S"] for i in page["Items"]}
            if "LastEvaluatedKey" not in page:
                break
        check(items == set(names), "each execution has its item, and no other is there", len(items))
        check(set(asked) == set(names), "each execution has its message", len(asked))
        check(all(len(tokens) == 1 for tokens in asked.values()), "exactly one")
        answered = {}

        def answer(mine):
            c = Any(server.port)
            for name in mine:
                while True:
                    got, error = c.call("states.SendTaskSuccess", taskToken=asked[name][0], output=json.dumps("yes"))
                    if got is not None or error == "TaskTimedOut":  # answered before the crash
                        answered[name] = True
                        break
                    if error:
                        check(False, "a token does not work", name, error)
                        break

        threads = [threading.Thread(target=answer, args=(names[i::4],)) for i in range(4)]
        for t in threads:
            t.start()
        for _ in range(ROUNDS - ROUNDS // 2):
            time.sleep(rng.uniform(0.05, 0.3))
            server.kill()
            server.start()
        for t in threads:
            t.join()
        check(len(answered) == EXECUTIONS, "every token works", len(answered))
        end = time.time() + 120
        left = dict(acknowledged)
        while left and time.time() < end:
            for name, execution in list(left.items()):
                found = client.must("states.DescribeExecution", executionArn=execution)
                if found["status"] == "RUNNING":
                    continue
                check(found["status"] == "SUCCEEDED" and json.loads(found["output"]) == "noted " + name, "the end of", name, found)
                del left[name]
            if left:
                time.sleep(0.1)
        check(not left, "every workflow ends", sorted(left)[:5])
    done()


if __name__ == "__main__":
    main()
