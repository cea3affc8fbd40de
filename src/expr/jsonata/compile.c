/* From text to a compiled expression: parse, process, number the variables, mark the short cuts,
 * and note what the expression uses from outside. */
#include "expr/jsonata/value.h"

#include <stdlib.h>

/* ---- symbols ---- */

static uint32_t hash_name(str name)
{
    uint32_t hash = 2166136261u; /* FNV-1a; the table is bounded by the text's length */
    for (size_t i = 0; i < name.len; i++) {
        hash = (hash ^ (unsigned char)name.ptr[i]) * 16777619u;
    }
    return hash;
}

static uint32_t *find_place(const struct symbol_table *table, str name)
{
    uint32_t mask = table->index_capacity - 1;
    for (uint32_t at = hash_name(name) & mask;; at = (at + 1) & mask) {
        uint32_t *place = &table->index[at];
        if (*place == 0 || str_eq(table->items[*place - 1].name, name)) return place;
    }
}

static void grow_table(struct symbol_table *table)
{
    uint32_t capacity = table->capacity ? table->capacity * 2 : 8;
    struct symbol *items = arena_array(table->arena, capacity, sizeof *items);
    if (table->count > 0) memcpy(items, table->items, table->count * sizeof *items);
    table->items = items;
    table->capacity = capacity;
    table->index_capacity = capacity * 2;
    table->index = arena_zalloc(table->arena, table->index_capacity * sizeof *table->index);
    for (uint32_t i = 0; i < table->count; i++)
        *find_place(table, table->items[i].name) = i + 1;
}

uint32_t symbol_intern(struct symbol_table *table, str name)
{
    if (table->count == table->capacity) grow_table(table);
    uint32_t *place = find_place(table, name);
    if (*place == 0) {
        table->items[table->count++] = (struct symbol){ .name = name };
        *place = table->count;
    }
    return *place - 1;
}

uint32_t symbol_find(const struct symbol_table *table, str name)
{
    if (table->count == 0) return SYMBOL_NONE;
    uint32_t place = *find_place(table, name);
    return place == 0 ? SYMBOL_NONE : place - 1;
}

/* ---- the walk over the finished tree ---- */

struct deferred {
    struct node *lambda;
    bool top;
};

/* A block or a lambda's body: what is bound in it, and the lambdas that are looked at when it ends
 * because they may use what is bound behind them. */
struct scope {
    uint32_t *bound;
    uint32_t bound_count, bound_capacity;
    struct deferred *lambdas;
    uint32_t lambda_count, lambda_capacity;
    uint32_t binds; /* `:=` in this very scope */
};

struct walk {
    struct jsonata *compiled;
    struct arena *arena;
    struct symbol_table fields; /* names of fields that were noted */
    uint32_t *bound;            /* for each symbol, scopes that bind it now */
    bool *noted;                /* for each symbol, whether its use was noted */
    struct scope *scope;
};

static void walk(struct walk *w, struct node *node, bool top);

static void *grow_array(struct arena *arena, void *items, uint32_t count, uint32_t *capacity,
                        size_t item_bytes)
{
    if (count < *capacity) return items;
    uint32_t larger = *capacity ? *capacity * 2 : 4;
    void *copy = arena_array(arena, larger, item_bytes);
    if (count > 0) memcpy(copy, items, count * item_bytes);
    *capacity = larger;
    return copy;
}

static void note(struct walk *w, enum jsonata_use_kind kind, str name, uint32_t position)
{
    struct jsonata *c = w->compiled;
    c->uses = grow_array(w->arena, c->uses, c->use_count, &c->use_capacity, sizeof *c->uses);
    c->uses[c->use_count++] = (struct jsonata_use){ kind, name, position };
}

static void note_field(struct walk *w, const struct node *step)
{
    str name = step->type == NODE_NAME ? json_str(step->value) : node_token(step);
    uint32_t before = w->fields.count;
    if (symbol_intern(&w->fields, name) < before) return;
    note(w, JSONATA_USE_FIELD, name, step->position);
}

