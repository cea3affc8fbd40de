#!/usr/bin/python3
"""Step Functions' integrations end to end: workflows that call functions, queues, topics, tables, buses,
HTTP APIs and other workflows of a real server, here and at endpoints outside, and across a kill -9."""
import http.server
import io
import json
import os
import re
import sys
import tempfile
import threading
import time
import urllib.parse
import zipfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from check import case, check, done  # noqa: E402
from server import Server  # noqa: E402

import boto3  # noqa: E402
from botocore.config import Config  # noqa: E402

ROLE = "arn:aws:iam::000000000000:role/test"
KEYS = dict(region_name="us-east-1", aws_access_key_id="test", aws_secret_access_key="test")
CONFIG = Config(retries={"max_attempts": 0}, read_timeout=70, inject_host_prefix=False)
STATES = "arn:aws:states:::"
INVOKE, SDK = STATES + "lambda:invoke", STATES + "aws-sdk:"
HANDLER = '''
import sys, time
def handle(event, context):
    if isinstance(event, dict):
        if "note" in event:
            with open(event["note"], "a") as h:
                h.write("%s\\n" % event.get("i"))
        time.sleep(event.get("sleep", 0))
        if "token" in event:
            import boto3
            boto3.client("stepfunctions").send_task_success(taskToken=event["token"], output='"inside"')
        if "raise" in event: raise ValueError(event["raise"])
        if "exit" in event: sys.exit(event["exit"])
        if "big" in event: return "x" * event["big"]
        time.sleep(event.get("after", 0))
    return event
'''


def zipped():
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as z:
        z.writestr("handler.py", HANDLER)
    return out.getvalue()


def task(resource, parameters=None, **more):
    state = {"Type": "Task", "Resource": resource, **more}
    if "Next" not in more:
        state["End"] = True
    if parameters is not None:
        state["Arguments" if more.get("QueryLanguage") == "JSONata" else "Parameters"] = parameters
    return {"StartAt": "T", "States": {"T": state}}


class World:
    """Clients of a server, and a few words for running workflows on it."""

    made = 0

    def __init__(self, endpoint):
        names = ("sqs", "sns", "dynamodb", "lambda", "stepfunctions", "events")
        self.sqs, self.sns, self.tables, self.functions, self.states, self.events = (
            boto3.client(name, endpoint_url=endpoint, config=CONFIG, **KEYS) for name in names)

    def machine(self, definition, **more):
        World.made += 1
        return self.states.create_state_machine(name="m%d" % World.made, definition=json.dumps(definition),
                                                roleArn=ROLE, **more)["stateMachineArn"]

    def start(self, definition, value=None):
        return self.states.start_execution(stateMachineArn=self.machine(definition),
                                           input=json.dumps(value))["executionArn"]

    def wait(self, arn, seconds=30):
        end = time.time() + seconds
        while time.time() < end:
            found = self.states.describe_execution(executionArn=arn)
            if found["status"] != "RUNNING":
                return found
            time.sleep(0.01)
        raise RuntimeError("still running: " + arn)

    def run(self, resource, parameters=None, value=None, **more):
        """(output, error, cause)"""
        return self.ended(self.start(task(resource, parameters, **more), value))

    def ended(self, arn):
        found = self.wait(arn)
        output = found.get("output")
        return json.loads(output) if output is not None else None, found.get("error"), found.get("cause")

    def types(self, arn):
        events = self.states.get_execution_history(executionArn=arn, maxResults=1000)["events"]
        return [e["type"] for e in events]

    def function(self, name="f", timeout=10):
        return self.functions.create_function(FunctionName=name, Runtime="python3.12", Role=ROLE, Handler="handler.handle",
                                              Code={"ZipFile": zipped()}, Timeout=timeout)["FunctionArn"]

    def table(self, name):
        self.tables.create_table(TableName=name, BillingMode="PAY_PER_REQUEST",
                                 KeySchema=[{"AttributeName": "k", "KeyType": "HASH"}],
                                 AttributeDefinitions=[{"AttributeName": "k", "AttributeType": "S"}])

    def queue(self, name):
        url = self.sqs.create_queue(QueueName=name)["QueueUrl"]
        return url, "arn:aws:sqs:us-east-1:000000000000:" + name

    def receive(self, url, seconds=10):
        found = self.sqs.receive_message(QueueUrl=url, WaitTimeSeconds=seconds,
                                         MessageAttributeNames=["All"]).get("Messages")
        if not found:
            return None
        self.sqs.delete_message(QueueUrl=url, ReceiptHandle=found[0]["ReceiptHandle"])
        return found[0]


def fails(w, name, start, resource, parameters=None, value=None, **more):
    output, error, cause = w.run(resource, parameters, value, **more)
    check(error == name and (cause or "").startswith(start), "fails with", name, start, "got", error, cause, output)


# ---- functions ----

