// The AWS SDKs for JavaScript, v3 and v2, against the services of a real server: from outside and from
// inside functions. Ends with N passed, N failed.
import { spawn } from "node:child_process";
import { mkdtempSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { CreateTableCommand, DynamoDBClient, waitUntilTableExists } from "@aws-sdk/client-dynamodb";
import { CreateFunctionCommand, InvokeCommand, LambdaClient, UpdateFunctionConfigurationCommand } from "@aws-sdk/client-lambda";
import { CreateStateMachineCommand, DescribeExecutionCommand, SendTaskSuccessCommand, SFNClient, StartExecutionCommand } from "@aws-sdk/client-sfn";
import { CreateTopicCommand, PublishCommand, SNSClient, SubscribeCommand } from "@aws-sdk/client-sns";
import {
  CreateQueueCommand, DeleteMessageCommand, GetQueueUrlCommand, ReceiveMessageCommand, SendMessageBatchCommand,
  SendMessageCommand, SQSClient,
} from "@aws-sdk/client-sqs";
import { DynamoDBDocumentClient, GetCommand, PutCommand, QueryCommand, UpdateCommand } from "@aws-sdk/lib-dynamodb";

const require = createRequire(import.meta.url);
const here = dirname(fileURLToPath(import.meta.url));
const root = join(here, "..", "..");
const baton = process.env.BATON ?? join(root, "build", "baton");
const data = mkdtempSync(join(tmpdir(), "baton-js-"));
const server = spawn(baton, ["serve", "--listen", "127.0.0.1:0", "--data", join(data, "store"), "--log-level", "warn"], {
  stdio: ["ignore", "pipe", "inherit"], env: { ...process.env, BATON_NODE_MODULES: join(here, "node_modules") },
});
let passed = 0, failed = 0;
const check = (good, what, ...details) => {
  if (good) passed++;
  else { failed++; console.log("FAIL", what, ...details); }
};
const refused = async (name, call) => {
  try { await call(); check(false, "should be refused with " + name); }
  catch (e) { check((e.name ?? e.code) === name || e.code === name, "refused", name, e.name, e.code, e.message); }
};
const Role = "arn:aws:iam::000000000000:role/test";
const arn = (service, name) => `arn:aws:${service}:us-east-1:000000000000:${name}`;

function clients(endpoint) {
  const options = {
    endpoint, region: "us-east-1", maxAttempts: 1, disableHostPrefix: true,
    credentials: { accessKeyId: "test", secretAccessKey: "test" },
  };
  return {
    sqs: new SQSClient(options), sns: new SNSClient(options), lambda: new LambdaClient(options), sfn: new SFNClient(options),
    ddb: new DynamoDBClient(options), doc: DynamoDBDocumentClient.from(new DynamoDBClient(options)),
  };
}

async function outside({ sqs, sns, ddb, doc }) {
  const { QueueUrl } = await sqs.send(new CreateQueueCommand({ QueueName: "js" }));
  // The SDK checks the MD5s of what it sends and gets.
  const sent = await sqs.send(new SendMessageCommand({
    QueueUrl, MessageBody: "grüße", MessageAttributes: { n: { DataType: "Number", StringValue: "1" }, b: { DataType: "Binary", BinaryValue: new Uint8Array([0, 255]) } },
  }));
  const { Messages } = await sqs.send(new ReceiveMessageCommand({ QueueUrl, MessageAttributeNames: ["All"], AttributeNames: ["All"] }));
  check(Messages.length === 1 && Messages[0].Body === "grüße" && Messages[0].MessageId === sent.MessageId, "v3 queue", Messages);
  await sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle: Messages[0].ReceiptHandle }));
  const batch = await sqs.send(new SendMessageBatchCommand({ QueueUrl, Entries: [{ Id: "a", MessageBody: "1" }, { Id: "b", MessageBody: "" }] }));
  check(batch.Successful.length === 1 && batch.Failed?.length === 1, "a batch half of which is refused", batch);
  await refused("QueueDoesNotExist", () => sqs.send(new GetQueueUrlCommand({ QueueName: "absent" })));

  const { TopicArn } = await sns.send(new CreateTopicCommand({ Name: "js-news" }));
  await sns.send(new SubscribeCommand({ TopicArn, Protocol: "sqs", Endpoint: arn("sqs", "js"), Attributes: { RawMessageDelivery: "true" } }));
  await sns.send(new PublishCommand({ TopicArn, Message: "hello" }));
  let bodies = [];
  for (let i = 0; i < 5 && !bodies.includes("hello"); i++) {
    const got = await sqs.send(new ReceiveMessageCommand({ QueueUrl, WaitTimeSeconds: 2, MaxNumberOfMessages: 10 }));
    bodies = bodies.concat((got.Messages ?? []).map((m) => m.Body));
  }
  check(bodies.includes("hello"), "v3 topic", bodies);
  await refused("NotFoundException", () => sns.send(new PublishCommand({ TopicArn: TopicArn + "x", Message: "m" })));

  await ddb.send(new CreateTableCommand({
    TableName: "js-table", BillingMode: "PAY_PER_REQUEST", AttributeDefinitions: [{ AttributeName: "id", AttributeType: "S" }, { AttributeName: "at", AttributeType: "N" }],
    KeySchema: [{ AttributeName: "id", KeyType: "HASH" }, { AttributeName: "at", KeyType: "RANGE" }],
  }));
  await waitUntilTableExists({ client: ddb, minDelay: 1, maxWaitTime: 10 }, { TableName: "js-table" });
  for (const at of [3, 1, 2]) await doc.send(new PutCommand({ TableName: "js-table", Item: { id: "x", at, list: [1, "a", null], set: new Set(["q"]) } }));
  const { Item } = await doc.send(new GetCommand({ TableName: "js-table", Key: { id: "x", at: 2 } }));
  check(Item.list[1] === "a" && Item.set.has("q"), "v3 documents", Item);
  const page = await doc.send(new QueryCommand({ TableName: "js-table", KeyConditionExpression: "id = :i and #a > :a", ExpressionAttributeNames: { "#a": "at" }, ExpressionAttributeValues: { ":i": "x", ":a": 1 } }));
  check(page.Items.map((i) => i.at).join() === "2,3", "v3 query", page.Items);
  await refused("ConditionalCheckFailedException", () => doc.send(new UpdateCommand({
    TableName: "js-table", Key: { id: "x", at: 1 }, UpdateExpression: "SET v = :v", ConditionExpression: "attribute_exists(nope)", ExpressionAttributeValues: { ":v": 1 } })));
}

