#!/usr/bin/env bash
# Two orders wait for their payments. The bank knows order numbers and nothing of workflows; the
# second payment comes before its order. Leaves no process and no file behind.
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
bank() { # ORDER JSON
    curl -sf "$BATON_ENDPOINT/callbacks/payment/$1" -H 'Authorization: Bearer the-banks-secret' -d "$2"
    echo
}

"$baton" deploy order.asl.json >/dev/null
"$baton" callbacks put payment --verifier '{"type":"bearer","secret":"the-banks-secret"}' >/dev/null

echo "Order 17 waits:"
"$baton" start order --name order-17 --input '{"order":"17"}'
"$baton" waiting --name payment
echo "The bank reports its payment, twice, as banks do:"
bank 17 '{"paid":900}'
bank 17 '{"paid":900}'
echo "Order 18 is paid before it is placed; the payment is kept:"
bank 18 '{"paid":50}'
"$baton" mailbox
"$baton" start order --name order-18 --input '{"order":"18"}' --wait
"$baton" list order
