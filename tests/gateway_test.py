#!/usr/bin/python3
"""HTTP APIs end to end: boto3 and the AWS CLI make them, plain HTTP requests use them, functions in
JavaScript and Python and workflows answer."""
import base64
import http.client
import http.server
import json
import os
import shutil
import subprocess
import tempfile
import threading

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

from check import case, check, done
from server import BATON, Server

REGION = "us-east-1"
ROLE = "arn:aws:iam::000000000000:role/r"
ENVIRONMENT = dict(os.environ, AWS_ACCESS_KEY_ID="x", AWS_SECRET_ACCESS_KEY="x", AWS_DEFAULT_REGION=REGION,
                   AWS_PAGER="")
place = tempfile.mkdtemp(prefix="baton-gateway-")
server = None


# ---- tools ----

class Answer:
    def __init__(self, response):
        self.status = response.status
        self.pairs = response.getheaders()
        self.headers = {k.lower(): v for k, v in self.pairs}
        self.bytes = response.read()

    @property
    def text(self):
        return self.bytes.decode()

    @property
    def value(self):
        return json.loads(self.bytes)

    def all(self, name):
        return [v for k, v in self.pairs if k.lower() == name]

    def __repr__(self):
        return "%s %s %r" % (self.status, self.headers, self.bytes[:600])


def ask(method, path, body=None, **headers):
    """One plain request; in headers' names _ stands for -. A text, bytes or a JSON value as body."""
    headers = {k.replace("_", "-"): v for k, v in headers.items()}
    if body is not None and not isinstance(body, (str, bytes)):
        headers.setdefault("Content-Type", "application/json")
        body = json.dumps(body)
    if isinstance(body, str):
        body = body.encode()
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=120)
    connection.request(method, path, body, headers)
    answer = Answer(connection.getresponse())
    connection.close()
    return answer


def client(service):
    return boto3.client(service, endpoint_url=server.endpoint, region_name=REGION, aws_access_key_id="x",
                        aws_secret_access_key="x", config=Config(retries={"max_attempts": 0}))


def cli(*words):
    """The AWS CLI's answer, as JSON."""
    made = subprocess.run(["aws", "--endpoint-url", server.endpoint, "--output", "json", *words], env=ENVIRONMENT,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, timeout=300)
    check(made.returncode == 0, "aws", words, made.stderr)
    return json.loads(made.stdout) if made.stdout.strip() else {}


def refused(code, call, **params):
    try:
        call(**params)
    except ClientError as e:
        check(e.response["Error"]["Code"] == code, "error code", code, e.response["Error"])
        return e.response["Error"]["Message"]
    check(False, "should have been refused with", code)
    return ""


def function(name, text, runtime="nodejs20.x", **more):
    """A function that runs from a directory; its ARN."""
    directory = os.path.join(place, name)
    os.makedirs(directory, exist_ok=True)
    with open(os.path.join(directory, "index.js" if runtime.startswith("node") else "index.py"), "w") as h:
        h.write(text)
    body = dict({"FunctionName": name, "Runtime": runtime, "Handler": "index.handler", "Role": ROLE,
                 "Timeout": 50, "Code": {"Directory": directory}}, **more)
    made = ask("POST", "/2015-03-31/functions", body)
    if made.status != 201:
        raise RuntimeError("%s: %s" % (name, made))
    return made.value["FunctionArn"]


def machine(name, definition, kind="EXPRESS"):
    return client("stepfunctions").create_state_machine(
        name=name, definition=json.dumps(definition), roleArn=ROLE, type=kind)["stateMachineArn"]


ECHO = "exports.handler = async (event) => event;"
REPLY = "exports.handler = async (event) => JSON.parse(event.body);"
BREAK = "exports.handler = async () => { throw new Error('it broke'); };"


def lambda_uri(arn):
    return "arn:aws:apigateway:%s:lambda:path/2015-03-31/functions/%s/invocations" % (REGION, arn)


# ---- HTTP APIs ----

def http_api(name, routes, stage="$default", **more):
    """An HTTP API with these routes (key -> members of the integration); its id."""
    gateway = client("apigatewayv2")
    api = gateway.create_api(Name=name, ProtocolType="HTTP", **more)["ApiId"]
    gateway.create_stage(ApiId=api, StageName=stage, AutoDeploy=True, StageVariables={"colour": "green"})
    for key, integration in routes.items():
        members = dict({"IntegrationType": "AWS_PROXY", "PayloadFormatVersion": "2.0"}, **integration)
        made = gateway.create_integration(ApiId=api, **members)["IntegrationId"]
        gateway.create_route(ApiId=api, RouteKey=key, Target="integrations/" + made)
    return api


def http_proxy_events():
    echo = function("echo", ECHO)
    api = http_api("events", {"GET /a/{id}/{rest+}": {"IntegrationUri": echo}, "$default": {"IntegrationUri": echo}})
    got = ask("GET", "/apis/%s/a/x%%20y/b/c?q=1&q=2&r=%%26" % api, Cookie="one=1; two=2", X_Two="b", Accept="text/plain")
    check(got.status == 200 and got.headers["content-type"] == "application/json", "inferred answer", got)
    check(got.headers["apigw-requestid"] == got.value["requestContext"]["requestId"], "request id", got)
    event = got.value
    check(event["version"] == "2.0" and event["routeKey"] == "GET /a/{id}/{rest+}", "route key", event)
    check(event["rawPath"] == "/a/x%20y/b/c" and event["rawQueryString"] == "q=1&q=2&r=%26", "raw parts", event)
    check(event["pathParameters"] == {"id": "x y", "rest": "b/c"}, "path parameters", event)
    check(event["queryStringParameters"] == {"q": "1,2", "r": "&"}, "query", event)
    check(event["cookies"] == ["one=1", "two=2"] and "cookie" not in event["headers"], "cookies", event)
    check(event["headers"]["x-two"] == "b", "headers are in small letters", event)
    check("body" not in event and event["isBase64Encoded"] is False, "no body", event)
    check(event["stageVariables"] == {"colour": "green"}, "stage variables", event)
    context = event["requestContext"]
    check(context["http"] == {"method": "GET", "path": "/a/x%20y/b/c", "protocol": "HTTP/1.1", "sourceIp": "127.0.0.1",
                              "userAgent": ""}, "context.http", context)
    check(context["apiId"] == api and context["stage"] == "$default" and context["accountId"] == "000000000000", context)
    event = ask("POST", "/apis/%s/elsewhere" % api, "plain text", Content_Type="text/plain").value
    check(event["routeKey"] == "$default" and event["body"] == "plain text", "default route", event)
    event = ask("POST", "/apis/%s/" % api, b"\x00\xff", Content_Type="image/png").value
    check(event["body"] == base64.b64encode(b"\x00\xff").decode() and event["isBase64Encoded"], "binary", event)
    event = ask("GET", "/pets", Host=api + ".execute-api.us-east-1.amazonaws.com").value
    check(event["rawPath"] == "/pets" and event["requestContext"]["domainPrefix"] == api, "by host", event)
    check(event["requestContext"]["domainName"] == api + ".execute-api.us-east-1.amazonaws.com", "domain", event)


