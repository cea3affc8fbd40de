/* JSONPath against what the Jayway library answered (../shared/conformance/jsonpath), and limits.
 */
#include "expr/path.h"
#include "expr/test.h"

/* ---- the recorded answers ---- */

/* Differences kept on purpose: a case's id and why. */
static const struct {
    const char *id;
    const char *reason;
} differences[] = {
    { "dot_notation_without_root", "AWS wants a path to begin with $; Jayway adds it" },
    { "dot_notation_without_root_and_dot", "AWS wants a path to begin with $; Jayway adds it" },
};

static bool is_kept(str id)
{
    for (size_t i = 0; i < sizeof differences / sizeof differences[0]; i++) {
        if (str_eq(id, str_from(differences[i].id))) return true;
    }
    return false;
}

/* The record sorts the nodes of a scan, whose order JSONPath leaves open. */
static bool equal_unordered(json a, json b)
{
    if (!json_is_array(a) || !json_is_array(b) || json_count(a) != json_count(b)) return false;
    bool taken[256] = { false };
    cr_assert(json_count(a) <= 256);
    for (size_t i = 0; i < json_count(a); i++) {
        size_t k = 0;
        while (k < json_count(b) && (taken[k] || !json_equal(json_at(a, i), json_at(b, k))))
            k++;
        if (k == json_count(b)) return false;
        taken[k] = true;
    }
    return true;
}

/* What Jayway's result says, in our words: a value, NOT_FOUND or NOT_SUPPORTED. */
static json answer(struct arena *arena, str selector, json document)
{
    struct path path;
    struct error err;
    if (!path_compile(selector, arena, 0, &path, &err)) return json_string(STR("NOT_SUPPORTED"));
    struct path_budget budget;
    path_budget_init(&budget, arena);
    struct path_eval eval = {
        .arena = arena, .document = document, .item = document, .budget = &budget
    };
    json value = json_null();
    struct path_problem problem;
    if (path_evaluate(&path, &eval, &value, &problem) == PATH_FOUND) return value;
    return json_string(STR("NOT_FOUND"));
}

static bool agrees(struct arena *arena, json test)
{
    str selector = json_str_or(test, STR("selector"), STR(""));
    json got = answer(arena, selector, *json_find(test, STR("document")));
    json expected = *json_find(test, STR("result"));
    if (json_bool_or(test, STR("error"), false)) expected = json_string(STR("NOT_SUPPORTED"));
    if (json_equal(got, expected)) return true;
    bool scan = str_find(selector, STR(".."), 0) < selector.len;
    if (scan && equal_unordered(got, expected)) return true;
    fprintf(stderr, "%s %s: expected %s, got %s\n",
            test_cstr(arena, json_str_or(test, STR("id"), STR(""))), test_cstr(arena, selector),
            test_text(arena, expected), test_text(arena, got));
    return false;
}

Test(path, answers_as_jayway_does)
{
    struct arena arena;
    arena_init(&arena);
    str text = test_read_file(&arena, "../shared/conformance/jsonpath/jayway.json");
    json cases = test_parse(&arena, text);
    size_t passed = 0, kept = 0;
    for (size_t i = 0; i < json_count(cases); i++) {
        json test = json_at(cases, i);
        bool ok = agrees(&arena, test);
        bool on_purpose = is_kept(json_str_or(test, STR("id"), STR("")));
        cr_assert_not(ok && on_purpose, "a difference that is none any more");
        kept += on_purpose;
        passed += ok;
    }
    printf("jayway: %zu of %zu agree, %zu differ on purpose\n", passed, json_count(cases), kept);
    cr_assert_geq(passed, 160);
    cr_assert_eq(passed + kept, json_count(cases));
    arena_close(&arena);
}

/* ---- what the record does not have: Jayway's documentation ---- */

static const char *const store =
    "{\"store\":{\"book\":[{\"category\":\"reference\",\"author\":\"Nigel Rees\","
    "\"title\":\"Sayings of the Century\",\"price\":8.95},{\"category\":\"fiction\","
    "\"author\":\"Evelyn Waugh\",\"title\":\"Sword of Honour\",\"price\":12.99},"
    "{\"category\":\"fiction\",\"author\":\"Herman Melville\",\"title\":\"Moby Dick\","
    "\"isbn\":\"0-553-21311-3\",\"price\":8.99},{\"category\":\"fiction\","
    "\"author\":\"J. R. R. Tolkien\",\"title\":\"The Lord of the Rings\","
    "\"isbn\":\"0-395-19395-8\",\"price\":22.99}],\"bicycle\":{\"color\":\"red\","
    "\"price\":19.95}},\"expensive\":10,\"tags\":[\"a\",\"b\"],\"empty\":[]}";

