/* Reading one item: what GetItem, BatchGetItem and TransactGetItems have in common. */
#ifndef SERVICES_DYNAMODB_READS_H
#define SERVICES_DYNAMODB_READS_H

#include "services/dynamodb/items.h"

/* Reads ProjectionExpression and ExpressionAttributeNames or, if `legacy`, AttributesToGet.
 * *out NULL: the whole item. */
MUST_CHECK bool read_projection(struct arena *arena, json params, bool legacy,
                                const struct projection **out, struct error *err);

/* The place that a Key of the wire names; *normal is its normal form. */
MUST_CHECK bool read_key(struct arena *arena, json wire, json *normal, struct error *err);
MUST_CHECK bool read_key_place(struct arena *arena, const struct table *table, json normal,
                               struct item_place *out, struct error *err);

/* Appends an item, or what the projection leaves of it. */
void read_write(struct buf *out, struct arena *arena, const struct projection *projection,
                struct stored_item *item);

#endif
