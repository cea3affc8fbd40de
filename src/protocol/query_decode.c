/* Calls of the Query protocol: from the form's pairs to parameters.
 *
 * The pairs are sorted by their names, part by part and numbers by value, so that everything that
 * belongs to one member, item or entry stands together: the tree is built from ranges of that
 * array, in a time that depends on the number of pairs only, whatever order they came in. */
#include <stdlib.h>

#include "base/limits.h"
#include "protocol/query.h"

struct parameter {
    str name, value;
    size_t order; /* in the form */
};

/* Parameters [from, to) whose names are the same up to `at`, which is where the next part begins;
 * at > name.len: the name ends here. */
struct range {
    const struct parameter *from, *to;
    size_t at;
};

struct decoder {
    const struct query_protocol *protocol;
    str operation;
    struct arena *arena;
    struct error *err;
};

/* ---- order ---- */

static str part_at(str name, size_t at)
{
    return str_slice(name, at, str_find_char(name, '.', at));
}

static bool is_number(str part)
{
    for (size_t i = 0; i < part.len; i++)
        if (part.ptr[i] < '0' || part.ptr[i] > '9') return false;
    return part.len > 0;
}

static str without_zeros(str digits)
{
    while (digits.len > 1 && digits.ptr[0] == '0')
        digits = str_skip(digits, 1);
    return digits;
}

/* Numbers come first, so that it is one order. */
static int compare_parts(str a, str b)
{
    if (is_number(a) != is_number(b)) return is_number(a) ? -1 : 1;
    if (!is_number(a)) return str_compare(a, b);
    str x = without_zeros(a), y = without_zeros(b);
    if (x.len != y.len) return x.len < y.len ? -1 : 1;
    int order = str_compare(x, y);
    return order != 0 ? order : str_compare(a, b);
}

static int compare_parameters(const void *left, const void *right)
{
    const struct parameter *a = left, *b = right;
    size_t at = 0;
    while (at <= a->name.len && at <= b->name.len) {
        str x = part_at(a->name, at), y = part_at(b->name, at);
        int order = compare_parts(x, y);
        if (order != 0) return order;
        at += x.len + 1;
    }
    if (a->name.len != b->name.len) return a->name.len < b->name.len ? -1 : 1;
    return a->order < b->order ? -1 : 1;
}

/* ---- ranges ---- */

static bool is_leaf(const struct parameter *parameter, size_t at)
{
    return at > parameter->name.len;
}

/* Takes from the front of `range` what has the same next part; *part is that part. Leaves are not
 * in `range`. */
static struct range take_group(struct range *range, str *part)
{
    const struct parameter *end = range->from;
    *part = part_at(range->from->name, range->at);
    while (end < range->to && str_eq(part_at(end->name, range->at), *part))
        end++;
    struct range group = { range->from, end, range->at + part->len + 1 };
    range->from = end;
    return group;
}

/* Takes the parameters that end here, which are the first; the first of equal ones counts. NULL:
 * there is none. */
static const struct parameter *take_leaf(struct range *range)
{
    const struct parameter *leaf = NULL;
    while (range->from < range->to && is_leaf(range->from, range->at)) {
        if (!leaf) leaf = range->from;
        range->from++;
    }
    return leaf;
}

/* ---- values ---- */

static bool decode_members(struct decoder *decoder, struct range range, const struct shape *shape,
                           json *out);

static bool is_true(str text)
{
    return str_eq(text, STR("true")) || str_eq(text, STR("True")) || str_eq(text, STR("1"));
}

static bool is_false(str text)
{
    return str_eq(text, STR("false")) || str_eq(text, STR("False")) || str_eq(text, STR("0"));
}

static bool wrong_scalar(struct decoder *decoder, const struct parameter *leaf, const char *wanted)
{
    return error_set_long(decoder->err, decoder->arena, ERROR_MALFORMED_INPUT,
                          "Value %.*s for parameter %.*s is invalid. Reason: Must be %s.",
                          STR_ARGS(leaf->value), STR_ARGS(leaf->name), wanted);
}

