/* TableDescription: how a table is told of. */
#include "services/dynamodb/members.h"
#include "services/dynamodb/table.h"

static bool is_on_demand(json record)
{
    return str_eq(json_str_or(record, STR("BillingMode"), STR("")), STR("PAY_PER_REQUEST"));
}

/* Copies members of the record that are the same in the description. */
static void copy(struct buf *out, json record, const char *const *names)
{
    for (; *names; names++) {
        const json *value = json_find(record, str_from(*names));
        if (value) reply_json(out, *names, *value);
    }
}

static void write_time(struct buf *out, json record, const char *from, const char *name)
{
    int64_t ms = json_i64_or(record, str_from(from), 0);
    if (ms > 0) reply_time(out, name, ms);
}

static void write_throughput(struct buf *out, json record)
{
    const json *throughput = json_find(record, STR("ProvisionedThroughput"));
    json values = throughput ? *throughput : json_null();
    reply_name(out, "ProvisionedThroughput");
    reply_open(out);
    write_time(out, values, "increased", "LastIncreaseDateTime");
    write_time(out, values, "decreased", "LastDecreaseDateTime");
    reply_i64(out, "NumberOfDecreasesToday", 0);
    reply_i64(out, "ReadCapacityUnits", json_i64_or(values, STR("ReadCapacityUnits"), 0));
    reply_i64(out, "WriteCapacityUnits", json_i64_or(values, STR("WriteCapacityUnits"), 0));
    reply_close(out);
}

static void write_index(const struct source *source, const struct table *table,
                        const struct table_index *index, const char *status, struct buf *out)
{
    static const char *const names[] = { "IndexName", "KeySchema", "Projection", NULL };
    static const char *const more[] = { "OnDemandThroughput", NULL };
    str arn = arena_printf(source->arena, "%.*s/index/%.*s",
                           STR_ARGS(table_arn(source, table->name)), STR_ARGS(index->name));
    reply_open(out);
    copy(out, index->record, names);
    if (index->is_global) {
        reply_str(out, "IndexStatus", index->is_filling ? STR("CREATING") : str_from(status));
        if (index->is_filling) reply_bool(out, "Backfilling", true);
        write_throughput(out, index->record);
        copy(out, index->record, more);
    }
    reply_i64(out, "IndexSizeBytes", index->counts.bytes);
    reply_i64(out, "ItemCount", index->counts.items);
    reply_str(out, "IndexArn", arn);
    reply_close(out);
}

static void write_indexes(const struct source *source, const struct table *table, bool global,
                          const char *status, struct buf *out)
{
    bool open = false;
    for (size_t i = 0; i < table->index_count; i++) {
        if (table->indexes[i].is_global != global) continue;
        if (open) {
            buf_add_char(out, ',');
        } else {
            reply_name(out, global ? "GlobalSecondaryIndexes" : "LocalSecondaryIndexes");
            buf_add_char(out, '[');
        }
        open = true;
        write_index(source, table, &table->indexes[i], status, out);
    }
    if (open) buf_add_char(out, ']');
}

static void write_billing(struct buf *out, json record)
{
    if (!is_on_demand(record) && !json_find(record, STR("on_demand_since"))) return;
    reply_name(out, "BillingModeSummary");
    reply_open(out);
    reply_str(out, "BillingMode",
              is_on_demand(record) ? STR("PAY_PER_REQUEST") : STR("PROVISIONED"));
    write_time(out, record, "on_demand_since", "LastUpdateToPayPerRequestDateTime");
    reply_close(out);
}

static void write_sse(const struct source *source, struct buf *out, json record)
{
    const json *sse = json_find(record, STR("SSESpecification"));
    if (!sse || !json_bool_or(*sse, STR("Enabled"), false)) return;
    str key = json_str_or(*sse, STR("KMSMasterKeyId"), STR("alias/aws/dynamodb"));
    if (!str_starts_with(key, STR("arn:")))
        key = arena_printf(source->arena, "arn:aws:kms:%.*s:%.*s:%s%.*s",
                           STR_ARGS(shard_region(source->shard)),
                           STR_ARGS(shard_account(source->shard)),
                           str_starts_with(key, STR("alias/")) ? "" : "key/", STR_ARGS(key));
    reply_name(out, "SSEDescription");
    reply_open(out);
    reply_str(out, "Status", STR("ENABLED"));
    reply_str(out, "SSEType", STR("KMS"));
    reply_str(out, "KMSMasterKeyArn", key);
    reply_close(out);
}

static void write_stream(const struct source *source, const struct table *table, struct buf *out)
{
    const json *stream = json_find(table->record, STR("StreamSpecification"));
    str label = json_str_or(table->record, STR("stream_label"), STR(""));
    if (stream) reply_json(out, "StreamSpecification", *stream);
    if (label.len == 0) return;
    reply_str(out, "LatestStreamLabel", label);
    reply_str(out, "LatestStreamArn",
              arena_printf(source->arena, "%.*s/stream/%.*s",
                           STR_ARGS(table_arn(source, table->name)), STR_ARGS(label)));
}

void table_describe(const struct source *source, struct table *table, const char *status,
                    const char *member, struct buf *out)
{
    static const char *const names[] = { "AttributeDefinitions", "KeySchema", NULL };
    static const char *const more[] = { "OnDemandThroughput", NULL };
    json record = table->record;
    str table_class = json_str_or(record, STR("TableClass"), STR(""));
    table_read_counts(source, table);
    reply_name(out, member);
    reply_open(out);
    reply_str(out, "TableName", table->name);
    reply_str(out, "TableStatus", str_from(status));
    copy(out, record, names);
    write_time(out, record, "created", "CreationDateTime");
    write_throughput(out, record);
    reply_i64(out, "TableSizeBytes", table->counts.bytes);
    reply_i64(out, "ItemCount", table->counts.items);
    reply_str(out, "TableArn", table_arn(source, table->name));
    reply_str(out, "TableId", json_str_or(record, STR("uuid"), STR("")));
    write_billing(out, record);
    write_indexes(source, table, false, status, out);
    write_indexes(source, table, true,
                  str_eq(str_from(status), STR("CREATING")) ? status : "ACTIVE", out);
    write_stream(source, table, out);
    write_sse(source, out, record);
    if (table_class.len > 0) {
        reply_name(out, "TableClassSummary");
        reply_open(out);
        reply_str(out, "TableClass", table_class);
        reply_close(out);
    }
    reply_bool(out, "DeletionProtectionEnabled",
               json_bool_or(record, STR("DeletionProtectionEnabled"), false));
    copy(out, record, more);
    reply_close(out);
}
