/* Log groups: making, deleting, listing them, and how long they keep their events. */
#include <stdlib.h>

#include "services/lambda/lambda.h"
#include "services/logs/logs.h"

enum { GROUPS_PAGE_MAX = 50 };

struct effects *log_effects(const struct source *source)
{
    return carrier_effects(source->shard);
}

static void group_key(struct key *key, const struct source *source, str name)
{
    key_begin(key, source->number, KEY_LOG_GROUP);
    key_add_text(key, name);
}

str log_group_arn(const struct source *source, str name)
{
    str region = shard_region(source->shard), account = shard_account(source->shard);
    return arena_printf(source->arena, "arn:aws:logs:%.*s:%.*s:log-group:%.*s", STR_ARGS(region),
                        STR_ARGS(account), STR_ARGS(name));
}

str log_group_name_of(str identifier)
{
    str mark = STR(":log-group:");
    size_t at = str_find(identifier, mark, 0);
    if (at == identifier.len) return identifier;
    str name = str_skip(identifier, at + mark.len);
    return str_slice(name, 0, str_find_char(name, ':', 0));
}

static bool has_lines(const struct source *source, str name)
{
    struct effects *effects = log_effects(source);
    return effects && effects_log_bytes(effects, name) > 0;
}

bool log_group_find(const struct source *source, str name, struct log_group_record *out)
{
    struct key key;
    *out = (struct log_group_record){ .name = name, .record = { .kind = JSON_OBJECT } };
    if (name.len == 0 || name.len > 512 || str_find_char(name, '\0', 0) < name.len) return false;
    group_key(&key, source, name);
    bool found = source_find(source, &key, &out->record);
    if (found) out->retention = json_i64_or(out->record, STR("retention"), 0);
    return found || has_lines(source, name);
}

bool log_group_expect(const struct source *source, json params, struct log_group_record *out,
                      struct error *err)
{
    str name = json_str_or(params, STR("logGroupName"), STR(""));
    if (name.len == 0)
        name = log_group_name_of(json_str_or(params, STR("logGroupIdentifier"), STR("")));
    if (name.len == 0)
        return error_set(err, ERROR_LOGS_INVALID_PARAMETER,
                         "Exactly one of logGroupName and logGroupIdentifier must be given.");
    if (log_group_find(source, name, out)) return true;
    return error_set(err, ERROR_LOGS_RESOURCE_NOT_FOUND, "The specified log group does not exist.");
}

void log_group_put(struct txn *txn, const struct source *source,
                   const struct log_group_record *group, const char *name, json value)
{
    struct json_fields fields;
    struct key key;
    json_fields_init(&fields, txn_arena(txn));
    json_fields_add(&fields, STR("v"), json_i64(txn_arena(txn), 1));
    json_fields_add(
        &fields, STR("created"),
        json_i64(txn_arena(txn), json_i64_or(group->record, STR("created"), source->now_ms)));
    for (size_t i = 0; i < json_count(group->record); i++)
        if (!str_eq(json_key_at(group->record, i), str_from(name)))
            json_fields_add(&fields, json_key_at(group->record, i),
                            json_value_at(group->record, i));
    if (!json_is_null(value)) json_fields_add(&fields, str_from(name), value);
    group_key(&key, source, group->name);
    txn_put(txn, &key, json_text(txn_arena(txn), json_fields_done(&fields)));
}

/* ---- making and deleting ---- */

static bool has_room(const struct source *source, struct error *err)
{
    struct key from, to;
    str key, value;
    size_t count = 0;
    key_begin(&from, source->number, KEY_LOG_GROUP);
    to = from;
    key_range_end(&to);
    struct store_cursor *cursor = source_scan(source, &from, &to, false);
    while (count < LOG_GROUPS_MAX && store_cursor_next(cursor, &key, &value))
        count++;
    store_cursor_close(cursor);
    if (count < LOG_GROUPS_MAX) return true;
    return error_set(err, ERROR_LOGS_LIMIT_EXCEEDED, "Resource limit exceeded.");
}

