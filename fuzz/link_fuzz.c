/* The decoder of callback links on arbitrary text: it never reads outside, accepts nothing that it
 * has not made itself, and what it accepts encodes to the same text again. */
#include <stdlib.h>

#include "engine/link.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct link link_of(const uint8_t *data, size_t size)
{
    struct link link = { 0 };
    uint64_t words[4] = { 0 };
    if (size > 0) memcpy(words, data, size < sizeof words ? size : sizeof words);
    link.shard = (uint16_t)words[0];
    link.outcome = (uint8_t)(words[0] >> 16);
    link.responder = (uint8_t)(words[0] >> 24);
    link.serial = words[1] & (((uint64_t)1 << 48) - 1);
    link.frame = (uint32_t)words[2];
    link.entered = (uint32_t)(words[2] >> 32);
    link.expires_s = (uint32_t)words[3];
    return link;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct link_keys keys = {
        .keys = { { .bytes = { 1 }, .used = true, .retired = true },
                  { .bytes = { 2 }, .used = true } },
        .newest = 1,
    };
    struct arena arena;
    struct link found;
    arena_init(&arena);
    /* A copy of the exact size, so that the sanitizer sees any byte read beyond it. */
    char *copy = arena_alloc(&arena, size);
    if (size > 0) memcpy(copy, data, size);
    if (link_decode(&keys, (str){ copy, size }, &found) != LINK_FORGED) abort();

    /* One made from the same bytes is accepted, and refused as soon as a character differs. */
    struct link made = link_of(data, size);
    str good = str_skip(link_encode(&keys, &made, &arena), 3);
    if (link_decode(&keys, good, &found) != LINK_OK || found.serial != made.serial ||
        found.frame != made.frame || found.entered != made.entered || found.shard != made.shard ||
        found.outcome != made.outcome || found.responder != made.responder ||
        found.expires_s != made.expires_s || found.key != 1)
        abort();
    ASSERT_CMP(good.len, >, 0);
    char *bad = arena_alloc(&arena, good.len);
    memcpy(bad, good.ptr, good.len);
    size_t at = size > 0 ? data[size - 1] % good.len : 0;
    bad[at] = bad[at] == 'A' ? 'B' : 'A';
    if (link_decode(&keys, (str){ bad, good.len }, &found) != LINK_FORGED) abort();
    arena_close(&arena);
    return 0;
}
