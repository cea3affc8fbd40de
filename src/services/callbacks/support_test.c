/* All services over a store in memory; see support_test.h. */
#include "services/callbacks/support_test.h"

#include <criterion/criterion.h>
#include <stdarg.h>
#include <stdio.h>

#include "services/shape.h"

static int64_t world_now(void *context)
{
    return ((const struct world *)context)->now_ms;
}

/* What leaves the process is answered at once. */
static void carry(void *context, struct effect *effect)
{
    struct world *w = context;
    str url = json_str_or(effect->request, STR("url"), STR(""));
    str body = json_str_or(effect->request, STR("body"), STR(""));
    buf_printf(&w->sent, "%.*s %.*s\n", STR_ARGS(url), STR_ARGS(body));
    effect->result = (struct effect_result){ .ok = true, .status = w->http_status };
    effect_finish(effect);
}

static void open_shard(struct world *w)
{
    struct shard_options options = {
        .store = w->store,
        .region = STR("us-east-1"),
        .account = STR("000000000000"),
        .public_url = STR("http://b"),
        .carrier = { carry, w },
        .now_ms = world_now,
        .world = w,
        .seed = 1,
    };
    memset(options.token_key.current, 7, sizeof options.token_key.current);
    bool keyed = link_keys_add(&options.link_keys, options.token_key.current, 1);
    cr_assert(keyed);
    services_register(&options, &w->arena);
    w->shard = shard_new(&options);
    shard_sync(w->shard);
    services_start(w->shard);
    world_pass(w, 0);
}

void world_open(struct world *w)
{
    *w = (struct world){ .now_ms = 1700000000123, .http_status = 200 };
    arena_init(&w->arena);
    buf_init(&w->sent, &w->arena);
    w->store = store_open_memory();
    open_shard(w);
}

void world_crash(struct world *w)
{
    shard_free(w->shard);
    store_crash(w->store, 0);
    open_shard(w);
}

void world_close(struct world *w)
{
    shard_free(w->shard);
    store_close(w->store);
    arena_close(&w->arena);
}

void world_pass(struct world *w, int64_t ms)
{
    w->now_ms += ms;
    do
        shard_sync(w->shard);
    while (shard_step(w->shard) > 0);
    shard_sync(w->shard);
}

const char *world_text(struct world *w, const char *format, ...)
{
    static char text[64 << 10];
    va_list args;
    va_start(args, format);
    int len = vsnprintf(text, sizeof text, format, args);
    va_end(args);
    cr_assert(len >= 0 && (size_t)len < sizeof text);
    return arena_cstr(&w->arena, str_from(text));
}

static json parse(struct world *w, const char *text)
{
    str source = arena_str(&w->arena, str_from(text));
    char *copy = arena_alloc(&w->arena, source.len + 1);
    struct error err = { 0 };
    json value;
    for (size_t i = 0; i < source.len; i++) {
        copy[i] = source.ptr[i];
        if (copy[i] == '\'') copy[i] = '"';
    }
    cr_assert(json_parse((str){ copy, source.len }, &w->arena, &value, &err), "%s: %s", text,
              err.message);
    return value;
}

/* ---- calls ---- */

static void complete(struct request *request)
{
    *(bool *)request->owner = true;
}

static str run(struct world *w, const struct operation *operation, json params)
{
    struct request *request = ARENA_NEW(&w->arena, struct request);
    bool done = false;
    request->operation = operation;
    arena_init(&request->arena);
    buf_init(&request->reply, &request->arena);
    request->params = json_copy(&request->arena, params);
    request->complete = complete;
    request->owner = &done;
    if (operation->input)
        cr_assert(shape_check(operation->input, request->params, &request->arena, &request->error),
                  "%s", request->error.message);
    if (operation->read) {
        struct reader reader;
        shard_read_begin(w->shard, &reader, &request->arena);
        (void)operation->read(&reader, request, &request->error);
        shard_read_end(&reader);
        done = true;
    } else {
        shard_submit(w->shard, request);
    }
    world_pass(w, 0);
    cr_assert(done, "%.*s has not been answered", STR_ARGS(operation->name));
    str answer = arena_str(&w->arena, buf_str(&request->reply));
    if (request->error.code != ERROR_NONE)
        answer = arena_printf(&w->arena, "%.*s: %.*s", STR_ARGS(error_name(request->error.code)),
                              STR_ARGS(error_text(&request->error)));
    arena_close(&request->arena);
    return answer;
}