static const struct {
    const char *path, *expected;
} documented[] = {
    { "$.store.book[?(@.isbn)].price", "[8.99,22.99]" },
    { "$.store.book[?(!@.isbn)].price", "[8.95,12.99]" },
    { "$.store.book[?(!(@.isbn))].price", "[8.95,12.99]" },
    { "$.store.book[?(@.price < 10)].title", "[\"Sayings of the Century\",\"Moby Dick\"]" },
    { "$..book[?(@.price <= $['expensive'])].price", "[8.95,8.99]" },
    { "$..book[?(@.author =~ /.*REES/i)].price", "[8.95]" },
    { "$..book[?(@.author =~ /REES/i)].price", "[]" },
    { "$..book.length()", "4" },
    { "$..price.sum()", "73.87" },
    { "$.store.book.length()", "4" },
    { "$.store.bicycle.keys()", "[\"color\",\"price\"]" },
    { "$.tags.concat(\"c\", $.tags)", "\"abcab\"" },
    { "$.tags.append(\"c\")", "[\"a\",\"b\",\"c\"]" },
    { "$.tags.first()", "\"a\"" },
    { "$.tags.last()", "\"b\"" },
    { "$.tags.index(-1)", "\"b\"" },
    { "$.tags.min()", "\"NOT_FOUND\"" },
    { "$..book[?(@.price in [8.95, 22.99])].price", "[8.95,22.99]" },
    { "$..book[?(@.price nin [8.95, 22.99])].price", "[12.99,8.99]" },
    { "$[?(@.tags size 2)].expensive", "[10]" },
    { "$[?(@.empty empty true)].expensive", "[10]" },
    { "$[?(@.tags subsetof ['a','b','c'])].expensive", "[10]" },
    { "$[?(@.tags anyof ['x','b'])].expensive", "[10]" },
    { "$[?(@.tags noneof ['x','b'])].expensive", "[]" },
    { "$[?(@.tags ALL ['a','b'])].expensive", "[10]" },
    { "$[?(@.tags contains 'a')].expensive", "[10]" },
    { "$.store.book[-1:].price", "[22.99]" },
    { "$.store.book[:2]['price']", "[8.95,12.99]" },
    { "$.store.book[0]['title','price']", "{\"title\":\"Sayings of the Century\",\"price\":8.95}" },
    { "$.nothing[*].x", "[]" },
    { "$[?(@.tags == ['a','b'])].expensive", "[10]" },
    { "$[?(@.expensive == '10')].expensive", "[10]" },
    { "$[?(@.expensive === '10')].expensive", "[]" },
};

Test(path, does_what_jayways_manual_shows)
{
    struct arena arena;
    arena_init(&arena);
    json document = test_json(&arena, store);
    for (size_t i = 0; i < sizeof documented / sizeof documented[0]; i++) {
        json got = answer(&arena, str_from(documented[i].path), document);
        json expected = test_json(&arena, documented[i].expected);
        test_assert_json(&arena, got, expected, documented[i].path);
    }
    arena_close(&arena);
}

/* ---- limits ---- */

static bool compiles(struct arena *arena, str text)
{
    struct path path;
    struct error err;
    return path_compile(text, arena, 0, &path, &err);
}

static str repeated(struct arena *arena, const char *head, const char *part, int count,
                    const char *tail)
{
    struct buf buf;
    buf_init(&buf, arena);
    buf_add(&buf, str_from(head));
    for (int i = 0; i < count; i++)
        buf_add(&buf, str_from(part));
    buf_add(&buf, str_from(tail));
    return buf_str(&buf);
}

Test(path, has_at_most_as_many_steps_as_allowed)
{
    struct arena arena;
    arena_init(&arena);
    cr_assert(compiles(&arena, repeated(&arena, "$", ".a", EXPR_PATH_STEPS_MAX, "")));
    cr_assert_not(compiles(&arena, repeated(&arena, "$", ".a", EXPR_PATH_STEPS_MAX + 1, "")));
    arena_close(&arena);
}

Test(path, is_at_most_as_long_as_allowed)
{
    struct arena arena;
    arena_init(&arena);
    cr_assert(compiles(&arena, repeated(&arena, "$.", "a", EXPR_PATH_TEXT_BYTES_MAX - 2, "")));
    cr_assert_not(compiles(&arena, repeated(&arena, "$.", "a", EXPR_PATH_TEXT_BYTES_MAX - 1, "")));
    arena_close(&arena);
}

