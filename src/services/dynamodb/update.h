/* UpdateExpression: SET, REMOVE, ADD, DELETE (Developer Guide, "Update expressions"). Legacy
 * AttributeUpdates compile into the same struct (legacy.h). The order of calls is that of
 * expression.h. */
#ifndef SERVICES_DYNAMODB_UPDATE_H
#define SERVICES_DYNAMODB_UPDATE_H

#include "services/dynamodb/expression.h"

struct update;

/* The result lives in the context's arena and in `text`. */
MUST_CHECK bool update_parse(struct expression_context *context, str text,
                             const struct update **out, struct error *err);

/* The top-level attributes that it writes, each once, so that the table can refuse its keys
 * ("Cannot update attribute pk. This attribute is part of the key"); 0 for NULL. */
size_t update_name_count(const struct update *update);
str update_name(const struct update *update, size_t index);

/* How it uses attribute `name`, as a target or as an operand (see condition_use). */
enum path_use update_use(const struct update *update, str name);

/* True if an item that is not there comes into being by this update. False for AttributeUpdates
 * that only delete; NULL creates. */
bool update_creates_item(const struct update *update);

/* Applies it to `item`, a normal item; where there is none, one that has nothing but its key. All
 * operands are of the item as it was before. The new item lives in `arena` and in what the old one
 * and the update live in; unchanged parts are shared. A NULL update gives the item itself. False
 * with ERROR_VALIDATION and AWS's text. Checks no item size and no key. */
MUST_CHECK bool update_apply(const struct update *update, struct arena *arena, json item, json *out,
                             struct error *err);

/* The parts of `item` that the update writes: what UPDATED_OLD (of the old item) and UPDATED_NEW
 * (of the new one) return. An empty object if there are none. */
json update_project(const struct update *update, struct arena *arena, json item);

#endif
