/* Paths, members and errors of REST-JSON; see rest.h. */
#include "protocol/rest.h"

#include "http/form.h"
#include "protocol/awsjson.h"
#include "services/shape.h"

/* ---- routes ---- */

/* Takes the next segment from the front of a path that begins with a slash or is empty. */
static bool take_segment(str *path, str *segment)
{
    if (path->len == 0) return false;
    size_t end = str_find_char(*path, '/', 1);
    *segment = str_slice(*path, 1, end);
    *path = str_skip(*path, end);
    return true;
}

static str without_slash(str path)
{
    return path.len > 1 && str_ends_with(path, STR("/")) ? str_slice(path, 0, path.len - 1) : path;
}

static bool is_label(str segment)
{
    return str_starts_with(segment, STR("{")) && str_ends_with(segment, STR("}"));
}

const struct service *rest_service(str path)
{
    size_t count;
    str first, segment;
    if (!str_starts_with(path, STR("/")) || !take_segment(&path, &first)) return NULL;
    const struct service *const *services = services_all(&count);
    for (size_t i = 0; i < count; i++) {
        for (size_t k = 0; k < services[i]->rest_route_count; k++) {
            str route = services[i]->rest_routes[k].path;
            if (take_segment(&route, &segment) && str_eq(first, segment)) return services[i];
        }
    }
    return NULL;
}

/* The literal segments that fit; -1 if the path does not. */
static int fitness(str pattern, str path)
{
    int literals = 0;
    str want, have;
    pattern = without_slash(pattern);
    path = without_slash(path);
    while (take_segment(&pattern, &want)) {
        if (!take_segment(&path, &have) || have.len == 0) return -1;
        if (is_label(want)) continue;
        if (!str_eq(want, have)) return -1;
        literals++;
    }
    return path.len == 0 ? literals : -1;
}

/* Whether one of the parameters of a query is exactly `parameter`. */
static bool has_parameter(str query, str parameter)
{
    while (query.len > 0) {
        size_t end = str_find_char(query, '&', 0);
        if (str_eq(str_slice(query, 0, end), parameter)) return true;
        query = str_skip(query, end < query.len ? end + 1 : end);
    }
    return false;
}

const struct rest_route *rest_find(const struct service *service, const struct http_request *http)
{
    const struct rest_route *best = NULL;
    int best_fitness = -1;
    for (size_t i = 0; i < service->rest_route_count; i++) {
        const struct rest_route *route = &service->rest_routes[i];
        if (!str_eq(route->method, http->method)) continue;
        int fit = fitness(route->path, http->path);
        if (route->query.len > 0) fit = has_parameter(http->query, route->query) ? fit + 1 : -1;
        if (fit <= best_fitness) continue;
        best = route;
        best_fitness = fit;
    }
    return best;
}

/* ---- members ---- */

static bool decode_body(const struct rest_route *route, str body, struct arena *arena,
                        struct json_fields *members, struct error *err)
{
    size_t chars;
    json object;
    if (route->payload.len == 0) {
        if (!awsjson_decode(body, arena, &object, err)) return false;
        json_fields_from(members, arena, object);
        return true;
    }
    json_fields_init(members, arena);
    if (body.len == 0) return true;
    if (!str_utf8_count(body, &chars))
        return error_set(err, ERROR_LAMBDA_INVALID_REQUEST_CONTENT,
                         "Could not parse request body into json: it is not well-formed UTF-8.");
    json_fields_add(members, route->payload, json_string(body));
    return true;
}

static const struct shape_field *find_field(const struct shape *shape, str name)
{
    const struct shape_field *field = shape_field_find(shape, name);
    for (size_t i = 0; !field && i < shape->field_count; i++)
        if (http_name_eq(shape->fields[i].name, name)) field = &shape->fields[i];
    return field;
}

/* As the shape says; a text that is not what it should be stays one, for the shape to refuse. */
static json typed(const struct shape_field *field, str text, struct arena *arena)
{
    int64_t number;
    if (field && field->kind == SHAPE_INTEGER && str_to_i64(text, &number))
        return json_i64(arena, number);
    if (field && field->kind == SHAPE_BOOLEAN && str_eq(text, STR("true"))) return json_bool(true);
    if (field && field->kind == SHAPE_BOOLEAN && str_eq(text, STR("false")))
        return json_bool(false);
    return json_string(text);
}

