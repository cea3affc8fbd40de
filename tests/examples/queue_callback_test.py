#!/usr/bin/python3
"""examples/queue-callback: waits by way of a queue, a topic, a function and another execution."""
import json
import subprocess

from example import (ANY, LINK, Example, Has, ROLE, Runs, arn, began, called, check, done, entered, left, play, scheduled,
                     succeeded, task, together, waiting)

STATE = "Start the task and wait"
GOOD = "Callback received. Task started by Step Functions succeeded."
BAD = "Task started by Step Functions failed."
DONE = "Callback task completed successfully."
PUBLISHED = Has(MessageId=ANY)
SENT = Has(MD5OfMessageBody=ANY, MessageId=ANY)


def context(execution, value, retries=0):
    """The context object, with the members that the text prints."""
    return {"Execution": Has(Id=execution, Input=value, Name=execution.rsplit(":", 1)[1], RoleArn=ROLE, StartTime=ANY),
            "State": {"EnteredTime": ANY, "Name": STATE, "RetryCount": retries},
            "StateMachine": {"Id": arn("states", "stateMachine:callback-queue"), "Name": "callback-queue"},
            "Task": {"Token": ANY}}


def asks(e, execution, value, retries=0):
    body = {"MessageTitle": "Task started by Step Functions. Waiting for callback with task token.", "TaskToken": ANY,
            "Job": value, "Context": context(execution, value, retries)}
    return waiting("sqs", "sendMessage", {"QueueUrl": e.url("callback-requests"), "MessageBody": body}, SENT)


def tells(state, value, message):
    return [left("Task", STATE, value), entered("Task", state, value),
            *called("sns", "publish", {"TopicArn": arn("sns", "callback-notices"), "Message": message}, PUBLISHED),
            left("Task", state, PUBLISHED), succeeded(PUBLISHED)]


def answered(kind, **details):
    return task(kind, "sqs", "sendMessage.waitForTaskToken", **details)


def begins(value):
    return [began(value), entered("Task", STATE, value)]


def succeeds(e, execution, value, output=DONE):
    return begins(value) + asks(e, execution, value) + [answered("Succeeded", output=output)] + tells("Notify success", output, GOOD)


def fails(e, execution, value, error, cause):
    return (begins(value) + asks(e, execution, value) + [answered("Failed", error=error, cause=cause)] +
            tells("Notify failure", {"Error": error, "Cause": cause}, BAD))


def told(e, expected, what):
    """Exactly these messages have come from the topic, in whatever order."""
    got = sorted(e.receive("told")["Body"] for _ in expected)
    check(got == sorted(expected) and e.counts("told") == (0, 0), what + ": notifications", got)


def by_queue(e):
    good = e.start("callback-queue", {"page": 1})
    wrong = e.start("callback-queue", {"error": "NoPaper", "cause": "the printer is empty"})
    busy_value = {"error": "Busy", "cause": "later"}
    busy = e.start("callback-queue", busy_value)
    e.tells(good, succeeds(e, good, {"page": 1}), "success")
    e.tells(wrong, fails(e, wrong, {"error": "NoPaper", "cause": "the printer is empty"}, "NoPaper", "the printer is empty"), "failure")
    # Three retries: the context object counts them, and each attempt has a token of its own.
    attempts = [event for n in range(4) for event in
                asks(e, busy, busy_value, n) + [answered("Failed", error="Busy", cause="later")]]
    e.tells(busy, begins(busy_value) + attempts + tells("Notify failure", {"Error": "Busy", "Cause": "later"}, BAD), "retries")
    tokens = {json.loads(x["taskScheduledEventDetails"]["parameters"])["MessageBody"]["TaskToken"]
              for x in e.story(busy) if x["type"] == "TaskScheduled" and "sendMessage" in str(x)}
    check(len(tokens) == 4, "tokens of four attempts", tokens)
    told(e, [GOOD, BAD, BAD], "by queue")
    log = e.log("callback-worker", "the context object: ", 6)
    printed = [json.loads(line.split("the context object: ")[1]) for line in log.splitlines() if "the context object: " in line]
    found = [c for c in printed if c["Execution"]["Id"] == good]
    check(found == [context(good, {"page": 1})], "the context object as the function sees it", found)
    check(sorted(c["State"]["RetryCount"] for c in printed if c["Execution"]["Id"] == busy) == [0, 1, 2, 3], "RetryCount", printed)


