/* Definitions of tables and indexes, checked; see definition.h. The order of checks and the texts
 * are those of recorded errors. */
#include "services/dynamodb/definition.h"

#include "services/dynamodb/members.h"

static str name_of(json element)
{
    return json_str_or(element, STR("AttributeName"), STR(""));
}

/* "[a, b]" */
static str list_names(struct arena *arena, json elements)
{
    struct buf out;
    buf_init(&out, arena);
    buf_add_char(&out, '[');
    for (size_t i = 0; i < json_count(elements); i++) {
        if (i > 0) buf_add(&out, STR(", "));
        buf_add(&out, name_of(json_at(elements, i)));
    }
    buf_add_char(&out, ']');
    return buf_str(&out);
}

static bool is_named(json elements, str name)
{
    for (size_t i = 0; i < json_count(elements); i++)
        if (str_eq(name_of(json_at(elements, i)), name)) return true;
    return false;
}

static bool all_defined(json definitions, json keys)
{
    for (size_t i = 0; i < json_count(keys); i++)
        if (!is_named(definitions, name_of(json_at(keys, i)))) return false;
    return true;
}

static bool is_type(json element, const char *type)
{
    return str_eq(json_str_or(element, STR("KeyType"), STR("")), str_from(type));
}

bool definition_check_keys(struct arena *arena, json definitions, json keys, bool of_table,
                           struct error *err)
{
    size_t count = json_count(keys);
    bool twins = count == 2 && str_eq(name_of(json_at(keys, 0)), name_of(json_at(keys, 1)));
    bool defined = all_defined(definitions, keys);
    if (of_table && count == 2 && (!defined || (twins && json_count(definitions) == 1)))
        return error_set(err, ERROR_VALIDATION,
                         "Invalid KeySchema: Some index key attribute have no definition");
    if (!defined)
        return error_set_long(err, arena, ERROR_VALIDATION,
                              BAD_VALUES "Some index key attributes are not defined in "
                                         "AttributeDefinitions. Keys: %.*s, AttributeDefinitions: "
                                         "%.*s",
                              STR_ARGS(list_names(arena, keys)),
                              STR_ARGS(list_names(arena, definitions)));
    if (twins)
        return error_set(err, ERROR_VALIDATION,
                         "Both the Hash Key and the Range Key element in the KeySchema have the "
                         "same name");
    if (!is_type(json_at(keys, 0), "HASH"))
        return error_set(err, ERROR_VALIDATION,
                         "Invalid KeySchema: The first KeySchemaElement is not a HASH key type");
    if (count == 2 && !is_type(json_at(keys, 1), "RANGE"))
        return error_set(err, ERROR_VALIDATION,
                         "Invalid KeySchema: The second KeySchemaElement is not a RANGE key type");
    return true;
}

/* ---- indexes ---- */

static bool check_local(json table_keys, json index, str name, struct error *err)
{
    json keys = *member_find(index, "KeySchema");
    str hash = name_of(json_at(keys, 0)), table_hash = name_of(json_at(table_keys, 0));
    if (json_count(keys) != 2)
        return error_set(err, ERROR_VALIDATION,
                         BAD_VALUES "Index KeySchema does not have a range key for index: %.*s",
                         STR_ARGS(name));
    if (str_eq(hash, table_hash)) return true;
    return error_set(err, ERROR_VALIDATION,
                     BAD_VALUES "Index KeySchema does not have the same leading hash key as table "
                                "KeySchema for index: %.*s. index hash key: %.*s, table hash key: "
                                "%.*s",
                     STR_ARGS(name), STR_ARGS(hash), STR_ARGS(table_hash));
}

