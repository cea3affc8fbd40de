#!/usr/bin/python3
"""Deploys the shipping of orders as the text builds it: two tables, a topic with mail, four functions, a machine and a
REST API that checks what the shipping service sends."""
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from stack import Stack  # noqa: E402

stack = Stack(__file__)
capacity = {"ProvisionedThroughput": {"ReadCapacityUnits": 1, "WriteCapacityUnits": 1}}
orders = stack.table("OrderTable", "order_id", **capacity)
callbacks = stack.table("CallbackTable", "order_id", "task_type", **capacity)
topic = stack.topic("orders-to-ship", DisplayName="Orders to ship")
stack.subscribe(topic, "email", "shipping@example.com")


def function(name, handler, **environment):
    return stack.function(name, "functions", "python3.7", handler, **environment)


metadata = function("get-order-metadata", "orders.get_order_metadata", ORDER_TABLE=orders)
result = function("process-shipping-result", "orders.process_shipping_result", ORDER_TABLE=orders,
                  SHIPPING_INFO_EVENT_KEY="shipping_info")
sns = function("sns-callback", "callbacks.sns_callback", CALLBACK_TABLE=callbacks, SNS_TOPIC_ARN=topic,
               TASK_TYPE="ORDER_SHIPPING_SERVICE", PAYLOAD_EVENT_KEY="order_contents")
external = function("external-callback", "callbacks.external_callback", CALLBACK_TABLE=callbacks)
stack.machine("shipping", "workflow.asl.json", GetOrderMetadata=metadata, SNSCallback=sns, ProcessShippingResult=result)
api = stack.rest_api("order-callbacks", "v1", stack.definition("openapi.json", ExternalCallback=external))
print(api + "/externalCallback")