def http_proxy_answers():
    reply = function("reply", REPLY)
    broken = function("broken", BREAK)
    python = function("snake", "def handler(event, context):\n    return {'statusCode': 201, 'body': event['body'][::-1]}\n",
                      runtime="python3.12")
    api = http_api("answers", {"ANY /reply": {"IntegrationUri": lambda_uri(reply)}, "GET /broken": {"IntegrationUri": broken},
                               "POST /snake": {"IntegrationUri": python}, "POST /old": {
                                   "IntegrationUri": reply, "PayloadFormatVersion": "1.0"}})
    path = "/apis/%s/reply" % api
    got = ask("POST", path, {"statusCode": 418, "body": "tea", "headers": {"X-Pot": "short", "Content-Type": "text/html"},
                             "cookies": ["a=1", "b=2; Path=/"]})
    check(got.status == 418 and got.text == "tea" and got.headers["x-pot"] == "short", "full answer", got)
    check(got.headers["content-type"] == "text/html" and got.all("set-cookie") == ["a=1", "b=2; Path=/"], "cookies", got)
    got = ask("POST", path, {"statusCode": 200, "isBase64Encoded": True, "body": base64.b64encode(b"\x00\x01").decode()})
    check(got.bytes == b"\x00\x01" and got.headers["content-type"] == "text/plain;charset=UTF-8", "base64 body", got)
    for value, body in (({"message": "x"}, '{"message":"x"}'), ([1], "[1]"), ("text", "text"), (None, "null"), (3, "3")):
        got = ask("POST", path, json.dumps(value), Content_Type="application/json")
        check(got.status == 200 and got.text == body and got.headers["content-type"] == "application/json", "inferred", value, got)
    got = ask("POST", path, {"statusCode": "no number"})
    check(got.status == 500 and got.text == '{"message":"Internal Server Error"}', "malformed", got)
    got = ask("POST", path, {"statusCode": 200, "headers": {"X-Bad": "a\r\nInjected: b", "X Y": "c"}, "body": ""})
    check(got.status == 200 and "injected" not in got.headers and "x-bad" not in got.headers, "no header injection", got)
    got = ask("GET", "/apis/%s/broken" % api)
    check(got.status == 500 and got.text == '{"message":"Internal Server Error"}', "thrown", got)
    check("it broke" in server.log_text(), "the log says why a route failed")
    got = ask("POST", "/apis/%s/snake" % api, "abc", Content_Type="text/plain")
    check(got.status == 201 and got.text == "cba", "a function in Python", got)
    got = ask("POST", "/apis/%s/old" % api, {"statusCode": 202, "multiValueHeaders": {"X-A": ["1", "2"]}})
    check(got.status == 202 and got.all("x-a") == ["1", "2"], "payload 1.0", got)
    got = ask("GET", "/apis/%s/nowhere" % api)
    check(got.status == 404 and got.text == '{"message":"Not Found"}', "no route", got)
    got = ask("DELETE", "/apis/%s/broken" % api)
    check(got.status == 404 and got.text == '{"message":"Not Found"}', "no such method", got)
    check(ask("GET", "/apis/nothere/x").status == 404, "no such API")
    got = ask("POST", path, b"x" * (10 * 1024 * 1024 + 1), Content_Type="text/plain")
    check(got.status == 413 and got.text == '{"message":"Request Entity Too Large"}', "too large", got)
    client("lambda").delete_function(FunctionName="broken")
    got = ask("GET", "/apis/%s/broken" % api)
    check(got.status == 500 and got.text == '{"message":"Internal Server Error"}', "the function has gone", got)


def http_cors():
    echo = function("cors", ECHO)
    api = http_api("cors", {"GET /x": {"IntegrationUri": echo}}, CorsConfiguration={
        "AllowOrigins": ["https://a.example"], "AllowMethods": ["GET", "POST"], "AllowHeaders": ["x-one"],
        "ExposeHeaders": ["date"], "MaxAge": 300, "AllowCredentials": True})
    got = ask("OPTIONS", "/apis/%s/x" % api, Origin="https://a.example", Access_Control_Request_Method="GET")
    check(got.status == 204 and got.bytes == b"", "preflight", got)
    check(got.headers["access-control-allow-origin"] == "https://a.example", "origin", got)
    check(got.headers["access-control-allow-methods"] == "GET,POST", "methods", got)
    check(got.headers["access-control-allow-headers"] == "x-one" and got.headers["access-control-max-age"] == "300", got)
    got = ask("OPTIONS", "/apis/%s/x" % api, Origin="https://b.example", Access_Control_Request_Method="GET")
    check("access-control-allow-origin" not in got.headers, "another origin", got)
    got = ask("GET", "/apis/%s/x" % api, Origin="https://a.example")
    check(got.status == 200 and got.headers["access-control-allow-credentials"] == "true", "an answer", got)
    check(got.headers["access-control-expose-headers"] == "date", "exposed", got)
    gateway = client("apigatewayv2")
    for call, more in ((gateway.create_api, {"Name": "open", "ProtocolType": "HTTP"}), (gateway.update_api, {"ApiId": api})):
        text = refused("BadRequestException", call, CorsConfiguration={"AllowOrigins": ["*"], "AllowCredentials": True}, **more)
        check(text == "allow-credentials is not supported if 'allow-origin' is *", "what browsers refuse", text)
    refused("BadRequestException", gateway.import_api, Body=json.dumps({
        "openapi": "3.0.1", "info": {"title": "open", "version": "1"}, "paths": {},
        "x-amazon-apigateway-cors": {"allowOrigins": ["*"], "allowCredentials": True}}))


