/* Fuzz target: a schema and a value, as JSON texts with a NUL byte between them. A value that does
 * not fit has violations and one that fits has none; the same pair gives the same answer. */
#include "schema/schema.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Every reference to elsewhere leads to this document. */
static bool find(void *context, str reference, json *out)
{
    *out = *(const json *)context;
    return reference.len % 2 == 0;
}

static void check(json document, json value, struct arena *arena)
{
    struct schema_resolver resolver = { &value, find };
    const struct schema *schema = NULL;
    struct error err = { 0 };
    if (!schema_compile(document, &resolver, arena, &schema, &err)) {
        ASSERT(err.code == ERROR_VALIDATION && err.message[0] != '\0');
        return;
    }
    str first, second;
    bool fits = schema_validate(schema, value, arena, &first);
    ASSERT(fits == str_is_empty(first));
    ASSERT(schema_validate(schema, value, arena, &second) == fits && str_eq(first, second));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    str text = { (const char *)data, size };
    size_t split = str_find_char(text, '\0', 0);
    struct arena arena;
    arena_init(&arena);
    json document = json_null(), value = json_null();
    struct error err;
    str second = split < size ? str_skip(text, split + 1) : STR("{\"a\":[1,1]}");
    if (json_parse(str_slice(text, 0, split), &arena, &document, &err) &&
        json_parse(second, &arena, &value, &err))
        check(document, value, &arena);
    arena_close(&arena);
    return 0;
}
