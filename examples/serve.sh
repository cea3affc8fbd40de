# Sourced by the run.sh of every example: a server on a free port with a data directory of its own, which both go away
# at the end. Sets $BATON_ENDPOINT, $work; defines cli (the AWS CLI), baton, say, await.
examples=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
program=${BATON:-$examples/../build/baton}
[ -x "$program" ] || { echo "$program is not there: run make first" >&2; exit 1; }
[ -d "$examples/node_modules" ] || { echo "the functions want packages: run scripts/setup.sh examples first" >&2; exit 1; }
work=$(mktemp -d)
server=
finish() {
    status=$?
    if [ -n "$server" ]; then
        kill "$server" 2>/dev/null && wait "$server" 2>/dev/null
        [ $status = 0 ] || cat "$work/log" >&2
    fi
    rm -rf "$work"
    exit $status
}
trap finish EXIT

# Functions in Python find Debian's boto3, those in Node.js the packages of examples/package.json.
serve() { # [PORT]; also again after a crash, on the same port
    : >"$work/out"
    PATH=/usr/bin:$PATH BATON_NODE_MODULES=$examples/node_modules \
        "$program" serve --data "$work/data" --listen "127.0.0.1:${1:-0}" >"$work/out" 2>>"$work/log" &
    server=$!
    until grep -q '^listening on' "$work/out"; do
        kill -0 $server 2>/dev/null || exit 1
        sleep 0.02
    done
    BATON_ENDPOINT=$(sed -n 's/^listening on //p' "$work/out")
    export BATON_ENDPOINT
}

export AWS_ACCESS_KEY_ID=any AWS_SECRET_ACCESS_KEY=any AWS_DEFAULT_REGION=us-east-1 AWS_PAGER=
aws=/usr/bin/aws
[ -x $aws ] || aws=aws
cli() { $aws --endpoint-url "$BATON_ENDPOINT" --output text "$@"; }
baton() { "$program" "$@"; }
say() { printf '\n\033[1m%s\033[0m\n' "$*"; }
# Asks (a command) until its answer has TEXT in it, for a minute at most; prints the answer.
await() { # TEXT COMMAND...
    wanted=$1
    shift
    for _ in $(seq 600); do
        answer=$("$@" 2>&1) || true
        case $answer in *"$wanted"*) printf '%s\n' "$answer"; return ;; esac
        sleep 0.1
    done
    printf 'no "%s" in: %s\n' "$wanted" "$answer" >&2
    return 1
}
serve
