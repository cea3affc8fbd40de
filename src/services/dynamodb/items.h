/* Items in the store, and what follows from changing one: index entries, counts, the time to live.
 *
 * KEY_ITEM and KEY_INDEX_ENTRY hold {"v":1,"s": size,"i": item}, written exactly so: the size (as
 * DynamoDB counts it) and the item's text are found without parsing, which is all that most reads
 * need. The item is normal (value.h). */
#ifndef SERVICES_DYNAMODB_ITEMS_H
#define SERVICES_DYNAMODB_ITEMS_H

#include "services/dynamodb/capacity.h"

struct stored_item {
    bool exists;
    size_t bytes; /* as DynamoDB counts them */
    str text;     /* of the item, as JSON */
    json value;   /* JSON_NULL until item_parse */
};

/* The item at a place; its text lives as long as the source's arenas. */
void item_read(const struct source *source, const struct table *table,
               const struct item_place *place, struct stored_item *out);
/* The same of a record that a cursor shows; valid as long as that. */
void item_open(str record, struct stored_item *out);
/* Parses the item, once. Its text must live as long as the value is used. JSON_NULL if there is
 * none. */
json item_parse(struct arena *arena, struct stored_item *item);
/* The record of an item. */
str item_record(struct arena *arena, json item, size_t bytes);

/* One item's change in a transaction. */
struct item_change {
    struct table *table;
    struct item_place place;
    struct stored_item old;
    json item;    /* the new one; JSON_NULL: there is to be none */
    size_t bytes; /* of it */
};

/* Writes it, with everything that depends on it, and adds what it costs. Reads no more than the
 * change needs: the old item is parsed only if the table has indexes or times to live. */
void item_change_apply(struct txn *txn, const struct source *source, struct item_change *change,
                       struct capacity *capacity);

/* Makes the entry of an item in an index that is being filled, if there is none. */
void item_fill_index(struct txn *txn, const struct source *source, struct table *table,
                     struct table_index *index, json item);

#endif
