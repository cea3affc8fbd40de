/* From libyaml's events to a value; see yaml.h. */
#include "yaml/yaml.h"

#include <yaml.h>

#include "base/limits.h"

struct anchor {
    str name;
    json value;
    size_t values; /* it and all inside */
    int height;    /* collections inside each other */
};

struct reading {
    yaml_parser_t parser;
    yaml_event_t event; /* the current one */
    bool has_event;
    struct arena *arena;
    struct error *err;
    size_t values; /* read so far, aliases written out */
    int deepest;   /* how little depth was left in the value that is being read */
    struct anchor anchors[YAML_ANCHORS_MAX];
    size_t anchor_count;
};

static bool fail(struct reading *r, const yaml_mark_t *mark, const char *what)
{
    return error_set(r->err, ERROR_SYNTAX, "line %zu, column %zu: %s", mark->line + 1,
                     mark->column + 1, what);
}

static bool fail_here(struct reading *r, const char *what)
{
    return fail(r, &r->event.start_mark, what);
}

static void drop(struct reading *r)
{
    if (r->has_event) yaml_event_delete(&r->event);
    r->has_event = false;
}

static bool next(struct reading *r)
{
    drop(r);
    if (!yaml_parser_parse(&r->parser, &r->event)) {
        const char *problem = r->parser.problem ? r->parser.problem : "this is no YAML";
        return fail(r, &r->parser.problem_mark, problem);
    }
    r->has_event = true;
    return true;
}

/* ---- scalars ---- */

static bool is_any(str text, const char *const *words)
{
    for (; *words; words++) {
        if (str_eq(text, str_from(*words))) return true;
    }
    return false;
}

/* YAML 1.2's core schema, without octal and hexadecimal numbers. Everything else is a text. */
static json plain_value(struct arena *arena, str text)
{
    static const char *const nulls[] = { "", "~", "null", "Null", "NULL", NULL };
    static const char *const trues[] = { "true", "True", "TRUE", NULL };
    static const char *const falses[] = { "false", "False", "FALSE", NULL };
    struct error ignored;
    json number;
    if (is_any(text, nulls)) return json_null();
    if (is_any(text, trues)) return json_bool(true);
    if (is_any(text, falses)) return json_bool(false);
    bool may_be = text.ptr[0] == '-' || (text.ptr[0] >= '0' && text.ptr[0] <= '9');
    if (may_be && json_parse(text, arena, &number, &ignored) && json_is_number(number))
        return number;
    return json_string(text);
}

static bool read_scalar(struct reading *r, json *out)
{
    const yaml_char_t *bytes = r->event.data.scalar.value;
    str text = arena_str(r->arena, (str){ (const char *)bytes, r->event.data.scalar.length });
    bool is_plain = r->event.data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
    if (r->event.data.scalar.tag) return fail_here(r, "tags are not supported");
    *out = is_plain ? plain_value(r->arena, text) : json_string(text);
    return true;
}

/* ---- nesting ---- */

static bool read_value(struct reading *r, int depth, json *out);

static bool read_sequence(struct reading *r, int depth, json *out)
{
    struct json_list list;
    json item = json_null();
    if (r->event.data.sequence_start.tag) return fail_here(r, "tags are not supported");
    json_list_init(&list, r->arena);
    while (next(r)) {
        if (r->event.type == YAML_SEQUENCE_END_EVENT) {
            *out = json_list_done(&list);
            return true;
        }
        if (!read_value(r, depth, &item)) return false;
        json_list_add(&list, item);
    }
    return false;
}

static bool read_key(struct reading *r, struct json_fields *fields, str *out)
{
    json key;
    if (r->event.type != YAML_SCALAR_EVENT) return fail_here(r, "a key must be a text");
    if (!read_scalar(r, &key)) return false;
    /* As it is written: `200:` is the key "200". */
    const yaml_char_t *bytes = r->event.data.scalar.value;
    *out = arena_str(r->arena, (str){ (const char *)bytes, r->event.data.scalar.length });
    if (str_eq(*out, STR("<<"))) return fail_here(r, "merge keys are not supported");
    size_t count = fields->count;
    json_fields_add(fields, *out, json_null());
    return fields->count > count || fail_here(r, "this key stands there twice");
}

