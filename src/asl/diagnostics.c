/* Diagnostics: AWS's wording of places, the two lists, lines and columns. */
#include "asl/compile.h"

#include <stdarg.h>
#include <stdio.h>

enum { PLACE_DEPTH_MAX = JSON_DEPTH_MAX + 2, MESSAGE_BYTES_MAX = 8 << 10 };

void *array_grow(struct arena *arena, void *items, size_t count, size_t *capacity,
                 size_t item_bytes)
{
    if (count < *capacity) return items;
    *capacity = *capacity ? *capacity * 2 : 8;
    void *grown = arena_array(arena, *capacity, item_bytes);
    if (count > 0) memcpy(grown, items, count * item_bytes);
    return grown;
}

/* From the root to `place`, without the root itself. */
static size_t place_chain(const struct place *place, const struct place *chain[PLACE_DEPTH_MAX])
{
    size_t count = 0;
    for (const struct place *p = place; p->parent; p = p->parent) {
        ASSERT(count < PLACE_DEPTH_MAX);
        count++;
    }
    size_t i = count;
    for (const struct place *p = place; p->parent; p = p->parent)
        chain[--i] = p;
    return count;
}

/* AWS's form: names as they are, items in brackets. "/States/X/Choices[0]/Next". */
static void add_location(struct buf *buf, const struct place *place)
{
    const struct place *chain[PLACE_DEPTH_MAX];
    size_t count = place_chain(place, chain);
    for (size_t i = 0; i < count; i++) {
        if (chain[i]->is_index) {
            buf_printf(buf, "[%zu]", chain[i]->index);
        } else {
            buf_add_char(buf, '/');
            buf_add(buf, chain[i]->key);
        }
    }
    if (count == 0) buf_add_char(buf, '/');
}

static void add_pointer_key(struct buf *buf, str key)
{
    for (size_t i = 0; i < key.len; i++) {
        if (key.ptr[i] == '~') {
            buf_add(buf, STR("~0"));
        } else if (key.ptr[i] == '/') {
            buf_add(buf, STR("~1"));
        } else {
            buf_add_char(buf, key.ptr[i]);
        }
    }
}

/* RFC 6901, for json_locate. */
static void add_pointer(struct buf *buf, const struct place *place)
{
    const struct place *chain[PLACE_DEPTH_MAX];
    size_t count = place_chain(place, chain);
    for (size_t i = 0; i < count; i++) {
        buf_add_char(buf, '/');
        if (chain[i]->is_index) {
            buf_add_u64(buf, chain[i]->index);
        } else {
            add_pointer_key(buf, chain[i]->key);
        }
    }
}

/* The next item of a list, or NULL if it is full. */
static struct asl_diagnostic *list_add(struct compiler *c, struct diagnostic_list *list)
{
    if (list->count >= ASL_DIAGNOSTICS_MAX) {
        list->dropped++;
        return NULL;
    }
    list->items =
        array_grow(c->arena, list->items, list->count, &list->capacity, sizeof(*list->items));
    struct asl_diagnostic *item = &list->items[list->count++];
    *item = (struct asl_diagnostic){ 0 };
    return item;
}

static void locate(struct compiler *c, struct asl_diagnostic *item, str pointer)
{
    str single = STR(SINGLE_STATE_POINTER);
    if (c->single_state && str_starts_with(pointer, single)) {
        pointer = str_skip(pointer, single.len);
    }
    if (!json_locate(c->text, pointer, &item->line, &item->column)) {
        item->line = item->column = 0;
    }
}

/* `place` NULL: the machine as a whole, which has no location. */
PRINTF_LIKE(6, 0)
static void add(struct compiler *c, struct diagnostic_list *list, enum asl_severity severity,
                const char *code, const struct place *place, const char *format, va_list args)
{
    struct asl_diagnostic *item = list_add(c, list);
    if (!item) return;
    char message[MESSAGE_BYTES_MAX];
    int length = vsnprintf(message, sizeof(message), format, args);
    ASSERT(length >= 0);
    item->severity = severity;
    item->code = str_from(code);
    item->message = arena_str(c->arena, str_from(message));
    if (!place) return;
    struct buf location, pointer;
    buf_init(&location, c->arena);
    buf_init(&pointer, c->arena);
    add_location(&location, place);
    add_pointer(&pointer, place);
    item->location = buf_str(&location);
    locate(c, item, buf_str(&pointer));
}

static void count_error(struct compiler *c, str code)
{
    if (!str_eq(code, STR("MISSING_TRANSITION_TARGET"))) c->schema_error_count++;
}

void report(struct compiler *c, const char *code, const struct place *place, const char *format,
            ...)
{
    count_error(c, str_from(code));
    va_list args;
    va_start(args, format);
    add(c, &c->errors, ASL_ERROR, code, place, format, args);
    va_end(args);
}