async function outsideV2(endpoint) {
  const AWS = require("aws-sdk");
  const options = { endpoint, region: "us-east-1", accessKeyId: "test", secretAccessKey: "test", maxRetries: 0 };
  const sqs = new AWS.SQS(options), sns = new AWS.SNS(options), doc = new AWS.DynamoDB.DocumentClient(options), lambda = new AWS.Lambda(options);
  const { QueueUrl } = await sqs.createQueue({ QueueName: "v2" }).promise();
  await sqs.sendMessage({ QueueUrl, MessageBody: "two", MessageAttributes: { k: { DataType: "String", StringValue: "v" } } }).promise();
  const { Messages } = await sqs.receiveMessage({ QueueUrl, MessageAttributeNames: ["All"], AttributeNames: ["All"] }).promise();
  check(Messages[0].Body === "two" && Messages[0].MessageAttributes.k.StringValue === "v", "v2 queue, by the Query protocol", Messages);
  const { TopicArn } = await sns.createTopic({ Name: "v2" }).promise();
  await sns.subscribe({ TopicArn, Protocol: "sqs", Endpoint: arn("sqs", "v2") }).promise();
  await sns.publish({ TopicArn, Message: "m", Subject: "s" }).promise();
  const got = await sqs.receiveMessage({ QueueUrl, WaitTimeSeconds: 5 }).promise();
  check(JSON.parse(got.Messages[0].Body).Subject === "s", "v2 topic", got);
  await doc.put({ TableName: "js-table", Item: { id: "v2", at: 1, n: 0.5, s: doc.createSet(["a"]) } }).promise();
  const { Item } = await doc.get({ TableName: "js-table", Key: { id: "v2", at: 1 } }).promise();
  check(Item.n === 0.5 && Item.s.values[0] === "a", "v2 documents", Item);
  const answer = await lambda.invoke({ FunctionName: "v3", Payload: "{}" }).promise();
  check(answer.StatusCode === 200 && JSON.parse(answer.Payload).wrote === true, "v2 invoke", answer);
  await refused("AWS.SimpleQueueService.NonExistentQueue", () => sqs.getQueueUrl({ QueueName: "absent" }).promise());
}