def http_services():
    arn = machine("sync", {"StartAt": "A", "States": {"A": {"Type": "Pass", "Result": {"n": 7}, "End": True}}})
    standard = machine("standard", {"StartAt": "A", "States": {"A": {"Type": "Pass", "End": True}}}, "STANDARD")
    queue = client("sqs").create_queue(QueueName="from-route")["QueueUrl"]
    api = http_api("services", {
        "POST /sync": {"IntegrationSubtype": "StepFunctions-StartSyncExecution", "PayloadFormatVersion": "1.0",
                       "CredentialsArn": ROLE, "RequestParameters": {"StateMachineArn": arn, "Input": "$request.body"}},
        "POST /start": {"IntegrationSubtype": "StepFunctions-StartExecution", "PayloadFormatVersion": "1.0",
                        "CredentialsArn": ROLE, "RequestParameters": {
                            "StateMachineArn": standard, "Input": "$request.body.order", "Name": "n-$request.body.id"}},
        "POST /start/{name}": {"IntegrationSubtype": "StepFunctions-StartExecution", "PayloadFormatVersion": "1.0",
                               "CredentialsArn": ROLE, "RequestParameters": {
                                   "StateMachineArn": standard, "Input": "$request.body.order",
                                   "Name": "n-${request.path.name}"}},
        "POST /queue": {"IntegrationSubtype": "SQS-SendMessage", "PayloadFormatVersion": "1.0", "CredentialsArn": ROLE,
                        "RequestParameters": {"QueueUrl": queue, "MessageBody": "$request.body"}}})
    got = ask("POST", "/apis/%s/sync" % api, {"a": 1})
    check(got.status == 200 and got.value["status"] == "SUCCEEDED", "StartSyncExecution", got)
    check(json.loads(got.value["output"]) == {"n": 7} and json.loads(got.value["input"]) == {"a": 1}, "its output", got)
    got = ask("POST", "/apis/%s/start/seven" % api, {"order": {"x": 1}})
    check(got.status == 200 and got.value["executionArn"].endswith(":standard:n-seven"), "StartExecution", got)
    described = client("stepfunctions").describe_execution(executionArn=got.value["executionArn"])
    check(json.loads(described["input"]) == {"x": 1}, "its input", described)
    got = ask("POST", "/apis/%s/sync" % api, "no json", Content_Type="text/plain")
    check(got.status == 400 and "InvalidExecutionInput" in got.value["__type"], "an error of the service", got)
    got = ask("POST", "/apis/%s/queue" % api, "a message", Content_Type="text/plain")
    check(got.status == 200 and got.value["MessageId"], "SendMessage", got)
    received = client("sqs").receive_message(QueueUrl=queue)["Messages"][0]
    check(received["Body"] == "a message", "the message", received)


def http_addresses():
    seen = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"]))
            seen.append((self.path, self.headers["X-One"], body))
            self.send_response(207)
            self.send_header("X-Back", "yes")
            self.send_header("Content-Type", "text/x-thing")
            self.end_headers()
            self.wfile.write(b"seen")

        def log_message(self, *args):
            pass

    backend = http.server.HTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=backend.serve_forever, daemon=True).start()
    base = "http://127.0.0.1:%d" % backend.server_port
    api = http_api("addresses", {"POST /to/{proxy+}": {
        "IntegrationType": "HTTP_PROXY", "IntegrationUri": base + "/base/{proxy}", "IntegrationMethod": "POST",
        "PayloadFormatVersion": "1.0"}})
    got = ask("POST", "/apis/%s/to/a/b?q=1" % api, "hello", X_One="1", Content_Type="text/plain")
    check(got.status == 207 and got.text == "seen" and got.headers["x-back"] == "yes", "HTTP_PROXY", got)
    check(got.headers["content-type"] == "text/x-thing", "its content type", got)
    check(seen == [("/base/a/b?q=1", "1", b"hello")], "what the address has seen", seen)
    backend.shutdown()
    backend.server_close()
    got = ask("POST", "/apis/%s/to/a" % api, "hello", Content_Type="text/plain")
    check(got.status == 503 and got.text == '{"message":"Service Unavailable"}', "nobody there", got)


def http_control():
    gateway = client("apigatewayv2")
    made = gateway.create_api(Name="quick", ProtocolType="HTTP", Target=function("quick", ECHO))
    check(made["ApiEndpoint"].startswith("http://"), "an endpoint that can be reached", made)
    check(ask("GET", "/apis/%s/any" % made["ApiId"]).value["rawPath"] == "/any", "quick create")
    api = made["ApiId"]
    gateway.update_api(ApiId=api, Name="renamed", Description="d")
    check(gateway.get_api(ApiId=api)["Name"] == "renamed", "UpdateApi")
    routes = gateway.get_routes(ApiId=api)["Items"]
    check([r["RouteKey"] for r in routes] == ["$default"], "GetRoutes", routes)
    integration = gateway.get_integrations(ApiId=api)["Items"][0]
    check(integration["IntegrationType"] == "AWS_PROXY" and integration["PayloadFormatVersion"] == "2.0", integration)
    refused("ConflictException", gateway.delete_integration, ApiId=api, IntegrationId=integration["IntegrationId"])
    refused("ConflictException", gateway.create_route, ApiId=api, RouteKey="$default")
    refused("BadRequestException", gateway.create_route, ApiId=api, RouteKey="FETCH /x")
    refused("BadRequestException", gateway.create_route, ApiId=api, RouteKey="GET /x", Target="integrations/none")
    refused("NotFoundException", gateway.get_api, ApiId="nothere")
    refused("UnsupportedOperation", gateway.create_api, Name="ws", ProtocolType="WEBSOCKET",
            RouteSelectionExpression="$request.body.action")
    # A stage that does not deploy by itself keeps what it has been given.
    deployment = gateway.create_deployment(ApiId=api)["DeploymentId"]
    gateway.create_stage(ApiId=api, StageName="v1", DeploymentId=deployment)
    gateway.delete_route(ApiId=api, RouteId=routes[0]["RouteId"])
    check(ask("GET", "/apis/%s/any" % api).status == 404, "the route has gone at once")
    got = ask("GET", "/apis/%s/v1/any" % api)
    check(got.status == 200 and got.value["rawPath"] == "/v1/any", "the deployed stage still has it", got)
    check(got.value["requestContext"]["stage"] == "v1", "its stage", got)
    arn = "arn:aws:apigateway:%s::/apis/%s" % (REGION, api)
    gateway.tag_resource(ResourceArn=arn, Tags={"a": "1", "b": "2"})
    gateway.untag_resource(ResourceArn=arn, TagKeys=["a"])
    check(gateway.get_tags(ResourceArn=arn)["Tags"] == {"b": "2"}, "tags")
    gateway.delete_api(ApiId=api)
    refused("NotFoundException", gateway.get_api, ApiId=api)
    check(ask("GET", "/apis/%s/v1/any" % api).status == 404, "a deleted API")


