#!/usr/bin/env python3
"""CloudWatch Logs, Resource Groups Tagging and STS of a real server, through boto3 and the AWS CLI: log groups
and streams, writing, reading and filtering events, logs of functions and of executions, tags of all services."""
import io
import json
import os
import subprocess
import sys
import tempfile
import time
import uuid
import zipfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from check import case, check, done  # noqa: E402
from server import BATON, Server  # noqa: E402

os.environ.update(AWS_ACCESS_KEY_ID="x", AWS_SECRET_ACCESS_KEY="x", AWS_DEFAULT_REGION="us-east-1")
import boto3  # noqa: E402
from botocore.config import Config  # noqa: E402
from botocore.exceptions import ClientError  # noqa: E402

ACCOUNT = "000000000000"
ROLE = "arn:aws:iam::%s:role/r" % ACCOUNT
PATIENCE_S = 60


def client(name):
    return boto3.client(name, endpoint_url=server.endpoint, config=Config(retries={"max_attempts": 0}, read_timeout=60))


def refused(call, code, what, **params):
    try:
        call(**params)
        check(False, what, "was not refused")
    except ClientError as e:
        check(e.response["Error"]["Code"] == code, what, e.response["Error"])


def unique(prefix):
    return "%s-%s" % (prefix, uuid.uuid4().hex[:10])


def awaited(read, wanted, what):
    """Reads until `wanted` holds of what was read."""
    deadline = time.monotonic() + PATIENCE_S
    got = read()
    while not wanted(got) and time.monotonic() < deadline:
        time.sleep(0.05)
        got = read()
    check(wanted(got), what, got)
    return got


def now_ms():
    return int(time.time() * 1000)


def cli(*words):
    done_ = subprocess.run(["aws", "--endpoint-url", server.endpoint, "--output", "json", *words], capture_output=True, text=True, timeout=120)
    check(done_.returncode == 0, "aws " + " ".join(words), done_.stderr)
    return json.loads(done_.stdout) if done_.returncode == 0 and done_.stdout.strip() else {}


# ---- groups and streams ----

def groups():
    logs = client("logs")
    name = "/test/" + unique("group")
    logs.create_log_group(logGroupName=name, tags={"team": "a"})
    refused(logs.create_log_group, "ResourceAlreadyExistsException", "a group twice", logGroupName=name)
    found = logs.describe_log_groups(logGroupNamePrefix=name)["logGroups"]
    check(len(found) == 1 and found[0]["logGroupName"] == name, "the group is listed", found)
    check(found[0]["arn"] == "arn:aws:logs:us-east-1:%s:log-group:%s:*" % (ACCOUNT, name), "its ARN", found)
    check("retentionInDays" not in found[0] and found[0]["storedBytes"] == 0, "a new group", found)
    logs.put_retention_policy(logGroupName=name, retentionInDays=7)
    check(logs.describe_log_groups(logGroupNamePrefix=name)["logGroups"][0]["retentionInDays"] == 7, "retention is kept")
    refused(logs.put_retention_policy, "InvalidParameterException", "2 days", logGroupName=name, retentionInDays=2)
    refused(logs.put_retention_policy, "ResourceNotFoundException", "retention of nothing", logGroupName="none", retentionInDays=7)
    logs.delete_retention_policy(logGroupName=name)
    check("retentionInDays" not in logs.describe_log_groups(logGroupNamePrefix=name)["logGroups"][0], "retention is gone")
    logs.tag_log_group(logGroupName=name, tags={"stage": "dev"})
    logs.tag_resource(resourceArn=found[0]["logGroupArn"] if "logGroupArn" in found[0] else found[0]["arn"][:-2], tags={"x": "y"})
    logs.untag_log_group(logGroupName=name, tags=["team"])
    check(logs.list_tags_log_group(logGroupName=name)["tags"] == {"stage": "dev", "x": "y"}, "tags")
    logs.delete_log_group(logGroupName=name)
    check(logs.describe_log_groups(logGroupNamePrefix=name)["logGroups"] == [], "the group is gone")
    refused(logs.delete_log_group, "ResourceNotFoundException", "deleting nothing", logGroupName=name)


