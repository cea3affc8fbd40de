#!/usr/bin/env bash
# Deploys the example on a server of its own, has an order shipped, and shows the tracking number in the table.
set -euo pipefail
cd "$(dirname "$0")"
. ../../serve.sh
order=a96cbeed-cbd7-4711-815c-0913113c6064
export SHIPPING_TOKEN=a-secret-of-the-shipping-service

say "Deploy: the shipping service calls back at"
url=$(./deploy.py)
echo "$url"

say "An order, and its workflow"
cli dynamodb put-item --table-name OrderTable --item '{"order_id": {"S": "'$order'"}, "item": {"S": "a lamp"}}'
baton start shipping --name $order --input '{"order_id": "'$order'"}'
await $order baton waiting

say "The shipping service answers: with a wrong status, then with the right one"
answer() { # STATUS
    curl -sS -w ' (%{http_code})\n' "$url" -H "Authorization: Bearer $SHIPPING_TOKEN" \
        -H 'Content-Type: application/json' -d '{"order_id": "'$order'", "task_type": "ORDER_SHIPPING_SERVICE",
            "task_status": "'"$1"'", "task_output": {"shipping_status": "PROCESSING", "tracking_number": "1ZA1B2C3D4"}}'
}
answer SUCCESS
answer SUCCEEDED

say "The order"
await SUCCEEDED baton describe "shipping/$order" >/dev/null
cli --output json dynamodb scan --table-name OrderTable --query Items
