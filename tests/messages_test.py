#!/usr/bin/env python3
"""Queues and topics of a real server, as AWS's documents describe them.

Queues: both wire protocols (JSON through http.client, Query through boto3), long polls, delays,
visibility, redrive, FIFO queues, limits and errors, many consumers, and kill -9. Topics: endpoints of
this test (confirmation, signature, retries, dead letters), filters, FIFO, mail, fan-out. Waits for
events and not for time, but where a time is what is tested.
"""
import base64
import hashlib
import http.client
import http.server
import json
import os
import queue
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
import uuid

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from check import case, check, done  # noqa: E402
from server import BATON, Server  # noqa: E402

os.environ.update(AWS_ACCESS_KEY_ID="x", AWS_SECRET_ACCESS_KEY="x", AWS_DEFAULT_REGION="us-east-1")
import boto3  # noqa: E402
from botocore.config import Config  # noqa: E402
from botocore.exceptions import ClientError  # noqa: E402

ARN = "arn:aws:%s:us-east-1:000000000000:%s"


class Json:
    """A user of the JSON protocol on a connection of their own."""

    def __init__(self, endpoint):
        self.port = int(endpoint.rsplit(":", 1)[1])
        self.connection = None

    def send(self, operation, params):
        self.connection = self.connection or http.client.HTTPConnection("127.0.0.1", self.port, timeout=40)
        body = params if isinstance(params, bytes) else json.dumps(params).encode()
        self.connection.request("POST", "/", body, {"X-Amz-Target": "AmazonSQS." + operation, "Content-Type": "application/x-amz-json-1.0"})

    def answer(self):
        answer = self.connection.getresponse()
        self.headers = answer.headers
        self.status = answer.status
        text = answer.read()
        return json.loads(text) if text else {}

    def __call__(self, operation, **params):
        self.send(operation, params)
        return self.answer()

    def close(self):
        self.connection.close()
        self.connection = None


def name(prefix="q"):
    return prefix + "-" + uuid.uuid4().hex[:12]


def md5(text):
    return hashlib.md5(text.encode() if isinstance(text, str) else text).hexdigest()


def figure(endpoint, which):
    for line in fetch(endpoint + "/metrics").decode().splitlines():
        if line.startswith("baton_%s " % which):
            return int(line.split()[1])
    raise KeyError(which)


def fetch(url):
    with urllib.request.urlopen(url, timeout=20) as answer:
        return answer.read()


def until(probe, what, seconds=20):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        found = probe()
        if found:
            return found
        time.sleep(0.01)
    check(False, what, "did not happen")


def error_of(function, **params):
    try:
        function(**params)
    except ClientError as error:
        return error.response["Error"]["Code"], error.response["Error"]["Message"], error.response["ResponseMetadata"]["HTTPStatusCode"]
    return "none", "", 200


class Clients:
    def __init__(self, endpoint):
        config = Config(retries={"max_attempts": 0}, read_timeout=40, max_pool_connections=64, parameter_validation=False)
        self.endpoint = endpoint
        self.sqs, self.sns = (boto3.client(s, endpoint_url=endpoint, config=config) for s in ("sqs", "sns"))

    def make(self, queue_name=None, **attributes):
        return self.sqs.create_queue(QueueName=queue_name or name(), Attributes=attributes)["QueueUrl"]

    def receive(self, url, **params):
        params.setdefault("MaxNumberOfMessages", 10)
        return self.sqs.receive_message(QueueUrl=url, **params).get("Messages", [])

    def bodies(self, url, **params):
        return [m["Body"] for m in self.receive(url, **params)]

    def counts(self, url):
        got = self.sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
        return tuple(int(got["ApproximateNumberOfMessages" + s]) for s in ("", "NotVisible", "Delayed"))


# ---- queues ----

