#!/usr/bin/python3
"""examples/loan-valuation: a partner that answers by webhook with a reference of its own: in time, at once, twice, never,
with a reference that nobody knows, with an error."""
import json

from example import (ANY, Example, Has, Runs, Text, arn, began, check, done, entered, left, play, scheduled, succeeded,
                     task, together, waiting)

STATE = "RequestValuation"
HOUSES = ("999", "at once", "twice", "ruin", "unavailable")
SILENT = ("never", "mistaken")
PATIENCE = 12


def application(house):
    return {"applicationReference": "app-" + house, "property": {"nameOrNumber": house, "postcode": "PO1 1CE"}}


def asked(value, seconds):
    parameters = {"FunctionName": arn("lambda", "function:valuation-request"),
                  "Payload": {"taskToken": ANY, "loanApplication": value}}
    return [began(value), entered("Task", STATE, value)], parameters, {"timeoutInSeconds": seconds}


def waits(value, seconds=1209600):
    head, parameters, more = asked(value, seconds)
    return head + waiting("lambda", "invoke", parameters, Has(Payload=None, StatusCode=200), **more)


def ended(kind, **details):
    return task(kind, "lambda", "invoke.waitForTaskToken", **details)


def valued(value, reference, events=None):
    answer = {"valuationReference": reference, "propertyValue": 250000}
    return (events or waits(value)) + [ended("Succeeded", output=answer), left("Task", STATE, answer), succeeded(answer)]


def caught(events, value, problem, state, decision):
    """The failure, and what the state that catches it makes of it."""
    with_problem = dict(value, problem=problem)
    output = dict(applicationReference=value["applicationReference"], **decision)
    return events + [left("Task", STATE, with_problem), entered("Pass", state, with_problem), left("Pass", state, output),
                     succeeded(output)]


def silent(value, events):
    return caught(events + [ended("TimedOut", error="States.Timeout")], value, {"Error": "States.Timeout"},
                  "PartnerIsSilent", {"decision": "CALL THE PARTNER"})


def references(e):
    """Which reference of the partner belongs to which token."""
    items = e.tables.scan(TableName="task-tokens")["Items"]
    return {item["taskToken"]["S"]: item["keyReference"]["S"] for item in items}


def token_of(e, execution):
    """The token that the execution has given away, whether it still waits or not."""
    scheduled_ = next(x for x in e.story(execution) if x["type"] == "TaskScheduled")
    return json.loads(scheduled_["taskScheduledEventDetails"]["parameters"])["Payload"]["taskToken"]


def applications(e):
    """One application for each kind of partner, and the ends of those that are answered. The others are asked about when
    the functions run already: their seconds are for waiting."""
    e.variant("loan-processor", "impatient", lambda states: states[STATE].update(TimeoutSeconds=PATIENCE))
    runs = {house: e.start("loan-processor", application(house)) for house in HOUSES}
    for run in runs.values():
        e.ended(run)
    e.silent = {house: e.start("impatient", application(house)) for house in SILENT}
    for run in e.silent.values():
        e.reached(run, "TaskSubmitted")
    return runs


def all_kinds_of_partners(e):
    runs = applications(e)
    values = {house: application(house) for house in HOUSES}
    known = references(e)
    reference = {house: known.get(token_of(e, run)) for house, run in runs.items()}
    check([house for house in HOUSES if not reference[house]] == ["unavailable"], "a reference for each", reference)

    e.tells(runs["999"], valued(values["999"], reference["999"]), "in time", may_be_early=True)
    e.tells(runs["twice"], valued(values["twice"], reference["twice"]), "twice", may_be_early=True)
    e.tells(runs["at once"], valued(values["at once"], reference["at once"]), "at once", may_be_early=True)
    why = {"Error": "ValuationError", "Cause": "the house has no roof"}
    e.tells(runs["ruin"], caught(waits(values["ruin"]) + [ended("Failed", error=why["Error"], cause=why["Cause"])], values["ruin"],
                                 why, "PartnerFailed", {"decision": "ASK ANOTHER PARTNER", "error": "ValuationError"}), "error", may_be_early=True)
    # The partner's API answers 500, so asking has failed: nothing was ever submitted.
    why = {"Error": "AxiosError", "Cause": Text("Request failed with status code 500")}
    head, parameters, more = asked(values["unavailable"], 1209600)
    e.tells(runs["unavailable"], caught(
        head + [scheduled("lambda", "invoke.waitForTaskToken", parameters, **more), ended("Started"),
                ended("Failed", error=why["Error"], cause=why["Cause"])],
        values["unavailable"], why, "PartnerFailed", {"decision": "ASK ANOTHER PARTNER", "error": "AxiosError"}), "the partner is down")

    # What the partner was told.
    check(e.log("service-request", "told too early: 404").count("told too early") == 1, "too early")
    check("told twice: 410" in e.log("service-response", "told twice"), "twice")
    check("told the wrong one: 404" in e.log("service-response", "told the wrong one"), "the wrong one")
    log = e.log("valuation-callback", "nobody waits for somebody else")
    check("nobody waits for " + reference["at once"] in log, "the early one was not understood", log)


def silence(e):
    """The partner who never answers, and the one who answers for somebody else."""
    for house, run in e.silent.items():
        value = application(house)
        e.tells(run, silent(value, waits(value, PATIENCE)), house)


