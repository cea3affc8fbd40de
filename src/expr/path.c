/* Compiles JSONPath texts the way Jayway's PathCompiler reads them: what it refuses is refused
 * here, what it takes literally (quotes after a dot, a third number in a slice) is taken literally.
 */
#include "expr/path.h"

struct compiler {
    str text;
    size_t at; /* next byte */
    struct arena *arena;
    struct error *err;
    int depth; /* of filters */
    struct path_step *steps;
    size_t count, capacity;
};

static bool fail(struct compiler *c, const char *message)
{
    error_set(c->err, ERROR_SYNTAX, "%s", message);
    c->err->offset = (uint32_t)c->at;
    return false;
}

static bool at_end(const struct compiler *c)
{
    return c->at >= c->text.len;
}

static char peek(const struct compiler *c)
{
    return str_at(c->text, c->at);
}

/* The next character behind `from` that is no space, or NUL. */
static char significant_after(const struct compiler *c, size_t from)
{
    size_t at = text_skip_space(c->text, from + 1);
    return str_at(c->text, at);
}

static bool add_step(struct compiler *c, struct path_step step)
{
    if (c->count == EXPR_PATH_STEPS_MAX) return fail(c, "The path has too many steps");
    if (c->count == c->capacity) {
        size_t capacity = c->capacity ? c->capacity * 2 : 4;
        struct path_step *steps = arena_array(c->arena, capacity, sizeof *steps);
        if (c->count > 0) memcpy(steps, c->steps, c->count * sizeof *steps);
        c->steps = steps;
        c->capacity = capacity;
    }
    c->steps[c->count++] = step;
    return true;
}

static bool add_member(struct compiler *c, str name)
{
    return add_step(c, (struct path_step){
                           .kind = PATH_MEMBER,
                           .text = arena_printf(c->arena, "['%.*s']", STR_ARGS(name)),
                           .member = name,
                       });
}

/* ---- ['name'], ["name"], ['a', 'b'] ---- */

struct names {
    str *items;
    size_t count, capacity;
};

static void add_name(struct names *names, struct arena *arena, str name)
{
    if (names->count == names->capacity) {
        size_t capacity = names->capacity ? names->capacity * 2 : 2;
        str *items = arena_array(arena, capacity, sizeof *items);
        if (names->count > 0) memcpy(items, names->items, names->count * sizeof *items);
        names->items = items;
        names->capacity = capacity;
    }
    names->items[names->count++] = name;
}

static bool add_members(struct compiler *c, const struct names *names)
{
    if (names->count == 1) return add_member(c, names->items[0]);
    struct buf text;
    buf_init(&text, c->arena);
    for (size_t i = 0; i < names->count; i++)
        buf_printf(&text, "%s'%.*s'", i == 0 ? "[" : ",", STR_ARGS(names->items[i]));
    buf_add_char(&text, ']');
    return add_step(c, (struct path_step){
                           .kind = PATH_MEMBERS,
                           .text = buf_str(&text),
                           .members = { names->items, names->count },
                       });
}

static bool read_names(struct compiler *c)
{
    struct names names = { 0 };
    size_t at = text_skip_space(c->text, c->at + 1);
    char quote = c->text.ptr[at];
    for (;;) {
        if (at >= c->text.len || c->text.ptr[at] != quote) return fail(c, "Found empty property");
        size_t end = text_unescaped(c->text, at + 1, quote);
        if (end == c->text.len) {
            return fail(c, "Property has not been closed - missing closing quote");
        }
        str name = str_slice(c->text, at + 1, end);
        add_name(&names, c->arena, text_unescape(c->arena, name, quote, false));
        at = text_skip_space(c->text, end + 1);
        char next = str_at(c->text, at);
        if (next == ']') break;
        if (next != ',') {
            return fail(c, "Property must be separated by comma or Property must be terminated "
                           "close square bracket");
        }
        at = text_skip_space(c->text, at + 1);
    }
    c->at = at + 1;
    return add_members(c, &names);
}

/* ---- [n], [n,m], [a:b] ---- */

static bool read_int(struct compiler *c, str text, int32_t *out)
{
    int64_t value = 0;
    if (!str_to_i64(text, &value) || value < INT32_MIN || value > INT32_MAX) {
        return fail(c, "Failed to parse token in array operation");
    }
    *out = (int32_t)value;
    return true;
}

/* Jayway reads a third number (the step) and ignores it. */
static bool add_slice(struct compiler *c, str text)
{
    struct path_step step = { .kind = PATH_SLICE };
    size_t first = str_find_char(text, ':', 0);
    size_t second = str_find_char(text, ':', first + 1);
    str from = str_slice(text, 0, first);
    str to = str_slice(text, first + 1, second);
    if (str_find_char(text, ' ', 0) < text.len) return fail(c, "Failed to parse SliceOperation");
    step.slice.has_from = from.len > 0;
    step.slice.has_to = to.len > 0;
    if (!step.slice.has_from && !step.slice.has_to) {
        return fail(c, "Failed to parse SliceOperation");
    }
    if (step.slice.has_from && !read_int(c, from, &step.slice.from)) return false;
    if (step.slice.has_to && !read_int(c, to, &step.slice.to)) return false;
    step.text = arena_printf(c->arena, "[%.*s:%.*s]", STR_ARGS(from), STR_ARGS(to));
    return add_step(c, step);
}

