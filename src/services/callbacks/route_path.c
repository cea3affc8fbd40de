/* Paths of routes: literal segments and {parameters}, below /hooks/. */
#include "http/form.h"
#include "services/callbacks/routes.h"

static const str root = STR_INIT("/hooks/");

/* Takes the segment behind the slash that `rest` begins with; false at the end. */
static bool next_segment(str *rest, str *segment)
{
    if (rest->len == 0 || rest->ptr[0] != '/') return false;
    size_t end = str_find_char(*rest, '/', 1);
    *segment = str_slice(*rest, 1, end);
    *rest = str_skip(*rest, end);
    return true;
}

static bool is_parameter(str segment)
{
    return segment.len > 0 && segment.ptr[0] == '{';
}

static bool is_word(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

static bool segment_valid(str segment)
{
    static const char others[] = ".-~";
    bool is_name = is_parameter(segment);
    if (segment.len > ROUTE_SEGMENT_BYTES_MAX) return false;
    if (is_name && segment.ptr[segment.len - 1] != '}') return false;
    if (is_name) segment = str_slice(segment, 1, segment.len - 1);
    for (size_t i = 0; i < segment.len; i++) {
        char c = segment.ptr[i];
        if (!is_word(c) && (is_name || c == '\0' || !strchr(others, c))) return false;
    }
    /* "." and ".." are taken out of paths on their way. */
    return segment.len > 0 && !str_eq(segment, STR(".")) && !str_eq(segment, STR(".."));
}

static bool has_twice(str path, str wanted)
{
    str segment;
    size_t count = 0;
    while (next_segment(&path, &segment))
        count += str_eq(segment, wanted);
    return count > 1;
}

bool route_path_valid(str path, struct error *err)
{
    str rest = path, segment;
    size_t count = 0;
    if (path.len > ROUTE_PATH_BYTES_MAX)
        return error_set(err, ERROR_VALIDATION, "route: 'path' has more than %d bytes",
                         ROUTE_PATH_BYTES_MAX);
    if (!str_starts_with(path, root) || path.len == root.len)
        return error_set(err, ERROR_VALIDATION,
                         "route: 'path' must begin with /hooks/ and go on behind it");
    while (next_segment(&rest, &segment)) {
        if (++count > ROUTE_SEGMENTS_MAX)
            return error_set(err, ERROR_VALIDATION, "route: 'path' has more than %d segments",
                             ROUTE_SEGMENTS_MAX);
        if (!segment_valid(segment))
            return error_set(err, ERROR_VALIDATION,
                             "route: 'path' has the segment '%.*s'; one is 1 to %d of A-Z a-z 0-9 "
                             "_ . - ~, or a {parameter}",
                             STR_ARGS(segment), ROUTE_SEGMENT_BYTES_MAX);
        if (is_parameter(segment) && has_twice(path, segment))
            return error_set(err, ERROR_VALIDATION, "route: 'path' has %.*s twice",
                             STR_ARGS(segment));
    }
    return true;
}

bool route_path_match(str template, str path, struct arena *arena, json *parameters)
{
    struct json_fields fields;
    struct error err;
    str wanted, segment, text;
    json_fields_init(&fields, arena);
    while (next_segment(&template, &wanted)) {
        if (!next_segment(&path, &segment) || segment.len == 0) return false;
        if (!form_decode(segment, false, arena, &text, &err)) return false;
        if (is_parameter(wanted))
            json_fields_add(&fields, str_slice(wanted, 1, wanted.len - 1), json_string(text));
        else if (!str_eq(wanted, text))
            return false;
    }
    if (path.len > 0) return false;
    if (parameters) *parameters = json_fields_done(&fields);
    return true;
}

int route_path_compare(str a, str b)
{
    str left, right;
    for (;;) {
        bool has_left = next_segment(&a, &left), has_right = next_segment(&b, &right);
        if (!has_left || !has_right) return (int)has_left - (int)has_right;
        if (is_parameter(left) != is_parameter(right)) return is_parameter(left) ? 1 : -1;
        int order = is_parameter(left) ? 0 : str_compare(left, right);
        if (order != 0) return order;
    }
}
