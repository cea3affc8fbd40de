#!/usr/bin/env bash
# Debian's AWS CLI against queues, topics, tables, functions and buses. Ends with N passed, N failed.
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
export BATON_ENDPOINT=$endpoint
cli() { $aws --endpoint-url "$endpoint" --output text "$@"; }

passed=0 failed=0
check() { # WHAT EXPECTED GOT
    if [ "$2" = "$3" ]; then passed=$((passed + 1)); else
        failed=$((failed + 1)); echo "FAIL $1: expected '$2', got '$3'"
    fi
}
contains() { # WHAT PART TEXT
    case $3 in *"$2"*) passed=$((passed + 1)) ;; *) failed=$((failed + 1)); echo "FAIL $1: no '$2' in '$3'" ;; esac
}

url=$(cli sqs create-queue --queue-name work --query QueueUrl)
check "create-queue" "$endpoint/000000000000/work" "$url"
cli sqs send-message --queue-url "$url" --message-body 'one & two' >/dev/null
check "receive-message" 'one & two' "$(cli sqs receive-message --queue-url "$url" --query 'Messages[0].Body')"
contains "get-queue-url of a queue that is not there" NonExistentQueue "$(cli sqs get-queue-url --queue-name none 2>&1)"

topic=$(cli sns create-topic --name news --query TopicArn)
check "create-topic" arn:aws:sns:us-east-1:000000000000:news "$topic"
contains "subscribe" "$topic:" "$(cli sns subscribe --topic-arn "$topic" --protocol sqs --notification-endpoint arn:aws:sqs:us-east-1:000000000000:work --attributes RawMessageDelivery=true --query SubscriptionArn)"
check "subscribe by mail" "pending confirmation" "$(cli sns subscribe --topic-arn "$topic" --protocol email --notification-endpoint a@example.com --query SubscriptionArn)"
cli sns publish --topic-arn "$topic" --message 'from the topic' >/dev/null
check "a topic's message in the queue" 'from the topic' "$(cli sqs receive-message --queue-url "$url" --query 'Messages[0].Body')"
contains "the outbox" "a@example.com" "$("$baton" outbox)"

cli dynamodb create-table --table-name orders --billing-mode PAY_PER_REQUEST \
    --attribute-definitions AttributeName=id,AttributeType=S --key-schema AttributeName=id,KeyType=HASH >/dev/null
cli dynamodb wait table-exists --table-name orders
check "wait table-exists" 0 $?
cli dynamodb put-item --table-name orders --item '{"id": {"S": "1"}, "n": {"N": "12345678901234567890.5"}}'
check "get-item" 12345678901234567890.5 "$(cli dynamodb get-item --table-name orders --key '{"id": {"S": "1"}}' --query Item.n.N)"
check "update-item" 12345678901234567891.5 "$(cli dynamodb update-item --table-name orders --key '{"id": {"S": "1"}}' \
    --update-expression 'SET n = n + :one' --expression-attribute-values '{":one": {"N": "1"}}' --return-values UPDATED_NEW --query Attributes.n.N)"
contains "a condition" ConditionalCheckFailedException "$(cli dynamodb delete-item --table-name orders --key '{"id": {"S": "1"}}' --condition-expression 'attribute_not_exists(id)' 2>&1)"

cat >"$work/index.py" <<'P'
def handler(event, context):
    print("hello from", context.function_name)
    return {"got": event}
P
(cd "$work" && python3 -m zipfile -c code.zip index.py)
check "create-function" hello "$(cli lambda create-function --function-name hello --runtime python3.11 --handler index.handler \
    --role arn:aws:iam::000000000000:role/test --zip-file "fileb://$work/code.zip" --timeout 20 --query FunctionName)"
cli lambda wait function-active-v2 --function-name hello
check "wait function-active-v2" 0 $?
check "invoke" 200 "$(cli lambda invoke --function-name hello --cli-binary-format raw-in-base64-out --payload '{"a": 1}' "$work/answer" --query StatusCode)"
check "its answer" '{"got": {"a": 1}}' "$(python3 -c 'import json, sys; print(json.dumps(json.load(open(sys.argv[1]))))' "$work/answer")"
contains "baton logs" "hello from hello" "$("$baton" logs hello)"
contains "a function that is not there" ResourceNotFoundException "$(cli lambda invoke --function-name none "$work/answer" 2>&1)"

contains "events" '"EventId"' "$($aws --endpoint-url "$endpoint" --output json events put-events --entries '[{"Source": "a", "DetailType": "b", "Detail": "{}"}]')"
contains "baton functions" hello "$("$baton" functions)"
contains "baton queues" /work "$("$baton" queues)"
contains "baton topics" :news "$("$baton" topics)"
contains "baton tables" orders "$("$baton" tables)"
contains "baton tables NAME" '"TableName": "orders"' "$("$baton" tables orders)"

echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
