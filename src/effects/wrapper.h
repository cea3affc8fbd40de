/* What the server and a wrapper (child.c) say to each other. Private to effects/.
 *
 * On the wrapper's standard input, a socket: the server sends a struct wrapper_head and the texts
 * that it counts, each with a NUL: the working directory, the arguments, the environment. Then it
 * says nothing more. When it closes the socket, or dies, the wrapper ends everything. The wrapper
 * sends struct wrapper_note. */
#ifndef EFFECTS_WRAPPER_H
#define EFFECTS_WRAPPER_H

#include <stdint.h>

struct wrapper_head {
    uint32_t bytes; /* of the texts, <= FUNCTION_ENVIRONMENT_BYTES_MAX */
    uint32_t argument_count, variable_count;
};

enum wrapper_note_kind {
    WRAPPER_STARTED,  /* value: the id of the process */
    WRAPPER_NOT_RUN,  /* value: errno of execve or chdir */
    WRAPPER_FINISHED, /* value: what waitpid has said; what it has left running is ended next */
};

struct wrapper_note {
    int32_t kind, value;
};

#endif
