/* Blocks to text, and the module's two public functions. */
#include "template/internal.h"

static bool emit(struct run *run, str text)
{
    if (run->out->len + text.len > TEMPLATE_OUTPUT_BYTES_MAX)
        return vtl_run_fail(run, ERROR_TOO_LARGE, "the template makes a text that is too large");
    buf_add(run->out, text);
    return true;
}

static bool emit_backslashes(struct run *run, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (!emit(run, STR("\\"))) return false;
    return true;
}

/* \$x is the text $x where $x has a value, and \$x where it has none; \\$x is \ and the value. */
bool vtl_render_reference(struct run *run, const struct reference *reference, size_t backslashes)
{
    struct value value;
    if (!vtl_resolve(run, reference, &value)) return false;
    if (value.kind == VALUE_NONE) {
        if (!emit_backslashes(run, backslashes)) return false;
        return reference->quiet && backslashes == 0 ? true : emit(run, reference->source);
    }
    if (!emit_backslashes(run, backslashes / 2)) return false;
    if (backslashes % 2 == 1) return emit(run, reference->source);
    if (value.kind == VALUE_STRING) return emit(run, value.text);
    return vtl_value_write(run, run->out, value);
}

static bool render_set(struct run *run, const struct node *node)
{
    struct value value;
    return vtl_evaluate(run, &node->value, &value) && vtl_assign(run, &node->reference, value);
}

static bool render_if(struct run *run, const struct node *node)
{
    for (size_t i = 0; i < node->count; i++) {
        const struct branch *branch = &node->branches[i];
        struct value condition = vtl_value_boolean(true);
        if (branch->condition && !vtl_evaluate(run, branch->condition, &condition)) return false;
        if (vtl_value_is_true(condition)) return vtl_render_block(run, &branch->block);
    }
    return true;
}

/* What #foreach goes over: a list's items, a map's values; nothing for anything else. */
static bool items_of(struct run *run, struct value over, struct list *out)
{
    *out = (struct list){ .is_open = true };
    if (over.kind == VALUE_LIST) {
        if (!vtl_list_open(run, over.list)) return false;
        *out = *over.list;
        return true;
    }
    if (over.kind != VALUE_MAP) return true;
    if (!vtl_map_open(run, over.map)) return false;
    for (size_t i = 0; i < over.map->count; i++)
        if (!vtl_list_add(run, out, over.map->entries[i].value)) return false;
    return true;
}

static bool set_variable(struct run *run, str name, struct value value)
{
    return vtl_map_put(run, &run->variables, name, value);
}

static bool render_loop(struct run *run, const struct node *node, const struct list *items)
{
    struct loop loop = { .outer = run->loop, .count = items->count };
    struct loop *shared =
        ARENA_NEW(run->arena, struct loop); /* $foreach may be kept in a variable */
    *shared = loop;
    run->loop = shared;
    bool ok = true;
    for (size_t i = 0; ok && i < items->count && i < TEMPLATE_LOOPS_MAX; i++) {
        shared->index = i;
        ok = set_variable(run, node->text, items->items[i]) &&
             set_variable(run, STR("foreach"),
                          (struct value){ .kind = VALUE_LOOP, .loop = shared }) &&
             set_variable(run, STR("velocityCount"), vtl_value_integer(run, (int64_t)i + 1)) &&
             set_variable(run, STR("velocityHasNext"), vtl_value_boolean(i + 1 < items->count)) &&
             vtl_render_block(run, &node->block);
        if (run->flow != FLOW_ON) break;
    }
    run->loop = shared->outer;
    if (run->flow == FLOW_BREAK) run->flow = FLOW_ON;
    return ok;
}

/* The loop's variables have their old values again behind it. */
static bool render_foreach(struct run *run, const struct node *node)
{
    static const str names[] = { STR_INIT("foreach"), STR_INIT("velocityCount"),
                                 STR_INIT("velocityHasNext") };
    enum { NAMES = sizeof names / sizeof names[0] };
    struct value over, own, saved[NAMES];
    struct list items;
    if (!vtl_evaluate(run, &node->value, &over) || !items_of(run, over, &items)) return false;
    if (!vtl_map_find(run, &run->variables, node->text, &own)) return false;
    for (size_t i = 0; i < NAMES; i++)
        if (!vtl_map_find(run, &run->variables, names[i], &saved[i])) return false;
    if (!render_loop(run, node, &items)) return false;
    for (size_t i = 0; i < NAMES; i++)
        if (!set_variable(run, names[i], saved[i])) return false;
    return set_variable(run, node->text, own);
}

static bool render_node(struct run *run, const struct node *node)
{
    switch (node->kind) {
    case NODE_TEXT: return emit(run, node->text);
    case NODE_REFERENCE: return vtl_render_reference(run, &node->reference, node->backslashes);
    case NODE_SET: return render_set(run, node);
    case NODE_IF: return render_if(run, node);
    case NODE_FOREACH: return render_foreach(run, node);
    case NODE_BREAK: run->flow = FLOW_BREAK; return true;
    case NODE_STOP: run->flow = FLOW_STOP; return true;
    }
    return true;
}

bool vtl_render_block(struct run *run, const struct block *block)
{
    for (size_t i = 0; i < block->count && run->flow == FLOW_ON; i++)
        if (!vtl_run_step(run, 1) || !render_node(run, &block->nodes[i])) return false;
    return true;
}

