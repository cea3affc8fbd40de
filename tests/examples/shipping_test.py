#!/usr/bin/python3
"""examples/shipping: two tables, a topic, a checked POST route, and what the shipping service may get wrong."""
import json

from example import (ANY, Example, Has, Runs, arn, at_once, began, called, check, done, entered, invoked, left, play,
                     succeeded, task, together, waiting)

TYPE = "ORDER_SHIPPING_SERVICE"
SHIPPED = {"shipping_status": "PROCESSING", "tracking_number": "1ZA1B2C3D4"}


def request(order, **changes):
    return {"order_id": order, "task_type": TYPE, "task_status": "SUCCEEDED", "task_output": SHIPPED, **changes}


def waits(order):
    """From the start to the wait."""
    contents = {"order_id": order, "item": "a lamp"}
    value = {"order_id": order, "order_contents": contents}
    return [began({"order_id": order}), entered("Task", "GetOrderMetadata", {"order_id": order}),
            *invoked("get-order-metadata", {"order_id": order}, contents), left("Task", "GetOrderMetadata", value),
            entered("Task", "ShippingServiceCallback", value),
            *waiting("lambda", "invoke", {"FunctionName": arn("lambda", "function:sns-callback"),
                                          "Payload": {"token": ANY, "input": value, "callback": "true"}},
                     Has(Payload=None, StatusCode=200))]


def answered(kind, **details):
    return task(kind, "lambda", "invoke.waitForTaskToken", **details)


def ships(order, shipping=SHIPPED):
    value = {"order_id": order, "order_contents": {"order_id": order, "item": "a lamp"}, "shipping_info": shipping}
    result = {"order_id": order, "tracking_number": shipping["tracking_number"]}
    return waits(order) + [answered("Succeeded", output=shipping), left("Task", "ShippingServiceCallback", value),
                           entered("Task", "ProcessShippingResult", value),
                           *invoked("process-shipping-result", value, result),
                           left("Task", "ProcessShippingResult", result), succeeded(result)]


def ordered(e, order):
    """A workflow that waits for the shipping of an order."""
    e.put("OrderTable", order_id=order, item="a lamp")
    execution = e.start("shipping", {"order_id": order})
    e.reached(execution, "TaskSubmitted")
    return execution


def walk_through(e):
    """The text's own walk, its tables and its mail."""
    e.confirm("shipping@example.com")
    order = "a96cbeed-cbd7-4711-815c-0913113c6064"
    execution = ordered(e, order)
    item = e.item("CallbackTable", order_id=order, task_type=TYPE)
    check(item == {"order_id": order, "task_type": TYPE, "task_token": e.token(execution)}, "the token in the table", item)
    mail = e.letter("shipping@example.com", order)
    check(json.loads(mail["body"]) == {"order_id": order, "task_type": TYPE, "payload": {"order_id": order, "item": "a lamp"}},
          "the mail", mail)
    status, _, body = e.post(e.address, request(order))
    check((status, body) == (200, {"order_id": order, "task_type": TYPE, "accepted": True}), "accepted", status, body)
    e.tells(execution, ships(order), "shipped")
    item = e.item("OrderTable", order_id=order)
    check(item == {"order_id": order, "item": "a lamp", **SHIPPED}, "the tracking number", item)
    # Once more, and with another answer: this task has been answered.
    for again in (request(order), request(order, task_status="FAILED")):
        status, _, body = e.post(e.address, again)
        check((status, body) == (400, {"message": "Bad Request: this task has been answered", "type": "RuntimeError"}), "twice", status, body)


