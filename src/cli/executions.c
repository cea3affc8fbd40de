/* `baton start`, `list`, `describe`, `stop`, `redrive`: executions and machines over the API. */
#include <stdio.h>
#include <time.h>

#include "base/timestamp.h"
#include "cli/commands.h"
#include "cli/session.h"
#include "cli/table.h"

static json one_param(struct arena *arena, str name, str value)
{
    struct json_fields params;
    json_fields_init(&params, arena);
    json_fields_add(&params, name, json_string(value));
    return json_fields_done(&params);
}

static str seconds_cell(struct arena *arena, json entry, str key)
{
    const json *seconds = json_find(entry, key);
    if (!seconds || !json_is_number(*seconds)) return STR("-");
    return timestamp_text(arena, (int64_t)(json_number(*seconds) * 1000));
}

static const char *status_colour(str status)
{
    if (str_eq(status, STR("SUCCEEDED"))) return "green";
    if (str_eq(status, STR("RUNNING"))) return NULL;
    return "red";
}

/* ---- start ---- */

/* Polls until the execution has ended; the pause grows to a quarter of a second. */
static json wait_for_end(struct client *client, str arn)
{
    for (long pause_ms = 5;; pause_ms = pause_ms < 250 ? pause_ms * 2 : 250) {
        json found = client_must(client, STR("DescribeExecution"),
                                 one_param(client->arena, STR("executionArn"), arn));
        if (!str_eq(json_str_or(found, STR("status"), (str){ 0 }), STR("RUNNING"))) return found;
        struct timespec pause = { pause_ms / 1000, pause_ms % 1000 * 1000000 };
        nanosleep(&pause, NULL);
    }
}

static int report_end(json execution)
{
    str status = json_str_or(execution, STR("status"), (str){ 0 });
    if (str_eq(status, STR("SUCCEEDED"))) {
        str output = json_str_or(execution, STR("output"), STR("null"));
        printf("%.*s\n", STR_ARGS(output));
        return 0;
    }
    str error = json_str_or(execution, STR("error"), STR(""));
    str cause = json_str_or(execution, STR("cause"), STR(""));
    fprintf(stderr, "baton: the execution ended as %.*s%s%.*s%s%.*s\n", STR_ARGS(status),
            error.len ? ": " : "", STR_ARGS(error), cause.len ? ": " : "", STR_ARGS(cause));
    return 1;
}

int command_start(int argc, char **argv)
{
    struct option_row options[] = {
        { .name = "input", .argument = "JSON|@FILE", .help = "the execution's input (default {})" },
        { .name = "name", .argument = "NAME", .help = "of the execution (default: a UUID)" },
        { .name = "wait", .help = "wait for the end; print the output, or fail" },
        endpoint_row,
    };
    struct command_line line = {
        .usage = "baton start MACHINE [OPTIONS]",
        .description = "Starts an execution of a state machine (its name, ARN, version or alias)\n"
                       "and prints its ARN.",
        .options = options,
        .option_count = sizeof options / sizeof *options,
        .operands_min = 1,
        .operands_max = 1,
    };
    struct session session;
    session_open(&session, &line, argc, argv);
    struct arena *arena = &session.arena;
    struct client *client = &session.client;
    struct json_fields params;
    json_fields_init(&params, arena);
    json_fields_add(&params, STR("stateMachineArn"),
                    json_string(client_machine_arn(client, line.operands[0])));
    str input = read_json_argument(arena, option_or(&line, "input", STR("{}")), "--input");
    json_fields_add(&params, STR("input"), json_string(input));
    if (option_given(&line, "name"))
        json_fields_add(&params, STR("name"), json_string(option_or(&line, "name", (str){ 0 })));
    json started = client_must(client, STR("StartExecution"), json_fields_done(&params));
    str arn = json_str_or(started, STR("executionArn"), (str){ 0 });
    int status = 0;
    if (option_given(&line, "wait"))
        status = report_end(wait_for_end(client, arn));
    else
        printf("%.*s\n", STR_ARGS(arn));
    return session_close(&session, status);
}

