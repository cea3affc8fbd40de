/* TagResource, UntagResource, ListTags: tags of functions and of event source mappings. */
#include "services/lambda/lambda_private.h"

/* What is tagged. */
struct tagged {
    bool is_mapping;
    struct function_record function;
    struct mapping_record mapping;
};

static bool load(const struct source *source, json params, struct tagged *out, struct error *err)
{
    struct function_ref ref;
    str text = param_str(params, "Resource");
    str kind = STR(":event-source-mapping:");
    size_t at = str_find(text, kind, 0);
    out->is_mapping = at < text.len;
    if (out->is_mapping)
        return mapping_load(source, str_skip(text, at + kind.len), &out->mapping) ||
               error_set(err, ERROR_LAMBDA_RESOURCE_NOT_FOUND,
                         "The resource you requested does not exist.");
    if (!ref_read(source, text, STR(""), &ref, err)) return false;
    if (ref.qualifier.len > 0)
        return error_set(err, ERROR_LAMBDA_INVALID_PARAMETER_VALUE,
                         "Tags on function aliases and versions are not supported. Please specify "
                         "a function ARN.");
    return function_find(source, ref.name, STR(""), &out->function, err);
}

static json tags_of(const struct tagged *tagged)
{
    return tagged->is_mapping ? tagged->mapping.tags : tagged->function.tags;
}

static void store(struct txn *txn, const struct source *source, struct tagged *tagged, json tags)
{
    if (tagged->is_mapping) {
        tagged->mapping.tags = tags;
        mapping_store(txn, source, &tagged->mapping);
    } else {
        tagged->function.tags = tags;
        tagged->function.latest.revision_id = new_uuid(txn);
        function_store(txn, source, &tagged->function);
    }
}

enum handled handle_lambda_tag_resource(struct txn *txn, struct request *request, struct error *err)
{
    struct source source = source_from_txn(txn, &request->arena);
    struct tagged tagged = { 0 };
    struct json_fields fields;
    const json *given = param(request->params, "Tags");
    if (!given || json_count(*given) == 0) {
        error_set(err, ERROR_LAMBDA_INVALID_PARAMETER_VALUE,
                  "An error occurred and the request cannot be processed.");
        return HANDLED_FAILED;
    }
    if (!load(&source, request->params, &tagged, err)) return HANDLED_FAILED;
    json_fields_from(&fields, source.arena, tags_of(&tagged));
    for (size_t i = 0; i < json_count(*given); i++)
        json_fields_add(&fields, json_key_at(*given, i), json_value_at(*given, i));
    json tags = json_fields_done(&fields);
    if (json_count(tags) > LAMBDA_TAGS_MAX) {
        error_set(err, ERROR_LAMBDA_INVALID_PARAMETER_VALUE,
                  "Number of tags exceeds resource tag limit.");
        return HANDLED_FAILED;
    }
    store(txn, &source, &tagged, tags);
    return reply_empty(request, 204);
}

static bool is_named(json keys, str key)
{
    for (size_t i = 0; i < json_count(keys); i++)
        if (str_eq(json_str(json_at(keys, i)), key)) return true;
    return false;
}

enum handled handle_lambda_untag_resource(struct txn *txn, struct request *request,
                                          struct error *err)
{
    struct source source = source_from_txn(txn, &request->arena);
    struct tagged tagged = { 0 };
    struct json_fields fields;
    const json *keys = param(request->params, "TagKeys"); /* the shape sees to it */
    if (!load(&source, request->params, &tagged, err)) return HANDLED_FAILED;
    json tags = tags_of(&tagged);
    json_fields_init(&fields, source.arena);
    for (size_t i = 0; i < json_count(tags); i++)
        if (!is_named(*keys, json_key_at(tags, i)))
            json_fields_add(&fields, json_key_at(tags, i), json_value_at(tags, i));
    store(txn, &source, &tagged, json_fields_done(&fields));
    return reply_empty(request, 204);
}

enum handled handle_list_tags(const struct reader *reader, struct request *request,
                              struct error *err)
{
    struct source source = source_from_reader(reader, request);
    struct tagged tagged = { 0 };
    if (!load(&source, request->params, &tagged, err)) return HANDLED_FAILED;
    struct buf *out = reply_begin(request);
    reply_json(out, "Tags", tags_of(&tagged));
    reply_close(out);
    return HANDLED;
}
