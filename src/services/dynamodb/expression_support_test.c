/* What the tests of expressions share; see expression_support_test.h. */
#include "services/dynamodb/expression_support_test.h"

#include <criterion/criterion.h>

json wire(struct arena *arena, const char *text)
{
    json parsed = json_null();
    struct error err;
    if (!text) return parsed;
    str source = arena_str(arena, str_from(text));
    char *bytes = arena_alloc(arena, source.len);
    for (size_t i = 0; i < source.len; i++)
        bytes[i] = (char)(source.ptr[i] == '\'' ? '"' : source.ptr[i]);
    bool ok = json_parse((str){ bytes, source.len }, arena, &parsed, &err);
    cr_assert(ok, "%s", text);
    return parsed;
}

json item(struct arena *arena, const char *text)
{
    json result;
    struct error err = { 0 };
    bool ok = value_normalise_item(arena, wire(arena, text), &result, &err);
    cr_assert(ok, "%s: %.*s", text, STR_ARGS(error_text(&err)));
    return result;
}

json value(struct arena *arena, const char *text)
{
    json result;
    struct error err = { 0 };
    bool ok = value_normalise(arena, wire(arena, text), &result, &err);
    cr_assert(ok, "%s: %.*s", text, STR_ARGS(error_text(&err)));
    return result;
}

struct expression_context context(struct arena *arena, const char *names, const char *values)
{
    struct expression_context result;
    struct error err = { 0 };
    json name_map = wire(arena, names);
    json value_map = wire(arena, values);
    bool ok = expression_context_init(&result, arena, &name_map, &value_map, &err);
    cr_assert(ok, "%.*s", STR_ARGS(error_text(&err)));
    return result;
}

const char *outcome(struct arena *arena, bool ok, const struct error *err)
{
    return ok ? "ok" : arena_cstr(arena, error_text(err));
}

void expect_json(json actual, const char *expected, const char *what)
{
    struct arena arena;
    arena_init(&arena);
    cr_expect(json_equal(actual, wire(&arena, expected)), "%s: %.*s instead of %s", what,
              STR_ARGS(json_text(&arena, actual)), expected);
    arena_close(&arena);
}
