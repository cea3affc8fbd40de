/* The test service: as little of Step Functions as the shard's tests need. */
#include "shard/support_test.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <criterion/criterion.h>

#include "engine/record.h"

/* ---- operations ---- */

static str param(const struct request *request, const char *name)
{
    return json_str_or(request->params, str_from(name), STR(""));
}

static enum handled define(struct txn *txn, struct request *request, struct error *err)
{
    (void)err;
    struct arena *arena = txn_arena(txn);
    struct json_fields fields;
    json_fields_init(&fields, arena);
    json_fields_add(&fields, STR("definition"), *json_find(request->params, STR("definition")));
    str type = json_str_or(request->params, STR("type"), STR("STANDARD"));
    json_fields_add(&fields, STR("type"), json_string(type));
    json_fields_add(&fields, STR("roleArn"), json_string(STR("arn:aws:iam::1:role/r")));
    struct key key;
    key_revision(&key, shard_number(txn_shard(txn)), param(request, "machine"), 1);
    txn_put(txn, &key, json_text(arena, json_fields_done(&fields)));
    return HANDLED;
}

static struct execution *start_from(struct txn *txn, struct request *request)
{
    struct error err;
    json input;
    str text = json_str_or(request->params, STR("input"), STR("{}"));
    bool parsed = json_parse(text, &request->arena, &input, &err);
    cr_assert(parsed);
    struct execution_start start = {
        .machine = param(request, "machine"),
        .revision = 1,
        .type = str_eq(param(request, "type"), STR("EXPRESS")) ? ASL_EXPRESS : ASL_STANDARD,
        .role_arn = STR("arn:aws:iam::1:role/r"),
        .name = param(request, "name"),
        .input = text,
        .input_value = input,
    };
    return txn_execution_start(txn, &start);
}

static enum handled start(struct txn *txn, struct request *request, struct error *err)
{
    (void)err;
    uint64_t serial;
    if (txn_execution_find(txn, param(request, "machine"), param(request, "name"), &serial)) {
        buf_printf(&request->reply, "{\"serial\":%llu,\"again\":true}", (unsigned long long)serial);
        return HANDLED;
    }
    struct execution *execution = start_from(txn, request);
    buf_printf(&request->reply, "{\"serial\":%llu,\"arn\":\"%.*s\"}",
               (unsigned long long)execution->id.serial, STR_ARGS(execution->id.arn));
    return HANDLED;
}

static void reply_end(struct request *request, const struct execution *execution)
{
    buf_printf(&request->reply, "{\"status\":\"%.*s\",\"arn\":\"%.*s\"",
               STR_ARGS(execution_status_name(execution->status)), STR_ARGS(execution->id.arn));
    if (execution->output) {
        buf_add(&request->reply, STR(",\"output\":"));
        json_write(&request->reply, execution->output->value);
    }
    buf_add_char(&request->reply, '}');
}

static enum handled start_sync(struct txn *txn, struct request *request, struct error *err)
{
    (void)err;
    struct execution *execution = start_from(txn, request);
    if (execution->status != EXECUTION_RUNNING) {
        reply_end(request, execution);
        return HANDLED;
    }
    request->deadline_ms = json_i64_or(request->params, STR("deadline"), 0);
    txn_park_until_end(txn, request, execution->id.serial, reply_end);
    return HANDLED_LATER;
}

static enum handled stop(struct txn *txn, struct request *request, struct error *err)
{
    uint64_t serial;
    struct execution *execution = NULL;
    if (txn_execution_find(txn, param(request, "machine"), param(request, "name"), &serial))
        execution = txn_execution_load(txn, serial);
    struct engine_event event = { .kind = ENGINE_STOP, .error = STR("E"), .cause = STR("C") };
    if (execution && txn_execution_turn(txn, execution, &event)) return HANDLED;
    (void)error_set(err, ERROR_EXECUTION_DOES_NOT_EXIST, "no such execution runs");
    return HANDLED_FAILED;
}

static enum handled task_event(struct txn *txn, struct request *request, struct engine_event *event,
                               struct error *err)
{
    token id;
    if (!token_decode(shard_token_key(txn_shard(txn)), param(request, "token"), &id)) {
        (void)error_set(err, ERROR_INVALID_TOKEN, "Invalid token");
        return HANDLED_FAILED;
    }
    event->frame = id.frame;
    event->task_event = id.task_event;
    struct execution *execution = txn_execution_load(txn, id.serial);
    if (execution && txn_execution_turn(txn, execution, event)) return HANDLED;
    (void)error_set(err, ERROR_TASK_TIMED_OUT, "Task Timed Out");
    return HANDLED_FAILED;
}

