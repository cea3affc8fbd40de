/* The records of state machines and their revisions, and what a state machine's ARN stands for. */
#include "base/prng.h"
#include "services/states/states.h"

str machine_type_name(enum asl_machine_type type)
{
    return type == ASL_EXPRESS ? STR("EXPRESS") : STR("STANDARD");
}

enum asl_machine_type machine_type_parse(str name)
{
    return str_eq(name, STR("EXPRESS")) ? ASL_EXPRESS : ASL_STANDARD;
}

str machine_status_name(enum machine_status status)
{
    switch (status) {
    case MACHINE_ACTIVE: return STR("ACTIVE");
    case MACHINE_DELETING: return STR("DELETING");
    case MACHINE_DELETED: return STR("DELETED");
    }
    fatal("no such status of a state machine: %d", (int)status);
}

static enum machine_status parse_status(str name)
{
    if (str_eq(name, STR("DELETING"))) return MACHINE_DELETING;
    return str_eq(name, STR("DELETED")) ? MACHINE_DELETED : MACHINE_ACTIVE;
}

static uint32_t find_u32(json record, const char *name)
{
    int64_t value = json_i64_or(record, str_from(name), 0);
    ASSERT(value >= 0 && value <= UINT32_MAX);
    return (uint32_t)value;
}

static json find_object(json record, const char *name)
{
    const json *value = json_find(record, str_from(name));
    return value ? *value : json_null();
}

/* ---- machines ---- */

bool machine_has_running(const struct source *source, str name)
{
    struct key from, to;
    str key, value;
    key_begin(&from, source->number, KEY_LIST);
    key_add_text(&from, name);
    key_add_u8(&from, EXECUTION_RUNNING);
    to = from;
    key_range_end(&to);
    struct store_cursor *cursor = source_scan(source, &from, &to, false);
    bool found = store_cursor_next(cursor, &key, &value);
    store_cursor_close(cursor);
    return found;
}

void machine_decode(const struct source *source, str name, str text, struct machine_record *out)
{
    json record = source_parse(source, text);
    json tags = find_object(record, "tags");
    *out = (struct machine_record){
        .name = arena_str(source->arena, name),
        .status = parse_status(json_str_or(record, STR("status"), STR(""))),
        .type = machine_type_parse(json_str_or(record, STR("type"), STR(""))),
        .created_ms = json_i64_or(record, STR("created"), 0),
        .revision = find_u32(record, "revision"),
        .role_arn = json_str_or(record, STR("roleArn"), STR("")),
        .version_last = find_u32(record, "lastVersion"),
        .version_count = find_u32(record, "versions"),
        .alias_count = find_u32(record, "aliases"),
        .tags = json_is_array(tags) ? tags : json_array(NULL, 0),
    };
    if (out->status == MACHINE_DELETING && !machine_has_running(source, out->name))
        out->status = MACHINE_DELETED;
}

bool machine_load(const struct source *source, str name, struct machine_record *out)
{
    struct key key;
    str text;
    key_machine(&key, source->number, name);
    if (!source_get(source, &key, &text)) return false;
    machine_decode(source, name, text, out);
    return true;
}

void machine_store(struct txn *txn, const struct source *source,
                   const struct machine_record *machine)
{
    struct key key;
    struct buf out;
    buf_init(&out, source->arena);
    reply_open(&out);
    reply_i64(&out, "v", 1);
    reply_str(&out, "status", machine_status_name(machine->status));
    reply_str(&out, "type", machine_type_name(machine->type));
    reply_i64(&out, "created", machine->created_ms);
    reply_i64(&out, "revision", machine->revision);
    reply_str(&out, "roleArn", machine->role_arn);
    reply_i64(&out, "lastVersion", machine->version_last);
    reply_i64(&out, "versions", machine->version_count);
    reply_i64(&out, "aliases", machine->alias_count);
    reply_json(&out, "tags", machine->tags);
    reply_close(&out);
    key_machine(&key, source->number, machine->name);
    txn_put(txn, &key, buf_str(&out));
}

/* ---- revisions ---- */

