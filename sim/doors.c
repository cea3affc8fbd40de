/* Callbacks: waits that are answered by link, by key and by token, early, twice, late and with
 * different words, by several people; with crashes, time, stops and redrives. */
#include "doors.h"

#include <stdio.h>
#include <stdlib.h>

#include "services/callbacks/door.h"

#define ARN "arn:aws:states:us-east-1:000000000000:"
#define TASK                                                                                       \
    "\"Type\":\"Task\",\"Resource\":\"arn:aws:states:::sqs:sendMessage.waitForTaskToken\","        \
    "\"Parameters\":{\"QueueUrl\":\"" SIM_QUEUE "\",\"MessageBody\":\"b\"},\"End\":true,"
#define RETRY                                                                                      \
    "\"TimeoutSeconds\":100,\"Retry\":[{\"ErrorEquals\":[\"Busy\",\"States.Timeout\"],"            \
    "\"IntervalSeconds\":30,\"MaxAttempts\":2}],"
#define MESSAGE "\"Message\":{\"run.$\":\"$$.Execution.Name\"}"
#define ONE_STATE(fields) "{\"StartAt\":\"T\",\"States\":{\"T\":{" TASK fields "}}}"

static const struct {
    const char *name, *definition;
} machines[DOOR_MACHINES] = {
    [DOOR_ONE] = { "one", ONE_STATE(RETRY "\"Callback\":{\"Name\":\"one\",\"Key.$\":\"$.key\","
                                          "\"Remind\":[{\"AfterSeconds\":20,\"EverySeconds\":40,"
                                          "\"Url\":\"http://remind/\"," MESSAGE "}]}") },
    [DOOR_FIRST] = { "first", ONE_STATE(RETRY "\"Callback\":{\"Name\":\"first\",\"Key.$\":"
                                              "\"$.key\",\"OnDuplicateKey\":\"FIRST\"}") },
    [DOOR_QUORUM] = { "quorum",
                      ONE_STATE(
                          "\"TimeoutSeconds\":200,\"Callback\":{\"Quorum\":{\"Approve\":2,"
                          "\"Of\":[\"a\",\"b\",\"c\"]},\"Undo\":{\"Url\":\"http://undo/\"," MESSAGE
                          "}}") },
};

const char *door_machine_name(enum door_machine machine)
{
    return machines[machine].name;
}

str door_run_arn(const struct world *world, struct arena *arena, uint32_t run)
{
    return arena_printf(arena, ARN "execution:%s:d-%u",
                        door_machine_name(world->doors->runs[run].machine), run);
}

/* ---- the door as an operation ---- */

static token read_token(struct txn *txn, json params)
{
    token to = { 0 };
    if (!token_decode(shard_token_key(txn_shard(txn)), json_str_or(params, STR("token"), STR("")),
                      &to))
        fatal("the simulator's own token is not good");
    return to;
}

static enum handled go_through(struct txn *txn, struct request *request, struct error *err)
{
    json params = request->params;
    struct verdict verdict;
    str door = json_str_or(params, STR("door"), STR(""));
    str kind = json_str_or(params, STR("kind"), STR(""));
    const json *output = json_find(params, STR("output"));
    struct answer answer = {
        .kind = str_eq(kind, STR("success"))     ? ANSWER_SUCCESS
                : str_eq(kind, STR("failure"))   ? ANSWER_FAILURE
                : str_eq(kind, STR("heartbeat")) ? ANSWER_HEARTBEAT
                                                 : ANSWER_OUTCOME,
        .output = output ? *output : json_null(),
        .error = json_str_or(params, STR("error"), (str){ NULL, 0 }),
        .cause = json_str_or(params, STR("cause"), (str){ NULL, 0 }),
        .outcome = json_str_or(params, STR("outcome"), STR("")),
        .message_id = json_str_or(params, STR("id"), STR("")),
        .via = door,
    };
    (void)err;
    if (str_eq(door, STR("key"))) {
        answer_by_key(txn, json_str_or(params, STR("name"), STR("")),
                      json_str_or(params, STR("key"), STR("")), &answer, &verdict);
    } else if (str_eq(door, STR("token"))) {
        answer_by_token(txn, read_token(txn, params), &answer, &verdict);
    } else {
        token to = read_token(txn, params);
        struct link link = {
            .shard = to.shard,
            .serial = to.serial,
            .frame = to.frame,
            .entered = DOOR_ENTERED,
            .responder = (uint8_t)json_i64_or(params, STR("responder"), 0),
        };
        answer_by_link(txn, &link, &answer, &verdict);
    }
    reply_open(&request->reply);
    reply_i64(&request->reply, "http", verdict_status(&verdict));
    reply_name(&request->reply, "body");
    verdict_write(&verdict, &request->reply);
    reply_close(&request->reply);
    return HANDLED;
}

