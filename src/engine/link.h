/* Callback links: what a person, a partner or a button gets instead of a task token.
 *
 *     "/c/" + URL-safe base64 without padding of
 *     version << 4 | key id (u8) | shard (u16) | serial (u48) | frame (u32) | entered event (u32) |
 *     outcome (u8) | responder (u8) | expiry in s (u32) | MAC (16 bytes)
 *
 * 39 bytes, 52 characters; with "/c/" 55, so that it fits into the 64 bytes of a chat's button. A
 * link names the *wait*, not the attempt: a task that is tried again gets another token, but keeps
 * its links. The MAC is HMAC-SHA-256 over the bytes before it, cut to 128 bits; outcome, responder
 * and expiry are inside it, so that a link handed out never means anything else. Integers are
 * big-endian.
 *
 * Keys: at most LINK_KEYS_MAX, the newest of those in use signs. A retired key still verifies, so
 * that its links can be told from forged ones, until a new key takes its place. */
#ifndef ENGINE_LINK_H
#define ENGINE_LINK_H

#include "base/base.h"

struct link_key {
    unsigned char bytes[LINK_KEY_BYTES];
    int64_t made_ms;
    bool used; /* the slot holds a key */
    bool retired;
};
/* The key's id is its place. */
struct link_keys {
    struct link_key keys[LINK_KEYS_MAX];
    uint8_t newest; /* signs; used and not retired, unless no key has been made */
};

/* A link's parts. Zero means none for outcome, responder and expiry. */
struct link {
    uint16_t shard;
    uint64_t serial; /* < 2^48 */
    uint32_t frame;
    uint32_t entered;   /* id of the state's ...StateEntered event */
    uint8_t outcome;    /* 0: any; else 1 + its place among the state's outcomes */
    uint8_t responder;  /* 0: none; else 1 + its place in Quorum's Of */
    uint32_t expires_s; /* seconds since the epoch; 0: never */
    uint8_t key;        /* id of the key; link_encode takes the newest */
};

enum link_fault {
    LINK_OK,
    LINK_FORGED,      /* garbled, or not signed by any key that we know */
    LINK_RETIRED_KEY, /* ours, but its key has been retired */
};

/* The link's path, "/c/...", in the arena. There must be a key. */
str link_encode(const struct link_keys *keys, const struct link *link, struct arena *arena);

/* Reads what stands behind "/c/", without anything around it. The MAC is compared in constant time.
 * `out` is filled unless the link is forged. Whether it has expired or been revoked is for the
 * caller to say. */
enum link_fault link_decode(const struct link_keys *keys, str text, struct link *out);

/* Adds a key, which signs from now on. If all places are taken, it takes that of the retired key
 * that is oldest; false (and nothing changes) if none is retired. */
MUST_CHECK bool link_keys_add(struct link_keys *keys, const unsigned char bytes[LINK_KEY_BYTES],
                              int64_t now_ms);

/* False (and nothing changes) if there is no such key in use, or it is the one that signs. */
MUST_CHECK bool link_keys_retire(struct link_keys *keys, uint8_t id);

#endif
