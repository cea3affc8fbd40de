/* Forms: application/x-www-form-urlencoded, as query strings and bodies carry it, and percent signs
 * in paths. All bytes are hostile. */
#ifndef HTTP_FORM_H
#define HTTP_FORM_H

#include "base/base.h"

struct form_pair {
    str name, value; /* decoded, well-formed UTF-8 */
};

/* In the order of the text. */
struct form {
    struct form_pair *pairs; /* in the arena */
    size_t count, capacity;
};

/* Appends the pairs of `text` to `form`, which begins as all zero. A pair without '=' has an empty
 * value; empty pairs ("a=1&&b=2") are skipped. The pairs point into `text` where nothing had to be
 * decoded. False with ERROR_MALFORMED_INPUT: a percent sign without two digits, bytes that are no
 * UTF-8, more than PROTOCOL_FORM_PAIRS_MAX pairs. */
MUST_CHECK bool form_parse(str text, struct arena *arena, struct form *form, struct error *err);

/* The value of the first pair of that name, or NULL. */
const str *form_find(const struct form *form, str name);

/* Decodes percent signs, and plus signs as spaces if `plus`; the result is `text` itself or lives
 * in the arena. False as in form_parse. */
MUST_CHECK bool form_decode(str text, bool plus, struct arena *arena, str *out, struct error *err);

#endif
