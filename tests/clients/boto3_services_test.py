#!/usr/bin/python3
"""Real calls of Debian's boto3 (SQS and SNS by the Query protocol) against a real server: queues,
topics, tables, functions, and the workflows between them."""
import base64
import io
import json
import os
import sys
import time
import zipfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from check import case, check, done  # noqa: E402
from server import Server  # noqa: E402

import boto3  # noqa: E402
from boto3.dynamodb.conditions import Attr, Key  # noqa: E402
from botocore.config import Config  # noqa: E402
from botocore.exceptions import ClientError  # noqa: E402
from decimal import Decimal  # noqa: E402

ROLE = "arn:aws:iam::000000000000:role/test"
KEYS = dict(region_name="us-east-1", aws_access_key_id="test", aws_secret_access_key="test")


def refused(code, call, **params):
    try:
        call(**params)
    except ClientError as e:
        check(e.response["Error"]["Code"] == code, "error code", code, e.response["Error"])
        return e.response["Error"]["Message"]
    check(False, "the call should have been refused with", code)
    return ""


def zipped(**files):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as z:
        for name, text in files.items():
            z.writestr(name.replace("__", "."), text)
    return out.getvalue()


def until(probe, what, seconds=30):
    end = time.time() + seconds
    while time.time() < end:
        found = probe()
        if found:
            return found
        time.sleep(0.05)
    check(False, "in time:", what)
    return None


