/* Consumed capacity (Developer Guide, "Read and write operations"): nothing is limited by it, but
 * answers tell of it when they are asked to. Counted in half units, as an eventually consistent
 * read of 4 KB is half a unit. */
#ifndef SERVICES_DYNAMODB_CAPACITY_H
#define SERVICES_DYNAMODB_CAPACITY_H

#include "services/dynamodb/table.h"

/* What one operation has consumed on one table. Zeroed to begin with. */
struct capacity {
    uint64_t table;                      /* half units */
    uint64_t indexes[TABLE_INDEXES_MAX]; /* in the order of table->indexes */
};

enum capacity_kind {
    CAPACITY_PLAIN, /* CapacityUnits only */
    CAPACITY_READ,  /* of a transaction: ReadCapacityUnits beside it; twice as much */
    CAPACITY_WRITE, /* of a transaction: WriteCapacityUnits; twice as much */
};

/* Half units of writing so many bytes (1 KB each), of reading them (4 KB each). At least one unit.
 */
uint64_t capacity_of_write(size_t bytes);
uint64_t capacity_of_read(uint64_t bytes, bool consistent);

/* Adds `more` to `sum`. */
void capacity_add(struct capacity *sum, const struct capacity *more);

/* True if the request wants to know (ReturnConsumedCapacity TOTAL or INDEXES). */
bool capacity_wanted(json params);

/* Appends the object that tells of it; nothing else. */
void capacity_write(struct buf *out, json params, const struct table *table,
                    const struct capacity *capacity, enum capacity_kind kind);
/* Appends the member ConsumedCapacity with it, if it is wanted. */
void capacity_reply(struct buf *out, json params, const struct table *table,
                    const struct capacity *capacity);

#endif
