/* Bump allocation in blocks that double in size up to a bound; see arena.h for the contract. */
#include "base/arena.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

enum {
    ARENA_BLOCK_BYTES_MIN = 4096,
    ARENA_BLOCK_BYTES_MAX = 1 << 20,
    ARENA_KEEP_BYTES_MAX = 1 << 20,
};

struct arena_block {
    struct arena_block *next; /* the next older block */
    size_t bytes;             /* usable, behind this header */
};

static_assert(sizeof(struct arena_block) % 16 == 0, "what follows the header must stay aligned");

void arena_init(struct arena *arena)
{
    *arena = (struct arena){ 0 };
}

static void free_list(struct arena_block *block)
{
    while (block) {
        struct arena_block *next = block->next;
        free(block);
        block = next;
    }
}

void arena_close(struct arena *arena)
{
    free_list(arena->blocks);
    free_list(arena->spare);
    arena_init(arena);
}

void arena_reset(struct arena *arena)
{
#if defined(__SANITIZE_ADDRESS__)
    arena_close(arena);
#else
    size_t kept = 0;
    for (struct arena_block *b = arena->spare; b; b = b->next)
        kept += b->bytes;
    while (arena->blocks) {
        struct arena_block *block = arena->blocks;
        arena->blocks = block->next;
        if (kept + block->bytes > ARENA_KEEP_BYTES_MAX) {
            free(block);
            continue;
        }
        kept += block->bytes;
        block->next = arena->spare;
        arena->spare = block;
    }
    arena->next = arena->end = NULL;
    arena->used_bytes = 0;
#endif
}

static struct arena_block *new_block(size_t bytes)
{
    if (bytes > SIZE_MAX - sizeof(struct arena_block)) fatal("out of memory");
    struct arena_block *block = malloc(sizeof *block + bytes);
    if (!block) fatal("out of memory (%zu bytes asked for)", bytes);
    block->bytes = bytes;
    return block;
}

#if !defined(__SANITIZE_ADDRESS__)
static struct arena_block *take_spare(struct arena *arena, size_t bytes)
{
    struct arena_block *block = arena->spare;
    if (!block || block->bytes < bytes) return NULL;
    arena->spare = block->next;
    return block;
}
#endif

void *arena_alloc_slow(struct arena *arena, size_t bytes)
{
#if defined(__SANITIZE_ADDRESS__)
    /* The exact size: the byte behind the last one is poisoned. */
    struct arena_block *block = new_block(bytes);
    block->next = arena->blocks;
    arena->blocks = block;
    arena->used_bytes += bytes;
    return block + 1;
#else
    if (bytes > SIZE_MAX - 15) fatal("out of memory");
    size_t rounded = bytes ? (bytes + 15) & ~(size_t)15 : 16;
    if (rounded > (size_t)(arena->end - arena->next)) {
        size_t wanted = arena->blocks ? arena->blocks->bytes * 2 : ARENA_BLOCK_BYTES_MIN;
        if (wanted > ARENA_BLOCK_BYTES_MAX) wanted = ARENA_BLOCK_BYTES_MAX;
        if (wanted < rounded) wanted = rounded;
        struct arena_block *block = take_spare(arena, rounded);
        if (!block) block = new_block(wanted);
        block->next = arena->blocks;
        arena->blocks = block;
        arena->next = (char *)(block + 1);
        arena->end = arena->next + block->bytes;
    }
    void *result = arena->next;
    arena->next += rounded;
    arena->used_bytes += rounded;
    return result;
#endif
}

void *arena_zalloc(struct arena *arena, size_t bytes)
{
    return memset(arena_alloc(arena, bytes), 0, bytes);
}

void *arena_array(struct arena *arena, size_t count, size_t item_bytes)
{
    size_t bytes;
    if (__builtin_mul_overflow(count, item_bytes, &bytes)) fatal("out of memory");
    return arena_alloc(arena, bytes);
}

const char *arena_cstr(struct arena *arena, str s)
{
    char *copy = arena_alloc(arena, s.len + 1);
    if (s.len) memcpy(copy, s.ptr, s.len);
    copy[s.len] = '\0';
    return copy;
}

str arena_str(struct arena *arena, str s)
{
    return (str){ arena_cstr(arena, s), s.len };
}

str arena_printf(struct arena *arena, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    va_list again;
    va_copy(again, args);
    int len = vsnprintf(NULL, 0, format, args);
    va_end(args);
    ASSERT(len >= 0);
    char *text = arena_alloc(arena, (size_t)len + 1);
    vsnprintf(text, (size_t)len + 1, format, again);
    va_end(again);
    return (str){ text, (size_t)len };
}
