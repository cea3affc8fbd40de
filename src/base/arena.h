/* An arena: memory that is given back as a whole.
 *
 * One per request and one per turn. Allocation never fails into the caller (no memory left is
 * fatal); what a user can make grow is bounded by the limits of the thing that grows. Blocks are
 * kept on reset, so a warm arena costs no system call. Under AddressSanitizer every allocation is a
 * block of its own, so that an overrun inside the arena is seen. */
#ifndef BASE_ARENA_H
#define BASE_ARENA_H

#include <stddef.h>

#include "base/assert.h"
#include "base/str.h"

#if defined(__has_feature)
#if __has_feature(address_sanitizer) && !defined(__SANITIZE_ADDRESS__)
#define __SANITIZE_ADDRESS__ 1 /* clang says it another way than gcc */
#endif
#endif

struct arena_block;

struct arena {
    struct arena_block *blocks; /* owned; newest first */
    struct arena_block *spare;  /* owned; kept by arena_reset for reuse */
    char *next;                 /* next free byte of the newest block */
    char *end;
    size_t used_bytes; /* asked for since init or reset */
};

void arena_init(struct arena *arena);

/* Gives everything back to the system; the arena may be used again after arena_init. */
void arena_close(struct arena *arena);

/* Forgets all allocations and keeps up to ARENA_KEEP_BYTES_MAX for the next use. */
void arena_reset(struct arena *arena);

/* `bytes` uninitialised bytes, aligned for any type. Never NULL, also not for 0. */
void *arena_alloc_slow(struct arena *arena, size_t bytes);

static inline void *arena_alloc(struct arena *arena, size_t bytes)
{
#if !defined(__SANITIZE_ADDRESS__)
    size_t rounded = (bytes + 15) & ~(size_t)15;
    if (rounded >= bytes && rounded > 0 && rounded <= (size_t)(arena->end - arena->next)) {
        void *result = arena->next;
        arena->next += rounded;
        arena->used_bytes += rounded;
        return result;
    }
#endif
    return arena_alloc_slow(arena, bytes);
}

/* The same, set to zero. */
void *arena_zalloc(struct arena *arena, size_t bytes);

/* `count` items of `item_bytes` each, uninitialised; fatal if the product overflows. */
void *arena_array(struct arena *arena, size_t count, size_t item_bytes);

/* A copy of s whose bytes live in the arena (followed by a NUL that is not part of it). */
str arena_str(struct arena *arena, str s);

/* printf into the arena. */
str arena_printf(struct arena *arena, const char *format, ...) PRINTF_LIKE(2, 3);

/* The bytes of s with a NUL behind them, in the arena, for libraries that want C strings. */
const char *arena_cstr(struct arena *arena, str s);

#define ARENA_NEW(arena, type) ((type *)arena_zalloc((arena), sizeof(type)))

#endif
