/* Rules.
 *
 * KEY_EVENT_RULE {"v":1,"pattern":text,"state":"ENABLED"|"DISABLED","description"?,"role"?,
 *                 "tags":[...],"targets":[as PutTargets got them]} */
#include "services/events/internal.h"
#include "services/pattern.h"

bool rule_find(const struct source *source, str bus, str name, json *out)
{
    struct key key;
    if (name.len > 64 || bus.len > 256 || str_find_char(name, '\0', 0) < name.len ||
        str_find_char(bus, '\0', 0) < bus.len)
        return false;
    key_event_rule(&key, source->number, bus, name);
    return source_find(source, &key, out);
}

bool rule_expect(const struct source *source, str bus, str name, json *out, struct error *err)
{
    if (!bus_expect(source, bus, err)) return false;
    if (rule_find(source, bus, name, out)) return true;
    return error_set_long(err, source->arena, ERROR_EVENTS_RESOURCE_NOT_FOUND,
                          "Rule %.*s does not exist on EventBus %.*s.", STR_ARGS(name),
                          STR_ARGS(bus));
}

void rule_put(struct txn *txn, str bus, str name, json record)
{
    struct key key;
    key_event_rule(&key, shard_number(txn_shard(txn)), bus, name);
    txn_put(txn, &key, json_text(txn_arena(txn), record));
}

json object_with(struct arena *arena, json object, str field, const json *value)
{
    struct json_fields fields;
    json_fields_init(&fields, arena);
    for (size_t i = 0; i < json_count(object); i++)
        if (!str_eq(json_key_at(object, i), field))
            json_fields_add(&fields, json_key_at(object, i), json_value_at(object, i));
    if (value) json_fields_add(&fields, field, *value);
    return json_fields_done(&fields);
}

static bool check_pattern(struct arena *arena, str text, struct error *err)
{
    json pattern;
    struct pattern_size size;
    struct error why = { 0 };
    if (pattern_check(text, PATTERN_EVENT, arena, &pattern, &size, &why)) return true;
    str reason = error_text(&why);
    return error_set_long(err, arena, ERROR_EVENTS_INVALID_EVENT_PATTERN,
                          "Event pattern is not valid. Reason: %.*s", STR_ARGS(reason));
}

static bool check_rule(const struct source *source, json params, str bus, str name, bool *is_new,
                       json *old, struct error *err)
{
    str pattern;
    if (!event_name_check(name, "name", false, err) || !bus_expect(source, bus, err)) return false;
    if (json_find(params, STR("ScheduleExpression")))
        return error_set(err, ERROR_VALIDATION,
                         "Parameter ScheduleExpression is not valid: this Baton has no schedules.");
    *is_new = !rule_find(source, bus, name, old);
    if (!json_find_str(params, STR("EventPattern"), &pattern))
        return error_set(err, ERROR_VALIDATION,
                         "Parameter(s) EventPattern or ScheduleExpression must be specified.");
    return check_pattern(source->arena, pattern, err);
}

enum handled events_put_rule(struct txn *txn, struct request *request, struct error *err)
{
    struct source source = source_from_txn(txn, &request->arena);
    json params = request->params, old = json_null();
    str bus = bus_name(params, STR("EventBusName"));
    str name = json_str_or(params, STR("Name"), STR(""));
    bool is_new = false;
    struct json_fields fields;
    if (!check_rule(&source, params, bus, name, &is_new, &old, err)) return HANDLED_FAILED;
    struct key all;
    key_begin(&all, source.number, KEY_EVENT_RULE);
    key_add_text(&all, bus);
    if (is_new && !room_expect(&source, &all, EVENTS_RULES_MAX, err)) return HANDLED_FAILED;
    json_fields_init(&fields, source.arena);
    json_fields_add(&fields, STR("v"), json_i64(source.arena, 1));
    json_fields_add(&fields, STR("pattern"), *json_find(params, STR("EventPattern")));
    json_fields_add(&fields, STR("state"),
                    json_string(json_str_or(params, STR("State"), STR("ENABLED"))));
    static const struct {
        str field, name;
    } kept[] = { { STR_INIT("description"), STR_INIT("Description") },
                 { STR_INIT("role"), STR_INIT("RoleArn") } };
    for (size_t i = 0; i < sizeof kept / sizeof *kept; i++) {
        const json *value = json_find(params, kept[i].name);
        if (value) json_fields_add(&fields, kept[i].field, *value);
    }
    /* An update keeps the targets, and the tags as AWS does. */
    const json *tags = is_new ? json_find(params, STR("Tags")) : json_find(old, STR("tags"));
    const json *targets = is_new ? NULL : json_find(old, STR("targets"));
    json_fields_add(&fields, STR("tags"), tags ? *tags : json_array(NULL, 0));
    json_fields_add(&fields, STR("targets"), targets ? *targets : json_array(NULL, 0));
    rule_put(txn, bus, name, json_fields_done(&fields));
    struct buf *out = reply_begin(request);
    reply_str(out, "RuleArn", rule_arn(&source, bus, name));
    reply_close(out);
    return HANDLED;
}

