/* Comparing normal values. As sets and maps are ordered, every comparison walks both sides once. */
#include "services/dynamodb/value.h"
#include "services/dynamodb/value_base64.h"

/* ---- equality ---- */

static bool equal(attr a, attr b, size_t depth);

static bool sets_equal(json a, json b)
{
    if (json_count(a) != json_count(b)) return false;
    for (size_t i = 0; i < json_count(a); i++)
        if (!str_eq(json_str(json_at(a, i)), json_str(json_at(b, i)))) return false;
    return true;
}

static bool lists_equal(json a, json b, size_t depth)
{
    if (json_count(a) != json_count(b)) return false;
    for (size_t i = 0; i < json_count(a); i++)
        if (!equal(attr_of(json_at(a, i)), attr_of(json_at(b, i)), depth)) return false;
    return true;
}

static bool maps_equal(json a, json b, size_t depth)
{
    if (json_count(a) != json_count(b)) return false;
    for (size_t i = 0; i < json_count(a); i++) {
        if (!str_eq(json_key_at(a, i), json_key_at(b, i))) return false;
        if (!equal(attr_of(json_value_at(a, i)), attr_of(json_value_at(b, i)), depth)) return false;
    }
    return true;
}

static bool equal(attr a, attr b, size_t depth)
{
    ASSERT_CMP(depth, <=, DYNAMODB_VALUE_DEPTH_MAX);
    if (a.type != b.type) return false;
    switch (a.type) {
    case VALUE_S:
    case VALUE_N:
    case VALUE_B: return str_eq(json_str(a.content), json_str(b.content));
    case VALUE_SS:
    case VALUE_NS:
    case VALUE_BS: return sets_equal(a.content, b.content);
    case VALUE_L: return lists_equal(a.content, b.content, depth + 1);
    case VALUE_M: return maps_equal(a.content, b.content, depth + 1);
    case VALUE_BOOL: return json_equal(a.content, b.content);
    case VALUE_NULL: return true;
    }
    fatal("no such type of value: %d", (int)a.type);
}

bool attr_equal(attr a, attr b)
{
    return equal(a, b, 1);
}

bool attribute_equal(json a, json b)
{
    return equal(attr_of(a), attr_of(b), 1);
}

/* ---- order ---- */

bool attr_is_ordered(attr a, attr b)
{
    return a.type == b.type && (a.type == VALUE_S || a.type == VALUE_N || a.type == VALUE_B);
}

/* Of the elements of a set, or of scalars; the type may be that of either. */
static int compare(enum value_type type, json a, json b)
{
    if (type == VALUE_N || type == VALUE_NS) return number_text_compare(json_str(a), json_str(b));
    if (type == VALUE_B || type == VALUE_BS) return base64_compare(json_str(a), json_str(b));
    return str_compare(json_str(a), json_str(b));
}

int attr_compare(attr a, attr b)
{
    ASSERT(attr_is_ordered(a, b));
    return compare(a.type, a.content, b.content);
}

int value_compare(json a, json b)
{
    return attr_compare(attr_of(a), attr_of(b));
}

bool attr_begins_with(attr value, attr prefix)
{
    if (value.type != prefix.type) return false;
    if (value.type == VALUE_S)
        return str_starts_with(json_str(value.content), json_str(prefix.content));
    if (value.type == VALUE_B)
        return base64_begins_with(json_str(value.content), json_str(prefix.content));
    return false;
}

/* ---- contains ---- */

static bool set_contains(enum value_type type, json set, json element)
{
    size_t from = 0;
    size_t to = json_count(set);
    while (from < to) {
        size_t middle = from + (to - from) / 2;
        int order = compare(type, element, json_at(set, middle));
        if (order == 0) return true;
        if (order < 0)
            to = middle;
        else
            from = middle + 1;
    }
    return false;
}

static bool list_contains(json list, attr element)
{
    for (size_t i = 0; i < json_count(list); i++)
        if (equal(attr_of(json_at(list, i)), element, 1)) return true;
    return false;
}

bool attr_contains(attr value, attr operand)
{
    str text;
    switch (value.type) {
    case VALUE_S:
        if (operand.type != VALUE_S) return false;
        text = json_str(operand.content);
        return text.len == 0 ||
               str_find(json_str(value.content), text, 0) < json_str(value.content).len;
    case VALUE_B:
        return operand.type == VALUE_B &&
               base64_contains(json_str(value.content), json_str(operand.content));
    case VALUE_SS:
        return operand.type == VALUE_S && set_contains(VALUE_SS, value.content, operand.content);
    case VALUE_NS:
        return operand.type == VALUE_N && set_contains(VALUE_NS, value.content, operand.content);
    case VALUE_BS:
        return operand.type == VALUE_B && set_contains(VALUE_BS, value.content, operand.content);
    case VALUE_L: return list_contains(value.content, operand);
    case VALUE_M:
    case VALUE_N:
    case VALUE_BOOL:
    case VALUE_NULL: return false;
    }
    fatal("no such type of value: %d", (int)value.type);
}

/* ---- size ---- */

/* Java's String.length(): code points beyond the basic plane count twice. */
static uint64_t utf16_units(str text)
{
    uint64_t units = 0;
    for (size_t i = 0; i < text.len; i++) {
        unsigned char c = (unsigned char)text.ptr[i];
        units += (c & 0xC0) != 0x80; /* not a continuation */
        units += c >= 0xF0;
    }
    return units;
}

bool attr_size(attr value, uint64_t *out)
{
    switch (value.type) {
    case VALUE_S: *out = utf16_units(json_str(value.content)); return true;
    case VALUE_B: *out = attribute_base64_bytes(json_str(value.content)); return true;
    case VALUE_SS:
    case VALUE_NS:
    case VALUE_BS:
    case VALUE_L:
    case VALUE_M: *out = json_count(value.content); return true;
    case VALUE_N:
    case VALUE_BOOL:
    case VALUE_NULL: return false;
    }
    fatal("no such type of value: %d", (int)value.type);
}

/* ---- sets ---- */

json value_set_union(struct arena *arena, enum value_type type, json a, json b)
{
    struct json_list out;
    size_t i = 0;
    size_t j = 0;
    json_list_init(&out, arena);
    while (i < json_count(a) || j < json_count(b)) {
        int order = i == json_count(a)   ? 1
                    : j == json_count(b) ? -1
                                         : compare(type, json_at(a, i), json_at(b, j));
        json_list_add(&out, order <= 0 ? json_at(a, i) : json_at(b, j));
        i += order <= 0;
        j += order >= 0;
    }
    return json_list_done(&out);
}

json value_set_difference(struct arena *arena, enum value_type type, json a, json b)
{
    struct json_list out;
    size_t j = 0;
    json_list_init(&out, arena);
    for (size_t i = 0; i < json_count(a); i++) {
        while (j < json_count(b) && compare(type, json_at(b, j), json_at(a, i)) < 0)
            j++;
        if (j == json_count(b) || compare(type, json_at(b, j), json_at(a, i)) != 0)
            json_list_add(&out, json_at(a, i));
    }
    return json_list_done(&out);
}
