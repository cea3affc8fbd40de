/* The parser: one pass over the text, with a stack of its own instead of recursion.
 *
 * Entries of the containers that are still open lie on a scratch stack of 16-byte units, an item in
 * one and a member in two; when a container closes, its entries move to the arena in one piece:
 *
 *     text   {"a":[1,2  <- here
 *     units  | "a" | - | 1 | 2 |      frames: object from 0, array from 2
 *
 * The member "a" waits with its key only; its value is put beside it when the array is closed. */
#include "json/private.h"
#include "json/scan.h"

#include <assert.h>

enum { FIRST_UNITS = 256 };

static_assert(sizeof(json) == 16, "one unit");
static_assert(sizeof(struct json_member) == 32, "two units");

/* A container that is open. */
struct frame {
    uint32_t first; /* unit where its entries begin */
    uint32_t start; /* offset of its bracket in the text */
    bool is_object;
};

/* What lies on the scratch stack; small texts need no more than this one. */
union units {
    json items[FIRST_UNITS];
    struct json_member members[FIRST_UNITS / 2];
    uint32_t slots[FIRST_UNITS * 4];
};

struct parser {
    const char *at; /* the next byte */
    const char *end;
    str text;
    struct arena *arena; /* borrowed */
    struct error *err;   /* borrowed */
    json *units;         /* first_units, or in the arena */
    size_t units_used, units_capacity;
    size_t depth; /* frames in use */
    struct frame frames[JSON_DEPTH_MAX];
    union units first_units;
};

enum step {
    STEP_VALUE, /* a value is complete */
    STEP_NEXT,  /* the next thing is a value */
    STEP_FAILED,
};

/* Out of line and out of the parse loop, which then keeps its registers. */
__attribute__((noinline)) static void grow_units(struct parser *p, size_t more)
{
    size_t capacity = p->units_capacity;
    while (capacity - p->units_used < more)
        capacity *= 2;
    json *bigger = arena_array(p->arena, capacity, sizeof *bigger);
    memcpy(bigger, p->units, p->units_used * sizeof *bigger);
    p->units = bigger;
    p->units_capacity = capacity;
}

static inline void reserve_units(struct parser *p, size_t more)
{
    if (p->units_capacity - p->units_used < more) grow_units(p, more);
}

/* ---- members whose keys repeat ---- */

static str member_key(const struct json_member *member)
{
    return (str){ member->key, member->key_bytes };
}

/* The earlier member with the key of members[at], or `at` if there is none. */
static size_t find_earlier(const struct json_member *members, size_t at)
{
    str key = member_key(&members[at]);
    for (size_t i = 0; i < at; i++) {
        if (json_member_has_key(&members[i], key, members[at].key_hash)) return i;
    }
    return at;
}

/* Moves the values of repeated keys to the place of the first; returns how many members remain. A
 * set of 64 bits tells most keys apart, so that objects without repetition are hardly touched. */
static size_t merge_few(struct json_member *members, size_t count)
{
    uint64_t seen = 0;
    size_t kept = 0;
    for (size_t i = 0; i < count; i++) {
        uint64_t bit = (uint64_t)1 << (members[i].key_hash & 63);
        if (kept != i) members[kept] = members[i];
        size_t first = seen & bit ? find_earlier(members, kept) : kept;
        if (first == kept)
            kept++;
        else
            members[first].value = members[kept].value;
        seen |= bit;
    }
    return kept;
}

/* The same with a hash table, which lies on the scratch stack above the members. */
static size_t merge_many(struct parser *p, size_t first_unit, size_t count)
{
    size_t capacity = json_index_capacity(count);
    reserve_units(p, capacity * sizeof(uint32_t) / sizeof(json));
    struct json_member *members = (struct json_member *)(void *)(p->units + first_unit);
    uint32_t *slots = (uint32_t *)(void *)(p->units + p->units_used);
    memset(slots, 0, capacity * sizeof *slots);
    size_t kept = 0;
    for (size_t i = 0; i < count; i++) {
        str key = member_key(&members[i]);
        uint32_t *slot = json_index_slot(slots, capacity, members, key, members[i].key_hash);
        if (*slot != 0) {
            members[*slot - 1].value = members[i].value;
            continue;
        }
        if (kept != i) members[kept] = members[i];
        *slot = (uint32_t)++kept;
    }
    return kept;
}

