/* UpdateTable: throughput, billing, streams, settings, and global indexes that come and go. */
#include "services/dynamodb/definition.h"
#include "services/dynamodb/housekeeping.h"
#include "services/dynamodb/members.h"
#include "services/dynamodb/operations.h"
#include "services/dynamodb/requests.h"

/* The table as it is being changed. */
struct change {
    const struct source *source;
    json params;
    struct table table;
    bool on_demand;            /* as it will be */
    struct json_fields record; /* the new record */
    json definitions;          /* the old AttributeDefinitions and the request's */
    struct json_list indexes;  /* of the new record */
    uint32_t filled, removed;  /* ids of the index that comes or goes; 0: none */
};

static bool invalid(struct error *err, const char *text)
{
    return error_set(err, ERROR_VALIDATION, BAD_VALUES "%s", text);
}

/* ---- what may come together ---- */

static bool check_together(json params, struct error *err)
{
    static const char *const members[] = {
        "ProvisionedThroughput",       "BillingMode",        "StreamSpecification",
        "GlobalSecondaryIndexUpdates", "SSESpecification",   "TableClass",
        "DeletionProtectionEnabled",   "OnDemandThroughput",
    };
    size_t count = 0;
    for (size_t i = 0; i < sizeof members / sizeof *members; i++)
        if (member_find(params, members[i])) count++;
    if (count == 0)
        return error_set(err, ERROR_VALIDATION,
                         "At least one of ProvisionedThroughput, BillingMode, UpdateStreamEnabled, "
                         "GlobalSecondaryIndexUpdates, SSESpecification, ReplicaUpdates, "
                         "MultiAccountReplicaReady, ReplicaTransitRoleArn, MultiRegionConsistency, "
                         "DeletionProtectionEnabled, OnDemandThroughput, WarmThroughput or "
                         "TableClass is required");
    if (count == 1) return true;
    if (member_find(params, "SSESpecification"))
        return invalid(err, "Server-Side Encryption modification must be the only operation in the "
                            "request");
    if (member_find(params, "TableClass"))
        return invalid(err, "TableClass modification must be the only operation in the request");
    if (member_find(params, "DeletionProtectionEnabled"))
        return invalid(err, "DeletionProtection modification must be the only operation in the "
                            "request");
    return true;
}

/* ---- throughput and billing ---- */

static int64_t units(json throughput, const char *name)
{
    return json_i64_or(throughput, str_from(name), 0);
}

/* The new throughput, with the times of its last changes; false if it is the old one. */
static bool change_throughput(struct arena *arena, int64_t now_ms, json old, json new, json *out)
{
    static const char *const names[] = { "ReadCapacityUnits", "WriteCapacityUnits" };
    struct json_fields fields;
    bool more = false, less = false;
    json_fields_from(&fields, arena, json_is_object(old) ? old : (json){ .kind = JSON_OBJECT });
    for (size_t i = 0; i < 2; i++) {
        more = more || units(new, names[i]) > units(old, names[i]);
        less = less || units(new, names[i]) < units(old, names[i]);
        json_fields_add(&fields, str_from(names[i]), json_i64(arena, units(new, names[i])));
    }
    if (more) json_fields_add(&fields, STR("increased"), json_i64(arena, now_ms));
    if (less) json_fields_add(&fields, STR("decreased"), json_i64(arena, now_ms));
    *out = json_fields_done(&fields);
    return more || less;
}

static bool unchanged(struct error *err, struct arena *arena, const char *what, str name, json old)
{
    long long read = units(old, "ReadCapacityUnits"), write = units(old, "WriteCapacityUnits");
    return error_set_long(
        err, arena, ERROR_VALIDATION,
        "The provisioned throughput for the %s%.*s will not change. The requested "
        "value equals the current value. Current ReadCapacityUnits provisioned "
        "for the %s%.*s: %lld. Requested ReadCapacityUnits: %lld. Current "
        "WriteCapacityUnits provisioned for the %s%.*s: %lld. Requested "
        "WriteCapacityUnits: %lld. Refer to the Amazon DynamoDB Developer Guide "
        "for current limits and how to request higher limits.",
        what, STR_ARGS(name), what, STR_ARGS(name), read, read, what, STR_ARGS(name), write, write);
}

