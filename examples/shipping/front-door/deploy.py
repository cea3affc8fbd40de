#!/usr/bin/python3
"""Deploys the shipping of orders with Baton's front door: a table, a topic with mail, a machine, a route. No function.
Prints the route's address; the bearer token that it wants is $SHIPPING_TOKEN."""
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", ".."))
from stack import ENDPOINT, Stack  # noqa: E402

stack = Stack(__file__)
stack.table("OrderTable", "order_id", ProvisionedThroughput={"ReadCapacityUnits": 1, "WriteCapacityUnits": 1})
topic = stack.topic("orders-to-ship", DisplayName="Orders to ship")
stack.subscribe(topic, "email", "shipping@example.com")
stack.machine("shipping", "workflow.asl.json", Topic=topic)
secret = os.environ.get("SHIPPING_TOKEN", "a-secret-of-the-shipping-service")
print(ENDPOINT + stack.route("shipping", "route.json", Token=secret))
