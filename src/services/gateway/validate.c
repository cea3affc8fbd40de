/* Request validators: required parameters, and bodies against models. Source: "Request validation"
 * in the Developer Guide. */
#include "schema/schema.h"
#include "services/gateway/run.h"

static bool has_parameter(const struct incoming *in, str name)
{
    static const str header = STR_INIT("method.request.header.");
    static const str query = STR_INIT("method.request.querystring.");
    static const str path = STR_INIT("method.request.path.");
    if (str_starts_with(name, header))
        return incoming_header(in, str_skip(name, header.len)).len > 0;
    if (str_starts_with(name, query))
        return json_find(in->query, str_skip(name, query.len)) != NULL;
    if (str_starts_with(name, path))
        return json_find(in->path_params, str_skip(name, path.len)) != NULL;
    return true;
}

str validate_parameters(const struct incoming *in, json method)
{
    struct buf out;
    json parameters = json_object_of(method, STR("requestParameters"));
    buf_init(&out, in->arena);
    for (size_t i = 0; i < json_count(parameters); i++) {
        json required = json_value_at(parameters, i);
        str name = json_key_at(parameters, i);
        if (!json_is_bool(required) || !required.boolean || has_parameter(in, name)) continue;
        size_t dot = name.len;
        static const str begin = STR_INIT("method.request.");
        if (str_starts_with(name, begin)) dot = str_find_char(name, '.', begin.len);
        if (out.len > 0) buf_add(&out, STR(", "));
        buf_add(&out, dot < name.len ? str_skip(name, dot + 1) : name);
    }
    return buf_str(&out);
}

struct models {
    struct arena *arena;
    json all; /* name -> schema text */
};

static const str model_url = STR_INIT("https://apigateway.amazonaws.com/restapis/");

/* "https://apigateway.amazonaws.com/restapis/API/models/NAME" */
static bool find_model(void *context, str ref, json *out)
{
    const struct models *models = context;
    struct error err = { 0 };
    static const str begin = STR_INIT("/models/");
    size_t at = str_find(ref, begin, 0);
    if (at == ref.len) return false;
    str name = str_skip(ref, at + begin.len);
    str text = json_text_of(models->all, name);
    return text.len > 0 && json_parse(text, models->arena, out, &err);
}

bool model_compile(str text, json all, struct arena *arena, const struct schema **out,
                   struct error *err)
{
    struct models models = { arena, all };
    struct schema_resolver resolver = { &models, find_model };
    json document;
    return json_parse(text, arena, &document, err) &&
           schema_compile(document, &resolver, arena, out, err);
}

/* `quoted` is the name with what ends it in a reference: the text's end or a fragment. */
static bool has_reference(str text, str quoted)
{
    for (size_t at = str_find(text, model_url, 0); at < text.len;
         at = str_find(text, model_url, at + 1)) {
        str rest = str_skip(text, at + model_url.len);
        size_t slash = str_find_char(rest, '/', 0);
        if (slash < rest.len && str_starts_with(str_skip(rest, slash), quoted)) return true;
    }
    return false;
}

bool model_refers(struct arena *arena, str text, str name)
{
    return has_reference(text, arena_printf(arena, "/models/%.*s\"", STR_ARGS(name))) ||
           has_reference(text, arena_printf(arena, "/models/%.*s#", STR_ARGS(name)));
}

static str model_for(struct call *call, json method)
{
    const struct incoming *in = &call->in;
    json models = json_object_of(method, STR("requestModels"));
    str type = media_type(in->arena, in->content_type);
    if (type.len == 0) type = STR("application/json");
    for (size_t i = 0; i < json_count(models); i++)
        if (str_eq(media_type(in->arena, json_key_at(models, i)), type) ||
            str_eq(json_key_at(models, i), STR("$default")))
            return json_is_string(json_value_at(models, i)) ? json_str(json_value_at(models, i))
                                                            : STR("");
    return STR("");
}

bool validate_body(struct call *call, json method, str *violations)
{
    struct arena *arena = call->in.arena;
    const struct schema *schema;
    struct error err = { 0 };
    json body, models = json_empty();
    str name = model_for(call, method);
    *violations = STR("");
    if (name.len == 0) return true; /* no model for this type */
    (void)deploy_models(&call->source, call->in.api, call->deployment, &models);
    str text = json_text_of(models, name);
    if (text.len == 0) return true; /* a model without a schema */
    if (!model_compile(text, models, arena, &schema, &err)) {
        call_log(call, "model", error_text(&err));
        return false;
    }
    if (!json_parse(call->in.http->body, arena, &body, &err)) {
        *violations = arena_str(arena, error_text(&err));
        return false;
    }
    return schema_validate(schema, body, arena, violations);
}