# ---- REST APIs ----

def rest_api(name, document, stage="v1", variables=None):
    gateway = client("apigateway")
    made = gateway.import_rest_api(body=document if isinstance(document, bytes) else json.dumps(document).encode())
    gateway.create_deployment(restApiId=made["id"], stageName=stage, variables=variables or {})
    check(made["name"] == name, "the API's name", made)
    return made["id"]


def swagger(name, paths, **more):
    return dict({"swagger": "2.0", "info": {"title": name, "version": "1"}, "paths": paths}, **more)


def proxy_to(arn):
    return {"x-amazon-apigateway-integration": {"type": "aws_proxy", "httpMethod": "POST", "uri": lambda_uri(arn)}}


def rest_proxy():
    echo = function("rest-echo", "exports.handler = async (event) => ({statusCode: 200, body: JSON.stringify(event)});")
    reply, broken = function("rest-reply", REPLY), function("rest-broken", BREAK)
    api = rest_api("proxy", swagger("proxy", {
        "/": {"get": proxy_to(echo)}, "/items/{id}": {"get": proxy_to(echo), "x-amazon-apigateway-any-method": proxy_to(reply)},
        "/broken": {"get": proxy_to(broken)}, "/files/{proxy+}": {"x-amazon-apigateway-any-method": proxy_to(echo)}},
        **{"x-amazon-apigateway-binary-media-types": ["image/*"]}), variables={"v": "1"})
    got = ask("GET", "/apis/%s/v1/items/a%%2Fb?q=1&q=2" % api, X_One="1")
    event = got.value
    check(got.headers["content-type"] == "application/json" and got.headers["x-amzn-requestid"], "headers", got)
    check(event["resource"] == "/items/{id}" and event["path"] == "/items/a%2Fb" and event["httpMethod"] == "GET", event)
    check(event["pathParameters"] == {"id": "a/b"} and event["headers"]["X-One"] == "1", "parameters", event)
    check(event["queryStringParameters"] == {"q": "2"}, "the last value", event)
    check(event["multiValueQueryStringParameters"] == {"q": ["1", "2"]}, "all values", event)
    check(event["body"] is None and event["isBase64Encoded"] is False and event["stageVariables"] == {"v": "1"}, event)
    context = event["requestContext"]
    check(context["resourcePath"] == "/items/{id}" and context["path"] == "/v1/items/a%2Fb", "context", context)
    check(context["identity"]["sourceIp"] == "127.0.0.1" and context["stage"] == "v1" and context["apiId"] == api, context)
    event = ask("GET", "/apis/%s/v1" % api).value
    check(event["path"] == "/" and event["pathParameters"] is None and event["queryStringParameters"] is None, event)
    event = ask("PUT", "/apis/%s/v1/files/a/b.png" % api, b"\x89\x00", Content_Type="image/png").value
    check(event["pathParameters"] == {"proxy": "a/b.png"}, "greedy", event)
    check(event["isBase64Encoded"] and event["body"] == base64.b64encode(b"\x89\x00").decode(), "binary", event)
    path = "/apis/%s/v1/items/1" % api
    got = ask("POST", path, {"statusCode": 201, "body": base64.b64encode(b"\x00png").decode(), "isBase64Encoded": True,
                             "headers": {"Content-Type": "image/png"}}, Accept="image/png")
    check(got.status == 201 and got.bytes == b"\x00png", "binary answer", got)
    for malformed in ({"statusCode": 200, "body": {"a": 1}}, {"statusCode": 200, "more": 1}, "text", [1], {"statusCode": "x"}):
        got = ask("POST", path, malformed)
        check(got.status == 502 and got.text == '{"message": "Internal server error"}', "malformed", malformed, got)
    got = ask("GET", "/apis/%s/v1/broken" % api)
    check(got.status == 502 and got.text == '{"message": "Internal server error"}', "thrown", got)
    check(got.headers["x-amzn-errortype"] == "InternalServerErrorException", "error type", got)
    for method, where in (("GET", "/v1/nowhere"), ("DELETE", "/v1/broken")):
        got = ask(method, "/apis/%s%s" % (api, where))
        check(got.status == 403 and got.text == '{"message":"Missing Authentication Token"}', "no route", got)
        check(got.headers["x-amzn-errortype"] == "MissingAuthenticationTokenException", "error type", got)
    got = ask("GET", "/apis/%s/none/broken" % api)
    check(got.status == 403 and got.text == '{"message":"Forbidden"}', "no stage", got)
    check(ask("GET", "/restapis/%s/v1/_user_request_/files/x" % api).value["path"] == "/files/x", "LocalStack's address")
    host = api + ".execute-api.us-east-1.amazonaws.com"
    check(ask("GET", "/v1/files/x", Host=host).value["requestContext"]["domainName"] == host, "by host")


