/* Tables on standard output; see table.h. */
#include "cli/table.h"

#include <libsmartcols.h>
#include <stdio.h>
#include <unistd.h>

struct libscols_table *table_new(const char *const *names)
{
    scols_init_debug(0);
    struct libscols_table *table = scols_new_table();
    if (!table) fatal("out of memory");
    bool terminal = isatty(STDOUT_FILENO) != 0;
    scols_table_enable_colors(table, terminal);
    for (size_t i = 0; names[i]; i++) {
        /* The last column gives way on a narrow terminal. */
        int flags = names[i + 1] ? 0 : SCOLS_FL_TRUNC;
        if (!scols_table_new_column(table, names[i], 0, terminal ? flags : 0))
            fatal("out of memory");
    }
    return table;
}

void table_row(struct libscols_table *table, struct arena *arena, const str *cells, size_t count,
               const char *colour)
{
    struct libscols_line *line = scols_table_new_line(table, NULL);
    if (!line) fatal("out of memory");
    for (size_t i = 0; i < count; i++) {
        if (scols_line_set_data(line, i, arena_cstr(arena, cells[i])) != 0) fatal("out of memory");
    }
    if (colour) scols_line_set_color(line, colour);
}

void table_print(struct libscols_table *table, const char *empty)
{
    if (scols_table_get_nlines(table) == 0)
        puts(empty);
    else
        scols_print_table(table);
    scols_unref_table(table);
}
