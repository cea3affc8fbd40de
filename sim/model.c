/* What clients were told, and what must therefore hold. The model knows nothing of frames, records
 * or turns: it looks at the API's answers only. */
#include "sim.h"

#include <stdio.h>
#include <stdlib.h>

static const char *const machine_names[SIM_MACHINES] = { "ask",  "fork",  "map",
                                                         "wait", "limit", "nest" };

static void *grow(void *items, size_t count, size_t *capacity, size_t item_bytes)
{
    if (count < *capacity) return items;
    *capacity = *capacity ? *capacity * 2 : 64;
    items = realloc(items, *capacity * item_bytes);
    if (!items) fatal("out of memory");
    return items;
}

uint32_t model_add_run(struct model *model, const char *name, uint32_t machine)
{
    model->runs = grow(model->runs, model->run_count, &model->run_capacity, sizeof *model->runs);
    struct run *run = &model->runs[model->run_count];
    *run = (struct run){ .machine = machine };
    snprintf(run->name, sizeof run->name, "%s", name);
    return (uint32_t)model->run_count++;
}

uint32_t model_add_answer(struct model *model, uint32_t execution, bool success)
{
    model->answers =
        grow(model->answers, model->answer_count, &model->answer_capacity, sizeof *model->answers);
    model->answers[model->answer_count] =
        (struct sent){ .execution = execution, .success = success };
    return (uint32_t)model->answer_count++;
}

void model_add_token(struct model *model, uint32_t execution, const char *text)
{
    model->tokens =
        grow(model->tokens, model->token_count, &model->token_capacity, sizeof *model->tokens);
    struct held *held = &model->tokens[model->token_count++];
    held->execution = execution;
    snprintf(held->token, sizeof held->token, "%s", text);
}

void model_free(struct model *model)
{
    free(model->runs);
    free(model->answers);
    free(model->tokens);
    *model = (struct model){ 0 };
}

/* ---- one execution ---- */

/* What a look at one history brings. */
struct look {
    struct world *world;
    const char *name;
    uint32_t run;
    uint8_t *counted; /* per answer: how often it stands in the histories of the run */
    size_t open_tasks, scheduled, closed;
    bool ended;
};

static json details_of(json event)
{
    for (size_t i = 0; i < json_count(event); i++) {
        if (str_ends_with(json_key_at(event, i), STR("EventDetails")))
            return json_value_at(event, i);
    }
    return (json){ .kind = JSON_OBJECT };
}

/* The number of the answer in `{"n":12}` or `n=12`. */
static bool number_in(str text, uint32_t *out)
{
    size_t at = str_find(text, STR("n"), 0);
    while (at < text.len && (text.ptr[at] < '0' || text.ptr[at] > '9'))
        at++;
    size_t end = at;
    while (end < text.len && text.ptr[end] >= '0' && text.ptr[end] <= '9')
        end++;
    int64_t value;
    if (at == end || !str_to_i64(str_slice(text, at, end), &value)) return false;
    *out = (uint32_t)value;
    return true;
}

static void count_answer(struct look *look, str text, bool success)
{
    const struct model *model = &look->world->model;
    uint32_t number;
    if (!number_in(text, &number) || number >= model->answer_count)
        world_fail(look->world, "%s: an answer that nobody sent: %.*s", look->name, STR_ARGS(text));
    const struct sent *sent = &model->answers[number];
    if (sent->execution != look->run)
        world_fail(look->world, "%s: answer %u was for another execution", look->name, number);
    if (sent->success != success)
        world_fail(look->world, "%s: answer %u counted as its opposite", look->name, number);
    if (sent->refused)
        world_fail(look->world, "%s: answer %u was refused and counted", look->name, number);
    if (++look->counted[number] > 1)
        world_fail(look->world, "%s: answer %u counted twice", look->name, number);
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
    if (look->ended)
        world_fail(look->world, "%s: event %lld after the end", look->name, (long long)id);
    str type = json_str_or(event, STR("type"), STR(""));
    json details = details_of(event);
    if (str_eq(type, STR("ActivityScheduled"))) look->scheduled++;
    if (str_eq(type, STR("ActivitySucceeded")))
        count_answer(look, json_str_or(details, STR("output"), STR("")), true);
    if (str_eq(type, STR("ActivityFailed")))
        count_answer(look, json_str_or(details, STR("cause"), STR("")), false);
    if (str_eq(type, STR("ActivitySucceeded")) || str_eq(type, STR("ActivityFailed")) ||
        str_eq(type, STR("ActivityTimedOut")))
        look->closed++;
    if (str_eq(type, STR("ExecutionSucceeded")) || str_eq(type, STR("ExecutionFailed")) ||
        str_eq(type, STR("ExecutionAborted")) || str_eq(type, STR("ExecutionTimedOut")))
        look->ended = true;
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
    for (size_t i = 0; i < json_count(*events); i++)
        look_at_event(look, json_at(*events, i), (int64_t)i + 1);
    if (look->closed > look->scheduled)
        world_fail(look->world, "%s: more tasks ended than began", look->name);
}

