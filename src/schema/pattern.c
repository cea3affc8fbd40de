/* Regular expressions of `pattern` and `patternProperties`: ECMA 262's, run by PCRE2 with a match
 * limit and a heap limit, because both the pattern and the text come from outside. */
#include "schema/internal.h"

static void *allocate(PCRE2_SIZE bytes, void *arena)
{
    return arena_alloc(arena, bytes);
}

static void release(void *block, void *arena)
{
    (void)block;
    (void)arena;
}

static pcre2_general_context *memory_of(struct arena *arena)
{
    pcre2_general_context *memory = pcre2_general_context_create(allocate, release, arena);
    ASSERT(memory != NULL);
    return memory;
}

/* Where PCRE2 and ECMA 262 disagree, its options for the latter: $ only at the very end, \uXXXX, an
 * empty class, references to groups that did not take part. */
const pcre2_code *schema_pattern_compile(str text, struct arena *arena)
{
    if (text.len > SCHEMA_PATTERN_BYTES_MAX) return NULL;
    pcre2_compile_context *context = pcre2_compile_context_create(memory_of(arena));
    ASSERT(context != NULL);
    uint32_t options = PCRE2_UTF | PCRE2_DOLLAR_ENDONLY | PCRE2_ALT_BSUX | PCRE2_ALLOW_EMPTY_CLASS |
                       PCRE2_MATCH_UNSET_BACKREF | PCRE2_NEVER_BACKSLASH_C;
    int code = 0;
    PCRE2_SIZE offset = 0;
    const char *bytes = text.ptr ? text.ptr : "";
    return pcre2_compile((PCRE2_SPTR)bytes, text.len, options, &code, &offset, context);
}

bool schema_pattern_matches(struct schema_matcher *matcher, const pcre2_code *code, str text,
                            struct arena *arena)
{
    if (!matcher->data) {
        pcre2_general_context *memory = memory_of(arena);
        matcher->limits = pcre2_match_context_create(memory);
        matcher->data = pcre2_match_data_create(1, memory);
        ASSERT(matcher->limits != NULL && matcher->data != NULL);
        pcre2_set_match_limit(matcher->limits, SCHEMA_PATTERN_MATCHES_MAX);
        pcre2_set_heap_limit(matcher->limits, SCHEMA_PATTERN_HEAP_KIB_MAX);
    }
    const char *bytes = text.ptr ? text.ptr : "";
    return pcre2_match(code, (PCRE2_SPTR)bytes, text.len, 0, PCRE2_NO_UTF_CHECK, matcher->data,
                       matcher->limits) >= 0;
}
