#!/usr/bin/python3
"""Deploys the example with Baton's front door: two queues, a topic, a function without an SDK, a machine."""
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", ".."))
from stack import Stack  # noqa: E402

stack = Stack(__file__)
queue = stack.queue("callback-requests", dead_letters="callback-dead", max_receive_count=1, VisibilityTimeout=30)
topic = stack.topic("callback-notices", DisplayName="Notices")
stack.function("callback-worker", "functions/worker", "nodejs20.x")
stack.reads("callback-worker", "callback-requests", BatchSize=1)
print(stack.machine("callback-queue", "workflow.asl.json", QueueUrl=queue, TopicArn=topic))
