/* What clients of executions do: start, take tasks, answer once or twice, early or late, stop; and
 * what befalls them: time, crashes. */
#include "sim.h"

#include <stdio.h>

#define ACTIVITY "arn:aws:states:us-east-1:000000000000:activity:work"
#define MACHINE "arn:aws:states:us-east-1:000000000000:stateMachine:"

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
             machine_name(run->machine), run->name);
    struct call *call = world_call(world, "StartExecution", str_from(params), start_answered);
    call->run = index;
    world_send(world, call);
}

static void act_start(struct world *world)
{
    struct model *model = &world->model;
    if (model->run_count > 0 && world_pick(world, 8) == 0) {
        start_run(world, (uint32_t)world_pick(world, model->run_count));
        return;
    }
    char name[SIM_NAME_BYTES];
    snprintf(name, sizeof name, "run-%zu", model->run_count);
    start_run(world, model_add_run(model, name, (enum sim_machine)world_pick(world, SIM_MACHINES)));
}

/* ---- tasks ---- */

static void poll_answered(struct world *world, struct call *call)
{
    if (call->request.error.code != ERROR_NONE)
        world_fail(world, "GetActivityTask: %.*s", STR_ARGS(error_name(call->request.error.code)));
    json answer = world_answer(world, call, &call->request.arena), input;
    struct error err;
    str task_token, text;
    struct task task;
    if (!json_find_str(answer, STR("taskToken"), &task_token)) return;
    if (!json_find_str(answer, STR("input"), &text) ||
        !json_parse(text, &call->request.arena, &input, &err) ||
        !model_task_of(&world->model, input, &task))
        world_fail(world, "a task with a foreign input");
    model_add_token(&world->model, task, task_token);
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
    size_t at = world_pick(world, 4) == 0 ? world_pick(world, model->token_count)
                                          : model->token_count - 1 - world_pick(world, recent);
    const struct held *held = &model->tokens[at];
    bool success = world_pick(world, 4) != 0;
    uint32_t number = model_add_answer(model, held->task, success);
    char params[256];
    if (success)
        snprintf(params, sizeof params, "{\"taskToken\":\"%s\",\"output\":\"{\\\"n\\\":%u}\"}",
                 held->token, number);
    else
        snprintf(params, sizeof params,
                 "{\"taskToken\":\"%s\",\"error\":\"%s\",\"cause\":\"n=%u\"}", held->token,
                 world_pick(world, 2) ? "Busy" : "Broken", number);
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
             model->tokens[world_pick(world, model->token_count)].token);
    world_send(world, world_call(world, "SendTaskHeartbeat", str_from(params), heartbeat_answered));
}

/* ---- events ---- */

static void event_answered(struct world *world, struct call *call)
{
    if (call->request.error.code != ERROR_NONE)
        world_fail(world, "Invoke: %.*s", STR_ARGS(error_name(call->request.error.code)));
    world->model.events[call->event].acknowledged = true;
}

/* An invocation that nobody waits for: stored, and tried again if it fails. */
static void act_event(struct world *world)
{
    uint32_t event = ledger_add_event(&world->model);
    char params[128];
    snprintf(params, sizeof params,
             "{\"FunctionName\":\"g\",\"InvocationType\":\"Event\",\"Payload\":"
             "\"{\\\"event\\\":%u}\"}",
             event);
    struct call *call = world_call(world, "Lambda.Invoke", str_from(params), event_answered);
    call->event = event;
    world_send(world, call);
}

/* ---- stopping ---- */

static void stop_answered(struct world *world, struct call *call)
{
    struct run *run = &world->model.runs[call->run];
    if (call->request.error.code == ERROR_NONE)
        run->stop_acknowledged = run->redrives_open == 0; /* else it may run again already */
    else if (run->acknowledged)
        world_fail(world, "StopExecution of %s: %.*s", run->name,
                   STR_ARGS(error_name(call->request.error.code)));
}

static void act_stop(struct world *world)
{
    const struct model *model = &world->model;
    if (model->run_count == 0) return;
    uint32_t index = (uint32_t)world_pick(world, model->run_count);
    const struct run *run = &model->runs[index];
    char params[256];
    snprintf(params, sizeof params,
             "{\"executionArn\":\"arn:aws:states:us-east-1:000000000000:execution:%s:%s\"}",
             machine_name(run->machine), run->name);
    struct call *call = world_call(world, "StopExecution", str_from(params), stop_answered);
    call->run = index;
    world_send(world, call);
}