def groups_page():
    logs = client("logs")
    prefix = unique("page")
    names = ["%s-%02d" % (prefix, i) for i in range(7)]
    for name in reversed(names):
        logs.create_log_group(logGroupName=name)
    pages = list(logs.get_paginator("describe_log_groups").paginate(logGroupNamePrefix=prefix, PaginationConfig={"PageSize": 3}))
    check([g["logGroupName"] for p in pages for g in p["logGroups"]] == names, "pages of groups in order")
    check(len(pages) == 3, "three pages", len(pages))
    refused(logs.describe_log_groups, "InvalidParameterException", "a token made up", nextToken="xyz")


def streams():
    logs = client("logs")
    name = unique("streams")
    logs.create_log_group(logGroupName=name)
    for stream in ("b", "a", "c"):
        logs.create_log_stream(logGroupName=name, logStreamName=stream)
    refused(logs.create_log_stream, "ResourceAlreadyExistsException", "a stream twice", logGroupName=name, logStreamName="a")
    refused(logs.create_log_stream, "ResourceNotFoundException", "a stream of nothing", logGroupName="none", logStreamName="a")
    at = now_ms()
    logs.put_log_events(logGroupName=name, logStreamName="b", logEvents=[{"timestamp": at, "message": "one"}])
    logs.put_log_events(logGroupName=name, logStreamName="a", logEvents=[{"timestamp": at - 5000, "message": "two"}])
    found = logs.describe_log_streams(logGroupName=name)["logStreams"]
    check([s["logStreamName"] for s in found] == ["a", "b", "c"], "streams by name", found)
    check(found[1]["firstEventTimestamp"] == found[1]["lastEventTimestamp"] == at and "firstEventTimestamp" not in found[2], "their times", found)
    found = logs.describe_log_streams(logGroupName=name, orderBy="LastEventTime", descending=True, limit=1)
    check([s["logStreamName"] for s in found["logStreams"]] == ["b"] and "nextToken" in found, "the latest stream", found)
    found = logs.describe_log_streams(logGroupName=name, orderBy="LastEventTime", descending=True, limit=1, nextToken=found["nextToken"])
    check([s["logStreamName"] for s in found["logStreams"]] == ["a"], "the next", found)
    logs.delete_log_stream(logGroupName=name, logStreamName="c")
    refused(logs.get_log_events, "ResourceNotFoundException", "a stream that is gone", logGroupName=name, logStreamName="c")


# ---- events ----

def events():
    logs = client("logs")
    name = unique("events")
    logs.create_log_group(logGroupName=name)
    logs.create_log_stream(logGroupName=name, logStreamName="s")
    at = now_ms() - 100000
    batch = [{"timestamp": at + i, "message": "line %d \"quoted\" \u00e4" % i} for i in range(10)]
    answer = logs.put_log_events(logGroupName=name, logStreamName="s", logEvents=batch)
    check("rejectedLogEventsInfo" not in answer, "all are taken", answer)
    messages = [e["message"] for e in batch]

    def read(**params):
        return logs.get_log_events(logGroupName=name, logStreamName="s", **params)

    check([e["message"] for e in read()["events"]] == messages, "events as they were put")
    first = read(limit=4, startFromHead=True)
    check([e["message"] for e in first["events"]] == messages[:4], "from the head")
    second = read(limit=4, nextToken=first["nextForwardToken"])
    check([e["message"] for e in second["events"]] == messages[4:8], "forward")
    back = read(limit=4, nextToken=second["nextBackwardToken"])
    check([e["message"] for e in back["events"]] == messages[:4], "and back")
    rest = read(limit=4, nextToken=second["nextForwardToken"])
    end = read(limit=4, nextToken=rest["nextForwardToken"])
    check([e["message"] for e in rest["events"]] == messages[8:] and end["events"] == [], "to the end")
    check(end["nextForwardToken"] == read(nextToken=end["nextForwardToken"])["nextForwardToken"], "the end has one token")
    check([e["message"] for e in read(limit=3)["events"]] == messages[7:], "the latest by default")
    check([e["message"] for e in read(startTime=at + 2, endTime=at + 4)["events"]] == messages[2:4], "between times")
    refused(logs.put_log_events, "InvalidParameterException", "out of order", logGroupName=name, logStreamName="s",
            logEvents=[{"timestamp": at + 1, "message": "x"}, {"timestamp": at, "message": "y"}])
    refused(logs.put_log_events, "ResourceNotFoundException", "no stream", logGroupName=name, logStreamName="none", logEvents=batch)
    day = 86400 * 1000
    answer = logs.put_log_events(logGroupName=name, logStreamName="s", logEvents=[
        {"timestamp": at - 20 * day, "message": "old"}, {"timestamp": now_ms(), "message": "good"}, {"timestamp": at + day, "message": "new"}])
    check(answer.get("rejectedLogEventsInfo") == {"tooOldLogEventEndIndex": 1, "tooNewLogEventStartIndex": 2}, "too old, too new", answer)
    check(read()["events"][-1]["message"] == "good", "the good one is there")


