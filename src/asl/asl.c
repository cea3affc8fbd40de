/* The entry of the module: a definition's text, its top level, scopes. */
#include "asl/compile.h"

static const struct field_rule MACHINE_FIELDS[] = {
    { STR_INIT("Comment"), FIELD_ANY_TYPE, FIELD_BOTH },
    { STR_INIT("QueryLanguage"), FIELD_ANY_TYPE, FIELD_BOTH },
    { STR_INIT("StartAt"), FIELD_ANY_TYPE, FIELD_BOTH },
    { STR_INIT("States"), FIELD_ANY_TYPE, FIELD_BOTH },
    { STR_INIT("TimeoutSeconds"), FIELD_ANY_TYPE, FIELD_BOTH },
    { STR_INIT("Version"), FIELD_ANY_TYPE, FIELD_BOTH },
};

static struct asl_scope *new_scope(struct compiler *c, const struct asl_state *owner)
{
    struct asl_scope *scope = ARENA_NEW(c->arena, struct asl_scope);
    c->scopes = array_grow(c->arena, c->scopes, c->scope_count, &c->scope_capacity,
                           sizeof(const struct asl_scope *));
    scope->number = (uint32_t)c->scope_count;
    scope->owner = owner;
    c->scopes[c->scope_count++] = scope;
    return scope;
}

/* States get their names and addresses first, so that transitions can refer to later ones. */
static struct asl_state *name_states(struct compiler *c, struct asl_scope *scope, json states)
{
    size_t count = json_count(states);
    struct asl_state *items = arena_zalloc(c->arena, count * sizeof(*items));
    struct asl_names *names = ARENA_NEW(c->arena, struct asl_names);
    names_init(names, c->arena);
    for (size_t i = 0; i < count; i++) {
        items[i].name = json_key_at(states, i);
        items[i].scope = scope;
        bool is_new = names_add(names, items[i].name);
        ASSERT(is_new); /* json/ merges duplicate keys */
    }
    scope->states = items;
    scope->state_count = count;
    scope->names = names;
    return items;
}

const struct asl_scope *compile_scope(const struct site *site, const struct asl_state *owner,
                                      uint32_t depth)
{
    static const str required[] = { STR_INIT("States"), STR_INIT("StartAt") };
    struct compiler *c = site->c;
    struct place place;
    struct site states;
    if (depth > ASL_SCOPE_DEPTH_MAX) {
        report(c, "TOO_DEEPLY_NESTED", site->place,
               "Parallel and Map states are nested more than %d deep", ASL_SCOPE_DEPTH_MAX);
        return NULL;
    }
    (void)site_require(site, required, COUNT_OF(required));
    if (!site_object(site, required[0], &place, &states)) return NULL;
    size_t count = json_count(states.object);
    if (count == 0) {
        site_field_error(site, required[0], "Value cannot be empty");
        return NULL;
    }
    struct asl_scope *scope = new_scope(c, owner);
    struct asl_state *items = name_states(c, scope, states.object);
    struct site start = *site;
    start.scope = scope;
    start.depth = depth;
    scope->start = site_target(&start, required[1]);
    for (size_t i = 0; i < count; i++) {
        struct place at = place_key(&place, items[i].name);
        compile_state(c, &at, json_value_at(states.object, i), scope, &items[i], depth);
    }
    return scope;
}

/* ---- the machine ---- */

static void compile_language(const struct site *site)
{
    static const str languages[] = { STR_INIT("JSONPath"), STR_INIT("JSONata") };
    const json *value = json_find(site->object, STR("QueryLanguage"));
    size_t ignored;
    bool jsonpath = !value || (json_is_string(*value) && str_eq(json_str(*value), languages[0]));
    site->c->language = jsonpath ? EXPR_JSONPATH : EXPR_JSONATA;
    (void)site_enum(site, STR("QueryLanguage"), languages, COUNT_OF(languages), &ignored);
}

