/* Compiles every definition of the conformance cases: what AWS accepted must compile without an
 * error, what AWS refused must be refused in AWS's words. */
#include "asl/asl.h"

#include <criterion/criterion.h>
#include <ftw.h>
#include <stdio.h>

#define CASES "../shared/conformance/asl"

enum { FILES_MAX = 2000, FILE_BYTES_MAX = 8 << 20, FILE_HANDLES = 16 };

static struct {
    char paths[FILES_MAX][256];
    size_t count;
} files;

static struct {
    size_t accepted, refused, other;
} tally;

static int collect(const char *path, const struct stat *stat, int type, struct FTW *ftw)
{
    (void)stat;
    (void)ftw;
    if (type != FTW_F || !str_ends_with(str_from(path), STR(".json"))) return 0;
    cr_assert_lt(files.count, FILES_MAX);
    snprintf(files.paths[files.count++], sizeof(files.paths[0]), "%s", path);
    return 0;
}

static str read_file(struct arena *arena, const char *path)
{
    FILE *file = fopen(path, "rb");
    cr_assert_not_null(file, "%s", path);
    char *bytes = arena_alloc(arena, FILE_BYTES_MAX);
    size_t len = fread(bytes, 1, FILE_BYTES_MAX, file);
    fclose(file);
    return (str){ bytes, len };
}

/* What the runner would put in place of the case's ${...}. */
static str fill_in(struct arena *arena, str text)
{
    static const struct {
        str name, value;
    } known[] = {
        { STR_INIT("${region}"), STR_INIT("us-east-1") },
        { STR_INIT("${account}"), STR_INIT("000000000000") },
        { STR_INIT("${s0.activityArn}"),
          STR_INIT("arn:aws:states:us-east-1:000000000000:activity:a") },
    };
    struct buf buf;
    buf_init(&buf, arena);
    for (size_t at = 0; at < text.len;) {
        bool found = false;
        for (size_t i = 0; i < sizeof(known) / sizeof(known[0]) && !found; i++) {
            found = str_starts_with(str_skip(text, at), known[i].name);
            if (!found) continue;
            buf_add(&buf, known[i].value);
            at += known[i].name.len;
        }
        if (!found) buf_add_char(&buf, text.ptr[at++]);
    }
    return buf_str(&buf);
}

static str definition_text(struct arena *arena, json definition)
{
    str text = json_is_string(definition) ? json_str(definition) : json_text(arena, definition);
    return fill_in(arena, text);
}

static enum asl_machine_type machine_type(json params)
{
    return str_eq(json_str_or(params, STR("type"), STR("")), STR("EXPRESS")) ? ASL_EXPRESS
                                                                             : ASL_STANDARD;
}

/* The answer to CreateStateMachine, or an empty text if it is accepted. */
static str create(struct arena *arena, json definition, enum asl_machine_type type)
{
    const struct asl_machine *machine;
    struct asl_diagnostics diagnostics = { 0 };
    str text = definition_text(arena, definition);
    if (asl_compile(text, type, arena, &machine, &diagnostics)) {
        cr_assert_eq(diagnostics.error_count, 0);
        cr_assert_not_null(machine->scopes[0]->start);
        return STR("");
    }
    str errors = asl_diagnostics_text(&diagnostics, arena);
    return arena_printf(arena, "Invalid State Machine Definition: '%.*s'", STR_ARGS(errors));
}

/* The recorded message, or an empty text if AWS accepted. */
static str refusal(json error)
{
    const json *body = json_find(error, STR("Error"));
    if (!body || !str_eq(json_str_or(*body, STR("Code"), STR("")), STR("InvalidDefinition"))) {
        return STR("");
    }
    return json_str_or(*body, STR("Message"), STR(""));
}

static void check(struct arena *arena, const char *path, json definition,
                  enum asl_machine_type type, str expected)
{
    str got = create(arena, definition, type);
    bool any = str_eq(expected, STR("<any_text>"));
    if (str_is_empty(expected)) {
        tally.accepted++;
    } else {
        tally.refused++;
    }
    cr_expect(any ? got.len > 0 : str_eq(got, expected), "%s\n expected %.*s\n got %.*s", path,
              STR_ARGS(expected), STR_ARGS(got));
}

static json member(json object, const char *name)
{
    const json *value = json_find(object, str_from(name));
    return value ? *value : json_null();
}

/* A case, or one of its executions. */
static void check_case(struct arena *arena, const char *path, json test)
{
    json definition = member(test, "definition");
    if (json_is_null(definition)) return;
    check(arena, path, definition, machine_type(test),
          refusal(member(member(test, "expect"), "create_error")));
}

static void check_validation(struct arena *arena, const char *path, json params, json expect)
{
    const struct asl_machine *machine;
    struct asl_diagnostics found = { 0 };
    json recorded = member(expect, "diagnostics");
    str text = definition_text(arena, member(params, "definition"));
    bool ok = asl_compile(text, machine_type(params), arena, &machine, &found);
    cr_expect_eq(ok, str_eq(json_str_or(expect, STR("result"), STR("")), STR("OK")), "%s", path);
    cr_expect_eq(found.error_count, json_count(recorded), "%s", path);
    tally.other++;
    for (size_t i = 0; i < found.error_count && i < json_count(recorded); i++) {
        json item = json_at(recorded, i);
        cr_expect(str_eq(found.items[i].code, json_str(member(item, "code"))), "%s", path);
        cr_expect(str_eq(found.items[i].message, json_str(member(item, "message"))), "%s: %.*s",
                  path, STR_ARGS(found.items[i].message));
        cr_expect(str_eq(found.items[i].location, json_str(member(item, "location"))), "%s: %.*s",
                  path, STR_ARGS(found.items[i].location));
    }
}

