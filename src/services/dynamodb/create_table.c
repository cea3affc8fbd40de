/* CreateTable. */
#include "services/dynamodb/definition.h"
#include "services/dynamodb/members.h"
#include "services/dynamodb/operations.h"
#include "services/dynamodb/requests.h"

static bool is_on_demand(json params)
{
    return str_eq(json_str_or(params, STR("BillingMode"), STR("")), STR("PAY_PER_REQUEST"));
}

/* ---- checks of the request ---- */

static bool check_billing(json params, struct error *err)
{
    const json *throughput = member_find(params, "ProvisionedThroughput");
    if (is_on_demand(params) && throughput)
        return error_set(err, ERROR_VALIDATION,
                         BAD_VALUES "Neither ReadCapacityUnits nor WriteCapacityUnits can be "
                                    "specified when BillingMode is PAY_PER_REQUEST");
    if (!is_on_demand(params) && !throughput)
        return error_set(err, ERROR_VALIDATION,
                         BAD_VALUES
                         "ReadCapacityUnits and WriteCapacityUnits must both be specified "
                         "when BillingMode is PROVISIONED");
    if (!is_on_demand(params) && member_find(params, "OnDemandThroughput"))
        return error_set(err, ERROR_VALIDATION,
                         BAD_VALUES
                         "MaxReadRequestUnits for OnDemandThroughput cannot be specified "
                         "when the table BillingMode is PROVISIONED");
    return !throughput || definition_check_throughput(*throughput, NULL, err);
}

static bool check_definitions(json definitions, struct error *err)
{
    for (size_t i = 0; i < json_count(definitions); i++) {
        str name = json_str_or(json_at(definitions, i), STR("AttributeName"), STR(""));
        for (size_t j = 0; j < i; j++)
            if (str_eq(json_str_or(json_at(definitions, j), STR("AttributeName"), STR("")), name))
                return error_set(err, ERROR_VALIDATION, "Attribute Name is duplicated: %.*s",
                                 STR_ARGS(name));
    }
    return true;
}

static bool check_global_billing(json params, json index, struct error *err)
{
    str name = json_str(*member_find(index, "IndexName"));
    const json *throughput = member_find(index, "ProvisionedThroughput");
    if (is_on_demand(params) && throughput)
        return error_set(err, ERROR_VALIDATION,
                         BAD_VALUES "ProvisionedThroughput should not be specified for index: %.*s "
                                    "when BillingMode is PAY_PER_REQUEST",
                         STR_ARGS(name));
    if (!is_on_demand(params) && !throughput)
        return error_set(err, ERROR_VALIDATION,
                         BAD_VALUES "ProvisionedThroughput is not specified for index: %.*s",
                         STR_ARGS(name));
    return !throughput || definition_check_throughput(*throughput, &name, err);
}

/* The names that have been seen, to find a second one. */
struct names {
    str items[TABLE_INDEXES_MAX];
    size_t count;
};

static bool add_name(struct names *names, str name, struct error *err)
{
    for (size_t i = 0; i < names->count; i++)
        if (str_eq(names->items[i], name))
            return error_set(err, ERROR_VALIDATION, BAD_VALUES "Duplicate index name: %.*s",
                             STR_ARGS(name));
    if (names->count < TABLE_INDEXES_MAX) names->items[names->count++] = name;
    return true;
}

static bool check_indexes(struct arena *arena, json params, bool global, struct names *names,
                          struct error *err)
{
    json definitions = *member_find(params, "AttributeDefinitions");
    json keys = *member_find(params, "KeySchema");
    const char *member = global ? "GlobalSecondaryIndexes" : "LocalSecondaryIndexes";
    size_t max = global ? DYNAMODB_GLOBAL_INDEXES_MAX : DYNAMODB_LOCAL_INDEXES_MAX;
    const json *list = member_find(params, member);
    if (!list) return true;
    if (json_count(*list) == 0)
        return error_set(err, ERROR_VALIDATION, BAD_VALUES "List of %s is empty", member);
    if (!global && json_count(keys) != 2)
        return error_set(err, ERROR_VALIDATION,
                         BAD_VALUES "Table KeySchema does not have a range key, which is required "
                                    "when specifying a LocalSecondaryIndex");
    for (size_t i = 0; i < json_count(*list); i++) {
        json index = json_at(*list, i);
        if (!definition_check_index(arena, definitions, keys, index, global, err) ||
            (global && !check_global_billing(params, index, err)) ||
            !add_name(names, json_str(*member_find(index, "IndexName")), err))
            return false;
    }
    if (json_count(*list) <= max) return true;
    return error_set(err, ERROR_VALIDATION,
                     global
                         ? BAD_VALUES "GlobalSecondaryIndex count exceeds the per-table limit of 20"
                         : BAD_VALUES "Number of LocalSecondaryIndexes exceeds per-table limit of "
                                      "5");
}

