/* Aliases: names that lead to one or two versions, by weight. */
#include "services/states/states.h"

/* ---- records ---- */

void alias_decode(const struct source *source, str alias, str text, struct alias_record *out)
{
    json record = source_parse(source, text);
    const json *routing = json_find(record, STR("routing"));
    *out = (struct alias_record){
        .name = arena_str(source->arena, alias),
        .description = json_str_or(record, STR("description"), STR("")),
        .created_ms = json_i64_or(record, STR("created"), 0),
        .updated_ms = json_i64_or(record, STR("updated"), 0),
    };
    ASSERT(routing && json_count(*routing) >= 1 && json_count(*routing) <= ALIAS_ROUTES_MAX);
    for (size_t i = 0; i < json_count(*routing); i++) {
        json route = json_at(*routing, i);
        out->routes[out->route_count++] = (struct alias_route){
            .version = (uint32_t)json_i64_or(route, STR("version"), 0),
            .weight = (uint32_t)json_i64_or(route, STR("weight"), 0),
        };
    }
}

bool alias_load(const struct source *source, str machine, str alias, struct alias_record *out)
{
    struct key key;
    str text;
    key_alias(&key, source->number, machine, alias);
    if (!source_get(source, &key, &text)) return false;
    alias_decode(source, alias, text, out);
    return true;
}

static void store(struct txn *txn, const struct source *source, str machine,
                  const struct alias_record *alias)
{
    struct key key;
    struct buf out;
    buf_init(&out, source->arena);
    reply_open(&out);
    reply_i64(&out, "v", 1);
    reply_str_unless_empty(&out, "description", alias->description);
    reply_name(&out, "routing");
    buf_add_char(&out, '[');
    for (size_t i = 0; i < alias->route_count; i++) {
        if (i > 0) buf_add_char(&out, ',');
        reply_open(&out);
        reply_i64(&out, "version", alias->routes[i].version);
        reply_i64(&out, "weight", alias->routes[i].weight);
        reply_close(&out);
    }
    buf_add_char(&out, ']');
    reply_i64(&out, "created", alias->created_ms);
    reply_i64(&out, "updated", alias->updated_ms);
    reply_close(&out);
    key_alias(&key, source->number, machine, alias->name);
    txn_put(txn, &key, buf_str(&out));
}

static void range_of(const struct source *source, str machine, struct key *from, struct key *to)
{
    key_begin(from, source->number, KEY_ALIAS);
    key_add_text(from, machine);
    *to = *from;
    key_range_end(to);
}

/* The next alias of a machine, by name. */
static bool next(const struct source *source, struct store_cursor *cursor, struct alias_record *out)
{
    str key, value, machine, name;
    struct key_reader fields;
    if (!store_cursor_next(cursor, &key, &value)) return false;
    if (!key_read_begin(&fields, key) || !key_read_text(&fields, &machine) ||
        !key_read_text(&fields, &name))
        fatal("the key of an alias does not decode");
    alias_decode(source, name, value, out);
    return true;
}

void aliases_delete_all(struct txn *txn, const struct source *source, str machine)
{
    struct key from, to, key;
    struct alias_record alias;
    range_of(source, machine, &from, &to);
    struct store_cursor *cursor = source_scan(source, &from, &to, false);
    while (next(source, cursor, &alias)) {
        key_alias(&key, source->number, machine, alias.name);
        txn_delete(txn, &key);
    }
    store_cursor_close(cursor);
}

/* ---- routing configurations ---- */

struct routing {
    struct arn arns[ALIAS_ROUTES_MAX];
    struct alias_route routes[ALIAS_ROUTES_MAX];
    size_t count;
};

/* "[a, b]", as AWS repeats lists. */
static str shown(const struct source *source, const struct routing *routing, bool weights)
{
    struct buf out;
    buf_init(&out, source->arena);
    buf_add_char(&out, '[');
    for (size_t i = 0; i < routing->count; i++) {
        if (i > 0) buf_add(&out, STR(", "));
        if (weights)
            buf_add_u64(&out, routing->routes[i].weight);
        else
            buf_add(&out, routing->arns[i].text);
    }
    buf_add_char(&out, ']');
    return buf_str(&out);
}

