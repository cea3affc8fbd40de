/* What CreateTable and UpdateTable say about a table, checked and made into records. */
#ifndef SERVICES_DYNAMODB_DEFINITION_H
#define SERVICES_DYNAMODB_DEFINITION_H

#include "services/dynamodb/table.h"

#define BAD_VALUES "One or more parameter values were invalid: "

/* Checks a KeySchema of one or two elements against the definitions: order, names, types. `what` is
 * how the undefined attributes of it are told of: a table's with two keys has a text of its own. */
MUST_CHECK bool definition_check_keys(struct arena *arena, json definitions, json keys,
                                      bool of_table, struct error *err);

/* Checks one index: its keys and its projection. */
MUST_CHECK bool definition_check_index(struct arena *arena, json definitions, json table_keys,
                                       json index, bool is_global, struct error *err);

/* The index as a part of the table's record. */
json definition_index(struct arena *arena, json index, uint32_t id, bool is_global,
                      bool is_filling);

/* Checks that no more than DYNAMODB_PROJECTED_NAMES_MAX attributes are named by projections. */
MUST_CHECK bool definition_check_projected(json indexes, struct error *err);

/* The definitions that keys of the table or of its indexes use. */
json definition_used(struct arena *arena, json definitions, json table_keys, json indexes);

/* ReadCapacityUnits and WriteCapacityUnits within AWS's bounds; `index` is NULL for the table. */
MUST_CHECK bool definition_check_throughput(json throughput, const str *index, struct error *err);

/* The parameters that both operations have, and that need no table: SSESpecification, TableClass.
 */
MUST_CHECK bool definition_check_sse(json params, struct error *err);
MUST_CHECK bool definition_check_class(json params, struct error *err);

/* Tags: keys, values, number. Adds `more` to `tags` (JSON_NULL: none). */
MUST_CHECK bool definition_add_tags(struct arena *arena, json tags, json more, json *out,
                                    struct error *err);

/* A StreamSpecification that is turned on gets a label: the time of that. */
str definition_stream_label(const struct source *source);

#endif
