/* Updates on items. All values are computed from the item as it was; then the tree of paths and the
 * item are walked together, and what no path leads into is shared with the old item. */
#include "services/dynamodb/update.h"

#include "services/dynamodb/update_actions.h"

size_t update_name_count(const struct update *update)
{
    return update ? update->tree->count : 0;
}

str update_name(const struct update *update, size_t index)
{
    ASSERT(index < update_name_count(update));
    return update->tree->children[index]->step.name;
}

enum path_use update_use(const struct update *update, str name)
{
    if (!update) return PATH_UNUSED;
    if (update->paths) return paths_use(update->paths, name);
    return path_tree_child(update->tree, name) ? PATH_PLAIN : PATH_UNUSED;
}

bool update_creates_item(const struct update *update)
{
    return !update || update->creates_item;
}

json update_project(const struct update *update, struct arena *arena, json item)
{
    static const struct path_tree nothing = { .count = 0 };
    return path_tree_project(update ? update->tree : &nothing, arena, item);
}

/* ---- values ---- */

struct application {
    const struct update *update;
    struct arena *arena;
    json item;    /* the old one */
    json *values; /* of SETs, by rank */
    struct error *err;
};

static bool invalid_path(struct application *a)
{
    return error_set(a->err, ERROR_VALIDATION,
                     "The document path provided in the update expression is invalid for update");
}

static bool wrong_type(struct application *a)
{
    return error_set(a->err, ERROR_VALIDATION,
                     a->update->is_legacy
                         ? "Type mismatch for attribute to update"
                         : "An operand in the update expression has an incorrect data type");
}

static bool evaluate(struct application *a, const struct node *node, json *out);

static bool sum(struct application *a, enum value_type type, json left, json right, bool subtract,
                json *out)
{
    struct number x;
    struct number y;
    if (value_type(left) != type || value_type(right) != type) return wrong_type(a);
    value_number(left, &x);
    value_number(right, &y);
    if (subtract ? !number_subtract(&x, &y, &x, a->err) : !number_add(&x, &y, &x, a->err))
        return false;
    *out = value_make_number(a->arena, &x);
    return true;
}

static bool concatenate(struct application *a, json left, json right, json *out)
{
    struct json_list list;
    if (value_type(left) != VALUE_L || value_type(right) != VALUE_L) return wrong_type(a);
    json_list_init(&list, a->arena);
    json x = value_content(left);
    json y = value_content(right);
    for (size_t i = 0; i < json_count(x); i++)
        json_list_add(&list, json_at(x, i));
    for (size_t i = 0; i < json_count(y); i++)
        json_list_add(&list, json_at(y, i));
    *out = value_make(a->arena, VALUE_L, json_list_done(&list));
    return true;
}

static bool call(struct application *a, const struct node *node, json *out)
{
    json left = json_null();
    json right = json_null();
    const struct node *first = node->children;
    if (node->function == FUNCTION_IF_NOT_EXISTS)
        return path_find(&first->path, a->item, out) || evaluate(a, first->next, out);
    if (!evaluate(a, first, &left) || !evaluate(a, first->next, &right)) return false;
    return concatenate(a, left, right, out);
}

/* The value of what SET assigns. As deep as calls are nested in the text. */
static bool evaluate(struct application *a, const struct node *node, json *out)
{
    json left = json_null();
    json right = json_null();
    switch (node->kind) {
    case NODE_VALUE: *out = node->value; return true;
    case NODE_PATH:
        if (path_find(&node->path, a->item, out)) return true;
        return error_set(a->err, ERROR_VALIDATION,
                         "The provided expression refers to an attribute that does not exist in "
                         "the item");
    case NODE_CALL: return call(a, node, out);
    case NODE_PLUS:
    case NODE_MINUS:
        if (!evaluate(a, node->children, &left) || !evaluate(a, node->children->next, &right))
            return false;
        return sum(a, VALUE_N, left, right, node->kind == NODE_MINUS, out);
    case NODE_COMPARE:
    case NODE_BETWEEN:
    case NODE_IN:
    case NODE_AND:
    case NODE_OR:
    case NODE_NOT: break;
    }
    fatal("no value: %d", (int)node->kind);
}

/* ---- actions ---- */

/* What becomes of one place. */
struct place {
    bool exists;
    json value;
};

static bool is_set(enum value_type type)
{
    return type == VALUE_SS || type == VALUE_NS || type == VALUE_BS;
}

static bool add(struct application *a, const struct action *action, struct place *place)
{
    json operand = action->value->value;
    enum value_type type = value_type(operand);
    if (!place->exists) {
        *place = (struct place){ true, operand };
        return true;
    }
    if (value_type(place->value) != type) return wrong_type(a);
    if (type == VALUE_N) return sum(a, type, place->value, operand, false, &place->value);
    if (type == VALUE_L) return concatenate(a, place->value, operand, &place->value);
    ASSERT(is_set(type));
    place->value = value_make(
        a->arena, type,
        value_set_union(a->arena, type, value_content(place->value), value_content(operand)));
    return true;
}