static bool routing_fails(const struct source *source, struct error *err, const char *what,
                          str seen)
{
    return error_set_long(err, source->arena, ERROR_VALIDATION, "%s Received: %.*s", what,
                          STR_ARGS(seen));
}

/* What holds of a routing configuration by itself. */
static bool routing_read(const struct source *source, json list, struct routing *out,
                         struct error *err)
{
    *out = (struct routing){ .count = json_count(list) };
    ASSERT(out->count >= 1 && out->count <= ALIAS_ROUTES_MAX); /* the shape sees to it */
    uint32_t sum = 0;
    for (size_t i = 0; i < out->count; i++) {
        json item = json_at(list, i);
        if (!arn_expect(source, json_str_or(item, STR("stateMachineVersionArn"), STR("")),
                        ARN_STATE_MACHINE, &out->arns[i], err))
            return false;
        out->routes[i].weight = (uint32_t)json_i64_or(item, STR("weight"), 0);
        sum += out->routes[i].weight;
    }
    for (size_t i = 0; i < out->count; i++)
        if (!arn_version(out->arns[i].qualifier, &out->routes[i].version))
            return routing_fails(source, err,
                                 "Routing configuration must contain state machine version ARNs.",
                                 shown(source, out, false));
    const struct arn *a = &out->arns[0], *b = &out->arns[out->count - 1];
    if (out->count > 1 && str_eq(a->text, b->text))
        return routing_fails(
            source, err, "Routing configuration must contain distinct state machine version ARNs.",
            shown(source, out, false));
    if (!str_eq(a->name, b->name))
        return routing_fails(
            source, err, "Routing configuration must contain versions of the same state machine.",
            shown(source, out, false));
    return sum == 100 ||
           routing_fails(source, err, "Sum of routing configuration weights must equal 100.",
                         shown(source, out, true));
}

static bool missing(struct error *err)
{
    return error_set(err, ERROR_RESOURCE_NOT_FOUND,
                     "Request references a resource that does not exist.");
}

static bool routing_exists(const struct source *source, const struct routing *routing,
                           struct error *err)
{
    struct version_record version;
    for (size_t i = 0; i < routing->count; i++)
        if (!arn_is_ours(source, &routing->arns[i]) || routing->arns[i].label.len > 0 ||
            !version_load(source, routing->arns[i].name, routing->routes[i].version, &version))
            return missing(err);
    return true;
}

static void set_routes(struct alias_record *alias, const struct routing *routing)
{
    memcpy(alias->routes, routing->routes, sizeof alias->routes);
    alias->route_count = routing->count;
}

static bool same_routes(const struct alias_record *a, const struct routing *b)
{
    if (a->route_count != b->count) return false;
    for (size_t i = 0; i < b->count; i++)
        if (a->routes[i].version != b->routes[i].version ||
            a->routes[i].weight != b->routes[i].weight)
            return false;
    return true;
}

/* ---- create ---- */

static void reply_created(struct request *request, const struct source *source, str machine,
                          const struct alias_record *alias)
{
    struct buf *out = reply_begin(request);
    reply_time(out, "creationDate", alias->created_ms);
    reply_str(out, "stateMachineAliasArn", arn_alias_text(source, machine, alias->name));
    reply_close(out);
}

static bool machine_for_alias(const struct source *source, str name, struct machine_record *machine,
                              struct error *err)
{
    if (!machine_load(source, name, machine) || machine->status == MACHINE_DELETED)
        return missing(err);
    if (machine->status == MACHINE_DELETING)
        return fail_quoted(source, err, ERROR_STATE_MACHINE_DELETING,
                           "State Machine is being deleted: ", arn_machine(source, name));
    if (machine->alias_count >= STATES_ALIASES_MAX)
        return error_set(err, ERROR_SERVICE_QUOTA_EXCEEDED,
                         "The maximum number of aliases of a state machine has been reached: %d",
                         STATES_ALIASES_MAX);
    return true;
}

