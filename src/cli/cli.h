/* The command line: one row per command. */
#ifndef CLI_CLI_H
#define CLI_CLI_H

#include <stddef.h>

struct cli_command {
    const char *name;
    const char *help;                  /* one line, for `baton help` */
    int (*run)(int argc, char **argv); /* argv[0] is the command's name; returns the exit status */
};

/* All commands, in the order in which help lists them. */
const struct cli_command *cli_commands(size_t *count);

/* `baton serve` (serve.c); the others are in commands.h. */
int command_serve(int argc, char **argv);

#endif
