/* Patterns and events of any bytes: a NUL separates the one from the other. The checker and the
 * matcher never read outside, and a pattern that is refused has a reason and a place in the text;
 * one that is accepted gives the same answer twice. */
#include <stdlib.h>

#include "services/pattern.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void try_dialect(str text, str event_text, enum pattern_dialect dialect)
{
    struct arena arena;
    struct error err = { 0 };
    struct pattern_size extent;
    json pattern, event;
    arena_init(&arena);
    if (!pattern_check(text, dialect, &arena, &pattern, &extent, &err)) {
        if (error_text(&err).len == 0) abort();
        if (err.offset != PATTERN_NO_PLACE && err.offset > text.len) abort();
    } else if (json_parse(event_text, &arena, &event, &err)) {
        bool first = pattern_matches(pattern, dialect, event);
        if (first != pattern_matches(pattern, dialect, event)) abort();
    }
    arena_close(&arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const uint8_t *end = size ? memchr(data, 0, size) : NULL;
    size_t bytes = end ? (size_t)(end - data) : size;
    /* Copies of the exact sizes, so that the sanitizer sees any byte read beyond them. */
    char *text = malloc(bytes ? bytes : 1), *event = malloc(size - bytes ? size - bytes : 1);
    if (!text || !event) abort();
    size_t event_bytes = end ? size - bytes - 1 : 0;
    if (bytes) memcpy(text, data, bytes);
    if (event_bytes) memcpy(event, end + 1, event_bytes);
    for (int dialect = PATTERN_ATTRIBUTES; dialect <= PATTERN_EVENT; dialect++)
        try_dialect((str){ text, bytes }, (str){ event, event_bytes },
                    (enum pattern_dialect)dialect);
    free(text);
    free(event);
    return 0;
}
