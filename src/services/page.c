/* Page tokens: URL-safe base64 of
 *
 *     version (u8) | MAC (16 bytes) | position
 *
 * The MAC covers the list's scope and the position, so that a token cannot be made up, nor carried
 * over to another list. It is made with the task tokens' key, which outlives restarts; the scope
 * begins with "page" so that no task token can pass for a page token. */
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "services/source.h"

enum {
    PAGE_TOKEN_VERSION = 1,
    PAGE_MAC_BYTES = 16,
    PAGE_HEAD_BYTES = 1 + PAGE_MAC_BYTES,
    PAGE_POSITION_BYTES_MAX = 700,
};
static_assert((PAGE_HEAD_BYTES + PAGE_POSITION_BYTES_MAX + 2) / 3 * 4 <=
                  STATES_PAGE_TOKEN_CHARS_MAX,
              "our tokens pass our own checks");

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

static int digit_of(char c)
{
    if (c >= 'A' && c <= 'Z') return c - 'A';
    if (c >= 'a' && c <= 'z') return c - 'a' + 26;
    if (c >= '0' && c <= '9') return c - '0' + 52;
    if (c == '-') return 62;
    return c == '_' ? 63 : -1;
}

static str base64_encode(struct arena *arena, const unsigned char *bytes, size_t count)
{
    struct buf out;
    buf_init(&out, arena);
    for (size_t i = 0; i < count; i += 3) {
        uint32_t group = (uint32_t)bytes[i] << 16;
        size_t left = count - i;
        if (left > 1) group |= (uint32_t)bytes[i + 1] << 8;
        if (left > 2) group |= bytes[i + 2];
        for (size_t j = 0; j < (left > 2 ? 4 : left + 1); j++)
            buf_add_char(&out, alphabet[group >> (18 - 6 * j) & 63]);
    }
    return buf_str(&out);
}

/* False if text is not what base64_encode gives: a token has one spelling. */
static bool base64_decode(struct arena *arena, str text, str *out)
{
    if (text.len % 4 == 1) return false;
    char *bytes = arena_alloc(arena, text.len);
    size_t count = 0;
    uint32_t group = 0;
    int bits = 0;
    for (size_t i = 0; i < text.len; i++) {
        int digit = digit_of(text.ptr[i]);
        if (digit < 0) return false;
        group = (group << 6 | (uint32_t)digit) & 0xFFFFFF;
        bits += 6;
        if (bits < 8) continue;
        bits -= 8;
        bytes[count++] = (char)(group >> bits & 0xFF);
    }
    if (bits > 0 && (group & ((1u << bits) - 1)) != 0) return false;
    *out = (str){ bytes, count };
    return true;
}

static void make_mac(const unsigned char key[TOKEN_KEY_BYTES], struct arena *arena, str scope,
                     str position, char out[PAGE_MAC_BYTES])
{
    struct buf text;
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned int len = 0;
    buf_init(&text, arena);
    buf_add(&text, STR("page"));
    buf_add_u64(&text, scope.len); /* where the scope ends must be told too */
    buf_add_char(&text, ' ');
    buf_add(&text, scope);
    buf_add(&text, position);
    const unsigned char *done = HMAC(EVP_sha256(), key, TOKEN_KEY_BYTES,
                                     (const unsigned char *)text.ptr, text.len, digest, &len);
    ASSERT(done != NULL && len >= PAGE_MAC_BYTES);
    memcpy(out, digest, PAGE_MAC_BYTES);
}

str page_token_encode(const struct source *source, str scope, str position)
{
    ASSERT_CMP(position.len, <=, PAGE_POSITION_BYTES_MAX);
    unsigned char bytes[PAGE_HEAD_BYTES + PAGE_POSITION_BYTES_MAX];
    char mac[PAGE_MAC_BYTES];
    make_mac(shard_token_key(source->shard)->current, source->arena, scope, position, mac);
    bytes[0] = PAGE_TOKEN_VERSION;
    memcpy(bytes + 1, mac, sizeof mac);
    if (position.len > 0) memcpy(bytes + PAGE_HEAD_BYTES, position.ptr, position.len);
    return base64_encode(source->arena, bytes, PAGE_HEAD_BYTES + position.len);
}

static bool mac_fits(const struct source *source, const unsigned char key[TOKEN_KEY_BYTES],
                     str scope, str bytes)
{
    char mac[PAGE_MAC_BYTES];
    make_mac(key, source->arena, scope, str_skip(bytes, PAGE_HEAD_BYTES), mac);
    return str_eq_constant_time((str){ mac, sizeof mac }, str_slice(bytes, 1, PAGE_HEAD_BYTES));
}

bool page_token_decode(const struct source *source, str scope, str text, str *position,
                       struct error *err)
{
    const struct token_key *key = shard_token_key(source->shard);
    str bytes;
    bool fits = text.len <= STATES_PAGE_TOKEN_CHARS_MAX &&
                base64_decode(source->arena, text, &bytes) && bytes.len >= PAGE_HEAD_BYTES &&
                bytes.ptr[0] == PAGE_TOKEN_VERSION &&
                (mac_fits(source, key->current, scope, bytes) ||
                 (key->has_previous && mac_fits(source, key->previous, scope, bytes)));
    if (!fits)
        return fail_quoted(source, err, ERROR_INVALID_TOKEN,
                           "Invalid Token: ", STR("Invalid token"));
    *position = str_skip(bytes, PAGE_HEAD_BYTES);
    return true;
}

bool page_begin(const struct source *source, json params, str scope, struct page *page,
                struct error *err)
{
    str text;
    int64_t limit = json_i64_or(params, STR("maxResults"), 0);
    ASSERT(limit >= 0 && limit <= STATES_PAGE_RESULTS_MAX); /* the shapes see to it */
    str position = STR("");
    if (json_find_str(params, STR("nextToken"), &text) &&
        !page_token_decode(source, scope, text, &position, err))
        return false;
    *page = (struct page){
        .scope = scope,
        .position = position,
        .limit = limit == 0 ? STATES_PAGE_RESULTS_DEFAULT : (size_t)limit, /* 0: the default */
    };
    return true;
}

struct store_cursor *page_scan_names(const struct source *source, const struct page *page,
                                     enum key_tag tag)
{
    struct key from, to;
    key_begin(&from, source->number, tag);
    to = from;
    key_range_end(&to);
    if (page->position.len > 0) {
        key_add_text(&from, page->position);
        key_range_end(&from);
    }
    return source_scan(source, &from, &to, false);
}

void page_next(const struct source *source, const struct page *page, struct buf *out, str position)
{
    reply_str(out, "nextToken", page_token_encode(source, page->scope, position));
}
