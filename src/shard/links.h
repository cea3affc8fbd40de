/* The keys of callback links, as they change while the server runs. Private to shard/. */
#ifndef SHARD_LINKS_H
#define SHARD_LINKS_H

#include <pthread.h>

#include "engine/link.h"

struct links_version {
    struct link_keys keys;
    struct links_version *before; /* owned: readers may still use it */
};

struct links {
    _Atomic(struct links_version *) newest; /* owned */
    pthread_mutex_t changing;
};

/* With no key in `keys` one is made of entropy: links are then good for as long as the process. */
void links_init(struct links *links, const struct link_keys *keys);
void links_close(struct links *links);

#endif
