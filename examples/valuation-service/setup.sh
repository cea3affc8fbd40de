#!/usr/bin/env bash
# Makes everything that the example needs on a running server, with the AWS CLI; can be repeated.
# The functions want Python with boto3 (Debian: python3-boto3).
set -euo pipefail
cd "$(dirname "$0")"
endpoint=${BATON_ENDPOINT:-http://127.0.0.1:8083}
export AWS_ACCESS_KEY_ID=any AWS_SECRET_ACCESS_KEY=any AWS_DEFAULT_REGION=us-east-1 AWS_PAGER=
cli() { aws --endpoint-url "$endpoint" "$@"; }
exists() { cli "$@" >/dev/null 2>&1; }
arn() { echo "arn:aws:$1:us-east-1:000000000000:$2"; }

cli sqs create-queue --queue-name valuation-requests --attributes VisibilityTimeout=60 >/dev/null
cli sns create-topic --name valuation-answers >/dev/null
cli sns create-topic --name loan-decisions >/dev/null
cli sns subscribe --topic-arn "$(arn sns loan-decisions)" --protocol email \
    --notification-endpoint customer@example.com >/dev/null
exists dynamodb describe-table --table-name valuations ||
    cli dynamodb create-table --table-name valuations --billing-mode PAY_PER_REQUEST \
        --attribute-definitions AttributeName=reference,AttributeType=S \
        --key-schema AttributeName=reference,KeyType=HASH >/dev/null

zip=$(mktemp -d)/code.zip
python3 -m zipfile -c "$zip" app.py
function_() { # NAME HANDLER
    if exists lambda get-function --function-name "$1"; then
        cli lambda update-function-code --function-name "$1" --zip-file "fileb://$zip" >/dev/null
    else
        cli lambda create-function --function-name "$1" --runtime python3.12 --handler "$2" \
            --role arn:aws:iam::000000000000:role/any --timeout 30 --zip-file "fileb://$zip" >/dev/null
    fi
}
function_ request-valuation app.request_valuation
function_ valuation-answered app.valuation_answered
rm -r "$(dirname "$zip")"

exists lambda create-event-source-mapping --function-name request-valuation \
    --event-source-arn "$(arn sqs valuation-requests)" || true # there is one already
cli sns subscribe --topic-arn "$(arn sns valuation-answers)" --protocol lambda \
    --notification-endpoint "$(arn lambda function:valuation-answered)" >/dev/null
BATON_ENDPOINT=$endpoint "${BATON:-$(command -v baton || echo ../../build/baton)}" deploy workflow.asl.json --name valuation-service
