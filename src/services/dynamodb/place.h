/* Where items and index entries are: key schemas, and the keys of the store made from them.
 *
 * Keys of a table are ordered by a hash of the hash value first, so that Scan's segments are equal
 * ranges; then by the hash value, then by the range value in its order. Index entries carry the
 * item's own key behind that, so that any number of items may share an index key. */
#ifndef SERVICES_DYNAMODB_PLACE_H
#define SERVICES_DYNAMODB_PLACE_H

#include "services/dynamodb/expression.h"
#include "store/keys.h"

/* The keys of a table or an index; range.name is empty if there is none. */
struct schema {
    struct key_attribute hash, range;
};

/* The key values of an item as bytes (value_key_bytes). */
struct item_place {
    str hash;
    str range; /* empty if there is none */
};

bool place_equal(const struct item_place *a, const struct item_place *b);

/* How a fault is told: as of an Item ("Type mismatch for key ..."), or as of a Key. */
enum place_words { PLACE_OF_ITEM, PLACE_OF_KEY };

/* Reads the key attributes out of a normal map: a Key (then nothing else may be in it) or an Item.
 * Bytes live in the arena or in the map. False with ERROR_VALIDATION. */
MUST_CHECK bool place_read(struct arena *arena, const struct schema *schema, json map,
                           enum place_words words, struct item_place *out, struct error *err);

/* The part of those checks that DynamoDB does for a whole transaction before it looks at any
 * action: that the key values that are there are neither empty nor too long. */
MUST_CHECK bool place_check_values(const struct schema *schema, json map, struct error *err);

/* The entry of an item in an index: false if the item lacks one of the index's keys. */
bool place_in_index(struct arena *arena, const struct schema *schema, json item,
                    struct item_place *out);

/* Checks the values that an item has for the keys of an index. False with ERROR_VALIDATION. */
MUST_CHECK bool place_check_index(const struct schema *schema, str index, json item,
                                  struct error *err);

/* True if `name` is one of the schema's attributes. */
bool schema_has(const struct schema *schema, str name);

/* The number that the keys of a partition begin with; stable, as it is on disk. */
uint32_t place_partition(str hash);

/* Adds partition and hash value, or the range value, to a key. */
void place_add_hash(struct key *key, str hash);
void place_add_range(struct key *key, str range);
/* The key of an item; of an entry. */
void place_item_key(struct key *key, uint16_t shard, uint64_t table,
                    const struct item_place *place);
void place_entry_key(struct key *key, uint16_t shard, uint64_t table, uint32_t index,
                     const struct item_place *entry, const struct item_place *item);

#endif
