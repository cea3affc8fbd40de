/* The reader of XML answers on arbitrary text: it never reads outside, and what it gives is a value
 * that can be written and read again. */
#include <stdlib.h>

#include "services/integrations/call.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena arena;
    struct remote_answer answer = { .value = json_null() };
    arena_init(&arena);
    /* A copy of the exact size, so that the sanitizer sees any byte read beyond it. */
    str text = { memcpy(arena_alloc(&arena, size), data, size), size };
    if (remote_xml_answer(&arena, text, &answer) && answer.ok) {
        struct error err = { 0 };
        json again;
        if (!json_is_object(answer.value)) abort();
        if (!json_parse(json_text(&arena, answer.value), &arena, &again, &err)) abort();
        if (!json_equal(answer.value, again)) abort();
    }
    arena_close(&arena);
    return 0;
}
