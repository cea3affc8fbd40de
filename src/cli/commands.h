/* The commands that talk to a server, and lint and eval. Each takes its own argv and returns the
 * program's exit status: 0 good, 1 refused or failed, 2 a wrong command line. */
#ifndef CLI_COMMANDS_H
#define CLI_COMMANDS_H

int command_deploy(int argc, char **argv);
int command_lint(int argc, char **argv);
int command_eval(int argc, char **argv);
int command_start(int argc, char **argv);
int command_list(int argc, char **argv);
int command_describe(int argc, char **argv);
int command_history(int argc, char **argv);
int command_stop(int argc, char **argv);
int command_redrive(int argc, char **argv);
int command_waiting(int argc, char **argv);
int command_complete(int argc, char **argv);
int command_fail(int argc, char **argv);
int command_heartbeat(int argc, char **argv);
int command_extend(int argc, char **argv);
int command_resend(int argc, char **argv);
int command_links(int argc, char **argv);
int command_callbacks(int argc, char **argv);
int command_mailbox(int argc, char **argv);
int command_functions(int argc, char **argv);
int command_queues(int argc, char **argv);
int command_topics(int argc, char **argv);
int command_tables(int argc, char **argv);
int command_apis(int argc, char **argv);
int command_logs(int argc, char **argv);
int command_outbox(int argc, char **argv);
int command_routes(int argc, char **argv);
int command_deliveries(int argc, char **argv);

#endif
