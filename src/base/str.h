/* A string is a borrowed slice of bytes: a value, passed by copy, not terminated by NUL.
 * Who owns the bytes is said by whoever hands the slice out (usually "in the arena of ..."). */
#ifndef BASE_STR_H
#define BASE_STR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/assert.h"

typedef struct str {
    const char *ptr; /* may be NULL when len is 0 */
    size_t len;      /* bytes */
} str;

/* The slice of a string literal. A macro because sizeof needs the literal itself. */
#define STR(literal) ((str){ (literal), sizeof(literal) - 1 })
/* The same as a constant expression, for static tables. */
#define STR_INIT(literal)                                                                          \
    {                                                                                              \
        (literal), sizeof(literal) - 1                                                             \
    }
/* printf("%.*s", STR_ARGS(s)) */
#define STR_ARGS(s) (int)(s).len, (s).ptr

static inline str str_from(const char *terminated)
{
    return (str){ terminated, terminated ? strlen(terminated) : 0 };
}

static inline bool str_eq(str a, str b)
{
    return a.len == b.len && (a.len == 0 || memcmp(a.ptr, b.ptr, a.len) == 0);
}

static inline bool str_is_empty(str s)
{
    return s.len == 0;
}

static inline bool str_starts_with(str s, str prefix)
{
    return s.len >= prefix.len && (prefix.len == 0 || memcmp(s.ptr, prefix.ptr, prefix.len) == 0);
}

static inline bool str_ends_with(str s, str suffix)
{
    return s.len >= suffix.len &&
           (suffix.len == 0 || memcmp(s.ptr + s.len - suffix.len, suffix.ptr, suffix.len) == 0);
}

/* The byte at `at`, or NUL at and behind the end. */
static inline char str_at(str s, size_t at)
{
    if (at >= s.len) return '\0';
    return s.ptr[at];
}

/* Bytes [from, to) of s; 0 <= from <= to <= s.len. */
static inline str str_slice(str s, size_t from, size_t to)
{
    ASSERT(from <= to && to <= s.len);
    if (from == 0) return (str){ s.ptr, to }; /* s.ptr may be NULL */
    return (str){ s.ptr + from, to - from };
}

static inline str str_skip(str s, size_t count)
{
    return str_slice(s, count, s.len);
}

/* Orders by bytes, the shorter first where one is a prefix of the other. Negative, 0 or positive.
 */
int str_compare(str a, str b);

/* Index of the first `c` at or after `from`, or s.len if there is none. */
size_t str_find_char(str s, char c, size_t from);

/* Index of the first `needle` at or after `from`, or s.len if there is none. */
size_t str_find(str s, str needle, size_t from);

/* Without ASCII white space (space, tab, CR, LF) at both ends. */
str str_trim(str s);

/* Compares in a time that depends on the lengths only, for secrets. */
bool str_eq_constant_time(str a, str b);

/* Reads an optional minus sign and decimal digits, nothing else. False if s is not that or does not
 * fit; `out` is then untouched. */
MUST_CHECK bool str_to_i64(str s, int64_t *out);

/* Number of Unicode code points if s is well-formed UTF-8 (no surrogates, no overlong forms);
 * false otherwise, with `count` untouched. */
MUST_CHECK bool str_utf8_count(str s, size_t *count);

/* Decodes the code point that begins at s.ptr[*at] and advances *at behind it. s must be
 * well-formed UTF-8 and *at < s.len. */
uint32_t str_utf8_next(str s, size_t *at);

/* Writes `code_point` (<= 0x10FFFF, not a surrogate) as UTF-8 to out[4]; returns the bytes used. */
size_t str_utf8_encode(uint32_t code_point, char out[4]);

#endif