static bool check_projection(json index, struct error *err)
{
    json projection = *member_find(index, "Projection");
    const json *names = member_find(projection, "NonKeyAttributes");
    str type = json_str_or(projection, STR("ProjectionType"), STR(""));
    bool include = str_eq(type, STR("INCLUDE"));
    if (type.len == 0)
        return error_set(err, ERROR_VALIDATION, BAD_VALUES "Unknown ProjectionType: null");
    if (names && !include)
        return error_set(err, ERROR_VALIDATION,
                         BAD_VALUES "ProjectionType is %.*s, but NonKeyAttributes is specified",
                         STR_ARGS(type));
    if (!names && include)
        return error_set(err, ERROR_VALIDATION,
                         BAD_VALUES "ProjectionType is INCLUDE, but NonKeyAttributes is not "
                                    "specified");
    for (size_t i = 0; names && i < json_count(*names); i++)
        for (size_t j = 0; j < i; j++)
            if (str_eq(json_str(json_at(*names, i)), json_str(json_at(*names, j))))
                return error_set(err, ERROR_VALIDATION,
                                 BAD_VALUES "Duplicate element in NonKeyAttributes: %.*s",
                                 STR_ARGS(json_str(json_at(*names, i))));
    return true;
}

bool definition_check_index(struct arena *arena, json definitions, json table_keys, json index,
                            bool is_global, struct error *err)
{
    str name = json_str(*member_find(index, "IndexName"));
    return definition_check_keys(arena, definitions, *member_find(index, "KeySchema"), false,
                                 err) &&
           (is_global || check_local(table_keys, index, name, err)) && check_projection(index, err);
}

json definition_index(struct arena *arena, json index, uint32_t id, bool is_global, bool is_filling)
{
    static const char *const names[] = { "IndexName", "KeySchema", "Projection",
                                         "ProvisionedThroughput", "OnDemandThroughput" };
    struct json_fields fields;
    json_fields_init(&fields, arena);
    json_fields_add(&fields, STR("id"), json_i64(arena, id));
    json_fields_add(&fields, STR("global"), json_bool(is_global));
    if (is_filling) json_fields_add(&fields, STR("filling"), json_bool(true));
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        const json *value = member_find(index, names[i]);
        if (value) json_fields_add(&fields, str_from(names[i]), *value);
    }
    return json_fields_done(&fields);
}

bool definition_check_projected(json indexes, struct error *err)
{
    size_t count = 0;
    for (size_t i = 0; i < json_count(indexes); i++) {
        const json *projection = member_find(json_at(indexes, i), "Projection");
        const json *names = projection ? member_find(*projection, "NonKeyAttributes") : NULL;
        if (names) count += json_count(*names);
    }
    if (count <= DYNAMODB_PROJECTED_NAMES_MAX) return true;
    return error_set(err, ERROR_VALIDATION,
                     BAD_VALUES "Number of NonKeyAttributes of all indexes exceeds the per-table "
                                "limit of %d",
                     DYNAMODB_PROJECTED_NAMES_MAX);
}

json definition_used(struct arena *arena, json definitions, json table_keys, json indexes)
{
    struct json_list used;
    json_list_init(&used, arena);
    for (size_t i = 0; i < json_count(definitions); i++) {
        str name = name_of(json_at(definitions, i));
        bool found = is_named(table_keys, name);
        for (size_t j = 0; j < json_count(indexes) && !found; j++)
            found = is_named(*member_find(json_at(indexes, j), "KeySchema"), name);
        if (found) json_list_add(&used, json_at(definitions, i));
    }
    return json_list_done(&used);
}

/* ---- settings ---- */

bool definition_check_throughput(json throughput, const str *index, struct error *err)
{
    static const char *const names[] = { "ReadCapacityUnits", "WriteCapacityUnits" };
    const int64_t max = 1000000000000;
    for (size_t i = 0; i < 2; i++) {
        int64_t value = json_i64_or(throughput, str_from(names[i]), 0);
        if (value <= max) continue;
        if (!index)
            return error_set(err, ERROR_VALIDATION, "Given value %lld for %s is out of bounds",
                             (long long)value, names[i]);
        return error_set(err, ERROR_VALIDATION,
                         "Given value %lld for %s is out of bounds for index %.*s",
                         (long long)value, names[i], STR_ARGS(*index));
    }
    return true;
}

