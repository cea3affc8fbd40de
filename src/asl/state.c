/* One state: which fields its type may have, and what the types have in common. */
#include "asl/compile.h"

#define BIT(type) (1u << (type))

enum {
    PASS = BIT(ASL_PASS),
    TASK = BIT(ASL_TASK),
    CHOICE = BIT(ASL_CHOICE),
    WAIT = BIT(ASL_WAIT),
    SUCCEED = BIT(ASL_SUCCEED),
    FAIL = BIT(ASL_FAIL),
    PARALLEL = BIT(ASL_PARALLEL),
    MAP = BIT(ASL_MAP),
    WORK = TASK | PARALLEL | MAP, /* what can fail, be retried and caught */
    FLOW = PASS | WAIT | WORK,    /* what goes on to Next */
};

/* As measured against AWS, eight types by fifty fields. */
static const struct field_rule STATE_FIELDS[] = {
    { STR_INIT("Type"), FIELD_ANY_TYPE, FIELD_BOTH },
    { STR_INIT("Comment"), FIELD_ANY_TYPE, FIELD_BOTH },
    { STR_INIT("QueryLanguage"), FIELD_ANY_TYPE, FIELD_BOTH },
    { STR_INIT("Next"), FLOW, FIELD_BOTH },
    { STR_INIT("End"), FLOW, FIELD_BOTH },
    { STR_INIT("InputPath"), FLOW | CHOICE | SUCCEED, FIELD_JSONPATH },
    { STR_INIT("OutputPath"), FLOW | CHOICE | SUCCEED, FIELD_JSONPATH },
    { STR_INIT("ResultPath"), PASS | WORK, FIELD_JSONPATH },
    { STR_INIT("Parameters"), PASS | WORK, FIELD_JSONPATH },
    { STR_INIT("ResultSelector"), WORK, FIELD_JSONPATH },
    { STR_INIT("Arguments"), TASK | PARALLEL, FIELD_JSONATA },
    { STR_INIT("Output"), FLOW | CHOICE | SUCCEED, FIELD_JSONATA },
    { STR_INIT("Assign"), FLOW | CHOICE, FIELD_BOTH },
    { STR_INIT("Retry"), WORK, FIELD_BOTH },
    { STR_INIT("Catch"), WORK, FIELD_BOTH },
    { STR_INIT("Result"), PASS, FIELD_JSONPATH },
    { STR_INIT("Resource"), TASK, FIELD_BOTH },
    { STR_INIT("Credentials"), TASK, FIELD_BOTH },
    { STR_INIT("TimeoutSeconds"), TASK, FIELD_BOTH },
    { STR_INIT("TimeoutSecondsPath"), TASK, FIELD_JSONPATH },
    { STR_INIT("HeartbeatSeconds"), TASK, FIELD_BOTH },
    { STR_INIT("HeartbeatSecondsPath"), TASK, FIELD_JSONPATH },
    { STR_INIT("Callback"), TASK, FIELD_BOTH }, /* Baton's own */
    { STR_INIT("Choices"), CHOICE, FIELD_BOTH },
    { STR_INIT("Default"), CHOICE, FIELD_BOTH },
    { STR_INIT("Seconds"), WAIT, FIELD_BOTH },
    { STR_INIT("SecondsPath"), WAIT, FIELD_JSONPATH },
    { STR_INIT("Timestamp"), WAIT, FIELD_BOTH },
    { STR_INIT("TimestampPath"), WAIT, FIELD_JSONPATH },
    { STR_INIT("Error"), FAIL, FIELD_BOTH },
    { STR_INIT("ErrorPath"), FAIL, FIELD_JSONPATH },
    { STR_INIT("Cause"), FAIL, FIELD_BOTH },
    { STR_INIT("CausePath"), FAIL, FIELD_JSONPATH },
    { STR_INIT("Branches"), PARALLEL, FIELD_BOTH },
    { STR_INIT("ItemProcessor"), MAP, FIELD_BOTH },
    { STR_INIT("Iterator"), MAP, FIELD_BOTH },
    { STR_INIT("ItemsPath"), MAP, FIELD_JSONPATH },
    { STR_INIT("Items"), MAP, FIELD_JSONATA },
    { STR_INIT("ItemSelector"), MAP, FIELD_BOTH },
    { STR_INIT("ItemReader"), MAP, FIELD_BOTH },
    { STR_INIT("ItemBatcher"), MAP, FIELD_BOTH },
    { STR_INIT("ResultWriter"), MAP, FIELD_BOTH },
    { STR_INIT("MaxConcurrency"), MAP, FIELD_BOTH },
    { STR_INIT("MaxConcurrencyPath"), MAP, FIELD_JSONPATH },
    { STR_INIT("ToleratedFailureCount"), MAP, FIELD_BOTH },
    { STR_INIT("ToleratedFailureCountPath"), MAP, FIELD_JSONPATH },
    { STR_INIT("ToleratedFailurePercentage"), MAP, FIELD_BOTH },
    { STR_INIT("ToleratedFailurePercentagePath"), MAP, FIELD_JSONPATH },
    { STR_INIT("Label"), MAP, FIELD_BOTH },
};

