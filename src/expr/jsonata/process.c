/* The parsed tree to the one that is evaluated.
 *
 * `a.b[c]` is a tree of operators for the parser; here it becomes a path with steps, each with its
 * predicates. The parent operator `%` is resolved at the same time: every `%` has a slot, which
 * travels up (`seeking`) until it meets the step whose input it means; that step then binds its
 * input under the slot's symbol. The rules are the reference's (processAST). */
#include "expr/jsonata/ast.h"

static bool process(struct parser *p, struct node *node, struct node **out);

static bool fail(struct parser *p, const char *code, uint32_t position, str token)
{
    return error_fill(p->err, p->arena, code, position, &(struct error_parts){ .token = token });
}

/* The reference's names of node types, which appear in S0217. */
static str type_name(const struct node *node)
{
    switch ((enum node_type)node->type) {
    case NODE_NAME: return STR("name");
    case NODE_OPERATOR: return STR("operator");
    case NODE_END: return STR("(end)");
    case NODE_STRING: return STR("string");
    case NODE_NUMBER: return STR("number");
    case NODE_VALUE: return STR("value");
    case NODE_REGEX: return STR("regex");
    case NODE_VARIABLE: return STR("variable");
    case NODE_WILDCARD: return STR("wildcard");
    case NODE_DESCENDANT: return STR("descendant");
    case NODE_PARENT: return STR("parent");
    case NODE_BINARY: return STR("binary");
    case NODE_NEGATE:
    case NODE_ARRAY:
    case NODE_OBJECT: return STR("unary");
    case NODE_BLOCK: return STR("block");
    case NODE_CONDITION:
    case NODE_ELVIS:
    case NODE_COALESCE: return STR("condition");
    case NODE_FUNCTION: return STR("function");
    case NODE_PARTIAL: return STR("partial");
    case NODE_LAMBDA: return STR("lambda");
    case NODE_TRANSFORM: return STR("transform");
    case NODE_PATH: return STR("path");
    case NODE_BIND: return STR("bind");
    case NODE_APPLY: return STR("apply");
    case NODE_SORT:
    case NODE_TERM: return STR("sort");
    }
    return (str){ 0 };
}

/* ---- ancestry ---- */

static void slot_add(struct arena *arena, struct slot_list *list, struct slot *slot)
{
    if (list->count == list->capacity) {
        uint32_t capacity = list->capacity ? list->capacity * 2 : 2;
        struct slot **items = arena_array(arena, capacity, sizeof *items);
        if (list->count > 0) memcpy(items, list->items, list->count * sizeof *items);
        list->items = items;
        list->capacity = capacity;
    }
    list->items[list->count++] = slot;
}

static void seek(struct parser *p, struct node *node, struct slot *slot)
{
    struct node_extra *extra = node_extra(p->arena, node);
    extra->has_seeking = true;
    slot_add(p->arena, &extra->seeking, slot);
}

/* What `value` seeks, its parent `result` seeks too. */
static void push_ancestry(struct parser *p, struct node *result, struct node *value)
{
    bool is_parent = value->type == NODE_PARENT;
    bool has_seeking = value->extra && value->extra->has_seeking;
    if (!is_parent && !has_seeking) return;
    struct node_extra *to = node_extra(p->arena, result);
    if (has_seeking) {
        struct slot_list *from = &value->extra->seeking;
        if (to->seeking.count == 0) {
            to->seeking = *from;
        } else {
            for (uint32_t i = 0; i < from->count; i++)
                slot_add(p->arena, &to->seeking, from->items[i]);
        }
        to->has_seeking = true;
    }
    if (is_parent) seek(p, result, value->slot);
}

static uint32_t *focus_of(struct node *node)
{
    return node->extra && node->extra->focus != SYMBOL_NONE ? &node->extra->focus : NULL;
}

static bool seek_parent(struct parser *p, struct node *node, struct slot *slot);

/* From the last step of a path backwards. */
static bool seek_in_path(struct parser *p, struct node *path, struct slot *slot)
{
    uint32_t index = path->list.count;
    path->flags |= NODE_TUPLE;
    do {
        if (!seek_parent(p, path->list.items[--index], slot)) return false;
    } while (slot->level > 0 && index > 0);
    return true;
}

