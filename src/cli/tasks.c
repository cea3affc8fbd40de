/* `baton complete`, `fail`, `heartbeat`, `extend`, `resend`: what an operator does to waiting
 * tasks, one or many. */
#include "cli/commands.h"
#include "cli/waits.h"

static void add_text(struct json_fields *fields, str name, str value)
{
    json_fields_add(fields, name, json_string(value));
}

int command_complete(int argc, char **argv)
{
    struct option_row options[] = {
        { .name = "output", .argument = "JSON|@FILE", .help = "the task's output (default {})" },
        { .name = "outcome",
          .argument = "NAME",
          .help = "decide this outcome of the state's Callback field" },
        { .name = "comment", .argument = "TEXT", .help = "kept with the decision" },
        waits_machine_row,
        waits_state_row,
        waits_name_row,
        waits_key_row,
        waits_older_row,
        waits_all_row,
        waits_dry_run_row,
        endpoint_row,
    };
    struct command_line line = {
        .usage = "baton complete [TOKEN|NAME/KEY|LINK] [OPTIONS]",
        .description = "Answers a waiting task with success, or all that fit a filter.",
        .options = options,
        .option_count = sizeof options / sizeof *options,
        .operands_max = 1,
    };
    struct session session;
    struct json_fields params;
    session_open(&session, &line, argc, argv);
    json_fields_init(&params, &session.arena);
    if (option_given(&line, "outcome"))
        add_text(&params, STR("outcome"), option_or(&line, "outcome", STR("")));
    if (option_given(&line, "comment"))
        add_text(&params, STR("comment"), option_or(&line, "comment", STR("")));
    if (option_given(&line, "output") || !option_given(&line, "outcome"))
        add_text(
            &params, STR("output"),
            read_json_argument(&session.arena, option_or(&line, "output", STR("{}")), "--output"));
    int status = waits_change(&session, &line, STR("Baton.CompleteWaits"),
                              json_fields_done(&params), "completed");
    return session_close(&session, status);
}

int command_fail(int argc, char **argv)
{
    struct option_row options[] = {
        { .name = "error", .argument = "NAME", .help = "the error's name, for Retry and Catch" },
        { .name = "cause", .argument = "TEXT", .help = "why" },
        waits_machine_row,
        waits_state_row,
        waits_name_row,
        waits_key_row,
        waits_older_row,
        waits_all_row,
        waits_dry_run_row,
        endpoint_row,
    };
    struct command_line line = {
        .usage = "baton fail [TOKEN|NAME/KEY|LINK] [OPTIONS]",
        .description = "Answers a waiting task with failure, or all that fit a filter.",
        .options = options,
        .option_count = sizeof options / sizeof *options,
        .operands_max = 1,
    };
    struct session session;
    struct json_fields params;
    session_open(&session, &line, argc, argv);
    json_fields_init(&params, &session.arena);
    if (option_given(&line, "error"))
        add_text(&params, STR("error"), option_or(&line, "error", STR("")));
    if (option_given(&line, "cause"))
        add_text(&params, STR("cause"), option_or(&line, "cause", STR("")));
    int status =
        waits_change(&session, &line, STR("Baton.FailWaits"), json_fields_done(&params), "failed");
    return session_close(&session, status);
}

/* The two that take nothing but which tasks. */
static int run_plain(struct command_line *line, int argc, char **argv, str operation,
                     const char *said)
{
    struct option_row options[] = {
        waits_machine_row, waits_state_row, waits_name_row,    waits_key_row,
        waits_older_row,   waits_all_row,   waits_dry_run_row, endpoint_row,
    };
    struct session session;
    struct json_fields params;
    line->options = options;
    line->option_count = sizeof options / sizeof *options;
    line->operands_max = 1;
    session_open(&session, line, argc, argv);
    json_fields_init(&params, &session.arena);
    return session_close(&session,
                         waits_change(&session, line, operation, json_fields_done(&params), said));
}

int command_heartbeat(int argc, char **argv)
{
    struct command_line line = {
        .usage = "baton heartbeat [TOKEN|NAME/KEY|LINK] [OPTIONS]",
        .description = "Says that the work behind a waiting task is alive.",
    };
    return run_plain(&line, argc, argv, STR("Baton.HeartbeatWaits"), "alive");
}

int command_resend(int argc, char **argv)
{
    struct command_line line = {
        .usage = "baton resend [TOKEN|NAME/KEY|LINK] [OPTIONS]",
        .description = "Carries a waiting task's call out once more, with the same token.",
    };
    return run_plain(&line, argc, argv, STR("Baton.ResendWaits"), "sent again");
}

int command_extend(int argc, char **argv)
{
    struct option_row options[] = {
        { .name = "by", .argument = "TIME", .help = "how much later: 90s, 15m, 2h, 3d" },
        waits_machine_row,
        waits_state_row,
        waits_name_row,
        waits_key_row,
        waits_older_row,
        waits_all_row,
        waits_dry_run_row,
        endpoint_row,
    };
    struct command_line line = {
        .usage = "baton extend [TOKEN|NAME/KEY|LINK] --by TIME [OPTIONS]",
        .description = "Moves the time at which a waiting task times out.",
        .options = options,
        .option_count = sizeof options / sizeof *options,
        .operands_max = 1,
    };
    struct session session;
    struct json_fields params;
    session_open(&session, &line, argc, argv);
    if (!option_given(&line, "by")) quit(2, "extend needs --by TIME");
    json_fields_init(&params, &session.arena);
    json_fields_add(
        &params, STR("seconds"),
        json_i64(&session.arena, waits_seconds(option_or(&line, "by", STR("")), "--by")));
    int status = waits_change(&session, &line, STR("Baton.ExtendWaits"), json_fields_done(&params),
                              "extended");
    return session_close(&session, status);
}
