/* JSON: the value type of all of Baton, its strict parser (RFC 8259) and its writer.
 *
 * A `json` is 16 bytes, immutable and passed by copy. Its bytes live in an arena or in the text it
 * was parsed from (strings without escapes and numbers are slices of the source), so a value is
 * valid as long as both are. Objects keep the order of their first appearance; a duplicate key
 * keeps its place and takes the last value, as AWS does. A number keeps its digits until somebody
 * calculates with it. Members are private: use the functions. */
#ifndef JSON_JSON_H
#define JSON_JSON_H

#include "base/base.h"

enum json_kind {
    JSON_NULL,
    JSON_BOOL,
    JSON_NUMBER,
    JSON_STRING,
    JSON_ARRAY,
    JSON_OBJECT,
};

struct json_member;

typedef struct json {
    uint8_t kind;      /* enum json_kind */
    uint8_t is_double; /* JSON_NUMBER: `number` holds it, not `text` */
    uint16_t user;     /* 0; a mark for whoever owns the value (expr/jsonata uses it) */
    uint32_t count;    /* bytes of text, items, or members */
    union {
        bool boolean;
        double number;
        const char *text; /* JSON_STRING: decoded UTF-8; JSON_NUMBER: RFC 8259 digits */
        const struct json *items;
        const struct json_member *members;
    };
} json;

struct json_member {
    const char *key; /* decoded UTF-8 */
    uint32_t key_bytes;
    uint32_t key_hash;
    json value;
};

/* ---- making values ---- */

static inline json json_null(void)
{
    return (json){ .kind = JSON_NULL };
}

static inline json json_bool(bool value)
{
    return (json){ .kind = JSON_BOOL, .boolean = value };
}

/* `text` is borrowed and must be well-formed UTF-8. */
static inline json json_string(str text)
{
    ASSERT(text.len <= UINT32_MAX);
    return (json){ .kind = JSON_STRING, .count = (uint32_t)text.len, .text = text.ptr };
}

/* A finite number; written in the shortest form that reads back the same (ECMAScript's
 * Number::toString, with exponents from 1e21 on). */
static inline json json_double(double value)
{
    return (json){ .kind = JSON_NUMBER, .is_double = 1, .number = value };
}

/* Keeps all digits, also beyond 2^53. */
json json_i64(struct arena *arena, int64_t value);

/* `items` is borrowed. */
static inline json json_array(const json *items, size_t count)
{
    ASSERT(count <= UINT32_MAX);
    return (json){ .kind = JSON_ARRAY, .count = (uint32_t)count, .items = items };
}

/* A growing array; the result's items are in the arena. */
struct json_list {
    struct arena *arena;
    json *items;
    size_t count, capacity;
};
void json_list_init(struct json_list *list, struct arena *arena);
void json_list_add(struct json_list *list, json value);
json json_list_done(struct json_list *list);

/* A growing object; adding a key that is there replaces its value and keeps its place. Keys are
 * borrowed. Cost of an addition: constant on average, also for large and hostile objects. */
struct json_fields {
    struct arena *arena;
    struct json_member *members;
    size_t count, capacity;
    uint32_t *index; /* hash table of positions once count is large */
    size_t index_capacity;
};
void json_fields_init(struct json_fields *fields, struct arena *arena);
void json_fields_add(struct json_fields *fields, str key, json value);
/* Starts from the members of `object`. */
void json_fields_from(struct json_fields *fields, struct arena *arena, json object);
json json_fields_done(struct json_fields *fields);

/* ---- looking at values ---- */

static inline bool json_is_string(json v)
{
    return v.kind == JSON_STRING;
}
static inline bool json_is_object(json v)
{
    return v.kind == JSON_OBJECT;
}
static inline bool json_is_array(json v)
{
    return v.kind == JSON_ARRAY;
}
static inline bool json_is_number(json v)
{
    return v.kind == JSON_NUMBER;
}
static inline bool json_is_bool(json v)
{
    return v.kind == JSON_BOOL;
}
static inline bool json_is_null(json v)
{
    return v.kind == JSON_NULL;
}

/* The bytes of a JSON_STRING. */
static inline str json_str(json v)
{
    ASSERT(v.kind == JSON_STRING);
    return (str){ v.text, v.count };
}