static bool seek_parent(struct parser *p, struct node *node, struct slot *slot)
{
    switch (node->type) {
    case NODE_NAME:
    case NODE_WILDCARD: {
        if (--slot->level > 0) return true;
        struct node_extra *extra = node_extra(p->arena, node);
        if (extra->ancestor) slot->label = extra->ancestor->label;
        extra->ancestor = slot;
        node->flags |= NODE_TUPLE;
        return true;
    }
    case NODE_PARENT: slot->level++; return true;
    case NODE_BLOCK:
        if (node->list.count == 0) return true;
        node->flags |= NODE_TUPLE;
        return seek_parent(p, node->list.items[node->list.count - 1], slot);
    case NODE_PATH: return seek_in_path(p, node, slot);
    default: return fail(p, "S0217", node->position, type_name(node));
    }
}

static bool resolve_slot(struct parser *p, struct node *path, struct slot *slot)
{
    struct node **steps = path->list.items;
    uint32_t index = path->list.count - 1; /* steps before this one are still to be looked at */
    while (slot->level > 0) {
        if (index == 0) {
            seek(p, path, slot);
            return true;
        }
        struct node *step = steps[--index];
        /* Steps that bind a context with `@` stand side by side: they have the same input. */
        while (index > 0 && focus_of(step) && focus_of(steps[index - 1]))
            step = steps[--index];
        if (!seek_parent(p, step, slot)) return false;
        /* A block without expressions cannot have found it, and a `%` moves it further up: the
         * index goes down in any case. */
    }
    return true;
}

static bool resolve_ancestry(struct parser *p, struct node *path)
{
    struct node *last = path->list.items[path->list.count - 1];
    if (last->extra && last->extra->has_seeking) {
        for (uint32_t i = 0; i < last->extra->seeking.count; i++) {
            if (!resolve_slot(p, path, last->extra->seeking.items[i])) return false;
        }
    }
    return last->type == NODE_PARENT ? resolve_slot(p, path, last->slot) : true;
}

/* ---- paths ---- */

static struct node *path_of(struct parser *p, struct node *first)
{
    struct node *path = node_new(p->arena, NODE_PATH, first->position);
    path->height = first->height + 1;
    node_list_add(p->arena, &path->list, first);
    return path;
}

static void predicates_to_stages(struct node *step)
{
    if (!step->extra || step->extra->predicates.count == 0) return;
    step->extra->stages = step->extra->predicates;
    step->extra->predicates = (struct stage_list){ 0 };
}

static void stage_add(struct arena *arena, struct stage_list *list, struct stage stage)
{
    if (list->count == list->capacity) {
        uint32_t capacity = list->capacity ? list->capacity * 2 : 2;
        struct stage *items = arena_array(arena, capacity, sizeof *items);
        if (list->count > 0) memcpy(items, list->items, list->count * sizeof *items);
        list->items = items;
        list->capacity = capacity;
    }
    list->items[list->count++] = stage;
}

/* Steps may not be numbers, true, false or null; a string is another way to write a name. */
static bool check_steps(struct parser *p, struct node *path)
{
    for (uint32_t i = 0; i < path->list.count; i++) {
        struct node *step = path->list.items[i];
        if (step->type == NODE_NUMBER || step->type == NODE_VALUE) {
            return error_fill(p->err, p->arena, "S0213", step->position,
                              &(struct error_parts){ .value = json_text(p->arena, step->value) });
        }
        if (step->type == NODE_STRING) step->type = NODE_NAME;
        if (step->flags & NODE_KEEP_ARRAY) path->flags |= NODE_KEEP_SINGLETON;
    }
    return true;
}

static bool process_dot(struct parser *p, struct node *node, struct node **out)
{
    struct node *left, *right;
    if (!process(p, node->lhs, &left)) return false;
    struct node *path = left->type == NODE_PATH ? left : path_of(p, left);
    if (left->type == NODE_PARENT) seek(p, path, left->slot);
    if (!process(p, node->rhs, &right)) return false;
    if (right->type == NODE_PATH) {
        for (uint32_t i = 0; i < right->list.count; i++) {
            node_list_add(p->arena, &path->list, right->list.items[i]);
        }
    } else {
        predicates_to_stages(right);
        node_list_add(p->arena, &path->list, right);
    }
    if (!check_steps(p, path)) return false;
    struct node *first = path->list.items[0], *last = path->list.items[path->list.count - 1];
    if (first->type == NODE_ARRAY) first->flags |= NODE_CONS_ARRAY;
    if (last->type == NODE_ARRAY) last->flags |= NODE_CONS_ARRAY;
    *out = path;
    return resolve_ancestry(p, path);
}