def webhook(e):
    """The address itself, by hand."""
    value = application("never")
    run = e.start("loan-processor", value)
    e.reached(run, "TaskSubmitted")
    reference = references(e)[e.token(run)]
    for what, body, wanted in (
            ("unknown reference", {"valuationReference": "x", "propertyValue": 1}, (404, {"message": "unknown valuationReference"})),
            ("no reference", {"propertyValue": 1}, (500, {"message": "Internal Server Error"})),
            ("no JSON", "value=1", (500, {"message": "Internal Server Error"}))):
        status, _, answer = e.post(e.webhook, body)
        check((status, answer) == wanted, what, status, answer)
    status, _, answer = e.post(e.webhook + "/else", {})
    check((status, answer) == (404, {"message": "Not Found"}), "no such route", status, answer)
    check(e.types(run)[-1] == "TaskSubmitted", "the application waits on")
    e.crash()
    answer = {"valuationReference": reference, "propertyValue": 250000}
    status, _, text = e.post(e.webhook, answer)
    check((status, text) == (200, {"message": "thank you"}), "answered after kill -9", status, text)
    e.tells(run, valued(value, reference), "after kill -9")
    status, _, text = e.post(e.webhook, answer)
    check((status, text) == (410, {"message": "nobody waits for this any more"}), "answered twice", status, text)
    item = e.item("task-tokens", keyReference=reference)
    check(item == {"keyReference": reference, "taskToken": token_of(e, run)}, "the item stays", item)


# ---- with the front door ----

def keyed(value, reference, seconds=1209600):
    """The function's answer holds the reference, which is the key."""
    parameters = {"FunctionName": arn("lambda", "function:valuation-request"), "Payload": {"property": value["property"]}}
    return [began(value), entered("Task", STATE, value),
            *waiting("lambda", "invoke", parameters, Has(Payload={"valuationReference": reference}, StatusCode=200),
                     timeoutInSeconds=seconds)]


def reference_of(e, run):
    e.reached(run, "TaskSubmitted")
    submitted = next(x for x in e.story(run) if x["type"] == "TaskSubmitted")
    return json.loads(submitted["taskSubmittedEventDetails"]["output"])["Payload"]["valuationReference"]


def all_kinds_by_key(e):
    runs = applications(e)
    values = {house: application(house) for house in HOUSES}
    reference = {house: reference_of(e, run) for house, run in runs.items() if house != "unavailable"}

    for house, what in (("999", "in time"), ("twice", "twice"), ("at once", "at once")):
        e.tells(runs[house], valued(values[house], reference[house], keyed(values[house], reference[house])), what)
    why = {"Error": "ValuationError", "Cause": "the house has no roof"}
    events = keyed(values["ruin"], reference["ruin"]) + [ended("Failed", error=why["Error"], cause=why["Cause"])]
    e.tells(runs["ruin"], caught(events, values["ruin"], why, "PartnerFailed",
                                 {"decision": "ASK ANOTHER PARTNER", "error": "ValuationError"}), "error")
    output = json.loads(e.ended(runs["unavailable"])["output"])
    check(output["error"] == "AxiosError", "the partner is down", output)
    # Nobody tells the partner to try again: what came too early or for somebody else is kept, twice is no error.
    for log in (e.log("service-request"), e.log("service-response")):
        check("told" not in log, "the partner is content", log)


def webhook_by_key(e):
    value = application("never")
    run = e.start("loan-processor", value)
    reference = reference_of(e, run)
    answer = {"valuationReference": reference, "propertyValue": 250000}
    for what, body, wanted in (("no reference", {"propertyValue": 1}, 422), ("no JSON", "value=1", 400)):
        status, text = e.answer("/hooks/valuation", body)
        check(status == wanted, what, status, text)
    status, text = e.answer("/hooks/valuation", {"valuationReference": "x", "propertyValue": 1})
    check(status == 202 and text == Has(status="kept"), "an unknown reference is kept", status, text)
    check(e.types(run)[-1] == "TaskSubmitted", "the application waits on")
    e.crash()
    status, text = e.answer("/hooks/valuation", answer)
    check(status == 200 and text == Has(status="accepted"), "answered after kill -9", status, text)
    e.tells(run, valued(value, reference, keyed(value, reference)), "after kill -9")
    e.crash()
    status, text = e.answer("/hooks/valuation", answer)
    check(status == 200 and text == Has(duplicate=True), "the same again", status, text)
    status, text = e.answer("/hooks/valuation", dict(answer, propertyValue=1))
    check(status == 409 and text == Has(error="AlreadyDecided"), "another value", status, text)


def silence_by_key(e):
    for house, run in e.silent.items():
        value = application(house)
        e.tells(run, silent(value, keyed(value, reference_of(e, run), PATIENCE)), house)


def sooner(e):
    """A second instead of six, which run.sh keeps."""
    e.change("valuation-service", lambda states: states["Value"].update(Seconds=1))


def as_the_text_builds_it():
    with Example("loan-valuation") as example:
        example.webhook = example.deploy("deploy.py").strip()
        sooner(example)
        play(example, (all_kinds_of_partners, webhook, silence))


def with_the_front_door():
    with Example("loan-valuation/front-door") as example:
        example.deploy("deploy.py")
        sooner(example)
        play(example, (all_kinds_by_key, webhook_by_key, silence_by_key))


commands = [Runs("loan-valuation/run.sh", '\\"propertyValue\\":250000', "ExecutionSucceeded"),
            Runs("loan-valuation/front-door/run.sh", '\\"propertyValue\\":250000', "ExecutionSucceeded")]
together(as_the_text_builds_it, with_the_front_door)
for command in commands:
    command.check()
done()
