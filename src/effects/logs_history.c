/* History events of executions as log events, in the form in which Step Functions writes them to
 * CloudWatch Logs ("Using CloudWatch Logs to log execution history in Step Functions"): ids and
 * times as texts, the details of whatever kind under one name. Runs on the loop's thread. */
#include <time.h>

#include "effects/private.h"

struct history_job {
    struct job job; /* first */
    struct effect *effect;
};

static bool ends_badly(str type)
{
    return str_ends_with(type, STR("Failed")) || str_ends_with(type, STR("TimedOut")) ||
           str_ends_with(type, STR("Aborted")) || str_eq(type, STR("FailStateEntered"));
}

/* What each level takes, by AWS's table of event types. */
static bool is_wanted(str level, str type)
{
    if (str_eq(level, STR("ALL"))) return true;
    if (str_eq(level, STR("FATAL")))
        return str_starts_with(type, STR("Execution")) && ends_badly(type);
    return ends_badly(type);
}

static bool is_data(str name)
{
    static const str names[] = {
        STR_INIT("input"),
        STR_INIT("inputDetails"),
        STR_INIT("output"),
        STR_INIT("outputDetails"),
        STR_INIT("parameters"),
        STR_INIT("assignedVariables"),
        STR_INIT("assignedVariablesDetails"),
    };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (str_eq(names[i], name)) return true;
    return false;
}

/* The member that is an object, whatever its name; {} if the event has none. */
static json details_of(struct arena *arena, json event, bool data)
{
    struct json_fields fields;
    json_fields_init(&fields, arena);
    for (size_t i = 0; i < json_count(event); i++) {
        json details = json_value_at(event, i);
        if (!json_is_object(details)) continue;
        for (size_t k = 0; k < json_count(details); k++)
            if (data || !is_data(json_key_at(details, k)))
                json_fields_add(&fields, json_key_at(details, k), json_value_at(details, k));
    }
    return json_fields_done(&fields);
}

static int64_t event_time_ms(json event)
{
    const json *seconds = json_find(event, STR("timestamp"));
    return seconds && json_is_number(*seconds) ? (int64_t)(json_number(*seconds) * 1000 + 0.5) : 0;
}

static void add_number(struct arena *arena, struct json_fields *fields, const char *name,
                       int64_t number)
{
    json_fields_add(fields, str_from(name),
                    json_string(arena_printf(arena, "%lld", (long long)number)));
}

static str message_of(struct arena *arena, json event, json request)
{
    str arn = json_str_or(request, STR("arn"), STR(""));
    bool data = json_bool_or(request, STR("data"), false);
    struct json_fields fields;
    json_fields_init(&fields, arena);
    add_number(arena, &fields, "id", json_i64_or(event, STR("id"), 0));
    json_fields_add(&fields, STR("type"), json_string(json_str_or(event, STR("type"), STR(""))));
    json_fields_add(&fields, STR("details"), details_of(arena, event, data));
    add_number(arena, &fields, "previous_event_id", json_i64_or(event, STR("previousEventId"), 0));
    add_number(arena, &fields, "event_timestamp", event_time_ms(event));
    json_fields_add(&fields, STR("execution_arn"), json_string(arn));
    add_number(arena, &fields, "redrive_count", json_i64_or(request, STR("redrives"), 0));
    return json_text(arena, json_fields_done(&fields));
}

/* "states/MACHINE/2024-05-06-07-00": one stream per machine and hour. */
static str stream_of(struct arena *arena, str machine, int64_t ms)
{
    time_t seconds = (time_t)(ms / 1000);
    struct tm day;
    if (!gmtime_r(&seconds, &day)) return machine;
    return arena_printf(arena, "states/%.*s/%04d-%02d-%02d-%02d-00", STR_ARGS(machine),
                        day.tm_year + 1900, day.tm_mon + 1, day.tm_mday, day.tm_hour);
}

static void write_events(struct effects *effects, struct arena *arena, json request)
{
    json events = json_null();
    struct error err;
    if (!json_parse(json_str_or(request, STR("events"), STR("[]")), arena, &events, &err)) return;
    str group = json_str_or(request, STR("group"), STR(""));
    str machine = json_str_or(request, STR("machine"), STR(""));
    str level = json_str_or(request, STR("level"), STR("ALL"));
    for (size_t i = 0; i < json_count(events); i++) {
        json event = json_at(events, i);
        if (!is_wanted(level, json_str_or(event, STR("type"), STR("")))) continue;
        int64_t ms = event_time_ms(event);
        logs_add_message(effects->logs, group, stream_of(arena, machine, ms), ms,
                         message_of(arena, event, request));
    }
}

static void run_history(struct effects *effects, struct job *job)
{
    struct effect *effect = ((struct history_job *)job)->effect;
    write_events(effects, &effect->arena, effect->request);
    effect->result.ok = true;
    effect_finish(effect);
}

void effects_log_history(struct effects *effects, struct effect *effect)
{
    struct history_job *job = ARENA_NEW(&effect->arena, struct history_job);
    job->job.run = run_history;
    job->effect = effect;
    if (effects_submit(effects, &job->job)) return;
    effect->result.ok = true;
    effect_finish(effect);
}
