/* Messages and effects: what is known of each, and what must therefore hold.
 *
 * A message's body says which it is, {"plain":12} or {"run":"run-12",...}, so that one that was
 * stored twice is seen, whatever its id. */
#include "sim.h"

#include <stdio.h>

#include "store/keys.h"

/* ---- messages ---- */

uint32_t ledger_add_message(struct model *model, bool of_run, uint32_t run)
{
    model->messages = model_grow(model->messages, model->message_count, &model->message_capacity,
                                 sizeof *model->messages);
    model->messages[model->message_count] = (struct message){ .of_run = of_run, .run = run };
    return (uint32_t)model->message_count++;
}

uint32_t ledger_run_message(struct model *model, uint32_t run, uint32_t life)
{
    for (uint32_t i = 0; i < model->message_count; i++) {
        const struct message *message = &model->messages[i];
        if (message->of_run && message->run == run && message->life == life) return i;
    }
    uint32_t number = ledger_add_message(model, true, run);
    model->messages[number].life = life;
    return number;
}

uint32_t ledger_message_of(struct world *world, str body, struct arena *arena, json *parsed)
{
    struct model *model = &world->model;
    struct error err;
    struct task task;
    if (json_parse(body, arena, parsed, &err)) {
        int64_t plain = json_i64_or(*parsed, STR("plain"), -1);
        if (plain >= 0 && (size_t)plain < model->message_count) return (uint32_t)plain;
        if (model_task_of(model, *parsed, &task) &&
            model->runs[task.execution].machine == MACHINE_SEND &&
            task.life <= model->runs[task.execution].redrives_asked)
            return ledger_run_message(model, task.execution, task.life);
    }
    world_fail(world, "a message that nobody has sent: %.*s", STR_ARGS(body));
}

void ledger_receive(struct world *world, uint32_t number, str id, str receipt, int64_t ran_ms,
                    int64_t hidden_until_ms)
{
    struct message *message = &world->model.messages[number];
    bool known = message->received || message->acknowledged;
    if (world->trace) printf("%6zu message %u is received\n", world->step, number);
    if (known && !str_eq(id, str_from(message->id)))
        world_fail(world, "message %u is there twice", number);
    if (message->deleted)
        world_fail(world, "message %u was deleted, and is received again", number);
    if (message->changes_open == 0 && ran_ms < message->hidden_until_ms)
        world_fail(world, "message %u is received %lld ms before its time", number,
                   (long long)(message->hidden_until_ms - ran_ms));
    if (receipt.len >= sizeof message->receipt || id.len >= sizeof message->id)
        world_fail(world, "message %u has too long an id or receipt handle", number);
    snprintf(message->id, sizeof message->id, "%.*s", STR_ARGS(id));
    snprintf(message->receipt, sizeof message->receipt, "%.*s", STR_ARGS(receipt));
    message->received = true;
    message->hidden_until_ms = hidden_until_ms;
}

/* Counts the messages in the store: KEY_MESSAGE has one record for each, with its body. */
static void count_stored(struct world *world, struct arena *arena)
{
    struct model *model = &world->model;
    struct key from, to;
    str key, value;
    struct error err;
    for (size_t i = 0; i < model->message_count; i++)
        model->messages[i].stored = 0;
    key_begin(&from, shard_number(world->shard), KEY_MESSAGE);
    to = from;
    key_range_end(&to);
    struct store_cursor *cursor =
        store_scan(world->store, NULL, key_str(&from), key_str(&to), false);
    while (store_cursor_next(cursor, &key, &value)) {
        json record, body;
        str text;
        if (!json_parse(arena_str(arena, value), arena, &record, &err) ||
            !json_find_str(record, STR("body"), &text))
            world_fail(world, "the record of a message does not decode");
        uint32_t number = ledger_message_of(world, text, arena, &body);
        model->messages[number].stored++;
    }
    store_cursor_close(cursor);
}

/* The bounds of how often it may be there. */
static void expected(const struct world *world, const struct message *message, size_t *min,
                     size_t *max)
{
    const struct run *run = &world->model.runs[message->run];
    bool sent = message->of_run ? run->exists && message->life <= run->redriven
                                : message->acknowledged || message->received;
    bool perhaps = !message->of_run; /* a client's call that was never answered */
    *max = message->deleted ? 0 : sent || perhaps ? 1 : 0;
    *min = sent && !message->delete_sent ? 1 : 0;
}

