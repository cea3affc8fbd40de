#!/usr/bin/python3
"""examples/order-approval: an order over 100 waits until somebody approves or rejects it."""
import json
import re

from example import (ANY, LINK, Example, Has, Runs, arn, at_once, began, called, check, choice, done, entered, http, invoked,
                     left, play, succeeded, task, together, waiting)


def order(number, cost, *items):
    return {"OrderID": number, "OrderItems": list(items or ("a lamp",)), "Cost": cost}


def placed(e, value):
    """Orders by REST; the execution."""
    status, _, body = e.post(e.address + "/order", value)
    check(status == 200 and sorted(body) == ["executionArn", "startDate"] and isinstance(body["startDate"], (int, float)),
          "an order by REST", status, body)
    return body["executionArn"]


def approval(e, number, approved):
    status, _, body = e.post(e.address + "/approval", {"OrderID": number, "IsApproved": approved})
    return status, body


def validated(value, valid=True):
    checked = dict(value, IsOrderValid=valid)
    return [began(value), entered("Task", "Validate order", value), *invoked("validate-order", value, checked),
            left("Task", "Validate order", checked), *choice("Is the order valid?", checked)]


def priced(value):
    """Until it is known whether an approval is required; what the next state gets."""
    checked = dict(value, IsOrderValid=True)
    known = dict(checked, IsApprovalRequired=value["Cost"] > 100)
    return validated(value) + [entered("Task", "Validate cost", checked), *invoked("validate-cost", checked, known),
                               left("Task", "Validate cost", known), *choice("Is approval required?", known)], known


def decided(value, approved):
    events, known = priced(value)
    payload = {"OrderID": value["OrderID"], "Cost": value["Cost"], "Token": ANY}
    answer = {"IsApproved": approved}
    return events + [
        entered("Task", "Wait for approval", known),
        *waiting("lambda", "invoke", {"FunctionName": arn("lambda", "function:wait-for-approval"), "Payload": payload},
                 Has(Payload=None, StatusCode=200)),
        task("Succeeded", "lambda", "invoke.waitForTaskToken", output=answer),
        left("Task", "Wait for approval", dict(known, Approval=answer)),
        *choice("Is the order approved?", dict(known, Approval=answer))], dict(known, Approval=answer)


def processed(events, value):
    return events + [entered("Task", "Process the order", value), *invoked("process-order", value, value),
                     left("Task", "Process the order", value), succeeded(value)]


def failed(events, state, value, error, cause):
    return events + [entered("Fail", state, value), ("ExecutionFailed", {"error": error, "cause": cause})]


def rejected(value):
    events, known = decided(value, False)
    return failed(events, "Rejected", known, "OrderRejected", "The order was not approved.")


def waits(e, value):
    """An order that waits for approval, with its token in the table."""
    execution = placed(e, value)
    e.reached(execution, "TaskSubmitted")
    return execution


def without_approval(e):
    """The limit is 100; an order without items or cost is none."""
    cheap, just, empty, free = order("cheap", 99.5), order("just", 100), dict(order("empty", 5), OrderItems=[]), order("free", 0)
    runs = [placed(e, value) for value in (cheap, just, empty, free)]
    e.tells(runs[0], processed(*priced(cheap)), "cheap")
    e.tells(runs[1], processed(*priced(just)), "100")
    for run, value in ((runs[2], empty), (runs[3], free)):
        e.tells(run, failed(validated(value, False), "Invalid", dict(value, IsOrderValid=False), "InvalidOrder",
                            "The order has no items or costs nothing."), value["OrderID"])
    check(approval(e, "just", True) == (409, "The order does not wait for approval."), "nothing to approve")
    item = e.tables.get_item(TableName="Order", Key={"OrderID": {"S": "just"}, "Cost": {"N": "100"}})["Item"]
    check(item == {"OrderID": {"S": "just"}, "Cost": {"N": "100"}, "OrderItems": {"L": [{"S": "a lamp"}]}, "IsOrderValid": {"BOOL": True}},
          "the item", item)
    log = e.log("process-order", "processing just")
    check("processing empty" not in log and "processing free" not in log, "only valid orders are processed", log)


def with_approval(e):
    good, bad = order("good", 101, "a lamp", "a table"), order("bad", 5000)
    yes, no = waits(e, good), waits(e, bad)
    item = e.item("Order", OrderID="good", Cost=101)
    check(item["Token"] == e.token(yes), "the token in the table", item)
    check(approval(e, "good", True) == (200, "The workflow goes on."), "approved")
    check(approval(e, "bad", False) == (200, "The workflow goes on."), "rejected")
    e.tells(yes, processed(*decided(good, True)), "approved")
    e.tells(no, rejected(bad), "rejected")
    for again in (("good", True), ("good", False), ("bad", True)):
        check(approval(e, *again) == (409, "The order has been decided already."), "decided twice", again)
    check(e.item("Order", OrderID="good", Cost=101)["Token"] == item["Token"], "the token is still in the table")


def wrong_requests(e):
    check(approval(e, "unknown", True) == (404, "There is no such order."), "unknown order")
    for what, body in (("no JSON", "{"), ("no body", ""), ("no object", "null")):
        status, _, answer = e.post(e.address + "/approval", body)
        check((status, answer) == (502, {"message": "Internal server error"}), what, status, answer)
    status, _, answer = e.post(e.address + "/orders", order("x", 1))
    check((status, answer) == (403, {"message": "Missing Authentication Token"}), "no such route", status, answer)
    # A function that fails ends the workflow, as nothing catches it.
    execution = placed(e, {"OrderID": "no items", "Cost": 1})
    found = e.ended(execution)
    check((found["status"], found["error"]) == ("FAILED", "TypeError"), "an order without its members", found)