/* ---- containers ---- */

static json close_object(struct parser *p, const struct frame *frame)
{
    size_t count = (p->units_used - frame->first) / 2;
    struct json_member *members = (struct json_member *)(void *)(p->units + frame->first);
    if (count > JSON_INDEX_MEMBERS_MIN) {
        count = merge_many(p, frame->first, count);
        members = (struct json_member *)(void *)(p->units + frame->first);
    } else if (count > 1) {
        count = merge_few(members, count);
    }
    struct json_member *kept = arena_alloc(p->arena, count * sizeof *kept);
    memcpy(kept, members, count * sizeof *kept);
    return (json){ .kind = JSON_OBJECT, .count = (uint32_t)count, .members = kept };
}

static json close_array(struct parser *p, const struct frame *frame)
{
    size_t count = p->units_used - frame->first;
    json *items = arena_alloc(p->arena, count * sizeof *items);
    memcpy(items, p->units + frame->first, count * sizeof *items);
    return json_array(items, count);
}

static json close_container(struct parser *p)
{
    const struct frame *frame = &p->frames[p->depth - 1];
    json value = frame->is_object ? close_object(p, frame) : close_array(p, frame);
    p->units_used = frame->first;
    p->depth--;
    return value;
}

/* ---- faults ---- */

static bool fail_closer(struct parser *p)
{
    if (p->depth == 0) return json_fault_close(p->err, p->arena, p->text, p->at, "root", 0);
    const struct frame *frame = &p->frames[p->depth - 1];
    return json_fault_close(p->err, p->arena, p->text, p->at, frame->is_object ? "Object" : "Array",
                            frame->start);
}

static bool fail_unclosed(struct parser *p)
{
    const struct frame *frame = &p->frames[p->depth - 1];
    return json_fault_unclosed(p->err, p->arena, p->text, frame->is_object, frame->start);
}

/* White space and then the end, or a byte that begins no value. Which of Jackson's sentences it is
 * depends on what came before. */
static bool fail_value(struct parser *p)
{
    bool in_object = p->depth > 0 && p->frames[p->depth - 1].is_object;
    bool is_first = p->depth > 0 && !in_object && p->units_used == p->frames[p->depth - 1].first;
    if (p->at == p->end) {
        if (p->depth == 0) return json_fault_no_content(p->err, p->text);
        if (is_first) return fail_unclosed(p);
        return json_fault_end(p->err, p->text,
                              in_object ? " within/between Object entries"
                                        : " within/between Array entries");
    }
    bool closes = *p->at == ']' || *p->at == '}';
    if (closes && (p->depth == 0 || is_first)) return fail_closer(p);
    if (*p->at == '}') return json_fault_char(p->err, p->text, p->at, "expected a value");
    return json_fault_value(p->err, p->text, p->at);
}

/* A byte that is neither a comma nor the right bracket behind an entry. */
static bool fail_separator(struct parser *p)
{
    if (p->at == p->end) return fail_unclosed(p);
    if (*p->at == ']' || *p->at == '}') return fail_closer(p);
    return json_fault_token(p->err, p->text, p->at,
                            p->frames[p->depth - 1].is_object
                                ? "was expecting comma to separate Object entries"
                                : "was expecting comma to separate Array entries");
}

static bool fail_name(struct parser *p, bool is_first)
{
    if (p->at == p->end)
        return is_first ? fail_unclosed(p)
                        : json_fault_end(p->err, p->text, " within/between Object entries");
    if (is_first && *p->at == ']') return fail_closer(p);
    return json_fault_token(p->err, p->text, p->at,
                            "was expecting double-quote to start field name");
}

static bool fail_colon(struct parser *p)
{
    if (p->at == p->end) return json_fault_end(p->err, p->text, " within/between Object entries");
    return json_fault_token(p->err, p->text, p->at,
                            "was expecting a colon to separate field name and value");
}

