/* Attribute values: their types, their way in, their sizes; value_compare.c compares them. */
#include "services/dynamodb/value.h"

#include <stdlib.h>
#include <strings.h>

#include "services/dynamodb/value_base64.h"

static const str type_names[VALUE_TYPES] = {
    [VALUE_S] = STR_INIT("S"),       [VALUE_N] = STR_INIT("N"),   [VALUE_B] = STR_INIT("B"),
    [VALUE_SS] = STR_INIT("SS"),     [VALUE_NS] = STR_INIT("NS"), [VALUE_BS] = STR_INIT("BS"),
    [VALUE_L] = STR_INIT("L"),       [VALUE_M] = STR_INIT("M"),   [VALUE_BOOL] = STR_INIT("BOOL"),
    [VALUE_NULL] = STR_INIT("NULL"),
};

/* ---- looking ---- */

str value_type_name(enum value_type type)
{
    return type_names[type];
}

/* Called for every value that is looked at: the first letter and the length decide which name it
 * can be. */
bool value_type_from_name(str name, enum value_type *out)
{
    enum value_type type;
    bool is_set = name.len == 2;
    switch (str_at(name, 0)) {
    case 'S': type = is_set ? VALUE_SS : VALUE_S; break;
    case 'N': type = name.len == 4 ? VALUE_NULL : is_set ? VALUE_NS : VALUE_N; break;
    case 'B': type = name.len == 4 ? VALUE_BOOL : is_set ? VALUE_BS : VALUE_B; break;
    case 'L': type = VALUE_L; break;
    case 'M': type = VALUE_M; break;
    default: return false;
    }
    if (!str_eq(name, type_names[type])) return false;
    *out = type;
    return true;
}

attr attr_of(json value)
{
    attr result;
    ASSERT_CMP(json_count(value), ==, 1);
    if (!value_type_from_name(json_key_at(value, 0), &result.type)) fatal("a value of no type");
    result.content = json_value_at(value, 0);
    return result;
}

enum value_type value_type(json value)
{
    return attr_of(value).type;
}

json value_content(json value)
{
    return attr_of(value).content;
}

void value_number(json value, struct number *out)
{
    attr number = attr_of(value);
    ASSERT_CMP(number.type, ==, VALUE_N);
    number_read(json_str(number.content), out);
}

/* json_find hashes the name each time, which for a long one costs more than looking at the lengths
 * of all others; and a condition looks up its names for every item. */
const json *value_find(json item, str name)
{
    enum { SHORT_BYTES = 64 };
    if (name.len <= SHORT_BYTES || !json_is_object(item)) return json_find(item, name);
    for (size_t i = 0; i < json_count(item); i++)
        if (str_eq(json_key_at(item, i), name)) return json_find(item, name);
    return NULL;
}

/* ---- making ---- */

json value_make(struct arena *arena, enum value_type type, json content)
{
    struct json_fields fields;
    json_fields_init(&fields, arena);
    json_fields_add(&fields, type_names[type], content);
    return json_fields_done(&fields);
}

json value_make_number(struct arena *arena, const struct number *number)
{
    return value_make(arena, VALUE_N, json_string(decimal_text(arena, number)));
}

/* ---- wrong JSON types, in the words of AWS's decoder ---- */

static bool unexpected(struct error *err, const char *text)
{
    return error_set(err, ERROR_SERIALIZATION, "%s", text);
}

/* `java` is the class that AWS names for a list, `wanted` the type for other values. */
static bool wrong_scalar(json given, const char *java, const char *wanted, struct error *err)
{
    if (json_is_object(given))
        return unexpected(err, "Start of structure or map found where not expected");
    if (json_is_array(given))
        return error_set(err, ERROR_SERIALIZATION, "Unrecognized collection type class %s", java);
    const char *name = json_is_number(given)                ? "NUMBER_VALUE"
                       : json_equal(given, json_bool(true)) ? "TRUE_VALUE"
                       : json_is_null(given)                ? "NULL_VALUE"
                                                            : "FALSE_VALUE";
    return error_set(err, ERROR_SERIALIZATION, "%s cannot be converted to %s", name, wanted);
}

static bool check_string(json given, struct error *err)
{
    if (json_is_string(given)) return true;
    return wrong_scalar(given, "java.lang.String", "String", err);
}

static bool check_binary(json given, struct error *err)
{
    if (json_is_string(given)) return base64_check(json_str(given), err);
    if (json_is_object(given) || json_is_array(given))
        return wrong_scalar(given, "java.nio.ByteBuffer", "", err);
    return unexpected(err, "only base-64-encoded strings are convertible to bytes");
}

