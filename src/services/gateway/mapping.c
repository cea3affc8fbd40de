/* Mapping templates: what goes to a backend that is no proxy, and what comes back from it. Sources:
 * "Mapping templates" and "Integration passthrough behaviors" in the Developer Guide. */
#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include "base/limits.h"
#include "services/gateway/internal.h"
#include "template/vtl.h"

/* ---- rendering ---- */

static void apply_overrides(const struct vtl_result *result, struct outgoing *out)
{
    if (!out) return;
    if (result->status_overridden && status_is_final(result->status)) out->status = result->status;
    for (size_t i = 0; i < json_count(result->header_overrides); i++)
        if (json_is_string(json_value_at(result->header_overrides, i)))
            outgoing_header(out, json_key_at(result->header_overrides, i),
                            json_str(json_value_at(result->header_overrides, i)));
}

bool mapping_render(const struct incoming *in, str template, str body, str *text,
                    struct outgoing *overrides, struct error *err)
{
    struct error ignored = { 0 };
    struct vtl_result result = { 0 };
    size_t chars;
    if (!str_utf8_count(body, &chars))
        return error_set(err, ERROR_GATEWAY_BAD_REQUEST, "the body is no text");
    struct vtl_input input = {
        .body = body,
        .body_json = json_null(),
        .path_params = in->path_params,
        .query_params = in->query,
        .headers = in->headers,
        .context = event_context(in),
        .stage_variables = in->stage_variables,
        .now_ms = in->now_ms,
    };
    input.is_json = body.len > 0 && json_parse(body, in->arena, &input.body_json, &ignored);
    if (!vtl_render(template, &input, in->arena, &result, err)) return false;
    *text = result.text;
    apply_overrides(&result, overrides);
    return true;
}

/* The template for a media type, whatever case it is written in. */
static bool find_template(const struct incoming *in, json templates, str type, str *out)
{
    for (size_t i = 0; i < json_count(templates); i++) {
        json template = json_value_at(templates, i);
        if (!str_eq(media_type(in->arena, json_key_at(templates, i)), type)) continue;
        *out = json_is_string(template) ? json_str(template) : STR("");
        return true;
    }
    return false;
}

/* ---- requests ---- */

static str body_for(const struct incoming *in, json integration)
{
    size_t chars;
    str body = in->http->body;
    str type = media_type(in->arena, in->content_type);
    bool is_text =
        str_eq(json_text_of(integration, STR("contentHandling")), STR("CONVERT_TO_TEXT"));
    bool is_binary = media_is_listed(in->binary_types, type) || !str_utf8_count(body, &chars);
    return is_text && is_binary && body.len > 0 ? base64_encode_text(in->arena, body) : body;
}

bool mapping_request(const struct incoming *in, json integration, str *body, bool *unsupported,
                     struct error *err)
{
    json templates = json_object_of(integration, STR("requestTemplates"));
    str behavior = json_text_of(integration, STR("passthroughBehavior")), template;
    str type = media_type(in->arena, in->content_type), given = body_for(in, integration);
    if (type.len == 0) type = STR("application/json");
    *unsupported = false;
    if (find_template(in, templates, type, &template)) {
        if (template.len > 0) return mapping_render(in, template, given, body, NULL, err);
        *body = given; /* an empty template passes the body on */
        return true;
    }
    *body = given;
    *unsupported = str_eq(behavior, STR("NEVER")) ||
                   (str_eq(behavior, STR("WHEN_NO_TEMPLATES")) && json_count(templates) > 0);
    return true;
}

/* ---- which response ---- */

static pcre2_code *pattern_compile(str pattern, int *error, size_t *offset)
{
    return pcre2_compile((PCRE2_SPTR)pattern.ptr, pattern.len,
                         PCRE2_UTF | PCRE2_ANCHORED | PCRE2_ENDANCHORED, error, offset, NULL);
}

bool selection_pattern_check(json response, struct error *err)
{
    enum { REASON_BYTES_MAX = 120 };
    int error;
    size_t offset;
    PCRE2_UCHAR why[REASON_BYTES_MAX] = { 0 };
    str pattern = json_text_of(response, STR("selectionPattern"));
    if (pattern.len == 0) return true;
    pcre2_code *code = pattern_compile(pattern, &error, &offset);
    if (code) {
        pcre2_code_free(code);
        return true;
    }
    (void)pcre2_get_error_message(error, why, sizeof why);
    return error_set(err, ERROR_GATEWAY_BAD_REQUEST,
                     "Invalid selection pattern: %s at character %zu of the pattern",
                     (const char *)why, offset);
}

