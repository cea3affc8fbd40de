/* What functions print, on arbitrary bytes: cut into the same lines however it arrives, always
 * well-formed as text, and never a name that leads out of a directory. */
#include "effects/private.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void collect(void *context, str line)
{
    ASSERT(line.len <= FUNCTION_LOG_LINE_BYTES_MAX);
    struct buf *out = context;
    buf_add_char(out, '[');
    buf_add(out, line);
    buf_add_char(out, ']');
}

/* Portions are 1 to 16 bytes long, as `cuts` says (a linear congruence), or everything at once if
 * it is 0. */
static void cut(str text, uint32_t cuts, struct buf *out)
{
    struct line_cutter cutter = { 0 };
    while (text.len > 0) {
        size_t portion = text.len;
        if (cuts) {
            cuts = cuts * 1664525u + 1013904223u;
            size_t short_one = (cuts >> 24) % 16 + 1;
            if (short_one < portion) portion = short_one;
        }
        line_cutter_feed(&cutter, str_slice(text, 0, portion), collect, out);
        text = str_skip(text, portion);
    }
    line_cutter_finish(&cutter, collect, out);
}

static void check_text(struct arena *arena, str bytes)
{
    struct buf text;
    buf_init(&text, arena);
    text_add_utf8(&text, bytes);
    size_t count;
    ASSERT(text_is_utf8(buf_str(&text)));
    ASSERT(str_utf8_count(buf_str(&text), &count));
    ASSERT(text_is_utf8(bytes) == str_eq(bytes, buf_str(&text)));
    ASSERT(text_is_utf8(bytes) == str_utf8_count(bytes, &count));
}

static void check_name(struct arena *arena, str bytes)
{
    struct buf name;
    buf_init(&name, arena);
    text_add_file_name(&name, bytes);
    ASSERT(name.len > 0 && name.len < 200 && name.ptr[0] == 'f');
    for (size_t i = 0; i < name.len; i++)
        ASSERT(name.ptr[i] > ' ' && name.ptr[i] < 0x7F && name.ptr[i] != '/');
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 4) return 0;
    uint32_t cuts;
    memcpy(&cuts, data, sizeof cuts);
    str bytes = { (const char *)data + 4, size - 4 };
    struct arena arena;
    arena_init(&arena);
    struct buf whole, parts;
    buf_init(&whole, &arena);
    buf_init(&parts, &arena);
    cut(bytes, 0, &whole);
    cut(bytes, cuts | 1, &parts);
    ASSERT(str_eq(buf_str(&whole), buf_str(&parts)));
    check_text(&arena, bytes);
    check_name(&arena, bytes);
    struct log_tail tail = { 0 };
    log_tail_add(&tail, bytes);
    log_tail_add(&tail, bytes);
    str text = log_tail_text(&tail, &arena);
    ASSERT(text_is_utf8(text));
    arena_close(&arena);
    return 0;
}
