/* JSONata on arbitrary text: whatever compiles is evaluated on a fixed document under a small
 * budget. It never crashes, hangs or reads outside; a result can be written as JSON. */
#include <stdlib.h>

#include "base/base.h"
#include "expr/jsonata/jsonata.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char document[] =
    "{\"a\":{\"b\":[1,2,{\"c\":\"x\"}],\"d\":null},\"items\":[{\"n\":1,\"s\":\"one\"},{\"n\":2.5,"
    "\"s\":\"two\"}],\"t\":true,\"text\":\"h\\u00e9llo 12\",\"empty\":[]}";

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size > 4096) return 0;
    struct arena arena;
    arena_init(&arena);
    str text = { memcpy(arena_alloc(&arena, size), data, size), size };
    const struct jsonata *compiled;
    struct jsonata_error why;
    if (jsonata_compile(text, &arena, &compiled, &why)) {
        json input, result;
        struct error err;
        if (!json_parse(str_from(document), &arena, &input, &err)) abort();
        struct prng prng;
        prng_seed(&prng, size);
        struct jsonata_env env = {
            .prng = &prng,
            .now_ms = 1700000000000,
            .budget = { .depth = 200, .steps = 20000, .bytes = 16 << 20 },
            .arena = &arena,
        };
        bool defined;
        if (jsonata_eval(compiled, input, &env, &defined, &result, &why) && defined &&
            json_fits(result, 1 << 20))
            (void)json_text(&arena, result);
    }
    arena_close(&arena);
    return 0;
}
