#!/usr/bin/env bash
# Deploys the example on a server of its own, calls the API once with success and once with failure, and shows the
# log lines at the end. Neither a queue nor a token is in sight.
set -euo pipefail
cd "$(dirname "$0")"
. ../../serve.sh

say "Deploy"
machine=$(./deploy.py)
echo "$machine"

say "Call the API: three seconds of work, then success; and one that fails at once"
for input in '{"waitTime": 3, "status": "success"}' '{"waitTime": 0, "status": "failure"}'; do
    cli stepfunctions start-execution --state-machine-arn "$machine" --input "$input" --query executionArn
done

say "The notifications, as a function logs them"
await "API Failed" baton logs response-logger | grep "API Failed"
await "API Executed Successfully" baton logs response-logger | grep "API Executed Successfully"
baton list async-api
