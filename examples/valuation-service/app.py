"""The two functions of the valuation service. Nothing here knows of Baton: boto3 finds it by
AWS_ENDPOINT_URL, which is set in the environment of every function."""
import json

import boto3

valuations = boto3.resource("dynamodb").Table("valuations")
states = boto3.client("stepfunctions")


def request_valuation(event, context):
    """From the queue: keeps the token under our reference, and asks the partner."""
    for record in event["Records"]:
        request = json.loads(record["body"])
        valuations.put_item(Item={"reference": request["reference"], "token": request["token"]})
        print("partner, please value", json.dumps(request["property"]), "for", request["reference"])


def valuation_answered(event, context):
    """From the topic that the partner's answers come to: wakes the workflow."""
    for record in event["Records"]:
        answer = json.loads(record["Sns"]["Message"])
        item = valuations.get_item(Key={"reference": answer["reference"]})["Item"]
        states.send_task_success(taskToken=item["token"], output=json.dumps(answer))
