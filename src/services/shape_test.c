/* Checking calls against shapes: every kind of field, and the texts. The
 * constraints of maps and of lists of texts have this form in answers of DynamoDB (BatchWriteItem),
 * Lambda (CORS of function URLs) and ACM. */
#include "services/shape.h"

#include <criterion/criterion.h>

static bool is_digits(str value)
{
    for (size_t i = 0; i < value.len; i++)
        if (value.ptr[i] < '0' || value.ptr[i] > '9') return false;
    return true;
}

static const struct shape_pattern digits = { "[0-9]*", is_digits };
static const char *const colours[] = { "RED", "GREEN", NULL };

static const struct shape_field tag_fields[] = {
    { .name = STR_INIT("Key"), .kind = SHAPE_STRING, .required = true, .min = 1, .max = 128 },
    { .name = STR_INIT("Value"), .kind = SHAPE_STRING, .required = true, .max = 256 },
};
static const struct shape tag = { .fields = tag_fields, .field_count = 2, .name = "Tag" };

static const struct shape_field fields[] = {
    { .name = STR_INIT("TableName"), .kind = SHAPE_STRING, .min = 3, .max = 5 },
    { .name = STR_INIT("Colour"), .kind = SHAPE_STRING, .values = colours },
    { .name = STR_INIT("Limit"), .kind = SHAPE_INTEGER, .min = 1 },
    { .name = STR_INIT("Offset"), .kind = SHAPE_INTEGER, .min = INT64_MIN },
    { .name = STR_INIT("Weight"), .kind = SHAPE_NUMBER },
    { .name = STR_INIT("Time"), .kind = SHAPE_TIMESTAMP },
    { .name = STR_INIT("Flag"), .kind = SHAPE_BOOLEAN },
    { .name = STR_INIT("Blob"), .kind = SHAPE_BLOB, .max = 4 },
    { .name = STR_INIT("Any"), .kind = SHAPE_ANY },
    { .name = STR_INIT("Tag"), .kind = SHAPE_STRUCTURE, .shape = &tag },
    { .name = STR_INIT("Tags"),
      .kind = SHAPE_LIST,
      .max = 2000,
      .item_kind = SHAPE_STRUCTURE,
      .shape = &tag },
    { .name = STR_INIT("Names"),
      .kind = SHAPE_LIST,
      .item_kind = SHAPE_STRING,
      .item_min = 1,
      .item_max = 3,
      .pattern = &digits },
    { .name = STR_INIT("Colours"),
      .kind = SHAPE_LIST,
      .item_kind = SHAPE_STRING,
      .values = colours },
    { .name = STR_INIT("Variables"),
      .kind = SHAPE_MAP,
      .max = 2,
      .item_kind = SHAPE_STRING,
      .item_max = 3,
      .key_min = 1,
      .key_max = 4 },
    { .name = STR_INIT("Items"), .kind = SHAPE_MAP, .item_kind = SHAPE_ANY },
    { .name = STR_INIT("TagsByName"),
      .kind = SHAPE_MAP,
      .item_kind = SHAPE_STRUCTURE,
      .shape = &tag },
    { .name = STR_INIT("Rows"), .kind = SHAPE_LIST, .item_kind = SHAPE_LIST },
};

static const struct shape plain = { fields, sizeof fields / sizeof *fields, "Plain" };

static str check(struct arena *arena, const struct shape *shape, str text)
{
    json params;
    struct error err = { 0 };
    cr_assert(json_parse(text, arena, &params, &err), "%.*s", STR_ARGS(text));
    if (shape_check(shape, params, arena, &err)) return STR("ok");
    str name = error_name(err.code), message = error_text(&err);
    return arena_printf(arena, "%.*s: %.*s", STR_ARGS(name), STR_ARGS(message));
}

struct shape_case {
    const char *params, *result;
};

static void run(const struct shape_case *cases, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct arena arena;
        arena_init(&arena);
        str result = check(&arena, &plain, str_from(cases[i].params));
        cr_expect(str_eq(result, str_from(cases[i].result)), "%s: %.*s", cases[i].params,
                  STR_ARGS(result));
        arena_close(&arena);
    }
}

#define ONE "ValidationException: 1 validation error detected: Value "
#define AT " failed to satisfy constraint: "

static const struct shape_case good[] = {
    { "{}", "ok" },
    { "{\"TableName\":null,\"Unknown\":[{}]}", "ok" },
    { "{\"Offset\":-9223372036854775808}", "ok" },
    { "{\"Weight\":-1.5}", "ok" },
    { "{\"Weight\":1e300}", "ok" },
    { "{\"Time\":1700000000.25}", "ok" },
    { "{\"Time\":\"2023-11-14T22:13:20Z\"}", "ok" },
    { "{\"Blob\":\"\"}", "ok" },
    { "{\"Blob\":\"AAECAw==\"}", "ok" },
    { "{\"Any\":{\"a\":[1,{}]}}", "ok" },
    { "{\"Any\":5}", "ok" },
    { "{\"Variables\":{}}", "ok" },
    { "{\"Items\":{\"a\":{\"S\":\"x\"},\"b\":null}}", "ok" },
    { "{\"TagsByName\":{\"t\":{\"Key\":\"a\",\"Value\":\"b\"}}}", "ok" },
    { "{\"Rows\":[[],[1]]}", "ok" },
    { "{\"Names\":[\"1\",\"123\"],\"Colours\":[\"RED\"]}", "ok" },
};

Test(shape, values_that_fit)
{
    run(good, sizeof good / sizeof *good);
}