static struct node *last_step(struct node *node)
{
    return node->type == NODE_PATH ? node->list.items[node->list.count - 1] : node;
}

static bool process_filter(struct parser *p, struct node *node, struct node **out)
{
    struct node *result, *predicate;
    if (!process(p, node->lhs, &result)) return false;
    struct node *step = last_step(result);
    if (step->extra && step->extra->group) return fail(p, "S0209", node->position, (str){ 0 });
    if (!process(p, node->rhs, &predicate)) return false;
    if (predicate->extra && predicate->extra->has_seeking) {
        struct slot_list *slots = &predicate->extra->seeking;
        for (uint32_t i = 0; i < slots->count; i++) {
            struct slot *slot = slots->items[i];
            if (slot->level != 1) {
                slot->level--;
            } else if (!seek_parent(p, step, slot)) {
                return false;
            }
        }
        push_ancestry(p, step, predicate);
    }
    struct node_extra *extra = node_extra(p->arena, step);
    stage_add(p->arena, result->type == NODE_PATH ? &extra->stages : &extra->predicates,
              (struct stage){ .filter = predicate, .index = SYMBOL_NONE });
    *out = result;
    return true;
}

static bool process_list(struct parser *p, struct node_list *list, struct node *seeker)
{
    for (uint32_t i = 0; i < list->count; i++) {
        if (!process(p, list->items[i], &list->items[i])) return false;
        if (seeker) push_ancestry(p, seeker, list->items[i]);
    }
    return true;
}

static bool process_group(struct parser *p, struct node *node, struct node **out)
{
    if (!process(p, node->lhs, out)) return false;
    if ((*out)->extra && (*out)->extra->group) {
        return fail(p, "S0210", node->position, (str){ 0 });
    }
    struct node *group = node_new(p->arena, NODE_OBJECT, node->position);
    group->list = node->list;
    node_extra(p->arena, *out)->group = group;
    return process_list(p, &group->list, NULL);
}

static bool process_sort(struct parser *p, struct node *node, struct node **out)
{
    struct node *result;
    if (!process(p, node->lhs, &result)) return false;
    if (result->type != NODE_PATH) result = path_of(p, result);
    struct node *sort = node_new(p->arena, NODE_SORT, node->position);
    sort->list = node->list;
    for (uint32_t i = 0; i < sort->list.count; i++) {
        struct node *term = sort->list.items[i];
        if (!process(p, term->lhs, &term->lhs)) return false;
        push_ancestry(p, sort, term->lhs);
    }
    node_list_add(p->arena, &result->list, sort);
    *out = result;
    return resolve_ancestry(p, result);
}

static uint32_t bound_symbol(struct parser *p, const struct node *variable)
{
    uint32_t symbol = symbol_intern(p->symbols, json_str(variable->value));
    p->symbols->items[symbol].is_bound = true;
    return symbol;
}

static bool process_focus(struct parser *p, struct node *node, struct node **out)
{
    if (!process(p, node->lhs, out)) return false;
    struct node *step = last_step(*out);
    struct node_extra *extra = node_extra(p->arena, step);
    if (extra->stages.count > 0 || extra->predicates.count > 0) {
        return fail(p, "S0215", node->position, (str){ 0 });
    }
    if (step->type == NODE_SORT) return fail(p, "S0216", node->position, (str){ 0 });
    step->flags |= (node->flags & NODE_KEEP_ARRAY) | NODE_TUPLE;
    extra->focus = bound_symbol(p, node->rhs);
    return true;
}

