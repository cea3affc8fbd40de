/* History events on their way to a log: an effect of kind "log" that is not stored. It leaves when
 * the transaction is durable, so that a log never tells of what a crash has undone; a crash may
 * lose the last events of a log, never of a history. */
#include "shard/shard_private.h"

/* Whether a level may want some of the events: the carrier looks closer, off the writer. */
static bool may_be_wanted(str level, str events)
{
    if (str_eq(level, STR("ALL"))) return true;
    return str_find(events, STR("Failed\""), 0) < events.len ||
           str_find(events, STR("TimedOut\""), 0) < events.len ||
           str_find(events, STR("Aborted\""), 0) < events.len ||
           str_find(events, STR("\"FailStateEntered\""), 0) < events.len;
}

static json request_of(struct arena *arena, const struct execution *execution,
                       const struct machine_log *log, str events)
{
    struct json_fields fields;
    json_fields_init(&fields, arena);
    json_fields_add(&fields, STR("group"), json_string(arena_str(arena, log->group)));
    json_fields_add(&fields, STR("machine"), json_string(arena_str(arena, execution->id.machine)));
    json_fields_add(&fields, STR("arn"), json_string(arena_str(arena, execution->id.arn)));
    json_fields_add(&fields, STR("level"), json_string(arena_str(arena, log->level)));
    json_fields_add(&fields, STR("data"), json_bool(log->data));
    json_fields_add(&fields, STR("redrives"), json_i64(arena, execution->redrive_count));
    json_fields_add(&fields, STR("events"),
                    json_string(arena_printf(arena, "[%.*s]", STR_ARGS(events))));
    return json_fields_done(&fields);
}

void logged_release(struct txn *txn, const struct execution *execution)
{
    const struct machine_log *log = execution->log;
    str events = buf_str(&execution->history);
    if (events.len == 0 || !may_be_wanted(log->level, events)) return;
    struct effect *effect = effect_new();
    effect->kind = STR("log");
    effect->request = request_of(&effect->arena, execution, log, events);
    effect->done = effect_free;
    struct effect **last = &txn->release;
    while (*last)
        last = &(*last)->next;
    *last = effect;
}
