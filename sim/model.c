/* What clients were told, and what must therefore hold. The model knows nothing of frames, records
 * or turns: it looks at the API's answers only. */
#include "sim.h"

#include <stdio.h>
#include <stdlib.h>

void *model_grow(void *items, size_t count, size_t *capacity, size_t item_bytes)
{
    if (count < *capacity) return items;
    *capacity = *capacity ? *capacity * 2 : 64;
    items = realloc(items, *capacity * item_bytes);
    if (!items) fatal("out of memory");
    return items;
}

uint32_t model_add_run(struct model *model, const char *name, enum sim_machine machine)
{
    uint32_t number = (uint32_t)model->run_count;
    model->runs =
        model_grow(model->runs, model->run_count, &model->run_capacity, sizeof *model->runs);
    struct run *run = &model->runs[model->run_count++];
    *run = (struct run){ .machine = machine };
    snprintf(run->name, sizeof run->name, "%s", name);
    if (machine == MACHINE_SEND) (void)ledger_run_message(model, number, 0);
    return number;
}

uint32_t model_add_answer(struct model *model, struct task task, bool success)
{
    model->answers = model_grow(model->answers, model->answer_count, &model->answer_capacity,
                                sizeof *model->answers);
    model->answers[model->answer_count] = (struct sent){ .task = task, .success = success };
    return (uint32_t)model->answer_count++;
}

void model_add_token(struct model *model, struct task task, str text)
{
    model->tokens = model_grow(model->tokens, model->token_count, &model->token_capacity,
                               sizeof *model->tokens);
    struct held *held = &model->tokens[model->token_count++];
    held->task = task;
    snprintf(held->token, sizeof held->token, "%.*s", STR_ARGS(text));
}

uint32_t model_add_redrive(struct model *model, uint32_t run)
{
    model->redrives = model_grow(model->redrives, model->redrive_count, &model->redrive_capacity,
                                 sizeof *model->redrives);
    model->redrives[model->redrive_count] = (struct asked_redrive){ .run = run };
    return (uint32_t)model->redrive_count++;
}

void model_crash(struct model *model)
{
    for (size_t i = 0; i < model->run_count; i++)
        model->runs[i].redrives_open = 0;
}

void model_free(struct model *model)
{
    free(model->runs);
    free(model->redrives);
    free(model->answers);
    free(model->tokens);
    free(model->messages);
    free(model->effects);
    free(model->events);
    *model = (struct model){ 0 };
}

/* "run-12" and "child-run-12" belong to the execution with index 12. */
bool model_run_of(const struct model *model, json input, uint32_t *out)
{
    str name;
    int64_t index;
    if (!json_find_str(input, STR("run"), &name)) return false;
    size_t dash = name.len;
    while (dash > 0 && name.ptr[dash - 1] != '-')
        dash--;
    if (!str_to_i64(str_skip(name, dash), &index) || index < 0 || (size_t)index >= model->run_count)
        return false;
    *out = (uint32_t)index;
    return true;
}

bool model_task_of(const struct model *model, json input, struct task *out)
{
    if (!model_run_of(model, input, &out->execution)) return false;
    out->life = (uint32_t)json_i64_or(input, STR("life"), 0);
    out->attempt = json_i64_or(input, STR("attempt"), ANY_ATTEMPT);
    return true;
}

/* ---- one execution ---- */

/* What a look at one history brings. */
struct look {
    struct world *world;
    struct arena *arena;
    const char *name;
    uint32_t run;
    uint8_t *counted; /* per answer: how often it stands in the histories of the run */
    enum sim_machine machine;
    size_t scheduled, closed; /* in this life */
    size_t invocations;       /* in all */
    size_t attempts;          /* invocations in this life */
    size_t entered;           /* Task states */
    uint32_t life;            /* redrives so far */
    bool ended, succeeded;
    /* per event: the one that scheduled the task that it is about, 0 if none */
    uint16_t task_of[SIM_EVENTS_MAX + 1];
    bool task_closed[SIM_EVENTS_MAX + 1];   /* per event that schedules a task */
    uint8_t task_place[SIM_EVENTS_MAX + 1]; /* the same; SIM_PLACES: it says none */
    bool place_succeeded[SIM_PLACES + 1];
};

