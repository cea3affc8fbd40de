/* Times to live: KEY_EXPIRY lists the items of all tables by the second at which they expire; its
 * value is the table's name. An entry says no more than when to look: the item is removed if it is
 * still to expire then, by the attribute that its table has for it then. */
#ifndef SERVICES_DYNAMODB_EXPIRY_H
#define SERVICES_DYNAMODB_EXPIRY_H

#include "services/dynamodb/table.h"

/* When an item expires (epoch seconds): false if it never does. A value of more than five years ago
 * counts as a mistake (Developer Guide, "Using time to live"). */
bool expiry_of(const struct source *source, const struct table *table, json item, int64_t *due_s);

/* Moves the item's entry; either item may be JSON_NULL. */
void expiry_change(struct txn *txn, const struct source *source, const struct table *table,
                   const struct item_place *place, json old, json item);

/* Removes items that have expired, a bounded number. True if there were any; else *next_ms is when
 * the next one will be due (INT64_MAX: none). */
bool expiry_run(struct txn *txn, const struct source *source, int64_t *next_ms);

#endif
