/* Compiles JSONPath filters as Jayway's FilterCompiler reads them: || binds weaker than &&, `!`
 * needs a path or a parenthesis behind it, both sides of an operator are values, and a path ends at
 * a space, an operator's character or a closing parenthesis. */
#include "expr/filter.h"

struct reader {
    str text;
    size_t at;
    struct arena *arena;
    struct error *err;
    int depth; /* parentheses, negations and filters around this place */
};

static bool fail(struct reader *r, const char *message)
{
    error_set(r->err, ERROR_SYNTAX, "%s", message);
    r->err->offset = (uint32_t)r->at;
    return false;
}

static char peek(const struct reader *r)
{
    return str_at(r->text, r->at);
}

static char skip_blanks(struct reader *r)
{
    r->at = text_skip_space(r->text, r->at);
    return peek(r);
}

/* ---- values ---- */

static void *regex_allocate(size_t bytes, void *arena)
{
    return arena_alloc(arena, bytes);
}

static void regex_free(void *block, void *arena)
{
    (void)block;
    (void)arena;
}

pcre2_general_context *filter_regex_memory(struct arena *arena)
{
    pcre2_general_context *memory = pcre2_general_context_create(regex_allocate, regex_free, arena);
    ASSERT(memory != NULL);
    return memory;
}

/* Java's flags: i, m, s, x, and three that make no difference to PCRE2 in UTF mode. */
static bool regex_option(char flag, uint32_t *options)
{
    switch (flag) {
    case 'i': *options |= PCRE2_CASELESS; return true;
    case 'm': *options |= PCRE2_MULTILINE; return true;
    case 's': *options |= PCRE2_DOTALL; return true;
    case 'x': *options |= PCRE2_EXTENDED; return true;
    case 'U': *options |= PCRE2_UCP; return true;
    case 'd':
    case 'u': return true;
    default: return false;
    }
}

static bool read_pattern(struct reader *r, struct operand *out)
{
    size_t end = text_unescaped(r->text, r->at + 1, '/');
    if (end == r->text.len) return fail(r, "Pattern not closed. Expected '/'");
    str pattern = str_slice(r->text, r->at + 1, end);
    /* Java's matches() wants the whole text to match. */
    uint32_t options = PCRE2_UTF | PCRE2_ANCHORED | PCRE2_ENDANCHORED | PCRE2_NEVER_BACKSLASH_C;
    r->at = end + 1;
    while (regex_option(peek(r), &options))
        r->at++;
    pcre2_compile_context *context = pcre2_compile_context_create(filter_regex_memory(r->arena));
    ASSERT(context != NULL);
    int code = 0;
    PCRE2_SIZE offset = 0;
    out->kind = OPERAND_PATTERN;
    out->pattern =
        pcre2_compile((PCRE2_SPTR)pattern.ptr, pattern.len, options, &code, &offset, context);
    return out->pattern ? true : fail(r, "The regular expression is not valid");
}

static bool read_string(struct reader *r, struct operand *out)
{
    char quote = peek(r);
    size_t end = text_unescaped(r->text, r->at + 1, quote);
    if (end == r->text.len) return fail(r, "String literal does not have matching quotes.");
    str text = str_slice(r->text, r->at + 1, end);
    out->kind = OPERAND_VALUE;
    out->value = json_string(text_unescape(r->arena, text, quote, true));
    r->at = end + 1;
    return true;
}

/* Jayway's default parser also takes single quotes; JSON's own does not. */
static str with_double_quotes(struct arena *arena, str text)
{
    struct buf out;
    buf_init(&out, arena);
    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];
        if (c != '\'' && c != '"') {
            buf_add_char(&out, c);
            continue;
        }
        size_t end = text_unescaped(text, i + 1, c);
        json_write_str(&out, text_unescape(arena, str_slice(text, i + 1, end), c, true));
        i = end;
    }
    return buf_str(&out);
}

static bool read_json(struct reader *r, struct operand *out)
{
    char open = peek(r);
    size_t end = text_matching(r->text, r->at, open, open == '[' ? ']' : '}', false);
    if (end == r->text.len) return fail(r, "String not closed.");
    str text = str_slice(r->text, r->at, end + 1);
    out->kind = OPERAND_VALUE;
    r->at = end + 1;
    struct error ignored;
    if (json_parse(text, r->arena, &out->value, &ignored)) return true;
    return json_parse(with_double_quotes(r->arena, text), r->arena, &out->value, r->err);
}

static bool read_word(struct reader *r, str word, json value, struct operand *out)
{
    if (!str_starts_with(str_skip(r->text, r->at), word)) return fail(r, "Unexpected literal");
    r->at += word.len;
    out->kind = OPERAND_VALUE;
    out->value = value;
    return true;
}