/* ---- the small types ---- */

static void compile_pass(struct site *site)
{
    const json *result = json_find(site->object, STR("Result"));
    if (!result) return;
    site->state->pass.has_result = true;
    site->state->pass.result = *result;
    lint_pass_result(site, *result);
}

static void compile_wait(struct site *site)
{
    static const str forms[] = { STR_INIT("SecondsPath"), STR_INIT("Seconds"),
                                 STR_INIT("TimestampPath"), STR_INIT("Timestamp") };
    struct asl_wait *wait = &site->state->wait;
    if (!site_one_of(site, forms, COUNT_OF(forms), false)) return;
    site_number(site, STR("Seconds"), STR("SecondsPath"), 0, ENGINE_TASK_TIMEOUT_S_DEFAULT, true,
                &wait->seconds);
    site_text(site, STR("Timestamp"), STR("TimestampPath"),
              EXPR_ALLOW_PATH | EXPR_ALLOW_CONTEXT | EXPR_REFERENCE_ONLY, &wait->timestamp);
    wait->kind = wait->seconds.present ? ASL_WAIT_SECONDS : ASL_WAIT_TIMESTAMP;
    bool constant = site_has(site, STR("Timestamp")) && !wait->timestamp.expr;
    if (constant && !timestamp_is_rfc3339(wait->timestamp.value)) {
        site_field_error(site, STR("Timestamp"), "String does not match RFC3339 timestamp");
    }
}

static void compile_fail(struct site *site)
{
    unsigned allow = EXPR_ALLOW_PATH | EXPR_ALLOW_CONTEXT | EXPR_ALLOW_INTRINSIC;
    site_text(site, STR("Error"), STR("ErrorPath"), allow, &site->state->fail.error);
    site_text(site, STR("Cause"), STR("CausePath"), allow, &site->state->fail.cause);
}

static void compile_succeed(struct site *site)
{
    (void)site; /* has only what all types have */
}

struct state_type {
    str name;
    uint16_t bit;
    void (*compile)(struct site *site);
};

/* In the order of enum asl_state_type. */
static const struct state_type STATE_TYPES[] = {
    { STR_INIT("Pass"), PASS, compile_pass },
    { STR_INIT("Task"), TASK, compile_task },
    { STR_INIT("Choice"), CHOICE, compile_choice },
    { STR_INIT("Wait"), WAIT, compile_wait },
    { STR_INIT("Succeed"), SUCCEED, compile_succeed },
    { STR_INIT("Fail"), FAIL, compile_fail },
    { STR_INIT("Parallel"), PARALLEL, compile_parallel },
    { STR_INIT("Map"), MAP, compile_map },
};
static_assert(COUNT_OF(STATE_TYPES) == ASL_MAP + 1, "one row per type");

/* ---- what the types have in common ---- */

static bool find_type(const struct site *site, enum asl_state_type *out)
{
    static const str required[] = { STR_INIT("Type") };
    str name;
    if (!site_require(site, required, 1) || !site_string(site, required[0], &name)) return false;
    for (size_t i = 0; i < COUNT_OF(STATE_TYPES); i++) {
        if (!str_eq(name, STATE_TYPES[i].name)) continue;
        *out = (enum asl_state_type)i;
        return true;
    }
    site_field_error(site, required[0],
                     "The field 'Type' should have one of these values: [Task, Wait, Pass, "
                     "Succeed, Fail, Choice, Parallel, Map]");
    return false;
}

/* A state inside a Map or Parallel inherits from the machine, not from them. Only the exact text is
 * JSONPath: AWS reads any other value as JSONata and reports it besides. True unless the state asks
 * for JSONPath in a JSONata machine. */
static bool find_language(struct site *site)
{
    static const str languages[] = { STR_INIT("JSONPath"), STR_INIT("JSONata") };
    const json *value = json_find(site->object, STR("QueryLanguage"));
    size_t ignored;
    if (!value) return true;
    bool jsonpath = json_is_string(*value) && str_eq(json_str(*value), languages[0]);
    site->language = jsonpath ? EXPR_JSONPATH : EXPR_JSONATA;
    (void)site_enum(site, STR("QueryLanguage"), languages, 2, &ignored);
    if (!jsonpath || site->c->language == EXPR_JSONPATH) return true;
    site_error(site, "'QueryLanguage' can not be 'JSONPath' if set to 'JSONata' for whole state "
                     "machine");
    return false;
}