static json details_of(json event)
{
    for (size_t i = 0; i < json_count(event); i++) {
        if (str_ends_with(json_key_at(event, i), STR("EventDetails")))
            return json_value_at(event, i);
    }
    return (json){ .kind = JSON_OBJECT };
}

/* The number in `n=12`. */
static bool number_in_text(str text, uint32_t *out)
{
    size_t at = str_find(text, STR("n="), 0) + 2, end = at;
    while (end < text.len && text.ptr[end] >= '0' && text.ptr[end] <= '9')
        end++;
    int64_t value;
    if (at >= end || !str_to_i64(str_slice(text, at, end), &value)) return false;
    *out = (uint32_t)value;
    return true;
}

/* The number of the answer in `{"n":12}`, in `{"Payload":{"n":12},...}` or in a text with `n=12`.
 */
static bool number_in(struct arena *arena, str text, uint32_t *out)
{
    json value;
    struct error err;
    if (!json_parse(text, arena, &value, &err)) return number_in_text(text, out);
    const json *payload = json_find(value, STR("Payload"));
    int64_t number = json_i64_or(payload ? *payload : value, STR("n"), -1);
    if (number < 0) return number_in_text(text, out);
    *out = (uint32_t)number;
    return true;
}

static void count_answer(struct look *look, str text, bool success)
{
    const struct model *model = &look->world->model;
    uint32_t number;
    if (!number_in(look->arena, text, &number) || number >= model->answer_count)
        world_fail(look->world, "%s: an answer that nobody sent: %.*s", look->name, STR_ARGS(text));
    const struct sent *sent = &model->answers[number];
    if (sent->task.execution != look->run)
        world_fail(look->world, "%s: answer %u was for another execution", look->name, number);
    if (sent->success != success)
        world_fail(look->world, "%s: answer %u counted as its opposite", look->name, number);
    if (sent->task.life != look->life)
        world_fail(look->world, "%s: answer %u was for life %u, and counted in %u", look->name,
                   number, sent->task.life, look->life);
    if (sent->task.attempt != ANY_ATTEMPT && sent->task.attempt + 1 != (int64_t)look->attempts)
        world_fail(look->world, "%s: answer %u was for attempt %lld, and counted for %zu",
                   look->name, number, (long long)sent->task.attempt, look->attempts - 1);
    if (sent->refused)
        world_fail(look->world, "%s: answer %u was refused and counted", look->name, number);
    if (++look->counted[number] > 1)
        world_fail(look->world, "%s: answer %u counted twice", look->name, number);
}

/* "ActivityScheduled", "TaskStarted" ...: the events of tasks. */
static bool is_of_task(str type)
{
    return str_starts_with(type, STR("Activity")) ||
           (str_starts_with(type, STR("Task")) && !str_starts_with(type, STR("TaskState")));
}

static bool closes_task(str type)
{
    return str_ends_with(type, STR("Succeeded")) || str_ends_with(type, STR("Failed")) ||
           str_ends_with(type, STR("TimedOut"));
}

/* Is the outcome of such a task an answer with a number? */
static bool has_number(str type, json details)
{
    str service = json_str_or(details, STR("resourceType"), STR(""));
    return str_starts_with(type, STR("Activity")) || str_eq(service, STR("sqs")) ||
           str_eq(service, STR("lambda"));
}

static uint8_t place_of(const struct look *look, json details)
{
    json input;
    struct error err;
    str text = json_str_or(details, STR("input"), STR(""));
    int64_t place = SIM_PLACES;
    if (json_parse(text, look->arena, &input, &err))
        place = json_i64_or(input, STR("place"), SIM_PLACES);
    return place >= 0 && place < SIM_PLACES ? (uint8_t)place : SIM_PLACES;
}