# The API of the order workflow: a body that is checked, a function that is no proxy, errors by pattern.
ORDERS = """
swagger: "2.0"
info: {title: orders, version: 1.0}
x-amazon-apigateway-request-validators:
  Validate body: {validateRequestParameters: false, validateRequestBody: true}
x-amazon-apigateway-gateway-responses:
  UNSUPPORTED_MEDIA_TYPE:
    statusCode: 415
    responseParameters: {gatewayresponse.header.X-Why: "'media type'"}
definitions:
  Status: {type: string, enum: [SUCCEEDED, FAILED]}
  Callback:
    type: object
    required: [order_id, task_status]
    additionalProperties: false
    properties:
      order_id: {type: string, minLength: 1}
      task_status: {$ref: "#/definitions/Status"}
securityDefinitions:
  sigv4: {type: apiKey, name: Authorization, in: header, x-amazon-apigateway-authtype: awsSigv4}
paths:
  /order/{order_id}/callback:
    post:
      consumes: [application/json]
      produces: [application/json]
      security: [{sigv4: []}]
      parameters:
        - {in: body, name: Callback, required: true, schema: {$ref: "#/definitions/Callback"}}
        - {in: path, name: order_id, required: true, type: string}
      x-amazon-apigateway-request-validator: Validate body
      responses:
        "200": {description: ok}
        "400": {description: bad, headers: {X-Kind: {type: string}}}
      x-amazon-apigateway-integration:
        type: aws
        httpMethod: POST
        uri: %s
        credentials: arn:aws:iam::000000000000:role/r
        passthroughBehavior: when_no_templates
        contentHandling: CONVERT_TO_TEXT
        requestTemplates:
          application/json: "$input.body"
        responses:
          default: {statusCode: "200"}
          .*Bad Request.*:
            statusCode: "400"
            responseParameters: {method.response.header.X-Kind: "'bad'"}
            responseTemplates:
              application/json: |
                #set($root = $input.path('$'))
                {"message": $input.json('$.errorMessage'), "type": "$root.errorType", "id": "$input.params('order_id')"}
"""


def rest_mapped():
    arn = function("orders", "import json\ndef handler(event, context):\n"
                   "    if event['order_id'] == 'bad': raise Exception('Bad Request: no such order')\n"
                   "    if event['order_id'] == 'worse': raise ValueError('Internal Error: oh')\n"
                   "    return {'got': event}\n", runtime="python3.12")
    api = rest_api("orders", (ORDERS % lambda_uri(arn)).encode())
    path = "/apis/%s/v1/order/17/callback" % api
    good = {"order_id": "17", "task_status": "SUCCEEDED"}
    got = ask("POST", path, good)
    check(got.status == 200 and got.value == {"got": good}, "the mapped body is the event", got)
    for body in ({"order_id": "17", "task_status": "SUCCESS"}, {"order_id": "17"}, {"order_id": "", "task_status": "FAILED"},
                 dict(good, more=1), [], "no json"):
        got = ask("POST", path, body, Content_Type="application/json")
        check(got.status == 400 and got.text == '{"message": "Invalid request body"}', "refused by the model", body, got)
        check(got.headers["x-amzn-errortype"] == "BadRequestException", "error type", got)
    logged = server.log_text()
    check('failure=body api="%s" stage=v1 method=POST path="/order/17/callback"' % api in logged and
          'instance value (\\"SUCCESS\\") not found in enum' in logged, "the log says what does not fit", logged[-2000:])
    got = ask("POST", path, json.dumps(good), Content_Type="text/plain")
    check(got.status == 415 and got.text == '{"message":"Unsupported Media Type"}', "other content types", got)
    check(got.headers["x-why"] == "media type", "a gateway response", got)
    got = ask("POST", path, {"order_id": "bad", "task_status": "FAILED"})
    check(got.status == 400 and got.headers["x-kind"] == "bad", "an error by its pattern", got)
    check(got.value == {"message": "Bad Request: no such order", "type": "Exception", "id": "17"}, "its template", got)
    got = ask("POST", path, {"order_id": "worse", "task_status": "FAILED"})
    check(got.status == 200 and got.value["errorMessage"] == "Internal Error: oh", "an error without a pattern", got)
    check(got.value["errorType"] == "ValueError" and got.value["stackTrace"], "as Lambda has it", got)


