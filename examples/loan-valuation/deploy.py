#!/usr/bin/python3
"""Deploys the loan processor as the text builds it, and the partner: two HTTP APIs, two machines, four functions, a
table. Prints the address of the webhook."""
import partner
from stack import Stack  # beside the folder, which partner has told

stack = Stack(__file__)
table = stack.table("task-tokens", "keyReference")
stack.function("valuation-callback", "functions/valuation-callback", "nodejs14.x", TASK_TOKEN_TABLE_NAME=table)
api = stack.http_api("valuation-callback", {"POST /valuation-callback": "valuation-callback"})
webhook = api + "/valuation-callback"
request = stack.function("valuation-request", "functions/valuation-request", "nodejs14.x", SERVICE_URL=partner.deploy(),
                         CALLBACK_URL=webhook, TASK_TOKEN_TABLE_NAME=table)
stack.machine("loan-processor", "loan-processor.asl.json", ValuationRequest=request)
print(webhook)