def main(endpoint):
    config = Config(retries={"max_attempts": 0}, read_timeout=70, inject_host_prefix=False)

    def client(name):
        return boto3.client(name, endpoint_url=endpoint, config=config, **KEYS)

    sqs, sns, ddb, functions, sfn = map(client, ("sqs", "sns", "dynamodb", "lambda", "stepfunctions"))
    table_of = boto3.resource("dynamodb", endpoint_url=endpoint, config=config, **KEYS).Table

    def queues():
        url = sqs.create_queue(QueueName="orders", Attributes={"VisibilityTimeout": "5"})["QueueUrl"]
        check(url == endpoint + "/000000000000/orders", "the URL leads back here", url)
        check(sqs.get_queue_url(QueueName="orders")["QueueUrl"] == url, "GetQueueUrl")
        check(sqs.list_queues(QueueNamePrefix="ord")["QueueUrls"] == [url], "ListQueues")
        # boto3 checks MD5s of body and attributes by itself.
        sent = sqs.send_message(QueueUrl=url, MessageBody="héllo\n<&>", MessageAttributes={
            "kind": {"DataType": "String", "StringValue": "a"},
            "count": {"DataType": "Number", "StringValue": "7"},
            "raw": {"DataType": "Binary", "BinaryValue": b"\0\1\2"}})
        got = sqs.receive_message(QueueUrl=url, AttributeNames=["All"], MessageAttributeNames=["All"])["Messages"]
        check(len(got) == 1 and got[0]["Body"] == "héllo\n<&>", "the body comes as it went", got)
        check(got[0]["MessageId"] == sent["MessageId"], "the same id")
        check(got[0]["Attributes"]["ApproximateReceiveCount"] == "1", "received once", got[0]["Attributes"])
        check(got[0]["MessageAttributes"]["raw"]["BinaryValue"] == b"\0\1\2", "bytes", got[0]["MessageAttributes"])
        check("Messages" not in sqs.receive_message(QueueUrl=url), "invisible while in flight")
        counts = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
        check(counts["ApproximateNumberOfMessagesNotVisible"] == "1", "one in flight", counts)
        check(counts["QueueArn"] == "arn:aws:sqs:us-east-1:000000000000:orders", "ARN")
        sqs.change_message_visibility(QueueUrl=url, ReceiptHandle=got[0]["ReceiptHandle"], VisibilityTimeout=0)
        again = sqs.receive_message(QueueUrl=url, AttributeNames=["ApproximateReceiveCount"])["Messages"]
        check(again[0]["Attributes"]["ApproximateReceiveCount"] == "2", "received twice")
        sqs.delete_message(QueueUrl=url, ReceiptHandle=again[0]["ReceiptHandle"])
        batch = sqs.send_message_batch(QueueUrl=url, Entries=[
            {"Id": str(i), "MessageBody": "m%d" % i} for i in range(10)])
        check(len(batch["Successful"]) == 10 and not batch.get("Failed"), "a batch of ten", batch)
        seen = []
        while len(seen) < 10:
            page = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10, WaitTimeSeconds=2).get("Messages", [])
            if not page:
                break
            seen += [m["Body"] for m in page]
            done_ = sqs.delete_message_batch(QueueUrl=url, Entries=[
                {"Id": str(i), "ReceiptHandle": m["ReceiptHandle"]} for i, m in enumerate(page)])
            check(len(done_["Successful"]) == len(page), "deleted")
        check(sorted(seen) == ["m%d" % i for i in range(10)], "each once", seen)
        refused("AWS.SimpleQueueService.NonExistentQueue", sqs.get_queue_url, QueueName="absent")
        refused("QueueAlreadyExists", sqs.create_queue, QueueName="orders", Attributes={"VisibilityTimeout": "6"})
        refused("ReceiptHandleIsInvalid", sqs.delete_message, QueueUrl=url, ReceiptHandle="x")

    def fifo():
        url = sqs.create_queue(QueueName="line.fifo", Attributes={
            "FifoQueue": "true", "ContentBasedDeduplication": "true"})["QueueUrl"]
        for body in ("a1", "b1", "a2", "a1"):
            sqs.send_message(QueueUrl=url, MessageBody=body, MessageGroupId=body[0])
        first = sqs.receive_message(QueueUrl=url)["Messages"][0]
        check(first["Body"] == "a1", "first in, first out")
        second = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10)["Messages"]
        check([m["Body"] for m in second] == ["b1"], "a group waits for its first", [m["Body"] for m in second])
        sqs.delete_message(QueueUrl=url, ReceiptHandle=first["ReceiptHandle"])
        third = sqs.receive_message(QueueUrl=url)["Messages"][0]
        check(third["Body"] == "a2", "then its next, and the duplicate is gone")

    def dead_letters():
        dead = sqs.create_queue(QueueName="dead")["QueueUrl"]
        url = sqs.create_queue(QueueName="live", Attributes={"VisibilityTimeout": "0", "RedrivePolicy": json.dumps(
            {"deadLetterTargetArn": "arn:aws:sqs:us-east-1:000000000000:dead", "maxReceiveCount": 2})})["QueueUrl"]
        sent = sqs.send_message(QueueUrl=url, MessageBody="poison")["MessageId"]
        for _ in range(3):
            sqs.receive_message(QueueUrl=url)
        moved = sqs.receive_message(QueueUrl=dead)["Messages"]
        check(moved[0]["MessageId"] == sent, "the same message after maxReceiveCount receives")
        check(sqs.list_dead_letter_source_queues(QueueUrl=dead)["queueUrls"] == [url], "its source is known")

    def topics():
        arn = sns.create_topic(Name="news")["TopicArn"]
        url = sqs.create_queue(QueueName="readers")["QueueUrl"]
        sub = sns.subscribe(TopicArn=arn, Protocol="sqs", Endpoint="arn:aws:sqs:us-east-1:000000000000:readers",
                            Attributes={"FilterPolicy": json.dumps({"kind": ["a"]})}, ReturnSubscriptionArn=True)
        sns.publish(TopicArn=arn, Message="no", MessageAttributes={"kind": {"DataType": "String", "StringValue": "b"}})
        sent = sns.publish(TopicArn=arn, Message="yes", Subject="s",
                           MessageAttributes={"kind": {"DataType": "String", "StringValue": "a"}})
        envelope = json.loads(sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10)["Messages"][0]["Body"])
        check(envelope["Message"] == "yes" and envelope["Subject"] == "s", "the one that the filter lets through")
        check(envelope["MessageId"] == sent["MessageId"] and envelope["TopicArn"] == arn, "envelope", envelope)
        sns.set_subscription_attributes(SubscriptionArn=sub["SubscriptionArn"], AttributeName="RawMessageDelivery",
                                        AttributeValue="true")
        batch = sns.publish_batch(TopicArn=arn, PublishBatchRequestEntries=[
            {"Id": "1", "Message": "raw", "MessageAttributes": {"kind": {"DataType": "String", "StringValue": "a"}}}])
        check(len(batch["Successful"]) == 1, "a batch", batch)
        check(sqs.receive_message(QueueUrl=url)["Messages"][0]["Body"] == "raw", "raw delivery")
        check([s["SubscriptionArn"] for s in sns.list_subscriptions_by_topic(TopicArn=arn)["Subscriptions"]] ==
              [sub["SubscriptionArn"]], "ListSubscriptionsByTopic")
        check(arn in [t["TopicArn"] for t in sns.list_topics()["Topics"]], "ListTopics")
        sns.unsubscribe(SubscriptionArn=sub["SubscriptionArn"])
        refused("NotFound", sns.publish, TopicArn=arn + "x", Message="m")
        refused("InvalidParameter", sns.subscribe, TopicArn=arn, Protocol="pigeon", Endpoint="x")

    def tables():
        ddb.create_table(TableName="Orders", BillingMode="PAY_PER_REQUEST",
                         AttributeDefinitions=[{"AttributeName": n, "AttributeType": t} for n, t in
                                               (("id", "S"), ("line", "N"), ("city", "S"))],
                         KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}, {"AttributeName": "line", "KeyType": "RANGE"}],
                         GlobalSecondaryIndexes=[{"IndexName": "by-city", "Projection": {"ProjectionType": "ALL"}, "KeySchema": [
                             {"AttributeName": "city", "KeyType": "HASH"}, {"AttributeName": "line", "KeyType": "RANGE"}]}])
        ddb.get_waiter("table_exists").wait(TableName="Orders", WaiterConfig={"Delay": 1, "MaxAttempts": 5})
        table = table_of("Orders")
        with table.batch_writer() as batch:
            for i in range(30):
                batch.put_item(Item={"id": "o%d" % (i % 3), "line": i, "city": "ber" if i % 2 else "ams",
                                     "price": Decimal("1.10") * i, "tags": {"x", "y"}, "raw": b"\0", "deep": {"a": [1, None, True]}})
        item = table.get_item(Key={"id": "o1", "line": 1})["Item"]
        check(item["price"] == Decimal("1.1") and item["tags"] == {"x", "y"}, "types come back", item)
        check(item["deep"] == {"a": [1, None, True]}, "documents too", item)
        page = table.query(KeyConditionExpression=Key("id").eq("o0") & Key("line").between(6, 15), ScanIndexForward=False)
        check([int(i["line"]) for i in page["Items"]] == [15, 12, 9, 6], "Query, downwards", page)
        page = table.query(IndexName="by-city", KeyConditionExpression=Key("city").eq("ber") & Key("line").lt(6))
        check([int(i["line"]) for i in page["Items"]] == [1, 3, 5], "Query of an index", page["Items"])
        found = table.scan(FilterExpression=Attr("line").gte(28) & Attr("tags").contains("x"))
        check(found["Count"] == 2 and found["ScannedCount"] == 30, "Scan with a filter", found["Count"])
        lines, start = [], {}
        while True:
            page = table.scan(Limit=7, **start)
            lines += [int(i["line"]) for i in page["Items"]]
            if "LastEvaluatedKey" not in page:
                break
            start = {"ExclusiveStartKey": page["LastEvaluatedKey"]}
        check(sorted(lines) == list(range(30)), "pages of a Scan")
        changed = table.update_item(
            Key={"id": "o1", "line": 1}, UpdateExpression="SET price = price + :d, #s = :s REMOVE deep.a[0] ADD tags :t",
            ConditionExpression="attribute_exists(id)", ExpressionAttributeNames={"#s": "state"},
            ExpressionAttributeValues={":d": 1, ":s": "paid", ":t": {"z"}}, ReturnValues="ALL_NEW")["Attributes"]
        check(changed["price"] == Decimal("2.1") and changed["state"] == "paid", "UpdateItem", changed)
        check(changed["deep"] == {"a": [None, True]} and changed["tags"] == {"x", "y", "z"}, "UpdateItem", changed)
        refused("ConditionalCheckFailedException", table.put_item, Item={"id": "o1", "line": 1},
                ConditionExpression="attribute_not_exists(id)")
        refused("ResourceNotFoundException", ddb.get_item, TableName="None", Key={"id": {"S": "x"}})
        refused("ValidationException", ddb.get_item, TableName="Orders", Key={"id": {"S": "x"}})
        refused("TransactionCanceledException", ddb.transact_write_items, TransactItems=[
            {"Put": {"TableName": "Orders", "Item": {"id": {"S": "t"}, "line": {"N": "1"}}}},
            {"ConditionCheck": {"TableName": "Orders", "Key": {"id": {"S": "no"}, "line": {"N": "1"}},
                                "ConditionExpression": "attribute_exists(id)"}}])
        check("Item" not in table.get_item(Key={"id": "t", "line": 1}), "nothing of a transaction that fails")
        old = ddb.scan(TableName="Orders", ScanFilter={"line": {"ComparisonOperator": "EQ", "AttributeValueList": [{"N": "4"}]}},
                       AttributesToGet=["id"])
        check(old["Items"] == [{"id": {"S": "o1"}}], "the older form of a Scan", old["Items"])
        ddb.update_item(TableName="Orders", Key={"id": {"S": "o1"}, "line": {"N": "4"}},
                        AttributeUpdates={"seen": {"Action": "PUT", "Value": {"BOOL": True}}, "raw": {"Action": "DELETE"}})
        item = table.get_item(Key={"id": "o1", "line": 4})["Item"]
        check(item["seen"] is True and "raw" not in item, "the older form of an update", item)
        check(ddb.describe_table(TableName="Orders")["Table"]["ItemCount"] == 30, "ItemCount")

    def python_function():
        code = """
import boto3, json, os
def handler(event, context):
    print("got", json.dumps(event))
    if event.get("fail"):
        raise ValueError("as asked")
    sts = boto3.client("dynamodb")
    sts.put_item(TableName="Orders", Item={"id": {"S": "fn"}, "line": {"N": "1"}, "by": {"S": context.function_name}})
    return {"echo": event, "id": context.aws_request_id, "region": os.environ["AWS_REGION"], "mine": os.environ["MINE"]}
"""
        made = functions.create_function(FunctionName="py", Runtime="python3.9", Role=ROLE, Handler="app.handler",
                                         Code={"ZipFile": zipped(app__py=code)}, Timeout=20,
                                         Environment={"Variables": {"MINE": "yes"}})
        check(made["FunctionArn"] == "arn:aws:lambda:us-east-1:000000000000:function:py", "ARN", made)
        functions.get_waiter("function_active_v2").wait(FunctionName="py")
        got = functions.invoke(FunctionName="py", Payload=json.dumps({"a": 1}), LogType="Tail")
        answer = json.loads(got["Payload"].read())
        check(got["StatusCode"] == 200 and answer.get("echo") == {"a": 1} and answer.get("mine") == "yes", "Invoke", answer)
        check(b'got {"a": 1}' in base64.b64decode(got["LogResult"]), "its log", got["LogResult"])
        check(table_of("Orders").get_item(Key={"id": "fn", "line": 1})["Item"]["by"] == "py",
              "the function's own SDK talks to this server")
        got = functions.invoke(FunctionName="py", Payload=json.dumps({"fail": True}))
        answer = json.loads(got["Payload"].read())
        check(got["FunctionError"] == "Unhandled" and answer["errorType"] == "ValueError" and
              answer["errorMessage"] == "as asked" and answer["stackTrace"], "an error", answer)
        refused("ResourceNotFoundException", functions.invoke, FunctionName="absent")
        refused("ResourceConflictException", functions.create_function, FunctionName="py", Runtime="python3.9", Role=ROLE,
                Handler="app.handler", Code={"ZipFile": zipped(app__py=code)})
        refused("InvalidParameterValueException", functions.create_function, FunctionName="broken", Runtime="python3.9",
                Role=ROLE, Handler="app.handler", Code={"ZipFile": b"no zip"})
        version = functions.publish_version(FunctionName="py")["Version"]
        functions.create_alias(FunctionName="py", Name="live", FunctionVersion=version)
        got = functions.invoke(FunctionName="py", Qualifier="live", Payload=b"{}")
        check(got["ExecutedVersion"] == version, "through an alias", got["ExecutedVersion"])

    def consumer():
        code = """
def handler(event, context):
    for r in event["Records"]:
        if r["body"] == "bad":
            raise RuntimeError("cannot")
    import boto3
    boto3.client("sqs").send_message(QueueUrl="OUT", MessageBody=",".join(r["body"] for r in event["Records"]))
"""
        out = sqs.create_queue(QueueName="results")["QueueUrl"]
        dead = sqs.create_queue(QueueName="rejects")["QueueUrl"]
        url = sqs.create_queue(QueueName="work", Attributes={"VisibilityTimeout": "5", "RedrivePolicy": json.dumps(
            {"deadLetterTargetArn": "arn:aws:sqs:us-east-1:000000000000:rejects", "maxReceiveCount": 1})})["QueueUrl"]
        functions.create_function(FunctionName="consumer", Runtime="python3.11", Role=ROLE, Handler="app.handler", Timeout=5,
                                  Code={"ZipFile": zipped(app__py=code.replace("OUT", out))})
        functions.create_event_source_mapping(FunctionName="consumer", BatchSize=1,
                                              EventSourceArn="arn:aws:sqs:us-east-1:000000000000:work")
        for body in ("one", "bad", "two"):
            sqs.send_message(QueueUrl=url, MessageBody=body)
        seen = set()
        while seen != {"one", "two"}:
            page = sqs.receive_message(QueueUrl=out, WaitTimeSeconds=20).get("Messages", [])
            if not page:
                break
            seen.add(page[0]["Body"])
            sqs.delete_message(QueueUrl=out, ReceiptHandle=page[0]["ReceiptHandle"])
        check(seen == {"one", "two"}, "the function got the messages", seen)
        page = sqs.receive_message(QueueUrl=dead, WaitTimeSeconds=20).get("Messages", [])
        check(page and page[0]["Body"] == "bad", "and what it refuses goes to the dead-letter queue", page)

    def workflow():
        states = {
            "Call": {"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke", "ResultPath": "$.call",
                     "Parameters": {"FunctionName": "py", "Payload.$": "$"}, "Next": "Store"},
            "Store": {"Type": "Task", "Resource": "arn:aws:states:::dynamodb:putItem", "ResultPath": None,
                      "Parameters": {"TableName": "Orders", "Item": {"id": {"S": "wf"}, "line": {"N": "1"}}}, "Next": "Ask"},
            "Ask": {"Type": "Task", "Resource": "arn:aws:states:::sqs:sendMessage.waitForTaskToken",
                    "Parameters": {"QueueUrl": endpoint + "/000000000000/ask", "MessageBody": {"token.$": "$$.Task.Token"}},
                    "ResultPath": "$.answer", "Next": "Tell"},
            "Tell": {"Type": "Task", "Resource": "arn:aws:states:::sns:publish", "ResultPath": None,
                     "Parameters": {"TopicArn": "arn:aws:sns:us-east-1:000000000000:news", "Message.$": "$.answer.text"}, "End": True},
        }
        ask = sqs.create_queue(QueueName="ask")["QueueUrl"]
        heard = sqs.create_queue(QueueName="heard")["QueueUrl"]
        sns.subscribe(TopicArn="arn:aws:sns:us-east-1:000000000000:news", Protocol="sqs",
                      Endpoint="arn:aws:sqs:us-east-1:000000000000:heard", Attributes={"RawMessageDelivery": "true"})
        machine = sfn.create_state_machine(name="glue", roleArn=ROLE, definition=json.dumps(
            {"StartAt": "Call", "States": states}))["stateMachineArn"]
        arn = sfn.start_execution(stateMachineArn=machine, input='{"n": 1}')["executionArn"]
        message = sqs.receive_message(QueueUrl=ask, WaitTimeSeconds=20)["Messages"][0]
        sfn.send_task_success(taskToken=json.loads(message["Body"])["token"], output='{"text": "done"}')
        check(sqs.receive_message(QueueUrl=heard, WaitTimeSeconds=20)["Messages"][0]["Body"] == "done", "to the topic's reader")
        found = until(lambda: (lambda d: d if d["status"] != "RUNNING" else None)(sfn.describe_execution(executionArn=arn)), "the end")
        check(found and found["status"] == "SUCCEEDED", "the workflow", found)
        check(found and json.loads(found["output"])["call"]["Payload"]["echo"] == {"n": 1}, "the function's answer")
        check("Item" in table_of("Orders").get_item(Key={"id": "wf", "line": 1}), "the item")

    def buses():
        events = client("events")
        url = sqs.create_queue(QueueName="bus-readers")["QueueUrl"]
        events.put_rule(Name="paid", EventPattern=json.dumps({"source": ["shop"], "detail": {"total": [{"numeric": [">", 10]}]}}))
        events.put_targets(Rule="paid", Targets=[{"Id": "q", "Arn": "arn:aws:sqs:us-east-1:000000000000:bus-readers",
                                                  "InputTransformer": {"InputPathsMap": {"t": "$.detail.total"},
                                                                       "InputTemplate": '{"total": <t>, "why": "paid <t>"}'}}])
        put = events.put_events(Entries=[{"Source": "shop", "DetailType": "sale", "Detail": json.dumps({"total": n})} for n in (5, 50)] +
                                [{"Source": "shop", "DetailType": "sale", "Detail": "no json"}])
        check(put["FailedEntryCount"] == 1 and put["Entries"][2]["ErrorCode"] == "MalformedDetail", "PutEvents", put)
        page = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10)["Messages"]
        check([json.loads(m["Body"]) for m in page] == [{"total": 50, "why": "paid 50"}], "the one that matches", page)
        refused("ResourceNotFoundException", events.describe_rule, Name="absent")

    for test in (queues, fifo, dead_letters, topics, tables, python_function, consumer, workflow, buses):
        case(test)


with Server("--log-level", "warn") as server:
    main(server.endpoint)
done()
