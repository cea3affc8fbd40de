"""Reads an order, and stores what the shipping service has said about it."""
import os

import boto3

table = os.environ["ORDER_TABLE"]
dynamodb = boto3.client("dynamodb")


def get_order_metadata(event, context):
    """{"order_id": ...} -> what is in the order."""
    item = dynamodb.get_item(TableName=table, Key={"order_id": {"S": event["order_id"]}}).get("Item")
    if not item:
        raise KeyError("no order " + event["order_id"])
    return {name: next(iter(value.values())) for name, value in item.items()}


def process_shipping_result(event, context):
    """Keeps the tracking number with the order."""
    shipping = event[os.environ["SHIPPING_INFO_EVENT_KEY"]]
    print("shipped:", shipping)
    dynamodb.update_item(
        TableName=table, Key={"order_id": {"S": event["order_id"]}},
        UpdateExpression="set tracking_number = :number, shipping_status = :status",
        ExpressionAttributeValues={":number": {"S": shipping["tracking_number"]},
                                   ":status": {"S": shipping["shipping_status"]}})
    return {"order_id": event["order_id"], "tracking_number": shipping["tracking_number"]}