def models_are_checked():
    gateway = client("apigateway")
    arn = function("modelled", ECHO)
    document = swagger("models", {"/m/{id}": {"post": dict(proxy_to(arn), parameters=[
        {"in": "body", "name": "b", "schema": {"$ref": "#/definitions/Order"}}])}}, definitions={
            "Order": {"type": "object", "properties": {"kind": {"$ref": "#/definitions/Kind"},
                                                       "id": {"$ref": "#/definitions/Ids/properties/id"}}},
            "Kind": {"enum": ["a"]}, "Ids": {"properties": {"id": {"type": "string"}}}, "Free": {}})
    api = rest_api("models", document)
    wrong = "Invalid model specified: Validation Result: warnings : [], errors : [Invalid model schema specified]"
    made = {"restApiId": api, "name": "Made", "contentType": "application/json"}
    for schema in ('{"type": "strin"}', '{"type": ', '{"pattern": "("}', '{"required": []}',
                   '{"$ref": "https://apigateway.amazonaws.com/restapis/%s/models/None"}' % api):
        text = refused("BadRequestException", gateway.create_model, schema=schema, **made)
        check(text.startswith(wrong), "a broken model", schema, text)
    text = refused("BadRequestException", gateway.create_model, **dict(made, name="a-b"))
    check(text == "Model name must be alphanumeric: a-b", "its name", text)
    gateway.create_model(schema=json.dumps({"properties": {"self": {"$ref": "https://apigateway.amazonaws.com/restapis/%s/models/Made" % api}}}), **made)
    text = refused("BadRequestException", gateway.update_model, restApiId=api, modelName="Made", patchOperations=[
        {"op": "replace", "path": "/schema", "value": '{"type": 1}'}])
    check(text.startswith(wrong), "a broken change", text)
    text = refused("ConflictException", gateway.delete_model, restApiId=api, modelName="Order")
    check(text == "Cannot delete model 'Order', is referenced in method request: /m/{id}/POST", "a model that a method uses", text)
    for used in ("Kind", "Ids"):
        text = refused("ConflictException", gateway.delete_model, restApiId=api, modelName=used)
        check(text == "Cannot delete model '%s', is referenced in model: Order" % used, "one that a model uses", text)
    resource = next(r["id"] for r in gateway.get_resources(restApiId=api)["items"] if r["path"] == "/m/{id}")
    place_of = dict(restApiId=api, resourceId=resource, httpMethod="POST")
    gateway.put_method_response(statusCode="200", responseModels={"application/json": "Made"}, **place_of)
    text = refused("ConflictException", gateway.delete_model, restApiId=api, modelName="Made")
    check(text == "Cannot delete model 'Made', is referenced in method response: /m/{id}/POST", "an answer's model", text)
    text = refused("BadRequestException", gateway.put_integration_response, statusCode="200", selectionPattern="(", **place_of)
    check(text.startswith("Invalid selection pattern"), "a broken pattern", text)
    gateway.delete_model(restApiId=api, modelName="Free")
    gateway.delete_method(**place_of)
    for unused in ("Order", "Kind", "Ids", "Made"):
        gateway.delete_model(restApiId=api, modelName=unused)
    for name, schema, why in (("Order", {"type": "strin"}, wrong), ("a_b", {}, "Model name must be alphanumeric: a_b")):
        text = refused("BadRequestException", gateway.import_rest_api, body=json.dumps(dict(
            document, definitions={"Fine": {}, name: schema})).encode())
        begin = "Errors found during import:\n\tUnable to create model for '%s': %s" % (name, why)
        check(text.startswith(begin), "an import with a broken model", text)


def rest_services():
    states = client("stepfunctions")
    arn = machine("rest-standard", {"StartAt": "W", "States": {"W": {
        "Type": "Task", "Resource": "arn:aws:states:::sqs:sendMessage.waitForTaskToken", "End": True, "Parameters": {
            "QueueUrl": client("sqs").create_queue(QueueName="tokens")["QueueUrl"],
            "MessageBody.$": "$$.Task.Token"}}}}, "STANDARD")
    sync = machine("rest-sync", {"StartAt": "A", "States": {"A": {"Type": "Pass", "Result": {"sum": 3}, "End": True}}})

    def action(name, template, **responses):
        return {"x-amazon-apigateway-integration": {
            "type": "aws", "httpMethod": "POST", "uri": "arn:aws:apigateway:us-east-1:states:action/" + name,
            "credentials": ROLE, "requestTemplates": {"application/json": template},
            "responses": responses or {"default": {"statusCode": 200}, "4\\d{2}": {"statusCode": 400}}}}
    document = swagger("services", {
        "/start": {"post": action("StartExecution", '{"stateMachineArn": "%s", "input": "$util.escapeJavaScript($input.json(\'$\')).replaceAll("\\\\\'", "\'")"}' % arn)},
        "/sync": {"post": action("StartSyncExecution", '{"stateMachineArn": "${stageVariables.machine}", "input": "{}"}', default={
            "statusCode": "200", "responseTemplates": {"application/json": "$util.parseJson($input.path('$.output')).sum"}})},
        "/done/{token}": {"post": action("SendTaskSuccess", '{"taskToken": "$util.urlDecode($input.params(\'token\'))", "output": "$util.escapeJavaScript($input.body)"}')}})
    api = rest_api("services", document, variables={"machine": sync})
    got = ask("POST", "/apis/%s/v1/start" % api, {"name": "O'Neil"})
    check(got.status == 200 and isinstance(got.value["startDate"], (int, float)), "StartExecution", got)
    check(json.loads(states.describe_execution(executionArn=got.value["executionArn"])["input"]) == {"name": "O'Neil"}, "input")
    sqs = client("sqs")
    message = sqs.receive_message(QueueUrl=sqs.get_queue_url(QueueName="tokens")["QueueUrl"], WaitTimeSeconds=20)["Messages"][0]
    done_at = ask("POST", "/apis/%s/v1/done/%s" % (api, message["Body"]), {"ok": True})
    check(done_at.status == 200 and done_at.value == {}, "SendTaskSuccess", done_at)
    check(json.loads(states.describe_execution(executionArn=got.value["executionArn"])["output"]) == {"ok": True}, "the callback")
    again = ask("POST", "/apis/%s/v1/done/%s" % (api, message["Body"]), {"ok": True})
    check(again.status == 400 and "TaskTimedOut" in again.value["__type"], "an error of the service", again)
    got = ask("POST", "/apis/%s/v1/done/no%%22json" % api, {"ok": True})
    check(got.status == 400 and got.value == {"__type": "com.amazon.coral.service#SerializationException"}, "no JSON", got)
    got = ask("POST", "/apis/%s/v1/sync" % api, {})
    check(got.status == 200 and got.text.strip() == "3", "StartSyncExecution", got)
    echo = function("no-json", ECHO)
    api = rest_api("no-json", swagger("no-json", {"/": {"post": {"x-amazon-apigateway-integration": {
        "type": "aws", "httpMethod": "POST", "uri": lambda_uri(echo), "responses": {"default": {"statusCode": 200}}}}}}))
    got = ask("POST", "/apis/%s/v1" % api, "hello", Content_Type="application/json")
    check(got.status == 400 and got.value["message"].startswith("Could not parse request body into json: "), "no event", got)