static const struct operation door_operation = { .name = STR_INIT("Door"), .write = go_through };

/* ---- starting, stopping, looking ---- */

static void start_answered(struct world *world, struct call *call)
{
    if (call->request.error.code == ERROR_NONE) world->doors->runs[call->run].acknowledged = true;
}

static void act_start(struct world *world)
{
    struct doors *doors = world->doors;
    uint32_t number = (uint32_t)doors->run_count;
    char params[300];
    if (number > 0 && world_pick(world, 8) == 0) {
        number = (uint32_t)world_pick(world, number);
    } else {
        doors->runs =
            model_grow(doors->runs, doors->run_count, &doors->run_capacity, sizeof *doors->runs);
        doors->runs[doors->run_count++] = (struct door_run){
            .machine = (enum door_machine)world_pick(world, DOOR_MACHINES),
            .key = (uint32_t)world_pick(world, DOOR_KEYS),
            .asked_ms = world->now_ms,
        };
    }
    snprintf(params, sizeof params,
             "{\"stateMachineArn\":\"" ARN "stateMachine:%s\",\"name\":\"d-%u\",\"input\":"
             "\"{\\\"key\\\":\\\"k%u\\\"}\"}",
             door_machine_name(doors->runs[number].machine), number, doors->runs[number].key);
    struct call *call = world_call(world, "StartExecution", str_from(params), start_answered);
    call->run = number;
    world_send(world, call);
}

static void act_on_run(struct world *world, const char *operation)
{
    const struct doors *doors = world->doors;
    struct arena arena;
    if (doors->run_count == 0) return;
    arena_init(&arena);
    uint32_t run = (uint32_t)world_pick(world, doors->run_count);
    str params = arena_printf(&arena, "{\"executionArn\":\"%.*s\"}",
                              STR_ARGS(door_run_arn(world, &arena, run)));
    world_send(world, world_call(world, operation, params, NULL));
    arena_close(&arena);
}

/* Tokens of the waits that are open. */
static void act_look(struct world *world)
{
    struct arena arena;
    json page;
    str error;
    arena_init(&arena);
    if (!world_ask(world, &arena, "ListWaitingTasks", STR("{\"maxResults\":1000}"), &page, &error))
        world_fail(world, "ListWaitingTasks: %.*s", STR_ARGS(error));
    const json *tasks = json_find(page, STR("waitingTasks"));
    for (size_t i = 0; tasks && i < json_count(*tasks); i++) {
        str arn = json_str_or(json_at(*tasks, i), STR("executionArn"), STR(""));
        str text = json_str_or(json_at(*tasks, i), STR("taskToken"), STR(""));
        size_t at = str_find(arn, STR(":d-"), 0);
        int64_t run;
        if (!str_to_i64(str_skip(arn, at + 3), &run)) world_fail(world, "a foreign task waits");
        struct door_run *known = &world->doors->runs[run];
        snprintf(known->token, sizeof known->token, "%.*s", STR_ARGS(text));
        known->serial = 1;
    }
    arena_close(&arena);
}

/* ---- saying something ---- */

static void said_answered(struct world *world, struct call *call)
{
    struct said *said = &world->doors->said[call->answer];
    json answer = world_answer(world, call, &call->request.arena);
    int64_t http = json_i64_or(answer, STR("http"), 0);
    json body = *json_find(answer, STR("body"));
    if (world->trace)
        printf("%6zu answer %u is told %lld %.*s\n", world->step, call->answer, (long long)http,
               STR_ARGS(json_text(&call->request.arena, body)));
    if (json_bool_or(body, STR("duplicate"), false)) {
        if (said->sent == 1) world_fail(world, "answer %u is no repetition", call->answer);
        said->duplicates++;
    } else if (http == 202) {
        said->kept++;
        said->kept_until_ms = call->ran_ms + (int64_t)CALLBACK_MAILBOX_TTL_S_DEFAULT * 1000;
    } else if (http == 200) {
        bool vote = str_eq(json_str_or(body, STR("status"), STR("")), STR("recorded"));
        said->recorded += vote;
        said->accepted += !vote;
    } else {
        said->refused++;
    }
    if (said->accepted + said->recorded > 1)
        world_fail(world, "answer %u was accepted twice", call->answer);
}

