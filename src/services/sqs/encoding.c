/* Digests, hexadecimal digits, base64. */
#include <openssl/evp.h>

#include "services/sqs/internal.h"

static void digest(const EVP_MD *type, str bytes, unsigned char *out, unsigned int wanted)
{
    unsigned int count = 0;
    int done = EVP_Digest(bytes.ptr, bytes.len, out, &count, type, NULL);
    ASSERT(done == 1 && count == wanted);
}

void sqs_digest_md5(str bytes, unsigned char out[MD5_BYTES])
{
    digest(EVP_md5(), bytes, out, MD5_BYTES);
}

str sqs_digest_md5_hex(struct arena *arena, str bytes)
{
    unsigned char out[MD5_BYTES];
    sqs_digest_md5(bytes, out);
    return sqs_hex_text(arena, out, sizeof out);
}

str sqs_digest_sha256_hex(struct arena *arena, str bytes)
{
    unsigned char out[SHA256_BYTES];
    digest(EVP_sha256(), bytes, out, sizeof out);
    return sqs_hex_text(arena, out, sizeof out);
}

str sqs_hex_text(struct arena *arena, const unsigned char *bytes, size_t count)
{
    static const char digits[] = "0123456789abcdef";
    char *text = arena_alloc(arena, 2 * count);
    for (size_t i = 0; i < count; i++) {
        text[2 * i] = digits[bytes[i] >> 4];
        text[2 * i + 1] = digits[bytes[i] & 15];
    }
    return (str){ text, 2 * count };
}

static int hex_value(char c)
{
    if (c >= '0' && c <= '9') return c - '0';
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

bool sqs_hex_decode(struct arena *arena, str text, str *out)
{
    if (text.len % 2 != 0) return false;
    char *bytes = arena_alloc(arena, text.len / 2);
    for (size_t i = 0; i < text.len; i += 2) {
        int high = hex_value(text.ptr[i]), low = hex_value(text.ptr[i + 1]);
        if (high < 0 || low < 0) return false;
        bytes[i / 2] = (char)(high << 4 | low);
    }
    *out = (str){ bytes, text.len / 2 };
    return true;
}

str sqs_base64_text(struct arena *arena, str bytes)
{
    /* The 65th is the padding. */
    static const char alphabet[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=";
    size_t len = (bytes.len + 2) / 3 * 4;
    char *text = arena_alloc(arena, len);
    for (size_t i = 0, at = 0; i < bytes.len; i += 3, at += 4) {
        size_t left = bytes.len - i;
        uint32_t group = (uint32_t)(unsigned char)bytes.ptr[i] << 16;
        if (left > 1) group |= (uint32_t)(unsigned char)bytes.ptr[i + 1] << 8;
        if (left > 2) group |= (unsigned char)bytes.ptr[i + 2];
        text[at] = alphabet[group >> 18];
        text[at + 1] = alphabet[group >> 12 & 63];
        text[at + 2] = alphabet[left > 1 ? group >> 6 & 63 : 64];
        text[at + 3] = alphabet[left > 2 ? group & 63 : 64];
    }
    return (str){ text, len };
}

static int base64_value(char c)
{
    if (c >= 'A' && c <= 'Z') return c - 'A';
    if (c >= 'a' && c <= 'z') return c - 'a' + 26;
    if (c >= '0' && c <= '9') return c - '0' + 52;
    if (c == '+') return 62;
    return c == '/' ? 63 : -1;
}

bool sqs_base64_bytes(struct arena *arena, str text, str *out)
{
    if (text.len % 4 != 0) return false;
    size_t padding = text.len == 0 ? 0 : (size_t)(text.ptr[text.len - 1] == '=');
    if (padding == 1 && text.ptr[text.len - 2] == '=') padding = 2;
    char *bytes = arena_alloc(arena, text.len / 4 * 3);
    size_t count = 0, digits = text.len - padding;
    uint32_t group = 0;
    int bits = 0;
    for (size_t i = 0; i < digits; i++) {
        int value = base64_value(text.ptr[i]);
        if (value < 0) return false;
        group = (group << 6 | (uint32_t)value) & 0xFFFFFF;
        bits += 6;
        if (bits < 8) continue;
        bits -= 8;
        bytes[count++] = (char)(group >> bits & 0xFF);
    }
    if (bits > 0 && (group & ((1u << bits) - 1)) != 0) return false;
    *out = (str){ bytes, count };
    return true;
}
