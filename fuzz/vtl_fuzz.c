/* Fuzz target: a mapping template and a body, with a NUL byte between them. What vtl_check takes,
 * vtl_render parses too; the same input gives the same text, within its bound. */
#include "template/vtl.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool render(str template, str body, struct arena *arena, struct vtl_result *out,
                   struct error *err)
{
    static const char context[] = "{\"stage\":\"dev\",\"identity\":{\"sourceIp\":\"1.2.3.4\"}}";
    struct vtl_input input = { .body = body, .now_ms = 1 };
    struct error ignored;
    bool parsed = json_parse(STR(context), arena, &input.context, &ignored);
    ASSERT(parsed);
    input.is_json = json_parse(body, arena, &input.body_json, &ignored);
    if (!input.is_json) input.body_json = json_null();
    input.path_params = input.query_params = input.headers = input.stage_variables = input.context;
    return vtl_render(template, &input, arena, out, err);
}

static void check(str template, str body)
{
    struct arena arena;
    arena_init(&arena);
    struct vtl_result first, second;
    struct error err = { 0 }, again = { 0 };
    bool ok = render(template, body, &arena, &first, &err);
    ASSERT(ok || err.code != ERROR_NONE);
    bool checked = vtl_check(template, &again);
    ASSERT(!ok || checked);
    ASSERT(render(template, body, &arena, &second, &again) == ok);
    if (ok) {
        ASSERT(str_eq(first.text, second.text));
        ASSERT(first.text.len <= TEMPLATE_OUTPUT_BYTES_MAX);
        ASSERT(!first.status_overridden || (first.status >= 100 && first.status <= 599));
    }
    arena_close(&arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    str text = { (const char *)data, size };
    size_t split = str_find_char(text, '\0', 0);
    check(str_slice(text, 0, split), split < size ? str_skip(text, split + 1) : STR("{\"a\":[1]}"));
    return 0;
}
