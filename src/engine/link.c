/* Callback links; see link.h for the layout. */
#include "engine/link.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>

enum {
    LINK_VERSION = 1,
    LINK_BODY_BYTES = 1 + 2 + 6 + 4 + 4 + 1 + 1 + 4,
    LINK_MAC_BYTES = 16,
    LINK_BYTES = LINK_BODY_BYTES + LINK_MAC_BYTES,
    LINK_TEXT_CHARS = LINK_BYTES / 3 * 4,
    LINK_PATH_CHARS = 3,
};

static_assert(LINK_BYTES % 3 == 0, "base64 needs no padding");
static_assert((int)LINK_PATH_CHARS + (int)LINK_TEXT_CHARS <= (int)LINK_CHARS_MAX,
              "links fit into the buttons of chats");
static_assert(LINK_KEYS_MAX <= 16, "a key's id has four bits");

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

static unsigned char *put_be(unsigned char *out, uint64_t value, int bytes)
{
    for (int i = bytes - 1; i >= 0; i--) {
        out[i] = (unsigned char)value;
        value >>= 8;
    }
    return out + bytes;
}

static uint64_t take_be(const unsigned char **in, int bytes)
{
    uint64_t value = 0;
    for (int i = 0; i < bytes; i++)
        value = value << 8 | *(*in)++;
    return value;
}

static void put_mac(const struct link_key *key, unsigned char bytes[LINK_BYTES])
{
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned int len = 0;
    const unsigned char *done =
        HMAC(EVP_sha256(), key->bytes, LINK_KEY_BYTES, bytes, LINK_BODY_BYTES, digest, &len);
    ASSERT(done != NULL && len >= LINK_MAC_BYTES);
    memcpy(bytes + LINK_BODY_BYTES, digest, LINK_MAC_BYTES);
}

str link_encode(const struct link_keys *keys, const struct link *link, struct arena *arena)
{
    const struct link_key *key = &keys->keys[keys->newest];
    ASSERT(key->used && !key->retired);
    ASSERT(link->serial < (uint64_t)1 << 48);
    unsigned char bytes[LINK_BYTES], *at = bytes;
    at = put_be(at, (uint64_t)(LINK_VERSION << 4 | keys->newest), 1);
    at = put_be(at, link->shard, 2);
    at = put_be(at, link->serial, 6);
    at = put_be(at, link->frame, 4);
    at = put_be(at, link->entered, 4);
    at = put_be(at, link->outcome, 1);
    at = put_be(at, link->responder, 1);
    at = put_be(at, link->expires_s, 4);
    ASSERT(at == bytes + LINK_BODY_BYTES);
    put_mac(key, bytes);
    char *text = arena_alloc(arena, LINK_PATH_CHARS + LINK_TEXT_CHARS);
    memcpy(text, "/c/", LINK_PATH_CHARS);
    const unsigned char *in = bytes;
    for (int i = 0; i < LINK_BYTES / 3; i++) {
        uint64_t group = take_be(&in, 3);
        for (int j = 0; j < 4; j++)
            text[LINK_PATH_CHARS + 4 * i + j] = alphabet[group >> (18 - 6 * j) & 63];
    }
    return (str){ text, LINK_PATH_CHARS + LINK_TEXT_CHARS };
}

static bool decode_base64(str text, unsigned char bytes[LINK_BYTES])
{
    if (text.len != LINK_TEXT_CHARS) return false;
    for (int i = 0; i < LINK_BYTES / 3; i++) {
        uint64_t group = 0;
        for (int j = 0; j < 4; j++) {
            char c = text.ptr[4 * i + j];
            const char *found = c ? strchr(alphabet, c) : NULL;
            if (!found) return false;
            group = group << 6 | (uint64_t)(found - alphabet);
        }
        put_be(bytes + (size_t)3 * (size_t)i, group, 3);
    }
    return true;
}

static bool mac_holds(const struct link_key *key, const unsigned char bytes[LINK_BYTES])
{
    unsigned char expected[LINK_BYTES];
    memcpy(expected, bytes, LINK_BODY_BYTES);
    put_mac(key, expected);
    return str_eq_constant_time((str){ (const char *)expected + LINK_BODY_BYTES, LINK_MAC_BYTES },
                                (str){ (const char *)bytes + LINK_BODY_BYTES, LINK_MAC_BYTES });
}

enum link_fault link_decode(const struct link_keys *keys, str text, struct link *out)
{
    unsigned char bytes[LINK_BYTES];
    if (!decode_base64(text, bytes)) return LINK_FORGED;
    uint8_t id = bytes[0] & 15;
    if (bytes[0] >> 4 != LINK_VERSION || id >= LINK_KEYS_MAX) return LINK_FORGED;
    const struct link_key *key = &keys->keys[id];
    if (!key->used || !mac_holds(key, bytes)) return LINK_FORGED;
    const unsigned char *in = bytes + 1;
    out->shard = (uint16_t)take_be(&in, 2);
    out->serial = take_be(&in, 6);
    out->frame = (uint32_t)take_be(&in, 4);
    out->entered = (uint32_t)take_be(&in, 4);
    out->outcome = (uint8_t)take_be(&in, 1);
    out->responder = (uint8_t)take_be(&in, 1);
    out->expires_s = (uint32_t)take_be(&in, 4);
    out->key = id;
    return key->retired ? LINK_RETIRED_KEY : LINK_OK;
}

/* ---- keys ---- */

/* A free place, or that of the retired key that is oldest; LINK_KEYS_MAX if there is neither. */
static size_t find_place(const struct link_keys *keys)
{
    size_t place = LINK_KEYS_MAX;
    for (size_t i = 0; i < LINK_KEYS_MAX; i++) {
        if (!keys->keys[i].used) return i;
        if (!keys->keys[i].retired) continue;
        if (place == LINK_KEYS_MAX || keys->keys[i].made_ms < keys->keys[place].made_ms) place = i;
    }
    return place;
}

bool link_keys_add(struct link_keys *keys, const unsigned char bytes[LINK_KEY_BYTES],
                   int64_t now_ms)
{
    size_t place = find_place(keys);
    if (place == LINK_KEYS_MAX) return false;
    keys->keys[place] = (struct link_key){ .made_ms = now_ms, .used = true };
    memcpy(keys->keys[place].bytes, bytes, LINK_KEY_BYTES);
    keys->newest = (uint8_t)place;
    return true;
}

bool link_keys_retire(struct link_keys *keys, uint8_t id)
{
    if (id >= LINK_KEYS_MAX || id == keys->newest) return false;
    struct link_key *key = &keys->keys[id];
    if (!key->used || key->retired) return false;
    key->retired = true;
    return true;
}