def filters():
    logs = client("logs")
    name = unique("filter")
    logs.create_log_group(logGroupName=name)
    at = now_ms() - 100000
    for stream, messages in {"a/1": ["ERROR one", "WARN two", "ERROR three test", "all fine"],
                             "b/1": [json.dumps({"level": "error", "ms": 120, "user": {"id": "u1", "tags": ["x", "y"]}}),
                                     json.dumps({"level": "info", "ms": 5, "user": None, "ok": True})]}.items():
        logs.create_log_stream(logGroupName=name, logStreamName=stream)
        logs.put_log_events(logGroupName=name, logStreamName=stream,
                            logEvents=[{"timestamp": at + i, "message": m} for i, m in enumerate(messages)])

    def found(pattern, **params):
        pages = logs.get_paginator("filter_log_events").paginate(logGroupName=name, filterPattern=pattern, PaginationConfig={"PageSize": 2}, **params)
        return sorted(e["message"] for p in pages for e in p["events"])

    check(len(found("")) == 6, "no pattern takes all")
    check(found("ERROR") == ["ERROR one", "ERROR three test"], "a term")
    check(found("ERROR -test") == ["ERROR one"], "without a term")
    check(found("?WARN ?fine") == ["WARN two", "all fine"], "any of two")
    check(found('"three test"') == ["ERROR three test"], "a phrase")
    check(found("", logStreamNamePrefix="a/") == ["ERROR one", "ERROR three test", "WARN two", "all fine"], "a prefix of streams")
    check(len(found("", logStreamNames=["b/1"])) == 2, "streams by name")
    check(found("", startTime=at + 2, endTime=at + 3) == ["ERROR three test", "all fine"], "times, the end included")
    for pattern, count in {'{ $.level = "error" }': 1, "{ $.level = err* && $.ms > 100 }": 1, "{ $.ms >= 5 }": 2, "{ $.ms != 5 }": 1,
                           "{ $.user IS NULL }": 1, "{ $.ok IS TRUE }": 1, "{ $.user.id NOT EXISTS }": 1, '{ $.user.tags[1] = "y" }': 1,
                           '{ ($.ms < 10 || $.level = "error") && $.level != "none" }': 2, "{ $.none = 1 }": 0}.items():
        check(len(found(pattern)) == count, "the pattern " + pattern, found(pattern))
    for pattern in ("{ $.a = }", "{ a = 1 }", "[a, b]", '"open', "%x%"):
        refused(logs.filter_log_events, "InvalidParameterException", "the pattern " + pattern, logGroupName=name, filterPattern=pattern)
    one = logs.filter_log_events(logGroupName=name, limit=1)["events"][0]
    check(len(one["eventId"]) == 56 and one["logStreamName"] in ("a/1", "b/1"), "what an event tells", one)


def restart():
    """Groups and events outlive a restart."""
    with Server() as own:
        logs = boto3.client("logs", endpoint_url=own.endpoint)
        logs.create_log_group(logGroupName="g")
        logs.create_log_stream(logGroupName="g", logStreamName="s")
        logs.put_log_events(logGroupName="g", logStreamName="s", logEvents=[{"timestamp": now_ms(), "message": "kept"}])
        own.kill()
        own.start()
        logs = boto3.client("logs", endpoint_url=own.endpoint)
        found = logs.get_log_events(logGroupName="g", logStreamName="s")["events"]
        check([e["message"] for e in found] == ["kept"], "an event outlives kill -9", found)
        logs.delete_log_group(logGroupName="g")
        logs.create_log_group(logGroupName="g")
        logs.create_log_stream(logGroupName="g", logStreamName="s")
        check(logs.get_log_events(logGroupName="g", logStreamName="s")["events"] == [], "a new group is empty")


