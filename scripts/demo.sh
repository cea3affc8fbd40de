#!/usr/bin/env bash
# The loan valuation of examples/loan-valuation, with its functions, table and HTTP APIs: the workflow pauses on a task
# token, the server is killed with -9 and started again, the partner calls the webhook, the workflow finishes. Leaves no
# process and no file behind.
set -euo pipefail
cd "$(dirname "$0")/.."
. examples/serve.sh
run() { printf '\033[2m$ %s\033[0m\n' "$*"; "$@"; }

say "1. A server on a free port, with a fresh data directory"
echo "baton serve: listening on $BATON_ENDPOINT"
port=${BATON_ENDPOINT##*:}

say "2. Deploy: two workflows, four functions, a table, two HTTP APIs; the partner's webhook is"
webhook=$(examples/loan-valuation/deploy.py)
echo "$webhook"

say "3. An application; a function asks the partner, who is in no hurry, and keeps the token in the table"
run baton start loan-processor --name application-17 \
    --input '{"applicationReference": "application-17", "property": {"nameOrNumber": "never", "postcode": "PO1 1CE"}}'
await keyReference cli --output json dynamodb scan --table-name task-tokens --query Items
run baton waiting

say "4. kill -9 while it waits, and start again"
kill -9 "$server"
wait "$server" 2>/dev/null || true
serve "$port"
run baton waiting

say "5. The partner calls the webhook with its reference"
reference=$(cli dynamodb scan --table-name task-tokens --query 'Items[0].keyReference.S')
curl -sS -w ' (%{http_code})\n' "$BATON_ENDPOINT/${webhook#https://*/}" -H "Host: $(cut -d/ -f3 <<<"$webhook")" \
    -H 'Content-Type: application/json' -d '{"valuationReference": "'"$reference"'", "propertyValue": 250000}'
await SUCCEEDED baton list loan-processor
run baton history loan-processor/application-17
output=$(baton describe loan-processor/application-17 | sed -n 's/^ *"output": //p')
echo "output: $output"
case $output in *250000*) ;; *) echo "the demo did not end with a valuation" >&2; exit 1 ;; esac

say "6. Clean shutdown"
kill "$server"
wait "$server" && echo "exit status 0"
server=
