/* Options of a command: a table for getopt_long, with the words that --help prints. */
#ifndef CLI_OPTIONS_H
#define CLI_OPTIONS_H

#include "base/base.h"
#include "json/json.h"

struct option_row {
    const char *name;     /* "input" for --input */
    const char *argument; /* "JSON" in the help; NULL: a switch */
    const char *help;
    str value; /* filled: the argument; ptr NULL where the option was not given */
    bool given;
    char letter;  /* 'f' for -f beside the name; 0: none */
    bool repeats; /* may be given several times: the value has a line for each */
};

struct command_line {
    const char *usage;       /* "baton start MACHINE [OPTIONS]" */
    const char *description; /* sentences below it */
    struct option_row *options;
    size_t option_count;
    size_t operands_min, operands_max;
    const str *operands; /* filled */
    size_t operand_count;
};

/* Reads argv (argv[0] is the command's name). Prints the help and ends the program with 0 on
 * --help, or one sentence and 2 on a mistake. */
void options_read(struct command_line *line, struct arena *arena, int argc, char **argv);

/* The option's value, or the fallback if it was not given. */
str option_or(const struct command_line *line, const char *name, str fallback);
bool option_given(const struct command_line *line, const char *name);

/* A whole number in [min, max]; ends the program with 2 if the option holds anything else. */
int64_t option_i64(const struct command_line *line, const char *name, int64_t fallback, int64_t min,
                   int64_t max);

/* The text of "@FILE" ("@-": standard input), or the argument itself. Ends the program with 1 if
 * the file cannot be read. */
str read_argument(struct arena *arena, str argument);
str read_file(struct arena *arena, str path);

/* The same, checked to be JSON; `what` names it in the message. */
str read_json_argument(struct arena *arena, str argument, const char *what);

/* Prints "baton: " and the text to standard error and ends the program. */
NORETURN void quit(int status, const char *format, ...) PRINTF_LIKE(2, 3);

#endif
