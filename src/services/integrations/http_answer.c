/* What the answer to http:invoke becomes: its headers as lists, the body as JSON where it says that
 * it is, the status and its usual text. */
#include "services/integrations/call.h"

static str status_text(int status)
{
    static const struct {
        int status;
        str text;
    } rows[] = {
        { 200, STR_INIT("OK") },
        { 201, STR_INIT("Created") },
        { 202, STR_INIT("Accepted") },
        { 203, STR_INIT("Non-Authoritative Information") },
        { 204, STR_INIT("No Content") },
        { 205, STR_INIT("Reset Content") },
        { 206, STR_INIT("Partial Content") },
        { 207, STR_INIT("Multi-Status") },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (rows[i].status == status) return rows[i].text;
    return STR("");
}

/* The type before any parameter, in small letters. */
static str media_type(struct arena *arena, str value)
{
    str type = str_trim(str_slice(value, 0, str_find_char(value, ';', 0)));
    return integration_lower_case(arena, type);
}

static bool is_refused(str type)
{
    return str_eq(type, STR("application/octet-stream")) || str_starts_with(type, STR("image/")) ||
           str_starts_with(type, STR("video/")) || str_starts_with(type, STR("audio/"));
}

static bool is_json(str type)
{
    return str_eq(type, STR("application/json")) || str_ends_with(type, STR("+json"));
}

static json body_value(struct arena *arena, str type, str body)
{
    struct error err = { 0 };
    json value;
    if (is_json(type) && json_parse(body, arena, &value, &err)) return value;
    return json_string(body);
}

bool http_task_output(struct arena *arena, const struct effect_result *result, json *out, str *why)
{
    const struct header *headers;
    size_t count = answer_headers_parse(arena, arena_str(arena, result->headers), &headers), chars;
    str type = media_type(arena, answer_headers_find(headers, count, STR("Content-Type")));
    str body = arena_str(arena, result->body);
    if (is_refused(type)) {
        *why = arena_printf(arena, "The HTTP response has the unsupported content type '%.*s'.",
                            STR_ARGS(type));
        return false;
    }
    if (!str_utf8_count(body, &chars)) {
        *why = STR("The HTTP response body cannot be read as a valid string.");
        return false;
    }
    struct json_fields fields;
    json_fields_init(&fields, arena);
    json_fields_add(&fields, STR("Headers"), answer_header_lists(arena, headers, count));
    json_fields_add(&fields, STR("ResponseBody"), body_value(arena, type, body));
    json_fields_add(&fields, STR("StatusCode"), json_i64(arena, result->status));
    json_fields_add(&fields, STR("StatusText"), json_string(status_text(result->status)));
    *out = json_fields_done(&fields);
    return true;
}
