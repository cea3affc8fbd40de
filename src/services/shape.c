/* Checks a call's fields against its shape.
 *
 * AWS collects all constraints that a call breaks into one ValidationException. A value of the
 * wrong JSON type is another matter: the call cannot be read at all, and the first such value is a
 * SerializationException. */
#include "services/shape.h"

enum {
    SHAPE_DEPTH_MAX = 8,    /* structures inside each other; the deepest of ours are 4 */
    SHAPE_FAULTS_MAX = 100, /* faults that are named in one answer */
    SHAPE_PATH_CHARS_MAX = 256,
    SHAPE_SHOWN_BYTES_MAX = 16384, /* of a value in an error text */
};

struct check {
    struct arena *arena;
    struct error *err;
    struct buf faults;
    size_t fault_count;
};

/* A path like "tags.1.member.key", made of parts on the stack of the recursion. */
struct place {
    const struct place *outer;
    str name;
    size_t index; /* from 1: an item of the list `outer`; 0: a field */
};

static void add_place(struct buf *out, const struct place *place)
{
    const struct place *path[SHAPE_DEPTH_MAX * 2];
    size_t count = 0;
    for (; place; place = place->outer) {
        ASSERT_CMP(count, <, sizeof path / sizeof *path);
        path[count++] = place;
    }
    while (count > 0) {
        const struct place *part = path[--count];
        if (part->outer) buf_add_char(out, '.');
        if (part->index)
            buf_printf(out, "%zu.member", part->index);
        else
            buf_add(out, part->name);
    }
}

/* ---- values in texts: as Java prints them ---- */

static void add_text(struct buf *out, json value)
{
    struct buf text;
    buf_init(&text, out->arena);
    json_write(&text, value);
    buf_add(out, buf_str(&text));
}

static void add_structure(struct buf *out, const struct shape *shape, json value)
{
    buf_add(out, str_from(shape->name));
    buf_add_char(out, '(');
    bool first = true;
    for (size_t i = 0; i < shape->field_count; i++) {
        const json *member = json_find(value, shape->fields[i].name);
        if (!member || json_is_null(*member)) continue;
        if (!first) buf_add(out, STR(", "));
        first = false;
        buf_add(out, shape->fields[i].name);
        buf_add_char(out, '=');
        if (json_is_string(*member))
            buf_add(out, json_str(*member));
        else
            add_text(out, *member);
    }
    buf_add_char(out, ')');
}

static void add_list(struct buf *out, const struct shape_field *field, json value)
{
    buf_add_char(out, '[');
    for (size_t i = 0; i < json_count(value) && out->len < SHAPE_SHOWN_BYTES_MAX; i++) {
        if (i > 0) buf_add(out, STR(", "));
        json item = json_at(value, i);
        if (field->shape && json_is_object(item))
            add_structure(out, field->shape, item);
        else if (json_is_string(item))
            buf_add(out, json_str(item));
        else
            add_text(out, item);
    }
    buf_add_char(out, ']');
}

static void add_shown(struct check *check, const struct shape_field *field, json value)
{
    struct buf shown;
    buf_init(&shown, check->arena);
    if (json_is_string(value))
        buf_add(&shown, json_str(value));
    else if (json_is_array(value))
        add_list(&shown, field, value);
    else
        add_text(&shown, value);
    str text = buf_str(&shown);
    if (text.len > SHAPE_SHOWN_BYTES_MAX) {
        size_t end = SHAPE_SHOWN_BYTES_MAX;
        while (end > 0 && ((unsigned char)text.ptr[end] & 0xC0) == 0x80)
            end--; /* not inside a character */
        text = str_slice(text, 0, end);
    }
    buf_add(&check->faults, text);
}

/* ---- faults ---- */

static void fault_begin(struct check *check, const struct place *place,
                        const struct shape_field *field, json value)
{
    struct buf *out = &check->faults;
    if (check->fault_count++ > 0) buf_add(out, STR("; "));
    buf_add(out, STR("Value "));
    if (json_is_null(value)) {
        buf_add(out, STR("null "));
    } else if (!field->sensitive) {
        buf_add_char(out, '\'');
        add_shown(check, field, value);
        buf_add(out, STR("' "));
    }
    buf_add(out, STR("at '"));
    add_place(out, place);
    buf_add(out, STR("' failed to satisfy constraint: "));
}

static void check_range(struct check *check, const struct place *place,
                        const struct shape_field *field, json value, int64_t size, int64_t min,
                        int64_t max)
{
    const char *what = field->kind == SHAPE_INTEGER ? "value" : "length";
    if (check->fault_count >= SHAPE_FAULTS_MAX) return;
    if (size < min) {
        fault_begin(check, place, field, value);
        buf_printf(&check->faults, "Member must have %s greater than or equal to %lld", what,
                   (long long)min);
    } else if (max > 0 && size > max) {
        fault_begin(check, place, field, value);
        buf_printf(&check->faults, "Member must have %s less than or equal to %lld", what,
                   (long long)max);
    }
}

static void check_values(struct check *check, const struct place *place,
                         const struct shape_field *field, json value)
{
    for (const char *const *v = field->values; *v; v++)
        if (str_eq(str_from(*v), json_str(value))) return;
    fault_begin(check, place, field, value);
    buf_add(&check->faults, STR("Member must satisfy enum value set: ["));
    for (const char *const *v = field->values; *v; v++) {
        if (v != field->values) buf_add(&check->faults, STR(", "));
        buf_add(&check->faults, str_from(*v));
    }
    buf_add_char(&check->faults, ']');
}