def crashes(e):
    """kill -9 while orders wait, then many approvals at once."""
    values = [order("crash-%d" % i, 200 + i) for i in range(3)]
    runs = [waits(e, value) for value in values]
    e.crash()
    answers = at_once(*[lambda i=i: approval(e, "crash-%d" % (i % 3), True) for i in range(6)])
    check(sorted(a[0] if isinstance(a, tuple) else 0 for a in answers) == [200] * 3 + [409] * 3, "one of two wins", answers)
    for run, value in zip(runs, values):
        e.tells(run, processed(*decided(value, True)), "after a crash")


# ---- with the front door ----

def kept(value):
    """An order that is valid is put into the table by the workflow itself."""
    item = {"OrderID": {"S": value["OrderID"]}, "Cost": {"N": str(value["Cost"])},
            "OrderItems": {"S": json.dumps(value["OrderItems"], separators=(",", ":"))}}
    return [began(value), *choice("Is the order valid?", value), entered("Task", "Keep the order", value),
            *called("dynamodb", "putItem", {"TableName": "Order", "Item": item}, ANY),
            left("Task", "Keep the order", value), *choice("Is approval required?", value)]


def passed(events, value):
    return events + [entered("Pass", "Process the order", value), left("Pass", "Process the order", value), succeeded(value)]


def on_page(value, approved):
    answer = {"IsApproved": approved}
    known = dict(value, Approval=answer)
    message = {"TopicArn": arn("sns", "approvals"), "Subject": "Order %s costs %s" % (value["OrderID"], value["Cost"]), "Message": LINK}
    return kept(value) + [entered("Task", "Wait for approval", value),
                          *waiting("sns", "publish", message, Has(MessageId=ANY)),
                          task("Succeeded", "sns", "publish.waitForTaskToken", output=answer),
                          left("Task", "Wait for approval", known), *choice("Is the order approved?", known)], known


def without_page(e):
    cheap, empty = order("cheap", 100), dict(order("empty", 5), OrderItems=[])
    runs = [e.start("order-approval", value) for value in (cheap, empty)]
    e.tells(runs[0], passed(kept(cheap), cheap), "100")
    e.tells(runs[1], failed([began(empty), *choice("Is the order valid?", empty)], "Invalid", empty, "InvalidOrder",
                            "The order has no items or costs nothing."), "empty")


def page(link, method="GET", body=None, accept="text/html", **headers):
    return http(method, link, body, Accept=accept, **headers)


def press(link, outcome, comment=""):
    """The button of the page."""
    return page(link, "POST", "outcome=%s&comment=%s" % (outcome, comment), Content_Type="application/x-www-form-urlencoded")


def by_page(e):
    """The link in the mail leads to a page; looking decides nothing, the button does, once."""
    e.confirm("boss@example.com")
    good, bad = order("good", 101, "a <lamp> & a table"), order("bad", 5000)
    yes, no = e.start("order-approval", good), e.start("order-approval", bad)
    link = re.search(r"http://\S+/c/\S+", e.letter("boss@example.com", e.link(yes))["body"]).group()
    check(link == e.link(yes), "the link in the mail", link)
    status, headers, text = page(link)
    check(status == 200 and headers["Content-Type"].startswith("text/html"), "a page", status, headers["Content-Type"])
    for part in ("Order good", "101", "a &lt;lamp&gt; &amp; a table", "Approve", "Reject"):
        check(part in text, "the page shows", part, text)
    for _ in range(20):
        page(link)
        page(link, "HEAD")
    status, _, text = page(link, accept="application/json")
    check(status == 200 and "Order good" in text, "for programs", status, text)
    check(e.types(yes)[-1] == "TaskSubmitted", "looking decides nothing", e.types(yes))

    status, _, text = press(link, "approve", "go+ahead")
    check(status == 200, "approved", status, text)
    e.tells(yes, passed(*on_page(good, True)), "approved")
    text = page(link)[2]
    check("go ahead" in text and "<button" not in text, "who decided what", text)
    status, _, _ = press(link, "reject")
    check(status == 409, "another decision", status)
    status, body = e.answer(e.link(no) + "/reject", {})
    check(status == 200, "a program rejects", status, body)
    events, known = on_page(bad, False)
    e.tells(no, failed(events, "Rejected", known, "OrderRejected", "The order was not approved."), "rejected")


def page_after_crash(e):
    value = order("crash", 200)
    run = e.start("order-approval", value)
    link = e.link(run)
    e.crash()
    check(page(link)[0] == 200, "the page after kill -9")
    answers = at_once(*[lambda: e.answer(link + "/approve", {}) for _ in range(4)])
    check(sorted(a[0] if isinstance(a, tuple) else 0 for a in answers) == [200] * 4 and
          sum("duplicate" not in a[1] for a in answers) == 1, "one of four decides", answers)
    e.tells(run, passed(*on_page(value, True)), "after kill -9")


def as_the_text_builds_it():
    with Example("order-approval") as example:
        example.address = example.deploy("deploy.py").strip()
        play(example, (without_approval, with_approval, wrong_requests, crashes))


def with_the_front_door():
    with Example("order-approval/front-door") as example:
        example.deploy("deploy.py")
        play(example, (without_page, by_page, page_after_crash))


commands = [Runs("order-approval/run.sh", "The workflow goes on. (200)", "decided already. (409)", "SUCCEEDED"),
            Runs("order-approval/front-door/run.sh", "SUCCEEDED")]
together(as_the_text_builds_it, with_the_front_door)
for command in commands:
    command.check()
done()