static bool process_index(struct parser *p, struct node *node, struct node **out)
{
    if (!process(p, node->lhs, out)) return false;
    struct node *step = last_step(*out);
    if ((*out)->type != NODE_PATH) {
        *out = path_of(p, step);
        predicates_to_stages(step);
    }
    struct node_extra *extra = node_extra(p->arena, step);
    uint32_t symbol = bound_symbol(p, node->rhs);
    if (extra->stages.count == 0) {
        extra->index = symbol;
    } else {
        stage_add(p->arena, &extra->stages, (struct stage){ .index = symbol });
    }
    step->flags |= NODE_TUPLE;
    return true;
}

static bool process_apply(struct parser *p, struct node *node, struct node **out)
{
    node->type = NODE_APPLY;
    if (!process(p, node->lhs, &node->lhs) || !process(p, node->rhs, &node->rhs)) return false;
    node->flags |= (node->lhs->flags | node->rhs->flags) & NODE_KEEP_ARRAY;
    *out = node;
    return true;
}

static bool process_bind(struct parser *p, struct node *node, struct node **out)
{
    node->type = NODE_BIND;
    node->symbol = bound_symbol(p, node->lhs);
    if (!process(p, node->rhs, &node->rhs)) return false;
    push_ancestry(p, node, node->rhs);
    *out = node;
    return true;
}

static bool process_binary(struct parser *p, struct node *node, struct node **out)
{
    switch (node->op) {
    case TOKEN_DOT: return process_dot(p, node, out);
    case TOKEN_BRACKET_OPEN: return process_filter(p, node, out);
    case TOKEN_BRACE_OPEN: return process_group(p, node, out);
    case TOKEN_CARET: return process_sort(p, node, out);
    case TOKEN_ASSIGN: return process_bind(p, node, out);
    case TOKEN_AT: return process_focus(p, node, out);
    case TOKEN_HASH: return process_index(p, node, out);
    case TOKEN_APPLY: return process_apply(p, node, out);
    default: break;
    }
    if (!process(p, node->lhs, &node->lhs) || !process(p, node->rhs, &node->rhs)) return false;
    push_ancestry(p, node, node->lhs);
    push_ancestry(p, node, node->rhs);
    *out = node;
    return true;
}

/* ---- the rest ---- */

static bool process_negate(struct parser *p, struct node *node, struct node **out)
{
    if (!process(p, node->lhs, &node->lhs)) return false;
    if (node->lhs->type == NODE_NUMBER) {
        *out = node->lhs;
        (*out)->value = json_double(-json_number((*out)->value));
        return true;
    }
    push_ancestry(p, node, node->lhs);
    *out = node;
    return true;
}

/* Nothing is done with the node's value but hand it on. */
static bool is_bare(const struct node *node)
{
    if (node->flags & NODE_KEEP_ARRAY) return false;
    return !node->extra || (node->extra->predicates.count == 0 && !node->extra->group);
}

/* A call that is the last thing a lambda does needs no stack: it is handed to the caller. */
static void mark_tail_calls(struct node *node)
{
    while (is_bare(node)) {
        switch (node->type) {
        case NODE_FUNCTION: node->flags |= NODE_TAIL; return;
        case NODE_CONDITION:
            mark_tail_calls(node->rhs);
            if (!node->third) return;
            node = node->third;
            break;
        case NODE_ELVIS:
        case NODE_COALESCE: node = node->rhs; break;
        case NODE_BLOCK:
            if (node->list.count == 0) return;
            node = node->list.items[node->list.count - 1];
            break;
        default: return;
        }
    }
}

static bool process_lambda(struct parser *p, struct node *node)
{
    for (uint32_t i = 0; i < node->list.count; i++) {
        struct node *parameter = node->list.items[i];
        parameter->symbol = bound_symbol(p, parameter);
    }
    if (!process(p, node->lhs, &node->lhs)) return false;
    mark_tail_calls(node->lhs);
    return true;
}

static bool process_condition(struct parser *p, struct node *node)
{
    if (!process(p, node->lhs, &node->lhs)) return false;
    push_ancestry(p, node, node->lhs);
    if (!process(p, node->rhs, &node->rhs)) return false;
    push_ancestry(p, node, node->rhs);
    if (node->type != NODE_CONDITION || !node->third) return true;
    if (!process(p, node->third, &node->third)) return false;
    push_ancestry(p, node, node->third);
    return true;
}

