/* Names and values as aws-sdk integrations have them.
 *
 * These integrations show the members of version 2 of the SDK for Java with a capital at the start:
 * a run of capitals becomes a word ("MD5OfBody" is "Md5OfBody", "SSEType" "SseType"), and an API
 * whose members begin with small letters gets large ones ("executionArn" is "ExecutionArn"). Times
 * are ISO 8601 texts. What is a key of the user's in a map stays as it is. */
#include <stdlib.h>

#include <openssl/evp.h>

#include "services/integrations/call.h"
#include "services/shape.h"

enum { NAMES_DEPTH_MAX = JSON_DEPTH_MAX };

static bool is_upper(char c)
{
    return c >= 'A' && c <= 'Z';
}

static bool is_lower(char c)
{
    return c >= 'a' && c <= 'z';
}

char integration_lower(char c)
{
    if (is_upper(c)) return (char)(c | 0x20);
    return c;
}

str integration_lower_case(struct arena *arena, str text)
{
    char *out = arena_alloc(arena, text.len);
    for (size_t i = 0; i < text.len; i++)
        out[i] = integration_lower(text.ptr[i]);
    return (str){ out, text.len };
}

/* Where the SDK writes small letters: the run of capitals at the start, up to the one that begins
 * the next word. */
str sdk_member_name(struct arena *arena, str name)
{
    if (name.len == 0) return name;
    char *out = arena_alloc(arena, name.len);
    memcpy(out, name.ptr, name.len);
    size_t i = 0;
    do {
        out[i] = integration_lower(out[i]);
        i++;
    } while (i < name.len && is_upper(name.ptr[i]) && !is_lower(str_at(name, i + 1)));
    if (is_lower(out[0])) out[0] = (char)(out[0] & ~0x20);
    return (str){ out, name.len };
}

static int compare_members(const void *a, const void *b)
{
    const struct json_member *left = a, *right = b;
    return str_compare((str){ left->key, left->key_bytes }, (str){ right->key, right->key_bytes });
}

json sdk_sorted_members(struct arena *arena, json object)
{
    size_t count = json_count(object);
    if (!json_is_object(object) || count < 2) return object;
    struct json_member *members = arena_array(arena, count, sizeof *members);
    memcpy(members, object.members, count * sizeof *members);
    qsort(members, count, sizeof *members, compare_members);
    object.members = members;
    return object;
}

str integration_base64(struct arena *arena, str bytes)
{
    ASSERT_CMP(bytes.len, <, INT32_MAX / 2);
    char *out = arena_alloc(arena, (bytes.len + 2) / 3 * 4 + 1);
    int len =
        EVP_EncodeBlock((unsigned char *)out, (const unsigned char *)bytes.ptr, (int)bytes.len);
    return (str){ out, (size_t)len };
}

/* ---- attribute values of DynamoDB ---- */

/* {"BOOL":true} and the like are recognised by their value's type, which no item's own attribute
 * can have: those are objects. */
struct attribute_name {
    str api, sdk;
    enum json_kind kind;
};
static const struct attribute_name attribute_names[] = {
    { STR_INIT("BOOL"), STR_INIT("Bool"), JSON_BOOL },
    { STR_INIT("NULL"), STR_INIT("Nul"), JSON_BOOL },
    { STR_INIT("SS"), STR_INIT("Ss"), JSON_ARRAY },
    { STR_INIT("NS"), STR_INIT("Ns"), JSON_ARRAY },
    { STR_INIT("BS"), STR_INIT("Bs"), JSON_ARRAY },
};

static const struct attribute_name *find_attribute(str name, json value, bool sdk)
{
    for (size_t i = 0; i < sizeof attribute_names / sizeof *attribute_names; i++) {
        const struct attribute_name *row = &attribute_names[i];
        if (value.kind == row->kind && str_eq(sdk ? row->sdk : row->api, name)) return row;
    }
    return NULL;
}

/* ---- answers ---- */

struct renaming {
    struct arena *arena;
    const struct callee *callee;
};

static bool in_list(const str *names, size_t count, str name)
{
    for (size_t i = 0; i < count; i++)
        if (str_eq(names[i], name)) return true;
    return false;
}

static bool is_time(const struct callee *callee, str name)
{
    for (size_t i = 0; i < callee->time_count; i++)
        if (str_ends_with(name, callee->times[i])) return true;
    return false;
}