static void check_string(struct check *check, const struct place *place,
                         const struct shape_field *field, json value, int64_t min, int64_t max)
{
    size_t chars = 0;
    bool well_formed = str_utf8_count(json_str(value), &chars);
    ASSERT(well_formed); /* json_parse sees to it */
    check_range(check, place, field, value, (int64_t)chars, min, max);
    if (check->fault_count >= SHAPE_FAULTS_MAX) return;
    if (field->values) check_values(check, place, field, value);
    if (field->pattern && !field->pattern->matches(json_str(value))) {
        fault_begin(check, place, field, value);
        buf_printf(&check->faults, "Member must satisfy regular expression pattern: %s",
                   field->pattern->text);
    }
}

/* ---- types ---- */

static bool wrong_type(struct check *check, enum shape_kind wanted, json value)
{
    static const char *const names[] = {
        [SHAPE_STRING] = "a String",   [SHAPE_INTEGER] = "an Integer",
        [SHAPE_BOOLEAN] = "a Boolean", [SHAPE_STRUCTURE] = "a Structure",
        [SHAPE_LIST] = "a List",
    };
    if (json_is_object(value))
        return error_set(check->err, ERROR_SERIALIZATION,
                         "Start of structure or map found where not expected.");
    if (json_is_array(value))
        return error_set(check->err, ERROR_SERIALIZATION,
                         "Start of list found where not expected.");
    const char *given = json_is_string(value)                ? "STRING_VALUE"
                        : json_is_number(value)              ? "NUMBER_VALUE"
                        : json_equal(value, json_bool(true)) ? "TRUE_VALUE"
                                                             : "FALSE_VALUE";
    return error_set(check->err, ERROR_SERIALIZATION, "%s can not be converted to %s", given,
                     names[wanted]);
}

static enum json_kind json_kind_of(enum shape_kind kind)
{
    switch (kind) {
    case SHAPE_STRING: return JSON_STRING;
    case SHAPE_INTEGER: return JSON_NUMBER;
    case SHAPE_BOOLEAN: return JSON_BOOL;
    case SHAPE_STRUCTURE: return JSON_OBJECT;
    case SHAPE_LIST: return JSON_ARRAY;
    }
    fatal("no such kind of shape: %d", (int)kind);
}

static bool check_structure(struct check *check, const struct shape *shape, json value,
                            const struct place *outer, int depth);

static bool check_item(struct check *check, const struct shape_field *field, json item,
                       const struct place *place, int depth)
{
    if (json_is_null(item)) {
        fault_begin(check, place, field, item);
        buf_add(&check->faults, STR("Member must not be null"));
        return true;
    }
    if (item.kind != json_kind_of(field->item_kind))
        return wrong_type(check, field->item_kind, item);
    if (field->item_kind == SHAPE_STRUCTURE)
        return check_structure(check, field->shape, item, place, depth + 1);
    ASSERT(field->item_kind == SHAPE_STRING);
    check_string(check, place, field, item, field->item_min, field->item_max);
    return true;
}

static bool check_items(struct check *check, const struct shape_field *field, json list,
                        const struct place *outer, int depth)
{
    for (size_t i = 0; i < json_count(list); i++) {
        struct place place = { .outer = outer, .index = i + 1 };
        if (check->fault_count >= SHAPE_FAULTS_MAX) return true;
        if (!check_item(check, field, json_at(list, i), &place, depth)) return false;
    }
    return true;
}

static bool check_value(struct check *check, const struct shape_field *field, json value,
                        const struct place *place, int depth)
{
    int64_t number;
    if (value.kind != json_kind_of(field->kind)) return wrong_type(check, field->kind, value);
    switch (field->kind) {
    case SHAPE_BOOLEAN: return true;
    case SHAPE_STRING:
        check_string(check, place, field, value, field->min, field->max);
        return true;
    case SHAPE_INTEGER:
        if (!json_to_i64(value, &number)) return wrong_type(check, field->kind, value);
        check_range(check, place, field, value, number, field->min, field->max);
        return true;
    case SHAPE_STRUCTURE: return check_structure(check, field->shape, value, place, depth + 1);
    case SHAPE_LIST:
        check_range(check, place, field, value, (int64_t)json_count(value), field->min, field->max);
        return check_items(check, field, value, place, depth);
    }
    fatal("no such kind of shape: %d", (int)field->kind);
}

static bool check_structure(struct check *check, const struct shape *shape, json value,
                            const struct place *outer, int depth)
{
    ASSERT_CMP(depth, <, SHAPE_DEPTH_MAX);
    for (size_t i = 0; i < shape->field_count; i++) {
        const struct shape_field *field = &shape->fields[i];
        struct place place = { .outer = outer, .name = field->name };
        const json *member = json_find(value, field->name);
        if (check->fault_count >= SHAPE_FAULTS_MAX) return true;
        if (member && !json_is_null(*member)) {
            if (!check_value(check, field, *member, &place, depth)) return false;
        } else if (field->required) {
            fault_begin(check, &place, field, json_null());
            buf_add(&check->faults, STR("Member must not be null"));
        }
    }
    return true;
}

bool shape_check(const struct shape *shape, json params, struct arena *arena, struct error *err)
{
    struct check check = { .arena = arena, .err = err };
    buf_init(&check.faults, arena);
    if (!json_is_object(params))
        return error_set(err, ERROR_SERIALIZATION,
                         "Start of structure or map expected but not found.");
    if (!check_structure(&check, shape, params, NULL, 0)) return false;
    if (check.fault_count == 0) return true;
    struct buf text;
    buf_init(&text, arena);
    buf_printf(&text, "%zu validation error%s detected: ", check.fault_count,
               check.fault_count == 1 ? "" : "s");
    buf_add(&text, buf_str(&check.faults));
    error_set(err, ERROR_VALIDATION, "%s", "");
    err->long_message = buf_str(&text);
    return false;
}
