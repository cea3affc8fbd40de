/* What shape.c says about the faults that it finds; private to shape.c. */
#ifndef SERVICES_SHAPE_TEXT_H
#define SERVICES_SHAPE_TEXT_H

#include "services/shape.h"

/* A path like "tags.1.member.key", made of parts on the stack of the recursion. */
struct shape_place {
    const struct shape_place *outer;
    str name;     /* of a field, or the key of a map's entry */
    size_t index; /* from 1: an item of the list `outer`; 0: not an item */
    bool is_entry;
};

/* Appends the path; at most SHAPE_PLACES_MAX parts. */
void shape_text_place(struct buf *out, const struct shape_place *place);

/* Appends a value as Java prints it, cut to a bound. */
void shape_text_value(struct buf *out, const struct shape_field *field, json value);

/* Appends an enumeration: "[A, B]". */
void shape_text_values(struct buf *out, const char *const *values);

/* ERROR_SERIALIZATION for a value of another JSON type than is wanted. */
bool shape_text_wrong_type(enum shape_kind wanted, json value, struct error *err);

enum {
    SHAPE_DEPTH_MAX = 16, /* structures, lists and maps inside each other; ours have 8 */
    SHAPE_PLACES_MAX = 2 * SHAPE_DEPTH_MAX + 2, /* a field and an item each */
    SHAPE_SHOWN_BYTES_MAX = 16384,              /* of a value in an error text */
};

#endif
