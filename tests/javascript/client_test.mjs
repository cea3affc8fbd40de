// Real calls of the AWS SDK for JavaScript v3 against a real server. Ends with N passed, N failed.
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import {
  CreateActivityCommand, CreateStateMachineCommand, DescribeExecutionCommand, GetActivityTaskCommand,
  ListExecutionsCommand, paginateGetExecutionHistory, RedriveExecutionCommand, SendTaskFailureCommand, SendTaskHeartbeatCommand, SendTaskSuccessCommand,
  SFNClient, StartExecutionCommand, StartSyncExecutionCommand, StopExecutionCommand,
} from "@aws-sdk/client-sfn";

const root = join(dirname(fileURLToPath(import.meta.url)), "..", "..");
const baton = process.env.BATON ?? join(root, "build", "baton");
const data = mkdtempSync(join(tmpdir(), "baton-js-"));
const server = spawn(baton, ["serve", "--listen", "127.0.0.1:0", "--data", data], { stdio: ["ignore", "pipe", "ignore"] });
let passed = 0, failed = 0;
const check = (good, what, ...details) => {
  if (good) passed++;
  else { failed++; console.log("FAIL", what, ...details); }
};

async function main(endpoint) {
  const sfn = new SFNClient({
    endpoint, region: "us-east-1", disableHostPrefix: true, maxAttempts: 1,
    credentials: { accessKeyId: "test", secretAccessKey: "test" },
  });
  const roleArn = "arn:aws:iam::000000000000:role/test";
  const refused = async (name, command) => {
    try { await sfn.send(command); check(false, "should be refused with " + name); }
    catch (e) { check(e.name === name, "refused", name, e.name, e.message); }
  };
  const ended = async (executionArn) => {
    for (;;) {
      const found = await sfn.send(new DescribeExecutionCommand({ executionArn }));
      if (found.status !== "RUNNING") return found;
    }
  };
  const { activityArn } = await sfn.send(new CreateActivityCommand({ name: "partner" }));
  const definition = JSON.stringify({
    StartAt: "Ask", States: { Ask: { Type: "Task", Resource: activityArn, HeartbeatSeconds: 30, End: true } },
  });
  const { stateMachineArn } = await sfn.send(new CreateStateMachineCommand({ name: "ask", definition, roleArn }));
  const { executionArn, startDate } = await sfn.send(new StartExecutionCommand({ stateMachineArn, input: '{"n":1}' }));
  check(startDate instanceof Date && Math.abs(startDate - Date.now()) < 60000, "startDate is a time", startDate);
  const { taskToken, input } = await sfn.send(new GetActivityTaskCommand({ activityArn, workerName: "js" }));
  check(JSON.parse(input).n === 1, "input of the task", input);
  await sfn.send(new SendTaskHeartbeatCommand({ taskToken }));
  await sfn.send(new SendTaskSuccessCommand({ taskToken, output: '{"n":2}' }));
  check((await ended(executionArn)).output === '{"n":2}', "output");
  await refused("TaskTimedOut", new SendTaskFailureCommand({ taskToken, error: "Late" }));
  await refused("InvalidToken", new SendTaskSuccessCommand({ taskToken: "nonsense", output: "{}" }));
  await refused("StateMachineDoesNotExist", new StartExecutionCommand({ stateMachineArn: stateMachineArn + "x" }));
  const types = [];
  for await (const page of paginateGetExecutionHistory({ client: sfn, pageSize: 3 }, { executionArn }))
    types.push(...page.events.map((e) => e.type));
  check(types.length === 7 && types[6] === "ExecutionSucceeded", "history in pages", types);
  const second = (await sfn.send(new StartExecutionCommand({ stateMachineArn, name: "second" }))).executionArn;
  await refused("ExecutionNotRedrivable", new RedriveExecutionCommand({ executionArn: second }));
  await sfn.send(new StopExecutionCommand({ executionArn: second }));
  const { redriveDate } = await sfn.send(new RedriveExecutionCommand({ executionArn: second }));
  check(redriveDate instanceof Date && redriveDate >= startDate, "redriveDate is a time", redriveDate);
  const redriven = await sfn.send(new ListExecutionsCommand({ stateMachineArn, redriveFilter: "REDRIVEN" }));
  check(redriven.executions.length === 1 && redriven.executions[0].redriveCount === 1 &&
    redriven.executions[0].redriveDate.getTime() === redriveDate.getTime(), "redriveFilter", redriven.executions);
  const task = await sfn.send(new GetActivityTaskCommand({ activityArn }));
  await sfn.send(new SendTaskSuccessCommand({ taskToken: task.taskToken, output: "3" }));
  const both = await ended(second);
  check(both.output === "3" && both.redriveStatus === "NOT_REDRIVABLE" && both.redriveDate.getTime() === redriveDate.getTime(),
    "a redriven execution", both);
  const express = await sfn.send(new CreateStateMachineCommand({
    name: "quick", roleArn, type: "EXPRESS",
    definition: JSON.stringify({ StartAt: "A", States: { A: { Type: "Fail", Error: "No", Cause: "never" } } }),
  }));
  const sync = await sfn.send(new StartSyncExecutionCommand({ stateMachineArn: express.stateMachineArn }));
  check(sync.status === "FAILED" && sync.error === "No" && sync.cause === "never", "StartSyncExecution", sync.status);
  sfn.destroy();
}

try {
  for await (const line of createInterface({ input: server.stdout })) {
    await main(line.split(" ").at(-1));
    break;
  }
} catch (e) {
  failed++;
  console.log("FAIL", e);
}
server.kill("SIGTERM");
await new Promise((r) => server.once("exit", r));
rmSync(data, { recursive: true, force: true });
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed ? 1 : 0);
