/* Names of types, and finding a property by its name. */
#include "schema/internal.h"

static const struct {
    unsigned bit;
    str name;
} types[TYPE_COUNT] = {
    { TYPE_ARRAY, STR_INIT("array") },     { TYPE_BOOLEAN, STR_INIT("boolean") },
    { TYPE_INTEGER, STR_INIT("integer") }, { TYPE_NULL, STR_INIT("null") },
    { TYPE_NUMBER, STR_INIT("number") },   { TYPE_OBJECT, STR_INIT("object") },
    { TYPE_STRING, STR_INIT("string") },
};

unsigned schema_type_of_name(str name)
{
    for (size_t i = 0; i < TYPE_COUNT; i++)
        if (str_eq(types[i].name, name)) return types[i].bit;
    return 0;
}

str schema_type_name(unsigned type)
{
    for (size_t i = 0; i < TYPE_COUNT; i++)
        if (types[i].bit == type) return types[i].name;
    fatal("there is no JSON type %u", type);
}

static bool has_integer_digits(json number)
{
    if (number.is_double) {
        int64_t whole;
        return json_to_i64(number, &whole);
    }
    for (size_t i = 0; i < number.count; i++) {
        char c = number.text[i];
        if (c == '.' || c == 'e' || c == 'E') return false;
    }
    return true;
}

unsigned schema_type_of(json value)
{
    switch ((enum json_kind)value.kind) {
    case JSON_NULL: return TYPE_NULL;
    case JSON_BOOL: return TYPE_BOOLEAN;
    case JSON_NUMBER: return has_integer_digits(value) ? TYPE_INTEGER : TYPE_NUMBER;
    case JSON_STRING: return TYPE_STRING;
    case JSON_ARRAY: return TYPE_ARRAY;
    case JSON_OBJECT: return TYPE_OBJECT;
    }
    return TYPE_NULL;
}

const struct schema *schema_find_property(const struct schema *schema, str name)
{
    size_t from = 0, to = schema->property_count;
    while (from < to) {
        size_t middle = from + (to - from) / 2;
        int order = str_compare(schema->properties[middle].name, name);
        if (order == 0) return schema->properties[middle].schema;
        if (order < 0)
            from = middle + 1;
        else
            to = middle;
    }
    return NULL;
}
