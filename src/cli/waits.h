/* How commands name waiting tasks: one by its token, key or link, or all that fit a filter. */
#ifndef CLI_WAITS_H
#define CLI_WAITS_H

#include "cli/session.h"

/* Rows of the filter's options; a command that takes a filter has them all. */
extern const struct option_row waits_machine_row, waits_state_row, waits_name_row, waits_key_row,
    waits_older_row;
/* ... and of a command that changes what it finds. */
extern const struct option_row waits_all_row, waits_dry_run_row;

/* Adds "filter" to the parameters, if an option of the filter was given; returns whether. */
bool waits_add_filter(struct session *session, const struct command_line *line,
                      struct json_fields *params);

/* Adds what names one wait: "taskToken", "name" and "key" (typed as NAME/KEY, or KEY with --name),
 * or "link" (a URL or its path). Ends the program with 2 if it can be none of them. */
void waits_add_operand(const struct command_line *line, struct json_fields *params);

/* Seconds of "90", "90s", "15m", "2h", "3d"; ends the program with 2 on anything else. */
int64_t waits_seconds(str text, const char *what);

/* Calls `operation` for the wait that the operand names, or page by page for all that fit the
 * filter (the command's options are those above), and prints a line for each with what has come of
 * it. `params` are what the operation wants beside. Returns the exit status: 1 if the operand's
 * wait did not take it. */
int waits_change(struct session *session, const struct command_line *line, str operation,
                 json params, const char *said);

#endif