/* The output of a Map has its items' answers in the items' order: here, of the right number. */
static void look_at_output(struct look *look, struct arena *arena, uint32_t machine, str output)
{
    json value;
    struct error err;
    if (!json_parse(output, arena, &value, &err))
        world_fail(look->world, "%s: output is no JSON", look->name);
    size_t wanted = machine == 1 ? 3 : machine == 2 ? 5 : 0;
    if (wanted && json_count(value) != wanted)
        world_fail(look->world, "%s: %zu results instead of %zu", look->name, json_count(value),
                   wanted);
    for (size_t i = 0; wanted && i < (machine == 1 ? 2 : wanted); i++) {
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
static bool look_at(struct look *look, struct arena *arena, uint32_t machine, str name, str *status)
{
    str arn = arena_printf(arena, "arn:aws:states:us-east-1:000000000000:execution:%s:%.*s",
                           machine_names[machine], STR_ARGS(name));
    json found;
    str error;
    look->name = arena_cstr(arena, name);
    look->ended = false;
    look->scheduled = look->closed = 0;
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
    if (str_eq(*status, STR("SUCCEEDED")))
        look_at_output(look, arena, machine, json_str_or(found, STR("output"), STR("")));
    return true;
}

static void check_run(struct world *world, uint32_t index)
{
    const struct model *model = &world->model;
    const struct run *run = &model->runs[index];
    struct arena arena;
    arena_init(&arena);
    struct look look = { .world = world, .run = index };
    look.counted = arena_zalloc(&arena, model->answer_count + 1);
    str status = { 0 };
    bool exists = look_at(&look, &arena, run->machine, str_from(run->name), &status);
    if (run->acknowledged && !exists)
        world_fail(world, "%s was acknowledged and is gone", run->name);
    if (run->stop_acknowledged && str_eq(status, STR("RUNNING")))
        world_fail(world, "%s was stopped and runs", run->name);
    if (exists && run->machine == 5) {
        str child_status;
        str child = arena_printf(&arena, "child-%s", run->name);
        if (!look_at(&look, &arena, 3, child, &child_status))
            world_fail(world, "%s waits for a child that does not exist", run->name);
        bool child_runs = str_eq(child_status, STR("RUNNING"));
        if (child_runs != str_eq(status, STR("RUNNING")))
            world_fail(world, "%s is %.*s, its child %.*s", run->name, STR_ARGS(status),
                       STR_ARGS(child_status));
    }
    for (uint32_t i = 0; exists && i < model->answer_count; i++) {
        const struct sent *sent = &model->answers[i];
        if (sent->execution == index && sent->acknowledged && look.counted[i] != 1)
            world_fail(world, "%s: answer %u was acknowledged and counted %u times", run->name, i,
                       look.counted[i]);
    }
    arena_close(&arena);
}

/* The list of waiting tasks holds open tasks only, each once, and no due timer is left behind. */
static void check_lists(struct world *world)
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
    for (int i = 0; i < 50 && shard_next_due_ms(world->shard) <= world->now_ms; i++)
        shard_step(world->shard);
    shard_sync(world->shard);
    if (shard_next_due_ms(world->shard) <= world->now_ms)
        world_fail(world, "a due timer does not fire");
    arena_close(&arena);
}

void model_check(struct world *world, bool everything)
{
    const struct model *model = &world->model;
    if (everything) {
        check_lists(world);
        for (uint32_t i = 0; i < model->run_count; i++)
            check_run(world, i);
    } else if (model->run_count > 0) {
        check_run(world, (uint32_t)prng_below(&world->prng, model->run_count));
    }
}
