/* `baton waiting`, `complete`, `fail`, `heartbeat`: the open task tokens and their answers. */
#include <stdio.h>

#include "base/clock.h"
#include "base/timestamp.h"
#include "cli/commands.h"
#include "cli/session.h"
#include "cli/table.h"

/* Epoch seconds of an API answer as a time for people; "-" if absent. */
static str time_cell(struct arena *arena, json entry, str key)
{
    const json *seconds = json_find(entry, key);
    if (!seconds || !json_is_number(*seconds)) return STR("-");
    return timestamp_text(arena, (int64_t)(json_number(*seconds) * 1000));
}

static void print_waiting(struct arena *arena, struct libscols_table *table, json page)
{
    const json *tasks = json_find(page, STR("waitingTasks"));
    for (size_t i = 0; tasks && i < json_count(*tasks); i++) {
        json task = json_at(*tasks, i);
        str execution = json_str_or(task, STR("executionArn"), (str){ 0 });
        size_t name = execution.len;
        while (name > 0 && execution.ptr[name - 1] != ':')
            name--;
        str cells[] = {
            time_cell(arena, task, STR("since")),
            time_cell(arena, task, STR("until")),
            json_str_or(task, STR("stateName"), (str){ 0 }),
            str_skip(execution, name),
            json_str_or(task, STR("taskToken"), (str){ 0 }),
        };
        table_row(table, arena, cells, sizeof cells / sizeof *cells, NULL);
    }
}

static void print_lines(struct arena *arena, json page)
{
    const json *tasks = json_find(page, STR("waitingTasks"));
    for (size_t i = 0; tasks && i < json_count(*tasks); i++)
        printf("%.*s\n", STR_ARGS(json_text(arena, json_at(*tasks, i))));
}

int command_waiting(int argc, char **argv)
{
    struct option_row options[] = {
        { .name = "machine", .argument = "NAME", .help = "only tasks of this state machine" },
        { .name = "limit", .argument = "N", .help = "at most N tasks (default 100)" },
        { .name = "json", .help = "one JSON object a line" },
        endpoint_row,
    };
    struct command_line line = {
        .usage = "baton waiting [OPTIONS]",
        .description = "Lists who waits on which task token, since when, until when; oldest first.",
        .options = options,
        .option_count = sizeof options / sizeof *options,
    };
    struct session session;
    session_open(&session, &line, argc, argv);
    struct arena *arena = &session.arena;
    struct client *client = &session.client;
    int64_t left = option_i64(&line, "limit", 100, 1, 1000000000);
    static const char *const heads[] = { "SINCE", "UNTIL", "STATE", "EXECUTION", "TOKEN", NULL };
    bool as_json = option_given(&line, "json");
    struct libscols_table *table = as_json ? NULL : table_new(heads);
    str next = { 0 };
    do {
        struct json_fields params;
        json_fields_init(&params, arena);
        int64_t page_size = left < STATES_PAGE_RESULTS_MAX ? left : STATES_PAGE_RESULTS_MAX;
        json_fields_add(&params, STR("maxResults"), json_i64(arena, page_size));
        if (next.len) json_fields_add(&params, STR("nextToken"), json_string(next));
        if (option_given(&line, "machine")) {
            str arn = client_machine_arn(client, option_or(&line, "machine", (str){ 0 }));
            json_fields_add(&params, STR("stateMachineArn"), json_string(arn));
        }
        json page = client_must(client, STR("ListWaitingTasks"), json_fields_done(&params));
        if (as_json)
            print_lines(arena, page);
        else
            print_waiting(arena, table, page);
        const json *tasks = json_find(page, STR("waitingTasks"));
        left -= tasks ? (int64_t)json_count(*tasks) : 0;
        next = json_str_or(page, STR("nextToken"), (str){ 0 });
    } while (next.len && left > 0);
    if (!as_json) table_print(table, "Nothing waits.");
    return session_close(&session, 0);
}

/* Sends one answer for the token that is the command's operand, and ends the command. */
static int send_answer(struct session *session, const struct command_line *line, str operation,
                       struct json_fields *params, const char *said)
{
    json_fields_add(params, STR("taskToken"), json_string(str_trim(line->operands[0])));
    client_must(&session->client, operation, json_fields_done(params));
    puts(said);
    return session_close(session, 0);
}

int command_complete(int argc, char **argv)
{
    struct option_row options[] = {
        { .name = "output", .argument = "JSON|@FILE", .help = "the task's output (default {})" },
        endpoint_row,
    };
    struct command_line line = {
        .usage = "baton complete TOKEN [OPTIONS]",
        .description = "Answers a waiting task with success.",
        .options = options,
        .option_count = sizeof options / sizeof *options,
        .operands_min = 1,
        .operands_max = 1,
    };
    struct session session;
    session_open(&session, &line, argc, argv);
    struct arena *arena = &session.arena;
    struct json_fields params;
    json_fields_init(&params, arena);
    str output = read_json_argument(arena, option_or(&line, "output", STR("{}")), "--output");
    json_fields_add(&params, STR("output"), json_string(output));
    return send_answer(&session, &line, STR("SendTaskSuccess"), &params, "completed");
}

int command_fail(int argc, char **argv)
{
    struct option_row options[] = {
        { .name = "error", .argument = "NAME", .help = "the error's name, for Retry and Catch" },
        { .name = "cause", .argument = "TEXT", .help = "why" },
        endpoint_row,
    };
    struct command_line line = {
        .usage = "baton fail TOKEN [OPTIONS]",
        .description = "Answers a waiting task with failure.",
        .options = options,
        .option_count = sizeof options / sizeof *options,
        .operands_min = 1,
        .operands_max = 1,
    };
    struct session session;
    session_open(&session, &line, argc, argv);
    struct arena *arena = &session.arena;
    struct json_fields params;
    json_fields_init(&params, arena);
    if (option_given(&line, "error"))
        json_fields_add(&params, STR("error"), json_string(option_or(&line, "error", (str){ 0 })));
    if (option_given(&line, "cause"))
        json_fields_add(&params, STR("cause"), json_string(option_or(&line, "cause", (str){ 0 })));
    return send_answer(&session, &line, STR("SendTaskFailure"), &params, "failed");
}

int command_heartbeat(int argc, char **argv)
{
    struct option_row options[] = { endpoint_row };
    struct command_line line = {
        .usage = "baton heartbeat TOKEN [OPTIONS]",
        .description = "Says that the work behind a waiting task is alive.",
        .options = options,
        .option_count = 1,
        .operands_min = 1,
        .operands_max = 1,
    };
    struct session session;
    session_open(&session, &line, argc, argv);
    struct arena *arena = &session.arena;
    struct json_fields params;
    json_fields_init(&params, arena);
    return send_answer(&session, &line, STR("SendTaskHeartbeat"), &params, "alive");
}
