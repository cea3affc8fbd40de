/* AttributeUpdates and AttributesToGet: what is written and read, attribute by attribute (API
 * reference, UpdateItem and GetItem). */
#include "services/dynamodb/legacy.h"
#include "services/dynamodb/update_actions.h"

static bool wrong_shape(struct error *err)
{
    return error_set(err, ERROR_SERIALIZATION, "Unexpected field type");
}

static struct path *top_path(struct arena *arena, str name)
{
    struct path *path = ARENA_NEW(arena, struct path);
    path->steps = ARENA_NEW(arena, struct path_step);
    path->steps[0].name = name;
    path->count = 1;
    return path;
}

static bool check_name(str name, struct error *err)
{
    if (name.len == 0) return error_set(err, ERROR_VALIDATION, "Empty attribute name");
    if (name.len <= DYNAMODB_NAME_BYTES_MAX) return true;
    return error_set(err, ERROR_VALIDATION,
                     "Attribute name is too large, must be less than 65536 bytes");
}

/* ---- updates ---- */

static bool read_kind(json entry, enum action_kind *out, struct error *err)
{
    const json *given = json_find(entry, STR("Action"));
    *out = ACTION_SET;
    if (!given || json_is_null(*given)) return true;
    if (!json_is_string(*given)) return wrong_shape(err);
    str action = json_str(*given);
    if (str_eq(action, STR("PUT"))) return true;
    *out = str_eq(action, STR("ADD")) ? ACTION_ADD : ACTION_DELETE;
    if (*out == ACTION_ADD || str_eq(action, STR("DELETE"))) return true;
    return error_set(err, ERROR_VALIDATION,
                     "1 validation error detected: Value '%.*s' at 'action' failed to satisfy "
                     "constraint: Member must satisfy enum value set: [ADD, DELETE, PUT]",
                     (int)(action.len < 128 ? action.len : 128), action.ptr);
}

static bool is_set(enum value_type type)
{
    return type == VALUE_SS || type == VALUE_NS || type == VALUE_BS;
}

/* ADD takes lists, too, which UpdateExpression's does not. */
static bool check_type(enum action_kind kind, enum value_type type, struct error *err)
{
    if (kind == ACTION_SET || is_set(type)) return true;
    if (kind == ACTION_ADD && (type == VALUE_N || type == VALUE_L)) return true;
    return error_set(err, ERROR_VALIDATION,
                     "One or more parameter values were invalid: %s is not supported for the type "
                     "%.*s",
                     kind == ACTION_ADD ? "ADD action" : "DELETE action with value",
                     STR_ARGS(value_type_name(type)));
}

static bool read_update(struct arena *arena, str name, json entry, struct action *action,
                        struct error *err)
{
    const json *wire = json_find(entry, STR("Value"));
    if (!json_is_object(entry)) return wrong_shape(err);
    if (!check_name(name, err) || !read_kind(entry, &action->kind, err)) return false;
    action->path = top_path(arena, name);
    if (!wire || json_is_null(*wire)) {
        if (action->kind != ACTION_DELETE)
            return error_set(err, ERROR_VALIDATION,
                             "One or more parameter values were invalid: Only DELETE action is "
                             "allowed when no attribute value is specified");
        action->kind = ACTION_REMOVE;
        return true;
    }
    action->value = condition_node_new(arena, NODE_VALUE);
    return value_normalise(arena, *wire, &action->value->value, err) &&
           check_type(action->kind, value_type(action->value->value), err);
}

bool legacy_parse_updates(struct arena *arena, const json *updates, const struct update **out,
                          struct error *err)
{
    struct path_clash clash = { 0 };
    *out = NULL;
    if (!updates || json_is_null(*updates)) return true;
    if (!json_is_object(*updates)) return wrong_shape(err);
    struct update *update = ARENA_NEW(arena, struct update);
    struct action **next = &update->actions;
    update->tree = ARENA_NEW(arena, struct path_tree);
    update->is_legacy = true;
    update->count = json_count(*updates);
    update->creates_item = update->count == 0;
    for (size_t i = 0; i < update->count; i++) {
        struct action *action = ARENA_NEW(arena, struct action);
        action->rank = i;
        if (!read_update(arena, json_key_at(*updates, i), json_value_at(*updates, i), action, err))
            return false;
        if (action->kind == ACTION_SET || action->kind == ACTION_ADD) update->creates_item = true;
        path_tree_add(arena, update->tree, action->path, action, &clash);
        *next = action;
        next = &action->next;
    }
    ASSERT(!clash.overlap[0] && !clash.conflict[0]); /* the names of an object are distinct */
    *out = update;
    return true;
}

/* ---- attributes to get ---- */

bool legacy_parse_attributes(struct arena *arena, const json *names, const struct projection **out,
                             struct error *err)
{
    struct path_clash clash = { 0 };
    *out = NULL;
    if (!names || json_is_null(*names)) return true;
    if (!json_is_array(*names)) return wrong_shape(err);
    struct projection *projection = ARENA_NEW(arena, struct projection);
    projection->tree = ARENA_NEW(arena, struct path_tree);
    for (size_t i = 0; i < json_count(*names); i++) {
        json name = json_at(*names, i);
        if (!json_is_string(name)) return wrong_shape(err);
        if (!check_name(json_str(name), err)) return false;
        path_tree_add(arena, projection->tree, top_path(arena, json_str(name)), NULL, &clash);
        if (clash.overlap[0])
            return error_set_long(err, arena, ERROR_VALIDATION,
                                  "One or more parameter values were invalid: Duplicate value in "
                                  "attribute name: %.*s",
                                  STR_ARGS(json_str(name)));
    }
    *out = projection;
    return true;
}