static bool is_on_demand(json record)
{
    return str_eq(json_str_or(record, STR("BillingMode"), STR("")), STR("PAY_PER_REQUEST"));
}

static json found_or_null(json record, const char *name)
{
    const json *value = member_find(record, name);
    return value ? *value : json_null();
}

static bool change_billing(struct change *change, struct error *err)
{
    struct arena *arena = change->source->arena;
    const json *mode = member_find(change->params, "BillingMode");
    const json *throughput = member_find(change->params, "ProvisionedThroughput");
    bool before = is_on_demand(change->table.record);
    json old = found_or_null(change->table.record, "ProvisionedThroughput"), new;
    change->on_demand = mode ? str_eq(json_str(*mode), STR("PAY_PER_REQUEST")) : before;
    if (change->on_demand && throughput)
        return invalid(err, "Neither ReadCapacityUnits nor WriteCapacityUnits can be specified "
                            "when BillingMode is PAY_PER_REQUEST");
    if (!change->on_demand && before && !throughput)
        return invalid(err, "ProvisionedThroughput must be specified when BillingMode is "
                            "PROVISIONED");
    if (!change->on_demand && member_find(change->params, "OnDemandThroughput"))
        return invalid(err, "MaxReadRequestUnits for OnDemandThroughput cannot be specified when "
                            "the table BillingMode is PROVISIONED");
    if (throughput) {
        if (!definition_check_throughput(*throughput, NULL, err)) return false;
        if (!change_throughput(arena, change->source->now_ms, old, *throughput, &new) && !before)
            return unchanged(err, arena, "table", STR(""), old);
        json_fields_add(&change->record, STR("ProvisionedThroughput"), new);
    }
    if (mode) json_fields_add(&change->record, STR("BillingMode"), *mode);
    if (change->on_demand && !before) {
        json_fields_add(&change->record, STR("on_demand_since"),
                        json_i64(arena, change->source->now_ms));
        json_fields_add(&change->record, STR("ProvisionedThroughput"), json_null());
    }
    return true;
}

/* ---- streams and settings ---- */

static bool change_stream(struct change *change, struct error *err)
{
    const json *stream = member_find(change->params, "StreamSpecification");
    if (!stream) return true;
    bool before = member_find(change->table.record, "StreamSpecification") != NULL;
    bool after = json_bool_or(*stream, STR("StreamEnabled"), false);
    bool has_type = member_find(*stream, "StreamViewType") != NULL;
    if (after && !has_type)
        return invalid(err, "If stream is being enabled then UpdateViewType is required");
    if (!after && has_type)
        return invalid(err,
                       "If stream is being disabled, then UpdateViewType must not be specified");
    if (after == before)
        return error_set(err, ERROR_VALIDATION,
                         before ? "Table already has an enabled stream: TableName: %.*s"
                                : "Table has no stream to disable: TableName: %.*s",
                         STR_ARGS(change->table.name));
    json_fields_add(&change->record, STR("StreamSpecification"), after ? *stream : json_null());
    if (after)
        json_fields_add(&change->record, STR("stream_label"),
                        json_string(definition_stream_label(change->source)));
    return true;
}

static bool change_settings(struct change *change, struct error *err)
{
    static const char *const members[] = { "SSESpecification", "TableClass",
                                           "DeletionProtectionEnabled", "OnDemandThroughput" };
    if (!definition_check_sse(change->params, err) || !definition_check_class(change->params, err))
        return false;
    const json *sse = member_find(change->params, "SSESpecification");
    if (sse && !json_bool_or(*sse, STR("Enabled"), false) &&
        !member_find(change->table.record, "SSESpecification"))
        return invalid(err, "Table is already encrypted by default");
    for (size_t i = 0; i < sizeof members / sizeof *members; i++) {
        const json *value = member_find(change->params, members[i]);
        if (value) json_fields_add(&change->record, str_from(members[i]), *value);
    }
    return true;
}

/* ---- indexes ---- */

static bool no_index(struct change *change, str name, struct error *err)
{
    return error_set_long(err, change->source->arena, ERROR_DYNAMODB_RESOURCE_NOT_FOUND,
                          "Requested resource not found: Index %.*s for table %.*s", STR_ARGS(name),
                          STR_ARGS(change->table.name));
}

