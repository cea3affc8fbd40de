/* baton.yaml: settings of the server, routes, callback names. */
#ifndef CLI_CONFIG_H
#define CLI_CONFIG_H

#include "cli/options.h"

/* The file as an object, or the end of the program with 2 and a sentence that names the place.
 * Secrets of verifiers that are given as {env: NAME} or {file: PATH} have been replaced. */
json config_read(struct arena *arena, str path);

/* The file's members that are options of the command ("public-url": ...) become these options,
 * where the command line has not given them; "routes" and "callbacks" are left to the caller. Ends
 * the program with 2 if there is another member. */
void config_to_options(struct arena *arena, json config, struct command_line *line);

#endif