def by_other_ways(e):
    value = {"page": 2}
    execution = e.start("callback-ways", value)
    one = dict(value, topic=DONE)
    two = dict(one, function=DONE)
    three = dict(two, execution="done by another execution")
    invoke, start = "invoke.waitForTaskToken", "startExecution.waitForTaskToken"
    child_input = {"TaskToken": ANY, "Job": two, "AWS_STEP_FUNCTIONS_STARTED_BY_EXECUTION_ID": execution}
    e.tells(execution, [
        began(value), entered("Task", "By a topic", value),
        *waiting("sns", "publish", {"TopicArn": arn("sns", "callback-by-topic"), "Message": {"TaskToken": ANY, "Job": value}}, PUBLISHED),
        task("Succeeded", "sns", "publish.waitForTaskToken", output=DONE), left("Task", "By a topic", one),
        # The function answers before its own call is over: nothing is submitted.
        entered("Task", "By a function", one),
        scheduled("lambda", invoke, {"FunctionName": "callback-worker", "Payload": {"TaskToken": ANY, "Job": one}}),
        task("Started", "lambda", invoke), task("Succeeded", "lambda", invoke, output=DONE), left("Task", "By a function", two),
        entered("Task", "By another execution", two),
        *waiting("states", "startExecution", {"StateMachineArn": arn("states", "stateMachine:callback-child"), "Input": child_input},
                 Has(ExecutionArn=ANY, StartDate=ANY)),
        task("Succeeded", "states", start, output="done by another execution"), left("Task", "By another execution", three),
        succeeded(three)], "the other ways")
    child = e.states.list_executions(stateMachineArn=arn("states", "stateMachine:callback-child"))["executions"]
    check(len(child) == 1, "one child", child)
    e.tells(child[0]["executionArn"], [
        began(child_input), entered("Task", "Answer", child_input),
        *called("aws-sdk:sfn", "sendTaskSuccess", {"TaskToken": ANY, "Output": '"done by another execution"'}, ANY),
        left("Task", "Answer", ANY), succeeded(ANY)], "the child")


def refused(e):
    """What AWS says to wrong answers; the wait goes on until the right one comes, with the AWS CLI."""
    execution = e.start("callback-queue", {"keep": True})
    token = e.token(execution)
    send = e.states.send_task_success
    check(e.refusal(send, taskToken="no token", output="{}") == "InvalidToken", "garbled token")
    check(e.refusal(send, taskToken=token[:-1] + ("A" if token[-1] != "A" else "B"), output="{}") == "InvalidToken", "forged token")
    check(e.refusal(send, taskToken=token, output="{no json") == "InvalidOutput", "output that is no JSON")
    check(e.types(execution)[-1] == "TaskSubmitted", "still waiting")
    aws = subprocess.run(["/usr/bin/aws", "--endpoint-url", e.endpoint, "stepfunctions", "send-task-success", "--task-token", token,
                          "--task-output", '{"by": "hand"}'], text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                         env=dict(e.environment, AWS_ACCESS_KEY_ID="any", AWS_SECRET_ACCESS_KEY="any", AWS_DEFAULT_REGION="us-east-1"))
    check(aws.returncode == 0, "the AWS CLI", aws.stdout)
    e.tells(execution, succeeds(e, execution, {"keep": True}, {"by": "hand"}), "answered by hand")
    check(e.refusal(send, taskToken=token, output="{}") == "TaskTimedOut", "answered twice")
    check(e.refusal(e.states.send_task_heartbeat, taskToken=token) == "TaskTimedOut", "a heartbeat afterwards")
    told(e, [GOOD], "by hand")


def worker_throws(e):
    """The message is a dead letter after one attempt; whoever finds it can still answer."""
    e.sqs.set_queue_attributes(QueueUrl=e.url("callback-requests"), Attributes={"VisibilityTimeout": "1"})
    execution = e.start("callback-queue", {"explode": True})
    dead = e.receive("callback-dead", "the dead letter")
    body = json.loads(dead["Body"])
    check(body["Job"] == {"explode": True} and body["MessageTitle"].startswith("Task started"), "the dead letter", dead)
    log = e.log("callback-worker", "\tInvoke Error")
    check(log.count("\tInvoke Error") == 1, "one attempt", log)
    check(e.types(execution)[-1] == "TaskSubmitted", "the workflow waits on")
    e.states.send_task_failure(taskToken=body["TaskToken"], error="GivenUp", cause="found among the dead letters")
    e.tells(execution, fails(e, execution, {"explode": True}, "GivenUp", "found among the dead letters"), "given up")
    told(e, [BAD], "dead letter")
    e.sqs.set_queue_attributes(QueueUrl=e.url("callback-requests"), Attributes={"VisibilityTimeout": "30"})