/* ---- list ---- */

static void list_machines(struct client *client, int64_t limit)
{
    static const char *const heads[] = { "CREATED", "TYPE", "NAME", NULL };
    struct libscols_table *table = table_new(heads);
    str next = { 0 };
    do {
        struct json_fields params;
        json_fields_init(&params, client->arena);
        if (next.len) json_fields_add(&params, STR("nextToken"), json_string(next));
        json page = client_must(client, STR("ListStateMachines"), json_fields_done(&params));
        const json *machines = json_find(page, STR("stateMachines"));
        for (size_t i = 0; machines && i < json_count(*machines) && limit > 0; i++, limit--) {
            json machine = json_at(*machines, i);
            str cells[] = { seconds_cell(client->arena, machine, STR("creationDate")),
                            json_str_or(machine, STR("type"), (str){ 0 }),
                            json_str_or(machine, STR("name"), (str){ 0 }) };
            table_row(table, client->arena, cells, 3, NULL);
        }
        next = json_str_or(page, STR("nextToken"), (str){ 0 });
    } while (next.len && limit > 0);
    table_print(table, "No state machine yet: `baton deploy FILE.asl.json` makes one.");
}

static void list_executions(struct client *client, str machine, str status, int64_t limit)
{
    static const char *const heads[] = { "STARTED", "STOPPED", "STATUS", "NAME", NULL };
    struct libscols_table *table = table_new(heads);
    str arn = client_machine_arn(client, machine);
    str next = { 0 };
    do {
        struct json_fields params;
        json_fields_init(&params, client->arena);
        json_fields_add(&params, STR("stateMachineArn"), json_string(arn));
        if (status.len) json_fields_add(&params, STR("statusFilter"), json_string(status));
        if (next.len) json_fields_add(&params, STR("nextToken"), json_string(next));
        json page = client_must(client, STR("ListExecutions"), json_fields_done(&params));
        const json *executions = json_find(page, STR("executions"));
        for (size_t i = 0; executions && i < json_count(*executions) && limit > 0; i++, limit--) {
            json execution = json_at(*executions, i);
            str state = json_str_or(execution, STR("status"), (str){ 0 });
            str cells[] = { seconds_cell(client->arena, execution, STR("startDate")),
                            seconds_cell(client->arena, execution, STR("stopDate")), state,
                            json_str_or(execution, STR("name"), (str){ 0 }) };
            table_row(table, client->arena, cells, 4, status_colour(state));
        }
        next = json_str_or(page, STR("nextToken"), (str){ 0 });
    } while (next.len && limit > 0);
    table_print(table, "No execution.");
}

int command_list(int argc, char **argv)
{
    struct option_row options[] = {
        { .name = "status", .argument = "STATUS", .help = "only RUNNING, SUCCEEDED, FAILED ..." },
        { .name = "limit", .argument = "N", .help = "at most N rows (default 100)" },
        endpoint_row,
    };
    struct command_line line = {
        .usage = "baton list [MACHINE] [OPTIONS]",
        .description = "Lists the state machines, or the executions of one, newest first.",
        .options = options,
        .option_count = sizeof options / sizeof *options,
        .operands_max = 1,
    };
    struct session session;
    session_open(&session, &line, argc, argv);
    if (line.operand_count == 0 && option_given(&line, "status"))
        quit(2, "--status needs a MACHINE whose executions to list");
    struct client *client = &session.client;
    int64_t limit = option_i64(&line, "limit", 100, 1, 1000000000);
    if (line.operand_count == 0)
        list_machines(client, limit);
    else
        list_executions(client, line.operands[0], option_or(&line, "status", (str){ 0 }), limit);
    return session_close(&session, 0);
}

/* ---- describe, stop, redrive ---- */

