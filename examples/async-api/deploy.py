#!/usr/bin/python3
"""Deploys the asynchronous API as the text builds it: two queues, three functions, a topic, two machines."""
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from stack import Stack  # noqa: E402

stack = Stack(__file__)
queue = stack.queue("api-requests", dead_letters="api-requests-dead")
topic = stack.topic("api-responses", DisplayName="API responses")

region = "us-east-1"
callback = stack.function("callback-simulator", "functions/callback-simulator", "nodejs20.x", AWS_REGION_ID=region)
simulator = stack.machine("api-simulator", "simulator.asl.json", CallbackSimulator=callback)
stack.function("request-consumer", "functions/request-consumer", "nodejs20.x", AWS_REGION_ID=region,
               STATE_MACHINE_ARN=simulator)
stack.reads("request-consumer", "api-requests", BatchSize=10)
logger = stack.function("response-logger", "functions/response-logger", "nodejs20.x")
stack.subscribe(topic, "lambda", logger)

print(stack.machine("async-api", "workflow.asl.json", QueueUrl=queue, TopicArn=topic))
