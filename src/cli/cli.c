/* The table of commands. */
#include "cli/cli.h"

#include "cli/commands.h"

static const struct cli_command commands[] = {
    { "serve", "run the engine and answer API calls", command_serve },
    { "deploy", "create or update a state machine from a definition", command_deploy },
    { "lint", "check definitions without a server", command_lint },
    { "eval", "evaluate an expression without a server", command_eval },
    { "start", "start an execution", command_start },
    { "list", "list state machines or executions", command_list },
    { "describe", "show an execution or a state machine", command_describe },
    { "history", "show what happened in an execution", command_history },
    { "stop", "stop an execution", command_stop },
    { "redrive", "let an execution go on from where it failed", command_redrive },
    { "waiting", "list the tasks that wait for a callback, or show one", command_waiting },
    { "complete", "end waiting tasks with a result", command_complete },
    { "fail", "end waiting tasks with an error", command_fail },
    { "heartbeat", "keep waiting tasks alive", command_heartbeat },
    { "extend", "give waiting tasks more time", command_extend },
    { "resend", "carry the calls of waiting tasks out once more", command_resend },
    { "links", "show and change the keys of callback links, revoke links", command_links },
    { "callbacks", "list and change the settings of callback names", command_callbacks },
    { "mailbox", "show and move answers that nobody waits for yet", command_mailbox },
    { "functions", "list functions, or show one", command_functions },
    { "logs", "print the log of a function or a log group", command_logs },
    { "queues", "list queues, or show one", command_queues },
    { "topics", "list topics, or show one", command_topics },
    { "routes", "list, put, show, delete or test inbound routes", command_routes },
    { "deliveries", "list, show or replay what has come through routes", command_deliveries },
    { "outbox", "show the mail of topics, which is kept and not sent", command_outbox },
    { "tables", "list tables, or show one", command_tables },
    { "apis", "list HTTP APIs with their addresses, or show one", command_apis },
};

const struct cli_command *cli_commands(size_t *count)
{
    *count = sizeof commands / sizeof commands[0];
    return commands;
}
