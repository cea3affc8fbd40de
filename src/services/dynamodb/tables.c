/* DescribeTable, ListTables, DeleteTable. */
#include "services/dynamodb/housekeeping.h"
#include "services/dynamodb/members.h"
#include "services/dynamodb/operations.h"
#include "services/dynamodb/requests.h"
#include "services/dynamodb/table.h"

static bool check_name(const struct members *members, json params, struct arena *arena,
                       struct error *err)
{
    if (member_find(params, "TableName")) return members_check(members, params, arena, err);
    return error_set(err, ERROR_VALIDATION,
                     "The parameter 'TableName' is required but was not present in the request");
}

enum handled handle_describe_table(const struct reader *reader, struct request *request,
                                   struct error *err)
{
    struct source source = source_from_reader(reader, request);
    struct table table;
    if (!check_name(&request_table, request->params, source.arena, err) ||
        !table_load_named(&source, json_str(*member_find(request->params, "TableName")), &table,
                          err))
        return HANDLED_FAILED;
    struct buf *out = reply_begin(request);
    table_describe(&source, &table, "ACTIVE", "Table", out);
    reply_close(out);
    return HANDLED;
}

/* The table is gone at once, for everybody, and its name is free; what it held is removed behind
 * the scenes, by the table's number, which nothing else will ever have. */
enum handled handle_delete_table(struct txn *txn, struct request *request, struct error *err)
{
    struct source source = source_from_txn(txn, &request->arena);
    struct table table;
    struct key key;
    if (!check_name(&request_table, request->params, source.arena, err) ||
        !table_load_named(&source, json_str(*member_find(request->params, "TableName")), &table,
                          err))
        return HANDLED_FAILED;
    if (json_bool_or(table.record, STR("DeletionProtectionEnabled"), false)) {
        error_set(err, ERROR_VALIDATION,
                  "Resource cannot be deleted as it is currently protected against deletion. "
                  "Disable deletion protection first.");
        return HANDLED_FAILED;
    }
    struct buf *out = reply_begin(request);
    table_describe(&source, &table, "DELETING", "TableDescription", out);
    reply_close(out);
    key_table(&key, source.number, table.name);
    txn_delete(txn, &key);
    job_remove_table(txn, &source, &table);
    return HANDLED;
}

/* ---- ListTables ---- */

static str read_name(str key)
{
    struct key_reader reader;
    str name;
    if (!key_read_begin(&reader, key) || !key_read_text(&reader, &name))
        fatal("the key of a table does not decode: the store is damaged");
    return name;
}

enum handled handle_list_tables(const struct reader *reader, struct request *request,
                                struct error *err)
{
    struct source source = source_from_reader(reader, request);
    json params = request->params;
    struct key from, to;
    str key, value, last = STR("");
    if (!members_check(&request_list_tables, params, source.arena, err)) return HANDLED_FAILED;
    size_t limit = (size_t)json_i64_or(params, STR("Limit"), DYNAMODB_LIST_MAX), count = 0;
    const json *start = member_find(params, "ExclusiveStartTableName");
    key_begin(&to, source.number, KEY_TABLE);
    key_range_end(&to);
    key_begin(&from, source.number, KEY_TABLE);
    if (start) {
        key_table(&from, source.number, json_str(*start));
        key_range_end(&from);
    }
    struct buf *out = reply_begin(request);
    reply_name(out, "TableNames");
    buf_add_char(out, '[');
    struct store_cursor *cursor = source_scan(&source, &from, &to, false);
    bool more = false;
    while (store_cursor_next(cursor, &key, &value)) {
        more = count == limit;
        if (more) break;
        if (count++ > 0) buf_add_char(out, ',');
        last = arena_str(source.arena, read_name(key));
        json_write_str(out, last);
    }
    store_cursor_close(cursor);
    buf_add_char(out, ']');
    if (more) reply_str(out, "LastEvaluatedTableName", last);
    reply_close(out);
    return HANDLED;
}