# ---- what others write ----

def functions():
    logs, functions_ = client("logs"), client("lambda")
    name = unique("fn")
    code = io.BytesIO()
    with zipfile.ZipFile(code, "w") as z:
        z.writestr("index.py", "def handler(event, context):\n    print('hello', event['x'])\n    return 1\n")
    functions_.create_function(FunctionName=name, Runtime="python3.11", Role=ROLE, Handler="index.handler", Code={"ZipFile": code.getvalue()}, Timeout=60)
    group = "/aws/lambda/" + name
    check(logs.describe_log_groups(logGroupNamePrefix=group)["logGroups"] == [], "no group before the first invocation")
    functions_.invoke(FunctionName=name, Payload=b'{"x":"there"}')
    found = awaited(lambda: logs.filter_log_events(logGroupName=group, filterPattern="hello")["events"] if
                    logs.describe_log_groups(logGroupNamePrefix=group)["logGroups"] else [], lambda e: e, "what the function printed")
    check(found[0]["message"].strip() == "hello there", "as it printed it", found)
    streams_ = logs.describe_log_streams(logGroupName=group)["logStreams"]
    check(len(streams_) == 1, "a stream per process", streams_)
    texts = [e["message"] for e in logs.get_log_events(logGroupName=group, logStreamName=streams_[0]["logStreamName"], startFromHead=True)["events"]]
    check(any(t.startswith("START RequestId") for t in texts) and any(t.startswith("REPORT") for t in texts), "the platform's lines", texts)
    refused(logs.create_log_group, "ResourceAlreadyExistsException", "a function's group exists", logGroupName=group)
    logs.put_retention_policy(logGroupName=group, retentionInDays=1)
    check(logs.describe_log_groups(logGroupNamePrefix=group)["logGroups"][0]["retentionInDays"] == 1, "retention of a function's group")


DEFINITION = {"StartAt": "A", "States": {"A": {"Type": "Pass", "Result": {"secret": 1}, "Next": "B"},
                                         "B": {"Type": "Choice", "Choices": [{"Variable": "$.fail", "IsPresent": True, "Next": "F"}], "Default": "S"},
                                         "F": {"Type": "Fail", "Error": "E", "Cause": "C"}, "S": {"Type": "Succeed"}}}


def machine(kind, level, data, definition=None):
    sfn = client("stepfunctions")
    name = unique("m")
    group = "/aws/vendedlogs/states/" + name
    arn = sfn.create_state_machine(
        name=name, roleArn=ROLE, type=kind, definition=json.dumps(definition or DEFINITION),
        loggingConfiguration={"level": level, "includeExecutionData": data, "destinations": [
            {"cloudWatchLogsLogGroup": {"logGroupArn": "arn:aws:logs:us-east-1:%s:log-group:%s:*" % (ACCOUNT, group)}}]})["stateMachineArn"]
    return sfn, arn, group


def logged(group):
    """The events of a group by their ids."""
    pages = client("logs").get_paginator("filter_log_events").paginate(logGroupName=group)
    return sorted((json.loads(e["message"]) for p in pages for e in p["events"]), key=lambda e: int(e["id"]))


def ended(events_):
    return any(e["type"] in ("ExecutionSucceeded", "ExecutionFailed") for e in events_)