enum handled handle_create_state_machine_alias(struct txn *txn, struct request *request,
                                               struct error *err)
{
    struct source source = source_from_txn(txn, &request->arena);
    json params = request->params;
    struct routing routing;
    struct machine_record machine;
    if (!routing_read(&source, *json_find(params, STR("routingConfiguration")), &routing, err) ||
        !routing_exists(&source, &routing, err))
        return HANDLED_FAILED;
    str owner = routing.arns[0].name;
    struct alias_record alias, old;
    alias = (struct alias_record){
        .name = json_str_or(params, STR("name"), STR("")),
        .description = json_str_or(params, STR("description"), STR("")),
        .created_ms = source.now_ms,
        .updated_ms = source.now_ms,
    };
    set_routes(&alias, &routing);
    if (alias_load(&source, owner, alias.name, &old)) {
        if (same_routes(&old, &routing) && str_eq(old.description, alias.description)) {
            reply_created(request, &source, owner, &old);
            return HANDLED;
        }
        error_set(err, ERROR_CONFLICT,
                  "Failed to create alias because an alias with the same name and a different "
                  "routing configuration already exists.");
        return HANDLED_FAILED;
    }
    if (!machine_for_alias(&source, owner, &machine, err)) return HANDLED_FAILED;
    store(txn, &source, owner, &alias);
    machine.alias_count++;
    machine_store(txn, &source, &machine);
    reply_created(request, &source, owner, &alias);
    return HANDLED;
}

/* ---- update, delete, describe ---- */

static bool alias_arn(const struct source *source, json params, struct arn *arn, struct error *err)
{
    uint32_t version;
    if (!arn_expect(source, json_str_or(params, STR("stateMachineAliasArn"), STR("")),
                    ARN_STATE_MACHINE, arn, err))
        return false;
    if (arn->qualifier.len > 0 && arn->label.len == 0 && name_is_valid(arn->qualifier) &&
        !arn_version(arn->qualifier, &version))
        return true;
    return fail_quoted(source, err, ERROR_INVALID_ARN, "Invalid Arn: ", arn->text);
}

static bool alias_target(const struct source *source, json params, struct arn *arn,
                         struct alias_record *alias, struct error *err)
{
    if (!alias_arn(source, params, arn, err)) return false;
    return (arn_is_ours(source, arn) && alias_load(source, arn->name, arn->qualifier, alias)) ||
           missing(err);
}

enum handled handle_update_state_machine_alias(struct txn *txn, struct request *request,
                                               struct error *err)
{
    struct source source = source_from_txn(txn, &request->arena);
    json params = request->params;
    struct arn arn;
    struct alias_record alias;
    struct routing routing;
    if (!alias_target(&source, params, &arn, &alias, err)) return HANDLED_FAILED;
    const json *list = json_find(params, STR("routingConfiguration"));
    bool routed = list && json_is_array(*list);
    if (!json_find_str(params, STR("description"), &alias.description) && !routed) {
        error_set(err, ERROR_VALIDATION,
                  "Either the description or the routing configuration must be specified");
        return HANDLED_FAILED;
    }
    if (routed) {
        if (!routing_read(&source, *list, &routing, err) || !routing_exists(&source, &routing, err))
            return HANDLED_FAILED;
        if (!str_eq(routing.arns[0].name, arn.name)) {
            routing_fails(&source, err,
                          "Routing configuration must contain versions of the same state machine.",
                          shown(&source, &routing, false));
            return HANDLED_FAILED;
        }
        set_routes(&alias, &routing);
    }
    alias.updated_ms = source.now_ms;
    store(txn, &source, arn.name, &alias);
    struct buf *out = reply_begin(request);
    reply_time(out, "updateDate", alias.updated_ms);
    reply_close(out);
    return HANDLED;
}