static str words_of(struct world *world, struct arena *arena, uint32_t number)
{
    const struct said *said = &world->doors->said[number];
    const struct door_run *run = &world->doors->runs[said->run];
    struct buf out;
    buf_init(&out, arena);
    buf_printf(&out, "{\"id\":\"m-%u\",", number);
    if (said->door == BY_KEY)
        buf_printf(&out, "\"door\":\"key\",\"name\":\"%s\",\"key\":\"k%u\",",
                   door_machine_name(said->named), said->key);
    else
        buf_printf(&out, "\"door\":\"%s\",\"token\":\"%s\",",
                   said->door == BY_LINK ? "link" : "token", run->token);
    if (said->responder)
        buf_printf(&out, "\"responder\":%u,\"kind\":\"outcome\",\"outcome\":\"%s\",",
                   said->responder, said->success ? "approve" : "reject");
    if (said->success || said->responder)
        buf_printf(&out, "\"output\":{\"n\":%u}", number);
    else
        buf_printf(&out, "\"error\":\"%s\",\"cause\":\"n=%u\"", number % 2 ? "Busy" : "Broken",
                   number);
    if (!said->responder)
        buf_printf(&out, ",\"kind\":\"%s\"", said->success ? "success" : "failure");
    buf_add_char(&out, '}');
    return buf_str(&out);
}

static void say(struct world *world, uint32_t number)
{
    struct arena arena;
    arena_init(&arena);
    struct call *call =
        world_call_door(world, &door_operation, words_of(world, &arena, number), said_answered);
    call->answer = number;
    world->doors->said[number].sent++;
    world_send(world, call);
    arena_close(&arena);
}

/* False: nobody is known whom it could be said to. */
static bool choose(struct world *world, struct said *said)
{
    struct doors *doors = world->doors;
    *said = (struct said){ .success = world_pick(world, 4) != 0 };
    if (world_pick(world, 2) == 0) {
        said->door = BY_KEY;
        said->named = (enum door_machine)world_pick(world, 2);
        said->key = (uint32_t)world_pick(world, DOOR_KEYS);
        return true;
    }
    if (doors->run_count == 0) return false;
    size_t recent = doors->run_count < 8 ? doors->run_count : 8;
    said->run =
        (uint32_t)(world_pick(world, 3) == 0 ? world_pick(world, doors->run_count)
                                             : doors->run_count - 1 - world_pick(world, recent));
    const struct door_run *run = &doors->runs[said->run];
    if (run->serial == 0) return false;
    said->door = world_pick(world, 4) == 0 ? BY_TOKEN : BY_LINK;
    if (run->machine != DOOR_QUORUM) return true;
    said->door = BY_LINK;
    said->success = world_pick(world, 2) == 0;
    said->responder = 1 + (uint32_t)world_pick(world, DOOR_RESPONDERS);
    return true;
}

static void act_say(struct world *world)
{
    struct doors *doors = world->doors;
    struct said said;
    if (doors->said_count > 0 && world_pick(world, 3) == 0) {
        size_t recent = doors->said_count < 10 ? doors->said_count : 10;
        say(world, (uint32_t)(doors->said_count - 1 - world_pick(world, recent)));
        return;
    }
    if (!choose(world, &said)) return;
    doors->said =
        model_grow(doors->said, doors->said_count, &doors->said_capacity, sizeof *doors->said);
    doors->said[doors->said_count] = said;
    say(world, (uint32_t)doors->said_count++);
}

static void beat_answered(struct world *world, struct call *call)
{
    json answer = world_answer(world, call, &call->request.arena);
    *(int64_t *)call->request.owner = json_i64_or(answer, STR("http"), 0);
}