str world_call(struct world *w, const struct service *service, const char *operation,
               const char *params)
{
    const struct operation *row = service_operation(service, str_from(operation));
    cr_assert_not_null(row, "%s", operation);
    return run(w, row, parse(w, params));
}

static json answer_of(struct world *w, const struct service *service, const char *operation,
                      const char *params)
{
    str text = world_call(w, service, operation, params);
    struct error err = { 0 };
    json value;
    cr_assert(str_starts_with(text, STR("{")), "%s: %.*s", operation, STR_ARGS(text));
    cr_assert(json_parse(text, &w->arena, &value, &err));
    return value;
}

static json member(json value, const char *name)
{
    const json *found = json_find(value, str_from(name));
    return found ? *found : json_null();
}

#define QUEUE "arn:aws:sqs:us-east-1:000000000000:q"

void world_machine(struct world *w, const char *name, const char *message, const char *fields)
{
    struct json_fields params;
    json definition = parse(
        w,
        world_text(w,
                   "{'StartAt':'T','States':{'T':{'Type':'Task','Resource':'arn:aws:states:::sqs:"
                   "sendMessage.waitForTaskToken','Parameters':{'QueueUrl':'" QUEUE
                   "',%s},%s%s'End':true}}}",
                   message, fields, fields[0] ? "," : ""));
    (void)answer_of(w, &sqs_service, "CreateQueue", "{'QueueName':'q'}");
    json_fields_init(&params, &w->arena);
    json_fields_add(&params, STR("name"), json_string(str_from(name)));
    json_fields_add(&params, STR("roleArn"), json_string(STR("arn:aws:iam::000000000000:role/r")));
    json_fields_add(&params, STR("definition"), json_string(json_text(&w->arena, definition)));
    str made = run(w, service_operation(&states_service, STR("CreateStateMachine")),
                   json_fields_done(&params));
    cr_assert(str_starts_with(made, STR("{")), "%.*s", STR_ARGS(made));
}

void world_start(struct world *w, const char *machine, const char *name, const char *input)
{
    struct json_fields params;
    json_fields_init(&params, &w->arena);
    json_fields_add(&params, STR("stateMachineArn"),
                    json_string(str_from(world_text(w, ARN "stateMachine:%s", machine))));
    json_fields_add(&params, STR("name"), json_string(str_from(name)));
    json_fields_add(&params, STR("input"), json_string(json_text(&w->arena, parse(w, input))));
    str made = run(w, service_operation(&states_service, STR("StartExecution")),
                   json_fields_done(&params));
    cr_assert(str_starts_with(made, STR("{")), "%.*s", STR_ARGS(made));
}

str world_status(struct world *w, const char *machine, const char *name)
{
    json answer =
        answer_of(w, &states_service, "DescribeExecution",
                  world_text(w, "{'executionArn':'" ARN "execution:%s:%s'}", machine, name));
    str status = json_str_or(answer, STR("status"), STR(""));
    if (str_eq(status, STR("SUCCEEDED")))
        return arena_printf(&w->arena, "SUCCEEDED %.*s",
                            STR_ARGS(json_str(member(answer, "output"))));
    if (!str_eq(status, STR("FAILED"))) return status;
    return arena_printf(&w->arena, "FAILED %.*s: %.*s",
                        STR_ARGS(json_str_or(answer, STR("error"), STR(""))),
                        STR_ARGS(json_str_or(answer, STR("cause"), STR(""))));
}

str world_message(struct world *w)
{
    json answer = answer_of(w, &sqs_service, "ReceiveMessage", "{'QueueUrl':'" QUEUE "'}");
    json messages = member(answer, "Messages");
    if (json_count(messages) == 0) return STR("");
    json message = json_at(messages, 0);
    str handle = json_str(member(message, "ReceiptHandle"));
    (void)answer_of(
        w, &sqs_service, "DeleteMessage",
        world_text(w, "{'QueueUrl':'" QUEUE "','ReceiptHandle':'%.*s'}", STR_ARGS(handle)));
    return json_str(member(message, "Body"));
}

str world_history(struct world *w, const char *machine, const char *name)
{
    json answer =
        answer_of(w, &states_service, "GetExecutionHistory",
                  world_text(w, "{'executionArn':'" ARN "execution:%s:%s'}", machine, name));
    json events = member(answer, "events");
    struct buf out;
    buf_init(&out, &w->arena);
    for (size_t i = 0; i < json_count(events); i++) {
        if (i > 0) buf_add_char(&out, ' ');
        buf_add(&out, json_str(member(json_at(events, i), "type")));
    }
    return buf_str(&out);
}

/* ---- the door ---- */

