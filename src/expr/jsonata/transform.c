/* The transform operator | pattern | update, delete |.
 *
 * It works on a clone whose objects are cells: whatever the pattern finds in the clone can be
 * changed in place, and every value that refers to the same object sees it, as in the reference. */
#include "expr/jsonata/value.h"

json eval_transform(struct ev *ev, const struct node *node, json input, struct frame *frame)
{
    struct function *f = ev_alloc(ev, sizeof *f);
    if (!f) return failed();
    struct jsonata_error unused;
    *f = (struct function){
        .type = FUNCTION_TRANSFORM, .arity = 1, .node = node, .frame = frame, .input = input
    };
    bool ok = signature_parse(STR("<(oa):o>"), ev->arena, &f->signature, &unused);
    ASSERT(ok);
    return function_value(f);
}

static struct cell *cell_to_change(json object)
{
    struct cell *cell;
    const struct cell *from = cell_of(object);
    memcpy(&cell, &from, sizeof cell);
    return cell;
}

static bool cell_set(struct ev *ev, struct cell *cell, struct json_member member)
{
    for (uint32_t i = 0; i < cell->count; i++) {
        if (str_eq((str){ cell->members[i].key, cell->members[i].key_bytes },
                   (str){ member.key, member.key_bytes })) {
            cell->members[i].value = member.value;
            return true;
        }
    }
    if (cell->count == cell->capacity) {
        uint32_t capacity = cell->capacity ? cell->capacity * 2 : 4;
        struct json_member *members = ev_alloc(ev, (uint64_t)capacity * sizeof *members);
        if (!members) return false;
        if (cell->count > 0) memcpy(members, cell->members, cell->count * sizeof *members);
        cell->members = members;
        cell->capacity = capacity;
    }
    cell->members[cell->count++] = member;
    return true;
}

static void cell_delete(struct cell *cell, str key)
{
    for (uint32_t i = 0; i < cell->count; i++) {
        if (!str_eq((str){ cell->members[i].key, cell->members[i].key_bytes }, key)) continue;
        memmove(&cell->members[i], &cell->members[i + 1],
                (cell->count - i - 1) * sizeof *cell->members);
        cell->count--;
        return;
    }
}

static bool is_cell(json v)
{
    return v.kind == JSON_OBJECT && (v.user & IS_CELL);
}

static bool apply_update(struct ev *ev, const struct function *f, json match)
{
    json update = eval(ev, f->node->rhs, match, f->frame);
    if (is_failed(update)) return false;
    if (is_undefined(update)) return true;
    if (update.kind != JSON_OBJECT) {
        fail_value(ev, "T2011", f->node->rhs->position, update);
        return false;
    }
    if (!is_cell(match)) return true;
    uint32_t count;
    const struct json_member *members = members_of(update, &count);
    struct cell *cell = cell_to_change(match);
    if (!spend(ev, ((uint64_t)cell->count + count) * count / 16)) return false;
    for (uint32_t i = 0; i < count; i++) {
        if (!cell_set(ev, cell, members[i])) return false;
    }
    return true;
}

static bool apply_delete(struct ev *ev, const struct function *f, json match)
{
    if (!f->node->third) return true;
    json names = eval(ev, f->node->third, match, f->frame);
    if (is_failed(names)) return false;
    if (is_undefined(names)) return true;
    json alone = names, all = names;
    if (names.kind != JSON_ARRAY) all = array_value(&alone, 1, 0);
    for (uint32_t i = 0; i < all.count; i++) {
        if (item_at(all, i).kind == JSON_STRING) continue;
        fail_value(ev, "T2012", f->node->third->position, names);
        return false;
    }
    for (uint32_t i = 0; i < all.count && is_cell(match); i++) {
        if (!spend(ev, 1 + cell_of(match)->count / 16)) return false;
        cell_delete(cell_to_change(match), json_str(item_at(all, i)));
    }
    return true;
}

/* The clone is made by whatever $clone is in scope. */
static json clone_of(struct ev *ev, const struct function *f, json object)
{
    json cloner = lookup_symbol(ev, f->frame, f->node->symbol);
    if (is_failed(cloner)) return cloner;
    if (!is_function(cloner)) return fail(ev, "T2013", f->node->position);
    if (function_of(cloner)->type != FUNCTION_BUILTIN) {
        object = call_function(ev, cloner, &object, 1, json_null(), f->frame);
        if (is_failed(object) || is_undefined(object)) return object;
    }
    return value_clone(ev, object, true);
}

json call_transform(struct ev *ev, const struct function *f, json object)
{
    if (is_undefined(object)) return object;
    json result = clone_of(ev, f, object);
    if (is_failed(result)) return result;
    json matches = eval(ev, f->node->lhs, result, f->frame);
    if (is_failed(matches)) return matches;
    if (is_undefined(matches)) return result;
    json alone = matches;
    if (matches.kind != JSON_ARRAY) matches = array_value(&alone, 1, 0);
    for (uint32_t i = 0; i < matches.count; i++) {
        json match = item_at(matches, i);
        if (!apply_update(ev, f, match) || !apply_delete(ev, f, match)) return failed();
    }
    return result;
}
