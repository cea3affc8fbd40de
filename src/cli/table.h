/* Tables for people, on libsmartcols: columns fit the terminal, colours appear on one only. */
#ifndef CLI_TABLE_H
#define CLI_TABLE_H

#include "base/base.h"

struct libscols_table;

/* `names` are the column heads, NULL-terminated. Ends the program if there is no memory. */
struct libscols_table *table_new(const char *const *names);
/* Appends a row; a cell is copied. `colour`: of the whole row, "red" ..., or NULL. */
void table_row(struct libscols_table *table, struct arena *arena, const str *cells, size_t count,
               const char *colour);
/* Prints the table, or `empty` if it has no row, and frees it. */
void table_print(struct libscols_table *table, const char *empty);

#endif
