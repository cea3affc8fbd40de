/* Task tokens: URL-safe base64 without padding of
 *
 *     version (u8) | shard (u16) | serial (u48) | frame (u32) | task event (u32) | MAC (16 bytes)
 *
 * 33 bytes, 44 characters: unforgeable, no lookup table. The MAC is HMAC-SHA-256 over the bytes
 * before it, cut to 128 bits. Integers are big-endian. Two keys may be valid at a time, so that the
 * key can be rotated: new tokens use the first. */
#ifndef ENGINE_TOKEN_H
#define ENGINE_TOKEN_H

#include "base/base.h"

struct token_key {
    unsigned char current[TOKEN_KEY_BYTES];
    unsigned char previous[TOKEN_KEY_BYTES];
    bool has_previous;
};

typedef struct token {
    uint16_t shard;
    uint64_t serial; /* < 2^48 */
    uint32_t frame;
    uint32_t task_event;
} token;

/* The token's text, in the arena. */
str token_encode(const struct token_key *key, token token, struct arena *arena);

/* Lenient about wrapping (quotes, white space, padding: people paste tokens), strict about content;
 * the MAC is compared in constant time. False if it is none of ours. */
MUST_CHECK bool token_decode(const struct token_key *key, str text, token *out);

#endif