/* Only one index is made or removed at a time. */
static bool check_online(const struct change *change, struct error *err)
{
    bool busy = change->filled || change->removed;
    for (size_t i = 0; i < change->table.index_count; i++)
        busy = busy || change->table.indexes[i].is_filling;
    if (!busy) return true;
    return error_set(err, ERROR_DYNAMODB_LIMIT_EXCEEDED,
                     "Subscriber limit exceeded: Only 1 online index can be created or deleted "
                     "simultaneously per table");
}

/* The definitions of the table and of the request; a name keeps its type as long as it is used. */
static bool merge_definitions(struct change *change, struct error *err)
{
    struct json_list list;
    json old = *member_find(change->table.record, "AttributeDefinitions");
    json more = found_or_null(change->params, "AttributeDefinitions");
    json_list_init(&list, change->source->arena);
    for (size_t i = 0; i < json_count(old); i++)
        json_list_add(&list, json_at(old, i));
    for (size_t i = 0; i < json_count(more); i++) {
        bool known = false;
        str name = json_str(*member_find(json_at(more, i), "AttributeName"));
        for (size_t j = 0; j < json_count(old) && !known; j++) {
            known = str_eq(json_str(*member_find(json_at(old, j), "AttributeName")), name);
            if (known && !json_equal(json_at(old, j), json_at(more, i)))
                return error_set(err, ERROR_VALIDATION,
                                 BAD_VALUES
                                 "The type of attribute %.*s, which is a key of the table "
                                 "or of an index, cannot be changed",
                                 STR_ARGS(name));
        }
        if (!known) json_list_add(&list, json_at(more, i));
    }
    change->definitions = json_list_done(&list);
    return true;
}

static bool create_index(struct change *change, json index, struct error *err)
{
    str name = json_str(*member_find(index, "IndexName"));
    const json *throughput = member_find(index, "ProvisionedThroughput");
    size_t globals = 0;
    if (table_index_find(&change->table, name))
        return error_set(err, ERROR_VALIDATION,
                         "Attempting to create an index which already exists");
    if (change->on_demand && throughput)
        return error_set(err, ERROR_VALIDATION,
                         BAD_VALUES "Neither ReadCapacityUnits nor WriteCapacityUnits can be "
                                    "specified for index: %.*s when BillingMode is PAY_PER_REQUEST",
                         STR_ARGS(name));
    if (!change->on_demand && !throughput)
        return error_set(err, ERROR_VALIDATION,
                         BAD_VALUES "ProvisionedThroughput must be specified for index: %.*s",
                         STR_ARGS(name));
    if ((throughput && !definition_check_throughput(*throughput, &name, err)) ||
        !definition_check_index(change->source->arena, change->definitions,
                                *member_find(change->table.record, "KeySchema"), index, true,
                                err) ||
        !check_online(change, err))
        return false;
    for (size_t i = 0; i < change->table.index_count; i++)
        if (change->table.indexes[i].is_global) globals++;
    if (globals >= DYNAMODB_GLOBAL_INDEXES_MAX)
        return error_set(err, ERROR_DYNAMODB_LIMIT_EXCEEDED,
                         "Subscriber limit exceeded: GlobalSecondaryIndex count exceeds the "
                         "per-table limit of %d",
                         DYNAMODB_GLOBAL_INDEXES_MAX);
    change->filled = (uint32_t)json_i64_or(change->table.record, STR("next_index"), 1);
    json_fields_add(&change->record, STR("next_index"),
                    json_i64(change->source->arena, (int64_t)change->filled + 1));
    json_list_add(&change->indexes,
                  definition_index(change->source->arena, index, change->filled, true, true));
    return true;
}

static bool find_global(struct change *change, str name, const char *verb, struct table_index **out,
                        struct error *err)
{
    *out = table_index_find(&change->table, name);
    if (!*out) return no_index(change, name, err);
    if ((*out)->is_global) return true;
    return error_set(err, ERROR_VALIDATION,
                     "Cannot %s an index that is not a GlobalSecondaryIndex: "
                     "%.*s",
                     verb, STR_ARGS(name));
}

/* The position of an index in the new list: the old ones keep theirs until the end. */
static void replace_index(struct change *change, const struct table_index *index, json record)
{
    change->indexes.items[index - change->table.indexes] = record;
}

