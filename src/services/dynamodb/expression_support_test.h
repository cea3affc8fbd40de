/* Shared by the tests of values, expressions, updates and legacy conditions. Single quotes stand
 * for double ones in all JSON. */
#ifndef SERVICES_DYNAMODB_EXPRESSION_SUPPORT_TEST_H
#define SERVICES_DYNAMODB_EXPRESSION_SUPPORT_TEST_H

#include "services/dynamodb/expression.h"

/* The parsed text, as it is; it lives in the arena. NULL gives JSON null. */
json wire(struct arena *arena, const char *text);

/* The normal form of an item, of one value. */
json item(struct arena *arena, const char *text);
json value(struct arena *arena, const char *text);

/* A context of names and values, either of which may be NULL. */
struct expression_context context(struct arena *arena, const char *names, const char *values);

/* "ok", or the error's text. */
const char *outcome(struct arena *arena, bool ok, const struct error *err);

/* Both are the same JSON, without regard to the order of members. */
void expect_json(json actual, const char *expected, const char *what);

#endif
