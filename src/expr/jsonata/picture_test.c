/* The picture functions against the reference: the calls with literal arguments of the conformance
 * suite, and a table of generated calls with what the reference (version 2.2.2, UTC, the time fixed
 * at NOW_MS) made of them: one JSON array per line, function, arguments, outcome. An outcome is
 * {"r": result}, {"e": code, "v": value of the message}, {"u": 1} for undefined or {"nan": 1}. */
#include "expr/jsonata/pictures.h"

#include <dirent.h>
#include <math.h>

#include "expr/test.h"

static const int64_t NOW_MS = 1700000000123;

struct outcome {
    bool is_ok, is_defined;
    json value; /* null for NaN */
    struct picture_error err;
};

static json number_or_null(double value)
{
    return isnan(value) ? json_null() : json_double(value);
}

static json argument(json arguments, size_t index)
{
    return index < json_count(arguments) ? json_at(arguments, index) : json_null();
}

/* The string at `index`, or NULL if it is not there. */
static const str *text_at(json arguments, size_t index, str *buffer)
{
    json v = argument(arguments, index);
    if (!json_is_string(v)) return NULL;
    *buffer = json_str(v);
    return buffer;
}

static struct outcome call(struct arena *arena, str function, json a)
{
    struct outcome o = { .is_defined = true };
    str first = { 0 }, second = { 0 }, third = { 0 }, text = { 0 };
    const str *p1 = text_at(a, 0, &first);
    const str *p2 = text_at(a, 1, &second);
    const str *p3 = text_at(a, 2, &third);
    double n = json_is_number(argument(a, 0)) ? json_number(argument(a, 0)) : 0;
    double value = 0;
    bool is_number = false;
    if (str_eq(function, STR("formatNumber"))) {
        o.is_ok = picture_format_number(n, second, argument(a, 2), arena, &text, &o.err);
    } else if (str_eq(function, STR("formatBase"))) {
        double radix = json_count(a) > 1 ? json_number(json_at(a, 1)) : 10;
        o.is_ok = picture_format_base(n, radix, arena, &text, &o.err);
    } else if (str_eq(function, STR("formatInteger"))) {
        o.is_ok = picture_format_integer(n, second, arena, &text, &o.err);
    } else if (str_eq(function, STR("fromMillis"))) {
        o.is_ok = picture_from_millis(n, p2, p3, arena, &text, &o.err);
    } else if (str_eq(function, STR("parseInteger"))) {
        is_number = true;
        o.is_ok = picture_parse_integer(first, second, arena, &value, &o.err);
    } else {
        is_number = true;
        cr_assert(p1 != NULL);
        o.is_ok = picture_to_millis(first, p2, NOW_MS, arena, &o.is_defined, &value, &o.err);
    }
    o.value = is_number ? number_or_null(value) : json_string(text);
    return o;
}

static bool is_as_expected(struct arena *arena, const struct outcome *got, json expected)
{
    const json *result = json_find(expected, STR("r"));
    str code;
    if (json_find_str(expected, STR("e"), &code)) {
        const json *value = json_find(expected, STR("v"));
        str text = value ? json_text(arena, *value) : STR("");
        return !got->is_ok && str_eq(str_from(got->err.code), code) && str_eq(got->err.value, text);
    }
    if (!got->is_ok) return false;
    if (json_find(expected, STR("u"))) return !got->is_defined;
    if (json_find(expected, STR("nan"))) return got->is_defined && json_is_null(got->value);
    return got->is_defined && result && json_equal(got->value, *result);
}

static bool check(struct arena *arena, str function, json arguments, json expected)
{
    struct outcome got = call(arena, function, arguments);
    if (is_as_expected(arena, &got, expected)) return true;
    fprintf(stderr, "%.*s%s: expected %s, got %s%s\n", STR_ARGS(function),
            test_text(arena, arguments), test_text(arena, expected),
            got.is_ok ? (got.is_defined ? "" : "undefined ") : got.err.code,
            test_cstr(arena, got.is_ok ? json_text(arena, got.value) : got.err.value));
    return false;
}

Test(picture, gives_what_the_reference_gives)
{
    struct arena arena;
    arena_init(&arena);
    str table = test_read_file(&arena, "src/expr/jsonata/picture_cases.jsonl");
    size_t count = 0;
    size_t failures = 0;
    for (size_t at = 0; at < table.len; count++) {
        size_t end = str_find_char(table, '\n', at);
        json line = test_parse(&arena, str_slice(table, at, end));
        at = end + 1;
        size_t last = json_count(line) - 1;
        json arguments = json_array(line.items + 1, last - 1);
        failures += !check(&arena, json_str(json_at(line, 0)), arguments, json_at(line, last));
    }
    cr_assert(count > 500);
    cr_assert(failures == 0, "%zu of %zu differ", failures, count);
    arena_close(&arena);
}

/* ---- the conformance suite ---- */

/* The arguments of `text` if it is one call of `function` with literals, which are JSON but for
 * single quotes. */
static bool read_call(struct arena *arena, str text, str function, json *arguments)
{
    text = str_trim(text);
    if (!str_starts_with(text, STR("$")) || !str_starts_with(str_skip(text, 1), function)) {
        return false;
    }
    text = str_trim(str_skip(text, 1 + function.len));
    if (!str_starts_with(text, STR("(")) || !str_ends_with(text, STR(")"))) return false;
    struct buf buf;
    buf_init(&buf, arena);
    buf_add_char(&buf, '[');
    char quote = '\0';
    for (size_t i = 1; i < text.len - 1; i++) {
        char c = text.ptr[i];
        bool is_quote = (c == '"' || c == '\'') && (quote == '\0' || quote == c);
        if (is_quote) quote = quote ? '\0' : c;
        buf_add_char(&buf, is_quote ? '"' : c);
    }
    buf_add_char(&buf, ']');
    struct error err;
    return json_parse(buf_str(&buf), arena, arguments, &err);
}

