/* TagResource, UntagResource, ListTagsForResource: tags of topics. */
#include "services/sns/internal.h"

static str key_of(json tag)
{
    return json_str_or(tag, STR("Key"), STR(""));
}

static bool has_duplicates(json tags)
{
    for (size_t i = 0; i < json_count(tags); i++)
        for (size_t j = 0; j < i; j++)
            if (str_eq(key_of(json_at(tags, i)), key_of(json_at(tags, j)))) return true;
    return false;
}

bool sns_tags_merge(const struct source *source, json current, json added, json *out,
                    struct error *err)
{
    struct json_fields merged;
    struct json_list list;
    if (json_count(added) > SNS_TAGS_MAX)
        return error_set(err, ERROR_SNS_TAG_LIMIT_EXCEEDED,
                         "Could not complete request: tag quota of per resource exceeded");
    if (has_duplicates(added)) return sns_invalid(err, "Duplicated keys are not allowed.");
    json_fields_init(&merged, source->arena);
    for (size_t i = 0; i < json_count(current); i++)
        json_fields_add(&merged, key_of(json_at(current, i)), json_at(current, i));
    for (size_t i = 0; i < json_count(added); i++)
        json_fields_add(&merged, key_of(json_at(added, i)), json_at(added, i));
    json object = json_fields_done(&merged);
    if (json_count(object) > SNS_TAGS_MAX)
        return error_set(err, ERROR_SNS_TAG_LIMIT_EXCEEDED,
                         "Could not complete request: tag quota of per resource exceeded");
    json_list_init(&list, source->arena);
    for (size_t i = 0; i < json_count(object); i++)
        json_list_add(&list, json_value_at(object, i));
    *out = json_list_done(&list);
    return true;
}

static bool load(const struct source *source, json params, struct topic *topic, struct error *err)
{
    if (topic_require(source, params, "ResourceArn", topic, err)) return true;
    if (err->code == ERROR_SNS_NOT_FOUND)
        error_set(err, ERROR_SNS_RESOURCE_NOT_FOUND, "Resource does not exist");
    return false;
}

enum handled handle_sns_tag_resource(struct txn *txn, struct request *request, struct error *err)
{
    struct source source = source_from_txn(txn, &request->arena);
    struct topic topic;
    if (!load(&source, request->params, &topic, err) ||
        !sns_tags_merge(&source, topic.tags, *json_find(request->params, STR("Tags")), &topic.tags,
                        err))
        return HANDLED_FAILED;
    topic_store(txn, &source, &topic);
    reply_close(reply_begin(request));
    return HANDLED;
}

static bool is_named(json keys, str key)
{
    for (size_t i = 0; i < json_count(keys); i++)
        if (str_eq(json_str(json_at(keys, i)), key)) return true;
    return false;
}

enum handled handle_sns_untag_resource(struct txn *txn, struct request *request, struct error *err)
{
    struct source source = source_from_txn(txn, &request->arena);
    struct topic topic;
    struct json_list left;
    if (!load(&source, request->params, &topic, err)) return HANDLED_FAILED;
    json keys = *json_find(request->params, STR("TagKeys"));
    json_list_init(&left, source.arena);
    for (size_t i = 0; i < json_count(topic.tags); i++)
        if (!is_named(keys, key_of(json_at(topic.tags, i))))
            json_list_add(&left, json_at(topic.tags, i));
    topic.tags = json_list_done(&left);
    topic_store(txn, &source, &topic);
    reply_close(reply_begin(request));
    return HANDLED;
}

enum handled handle_sns_list_tags_for_resource(const struct reader *reader, struct request *request,
                                               struct error *err)
{
    struct source source = source_from_reader(reader, request);
    struct topic topic;
    if (!load(&source, request->params, &topic, err)) return HANDLED_FAILED;
    struct buf *out = reply_begin(request);
    reply_json(out, "Tags", topic.tags);
    reply_close(out);
    return HANDLED;
}
