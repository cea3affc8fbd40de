/* What every command that talks to a server begins and ends with. */
#ifndef CLI_SESSION_H
#define CLI_SESSION_H

#include "cli/client.h"
#include "cli/options.h"

struct session {
    struct arena arena; /* owned; the command's memory */
    struct client client;
};

/* The row `--endpoint URL`, which the command's options must have. */
extern const struct option_row endpoint_row;

/* Reads the command line (see options_read) and opens a client for the endpoint that it names. */
void session_open(struct session *session, struct command_line *line, int argc, char **argv);

/* Returns `status`, so that a command can `return session_close(...)`. */
int session_close(struct session *session, int status);

#endif