enum handled handle_delete_state_machine_alias(struct txn *txn, struct request *request,
                                               struct error *err)
{
    struct source source = source_from_txn(txn, &request->arena);
    struct arn arn;
    struct alias_record alias;
    struct machine_record machine;
    if (!alias_arn(&source, request->params, &arn, err)) return HANDLED_FAILED;
    reply_close(reply_begin(request));
    if (!arn_is_ours(&source, &arn) || !machine_load(&source, arn.name, &machine) ||
        !alias_load(&source, arn.name, arn.qualifier, &alias))
        return HANDLED; /* deleting what is not there is no error */
    struct key key;
    key_alias(&key, source.number, arn.name, alias.name);
    txn_delete(txn, &key);
    machine.alias_count--;
    machine_store(txn, &source, &machine);
    return HANDLED;
}

enum handled handle_describe_state_machine_alias(const struct reader *reader,
                                                 struct request *request, struct error *err)
{
    struct source source = source_from_reader(reader, request);
    struct arn arn;
    struct alias_record alias = { 0 };
    if (!alias_target(&source, request->params, &arn, &alias, err)) return HANDLED_FAILED;
    struct buf *out = reply_begin(request);
    reply_str(out, "stateMachineAliasArn", arn.text);
    reply_str(out, "name", alias.name);
    reply_str_unless_empty(out, "description", alias.description);
    reply_name(out, "routingConfiguration");
    buf_add_char(out, '[');
    for (size_t i = 0; i < alias.route_count; i++) {
        if (i > 0) buf_add_char(out, ',');
        reply_open(out);
        reply_str(out, "stateMachineVersionArn",
                  arn_version_text(&source, arn.name, alias.routes[i].version));
        reply_i64(out, "weight", alias.routes[i].weight);
        reply_close(out);
    }
    buf_add_char(out, ']');
    reply_time(out, "creationDate", alias.created_ms);
    reply_time(out, "updateDate", alias.updated_ms);
    reply_close(out);
    return HANDLED;
}

/* ---- the list ---- */

static bool is_listed(const struct alias_record *alias, uint32_t version)
{
    if (version == 0) return true;
    for (size_t i = 0; i < alias->route_count; i++)
        if (alias->routes[i].version == version) return true;
    return false;
}

static void reply_aliases(const struct source *source, const struct page *page,
                          const struct target *target, struct buf *out)
{
    struct key from, to;
    struct alias_record alias;
    str machine = target->machine.name, last = STR("");
    uint32_t version = target->has_version ? target->version.version : 0;
    range_of(source, machine, &from, &to);
    if (page->position.len > 0) {
        key_alias(&from, source->number, machine, page->position);
        key_range_end(&from);
    }
    struct store_cursor *cursor = source_scan(source, &from, &to, false);
    size_t count = 0;
    bool more = false;
    while (next(source, cursor, &alias)) {
        if (!is_listed(&alias, version)) continue;
        more = count == page->limit;
        if (more) break;
        if (count++ > 0) buf_add_char(out, ',');
        reply_open(out);
        reply_str(out, "stateMachineAliasArn", arn_alias_text(source, machine, alias.name));
        reply_time(out, "creationDate", alias.created_ms);
        reply_close(out);
        last = alias.name;
    }
    store_cursor_close(cursor);
    buf_add_char(out, ']');
    if (more) page_next(source, page, out, last);
}

enum handled handle_list_state_machine_aliases(const struct reader *reader, struct request *request,
                                               struct error *err)
{
    struct source source = source_from_reader(reader, request);
    struct target target;
    struct page page;
    str arn = json_str_or(request->params, STR("stateMachineArn"), STR(""));
    str scope = arena_printf(source.arena, "ListStateMachineAliases %.*s", STR_ARGS(arn));
    if (!target_resolve(&source, arn, NULL, &target, err) ||
        !page_begin(&source, request->params, scope, &page, err))
        return HANDLED_FAILED;
    struct buf *out = reply_begin(request);
    reply_name(out, "stateMachineAliases");
    buf_add_char(out, '[');
    reply_aliases(&source, &page, &target, out);
    reply_close(out);
    return HANDLED;
}