def rest_mock_keys_responses():
    gateway = client("apigateway")
    api = gateway.create_rest_api(name="steps", endpointConfiguration={"types": ["REGIONAL"]})
    api = api["id"]
    root = gateway.get_resources(restApiId=api)["items"][0]["id"]
    part = gateway.create_resource(restApiId=api, parentId=root, pathPart="cors")
    check(part["path"] == "/cors", "a resource's path", part)
    refused("ConflictException", gateway.create_resource, restApiId=api, parentId=root, pathPart="cors")
    place_of = dict(restApiId=api, resourceId=part["id"], httpMethod="OPTIONS")
    gateway.put_method(authorizationType="NONE", **place_of)
    refused("BadRequestException", gateway.create_deployment, restApiId=api)
    gateway.put_integration(type="MOCK", requestTemplates={"application/json": '{"statusCode": 204}'}, **place_of)
    gateway.put_method_response(statusCode="204", responseParameters={
        "method.response.header.Access-Control-Allow-Origin": False}, **place_of)
    gateway.put_integration_response(statusCode="204", responseParameters={
        "method.response.header.Access-Control-Allow-Origin": "'*'"}, **place_of)
    keyed = dict(restApiId=api, resourceId=part["id"], httpMethod="GET")
    gateway.put_method(authorizationType="NONE", apiKeyRequired=True, requestParameters={
        "method.request.querystring.who": True}, **keyed)
    gateway.put_integration(type="MOCK", requestTemplates={"application/json": '{"statusCode": 200}'}, **keyed)
    gateway.put_integration_response(statusCode="200", responseTemplates={
        "application/json": '{"hello": "$input.params(\'who\')", "stage": "$context.stage"}'}, **keyed)
    validator = gateway.create_request_validator(restApiId=api, name="p", validateRequestParameters=True)["id"]
    gateway.update_method(patchOperations=[{"op": "replace", "path": "/requestValidatorId", "value": validator}], **keyed)
    gateway.create_deployment(restApiId=api, stageName="dev")
    got = ask("OPTIONS", "/apis/%s/dev/cors" % api)
    check(got.status == 204 and got.headers["access-control-allow-origin"] == "*", "mock", got)
    path = "/apis/%s/dev/cors?who=you" % api
    got = ask("GET", path)
    check(got.status == 403 and got.text == '{"message":"Forbidden"}', "without a key", got)
    check("failure=api_key" in server.log_text(), "the log says why", server.log_text()[-2000:])
    key = gateway.create_api_key(name="k", enabled=True)
    plan = gateway.create_usage_plan(name="p", apiStages=[{"apiId": api, "stage": "dev"}])["id"]
    check(ask("GET", path, x_api_key=key["value"]).status == 403, "a key without a plan")
    gateway.create_usage_plan_key(usagePlanId=plan, keyId=key["id"], keyType="API_KEY")
    got = ask("GET", path, x_api_key=key["value"])
    check(got.status == 200 and got.value == {"hello": "you", "stage": "dev"}, "with the key", got)
    got = ask("GET", "/apis/%s/dev/cors" % api, x_api_key=key["value"])
    check(got.status == 400 and got.text == '{"message": "Missing required request parameters: [who]"}', "parameters", got)
    check("value" not in gateway.get_api_key(apiKey=key["id"]), "values stay hidden")
    check(gateway.get_api_keys(includeValues=True)["items"][0]["value"] == key["value"], "unless they are asked for")
    gateway.update_api_key(apiKey=key["id"], patchOperations=[{"op": "replace", "path": "/enabled", "value": "false"}])
    check(ask("GET", path, x_api_key=key["value"]).status == 403, "a disabled key")
    gateway.put_gateway_response(restApiId=api, responseType="DEFAULT_4XX", statusCode="401", responseParameters={
        "gatewayresponse.header.X-A": "'b'"}, responseTemplates={
            "application/json": '{"why": $context.error.messageString, "kind": "$context.error.responseType"}'})
    check(ask("GET", path).status == 403, "before it is deployed")
    gateway.create_deployment(restApiId=api, stageName="dev")
    got = ask("GET", path)
    check(got.status == 401 and got.headers["x-a"] == "b", "a gateway response", got)
    check(got.value == {"why": "Forbidden", "kind": "INVALID_API_KEY"}, "its template", got)
    stage = gateway.get_stage(restApiId=api, stageName="dev")
    refused("BadRequestException", gateway.delete_deployment, restApiId=api, deploymentId=stage["deploymentId"])
    gateway.update_stage(restApiId=api, stageName="dev", patchOperations=[
        {"op": "replace", "path": "/variables/a", "value": "b"}])
    check(gateway.get_stage(restApiId=api, stageName="dev")["variables"] == {"a": "b"}, "UpdateStage")
    resources = gateway.get_resources(restApiId=api, embed=["methods"])["items"]
    check(sorted(r["path"] for r in resources) == ["/", "/cors"], "GetResources", resources)
    methods = next(r for r in resources if r["path"] == "/cors")["resourceMethods"]
    check(methods["GET"]["methodIntegration"]["type"] == "MOCK", "embedded methods", methods)
    refused("NotFoundException", gateway.get_integration, restApiId=api, resourceId=root, httpMethod="GET")
    refused("BadRequestException", gateway.put_integration, type="MOCK", requestTemplates={"application/json": "#if(1)"}, **keyed)
    gateway.delete_rest_api(restApiId=api)
    refused("NotFoundException", gateway.get_rest_api, restApiId=api)


def authorizers_are_refused():
    """What would leave a route open that is not meant to be."""
    gateway = client("apigateway")
    document = swagger("auth", {"/x": {"get": dict(proxy_to("arn:aws:lambda:us-east-1:000000000000:function:f"),
                                                   security=[{"a": []}])}}, securityDefinitions={
        "a": {"type": "apiKey", "name": "Authorization", "in": "header", "x-amazon-apigateway-authorizer": {"type": "token"}}})
    refused("UnsupportedOperation", gateway.import_rest_api, body=json.dumps(document).encode())
    check(all(a["name"] != "auth" for a in gateway.get_rest_apis(limit=500)["items"]), "nothing is left of it")
    for document in ("{", "swagger: '2.0'\npaths: {x: {}}", "a: [", "openapi: 9.0", "swagger: '2.0'\npaths: !Sub x"):
        refused("BadRequestException", gateway.import_rest_api, body=document.encode())


# ---- the command lines, addresses ----

