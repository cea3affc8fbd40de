/* Compiles any text as a JSONata expression and evaluates what compiles on a fixed document, with a
 * small budget. What holds for every text: it ends, an error has a code and a place inside the
 * text, a result can be written. */
#include "expr/jsonata/jsonata.h"

static const char document_text[] =
    "{\"a\":{\"b\":[1,2.5,-3e2,\"x\",null,true,{\"c\":[[],{}]}]},\"s\":\"a,b\",\"o\":{\"k\":\"v\"},"
    "\"n\":12345678901234567890,\"items\":[{\"id\":1,\"t\":[\"p\",\"q\"]},{\"id\":2,\"t\":[]}],"
    "\"name\":\"Ada \\u00e9\\ud83d\\ude00\",\"price\":9.5,\"order\":{\"items\":[3,1,2]}}";

static void check_error(const struct jsonata_error *err, size_t text_bytes)
{
    ASSERT(err->code[0] != '\0');
    ASSERT_CMP(err->position, <=, text_bytes);
}

static void evaluate(const struct jsonata *compiled, json input, struct arena *arena, size_t bytes)
{
    struct prng prng;
    prng_seed(&prng, 1);
    struct jsonata_env env = { .arena = arena, .prng = &prng, .now_ms = 1700000000000 };
    env.budget = (struct jsonata_budget){ .depth = 300, .steps = 20000, .bytes = 8 << 20 };
    struct jsonata_error err = { 0 };
    bool defined = false;
    json out;
    if (!jsonata_eval(compiled, input, &env, &defined, &out, &err)) {
        check_error(&err, bytes);
        return;
    }
    if (!defined) return;
    str text = json_text(arena, out);
    json again;
    struct error parse_error;
    ASSERT(json_parse(text, arena, &again, &parse_error));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    str text = { (const char *)data, size };
    struct arena arena;
    arena_init(&arena);
    json document = json_null();
    struct error parse_error;
    bool ok = json_parse(STR(document_text), &arena, &document, &parse_error);
    ASSERT(ok);
    const struct jsonata *compiled;
    struct jsonata_error err = { 0 };
    if (jsonata_compile(text, &arena, &compiled, &err)) {
        for (size_t i = 0; i < jsonata_use_count(compiled); i++) {
            ASSERT_CMP(jsonata_use_at(compiled, i).position, <=, size);
        }
        evaluate(compiled, document, &arena, size);
        evaluate(compiled, jsonata_undefined(), &arena, size);
    } else {
        check_error(&err, size);
    }
    arena_close(&arena);
    return 0;
}
