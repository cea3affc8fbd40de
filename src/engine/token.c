/* Task tokens; see token.h for the layout. */
#include "engine/token.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>

enum {
    TOKEN_VERSION = 1,
    TOKEN_BODY_BYTES = 1 + 2 + 6 + 4 + 4,
    TOKEN_MAC_BYTES = 16,
    TOKEN_BYTES = TOKEN_BODY_BYTES + TOKEN_MAC_BYTES,
    TOKEN_TEXT_CHARS = TOKEN_BYTES / 3 * 4,
};

static_assert(TOKEN_BYTES % 3 == 0, "base64 needs no padding");
static_assert((int)TOKEN_TEXT_CHARS <= (int)TOKEN_CHARS_MAX, "tokens fit into links and headers");

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

static void put_be(unsigned char *out, uint64_t value, int bytes)
{
    for (int i = bytes - 1; i >= 0; i--) {
        out[i] = (unsigned char)value;
        value >>= 8;
    }
}

static uint64_t get_be(const unsigned char *in, int bytes)
{
    uint64_t value = 0;
    for (int i = 0; i < bytes; i++)
        value = value << 8 | in[i];
    return value;
}

static void put_mac(const unsigned char key[TOKEN_KEY_BYTES], unsigned char *bytes)
{
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned int len = 0;
    const unsigned char *done =
        HMAC(EVP_sha256(), key, TOKEN_KEY_BYTES, bytes, TOKEN_BODY_BYTES, digest, &len);
    ASSERT(done != NULL && len >= TOKEN_MAC_BYTES);
    memcpy(bytes + TOKEN_BODY_BYTES, digest, TOKEN_MAC_BYTES);
}

str token_encode(const struct token_key *key, token parts, struct arena *arena)
{
    ASSERT(parts.serial < (uint64_t)1 << 48);
    unsigned char bytes[TOKEN_BYTES];
    bytes[0] = TOKEN_VERSION;
    put_be(bytes + 1, parts.shard, 2);
    put_be(bytes + 3, parts.serial, 6);
    put_be(bytes + 9, parts.frame, 4);
    put_be(bytes + 13, parts.task_event, 4);
    put_mac(key->current, bytes);
    char *text = arena_alloc(arena, TOKEN_TEXT_CHARS);
    for (int i = 0; i < TOKEN_BYTES / 3; i++) {
        uint64_t group = get_be(bytes + (size_t)3 * (size_t)i, 3);
        for (int j = 0; j < 4; j++)
            text[4 * i + j] = alphabet[group >> (18 - 6 * j) & 63];
    }
    return (str){ text, TOKEN_TEXT_CHARS };
}

static bool is_wrapping(char c)
{
    return c == '"' || c == '\'' || c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* Without white space and quotes around it (people paste tokens, templates quote them) and without
 * base64 padding behind it. */
static str unwrap(str text)
{
    while (text.len > 0 && is_wrapping(text.ptr[0]))
        text = str_skip(text, 1);
    while (text.len > 0 && is_wrapping(text.ptr[text.len - 1]))
        text.len--;
    while (text.len > 0 && text.ptr[text.len - 1] == '=')
        text.len--;
    return text;
}

static bool decode_base64(str text, unsigned char bytes[TOKEN_BYTES])
{
    if (text.len != TOKEN_TEXT_CHARS) return false;
    for (int i = 0; i < TOKEN_BYTES / 3; i++) {
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

static bool mac_holds(const unsigned char key[TOKEN_KEY_BYTES],
                      const unsigned char bytes[TOKEN_BYTES])
{
    unsigned char expected[TOKEN_BYTES];
    memcpy(expected, bytes, TOKEN_BODY_BYTES);
    put_mac(key, expected);
    return str_eq_constant_time((str){ (const char *)expected + TOKEN_BODY_BYTES, TOKEN_MAC_BYTES },
                                (str){ (const char *)bytes + TOKEN_BODY_BYTES, TOKEN_MAC_BYTES });
}

bool token_decode(const struct token_key *key, str text, token *out)
{
    unsigned char bytes[TOKEN_BYTES];
    if (!decode_base64(unwrap(text), bytes)) return false;
    bool ours = mac_holds(key->current, bytes);
    if (!ours && key->has_previous) ours = mac_holds(key->previous, bytes);
    if (!ours || bytes[0] != TOKEN_VERSION) return false;
    *out = (token){
        .shard = (uint16_t)get_be(bytes + 1, 2),
        .serial = get_be(bytes + 3, 6),
        .frame = (uint32_t)get_be(bytes + 9, 4),
        .task_event = (uint32_t)get_be(bytes + 13, 4),
    };
    return true;
}