static bool is_number_character(char c)
{
    return (c >= '0' && c <= '9') || c == '-' || c == '.' || c == 'e' || c == 'E';
}

static bool read_number(struct reader *r, struct operand *out)
{
    size_t from = r->at;
    while (r->at < r->text.len && is_number_character(r->text.ptr[r->at]))
        r->at++;
    out->kind = OPERAND_VALUE;
    str text = str_slice(r->text, from, r->at);
    return text_number(r->arena, text, &out->value) ? true : fail(r, "Expected a value");
}

static bool is_operator_character(char c)
{
    return c == '<' || c == '>' || c == '=' || c == '~' || c == '!';
}

/* The parenthesis at `at` closes a function call if one is open since the path began. */
static bool closes_function(str text, size_t begin, size_t at)
{
    int open = 0;
    for (size_t i = begin; i < at; i++) {
        if (text.ptr[i] == '(')
            open++;
        else if (text.ptr[i] == ')')
            open--;
    }
    return open > 0;
}

static bool read_path(struct reader *r, struct operand *out)
{
    size_t begin = r->at++;
    while (r->at < r->text.len) {
        char c = r->text.ptr[r->at];
        if (c == '[') {
            size_t close = text_matching(r->text, r->at, '[', ']', false);
            if (close == r->text.len) return fail(r, "Square brackets does not match in filter");
            r->at = close + 1;
            continue;
        }
        bool ends = is_operator_character(c) || c == ' ' ||
                    (c == ')' && !closes_function(r->text, begin, r->at));
        if (ends) break;
        r->at++;
    }
    out->kind = OPERAND_PATH;
    out->path = ARENA_NEW(r->arena, struct path);
    return path_compile(str_slice(r->text, begin, r->at), r->arena, r->depth, out->path, r->err);
}

static bool read_value(struct reader *r, struct operand *out)
{
    switch (skip_blanks(r)) {
    case '$':
    case '@': return read_path(r, out);
    case '\'':
    case '"': return read_string(r, out);
    case 't': return read_word(r, STR("true"), json_bool(true), out);
    case 'f': return read_word(r, STR("false"), json_bool(false), out);
    case 'n': return read_word(r, STR("null"), json_null(), out);
    case '[':
    case '{': return read_json(r, out);
    case '/': return read_pattern(r, out);
    default: return read_number(r, out);
    }
}

/* ---- operators ---- */

static const struct {
    str name;
    enum filter_operator op;
} operators[] = {
    { STR_INIT("=="), FILTER_EQ },
    { STR_INIT("!="), FILTER_NE },
    { STR_INIT("==="), FILTER_SAME },
    { STR_INIT("!=="), FILTER_NOT_SAME },
    { STR_INIT("<"), FILTER_LT },
    { STR_INIT("<="), FILTER_LE },
    { STR_INIT(">"), FILTER_GT },
    { STR_INIT(">="), FILTER_GE },
    { STR_INIT("=~"), FILTER_MATCHES },
    { STR_INIT("in"), FILTER_IN },
    { STR_INIT("nin"), FILTER_NIN },
    { STR_INIT("all"), FILTER_ALL },
    { STR_INIT("contains"), FILTER_CONTAINS },
    { STR_INIT("size"), FILTER_SIZE },
    { STR_INIT("empty"), FILTER_EMPTY },
    { STR_INIT("subsetof"), FILTER_SUBSET_OF },
    { STR_INIT("anyof"), FILTER_ANY_OF },
    { STR_INIT("noneof"), FILTER_NONE_OF },
};

static bool equal_ignoring_case(str a, str lower)
{
    if (a.len != lower.len) return false;
    for (size_t i = 0; i < a.len; i++) {
        char c = a.ptr[i];
        if (c >= 'A' && c <= 'Z') c = (char)(c - 'A' + 'a');
        if (c != lower.ptr[i]) return false;
    }
    return true;
}

/* False, and r->at where it was, if no operator stands here. */
static bool read_operator(struct reader *r, enum filter_operator *out)
{
    size_t before = r->at;
    bool sign = is_operator_character(skip_blanks(r));
    size_t from = r->at;
    while (r->at < r->text.len) {
        char c = r->text.ptr[r->at];
        if (sign ? !is_operator_character(c) : c == ' ') break;
        r->at++;
    }
    str name = str_slice(r->text, from, r->at);
    for (size_t i = 0; i < sizeof operators / sizeof operators[0]; i++) {
        if (equal_ignoring_case(name, operators[i].name)) {
            *out = operators[i].op;
            return true;
        }
    }
    r->at = before;
    return false;
}