enum handled handle_create_log_group(struct txn *txn, struct request *request, struct error *err)
{
    struct source source = source_from_txn(txn, &request->arena);
    struct log_group_record group = { 0 };
    str name = json_str_or(request->params, STR("logGroupName"), STR(""));
    if (log_group_find(&source, name, &group)) {
        error_set(err, ERROR_LOGS_RESOURCE_ALREADY_EXISTS,
                  "The specified log group already exists");
        return HANDLED_FAILED;
    }
    if (!has_room(&source, err)) return HANDLED_FAILED;
    str class = json_str_or(request->params, STR("logGroupClass"), STR(""));
    if (class.len > 0) {
        struct json_fields fields;
        json_fields_init(&fields, txn_arena(txn));
        json_fields_add(&fields, STR("class"), json_string(class));
        group.record = json_fields_done(&fields);
    }
    const json *tags = json_find(request->params, STR("tags"));
    log_group_put(txn, &source, &group, "tags", tags ? *tags : json_null());
    return HANDLED;
}

static void delete_streams(struct txn *txn, const struct source *source, str group)
{
    struct key from, to, key;
    str found, value;
    key_begin(&from, source->number, KEY_LOG_STREAM);
    key_add_text(&from, group);
    to = from;
    key_range_end(&to);
    struct store_cursor *cursor = source_scan(source, &from, &to, false);
    while (store_cursor_next(cursor, &found, &value)) {
        key.len = (uint16_t)found.len;
        memcpy(key.bytes, found.ptr, found.len);
        txn_delete(txn, &key);
    }
    store_cursor_close(cursor);
}

/* The lines go at once: they are no part of the transaction, and a group without a record is no
 * worse off without them. */
enum handled handle_delete_log_group(struct txn *txn, struct request *request, struct error *err)
{
    struct source source = source_from_txn(txn, &request->arena);
    struct log_group_record group = { 0 };
    struct key key;
    if (!log_group_expect(&source, request->params, &group, err)) return HANDLED_FAILED;
    delete_streams(txn, &source, group.name);
    group_key(&key, &source, group.name);
    txn_delete(txn, &key);
    struct effects *effects = log_effects(&source);
    if (effects) effects_log_delete(effects, group.name);
    return HANDLED;
}

/* ---- retention ---- */

static bool is_retention(int64_t days)
{
    static const int64_t allowed[] = {
        1,   3,   5,   7,   14,   30,   60,   90,   120,  150,  180,
        365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653
    };
    for (size_t i = 0; i < sizeof allowed / sizeof *allowed; i++)
        if (allowed[i] == days) return true;
    return false;
}

enum handled handle_put_retention_policy(struct txn *txn, struct request *request,
                                         struct error *err)
{
    struct source source = source_from_txn(txn, &request->arena);
    struct log_group_record group = { 0 };
    int64_t days = json_i64_or(request->params, STR("retentionInDays"), 0);
    if (!log_group_expect(&source, request->params, &group, err)) return HANDLED_FAILED;
    if (!is_retention(days)) {
        error_set(
            err, ERROR_LOGS_INVALID_PARAMETER,
            "1 validation error detected: Value '%lld' at 'retentionInDays' failed to satisfy "
            "constraint: Member must satisfy enum value set",
            (long long)days);
        return HANDLED_FAILED;
    }
    log_group_put(txn, &source, &group, "retention", json_i64(txn_arena(txn), days));
    return HANDLED;
}

enum handled handle_delete_retention_policy(struct txn *txn, struct request *request,
                                            struct error *err)
{
    struct source source = source_from_txn(txn, &request->arena);
    struct log_group_record group = { 0 };
    if (!log_group_expect(&source, request->params, &group, err)) return HANDLED_FAILED;
    log_group_put(txn, &source, &group, "retention", json_null());
    return HANDLED;
}

/* ---- listing ---- */

struct names {
    str *items;
    size_t count, capacity;
    str prefix, part; /* only names that begin with the one and contain the other */
    str after;        /* and come behind this one */
};