static bool process_block(struct parser *p, struct node *node)
{
    if (!process_list(p, &node->list, node)) return false;
    for (uint32_t i = 0; i < node->list.count; i++) {
        const struct node *part = node->list.items[i];
        if (part->type == NODE_PATH) {
            node->flags |= (part->flags | part->list.items[0]->flags) & NODE_CONS_ARRAY;
        } else {
            node->flags |= part->flags & NODE_CONS_ARRAY;
        }
    }
    return true;
}

static bool process_transform(struct parser *p, struct node *node)
{
    /* The reference clones with whatever $clone is in scope. */
    node->symbol = symbol_intern(p->symbols, STR("clone"));
    if (!process(p, node->lhs, &node->lhs) || !process(p, node->rhs, &node->rhs)) return false;
    return !node->third || process(p, node->third, &node->third);
}

static bool process_call(struct parser *p, struct node *node)
{
    if (!process_list(p, &node->list, node) || !process(p, node->lhs, &node->lhs)) return false;
    if (node->lhs->type != NODE_PATH) return true;
    /* `sum(x)` instead of `$sum(x)`: the message of T1005 asks whether that was meant. */
    const struct node *first = node->lhs->list.items[0];
    if (first->type == NODE_NAME) node->symbol = symbol_intern(p->symbols, json_str(first->value));
    return true;
}

static struct node *process_name(struct parser *p, struct node *node)
{
    node->type = NODE_NAME;
    struct node *path = path_of(p, node);
    if (node->flags & NODE_KEEP_ARRAY) path->flags |= NODE_KEEP_SINGLETON | NODE_KEEP_ARRAY;
    return path;
}

static bool process_parent(struct parser *p, struct node *node)
{
    node->slot = ARENA_NEW(p->arena, struct slot);
    node->slot->level = 1;
    /* No `$name` can be written like this, so the symbol cannot clash with one. */
    node->slot->label =
        symbol_intern(p->symbols, arena_printf(p->arena, "!%u", (unsigned)p->labels++));
    p->symbols->items[node->slot->label].is_bound = true;
    return true;
}

static bool process_node(struct parser *p, struct node *node, struct node **out)
{
    *out = node;
    switch ((enum node_type)node->type) {
    case NODE_BINARY: return process_binary(p, node, out);
    case NODE_NEGATE: return process_negate(p, node, out);
    case NODE_ARRAY:
    case NODE_OBJECT: return process_list(p, &node->list, node);
    case NODE_FUNCTION:
    case NODE_PARTIAL: return process_call(p, node);
    case NODE_LAMBDA: return process_lambda(p, node);
    case NODE_CONDITION:
    case NODE_ELVIS:
    case NODE_COALESCE: return process_condition(p, node);
    case NODE_TRANSFORM: return process_transform(p, node);
    case NODE_BLOCK: return process_block(p, node);
    case NODE_NAME: *out = process_name(p, node); return true;
    case NODE_PARENT: return process_parent(p, node);
    case NODE_OPERATOR:
        if (node->op != TOKEN_QUESTION) *out = process_name(p, node);
        return true;
    case NODE_END: return fail(p, "S0207", node->position, STR("(end)"));
    case NODE_VARIABLE:
        node->symbol = symbol_intern(p->symbols, json_str(node->value));
        return true;
    case NODE_STRING:
    case NODE_NUMBER:
    case NODE_VALUE:
    case NODE_WILDCARD:
    case NODE_DESCENDANT:
    case NODE_REGEX:
    case NODE_PATH:
    case NODE_BIND:
    case NODE_APPLY:
    case NODE_SORT:
    case NODE_TERM: return true;
    }
    return true;
}

/* Recursion is bounded by the height of the parsed tree. */
static bool process(struct parser *p, struct node *node, struct node **out)
{
    bool keep = node->flags & NODE_KEEP_ARRAY;
    if (!process_node(p, node, out)) return false;
    if (keep) (*out)->flags |= NODE_KEEP_ARRAY;
    return true;
}

bool process_tree(struct parser *p, struct node *parsed, struct node **out)
{
    if (!process(p, parsed, out)) return false;
    bool seeking = (*out)->extra && (*out)->extra->has_seeking;
    if ((*out)->type != NODE_PARENT && !seeking) return true;
    return fail(p, "S0217", (*out)->position, type_name(*out));
}
