/* Runs tests/asl_validation.txt: definitions, and what is said of them. */
#include "asl/asl.h"

#include <criterion/criterion.h>
#include <stdio.h>

#define TABLE "tests/asl_validation.txt"

struct block {
    struct arena *arena;
    size_t line; /* where it begins */
    struct buf definition, expected, warnings;
};

static void block_begin(struct block *block, size_t line)
{
    block->line = line;
    buf_init(&block->definition, block->arena);
    buf_init(&block->expected, block->arena);
    buf_init(&block->warnings, block->arena);
}

/* The definition in full, from its short form. */
static str expand(struct block *block, enum asl_machine_type *type)
{
    str text = buf_str(&block->definition), state = STR("state "), jsonata = STR("jsonata "),
        express = STR("express ");
    *type = ASL_STANDARD;
    if (str_starts_with(text, state)) {
        str body = str_skip(text, state.len);
        return arena_printf(block->arena, "{\"StartAt\": \"X\", \"States\": {\"X\": %.*s}}",
                            STR_ARGS(body));
    }
    if (str_starts_with(text, jsonata)) {
        str body = str_skip(text, jsonata.len);
        return arena_printf(block->arena,
                            "{\"QueryLanguage\": \"JSONata\", \"StartAt\": \"X\", "
                            "\"States\": {\"X\": %.*s}}",
                            STR_ARGS(body));
    }
    if (!str_starts_with(text, express)) return text;
    *type = ASL_EXPRESS;
    return str_skip(text, express.len);
}

static str warnings_text(struct arena *arena, const struct asl_diagnostics *diagnostics)
{
    struct buf buf;
    buf_init(&buf, arena);
    for (size_t i = diagnostics->error_count; i < diagnostics->count; i++) {
        const struct asl_diagnostic *item = &diagnostics->items[i];
        cr_expect_eq(item->severity, ASL_WARNING);
        buf_printf(&buf, "%.*s at %.*s\n", STR_ARGS(item->code), STR_ARGS(item->location));
    }
    return buf_str(&buf);
}

static void block_check(struct block *block)
{
    if (block->definition.len == 0) return;
    const struct asl_machine *machine;
    struct asl_diagnostics diagnostics = { 0 };
    enum asl_machine_type type;
    str definition = expand(block, &type);
    bool ok = asl_compile(definition, type, block->arena, &machine, &diagnostics);
    str got = ok ? STR("OK") : asl_diagnostics_text(&diagnostics, block->arena);
    cr_expect(str_eq(got, buf_str(&block->expected)), "%s:%zu\n expected %.*s\n got      %.*s",
              TABLE, block->line, STR_ARGS(buf_str(&block->expected)), STR_ARGS(got));
    if (!ok && block->warnings.len == 0) return;
    str warnings = warnings_text(block->arena, &diagnostics);
    cr_expect(str_eq(warnings, buf_str(&block->warnings)), "%s:%zu\n expected %.*s\n got      %.*s",
              TABLE, block->line, STR_ARGS(buf_str(&block->warnings)), STR_ARGS(warnings));
    for (size_t i = 0; i < diagnostics.count; i++) {
        bool placed = !str_is_empty(diagnostics.items[i].location);
        cr_expect_eq(placed, diagnostics.items[i].line > 0, "%s:%zu: no line", TABLE, block->line);
    }
}

/* "\n" in an expected text is a line's end. */
static void add_expected(struct buf *buf, str text)
{
    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] == '\\' && i + 1 < text.len && text.ptr[i + 1] == 'n') {
            buf_add_char(buf, '\n');
            i++;
        } else {
            buf_add_char(buf, text.ptr[i]);
        }
    }
}

static void block_line(struct block *block, str line)
{
    if (str_starts_with(line, STR("#"))) return;
    if (str_starts_with(line, STR("= "))) {
        if (block->expected.len > 0) buf_add(&block->expected, STR(", "));
        add_expected(&block->expected, str_skip(line, 2));
    } else if (str_starts_with(line, STR("~ "))) {
        buf_add(&block->warnings, str_skip(line, 2));
        buf_add_char(&block->warnings, '\n');
    } else {
        buf_add(&block->definition, line);
    }
}

Test(asl_validation, says_what_the_table_says)
{
    struct arena arena;
    struct block block = { .arena = &arena };
    char *line = NULL;
    size_t capacity = 0, number = 0, blocks = 0;
    FILE *file = fopen(TABLE, "r");
    cr_assert_not_null(file, TABLE " is missing");
    arena_init(&arena);
    block_begin(&block, 1);
    for (ssize_t len; (len = getline(&line, &capacity, file)) >= 0;) {
        number++;
        str text = str_trim(arena_str(&arena, (str){ line, (size_t)len }));
        if (!str_is_empty(text)) {
            block_line(&block, text);
            continue;
        }
        blocks += block.definition.len > 0;
        block_check(&block);
        block_begin(&block, number + 1);
    }
    blocks += block.definition.len > 0;
    block_check(&block);
    free(line);
    fclose(file);
    arena_close(&arena);
    cr_assert_gt(blocks, 100);
    printf("asl: %zu blocks of %s\n", blocks, TABLE);
}
