/* One write of one item: what a request asks for, checked and carried out step by step. PutItem,
 * UpdateItem, DeleteItem, BatchWriteItem and TransactWriteItems are made of these steps:
 *
 *     write_plan_read      the request alone
 *     table_set_load       its table
 *     write_plan_place     the request and its table
 *     write_plan_evaluate  the item as it is: the condition, and what the new item is
 *     item_change_apply    (items.h)
 */
#ifndef SERVICES_DYNAMODB_WRITES_H
#define SERVICES_DYNAMODB_WRITES_H

#include "services/dynamodb/items.h"
#include "services/dynamodb/update.h"

enum write_kind { WRITE_PUT, WRITE_UPDATE, WRITE_DELETE, WRITE_CHECK };

struct write_plan {
    enum write_kind kind;
    str table;    /* name or ARN */
    json map;     /* normal: the Item of a put, the Key of the others */
    size_t bytes; /* of a put's item */
    const struct condition *condition;
    const struct update *update;
    bool shows_item; /* ReturnValuesOnConditionCheckFailure: ALL_OLD */
};

/* Reads a request or an action of a transaction. `legacy`: the parameters from before expressions
 * are there, too. False with ERROR_VALIDATION or ERROR_SERIALIZATION. */
MUST_CHECK bool write_plan_read(struct arena *arena, json params, enum write_kind kind, bool legacy,
                                struct write_plan *out, struct error *err);

/* Finds the item's place; checks keys, index keys and paths against the table. */
MUST_CHECK bool write_plan_place(const struct source *source, const struct table *table,
                                 const struct write_plan *plan, enum place_words words,
                                 struct item_place *out, struct error *err);

/* Reads the old item, checks the condition and makes the new item; change->table and ->place are
 * set already. False with ERROR_DYNAMODB_CONDITIONAL_CHECK_FAILED (and the item as a detail, if it
 * is to be shown) or ERROR_VALIDATION. Nothing has been written. */
MUST_CHECK bool write_plan_evaluate(const struct source *source, const struct write_plan *plan,
                                    struct item_change *change, struct error *err);

/* Paths below key attributes, which hold scalars, are refused. Any of the three may be NULL. */
MUST_CHECK bool table_check_paths(const struct table *table, const struct condition *condition,
                                  const struct projection *projection, const struct update *update,
                                  struct error *err);

/* Appends the object ItemCollectionMetrics of one item; `map` holds its hash key. */
void write_metrics(struct buf *out, const struct table *table, json map);
/* True if the request wants metrics and the table has them: it has a local index. */
bool metrics_wanted(json params, const struct table *table);

#endif
