/* JSON Schema draft 4, as API Gateway's models and request validators use it.
 *
 * Keywords: $ref (to "#", "#/definitions/name" and any other JSON Pointer of the same document, and
 * through the resolver to other documents), type, enum, allOf, anyOf, oneOf, not, multipleOf,
 * maximum, minimum, exclusiveMaximum, exclusiveMinimum, maxLength, minLength, pattern, items,
 * additionalItems, maxItems, minItems, uniqueItems, properties, patternProperties,
 * additionalProperties, required, dependencies, maxProperties, minProperties. `format` is not
 * enforced and unknown keywords are ignored, both as documented.
 *
 * Order of calls: schema_compile when a model is put (the result is immutable and may be shared
 * between threads), schema_validate per request. Pure: the resolver brings the other documents.
 * Depth, steps, references and violations are bounded by SCHEMA_* of base/limits.h.
 *
 * Sources: draft-zyp-json-schema-04, draft-fge-json-schema-validation-00; Amazon API Gateway
 * Developer Guide, "Data models for REST APIs" and "Amazon API Gateway important notes". */
#ifndef SCHEMA_SCHEMA_H
#define SCHEMA_SCHEMA_H

#include "base/base.h"
#include "json/json.h"

struct schema; /* one compiled document with those it refers to */

/* Brings a document that a $ref names by a URL: for API Gateway
 * "https://apigateway.amazonaws.com/restapis/API/models/NAME". `ref` comes without its fragment.
 * False if there is none. The document must live as long as the arena of schema_compile. */
struct schema_resolver {
    void *context;
    bool (*find)(void *context, str ref, json *out);
};

/* Compiles `document`, which must live as long as `arena`; `resolver` may be NULL and is used only
 * during the call. The result is in the arena. False (ERROR_VALIDATION, the message says where) if
 * a keyword has a value that draft 4 does not allow, a pattern is no regular expression, or a
 * reference leads nowhere or beyond the limits. References to oneself are fine. */
MUST_CHECK bool schema_compile(json document, const struct schema_resolver *resolver,
                               struct arena *arena, const struct schema **out, struct error *err);

/* True if `value` fits the schema; `violations` is then empty. Otherwise all violations in the
 * order of keywords and members, in the arena, as AWS lists them in
 * $context.error.validationErrorString: [object has missing required properties (["name"]), ...]. A
 * value that takes more work than SCHEMA_STEPS_MAX does not fit. */
MUST_CHECK bool schema_validate(const struct schema *schema, json value, struct arena *arena,
                                str *violations);

#endif
