/* The 13 comparison operators of legacy conditions; private to legacy*.c. */
#ifndef SERVICES_DYNAMODB_LEGACY_OPERATOR_H
#define SERVICES_DYNAMODB_LEGACY_OPERATOR_H

#include "services/dynamodb/expression_tree.h"

/* One entry of a map of conditions, checked. */
struct legacy_condition {
    str attribute;
    const struct legacy_operator *operator;
    json *values; /* normal */
    size_t count;
};

/* The operator of that name; false with ERROR_VALIDATION if there is none. */
MUST_CHECK bool legacy_operator_find(str name, const struct legacy_operator **out,
                                     struct error *err);

/* True for NULL and NOT_NULL. */
bool legacy_operator_is_unary(const struct legacy_operator *operator);

/* "Invalid number of argument(s) for the EQ ComparisonOperator" */
MUST_CHECK bool legacy_check_count(const struct legacy_operator *operator, size_t count,
                                   struct error *err);

/* Normalises the condition's values (of a list on the wire) and checks that they are of one type
 * which the operator takes, and the order of BETWEEN's. */
MUST_CHECK bool legacy_read_values(struct legacy_condition *condition, struct arena *arena,
                                   json list, struct error *err);

/* The condition as a node; its path is chained behind *last_path, the last of all (or NULL). */
struct node *legacy_node(const struct legacy_condition *condition, struct arena *arena,
                         struct node **last_path);

/* The condition as one on a key. */
struct key_clause legacy_key_clause(const struct legacy_condition *condition);

#endif
