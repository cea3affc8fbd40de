/* Whether an event matches a pattern.
 *
 * The walk goes over the pattern and looks each field up in the event; an array in the event is
 * tried item by item, so that all fields below it are looked for in the same item. Keys with dots
 * are the same as nested objects ({"a.b": 1} and {"a": {"b": 1}}), as AWS's matcher knows fields by
 * their whole path only. */
#include "services/pattern.h"

#include <arpa/inet.h>

/* One field of the pattern inside another: the path from the root, innermost first. */
struct place {
    const struct place *outer;
    str key;
    size_t depth;
};

struct match {
    json event; /* the root */
    enum pattern_dialect dialect;
    size_t steps;
};

static bool exhausted(struct match *match)
{
    return ++match->steps > PATTERN_STEPS_MAX;
}

/* ---- texts ---- */

static int lower(char c)
{
    return c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c;
}

/* Letters outside ASCII are compared as they are. */
static bool equals_ignoring_case(str a, str b)
{
    if (a.len != b.len) return false;
    for (size_t i = 0; i < a.len; i++)
        if (lower(a.ptr[i]) != lower(b.ptr[i])) return false;
    return true;
}

/* The next element of a wildcard pattern: its literal byte, or a star. */
static bool next_is_star(str wildcard, size_t *at, char *literal)
{
    char c = wildcard.ptr[(*at)++];
    if (c == '*') return true;
    if (c == '\\' && *at < wildcard.len) c = wildcard.ptr[(*at)++];
    *literal = c;
    return false;
}

/* Greedy, with one place to come back to: the last star. Time is the product of both lengths at
 * worst. */
bool pattern_wildcard_matches(str wildcard, str text)
{
    size_t at = 0, in_text = 0, star_at = SIZE_MAX, star_text = 0;
    for (;;) {
        char literal;
        if (at == wildcard.len) {
            if (in_text == text.len) return true;
        } else if (next_is_star(wildcard, &at, &literal)) {
            star_at = at;
            star_text = in_text;
            continue;
        } else if (in_text < text.len && text.ptr[in_text] == literal) {
            in_text++;
            continue;
        }
        if (star_at == SIZE_MAX || star_text == text.len) return false;
        at = star_at;
        in_text = ++star_text;
    }
}

/* ---- $or ---- */

static bool is_reserved(str name)
{
    static const char *const names[] = {
        "exactly",
        "equals-ignore-case",
        "prefix",
        "suffix",
        "anything-but",
        "exists",
        "wildcard",
        "numeric",
        "cidr",
        "=",
        "<",
        "<=",
        ">",
        ">=",
        "regex",
        "not-wildcard",
        "date-after",
        "not-equals-ignore-case",
        "date-before",
        "date-on-or-after",
        "in-date-range",
        "date-on-or-before",
        "ip-address-in-range",
        "ip-address-not-in-range",
    };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (str_eq(name, str_from(names[i]))) return true;
    return false;
}

bool pattern_is_or(str name, json value)
{
    if (!str_eq(name, STR("$or")) || !json_is_array(value) || json_count(value) < 2) return false;
    for (size_t i = 0; i < json_count(value); i++) {
        json branch = json_at(value, i);
        if (!json_is_object(branch)) return false;
        for (size_t j = 0; j < json_count(branch); j++)
            if (is_reserved(json_key_at(branch, j))) return false;
    }
    return true;
}

/* ---- networks ---- */

static bool read_address(str text, struct pattern_network *out)
{
    char terminated[INET6_ADDRSTRLEN];
    if (text.len == 0 || text.len >= sizeof terminated) return false;
    memcpy(terminated, text.ptr, text.len);
    terminated[text.len] = '\0';
    out->bytes = 4;
    if (inet_pton(AF_INET, terminated, out->address) == 1) return true;
    out->bytes = 16;
    return inet_pton(AF_INET6, terminated, out->address) == 1;
}

const char *pattern_network_read(str text, struct pattern_network *out)
{
    int64_t bits;
    size_t slash = str_find_char(text, '/', 0);
    if (slash == text.len || str_find_char(text, '/', slash + 1) < text.len)
        return "Malformed CIDR, one '/' required";
    if (!str_to_i64(str_skip(text, slash + 1), &bits))
        return "Malformed CIDR, mask bits must be an integer";
    if (bits < 0) return "Malformed CIDR, mask bits must not be negative";
    if (!read_address(str_slice(text, 0, slash), out)) return "Malformed CIDR, invalid IP address";
    if (out->bytes == 4 && bits > 31) return "IPv4 mask bits must be < 32";
    if (out->bytes == 16 && bits > 127) return "IPv6 mask bits must be < 128";
    out->bits = (unsigned)bits;
    return NULL;
}

