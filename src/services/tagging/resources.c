/* Which records have tags, and what their resources are called.
 *
 * A row per kind of resource. Records keep tags under "tags" or "Tags", as an object or as a list
 * of pairs, as their service's API has them; here they are all read alike. A further service is a
 * row; what HTTP APIs are made of has keys of its own. */
#include "services/gateway/internal.h"
#include "services/tagging/tagging.h"

static const struct kind {
    enum key_tag tag;
    str type;
    str arn; /* between "arn:aws:" and the name: the service, REGION:ACCOUNT, what follows */
    str between;
} kinds[] = {
    { KEY_ACTIVITY, STR_INIT("states:activity"), STR_INIT("states"), STR_INIT("activity:") },
    { KEY_EVENT_BUS, STR_INIT("events:event-bus"), STR_INIT("events"), STR_INIT("event-bus/") },
    { KEY_FUNCTION, STR_INIT("lambda:function"), STR_INIT("lambda"), STR_INIT("function:") },
    { KEY_LOG_GROUP, STR_INIT("logs:log-group"), STR_INIT("logs"), STR_INIT("log-group:") },
    { KEY_MACHINE, STR_INIT("states:stateMachine"), STR_INIT("states"), STR_INIT("stateMachine:") },
    { KEY_QUEUE, STR_INIT("sqs"), STR_INIT("sqs"), STR_INIT("") },
    { KEY_TABLE, STR_INIT("dynamodb:table"), STR_INIT("dynamodb"), STR_INIT("table/") },
    { KEY_TOPIC, STR_INIT("sns"), STR_INIT("sns"), STR_INIT("") },
};
enum { KINDS = sizeof kinds / sizeof *kinds };

static str pair_member(json pair, const char *lower, const char *upper)
{
    return json_str_or(pair, str_from(lower), json_str_or(pair, str_from(upper), STR("")));
}

static json tags_of(const struct source *source, json record)
{
    const json *tags = json_find(record, STR("tags"));
    if (!tags) tags = json_find(record, STR("Tags"));
    if (!tags || json_is_object(*tags)) return tags ? *tags : json_null();
    struct json_fields fields;
    json_fields_init(&fields, source->arena);
    for (size_t i = 0; json_is_array(*tags) && i < json_count(*tags); i++)
        json_fields_add(&fields, pair_member(json_at(*tags, i), "key", "Key"),
                        json_string(pair_member(json_at(*tags, i), "value", "Value")));
    return json_fields_done(&fields);
}

static str arn_of(const struct source *source, const struct kind *kind, str name)
{
    str region = shard_region(source->shard), account = shard_account(source->shard);
    return arena_printf(source->arena, "arn:aws:%.*s:%.*s:%.*s:%.*s%.*s", STR_ARGS(kind->arn),
                        STR_ARGS(region), STR_ARGS(account), STR_ARGS(kind->between),
                        STR_ARGS(name));
}

/* The records of one kind behind `after`; false once `each` has said so. */
static bool walk_kind(const struct source *source, size_t number, str after,
                      bool (*each)(void *context, const struct tagged_resource *resource),
                      void *context)
{
    const struct kind *kind = &kinds[number];
    struct key from, to;
    str key, value, name;
    struct key_reader reader;
    bool more = true;
    key_begin(&from, source->number, kind->tag);
    to = from;
    key_range_end(&to);
    if (after.len > 0) {
        key_add_text(&from, after);
        key_range_end(&from);
    }
    struct store_cursor *cursor = source_scan(source, &from, &to, false);
    while (more && store_cursor_next(cursor, &key, &value)) {
        if (!key_read_begin(&reader, key) || !key_read_text(&reader, &name) || name.len == 0)
            continue;
        json tags = tags_of(source, source_parse(source, value));
        if (json_count(tags) == 0) continue;
        name = arena_str(source->arena, name);
        struct tagged_resource resource = {
            .arn = arn_of(source, kind, name),
            .type = kind->type,
            .tags = tags,
            .place = arena_printf(source->arena, "%zu/%.*s", number, STR_ARGS(name)),
        };
        more = each(context, &resource);
    }
    store_cursor_close(cursor);
    return more;
}