static json rename_answer(const struct renaming *renaming, json value, bool own_keys, int depth)
{
    const struct callee *callee = renaming->callee;
    ASSERT_CMP(depth, <=, NAMES_DEPTH_MAX);
    if (json_is_array(value)) {
        struct json_list list;
        json_list_init(&list, renaming->arena);
        for (size_t i = 0; i < json_count(value); i++)
            json_list_add(&list, rename_answer(renaming, json_at(value, i), own_keys, depth + 1));
        return json_list_done(&list);
    }
    if (!json_is_object(value)) return value;
    struct json_fields fields;
    json_fields_init(&fields, renaming->arena);
    for (size_t i = 0; i < json_count(value); i++) {
        str name = json_key_at(value, i);
        json member = json_value_at(value, i);
        const struct attribute_name *attribute =
            callee == &callee_dynamodb ? find_attribute(name, member, false) : NULL;
        bool keys = own_keys || in_list(callee->maps, callee->map_count, name);
        if (!own_keys && json_is_number(member) && is_time(callee, name))
            member =
                json_string(iso_time(renaming->arena, (int64_t)(json_number(member) * 1000 + 0.5)));
        else
            member = rename_answer(renaming, member, keys, depth + 1);
        if (attribute)
            name = attribute->sdk;
        else if (!own_keys)
            name = sdk_member_name(renaming->arena, name);
        json_fields_add(&fields, name, member);
    }
    json done = json_fields_done(&fields);
    return own_keys ? done : sdk_sorted_members(renaming->arena, done);
}

json sdk_answer(struct arena *arena, const struct callee *callee, json answer)
{
    struct renaming renaming = { arena, callee };
    return rename_answer(&renaming, answer, false, 0);
}

/* ---- parameters ---- */

static json attributes_to_api(struct arena *arena, json value, int depth)
{
    ASSERT_CMP(depth, <=, NAMES_DEPTH_MAX);
    if (json_is_array(value)) {
        struct json_list list;
        json_list_init(&list, arena);
        for (size_t i = 0; i < json_count(value); i++)
            json_list_add(&list, attributes_to_api(arena, json_at(value, i), depth + 1));
        return json_list_done(&list);
    }
    if (!json_is_object(value)) return value;
    struct json_fields fields;
    json_fields_init(&fields, arena);
    for (size_t i = 0; i < json_count(value); i++) {
        str name = json_key_at(value, i);
        json member = json_value_at(value, i);
        const struct attribute_name *attribute = find_attribute(name, member, true);
        json_fields_add(&fields, attribute ? attribute->api : name,
                        attributes_to_api(arena, member, depth + 1));
    }
    return json_fields_done(&fields);
}

struct reading {
    struct arena *arena;
    const struct callee *callee;
    str *why;
};

static bool refuse_kind(const struct reading *reading, str name, const char *kind)
{
    str shown = sdk_member_name(reading->arena, name);
    *reading->why = arena_printf(reading->arena, "The value for the field '%.*s' must be %s",
                                 STR_ARGS(shown), kind);
    return false;
}

static bool read_structure(const struct reading *reading, const struct shape *shape, json given,
                           json *out, int depth);

/* The texts of Step Functions' own API that hold JSON take the JSON itself. */
static bool takes_json(const struct reading *reading, str name)
{
    return reading->callee == &callee_states &&
           (str_eq(name, STR("input")) || str_eq(name, STR("output")) ||
            str_eq(name, STR("definition")));
}

static bool read_scalar(const struct reading *reading, str name, enum shape_kind kind, json given,
                        json *out)
{
    *out = given;
    switch (kind) {
    case SHAPE_STRING:
        if (json_is_string(given)) return true;
        if (!takes_json(reading, name)) return refuse_kind(reading, name, "a STRING");
        *out = json_string(json_text(reading->arena, given));
        return true;
    case SHAPE_BLOB: {
        str bytes = json_is_string(given) ? json_str(given) : json_text(reading->arena, given);
        *out = json_string(integration_base64(reading->arena, bytes));
        return true;
    }
    case SHAPE_BOOLEAN: return json_is_bool(given) || refuse_kind(reading, name, "a BOOLEAN");
    case SHAPE_INTEGER:
    case SHAPE_NUMBER: return json_is_number(given) || refuse_kind(reading, name, "a NUMBER");
    case SHAPE_TIMESTAMP:
    case SHAPE_STRUCTURE:
    case SHAPE_LIST:
    case SHAPE_MAP:
    case SHAPE_ANY: return true;
    }
    fatal("no such kind of shape: %d", (int)kind);
}