void report_warning(struct compiler *c, const char *code, const struct place *place,
                    const char *format, ...)
{
    va_list args;
    va_start(args, format);
    add(c, &c->warnings, ASL_WARNING, code, place, format, args);
    va_end(args);
}

/* The next segment of an RFC 6901 pointer, unescaped, in the arena. */
static str next_segment(struct arena *arena, str pointer, size_t *at)
{
    struct buf buf;
    buf_init(&buf, arena);
    size_t i = *at + 1;
    for (; i < pointer.len && pointer.ptr[i] != '/'; i++) {
        char c = pointer.ptr[i];
        if (c == '~' && i + 1 < pointer.len) c = pointer.ptr[++i] == '1' ? '/' : '~';
        buf_add_char(&buf, c);
    }
    *at = i;
    return buf_str(&buf);
}

/* A pointer below `value` in AWS's form. */
static void add_relative_location(struct buf *buf, struct arena *arena, json value, str pointer)
{
    for (size_t at = 0; at < pointer.len;) {
        str segment = next_segment(arena, pointer, &at);
        int64_t index;
        if (json_is_array(value) && str_to_i64(segment, &index) && index >= 0 &&
            (size_t)index < json_count(value)) {
            buf_printf(buf, "[%lld]", (long long)index);
            value = json_at(value, (size_t)index);
            continue;
        }
        buf_add_char(buf, '/');
        buf_add(buf, segment);
        const json *member = json_find(value, segment);
        value = member ? *member : json_null();
    }
}

void report_problems(struct compiler *c, const struct place *place, json value,
                     enum expr_language language, struct expr_compiler *expr)
{
    for (size_t i = 0; i < expr->problem_count; i++) {
        const struct expr_problem *problem = &expr->problems[i];
        count_error(c, problem->code);
        struct asl_diagnostic *item = list_add(c, &c->errors);
        if (!item) continue;
        struct buf location, pointer;
        buf_init(&location, c->arena);
        buf_init(&pointer, c->arena);
        add_location(&location, place);
        /* AWS names the template that holds a wrong path, but the very string of a wrong JSONata
         * expression. */
        if (language == EXPR_JSONATA) {
            add_relative_location(&location, c->arena, value, problem->pointer);
        }
        add_pointer(&pointer, place);
        buf_add(&pointer, problem->pointer);
        *item = (struct asl_diagnostic){ .severity = ASL_ERROR,
                                         .code = problem->code,
                                         .message = problem->message,
                                         .location = buf_str(&location) };
        locate(c, item, buf_str(&pointer));
    }
    expr->problem_count = 0;
}

void report_syntax(struct compiler *c, const struct error *err)
{
    c->schema_error_count++;
    struct asl_diagnostic *item = list_add(c, &c->errors);
    ASSERT(item);
    str message = arena_str(c->arena, error_text(err));
    str location = json_source_location(c->arena, c->text, err->offset);
    /* AWS shows Jackson's message, which ends with the place, and the place again as location. */
    if (!str_ends_with(message, location)) {
        message = arena_printf(c->arena, "%.*s\n at %.*s", STR_ARGS(message), STR_ARGS(location));
    }
    *item = (struct asl_diagnostic){ .severity = ASL_ERROR,
                                     .code = STR("INVALID_JSON_DESCRIPTION"),
                                     .message = message,
                                     .location = location };
    json_position(c->text, err->offset, &item->line, &item->column);
}

void diagnostics_finish(struct compiler *c, struct asl_diagnostics *out)
{
    size_t warnings = ASL_DIAGNOSTICS_MAX - c->errors.count;
    if (warnings > c->warnings.count) warnings = c->warnings.count;
    size_t count = c->errors.count + warnings;
    out->items = arena_array(c->arena, count, sizeof(*out->items));
    if (c->errors.count > 0) {
        memcpy(out->items, c->errors.items, c->errors.count * sizeof(*out->items));
    }
    if (warnings > 0) {
        memcpy(out->items + c->errors.count, c->warnings.items, warnings * sizeof(*out->items));
    }
    out->count = out->capacity = count;
    out->error_count = c->errors.count;
    out->truncated =
        c->errors.dropped > 0 || c->warnings.dropped > 0 || warnings < c->warnings.count;
}

str asl_diagnostics_text(const struct asl_diagnostics *diagnostics, struct arena *arena)
{
    struct buf buf;
    buf_init(&buf, arena);
    for (size_t i = 0; i < diagnostics->error_count; i++) {
        const struct asl_diagnostic *item = &diagnostics->items[i];
        if (i > 0) buf_add(&buf, STR(", "));
        buf_add(&buf, item->code);
        buf_add(&buf, STR(": "));
        buf_add(&buf, item->message);
        buf_add(&buf, STR(" at "));
        /* AWS prints Java's null for the machine as a whole. */
        buf_add(&buf, str_is_empty(item->location) ? STR("null") : item->location);
    }
    return buf_str(&buf);
}