static bool is_in_network(str text, str network_text)
{
    struct pattern_network network, address;
    if (pattern_network_read(network_text, &network) || !read_address(text, &address) ||
        address.bytes != network.bytes)
        return false;
    size_t whole = network.bits / 8;
    if (memcmp(network.address, address.address, whole) != 0) return false;
    unsigned rest = network.bits % 8;
    if (rest == 0) return true;
    unsigned differing = network.address[whole] ^ address.address[whole];
    return differing >> (8 - rest) == 0;
}

/* ---- conditions ---- */

static bool numeric_matches(json range, json value)
{
    if (!json_is_number(value)) return false;
    for (size_t i = 0; i + 1 < json_count(range); i += 2) {
        str op = json_str(json_at(range, i));
        int order = json_number_compare(value, json_at(range, i + 1));
        bool holds = str_eq(op, STR("="))    ? order == 0
                     : str_eq(op, STR("<"))  ? order < 0
                     : str_eq(op, STR("<=")) ? order <= 0
                     : str_eq(op, STR(">"))  ? order > 0
                                             : order >= 0;
        if (!holds) return false;
    }
    return true;
}

static bool equal(json condition, json value)
{
    if (condition.kind != value.kind) return false;
    if (json_is_number(value)) return json_number_compare(condition, value) == 0;
    return json_equal(condition, value);
}

static bool affix_matches(str op, str affix, str text, bool ignoring_case)
{
    if (affix.len > text.len) return false;
    str part = str_eq(op, STR("prefix")) ? str_slice(text, 0, affix.len)
                                         : str_skip(text, text.len - affix.len);
    return ignoring_case ? equals_ignoring_case(part, affix) : str_eq(part, affix);
}

/* An operator that compares texts: `argument` is a string, or for prefix and suffix
 * {"equals-ignore-case": string}. */
static bool text_matches(str op, json argument, json value)
{
    if (!json_is_string(value)) return false;
    str text = json_str(value);
    if (json_is_object(argument))
        return affix_matches(op, json_str(json_value_at(argument, 0)), text, true);
    str wanted = json_str(argument);
    if (str_eq(op, STR("equals-ignore-case"))) return equals_ignoring_case(text, wanted);
    if (str_eq(op, STR("wildcard"))) return pattern_wildcard_matches(wanted, text);
    if (str_eq(op, STR("cidr"))) return is_in_network(text, wanted);
    return affix_matches(op, wanted, text, false);
}

/* {"anything-but": value | [values] | {operator: text | [texts]}}: none of them matches. */
static bool anything_but_matches(json argument, json value)
{
    str op = STR("");
    if (json_is_object(argument)) {
        op = json_key_at(argument, 0);
        argument = json_value_at(argument, 0);
    }
    size_t count = json_is_array(argument) ? json_count(argument) : 1;
    for (size_t i = 0; i < count; i++) {
        json one = json_is_array(argument) ? json_at(argument, i) : argument;
        if (op.len > 0 ? text_matches(op, one, value) : equal(one, value)) return false;
    }
    return true;
}

/* A leaf of the event against one condition. */
static bool condition_matches(json condition, json value)
{
    if (!json_is_object(condition)) return equal(condition, value);
    str op = json_key_at(condition, 0);
    json argument = json_value_at(condition, 0);
    if (str_eq(op, STR("exists"))) return json_equal(argument, json_bool(true));
    if (str_eq(op, STR("numeric"))) return numeric_matches(argument, value);
    if (str_eq(op, STR("anything-but"))) return anything_but_matches(argument, value);
    if (str_eq(op, STR("exactly"))) return equal(argument, value);
    return text_matches(op, argument, value);
}

/* ---- fields ---- */

/* Any leaf of `value`: itself, or an item of an array, however deep. */
static bool leaf_matches(struct match *match, json conditions, json value)
{
    if (exhausted(match) || json_is_object(value)) return false;
    if (json_is_array(value)) {
        for (size_t i = 0; i < json_count(value); i++)
            if (leaf_matches(match, conditions, json_at(value, i))) return true;
        return false;
    }
    for (size_t i = 0; i < json_count(conditions); i++) {
        match->steps++;
        if (condition_matches(json_at(conditions, i), value)) return true;
    }
    return false;
}

/* True if the path leads to a leaf, in any item of the arrays on the way. */
static bool is_present(struct match *match, json value, const str *keys, size_t count)
{
    if (exhausted(match)) return false;
    if (json_is_array(value)) {
        for (size_t i = 0; i < json_count(value); i++)
            if (is_present(match, json_at(value, i), keys, count)) return true;
        return false;
    }
    if (count == 0) return !json_is_object(value);
    const json *member = json_find(value, keys[0]);
    return member && is_present(match, *member, keys + 1, count - 1);
}