/* What has succeeded does not run again, and a Map keeps to its MaxConcurrency. */
static void look_at_schedule(struct look *look, json details, size_t id)
{
    bool invocation = str_eq(json_str_or(details, STR("resourceType"), STR("")), STR("lambda"));
    look->scheduled++;
    look->invocations += invocation;
    look->attempts += invocation;
    look->task_of[id] = (uint16_t)id;
    look->task_place[id] = place_of(look, details);
    if (look->place_succeeded[look->task_place[id]])
        world_fail(look->world, "%s: event %zu schedules what has succeeded", look->name, id);
    if (look->machine == MACHINE_MAP && look->scheduled - look->closed > 2)
        world_fail(look->world, "%s: too many iterations at event %zu", look->name, id);
}

/* Each task that was scheduled ends at most once, and nothing of it comes afterwards. */
static void look_at_task(struct look *look, str type, json details, size_t id, size_t previous)
{
    if (str_ends_with(type, STR("Scheduled"))) {
        look_at_schedule(look, details, id);
        return;
    }
    uint16_t task = look->task_of[previous];
    if (task == 0) world_fail(look->world, "%s: event %zu belongs to no task", look->name, id);
    if (look->task_closed[task])
        world_fail(look->world, "%s: the task of event %u has ended before event %zu", look->name,
                   task, id);
    look->task_of[id] = task;
    if (!closes_task(type)) return;
    look->task_closed[task] = true;
    look->closed++;
    if (!has_number(type, details) || str_ends_with(type, STR("TimedOut"))) return;
    bool success = str_ends_with(type, STR("Succeeded"));
    if (look->task_place[task] < SIM_PLACES)
        look->place_succeeded[look->task_place[task]] = success;
    count_answer(look, json_str_or(details, success ? STR("output") : STR("cause"), STR("")),
                 success);
}

/* Nothing more comes of the tasks that were open. */
static void look_at_end(struct look *look, str type)
{
    look->ended = true;
    look->succeeded = str_eq(type, STR("ExecutionSucceeded"));
    if (look->succeeded) return; /* looked at later: none may be open */
    memset(look->task_closed, true, sizeof look->task_closed);
    look->scheduled = look->closed = 0;
}

static void look_at_redrive(struct look *look, json details, size_t id)
{
    if (!look->ended || look->succeeded)
        world_fail(look->world, "%s: event %zu redrives what has not failed", look->name, id);
    look->life++;
    look->attempts = 0;
    look->ended = false;
    memset(look->task_closed + id, false, sizeof look->task_closed - id);
    if (json_i64_or(details, STR("redriveCount"), 0) != look->life)
        world_fail(look->world, "%s: event %zu miscounts the redrives", look->name, id);
}

/* A state that is run again is not entered again. */
static void look_at_entry(struct look *look, size_t id)
{
    size_t most = look->machine == MACHINE_FORK ? 2 : look->machine == MACHINE_MAP ? 5 : SIZE_MAX;
    if (++look->entered > most)
        world_fail(look->world, "%s: event %zu enters a state once more", look->name, id);
}

static void look_at_event(struct look *look, json event, int64_t expected_id)
{
    int64_t id = json_i64_or(event, STR("id"), -1);
    int64_t previous = json_i64_or(event, STR("previousEventId"), -1);
    if (id != expected_id)
        world_fail(look->world, "%s: event %lld where %lld should be", look->name, (long long)id,
                   (long long)expected_id);
    if (previous < 0 || previous >= id)
        world_fail(look->world, "%s: event %lld follows %lld", look->name, (long long)id,
                   (long long)previous);
    str type = json_str_or(event, STR("type"), STR(""));
    if (str_eq(type, STR("ExecutionRedriven")))
        look_at_redrive(look, details_of(event), (size_t)id);
    if (look->ended)
        world_fail(look->world, "%s: event %lld after the end", look->name, (long long)id);
    if (str_eq(type, STR("TaskStateEntered"))) look_at_entry(look, (size_t)id);
    if (is_of_task(type)) look_at_task(look, type, details_of(event), (size_t)id, (size_t)previous);
    if (str_eq(type, STR("ExecutionSucceeded")) || str_eq(type, STR("ExecutionFailed")) ||
        str_eq(type, STR("ExecutionAborted")) || str_eq(type, STR("ExecutionTimedOut")))
        look_at_end(look, type);
}

