/* Expressions: ConditionExpression, FilterExpression, KeyConditionExpression, ProjectionExpression
 * (Developer Guide, "Expressions in DynamoDB"); update.h has UpdateExpression, legacy.h what was
 * before expressions. All compile into the same trees, which live in an arena, are parsed once and
 * evaluated on any number of items.
 *
 * The order of calls for a request:
 *
 *     expression_check_params     which parameters may come together
 *     expression_context_init     names and values
 *     condition_parse ...         every expression of the request
 *     expression_context_finish   nothing defined is unused
 *     ... now look at the table ...
 *     condition_is_true, projection_apply   per item; no allocation in conditions, no errors
 *
 * Every item and value that is passed in is normal (value.h). Messages are those of AWS. */
#ifndef SERVICES_DYNAMODB_EXPRESSION_H
#define SERVICES_DYNAMODB_EXPRESSION_H

#include "services/dynamodb/value.h"

struct condition;  /* a boolean expression or a legacy condition map */
struct projection; /* a set of document paths */

/* ---- parameters ---- */

/* Checks that no parameter of `legacy` comes with one of `expressions` ("Can not use both
 * expression and non-expression parameters in the same request"), and that ExpressionAttributeNames
 * and ExpressionAttributeValues come with an expression. `input` is the request's body; the names
 * are its members' ("KeyConditionExpression"), in the order in which messages list them. For Query
 * that is Projection-, Filter-, KeyConditionExpression, for UpdateItem Update- before
 * ConditionExpression. */
MUST_CHECK bool expression_check_params(struct arena *arena, json input, const str *expressions,
                                        size_t expression_count, const str *legacy,
                                        size_t legacy_count, struct error *err);

/* ---- names and values ---- */

struct expression_placeholder {
    str key;     /* "#n" or ":v" */
    json value;  /* the attribute's name as a JSON_STRING, or a normal value */
    size_t rank; /* its place in the request */
    bool is_used;
};

struct expression_placeholders {
    struct expression_placeholder *items; /* ordered by key */
    size_t count;
};

/* Lives as long as the request; its members are private. */
struct expression_context {
    struct arena *arena; /* borrowed: trees and messages live here */
    struct expression_placeholders names, values;
};

/* Takes ExpressionAttributeNames and ExpressionAttributeValues as they are on the wire (NULL or
 * JSON null if absent): checks their keys, normalises the values, checks their size. */
MUST_CHECK bool expression_context_init(struct expression_context *context, struct arena *arena,
                                        const json *names, const json *values, struct error *err);

/* "Value provided in ExpressionAttributeNames unused in expressions: keys: {#x}". */
MUST_CHECK bool expression_context_finish(const struct expression_context *context,
                                          struct error *err);

/* ---- conditions ---- */

enum expression_kind {
    EXPRESSION_CONDITION,
    EXPRESSION_FILTER,
    EXPRESSION_KEY_CONDITION,
    EXPRESSION_PROJECTION,
    EXPRESSION_UPDATE,
};

/* Parses a condition of one of the first three kinds. The tree lives in the context's arena and in
 * `text`. */
MUST_CHECK bool condition_parse(struct expression_context *context, enum expression_kind kind,
                                str text, const struct condition **out, struct error *err);

/* `item` may be JSON_NULL: no item. A NULL condition is true. */
bool condition_is_true(const struct condition *condition, json item);

/* How an expression uses a top-level attribute: the tables refuse nested paths below keys ("Key
 * attributes must be scalars; ...") and filters on keys. */
enum path_use { PATH_UNUSED, PATH_PLAIN, PATH_NESTED };

/* The strongest use of attribute `name` in it; PATH_UNUSED for NULL. */
enum path_use condition_use(const struct condition *condition, str name);

/* ---- key conditions ---- */

enum key_operator {
    KEY_ANY, /* no condition on the range key */
    KEY_EQ,
    KEY_LT,
    KEY_LE,
    KEY_GT,
    KEY_GE,
    KEY_BETWEEN, /* both bounds belong to it */
    KEY_BEGINS_WITH,
};

struct key_attribute {
    str name; /* empty: there is none (a table without a range key) */
    enum value_type type;
};

struct key_condition {
    json hash; /* the value that the hash key equals */
    enum key_operator range;
    json bounds[2]; /* KEY_BETWEEN uses both, KEY_ANY none */
};

/* What a parsed KeyConditionExpression, or legacy KeyConditions, says about the keys of a table or
 * an index. False with AWS's text if it says something else, misses the hash key, or has values of
 * other types than the schema. `arena` is for messages. */
MUST_CHECK bool key_condition_resolve(const struct condition *condition, struct arena *arena,
                                      struct key_attribute hash, struct key_attribute range,
                                      struct key_condition *out, struct error *err);

/* ---- projections ---- */

MUST_CHECK bool projection_parse(struct expression_context *context, str text,
                                 const struct projection **out, struct error *err);

/* The parts of `item` that it names, ordered by name; of lists the chosen elements close up. A NULL
 * projection gives the item itself. */
json projection_apply(const struct projection *projection, struct arena *arena, json item);

enum path_use projection_use(const struct projection *projection, str name);

/* The top-level attributes that it names, each once; 0 for NULL. */
size_t projection_name_count(const struct projection *projection);
str projection_name(const struct projection *projection, size_t index);

#endif
