/* What the tests of expr/ share: reference files beside the checkout, parsing, comparing. */
#ifndef EXPR_TEST_H
#define EXPR_TEST_H

#include <criterion/criterion.h>
#include <stdio.h>

#include "expr/expr.h"

static inline str test_read_file(struct arena *arena, const char *path)
{
    FILE *file = fopen(path, "rb");
    cr_assert(file != NULL, "%s is missing (it lies beside the checkout)", path);
    struct buf buf;
    buf_init(&buf, arena);
    char chunk[4096];
    for (size_t n = 0; (n = fread(chunk, 1, sizeof chunk, file)) > 0;)
        buf_add(&buf, (str){ chunk, n });
    fclose(file);
    return buf_str(&buf);
}

static inline json test_parse(struct arena *arena, str text)
{
    json value = json_null();
    struct error err;
    cr_assert(json_parse(text, arena, &value, &err), "%.*s", STR_ARGS(text));
    return value;
}

static inline json test_json(struct arena *arena, const char *text)
{
    return test_parse(arena, arena_str(arena, str_from(text)));
}

/* A C string of v, for messages. */
static inline const char *test_text(struct arena *arena, json v)
{
    return arena_cstr(arena, json_text(arena, v));
}

static inline const char *test_cstr(struct arena *arena, str s)
{
    return arena_cstr(arena, s);
}

static inline void test_assert_json(struct arena *arena, json got, json expected, const char *what)
{
    cr_assert(json_equal(got, expected), "%s: expected %s, got %s", what,
              test_text(arena, expected), test_text(arena, got));
}

static inline void test_assert_str(struct arena *arena, str got, str expected, const char *what)
{
    cr_assert(str_eq(got, expected), "%s: expected %s, got %s", what, test_cstr(arena, expected),
              test_cstr(arena, got));
}

#endif
