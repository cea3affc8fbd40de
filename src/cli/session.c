/* A command's memory and its connection; see session.h. */
#include "cli/session.h"

const struct option_row endpoint_row = { .name = "endpoint",
                                         .argument = "URL",
                                         .help = "of the server (or $BATON_ENDPOINT)" };

void session_open(struct session *session, struct command_line *line, int argc, char **argv)
{
    arena_init(&session->arena);
    options_read(line, &session->arena, argc, argv);
    client_open(&session->client, &session->arena, option_or(line, "endpoint", (str){ 0 }));
}

int session_close(struct session *session, int status)
{
    client_close(&session->client);
    arena_close(&session->arena);
    return status;
}