static bool add_indexes(struct compiler *c, str text)
{
    size_t count = 1;
    for (size_t at = str_find_char(text, ',', 0); at < text.len;
         at = str_find_char(text, ',', at + 1))
        count++;
    int32_t *items = arena_array(c->arena, count, sizeof *items);
    struct buf written;
    buf_init(&written, c->arena);
    size_t from = 0;
    for (size_t i = 0; i < count; i++) {
        size_t to = str_find_char(text, ',', from);
        if (!read_int(c, str_trim(str_slice(text, from, to)), &items[i])) return false;
        buf_printf(&written, "%s%d", i == 0 ? "[" : ",", items[i]);
        from = to + 1;
    }
    buf_add_char(&written, ']');
    struct path_step step = { .kind = PATH_INDEX, .text = buf_str(&written), .index = items[0] };
    if (count > 1) {
        step.kind = PATH_INDEXES;
        step.indexes.items = items;
        step.indexes.count = count;
    }
    return add_step(c, step);
}

static bool read_array_step(struct compiler *c)
{
    size_t end = str_find_char(c->text, ']', c->at);
    if (end == c->text.len) return fail(c, "Could not parse token, ] is missing");
    str text = str_trim(str_slice(c->text, c->at + 1, end));
    bool slice = false;
    for (size_t i = 0; i < text.len; i++) {
        char x = text.ptr[i];
        slice |= x == ':';
        if (!(x >= '0' && x <= '9') && x != ',' && x != '-' && x != ':' && x != ' ') {
            return fail(c, "Could not parse token. Expected ?, ', 0-9, *");
        }
    }
    if (!(slice ? add_slice(c, text) : add_indexes(c, text))) return false;
    c->at = end + 1;
    return true;
}

/* ---- [*], [?(...)] ---- */

static bool read_bracket_wildcard(struct compiler *c)
{
    size_t at = text_skip_space(c->text, text_skip_space(c->text, c->at + 1) + 1);
    if (at >= c->text.len || c->text.ptr[at] != ']') {
        return fail(c, "Expected wildcard token to end with ']'");
    }
    c->at = at + 1;
    return add_step(c, (struct path_step){ .kind = PATH_WILDCARD, .text = STR("[*]") });
}

static bool read_filter(struct compiler *c)
{
    if (c->depth >= EXPR_PATH_FILTER_DEPTH_MAX) return fail(c, "Filters are nested too deeply");
    size_t question = text_skip_space(c->text, c->at + 1);
    size_t open = text_skip_space(c->text, question + 1);
    if (open >= c->text.len || c->text.ptr[open] != '(') {
        return fail(c, "Could not parse token. Expected (");
    }
    size_t close = text_matching(c->text, open, '(', ')', true);
    size_t end = text_skip_space(c->text, close + 1);
    if (end >= c->text.len || c->text.ptr[end] != ']') {
        return fail(c, "Could not parse token. Expected )]");
    }
    struct path_step step = { .kind = PATH_FILTER, .text = STR("[?]") };
    str inner = str_slice(c->text, open + 1, close);
    if (!filter_compile(inner, c->arena, c->depth + 1, &step.filter, c->err)) return false;
    c->at = end + 1;
    return add_step(c, step);
}

static bool read_bracket(struct compiler *c)
{
    char next = significant_after(c, c->at);
    if (next == '\'' || next == '"') return read_names(c);
    if (next == '*') return read_bracket_wildcard(c);
    if (next == '?') return read_filter(c);
    if ((next >= '0' && next <= '9') || next == '-' || next == ':') return read_array_step(c);
    return fail(c, "Could not parse token. Expected ?, ', 0-9, *");
}

/* ---- names behind a dot, functions ---- */

static bool read_argument(struct compiler *c, str text, struct path_argument *out)
{
    char first = str_at(text, 0);
    if (first == '$' || first == '@') {
        struct path *path = ARENA_NEW(c->arena, struct path);
        out->path = path;
        return path_compile(text, c->arena, c->depth + 1, path, c->err);
    }
    if (first != '{' && first != '"' && first != '-' && !(first >= '0' && first <= '9')) {
        return fail(c, "A function's argument must be a path or JSON");
    }
    out->path = NULL;
    return json_parse(text, c->arena, &out->value, c->err);
}

/* Where the argument that begins at `from` ends: at a comma outside of brackets and strings. */
static size_t argument_end(str text, size_t from)
{
    int depth = 0;
    for (size_t i = from; i < text.len; i++) {
        char x = text.ptr[i];
        if (x == '\'' || x == '"')
            i = text_unescaped(text, i + 1, x);
        else if (x == '(' || x == '[' || x == '{')
            depth++;
        else if (x == ')' || x == ']' || x == '}')
            depth--;
        else if (x == ',' && depth == 0)
            return i;
    }
    return text.len;
}

