/* TagResource, UntagResource, ListTagsForResource: tags of state machines and activities. */
#include "services/states/states.h"

/* What is tagged. */
struct tagged {
    struct arn arn;
    struct machine_record machine;   /* ARN_STATE_MACHINE */
    struct activity_record activity; /* ARN_ACTIVITY */
};

static bool load(const struct source *source, json params, struct tagged *out, struct error *err)
{
    str text = json_str_or(params, STR("resourceArn"), STR(""));
    if (!arn_parse(source, text, &out->arn, err)) return false;
    bool found = false;
    if (!arn_is_ours(source, &out->arn) || out->arn.qualifier.len > 0 || out->arn.label.len > 0)
        found = false;
    else if (out->arn.kind == ARN_STATE_MACHINE)
        found = machine_load(source, out->arn.name, &out->machine) &&
                out->machine.status != MACHINE_DELETED;
    else if (out->arn.kind == ARN_ACTIVITY)
        found = activity_load(source, out->arn.name, &out->activity);
    return found ||
           fail_quoted(source, err, ERROR_RESOURCE_NOT_FOUND, "Resource not found: ", text);
}

static json tags_of(const struct tagged *tagged)
{
    return tagged->arn.kind == ARN_ACTIVITY ? tagged->activity.tags : tagged->machine.tags;
}

static void store(struct txn *txn, const struct source *source, struct tagged *tagged, json tags)
{
    if (tagged->arn.kind == ARN_ACTIVITY) {
        tagged->activity.tags = tags;
        activity_store(txn, source, tagged->arn.name, &tagged->activity);
    } else {
        tagged->machine.tags = tags;
        machine_store(txn, source, &tagged->machine);
    }
}

enum handled handle_tag_resource(struct txn *txn, struct request *request, struct error *err)
{
    struct source source = source_from_txn(txn, &request->arena);
    struct tagged tagged;
    json tags;
    if (!load(&source, request->params, &tagged, err) ||
        !tags_merge(&source, tagged.arn.text, tags_of(&tagged),
                    *json_find(request->params, STR("tags")), &tags, err))
        return HANDLED_FAILED;
    store(txn, &source, &tagged, tags);
    reply_close(reply_begin(request));
    return HANDLED;
}

static bool is_named(json keys, str key)
{
    for (size_t i = 0; i < json_count(keys); i++)
        if (str_eq(json_str(json_at(keys, i)), key)) return true;
    return false;
}

enum handled handle_untag_resource(struct txn *txn, struct request *request, struct error *err)
{
    struct source source = source_from_txn(txn, &request->arena);
    struct tagged tagged;
    struct json_list left;
    if (!load(&source, request->params, &tagged, err)) return HANDLED_FAILED;
    json tags = tags_of(&tagged), keys = *json_find(request->params, STR("tagKeys"));
    json_list_init(&left, source.arena);
    for (size_t i = 0; i < json_count(tags); i++)
        if (!is_named(keys, json_str_or(json_at(tags, i), STR("key"), STR(""))))
            json_list_add(&left, json_at(tags, i));
    store(txn, &source, &tagged, json_list_done(&left));
    reply_close(reply_begin(request));
    return HANDLED;
}

enum handled handle_list_tags_for_resource(const struct reader *reader, struct request *request,
                                           struct error *err)
{
    struct source source = source_from_reader(reader, request);
    struct tagged tagged;
    if (!load(&source, request->params, &tagged, err)) return HANDLED_FAILED;
    struct buf *out = reply_begin(request);
    reply_json(out, "tags", tags_of(&tagged));
    reply_close(out);
    return HANDLED;
}