/* The whole text has to match. A pattern that is none, or that takes too long, does not. */
static bool pattern_fits(str pattern, str text)
{
    int error;
    size_t offset;
    pcre2_code *code = pattern_compile(pattern, &error, &offset);
    if (!code) return false;
    pcre2_match_data *data = pcre2_match_data_create(1, NULL);
    pcre2_match_context *limits = pcre2_match_context_create(NULL);
    if (!data || !limits) fatal("out of memory");
    pcre2_set_match_limit(limits, EXPR_REGEX_MATCHES_MAX);
    pcre2_set_heap_limit(limits, EXPR_REGEX_HEAP_KIB_MAX);
    str subject = text.len > 0 ? text : STR("");
    int found = pcre2_match(code, (PCRE2_SPTR)subject.ptr, subject.len, 0, 0, data, limits);
    pcre2_match_context_free(limits);
    pcre2_match_data_free(data);
    pcre2_code_free(code);
    return found >= 0;
}

static bool find_response(json integration, const struct backend_answer *answer,
                          struct arena *arena, json *out)
{
    json responses = json_object_of(integration, STR("integrationResponses"));
    bool has_default = false;
    str subject = answer->failed        ? answer->error_text
                  : answer->status != 0 ? arena_printf(arena, "%d", answer->status)
                                        : STR("");
    bool is_matched = answer->failed || answer->status != 0;
    for (size_t i = 0; i < json_count(responses); i++) {
        json response = json_value_at(responses, i);
        str pattern = json_text_of(response, STR("selectionPattern"));
        if (pattern.len == 0) {
            if (!has_default) *out = response;
            has_default = true;
        } else if (is_matched && pattern_fits(pattern, subject)) {
            *out = response;
            return true;
        }
    }
    return has_default;
}

/* ---- responses ---- */

static void map_headers(const struct incoming *in, json response,
                        const struct backend_answer *answer, struct outgoing *out)
{
    static const str prefix = STR_INIT("method.response.header.");
    json parameters = json_object_of(response, STR("responseParameters"));
    struct answer_parts parts = { answer->headers, answer->body };
    for (size_t i = 0; i < json_count(parameters); i++) {
        str name = json_key_at(parameters, i), value;
        json mapping = json_value_at(parameters, i);
        if (!str_starts_with(name, prefix) || !json_is_string(mapping)) continue;
        if (value_of_mapping(in, &parts, json_str(mapping), &value))
            outgoing_header(out, str_skip(name, prefix.len), value);
    }
}

/* The template for what the client accepts, or for JSON, or the first one. */
static bool choose_template(const struct incoming *in, json templates, str *type, str *template)
{
    str accept = incoming_header(in, STR("Accept"));
    *type = media_type(in->arena, str_slice(accept, 0, str_find_char(accept, ',', 0)));
    if (find_template(in, templates, *type, template)) return true;
    *type = STR("application/json");
    if (find_template(in, templates, *type, template)) return true;
    if (json_count(templates) == 0 || !json_is_string(json_value_at(templates, 0))) return false;
    *type = json_key_at(templates, 0);
    *template = json_str(json_value_at(templates, 0));
    return true;
}

static void convert(const struct incoming *in, json response, struct outgoing *out)
{
    str handling = json_text_of(response, STR("contentHandling"));
    str bytes;
    if (str_eq(handling, STR("CONVERT_TO_BINARY")) &&
        base64_decode_text(in->arena, out->body, &bytes))
        out->body = bytes;
    else if (str_eq(handling, STR("CONVERT_TO_TEXT")) &&
             media_is_listed(in->binary_types, media_type(in->arena, out->content_type)))
        out->body = base64_encode_text(in->arena, out->body);
}

bool mapping_response(const struct incoming *in, json integration,
                      const struct backend_answer *answer, struct outgoing *out, struct error *err)
{
    json response;
    str type, template;
    int64_t status;
    if (!find_response(integration, answer, in->arena, &response))
        return error_set(err, ERROR_GATEWAY_BAD_REQUEST,
                         "No match for output mapping and no default output mapping configured");
    out->status =
        str_to_i64(json_text_of(response, STR("statusCode")), &status) && status_is_final(status)
            ? (int)status
            : 200;
    out->body = answer->body;
    out->content_type = header_in(answer->headers, STR("content-type"));
    if (out->content_type.len == 0) out->content_type = STR("application/json");
    map_headers(in, response, answer, out);
    if (choose_template(in, json_object_of(response, STR("responseTemplates")), &type, &template)) {
        if (str_eq(out->content_type, header_in(answer->headers, STR("content-type"))))
            out->content_type = type;
        if (template.len > 0 && !mapping_render(in, template, answer->body, &out->body, out, err))
            return false;
    }
    convert(in, response, out);
    return true;
}
