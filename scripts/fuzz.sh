#!/usr/bin/env bash
# scripts/fuzz.sh SECONDS TARGET...: runs each fuzz target for that long, two at a time. Inputs that
# were found interesting stay in build/corpus/TARGET. Ends with N passed, N failed.
set -u
seconds=$1
shift
passed=0 failed=0
run() {
    mkdir -p "build/corpus/$1"
    seeds=
    [ -d "fuzz/seeds/$1" ] && seeds="fuzz/seeds/$1"
    "build/fuzz/$1" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=2048 -print_final_stats=0 \
        -artifact_prefix="build/corpus/$1-" "build/corpus/$1" $seeds >"build/corpus/$1.log" 2>&1
}
mkdir -p build/corpus
while [ $# -gt 0 ]; do
    first=$1 second=${2:-}
    shift $(($# > 1 ? 2 : 1))
    run "$first" & one=$!
    two=
    [ -n "$second" ] && { run "$second" & two=$!; }
    for pair in "$one:$first" ${two:+"$two:$second"}; do
        if wait "${pair%%:*}"; then
            passed=$((passed + 1))
            echo "fuzz ${pair##*:}: $(grep -c . "build/corpus/${pair##*:}.log") lines of log, no finding in ${seconds} s"
        else
            failed=$((failed + 1))
            echo "FAIL fuzz ${pair##*:}"
            tail -40 "build/corpus/${pair##*:}.log"
        fi
    done
done
echo "$passed passed, $failed failed"
[ $failed = 0 ]
