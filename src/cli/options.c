/* Command lines; see options.h. */
#include "cli/options.h"

#include <errno.h>
#include <getopt.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

void quit(int status, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    fputs("baton: ", stderr);
    vfprintf(stderr, format, args);
    fputc('\n', stderr);
    va_end(args);
    exit(status);
}

static void print_help(const struct command_line *line)
{
    printf("usage: %s\n\n%s\n", line->usage, line->description);
    if (line->option_count > 0) puts("\noptions:");
    for (size_t i = 0; i < line->option_count; i++) {
        const struct option_row *row = &line->options[i];
        char name[64];
        snprintf(name, sizeof name, "--%s%s%s", row->name, row->argument ? " " : "",
                 row->argument ? row->argument : "");
        printf("  %-26s %s\n", name, row->help);
    }
    printf("  %-26s %s\n", "--help", "print this");
}

/* What getopt_long has found: the position of a long name, or a letter. No command has as many
 * options as the smallest letter's code. */
static struct option_row *find_given(const struct command_line *line, int found)
{
    for (size_t i = 0; i < line->option_count; i++)
        if (line->options[i].letter && line->options[i].letter == found) return &line->options[i];
    return &line->options[found - 1];
}

void options_read(struct command_line *line, struct arena *arena, int argc, char **argv)
{
    struct option *table = arena_array(arena, line->option_count + 2, sizeof *table);
    struct buf letters;
    buf_init(&letters, arena);
    buf_add_char(&letters, ':');
    for (size_t i = 0; i < line->option_count; i++) {
        const struct option_row *row = &line->options[i];
        if (row->letter) buf_printf(&letters, "%c%s", row->letter, row->argument ? ":" : "");
        table[i] = (struct option){ row->name, row->argument ? required_argument : no_argument,
                                    NULL, (int)i + 1 };
    }
    table[line->option_count] = (struct option){ "help", no_argument, NULL, 'h' + 256 };
    table[line->option_count + 1] = (struct option){ 0 };
    buf_add_char(&letters, '\0');
    optind = 1;
    opterr = 0;
    for (int found; (found = getopt_long(argc, argv, letters.ptr, table, NULL)) != -1;) {
        if (found == 'h' + 256) {
            print_help(line);
            exit(0);
        }
        if (found == ':')
            quit(2, "%s needs a value; see `baton %s --help`", argv[optind - 1], argv[0]);
        if (found == '?')
            quit(2, "unknown option %s; see `baton %s --help`", argv[optind - 1], argv[0]);
        struct option_row *row = find_given(line, found);
        if (optarg && row->repeats && row->given)
            row->value = arena_printf(arena, "%.*s\n%s", STR_ARGS(row->value), optarg);
        else if (optarg)
            row->value = str_from(optarg);
        row->given = true;
    }
    size_t count = (size_t)(argc - optind);
    if (count < line->operands_min || count > line->operands_max) quit(2, "usage: %s", line->usage);
    str *operands = arena_array(arena, count, sizeof *operands);
    for (size_t i = 0; i < count; i++)
        operands[i] = str_from(argv[optind + (int)i]);
    line->operands = operands;
    line->operand_count = count;
}

static const struct option_row *find_row(const struct command_line *line, const char *name)
{
    for (size_t i = 0; i < line->option_count; i++) {
        if (strcmp(line->options[i].name, name) == 0) return &line->options[i];
    }
    fatal("the command has no option --%s", name);
}

str option_or(const struct command_line *line, const char *name, str fallback)
{
    const struct option_row *row = find_row(line, name);
    return row->given ? row->value : fallback;
}

bool option_given(const struct command_line *line, const char *name)
{
    return find_row(line, name)->given;
}

int64_t option_i64(const struct command_line *line, const char *name, int64_t fallback, int64_t min,
                   int64_t max)
{
    const struct option_row *row = find_row(line, name);
    if (!row->given) return fallback;
    int64_t value;
    if (!str_to_i64(row->value, &value) || value < min || value > max)
        quit(2, "--%s must be a whole number from %lld to %lld", name, (long long)min,
             (long long)max);
    return value;
}

static str read_stream(struct arena *arena, FILE *file, const char *name)
{
    struct buf text;
    buf_init(&text, arena);
    for (;;) {
        char *room = buf_reserve(&text, 65536);
        size_t got = fread(room, 1, 65536, file);
        text.len += got;
        if (text.len > JSON_TEXT_BYTES_MAX)
            quit(1, "%s is larger than %d bytes", name, JSON_TEXT_BYTES_MAX);
        if (got == 0) break;
    }
    if (ferror(file)) quit(1, "cannot read %s: %s", name, strerror(errno));
    return buf_str(&text);
}

str read_file(struct arena *arena, str path)
{
    const char *name = arena_cstr(arena, path);
    if (str_eq(path, STR("-"))) return read_stream(arena, stdin, "standard input");
    FILE *file = fopen(name, "re");
    if (!file) quit(1, "cannot read %s: %s", name, strerror(errno));
    str text = read_stream(arena, file, name);
    fclose(file);
    return text;
}

str read_argument(struct arena *arena, str argument)
{
    if (!str_starts_with(argument, STR("@"))) return argument;
    return read_file(arena, str_skip(argument, 1));
}

str read_json_argument(struct arena *arena, str argument, const char *what)
{
    str text = str_trim(read_argument(arena, argument));
    json value;
    struct error err;
    if (!json_parse(text, arena, &value, &err))
        quit(2, "%s is not JSON: %.*s (at byte %u)", what, STR_ARGS(error_text(&err)), err.offset);
    return text;
}
