#!/usr/bin/env bash
# make bench: prints every number that Baton promises, measured on the release build on this machine,
# load generator included. PEERS=1 runs the peers and the raw limit beside it. Data on $SCRATCH.
#   bench/run.sh [json|jsonata|engine|answers|store|callbacks|transitions|waiting|cold|queues|tables|
#                 functions|workflows|doors] ...     only these
# BATON is another program than build/baton, SECONDS_EACH how long one measurement lasts.
set -u
cd "$(dirname "$0")/.."
baton=${BATON:-$PWD/build/baton}
bench=$PWD/build/release/bench
scratch=${SCRATCH:-${TMPDIR:-/tmp}}
work=$(mktemp -d "$scratch/baton-bench.XXXXXX")
chmod 755 "$work" # a peer runs its database as another user
server=
trap '[ -n "$server" ] && kill $server 2>/dev/null; wait 2>/dev/null; rm -rf "$work"' EXIT
wanted=${*:-json jsonata engine answers callbacks transitions waiting cold queues tables functions workflows doors}
seconds=${SECONDS_EACH:-10}
wants() { [[ " $wanted " == *" $1 "* ]]; }

serve() { # DATA [OPTIONS]; sets $server, $port
    local data=$1; shift
    : >"$work/out"
    "$baton" serve --data "$data" --listen 127.0.0.1:0 --log-level warn "$@" >"$work/out" 2>>"$work/log" &
    server=$!
    until grep -q '^listening on' "$work/out"; do
        kill -0 $server 2>/dev/null || { cat "$work/log"; exit 1; }
        sleep 0.002
    done
    port=$(sed -n 's/.*:\([0-9]*\)$/\1/p' "$work/out")
}
stop() { kill $server; wait $server; server=; }
call() { # OPERATION BODY
    curl -s "http://127.0.0.1:$port/" -H "Content-Type: application/x-amz-json-1.0" -H "X-Amz-Target: AWSStepFunctions.$1" -d "$2"
}
rss_mb() { awk '/^VmRSS/ { printf "%.1f", $2 / 1024 }' "/proc/$server/status"; }
machine() { # NAME TYPE, the definition on standard input
    python3 -c 'import json, sys; print(json.dumps({"name": sys.argv[1], "type": sys.argv[2], "definition": sys.stdin.read(),
        "roleArn": "arn:aws:iam::000000000000:role/bench"}))' "$1" "$2" >"$work/body"
    call CreateStateMachine "@$work/body" >/dev/null
}
waiting_machine() {
    call CreateActivity '{"name":"work"}' >/dev/null
    machine waiting STANDARD <<<'{"StartAt":"Ask","States":{"Ask":{"Type":"Task","Resource":"arn:aws:states:us-east-1:000000000000:activity:work","End":true}}}'
}
chain() { # LENGTH
    python3 -c 'import json, sys; n = int(sys.argv[1]); print(json.dumps({"StartAt": "S1", "States": {"S%d" % i:
        dict({"Type": "Pass"}, **({"Next": "S%d" % (i + 1)} if i < n else {"End": True})) for i in range(1, n + 1)}}))' "$1"
}

echo "## machine: $(nproc) cores, $(awk '/^MemTotal/ { print int($2 / 1048576) }' /proc/meminfo) GiB, data on $(df --output=fstype "$work" | tail -1)"

wants json && { echo; echo "## JSON"; "$bench/json_bench"; }
wants engine && { echo; echo "## the pure engine"; "$bench/engine_bench"; }
wants store && { echo; echo "## the store alone"; "$bench/store_bench" "$work/store"; }
if wants jsonata; then
    echo; echo "## JSONata, nanoseconds per evaluation (with parsing), and how many times the reference's"
    "$bench/jsonata_bench" | awk '{ print $1, $2, $5 }' >"$work/jsonata"
    if node bench/jsonata_reference.mjs >"$work/reference" 2>/dev/null; then
        paste -d' ' "$work/jsonata" "$work/reference" | awk '{ printf "%-11s baton %6d (%6d)  reference %7d (%7d)  ratio %.0f (%.0f)\n", $1, $2, $3, $5, $6, $5 / $2, $6 / $3 }'
    else
        cat "$work/jsonata"; echo "the reference is not installed (npm ci in tests/jsonata)"
    fi