def bad_bodies(e):
    """What the API refuses itself: the function does not see it."""
    order = "bad-bodies"
    execution = ordered(e, order)
    for what, body in {
            "the article's status": request(order, task_status="SUCCESS"),
            "an unknown type": request(order, task_type="ORDER_BILLING_SERVICE"),
            "an unknown shipping status": request(order, task_output={"shipping_status": "LOST"}),
            "no order": {k: v for k, v in request(order).items() if k != "order_id"},
            "a number for a text": request(order, order_id=17),
            "an unknown member": request(order, hello="world"),
            "an unknown member inside": request(order, task_output={**SHIPPED, "weight": 2}),
            "a list": [request(order)],
            "no JSON": '{"order_id": ',
    }.items():
        status, _, answer = e.post(e.address, body)
        check((status, answer) == (400, {"message": "Invalid request body"}), what, status, answer)
    status, _, answer = e.post(e.address, "order_id=1", Content_Type="application/x-www-form-urlencoded")
    check((status, answer) == (415, {"message": "Unsupported Media Type"}), "a form", status, answer)
    status, _, answer = e.post(e.address + "/else", request(order))
    check((status, answer) == (403, {"message": "Missing Authentication Token"}), "no such route", status, answer)
    status, _, answer = e.post(e.address, request("somebody else's"))
    check((status, answer) == (400, {"message": "Bad Request: no such task waits", "type": "RuntimeError"}), "unknown order", status, answer)
    check(e.types(execution)[-1] == "TaskSubmitted", "the workflow waits on")
    status, _, _ = e.post(e.address, request(order))
    check(status == 200, "and takes the right answer", status)
    e.tells(execution, ships(order), "after bad bodies")


def fails(e):
    order = "cannot-be-shipped"
    execution = ordered(e, order)
    status, _, _ = e.post(e.address, request(order, task_status="FAILED", task_output={"shipping_status": "CANCELED"}))
    check(status == 200, "a failure is an answer", status)
    why = {"error": "ShippingFailed", "cause": '{"shipping_status": "CANCELED"}'}
    e.tells(execution, waits(order) + [answered("Failed", **why), ("ExecutionFailed", why)], "failed")
    check("tracking_number" not in e.item("OrderTable", order_id=order), "no tracking number")
    execution = e.start("shipping", {"order_id": "never ordered"})
    found = e.ended(execution)
    check((found["status"], found["error"]) == ("FAILED", "KeyError"), "an order that is not there", found)


def internal_error(e):
    """The article promises 500; the code that was published beside it maps bad requests only and answers 200."""
    order = "internal-error"
    execution = ordered(e, order)
    settings = e.functions.get_function_configuration(FunctionName="external-callback")["Environment"]["Variables"]
    e.functions.update_function_configuration(FunctionName="external-callback",
                                              Environment={"Variables": {"CALLBACK_TABLE": "NoSuchTable"}})
    status, _, body = e.post(e.address, request(order))
    check((status, body) == (500, {"message": "Internal Error: ResourceNotFoundException"}), "500", status, body)

    def published(document):
        del document["paths"]["/externalCallback"]["post"]["x-amazon-apigateway-integration"]["responses"][".*Internal Error.*"]

    address = e.api("openapi.json", published, ExternalCallback=arn("lambda", "function:external-callback"))
    status, _, body = e.post(address + "/externalCallback", request(order))
    check(status == 200 and body == Has(errorMessage="Internal Error: ResourceNotFoundException", errorType="RuntimeError",
                                        stackTrace=ANY), "200 with the error as published", status, body)
    e.functions.update_function_configuration(FunctionName="external-callback", Environment={"Variables": settings})
    status, _, body = e.post(address + "/externalCallback", request(order))
    check(status == 200 and body["accepted"], "put right", status, body)
    e.tells(execution, ships(order), "after an internal error")


def crashes(e):
    """kill -9 while the workflow waits; and answers that race each other."""
    order = "crashed"
    execution = ordered(e, order)
    e.crash()
    answers = at_once(*[lambda: e.post(e.address, request(order)) for _ in range(4)])
    statuses = sorted(a[0] if isinstance(a, tuple) else 0 for a in answers)
    check(statuses == [200, 400, 400, 400], "one of four wins", answers)
    e.tells(execution, ships(order), "after a crash")
    check(e.item("OrderTable", order_id=order)["tracking_number"] == "1ZA1B2C3D4", "the tracking number after a crash")


# ---- with the front door ----

SECRET = "a-secret-of-the-shipping-service"


def sends(e, body, secret=SECRET):
    return e.answer("/hooks/externalCallback", body, **({"Authorization": "Bearer " + secret} if secret else {}))


def published(order):
    """From the start to the wait: the table is read and the topic told by the workflow itself."""
    contents = {"order_id": order, "item": "a lamp"}
    value = {"order_id": order, "order_contents": contents}
    key = {"TableName": "OrderTable", "Key": {"order_id": {"S": order}}}
    return [began({"order_id": order}), entered("Task", "GetOrder", {"order_id": order}), *called("dynamodb", "getItem", key, ANY),
            left("Task", "GetOrder", value), entered("Task", "ShippingServiceCallback", value),
            *waiting("sns", "publish", {"TopicArn": arn("sns", "orders-to-ship"), "Subject": "An order to be shipped",
                                        "Message": {"order_id": order, "task_type": TYPE, "payload": contents}}, Has(MessageId=ANY))]


