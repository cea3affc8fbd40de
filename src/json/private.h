/* What the files of json/ share with each other and with nobody else. */
#ifndef JSON_PRIVATE_H
#define JSON_PRIVATE_H

#include "json/json.h"

/* Values that code builds may be somewhat deeper than what a text may contain. */
enum { JSON_VALUE_DEPTH_MAX = JSON_DEPTH_MAX + 64 };

/* ---- keys (index.c) ---- */

/* Up to this many members a search compares hashes one by one; beyond, a table pays. */
enum { JSON_INDEX_MEMBERS_MIN = 32 };

static inline uint64_t json_load_64(const char *at)
{
    uint64_t word;
    memcpy(&word, at, sizeof word);
    return word;
}

static inline uint32_t json_load_32(const char *at)
{
    uint32_t word;
    memcpy(&word, at, sizeof word);
    return word;
}

/* Fast and public: it only saves comparisons of keys. What has to withstand hostile keys is the
 * index, which has a hash of its own. */
static inline uint32_t json_key_hash(const char *key, size_t bytes)
{
    const uint64_t odd = 0x9E3779B97F4A7C15u;
    uint64_t hash = bytes * odd;
    size_t at = 0;
    for (; bytes - at > 8; at += 8) {
        hash = (hash ^ json_load_64(key + at)) * odd;
        hash ^= hash >> 32;
    }
    uint64_t last = 0;
    if (bytes >= 8) {
        last = json_load_64(key + bytes - 8);
    } else if (bytes >= 4) {
        last = (uint64_t)json_load_32(key) << 32 | json_load_32(key + bytes - 4);
    } else if (bytes > 0) {
        last = (uint64_t)(unsigned char)key[0] << 16 |
               (uint64_t)(unsigned char)key[bytes / 2] << 8 | (unsigned char)key[bytes - 1];
    }
    hash = (hash ^ last) * odd;
    return (uint32_t)(hash >> 32);
}

static inline bool json_member_has_key(const struct json_member *member, str key, uint32_t hash)
{
    return member->key_hash == hash && member->key_bytes == key.len &&
           (key.len == 0 || memcmp(member->key, key.ptr, key.len) == 0);
}

/* Slots that an index of `count` members needs: a power of two, at least twice as many. */
size_t json_index_capacity(size_t count);

/* The slot that holds the position + 1 of `key` in members, or the empty (0) one where it belongs.
 * The slots are placed by a hash whose secret is the address of the table: nobody outside can
 * choose keys that collide in it, and no result depends on it. At least one slot must be empty. */
uint32_t *json_index_slot(uint32_t *slots, size_t capacity, const struct json_member *members,
                          str key, uint32_t hash);

/* ---- numbers (number.c) ---- */

enum { JSON_DOUBLE_BYTES_MAX = 32 };

/* ECMAScript's Number::toString; `null` for what is not finite, as JSON.stringify has it. Returns
 * the bytes used; there is no NUL. */
size_t json_format_double(double value, char out[JSON_DOUBLE_BYTES_MAX]);

/* ---- strings (string.c) ---- */

/* Where a string stands: Jackson names it in its messages. */
enum json_string_role { JSON_STRING_VALUE, JSON_STRING_NAME };

/* Checks a string from `at` (behind its opening quote) that is not plain ASCII, decodes it into the
 * arena if it has escapes, and gives the byte behind its closing quote in *behind. */
MUST_CHECK bool json_read_odd_string(str text, const char *at, enum json_string_role role,
                                     struct arena *arena, str *out, const char **behind,
                                     struct error *err);

/* The value of \uXXXX's four digits at `at`, or false if they are no hexadecimal digits. */
MUST_CHECK bool json_read_hex4(const char *at, uint32_t *out);

/* Decodes the escapes of a string that has been checked; returns the bytes written to out, which
 * has room for as many as the source has. */
size_t json_unescape(const char *from, const char *to, char *out);

/* ---- faults, in Jackson's words (fault.c) ---- */

/* All return false. `at` is the offending byte, before the end; err->offset becomes the one behind
 * its character. */
bool json_fault_char(struct error *err, str text, const char *at, const char *comment);
/* Like json_fault_char where white space was allowed. */
bool json_fault_token(struct error *err, str text, const char *at, const char *comment);
bool json_fault_number_char(struct error *err, str text, const char *at, const char *comment);
bool json_fault_number(struct error *err, str text, const char *behind, const char *comment);
bool json_fault_unquoted(struct error *err, str text, const char *at, enum json_string_role role);
bool json_fault_escape(struct error *err, str text, const char *at);
bool json_fault_surrogate(struct error *err, str text, const char *at, uint32_t unit);
bool json_fault_utf8(struct error *err, str text, const char *at);
/* A value is expected at `at`, which begins none. */
bool json_fault_value(struct error *err, str text, const char *at);
/* The text ends; `where` says in what. It follows at once: where it lacks a space, so it does in
 * Jackson. */
bool json_fault_end(struct error *err, str text, const char *where);
/* Nothing but white space. */
bool json_fault_no_content(struct error *err, str text);
/* The text ends in the container whose bracket is at `start`. */
bool json_fault_unclosed(struct error *err, struct arena *arena, str text, bool is_object,
                         size_t start);
/* The wrong bracket at `at`; `kind` is "root", "Array" or "Object". */
bool json_fault_close(struct error *err, struct arena *arena, str text, const char *at,
                      const char *kind, size_t start);
bool json_fault_depth(struct error *err, str text, const char *at);

#endif
