/* What the names in parameter mappings stand for. Sources: "API Gateway data mapping reference" for
 * REST APIs, "Transform API requests" and "Integration subtype reference" for HTTP APIs. */
#include "services/gateway/internal.h"

str header_in(json headers, str name)
{
    for (size_t i = 0; i < json_count(headers); i++)
        if (http_name_eq(json_key_at(headers, i), name) &&
            json_is_string(json_value_at(headers, i)))
            return json_str(json_value_at(headers, i));
    return STR("");
}

static bool cut(str *text, str prefix)
{
    if (!str_starts_with(*text, prefix)) return false;
    *text = str_skip(*text, prefix.len);
    return true;
}

static bool as_text(struct arena *arena, json value, str *out)
{
    if (json_is_null(value)) return false;
    *out = json_is_string(value) ? json_str(value) : json_text(arena, value);
    return true;
}

static bool member_text(struct arena *arena, json object, str name, str *out)
{
    return as_text(arena, json_member_of(object, name), out);
}

static bool header_text(json headers, str name, str *out)
{
    for (size_t i = 0; i < json_count(headers); i++)
        if (http_name_eq(json_key_at(headers, i), name)) {
            *out = header_in(headers, name);
            return true;
        }
    return false;
}

/* "a.b[0].c" in a value; null if there is nothing. */
static json walk(json value, str path)
{
    while (path.len > 0) {
        size_t end = 0;
        int64_t index;
        if (path.ptr[0] == '.') path = str_skip(path, 1);
        if (str_starts_with(path, STR("["))) {
            end = str_find_char(path, ']', 0);
            if (end == path.len || !str_to_i64(str_slice(path, 1, end), &index) || index < 0 ||
                !json_is_array(value) || (size_t)index >= json_count(value))
                return json_null();
            value = json_at(value, (size_t)index);
            path = str_skip(path, end + 1);
            continue;
        }
        while (end < path.len && path.ptr[end] != '.' && path.ptr[end] != '[')
            end++;
        value = json_member_of(value, str_slice(path, 0, end));
        path = str_skip(path, end);
    }
    return value;
}

static bool body_value(struct arena *arena, str body, str path, str *out)
{
    json value;
    struct error err = { 0 };
    size_t chars;
    if (path.len == 0) {
        *out = body;
        return str_utf8_count(body, &chars);
    }
    if (!json_parse(body, arena, &value, &err)) return false;
    return as_text(arena, walk(value, path), out);
}

static bool quoted(str mapping, str *out)
{
    if (mapping.len < 2 || mapping.ptr[0] != '\'' || mapping.ptr[mapping.len - 1] != '\'')
        return false;
    *out = str_slice(mapping, 1, mapping.len - 1);
    return true;
}

static bool request_value(const struct incoming *in, str rest, str *out)
{
    if (cut(&rest, STR("header."))) return header_text(in->headers, rest, out);
    if (cut(&rest, STR("querystring."))) return member_text(in->arena, in->query, rest, out);
    if (cut(&rest, STR("path."))) return member_text(in->arena, in->path_params, rest, out);
    if (cut(&rest, STR("body"))) return body_value(in->arena, in->http->body, rest, out);
    return false;
}

bool value_of_mapping(const struct incoming *in, const struct answer_parts *answer, str mapping,
                      str *out)
{
    if (quoted(mapping, out)) return true;
    if (cut(&mapping, STR("method.request."))) {
        str rest = mapping;
        return request_value(in, rest, out);
    }
    if (cut(&mapping, STR("context.")))
        return as_text(in->arena, walk(event_context(in), mapping), out);
    if (cut(&mapping, STR("stageVariables.")))
        return member_text(in->arena, in->stage_variables, mapping, out);
    if (!answer || !cut(&mapping, STR("integration.response."))) return false;
    if (cut(&mapping, STR("header."))) return header_text(answer->headers, mapping, out);
    if (cut(&mapping, STR("body"))) return body_value(in->arena, answer->body, mapping, out);
    return false;
}

/* ---- HTTP APIs ---- */

static json one_expression(const struct incoming *in, str expression)
{
    str text;
    json body;
    struct error err = { 0 };
    if (cut(&expression, STR("$request."))) {
        str rest = expression;
        if (!cut(&rest, STR("body")))
            return request_value(in, expression, &text) ? json_string(text) : json_null();
        if (rest.len == 0)
            return body_value(in->arena, in->http->body, rest, &text) ? json_string(text)
                                                                      : json_null();
        if (!json_parse(in->http->body, in->arena, &body, &err)) return json_null();
        return walk(body, rest);
    }
    if (cut(&expression, STR("$context."))) return walk(event_context(in), expression);
    if (cut(&expression, STR("$stageVariables.")))
        return json_member_of(in->stage_variables, expression);
    return json_null();
}

json value_of_expression(const struct incoming *in, str expression)
{
    struct buf out;
    if (str_starts_with(expression, STR("$")) && !str_starts_with(expression, STR("${")))
        return one_expression(in, expression);
    buf_init(&out, in->arena);
    while (expression.len > 0) {
        size_t at = str_find(expression, STR("${"), 0), end = str_find_char(expression, '}', at);
        str text;
        buf_add(&out, str_slice(expression, 0, end == expression.len ? end : at));
        if (end == expression.len) break;
        str name = arena_printf(in->arena, "$%.*s", (int)(end - at - 2), expression.ptr + at + 2);
        if (as_text(in->arena, one_expression(in, name), &text)) buf_add(&out, text);
        expression = str_skip(expression, end + 1);
    }
    return json_string(buf_str(&out));
}

str stage_variables_in(const struct incoming *in, str text)
{
    static const str begin = STR_INIT("${stageVariables.");
    struct buf out;
    if (str_find(text, begin, 0) == text.len) return text;
    buf_init(&out, in->arena);
    while (text.len > 0) {
        size_t at = str_find(text, begin, 0), end = str_find_char(text, '}', at);
        buf_add(&out, str_slice(text, 0, end == text.len ? end : at));
        if (end == text.len) break;
        buf_add(&out, json_text_of(in->stage_variables, str_slice(text, at + begin.len, end)));
        text = str_skip(text, end + 1);
    }
    return buf_str(&out);
}
