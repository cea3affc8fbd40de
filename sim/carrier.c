/* Effects on their way: the functions that the machines call, and what becomes of a call. They are
 * carried out here, without a process; when and how each ends is chance. */
#include "sim.h"

#include <stdio.h>
#include <stdlib.h>

/* What the function gets: the Task's Payload. */
static json event_of(const struct world *world, struct effect *effect)
{
    struct error err;
    json event;
    str text;
    if (!json_find_str(effect->request, STR("payload"), &text) ||
        !json_parse(text, &effect->arena, &event, &err))
        world_fail(world, "effect %llu has no event", (unsigned long long)effect->id);
    return event;
}

static struct subject subject_of(const struct world *world, json event)
{
    const struct model *model = &world->model;
    struct subject subject = { 0 };
    int64_t number = json_i64_or(event, STR("event"), -1);
    if (number >= 0 && (size_t)number < model->event_count)
        return (struct subject){ .is_event = true, .number = (uint32_t)number };
    if (!model_run_of(model, event, &subject.number))
        world_fail(world, "a function is called with a foreign event");
    return subject;
}

static void carry(void *context, struct effect *effect)
{
    struct world *world = context;
    str text;
    if (world->doors) {
        doors_carry(world, effect);
        return;
    }
    if (!str_eq(effect->kind, STR("function")))
        world_fail(world, "nobody has asked for an effect of kind %.*s", STR_ARGS(effect->kind));
    if (store_unsynced(world->store) > 0)
        world_fail(world, "effect %llu leaves before a sync", (unsigned long long)effect->id);
    json event = event_of(world, effect);
    struct subject subject = subject_of(world, event);
    if (world->trace)
        printf("%6zu effect %llu of %s leaves\n", world->step, (unsigned long long)effect->id,
               ledger_subject(world, subject));
    ledger_carry(world, effect->id, subject);
    /* Functions answer their token at any time, also before they have ended. */
    struct task task;
    if (json_find_str(event, STR("token"), &text) && model_task_of(&world->model, event, &task))
        model_add_token(&world->model, task, text);
    world->flights =
        model_grow(world->flights, world->flight_count, &world->flight_capacity, sizeof(void *));
    world->flights[world->flight_count++] = effect;
}

struct carrier carrier_of(struct world *world)
{
    return (struct carrier){ .carry = carry, .context = world };
}

/* ---- coming back ---- */

enum ending { ENDING_ANSWER, ENDING_OWN_ERROR, ENDING_NOT_RUN, ENDING_ABANDONED };

static void set_result(struct world *world, struct effect *effect, enum ending ending)
{
    static const char *const own_errors[] = { "Busy", "Broken" };
    static const char *const not_run[] = { "Lambda.TooManyRequestsException",
                                           "Lambda.ServiceException" };
    struct effect_result *result = &effect->result;
    uint32_t number = 0;
    if (ending == ENDING_ABANDONED) {
        result->abandoned = true;
        return;
    }
    json event = event_of(world, effect);
    struct task task;
    if (model_task_of(&world->model, event, &task))
        number = model_add_answer(&world->model, task, ending == ENDING_ANSWER);
    result->ok = ending != ENDING_NOT_RUN;
    result->status = 200;
    result->version = STR("$LATEST");
    if (ending == ENDING_ANSWER) {
        result->body = arena_printf(&effect->arena, "{\"n\":%u}", number);
    } else if (ending == ENDING_OWN_ERROR) {
        result->error = STR("Unhandled");
        result->body =
            arena_printf(&effect->arena, "{\"errorType\":\"%s\",\"errorMessage\":\"n=%u\"}",
                         own_errors[world_pick(world, 2)], number);
    } else {
        result->error = str_from(not_run[world_pick(world, 2)]);
        result->cause = arena_printf(&effect->arena, "n=%u", number);
    }
}

static void finish(struct world *world, size_t at, enum ending ending)
{
    static const char *const names[] = { "answers", "fails", "has not run", "is abandoned" };
    struct effect *effect = world->flights[at];
    uint64_t id = effect->id;
    world->flights[at] = world->flights[--world->flight_count];
    set_result(world, effect, ending);
    if (world->trace)
        printf("%6zu effect %llu %s\n", world->step, (unsigned long long)id, names[ending]);
    ledger_finish(world, id, ending == ENDING_ABANDONED, ending == ENDING_ANSWER);
    effect_finish(effect);
}

void carrier_act(struct world *world)
{
    if (world->flight_count == 0) return;
    uint64_t how = world_pick(world, 10);
    enum ending ending = how < 6   ? ENDING_ANSWER
                         : how < 8 ? ENDING_OWN_ERROR
                         : how < 9 ? ENDING_NOT_RUN
                                   : ENDING_ABANDONED;
    finish(world, world_pick(world, world->flight_count), ending);
}

bool carrier_finish_all(struct world *world)
{
    bool any = world->flight_count > 0;
    while (world->flight_count > 0) {
        size_t at = world_pick(world, world->flight_count);
        /* An event that fails is tried again for hours. */
        bool is_event = subject_of(world, event_of(world, world->flights[at])).is_event;
        finish(world, at, is_event ? ENDING_ANSWER : (enum ending)world_pick(world, 3));
    }
    return any;
}

void carrier_forget(struct world *world)
{
    while (world->flight_count > 0)
        effect_free(world->flights[--world->flight_count]);
}
