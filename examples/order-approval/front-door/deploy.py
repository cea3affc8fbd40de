#!/usr/bin/python3
"""Deploys the approval of orders with Baton's front door: a table, a topic with mail, a machine. No function, no API."""
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", ".."))
from stack import Stack  # noqa: E402

stack = Stack(__file__)
stack.table("Order", "OrderID", "Cost", types={"Cost": "N"})
topic = stack.topic("approvals", DisplayName="Approvals")
stack.subscribe(topic, "email", "boss@example.com")
print(stack.machine("order-approval", "workflow.asl.json", Approvals=topic))