def crashes(e):
    waits = [e.start("callback-queue", {"keep": n + 1}) for n in range(3)]
    tokens = [e.token(w) for w in waits]
    e.crash()
    check([e.token(w) for w in waits] == tokens, "the tokens are the same after kill -9")
    e.states.send_task_success(taskToken=tokens[0], output='"first"')
    e.crash()
    e.states.send_task_failure(taskToken=tokens[1], error="E", cause="C")
    check(e.refusal(e.states.send_task_failure, taskToken=tokens[0], error="E") == "TaskTimedOut", "answered before the crash")
    e.states.send_task_success(taskToken=tokens[2], output="2")
    e.tells(waits[0], succeeds(e, waits[0], {"keep": 1}, "first"), "crash: success")
    e.tells(waits[1], fails(e, waits[1], {"keep": 2}, "E", "C"), "crash: failure")
    e.tells(waits[2], succeeds(e, waits[2], {"keep": 3}, 2), "crash: number")
    told(e, [GOOD, GOOD, BAD], "crashes")


# ---- with the front door ----

def linked(e, value, answers):
    """The waits of a workflow that sends links; each ends with one of the answers."""
    body = {"MessageTitle": "Task started by Step Functions. POST the result to the link.", "CallbackUrl": LINK, "Job": value}
    events = begins(value)
    for answer in answers:
        events += waiting("sqs", "sendMessage", {"QueueUrl": e.url("callback-requests"), "MessageBody": body}, SENT) + [answer]
    return events


def by_link(e):
    good = e.start("callback-queue", {"page": 1})
    value = {"error": "Busy", "cause": "later"}
    busy = e.start("callback-queue", value)
    e.tells(good, linked(e, {"page": 1}, [answered("Succeeded", output=DONE)]) + tells("Notify success", DONE, GOOD), "success")
    # Three retries: the link stays the same, and each attempt takes the same answer anew.
    e.tells(busy, linked(e, value, [answered("Failed", error="Busy", cause="later")] * 4) +
            tells("Notify failure", {"Error": "Busy", "Cause": "later"}, BAD), "retries")
    links = {json.loads(x["taskScheduledEventDetails"]["parameters"])["MessageBody"]["CallbackUrl"]
             for x in e.story(busy) if x["type"] == "TaskScheduled" and "sendMessage" in str(x)}
    check(len(links) == 1, "the link of four attempts", links)
    log = e.log("callback-worker", "told: 200", 5)
    check(log.count("told: 200") == 5 and "duplicate" not in log, "five answers", log)


def by_hand(e):
    value = {"keep": True}
    run = e.start("callback-queue", value)
    link = e.link(run)
    check(len(link.split("/c/")[1]) + 3 <= 64, "the path is short", link)
    e.crash()
    status, body = e.answer(link, '"done by hand"')
    check(status == 200 and body == Has(status="accepted"), "answered after kill -9", status, body)
    status, body = e.answer(link, '"done by hand"')
    check(status == 200 and body == Has(duplicate=True), "the same again", status, body)
    status, body = e.answer(link, '"something else"')
    check(status == 409 and body == Has(error="AlreadyDecided"), "something else", status, body)
    e.tells(run, linked(e, value, [answered("Succeeded", output="done by hand")]) + tells("Notify success", "done by hand", GOOD), "by hand")
def as_the_text_builds_it():
    with Example("queue-callback") as example:
        example.deploy("deploy.sh")
        example.subscribe_queue("callback-notices", "told")
        play(example, (by_queue, by_other_ways, refused, worker_throws, crashes))


def with_the_front_door():
    with Example("queue-callback/front-door") as example:
        example.deploy("deploy.py")
        play(example, (by_link, by_hand))


commands = [Runs("queue-callback/run.sh", GOOD, BAD, '\\"function\\":\\"%s\\"' % DONE, '"RetryCount":0'),
            Runs("queue-callback/front-door/run.sh", '"accepted"', '"duplicate":true', '"AlreadyDecided"')]
together(as_the_text_builds_it, with_the_front_door)
for command in commands:
    command.check()
done()
