/* baton.yaml of any bytes: a value or a message with its place; what has been read is written as
 * JSON, and where that is YAML, too, it is the same value again. */
#include <stdlib.h>

#include "yaml/yaml.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena arena;
    struct error err = { 0 };
    json value, again;
    char *copy = malloc(size ? size : 1);
    if (!copy) abort();
    if (size) memcpy(copy, data, size);
    arena_init(&arena);
    if (!yaml_parse((str){ copy, size }, &arena, &value, &err)) {
        if (err.code != ERROR_SYNTAX || error_text(&err).len == 0) abort();
    } else if (yaml_parse(json_text(&arena, value), &arena, &again, &err)) {
        if (!json_equal(value, again)) abort();
    }
    arena_close(&arena);
    free(copy);
    return 0;
}
