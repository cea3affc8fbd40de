/* What goes on behind the operations: items of deleted tables and indexes are removed, new indexes
 * are filled, items expire, transaction tokens are forgotten.
 *
 * All of it is done by one call of our own that never ends (shard_submit_own): it does one bounded
 * piece in a transaction and calls itself again, or waits (txn_wait) until there is something to do
 * or something will be due. Jobs are records, so a restart goes on with them. */
#ifndef SERVICES_DYNAMODB_HOUSEKEEPING_H
#define SERVICES_DYNAMODB_HOUSEKEEPING_H

#include "services/dynamodb/table.h"

/* There is something new to do, or something is due earlier than all before. */
void housekeeping_wake(struct txn *txn);

/* Jobs. */
void job_remove_table(struct txn *txn, const struct source *source, const struct table *table);
void job_remove_index(struct txn *txn, const struct source *source, uint64_t table, uint32_t index);
void job_fill_index(struct txn *txn, const struct source *source, const struct table *table,
                    uint32_t index);
/* Makes the entries of the items that a table has when its time to live is turned on. */
void job_list_expiries(struct txn *txn, const struct source *source, const struct table *table);

/* Starts the endless call; struct service's `start`. */
void housekeeping_start(struct shard *shard);

#endif
