#!/usr/bin/env bash
# Deploys the example with the AWS CLI and baton deploy: two queues, two topics, a function that reads a queue, three machines.
# Can be repeated.
set -euo pipefail
cd "$(dirname "$0")"
export AWS_ACCESS_KEY_ID=any AWS_SECRET_ACCESS_KEY=any AWS_DEFAULT_REGION=us-east-1 AWS_PAGER=
aws=/usr/bin/aws
[ -x $aws ] || aws=aws
export BATON_ENDPOINT=${BATON_ENDPOINT:-http://127.0.0.1:8083}
cli() { $aws --endpoint-url "$BATON_ENDPOINT" --output text "$@"; }
arn() { echo "arn:aws:$1:us-east-1:000000000000:$2"; }
role=arn:aws:iam::000000000000:role/example
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

cli sqs create-queue --queue-name callback-dead >/dev/null
queue=$(cli sqs create-queue --queue-name callback-requests --query QueueUrl --attributes \
    '{"VisibilityTimeout": "30", "RedrivePolicy": "{\"maxReceiveCount\": 1, \"deadLetterTargetArn\": \"'"$(arn sqs callback-dead)"'\"}"}')
notices=$(cli sns create-topic --name callback-notices --attributes DisplayName=Notices)
requests=$(cli sns create-topic --name callback-by-topic)

(cd functions/worker && python3 -m zipfile -c "$folder/worker.zip" index.js)
cli lambda create-function --function-name callback-worker --runtime nodejs14.x --handler index.lambda_handler \
    --role $role --timeout 25 --zip-file "fileb://$folder/worker.zip" >/dev/null 2>&1 ||
    cli lambda update-function-code --function-name callback-worker --zip-file "fileb://$folder/worker.zip" >/dev/null
cli lambda create-event-source-mapping --function-name callback-worker --batch-size 1 \
    --event-source-arn "$(arn sqs callback-requests)" >/dev/null 2>&1 || true # it reads the queue already
cli sns subscribe --topic-arn "$requests" --protocol lambda \
    --notification-endpoint "$(arn lambda function:callback-worker)" >/dev/null

machine() { # NAME FILE
    sed -e "s|\${QueueUrl}|$queue|; s|\${TopicArn}|$notices|; s|\${RequestsArn}|$requests|" \
        -e "s|\${ChildArn}|$(arn states stateMachine:callback-child)|" "$2" >"$folder/$1.asl.json"
    "${BATON:-$(command -v baton || echo ../../build/baton)}" deploy "$folder/$1.asl.json" --name "$1" --role $role
}
machine callback-child child.asl.json
machine callback-ways other-ways.asl.json
machine callback-queue workflow.asl.json
