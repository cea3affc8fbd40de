/* DescribeLimits, DescribeEndpoints, DescribeContinuousBackups: what clients ask for and what is
 * the same for every table here. */
#include "services/dynamodb/members.h"
#include "services/dynamodb/operations.h"
#include "services/dynamodb/requests.h"
#include "services/dynamodb/table.h"

enum {
    ACCOUNT_UNITS_MAX = 80000, /* AWS's defaults */
    TABLE_UNITS_MAX = 40000,
    ENDPOINT_MINUTES = 1440,
};

enum handled handle_describe_limits(const struct reader *reader, struct request *request,
                                    struct error *err)
{
    (void)reader;
    (void)err;
    struct buf *out = reply_begin(request);
    reply_i64(out, "AccountMaxReadCapacityUnits", ACCOUNT_UNITS_MAX);
    reply_i64(out, "AccountMaxWriteCapacityUnits", ACCOUNT_UNITS_MAX);
    reply_i64(out, "TableMaxReadCapacityUnits", TABLE_UNITS_MAX);
    reply_i64(out, "TableMaxWriteCapacityUnits", TABLE_UNITS_MAX);
    reply_close(out);
    return HANDLED;
}

/* The endpoint without its scheme: a client that discovers endpoints adds its own. */
enum handled handle_describe_endpoints(const struct reader *reader, struct request *request,
                                       struct error *err)
{
    (void)err;
    str address = shard_endpoint(reader->shard);
    size_t scheme = str_find(address, STR("://"), 0);
    if (scheme < address.len) address = str_skip(address, scheme + 3);
    if (request->host.len > 0) address = request->host;
    struct buf *out = reply_begin(request);
    reply_name(out, "Endpoints");
    buf_add(out, STR("[{"));
    reply_str(out, "Address", address);
    reply_i64(out, "CachePeriodInMinutes", ENDPOINT_MINUTES);
    buf_add(out, STR("}]"));
    reply_close(out);
    return HANDLED;
}

enum handled handle_describe_continuous_backups(const struct reader *reader,
                                                struct request *request, struct error *err)
{
    struct source source = source_from_reader(reader, request);
    struct table table;
    if (!members_check(&request_table, request->params, source.arena, err) ||
        !table_load_named(&source, json_str(*member_find(request->params, "TableName")), &table,
                          err))
        return HANDLED_FAILED;
    struct buf *out = reply_begin(request);
    buf_add(out, STR("\"ContinuousBackupsDescription\":{\"ContinuousBackupsStatus\":\"ENABLED\","
                     "\"PointInTimeRecoveryDescription\":{"
                     "\"PointInTimeRecoveryStatus\":\"DISABLED\"}}"));
    reply_close(out);
    return HANDLED;
}