static enum handled succeed(struct txn *txn, struct request *request, struct error *err)
{
    struct engine_event event = { .kind = ENGINE_TASK_SUCCEEDED };
    event.text = json_str_or(request->params, STR("output"), STR("null"));
    bool parsed = json_parse(event.text, &request->arena, &event.value, err);
    cr_assert(parsed);
    return task_event(txn, request, &event, err);
}

static enum handled fail(struct txn *txn, struct request *request, struct error *err)
{
    struct engine_event event = { .kind = ENGINE_TASK_FAILED };
    event.error = param(request, "error");
    event.cause = param(request, "cause");
    return task_event(txn, request, &event, err);
}

static enum handled heartbeat(struct txn *txn, struct request *request, struct error *err)
{
    struct engine_event event = { .kind = ENGINE_TASK_HEARTBEAT };
    return task_event(txn, request, &event, err);
}

static enum handled poll(struct txn *txn, struct request *request, struct error *err)
{
    return txn_activity_poll(txn, request, param(request, "activity"), param(request, "worker"),
                             err);
}

static enum handled put_and_fail(struct txn *txn, struct request *request, struct error *err)
{
    (void)start_from(txn, request);
    struct key key;
    key_meta(&key, shard_number(txn_shard(txn)), STR("dropped"));
    txn_put(txn, &key, STR("1"));
    (void)error_set_long(err, txn_arena(txn), ERROR_VALIDATION, "changed my mind");
    return HANDLED_FAILED;
}

static const struct operation operations[] = {
    [OP_DEFINE] = { .name = STR_INIT("Define"), .write = define },
    [OP_START] = { .name = STR_INIT("Start"), .write = start },
    [OP_START_SYNC] = { .name = STR_INIT("StartSync"), .write = start_sync },
    [OP_STOP] = { .name = STR_INIT("Stop"), .write = stop },
    [OP_SUCCEED] = { .name = STR_INIT("Succeed"), .write = succeed },
    [OP_FAIL] = { .name = STR_INIT("Fail"), .write = fail },
    [OP_HEARTBEAT] = { .name = STR_INIT("Heartbeat"), .write = heartbeat },
    [OP_POLL] = { .name = STR_INIT("Poll"), .write = poll },
    [OP_PUT_AND_FAIL] = { .name = STR_INIT("PutAndFail"), .write = put_and_fail },
};

/* ---- integrations ---- */

static str last_part(str arn)
{
    size_t at = arn.len;
    while (at > 0 && arn.ptr[at - 1] != ':')
        at--;
    return str_skip(arn, at);
}

static void call_start(struct txn *txn, const struct execution *caller, const struct engine_op *op,
                       struct call_outcome *outcome)
{
    bool sync = op->task->pattern == ASL_SYNC || op->task->pattern == ASL_SYNC_2;
    str machine = last_part(json_str_or(op->value, STR("StateMachineArn"), STR("")));
    const json *input = json_find(op->value, STR("Input"));
    char uuid[PRNG_UUID_CHARS];
    prng_uuid(txn_prng(txn), uuid);
    str made_up = arena_str(txn_arena(txn), (str){ uuid, sizeof uuid });
    struct execution_start start = {
        .machine = machine,
        .revision = 1,
        .type = str_starts_with(machine, STR("express")) ? ASL_EXPRESS : ASL_STANDARD,
        .role_arn = STR("arn:aws:iam::1:role/r"),
        .name = json_str_or(op->value, STR("Name"), made_up),
        .input = input ? json_text(txn_arena(txn), *input) : STR("{}"),
        .input_value = input ? *input : (json){ .kind = JSON_OBJECT },
        .parent_serial = sync ? caller->id.serial : 0,
        .parent_frame = op->frame,
        .parent_task = op->task_event,
    };
    struct execution *child = txn_execution_start(txn, &start);
    struct json_fields fields;
    json_fields_init(&fields, txn_arena(txn));
    json_fields_add(&fields, STR("ExecutionArn"), json_string(child->id.arn));
    outcome->value = json_fields_done(&fields);
    outcome->result = sync ? CALL_SUBMITTED : CALL_SUCCEEDED;
    outcome->child_serial = sync ? child->id.serial : 0;
    outcome->child_arn = sync ? child->id.arn : (str){ 0 };
}

