/* A growing byte buffer; see buf.h. */
#include "base/buf.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

enum { BUF_BYTES_MIN = 256 };

void buf_init(struct buf *buf, struct arena *arena)
{
    *buf = (struct buf){ .arena = arena };
}

void buf_close(struct buf *buf)
{
    if (!buf->arena) free(buf->ptr);
    buf_init(buf, buf->arena);
}

void buf_grow(struct buf *buf, size_t more)
{
    size_t needed;
    if (__builtin_add_overflow(buf->len, more, &needed)) fatal("out of memory");
    size_t capacity = buf->capacity ? buf->capacity : BUF_BYTES_MIN;
    while (capacity < needed) {
        if (__builtin_mul_overflow(capacity, 2, &capacity)) fatal("out of memory");
    }
    char *bigger;
    if (buf->arena) {
        bigger = arena_alloc(buf->arena, capacity);
        if (buf->len) memcpy(bigger, buf->ptr, buf->len);
    } else {
        bigger = realloc(buf->ptr, capacity);
        if (!bigger) fatal("out of memory (%zu bytes asked for)", capacity);
    }
    buf->ptr = bigger;
    buf->capacity = capacity;
}

void buf_add_u64(struct buf *buf, uint64_t value)
{
    char digits[20];
    size_t at = sizeof digits;
    do {
        digits[--at] = (char)('0' + value % 10);
        value /= 10;
    } while (value);
    buf_add(buf, (str){ digits + at, sizeof digits - at });
}

void buf_add_i64(struct buf *buf, int64_t value)
{
    if (value < 0) {
        buf_add_char(buf, '-');
        buf_add_u64(buf, ~(uint64_t)value + 1);
        return;
    }
    buf_add_u64(buf, (uint64_t)value);
}

void buf_printf(struct buf *buf, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    va_list again;
    va_copy(again, args);
    int len = vsnprintf(NULL, 0, format, args);
    va_end(args);
    ASSERT(len >= 0);
    vsnprintf(buf_reserve(buf, (size_t)len + 1), (size_t)len + 1, format, again);
    va_end(again);
    buf->len += (size_t)len;
}
