#!/usr/bin/env python3
"""The valuation partner: a process of its own that takes requests from the activity
`property-valuation` and answers them with the task token. Any AWS SDK does the same; this one uses
nothing but Python's standard library.

    partner.py                    take one request and print its token
    partner.py TOKEN VALUE        answer it
"""
import json
import os
import sys
import urllib.request

ENDPOINT = os.environ.get("BATON_ENDPOINT", "http://127.0.0.1:8083")


def call(operation, **params):
    request = urllib.request.Request(ENDPOINT, json.dumps(params).encode(), {
        "Content-Type": "application/x-amz-json-1.0", "X-Amz-Target": "AWSStepFunctions." + operation})
    with urllib.request.urlopen(request, timeout=70) as answer:
        return json.loads(answer.read() or b"{}")


if len(sys.argv) == 1:
    activity = call("CreateActivity", name="property-valuation")["activityArn"]
    task = call("GetActivityTask", activityArn=activity, workerName="valuation-partner")
    print("partner: asked to value %s" % task["input"], file=sys.stderr)
    print(task["taskToken"])
else:
    call("SendTaskSuccess", taskToken=sys.argv[1], output=json.dumps(
        {"valuationReference": "V-2093", "propertyValue": int(sys.argv[2])}))
    print("partner: answered", file=sys.stderr)