static bool check_list(json given, struct error *err)
{
    if (json_is_array(given)) return true;
    if (json_is_object(given))
        return unexpected(err, "Start of structure or map found where not expected");
    return unexpected(err, "Unexpected field type");
}

static bool check_map(json given, struct error *err)
{
    if (json_is_object(given)) return true;
    if (json_is_array(given))
        return unexpected(err, "Unrecognized collection type java.util.Map<java.lang.String, "
                               "com.amazonaws.dynamodb.v20120810.AttributeValue>");
    return unexpected(err, "Unexpected field type");
}

/* AWS takes some texts for booleans, too. */
static bool read_boolean(json given, bool *out, struct error *err)
{
    static const struct {
        const char *text;
        bool value;
    } texts[] = { { "true", true },   { "1", true },  { "yes", true },
                  { "false", false }, { "0", false }, { "no", false } };
    if (json_is_bool(given)) {
        *out = json_equal(given, json_bool(true));
        return true;
    }
    if (!json_is_string(given)) return wrong_scalar(given, "java.lang.Boolean", "Boolean", err);
    str text = json_str(given);
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        if (text.len != strlen(texts[i].text)) continue;
        if (strncasecmp(text.ptr, texts[i].text, text.len) != 0) continue;
        *out = texts[i].value;
        return true;
    }
    return unexpected(err, "Unexpected token received from parser");
}

/* ---- in ---- */

struct normaliser {
    struct arena *arena;
    struct error *err;
};

static bool normalise(struct normaliser *n, json wire, size_t depth, json *out);

static bool invalid(struct normaliser *n, const char *text)
{
    return error_set(n->err, ERROR_VALIDATION, "One or more parameter values were invalid: %s",
                     text);
}

bool value_too_deep(struct error *err)
{
    return error_set(err, ERROR_VALIDATION,
                     "Nesting Levels have exceeded supported limits: Attributes in the item have "
                     "nested levels beyond supported limit");
}

static bool normalise_number(struct normaliser *n, json wire, json *out)
{
    struct number number;
    char text[NUMBER_TEXT_BYTES_MAX];
    if (!check_string(wire, n->err) || !number_parse(json_str(wire), &number, n->err)) return false;
    str canonical = { text, number_write(&number, text) };
    *out = str_eq(canonical, json_str(wire)) ? wire : json_string(arena_str(n->arena, canonical));
    return true;
}

static int compare_strings(const void *a, const void *b)
{
    return str_compare(json_str(*(const json *)a), json_str(*(const json *)b));
}

static int compare_numbers(const void *a, const void *b)
{
    return number_text_compare(json_str(*(const json *)a), json_str(*(const json *)b));
}

static int compare_binaries(const void *a, const void *b)
{
    return base64_compare(json_str(*(const json *)a), json_str(*(const json *)b));
}

static bool duplicates(struct normaliser *n, enum value_type type, json wire)
{
    struct buf text;
    if (type == VALUE_NS)
        return error_set(n->err, ERROR_VALIDATION, "Input collection contains duplicates");
    buf_init(&text, n->arena);
    for (size_t i = 0; i < json_count(wire); i++) {
        if (i > 0) buf_add(&text, STR(", "));
        buf_add(&text, json_str(json_at(wire, i)));
    }
    return error_set_long(n->err, n->arena, ERROR_VALIDATION,
                          "One or more parameter values were invalid: Input collection [%.*s]%s "
                          "contains duplicates.",
                          STR_ARGS(buf_str(&text)), type == VALUE_BS ? "of type BS" : "");
}

static bool normalise_element(struct normaliser *n, enum value_type type, json wire, json *out)
{
    *out = wire;
    if (type == VALUE_NS) return normalise_number(n, wire, out);
    return type == VALUE_SS ? check_string(wire, n->err) : check_binary(wire, n->err);
}

static bool normalise_set(struct normaliser *n, enum value_type type, json wire, json *out)
{
    static int (*const compare[])(const void *, const void *) = {
        [VALUE_SS] = compare_strings, [VALUE_NS] = compare_numbers, [VALUE_BS] = compare_binaries
    };
    size_t count = json_count(wire);
    if (!check_list(wire, n->err)) return false;
    if (count == 0)
        return invalid(n, type == VALUE_SS   ? "An string set  may not be empty"
                          : type == VALUE_NS ? "An number set  may not be empty"
                                             : "Binary sets should not be empty");
    json *items = arena_array(n->arena, count, sizeof *items);
    for (size_t i = 0; i < count; i++)
        if (!normalise_element(n, type, json_at(wire, i), &items[i])) return false;
    qsort(items, count, sizeof *items, compare[type]);
    for (size_t i = 1; i < count; i++)
        if (str_eq(json_str(items[i - 1]), json_str(items[i]))) return duplicates(n, type, wire);
    *out = json_array(items, count);
    return true;
}

