/* Text from outside: what functions print and how they are named. */
#include <openssl/sha.h>

#include "effects/private.h"

enum { FILE_NAME_BYTES_MAX = 150, HASH_BYTES = 16 };

/* The length of the well-formed UTF-8 sequence at the beginning of `bytes`; 0 if there is none
 * (Unicode 15, table 3-7). */
static size_t sequence_bytes(str bytes)
{
    unsigned char c = (unsigned char)bytes.ptr[0];
    if (c < 0x80) return 1;
    if (c < 0xC2 || c > 0xF4) return 0;
    size_t count = c < 0xE0 ? 2 : c < 0xF0 ? 3 : 4;
    if (bytes.len < count) return 0;
    unsigned char second = (unsigned char)bytes.ptr[1];
    unsigned char low = c == 0xE0 ? 0xA0 : c == 0xF0 ? 0x90 : 0x80;
    unsigned char high = c == 0xED ? 0x9F : c == 0xF4 ? 0x8F : 0xBF;
    if (second < low || second > high) return 0;
    for (size_t i = 2; i < count; i++) {
        if (((unsigned char)bytes.ptr[i] & 0xC0) != 0x80) return 0;
    }
    return count;
}

/* The bytes of the longest well-formed beginning. */
static size_t well_formed(str bytes)
{
    size_t at = 0;
    while (at < bytes.len) {
        size_t count = sequence_bytes(str_skip(bytes, at));
        if (count == 0) break;
        at += count;
    }
    return at;
}

bool text_is_utf8(str bytes)
{
    return well_formed(bytes) == bytes.len;
}

void text_add_utf8(struct buf *out, str bytes)
{
    while (bytes.len > 0) {
        size_t good = well_formed(bytes);
        buf_add(out, str_slice(bytes, 0, good));
        if (good == bytes.len) return;
        buf_add(out, STR("\xEF\xBF\xBD"));
        bytes = str_skip(bytes, good + 1);
    }
}

static bool is_plain(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '_';
}

void text_add_file_name(struct buf *out, str name)
{
    size_t start = out->len;
    buf_add_char(out, 'f'); /* so that it is never empty */
    for (size_t i = 0; i < name.len && out->len - start <= FILE_NAME_BYTES_MAX; i++) {
        if (is_plain(name.ptr[i]))
            buf_add_char(out, name.ptr[i]);
        else
            buf_printf(out, "%%%02X", (unsigned char)name.ptr[i]);
    }
    if (out->len - start <= FILE_NAME_BYTES_MAX) return;
    unsigned char hash[SHA256_DIGEST_LENGTH];
    SHA256((const unsigned char *)name.ptr, name.len, hash);
    buf_add_char(out, '.'); /* which no short name has */
    for (size_t i = 0; i < HASH_BYTES; i++)
        buf_printf(out, "%02x", hash[i]);
}

/* ---- the end of what was printed ---- */

void log_tail_add(struct log_tail *tail, str bytes)
{
    if (bytes.len > FUNCTION_LOG_TAIL_BYTES)
        bytes = str_skip(bytes, bytes.len - FUNCTION_LOG_TAIL_BYTES);
    if (tail->len + bytes.len > sizeof tail->bytes) {
        size_t kept = FUNCTION_LOG_TAIL_BYTES;
        memmove(tail->bytes, tail->bytes + tail->len - kept, kept);
        tail->len = kept;
    }
    if (bytes.len) memcpy(tail->bytes + tail->len, bytes.ptr, bytes.len);
    tail->len += bytes.len;
}

str log_tail_text(const struct log_tail *tail, struct arena *arena)
{
    str all = { tail->bytes, tail->len };
    if (all.len > FUNCTION_LOG_TAIL_BYTES) all = str_skip(all, all.len - FUNCTION_LOG_TAIL_BYTES);
    /* Not from the middle of a character. */
    for (int i = 0; i < 3 && all.len > 0 && ((unsigned char)all.ptr[0] & 0xC0) == 0x80; i++)
        all = str_skip(all, 1);
    struct buf out;
    buf_init(&out, arena);
    text_add_utf8(&out, all);
    return buf_str(&out);
}

/* ---- lines ---- */

static void take_partial(struct line_cutter *cutter, line_taker take, void *context)
{
    take(context, buf_str(&cutter->partial));
    cutter->partial.len = 0;
}

void line_cutter_feed(struct line_cutter *cutter, str bytes, line_taker take, void *context)
{
    struct buf *partial = &cutter->partial;
    while (bytes.len > 0) {
        size_t end = str_find_char(bytes, '\n', 0);
        bool has_end = end < bytes.len;
        size_t room = FUNCTION_LOG_LINE_BYTES_MAX - partial->len;
        if (end > room) {
            end = room;
            has_end = false;
        }
        str piece = str_slice(bytes, 0, end);
        bytes = str_skip(bytes, has_end ? end + 1 : end);
        if (has_end && partial->len == 0) {
            take(context, piece);
            continue;
        }
        buf_add(partial, piece);
        if (has_end || partial->len == FUNCTION_LOG_LINE_BYTES_MAX)
            take_partial(cutter, take, context);
    }
}

void line_cutter_finish(struct line_cutter *cutter, line_taker take, void *context)
{
    if (cutter->partial.len) take_partial(cutter, take, context);
    buf_close(&cutter->partial);
}