static const struct shape_case faults[] = {
    /* names are shown as Java's are: with a small first letter */
    { "{\"TableName\":\"ab\"}",
      ONE "'ab' at 'tableName'" AT "Member must have length greater than or equal to 3" },
    { "{\"TableName\":\"abcdef\"}",
      ONE "'abcdef' at 'tableName'" AT "Member must have length less than or equal to 5" },
    { "{\"Tag\":{\"Key\":\"k\"}}", ONE "null at 'tag.value'" AT "Member must not be null" },
    { "{\"Limit\":0}",
      ONE "'0' at 'limit'" AT "Member must have value greater than or equal to 1" },
    { "{\"Blob\":\"AAECAwQ=\"}",
      ONE "'AAECAwQ=' at 'blob'" AT "Member must have length less than or equal to 4" },
    { "{\"Tags\":[{\"Key\":\"\",\"Value\":\"\"},null]}",
      "ValidationException: 2 validation errors detected: Value '' at 'tags.1.member.key'" AT
      "Member must have length greater than or equal to 1; Value null at 'tags.2.member'" AT
      "Member must not be null" },
    /* texts of a list are judged together, once */
    { "{\"Names\":[\"12\",\"\",\"x\",\"1234\"]}",
      ONE "'[12, , x, 1234]' at 'names'" AT
          "Member must satisfy constraint: [Member must have length less than or equal to 3, "
          "Member must have length greater than or equal to 1, Member must satisfy regular "
          "expression pattern: [0-9]*]" },
    { "{\"Colours\":[\"BLUE\"]}",
      ONE "'[BLUE]' at 'colours'" AT
          "Member must satisfy constraint: [Member must satisfy enum value set: [RED, GREEN]]" },
    /* maps: keys first */
    { "{\"Variables\":{\"a\":\"1\",\"b\":\"2\",\"c\":\"3\"}}",
      ONE "'{a=1, b=2, c=3}' at 'variables'" AT "Member must have length less than or equal to 2" },
    { "{\"Variables\":{\"\":\"abcd\"}}",
      "ValidationException: 2 validation errors detected: Value '{=abcd}' at 'variables'" AT
      "Map keys must satisfy constraint: [Member must have length less than or equal to 4, Member "
      "must have length greater than or equal to 1]; Value '{=abcd}' at 'variables'" AT
      "Map value must satisfy constraint: [Member must have length less than or equal to 3, Member "
      "must have length greater than or equal to 0]" },
    { "{\"TagsByName\":{\"t\":{\"Key\":\"\",\"Value\":\"b\"}}}", ONE
      "'' at 'tagsByName.t.member.key'" AT "Member must have length greater than or equal to 1" },
    { "{\"Tag\":{\"Key\":\"k\",\"Value\":null},\"Rows\":[null]}",
      "ValidationException: 2 validation errors detected: Value null at 'tag.value'" AT
      "Member must not be null; Value '[null]' at 'rows'" AT
      "Member must satisfy constraint: [Member must not be null]" },
};

Test(shape, faults)
{
    run(faults, sizeof faults / sizeof *faults);
}

#define BAD "SerializationException: "

static const struct shape_case wrong[] = {
    { "[]", BAD "Start of structure or map expected but not found." },
    { "{\"Weight\":\"1\"}", BAD "STRING_VALUE can not be converted to a Double" },
    { "{\"Variables\":\"x\"}", BAD "STRING_VALUE can not be converted to a Map" },
    { "{\"Variables\":[]}", BAD "Start of list found where not expected." },
    { "{\"Variables\":{\"a\":1}}", BAD "NUMBER_VALUE can not be converted to a String" },
    { "{\"Time\":true}", BAD "TRUE_VALUE can not be converted to milliseconds since epoch" },
    { "{\"Blob\":\"abc\"}",
      BAD "Base64 encoded length is expected a multiple of 4 bytes but found: 3" },
    { "{\"Blob\":\"=+/=\"}", BAD "Invalid last non-pad Base64 character dectected" },
    { "{\"Blob\":\"ab-_\"}", BAD "Invalid last non-pad Base64 character dectected" },
    { "{\"Blob\":\"a===\"}", BAD "Invalid last non-pad Base64 character dectected" },
};

Test(shape, wrong_types)
{
    run(wrong, sizeof wrong / sizeof *wrong);
}

Test(shape, faults_in_one_answer_are_bounded)
{
    struct arena arena;
    struct buf text;
    arena_init(&arena);
    buf_init(&text, &arena);
    buf_add(&text, STR("{\"Tags\":["));
    for (int i = 0; i < 1000; i++)
        buf_add(&text, i == 0 ? STR("{\"Key\":\"\"}") : STR(",{\"Key\":\"\"}"));
    buf_add(&text, STR("]}"));
    str result = check(&arena, &plain, buf_str(&text));
    cr_expect(str_starts_with(result, STR("ValidationException: 100 validation errors detected")));
    arena_close(&arena);
}

static const struct shape_field nested_fields[1];
static const struct shape nested = { nested_fields, 1, "Nested" };
static const struct shape_field nested_fields[1] = {
    { .name = STR_INIT("a"), .kind = SHAPE_STRUCTURE, .shape = &nested },
};

Test(shape, a_shape_that_contains_itself_ends)
{
    struct arena arena;
    struct buf text;
    arena_init(&arena);
    buf_init(&text, &arena);
    for (int i = 0; i < 500; i++)
        buf_add(&text, STR("{\"a\":"));
    buf_add(&text, STR("{}"));
    for (int i = 0; i < 500; i++)
        buf_add_char(&text, '}');
    str result = check(&arena, &nested, buf_str(&text));
    cr_expect(str_eq(result, STR(BAD "The call is nested too deeply.")), "%.*s", STR_ARGS(result));
    arena_close(&arena);
}
