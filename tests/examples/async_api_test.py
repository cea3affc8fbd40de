#!/usr/bin/python3
"""examples/async-api: the queue, the API that calls back, the choice, the notification, the log line."""
import json

from example import (ANY, LINK, Example, Has, Runs, Text, arn, awaited, began, called, check, choice, done, entered, left, play,
                     scheduled, succeeded, task, together, waiting)

MACHINE = "async-api"
CALL = "Call the API and wait"
SUCCESS = {"status": 200, "message": "API Executed Successfully", "body": ""}
FAILURE = {"status": 500, "message": "API Failed", "body": ""}
PUBLISHED = Has(MessageId=ANY)
BROKEN = "export async function handler() { throw new Error('the consumer is broken'); }"


def asks(e, value, seconds=300):
    """From the start to the wait."""
    return [began(value), entered("Task", CALL, value),
            *waiting("sqs", "sendMessage", {"QueueUrl": e.url("api-requests"), "MessageBody": {"taskToken": ANY, "payload": value}},
                     Has(MD5OfMessageBody=ANY, MessageId=ANY), timeoutInSeconds=seconds)]


def tells(state, value, message):
    """The notification and the end."""
    return [entered("Task", state, value),
            *called("sns", "publish", {"TopicArn": arn("sns", "api-responses"), "Message": message}, PUBLISHED),
            left("Task", state, PUBLISHED), succeeded(PUBLISHED)]


def ended(kind, **details):
    return task(kind, "sqs", "sendMessage.waitForTaskToken", **details)


def succeeds(e, value, answer):
    return asks(e, value) + [ended("Succeeded", output=answer), left("Task", CALL, answer),
                             *choice("Check the status", answer)] + (
        tells("Tell of the success", answer, SUCCESS) if answer["status"] == 200 else tells("Tell of the failure", answer, FAILURE))


def fails(e, value, error, seconds=300, kind="Failed"):
    details = {k.lower(): v for k, v in error.items()}
    return asks(e, value, seconds) + [ended(kind, **details), left("Task", CALL, error)] + tells("Tell of the failure", error, FAILURE)


def simulated(request):
    """The simulator's own story until its function has been called."""
    return [began(request), entered("Wait", "Work", request), left("Wait", "Work", request), entered("Task", "Call back", request),
            scheduled("lambda", "invoke", {"FunctionName": arn("lambda", "function:callback-simulator"), "Payload": request}),
            task("Started", "lambda", "invoke")]


DONE = {"status": 200, "payload": {"body": "done"}}
NOT_DONE = {"Error": "ApiError", "Cause": "the API could not do it"}


def answers(e):
    """At once and late, with success, failure, another status, and never."""
    e.variant(MACHINE, "impatient", lambda states: states[CALL].update(TimeoutSeconds=1))
    runs_ = {name: e.start(machine, value) for name, machine, value in (
        ("at once", MACHINE, {"waitTime": 0, "status": "success"}),
        ("later", MACHINE, {"waitTime": 2, "status": "success"}),
        ("failure", MACHINE, {"waitTime": 1, "status": "failure"}),
        ("unknown status", MACHINE, {"waitTime": 0, "status": "purple"}),
        ("another status", MACHINE, {"waitTime": 99999999, "status": "success"}),
        ("never", "impatient", {"waitTime": 99999999, "status": "success"}),
        ("too late", "impatient", {"waitTime": 3, "status": "success"}),
        ("no number", "impatient", {"waitTime": "soon", "status": "success"}))}
    # The API answers something else than 200: anybody who has the token may say so, once.
    token = e.token(runs_["another status"])
    e.states.send_task_success(taskToken=token, output='{"status": 404}')
    again = [e.refusal(e.states.send_task_success, taskToken=token, output='{"status": 200}'),
             e.refusal(e.states.send_task_failure, taskToken=token, error="E")]
    check(again == ["TaskTimedOut"] * 2, "answered twice", again)

    e.tells(runs_["at once"], succeeds(e, {"waitTime": 0, "status": "success"}, DONE), "at once")
    e.tells(runs_["later"], succeeds(e, {"waitTime": 2, "status": "success"}, DONE), "later")
    e.tells(runs_["failure"], fails(e, {"waitTime": 1, "status": "failure"}, NOT_DONE), "failure")
    e.tells(runs_["unknown status"], fails(e, {"waitTime": 0, "status": "purple"}, NOT_DONE), "unknown status")
    e.tells(runs_["another status"], succeeds(e, {"waitTime": 99999999, "status": "success"}, {"status": 404}), "another status")
    never = [("never", 99999999), ("too late", 3), ("no number", "soon")]
    for name, seconds in never:
        e.tells(runs_[name], fails(e, {"waitTime": seconds, "status": "success"}, {"Error": "States.Timeout"}, 1, "TimedOut"), name)
    found = e.states.describe_execution(executionArn=runs_["later"])
    took = (found["stopDate"] - found["startDate"]).total_seconds()
    check(took >= 2, "the API takes its two seconds", took)


