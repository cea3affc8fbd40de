#!/usr/bin/env bash
# Deploys the example on a server of its own, waits for a callback by way of a queue, then by the other ways, and shows
# what the topic told and what the context object is.
set -euo pipefail
cd "$(dirname "$0")"
. ../serve.sh

say "Deploy"
./deploy.sh
cli sns subscribe --topic-arn arn:aws:sns:us-east-1:000000000000:callback-notices --protocol sms \
    --notification-endpoint +491700000000 >/dev/null

say "A task that succeeds, one that fails, and one by the other three ways"
baton start callback-queue --name good --input '{}'
baton start callback-queue --name bad --input '{"error": "NoPaper", "cause": "the printer is empty"}'
baton start callback-ways --name others --input '{}'
await '"output"' baton describe callback-ways/others | grep '"output"'

say "What the topic told"
await "failed." baton outbox
await "succeeded." baton outbox >/dev/null

say "The context object, as the function printed it"
await "context object" baton logs callback-worker | awk '/context object/ && !seen++'
