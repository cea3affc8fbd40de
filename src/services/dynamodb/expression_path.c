/* Document paths: where they lead, and whether some may stand beside each other. */
#include "services/dynamodb/expression_tree.h"

/* ---- one path ---- */

static bool step_into(json *value, const struct path_step *step)
{
    attr a = attr_of(*value);
    if (step->is_index) {
        if (a.type != VALUE_L || step->index >= json_count(a.content)) return false;
        *value = json_at(a.content, step->index);
        return true;
    }
    const json *member = a.type == VALUE_M ? value_find(a.content, step->name) : NULL;
    if (member) *value = *member;
    return member != NULL;
}

bool path_find(const struct path *path, json item, json *out)
{
    const json *top = value_find(item, path->steps[0].name);
    if (!top) return false;
    json value = *top;
    for (size_t i = 1; i < path->count; i++)
        if (!step_into(&value, &path->steps[i])) return false;
    *out = value;
    return true;
}

str path_text(struct arena *arena, const struct path *path)
{
    struct buf text;
    buf_init(&text, arena);
    buf_add_char(&text, '[');
    for (size_t i = 0; i < path->count; i++) {
        if (i > 0) buf_add(&text, STR(", "));
        if (path->steps[i].is_index)
            buf_printf(&text, "[%u]", path->steps[i].index);
        else
            buf_add(&text, path->steps[i].name);
    }
    buf_add_char(&text, ']');
    return buf_str(&text);
}

/* ---- trees of paths ---- */

static int compare_steps(const struct path_step *a, const struct path_step *b)
{
    if (a->is_index != b->is_index) return a->is_index ? -1 : 1;
    if (a->is_index) return (a->index > b->index) - (a->index < b->index);
    if (a->name.ptr == b->name.ptr && a->name.len == b->name.len) return 0; /* often, see below */
    return str_compare(a->name, b->name);
}

/* Where a child with that step is or belongs. */
static size_t child_position(const struct path_tree *tree, const struct path_step *step)
{
    size_t from = 0;
    size_t to = tree->count;
    while (from < to) {
        size_t middle = from + (to - from) / 2;
        if (compare_steps(&tree->children[middle]->step, step) < 0)
            from = middle + 1;
        else
            to = middle;
    }
    return from;
}

const struct path_tree *path_tree_child(const struct path_tree *tree, str name)
{
    struct path_step step = { .name = name };
    size_t at = child_position(tree, &step);
    if (at == tree->count || compare_steps(&tree->children[at]->step, &step) != 0) return NULL;
    return tree->children[at];
}

static void note(const struct path *clash[2], const struct path *one, const struct path *two)
{
    if (clash[0]) return;
    clash[0] = one;
    clash[1] = two;
}

static void insert_child(struct arena *arena, struct path_tree *tree, size_t at,
                         struct path_tree *child)
{
    if (tree->count == tree->capacity) {
        size_t capacity = tree->capacity ? tree->capacity * 2 : 4;
        struct path_tree **bigger = arena_array(arena, capacity, sizeof(void *));
        if (tree->count) memcpy(bigger, tree->children, tree->count * sizeof(void *));
        tree->children = bigger;
        tree->capacity = capacity;
    }
    memmove(&tree->children[at + 1], &tree->children[at], (tree->count - at) * sizeof(void *));
    tree->children[at] = child;
    tree->count++;
}

void path_tree_add(struct arena *arena, struct path_tree *root, const struct path *path,
                   const void *data, struct path_clash *clash)
{
    struct path_tree *tree = root;
    for (size_t i = 0; i < path->count; i++) {
        const struct path_step *step = &path->steps[i];
        if (tree->is_leaf) {
            note(clash->overlap, tree->first, path);
            return;
        }
        /* One kind of step is all that can lead on from here. */
        if (tree->count > 0 && tree->children[0]->step.is_index != step->is_index) {
            note(clash->conflict, tree->children[0]->first, path);
            return;
        }
        size_t at = child_position(tree, step);
        if (at == tree->count || compare_steps(&tree->children[at]->step, step) != 0) {
            struct path_tree *child = ARENA_NEW(arena, struct path_tree);
            child->step = *step;
            child->first = path;
            insert_child(arena, tree, at, child);
        }
        tree = tree->children[at];
    }
    if (tree->is_leaf || tree->count > 0) note(clash->overlap, tree->first, path);
    tree->is_leaf = true;
    tree->data = data;
}

/* ---- projecting ---- */

static bool project(const struct path_tree *tree, struct arena *arena, json value, json *out);

static json project_members(const struct path_tree *tree, struct arena *arena, json object)
{
    struct json_fields fields;
    json_fields_init(&fields, arena);
    for (size_t i = 0; i < tree->count; i++) {
        json part;
        const struct path_tree *child = tree->children[i];
        const json *value = value_find(object, child->step.name);
        if (value && project(child, arena, *value, &part))
            json_fields_add(&fields, child->step.name, part);
    }
    return json_fields_done(&fields);
}

static json project_items(const struct path_tree *tree, struct arena *arena, json array)
{
    struct json_list list;
    json_list_init(&list, arena);
    for (size_t i = 0; i < tree->count; i++) {
        json part;
        const struct path_tree *child = tree->children[i];
        if (child->step.index >= json_count(array)) break;
        if (project(child, arena, json_at(array, child->step.index), &part))
            json_list_add(&list, part);
    }
    return json_list_done(&list);
}

/* False if nothing of the value is wanted. Recursion is bounded by the length of paths. */
static bool project(const struct path_tree *tree, struct arena *arena, json value, json *out)
{
    attr a = attr_of(value);
    *out = value;
    if (tree->is_leaf) return true;
    if (a.type != (tree->children[0]->step.is_index ? VALUE_L : VALUE_M)) return false;
    json content = a.type == VALUE_L ? project_items(tree, arena, a.content)
                                     : project_members(tree, arena, a.content);
    if (json_count(content) == 0) return false;
    *out = value_make(arena, a.type, content);
    return true;
}

json path_tree_project(const struct path_tree *root, struct arena *arena, json item)
{
    return project_members(root, arena, item);
}
