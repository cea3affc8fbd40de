#!/usr/bin/env python3
"""Runs every test and ends with one line: N passed, N failed.

    tests/run.py [SUITE ...]      only these (see --list)

BATON_VARIANT names the folder of the build under test (build/release, build/san).
"""
import argparse
import contextlib
import json
import os
import re
import resource
import socket
import socketserver
import subprocess
import sys
import tempfile
import threading
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import server  # noqa: E402

ROOT = server.ROOT
VARIANT = os.environ.get("BATON_VARIANT", "build/release")
SHARED = os.path.join(os.path.dirname(ROOT), "shared")
MODULES = """base json yaml http expr template schema asl store engine shard effects services services/sqs services/dynamodb
    services/lambda services/sns services/logs services/callbacks services/states services/events services/gateway services/integrations protocol server cli""".split()
# What the recorded cases may need that this Baton serves.
SERVED = ("core,jsonata,api,activity,nested,aliases,versions,tags,validate,validation,express,sync,"
          "lambda,sqs,sns,dynamodb,events,callback,aws-sdk,credentials")
# These look at what a helper thread of the runner has received as soon as the execution has ended, and
# the thread may not have come that far yet: what has failed is played again, alone, against a server
# that tells of executions as late as if it were far away.
RACING = "services/sns_task_service.publish_message_attributes."
FAR_AWAY_S = 1.0
REPLAYS = 5
COUNTS = re.compile(r"(\d+) passed, (\d+) failed")


def run(command, timeout=900, **more):
    env = dict(os.environ, BATON=os.path.join(ROOT, VARIANT, "baton"))
    # A server that is killed on purpose, or whose threads still hold memory at exit, is no leak.
    env.setdefault("UBSAN_OPTIONS", "print_stacktrace=1")
    env.setdefault("LSAN_OPTIONS", "print_suppressions=0:suppressions=" + os.path.join(ROOT, "tests", "lsan.supp"))
    return subprocess.run(command, cwd=ROOT, env=env, timeout=timeout, text=True, errors="replace",
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, **more)


def unit(module):
    """One Criterion program per module; it runs each test in a process of its own."""
    program = os.path.join(ROOT, VARIANT, "tests", module, "unit")
    if not os.path.exists(program):
        return 0, 0, ""
    done = run([program, "-j2"])
    tested = re.search(r"Tested: (\d+) \| Passing: (\d+)", re.sub(r"\x1b\[[0-9;]*m", "", done.stdout))
    if not tested:
        return 0, 1, done.stdout
    passed, failed = int(tested.group(2)), int(tested.group(1)) - int(tested.group(2))
    if done.returncode != 0 and failed == 0:
        failed = 1
    return passed, failed, done.stdout if failed else ""


# Recorded cases that this runner can never see pass, each with its reason. One that passes all the same
# is a failure: its line here has to go. Not so those about durations: a busy machine may take as long.
DURATIONS = "the billed duration is how long AWS's own functions took that day"
KNOWN_DIFFERENCES = {
    **dict.fromkeys([
        "assign/assign_base.base_parallel_cases.BASE_SCOPE_PARALLEL",
        "scenarios/base_scenarios.parallel_state.PARALLEL_STATE",
        "scenarios/base_scenarios.parallel_state.PARALLEL_STATE_PARAMETERS",
        "scenarios/base_scenarios.parallel_state_order",
        "local_mocking/base_scenarios.parallel_state_lambda",
        "states_variables/error_output.parallel_catch_error.PARALLEL_CATCH_ERROR_OUTPUT",
        "states_variables/error_output.parallel_catch_error.PARALLEL_CATCH_ERROR_OUTPUT_WITH_RETRY",
        "states_variables/error_output.parallel_catch_error.PARALLEL_CATCH_ERROR_VARIABLE_SAMPLING",
    ], "the recording lost ParallelStateSucceeded (or -Failed) when it was sorted: its number is missing among the ids"),
    **dict.fromkeys([
        "api/list_execution_no_such_state_machine",
        "api_versioning/publish_state_machine_version_no_such_machine",
        "api/invalid_start_execution_arn",
    ], "the case names the machine that it has just created where the recording named one that does not exist"),
    "api_activities/create_describe_delete_activity.aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa":
        "the runner makes the name longer than the 80 characters that the API allows",
    **dict.fromkeys([
        "api_aliasing/base_lifecycle_create_delete_list",
        "api_aliasing/idempotent_create_alias",
    ], "the alias's name in the expected ARN is a placeholder that lost its brackets"),
    **dict.fromkeys([
        "express/express_sync.catch",
        "express/express_sync.retry",
        "local_mocking/base_scenarios.lambda_service_invoke_sync_execution",
    ], DURATIONS),
    "api_variable_references/base_variable_references_in_assign_templates.BASE_REFERENCE_IN_WAIT":
        "the recording masks a path in the definition as a timestamp",
    "assign/assign_reference_variables.reference_in_map_state.MAP_STATE_REFERENCE_IN_MAX_CONCURRENCY_PATH":
        "the recording shows output text as the number in it",
}


