/* Parses any text as every kind of DynamoDB expression, and what parses is evaluated on a fixed
 * item; any JSON as a value, an item, and each of the legacy parameters. The first byte chooses. */
#include "services/dynamodb/legacy.h"

static const char document_text[] =
    "{\"a\":{\"M\":{\"b\":{\"L\":[{\"N\":\"1\"},{\"S\":\"x\"},{\"M\":{\"c\":{\"SS\":[\"p\",\"q\"]}}"
    "}]},\"d\":{\"N\":\"2.5\"}}},\"s\":{\"S\":\"a,b\"},\"n\":{\"N\":\"-17\"},\"z\":{\"NULL\":true},"
    "\"f\":{\"B\":\"YWJjYWJjYWI=\"},\"t\":{\"BOOL\":true},\"u\":{\"NS\":[\"1\",\"10\",\"2\"]}}";
static const char names_text[] = "{\"#a\":\"a\",\"#b\":\"b\",\"#n\":\"name\"}";
static const char values_text[] =
    "{\":s\":{\"S\":\"a\"},\":n\":{\"N\":\"2\"},\":b\":{\"B\":\"YWI=\"},\":t\":{\"SS\":[\"p\"]},"
    "\":u\":{\"NS\":[\"2\",\"3\"]},\":l\":{\"L\":[{\"N\":\"1\"}]},\":m\":{\"M\":{}},\":N\":{\"S\":"
    "\"N\"},\":o\":{\"BOOL\":true}}";

static json parse(struct arena *arena, str text)
{
    json result = json_null();
    struct error err;
    bool parsed = json_parse(text, arena, &result, &err);
    ASSERT(parsed);
    return result;
}

/* What is refused has a text; what comes out is normal. */
static bool check(bool ok, const struct error *err)
{
    ASSERT(ok || error_text(err).len > 0);
    return ok;
}

static void check_normal(struct arena *arena, json item)
{
    json again;
    struct error err = { 0 };
    bool ok = value_normalise_item(arena, item, &again, &err);
    ASSERT(ok);
    ASSERT(str_eq(json_text(arena, item), json_text(arena, again)));
}

static void apply(struct arena *arena, const struct update *update, json item)
{
    json after;
    struct error err = { 0 };
    if (!check(update_apply(update, arena, item, &after, &err), &err)) return;
    check_normal(arena, after);
    (void)json_text_bytes(update_project(update, arena, after));
}

static void resolve(struct arena *arena, const struct condition *condition)
{
    struct key_condition key;
    struct error err = { 0 };
    const struct key_attribute hash = { STR_INIT("s"), VALUE_S };
    const struct key_attribute range = { STR_INIT("n"), VALUE_N };
    (void)check(key_condition_resolve(condition, arena, hash, range, &key, &err), &err);
}

static void fuzz_expression(struct arena *arena, int kind, str text, json item)
{
    struct expression_context context;
    const struct condition *condition = NULL;
    const struct projection *projection = NULL;
    const struct update *update = NULL;
    struct error err = { 0 };
    json names = parse(arena, STR(names_text));
    json values = parse(arena, STR(values_text));
    bool ok = expression_context_init(&context, arena, &names, &values, &err);
    ASSERT(ok);
    if (kind <= EXPRESSION_KEY_CONDITION) {
        enum expression_kind which = (enum expression_kind)kind;
        if (!check(condition_parse(&context, which, text, &condition, &err), &err)) return;
        (void)condition_is_true(condition, item);
        (void)condition_is_true(condition, json_null());
        if (which == EXPRESSION_KEY_CONDITION) resolve(arena, condition);
    } else if (kind == EXPRESSION_PROJECTION) {
        if (check(projection_parse(&context, text, &projection, &err), &err))
            check_normal(arena, projection_apply(projection, arena, item));
    } else if (check(update_parse(&context, text, &update, &err), &err)) {
        apply(arena, update, item);
    }
    (void)expression_context_finish(&context, &err);
}

static void fuzz_json(struct arena *arena, int kind, json wire, json item)
{
    json normal;
    struct expression_context context;
    const struct condition *condition = NULL;
    const struct projection *projection = NULL;
    const struct update *update = NULL;
    struct error err = { 0 };
    if (check(value_normalise_item(arena, wire, &normal, &err), &err)) {
        check_normal(arena, normal);
        (void)value_item_bytes(normal);
    }
    (void)check(expression_context_init(&context, arena, kind % 2 ? &wire : NULL,
                                        kind % 2 ? NULL : &wire, &err),
                &err);
    if (check(legacy_parse_expected(arena, &wire, NULL, &condition, &err), &err))
        (void)condition_is_true(condition, item);
    if (check(legacy_parse_filter(arena, &wire, NULL, &condition, &err), &err))
        (void)condition_is_true(condition, item);
    if (check(legacy_parse_key_conditions(arena, &wire, &condition, &err), &err) && condition)
        resolve(arena, condition);
    if (check(legacy_parse_updates(arena, &wire, &update, &err), &err)) apply(arena, update, item);
    if (check(legacy_parse_attributes(arena, &wire, &projection, &err), &err))
        (void)projection_apply(projection, arena, item);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    size_t chars = 0;
    if (size == 0) return 0;
    int kind = data[0] % 8;
    str text = { (const char *)data + 1, size - 1 };
    if (!str_utf8_count(text, &chars)) return 0; /* texts come from parsed JSON */
    struct arena arena;
    struct error err;
    json wire;
    arena_init(&arena);
    json document = parse(&arena, STR(document_text));
    json item = json_null();
    bool ok = value_normalise_item(&arena, document, &item, &err);
    ASSERT(ok);
    if (kind <= EXPRESSION_UPDATE)
        fuzz_expression(&arena, kind, text, item);
    else if (json_parse(text, &arena, &wire, &err))
        fuzz_json(&arena, kind, wire, item);
    arena_close(&arena);
    return 0;
}
