# The parts of bench/run.sh about the services, which reads this file: queues, tables, functions,
# workflows (Task states that reach the services), doors (callbacks). Each measurement lasts SECONDS_EACH, here 3.
short=${SECONDS_EACH:-3}
services=$bench/services_bench

server_ticks() { awk '{ print $14 + $15 }' "/proc/$server/stat"; } # hundredths of a second
# Also what a piece costs the server, which moves less than the rest with what else the machine does.
load() { # WORK USERS AMOUNT [WHAT]
    local before result status
    before=$(server_ticks)
    result=$("$services" "$port" "$@")
    status=$?
    echo "$result $(awk -v ticks=$(($(server_ticks) - before)) -v count="$(figure finished <<<"$result")" \
        'BEGIN { if (count > 0) printf "server_cpu_us=%.1f", ticks * 10000 / count }')"
    return $status
}
figure() { # NAME, from a line of results on standard input
    sed -n "s/.*\b$1=\([0-9.]*\).*/\1/p"
}
service_call() { # TARGET BODY; stops the benchmark if it fails
    curl -sf "http://127.0.0.1:$port/" -H "Content-Type: application/x-amz-json-1.0" -H "X-Amz-Target: $1" -d "$2" -o "$work/answer" ||
        { echo "$1 failed"; exit 1; }
}
create_api() { # FUNCTION; prints the id
    curl -sf "http://127.0.0.1:$port/v2/apis" -o "$work/answer" -d '{"name":"bench","protocolType":"HTTP",
        "target":"arn:aws:lambda:us-east-1:000000000000:function:'"$1"'","routeKey":"POST /orders/{id}"}' || { echo "CreateApi failed" >&2; exit 1; }
    sed -n 's/.*"apiId":"\([a-z0-9]*\)".*/\1/p' "$work/answer"
}
create_function() { # NAME RUNTIME HANDLER
    curl -sf "http://127.0.0.1:$port/2015-03-31/functions" -o "$work/answer" -d '{"FunctionName":"'"$1"'","Runtime":"'"$2"'","Handler":"'"$3"'",
        "Role":"arn:aws:iam::000000000000:role/bench","Code":{"Directory":"'"$work/function"'"}}' || { echo "CreateFunction $1 failed"; exit 1; }
}

# A trivial function in both languages, and the same as a loop over lines for process_bench.
write_function() {
    mkdir -p "$work/function"
    cat >"$work/function/app.js" <<'END'
exports.handler = async (event) => ({ doubled: event.value * 2 });
END
    cat >"$work/function/loop.js" <<'END'
const { handler } = require('./app.js');
let text = '';
process.stdin.setEncoding('utf8');
process.stdin.on('data', async (bytes) => {
  text += bytes;
  if (!text.endsWith('\n')) return;
  const line = text;
  text = '';
  process.stdout.write(JSON.stringify(await handler(JSON.parse(line))) + '\n');
});
END
    cat >"$work/function/app.py" <<'END'
def handler(event, context):
    return {"doubled": event.get("value", 0) * 2}
END
    cat >"$work/function/loop.py" <<'END'
import json
import sys
from app import handler

for line in sys.stdin:
    sys.stdout.write(json.dumps(handler(json.loads(line), None)) + "\n")
    sys.stdout.flush()
END
}

bench_queues() {
    echo; echo "## queues: messages of about 210 bytes per second, durable"
    serve "$work/queues"
    service_call AmazonSQS.CreateQueue '{"QueueName":"bench"}'
    for users in 1 64 256; do load send "$users" "$short"; done
    for users in 1 64 256; do
        load fill-queue 64 $((2000 * short)) >"$work/result" || cat "$work/result"
        load receive "$users" "$short"
    done
    echo "## queues: a long poll, from SendMessage to the answer of ReceiveMessage"
    load poll 1 "$short"
    load poll 64 "$short"
    stop
}

bench_tables() {
    local items=20000
    echo; echo "## tables: items of about 300 bytes per second; writes durable"
    serve "$work/tables"
    service_call DynamoDB_20120810.CreateTable '{"TableName":"bench","BillingMode":"PAY_PER_REQUEST",
        "AttributeDefinitions":[{"AttributeName":"pk","AttributeType":"S"},{"AttributeName":"sk","AttributeType":"N"}],
        "KeySchema":[{"AttributeName":"pk","KeyType":"HASH"},{"AttributeName":"sk","KeyType":"RANGE"}]}'
    until service_call DynamoDB_20120810.DescribeTable '{"TableName":"bench"}' && grep -q '"ACTIVE"' "$work/answer"; do sleep 0.05; done
    load fill-table 16 $((items / 10)) >"$work/result" || cat "$work/result"
    for users in 1 64 256; do load put "$users" "$short"; done
    for users in 1 64 256; do load get "$users" "$short" $items; done
    for users in 1 64 256; do load query "$users" "$short" $items; done
    stop
}