static bool delete_index(struct change *change, json action, struct error *err)
{
    struct table_index *index;
    str name = json_str(*member_find(action, "IndexName"));
    if (!find_global(change, name, "delete", &index, err)) return false;
    if (!index->is_filling && !check_online(change, err)) return false;
    change->removed = index->id;
    replace_index(change, index, json_null());
    return true;
}

static bool update_index(struct change *change, json action, struct error *err)
{
    struct table_index *index;
    struct json_fields fields;
    struct arena *arena = change->source->arena;
    str name = json_str(*member_find(action, "IndexName"));
    const json *throughput = member_find(action, "ProvisionedThroughput");
    const json *on_demand = member_find(action, "OnDemandThroughput");
    json new;
    if (!find_global(change, name, "update", &index, err)) return false;
    if (throughput && change->on_demand)
        return error_set(err, ERROR_VALIDATION,
                         BAD_VALUES "The only Updates for index: %.*s when TableThroughputMode is "
                                    "PAY_PER_REQUEST can be to OnDemandThroughput, WarmThroughput",
                         STR_ARGS(name));
    json_fields_from(&fields, arena, index->record);
    if (throughput) {
        json old = found_or_null(index->record, "ProvisionedThroughput");
        if (!definition_check_throughput(*throughput, &name, err)) return false;
        if (!change_throughput(arena, change->source->now_ms, old, *throughput, &new))
            return unchanged(err, arena, "index ", name, old);
        json_fields_add(&fields, STR("ProvisionedThroughput"), new);
    }
    if (on_demand) json_fields_add(&fields, STR("OnDemandThroughput"), *on_demand);
    replace_index(change, index, json_fields_done(&fields));
    return true;
}

/* One entry of GlobalSecondaryIndexUpdates: exactly one action, each index once. */
static bool one_action(json updates, size_t at, const char **verb, json *action, struct error *err)
{
    static const char *const verbs[] = { "Update", "Create", "Delete" };
    size_t count = 0;
    for (size_t i = 0; i < sizeof verbs / sizeof *verbs; i++) {
        const json *found = member_find(json_at(updates, at), verbs[i]);
        if (!found) continue;
        *verb = verbs[i];
        *action = *found;
        count++;
    }
    if (count == 0)
        return invalid(err, "One of GlobalSecondaryIndexUpdate.Update, "
                            "GlobalSecondaryIndexUpdate.Create, GlobalSecondaryIndexUpdate.Delete "
                            "must not be null");
    if (count > 1)
        return invalid(err, "Only one global secondary index action is allowed per "
                            "GlobalSecondaryIndexUpdate object");
    return true;
}

static bool check_names(json updates, struct error *err)
{
    for (size_t i = 0; i < json_count(updates); i++) {
        const char *verb = "";
        json action = json_null(), other = json_null();
        if (!one_action(updates, i, &verb, &action, err)) return false;
        str name = json_str(*member_find(action, "IndexName"));
        for (size_t j = 0; j < i; j++) {
            if (!one_action(updates, j, &verb, &other, err)) return false;
            if (str_eq(name, json_str(*member_find(other, "IndexName"))))
                return error_set(err, ERROR_VALIDATION,
                                 BAD_VALUES "Only one global secondary index update per index is "
                                            "allowed simultaneously. Index: %.*s",
                                 STR_ARGS(name));
        }
    }
    return true;
}

static bool change_indexes(struct change *change, struct error *err)
{
    const json *updates = member_find(change->params, "GlobalSecondaryIndexUpdates");
    if (!updates) return true;
    if (json_count(*updates) == 0)
        return invalid(err, "List of GlobalSecondaryIndexUpdates is empty");
    if (json_count(*updates) > (size_t)2 * DYNAMODB_GLOBAL_INDEXES_MAX)
        return invalid(err, "List of GlobalSecondaryIndexUpdates is too long");
    if (!check_names(*updates, err) || !merge_definitions(change, err)) return false;
    for (size_t i = 0; i < json_count(*updates); i++) {
        const char *verb = "";
        json action = json_null();
        if (!one_action(*updates, i, &verb, &action, err)) return false;
        bool fine = verb[0] == 'C'   ? create_index(change, action, err)
                    : verb[0] == 'D' ? delete_index(change, action, err)
                                     : update_index(change, action, err);
        if (!fine) return false;
    }
    return true;
}