def executions():
    for kind in ("STANDARD", "EXPRESS"):
        sfn, arn, group = machine(kind, "ALL", True)
        shown = sfn.describe_state_machine(stateMachineArn=arn)["loggingConfiguration"]
        check(shown["level"] == "ALL" and shown["includeExecutionData"], "the configuration is shown", shown)
        execution = sfn.start_execution(stateMachineArn=arn, input='{"in":1}')["executionArn"]
        found = awaited(lambda: logged(group), ended, kind + " is logged")
        check([e["type"] for e in found] == ["ExecutionStarted", "PassStateEntered", "PassStateExited", "ChoiceStateEntered",
                                             "ChoiceStateExited", "SucceedStateEntered", "SucceedStateExited", "ExecutionSucceeded"], kind, found)
        first = found[0]
        check(first["id"] == "1" and first["previous_event_id"] == "0" and first["execution_arn"] == execution, "ids as texts", first)
        check(first["details"]["input"] == '{"in":1}' and first["details"]["roleArn"] == ROLE, "details", first)
        check(abs(int(first["event_timestamp"]) - now_ms()) < 3600 * 1000, "its time", first)
        streams_ = client("logs").describe_log_streams(logGroupName=group)["logStreams"]
        check(all(s["logStreamName"].startswith("states/" + arn.split(":")[-1] + "/") for s in streams_) and streams_, "streams", streams_)


def levels():
    failing = {"StartAt": "F", "States": {"F": {"Type": "Fail", "Error": "E", "Cause": "C"}}}
    sfn, arn, group = machine("EXPRESS", "ERROR", False, failing)
    sfn.start_execution(stateMachineArn=arn, input='{"in":1}')
    found = awaited(lambda: logged(group), ended, "errors are logged")
    check([e["type"] for e in found] == ["FailStateEntered", "ExecutionFailed"], "only errors", found)
    check("input" not in found[0]["details"] and found[1]["details"] == {"error": "E", "cause": "C"}, "without data", found)
    sfn, arn, group = machine("STANDARD", "FATAL", True, failing)
    sfn.start_execution(stateMachineArn=arn)
    found = awaited(lambda: logged(group), ended, "the end is logged")
    check([e["type"] for e in found] == ["ExecutionFailed"], "only the end", found)
    # What is switched off writes nothing more: the next machine's log is awaited, this one stays as it is.
    sfn.update_state_machine(stateMachineArn=arn, loggingConfiguration={"level": "OFF"})
    sfn.start_execution(stateMachineArn=arn)
    sfn, other, other_group = machine("EXPRESS", "ALL", True)
    sfn.start_execution(stateMachineArn=other)
    awaited(lambda: logged(other_group), ended, "a later machine is logged")
    check(len(logged(group)) == 1, "nothing more", logged(group))


# ---- tags of all services, and who calls ----