bench_functions() {
    local interpreters name runtime file api cold=7
    # The interpreters themselves, not a version manager's scripts of their names.
    interpreters=$(dirname "$(node -p process.execPath)"):$(dirname "$(python3 -c 'import os, sys; print(os.path.realpath(sys.executable))')")
    write_function
    PATH=$interpreters:$PATH serve "$work/functions"
    for name in node python3; do
        [ $name = node ] && runtime=nodejs20.x file=loop.js || runtime=python3.12 file=loop.py
        echo; echo "## functions of $runtime: Invoke of warm ones per second"
        create_function "$name" "$runtime" app.handler
        PATH=$interpreters:$PATH "$bench/process_bench" rounds 20000 $name "$work/function/$file" | sed 's/^/bare process: /' | tee "$work/bare"
        load invoke 1 1 $name >"$work/result" || cat "$work/result"
        load invoke 1 "$short" $name | tee "$work/result"
        echo "added to a round trip, p50: $(awk "BEGIN { printf \"%.3f\", $(figure p50_ms <"$work/result") - $(figure p50_ms <"$work/bare") }") ms"
        load invoke 16 2 $name >"$work/result" || cat "$work/result"
        load invoke 16 "$short" $name
        echo "## functions of $runtime: a route of an HTTP API to a warm one, per second"
        api=$(create_api "$name")
        load route 1 "$short" "$api"
        load route 16 "$short" "$api"
        echo "## functions of $runtime: the first Invoke of each of $cold"
        PATH=$interpreters:$PATH "$bench/process_bench" starts $cold $name "$work/function/$file" | sed 's/^/bare process: /'
        for i in $(seq $cold); do create_function "cold-$name-$i" "$runtime" app.handler; done
        load cold 1 $cold "cold-$name-"
    done
    stop
}

bench_workflows() {
    local users=64
    echo; echo "## Standard workflows per second with one Task state, $users at a time"
    write_function
    serve "$work/workflows"
    create_function node nodejs20.x app.handler
    service_call AmazonSQS.CreateQueue '{"QueueName":"tokens"}'
    waiting_machine
    machine invoking STANDARD <<<'{"StartAt":"Do","States":{"Do":{"Type":"Task","Resource":"arn:aws:states:::lambda:invoke",
        "Parameters":{"FunctionName":"node","Payload.$":"$"},"OutputPath":"$.Payload","End":true}}}'
    machine asking STANDARD <<<'{"StartAt":"Ask","States":{"Ask":{"Type":"Task","Resource":"arn:aws:states:::sqs:sendMessage.waitForTaskToken",
        "Parameters":{"QueueUrl":"http://localhost/000000000000/tokens","MessageBody":{"token.$":"$$.Task.Token","input.$":"$"}},"End":true}}}'
    "$bench/load_bench" "$port" callback $users "$short" | sed 's/^/activity: /'
    load token $users "$short" | sed 's/^/sqs:sendMessage.waitForTaskToken: /'
    load function $users 3 >"$work/result" || cat "$work/result"
    load function $users "$short" | sed 's/^/lambda:invoke: /'
    stop
}

door_machines() {
    local resource='"Type":"Task","Resource":"arn:aws:states:us-east-1:000000000000:activity:work","End":true'
    call CreateActivity '{"name":"work"}' >/dev/null
    machine door-token STANDARD <<<'{"StartAt":"Ask","States":{"Ask":{'"$resource"'}}}'
    machine door-link STANDARD <<<'{"StartAt":"Ask","States":{"Ask":{'"$resource"',"Callback":{}}}}'
    machine door-key STANDARD <<<'{"StartAt":"Ask","States":{"Ask":{'"$resource"',"Callback":{"Name":"bench","Key.$":"$.key"}}}}'
    service_call Baton.PutCallbackName '{"name":"bench","mailboxEntriesMax":10000000,
        "verifier":{"type":"none","anybodyWhoKnowsTheKeyMayAnswer":true}}'
}

median() { figure "$1" | sort -n | awk '{ v[NR] = $1 } END { print v[int((NR + 1) / 2)] }'; } # FIGURE
median_ratio() { # FIGURE DOOR
    awk -v a="$(median "$1" <"$work/door.$2")" -v b="$(median "$1" <"$work/door.token")" 'BEGIN { printf "%.2f", a / b }'
}

# Each door answers executions that are there already; then a million keys and a million early answers.
bench_doors() {
    local doors=$bench/doors_bench door users count=$((${DOORS_COUNT:-50000})) many=${DOORS_MANY:-1000000}
    echo; echo "## answers by every door, durable: $count executions wait and are answered"
    for users in 64 256; do
        rm -f "$work"/door.*
        # They take turns, so that what else the machine does meets all of them.
        for _ in 1 2 3 4 5; do
            for door in token link key; do
                serve "$work/doors"
                door_machines
                "$doors" "$port" $door $users $count $server | tee -a "$work/door.$door"
                stop
                rm -rf "$work/doors"
            done
        done
        for door in link key; do
            echo "by $door, $users users, medians: $(median_ratio per_second $door) of SendTaskSuccess's answers per second," \
                "$(median_ratio server_cpu_us $door) of its processor time"
        done
    done
    echo; echo "## $many keys held, then $many early answers kept"
    serve "$work/doors"
    door_machines
    echo "resident memory at first: $(rss_mb) MB"
    "$doors" "$port" start-key 256 "$many"
    echo "resident memory: $(rss_mb) MB"
    "$doors" "$port" early 256 "$many"
    echo "resident memory: $(rss_mb) MB; disk $(($(du -sb "$work/doors" | cut -f1) / 1048576)) MB"
    stop
    serve "$work/doors"
    echo "resident memory after a restart: $(rss_mb) MB"
    stop
    rm -rf "$work/doors"
}

for part in queues tables functions workflows doors; do
    wants $part && bench_$part
done
