"""What the deploy scripts of the examples share: the calls of boto3 that make queues, topics, tables,
functions, machines and routes, so that a script reads like a template. Everything can be deployed again over itself.

A stack belongs to the folder of the script: Stack(__file__). The endpoint is $BATON_ENDPOINT.
"""
import io
import json
import os
import re
import urllib.request
import zipfile

import boto3
from botocore.config import Config

ENDPOINT = os.environ.get("BATON_ENDPOINT", "http://127.0.0.1:8083")
ROLE = "arn:aws:iam::000000000000:role/example"


def client(service):
    return boto3.client(service, endpoint_url=ENDPOINT, region_name="us-east-1", aws_access_key_id="any",
                        aws_secret_access_key="any", config=Config(inject_host_prefix=False))


def zipped(folder):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as z:
        for name in sorted(os.listdir(folder)):
            if os.path.isfile(os.path.join(folder, name)):
                z.write(os.path.join(folder, name), name)
    return out.getvalue()


def arn(service, name):
    return "arn:aws:%s:us-east-1:000000000000:%s" % (service, name)


class Stack:
    def __init__(self, script):
        self.folder = os.path.dirname(os.path.abspath(script))
        self.sqs, self.sns, self.tables, self.functions, self.states, self.http, self.rest = map(
            client, ("sqs", "sns", "dynamodb", "lambda", "stepfunctions", "apigatewayv2", "apigateway"))

    def queue(self, name, dead_letters=None, max_receive_count=3, **attributes):
        """Its URL. `dead_letters` names a queue that is made, too."""
        if dead_letters:
            self.queue(dead_letters)
            attributes["RedrivePolicy"] = json.dumps(
                {"deadLetterTargetArn": arn("sqs", dead_letters), "maxReceiveCount": max_receive_count})
        url = self.sqs.create_queue(QueueName=name)["QueueUrl"]
        if attributes:
            self.sqs.set_queue_attributes(QueueUrl=url, Attributes={k: str(v) for k, v in attributes.items()})
        return url

    def topic(self, name, **attributes):
        return self.sns.create_topic(Name=name, Attributes=attributes)["TopicArn"]

    def subscribe(self, topic, protocol, endpoint):
        self.sns.subscribe(TopicArn=topic, Protocol=protocol, Endpoint=endpoint)

    def table(self, name, hash_key, range_key=None, types=None, **more):
        """`types`: of the keys that are no strings."""
        keys = [(hash_key, "HASH")] + ([(range_key, "RANGE")] if range_key else [])
        try:
            self.tables.create_table(
                TableName=name, **(more or {"BillingMode": "PAY_PER_REQUEST"}),
                KeySchema=[{"AttributeName": key, "KeyType": kind} for key, kind in keys],
                AttributeDefinitions=[{"AttributeName": key, "AttributeType": (types or {}).get(key, "S")}
                                      for key, _ in keys])
        except self.tables.exceptions.ResourceInUseException:
            pass  # it is there
        return name

    def function(self, name, folder, runtime, handler="index.handler", timeout=25, **environment):
        """Its ARN."""
        code = zipped(os.path.join(self.folder, folder))
        settings = dict(Runtime=runtime, Handler=handler, Timeout=timeout, Role=ROLE,
                        Environment={"Variables": {k: str(v) for k, v in environment.items()}})
        try:
            return self.functions.create_function(FunctionName=name, Code={"ZipFile": code}, **settings)["FunctionArn"]
        except self.functions.exceptions.ResourceConflictException:
            self.functions.update_function_code(FunctionName=name, ZipFile=code)
            return self.functions.update_function_configuration(FunctionName=name, **settings)["FunctionArn"]

    def reads(self, function, queue, **more):
        """The function gets what comes to the queue (its name)."""
        try:
            self.functions.create_event_source_mapping(FunctionName=function, EventSourceArn=arn("sqs", queue), **more)
        except self.functions.exceptions.ResourceConflictException:
            pass  # it does already

    def definition(self, file, **values):
        """The text of a definition with ${Name} filled in, as DefinitionSubstitutions of SAM does."""
        with open(os.path.join(self.folder, file), encoding="utf-8") as h:
            return re.sub(r"\$\{(\w+)\}", lambda m: str(values[m.group(1)]), h.read())

    def machine(self, name, file, express=False, **values):
        """Its ARN."""
        definition = self.definition(file, **values)
        try:
            return self.states.create_state_machine(name=name, definition=definition, roleArn=ROLE,
                                                    type="EXPRESS" if express else "STANDARD")["stateMachineArn"]
        except self.states.exceptions.StateMachineAlreadyExists:
            there = arn("states", "stateMachine:" + name)
            self.states.update_state_machine(stateMachineArn=there, definition=definition)
            return there

    def connection(self, name):
        """What http:invoke wants: here without a secret that anybody asks for."""
        events = client("events")
        try:
            return events.create_connection(Name=name, AuthorizationType="API_KEY", AuthParameters={
                "ApiKeyAuthParameters": {"ApiKeyName": "X-Caller", "ApiKeyValue": "example"}})["ConnectionArn"]
        except events.exceptions.ResourceAlreadyExistsException:
            return events.describe_connection(Name=name)["ConnectionArn"]

    def http_api(self, name, routes):
        """An HTTP API whose routes {"POST /path": function} are answered by functions. Its address, as AWS gives it."""
        apis = {api["Name"]: api["ApiId"] for api in self.http.get_apis()["Items"]}
        if name not in apis:
            apis[name] = self.http.create_api(Name=name, ProtocolType="HTTP")["ApiId"]
            self.http.create_stage(ApiId=apis[name], StageName="$default", AutoDeploy=True)
            for route, function in routes.items():
                integration = self.http.create_integration(
                    ApiId=apis[name], IntegrationType="AWS_PROXY", PayloadFormatVersion="2.0",
                    IntegrationUri=arn("lambda", "function:" + function))["IntegrationId"]
                self.http.create_route(ApiId=apis[name], RouteKey=route, Target="integrations/" + integration)
                self.functions.add_permission(
                    FunctionName=function, StatementId="invoke-" + apis[name], Action="lambda:InvokeFunction",
                    Principal="apigateway.amazonaws.com", SourceArn=arn("execute-api", apis[name] + "/*"))
        return "https://%s.execute-api.us-east-1.amazonaws.com" % apis[name]

    def rest_api(self, name, stage, document):
        """A REST API of an OpenAPI document, put or put anew, and deployed to a stage. Its address, as AWS gives it."""
        apis = {api["name"]: api["id"] for api in self.rest.get_rest_apis(limit=500)["items"]}
        if name in apis:
            self.rest.put_rest_api(restApiId=apis[name], mode="overwrite", body=document.encode())
        else:
            apis[name] = self.rest.import_rest_api(body=document.encode())["id"]
        self.rest.create_deployment(restApiId=apis[name], stageName=stage)
        return "https://%s.execute-api.us-east-1.amazonaws.com/%s" % (apis[name], stage)

    def route(self, name, file, **values):
        """An inbound route of Baton's own: its path."""
        settings = json.loads(self.definition(file, **values))
        body = json.dumps({"routeName": name, "route": settings}).encode()
        urllib.request.urlopen(urllib.request.Request(ENDPOINT, body, {
            "Content-Type": "application/x-amz-json-1.0", "X-Amz-Target": "Baton.PutRoute"})).close()
        return settings["path"]
