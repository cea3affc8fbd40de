#!/usr/bin/python3
"""Deploys the approval of orders as the text builds it: a table, five functions, a machine, a REST API."""
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from stack import Stack  # noqa: E402

stack = Stack(__file__)
stack.table("Order", "OrderID", "Cost", types={"Cost": "N"},
            ProvisionedThroughput={"ReadCapacityUnits": 5, "WriteCapacityUnits": 5})


def function(name):
    return stack.function(name, "functions/" + name, "nodejs20.x")


machine = stack.machine("order-approval", "workflow.asl.json", ValidateOrder=function("validate-order"),
                        ValidateCost=function("validate-cost"), WaitForApproval=function("wait-for-approval"),
                        ProcessOrder=function("process-order"))
document = stack.definition("openapi.json", Machine=machine, Acknowledge=function("acknowledge"))
print(stack.rest_api("orders", "prod", document))
