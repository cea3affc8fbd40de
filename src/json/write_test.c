/* Tests of the writer, and that reading and writing are inverse. */
#include "base/prng.h"
#include "json/json.h"

#include <criterion/criterion.h>

static json parse(struct arena *arena, str text)
{
    struct error err;
    json value = json_null();
    bool ok = json_parse(text, arena, &value, &err);
    cr_assert(ok, "%.*s: %.*s", STR_ARGS(text), STR_ARGS(error_text(&err)));
    return value;
}

Test(json_write, escapes_what_must_be_escaped_and_nothing_else)
{
    static const struct {
        str text;
        const char *written;
    } cases[] = {
        { STR_INIT(""), "\"\"" },
        { STR_INIT("a/b"), "\"a/b\"" },
        { STR_INIT("\"\\"), "\"\\\"\\\\\"" },
        { STR_INIT("\b\f\n\r\t"), "\"\\b\\f\\n\\r\\t\"" },
        { STR_INIT("\0\x01\x1F\x7F"), "\"\\u0000\\u0001\\u001F\x7F\"" },
        { STR_INIT("\xC3\xA9\xE2\x80\xA8"), "\"\xC3\xA9\xE2\x80\xA8\"" },
        { STR_INIT("8 bytes\n"), "\"8 bytes\\n\"" },
        { STR_INIT("exactly 16 bytes"), "\"exactly 16 bytes\"" },
        { STR_INIT("more than 16 bytes, \"quoted\" far behind"),
          "\"more than 16 bytes, \\\"quoted\\\" far behind\"" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct arena arena;
        arena_init(&arena);
        struct buf buf;
        buf_init(&buf, &arena);
        json_write_str(&buf, arena_str(&arena, cases[i].text));
        cr_expect(str_eq(buf_str(&buf), str_from(cases[i].written)), "%s", cases[i].written);
        cr_expect_eq(json_text_bytes(json_string(cases[i].text)), buf.len);
        arena_close(&arena);
    }
}

/* Each byte at each place of strings around the width of what is looked at in one step. */
Test(json_write, sees_every_byte_that_needs_an_escape)
{
    struct arena arena;
    arena_init(&arena);
    for (size_t len = 1; len <= 40; len++) {
        for (size_t at = 0; at < len; at++) {
            for (unsigned c = 0; c < 0x80; c++) {
                char *text = arena_alloc(&arena, len);
                memset(text, 'x', len);
                text[at] = (char)c;
                str written = json_text(&arena, json_string((str){ text, len }));
                size_t longer = c == '"' || c == '\\' || strchr("\b\f\n\r\t", (int)c + !c) ? 1
                                : c < 0x20                                                 ? 5
                                                                                           : 0;
                cr_assert_eq(written.len, len + 2 + longer, "byte %u at %zu of %zu", c, at, len);
                cr_assert(str_eq(json_str(parse(&arena, written)), (str){ text, len }));
            }
        }
        arena_reset(&arena);
    }
    arena_close(&arena);
}

Test(json_write, indents_for_people)
{
    struct arena arena;
    arena_init(&arena);
    struct buf buf;
    buf_init(&buf, &arena);
    json_write_pretty(&buf, parse(&arena, STR("{\"a\":[1,{\"b\":null}],\"c\":{},\"d\":[]}")));
    cr_expect(str_eq(buf_str(&buf), STR("{\n"
                                        "  \"a\": [\n"
                                        "    1,\n"
                                        "    {\n"
                                        "      \"b\": null\n"
                                        "    }\n"
                                        "  ],\n"
                                        "  \"c\": {},\n"
                                        "  \"d\": []\n"
                                        "}")));
    arena_close(&arena);
}

/* ---- properties ---- */

static json random_value(struct prng *prng, struct arena *arena, int depth);

static str random_text(struct prng *prng, struct arena *arena)
{
    static const uint32_t points[] = { 'a', 'b',  ' ',  '"',    '\\',   '\n',
                                       0,   0x1F, 0xE9, 0x20AC, 0x1F600 };
    size_t count = prng_below(prng, 40);
    char *text = arena_alloc(arena, count * 4);
    size_t used = 0;
    for (size_t i = 0; i < count; i++) {
        size_t pick = prng_below(prng, 4) ? prng_below(prng, 3)
                                          : prng_below(prng, sizeof points / sizeof *points);
        used += str_utf8_encode(points[pick], text + used);
    }
    return (str){ text, used };
}

static json random_container(struct prng *prng, struct arena *arena, int depth)
{
    size_t count = prng_below(prng, 10) ? prng_below(prng, 5) : prng_below(prng, 60);
    struct json_list list;
    struct json_fields fields;
    json_list_init(&list, arena);
    json_fields_init(&fields, arena);
    for (size_t i = 0; i < count; i++) {
        json_list_add(&list, random_value(prng, arena, depth + 1));
        json_fields_add(&fields, random_text(prng, arena), list.items[i]);
    }
    return prng_below(prng, 2) ? json_list_done(&list) : json_fields_done(&fields);
}

static json random_value(struct prng *prng, struct arena *arena, int depth)
{
    switch (prng_below(prng, depth < 4 ? 8 : 5)) {
    case 0: return json_null();
    case 1: return json_bool(prng_below(prng, 2));
    case 2: return json_i64(arena, (int64_t)prng_next(prng));
    case 3: return json_double((prng_double(prng) - 0.5) * 1e6);
    case 4: return json_string(random_text(prng, arena));
    default: return random_container(prng, arena, depth);
    }
}

Test(json_write, is_the_inverse_of_parsing)
{
    struct prng prng;
    prng_seed(&prng, 1);
    for (int i = 0; i < 500; i++) {
        struct arena arena;
        arena_init(&arena);
        json value = random_value(&prng, &arena, 0);
        str text = json_text(&arena, value);
        json again = parse(&arena, text);
        cr_assert(json_equal(value, again), "%.*s", STR_ARGS(text));
        cr_assert(str_eq(json_text(&arena, again), text), "%.*s", STR_ARGS(text));
        cr_assert_eq(json_text_bytes(value), text.len);
        cr_assert(json_fits(value, text.len) && !json_fits(value, text.len - 1));
        struct buf pretty;
        buf_init(&pretty, &arena);
        json_write_pretty(&pretty, value);
        cr_assert(json_equal(value, parse(&arena, buf_str(&pretty))), "%.*s", STR_ARGS(text));
        cr_assert(json_equal(value, json_copy(&arena, value)), "%.*s", STR_ARGS(text));
        arena_close(&arena);
    }
}

static json nest(struct arena *arena, int depth)
{
    json value = json_null();
    for (int i = 0; i < depth; i++) {
        json *item = arena_alloc(arena, sizeof *item);
        *item = value;
        value = json_array(item, 1);
    }
    return value;
}

Test(json_write, measures_only_what_may_be_read_again)
{
    struct arena arena;
    arena_init(&arena);
    cr_expect(json_fits(nest(&arena, JSON_DEPTH_MAX), SIZE_MAX));
    cr_expect_not(json_fits(nest(&arena, JSON_DEPTH_MAX + 1), SIZE_MAX));
    json doubled = json_bool(true); /* 2^64 leaves share 64 pairs */
    for (int i = 0; i < 64; i++) {
        json *items = arena_array(&arena, 2, sizeof *items);
        items[0] = items[1] = doubled;
        doubled = json_array(items, 2);
    }
    cr_expect_not(json_fits(doubled, 256 << 10));
    arena_close(&arena);
}
