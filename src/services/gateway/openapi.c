/* Reading of OpenAPI documents: 2.0 ("swagger") and 3.0, as JSON or YAML. Sources: the OpenAPI
 * Specification 2.0 and 3.0.3; "OpenAPI extensions for API Gateway" in the Developer Guide. */
#include "base/limits.h"
#include "services/gateway/internal.h"
#include "yaml/yaml.h"

enum { REFERENCES_MAX = 20 /* one behind the other */ };

static bool bad(struct error *err, const char *what)
{
    return error_set(err, ERROR_GATEWAY_BAD_REQUEST, "Invalid OpenAPI input: %s", what);
}

/* "#/a/b~1c" */
static json follow(json document, str pointer, struct arena *arena)
{
    pointer = str_skip(pointer, 1);
    while (pointer.len > 0) {
        size_t end = str_find_char(pointer, '/', 1);
        str raw = str_slice(pointer, 1, end);
        struct buf name;
        buf_init(&name, arena);
        for (size_t i = 0; i < raw.len; i++) {
            char next = str_at(raw, i + 1);
            bool is_escape = raw.ptr[i] == '~' && (next == '0' || next == '1');
            char c = raw.ptr[i];
            if (is_escape) c = '/';
            if (is_escape && next == '0') c = '~';
            buf_add_char(&name, c);
            i += is_escape;
        }
        document = json_member_of(document, buf_str(&name));
        pointer = str_skip(pointer, end);
    }
    return document;
}

json openapi_resolve(const struct openapi *openapi, json value)
{
    for (int i = 0; i < REFERENCES_MAX; i++) {
        str reference = json_text_of(value, STR("$ref"));
        if (!str_starts_with(reference, STR("#/"))) return value;
        value = follow(openapi->document, reference, openapi->arena);
    }
    return json_null();
}

/* ---- models ---- */

/* "Order", or "Order/properties/id", which leads into a model. */
static json model_reference(struct arena *arena, str name)
{
    size_t slash = str_find_char(name, '/', 0);
    return json_string(arena_printf(arena,
                                    "https://apigateway.amazonaws.com/restapis/-/models/%.*s%s%.*s",
                                    STR_ARGS(str_slice(name, 0, slash)),
                                    slash < name.len ? "#" : "", STR_ARGS(str_skip(name, slash))));
}

/* Takes references to models of the document to where API Gateway keeps them. */
static json with_references(struct arena *arena, json value)
{
    static const str prefixes[] = { STR_INIT("#/definitions/"), STR_INIT("#/components/schemas/") };
    if (json_is_array(value)) {
        struct json_list list;
        json_list_init(&list, arena);
        for (size_t i = 0; i < json_count(value); i++)
            json_list_add(&list, with_references(arena, json_at(value, i)));
        return json_list_done(&list);
    }
    if (!json_is_object(value)) return value;
    struct json_fields fields;
    json_fields_init(&fields, arena);
    for (size_t i = 0; i < json_count(value); i++) {
        str name = json_key_at(value, i);
        json below = json_value_at(value, i);
        for (size_t k = 0; k < sizeof prefixes / sizeof *prefixes; k++)
            if (str_eq(name, STR("$ref")) && json_is_string(below) &&
                str_starts_with(json_str(below), prefixes[k]))
                below = model_reference(arena, str_skip(json_str(below), prefixes[k].len));
        json_fields_add(&fields, name, with_references(arena, below));
    }
    return json_fields_done(&fields);
}

static json read_models(const struct openapi *openapi, struct arena *arena)
{
    json schemas =
        openapi->is_v2
            ? json_object_of(openapi->document, STR("definitions"))
            : json_object_of(json_object_of(openapi->document, STR("components")), STR("schemas"));
    return with_references(arena, schemas);
}

json openapi_schema(const struct openapi *openapi, json schema)
{
    return with_references(openapi->arena, schema);
}

/* ---- operations ---- */

static const struct {
    str member, method;
} methods[] = {
    { STR_INIT("get"), STR_INIT("GET") },
    { STR_INIT("put"), STR_INIT("PUT") },
    { STR_INIT("post"), STR_INIT("POST") },
    { STR_INIT("delete"), STR_INIT("DELETE") },
    { STR_INIT("options"), STR_INIT("OPTIONS") },
    { STR_INIT("head"), STR_INIT("HEAD") },
    { STR_INIT("patch"), STR_INIT("PATCH") },
    { STR_INIT("x-amazon-apigateway-any-method"), STR_INIT("ANY") },
};

static bool read_operations(struct openapi *openapi, struct arena *arena, struct error *err)
{
    enum { METHODS = sizeof methods / sizeof *methods };
    json paths = json_object_of(openapi->document, STR("paths"));
    openapi->operations =
        arena_array(arena, json_count(paths) * METHODS + 1, sizeof *openapi->operations);
    for (size_t i = 0; i < json_count(paths); i++) {
        str path = json_key_at(paths, i);
        json item = openapi_resolve(openapi, json_value_at(paths, i));
        bool is_default = str_eq(path, STR("/$default")) || str_eq(path, STR("$default"));
        if (!is_default && !match_is_template(path))
            return error_set(err, ERROR_GATEWAY_BAD_REQUEST,
                             "Invalid OpenAPI input: the path '%.*s' is not valid",
                             (int)(path.len < 200 ? path.len : 200), path.ptr);
        for (size_t k = 0; k < METHODS; k++) {
            json operation = json_member_of(item, methods[k].member);
            if (!json_is_object(operation)) continue;
            openapi->operations[openapi->count++] = (struct openapi_operation){
                .path = is_default ? STR("$default") : path,
                .method = methods[k].method,
                .operation = operation,
                .path_item = item,
            };
        }
    }
    return true;
}

/* ---- documents ---- */

static bool parse(str text, struct arena *arena, json *out, struct error *err)
{
    struct error why = { 0 };
    str start = str_trim(text);
    if (text.len > GATEWAY_DOCUMENT_BYTES_MAX) return bad(err, "the document is too large");
    if (str_starts_with(start, STR("{"))) {
        if (json_parse(text, arena, out, &why)) return true;
        return error_set(err, ERROR_GATEWAY_BAD_REQUEST, "Invalid OpenAPI input: %.400s",
                         why.message);
    }
    if (yaml_parse(text, arena, out, &why)) return true;
    return error_set(err, ERROR_GATEWAY_BAD_REQUEST, "Invalid OpenAPI input: %.400s", why.message);
}

/* A version is a text, or the number that YAML makes of 2.0. */
static bool is_version(json document, const char *member, const char *begin)
{
    json value = json_member_of(document, str_from(member));
    return (json_is_string(value) && str_starts_with(json_str(value), str_from(begin))) ||
           (json_is_number(value) && json_number(value) >= begin[0] - '0' &&
            json_number(value) < begin[0] - '0' + 1);
}

bool openapi_read(str text, struct arena *arena, struct openapi *out, struct error *err)
{
    *out = (struct openapi){ .arena = arena };
    if (!parse(text, arena, &out->document, err)) return false;
    if (!json_is_object(out->document)) return bad(err, "the document is no object");
    out->is_v2 = is_version(out->document, "swagger", "2");
    if (!out->is_v2 && !is_version(out->document, "openapi", "3"))
        return bad(err, "it is neither swagger 2.0 nor openapi 3.0");
    json info = json_object_of(out->document, STR("info"));
    out->title = json_text_of(info, STR("title"));
    out->description = json_text_of(info, STR("description"));
    out->version = json_text_of(info, STR("version"));
    out->models = read_models(out, arena);
    return read_operations(out, arena, err);
}
