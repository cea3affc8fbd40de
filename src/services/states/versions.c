/* Versions: numbered names of revisions. */
#include "services/states/states.h"

static void decode(const struct source *source, uint32_t number, str text,
                   struct version_record *out)
{
    json record = source_parse(source, text);
    int64_t revision = json_i64_or(record, STR("revision"), 0);
    ASSERT(revision > 0 && revision <= UINT32_MAX);
    *out = (struct version_record){
        .version = number,
        .revision = (uint32_t)revision,
        .role_arn = json_str_or(record, STR("roleArn"), STR("")),
        .description = json_str_or(record, STR("description"), STR("")),
        .created_ms = json_i64_or(record, STR("created"), 0),
    };
}

bool version_load(const struct source *source, str machine, uint32_t version,
                  struct version_record *out)
{
    struct key key;
    str text;
    key_version(&key, source->number, machine, version);
    if (!source_get(source, &key, &text)) return false;
    decode(source, version, text, out);
    return true;
}

static void range_of(const struct source *source, str machine, struct key *from, struct key *to)
{
    key_begin(from, source->number, KEY_VERSION);
    key_add_text(from, machine);
    *to = *from;
    key_range_end(to);
}

/* Newest first: the key holds the complement. */
static bool next(const struct source *source, struct store_cursor *cursor,
                 struct version_record *out)
{
    str key, value, machine;
    struct key_reader fields;
    uint32_t complement;
    if (!store_cursor_next(cursor, &key, &value)) return false;
    if (!key_read_begin(&fields, key) || !key_read_text(&fields, &machine) ||
        !key_read_u32(&fields, &complement))
        fatal("the key of a version does not decode");
    decode(source, ~complement, value, out);
    return true;
}

bool version_load_newest(const struct source *source, str machine, struct version_record *out)
{
    struct key from, to;
    range_of(source, machine, &from, &to);
    struct store_cursor *cursor = source_scan(source, &from, &to, false);
    bool found = next(source, cursor, out);
    store_cursor_close(cursor);
    return found;
}

static void store(struct txn *txn, const struct source *source, str machine,
                  const struct version_record *version)
{
    struct key key;
    struct buf out;
    buf_init(&out, source->arena);
    reply_open(&out);
    reply_i64(&out, "v", 1);
    reply_i64(&out, "revision", version->revision);
    reply_str(&out, "roleArn", version->role_arn);
    reply_str_unless_empty(&out, "description", version->description);
    reply_i64(&out, "created", version->created_ms);
    reply_close(&out);
    key_version(&key, source->number, machine, version->version);
    txn_put(txn, &key, buf_str(&out));
}

/* Revisions only grow, so only the newest version can stand for the current one. */
bool version_publish(struct txn *txn, const struct source *source, struct machine_record *machine,
                     str description, struct version_record *out, struct error *err)
{
    if (machine->version_count > 0 && version_load_newest(source, machine->name, out) &&
        out->revision == machine->revision)
        return true;
    if (machine->version_count >= STATES_VERSIONS_MAX)
        return error_set(err, ERROR_SERVICE_QUOTA_EXCEEDED,
                         "The maximum number of versions of a state machine has been reached: %d",
                         STATES_VERSIONS_MAX);
    *out = (struct version_record){
        .version = machine->version_last + 1,
        .revision = machine->revision,
        .role_arn = machine->role_arn,
        .description = description,
        .created_ms = source->now_ms,
    };
    machine->version_last++;
    machine->version_count++;
    store(txn, source, machine->name, out);
    return true;
}

void versions_delete_all(struct txn *txn, const struct source *source, str machine)
{
    struct key from, to, key;
    struct version_record version;
    range_of(source, machine, &from, &to);
    struct store_cursor *cursor = source_scan(source, &from, &to, false);
    while (next(source, cursor, &version)) {
        key_version(&key, source->number, machine, version.version);
        txn_delete(txn, &key);
    }
    store_cursor_close(cursor);
}

/* ---- operations ---- */

/* API reference: INITIAL names the revision that has no id. */
static bool revision_fits(const struct source *source, const struct machine_record *machine,
                          json params, struct error *err)
{
    str wanted;
    struct revision_record revision;
    if (!json_find_str(params, STR("revisionId"), &wanted)) return true;
    revision_load(source, machine->name, machine->revision, &revision);
    str current = revision.revision_id.len > 0 ? revision.revision_id : STR("INITIAL");
    if (str_eq(wanted, current)) return true;
    return error_set_long(err, source->arena, ERROR_CONFLICT,
                          "Failed to publish the State Machine version for revision %.*s. The "
                          "current State Machine revision is %.*s.",
                          STR_ARGS(wanted), STR_ARGS(current));
}

enum handled handle_publish_state_machine_version(struct txn *txn, struct request *request,
                                                  struct error *err)
{
    struct source source = source_from_txn(txn, &request->arena);
    struct target target;
    struct version_record version = { 0 };
    json params = request->params;
    if (!target_machine(&source, json_str_or(params, STR("stateMachineArn"), STR("")), &target,
                        err))
        return HANDLED_FAILED;
    if (target.machine.status == MACHINE_DELETING) {
        fail_quoted(&source, err, ERROR_STATE_MACHINE_DELETING,
                    "State Machine is being deleted: ", target.arn.text);
        return HANDLED_FAILED;
    }
    if (!revision_fits(&source, &target.machine, params, err) ||
        !version_publish(txn, &source, &target.machine,
                         json_str_or(params, STR("description"), STR("")), &version, err))
        return HANDLED_FAILED;
    machine_store(txn, &source, &target.machine);
    struct buf *out = reply_begin(request);
    reply_time(out, "creationDate", version.created_ms);
    reply_str(out, "stateMachineVersionArn",
              arn_version_text(&source, target.machine.name, version.version));
    reply_close(out);
    return HANDLED;
}

