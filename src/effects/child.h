/* The process that stands between the server and a function's process. */
#ifndef EFFECTS_CHILD_H
#define EFFECTS_CHILD_H

/* The name by which the program calls itself as a wrapper: argv[1]. */
#define EFFECTS_CHILD_COMMAND "function-process"

/* Runs the function's process below this one and ends everything that it has started as soon as it
 * ends, or the server does. main() calls this when argv[1] is EFFECTS_CHILD_COMMAND; only the
 * server starts it (the protocol on its standard input is in child.c). Returns the exit status. */
int effects_child_main(int argc, char **argv);

#endif
