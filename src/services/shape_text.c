/* Texts of AWS's front ends about calls that do not fit their model: paths, values as Java prints
 * them, and what the JSON readers of the services say about a wrong type. */
#include "services/shape_text.h"

/* ---- paths ---- */

static void add_decapitalised(struct buf *out, str name)
{
    if (name.len == 0) return;
    char first = name.ptr[0];
    buf_add_char(out, (char)(first >= 'A' && first <= 'Z' ? first - 'A' + 'a' : first));
    buf_add(out, str_skip(name, 1));
}

void shape_text_place(struct buf *out, const struct shape_place *place)
{
    const struct shape_place *path[SHAPE_PLACES_MAX];
    size_t count = 0;
    for (; place; place = place->outer) {
        ASSERT_CMP(count, <, SHAPE_PLACES_MAX);
        path[count++] = place;
    }
    while (count > 0) {
        const struct shape_place *part = path[--count];
        if (part->outer) buf_add_char(out, '.');
        if (part->index) {
            buf_printf(out, "%zu.member", part->index);
        } else if (part->is_entry) {
            buf_add(out, part->name);
            buf_add(out, STR(".member"));
        } else {
            add_decapitalised(out, part->name);
        }
    }
}

/* ---- values: as Java prints them ---- */

static void add_value(struct buf *out, const struct shape_field *field, const struct shape *shape,
                      json value);

static void add_structure(struct buf *out, const struct shape *shape, json value)
{
    buf_add(out, str_from(shape->name));
    buf_add_char(out, '(');
    bool first = true;
    for (size_t i = 0; i < shape->field_count && out->len < SHAPE_SHOWN_BYTES_MAX; i++) {
        const struct shape_field *field = &shape->fields[i];
        const json *member = json_find(value, field->name);
        if (!member || json_is_null(*member)) continue;
        if (!first) buf_add(out, STR(", "));
        first = false;
        add_decapitalised(out, field->name);
        buf_add_char(out, '=');
        add_value(out, field, field->kind == SHAPE_STRUCTURE ? field->shape : NULL, *member);
    }
    buf_add_char(out, ')');
}

static void add_items(struct buf *out, const struct shape_field *field, json value)
{
    bool is_list = json_is_array(value);
    buf_add_char(out, is_list ? '[' : '{');
    for (size_t i = 0; i < json_count(value) && out->len < SHAPE_SHOWN_BYTES_MAX; i++) {
        if (i > 0) buf_add(out, STR(", "));
        if (!is_list) {
            buf_add(out, json_key_at(value, i));
            buf_add_char(out, '=');
        }
        add_value(out, NULL, field ? field->shape : NULL,
                  is_list ? json_at(value, i) : json_value_at(value, i));
    }
    buf_add_char(out, is_list ? ']' : '}');
}

static void add_value(struct buf *out, const struct shape_field *field, const struct shape *shape,
                      json value)
{
    if (json_is_string(value))
        buf_add(out, json_str(value));
    else if (json_is_object(value) && shape)
        add_structure(out, shape, value);
    else if (json_is_array(value) || (field && field->kind == SHAPE_MAP && json_is_object(value)))
        add_items(out, field, value);
    else
        json_write(out, value);
}

void shape_text_value(struct buf *out, const struct shape_field *field, json value)
{
    struct buf shown;
    buf_init(&shown, out->arena);
    add_value(&shown, field, field->kind == SHAPE_STRUCTURE ? field->shape : NULL, value);
    str text = buf_str(&shown);
    if (text.len > SHAPE_SHOWN_BYTES_MAX) {
        size_t end = SHAPE_SHOWN_BYTES_MAX;
        while (end > 0 && ((unsigned char)text.ptr[end] & 0xC0) == 0x80)
            end--; /* not inside a character */
        text = str_slice(text, 0, end);
    }
    buf_add(out, text);
}

void shape_text_values(struct buf *out, const char *const *values)
{
    buf_add_char(out, '[');
    for (const char *const *v = values; *v; v++) {
        if (v != values) buf_add(out, STR(", "));
        buf_add(out, str_from(*v));
    }
    buf_add_char(out, ']');
}

/* ---- wrong types ---- */

bool shape_text_wrong_type(enum shape_kind wanted, json value, struct error *err)
{
    static const char *const names[] = {
        [SHAPE_STRING] = "a String",   [SHAPE_INTEGER] = "an Integer",
        [SHAPE_BOOLEAN] = "a Boolean", [SHAPE_STRUCTURE] = "a Structure",
        [SHAPE_LIST] = "a List",       [SHAPE_NUMBER] = "a Double",
        [SHAPE_MAP] = "a Map",         [SHAPE_TIMESTAMP] = "milliseconds since epoch",
        [SHAPE_BLOB] = "a Blob",       [SHAPE_ANY] = "a Document",
    };
    if (json_is_object(value))
        return error_set(err, ERROR_SERIALIZATION,
                         "Start of structure or map found where not expected.");
    if (json_is_array(value))
        return error_set(err, ERROR_SERIALIZATION, "Start of list found where not expected.");
    const char *given = json_is_string(value)                ? "STRING_VALUE"
                        : json_is_number(value)              ? "NUMBER_VALUE"
                        : json_equal(value, json_bool(true)) ? "TRUE_VALUE"
                                                             : "FALSE_VALUE";
    return error_set(err, ERROR_SERIALIZATION, "%s can not be converted to %s", given,
                     names[wanted]);
}
