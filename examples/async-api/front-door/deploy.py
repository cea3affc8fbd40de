#!/usr/bin/python3
"""Deploys the asynchronous API with Baton's front door: two machines, and a topic with the function that logs."""
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", ".."))
from stack import Stack  # noqa: E402

stack = Stack(__file__)
topic = stack.topic("api-responses", DisplayName="API responses")
stack.subscribe(topic, "lambda", stack.function("response-logger", "../functions/response-logger", "nodejs20.x"))
simulator = stack.machine("api-simulator", "simulator.asl.json", Connection=stack.connection("api"))
print(stack.machine("async-api", "workflow.asl.json", Simulator=simulator, TopicArn=topic))
