/* Tests of the parser: the JSON parsing test suite (Seriot, "Parsing JSON is a minefield"),
 * Jackson's sentences, limits, repeated keys, and texts that end anywhere. */
#include "json/json.h"

#include <criterion/criterion.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#define SUITE_DIRECTORY "../shared/conformance/json/test_parsing"

static bool parses(str text)
{
    struct arena arena;
    arena_init(&arena);
    struct error err;
    json value;
    bool ok = json_parse(text, &arena, &value, &err);
    arena_close(&arena);
    return ok;
}

/* The same with the text flush against a page that cannot be read: an overrun ends the process. */
static bool parses_at_page_end(str text)
{
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    size_t bytes = (text.len + page - 1) / page * page + page;
    char *map = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    cr_assert_neq(map, MAP_FAILED);
    cr_assert_eq(mprotect(map + bytes - page, page, PROT_NONE), 0);
    char *flush = map + bytes - page - text.len;
    if (text.len) memcpy(flush, text.ptr, text.len);
    bool ok = parses((str){ flush, text.len });
    munmap(map, bytes);
    return ok;
}

static str read_file(struct arena *arena, const char *name)
{
    char path[1024];
    snprintf(path, sizeof path, "%s/%s", SUITE_DIRECTORY, name);
    FILE *file = fopen(path, "rb");
    cr_assert_not_null(file, "%s", path);
    char *bytes = arena_alloc(arena, 1 << 20);
    size_t len = fread(bytes, 1, 1 << 20, file);
    fclose(file);
    return (str){ bytes, len };
}

Test(json_parse, agrees_with_the_json_parsing_test_suite)
{
    DIR *directory = opendir(SUITE_DIRECTORY);
    cr_assert_not_null(directory, SUITE_DIRECTORY " is missing");
    int files = 0;
    for (const struct dirent *entry; (entry = readdir(directory));) {
        if (!str_ends_with(str_from(entry->d_name), STR(".json"))) continue;
        struct arena arena;
        arena_init(&arena);
        str text = read_file(&arena, entry->d_name);
        bool ok = parses_at_page_end(text);
        if (entry->d_name[0] == 'y') cr_expect(ok, "%s is refused", entry->d_name);
        if (entry->d_name[0] == 'n') cr_expect_not(ok, "%s is accepted", entry->d_name);
        arena_close(&arena);
        files++;
    }
    closedir(directory);
    cr_assert_geq(files, 318, "only %d files", files);
}

/* Every proper prefix of an array or object is malformed; none may be read beyond its end. */
Test(json_parse, refuses_every_prefix_of_a_document_without_overrun)
{
    str text =
        STR("{\"name\":\"plain text of more than sixteen bytes\",\"esc\\u0061ped\":\"a\\\\"
            "\\ud83d\\ude00\\n\",\"utf\":\"\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80\",\"n\":["
            "-12.5e+3,0,1e5,true,false,null,{},[],\"\"],  \"deep\" : { \"er\" : [ [ 1 ] ] }}");
    cr_assert(parses_at_page_end(text));
    for (size_t len = 0; len < text.len; len++)
        cr_assert_not(parses_at_page_end(str_slice(text, 0, len)), "%zu bytes", len);
}

static void check_refused(str text, enum error_code code, const char *message, uint32_t offset)
{
    struct arena arena;
    arena_init(&arena);
    struct error err;
    json out = json_bool(true);
    cr_assert_not(json_parse(text, &arena, &out, &err), "%.60s", text.ptr);
    str got = error_text(&err);
    cr_expect_eq(err.code, code);
    cr_expect(str_eq(got, str_from(message)), "%.60s:\n is  %.*s\n not %s", text.ptr, STR_ARGS(got),
              message);
    cr_expect_eq(err.offset, offset, "%.60s: offset %u, not %u", text.ptr, err.offset, offset);
    cr_expect_eq(out.kind, JSON_BOOL, "the result is untouched");
    arena_close(&arena);
}

#define VALUES "(JSON String, Number, Array, Object or token 'null', 'true' or 'false')"
#define SOURCE(text, column) "[Source: (String)\"" text "\"; line: 1, column: " #column "]"

/* The first two are recorded from AWS; the others are the sentences of Jackson's sources
 * (ParserMinimalBase, ParserBase, ReaderBasedJsonParser), except those for surrogates and for text
 * behind the value, which Jackson does not check. */