static json expected_of(struct arena *arena, json test)
{
    const json *result = json_find(test, STR("result"));
    str code = json_str_or(test, STR("code"), STR(""));
    struct json_fields fields;
    json_fields_init(&fields, arena);
    if (result) json_fields_add(&fields, STR("r"), *result);
    if (!result && code.len == 0) json_fields_add(&fields, STR("u"), json_bool(true));
    const json *error = json_find(test, STR("error"));
    if (error) code = json_str_or(*error, STR("code"), STR(""));
    if (code.len > 0) json_fields_add(&fields, STR("e"), json_string(code));
    return json_fields_done(&fields);
}

struct tally {
    size_t played, failed;
};

static void play(struct arena *arena, str function, json test, struct tally *tally)
{
    json arguments;
    str text = json_str_or(test, STR("expr"), STR(""));
    if (!read_call(arena, text, function, &arguments)) return;
    json expected = expected_of(arena, test);
    const json *value = json_find(test, STR("value"));
    struct outcome got = call(arena, function, arguments);
    /* Most cases with an error say nothing of the value in its message. */
    if (!value) got.err.value = STR("");
    tally->played++;
    if (is_as_expected(arena, &got, expected)) return;
    tally->failed++;
    fprintf(stderr, "%.*s: expected %s, got %s%s\n", STR_ARGS(text), test_text(arena, expected),
            got.is_ok ? "" : got.err.code, test_text(arena, got.value));
}

static void play_file(struct arena *arena, str function, const char *path, struct tally *tally)
{
    json tests = test_parse(arena, test_read_file(arena, path));
    if (!json_is_array(tests)) play(arena, function, tests, tally);
    for (size_t i = 0; json_is_array(tests) && i < json_count(tests); i++)
        play(arena, function, json_at(tests, i), tally);
}

Test(picture, passes_the_conformance_suite)
{
    static const struct {
        str function;
        const char *folder;
    } groups[] = {
        { STR_INIT("formatNumber"), "function-formatNumber" },
        { STR_INIT("formatBase"), "function-formatBase" },
        { STR_INIT("formatInteger"), "function-formatInteger" },
        { STR_INIT("parseInteger"), "function-parseInteger" },
        { STR_INIT("fromMillis"), "function-fromMillis" },
        { STR_INIT("toMillis"), "function-tomillis" },
    };
    struct arena arena;
    arena_init(&arena);
    struct tally tally = { 0 };
    for (size_t i = 0; i < sizeof groups / sizeof groups[0]; i++) {
        str folder =
            arena_printf(&arena, "../shared/conformance/jsonata/groups/%s", groups[i].folder);
        DIR *entries = opendir(arena_cstr(&arena, folder));
        cr_assert(entries != NULL, "%s is missing", arena_cstr(&arena, folder));
        for (struct dirent *entry; (entry = readdir(entries)) != NULL;) {
            if (!str_ends_with(str_from(entry->d_name), STR(".json"))) continue;
            str path = arena_printf(&arena, "%.*s/%s", STR_ARGS(folder), entry->d_name);
            play_file(&arena, groups[i].function, arena_cstr(&arena, path), &tally);
        }
        closedir(entries);
    }
    cr_assert(tally.played > 100, "%zu played", tally.played);
    cr_assert(tally.failed == 0, "%zu of %zu differ", tally.failed, tally.played);
    arena_close(&arena);
}

/* ---- limits ---- */

Test(picture, is_bounded)
{
    struct arena arena;
    arena_init(&arena);
    struct picture_error err;
    str out;
    double value;
    bool defined;
    char *long_text = arena_alloc(&arena, EXPR_PICTURE_BYTES_MAX + 1);
    memset(long_text, '0', EXPR_PICTURE_BYTES_MAX + 1);
    str longest = { long_text, EXPR_PICTURE_BYTES_MAX };
    str longer = { long_text, EXPR_PICTURE_BYTES_MAX + 1 };
    cr_assert(picture_format_integer(1, longest, &arena, &out, &err));
    cr_assert(out.len == EXPR_PICTURE_BYTES_MAX);
    cr_assert(!picture_format_integer(1, longer, &arena, &out, &err));
    cr_assert_str_eq(err.code, "D1017");
    cr_assert(!picture_format_number(1, longer, json_null(), &arena, &out, &err));
    cr_assert(!picture_format_integer(1e300, STR("I"), &arena, &out, &err));
    cr_assert_str_eq(err.code, "D1017");
    str wide = STR("[Y,10001]");
    cr_assert(!picture_from_millis(0, &wide, NULL, &arena, &out, &err));
    cr_assert_str_eq(err.code, "D1017");
    wide = STR("[Y,10000]");
    cr_assert(picture_from_millis(0, &wide, NULL, &arena, &out, &err));
    /* Four parts and one row behind them. */
    str runs = STR("[H]-[m]x");
    size_t most = EXPR_PICTURE_CELLS_MAX / 5 - 1;
    char *digits = arena_alloc(&arena, most + 1);
    memset(digits, '1', most + 1);
    cr_assert(picture_to_millis((str){ digits, most }, &runs, 0, &arena, &defined, &value, &err));
    cr_assert(!defined);
    cr_assert(
        !picture_to_millis((str){ digits, most + 1 }, &runs, 0, &arena, &defined, &value, &err));
    cr_assert_str_eq(err.code, "D1017");
    arena_close(&arena);
}