def queue_cases(c):
    sqs, js = c.sqs, Json(c.endpoint)

    @case
    def errors_of_both_protocols():
        url = c.make()
        fifo = c.make(name() + ".fifo", FifoQueue="true")
        gone = url + "x"
        handle = "AQEB" + "x" * 40
        eleven = [{"Id": str(i), "MessageBody": "x"} for i in range(11)]
        text = {"DataType": "String", "StringValue": "x"}
        rows = [  # operation, parameters, Query code, JSON type
            ("GetQueueUrl", {"QueueName": "absent"}, "AWS.SimpleQueueService.NonExistentQueue", "QueueDoesNotExist"),
            ("SendMessage", {"QueueUrl": gone, "MessageBody": "x"}, "AWS.SimpleQueueService.NonExistentQueue", "QueueDoesNotExist"),
            ("ReceiveMessage", {"QueueUrl": gone}, "AWS.SimpleQueueService.NonExistentQueue", "QueueDoesNotExist"),
            ("DeleteQueue", {"QueueUrl": gone}, "AWS.SimpleQueueService.NonExistentQueue", "QueueDoesNotExist"),
            ("CreateQueue", {"QueueName": "a b"}, "InvalidParameterValue", "InvalidParameterValueException"),
            ("CreateQueue", {"QueueName": "a" * 81}, "InvalidParameterValue", "InvalidParameterValueException"),
            ("CreateQueue", {"QueueName": "x.fifo"}, "InvalidParameterValue", "InvalidParameterValueException"),
            ("CreateQueue", {"QueueName": "v", "Attributes": {"VisibilityTimeout": "43201"}}, "InvalidAttributeValue", "InvalidAttributeValue"),
            ("CreateQueue", {"QueueName": "v", "Attributes": {"Nonsense": "1"}}, "InvalidAttributeName", "InvalidAttributeName"),
            ("SendMessage", {"QueueUrl": url, "MessageBody": ""}, "MissingParameter", "MissingRequiredParameterException"),
            ("SendMessage", {"QueueUrl": url, "MessageBody": "\x01"}, "InvalidMessageContents", "InvalidMessageContents"),
            ("SendMessage", {"QueueUrl": url, "MessageBody": "x" * ((1 << 20) + 1)}, "InvalidParameterValue", "InvalidParameterValueException"),
            ("SendMessage", {"QueueUrl": url, "MessageBody": "x", "DelaySeconds": 901}, "InvalidParameterValue", "InvalidParameterValueException"),
            ("SendMessage", {"QueueUrl": url, "MessageBody": "x", "MessageAttributes": {"aws.x": text}}, "InvalidParameterValue", "InvalidParameterValueException"),
            ("SendMessage", {"QueueUrl": url, "MessageBody": "x", "MessageAttributes": {"a" + str(i): text for i in range(11)}},
             "InvalidParameterValue", "InvalidParameterValueException"),
            ("SendMessage", {"QueueUrl": fifo, "MessageBody": "x"}, "MissingParameter", "MissingRequiredParameterException"),
            ("SendMessage", {"QueueUrl": fifo, "MessageBody": "x", "MessageGroupId": "g"}, "InvalidParameterValue", "InvalidParameterValueException"),
            ("SendMessage", {"QueueUrl": fifo, "MessageBody": "x", "MessageGroupId": "g", "MessageDeduplicationId": "d", "DelaySeconds": 1},
             "InvalidParameterValue", "InvalidParameterValueException"),
            ("ReceiveMessage", {"QueueUrl": url, "MaxNumberOfMessages": 11}, "InvalidParameterValue", "InvalidParameterValueException"),
            ("ReceiveMessage", {"QueueUrl": url, "WaitTimeSeconds": 21}, "InvalidParameterValue", "InvalidParameterValueException"),
            ("DeleteMessage", {"QueueUrl": url, "ReceiptHandle": handle}, "ReceiptHandleIsInvalid", "ReceiptHandleIsInvalid"),
            ("ChangeMessageVisibility", {"QueueUrl": url, "ReceiptHandle": handle, "VisibilityTimeout": 1}, "ReceiptHandleIsInvalid", "ReceiptHandleIsInvalid"),
            ("ChangeMessageVisibility", {"QueueUrl": url, "ReceiptHandle": handle, "VisibilityTimeout": 43201},
             "InvalidParameterValue", "InvalidParameterValueException"),
            ("SendMessageBatch", {"QueueUrl": url, "Entries": []}, "AWS.SimpleQueueService.EmptyBatchRequest", "EmptyBatchRequest"),
            ("SendMessageBatch", {"QueueUrl": url, "Entries": eleven}, "AWS.SimpleQueueService.TooManyEntriesInBatchRequest", "TooManyEntriesInBatchRequest"),
            ("SendMessageBatch", {"QueueUrl": url, "Entries": eleven[:1] * 2}, "AWS.SimpleQueueService.BatchEntryIdsNotDistinct", "BatchEntryIdsNotDistinct"),
            ("SendMessageBatch", {"QueueUrl": url, "Entries": [{"Id": "a.b", "MessageBody": "x"}]},
             "AWS.SimpleQueueService.InvalidBatchEntryId", "InvalidBatchEntryId"),
            ("SendMessageBatch", {"QueueUrl": url, "Entries": [{"Id": str(i), "MessageBody": "x" * 600000} for i in range(2)]},
             "AWS.SimpleQueueService.BatchRequestTooLong", "BatchRequestTooLong"),
            ("StartMessageMoveTask", {"SourceArn": ARN % ("sqs", "absent")}, "ResourceNotFoundException", "ResourceNotFoundException"),
        ]
        for operation, params, code, kind in rows:
            method = "".join("_" + ch.lower() if ch.isupper() else ch for ch in operation)[1:]
            if not hasattr(sqs, method):
                continue  # newer than this boto3
            got = error_of(getattr(sqs, method), **params)
            check(got[0] == code and 400 <= got[2] < 500, "Query:", operation, str(params)[:90], got)
            answer = js(operation, **params)
            check(answer.get("__type", "").endswith("#" + kind) and js.status == got[2], "JSON:", operation, str(params)[:90], js.status, answer)
            check(answer.get("message") == got[1], "the same text in both protocols:", operation, answer.get("message"), got[1])
            header = js.headers.get("x-amzn-query-error", "")
            check(header.split(";") == [code, "Sender"], "x-amzn-query-error", operation, header, code)

    @case
    def contents_and_digests():
        url = c.make()
        for body in ("é\n\t\r<&>\"'\\ 𝄞 ]]>", " ", "x" * (1 << 20), "\ud7ff\ue000\ufffd", "{\"a\":\"\\u0000\"}"):
            for protocol in ("Query", "JSON"):
                sent = sqs.send_message(QueueUrl=url, MessageBody=body) if protocol == "Query" else js("SendMessage", QueueUrl=url, MessageBody=body)
                got = c.receive(url)[0] if protocol == "JSON" else js("ReceiveMessage", QueueUrl=url)["Messages"][0]
                check(got["Body"] == body and sent["MD5OfMessageBody"] == got["MD5OfBody"] == md5(body), "a body, sent by", protocol, body[:20])
                sqs.delete_message(QueueUrl=url, ReceiptHandle=got["ReceiptHandle"])
        binary = bytes(range(256))
        sent = sqs.send_message(QueueUrl=url, MessageBody="x", MessageAttributes={
            "b": {"DataType": "Binary.png", "BinaryValue": binary}, "a.n": {"DataType": "Number", "StringValue": "-1.5e3"},
            "a.s": {"DataType": "String.x", "StringValue": "ü"}},
            MessageSystemAttributes={"AWSTraceHeader": {"DataType": "String", "StringValue": "Root=1-5759e988-bd862e3fe1be46a994272793"}})
        expected = b""
        for key, kind, mark, value in (("a.n", "Number", 1, b"-1.5e3"), ("a.s", "String.x", 1, "ü".encode()), ("b", "Binary.png", 2, binary)):
            expected += b"".join(len(x).to_bytes(4, "big") + x for x in (key.encode(), kind.encode())) + bytes([mark]) + len(value).to_bytes(4, "big") + value
        check(sent["MD5OfMessageAttributes"] == md5(expected), "MD5OfMessageAttributes of SendMessage")
        got = c.receive(url, MessageAttributeNames=["a.*"], AttributeNames=["All"])[0]
        check(sorted(got["MessageAttributes"]) == ["a.n", "a.s"], "attributes by a prefix", got)
        check(got["Attributes"]["AWSTraceHeader"].startswith("Root=") and got["Attributes"]["ApproximateReceiveCount"] == "1", "system attributes", got["Attributes"])
        sqs.change_message_visibility(QueueUrl=url, ReceiptHandle=got["ReceiptHandle"], VisibilityTimeout=0)
        got = js("ReceiveMessage", QueueUrl=url, MessageAttributeNames=["All"])["Messages"][0]
        check(base64.b64decode(got["MessageAttributes"]["b"]["BinaryValue"]) == binary and got["MD5OfMessageAttributes"] == md5(expected), "binary values", got)
        js.send("SendMessage", b'{"QueueUrl":"%s","MessageBody":"\xff\xfe"}' % url.encode())
        check("__type" in js.answer() and js.status == 400, "a body that is no UTF-8")

    @case
    def batches_with_partial_failures():
        url = c.make()
        got = sqs.send_message_batch(QueueUrl=url, Entries=[
            {"Id": "good", "MessageBody": "x"}, {"Id": "bad", "MessageBody": "\x02"}, {"Id": "late", "MessageBody": "x", "DelaySeconds": 901}])
        check([e["Id"] for e in got["Successful"]] == ["good"], "the good entry", got)
        check([(e["Id"], e["Code"], e["SenderFault"]) for e in got["Failed"]] ==
              [("bad", "InvalidMessageContents", True), ("late", "InvalidParameterValue", True)], "the bad entries", got.get("Failed"))
        handle = c.receive(url)[0]["ReceiptHandle"]
        got = sqs.change_message_visibility_batch(QueueUrl=url, Entries=[
            {"Id": "a", "ReceiptHandle": handle, "VisibilityTimeout": 100}, {"Id": "b", "ReceiptHandle": "y", "VisibilityTimeout": 1}])
        check(len(got["Successful"]) == 1 and got["Failed"][0]["Code"] == "ReceiptHandleIsInvalid", "ChangeMessageVisibilityBatch", got)
        got = sqs.delete_message_batch(QueueUrl=url, Entries=[
            {"Id": "a", "ReceiptHandle": handle}, {"Id": "again", "ReceiptHandle": handle}, {"Id": "b", "ReceiptHandle": "y"}])
        check(len(got["Successful"]) == 2 and got["Failed"][0]["Code"] == "ReceiptHandleIsInvalid", "DeleteMessageBatch", got)

    @case
    def long_polls():
        url = c.make()
        began = time.monotonic()
        check(c.receive(url, WaitTimeSeconds=1) == [] and 0.9 < time.monotonic() - began < 2, "an empty poll lasts as long as asked")
        users = [Json(c.endpoint) for _ in range(30)]
        for user in users:  # pollers that go away before there is a message
            user.send("ReceiveMessage", {"QueueUrl": url, "WaitTimeSeconds": 20})
        until(lambda: figure(c.endpoint, "requests_running") >= 30, "the pollers' arrival")
        for user in users[:20]:
            user.close()
        until(lambda: figure(c.endpoint, "requests_running") < 30 - 18, "their departure")
        for i in range(10):
            sqs.send_message(QueueUrl=url, MessageBody=str(i))
        got = sorted(m["Body"] for user in users[20:] for m in user.answer().get("Messages", []))
        check(got == [str(i) for i in range(10)], "ten pollers get ten messages, in spite of those that went", got)
        js.send("ReceiveMessage", {"QueueUrl": url, "WaitTimeSeconds": 20})
        began = time.monotonic()
        sqs.send_message(QueueUrl=url, MessageBody="late", DelaySeconds=1)
        check(js.answer()["Messages"][0]["Body"] == "late" and 0.8 < time.monotonic() - began < 2, "a poll is ended by a delayed message")
        for user in users:
            user.send("ReceiveMessage", {"QueueUrl": url, "WaitTimeSeconds": 20})
        for i in range(30):
            sqs.send_message(QueueUrl=url, MessageBody=str(i), DelaySeconds=1)
        got = [m["Body"] for user in users for m in user.answer().get("Messages", [])]
        check(sorted(got) == sorted(map(str, range(30))), "thirty pollers get thirty delayed messages", got)
        js.send("ReceiveMessage", {"QueueUrl": url, "WaitTimeSeconds": 20})
        sqs.delete_queue(QueueUrl=url)
        check(js.answer().get("__type", "").endswith("#QueueDoesNotExist"), "a poll ends with its queue")
        url = c.make(ReceiveMessageWaitTimeSeconds="1")
        began = time.monotonic()
        check(c.receive(url) == [] and time.monotonic() - began > 0.9, "ReceiveMessageWaitTimeSeconds")
        began = time.monotonic()
        check(c.receive(url, WaitTimeSeconds=0) == [] and time.monotonic() - began < 0.5, "WaitTimeSeconds 0 is no long poll")

    @case
    def visibility():
        url = c.make(VisibilityTimeout="1")
        sqs.send_message(QueueUrl=url, MessageBody="x")
        first = c.receive(url)[0]
        check(c.counts(url) == (0, 1, 0) and c.receive(url) == [], "in flight", c.counts(url))
        second = c.receive(url, WaitTimeSeconds=5, AttributeNames=["All"])[0]
        check(second["Attributes"]["ApproximateReceiveCount"] == "2" and second["ReceiptHandle"] != first["ReceiptHandle"], "received again when its time is over")
        sqs.change_message_visibility(QueueUrl=url, ReceiptHandle=second["ReceiptHandle"], VisibilityTimeout=100)
        check(c.receive(url, WaitTimeSeconds=2) == [], "extended beyond its time")
        js.send("ReceiveMessage", {"QueueUrl": url, "WaitTimeSeconds": 20, "VisibilityTimeout": 0})
        sqs.change_message_visibility(QueueUrl=url, ReceiptHandle=second["ReceiptHandle"], VisibilityTimeout=0)
        check(len(js.answer().get("Messages", [])) == 1, "visible at once, for one that waits")
        check(c.counts(url) == (1, 0, 0), "VisibilityTimeout 0 hides nothing", c.counts(url))
        sqs.delete_message(QueueUrl=url, ReceiptHandle=first["ReceiptHandle"])
        check(c.counts(url) == (0, 0, 0) and c.receive(url) == [], "deleted by an older handle", c.counts(url))

    @case
    def delays():
        url = c.make(DelaySeconds="1")
        sqs.send_message(QueueUrl=url, MessageBody="queue's")
        sqs.send_message(QueueUrl=url, MessageBody="own", DelaySeconds=0)
        check(c.bodies(url) == ["own"], "DelaySeconds 0 over the queue's")
        check(c.counts(url) == (0, 1, 1), "a delayed message counts as such", c.counts(url))
        check(c.bodies(url, WaitTimeSeconds=5) == ["queue's"], "comes after its delay")

    @case
    def redrive_and_move_back():
        dead_name = name("dead")
        dead = c.make(dead_name)
        url = c.make(VisibilityTimeout="0", RedrivePolicy=json.dumps({"deadLetterTargetArn": ARN % ("sqs", dead_name), "maxReceiveCount": "2"}))
        sent = {sqs.send_message(QueueUrl=url, MessageBody=str(i))["MessageId"] for i in range(25)}
        seen = 0
        while seen < 50:
            page = c.receive(url)
            check(page, "messages may be received twice", seen)
            seen += len(page) or 100
        check(c.receive(url) == [] and c.counts(dead)[0] == 25, "then they are dead letters", c.counts(dead))
        got = c.receive(dead, AttributeNames=["All"])
        check(all(m["MessageId"] in sent and m["Attributes"]["DeadLetterQueueSourceArn"].endswith(url.rsplit("/")[-1]) for m in got), "with their ids and origin")
        sqs.change_message_visibility_batch(QueueUrl=dead, Entries=[
            {"Id": str(i), "ReceiptHandle": m["ReceiptHandle"], "VisibilityTimeout": 0} for i, m in enumerate(got)])
        arn = ARN % ("sqs", dead_name)
        handle = js("StartMessageMoveTask", SourceArn=arn)["TaskHandle"]
        task = until(lambda: [t for t in js("ListMessageMoveTasks", SourceArn=arn)["Results"] if t["Status"] == "COMPLETED"], "the move task's end")
        check(task and task[0]["ApproximateNumberOfMessagesMoved"] == 25, "all moved back", task)
        check(c.counts(url)[0] == 25 and c.counts(dead) == (0, 0, 0), "to where they came from", c.counts(url), c.counts(dead))
        js("CancelMessageMoveTask", TaskHandle=handle)
        check(js.status == 400, "a finished task is not cancelled")
        check(js("StartMessageMoveTask", SourceArn=ARN % ("sqs", url.rsplit("/")[-1]))["__type"].endswith("InvalidParameterValueException"),
              "only a dead-letter queue's messages are moved")

    @case
    def fifo():
        url = c.make(name() + ".fifo", FifoQueue="true", ContentBasedDeduplication="true")
        sent = [sqs.send_message(QueueUrl=url, MessageBody="%s%d" % (g, i), MessageGroupId=g) for i in range(5) for g in "ab"]
        numbers = [int(s["SequenceNumber"]) for s in sent]
        check(numbers == sorted(set(numbers)), "sequence numbers grow")
        again = sqs.send_message(QueueUrl=url, MessageBody="a0", MessageGroupId="b")
        check(again["MessageId"] == sent[0]["MessageId"] and again["SequenceNumber"] == sent[0]["SequenceNumber"], "a repetition is accepted and not delivered")
        check(c.counts(url) == (10, 0, 0), "ten messages", c.counts(url))
        one = c.receive(url, MaxNumberOfMessages=1)
        other = c.bodies(url, MaxNumberOfMessages=10)
        check(one[0]["Body"] == "a0" and other == ["b%d" % i for i in range(5)], "a group with a message in flight waits", other)
        check(c.receive(url) == [], "both groups wait")
        sqs.change_message_visibility(QueueUrl=url, ReceiptHandle=one[0]["ReceiptHandle"], VisibilityTimeout=0)
        check(c.bodies(url) == ["a%d" % i for i in range(5)], "from the first again")
        attempt = {"ReceiveRequestAttemptId": "attempt-1"}
        url = c.make(name() + ".fifo", FifoQueue="true", DeduplicationScope="messageGroup", FifoThroughputLimit="perMessageGroupId")
        for group in "ab":
            sqs.send_message(QueueUrl=url, MessageBody=group, MessageGroupId=group, MessageDeduplicationId="same")
        first = c.receive(url, **attempt)
        check(sorted(m["Body"] for m in first) == ["a", "b"], "deduplication by group", first)
        check([m["ReceiptHandle"] for m in c.receive(url, **attempt)] == [m["ReceiptHandle"] for m in first], "the same attempt gets the same messages")
        for m in first:
            sqs.delete_message(QueueUrl=url, ReceiptHandle=m["ReceiptHandle"])
        sqs.send_message(QueueUrl=url, MessageBody="a", MessageGroupId="a", MessageDeduplicationId="same")
        check(c.receive(url) == [], "also after it has been deleted")

    @case
    def fifo_consumers():
        url = c.make(name() + ".fifo", FifoQueue="true", VisibilityTimeout="60")
        groups, each = 8, 40
        for i in range(each):
            sqs.send_message_batch(QueueUrl=url, Entries=[
                {"Id": str(g), "MessageBody": str(i), "MessageGroupId": "g%d" % g, "MessageDeduplicationId": "%d-%d" % (g, i)} for g in range(groups)])
        seen, lock = {"g%d" % g: [] for g in range(groups)}, threading.Lock()

        def consume(number):
            mine = Json(c.endpoint)
            while sum(map(len, seen.values())) < groups * each:
                page = mine("ReceiveMessage", QueueUrl=url, MaxNumberOfMessages=1 + number, WaitTimeSeconds=1, MessageSystemAttributeNames=["MessageGroupId"])
                with lock:
                    for m in page.get("Messages", []):
                        seen[m["Attributes"]["MessageGroupId"]].append(int(m["Body"]))
                for m in page.get("Messages", []):
                    mine("DeleteMessage", QueueUrl=url, ReceiptHandle=m["ReceiptHandle"])
        run([lambda n=n: consume(n) for n in range(6)])
        check(all(got == list(range(each)) for got in seen.values()), "six consumers see each group in its order", {g: got[:50] for g, got in seen.items() if got != list(range(each))})

    @case
    def purge_and_again():
        queue_name = name()
        url = c.make(queue_name)
        for i in range(3):
            sqs.send_message(QueueUrl=url, MessageBody=str(i))
        handle = c.receive(url, MaxNumberOfMessages=1)[0]["ReceiptHandle"]
        sqs.purge_queue(QueueUrl=url)
        check(c.counts(url) == (0, 0, 0) and c.receive(url) == [], "purged", c.counts(url))
        sqs.delete_message(QueueUrl=url, ReceiptHandle=handle)
        sqs.send_message(QueueUrl=url, MessageBody="new")
        sqs.delete_queue(QueueUrl=url)
        check(error_of(sqs.send_message, QueueUrl=url, MessageBody="x")[0] == "AWS.SimpleQueueService.NonExistentQueue", "deleted")
        check(c.make(queue_name, VisibilityTimeout="7") == url and c.receive(url) == [], "made again, and empty")

    @case
    def many_messages():
        url = c.make(VisibilityTimeout="600")
        total = 10000

        def fill(first):
            mine = Json(c.endpoint)
            for at in range(first, total, 40):
                got = mine("SendMessageBatch", QueueUrl=url, Entries=[{"Id": str(i), "MessageBody": str(at + i)} for i in range(10)])
                check(len(got.get("Successful", [])) == 10, "a batch", got)
        run([lambda n=n: fill(10 * n) for n in range(4)])
        check(c.counts(url) == (total, 0, 0), "the counters of 10,000 messages", c.counts(url))
        found = drain(c, url, total, 8, delete=lambda n: n < 9000)
        check(sorted(found) == list(range(total)), "8 consumers: each message once", len(found), len(set(found)))
        check(c.counts(url) == (0, 1000, 0), "those that were not deleted are in flight", c.counts(url))


