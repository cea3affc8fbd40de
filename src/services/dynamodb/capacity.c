/* Consumed capacity; see capacity.h. */
#include "services/dynamodb/capacity.h"

enum { WRITE_UNIT_BYTES = 1024, READ_UNIT_BYTES = 4096 };

uint64_t capacity_of_write(size_t bytes)
{
    size_t units = (bytes + WRITE_UNIT_BYTES - 1) / WRITE_UNIT_BYTES;
    return units > 1 ? (uint64_t)units * 2 : 2;
}

uint64_t capacity_of_read(uint64_t bytes, bool consistent)
{
    uint64_t units = (bytes + READ_UNIT_BYTES - 1) / READ_UNIT_BYTES;
    if (units == 0) units = 1;
    return consistent ? units * 2 : units;
}

void capacity_add(struct capacity *sum, const struct capacity *more)
{
    sum->table += more->table;
    for (size_t i = 0; i < TABLE_INDEXES_MAX; i++)
        sum->indexes[i] += more->indexes[i];
}

bool capacity_wanted(json params)
{
    str how = json_str_or(params, STR("ReturnConsumedCapacity"), STR("NONE"));
    return !str_eq(how, STR("NONE"));
}

static void write_units(struct buf *out, const char *name, uint64_t halves)
{
    reply_name(out, name);
    buf_add_u64(out, halves / 2);
    buf_add(out, halves % 2 ? STR(".5") : STR(".0"));
}

/* The members that give one amount. */
static void write_amount(struct buf *out, uint64_t halves, enum capacity_kind kind)
{
    if (kind != CAPACITY_PLAIN) halves *= 2;
    write_units(out, "CapacityUnits", halves);
    if (kind == CAPACITY_READ) write_units(out, "ReadCapacityUnits", halves);
    if (kind == CAPACITY_WRITE) write_units(out, "WriteCapacityUnits", halves);
}

/* The map of the indexes of one kind that have been touched; nothing if there are none. */
static void write_indexes(struct buf *out, const struct table *table,
                          const struct capacity *capacity, bool global, enum capacity_kind kind)
{
    bool open = false;
    for (size_t i = 0; i < table->index_count; i++) {
        const struct table_index *index = &table->indexes[i];
        if (index->is_global != global || capacity->indexes[i] == 0) continue;
        if (!open) {
            reply_name(out, global ? "GlobalSecondaryIndexes" : "LocalSecondaryIndexes");
            reply_open(out);
        } else {
            buf_add_char(out, ',');
        }
        open = true;
        json_write_str(out, index->name);
        buf_add(out, STR(":{"));
        write_amount(out, capacity->indexes[i], kind);
        reply_close(out);
    }
    if (open) reply_close(out);
}

void capacity_write(struct buf *out, json params, const struct table *table,
                    const struct capacity *capacity, enum capacity_kind kind)
{
    uint64_t sum = capacity->table;
    for (size_t i = 0; i < table->index_count; i++)
        sum += capacity->indexes[i];
    str how = json_str_or(params, STR("ReturnConsumedCapacity"), STR("NONE"));
    reply_open(out);
    reply_str(out, "TableName", table->name);
    write_amount(out, sum, kind);
    if (str_eq(how, STR("INDEXES"))) {
        reply_name(out, "Table");
        reply_open(out);
        write_amount(out, capacity->table, kind);
        reply_close(out);
        write_indexes(out, table, capacity, false, kind);
        write_indexes(out, table, capacity, true, kind);
    }
    reply_close(out);
}

void capacity_reply(struct buf *out, json params, const struct table *table,
                    const struct capacity *capacity)
{
    if (!capacity_wanted(params)) return;
    reply_name(out, "ConsumedCapacity");
    capacity_write(out, params, table, capacity, CAPACITY_PLAIN);
}