static void add_name(const struct source *source, struct names *names, str name)
{
    if (!str_starts_with(name, names->prefix) || str_compare(name, names->after) <= 0) return;
    if (names->part.len > 0 && str_find(name, names->part, 0) == name.len) return;
    if (names->count == names->capacity) {
        size_t capacity = names->capacity ? names->capacity * 2 : 64;
        str *items = arena_array(source->arena, capacity, sizeof *items);
        if (names->count > 0) memcpy(items, names->items, names->count * sizeof *items);
        names->items = items;
        names->capacity = capacity;
    }
    names->items[names->count++] = arena_str(source->arena, name);
}

static void add_recorded(const struct source *source, struct names *names)
{
    struct key from, to;
    str key, value, name;
    struct key_reader reader;
    key_begin(&from, source->number, KEY_LOG_GROUP);
    to = from;
    key_range_end(&to);
    struct store_cursor *cursor = source_scan(source, &from, &to, false);
    while (store_cursor_next(cursor, &key, &value))
        if (key_read_begin(&reader, key) && key_read_text(&reader, &name))
            add_name(source, names, name);
    store_cursor_close(cursor);
}

static int compare_names(const void *a, const void *b)
{
    return str_compare(*(const str *)a, *(const str *)b);
}

static void collect(const struct source *source, struct names *names)
{
    add_recorded(source, names);
    json functions = lambda_log_groups(source);
    for (size_t i = 0; i < json_count(functions); i++)
        add_name(source, names, json_str(json_at(functions, i)));
    if (names->count > 1) qsort(names->items, names->count, sizeof *names->items, compare_names);
}

static void reply_group(struct buf *out, const struct source *source,
                        const struct log_group_record *group)
{
    struct effects *effects = log_effects(source);
    str arn = log_group_arn(source, group->name);
    reply_open(out);
    reply_str(out, "logGroupName", group->name);
    reply_i64(out, "creationTime", json_i64_or(group->record, STR("created"), source->now_ms));
    if (group->retention > 0) reply_i64(out, "retentionInDays", group->retention);
    reply_i64(out, "metricFilterCount", 0);
    reply_str(out, "arn", arena_printf(source->arena, "%.*s:*", STR_ARGS(arn)));
    reply_i64(out, "storedBytes", effects ? (int64_t)effects_log_bytes(effects, group->name) : 0);
    reply_str(out, "logGroupClass", json_str_or(group->record, STR("class"), STR("STANDARD")));
    reply_str(out, "logGroupArn", arn);
    reply_close(out);
}

enum handled handle_describe_log_groups(const struct reader *reader, struct request *request,
                                        struct error *err)
{
    struct source source = source_from_reader(reader, request);
    json params = request->params;
    size_t limit = (size_t)json_i64_or(params, STR("limit"), GROUPS_PAGE_MAX), shown = 0;
    str scope = STR("page DescribeLogGroups"), given;
    struct names names = { .prefix = json_str_or(params, STR("logGroupNamePrefix"), STR("")),
                           .part = json_str_or(params, STR("logGroupNamePattern"), STR("")) };
    if (json_find_str(params, STR("nextToken"), &given) &&
        !page_token_decode(&source, scope, given, &names.after, err)) {
        error_set(err, ERROR_LOGS_INVALID_PARAMETER, "The specified nextToken is invalid.");
        return HANDLED_FAILED;
    }
    collect(&source, &names);
    struct buf *out = reply_begin(request);
    reply_name(out, "logGroups");
    buf_add_char(out, '[');
    size_t i = 0;
    str last = STR("");
    for (; i < names.count && shown < limit; i++) {
        struct log_group_record group = { 0 };
        if (i > 0 && str_eq(names.items[i], names.items[i - 1])) continue;
        if (!log_group_find(&source, names.items[i], &group)) continue;
        if (shown++ > 0) buf_add_char(out, ',');
        reply_group(out, &source, &group);
        last = group.name;
    }
    buf_add_char(out, ']');
    if (i < names.count) reply_str(out, "nextToken", page_token_encode(&source, scope, last));
    reply_close(out);
    return HANDLED;
}