/* ---- expressions ---- */

static bool read_or(struct reader *r, const struct filter **out);

/* A comparison, or a path alone, which asks whether something is there. */
static bool read_comparison(struct reader *r, const struct filter **out)
{
    struct filter *filter = ARENA_NEW(r->arena, struct filter);
    bool negated = skip_blanks(r) == '!';
    if (negated) {
        r->at++;
        char next = skip_blanks(r);
        if (next != '$' && next != '@') return fail(r, "Unexpected character: !");
    }
    if (!read_value(r, &filter->left)) return false;
    size_t behind_left = r->at;
    if (read_operator(r, &filter->op)) {
        struct error ignored = { 0 };
        struct error *err = r->err;
        r->err = &ignored;
        bool ok = read_value(r, &filter->right);
        r->err = err;
        if (ok) {
            filter->kind = FILTER_COMPARE;
            *out = filter;
            return true;
        }
        /* Jayway goes back and takes the path alone; what follows is then an error. */
        r->at = behind_left;
    }
    if (filter->left.kind != OPERAND_PATH) return fail(r, "Expected path node");
    filter->kind = FILTER_EXISTS;
    filter->expected = !negated;
    *out = filter;
    return true;
}

static bool read_group(struct reader *r, const struct filter **out)
{
    r->at++;
    if (!read_or(r, out)) return false;
    if (skip_blanks(r) != ')') return fail(r, "Expected character: )");
    r->at++;
    return true;
}

static bool read_operand(struct reader *r, const struct filter **out)
{
    size_t negations = 0;
    for (;;) {
        char c = skip_blanks(r);
        if (c != '!') break;
        size_t next = text_skip_space(r->text, r->at + 1);
        char behind = str_at(r->text, next);
        if (behind == '$' || behind == '@') break; /* belongs to the path */
        r->at++;
        negations++;
    }
    bool ok = peek(r) == '(' ? read_group(r, out) : read_comparison(r, out);
    if (!ok || negations % 2 == 0) return ok;
    struct filter *inverse = ARENA_NEW(r->arena, struct filter);
    const struct filter **parts = arena_array(r->arena, 1, sizeof *parts);
    parts[0] = *out;
    inverse->kind = FILTER_NOT;
    inverse->parts = parts;
    inverse->part_count = 1;
    *out = inverse;
    return true;
}

struct parts {
    const struct filter **items;
    size_t count, capacity;
};

static void add_part(struct parts *parts, struct arena *arena, const struct filter *part)
{
    if (parts->count == parts->capacity) {
        size_t capacity = parts->capacity ? parts->capacity * 2 : 2;
        const struct filter **items = arena_array(arena, capacity, sizeof *items);
        if (parts->count > 0) memcpy(items, parts->items, parts->count * sizeof *items);
        parts->items = items;
        parts->capacity = capacity;
    }
    parts->items[parts->count++] = part;
}

static bool skip_sign(struct reader *r, str sign)
{
    size_t at = text_skip_space(r->text, r->at);
    if (at >= r->text.len || !str_starts_with(str_skip(r->text, at), sign)) return false;
    r->at = at + sign.len;
    return true;
}

static const struct filter *join(struct reader *r, enum filter_kind kind, const struct parts *parts)
{
    if (parts->count == 1) return parts->items[0];
    struct filter *filter = ARENA_NEW(r->arena, struct filter);
    filter->kind = kind;
    filter->parts = parts->items;
    filter->part_count = parts->count;
    return filter;
}

static bool read_and(struct reader *r, const struct filter **out)
{
    struct parts parts = { 0 };
    do {
        const struct filter *part = NULL;
        if (!read_operand(r, &part)) return false;
        add_part(&parts, r->arena, part);
    } while (skip_sign(r, STR("&&")));
    *out = join(r, FILTER_AND, &parts);
    return true;
}

static bool read_or(struct reader *r, const struct filter **out)
{
    if (r->depth >= EXPR_PATH_FILTER_DEPTH_MAX) return fail(r, "Filter is nested too deeply");
    r->depth++;
    struct parts parts = { 0 };
    do {
        const struct filter *part = NULL;
        if (!read_and(r, &part)) return false;
        add_part(&parts, r->arena, part);
    } while (skip_sign(r, STR("||")));
    r->depth--;
    *out = join(r, FILTER_OR, &parts);
    return true;
}

bool filter_compile(str text, struct arena *arena, int depth, const struct filter **out,
                    struct error *err)
{
    struct reader r = { .text = text, .arena = arena, .err = err, .depth = depth };
    if (!read_or(&r, out)) return false;
    if (skip_blanks(&r) != '\0') return fail(&r, "Expected end of filter expression");
    return true;
}
