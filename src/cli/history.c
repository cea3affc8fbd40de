/* `baton history`: what an execution did, as a table or as JSON. */
#include <stdio.h>

#include "base/timestamp.h"
#include "cli/commands.h"
#include "cli/session.h"
#include "cli/table.h"

/* The one member whose name ends in "EventDetails"; an empty object if there is none. */
static json details_of(json event)
{
    for (size_t i = 0; i < json_count(event); i++) {
        if (str_ends_with(json_key_at(event, i), STR("EventDetails")))
            return json_value_at(event, i);
    }
    return (json){ .kind = JSON_OBJECT };
}

/* What a reader wants to see of an event: the first of these that it has. */
static str summary(struct arena *arena, json details)
{
    static const str keys[] = { STR_INIT("error"),      STR_INIT("output"),     STR_INIT("input"),
                                STR_INIT("parameters"), STR_INIT("workerName"), STR_INIT("cause") };
    str error = json_str_or(details, STR("error"), (str){ 0 });
    str cause = json_str_or(details, STR("cause"), (str){ 0 });
    if (error.len && cause.len)
        return arena_printf(arena, "%.*s: %.*s", STR_ARGS(error), STR_ARGS(cause));
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
        str value = json_str_or(details, keys[i], (str){ 0 });
        if (value.len) return value;
    }
    return STR("");
}

static const char *event_colour(str type)
{
    if (str_ends_with(type, STR("Failed")) || str_ends_with(type, STR("TimedOut")) ||
        str_ends_with(type, STR("Aborted")))
        return "red";
    if (str_eq(type, STR("ExecutionSucceeded"))) return "green";
    if (str_ends_with(type, STR("Entered")) || str_ends_with(type, STR("Exited"))) return NULL;
    return "cyan";
}

static str state_of(json details)
{
    str name = json_str_or(details, STR("name"), (str){ 0 });
    return name.len ? name : json_str_or(details, STR("state"), STR(""));
}

static void add_page(struct arena *arena, struct libscols_table *table, json page, double *first)
{
    const json *events = json_find(page, STR("events"));
    for (size_t i = 0; events && i < json_count(*events); i++) {
        json event = json_at(*events, i);
        const json *at = json_find(event, STR("timestamp"));
        double seconds = at && json_is_number(*at) ? json_number(*at) : 0;
        if (*first == 0) *first = seconds;
        json details = details_of(event);
        str type = json_str_or(event, STR("type"), (str){ 0 });
        str cells[] = {
            arena_printf(arena, "%lld", (long long)json_i64_or(event, STR("id"), 0)),
            arena_printf(arena, "%+.3fs", seconds - *first),
            type,
            state_of(details),
            summary(arena, details),
        };
        table_row(table, arena, cells, sizeof cells / sizeof *cells, event_colour(type));
    }
}

static void print_page(struct arena *arena, json page)
{
    const json *events = json_find(page, STR("events"));
    for (size_t i = 0; events && i < json_count(*events); i++)
        printf("%.*s\n", STR_ARGS(json_text(arena, json_at(*events, i))));
}

int command_history(int argc, char **argv)
{
    struct option_row options[] = {
        { .name = "json", .help = "one event a line, as the API gives it" },
        { .name = "reverse", .help = "newest first" },
        endpoint_row,
    };
    struct command_line line = {
        .usage = "baton history MACHINE/EXECUTION | ARN [OPTIONS]",
        .description = "Prints the events of an execution, with the time since the first.",
        .options = options,
        .option_count = sizeof options / sizeof *options,
        .operands_min = 1,
        .operands_max = 1,
    };
    struct session session;
    session_open(&session, &line, argc, argv);
    struct arena *arena = &session.arena;
    struct client *client = &session.client;
    str arn = client_execution_arn(client, line.operands[0]);
    static const char *const heads[] = { "ID", "TIME", "EVENT", "STATE", "DETAILS", NULL };
    bool as_json = option_given(&line, "json");
    struct libscols_table *table = as_json ? NULL : table_new(heads);
    double first = 0;
    str next = { 0 };
    do {
        struct json_fields params;
        json_fields_init(&params, arena);
        json_fields_add(&params, STR("executionArn"), json_string(arn));
        json_fields_add(&params, STR("maxResults"), json_double(STATES_PAGE_RESULTS_MAX));
        if (option_given(&line, "reverse"))
            json_fields_add(&params, STR("reverseOrder"), json_bool(true));
        if (next.len) json_fields_add(&params, STR("nextToken"), json_string(next));
        json page = client_must(client, STR("GetExecutionHistory"), json_fields_done(&params));
        if (as_json)
            print_page(arena, page);
        else
            add_page(arena, table, page, &first);
        next = json_str_or(page, STR("nextToken"), (str){ 0 });
    } while (next.len);
    if (!as_json) table_print(table, "No event.");
    return session_close(&session, 0);
}
