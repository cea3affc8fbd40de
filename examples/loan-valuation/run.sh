#!/usr/bin/env bash
# Deploys the example on a server of its own, starts a loan application, and waits for the partner's valuation.
set -euo pipefail
cd "$(dirname "$0")"
. ../serve.sh

say "Deploy: the partner calls back at"
./deploy.py

say "An application; the partner takes six seconds"
cli stepfunctions start-execution --state-machine-arn arn:aws:states:us-east-1:000000000000:stateMachine:loan-processor \
    --name application-17 --query executionArn \
    --input '{"applicationReference": "application-17", "property": {"nameOrNumber": "999", "postcode": "PO1 1CE"}}'
await "application-17" baton waiting

say "The token lies in the table, under the partner's reference"
await "keyReference" cli --output json dynamodb scan --table-name task-tokens --query Items

say "The valuation"
await '"output"' baton describe loan-processor/application-17 | grep '"output"'
baton history loan-processor/application-17
