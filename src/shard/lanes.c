/* A hash table of lanes; see lanes.h. */
#include "shard/lanes.h"

#include <stdlib.h>

#include "base/limits.h"

static struct lane **bucket_of(struct effects_window *window, uint32_t id)
{
    return &window->buckets[id % EFFECTS_BUCKETS]; /* ids are hashes */
}

struct lane *lanes_find(struct effects_window *window, bool express, uint32_t id)
{
    struct lane *lane = *bucket_of(window, id);
    while (lane && (lane->id != id || lane->express != express))
        lane = lane->next;
    return lane;
}

struct lane *lanes_find_or_add(struct effects_window *window, bool express, uint32_t id)
{
    struct lane *lane = lanes_find(window, express, id);
    if (lane) return lane;
    lane = calloc(1, sizeof *lane);
    if (!lane) fatal("out of memory");
    struct lane **bucket = bucket_of(window, id);
    *lane = (struct lane){ .id = id, .express = express, .next = *bucket };
    *bucket = lane;
    return lane;
}

void lanes_set_backlog(struct effects_window *window, struct lane *lane, bool backlog)
{
    if (lane->backlog == backlog) return;
    lane->backlog = backlog;
    window->backlogs += backlog ? 1 : (size_t)-1;
}

void lanes_trim(struct effects_window *window, struct lane *lane)
{
    if (lane->held > 0 || lane->backlog) return;
    struct lane **at = bucket_of(window, lane->id);
    while (*at != lane)
        at = &(*at)->next;
    *at = lane->next;
    free(lane);
}

bool lanes_have_room(const struct effects_window *window, const struct lane *lane)
{
    return window->held < SHARD_EFFECTS_HELD_MAX && lane->held < SHARD_LANE_EFFECTS_MAX;
}

void lanes_close(struct effects_window *window)
{
    for (size_t i = 0; i < EFFECTS_BUCKETS; i++) {
        while (window->buckets[i]) {
            struct lane *lane = window->buckets[i];
            window->buckets[i] = lane->next;
            free(lane);
        }
    }
}