static const struct {
    const char *text;
    const char *message;
    uint32_t offset;
} faults[] = {
    { "not a definition", "Unrecognized token 'not': was expecting " VALUES, 3 },
    { "{'a': 1}",
      "Unexpected character (''' (code 39)): was expecting double-quote to start field name", 2 },
    { "", "No content to map due to end-of-input", 0 },
    { " \n", "No content to map due to end-of-input", 2 },
    { "truest", "Unrecognized token 'truest': was expecting " VALUES, 6 },
    { "[nul]", "Unrecognized token 'nul': was expecting " VALUES, 4 },
    { "[True]", "Unrecognized token 'True': was expecting " VALUES, 5 },
    { "undefined", "Unrecognized token 'undefined': was expecting " VALUES, 9 },
    { "$.x", "Unrecognized token '$': was expecting " VALUES, 1 },
    { "[\xC3\xA9]", "Unrecognized token '\xC3\xA9': was expecting " VALUES, 3 },
    { "NaN",
      "Non-standard token 'NaN': enable JsonParser.Feature.ALLOW_NON_NUMERIC_NUMBERS to allow", 3 },
    { "[1,]", "Unexpected character (']' (code 93)): expected a valid value " VALUES, 4 },
    { "[,1]", "Unexpected character (',' (code 44)): expected a valid value " VALUES, 2 },
    { "\xEF\xBB\xBF{}",
      "Unexpected character ('\xEF\xBB\xBF' (code 65279 / 0xfeff)): expected a valid "
      "value " VALUES,
      3 },
    { "{\"a\":}", "Unexpected character ('}' (code 125)): expected a value", 6 },
    { "{\"a\":1,}",
      "Unexpected character ('}' (code 125)): was expecting double-quote to start field name", 8 },
    { "{a:1}",
      "Unexpected character ('a' (code 97)): was expecting double-quote to start field name", 2 },
    { "{\"a\" 1}",
      "Unexpected character ('1' (code 49)): was expecting a colon to separate field name and "
      "value",
      6 },
    { "{\"a\":1 \"b\":2}",
      "Unexpected character ('\"' (code 34)): was expecting comma to separate Object entries", 8 },
    { "[1 2]",
      "Unexpected character ('2' (code 50)): was expecting comma to separate Array entries", 4 },
    { "{\"a\":1",
      "Unexpected end-of-input: expected close marker for Object (start marker at " SOURCE(
          "{\"a\":1", 1) ")",
      6 },
    { "  [",
      "Unexpected end-of-input: expected close marker for Array (start marker at " SOURCE("  [",
                                                                                          3) ")",
      3 },
    { "[1,", "Unexpected end-of-input within/between Array entries", 3 },
    { "{\"a\":", "Unexpected end-of-input within/between Object entries", 5 },
    { "{\"a\"", "Unexpected end-of-input within/between Object entries", 4 },
    { "{\"a\":1,", "Unexpected end-of-input within/between Object entries", 7 },
    { "{\"a", "Unexpected end-of-input in field name", 3 },
    { "\"a", "Unexpected end-of-input: was expecting closing quote for a string value", 2 },
    { "\"\\u12", "Unexpected end-of-input in character escape sequence", 5 },
    { "[1}",
      "Unexpected close marker '}': expected ']' (for Array starting at " SOURCE("[1}", 1) ")", 3 },
    { "{]",
      "Unexpected close marker ']': expected '}' (for Object starting at " SOURCE("{]", 1) ")", 2 },
    { "\"\x01\"",
      "Illegal unquoted character ((CTRL-CHAR, code 1)): has to be escaped using backslash to "
      "be included in string value",
      2 },
    { "{\"\n\":1}",
      "Illegal unquoted character ((CTRL-CHAR, code 10)): has to be escaped using backslash to "
      "be included in name",
      3 },
    { "[1\f]",
      "Illegal character ((CTRL-CHAR, code 12)): only regular white space (\\r, \\n, \\t) is "
      "allowed between tokens",
      3 },
    { "\"\\x\"", "Unrecognized character escape 'x' (code 120)", 3 },
    { "\"\\u12G4\"",
      "Unexpected character ('G' (code 71)): expected a hex-digit for character escape "
      "sequence",
      6 },
    { "\"\\ud800\"", "Incomplete surrogate pair: \\uD800 has no other half", 7 },
    { "01", "Invalid numeric value: Leading zeroes not allowed", 1 },
    { "-", "Unexpected end-of-inputNo digit following minus sign", 1 },
    { "-x",
      "Unexpected character ('x' (code 120)) in numeric value: expected digit (0-9) to follow "
      "minus sign, for valid numeric value",
      2 },
    { "1.",
      "Unexpected character ('.' (code 46)) in numeric value: Decimal point not followed by a "
      "digit",
      2 },
    { "[1.]",
      "Unexpected character (']' (code 93)) in numeric value: Decimal point not followed by a "
      "digit",
      4 },
    { "1e", "Unexpected end-of-inputexpected a digit for number exponent", 2 },
    { "[1e+]",
      "Unexpected character (']' (code 93)) in numeric value: Exponent indicator not followed "
      "by a digit",
      5 },
    { "1a", "Unexpected character ('a' (code 97)): Expected space separating root-level values",
      2 },
    { "{} {}", "Unexpected character ('{' (code 123)): was expecting the end of the input", 4 },
    { "\"\xFF\"", "Invalid UTF-8 start byte 0xff", 2 },
    { "\"\xE2\x82x\"", "Invalid UTF-8 middle byte 0x78", 4 },
};

Test(json_parse, words_its_faults_as_jackson_does)
{
    for (size_t i = 0; i < sizeof faults / sizeof *faults; i++)
        check_refused(str_from(faults[i].text), ERROR_SYNTAX, faults[i].message, faults[i].offset);
}

