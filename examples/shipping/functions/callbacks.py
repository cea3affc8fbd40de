"""Both halves of a callback: keep the token and tell the outside, and what the outside calls when it is done."""
import json
import os

import boto3

table = os.environ["CALLBACK_TABLE"]
dynamodb = boto3.client("dynamodb")


def sns_callback(event, context):
    """For any task: keeps its token under order and type, then publishes one part of the event to a topic."""
    order = event["input"]["order_id"]
    dynamodb.put_item(TableName=table, Item={"order_id": {"S": order}, "task_type": {"S": os.environ["TASK_TYPE"]},
                                             "task_token": {"S": event["token"]}})
    boto3.client("sns").publish(
        TopicArn=os.environ["SNS_TOPIC_ARN"], Subject="An order to be shipped",
        Message=json.dumps({"order_id": order, "task_type": os.environ["TASK_TYPE"],
                            "payload": event["input"][os.environ["PAYLOAD_EVENT_KEY"]]}))


def external_callback(event, context):
    """The request as the API has checked it. The texts of the errors decide on the status of the answer."""
    states = boto3.client("stepfunctions")
    try:
        item = dynamodb.get_item(TableName=table, Key={"order_id": {"S": event["order_id"]},
                                                       "task_type": {"S": event["task_type"]}}).get("Item")
        if item and event["task_status"] == "SUCCEEDED":
            states.send_task_success(taskToken=item["task_token"]["S"], output=json.dumps(event["task_output"]))
        elif item:
            states.send_task_failure(taskToken=item["task_token"]["S"], error="ShippingFailed",
                                     cause=json.dumps(event["task_output"]))
    except states.exceptions.TaskTimedOut:
        raise RuntimeError("Bad Request: this task has been answered")
    except Exception as problem:
        raise RuntimeError("Internal Error: %s" % type(problem).__name__)
    if not item:
        raise RuntimeError("Bad Request: no such task waits")
    return {"order_id": event["order_id"], "task_type": event["task_type"], "accepted": True}
