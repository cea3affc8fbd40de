#!/usr/bin/env python3
"""The examples of callbacks, each as its README says: one command, from nothing to the end."""
import os
import subprocess
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import server as fixture  # noqa: E402
from check import case, check, done  # noqa: E402


def run(example, *args):
    return subprocess.run([os.path.join(fixture.ROOT, "examples", example, "run.sh"), *args], text=True, timeout=300,
                          capture_output=True, env=dict(os.environ, BATON=fixture.BATON))


def link():
    approved = run("callback-link", "approve")
    check(approved.returncode == 0, "callback-link ends well", approved.stdout, approved.stderr)
    check("Ann asks for 900 EUR. Decide here: http://127.0.0.1:" in approved.stdout, "the mail has the link", approved.stdout)
    check('"outcome":"approve"' in approved.stdout and '"comment":"by run.sh"' in approved.stdout, "the output", approved.stdout)
    rejected = run("callback-link", "reject")
    check(rejected.returncode == 1 and "Rejected" in rejected.stdout + rejected.stderr, "a rejection is a failure", rejected.stdout, rejected.stderr)


def key():
    ran = run("callback-key")
    check(ran.returncode == 0, "callback-key ends well", ran.stdout, ran.stderr)
    check("payment/17" in ran.stdout and '"duplicate":true' in ran.stdout, "by key, twice", ran.stdout)
    check('"status":"kept"' in ran.stdout and '{"paid":50}' in ran.stdout, "an early one is kept and delivered", ran.stdout)
    check(ran.stdout.count("SUCCEEDED") == 2, "both orders are paid", ran.stdout)


for test in (link, key):
    case(test)
done()
