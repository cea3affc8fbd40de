/* Compiles intrinsic function calls: States.Name(argument, ...). Arguments are strings in single
 * quotes, numbers, true, false, null, paths and further calls. */
#include "expr/internal.h"

enum { MANY = 1 << 20 };

static const struct {
    str name;
    enum intrinsic_function function;
    size_t count_min, count_max;
} functions[] = {
    { STR_INIT("Format"), INTRINSIC_FORMAT, 1, MANY },
    { STR_INIT("StringToJson"), INTRINSIC_STRING_TO_JSON, 1, 1 },
    { STR_INIT("JsonToString"), INTRINSIC_JSON_TO_STRING, 1, 1 },
    { STR_INIT("Array"), INTRINSIC_ARRAY, 0, MANY },
    { STR_INIT("ArrayPartition"), INTRINSIC_ARRAY_PARTITION, 2, 2 },
    { STR_INIT("ArrayContains"), INTRINSIC_ARRAY_CONTAINS, 2, 2 },
    { STR_INIT("ArrayRange"), INTRINSIC_ARRAY_RANGE, 3, 3 },
    { STR_INIT("ArrayGetItem"), INTRINSIC_ARRAY_GET_ITEM, 2, 2 },
    { STR_INIT("ArrayLength"), INTRINSIC_ARRAY_LENGTH, 1, 1 },
    { STR_INIT("ArrayUnique"), INTRINSIC_ARRAY_UNIQUE, 1, 1 },
    { STR_INIT("Base64Encode"), INTRINSIC_BASE64_ENCODE, 1, 1 },
    { STR_INIT("Base64Decode"), INTRINSIC_BASE64_DECODE, 1, 1 },
    { STR_INIT("Hash"), INTRINSIC_HASH, 2, 2 },
    { STR_INIT("JsonMerge"), INTRINSIC_JSON_MERGE, 3, 3 },
    { STR_INIT("MathRandom"), INTRINSIC_MATH_RANDOM, 2, 3 },
    { STR_INIT("MathAdd"), INTRINSIC_MATH_ADD, 2, 2 },
    { STR_INIT("StringSplit"), INTRINSIC_STRING_SPLIT, 2, 2 },
    { STR_INIT("UUID"), INTRINSIC_UUID, 0, 0 },
};

struct reader {
    struct expr_compiler *compiler;
    str text;
    size_t at;
    bool allow_context;
};

bool intrinsic_begins(str text)
{
    return str_starts_with(text, STR("States."));
}

static char peek(const struct reader *r)
{
    return str_at(r->text, r->at);
}

static char skip_space(struct reader *r)
{
    while (peek(r) == ' ' || peek(r) == '\t' || peek(r) == '\n' || peek(r) == '\r')
        r->at++;
    return peek(r);
}

/* \' \{ \} \\ are the only escapes; AWS refuses a definition with any other. */
static bool read_string(struct reader *r, struct intrinsic_argument *out)
{
    struct buf value;
    buf_init(&value, r->compiler->arena);
    size_t from = ++r->at;
    for (; r->at < r->text.len && peek(r) != '\''; r->at++) {
        if (peek(r) == '\\') {
            r->at++;
            char c = peek(r);
            if (c != '\'' && c != '{' && c != '}' && c != '\\') return false;
        }
        buf_add_char(&value, peek(r));
    }
    if (peek(r) != '\'') return false;
    out->literal.raw = str_slice(r->text, from, r->at);
    out->literal.value = json_string(text_of(&value));
    r->at++;
    return true;
}

/* A number, true, false or null: what JSON's parser takes, up to the next delimiter. */
static bool read_constant(struct reader *r, struct intrinsic_argument *out)
{
    size_t from = r->at;
    while (r->at < r->text.len && peek(r) != ',' && peek(r) != ')' && peek(r) != ' ')
        r->at++;
    str text = str_slice(r->text, from, r->at);
    char first = str_at(text, 0);
    bool scalar = first == '-' || (first >= '0' && first <= '9') || first == 't' || first == 'f' ||
                  first == 'n';
    struct error ignored;
    return scalar && json_parse(text, r->compiler->arena, &out->literal.value, &ignored);
}

