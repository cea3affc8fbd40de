#!/usr/bin/env bash
# Real calls of Debian's AWS CLI against a real server. Ends with N passed, N failed.
set -u
cd "$(dirname "$0")/../.."
baton=${BATON:-build/baton}
work=$(mktemp -d)
"$baton" serve --listen 127.0.0.1:0 --data "$work/data" >"$work/out" 2>"$work/log" &
server=$!
trap 'kill $server 2>/dev/null; wait $server 2>/dev/null; rm -rf "$work"' EXIT
until grep -q '^listening on' "$work/out"; do
    kill -0 $server 2>/dev/null || { cat "$work/log"; echo "0 passed, 1 failed"; exit 1; }
    sleep 0.05
done
endpoint=$(sed -n 's/^listening on //p' "$work/out")
aws=/usr/bin/aws; [ -x $aws ] || aws=aws # Debian's, whatever else is on the PATH
export AWS_ACCESS_KEY_ID=test AWS_SECRET_ACCESS_KEY=test AWS_DEFAULT_REGION=us-east-1 AWS_PAGER=
sfn() { $aws --endpoint-url "$endpoint" --output text stepfunctions "$@"; }

passed=0 failed=0
check() { # WHAT EXPECTED GOT
    if [ "$2" = "$3" ]; then passed=$((passed + 1)); else
        failed=$((failed + 1)); echo "FAIL $1: expected '$2', got '$3'"; fi
}

role=arn:aws:iam::000000000000:role/test
activity=$(sfn create-activity --name approvals --query activityArn)
check "create-activity" arn:aws:states:us-east-1:000000000000:activity:approvals "$activity"
cat >"$work/machine.json" <<J
{"StartAt": "Ask", "States": {"Ask": {"Type": "Task", "Resource": "$activity", "HeartbeatSeconds": 60, "End": true}}}
J
machine=$(sfn create-state-machine --name approve --role-arn $role --definition "file://$work/machine.json" --query stateMachineArn)
check "create-state-machine" arn:aws:states:us-east-1:000000000000:stateMachine:approve "$machine"
execution=$(sfn start-execution --state-machine-arn "$machine" --name first --input '{"amount": 9}' --query executionArn)
check "start-execution" arn:aws:states:us-east-1:000000000000:execution:approve:first "$execution"
check "describe-execution" RUNNING "$(sfn describe-execution --execution-arn "$execution" --query status)"
token=$(sfn get-activity-task --activity-arn "$activity" --worker-name cli --query taskToken)
sfn send-task-heartbeat --task-token "$token"
check "send-task-heartbeat" 0 $?
sfn send-task-success --task-token "$token" --task-output '{"approved": true}'
check "send-task-success" 0 $?
check "output" '{"approved": true}' "$(sfn describe-execution --execution-arn "$execution" --query output)"
check "history" 7 "$(sfn get-execution-history --execution-arn "$execution" --query 'length(events)')"
check "history in pages" 7 "$(sfn get-execution-history --execution-arn "$execution" --page-size 2 --query 'length(events)' | awk '{ n += $1 } END { print n }')"
check "second answer" 1 "$(sfn send-task-success --task-token "$token" --task-output '{}' 2>&1 | grep -c TaskTimedOut)"
check "garbled token" 1 "$(sfn send-task-failure --task-token garbled 2>&1 | grep -c InvalidToken)"
check "unknown execution" 1 "$(sfn describe-execution --execution-arn "${execution}x" 2>&1 | grep -c ExecutionDoesNotExist)"
check "list-executions" first "$(sfn list-executions --state-machine-arn "$machine" --query 'executions[].name')"
check "invalid definition" 1 "$(sfn create-state-machine --name bad --role-arn $role --definition '{}' 2>&1 | grep -c 'SCHEMA_VALIDATION_FAILED')"
echo "$passed passed, $failed failed"
[ $failed = 0 ]