class Distance(socketserver.ThreadingTCPServer):
    """A way to a server on which an answer about executions takes FAR_AWAY_S."""
    allow_reuse_address = daemon_threads = True

    def __init__(self, endpoint):
        self.near = ("127.0.0.1", int(endpoint.rsplit(":", 1)[1]))
        super().__init__(("127.0.0.1", 0), None)
        self.endpoint = "http://127.0.0.1:%d" % self.server_address[1]
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def finish_request(self, client, _):
        with contextlib.suppress(OSError), socket.create_connection(self.near) as server:
            delay_s = [0]

            def answers():
                with contextlib.suppress(OSError):
                    while data := server.recv(1 << 16):
                        time.sleep(delay_s[0])
                        client.sendall(data)
                    client.shutdown(socket.SHUT_WR)

            back = threading.Thread(target=answers, daemon=True)
            back.start()
            while data := client.recv(1 << 16):
                if b"AWSStepFunctions." in data:
                    delay_s[0] = FAR_AWAY_S
                server.sendall(data)
            server.shutdown(socket.SHUT_WR)
            back.join()


def play(*options, is_far=False):
    """The runner's results against a fresh server: {id: (passed, line)}."""
    with server.Server("--log-level", "warn") as s, tempfile.NamedTemporaryFile("r") as out, \
            Distance(s.endpoint) as far:
        done = run(["python3", os.path.join(SHARED, "conformance", "run.py"), "--endpoint",
                    far.endpoint if is_far else s.endpoint, "--json", out.name, *options])
        try:
            results = json.load(out)["results"]
        except ValueError:
            raise RuntimeError("the conformance runner failed:\n" + done.stdout)
    return {r["id"]: r for r in results}


def conformance():
    """AWS's recorded answers, played against a server of this build."""
    wanted = SERVED + (",slow" if os.environ.get("BATON_SLOW_TESTS") else "")
    results = play("--requires", wanted, "--jobs", "8")
    # This one wants to be alone: it lists all activities that there are.
    results.update(play("--requires", wanted, "--filter", "list_activities"))
    for name in [n for n, r in results.items() if r["result"] != "passed" and n.startswith(RACING)]:
        for _ in range(REPLAYS):
            results.update({n: r for n, r in play("--requires", wanted, "--filter", name, is_far=True).items() if n == name})
            if results[name]["result"] == "passed":
                break
    passed = failed = 0
    lines = []
    for name, r in sorted(results.items()):
        good = r["result"] == "passed"
        if name in KNOWN_DIFFERENCES and (not good or KNOWN_DIFFERENCES[name] == DURATIONS):
            lines.append("kept: %s: %s" % (name, KNOWN_DIFFERENCES[name]))
            continue
        if name in KNOWN_DIFFERENCES:
            lines.append("FAIL %s passes: remove it from the list" % name)
            good = False
        elif not good:
            lines.append("FAIL %s: %s: expected %.300s, got %.300s" % (name, r["path"], r["expected"], r["got"]))
        passed, failed = passed + good, failed + (not good)
    return passed, failed, "\n".join(lines)


def script(*command):
    """A program that prints N passed, N failed on its last line."""
    def suite():
        done = run(list(command))
        counts = COUNTS.findall(done.stdout)
        if not counts:
            return 0, 1, done.stdout
        passed, failed = map(int, counts[-1])
        if done.returncode != 0 and failed == 0:
            failed = 1
        return passed, failed, done.stdout if failed else ""
    return suite