static bool normalise_list(struct normaliser *n, json wire, size_t depth, json *out)
{
    size_t count = json_count(wire);
    if (!check_list(wire, n->err)) return false;
    json *items = arena_array(n->arena, count, sizeof *items);
    for (size_t i = 0; i < count; i++)
        if (!normalise(n, json_at(wire, i), depth + 1, &items[i])) return false;
    *out = json_array(items, count);
    return true;
}

static bool check_names(struct normaliser *n, json wire)
{
    for (size_t i = 0; i < json_count(wire); i++) {
        str name = json_key_at(wire, i);
        if (name.len == 0) return error_set(n->err, ERROR_VALIDATION, "Empty attribute name");
        if (name.len > DYNAMODB_NAME_BYTES_MAX)
            return error_set(n->err, ERROR_VALIDATION,
                             "Attribute name is too large, must be less than 65536 bytes");
    }
    return true;
}

static int compare_names(const void *a, const void *b)
{
    const struct json_member *left = a;
    const struct json_member *right = b;
    return str_compare((str){ left->key, left->key_bytes }, (str){ right->key, right->key_bytes });
}

static bool normalise_map(struct normaliser *n, json wire, size_t depth, bool sort, json *out)
{
    struct json_fields fields;
    if (!check_map(wire, n->err) || !check_names(n, wire)) return false;
    json_fields_init(&fields, n->arena);
    for (size_t i = 0; i < json_count(wire); i++) {
        json value = json_null();
        if (!normalise(n, json_value_at(wire, i), depth + 1, &value)) return false;
        json_fields_add(&fields, json_key_at(wire, i), value);
    }
    if (sort && fields.count > 1)
        qsort(fields.members, fields.count, sizeof *fields.members, compare_names);
    *out = json_fields_done(&fields);
    return true;
}

static bool normalise_content(struct normaliser *n, enum value_type type, json wire, size_t depth,
                              json *out)
{
    bool boolean = false;
    *out = wire;
    switch (type) {
    case VALUE_S: return check_string(wire, n->err);
    case VALUE_N: return normalise_number(n, wire, out);
    case VALUE_B: return check_binary(wire, n->err);
    case VALUE_SS:
    case VALUE_NS:
    case VALUE_BS: return normalise_set(n, type, wire, out);
    case VALUE_L: return normalise_list(n, wire, depth, out);
    case VALUE_M: return normalise_map(n, wire, depth, true, out);
    case VALUE_BOOL:
    case VALUE_NULL:
        if (!read_boolean(wire, &boolean, n->err)) return false;
        *out = json_bool(boolean);
        if (type == VALUE_BOOL || boolean) return true;
        return invalid(n, "Null attribute value types must have the value of true");
    }
    fatal("no such type of value: %d", (int)type);
}

static bool normalise(struct normaliser *n, json wire, size_t depth, json *out)
{
    size_t found = 0;
    if (json_is_array(wire))
        return unexpected(n->err, "Unrecognized collection type class "
                                  "com.amazonaws.dynamodb.v20120810.AttributeValue");
    if (!json_is_object(wire) && !json_is_null(wire))
        return unexpected(n->err, "Unexpected value type in payload");
    if (depth > DYNAMODB_VALUE_DEPTH_MAX) return value_too_deep(n->err);
    for (size_t i = 0; i < json_count(wire); i++) {
        enum value_type type;
        json content = json_value_at(wire, i);
        if (json_is_null(content) || !value_type_from_name(json_key_at(wire, i), &type)) continue;
        if (!normalise_content(n, type, content, depth, &content)) return false;
        if (found++ == 0) *out = value_make(n->arena, type, content);
    }
    if (found == 1) return true;
    return error_set(n->err, ERROR_VALIDATION,
                     "Supplied AttributeValue %s, must contain exactly one of the supported "
                     "datatypes",
                     found == 0 ? "is empty" : "has more than one datatypes set");
}

bool value_normalise(struct arena *arena, json wire, json *out, struct error *err)
{
    struct normaliser n = { .arena = arena, .err = err };
    return normalise(&n, wire, 1, out);
}