/* A queue that holds one message, in the same transaction as the pause. */
static void call_send(struct txn *txn, const struct execution *caller, const struct engine_op *op,
                      struct call_outcome *outcome)
{
    (void)caller;
    struct key key;
    key_meta(&key, shard_number(txn_shard(txn)), STR("message"));
    txn_put(txn, &key, json_text(txn_arena(txn), op->value));
    outcome->value = (json){ .kind = JSON_OBJECT };
    outcome->result =
        op->task->pattern == ASL_WAIT_FOR_TASK_TOKEN ? CALL_SUBMITTED : CALL_SUCCEEDED;
}

const struct integration test_integrations[] = {
    { .service = STR_INIT("states"), .action = STR_INIT("startExecution"), .call = call_start },
    { .service = STR_INIT("sqs"), .action = STR_INIT("sendMessage"), .call = call_send },
};
const size_t test_integration_count = sizeof test_integrations / sizeof *test_integrations;

/* ---- the world ---- */

static int64_t world_now(void *context)
{
    return ((struct world *)context)->now_ms;
}

static void open_shard(struct world *world)
{
    struct shard_options options = {
        .store = world->store,
        .number = 1,
        .region = STR("us-east-1"),
        .account = STR("000000000000"),
        .integrations = test_integrations,
        .integration_count = test_integration_count,
        .now_ms = world_now,
        .world = world,
        .seed = 7,
    };
    memset(options.token_key.current, 7, sizeof options.token_key.current);
    world->shard = shard_new(&options);
}

void world_open(struct world *world)
{
    *world = (struct world){ .now_ms = WORLD_START_MS };
    arena_init(&world->arena);
    world->store = store_open_memory();
    open_shard(world);
}

void world_close(struct world *world)
{
    shard_free(world->shard);
    store_close(world->store);
    arena_close(&world->arena);
}

void world_crash(struct world *world, size_t keep)
{
    shard_free(world->shard);
    store_crash(world->store, keep);
    open_shard(world);
}

void world_restart(struct world *world)
{
    world_crash(world, store_unsynced(world->store));
}

void world_run(struct world *world)
{
    while (shard_step(world->shard) > 0)
        continue;
    shard_sync(world->shard);
}

void world_advance(struct world *world, int64_t ms)
{
    world->now_ms += ms;
    world_run(world);
}

/* ---- calls ---- */

static void complete(struct request *request)
{
    struct call *call = request->owner;
    cr_assert(!call->done, "a request is completed once");
    __atomic_store_n(&call->done, true, __ATOMIC_RELEASE);
}

static PRINTF_LIKE(2, 0) struct call *call_new(enum test_operation operation, const char *format,
                                               va_list args)
{
    struct call *call = calloc(1, sizeof *call);
    struct request *request = &call->request;
    arena_init(&request->arena);
    buf_init(&request->reply, &request->arena);
    va_list again;
    va_copy(again, args);
    int len = vsnprintf(NULL, 0, format, args);
    char *text = arena_alloc(&request->arena, (size_t)len + 1);
    vsnprintf(text, (size_t)len + 1, format, again);
    va_end(again);
    struct error err = { 0 };
    bool parsed = json_parse(str_from(text), &request->arena, &request->params, &err);
    cr_assert(parsed, "%s: %s", text, err.message);
    request->operation = &operations[operation];
    request->complete = complete;
    request->owner = call;
    return call;
}

struct call *call_submit(struct shard *shard, enum test_operation operation, const char *format,
                         ...)
{
    va_list args;
    va_start(args, format);
    struct call *call = call_new(operation, format, args);
    va_end(args);
    shard_submit(shard, &call->request);
    return call;
}

bool call_is_done(const struct call *call)
{
    return __atomic_load_n(&call->done, __ATOMIC_ACQUIRE);
}

str call_reply(const struct call *call)
{
    cr_assert(call_is_done(call));
    cr_assert_eq(call->request.error.code, ERROR_NONE, "%.*s",
                 STR_ARGS(error_text(&call->request.error)));
    return buf_str(&call->request.reply);
}

void call_free(struct call *call)
{
    arena_close(&call->request.arena);
    free(call);
}

json world_call(struct world *world, enum test_operation operation, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    struct call *call = call_new(operation, format, args);
    va_end(args);
    shard_submit(world->shard, &call->request);
    world_run(world);
    json answer = json_null();
    str reply = arena_str(&world->arena, call_reply(call));
    struct error err = { 0 };
    bool parsed = reply.len == 0 || json_parse(reply, &world->arena, &answer, &err);
    cr_assert(parsed, "%.*s", STR_ARGS(reply));
    call_free(call);
    return answer;
}