/* All parameters of the name of form->pairs[first]. */
static json decode_parameter(const struct form *form, size_t first, const struct shape_field *field,
                             struct arena *arena)
{
    struct json_list list;
    json_list_init(&list, arena);
    for (size_t i = first; i < form->count; i++)
        if (str_eq(form->pairs[i].name, form->pairs[first].name))
            json_list_add(&list, json_string(form->pairs[i].value));
    if (list.count > 1 || (field && field->kind == SHAPE_LIST)) return json_list_done(&list);
    return typed(field, form->pairs[first].value, arena);
}

enum { PARAMETERS_MAX = 200 /* each looks for others of its name */ };

static bool decode_query(const struct shape *shape, str query, struct arena *arena,
                         struct json_fields *members, struct error *err)
{
    struct form form = { 0 };
    if (!form_parse(query, arena, &form, err)) return false;
    if (form.count > PARAMETERS_MAX)
        return error_set(err, ERROR_MALFORMED_INPUT, "The request has more than %d parameters.",
                         PARAMETERS_MAX);
    for (size_t i = 0; i < form.count; i++) {
        str name = form.pairs[i].name;
        const struct shape_field *field = find_field(shape, name);
        if (form_find(&form, name) != &form.pairs[i].value) continue; /* has been looked at */
        json_fields_add(members, field ? field->name : name,
                        decode_parameter(&form, i, field, arena));
    }
    return true;
}

/* The headers that are members: Invoke's. */
static const struct {
    str header, member;
} header_members[] = {
    { STR_INIT("X-Amz-Invocation-Type"), STR_INIT("InvocationType") },
    { STR_INIT("X-Amz-Log-Type"), STR_INIT("LogType") },
    { STR_INIT("X-Amz-Client-Context"), STR_INIT("ClientContext") },
};

static bool decode_headers(const struct shape *shape, const struct http_request *http,
                           struct json_fields *members, struct error *err)
{
    for (size_t i = 0; i < sizeof header_members / sizeof *header_members; i++) {
        str value;
        size_t chars;
        if (!http_find_header(http, header_members[i].header, &value)) continue;
        if (!shape_field_find(shape, header_members[i].member)) continue;
        if (!str_utf8_count(value, &chars))
            return error_set(err, ERROR_MALFORMED_INPUT, "A header is not well-formed UTF-8.");
        json_fields_add(members, header_members[i].member, json_string(value));
    }
    return true;
}

static bool decode_path(const struct rest_route *route, const struct shape *shape, str path,
                        struct arena *arena, struct json_fields *members, struct error *err)
{
    str pattern = without_slash(route->path), want, have, text;
    path = without_slash(path);
    while (take_segment(&pattern, &want)) {
        bool fits = take_segment(&path, &have);
        ASSERT(fits);
        if (!is_label(want)) continue;
        str name = str_slice(want, 1, want.len - 1);
        if (!form_decode(have, false, arena, &text, err)) return false;
        json_fields_add(members, name, typed(shape_field_find(shape, name), text, arena));
    }
    return true;
}

bool rest_decode(const struct rest_route *route, const struct operation *operation,
                 const struct http_request *http, struct arena *arena, json *params,
                 struct error *err)
{
    struct json_fields members;
    if (!decode_body(route, http->body, arena, &members, err) ||
        !decode_query(operation->input, http->query, arena, &members, err) ||
        !decode_headers(operation->input, http, &members, err) ||
        !decode_path(route, operation->input, http->path, arena, &members, err))
        return false;
    *params = json_fields_done(&members);
    return true;
}

/* ---- errors ---- */

void rest_encode_error(const struct service *service, const struct error *error, struct buf *out)
{
    bool is_users = error_http_status(error->code) < 500;
    /* What the framework finds comes without a type. */
    if (error->code == ERROR_VALIDATION || service->has_plain_errors)
        buf_add(out, STR("{\"message\":"));
    else
        buf_add(out, is_users ? STR("{\"Type\":\"User\",\"Message\":")
                              : STR("{\"Type\":\"Service\",\"Message\":"));
    json_write_str(out, error_text(error));
    buf_add(out, error->details);
    buf_add_char(out, '}');
}