static void reply_rule(const struct source *source, struct buf *out, str bus, str name, json rule)
{
    reply_str(out, "Name", name);
    reply_str(out, "Arn", rule_arn(source, bus, name));
    reply_str(out, "EventPattern", json_str_or(rule, STR("pattern"), STR("")));
    reply_str(out, "State", json_str_or(rule, STR("state"), STR("")));
    reply_str_unless_empty(out, "Description", json_str_or(rule, STR("description"), STR("")));
    reply_str_unless_empty(out, "RoleArn", json_str_or(rule, STR("role"), STR("")));
    reply_str(out, "EventBusName", bus);
}

enum handled events_describe_rule(const struct reader *reader, struct request *request,
                                  struct error *err)
{
    struct source source = source_from_reader(reader, request);
    str bus = bus_name(request->params, STR("EventBusName"));
    str name = json_str_or(request->params, STR("Name"), STR(""));
    json rule = json_null();
    if (!rule_expect(&source, bus, name, &rule, err)) return HANDLED_FAILED;
    struct buf *out = reply_begin(request);
    reply_rule(&source, out, bus, name, rule);
    reply_str(out, "CreatedBy", shard_account(source.shard));
    reply_close(out);
    return HANDLED;
}

enum handled events_delete_rule(struct txn *txn, struct request *request, struct error *err)
{
    struct source source = source_from_txn(txn, &request->arena);
    str bus = bus_name(request->params, STR("EventBusName"));
    str name = json_str_or(request->params, STR("Name"), STR(""));
    json rule = json_null();
    struct key key;
    if (!bus_expect(&source, bus, err)) return HANDLED_FAILED;
    if (!rule_find(&source, bus, name, &rule)) return HANDLED; /* as AWS: not an error */
    const json *targets = json_find(rule, STR("targets"));
    if (targets && json_count(*targets) > 0) {
        error_set(err, ERROR_VALIDATION, "Rule can't be deleted since it has targets.");
        return HANDLED_FAILED;
    }
    key_event_rule(&key, source.number, bus, name);
    txn_delete(txn, &key);
    return HANDLED;
}

enum handled events_list_rules(const struct reader *reader, struct request *request,
                               struct error *err)
{
    struct source source = source_from_reader(reader, request);
    str bus = bus_name(request->params, STR("EventBusName")), name;
    struct listing listing;
    struct key from;
    json rule = json_null();
    if (!bus_expect(&source, bus, err)) return HANDLED_FAILED;
    key_begin(&from, source.number, KEY_EVENT_RULE);
    key_add_text(&from, bus);
    str scope = arena_printf(source.arena, "ListRules %.*s", STR_ARGS(bus));
    if (!listing_begin(&source, request->params, scope, &from, &listing, err))
        return HANDLED_FAILED;
    struct buf *out = reply_begin(request);
    reply_name(out, "Rules");
    buf_add_char(out, '[');
    while (listing_next(&listing, &name, &rule)) {
        if (listing.count > 1) buf_add_char(out, ',');
        reply_open(out);
        reply_rule(&source, out, bus, name, rule);
        reply_close(out);
    }
    buf_add_char(out, ']');
    listing_end(&listing, out);
    reply_close(out);
    return HANDLED;
}

static enum handled set_state(struct txn *txn, struct request *request, str state,
                              struct error *err)
{
    struct source source = source_from_txn(txn, &request->arena);
    str bus = bus_name(request->params, STR("EventBusName"));
    str name = json_str_or(request->params, STR("Name"), STR(""));
    json rule = json_null(), value = json_string(state);
    if (!rule_expect(&source, bus, name, &rule, err)) return HANDLED_FAILED;
    rule_put(txn, bus, name, object_with(source.arena, rule, STR("state"), &value));
    return HANDLED;
}

enum handled events_enable_rule(struct txn *txn, struct request *request, struct error *err)
{
    return set_state(txn, request, STR("ENABLED"), err);
}

enum handled events_disable_rule(struct txn *txn, struct request *request, struct error *err)
{
    return set_state(txn, request, STR("DISABLED"), err);
}

enum handled events_test_event_pattern(const struct reader *reader, struct request *request,
                                       struct error *err)
{
    struct source source = source_from_reader(reader, request);
    json pattern, event;
    struct pattern_size size;
    struct error why = { 0 };
    str text = json_str_or(request->params, STR("EventPattern"), STR(""));
    if (!check_pattern(source.arena, text, err)) return HANDLED_FAILED;
    str event_text = json_str_or(request->params, STR("Event"), STR(""));
    if (!json_parse(event_text, source.arena, &event, &why) || !json_is_object(event)) {
        error_set(err, ERROR_VALIDATION, "Parameter Event is not valid.");
        return HANDLED_FAILED;
    }
    if (!pattern_check(text, PATTERN_EVENT, source.arena, &pattern, &size, err))
        return HANDLED_FAILED;
    struct buf *out = reply_begin(request);
    reply_bool(out, "Result", pattern_matches(pattern, PATTERN_EVENT, event));
    reply_close(out);
    return HANDLED;
}