static void note_variable(struct walk *w, const struct node *variable, bool top)
{
    uint32_t symbol = variable->symbol;
    const struct symbol *s = &w->compiled->symbols.items[symbol];
    if (w->noted[symbol] || w->bound[symbol] > 0) return;
    if (s->name.len == 0 && !top) return;
    w->noted[symbol] = true;
    enum jsonata_use_kind kind = s->name.len == 0            ? JSONATA_USE_CONTEXT
                                 : str_eq(s->name, STR("$")) ? JSONATA_USE_ROOT
                                 : s->builtin                ? JSONATA_USE_BUILTIN
                                                             : JSONATA_USE_VARIABLE;
    note(w, kind, s->name, variable->position);
}

static void bind_in_scope(struct walk *w, uint32_t symbol)
{
    struct scope *s = w->scope;
    s->bound = grow_array(w->arena, s->bound, s->bound_count, &s->bound_capacity, sizeof *s->bound);
    s->bound[s->bound_count++] = symbol;
    w->bound[symbol]++;
}

static void walk_lambda(struct walk *w, struct deferred lambda);

static void leave_scope(struct walk *w, struct scope *outer)
{
    struct scope *s = w->scope;
    for (uint32_t i = 0; i < s->lambda_count; i++)
        walk_lambda(w, s->lambdas[i]);
    for (uint32_t i = 0; i < s->bound_count; i++)
        w->bound[s->bound[i]]--;
    w->scope = outer;
}

static void walk_lambda(struct walk *w, struct deferred lambda)
{
    struct scope *outer = w->scope, inner = { 0 };
    w->scope = &inner;
    struct node_list *parameters = &lambda.lambda->list;
    for (uint32_t i = 0; i < parameters->count; i++) {
        bind_in_scope(w, parameters->items[i]->symbol);
    }
    walk(w, lambda.lambda->lhs, lambda.top);
    leave_scope(w, outer);
}

static void defer_lambda(struct walk *w, struct node *lambda, bool top)
{
    struct scope *s = w->scope;
    s->lambdas =
        grow_array(w->arena, s->lambdas, s->lambda_count, &s->lambda_capacity, sizeof *s->lambdas);
    s->lambdas[s->lambda_count++] = (struct deferred){ lambda, top };
}

static void walk_block(struct walk *w, struct node *block, bool top)
{
    struct scope *outer = w->scope, inner = { 0 };
    w->scope = &inner;
    for (uint32_t i = 0; i < block->list.count; i++)
        walk(w, block->list.items[i], top);
    if (inner.binds > 0 || w->compiled->uses_eval) block->flags |= NODE_SCOPE;
    leave_scope(w, outer);
}

static void walk_bind(struct walk *w, struct node *bind, bool top)
{
    w->scope->binds++;
    walk(w, bind->rhs, top);
    bind_in_scope(w, bind->symbol);
}

static void walk_stages(struct walk *w, const struct stage_list *stages)
{
    for (uint32_t i = 0; i < stages->count; i++) {
        if (stages->items[i].filter)
            walk(w, stages->items[i].filter, false);
        else
            bind_in_scope(w, stages->items[i].index);
    }
}

static void walk_extra(struct walk *w, struct node_extra *extra)
{
    if (extra->focus != SYMBOL_NONE) bind_in_scope(w, extra->focus);
    if (extra->index != SYMBOL_NONE) bind_in_scope(w, extra->index);
    walk_stages(w, &extra->predicates);
    walk_stages(w, &extra->stages);
    if (extra->group) walk(w, extra->group, false);
}

static bool is_plain_step(const struct node *step, bool first)
{
    if (step->extra || (step->flags & (NODE_KEEP_ARRAY | NODE_TUPLE))) return false;
    if (step->type == NODE_NAME) return true;
    return first && step->type == NODE_VARIABLE && step->value.count > 0;
}

