/* TagResource, UntagResource, ListTagsOfResource: tags of tables. */
#include "services/dynamodb/definition.h"
#include "services/dynamodb/members.h"
#include "services/dynamodb/operations.h"
#include "services/dynamodb/requests.h"

static bool check_arn(struct arena *arena, str arn, struct error *err)
{
    if (!str_starts_with(arn, STR("arn:")))
        return error_set_long(err, arena, ERROR_VALIDATION,
                              BAD_VALUES "ARNs must start with 'arn:': %.*s", STR_ARGS(arn));
    if (!str_starts_with(arn, STR("arn:aws:dynamodb:")))
        return error_set_long(err, arena, ERROR_VALIDATION,
                              BAD_VALUES "Provided Arn is not a DynamoDB resource arn: %.*s",
                              STR_ARGS(arn));
    if (str_find(arn, STR("/index/"), 0) < arn.len)
        return error_set_long(err, arena, ERROR_VALIDATION,
                              BAD_VALUES "Invalid resource arn provided, only table or stream is "
                                         "accepted. Provided resource arn: %.*s",
                              STR_ARGS(arn));
    return true;
}

static bool load(const struct source *source, const struct members *members, json params,
                 struct table *out, struct error *err)
{
    if (!members_check(members, params, source->arena, err)) return false;
    str arn = json_str(*member_find(params, "ResourceArn"));
    if (!check_arn(source->arena, arn, err)) return false;
    if (table_find(source, table_name_of(source, arn), out)) return true;
    return error_set_long(err, source->arena, ERROR_DYNAMODB_RESOURCE_NOT_FOUND,
                          "Requested resource not found: ResourcArn: %.*s not found",
                          STR_ARGS(arn));
}

static void store(struct txn *txn, const struct source *source, const struct table *table,
                  json tags)
{
    struct json_fields fields;
    json_fields_from(&fields, source->arena, table->record);
    json_fields_add(&fields, STR("Tags"), tags);
    table_store(txn, source, table->name, json_fields_done(&fields));
}

static json tags_of(const struct table *table)
{
    const json *tags = member_find(table->record, "Tags");
    return tags ? *tags : json_null();
}

enum handled handle_tag_table(struct txn *txn, struct request *request, struct error *err)
{
    struct source source = source_from_txn(txn, &request->arena);
    struct table table;
    json tags;
    if (!load(&source, &request_tag_resource, request->params, &table, err)) return HANDLED_FAILED;
    json more = *member_find(request->params, "Tags");
    if (json_count(more) == 0) {
        error_set(err, ERROR_VALIDATION, "Atleast one Tag needs to be provided as Input.");
        return HANDLED_FAILED;
    }
    if (!definition_add_tags(source.arena, tags_of(&table), more, &tags, err))
        return HANDLED_FAILED;
    store(txn, &source, &table, tags);
    return HANDLED; /* an answer without a body */
}

enum handled handle_untag_table(struct txn *txn, struct request *request, struct error *err)
{
    struct source source = source_from_txn(txn, &request->arena);
    struct table table;
    struct json_list kept;
    if (!load(&source, &request_untag_resource, request->params, &table, err))
        return HANDLED_FAILED;
    json names = *member_find(request->params, "TagKeys"), tags = tags_of(&table);
    if (json_count(names) == 0) {
        error_set(err, ERROR_VALIDATION, "Atleast one Tag Key needs to be provided as Input.");
        return HANDLED_FAILED;
    }
    json_list_init(&kept, source.arena);
    for (size_t i = 0; i < json_count(tags); i++) {
        bool removed = false;
        str key = json_str_or(json_at(tags, i), STR("Key"), STR(""));
        for (size_t j = 0; j < json_count(names) && !removed; j++)
            removed = str_eq(key, json_str(json_at(names, j)));
        if (!removed) json_list_add(&kept, json_at(tags, i));
    }
    store(txn, &source, &table, json_list_done(&kept));
    return HANDLED; /* an answer without a body */
}

enum handled handle_list_tags_of_table(const struct reader *reader, struct request *request,
                                       struct error *err)
{
    struct source source = source_from_reader(reader, request);
    struct table table;
    if (!load(&source, &request_resource, request->params, &table, err)) return HANDLED_FAILED;
    json tags = tags_of(&table);
    struct buf *out = reply_begin(request);
    reply_json(out, "Tags", json_is_array(tags) ? tags : (json){ .kind = JSON_ARRAY });
    reply_close(out);
    return HANDLED;
}