def command_lines():
    arn = function("cli", ECHO)
    api = cli("apigatewayv2", "create-api", "--name", "by-cli", "--protocol-type", "HTTP", "--target", arn)["ApiId"]
    check(any(a["ApiId"] == api for a in cli("apigatewayv2", "get-apis")["Items"]), "get-apis")
    document = os.path.join(place, "openapi.yaml")
    with open(document, "w") as h:
        h.write("openapi: 3.0.1\ninfo: {title: yaml, version: '1'}\npaths:\n  /y:\n    get:\n"
                "      x-amazon-apigateway-integration: {type: AWS_PROXY, payloadFormatVersion: '2.0', httpMethod: POST, uri: '%s'}\n"
                "  /$default:\n    x-amazon-apigateway-any-method:\n      isDefaultRoute: true\n"
                "      x-amazon-apigateway-integration: {type: AWS_PROXY, payloadFormatVersion: 2.0, httpMethod: POST, uri: '%s'}\n" % (arn, arn))
    made = cli("apigatewayv2", "import-api", "--body", "file://" + document)["ApiId"]
    cli("apigatewayv2", "create-stage", "--api-id", made, "--stage-name", "$default", "--auto-deploy")
    check(ask("GET", "/apis/%s/y" % made).value["routeKey"] == "GET /y", "an imported API")
    check(ask("PUT", "/apis/%s/z" % made).value["routeKey"] == "$default", "its default route")
    rest = cli("apigateway", "create-rest-api", "--name", "by-cli")["id"]
    check(any(a["id"] == rest for a in cli("apigateway", "get-rest-apis")["items"]), "get-rest-apis")
    shown = subprocess.run([BATON, "apis", "--endpoint", server.endpoint], stdout=subprocess.PIPE, text=True, timeout=60).stdout
    check(api in shown and rest in shown and "by-cli" in shown, "baton apis", shown)


def hard_coded_addresses():
    """Addresses of AWS in a function's environment, and in its code, lead here."""
    echo = function("target", ECHO)
    api = http_api("target", {"POST /in": {"IntegrationUri": echo}})
    address = "https://%s.execute-api.us-east-1.amazonaws.com/in" % api
    environment = {"Environment": {"Variables": {"SERVICE_URL": address}}}
    node = function("caller", """
const https = require('https'), http = require('http');
const post = (url) => new Promise((resolve, reject) => {
  const request = (url.startsWith('https:') ? https : http).request(url, { method: 'POST' }, (response) => {
    let text = ''; response.on('data', (d) => text += d); response.on('end', () => resolve(JSON.parse(text).routeKey)); });
  request.on('error', reject); request.end('{}'); });
exports.handler = async () => ({ url: process.env.SERVICE_URL, by_environment: await post(process.env.SERVICE_URL),
                                 by_code: await post('%s'), by_fetch: await fetched('%s') });
const fetched = async (url) => {
  const answers = [await fetch(url, { method: 'POST', body: '{}' }), await fetch(new Request(url, { method: 'POST' }))];
  return (await Promise.all(answers.map(async (answer) => (await answer.json()).routeKey))).join(); };
""" % (address, address), **environment)
    python = function("snake-caller", """
import json, os, urllib.request
def post(url):
    return json.load(urllib.request.urlopen(urllib.request.Request(url, b'{}', method='POST')))['routeKey']
def handler(event, context):
    url = os.environ['SERVICE_URL']
    return {'url': url, 'by_environment': post(url), 'by_code': post('%s')}
""" % address, runtime="python3.12", **environment)
    for arn in (node, python):
        answer = client("lambda").invoke(FunctionName=arn)
        result = json.load(answer["Payload"])
        check(result.get("url") == "%s/apis/%s/in" % (server.endpoint, api), "the environment", result)
        check(result.get("by_environment") == "POST /in", "by environment", result)
        check(result.get("by_code") == "POST /in", "by code", result)
        check(arn != node or result.get("by_fetch") == "POST /in,POST /in", "by fetch", result)
    shown = client("lambda").get_function_configuration(FunctionName="caller")["Environment"]["Variables"]
    check(shown["SERVICE_URL"] == address, "the API shows what was given", shown)


def late_functions():
    slow = function("slow", "exports.handler = async (event) => { await new Promise((r) => setTimeout(r, 20000)); return {}; };",
                    Timeout=60)
    gateway = client("apigateway")
    document = swagger("slow", {"/x": {"get": {"x-amazon-apigateway-integration": {
        "type": "aws_proxy", "httpMethod": "POST", "uri": lambda_uri(slow), "timeoutInMillis": 60}}}})
    api = rest_api("slow", document)
    got = ask("GET", "/apis/%s/v1/x" % api)
    check(got.status == 504 and got.text == '{"message": "Endpoint request timed out"}', "late", got)
    gateway.delete_rest_api(restApiId=api)
    api = http_api("slow", {"GET /x": {"IntegrationUri": slow, "TimeoutInMillis": 60}})
    got = ask("GET", "/apis/%s/x" % api)
    check(got.status == 503 and got.text == '{"message":"Service Unavailable"}', "late", got)
    arn = machine("slow-machine", {"StartAt": "W", "States": {"W": {"Type": "Wait", "Seconds": 600, "End": True}}})
    api = http_api("slow machine", {"POST /x": {
        "IntegrationSubtype": "StepFunctions-StartSyncExecution", "PayloadFormatVersion": "1.0", "CredentialsArn": ROLE,
        "TimeoutInMillis": 60, "RequestParameters": {"StateMachineArn": arn}}})
    got = ask("POST", "/apis/%s/x" % api)
    check(got.status == 503 and got.text == '{"message":"Service Unavailable"}', "a late workflow", got)


def after_restart():
    echo = function("kept", ECHO)
    api = http_api("kept", {"GET /k": {"IntegrationUri": echo}})
    server.kill()
    server.start()
    check(ask("GET", "/apis/%s/k" % api).status == 200, "an API outlives a crash of the server")


try:
    with Server() as server:
        for test in (http_proxy_events, http_proxy_answers, http_cors, http_services, http_addresses, http_control,
                     rest_proxy, rest_mapped, models_are_checked, rest_services, rest_mock_keys_responses, authorizers_are_refused,
                     command_lines, hard_coded_addresses, late_functions, after_restart):
            case(test)
finally:
    shutil.rmtree(place, ignore_errors=True)
done()
