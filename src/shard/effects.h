/* Which effects are on their way, and which still wait in the store. Private to shard/.
 *
 * Ids grow with time and the effects of a lane are released in their order, so one number per lane
 * says how far that has come: those below `next_id` have been released, have a timer (delayed
 * ones), or are over. With too many on their way the rest stay behind it, and the writer fetches
 * them from the store when there is room again; after a start all that are stored are behind it. A
 * lane is in memory only as long as some of its effects are on their way or wait. */
#ifndef SHARD_EFFECTS_H
#define SHARD_EFFECTS_H

#include "shard/effect.h"

enum { EFFECTS_BUCKETS = 256 };

struct lane;

struct effects_window {
    struct lane *buckets[EFFECTS_BUCKETS]; /* owned */
    size_t held;                           /* on their way, of all lanes */
    size_t backlogs;                       /* lanes of which some wait in the store */
    bool room;                             /* something has come back since the last refill */
};

/* Finds the lanes that an earlier run has left. */
void effects_init(struct shard *shard);
void effects_close(struct shard *shard);

/* Releases stored effects if some wait and there is room. Returns how many. Writer thread. */
size_t effects_refill(struct shard *shard);

#endif
