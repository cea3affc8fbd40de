/* The targets of rules: part of the rule's record. */
#include "services/events/internal.h"

static bool check_target(const struct source *source, json target, struct error *err)
{
    str arn = json_str_or(target, STR("Arn"), STR(""));
    str id = json_str_or(target, STR("Id"), STR(""));
    if (!target_is_served(arn))
        return error_set_long(
            err, source->arena, ERROR_VALIDATION,
            "Parameter %.*s is not valid. Reason: this Baton delivers to queues, topics, "
            "functions, state machines and event buses.",
            STR_ARGS(arn));
    if (!event_name_check(id, "targets.1.member.id", false, err)) return false;
    return target_check_input(source->arena, target, err);
}

/* Position of the target with that id, or the count. */
static size_t find_target(json targets, str id)
{
    size_t at = 0;
    while (at < json_count(targets) &&
           !str_eq(json_str_or(json_at(targets, at), STR("Id"), STR("")), id))
        at++;
    return at;
}

static void reply_no_failures(struct request *request)
{
    struct buf *out = reply_begin(request);
    reply_i64(out, "FailedEntryCount", 0);
    reply_name(out, "FailedEntries");
    buf_add(out, STR("[]"));
    reply_close(out);
}

enum handled events_put_targets(struct txn *txn, struct request *request, struct error *err)
{
    struct source source = source_from_txn(txn, &request->arena);
    str bus = bus_name(request->params, STR("EventBusName"));
    str name = json_str_or(request->params, STR("Rule"), STR(""));
    json rule, given = *json_find(request->params, STR("Targets"));
    struct json_list list;
    if (!rule_expect(&source, bus, name, &rule, err)) return HANDLED_FAILED;
    const json *old = json_find(rule, STR("targets"));
    json_list_init(&list, source.arena);
    for (size_t i = 0; old && i < json_count(*old); i++) {
        str id = json_str_or(json_at(*old, i), STR("Id"), STR(""));
        if (find_target(given, id) == json_count(given)) json_list_add(&list, json_at(*old, i));
    }
    for (size_t i = 0; i < json_count(given); i++) {
        if (!check_target(&source, json_at(given, i), err)) return HANDLED_FAILED;
        json_list_add(&list, json_at(given, i));
    }
    if (list.count > EVENTS_TARGETS_MAX) {
        error_set(err, ERROR_EVENTS_LIMIT_EXCEEDED,
                  "The requested resource exceeds the maximum number allowed.");
        return HANDLED_FAILED;
    }
    json targets = json_list_done(&list);
    rule_put(txn, bus, name, object_with(source.arena, rule, STR("targets"), &targets));
    reply_no_failures(request);
    return HANDLED;
}

static bool names(json ids, str id)
{
    for (size_t i = 0; i < json_count(ids); i++)
        if (json_is_string(json_at(ids, i)) && str_eq(json_str(json_at(ids, i)), id)) return true;
    return false;
}

enum handled events_remove_targets(struct txn *txn, struct request *request, struct error *err)
{
    struct source source = source_from_txn(txn, &request->arena);
    str bus = bus_name(request->params, STR("EventBusName"));
    str name = json_str_or(request->params, STR("Rule"), STR(""));
    json rule, ids = *json_find(request->params, STR("Ids"));
    struct json_list list;
    if (!rule_expect(&source, bus, name, &rule, err)) return HANDLED_FAILED;
    const json *old = json_find(rule, STR("targets"));
    json_list_init(&list, source.arena);
    for (size_t i = 0; old && i < json_count(*old); i++)
        if (!names(ids, json_str_or(json_at(*old, i), STR("Id"), STR(""))))
            json_list_add(&list, json_at(*old, i));
    json targets = json_list_done(&list);
    rule_put(txn, bus, name, object_with(source.arena, rule, STR("targets"), &targets));
    reply_no_failures(request);
    return HANDLED;
}

enum handled events_list_targets_by_rule(const struct reader *reader, struct request *request,
                                         struct error *err)
{
    struct source source = source_from_reader(reader, request);
    str bus = bus_name(request->params, STR("EventBusName"));
    json rule = json_null();
    if (!rule_expect(&source, bus, json_str_or(request->params, STR("Rule"), STR("")), &rule, err))
        return HANDLED_FAILED;
    const json *targets = json_find(rule, STR("targets"));
    struct buf *out = reply_begin(request);
    reply_json(out, "Targets", targets ? *targets : json_array(NULL, 0));
    reply_close(out);
    return HANDLED;
}

static bool has_target(json rule, str arn)
{
    const json *targets = json_find(rule, STR("targets"));
    for (size_t i = 0; targets && i < json_count(*targets); i++)
        if (str_eq(json_str_or(json_at(*targets, i), STR("Arn"), STR("")), arn)) return true;
    return false;
}

enum handled events_list_rule_names_by_target(const struct reader *reader, struct request *request,
                                              struct error *err)
{
    struct source source = source_from_reader(reader, request);
    str bus = bus_name(request->params, STR("EventBusName")), name;
    str arn = json_str_or(request->params, STR("TargetArn"), STR(""));
    struct listing listing;
    struct key from;
    json rule = json_null();
    if (!bus_expect(&source, bus, err)) return HANDLED_FAILED;
    key_begin(&from, source.number, KEY_EVENT_RULE);
    key_add_text(&from, bus);
    str scope = arena_printf(source.arena, "ListRuleNames %.*s", STR_ARGS(bus));
    if (!listing_begin(&source, request->params, scope, &from, &listing, err))
        return HANDLED_FAILED;
    struct buf *out = reply_begin(request);
    reply_name(out, "RuleNames");
    buf_add_char(out, '[');
    bool first = true;
    while (listing_next(&listing, &name, &rule)) {
        if (!has_target(rule, arn)) continue;
        if (!first) buf_add_char(out, ',');
        first = false;
        json_write_str(out, name);
    }
    buf_add_char(out, ']');
    listing_end(&listing, out);
    reply_close(out);
    return HANDLED;
}