/* ---- the variables that AWS gives ---- */

static bool put_empty_maps(struct run *run, struct map *map, const char *const *names)
{
    for (; *names; names++)
        if (!vtl_map_put(run, map, str_from(*names), vtl_value_map(run))) return false;
    return true;
}

static json object_of(json value)
{
    return json_is_object(value) ? value : (json){ .kind = JSON_OBJECT };
}

static bool prepare_context(struct run *run)
{
    static const char *const request[] = { "path", "querystring", "header", NULL };
    static const char *const response[] = { "header", NULL };
    run->context = vtl_value_json(run, object_of(run->input->context));
    run->context.map->is_blank = true;
    struct value epoch, overrides = vtl_value_map(run), response_overrides = vtl_value_map(run);
    if (!vtl_map_find(run, run->context.map, STR("requestTimeEpoch"), &epoch)) return false;
    if (epoch.kind == VALUE_BLANK && !vtl_map_put(run, run->context.map, STR("requestTimeEpoch"),
                                                  vtl_value_integer(run, run->input->now_ms)))
        return false;
    return put_empty_maps(run, overrides.map, request) &&
           put_empty_maps(run, response_overrides.map, response) &&
           vtl_map_put(run, run->context.map, STR("requestOverride"), overrides) &&
           vtl_map_put(run, run->context.map, STR("responseOverride"), response_overrides);
}

static bool prepare_params(struct run *run)
{
    const struct vtl_input *input = run->input;
    run->input_params = vtl_value_map(run);
    struct map *params = run->input_params.map;
    return vtl_map_put(run, params, STR("path"),
                       vtl_value_json(run, object_of(input->path_params))) &&
           vtl_map_put(run, params, STR("querystring"),
                       vtl_value_json(run, object_of(input->query_params))) &&
           vtl_map_put(run, params, STR("header"), vtl_value_json(run, object_of(input->headers)));
}

static bool prepare(struct run *run)
{
    run->variables.is_open = true;
    run->stage_variables = vtl_value_json(run, object_of(run->input->stage_variables));
    run->stage_variables.map->is_blank = true;
    return prepare_context(run) && prepare_params(run) &&
           set_variable(run, STR("input"), (struct value){ .kind = VALUE_INPUT }) &&
           set_variable(run, STR("util"), (struct value){ .kind = VALUE_UTIL }) &&
           set_variable(run, STR("context"), run->context) &&
           set_variable(run, STR("stageVariables"), run->stage_variables);
}

/* ---- what the template has overridden ---- */

static bool find_map(struct run *run, struct value holder, str name, struct value *out)
{
    *out = vtl_value_none();
    return holder.kind != VALUE_MAP || vtl_map_find(run, holder.map, name, out);
}

/* A status may also be a text of digits. */
static bool read_status(struct run *run, struct value response, struct vtl_result *out)
{
    struct value status;
    int64_t number;
    str digits;
    if (!find_map(run, response, STR("status"), &status)) return false;
    if (status.kind != VALUE_NUMBER && status.kind != VALUE_STRING) return true;
    if (!vtl_value_text(run, status, &digits)) return false;
    if (!str_to_i64(digits, &number) || number < 100 || number > 599) return true;
    out->status_overridden = true;
    out->status = (int)number;
    return true;
}

static bool read_requests(struct run *run, struct value request, struct vtl_result *out)
{
    static const str names[] = { STR_INIT("path"), STR_INIT("querystring"), STR_INIT("header") };
    struct json_fields fields;
    json_fields_init(&fields, run->arena);
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        struct value value;
        json texts;
        if (!find_map(run, request, names[i], &value)) return false;
        if (!vtl_value_to_text_map(run, value, &texts)) return false;
        if (json_count(texts) > 0) json_fields_add(&fields, names[i], texts);
    }
    out->request_overrides = json_fields_done(&fields);
    return true;
}

static bool read_overrides(struct run *run, struct vtl_result *out)
{
    struct value request, response, headers;
    return find_map(run, run->context, STR("requestOverride"), &request) &&
           find_map(run, run->context, STR("responseOverride"), &response) &&
           read_status(run, response, out) && read_requests(run, request, out) &&
           find_map(run, response, STR("header"), &headers) &&
           vtl_value_to_text_map(run, headers, &out->header_overrides);
}

/* ---- public ---- */

bool vtl_check(str template, struct error *err)
{
    struct arena arena;
    arena_init(&arena);
    struct block block;
    bool ok = template_parse(template, &arena, &block, err);
    arena_close(&arena);
    return ok;
}

bool vtl_render(str template, const struct vtl_input *input, struct arena *arena,
                struct vtl_result *out, struct error *err)
{
    struct block block;
    struct buf text;
    struct run run = { .arena = arena, .input = input, .err = err, .out = &text };
    run.steps_left = TEMPLATE_STEPS_MAX;
    run.memory_bytes_max = arena->used_bytes + TEMPLATE_MEMORY_BYTES_MAX;
    buf_init(&text, arena);
    *out = (struct vtl_result){ 0 };
    if (!template_parse(template, arena, &block, err)) return false;
    if (!prepare(&run) || !vtl_render_block(&run, &block)) return false;
    if (!read_overrides(&run, out)) return false;
    out->text = text.len > 0 ? buf_str(&text) : STR("");
    return true;
}