bool value_normalise_item(struct arena *arena, json wire, json *out, struct error *err)
{
    struct normaliser n = { .arena = arena, .err = err };
    return normalise_map(&n, wire, 0, false, out);
}

/* ---- sizes ---- */

static size_t content_bytes(enum value_type type, json content)
{
    struct number number;
    switch (type) {
    case VALUE_S:
    case VALUE_SS: return json_str(content).len;
    case VALUE_B:
    case VALUE_BS: return attribute_base64_bytes(json_str(content));
    case VALUE_N:
    case VALUE_NS: number_read(json_str(content), &number); return number_bytes(&number);
    case VALUE_BOOL:
    case VALUE_NULL: return 1;
    case VALUE_L:
    case VALUE_M: break;
    }
    fatal("no scalar: %d", (int)type);
}

static size_t bytes_of(json value, size_t depth)
{
    enum { CONTAINER_BYTES = 3, ELEMENT_BYTES = 1 };
    attr a = attr_of(value);
    size_t bytes = 0;
    ASSERT_CMP(depth, <=, DYNAMODB_VALUE_DEPTH_MAX);
    switch (a.type) {
    case VALUE_SS:
    case VALUE_NS:
    case VALUE_BS:
        for (size_t i = 0; i < json_count(a.content); i++)
            bytes += content_bytes(a.type, json_at(a.content, i));
        return bytes;
    case VALUE_L:
        for (size_t i = 0; i < json_count(a.content); i++)
            bytes += ELEMENT_BYTES + bytes_of(json_at(a.content, i), depth + 1);
        return CONTAINER_BYTES + bytes;
    case VALUE_M:
        for (size_t i = 0; i < json_count(a.content); i++)
            bytes += ELEMENT_BYTES + json_key_at(a.content, i).len +
                     bytes_of(json_value_at(a.content, i), depth + 1);
        return CONTAINER_BYTES + bytes;
    case VALUE_S:
    case VALUE_N:
    case VALUE_B:
    case VALUE_BOOL:
    case VALUE_NULL: break;
    }
    return content_bytes(a.type, a.content);
}

size_t value_bytes(json value)
{
    return bytes_of(value, 1);
}

size_t value_item_bytes(json item)
{
    size_t bytes = 0;
    for (size_t i = 0; i < json_count(item); i++)
        bytes += json_key_at(item, i).len + bytes_of(json_value_at(item, i), 1);
    return bytes;
}

size_t value_content_bytes(json value)
{
    attr a = attr_of(value);
    ASSERT(a.type == VALUE_S || a.type == VALUE_B);
    return content_bytes(a.type, a.content);
}

bool value_check_item_size(json item, bool is_update, struct error *err)
{
    if (value_item_bytes(item) <= DYNAMODB_ITEM_BYTES_MAX) return true;
    return error_set(err, ERROR_VALIDATION, "Item size %shas exceeded the maximum allowed size",
                     is_update ? "to update " : "");
}

static size_t depth_of(json value, size_t bound)
{
    attr a = attr_of(value);
    size_t deepest = 0;
    ASSERT_CMP(bound, >, 0);
    for (size_t i = 0; (a.type == VALUE_L || a.type == VALUE_M) && i < json_count(a.content); i++) {
        json inner = a.type == VALUE_L ? json_at(a.content, i) : json_value_at(a.content, i);
        size_t depth = depth_of(inner, bound - 1);
        if (depth > deepest) deepest = depth;
    }
    return deepest + 1;
}

size_t value_depth(json value)
{
    return depth_of(value, DYNAMODB_VALUE_DEPTH_MAX + 1);
}

/* ---- keys ---- */

void value_key_bytes(struct buf *out, json value)
{
    attr a = attr_of(value);
    struct number number;
    unsigned char key[NUMBER_KEY_BYTES_MAX];
    switch (a.type) {
    case VALUE_S: buf_add(out, json_str(a.content)); return;
    case VALUE_B: base64_decode(out, json_str(a.content)); return;
    case VALUE_N:
        number_read(json_str(a.content), &number);
        buf_add(out, (str){ (const char *)key, number_key(&number, key) });
        return;
    case VALUE_SS:
    case VALUE_NS:
    case VALUE_BS:
    case VALUE_L:
    case VALUE_M:
    case VALUE_BOOL:
    case VALUE_NULL: break;
    }
    fatal("no type of a key: %d", (int)a.type);
}
