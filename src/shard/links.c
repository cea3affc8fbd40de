/* The keys of callback links: versions that never change, the newest of which is used. A change is
 * kept on disk before the first link is signed with it. */
#include "shard/links.h"

#include <stdlib.h>

#include "base/clock.h"
#include "shard/shard_private.h"

static void use(struct links *links, const struct link_keys *keys)
{
    struct links_version *version = calloc(1, sizeof *version);
    if (!version) fatal("out of memory");
    version->keys = *keys;
    version->before = atomic_load(&links->newest);
    atomic_store(&links->newest, version);
}

void links_init(struct links *links, const struct link_keys *keys)
{
    struct link_keys first = *keys;
    atomic_init(&links->newest, NULL);
    pthread_mutex_init(&links->changing, NULL);
    if (!first.keys[first.newest].used) {
        unsigned char bytes[LINK_KEY_BYTES];
        entropy_fill(bytes, sizeof bytes);
        bool added = link_keys_add(&first, bytes, 0);
        ASSERT(added);
    }
    use(links, &first);
}

void links_close(struct links *links)
{
    struct links_version *version = atomic_load(&links->newest);
    while (version) {
        struct links_version *before = version->before;
        free(version);
        version = before;
    }
    pthread_mutex_destroy(&links->changing);
}

const struct link_keys *shard_link_keys(const struct shard *shard)
{
    return &atomic_load(&shard->links.newest)->keys;
}

str shard_public_url(const struct shard *shard)
{
    return shard->options.public_url.len ? shard->options.public_url : shard->options.endpoint;
}

/* Keeps the changed keys, then uses them. */
static bool keep(struct shard *shard, const struct link_keys *keys, struct error *err)
{
    const struct shard_options *options = &shard->options;
    if (options->keep_link_keys &&
        !options->keep_link_keys(options->keep_link_keys_context, keys, err))
        return false;
    use(&shard->links, keys);
    return true;
}

bool shard_link_keys_rotate(struct shard *shard, int64_t now_ms, struct error *err)
{
    unsigned char bytes[LINK_KEY_BYTES];
    entropy_fill(bytes, sizeof bytes);
    pthread_mutex_lock(&shard->links.changing);
    struct link_keys keys = *shard_link_keys(shard);
    bool good =
        link_keys_add(&keys, bytes, now_ms)
            ? keep(shard, &keys, err)
            : error_set(err, ERROR_CONFLICT,
                        "All %d places for link keys are taken: retire one first.", LINK_KEYS_MAX);
    pthread_mutex_unlock(&shard->links.changing);
    return good;
}

bool shard_link_keys_retire(struct shard *shard, uint8_t id, struct error *err)
{
    pthread_mutex_lock(&shard->links.changing);
    struct link_keys keys = *shard_link_keys(shard);
    bool good = link_keys_retire(&keys, id)
                    ? keep(shard, &keys, err)
                    : error_set(err, ERROR_CONFLICT,
                                "Link key %u is not in use, or is the one that signs.", id);
    pthread_mutex_unlock(&shard->links.changing);
    return good;
}