static str nested(struct arena *arena, size_t depth)
{
    char *text = arena_alloc(arena, depth * 2);
    memset(text, '[', depth);
    memset(text + depth, ']', depth);
    return (str){ text, depth * 2 };
}

Test(json_parse, nests_up_to_the_limit_and_no_deeper)
{
    struct arena arena;
    arena_init(&arena);
    cr_assert(parses(nested(&arena, JSON_DEPTH_MAX)));
    check_refused(nested(&arena, JSON_DEPTH_MAX + 1), ERROR_TOO_DEEP,
                  "Document nesting depth (1001) exceeds the maximum allowed (1000, from "
                  "`StreamReadConstraints.getMaxNestingDepth()`)",
                  JSON_DEPTH_MAX + 1);
    arena_close(&arena);
}

Test(json_parse, reads_texts_up_to_the_size_limit_and_no_longer)
{
    struct arena arena;
    arena_init(&arena);
    char *text = arena_alloc(&arena, JSON_TEXT_BYTES_MAX + 1);
    memset(text, ' ', JSON_TEXT_BYTES_MAX + 1);
    text[0] = '1';
    cr_assert(parses((str){ text, JSON_TEXT_BYTES_MAX }));
    check_refused((str){ text, JSON_TEXT_BYTES_MAX + 1 }, ERROR_TOO_LARGE,
                  "JSON text of 75497473 bytes is longer than 75497472 bytes", 0);
    arena_close(&arena);
}

static json parse(struct arena *arena, const char *text)
{
    struct error err;
    json value = json_null();
    bool ok = json_parse(str_from(text), arena, &value, &err);
    cr_assert(ok, "%s: %.*s", text, STR_ARGS(error_text(&err)));
    return value;
}

Test(json_parse, decodes_strings)
{
    static const struct {
        const char *text;
        str decoded;
    } cases[] = {
        { "\"\"", STR_INIT("") },
        { "\"plain ASCII beyond sixteen bytes\"", STR_INIT("plain ASCII beyond sixteen bytes") },
        { "\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"", STR_INIT("\"\\/\b\f\n\r\t") },
        { "\"\\u0000\\u007F\\u0080\\u07ff\\u0800\\uFFFF\"",
          STR_INIT("\0\x7F\xC2\x80\xDF\xBF\xE0\xA0\x80\xEF\xBF\xBF") },
        { "\"\\uD800\\udc00\\uDBFF\\uDFFF\"", STR_INIT("\xF0\x90\x80\x80\xF4\x8F\xBF\xBF") },
        { "\"M\xC3\xBCller \xF0\x9F\x98\x80 and more text\\n\"",
          STR_INIT("M\xC3\xBCller \xF0\x9F\x98\x80 and more text\n") },
    };
    struct arena arena;
    arena_init(&arena);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        json value = parse(&arena, cases[i].text);
        cr_expect(json_is_string(value) && str_eq(json_str(value), cases[i].decoded), "%s",
                  cases[i].text);
    }
    arena_close(&arena);
}

Test(json_parse, keeps_the_digits_of_numbers_and_the_bytes_of_plain_strings)
{
    const char *text = "[123456789012345678901234567890.10,\"plain\"]";
    struct arena arena;
    arena_init(&arena);
    json value = parse(&arena, text);
    cr_expect_eq(json_str(json_at(value, 1)).ptr, strstr(text, "plain"), "a slice of the source");
    cr_expect(str_eq(json_text(&arena, value), str_from(text)));
    arena_close(&arena);
}

Test(json_parse, gives_a_repeated_key_its_last_value_in_its_first_place)
{
    struct arena arena;
    arena_init(&arena);
    json value = parse(&arena, "{\"a\":1,\"b\":2,\"\\u0061\":{\"b\":3,\"b\":4},\"c\":5,\"b\":6}");
    cr_expect(str_eq(json_text(&arena, value), STR("{\"a\":{\"b\":4},\"b\":6,\"c\":5}")));
    arena_close(&arena);
}

/* "k0":0, "k1":1 ... "k0":100000, ...: every key twice. */
Test(json_parse, merges_repeated_keys_of_large_objects_in_little_time)
{
    enum { KEYS = 100000 };
    struct arena arena;
    arena_init(&arena);
    struct buf text;
    buf_init(&text, NULL);
    for (int i = 0; i < 2 * KEYS; i++)
        buf_printf(&text, "%s\"k%d\":%d", i ? "," : "{", i % KEYS, i);
    buf_add(&text, STR("}"));
    buf_add_char(&text, '\0');
    json value = parse(&arena, text.ptr);
    cr_assert_eq(json_count(value), KEYS);
    for (size_t i = 0; i < KEYS; i += 997) {
        cr_assert(str_eq(json_key_at(value, i), arena_printf(&arena, "k%zu", i)));
        int64_t number = 0;
        cr_assert(json_to_i64(json_value_at(value, i), &number));
        cr_assert_eq(number, (int64_t)i + KEYS);
    }
    buf_close(&text);
    arena_close(&arena);
}