static bool decode_scalar(struct decoder *decoder, const struct parameter *leaf,
                          enum shape_kind kind, json *out)
{
    int64_t number;
    *out = json_string(leaf->value);
    switch (kind) {
    case SHAPE_INTEGER:
        if (!str_to_i64(leaf->value, &number)) return wrong_scalar(decoder, leaf, "an integer");
        *out = json_i64(decoder->arena, number);
        return true;
    case SHAPE_BOOLEAN:
        if (!is_true(leaf->value) && !is_false(leaf->value))
            return wrong_scalar(decoder, leaf, "true or false");
        *out = json_bool(is_true(leaf->value));
        return true;
    case SHAPE_LIST: /* "Tags=" is how an empty list is written */
        if (str_is_empty(leaf->value)) *out = json_array(NULL, 0);
        return true;
    case SHAPE_MAP:
        if (str_is_empty(leaf->value)) *out = (json){ .kind = JSON_OBJECT };
        return true;
    default: return true;
    }
}

/* A scalar or a structure: an item, a map's value, or a member that is no collection. */
static bool decode_value(struct decoder *decoder, struct range range, enum shape_kind kind,
                         const struct shape *shape, json *out)
{
    const struct parameter *leaf = take_leaf(&range);
    if (range.from == range.to) {
        ASSERT(leaf);
        return decode_scalar(decoder, leaf, kind, out);
    }
    return decode_members(decoder, range, shape, out);
}

/* ---- collections ---- */

/* The description of a field's items, as far as it is known. */
static void describe_items(const struct shape_field *field, enum shape_kind *kind,
                           const struct shape **shape)
{
    *kind = field ? field->item_kind : SHAPE_STRING;
    *shape = field ? field->shape : NULL;
}

/* One entry of a map: its key, and a range with what belongs to its value. */
static bool split_entry(struct decoder *decoder, struct range range,
                        const struct query_collection *names, str *key, struct range *value)
{
    bool has_key = false, has_value = false;
    str name = range.from->name;
    (void)take_leaf(&range);
    while (range.from < range.to) {
        str part;
        struct range group = take_group(&range, &part);
        const struct parameter *leaf = NULL;
        if (str_eq(part, names->key) && (leaf = take_leaf(&group))) {
            *key = leaf->value;
            has_key = true;
        } else if (str_eq(part, names->value)) {
            *value = group;
            has_value = true;
        }
    }
    if (has_key && has_value) return true;
    str missing = has_key ? names->value : names->key;
    return error_set_long(decoder->err, decoder->arena, ERROR_MALFORMED_INPUT,
                          "The entry at %.*s has no %.*s.", STR_ARGS(name), STR_ARGS(missing));
}

/* The next item of a numbered collection. What has no number is an item, too: old clients write
 * "Attribute.Name" for "Attribute.1.Name", and "AttributeName" for "AttributeName.1". */
static struct range take_item(struct range *range)
{
    struct range item = *range;
    str part;
    if (take_leaf(range)) {
        item.to = range->from;
        return item;
    }
    if (is_number(part_at(range->from->name, range->at))) return take_group(range, &part);
    range->from = range->to;
    return item;
}

static bool decode_list(struct decoder *decoder, struct range range,
                        const struct shape_field *field, json *out)
{
    enum shape_kind kind;
    const struct shape *shape;
    struct json_list items;
    json_list_init(&items, decoder->arena);
    describe_items(field, &kind, &shape);
    while (range.from < range.to) {
        struct range next = take_item(&range);
        json item;
        if (is_leaf(next.from, range.at) && str_is_empty(next.from->value)) continue; /* no items */
        if (!decode_value(decoder, next, kind, shape, &item)) return false;
        json_list_add(&items, item);
    }
    *out = json_list_done(&items);
    return true;
}

