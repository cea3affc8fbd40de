#!/usr/bin/env bash
# Deploys the example on a server of its own, starts a loan application, and waits for the partner's valuation.
set -euo pipefail
cd "$(dirname "$0")"
. ../../serve.sh

say "Deploy: the partner calls back at"
./deploy.py

say "An application; the partner takes six seconds. Who waits, and under which reference:"
baton start loan-processor --name application-17 \
    --input '{"applicationReference": "application-17", "property": {"nameOrNumber": "999", "postcode": "PO1 1CE"}}'
await "application-17" baton waiting

say "The valuation"
await '"output"' baton describe loan-processor/application-17 | grep '"output"'
baton history loan-processor/application-17