def functions(w):
    arn = w.function()
    for value in (None, 0, 1.5, "text", "", [], {}, [1, "a", None], True, {"a": {"b": None}}):
        check(w.run(arn, value=value)[0] == value, "a function's ARN passes the input on", value)
        output = w.run(INVOKE, {"FunctionName": "f", "Payload": value})[0]
        check(output["Payload"] == ({} if value is None else value), "lambda:invoke passes", value, output)
    check(output["StatusCode"] == 200 and output["ExecutedVersion"] == "$LATEST", "what is beside the payload")
    check(output["SdkHttpMetadata"]["HttpStatusCode"] == 200, "the head", output["SdkHttpMetadata"])
    for form, status in (("Event", 202), ("DryRun", 204)):
        output = w.run(INVOKE, {"FunctionName": "f", "InvocationType": form, "Payload": {}})[0]
        check(output["StatusCode"] == status and output["Payload"] == "", form, output)
        check(output["SdkHttpMetadata"]["HttpHeaders"]["Content-Length"] == "0", form, "has no body")
    check("LogResult" in w.run(INVOKE, {"FunctionName": "f", "LogType": "Tail"})[0], "LogType Tail")
    output = w.run(SDK + "lambda:invoke", {"FunctionName": "f", "Payload": {"raise": "no"}})[0]
    check(output["FunctionError"] == "Unhandled" and json.loads(output["Payload"])["errorType"] == "ValueError",
          "aws-sdk:lambda:invoke shows the error in its answer", output)
    for resource, value in ((arn, {"raise": "no"}), (INVOKE, None)):
        _, error, cause = w.run(resource, None if value else {"FunctionName": "f", "Payload": {"raise": "no"}}, value)
        check(error == "ValueError" and json.loads(cause)["errorMessage"] == "no", "what it raises", error, cause)
    fails(w, "Runtime.ExitError", '{"errorType":"Runtime.ExitError"', INVOKE, {"FunctionName": "f", "Payload": {"exit": 3}})
    fails(w, "States.DataLimitExceeded", "The state/task", INVOKE, {"FunctionName": "f", "Payload": {"big": 300000}})
    fails(w, "Lambda.ResourceNotFoundException", "Function not found: " + arn[:-1] + "none:$LATEST (Service: AWSLambda; "
          "Status Code: 404; Error Code: ResourceNotFoundException;", INVOKE, {"FunctionName": "none"})
    fails(w, "Lambda.ResourceNotFoundException", "Function not found: ", SDK + "lambda:getFunction", {"FunctionName": "none"})
    fails(w, "Lambda.AWSLambdaException", "1 validation error detected: Value 'Foo' at 'invocationType'", INVOKE,
          {"FunctionName": "f", "InvocationType": "Foo"})
    fails(w, "States.Runtime", "An error occurred while executing the state 'T'", INVOKE, {"FunctionName": "f", "Foo": 1})
    output = w.run(INVOKE, {"FunctionName": "f", "Payload": "{% $states.input %}"}, {"a": [1]},
                   QueryLanguage="JSONata", Output="{% $states.result.Payload.a %}")[0]
    check(output == [1], "JSONata Arguments", output)


def many(w):
    item = task(INVOKE, {"FunctionName": "f", "Payload.$": "$"}, OutputPath="$.Payload")
    output = w.ended(w.start({"StartAt": "M", "States": {
        "M": {"Type": "Map", "MaxConcurrency": 10, "ItemProcessor": item, "End": True}}}, list(range(100))))[0]
    check(output == list(range(100)), "100 items in order", output)
    branch = {"StartAt": "A", "States": {"A": {"Type": "Task", "Resource": STATES + "sqs:sendMessage", "End": True,
              "Parameters": {"QueueUrl": w.queue("none")[0] + "x", "MessageBody": "x"}}}}
    output, error, _ = w.ended(w.start({"StartAt": "P", "States": {
        "P": {"Type": "Parallel", "Branches": [item, branch], "End": True}}}, 5))
    check(error == "SQS.QueueDoesNotExistException", "a branch's error is the Parallel's", error, output)
    started = time.time()
    state = task(INVOKE, {"FunctionName": "none"}, Next="D",
                 Retry=[{"ErrorEquals": ["Lambda.ResourceNotFoundException"], "IntervalSeconds": 1, "MaxAttempts": 1}],
                 Catch=[{"ErrorEquals": ["Lambda.ResourceNotFoundException"], "ResultPath": "$.e", "Next": "D"}])
    state["States"]["D"] = {"Type": "Pass", "End": True}
    arn = w.start(state, {})
    output = w.ended(arn)[0]
    check(output["e"]["Error"] == "Lambda.ResourceNotFoundException" and time.time() - started >= 1, "Retry, then Catch")
    check(w.types(arn).count("TaskFailed") == 2, "two attempts", w.types(arn))
    for definition, wanted in ((task(INVOKE, {"FunctionName": "f", "Payload": 7}, OutputPath="$.Payload"), "7"),
                               (task(INVOKE, {"FunctionName": "f", "Payload": {"raise": "x"}}), "ValueError"),
                               (task(INVOKE, {"FunctionName": "f", "Payload": {"sleep": 2}}, TimeoutSeconds=1), "States.Timeout")):
        found = w.states.start_sync_execution(stateMachineArn=w.machine(definition, type="EXPRESS"), input="{}")
        check(found.get("output", found.get("error")) == wanted, "Express:", wanted, found)


