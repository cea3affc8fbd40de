/* Draft 4 against the test suite of JSON Schema (the npm package json-schema-test-suite, which
 * scripts/setup.sh puts below tests/schema). */
#include <criterion/criterion.h>
#include <stdio.h>

#include "schema/schema.h"

#define SUITE "tests/schema/node_modules/json-schema-test-suite/"

/* Groups that are not for us, and why. */
static const struct {
    const char *group;
    const char *reason;
} differences[] = {
    { "change resolution scope",
      "API Gateway's references name models, not places relative to id" },
    { "remote ref, containing refs itself", "needs the meta-schema from json-schema.org" },
    { "valid definition", "needs the meta-schema from json-schema.org" },
    { "invalid definition", "needs the meta-schema from json-schema.org" },
};

static bool is_kept(str group)
{
    for (size_t i = 0; i < sizeof differences / sizeof differences[0]; i++)
        if (str_eq(group, str_from(differences[i].group))) return true;
    return false;
}

static bool read_json(struct arena *arena, const char *path, json *out)
{
    FILE *file = fopen(path, "rb");
    if (!file) return false;
    struct buf buf;
    buf_init(&buf, arena);
    char chunk[4096];
    for (size_t n = 0; (n = fread(chunk, 1, sizeof chunk, file)) > 0;)
        buf_add(&buf, (str){ chunk, n });
    fclose(file);
    struct error err;
    return json_parse(buf_str(&buf), arena, out, &err);
}

/* What the suite has at http://localhost:1234. */
static bool find_remote(void *context, str reference, json *out)
{
    str host = STR("http://localhost:1234/");
    if (!str_starts_with(reference, host)) return false;
    str path = arena_printf(context, SUITE "remotes/%.*s", STR_ARGS(str_skip(reference, host.len)));
    return read_json(context, arena_cstr(context, path), out);
}

static size_t check_group(struct arena *arena, const char *file, json group)
{
    str name = json_str_or(group, STR("description"), STR(""));
    if (is_kept(name)) return 0;
    struct schema_resolver resolver = { arena, find_remote };
    const struct schema *schema = NULL;
    struct error err = { 0 };
    cr_assert(schema_compile(*json_find(group, STR("schema")), &resolver, arena, &schema, &err),
              "%s: %.*s: %s", file, STR_ARGS(name), err.message);
    json tests = *json_find(group, STR("tests"));
    for (size_t i = 0; i < json_count(tests); i++) {
        json test = json_at(tests, i);
        str violations;
        bool valid = schema_validate(schema, *json_find(test, STR("data")), arena, &violations);
        cr_expect(valid == json_bool_or(test, STR("valid"), false), "%s: %.*s: %.*s: %.*s", file,
                  STR_ARGS(name), STR_ARGS(json_str_or(test, STR("description"), STR(""))),
                  STR_ARGS(violations));
    }
    return json_count(tests);
}

Test(schema, passes_the_suite_of_draft_4)
{
    static const char *const files[] = {
        "additionalItems",
        "additionalProperties",
        "allOf",
        "anyOf",
        "default",
        "definitions",
        "dependencies",
        "enum",
        "items",
        "maxItems",
        "maxLength",
        "maxProperties",
        "maximum",
        "minItems",
        "minLength",
        "minProperties",
        "minimum",
        "multipleOf",
        "not",
        "oneOf",
        "pattern",
        "patternProperties",
        "properties",
        "ref",
        "refRemote",
        "required",
        "type",
        "uniqueItems",
        "optional/bignum",
        "optional/zeroTerminatedFloats",
    };
    struct arena arena;
    arena_init(&arena);
    size_t count = 0;
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
        str path = arena_printf(&arena, SUITE "tests/draft4/%s.json", files[i]);
        json groups = json_null();
        cr_assert(read_json(&arena, arena_cstr(&arena, path), &groups),
                  "%.*s is missing: scripts/setup.sh test", STR_ARGS(path));
        for (size_t g = 0; g < json_count(groups); g++)
            count += check_group(&arena, files[i], json_at(groups, g));
    }
    cr_expect(count > 230, "%zu", count);
    arena_close(&arena);
}