static bool read_arguments(struct compiler *c, str text, struct path_step *step)
{
    if (str_trim(text).len == 0) return true;
    size_t count = 0;
    for (size_t from = 0; from <= text.len; from = argument_end(text, from) + 1)
        count++;
    struct path_argument *arguments = arena_array(c->arena, count, sizeof *arguments);
    size_t from = 0;
    for (size_t i = 0; i < count; i++) {
        size_t to = argument_end(text, from);
        if (!read_argument(c, str_trim(str_slice(text, from, to)), &arguments[i])) return false;
        from = to + 1;
    }
    step->call.arguments = arguments;
    step->call.count = count;
    return true;
}

static bool read_function(struct compiler *c, str name, size_t open)
{
    struct path_step step = { .kind = PATH_FUNCTION };
    size_t close = text_matching(c->text, open, '(', ')', false);
    if (close == c->text.len) return fail(c, "Arguments to function are not closed properly.");
    if (!path_function_find(name, &step.call.function)) {
        return fail(c, "Function with that name does not exist.");
    }
    if (!read_arguments(c, str_slice(c->text, open + 1, close), &step)) return false;
    step.text = arena_printf(c->arena, ".%.*s()", STR_ARGS(name));
    c->at = close + 1;
    return add_step(c, step);
}

static bool read_name(struct compiler *c)
{
    size_t start = c->at, end = start;
    while (end < c->text.len) {
        char x = c->text.ptr[end];
        if (x == ' ') {
            return fail(c, "Use bracket notion ['my prop'] if your property contains blank "
                           "characters.");
        }
        if (x == '.' || x == '[') break;
        if (x == '(') return read_function(c, str_slice(c->text, start, end), end);
        end++;
    }
    c->at = end;
    return add_member(c, str_slice(c->text, start, end));
}

static bool read_dot(struct compiler *c)
{
    c->at++;
    if (peek(c) == '.') {
        c->at++;
        if (!add_step(c, (struct path_step){ .kind = PATH_SCAN, .text = STR("..") })) return false;
    }
    if (peek(c) == '.') return fail(c, "Character '.' is not valid.");
    return true;
}

static bool read_step(struct compiler *c)
{
    switch (peek(c)) {
    case '[': return read_bracket(c);
    case '.': return read_dot(c);
    case '*':
        c->at++;
        return add_step(c, (struct path_step){ .kind = PATH_WILDCARD, .text = STR("[*]") });
    default: return read_name(c);
    }
}

/* ---- the whole ---- */

static bool step_is_definite(const struct path_step *step, bool last)
{
    switch (step->kind) {
    case PATH_MEMBER:
    case PATH_INDEX:
    case PATH_FUNCTION: return true;
    case PATH_MEMBERS: return last; /* an object of those members */
    case PATH_INDEXES:
    case PATH_SLICE:
    case PATH_WILDCARD:
    case PATH_SCAN:
    case PATH_FILTER: return false;
    }
    return false;
}

static void classify(struct path *path)
{
    bool scanned = false;
    path->definite = true;
    path->plain = true;
    for (size_t i = 0; i < path->count; i++) {
        const struct path_step *step = &path->steps[i];
        if (step->kind != PATH_MEMBER && step->kind != PATH_INDEX) path->plain = false;
        if (step->kind == PATH_FUNCTION && scanned && path->folded == 0) {
            path->folded = i + 1;
            path->definite = true;
        }
        if (step->kind == PATH_SCAN) scanned = true;
        if (!step_is_definite(step, i + 1 == path->count)) path->definite = false;
    }
}

bool path_compile(str text, struct arena *arena, int depth, struct path *out, struct error *err)
{
    struct compiler c = { .text = str_trim(text), .arena = arena, .err = err, .depth = depth };
    if (depth > EXPR_PATH_FILTER_DEPTH_MAX) return fail(&c, "Filters are nested too deeply");
    if (c.text.len > EXPR_PATH_TEXT_BYTES_MAX) return fail(&c, "The path is too long");
    char root = peek(&c);
    if (root != '$' && root != '@') return fail(&c, "Path must start with '$' or '@'");
    if (c.text.ptr[c.text.len - 1] == '.') return fail(&c, "Path must not end with a '.' or '..'");
    c.at = 1;
    if (!at_end(&c) && peek(&c) != '.' && peek(&c) != '[') {
        return fail(&c, "Illegal character at position 1 expected '.' or '['");
    }
    while (!at_end(&c)) {
        if (!read_step(&c)) return false;
    }
    struct path path = {
        .root = root == '$' ? PATH_ROOT_DOCUMENT : PATH_ROOT_ITEM,
        .steps = c.steps,
        .count = c.count,
    };
    classify(&path);
    *out = path;
    return true;
}