def late(w):
    """What comes after its task has ended changes nothing."""
    payload = {"FunctionName": "f", "Payload": {"sleep": 1.5, "token.$": "$$.Task.Token"}}
    caught = task(INVOKE, {"FunctionName": "f", "Payload": {"sleep": 1.5}}, TimeoutSeconds=1, Next="W",
                  Catch=[{"ErrorEquals": ["States.Timeout"], "Next": "W"}])
    caught["States"]["W"] = {"Type": "Wait", "Seconds": 1, "End": True}
    wait = INVOKE + ".waitForTaskToken"
    runs = {
        "timeout": w.start(caught),
        "heartbeat": w.start(task(wait, payload, HeartbeatSeconds=1)),
        "silence": w.start(task(wait, {"FunctionName": "f", "Payload": {"t.$": "$$.Task.Token"}}, HeartbeatSeconds=1)),
        "stopped": w.start(task(INVOKE, {"FunctionName": "f", "Payload": {"sleep": 1.5}})),
        "early": w.start(task(wait, {"FunctionName": "f", "Payload": {"token.$": "$$.Task.Token", "after": 1}})),
        "raises": w.start(task(wait, {"FunctionName": "f", "Payload": {"token.$": "$$.Task.Token", "raise": "late"}})),
    }
    w.states.stop_execution(executionArn=runs["stopped"], error="E", cause="c")
    ended = {name: w.ended(arn) for name, arn in runs.items()}
    before = {name: w.types(arn) for name, arn in runs.items()}
    time.sleep(1.7)  # the functions' answers are in by now
    for name, arn in runs.items():
        check(w.types(arn) == before[name], name, "stays as it was", before[name], w.types(arn))
    check(ended["timeout"][0] == {"Error": "States.Timeout"}, "States.Timeout is caught", ended["timeout"])
    check(before["timeout"][4:6] == ["TaskTimedOut", "TaskStateExited"], "timed out", before["timeout"])
    check(ended["heartbeat"][1] == "States.Timeout" and "TaskSubmitted" not in before["heartbeat"], "heartbeat, running")
    check(ended["silence"][1] == "States.Timeout" and "TaskSubmitted" in before["silence"], "heartbeat, submitted")
    check(ended["stopped"][1] == "E", "stopped while the function runs", ended["stopped"])
    check(ended["early"][0] == "inside" and ended["raises"][0] == "inside", "a callback before the function's end", ended)


# ---- queues, topics, tables, buses, workflows ----

def messages(w):
    url, arn = w.queue("q")
    for value, body in (("s", "s"), (1, "1"), (1.5, "1.5"), (True, "true"), ([1], "[1]"), ({"a": 1}, '{"a":1}'), ({}, "{}")):
        output = w.run(STATES + "sqs:sendMessage", {"QueueUrl": url, "MessageBody": value})[0]
        message = w.receive(url)
        check(message["Body"] == body and output["MessageId"] == message["MessageId"], "a body of JSON", value, message)
    topic = w.sns.create_topic(Name="t")["TopicArn"]
    w.sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn)
    for value, body in (("s", "s"), (1, "1"), ([1], "[1]"), ({"a": 1}, '{"a":1}')):
        output = w.run(STATES + "sns:publish", {"TopicArn": topic, "Message": value})[0]
        envelope = json.loads(w.receive(url)["Body"])
        check(envelope["Message"] == body and envelope["MessageId"] == output["MessageId"], "a message of JSON", value)
    fails(w, "SQS.AmazonSQSException", "The request must contain the parameter MessageBody. (Service: AmazonSQS; Status "
          "Code: 400; Error Code: MissingParameter;", STATES + "sqs:sendMessage", {"QueueUrl": url, "MessageBody": ""})
    fails(w, "SQS.QueueDoesNotExistException", "The specified queue does not exist. (Service: AmazonSQS; Status Code: 400; "
          "Error Code: AWS.SimpleQueueService.NonExistentQueue;", STATES + "sqs:sendMessage", {"QueueUrl": url + "x", "MessageBody": "x"})
    fails(w, "SNS.NotFoundException", "Topic does not exist (Service: AmazonSNS; Status Code: 404; Error Code: NotFound;",
          STATES + "sns:publish", {"TopicArn": topic + "x", "Message": "x"})
    fails(w, "SNS.AmazonSNSException", "1 validation error detected: Value null at 'message'",
          STATES + "sns:publish", {"TopicArn": topic, "Message": None})
    fails(w, "States.Runtime", "An error occurred", STATES + "sqs:sendMessage", {"QueueUrl": url, "MessageBody": "x", "DelaySeconds": "3"})
    for resource, parameters in ((STATES + "sqs:sendMessage", {"QueueUrl": url, "MessageBody.$": "$$.Task.Token"}),
                                 (STATES + "sns:publish", {"TopicArn": topic, "Message.$": "$$.Task.Token"})):
        execution = w.start(task(resource + ".waitForTaskToken", parameters))
        body = w.receive(url)["Body"]
        token = json.loads(body)["Message"] if body.startswith("{") else body
        w.states.send_task_success(taskToken=token, output="[1]")
        check(w.ended(execution)[0] == [1], "the token of", resource)
        check(w.types(execution)[3:6] == ["TaskStarted", "TaskSubmitted", "TaskSucceeded"], "history", w.types(execution))


def tables(w):
    w.table("items")
    item = {"k": {"S": "1"}, "n": {"N": "1.50"}, "b": {"BOOL": True}, "u": {"NULL": True}, "l": {"L": [{"S": "a"}]},
            "m": {"M": {"BOOL": {"S": "mine"}}}, "ss": {"SS": ["a", "b"]}, "bin": {"B": "aGk="}}
    key = {"TableName": "items", "Key": {"k": {"S": "1"}}}
    w.run(STATES + "dynamodb:putItem", {"TableName": "items", "Item": item})
    output = w.run(STATES + "dynamodb:getItem", key)[0]
    check(output["Item"] == {**item, "n": {"N": "1.5"}}, "getItem", output)
    output = w.run(SDK + "dynamodb:getItem", key)[0]["Item"]
    check(output["b"] == {"Bool": True} and output["u"] == {"Nul": True} and output["ss"] == {"Ss": ["a", "b"]} and
          output["m"] == {"M": {"BOOL": {"S": "mine"}}}, "names of the SDK, keys of the user's", output)
    output = w.run(STATES + "dynamodb:updateItem", {
        **key, "UpdateExpression": "SET #z = :v", "ExpressionAttributeNames": {"#z": "z"},
        "ExpressionAttributeValues": {":v": {"N": "3"}}, "ReturnValues": "UPDATED_NEW"})[0]
    check(output["Attributes"] == {"z": {"N": "3"}}, "updateItem", output)
    refused = {"TableName": "items", "Item": {"k": {"S": "1"}}, "ConditionExpression": "attribute_not_exists(k)"}
    fails(w, "DynamoDB.ConditionalCheckFailedException", "The conditional request failed (Service: AmazonDynamoDBv2; Status "
          "Code: 400; Error Code: ConditionalCheckFailedException;", STATES + "dynamodb:putItem", refused)
    fails(w, "DynamoDb.ConditionalCheckFailedException", "The conditional request failed (Service: DynamoDb, Status Code: 400",
          SDK + "dynamodb:putItem", refused)
    fails(w, "DynamoDB.AmazonDynamoDBException", "One or more parameter values were invalid: Missing the key k in the item",
          STATES + "dynamodb:putItem", {"TableName": "items", "Item": {"z": {"S": "1"}}})
    fails(w, "DynamoDB.ResourceNotFoundException", "Requested resource not found", STATES + "dynamodb:getItem", {**key, "TableName": "none"})
    fails(w, "States.Runtime", "An error occurred", STATES + "dynamodb:getItem", {"TableName": "items", "Key": {"k": {"S": 1}}})
    output = w.run(STATES + "dynamodb:deleteItem", {**key, "ReturnValues": "ALL_OLD"})[0]
    check(output["Attributes"]["z"] == {"N": "3"}, "deleteItem", output)