/* Where a path argument ends: at a comma or parenthesis outside of brackets. */
static size_t path_end(str text, size_t from)
{
    int open = 0;
    for (size_t i = from; i < text.len; i++) {
        char c = text.ptr[i];
        if (c == '[') {
            i = text_matching(text, i, '[', ']', false);
        } else if (c == '(') {
            open++;
        } else if (c == ')') {
            if (open-- == 0) return i;
        } else if (c == ',' && open == 0) {
            return i;
        }
    }
    return text.len;
}

static bool read_reference(struct reader *r, struct intrinsic_argument *out,
                           struct intrinsic_call *call)
{
    size_t end = path_end(r->text, r->at);
    str text = str_trim(str_slice(r->text, r->at, end));
    struct reference *reference = ARENA_NEW(r->compiler->arena, struct reference);
    struct error ignored;
    if (!reference_compile(text, r->compiler->arena, reference, &ignored)) return false;
    if (reference->root == REFERENCE_CONTEXT && !r->allow_context) return false;
    if (reference->root == REFERENCE_VARIABLE) expr_add_variable(r->compiler, reference->variable);
    call->reads_task_token |= reference_reads_task_token(reference);
    out->kind = ARGUMENT_REFERENCE;
    out->reference = reference;
    r->at = end;
    return true;
}

static bool read_call(struct reader *r, int depth, const struct intrinsic_call **out);

static bool read_argument(struct reader *r, int depth, struct intrinsic_argument *out,
                          struct intrinsic_call *call)
{
    char first = skip_space(r);
    if (first == '$') return read_reference(r, out, call);
    if (intrinsic_begins(str_skip(r->text, r->at))) {
        out->kind = ARGUMENT_CALL;
        if (!read_call(r, depth + 1, &out->call)) return false;
        call->reads_task_token |= out->call->reads_task_token;
        return true;
    }
    out->kind = ARGUMENT_LITERAL;
    return first == '\'' ? read_string(r, out) : read_constant(r, out);
}

struct arguments {
    struct intrinsic_argument *items;
    size_t count, capacity;
};

static struct intrinsic_argument *add_argument(struct arguments *list, struct arena *arena)
{
    if (list->count == list->capacity) {
        size_t capacity = list->capacity ? list->capacity * 2 : 4;
        struct intrinsic_argument *items = arena_array(arena, capacity, sizeof *items);
        if (list->count > 0) memcpy(items, list->items, list->count * sizeof *items);
        list->items = items;
        list->capacity = capacity;
    }
    struct intrinsic_argument *added = &list->items[list->count++];
    *added = (struct intrinsic_argument){ 0 };
    return added;
}

static bool read_arguments(struct reader *r, int depth, struct intrinsic_call *call)
{
    struct arguments list = { 0 };
    if (skip_space(r) != ')') {
        for (;;) {
            struct intrinsic_argument *argument = add_argument(&list, r->compiler->arena);
            if (!read_argument(r, depth, argument, call)) return false;
            if (skip_space(r) != ',') break;
            r->at++;
        }
    }
    if (peek(r) != ')') return false;
    r->at++;
    call->arguments = list.items;
    call->count = list.count;
    return true;
}

static bool read_call(struct reader *r, int depth, const struct intrinsic_call **out)
{
    if (depth > EXPR_INTRINSIC_DEPTH_MAX) return false;
    size_t from = r->at + STR("States.").len;
    size_t open = str_find_char(r->text, '(', from);
    if (open == r->text.len) return false;
    str name = str_trim(str_slice(r->text, from, open));
    for (size_t i = 0; i < sizeof functions / sizeof functions[0]; i++) {
        if (!str_eq(functions[i].name, name)) continue;
        struct intrinsic_call *call = ARENA_NEW(r->compiler->arena, struct intrinsic_call);
        call->function = functions[i].function;
        r->at = open + 1;
        if (!read_arguments(r, depth, call)) return false;
        if (call->count < functions[i].count_min || call->count > functions[i].count_max) {
            return false;
        }
        *out = call;
        return true;
    }
    return false;
}

bool intrinsic_compile(struct expr_compiler *c, str text, bool allow_context,
                       const struct intrinsic_call **out)
{
    struct reader r = { .compiler = c, .text = text, .allow_context = allow_context };
    if (text.len > EXPR_PATH_TEXT_BYTES_MAX) return false;
    if (!read_call(&r, 1, out)) return false;
    return skip_space(&r) == '\0' && r.at == r.text.len;
}