static bool decode_map(struct decoder *decoder, struct range range, const struct shape_field *field,
                       const struct query_collection *names, json *out)
{
    enum shape_kind kind;
    const struct shape *shape;
    struct json_fields entries;
    json_fields_init(&entries, decoder->arena);
    describe_items(field, &kind, &shape);
    while (range.from < range.to) {
        str key = { 0 };
        struct range rest = { 0 };
        json value;
        if (!split_entry(decoder, take_item(&range), names, &key, &rest) ||
            !decode_value(decoder, rest, kind, shape, &value))
            return false;
        json_fields_add(&entries, key, value);
    }
    *out = json_fields_done(&entries);
    return true;
}

/* ---- members ---- */

/* SQS: the name says what it is. */
static bool decode_flat(struct decoder *decoder, struct range range, str part,
                        const struct shape *shape, str *name, json *out)
{
    const struct query_collection *collection =
        query_by_wire(decoder->protocol, decoder->operation, part, shape);
    *name = collection ? collection->member : part;
    const struct shape_field *field = shape ? shape_field_find(shape, *name) : NULL;
    if (collection && collection->key.len > 0)
        return decode_map(decoder, range, field, collection, out);
    if (collection) return decode_list(decoder, range, field, out);
    return decode_value(decoder, range, field ? field->kind : SHAPE_STRING,
                        field ? field->shape : NULL, out);
}

/* SNS: "member" and "entry" say what it is. */
static bool decode_wrapped(struct decoder *decoder, struct range range, str part,
                           const struct shape *shape, str *name, json *out)
{
    const struct shape_field *field = shape ? shape_field_find(shape, part) : NULL;
    struct range inner = range;
    str next = { 0 };
    *name = part;
    (void)take_leaf(&inner);
    struct range group = { 0 };
    if (inner.from < inner.to) group = take_group(&inner, &next);
    bool is_alone = inner.from == inner.to;
    if (is_alone && str_eq(next, STR("member"))) return decode_list(decoder, group, field, out);
    if (is_alone && str_eq(next, STR("entry"))) {
        const struct query_collection *names = query_by_member(decoder->protocol, part);
        if (names) return decode_map(decoder, group, field, names, out);
    }
    return decode_value(decoder, range, field ? field->kind : SHAPE_STRING,
                        field ? field->shape : NULL, out);
}

static bool decode_members(struct decoder *decoder, struct range range, const struct shape *shape,
                           json *out)
{
    struct json_fields fields;
    json_fields_init(&fields, decoder->arena);
    while (range.from < range.to) {
        str part, name;
        json value;
        struct range group = take_group(&range, &part);
        bool good = decoder->protocol->is_flat
                        ? decode_flat(decoder, group, part, shape, &name, &value)
                        : decode_wrapped(decoder, group, part, shape, &name, &value);
        if (!good) return false;
        json_fields_add(&fields, name, value);
    }
    *out = json_fields_done(&fields);
    return true;
}

/* ---- the call ---- */

/* What belongs to the request as such. */
static bool is_reserved(str name)
{
    return str_eq(name, STR("Action")) || str_eq(name, STR("Version")) ||
           str_starts_with(name, STR("X-Amz-"));
}

static size_t count_parts(str name)
{
    size_t count = 1;
    for (size_t i = 0; i < name.len; i++)
        count += name.ptr[i] == '.';
    return count;
}

bool query_decode(const struct query_protocol *protocol, const struct operation *operation,
                  const struct form *form, struct arena *arena, json *params, struct error *err)
{
    struct decoder decoder = { protocol, operation->name, arena, err };
    struct parameter *parameters = arena_array(arena, form->count, sizeof *parameters);
    size_t count = 0;
    for (size_t i = 0; i < form->count; i++) {
        const struct form_pair *pair = &form->pairs[i];
        if (is_reserved(pair->name)) continue;
        if (count_parts(pair->name) > PROTOCOL_FORM_DEPTH_MAX)
            return error_set(err, ERROR_MALFORMED_INPUT,
                             "A parameter's name has more than %d parts.", PROTOCOL_FORM_DEPTH_MAX);
        parameters[count++] = (struct parameter){ pair->name, pair->value, i };
    }
    if (count > 0) qsort(parameters, count, sizeof *parameters, compare_parameters);
    struct range range = { parameters, parameters + count, 0 };
    return decode_members(&decoder, range, operation->input, params);
}