static str find(json params, const char *name)
{
    return json_str_or(params, str_from(name), STR(""));
}

static str find_or_null(json params, const char *name)
{
    return json_str_or(params, str_from(name), (str){ NULL, 0 });
}

static void read_answer(json params, struct answer *out)
{
    str kind = find(params, "kind");
    *out = (struct answer){
        .kind = str_eq(kind, STR("failure"))     ? ANSWER_FAILURE
                : str_eq(kind, STR("heartbeat")) ? ANSWER_HEARTBEAT
                : str_eq(kind, STR("outcome"))   ? ANSWER_OUTCOME
                                                 : ANSWER_SUCCESS,
        .output = member(params, "output"),
        .error = find_or_null(params, "error"),
        .cause = find_or_null(params, "cause"),
        .outcome = find(params, "outcome"),
        .message_id = find(params, "messageId"),
        .by = find(params, "by"),
        .via = find(params, "door"),
        .peer = STR("192.0.2.1"),
        .comment = find(params, "comment"),
        .code = find_or_null(params, "code"),
        .is_form = json_bool_or(params, STR("form"), false),
    };
}

static void read_link(struct txn *txn, str path, struct link *out)
{
    cr_assert(str_starts_with(path, STR("/c/")));
    cr_assert_eq(link_decode(shard_link_keys(txn_shard(txn)), str_skip(path, 3), out), LINK_OK);
}

static token read_token(struct txn *txn, json params)
{
    token to = { 0 };
    bool good = token_decode(shard_token_key(txn_shard(txn)), find(params, "token"), &to);
    cr_assert(good);
    return to;
}

static void go_through(struct txn *txn, json params, struct verdict *out)
{
    struct answer answer;
    struct link link;
    str door = find(params, "door"), name = find(params, "name"), key = find(params, "key");
    uint64_t order = (uint64_t)json_i64_or(params, STR("order"), 0);
    read_answer(params, &answer);
    if (str_eq(door, STR("link"))) {
        read_link(txn, find(params, "link"), &link);
        answer_by_link(txn, &link, &answer, out);
    } else if (str_eq(door, STR("key"))) {
        answer_by_key(txn, name, key, &answer, out);
    } else if (str_eq(door, STR("token"))) {
        answer_by_token(txn, read_token(txn, params), &answer, out);
    } else if (str_eq(door, STR("bind"))) {
        (void)key_bind(txn, name, key, read_token(txn, params), find(params, "policy"),
                       STR("192.0.2.1"), out);
    } else if (str_eq(door, STR("extend"))) {
        (void)wait_extend(txn, read_token(txn, params), json_i64_or(params, STR("until"), 0), out);
    } else if (str_eq(door, STR("resend"))) {
        (void)wait_resend(txn, read_token(txn, params), out);
    } else if (str_eq(door, STR("revoke"))) {
        (void)wait_revoke(txn, read_token(txn, params), find(params, "outcome"),
                          find(params, "responder"), out);
    } else if (str_eq(door, STR("rekey"))) {
        (void)mailbox_rekey(txn, name, key, order, find(params, "to"), out);
    } else if (str_eq(door, STR("replay"))) {
        (void)mailbox_replay(txn, name, key, order, out);
    } else {
        cr_assert_fail("no such door");
    }
}

static enum handled door(struct txn *txn, struct request *request, struct error *err)
{
    struct verdict verdict;
    (void)err;
    go_through(txn, request->params, &verdict);
    buf_printf(&request->reply, "%d ", verdict_status(&verdict));
    verdict_write(&verdict, &request->reply);
    return HANDLED;
}

str world_door(struct world *w, const char *how)
{
    static const struct operation operation = { .name = STR_INIT("Door"), .write = door };
    return run(w, &operation, parse(w, how));
}

void world_expect(struct world *w, const char *how, const char *expected)
{
    str answer = world_door(w, how);
    char *wanted = strdup(expected);
    cr_assert_not_null(wanted);
    for (char *c = wanted; *c; c++)
        if (*c == '\'') *c = '"';
    cr_assert(str_starts_with(answer, str_from(wanted)), "%s\n wanted %s\n got    %.*s", how,
              wanted, STR_ARGS(answer));
    free(wanted);
}

const char *world_link(struct world *w, str url, const char *rest)
{
    str path = str_starts_with(url, STR("http://b")) ? str_skip(url, strlen("http://b")) : url;
    return world_text(w, "{'door':'link','link':'%.*s'%s%s}", STR_ARGS(path), rest[0] ? "," : "",
                      rest);
}
