#!/usr/bin/python3
"""Deploys the loan processor with Baton's front door, and the partner: of ours, one machine, one function, one route."""
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
import partner  # noqa: E402
from stack import ENDPOINT, Stack  # noqa: E402

stack = Stack(__file__)
webhook = ENDPOINT + stack.route("valuation", "route.json")
request = stack.function("valuation-request", "functions/valuation-request", "nodejs20.x", SERVICE_URL=partner.deploy(),
                         CALLBACK_URL=webhook)
stack.machine("loan-processor", "workflow.asl.json", ValuationRequest=request)
print(webhook)