void ledger_check_messages(struct world *world)
{
    const struct model *model = &world->model;
    struct arena arena;
    arena_init(&arena);
    count_stored(world, &arena);
    for (uint32_t i = 0; i < model->message_count; i++) {
        const struct message *message = &model->messages[i];
        size_t min, max;
        expected(world, message, &min, &max);
        if (message->stored < min || message->stored > max)
            world_fail(world, "message %u (%s) is stored %zu times, not %zu to %zu", i,
                       message->of_run ? model->runs[message->run].name : "a client's",
                       message->stored, min, max);
        if (message->of_run && message->received && !model->runs[message->run].exists)
            world_fail(world, "the message of %s was received, and it does not exist",
                       model->runs[message->run].name);
    }
    arena_close(&arena);
}

/* ---- effects ---- */

static struct seen *find_effect(struct model *model, uint64_t id)
{
    for (size_t i = 0; i < model->effect_count; i++)
        if (model->effects[i].id == id) return &model->effects[i];
    return NULL;
}

uint32_t ledger_add_event(struct model *model)
{
    model->events = model_grow(model->events, model->event_count, &model->event_capacity,
                               sizeof *model->events);
    model->events[model->event_count] = (struct event){ 0 };
    return (uint32_t)model->event_count++;
}

const char *ledger_subject(const struct world *world, struct subject subject)
{
    return subject.is_event ? "an event" : world->model.runs[subject.number].name;
}

static bool same_subject(struct subject a, struct subject b)
{
    return a.is_event == b.is_event && a.number == b.number;
}

size_t ledger_count_effects(const struct model *model, struct subject subject)
{
    size_t count = 0;
    for (size_t i = 0; i < model->effect_count; i++)
        count += same_subject(model->effects[i].subject, subject);
    return count;
}

/* A function that has taken the event does not get it again. */
static void check_event(const struct world *world, struct subject subject)
{
    const struct model *model = &world->model;
    for (size_t i = 0; i < model->effect_count; i++) {
        const struct seen *effect = &model->effects[i];
        if (effect->answered && effect->state == EFFECT_DURABLE &&
            same_subject(effect->subject, subject))
            world_fail(world, "event %u leaves again, and the function has taken it",
                       subject.number);
    }
}

void ledger_carry(struct world *world, uint64_t id, struct subject subject)
{
    static const char *const states[] = { "is on its way",
                                          "was given up in this life of the process", "has ended",
                                          "has ended, and the shard knows how",
                                          "has ended, and how is durable" };
    struct model *model = &world->model;
    struct seen *effect = find_effect(model, id);
    if (!effect) {
        model->effects = model_grow(model->effects, model->effect_count, &model->effect_capacity,
                                    sizeof *model->effects);
        effect = &model->effects[model->effect_count++];
        *effect = (struct seen){ .id = id, .subject = subject, .state = EFFECT_WAITING };
    }
    if (!same_subject(effect->subject, subject))
        world_fail(world, "effect %llu is about something else now", (unsigned long long)id);
    if (effect->state < EFFECT_WAITING)
        world_fail(world, "effect %llu of %s leaves again, but it %s", (unsigned long long)id,
                   ledger_subject(world, subject), states[effect->state]);
    effect->state = EFFECT_FLYING;
    if (!subject.is_event) return;
    check_event(world, subject);
    model->events[subject.number].carried = true;
}

void ledger_finish(struct world *world, uint64_t id, bool abandoned, bool answered)
{
    struct seen *effect = find_effect(&world->model, id);
    effect->state = abandoned ? EFFECT_ABANDONED : EFFECT_FINISHED;
    effect->answered = answered;
}

void ledger_move(struct world *world, enum effect_state from, enum effect_state to)
{
    struct model *model = &world->model;
    for (size_t i = 0; i < model->effect_count; i++)
        if (model->effects[i].state == from) model->effects[i].state = to;
}

void ledger_crash(struct world *world, bool unsynced)
{
    struct model *model = &world->model;
    ledger_move(world, EFFECT_APPLIED, unsynced ? EFFECT_UNKNOWN : EFFECT_DURABLE);
    ledger_move(world, EFFECT_FLYING, EFFECT_WAITING);
    ledger_move(world, EFFECT_ABANDONED, EFFECT_WAITING);
    ledger_move(world, EFFECT_FINISHED, EFFECT_WAITING);
    /* Changes on their way have come through, or never will. */
    for (size_t i = 0; i < model->message_count; i++) {
        struct message *message = &model->messages[i];
        if (message->changes_open > 0) message->hidden_until_ms = 0;
        message->changes_open = 0;
    }
}

void ledger_check_effects(struct world *world, uint32_t number)
{
    const struct run *run = &world->model.runs[number];
    size_t count = ledger_count_effects(&world->model, (struct subject){ .number = number });
    if (count > 0 && !run->exists)
        world_fail(world, "%s has called a function, and does not exist", run->name);
    if (count > run->invocations)
        world_fail(world, "%s has scheduled %zu calls of a function, and %zu were made", run->name,
                   run->invocations, count);
}
