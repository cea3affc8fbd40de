/* $input and $util: what API Gateway adds to Velocity. */
#include "template/internal.h"

/* ---- $input ---- */

/* What paths look at: {} where there is no body, a text where it is no JSON. */
static json body_of(struct run *run)
{
    const struct vtl_input *input = run->input;
    if (input->is_json || !json_is_null(input->body_json)) return input->body_json;
    if (str_is_empty(input->body)) return (json){ .kind = JSON_OBJECT };
    return json_string(vtl_text_well_formed(run->arena, input->body));
}

/* *found is false where the path names nothing. */
static bool evaluate_path(const struct call *call, json *out, bool *found)
{
    struct run *run = call->run;
    str text = STR("$");
    struct path path;
    struct path_budget budget;
    struct path_problem problem;
    if (call->count > 0 && !vtl_call_text(call, 0, &text)) return false;
    json document = body_of(run);
    if (!path_compile(text, run->arena, 0, &path, run->err)) return false;
    path_budget_init(&budget, run->arena);
    struct path_eval eval = {
        .arena = run->arena, .document = document, .item = document, .budget = &budget
    };
    *found = path_evaluate(&path, &eval, out, &problem) == PATH_FOUND;
    return vtl_run_step(run, 1 + (EXPR_PATH_VISITS_MAX - budget.visits_left) / 8);
}

static bool input_path(const struct call *call, struct value *out)
{
    json found = json_null();
    bool is_there;
    *out = (struct value){ .kind = VALUE_BLANK };
    if (!evaluate_path(call, &found, &is_there)) return false;
    if (is_there && !json_is_null(found)) *out = vtl_value_json(call->run, found);
    return true;
}

/* What is not there is an empty string, as text: "". */
static bool input_json(const struct call *call, struct value *out)
{
    json found = json_null();
    bool is_there;
    if (!evaluate_path(call, &found, &is_there)) return false;
    if (!is_there) found = json_string(STR(""));
    if (!json_fits(found, TEMPLATE_OUTPUT_BYTES_MAX))
        return vtl_run_fail(call->run, ERROR_TOO_LARGE,
                            "the template makes a text that is too large");
    *out = vtl_value_string(json_text(call->run->arena, found));
    return true;
}

/* params(): all; params('x'): looked for in the path, the query string and the headers. */
static bool input_params(const struct call *call, struct value *out)
{
    static const str places[] = { STR_INIT("path"), STR_INIT("querystring"), STR_INIT("header") };
    struct run *run = call->run;
    str name;
    *out = run->input_params;
    if (call->count == 0) return true;
    if (!vtl_call_text(call, 0, &name)) return false;
    for (size_t i = 0; i < sizeof places / sizeof places[0]; i++) {
        struct value place;
        if (!vtl_map_find(run, run->input_params.map, places[i], &place)) return false;
        if (place.kind != VALUE_MAP) continue;
        if (!vtl_map_find(run, place.map, name, out)) return false;
        if (out->kind != VALUE_NONE) return true;
    }
    *out = vtl_value_string(STR(""));
    return true;
}

struct method_table vtl_input_methods(void)
{
    static const struct method methods[] = {
        { STR_INIT("json"), 0, 1, input_json },
        { STR_INIT("path"), 0, 1, input_path },
        { STR_INIT("params"), 0, 1, input_params },
    };
    return (struct method_table){ methods, sizeof methods / sizeof methods[0] };
}

/* ---- $util ---- */

static bool give_buf(const struct call *call, const struct buf *buf, struct value *out)
{
    if (buf->len > TEMPLATE_OUTPUT_BYTES_MAX)
        return vtl_run_fail(call->run, ERROR_TOO_LARGE,
                            "the template makes a text that is too large");
    *out = vtl_value_string(buf->len > 0 ? buf_str(buf) : STR(""));
    return true;
}

static bool util_escape(const struct call *call, struct value *out)
{
    str text;
    struct buf buf;
    buf_init(&buf, call->run->arena);
    if (!vtl_call_text(call, 0, &text)) return false;
    vtl_text_escape_javascript(&buf, text);
    return give_buf(call, &buf, out);
}

static bool util_url_encode(const struct call *call, struct value *out)
{
    str text;
    struct buf buf;
    buf_init(&buf, call->run->arena);
    if (!vtl_call_text(call, 0, &text)) return false;
    vtl_text_url_encode(&buf, text);
    return give_buf(call, &buf, out);
}

static bool util_url_decode(const struct call *call, struct value *out)
{
    str text, decoded;
    if (!vtl_call_text(call, 0, &text)) return false;
    if (!vtl_text_url_decode(call->run->arena, text, &decoded))
        return vtl_run_fail(call->run, ERROR_SYNTAX,
                            "$util.urlDecode: the text is not URL-encoded");
    *out = vtl_value_string(decoded);
    return true;
}

static bool util_base64_encode(const struct call *call, struct value *out)
{
    str text;
    if (!vtl_call_text(call, 0, &text)) return false;
    *out = vtl_value_string(vtl_text_base64(call->run->arena, text));
    return true;
}

static bool util_base64_decode(const struct call *call, struct value *out)
{
    str text, decoded;
    if (!vtl_call_text(call, 0, &text)) return false;
    if (!vtl_text_base64_decode(call->run->arena, text, &decoded))
        return vtl_run_fail(call->run, ERROR_SYNTAX, "$util.base64Decode: the text is not base64");
    *out = vtl_value_string(decoded);
    return true;
}

/* A text that is no JSON fails the template. */
static bool util_parse_json(const struct call *call, struct value *out)
{
    str text;
    json parsed = json_null();
    if (!vtl_call_text(call, 0, &text) || !vtl_run_step(call->run, 1 + text.len / 64)) return false;
    if (!json_parse(text, call->run->arena, &parsed, call->run->err))
        return error_wrap(call->run->err, "$util.parseJson");
    *out = vtl_value_json(call->run, parsed);
    return true;
}

struct method_table vtl_util_methods(void)
{
    static const struct method methods[] = {
        { STR_INIT("escapeJavaScript"), 1, 1, util_escape },
        { STR_INIT("urlEncode"), 1, 1, util_url_encode },
        { STR_INIT("urlDecode"), 1, 1, util_url_decode },
        { STR_INIT("base64Encode"), 1, 1, util_base64_encode },
        { STR_INIT("base64Decode"), 1, 1, util_base64_decode },
        { STR_INIT("parseJson"), 1, 1, util_parse_json },
    };
    return (struct method_table){ methods, sizeof methods / sizeof methods[0] };
}