/* ---- API Gateway ---- */

/* What goes between "arn:aws:apigateway:REGION::" and the last field of the key. A stage is below
 * its API, of which there are two kinds. */
static bool gateway_path(const struct source *source, str owner, uint8_t kind, str *out)
{
    json record;
    switch (kind) {
    case GATEWAY_REST_API: *out = STR("/restapis/"); return true;
    case GATEWAY_HTTP_API: *out = STR("/apis/"); return true;
    case GATEWAY_KEY: *out = STR("/apikeys/"); return true;
    case GATEWAY_PLAN: *out = STR("/usageplans/"); return true;
    case GATEWAY_STAGE: {
        struct key key;
        key_gateway(&key, source->number, STR(""), GATEWAY_REST_API, owner);
        *out =
            arena_printf(source->arena, "/%s/%.*s/stages/",
                         source_find(source, &key, &record) ? "restapis" : "apis", STR_ARGS(owner));
        return true;
    }
    default: return false;
    }
}

/* A place is "number/OWNER/KIND/ID"; neither an owner nor a number has a slash. */
static void gateway_start(const struct source *source, str after, struct key *from)
{
    int64_t kind = 0;
    size_t first = str_find_char(after, '/', 0);
    size_t second = first < after.len ? str_find_char(after, '/', first + 1) : after.len;
    key_begin(from, source->number, KEY_GATEWAY);
    if (second >= after.len || !str_to_i64(str_slice(after, first + 1, second), &kind)) return;
    key_gateway(from, source->number, str_slice(after, 0, first), (uint8_t)kind,
                str_skip(after, second + 1));
    key_range_end(from);
}

static bool walk_gateway(const struct source *source, str after,
                         bool (*each)(void *context, const struct tagged_resource *resource),
                         void *context)
{
    struct key from, to;
    str text, value, owner, id, path, region = shard_region(source->shard);
    struct key_reader reader;
    uint8_t kind;
    bool more = true;
    key_begin(&to, source->number, KEY_GATEWAY);
    key_range_end(&to);
    gateway_start(source, after, &from);
    struct store_cursor *cursor = source_scan(source, &from, &to, false);
    while (more && store_cursor_next(cursor, &text, &value)) {
        if (!key_read_begin(&reader, text) || !key_read_text(&reader, &owner) ||
            !key_read_u8(&reader, &kind) || !key_read_text(&reader, &id) ||
            !gateway_path(source, owner, kind, &path))
            continue;
        json tags = tags_of(source, source_parse(source, value));
        if (json_count(tags) == 0) continue;
        struct tagged_resource resource = {
            .arn = arena_printf(source->arena, "arn:aws:apigateway:%.*s::%.*s%.*s",
                                STR_ARGS(region), STR_ARGS(path), STR_ARGS(id)),
            .type = STR("apigateway"),
            .tags = tags,
            .place = arena_printf(source->arena, "%d/%.*s/%d/%.*s", (int)KINDS, STR_ARGS(owner),
                                  (int)kind, STR_ARGS(id)),
        };
        more = each(context, &resource);
    }
    store_cursor_close(cursor);
    return more;
}

/* ---- all ---- */

void tagging_walk(const struct source *source, str place,
                  bool (*each)(void *context, const struct tagged_resource *resource),
                  void *context)
{
    size_t slash = str_find_char(place, '/', 0);
    int64_t first = 0;
    str after = slash < place.len ? str_skip(place, slash + 1) : STR("");
    if (place.len > 0 && !str_to_i64(str_slice(place, 0, slash), &first)) first = 0;
    for (size_t i = (size_t)first; i < KINDS; i++) {
        if (!walk_kind(source, i, after, each, context)) return;
        after = STR("");
    }
    (void)walk_gateway(source, after, each, context);
}
