/* Tags of log groups, by name (TagLogGroup ...) or by ARN (TagResource ...). */
#include "services/logs/logs.h"

enum { TAGS_MAX = 50 };

/* A stream or anything else that an ARN may name has no tags. */
static bool find(const struct source *source, json params, struct log_group_record *out,
                 struct error *err)
{
    str arn;
    if (!json_find_str(params, STR("resourceArn"), &arn))
        return log_group_expect(source, params, out, err);
    str name = log_group_name_of(arn);
    if (!str_eq(name, arn) && log_group_find(source, name, out)) return true;
    return error_set(err, ERROR_LOGS_RESOURCE_NOT_FOUND, "The specified resource does not exist.");
}

static json tags_of(const struct log_group_record *group)
{
    const json *tags = json_find(group->record, STR("tags"));
    return tags && json_is_object(*tags) ? *tags : (json){ .kind = JSON_OBJECT };
}

enum handled handle_tag_log_group(struct txn *txn, struct request *request, struct error *err)
{
    struct source source = source_from_txn(txn, &request->arena);
    struct log_group_record group = { 0 };
    if (!find(&source, request->params, &group, err)) return HANDLED_FAILED;
    struct json_fields fields;
    json_fields_from(&fields, txn_arena(txn), tags_of(&group));
    const json *added = json_find(request->params, STR("tags"));
    for (size_t i = 0; added && i < json_count(*added); i++)
        json_fields_add(&fields, json_key_at(*added, i), json_value_at(*added, i));
    json tags = json_fields_done(&fields);
    if (json_count(tags) > TAGS_MAX) {
        error_set(err, ERROR_TOO_MANY_TAGS, "A resource has at most %d tags.", TAGS_MAX);
        return HANDLED_FAILED;
    }
    log_group_put(txn, &source, &group, "tags", tags);
    return HANDLED;
}

static bool names(const json *keys, str key)
{
    for (size_t i = 0; keys && i < json_count(*keys); i++)
        if (json_is_string(json_at(*keys, i)) && str_eq(json_str(json_at(*keys, i)), key))
            return true;
    return false;
}

enum handled handle_untag_log_group(struct txn *txn, struct request *request, struct error *err)
{
    struct source source = source_from_txn(txn, &request->arena);
    struct log_group_record group = { 0 };
    if (!find(&source, request->params, &group, err)) return HANDLED_FAILED;
    const json *keys = json_find(request->params, STR("tagKeys"));
    if (!keys) keys = json_find(request->params, STR("tags"));
    json tags = tags_of(&group);
    struct json_fields fields;
    json_fields_init(&fields, txn_arena(txn));
    for (size_t i = 0; i < json_count(tags); i++)
        if (!names(keys, json_key_at(tags, i)))
            json_fields_add(&fields, json_key_at(tags, i), json_value_at(tags, i));
    log_group_put(txn, &source, &group, "tags", json_fields_done(&fields));
    return HANDLED;
}

enum handled handle_list_tags_log_group(const struct reader *reader, struct request *request,
                                        struct error *err)
{
    struct source source = source_from_reader(reader, request);
    struct log_group_record group = { 0 };
    if (!find(&source, request->params, &group, err)) return HANDLED_FAILED;
    struct buf *out = reply_begin(request);
    reply_json(out, "tags", tags_of(&group));
    reply_close(out);
    return HANDLED;
}