bool definition_check_sse(json params, struct error *err)
{
    const json *sse = member_find(params, "SSESpecification");
    if (!sse) return true;
    bool enabled = json_bool_or(*sse, STR("Enabled"), false);
    str type = json_str_or(*sse, STR("SSEType"), STR(""));
    if (!enabled && type.len > 0)
        return error_set(err, ERROR_VALIDATION,
                         BAD_VALUES "SSEType can not be specified if Enabled is false");
    if (!enabled && member_find(*sse, "KMSMasterKeyId"))
        return error_set(err, ERROR_VALIDATION,
                         BAD_VALUES "KMSMasterKeyId can not be specified if Enabled is false");
    if (str_eq(type, STR("AES256")))
        return error_set(err, ERROR_VALIDATION, BAD_VALUES "SSEType AES256 is not supported");
    if (type.len == 0 && member_find(*sse, "KMSMasterKeyId"))
        return error_set(err, ERROR_VALIDATION,
                         BAD_VALUES "SSEType KMS is required if KMSMasterKeyId is specified");
    return true;
}

bool definition_check_class(json params, struct error *err)
{
    const json *value = member_find(params, "TableClass");
    if (!value || str_eq(json_str(*value), STR("STANDARD")) ||
        str_eq(json_str(*value), STR("STANDARD_INFREQUENT_ACCESS")))
        return true;
    return error_set(err, ERROR_VALIDATION,
                     "Invalid table-class parameter provided. Please try again with a valid "
                     "table-class value: [STANDARD, STANDARD_INFREQUENT_ACCESS].");
}

str definition_stream_label(const struct source *source)
{
    str text = iso_time(source->arena, source->now_ms);
    return str_slice(text, 0, text.len - 1); /* without the Z */
}

/* ---- tags ---- */

static bool check_tag(struct arena *arena, str key, str value, struct error *err)
{
    size_t key_chars = 0, value_chars = 0;
    bool well_formed = str_utf8_count(key, &key_chars) && str_utf8_count(value, &value_chars);
    ASSERT(well_formed); /* json_parse sees to it */
    if (key_chars == 0 || key_chars > 128)
        return error_set_long(err, arena, ERROR_VALIDATION,
                              "The Tag Key provided is invalid, Key: %.*s", STR_ARGS(key));
    if (value_chars > 256)
        return error_set_long(err, arena, ERROR_VALIDATION,
                              "The Tag Value provided is invalid, Value: %.*s", STR_ARGS(value));
    if (str_starts_with(key, STR("aws:")))
        return error_set_long(err, arena, ERROR_VALIDATION,
                              "Tag Key cannot be prefixed with aws:, Key: %.*s", STR_ARGS(key));
    return true;
}

static str tag_key(json tag)
{
    return json_str_or(tag, STR("Key"), STR(""));
}

bool definition_add_tags(struct arena *arena, json tags, json more, json *out, struct error *err)
{
    struct json_list list;
    json_list_init(&list, arena);
    for (size_t i = 0; i < json_count(more); i++) {
        str key = tag_key(json_at(more, i));
        if (!check_tag(arena, key, json_str_or(json_at(more, i), STR("Value"), STR("")), err))
            return false;
        for (size_t j = 0; j < i; j++)
            if (str_eq(key, tag_key(json_at(more, j))))
                return error_set_long(err, arena, ERROR_VALIDATION,
                                      "Duplicate Tag Keys provided as input: Duplicate Tag Key "
                                      "found %.*s",
                                      STR_ARGS(key));
    }
    for (size_t i = 0; i < json_count(tags); i++) {
        bool replaced = false;
        for (size_t j = 0; j < json_count(more) && !replaced; j++)
            replaced = str_eq(tag_key(json_at(tags, i)), tag_key(json_at(more, j)));
        if (!replaced) json_list_add(&list, json_at(tags, i));
    }
    for (size_t i = 0; i < json_count(more); i++)
        json_list_add(&list, json_at(more, i));
    *out = json_list_done(&list);
    if (json_count(*out) <= DYNAMODB_TAGS_MAX) return true;
    return error_set(err, ERROR_VALIDATION,
                     "Number of Tags exceed the current limit for the provided ResourceArn");
}
