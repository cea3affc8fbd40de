/* Fuzz target: a filter pattern of CloudWatch Logs and a message, with a NUL byte between them. */
#include "services/logs/logs.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    str text = { (const char *)data, size };
    size_t split = str_find_char(text, '\0', 0);
    str message = split < size ? str_skip(text, split + 1) : STR("{\"a\":[1,{\"b\":\"c\"}]}");
    struct arena arena;
    arena_init(&arena);
    const struct log_pattern *pattern;
    struct error err = { 0 };
    /* The API takes at most 1,024 characters. */
    if (split <= 1024 && log_pattern_compile(str_slice(text, 0, split), &arena, &pattern, &err)) {
        bool first = log_pattern_matches(pattern, message, &arena);
        ASSERT(log_pattern_matches(pattern, message, &arena) == first);
    } else {
        ASSERT(split > 1024 || err.code == ERROR_LOGS_INVALID_PARAMETER);
    }
    arena_close(&arena);
    return 0;
}