def workflows(w):
    child = w.machine({"StartAt": "A", "States": {"A": {"Type": "Pass", "End": True}}})
    bad = w.machine({"StartAt": "A", "States": {"A": {"Type": "Fail", "Error": "E", "Cause": "c"}}})
    start = STATES + "states:startExecution"
    for given, wanted in (({"a": 1}, {"a": 1}), ('{"b":2}', {"b": 2}), (5, 5), (None, {})):
        output = w.run(start, {"StateMachineArn": child, "Input": given})[0]
        check(json.loads(w.wait(output["ExecutionArn"])["output"]) == wanted, "starts with", given)
        output = w.run(start + ".sync", {"StateMachineArn": child, "Input": given})[0]
        check(json.loads(output["Output"]) == wanted and output["Status"] == "SUCCEEDED", "sync", given, output)
        output = w.run(start + ".sync:2", {"StateMachineArn": child, "Input": given})[0]
        check(output["Output"] == wanted and output["Input"] == wanted, "sync:2", given, output)
    for form in ("", ".sync", ".sync:2"):
        fails(w, "StepFunctions.StateMachineDoesNotExistException", "State Machine Does Not Exist: '%sx' (Service: "
              "AWSStepFunctions; Status Code: 400; Error Code: StateMachineDoesNotExist;" % child, start + form, {"StateMachineArn": child + "x"})
        fails(w, "StepFunctions.InvalidExecutionInputException", "Invalid State Machine Execution Input", start + form,
              {"StateMachineArn": child, "Input": "no JSON"})
    fails(w, "States.TaskFailed", '{"Cause":"c","Error":"E","ExecutionArn":', start + ".sync", {"StateMachineArn": bad})
    answer = w.machine(task(SDK + "sfn:sendTaskSuccess", {"TaskToken.$": "$.t", "Output": {"ok": 1}}))
    output = w.run(start + ".waitForTaskToken", {"StateMachineArn": answer, "Input": {"t.$": "$$.Task.Token"}})[0]
    check(output == {"ok": 1}, "a child answers its parent's token", output)


