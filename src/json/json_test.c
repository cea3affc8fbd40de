/* Tests of making values, looking at them, comparing, copying and locating. */
#include "json/json.h"

#include <criterion/criterion.h>

static json parse(struct arena *arena, const char *text)
{
    struct error err;
    json value = json_null();
    bool ok = json_parse(str_from(text), arena, &value, &err);
    cr_assert(ok, "%s: %.*s", text, STR_ARGS(error_text(&err)));
    return value;
}

Test(json, finds_members_of_objects_only)
{
    struct arena arena;
    arena_init(&arena);
    json v = parse(&arena, "{\"s\":\"x\",\"n\":3.0,\"f\":1.5,\"b\":true,\"\":{},"
                           "\"a longer key\":1}");
    cr_expect_null(json_find(v, STR("absent")));
    cr_expect_null(json_find(json_null(), STR("s")));
    cr_expect_null(json_find(json_string(STR("s")), STR("s")));
    cr_expect(json_is_object(*json_find(v, STR(""))));
    cr_expect(json_is_number(*json_find(v, STR("a longer key"))));
    str text = STR("untouched");
    cr_expect_not(json_find_str(v, STR("n"), &text));
    cr_expect(str_eq(text, STR("untouched")));
    cr_expect(json_find_str(v, STR("s"), &text) && str_eq(text, STR("x")));
    cr_expect(str_eq(json_str_or(v, STR("b"), STR("other")), STR("other")));
    cr_expect_eq(json_i64_or(v, STR("n"), 7), 3);
    cr_expect_eq(json_i64_or(v, STR("f"), 7), 7, "no integer");
    cr_expect_eq(json_i64_or(v, STR("s"), 7), 7, "no number");
    cr_expect(json_bool_or(v, STR("b"), false));
    cr_expect(json_bool_or(v, STR("s"), true), "no boolean");
    arena_close(&arena);
}

Test(json, builds_objects_in_which_the_last_value_takes_the_first_place)
{
    enum { KEYS = 5000 };
    struct arena arena;
    arena_init(&arena);
    struct json_fields fields;
    json_fields_init(&fields, &arena);
    for (int i = 0; i < 3 * KEYS; i++)
        json_fields_add(&fields, arena_printf(&arena, "key %d", i % KEYS), json_i64(&arena, i));
    json v = json_fields_done(&fields);
    cr_assert_eq(json_count(v), KEYS);
    for (size_t i = 0; i < KEYS; i++) {
        str key = arena_printf(&arena, "key %zu", i);
        cr_assert(str_eq(json_key_at(v, i), key));
        cr_assert_eq(json_i64_or(v, key, -1), (int64_t)i + 2 * KEYS);
    }
    json_fields_from(&fields, &arena, v);
    json_fields_add(&fields, STR("key 7"), json_null());
    json_fields_add(&fields, STR("new"), json_null());
    json changed = json_fields_done(&fields);
    cr_assert_eq(json_count(changed), KEYS + 1);
    cr_assert(json_is_null(json_value_at(changed, 7)));
    cr_assert_eq(json_i64_or(v, STR("key 7"), -1), 7 + 2 * KEYS, "the first object is unchanged");
    arena_close(&arena);
}

Test(json, builds_lists)
{
    struct arena arena;
    arena_init(&arena);
    struct json_list list;
    json_list_init(&list, &arena);
    cr_expect_eq(json_count(json_list_done(&list)), 0);
    for (int i = 0; i < 100; i++)
        json_list_add(&list, json_i64(&arena, i));
    json v = json_list_done(&list);
    cr_assert_eq(json_count(v), 100);
    for (size_t i = 0; i < 100; i++)
        cr_assert_eq(json_number(json_at(v, i)), (double)i);
    arena_close(&arena);
}

Test(json, is_equal_by_value)
{
    static const struct {
        const char *a;
        const char *b;
        bool equal;
    } cases[] = {
        { "null", "null", true },
        { "null", "false", false },
        { "true", "false", false },
        { "1", "1.0", true },
        { "1", "\"1\"", false },
        { "12345678901234567890", "12345678901234567891", false },
        { "\"\\u0061\"", "\"a\"", true },
        { "\"a\"", "\"A\"", false },
        { "[]", "{}", false },
        { "[1,2]", "[1,2]", true },
        { "[1,2]", "[2,1]", false },
        { "[1]", "[1,1]", false },
        { "{\"a\":1,\"b\":[2]}", "{\"b\":[2],\"a\":1}", true },
        { "{\"a\":1,\"b\":2}", "{\"a\":1,\"c\":2}", false },
        { "{\"a\":1}", "{\"a\":1,\"b\":2}", false },
        { "{\"a\":1,\"b\":2}", "{\"b\":1,\"a\":2}", false },
    };
    struct arena arena;
    arena_init(&arena);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        json a = parse(&arena, cases[i].a);
        json b = parse(&arena, cases[i].b);
        cr_expect_eq(json_equal(a, b), cases[i].equal, "%s and %s", cases[i].a, cases[i].b);
        cr_expect_eq(json_equal(b, a), cases[i].equal, "%s and %s", cases[i].b, cases[i].a);
    }
    arena_close(&arena);
}