/* An item of a list, or a value of a map. */
static bool read_item(const struct reading *reading, const struct shape_field *field, json given,
                      json *out, int depth)
{
    if (field->shape && !json_is_object(given))
        return refuse_kind(reading, field->name, "an OBJECT");
    if (field->shape) return read_structure(reading, field->shape, given, out, depth);
    return read_scalar(reading, field->name, field->item_kind, given, out);
}

static bool read_list(const struct reading *reading, const struct shape_field *field, json given,
                      json *out, int depth)
{
    if (!json_is_array(given)) return refuse_kind(reading, field->name, "an ARRAY");
    struct json_list list;
    json_list_init(&list, reading->arena);
    for (size_t i = 0; i < json_count(given); i++) {
        json item;
        if (!read_item(reading, field, json_at(given, i), &item, depth + 1)) return false;
        json_list_add(&list, item);
    }
    *out = json_list_done(&list);
    return true;
}

static bool read_map(const struct reading *reading, const struct shape_field *field, json given,
                     json *out, int depth)
{
    if (!json_is_object(given)) return refuse_kind(reading, field->name, "an OBJECT");
    struct json_fields fields;
    json_fields_init(&fields, reading->arena);
    for (size_t i = 0; i < json_count(given); i++) {
        json item;
        if (!read_item(reading, field, json_value_at(given, i), &item, depth + 1)) return false;
        json_fields_add(&fields, json_key_at(given, i), item);
    }
    *out = json_fields_done(&fields);
    return true;
}

static bool read_value(const struct reading *reading, const struct shape_field *field, json given,
                       json *out, int depth)
{
    ASSERT_CMP(depth, <=, NAMES_DEPTH_MAX);
    switch (field->kind) {
    case SHAPE_STRUCTURE:
        if (!field->shape) break;
        if (!json_is_object(given)) return refuse_kind(reading, field->name, "an OBJECT");
        return read_structure(reading, field->shape, given, out, depth);
    case SHAPE_LIST: return read_list(reading, field, given, out, depth);
    case SHAPE_MAP: return read_map(reading, field, given, out, depth);
    case SHAPE_STRING:
    case SHAPE_INTEGER:
    case SHAPE_BOOLEAN:
    case SHAPE_NUMBER:
    case SHAPE_TIMESTAMP:
    case SHAPE_BLOB: return read_scalar(reading, field->name, field->kind, given, out);
    case SHAPE_ANY: break;
    }
    *out = given;
    return true;
}

static const struct shape_field *find_field(const struct reading *reading,
                                            const struct shape *shape, str name)
{
    for (size_t i = 0; i < shape->field_count; i++) {
        const struct shape_field *field = &shape->fields[i];
        if (str_eq(sdk_member_name(reading->arena, field->name), name)) return field;
    }
    /* The API's own spelling, where it is no other's: "MD5OfBody", "BOOL". */
    return is_upper(str_at(name, 0)) ? shape_field_find(shape, name) : NULL;
}

static bool read_structure(const struct reading *reading, const struct shape *shape, json given,
                           json *out, int depth)
{
    ASSERT_CMP(depth, <=, NAMES_DEPTH_MAX);
    struct json_fields fields;
    json_fields_init(&fields, reading->arena);
    for (size_t i = 0; i < json_count(given); i++) {
        str name = json_key_at(given, i);
        json value = json_value_at(given, i);
        const struct shape_field *field = find_field(reading, shape, name);
        if (!field) {
            *reading->why = arena_printf(reading->arena,
                                         "The field \"%.*s\" is not supported by Step Functions",
                                         STR_ARGS(name));
            return false;
        }
        if (json_is_null(value)) continue;
        if (!read_value(reading, field, value, &value, depth + 1)) return false;
        json_fields_add(&fields, field->name, value);
    }
    *out = json_fields_done(&fields);
    return true;
}

static bool refuse_parameters(str *why)
{
    *why = STR("The value of the parameters must be an OBJECT");
    return false;
}

bool sdk_parameters(struct arena *arena, const struct callee *callee, const struct shape *shape,
                    str operation, json given, json *out, str *why)
{
    struct reading reading = { arena, callee, why };
    if (!json_is_object(given)) return refuse_parameters(why);
    if (callee == &callee_dynamodb)
        return dynamodb_members(arena, operation, attributes_to_api(arena, given, 0), out, why);
    if (shape) return read_structure(&reading, shape, given, out, 0);
    *out = given;
    return true;
}