def simulator(e):
    """What the API itself has lived through: one execution per request, by the id of its message."""
    executions = awaited(lambda: [x for x in e.states.list_executions(
        stateMachineArn=arn("states", "stateMachine:api-simulator"))["executions"]] or None)
    stories = [(x, e.story(x["executionArn"])) for x in executions]
    requests = {json.dumps(json.loads(story[0]["executionStartedEventDetails"]["input"])["payload"]): (x, story)
                for x, story in stories}
    good, _ = requests[json.dumps({"waitTime": 0, "status": "success"})]
    request = {"taskToken": ANY, "payload": {"waitTime": 0, "status": "success"}}
    e.tells(good["executionArn"], simulated(request) + [
        task("Succeeded", "lambda", "invoke", output=Has(Payload=None, StatusCode=200)),
        left("Task", "Call back", None), succeeded(None)], "the simulator")
    late, _ = requests[json.dumps({"waitTime": 3, "status": "success"})]
    request = {"taskToken": ANY, "payload": {"waitTime": 3, "status": "success"}}
    why = {"error": "TaskTimedOut", "cause": Text("Task Timed Out")}
    e.tells(late["executionArn"], simulated(request) + [
        task("Failed", "lambda", "invoke", **why), ("ExecutionFailed", why)], "a simulator that is too late")
    wrong, _ = requests[json.dumps({"waitTime": "soon", "status": "success"})]
    check(e.ended(wrong["executionArn"])["error"] == "States.Runtime", "a waitTime that is no number")


def notifications(e):
    """One message per execution, in the log, and nothing else."""
    wanted = {"API Executed Successfully": 2, "API Failed": 6}
    text = [e.log("response-logger", part, times) for part, times in wanted.items()][-1]
    check({k: text.count(k) for k in wanted} == wanted, "one line per execution", text)
    check('INFO\t{"status":200,"message":"API Executed Successfully","body":""}' in text, "the object as JSON", text)
    check(e.counts("api-requests-dead") == (0, 0), "no dead letters")


def consumer_throws(e):
    """The request goes to the dead-letter queue; put right, it comes back and the workflow goes on."""
    with open(e.folder + "/functions/request-consumer/index.mjs") as h:
        good = h.read()
    put = e.replace("request-consumer", {"index.mjs": BROKEN})
    # The message is seen again soon, not after 30 seconds.
    e.sqs.set_queue_attributes(QueueUrl=e.url("api-requests"), Attributes={"VisibilityTimeout": "1"})
    value = {"waitTime": 0, "status": "success"}
    execution = e.start(MACHINE, value)
    awaited(lambda: e.counts("api-requests-dead") == (1, 0), "the dead letter")
    check(e.types(execution)[-1] == "TaskSubmitted", "the workflow waits on", e.types(execution))
    log = e.log("request-consumer", "\tInvoke Error", 3)
    check(log.count("\tInvoke Error") == 3, "three attempts", log)

    put({"index.mjs": good})
    e.sqs.set_queue_attributes(QueueUrl=e.url("api-requests"), Attributes={"VisibilityTimeout": "30"})
    e.sqs.start_message_move_task(SourceArn=arn("sqs", "api-requests-dead")) if hasattr(e.sqs, "start_message_move_task") else \
        e.call("StartMessageMoveTask", "AmazonSQS", SourceArn=arn("sqs", "api-requests-dead"))
    e.tells(execution, succeeds(e, value, DONE), "moved back")
    check(e.counts("api-requests-dead") == (0, 0), "the dead-letter queue is empty")


def crashes(e):
    """kill -9 while workflow and API wait; both go on."""
    value = {"waitTime": 3, "status": "success"}
    executions = [e.start(MACHINE, value) for _ in range(5)]
    asked = {"waitTime": 99999999, "status": "success"}
    by_hand = e.start(MACHINE, asked)
    token = e.token(by_hand)
    e.crash()
    e.states.send_task_success(taskToken=token, output='{"status": 200}')
    e.tells(by_hand, succeeds(e, asked, {"status": 200}), "answered after a crash")
    for i, execution in enumerate(executions):
        e.tells(execution, succeeds(e, value, DONE), "crash %d" % i)


# ---- with the front door ----

def calls(e, value, seconds=300):
    return [began(value), entered("Task", CALL, value),
            *waiting("states", "startExecution", {"StateMachineArn": arn("states", "stateMachine:api-simulator"),
                                                  "Input": {"callbackUrl": LINK, "payload": value}},
                     Has(ExecutionArn=ANY, StartDate=ANY), timeoutInSeconds=seconds)]


