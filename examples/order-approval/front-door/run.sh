#!/usr/bin/env bash
# Deploys the example on a server of its own, orders something expensive, finds the link in the mail, and approves.
set -euo pipefail
cd "$(dirname "$0")"
. ../../serve.sh

say "Deploy; the boss confirms the subscription"
./deploy.py
letters() { baton outbox --json; }
confirm=$(await boss@example.com letters | sed -n 's/.*"url":"\([^"]*\)".*/\1/p')
curl -sS -o /dev/null "$confirm"

say "An order of 250: the boss gets mail"
baton start order-approval --name order-17 --input '{"OrderID": "order-17", "OrderItems": ["a lamp", "a table"], "Cost": 250}'
await "Approve or reject" baton outbox --limit 1
link=$(baton outbox --limit 1 | grep -o 'http://[^ ]*/c/[^ ]*')

say "The page behind the link, for a program; a browser gets it with buttons"
curl -sS -w '\n' -H 'Accept: application/json' "$link"

say "Approve: what the button does"
curl -sS -o /dev/null -w '%{http_code}\n' -d 'outcome=approve&comment=go+ahead' "$link"
await SUCCEEDED baton list order-approval