/* In opposite orders: a search per member would take a thousand times as long. */
Test(json, compares_large_objects_of_different_orders_in_little_time)
{
    enum { KEYS = 100000 };
    struct arena arena;
    arena_init(&arena);
    struct json_fields up;
    struct json_fields down;
    json_fields_init(&up, &arena);
    json_fields_init(&down, &arena);
    for (int i = 0; i < KEYS; i++) {
        json_fields_add(&up, arena_printf(&arena, "%d", i), json_bool(true));
        json_fields_add(&down, arena_printf(&arena, "%d", KEYS - 1 - i), json_bool(true));
    }
    cr_expect(json_equal(json_fields_done(&up), json_fields_done(&down)));
    json_fields_add(&up, STR("17"), json_bool(false));
    cr_expect_not(json_equal(json_fields_done(&up), json_fields_done(&down)));
    arena_close(&arena);
}

Test(json, copies_share_nothing_with_the_source)
{
    static const char source[] = "{\"plain\":[\"text\",12.50,true,null,{}],\"esc\\n\":\"\\u00e9\"}";
    struct arena arena;
    struct arena short_lived;
    arena_init(&arena);
    arena_init(&short_lived);
    char text[sizeof source];
    memcpy(text, source, sizeof source);
    json copy = json_copy(&arena, parse(&short_lived, text));
    memset(text, '?', sizeof text);
    arena_close(&short_lived);
    cr_expect(str_eq(json_text(&arena, copy),
                     STR("{\"plain\":[\"text\",12.50,true,null,{}],\"esc\\n\":\"\xC3\xA9\"}")));
    arena_close(&arena);
}

Test(json, locates_values_by_pointer)
{
    str text = STR("{\n"
                   "  \"a\": [10, {\"b\": \"x\"}],\n"
                   "  \"\xC3\xA9\": 1, \"m~n\": 2, \"s/t\": 3,\r\n"
                   "  \"q\\\"\\u0061\": \"],}\\\"\", \"\": [[]], \"r\": 1, \"r\": {\"z\": 2}\n"
                   "}\n");
    static const struct {
        str pointer;
        uint32_t line, column; /* 0: not there */
    } cases[] = {
        { STR_INIT(""), 1, 1 },       { STR_INIT("/a"), 2, 3 },        { STR_INIT("/a/0"), 2, 9 },
        { STR_INIT("/a/1"), 2, 13 },  { STR_INIT("/a/1/b"), 2, 14 },   { STR_INIT("/a/2"), 0, 0 },
        { STR_INIT("/a/01"), 0, 0 },  { STR_INIT("/a/-1"), 0, 0 },     { STR_INIT("/a/x"), 0, 0 },
        { STR_INIT("/a/"), 0, 0 },    { STR_INIT("/\xC3\xA9"), 3, 3 }, { STR_INIT("/m~0n"), 3, 11 },
        { STR_INIT("/s~1t"), 3, 21 }, { STR_INIT("/q\"a"), 4, 3 },     { STR_INIT("/"), 4, 25 },
        { STR_INIT("//0"), 4, 30 },   { STR_INIT("//0/0"), 0, 0 },     { STR_INIT("/r"), 4, 43 },
        { STR_INIT("/r/z"), 4, 49 },  { STR_INIT("/absent"), 0, 0 },   { STR_INIT("/a/0/0"), 0, 0 },
        { STR_INIT("a"), 0, 0 },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        uint32_t line = 0;
        uint32_t column = 0;
        bool found = json_locate(text, cases[i].pointer, &line, &column);
        cr_expect_eq(found, cases[i].line != 0, "%s", cases[i].pointer.ptr);
        cr_expect_eq(line, cases[i].line, "%s: line %u", cases[i].pointer.ptr, line);
        cr_expect_eq(column, cases[i].column, "%s: column %u", cases[i].pointer.ptr, column);
    }
}

/* Recorded from AWS (ValidateStateMachineDefinition): the message ends with this position. */
Test(json, describes_positions_as_jackson_does)
{
    struct arena arena;
    arena_init(&arena);
    str at = json_source_location(&arena, STR("not a definition"), 3);
    cr_expect(str_eq(at, STR("[Source: (String)\"not a definition\"; line: 1, column: 4]")));
    char text[600];
    memset(text, 'x', sizeof text);
    at = json_source_location(&arena, (str){ text, sizeof text }, 0);
    cr_expect(str_ends_with(at, STR("x\"[truncated 100 chars]; line: 1, column: 1]")));
    arena_close(&arena);
}