/* ---- the operation ---- */

static bool change_begin(struct change *change, const struct source *source, json params,
                         struct error *err)
{
    *change = (struct change){ .source = source, .params = params };
    if (!check_together(params, err) ||
        !table_load_named(source, json_str(*member_find(params, "TableName")), &change->table, err))
        return false;
    json_fields_from(&change->record, source->arena, change->table.record);
    json_list_init(&change->indexes, source->arena);
    for (size_t i = 0; i < change->table.index_count; i++)
        json_list_add(&change->indexes, change->table.indexes[i].record);
    change->definitions = *member_find(change->table.record, "AttributeDefinitions");
    return true;
}

/* An index has its own throughput exactly as long as the table is not on demand. */
static bool settle_index(struct change *change, json *record, struct error *err)
{
    struct json_fields fields;
    bool has = member_find(*record, "ProvisionedThroughput") != NULL;
    if (!json_bool_or(*record, STR("global"), false) || has == !change->on_demand) return true;
    if (!has)
        return error_set(err, ERROR_VALIDATION,
                         BAD_VALUES "ProvisionedThroughput must be specified for index: %.*s",
                         STR_ARGS(json_str(*member_find(*record, "IndexName"))));
    json_fields_init(&fields, change->source->arena);
    for (size_t i = 0; i < json_count(*record); i++)
        if (!str_eq(json_key_at(*record, i), STR("ProvisionedThroughput")))
            json_fields_add(&fields, json_key_at(*record, i), json_value_at(*record, i));
    *record = json_fields_done(&fields);
    return true;
}

/* The new record: removed indexes and the definitions that nothing uses any more are left out. */
static bool finish_record(struct change *change, json *out, struct error *err)
{
    struct arena *arena = change->source->arena;
    struct json_list indexes;
    json_list_init(&indexes, arena);
    for (size_t i = 0; i < change->indexes.count; i++) {
        json index = change->indexes.items[i];
        if (!json_is_object(index)) continue;
        if (!settle_index(change, &index, err)) return false;
        json_list_add(&indexes, index);
    }
    json list = json_list_done(&indexes);
    if (!definition_check_projected(list, err)) return false;
    json_fields_add(&change->record, STR("indexes"), list);
    json_fields_add(&change->record, STR("AttributeDefinitions"),
                    definition_used(arena, change->definitions,
                                    *member_find(change->table.record, "KeySchema"), list));
    json record = json_fields_done(&change->record);
    struct json_fields kept;
    json_fields_init(&kept, arena);
    for (size_t i = 0; i < json_count(record); i++)
        if (!json_is_null(json_value_at(record, i)))
            json_fields_add(&kept, json_key_at(record, i), json_value_at(record, i));
    *out = json_fields_done(&kept);
    return true;
}

/* Counts of indexes are kept by id; those of a removed one go. */
static void store_change(struct txn *txn, struct change *change, json record)
{
    const struct source *source = change->source;
    struct table table;
    table_store(txn, source, change->table.name, record);
    table_decode(source->arena, change->table.name, record, &table);
    table_read_counts(source, &table);
    table.counts_changed = change->filled || change->removed;
    table_flush(txn, source, &table);
    change->table = table;
    if (change->removed) job_remove_index(txn, source, table.id, change->removed);
    if (change->filled) job_fill_index(txn, source, &table, change->filled);
}

enum handled handle_update_table(struct txn *txn, struct request *request, struct error *err)
{
    struct source source = source_from_txn(txn, &request->arena);
    struct change *change = ARENA_NEW(source.arena, struct change);
    json params = request->params, record;
    if (!member_find(params, "TableName")) {
        error_set(err, ERROR_VALIDATION,
                  "The parameter 'TableName' is required but was not present in the request");
        return HANDLED_FAILED;
    }
    if (!members_check(&request_update_table, params, source.arena, err) ||
        !change_begin(change, &source, params, err) || !change_billing(change, err) ||
        !change_stream(change, err) || !change_settings(change, err) ||
        !change_indexes(change, err) || !finish_record(change, &record, err))
        return HANDLED_FAILED;
    store_change(txn, change, record);
    struct buf *out = reply_begin(request);
    table_describe(&source, &change->table, "UPDATING", "TableDescription", out);
    reply_close(out);
    return HANDLED;
}
