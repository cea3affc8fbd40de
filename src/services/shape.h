/* Shapes: the constraints that a service model puts on the fields of a call, checked from a table
 * before a handler runs. Source: the APIs' service models (botocore's service-2.json), and the
 * texts of AWS's ValidationException as recorded. */
#ifndef SERVICES_SHAPE_H
#define SERVICES_SHAPE_H

#include "base/base.h"
#include "json/json.h"

enum shape_kind {
    SHAPE_STRING,
    SHAPE_INTEGER, /* of 64 bits */
    SHAPE_BOOLEAN,
    SHAPE_STRUCTURE,
    SHAPE_LIST,
    SHAPE_NUMBER,    /* with or without a fraction; its value is not bounded here */
    SHAPE_TIMESTAMP, /* epoch seconds with or without a fraction, or an ISO 8601 text, which the
                        handler reads */
    SHAPE_MAP,       /* keys are strings, values as the items of a list */
    SHAPE_BLOB, /* text in base64, which is checked; min and max count the bytes it stands for */
    SHAPE_ANY,  /* any JSON value, not looked at: documents, DynamoDB's attribute values */
};

struct shape_pattern;
struct shape;

/* Values that break their bounds are faults; a value of a wrong JSON type is an error at once. */
struct shape_field {
    str name; /* as in the model, on the wire and in handlers; messages decapitalise it, as AWS's do
                 ("TableName": "Value null at 'tableName' failed ...") */
    enum shape_kind kind;
    bool required;
    int64_t min, max;           /* characters of a string, value of an integer (INT64_MIN: none),
                                   items of a list, entries of a map, bytes of a blob;
                                   max 0: unbounded */
    const char *const *values;  /* enum values, NULL-terminated, in the order AWS prints them; of a
                                   string, or of the strings in a list */
    const struct shape *shape;  /* of a structure, or of a list's or map's items when they are
                                   structures */
    enum shape_kind item_kind;  /* of a list or map; items that are lists or maps are not looked
                                   into, and no service has such */
    int64_t item_min, item_max; /* characters of a list's or map's strings; max 0: unbounded */
    bool sensitive;             /* the model's mark: errors do not repeat the value */
    /* Of a string, or of the strings in a list or map; or NULL. */
    const struct shape_pattern *pattern;
    int64_t key_min, key_max;                /* characters of a map's keys; max 0: unbounded */
    const struct shape_pattern *key_pattern; /* of a map's keys; or NULL */
};

/* A regular expression of the model: as AWS prints it, and what it means. */
struct shape_pattern {
    const char *text;
    bool (*matches)(str value);
};

struct shape {
    const struct shape_field *fields;
    size_t field_count;
    const char *name; /* in the model; AWS prints it where it shows a value of this shape */
};

/* Checks params against shape: unknown fields are ignored, null counts as absent. False with
 * ERROR_VALIDATION and AWS's text ("1 validation error detected: Value '1001' at 'maxResults'
 * failed to satisfy constraint: ...", all faults at once), or ERROR_SERIALIZATION for a wrong JSON
 * type. */
MUST_CHECK bool shape_check(const struct shape *shape, json params, struct arena *arena,
                            struct error *err);

/* The field of that name, or NULL. */
const struct shape_field *shape_field_find(const struct shape *shape, str name);

#endif