bool door_beats(struct world *world, enum door_machine machine, uint32_t key)
{
    char params[128];
    int64_t http = 0;
    snprintf(params, sizeof params,
             "{\"door\":\"key\",\"name\":\"%s\",\"key\":\"k%u\",\"kind\":\"heartbeat\"}",
             door_machine_name(machine), key);
    struct call *call = world_call_door(world, &door_operation, str_from(params), beat_answered);
    call->request.owner = &http;
    world_send(world, call);
    world_run(world);
    return http == 200;
}

/* ---- what leaves ---- */

void doors_carry(struct world *world, struct effect *effect)
{
    struct error err;
    json body;
    str text = json_str_or(effect->request, STR("body"), STR(""));
    str url = json_str_or(effect->request, STR("url"), STR(""));
    int64_t number;
    if (store_unsynced(world->store) > 0)
        world_fail(world, "effect %llu leaves before a sync", (unsigned long long)effect->id);
    if (!json_parse(text, &effect->arena, &body, &err) ||
        !str_to_i64(str_skip(json_str_or(body, STR("run"), STR("d--")), 2), &number) ||
        number < 0 || (size_t)number >= world->doors->run_count)
        world_fail(world, "a hook has a foreign message: %.*s", STR_ARGS(text));
    struct door_run *run = &world->doors->runs[number];
    bool reminder = str_eq(url, STR("http://remind/"));
    if (reminder && world->now_ms < run->asked_ms + DOOR_REMIND_MS)
        world_fail(world, "d-%lld is reminded of too early", (long long)number);
    run->reminders += reminder;
    run->undos += !reminder;
    effect->result = (struct effect_result){ .ok = true, .status = 200 };
    effect_finish(effect);
}

/* ---- a run ---- */

static void deploy(struct world *world)
{
    struct arena arena;
    json answer;
    str error;
    arena_init(&arena);
    bool good = world_ask(world, &arena, "AmazonSQS.CreateQueue", STR("{\"QueueName\":\"work\"}"),
                          &answer, &error);
    for (int i = 0; i < DOOR_MACHINES && good; i++) {
        struct buf out;
        buf_init(&out, &arena);
        buf_printf(&out,
                   "{\"name\":\"%s\",\"roleArn\":\"arn:aws:iam::000000000000:role/sim\","
                   "\"definition\":",
                   machines[i].name);
        json_write_str(&out, str_from(machines[i].definition));
        buf_add_char(&out, '}');
        good = world_ask(world, &arena, "CreateStateMachine", buf_str(&out), &answer, &error);
    }
    if (!good) world_fail(world, "the doors cannot be built: %.*s", STR_ARGS(error));
    arena_close(&arena);
}

static void act(struct world *world)
{
    uint64_t what = world_pick(world, 100);
    if (what < 12)
        act_start(world);
    else if (what < 22)
        act_look(world);
    else if (what < 62)
        act_say(world);
    else if (what < 65)
        act_on_run(world, "StopExecution");
    else if (what < 68)
        act_on_run(world, "RedriveExecution");
    else if (what < 77)
        world->now_ms += (int64_t)world_pick(world, world_pick(world, 8) ? 20000 : 200000);
    else if (what < 97) {
        (void)world_step(world);
        if (world_pick(world, 3) != 0) world_sync(world);
    } else {
        world_crash(world);
    }
}

size_t doors_run(uint64_t seed, size_t steps, bool trace)
{
    struct world world;
    struct doors doors = { 0 };
    world_open(&world, seed, trace);
    world.doors = &doors;
    deploy(&world);
    for (world.step = 1; world.step <= steps; world.step++) {
        act(&world);
        if (world_pick(&world, 12) == 0) books_check(&world);
    }
    world_crash(&world);
    for (int i = 0; i < 20; i++) {
        world.now_ms += INT64_C(40) * 1000;
        world_run(&world);
    }
    books_check(&world);
    for (size_t i = 0; i < doors.run_count; i++)
        if (doors.runs[i].running) world_fail(&world, "d-%zu never ends", i);
    /* In the end the mailbox is empty: what nobody waited for in time has been dropped. */
    world.now_ms += (int64_t)CALLBACK_MAILBOX_TTL_S_DEFAULT * 1000;
    world_run(&world);
    books_check(&world);
    for (size_t i = 0; i < doors.said_count; i++)
        if (doors.said[i].in_mailbox) world_fail(&world, "answer %zu is kept for ever", i);
    size_t said = doors.said_count;
    free(doors.runs);
    free(doors.said);
    world_close(&world);
    return said;
}