# ---- many users ----

def run(functions):
    threads = [threading.Thread(target=f) for f in functions]
    for t in threads:
        t.start()
    for t in threads:
        t.join()


def drain(c, url, total, consumers, delete=lambda n: True):
    found = []

    def consume():
        mine = Json(c.endpoint)
        while len(found) < total:
            page = mine("ReceiveMessage", QueueUrl=url, MaxNumberOfMessages=10).get("Messages", [])
            if not page:
                break
            found.extend(int(m["Body"]) for m in page)
            gone = [{"Id": str(i), "ReceiptHandle": m["ReceiptHandle"]} for i, m in enumerate(page) if delete(int(m["Body"]))]
            if gone:
                mine("DeleteMessageBatch", QueueUrl=url, Entries=gone)
    run([consume] * consumers)
    return found


def killed():
    """8 consumers over 5,000 messages, kill -9 in between: what was acknowledged counts, once."""
    with Server("--log-level", "error") as server:
        c = Clients(server.endpoint)
        url = c.make(VisibilityTimeout="600")
        js = Json(server.endpoint)
        for first in range(0, 5000, 10):
            js("SendMessageBatch", QueueUrl=url, Entries=[{"Id": str(i), "MessageBody": str(first + i)} for i in range(10)])
        seen, deleted, unsure, lock = [], set(), set(), threading.Lock()
        over = threading.Event()

        def consume():
            mine = Json(server.endpoint)
            while not over.is_set():
                try:
                    page = mine("ReceiveMessage", QueueUrl=url, MaxNumberOfMessages=10).get("Messages", [])
                    if not page:
                        return
                    numbers = [int(m["Body"]) for m in page]
                    with lock:
                        seen.extend(numbers)
                        unsure.update(numbers)
                    mine("DeleteMessageBatch", QueueUrl=url, Entries=[{"Id": str(i), "ReceiptHandle": m["ReceiptHandle"]} for i, m in enumerate(page)])
                    with lock:
                        unsure.difference_update(numbers)
                        deleted.update(numbers)
                except (OSError, http.client.HTTPException, ValueError):
                    mine.connection = None
                    time.sleep(0.02)
        threads = [threading.Thread(target=consume) for _ in range(8)]
        for t in threads:
            t.start()
        for part in (1200, 2400, 3600):
            until(lambda: len(seen) >= part, "consumers get on", 20)
            server.kill()
            server.start()
        for t in threads:
            t.join()
        check(len(seen) == len(set(seen)), "no message twice within its visibility timeout", len(seen) - len(set(seen)))
        rest = c.counts(url)
        # A receive whose answer was lost hides its messages; a delete whose answer was lost may have happened.
        unseen = 5000 - len(seen)
        check(unseen <= 8 * 3 * 10, "only answers that were on their way are lost", unseen)
        check(rest[0] == 0 and unseen <= rest[1] <= unseen + len(unsure), "what was not deleted is there", rest, unseen, len(unsure))
        js = Json(server.endpoint)  # the old connection went with the server
        js.send("ReceiveMessage", {"QueueUrl": url, "WaitTimeSeconds": 20})
        began = time.monotonic()
        check(server.stop() == 0 and time.monotonic() - began < 5, "a server with a poll stops")
        try:
            check(js.answer() == {}, "a poll ends with the server, with nothing")
        except (OSError, http.client.HTTPException):
            pass
        server.start()