void world_refuse(struct world *world, enum test_operation operation, enum error_code code,
                  const char *format, ...)
{
    va_list args;
    va_start(args, format);
    struct call *call = call_new(operation, format, args);
    va_end(args);
    shard_submit(world->shard, &call->request);
    (void)shard_step(world->shard);
    cr_assert_not(call_is_done(call), "a refusal may tell of what is not durable yet");
    shard_sync(world->shard);
    cr_assert(call_is_done(call));
    cr_assert_eq(call->request.error.code, code);
    call_free(call);
}

/* ---- the store ---- */

size_t world_count(struct world *world, enum key_tag tag)
{
    struct key from, to;
    key_begin(&from, 1, tag);
    to = from;
    key_range_end(&to);
    struct store_cursor *cursor =
        store_scan(world->store, NULL, key_str(&from), key_str(&to), false);
    str key, value;
    size_t count = 0;
    while (store_cursor_next(cursor, &key, &value))
        count++;
    store_cursor_close(cursor);
    return count;
}

bool world_get(struct world *world, const struct key *key, str *out)
{
    return store_get(world->store, NULL, key_str(key), &world->arena, out);
}

static uint64_t serial_of(struct world *world, const char *machine, const char *name)
{
    struct key key;
    str text;
    int64_t serial;
    key_name(&key, 1, str_from(machine), str_from(name));
    bool found = world_get(world, &key, &text);
    cr_assert(found, "there is no execution %s of %s", name, machine);
    bool decimal = str_to_i64(text, &serial);
    cr_assert(decimal);
    return (uint64_t)serial;
}

enum execution_status world_status(struct world *world, const char *machine, const char *name)
{
    uint64_t serial = serial_of(world, machine, name);
    enum execution_status found = EXECUTION_RUNNING;
    size_t count = 0;
    for (int status = EXECUTION_RUNNING; status <= EXECUTION_ABORTED; status++) {
        struct key key;
        str value;
        key_list(&key, 1, str_from(machine), (uint8_t)status, serial);
        if (!world_get(world, &key, &value)) continue;
        found = (enum execution_status)status;
        count++;
    }
    cr_assert_eq(count, 1, "an execution stands in the list once");
    return found;
}

static json parse(struct world *world, str text)
{
    json value;
    struct error err = { 0 };
    bool parsed = json_parse(text, &world->arena, &value, &err);
    cr_assert(parsed, "%.*s", STR_ARGS(text));
    return value;
}

json world_end(struct world *world, const char *machine, const char *name)
{
    struct key key;
    str text;
    key_end(&key, 1, serial_of(world, machine, name));
    bool found = world_get(world, &key, &text);
    cr_assert(found);
    return parse(world, text);
}

json world_history(struct world *world, const char *machine, const char *name)
{
    struct key from, to;
    uint64_t serial = serial_of(world, machine, name);
    key_history(&from, 1, serial, 0);
    key_history(&to, 1, serial, UINT32_MAX);
    struct store_cursor *cursor =
        store_scan(world->store, NULL, key_str(&from), key_str(&to), false);
    struct json_list events;
    json_list_init(&events, &world->arena);
    str key, value;
    while (store_cursor_next(cursor, &key, &value)) {
        json chunk = parse(world, arena_str(&world->arena, value));
        for (size_t i = 0; i < json_count(chunk); i++) {
            cr_assert_eq(json_i64_or(json_at(chunk, i), STR("id"), 0), (int64_t)events.count + 1);
            json_list_add(&events, json_at(chunk, i));
        }
    }
    store_cursor_close(cursor);
    return json_list_done(&events);
}

const char *world_event_types(struct world *world, const char *machine, const char *name)
{
    json events = world_history(world, machine, name);
    struct buf out;
    buf_init(&out, &world->arena);
    for (size_t i = 0; i < json_count(events); i++) {
        if (i > 0) buf_add_char(&out, ' ');
        buf_add(&out, json_str_or(json_at(events, i), STR("type"), STR("?")));
    }
    return arena_cstr(&world->arena, buf_str(&out));
}

str world_token(struct world *world)
{
    struct key key;
    str text;
    key_meta(&key, 1, STR("message"));
    bool found = world_get(world, &key, &text);
    cr_assert(found);
    return json_str_or(parse(world, text), STR("MessageBody"), STR(""));
}

int64_t world_metric(struct world *world, const char *name)
{
    struct buf out;
    buf_init(&out, &world->arena);
    shard_metrics(world->shard, &out);
    str text = buf_str(&out);
    str line = arena_printf(&world->arena, "\nbaton_%s ", name);
    size_t at = str_find(text, line, 0);
    if (at == text.len) return -1;
    size_t end = str_find_char(text, '\n', at + 1);
    int64_t value;
    bool decimal = str_to_i64(str_slice(text, at + line.len, end), &value);
    cr_assert(decimal);
    return value;
}