Test(path, nests_filters_as_deep_as_allowed)
{
    struct arena arena;
    arena_init(&arena);
    /* The filter itself and its outermost expression take one level each. */
    int depth = EXPR_PATH_FILTER_DEPTH_MAX - 2;
    struct buf good, bad;
    buf_init(&good, &arena);
    buf_init(&bad, &arena);
    buf_add(&good, repeated(&arena, "$[?(", "(", depth, "@.a"));
    buf_add(&good, repeated(&arena, "", ")", depth, ")]"));
    buf_add(&bad, repeated(&arena, "$[?(", "(", depth + 1, "@.a"));
    buf_add(&bad, repeated(&arena, "", ")", depth + 1, ")]"));
    cr_assert(compiles(&arena, buf_str(&good)));
    cr_assert_not(compiles(&arena, buf_str(&bad)));
    arena_close(&arena);
}

static enum path_status evaluate(struct arena *arena, const char *text, json document,
                                 struct path_problem *problem)
{
    struct path path;
    struct error err;
    cr_assert(path_compile(str_from(text), arena, 0, &path, &err));
    struct path_budget budget;
    path_budget_init(&budget, arena);
    struct path_eval eval = {
        .arena = arena, .document = document, .item = document, .budget = &budget
    };
    json ignored = json_null();
    return path_evaluate(&path, &eval, &ignored, problem);
}

Test(path, stops_when_it_has_looked_at_too_much)
{
    struct arena arena;
    arena_init(&arena);
    json items[200], rows[200];
    for (size_t i = 0; i < 200; i++)
        items[i] = json_bool(true);
    for (size_t i = 0; i < 200; i++)
        rows[i] = json_array(items, 200);
    json document = json_array(rows, 200);
    struct path_problem problem;
    cr_assert_eq(evaluate(&arena, "$[*][*]", document, &problem), PATH_FOUND);
    cr_assert_eq(evaluate(&arena, "$[?(@[?($[*][*] size 0)] empty true)]", document, &problem),
                 PATH_INVALID);
    cr_assert_eq(problem.fault, PATH_BUDGET_USED_UP);
    arena_close(&arena);
}

Test(path, gives_up_on_a_regular_expression_that_backtracks_without_end)
{
    struct arena arena;
    arena_init(&arena);
    json document = test_json(&arena, "[{\"a\":\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab\"}]");
    struct path_problem problem;
    cr_assert_eq(evaluate(&arena, "$[?(@.a =~ /(a+)+$/)]", document, &problem), PATH_FOUND);
    arena_close(&arena);
}

/* The worst case for the stack: every filter starts at the root again and scans to the bottom,
 * where alone it finds the member that leads to the next filter. */
Test(path, walks_the_deepest_document_with_the_deepest_filters)
{
    struct arena arena;
    arena_init(&arena);
    struct buf text, path;
    buf_init(&text, &arena);
    buf_init(&path, &arena);
    buf_add(&text, repeated(&arena, "", "[", JSON_DEPTH_MAX - 2, "{\"a\":[1]}"));
    buf_add(&text, repeated(&arena, "", "]", JSON_DEPTH_MAX - 2, ""));
    int depth = EXPR_PATH_FILTER_DEPTH_MAX / 2 - 1; /* a filter takes two levels */
    buf_add(&path, repeated(&arena, "", "$..a[?(", depth, "@"));
    buf_add(&path, repeated(&arena, "", ")]", depth, ""));
    struct path_problem problem;
    const char *compiled = arena_cstr(&arena, buf_str(&path));
    cr_assert_eq(evaluate(&arena, compiled, test_parse(&arena, buf_str(&text)), &problem),
                 PATH_FOUND);
    arena_close(&arena);
}

/* ---- cost ---- */

Test(path, walks_a_plain_path_without_allocation)
{
    struct arena arena;
    arena_init(&arena);
    json document = test_json(&arena, "{\"a\":{\"b\":[1,{\"c\":2}]}}");
    struct path path;
    struct error err;
    cr_assert(path_compile(STR("$.a.b[1].c"), &arena, 0, &path, &err));
    struct path_budget budget;
    path_budget_init(&budget, &arena);
    struct path_eval eval = {
        .arena = &arena, .document = document, .item = document, .budget = &budget
    };
    json value = json_null();
    struct path_problem problem;
    size_t before = arena.used_bytes;
    cr_assert_eq(path_evaluate(&path, &eval, &value, &problem), PATH_FOUND);
    cr_assert_eq(arena.used_bytes, before);
    cr_assert_eq(json_number(value), 2);
    arena_close(&arena);
}