# ---- topics ----

class Endpoint(http.server.ThreadingHTTPServer):
    """Collects what topics send; answers `statuses` in turn, and then 200."""
    daemon_threads = True

    def __init__(self):
        self.got = queue.Queue()
        self.statuses = []

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                status = self.server.statuses.pop(0) if self.server.statuses else 200
                self.server.got.put((self.path, dict(self.headers), body, status))
                self.send_response(status)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *args):
                pass
        super().__init__(("127.0.0.1", 0), Handler)
        self.url = "http://127.0.0.1:%d" % self.server_port
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def next(self, seconds=15):
        return self.got.get(timeout=seconds)


def is_signed(message):
    """Verifies as AWS's documents say, with openssl."""
    names = ["Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type"]
    if message["Type"] != "Notification":
        names = ["Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type"]
    text = "".join("%s\n%s\n" % (n, message[n]) for n in names if n in message)
    with tempfile.TemporaryDirectory() as work:
        def at(file, data):
            with open(os.path.join(work, file), "wb") as h:
                h.write(data)
            return h.name
        certificate = at("certificate", fetch(message["SigningCertURL"]))
        key = at("key", subprocess.run(["openssl", "x509", "-in", certificate, "-pubkey", "-noout"], check=True, capture_output=True).stdout)
        digest = "-sha256" if message["SignatureVersion"] == "2" else "-sha1"
        return subprocess.run(["openssl", "dgst", digest, "-verify", key, "-signature", at("signature", base64.b64decode(message["Signature"])),
                               at("text", text.encode())], capture_output=True).returncode == 0