void revision_load(const struct source *source, str machine, uint32_t revision,
                   struct revision_record *out)
{
    struct key key;
    str text;
    key_revision(&key, source->number, machine, revision);
    if (!source_get(source, &key, &text))
        fatal("state machine %.*s: revision %u is in use but not in the store", STR_ARGS(machine),
              revision);
    json record = source_parse(source, text);
    *out = (struct revision_record){
        .definition = json_str_or(record, STR("definition"), STR("")),
        .type = machine_type_parse(json_str_or(record, STR("type"), STR(""))),
        .role_arn = json_str_or(record, STR("roleArn"), STR("")),
        .revision_id = json_str_or(record, STR("revisionId"), STR("")),
        .created_ms = json_i64_or(record, STR("created"), 0),
        .logging = find_object(record, "logging"),
        .encryption = find_object(record, "encryption"),
        .tracing = json_bool_or(record, STR("tracing"), false),
        .references = find_object(record, "references"),
    };
}

void revision_store(struct txn *txn, const struct source *source, str machine, uint32_t revision,
                    const struct revision_record *record)
{
    struct key key;
    struct buf out;
    buf_init(&out, source->arena);
    reply_open(&out);
    reply_i64(&out, "v", 1);
    reply_str(&out, "definition", record->definition);
    reply_str(&out, "type", machine_type_name(record->type));
    reply_str(&out, "roleArn", record->role_arn);
    reply_str_unless_empty(&out, "revisionId", record->revision_id);
    reply_i64(&out, "created", record->created_ms);
    reply_json(&out, "logging", record->logging);
    reply_bool(&out, "tracing", record->tracing);
    reply_json(&out, "encryption", record->encryption);
    if (json_is_object(record->references)) reply_json(&out, "references", record->references);
    reply_close(&out);
    key_revision(&key, source->number, machine, revision);
    txn_put(txn, &key, buf_str(&out));
}

/* ---- what an ARN stands for ---- */

static bool machine_missing(const struct source *source, str arn, struct error *err)
{
    return fail_quoted(source, err, ERROR_STATE_MACHINE_DOES_NOT_EXIST,
                       "State Machine Does Not Exist: ", arn);
}

/* An ARN with a label names the definition inside a distributed Map, which has no life of its
 * own here. */
static bool load_target(const struct source *source, str arn, struct target *out, struct error *err)
{
    *out = (struct target){ 0 };
    if (!arn_expect(source, arn, ARN_STATE_MACHINE, &out->arn, err)) return false;
    if (!arn_is_ours(source, &out->arn) || out->arn.label.len > 0 ||
        !machine_load(source, out->arn.name, &out->machine) ||
        out->machine.status == MACHINE_DELETED)
        return machine_missing(source, arn, err);
    out->revision = out->machine.revision;
    out->role_arn = out->machine.role_arn;
    return true;
}

bool target_machine(const struct source *source, str arn, struct target *out, struct error *err)
{
    if (!load_target(source, arn, out, err)) return false;
    return out->arn.qualifier.len == 0 || machine_missing(source, arn, err);
}

/* Weights add up to 100. */
static uint32_t choose_route(const struct alias_record *alias, struct prng *prng)
{
    ASSERT_CMP(alias->route_count, >, 0);
    uint64_t ticket = prng ? prng_below(prng, 100) : 0;
    for (size_t i = 0; i < alias->route_count; i++) {
        if (ticket < alias->routes[i].weight) return alias->routes[i].version;
        ticket -= alias->routes[i].weight;
    }
    return alias->routes[0].version;
}

bool target_resolve(const struct source *source, str arn, struct prng *prng, struct target *out,
                    struct error *err)
{
    if (!load_target(source, arn, out, err)) return false;
    str qualifier = out->arn.qualifier;
    uint32_t version;
    if (qualifier.len == 0) return true;
    if (!arn_version(qualifier, &version)) {
        if (!name_is_valid(qualifier) ||
            !alias_load(source, out->machine.name, qualifier, &out->alias))
            return machine_missing(source, arn, err);
        out->has_alias = true;
        version = choose_route(&out->alias, prng);
    }
    if (!version_load(source, out->machine.name, version, &out->version))
        return machine_missing(source, arn, err);
    out->has_version = true;
    out->revision = out->version.revision;
    out->role_arn = out->version.role_arn;
    return true;
}
