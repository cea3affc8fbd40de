/* Inside schema/: what a document compiles to, and the helpers that compiling and validating share.
 */
#ifndef SCHEMA_INTERNAL_H
#define SCHEMA_INTERNAL_H

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include "schema/schema.h"

/* The primitive types, as bits. */
enum {
    TYPE_ARRAY = 1,
    TYPE_BOOLEAN = 2,
    TYPE_INTEGER = 4,
    TYPE_NULL = 8,
    TYPE_NUMBER = 16,
    TYPE_OBJECT = 32,
    TYPE_STRING = 64,
    TYPE_COUNT = 7,
};

struct schema_list {
    const struct schema **items;
    size_t count;
};

struct schema_names {
    const str *items; /* in the order of their bytes, each once */
    size_t count;
};

struct schema_property {
    str name;
    const struct schema *schema;
};

struct schema_pattern {
    str text;
    const pcre2_code *code;      /* in the arena */
    const struct schema *schema; /* of patternProperties; NULL for `pattern` */
};

/* One of the two is there. */
struct schema_dependency {
    str name;
    const struct schema *schema;
    struct schema_names names;
};

/* A keyword that is not given: a NULL pointer, a count of 0, a limit of -1. */
struct schema {
    const struct schema *reference; /* $ref: nothing else counts then */
    unsigned types;                 /* 0: any */
    const json *choices;            /* enum */
    const json *minimum, *maximum, *multiple_of;
    bool minimum_exclusive, maximum_exclusive;
    bool unique_items;
    bool additional_items_refused, additional_properties_refused;
    int64_t items_min, items_max, length_min, length_max, properties_min, properties_max;
    struct schema_list all_of, any_of, one_of;
    const struct schema *not_allowed; /* not */
    const struct schema *item;        /* items: one schema for all */
    struct schema_list items;         /* items: one for each place */
    bool has_items;                   /* items is a list, of any length */
    const struct schema *additional_items, *additional_properties;
    const struct schema_pattern *pattern;
    const struct schema_pattern *pattern_properties;
    size_t pattern_property_count;
    const struct schema_property *properties; /* in the order of the names' bytes */
    size_t property_count;
    struct schema_names required;
    const struct schema_dependency *dependencies; /* in the order of the names' bytes */
    size_t dependency_count;
};

/* ---- names.c ---- */

/* The bit of a type's name, 0 if there is none. */
unsigned schema_type_of_name(str name);

/* The type of a value as draft 4 counts: 1.0 is a number and no integer. */
unsigned schema_type_of(json value);

str schema_type_name(unsigned type);

/* The property `name`, NULL if the schema does not describe it. */
const struct schema *schema_find_property(const struct schema *schema, str name);

/* ---- pattern.c ---- */

/* Compiles an ECMA 262 regular expression into the arena. NULL if it is none or too long. */
const pcre2_code *schema_pattern_compile(str text, struct arena *arena);

/* What matching needs once per run; zero-initialise. */
struct schema_matcher {
    pcre2_match_data *data;
    pcre2_match_context *limits;
};

/* True if the pattern matches somewhere in `text`. A match that reaches a limit is none. */
bool schema_pattern_matches(struct schema_matcher *matcher, const pcre2_code *code, str text,
                            struct arena *arena);

/* ---- number.c ---- */

/* True if `value` is a multiple of `divisor` > 0: exactly for numbers of up to 17 digits, as
 * doubles beyond. */
bool schema_is_multiple(json value, json divisor, struct arena *arena);

/* Equal values have equal hashes: numbers by value, objects without regard to order. */
uint64_t schema_hash(json value);

#endif
