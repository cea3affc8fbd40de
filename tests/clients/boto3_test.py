#!/usr/bin/python3
"""Real calls of Debian's boto3 against a real server: machines, executions, activities, callbacks,
heartbeats, paging, errors."""
import json
import os
import sys
import threading

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from check import case, check, done  # noqa: E402
from server import Server  # noqa: E402

import boto3  # noqa: E402
from botocore.config import Config  # noqa: E402
from botocore.exceptions import ClientError  # noqa: E402

ROLE = "arn:aws:iam::000000000000:role/test"


def definition(states, **more):
    return json.dumps(dict({"StartAt": next(iter(states)), "States": states}, **more))


def refused(code, call, **params):
    try:
        call(**params)
    except ClientError as e:
        check(e.response["Error"]["Code"] == code, "error code", code, e.response["Error"])
        return e.response["Error"]["Message"]
    check(False, "the call should have been refused with", code)
    return ""


def wait(sfn, arn):
    while True:
        found = sfn.describe_execution(executionArn=arn)
        if found["status"] != "RUNNING":
            return found


def events(sfn, arn, **more):
    pages = sfn.get_paginator("get_execution_history").paginate(executionArn=arn, **more)
    return [e for page in pages for e in page["events"]]


def main(endpoint):
    def client(**more):
        # sync- host prefixes have no address here; DESIGN: any Host is accepted.
        config = Config(retries={"max_attempts": 0}, read_timeout=70, inject_host_prefix=False, **more)
        return boto3.client("stepfunctions", endpoint_url=endpoint, region_name="us-east-1", config=config,
                            aws_access_key_id="test", aws_secret_access_key="test")

    sfn = client()

    def machines():
        text = definition({"A": {"Type": "Pass", "Result": {"x": 1}, "End": True}})
        made = sfn.create_state_machine(name="plain", definition=text, roleArn=ROLE)
        again = sfn.create_state_machine(name="plain", definition=text, roleArn=ROLE)
        check(made["stateMachineArn"] == again["stateMachineArn"], "creating again gives the same machine")
        found = sfn.describe_state_machine(stateMachineArn=made["stateMachineArn"])
        check(found["status"] == "ACTIVE" and json.loads(found["definition"]) == json.loads(text), "describe")
        names = [m["name"] for p in sfn.get_paginator("list_state_machines").paginate() for m in p["stateMachines"]]
        check("plain" in names, "list", names)
        message = refused("InvalidDefinition", sfn.create_state_machine, name="bad", definition="{}", roleArn=ROLE)
        check("SCHEMA_VALIDATION_FAILED" in message, "the definition's faults are named", message)
        started = sfn.start_execution(stateMachineArn=made["stateMachineArn"], name="one", input='{"a":1}')
        check(wait(sfn, started["executionArn"])["output"] == '{"x":1}', "output of a Pass")
        refused("ExecutionAlreadyExists", sfn.start_execution, stateMachineArn=made["stateMachineArn"], name="one")
        refused("ExecutionDoesNotExist", sfn.describe_execution, executionArn=started["executionArn"] + "x")
        refused("InvalidExecutionInput", sfn.start_execution, stateMachineArn=made["stateMachineArn"], input="{a")
        types = [e["type"] for e in events(sfn, started["executionArn"])]
        check(types == ["ExecutionStarted", "PassStateEntered", "PassStateExited", "ExecutionSucceeded"], "history", types)

    def activity():
        act = sfn.create_activity(name="valuation")["activityArn"]
        text = definition({"Ask": {"Type": "Task", "Resource": act, "TimeoutSeconds": 60, "HeartbeatSeconds": 30, "End": True}})
        machine = sfn.create_state_machine(name="asking", definition=text, roleArn=ROLE)["stateMachineArn"]
        got = {}
        worker = threading.Thread(target=lambda: got.update(client().get_activity_task(activityArn=act, workerName="w1")))
        worker.start()
        arn = sfn.start_execution(stateMachineArn=machine, input='{"house": 12}')["executionArn"]
        worker.join()
        check(json.loads(got["input"]) == {"house": 12}, "the worker gets the input", got)
        token = got["taskToken"]
        check(len(token) <= 48 and all(c.isalnum() or c in "-_" for c in token), "tokens are short and URL-safe", token)
        sfn.send_task_heartbeat(taskToken=token)
        message = refused("InvalidOutput", sfn.send_task_success, taskToken=token, output="{not json")
        check("Invalid Output" in message, "InvalidOutput says so", message)
        sfn.send_task_success(taskToken=token, output='{"value": 250000}')
        check(json.loads(wait(sfn, arn)["output"]) == {"value": 250000}, "the callback's output is the result")
        refused("TaskTimedOut", sfn.send_task_success, taskToken=token, output="{}")
        refused("InvalidToken", sfn.send_task_success, taskToken="garbled", output="{}")
        forged = token[:-1] + ("A" if token[-1] != "A" else "B")
        refused("InvalidToken", sfn.send_task_heartbeat, taskToken=forged)
        types = [e["type"] for e in events(sfn, arn)]
        check(types == ["ExecutionStarted", "TaskStateEntered", "ActivityScheduled", "ActivityStarted", "ActivitySucceeded",
                        "TaskStateExited", "ExecutionSucceeded"], "history of a callback", types)

    def failure():
        act = sfn.create_activity(name="failing")["activityArn"]
        text = definition({
            "Ask": {"Type": "Task", "Resource": act, "Retry": [{"ErrorEquals": ["Busy"], "IntervalSeconds": 1, "MaxAttempts": 1}],
                    "Catch": [{"ErrorEquals": ["Busy"], "ResultPath": "$.why", "Next": "Sorry"}], "End": True},
            "Sorry": {"Type": "Pass", "End": True}})
        machine = sfn.create_state_machine(name="failing", definition=text, roleArn=ROLE)["stateMachineArn"]
        arn = sfn.start_execution(stateMachineArn=machine, input="{}")["executionArn"]
        tokens = set()
        for _ in range(2):
            token = sfn.get_activity_task(activityArn=act)["taskToken"]
            tokens.add(token)
            sfn.send_task_failure(taskToken=token, error="Busy", cause="later")
        check(len(tokens) == 2, "each attempt has a token of its own")
        check(json.loads(wait(sfn, arn)["output"]) == {"why": {"Error": "Busy", "Cause": "later"}}, "caught after one retry")

    def paging():
        states = {"S%d" % i: {"Type": "Pass", "Next": "S%d" % (i + 1)} for i in range(40)}
        states["S40"] = {"Type": "Pass", "End": True}
        machine = sfn.create_state_machine(name="long", definition=definition(states), roleArn=ROLE)["stateMachineArn"]
        arn = sfn.start_execution(stateMachineArn=machine)["executionArn"]
        wait(sfn, arn)
        ids = [e["id"] for e in events(sfn, arn, PaginationConfig={"PageSize": 7})]
        check(ids == list(range(1, 85)), "pages join without a gap", ids[:5], len(ids))
        back = [e["id"] for e in events(sfn, arn, reverseOrder=True, PaginationConfig={"PageSize": 10})]
        check(back == ids[::-1], "and backwards")
        for i in range(25):
            sfn.start_execution(stateMachineArn=machine, name="run-%02d" % i)
        pages = sfn.get_paginator("list_executions").paginate(stateMachineArn=machine, PaginationConfig={"PageSize": 10})
        names = [e["name"] for p in pages for e in p["executions"]]
        check(len(names) == 26 and len(set(names)) == 26 and names[0] == "run-24", "executions, newest first", names[:3])
        refused("InvalidToken", sfn.list_executions, stateMachineArn=machine, nextToken="nonsense")

    def express():
        text = definition({"A": {"Type": "Pass", "Parameters": {"y.$": "States.MathAdd($.x, 1)"}, "End": True}})
        machine = sfn.create_state_machine(name="quick", definition=text, roleArn=ROLE, type="EXPRESS")["stateMachineArn"]
        found = sfn.start_sync_execution(stateMachineArn=machine, input='{"x": 41}')
        check(found["status"] == "SUCCEEDED" and json.loads(found["output"]) == {"y": 42}, "StartSyncExecution", found)

    def stopping():
        text = definition({"W": {"Type": "Wait", "Seconds": 3600, "End": True}})
        machine = sfn.create_state_machine(name="waiter", definition=text, roleArn=ROLE)["stateMachineArn"]
        arn = sfn.start_execution(stateMachineArn=machine)["executionArn"]
        sfn.stop_execution(executionArn=arn, error="Enough", cause="told so")
        found = sfn.describe_execution(executionArn=arn)
        check(found["status"] == "ABORTED" and found["error"] == "Enough", "stopped", found)
        check([e["name"] for e in sfn.list_executions(stateMachineArn=machine, statusFilter="ABORTED")["executions"]] ==
              [arn.rsplit(":", 1)[1]], "listed by status")

    for test in (machines, activity, failure, paging, express, stopping):
        case(test)


if __name__ == "__main__":
    with Server() as server:
        main(server.endpoint)
    done()
