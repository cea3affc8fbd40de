/* DescribeTimeToLive, UpdateTimeToLive. */
#include "services/dynamodb/housekeeping.h"
#include "services/dynamodb/members.h"
#include "services/dynamodb/operations.h"
#include "services/dynamodb/requests.h"
#include "services/dynamodb/table.h"

enum handled handle_describe_time_to_live(const struct reader *reader, struct request *request,
                                          struct error *err)
{
    struct source source = source_from_reader(reader, request);
    struct table table;
    if (!members_check(&request_table, request->params, source.arena, err) ||
        !table_load_named(&source, json_str(*member_find(request->params, "TableName")), &table,
                          err))
        return HANDLED_FAILED;
    struct buf *out = reply_begin(request);
    reply_name(out, "TimeToLiveDescription");
    reply_open(out);
    reply_str(out, "TimeToLiveStatus", table.expiry.len > 0 ? STR("ENABLED") : STR("DISABLED"));
    reply_str_unless_empty(out, "AttributeName", table.expiry);
    reply_close(out);
    reply_close(out);
    return HANDLED;
}

static bool check_change(const struct table *table, bool enabled, str name, struct error *err)
{
    bool before = table->expiry.len > 0;
    if (before && !str_eq(table->expiry, name))
        return error_set(err, ERROR_VALIDATION,
                         "TimeToLive is active on a different AttributeName: current "
                         "AttributeName is %.*s",
                         STR_ARGS(table->expiry));
    if (before == enabled)
        return error_set(err, ERROR_VALIDATION, "TimeToLive is already %s",
                         enabled ? "enabled" : "disabled");
    return true;
}

/* Entries of what was listed before stay when it is turned off: they are looked at and dropped when
 * they come due. */
enum handled handle_update_time_to_live(struct txn *txn, struct request *request, struct error *err)
{
    struct source source = source_from_txn(txn, &request->arena);
    struct table table;
    struct json_fields fields;
    if (!members_check(&request_update_time_to_live, request->params, source.arena, err) ||
        !table_load_named(&source, json_str(*member_find(request->params, "TableName")), &table,
                          err))
        return HANDLED_FAILED;
    json wanted = *member_find(request->params, "TimeToLiveSpecification");
    bool enabled = json_bool_or(wanted, STR("Enabled"), false);
    str name = json_str(*member_find(wanted, "AttributeName"));
    if (!check_change(&table, enabled, name, err)) return HANDLED_FAILED;
    json_fields_from(&fields, source.arena, table.record);
    json_fields_add(&fields, STR("expiry"), json_string(enabled ? name : STR("")));
    table_store(txn, &source, table.name, json_fields_done(&fields));
    if (enabled) job_list_expiries(txn, &source, &table);
    struct buf *out = reply_begin(request);
    reply_json(out, "TimeToLiveSpecification", wanted);
    reply_close(out);
    return HANDLED;
}