def routed(kind, **details):
    return task(kind, "sns", "publish.waitForTaskToken", **details)


def stored(order):
    value = {"order_id": order, "order_contents": {"order_id": order, "item": "a lamp"}, "shipping_info": SHIPPED}
    return published(order) + [routed("Succeeded", output=SHIPPED), left("Task", "ShippingServiceCallback", value),
                               entered("Task", "StoreTrackingNumber", value), *called("dynamodb", "updateItem", ANY, ANY),
                               left("Task", "StoreTrackingNumber", value), succeeded(value)]


def walk_through_door(e):
    e.confirm("shipping@example.com")
    order = "a96cbeed-cbd7-4711-815c-0913113c6064"
    run = ordered(e, order)
    mail = e.letter("shipping@example.com", order)
    check(json.loads(mail["body"]) == {"order_id": order, "task_type": TYPE, "payload": {"order_id": order, "item": "a lamp"}},
          "the mail holds neither token nor link", mail)
    status, body = sends(e, request(order))
    check(status == 200 and body == Has(status="accepted"), "accepted", status, body)
    e.tells(run, stored(order), "shipped")
    item = e.item("OrderTable", order_id=order)
    check(item == {"order_id": order, "item": "a lamp", **SHIPPED}, "the tracking number", item)
    status, body = sends(e, request(order))
    check(status == 200 and body == Has(duplicate=True), "the same again", status, body)
    status, body = sends(e, request(order, task_status="FAILED"))
    check(status == 409 and body == Has(error="AlreadyDecided"), "another answer", status, body)


def refused_at_door(e):
    order = "bad-bodies"
    run = ordered(e, order)
    for what, body in {
            "the article's status": request(order, task_status="SUCCESS"),
            "an unknown type": request(order, task_type="ORDER_BILLING_SERVICE"),
            "an unknown shipping status": request(order, task_output={"shipping_status": "LOST"}),
            "no order": {k: v for k, v in request(order).items() if k != "order_id"},
            "an unknown member": request(order, hello="world"),
            "no JSON": '{"order_id": ',
    }.items():
        status, answer = sends(e, body)
        check(status == 400 and answer == Has(error="InvalidBody"), what, status, answer)
    for secret in ("", "another"):
        check(sends(e, request(order), secret)[0] == 401, "not the shipping service", secret)
    check(e.types(run)[-1] == "TaskSubmitted", "the workflow waits on")
    e.crash()
    answers = at_once(*[lambda: sends(e, request(order, task_status="FAILED", task_output={"shipping_status": "CANCELED"}))
                        for _ in range(4)])
    check(sorted(a[0] if isinstance(a, tuple) else 0 for a in answers) == [200] * 4 and
          sum("duplicate" not in a[1] for a in answers) == 1, "one of four decides", answers)
    why = {"error": "ShippingFailed", "cause": '{"shipping_status":"CANCELED"}'}
    e.tells(run, published(order) + [routed("Failed", **why), ("ExecutionFailed", why)], "failed")


def before_the_order(e):
    """The service answers before the workflow waits: the answer is kept, and taken in the commit that opens the wait."""
    status, body = sends(e, request("early"))
    check(status == 202 and body == Has(status="kept"), "kept", status, body)
    e.crash()
    e.put("OrderTable", order_id="early", item="a lamp")
    e.tells(e.start("shipping", {"order_id": "early"}), stored("early"), "answered before it waited")


def as_the_text_builds_it():
    with Example("shipping") as example:
        example.address = example.deploy("deploy.py").strip()
        play(example, (walk_through, bad_bodies, fails, internal_error, crashes))


def with_the_front_door():
    with Example("shipping/front-door") as example:
        example.deploy("deploy.py", SHIPPING_TOKEN=SECRET)
        play(example, (walk_through_door, refused_at_door, before_the_order))


commands = [Runs("shipping/run.sh", "1ZA1B2C3D4", '"message": "Invalid request body"} (400)', '"accepted": true} (200)'),
            Runs("shipping/front-door/run.sh", "1ZA1B2C3D4", "(400)", "(200)")]
together(as_the_text_builds_it, with_the_front_door)
for command in commands:
    command.check()
done()
