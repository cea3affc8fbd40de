/* The files of the runtimes, which are part of the program. Private to effects/. */
#ifndef EFFECTS_RUNTIME_FILES_H
#define EFFECTS_RUNTIME_FILES_H

#include "base/base.h"

struct runtime_file {
    const char *name; /* in the folder `runtime` */
    str text;
};

enum { RUNTIME_FILES = 4 };

/* index < RUNTIME_FILES */
struct runtime_file runtime_file(size_t index);

#endif
