/* The fields that an optimised integration takes: which ones, of what kind.
 *
 * AWS refuses a field that it does not know and a value of another kind before it calls the
 * service, as States.Runtime; a null counts as absent for the service, though not for the check
 * whether a required field is there. */
#include "services/integrations/call.h"

struct checking {
    struct arena *arena;
    str *why;
};

static bool check_members(const struct checking *checking, const struct parameters *known,
                          json given, json *out, int depth);

static bool refuse_kind(const struct checking *checking, str name, const char *kind)
{
    *checking->why = arena_printf(checking->arena, "The value for the field '%.*s' must be %s",
                                  STR_ARGS(name), kind);
    return false;
}

/* An item of a list or a value of a map: an object of `of`, or a string. */
static bool check_item(const struct checking *checking, const struct parameter *field, json given,
                       json *out, int depth)
{
    if (!field->of) {
        *out = given;
        return json_is_string(given) || refuse_kind(checking, field->name, "a STRING");
    }
    if (!json_is_object(given)) return refuse_kind(checking, field->name, "an OBJECT");
    return check_members(checking, field->of, given, out, depth);
}

static bool check_list(const struct checking *checking, const struct parameter *field, json given,
                       json *out, int depth)
{
    if (!json_is_array(given)) return refuse_kind(checking, field->name, "an ARRAY");
    struct json_list list;
    json_list_init(&list, checking->arena);
    for (size_t i = 0; i < json_count(given); i++) {
        json item;
        if (!check_item(checking, field, json_at(given, i), &item, depth + 1)) return false;
        json_list_add(&list, item);
    }
    *out = json_list_done(&list);
    return true;
}

static bool check_map(const struct checking *checking, const struct parameter *field, json given,
                      json *out, int depth)
{
    if (!json_is_object(given)) return refuse_kind(checking, field->name, "an OBJECT");
    struct json_fields fields;
    json_fields_init(&fields, checking->arena);
    for (size_t i = 0; i < json_count(given); i++) {
        json item;
        if (!check_item(checking, field, json_value_at(given, i), &item, depth + 1)) return false;
        json_fields_add(&fields, json_key_at(given, i), item);
    }
    *out = json_fields_done(&fields);
    return true;
}

static bool check_value(const struct checking *checking, const struct parameter *field, json given,
                        json *out, int depth)
{
    *out = given;
    switch (field->kind) {
    case PARAMETER_STRING:
        return json_is_string(given) || refuse_kind(checking, field->name, "a STRING");
    case PARAMETER_TEXT:
        if (!json_is_string(given)) *out = json_string(json_text(checking->arena, given));
        return true;
    case PARAMETER_NUMBER:
        return json_is_number(given) || refuse_kind(checking, field->name, "a NUMBER");
    case PARAMETER_BOOLEAN:
        return json_is_bool(given) || refuse_kind(checking, field->name, "a BOOLEAN");
    case PARAMETER_OBJECT:
        if (!json_is_object(given)) return refuse_kind(checking, field->name, "an OBJECT");
        return !field->of || check_members(checking, field->of, given, out, depth);
    case PARAMETER_LIST: return check_list(checking, field, given, out, depth);
    case PARAMETER_MAP: return check_map(checking, field, given, out, depth);
    case PARAMETER_ANY: return true;
    }
    fatal("no such kind of parameter: %d", (int)field->kind);
}

static const struct parameter *find_parameter(const struct parameters *known, str name)
{
    for (size_t i = 0; i < known->count; i++)
        if (str_eq(known->items[i].name, name)) return &known->items[i];
    return NULL;
}

static bool check_required(const struct checking *checking, const struct parameters *known,
                           json given)
{
    for (size_t i = 0; i < known->count; i++) {
        const struct parameter *field = &known->items[i];
        if (!field->required || json_find(given, field->name)) continue;
        *checking->why = arena_printf(
            checking->arena, "The field '%.*s' is required but was missing", STR_ARGS(field->name));
        return false;
    }
    return true;
}

static bool check_members(const struct checking *checking, const struct parameters *known,
                          json given, json *out, int depth)
{
    ASSERT_CMP(depth, <=, JSON_DEPTH_MAX); /* call_fits has looked */
    struct json_fields fields;
    json_fields_init(&fields, checking->arena);
    for (size_t i = 0; i < json_count(given); i++) {
        str name = json_key_at(given, i);
        json value = json_value_at(given, i);
        const struct parameter *field = find_parameter(known, name);
        if (!field) {
            *checking->why = arena_printf(checking->arena,
                                          "The field \"%.*s\" is not supported by Step Functions",
                                          STR_ARGS(name));
            return false;
        }
        if (json_is_null(value)) continue;
        if (!check_value(checking, field, value, &value, depth + 1)) return false;
        json_fields_add(&fields, name, value);
    }
    *out = json_fields_done(&fields);
    return check_required(checking, known, given);
}

bool parameters_check(struct arena *arena, const struct parameters *known, json given, json *out,
                      str *why)
{
    struct checking checking = { arena, why };
    if (!json_is_object(given)) {
        *why = STR("The value of the parameters must be an OBJECT");
        return false;
    }
    return check_members(&checking, known, given, out, 0);
}