static void compile_transition(const struct site *site)
{
    static const str names[] = { STR_INIT("Next"), STR_INIT("End") };
    bool end = false;
    bool has_end = site_bool(site, names[1], &end);
    if (has_end && !end && site_has(site, names[0])) {
        site->state->next = site_target(site, names[0]); /* "End": false is as good as none */
        return;
    }
    if (has_end && !end) {
        site_error(site, "This object should have only one of the following fields: [Next, End]");
        return;
    }
    if (!site_one_of(site, names, 2, false)) return;
    if (end && site->depth == 0) site->c->has_end_state = true;
    site->state->next = site_target(site, names[0]);
}

static void compile_data_flow(const struct site *site)
{
    struct asl_state *state = site->state;
    unsigned read = EXPR_ALLOW_PATH | EXPR_ALLOW_CONTEXT;
    site_path(site, STR("InputPath"), read, true, &state->input_path);
    site_path(site, STR("OutputPath"), read, true, &state->output_path);
    site_path(site, STR("ResultPath"), EXPR_ALLOW_PATH | EXPR_REFERENCE_ONLY, true,
              &state->result_path);
    if (state->type != ASL_MAP) {
        bool jsonata = site->language == EXPR_JSONATA;
        state->parameters_field = jsonata ? STR("Arguments") : STR("Parameters");
        state->parameters = site_template(site, state->parameters_field);
    }
    state->result_selector = site_template(site, STR("ResultSelector"));
    state->output = site_template(site, STR("Output"));
    state->assign = site_assign(site);
}

/* By name; a simple sort, because a state refers to few variables. */
static void sort(str *names, size_t count)
{
    for (size_t gap = count / 2; gap > 0; gap /= 2) {
        for (size_t i = gap; i < count; i++) {
            str name = names[i];
            size_t at = i;
            for (; at >= gap && str_compare(names[at - gap], name) > 0; at -= gap) {
                names[at] = names[at - gap];
            }
            names[at] = name;
        }
    }
}

static void add_reference(struct compiler *c, str state, const struct expr_compiler *expr)
{
    if (expr->variable_count == 0) return;
    sort(expr->variables, expr->variable_count);
    c->references = array_grow(c->arena, c->references, c->reference_count, &c->reference_capacity,
                               sizeof(*c->references));
    c->references[c->reference_count++] =
        (struct asl_variable_reference){ state, expr->variables, expr->variable_count };
}

static void check_name(struct compiler *c, const struct place *place, str name)
{
    size_t chars;
    if (str_utf8_count(name, &chars) && chars > ASL_STATE_NAME_CHARS_MAX) {
        report(c, "INVALID_STATE_NAME", place,
               "State name '%.*s' exceeds the %d-character limit allowed by the service",
               STR_ARGS(name), ASL_STATE_NAME_CHARS_MAX);
    }
    if (!names_add(&c->state_names, name)) {
        report(c, "DUPLICATE_STATE_NAME", place, "Duplicate State name: %.*s", STR_ARGS(name));
    }
}

void compile_state(struct compiler *c, const struct place *place, json object,
                   struct asl_scope *scope, struct asl_state *state, uint32_t depth)
{
    struct expr_compiler expr = { .arena = c->arena };
    struct site site = { .c = c,
                         .place = place,
                         .object = object,
                         .language = c->language,
                         .expr = &expr,
                         .scope = scope,
                         .state = state,
                         .depth = depth };
    str comment;
    check_name(c, place, state->name);
    if (!json_is_object(object)) {
        site_error(&site, "Expected value of type [OBJECT]");
        return;
    }
    if (!find_type(&site, &state->type)) return;
    bool language_known = find_language(&site);
    state->language = site.language;
    site_check_fields(&site, STATE_FIELDS, COUNT_OF(STATE_FIELDS), state->type, language_known);
    (void)site_string(&site, STR("Comment"), &comment);
    const struct state_type *type = &STATE_TYPES[state->type];
    if (type->bit & FLOW) compile_transition(&site);
    if (type->bit & (SUCCEED | FAIL) && depth == 0) c->has_end_state = true;
    compile_data_flow(&site);
    type->compile(&site);
    if (type->bit & WORK) {
        compile_retry(&site);
        compile_catch(&site);
    }
    add_reference(c, state->name, &expr);
}