FILTERS = [  # AWS's documents: policy, attributes or body that match, that do not
    ({"store": ["example_corp"]}, {"store": "example_corp"}, {"store": "other"}),
    ({"customer_interests": [{"anything-but": ["rugby", "tennis"]}]}, {"customer_interests": "baseball"}, {"customer_interests": "rugby"}),
    ({"customer_interests": [{"prefix": "bas"}]}, {"customer_interests": "baseball"}, {"customer_interests": "rugby"}),
    ({"customer_interests": [{"suffix": "ball"}]}, {"customer_interests": "baseball"}, {"customer_interests": "rugby"}),
    ({"customer_interests": [{"equals-ignore-case": "tennis"}]}, {"customer_interests": "TENNIS"}, {"customer_interests": "rugby"}),
    ({"price_usd": [{"numeric": [">", 0, "<=", 150]}]}, {"price_usd": 150}, {"price_usd": 0}),
    ({"price_usd": [{"numeric": ["=", 301.5]}]}, {"price_usd": 301.50}, {"price_usd": 301}),
    ({"price": [{"anything-but": [100, 500]}]}, {"price": 101}, {"price": 100}),
    ({"store": [{"exists": True}]}, {"store": "any"}, {"other": "x"}),
    ({"store": [{"exists": False}]}, {"other": "x"}, {"store": "any"}),
    ({"source_ip": [{"cidr": "10.0.0.0/24"}]}, {"source_ip": "10.0.0.77"}, {"source_ip": "10.1.1.0"}),
    ({"$or": [{"metricName": ["CPUUtilization"]}, {"namespace": ["AWS/EC2"]}]}, {"namespace": "AWS/EC2"}, {"namespace": "AWS/ES"}),
]