static void walk_path(struct walk *w, struct node *path, bool top)
{
    bool plain =
        !path->extra && !(path->flags & (NODE_KEEP_ARRAY | NODE_KEEP_SINGLETON | NODE_TUPLE));
    for (uint32_t i = 0; i < path->list.count; i++) {
        struct node *step = path->list.items[i];
        plain = plain && is_plain_step(step, i == 0);
        walk(w, step, top && i == 0);
    }
    if (plain) path->flags |= NODE_PLAIN_NAMES;
}

/* An object whose keys are distinct literals needs no grouping. */
static void mark_static_keys(struct walk *w, struct node *object)
{
    uint32_t pairs = object->list.count / 2;
    struct json_fields fields;
    json_fields_init(&fields, w->arena);
    for (uint32_t i = 0; i < pairs; i++) {
        const struct node *key = object->list.items[(size_t)2 * i];
        if (key->type != NODE_STRING || key->extra) return;
        str text = json_str(key->value);
        if (str_starts_with(text, STR("_jsonata_"))) return;
        json_fields_add(&fields, text, json_null());
    }
    json keys = json_fields_done(&fields);
    if (pairs == 0 || json_count(keys) != pairs) return;
    object->keys = keys.members;
    object->flags |= NODE_STATIC_KEYS;
}

static void walk_list(struct walk *w, const struct node_list *list, bool top)
{
    for (uint32_t i = 0; i < list->count; i++)
        walk(w, list->items[i], top);
}

static void walk_children(struct walk *w, struct node *node, bool top)
{
    switch ((enum node_type)node->type) {
    case NODE_NAME:
    case NODE_WILDCARD:
    case NODE_DESCENDANT:
        if (top) note_field(w, node);
        return;
    case NODE_VARIABLE:
        note_variable(w, node, top);
        if (!w->compiled->symbols.items[node->symbol].is_bound && !w->compiled->uses_eval) {
            node->flags |= NODE_GLOBAL;
        }
        return;
    case NODE_BINARY:
    case NODE_ELVIS:
    case NODE_COALESCE:
    case NODE_APPLY:
        walk(w, node->lhs, top);
        walk(w, node->rhs, top);
        return;
    case NODE_NEGATE: walk(w, node->lhs, top); return;
    case NODE_CONDITION:
        walk(w, node->lhs, top);
        walk(w, node->rhs, top);
        if (node->third) walk(w, node->third, top);
        return;
    case NODE_OBJECT:
        mark_static_keys(w, node);
        walk_list(w, &node->list, top);
        return;
    case NODE_ARRAY: walk_list(w, &node->list, top); return;
    case NODE_BLOCK: walk_block(w, node, top); return;
    case NODE_FUNCTION:
    case NODE_PARTIAL:
        walk(w, node->lhs, top);
        walk_list(w, &node->list, top);
        return;
    case NODE_LAMBDA: defer_lambda(w, node, top); return;
    case NODE_TRANSFORM:
        walk(w, node->lhs, false);
        walk(w, node->rhs, false);
        if (node->third) walk(w, node->third, false);
        return;
    case NODE_PATH: walk_path(w, node, top); return;
    case NODE_BIND: walk_bind(w, node, top); return;
    case NODE_SORT: walk_list(w, &node->list, false); return;
    case NODE_TERM: walk(w, node->lhs, false); return;
    case NODE_PARENT: node->symbol = node->slot->label; return;
    case NODE_STRING:
    case NODE_NUMBER:
    case NODE_VALUE:
    case NODE_REGEX:
    case NODE_OPERATOR:
    case NODE_END: return;
    }
}

static void walk(struct walk *w, struct node *node, bool top)
{
    walk_children(w, node, top);
    if (node->extra) walk_extra(w, node->extra);
}

/* ---- putting it together ---- */