static void look_at_history(struct look *look, struct arena *arena, str arn)
{
    json page;
    str error;
    str params =
        arena_printf(arena, "{\"executionArn\":\"%.*s\",\"maxResults\":1000}", STR_ARGS(arn));
    if (!world_ask(look->world, arena, "GetExecutionHistory", params, &page, &error))
        world_fail(look->world, "%s has no history: %.*s", look->name, STR_ARGS(error));
    const json *events = json_find(page, STR("events"));
    if (!events || json_count(*events) == 0)
        world_fail(look->world, "%s: empty history", look->name);
    if (json_count(*events) >= SIM_EVENTS_MAX)
        world_fail(look->world, "%s: endless history", look->name);
    for (size_t i = 0; i < json_count(*events); i++)
        look_at_event(look, json_at(*events, i), (int64_t)i + 1);
}

/* The output of a Map has its items' answers in the items' order: here, of the right number. */
static void look_at_output(struct look *look, struct arena *arena, enum sim_machine machine,
                           str output)
{
    json value;
    struct error err;
    if (!json_parse(output, arena, &value, &err))
        world_fail(look->world, "%s: output is no JSON", look->name);
    size_t wanted = machine == MACHINE_FORK ? 3 : machine == MACHINE_MAP ? 5 : 0;
    if (wanted && json_count(value) != wanted)
        world_fail(look->world, "%s: %zu results instead of %zu", look->name, json_count(value),
                   wanted);
    for (size_t i = 0; wanted && i < (machine == MACHINE_FORK ? 2 : wanted); i++) {
        if (!json_find(json_at(value, i), STR("n")))
            world_fail(look->world, "%s: result %zu is not an answer", look->name, i);
    }
}

static bool describe(struct world *world, struct arena *arena, str arn, json *out, str *error)
{
    str params = arena_printf(arena, "{\"executionArn\":\"%.*s\"}", STR_ARGS(arn));
    return world_ask(world, arena, "DescribeExecution", params, out, error);
}

/* Looks at one execution of a run (the child of a nested one too); false if it does not exist. */
static bool look_at(struct look *look, struct arena *arena, enum sim_machine machine, str name,
                    str *status)
{
    str arn = arena_printf(arena, "arn:aws:states:us-east-1:000000000000:execution:%s:%.*s",
                           machine_name(machine), STR_ARGS(name));
    json found;
    str error;
    *look = (struct look){
        .world = look->world,
        .arena = arena,
        .name = arena_cstr(arena, name),
        .run = look->run,
        .machine = machine,
        .counted = look->counted,
    };
    if (!describe(look->world, arena, arn, &found, &error)) {
        if (!str_eq(error, STR("ExecutionDoesNotExist")))
            world_fail(look->world, "%s: %.*s", look->name, STR_ARGS(error));
        return false;
    }
    *status = json_str_or(found, STR("status"), STR(""));
    look_at_history(look, arena, arn);
    bool running = str_eq(*status, STR("RUNNING"));
    if (look->ended == running)
        world_fail(look->world, "%s: status %.*s and the history disagree", look->name,
                   STR_ARGS(*status));
    if (json_i64_or(found, STR("redriveCount"), -1) != look->life)
        world_fail(look->world, "%s: redriveCount and the history disagree", look->name);
    if (str_eq(*status, STR("SUCCEEDED")) && look->closed != look->scheduled)
        world_fail(look->world, "%s: %zu tasks and %zu ends of tasks", look->name, look->scheduled,
                   look->closed);
    if (str_eq(*status, STR("SUCCEEDED")))
        look_at_output(look, arena, machine, json_str_or(found, STR("output"), STR("")));
    return true;
}

