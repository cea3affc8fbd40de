/* Compiles any text as a path, an intrinsic call and a reference path, and evaluates what compiles
 * on a fixed document. */
#include "expr/expr.h"

static const char document_text[] =
    "{\"a\":{\"b\":[1,2.5,-3e2,\"x\",null,true,{\"c\":[[],{}]}]},\"s\":\"a,b\",\"o\":{\"k\":\"v\"},"
    "\"n\":12345678901234567890,\"items\":[{\"id\":1,\"t\":[\"p\",\"q\"]},{\"id\":2,\"t\":[]}]}";

static void evaluate(struct arena *arena, str text, unsigned allow, json document)
{
    struct expr_compiler compiler = { .arena = arena };
    const struct expr *expr = NULL;
    if (!expr_compile_path(&compiler, text, allow, &expr)) {
        ASSERT(compiler.problem_count > 0);
        return;
    }
    struct prng prng;
    prng_seed(&prng, 1);
    struct expr_scope scope = { .variables = document };
    struct expr_env env = {
        .input = document,
        .context = &document,
        .scope = &scope,
        .prng = &prng,
        .arena = arena,
    };
    json value = json_null();
    struct expr_failure failure = { 0 };
    if (expr_eval(expr, &env, STR("InputPath"), &value, &failure)) {
        (void)json_text_bytes(value);
    } else {
        ASSERT(failure.error.len > 0 && failure.cause.len > 0);
    }
    if (!(allow & EXPR_REFERENCE_ONLY)) return;
    if (expr_put(expr, &env, document, json_bool(true), &value, &failure)) {
        (void)json_text_bytes(value);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    str text = { (const char *)data, size };
    size_t chars = 0;
    if (!str_utf8_count(text, &chars)) return 0; /* texts come from parsed JSON */
    struct arena arena;
    arena_init(&arena);
    json document = json_null();
    struct error err;
    bool parsed = json_parse(STR(document_text), &arena, &document, &err);
    ASSERT(parsed);
    evaluate(&arena, text, EXPR_ALLOW_PATH | EXPR_ALLOW_CONTEXT | EXPR_ALLOW_INTRINSIC, document);
    evaluate(&arena, text, EXPR_ALLOW_PATH | EXPR_REFERENCE_ONLY, document);
    arena_close(&arena);
    return 0;
}