static void compile_machine_fields(struct site *site, struct asl_machine *machine)
{
    static const str versions[] = { STR_INIT("1.0") };
    size_t ignored;
    site_check_fields(site, MACHINE_FIELDS, COUNT_OF(MACHINE_FIELDS), ASL_PASS, true);
    compile_language(site);
    (void)site_string(site, STR("Comment"), &machine->comment);
    (void)site_enum(site, STR("Version"), versions, 1, &ignored);
    (void)site_integer(site, STR("TimeoutSeconds"), 0, ENGINE_TASK_TIMEOUT_S_DEFAULT,
                       &site->c->timeout_s);
}

static void compile_machine(struct compiler *c, json definition, struct asl_machine *machine)
{
    struct place root = { 0 };
    struct expr_compiler expr = { .arena = c->arena };
    struct site site = { .c = c, .place = &root, .object = definition, .expr = &expr };
    if (!json_is_object(definition)) {
        site_error(&site, "Expected value of type [OBJECT]");
        return;
    }
    compile_machine_fields(&site, machine);
    const struct asl_scope *top = compile_scope(&site, NULL, 0);
    /* A state that was refused has no transitions: what is said of the graph would be wrong. */
    if (c->schema_error_count == 0 && !c->single_state) check_graph(c, &root, top);
    machine->type = c->type;
    machine->language = c->language;
    machine->timeout_s = c->timeout_s;
    machine->scopes = c->scopes;
    machine->scope_count = c->scope_count;
    machine->references = c->references;
    machine->reference_count = c->reference_count;
}

/* False if there is nothing that could be compiled. */
static bool read_definition(struct compiler *c, str definition, json *out)
{
    static const struct place root = { 0 };
    struct error err;
    if (definition.len > ASL_DEFINITION_BYTES_MAX) {
        report(c, "SCHEMA_VALIDATION_FAILED", &root, "The definition is larger than %d bytes",
               ASL_DEFINITION_BYTES_MAX);
        return false;
    }
    if (str_is_empty(str_trim(definition))) {
        report(c, "MISSING_DESCRIPTION", NULL, "Received a null or empty workflow input");
        return false;
    }
    c->text = arena_str(c->arena, definition);
    if (json_parse(c->text, c->arena, out, &err)) return true;
    report_syntax(c, &err);
    return false;
}

static bool finish(struct compiler *c, const struct asl_machine *machine,
                   const struct asl_machine **out, struct asl_diagnostics *diagnostics)
{
    diagnostics_finish(c, diagnostics);
    if (diagnostics->error_count > 0) return false;
    *out = machine;
    return true;
}

static struct compiler new_compiler(struct arena *arena, enum asl_machine_type type)
{
    struct compiler c = { .arena = arena, .type = type };
    names_init(&c.state_names, arena);
    names_init(&c.labels, arena);
    return c;
}

bool asl_compile(str definition, enum asl_machine_type type, struct arena *arena,
                 const struct asl_machine **out, struct asl_diagnostics *diagnostics)
{
    struct compiler c = new_compiler(arena, type);
    struct asl_machine *machine = ARENA_NEW(arena, struct asl_machine);
    json value;
    if (read_definition(&c, definition, &value)) compile_machine(&c, value, machine);
    return finish(&c, machine, out, diagnostics);
}

/* {"StartAt": name, "States": {name: state}} */
static json wrap_state(struct arena *arena, json state)
{
    struct json_fields states, machine;
    json_fields_init(&states, arena);
    json_fields_add(&states, STR(SINGLE_STATE_NAME), state);
    json_fields_init(&machine, arena);
    json_fields_add(&machine, STR("StartAt"), json_string(STR(SINGLE_STATE_NAME)));
    json_fields_add(&machine, STR("States"), json_fields_done(&states));
    return json_fields_done(&machine);
}

bool asl_compile_state(str definition, struct arena *arena, const struct asl_machine **out,
                       struct asl_diagnostics *diagnostics)
{
    struct compiler c = new_compiler(arena, ASL_STANDARD);
    struct asl_machine *machine = ARENA_NEW(arena, struct asl_machine);
    json value;
    c.single_state = true;
    if (read_definition(&c, definition, &value)) {
        compile_machine(&c, wrap_state(arena, value), machine);
    }
    return finish(&c, machine, out, diagnostics);
}

const struct asl_state *asl_find_state(const struct asl_scope *scope, str name)
{
    size_t position;
    return names_find(scope->names, name, &position) ? &scope->states[position] : NULL;
}