/* A nested execution and its parent end in the same moment. */
static void check_child(struct look *look, struct arena *arena, const struct run *run)
{
    str status;
    str child = arena_printf(arena, "child-%s", run->name);
    if (!look_at(look, arena, MACHINE_WAIT, child, &status))
        world_fail(look->world, "%s waits for a child that does not exist", run->name);
    if (str_eq(status, STR("RUNNING")) != run->running)
        world_fail(look->world, "%s and its child (%.*s) do not end together", run->name,
                   STR_ARGS(status));
}

/* Its item is there exactly if it is. */
static void check_item(struct world *world, struct arena *arena, const struct run *run)
{
    json found;
    str error;
    str params =
        arena_printf(arena, "{\"TableName\":\"runs\",\"Key\":{\"run\":{\"S\":\"%s\"}}}", run->name);
    if (!world_ask(world, arena, "DynamoDB_20120810.GetItem", params, &found, &error))
        world_fail(world, "GetItem: %.*s", STR_ARGS(error));
    bool there = json_find(found, STR("Item")) != NULL;
    if (there != run->exists)
        world_fail(world, "%s %s, its item %s", run->name,
                   run->exists ? "exists" : "does not exist", there ? "does" : "does not");
}

static void check_answers(const struct world *world, uint32_t index, const uint8_t *counted)
{
    const struct model *model = &world->model;
    for (uint32_t i = 0; model->runs[index].exists && i < model->answer_count; i++) {
        const struct sent *sent = &model->answers[i];
        if (sent->task.execution == index && sent->acknowledged && counted[i] != 1)
            world_fail(world, "%s: answer %u was acknowledged and counted %u times",
                       model->runs[index].name, i, counted[i]);
    }
}

/* No more redrives than were asked for, and all that were acknowledged. */
static void check_redrives(struct world *world, uint32_t index)
{
    const struct run *run = &world->model.runs[index];
    if (run->redriven < run->redrives_acknowledged || run->redriven > run->redrives_asked)
        world_fail(world, "%s was redriven %u times, not %u to %u", run->name, run->redriven,
                   run->redrives_acknowledged, run->redrives_asked);
    /* Each life of such a run sends a message, whether anybody has received it or not. */
    for (uint32_t life = 1; run->machine == MACHINE_SEND && life <= run->redriven; life++)
        (void)ledger_run_message(&world->model, index, life);
}

static void check_run(struct world *world, uint32_t index)
{
    const struct model *model = &world->model;
    struct run *run = &model->runs[index];
    struct arena arena;
    arena_init(&arena);
    struct look look = { .world = world, .run = index };
    look.counted = arena_zalloc(&arena, model->answer_count + 1);
    str status = { 0 };
    run->exists = look_at(&look, &arena, run->machine, str_from(run->name), &status);
    run->running = str_eq(status, STR("RUNNING"));
    run->succeeded = str_eq(status, STR("SUCCEEDED"));
    run->redriven = look.life;
    run->invocations = look.invocations;
    check_redrives(world, index);
    if (run->acknowledged && !run->exists)
        world_fail(world, "%s was acknowledged and is gone", run->name);
    if (run->stop_acknowledged && run->running)
        world_fail(world, "%s was stopped and runs", run->name);
    if (run->exists && run->machine == MACHINE_NEST) check_child(&look, &arena, run);
    if (run->machine == MACHINE_SEND) check_item(world, &arena, run);
    check_answers(world, index, look.counted);
    ledger_check_effects(world, index);
    arena_close(&arena);
}

/* ---- everything ---- */