static bool fail_trailing(struct parser *p)
{
    if (*p->at == ']' || *p->at == '}') return fail_closer(p);
    bool behind_number = p->at[-1] >= '0' && p->at[-1] <= '9';
    return json_fault_token(p->err, p->text, p->at,
                            behind_number ? "Expected space separating root-level values"
                                          : "was expecting the end of the input");
}

/* ---- scalars ---- */

/* p->at is at the opening quote. */
static inline bool read_string(struct parser *p, enum json_string_role role, str *out)
{
    const char *begin = p->at + 1;
    const char *at = json_scan_plain(begin, p->end);
    if (at < p->end && *at == '"') {
        *out = (str){ begin, (size_t)(at - begin) };
        p->at = at + 1;
        return true;
    }
    return json_read_odd_string(p->text, begin, role, p->arena, out, &p->at, p->err);
}

static inline bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static inline const char *skip_digits(const char *at, const char *end)
{
    while (at < end && is_digit(*at))
        at++;
    return at;
}

/* Reads the fraction and exponent from `at`, behind the integer's digits. */
static bool read_fraction(struct parser *p, const char **at_io)
{
    const char *at = *at_io;
    if (at < p->end && *at == '.') {
        const char *digits = at + 1;
        at = skip_digits(digits, p->end);
        if (at == digits)
            return json_fault_number_char(p->err, p->text, at == p->end ? digits - 1 : at,
                                          "Decimal point not followed by a digit");
    }
    if (at < p->end && (*at == 'e' || *at == 'E')) {
        const char *digits = at + 1;
        if (digits < p->end && (*digits == '+' || *digits == '-')) digits++;
        at = skip_digits(digits, p->end);
        if (at == p->end && at == digits)
            return json_fault_end(p->err, p->text, "expected a digit for number exponent");
        if (at == digits)
            return json_fault_number_char(p->err, p->text, at,
                                          "Exponent indicator not followed by a digit");
    }
    *at_io = at;
    return true;
}

static inline bool read_number(struct parser *p, json *out)
{
    const char *at = p->at;
    if (*at == '-') at++;
    const char *digits = at;
    at = skip_digits(at, p->end);
    if (at == digits) {
        if (at == p->end) return json_fault_end(p->err, p->text, "No digit following minus sign");
        return json_fault_number_char(
            p->err, p->text, at,
            "expected digit (0-9) to follow minus sign, for valid numeric value");
    }
    if (*digits == '0' && at - digits > 1)
        return json_fault_number(p->err, p->text, digits + 1, "Leading zeroes not allowed");
    if (at < p->end && (*at == '.' || (*at | 0x20) == 'e') && !read_fraction(p, &at)) return false;
    *out = (json){ .kind = JSON_NUMBER, .count = (uint32_t)(at - p->at), .text = p->at };
    p->at = at;
    return true;
}

/* true, false or null, and nothing like `truest`. */
static inline bool read_word(struct parser *p, str word, json value, json *out)
{
    size_t left = (size_t)(p->end - p->at);
    if (left < word.len || memcmp(p->at, word.ptr, word.len) != 0) return fail_value(p);
    const char *behind = p->at + word.len;
    if (behind < p->end && ((unsigned char)*behind >= 0x80 || is_digit(*behind) || *behind == '_' ||
                            *behind == '$' || ((*behind | 0x20) >= 'a' && (*behind | 0x20) <= 'z')))
        return fail_value(p);
    *out = value;
    p->at = behind;
    return true;
}

/* ---- structure ---- */

/* Reads a name and its colon and puts a member that waits for its value on the scratch stack. */
static inline bool read_name(struct parser *p, bool is_first)
{
    p->at = json_skip_space(p->at, p->end);
    if (p->at == p->end || *p->at != '"') return fail_name(p, is_first);
    str key;
    if (!read_string(p, JSON_STRING_NAME, &key)) return false;
    if (p->at == p->end || *p->at != ':') {
        p->at = json_skip_space(p->at, p->end);
        if (p->at == p->end || *p->at != ':') return fail_colon(p);
    }
    p->at++;
    reserve_units(p, 2);
    struct json_member *member = (struct json_member *)(void *)(p->units + p->units_used);
    member->key = key.ptr;
    member->key_bytes = (uint32_t)key.len;
    member->key_hash = json_key_hash(key.ptr, key.len);
    p->units_used += 2;
    return true;
}