def sdk(w):
    url, _ = w.queue("sdk")
    for action, parameters, wanted in (
            ("sqs:getQueueUrl", {"QueueName": "sdk"}, {"QueueUrl": url}),
            ("sqs:sendMessage", {"QueueUrl": url, "MessageBody": "a"}, {"Md5OfMessageBody": "0cc175b9c0f1b6a831c399e269772661"}),
            ("sqs:changeMessageVisibilityBatch", {"QueueUrl": url, "Entries": []}, "Sqs.EmptyBatchRequestException"),
            ("sqs:createQueue", {"QueueName": "a b"}, "Sqs.SqsException"),
            ("sqs:createQueue", {"queueName": "x"}, "States.Runtime"),
            ("sqs:sendMessage", {"QueueUrl": url, "MessageBody": {"a": 1}}, "States.Runtime"),
            ("sns:createTopic", {"Name": "sdk"}, {"TopicArn": "arn:aws:sns:us-east-1:000000000000:sdk"}),
            ("sns:getTopicAttributes", {"TopicArn": "arn:aws:sns:us-east-1:000000000000:no"}, "Sns.NotFoundException"),
            ("lambda:getAlias", {"FunctionName": "f", "Name": "no"}, "Lambda.ResourceNotFoundException"),
            ("lambda:updateFunctionConfiguration", {"FunctionName": "f", "Environment": {"Variables": {"lower_Case": "x"}}},
             {"Environment": {"Variables": {"lower_Case": "x"}}}),
            ("lambda:updateFunctionConfiguration", {"FunctionName": "f", "Timeout": 9000}, "Lambda.LambdaException"),
            ("dynamodb:listTables", {"Limit": 1}, {"TableNames": ["items"]}),
            ("dynamodb:query", {"TableName": "none", "KeyConditionExpression": "k=:k", "ExpressionAttributeValues": {":k": {"S": "1"}}},
             "DynamoDb.ResourceNotFoundException"),
            ("eventbridge:putRule", {"Name": "r", "EventPattern": '{"source":["a"]}'},
             {"RuleArn": "arn:aws:events:us-east-1:000000000000:rule/r"}),
            ("eventbridge:describeRule", {"Name": "no"}, "EventBridge.ResourceNotFoundException"),
            ("eventbridge:testEventPattern", {"Event": "{}", "EventPattern": "{"}, "EventBridge.InvalidEventPatternException"),
            ("sfn:createActivity", {"Name": "w"}, {"ActivityArn": "arn:aws:states:us-east-1:000000000000:activity:w"}),
            ("sfn:describeExecution", {"ExecutionArn": "x"}, "Sfn.InvalidArnException"),
            ("sfn:sendTaskFailure", {"TaskToken": "x"}, "Sfn.InvalidTokenException"),
            ("s3:getObject", {"Bucket": "b", "Key": "k"}, "States.TaskFailed")):
        output, error, cause = w.run(SDK + action, parameters)
        good = error == wanted if isinstance(wanted, str) else output is not None and wanted.items() <= output.items()
        check(good, action, parameters, wanted, "got", output, error, cause)
    output = w.run(SDK + "sqs:sendMessage", {"QueueUrl": url, "MessageBody": "{% 'n' & $string($states.input) %}"}, 5,
                   QueryLanguage="JSONata", Output="{% $states.result.MessageId %}")[0]
    bodies = {w.receive(url)["Body"], w.receive(url)["Body"]}
    check(bodies == {"a", "n5"} and len(output) == 36, "JSONata Arguments", bodies, output)
    # What waits does not hold up the server.
    receive = w.start(task(SDK + "sqs:receiveMessage", {"QueueUrl": url, "WaitTimeSeconds": 10}))
    activity = "arn:aws:states:us-east-1:000000000000:activity:w"
    poll = w.start(task(SDK + "sfn:getActivityTask", {"ActivityArn": activity}))
    w.run(SDK + "sqs:sendMessage", {"QueueUrl": url, "MessageBody": "at last"})
    check(w.ended(receive)[0]["Messages"][0]["Body"] == "at last", "receiveMessage waits")
    work = w.start(task(activity), {"j": 1})
    given = w.ended(poll)[0]
    w.run(SDK + "sfn:sendTaskSuccess", {"TaskToken": given["TaskToken"], "Output": {"done": given["Input"]}})
    check(w.ended(work)[0] == {"done": '{"j":1}'}, "a workflow works for another", given)
    express = w.machine({"StartAt": "W", "States": {"W": {"Type": "Wait", "Seconds": 1, "End": True}}}, type="EXPRESS")
    output = w.run(SDK + "sfn:startSyncExecution", {"StateMachineArn": express, "Input": {"a": 1}})[0]
    check(output["Status"] == "SUCCEEDED" and output["Output"] == '{"a":1}', "startSyncExecution", output)


def events(w):
    url, arn = w.queue("events")
    dead_url, dead = w.queue("dead")
    topic = w.sns.create_topic(Name="events")["TopicArn"]
    w.sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn, Attributes={"RawMessageDelivery": "true"})
    machine = w.machine(task(STATES + "sqs:sendMessage", {"QueueUrl": url, "MessageBody.$": "$.detail.to"}))
    bus = w.events.create_event_bus(Name="other")["EventBusArn"]
    note = os.path.join(tempfile.gettempdir(), "baton-note-%d" % os.getpid())
    targets = {
        "queue": {"Arn": arn},
        "topic": {"Arn": topic, "InputPath": "$.detail"},
        "machine": {"Arn": machine},
        "bus": {"Arn": bus},
        "function": {"Arn": "arn:aws:lambda:us-east-1:000000000000:function:f", "Input": json.dumps({"note": note, "i": "here"})},
        "made": {"Arn": arn, "InputTransformer": {"InputPathsMap": {"to": "$.detail.to", "n": "$.detail.n", "no": "$.no"},
                                                  "InputTemplate": '{"x":"<to>!","n":<n>,"no":<no>,"rule":<aws.events.rule-name>}'}},
        "dead": {"Arn": arn + "none", "DeadLetterConfig": {"Arn": dead}},
    }
    for name, target in targets.items():
        w.events.put_rule(Name=name, EventPattern=json.dumps({"detail": {"to": [name]}}))
        w.events.put_targets(Rule=name, Targets=[{"Id": "1", **target}])
    w.events.put_rule(Name="far", EventBusName="other", EventPattern=json.dumps({"source": [{"prefix": "te"}]}))
    w.events.put_targets(Rule="far", EventBusName="other", Targets=[{"Id": "1", "Arn": arn, "InputPath": "$.detail-type"}])

    def put(name):
        arn = w.start(task(STATES + "events:putEvents", {"Entries": [
            {"Source": "test", "DetailType": "d", "Detail": {"to": name, "n": 2}}]}))
        output = w.ended(arn)[0]
        check(output["FailedEntryCount"] == 0, "putEvents", output)
        return arn

    execution = put("queue")
    event = json.loads(w.receive(url)["Body"])
    check(event["detail"] == {"to": "queue", "n": 2} and event["resources"][1] == execution, "to a queue", event)
    put("topic")
    check(json.loads(w.receive(url)["Body"]) == {"to": "topic", "n": 2}, "to a topic, by a path")
    put("machine")
    check(w.receive(url)["Body"] == "machine", "to a state machine")
    put("bus")
    check(w.receive(url)["Body"] == '"d"', "to another bus and its rule")
    put("made")
    check(json.loads(w.receive(url)["Body"]) == {"x": "made!", "n": 2, "no": None, "rule": "made"}, "transformed")
    put("dead")
    message = w.receive(dead_url)
    check(json.loads(message["Body"])["detail"]["to"] == "dead" and
          message["MessageAttributes"]["TARGET_ARN"]["StringValue"] == arn + "none", "dead letters", message)
    put("function")
    end = time.time() + 10
    while not os.path.exists(note) and time.time() < end:
        time.sleep(0.02)
    with open(note) as h:
        check(h.read() == "here\n", "to a function")
    os.unlink(note)
    for detail, code in (("no", "MalformedDetail"), ("", "InvalidArgument")):
        _, error, cause = w.run(STATES + "events:putEvents", {"Entries": [{"Source": "a", "DetailType": "b", "Detail": detail}]})
        check(error == "EventBridge.FailedEntry" and json.loads(cause)["Entries"][0]["ErrorCode"] == code, code, error, cause)
    for pattern, detail, wanted in (
            ({"x": [{"anything-but": ["a"]}]}, {"x": "b"}, True), ({"x": [{"anything-but": ["a"]}]}, {"x": "a"}, False),
            ({"x": [{"numeric": [">", 0, "<=", 5]}]}, {"x": 5}, True), ({"x": [{"numeric": [">", 0]}]}, {"x": 0}, False),
            ({"x": [{"exists": False}]}, {}, True), ({"x": [{"suffix": "z"}]}, {"x": "az"}, True),
            ({"x": [{"cidr": "10.0.0.0/24"}]}, {"x": "10.0.0.7"}, True), ({"x": [{"cidr": "10.0.0.0/24"}]}, {"x": "10.0.1.7"}, False),
            ({"x": [{"equals-ignore-case": "AB"}]}, {"x": "ab"}, True), ({"x": [{"wildcard": "a*c"}]}, {"x": "abc"}, True),
            ({"x": [{"prefix": {"equals-ignore-case": "AB"}}]}, {"x": "abc"}, True), ({"x": [{"anything-but": {"prefix": "a"}}]}, {"x": "ab"}, False),
            ({"$or": [{"x": [1]}, {"y": [2]}]}, {"y": 2}, True), ({"x": [None]}, {"x": None}, True), ({"x": [1]}, {"x": [3, 1]}, True)):
        event = {"id": "1", "detail-type": "d", "source": "s", "account": "000000000000", "time": "2024-01-01T00:00:00Z",
                 "region": "us-east-1", "resources": [], "detail": detail}
        got = w.events.test_event_pattern(EventPattern=json.dumps({"detail": pattern}), Event=json.dumps(event))["Result"]
        check(got == wanted, "pattern", pattern, detail, got)