static bool check_stream(json params, struct error *err)
{
    const json *stream = member_find(params, "StreamSpecification");
    if (!stream) return true;
    bool enabled = json_bool_or(*stream, STR("StreamEnabled"), false);
    bool has_type = member_find(*stream, "StreamViewType") != NULL;
    if (enabled && !has_type)
        return error_set(err, ERROR_VALIDATION,
                         BAD_VALUES
                         "Table is being created with a stream enabled, UpdateViewType is "
                         "required");
    if (!enabled && has_type)
        return error_set(err, ERROR_VALIDATION,
                         BAD_VALUES "Table is being created with a stream disabled, UpdateViewType "
                                    "should not be specified");
    return true;
}

/* ---- the record ---- */

static json make_indexes(struct arena *arena, json params)
{
    static const char *const members[] = { "LocalSecondaryIndexes", "GlobalSecondaryIndexes" };
    struct json_list list;
    uint32_t id = 1;
    json_list_init(&list, arena);
    for (size_t m = 0; m < 2; m++) {
        const json *indexes = member_find(params, members[m]);
        for (size_t i = 0; indexes && i < json_count(*indexes); i++)
            json_list_add(&list,
                          definition_index(arena, json_at(*indexes, i), id++, m == 1, false));
    }
    return json_list_done(&list);
}

static bool check_used(struct arena *arena, json params, json indexes, struct error *err)
{
    json definitions = *member_find(params, "AttributeDefinitions");
    json keys = *member_find(params, "KeySchema");
    json used = definition_used(arena, definitions, keys, indexes);
    if (json_count(used) == json_count(definitions)) return true;
    if (json_count(indexes) == 0)
        return error_set(err, ERROR_VALIDATION,
                         BAD_VALUES
                         "Number of attributes in KeySchema does not exactly match number "
                         "of attributes defined in AttributeDefinitions");
    struct buf all, some;
    buf_init(&all, arena);
    buf_init(&some, arena);
    for (size_t i = 0; i < json_count(definitions); i++) {
        if (i > 0) buf_add(&all, STR(", "));
        buf_add(&all, json_str_or(json_at(definitions, i), STR("AttributeName"), STR("")));
    }
    for (size_t i = 0; i < json_count(used); i++) {
        if (i > 0) buf_add(&some, STR(", "));
        buf_add(&some, json_str_or(json_at(used, i), STR("AttributeName"), STR("")));
    }
    return error_set_long(err, arena, ERROR_VALIDATION,
                          BAD_VALUES
                          "Some AttributeDefinitions are not used. AttributeDefinitions: "
                          "[%.*s], keys used: [%.*s]",
                          STR_ARGS(buf_str(&all)), STR_ARGS(buf_str(&some)));
}

static bool check_request(struct arena *arena, json params, json indexes, struct error *err)
{
    struct names names = { .count = 0 };
    json definitions = *member_find(params, "AttributeDefinitions");
    return check_billing(params, err) && check_definitions(definitions, err) &&
           definition_check_keys(arena, definitions, *member_find(params, "KeySchema"), true,
                                 err) &&
           (json_count(indexes) > 0 || check_used(arena, params, indexes, err)) &&
           check_indexes(arena, params, false, &names, err) &&
           check_indexes(arena, params, true, &names, err) &&
           check_used(arena, params, indexes, err) && definition_check_projected(indexes, err) &&
           check_stream(params, err) && definition_check_sse(params, err) &&
           definition_check_class(params, err);
}