static bool routes_to(const struct alias_record *alias, uint32_t version)
{
    for (size_t i = 0; i < alias->route_count; i++)
        if (alias->routes[i].version == version) return true;
    return false;
}

/* The names of the aliases that lead to a version, as AWS lists them; empty if there are none. */
static str referring_aliases(const struct source *source, str machine, uint32_t version)
{
    struct key from, to;
    struct buf names;
    str key, value, owner, name;
    struct key_reader fields;
    buf_init(&names, source->arena);
    key_begin(&from, source->number, KEY_ALIAS);
    key_add_text(&from, machine);
    to = from;
    key_range_end(&to);
    struct store_cursor *cursor = source_scan(source, &from, &to, false);
    while (store_cursor_next(cursor, &key, &value)) {
        struct alias_record alias;
        if (!key_read_begin(&fields, key) || !key_read_text(&fields, &owner) ||
            !key_read_text(&fields, &name))
            fatal("the key of an alias does not decode");
        alias_decode(source, name, value, &alias);
        if (!routes_to(&alias, version)) continue;
        if (names.len > 0) buf_add(&names, STR(", "));
        buf_add(&names, name);
    }
    store_cursor_close(cursor);
    return buf_str(&names);
}

enum handled handle_delete_state_machine_version(struct txn *txn, struct request *request,
                                                 struct error *err)
{
    struct source source = source_from_txn(txn, &request->arena);
    struct arn arn;
    uint32_t number;
    if (!arn_expect(&source, json_str_or(request->params, STR("stateMachineVersionArn"), STR("")),
                    ARN_STATE_MACHINE, &arn, err))
        return HANDLED_FAILED;
    if (!arn_version(arn.qualifier, &number)) {
        fail_quoted(&source, err, ERROR_INVALID_ARN, "Invalid Arn: ", arn.text);
        return HANDLED_FAILED;
    }
    reply_close(reply_begin(request));
    struct machine_record machine;
    struct version_record version;
    if (!arn_is_ours(&source, &arn) || !machine_load(&source, arn.name, &machine) ||
        machine.status == MACHINE_DELETED || !version_load(&source, arn.name, number, &version))
        return HANDLED; /* deleting what is not there is no error */
    str aliases = referring_aliases(&source, arn.name, number);
    if (aliases.len > 0) {
        error_set_long(err, source.arena, ERROR_CONFLICT,
                       "Version to be deleted must not be referenced by an alias. Current list of "
                       "aliases referencing this version: [%.*s]",
                       STR_ARGS(aliases));
        return HANDLED_FAILED;
    }
    struct key key;
    key_version(&key, source.number, arn.name, number);
    txn_delete(txn, &key);
    machine.version_count--;
    machine_store(txn, &source, &machine);
    return HANDLED;
}

/* ---- the list ---- */

static void reply_versions(const struct source *source, const struct page *page, str machine,
                           struct buf *out)
{
    struct key from, to;
    struct version_record version;
    int64_t before;
    range_of(source, machine, &from, &to);
    if (page->position.len > 0 && str_to_i64(page->position, &before)) {
        key_version(&from, source->number, machine, (uint32_t)before);
        key_add_u8(&from, 0); /* behind the last one shown */
    }
    struct store_cursor *cursor = source_scan(source, &from, &to, false);
    size_t count = 0;
    uint32_t last = 0;
    bool more = false;
    while (next(source, cursor, &version)) {
        more = count == page->limit;
        if (more) break;
        if (count++ > 0) buf_add_char(out, ',');
        reply_open(out);
        reply_str(out, "stateMachineVersionArn",
                  arn_version_text(source, machine, version.version));
        reply_time(out, "creationDate", version.created_ms);
        reply_close(out);
        last = version.version;
    }
    store_cursor_close(cursor);
    buf_add_char(out, ']');
    if (more) page_next(source, page, out, arena_printf(source->arena, "%u", last));
}

enum handled handle_list_state_machine_versions(const struct reader *reader,
                                                struct request *request, struct error *err)
{
    struct source source = source_from_reader(reader, request);
    struct arn arn;
    struct page page;
    struct machine_record machine;
    if (!arn_expect(&source, json_str_or(request->params, STR("stateMachineArn"), STR("")),
                    ARN_STATE_MACHINE, &arn, err))
        return HANDLED_FAILED;
    str scope = arena_printf(source.arena, "ListStateMachineVersions %.*s", STR_ARGS(arn.text));
    if (!page_begin(&source, request->params, scope, &page, err)) return HANDLED_FAILED;
    struct buf *out = reply_begin(request);
    reply_name(out, "stateMachineVersions");
    buf_add_char(out, '[');
    if (arn_is_ours(&source, &arn) && machine_load(&source, arn.name, &machine) &&
        machine.status != MACHINE_DELETED)
        reply_versions(&source, &page, arn.name, out);
    else
        buf_add_char(out, ']');
    reply_close(out);
    return HANDLED;
}