# ---- http:invoke ----

class Answers(http.server.BaseHTTPRequestHandler):
    """Echoes requests as JSON, but for the paths that it knows."""

    protocol_version = "HTTP/1.1"
    tokens, valid_from, visits, token_forms = 0, 1, 0, []

    def log_message(self, *_):
        pass

    def reply(self, status, body, kind="application/json"):
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        try:
            if self.command != "HEAD":
                self.wfile.write(body)
        except OSError:  # it has waited, or read, long enough
            self.close_connection = True

    def do_any(self):
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
        path = urllib.parse.urlsplit(self.path)
        if path.path == "/token":
            Answers.tokens += 1
            Answers.token_forms.append(body)
            self.reply(200, json.dumps({"access_token": "t%d" % Answers.tokens, "token_type": "bearer", "expires_in": 3600}).encode())
        elif path.path == "/oauth":
            good = self.headers["Authorization"] == "Bearer t%d" % Answers.tokens and Answers.tokens >= Answers.valid_from
            self.reply(200 if good else 401, b"{}")
        elif path.path == "/flaky":
            Answers.visits += 1
            self.reply(200 if Answers.visits > 1 else 503, b"%d" % Answers.visits)
        elif path.path.startswith("/status/"):
            self.reply(int(path.path[8:]), b'{"why":"x"}')
        elif path.path == "/text":
            self.reply(200, "héllo".encode(), "text/plain")
        elif path.path == "/broken":
            self.reply(200, b"{no")
        elif path.path == "/bytes":
            self.reply(200, b"\xff\0", path.query or "text/plain")
        elif path.path == "/big":
            self.close_connection = True
            self.reply(200, b'"' + b"x" * 400000 + b'"')
        elif path.path == "/slow":
            time.sleep(2)
            self.reply(200, b"1")
        else:
            self.reply(200, json.dumps({"method": self.command, "path": path.path, "query": path.query, "body": body,
                                        "headers": {k.lower(): v for k, v in self.headers.items()}}).encode())

    do_GET = do_POST = do_PUT = do_DELETE = do_PATCH = do_OPTIONS = do_HEAD = do_any


