/* What clients do: start, take tasks, answer once or twice, early or late, stop, wait, crash. */
#include "sim.h"

#include <stdio.h>

#define ACTIVITY "arn:aws:states:us-east-1:000000000000:activity:work"
#define MACHINE "arn:aws:states:us-east-1:000000000000:stateMachine:"

/* The tasks' inputs say to which execution and which place in it they belong. */
#define ASK(place)                                                                                 \
    "\"Type\":\"Task\",\"Resource\":\"" ACTIVITY "\",\"Parameters\":{\"run.$\":\"$$.Execution."    \
    "Name\",\"place\":" place "}"

static const struct {
    const char *name, *definition;
} machines[SIM_MACHINES] = {
    { "ask", "{\"StartAt\":\"A\",\"States\":{\"A\":{" ASK(
                 "0") ",\"TimeoutSeconds\":120,\"HeartbeatSeconds\":30,\"Retry\":[{\"ErrorEquals\":"
                      "[\"Busy\"],"
                      "\"IntervalSeconds\":5,\"MaxAttempts\":2}],\"Catch\":[{\"ErrorEquals\":["
                      "\"States.ALL\"],"
                      "\"Next\":\"C\"}],\"End\":true},\"C\":{\"Type\":\"Pass\",\"Result\":"
                      "\"caught\",\"End\":"
                      "true}}}" },
    { "fork",
      "{\"StartAt\":\"P\",\"States\":{\"P\":{\"Type\":\"Parallel\",\"Branches\":[{\"StartAt\":"
      "\"A0\",\"States\":{\"A0\":{" ASK(
          "0") ",\"End\":true}}},{\"StartAt\":\"A1\",\"States\":"
               "{\"A1\":{" ASK(
                   "1") ",\"End\":true}}},{\"StartAt\":\"W\",\"States\":{\"W\":{\"Type\":"
                        "\"Wait\",\"Seconds\":10,\"End\":true}}}],\"End\":true}}}" },
    { "map",
      "{\"StartAt\":\"M\",\"States\":{\"M\":{\"Type\":\"Map\",\"ItemsPath\":\"$.items\","
      "\"MaxConcurrency\":2,\"ItemSelector\":{\"i.$\":\"$$.Map.Item.Index\"},"
      "\"ItemProcessor\":{\"StartAt\":\"A\",\"States\":{\"A\":{\"Type\":\"Task\",\"Resource\":"
      "\"" ACTIVITY "\",\"Parameters\":{\"run.$\":\"$$.Execution.Name\",\"place.$\":\"$.i\"},"
      "\"Retry\":[{\"ErrorEquals\":[\"Busy\"],\"IntervalSeconds\":1,\"MaxAttempts\":9}],"
      "\"End\":true}}},\"End\":true}}}" },
    { "wait",
      "{\"StartAt\":\"W\",\"States\":{\"W\":{\"Type\":\"Wait\",\"Seconds\":20,\"Next\":\"A\"},"
      "\"A\":{" ASK("0") ",\"End\":true}}}" },
    { "limit",
      "{\"TimeoutSeconds\":60,\"StartAt\":\"A\",\"States\":{\"A\":{" ASK("0") ",\"End\":true}}}" },
    { "nest",
      "{\"StartAt\":\"N\",\"States\":{\"N\":{\"Type\":\"Task\",\"Resource\":"
      "\"arn:aws:states:::states:startExecution.sync:2\",\"Parameters\":{\"StateMachineArn\":"
      "\"" MACHINE "wait\",\"Name.$\":\"States.Format('child-{}', $$.Execution.Name)\"},\"Catch\":"
      "[{\"ErrorEquals\":[\"States.ALL\"],\"Next\":\"C\"}],\"End\":true},\"C\":{\"Type\":\"Pass\","
      "\"Result\":\"caught\",\"End\":true}}}" },
};

static str create_text(struct arena *arena, uint32_t machine)
{
    struct buf out;
    buf_init(&out, arena);
    buf_printf(&out, "{\"name\":\"%s\",\"roleArn\":\"arn:aws:iam::000000000000:role/sim\",",
               machines[machine].name);
    buf_add(&out, STR("\"definition\":"));
    json_write_str(&out, str_from(machines[machine].definition));
    buf_add_char(&out, '}');
    return buf_str(&out);
}

