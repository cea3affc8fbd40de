/* The members of DynamoDB's requests and the constraints that its service model puts on them.
 *
 * services/shape.h does this for the other services. DynamoDB has maps and attribute values, prints
 * paths in lower case ("tableName") and other texts for wrong types, so it has a checker of its
 * own; its handlers call it first. Texts and the order of members: recorded answers of DynamoDB. */
#ifndef SERVICES_DYNAMODB_MEMBERS_H
#define SERVICES_DYNAMODB_MEMBERS_H

#include "json/json.h"

enum member_kind {
    MEMBER_STRING,
    MEMBER_NAME,  /* a string of letters, digits and "_.-": the name of a table or an index */
    MEMBER_TABLE, /* such a name of 3 to 255 characters, or a table's ARN */
    MEMBER_INTEGER,
    MEMBER_BOOLEAN,
    MEMBER_STRUCTURE,
    MEMBER_LIST,
    MEMBER_MAP,    /* from names to what `item` says */
    MEMBER_ITEM,   /* a map from names to attribute values; value.h checks those */
    MEMBER_VALUE,  /* an attribute value; likewise */
    MEMBER_VALUES, /* a list of attribute values */
};

struct members;

struct member {
    str name; /* "TableName" */
    enum member_kind kind;
    bool required;
    bool bare; /* errors name it as it is and do not repeat the value ("Value at 'Limit' failed") */
    int64_t min, max;          /* characters, value or number of items; max 0: unbounded */
    const char *const *values; /* enum values, NULL-terminated, in the order DynamoDB prints them */
    const struct members *of;  /* of a structure, or of the items of a list or map */
    enum member_kind item;     /* of a list or map without `of`: the kind of its items */
    int64_t item_min, item_max; /* of strings in a list */
    bool of_tables;             /* the names of a map are those of tables, or ARNs */
};

struct members {
    const char *name; /* of the structure, as errors print it */
    const struct member *items;
    size_t count;
};

/* Checks `params`: unknown members are ignored, null counts as absent. False with ERROR_VALIDATION
 * and up to ten faults ("2 validation errors detected: ..."), or ERROR_SERIALIZATION for a value of
 * another type. Messages live in `arena`. */
MUST_CHECK bool members_check(const struct members *members, json params, struct arena *arena,
                              struct error *err);

/* The check of a map whose names are those of tables, where it comes after all others. */
MUST_CHECK bool members_check_tables(const struct member *member, json map, struct arena *arena,
                                     struct error *err);

/* Appends a value as DynamoDB's messages show it: structures and lists as Java prints them. */
void members_show(struct buf *out, const struct member *member, json value);

/* Some operations say "1 validation error detected: " before every fault of the request itself
 * (DeleteItem, PutItem, UpdateItem; recorded in October 2026). Adds that to an ERROR_VALIDATION
 * that has no such start yet; returns false. */
bool members_envelope(struct arena *arena, struct error *err);

/* A member that is there, or NULL: null counts as absent. */
const json *member_find(json params, const char *name);

#endif
