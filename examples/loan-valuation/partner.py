"""The partner, who is the same in both versions and not ours: an HTTP API, two functions, an Express workflow."""
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from stack import Stack  # noqa: E402


def deploy():
    """The address that takes requests for valuations."""
    stack = Stack(__file__)
    response = stack.function("service-response", "functions/service-response", "nodejs14.x")
    machine = stack.machine("valuation-service", "valuation-service.asl.json", express=True, ServiceResponse=response)
    stack.function("service-request", "functions/service-request", "nodejs14.x", STATE_MACHINE_ARN=machine)
    return stack.http_api("valuation-service", {"POST /valuation-request": "service-request"}) + "/valuation-request"