EXAMPLES = ("loan-valuation", "queue-callback", "order-approval", "async-api", "shipping")

SUITES = [("unit " + m, lambda m=m: unit(m)) for m in MODULES] + [
    ("simulation", script(os.path.join(VARIANT, "simulate"))),
    ("jsonata differential", script("node", "tests/jsonata/differential.mjs")),
    ("conformance", conformance),
    ("command line", script("python3", "tests/cli_test.py")),
    ("start-up errors", script("python3", "tests/startup_test.py")),
    ("awscli", script("bash", "tests/clients/awscli.sh")),
    ("boto3", script("/usr/bin/python3", "tests/clients/boto3_test.py")),
    ("callbacks", script("python3", "tests/callbacks_test.py")),
    ("callback examples", script("python3", "tests/callback_examples_test.py")),
    ("callback page", script("node", "tests/javascript/page_test.mjs")),
    ("JavaScript SDK", script("node", "tests/javascript/client_test.mjs")),
    ("awscli, services", script("bash", "tests/clients/awscli_services.sh")),
    ("boto3, services", script("/usr/bin/python3", "tests/clients/boto3_services_test.py")),
    ("JavaScript SDKs, services", script("node", "tests/javascript/services_test.mjs")),
    ("tables", script("/usr/bin/python3", "tests/dynamodb_test.py")),
    ("functions", script("/usr/bin/python3", "tests/functions_test.py")),
    ("HTTP APIs", script("/usr/bin/python3", "tests/gateway_test.py")),
    ("messages", script("/usr/bin/python3", "tests/messages_test.py")),
    ("logs", script("/usr/bin/python3", "tests/logs_test.py")),
    ("integrations", script("/usr/bin/python3", "tests/integrations_test.py")),
    ("inbound routes", script("python3", "tests/routes_test.py")),
    *[("example " + name, script("/usr/bin/python3", "tests/examples/%s_test.py" % name.replace("-", "_")))
      for name in EXAMPLES],
    ("kill -9", script("python3", "tests/crash_test.py")),
    ("kill -9, services", script("python3", "tests/crash_services_test.py")),
    ("redrive", script("python3", "tests/redrive_test.py")),
]


class Beside:
    """A check that needs no server and much of the processor: it runs beside the suites, at the lowest
    priority, and its result is collected at the end."""

    def __init__(self, *command):
        self.output = tempfile.TemporaryFile("w+")
        self.process = subprocess.Popen(["nice", "-n", "19", *command], cwd=ROOT, stdout=self.output,
                                        stderr=subprocess.STDOUT)

    def __call__(self):
        self.process.wait()
        self.output.seek(0)
        output = self.output.read()
        counts = COUNTS.findall(output)
        passed, failed = map(int, counts[-1]) if counts else (0, 1)
        return passed, failed, output if failed else ""


def cpu_seconds():
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def main():
    ap = argparse.ArgumentParser()
    ap.add_argument("suites", nargs="*")
    ap.add_argument("--list", action="store_true")
    options = ap.parse_args()
    server.BATON = os.path.join(ROOT, VARIANT, "baton")
    suites = [s for s in SUITES if not options.suites or any(s[0].startswith(o) for o in options.suites)]
    if options.list:
        print("\n".join([name for name, _ in SUITES] + ["tidy"]))
        return 0
    if not options.suites or any("tidy".startswith(o) for o in options.suites):
        suites.append(("tidy", Beside("python3", "scripts/tidy.py")))
    passed = failed = 0
    for name, suite in suites:
        started, cpu = time.time(), cpu_seconds()
        good, bad, output = suite()
        if output:
            print(output)
        print("%-26s %5d passed, %d failed  (%.1f s, %.1f s of CPU)"
              % (name, good, bad, time.time() - started, cpu_seconds() - cpu), flush=True)
        passed, failed = passed + good, failed + bad
    print("%d passed, %d failed" % (passed, failed))
    return 1 if failed or passed == 0 else 0


if __name__ == "__main__":
    sys.exit(main())
