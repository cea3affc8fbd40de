/* Attribute values and items.
 *
 * A value is the `json` object of the wire with exactly one member, {"S":"text"}; an item is a JSON
 * object of names and values. What has gone through value_normalise or value_normalise_item is
 * *normal*: one datatype, numbers as canonical text, base64 canonical, sets without duplicates and
 * in the order of their elements, maps in the order of their names (an item keeps the order that it
 * came in). So equal values have equal texts, and comparing takes linear time. DynamoDB promises no
 * order of any of these.
 *
 * All functions below the first two take normal values only; they allocate nothing unless they are
 * given an arena. Recursion is bounded: nothing normal is nested deeper than
 * DYNAMODB_VALUE_DEPTH_MAX. */
#ifndef SERVICES_DYNAMODB_VALUE_H
#define SERVICES_DYNAMODB_VALUE_H

#include "services/dynamodb/number.h"
#include "json/json.h"

enum value_type {
    VALUE_S,
    VALUE_N,
    VALUE_B,
    VALUE_SS,
    VALUE_NS,
    VALUE_BS,
    VALUE_L,
    VALUE_M,
    VALUE_BOOL,
    VALUE_NULL,
};

enum { VALUE_TYPES = VALUE_NULL + 1 };

/* ---- in ---- */

/* Checks one AttributeValue of the wire and gives its normal form, which lives in `arena` and in
 * what `wire` lives in. False with ERROR_VALIDATION or ERROR_SERIALIZATION and AWS's text. Empty
 * strings and binaries are fine here (only keys refuse them). */
MUST_CHECK bool value_normalise(struct arena *arena, json wire, json *out, struct error *err);

/* The same for a map from names to values: Item, Key, ExclusiveStartKey. The order of the names
 * stays. Does not check the size. */
MUST_CHECK bool value_normalise_item(struct arena *arena, json wire, json *out, struct error *err);

/* ---- looking ---- */

enum value_type value_type(json value);

/* What is behind the type's name: a string, array, object, boolean. */
json value_content(json value);

/* The type's name on the wire: "S", "NS", "BOOL" ... */
str value_type_name(enum value_type type);

/* False if `name` is no type's name. */
MUST_CHECK bool value_type_from_name(str name, enum value_type *out);

/* The number of a VALUE_N. */
void value_number(json value, struct number *out);

/* The value of attribute `name` of an item, or of a map's content; NULL if it has none, or if it is
 * no object (JSON_NULL: no item). As json_find, but names may be long. */
const json *value_find(json item, str name);

/* ---- making ---- */

/* {"S": content} and so on; `content` is borrowed and must be normal. */
json value_make(struct arena *arena, enum value_type type, json content);
json value_make_number(struct arena *arena, const struct number *number);

/* ---- comparing ---- */

/* A value taken apart. Conditions compare these: the result of size() is a number, too, and needs
 * no object around it. */
typedef struct attr {
    enum value_type type;
    json content;
} attr;

attr attr_of(json value);

/* Numbers by value, sets without order, lists and maps deeply; of different types never. */
bool attr_equal(attr a, attr b);
bool attribute_equal(json a, json b);

/* True if both are of the same type and that is S, N or B: then they have an order. */
bool attr_is_ordered(attr a, attr b);

/* Strings by their UTF-8 bytes, numbers by value, binaries by unsigned bytes. Negative, 0 or
 * positive. Only of what has an order. */
int attr_compare(attr a, attr b);
int value_compare(json a, json b);

/* Both S or both B, and `prefix` is one of `value`; false for other types. */
bool attr_begins_with(attr value, attr prefix);

/* DynamoDB's contains(): a part of a string or binary, an element of a set or list; else false. */
bool attr_contains(attr value, attr operand);

/* DynamoDB's size(): characters of S (of its UTF-16 form, as Java counts them), bytes of B,
 * elements of the others. False for N, BOOL and NULL. */
MUST_CHECK bool attr_size(attr value, uint64_t *out);

/* ---- sets ---- */

/* The union of two normal sets of one type, and what is in `a` and not in `b`: again normal, but
 * the second may be empty. Arrays as value_content gives them; linear. */
json value_set_union(struct arena *arena, enum value_type type, json a, json b);
json value_set_difference(struct arena *arena, enum value_type type, json a, json b);

/* ---- keys and sizes ---- */

/* Appends bytes whose memcmp order is that of value_compare; `value` is an S, N or B. Those of S
 * and B are its bytes as they are (one may be a prefix of another one, and NUL may occur), those of
 * N are number_key's. */
void value_key_bytes(struct buf *out, json value);

/* Bytes as DynamoDB counts them (Developer Guide, "DynamoDB item sizes and formats"): of one value,
 * of an item with its attribute names. */
size_t value_bytes(json value);
size_t value_item_bytes(json item);

/* Bytes of an S (UTF-8) or B (decoded), for limits of keys. */
size_t value_content_bytes(json value);

/* True if an item is no larger than DYNAMODB_ITEM_BYTES_MAX; else false with ERROR_VALIDATION.
 * `is_update` chooses UpdateItem's wording. */
MUST_CHECK bool value_check_item_size(json item, bool is_update, struct error *err);

/* Levels of lists and maps: 1 for a scalar or set, one more for each container around. */
size_t value_depth(json value);

/* "Nesting Levels have exceeded supported limits: ..."; returns false. */
bool value_too_deep(struct error *err);

#endif
