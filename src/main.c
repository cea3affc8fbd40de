/* The program: finds the command that is asked for and runs it. */
#include <stdio.h>
#include <string.h>

#include "cli/cli.h"
#include "effects/child.h"

static void print_usage(FILE *out)
{
    size_t count;
    const struct cli_command *commands = cli_commands(&count);
    fputs("usage: baton COMMAND [OPTIONS]\n\ncommands:\n", out);
    for (size_t i = 0; i < count; i++)
        fprintf(out, "  %-12s %s\n", commands[i].name, commands[i].help);
    fputs("\n`baton COMMAND --help` says more; `baton --version` prints the version.\n", out);
}

static int run_command(int argc, char **argv)
{
    size_t count;
    const struct cli_command *commands = cli_commands(&count);
    for (size_t i = 0; i < count; i++) {
        if (strcmp(commands[i].name, argv[0]) == 0) return commands[i].run(argc, argv);
    }
    fprintf(stderr, "baton: there is no command '%s'; see `baton help`\n", argv[0]);
    return 2;
}

int main(int argc, char **argv)
{
    if (argc < 2) {
        print_usage(stderr);
        return 2;
    }
    if (strcmp(argv[1], EFFECTS_CHILD_COMMAND) == 0) return effects_child_main(argc, argv);
    if (strcmp(argv[1], "help") == 0 || strcmp(argv[1], "--help") == 0) {
        if (argc > 2 && strcmp(argv[1], "help") == 0) {
            char option[] = "--help";
            char *help[] = { argv[2], option, NULL };
            return run_command(2, help);
        }
        print_usage(stdout);
        return 0;
    }
    if (strcmp(argv[1], "--commands") == 0) { /* for shell completion */
        size_t count;
        const struct cli_command *commands = cli_commands(&count);
        for (size_t i = 0; i < count; i++)
            puts(commands[i].name);
        return 0;
    }
    if (strcmp(argv[1], "--version") == 0) {
        puts("baton " BATON_VERSION);
        return 0;
    }
    return run_command(argc - 1, argv + 1);
}
