/* See support_test.h. */
#include "services/integrations/support_test.h"

#include <criterion/criterion.h>

static str double_quotes(struct arena *arena, const char *text)
{
    size_t len = strlen(text);
    char *out = arena_alloc(arena, len);
    for (size_t i = 0; i < len; i++)
        out[i] = text[i];
    for (size_t i = 0; i < len; i++)
        if (out[i] == '\'') out[i] = '"';
    return (str){ out, len };
}

json test_json(struct arena *arena, const char *text)
{
    struct error err = { 0 };
    json value = json_null();
    cr_assert(json_parse(double_quotes(arena, text), arena, &value, &err), "%s: %s", text,
              err.message);
    return value;
}

void test_same(struct arena *arena, json got, const char *wanted)
{
    str text = json_text(arena, got);
    str expected = double_quotes(arena, wanted);
    cr_expect(str_eq(text, expected), "wanted %.*s\ngot    %.*s", STR_ARGS(expected),
              STR_ARGS(text));
}

void test_text(str got, const char *wanted)
{
    cr_expect(str_eq(got, str_from(wanted)), "wanted %s\ngot    %.*s", wanted, STR_ARGS(got));
}