/* ---- redrives ---- */

static const int64_t TOKEN_MS = INT64_C(15) * 60 * 1000;

static void redrive_answered(struct world *world, struct call *call)
{
    struct run *run = &world->model.runs[call->run];
    struct asked_redrive *asked = &world->model.redrives[call->redrive];
    enum error_code code = call->request.error.code;
    run->redrives_open--;
    if (code == ERROR_EXECUTION_DOES_NOT_EXIST && !run->acknowledged) return;
    if (code == ERROR_EXECUTION_NOT_REDRIVABLE) {
        if (asked->acknowledged && call->ran_ms - asked->date_ms <= TOKEN_MS)
            world_fail(world, "%s was redriven, and the same request is refused", run->name);
        return;
    }
    if (code != ERROR_NONE)
        world_fail(world, "RedriveExecution of %s: %.*s", run->name, STR_ARGS(error_name(code)));
    const json *date =
        json_find(world_answer(world, call, &call->request.arena), STR("redriveDate"));
    if (!date || !json_is_number(*date)) world_fail(world, "a redrive has no date");
    int64_t date_ms = (int64_t)(json_number(*date) * 1000 + 0.5);
    if (asked->acknowledged && asked->date_ms == date_ms) return;
    if (asked->acknowledged && call->ran_ms - asked->date_ms <= TOKEN_MS)
        world_fail(world, "%s was redriven twice by one client token", run->name);
    asked->acknowledged = true;
    asked->date_ms = date_ms;
    run->redrives_acknowledged++;
}

/* Sometimes once more with a client token that was used before. */
static void act_redrive(struct world *world)
{
    struct model *model = &world->model;
    if (model->run_count == 0) return;
    uint32_t index = (uint32_t)world_pick(world, model->run_count), number;
    if (model->redrive_count > 0 && world_pick(world, 4) == 0) {
        number = (uint32_t)world_pick(world, model->redrive_count);
        index = model->redrives[number].run;
    } else {
        number = model_add_redrive(model, index);
    }
    struct run *run = &model->runs[index];
    char params[256];
    snprintf(params, sizeof params,
             "{\"executionArn\":\"arn:aws:states:us-east-1:000000000000:execution:%s:%s\","
             "\"clientToken\":\"token-%u\"}",
             machine_name(run->machine), run->name, number);
    struct call *call = world_call(world, "RedriveExecution", str_from(params), redrive_answered);
    call->run = index;
    call->redrive = number;
    run->stop_acknowledged = false;
    run->redrives_asked++;
    run->redrives_open++;
    world_send(world, call);
}

/* ---- time and the process ---- */

static void act_time(struct world *world)
{
    int64_t jump_ms = world_pick(world, 6) == 0 ? (int64_t)world_pick(world, 180000)
                                                : (int64_t)world_pick(world, 9000);
    world->now_ms += jump_ms;
    if (world->trace) printf("%6zu time +%lld ms\n", world->step, (long long)jump_ms);
}

static void act_process(struct world *world)
{
    (void)world_step(world);
    if (world_pick(world, 3) != 0) world_sync(world);
}

static void act_crash(struct world *world)
{
    world_crash(world);
}

void clients_act(struct world *world)
{
    static const struct {
        uint32_t weight; /* of 100 */
        void (*act)(struct world *world);
    } acts[] = {
        { 13, act_start },       { 12, act_poll },        { 16, act_answer },
        { 2, act_event },        { 3, act_heartbeat },    { 3, act_stop },
        { 4, act_redrive },      { 4, queue_act_send },   { 6, queue_act_receive },
        { 4, queue_act_delete }, { 2, queue_act_change }, { 6, carrier_act },
        { 7, act_time },         { 15, act_process },     { 3, act_crash },
    };
    uint64_t what = world_pick(world, 100);
    for (size_t i = 0; i < sizeof acts / sizeof *acts; i++) {
        if (what < acts[i].weight) {
            acts[i].act(world);
            return;
        }
        what -= acts[i].weight;
    }
}