def over(kind, **details):
    return task(kind, "states", "startExecution.waitForTaskToken", **details)


def linked(e, value, answer):
    events = calls(e, value) + [over("Succeeded", output=answer), left("Task", CALL, answer), *choice("Check the status", answer)]
    return events + (tells("Tell of the success", answer, SUCCESS) if answer["status"] == 200 else
                     tells("Tell of the failure", answer, FAILURE))


def unlinked(e, value, error, seconds=300, kind="Failed"):
    details = {k.lower(): v for k, v in error.items()}
    return calls(e, value, seconds) + [over(kind, **details), left("Task", CALL, error)] + tells("Tell of the failure", error, FAILURE)


def api_of(e, execution):
    """The execution of the API that an execution has started."""
    submitted = next(x for x in e.story(execution) if x["type"] == "TaskSubmitted")
    return json.loads(submitted["taskSubmittedEventDetails"]["output"])["ExecutionArn"]


def told(request, state, body, answer):
    """The API's story: it works, looks how it went, posts to the link."""
    parameters = {"ApiEndpoint": LINK, "Method": "POST", "Authentication": ANY, "RequestBody": body}
    return [began(request), entered("Wait", "Work", request), left("Wait", "Work", request), *choice("Did it work?", request),
            entered("Task", state, request), *called("http", "invoke", parameters, Has(StatusCode=200, ResponseBody=answer)),
            left("Task", state, answer), succeeded(answer)]


def answers_by_link(e):
    e.variant(MACHINE, "impatient", lambda states: states[CALL].update(TimeoutSeconds=1))
    good, slow = {"waitTime": 0, "status": "success"}, {"waitTime": 2, "status": "success"}
    bad, never = {"waitTime": 1, "status": "failure"}, {"waitTime": 99999999, "status": "success"}
    late = {"waitTime": 3, "status": "success"}
    runs = [e.start(machine, value) for machine, value in (
        (MACHINE, good), (MACHINE, slow), (MACHINE, bad), ("impatient", never), ("impatient", late))]
    e.tells(runs[0], linked(e, good, DONE), "at once")
    e.tells(runs[1], linked(e, slow, DONE), "later")
    e.tells(runs[2], unlinked(e, bad, NOT_DONE), "failure")
    e.tells(runs[3], unlinked(e, never, {"Error": "States.Timeout"}, 1, "TimedOut"), "never")
    e.tells(runs[4], unlinked(e, late, {"Error": "States.Timeout"}, 1, "TimedOut"), "too late")
    request = {"callbackUrl": LINK, "payload": good}
    e.tells(api_of(e, runs[0]), told(request, "Tell the result", DONE, Has(status="accepted")), "the API that succeeds")
    request = {"callbackUrl": LINK, "payload": bad}
    e.tells(api_of(e, runs[2]), told(request, "Tell the error", {"error": "ApiError", "cause": "the API could not do it"},
                                     Has(status="accepted")), "the API that fails")
    found = e.ended(api_of(e, runs[4]))
    check((found["status"], found["error"]) == ("FAILED", "States.Http.StatusCode.410") and "TimedOut" in found["cause"],
          "the API that is too late", found)


def twice_and_crashed(e):
    value = {"waitTime": 99999999, "status": "success"}
    run = e.start(MACHINE, value)
    link = e.link(run)
    check(e.answer(link[:-1] + ("A" if link[-1] != "A" else "B"), {"status": 200})[0] == 404, "a forged link")
    e.crash()
    status, body = e.answer(link, {"status": 404})
    check(status == 200 and body == Has(status="accepted") and not body.get("duplicate"), "after kill -9", status, body)
    status, body = e.answer(link, {"status": 404})
    check(status == 200 and body == Has(duplicate=True), "the same again", status, body)
    e.crash()
    status, body = e.answer(link, {"status": 200})
    check(status == 409 and body == Has(error="AlreadyDecided"), "another answer", status, body)
    e.tells(run, linked(e, value, {"status": 404}), "another status")
    text = e.log("response-logger", "API Failed", 1)
    check("API Executed Successfully" in text, "the log lines", text)


def as_the_text_builds_it():
    with Example("async-api") as example:
        example.deploy("deploy.py")
        play(example, (answers, simulator, notifications, consumer_throws, crashes))


def with_the_front_door():
    with Example("async-api/front-door") as example:
        example.deploy("deploy.py")
        play(example, (answers_by_link, twice_and_crashed))


commands = [Runs(version + "/run.sh", '"API Executed Successfully"', '"API Failed"') for version in ("async-api", "async-api/front-door")]
together(as_the_text_builds_it, with_the_front_door)
for command in commands:
    command.check()
done()