static bool delete_elements(struct application *a, const struct action *action, struct place *place)
{
    json operand = action->value->value;
    enum value_type type = value_type(operand);
    if (!place->exists) return true;
    if (value_type(place->value) != type) return wrong_type(a);
    json rest =
        value_set_difference(a->arena, type, value_content(place->value), value_content(operand));
    place->exists = json_count(rest) > 0;
    if (place->exists) place->value = value_make(a->arena, type, rest);
    return true;
}

static bool act(struct application *a, const struct action *action, struct place *place)
{
    size_t above = action->path->count - 1;
    switch (action->kind) {
    case ACTION_REMOVE: place->exists = false; return true;
    case ACTION_ADD: return add(a, action, place);
    case ACTION_DELETE: return delete_elements(a, action, place);
    case ACTION_SET:
        *place = (struct place){ true, a->values[action->rank] };
        if (value_depth(place->value) + above <= DYNAMODB_VALUE_DEPTH_MAX) return true;
        return value_too_deep(a->err);
    }
    fatal("no such kind of action: %d", (int)action->kind);
}

/* ---- the walk ---- */

static bool change(struct application *a, const struct path_tree *tree, struct place *place);

/* The members of an item: those that are there keep their order, new ones follow. */
static bool change_item(struct application *a, const struct path_tree *tree, json item, json *out)
{
    struct json_fields fields;
    json_fields_init(&fields, a->arena);
    for (size_t i = 0; i < json_count(item); i++) {
        str name = json_key_at(item, i);
        const struct path_tree *child = path_tree_child(tree, name);
        struct place place = { true, json_value_at(item, i) };
        if (child && !change(a, child, &place)) return false;
        if (place.exists) json_fields_add(&fields, name, place.value);
    }
    for (size_t i = 0; i < tree->count; i++) {
        str name = tree->children[i]->step.name;
        struct place place = { .exists = false };
        if (value_find(item, name)) continue;
        if (!change(a, tree->children[i], &place)) return false;
        if (place.exists) json_fields_add(&fields, name, place.value);
    }
    *out = json_fields_done(&fields);
    return true;
}

/* Both sides are ordered by name, and so is the result. */
static bool change_members(struct application *a, const struct path_tree *tree, json members,
                           json *out)
{
    struct json_fields fields;
    size_t i = 0;
    size_t j = 0;
    json_fields_init(&fields, a->arena);
    while (i < json_count(members) || j < tree->count) {
        const struct path_tree *child = j < tree->count ? tree->children[j] : NULL;
        str member = i < json_count(members) ? json_key_at(members, i) : STR("");
        int order = i == json_count(members) ? 1
                    : !child                 ? -1
                                             : str_compare(member, child->step.name);
        struct place place = { .exists = false };
        if (order <= 0) place = (struct place){ true, json_value_at(members, i) };
        if (order >= 0 && !change(a, child, &place)) return false;
        if (place.exists)
            json_fields_add(&fields, order <= 0 ? member : child->step.name, place.value);
        i += order <= 0;
        j += order >= 0;
    }
    *out = json_fields_done(&fields);
    return true;
}

/* Indexes count in the list as it was; those behind its end append, in their order. */
static bool change_items(struct application *a, const struct path_tree *tree, json items, json *out)
{
    struct json_list list;
    size_t j = 0;
    json_list_init(&list, a->arena);
    for (size_t i = 0; i < json_count(items); i++) {
        struct place place = { true, json_at(items, i) };
        if (j < tree->count && tree->children[j]->step.index == i)
            if (!change(a, tree->children[j++], &place)) return false;
        if (place.exists) json_list_add(&list, place.value);
    }
    for (; j < tree->count; j++) {
        struct place place = { .exists = false };
        if (!change(a, tree->children[j], &place)) return false;
        if (place.exists) json_list_add(&list, place.value);
    }
    *out = json_list_done(&list);
    return true;
}

/* As deep as paths are long. */
static bool change(struct application *a, const struct path_tree *tree, struct place *place)
{
    json content;
    if (tree->is_leaf) return act(a, tree->data, place);
    if (!place->exists) return invalid_path(a);
    attr old = attr_of(place->value);
    bool is_list = tree->children[0]->step.is_index;
    if (old.type != (is_list ? VALUE_L : VALUE_M)) return invalid_path(a);
    if (is_list ? !change_items(a, tree, old.content, &content)
                : !change_members(a, tree, old.content, &content))
        return false;
    place->value = value_make(a->arena, old.type, content);
    return true;
}

bool update_apply(const struct update *update, struct arena *arena, json item, json *out,
                  struct error *err)
{
    struct application a = { .update = update, .arena = arena, .item = item, .err = err };
    ASSERT(json_is_object(item));
    *out = item;
    if (!update) return true;
    a.values = arena_array(arena, update->count, sizeof *a.values);
    for (const struct action *action = update->actions; action; action = action->next)
        if (action->kind == ACTION_SET && !evaluate(&a, action->value, &a.values[action->rank]))
            return false;
    return change_item(&a, update->tree, item, out);
}
