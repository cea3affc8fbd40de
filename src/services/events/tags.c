/* The tags of event buses and rules. */
#include "services/events/internal.h"

/* What an ARN names: a bus, or a rule of it. */
struct tagged {
    str bus, rule; /* rule empty: the bus itself */
    struct key key;
    json record;
};

static bool not_found(const struct source *source, str arn, struct error *err)
{
    return error_set_long(err, source->arena, ERROR_EVENTS_RESOURCE_NOT_FOUND,
                          "Resource %.*s does not exist.", STR_ARGS(arn));
}

static bool find(const struct source *source, json params, struct tagged *out, struct error *err)
{
    str arn = json_str_or(params, STR("ResourceARN"), STR("")), rest;
    str bus_marker = STR(":event-bus/"), rule_marker = STR(":rule/");
    size_t bus_at = str_find(arn, bus_marker, 0), rule_at = str_find(arn, rule_marker, 0);
    *out = (struct tagged){ .bus = STR(DEFAULT_BUS) };
    if (bus_at < arn.len) {
        out->bus = str_skip(arn, bus_at + bus_marker.len);
        if (!bus_exists(source, out->bus)) return not_found(source, arn, err);
        key_event_bus(&out->key, source->number, out->bus);
        out->record = (json){ .kind = JSON_OBJECT };
        (void)source_find(source, &out->key, &out->record);
        return true;
    }
    if (rule_at == arn.len) return not_found(source, arn, err);
    rest = str_skip(arn, rule_at + rule_marker.len);
    out->rule = rest;
    for (size_t i = 0; i < rest.len; i++) {
        if (rest.ptr[i] != '/') continue;
        out->bus = str_slice(rest, 0, i);
        out->rule = str_skip(rest, i + 1);
    }
    if (!rule_find(source, out->bus, out->rule, &out->record)) return not_found(source, arn, err);
    key_event_rule(&out->key, source->number, out->bus, out->rule);
    return true;
}

static bool has_key(json tags, str key)
{
    for (size_t i = 0; i < json_count(tags); i++)
        if (str_eq(json_str_or(json_at(tags, i), STR("Key"), STR("")), key)) return true;
    return false;
}

static bool names(json keys, str key)
{
    for (size_t i = 0; i < json_count(keys); i++)
        if (json_is_string(json_at(keys, i)) && str_eq(json_str(json_at(keys, i)), key))
            return true;
    return false;
}

static void put(struct txn *txn, struct arena *arena, const struct tagged *tagged,
                struct json_list *list)
{
    json tags = json_list_done(list);
    json record = object_with(arena, tagged->record, STR("tags"), &tags);
    txn_put(txn, &tagged->key, json_text(txn_arena(txn), record));
}

enum handled events_tag_resource(struct txn *txn, struct request *request, struct error *err)
{
    struct source source = source_from_txn(txn, &request->arena);
    struct tagged tagged;
    struct json_list list;
    json given = *json_find(request->params, STR("Tags"));
    if (!find(&source, request->params, &tagged, err)) return HANDLED_FAILED;
    const json *old = json_find(tagged.record, STR("tags"));
    json_list_init(&list, source.arena);
    for (size_t i = 0; old && i < json_count(*old); i++)
        if (!has_key(given, json_str_or(json_at(*old, i), STR("Key"), STR(""))))
            json_list_add(&list, json_at(*old, i));
    for (size_t i = 0; i < json_count(given); i++)
        json_list_add(&list, json_at(given, i));
    if (list.count > STATES_TAGS_MAX) {
        error_set(err, ERROR_EVENTS_LIMIT_EXCEEDED,
                  "The requested resource exceeds the maximum number allowed.");
        return HANDLED_FAILED;
    }
    put(txn, source.arena, &tagged, &list);
    return HANDLED;
}

enum handled events_untag_resource(struct txn *txn, struct request *request, struct error *err)
{
    struct source source = source_from_txn(txn, &request->arena);
    struct tagged tagged;
    struct json_list list;
    json keys = *json_find(request->params, STR("TagKeys"));
    if (!find(&source, request->params, &tagged, err)) return HANDLED_FAILED;
    const json *old = json_find(tagged.record, STR("tags"));
    json_list_init(&list, source.arena);
    for (size_t i = 0; old && i < json_count(*old); i++)
        if (!names(keys, json_str_or(json_at(*old, i), STR("Key"), STR(""))))
            json_list_add(&list, json_at(*old, i));
    put(txn, source.arena, &tagged, &list);
    return HANDLED;
}

enum handled events_list_tags_for_resource(const struct reader *reader, struct request *request,
                                           struct error *err)
{
    struct source source = source_from_reader(reader, request);
    struct tagged tagged;
    if (!find(&source, request->params, &tagged, err)) return HANDLED_FAILED;
    const json *tags = json_find(tagged.record, STR("tags"));
    struct buf *out = reply_begin(request);
    reply_json(out, "Tags", tags ? *tags : json_array(NULL, 0));
    reply_close(out);
    return HANDLED;
}