def http_tasks(w, url):
    def connection(name, kind, **parameters):
        return w.events.create_connection(Name=name, AuthorizationType=kind, AuthParameters=parameters)["ConnectionArn"]

    basic = connection("basic", "BASIC", BasicAuthParameters={"Username": "u", "Password": "p:w"})
    key = connection("key", "API_KEY", ApiKeyAuthParameters={"ApiKeyName": "X-Key", "ApiKeyValue": "v"}, InvocationHttpParameters={
        "HeaderParameters": [{"Key": "X-More", "Value": "m"}], "QueryStringParameters": [{"Key": "q", "Value": "a b"}],
        "BodyParameters": [{"Key": "b", "Value": "c"}]})
    oauth = connection("oauth", "OAUTH_CLIENT_CREDENTIALS", OAuthParameters={
        "ClientParameters": {"ClientID": "id", "ClientSecret": "s&"}, "AuthorizationEndpoint": url + "/token", "HttpMethod": "POST",
        "OAuthHttpParameters": {"BodyParameters": [{"Key": "scope", "Value": "all"}]}})

    def call(path, arn=basic, method="GET", options=None, **parameters):
        return w.run(STATES + "http:invoke", {"ApiEndpoint": path if "://" in path else url + path, "Method": method,
                                              "Authentication": {"ConnectionArn": arn}, **parameters}, **(options or {}))

    for method in ("GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"):
        body = {} if method in ("GET", "OPTIONS") else {"RequestBody": {"a": [1]}}
        got = call("/x", method=method, **body)[0]
        echo = got["ResponseBody"]
        check(echo["method"] == method and echo["body"] == ('{"a":[1]}' if body else "") and got["StatusCode"] == 200 and
              got["StatusText"] == "OK" and got["Headers"]["Content-Type"] == ["application/json"], method, got)
    check(call("/x", method="HEAD")[0]["ResponseBody"] == "", "HEAD")
    check(echo["headers"]["authorization"] == "Basic dTpwOnc=", "basic", echo)
    check(echo["headers"]["user-agent"] == "Amazon|StepFunctions|HttpInvoke|us-east-1", "who asks", echo)
    echo = call("/x?z=1", Headers={"X-One": "1"}, QueryParameters={"a": "1 &", "l": ["x", "y"]})[0]["ResponseBody"]
    check(echo["query"] == "z=1&a=1%20%26&l=x&l=y" and echo["headers"]["x-one"] == "1", "query and headers", echo)
    echo = call("/x", key, "POST", RequestBody={"a": 1})[0]["ResponseBody"]
    check(echo["headers"]["x-key"] == "v" and echo["headers"]["x-more"] == "m" and echo["query"] == "q=a%20b" and
          json.loads(echo["body"]) == {"a": 1, "b": "c"}, "an API key and what the connection adds", echo)
    for form, wanted in (("INDICES", "a[0]=1&a[1]=b+c"), ("REPEAT", "a=1&a=b+c"), ("COMMAS", "a=1,b+c"), ("BRACKETS", "a[]=1&a[]=b+c")):
        echo = call("/x", method="POST", RequestBody={"a": [1, "b c"], "o": {"x": "é&"}}, Transform={
            "RequestBodyEncoding": "URL_ENCODED", "RequestEncodingOptions": {"ArrayFormat": form}})[0]["ResponseBody"]
        check(echo["body"] == wanted + "&o[x]=%C3%A9%26", form, echo)
        check(echo["headers"]["content-type"] == "application/x-www-form-urlencoded", form, echo)
    for status in (302, 400, 429, 503):
        check(call("/status/%d" % status)[1:] == ("States.Http.StatusCode.%d" % status, '{"why":"x"}'), "status", status)
    retry = [{"ErrorEquals": ["States.Http.StatusCode.503"], "IntervalSeconds": 1, "MaxAttempts": 1}]
    check(call("/flaky", options={"Retry": retry})[0]["ResponseBody"] == 2, "Retry on a status")
    check(call("/text")[0]["ResponseBody"] == "héllo" and call("/broken")[0]["ResponseBody"] == "{no", "answers that are no JSON")
    for path in ("/bytes", "/bytes?image/png", "/bytes?application/octet-stream"):
        check(call(path)[1] == "States.Runtime", "an answer that is no text", path)
    check(call("/big")[1] == "States.Http.Socket", "an answer that is too large")
    check(call("/slow", options={"TimeoutSeconds": 1})[1] == "States.Timeout", "an answer that is too slow")
    for address in ("http://169.254.169.254/latest/", "http://[fe80::1]/", "http://[::ffff:169.254.169.254]/", "http://2852039166/",
                    "http://[fd00:ec2::254]/"):
        check(call(address)[1:] == ("States.Http.Socket", "Connections to this address are not allowed."), "refused", address)
    for address in ("file:///etc/passwd", "ftp://127.0.0.1/", "gopher://127.0.0.1/", "http://127.0.0.1/a b"):
        check(call(address)[1] == "States.Runtime", "no such endpoint", address)
    check(call("http://127.0.0.1:1/")[1] == "States.Http.Socket", "nobody there")
    for headers in ({"Authorization": "x"}, {"Host": "x"}, {"X-A": "a\r\nb: c"}):
        check(call("/x", Headers=headers)[1] == "States.Runtime", "such headers are refused", headers)
    check(call("/oauth", oauth)[0]["StatusCode"] == 200 and call("/oauth", oauth)[0]["StatusCode"] == 200 and
          Answers.tokens == 1, "one token for both", Answers.tokens)
    check(Answers.token_forms == ["grant_type=client_credentials&client_id=id&client_secret=s%26&scope=all"], "how a token is asked for")
    Answers.valid_from = 2
    check(call("/oauth", oauth)[0]["StatusCode"] == 200 and Answers.tokens == 2, "another token after a 401", Answers.tokens)
    Answers.valid_from = 99
    check(call("/oauth", oauth)[1] == "States.Http.StatusCode.401" and Answers.tokens == 3, "but only once", Answers.tokens)
    check(call("/x", basic.replace("/basic/", "/none/"))[1] == "Events.ConnectionResource.ResourceNotFound", "no such connection")
    w.events.deauthorize_connection(Name="basic")
    check(call("/x")[1] == "Events.ConnectionResource.InvalidConnectionState", "a connection that is not authorized")


# ---- outside endpoints ----

def normal(ended):
    text = json.dumps(ended, sort_keys=True)
    text = re.sub(r'"SdkHttpMetadata": .*?"HttpStatusCode": (\d+)}', r"\1", text)
    return re.sub(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f-]{22}|\b[A-Z0-9]{52}\b", "ID", text)