void clients_deploy(struct world *world)
{
    struct arena arena;
    arena_init(&arena);
    json answer;
    str error;
    if (!world_ask(world, &arena, "CreateActivity", STR("{\"name\":\"work\"}"), &answer, &error))
        world_fail(world, "CreateActivity: %.*s", STR_ARGS(error));
    for (uint32_t i = 0; i < SIM_MACHINES; i++) {
        if (!world_ask(world, &arena, "CreateStateMachine", create_text(&arena, i), &answer,
                       &error))
            world_fail(world, "CreateStateMachine: %.*s", STR_ARGS(error));
    }
    arena_close(&arena);
}

static uint64_t pick(struct world *world, uint64_t bound)
{
    return prng_below(&world->prng, bound);
}

/* ---- starting ---- */

static void start_answered(struct world *world, struct call *call)
{
    struct run *run = &world->model.runs[call->run];
    if (call->request.error.code == ERROR_NONE) {
        run->acknowledged = true;
        return;
    }
    /* The same start again is fine while it runs; afterwards the name is taken. */
    if (call->request.error.code != ERROR_EXECUTION_ALREADY_EXISTS)
        world_fail(world, "StartExecution of %s: %.*s", run->name,
                   STR_ARGS(error_name(call->request.error.code)));
}

static void start_run(struct world *world, uint32_t index)
{
    const struct run *run = &world->model.runs[index];
    char params[512];
    snprintf(params, sizeof params,
             "{\"stateMachineArn\":\"" MACHINE "%s\",\"name\":\"%s\",\"input\":\"{\\\"items\\\":"
             "[7,7,7,7,7]}\"}",
             machines[run->machine].name, run->name);
    struct call *call = world_call(world, "StartExecution", str_from(params), start_answered);
    call->run = index;
    world_send(world, call);
}

static void act_start(struct world *world)
{
    struct model *model = &world->model;
    if (model->run_count > 0 && pick(world, 8) == 0) {
        start_run(world, (uint32_t)pick(world, model->run_count));
        return;
    }
    char name[SIM_NAME_BYTES];
    snprintf(name, sizeof name, "run-%zu", model->run_count);
    start_run(world, model_add_run(model, name, (uint32_t)pick(world, SIM_MACHINES)));
}

/* ---- tasks ---- */

/* "run-12" and "child-run-12" belong to the execution with index 12. */
static bool run_of_input(const struct model *model, str input, uint32_t *out)
{
    struct arena arena;
    arena_init(&arena);
    json value;
    struct error err;
    str name;
    int64_t index = -1;
    if (json_parse(input, &arena, &value, &err) && json_find_str(value, STR("run"), &name)) {
        size_t dash = name.len;
        while (dash > 0 && name.ptr[dash - 1] != '-')
            dash--;
        if (!str_to_i64(str_skip(name, dash), &index)) index = -1;
    }
    arena_close(&arena);
    if (index < 0 || (size_t)index >= model->run_count) return false;
    *out = (uint32_t)index;
    return true;
}

static void poll_answered(struct world *world, struct call *call)
{
    if (call->request.error.code != ERROR_NONE)
        world_fail(world, "GetActivityTask: %.*s", STR_ARGS(error_name(call->request.error.code)));
    json answer;
    struct error err;
    str text = buf_str(&call->request.reply);
    if (text.len == 0) return;
    if (!json_parse(text, &call->request.arena, &answer, &err))
        world_fail(world, "an answer does not parse");
    str text_token, input;
    if (!json_find_str(answer, STR("taskToken"), &text_token)) return;
    uint32_t run;
    if (!json_find_str(answer, STR("input"), &input) || !run_of_input(&world->model, input, &run))
        world_fail(world, "a task with a foreign input");
    char copy[SIM_TOKEN_BYTES];
    snprintf(copy, sizeof copy, "%.*s", STR_ARGS(text_token));
    model_add_token(&world->model, run, copy);
}

static void act_poll(struct world *world)
{
    struct call *call = world_call(world, "GetActivityTask",
                                   STR("{\"activityArn\":\"" ACTIVITY "\"}"), poll_answered);
    world_send(world, call);
}