/* The list of waiting tasks holds open tasks only. */
static void check_waiting_list(struct world *world)
{
    struct arena arena;
    arena_init(&arena);
    json page;
    str error;
    if (!world_ask(world, &arena, "ListWaitingTasks", STR("{\"maxResults\":1000}"), &page, &error))
        world_fail(world, "ListWaitingTasks: %.*s", STR_ARGS(error));
    const json *tasks = json_find(page, STR("waitingTasks"));
    for (size_t i = 0; tasks && i < json_count(*tasks); i++) {
        json task = json_at(*tasks, i);
        str arn = json_str_or(task, STR("executionArn"), STR(""));
        json found;
        if (!describe(world, &arena, arn, &found, &error) ||
            !str_eq(json_str_or(found, STR("status"), STR("")), STR("RUNNING")))
            world_fail(world, "%.*s is listed as waiting and does not run", STR_ARGS(arn));
    }
    arena_close(&arena);
}

/* Each execution is listed once, under its status. */
static void check_list(struct world *world, enum sim_machine machine)
{
    const struct model *model = &world->model;
    struct arena arena;
    json page;
    str error;
    size_t listed = 0, wanted = 0;
    arena_init(&arena);
    str params = arena_printf(&arena,
                              "{\"stateMachineArn\":\"arn:aws:states:us-east-1:000000000000:"
                              "stateMachine:%s\",\"maxResults\":1000}",
                              machine_name(machine));
    if (!world_ask(world, &arena, "ListExecutions", params, &page, &error))
        world_fail(world, "ListExecutions: %.*s", STR_ARGS(error));
    const json *entries = json_find(page, STR("executions"));
    for (size_t i = 0; entries && i < json_count(*entries); i++) {
        json entry = json_at(*entries, i);
        str name = json_str_or(entry, STR("name"), STR("")), status;
        int64_t index;
        if (!str_starts_with(name, STR("run-")) || !str_to_i64(str_skip(name, 4), &index)) continue;
        const struct run *run = &model->runs[index];
        status = json_str_or(entry, STR("status"), STR(""));
        if (str_eq(status, STR("RUNNING")) != run->running ||
            str_eq(status, STR("SUCCEEDED")) != run->succeeded ||
            json_i64_or(entry, STR("redriveCount"), -1) != run->redriven)
            world_fail(world, "%s is not listed as it is", run->name);
        listed++;
    }
    for (size_t i = 0; i < model->run_count; i++)
        wanted += model->runs[i].machine == machine && model->runs[i].exists;
    if (listed != wanted)
        world_fail(world, "%zu executions of %s, and %zu are listed", wanted, machine_name(machine),
                   listed);
    arena_close(&arena);
}

/* No due timer is left behind, and nobody waits for a message while there is one. */
static void check_waiting(struct world *world)
{
    int64_t counters[3];
    world_run(world);
    if (shard_next_due_ms(world->shard) <= world->now_ms)
        world_fail(world, "a due timer does not fire");
    queue_counters(world, counters);
    for (const struct call *call = world->calls; call && counters[0] > 0; call = call->next)
        if (call->is_poll) world_fail(world, "a poll waits beside a message");
}

void model_check(struct world *world, bool everything)
{
    const struct model *model = &world->model;
    if (!everything) {
        /* Looking is most of the work. */
        if (model->run_count > 0 && world_pick(world, 2) == 0)
            check_run(world, (uint32_t)world_pick(world, model->run_count));
        if (world_pick(world, 32) == 0) check_waiting(world);
        return;
    }
    /* Not always: the next thing may befall a process that has just begun. */
    if (store_unsynced(world->store) > 0 || world_pick(world, 2) == 0) check_waiting(world);
    check_waiting_list(world);
    for (uint32_t i = 0; i < model->run_count; i++)
        check_run(world, i);
    for (int i = 0; i < SIM_MACHINES; i++)
        check_list(world, (enum sim_machine)i);
    ledger_check_messages(world);
}