function directory(name, files) {
  const at = join(data, name);
  mkdirSync(at, { recursive: true });
  for (const [file, text] of Object.entries(files)) writeFileSync(join(at, file), text);
  return at;
}

// Functions bring no SDK along: it comes from the runtime, as on AWS.
async function inside({ lambda, sfn, doc, sqs }) {
  const make = (FunctionName, Runtime, Handler, files, more = {}) => lambda.send(new CreateFunctionCommand({
    FunctionName, Runtime, Handler, Role, Timeout: 30, Code: { Directory: directory(FunctionName, files) }, ...more }));
  const client = lambda; // Code.Directory is Baton's own: the SDK's serializer must let it pass
  client.middlewareStack.add((next) => (args) => {
    const body = args.request.body && args.request.method === "POST" && /functions$/.test(args.request.path) ? JSON.parse(Buffer.from(args.request.body).toString()) : null;
    if (body && !body.Code.Directory) { body.Code = { Directory: join(data, body.FunctionName) }; args.request.body = JSON.stringify(body); args.request.headers["content-length"] = String(Buffer.byteLength(args.request.body)); }
    return next(args);
  }, { step: "build" });
  await make("v2", "nodejs14.x", "index.handler", { "index.js": `
const AWS = require('aws-sdk');
exports.handler = (event, context, callback) => {
  new AWS.DynamoDB.DocumentClient().put({ TableName: 'js-table', Item: { id: 'from-v2', at: 1 } }, (err) => {
    if (err) return callback(err);
    new AWS.SQS().getQueueUrl({ QueueName: 'js' }, (e, d) => callback(e, { url: d && d.QueueUrl, endpoint: process.env.AWS_ENDPOINT_URL }));
  });
};` });
  await make("v3", "nodejs20.x", "index.handler", { "index.mjs": `
import { DynamoDBClient, PutItemCommand } from '@aws-sdk/client-dynamodb';
const client = new DynamoDBClient({});
export const handler = async (event) => {
  await client.send(new PutItemCommand({ TableName: 'js-table', Item: { id: { S: 'from-v3' }, at: { N: '1' } } }));
  return { wrote: true };
};` });
  await make("answer", "nodejs18.x", "src/index.handler", { "package.json": "{}" });
  directory("answer/src", { "index.js": `
const { SFNClient, SendTaskSuccessCommand } = require('@aws-sdk/client-sfn');
exports.handler = async (event) => {
  await new SFNClient({}).send(new SendTaskSuccessCommand({ taskToken: JSON.stringify(event.token), output: '{"by":"function"}' }));
  if (event.token === undefined) throw new TypeError('no token');
};` });
  const invoke = async (FunctionName, event = {}) => {
    const got = await lambda.send(new InvokeCommand({ FunctionName, Payload: JSON.stringify(event) }));
    return { ...got, value: JSON.parse(Buffer.from(got.Payload).toString() || "null") };
  };
  const two = await invoke("v2");
  check(two.value.url?.endsWith("/000000000000/js"), "aws-sdk v2 inside a function", two.value);
  const three = await invoke("v3");
  check(three.value.wrote === true, "SDK v3 in an ES module", three.value);
  for (const id of ["from-v2", "from-v3"]) {
    const { Item } = await doc.send(new GetCommand({ TableName: "js-table", Key: { id, at: 1 } }));
    check(Item?.id === id, "what the function wrote", id);
  }
  const states = { Ask: { Type: "Task", Resource: "arn:aws:states:::lambda:invoke.waitForTaskToken", Parameters: { FunctionName: "answer", Payload: { "token.$": "$$.Task.Token" } }, End: true } };
  const { stateMachineArn } = await sfn.send(new CreateStateMachineCommand({ name: "js", roleArn: Role, definition: JSON.stringify({ StartAt: "Ask", States: states }) }));
  const { executionArn } = await sfn.send(new StartExecutionCommand({ stateMachineArn }));
  let found;
  do found = await sfn.send(new DescribeExecutionCommand({ executionArn })); while (found.status === "RUNNING");
  check(found.status === "SUCCEEDED" && found.output === '{"by":"function"}', "a callback during the call, with a quoted token", found);
  const failing = await make("fails", "nodejs20.x", "index.handler", { "index.cjs": "exports.handler = async () => { throw new RangeError('too far'); };" });
  check(failing.State === "Active" || failing.State === "Pending", "State", failing.State);
  const error = await invoke("fails");
  check(error.FunctionError === "Unhandled" && error.value.errorType === "RangeError" && error.value.errorMessage === "too far" && Array.isArray(error.value.trace), "an error", error.value);
  await make("slow", "nodejs20.x", "index.handler", { "index.mjs": "export const handler = () => new Promise(() => setInterval(() => {}, 1000));" }, { Timeout: 1 });
  const timeout = await invoke("slow");
  check(timeout.FunctionError === "Unhandled" && /Task timed out after 1.00 seconds/.test(timeout.value.errorMessage), "a timeout", timeout.value);
  await make("absent", "nodejs20.x", "index.other", { "index.mjs": "export const handler = () => 1;" });
  const missing = await invoke("absent");
  check(missing.value.errorType === "Runtime.HandlerNotFound", "a handler that is not there", missing.value);
  await make("exits", "nodejs20.x", "index.handler", { "index.mjs": "export const handler = () => process.exit(3);" });
  const exits = await invoke("exits");
  check(exits.value.errorType === "Runtime.ExitError" && /exit status 3/.test(exits.value.errorMessage), "an exit", exits.value);
  await make("late", "nodejs20.x", "index.handler", { "index.js": `
const { SQSClient, SendMessageCommand, GetQueueUrlCommand } = require('@aws-sdk/client-sqs');
exports.handler = (event, context, callback) => {
  context.callbackWaitsForEmptyEventLoop = false;
  (async () => {
    await new Promise((r) => setTimeout(r, 50));
    const sqs = new SQSClient({});
    const { QueueUrl } = await sqs.send(new GetQueueUrlCommand({ QueueName: 'js-late' }));
    await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: 'after the answer' }));
  })();
  callback(null, 'answered');
};` });
  const { QueueUrl } = await sqs.send(new CreateQueueCommand({ QueueName: "js-late" }));
  const late = await invoke("late");
  check(late.value === "answered", "an answer before the work is done", late.value);
  const got = await sqs.send(new ReceiveMessageCommand({ QueueUrl, WaitTimeSeconds: 10 }));
  check(got.Messages?.[0]?.Body === "after the answer", "the process lives on after its response", got.Messages);
}

const line = createInterface({ input: server.stdout });
line.once("line", async (text) => {
  const endpoint = text.split(" ").pop();
  const all = clients(endpoint);
  for (const part of [() => outside(all), () => inside(all), () => outsideV2(endpoint)]) {
    try { await part(); } catch (e) { failed++; console.log("FAIL", e); }
  }
  server.once("exit", (code) => {
    check(code === 0, "the server ends well", code);
    rmSync(data, { recursive: true, force: true });
    console.log(`${passed} passed, ${failed} failed`);
    process.exit(failed ? 1 : 0);
  });
  server.kill("SIGTERM");
});