def topic_cases(c, server):
    sns, sqs = c.sns, c.sqs

    def subscribe(topic, protocol, endpoint, **attributes):
        return sns.subscribe(TopicArn=topic, Protocol=protocol, Endpoint=endpoint, Attributes=attributes, ReturnSubscriptionArn=True)["SubscriptionArn"]

    def make_queue(suffix="", **attributes):
        queue_name = name("reader") + suffix
        return c.make(queue_name, **attributes), ARN % ("sqs", queue_name)

    def confirmed(topic, endpoint, **attributes):
        arn = subscribe(topic, "http", endpoint.url + "/in", **attributes)
        path, headers, body, _ = endpoint.next()
        message = json.loads(body)
        check(path == "/in" and headers["x-amz-sns-message-type"] == message["Type"] == "SubscriptionConfirmation", "SubscriptionConfirmation", headers)
        check(headers["x-amz-sns-topic-arn"] == topic and headers["x-amz-sns-message-id"] == message["MessageId"], "its headers", headers)
        check(headers["Content-Type"].startswith("text/plain; charset=UTF-8") and headers["User-Agent"] == "Amazon Simple Notification Service Agent", "its type", headers)
        check(is_signed(message), "its signature")
        check(arn.encode() in fetch(message["SubscribeURL"]), "GET of the SubscribeURL confirms")
        return arn

    @case
    def errors():
        topic = sns.create_topic(Name=name("t"))["TopicArn"]
        entry = {"Id": "1", "Message": "x"}
        for method, params, code in (
                ("create_topic", {"Name": "a b"}, "InvalidParameter"), ("create_topic", {"Name": "x.fifo"}, "InvalidParameter"),
                ("publish", {"TopicArn": topic, "Message": ""}, "InvalidParameter"), ("publish", {"TopicArn": topic + "x", "Message": "x"}, "NotFound"),
                ("publish", {"TopicArn": topic, "Message": "x" * (256 * 1024 + 1)}, "InvalidParameter"),
                ("publish", {"TopicArn": topic, "Message": "x", "Subject": "é\n"}, "InvalidParameter"),
                ("publish", {"TopicArn": topic, "Message": "{}", "MessageStructure": "json"}, "InvalidParameter"),
                ("publish", {"TopicArn": topic, "Message": "x", "MessageAttributes": {"a": {"DataType": "Number", "StringValue": "z"}}}, "ParameterValueInvalid"),
                ("publish_batch", {"TopicArn": topic, "PublishBatchRequestEntries": []}, "EmptyBatchRequest"),
                ("publish_batch", {"TopicArn": topic, "PublishBatchRequestEntries": [entry] * 2}, "BatchEntryIdsNotDistinct"),
                ("publish_batch", {"TopicArn": topic, "PublishBatchRequestEntries": [dict(entry, Id=str(i)) for i in range(11)]}, "TooManyEntriesInBatchRequest"),
                ("subscribe", {"TopicArn": topic, "Protocol": "sqs", "Endpoint": "x"}, "InvalidParameter"),
                ("subscribe", {"TopicArn": topic, "Protocol": "http", "Endpoint": "ftp://x"}, "InvalidParameter"),
                ("subscribe", {"TopicArn": topic, "Protocol": "email", "Endpoint": "x"}, "InvalidParameter"),
                ("subscribe", {"TopicArn": topic, "Protocol": "sqs", "Endpoint": ARN % ("sqs", "x"), "Attributes": {"FilterPolicy": "{\"a\":1}"}}, "InvalidParameter"),
                ("confirm_subscription", {"TopicArn": topic, "Token": "x"}, "InvalidParameter"),
                ("get_topic_attributes", {"TopicArn": topic + "x"}, "NotFound")):
            got = error_of(getattr(sns, method), **params)
            check(got[0] == code, method, str(params)[:90], got)

    @case
    def web_endpoint():
        endpoint = Endpoint()
        topic = sns.create_topic(Name=name("t"))["TopicArn"]
        arn = confirmed(topic, endpoint)
        sent = sns.publish(TopicArn=topic, Subject="hello", Message="héllo \"x\"\n",
                           MessageAttributes={"a": {"DataType": "String", "StringValue": "1"}})["MessageId"]
        _, headers, body, _ = endpoint.next()
        message = json.loads(body)
        check(message["MessageId"] == sent and message["Message"] == "héllo \"x\"\n" and message["Subject"] == "hello", "Notification", message)
        check(headers["x-amz-sns-message-type"] == "Notification" and headers["x-amz-sns-subscription-arn"] == arn, "its headers", headers)
        check(message["MessageAttributes"] == {"a": {"Type": "String", "Value": "1"}}, "its attributes")
        check(is_signed(message) and message["SignatureVersion"] == "1", "a signature of version 1")
        check(not is_signed(dict(message, Message="other")), "which is not that of another message")
        sns.set_topic_attributes(TopicArn=topic, AttributeName="SignatureVersion", AttributeValue="2")
        sns.publish(TopicArn=topic, Message="two")
        message = json.loads(endpoint.next()[2])
        check(message["SignatureVersion"] == "2" and is_signed(message), "a signature of version 2")
        sns.set_subscription_attributes(SubscriptionArn=arn, AttributeName="RawMessageDelivery", AttributeValue="true")
        sns.publish(TopicArn=topic, Message="raw")
        _, headers, body, _ = endpoint.next()
        check(body == b"raw" and headers.get("x-amz-sns-rawdelivery") == "true", "raw delivery", body, headers)
        fetch(message["UnsubscribeURL"])
        check(json.loads(endpoint.next()[2])["Type"] == "UnsubscribeConfirmation", "the unsubscribe link asks")
        until(lambda: not sns.list_subscriptions_by_topic(TopicArn=topic)["Subscriptions"], "the end of the subscription")
        endpoint.shutdown()

    @case
    def retries_and_dead_letters():
        endpoint = Endpoint()
        topic = sns.create_topic(Name=name("t"))["TopicArn"]
        dead, dead_arn = make_queue()
        policy = {"healthyRetryPolicy": {"numRetries": 2, "numNoDelayRetries": 2, "minDelayTarget": 1, "maxDelayTarget": 1, "numMinDelayRetries": 0,
                                         "numMaxDelayRetries": 0, "backoffFunction": "linear"}}
        arn = confirmed(topic, endpoint, DeliveryPolicy=json.dumps(policy), RedrivePolicy=json.dumps({"deadLetterTargetArn": dead_arn}))
        endpoint.statuses[:] = [500, 503]
        sns.publish(TopicArn=topic, Message="thrice")
        got = [endpoint.next() for _ in range(3)]
        check([g[3] for g in got] == [500, 503, 200] and len({g[1]["x-amz-sns-message-id"] for g in got}) == 1, "500, 503, then 200")
        endpoint.statuses[:] = [500] * 3
        sent = sns.publish(TopicArn=topic, Message="lost")["MessageId"]
        for _ in range(3):
            endpoint.next()
        page = c.receive(dead, WaitTimeSeconds=10, MessageAttributeNames=["All"])
        check(page and json.loads(page[0]["Body"])["MessageId"] == sent, "a dead letter after the last retry", page)
        endpoint.statuses[:] = [404]
        sns.publish(TopicArn=topic, Message="permanent")
        endpoint.next()
        check(c.receive(dead, WaitTimeSeconds=10), "a client-side error is final at once")
        check(endpoint.got.empty(), "and not tried again")
        sns.unsubscribe(SubscriptionArn=arn)
        endpoint.shutdown()

    @case
    def filters():
        topic = sns.create_topic(Name=name("t"))["TopicArn"]
        url, queue_arn = make_queue()
        arn = subscribe(topic, "sqs", queue_arn, RawMessageDelivery="true")
        for scope in ("MessageAttributes", "MessageBody"):
            sns.set_subscription_attributes(SubscriptionArn=arn, AttributeName="FilterPolicyScope", AttributeValue=scope)
            for policy, good, bad in FILTERS:
                sns.set_subscription_attributes(SubscriptionArn=arn, AttributeName="FilterPolicy", AttributeValue=json.dumps(policy))
                for fields in (good, bad):
                    typed = {k: {"DataType": "String" if isinstance(v, str) else "Number", "StringValue": str(v)} for k, v in fields.items()}
                    sns.publish(TopicArn=topic, Message=json.dumps(fields), MessageAttributes=typed if scope == "MessageAttributes" else {})
                got = c.receive(url)
                check([json.loads(m["Body"]) for m in got] == [good], scope, policy, [m["Body"] for m in got])
                for m in got:
                    sqs.delete_message(QueueUrl=url, ReceiptHandle=m["ReceiptHandle"])

    @case
    def fifo_topic():
        topic = sns.create_topic(Name=name("t") + ".fifo", Attributes={"FifoTopic": "true", "ContentBasedDeduplication": "true"})["TopicArn"]
        url, queue_arn = make_queue(".fifo", FifoQueue="true")
        subscribe(topic, "sqs", queue_arn, RawMessageDelivery="true")
        check(error_of(sns.subscribe, TopicArn=topic, Protocol="http", Endpoint="http://x/")[0] == "InvalidParameter", "no web endpoint of a FIFO topic")
        check(error_of(sns.publish, TopicArn=topic, Message="x")[0] == "InvalidParameter", "a message without its group")
        for _ in range(2):
            got = sns.publish_batch(TopicArn=topic, PublishBatchRequestEntries=[{"Id": str(i), "Message": "m%d" % i, "MessageGroupId": "g"} for i in range(10)])
            check(len(got["Successful"]) == 10 and got["Successful"][0]["SequenceNumber"], "PublishBatch", got)
        check(c.bodies(url) == ["m%d" % i for i in range(10)] and c.counts(url) == (0, 10, 0), "in order, and once", c.counts(url))

    @case
    def fan_out():
        topic = sns.create_topic(Name=name("t"))["TopicArn"]
        queues = [make_queue() for _ in range(300)]
        for _, queue_arn in queues:
            subscribe(topic, "sqs", queue_arn)
        sent = sns.publish(TopicArn=topic, Message="all")["MessageId"]
        got = [c.receive(url, WaitTimeSeconds=10) for url, _ in queues]
        check(all(len(g) == 1 and json.loads(g[0]["Body"])["MessageId"] == sent for g in got), "300 queues", sum(map(len, got)))
        seen, token = 0, ""
        while token is not None:
            page = sns.list_subscriptions_by_topic(TopicArn=topic, **({"NextToken": token} if token else {}))
            seen, token = seen + len(page["Subscriptions"]), page.get("NextToken")
        check(seen == 300, "listed in pages", seen)
        sns.delete_topic(TopicArn=topic)
        check(error_of(sns.publish, TopicArn=topic, Message="x")[0] == "NotFound", "deleted")

    @case
    def mail():
        topic = sns.create_topic(Name=name("t"))["TopicArn"]
        check(sns.subscribe(TopicArn=topic, Protocol="email", Endpoint="a@example.com")["SubscriptionArn"] == "pending confirmation", "pending")

        def letters():
            shown = subprocess.run([BATON, "outbox", "--endpoint", server.endpoint, "--topic", topic, "--json"], capture_output=True, text=True)
            return [json.loads(line) for line in shown.stdout.splitlines()]
        sns.publish(TopicArn=topic, Message="too early")
        check([m["type"] for m in letters()] == ["SubscriptionConfirmation"], "a mail asks", letters())
        fetch(letters()[0]["url"])
        sns.publish(TopicArn=topic, Message="text", Subject="about")
        newest = letters()[0]
        check((newest["endpoint"], newest["subject"], newest["body"]) == ("a@example.com", "about", "text"), "and then brings messages", newest)

    @case
    def function_as_subscriber():
        answers, answers_arn = make_queue()
        topic = sns.create_topic(Name=name("t"))["TopicArn"]
        with tempfile.TemporaryDirectory() as code:
            os.chmod(code, 0o755)
            with open(os.path.join(code, "app.py"), "w") as h:
                h.write("import boto3\ndef handler(event, context):\n    record = event['Records'][0]\n"
                        "    boto3.client('sqs').send_message(QueueUrl='%s', MessageBody=record['Sns']['Message'] + record['EventSource'])\n" % answers)
            body = json.dumps({"FunctionName": name("f"), "Runtime": "python3.12", "Handler": "app.handler",
                               "Role": "arn:aws:iam::000000000000:role/x", "Code": {"Directory": code}}).encode()
            with urllib.request.urlopen(server.endpoint + "/2015-03-31/functions", body) as answer:
                function = json.load(answer)["FunctionArn"]
            subscribe(topic, "lambda", function)
            sns.publish(TopicArn=topic, Message="hello ")
            check(c.bodies(answers, WaitTimeSeconds=20) == ["hello aws:sns"], "a function hears it")


def deliveries_survive():
    """What a publish has promised is delivered by the server that comes after a kill -9."""
    with Server("--log-level", "error") as server:
        c, endpoint = Clients(server.endpoint), Endpoint()
        topic = c.sns.create_topic(Name="t")["TopicArn"]
        policy = {"healthyRetryPolicy": {"numRetries": 5, "minDelayTarget": 1, "maxDelayTarget": 1}}
        c.sns.subscribe(TopicArn=topic, Protocol="http", Endpoint=endpoint.url, Attributes={"DeliveryPolicy": json.dumps(policy)})
        fetch(json.loads(endpoint.next()[2])["SubscribeURL"])
        endpoint.statuses[:] = [503]
        sent = c.sns.publish(TopicArn=topic, Message="x")["MessageId"]
        endpoint.next()
        server.kill()
        server.start()
        got = endpoint.next()
        check(got[3] == 200 and json.loads(got[2])["MessageId"] == sent, "the retry comes after the restart", got)
        endpoint.shutdown()


def main():
    with Server("--log-level", "warn") as server:
        c = Clients(server.endpoint)
        queue_cases(c)
        topic_cases(c, server)
    case(killed)
    case(deliveries_survive)
    done()


if __name__ == "__main__":
    main()