/* p->at is at the opening bracket. An empty container is a value at once. */
static inline enum step open_container(struct parser *p, bool is_object, json *out)
{
    if (p->depth == JSON_DEPTH_MAX) {
        json_fault_depth(p->err, p->text, p->at);
        return STEP_FAILED;
    }
    uint32_t start = (uint32_t)(p->at - p->text.ptr);
    p->at = json_skip_space(p->at + 1, p->end);
    if (p->at < p->end && *p->at == (is_object ? '}' : ']')) {
        p->at++;
        *out = (json){ .kind = is_object ? JSON_OBJECT : JSON_ARRAY };
        return STEP_VALUE;
    }
    p->frames[p->depth++] = (struct frame){ (uint32_t)p->units_used, start, is_object };
    return !is_object || read_name(p, true) ? STEP_NEXT : STEP_FAILED;
}

static inline enum step step_value(bool ok)
{
    return ok ? STEP_VALUE : STEP_FAILED;
}

static inline enum step read_value(struct parser *p, json *out)
{
    p->at = json_skip_space(p->at, p->end);
    if (p->at == p->end) return step_value(fail_value(p));
    str text;
    switch (*p->at) {
    case '"':
        if (!read_string(p, JSON_STRING_VALUE, &text)) return STEP_FAILED;
        *out = json_string(text);
        return STEP_VALUE;
    case '{': return open_container(p, true, out);
    case '[': return open_container(p, false, out);
    case 't': return step_value(read_word(p, STR("true"), json_bool(true), out));
    case 'f': return step_value(read_word(p, STR("false"), json_bool(false), out));
    case 'n': return step_value(read_word(p, STR("null"), json_null(), out));
    case '-':
    case '0':
    case '1':
    case '2':
    case '3':
    case '4':
    case '5':
    case '6':
    case '7':
    case '8':
    case '9': return step_value(read_number(p, out));
    default: return step_value(fail_value(p));
    }
}

/* Puts a complete value into the container that is open and closes those that end behind it. The
 * step is STEP_VALUE if none is open any more. */
static inline enum step place_value(struct parser *p, json *value)
{
    while (p->depth > 0) {
        bool is_object = p->frames[p->depth - 1].is_object;
        if (is_object) {
            p->units[p->units_used - 1] = *value;
        } else {
            reserve_units(p, 1);
            p->units[p->units_used++] = *value;
        }
        p->at = json_skip_space(p->at, p->end);
        if (p->at < p->end && *p->at == ',') {
            p->at++;
            return !is_object || read_name(p, false) ? STEP_NEXT : STEP_FAILED;
        }
        if (p->at == p->end || *p->at != (is_object ? '}' : ']'))
            return step_value(fail_separator(p));
        p->at++;
        *value = close_container(p);
    }
    return STEP_VALUE;
}

static bool parse_root(struct parser *p, json *out)
{
    json value = json_null();
    enum step step = STEP_NEXT;
    while (step == STEP_NEXT) {
        step = read_value(p, &value);
        if (step == STEP_VALUE) step = place_value(p, &value);
    }
    if (step == STEP_FAILED) return false;
    ASSERT(p->depth == 0 && p->units_used == 0);
    p->at = json_skip_space(p->at, p->end);
    if (p->at != p->end) return fail_trailing(p);
    *out = value;
    return true;
}

bool json_parse(str text, struct arena *arena, json *out, struct error *err)
{
    if (text.len > JSON_TEXT_BYTES_MAX)
        return error_set(err, ERROR_TOO_LARGE, "JSON text of %zu bytes is longer than %d bytes",
                         text.len, JSON_TEXT_BYTES_MAX);
    if (text.len == 0) text = STR("");
    struct parser p; /* Not set to zero: 16 KiB, of which most texts need little. */
    p.at = text.ptr;
    p.end = text.ptr + text.len;
    p.text = text;
    p.arena = arena;
    p.err = err;
    p.units = p.first_units.items;
    p.units_used = 0;
    p.units_capacity = FIRST_UNITS;
    p.depth = 0;
    return parse_root(&p, out);
}