static json make_record(struct txn *txn, const struct source *source, json indexes, json tags)
{
    struct arena *arena = source->arena;
    struct json_fields fields;
    char *uuid = arena_alloc(arena, PRNG_UUID_CHARS);
    prng_uuid(txn_prng(txn), uuid);
    json_fields_init(&fields, arena);
    json_fields_add(&fields, STR("v"), json_i64(arena, 1));
    json_fields_add(&fields, STR("id"), json_i64(arena, (int64_t)txn_serial(txn)));
    json_fields_add(&fields, STR("uuid"), json_string((str){ uuid, PRNG_UUID_CHARS }));
    json_fields_add(&fields, STR("created"), json_i64(arena, source->now_ms));
    if (json_count(indexes) > 0) {
        json_fields_add(&fields, STR("indexes"), indexes);
        json_fields_add(&fields, STR("next_index"),
                        json_i64(arena, (int64_t)json_count(indexes) + 1));
    }
    if (json_count(tags) > 0) json_fields_add(&fields, STR("Tags"), tags);
    return json_fields_done(&fields);
}

static json add_params(const struct source *source, json record, json params)
{
    static const char *const names[] = {
        "AttributeDefinitions", "KeySchema",        "BillingMode", "ProvisionedThroughput",
        "OnDemandThroughput",   "SSESpecification", "TableClass",  "DeletionProtectionEnabled",
    };
    struct json_fields fields;
    const json *stream = member_find(params, "StreamSpecification");
    json_fields_from(&fields, source->arena, record);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        const json *value = member_find(params, names[i]);
        if (value) json_fields_add(&fields, str_from(names[i]), *value);
    }
    if (is_on_demand(params))
        json_fields_add(&fields, STR("on_demand_since"), json_i64(source->arena, source->now_ms));
    if (stream && json_bool_or(*stream, STR("StreamEnabled"), false)) {
        json_fields_add(&fields, STR("StreamSpecification"), *stream);
        json_fields_add(&fields, STR("stream_label"), json_string(definition_stream_label(source)));
    }
    return json_fields_done(&fields);
}

/* ---- the operation ---- */

static bool check_room(const struct source *source, struct error *err)
{
    struct key from, to;
    str key, value;
    size_t count = 0;
    key_begin(&from, source->number, KEY_TABLE);
    to = from;
    key_range_end(&to);
    struct store_cursor *cursor = source_scan(source, &from, &to, false);
    while (count < DYNAMODB_TABLES_MAX && store_cursor_next(cursor, &key, &value))
        count++;
    store_cursor_close(cursor);
    if (count < DYNAMODB_TABLES_MAX) return true;
    return error_set(err, ERROR_DYNAMODB_LIMIT_EXCEEDED,
                     "Subscriber limit exceeded: There is a limit of %d tables per subscriber",
                     DYNAMODB_TABLES_MAX);
}

enum handled handle_create_table(struct txn *txn, struct request *request, struct error *err)
{
    struct source source = source_from_txn(txn, &request->arena);
    json params = request->params, tags;
    struct table table;
    if (!member_find(params, "TableName")) {
        error_set(err, ERROR_VALIDATION,
                  "The parameter 'TableName' is required but was not present in the request");
        return HANDLED_FAILED;
    }
    if (!members_check(&request_create_table, params, source.arena, err)) return HANDLED_FAILED;
    str name = json_str(*member_find(params, "TableName"));
    const json *more = member_find(params, "Tags");
    json indexes = make_indexes(source.arena, params);
    if (!check_request(source.arena, params, indexes, err) ||
        !definition_add_tags(source.arena, json_null(), more ? *more : json_null(), &tags, err))
        return HANDLED_FAILED;
    if (table_find(&source, name, &table)) {
        error_set(err, ERROR_DYNAMODB_RESOURCE_IN_USE, "Table already exists: %.*s",
                  STR_ARGS(name));
        return HANDLED_FAILED;
    }
    if (!check_room(&source, err)) return HANDLED_FAILED;
    json record = add_params(&source, make_record(txn, &source, indexes, tags), params);
    table_store(txn, &source, name, record);
    table_decode(source.arena, name, record, &table);
    struct buf *out = reply_begin(request);
    table_describe(&source, &table, "CREATING", "TableDescription", out);
    reply_close(out);
    return HANDLED;
}
