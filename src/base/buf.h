/* A buffer that grows, in an arena or on the heap.
 *
 * With an arena the bytes are given back with it (growing leaves the old bytes behind until then);
 * without one the owner calls buf_close. */
#ifndef BASE_BUF_H
#define BASE_BUF_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/arena.h"
#include "base/str.h"

struct buf {
    char *ptr;           /* in `arena`, or owned if there is none */
    size_t len;          /* bytes written */
    size_t capacity;     /* bytes allocated */
    struct arena *arena; /* borrowed; NULL for the heap */
};

/* An empty buffer; `arena` may be NULL for the heap. */
void buf_init(struct buf *buf, struct arena *arena);

/* Frees a heap buffer; no effect on one in an arena. */
void buf_close(struct buf *buf);

void buf_grow(struct buf *buf, size_t more);

/* Makes room for `more` bytes and returns where to write them; buf->len does not change. */
static inline char *buf_reserve(struct buf *buf, size_t more)
{
    if (more > buf->capacity - buf->len) buf_grow(buf, more);
    return buf->ptr + buf->len;
}

static inline void buf_add(struct buf *buf, str s)
{
    if (s.len == 0) return;
    memcpy(buf_reserve(buf, s.len), s.ptr, s.len);
    buf->len += s.len;
}

static inline void buf_add_char(struct buf *buf, char c)
{
    *buf_reserve(buf, 1) = c;
    buf->len++;
}

void buf_add_i64(struct buf *buf, int64_t value);
void buf_add_u64(struct buf *buf, uint64_t value);
void buf_printf(struct buf *buf, const char *format, ...) PRINTF_LIKE(2, 3);

/* What has been written so far; valid until the next write to the buffer. */
static inline str buf_str(const struct buf *buf)
{
    return (str){ buf->ptr, buf->len };
}

#endif