static bool place_is_present(struct match *match, const struct place *place)
{
    str keys[PATTERN_DEPTH_MAX];
    ASSERT_CMP(place->depth, <=, PATTERN_DEPTH_MAX);
    size_t count = place->depth;
    for (size_t i = count; i > 0; i--, place = place->outer)
        keys[i - 1] = place->key;
    return is_present(match, match->event, keys, count);
}

/* {"exists": false}, and for SNS's attributes null: the field is nowhere in the event. */
static bool absence_matches(struct match *match, json conditions, const struct place *place)
{
    bool wanted = false;
    for (size_t i = 0; i < json_count(conditions) && !wanted; i++) {
        json condition = json_at(conditions, i);
        const json *exists = json_find(condition, STR("exists"));
        wanted = (exists && json_equal(*exists, json_bool(false))) ||
                 (match->dialect == PATTERN_ATTRIBUTES && json_is_null(condition));
    }
    return wanted && !place_is_present(match, place);
}

static bool object_matches(struct match *match, json pattern, json value,
                           const struct place *outer);

/* What the pattern says of a field, against what the event has there. */
static bool field_matches(struct match *match, json wanted, json value, const struct place *place)
{
    if (json_is_array(wanted)) return leaf_matches(match, wanted, value);
    return object_matches(match, wanted, value, place);
}

static bool has_dotted(json object, str key)
{
    for (size_t i = 0; i < json_count(object); i++) {
        str name = json_key_at(object, i);
        if (name.len > key.len && name.ptr[key.len] == '.' && str_starts_with(name, key))
            return true;
    }
    return false;
}

/* The field `key` of an object of the event, spelt in any way with dots. */
static bool key_matches(struct match *match, str key, json wanted, json object,
                        const struct place *place)
{
    if (exhausted(match)) return false;
    const json *member = json_find(object, key);
    if (member && field_matches(match, wanted, *member, place)) return true;
    for (size_t dot = str_find_char(key, '.', 0); dot < key.len;
         dot = str_find_char(key, '.', dot + 1)) {
        const json *outer = json_find(object, str_slice(key, 0, dot));
        if (outer && json_is_object(*outer) &&
            key_matches(match, str_skip(key, dot + 1), wanted, *outer, place))
            return true;
    }
    if (!json_is_object(wanted) || !has_dotted(object, key)) return false;
    char joined[PATTERN_KEY_BYTES_MAX];
    for (size_t i = 0; i < json_count(wanted); i++) {
        str below = json_key_at(wanted, i);
        struct place inner = { place, below, place->depth + 1 };
        if (key.len + 1 + below.len > sizeof joined) return false;
        memcpy(joined, key.ptr, key.len);
        joined[key.len] = '.';
        memcpy(joined + key.len + 1, below.ptr, below.len);
        if (!key_matches(match, (str){ joined, key.len + 1 + below.len }, json_value_at(wanted, i),
                         object, &inner))
            return false;
    }
    return true;
}

static bool any_matches(struct match *match, json branches, json value, const struct place *outer)
{
    for (size_t i = 0; i < json_count(branches); i++)
        if (object_matches(match, json_at(branches, i), value, outer)) return true;
    return false;
}

/* A field that this object of the event does not satisfy may still be one that must be absent. */
static bool member_matches(struct match *match, str key, json wanted, json object,
                           const struct place *place)
{
    if (key_matches(match, key, wanted, object, place)) return true;
    if (json_is_array(wanted)) return absence_matches(match, wanted, place);
    return !json_find(object, key) && object_matches(match, wanted, json_null(), place);
}

static bool object_matches(struct match *match, json pattern, json value, const struct place *outer)
{
    if (exhausted(match)) return false;
    if (json_is_array(value) && json_count(value) > 0) {
        for (size_t i = 0; i < json_count(value); i++)
            if (object_matches(match, pattern, json_at(value, i), outer)) return true;
        return false;
    }
    for (size_t i = 0; i < json_count(pattern); i++) {
        str key = json_key_at(pattern, i);
        json wanted = json_value_at(pattern, i);
        struct place place = { outer, key, outer ? outer->depth + 1 : 1 };
        bool good = pattern_is_or(key, wanted) ? any_matches(match, wanted, value, outer)
                                               : member_matches(match, key, wanted, value, &place);
        if (!good) return false;
    }
    return true;
}

bool pattern_matches(json pattern, enum pattern_dialect dialect, json event)
{
    struct match match = { .event = event, .dialect = dialect };
    if (!json_is_object(event)) return false;
    return object_matches(&match, pattern, event, NULL) && match.steps <= PATTERN_STEPS_MAX;
}