/* ARNs say what they are; a bare name is a machine, MACHINE/EXECUTION an execution. */
static bool is_execution(str typed)
{
    if (str_starts_with(typed, STR("arn:")))
        return str_find(typed, STR(":execution:"), 0) < typed.len ||
               str_find(typed, STR(":express:"), 0) < typed.len;
    return str_find_char(typed, '/', 0) < typed.len;
}

static json describe(struct client *client, str typed)
{
    if (is_execution(typed))
        return client_must(
            client, STR("DescribeExecution"),
            one_param(client->arena, STR("executionArn"), client_execution_arn(client, typed)));
    if (str_find(typed, STR(":activity:"), 0) < typed.len)
        return client_must(client, STR("DescribeActivity"),
                           one_param(client->arena, STR("activityArn"), typed));
    return client_must(
        client, STR("DescribeStateMachine"),
        one_param(client->arena, STR("stateMachineArn"), client_machine_arn(client, typed)));
}

int command_describe(int argc, char **argv)
{
    struct option_row options[] = { endpoint_row };
    struct command_line line = {
        .usage = "baton describe MACHINE | MACHINE/EXECUTION | ARN [OPTIONS]",
        .description = "Prints all that the server knows of a state machine, an execution or an\n"
                       "activity, as JSON.",
        .options = options,
        .option_count = 1,
        .operands_min = 1,
        .operands_max = 1,
    };
    struct session session;
    session_open(&session, &line, argc, argv);
    struct arena *arena = &session.arena;
    struct client *client = &session.client;
    struct buf text;
    buf_init(&text, arena);
    json_write_pretty(&text, describe(client, line.operands[0]));
    printf("%.*s\n", STR_ARGS(buf_str(&text)));
    return session_close(&session, 0);
}

int command_stop(int argc, char **argv)
{
    struct option_row options[] = {
        { .name = "error", .argument = "NAME", .help = "recorded as the reason" },
        { .name = "cause", .argument = "TEXT", .help = "recorded as the explanation" },
        endpoint_row,
    };
    struct command_line line = {
        .usage = "baton stop MACHINE/EXECUTION | ARN [OPTIONS]",
        .description = "Stops a running execution and the nested ones that it waits for.",
        .options = options,
        .option_count = sizeof options / sizeof *options,
        .operands_min = 1,
        .operands_max = 1,
    };
    struct session session;
    session_open(&session, &line, argc, argv);
    struct arena *arena = &session.arena;
    struct client *client = &session.client;
    struct json_fields params;
    json_fields_init(&params, arena);
    json_fields_add(&params, STR("executionArn"),
                    json_string(client_execution_arn(client, line.operands[0])));
    if (option_given(&line, "error"))
        json_fields_add(&params, STR("error"), json_string(option_or(&line, "error", (str){ 0 })));
    if (option_given(&line, "cause"))
        json_fields_add(&params, STR("cause"), json_string(option_or(&line, "cause", (str){ 0 })));
    client_must(client, STR("StopExecution"), json_fields_done(&params));
    puts("stopped");
    return session_close(&session, 0);
}

int command_redrive(int argc, char **argv)
{
    struct option_row options[] = {
        { .name = "wait", .help = "wait for the end; print the output, or fail" },
        endpoint_row,
    };
    struct command_line line = {
        .usage = "baton redrive MACHINE/EXECUTION | ARN [OPTIONS]",
        .description =
            "Lets an execution that has failed, timed out or been stopped go on from the\n"
            "states that did not succeed.",
        .options = options,
        .option_count = sizeof options / sizeof *options,
        .operands_min = 1,
        .operands_max = 1,
    };
    struct session session;
    session_open(&session, &line, argc, argv);
    struct client *client = &session.client;
    str arn = client_execution_arn(client, line.operands[0]);
    client_must(client, STR("RedriveExecution"),
                one_param(&session.arena, STR("executionArn"), arn));
    int status = 0;
    if (option_given(&line, "wait"))
        status = report_end(wait_for_end(client, arn));
    else
        puts("redriven");
    return session_close(&session, status);
}
