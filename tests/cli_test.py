#!/usr/bin/env python3
"""The command line against a real server: every command as a user types it, and its mistakes."""
import json
import os
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import server as fixture  # noqa: E402
from check import case, check, done  # noqa: E402

ASK = {"StartAt": "Ask", "States": {"Ask": {"Type": "Task", "Resource": "arn:aws:states:us-east-1:000000000000:activity:people",
                                              "TimeoutSeconds": 600, "HeartbeatSeconds": 300, "End": True}}}


def main(endpoint, work):
    def baton(*args, status=0, text=None):
        done = subprocess.run([fixture.BATON, *args], text=True, input=text, capture_output=True, timeout=60,
                              env=dict(os.environ, BATON_ENDPOINT=endpoint))
        check(done.returncode == status, "exit status of baton " + " ".join(args), done.returncode, done.stdout, done.stderr)
        return done.stdout if status == 0 else done.stdout + done.stderr

    def file(name, content):
        path = os.path.join(work, name)
        with open(path, "w") as h:
            h.write(content if isinstance(content, str) else json.dumps(content, indent=2))
        return path

    def callback():
        subprocess.run(["curl", "-s", endpoint, "-H", "Content-Type: application/x-amz-json-1.0", "-H", "X-Amz-Target: AWSStepFunctions.CreateActivity",
                        "-d", '{"name":"people"}'], check=True, stdout=subprocess.DEVNULL)
        arn = baton("deploy", file("ask.asl.json", ASK)).strip().splitlines()[-1]
        check(arn.endswith(":stateMachine:ask"), "deploy prints the ARN", arn)
        check("ask" in baton("list"), "list shows the machine")
        for name in ("one", "two", "three"):
            check(baton("start", "ask", "--name", name, "--input", '{"n":1}').strip().endswith(":" + name), "start prints the ARN")
        rows = [json.loads(r) for r in baton("waiting", "--json").splitlines()]
        check(len(rows) == 3 and all(r["stateName"] == "Ask" for r in rows), "waiting", rows)
        tokens = {r["executionArn"].rsplit(":", 1)[1]: r["taskToken"] for r in rows}
        check(tokens["one"] in baton("waiting"), "the table shows the token")
        baton("heartbeat", tokens["one"])
        baton("complete", tokens["one"], "--output", '{"ok":true}')
        baton("fail", tokens["two"], "--error", "No", "--cause", "because")
        baton("stop", "ask/three", "--cause", "enough")
        check(json.loads(baton("describe", "ask/one"))["output"] == '{"ok":true}', "describe shows the output")
        check(json.loads(baton("describe", "ask/two"))["error"] == "No", "describe shows the error")
        check(json.loads(baton("describe", "ask"))["name"] == "ask", "describe shows the machine")
        check("ABORTED" in baton("list", "ask") and "three" not in baton("list", "ask", "--status", "FAILED"), "list by status")
        table = baton("history", "ask/one")
        check("ActivityScheduled" in table and "ExecutionSucceeded" in table and "\x1b" not in table, "history as a table", table)
        events = [json.loads(r) for r in baton("history", "ask/one", "--json").splitlines()]
        check([e["id"] for e in events] == list(range(1, len(events) + 1)), "history as JSON")
        check(baton("complete", tokens["one"], "--output", '{"ok":true}').startswith("already completed"), "the same again")
        check("AlreadyDecided" in baton("complete", tokens["one"], "--output", "{}", status=1), "a second answer is refused")
        check(baton("redrive", "ask/three").strip() == "redriven", "redrive")
        check("Closed" in baton("complete", tokens["three"], status=1), "the old token is over")
        again = json.loads(baton("waiting", "--json"))
        check(again["executionArn"].endswith(":three"), "it waits again", again)
        baton("complete", again["taskToken"], "--output", '{"ok":3}')
        found = json.loads(baton("describe", "ask/three"))
        check(found["output"] == '{"ok":3}' and found["redriveCount"] == 1, "it goes on", found)
        check("ExecutionNotRedrivable: Execution is SUCCEEDED" in baton("redrive", "ask/three", status=1), "and not twice")
        check(baton("waiting").strip() == "Nothing waits.", "nothing waits any more")

    def waiting_for_the_end():
        path = file("double.asl.json", {"StartAt": "A", "States": {"A": {"Type": "Pass", "Parameters": {
            "y.$": "States.MathAdd($.x, $.x)"}, "End": True}}})
        baton("deploy", path)
        check(json.loads(baton("start", "double", "--input", '{"x":21}', "--wait")) == {"y": 42}, "start --wait prints the output")
        check(json.loads(baton("start", "double", "--input", "@" + file("in.json", '{"x":1}'), "--wait")) == {"y": 2}, "@file")
        check("States." in baton("start", "double", "--input", "{}", "--wait", status=1), "a failed execution is exit status 1")
        baton("deploy", file("second.asl.json", {"StartAt": "A", "States": {"A": {"Type": "Pass", "Parameters": {
            "count.$": "$$.Execution.RedriveCount", "at.$": "$$.Execution.RedriveTime"}, "OutputPath": "$.count", "End": True}}}))
        baton("start", "second", "--name", "one", "--wait", status=1)
        check(baton("redrive", "second/one", "--wait").strip() == "1", "redrive --wait prints the output")
        with open(path, "w") as h:
            json.dump({"StartAt": "B", "States": {"B": {"Type": "Pass", "Result": "new", "End": True}}}, h)
        baton("deploy", path)
        check(baton("start", "double", "--wait").strip() == '"new"', "deploy again updates")

    def lint():
        check("1 state," in baton("lint", file("good.asl.json", ASK)), "a good file")
        bad = file("bad.asl.json", '{\n "StartAt": "A",\n "States": {\n  "A": {"Type": "Pass", "Next": "Gone"}\n }\n}')
        found = baton("lint", bad, status=1)
        check("bad.asl.json:4:" in found and "/States/A/Next" in found, "errors with line and column", found)
        comma = baton("lint", file("comma.asl.json", '{"StartAt":"A",\n}'), status=1)
        check("comma.asl.json:2:" in comma and "[Source" not in comma and comma.count("\n") == 1, "a syntax error is one line", comma)
        check("error: " in baton("deploy", bad, status=1), "deploy refuses it too")

    def evaluation():
        def value(*args, **more):
            return json.loads(baton("eval", *args, **more))
        order = '{"items":[{"price":3},{"price":4}]}'
        check(value("$sum(items.price)", "--input", order) == 7, "JSONata on the input")
        check(value("{% $states.input.items[1].price %}", "--input", file("order.json", order)) == 4, "as in a state, a file")
        check(value("n", "--input", "-", text='{"n":1}') == 1 and value("n", "--input", "@-", text='{"n":1}') == 1, "standard input")
        check(value("$partition([1,2,3],2)") == [[1, 2], [3]], "AWS's functions")
        check(value("$hash('a','MD5')") == "0cc175b9c0f1b6a831c399e269772661", "hash (RFC 1321)")
        check("T0410" in baton("eval", "$hash('a','X')", status=1), "an AWS function fails with its code")
        check(value("States.Format('Hi {}', $.n)", "--language", "jsonpath", "--input", '{"n":"Ann"}') == "Hi Ann", "an intrinsic")
        check(baton("eval", "nothing") == "" and baton("eval", "$.no", "--language", "jsonpath") == "", "undefined prints nothing")
        found = baton("eval", "(1 + 2", status=1)
        check(found.startswith("S0203 at 6: Expected ") and found.endswith("  (1 + 2\n       ^\n"), "an error has a caret", found)
        check("neither JSON nor a file" in baton("eval", "1", "--input", "oops", status=2), "input is checked")

    def mistakes():
        check("usage" in baton("--help") and "deploy" in baton("--help"), "help lists the commands")
        for command in "serve deploy start list describe history waiting complete fail heartbeat extend resend links callbacks mailbox stop redrive lint eval".split():
            check("usage: baton " + command in baton(command, "--help"), "help of " + command)
        check("no command" in baton("frobnicate", status=2), "unknown command")
        check("not JSON" in baton("start", "ask", "--input", "{oops", status=2), "input is checked")
        check("needs a MACHINE" in baton("list", "--status", "RUNNING", status=2), "status without a machine")
        check("StateMachineDoesNotExist" in baton("start", "nobody", status=1), "unknown machine")
        check("baton serve" in baton("list", "--endpoint", "http://127.0.0.1:1", status=1), "no server: says what to do")

    for test in (callback, waiting_for_the_end, lint, evaluation, mistakes):
        case(test)


if __name__ == "__main__":
    with fixture.Server() as server, tempfile.TemporaryDirectory() as folder:
        main(server.endpoint, folder)
    done()
