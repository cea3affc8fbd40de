/* Patterns: the language of EventBridge's event patterns and of SNS's filter policies.
 *
 *     {"source": ["orders", {"prefix": "pay-"}], "detail": {"total": [{"numeric": [">", 10]}]}}
 *
 * A pattern is an object. Every field must match, any condition of a field will do. Conditions are
 * strings, numbers, booleans and null, which match what equals them, and objects of one operator:
 * prefix, suffix, equals-ignore-case, wildcard, anything-but, numeric, exists, cidr. `$or` holds
 * objects of which one must match. Where the event has an array, any item of it will do, the same
 * for all fields below it. Sources: "Amazon SNS subscription filter policies" and "Amazon
 * EventBridge event patterns" in AWS's guides; the texts of errors as recorded from SNS.
 *
 * Pure: a pattern is checked once, when it is stored, and then applied as it is. */
#ifndef SERVICES_PATTERN_H
#define SERVICES_PATTERN_H

#include "base/base.h"
#include "json/json.h"

/* Whose rules. They differ in how large a number may be and in what is not there. */
enum pattern_dialect {
    PATTERN_ATTRIBUTES, /* SNS, FilterPolicyScope MessageAttributes: null matches what is absent */
    PATTERN_BODY,       /* SNS, FilterPolicyScope MessageBody */
    PATTERN_EVENT,      /* EventBridge */
};

/* What quotas are about. */
struct pattern_size {
    size_t keys;              /* fields of the outermost object */
    uint64_t combinations;    /* the product of the conditions of each field, each times its depth;
                                 branches of $or are added up; up to
                                 PATTERN_COMBINATIONS_COUNTED */
    bool nested;              /* a field holds an object */
    size_t wildcards;         /* stars of the wildcard pattern that has most of them */
    uint64_t wildcard_points; /* SNS's measure: per field one point for each pattern with one star
                                 and three for each with more; the product over the fields */
};
enum { PATTERN_COMBINATIONS_COUNTED = 1000000 };

/* Offset of an error that AWS shows without a place. */
#define PATTERN_NO_PLACE UINT32_MAX

/* Parses and checks a pattern. False with AWS's reason in `err` (ERROR_VALIDATION; ERROR_SYNTAX and
 * what else json_parse gives for malformed JSON), without "at [Source: ...": err->offset says where
 * Jackson's reader stands, for json_position and json_source_location. The value and a long message
 * live in `arena`; the value points into `text`. */
MUST_CHECK bool pattern_check(str text, enum pattern_dialect dialect, struct arena *arena,
                              json *out, struct pattern_size *size, struct error *err);

/* True if the event matches a checked pattern. Bounded: a pair that takes more than
 * PATTERN_STEPS_MAX steps does not match. */
bool pattern_matches(json pattern, enum pattern_dialect dialect, json event);

/* True if `text` matches a wildcard pattern: * stands for any characters, \* and \\ for
 * themselves. */
bool pattern_wildcard_matches(str wildcard, str text);

/* True if a field is the operator $or: that name, and an array of at least two objects of which
 * none has an operator's name as a field. Otherwise $or is a field like any other. */
bool pattern_is_or(str name, json value);

/* Network and length of a text like "10.0.0.0/24" or "2001:db8::/32". `bytes` is 4 or 16. */
struct pattern_network {
    unsigned char address[16];
    size_t bytes;
    unsigned bits;
};
/* NULL, or why the text is no network. */
const char *pattern_network_read(str text, struct pattern_network *out);

#endif
