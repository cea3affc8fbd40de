/* Shapes: the constraints that a service model puts on the fields of a call, checked from a table
 * before a handler runs. Source: the API's service model (botocore's service-2.json), and the texts
 * of AWS's ValidationException as recorded. */
#ifndef SERVICES_SHAPE_H
#define SERVICES_SHAPE_H

#include "base/base.h"
#include "json/json.h"

enum shape_kind { SHAPE_STRING, SHAPE_INTEGER, SHAPE_BOOLEAN, SHAPE_STRUCTURE, SHAPE_LIST };

struct shape_pattern;

struct shape_field {
    str name;
    enum shape_kind kind;
    bool required;
    int64_t min, max;           /* characters of a string, value of an integer, items of a list;
                                   max 0: unbounded */
    const char *const *values;  /* enum values, NULL-terminated, in the order AWS prints them */
    const struct shape *shape;  /* of a structure, or of a list's items when they are structures */
    enum shape_kind item_kind;  /* of a list */
    int64_t item_min, item_max; /* characters of a list's strings; max 0: unbounded */
    bool sensitive;             /* the model's mark: errors do not repeat the value */
    const struct shape_pattern *pattern; /* of a string; or NULL */
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

#endif
