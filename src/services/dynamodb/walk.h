/* One page of a Query or a Scan: a walk over a range of a table or of an index. */
#ifndef SERVICES_DYNAMODB_WALK_H
#define SERVICES_DYNAMODB_WALK_H

#include "services/dynamodb/items.h"

struct walk {
    const struct source *source;
    const char *filter_name; /* "QueryFilter": as the request calls its legacy filter */
    bool is_query;
    struct table table;
    const struct table_index *index; /* NULL: the table itself */
    struct key from, to;             /* the range that is left to be walked */
    bool reverse, consistent;
    bool count_only; /* Select COUNT: no items in the answer */
    bool fetches;    /* a local index does not hold what is asked for: every item is looked up */
    size_t limit;    /* items to look at; 0: no limit */
    const struct condition *filter;
    bool filter_is_legacy;
    const struct projection *projection;
    json start; /* ExclusiveStartKey, normal; JSON_NULL: none */

    /* what came of it */
    size_t scanned, matched;
    uint64_t bytes;         /* of the items that were looked at */
    uint64_t fetched_units; /* half units of the items that were looked up */
    json last;              /* the last of them, if the page ended before the range; else NULL */
};

/* Reads what both operations have: Select, Limit, the filter, the projection, the start key, and
 * for a Query the key condition, which is resolved later. `key_condition` is NULL for a Scan. */
MUST_CHECK bool walk_read(struct walk *walk, json params, const struct condition **key_condition,
                          struct error *err);

/* Finds the table and the index, and checks what the request wants of them. */
MUST_CHECK bool walk_find(struct walk *walk, json params, struct error *err);
/* Checks projection and filter against them; before walk_run. */
MUST_CHECK bool walk_check(struct walk *walk, json params, struct error *err);

/* The keys of what is walked: of the index or of the table. */
const struct schema *walk_schema(const struct walk *walk);
/* Starts a key with the prefix of what is walked. */
void walk_prefix(const struct walk *walk, struct key *out);
/* The key of the record that the start key names. */
MUST_CHECK bool walk_start_key(const struct walk *walk, struct key *out, struct error *err);

/* Walks, and writes the whole answer. */
void walk_answer(struct walk *walk, json params, struct buf *out);

#endif