static void resolve_builtins(struct symbol_table *table, uint32_t from)
{
    for (uint32_t i = from; i < table->count; i++) {
        const struct builtin *found = builtin_find(table->items[i].name);
        if (!found) continue;
        struct function *f = ARENA_NEW(table->arena, struct function);
        f->type = FUNCTION_BUILTIN;
        f->arity = found->arity;
        f->builtin = found->call;
        struct jsonata_error unused;
        bool ok = signature_parse(str_from(found->signature), table->arena, &f->signature, &unused);
        ASSERT(ok);
        table->items[i].builtin = f;
    }
}

static int compare_use(const void *a, const void *b)
{
    uint32_t x = ((const struct jsonata_use *)a)->position;
    uint32_t y = ((const struct jsonata_use *)b)->position;
    return x < y ? -1 : x > y;
}

/* In the order of the text, positions in UTF-16 units. */
static void finish_uses(struct jsonata *c)
{
    if (c->use_count > 1) qsort(c->uses, c->use_count, sizeof *c->uses, compare_use);
    uint32_t at = 0, units = 0;
    for (uint32_t i = 0; i < c->use_count; i++) {
        uint32_t position = c->uses[i].position;
        units += error_units(str_skip(c->source, at), position - at);
        at = position;
        c->uses[i].position = units;
    }
}

static void analyse(struct jsonata *c, struct arena *arena)
{
    struct scope scope = { 0 };
    struct walk w = { .compiled = c, .arena = arena, .scope = &scope };
    w.fields.arena = arena;
    w.bound = arena_zalloc(arena, (c->symbols.count + 1) * sizeof *w.bound);
    w.noted = arena_zalloc(arena, (c->symbols.count + 1) * sizeof *w.noted);
    c->uses_eval = symbol_find(&c->symbols, STR("eval")) != SYMBOL_NONE;
    walk(&w, c->root, true);
    leave_scope(&w, NULL);
    c->scope_binds = scope.binds;
    finish_uses(c);
}

bool compile_with_symbols(str source, struct arena *arena, struct symbol_table *symbols,
                          struct jsonata **out, struct jsonata_error *err)
{
    if (source.len > EXPR_JSONATA_TEXT_BYTES_MAX) {
        return error_fill(err, arena, "S0502", 0, NULL);
    }
    size_t chars;
    if (!str_utf8_count(source, &chars)) {
        struct error_parts parts = { .token = STR("(the text is not UTF-8)") };
        return error_fill(err, arena, "S0201", 0, &parts);
    }
    uint32_t known = symbols->count;
    struct parser p = { .lexer = { source, 0, arena, err },
                        .arena = arena,
                        .symbols = symbols,
                        .err = err,
                        .labels = known };
    struct node *parsed, *root;
    if (!parser_parse(&p, &parsed) || !process_tree(&p, parsed, &root)) return false;
    resolve_builtins(symbols, known);
    struct jsonata *c = ARENA_NEW(arena, struct jsonata);
    c->source = source;
    c->root = root;
    c->symbols = *symbols;
    c->has_escapes = str_find(source, STR("\\u"), 0) < source.len;
    analyse(c, arena);
    *out = c;
    return true;
}

bool jsonata_compile(str source, struct arena *arena, const struct jsonata **out,
                     struct jsonata_error *err)
{
    struct symbol_table symbols = { .arena = arena };
    struct jsonata *compiled = NULL;
    if (compile_with_symbols(source, arena, &symbols, &compiled, err)) {
        *out = compiled;
        return true;
    }
    err->position = error_units(source, err->position);
    return false;
}

size_t jsonata_use_count(const struct jsonata *compiled)
{
    return compiled->use_count;
}

struct jsonata_use jsonata_use_at(const struct jsonata *compiled, size_t index)
{
    ASSERT(index < compiled->use_count);
    return compiled->uses[index];
}

str jsonata_source(const struct jsonata *compiled)
{
    return compiled->source;
}
