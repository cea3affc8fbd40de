#!/usr/bin/env bash
# Deploys the example on a server of its own, lets the function answer once, and answers once by hand, with curl.
set -euo pipefail
cd "$(dirname "$0")"
. ../../serve.sh

say "Deploy"
./deploy.py

say "A task that the function answers"
baton start callback-queue --name worker --input '{}'
await SUCCEEDED baton list callback-queue
await "told:" baton logs callback-worker | grep "told:"

say "One that is left to us: the link is in the message, and in the history"
baton start callback-queue --name by-hand --input '{"keep": true}'
link=$(cli stepfunctions get-execution-history --query 'events[2].taskScheduledEventDetails.parameters' --execution-arn \
    arn:aws:states:us-east-1:000000000000:execution:callback-queue:by-hand | grep -o 'http://[^"]*/c/[^"]*')
echo "$link"
curl -sS -w '\n' -H 'Content-Type: application/json' -d '"done by hand"' "$link"
curl -sS -w '\n' -H 'Content-Type: application/json' -d '"done by hand"' "$link"
curl -sS -w '\n' -H 'Content-Type: application/json' -d '"something else"' "$link"