static bool read_mapping(struct reading *r, int depth, json *out)
{
    struct json_fields fields;
    json value = json_null();
    str key = { 0 };
    if (r->event.data.mapping_start.tag) return fail_here(r, "tags are not supported");
    json_fields_init(&fields, r->arena);
    while (next(r)) {
        if (r->event.type == YAML_MAPPING_END_EVENT) {
            *out = json_fields_done(&fields);
            return true;
        }
        if (!read_key(r, &fields, &key) || !next(r) || !read_value(r, depth, &value)) return false;
        json_fields_add(&fields, key, value);
    }
    return false;
}

/* ---- anchors ---- */

/* The anchor of the current event, in the arena; empty: none. */
static str event_anchor(const struct reading *r)
{
    const yaml_char_t *name = NULL;
    if (r->event.type == YAML_SCALAR_EVENT) name = r->event.data.scalar.anchor;
    if (r->event.type == YAML_SEQUENCE_START_EVENT) name = r->event.data.sequence_start.anchor;
    if (r->event.type == YAML_MAPPING_START_EVENT) name = r->event.data.mapping_start.anchor;
    return name ? arena_str(r->arena, str_from((const char *)name)) : (str){ 0 };
}

static bool count_values(struct reading *r, size_t values)
{
    r->values += values;
    return r->values <= YAML_VALUES_MAX || fail_here(r, "there are too many values");
}

/* A later anchor of the same name counts from there on. */
static bool add_anchor(struct reading *r, struct anchor anchor)
{
    if (r->anchor_count == YAML_ANCHORS_MAX) return fail_here(r, "there are too many anchors");
    r->anchors[r->anchor_count++] = anchor;
    return true;
}

static bool read_alias(struct reading *r, int depth, json *out)
{
    str name = str_from((const char *)r->event.data.alias.anchor);
    for (size_t i = r->anchor_count; i > 0; i--) {
        const struct anchor *anchor = &r->anchors[i - 1];
        if (!str_eq(anchor->name, name)) continue;
        if (anchor->height > depth) return fail_here(r, "this is nested too deep");
        if (r->deepest > depth - anchor->height) r->deepest = depth - anchor->height;
        *out = anchor->value;
        return count_values(r, anchor->values);
    }
    return fail_here(r, "no value before this one has that anchor");
}

static bool read_content(struct reading *r, int depth, json *out)
{
    if (depth == 0) return fail_here(r, "this is nested too deep");
    switch (r->event.type) {
    case YAML_SCALAR_EVENT: return read_scalar(r, out);
    case YAML_SEQUENCE_START_EVENT: return read_sequence(r, depth - 1, out);
    case YAML_MAPPING_START_EVENT: return read_mapping(r, depth - 1, out);
    default: return fail_here(r, "a value is missing");
    }
}

/* The value that begins with the current event. */
static bool read_value(struct reading *r, int depth, json *out)
{
    if (r->event.type == YAML_ALIAS_EVENT) return read_alias(r, depth, out);
    struct anchor anchor = { .name = event_anchor(r) };
    size_t before = r->values;
    int around = r->deepest;
    r->deepest = depth;
    if (!count_values(r, 1) || !read_content(r, depth, out)) return false;
    anchor.value = *out;
    anchor.values = r->values - before;
    anchor.height = depth - r->deepest;
    if (r->deepest > around) r->deepest = around;
    return anchor.name.len == 0 || add_anchor(r, anchor);
}

static bool read_document(struct reading *r, json *out)
{
    *out = json_null();
    if (!next(r) || !next(r)) return false; /* the stream's start, then the document's */
    if (r->event.type == YAML_STREAM_END_EVENT) return true;
    if (!next(r) || !read_value(r, YAML_DEPTH_MAX, out) || !next(r) || !next(r)) return false;
    return r->event.type == YAML_STREAM_END_EVENT || fail_here(r, "there is a second document");
}

bool yaml_parse(str text, struct arena *arena, json *out, struct error *err)
{
    struct reading r = { .arena = arena, .err = err };
    if (text.len > YAML_BYTES_MAX)
        return error_set(err, ERROR_SYNTAX, "there are more than %d bytes", YAML_BYTES_MAX);
    if (!yaml_parser_initialize(&r.parser)) fatal("out of memory");
    yaml_parser_set_input_string(&r.parser, (const unsigned char *)text.ptr, text.len);
    bool good = read_document(&r, out);
    drop(&r);
    yaml_parser_delete(&r.parser);
    return good;
}
