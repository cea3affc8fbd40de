#!/usr/bin/env bash
# The loan valuation of examples/loan-valuation: pause on a task token, kill -9 the server, start it
# again, let the partner answer, see the workflow finish. Leaves no process and no file behind.
set -euo pipefail
cd "$(dirname "$0")/.."
baton=build/baton
work=$(mktemp -d)
server=
finish() {
    [ -n "$server" ] && kill "$server" 2>/dev/null && wait "$server" 2>/dev/null
    rm -rf "$work"
}
trap finish EXIT

say() { printf '\n\033[1m%s\033[0m\n' "$*"; }
run() { printf '\033[2m$ %s\033[0m\n' "$*"; "$@"; }
serve() { # PORT; sets $server and $BATON_ENDPOINT
    : >"$work/out"
    "$baton" serve --data "$work/data" --listen "127.0.0.1:$1" >"$work/out" 2>>"$work/log" &
    server=$!
    until grep -q '^listening on' "$work/out"; do
        kill -0 $server 2>/dev/null || { cat "$work/log"; exit 1; }
        sleep 0.02
    done
    export BATON_ENDPOINT=$(sed -n 's/^listening on //p' "$work/out")
    echo "baton serve: $(cat "$work/out")"
}

say "1. A server on a free port, with a fresh data directory"
serve 0
port=${BATON_ENDPOINT##*:}

say "2. Deploy the workflow and start an application"
run $baton deploy examples/loan-valuation/loan.asl.json
run $baton start loan --name application-17 \
    --input '{"loanAmount": 210000, "property": {"nameOrNumber": "12", "postcode": "RG1 1AA"}}'

say "3. The partner takes the request and keeps its token; the workflow waits"
token=$(python3 examples/loan-valuation/partner.py)
run $baton waiting

say "4. kill -9 while it waits, and start again"
kill -9 "$server"
wait "$server" 2>/dev/null || true
serve "$port"
run $baton waiting

say "5. The partner answers the token that it got before the crash"
python3 examples/loan-valuation/partner.py "$token" 250000
run $baton list loan
run $baton history loan/application-17
output=$($baton describe loan/application-17 | sed -n 's/^ *"output": //p')
echo
echo "output: $output"
case $output in *OFFER*) ;; *) echo "the demo did not end with an offer" >&2; exit 1 ;; esac

say "6. Clean shutdown"
kill "$server"
wait "$server" && echo "exit status 0"
server=
