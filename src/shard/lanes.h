/* The lanes of effects; see effects.h. Private to shard/. */
#ifndef SHARD_LANES_H
#define SHARD_LANES_H

#include "shard/effects.h"

struct lane {
    uint32_t id;
    bool express;
    bool backlog;     /* some are stored from next_id on */
    uint64_t next_id; /* see effects.h */
    size_t held;      /* on their way */
    struct lane *next;
};

struct lane *lanes_find(struct effects_window *window, bool express, uint32_t id);
struct lane *lanes_find_or_add(struct effects_window *window, bool express, uint32_t id);
void lanes_set_backlog(struct effects_window *window, struct lane *lane, bool backlog);
/* Frees the lane if nothing of it is on its way or waits. */
void lanes_trim(struct effects_window *window, struct lane *lane);
bool lanes_have_room(const struct effects_window *window, const struct lane *lane);
void lanes_close(struct effects_window *window);

#endif