static void answer_answered(struct world *world, struct call *call)
{
    struct sent *sent = &world->model.answers[call->answer];
    if (call->request.error.code == ERROR_NONE) {
        sent->acknowledged = true;
        return;
    }
    sent->refused = true;
    if (call->request.error.code != ERROR_TASK_TIMED_OUT)
        world_fail(world, "an answer is refused with %.*s",
                   STR_ARGS(error_name(call->request.error.code)));
}

static void act_answer(struct world *world)
{
    struct model *model = &world->model;
    if (model->token_count == 0) return;
    /* Mostly a recent token, sometimes any: late answers and second ones. */
    size_t recent = model->token_count < 6 ? model->token_count : 6;
    size_t at = pick(world, 4) == 0 ? pick(world, model->token_count)
                                    : model->token_count - 1 - pick(world, recent);
    const struct held *held = &model->tokens[at];
    bool success = pick(world, 4) != 0;
    uint32_t number = model_add_answer(model, held->execution, success);
    char params[256];
    if (success)
        snprintf(params, sizeof params, "{\"taskToken\":\"%s\",\"output\":\"{\\\"n\\\":%u}\"}",
                 held->token, number);
    else
        snprintf(params, sizeof params,
                 "{\"taskToken\":\"%s\",\"error\":\"%s\",\"cause\":\"n=%u\"}", held->token,
                 pick(world, 2) ? "Busy" : "Broken", number);
    struct call *call = world_call(world, success ? "SendTaskSuccess" : "SendTaskFailure",
                                   str_from(params), answer_answered);
    call->answer = number;
    world_send(world, call);
}

static void heartbeat_answered(struct world *world, struct call *call)
{
    enum error_code code = call->request.error.code;
    if (code != ERROR_NONE && code != ERROR_TASK_TIMED_OUT)
        world_fail(world, "a heartbeat is refused with %.*s", STR_ARGS(error_name(code)));
}

static void act_heartbeat(struct world *world)
{
    const struct model *model = &world->model;
    if (model->token_count == 0) return;
    char params[128];
    snprintf(params, sizeof params, "{\"taskToken\":\"%s\"}",
             model->tokens[pick(world, model->token_count)].token);
    world_send(world, world_call(world, "SendTaskHeartbeat", str_from(params), heartbeat_answered));
}

/* ---- stopping ---- */

static void stop_answered(struct world *world, struct call *call)
{
    struct run *run = &world->model.runs[call->run];
    if (call->request.error.code == ERROR_NONE)
        run->stop_acknowledged = true;
    else if (run->acknowledged)
        world_fail(world, "StopExecution of %s: %.*s", run->name,
                   STR_ARGS(error_name(call->request.error.code)));
}

static void act_stop(struct world *world)
{
    const struct model *model = &world->model;
    if (model->run_count == 0) return;
    uint32_t index = (uint32_t)pick(world, model->run_count);
    const struct run *run = &model->runs[index];
    char params[256];
    snprintf(params, sizeof params,
             "{\"executionArn\":\"arn:aws:states:us-east-1:000000000000:execution:%s:%s\"}",
             machines[run->machine].name, run->name);
    struct call *call = world_call(world, "StopExecution", str_from(params), stop_answered);
    call->run = index;
    world_send(world, call);
}

/* ---- time and the process ---- */

static void act_time(struct world *world)
{
    int64_t jump_ms =
        pick(world, 6) == 0 ? (int64_t)pick(world, 180000) : (int64_t)pick(world, 9000);
    world->now_ms += jump_ms;
    if (world->trace) printf("%6zu time +%lld ms\n", world->step, (long long)jump_ms);
}

static void act_process(struct world *world)
{
    if (pick(world, 3) == 0)
        shard_step(world->shard);
    else {
        shard_step(world->shard);
        shard_sync(world->shard);
    }
}

void clients_act(struct world *world)
{
    uint64_t what = pick(world, 100);
    if (what < 18)
        act_start(world);
    else if (what < 36)
        act_poll(world);
    else if (what < 58)
        act_answer(world);
    else if (what < 62)
        act_heartbeat(world);
    else if (what < 64)
        act_stop(world);
    else if (what < 74)
        act_time(world);
    else if (what < 97)
        act_process(world);
    else
        world_crash(world);
}
