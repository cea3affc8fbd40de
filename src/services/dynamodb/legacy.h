/* The parameters that were before expressions: Expected, KeyConditions, QueryFilter, ScanFilter,
 * AttributeUpdates, AttributesToGet (Developer Guide, "Legacy conditional parameters"). They
 * compile into the trees of expression.h and update.h. Arguments are the members of the request as
 * they are on the wire; NULL (or JSON null) gives NULL in *out. Errors: ERROR_VALIDATION with AWS's
 * text. */
#ifndef SERVICES_DYNAMODB_LEGACY_H
#define SERVICES_DYNAMODB_LEGACY_H

#include "services/dynamodb/expression.h"
#include "services/dynamodb/update.h"

/* Expected with its ConditionalOperator ("AND" if NULL). */
MUST_CHECK bool legacy_parse_expected(struct arena *arena, const json *expected,
                                      const json *conditional_operator,
                                      const struct condition **out, struct error *err);

/* QueryFilter or ScanFilter with the ConditionalOperator. */
MUST_CHECK bool legacy_parse_filter(struct arena *arena, const json *filter,
                                    const json *conditional_operator, const struct condition **out,
                                    struct error *err);

/* KeyConditions; for key_condition_resolve. */
MUST_CHECK bool legacy_parse_key_conditions(struct arena *arena, const json *conditions,
                                            const struct condition **out, struct error *err);

MUST_CHECK bool legacy_parse_updates(struct arena *arena, const json *updates,
                                     const struct update **out, struct error *err);

/* AttributesToGet: top-level names, no paths. */
MUST_CHECK bool legacy_parse_attributes(struct arena *arena, const json *names,
                                        const struct projection **out, struct error *err);

#endif