def outside():
    """The same calls at another server's services, as at their own."""
    os.environ.update(AWS_ACCESS_KEY_ID="test", AWS_SECRET_ACCESS_KEY="test")
    with Server("--log-level", "warn") as far:
        endpoints = [x for name in ("sqs", "sns", "dynamodb", "lambda") for x in ("--endpoint", "%s=%s" % (name, far.endpoint))]
        with Server("--log-level", "warn", *endpoints) as near:
            here, there = World(near.endpoint), World(far.endpoint)
            there.function()
            there.table("items")
            url, _ = there.queue("q")
            topic = there.sns.create_topic(Name="t")["TopicArn"]
            item = {"TableName": "items", "Item": {"k": {"S": "1"}, "b": {"BOOL": True}}}
            for resource, parameters in (
                    ("lambda:invoke", {"FunctionName": "f", "Payload": {"a": [None, 1.5]}}),
                    ("lambda:invoke", {"FunctionName": "f", "Payload": {"exit": 1}}),
                    ("lambda:invoke", {"FunctionName": "f", "Payload": {"big": 300000}}),
                    ("lambda:invoke", {"FunctionName": "f", "Qualifier": "9"}),
                    ("lambda:invoke", {"FunctionName": "f", "InvocationType": "Event"}),
                    ("lambda:invoke", {"FunctionName": "f", "InvocationType": "Foo"}),
                    ("aws-sdk:lambda:invoke", {"FunctionName": "f", "Payload": "5"}),
                    ("sqs:sendMessage", {"QueueUrl": url, "MessageBody": {"a": 1}}),
                    ("sqs:sendMessage", {"QueueUrl": url, "MessageBody": ""}),
                    ("sqs:sendMessage", {"QueueUrl": url, "MessageBody": "x", "DelaySeconds": 9999}),
                    ("sqs:sendMessage", {"QueueUrl": url + "x", "MessageBody": "x"}),
                    ("sns:publish", {"TopicArn": topic, "Message": {"a": "é <&>"}, "Subject": "s",
                                     "MessageAttributes": {"a": {"DataType": "String", "StringValue": "v"}}}),
                    ("sns:publish", {"TopicArn": topic + "x", "Message": "x"}),
                    ("sns:publish", {"TopicArn": topic, "Message": None}),
                    ("dynamodb:putItem", item),
                    ("dynamodb:putItem", {**item, "ConditionExpression": "attribute_not_exists(k)"}),
                    ("dynamodb:getItem", {"TableName": "items", "Key": {"k": {"S": "1"}}}),
                    ("dynamodb:getItem", {"TableName": "none", "Key": {"k": {"S": "1"}}}),
                    ("aws-sdk:dynamodb:getItem", {"TableName": "items", "Key": {"k": {"S": "1"}}}),
                    ("aws-sdk:dynamodb:describeTable", {"TableName": "items"}),
                    ("aws-sdk:sqs:getQueueUrl", {"QueueName": "none"}),
                    ("aws-sdk:sns:listTopics", {}),
                    ("aws-sdk:sns:getTopicAttributes", {"TopicArn": topic}),
                    ("aws-sdk:sns:publishBatch", {"TopicArn": topic, "PublishBatchRequestEntries": [{"Id": "1", "Message": "x"}]})):
                a, b = here.run(STATES + resource, parameters), there.run(STATES + resource, parameters)
                check(normal(a) == normal(b), "as here, so there:", resource, parameters, normal(a), normal(b))
            check(here.run(INVOKE, {"FunctionName": "f", "LogType": "Tail"})[0].get("LogResult"), "the log of a function outside")
            there.sqs.purge_queue(QueueUrl=url)
            execution = here.start(task(STATES + "sqs:sendMessage.waitForTaskToken", {"QueueUrl": url, "MessageBody.$": "$$.Task.Token"}))
            here.states.send_task_success(taskToken=there.receive(url)["Body"], output="1")
            check(here.ended(execution)[0] == 1, "a token by a queue outside")
            far.kill()
            fails(here, "SQS.SdkClientException", "Unable to execute HTTP request: ", STATES + "sqs:sendMessage",
                  {"QueueUrl": url, "MessageBody": "x"})
            fails(here, "Lambda.SdkClientException", "Unable to execute HTTP request: ", INVOKE, {"FunctionName": "f"})


# ---- kill -9 ----

def crash():
    """50 invocations are on their way when the server dies: each execution ends, once."""
    with Server("--log-level", "error") as server:
        w = World(server.endpoint)
        w.function()
        retry = [{"ErrorEquals": ["Lambda.ServiceException", "Lambda.Unknown"], "IntervalSeconds": 1}]
        note = server.data + ".note"
        machine = w.machine(task(INVOKE, {"FunctionName": "f", "Payload": {"sleep": 0.5, "note": note, "i.$": "$.i"}},
                                 Retry=retry, OutputPath="$.Payload.i"))
        started = [w.states.start_execution(stateMachineArn=machine, name="e%d" % i, input='{"i":%d}' % i)["executionArn"]
                   for i in range(50)]
        while not os.path.exists(note):
            time.sleep(0.01)
        server.kill()
        server.start()
        for i, arn in enumerate(started):
            check(w.ended(arn)[0] == i, "ends with its own", i)
            types = w.types(arn)
            check(types.count("TaskSucceeded") == 1 and types.count("TaskStateExited") == 1 and
                  types.count("ExecutionSucceeded") == 1 and types.count("TaskScheduled") == types.count("TaskFailed") + 1,
                  "once in its history", types)
        with open(note) as h:
            check({int(line) for line in h} == set(range(50)), "every function has run")
        os.unlink(note)


def main():
    web = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Answers)
    web.daemon_threads = True
    threading.Thread(target=web.serve_forever, daemon=True).start()
    url = "http://127.0.0.1:%d" % web.server_port
    with Server("--log-level", "warn") as server:
        w = World(server.endpoint)
        for test in (functions, many, late, messages, tables, workflows, sdk, events, lambda w: http_tasks(w, url)):
            case(lambda: test(w))
        check("fatal" not in server.log_text(), "nothing fatal", server.log_text()[-2000:])
    case(outside)
    case(crash)
    web.shutdown()
    done()


if __name__ == "__main__":
    main()