/* Items of an array or members of an object; 0 for anything else. */
static inline size_t json_count(json v)
{
    return v.kind == JSON_ARRAY || v.kind == JSON_OBJECT ? v.count : 0;
}

/* Item `index` of an array, index < json_count. */
static inline json json_at(json v, size_t index)
{
    ASSERT(v.kind == JSON_ARRAY && index < v.count);
    return v.items[index];
}

static inline str json_key_at(json v, size_t index)
{
    ASSERT(v.kind == JSON_OBJECT && index < v.count);
    return (str){ v.members[index].key, v.members[index].key_bytes };
}

static inline json json_value_at(json v, size_t index)
{
    ASSERT(v.kind == JSON_OBJECT && index < v.count);
    return v.members[index].value;
}

/* The value of `key`, or NULL if v is not an object or has no such key. Linear in the members, with
 * one comparison of hash and length for each that is not it. */
const json *json_find(json v, str key);

/* Shorthands that also check the kind: false (or the fallback) if absent or of another kind. */
MUST_CHECK bool json_find_str(json v, str key, str *out);
str json_str_or(json v, str key, str fallback);
/* Fallback also for a number that is no integer or does not fit. */
int64_t json_i64_or(json v, str key, int64_t fallback);
bool json_bool_or(json v, str key, bool fallback);

/* The nearest double; v is a JSON_NUMBER. Infinity when the digits are beyond its range. */
double json_number(json v);

/* True if v is a number with an integer value (1, 1.0, 1e2) that fits. */
MUST_CHECK bool json_to_i64(json v, int64_t *out);

/* Deep equality; numbers by value, objects without regard to order. */
bool json_equal(json a, json b);

/* Orders two numbers by value, exactly for integers of any size. Negative, 0 or positive. */
int json_number_compare(json a, json b);

/* A deep copy in `arena` that shares nothing with v's arena or source text. */
json json_copy(struct arena *arena, json v);

/* ---- text ---- */

/* Parses one JSON text (RFC 8259): UTF-8, no byte order mark. The value and its strings live in
 * `arena`, or point into `text`, which must outlive them. False if the text is malformed
 * (ERROR_SYNTAX, with Jackson's wording, which AWS shows to users), nested deeper than
 * JSON_DEPTH_MAX (ERROR_TOO_DEEP) or longer than JSON_TEXT_BYTES_MAX (ERROR_TOO_LARGE); err->offset
 * is then where the reader stands, behind the character or token that it refuses (as in the
 * locations that Jackson prints). A long message lives in `arena`. */
MUST_CHECK bool json_parse(str text, struct arena *arena, json *out, struct error *err);

/* Appends v without white space. Control characters, quotes and backslashes are escaped, everything
 * else is written as it is. */
void json_write(struct buf *buf, json v);

/* Appends v with two spaces per level, for people. */
void json_write_pretty(struct buf *buf, json v);

/* Appends text as a JSON string, with its quotes. */
void json_write_str(struct buf *buf, str text);

/* json_write into the arena. */
str json_text(struct arena *arena, json v);

/* The bytes that json_write would append, without writing them. */
size_t json_text_bytes(json v);

/* True if json_write would append at most `bytes_max` bytes and v is nested no deeper than
 * JSON_DEPTH_MAX. For quotas on values that workflows build: it stops as soon as the answer is no,
 * also for a value whose shared parts would make an endless text. */
bool json_fits(json v, size_t bytes_max);

/* Finds where in `text` (a well-formed JSON text) the value that `pointer` names (RFC 6901) begins;
 * for a member, where its key begins. Lines and columns count from 1, columns in code points. False
 * if there is no such value. For error messages: it scans the text from its start. */
MUST_CHECK bool json_locate(str text, str pointer, uint32_t *line, uint32_t *column);

/* Line and column, from 1 and in code points, of the byte `offset` <= text.len. */
void json_position(str text, size_t offset, uint32_t *line, uint32_t *column);

/* Jackson's description of that position, which AWS puts behind some messages after "\n at ":
 * [Source: (String)"{..."; line: 1, column: 4]. */
str json_source_location(struct arena *arena, str text, size_t offset);

#endif
