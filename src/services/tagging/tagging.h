/* Private to services/tagging/: the tags of all resources, whatever service they belong to.
 *
 *   tagging.c    the operations     resources.c   walking over what has tags */
#ifndef SERVICES_TAGGING_TAGGING_H
#define SERVICES_TAGGING_TAGGING_H

#include "services/service.h"
#include "services/shape.h"
#include "services/source.h"

/* A resource with at least one tag. */
struct tagged_resource {
    str arn;
    str type;  /* "states:stateMachine" */
    json tags; /* object of strings */
    str place; /* where a walk goes on behind it */
};

/* Calls `each` for every tagged resource behind `place` (empty: from the start), type by type and
 * by name, until it says false. */
void tagging_walk(const struct source *source, str place,
                  bool (*each)(void *context, const struct tagged_resource *resource),
                  void *context);

#endif
