/* YAML as people write it, and what is refused, with its place. */
#include "yaml/yaml.h"

#include <criterion/criterion.h>

static struct arena arena;

static void setup(void)
{
    arena_init(&arena);
}

static void teardown(void)
{
    arena_close(&arena);
}

TestSuite(yaml, .init = setup, .fini = teardown);

static void expect(const char *text, const char *wanted)
{
    struct error err = { 0 };
    json value = json_null();
    cr_assert(yaml_parse(str_from(text), &arena, &value, &err), "%s: %s", text, err.message);
    str got = json_text(&arena, value);
    cr_assert(str_eq(got, str_from(wanted)), "%s: %.*s", text, STR_ARGS(got));
}

static void refuse(const char *text, const char *message)
{
    struct error err = { 0 };
    json value;
    cr_assert(!yaml_parse(str_from(text), &arena, &value, &err), "%s", text);
    cr_assert_eq(err.code, ERROR_SYNTAX);
    cr_assert_str_eq(err.message, message);
}

Test(yaml, values)
{
    expect("", "null");
    expect("# nothing\n", "null");
    expect("a: 1\nb: [x, 2.5, -3, true, null, ~]\n",
           "{\"a\":1,\"b\":[\"x\",2.5,-3,true,null,null]}");
    expect(
        "a: '1'\nb: \"true\"\nc: 0123\nd: 0x1F\ne: 1_000\nf: yes\ng: 1e3\nh: .5\n",
        "{\"a\":\"1\",\"b\":\"true\",\"c\":\"0123\",\"d\":\"0x1F\",\"e\":\"1_000\",\"f\":\"yes\","
        "\"g\":1e3,\"h\":\".5\"}");
    expect("200: x\ntrue: y\n", "{\"200\":\"x\",\"true\":\"y\"}");
    expect("a: |\n  one\n  two\nb: >\n  one\n  two\n",
           "{\"a\":\"one\\ntwo\\n\",\"b\":\"one two\\n\"}");
    expect("key: \"{% $body.a %}\"\npath: $.body.id\n",
           "{\"key\":\"{% $body.a %}\",\"path\":\"$.body.id\"}");
    expect("- a:\n    - b\n    -\n", "[{\"a\":[\"b\",null]}]");
    expect("{\"json\": [1, {\"a\": \"\\u00e9\\n\"}]}", "{\"json\":[1,{\"a\":\"\xC3\xA9\\n\"}]}");
    expect("---\na: b\n...\n", "{\"a\":\"b\"}");
}

Test(yaml, an_alias_is_the_value_of_its_anchor)
{
    expect("a: &x {b: &y 1}\nc: *x\nd: *y\n", "{\"a\":{\"b\":1},\"c\":{\"b\":1},\"d\":1}");
    expect("- &x 1\n- *x\n- &x 2\n- *x\n", "[1,1,2,2]");
}

/* Ten lists of ten of the one before: ten thousand million values. */
Test(yaml, aliases_do_not_grow_without_end)
{
    struct error err = { 0 };
    struct buf wide, deep;
    json value;
    buf_init(&wide, &arena);
    buf_add(&wide, STR("- &a0 [x,x,x,x,x,x,x,x,x,x]\n"));
    for (int i = 1; i < 10; i++)
        buf_printf(&wide, "- &a%d [*a%d,*a%d,*a%d,*a%d,*a%d,*a%d,*a%d,*a%d,*a%d,*a%d]\n", i, i - 1,
                   i - 1, i - 1, i - 1, i - 1, i - 1, i - 1, i - 1, i - 1, i - 1);
    cr_assert(!yaml_parse(buf_str(&wide), &arena, &value, &err));
    cr_expect(strstr(err.message, "too many values") != NULL, "%s", err.message);
    buf_init(&deep, &arena);
    buf_add(&deep, STR("- &a0 [[[[x]]]]\n"));
    for (int i = 1; i < YAML_DEPTH_MAX / 4; i++)
        buf_printf(&deep, "- &a%d [[[[*a%d]]]]\n", i, i - 1);
    cr_assert(!yaml_parse(buf_str(&deep), &arena, &value, &err));
    cr_expect(strstr(err.message, "nested too deep") != NULL, "%s", err.message);
}

Test(yaml, refusals_name_the_place)
{
    refuse("a: 1\na: 2\n", "line 2, column 1: this key stands there twice");
    refuse("a: *x\n", "line 1, column 4: no value before this one has that anchor");
    refuse("a: &x [*x]\n", "line 1, column 8: no value before this one has that anchor");
    refuse("a: !!str 1\n", "line 1, column 4: tags are not supported");
    refuse("<<: {a: 1}\n", "line 1, column 1: merge keys are not supported");
    refuse("[a]: 1\n", "line 1, column 1: a key must be a text");
    refuse("a: 1\n---\nb: 2\n", "line 2, column 1: there is a second document");
}

Test(yaml, malformed_texts)
{
    static const char *const texts[] = {
        "a: [1", "a: 'x", "\ta: 1", "a: b: c", "a: \xFF", "{a", "%"
    };
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        struct error err = { 0 };
        json value;
        cr_assert(!yaml_parse(str_from(texts[i]), &arena, &value, &err), "%s", texts[i]);
        cr_assert(str_starts_with(error_text(&err), STR("line ")), "%s", err.message);
    }
}

Test(yaml, nesting_is_bounded)
{
    struct error err = { 0 };
    json value;
    for (int over = 0; over <= 1; over++) {
        struct buf text;
        buf_init(&text, &arena);
        for (int i = 0; i < YAML_DEPTH_MAX - 1 + over; i++)
            buf_add_char(&text, '[');
        buf_add_char(&text, '1');
        for (int i = 0; i < YAML_DEPTH_MAX - 1 + over; i++)
            buf_add_char(&text, ']');
        cr_assert_eq(yaml_parse(buf_str(&text), &arena, &value, &err), over == 0);
    }
    char *big = arena_alloc(&arena, YAML_BYTES_MAX + 1);
    memset(big, ' ', YAML_BYTES_MAX + 1);
    cr_assert(yaml_parse((str){ big, YAML_BYTES_MAX }, &arena, &value, &err));
    cr_assert(!yaml_parse((str){ big, YAML_BYTES_MAX + 1 }, &arena, &value, &err));
}