fi

if wants callbacks; then
    echo; echo "## callback workflows, durable: StartExecution, GetActivityTask, SendTaskSuccess, finished"
    for users in 1 64 256; do
        serve "$work/callbacks-$users"
        waiting_machine
        "$bench/load_bench" "$port" callback "$users" "$seconds" | tee "$work/result"
        callbacks=$(sed -n 's/.* per_second=\([0-9]*\).*/\1/p' "$work/result")
        stop
    done
fi

if wants transitions; then
    echo; echo "## state transitions per second, a chain of 10,000 Pass states inside one execution"
    serve "$work/transitions"
    chain 10000 | machine chain STANDARD
    chain 10000 | machine quick EXPRESS
    "$bench/load_bench" "$port" pass 1 "$seconds" | awk '{ for (i = 1; i <= NF; i++) if (split($i, f, "=") == 2) v[f[1]] = f[2]; printf "standard: %.0f transitions/s (%s)\n", v["per_second"] * 10000, $0 }'
    "$bench/load_bench" "$port" sync 1 "$seconds" | awk '{ for (i = 1; i <= NF; i++) if (split($i, f, "=") == 2) v[f[1]] = f[2]; printf "express:  %.0f transitions/s (%s)\n", v["per_second"] * 10000, $0 }'
    stop
fi

if wants waiting; then
    for count in 100000 1000000; do
        echo; echo "## $count waiting executions"
        serve "$work/waiting-$count"
        waiting_machine
        "$bench/load_bench" "$port" start 256 "$count"
        echo "resident memory: $(rss_mb) MB"
        stop
        bytes=$(du -sb "$work/waiting-$count" | cut -f1)
        echo "disk: $((bytes / count)) bytes per waiting execution ($((bytes / 1048576)) MB)"
        before=$(date +%s%N)
        serve "$work/waiting-$count"
        after=$(date +%s%N)
        echo "restart: $(((after - before) / 1000000)) ms; resident memory $(rss_mb) MB"
        "$bench/load_bench" "$port" callback 64 5 | sed 's/^/with them waiting: /'
        kill -9 $server; wait $server 2>/dev/null
        before=$(date +%s%N)
        serve "$work/waiting-$count"
        after=$(date +%s%N)
        echo "restart after kill -9: $(((after - before) / 1000000)) ms"
        stop
        rm -rf "$work/waiting-$count"
    done
fi

if wants cold; then
    echo; echo "## cold start and idle"
    before=$(date +%s%N)
    serve "$work/cold"
    curl -s -o /dev/null "http://127.0.0.1:$port/healthz"
    after=$(date +%s%N)
    echo "cold start to first answer: $(((after - before) / 1000000)) ms"
    sleep 2
    echo "idle resident memory: $(rss_mb) MB"
    stop
fi

. bench/services.sh

if [ "${PEERS:-}" = 1 ]; then
    shared=$PWD/../shared/bench
    echo; echo "## the raw limit: HTTP and RocksDB with a group commit of the same bytes, no engine"
    raw=$(STORES=rocksdb PICKS=recent SERVERS=h2o CONNS=256 SCRATCH=$work/raw \
        bash "$shared/limits/durable/run.sh" 200000 "$seconds" 1 2>"$work/raw.log" |
        sed -n 's/.*"\(req_s\|rps\|requests_per_second\)":\([0-9.]*\).*/\2/p')
    if [ -n "$raw" ]; then
        echo "turns/s at 256 connections: $raw, so $(awk "BEGIN { printf \"%.0f\", $raw / 2 }") workflows of two turns"
        [ -n "${callbacks:-}" ] && awk "BEGIN { printf \"Baton at 256: %.0f workflows/s, %.2f of it\\n\", $callbacks, $callbacks / ($raw / 2) }"
    else
        echo "not available here:"; tail -3 "$work/raw.log"
    fi
    for peer in restate dbos asl; do
        echo; echo "## $peer"
        cp -r "$shared/peers" "$work/peers-$peer"
        (cd "$work/peers-$peer/$peer" && SCRATCH=$work/scratch-$peer MODES=rate CONCS=256 SECS=$seconds \
            timeout 300 bash run.sh 2>"$work/$peer.log") || { echo "not available here:"; tail -3 "$work/$peer.log"; }
    done
fi
