/* The token decoder on arbitrary text: it never reads outside, accepts nothing that it has not made
 * itself, and what it accepts encodes to the same text again. */
#include <stdlib.h>

#include "base/base.h"
#include "engine/token.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct token_key key = { .current = { 1, 2, 3 },
                                          .previous = { 9 },
                                          .has_previous = true };
    struct arena arena;
    arena_init(&arena);
    /* A copy of the exact size, so that the sanitizer sees any byte read beyond it. */
    str text = { memcpy(arena_alloc(&arena, size), data, size), size };
    token found;
    if (token_decode(&key, text, &found)) {
        str again = token_encode(&key, found, &arena);
        if (str_find(text, again, 0) == text.len) abort(); /* a MAC has been forged */
    }

    /* One made from the same bytes is accepted, and refused as soon as a character differs. */
    token made = { 0 };
    memcpy(&made, data, size < sizeof made ? size : sizeof made);
    made.serial &= ((uint64_t)1 << 48) - 1;
    str good = token_encode(&key, made, &arena);
    if (!token_decode(&key, good, &found) || found.serial != made.serial ||
        found.frame != made.frame || found.task_event != made.task_event)
        abort();
    char *bad = arena_alloc(&arena, good.len);
    memcpy(bad, good.ptr, good.len);
    size_t at = size > 0 ? data[size - 1] % good.len : 0;
    bad[at] = bad[at] == 'A' ? 'B' : 'A';
    if (token_decode(&key, (str){ bad, good.len }, &found)) abort();
    arena_close(&arena);
    return 0;
}