def tagging():
    team = unique("team")
    arns = {client("sqs").create_queue(QueueName=unique("q"), tags={"team": team, "kind": "queue"})["QueueUrl"]}
    arns = {"arn:aws:sqs:us-east-1:%s:%s" % (ACCOUNT, url.rsplit("/", 1)[1]) for url in arns}
    arns.add(client("sns").create_topic(Name=unique("t"), Tags=[{"Key": "team", "Value": team}])["TopicArn"])
    arns.add(client("dynamodb").create_table(
        TableName=unique("table"), BillingMode="PAY_PER_REQUEST", KeySchema=[{"AttributeName": "p", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "p", "AttributeType": "S"}], Tags=[{"Key": "team", "Value": team}])["TableDescription"]["TableArn"])
    sfn = client("stepfunctions")
    machine_arn = sfn.create_state_machine(name=unique("m"), roleArn=ROLE, definition=json.dumps(DEFINITION),
                                           tags=[{"key": "team", "value": team}])["stateMachineArn"]
    arns |= {machine_arn, sfn.create_activity(name=unique("a"), tags=[{"key": "team", "value": team}])["activityArn"]}
    tags = {"team": team}
    v1, v2 = client("apigateway"), client("apigatewayv2")
    rest = v1.create_rest_api(name=unique("rest"), tags=tags)["id"]
    place = dict(restApiId=rest, resourceId=v1.get_resources(restApiId=rest)["items"][0]["id"], httpMethod="GET")
    v1.put_method(authorizationType="NONE", **place)
    v1.put_integration(type="MOCK", **place)
    deployment = v1.create_deployment(restApiId=rest)["id"]
    v1.create_stage(restApiId=rest, stageName="dev", deploymentId=deployment, tags=tags)
    http = v2.create_api(Name=unique("http"), ProtocolType="HTTP", Tags=tags)["ApiId"]
    v2.create_stage(ApiId=http, StageName="dev", Tags=tags)
    v2.create_stage(ApiId=http, StageName="other")
    of_gateway = {"arn:aws:apigateway:us-east-1::/" + path for path in (
        "restapis/" + rest, "restapis/%s/stages/dev" % rest, "apis/" + http, "apis/%s/stages/dev" % http,
        "apikeys/" + v1.create_api_key(name=unique("key"), tags=tags)["id"],
        "usageplans/" + v1.create_usage_plan(name=unique("plan"), tags=tags)["id"])}
    arns |= of_gateway
    api = client("resourcegroupstaggingapi")
    only = [{"Key": "team", "Values": [team]}]
    pages = list(api.get_paginator("get_resources").paginate(TagFilters=only, PaginationConfig={"PageSize": 2}))
    found = [r["ResourceARN"] for p in pages for r in p["ResourceTagMappingList"]]
    check(set(found) == arns and len(found) == len(arns), "all resources of a team", found, arns)
    check(len(pages) == 6, "six pages", len(pages))
    found = api.get_resources(TagFilters=only, ResourceTypeFilters=["apigateway"])["ResourceTagMappingList"]
    check({r["ResourceARN"] for r in found} == of_gateway, "what belongs to HTTP APIs", found, of_gateway)
    found = api.get_resources(TagFilters=only, ResourceTypeFilters=["states:stateMachine"])["ResourceTagMappingList"]
    check(found == [{"ResourceARN": machine_arn, "Tags": [{"Key": "team", "Value": team}]}], "of one type", found)
    found = api.get_resources(TagFilters=only + [{"Key": "kind"}], ResourceTypeFilters=["sqs", "sns"])["ResourceTagMappingList"]
    check([len(r["Tags"]) for r in found] == [2], "with both tags", found)
    check(api.get_resources(ResourceARNList=[machine_arn])["ResourceTagMappingList"][0]["ResourceARN"] == machine_arn, "by its ARN")
    check("kind" in api.get_tag_keys()["TagKeys"] and team in api.get_tag_values(Key="team")["TagValues"], "keys and values")
    refused(api.get_resources, "PaginationTokenExpiredException", "a token made up", PaginationToken="x")


def identity():
    me = client("sts").get_caller_identity()
    check((me["Account"], me["Arn"]) == (ACCOUNT, "arn:aws:iam::%s:root" % ACCOUNT), "who I am", me)


def command_line():
    name = unique("cli")
    cli("logs", "create-log-group", "--log-group-name", name)
    cli("logs", "create-log-stream", "--log-group-name", name, "--log-stream-name", "s")
    with tempfile.NamedTemporaryFile("w", suffix=".json") as batch:
        json.dump([{"timestamp": now_ms(), "message": "from the command line"}], batch)
        batch.flush()
        cli("logs", "put-log-events", "--log-group-name", name, "--log-stream-name", "s", "--log-events", "file://" + batch.name)
    found = cli("logs", "filter-log-events", "--log-group-name", name, "--filter-pattern", "command")
    check([e["message"] for e in found.get("events", [])] == ["from the command line"], "aws logs", found)
    check(cli("sts", "get-caller-identity").get("Account") == ACCOUNT, "aws sts")
    cli("resourcegroupstaggingapi", "get-resources", "--tag-filters", "Key=none")
    group = "/cli/" + name
    cli("logs", "create-log-group", "--log-group-name", group)
    cli("logs", "create-log-stream", "--log-group-name", group, "--log-stream-name", "s")
    client("logs").put_log_events(logGroupName=group, logStreamName="s", logEvents=[{"timestamp": now_ms(), "message": "shown"}])
    printed = subprocess.run([BATON, "logs", group, "--endpoint", server.endpoint], capture_output=True, text=True, timeout=60)
    check(printed.returncode == 0 and printed.stdout.rstrip().endswith(" shown"), "baton logs GROUP", printed)


with Server() as server:
    for test in (groups, groups_page, streams, events, filters, restart, functions, executions, levels, tagging, identity, command_line):
        case(test)
done()
