#!/usr/bin/env bash
# Asks a person by mail and waits until they decide. Open the link that it prints and press a button;
# `./run.sh approve` and `./run.sh reject` press it for you. Leaves no process and no file behind.
set -euo pipefail
cd "$(dirname "$0")"
baton=${BATON:-$(command -v baton || echo ../../build/baton)}
work=$(mktemp -d)
trap 'kill "$server" 2>/dev/null && wait "$server" 2>/dev/null; rm -rf "$work"' EXIT

: >"$work/out"
"$baton" serve --data "$work/data" --listen 127.0.0.1:0 >"$work/out" 2>"$work/log" &
server=$!
until grep -q '^listening on' "$work/out"; do
    kill -0 "$server" || { cat "$work/log" >&2; exit 1; }
    sleep 0.05
done
export BATON_ENDPOINT=$(sed -n 's/^listening on //p' "$work/out")

sns() { # OPERATION JSON
    curl -sf "$BATON_ENDPOINT" -H 'Content-Type: application/x-amz-json-1.0' -H "X-Amz-Target: SNS.$1" -d "$2" >/dev/null
}
sns CreateTopic '{"Name":"approvals"}'
sns Subscribe '{"TopicArn":"arn:aws:sns:us-east-1:000000000000:approvals","Protocol":"email","Endpoint":"boss@example.com"}'
confirm=$("$baton" outbox --json | sed -n 's/.*"url":"\([^"]*\)".*/\1/p' | head -1)
curl -sf "$confirm" >/dev/null

"$baton" deploy approve.asl.json >/dev/null
"$baton" start approve --name bicycle --input '{"who":"Ann","amount":900}' --wait &
execution=$!
until link=$("$baton" outbox --json | grep -o "$BATON_ENDPOINT/c/[A-Za-z0-9_-]*"); do sleep 0.05; done
echo "The mail that Ann's boss gets (baton outbox):"
"$baton" outbox --limit 1 | sed 's/^/    /'
echo "Open $link and decide."
[ -z "${1:-}" ] || curl -sf "$link" --data-urlencode "outcome=$1" --data-urlencode 'comment=by run.sh' >/dev/null
echo "The output, as soon as there is one:"
wait "$execution"
