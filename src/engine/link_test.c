/* Callback links: what is ours comes back, anything else does not; keys rotate with overlap. */
#include <criterion/criterion.h>
#include <string.h>

#include "engine/link.h"

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

static void add_key(struct link_keys *keys, unsigned char byte, int64_t now_ms)
{
    unsigned char bytes[LINK_KEY_BYTES];
    memset(bytes, byte, sizeof bytes);
    bool added = link_keys_add(keys, bytes, now_ms);
    cr_assert(added);
}

static bool same(const struct link *a, const struct link *b)
{
    return a->shard == b->shard && a->serial == b->serial && a->frame == b->frame &&
           a->entered == b->entered && a->outcome == b->outcome && a->responder == b->responder &&
           a->expires_s == b->expires_s;
}

/* Without "/c/". */
static str sign(const struct link_keys *keys, const struct link *link, struct arena *arena)
{
    str path = link_encode(keys, link, arena);
    cr_assert(str_starts_with(path, STR("/c/")));
    cr_assert_leq(path.len, LINK_CHARS_MAX);
    return str_skip(path, 3);
}

Test(engine_link, comes_back_and_is_short_and_url_safe)
{
    static const struct link rows[] = {
        { .serial = 1, .entered = 2 },
        { .shard = 65535,
          .serial = ((uint64_t)1 << 48) - 1,
          .frame = UINT32_MAX,
          .entered = UINT32_MAX,
          .outcome = 255,
          .responder = 255,
          .expires_s = UINT32_MAX },
        { .shard = 1, .serial = 0x123456789abc, .frame = 77, .entered = 9, .responder = 3 },
    };
    struct arena arena;
    struct link_keys keys = { 0 };
    arena_init(&arena);
    add_key(&keys, 1, 1);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct link out;
        str text = sign(&keys, &rows[i], &arena);
        for (size_t j = 0; j < text.len; j++)
            cr_assert(strchr(alphabet, text.ptr[j]) != NULL);
        cr_assert_eq(link_decode(&keys, text, &out), LINK_OK);
        cr_assert(same(&out, &rows[i]));
    }
    arena_close(&arena);
}

Test(engine_link, no_changed_character_is_accepted)
{
    struct arena arena;
    struct link_keys keys = { 0 };
    struct link out = { 0 }, link = { .shard = 3, .serial = 99, .frame = 7, .entered = 12 };
    char forged[LINK_CHARS_MAX];
    arena_init(&arena);
    add_key(&keys, 1, 1);
    str text = sign(&keys, &link, &arena);
    for (size_t i = 0; i < text.len; i++) {
        for (size_t j = 0; j < 64; j++) {
            if (alphabet[j] == text.ptr[i]) continue;
            memcpy(forged, text.ptr, text.len);
            forged[i] = alphabet[j];
            cr_assert_eq(link_decode(&keys, (str){ forged, text.len }, &out), LINK_FORGED);
        }
        cr_assert_eq(link_decode(&keys, str_slice(text, 0, i), &out), LINK_FORGED);
    }
    cr_assert_eq(link_decode(&keys, STR(""), &out), LINK_FORGED);
    arena_close(&arena);
}

Test(engine_link, keys_rotate_with_overlap_and_retire)
{
    struct arena arena;
    struct link_keys keys = { 0 }, others = { 0 };
    struct link out, link = { .serial = 5, .entered = 6 };
    arena_init(&arena);
    add_key(&keys, 1, 1);
    add_key(&others, 9, 1);
    str first = sign(&keys, &link, &arena);
    cr_assert_eq(link_decode(&others, first, &out), LINK_FORGED);
    add_key(&keys, 2, 2);
    str second = sign(&keys, &link, &arena);
    cr_assert(!str_eq(first, second));
    cr_assert_eq(link_decode(&keys, first, &out), LINK_OK);
    cr_assert_eq(out.key, 0);
    cr_assert_eq(link_decode(&keys, second, &out), LINK_OK);
    cr_assert(!link_keys_retire(&keys, 1), "the key that signs");
    cr_assert(!link_keys_retire(&keys, 2), "no such key");
    cr_assert(!link_keys_retire(&keys, LINK_KEYS_MAX));
    cr_assert(link_keys_retire(&keys, 0));
    cr_assert(!link_keys_retire(&keys, 0), "twice");
    cr_assert_eq(link_decode(&keys, first, &out), LINK_RETIRED_KEY);
    cr_assert(same(&out, &link));
    arena_close(&arena);
}

Test(engine_link, a_new_key_takes_the_oldest_retired_place_or_none)
{
    struct link_keys keys = { 0 };
    unsigned char bytes[LINK_KEY_BYTES] = { 77 };
    for (int i = 0; i < LINK_KEYS_MAX; i++)
        add_key(&keys, (unsigned char)i, i + 1);
    cr_assert(!link_keys_add(&keys, bytes, 100));
    cr_assert_eq(keys.newest, LINK_KEYS_MAX - 1);
    cr_assert(link_keys_retire(&keys, 4));
    cr_assert(link_keys_retire(&keys, 2));
    cr_assert(link_keys_add(&keys, bytes, 100));
    cr_assert_eq(keys.newest, 2);
    cr_assert(!keys.keys[2].retired);
    cr_assert(keys.keys[4].retired);
}