/* TestState may give a single state, as asl_compile_state reads it. */
static void check_single_state(struct arena *arena, const char *path, json definition, str expected)
{
    const struct asl_machine *machine;
    struct asl_diagnostics diagnostics = { 0 };
    str text = definition_text(arena, definition), got = STR("");
    if (!asl_compile_state(text, arena, &machine, &diagnostics)) {
        str errors = asl_diagnostics_text(&diagnostics, arena);
        got = arena_printf(arena, "Invalid State Machine Definition: '%.*s'", STR_ARGS(errors));
    }
    tally.other++;
    cr_expect(str_eq(got, expected), "%s\n expected %.*s\n got %.*s", path, STR_ARGS(expected),
              STR_ARGS(got));
}

static void check_step(struct arena *arena, const char *path, json step)
{
    str call = json_str_or(step, STR("call"), STR(""));
    json params = member(step, "params"), definition = member(params, "definition");
    str expected = refusal(member(step, "expect_error"));
    if (json_is_null(definition) || !str_starts_with(call, STR("states."))) return;
    if (str_eq(call, STR("states.ValidateStateMachineDefinition"))) {
        check_validation(arena, path, params, member(step, "expect"));
    } else if (str_starts_with(call, STR("states.TestState"))) {
        /* These two sentences are about the operation, not about the definition. */
        if (str_starts_with(expected, STR("TestState API"))) expected = STR("");
        bool whole = json_find(definition, STR("States")) != NULL;
        if (whole) {
            check(arena, path, definition, ASL_STANDARD, expected);
        } else if (json_is_object(definition)) {
            check_single_state(arena, path, definition, expected);
        }
    } else {
        check(arena, path, definition, machine_type(params), expected);
    }
}

/* {"State": ["variable", ...]} */
static json references_json(struct arena *arena, const struct asl_machine *machine)
{
    struct json_fields fields;
    json_fields_init(&fields, arena);
    for (size_t i = 0; i < machine->reference_count; i++) {
        const struct asl_variable_reference *reference = &machine->references[i];
        struct json_list names;
        json_list_init(&names, arena);
        for (size_t v = 0; v < reference->variable_count; v++) {
            json_list_add(&names, json_string(reference->variables[v]));
        }
        json_fields_add(&fields, reference->state, json_list_done(&names));
    }
    return json_fields_done(&fields);
}

/* DescribeStateMachine's variableReferences for the machine that the first step makes. */
static void check_references(const char *path)
{
    struct arena arena;
    arena_init(&arena);
    struct error err;
    struct asl_diagnostics diagnostics = { 0 };
    const struct asl_machine *machine;
    json test, recorded = json_null(), definition = json_null();
    cr_assert(json_parse(read_file(&arena, path), &arena, &test, &err), "%s", path);
    json steps = member(test, "steps");
    for (size_t i = 0; i < json_count(steps); i++) {
        json step = json_at(steps, i), references;
        str call = json_str_or(step, STR("call"), STR(""));
        if (str_eq(call, STR("states.CreateStateMachine"))) {
            definition = member(member(step, "params"), "definition");
        }
        references = member(member(step, "expect"), "variableReferences");
        if (!json_is_null(references)) recorded = references;
    }
    str text = definition_text(&arena, definition);
    cr_assert(asl_compile(text, ASL_STANDARD, &arena, &machine, &diagnostics), "%s", path);
    json got = references_json(&arena, machine);
    bool equal = json_is_null(recorded) ? json_count(got) == 0 : json_equal(got, recorded);
    cr_expect(equal, "%s: %.*s", path, STR_ARGS(json_text(&arena, got)));
    arena_close(&arena);
}

Test(asl_corpus, knows_the_variables_that_states_refer_to)
{
    cr_assert_eq(nftw(CASES "/api_variable_references", collect, FILE_HANDLES, FTW_PHYS), 0);
    cr_assert_eq(files.count, 13);
    for (size_t i = 0; i < files.count; i++)
        check_references(files.paths[i]);
}

static void check_file(const char *path)
{
    struct arena arena;
    arena_init(&arena);
    struct error err;
    json test;
    cr_assert(json_parse(read_file(&arena, path), &arena, &test, &err), "%s", path);
    check_case(&arena, path, test);
    json executions = member(test, "executions"), steps = member(test, "steps");
    for (size_t i = 0; i < json_count(executions); i++) {
        check_case(&arena, path, json_at(executions, i));
    }
    for (size_t i = 0; i < json_count(steps); i++)
        check_step(&arena, path, json_at(steps, i));
    arena_close(&arena);
}

Test(asl_corpus, answers_every_recorded_definition_as_aws_did, .timeout = 300)
{
    cr_assert_eq(nftw(CASES, collect, FILE_HANDLES, FTW_PHYS), 0, CASES " is missing");
    cr_assert_gt(files.count, 600);
    for (size_t i = 0; i < files.count; i++)
        check_file(files.paths[i]);
    printf("asl: %zu files, %zu definitions accepted, %zu refused, %zu others\n", files.count,
           tally.accepted, tally.refused, tally.other);
}
