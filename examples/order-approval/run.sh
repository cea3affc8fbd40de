#!/usr/bin/env bash
# Deploys the example on a server of its own, orders something expensive by REST, and approves it by REST.
set -euo pipefail
cd "$(dirname "$0")"
. ../serve.sh

say "Deploy: the API is at"
url=$(./deploy.py)
echo "$url"
post() { # PATH BODY
    curl -sS -w ' (%{http_code})\n' "$BATON_ENDPOINT/${url#https://*/}$1" -H "Host: $(cut -d/ -f3 <<<"$url")" \
        -H 'Content-Type: application/json' -d "$2"
}

say "An order of 250 waits for approval"
post /order '{"OrderID": "order-17", "OrderItems": ["a lamp", "a table"], "Cost": 250}'
await Token cli --output json dynamodb scan --table-name Order --query Items

say "Approve it, twice"
post /approval '{"OrderID": "order-17", "IsApproved": true}'
post /approval '{"OrderID": "order-17", "IsApproved": true}'
await SUCCEEDED baton list order-approval
