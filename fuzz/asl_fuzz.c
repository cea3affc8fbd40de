/* Fuzz target: asl_compile of any bytes. Errors and a machine exclude each other, diagnostics are
 * within their bound and in order, and the same text gives the same answer. */
#include "asl/asl.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_diagnostics(const struct asl_diagnostics *diagnostics, bool ok)
{
    ASSERT(ok == (diagnostics->error_count == 0));
    ASSERT_CMP(diagnostics->count, <=, ASL_DIAGNOSTICS_MAX);
    for (size_t i = 0; i < diagnostics->count; i++) {
        bool is_error = diagnostics->items[i].severity == ASL_ERROR;
        ASSERT(is_error == (i < diagnostics->error_count));
        ASSERT(!str_is_empty(diagnostics->items[i].code));
    }
}

static void check_machine(const struct asl_machine *machine)
{
    ASSERT_CMP(machine->scope_count, >, 0);
    for (size_t i = 0; i < machine->scope_count; i++) {
        const struct asl_scope *scope = machine->scopes[i];
        ASSERT_CMP(scope->number, ==, i);
        ASSERT(scope->start != NULL);
        for (size_t s = 0; s < scope->state_count; s++) {
            const struct asl_state *state = &scope->states[s];
            ASSERT(asl_find_state(scope, state->name) == state);
            ASSERT(!state->next || state->next->scope == scope);
        }
    }
}

static void check(str text, enum asl_machine_type type)
{
    struct arena arena;
    arena_init(&arena);
    const struct asl_machine *machine = NULL;
    struct asl_diagnostics first = { 0 }, second = { 0 };
    bool ok = asl_compile(text, type, &arena, &machine, &first);
    check_diagnostics(&first, ok);
    if (ok) check_machine(machine);
    bool again = asl_compile(text, type, &arena, &machine, &second);
    ASSERT(again == ok && second.count == first.count);
    ASSERT(str_eq(asl_diagnostics_text(&first, &arena), asl_diagnostics_text(&second, &arena)));
    struct asl_diagnostics single = { 0 };
    bool single_ok = asl_compile_state(text, &arena, &machine, &single);
    check_diagnostics(&single, single_ok);
    arena_close(&arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    str text = { (const char *)data, size };
    int64_t ms;
    bool is_timestamp = asl_parse_timestamp(text, &ms);
    ASSERT(!is_timestamp || size >= sizeof("2016-03-14T01:59Z") - 1);
    check(text, ASL_STANDARD);
    check(text, ASL_EXPRESS);
    return 0;
}
